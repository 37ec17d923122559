"""A solved flow as a chart: which cards there are, what each line says, and what the footnotes explain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from consortflow.diagrams.chart import Card, Chart, Footnote, Line, Link, Side
from consortflow.diagrams.phases import phases
from consortflow.diagrams.words import Words
from consortflow.network import Account, FlowNetwork
from consortflow.schemas.diagnostics import Diagnostic
from consortflow.schemas.labels import labels
from consortflow.schemas.study import Picture
from consortflow.solving import Solution

__all__ = ["compose"]


def compose(solution: Solution, picture: Picture | None = None) -> Chart:
    """Return the chart of a solved flow, as `picture`, or else its study's own, asks for it.

    Where the solution has conflicts, their cards are flagged and their arithmetic stands under the figure.
    """
    return _Composer(solution, picture or solution.network.study.picture).chart()


class _Composer:
    def __init__(self, solution: Solution, picture: Picture) -> None:
        self.solution = solution
        self.network: FlowNetwork = solution.network
        self.study = self.network.study
        self.picture = picture
        self.words = Words(solution)
        self.text = labels(self.study.study.language)
        self.marks: dict[str, str] = {}
        self.remarks: list[str] = []
        """What is said of arrows, which carry no marks."""
        self.cards: dict[str, Card] = {}
        self.links: list[Link] = []
        self.sides: list[Side] = []
        self.holder: dict[str, str] = {}
        """The card that each account is printed in."""
        self.chosen = {self._only(ref): side for ref, side in self.picture.sides.items()}

    def chart(self) -> Chart:
        for account in self.network.accounts.values():
            if account.kind == "stage":
                self.stage(account)
            elif account.kind == "arm" and not account.item.stages:
                self.put(Card(account.id, "stage", (self.line(account, bold=True, marks=self.arm_marks(account)),)))
            elif account.kind == "set":
                self.set(account)
        self.flow()
        self.transfers()
        names: tuple[str, ...] = ()
        if self.picture.bars:
            found = phases(self.network, {full: card.kind for full, card in self.cards.items()}, self.links, self.text)
            names = found.names
            self.cards = {full: card._replace(phase=found.of.get(full)) for full, card in self.cards.items()}
        self.flag(self.solution.conflicts)
        notes = [Footnote(mark, note) for note, mark in self.marks.items()]
        notes += [Footnote("", remark) for remark in self.remarks]
        if (rule := self.solution.rule) is not None:
            notes.append(Footnote("", self.text["word"][rule[0]].format(n=rule[1])))
        contradiction = self.text["word"]["contradiction"]
        notes += [Footnote("", contradiction.format(text=c.message)) for c in self.solution.conflicts]
        return Chart(
            title=self.study.study.title or self.text["word"]["title"],
            description=self.words.telling(),
            cards=tuple(self.cards.values()),
            links=tuple(self.links),
            sides=tuple(self.sides),
            phases=names,
            footnotes=tuple(notes),
            language=self.study.study.language,
        )

    # Cards

    def stage(self, account: Account) -> None:
        stage, lines = account.item, []
        marks = self.stage_marks(account)
        if (arm := self.entered(account)) is not None:
            if stage.kind == "allocation" and stage.label is None:  # "Allocated to ..." names the arm
                marks = [*self.arm_marks(arm), *marks]
            else:
                lines.append(Line(arm.label, bold=True, mark=self.mark(self.arm_marks(arm))))
        lines.append(self.line(account, bold=True, marks=marks))
        for name in ("regimen", "dose"):
            if getattr(stage, name, None):
                lines.append(Line(getattr(stage, name), depth=1))
        if (attempts := self.words.attempts(account)) is not None:
            lines.append(Line(*attempts, depth=1))
        lines += self.inside(account, "detail")
        joining = self.network.before(account.id, "enter")
        sources = not self.network.before(account.id, "flow")
        for full in joining:
            source = self.network.account(full)
            self.put(
                Card(
                    full,
                    "enter",
                    (self.line(source, bold=True, marks=self.common_marks(source)),),
                )
            )
            if sources:
                self.links.append(Link(full, account.id))
            else:
                self.sides.append(Side(full, account.id, "above", None, inward=True))
        self.put(Card(account.id, "stage", tuple(lines)))
        for full in self.network.after(account.id, "exit"):
            self.exit(self.network.account(full), account)

    def entered(self, account: Account) -> Account | None:
        """Return the arm that a stage is the first box of."""
        before = [self.network.account(full) for full in self.network.before(account.id, "flow")]
        return next((arm for arm in before if arm.kind == "arm" and arm.item.stages), None)

    def exit(self, account: Account, stage: Account) -> None:
        if self.hidden(account):
            return
        exit_ = account.item
        lines = [self.line(account, bold=True, marks=self.exit_marks(account))]
        lines += self.parts(account, exit_.reasons, 1)
        also = list(self.network.after(account.id, "part"))[len(exit_.reasons) :]
        for division in exit_.also:
            lines.append(Line(division.label, depth=1, mark=self.mark(self.division_marks(division))))
            lines += self.parts(account, division.reasons, 2, also)
            also = also[len(division.reasons) :]
        lines += self.inside(account, "detail")
        self.put(Card(account.id, "exit", tuple(lines)))
        self.sides.append(Side(account.id, stage.id, "below", self.chosen.get(account.id)))

    def set(self, account: Account) -> None:
        lines = [self.line(account, bold=True, marks=self.common_marks(account))]
        lines += self.inside(account, "detail")
        self.put(Card(account.id, "set", tuple(lines)))
        excluded = [self.network.account(full) for full in self.network.after(account.id, "excluded")]
        shown = [reason for reason in excluded if not self.hidden(reason)]
        if shown:
            heading = Line(self.text["word"]["not-in-set"], bold=True)
            if account.item.partial:
                heading = replace(heading, mark=self.mark([self.text["word"]["partial"]]))
            lines = [heading]
            card = f"{account.id}/excluded"
            for reason in shown:
                lines += self.branch(reason, 1, holder=card)
            self.put(Card(card, "exit", tuple(lines)))
            self.sides.append(Side(card, account.id, "above"))

    def put(self, card: Card) -> None:
        title = " ".join(f"{line.text} {line.count}".strip() for line in card.lines).replace("\u00a0", " ")
        self.cards[card.id] = card._replace(title=title)
        self.holder[card.id] = card.id

    # Lines

    def line(self, account: Account, depth: int = 0, *, bold: bool = False, marks: Iterable[str] = ()) -> Line:
        unit = account.units[0]
        derived = self.picture.show_derived and self.solution.status(account.id, unit) == "derived"
        notes = [*marks, *([self.text["word"]["derived"]] if derived else [])]
        if len(account.units) > 1:  # too much to stay with the label's last word
            return Line(f"{account.label} {self.words.count(account)}", "", depth, bold=bold, mark=self.mark(notes))
        return Line(account.label, self.words.count(account), depth, bold=bold, mark=self.mark(notes))

    def inside(self, box: Account, role: str) -> list[Line]:
        """Return the lines inside a box that nobody leaves by."""
        lines: list[Line] = []
        for full in self.network.after(box.id, role):
            account = self.network.account(full)
            if not self.hidden(account):
                lines += self.branch(account, 1, holder=box.id)
        return lines

    def parts(self, whole: Account, stated: tuple[object, ...], depth: int, ids: list[str] | None = None) -> list[Line]:
        lines: list[Line] = []
        for full in (ids if ids is not None else list(self.network.after(whole.id, "part")))[: len(stated)]:
            account = self.network.account(full)
            if not self.hidden(account):
                lines += self.branch(account, depth, holder=whole.id)
        return lines

    def branch(self, account: Account, depth: int, holder: str = "") -> list[Line]:
        """Return the line of an account and those of what it is made of."""
        self.holder[account.id] = self.holder.get(holder, holder) or account.box
        marks = [*self.division_marks(account.item), *([account.item.note] if account.item.note else [])]
        rate = self.words.outcome(account) if account.kind == "outcome" else ""
        lines = [Line(rate, depth=depth, mark=self.mark(marks)) if rate else self.line(account, depth, marks=marks)]
        for full in self.network.after(account.id, "part"):
            part = self.network.account(full)
            if not self.hidden(part):
                lines += self.branch(part, depth + 1, holder=account.id)
        return lines

    def hidden(self, account: Account) -> bool:
        """Whether a count is 0 and the picture leaves such lines out."""
        return not self.picture.zero_counts and all(self.solution.n(account.id, unit) == 0 for unit in account.units)

    # Footnotes

    def mark(self, notes: Iterable[str]) -> str:
        """Return the marks of footnotes, made in the order the figure is read."""
        found = []
        for note in notes:
            if note not in self.marks:
                number = len(self.marks)
                self.marks[note] = (chr(ord("a") + number // 26 - 1) if number >= 26 else "") + chr(
                    ord("a") + number % 26
                )
            found.append(self.marks[note])
        return ",".join(found)

    def common_marks(self, account: Account) -> list[str]:
        notes = [account.item.note] if account.item.note else []
        gap = getattr(account.item, "unexplained", None)
        if gap is not None:
            notes.append(gap.note or self.gap(gap.n, account))
        return notes

    def gap(self, number: int | dict[str, int], account: Account) -> str:
        by_unit = number if isinstance(number, dict) else {account.units[0]: number}
        words, about = self.text["word"], self.study.study
        default = about.counts if about.unit is None and about.units is None else ()
        units = {unit: words["unit"] if unit in default else unit for unit in by_unit}
        return " ".join(
            words["unexplained" if n >= 0 else "surplus"].format(
                n=abs(n), unit=units[unit][:1].upper() + units[unit][1:]
            )
            for unit, n in by_unit.items()
        )

    def stage_marks(self, account: Account) -> list[str]:
        definition = getattr(account.item, "definition", None)
        notes = [definition] if definition else []
        if account.item.cutoff is not None and account.item.cutoff != self.study.study.data_cutoff:
            notes.append(self.text["word"]["cutoff"].format(date=account.item.cutoff.isoformat()))
        return [*notes, *self.common_marks(account)]

    def exit_marks(self, account: Account) -> list[str]:
        notes = [*self.division_marks(account.item), *self.common_marks(account)]
        if account.item.kind == "ongoing":
            notes.append(self.text["word"]["ongoing"])
        for full, pool in self.network.accounts.items():
            if pool.kind == "pooled" and account.id in self.pooled(full):
                parts = [self.words.said(self.network.account(part)) for part in self.network.after(full, "part")]
                about = [*self.division_marks(pool.item), *([pool.item.note] if pool.item.note else [])]
                notes.append(" ".join([f"{self.words.said(pool)}: {'; '.join(parts)}.", *about]))
        return notes

    def pooled(self, full: str) -> tuple[str, ...]:
        return next((d.parts for d in self.network.divisions if d.whole == full and d.kind == "pooled"), ())

    def division_marks(self, item: object) -> list[str]:
        return [self.text["word"][flag] for flag in ("partial", "overlapping") if getattr(item, flag, False)]

    def arm_marks(self, arm: Account) -> list[str]:
        notes = [self.text["word"][f"arm-{arm.item.status}"]] if arm.item.status else []
        return [*notes, *([arm.item.note] if arm.item.note else [])]

    # Links

    def flow(self) -> None:
        """Link cards as people move; where a movement is not between two cards, the arm it passes is left out."""
        for full in list(self.cards):
            account = self.network.account(full) if full in self.network else None
            if account is None or account.kind not in ("stage", "arm"):
                continue
            for movement in self.arranged(self.network.after(full, "flow")):
                head = self.head(movement)
                if head:
                    self.links.append(Link(full, head))
            for head in self.network.after(full, "set"):
                # a part of a box that people go on from: not another way to go
                self.links.append(Link(full, head, "set", dotted=bool(self.network.after(full, "flow"))))
        for full in [full for full, card in self.cards.items() if card.kind == "set"]:
            self.links += [Link(full, head, "set") for head in self.network.after(full, "set")]

    def head(self, movement: str) -> str:
        if movement in self.cards:
            return movement
        heads = self.network.after(movement, "flow")
        return heads[0] if heads else ""

    def arranged(self, movements: tuple[str, ...]) -> list[str]:
        """Return arms in the order that the picture asks for, then the others as stated."""
        wanted = [self._only(reference) for reference in self.picture.order]
        return sorted(movements, key=lambda full: wanted.index(full) if full in wanted else len(wanted))

    def transfers(self) -> None:
        for account in self.network.accounts.values():
            ends = [*self.network.before(account.id, "transfer"), *self.network.after(account.id, "transfer")]
            if account.kind != "transfer" or len(ends) < 2 or not all(end in self.cards for end in ends):
                continue
            tail, head = ends
            count = self.words.count(account)
            link = Link(tail, head, "transfer", dotted=not account.item.counted, label=account.label, count=count)
            self.links.append(link)
            if account.item.note:
                self.remarks.append(f"{account.label}: {account.item.note}")

    # Conflicts

    def flag(self, conflicts: Iterable[Diagnostic]) -> None:
        """Mark the cards that print a number of a conflict."""
        for conflict in conflicts:
            for subject in conflict.subjects:
                card = self.holder.get(subject, subject)
                if card in self.cards:
                    self.cards[card] = self.cards[card]._replace(flagged=True)

    def _only(self, reference: str) -> str:
        return next(iter(self.network.names.find(reference)), reference)
