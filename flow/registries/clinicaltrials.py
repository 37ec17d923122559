"""A study of ClinicalTrials.gov, as downloaded, to a Record: JSON of its API's version 2, or its older XML."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from consortflow.registries.record import Achieved, Group, Line, Period, Record, plain
from consortflow.rules import registries as rules
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Rule, Span, quoted

__all__ = ["is_record", "read_record"]

Path: TypeAlias = tuple[str | int, ...]
FLOW: Path = ("resultsSection", "participantFlowModule")
STARTED, COMPLETED, LEFT = "STARTED", "COMPLETED", "NOT COMPLETED"
MOST_FINDINGS = 20
"""How many findings of one rule are written out; a damaged file would fill the screen."""
MOST_LOCATED = 8_000_000
"""Characters of a record, beyond which nobody waits for the lines of its findings."""
_DOWNLOAD = "download https://clinicaltrials.gov/api/v2/studies/NCT... with the number of the study"
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)
_DIGITS = re.compile(r"\d{1,15}", re.ASCII)
_SECTIONS = (
    "protocolSection", "resultsSection", "annotationSection", "documentSection", "derivedSection", "hasResults",
)  # fmt: skip
_V1 = ("FullStudiesResponse", "FullStudy", "Study", "StudyFieldsResponse", "ProtocolSection", "ResultsSection")


def is_record(text: str) -> bool:
    """Whether a text looks like a registry's record, and not like a study file: by how it begins."""
    head = text.lstrip("\ufeff \t\r\n")[:4000]
    if head.startswith("<"):
        return True
    found = re.match(r'[\[{]\s*(?:\{\s*)?"(\w+)"', head)
    return found is not None and found[1] in (*_SECTIONS, *_V1, "studies", "totalCount", "nextPageToken")


def read_record(text: str, name: str = "<record>") -> tuple[Record | None, Diagnostics]:
    """Return the record in a text, and every finding about it; None where it is none that can be read."""
    return _Reader(text, name).read()


class _Found(NamedTuple):
    rule: Rule
    path: Path
    message: str
    fix: str


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.found: list[_Found] = []
        self.again: Counter[str] = Counter()

    def find(self, rule: Rule, path: Path, message: str, fix: str = "") -> None:
        self.again[rule.code] += 1
        if self.again[rule.code] <= MOST_FINDINGS:
            self.found.append(_Found(rule, path, message, fix))

    def read(self) -> tuple[Record | None, Diagnostics]:
        data = self.data()
        record = None if data is None else self.record(data)
        findings = self.findings()
        return (record if findings.ok else None), findings

    def findings(self) -> Diagnostics:
        """Return what was found, each at its line where the text is JSON."""
        for code, number in self.again.items():
            if number > MOST_FINDINGS:
                rule = next(one.rule for one in self.found if one.rule.code == code)
                self.found.append(_Found(rule, (), f"{number - MOST_FINDINGS} more findings like these", ""))
        located: dict[Path, Span] = {}
        json_text = self.text.lstrip("\ufeff \t\r\n").startswith("{") and len(self.text) < MOST_LOCATED
        if json_text and any(one.path for one in self.found):
            from consortflow.schemas.placed import PlacedMap
            from consortflow.schemas.source import parse

            source = parse(self.text, self.name)  # JSON is YAML: its places are known
            if isinstance(source.root, PlacedMap):
                located = {one.path: source.locate(one.path) for one in self.found if one.path}
        return Diagnostics(
            Diagnostic(
                one.rule.code, one.rule.severity, one.message, located.get(one.path, Span(self.name)), fix=one.fix
            )
            for one in self.found
        )  # fmt: skip

    # The outer form

    def data(self) -> Mapping[str, Any] | None:
        """Return the study in version 2's form; None, and a finding, where the text holds none."""
        text = self.text.lstrip("\ufeff \t\r\n")
        if not text:
            self.no_record("the file is empty")
            return None
        if text.startswith("<"):
            from consortflow.registries.legacy import NotXmlError, from_xml

            try:
                return from_xml(text)
            except NotXmlError as error:
                self.no_record(str(error))
                return None
        try:
            data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            self.no_record(f"it is neither JSON nor XML (line {error.lineno}, column {error.colno})")
        except _TwiceError as error:
            self.no_record(f"its JSON gives the key {quoted(error)} twice")
        except RecursionError:
            self.no_record("its JSON nests too deeply")
        except ValueError:  # a number of thousands of digits, NaN
            self.no_record("its JSON holds a number that is none")
        else:
            if isinstance(data, dict) and ("protocolSection" in data or "resultsSection" in data):
                return data
            listed = isinstance(data, list) or (isinstance(data, dict) and any(k in data for k in (*_V1, "studies")))
            self.no_record("its JSON holds no protocolSection", listing=listed)
        return None

    def no_record(self, why: str, *, listing: bool = False) -> None:
        if listing:
            what = "this is a list of studies, or a study in the form of the registry's first API"
            self.find(rules.VERSION, (), what, _DOWNLOAD)
        else:
            self.find(rules.NOT_A_RECORD, (), f"this is no record of ClinicalTrials.gov: {why}", _DOWNLOAD)

    # The record

    def record(self, data: Mapping[str, Any]) -> Record | None:
        protocol = _map(data, "protocolSection")
        about = _map(protocol, "identificationModule")
        design = _map(protocol, "designModule")
        info = _map(design, "designInfo")
        flow = _map(_map(data, "resultsSection"), "participantFlowModule")
        nct = plain(about.get("nctId"), 40)
        if not flow:
            what = f"{nct or 'the record'} has no participant flow: its results are not posted, or were left out"
            self.find(rules.NO_RESULTS, (), what, "download the whole study, its results section included")
            return None
        groups = self.groups(flow)
        listed = enumerate(self.items(flow, "periods", FLOW))
        periods = tuple(self.period(period, place, groups) for place, period in listed)
        if not groups or not periods:
            missing = "groups" if not groups else "periods"
            self.find(rules.NO_RESULTS, FLOW, f"the participant flow of {nct or 'the record'} has no {missing}")
            return None
        return Record(
            name=self.name,
            registration=nct,
            title=plain(about.get("briefTitle") or about.get("officialTitle"), 600),
            groups=tuple(groups.values()),
            periods=periods,
            enrolment=self.enrolment(_map(design, "enrollmentInfo")),
            unit=plain(flow.get("typeUnitsAnalyzed"), 100),
            pre_assignment=plain(flow.get("preAssignmentDetails")),
            recruitment=plain(flow.get("recruitmentDetails")),
            allocation=plain(info.get("allocation"), 40),
            model=plain(info.get("interventionModel"), 40),
            model_description=plain(info.get("interventionModelDescription")),
        )

    def enrolment(self, info: Mapping[str, Any]) -> int | None:
        if info.get("type") not in ("ACTUAL", None, "") or info.get("count") is None:
            return None
        path = ("protocolSection", "designModule", "enrollmentInfo", "count")
        return self.count(info["count"], path, "the enrollment")

    def items(self, data: Mapping[str, Any], key: str, path: Path) -> list[Mapping[str, Any]]:
        """Return the mappings that a list holds; a list that is none, and what else is in one, would be counts lost."""
        value = data.get(key)
        if value is None:
            return []
        items: list[Mapping[str, Any]] = []
        if isinstance(value, list):
            items += [item for item in value if isinstance(item, dict)]
        if not isinstance(value, list) or len(items) < len(value):
            message = f"this is no record of ClinicalTrials.gov: its {key} are not a list of mappings"
            self.find(rules.NOT_A_RECORD, (*path, key), message, _DOWNLOAD)
        return items

    def groups(self, flow: Mapping[str, Any]) -> dict[str, Group]:
        found: dict[str, Group] = {}
        for place, group in enumerate(self.items(flow, "groups", FLOW)):
            path = (*FLOW, "groups", place)
            key, title = plain(group.get("id"), 40), plain(group.get("title"), 300)
            if not title:
                self.find(rules.INCOMPLETE, path, f"group {key or place + 1} has no title", "name it in the study file")
            if not key or key in found:
                self.find(rules.INCOMPLETE, path, f"group {place + 1} has no id of its own")
                key = f"group {place + 1}"
            found[key] = Group(key, title or f"Group {place + 1}", plain(group.get("description")))
        return found

    def period(self, period: Mapping[str, Any], place: int, groups: dict[str, Group]) -> Period:
        path = (*FLOW, "periods", place)
        title = plain(period.get("title"), 300)
        if not title:
            self.find(rules.INCOMPLETE, path, f"period {place + 1} has no title", "name it in the study file")
            title = f"Period {place + 1}"
        about = f"period {quoted(title, 40)}"
        lines: dict[str, Line] = {}
        others: list[Line] = []
        for number, milestone in enumerate(self.items(period, "milestones", path)):
            here = (*path, "milestones", number)
            line = self.line(milestone, "achievements", here, f"milestone {number + 1}", about, groups)
            kind = line.label.upper()
            if kind in (STARTED, COMPLETED, LEFT) and kind not in lines:
                lines[kind] = line
            else:
                others.append(line)
        reasons = [
            self.line(one, "reasons", (*path, "dropWithdraws", number), f"reason {number + 1}", about, groups)
            for number, one in enumerate(self.items(period, "dropWithdraws", path))
        ]
        for kind in (STARTED, COMPLETED):
            if kind not in lines:
                self.find(rules.INCOMPLETE, path, f"{about} does not say how many {kind.lower()}")
                lines[kind] = Line(kind, {})
            elif lacking := [key for key in groups if key not in lines[kind].counts]:
                what = f"{about} does not say how many of {', '.join(lacking[:5])} {kind.lower()}"
                self.find(rules.INCOMPLETE, path, what)
        if LEFT not in lines:
            lines[LEFT] = _missing(lines[STARTED], lines[COMPLETED])
        found = Period(
            title, lines[STARTED], lines[COMPLETED], lines[LEFT], tuple(_apart(others)), tuple(_apart(reasons))
        )  # fmt: skip
        self.balance(found, path, about)
        return found

    def line(
        self, data: Mapping[str, Any], key: str, path: Path, otherwise: str, about: str, groups: dict[str, Group]
    ) -> Line:
        """Return a milestone or reason; groups that are counted and not described are taken up."""
        label = plain(data.get("type"), 300)
        if not label:
            self.find(rules.INCOMPLETE, path, f"{about}: {otherwise} has no name", "name it in the study file")
            label = otherwise.capitalize()
        counts: dict[str, Achieved] = {}
        for number, one in enumerate(self.items(data, key, path)):
            here = (*path, key, number)
            group = plain(one.get("groupId"), 40)
            if group not in groups:
                self.find(rules.INCOMPLETE, here, f"{about}: group {group or 'without an id'} is not described")
                groups[group] = Group(group, f"Group {group}" if group else "Group without a name")
            what = f"{about}, {quoted(label, 40)}, group {group}"
            n = self.count(one.get("numSubjects"), (*here, "numSubjects"), what)
            units = self.count(one["numUnits"], (*here, "numUnits"), what) if one.get("numUnits") is not None else None
            if group in counts:
                self.find(rules.NOT_A_COUNT, here, f"{what}: the count is given twice")
            counts[group] = Achieved(n, units, plain(one.get("comment")))
        return Line(label, counts, plain(data.get("comment")))

    def count(self, value: Any, path: Path, what: str) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15:
            return value
        text = value.strip() if isinstance(value, str) else ""
        if _DIGITS.fullmatch(text):
            return int(text)
        if _GROUPED.fullmatch(text) and len(text) < 20:
            self.find(rules.SEPARATED, path, f"{what}: {text} is read as {text.replace(',', '')}")
            return int(text.replace(",", ""))
        said = "nothing" if value in (None, "") else quoted(plain(value) if isinstance(value, str) else value, 40)
        self.find(rules.NOT_A_COUNT, path, f"{what}: {said} is no number of participants")
        return None

    def balance(self, period: Period, path: Path, about: str) -> None:
        """Find groups of a period whose numbers do not add up; those who left are whom the record says."""
        for group in period.started.counts:
            started, completed, left = period.started.n(group), period.completed.n(group), period.left.n(group)
            if started is None or completed is None or left is None:
                continue
            if started != completed + left:
                what = f"{about}, group {group}: {completed} completed and {left} did not, but {started} started"
                self.find(rules.UNBALANCED, path, what, "state in the study file which number is right")
            given = [n for reason in period.reasons if (n := reason.n(group)) is not None]
            if given and sum(given) != left:
                what = f"{about}, group {group}: the reasons sum to {sum(given)}, but {left} did not complete"
                self.find(rules.UNBALANCED, path, what, "state in the study file which number is right")


def _missing(started: Line, completed: Line) -> Line:
    """Return those who did not complete, where a record leaves them to be computed."""
    counts = {}
    for group in started.counts:
        one, other = started.counts[group], completed.counts.get(group, Achieved(None))
        n = one.n - other.n if one.n is not None and other.n is not None and one.n >= other.n else None
        units = one.units - other.units if one.units is not None and other.units is not None else None
        counts[group] = Achieved(n, units if units is not None and units >= 0 else None)
    return Line(LEFT, counts)


def _apart(lines: Iterable[Line]) -> Iterable[Line]:
    """Yield lines so that no two are called the same."""
    taken: set[str] = set()
    for line in lines:
        label, number = line.label, 2
        while label in taken:
            label, number = f"{line.label} ({number})", number + 1
        taken.add(label)
        yield line._replace(label=label)


def _map(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


class _TwiceError(ValueError):
    """A key of a JSON object is given twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        raise _TwiceError(counted.most_common(1)[0][0])
    return made


def _no_constant(name: str) -> None:
    raise ValueError(name)
