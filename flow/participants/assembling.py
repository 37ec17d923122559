"""The tables that a study names, joined to one row per participant, and what is wrong with their columns and ids."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from consortflow.network import Path as StudyPath
from consortflow.participants.accounting import Suspects
from consortflow.participants.columnar import ROW
from consortflow.participants.columns import Kind, Known, Mismatch, Prepared, kind_of, mismatches, plain
from consortflow.participants.criteria import Reading, within_text
from consortflow.participants.discretion import TableError, discreetly
from consortflow.participants.fetching import fetched, texts
from consortflow.participants.identifying import Look, portions_of
from consortflow.participants.kinds import Kind as Wanted
from consortflow.participants.tables import column_names, connect, opened
from consortflow.rules.accounting import CANNOT_COMPARE, MISSING_VALUES, NO_ID, SEVERAL_ROWS, UNKNOWN_COLUMN
from consortflow.schemas.criteria import AsOf, Column, Operand, Tree, Value, comparisons_of
from consortflow.schemas.diagnostics import Diagnostic
from consortflow.schemas.names import nearest
from consortflow.schemas.records import Records

if TYPE_CHECKING:
    pass

__all__ = ["Assembly", "Tables", "place_of"]

Tables = Any
"""A path, a data frame, or a mapping from names of tables to these: `table` for the participants, and joins by name."""


Homes: TypeAlias = dict[tuple[str | None, str, str], tuple[str, str]]
KnownIn: TypeAlias = dict[str | None, dict[tuple[str, str], Known]]
"""The columns of criteria (None), and of each table's own `where`."""


class _Use(NamedTuple):
    """A column that the study file names: whose, where, and what it is compared with."""

    column: Column
    path: StudyPath
    others: tuple[Operand, ...] = ()
    table: str | None = None
    """The only table it may be of, in a `where` that picks rows of one."""


class Assembly:
    """Opens, types and joins the tables of a study; what is wrong with them is in `findings`."""

    def __init__(self, reading: Reading, records: Records, given: Tables, unit: str) -> None:
        self.reading = reading
        self.records = records
        self.unit = unit
        self.source = reading.study.source
        self.folder = os.path.dirname(self.source.name) if self.source is not None else ""  # noqa: PTH120 - "" stays ""
        self.places = _places(records, given, self.folder)
        self.findings: list[Diagnostic] = []
        self.suspects: list[Suspects] = []
        self.wheres: dict[str, Tree] = {}
        self.full: dict[str, Collection[str]] = {}
        """By table: the columns of which it is known that nothing in them is missing."""
        self.parts: dict[str, Collection[tuple[int, int]]] = {}
        """By table: the first and last rows of parts that share no id."""
        self.looks: dict[str, Look] = {}
        """By table: looks at ids whose outcome nobody has asked for yet."""
        self.rows: dict[str, int] = {}
        """By table: how many rows it has, once its ids have been looked at."""
        files = [place for place in self.places.values() if isinstance(place, str | os.PathLike)]
        self.connection = connect() if files else None

    def prepared(self) -> Prepared | None:
        """Return the records, one row per participant; None where findings keep them from being counted."""
        self._wheres()
        names = {table: self._names(table) for table in self.places}
        for table, columns in names.items():
            column = self._id(table)
            if column not in columns:
                self._unknown(_Use(Column(column), self._path(table, "id")), columns)
        uses = list(self._uses())
        homes = self._homes(uses, names)
        if self.findings or self.reading.findings:
            return None
        frames, known = self._opened(uses, homes)
        for criterion in self.reading.criteria:
            self._mismatched(mismatches(criterion.tree, known[None], lenient=not criterion.written), criterion.path)
        for table, tree in self.wheres.items():
            self._mismatched(mismatches(tree, known[table]), self._path(table, "where"))
        if self.findings:
            return None
        return self._joined(frames, known)

    # Which columns, of which tables

    def _path(self, table: str, key: str) -> StudyPath:
        return ("records", "join", table, key) if table else ("records", key)

    def _id(self, table: str) -> str:
        return (self.records.join[table].id if table else None) or self.records.id

    def _shown(self, table: str) -> str:
        place = self.places[table]
        return os.fspath(place) if isinstance(place, str | os.PathLike) else table or "the records"

    def _wheres(self) -> None:
        for table in self.places:
            where = self.records.join[table].where if table else self.records.where
            if where is not None and (tree := self.reading.read(where, self._path(table, "where"))) is not None:
                self.wheres[table] = tree

    def _names(self, table: str) -> tuple[str, ...]:
        return column_names(self.places[table], name=self._shown(table), folder=self.folder, connection=self.connection)

    def _uses(self) -> Iterable[_Use]:
        for criterion in self.reading.criteria:
            for column, others in comparisons_of(criterion.tree):
                yield _Use(column, criterion.path, others)
        for table, tree in self.wheres.items():
            for column, others in comparisons_of(tree):
                yield _Use(column, self._path(table, "where"), others, table)

    def _homes(self, uses: Iterable[_Use], names: Mapping[str, tuple[str, ...]]) -> Homes:
        """Return the table and the name of every column, by whose `where` it is in and how it is written there."""
        homes: Homes = {}
        for use in uses:
            written = use.table, use.column.table, use.column.name
            if written in homes:
                continue
            allowed = [use.table] if use.table is not None else list(names)
            if use.column.table:
                allowed = [table for table in allowed if table == use.column.table]
            holding = [table for table in allowed if use.column.name in names[table]]
            if "" in holding or len(holding) == 1:
                homes[written] = "" if "" in holding else holding[0], use.column.name
            elif holding:
                fix = f"write {holding[0]}.{use.column.name}"
                self._found_unknown(use, f"{use.column.name} is in {' and in '.join(holding)}", fix)
            elif use.column.table and use.column.table not in names:
                tables = [table for table in names if table]
                fix = nearest(use.column.table, tables, "the joined tables are") if tables else "add it to `join`"
                self._found_unknown(use, f"no joined table is called {use.column.table}", fix)
            else:
                self._unknown(use, [name for table in allowed for name in names[table]])
        return homes

    def _unknown(self, use: _Use, names: Iterable[str]) -> None:
        known = list(names)
        by_case = {name.lower(): name for name in known}
        near = by_case.get(use.column.name.lower()) or by_case.get(
            nearest(use.column.name, list(by_case), "").removeprefix("did you mean ").rstrip("? ")
        )
        fix = f"did you mean {near}?" if near else "see the header of the table"
        self._found_unknown(use, f"the records have no column {use.column}", fix)

    def _found_unknown(self, use: _Use, message: str, fix: str) -> None:
        span = within_text(self.source, use.path, use.column.start, max(use.column.end, use.column.start + 1))
        self.findings.append(UNKNOWN_COLUMN.found(message, span, fix=fix))

    def _mismatched(self, found: Iterable[Mismatch], path: StudyPath) -> None:
        for wrong in found:
            span = within_text(self.source, path, wrong.start, wrong.end)
            self.findings.append(CANNOT_COMPARE.found(wrong.message, span, fix=wrong.fix))

    # One row per participant

    def _opened(self, uses: Iterable[_Use], homes: Homes) -> tuple[dict[str, Any], KnownIn]:
        """Return the tables with their columns renamed, and the name and kind of each column as it is written."""
        import narwhals as nw

        wanted: dict[str, dict[str, str]] = {table: {} for table in self.places}
        for index, (table, name) in enumerate(dict.fromkeys(homes.values())):
            wanted[table][name] = f"c{index}"
        kinds: dict[str, dict[str, Wanted]] = {table: {self._id(table): "text"} for table in self.places}
        for use in uses:
            table, name = homes[use.table, use.column.table, use.column.name]
            if (kind := _asked(use.others)) is not None:
                kinds[table].setdefault(name, kind)
        frames: dict[str, Any] = {}
        types: dict[str, Kind] = {}
        ids: dict[str, Any] = {}
        for table, place in self.places.items():
            key = self._id(table)
            native, full, self.parts[table] = opened(
                place, name=self._shown(table), folder=self.folder, columns=list(dict.fromkeys((key, *wanted[table]))),
                kinds=kinds[table], missing_values=self.records.missing_values, key=key, connection=self.connection,
            )  # fmt: skip
            self.full[table] = [short for name, short in wanted[table].items() if name in full]
            frame: Any = nw.from_native(native)
            schema = discreetly(self._shown(table), frame.collect_schema)
            columns = [plain(name, schema[name]).alias(short) for name, short in wanted[table].items()]
            types.update((short, kind_of(schema[name])) for name, short in wanted[table].items())
            row = [nw.col(ROW).alias("row")] if self.parts[table] else []
            frames[table] = frame.select(nw.col(key).alias("id"), *row, *columns)
            ids[table] = schema[key]
        alike = len(set(ids.values())) == 1
        for table, kind in ids.items():
            if kind != nw.String and not (alike and kind.is_integer()):
                frames[table] = frames[table].with_columns(nw.col("id").cast(nw.String))
        known: KnownIn = {scope: {} for scope in (None, *self.places)}
        for (scope, prefix, written), (table, name) in homes.items():
            short = wanted[table][name]
            known[scope][prefix, written] = Known(short, types[short])
        return frames, known

    def _joined(self, frames: dict[str, Any], known: KnownIn) -> Prepared | None:
        import narwhals as nw

        as_of = self.records.as_of
        chosen: dict[str, Any] = {}
        for table in sorted(frames, key=lambda table: table == ""):
            frame = self._chosen(table, frames[table], known[table], as_of)
            parts = [frame.filter(nw.col("row").is_between(*rows)) for rows in self.parts[table]]
            self.looks[table] = Look(frame, parts)
            chosen[table] = frame.drop("row") if parts else frame
        aside = self.looks[""].aside
        if len(chosen) == 1:
            return Prepared([chosen[""]], known[None], self._shown(""), as_of, self.full[""], aside)
        if self.identify() - {""}:
            return None
        portions = self._portions(chosen)
        whole = [portion[""] for portion in portions]
        for table in filter(None, chosen):
            others = [portion[table] for portion in portions]
            try:
                self._orphans(table, others, whole)
                whole = [rows.join(other, on="id", how="left") for rows, other in zip(whole, others, strict=True)]
            except TypeError:
                raise TableError(
                    table, "is of another library than the participants' records: hand over both of one"
                ) from None
        return Prepared(whole, known[None], self._shown(""), as_of, self.full[""])

    def _portions(self, tables: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the tables in portions that share no participant: as many as DuckDB needs to hold little of them.

        Of two tables that are joined, it holds the smaller one.
        """
        import narwhals as nw

        if not all(frame.implementation.is_duckdb() for frame in tables.values()):
            return [dict(tables)]
        held = max(1, *(min(self.rows[""], self.rows[table]) for table in tables if table))
        cut = [portions_of(frame.to_native(), held) for frame in tables.values()]
        return [dict(zip(tables, map(nw.from_native, portion), strict=True)) for portion in zip(*cut, strict=True)]

    def _chosen(self, table: str, frame: Any, known: dict[tuple[str, str], Known], as_of: date | None) -> Any:
        """Return the rows of a table that its `where` picks."""
        if table not in self.wheres:
            return frame
        looked_at = Prepared([frame], known, self._shown(table), as_of, self.full[table])
        met, unmet = looked_at.pair(self.wheres[table])
        if self.records.missing == "error":
            doubtful = frame.filter(~(met | unmet)).select("id")
            if number := self._number(table, [doubtful]):
                message = f"missing values leave open whether {_rows(number)} of {self._shown(table)} count"
                path = self._path(table, "where")
                fix = "ask for them in the criterion, as in `... is not null`, or say what they mean with `missing`"
                found = MISSING_VALUES.found(message, self._span(path), fix=fix)
                self._suspect(table, found, partial(texts, [doubtful]))
        return frame.filter(~unmet if self.records.missing == "eligible" else met)

    def _span(self, path: StudyPath) -> Any:
        return self.reading.network.span(path)

    def identify(self) -> set[str]:
        """Report rows without an id and ids with several rows; return the tables that have any of the latter.

        The ids of participants are looked at while they are counted, where no table is joined to theirs: this is to be
        called when that is done.
        """
        several = {table for table, look in self.looks.items() if self._identified(table, look)}
        self.looks.clear()
        return several

    def _identified(self, table: str, look: Look) -> bool:
        """Report rows without an id and ids with several rows; return whether there are any of the latter."""
        rows, named, ids, people = discreetly(self._shown(table), look.ids, "counted")
        self.rows[table] = rows
        span = self._span(self._path(table, "id"))
        if rows > named:
            message = f"{_rows(rows - named)} of {self._shown(table)} {'have' if rows - named > 1 else 'has'} no id"
            fix = "give every participant an id, or leave out these rows with `where`"
            self.findings.append(NO_ID.found(message, span, fix=fix))
        if named > ids:
            message = (
                f"{people:,} {'participants have' if people > 1 else 'participant has'} several rows in "
                f"{self._shown(table)}: {_rows(named - ids)} too many"
            )
            fix = "keep one row for each, or pick it with `where`"
            self._suspect(table, SEVERAL_ROWS.found(message, span, fix=fix), look.several)
        return bool(named > ids)

    def _number(self, table: str, frames: Iterable[Any]) -> int:
        import narwhals as nw

        def numbers() -> int:
            return sum(int(fetched(frame.select(nw.len()))[0][0]) for frame in frames)

        return discreetly(self._shown(table), numbers, "counted")

    def _suspect(self, table: str, finding: Diagnostic, ids: Callable[[], list[str]]) -> None:
        """Report a finding, and keep how the ids it is about are found."""
        self.findings.append(finding)
        self.suspects.append(Suspects(finding, lambda: discreetly(self._shown(table), ids, "counted")))

    def _orphans(self, table: str, frames: Iterable[Any], whole: Iterable[Any]) -> None:
        import narwhals as nw

        alone = [
            frame.filter(~nw.col("id").is_null()).join(rows.select("id"), on="id", how="anti").select("id")
            for frame, rows in zip(frames, whole, strict=True)
        ]
        if number := self._number(table, alone):
            message = (
                f"{_rows(number)} of {self._shown(table)} {'belong' if number > 1 else 'belongs'} to no participant"
            )
            fix = "look at the ids of both tables, or leave out these rows with `where`"
            found = NO_ID.found(message, self._span(self._path(table, "id")), fix=fix)
            self._suspect(table, found, partial(texts, alone))


def place_of(records: Records, given: Tables, folder: str) -> Any:
    """Return the table of the participants: what is given, or the file that the study names; None where neither is."""
    if isinstance(given, Mapping):
        given = given.get("table")
    if given is None and records.table is not None:
        return records.table
    return _from_here(given, folder)


def _from_here(given: Any, folder: str) -> Any:
    """Return a path that is given in code or on the command line as one that does not depend on the study's folder."""
    return os.path.abspath(given) if folder and isinstance(given, str | os.PathLike) else given  # noqa: PTH100 - `a::b` is no Path


def _places(records: Records, given: Tables, folder: str) -> dict[str, Any]:
    """Return the table of the participants (its name is empty) and the joined ones, by name."""
    places = {"": place_of(records, given, folder)}
    others: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    for name in others:
        if name != "table" and name not in records.join:
            raise TableError(name, "no table of the study is called so: `records` has no `join` of that name")
    for name, join in records.join.items():
        places[name] = _from_here(others[name], folder) if name in others else join.table
    return places


def _asked(others: tuple[Operand, ...]) -> Wanted | None:
    """Return what a column of text should be read as for what it is compared with."""
    for other in others:
        if isinstance(other, AsOf):
            return "date"
        if isinstance(other, Value):
            match other.value:
                case bool():
                    return "boolean"
                case str():
                    return "text"
                case date():
                    return "date"
                case _:
                    return "number"
    return None


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
