"""A cold start: `consortflow draw` as a whole process, against the bare imports it needs and against its peers.

    python benchmarks/cold.py [--runs 9]

Peers are measured where they are installed (`pip install prisma-flow sciglyph`): each draws a comparable flow its
own way.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

from measure import BARE_IMPORTS, cpu_of_processes

EXAMPLE = Path(__file__).parents[1] / "examples" / "inati-cel.consort.yaml"
SCIGLYPH = """
import matplotlib; matplotlib.use("svg")
from sciglyph import consort
spine = [("Screened", 92), ("Enrolled", 67), ("Received lymphodepletion", 55), ("Infused", 48)]
excluded = [
    [("Withdrew voluntarily", 2), ("Did not meet inclusion criteria", 4), ("Met exclusion criteria", 19)],
    [("Uncontrolled infection", 6), ("Voluntary withdrawal", 3), ("Physician decision", 2), ("Ineligible", 1)],
    [("Physician decision", 2), ("Uncontrolled infection", 2), ("Rapid disease progression", 3)],
]
figure, problems = consort.figure(spine, excluded)
figure.savefig({target!r})
"""
PRISMA = """{
  "identification": {"records_identified_databases": 92, "records_identified_registers": 0},
  "screening": {"records_removed_duplicates": 0, "records_removed_automation": 0, "records_removed_other": 0,
                "records_screened": 92, "records_excluded": 25},
  "eligibility": {"reports_sought": 67, "reports_not_retrieved": 12, "reports_assessed": 55,
                  "reports_excluded": {"Physician decision": 2, "Uncontrolled infection": 2, "Rapid progression": 3}},
  "included": {"studies_included": 48}
}"""


def main() -> None:
    """Print ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=9)
    runs = options.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "figure.svg")
        rows = {
            "I, the bare imports": [sys.executable, "-c", BARE_IMPORTS],
            "python -c pass": [sys.executable, "-c", "pass"],
            "consortflow --help": [sys.executable, "-m", "consortflow", "--help"],
            "consortflow check": [sys.executable, "-m", "consortflow", "check", str(EXAMPLE)],
            "consortflow draw (limit 1.7 I)": [sys.executable, "-m", "consortflow", "draw", str(EXAMPLE), "-o", target],
        }
        if importlib.util.find_spec("sciglyph"):
            rows["sciglyph, the same flow"] = [sys.executable, "-c", SCIGLYPH.format(target=target)]
        peer = Path(sys.executable).with_name("prisma-flow")
        program = str(peer) if peer.exists() else shutil.which("prisma-flow")
        if program:
            data = Path(folder) / "flow.json"
            data.write_text(PRISMA, encoding="utf-8")
            rows["prisma-flow, a flow like it"] = [program, "render", str(data), "-o", target]
        times = cpu_of_processes(rows, runs)
    bare = times["I, the bare imports"]
    for name, time in times.items():
        print(f"{name:<34} {time * 1000:7.0f} ms   {time / bare:.2f} I")


if __name__ == "__main__":
    main()
