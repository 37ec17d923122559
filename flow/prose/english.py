"""A legend in English: sentences as a reader of the field expects them, from what is told of a flow.

Each box is one clause: of those in it, how many left and why. A trunk is a sentence for each box, an arm one sentence
for all of its boxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.prose.naming import Naming, added, opening, sentence, small
from consortflow.prose.notes import Notes
from consortflow.prose.phrases import Phrase
from consortflow.words import NO_BREAK, digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consortflow.network import Account
    from consortflow.telling import Told
    from consortflow.words import Words

__all__ = ["English"]

_LEFT = {
    "discontinued": Phrase("did", "discontinued"), "lost-to-follow-up": Phrase("was", "lost to follow-up"),
    "withdrew": Phrase("did", "withdrew"), "died": Phrase("did", "died"), "other": Phrase("did", "left the study"),
    "excluded": Phrase("was", "excluded"),
}  # fmt: skip
"""What people did whose exit's label is a thing."""
_STOPPED = Phrase("did", "did not continue")
"""The same where the study does not say what kind of exit it is."""


class English(Naming):
    """Puts one solution into English sentences."""

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.named = self.speaker.lower
        """How a label stands inside a sentence."""
        self.remarks = Notes(words, self.named)

    def body(self, told: Sequence[Told]) -> Iterator[str]:
        """Yield the sentences of what is told."""
        yield from map(sentence, self._trunk([item for item in told if item.role == "stage"]))
        for item in told:
            if item.role == "set":
                yield sentence(self._set(item))
            elif item.role == "transfer":
                yield sentence(self._transfer(item))
            elif item.role == "pooled":
                yield sentence(self._pooled(item))

    def notes(self) -> Iterator[str]:
        """Yield what the study remarks about boxes that were told."""
        return self.remarks.lines()

    def _take(self, item: Told) -> Account:
        """Return the account of something told, its remarks taken up."""
        account = self.network.account(item.account)
        self.remarks.take(account)
        return account

    # Boxes

    def _trunk(self, stages: Sequence[Told]) -> Iterator[str]:
        before: Told | None = None
        for item in stages:
            yield from self._clauses(item, before, alone=True)
            for arm in _only(item, "arm"):
                yield from self._arm(arm)
            before = item

    def _arm(self, item: Told) -> Iterator[str]:
        account = self._take(item)
        within = f"in {self.group((*account.around, account.id))}, "
        chain: list[str] = []
        before: Told | None = None
        for stage in _only(item, "stage"):
            if before is not None or not self._said(stage, account):
                chain += self._clauses(stage, before, alone=False)
            before = stage
            if arms := _only(stage, "arm"):
                yield from [within + _chained(chain)] if chain else []
                chain = []
                for inner in arms:
                    yield from self._arm(inner)
        if chain:
            yield within + _chained(chain)

    def _said(self, stage: Told, arm: Account) -> bool:
        """Return whether the split said all there is to say of the first box of an arm."""
        account = self.network.account(stage.account)
        plain = account.item.kind == "allocation" and account.item.label is None and not stage.parts
        intervals = ((self.solution.interval(account.id, u), self.solution.interval(arm.id, u)) for u in account.units)
        return plain and all(one == other for one, other in intervals)

    def _clauses(self, item: Told, before: Told | None, *, alone: bool) -> Iterator[str]:
        """Yield the clauses of one box: who is in it, who left it, the arms it splits into."""
        account = self._take(item)
        phrase = self.stage_phrase(account)
        exits = [part for part in _only(item, "exit") if self.shown(part)]
        inside = [part for part in _lines(item, "of-them") if part.account and self.shown(part)]
        arms = _only(item, "arm")
        verbal = all(self.phrase(part).verbal for part in inside)
        lines = [self._line(part, account) for part in inside] if verbal else []
        listed = self._reasons(inside, colon=True) if not verbal and not exits and len(inside) > 1 else ""
        extra = self._beside(account, item, [] if verbal or listed else inside)
        gone = [self._exit(part, account, colon=alone and len(exits) == 1 and not lines) for part in exits]
        if lines or gone:
            happened = "; ".join(self.listed(clauses) for clauses in (lines, gone) if clauses)
            people = self.people(account)
            if phrase.verbal:
                yield f"of {added(f'{people} {phrase.relative(one=self.one(account))}', extra)}, {happened}"
            else:
                yield f"{phrase.text}: {added(people, extra)}, of whom {happened}"
            if arms:
                yield f"the groups were {self._arms(arms)}"
            return
        if phrase.verbal:
            people = self._following(account, item, before)
            people = opening(people) if alone else people
            clause = added(f"{people} {phrase.predicate(one=self.one(account))}", extra)
        elif arms or listed:
            people = self.people(account).replace("(", "[").replace(")", "]")
            clause = added(added(phrase.text, people), extra)
        else:
            clause = f"{phrase.text}: {added(self.people(account), extra)}"
        if arms:
            clause += self._split(account, phrase, arms)
        yield clause + (f": {listed}" if listed else "")

    def _following(self, account: Account, item: Told, before: Told | None) -> str:
        """Return the people of a box, as what remains of the box before where they are."""
        people = self.people(account)
        if (
            not self.exact
            or before is None
            or account.box != before.account
            or _lines(item, "joined")
            or len(account.units) > 1
        ):
            return people
        previous = self.network.account(before.account)
        if previous.units != account.units or _only(before, "arm"):
            return people
        n, of = self.solution.n(account.id), self.solution.n(previous.id)
        gone = [self.solution.n(part.account) for part in _only(before, "exit")]
        known = n is not None and of is not None and None not in gone
        if not known or of != (n or 0) + sum(number or 0 for number in gone) or (n or 0) < 2:
            return people
        if n != of:
            return f"the remaining {people}"
        return f"all {people}" if (n or 0) > 2 else people

    def _beside(self, account: Account, item: Told, lines: Sequence[Told]) -> str:
        """Return what stands in parentheses after the name of a box."""
        stage = account.item
        said = (getattr(stage, name, None) for name in ("regimen", "dose"))
        found = [self.speaker.lower(text) for text in said if text]
        if (attempts := self.words.attempts(account)) is not None:
            number = attempts[1].strip("()").replace(f"n{NO_BREAK}", "").removeprefix(f"={NO_BREAK}")
            found.append(f"{number} attempt{'' if number == '1' else 's'}")
        if joined := _lines(item, "joined"):
            sources = not self.network.before(account.id, "flow")
            found.append(f"{'sources' if sources else 'joined by'}: {self._reasons(joined)}")
        if rest := self._reasons(lines):
            found.append(rest)
        return "; ".join(found)

    def _split(self, account: Account, phrase: Phrase, arms: Sequence[Told]) -> str:
        """Return what follows a box that splits: "randomized to A (n = 6) or B (n = 7)"."""
        things = not any(self.phrase(arm).verbal for arm in arms)
        if account.item.kind != "randomization" or not phrase.verbal or not things:
            return f": {self._arms(arms)}"
        ratios = [self.network.account(arm.account).item.ratio for arm in arms]
        told = "" if None in ratios else f" in a ratio of {':'.join(map(str, ratios))}"
        return f"{told} to {self._arms(arms, 'or')}"

    def _arms(self, arms: Sequence[Told], last: str = "and") -> str:
        return self._reasons(arms, colon=True, last=last)

    # Those who left, and why

    def _exit(self, item: Told, stage: Account, *, colon: bool) -> str:
        account = self._take(item)
        exit_, one, many = account.item, self.one(account), self.many(account, whole=stage)
        phrase = self.phrase(item)
        lead = ""
        if exit_.kind == "ongoing":
            when = " at the data cutoff" if self.about.data_cutoff else ""
            own = exit_.label is not None and phrase.text.lower() not in ("ongoing", "ongoing at the data cutoff")
            if own and phrase.text.endswith("ongoing"):
                head = f"{many} had {phrase.text}{when}"
            else:
                head = f"{many} {'was' if one else 'were'} ongoing{when}"
                lead = phrase.text if own else ""
        elif phrase.verbal:
            head = f"{many} {phrase.predicate(one=one)}"
        elif phrase.text.startswith("no "):
            head = f"{many} had {phrase.text}"
        else:
            known = exit_.label is None or "kind" in exit_.model_fields_set
            head = f"{many} {(_LEFT[exit_.kind] if known else _STOPPED).predicate(one=one)}"
            lead = phrase.text
        return self._with_parts(head, item, lead, colon=colon)

    def _line(self, item: Told, whole: Account | None = None) -> str:
        """Return a line of a box, or a reason, as a clause: "4 did not meet inclusion criteria (...)"."""
        account = self._take(item)
        predicate = self.phrase(item).predicate(one=self.one(account))
        return self._with_parts(f"{self.many(account, whole=whole)} {predicate}", item)

    def _with_parts(self, head: str, item: Told, lead: str = "", *, colon: bool = False) -> str:
        """Return a clause with what its people are made of, after a colon or in parentheses."""
        account = self.network.account(item.account)
        some = self.some(account) or not self.exact
        reasons = [part for part in _only(item, "reason") if self.shown(part)] if some else []
        after = colon and len(reasons) > 1 and not lead
        more: list[str] = []
        for division in _only(item, "division"):
            flags = [small(part.text) for part in _only(division, "note")]
            parts = self._boxed(division.parts, "({})" if after else "[{}]")
            more.append("; ".join([f"{self.speaker.lower(division.lead)}: {parts}", *flags]))
        if inside := _lines(item, "of-them"):
            clauses = all(self.phrase(part).verbal for part in inside)
            told = self.listed([self._line(part) for part in inside]) if clauses else self._boxed(inside)
            more.append(f"of them, {told}")
        more[:0] = map(small, self.words.flags(account.item))
        if after:
            return "; ".join([f"{head}: {self._reasons(reasons, colon=True)}", *more])
        alone = len(reasons) == 1 and self.as_many(self.network.account(reasons[0].account), account)
        why = self._only_reason(reasons[0]) if alone else self._reasons(reasons)
        first = ": ".join(text for text in (lead, why) if text)
        return added(head, "; ".join(text for text in (first, *more) if text))

    def _only_reason(self, item: Told) -> str:
        """Return the only reason there is, which needs no count."""
        account, inner = self._take(item), self._inner(item)
        return self.speaker.lower(account.label) + (f" [{inner}]" if inner else "")

    def _reasons(self, parts: Sequence[Told], *, colon: bool = False, last: str = "and", deep: bool = False) -> str:
        """Return reasons as a list: clauses where all of them can be, labels with their counts otherwise."""
        parts = [part for part in parts if self.shown(part)]
        if len(parts) > 1 and last == "and" and all(self.phrase(part).verbal for part in parts):
            return self.listed([self._line(part) for part in parts])
        if not colon:
            return "; ".join(self._counted(part, deep=deep) for part in parts)
        commas = any(", " in self.phrase(part).text for part in parts)
        return self.listed([self._counted(part, "({})") for part in parts], last, ";" if commas else ",")

    def _counted(self, part: Told, form: str = "", *, deep: bool = False) -> str:
        """Return a label with its count, the count in parentheses where it stands after a colon."""
        account = self._take(part)
        inner, n = self._inner(part, deep=not deep), self.n(account)
        opened, closed = ("(", ")") if deep else ("[", "]")
        counted = f"{n} {opened}{inner}{closed}" if inner else n
        label = self.speaker.lower(account.label)
        if form == "({})":
            return added(label, counted)
        return f"{label} {form.format(counted)}" if form else f"{label}, {counted}"

    def _inner(self, item: Told, *, deep: bool = False) -> str:
        """Return what a reason is made of, and what is to be known of that."""
        flags = map(small, self.words.flags(self.network.account(item.account).item))
        told = self._reasons(_only(item, "reason"), deep=deep)
        return "; ".join(text for text in (told, *flags) if text)

    def _boxed(self, parts: Sequence[Told], form: str = "[{}]") -> str:
        shown = [part for part in parts if part.role != "note" and self.shown(part)]
        return self.listed([self._counted(part, form, deep=form[0] == "[") for part in shown])

    # Beside the flow

    def _set(self, item: Told) -> str:
        account = self._take(item)
        phrase, one = self.speaker.phrase(account.label), self.one(account)
        of = [self.network.account(full) for full in self.network.before(account.id, "set")]
        everyone = self._everyone(account, of)
        left_out = [part for part in _lines(item, "left-out") if self.shown(part)]
        flags = map(small, self.words.flags(account.item))
        missing = "; ".join([f"not included: {self._reasons(left_out)}", *flags]) if left_out else ""
        inside = self._reasons([part for part in _lines(item, "of-them") if self.shown(part)])
        beside = "; ".join(text for text in (inside, missing) if text)
        within = f" in {self.group(self.arm_named(account.item.within))}" if account.item.within else ""
        those = self._those(of, account, everyone=everyone) + within
        every = "all " if (self.solution.n(account.id) or 0) > 2 else ""
        if phrase.verbal and everyone:
            told = opening(f"{every}{those} {phrase.predicate(one=one)}")
        elif phrase.verbal:
            told = f"of {those}, {self.many(account)} {phrase.predicate(one=one)}"
        else:
            number = every if everyone else f"{self.many(account)} of "
            told = f"{self.set_name(account.label)} included {number}{those}"
        return added(told, beside) + self._outcomes(account, _lines(item, "outcomes"))

    def _everyone(self, account: Account, of: Sequence[Account]) -> bool:
        """Return whether a set is all the people of the boxes it is taken from."""
        if len(of) == 1:
            return self.as_many(account, of[0])
        if not self.exact or any(other.units != account.units for other in of) or len(account.units) > 1:
            return False
        parts = [self.solution.n(other.id) for other in of]
        return None not in parts and self.solution.n(account.id) == sum(n or 0 for n in parts)

    def _those(self, of: Sequence[Account], account: Account, *, everyone: bool) -> str:
        """Return the people that a set is taken from: "80 patients who received treatment in the drug A group"."""
        whole = of[0] if len(of) == 1 else account if everyone else None
        people = self.people(whole, bare=True) if whole else f"the {account.units[0]}"
        named: dict[str, list[str]] = {}
        for box in of:
            which, where = self.which(box)
            named.setdefault(which, []).extend([where] if where else [])
        return " ".join([people, self.listed([f"{which}{self.listed(where)}" for which, where in named.items()])])

    def _outcomes(self, account: Account, parts: Sequence[Told]) -> str:
        parts = [part for part in parts if self.shown(part)]
        verbal = all(self.phrase(part).verbal for part in parts)
        found = []
        for part in parts:
            outcome, phrase, inner = self._take(part), self.phrase(part), self._inner(part)
            number = self.many(outcome)
            if rate := self.words.outcome(outcome):
                n, of = self.solution.n(outcome.id), self.solution.n(account.id)
                number = f"{digits(n or 0)} of {digits(of or 0)} {rate[rate.rindex(' (') + 1 :]}"
            number += f" [{inner}]" if inner else ""
            predicate = phrase.predicate(one=self.one(outcome))
            found.append(f"{number} {predicate}" if verbal else f"{phrase.text} in {number}")
        return f"{'; of these, ' if verbal else ', with '}{self.listed(found)}" if found else ""

    def _transfer(self, item: Told) -> str:
        account, phrase = self._take(item), self.phrase(item)
        ends = [*self.network.before(account.id, "transfer"), *self.network.after(account.id, "transfer")]
        where = [] if account.item.counted else ["dotted arrow"]
        if len(ends) > 1:
            tail, head = self.network.account(ends[0]), self.network.account(ends[-1])
            where.append(f"from {self.place(tail, head)} to {self.place(head, tail)}")
        if not phrase.verbal:
            return f"{phrase.text}: {added(self.people(account), ', '.join(where))}"
        return added(f"{opening(self.people(account))} {phrase.predicate(one=self.one(account))}", ", ".join(where))

    def _pooled(self, item: Told) -> str:
        account = self._take(item)
        exits = next((d.parts for d in self.network.divisions if d.whole == account.id and d.kind == "pooled"), ())
        boxes: dict[str, list[str]] = {}
        for full in exits:
            exit_ = self.network.account(full)
            arm = self.speaker.lower(self.network.account(exit_.around[-1]).label) if exit_.arms else ""
            boxes.setdefault(exit_.label, []).append(arm)
        named = [
            f"\u201c{label}\u201d" + (f" in {self.listed(arms)}" if all(arms) else "") for label, arms in boxes.items()
        ]
        head = added(self.speaker.lower(account.label), f"{self.listed(named)}; {self.n(account)}")
        told = f"{head}: {self._reasons(_only(item, 'reason'), colon=True)}"
        return "; ".join([told, *map(small, self.words.flags(account.item))])


def _chained(clauses: Sequence[str]) -> str:
    return "; ".join([*clauses[:-1], f"and {clauses[-1]}"] if len(clauses) > 1 else clauses)


def _only(item: Told, role: str) -> list[Told]:
    return [part for part in item.parts if part.role == role]


def _lines(item: Told, role: str) -> list[Told]:
    """Return the lines of a group of something told."""
    return [line for group in _only(item, role) for line in group.parts if line.role != "note"]
