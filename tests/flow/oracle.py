"""What counts can be, by another road: a study's integer programme, asked of OR-tools' CP-SAT in exact whole numbers.

Shares no code with the engine. What is claimed of a study's counts is proven or refuted in a few questions for all of
them: one asks for any count outside its range, others collect solutions until every end of every range has been met.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from math import inf

from ortools.sat.python import cp_model
from plan import Key
from programme import Programme, Row

Range = tuple[int, float]
Numbers = Sequence[float] | Mapping[int, float]

CAP = 2**32
"""More people than any number of a random flow leads to, through whatever percentages. That a count has no end at all
is proven by a direction in which it grows for ever, not by reaching this."""

SOME = 10**5
"""Enough people to tell two rows about the same counts apart."""

QUICK = 0.002
PATIENT = 100
"""Deterministic seconds: nearly every solution is found at once; where none is, the question is presolved."""

__all__ = ["Oracle", "Question", "Range", "alike", "feasible", "superfluous"]


class Question:
    """Rows and bounds as a model of CP-SAT, to which conditions are added; numbers that are known are not variables."""

    def __init__(self) -> None:
        self.model = cp_model.CpModel()
        self.impossible = False
        """Whether a row between known numbers does not hold."""
        self.hard = False
        """Whether no solution was found at once."""
        self.sums: list[tuple[cp_model.LinearExpr, float, float, cp_model.IntVar | None]] = []
        """What a solution must satisfy: sums, between bounds, where a variable (if any) is 1 or more."""

    def take(self, rows: Iterable[Row], low: Numbers, high: Numbers) -> dict[int, cp_model.IntVar]:
        """Add rows, each with the variables that are not known; return these."""
        made: dict[int, cp_model.IntVar] = {}
        for terms, least, most, where in rows:
            if where is not None and high[where] < 1:
                continue
            fixed = 0
            variables, coefficients = [], []
            for v, coefficient in terms.items():
                if low[v] == high[v]:
                    fixed += coefficient * int(low[v])
                    continue
                if v not in made:
                    made[v] = self.number(low[v], high[v])
                variables.append(made[v])
                coefficients.append(coefficient)
            if not variables:
                self.impossible = self.impossible or not least <= fixed <= most
                continue
            sums = cp_model.LinearExpr.weighted_sum(variables, coefficients)
            self.holds(sums, least - fixed, most - fixed, None if where is None or low[where] > 0 else made[where])
        return made

    def holds(self, sums: cp_model.LinearExpr, low: float, high: float, where: cp_model.IntVar | None = None) -> None:
        """Hold a sum between bounds: always, or where a variable is 1 or more."""
        self.sums.append((sums, low, high, where))
        row = self.model.add_linear_expression_in_domain(sums, _domain(low, high))
        if where is not None:
            none = self.model.new_bool_var("")
            self.model.add(where == 0).only_enforce_if(none)
            self.model.add(where >= 1).only_enforce_if(~none)
            row.only_enforce_if(~none)

    def number(self, low: float, high: float) -> cp_model.IntVar:
        """Return a new variable between bounds that may be infinite."""
        if low > high:
            self.impossible = True
            high = low
        return self.model.new_int_var(int(low), CAP if high == inf else int(high), "")

    def implies(self, variable: cp_model.IntVar, low: float, high: float) -> cp_model.IntVar:
        """Return a condition under which a variable is in a range."""
        condition = self.model.new_bool_var("")
        self.model.add_linear_expression_in_domain(variable, _domain(low, high)).only_enforce_if(condition)
        self.sums.append((variable, low, high, condition))
        return condition

    def prefer(self, conditions: Iterable[cp_model.IntVar]) -> None:
        """Try to meet these conditions, as many as it takes no search for."""
        self.model.clear_hints()
        for condition in conditions:
            self.model.add_hint(condition, 1)

    def answer(self) -> cp_model.CpSolver | None:
        """Return a solver that holds a solution, checked here; None where there is none.

        That there is none is only believed of a question that was presolved: CP-SAT 9.15 has said so of others that
        had a solution.
        """
        if self.impossible:
            return None
        for presolve, level, limit in ((False, 1, QUICK), (True, 2, PATIENT))[self.hard :]:
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.cp_model_presolve = presolve
            solver.parameters.linearization_level = level
            solver.parameters.max_deterministic_time = limit
            status = solver.solve(self.model)
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                assert self._satisfied(solver)
                return solver
            if status == cp_model.INFEASIBLE and presolve:
                return None
            assert status in (cp_model.INFEASIBLE, cp_model.UNKNOWN), self.model.validate()
            self.hard = True
        raise TimeoutError("CP-SAT does not know")

    def _satisfied(self, solver: cp_model.CpSolver) -> bool:
        """Whether the numbers of a solution satisfy every sum."""
        value = solver.value
        return all(
            low <= value(sums) <= high for sums, low, high, where in self.sums if where is None or value(where) > 0
        )


def _domain(low: float, high: float) -> cp_model.Domain:
    far = 2**60
    return cp_model.Domain(-far if low == -inf else int(low), far if high == inf else int(high))


def superfluous(rows: Collection[Row], low: Sequence[float], high: Sequence[float]) -> list[Row | int]:
    """Return the rows and the stated numbers of a contradiction that can be left out, and leave one still."""
    held = {v for row in rows for v in row.terms}
    said = [v for v in held if low[v] > 0 or high[v] != inf]
    every: list[tuple[Row | int, list[Row], set[int]]] = []
    every += [(row, [other for other in rows if other is not row], set(said)) for row in rows]
    every += [(v, list(rows), set(said) - {v}) for v in said]

    def possible(cases: Iterable[tuple[Row | int, list[Row], set[int]]]) -> bool:
        question = Question()
        for _, kept, made in cases:
            least = {v: low[v] if v in made else 0 for v in held}
            most = {v: high[v] if v in made else inf for v in held}
            question.take(kept, least, most)
        return question.answer() is not None

    return [] if possible(every) else [case[0] for case in every if not possible([case])]


def alike(one: Row, other: Row) -> bool:
    """Whether two rows are true of the same numbers."""
    return not (_stricter(one, other) or _stricter(other, one))


def _stricter(one: Row, other: Row) -> bool:
    """Whether some numbers satisfy the other row, but not this one."""
    question = Question()
    held = {*one.terms, *other.terms}
    made = question.take([other], dict.fromkeys(held, 0), dict.fromkeys(held, SOME))
    for v in held - made.keys():
        made[v] = question.number(0, SOME)
    sums = cp_model.LinearExpr.weighted_sum([made[v] for v in one.terms], list(one.terms.values()))
    question.model.add_linear_expression_in_domain(sums, _domain(one.low, one.high).complement())
    if one.where is not None:
        question.model.add(made[one.where] >= 1)
    return question.answer() is not None


def feasible(rows: Iterable[Row], low: Numbers, high: Numbers) -> bool:
    """Whether there is a whole solution."""
    question = Question()
    question.take(rows, low, high)
    return question.answer() is not None


class Oracle(Programme):
    """A study's integer programme, and what can be asked of it."""

    def feasible(self) -> bool:
        """Whether everything that is stated can be true."""
        return feasible(self.rows, self.low, self.high)

    def holds(self, truth: Mapping[Key, int]) -> bool:
        """Whether known counts satisfy every statement and every row; movements are left free."""
        low, high = list(self.low), list(self.high)
        for key, number in truth.items():
            v = self.index[key]
            if not low[v] <= number <= high[v]:
                return False
            low[v] = high[v] = number
        return feasible(self.rows, low, high)

    def outside(self, claims: Mapping[Key, Range]) -> list[Key]:
        """Return counts that can all be outside their claimed ranges at once; none where no count ever can."""
        question = Question()
        made = question.take(self.rows, self.low, self.high)
        beyond: dict[Key, list[cp_model.IntVar]] = {}
        for key, (least, most) in claims.items():
            v = self.index[key]
            sides = [(self.low[v], least - 1)] if least > self.low[v] else []
            sides += [(most + 1, self.high[v])] if most < self.high[v] else []
            if sides and v not in made:
                return [key]
            beyond[key] = [question.implies(made[v], low, high) for low, high in sides]
        every = [side for sides in beyond.values() for side in sides]
        question.model.add_bool_or(every)
        solver = question.answer()
        if solver is None:
            return []
        return [key for key, sides in beyond.items() if any(solver.boolean_value(side) for side in sides)]

    def unmet(self, claims: Mapping[Key, Range]) -> list[tuple[Key, float]]:
        """Return the ends of claimed ranges that no solution meets; a count without an end has to grow for ever."""
        question = Question()
        made = question.take(self.rows, self.low, self.high)
        waiting = {}
        for key, ends in claims.items():
            v = self.index[key]
            for end in set(ends) - {inf}:
                if v in made:
                    waiting[key, end] = question.implies(made[v], end, end)
                elif not self.low[v] <= end <= self.high[v]:
                    return [(key, end)]
        while waiting:
            question.model.add_bool_or(waiting.values())
            question.prefer(waiting.values())
            solver = question.answer()
            if solver is None:
                return list(waiting)
            waiting = {end: met for end, met in waiting.items() if not solver.boolean_value(met)}
        return self._ending([key for key, (_, most) in claims.items() if most == inf])

    def spans(self, key: Key, claim: Range) -> bool:
        """Whether a range is that of a count: both ends can be, and nothing beyond them can."""
        return not self.outside({key: claim}) and not self.unmet({key: claim})

    def unchecked(self, key: Key) -> bool:
        """Whether a stated count could be something else if its own statement were not made."""
        return bool(self.movable([key]))

    def movable(self, keys: Collection[Key]) -> list[Key]:
        """Return a stated count among these that could be something else if its own statement were not made."""
        chosen = {self.index[key]: key for key in keys}
        low = [0 if v in chosen else bound for v, bound in enumerate(self.low)]
        high = [inf if v in chosen else bound for v, bound in enumerate(self.high)]
        question = Question()
        made = question.take(self.rows, low, high)
        moved: list[tuple[cp_model.IntVar, Key]] = []
        for v, key in chosen.items():
            if v not in made:
                return [key]
            n = int(self.low[v])
            less = [question.implies(made[v], 0, n - 1)] if n else []
            sides = [*less, question.implies(made[v], n + 1, inf)]
            question.model.add(made[v] == n).only_enforce_if([~side for side in sides])
            moved += [(side, key) for side in sides]
        question.model.add_exactly_one([side for side, _ in moved])
        solver = question.answer()
        return [] if solver is None else [key for side, key in moved if solver.boolean_value(side)]

    def immovable(self, keys: Collection[Key]) -> list[Key]:
        """Return the stated counts among these that could be nothing else even if their own statements were not made.

        Each is asked about among what it reaches through unknown counts, which is in no one's way.
        """
        return [key for key in keys if self._fixed([key])] if self._fixed(keys) else []

    def _fixed(self, keys: Collection[Key]) -> bool:
        """Whether at least one of some stated counts could be nothing else."""
        question = Question()
        for key in keys:
            v = self.index[key]
            n = int(self.low[v])
            low, high = list(self.low), list(self.high)
            low[v], high[v] = 0, inf
            made = question.take(self._around(v), low, high)
            if v in made:
                less = [question.implies(made[v], 0, n - 1)] if n else []
                question.model.add_bool_or([*less, question.implies(made[v], n + 1, inf)])
        return question.answer() is None

    def _around(self, v: int) -> list[Row]:
        """Return the rows that a count reaches through unknown ones."""
        found: dict[int, None] = {}
        waiting, met = [v], {v}
        while waiting:
            for number in self.holding[waiting.pop()]:
                found[number] = None
                more = [u for u in self.rows[number].terms if u not in met and self.low[u] != self.high[u]]
                met.update(more)
                waiting.extend(more)
        return [self.rows[number] for number in found]

    @cached_property
    def holding(self) -> dict[int, list[int]]:
        """The rows that hold each count."""
        found: dict[int, list[int]] = {v: [] for v in range(len(self.low))}
        for number, row in enumerate(self.rows):
            for v in row.terms:
                found[v].append(number)
        return found

    def _ending(self, keys: Collection[Key]) -> list[tuple[Key, float]]:
        """Return the counts unless all of them grow for ever in one direction that no row and no bound ever stops."""
        rows = [
            row._replace(
                low=-inf if row.low == -inf else 0,
                high=row.high if row.where is not None or row.high == inf else 0,
            )
            for row in self.rows
        ]
        question = Question()
        made = question.take(rows, [0] * len(self.low), [inf if high == inf else 0 for high in self.high])
        for key in keys:
            v = self.index[key]
            if v in made:
                question.model.add(made[v] >= 1)
            elif self.high[v] != inf:
                return [(key, inf)]
        return [] if question.answer() else [(key, inf) for key in keys]
