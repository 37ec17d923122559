"""Records as ClinicalTrials.gov's API has them, written by hand or drawn at random, and the counts they hold."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from hypothesis import strategies as st

__all__ = ["HOSTILE", "SMALL", "changed", "held", "records", "study"]

HOSTILE = (
    "", " ", "no", "n", "where", "partition", "by", "percent", "participants", "clinics", "null", "~", "yes", "1,553",
    "010", "1:30", "- x", "? y", "a: b", "a #b", "#c", "'q'", '"q"', "{a: 1}", "[x]", "&a", "*a", "!t", "%d", "@x", "`",
    ">5", "|", "a\nb", "a\tb", "\x07bell", "\u202eabc", "\ud800", "\ufeffx", "é\u0301", "药物组", "🙂", "a\\",
    "\\>= 18",
    "<b>", "&lt;", "]]>", "=cmd()", "consortflow: allow B301: x", "Completed", "Not completed", "Enrolled", "x" * 400,
    "12", "-3", "1e5", "0x1F", "2024-01-31", ".inf", "a/b", "Overall Study", "Adverse Event", "adverse event", "...",
)  # fmt: skip
"""Labels that YAML, the study file or a terminal could take for something else."""


def study(
    groups: list[str],
    periods: list[dict[str, Any]],
    *,
    enrolment: object = None,
    allocation: str = "RANDOMIZED",
    model: str = "PARALLEL",
    unit: str = "",
    **flow: str,
) -> dict[str, Any]:
    """Return a study in the API's form.

    A period is {title, started, completed, left, reasons: {label: [n of each group]}, milestones: {the same}, units}.
    """
    ids = [f"FG{number:03}" for number in range(len(groups))]

    def counted(numbers, units=None):
        made = [{"groupId": one, "numSubjects": str(n)} for one, n in zip(ids, numbers, strict=True)]
        for one, more in zip(made, units or (), strict=False):
            one["numUnits"] = str(more)
        return made

    written = []
    for period in periods:
        units = period.get("units")
        milestones = [{"type": "STARTED", "achievements": counted(period["started"], units)}]
        milestones += [
            {"type": label, "achievements": counted(numbers)} for label, numbers in period.get("milestones", {}).items()
        ]
        milestones.append({"type": "COMPLETED", "achievements": counted(period["completed"], units)})
        left = period.get("left")
        if left is None:
            left = [one - other for one, other in zip(period["started"], period["completed"], strict=True)]
        milestones.append({"type": "NOT COMPLETED", "achievements": counted(left, [0] * len(left) if units else None)})
        reasons = period.get("reasons", {})
        written.append({
            "title": period.get("title", "Overall Study"),
            "milestones": milestones,
            "dropWithdraws": [
                {"type": label, "reasons": counted(numbers)}
                for label, numbers in (reasons.items() if isinstance(reasons, dict) else reasons)
            ],
        })  # fmt: skip
    first = sum(periods[0]["started"]) if periods else 0
    module: dict[str, Any] = {
        **flow,
        "groups": [{"id": one, "title": title} for one, title in zip(ids, groups, strict=True)],
        "periods": written,
    }
    if unit:
        module["typeUnitsAnalyzed"] = unit
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT01234567", "briefTitle": "A coaching app for insomnia"},
            "designModule": {
                "enrollmentInfo": {"count": first if enrolment is None else enrolment, "type": "ACTUAL"},
                "designInfo": {"allocation": allocation, "interventionModel": model},
            },
        },
        "resultsSection": {"participantFlowModule": module},
        "hasResults": True,
    }


SMALL = study(
    ["Coaching app", "Usual care"],
    [
        {
            "started": [100, 101],
            "completed": [96, 93],
            "reasons": {"Lost to Follow-up": [3, 5], "Withdrawal by Subject": [1, 3]},
        }
    ],
    enrolment=210,
    preAssignmentDetails="Nine people were enrolled and not assigned.",
)
"""A trial of two groups and one period."""


def changed(data: dict[str, Any], *path: str | int, to: Any) -> dict[str, Any]:
    """Return a study with the value at a path of its participant flow put in place of what is there."""
    made = copy.deepcopy(data)
    node: Any = made["resultsSection"]["participantFlowModule"]
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = to
    return made


def held(data: dict[str, Any]) -> Counter[int]:
    """Return every STARTED, COMPLETED and reason count of a study in the API's form, and how often each stands."""
    found: Counter[int] = Counter()
    for period in data["resultsSection"]["participantFlowModule"]["periods"]:
        lines = [m["achievements"] for m in period["milestones"] if m["type"] in ("STARTED", "COMPLETED")]
        lines += [reason["reasons"] for reason in period.get("dropWithdraws", ())]
        found.update(int(one["numSubjects"].replace(",", "")) for line in lines for one in line)
    return found


_LABELS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a study: chains of periods and breaks between them, groups that begin late, pauses, units, gaps."""
    number = draw(st.sampled_from((1, 1, 2, 2, 3, 4, 13)))
    labels = draw(st.lists(_LABELS, max_size=4))
    count = st.integers(0, 12)
    before: list[int] | None = None
    periods = []
    for place in range(draw(st.integers(1, 4))):
        started = [draw(count) for _ in range(number)]
        if before is not None and draw(st.booleans()):
            started = before
        reasons: dict[int, list[int]] = {at: [0] * number for at in range(len(labels))}
        completed = []
        for group, all_of_it in enumerate(started):
            left = draw(st.integers(0, all_of_it))
            completed.append(all_of_it - left)
            for at, numbers in reasons.items():
                numbers[group] = left if at == len(labels) - 1 else draw(st.integers(0, left))
                left -= numbers[group]
        period: dict[str, Any] = {"title": draw(_LABELS), "started": started, "completed": completed}
        period["reasons"] = [(labels[at], numbers) for at, numbers in reasons.items()]
        if draw(st.booleans()):
            period["milestones"] = {draw(_LABELS): [draw(count) for _ in range(number)]}
        if draw(st.integers(0, 5)) == 0:  # a record that does not add up
            period["left"] = [draw(count) for _ in range(number)]
        period["units"] = [draw(st.integers(0, 5)) for _ in range(number)]
        if place == 0 and not draw(st.booleans()):
            del period["units"]
        periods.append(period)
        before = completed
    return study(
        [draw(_LABELS) for _ in range(number)],
        periods,
        enrolment=draw(st.one_of(st.none(), st.integers(0, 60))),
        allocation=draw(st.sampled_from(("RANDOMIZED", "NON_RANDOMIZED", "NA"))),
        model=draw(st.sampled_from(("PARALLEL", "CROSSOVER", "FACTORIAL", "SEQUENTIAL", "SINGLE_GROUP"))),
        unit=draw(st.sampled_from(("", "", "Clinics", "participants", "n"))),
        preAssignmentDetails=draw(_LABELS),
        recruitmentDetails=draw(_LABELS),
    )
