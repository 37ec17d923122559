"""A REDCap export with its data dictionary as a proposal of a study file.

The dictionary says which fields hold codes (radio, dropdown, yes-no) and what each code is called; only those are
looked at, and of them none that is marked as an identifier. Which of them is the arm, who left and why is told by the
words of the field's name and label.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from consortflow.registries import codes
from consortflow.registries.codes import CodedTable, beside, quoted_column, quoted_text
from consortflow.registries.proposing import ArmProposal, ExitProposal, JoinProposal, LineProposal, Proposal
from consortflow.registries.record import plain
from consortflow.registries.terminology import ExitKind
from consortflow.rules import registries as rules
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Rule, Span
from consortflow.schemas.errors import FileError
from consortflow.schemas.names import slug

__all__ = ["from_redcap"]

EVENT, REPEAT = "redcap_event_name", "redcap_repeat_instrument"
_COLUMNS = {
    "name": ("Variable / Field Name", "field_name"),
    "type": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "identifier": ("Identifier?", "identifier"),
}
_HEAD = (
    "Proposed from a REDCap export and its dictionary: criteria in place of numbers. Which field is the arm, who left "
    "and why was told by their names: check each, then run: consortflow counts FILE"
)
_CHOSEN = ("radio", "dropdown", "yesno", "truefalse")
_ROLES = {
    "excluded because": r"(reason|why).*(exclu|ineligib|not eligib|screen ?fail|not enrol|not randomi)",
    "left because": r"(reason|why).*(withdr|discontinu|terminat|not complet|drop|left|off.?study|early)",
    "eligible": r"\b(eligib\w*|meets? .*criteria|screen(ing)? (outcome|result|pass))",
    "consented": r"\b(consent(ed)?|agree[sd]? to participate)\b",
    "arm": r"\b(arm|randomi[sz]\w*|allocat\w*|treatment (group|assign\w*)|study group|intervention group|group)\b",
    "status": (
        r"\b((study|subject|participant|patient|completion|disposition|end of study) ?status|disposition|complet\w*"
        r"|withdr[ae]w\w*|discontinu\w*|early terminat\w*|drop ?out)\b"
    ),
    "set": (
        r"\b(m?itt|intention to treat|per protocol|safety (population|set|analysis)|analysis (set|population)"
        r"|evaluable)\b"
    ),
}
"""What is looked for in a field's name and label, in the order in which a field is given a role."""
_DONE = re.compile(r"(?i)\b(complete[ds]?|finished|completion)\b")
_NOT_DONE = re.compile(
    r"(?i)\b(not|in|did not|early|un|non)\b.*complet|incomplete|withdr|discontinu|terminat|drop|lost"
)
_HERE = re.compile(r"(?i)\b(ongoing|active|in (follow|study|progress|treatment)|on (study|treatment)|still|enrolled)\b")
_NO = re.compile(r"(?i)^(no|false|not eligible|ineligible|screen(ing)? fail(ure|ed)?|fail(ed)?|declined|refused)\b")


class _Field(NamedTuple):
    """A field of the dictionary that holds codes."""

    name: str
    label: str
    kind: str
    choices: dict[str, str]
    """What each code is called."""

    @property
    def words(self) -> str:
        return f"{self.name} {self.label}".replace("_", " ").lower()


def from_redcap(
    export: str | os.PathLike[str], dictionary: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None
) -> tuple[Proposal | None, Diagnostics]:
    """Return what an export with its dictionary proposes, for a study file in a folder, and every finding."""
    key, fields = _read(dictionary)
    return _Redcap(codes.opened(export), key, fields, os.fspath(dictionary), folder).proposal()


def _read(dictionary: str | os.PathLike[str]) -> tuple[str, list[_Field]]:
    """Return the field that names the participant, and those that hold codes. Raises FileError."""
    from consortflow.schemas.files import read_text

    name = os.fspath(dictionary)
    rows = csv.reader(io.StringIO(read_text(dictionary), newline=""))
    try:
        table = [row for row in rows if any(cell.strip() for cell in row)]
    except csv.Error:
        raise FileError(name, "is no CSV that can be read") from None
    head = [cell.strip().lower() for cell in table[0]] if table else []
    at = {
        what: next((head.index(title.lower()) for title in titles if title.lower() in head), -1)
        for what, titles in _COLUMNS.items()
    }
    if at["name"] < 0 or at["type"] < 0 or len(table) < 2:
        raise FileError(name, "is no data dictionary of REDCap: it has no columns of field names and types")

    def cell(row: list[str], what: str) -> str:
        return row[at[what]].strip() if 0 <= at[what] < len(row) else ""

    fields = []
    for row in table[1:]:
        kind = cell(row, "type").lower()
        if kind in _CHOSEN and cell(row, "identifier").lower() not in ("y", "yes", "1"):
            label = plain(re.sub(r"<[^>]*>", " ", cell(row, "label")), 200)
            fields.append(_Field(cell(row, "name"), label, kind, _choices(kind, cell(row, "choices"))))
    return cell(table[1], "name"), fields


def _choices(kind: str, written: str) -> dict[str, str]:
    """Return what each code of a field is called: "1, Placebo | 2, Drug"."""
    if kind in ("yesno", "truefalse"):
        return {"1": "Yes", "0": "No"} if kind == "yesno" else {"1": "True", "0": "False"}
    found = {}
    for choice in written.split("|"):
        code, _, label = choice.partition(",")
        if code.strip():
            label = plain(re.sub(r"<[^>]*>", " ", label), 200)
            found[code.strip()] = label or code.strip()
    return found


class _Redcap:
    def __init__(
        self, table: CodedTable, key: str, fields: list[_Field], dictionary: str,
        folder: str | os.PathLike[str] | None,
    ) -> None:  # fmt: skip
        self.table = table
        self.key = table.name(key)
        self.dictionary = dictionary
        self.folder = folder
        self.fields = [field for field in fields if table.name(field.name)]
        self.found: list[Diagnostic] = []
        self.roles: dict[str, list[_Field]] = {}
        for field in self.fields:
            role = next((role for role, words in _ROLES.items() if re.search(words, field.words)), "")
            self.roles.setdefault(role, []).append(field)
        self.event = table.name(EVENT)
        self.repeat = table.name(REPEAT)
        self.base = self._base() if self.event and self.key else ""
        self.joined: dict[str, str] = {}
        """The name of the join of each event."""

    def find(self, rule: Rule, message: str, fix: str = "", place: str = "") -> None:
        self.found.append(rule.found(message, Span(place or self.table.place), fix=fix))

    def _base(self) -> str:
        """Return the event that most participants have."""
        events = self.table.codes(self.event).counts
        people = {event: self.table.where(self.event, [event]).distinct(self.key) for event in events}
        return max(people, key=lambda event: people[event], default="")

    def proposal(self) -> tuple[Proposal | None, Diagnostics]:
        arm = self.first("arm", least=2)
        if not self.key or arm is None:
            lacks = "the field that names the participant" if not self.key else "field for the arm"
            message = f"the export has no {lacks}" if not self.key else "no coded field is called arm, group or so"
            self.find(rules.NOTHING_TO_PROPOSE, message, "start from a template: consortflow init")
            return None, Diagnostics(self.found)
        unassigned = tuple(self.unassigned(arm))
        exits, completed = self.left()
        return (
            Proposal(
                _HEAD,
                beside(self.table.place, self.folder), self.key, tuple(sorted(self.table.texts())),
                self.rows(self.base), tuple(self.joins()), unassigned=unassigned,
                randomised="randomi" in " ".join(field.words for field in self.roles["arm"]),
                arms=tuple(
                    ArmProposal(label, f"{self.column(arm)} = {value}") for label, value in self.values(arm)
                ),
                exits=exits, completed=completed, sets=tuple(self.sets()),
                notes=(f"The arm is the field {arm.name}.", *self.unused()),
            ),
            Diagnostics(self.found),
        )  # fmt: skip

    def first(self, role: str, least: int = 1) -> _Field | None:
        """Return the field of a role that most participants have a code in."""
        fields = [field for field in self.roles.get(role, ()) if len(field.choices) >= least]
        filled = {field.name: sum(self.table.codes(self.table.name(field.name)).counts.values()) for field in fields}
        return max(fields, key=lambda field: filled[field.name], default=None)

    def column(self, field: _Field) -> str:
        """Return a field as a criterion writes it: of the event that it is filled in."""
        name = self.table.name(field.name)
        if not self.event:
            return quoted_column(name)
        rows = self.table.filled(name, self.table.codes(name).texts)
        events = rows.codes(self.event).counts
        event = self.base if self.base in events or not events else max(events, key=lambda one: events[one])
        if event == self.base:
            return quoted_column(name)
        if event not in self.joined:
            own = re.sub(r"\W", "_", slug(event))[:40].strip("_")
            taken = own in self.joined.values() or not own[:1].isalpha()
            self.joined[event] = f"event_{len(self.joined) + 1}" if taken else own
        return quoted_column(name, self.joined[event])

    def rows(self, event: str, table: str = "") -> str:
        """Return which rows are of an event, none of them of an instrument that repeats."""
        parts = [f"{quoted_column(self.event, table)} = {quoted_text(event)}"] if event else []
        parts += [f"{quoted_column(self.repeat, table)} is missing"] if self.repeat else []
        return " and ".join(parts)

    def joins(self) -> Iterator[JoinProposal]:
        for event, name in self.joined.items():
            yield JoinProposal(name, beside(self.table.place, self.folder), self.key, self.rows(event, name))

    def coded(self, field: _Field) -> dict[str, str]:
        """Return the label of each code as the export writes it: exports hold codes, or labels."""
        name = self.table.name(field.name)
        there = self.table.codes(name)
        if there.too_many:
            message = f"{name} holds too many different values, or too long ones, to be codes: none is listed"
            self.find(rules.NO_CODES, message, "write the codes that matter yourself")
        if there.counts and not set(there.counts) <= set(field.choices):
            if set(there.counts) <= set(field.choices.values()):
                return {label: label for label in field.choices.values()}
            unknown = len(set(there.counts) - set(field.choices))
            message = f"{name} holds {unknown} value{'s' * (unknown > 1)} that the dictionary does not list"
            self.find(rules.NO_CODES, message, "export and dictionary should be of the same day")
        return field.choices

    def values(self, field: _Field) -> list[tuple[str, str]]:
        """Return the label of each code, and the code as a criterion writes it."""
        coded = self.coded(field)
        number = all(re.fullmatch(r"0|[1-9]\d{0,8}", code) for code in coded)
        return [(label, code if number else quoted_text(code)) for code, label in coded.items()]

    def unassigned(self, arm: _Field) -> Iterator[ExitProposal]:
        """Yield those who left before they had an arm."""
        eligible, consented = self.first("eligible", 2), self.first("consented", 2)
        if eligible is not None and (no := self.no(eligible)):
            yield self.exit(
                "Not eligible", "excluded", f"{self.column(eligible)} = {no}", self.first("excluded because")
            )
        if consented is not None and (no := self.no(consented)):
            yield self.exit("Declined to participate", "excluded", f"{self.column(consented)} = {no}", None)
        if self.table.codes(self.table.name(arm.name)).missing or self.event:
            where = f"{self.column(arm)} is missing"
            yield self.exit("Not assigned to an arm", "excluded", where, None, "check: those who have no arm")

    def no(self, field: _Field) -> str:
        return next((value for label, value in self.values(field) if _NO.match(label)), "")

    def left(self) -> tuple[tuple[ExitProposal, ...], str]:
        """Return those who left after they had an arm, and the criterion of those who completed."""
        status, why = self.first("status", 2), self.first("left because", 2)
        if status is None:
            if why is None:
                return (), ""
            return (self.exit("Discontinued", "discontinued", f"{self.column(why)} is not missing", why),), ""
        column, values = self.column(status), self.values(status)
        asks = status.kind in ("yesno", "truefalse")
        backwards = asks and _NOT_DONE.search(status.words) is not None  # "withdrew early?", and not "completed?"
        done = [v for label, v in values if (_NO.match(label) is not None) == backwards] if asks else []
        here: list[str] = []
        if not asks:
            done = [v for label, v in values if _DONE.search(label) and not _NOT_DONE.search(label)]
            here = [v for label, v in values if v not in done and _HERE.search(label)]
        gone = [(label, value) for label, value in values if value not in done and value not in here]
        exits = []
        if gone:
            reasons = why if why is not None or asks else status
            note = f"check: told by the field {status.name}"
            exits.append(
                self.exit(
                    "Discontinued",
                    "discontinued",
                    _among(column, [value for _, value in gone]),
                    reasons,
                    note,
                    [n for n, _ in gone],
                )
            )
        if here:
            exits.append(ExitProposal("Still in the study", "ongoing", _among(column, here)))
        return tuple(exits), _among(column, done) if done else ""

    def exit(
        self, label: str, kind: ExitKind, where: str, why: _Field | None, note: str = "", only: Sequence[str] = ()
    ) -> ExitProposal:  # fmt: skip
        """Return an exit whose reasons are the codes of a field."""
        if why is None:
            return ExitProposal(label, kind, where, note=note)
        coded: Mapping[str, str] = self.coded(why)
        if any(name in coded.values() for name in only):
            coded = {code: name for code, name in coded.items() if name in only}
        return ExitProposal(label, kind, where, self.column(why), dict(coded), note)

    def sets(self) -> Iterator[LineProposal]:
        for field in self.roles.get("set", ()):
            if field.kind in ("yesno", "truefalse") and (values := self.values(field)):
                yes = next((value for label, value in values if not _NO.match(label)), "")
                if yes:
                    yield LineProposal(field.label or field.name, f"{self.column(field)} = {yes}")

    def unused(self) -> Iterator[str]:
        """Yield the names of further fields that may have been meant."""
        for role in ("arm", "status", "left because"):
            fields = self.roles.get(role, ())
            if len(fields) > 1:
                names = ", ".join(field.name for field in fields)
                yield f"Fields that may say the same ({role}): {names}."


def _among(column: str, values: Iterable[str]) -> str:
    listed = list(values)
    return f"{column} = {listed[0]}" if len(listed) == 1 else f"{column} in ({', '.join(listed)})"
