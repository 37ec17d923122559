"""What the words of a label say: why people left, which analysis is meant, where cells came from.

Rules ask this of labels that authors wrote. A label that is not understood is believed: no rule speaks up because of
a word that it does not know. Patterns are compiled where they are first used: most studies need one of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from consortflow.schemas.labels import labels
from consortflow.schemas.names import slug

__all__ = [
    "is_per_protocol", "only_deviates", "says_again", "says_collected", "says_donor", "says_no_reason", "says_not_made",
]  # fmt: skip

SILENT_KINDS = ("excluded", "discontinued", "lost-to-follow-up", "other")
"""Kinds of exit whose default label gives no reason."""

_WHEN = frozenset({
    "a", "after", "all", "allocated", "allocation", "an", "analyses", "analysis", "and", "apheresis", "arm",
    "assigned", "at", "baseline", "before", "blind", "bridging", "chemotherapy", "course", "cycle", "cycles", "day",
    "days", "dose", "doses", "double", "drug", "during", "early", "end", "enrollment", "enrolment", "entire",
    "extension", "final", "first", "follow", "followup", "for", "from", "full", "group", "in", "infusion", "intended",
    "intervention", "interventions", "leukapheresis", "lymphodepletion", "main", "medication", "month", "months",
    "of", "or", "outcome", "part", "participants", "participation", "patients", "people", "period", "phase", "post",
    "prematurely", "primary", "prior", "randomisation", "randomised", "randomization", "randomized", "run",
    "screening", "set", "since", "stage", "start", "step", "study", "subjects", "the", "their", "therapy", "this",
    "to", "treatment", "trial", "until", "up", "visit", "visits", "washout", "week", "weeks", "while", "with",
    "within", "year", "years",
})  # fmt: skip
"""Words that say when people left and what they left, and nothing of why."""
_LEFT = (
    r"(?:excluded|exclusions?|lost|loss(?:es)?|discontinued|discontinuations?|drop(?:ped)?-?outs?|withdrawn"
    r"|left(?:-the)?-(?:study|trial)"
    r"|(?:w(?:as|ere)-)?not-(?:enrolled|randomi[sz]ed|allocated|treated|infused|included|followed|seen|assessed"
    r"|analy[sz]ed|evaluated)"
    r"|(?:did-not|didn-t|failed-to)-(?:receive|start|begin|undergo|complete|finish|enter))(?:-|$)"
)
"""How slugs of labels begin that say that people left."""
_PROTOCOL = ("proto", "方案", "プロトコル", "計画書")
"""One of these is in every label that speaks of the protocol."""
_DEVIATES = (
    r"(?:(?:major|minor|important|significant|serious|critical|relevant|any|other)-)*"
    r"(?:(?:study-)?protocol-(?:deviat(?:ions?|ors?)|violat(?:ions?|ors?)|breach(?:es)?|non-?(?:adherence|compliance))"
    r"|(?:deviations?-from|violations?-of|breach(?:es)?-of|non-?(?:adherence|compliance)-(?:to|with))-(?:the-)?(?:study-)?protocol"
    r"|protokoll(?:abweichung|verletzung)(?:en)?"
    r"|(?:violations?|écarts?|déviations?)-(?:au|du|de)-protocole"
    r"|(?:desviaci(?:ón|ones)|violaci(?:ón|ones)|incumplimientos?)-(?:al|del|de)-protocolo"
    r"|(?:违反|偏离)方案|方案(?:违反|违背|偏离)|プロトコル(?:からの)?(?:逸脱|違反)|実施計画書(?:からの)?(?:逸脱|違反))"
)
_PER_PROTOCOL = (
    r"per-?proto[ck]o|por-protocolo|as-treated|on-treatment|completers?\b|complian(?:t|ce)|adheren(?:t|ce)|evaluable"
    r"|(?:^|-)m?pp(?:s|p|as)?(?:$|-)|符合方案|プロトコル(?:適合|遵守)|計画書(?:に)?(?:適合|遵守)"
)
"""The analysis that leaves people out, by the names it goes by; "evaluable" in trials of antibiotics."""
_AGAIN = (
    r"(?:^|-)(?:(?:second|2nd|third|3rd|another|further|repeat(?:ed)?|additional|again)(?=-|$)"
    r"|re-?(?:aphere|leuk|collect|manufact|bridg|lympho|condition|deplet|infus|treat|dos))"
)
_COLLECTION = (
    r"pheres|aferes|collect|harvest|procure|biops|resect|biobank|采集|单采|採取|採血|アフェレーシス|entnahme|entnommen"
)
_DONOR = (
    r"allogen|allo-|donor|donat|off.the.shelf|universal|cord.blood|third.party|haplo|umbilical|ipsc|异体|异基因|供者|通用"
    r"|同種|ドナー|spender|donneur|donante|alogen"
)
_NOT_MADE = r"manufactur|product|out.of.spec|nonconform|non.conform|\boos\b|herstell|fabrica|制备|製造|生产"


def says_no_reason(label: str | None, kind: str, language: str) -> bool:
    """Whether the label of an exit says that people left, and nothing of why."""
    if label is None:
        return kind in SILENT_KINDS
    words = labels(language)["exit"]
    if label.casefold() in {words[silent].casefold() for silent in SILENT_KINDS}:
        return True
    written = slug(label)
    left = re.match(_LEFT, written)
    return left is not None and all(
        word in _WHEN or word.isdecimal() for word in written[left.end() :].split("-") if word
    )


def only_deviates(label: str) -> bool:
    """Whether a label says that the protocol was not followed, and nothing of how."""
    written = slug(label)
    return any(word in written for word in _PROTOCOL) and re.fullmatch(_DEVIATES, written) is not None


def is_per_protocol(label: str) -> bool:
    """Whether a label is that of a per-protocol analysis."""
    return re.search(_PER_PROTOCOL, slug(label)) is not None


def says_again(label: str) -> bool:
    """Whether a label says that a step is not the first of its kind."""
    return re.search(_AGAIN, slug(label)) is not None


def says_collected(texts: Iterable[str | None]) -> bool:
    """Whether a text speaks of the collection of cells or tissue."""
    return _any(_COLLECTION, texts)


def says_donor(texts: Iterable[str | None]) -> bool:
    """Whether a text says that cells come from somebody else than the people who are treated."""
    return _any(_DONOR, texts)


def says_not_made(texts: Iterable[str | None]) -> bool:
    """Whether a text speaks of a product and of how it is made."""
    return _any(_NOT_MADE, texts)


def _any(said: str, texts: Iterable[str | None]) -> bool:
    return any(re.search(said, form) for text in texts if text for form in {text.casefold(), _bare(text)})


def _bare(text: str) -> str:
    """Return a text in lower case and without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
