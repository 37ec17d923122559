"""A study as a graph: ids, movements, references, and what is wrong with its structure."""

import networkx as nx
import pytest

from consortflow.building import build
from consortflow.schemas.read import loads
from consortflow.schemas.study import Study


def network(text):
    return build(loads(text))


def codes(text):
    return [d.code for d in network(text).findings]


FLOW = """
stages:
  - kind: screening
    exits: [{label: Not enrolled, reasons: {Declined: 2, Other: {A: 1}}}]
  - kind: randomization
    enters: {Referred: 3}
    arms:
      - {label: Drug A, stages: [{kind: allocation, details: {Received: 3}}, {kind: analysis, id: done}]}
      - {label: Drug B, id: b}
  - {kind: follow-up, label: Seen again}
analysis_sets: [{label: Full set, of: done, outcomes: {Response: 1}}]
transfers: [{from: drug-a/allocation, to: seen-again, n: 0, kind: extension}]
"""


def test_every_account_has_an_id_of_arms_stage_and_exit():
    assert list(network(FLOW).accounts) == [
        "screening", "screening/not-enrolled", "screening/not-enrolled/declined", "screening/not-enrolled/other",
        "screening/not-enrolled/other/a", "randomization", "randomization/referred", "drug-a", "drug-a/allocation",
        "drug-a/allocation/received", "drug-a/done", "b", "seen-again", "full-set", "full-set/response",
        *[full for full, account in network(FLOW).accounts.items() if account.kind == "transfer"],
    ]  # fmt: skip


def test_the_graph_is_a_networkx_digraph_whose_edges_have_roles():
    made = network(FLOW)
    assert isinstance(made.graph, nx.DiGraph)
    assert made.after("randomization", "flow") == ("drug-a", "b")
    assert made.after("drug-a", "flow") == ("drug-a/allocation",)
    assert made.before("randomization", "enter") == ("randomization/referred",)
    assert made.after("screening", "exit") == ("screening/not-enrolled",)
    assert made.before("full-set", "set") == ("drug-a/done",)
    assert set(made.before("seen-again", "flow")) == {"drug-a/done > seen-again", "b > seen-again"}
    assert {role for _, _, role in made.graph.edges.data("role")} >= {"flow", "exit", "enter", "part", "detail", "set"}


def test_every_account_has_its_place_in_the_file():
    made = network(FLOW)
    for account in made.accounts.values():
        assert made.place(account).line > 1
    assert made.place(made.account("screening/not-enrolled/other/a")).line == 4


def test_a_study_built_in_python_has_paths_in_place_of_lines():
    made = build(Study.model_validate({"stages": [{"kind": "screening", "n": 3}]}))
    assert str(made.place(made.account("screening"))) == "stages/0/n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stages: [{kind: treatment}, {kind: treatment}]", "S107"),
        ("stages: [{kind: screening, exits: [{label: A}, {label: a}]}]", "S107"),
        ("stages: [{kind: infusion}]\nanalysis_sets: [{label: A, of: infused}]", "S108"),
        ("stages: [{kind: infusion, exits: [{label: Out}]}]\nanalysis_sets: [{label: A, of: out}]", "S108"),
        ("stages: [{kind: infusion, from: nobody}]", "S108"),
        ("stages: [{kind: infusion}]\ntransfers: [{from: infusion, to: x}]", "S108"),
        ("stages: [{kind: infusion}]\npooled: [{over: [infusion], reasons: {A: 1}}]", "S108"),
        ("stages: [{kind: infusion, n: {percent: 5}}]", "S108"),
        ("stages: [{kind: infusion}]\npicture: {order: [x]}", "S108"),
        ("stages: [{kind: other, label: a, arms: [{label: A, stages: [{kind: treatment}]}, {label: B, stages: [{kind: treatment}]}]}]\nanalysis_sets: [{label: S, of: treatment}]", "S109"),  # noqa: E501 - one study
        ("stages: [{kind: screening, from: enrollment}, {kind: enrollment}]", "S110"),
        ("stages: [{kind: screening, from: screening}]", "S110"),
        ("stages: [{kind: infusion}]\nanalysis_sets: [{label: A, of: b}, {label: B, of: a}]", "S110"),
        ("stages: [{kind: screening}, {kind: randomization, arms: [{label: A, stages: [{kind: allocation, from: screening}]}, {label: B}]}]", "S111"),  # noqa: E501 - one study
        ("stages: [{kind: screening, exits: [{label: O, reasons: [{label: A, n: 1}, {label: A, n: 1}]}]}]", "S112"),
        ("study: {units: [homes, people]}\nstages: [{kind: screening, n: 3}]", "S106"),
        ("stages: [{kind: screening, n: {blocks: 3}}, {kind: allocation, unit: blocks}]", "S106"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_structure_is_a_finding_and_not_an_exception(text, code):
    made = network(text)
    assert code in [d.code for d in made.findings]
    assert all(d.span.line >= 1 and d.message for d in made.findings)


def test_a_set_may_come_from_stages_whose_gaps_are_per_unit():
    text = """
study: {units: [homes, people]}
stages: [{kind: screening, unexplained: {n: {homes: 1}}}, {kind: infusion}]
analysis_sets: [{label: A, of: [screening, infusion]}, {label: B, of: a, unexplained: {n: {people: 1}}}]
"""
    assert codes(text) == []


def test_one_label_given_very_many_times_is_reported_in_good_time():
    reasons = [{"label": "A", "n": 1}] * 20_000
    made = build(
        Study.model_validate({"stages": [{"kind": "screening", "exits": [{"label": "Out", "reasons": reasons}]}]})
    )
    assert sum(d.code == "S112" for d in made.findings) > 0
    assert len(made.accounts) == 20_002


def test_a_counted_transfer_leads_to_a_stage_and_not_to_an_arm_without_one():
    text = (
        "stages:\n  - kind: randomization\n    n: 20\n    arms: [{label: A, n: 9, stages: [{kind: treatment}]},"
        " {label: B, n: 11}]\n  - {kind: analysis}\n"
        "transfers: [{from: a/treatment, to: b, n: 2, kind: crossover}]\n"
    )
    (finding,) = build(loads(text)).findings
    assert (finding.code, finding.span.line) == ("S108", 6)
    assert "B has no stage" in finding.message
    assert build(loads(text.replace("n: 2,", "n: 2, counted: false,"))).findings == ()


def test_a_set_of_an_arm_that_ends_in_arms_without_stages_comes_from_these():
    inner = "arms: [{label: C, n: 4}, {label: D, n: 6}]"
    text = (
        "stages:\n  - kind: randomization\n    n: 20\n"
        f"    arms: [{{label: A, stages: [{{kind: treatment, n: 10, {inner}}}]}}, {{label: B, n: 10}}]\n"
        "analysis_sets: [{label: Evaluated, of: a, n: 9}]\n"
    )
    network = build(loads(text))
    assert network.before("evaluated", "set") == ("a/c", "a/d")
