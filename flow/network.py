"""A study as a graph of participants: who the boxes are, what they hold, and how people move between them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import networkx as nx

from consortflow.schemas.count import Count, CountValue, count_for
from consortflow.schemas.diagnostics import Diagnostic, Span
from consortflow.schemas.names import Names
from consortflow.schemas.people import Counted, Exit
from consortflow.schemas.stages import Arm, StageBase
from consortflow.schemas.study import AnalysisSet, Pooled, Study, Transfer

__all__ = ["Account", "AccountKind", "Division", "FlowNetwork", "Path"]

Path = tuple[str | int, ...]
"""Where something stands in the study: the keys and indexes that lead to it."""

AccountKind = Literal[
    "stage", "exit", "reason", "detail", "arm", "enter", "transfer", "pooled", "set", "outcome", "movement"
]
ROLES = ("flow", "exit", "enter", "transfer", "part", "detail", "set", "excluded")
"""How one account is connected to another."""
Item = StageBase | Exit | Counted | Arm | Transfer | Pooled | AnalysisSet


class Account(NamedTuple):
    """A node of the network: people who are counted together."""

    id: str
    kind: AccountKind
    label: str
    path: Path
    units: tuple[str, ...]
    stated: CountValue | None = None
    """What the study says about how many they are."""
    box: str = ""
    """The account that holds this one; what a percentage is of unless it says otherwise."""
    arms: tuple[str, ...] = ()
    """The arms it is in, outermost first."""
    item: Any = None
    """The model that describes it; None for a movement."""
    cutoff: datetime.date | None = None

    @property
    def around(self) -> tuple[str, ...]:
        """The ids of the arms it is in, outermost first."""
        return tuple("/".join(self.arms[:depth]) for depth in range(1, len(self.arms) + 1))

    @property
    def inside(self) -> tuple[str, ...]:
        """What `arms` begins with for everything in an arm."""
        return (*self.arms, self.id.rsplit("/", 1)[-1])

    def says(self, unit: str) -> Count:
        """Return what is stated for a unit."""
        return count_for(self.stated, unit)


class Division(NamedTuple):
    """Parts that the people of an account divide into, and how strictly."""

    whole: str
    parts: tuple[str, ...]
    path: Path
    kind: Literal["reasons", "partition", "within", "pooled"] = "reasons"
    overlapping: bool = False
    partial: bool = False
    unexplained: Any = None


class FlowNetwork:
    """The participants of a study as a directed graph.

    `graph` is a networkx.DiGraph over full ids: a node for each account (its `account` attribute), movements between
    stages included; an edge's `role` says how they are connected: flow (stage, movement or arm to the next), exit,
    enter, transfer, part (an account to what it is made of), detail, set (a stage or set to an analysis set), excluded.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.graph: nx.DiGraph[str] = nx.DiGraph()
        self.accounts: dict[str, Account] = {}
        """Every account but the movements, in file order."""
        self.divisions: tuple[Division, ...] = ()
        self.findings: tuple[Diagnostic, ...] = ()
        """What is wrong with names and structure: references, ids, cycles, units."""
        self.whole = True
        """False where something that the flow or a set refers to is not there, or may be several boxes."""
        self.torn = False
        """True where that is where people come from or go to, or a unit of arms: counts would contradict for it."""
        self.names = Names()
        self._nodes: dict[str, Account] = {}
        self._ahead: dict[str, dict[str, list[str]]] = {role: {} for role in ROLES}
        self._behind: dict[str, dict[str, list[str]]] = {role: {} for role in ROLES}

    def account(self, full: str) -> Account:
        """Return the account with a full id; KeyError where there is none."""
        return self._nodes[full]

    def after(self, full: str, role: str) -> tuple[str, ...]:
        """Return the ids that edges of a role lead to from an account, in the order they were stated."""
        return tuple(self._ahead[role].get(full, ()))

    def before(self, full: str, role: str) -> tuple[str, ...]:
        """Return the ids that edges of a role lead from, to an account."""
        return tuple(self._behind[role].get(full, ()))

    def __contains__(self, full: str) -> bool:
        return full in self._nodes

    def _put(self, account: Account) -> None:
        full = account.id
        self._nodes[full] = account
        if account.kind != "movement":
            self.accounts[full] = account

    def _connect(self, tail: str, head: str, role: str) -> None:
        ahead = self._ahead[role]
        if tail in ahead:
            ahead[tail].append(head)
        else:
            ahead[tail] = [head]
        behind = self._behind[role]
        if head in behind:
            behind[head].append(tail)
        else:
            behind[head] = [tail]

    def _close(self) -> None:
        """Make the graph, once every node and edge is known."""
        for full, account in self._nodes.items():
            self.graph.add_node(full, account=account)
        for role, ahead in self._ahead.items():
            for tail, heads in ahead.items():
                for head in heads:
                    self.graph.add_edge(tail, head, role=role)

    def stages(self) -> Iterator[Account]:
        """Yield the stages in file order."""
        return (account for account in self.accounts.values() if account.kind == "stage")

    def overlap(self, account: Account, unit: str) -> tuple[str, str]:
        """Return the outermost split of which a unit may be in several arms, and the arm it is in; "" where none is."""
        arms = (*account.around, account.id) if account.kind == "arm" else account.around
        for arm in arms:
            split = self.accounts[self.accounts[arm].box]
            if unit in split.item.overlapping:
                return split.id, arm
        return "", ""

    def in_several(self, boxes: Iterable[str], unit: str) -> bool:
        """Return whether boxes may hold the same people, since they stand in several arms of a split that overlap."""
        arms: dict[str, set[str]] = {}
        for full in boxes:
            split, arm = self.overlap(self.accounts[full], unit)
            arms.setdefault(split, set()).add(arm)
        return any(split and len(found) > 1 for split, found in arms.items())

    def span(self, path: Path, *, key: bool = False) -> Span:
        """Return the place of a path in the study's file; a span without a line where it was built in Python."""
        source = self.study.source
        return source.locate(path, key=key) if source is not None else Span("/".join(map(str, path)) or "<study>")

    def place(self, account: Account) -> Span:
        """Return where the number of an account is written, or the account where it states none."""
        return self.span((*account.path, "n") if account.stated is not None else account.path)

    def name(self, account: Account, unit: str = "") -> str:
        """Return the label by which a sentence can name an account: with its arm, and its unit where there are several.

        An allocation's label holds its arm already, as an arm's own does.
        """
        arm = self._nodes[account.around[-1]] if account.arms and account.kind in ("stage", "exit") else None
        said = arm is None or getattr(account.item, "kind", "") == "allocation"
        unit = unit if len(account.units) > 1 else ""
        return f"{account.label}{'' if arm is None or said else f' ({arm.label})'}{f' ({unit})' if unit else ''}"
