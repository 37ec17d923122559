"""The phases of a trial as bars: which phase each card belongs to, top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import networkx as nx
from consortflow.diagrams.chart import Link
from consortflow.network import FlowNetwork
from consortflow.schemas.labels import Labels

__all__ = ["Phases", "phases"]

_PHASE = {
    "screening": "enrollment", "enrollment": "enrollment", "run-in": "enrollment", "randomization": "enrollment",
    "apheresis": "treatment", "manufacturing": "treatment", "bridging": "treatment", "lymphodepletion": "treatment",
    "infusion": "treatment", "allocation": "allocation", "treatment": "treatment", "follow-up": "follow-up",
    "analysis": "analysis",
}  # fmt: skip


class Phases(NamedTuple):
    """The bars' names, top to bottom, and the bar that each card of the grid stands under."""

    names: tuple[str, ...]
    of: Mapping[str, int]


def phases(network: FlowNetwork, cards: Mapping[str, str], links: Iterable[Link], text: Labels) -> Phases:
    """Return the phases of the cards of a flow.

    A phase comes before another where people pass from one to the other. Where they pass back (treatment, follow-up,
    treatment again) the name stands twice.
    """
    flow: nx.DiGraph[str] = nx.DiGraph()
    flow.add_nodes_from(full for full, kind in cards.items() if kind in ("stage", "set"))
    flow.add_edges_from(
        (link.tail, link.head) for link in links if link.kind != "transfer" and link.tail in flow and link.head in flow
    )
    order = list(nx.topological_sort(flow))
    name: dict[str, str] = {}
    for full in order:
        before = [name[tail] for tail in flow.predecessors(full)]
        name[full] = _name(network, full, before, text)
    rank = {full: index for index, full in enumerate(cards)}
    passes: nx.DiGraph[str] = nx.DiGraph()
    passes.add_nodes_from(name[full] for full in sorted(order, key=rank.__getitem__))
    passes.add_edges_from((name[a], name[b]) for a, b in flow.edges if name[a] != name[b])
    if nx.is_directed_acyclic_graph(passes):
        usual = list(text["phase"].values())
        first = {phase: index for index, phase in enumerate(passes)}
        names = list(
            nx.lexicographical_topological_sort(passes, key=lambda p: (usual.index(p) if p in usual else -1, first[p]))
        )
        of = {full: names.index(name[full]) for full in order}
    else:
        names, of = _repeated(flow, order, name)
    of |= {
        link.tail: of[link.head] for link in links if link.tail not in of and link.head in of and link.kind == "flow"
    }
    return Phases(tuple(names), of)


def _name(network: FlowNetwork, full: str, before: list[str], text: Labels) -> str:
    account = network.account(full)
    if account.kind == "set":
        return text["phase"]["analysis"]
    if account.kind == "arm":
        return text["phase"]["allocation"]
    if account.item.phase:
        return str(account.item.phase)
    kind = _PHASE.get(account.item.kind)
    return text["phase"][kind] if kind else before[0] if before else text["phase"]["enrollment"]


def _repeated(flow: nx.DiGraph[str], order: list[str], name: Mapping[str, str]) -> tuple[list[str], dict[str, int]]:
    """Return bars where people pass back to a phase: a card takes the first bar of its name that is not too early."""
    names: list[str] = []
    of: dict[str, int] = {}
    for full in order:
        start = max((of[tail] for tail in flow.predecessors(full)), default=0)
        while start < len(names) and names[start] != name[full]:
            start += 1
        if start == len(names):
            names.append(name[full])
        of[full] = start
    return names, of
