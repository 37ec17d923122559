# ruff: noqa: E501 - study files are written as an author would
"""Whole studies, from file to figure: the examples, the templates, and published flows with all their quirks.

The published numbers are facts, written into studies of our own; the name of each says where it was printed.
"""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import consortflow as cf
from consortflow.diagrams.errors import WidthError
from consortflow.diagrams.scene import faults

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.consort.yaml"))
TEMPLATES = sorted((ROOT / "flow" / "templates").glob("*.yaml"))
FILES = [*EXAMPLES, *TEMPLATES]
WIDTHS = (114, 170, 180)


def mm(figure):
    return figure.scene.width / 72 * 25.4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_we_ship_is_clean_and_draws_without_faults(path):
    assert cf.check(path) == ()
    figure = cf.draw(path)
    assert faults(figure.scene) == ()
    assert len(figure.scene.boxes) == len(figure.chart.cards) >= 5


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_we_ship_draws_at_a_journal_s_width_or_says_what_it_needs(path, width):
    needed = width
    try:
        figure = cf.draw(path, width=width)
    except WidthError as error:
        needed = error.needed_mm
        figure = cf.draw(path, width=needed)
    assert needed == width or width < needed < 170, "170 mm is the page of most journals"
    assert mm(figure) == pytest.approx(needed, abs=0.1)
    assert faults(figure.scene) == ()
    sizes = {run.size for _, run in figure.scene.runs()}
    assert max(sizes) == figure.scene.theme.size, "a narrow figure keeps its type"
    assert min(sizes) >= figure.scene.theme.min_size


@pytest.mark.parametrize("theme", ["consort", "plain", "monochrome"])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_theme_draws_every_example(path, theme):
    figure = cf.draw(path, theme=theme)
    assert faults(figure.scene) == ()
    assert bool(figure.scene.bars) == (theme != "plain" and cf.read(path).picture.bars)


# Published flows: text, counts to find, and the errors that the arithmetic deserves.

PUBLISHED = {
    "inati-cel, NCT04684147: the abstract alone": (
        """
study: {design: single-arm, unit: patients}
stages: [{kind: screening}, {kind: enrollment}, {kind: lymphodepletion}, {kind: infusion, n: 48}]
analysis_sets: [{label: Evaluated, of: infusion, n: 48, outcomes: {Remission at 3 months: 34, Best remission: 41}}]
""",
        {"screening": 48, "evaluated/best-remission": 41},
    ),
    "KarMMa-3: some skip bridging, a safety set above the treated, a crossover as a percentage": (
        """
study: {design: parallel, unit: patients}
stages:
  - kind: randomization
    n: 386
    arms:
      - label: Ide-cel
        ratio: 2
        stages:
          - {kind: allocation, n: 254, exits: [{label: No leukapheresis}]}
          - {kind: apheresis, n: 249, exits: [{label: No lymphodepletion, n: 22}]}
          - {kind: bridging, n: 212}
          - {kind: lymphodepletion, n: 227, from: [apheresis, bridging], exits: [{label: Not infused}]}
          - {kind: infusion, n: 225}
      - label: Standard regimens
        ratio: 1
        stages:
          - {kind: allocation, n: 132, exits: [{label: Not treated}]}
          - kind: treatment
            n: 126
            details: [{label: Progressed before crossover was permitted, n: 5}]
transfers:
  - {from: standard-regimens/treatment, to: ide-cel/apheresis, n: {percent: 56, of: standard-regimens/allocation}, counted: false}
analysis_sets:
  - {label: Safety, of: ide-cel/apheresis, n: 249}
  - {label: Treated, of: ide-cel/infusion, n: 225}
""",
        {
            "ide-cel/allocation/no-leukapheresis": 5, "ide-cel/lymphodepletion/not-infused": 2,
            "standard-regimens/allocation/not-treated": 6, "crossed-over": 74,
        },
    ),
    "TRANSCEND: treated with another product than the trial's": (
        """
study: {design: single-arm, unit: patients}
stages:
  - kind: apheresis
    n: 344
    exits: [{label: No product received, n: 50, reasons: {Manufacturing failure: 2, Manufactured but not received: 48}}]
  - kind: infusion
    label: Received a CAR-T product
    arms:
      - {label: Conforming product}
      - {label: Nonconforming product, n: {n: 25, percent: 7.3, of: apheresis}, status: non-randomised}
""",
        {"received-a-car-t-product": 294, "conforming-product": 269},
    ),
    "UK panel: attempts are not people": (
        """
study: {design: cohort, unit: patients}
stages:
  - kind: enrollment
    label: Approved for CAR-T
    n: 981
    arms:
      - {label: No manufacturing failure}
      - label: Manufacturing failure
        stages:
          - kind: manufacturing
            id: again
            label: Remanufacturing
            n: 38
            attempts: 21
            arms:
              - {label: Delayed infusion within specification, n: 11}
              - {label: Out-of-specification infusion, n: 13}
              - {label: Not infused}
""",
        {"no-manufacturing-failure": 943, "manufacturing-failure/not-infused": 14},
    ),
    "ZUMA-3: one list of reasons for two stages, taken apart": (
        """
study: {design: single-arm, unit: patients}
stages:
  - kind: apheresis
    exits: [{label: Not lymphodepleted, reasons: {Manufacturing failure: 6, Adverse events: 8}}]
  - {kind: lymphodepletion, exits: [{label: Not treated, n: 2}]}
  - {kind: infusion, n: 55}
analysis_sets: [{label: Efficacy evaluable, of: infusion, n: 54, excluded: {Inevaluable: 1}}]
""",
        {"apheresis": 71, "lymphodepletion": 57},
    ),
    "MTN-001: those who leave are replaced, completers among them": (
        """
study: {design: crossover, unit: women}
stages:
  - {kind: screening, n: 408, exits: [{label: Not enrolled}]}
  - kind: randomization
    n: 168
    exits:
      - label: Not evaluable
        n: 24
        reasons:
          Refused: 17
          Completed with incomplete data: 3
          Relocated: 1
          Lost to follow-up: 1
          Venous access: 1
          Grade 3 hypophosphataemia: 1
  - {kind: analysis, label: Evaluable, n: 144, details: [{partition: {US sites: 72, African sites: 72}}]}
""",
        {"screening/not-enrolled": 240},
    ),
    "MTN-001 told as 144 enrolled first, with the replacements joining": (
        """
study: {design: crossover, unit: women}
stages:
  - {kind: randomization, n: 144, exits: [{label: Not evaluable, n: 24}]}
  - {kind: analysis, n: 144, enters: {Replacements: 24}}
""",
        {"analysis/replacements": 24},
    ),
    "PA21: five arms, reasons that overlap": (
        """
study: {design: dose-escalation, unit: participants}
stages:
  - {kind: screening, n: 313, exits: [{label: Not randomised}]}
  - kind: randomization
    n: 183
    arms:
      - label: Placebo
        stages: [{kind: allocation, n: 37, exits: [{kind: discontinued, n: 7}]}, {kind: follow-up, label: Completed, n: 30}]
      - label: 750 mg
        stages: [{kind: allocation, n: 39, exits: [{kind: discontinued, n: 2}]}, {kind: follow-up, label: Completed}]
      - label: 1500 mg
        stages: [{kind: allocation, n: 36, exits: [{kind: discontinued, n: 5}]}, {kind: follow-up, label: Completed}]
      - label: 2250 mg
        stages: [{kind: allocation, n: 35, exits: [{kind: discontinued, n: 12}]}, {kind: follow-up, label: Completed}]
      - label: 3000 mg
        stages:
          - kind: allocation
            n: 36
            exits: [{kind: discontinued, n: 21, overlapping: true, reasons: {Low phosphorus: 17, Adverse event: 8}}]
          - {kind: follow-up, label: Completed}
analysis_sets: [{label: Full analysis set, of: randomization, n: 178}]
""",
        {
            "screening/not-randomised": 130, "750-mg/completed": 37, "1500-mg/completed": 31, "2250-mg/completed": 23,
            "3000-mg/completed": 15,
        },
    ),
    "TAP block pilot: blocks are counted in patients, and administrative ends are no losses": (
        """
study: {design: pilot, unit: patients}
stages:
  - {kind: screening, n: 130, exits: [{label: Not eligible}]}
  - {kind: enrollment, label: Eligible, n: {n: 60, percent: 46}, exits: [{label: No consent}]}
  - kind: randomization
    n: {n: 31, percent: 52}
    exits: [{label: Removed, n: 2, reasons: {Consent not signed: 1, Protocol violation: 1}}]
  - kind: treatment
    label: Received blocks
    details: [{label: Blocks in both sides, n: 29}]
    exits: [{label: Not assessed at 48 h, n: 11, reasons: {Discharged before: 10, Refused: 1}}]
  - {kind: analysis, n: 18}
""",
        {"screening/not-eligible": 70, "eligible/no-consent": 29, "received-blocks": 29},
    ),
    "TAP block pilot, from patients to blocks": (
        """
study: {design: pilot, unit: patients}
stages:
  - {kind: treatment, n: 29}
  - {kind: other, label: Blocks, unit: blocks, n: 58}
""",
        {"treatment": 29, "blocks": 58},
    ),
    "RECOVERY: one comparison of a platform": (
        """
study: {design: platform, unit: patients}
stages:
  - {kind: randomization, id: platform, label: Randomised in the platform, n: 11320, exits: [{label: Dexamethasone unsuitable}]}
  - kind: randomization
    id: eligible
    label: Eligible for dexamethasone
    n: 9355
    arms:
      - {label: Dexamethasone, n: 2104}
      - {label: Usual care, n: 4321, note: Shared with other comparisons.}
      - {label: Other arms, status: non-randomised}
analysis_sets:
  - {label: Dexamethasone analysed, of: dexamethasone, n: 2104, excluded: {}, outcomes: {Death by day 28: 482}}
  - {label: Usual care analysed, of: usual-care, n: 4321, excluded: {}, outcomes: {Death by day 28: 1110}}
""",
        {"platform/dexamethasone-unsuitable": 1965, "other-arms": 2930},
    ),
    "BBFC: two chains from one box, which are sets and not steps": (
        """
study: {design: parallel, unit: patients}
stages:
  - {kind: screening, n: 282, exits: [{label: Screening failures, n: 93}]}
  - {kind: randomization, n: 189, exits: [{kind: discontinued, reasons: {BBFC: 11, Vehicle: 3}}]}
  - {kind: follow-up, label: Completed, n: 175}
analysis_sets:
  - {label: Safety set, of: randomization, n: 188, excluded: {No medication: 1}}
  - {label: Intent-to-treat set, of: safety-set, n: 182, outcomes: {partition: {BBFC: 88, Vehicle: 94}}}
""",
        {"randomization/discontinued": 14},
    ),
    "CAVATAS: crossovers both ways, analysed as assigned": (
        """
study: {design: parallel, unit: patients}
stages:
  - kind: randomization
    n: 504
    arms:
      - label: Endovascular
        stages:
          - kind: allocation
            n: 251
            details: [{partition: {Treated as assigned: 240, Endarterectomy instead: 6, Neither: 5}}]
            exits: [{label: Not analysed, reasons: {Neither: 5, Not completed: 27, Common carotid: 1, No ultrasound: 18}}]
          - {kind: analysis, n: 200}
      - label: Endarterectomy
        stages:
          - kind: allocation
            n: 253
            details: [{partition: {Treated as assigned: 246, Endovascular instead: 2, Neither: 5}}]
            exits: [{label: Not analysed, reasons: {Neither: 5, Crossover not completed: 1, Common carotid: 1, No ultrasound: 33}}]
          - {kind: analysis, n: 213}
transfers:
  - {from: endovascular/allocation, to: endarterectomy/analysis, n: 6, kind: as-treated, counted: false}
  - {from: endarterectomy/allocation, to: endovascular/analysis, n: 2, kind: as-treated, counted: false}
""",
        {"endovascular/allocation/not-analysed": 51, "endarterectomy/allocation/not-analysed": 40},
    ),
    "PGA sheet and stent: a gap the source has, stated": (
        """
study: {design: parallel, unit: patients}
stages:
  - kind: screening
    n: 109
    exits: [{label: Excluded, n: 39, reasons: {Exclusions: 21, Refused: 10}, unexplained: {n: 8}}]
  - kind: randomization
    n: 70
    arms:
      - label: PGA and stent
        stages: [{kind: allocation, n: 35, exits: [{kind: withdrew, reasons: {Lesion too deep: 1}}]}, {kind: analysis, n: 34}]
      - label: Stent
        stages: [{kind: allocation, n: 35, exits: [{kind: withdrew, reasons: {Lesion too deep: 3}}]}, {kind: analysis, n: 32}]
""",
        {"stent/allocation/withdrew": 3},
    ),
    "Flexible quit: stopping treatment is not leaving the study": (
        """
study: {design: parallel, unit: participants}
stages:
  - {kind: screening, n: 831, exits: [{label: Did not meet criteria, n: 172}]}
  - kind: randomization
    arms:
      - label: Varenicline
        ratio: 3
        stages:
          - kind: allocation
            n: 493
            details: [{label: Stopped treatment, n: 61, reasons: {Adverse events: 24, Other: unknown}}]
            exits: [{label: Did not complete}]
          - {kind: follow-up, label: Completed, n: 425}
      - label: Placebo
        ratio: 1
        stages:
          - kind: allocation
            n: 166
            details: [{label: Stopped treatment, n: 34, reasons: {Adverse events: 13, Other: unknown}}]
            exits: [{label: Did not complete}]
          - {kind: follow-up, label: Completed, n: 141}
analysis_sets:
  - {label: Varenicline safety set, of: varenicline/allocation, n: 486}
  - {label: Placebo safety set, of: placebo/allocation, n: 165}
""",
        {
            "randomization": 659, "varenicline/allocation/did-not-complete": 68, "placebo/allocation/did-not-complete": 25,
            "placebo/allocation/stopped-treatment/other": 21,
        },
    ),
}  # fmt: skip

PEM = [
    ("Informed only", 1077, 1318, 1051, 1282), ("Insert", 1066, 1305, 1042, 1273), ("Outsert", 535, 642, 519, 623),
    ("Outsert and notepad", 536, 643, 523, 629), ("Insert and outsert", 535, 632, 527, 620),
    ("Insert, outsert and notepad", 533, 639, 519, 621),
]  # fmt: skip
PUBLISHED["PEM Ontario: six cells of an uneven factorial, practices and physicians"] = (
    "study: {design: factorial, units: [practices, physicians]}\nstages:\n"
    "  - kind: randomization\n    n: {practices: 4282, physicians: 5179}\n    arms:\n"
    + "".join(
        f"      - label: {label}\n        stages:\n"
        f"          - {{kind: allocation, n: {{practices: {a}, physicians: {b}}}, exits: [{{label: No diabetic patient seen}}]}}\n"
        f"          - {{kind: analysis, n: {{practices: {c}, physicians: {d}}}}}\n"
        for label, a, b, c, d in ((f'"{label}"', *rest) for label, *rest in PEM)
    ),
    {"informed-only/allocation/no-diabetic-patient-seen": 26, "outsert/allocation/no-diabetic-patient-seen": 16},
)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_flow_that_adds_up_has_no_errors_and_its_missing_counts_are_found(name):
    text, wanted = PUBLISHED[name]
    study = cf.loads(text)
    assert [str(finding) for finding in cf.check(study).errors] == []
    solution = cf.solve(study)
    assert {full: solution.n(full) for full in wanted} == wanted


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_flow_draws_without_faults(name):
    figure = cf.draw(cf.loads(PUBLISHED[name][0]))
    assert faults(figure.scene) == ()
    ET.fromstring(figure.svg())  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("PGA", (", unexplained: {n: 8}", ""), "B302"),
        ("ZUMA", ("Adverse events: 8", "Adverse events: 8, Inevaluable: 1"), None),
        ("ZUMA", ("kind: apheresis\n", "kind: apheresis\n    n: 72\n"), "B301"),
        ("BBFC", ("n: 182, outcomes: {partition: {BBFC: 88, Vehicle: 94}}", "n: 189"), "B305"),
        ("MTN-001: those", ("Refused: 17", "Refused: 18"), "B302"),
        ("RECOVERY", ("{label: Other arms", "{label: Other arms, n: 2931"), "B303"),
        ("TRANSCEND", ("percent: 7.3", "percent: 8.0"), "B308"),
        ("PEM", ("physicians: 5179", "physicians: 5180"), "B303"),
        ("KarMMa", ("percent: 56", "percent: 96"), None),
        ("Flexible", ("n: 61, reasons: {Adverse events: 24", "n: 61, reasons: {Adverse events: 62"), "B302"),
    ],
)
def test_a_published_flow_as_printed_or_mistyped_is_judged_as_it_deserves(name, change, code):
    """What the other numbers contradict is found; what nothing else contradicts is not made up."""
    (full,) = [full for full in PUBLISHED if full.startswith(name)]
    text = PUBLISHED[full][0]
    assert text.count(change[0]) == 1
    study = cf.loads(text.replace(*change))
    found = {finding.code for finding in cf.check(study).errors}
    assert found == ({code} if code else set())
    draft = cf.draw(study, allow_invalid=True)
    assert faults(draft.scene) == ()
    assert any(card.flagged for card in draft.chart.cards) == bool(code)


def test_the_chains_of_one_box_told_as_two_flows_are_refused():
    """189 = 188 + 1 and 189 = 175 + 14 are two divisions of the same people; as steps they count them twice."""
    found = cf.check(
        cf.loads(
            "stages:\n"
            "  - {kind: randomization, n: 189, exits: [{label: No medication, n: 1}, {label: Discontinued, n: 14}]}\n"
            "  - {kind: treatment, n: 188}\n"
            "  - {kind: follow-up, from: randomization, n: 175}\n"
        )
    )
    assert [finding.code for finding in found.errors] == ["B301"]
