"""Every equation that a study is read as, written out line by line."""

import pytest
from written import line, system_of

from consortflow.balance import Equation, System
from consortflow.building import build
from consortflow.rules import balance as rules
from consortflow.schemas.read import loads

STUDIES = {
    "people who join a stage, leave it and divide": (
        """
stages:
  - kind: screening
    n: 90
    enters: {One: 40, Two: 50}
    exits:
      - label: Out
        n: 9
        reasons: {A: 2, B: {n: 3, partial: true, reasons: {C: 1}}}
        unexplained: {n: 4}
        also: [{label: By, overlapping: true, reasons: {D: 5, E: 6}}]
      - {label: Gone, n: 5, details: {Seen: 3}, overlapping: true, partial: true, reasons: {F: 1, G: 2}}
    details: [{partition: {H: 1, I: 89}}, {label: J, n: 4}]
    unexplained: {n: 2}
  - {kind: enrollment, enters: {More: 3}}
pooled: [{over: [screening/out, screening/gone], reasons: {K: 7, L: 7}}]
analysis_sets:
  - label: S
    of: enrollment
    excluded: {N: 2}
    unexplained: {n: 1}
    n: 4
    outcomes: [{label: P, n: 3}, {partition: {Q: 1, R: 2}}]
""",
        """
B309 screening = screening/one + screening/two
B309 enrollment = screening > enrollment + enrollment/more
B301 screening > enrollment = screening - screening/out - screening/gone - 2
B305 s = enrollment - s/n - 1
B302 screening/out/b >= screening/out/b/c
B302 screening/out = screening/out/a + screening/out/b + 4
B302 screening/out/by/d <= screening/out
B302 screening/out/by/e <= screening/out
B302 screening/out <= screening/out/by/d + screening/out/by/e
B302 screening/gone/f <= screening/gone
B302 screening/gone/g <= screening/gone
B304 screening/gone/seen <= screening/gone
B304 screening = screening/h + screening/i
B304 screening/j <= screening
B307 reasons-given-together = screening/out + screening/gone
B307 reasons-given-together = reasons-given-together/k + reasons-given-together/l
B306 s/p <= s
B306 s = s/q + s/r
""",
    ),
    "arms that are split, lose people and are pooled": (
        """
stages:
  - kind: randomization
    n: 48
    exits: [{label: Out, n: 2}]
    arms:
      - {label: A, stages: [{kind: allocation, n: 20, exits: [{label: Lost, n: 3}]}]}
      - {label: B, stages: [{kind: allocation}]}
      - {label: C}
  - kind: analysis
analysis_sets:
  - {label: S, of: [a/allocation, b/allocation], excluded: {No data: 3}}
  - {label: T, of: analysis, excluded: {No data: 3}, partial: true}
  - {label: U, of: t, within: a}
""",
        """
B309 a/allocation = a
B309 b/allocation = b
B309 analysis = a/allocation > analysis + b/allocation + c
B303 randomization = randomization/out + a + b + c
B301 a/allocation > analysis = a/allocation - a/allocation/lost
B305 s = a/allocation + b/allocation - s/no-data
B305 t <= analysis - t/no-data
B305 u <= t
B305 u <= a
""",
    ),
    "a single arm": (
        """
stages:
  - kind: randomization
    n: 20
    arms: [{label: A, stages: [{kind: treatment, exits: [{label: Out}]}]}]
  - kind: analysis
""",
        """
B309 a/treatment = a
B301 a = randomization
B301 analysis = a/treatment - a/treatment/out
""",
    ),
    "an arm without stages that people leave two ways": (
        """
stages:
  - kind: randomization
    n: 20
    arms: [{label: A}, {label: B}]
  - {kind: follow-up, from: [a, b]}
  - {kind: analysis, from: [b, follow-up]}
""",
        """
B309 follow-up = a + b > follow-up
B309 analysis = b > analysis + follow-up
B303 randomization = a + b
B301 b = b > follow-up + b > analysis
""",
    ),
    "a percentage of nothing": (
        """
stages:
  - {kind: screening, n: {percent: 50}}
  - {kind: infusion, n: {n: 4, percent: 30, of: screening}}
""",
        """
B301 infusion = screening
B308 200 infusion >= 59 screening
B308 200 infusion <= 61 screening - 1
""",
    ),
    "a stage that some skip": (
        """
stages:
  - {kind: apheresis, n: 249, exits: [{label: Left, n: 22}]}
  - {kind: bridging, n: 212, unexplained: {n: -2}}
  - {kind: lymphodepletion, n: 227, from: [apheresis, bridging]}
""",
        """
B309 lymphodepletion = apheresis > lymphodepletion + bridging > lymphodepletion
B301 apheresis = apheresis/left + bridging + apheresis > lymphodepletion
B301 bridging > lymphodepletion = bridging + 2
""",
    ),
    "people who move sideways": (
        """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: allocation, n: 12}, {kind: treatment}]}
      - {label: B, stages: [{kind: allocation}, {kind: treatment}]}
  - {kind: analysis}
transfers:
  - {from: a/allocation, to: b/treatment, n: 3, kind: crossover}
  - {from: b/allocation, to: a/treatment, n: 3, kind: as-treated, counted: false}
  - {from: analysis, to: a/allocation, n: 2, kind: re-entry}
""",
        """
B309 a/allocation = a + re-entered
B309 b/allocation = b
B309 b/treatment = b/allocation + crossed-over
B309 analysis = a/treatment + b/treatment
B303 randomization = a + b
B301 a/treatment = a/allocation - crossed-over
B301 analysis >= re-entered
""",
    ),
    "people who return from an exit": (
        """
stages:
  - {kind: screening, n: 50, exits: [{label: Failed, n: 20}]}
  - {kind: enrollment}
transfers:
  - {from: screening/failed, to: enrollment, n: 6, kind: re-entry}
  - {from: screening/failed, to: screening, n: 1, kind: re-entry}
  - {from: screening/failed, to: enrollment, n: 2, kind: re-entry, counted: false}
""",
        """
B309 screening >= re-entered-screening-failed-screening
B309 enrollment = screening > enrollment + re-entered
B301 screening > enrollment = screening - screening/failed
B301 screening/failed >= re-entered
B301 screening/failed >= re-entered-screening-failed-screening
""",
    ),
    "gaps where people may have several reasons, and at the last stage": (
        """
stages:
  - kind: screening
    n: 9
    exits:
      - {label: Out, n: 3, overlapping: true, unexplained: {n: 2}, reasons: {A: 1, B: 2}}
      - {label: Gone, overlapping: true, unexplained: {n: -2}, reasons: {C: 4}}
  - {kind: infusion, unexplained: {n: 3}, exits: [{label: Lost}]}
  - {kind: analysis, from: screening, unexplained: {n: -3}, exits: [{label: Late}]}
""",
        """
B301 screening = screening/out + screening/gone + infusion + analysis
B301 infusion >= infusion/lost + 3
B301 analysis >= analysis/late
B302 screening/out/a <= screening/out
B302 screening/out/b <= screening/out
B302 screening/out <= screening/out/a + screening/out/b + 2
B302 screening/gone/c <= screening/gone
B302 screening/gone <= screening/gone/c
""",
    ),
    "homes and people": (
        """
study: {units: [homes, people]}
stages:
  - {kind: screening, n: {homes: 40, people: 800}, unexplained: {n: {people: 3}}, exits: [{label: Out, n: {homes: 6}}]}
  - kind: randomization
    n: {people: 600}
    exits: [{label: Left, reasons: {A: {homes: 1}, B: {people: 2}}, unexplained: {n: {people: 7}}}]
analysis_sets:
  - {label: S, of: randomization, excluded: {X: {people: 3}}, unexplained: {n: {homes: 1}}}
""",
        """
B301 randomization:homes = screening:homes - screening/out:homes
B301 randomization:people = screening:people - screening/out:people - 3
B301 randomization:homes >= randomization/left:homes
B301 randomization:people >= randomization/left:people
B305 s:homes = randomization:homes - s/x:homes - 1
B305 s:people = randomization:people - s/x:people
B302 randomization/left:homes = randomization/left/a:homes + randomization/left/b:homes
B302 randomization/left:people = randomization/left/a:people + randomization/left/b:people + 7
""",
    ),
    "units that change": (
        """
study: {units: [homes, people]}
stages:
  - {kind: screening, n: {homes: 40, people: 800}, exits: [{label: Failed, n: {homes: 10, people: 200}}]}
  - kind: enrollment
    units: [people]
    exits: [{label: Left, n: {people: {percent: 5}}}, {label: Late, n: {people: {percent: 5, of: screening}}}]
  - {kind: infusion, units: [homes]}
transfers:
  - {from: screening/failed, to: enrollment, n: {people: 3}, kind: re-entry}
analysis_sets:
  - {label: S, of: [screening, enrollment], n: {people: 4}}
  - {label: T, of: infusion, n: 3, excluded: {X: {percent: 5, of: enrollment}}}
""",
        """
B309 enrollment:people >= re-entered:people
B301 screening:homes >= screening/failed:homes
B301 screening:people >= screening/failed:people
B301 screening/failed:homes >= re-entered:homes
B301 screening/failed:people >= re-entered:people
B301 enrollment:people >= enrollment/left:people + enrollment/late:people
B305 s:people <= screening:people + enrollment:people
B305 t:homes = infusion:homes - t/x:homes
B308 200 enrollment/left:people >= 9 enrollment:people
B308 200 enrollment/left:people <= 11 enrollment:people - 1
B308 200 enrollment/late:people >= 9 screening:people
B308 200 enrollment/late:people <= 11 screening:people - 1
""",
    ),
    "numbers of several dates": (
        """
stages:
  - {kind: screening, n: 30, cutoff: 2024-01-31, exits: [{label: Out}], unexplained: {n: 2}}
  - {kind: enrollment, cutoff: 2024-06-30, enters: {More: 4}}
  - kind: randomization
    cutoff: 2024-06-30
    arms:
      - {label: A, stages: [{kind: treatment, cutoff: 2025-01-31, exits: [{label: Lost}]}]}
      - {label: B}
  - {kind: analysis, cutoff: 2024-06-30}
""",
        """
B309 enrollment >= enrollment/more
B309 analysis >= b
B301 screening >= screening/out + 2
B301 randomization = enrollment
B303 randomization = a + b
B301 a/treatment >= a/treatment/lost
""",
    ),
    "a stage that people reach across a date and from before it": (
        """
stages:
  - {kind: other, id: a, label: a, cutoff: 2024-01-31}
  - {kind: other, id: b, label: b, cutoff: 2024-06-30}
  - {kind: other, id: c, label: c, from: [a, b], cutoff: 2024-06-30, exits: [{label: Out}]}
  - {kind: other, id: d, label: d, from: [b, c], cutoff: 2024-06-30}
""",
        """
B309 c >= b > c
B309 d = b > d + c > d
B301 b = b > c + b > d
B301 c > d = c - c/out
""",
    ),
    "percentages as printed": (
        """
stages:
  - {kind: screening, n: 0, details: {A: {n: 0, percent: 0}, B: {percent: 0}, C: {percent: 100}}}
  - kind: enrollment
    n: '>=1'
    details:
      A: {n: 0, percent: 0}
      B: {percent: 0}
      C: {percent: 100}
      D: {percent: 99.95}
      E: {percent: 10}
      F: {percent: 0.4, of: screening}
      G: {n: <9, percent: 12.50}
""",
        """
B301 enrollment = screening
B304 screening/a <= screening
B304 screening/b <= screening
B304 screening/c <= screening
B304 enrollment/a <= enrollment
B304 enrollment/b <= enrollment
B304 enrollment/c <= enrollment
B304 enrollment/d <= enrollment
B304 enrollment/e <= enrollment
B304 enrollment/f <= enrollment
B304 enrollment/g <= enrollment
B308 200000000001 screening/a <= 1000000000 screening
B308 200000000001 screening/b <= 1000000000 screening
B308 200 screening/c >= 199 screening
B308 screening/c <= screening
B308 200000000001 enrollment/a <= 1000000000 enrollment
B308 200000000001 enrollment/b <= 1000000000 enrollment
B308 200 enrollment/c >= 199 enrollment
B308 enrollment/c <= enrollment
B308 20000 enrollment/d >= 19989 enrollment
B308 20000 enrollment/d <= 19991 enrollment - 1
B308 200 enrollment/e >= 19 enrollment
B308 200 enrollment/e <= 21 enrollment - 1
B308 2000 enrollment/f >= 7 screening
B308 2000 enrollment/f <= 9 screening - 1
B308 20000 enrollment/g >= 2499 enrollment
B308 20000 enrollment/g <= 2501 enrollment - 1
""",
    ),
}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_these_equations(name):
    text, expected = STUDIES[name]
    system = system_of(text)
    assert [line(system, index) for index in range(len(system.equations))] == expected.strip().split("\n")


def test_an_equation_stands_where_the_study_says_what_must_add_up():
    system = system_of(STUDIES["people who join a stage, leave it and divide"][0])
    assert ["/".join(map(str, e.path)) for e in system.equations] == [
        "stages/0",
        "stages/1",
        "stages/0",
        "analysis_sets/0",
        "stages/0/exits/0/reasons/1/reasons",
        "stages/0/exits/0/reasons",
        "stages/0/exits/0/also/0/reasons/0",
        "stages/0/exits/0/also/0/reasons/1",
        "stages/0/exits/0/also/0/reasons",
        "stages/0/exits/1/reasons/0",
        "stages/0/exits/1/reasons/1",
        "stages/0/exits/1/details/0",
        "stages/0/details/0",
        "stages/0/details/1",
        "pooled/0/over",
        "pooled/0/reasons",
        "analysis_sets/0/outcomes/0",
        "analysis_sets/0/outcomes/1",
    ]
    returning = system_of(STUDIES["people who return from an exit"][0])
    assert [e.path for e in returning.equations][-2:] == [("transfers", 0), ("transfers", 1)]
    shares = system_of(STUDIES["percentages as printed"][0]).equations[11:]
    assert ["/".join(map(str, e.path)) for e in shares] == [
        *(f"stages/0/details/{index}/n" for index in (0, 1, 2, 2)),
        *(f"stages/1/details/{index}/n" for index in (0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6)),
    ]


def test_who_moves_where_is_one_count_with_the_stage_it_alone_fills_or_empties():
    system = system_of("""
stages:
  - {kind: screening, n: 9}
  - {kind: enrollment}
  - {kind: infusion, enters: {More: 3}, exits: [{label: Out}]}
  - {kind: analysis}
""")
    index = {name: v for (name, _), v in system.index.items()}
    assert index["screening > enrollment"] == index["enrollment"] != index["screening"]
    assert index["enrollment > infusion"] == index["enrollment"]
    assert index["infusion > analysis"] == index["analysis"] != index["infusion"]
    assert [name for name in system.names if name and ">" in name[0]] == []


def test_every_variable_has_the_bounds_that_are_stated():
    system = system_of("""
study: {units: [homes, people]}
stages:
  - {kind: screening, n: {homes: 2-4, people: '>=7'}}
  - {kind: enrollment, n: {people: <6}}
  - {kind: infusion}
""")
    assert {
        name: (system.low[v], system.high[v]) for name, v in system.index.items() if ">" not in name[0]
    } == {
        ("screening", "homes"): (2, 4),
        ("screening", "people"): (7, float("inf")),
        ("enrollment", "homes"): (0, float("inf")),
        ("enrollment", "people"): (0, 5),
        ("infusion", "homes"): (0, float("inf")),
        ("infusion", "people"): (0, float("inf")),
    }  # fmt: skip
    assert [system.names[v] for v in system.index.values()][:2] == [("screening", "homes"), ("screening", "people")]


def test_an_equation_is_terms_that_sum_to_its_constant_with_slack_for_what_may_be_less():
    system = System(build(loads("stages: [{kind: screening, n: 4, exits: [{label: Out}]}, {kind: enrollment, n: <7}]")))
    whole, out, last = (system.variable(full, "participants") for full in ("screening", "screening/out", "enrollment"))
    assert (whole, out, last) == (0, 1, 2)
    assert system.variable("screening", "participants") == 0
    assert (system.low, system.high) == ([4, 0, 0], [4, float("inf"), 6])
    system.add(Equation(rules.BALANCE, whole, ((1, out), (-2, last)), ("stages", 0), "=", 5, 3))
    system.add(Equation(rules.BALANCE, whole, ((1, out),), ("stages", 0), "<=", 6))
    system.add(Equation(rules.BALANCE, whole, ((1, out),), ("stages", 0), ">="))
    system.add(Equation(rules.BALANCE, out, ((2, out), (1, last), (1, last)), ("stages", 0)))
    system.add(Equation(rules.BALANCE, out, ((1, out), (1, last)), ("stages", 0)))
    assert system.terms == [
        ((3, 0), (-1, 1), (2, 2)),
        ((1, 0), (-1, 1), (1, 3)),
        ((1, 0), (-1, 1), (-1, 4)),
        ((-1, 1), (-2, 2)),
        ((-1, 2),),
    ]
    assert system.values == [5, 6, 0, 0, 0]
    assert system.names[3:] == [None, None]
    assert (system.low[3:], system.high[3:]) == ([0, 0], [float("inf")] * 2)
    assert system.holding == {0: [0, 1, 2], 1: [0, 1, 2, 3], 2: [0, 3, 4], 3: [1], 4: [2]}


def test_two_dates_are_noted_once_for_each_movement_between_them():
    text = """
stages:
  - {kind: screening, n: {homes: 9, people: 30}, cutoff: 2024-01-31}
  - {kind: enrollment, cutoff: %s, %s}
study: {units: [homes, people]}
"""
    assert [d.code for d in system_of(text % ("2024-06-30", "")).findings] == ["B401"]
    assert system_of(text % ("2024-01-31", "")).findings == []
    assert system_of(text % ("2024-06-30", "units: [people]")).findings == []
    assert system_of(text % ("2024-01-31", "units: [people]")).findings == []
