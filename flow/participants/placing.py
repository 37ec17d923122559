"""Participants put in their places, row by row: one CASE for each route, one group-by over the places.

This finds participants again, and counts where so many different answers occur that counting each of them would take
more memory than there is: what comes back is no larger than the plan, whatever the records hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import add, and_, or_
from typing import TYPE_CHECKING, Any, TypeAlias

from consortflow.participants.columns import first_of, together
from consortflow.participants.discretion import discreetly
from consortflow.participants.fetching import fetched, texts
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
    Split,
    Steps,
    Unsure,
)
from consortflow.schemas.criteria import Tree

if TYPE_CHECKING:
    import narwhals as nw

    from consortflow.participants.columns import Prepared

__all__ = ["Placing", "places_of"]

Cell: TypeAlias = tuple[tuple[int, ...], int, tuple[int, ...]]
"""A place of each route, how many participants end there, and how many of those each condition holds for."""


class Placing:
    """A plan as expressions over a table of participants."""

    def __init__(self, plan: Plan, prepared: Prepared) -> None:
        self.plan = plan
        self.prepared = prepared
        self.at = places_of(plan)
        self.same = _same(plan)
        """The first criterion that asks the same, by the number of each: every question is asked once."""
        lines = [*plan.lines.values(), *(mark.line for mark in plan.marks)]
        self.conditions = _distinct(self._once(line.condition) for line in lines if line.condition is not None)

    def numbers(self) -> tuple[list[int], list[list[int]]]:
        """Return how many participants each line holds, in the order of the plan's lines and marks, and each place.

        Raises FileError without a value of a cell.
        """
        cells = discreetly(self.prepared.name, self._cube, "counted")
        lines = [*self.plan.lines.values(), *(mark.line for mark in self.plan.marks)]
        places = [[0] * (len(route.places) + 1) for route in self.plan.routes]
        for codes, number, _ in cells:
            for route, code in enumerate(codes):
                places[route][code] += number
        return [self._number(line, cells) for line in lines], places

    def _number(self, line: Line, cells: Sequence[Cell]) -> int:
        groups = [self._codes(group) for group in line.among]
        index = None if line.condition is None else self.conditions[self._once(line.condition)]
        return sum(
            number if index is None else sums[index]
            for codes, number, sums in cells
            if all(any(codes[route] in held for route, held in group.items()) for group in groups)
        )

    def _codes(self, accounts: Iterable[str]) -> dict[int, frozenset[int]]:
        found: dict[int, frozenset[int]] = {}
        for account in accounts:
            for route, codes in self.at.get(account, {}).items():
                found[route] = found.get(route, frozenset()) | codes
        return found

    def _once(self, condition: Condition) -> Condition:
        """Return a condition in terms of the first criteria that ask the same, so that equal ones are one."""
        match condition:
            case Met(criterion):
                return Met(self.same[criterion])
            case Unsure(criterion):
                return Unsure(self.same[criterion])
            case Not(part):
                return Not(self._once(part))
            case All(parts):
                return All(tuple(dict.fromkeys(map(self._once, parts))))
            case Any_(parts):
                return Any_(tuple(dict.fromkeys(map(self._once, parts))))
            case Several(parts):
                return Several(tuple(map(self._once, parts)))
            case _:
                return condition

    # The pass

    def placed(self) -> list[Any]:
        """Return the records as Narwhals frames with a column for each criterion, route, and split."""
        return [self._in_places(frame) for frame in self.prepared.frames]

    def _in_places(self, frame: Any) -> Any:
        asked = {number: self.plan.criteria[number] for number in sorted(set(self.same))}
        truths = self.prepared.truths(asked)
        frame = frame.with_columns(**truths) if truths else frame
        for number, route in enumerate(self.plan.routes):
            code = self._steps(route.steps)
            if route.enters is not None:
                import narwhals as nw

                code = nw.when(self.expression(route.enters)).then(code).otherwise(nw.lit(0))
            frame = frame.with_columns(code.alias(f"r{number}"))
        splits = {f"d{number}": self._split(split) for number, split in enumerate(self.plan.splits)}
        return frame.with_columns(**splits) if splits else frame

    def _cube(self) -> list[Cell]:
        import narwhals as nw

        routes = [f"r{number}" for number in range(len(self.plan.routes))]
        marks = {f"f{index}": self._one(condition) for condition, index in self.conditions.items()}
        sums = (nw.len().alias("n"), *(nw.col(name).sum() for name in marks))
        width = len(routes)
        cells: list[Cell] = []
        for placed in self.placed():
            counted: Any = placed.select(*routes, **marks).group_by(*routes).agg(*sums)
            cells += [
                (tuple(map(int, row[:width])), int(row[width]), tuple(int(value or 0) for value in row[width + 1 :]))
                for row in fetched(counted.select(*routes, "n", *marks))
            ]
        return cells

    def _one(self, condition: Condition) -> nw.Expr:
        """Return 1 where a condition holds and 0 elsewhere."""
        import narwhals as nw

        return nw.when(self.expression(condition)).then(nw.lit(1)).otherwise(nw.lit(0))

    def expression(self, condition: Condition) -> Any:
        """Return a condition as an expression over placed records: true or false, and never missing."""
        import narwhals as nw

        match condition:
            case Met(criterion):
                return nw.col(f"k{self.same[criterion]}")
            case Unsure(criterion):
                return nw.col(f"m{self.same[criterion]}")
            case Not(part):
                return ~self.expression(part)
            case All(parts):
                return together(and_, map(self.expression, parts))
            case Any_(parts):
                return together(or_, map(self.expression, parts))
            case Several(parts):
                return together(add, [self.expression(part).cast(nw.Int32) for part in parts]) >= 2
            case At(route, codes):
                return _is_in(nw.col(f"r{route}"), codes)
            case In(accounts):
                held = self._codes(accounts)
                return together(or_, (_is_in(nw.col(f"r{route}"), codes) for route, codes in held.items()))
            case Side(split, code):
                return nw.col(f"d{split}") == code

    def _steps(self, steps: Steps) -> nw.Expr:
        """Return the number of the place that steps lead to: the first condition that is met decides."""
        import narwhals as nw

        branches: list[tuple[Condition, nw.Expr]] = []
        last = nw.lit(0)
        for condition, then in steps:
            value = nw.lit(then) if isinstance(then, int) else self._steps(then)
            if condition is None:
                last = value
                break
            branches.append((condition, value))
        return self._first(branches, last)

    def _first(self, branches: Iterable[tuple[Condition, nw.Expr]], last: nw.Expr) -> nw.Expr:
        """Return what the first condition that is met leads to; where none is, the last."""
        return first_of(((self.expression(condition), value) for condition, value in branches), last)

    def _split(self, split: Split) -> nw.Expr:
        import narwhals as nw

        branches: list[tuple[Condition, nw.Expr]] = []
        for code, (condition, doubt) in enumerate(zip(split.criteria, split.doubts, strict=True), 1):
            branches.append((condition, nw.lit(code)))
            if doubt is not None:
                branches.append((doubt, nw.lit(-code)))
        return self._first(branches, nw.lit(split.rest))

    # Ids, where they are asked for

    def ids_where(self, condition: Condition) -> list[str]:
        """Return the ids of the participants for whom a condition holds, sorted."""

        def listed() -> list[str]:
            import narwhals as nw

            who, column = self.expression(condition), nw.col("id").cast(nw.String)
            return texts(placed.filter(who).select(column) for placed in self.placed())

        return discreetly(self.prepared.name, listed, "counted")


def _is_in(column: nw.Expr, codes: frozenset[int]) -> nw.Expr:
    """Return whether a column holds one of some numbers; runs of numbers are compared by their ends."""
    ordered = sorted(codes)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return (column >= ordered[0]) & (column <= ordered[-1])
    return column.is_in(ordered) if len(ordered) > 1 else column == ordered[0]


def places_of(plan: Plan) -> dict[str, dict[int, frozenset[int]]]:
    """Return the places, by route, that lie within each box."""
    found: dict[str, dict[int, set[int]]] = {}
    for number, route in enumerate(plan.routes):
        for code, place in enumerate(route.places, 1):
            for account in place.within:
                found.setdefault(account, {}).setdefault(number, set()).add(code)
    return {full: {route: frozenset(codes) for route, codes in held.items()} for full, held in found.items()}


def _distinct(conditions: Iterable[Condition]) -> Mapping[Condition, int]:
    """Return a number for each condition, equal ones once: each becomes a column of the cube."""
    return {condition: number for number, condition in enumerate(dict.fromkeys(conditions))}


def _same(plan: Plan) -> list[int]:
    first: dict[tuple[Tree, bool | None], int] = {}
    return [first.setdefault((c.tree, c.unsure), number) for number, c in enumerate(plan.criteria)]
