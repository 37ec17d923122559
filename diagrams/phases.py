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
    randomised: dict[str, bool] = {}
    for full in order:
        tails = list(flow.predecessors(full))
        again = any(randomised[tail] for tail in tails)
        randomised[full] = again or getattr(network.account(full).item, "kind", "") == "randomization"
        name[full] = _name(network, full, [name[tail] for tail in tails], text, again=again)
    rank = {full: index for index, full in enumerate(cards)}
    passes: nx.DiGraph[str] = nx.DiGraph()
    passes.add_nodes_from(name[full] for full in sorted(order, key=rank.__getitem__))
    passes.add_edges_from((name[a], name[b]) for a, b in flow.edges if name[a] != name[b])
    usual = list(text["phase"].values())
    if nx.is_directed_acyclic_graph(passes):
        first = {phase: index for index, phase in enumerate(passes)}
        names = list(
            nx.lexicographical_topological_sort(passes, key=lambda p: (usual.index(p) if p in usual else -1, first[p]))
        )
        of = {full: names.index(name[full]) for full in order}
    else:
        names, of = _repeated(flow, order, name, usual)
    of |= {
        link.tail: of[link.head] for link in links if link.tail not in of and link.head in of and link.kind == "flow"
    }
    return Phases(tuple(names), of)


def _name(network: FlowNetwork, full: str, before: list[str], text: Labels, *, again: bool) -> str:
    """Return the phase of a card; `again` where people were randomized before."""
    account = network.account(full)
    if account.kind == "set":
        return text["phase"]["analysis"]
    if account.item.phase:
        return str(account.item.phase)
    if account.kind == "arm":
        chance = network.account(account.box).item.kind in ("randomization", "allocation")
        return before[0] if before and not chance else text["phase"]["allocation"]
    kind = _PHASE.get(account.item.kind)
    if account.item.kind == "randomization" and again:
        kind = "allocation"  # nobody is enrolled again
    return text["phase"][kind] if kind else before[0] if before else text["phase"]["enrollment"]


def _repeated(
    flow: nx.DiGraph[str], order: list[str], name: Mapping[str, str], usual: list[str]
) -> tuple[list[str], dict[str, int]]:
    """Return bars where people pass back to a phase: bar after bar, the usually earliest phase that can come next.

    So a short arm waits for the others, and one bar of a name serves all that can stand under it.
    """
    names: list[str] = []
    of: dict[str, int] = {}
    missing = {full: flow.in_degree(full) for full in order}
    ready = [full for full in order if not missing[full]]
    while ready:
        phase = min((name[full] for full in ready), key=lambda p: usual.index(p) if p in usual else -1)
        names.append(phase)
        waiting: list[str] = []
        for full in ready:  # grows while it is read: what follows under the same bar
            if name[full] != phase:
                waiting.append(full)
                continue
            of[full] = len(names) - 1
            for head in flow.successors(full):
                missing[head] -= 1
                if not missing[head]:
                    ready.append(head)
        ready = waiting
    return names, of
