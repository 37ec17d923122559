# ruff: noqa: E501, S311 - studies are written as an author would; flows are random, not secret
"""Small counts are hidden so that a reader who knows how the flow adds up cannot tell them; rounding is an interval."""

import os
import re
from random import Random

import pytest
from flows import grow

import consortflow as cf
from consortflow.attrition import attrition
from consortflow.cli import run as cli
from consortflow.counting import counts
from consortflow.disclosure import Disclosure, midpoint, nearest, published
from consortflow.drawing import draw_solution
from consortflow.schemas.errors import DisclosureError
from consortflow.solving import Masked

FLOWS = int(os.environ.get("CONSORTFLOW_MASKED", "150"))
"""How many random flows are masked; CONSORTFLOW_MASKED asks for more."""
FIVE = Disclosure("mask", 5)
TRIAL = """
study: {title: A trial, unit: patients}
stages:
  - kind: screening
    n: 120
    exits: [{label: Excluded, reasons: {Too old: 12, Declined: 6, Moved: 2}}]
  - kind: randomization
    arms:
      - {label: A, n: 50, stages: [{kind: allocation, exits: [{label: Lost, n: 3}]}, {kind: analysis}]}
      - {label: B, n: 50, stages: [{kind: allocation, exits: [{label: Lost, n: 8}]}, {kind: analysis}]}
"""


def trial(text=TRIAL):
    return cf.solve(cf.loads(text))


def has_surplus(solution):
    """Whether the source counts more people somewhere than it has."""
    gaps = [getattr(account.item, "unexplained", None) for account in solution.network.accounts.values()]
    numbers = [gap.n.values() if isinstance(gap.n, dict) else [gap.n] for gap in gaps if gap is not None]
    return any(n < 0 for found in numbers for n in found)


def attack(shown):
    """Return what a reader who solves the published study learns of each count."""
    return cf.solve(shown.network.study)


def test_a_small_count_is_hidden_and_what_would_give_it_away_is_hidden_too():
    shown = published(trial(), FIVE)
    assert str(shown.interval("screening/excluded/moved")) == "<5"
    assert shown.n("screening/excluded/moved") is None
    hidden = {full for full, _ in shown.shown}
    assert hidden == {"screening/excluded/moved", "screening/excluded/too-old", "a/allocation/lost", "a/analysis"}
    assert str(shown.interval("screening/excluded/too-old")) == "≥5"
    assert shown.n("screening/excluded/declined") == 6
    assert shown.n("screening") == 120


@pytest.mark.parametrize("least", [2, 5, 11])
def test_no_reader_learns_more_of_a_small_count_than_that_it_is_small(least):
    random = Random(f"mask {least}")
    hidden = done = 0
    while done < FLOWS:
        solution = cf.solve(cf.Study.model_validate(grow(random).data))
        if has_surplus(solution):
            with pytest.raises(DisclosureError, match="surplus"):
                published(solution, Disclosure("mask", 10**9))
            continue
        shown = published(solution, Disclosure("mask", least))
        done += 1
        reader = attack(shown)
        assert reader.ok
        for full, account in solution.network.accounts.items():
            for unit in account.units:
                n = solution.n(full, unit)
                learnt = reader.interval(full, unit)
                assert n is None or (learnt.low <= n and (learnt.high is None or n <= learnt.high)), full
                if n is not None and 0 < n < least:
                    hidden += 1
                    assert learnt.low <= 1, (full, n, learnt)
                    assert learnt.high is None or learnt.high >= least - 1, (full, n, learnt)
                    assert shown.n(full, unit) is None
    assert hidden > FLOWS / 10


def test_nothing_is_hidden_where_nothing_is_small():
    shown = published(
        trial(TRIAL.replace("Moved: 2", "Moved: 20").replace("n: 3}", "n: 13}").replace("120", "138")), FIVE
    )
    assert shown.shown == {}


def test_a_part_is_hidden_where_the_rest_of_its_box_is_small():
    text = "stages: [{kind: infusion, n: 48}]\nanalysis_sets: [{label: Evaluable, of: infusion, n: 46}]"
    assert str(published(trial(text), FIVE).interval("evaluable")) == "≥5"


def test_a_percentage_never_tells_a_hidden_count():
    text = "stages: [{kind: screening, n: 50, exits: [{label: Left, n: {n: 3, percent: 6}}]}, {kind: enrollment}]"
    shown = published(trial(text), FIVE)
    assert "%" not in draw_solution(shown).svg().split("<style>")[0]
    assert shown.network.accounts["screening/left"].says("participants").percent is None


def test_a_gap_of_few_people_is_hidden_as_people_are():
    text = (
        "stages: [{kind: screening, n: 50, exits: [{label: Left, n: 20, reasons: {A: 17}, unexplained: {n: 3, note: x}}],"
        " unexplained: {n: 2}}, {kind: enrollment, n: 28}]"
    )
    shown = published(trial(text), FIVE)
    assert str(shown.interval("screening/left/x")) == "<5"
    assert str(shown.interval("screening/not-accounted-for")) == "<5"
    words = draw_solution(shown).svg()
    assert "account for: 3" not in words
    assert "account for: 2" not in words


def test_a_large_gap_stays_a_footnote():
    text = "stages: [{kind: screening, n: 50, unexplained: {n: 12}}, {kind: enrollment, n: 38}]"
    assert any(": 12." in run.text for run in draw_solution(published(trial(text), FIVE)).scene.notes)


def test_a_surplus_is_refused_with_a_sentence():
    text = "stages: [{kind: screening, n: 50, unexplained: {n: -2, note: Source error}}, {kind: enrollment, n: 52}]"
    with pytest.raises(DisclosureError, match="Source error: a surplus can be neither hidden nor rounded"):
        published(trial(text), FIVE)


def test_counts_that_contradict_are_refused():
    with pytest.raises(DisclosureError, match="contradict"):
        published(trial("stages: [{kind: screening, n: 5}, {kind: enrollment, n: 4}]"), FIVE)


@pytest.mark.parametrize("number", [-1, 0, 1])
def test_there_is_nothing_to_hide_below_two(number):
    with pytest.raises(DisclosureError, match="nothing to protect below 2"):
        published(trial(), Disclosure("mask", number))


def test_procedures_of_few_people_are_hidden():
    text = (
        "stages: [{kind: apheresis, n: 20, attempts: 24}, {kind: manufacturing, attempts: 22, exits: [{label: L, n: 17}]},"
        " {kind: infusion, n: 3}]"
    )
    data = published(trial(text), FIVE).network.study.model_dump(exclude_unset=True)["stages"]
    assert data[0]["attempts"] == 24 or "attempts" not in data[0]
    assert data[2]["n"] == "<=4"


def test_a_hidden_count_is_in_no_table_and_in_no_picture():
    text = (
        TRIAL.replace("Moved: 2", "Moved: 4").replace("120", "8122").replace("n: 50", "n: 4050").replace("8122", "8122")
    )
    shown = published(trial(text), FIVE)
    rows = {row.id: row for row in counts(shown)}
    assert rows["screening/excluded/moved"].n is None
    assert rows["screening/excluded/moved"].status == "masked"
    figure = draw_solution(shown)
    assert "(n\xa0<\xa05)" in "".join(run.text for box in figure.scene.boxes for run in box.runs)
    for step in attrition(shown):
        assert step.n.n is None or not 0 < step.n.n < 5
        assert step.left.n is None or not 0 < step.left.n < 5


def test_a_masked_study_loads_again_and_says_the_same():
    shown = published(trial(), FIVE)
    again = cf.loads(cf.dumps(shown.network.study))
    assert again == shown.network.study
    assert cf.check(again).ok


def test_where_and_records_do_not_leave_with_the_counts():
    text = TRIAL.replace("n: 120", "n: 120\n    where: AGE > 3") + "records: {table: secret.csv, id: ID}\n"
    shown = published(trial(text), FIVE)
    assert shown.network.study.records is None
    assert "AGE" not in cf.dumps(shown.network.study)


def test_rounding_prints_round_numbers_and_hands_on_intervals():
    shown = published(trial(), Disclosure("round", 5))
    assert shown.n("screening/excluded/moved") == 0
    assert shown.n("screening/excluded/too-old") == 10
    assert shown.status("screening", "patients") == "rounded"
    reader = attack(shown)
    assert reader.ok
    assert reader.interval("screening/excluded/moved").low == 0
    assert reader.n("screening/excluded/too-old") is None


def test_midpoints_are_never_a_whole_group_s_edge():
    shown = published(trial(), Disclosure("midpoint", 6))
    assert shown.n("screening/excluded/moved") == 3
    assert shown.n("screening") == 117
    assert attack(shown).ok


@pytest.mark.parametrize("rule", [Disclosure("round", 5), Disclosure("round", 10), Disclosure("midpoint", 6)])
def test_what_is_rounded_stands_for_the_true_count(rule):
    random = Random(f"{rule}")
    for _ in range(FLOWS // 3):
        solution = cf.solve(cf.Study.model_validate(grow(random).data))
        if has_surplus(solution):
            with pytest.raises(DisclosureError, match="surplus"):
                published(solution, rule)
            continue
        reader = attack(published(solution, rule))
        for full, account in solution.network.accounts.items():
            for unit in account.units:
                n, said = solution.n(full, unit), reader.interval(full, unit)
                assert n is None or (said.low <= n and (said.high is None or n <= said.high))


@pytest.mark.parametrize(
    ("n", "five", "six"), [(0, 0, 0), (1, 0, 3), (2, 0, 3), (3, 5, 3), (7, 5, 9), (8, 10, 9), (12, 10, 9)]
)
def test_rounding_schemes(n, five, six):
    assert nearest(n, 5) == five
    assert midpoint(n, 6) == six


def test_a_hidden_count_says_only_its_bound():
    assert [str(Masked(0, 4)), str(Masked(5, None))] == ["<5", "≥5"]


def run(monkeypatch, capsys, *args):
    monkeypatch.setattr("sys.argv", ["consortflow", *args])
    code = cli()
    return code, *capsys.readouterr()


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "trial.consort.yaml"
    path.write_text(TRIAL, encoding="utf-8")
    return path.name


def test_every_command_that_shows_counts_hides_them(file, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "counts", file, "--mask", "5")
    assert code == 0
    assert re.search(r"Moved +<5  masked", out)
    assert re.search(r"Too old +>=5  masked", out)
    code, out, _ = run(monkeypatch, capsys, "table", file, "--mask", "5")
    assert (code, "<5" in out) == (0, True)
    code, out, _ = run(monkeypatch, capsys, "draw", file, "--mask", "5", "-o", "-")
    assert code == 0
    assert "Counts below 5 are not shown" in out
    assert "Moved (n &lt; 5)" in out.replace("\xa0", " ")
    assert "Moved (n = 2)" not in out.replace("\xa0", " ")


def test_rounded_counts_say_that_they_are(file, monkeypatch, capsys):
    assert "rounded to the nearest 5" in run(monkeypatch, capsys, "draw", file, "--round", "5", "-o", "-")[1]
    assert "midpoints of groups of 6" in run(monkeypatch, capsys, "draw", file, "--midpoint", "6", "-o", "-")[1]


def test_one_protection_at_a_time(file, monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, "counts", file, "--mask", "5", "--round", "5")
    assert (code, "exclude each other" in err) == (2, True)
    assert run(monkeypatch, capsys, "counts", file, "--mask", "1")[0] == 2


@pytest.mark.parametrize("command", ["counts", "draw", "table"])
def test_a_flow_that_cannot_be_protected_shows_nothing(tmp_path, monkeypatch, capsys, command):
    text = "stages: [{kind: screening, n: 50, unexplained: {n: -2}}, {kind: enrollment, n: 52}]"
    (tmp_path / "s.yaml").write_text(text)
    code, out, err = run(monkeypatch, capsys, command, str(tmp_path / "s.yaml"), "--mask", "5")
    assert (code, out) == (1, "")
    assert "a surplus can be neither hidden nor rounded" in err
    assert not (tmp_path / "s.svg").exists()


def test_from_python_a_study_is_published_with_what_may_be_handed_on(file):
    shown = cf.publish(file, cf.Disclosure("mask", 5))
    assert "<5" in cf.dumps(shown.network.study) or "<=4" in cf.dumps(shown.network.study)
    assert [str(step.left) for step in cf.table(file, disclosure=FIVE)] == ["20", "0", "<5", "0", "8", "0"]
    assert "< 5" in cf.draw(file, disclosure=FIVE).svg().replace("&lt;", "<").replace("\xa0", " ")
