"""Names and structure: ids, references, units, and a flow that runs one way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from consortflow.schemas.count import Count, PerUnit
from consortflow.schemas.diagnostics import Diagnostic, Related, rule
from consortflow.schemas.read import UNIT_MIXED_UP

if TYPE_CHECKING:
    from consortflow.network import Account, FlowNetwork, Path
    from consortflow.schemas.names import Names
    from consortflow.schemas.people import Counted, Unexplained

__all__ = ["ARM_NOT_ENTERED", "CYCLE", "DUPLICATE_ID", "check", "labels_twice", "resolve"]

DUPLICATE_ID = rule(
    "S107",
    "two boxes have the same id",
    why="References would be a guess. A box without an `id` is called by a slug of its label, or by its kind.",
    wrong="stages:\n  - {kind: treatment, n: 20}\n  - {kind: treatment, n: 20}",
    right="stages:\n  - {kind: treatment, id: period-1, n: 20}\n  - {kind: treatment, id: period-2, n: 20}",
)
UNKNOWN_REFERENCE = rule(
    "S108",
    "a reference that nothing answers to",
    why="A reference is a full id, an unambiguous tail of whole parts of one, or a kind that only one stage has.",
    wrong="stages:\n  - {kind: infusion, n: 48}\nanalysis_sets:\n  - {label: Safety set, of: infused, n: 48}",
    right="stages:\n  - {kind: infusion, n: 48}\nanalysis_sets:\n  - {label: Safety set, of: infusion, n: 48}",
)
AMBIGUOUS_REFERENCE = rule(
    "S109",
    "a reference that means several boxes",
    why="People would be counted from a box that was guessed at. Add parts of the full id until only one is left.",
    wrong="""
stages:
  - kind: randomization
    arms:
      - {label: A, stages: [{kind: treatment, n: 10}]}
      - {label: B, stages: [{kind: treatment, n: 10}]}
analysis_sets:
  - {label: Safety set, of: treatment, n: 10}""",
    right="""
stages:
  - kind: randomization
    arms:
      - {label: A, stages: [{kind: treatment, n: 10}]}
      - {label: B, stages: [{kind: treatment, n: 10}]}
analysis_sets:
  - {label: Safety set, of: a/treatment, n: 10}""",
)
CYCLE = rule(
    "S110",
    "the flow runs in a circle",
    why="Stages follow one another; only transfers (re-entry, retreatment) lead back. A circle of stages has no "
    "counts.",
    wrong="stages:\n  - {kind: screening, n: 9, from: enrollment}\n  - {kind: enrollment}",
    right="stages:\n  - {kind: screening, n: 9}\n  - {kind: enrollment}",
)
ARM_NOT_ENTERED = rule(
    "S111",
    "an arm that nobody enters",
    why="The people of an arm come from the stage that splits. Where its first stage comes from somewhere else "
    "instead, the "
    "split has nobody to send there.",
    wrong="""
stages:
  - {kind: screening, n: 20}
  - kind: randomization
    arms:
      - {label: A, stages: [{kind: allocation, from: screening}]}
      - {label: B, stages: [{kind: allocation}]}""",
    right="""
stages:
  - {kind: screening, n: 20}
  - kind: randomization
    arms:
      - {label: A, stages: [{kind: allocation}]}
      - {label: B, stages: [{kind: allocation}]}""",
)
DUPLICATE_LABEL = rule(
    "S112",
    "the same reason is given twice",
    why="Two lines with one label in one list are one line written twice, or two reasons that a reader cannot tell "
    "apart.",
    wrong="""
stages:
  - kind: screening
    exits:
      - label: Excluded
        reasons: [{label: Declined, n: 2}, {label: Declined, n: 2}]""",
    right="""
stages:
  - kind: screening
    exits:
      - label: Excluded
        reasons: [{label: Declined, n: 2}, {label: Died, n: 2}]""",
)


def check(network: FlowNetwork) -> Iterator[Diagnostic]:
    """Yield what is wrong with the structure of a network that is built."""
    yield from _cycles(network)
    for account in network.accounts.values():
        stated = account.stated
        if stated is not None and (len(account.units) > 1 or isinstance(stated, PerUnit)):
            yield from _units(network, account)
        if stated is not None and (isinstance(stated, PerUnit) or stated.percent is not None):
            yield from _percent_references(network, account)
        if account.kind == "stage" and (account.item.overlapping or account.item.keeps):
            yield from _named_units(network, account)
        if account.kind in ("stage", "exit", "set") and account.item.unexplained is not None:
            yield from _unexplained(network, account, account.item.unexplained)
    yield from _picture_references(network)


def resolve(
    network: FlowNetwork, names: Names, reference: str, path: Path, kinds: Iterable[str], findings: list[Diagnostic]
) -> Account | None:
    """Return the account a reference means, or add a finding and return None."""
    found = names.find(reference)
    fitting = [full for full in found if network.accounts[full].kind in kinds]
    if len(fitting) == 1:
        return network.accounts[fitting[0]]
    wanted = _either(kinds)
    if fitting:
        related = [Related(f"{full} is one", network.span(network.accounts[full].path)) for full in fitting[:5]]
        message = f'"{reference}" may be {_either(fitting[:5])}'
        findings.append(
            AMBIGUOUS_REFERENCE.found(message, network.span(path), fix=f"write {fitting[0]}", related=related)
        )
    elif found:
        message = f'"{reference}" is {_article(network.accounts[found[0]].kind)}, and {wanted} is needed here'
        findings.append(UNKNOWN_REFERENCE.found(message, network.span(path)))
    else:
        near = names.nearest(reference)
        fix = f"did you mean {near}?" if near else f"name {wanted} by its id"
        findings.append(UNKNOWN_REFERENCE.found(f'nothing is called "{reference}"', network.span(path), fix=fix))
    return None


def labels_twice(network: FlowNetwork, items: Iterable[Counted], path: Path) -> Iterator[Diagnostic]:
    """Yield a finding for each label that a list of lines gives again."""
    first: dict[str, int] = {}
    for index, item in enumerate(items):
        if item.label in first:
            related = (Related("it is first given here", network.span((*path, first[item.label]))),)
            fix = "keep one of them, or tell them apart"
            message = f'"{item.label}" is given twice'
            yield DUPLICATE_LABEL.found(message, network.span((*path, index, "label")), fix=fix, related=related)
        else:
            first[item.label] = index


def _cycles(network: FlowNetwork) -> Iterator[Diagnostic]:
    if not any(_may_lead_back(network, account) for account in network.accounts.values()):
        return
    import networkx as nx

    flow: nx.DiGraph[str] = nx.DiGraph()
    flow.add_edges_from((u, v) for u, v, data in network.graph.edges(data=True) if data["role"] in ("flow", "set"))
    if nx.is_directed_acyclic_graph(flow):
        return
    for component in nx.strongly_connected_components(flow):
        if len(component) > 1:
            boxes = [account for account in network.accounts.values() if account.id in component]
            names = ", ".join(account.label for account in boxes)
            related = [Related(f"{account.label} is one of them", network.span(account.path)) for account in boxes[1:]]
            at = next((account for account in boxes if getattr(account.item, "come_from", None)), boxes[0])
            span = network.span((*at.path, "from") if at.kind == "stage" else at.path)
            yield CYCLE.found(
                f"the flow runs in a circle through {names}", span, related=related, fix="only transfers lead back"
            )


def _may_lead_back(network: FlowNetwork, account: Account) -> bool:
    """Whether the file, and not its order, says where the people of a box come from."""
    if account.kind == "stage":
        return account.item.come_from is not None
    wholes = network.before(account.id, "set") if account.kind == "set" else ()
    return any(network.account(full).kind == "set" for full in wholes)


def _units(network: FlowNetwork, account: Account) -> Iterator[Diagnostic]:
    stated = account.stated
    if isinstance(stated, PerUnit):
        for unit, _ in stated.counts:
            if unit not in account.units:
                message = f'"{unit}" is not counted here: {account.label} counts {" and ".join(account.units)}'
                yield UNIT_MIXED_UP.found(message, network.place(account))
    elif isinstance(stated, Count) and stated.stated and len(account.units) > 1:
        message = f"{account.label} counts {' and '.join(account.units)}: the number does not say which"
        fix = f"write {{{', '.join(f'{unit}: ...' for unit in account.units)}}}"
        yield UNIT_MIXED_UP.found(message, network.place(account), fix=fix)


def _named_units(network: FlowNetwork, account: Account) -> Iterator[Diagnostic]:
    """Yield what is wrong with the units that may be in several arms, and those kept across a change."""
    for index, unit in enumerate(account.item.overlapping):
        if unit not in account.units:
            message = f'"{unit}" is not counted here: {account.label} counts {" and ".join(account.units)}'
            yield UNIT_MIXED_UP.found(message, network.span((*account.path, "overlapping", index)))
        elif not account.item.arms:
            message = f"{account.label} has no arms that {unit} could be in several of"
            fix = "move `overlapping` to the stage that splits"
            yield UNIT_MIXED_UP.found(message, network.span((*account.path, "overlapping", index)), fix=fix)
    tails = [network.before(movement, "flow") for movement in network.before(account.id, "flow")]
    before = {unit for tail in tails for full in tail[:1] for unit in network.account(full).units}
    for index, unit in enumerate(account.item.keeps):
        if unit not in account.units or unit not in before:
            where = "here" if unit not in account.units else "before"
            message = f'"{unit}" is not counted {where}: only what is counted before and after a change can be kept'
            yield UNIT_MIXED_UP.found(message, network.span((*account.path, "keeps", index)))


def _unexplained(network: FlowNetwork, account: Account, gap: Unexplained) -> Iterator[Diagnostic]:
    if isinstance(gap.n, dict):
        for unit in gap.n:
            if unit not in account.units:
                message = f'"{unit}" is not counted here: {account.label} counts {" and ".join(account.units)}'
                yield UNIT_MIXED_UP.found(message, network.span((*account.path, "unexplained", "n", unit), key=True))
    elif len(account.units) > 1:
        message = f"{account.label} counts {' and '.join(account.units)}: the gap does not say which"
        fix = f"write {{{', '.join(f'{unit}: ...' for unit in account.units)}}}"
        yield UNIT_MIXED_UP.found(message, network.span((*account.path, "unexplained", "n")), fix=fix)


def _percent_references(network: FlowNetwork, account: Account) -> Iterator[Diagnostic]:
    findings: list[Diagnostic] = []
    stated = account.stated
    for count in [count for _, count in stated.counts] if isinstance(stated, PerUnit) else [stated]:
        if count is None or count.percent is None:
            continue
        if count.percent.of is not None:
            resolve(network, network.names, count.percent.of, (*account.path, "n", "of"), BOXES, findings)
        elif not account.box:
            message = f"{account.label} is a percentage of nothing: no single box holds it"
            fix = "add `of` with the id of what is 100%"
            findings.append(UNKNOWN_REFERENCE.found(message, network.place(account), fix=fix))
    yield from findings


def _picture_references(network: FlowNetwork) -> Iterator[Diagnostic]:
    findings: list[Diagnostic] = []
    picture = network.study.picture
    for reference in picture.sides:
        resolve(network, network.names, reference, ("picture", "sides", reference), ("exit",), findings)
    for index, reference in enumerate(picture.order):
        resolve(network, network.names, reference, ("picture", "order", index), ("arm",), findings)
    yield from findings


BOXES = ("stage", "exit", "arm", "set", "transfer")
"""What a percentage can be of."""


def _either(words: Iterable[str]) -> str:
    *most, last = (_article(word) if word in BOXES else word for word in words)
    return f"{', '.join(most)} or {last}" if most else last


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
