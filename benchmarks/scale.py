"""From 10 to 100,000 counts and boxes: time and memory of reading, solving, placing and writing, and how they grow.

    python benchmarks/scale.py [--most 100000]

Limits, against the CPU time I of the bare imports in the same run: 5,000 boxes placed and written in 12 I; 100,000
counts
built into a network and solved in 10 I; growth near linear (an exponent near 1).
"""

from __future__ import annotations

import argparse
import math
import tracemalloc

from measure import cpu_of_call, imports


def long(n: int) -> str:
    """Return a trunk of stages, each with an exit that has two reasons: about n counts."""
    lines = ["stages:"]
    people = 10 * n
    for number in range(max(1, n // 5)):
        lines += [f"  - kind: other\n    label: Step {number}" + (f"\n    n: {people}" if number == 0 else "")]
        lines += ["    exits: [{label: Left, reasons: {Withdrew: 1, Died: 1}}]"]
    return "\n".join(lines) + "\n"


def wide(n: int) -> str:
    """Return one stage with an exit of n reasons."""
    reasons = "".join(f"          Reason {number}: {number % 7}\n" for number in range(n))
    start = "stages:\n  - kind: screening\n    exits:\n      - label: Excluded\n        reasons:\n"
    return f"{start}{reasons}  - {{kind: enrollment, n: 5}}\n"


def armed(n: int) -> str:
    """Return eight arms of equal length, pooled at the end."""
    lines = ["stages:", f"  - {{kind: randomization, n: {80 * n}, arms: ["]
    for arm in range(8):
        stages = [
            f"{{kind: other, label: Step {number}"
            + (f", n: {10 * n}" if number == 0 else "")
            + ", exits: [{label: Left, n: 1}]}"
            for number in range(max(1, n // 16))
        ]
        lines.append(f"      {{label: Arm {arm}, stages: [{', '.join(stages)}]}},")
    lines += ["    ]}", "  - kind: analysis"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print a table for each shape of flow, and the ratios that have limits."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--most", type=int, default=100_000)
    most = options.parse_args().most
    import consortflow as cf
    from consortflow.building import build
    from consortflow.solving import solve_network

    bare = imports()
    print(f"I, the bare imports: {bare * 1000:.0f} ms\n")
    sizes = [10**power for power in range(1, 6) if 10**power <= most]
    for name, shape in (("long", long), ("wide", wide), ("armed", armed)):
        print(f"{name:<8}{'counts':>8}{'read':>10}{'network':>10}{'solve':>10}{'n+s / I':>10}{'memory':>10}")
        points = []
        for size in sizes:
            text = shape(size)
            study = cf.loads(text)
            read = cpu_of_call(lambda text=text: cf.loads(text))
            network = cpu_of_call(lambda study=study: build(study))
            built = build(study)
            solve = cpu_of_call(lambda built=built: solve_network(built))
            counts = len(built.accounts)
            tracemalloc.start()
            solve_network(build(cf.loads(text)))
            memory = tracemalloc.get_traced_memory()[1] / 1e6
            tracemalloc.stop()
            points.append((counts, read + network + solve, memory))
            print(
                f"{'':<8}{counts:>8}{read * 1000:>8.0f}ms{network * 1000:>8.0f}ms{solve * 1000:>8.0f}ms"
                f"{(network + solve) / bare:>10.2f}{memory:>8.1f}MB"
            )
        print(f"{'':<8}time grows as n^{_exponent(points, 1):.2f}, memory as n^{_exponent(points, 2):.2f}\n")
    print(f"{'boxes':>8}{'place and write':>18}{'/ I':>8}")
    points = []
    for size in [s for s in (10, 100, 1000, 5000) if s <= most]:
        solution = cf.solve(cf.loads(boxes(size)))
        drawn = cpu_of_call(lambda solution=solution: _draw(solution))
        points.append((size, drawn, 0.0))
        print(f"{size:>8}{drawn * 1000:>16.0f}ms{drawn / bare:>8.2f}")
    print(f"time grows as n^{_exponent(points, 1):.2f}   (limit: 12 I for 5,000 boxes)")


def boxes(n: int) -> str:
    """Return a flow that draws n boxes: four arms, every stage with an exit beside it."""
    lines = ["stages:", "  - kind: screening", f"    n: {100 * n}", "  - kind: randomization", "    arms:"]
    for arm in range(4):
        lines += [f"      - label: Arm {arm}", "        stages:"]
        for number in range(max(1, (n - 2) // 8)):
            start = f"n: {25 * n}, " if number == 0 else ""
            lines.append(
                f"          - {{kind: other, label: Visit {number}, {start}exits: [{{label: Left, reasons: {{Moved: "
                f"1}}}}]}}"
            )
    return "\n".join(lines) + "\n"


def _draw(solution: object) -> None:
    from consortflow.drawing import draw_solution

    draw_solution(solution).svg()  # type: ignore[arg-type] # a Solution


def _exponent(points: list[tuple[int, float, float]], column: int) -> float:
    """Return the slope of the last decade on logarithmic axes."""
    if len(points) < 2 or not points[-2][column] or not points[-1][column]:
        return math.nan
    return math.log(points[-1][column] / points[-2][column]) / math.log(points[-1][0] / points[-2][0])


if __name__ == "__main__":
    main()
