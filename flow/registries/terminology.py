"""Why people leave, in plain words: CDISC's terms (codelist NCOMPLT, C66727), and which words mean the same.

The codelist is extensible: a term that is not in it is written as an ordinary phrase. Source: NCI EVS, SDTM terminology
of 2025-03-25.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from consortflow.schemas.names import slug

__all__ = ["COMPLETED", "ONGOING", "TERMS", "ExitKind", "in_words", "same_reason"]

ExitKind: TypeAlias = Literal["excluded", "discontinued", "lost-to-follow-up", "withdrew", "died", "ongoing", "other"]

COMPLETED = frozenset({"COMPLETED", "COMPLETE", "COMPLETER"})
"""Values of a disposition that mean that a person finished."""
ONGOING = frozenset({"ONGOING", "CONTINUING", "STILL ON STUDY", "ON STUDY"})
"""Values that mean that a person has not left."""

TERMS: dict[str, str] = {
    "ADVERSE EVENT": "Adverse event",
    "APPROVED DRUG AVAILABLE FOR INDICATION": "Approved drug became available",
    "DEATH": "Died",
    "DISEASE RELAPSE": "Disease relapsed",
    "FAILURE TO MEET CONTINUATION CRITERIA": "Did not meet criteria for continuing",
    "FAILURE TO MEET RANDOMIZATION CRITERIA": "Did not meet criteria for randomization",
    "LACK OF EFFICACY": "Lack of efficacy",
    "LOGISTICAL PROBLEM": "Logistical problem",
    "LOST TO FOLLOW-UP": "Lost to follow-up",
    "MET ELIGIBILITY CRITERIA BUT NOT NEEDED": "Eligible but not needed",
    "NEVER DOSED": "Never dosed",
    "NO LONGER CLINICALLY BENEFITING": "No longer benefiting",
    "NON-COMPLIANCE": "Non-compliance",
    "NON-COMPLIANCE WITH NON-STUDY DEVICE": "Non-compliance with a device not under study",
    "NON-COMPLIANCE WITH STUDY DEVICE": "Non-compliance with the study device",
    "NON-COMPLIANCE WITH STUDY DRUG": "Non-compliance with the study drug",
    "NON-COMPLIANCE WITH STUDY SCHEDULE": "Non-compliance with the study schedule",
    "PARTNER PREGNANCY": "Partner's pregnancy",
    "PHYSICIAN DECISION": "Physician's decision",
    "PREGNANCY": "Pregnancy",
    "PROGRESSIVE DISEASE": "Disease progressed",
    "PROTOCOL DEVIATION": "Protocol deviation",
    "PROTOCOL VIOLATION": "Protocol violation",
    "PROTOCOL-SPECIFIED WITHDRAWAL CRITERION MET": "Met a criterion for withdrawal",
    "RANDOMIZED BY MISTAKE": "Randomized by mistake",
    "RANDOMIZED BY MISTAKE WITH STUDY TREATMENT": "Randomized by mistake, treated",
    "RANDOMIZED BY MISTAKE WITHOUT STUDY TREATMENT": "Randomized by mistake, not treated",
    "RECOVERY": "Recovered",
    "REQUIRES PROHIBITED MEDICATION": "Required a prohibited medication",
    "REQUIRES PROHIBITED PROCEDURE": "Required a prohibited procedure",
    "SCREEN FAILURE": "Did not meet eligibility criteria",
    "SCREENING NOT COMPLETED": "Did not complete screening",
    "SERIOUS ADVERSE EVENT": "Serious adverse event",
    "SITE TERMINATED BY SPONSOR": "Site closed by the sponsor",
    "SPONSOR REQUEST": "Sponsor's request",
    "STUDY TERMINATED BY SPONSOR": "Study terminated by the sponsor",
    "TECHNICAL PROBLEMS": "Technical problems",
    "UNDERWENT PROHIBITED PROCEDURE": "Underwent a prohibited procedure",
    "USED PROHIBITED MEDICATION": "Used a prohibited medication",
    "WITHDRAWAL BY PARENT/GUARDIAN": "Withdrawn by parent or guardian",
    "WITHDRAWAL BY SUBJECT": "Withdrew",
    "WITHDRAWAL OF ASSENT": "Withdrew assent",
    "WITHDRAWAL OF CONSENT": "Withdrew consent",
}
"""Each term but COMPLETED, as a figure would print it."""

_SAME: dict[str, tuple[str, ...]] = {
    "death": ("died", "deaths", "deceased", "patient-died", "subject-died"),
    "lost-to-follow-up": ("lost-to-followup", "lost-to-fu", "loss-to-follow-up", "lost"),
    "withdrawal-by-subject": (
        "withdrew", "withdrew-consent", "withdrawn", "withdrawal", "withdrawal-of-consent", "withdrawn-consent",
        "consent-withdrawn", "subject-withdrew", "patient-withdrew", "participant-withdrew",
        "withdrawal-by-participant",
        "withdrawal-by-patient", "patient-decision", "subject-decision", "participant-decision", "dropout",
        "subject-withdrew-consent", "patient-withdrew-consent",
    ),
    "adverse-event": ("adverse-events", "ae", "aes", "side-effects", "toxicity"),
    "physician-decision": (
        "physician-s-decision", "investigator-decision", "investigator-s-decision", "decision-by-physician",
        "decision-by-investigator", "doctor-s-decision",
    ),
    "protocol-violation": ("protocol-violations",),
    "protocol-deviation": ("protocol-deviations",),
    "lack-of-efficacy": ("insufficient-efficacy", "inefficacy", "lack-of-effect", "insufficient-response"),
    "progressive-disease": ("disease-progression", "disease-progressed", "progression", "progressed"),
    "study-terminated-by-sponsor": ("sponsor-decision", "sponsor-s-decision", "terminated-by-sponsor"),
    "other": ("other-reason", "other-reasons", "others"),
}  # fmt: skip
_MEANS = {word: meaning for meaning, words in _SAME.items() for word in words}


def in_words(term: str) -> str:
    """Return a coded value as a figure would print it: a term of the codelist in plain words, shouting lowered.

    >>> in_words("LOST TO FOLLOW-UP"), in_words("SITE DECISION"), in_words("I/E Not Met")
    ('Lost to follow-up', 'Site decision', 'I/E Not Met')
    """
    text = " ".join(term.split())
    if (known := TERMS.get(text.upper())) is not None:
        return known
    return text.capitalize() if text.isupper() and len(text) > 4 else text


def same_reason(label: str) -> str:
    """Return a name for what a reason's label means, the same for words that mean the same.

    >>> same_reason("Withdrew consent") == same_reason("Withdrawal by Subject")
    True
    """
    written = slug(label)
    if (plain := _PLAIN.get(written)) is not None:
        written = plain
    return _MEANS.get(written, written)


_PLAIN = {slug(words): slug(term) for term, words in TERMS.items()}
