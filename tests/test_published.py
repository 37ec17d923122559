"""Published flow diagrams as study files: every count is there, every quirk shows, every error is deserved.

The files in tests/published/ tell real figures box by box. Beside ../shared, which holds what was transcribed from each
figure, they are compared with it; everything else about them is tested without it.
"""

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

import consortflow as cf
from consortflow.diagrams.errors import WidthError
from consortflow.diagrams.scene import faults
from consortflow.schemas.json_schema import SCHEMA_FILE
from consortflow.words import digits

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "published"
TRANSCRIBED = ROOT.parent / "shared" / "data" / "published"
SUFFIX = ".consort.yaml"
PAGE = 180
"""Millimetres: the widest that most journals print."""
UNKNOWN = (0, None)
BOXES = ("stage", "arm", "set", "outcome", "detail", "transfer")
GONE = ("exit", "reason", "detail")
"""What a transcribed box, and those transcribed as leaving one, may be in a study file."""


class Wrong(NamedTuple):
    """An error that a figure deserves, its places as words that only their line has."""

    code: str
    line: str
    related: tuple[str, ...]


class Each(tuple[int, ...]):
    """A number for each unit of a box."""

    __slots__ = ()


class Flow(NamedTuple):
    """What one published figure comes to."""

    solved: dict[str, int | Each | tuple[int, int | None]]
    """Counts that the file leaves out: the number, one for each unit, or the range that is left."""
    quirks: dict[str, str | tuple[str, ...]]
    """What the figure prints, in one place or several, for each thing that makes it unusual."""
    wrong: tuple[Wrong, ...] = ()
    """Errors; none where the source's arithmetic holds."""


FLOWS = {
    "cart_inaticel_nct04684147": Flow(
        {
            "screening": (48, None), "enrollment": (48, None), "lymphodepletion": (48, None),
            "screening/not-enrolled": UNKNOWN, "enrollment/not-lymphodepleted": UNKNOWN,
            "lymphodepletion/not-infused": UNKNOWN,
        },
        {"upstream counts unknown": "Screened for eligibility (n ≥ 48)"},
    ),
    "cart_karmma3_idecel": Flow(
        {
            "randomized-intention-to-treat": 386,
            "ide-cel/allocation/did-not-undergo-leukapheresis": 5,
            "ide-cel/underwent-leukapheresis/no-lymphodepletion": 22,
            "ide-cel/lymphodepletion/lymphodepleted-not-infused": 2,
            "standard-regimens/allocation/not-treated": 6,
            "crossed-over-to-ide-cel-after-progression": 74,
        },
        {
            "optional non-monotone stage": "Received bridging therapy (n = 212)",
            "safety set larger than treated set": "Safety population (n = 249)",
            "post-progression crossover arrow": "Crossed over to ide-cel after progression",
            "count published only as a percentage": "(n = 74; 56%)",
        },
    ),
    "cart_transcend_lisocel": Flow(
        {"received-a-car-t-cell-product": 294, "received-conforming-liso-cel": 269},
        {
            "treated, but not with the trial product: a branch that is neither exclusion nor analysis set":
                "Received nonconforming product (n = 25; 8%)",
            "later cut moves one patient": "Liso-cel-treated set, later data cut (n = 270)",
        },
        # the footnote prints 8% beside 25/344, which is 7.3%: silently wrong, so the error stands
        (Wrong("B308", "n: {n: 25, percent: 8, of: apheresis}", ("    n: 344",)),),
    ),
    "cart_uk_manufacturing_failure": Flow(
        {"no-manufacturing-failure": 943, "manufacturing-failure": 38},
        {
            "loop (re-apheresis / remanufacture)": "Re-apheresis or remanufacture (n = 11\u201321)",
            "event counts beside person counts": "Attempts (n = 21)",
        },
    ),
    "cart_zuma3_brexucel": Flow(
        {
            "leukapheresed": 71, "leukapheresed/not-lymphodepleted": 14, "lymphodepletion": 57,
            "heading-of-the-source-s-list-of-reasons": 16,
        },
        {
            "reason list mixes two stages": "Heading of the source's list of reasons (n = 16): Not treated (n = 16)",
            "stage reached by patients who still drop out (lymphodepleted, not infused)":
                "Received lymphodepletion but not treated (n = 2)",
        },
    ),
    "crossover_mtn001": Flow(
        {"screening/not-enrolled": 240},
        {
            "replacement of participants": "Enrolled as replacements (n = 24)",
            "completed yet excluded": "Completed, but incomplete adherence or dispensing data (n = 3)",
        },
    ),
    "dose5_pa21_hyperphosphataemia": Flow(
        {
            "screening/not-randomized": 130, "750-mg/completed": 37, "1500-mg/completed": 31, "2250-mg/completed": 23,
            "3000-mg/completed": 15, "reasons-given-together": 47,
        },
        {
            "reasons not mutually exclusive (stated)": "Some subjects had more than one reason for discontinuation",
            "protocol-defined stopping": "Low serum phosphorus (n = 17)",
        },
    ),
    "factorial_cluster_pem_ontario": Flow(
        {
            "outsert/randomized-again": Each((1071, 1285)),
            "insert-and-outsert/randomized-again": Each((1068, 1271)),
            "informed-only/allocation/no-diabetic-patient-seen-in-follow-up-year": Each((26, 36)),
            "insert/allocation/no-diabetic-patient-seen": Each((24, 32)),
            "outsert/outsert-no-notepad/allocation/no-diabetic-patient-seen": Each((16, 19)),
            "outsert/outsert-and-notepad/allocation/no-diabetic-patient-seen": Each((13, 14)),
            "insert-and-outsert/insert-outsert-no-notepad/allocation/no-diabetic-patient-seen": Each((8, 12)),
            "insert-and-outsert/insert-outsert-and-notepad/allocation/no-diabetic-patient-seen": Each((14, 18)),
        },
        {
            "two units per box": "Randomized (practices: 4282; physicians: 5179)",
            "nested re-randomisation": "Outsert Randomized again (practices: 1071; physicians: 1285)",
            "uneven factorial": "Allocated to Insert, outsert and notepad (practices: 533; physicians: 639)",
        },
    ),
    "pilot_tap_block": Flow(
        {"screened/not-eligible": 70, "eligible/no-initial-consent": 29, "received-blocks": 29},
        {
            "rates are the outcome": "Eligible (n = 60; 46%)",
            "second unit (blocks)": "Blocks given (TAP blocks: 58)",
            "administrative non-assessment is not loss": "Discharged before 48 h (not counted as lost) (n = 10)",
        },
    ),
    "platform_recovery_dexamethasone": Flow(
        {"platform/dexamethasone-unavailable-or-unsuitable": 1965, "randomised-to-another-active-arm": 2930},
        {
            "shared controls": "These controls are shared with the platform's other comparisons.",
            "subset of a platform": "Dexamethasone unavailable or unsuitable (n = 1965)",
            "second randomisation": "Many patients were also in a second randomisation.",
            "count revised between versions": (
                "Death within 28 days: 482/2104", "Death within 28 days (preprint): 454/2104",
                "Death within 28 days: 1110/4321", "Death within 28 days (preprint): 1065/4321",
            ),
        },
    ),
    "rct2_brinzolamide_brimonidine": Flow(  # naive conservation finds -189 here; two sets of one box are no error
        {},
        {
            "ITT smaller than safety": "Intent-to-treat set (n = 182)",
            "two overlapping chains from one node": "Randomized, no medication (n = 1)",
        },
    ),
    "rct2_cavatas_crossover": Flow(
        {
            "endovascular/treated": 246, "endovascular/treated/not-analysed": 46, "endarterectomy/treated": 248,
            "endarterectomy/treated/not-analysed": 35,
        },
        {
            "crossovers both ways": (
                "Crossed over to endarterectomy (n = 6)", "Crossed over to endovascular treatment (n = 2)",
            ),
            "analysis box joins boxes of both treatments received": ("Not analysed (n = 46)", "Not analysed (n = 35)"),
        },
    ),
    "rct2_pga_stent_oesophagus": Flow(
        {"pga-and-stent/allocation/withdrew": 1, "stent/allocation/withdrew": 3},
        {"reasons do not sum to exclusion total": "Contradiction: 21 + 10 = 31, but Excluded says 39."},
        # the figure says nothing of the 8 it leaves out, so they are an error and not a gap it states
        (Wrong("B302", "        n: 39", ("reasons: {Exclusion criteria: 21", "Refused: 10}")),),
    ),
    "rct2_varenicline_flexible_quit": Flow(
        {
            "randomization": 659, "varenicline/allocation/did-not-complete-study": 68,
            "placebo/allocation/did-not-complete-study": 25, "varenicline/allocation/discontinued-treatment/other": 37,
            "placebo/allocation/discontinued-treatment/other": 21,
        },
        {"treatment vs study discontinuation": "Discontinued treatment (n = 34)"},
    ),
}  # fmt: skip

every_flow = pytest.mark.parametrize("name", FLOWS)
transcribed = pytest.mark.skipif(not TRANSCRIBED.is_dir(), reason="no ../shared here")


def file(name):
    return FOLDER / f"{name}{SUFFIX}"


def record(name):
    return json.loads((TRANSCRIBED / f"{name}.json").read_text(encoding="utf-8"))


def line_of(text, words):
    """Return the number of the one line that has the words."""
    found = [number for number, line in enumerate(text.splitlines(), 1) if words in line]
    assert len(found) == 1, words
    return found[0]


def accounts(solution):
    """Yield what the figure prints with a count: movements are arrows, and an arm with stages is its first box."""
    for account in solution.network.accounts.values():
        if account.kind != "movement" and not (account.kind == "arm" and account.item.stages):
            yield account


def shown(figure):
    """Return the text of each box, arrow and bar as it reads, and that of all footnotes."""
    scene = figure.scene
    texts = [holder.runs for holder in (*scene.boxes, *scene.connectors, *scene.bars)] + [scene.notes]
    return [" ".join(run.text for run in runs).replace("\u00a0", " ") for runs in texts]


def untold(name, texts):
    """Return what should show a flow's quirks and is in none of the texts."""
    told = FLOWS[name].quirks.values()
    wanted = [words for place in told for words in ((place,) if isinstance(place, str) else place)]
    return [words for words in wanted if not any(words in text for text in texts)]


# What was transcribed


def test_each_file_is_expected_to_say_something():
    assert sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.iterdir()) == sorted(FLOWS)
    assert len(FLOWS) == 14


@transcribed
def test_each_transcribed_figure_has_a_file():
    assert {path.stem for path in TRANSCRIBED.glob("*.json")} == set(FLOWS)


@transcribed
@every_flow
def test_every_transcribed_count_is_in_the_file_as_often_as_in_the_figure(name):
    """Boxes among boxes and lines, those who left among exits, reasons and lines; a second unit in its own name."""
    solution, source = cf.solve(cf.read(file(name))), record(name)
    usual = solution.network.study.study.counts[0]
    second = next((node["unit_secondary"] for node in source["nodes"] if "unit_secondary" in node), None)

    boxes = Counter((usual, node["n"]) for node in source["nodes"] if node["n"] is not None)
    boxes.update((second, node["n_secondary"]) for node in source["nodes"] if "n_secondary" in node)
    gone = Counter()
    for exclusion in source["exclusions"]:
        gone.update((usual, n) for n in (exclusion["n"], *(reason["n"] for reason in exclusion["reasons"])))

    assert boxes
    for wanted, kinds in ((boxes, BOXES), (gone, GONE)):
        found = Counter(
            (unit, solution.n(account.id, unit))
            for account in accounts(solution)
            if account.kind in kinds
            for unit in account.units
        )
        assert wanted - found == Counter()
    assert sum(account.kind in BOXES for account in accounts(solution)) >= len(source["nodes"]), "with those uncounted"


@transcribed
@every_flow
def test_every_transcribed_quirk_is_told_in_the_figure(name):
    assert set(FLOWS[name].quirks) == set(record(name)["quirks"])


@transcribed
@every_flow
def test_a_file_opens_with_where_its_figure_was_published(name):
    header = file(name).read_text(encoding="utf-8").split("\nstudy:")[0]
    source = record(name)["source"]
    assert all(line.startswith("#") for line in header.splitlines())
    for key in ("pmcid", "doi"):
        assert source.get(key, "") in header


@every_flow
def test_a_file_leads_editors_to_the_schema(name):
    first = file(name).read_text(encoding="utf-8").splitlines()[0]
    lead = "# yaml-language-server: $schema="
    assert first.startswith(lead)
    assert (FOLDER / first.removeprefix(lead)).resolve() == (ROOT / "schemas" / SCHEMA_FILE.name)


# What the arithmetic deserves


@every_flow
def test_a_published_flow_has_the_errors_that_its_arithmetic_deserves_and_no_other(name):
    path = file(name)
    text = path.read_text(encoding="utf-8")
    errors = cf.check(path).errors
    assert [error.code for error in errors] == [wrong.code for wrong in FLOWS[name].wrong], str(errors)
    for error, wrong in zip(errors, FLOWS[name].wrong, strict=True):
        assert error.span.line == line_of(text, wrong.line)
        assert [related.span.line for related in error.related] == [line_of(text, words) for words in wrong.related]


@every_flow
def test_counts_that_a_published_flow_leaves_out_are_solved(name):
    solution = cf.solve(cf.read(file(name)))
    for full, wanted in FLOWS[name].solved.items():
        units = solution.network.account(full).units
        if isinstance(wanted, Each):
            assert tuple(solution.n(full, unit) for unit in units) == wanted
        elif isinstance(wanted, tuple):
            assert tuple(solution.interval(full)) == wanted
        else:
            assert solution.n(full) == wanted
        for unit in units:
            assert solution.status(full, unit) == ("interval" if solution.n(full, unit) is None else "derived")


# What is drawn


@every_flow
def test_a_published_flow_draws_without_faults_and_marks_what_is_wrong(name):
    wrong = FLOWS[name].wrong
    if wrong:
        with pytest.raises(cf.InvalidStudyError):
            cf.draw(file(name))
    figure = cf.draw(file(name), allow_invalid=bool(wrong))
    assert faults(figure.scene) == ()
    assert any(card.flagged for card in figure.chart.cards) == bool(wrong)


@every_flow
def test_a_published_flow_draws_on_a_page_or_says_the_width_it_needs(name):
    needed = PAGE
    try:
        figure = cf.draw(file(name), width=PAGE, allow_invalid=True)
    except WidthError as error:
        needed = error.needed_mm
        assert needed > PAGE
        figure = cf.draw(file(name), width=needed, allow_invalid=True)
    assert faults(figure.scene) == ()
    assert figure.scene.width / 72 * 25.4 == pytest.approx(needed, abs=0.1)
    assert untold(name, shown(figure)) == []


@every_flow
def test_a_published_figure_shows_every_label_with_its_count_and_every_quirk(name):
    solution = cf.solve(cf.read(file(name)))
    texts = shown(cf.draw(file(name), allow_invalid=True))
    for account in solution.network.accounts.values():
        if account.kind != "movement":
            assert any(account.label in text for text in texts), account.id
    for account in accounts(solution):
        if account.kind not in ("outcome", "pooled") and len(account.units) == 1:
            n = solution.n(account.id)
            unit = "n =" if account.units[0] in solution.network.study.study.counts else f"{account.units[0]}:"
            words = f"{account.label} ({unit} {digits(n)}" if n is not None else f"{account.label} (n "
            assert any(words in text for text in texts), words
    assert untold(name, texts) == []
