"""The verb count: a study whose numbers come from participants' records."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from consortflow.building import build
from consortflow.network import Account, FlowNetwork
from consortflow.participants.accounting import Suspects, account_for, disagreements, numbers_of
from consortflow.participants.assembling import Assembly, Tables, place_of
from consortflow.participants.criteria import Reading, column_of
from consortflow.participants.discretion import discreetly
from consortflow.participants.fetching import fetched
from consortflow.participants.filling import fill, grouped, with_reasons
from consortflow.participants.placing import Placing
from consortflow.participants.planning import plan
from consortflow.participants.routes import Any_, At, Condition, FaultKind
from consortflow.participants.tallying import tally
from consortflow.participants.writing import Number
from consortflow.rules.accounting import DIFFERENT_DATES, UNLISTED, without_records
from consortflow.rules.structure import resolve
from consortflow.rules.undetermined import NOT_COUNTED
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity, quoted
from consortflow.schemas.errors import InvalidStudyError
from consortflow.schemas.read import read
from consortflow.schemas.study import Study

__all__ = ["Attributed", "CountedStudy", "count", "count_records"]

MAX_VALUES = 40
"""How many values a column may have whose values are the reasons."""
MAX_VALUE = 100
"""How many characters such a value may have."""


class Attributed(NamedTuple):
    """A criterion in the order that participants were counted by it."""

    account: str
    """The full id of whom it is about."""
    label: str
    criterion: str
    n: int


class CountedStudy(NamedTuple):
    """A study with the numbers of its records filled in, and what counting them found."""

    study: Study
    findings: Diagnostics
    numbers: dict[str, int]
    """How many participants each counted account has, by full id."""
    unit: str = ""
    """What is counted."""
    order: tuple[Attributed, ...] = ()
    """The criteria that people left by, in the order they were tried: each participant left for the first that held."""
    suspects: tuple[Suspects, ...] = ()

    def written(self) -> Iterator[Number]:
        """Yield the numbers that belong beside criteria in the study file."""
        network = build(self.study)
        several = len({unit for account in network.accounts.values() for unit in account.units}) > 1
        for full, n in self.numbers.items():
            account = network.account(full)
            reasons = {}
            if getattr(account.item, "by", None) is not None:
                parts = [network.account(part) for part in network.after(full, "part")]
                reasons = {
                    part.label: self.numbers[part.id] for part in parts if part.path[:-1] == (*account.path, "reasons")
                }
            yield Number(account.path, {self.unit: n} if several else n, reasons)

    def ids(self) -> Iterator[tuple[Diagnostic, str]]:
        """Yield each finding with each id it is about: asked for only where the user asks."""
        for suspects in self.suspects:
            yield from ((suspects.finding, found) for found in suspects.find())


def count(study: Study | str | os.PathLike[str], records: Tables = None) -> Study:
    """Return a study with the numbers of its records filled in: criteria counted, every participant accounted for.

    `records` is what to count: a data frame that Narwhals takes (DuckDB, Polars, pandas, pyarrow, PySpark, Ibis), a
    path, or a mapping with `table` for the participants and the name of each joined table; the files that the study
    names where it is left out. Raises InvalidStudyError with every finding where the study cannot be counted, where
    somebody is not in exactly one place, or where a stated number is not the counted one; FileError and TableError for
    a table that cannot be read; MissingExtraError where a library is missing. None of them holds a value of a record.
    """
    counted = count_records(study if isinstance(study, Study) else read(study), records)
    if not counted.findings.ok:
        raise InvalidStudyError(counted.findings)
    counted.study._counted = counted.findings
    return counted.study


def count_records(study: Study, records: Tables = None) -> CountedStudy:
    """Return a study counted from its records as far as it can be, with everything that counting finds."""
    study = grouped(study)
    network = build(study)
    if network.findings and not Diagnostics(network.findings).ok:
        return CountedStudy(study, Diagnostics(), {})
    if study.records is None:
        return CountedStudy(study, Diagnostics(without_records(network)), {})
    folder = os.path.dirname(study.source.name) if study.source is not None else ""  # noqa: PTH120 - "" stays ""
    place = place_of(study.records, records, folder)
    reading = Reading(network)
    given = records.get("table") if isinstance(records, Mapping) else records
    if place is None or (given is None and not _there(place, folder)):
        return CountedStudy(study, Diagnostics((*reading.findings, _not_counted(network, place))), {})
    unit, start, wrong = _unit_and_start(network)
    assembly = Assembly(reading, study.records, records, unit)
    prepared = assembly.prepared()
    if prepared is None or wrong or reading.findings:
        assembly.identify()
        found = [*reading.findings, *assembly.findings, *wrong, *_dates(network)]
        return CountedStudy(study, Diagnostics(found), {}, suspects=tuple(assembly.suspects))
    more: list[Diagnostic] = []
    made = plan(reading, unit, start)
    if any(account.kind in ("exit", "reason") and _open(account) for account in network.accounts.values()):
        values, more = _found_values(network, Placing(made, prepared))
        study = with_reasons(study, values)
        network = build(study)
        reading = Reading(network)
        made = plan(reading, unit, start)
    counted = None if reading.findings else tally(made, prepared)
    assembly.identify()
    found = [*assembly.findings, *_dates(network), *more]
    if counted is None:
        return CountedStudy(study, Diagnostics((*found, *reading.findings)), {})
    numbers = numbers_of(counted, network)
    wrong_places = tuple(account_for(counted, network, unit))
    found += [*(s.finding for s in wrong_places), *disagreements(network, numbers, unit)]
    filled = fill(network, numbers, unit)
    filled = filled.model_copy() if filled is study else filled
    filled._tallied = frozenset((full, unit) for full in numbers)
    return CountedStudy(
        filled,
        Diagnostics(found),
        numbers,
        unit,
        tuple(_order(network, numbers, reading, counted.placing.at)),
        (*assembly.suspects, *wrong_places),
    )


def _there(place: Any, folder: str) -> bool:
    if not isinstance(place, str | os.PathLike):
        return True
    return Path(folder, os.fspath(place).partition("::")[0]).exists()


def _not_counted(network: FlowNetwork, place: Any) -> Diagnostic:
    """Say that the records are not at hand; an error where numbers that only they would give are not stated."""
    uncounted = any(getattr(a.item, "where", None) is not None and a.stated is None for a in network.accounts.values())
    what = f"{place} is not there" if place is not None else "`records` names no table"
    rest = "counts that only records would give are unknown" if uncounted else "only what is stated is checked"
    fix = "name the table with `table`, or count with --records" if place is None else "look at the path"
    finding = NOT_COUNTED.found(f"{what}: {rest}", network.span(("records",), key=True), fix=fix)
    return finding._replace(severity=Severity.ERROR) if uncounted else finding


def _unit_and_start(network: FlowNetwork) -> tuple[str, str, list[Diagnostic]]:
    """Return the unit that is counted, the stage that the records begin at, and what is wrong with them."""
    records = network.study.records
    units = network.study.study.counts
    found: list[Diagnostic] = []
    unit = (records.unit if records is not None else None) or units[0]
    known = list(dict.fromkeys(unit for account in network.accounts.values() for unit in account.units))
    if (records is not None and records.unit is None and len(units) > 1) or unit not in known:
        from consortflow.schemas.read import UNIT_MIXED_UP

        message = f"the records count {quoted(unit)}" if unit not in known else "the records do not say what a row is"
        fix = f"write `unit` with one of: {', '.join(known)}"
        found.append(UNIT_MIXED_UP.found(message, network.span(("records",), key=True), fix=fix))
    start = ""
    if records is not None and records.start is not None:
        stage = resolve(network, network.names, records.start, ("records", "start"), ("stage",), found)
        start = stage.id if stage is not None else ""
    return unit, start, found


def _dates(network: FlowNetwork) -> Iterator[Diagnostic]:
    records, cutoff = network.study.records, network.study.study.data_cutoff
    if records is not None and records.as_of is not None and cutoff is not None and records.as_of != cutoff:
        message = f"the records are as of {records.as_of}, and the study's data cutoff is {cutoff}"
        yield DIFFERENT_DATES.found(message, network.span(("records", "as_of")), fix="write the same date twice")


def _open(account: Account) -> bool:
    """Whether the values of a column are the reasons, and the file does not list them."""
    item = account.item
    listed = any(reason.where is None and not reason.reasons for reason in item.reasons)
    return item.by is not None and not item.values and item.other is None and not listed


def _found_values(network: FlowNetwork, placing: Placing) -> tuple[dict[Any, list[str]], list[Diagnostic]]:
    """Return the values of columns that are reasons, by where they are asked for: most frequent first."""
    found: dict[Any, list[str]] = {}
    wrong: list[Diagnostic] = []
    for account in network.accounts.values():
        if account.kind not in ("exit", "reason") or not _open(account) or account.id not in placing.at:
            continue
        known = placing.prepared.known(column_of(account.item.by))
        unlisted = [
            At(number, frozenset((code,)))
            for number, route in enumerate(placing.plan.routes)
            for code, place in enumerate(route.places, 1)
            if place.fault is not None and place.fault.kind is FaultKind.UNLISTED and place.fault.account == account.id
        ]
        if not unlisted:
            continue
        values = _most_frequent(placing, Any_(tuple(unlisted)), known.name)
        span = network.span((*account.path, "by"))
        if network.study.records is not None and account.item.by == network.study.records.id:
            message = f"{account.item.by} names the participants, and no reasons"
            wrong.append(UNLISTED.found(message, span, fix="group by the column that holds the reasons"))
            continue
        if len(values) > MAX_VALUES or any(len(v) > MAX_VALUE or not v.isprintable() or not v.strip() for v in values):
            message = f"{account.item.by} has too many or too long values to be the reasons of {account.label}"
            fix = f"give them labels with `values` and `other` (at most {MAX_VALUES} values of {MAX_VALUE} characters)"
            wrong.append(UNLISTED.found(message, span, fix=fix))
            continue
        found[account.path] = values
    return found, wrong


def _most_frequent(placing: Placing, who: Condition, column: str) -> list[str]:
    """Return the values of a column among some participants, most frequent first; one more than may be reasons."""
    import narwhals as nw

    def ask() -> list[Any]:
        found: Counter[Any] = Counter()
        for placed in placing.placed():
            chosen: Any = placed.filter(placing.expression(who)).group_by(column).agg(nw.len().alias("n"))
            some = chosen.sort("n", column, descending=[True, False]).head(MAX_VALUES + 1).select(column, "n")
            found.update({value: int(n) for value, n in fetched(some)})
        return sorted(found, key=lambda value: (-found[value], value))[: MAX_VALUES + 1]

    return list(map(str, discreetly(placing.prepared.name, ask, "counted")))


def _order(
    network: FlowNetwork, numbers: dict[str, int], reading: Reading, passed: Container[str]
) -> Iterator[Attributed]:
    for full, n in numbers.items():
        if full not in passed:
            continue
        account = network.account(full)
        if account.kind in ("exit", "reason") and full in reading.own and reading.criteria[reading.own[full]].written:
            yield Attributed(full, network.name(account), account.item.where, n)
