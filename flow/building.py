"""A study to its network: every stage, exit, reason, arm, set and transfer taken up in file order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from consortflow.network import Account, AccountKind, Division, FlowNetwork, Path
from consortflow.rules import structure
from consortflow.schemas.collecting import undisturbed
from consortflow.schemas.diagnostics import Diagnostic, Related, Rule
from consortflow.schemas.labels import labels
from consortflow.schemas.names import slug
from consortflow.schemas.people import Counted, Detail, Exit, Partition, Reason
from consortflow.schemas.stages import Arm, StageBase
from consortflow.schemas.study import AnalysisSet, Study

__all__ = ["build"]


@undisturbed()
def build(study: Study) -> FlowNetwork:
    """Return the network of a study. What is wrong with its structure is in the network's `findings`."""
    return _Builder(study).build()


class _Builder:
    """Puts a study's accounts into its network, in file order."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.source = study.source
        self.cutoff = study.study.data_cutoff
        self.words = labels(study.study.language)
        self.ids = labels("en-US")
        """The words that ids are made of where there is no label: references hold in every language."""
        self.network = FlowNetwork(study)
        self.accounts = self.network.accounts
        self.names = self.network.names
        self.connect = self.network._connect
        self.divisions: list[Division] = []
        self.findings: list[Diagnostic] = []
        self.again: dict[str, int] = {}
        """How many accounts have had the same id."""
        self.randomised = _randomises(study.stages)
        self.froms: list[tuple[Account, tuple[str, ...], str]] = []

    def build(self) -> FlowNetwork:
        about = self.study.study
        self.stages(self.study.stages, ("stages",), (), about.counts, previous=(), arm="")
        for account, references, arm in self.froms:
            self.come_from(account, references, arm)
        for key in self.order((), "analysis_sets", "transfers", "pooled"):
            if key == "analysis_sets":
                self.sets()
            elif key == "transfers":
                self.transfers()
            else:
                self.pools()
        self.network._close()
        self.network.divisions = tuple(self.divisions)
        self.network.findings = (*self.findings, *structure.check(self.network))
        return self.network

    def order(self, path: Path, *keys: str) -> Iterable[str]:
        """Return keys of the mapping at a path in the order the file has them."""
        if self.source is None:
            return keys
        node: Any = self.source.root
        for part in path:
            node = node[part]
        return [*(key for key in node if key in keys), *(key for key in keys if key not in node)]

    def find(self, broken: Rule, path: Path, message: str, fix: str = "", related: tuple[Related, ...] = ()) -> None:
        self.findings.append(broken.found(message, self.network.span(path), fix=fix, related=related))

    def add(self, account: Account) -> Account:
        """Put an account into the network, under an id nothing else has."""
        if account.id in self.network:
            number = self.again.get(account.id, 1) + 1
            while f"{account.id}-{number}" in self.network:
                number += 1
            self.again[account.id] = number
            account = account._replace(id=f"{account.id}-{number}")
        self.network._put(account)
        return account

    def named(self, account: Account, kind: str) -> Account:
        """Put an account that can be referred to into the network; an id that is taken is a finding."""
        if not self.names.add(account.id, kind):
            first = self.accounts[account.id]
            self.find(
                structure.DUPLICATE_ID,
                account.path,
                f'two boxes are called "{account.id}"',
                "give one of them an `id` of its own",
                (Related("the first is here", self.network.span(first.path)),),
            )
        return self.add(account)

    # Stages and arms

    def stages(
        self, stages: tuple[StageBase, ...], path: Path, arms: tuple[str, ...], units: tuple[str, ...],
        *, previous: tuple[str, ...], arm: str,
    ) -> tuple[str, ...]:  # fmt: skip
        """Add a list of stages; return the ids that people leave it by. `arm` enters its first stage."""
        for index, stage in enumerate(stages):
            units = stage.units or ((stage.unit,) if stage.unit else units)
            here = (*path, index)
            full = "/".join((*arms, stage.id or slug(stage.label or "") or stage.kind))
            before = () if stage.come_from == () else previous
            account = self.named(
                Account(
                    full, "stage", self.stage_label(stage, arms), here, units, stage.n, self.before_it(before), arms,
                    stage, stage.cutoff or self.cutoff,
                ),
                stage.kind,
            )  # fmt: skip
            self.network.torn = self.network.torn or not set(stage.overlapping) <= set(units)
            if stage.come_from is None:
                for tail in previous:
                    self.move(tail, account)
            else:
                self.froms.append((account, stage.come_from, arm if index == 0 else ""))
            previous = self.contents(stage, account, here, arms, units)
        return previous

    def before_it(self, previous: tuple[str, ...]) -> str:
        """Return the box that a stage's percentage is of: the stage before it, or the split it follows."""
        if len(previous) != 1:
            return ""
        before = self.accounts[previous[0]]
        return before.box if before.kind == "arm" else before.id

    def contents(
        self, stage: StageBase, account: Account, path: Path, arms: tuple[str, ...], units: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Add what a stage holds; return the ids that people go on from."""
        leaving: tuple[str, ...] = (account.id,)
        held = [name for name in ("enters", "details", "exits", "arms") if getattr(stage, name)]
        for key in held if len(held) < 2 else self.order(path, *held):
            if key == "enters":
                for index, source in enumerate(stage.enters):
                    made = self.line(source, "enter", account, (*path, "enters", index))
                    self.connect(made.id, account.id, "enter")
            elif key == "details":
                self.details(stage.details, account, (*path, "details"), "detail")
            elif key == "exits":
                for index, exit_ in enumerate(stage.exits):
                    self.exit(exit_, account, (*path, "exits", index))
            elif stage.arms:
                leaving = ()
                for index, arm in enumerate(stage.arms):
                    leaving += self.arm(arm, account, (*path, "arms", index), arms, units)
        return leaving

    def arm(
        self, arm: Arm, split: Account, path: Path, arms: tuple[str, ...], units: tuple[str, ...]
    ) -> tuple[str, ...]:
        inner = (*arms, arm.id or slug(arm.label) or "arm")
        made = Account("/".join(inner), "arm", arm.label, path, units, arm.n, split.id, arms, arm, split.cutoff)
        account = self.named(made, "")
        self.connect(split.id, account.id, "flow")
        return self.stages(arm.stages, (*path, "stages"), account.inside, units, previous=(account.id,), arm=account.id)

    def move(self, tail: str, head: Account) -> None:
        """Let people move from a stage or an arm to a stage."""
        if (arm := self.network.account(tail)).kind == "arm" and arm.item.stages:  # the arm is the movement
            self.connect(tail, head.id, "flow")
            return
        name = f"{tail} > {head.id}"
        movement = self.add(Account(name, "movement", "", head.path, head.units, None, "", (), None, head.cutoff))
        self.connect(tail, movement.id, "flow")
        self.connect(movement.id, head.id, "flow")

    def come_from(self, account: Account, references: tuple[str, ...], arm: str) -> None:
        """Connect a stage to the stages that its `from` names."""
        tails: dict[str, None] = {}
        for index, reference in enumerate(references):
            path = (*account.path, "from", index)
            tail = self.resolve(reference, path, ("stage", "arm"))
            if tail is None:
                self.network.torn = True
                continue
            if arm and tail.id in (self.accounts[arm].box, arm):
                tails[arm] = None
            else:
                tails.update(dict.fromkeys(self.ends(tail)))
        if account.id in tails:
            self.find(
                structure.CYCLE,
                (*account.path, "from"),
                f"{account.label} comes from itself",
                "name the stage before it",
            )
            del tails[account.id]
        for full in tails:
            self.move(full, account)
        if arm and arm not in tails and not self.network.torn:
            self.find(
                structure.ARM_NOT_ENTERED,
                (*account.path, "from"),
                f"nobody in {self.accounts[arm].label} comes from the split: its first stage has another `from`",
                f"add {self.accounts[arm].box} to `from`, or leave `from` out",
            )

    def ends(self, account: Account) -> tuple[str, ...]:
        """Return the boxes that people leave an account by: the last ones of an arm, the stage itself otherwise.

        The last ones, stages and arms without any, lead nowhere inside the arm, wherever they lead outside it.
        """
        if account.kind != "arm" or not account.item.stages:
            return (account.id,)
        inside = account.inside
        within = {box.id: box for box in self.accounts.values() if box.arms[: len(inside)] == inside}
        last = [
            box
            for box in within.values()
            if (box.kind == "stage" and not box.item.arms) or (box.kind == "arm" and not box.item.stages)
        ]
        return tuple(box.id for box in last if within.keys().isdisjoint(self.heads(box)))

    def heads(self, box: Account) -> set[str]:
        """Return the stages that movements lead to from a stage, or from an arm without stages."""
        movements = self.network.after(box.id, "flow")
        return {head for movement in movements for head in self.network.after(movement, "flow")}

    # What boxes hold

    def exit(self, exit_: Exit, stage: Account, path: Path) -> None:
        label = exit_.label or self.words["exit"][exit_.kind]
        full = f"{stage.id}/{exit_.id or slug(exit_.label or self.ids['exit'][exit_.kind]) or exit_.kind}"
        account = self.named(
            Account(full, "exit", label, path, stage.units, exit_.n, stage.id, stage.arms, exit_, stage.cutoff), ""
        )
        self.connect(stage.id, account.id, "exit")
        self.reasons(exit_.reasons, account, (*path, "reasons"), exit_, box=account.id)
        for index, also in enumerate(exit_.also):
            here = (*path, "also", index, "reasons")
            self.reasons(also.reasons, account, here, also, box=account.id, prefix=slug(also.label) or "also")
        self.details(exit_.details, account, (*path, "details"), "detail")

    def line(
        self, item: Counted, kind: AccountKind, holder: Account, path: Path, *, box: str = "", prefix: str = ""
    ) -> Account:
        name = slug(item.label) or kind
        full = "/".join(part for part in (holder.id, prefix, name) if part)
        return self.add(
            Account(
                full, kind, item.label, path, holder.units, item.n, box or holder.id, holder.arms, item, holder.cutoff
            )
        )

    def reasons(
        self, reasons: Sequence[Reason | Detail], whole: Account, path: Path, flags: Any, *, box: str,
        prefix: str = "", kind: AccountKind = "reason",
    ) -> tuple[Account, ...]:  # fmt: skip
        """Add the parts of an account, and theirs, however deep."""
        if not reasons:
            return ()
        made = []

        for index, reason in enumerate(reasons):
            account = self.line(reason, kind, whole, (*path, index), box=box, prefix=prefix)
            self.connect(whole.id, account.id, "part")
            made.append(account)
            self.reasons(reason.reasons, account, (*path, index, "reasons"), reason, box=box, kind=kind)
        self.findings += structure.labels_twice(self.network, reasons, path)
        self.divisions.append(
            Division(
                whole.id, tuple(account.id for account in made), path, overlapping=flags.overlapping,
                partial=flags.partial, unexplained=getattr(flags, "unexplained", None),
            )
        )  # fmt: skip
        return tuple(made)

    def details(self, details: tuple[Detail | Partition, ...], box: Account, path: Path, kind: AccountKind) -> None:
        for index, item in enumerate(details):
            lines = item.partition if isinstance(item, Partition) else (item,)
            made = []
            for number, line in enumerate(lines):
                here = (*path, index, "partition", number) if isinstance(item, Partition) else (*path, index)
                account = self.line(line, kind, box, here)
                self.connect(box.id, account.id, "detail")
                made.append(account.id)
                self.reasons(
                    line.reasons,
                    account,
                    (*here, "reasons"),
                    line,
                    box=box.id,
                    kind="reason" if kind == "detail" else kind,
                )
            how: Literal["partition", "within"] = "partition" if isinstance(item, Partition) else "within"
            self.divisions.append(Division(box.id, tuple(made), (*path, index), how))

    # What the file says beside its stages

    def resolve(self, reference: str, path: Path, kinds: tuple[AccountKind, ...]) -> Account | None:
        found = structure.resolve(self.network, self.names, reference, path, kinds, self.findings)
        self.network.whole = self.network.whole and found is not None
        return found

    def sets(self) -> None:
        waiting: list[tuple[AnalysisSet, Account, Path]] = []
        for index, item in enumerate(self.study.analysis_sets):
            path: Path = ("analysis_sets", index)
            full = item.id or slug(item.label) or "set"
            account = Account(full, "set", item.label, path, self.study.study.counts, item.n, item=item)
            waiting.append((item, self.named(account, ""), path))
        for item, placed, path in waiting:
            found = [
                self.resolve(ref, (*path, "of", number), ("stage", "set", "arm")) for number, ref in enumerate(item.of)
            ]
            known = [] if None in found else found  # a part of what is only known in part is a part of nothing known
            of = list({other.id: other for other in known if other is not None and other.id != placed.id}.values())
            if any(other is not None and other.id == placed.id for other in found):
                fix = "name the stage or the set that it is a part of"
                self.find(structure.CYCLE, (*path, "of"), f"{item.label} is a part of itself", fix)
            units = of[0].units if of else placed.units
            box = of[0].id if len(of) == 1 else ""
            account = Account(
                placed.id, "set", item.label, path, units, item.n, box, of[0].arms if box else (), item,
                item.cutoff or (of[0].cutoff if of else None),
            )  # fmt: skip
            self.network._put(account)
            for other in of:
                for end in self.ends(other) if other.kind == "arm" else (other.id,):
                    self.connect(end, account.id, "set")
            if item.within is not None and (arm := self.resolve(item.within, (*path, "within"), ("arm",))):
                self.divisions.append(Division(arm.id, (account.id,), (*path, "within"), "within"))
        for item, placed, path in waiting:
            account = self.accounts[placed.id]
            for index, reason in enumerate(item.excluded or ()):
                here = (*path, "excluded", index)
                part = self.line(reason, "reason", account, here, box=account.box)
                self.connect(account.id, part.id, "excluded")
                self.reasons(reason.reasons, part, (*here, "reasons"), reason, box=account.box)
            self.findings += structure.labels_twice(self.network, item.excluded or (), (*path, "excluded"))
            self.details(item.details, account, (*path, "details"), "detail")
            self.details(item.outcomes, account, (*path, "outcomes"), "outcome")

    def transfers(self) -> None:
        for index, item in enumerate(self.study.transfers):
            path: Path = ("transfers", index)
            tail = self.resolve(item.leave, (*path, "from"), ("stage", "exit", "arm"))
            head = self.resolve(item.to, (*path, "to"), ("stage", "arm"))
            self.network.torn = self.network.torn or (item.counted and (tail is None or head is None))
            label = item.label or self.words["transfer"][item.kind]
            units = tail.units if tail else self.study.study.counts
            full = item.id or slug(item.label or self.ids["transfer"][item.kind]) or "transfer"
            if tail and head and item.id is None and full in self.network:
                full = f"{full}-{slug(tail.id)}-{slug(head.id)}"
            box = tail.id if tail else ""
            if tail and tail is head and item.counted:
                fix = "write `counted: false` for people who stay in the box, or name another one"
                self.find(structure.CYCLE, (*path, "to"), f"a counted transfer leads from {tail.label} to itself", fix)
                head = None
            account = self.add(Account(full, "transfer", label, path, units, item.n, box, (), item))
            self.names.add(account.id)
            if head and head.kind == "arm" and not head.item.stages and item.counted:
                fix = "give the arm a stage, or write `counted: false`"
                message = f"{head.label} has no stage that a counted transfer could lead to"
                self.find(structure.UNKNOWN_REFERENCE, (*path, "to"), message, fix)
                head = None
            if tail and head:
                ends = self.ends(tail)
                self.connect(ends[-1], account.id, "transfer")
                starts = self.network.after(head.id, "flow") if head.kind == "arm" and head.item.stages else (head.id,)
                self.connect(account.id, starts[0], "transfer")

    def pools(self) -> None:
        for index, item in enumerate(self.study.pooled):
            path: Path = ("pooled", index)
            found = [self.resolve(ref, (*path, "over", number), ("exit",)) for number, ref in enumerate(item.over)]
            exits = tuple(dict.fromkeys(exit_.id for exit_ in found if exit_ is not None))
            units = self.accounts[exits[0]].units if exits else self.study.study.counts
            label = item.label or self.words["word"]["pooled"]
            full = item.id or slug(item.label or self.ids["word"]["pooled"]) or "pooled"
            account = self.add(Account(full, "pooled", label, path, units, item=item))
            if len(exits) == len(item.over):
                self.divisions.append(Division(account.id, exits, (*path, "over"), "pooled"))
            self.reasons(item.reasons, account, (*path, "reasons"), item, box=account.id)

    def stage_label(self, stage: StageBase, arms: tuple[str, ...]) -> str:
        words = self.words["stage"]
        if stage.label:
            return stage.label
        if stage.kind == "screening" and self.randomised:
            return words["assessed"]
        if stage.kind == "allocation" and arms:
            return words["allocation-arm"].format(arm=self.accounts["/".join(arms)].label)
        if (product := getattr(stage, "product", None)) is not None:
            return words["infusion-product"].format(product=product)
        return words[stage.kind]


def _randomises(stages: Iterable[StageBase]) -> bool:
    return any(stage.kind == "randomization" or any(_randomises(arm.stages) for arm in stage.arms) for stage in stages)
