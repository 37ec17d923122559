"""One group of a record as the stages of a study file: a box for each period, who left and why, who completed."""

from __future__ import annotations

import re
from typing import Any

from consortflow.registries.cells import Cell, Cells, in_words
from consortflow.registries.naming import Naming
from consortflow.registries.record import LONGEST, Achieved, Group, Line
from consortflow.registries.writing import Inline, Noted

__all__ = ["PARTICIPANTS", "Boxes"]

PARTICIPANTS = "participants"
LONG = 90
"""Characters beyond which the label of a line is cut, and printed in full as a footnote."""
LEFT = "Not completed"
_NOT_RANDOM = re.compile(r"\b(?:non-?|not |un)randomi[sz]ed\b", re.IGNORECASE)


class Boxes:
    """Makes the boxes of a record's groups, and writes its counts."""

    def __init__(self, cells: Cells) -> None:
        record = cells.record
        self.cells = cells
        self.one_period = len(record.periods) == 1
        unit = " ".join(record.unit.lower().split())
        counted = any(one.units is not None for period in record.periods for one in period.started.counts.values())
        self.named = Naming()
        self.units = self.named.count_in(PARTICIPANTS, unit if counted else "")
        """What is counted, where it is more than participants."""
        self.randomised = record.allocation == "RANDOMIZED" and len(record.groups) > 1

    def random(self, groups: list[Group]) -> bool:
        """Whether people were randomized to every one of some groups."""
        return self.randomised and not any(_NOT_RANDOM.search(group.title) for group in groups)

    def arm(self, group: Group) -> dict[str, Any]:
        """Return a group as an arm."""
        place = self.cells.record.groups.index(group) + 1
        label = self.named.label(group.title)
        named = self.named.arm("", f"group-{place}", group.title)
        status = {"status": "non-randomised"} if self.randomised and not self.random([group]) else {}
        return {**label, **named.keys, **status, "stages": self.stages(group, prefix=named.full)}

    def stages(self, group: Group, *, prefix: str = "", loose: str = "") -> list[Any]:
        """Return a box for each period that a group was in, and who completed where that ends a chain.

        The first box comes from nowhere where `loose` says why.
        """
        cells = self.cells.of[group.id]
        shown = [cell for cell in cells if not cell.nobody] or cells[:1]
        if len(self.cells.sections) == 1:  # abreast: a group's first box is that of the first period
            shown = [cell for cell in cells if cell.place <= shown[-1].place]
        hidden = [cell for cell in cells if cell not in shown]
        stages: list[Any] = []
        for place, cell in enumerate(shown):
            before = shown[place - 1] if place else None
            after = shown[place + 1] if place + 1 < len(shown) else None
            apart = self.apart(before, cell) if before is not None else loose
            ends = after is None or not self.cells.chained(cell, after)
            boxed = ends and self.completed_is_a_box(cell)
            details = self.details(cell, completed=not boxed)
            if after is None:
                details += [self.empty(one) for one in hidden]
            stages.append(self.box(cell, details, apart, prefix))
            if boxed:
                stages.append(self.completed(cell, prefix))
        return stages

    def apart(self, before: Cell, cell: Cell) -> str:
        """Return why nothing ties a box to the one before it; empty where something does."""
        if self.cells.chained(before, cell):
            return ""
        return (
            f"{in_words(before.completed)} completed the period before, {in_words(cell.started)} started this one: the "
            "record does not say how the two go together"
        )

    def box(self, cell: Cell, details: list[Any], apart: str, prefix: str) -> Any:
        """Return the box of a period: from nowhere where `apart` says why."""
        kind, label = self.kind_of(cell, prefix)
        stage: dict[str, Any] = {"kind": kind, **self.named.stage(prefix, f"period-{cell.place + 1}", label, kind)}
        stage |= {**self.named.label(label), "n": self.number(cell.started)}
        if apart:
            stage["from"] = Inline([])
        if details:
            stage["details"] = details
        if note := _together(cell.period.started.comment, cell.started.comment, self.beyond(cell)):
            stage["note"] = note
        if exit_ := self.exit(cell):
            stage["exits"] = [exit_]
        if not cell.adds_up:
            said = (
                f"In the registry {in_words(cell.started)} started, {in_words(cell.completed)} completed and "
                f"{in_words(cell.left)} did not."
            )
            stage["unexplained"] = {"n": self.number(cell.gap), "note": said}
        return Noted(stage, above=apart) if apart else stage

    def kind_of(self, cell: Cell, arm: str) -> tuple[str, str]:
        """Return the kind and the label of a group's box."""
        if not self.one_period:
            first = cell.place == 0 and arm and self.randomised
            return "allocation" if first else "treatment", cell.period.title
        if not arm:
            return "treatment", cell.group.title
        return ("allocation", "") if self.random([cell.group]) else ("treatment", "Started")

    def completed_is_a_box(self, cell: Cell) -> bool:
        """Whether those who completed a period have a box of their own where it ends a chain."""
        if not cell.adds_up:
            return True
        if cell.started.n == 0:
            return False
        return self.one_period or self.cells.some_left(cell.place) or self.cells.follows(cell.place)

    def completed(self, cell: Cell, prefix: str) -> dict[str, Any]:
        """Return the box of those who completed a period."""
        label = "Completed" if self.one_period else f"Completed {cell.period.title}"
        stage = {"kind": "follow-up", **self.named.stage(prefix, f"completed-{cell.place + 1}", label)}
        stage |= {**self.named.label(label), "n": self.number(cell.completed)}
        note = _together(cell.period.completed.comment, cell.completed.comment)
        return {**stage, "note": note} if note else stage

    # What boxes hold

    def details(self, cell: Cell, *, completed: bool) -> list[Any]:
        """Return the milestones of a group, and who completed where that is no box."""
        lines = [
            self.line(line.label, counted, _together(line.comment, counted.comment))
            for line, counted in cell.lines(cell.period.milestones)
            if not self.cells.exceeds(line, cell.period)
        ]
        if completed:
            note = _together(cell.period.completed.comment, cell.completed.comment)
            lines.append(self.line("Completed", cell.completed, note))
        return lines

    def empty(self, cell: Cell) -> dict[str, Any]:
        """Return a period that nobody of a group was in, as a line with the record's noughts."""
        lines = cell.lines(cell.period.milestones + cell.period.reasons)
        labels = dict.fromkeys(["Started", "Completed", LEFT, *(line.label for line, _ in lines)])
        parts = [Inline({**self.named.label(label), "n": self.number(Achieved(0, 0))}) for label in labels]
        return {**self.named.label(cell.period.title), "n": self.number(Achieved(0, 0)), "reasons": parts}

    def line(self, label: str, counted: Achieved, note: str = "") -> Any:
        """Return a line inside a box; one with a long label is cut, and is a footnote in full."""
        short = label if len(label) <= LONG else f"{label[: LONG - 10].rsplit(' ', 1)[0]}\u2026"
        note = _together(label if short != label else "", note)
        made = {**self.named.label(short), "n": self.number(counted)}
        return {**made, "note": note} if note else Inline(made)

    def across(self, line: Line, groups: list[Group]) -> dict[str, Any]:
        """Return a milestone that divides everyone otherwise than the groups do, as a line of the split."""
        named = self.named.beside()
        parts = [
            Inline({**self.named.label(named.line(group.title)), "n": self.number(line.counts[group.id])})
            for group in groups
        ]
        made = self.line(line.label, self.cells.sum_of(line, groups), line.comment)
        return {**(made.value if isinstance(made, Inline) else made), "reasons": parts}

    def beyond(self, cell: Cell) -> str:
        """Return milestones that are larger than the box, in words."""
        return " ".join(
            f"{line.label}: {in_words(counted)}."
            for line, counted in cell.lines(cell.period.milestones)
            if self.cells.exceeds(line, cell.period) and not self.cells.divides_all(line)
        )

    def exit(self, cell: Cell) -> dict[str, Any]:
        """Return those who did not complete, with the record's reasons; empty where nobody is."""
        reasons = cell.lines(cell.period.reasons)
        if not reasons and cell.left.n == 0 and not cell.left.units:
            return {}
        made: dict[str, Any] = {"label": LEFT, "kind": "discontinued", "n": self.number(cell.left)}
        if not reasons:
            return made
        made["reasons"] = self.named.reasons(
            [(line.label, self.number(counted), _together(line.comment, counted.comment)) for line, counted in reasons]
        )
        given = [counted.n for _, counted in reasons if counted.n is not None]
        if len(given) == len(reasons) and cell.left.n is not None and sum(given) != cell.left.n:
            said = f"The registry's reasons sum to {sum(given)}, and {cell.left.n} did not complete."
            made["unexplained"] = {"n": self.number(Achieved(cell.left.n - sum(given))), "note": said}
        return made

    def number(self, counted: Achieved) -> Any:
        """Return a count as the file writes it."""
        if not self.units:
            return "unknown" if counted.n is None else counted.n
        known = {unit: n for unit, n in zip(self.units, counted[:2], strict=True) if n is not None}
        return Inline(known) if known else "unknown"


def _together(*texts: str) -> str:
    """Return texts as one, each once, cut where it is no footnote any more."""
    joined = " ".join(dict.fromkeys(text for text in texts if text))
    return joined if len(joined) <= 2 * LONGEST else f"{joined[: 2 * LONGEST - 1].rstrip()}\u2026"
