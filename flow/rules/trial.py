"""What rules about designs and reporting ask of a trial: which stages come before which, and its randomized arms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.schemas.diagnostics import Span
    from consortflow.solving import Solution

__all__ = ["Trial"]


class Trial:
    """A solved flow, seen by its design."""

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.network = solution.network
        self.about = solution.network.study.study
        self.stages: tuple[Account, ...] = tuple(self.network.stages())
        self.kinds = frozenset(stage.item.kind for stage in self.stages)

    @cached_property
    def arms(self) -> tuple[Account, ...]:
        """Every arm, in file order."""
        return tuple(account for account in self.network.accounts.values() if account.kind == "arm")

    @cached_property
    def splits(self) -> dict[str, tuple[Account, ...]]:
        """The arms of each stage that splits, by its id."""
        found: defaultdict[str, tuple[Account, ...]] = defaultdict(tuple)
        for arm in self.arms:
            found[arm.box] += (arm,)
        return dict(found)

    @cached_property
    def randomised(self) -> tuple[Account, ...]:
        """The arms that people are randomized to, in file order."""
        random = {split for split in self.splits if "randomization" in (*self.before[split], self.kind(split))}
        return tuple(arm for arm in self.arms if arm.box in random and arm.item.status != "non-randomised")

    @cached_property
    def before(self) -> dict[str, frozenset[str]]:
        """The kinds of stage that people may have passed before each stage or arm, by its id."""
        boxes = [account for account in self.network.accounts.values() if account.kind in ("stage", "arm")]
        found: dict[str, frozenset[str]] = dict.fromkeys((box.id for box in boxes), frozenset())
        changed = True
        while changed:  # once more than the flow leads back up the file: twice, nearly always
            changed = False
            for box in boxes:
                kinds = found[box.id].union(*(found[tail] | {self.kind(tail)} for tail in self._tails(box.id)))
                kinds -= {""}
                if kinds != found[box.id]:
                    found[box.id] = kinds
                    changed = True
        return found

    def kind(self, full: str) -> str:
        """Return the kind of a stage; an empty string for anything else."""
        account = self.network.account(full)
        return str(account.item.kind) if account.kind == "stage" else ""

    def _tails(self, full: str) -> Iterator[str]:
        """Yield the stages and arms that people come to a box from."""
        for tail in self.network.before(full, "flow"):
            if self.network.account(tail).kind == "movement":
                yield from self.network.before(tail, "flow")
            else:
                yield tail

    def inside(self, arm: Account) -> tuple[str, ...]:
        """Return the arms from the outermost to this one, which every account in it has as its first ones."""
        return (*arm.arms, arm.id.rsplit("/", 1)[-1])

    @cached_property
    def _stages_in(self) -> dict[tuple[str, ...], list[Account]]:
        found: defaultdict[tuple[str, ...], list[Account]] = defaultdict(list)
        for stage in self.stages:
            for depth in range(1, len(stage.arms) + 1):
                found[stage.arms[:depth]].append(stage)
        return found

    def stages_in(self, arm: Account) -> list[Account]:
        """Return the stages of an arm, those of arms inside it included."""
        return self._stages_in.get(self.inside(arm), [])

    def n(self, account: Account) -> int | None:
        """Return the count of an account, in its first unit, where only one is possible."""
        return self.solution.n(account.id, account.units[0])

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
