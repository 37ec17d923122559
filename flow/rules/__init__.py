"""The rules a study is checked by, a module for each family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.schemas.diagnostics import RULES, Diagnostic, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consortflow.solving import Solution

__all__ = ["all_rules", "by_design"]


def by_design(solution: Solution) -> Iterator[Diagnostic]:
    """Yield what the rules about order, reporting, designs and cell therapy find in a flow."""
    from consortflow.rules import cell_therapy, designs, order, reporting
    from consortflow.rules.trial import Trial

    trial = Trial(solution)
    for family in (order, reporting, designs, cell_therapy):
        yield from family.check(trial)


def all_rules() -> dict[str, Rule]:
    """Return every rule by code, in order, once the modules that hold rules are imported."""
    from importlib import import_module

    for module in (
        "schemas.source",
        "schemas.read",
        "rules.structure",
        "rules.balance",
        "rules.reasons",
        "rules.undetermined",
        "rules.accounting",
        "rules.order",
        "rules.reporting",
        "rules.designs",
        "rules.cell_therapy",
        "waiving",
    ):
        import_module(f"consortflow.{module}")
    return dict(sorted(RULES.items()))
