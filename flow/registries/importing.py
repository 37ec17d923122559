"""A registry's record to a study file: groups as arms, periods as stages, every count where the record has it.

Periods are chained only where as many start a period as completed the one before; elsewhere the record does not say
who they are, and nothing balances between the two (`from: []`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from consortflow.registries.naming import Naming, labelled
from consortflow.registries.record import Achieved, Group, Line, Period, Record
from consortflow.registries.writing import Inline, Noted, written

__all__ = ["as_study_file"]

LONG = 90
"""Characters beyond which the label of a line is cut, and printed in full as a footnote."""
ABREAST = 12
"""Groups that stand side by side; more stand in rows."""
IN_A_ROW = 6
WIDTHS = (170, 250)
"""Of an upright page and of one on its side, in mm."""
SMALL = 1.3
"""What a character of the smallest type needs, and then some, in mm."""
LEFT = "Not completed"
_NOT_RANDOM = re.compile(r"\b(?:non-?|not |un)randomi[sz]ed\b", re.IGNORECASE)
_PARTICIPANTS = "participants"


def as_study_file(record: Record) -> str:
    """Return a record as the text of a study file, with comments that say what a person should check."""
    return _Importer(record).text()


class _Cell(NamedTuple):
    """What a record says of one group in one period."""

    group: Group
    period: Period
    place: int

    @property
    def started(self) -> Achieved:
        return self.period.started.counts.get(self.group.id, Achieved(None))

    @property
    def completed(self) -> Achieved:
        return self.period.completed.counts.get(self.group.id, Achieved(None))

    @property
    def left(self) -> Achieved:
        return self.period.left.counts.get(self.group.id, Achieved(None))

    def lines(self, lines: tuple[Line, ...]) -> list[tuple[Line, Achieved]]:
        """Return milestones or reasons that the record counts this group for."""
        return [(line, line.counts[self.group.id]) for line in lines if self.group.id in line.counts]

    @property
    def nobody(self) -> bool:
        """Whether nobody of the group was in the period."""
        counted = [self.started, self.completed, self.left]
        counted += [one for _, one in self.lines(self.period.milestones + self.period.reasons)]
        return all(one.n == 0 and not one.units for one in counted)


class _Importer:
    def __init__(self, record: Record) -> None:
        self.record = record
        self.periods = record.periods
        unit = " ".join(record.unit.lower().split())
        self.units = (_PARTICIPANTS, unit) if unit and unit != _PARTICIPANTS and self.counts_units() else ()
        self.named = Naming(self.units or (_PARTICIPANTS,))
        self.cells = {
            group.id: [_Cell(group, period, place) for place, period in enumerate(self.periods)]
            for group in record.groups
        }
        self.randomised = record.allocation == "RANDOMIZED" and len(record.groups) > 1
        self.sections = self.sectioned()

    def counts_units(self) -> bool:
        return any(one.units is not None for period in self.periods for one in period.started.counts.values())

    def sectioned(self) -> list[tuple[int, list[Group]]]:
        """Return the groups that begin together: the period, and who.

        Where a group pauses and comes back, every period is a new count of everyone, and all groups stand abreast.
        """
        entries: dict[int, list[Group]] = {}
        for group in self.record.groups:
            busy = [cell.place for cell in self.cells[group.id] if not cell.nobody]
            if busy and len(busy) <= busy[-1] - busy[0]:
                return [(0, list(self.record.groups))]
            entries.setdefault(busy[0] if busy else 0, []).append(group)
        if 0 not in entries:
            return [(0, list(self.record.groups))]
        return sorted(entries.items())

    # The file

    def text(self) -> str:
        record = self.record
        study: dict[str, Any] = {}
        if record.title:
            study["title"] = record.title
        if record.registration:
            study["registration"] = record.registration
        if design := self.design():
            study["design"] = Noted(design, beside="check: from the registry's words for the design")
        if self.units:
            study["units"] = Inline(list(self.units))
        else:
            study["unit"] = _PARTICIPANTS
        data = {
            "study": study,
            "stages": self.stages(),
            "picture": self.picture(),
        }
        return written(data, self.head())

    def head(self) -> Iterator[str]:
        yield (
            f"From the registry's record {self.record.registration or self.record.name}: every number is the "
            "registry's own. Check the arms' labels, the kinds of stage and the comments below; put reasons that the "
            "notes give into exits; then run: consortflow draw FILE"
        )

    def picture(self) -> dict[str, Any]:
        """Return how the figure is drawn: not wider than a page where its longest words allow it."""
        made: dict[str, Any] = {"zero_counts": Noted(value=False, beside="true prints lines that count nobody")}
        widest = max(len(groups) if len(groups) <= ABREAST else IN_A_ROW for _, groups in self.sections)
        if any(len(groups) > ABREAST for _, groups in self.sections):
            made["bars"] = False
        if widest > 2 and (widest < 5 or len(self.periods) < 5):
            labels = [group.title for group in self.record.groups]
            for period in self.periods:
                labels += [period.title, *(line.label for line in (*period.milestones, *period.reasons))]
            longest = max(len(word) for label in labels for word in ("Completed", *label.split()))
            needed = widest * (longest * SMALL + 9)
            width = next((width for width in WIDTHS if needed < 0.85 * width), None)
            if width is not None:
                made["width"] = Noted(width, beside="millimetres")
        return made

    def design(self) -> str:
        record = self.record
        groups, several = len(record.groups), len(self.periods) > 1
        if re.search(r"stepped[\s-]+wedge", record.model_description, re.IGNORECASE) and groups > 1:
            return "stepped-wedge"
        if not self.randomised:
            return "single-arm" if groups == 1 and record.allocation in ("", "NA") else ""
        if self.units:
            return "cluster"
        if record.model == "CROSSOVER":
            return "crossover" if several else ""
        if record.model == "FACTORIAL":
            return "factorial" if groups >= 4 else ""
        if record.model == "PARALLEL" and len(self.sections) == 1:
            return "parallel" if groups == 2 else "multi-arm"
        return ""

    # Stages

    def stages(self) -> list[Any]:
        (_, first), *later = self.sections
        stages = self.beginning(first)
        if len(self.record.groups) == 1:
            stages += self.boxes(self.cells[first[0].id], "", prefix="")
        elif len(first) > ABREAST:
            stages += self.rows(first)
        for place, groups in later:
            stages += self.joining(place, groups)
        return stages

    def split(self, groups: list[Group], line: Line) -> dict[str, Any]:
        """Return how a stage says into which groups it splits: those too many to stand abreast follow in rows."""
        if len(groups) <= ABREAST:
            return {"arms": [self.arm(group) for group in groups]}
        rows = {_row_label(self.record, row): self.number(self.sum_of(line, row)) for row in _rows(groups)}
        return {"details": [{"partition": rows}]}

    def rows(self, groups: list[Group], place: int = 0) -> list[Noted]:
        """Return groups that are too many to stand abreast as stages of a few, one below the other."""
        made = []
        for row in _rows(groups):
            label = _row_label(self.record, row)
            stage = {"kind": "other", **self.named.stage("", "row", label), "label": label}
            stage |= {"n": self.number(self.sum_of(self.periods[place].started, row)), "from": Inline([])}
            above = "" if made else f"{len(groups)} groups, a few in each row, so that the figure fits a page"
            made.append(Noted({**stage, "arms": [self.arm(group) for group in row]}, above=above))
        return made

    def beginning(self, groups: list[Group]) -> list[Any]:
        """Return the stages from the enrollment to the first split: a trial of one group has no split."""
        record = self.record
        started = self.sum_of(self.periods[0].started, groups)
        enrolled = record.enrolment
        note = " ".join(
            f"{name}: {text}"
            for name, text in (("Before assignment", record.pre_assignment), ("Recruitment", record.recruitment))
            if text
        )
        about = {"note": note} if note else {}
        split: dict[str, Any] = {}
        if len(record.groups) > 1:
            split = self.split(groups, self.periods[0].started)
            if details := self.across(groups) + split.pop("details", []):
                split = {"details": details, **split}
        n = self.number(started)
        gap = self.unassigned
        name = "randomization" if self.all_random(groups) else "enrollment"
        if enrolled is None or (gap == 0 and name == "enrollment" and split):
            made = {"kind": name, **self.named.stage("", name, ""), "n": n}
            return [{**made, **about, **split}] if split or enrolled is None else []
        head: dict[str, Any] = {"kind": "enrollment", **self.named.stage("", "enrollment", "")}
        head["n"] = Inline({_PARTICIPANTS: enrolled}) if self.units else enrolled
        head |= about
        if not split and gap == 0:
            return [head]
        if gap and gap > 0 and not self.loose:
            label = "Not assigned to a group" if split else "Did not start"
            unassigned = {"label": label, "n": self.number(Achieved(gap))}
            head["exits"] = [Noted(unassigned, above=f"{enrolled} enrolled, {started.n} assigned: give the reasons")]
        elif gap and gap < 0:
            said = f"The registry gives {enrolled} enrolled and {started.n} who started."
            head["unexplained"] = {"n": self.number(Achieved(gap)), "note": said}
        if not split:
            return [head]
        kind = "other" if self.loose or name != "randomization" else name
        label = "" if kind == name else self.periods[0].title if self.loose else "Assigned to a group"
        stage = {"kind": kind, **self.named.stage("", kind, label), **labelled(label), "n": n}
        if self.loose:
            stage["from"] = Inline([])
        return [head, Noted({**stage, **split}, above=self.why_loose() if self.loose else "")]

    @cached_property
    def unassigned(self) -> int | None:
        """How many more were enrolled than began at first; None where one of the two is not known."""
        started = self.sum_of(self.periods[0].started, self.sections[0][1]).n
        return None if self.record.enrolment is None or started is None else self.record.enrolment - started

    @cached_property
    def loose(self) -> bool:
        """Whether nothing ties the enrollment to those who began at first: some joined later, or nobody knows."""
        if self.record.enrolment is None:
            return False
        return self.unassigned is None or (self.unassigned > 0 and self.joined_later())

    def why_loose(self) -> str:
        started = self.sum_of(self.periods[0].started, self.sections[0][1])
        return f"{self.record.enrolment} enrolled, {_said(started)} started at first: the others may have joined later"

    def joined_later(self) -> bool:
        """Whether more of some group start a period than completed the one before."""
        for cells in self.cells.values():
            for one, other in zip(cells, cells[1:], strict=False):
                if (other.started.n or 0) > (one.completed.n or 0):
                    return True
        return False

    def all_random(self, groups: list[Group]) -> bool:
        return self.randomised and not any(_NOT_RANDOM.search(group.title) for group in groups)

    def joining(self, place: int, groups: list[Group]) -> list[Noted]:
        """Return the stage at which groups begin that nobody was in before, and the rows of its groups."""
        period = self.periods[place]
        total = self.sum_of(period.started, groups)
        named = self.named.stage("", f"period-{place + 1}", period.title)
        stage = {"kind": "other", **named, **labelled(period.title), "n": self.number(total), "from": Inline([])}
        above = (
            "Groups that begin here. The record does not say whether these people are some of those above; where they "
            "are, say `from:` which boxes they come from."
        )
        rows = self.rows(groups, place) if len(groups) > ABREAST else []
        return [Noted({**stage, **self.split(groups, period.started)}, above=above), *rows]

    def arm(self, group: Group) -> dict[str, Any]:
        place = self.record.groups.index(group) + 1
        named = self.named.arm("", f"group-{place}", group.title)
        arm: dict[str, Any] = {**labelled(group.title), **named.keys}
        if self.randomised and _NOT_RANDOM.search(group.title):
            arm["status"] = "non-randomised"
        arm["stages"] = self.boxes(self.cells[group.id], group.title, prefix=named.full)
        return arm

    def boxes(self, cells: list[_Cell], arm: str, *, prefix: str) -> list[Any]:
        """Return the stages of a group: a box for each period it was in, and who completed where that ends a chain."""
        shown = [cell for cell in cells if not cell.nobody] or cells[:1]
        if len(self.sections) == 1:  # abreast: a group's first box is that of the first period
            shown = [cell for cell in cells if cell.place <= shown[-1].place]
        hidden = [cell for cell in cells if cell not in shown]
        stages: list[Any] = []
        for place, cell in enumerate(shown):
            before = shown[place - 1] if place else None
            after = shown[place + 1] if place + 1 < len(shown) else None
            extra = hidden if cell is shown[-1] else []
            stages.append(self.box(cell, before, arm, prefix, extra))
            if self.shows_completed(cell) and (after is None or not self.chained(cell, after)):
                stages.append(self.completed(cell, prefix))
        return stages

    def box(self, cell: _Cell, before: _Cell | None, arm: str, prefix: str, hidden: list[_Cell]) -> Any:
        kind, label = self.kind_of(cell, arm)
        stage: dict[str, Any] = {"kind": kind, **self.named.stage(prefix, f"period-{cell.place + 1}", label, kind)}
        stage |= labelled(label)
        stage["n"] = self.number(cell.started)
        above = ""
        if before is None and not arm and self.loose:
            stage["from"] = Inline([])
            above = self.why_loose()
        elif before is not None and not self.chained(before, cell):
            stage["from"] = Inline([])
            above = (
                f"{_said(before.completed)} completed the period before, {_said(cell.started)} started this one: the "
                "record does not say how the two go together"
            )
        note = " ".join(dict.fromkeys(text for text in (cell.period.started.comment, cell.started.comment) if text))
        if details := self.details(cell, hidden):
            stage["details"] = details
        if beyond := self.beyond(cell):
            note = " ".join(text for text in (note, beyond) if text)
        if note:
            stage["note"] = note
        if exit_ := self.exit(cell):
            stage["exits"] = [exit_]
        if gap := self.gap(cell):
            stage["unexplained"] = gap
        return Noted(stage, above=above) if above else stage

    def kind_of(self, cell: _Cell, arm: str) -> tuple[str, str]:
        if len(self.periods) > 1:
            return ("allocation" if cell.place == 0 and arm and self.randomised else "treatment"), cell.period.title
        if not arm:
            return "treatment", cell.group.title
        return ("allocation", "") if self.all_random([cell.group]) else ("treatment", "Started")

    def shows_completed(self, cell: _Cell) -> bool:
        """Whether those who completed a period have a box of their own where it ends a chain."""
        if cell.started.n == 0:
            return self.gap(cell) is not None
        if len(self.periods) == 1:
            return True
        everyone = [cells[cell.place] for cells in self.cells.values()]
        some_left = any(one.left.n != 0 for one in everyone)
        one_chain = cell.place > 0 and all(
            self.chained(cells[cell.place - 1], cells[cell.place]) for cells in self.cells.values()
        )
        return some_left or one_chain or self.gap(cell) is not None

    @cached_property
    def following(self) -> frozenset[int]:
        """The periods that follow from the one before: as many of every group in them started as completed that one."""
        found = set()
        for place in range(1, len(self.periods)):
            pairs = [(cells[place - 1], cells[place]) for cells in self.cells.values() if cells[place].started.n != 0]
            if pairs and all(_as_many(one, other) for one, other in pairs):
                found.add(place)
        return frozenset(found)

    def chained(self, one: _Cell, other: _Cell) -> bool:
        """Whether a group's period follows from the one before."""
        return other.place in self.following and _as_many(one, other)

    def completed(self, cell: _Cell, prefix: str) -> dict[str, Any]:
        label = "Completed" if len(self.periods) == 1 else f"Completed {cell.period.title}"
        stage = {
            "kind": "follow-up",
            **self.named.stage(prefix, f"completed-{cell.place + 1}", label),
            **labelled(label),
            "n": self.number(cell.completed),
        }
        note = " ".join(
            dict.fromkeys(text for text in (cell.period.completed.comment, cell.completed.comment) if text)
        )
        return {**stage, "note": note} if note else stage

    # What boxes hold

    def details(self, cell: _Cell, hidden: list[_Cell]) -> list[Any]:
        """Return the milestones of a group, who completed where that is no box, and periods that nobody was in."""
        lines: list[Any] = []
        for line, counted in cell.lines(cell.period.milestones):
            if not self.exceeds(line, cell.period):
                lines.append(self.line(line.label, counted, line.comment, counted.comment))
        if not self.has_box(cell):
            lines.append(
                self.line("Completed", cell.completed, cell.period.completed.comment, cell.completed.comment)
            )
        for empty in hidden:
            inner = {"Started": 0, "Completed": 0, LEFT: 0}
            inner |= {line.label: 0 for line, _ in empty.lines(empty.period.milestones + empty.period.reasons)}
            parts = [{**labelled(label), "n": self.number(Achieved(n, 0))} for label, n in inner.items()]
            lines.append(
                {
                    **labelled(empty.period.title, self.named.units),
                    "n": self.number(Achieved(0, 0)),
                    "reasons": [Inline(part) for part in parts],
                }
            )
        return lines

    def has_box(self, cell: _Cell) -> bool:
        """Whether those who completed have a box of their own."""
        cells = self.cells[cell.group.id]
        later = [other for other in cells[cell.place + 1 :] if not other.nobody]
        return self.shows_completed(cell) and not (later and self.chained(cell, cells[cell.place + 1]))

    def line(self, label: str, counted: Achieved, *comments: str) -> Any:
        """Return a line inside a box; one with a long label is cut, and is a footnote in full."""
        short = label if len(label) <= LONG else f"{label[: LONG - 10].rsplit(' ', 1)[0]}\u2026"
        said = [text for text in comments if text]
        notes = dict.fromkeys([label, *said] if short != label else said)
        made = {**labelled(short, self.named.units), "n": self.number(counted)}
        return {**made, "note": " ".join(notes)} if notes else Inline(made)

    def exceeds(self, line: Line, period: Period) -> bool:
        """Whether a milestone counts more of some group than started: people who are in another group's column."""
        for group, counted in line.counts.items():
            started = period.started.counts.get(group, Achieved(None))
            if counted.n is None or started.n is None or counted.n > started.n:
                return True
            if counted.units is not None and started.units is not None and counted.units > started.units:
                return True
        return False

    def across(self, groups: list[Group]) -> list[Any]:
        """Return milestones that divide everyone otherwise than the groups do, as lines of the split."""
        period, lines = self.periods[0], []
        started = self.record.total(period.started)
        for line in period.milestones:
            total = self.record.total(line)
            if not self.exceeds(line, period) or not self.fits_across(line):
                continue
            named = Naming(self.named.units)
            parts = [
                Inline({**labelled(named.line(group.title), self.named.units), "n": self.number(line.counts[group.id])})
                for group in groups
            ]
            made = self.line(line.label, Achieved(total), line.comment)
            made = {**(made.value if isinstance(made, Inline) else made), "reasons": parts}
            assert total is not None and started is not None and total <= started  # noqa: PT018, S101 - fits_across
            lines.append(made)
        return lines

    def fits_across(self, line: Line) -> bool:
        if len(self.sections) > 1 or len(self.record.groups) == 1 or line not in self.periods[0].milestones:
            return False
        total, started = self.record.total(line), self.record.total(self.periods[0].started)
        return total is not None and started is not None and total <= started

    def beyond(self, cell: _Cell) -> str:
        """Return milestones that are larger than the box, in words."""
        return " ".join(
            f"{line.label}: {_said(counted)}."
            for line, counted in cell.lines(cell.period.milestones)
            if self.exceeds(line, cell.period) and not self.fits_across(line)
        )

    def exit(self, cell: _Cell) -> dict[str, Any]:
        reasons = cell.lines(cell.period.reasons)
        if not reasons and cell.left.n == 0 and not cell.left.units:
            return {}
        made: dict[str, Any] = {"label": LEFT, "kind": "discontinued", "n": self.number(cell.left)}
        if not reasons:
            return made
        made["reasons"] = self.named.reasons(
            [(line.label, self.number(counted), self.comments(line, counted)) for line, counted in reasons]
        )
        given = [counted.n for _, counted in reasons]
        total = None if any(n is None for n in given) else sum(n for n in given if n is not None)
        if total is not None and cell.left.n is not None and total != cell.left.n:
            said = f"The registry's reasons sum to {total}, and {cell.left.n} did not complete."
            made["unexplained"] = {"n": self.number(Achieved(cell.left.n - total)), "note": said}
        return made

    def comments(self, line: Line, counted: Achieved) -> str:
        return " ".join(text for text in (line.comment, counted.comment) if text)

    def gap(self, cell: _Cell) -> dict[str, Any] | None:
        """Return what a record's own numbers leave unexplained between who started, left and completed."""
        gaps = [
            None if any(n is None for n in three) else three[0] - three[1] - three[2]
            for three in zip(cell.started[:2], cell.completed[:2], cell.left[:2], strict=True)
        ]
        if not any(gaps):
            return None
        said = (
            f"In the registry {_said(cell.started)} started, {_said(cell.completed)} completed and "
            f"{_said(cell.left)} did not."
        )
        return {"n": self.number(Achieved(*gaps)), "note": said}

    # Counts

    def number(self, counted: Achieved) -> Any:
        """Return a count as the file writes it."""
        if not self.units:
            return "unknown" if counted.n is None else counted.n
        pairs = zip(self.units, counted[:2], strict=True)
        return Inline({unit: n for unit, n in pairs if n is not None}) if any(
            n is not None for n in counted[:2]
        ) else "unknown"

    def sum_of(self, line: Line, groups: list[Group]) -> Achieved:
        counted = [line.counts.get(group.id, Achieved(None)) for group in groups]
        n = None if any(one.n is None for one in counted) else sum(one.n or 0 for one in counted)
        units = None if any(one.units is None for one in counted) else sum(one.units or 0 for one in counted)
        return Achieved(n, units)


def _rows(groups: list[Group]) -> list[list[Group]]:
    """Return groups in rows of about the same length."""
    number = -(-len(groups) // IN_A_ROW)
    size = -(-len(groups) // number)
    return [groups[place : place + size] for place in range(0, len(groups), size)]


def _row_label(record: Record, row: list[Group]) -> str:
    first, last = record.groups.index(row[0]) + 1, record.groups.index(row[-1]) + 1
    return f"Groups {first} to {last}" if last > first else f"Group {first}"


def _as_many(one: _Cell, other: _Cell) -> bool:
    """Whether as many started a period as completed the one before."""
    return one.completed[:2] == other.started[:2] and one.completed.n is not None


def _said(counted: Achieved) -> str:
    return "an unknown number" if counted.n is None else str(counted.n)
