# ruff: noqa: RUF001 - words of many scripts
"""Random valid charts: arms, splits in splits, merges, sets, transfers, long and foreign words."""

from __future__ import annotations

from random import Random

from consortflow.diagrams.chart import Card, Chart, Footnote, Line, Link, Side

WORDS = (
    "Received allocated intervention",
    "Lost to follow-up",
    "Did not meet inclusion criteria",
    "Randomised",
    "R&D <b>",
    "患者登録後に同意を撤回した参加者",
    "\\N \\G \\l",
    "Pneumonoultramicroscopicsilicovolcanoconiosis",
    "≥18 years ± 2",
    "Физическое лицо отказалось",
    "]]> &lt;",
    'said "no"',
    "ends\\",
    "café naïve",
    "a",
    "Αγωγή",
    "患者（n）、「同意」。",
    "x/y-z",
)
PHASES = ("Follow-up", "Allocation", "割付", "A very long phase name indeed")


class Growing:
    """A chart being grown from its first stage."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.cards: list[tuple[str, str, tuple[Line, ...], bool]] = []
        self.links: list[Link] = []
        self.sides: list[Side] = []
        self.stages: list[str] = []

    def words(self) -> str:
        r = self.random
        text = " ".join(r.choice(WORDS) for _ in range(r.choice((1, 1, 1, 2, 3, 12))))
        if r.random() < 0.03:
            text = r.choice(("W" * 500, "患" * 200, "i" * 500))
        return text[:500]

    def lines(self, most: int) -> tuple[Line, ...]:
        r = self.random
        count = r.choice(("(n = 12)", "", "(n = 123,456)", "(12 nursing homes; 310 residents)"))
        head = Line(self.words(), count, 0, r.random() < 0.9, r.choice(("", "", "a", "*")))
        deep = (1, 1, 1, 2, 3)
        return (
            head,
            *(Line(self.words(), "(n = 3)", r.choice(deep)) for _ in range(r.choice((0, 0, 0, 1, 2, 3, most)))),
        )

    def card(self, kind: str, most: int = 4) -> str:
        ident = f"{kind}-{len(self.cards)}"
        self.cards.append((ident, kind, self.lines(most), self.random.random() < 0.05))
        return ident

    def stage(self, tails: list[str]) -> str:
        r = self.random
        new = self.card("stage")
        self.stages.append(new)
        self.links += [Link(tail, new, dotted=r.random() < 0.05) for tail in tails]
        for _ in range(r.choice((0, 0, 1, 1, 2, 4))):
            side = r.choice((None, None, None, "left", "right"))
            where = r.choice(("below", "below", "below", "above"))
            self.sides.append(Side(self.card("exit", r.choice((4, 4, 30))), new, where, side, inward=r.random() < 0.15))
        if r.random() < 0.12:
            self.links.append(Link(new, self.card("set"), "set"))
        return new

    def grow(self, start: list[str], depth: int) -> list[str]:
        """A trunk from some stages; what it ends in, to be merged or left."""
        r = self.random
        ends = start
        for _ in range(r.randint(1, 3)):
            ends = [self.stage(ends)]
            if depth < 3 and r.random() < 0.35:
                many = r.choice((2, 2, 3, 4, 8)) if depth == 0 else 2
                arms = [self.grow(ends, depth + 1) for _ in range(many)]
                direct = ends if r.random() < 0.15 else []
                fate = r.random()
                open_ends = [end for arm in arms for end in arm]
                if fate < 0.4:
                    ends = open_ends + direct
                elif fate < 0.6 and len(open_ends) > 2:
                    part = self.stage(open_ends[:2])
                    ends = [part, *open_ends[2:]]
                    if r.random() < 0.5:
                        return ends
                else:
                    return open_ends
        return ends


def chart_of(random: Random, tangled: bool = False) -> Chart:
    """A chart; `tangled` adds links that no series-parallel flow has."""
    growing = Growing(random)
    ends: list[str] = []
    roots = random.choice((1, 1, 1, 1, 2, 3))
    for _ in range(roots):
        ends += growing.grow([], 0 if roots == 1 else 2)
    if roots > 1 and random.random() < 0.7:
        growing.grow(ends, 1)
    stages = growing.stages
    if tangled:
        for _ in range(random.randint(1, 4)):
            one, two = sorted(random.sample(range(len(stages)), 2)) if len(stages) > 1 else (0, 0)
            if one != two:
                growing.links.append(Link(stages[one], stages[two]))
    if random.random() < 0.3 and len(stages) > 1:
        for _ in range(random.randint(1, 3)):
            one, two = random.sample(range(len(stages)), 2)
            label = random.choice(("", "Crossed over", growing.words()[:80]))
            growing.links.append(Link(stages[one], stages[two], "transfer", dotted=True, label=label))
    return _with_phases(growing, random)


def _with_phases(growing: Growing, random: Random) -> Chart:
    depth: dict[str, int] = {}
    beside = {side.card for side in growing.sides}
    order = [ident for ident, *_ in growing.cards if ident not in beside]
    down = [link for link in growing.links if link.kind != "transfer"]
    for _ in order:
        before = dict(depth)
        for ident in order:
            depth[ident] = max([0, *(depth.get(link.tail, 0) + 1 for link in down if link.head == ident)])
        if depth == before:
            break
    phases = random.choice((0, 0, 1, 3, 5))
    deepest = max(depth.values(), default=0) + 1
    cards = tuple(
        Card(
            ident, kind, lines, depth[ident] * phases // deepest if phases and ident in depth else None,
            lines[0].text, flagged,
        )
        for ident, kind, lines, flagged in growing.cards
    )  # fmt: skip
    names = tuple(
        f"{random.choice(('Follow-up', 'Allocation', '割付', 'A very long phase name indeed'))}" for _ in range(phases)
    )
    notes = (Footnote("a", growing.words()), Footnote("", growing.words())) if random.random() < 0.2 else ()
    return Chart("A trial", "In words", cards, tuple(growing.links), tuple(growing.sides), names, notes)
