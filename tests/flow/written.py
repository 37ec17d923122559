"""What a written study comes to: its counts, its contradictions, and its equations as text."""

from __future__ import annotations

from consortflow.balance import System, equations
from consortflow.building import build
from consortflow.schemas.read import loads
from consortflow.solving import Solution, solve

__all__ = ["between", "called", "codes", "line", "solved", "system_of"]


def solved(text: str) -> Solution:
    """Return the solution of a study without faults in its structure."""
    solution = solve(loads(text))
    assert solution.network.findings == ()
    return solution


def codes(text: str) -> list[str]:
    """Return the codes of a study's contradictions."""
    return [conflict.code for conflict in solved(text).conflicts]


def between(solution: Solution, full: str, unit: str | None = None) -> tuple[int, int | None]:
    """Return the least and the greatest that a count can be."""
    interval = solution.interval(full, unit)
    return interval.low, interval.high


def system_of(text: str) -> System:
    """Return the equations of a study."""
    return equations(build(loads(text)))


def called(system: System, variable: int) -> str:
    """Return the id of a count, with its unit where there are several."""
    name = system.names[variable]
    assert name is not None
    return ":".join(name) if len({named[1] for named in system.names if named}) > 1 else name[0]


def line(system: System, index: int) -> str:
    """Return an equation as text, slack left out."""
    equation = system.equations[index]

    def times(factor: int, variable: int) -> str:
        return f"{'' if factor == 1 else f'{factor} '}{called(system, variable)}"

    right = "".join(f" {'-' if sign < 0 else '+'} {times(abs(sign), part)}" for sign, part in equation.parts)
    right += f" {'-' if equation.constant < 0 else '+'} {abs(equation.constant)}" if equation.constant else ""
    left = f"{equation.rule.code} {times(equation.factor, equation.whole)}"
    return f"{left} {equation.relation}{right.removeprefix(' +')}"
