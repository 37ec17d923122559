"""A registry's record to a study file: groups as arms, periods as stages, every count where the record has it.

Periods are chained only where as many start a period as completed the one before; elsewhere the record does not say
who they are, and nothing balances between the two (`from: []`).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from consortflow.registries.boxes import PARTICIPANTS, Boxes
from consortflow.registries.cells import Cells, in_words
from consortflow.registries.record import Achieved, Group, Line, Record
from consortflow.registries.widths import page_width
from consortflow.registries.writing import Inline, Noted, written

__all__ = ["as_study_file"]

ABREAST = 12
"""Groups that stand side by side; more stand in rows."""
IN_A_ROW = 6


def as_study_file(record: Record) -> str:
    """Return a record as the text of a study file, with comments that say what a person should check."""
    importer = _Importer(record)
    data = {"study": importer.about(), "stages": importer.stages(), "picture": importer.picture()}
    head = (
        f"From the registry's record {record.registration or record.name}: every number is the registry's own. Check "
        "the arms' labels, the kinds of stage and the comments below; put reasons that the notes give into exits; then "
        "run: consortflow draw FILE"
    )
    return written(data, [head])


class _Importer:
    def __init__(self, record: Record) -> None:
        self.record = record
        self.cells = Cells(record)
        self.boxes = Boxes(self.cells)
        self.sections = self.cells.sections

    # What the trial is, and how it is drawn

    def about(self) -> dict[str, Any]:
        study: dict[str, Any] = {"title": self.record.title, "registration": self.record.registration}
        study = {key: text for key, text in study.items() if text}
        if design := self.design():
            study["design"] = Noted(design, beside="check: from the registry's words for the design")
        units = self.boxes.units
        return {**study, "units": Inline(list(units))} if units else {**study, "unit": PARTICIPANTS}

    def design(self) -> str:
        record = self.record
        groups, several = len(record.groups), len(record.periods) > 1
        if re.search(r"stepped[\s-]+wedge", record.model_description, re.IGNORECASE) and groups > 1:
            return "stepped-wedge"
        if not self.boxes.randomised:
            return "single-arm" if groups == 1 and record.allocation in ("", "NA") else ""
        if self.boxes.units:
            return "cluster"
        if record.model == "CROSSOVER":
            return "crossover" if several else ""
        if record.model == "FACTORIAL":
            return "factorial" if groups >= 4 else ""
        if record.model == "PARALLEL" and len(self.sections) == 1:
            return "parallel" if groups == 2 else "multi-arm"
        return ""

    def picture(self) -> dict[str, Any]:
        """Return how the figure is drawn: not wider than a page where its longest words allow it."""
        made: dict[str, Any] = {"zero_counts": Noted(value=False, beside="true prints lines that count nobody")}
        if any(len(groups) > ABREAST for _, groups in self.sections):
            made["bars"] = False
        widest = max(len(groups) if len(groups) <= ABREAST else IN_A_ROW for _, groups in self.sections)
        if widest > 4 and len(self.record.periods) > 4:
            return made  # a table: no narrower without being far too tall
        labels = [group.title for group in self.record.groups]
        for period in self.record.periods:
            labels += [period.title, *(line.label for line in (*period.milestones, *period.reasons))]
        width = page_width(widest, ["Completed", *labels]) if widest > 2 else None
        return {**made, "width": Noted(width, beside="millimetres")} if width is not None else made

    # Stages

    def stages(self) -> list[Any]:
        (_, first), *later = self.sections
        stages = self.beginning(first)
        if len(self.record.groups) == 1:
            stages += self.boxes.stages(first[0], loose=self.loose)
        elif len(first) > ABREAST:
            stages += self.rows(first)
        for place, groups in later:
            stages += self.joining(place, groups)
        return stages

    def beginning(self, groups: list[Group]) -> list[Any]:
        """Return the stages from the enrollment to the first split: a trial of one group has no split."""
        record, named = self.record, self.boxes.named
        texts = (("Before assignment", record.pre_assignment), ("Recruitment", record.recruitment))
        note = " ".join(f"{name}: {text}" for name, text in texts if text)
        about = {"note": note} if note else {}
        split = self.first_split(groups) if len(record.groups) > 1 else {}
        n = self.boxes.number(self.begun)
        kind = "randomization" if self.boxes.random(groups) else "enrollment"
        if record.enrolment is None or (self.unassigned == 0 and kind == "enrollment" and split):
            return [{"kind": kind, **named.stage("", kind, ""), "n": n, **about, **split}]
        head = {"kind": "enrollment", **named.stage("", "enrollment", "")}
        head |= {"n": self.boxes.number(Achieved(record.enrolment)), **about, **self.unassigned_people(split)}
        if not split:
            return [head]
        label = ""
        if self.loose or kind == "enrollment":
            kind, label = "other", record.periods[0].title if self.loose else "Assigned to a group"
        stage = {"kind": kind, **named.stage("", kind, label), **named.label(label), "n": n}
        if self.loose:
            return [head, Noted({**stage, "from": Inline([]), **split}, above=self.loose)]
        return [head, {**stage, **split}]

    @cached_property
    def begun(self) -> Achieved:
        """Those who began at first."""
        return self.cells.sum_of(self.record.periods[0].started, self.sections[0][1])

    @cached_property
    def unassigned(self) -> int | None:
        """How many more were enrolled than began at first; None where one of the two is not known."""
        known = self.record.enrolment is not None and self.begun.n is not None
        return (self.record.enrolment or 0) - (self.begun.n or 0) if known else None

    @cached_property
    def loose(self) -> str:
        """Why nothing ties the enrollment to those who began at first; empty where something does."""
        gap = self.unassigned
        if self.record.enrolment is None or not (gap is None or (gap > 0 and self.cells.some_join_later)):
            return ""
        begun = in_words(self.begun)
        return f"{self.record.enrolment} enrolled, {begun} started at first: the others may have joined later"

    def unassigned_people(self, split: dict[str, Any]) -> dict[str, Any]:
        """Return how an enrollment says that more or fewer were enrolled than began."""
        gap = self.unassigned
        if not gap or self.loose:
            return {}
        counted = self.boxes.number(Achieved(gap))
        if gap > 0:
            label = "Not assigned to a group" if split else "Did not start"
            above = f"{self.record.enrolment} enrolled, {self.begun.n} assigned: give the reasons"
            return {"exits": [Noted({"label": label, "n": counted}, above=above)]}
        said = f"The registry gives {self.record.enrolment} enrolled and {self.begun.n} who started."
        return {"unexplained": {"n": counted, "note": said}}

    def first_split(self, groups: list[Group]) -> dict[str, Any]:
        period = self.record.periods[0]
        across = [
            self.boxes.across(line, groups)
            for line in period.milestones
            if self.cells.exceeds(line, period) and self.cells.divides_all(line)
        ]
        split = self.split(groups, period.started)
        details = [*across, *split.pop("details", [])]
        return {"details": details, **split} if details else split

    def split(self, groups: list[Group], started: Line) -> dict[str, Any]:
        """Return how a stage says into which groups it splits: those too many to stand abreast follow in rows."""
        if len(groups) <= ABREAST:
            return {"arms": [self.boxes.arm(group) for group in groups]}
        rows = {self.row_label(row): self.boxes.number(self.cells.sum_of(started, row)) for row in _rows(groups)}
        return {"details": [{"partition": rows}]}

    def rows(self, groups: list[Group], place: int = 0) -> list[Noted]:
        """Return groups that are too many to stand abreast as stages of a few, one below the other."""
        made: list[Noted] = []
        for row in _rows(groups):
            label = self.row_label(row)
            stage: dict[str, Any] = {"kind": "other", **self.boxes.named.stage("", "row", label), "label": label}
            counted = self.cells.sum_of(self.record.periods[place].started, row)
            stage |= {"n": self.boxes.number(counted), "from": Inline([])}
            above = "" if made else f"{len(groups)} groups, a few in each row, so that the figure fits a page"
            made.append(Noted({**stage, "arms": [self.boxes.arm(group) for group in row]}, above=above))
        return made

    def row_label(self, row: list[Group]) -> str:
        first, last = (self.record.groups.index(group) + 1 for group in (row[0], row[-1]))
        return f"Groups {first} to {last}" if last > first else f"Group {first}"

    def joining(self, place: int, groups: list[Group]) -> list[Noted]:
        """Return the stage at which groups begin that nobody was in before, and the rows of its groups."""
        period, named = self.record.periods[place], self.boxes.named
        stage = {"kind": "other", **named.stage("", f"period-{place + 1}", period.title), **named.label(period.title)}
        stage |= {"n": self.boxes.number(self.cells.sum_of(period.started, groups)), "from": Inline([])}
        above = (
            "Groups that begin here. The record does not say whether these people are some of those above; where they "
            "are, say `from:` which boxes they come from."
        )
        split = self.split(groups, period.started)
        return [Noted({**stage, **split}, above=above), *(self.rows(groups, place) if "arms" not in split else ())]


def _rows(groups: list[Group]) -> list[list[Group]]:
    """Return groups in rows of about the same length."""
    number = -(-len(groups) // IN_A_ROW)
    size = -(-len(groups) // number)
    return [groups[place : place + size] for place in range(0, len(groups), size)]
