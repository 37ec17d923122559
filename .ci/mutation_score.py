"""Run mutmut on modules of the engine, in the tree that `.ci/mutation` lays out, and print the score of each."""

import json
import subprocess
import sys
from pathlib import Path

ENOUGH = 0.9
NOTICED = {1: "killed", 3: "killed", -24: "timeout", -9: "timeout", 36: "timeout"}
"""How the tests of a mutant that is noticed end: by a failure, pytest's own end, or too much time."""


def codes(module: str) -> dict[str, int | None]:
    """Return what the tests of each mutant of a module ended with; None for one that was not tried."""
    text = Path("mutants/consortflow", f"{module}.py.meta").read_text(encoding="utf-8")
    found: dict[str, int | None] = json.loads(text)["exit_code_by_key"]
    return found


def mutate(jobs: str, names: list[str]) -> None:
    """Try mutants; where mutmut itself fails (for one, because a test fails without any mutant), show why and stop."""
    command = ["mutmut", "run", "--max-children", jobs, *names]
    path = Path("../mutmut.log")
    with path.open("w", encoding="utf-8") as log:
        ended = subprocess.run(command, stdout=log, stderr=log, check=False)  # noqa: S603 - names of mutmut's own
    if ended.returncode:
        sys.exit("\n".join(path.read_text(encoding="utf-8").splitlines()[-60:]))


def main(every: int, jobs: str, modules: list[str]) -> int:
    """Return 0 where enough of the mutants of each module are noticed."""
    mutate(jobs, ["consortflow.solving.x_solve__mutmut_1"])  # makes all of them, and finds which tests meet which
    chosen = {module: list(codes(module))[::every] for module in modules}
    mutate(jobs, [name for names in chosen.values() for name in names])
    enough = True
    for module, names in chosen.items():
        found = codes(module)
        ends = [NOTICED.get(found[name] or 0, "") for name in names]
        for name, end in zip(names, ends, strict=True):
            if not end:
                print(f"    {name}: {'survived' if found[name] == 0 else f'not tried ({found[name]})'}")
        noticed = len(ends) - ends.count("")
        share = noticed / len(ends)
        enough = enough and share >= ENOUGH
        print(
            f"{module}: {noticed} of {len(ends)} mutants noticed, {share:.1%} ({ends.count('timeout')} by their time)"
        )
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
