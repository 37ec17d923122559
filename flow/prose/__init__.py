"""The flow as prose: the legend of the figure, in the language of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.prose.listed import Listed, marks_of
from consortflow.telling import tell
from consortflow.words import NO_BREAK, Words

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from consortflow.network import Account
    from consortflow.prose.english import English
    from consortflow.solving import Solution

__all__ = ["Legend", "write_legend"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class Legend(NamedTuple):
    """A figure's legend, whose numbers stay with their words by no-break spaces."""

    title: str
    """One sentence: what is shown, of which trial."""
    body: tuple[str, ...]
    """The flow, a sentence each."""
    notes: tuple[str, ...]
    """Remarks, derived counts, the data cutoff and abbreviations, a sentence each."""
    language: str = "en-US"
    gap: str = " "
    """What stands between sentences."""

    def paragraphs(self) -> tuple[str, ...]:
        """Return the text after the title: the flow, and where there are any, the notes."""
        return tuple(self._joined(sentences) for sentences in (self.body, self.notes) if sentences)

    def titled(self, text: str) -> str:
        """Return a text after the title, in one line with it."""
        return self._joined((self.title, text))

    def _joined(self, sentences: tuple[str, ...]) -> str:
        """Return sentences one after another; after a mark of Latin script there is a space in every language."""
        text = ""
        for sentence in sentences:
            text += (" " if text[-1:].isascii() and text else self.gap if text else "") + sentence
        return text


def write_legend(solution: Solution, *, derived: bool = True) -> Legend:
    """Return the legend of a solved flow; with `derived` it says which counts the study does not state."""
    words = Words(solution)
    about = solution.network.study.study
    if about.language.startswith("en"):
        from consortflow.prose.english import English

        writer: English | Listed = English(words)
    else:
        writer = Listed(words)
    body = tuple(writer.body(tell(words)))
    notes = [*writer.notes(), *words.protection(), *(_derived(words, writer) if derived else ()), *_cutoff(words)]
    notes += _abbreviations(words, " ".join((*body, *notes)))
    return Legend(_title(words), body, tuple(notes), about.language, marks_of(about.language).gap)


def _title(words: Words) -> str:
    about, marks = words.network.study.study, marks_of(words.network.study.study.language)
    kind = words.text["word"]["title"]
    opened, closed = marks.outer
    number = f"{opened}{about.registration}{closed}" if about.registration else ""
    title = f"{kind}{marks.colon}{about.title.rstrip(marks.stop)}" if about.title else kind
    return f"{title}{number}{marks.stop}"


def _derived(words: Words, writer: English | Listed) -> Iterator[str]:
    """Yield which counts the study leaves out, but for sums of what it states: those say so by themselves."""
    boxes: dict[str, list[str]] = {}
    for account in words.network.accounts.values():
        if not _says_it(words, account):
            continue
        label = account.label
        if _names_its_arm(account):
            around = words.network.account(account.around[-1]).label
            label = words.text["stage"]["allocation-arm"].format(arm=writer.named(around))
        own = account.arms and account.kind in ("stage", "exit") and not _names_its_arm(account)
        arm = words.network.account(account.around[-1]).label if own else ""
        name = writer.set_name(label) if account.kind == "set" else writer.named(label)
        boxes.setdefault(name, []).extend([writer.named(arm)] if arm else [])
    if boxes:
        marks = marks_of(words.network.study.study.language)
        opened, closed = marks.outer
        found = (
            name + (f"{opened}{marks.comma.join(dict.fromkeys(arms))}{closed}" if arms else "")
            for name, arms in boxes.items()
        )
        yield words.text["legend"]["derived"].format(boxes=marks.semicolon.join(found))


def _says_it(words: Words, account: Account) -> bool:
    """Return whether a count is derived, and neither the sum of its parts nor said with an arm's first box."""
    if account.kind in ("movement", "pooled") or (account.kind == "arm" and account.item.stages):
        return False
    if account.kind not in ("stage", "set") and words.network.after(account.id, "part"):
        return False
    return any(words.solution.status(account.id, unit) == "derived" for unit in account.units)


def _names_its_arm(account: Account) -> bool:
    return bool(account.arms) and account.kind == "stage" and _default_allocation(account.item)


def _default_allocation(item: Any) -> bool:
    return bool(item.kind == "allocation" and item.label is None)


def _cutoff(words: Words) -> Iterator[str]:
    about = words.network.study.study
    if about.data_cutoff is not None:
        yield words.text["legend"]["cutoff"].format(date=_date(about.data_cutoff, about.language))


def _date(day: datetime.date, language: str) -> str:
    match language:
        case "en-US":
            return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}".replace(" ", NO_BREAK, 1)
        case "en-GB":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}".replace(" ", NO_BREAK, 1)
        case "zh" | "ja":
            return f"{day.year}年{day.month}月{day.day}日"
        case "de":
            return f"{day.day}.{day.month}.{day.year}"
        case _:
            return f"{day:%d/%m}/{day.year}"


def _abbreviations(words: Words, told: str) -> Iterator[str]:
    """Yield the abbreviations that the study explains, and that of an interval where there is one, in their order."""
    about, text, marks = words.network.study.study, words.text["legend"], marks_of(words.network.study.study.language)
    known = dict(about.abbreviations)
    interval = words.text["word"]["interval"].replace(" ", NO_BREAK)
    if text["ci"] in interval and interval in told:
        known.setdefault(text["ci"], text["ci-long"])
    if known:
        order = sorted(known, key=lambda short: (short.casefold(), short))
        told = marks.semicolon.join(f"{short}{marks.comma}{known[short]}" for short in order)
        yield text["abbreviations"].format(list=told)
