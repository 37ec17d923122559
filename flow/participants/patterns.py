"""Participants counted by the pattern of their answers: one bit for each comparison, one group-by over the bits.

The records are asked nothing but plain comparisons, and whether a value is missing. How answers make a criterion, who
leaves first and what is counted on the way is worked out here, for each pattern once: three-valued logic is the same
whatever the backend takes NULL for. A set of patterns is a number with a bit for each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import compress, groupby
from operator import add, and_, or_
from typing import TYPE_CHECKING, Any, assert_never

from consortflow.participants.cases import Asked, with_cases
from consortflow.participants.columns import Absence, Kind, Known, first_of, together
from consortflow.participants.discretion import discreetly
from consortflow.participants.fetching import fetched
from consortflow.participants.placing import places_of
from consortflow.participants.routes import (
    All,
    Any_,
    At,
    Condition,
    In,
    Line,
    Met,
    Not,
    Plan,
    Several,
    Side,
    Steps,
    Unsure,
)
from consortflow.schemas.criteria import (
    AllOf,
    AnyOf,
    Between,
    Column,
    Comparison,
    IsMissing,
    Negated,
    OneOf,
    Tree,
    Value,
)

if TYPE_CHECKING:
    import narwhals as nw

    from consortflow.participants.columns import Prepared

__all__ = ["MAX_PATTERNS", "Patterns"]

MAX_PATTERNS = 100_000
"""Patterns that are told apart; a table of a hundred million rows of a real trial has some thousands."""
PROBE = 100_000
"""Rows that are looked at first: where they show many patterns, patterns are not counted."""
MAX_PROBED = 10_000
FEW = 16
"""Questions whose answers make no more patterns than are told apart: nothing needs to be looked at first."""
WORD = 60
"""Answers in one whole number; Python's and every backend's integers hold them exactly."""
_BITS = bytes.maketrans(b"01", b"\0\1")


class Patterns:
    """A plan over the patterns of answers that a table of participants shows."""

    def __init__(self, plan: Plan, prepared: Prepared) -> None:
        self.plan = plan
        self.prepared = prepared
        self.at = places_of(plan)
        self.questions: dict[Any, nw.Expr] = {}
        """By comparison, or by value that may be missing: what the records are asked."""
        self.doubts: dict[Tree, tuple[Absence, ...]] = {}
        """By comparison: the values without which it has no answer."""
        for criterion in plan.criteria:
            self._ask(criterion.tree)
        self.order = self._ordered()
        self.chains = self._chained()
        self.counts: list[int] = []
        self.answers: dict[Any, int] = {}
        self.all = 0
        self.met: list[int] = []
        self.unsure: list[int] = []
        self.placed: list[dict[int, int]] = []
        self.sides: list[dict[int, int]] = []

    def _ask(self, tree: Tree) -> None:
        match tree:
            case Negated(part):
                self._ask(part)
            case AllOf(parts) | AnyOf(parts):
                for part in parts:
                    self._ask(part)
            case Between(column, low, high):
                self._ask(Comparison(column, ">=", low))
                self._ask(Comparison(column, "<=", high))
            case IsMissing(column):
                self.questions.setdefault(*self.prepared.absence(column))
            case _ if tree not in self.questions:
                self.questions[tree], absences = self.prepared.answer(tree)
                self.questions.update((key, missing) for key, missing in absences.items() if key not in self.questions)
                self.doubts[tree] = tuple(absences)

    # What the records answer

    def numbers(self) -> tuple[list[int], list[list[int]]] | None:
        """Return how many participants each line holds, in the order of the plan's lines and marks, and each place.

        None where there are too many patterns. Raises FileError without a value of a cell.
        """
        rows = discreetly(self.prepared.name, self._rows, "counted")
        if rows is None:
            return None
        self._answered(rows)
        self._placed()
        lines = [*self.plan.lines.values(), *(mark.line for mark in self.plan.marks)]
        places = [
            [self._people(held.get(code, 0)) for code in range(len(route.places) + 1)]
            for held, route in zip(self.placed, self.plan.routes, strict=True)
        ]
        return [self._people(self._line(line)) for line in lines], places

    def _rows(self) -> list[tuple[int, ...]] | None:
        """Return each pattern, as one number or several, with how many participants show it."""
        import narwhals as nw

        if not self.questions:
            return [(sum(int(fetched(frame.select(nw.len()))[0][0]) for frame in self.prepared.frames),)]
        frames, words = self._worded()
        if isinstance(frames[0], nw.LazyFrame) and len(self.questions) > FEW:
            probe: Any = frames[0].head(PROBE).select(**words).unique().select(nw.len())
            if fetched(probe)[0][0] > MAX_PROBED:
                return None
        rows: Counter[tuple[int, ...]] = Counter()
        for frame in frames:
            counted: Any = frame.select(**words).group_by(*words).agg(nw.len().alias("n")).head(MAX_PATTERNS + 1)
            for *pattern, number in fetched(counted.select(*words, "n"), self.prepared.aside):
                rows[tuple(map(int, pattern))] += int(number)
            if len(rows) > MAX_PATTERNS:
                return None
        return sorted((*pattern, number) for pattern, number in rows.items())

    def _worded(self) -> tuple[list[Any], dict[str, nw.Expr]]:
        """Return the records, and the answers as whole numbers with a bit for each: narrow where they are few.

        Narrow ones are faster.
        """
        import narwhals as nw

        frames = list(self.prepared.frames)
        words = {}
        for start in range(0, len(self.order), WORD):
            asked = self.order[start : start + WORD]
            size = 16 if len(asked) < 16 else 32 if len(asked) < 32 else 64
            numbers = {key: 1 << bit for bit, key in enumerate(asked)}
            cases: dict[str, list[tuple[Asked, int]]] = {}
            parts = []
            for home, grouped in groupby(asked, self._home):
                keys = list(grouped)
                if branches := self._branches(home, keys, numbers):
                    name = f"p{start + len(cases)}"
                    cases[name] = branches
                    parts.append(nw.col(name))
                else:
                    parts.append(self._part(home, keys, numbers, size))
            if cases:
                frames = [with_cases(frame, cases, size) for frame in frames]
            words[f"w{start // WORD}"] = together(add, parts)
        return frames, words

    def _branches(self, home: Absence | None, keys: list[Any], numbers: dict[Any, int]) -> list[tuple[Asked, int]]:
        """Return questions about one column of which at most one is met; none where they are not for one CASE."""
        if home is None or not self.prepared.frames[0].implementation.is_duckdb():
            return []
        rest = [key for key in keys if key != home]
        asked = ((self.prepared.asked(key), numbers.get(key, 0)) for key in (home, *rest))
        branches = [(one, number) for one, number in asked if one is not None]
        alike = len({self.chains[key] for key in rest}) == 1
        return branches if alike and len(branches) == 1 + len(rest) else []

    def _part(self, home: Absence | None, keys: list[Any], numbers: dict[Any, int], size: int) -> nw.Expr:
        """Return the sum of the numbers of questions that are answered with yes."""
        import narwhals as nw

        kind: Any = {16: nw.Int16, 32: nw.Int32, 64: nw.Int64}[size]
        bits = {key: nw.lit(numbers[key], dtype=kind) for key in keys}
        none = nw.lit(0, dtype=kind)
        chains: dict[Any, list[tuple[nw.Expr, nw.Expr]]] = {}
        for key in keys:
            if key != home:
                chains.setdefault(self.chains[key], []).append((self.questions[key], bits[key]))
        part: nw.Expr = together(add, (first_of(chain, none) for chain in chains.values())) if chains else none
        if home is None:
            return part
        missing = self.questions[home]  # what is missing need not be compared
        return nw.when(missing).then(bits.get(home, none)).otherwise(part)

    def _home(self, key: Any) -> Absence | None:
        """Return the only value without which a comparison has no answer, where there is one."""
        if isinstance(key, Absence):
            return key
        doubts = self.doubts[key]
        return doubts[0] if len(doubts) == 1 else None

    def _ordered(self) -> list[Any]:
        """Return the questions: each value that may be missing, and what it is compared with."""
        homes: dict[Absence | None, list[Any]] = {}
        for key in self.questions:
            homes.setdefault(self._home(key), []).append(key)
        return [key for keys in homes.values() for key in keys]

    def _chained(self) -> dict[Any, Any]:
        """Return, by question, what those have in common of which at most one is met: a text is not two texts.

        Texts that a backend might take for the same, because it ignores case or spaces, are not in one chain.
        """
        chains: dict[Any, Any] = {}
        alike: Counter[tuple[Known, str]] = Counter()
        for key in self.order:
            chains[key] = key
            match key:
                case Comparison(Column() as column, "=", Value(str(text))) if text.isascii():
                    known = self.prepared.known(column)
                    if known.kind is Kind.TEXT:
                        same = known, text.strip().casefold()
                        chains[key] = known, alike[same]
                        alike[same] += 1
        return chains

    def _answered(self, rows: Sequence[tuple[int, ...]]) -> None:
        self.counts = [row[-1] for row in reversed(rows)]  # the first pattern is the lowest bit
        self.all = (1 << len(rows)) - 1
        for index, key in enumerate(self.order):
            word, bit = divmod(index, WORD)
            self.answers[key] = sum(1 << number for number, row in enumerate(rows) if row[word] >> bit & 1)
        for criterion in self.plan.criteria:
            met, unmet = self._decided(criterion.tree)
            self.unsure.append(self.all & ~(met | unmet))
            self.met.append(self.all & ~unmet if criterion.unsure else met)

    def _decided(self, tree: Tree) -> tuple[int, int]:
        """Return the patterns that meet a criterion, and those that do not; the rest leaves it open."""
        match tree:
            case Negated(part):
                met, unmet = self._decided(part)
                return unmet, met
            case AllOf(parts):
                pairs = [self._decided(part) for part in parts]
                return reduce(and_, (met for met, _ in pairs)), reduce(or_, (unmet for _, unmet in pairs))
            case AnyOf(parts):
                pairs = [self._decided(part) for part in parts]
                return reduce(or_, (met for met, _ in pairs)), reduce(and_, (unmet for _, unmet in pairs))
            case Between(column, low, high):
                return self._decided(AllOf((Comparison(column, ">=", low), Comparison(column, "<=", high))))
            case IsMissing(column):
                missing = self.answers[self.prepared.absence(column)[0]]
                return missing, self.all & ~missing
            case Comparison() | OneOf():
                missing = reduce(or_, (self.answers[key] for key in self.doubts[tree]), 0)
                met = self.answers[tree] & ~missing
                return met, self.all & ~(met | missing)
            case _:
                assert_never(tree)

    def _people(self, patterns: int) -> int:
        return sum(compress(self.counts, f"{patterns:0{len(self.counts)}b}".encode().translate(_BITS)))

    # Where each pattern leads

    def _placed(self) -> None:
        for route in self.plan.routes:
            held: dict[int, int] = {}
            come = self.all if route.enters is None else self._holds(route.enters)
            self._walk(route.steps, come, held)
            self.placed.append({0: self.all & ~come, **held})
        for split in self.plan.splits:
            parts: dict[int, int] = {}
            left = self.all
            for code, (condition, doubt) in enumerate(zip(split.criteria, split.doubts, strict=True), 1):
                for number, asked in ((code, condition), (-code, doubt)):
                    taken = left & self._holds(asked) if asked is not None else 0
                    parts[number] = taken
                    left &= ~taken
            parts[split.rest] = left
            self.sides.append(parts)

    def _walk(self, steps: Steps, come: int, held: dict[int, int]) -> None:
        """Put patterns at the places that steps lead them to: the first condition that is met decides."""
        for condition, then in steps:
            taken = come if condition is None else come & self._holds(condition)
            come &= ~taken
            if isinstance(then, int):
                held[then] = held.get(then, 0) | taken
            elif taken:
                self._walk(then, taken, held)
            if not come:
                return

    def _line(self, line: Line) -> int:
        groups = [self._holds(In(group)) for group in line.among]
        condition = self.all if line.condition is None else self._holds(line.condition)
        return reduce(and_, groups, condition)

    def _holds(self, condition: Condition) -> int:
        """Return the patterns for which a condition holds."""
        match condition:
            case Met(criterion):
                return self.met[criterion]
            case Unsure(criterion):
                return self.unsure[criterion]
            case Not(part):
                return self.all & ~self._holds(part)
            case All(parts):
                return reduce(and_, map(self._holds, parts), self.all)
            case Any_(parts):
                return reduce(or_, map(self._holds, parts), 0)
            case Several(parts):
                once = twice = 0
                for part in parts:
                    held = self._holds(part)
                    once, twice = once | held, twice | once & held
                return twice
            case At(route, codes):
                return self._at(route, codes)
            case In(accounts):
                places = [self.at.get(account, {}) for account in accounts]
                return reduce(or_, (self._at(route, codes) for held in places for route, codes in held.items()), 0)
            case Side(split, code):
                return self.sides[split].get(code, 0)
            case _:
                assert_never(condition)

    def _at(self, route: int, codes: Iterable[int]) -> int:
        return reduce(or_, (self.placed[route].get(code, 0) for code in codes), 0)
