"""`python -m consortflow`."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    gc.disable()  # a run is short: collecting while modules are imported costs a tenth of it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them costs more than reading a study
    from consortflow.cli import run

    code = run()
    gc.freeze()  # or the interpreter would search all of it once more before it ends
    sys.exit(code)


if __name__ == "__main__":
    main()
