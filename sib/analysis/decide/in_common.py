"""What the deals of a portfolio have in common, as it is asked for by name: shocks to beliefs, and events.

Stands before `portfolio.py`. Checks what is asked for, and says of each deal what `chance.common` has to know of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, TypeVar

import numpy as np

from sib.chance.common import Arrivals, Common, shock
from sib.chance.sources import Component
from sib.errors import InputError, Problem, between, nearest
from sib.model.compile import rate_of
from sib.model.prior import scores
from sib.run.recipe import Deal
from sib.scenario.paths import path_of, steps_of
from sib.scenario.scenario import Scenario
from sib.terms.calendar import DAYS_A_YEAR

T = TypeVar("T")

_ROUNDING: Final = 1e-9


def in_common(
    seed: np.random.SeedSequence,
    scenarios: Mapping[str, Scenario],
    deals: Mapping[str, Deal],
    shocks: Mapping[str, Mapping[str, Mapping[str, float]]] | None,
    events: Mapping[str, Mapping[str, str]] | None,
) -> dict[str, Common]:
    """What each deal has in common with the others.

    Parameters
    ----------
    seed : SeedSequence
        The seed of the portfolio.
    scenarios, deals : mapping
        By the deal's name.
    shocks : mapping of str to mapping of str to mapping of str to float, or None
        By the shock's name, the deal's, and the path of a belief under `beliefs`: how much of the shock is in it.
    events : mapping of str to mapping of str to str, or None
        By the event's name and the deal's: what the deal calls it.

    Raises
    ------
    InputError
        Where a deal, a belief or an event is not there, or loadings or chances cannot be.
    """
    loadings = _loadings(deals, shocks)
    arrivals = _arrivals(scenarios, events)
    for name in deals:
        twice = loadings[name].keys() & arrivals[name].keys()
        if twice:
            came = path_of(next(iter(twice)))
            rule = f"one thing that decides when it comes: an event of {name} stands in `events` already"
            raise InputError(Problem("shocks", came, rule, "leave it out in one of the two"))
    drawn = {shock(kind): None for of_deal in loadings.values() for belief in of_deal.values() for kind in belief}
    drawn |= {one: None for of_deal in arrivals.values() for wait in of_deal.values() for one in wait.components()}
    return {name: Common(seed, tuple(sorted(drawn)), loadings[name], arrivals[name]) for name in deals}


def _loadings(
    deals: Mapping[str, Deal], shocks: Mapping[str, Mapping[str, Mapping[str, float]]] | None
) -> dict[str, dict[Component, dict[str, float]]]:
    """By the deal's name, the component of a belief and the name of a shock: how much of the shock is in it."""
    known = {name: scores(deal.model) for name, deal in deals.items()}
    found: dict[str, dict[Component, dict[str, float]]] = {name: {} for name in deals}
    for kind, of_kind in (shocks or {}).items():
        for name, beliefs in _of_deals(of_kind, deals, f"shocks[{kind!r}]"):
            where = f"shocks[{kind!r}][{name!r}]"
            for belief, loading in beliefs.items():
                path = path_of(steps_of(belief))
                if path not in known[name]:
                    rule = "the path under `beliefs` of one that is not sure, and is drawn once for the whole deal"
                    raise InputError(Problem(where, belief, rule, nearest(path, known[name])))
                loads = found[name].setdefault(known[name][path], {})
                loads[kind] = _loading(loading, f"{where}[{belief!r}]")
                total = sum(loading**2 for loading in loads.values())
                if total > 1 + _ROUNDING:
                    rule = f"loadings of {belief} whose squares add up to 1 at most: they are shares of its variance"
                    remedy = "lower one; for a correlation r between equal deals write the root of r in each"
                    raise InputError(Problem(where, f"{total:g} in all", rule, remedy))
    return found


def _loading(value: float, where: str) -> float:
    rule = "a number from -1 to 1: the correlation of the belief with the shock, on the normal scale"
    remedy = "write, for example, 0.5; below zero where it moves the other way"
    return between(value, math.nextafter(-1.0, -2.0), math.nextafter(1.0, 2.0), where, rule, remedy)


def _arrivals(
    scenarios: Mapping[str, Scenario], events: Mapping[str, Mapping[str, str]] | None
) -> dict[str, dict[Component, Arrivals]]:
    """By the deal's name and the component of its event: when it comes."""
    found: dict[str, dict[Component, Arrivals]] = {name: {} for name in scenarios}
    for kind, of_kind in (events or {}).items():
        where = f"events[{kind!r}]"
        named = dict(_of_deals(of_kind, scenarios, where))
        days, chances = {}, {}
        for name, called in named.items():
            scenario = scenarios[name]
            known = {event.name: event for event in scenario.events if event.until is not None}
            if called not in known:
                rule = "what the deal calls an event that may happen on any day"
                raise InputError(Problem(f"{where}[{name!r}]", called, rule, nearest(called, known)))
            if ("hazards", called) in found[name]:
                rule = "an event of a deal in one common event at most"
                raise InputError(Problem(f"{where}[{name!r}]", called, rule, "leave it out in one of the two"))
            days[name] = known[called].date.toordinal() / DAYS_A_YEAR
            chances[name] = scenario.beliefs.hazards[called]
        if len(set(chances.values())) > 1:
            rule = "one chance a year of one event, in all deals that wait for it"
            remedy = "replace `beliefs.hazards` in those where it is another"
            raise InputError(Problem(where, chances, rule, remedy))
        for name, called in named.items():
            so_far = tuple(sorted({day for day in days.values() if day <= days[name]}))
            found[name]["hazards", called] = Arrivals(kind, rate_of(chances[name]), so_far)
    return found


def _of_deals(said: Mapping[str, T], known: Mapping[str, object], where: str) -> list[tuple[str, T]]:
    """What is said of each deal."""
    for name in said:
        if name not in known:
            raise InputError(Problem(where, name, "a deal of the portfolio", nearest(name, known)))
    return list(said.items())
