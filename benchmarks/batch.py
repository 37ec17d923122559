"""Many files in one process: read, check and draw, a file after the other.

    python benchmarks/batch.py [--files 1000]

The limit is I/10 a figure, I being the CPU time of the bare imports in the same run.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measure import cpu_of_call, imports

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.consort.yaml"))


def main() -> None:
    """Print the time for each file, and its ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=1000)
    files = options.parse_args().files
    import consortflow as cf

    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for number in range(files):
            copy = Path(folder) / f"{number}.consort.yaml"
            copy.write_text(EXAMPLES[number % len(EXAMPLES)].read_text(encoding="utf-8"), encoding="utf-8")
            sources.append(copy)

        def batch() -> None:
            for source in sources:
                study = cf.read(source)
                if not cf.check(study).ok:
                    raise SystemExit(f"{source} has errors")
                cf.draw(study).save(source.with_suffix(".svg"))

        cf.draw(EXAMPLES[0])  # the imports are not part of a figure
        bare = imports()
        each = cpu_of_call(batch) / files
    print(f"I, the bare imports   {bare * 1000:7.1f} ms")
    print(f"a figure, of {files:<7} {each * 1000:7.2f} ms   I/{bare / each:.1f}   (limit I/10)")


if __name__ == "__main__":
    main()
