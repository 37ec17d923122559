"""What the random flows are made of: nothing that the language can say is left untried."""

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from flows import blank, corrupt, grow
from oracle import Oracle
from plan import Plan, accounts_of, node

SEEDS = 300

EVERY = {
    # where people go
    "tree", "merge", "skipped stage", "diamond", "two-margin table of movements", "nested arms", "arm without stages",
    "from an arm", "enters",
    # sideways
    "transfer", "crossover", "return from an exit", "transfer backwards", "uncounted transfer",
    # two divisions of the same people
    "also", "two-margin reasons", "crossing partitions", "pooled",
    # reasons and lines
    "reasons of reasons", "overlapping", "partial", "overlapping and partial", "partition", "line with reasons",
    "lines of an exit",
    # what is said of a count
    "number", "nothing", "unknown", "<", "<=", ">", ">=", "range", "percentage", "percentage of another box",
    "percentage with a number", "percentage with a bound", "0%", "decimals", "percentage of a unit",
    # units and dates
    "two units", "arms that overlap", "merge of arms that overlap", "unit kept across a change", "date of a set",
    "change of unit", "change of date", "change of unit after an arm",
    # sets
    "set", "set of a set", "set of several stages", "set of an arm", "within", "excluded", "nobody excluded",
    "partial set", "outcomes", "partition of outcomes",
    # gaps
    "gap between stages", "surplus between stages", "gap at a last stage", "gap in reasons", "surplus in reasons",
    "gap in a set", "surplus in a set",
}  # fmt: skip


def of_counts(data: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    for _, item, units, _ in accounts_of(data, plan):
        said = item.get("n", "nothing")
        several = isinstance(said, dict) and len(units) > 1
        for one in said.values() if several else [said]:
            match one:
                case int():
                    yield "number"
                case {"percent": percent, **rest}:
                    yield "percentage of a unit" if several else "percentage"
                    yield from ["0%"] * (not percent)
                    yield from ["decimals"] * isinstance(percent, float)
                    yield from ["percentage of another box"] * ("of" in rest)
                    if "n" in rest:
                        yield f"percentage with a {'number' if isinstance(rest['n'], int) else 'bound'}"
                case str():
                    yield next((sign for sign in ("<=", ">=", "<", ">") if one.startswith(sign)), None) or (
                        "range" if "-" in one else one
                    )


def of_movements(data: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    def reached(stage):
        heads = [head for tail, head in plan.moves if tail == stage] + [a for a, s in plan.split.items() if s == stage]
        return {stage}.union(*(reached(head) for head in heads))

    into = {stage: set(plan.into(stage)) for stage in plan.stages}
    out = {stage: plan.out(stage) for stage in plan.stages}
    if all(len(tails) < 2 for tails in into.values()):
        yield "tree"
    for stage, tails in into.items():
        yield from ["merge"] * (len(tails) > 1)
        yield from ["skipped stage"] * any(tail in tails and head in tails for tail, head in plan.moves)
        yield from ["two-margin table of movements"] * any(
            len(tails & others) > 1 for head, others in into.items() if head != stage
        )
    for heads in out.values():
        both = [(a, b) for a in heads for b in heads if a < b]
        yield from ["diamond"] * any((reached(a) & reached(b)) for a, b in both)
    for path, stage in plan.stages.items():
        yield from ["enters"] * ("enters" in stage)
        yield from ["nested arms"] * ("arms" in stage and "arms" in path)
        yield from ["from an arm"] * any("arms" in plan.named[name][-2:] for name in stage.get("from", ()))
        yield from ["two units"] * (len(plan.at[path][0]) > 1)
        yield from ["arms that overlap"] * ("overlapping" in stage)
        yield from ["merge of arms that overlap"] * any(
            plan.alike(path, plan.into(path), unit) for unit in plan.at[path][0]
        )
        for tail in plan.into(path):
            if any(plan.crosses(tail, path, unit) for unit in plan.at[path][0]):
                yield "change of unit" if plan.at[tail][0] != plan.at[path][0] else "change of date"
                yield from ["unit kept across a change"] * any(
                    not plan.crosses(tail, path, unit) for unit in plan.at[path][0]
                )
                yield from ["change of unit after an arm"] * (tail in plan.arms)
    yield from ["arm without stages"] * any(not arm.get("stages") for arm in plan.arms.values())
    order = list(plan.stages)
    for item in data.get("transfers", ()):
        tail, head = plan.named[item["from"]], plan.named[item["to"]]
        stage = tail[: tail.index("exits")] if "exits" in tail else tail
        yield "transfer" if item["counted"] else "uncounted transfer"
        yield from ["return from an exit"] * ("exits" in tail)
        yield from ["transfer backwards"] * (order.index(stage) > order.index(head))
        arms = [next((path[: i + 2] for i, part in enumerate(path) if part == "arms"), ()) for path in (stage, head)]
        yield from ["crossover"] * (bool(all(arms)) and arms[0] != arms[1] and item["counted"])


def of_divisions(data: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    def flags(item):
        if len(item.get("reasons", ())) > 0:
            both = [flag for flag in ("overlapping", "partial") if item.get(flag)]
            yield from [" and ".join(both)] * bool(both)

    def lines(details):
        items = [item.get("partition") or [item] for item in details]
        yield from ["partition"] * any("partition" in item for item in details)
        yield from ["crossing partitions"] * (sum("partition" in item for item in details) > 1)
        yield from ["line with reasons"] * any("reasons" in line for item in items for line in item)

    yield from ["pooled"] * ("pooled" in data)
    for path in plan.at:
        item = node(data, path)
        yield from lines(item.get("details", ()))
        if "exits" in path[-2:]:
            yield from flags(item)
            yield from ["also"] * ("also" in item)
            yield from ["lines of an exit"] * ("details" in item)
            yield from ["reasons of reasons"] * any("reasons" in reason for reason in item.get("reasons", ()))
            margins = [item.get("reasons", ()), *(also["reasons"] for also in item.get("also", ()))]
            unknown = [sum(not isinstance(reason.get("n"), int) for reason in margin) > 1 for margin in margins]
            yield from ["two-margin reasons"] * (sum(unknown) > 1)


def of_sets_and_gaps(data: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    def gap(item, name):
        if "unexplained" in item:
            n = item["unexplained"]["n"]
            for one in n.values() if isinstance(n, dict) else [n]:
                yield f"{'gap' if one >= 0 else 'surplus'} {name}"

    for path, stage in plan.stages.items():
        yield from gap(stage, "between stages" if plan.out(path) else "at a last stage")
        for left in stage.get("exits", ()):
            yield from gap(left, "in reasons")
    for item in data.get("analysis_sets", ()):
        of = [plan.named[name] for name in item["of"]]
        yield from gap(item, "in a set")
        yield "set"
        yield from ["set of several stages"] * (len(of) > 1)
        yield from ["set of a set"] * (of[0][0] == "analysis_sets")
        yield from ["set of an arm"] * (of[0] in plan.arms)
        yield from ["within"] * ("within" in item)
        yield from ["date of a set"] * ("cutoff" in item)
        yield from ["partial set"] * ("partial" in item)
        if "excluded" in item:
            yield "excluded" if item["excluded"] else "nobody excluded"
        if "outcomes" in item:
            yield "outcomes"
            yield from ["partition of outcomes"] * any("partition" in line for line in item["outcomes"])


def features(data: Mapping[str, Any]) -> set[str]:
    plan = Plan(data)
    return {name for look in (of_counts, of_movements, of_divisions, of_sets_and_gaps) for name in look(data, plan)}


@pytest.fixture(scope="module")
def counted():
    found = Counter()
    for seed in range(SEEDS):
        random = Random(seed)  # noqa: S311 - a seed, not a secret
        found.update(features(blank(random, grow(random)).data))
    return found


@pytest.mark.parametrize("feature", sorted(EVERY))
def test_random_flows_have_everything_that_the_language_can_say(counted, feature):
    assert counted[feature] >= SEEDS // 100, counted


def test_one_wrong_number_is_often_a_contradiction_and_often_cannot_be_told():
    contradictions = 0
    for seed in range(SEEDS):
        random = Random(seed)  # noqa: S311 - a seed, not a secret
        true = grow(random)
        wrong = corrupt(random, blank(random, true) if seed % 2 else true)
        contradictions += wrong is not None and not Oracle(wrong.data).feasible()
    assert SEEDS // 4 < contradictions < 3 * SEEDS // 4
