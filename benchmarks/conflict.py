"""What an explanation costs: flows of 10,000 statements solved clean, with one error, and with ten.

    python benchmarks/conflict.py [--statements 10000]

Limit, against the clean flow in the same run: one error found and explained in twice the CPU time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from measure import cpu_of_call


def stated(n: int, wrong: frozenset[int]) -> str:
    """Return a trunk that states every count: stages, exits and their reasons."""
    lines = ["stages:"]
    people = 10 * n
    steps = max(2, n // 4)
    for number in range(steps):
        error = number * 10 // steps in wrong and number % (steps // 10) == 5
        lines.append(f"  - kind: other\n    label: Step {number}\n    n: {people + error}")
        lines.append("    exits: [{label: Left, n: 2, reasons: {Withdrew: 1, Died: 1}}]")
        people -= 2
    return "\n".join(lines) + "\n"


def totals_left_out(n: int, wrong: frozenset[int]) -> str:
    """Return ten trunks in arms, each with only its first and last count stated: an error is everybody's."""
    lines = ["stages:", "  - kind: randomization", "    arms:"]
    steps = max(1, n // 20)
    for arm in range(10):
        lines += [f"      - label: Arm {arm}", "        stages:"]
        for number in range(steps):
            start = f"n: {10 * n}, " if number == 0 else ""
            exits = "exits: [{reasons: {Withdrew: 1, Died: 1}}]"
            lines.append(f"          - {{kind: other, label: Step {number}, {start}{exits}}}")
        lines.append(f"          - {{kind: analysis, n: {10 * n - 2 * steps + (arm in wrong)}}}")
    return "\n".join(lines) + "\n"


def wide(n: int, wrong: frozenset[int]) -> str:
    """Return ten stages whose exits have a tenth of all reasons each, with their totals."""
    lines = ["stages:"]
    for stage in range(10):
        counts = [number % 7 for number in range(n // 10)]
        lines.append(f"  - kind: other\n    label: Stage {stage}\n    exits:\n      - label: Left")
        lines.append(f"        n: {sum(counts) + (stage in wrong)}")
        lines += ["        reasons:", *(f"          Reason {number}: {count}" for number, count in enumerate(counts))]
    return "\n".join(lines) + "\n"


def tables(n: int, wrong: frozenset[int]) -> str:
    """Return exits divided in two ways, down a trunk: every division adds up to the same people."""
    lines = ["stages:"]
    steps = max(10, n // 5)
    for number in range(steps):
        error = number * 10 // steps in wrong and number % (steps // 10) == 5
        lines.append(f"  - kind: other\n    label: Step {number}" + (f"\n    n: {100 * n}" if number == 0 else ""))
        site = f"also: [{{label: Site, reasons: {{A: 5, B: {2 + error}}}}}]"
        lines.append(f"    exits: [{{reasons: {{Withdrew: 3, Died: 4}}, {site}}}]")
    return "\n".join(lines) + "\n"


SHAPES: dict[str, Callable[[int, frozenset[int]], str]] = {
    "all stated": stated, "totals left out": totals_left_out, "wide": wide, "two margins": tables,
}  # fmt: skip


def main() -> None:
    """Print, for each shape, the time of solving it clean, and with errors explained, as ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--statements", type=int, default=10_000)
    statements = options.parse_args().statements
    import consortflow as cf
    from consortflow.building import build
    from consortflow.solving import solve_network

    print(f"{'':<18}{'statements':>11}{'clean':>10}{'one error':>11}{'ratio':>8}{'ten errors':>12}{'ratio':>8}")
    for name, shape in SHAPES.items():
        times = []
        for errors in (0, 1, 10):
            wrong = frozenset({4} if errors == 1 else range(errors))
            network = build(cf.loads(shape(statements, wrong)))
            solution = solve_network(network)
            assert len(solution.conflicts) >= errors, (name, errors, len(solution.conflicts))  # noqa: S101 - it must find them
            times.append(cpu_of_call(lambda network=network: solve_network(network), runs=7))
        stated_counts = sum(account.stated is not None for account in network.accounts.values())
        clean, one, ten = times
        print(
            f"{name:<18}{stated_counts:>11}{clean * 1000:>8.0f}ms{one * 1000:>9.0f}ms{one / clean:>8.2f}"
            f"{ten * 1000:>10.0f}ms{ten / clean:>8.2f}"
        )
    print("(limit: one error in 2 times the clean flow)")


if __name__ == "__main__":
    main()
