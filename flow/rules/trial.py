"""What rules about designs and reporting ask of a trial: which stages come before which, and its randomized arms."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.schemas.diagnostics import Span
    from consortflow.solving import Solution

__all__ = ["Trial"]

Ways = Mapping[str, tuple[str, ...]]
"""The stages and arms that people come to, or come from, by the id of each."""


class Trial:
    """A solved flow, seen by its design."""

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.network = solution.network
        self.about = solution.network.study.study
        self.stages: tuple[Account, ...] = tuple(self.network.stages())
        self.kinds = frozenset(stage.item.kind for stage in self.stages)

    def of_kind(self, *kinds: str) -> Iterable[Account]:
        """Yield the accounts of some kinds, in file order."""
        return (account for account in self.network.accounts.values() if account.kind in kinds)

    # Arms

    @cached_property
    def arms(self) -> tuple[Account, ...]:
        """Every arm, in file order."""
        return tuple(self.of_kind("arm"))

    @cached_property
    def splits(self) -> dict[str, tuple[Account, ...]]:
        """The arms of each stage that splits, by its id."""
        found: defaultdict[str, list[Account]] = defaultdict(list)
        for arm in self.arms:
            found[arm.box].append(arm)
        return {split: tuple(arms) for split, arms in found.items()}

    @cached_property
    def leaves(self) -> tuple[Account, ...]:
        """The arms that hold no other arms, in file order."""
        outer = {full for arm in self.arms for full in arm.around}
        return tuple(arm for arm in self.arms if arm.id not in outer)

    @cached_property
    def randomised(self) -> tuple[Account, ...]:
        """The arms that people are randomized to, in file order.

        They are those of the first split after a randomization: that responders later part from non-responders is no
        chance, unless these are randomized again.
        """
        since = self._along(self._ahead, past_arms=False)
        random = {split for split in self.splits if "randomization" in (self.kind(split), *since[split])}
        return tuple(arm for arm in self.arms if arm.box in random and arm.item.status != "non-randomised")

    @cached_property
    def _stages_in(self) -> dict[tuple[str, ...], list[Account]]:
        found: defaultdict[tuple[str, ...], list[Account]] = defaultdict(list)
        for stage in self.stages:
            for depth in range(1, len(stage.arms) + 1):
                found[stage.arms[:depth]].append(stage)
        return found

    def stages_in(self, arm: Account) -> list[Account]:
        """Return the stages of an arm, those of arms inside it included."""
        return self._stages_in.get(arm.inside, [])

    # The order of stages

    @cached_property
    def _ahead(self) -> dict[str, tuple[str, ...]]:
        """The stages and arms that people go on to from each stage and arm."""
        network = self.network
        found = {}
        for box in self.of_kind("stage", "arm"):
            heads: list[str] = []
            for head in network.after(box.id, "flow"):
                heads += network.after(head, "flow") if network.account(head).kind == "movement" else (head,)
            found[box.id] = tuple(heads)
        return found

    @cached_property
    def _behind(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {full: [] for full in self._ahead}
        for full, heads in self._ahead.items():
            for head in heads:
                found[head].append(full)
        return found

    @cached_property
    def before(self) -> dict[str, dict[str, str]]:
        """The kinds of stage that people may have passed before each stage or arm, with the id of such a stage."""
        return self._along(self._ahead)

    def _along(self, ways: Ways, *, past_arms: bool = True) -> dict[str, dict[str, str]]:
        """Hand the kinds of stage on along ways; where not past arms, an arm hands on nothing of what came before it.

        A box is looked at again only when it has heard of another kind, so the cost grows with the ways, not with their
        square, wherever in the file they lead.
        """
        found: dict[str, dict[str, str]] = {full: {} for full in ways}
        waiting = deque(ways)
        queued = set(ways)
        while waiting:
            full = waiting.popleft()
            queued.discard(full)
            handed = found[full] if past_arms or self.kind(full) else {}
            if kind := self.kind(full):
                handed = {**handed, kind: full}
            for other in ways[full]:
                if news := handed.keys() - found[other].keys():
                    found[other].update((kind, handed[kind]) for kind in sorted(news))
                    if other not in queued:
                        queued.add(other)
                        waiting.append(other)
        return found

    def leading_to(self, targets: Iterable[str]) -> set[str]:
        """Return the stages and arms from which people may come to one of the targets, the targets included."""
        found: set[str] = set()
        waiting = list(targets)
        while waiting:
            full = waiting.pop()
            if full not in found:
                found.add(full)
                waiting += self._behind[full]
        return found

    def goes_on_to(self, full: str, boxes: set[str]) -> bool:
        """Whether a stage or arm leads straight to one of the boxes."""
        return not boxes.isdisjoint(self._ahead[full])

    def ends(self, full: str) -> bool:
        """Whether no stage follows a stage or arm: at most arms that hold none."""
        return all(not self.kind(head) and self.ends(head) for head in self._ahead[full])

    def kind(self, full: str) -> str:
        """Return the kind of a stage; an empty string for anything else."""
        account = self.network.account(full)
        return str(account.item.kind) if account.kind == "stage" else ""

    # Counts and places

    def n(self, account: Account) -> int | None:
        """Return the count of an account, in its first unit, where only one is possible."""
        return self.solution.n(account.id, account.units[0])

    def nobody(self, account: Account) -> bool:
        """Whether an account certainly counts nobody, in any of its units."""
        return all(self.solution.n(account.id, unit) == 0 for unit in account.units)

    @cached_property
    def pooled(self) -> frozenset[str]:
        """The exits whose reasons are given together with those of others."""
        network = self.network
        return frozenset(full for division in network.divisions if division.kind == "pooled" for full in division.parts)

    def with_wholes(self, fulls: Iterable[str]) -> set[str]:
        """Return accounts and, for sets among them, what these are part of, however many steps up."""
        found: set[str] = set()
        waiting = list(fulls)
        while waiting:
            full = waiting.pop()
            if full not in found:
                found.add(full)
                waiting += self.network.before(full, "set")
        return found

    def label(self, account: Account) -> Span:
        """Return where the label of an account is written, or the account where it has none of its own."""
        return self.network.span((*account.path, "label"))
