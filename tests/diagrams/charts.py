"""Charts built by hand: what the flow part hands over for four usual trials."""

from __future__ import annotations

from itertools import pairwise

from consortflow.diagrams.chart import Card, Chart, Footnote, Line, Link, Side


def n(count: int) -> str:
    return f"(n = {count})"


def card(ident, kind, head, count, *lines, phase=None, **more):
    """Lines are (text, count) or (text, count, depth)."""
    body = tuple(Line(line[0], n(line[1]), line[2] if len(line) > 2 else 1) for line in lines)
    return Card(ident, kind, (Line(head, n(count), bold=True), *body), phase, title=f"{head} {n(count)}", **more)


def chain(*ids, kind="flow"):
    return tuple(Link(a, b, kind) for a, b in pairwise(ids))


def single_arm(**more):
    cards = (
        card("screening", "stage", "Screened for eligibility", 92, phase=0),
        card(
            "not-enrolled",
            "exit",
            "Not enrolled",
            25,
            ("Withdrew voluntarily", 2),
            ("Did not meet inclusion criteria (<5% blasts in bone marrow at screening)", 4),
            ("Met exclusion criteria", 19),
            (
                "Hepatitis B, hepatitis C, Epstein-Barr virus, cytomegalovirus or uncontrolled infection",
                11,
                2,
            ),
            ("Physician decision owing to rapid disease progression", 4, 2),
            ("Ineligible for apheresis", 3, 2),
            ("Central nervous system leukemia", 1, 2),
        ),
        card("enrollment", "stage", "Enrolled", 67, phase=0),
        card(
            "discontinued",
            "exit",
            "Discontinued before lymphodepletion",
            12,
            ("Uncontrolled infection", 6),
            ("Voluntary withdrawal", 3),
            ("Physician decision", 2),
            ("Remitted after bridging chemotherapy", 1, 2),
            ("Diagnosed with mixed-phenotype acute leukemia", 1, 2),
            ("Ineligible", 1),
        ),
        card("lymphodepletion", "stage", "Received lymphodepletion", 55, phase=1),
        card(
            "not-infused",
            "exit",
            "Not infused",
            7,
            ("Physician decision", 2),
            ("Accompanying teratoma", 1, 2),
            ("Remitted", 1, 2),
            ("Uncontrolled infection", 2),
            ("Rapid disease progression", 3),
        ),
        card("infusion", "stage", "Received inati-cel infusion", 48, phase=1),
        card(
            "evaluated",
            "set",
            "Evaluated for efficacy and safety",
            48,
            ("Overall remission at the end of month 3", 34),
            ("Best overall remission", 41),
            phase=2,
        ),
    )
    links = (
        *chain("screening", "enrollment", "lymphodepletion", "infusion"),
        Link("infusion", "evaluated", "set"),
    )
    sides = (
        Side("not-enrolled", "screening"),
        Side("discontinued", "enrollment"),
        Side("not-infused", "lymphodepletion"),
    )
    phases = ("Enrolment", "Treatment", "Analysis")
    return Chart("Inaticabtagene autoleucel", "92 were screened ...", cards, links, sides, phases, **more)


def parallel(**more):
    cards = [
        card("screening", "stage", "Assessed for eligibility", 412, phase=0),
        card(
            "excluded",
            "exit",
            "Excluded",
            136,
            ("Not meeting eligibility criteria", 88),
            ("Declined to participate", 37),
            ("Other reasons", 11),
        ),
        card("randomization", "stage", "Randomised", 276, phase=0),
    ]
    links = [*chain("screening", "randomization")]
    sides = [Side("excluded", "screening")]
    for arm, (name, other) in enumerate((("guided self-help", 7), ("usual care", 0))):
        detail = [("Received allocated intervention", 138 - other)]
        if other:
            detail += [
                ("Did not receive allocated intervention", 7),
                ("Withdrew consent", 5, 2),
                ("Never started", 2, 2),
            ]
        cards.append(card(f"allocation-{arm}", "stage", f"Allocated to {name}", 138, *detail, phase=1))
        if arm:
            cards.append(card("lost-1", "exit", "Lost to follow-up", 11, ("Moved away", 2), ("No response", 9)))
            sides.append(Side("lost-1", "allocation-1"))
            cards.append(card("followup-1", "stage", "Completed follow-up", 127, phase=2))
            cards.append(card("excluded-1", "exit", "Excluded from analysis", 2, ("Baseline data missing", 2)))
            sides.append(Side("excluded-1", "followup-1"))
            cards.append(card("analysis-1", "stage", "Analysed", 125, phase=3))
        else:
            cards.append(
                card(
                    "followup-0",
                    "stage",
                    "Follow-up",
                    138,
                    ("Lost to follow-up", 9),
                    ("Moved away", 3, 2),
                    ("No response", 6, 2),
                    ("Discontinued intervention", 4),
                    ("Lack of benefit", 4, 2),
                    phase=2,
                )
            )
            cards.append(card("analysis-0", "stage", "Analysed", 138, phase=3))
        links += chain("randomization", f"allocation-{arm}", f"followup-{arm}", f"analysis-{arm}")
    phases = ("Enrolment", "Allocation", "Follow-up", "Analysis")
    return Chart("Guided self-help", "412 were assessed ...", tuple(cards), tuple(links), tuple(sides), phases, **more)


def crossover(**more):
    cards = [
        card("screening", "stage", "Assessed for eligibility", 64, phase=0),
        card(
            "excluded",
            "exit",
            "Excluded",
            16,
            ("Not meeting eligibility criteria", 14),
            ("Declined to participate", 2),
        ),
        card("randomization", "stage", "Randomised", 48, phase=0),
    ]
    links = [*chain("screening", "randomization")]
    sides = [Side("excluded", "screening")]
    for arm, (first, second) in enumerate(("AB", "BA")):
        cards.append(card(f"first-{arm}", "stage", f"Period 1 \u2013 drug {first}", 24, phase=1))
        if not arm:
            cards.append(card("adverse", "exit", "Discontinued", 1, ("Adverse event", 1)))
            sides.append(Side("adverse", "first-0"))
        cards.append(card(f"washout-{arm}", "stage", "Washout", 24 - (arm == 0), phase=2))
        if arm:
            cards.append(card("lost", "exit", "Discontinued", 1, ("Lost to follow-up", 1)))
            sides.append(Side("lost", "washout-1"))
        cards.append(card(f"second-{arm}", "stage", f"Period 2 \u2013 drug {second}", 23, phase=3))
        if not arm:
            cards.append(card("withdrew", "exit", "Discontinued", 2, ("Withdrew consent", 2)))
            sides.append(Side("withdrew", "second-0"))
        cards.append(card(f"both-{arm}", "stage", "Completed both periods", 21 + 2 * arm, phase=3))
        links += chain("randomization", f"first-{arm}", f"washout-{arm}", f"second-{arm}", f"both-{arm}", "analysis")
    cards.append(card("analysis", "stage", "Analysed (paired comparison)", 44, phase=4))
    phases = ("Enrolment", "Period 1", "Washout", "Period 2", "Analysis")
    return Chart("Bronchodilators", "64 were assessed ...", tuple(cards), tuple(links), tuple(sides), phases, **more)


def four_arms(arms=4, **more):
    names = [
        "intervention",
        "control",
        "low dose",
        "high dose",
        "arm five",
        "arm six",
        "arm seven",
        "arm eight",
    ]
    cards = [
        card("screening", "stage", "Assessed for eligibility", 800, phase=0),
        card(
            "excluded",
            "exit",
            "Excluded",
            200,
            ("Did not meet inclusion criteria", 120),
            ("Declined to participate", 60),
            ("Other reasons", 20),
        ),
        card("randomization", "stage", "Randomised", 600, phase=0),
    ]
    links = [*chain("screening", "randomization")]
    sides = [Side("excluded", "screening")]
    for arm in range(arms):
        cards += [
            card(
                f"allocation-{arm}",
                "stage",
                f"Allocated to {names[arm]}",
                150,
                ("Received allocated intervention", 145),
                ("Did not receive", 5),
                phase=1,
            ),
            card(
                f"lost-{arm}",
                "exit",
                "Lost to follow-up",
                20 + arm,
                ("Moved away", 12),
                ("Withdrew consent", 8 + arm),
            ),
            card(f"followup-{arm}", "stage", "Completed follow-up", 130 - arm, phase=2),
            card(f"dropped-{arm}", "exit", "Excluded from analysis", 2, ("Protocol violation", 2)),
            card(f"analysis-{arm}", "stage", "Analysed (ITT)", 128 - arm, phase=3),
        ]
        sides += [Side(f"lost-{arm}", f"allocation-{arm}"), Side(f"dropped-{arm}", f"followup-{arm}")]
        links += chain("randomization", f"allocation-{arm}", f"followup-{arm}", f"analysis-{arm}")
    phases = ("Enrolment", "Allocation", "Follow-up", "Analysis")
    return Chart("Four doses", "800 were assessed ...", tuple(cards), tuple(links), tuple(sides), phases, **more)


NOTES = (
    Footnote(
        "a",
        "Participants could leave for more than one reason; only the first one that was recorded is shown.",
    ),
    Footnote("", "Invented numbers."),
)
HAND_BUILT = {"single": single_arm, "parallel": parallel, "crossover": crossover, "four": four_arms}


def box(scene, ident):
    return next(box for box in scene.boxes if box.id == ident)


def middle(scene, ident):
    found = box(scene, ident)
    return found.x + found.w / 2


def line(scene, tail, head):
    return next(line for line in scene.connectors if (line.tail, line.head) == (tail, head))


NEAR = 2.5
"""Points between two lines, below which one is taken for the other."""


def ambiguous(scene):
    """Return lines that can be followed into a box that nobody goes to from where they come.

    A reader goes straight on where lines cross, and round a corner that a line has. So the lines that meet in a corner
    come from one box or lead to one, and so do lines that share a stretch.
    """
    lines = [one for one in scene.connectors if one.kind in ("flow", "set")]
    stretches = [(a, b, one) for one in lines for a, b in pairwise(one.points)]
    found = set()
    for place in {point for one in lines for point in one.points[1:-1]}:
        found |= _astray({one for a, b, one in stretches if _passes(a, b, place)})
    for level in (True, False):
        alike = [(a, b, one) for a, b, one in stretches if (abs(a[1] - b[1]) < 0.01) == level]
        for place in {((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by), _ in alike}:
            found |= _astray({one for a, b, one in alike if _passes(a, b, place)})
    return sorted(found)


def _passes(a, b, place):
    return all(min(p, q) - NEAR <= at <= max(p, q) + NEAR for p, q, at in zip(a, b, place, strict=True))


def _astray(met):
    astray = len({one.tail for one in met}) > 1 and len({one.head for one in met}) > 1
    return {tuple(sorted(one.id for one in met))} if astray else set()
