"""English labels inside a sentence: what a label says of people, and how it reads where no sentence starts.

A label is whatever its author typed. Its first words say whether it is something people did ("withdrew"), something
done to them or true of them ("excluded", "eligible"), or a thing ("adverse event"); what is not known is a thing, which
every sentence can hold. The words are in `english.toml`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Phrase", "Speaker", "singular"]

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2019'][^\W\d_]+)*")
_LEAVING = frozenset(("the", "for", "study", "before", "after", "early", "because", "hospital"))
"""What follows "left" where it is not a side."""
_AMOUNTS = frozenset(("few", "little", "many", "much"))
_GROUPS = frozenset(("set", "population", "cohort", "sample", "group", "analysis"))
_PREPOSITIONS = frozenset(("in", "for", "by", "to", "from", "with", "before", "after", "at", "into"))


class _Lexicon(NamedTuple):
    did: frozenset[str]
    was: frozenset[str]
    true: frozenset[str]
    adverbs: frozenset[str]
    names: frozenset[str]
    doing: dict[str, str]
    one: dict[str, str]
    people: frozenset[str]
    passive: re.Pattern[str]
    """Between what people did and what was done to them: "received it but (were) not treated"."""


@cache
def _lexicon() -> _Lexicon:
    import tomllib

    read: dict[str, Any] = tomllib.loads(Path(__file__).with_name("english.toml").read_text(encoding="utf-8"))
    did, was, true, adverbs, names = (frozenset(read[key]) for key in ("did", "was", "is", "adverbs", "names"))
    passive = re.compile(rf"\b(and|but) (not |never )?(?=(?:{'|'.join(sorted(was))})\b)")
    return _Lexicon(did, was, true, adverbs, names, read["doing"], read["one"], frozenset(read["people"]), passive)


class Phrase(NamedTuple):
    """A label inside a sentence."""

    kind: Literal["did", "was", "thing"]
    text: str

    @property
    def verbal(self) -> bool:
        """Whether it says something of people, which a sentence about them can go on with."""
        return self.kind != "thing"

    def predicate(self, *, one: bool) -> str:
        """Return what follows a number of people: "were excluded", "was excluded", "withdrew"."""
        be = "was" if one else "were"
        return f"{be} {self.text}" if self.kind == "was" else _lexicon().passive.sub(rf"\1 {be} \2", self.text)

    def relative(self, *, one: bool) -> str:
        """Return what follows people of whom something else is said: "screened for eligibility", "who withdrew"."""
        if self.kind == "was" and self.text.split(" ", 1)[0] in _lexicon().was:
            return self.text
        return f"who {self.predicate(one=one)}"


class Speaker:
    """Knows which words of one study are names, and phrases its labels."""

    def __init__(self, texts: Iterable[str], units: Iterable[str] = ()) -> None:
        """Take up the texts of a study: a word that is written with a capital inside one is a name in all.

        `units` are what the study counts: what is said of them is said of people.
        """
        self.words = _lexicon()
        self.people = {unit.lower() for unit in units} | self.words.people
        self.names = set(self.words.names)
        self.common: set[str] = set()
        for text in texts:
            end = -1
            for found in _WORD.finditer(text):
                word = found[0]
                first = end < 0 or set(text[end : found.start()]) & set('.:;(/\\"\u201c')
                if not first and word[:1].isupper():
                    self.names.add(word)
                elif word[:1].islower():
                    self.common.add(word)
                end = found.end()

    def lower(self, label: str) -> str:
        """Return a label as it reads inside a sentence: its first letter small, unless it is a name or an acronym."""
        found = _WORD.match(label)
        if found is None:
            return label
        word = found[0]
        after = label[found.end() : found.end() + 1]
        plain = len(word) > 1 and word[1:] == word[1:].lower() and not after.isdigit() and after != "+"
        stem = re.split(r"[-\u2019']", word)[0]
        name = {word, stem} & self.names and word.lower() not in self.common
        return label if name or not plain else label[:1].lower() + label[1:]

    def phrase(self, label: str) -> Phrase:
        """Return a label as part of a sentence about people."""
        text = self._of_people(self.lower(label))
        head, *rest = text.split(" ")
        if rest and rest[-1] in _GROUPS and not _PREPOSITIONS.intersection(rest):  # "treated population"
            return Phrase("thing", text)
        if head in self.words.adverbs and rest:
            head, *rest = rest
        if head in ("not", "never") and rest:
            return self._negated(text, head, rest)
        if head.rstrip(",;:") != head and rest:  # a list, or a heading: not one thing said of people
            return Phrase("thing", text)
        if head == "lost" and rest[:1] == ["to"]:
            return Phrase("was", text)
        if head == "sent" and not rest:  # what was sent may be letters
            return Phrase("thing", text)
        if (head == "left" and rest and rest[0] not in _LEAVING) or (head == "too" and rest and rest[0] in _AMOUNTS):
            return Phrase("thing", text)
        if head in self.words.did:
            return Phrase("did", text)
        return Phrase("was" if head in self.words.was or head in self.words.true else "thing", text)

    def _of_people(self, text: str) -> str:
        """Return a label without the people it names: "screened patients", "patients who were screened"."""
        head, *rest = text.split(" ")
        words = self.words
        if rest and head in self.people and rest[0] in words.did | words.was | words.true | {"who", "not"}:
            rest = rest[1:] if rest[0] == "who" and len(rest) > 1 else rest
            return " ".join(rest[1:] if rest[0] in ("was", "were") and len(rest) > 1 else rest)
        if rest and rest[0] in self.people and head in words.was | words.true:
            return " ".join([head, *rest[1:]])
        return text

    def _negated(self, text: str, head: str, rest: list[str]) -> Phrase:
        if head == "not" and rest[0] in self.words.doing:
            return Phrase("did", " ".join(["did not", self.words.doing[rest[0]], *rest[1:]]))
        if head == "never" and rest[0] in self.words.did:
            return Phrase("did", text)
        said = rest[0] in self.words.was | self.words.true or rest[0].rstrip(",").endswith(("ed", "en"))
        return Phrase("was" if said else "thing", text)


def singular(unit: str) -> str:
    """Return the name of one of a unit.

    >>> singular("patients"), singular("nursing homes"), singular("women"), singular("biopsies")
    ('patient', 'nursing home', 'woman', 'biopsy')
    """
    start, space, last = unit.rpartition(" ")
    one = _lexicon().one.get(last.lower())
    if one is None and last.endswith("ies") and len(last) > 4:
        one = f"{last[:-3]}y"
    elif one is None and last.endswith(("sses", "ches", "shes", "xes")):
        one = last[:-2]
    elif one is None and last.endswith("s") and not last.endswith(("ss", "us", "is")):
        one = last[:-1]
    return f"{start}{space}{one or last}"
