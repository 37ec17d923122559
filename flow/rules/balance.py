"""What must add up from box to box, and what is said where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.schemas.diagnostics import Diagnostic, Related, Severity, rule

if TYPE_CHECKING:
    from consortflow.balance import System
    from consortflow.bounds import Component
    from consortflow.network import Account, FlowNetwork

__all__ = ["ARMS", "BALANCE", "JOINING", "SET", "TOO_LARGE", "TWO_CUTOFFS", "too_large", "two_cutoffs"]

BALANCE = rule(
    "B301",
    "stages do not add up",
    why="Everyone in a box either leaves before the next one or is in it. Where the numbers say otherwise, people "
    "were lost "
    "or counted twice, in the trial or in the typing.",
    wrong="""
stages:
  - kind: enrollment
    n: 67
    exits: [{label: Discontinued, n: 12}]
  - {kind: lymphodepletion, n: 56}""",
    right="""
stages:
  - kind: enrollment
    n: 67
    exits: [{label: Discontinued, n: 12}]
  - {kind: lymphodepletion, n: 55}""",
)
ARMS = rule(
    "B303",
    "arms do not add up to their split",
    why="Everyone who is split goes to exactly one arm, but for those who left before: arms sum to the split minus "
    "its exits. Of a unit that is named `overlapping` each arm is at most that, and together they are at least that.",
    wrong="""
stages:
  - kind: randomization
    n: 48
    arms:
      - {label: A, stages: [{kind: allocation, n: 24}]}
      - {label: B, stages: [{kind: allocation, n: 25}]}""",
    right="""
stages:
  - kind: randomization
    n: 48
    arms:
      - {label: A, stages: [{kind: allocation, n: 24}]}
      - {label: B, stages: [{kind: allocation, n: 24}]}""",
)
SET = rule(
    "B305",
    "an analysis set does not fit what it comes from",
    why="A set is a part of a stage or of another set: it is no larger, and with those it leaves out (`excluded`) "
    "it makes up "
    "the whole. `within` an arm, it is no larger than the arm.",
    wrong="stages:\n  - {kind: infusion, n: 48}\nanalysis_sets:\n  - {label: Evaluated, of: infusion, n: 49}",
    right="stages:\n  - {kind: infusion, n: 48}\nanalysis_sets:\n  - {label: Evaluated, of: infusion, n: 48}",
)
JOINING = rule(
    "B309",
    "people who join do not add up",
    why="A box holds those who come from the boxes before it and those who join there (`enters`, counted "
    "transfers), and "
    "nobody else.",
    wrong="""
stages:
  - kind: screening
    n: 70
    enters: {Clinic A: 40, Clinic B: 20}
  - {kind: enrollment, n: 70}""",
    right="""
stages:
  - kind: screening
    n: 70
    enters: {Clinic A: 40, Clinic B: 30}
  - {kind: enrollment, n: 70}""",
)
TWO_CUTOFFS = rule(
    "B401",
    "two data cutoffs",
    why="Numbers of different dates need not balance: people move on between one cutoff and the next. Nobody is "
    "counted across the change; all that is checked is that no more leave a box than it holds.",
    wrong="stages:\n  - {kind: infusion, n: 48, cutoff: 2024-01-31}\n  - {kind: follow-up, n: 46, cutoff: 2024-06-30}",
    right="stages:\n  - {kind: infusion, n: 48, exits: [{label: Died, n: 2}]}\n  - {kind: follow-up, n: 46}",
    severity=Severity.NOTE,
)
TOO_LARGE = rule(
    "B402",
    "ranges may be wider than they need be",
    why="Counts that hang together in circles are solved exactly, up to a size. Beyond it the ranges that are given "
    "hold every "
    "possible value, and perhaps more; more stated numbers make the circle smaller.",
    wrong="",
    right="",
    severity=Severity.NOTE,
)


def two_cutoffs(network: FlowNetwork, tail: Account, head: Account) -> Diagnostic:
    """Return the note that nothing balances between two stages of different dates."""
    dates = [account.cutoff.isoformat() if account.cutoff else "no date" for account in (tail, head)]
    message = f"{tail.label} is as of {dates[0]} and {head.label} as of {dates[1]}: nothing is balanced between them"
    related = [Related(f"{tail.label} is here", network.span(tail.path))]
    return TWO_CUTOFFS.found(
        message, network.span((*head.path, "cutoff")), related=related, subjects=(tail.id, head.id)
    )


def too_large(system: System, component: Component) -> Diagnostic:
    """Return the note that the ranges of a component were not proven to be the narrowest."""
    network = system.network
    names = [name for variable in component.unknowns if (name := system.names[variable]) is not None]
    first = next((network.accounts[full] for full, _ in names if full in network.accounts), None)
    span = network.span(first.path if first else ("stages",))
    message = f"{len(component.unknowns)} counts hang together in circles: their ranges may be wider than they need be"
    return TOO_LARGE.found(message, span, fix="state more of these counts")
