"""Random valid studies as plain data, with the true number of everything, and what can be done to them.

A study is grown in two steps: its form, then the numbers that people walking through it leave behind.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from forms import form
from plan import Key, Path, Plan, accounts_of, node
from walking import DeadEndError, walk

__all__ = ["FLOWS", "Flow", "blank", "corrupt", "grow", "ids", "stated"]

FLOWS = int(os.environ.get("CONSORTFLOW_FLOWS", "500"))
"""How many random flows each property is examined on; CONSORTFLOW_FLOWS asks for more, or fewer."""


@dataclass
class Flow:
    """A study as plain data, and the truth about it."""

    data: dict[str, Any]
    truth: dict[Key, int]


def ids(solution: Any) -> dict[Path, str]:
    """Return the full id of every account by its path."""
    return {account.path: full for full, account in solution.network.accounts.items()}


def grow(random: Random) -> Flow:
    """Return a random valid flow with every count stated."""
    while True:
        data = form(random)
        try:
            return Flow(data, walk(random, data))
        except DeadEndError:
            continue


def _printed(n: int, of: int, digits: int) -> Fraction:
    scale = 10**digits
    return Fraction((2 * 100 * scale * n + of) // (2 * of), scale)


def _said(random: Random, n: int, base: tuple[str | None, int] | None) -> Any:
    """Return another way to say a number, or nothing."""
    draw = random.random()
    if draw < 0.4:
        return None
    if draw < 0.5:
        return "unknown"
    if draw < 0.6:
        return f"<={n + random.randint(0, 4)}"
    if draw < 0.65:
        return f"<{n + random.randint(1, 4)}"
    if draw < 0.73:
        return f">={max(n - random.randint(0, 4), 0)}"
    if draw < 0.75 and n:
        return f">{n - random.randint(1, min(n, 3))}"
    name, of = base or (None, 0)
    if draw < 0.85 or base is None or n > of:
        return f"{max(n - random.randint(0, 3), 0)}-{n + random.randint(0, 3)}"
    percent = _printed(n, of, random.choice((0, 0, 1))) if of else Fraction(0)
    said: dict[str, Any] = {"percent": float(percent) if percent.denominator > 1 else int(percent)}
    if name is not None:
        said["of"] = name
    if (draw := random.random()) < 0.4:
        said["n"] = n if draw < 0.3 else f"<={n + random.randint(0, 4)}"
    return said


def blank(random: Random, flow: Flow, *, share: float | None = None) -> Flow:
    """Return the flow with some of its counts left out, or said as a bound or a percentage."""
    data = copy.deepcopy(flow.data)
    share = random.choice((0.15, 0.4, 0.7, 0.95)) if share is None else share
    plan = Plan(data)
    boxes = [path for path in plan.at if path not in plan.arms]
    for path, item, units, box in list(accounts_of(data, plan)):
        if "n" not in item or random.random() > share:
            continue
        base: tuple[str | None, Path] | None = (
            (None, box) if box is not None and (box, units[0]) in flow.truth else None
        )
        other = random.choice(boxes)
        if plan.at[other][0] == units and other != path and random.random() < 0.4:
            base = node(data, other)["id"], other
        left = {}
        for unit in units:
            n = item["n"] if len(units) == 1 else item["n"][unit]
            of = (base[0], flow.truth[base[1], unit]) if base else None
            said = n if len(units) > 1 and random.random() < 0.4 else _said(random, n, of)
            if said is not None:
                left[unit] = said
        node(data, path).pop("n")
        if left:
            node(data, path)["n"] = left if len(units) > 1 else left[units[0]]
    return Flow(data, flow.truth)


def stated(data: Mapping[str, Any]) -> list[tuple[Path, str | None]]:
    """Return where whole numbers are stated: the path of the item, and the unit where there are several."""
    found: list[tuple[Path, str | None]] = []
    for path, item, units, _ in accounts_of(data, Plan(data)):
        said = item.get("n")
        if isinstance(said, int):
            found.append((path, None))
        elif isinstance(said, dict) and len(units) > 1:
            found += [(path, unit) for unit in units if isinstance(said.get(unit), int)]
    return found


def corrupt(random: Random, flow: Flow) -> Flow | None:
    """Return the flow with one stated number typed wrong; None where it states none."""
    places = stated(flow.data)
    if not places:
        return None
    data = copy.deepcopy(flow.data)
    path, unit = random.choice(places)
    item = node(data, path)
    holder, key = (item, "n") if unit is None else (item["n"], unit)
    holder[key] = (
        max(0, holder[key] + random.choice((-10, -2, -1, 1, 2, 9))) if random.random() < 0.9 else random.randint(0, 300)
    )
    return Flow(data, flow.truth)
