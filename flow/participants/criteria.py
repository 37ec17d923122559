"""The criteria of a study file, read: whom each is about, what missing values come to, and where it is written."""

from __future__ import annotations

from typing import Any

from consortflow.network import Account, FlowNetwork, Path
from consortflow.participants.routes import Criterion
from consortflow.rules.accounting import NO_CRITERION_READ
from consortflow.schemas.criteria import (
    AsOf,
    Column,
    Comparison,
    CriterionError,
    IsMissing,
    Negated,
    OneOf,
    Tree,
    Value,
    comparisons_of,
    leaves_open,
)
from consortflow.schemas.diagnostics import Diagnostic, Span
from consortflow.schemas.parsing import parse_criterion
from consortflow.schemas.placed import Source, lines_of
from consortflow.schemas.study import Study

__all__ = ["Reading", "column_of", "within_text"]


def within_text(source: Source | None, path: Path, start: int, end: int) -> Span:
    """Return where some characters of a text stand in the file, or the whole text where it is written over lines."""
    if source is None:
        return Span("/".join(map(str, path)) or "<study>")
    span = source.locate(path)
    if span.line != span.end_line or not span.line:
        return span
    raw = lines_of(source.text)[span.line - 1][span.column - 1 : span.end_column - 1]
    quote = raw[:1] if raw[:1] in ("'", '"') else ""
    if quote == '"' and "\\" in raw:
        return span
    at = list(range(len(raw) + 1))
    if quote:
        at, index = [], 1
        while index < len(raw):
            at.append(index)
            index += 2 if quote == "'" and raw[index : index + 2] == "''" else 1
    end = min(end, len(at))
    if start >= len(at):
        return span
    last = at[end] if end < len(at) else len(raw)
    return Span(span.file, span.line, span.column + at[start], span.line, span.column + max(last, at[start] + 1))


def column_of(text: str) -> Column:
    """Return the column that a key such as `by` names: `NAME`, or `table.NAME`."""
    table, dot, name = text.partition(".")
    return Column(name, table) if dot else Column(text)


class Reading:
    """The criteria of a network, by number and by the account each is about."""

    def __init__(self, network: FlowNetwork) -> None:
        self.network = network
        self.study: Study = network.study
        self.findings: list[Diagnostic] = []
        self.criteria: list[Criterion] = []
        self.own: dict[str, int] = {}
        """By account: the criterion of its `where`, or of its values of a column."""
        self.by_value: dict[str, str] = {}
        """Reasons that are values of a column: the account whose `by` names it."""
        self.listed: dict[str, int] = {}
        """By account with `by`: the criterion that the column has any value at all."""
        self.apart: int | None = None
        """The criterion that planned and actual arm differ, where the study names both columns."""
        for account in network.accounts.values():
            self._where(account)
        for account in [*network.accounts.values()]:
            if getattr(account.item, "by", None) is not None:
                self._by(account)
        records = self.study.records
        if records is not None and records.planned_arm is not None and records.actual_arm is not None:
            tree = Comparison(column_of(records.planned_arm), "!=", column_of(records.actual_arm))
            self.apart = self.add(Criterion(tree, "", ("records", "actual_arm"), unsure=False, written=False))

    def read(self, text: str, path: Path) -> Tree | None:
        """Return a criterion's tree; where it has none, that is a finding."""
        try:
            tree = parse_criterion(text)
            self._dated(tree)
        except CriterionError as error:
            span = within_text(self.study.source, path, error.start, error.end)
            self.findings.append(NO_CRITERION_READ.found(error.message, span, fix=error.fix))
            return None
        return tree

    def _dated(self, tree: Tree) -> None:
        """Refuse `as_of` where the records are as of no date. Raises CriterionError."""
        if self.study.records is not None and self.study.records.as_of is not None:
            return
        for _, others in comparisons_of(tree):
            for other in others:
                if isinstance(other, AsOf):
                    fix = "add `as_of: 2024-03-31` to `records`"
                    raise CriterionError("the records are as of no date", other.start, other.end, fix)

    def add(self, criterion: Criterion) -> int:
        """Take up a criterion and return its number."""
        self.criteria.append(criterion)
        return len(self.criteria) - 1

    def _where(self, account: Account) -> None:
        text = getattr(account.item, "where", None)
        if text is None:
            return
        path = (*account.path, "where")
        tree = self.read(text, path)
        if tree is not None:
            unsure = self._policy(account) if leaves_open(tree) else False
            self.own[account.id] = self.add(Criterion(tree, account.id, path, unsure))

    def _policy(self, account: Account) -> bool | None:
        """Return what missing values make of a criterion: who is excluded has left, or is not in the box or line."""
        records = self.study.records
        said = account.item.missing or (records.missing if records is not None else "error")
        if said == "error":
            return None
        leaving = account.kind in ("exit", "reason", "pooled", "transfer")
        return leaving if said == "excluded" else not leaving

    def _by(self, account: Account) -> None:
        """Make a criterion of each value that a column is grouped by."""
        item: Any = account.item
        column = column_of(item.by)
        path = (*account.path, "by")
        has_value = Negated(IsMissing(column))
        self.listed[account.id] = self.add(Criterion(has_value, account.id, path, unsure=False, written=False))
        values: dict[str, list[str]] = {}
        for value, label in item.values.items():
            values.setdefault(label, []).append(value)
        for part in self.network.after(account.id, "part"):
            reason = self.network.account(part)
            if reason.id in self.own or reason.path[: len(account.path) + 1] != (*account.path, "reasons"):
                continue
            if reason.label == item.other:
                tree: Tree = has_value
            elif item.values and reason.label not in values:
                continue
            else:
                tree = OneOf(column, tuple(Value(value) for value in values.get(reason.label, [reason.label])))
            self.by_value[reason.id] = account.id
            self.own[reason.id] = self.add(Criterion(tree, reason.id, path, unsure=False, written=False))
