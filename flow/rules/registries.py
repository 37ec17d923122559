"""Records of trial registries: whether they can be read, add up, and agree with a study file."""

from __future__ import annotations

from consortflow.schemas.diagnostics import Severity, rule

__all__ = [
    "COMPLETED", "ENROLMENT", "GROUP", "INCOMPLETE", "NOTHING_TO_PROPOSE", "NOT_A_COUNT", "NOT_A_RECORD", "NO_CODES",
    "NO_RESULTS", "REASON",
    "REGISTRATION", "SEPARATED", "SEVERAL_ROWS", "STARTED", "UNBALANCED", "VERSION",
]  # fmt: skip

NOT_A_RECORD = rule(
    "R101",
    "not a record of ClinicalTrials.gov",
    why="A record is one study: JSON from version 2 of the registry's API (`/api/v2/studies/NCT...`), or the older XML "
    "of a `clinical_study`. Anything else would be guessed at.",
    wrong="",
    right="",
)
VERSION = rule(
    "R102",
    "a record of another version or kind",
    why="The registry's first API wrote the same words in another form, and a search returns a list of studies. "
    "Download the one study from version 2 of the API.",
    wrong="",
    right="",
)
NO_RESULTS = rule(
    "R103",
    "a record without a participant flow",
    why="Counts of participants are part of a record's results, which are posted a year after the trial's end or "
    "later. A record without results has nothing to draw.",
    wrong="",
    right="",
)
NOT_A_COUNT = rule(
    "R104",
    "a count in a record is no whole number",
    why="The registry writes every count as text. One that is not digits only cannot be drawn as a number of people.",
    wrong="",
    right="",
)
SEPARATED = rule(
    "R105",
    "a count in a record has separators",
    why="1,553 is read as 1553. Other programs that read the record may see 1, or no number.",
    wrong="",
    right="",
    severity=Severity.WARNING,
    waivable=False,
)
INCOMPLETE = rule(
    "R106",
    "a part of a record is missing",
    why="Every period of a flow names how many of each group started and completed, and every group and period has a "
    "title. What is missing is left open, or called by its place, in the study file that is made.",
    wrong="",
    right="",
    severity=Severity.WARNING,
    waivable=False,
)
UNBALANCED = rule(
    "R107",
    "a record does not add up",
    why="Those who start a period complete it or do not, and the reasons are those of the people who did not. Where "
    "the registry's own numbers say otherwise, the study file that is made states the gap.",
    wrong="",
    right="",
    severity=Severity.WARNING,
    waivable=False,
)
REGISTRATION = rule(
    "R201",
    "the study file names another registration",
    why="Counts of two different trials have no reason to agree. The number in the study file or the record that it "
    "is compared with is the wrong one.",
    wrong="",
    right="",
    severity=Severity.WARNING,
)
ENROLMENT = rule(
    "R202",
    "the enrollment is not the registry's",
    why="Readers compare the number enrolled in a paper with the one in the registry. Where the two mean different "
    "people, say so in a note.",
    wrong="",
    right="",
    severity=Severity.WARNING,
)
GROUP = rule(
    "R203",
    "an arm or group stands on one side only",
    why="The registry's groups are the trial's arms, though often by other names. One that has no counterpart by its "
    "label or its numbers is not compared.",
    wrong="",
    right="",
    severity=Severity.WARNING,
)
STARTED = rule(
    "R204",
    "the number who started is not the registry's",
    why="In its first period the registry counts those assigned to each group, in later ones those who began them. "
    "CONSORT 22a asks for the same numbers.",
    wrong="",
    right="",
    severity=Severity.WARNING,
)
COMPLETED = rule(
    "R205",
    "the number who completed is not the registry's",
    why="Those who left and those who completed make up those who started, in the registry as in the paper. Data "
    "of another date are the usual cause.",
    wrong="",
    right="",
    severity=Severity.WARNING,
)
REASON = rule(
    "R206",
    "the reasons are not the registry's",
    why="CONSORT 22b asks for losses and exclusions with their reasons, and the registry for the same. One that is "
    "counted otherwise in the two, or stands in one only, will be asked about.",
    wrong="",
    right="",
    severity=Severity.WARNING,
)
NOTHING_TO_PROPOSE = rule(
    "R301",
    "a table that no study file can be proposed from",
    why="A proposal needs a column that names the participant and one that says which arm they were in, under the "
    "names that the standard gives them (USUBJID, ARM or TRT01P in CDISC), or a dictionary that says which they are.",
    wrong="",
    right="",
)
NO_CODES = rule(
    "R302",
    "a column that should hold codes holds something else",
    why="Labels are made from codes only. A column with very many different values, or long ones, may hold free text "
    "or names: nothing of it is written anywhere, and what it was to say is left for a person.",
    wrong="",
    right="",
    severity=Severity.WARNING,
    waivable=False,
)
SEVERAL_ROWS = rule(
    "R303",
    "several rows of a participant remain",
    why="Everyone is counted once, by one row. Where a joined table has several for some, say which of them counts "
    "in its `where`.",
    wrong="",
    right="",
    severity=Severity.WARNING,
    waivable=False,
)
