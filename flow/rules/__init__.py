"""The rules a study is checked by, a module for each family."""

from __future__ import annotations

from consortflow.schemas.diagnostics import RULES, Rule

__all__ = ["all_rules"]


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
    ):
        import_module(f"consortflow.{module}")
    return dict(sorted(RULES.items()))
