"""A system's equations as text: `B301 enrollment = screening - screening/out`."""

from __future__ import annotations

from consortflow.balance import System, equations
from consortflow.network import build
from consortflow.schemas.read import loads

__all__ = ["called", "line", "system_of"]


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
