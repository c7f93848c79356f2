"""Headroom: what each limit on money leaves unused. What `Simulation.headroom` says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.analysis.figures import ROUNDING
from sib.analysis.futures import Futures
from sib.analysis.spreads import Figures, by_entry, chance, levels_of, quantiles_and_mean, spreads
from sib.arrays import Floats
from sib.run.recipe import Block
from sib.scenario.scenario import Scenario
from sib.settlement.book import Amount, Kind, one_where

if TYPE_CHECKING:
    import pandas as pd

_PAID, _OWED = (Kind.OUTCOME, Kind.FIXED), (Kind.OUTCOME_OWED, Kind.FIXED_OWED)
_ALL = "limits"


class Ceiling(NamedTuple):
    """A limit in money: how much, on which payments by their positions, and on whose part; on everybody's if None."""

    name: str
    amount: float
    payments: frozenset[int]
    payer: str | None


def headroom(scenario: Scenario, futures: Futures, levels: Sequence[float]) -> pd.DataFrame:
    """See `Simulation.headroom`."""
    import pandas as pd

    _levels = levels_of(levels)
    ceilings = ceilings_of(scenario)
    amounts = {one.name: one.amount for one in ceilings}

    def asked(_: str, name: str) -> Figures:
        return quantiles_and_mean(name, _levels) | chance(name, "chance_reached", lambda left: left <= 0.0)

    read = partial(_left, ceilings=ceilings)
    found = spreads(futures, read, asked)[_ALL] if ceilings else {}
    rows = [{"amount": amounts[name], **cells} for name, cells in found.items()]
    return pd.DataFrame(rows, index=pd.Index(list(found), name="limit", dtype="object"), dtype="float64")


def ceilings_of(scenario: Scenario) -> tuple[Ceiling, ...]:
    """The limits of a scenario that are an amount of money in all, those of all cohorts together."""
    timetable = scenario.timetable
    places = {name: place for place, name in enumerate(timetable.payments)}
    return tuple(
        Ceiling(
            limit.name,
            limit.amount * (len(timetable.served) if limit.scope == "cohort" else 1),
            frozenset(places[name] for name in timetable.limited(limit.name)),
            limit.payer,
        )
        for limit in scenario.limits
        if limit.amount is not None
    )


def _left(block: Block, ceilings: tuple[Ceiling, ...]) -> dict[str, dict[str, Floats]]:
    """What each limit leaves of its amount at the end."""
    left: dict[str, Amount] = {one.name: one.amount for one in ceilings}
    for entry in block.book.entries:
        paid, owed = entry.kind in _PAID, entry.kind in _OWED
        for one in ceilings if paid or owed else ():
            whose = entry.payer if paid else entry.payee
            if entry.payment in one.payments and one.payer in (None, whose):
                left[one.name] = left[one.name] + (-entry.amount if paid else entry.amount)
    return {_ALL: by_entry({one.name: _rounded(left[one.name], one.amount) for one in ceilings}, block.book.paths)}


def _rounded(left: Amount, amount: float) -> Amount:
    """What is left, where it is more than rounding."""
    found: Amount = left * one_where(np.abs(left) > ROUNDING * amount)
    return found


def limit_on(scenario: Scenario, payer: str) -> Ceiling | None:
    """The least limit in money that is on all that a payer pays for outcomes; None where there is none.

    One on somebody's part alone counts where it is this payer's; one on everybody's bounds each of them. It is the
    payer's where nobody else pays what it is on.
    """
    timetable = scenario.timetable
    own = {
        place
        for place, (name, payment) in enumerate(timetable.payments.items())
        if payment.metric is not None and timetable.shares(name).get(payer, 0.0) > 0
    }
    on_all = [one for one in ceilings_of(scenario) if own and own <= one.payments and one.payer in (None, payer)]
    if not on_all:
        return None
    least = min(on_all, key=lambda one: one.amount)
    names = list(timetable.payments)
    payers = {other for place in least.payments for other in timetable.shares(names[place])}
    return least._replace(payer=payer) if payers == {payer} else least
