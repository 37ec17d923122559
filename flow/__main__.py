"""`python -m consortflow`."""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    gc.disable()  # a run is short: collecting while modules are imported costs a tenth of it
    from consortflow.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
