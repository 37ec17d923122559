# ruff: noqa: E501 - study files and criteria are written as an author would
"""Random studies over random records: counted row by row in plain Python, by patterns, and by places."""

import random

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import consortflow as cf
from consortflow.building import build
from consortflow.participants import identifying, patterns
from consortflow.participants.from_records import count_records
from consortflow.participants.tables import opened
from consortflow.schemas.criteria import AllOf, AnyOf, Between, IsMissing, Negated, OneOf
from consortflow.schemas.parsing import parse_criterion

# An oracle in plain Python


def holds(tree, row):
    """Return whether a criterion holds for a row: None where missing values leave it open."""
    match tree:
        case Negated(part):
            said = holds(part, row)
            return None if said is None else not said
        case AllOf(parts):
            said = [holds(part, row) for part in parts]
            return False if False in said else None if None in said else True
        case AnyOf(parts):
            said = [holds(part, row) for part in parts]
            return True if True in said else None if None in said else False
        case IsMissing(column):
            return row[column.name] is None
        case OneOf(column, values):
            return None if row[column.name] is None else row[column.name] in [v.value for v in values]
        case Between(column, low, high):
            return None if row[column.name] is None else low.value <= row[column.name] <= high.value
    left, right = (row[s.name] if hasattr(s, "name") else s.value for s in (tree.left, tree.right))
    if left is None or right is None:
        return None
    return {"=": left == right, "!=": left != right}.get(tree.operator) if tree.operator in ("=", "!=") else {
        "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right,
    }[tree.operator]  # fmt: skip


class Walk:
    """Each participant's way through a study, told row by row."""

    def __init__(self, study, rows):
        self.study = study
        self.n = {}
        self.missing = 0
        accounts = build(study).accounts
        self.names = {account.path: full for full, account in accounts.items()}
        for row in rows:
            self.stages(study.stages, ("stages",), row)

    def at(self, path):
        full = self.names[path]
        self.n[full] = self.n.get(full, 0) + 1

    def met(self, item, row, *, leaving):
        """Return whether somebody meets a criterion; raises where missing values leave that open."""
        said = holds(parse_criterion(item.where), row)
        if said is not None:
            return said
        policy = item.missing or self.study.records.missing
        if policy == "error":
            raise LookupError
        return (policy == "excluded") is leaving

    def stages(self, stages, path, row):
        for index, stage in enumerate(stages):
            here = (*path, index)
            if index and stage.where is not None and not self.met(stage, row, leaving=False):
                return
            self.at(here)
            for number, detail in enumerate(stage.details):
                if self.met(detail, row, leaving=False):
                    self.at((*here, "details", number))
            if self.left(stage, here, row):
                return
            for number, arm in enumerate(stage.arms):
                if self.met(arm, row, leaving=False):
                    self.at((*here, "arms", number))
                    self.stages(arm.stages, (*here, "arms", number, "stages"), row)
                    break

    def left(self, stage, here, row):
        for number, exit_ in enumerate(stage.exits):
            for place, reason in enumerate(exit_.reasons):
                if self.met(reason, row, leaving=True):
                    self.at((*here, "exits", number))
                    self.at((*here, "exits", number, "reasons", place))
                    return True
        return False


COLUMNS = {"N": [None, 0, 1, 2, 3], "X": [None, 0.5, 1.0, 2.5], "T": [None, "a", "b", "c"], "B": [None, True, False]}
LEAVES = [
    "N < 2", "N = 3", "N in (1, 2)", "N is null", "N between 1 and 2", "X > 0.9", "X <= 0.5", "X is not null",
    "T = 'a'", "T != 'b'", "T in ('a', 'c')", "T not in ('b')", "B = true", "B = false", "N = X", "X < N",
]  # fmt: skip


@st.composite
def criteria(draw, depth=2):
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(LEAVES))
    form = draw(st.sampled_from(["({} and {})", "({} or {})", "not ({})"]))
    return form.format(*(draw(criteria(depth=depth - 1)) for _ in range(form.count("{}"))))


@st.composite
def studies(draw):
    policy = st.sampled_from(["excluded", "eligible"])

    def line(key, *, label):
        return f'{{label: {label}, where: "{draw(criteria())}", missing: {draw(policy)}}}' if key else ""

    def exits(prefix):
        reasons = ", ".join(line(1, label=f"{prefix}{number}") for number in range(draw(st.integers(1, 3))))
        return f"[{{label: Out {prefix}, reasons: [{reasons}]}}]"

    arms = "".join(
        f"      - {{label: Arm {name}, where: \"T = '{name}'\", missing: excluded, stages: "
        f"[{{kind: allocation, details: [{line(1, label='Detail')}], exits: {exits(name)}}}, {{kind: analysis}}]}}\n"
        for name in "abc"
    )
    return (
        f"records: {{id: ID, missing: {draw(policy)}}}\nstages:\n"
        f"  - {{kind: screening, details: [{line(1, label='Seen')}], exits: {exits('s')}}}\n"
        f"  - kind: randomization\n    arms:\n{arms}"
    )


def rows_of(seed, count):
    rng = random.Random(seed)  # noqa: S311 - test data
    return [{"ID": f"P{n}", **{name: rng.choice(values) for name, values in COLUMNS.items()}} for n in range(count)]


def frame(rows):
    kinds = {"ID": pl.String, "N": pl.Int64, "X": pl.Float64, "T": pl.String, "B": pl.Boolean}
    return pl.DataFrame(rows, schema=kinds)


@settings(max_examples=60)
@given(text=studies(), seed=st.integers(0, 2**20), count=st.integers(0, 60))
def test_counts_are_those_of_a_walk_row_by_row(text, seed, count):
    study = cf.loads(text)
    rows = rows_of(seed, count)
    walk = Walk(study, rows)
    counted = count_records(study, frame(rows))
    assert counted.numbers == {full: walk.n.get(full, 0) for full in counted.numbers}
    assert walk.n.keys() <= counted.numbers.keys()


@settings(max_examples=25)
@given(text=studies(), seed=st.integers(0, 2**20), count=st.integers(0, 40))
def test_patterns_and_places_give_the_same_numbers_and_findings(text, seed, count):
    study, rows = cf.loads(text), frame(rows_of(seed, count))
    by_patterns = count_records(study, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "MAX_PATTERNS", -1)
        by_places = count_records(study, rows)
    assert by_places.numbers == by_patterns.numbers
    assert by_places.findings == by_patterns.findings
    assert list(by_places.ids()) == list(by_patterns.ids())


@settings(max_examples=30)
@given(
    text=studies(), seed=st.integers(0, 2**20), count=st.integers(1, 60), full=st.sets(st.sampled_from(sorted(COLUMNS)))
)
def test_what_the_statistics_of_a_file_show_changes_no_number(tmp_path_factory, text, seed, count, full):
    study = cf.loads(text)
    rows = rows_of(seed, count)
    for name in full:
        rows = [{**row, name: COLUMNS[name][1] if row[name] is None else row[name]} for row in rows]
    walk = Walk(study, rows)
    table = frame(rows).with_columns(
        pl.when(pl.col("X").is_null()).then(pl.lit(float("nan"))).otherwise(pl.col("X")).alias("X"),
        pl.when(pl.col("T").is_null()).then(pl.lit("")).otherwise(pl.col("T")).alias("T"),
    )
    path = tmp_path_factory.mktemp("table") / "t.parquet"
    duckdb.from_arrow(table.to_arrow()).write_parquet(str(path), row_group_size=2048)
    assert opened(path).full >= {"ID", *full} - {"X"}
    for most in (patterns.MAX_PATTERNS, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(patterns, "MAX_PATTERNS", most)
            counted = count_records(study, path)
        assert counted.numbers == {full: walk.n.get(full, 0) for full in counted.numbers}


@settings(max_examples=30)
@given(
    text=studies(), seed=st.integers(0, 2**20), count=st.integers(1, 40), at_once=st.integers(1, 50),
    absent=st.sets(st.integers(0, 39)), strangers=st.integers(0, 3),
)  # fmt: skip
def test_tables_joined_in_portions_give_the_numbers_and_findings_of_one(
    tmp_path_factory, text, seed, count, at_once, absent, strangers
):
    rows = [
        {**row, **(dict.fromkeys("XB") if number in absent else {})} for number, row in enumerate(rows_of(seed, count))
    ]
    folder = tmp_path_factory.mktemp("tables")
    frame(rows).select("ID", "N", "T").write_parquet(folder / "t.parquet")
    others = [row for number, row in enumerate(rows) if number not in absent]
    others += [{"ID": f"Z{number}", "N": None, "X": 1.0, "T": None, "B": True} for number in range(strangers)]
    frame(others).select("ID", "X", "B").write_parquet(folder / "j.parquet")
    joined = text.replace("{id: ID,", f"{{id: ID, join: {{J: {{table: {folder / 'j.parquet'}}}}},", 1)
    joined += "analysis_sets: [{label: Reached, of: screening, where: J.ID is not null, missing: excluded}]\n"
    study, whole = cf.loads(joined), count_records(cf.loads(joined), folder / "t.parquet")
    walk = Walk(cf.loads(text), rows)
    assert {full: n for full, n in whole.numbers.items() if full != "reached"} == {
        full: walk.n.get(full, 0) for full in whole.numbers if full != "reached"
    }
    for most in (patterns.MAX_PATTERNS, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(identifying, "AT_ONCE", at_once)
            patch.setattr(patterns, "MAX_PATTERNS", most)
            counted = count_records(study, folder / "t.parquet")
            assert counted.numbers == whole.numbers
            assert counted.findings == whole.findings
            assert list(counted.ids()) == list(whole.ids())
    alone = [finding for finding in whole.findings if finding.code == "N106"]
    assert len(alone) == (strangers > 0)


@pytest.mark.parametrize("portions", [1, 3])
def test_values_that_are_reasons_are_found_in_all_portions(tmp_path, monkeypatch, portions):
    ids = [f"P{number:02}" for number in range(30)]
    reasons = [
        "AE" if number < 3 else "MOVED" if number < 8 else "DIED" if number < 12 else None for number in range(30)
    ]
    pl.DataFrame({"ID": ids}).write_parquet(tmp_path / "t.parquet")
    pl.DataFrame({"ID": ids, "WHY": reasons}).write_parquet(tmp_path / "j.parquet")
    study = cf.loads(
        f"records: {{id: ID, join: {{J: {{table: {tmp_path / 'j.parquet'}}}}}}}\n"
        "stages: [{kind: treatment, exits: [{label: Left, where: WHY is not null, by: WHY}]}, {kind: analysis}]\n"
    )
    monkeypatch.setattr(identifying, "AT_ONCE", 30 // portions)
    counted = count_records(study, tmp_path / "t.parquet")
    left = [(full, n) for full, n in counted.numbers.items() if full.startswith("treatment/left/")]
    assert left == [("treatment/left/moved", 5), ("treatment/left/died", 4), ("treatment/left/ae", 3)]


@pytest.mark.parametrize("many", [3, 13, 14, 31, 59, 60, 61, 130])
def test_any_number_of_questions_is_answered(tmp_path, many):
    asked = [*(f"v{number}" for number in range(many)), "V1", "v1 "]  # some of which a backend might take for the same
    rng = random.Random(many)  # noqa: S311 - test data
    rows = [{"ID": f"P{n:05}", "T": rng.choice([*asked, "v999", None]), "N": rng.choice([1, 2])} for n in range(3000)]
    reasons = ", ".join(f"R{at}: {{where: \"T = '{value}'\"}}" for at, value in enumerate(asked))
    study = cf.loads(
        "records: {id: ID, missing: eligible}\nstages:\n"
        f"  - {{kind: screening, exits: [{{label: Out, reasons: {{{reasons}, Two: {{where: N = 2}}}}}}]}}\n"
        "  - {kind: randomization}\n"
    )
    table = pl.DataFrame(rows, schema={"ID": pl.String, "T": pl.String, "N": pl.Int64})
    table.write_parquet(tmp_path / "t.parquet")
    values = [row["T"] for row in rows]
    expected = [values.count(value) for value in asked]
    expected.append(sum(row["N"] == 2 and row["T"] in (None, "v999") for row in rows))
    for records in (tmp_path / "t.parquet", table, table.to_pandas()):
        solved = cf.solve(cf.count(study, records))
        found = [solved.n(full) for full in solved.network.accounts if full.startswith("screening/out/")]
        assert found == expected


BACKENDS = {
    "duckdb": duckdb.from_arrow,
    "polars": pl.from_arrow,
    "polars lazy": lambda table: pl.from_arrow(table).lazy(),
    "pyarrow": lambda table: table,
    "pandas numpy": lambda table: pd.DataFrame(table.to_pylist(), columns=table.column_names),
    "pandas nullable": lambda table: table.to_pandas(types_mapper={
        pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.string(): pd.StringDtype(),
    }.get),
    "pandas arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
}  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=8)
@given(text=studies(), seed=st.integers(0, 2**20))
def test_every_backend_counts_alike_with_null_and_nan(backend, text, seed):
    study = cf.loads(text)
    rows = rows_of(seed, 50)
    walk = Walk(study, rows)
    x = [float("nan") if row["X"] is None and number % 2 else row["X"] for number, row in enumerate(rows)]
    table = pa.table({
        "ID": [row["ID"] for row in rows], "N": pa.array([row["N"] for row in rows], pa.int64()),
        "X": pa.array(x, pa.float64()), "T": pa.array([row["T"] for row in rows], pa.string()),
        "B": pa.array([row["B"] for row in rows], pa.bool_()),
    })  # fmt: skip
    for most in (patterns.MAX_PATTERNS, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(patterns, "MAX_PATTERNS", most)
            counted = count_records(study, BACKENDS[backend](table))
        assert counted.numbers == {full: walk.n.get(full, 0) for full in counted.numbers}
