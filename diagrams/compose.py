"""A solved flow as a chart: which cards there are, what each line says, and what the footnotes explain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from consortflow.diagrams.chart import Card, Chart, Footnote, Line, Link, Side
from consortflow.diagrams.phases import phases
from consortflow.network import Account, FlowNetwork, Path
from consortflow.schemas.diagnostics import Diagnostic
from consortflow.schemas.labels import labels
from consortflow.schemas.study import Picture
from consortflow.solving import Solution
from consortflow.telling import flat, tell
from consortflow.words import Words

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
        told = tell(self.words)
        for account in self.network.accounts.values():
            if account.kind == "stage":
                self.stage(account)
            elif account.kind == "arm" and not account.item.stages:
                self.put(Card(account.id, "stage", (self.line(account, bold=True, marks=self.words.remarks(account)),)))
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
        notes += [Footnote("", told) for told in self.words.protection()]
        contradiction = self.text["word"]["contradiction"]
        notes += [Footnote("", contradiction.format(text=c.message)) for c in self.solution.conflicts]
        return Chart(
            title=self.study.study.title or self.text["word"]["title"],
            description=flat(told),
            cards=tuple(self.cards.values()),
            links=tuple(self.links),
            sides=tuple(self.sides),
            phases=names,
            footnotes=tuple(notes),
            language=self.study.study.language,
            telling=told,
        )

    # Cards

    def stage(self, account: Account) -> None:
        stage, lines = account.item, []
        marks = self.words.remarks(account)
        if (arm := self.entered(account)) is not None:
            if stage.kind == "allocation" and stage.label is None:  # "Allocated to ..." names the arm
                marks = [*self.words.remarks(arm), *marks]
            else:
                lines.append(Line(arm.label, bold=True, mark=self.mark(self.words.remarks(arm))))
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
                    (self.line(source, bold=True, marks=self.words.remarks(source)),),
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
        lines = [self.line(account, bold=True, marks=[*self.words.remarks(account), *self.words.pools(account)])]
        lines += self.parts(account, exit_.reasons, 1)
        also = list(self.network.after(account.id, "part"))[len(exit_.reasons) :]
        for division in exit_.also:
            lines.append(Line(division.label, depth=1, mark=self.mark(self.words.flags(division))))
            lines += self.parts(account, division.reasons, 2, also)
            also = also[len(division.reasons) :]
        lines += self.inside(account, "detail")
        self.put(Card(account.id, "exit", tuple(lines)))
        self.sides.append(Side(account.id, stage.id, "below", self.chosen.get(account.id)))

    def set(self, account: Account) -> None:
        lines = [self.line(account, bold=True, marks=self.words.remarks(account))]
        lines += self.inside(account, "detail")
        self.put(Card(account.id, "set", tuple(lines)))
        excluded = [self.network.account(full) for full in self.network.after(account.id, "excluded")]
        shown = [reason for reason in excluded if not self.hidden(reason)]
        if shown:
            heading = Line(self.text["word"]["not-in-set"], bold=True)
            if account.item.partial:
                heading = replace(heading, mark=self.mark(self.words.flags(account.item)))
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
        marks = self.words.remarks(account)
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
        """Return the marks of footnotes, made in the order the figure is read, in the order of the alphabet."""
        found = []
        for note in notes:
            if note not in self.marks:
                number = len(self.marks)
                self.marks[note] = (chr(ord("a") + number // 26 - 1) if number >= 26 else "") + chr(
                    ord("a") + number % 26
                )
            found.append(self.marks[note])
        return ",".join(sorted(found, key=lambda mark: (len(mark), mark)))

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
        self.order()

    def order(self) -> None:
        """Stand stages that come from nowhere (`from: []`) below those before them in the file, where these end."""
        apart = [account for account in self.network.stages() if account.item.come_from == () and account.path[-1]]
        if not apart:
            return
        at = {account.path: account for account in self.network.accounts.values()}
        going = {link.tail for link in self.links if link.kind == "flow"}
        for account in apart:
            before = self.ends((*account.path[:-1], int(account.path[-1]) - 1), at)
            if going.isdisjoint(before):
                self.links += [Link(full, account.id, "order") for full in before if full in self.cards]

    def ends(self, path: Path, at: Mapping[Path, Account]) -> list[str]:
        """Return the boxes that a stage ends in: itself, or the last ones of its arms."""
        account = at[path]
        if account.kind == "arm":
            last = len(account.item.stages) - 1
            return [account.id] if last < 0 else self.ends((*path, "stages", last), at)
        arms = range(len(account.item.arms))
        return [end for arm in arms for end in self.ends((*path, "arms", arm), at)] or [account.id]

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
