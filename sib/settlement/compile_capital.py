"""Compiles capital: each tranche with what it is owed when, and who is repaid from what, in which order."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from sib.arrays import Floats
from sib.scenario.scenario import Scenario
from sib.settlement.contract import Coupons, Fee, Pool, Remainder, Taker, Target, Tier, TrancheTerms
from sib.settlement.schedules import Curve
from sib.terms.capital import ReturnLevel, Tranche
from sib.terms.day_count import DAYS_IN_YEAR, days_between, days_of_30

# Tranches


class _Clock(NamedTuple):
    """How a tranche's interest counts time. One value a date."""

    years: Floats  # since the first date; the difference of two is the time between them
    one_more: Floats  # what a 31st adds to that for what began to earn before a 30th
    early: tuple[bool, ...]  # whether what begins to earn is of that sort
    due: tuple[bool, ...]  # whether interest falls due; never where it has no dates of its own


def tranche_terms(
    scenario: Scenario, tranche: Tranche, dates: Sequence[dt.date], years: Floats, targets: Targets
) -> TrancheTerms:
    """Compile a tranche."""
    due = np.ones(len(dates))
    if tranche.repaid_on is not None:  # its days rise
        days, shares = zip(*tranche.repaid_on, strict=True)
        by_then = [0.0, *accumulate(shares)]
        due = np.array([by_then[bisect_right(days, date)] for date in dates])
        due[-1] = 1.0
    clock, guarantee = _clock(tranche, dates, years), tranche.guarantee
    comes = list(_comes(tranche, due, clock))
    reserve = _in_all(comes, len(dates))
    levels = targets[tranche.name]
    return TrancheTerms(
        name=tranche.name,
        committed=tranche.amount,
        at_start=tranche.draws == "at start",
        revolving=tranche.revolving,
        draw_rank=tranche.draw_rank,
        rank=tranche.rank if tranche.ranked else None,
        interest=tranche.interest,
        compounds=tranche.compounds,
        elapsed=np.array([0.0, *(after - before for before, after in pairwise(clock.years))]),
        coupons=None if tranche.interest_on is None else _coupons(tranche, due, clock),
        scheduled=tranche.repaid_on is not None,
        due=due,
        reserve=reserve,
        targets=tuple(_target(level, comes, reserve, clock.due, years) for level in levels),
        cap=None if tranche.return_cap is None else levels[_level(tranche.return_cap)],
        guarantor=None if guarantee is None else guarantee.by,
        covers=None if guarantee is None else Curve.of(guarantee.covers),
        tops_up=guarantee is not None and guarantee.tops_up,
        discount_rate=scenario.beliefs.discount_rates[tranche.name],
    )


def _clock(tranche: Tranche, dates: Sequence[dt.date], years: Floats) -> _Clock:
    """How its interest counts the time between dates, and when it falls due."""
    count = tranche.day_count
    in_year = DAYS_IN_YEAR[count]
    clock, one_more = years, np.zeros(len(dates))
    if count == "30/360":
        clock = np.array([(days_of_30(day) - days_of_30(dates[0])) / in_year for day in dates])
        one_more = np.array([(day.day == 31) / in_year for day in dates])
    elif count != "actual/365":
        clock = np.array([days_between(dates[0], day, count) / in_year for day in dates])
    on = () if tranche.interest_on is None else tranche.interest_on.days
    falls_due = [day in on for day in dates]
    falls_due[-1] = tranche.interest_on is not None
    early = tuple(count == "30/360" and day.day < 30 for day in dates)
    return _Clock(clock, one_more, early, tuple(falls_due))


def _comes(tranche: Tranche, due: Floats, clock: _Clock, *, early: float = 0.0) -> Iterator[tuple[int, Floats]]:
    """What one unit of capital that is out on each date brings as it falls due: on which later dates, how much.

    Interest is paid when capital is, or on its own dates. So much of each unit as `early` says began to earn before a
    30th. One amount for each date before that one on which not all is due, (dates,).
    """
    rate, size = tranche.interest, len(due)
    open_on = int(np.searchsorted(due, 1.0))  # the dates before this one
    out, accrued, began = np.ones(size), np.zeros(size), np.full(size, early)
    first = 0  # the first date since something fell due for the last time
    since = 0.0
    for later in range(1, size):
        if due[later] <= due[later - 1] and not clock.due[later]:
            continue
        now = slice(0, min(later, open_on))
        capital = (due[later] - due[later - 1]) / (1.0 - due[now])
        gone = clock.years[later] - np.concatenate([np.full(first, since), clock.years[first : now.stop]])
        if tranche.interest_on is None:
            earned = rate * gone
            if tranche.compounds:  # a power each for dates of which it differs, worked out as one number is
                powers = [(1.0 + rate) ** years for years in gone[max(first - 1, 0) :]]
                earned = np.array([*powers[:1] * (first - 1), *powers]) - 1.0
            yield later, out[now] * earned + capital
        else:
            ends = began[now] if clock.due[later] else began[now] * capital / out[now]
            accrued[now] += rate * (out[now] * gone + ends * clock.one_more[later])
            began[now] -= ends
            yield later, (accrued[now] if clock.due[later] else 0.0) + capital
            if clock.due[later]:
                accrued[now] = 0.0
                began[now] = out[now] - capital if clock.early[later] else 0.0
        out[now] -= capital
        first, since = min(later, open_on), clock.years[later]


def _in_all(comes: Iterable[tuple[int, Floats]], size: int) -> Floats:
    """What one unit of capital that is out on each date brings in all, (dates,)."""
    total = np.zeros(size)
    for _, amounts in comes:
        total[: len(amounts)] += amounts
    return total


def _coupons(tranche: Tranche, due: Floats, clock: _Clock) -> Coupons:
    """Interest on dates of its own."""
    rate, size = tranche.interest, len(due)
    more, less = (_in_all(_comes(tranche, due, clock, early=early), size) for early in (1.0, 0.0))
    reserve = more - less
    following = _next(clock.due)
    for step in range(size - 1):
        if due[step] >= 1.0:  # what has accrued is all that is not due yet
            reserve[step] = rate * clock.one_more[following[step]]
    return Coupons(clock.due, clock.one_more, clock.early, reserve)


def _next(due: Sequence[bool]) -> list[int]:
    """Of each date but the last the next one on which interest falls due; the last date is one where any is."""
    found = [len(due) - 1] * len(due)
    for step in reversed(range(len(due) - 1)):
        found[step] = step + 1 if due[step + 1] else found[step + 1]
    return found


def _level(level: ReturnLevel) -> tuple[float, float | None]:
    """A return as a multiple, infinite where it is a rate, and a rate."""
    return (np.inf if level.multiple is None else level.multiple, level.annual_return)


Targets = Mapping[str, Mapping[tuple[float, float | None], int]]  # by tranche and return: its position


def targets_of(scenario: Scenario) -> Targets:
    """The returns of each tranche on which something hangs, each once: its cap, then its hurdles."""
    found: dict[str, dict[tuple[float, float | None], int]] = {tranche.name: {} for tranche in scenario.tranches}
    levels = [(one.name, one.return_cap) for one in scenario.tranches if one.return_cap is not None]
    tiers = [tier for remainder in scenario.remainders for tier in remainder.in_tiers]
    for name, level in (*levels, *((tier.until.tranche, tier.until) for tier in tiers if tier.until is not None)):
        found[name].setdefault(_level(level), len(found[name]))
    return found


def _target(
    level: tuple[float, float | None],
    comes: Sequence[tuple[int, Floats]],
    reserve: Floats,
    due: Sequence[bool],
    years: Floats,
) -> Target:
    """A return with what money that is kept is worth at it."""
    multiple, rate = level
    worth, pending = np.ones(len(years)), np.ones(len(years))
    at_rate, following = 1.0 + (rate or 0.0), _next(due)
    valued = np.zeros(len(years))
    for on, amounts in comes if rate is not None else ():
        valued[: len(amounts)] += amounts * np.array([at_rate ** (day - years[on]) for day in years[: len(amounts)]])
    for step in range(len(years)):
        if reserve[step] > 0.0 and rate is not None:
            worth[step] = valued[step] / reserve[step]
        if due[-1] and step < len(years) - 1:
            pending[step] = at_rate ** (years[step] - years[following[step]])
    return Target(multiple, None if rate is None else (1.0 + rate) ** years, worth, pending)


# Who is repaid from what, and who gets what remains


def pools_of(scenario: Scenario, at: Mapping[str, int], targets: Targets) -> tuple[tuple[Pool, ...], dict[str, int]]:
    """The pools of what goes to the vehicle, and which pool each payment goes to. `at` has the tranches' positions."""
    timetable, pools, found = scenario.timetable, dict[tuple[int, int], Pool](), dict[Pool, int]()
    pool_of = {}
    for payment in timetable.to_vehicle:  # the timetable has one answer for all of whom it says the same
        who = id(timetable.repaid_from(payment.name)), id(timetable.remainders(payment.name))
        if who not in pools:
            pools[who] = pool_for(scenario, payment.name, at, targets)
        pool_of[payment.name] = found.setdefault(pools[who], len(found))
    return tuple(found), pool_of


def pool_for(scenario: Scenario, payment: str | None, at: Mapping[str, int], targets: Targets) -> Pool:
    """Who is repaid from a payment, or from what is left of the capital, and who gets what remains."""
    repaid = [tranche for tranche in scenario.timetable.repaid_from(payment) if tranche.ranked]
    deferred = [cost for cost in scenario.costs if cost.rank is not None] if payment is not None else []
    ranks = sorted({t.rank for t in repaid} | {cost.rank for cost in deferred if cost.rank is not None})
    return Pool(
        ranks=tuple(
            (
                tuple(at[t.name] for t in repaid if t.rank == rank),
                tuple(Fee(cost.name, cost.to) for cost in deferred if cost.rank == rank),
            )
            for rank in ranks
        ),
        places=tuple(ranks),
        remainders=tuple(_remainders(scenario, payment, at, targets)),
    )


def _remainders(
    scenario: Scenario, payment: str | None, at: Mapping[str, int], targets: Targets
) -> Iterator[Remainder]:
    """Who gets what remains: whom the contract names, or else who is repaid; of the capital those whose it is."""
    named = scenario.timetable.remainders(payment)
    for remainder in named:
        yield Remainder(
            tiers=tuple(
                Tier(
                    _takers(tier.shares, at),
                    None
                    if tier.until is None
                    else (
                        at[tier.until.tranche],
                        targets[tier.until.tranche][_level(tier.until)],
                    ),
                )
                for tier in remainder.in_tiers
            ),
            once_repaid=tuple(sorted(at[name] for name in remainder.once_repaid or ())),
        )
    if not named:
        repaid = scenario.timetable.repaid_from(payment)
        own = repaid[:1] if payment is not None else repaid or scenario.tranches  # their own money coming back
        total = sum(tranche.amount for tranche in own)
        yield Remainder((Tier(_takers({one.name: one.amount / total for one in own}, at), None),), ())


def _takers(shares: Mapping[str, float], at: Mapping[str, int]) -> tuple[Taker, ...]:
    return tuple(Taker(name, share, at.get(name)) for name, share in shares.items())
