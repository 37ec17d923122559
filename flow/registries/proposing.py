"""What was found in coded records, as a study file that counts from them: arms, exits with reasons, analysis sets."""

from __future__ import annotations

from typing import Any, NamedTuple

from consortflow.registries.naming import Naming
from consortflow.registries.terminology import ExitKind
from consortflow.registries.widths import page_width
from consortflow.registries.writing import Inline, Noted, written
from consortflow.schemas.names import slug

__all__ = ["ArmProposal", "ExitProposal", "JoinProposal", "LineProposal", "Proposal", "as_study_file"]

OTHER = "Other reasons"


class JoinProposal(NamedTuple):
    """A further table."""

    name: str
    table: str
    id: str
    where: str = ""
    note: str = ""


class ExitProposal(NamedTuple):
    """People who left: who they are, and the column that says why."""

    label: str
    kind: ExitKind
    where: str
    by: str = ""
    values: dict[str, str] = {}  # noqa: RUF012 - a NamedTuple's default, never changed
    """The label of each code of the column."""
    note: str = ""
    """A comment above it."""


class LineProposal(NamedTuple):
    """People inside a box, or an analysis set."""

    label: str
    where: str
    note: str = ""
    """A comment at the end of its line."""


class ArmProposal(NamedTuple):
    """A group, and who is in it."""

    label: str
    where: str


class Proposal(NamedTuple):
    """A study file to be."""

    head: str
    table: str
    id: str
    missing_values: tuple[str, ...] = ()
    where: str = ""
    joins: tuple[JoinProposal, ...] = ()
    planned_arm: str = ""
    actual_arm: str = ""
    unassigned: tuple[ExitProposal, ...] = ()
    """Those who left before there were arms."""
    randomised: bool = False
    arms: tuple[ArmProposal, ...] = ()
    received: tuple[LineProposal, ...] = ()
    exits: tuple[ExitProposal, ...] = ()
    """Those who left after."""
    completed: str = ""
    sets: tuple[LineProposal, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know before trusting the file."""


def as_study_file(proposal: Proposal) -> str:
    """Return a proposal as the text of a study file."""
    return _Writer(proposal).text()


class _Writer:
    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.named = Naming(("participants",))
        self.boxes: list[tuple[str, str, str]] = []
        """The label of each arm, its id and the id of its first box."""

    def text(self) -> str:
        study: dict[str, Any] = {
            "title": Noted("Title of the trial", beside="write it"),
            "registration": Noted("NCT00000000", beside="write it, or delete the line"),
        }
        if self.proposal.randomised and len(self.proposal.arms) > 1:
            design = "parallel" if len(self.proposal.arms) == 2 else "multi-arm"
            study["design"] = Noted(design, beside="check: it decides what is asked of the flow")
        study["unit"] = "participants"
        data: dict[str, Any] = {"study": study, "records": self.records(), "stages": self.stages()}
        if sets := self.sets():
            data["analysis_sets"] = sets
        data["picture"] = self.picture()
        return written(data, [self.proposal.head, *self.proposal.notes])

    def picture(self) -> dict[str, Any]:
        proposal, arms = self.proposal, len(self.proposal.arms)
        made: dict[str, Any] = {"zero_counts": Noted(value=False, beside="true prints lines that count nobody")}
        labels = [arm.label for arm in proposal.arms]
        labels += [line.label for line in (*proposal.received, *proposal.sets)]
        labels += [words for one in proposal.exits for words in (one.label, *one.values.values())]
        width = page_width(1.5 * arms if proposal.sets else arms, ["Completed", *labels]) if arms > 1 else None
        return {**made, "width": Noted(width, beside="millimetres")} if width is not None else made

    def records(self) -> dict[str, Any]:
        proposal = self.proposal
        made: dict[str, Any] = {"table": proposal.table, "id": proposal.id}
        if proposal.where:
            made["where"] = proposal.where
        if proposal.missing_values:
            texts = Inline(list(proposal.missing_values))
            made["missing_values"] = Noted(texts, beside="check: texts that stand for a missing value")
        if proposal.planned_arm and proposal.actual_arm:
            made["planned_arm"] = Noted(proposal.planned_arm, beside="the arms below are those planned")
            made["actual_arm"] = Noted(proposal.actual_arm, beside="compared with it, person by person")
        if proposal.joins:
            made["join"] = {join.name: self.join(join) for join in proposal.joins}
        return made

    def join(self, join: JoinProposal) -> Any:
        about = {"table": join.table}
        about |= {"id": join.id} if join.id != self.proposal.id else {}
        about |= {"where": join.where} if join.where else {}
        return Noted(about, above=join.note) if join.note else about

    def stages(self) -> list[Any]:
        proposal, named = self.proposal, self.named
        stages: list[Any] = []
        if proposal.unassigned:
            exits = [_exit(one) for one in proposal.unassigned]
            stages.append({"kind": "screening", **named.stage("", "screening", ""), "exits": exits})
        if len(proposal.arms) < 2:
            if not stages:
                stages.append({"kind": "enrollment", **named.stage("", "enrollment", "")})
            self.boxes.append(("", "", "treatment"))
            return [*stages, *self.group("", "treatment")]
        kind = "randomization" if proposal.randomised else "enrollment"
        split: dict[str, Any] = {"kind": kind, **named.stage("", kind, "")}
        split["arms"] = [self.arm(arm, number) for number, arm in enumerate(proposal.arms, 1)]
        above = "" if proposal.randomised else "check: where everyone here was randomized, write `kind: randomization`"
        return [*stages, Noted(split, above=above)]

    def arm(self, arm: ArmProposal, number: int) -> dict[str, Any]:
        found = self.named.arm("", f"arm-{number}", arm.label)
        self.boxes.append((arm.label, found.full, f"{found.full}/allocation"))
        boxes = self.group(found.full, "allocation")
        return {**self.named.label(arm.label), **found.keys, "where": arm.where, "stages": boxes}

    def group(self, prefix: str, kind: str) -> list[Any]:
        """Return the box of a group, who left it, and who completed."""
        proposal, named = self.proposal, self.named
        box: dict[str, Any] = {"kind": kind, **named.stage(prefix, kind, "")}
        if proposal.received:
            box["details"] = [
                Noted(
                    Inline({**named.label(line.label), "where": line.where, "missing": "excluded"}), beside=line.note
                )
                for line in proposal.received
            ]  # fmt: skip
        if proposal.exits:
            box["exits"] = [_exit(one) for one in proposal.exits]
        done: dict[str, Any] = {"kind": "follow-up", **named.stage(prefix, "completed", "Completed")}
        done |= {"label": "Completed", **({"where": proposal.completed} if proposal.completed else {})}
        return [box, done]

    def sets(self) -> list[Any]:
        """Return the analysis sets of each arm, or of everyone where there are none."""
        sets: list[Any] = []
        for label, arm, box in self.boxes:
            for line in self.proposal.sets:
                name = f"{line.label} {label}".strip()
                keys = self.named.stage("", f"set-{len(sets) + 1}", name)
                made = {"id": keys.get("id", slug(name)), **self.named.label(line.label), "of": box}
                made |= {**({"within": arm} if arm else {}), "where": line.where, "missing": "excluded"}
                sets.append(Noted(made, above=line.note) if line.note and not sets else made)
        return sets


def _exit(one: ExitProposal) -> Any:
    made: dict[str, Any] = {"label": one.label, "kind": one.kind, "where": one.where}
    if one.by:
        made["by"] = one.by
        if one.values:
            made["values"] = one.values
        made["other"] = Noted(OTHER, beside="every code that is not listed")
    return Noted(made, above=one.note) if one.note else made
