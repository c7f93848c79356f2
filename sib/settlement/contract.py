"""`Contract`: what is paid, compiled: dates in order, and on each what falls due. Shapes only.

Everything that is the same on every path is in it, worked out once from a scenario by `compile.py`. What may happen is
a `Model`; a contract reads the results that come of it, by the metric's position.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sib.arrays import Floats
from sib.scenario.timetable import Instalment
from sib.settlement.book import Kind
from sib.settlement.schedules import Curve
from sib.terms.levels import End
from sib.terms.metric import Measure


class Test(NamedTuple):
    """What a result has to be: of which metric, over which results, what is read, the level, which end of a range."""

    metric: int
    members: tuple[int, ...]
    measure: Measure
    level: float
    end: End


@dataclass(frozen=True, eq=False)
class Claim:
    """A payment on one group of results, at one date. Each is itself: two that say the same are two."""

    payment: int
    label: str
    metric: int | None
    members: tuple[int, ...]  # results, by position in the metric
    single: bool  # tested on one cohort or period by itself
    occasion: tuple[int, ...]  # the results by which it is told from other claims of its payment; none where it is one
    alike: frozenset[int]  # payments that are tested one by one on the same cohorts or periods
    tests: tuple[Test, ...]  # on this metric's own results
    others: tuple[Test, ...]  # on other metrics
    unpaid: int | None  # count only the results that this payment has not paid for
    made: tuple[int, ...]  # payments that must have been made
    not_made: tuple[int, ...]
    repaid: tuple[tuple[int, bool], ...]  # tranches, and whether they must have been repaid, or must not
    instead_of: tuple[int, ...]  # payments whose conditions must not hold: the one it falls back on, and so on
    reading: Measure
    curve: Curve
    principal: int | None  # the tranche whose outstanding capital the values are shares of
    cut_from: int | None  # the payment of which they are shares of what limits have cut
    due_to: int | None  # the tranche of whose interest and capital, as they fall due, they are shares
    instalment: Instalment | None  # the cost that they are shares of
    years: float | None
    compounds: bool
    less: tuple[int, ...]  # payments whose earlier amounts on these results come off
    ceilings: tuple[int, ...]  # on what is paid for one person, by position
    limits: tuple[int, ...]
    payers: tuple[tuple[str, float], ...]
    to: str
    tranche: int | None  # where it goes straight to one
    repays: bool
    pool: int | None  # where it goes to the vehicle
    owed_by: str | None
    arrivals: tuple[int, ...]  # the dates to which each delay of its metric takes it; empty where it is paid at once

    @property
    def kind(self) -> Kind:
        """What is paid on it: an outcome payment where it reads a metric, else a fixed one."""
        return Kind.FIXED if self.metric is None else Kind.OUTCOME

    @property
    def kind_owed(self) -> Kind:
        """What is paid back on it."""
        return Kind.FIXED_OWED if self.metric is None else Kind.OUTCOME_OWED


@dataclass(frozen=True)
class Ceiling:
    """A limit on what is paid for any one person; infinite where there is none."""

    limit: int  # its position among the limits
    amount: float
    items: float


class Price(NamedTuple):
    """What a payment under ceilings gives for each person who reaches a milestone in one result."""

    payment: int
    amount: float
    ceilings: tuple[int, ...]


@dataclass(frozen=True)
class Cap:
    """A limit with one account for all cohorts, or one for each."""

    by_cohort: bool
    amount: float  # infinite where there is none
    growth: Floats  # dates: value at each date of one unit at the first, at the capped return; ones without
    spent: Floats  # (accounts, dates): costs so far, valued at the first date; infinite without a capped return
    payer: str | None  # whose part it caps
    until_repaid: tuple[int, ...]  # tranches that are owed no less than it leaves on a day


@dataclass(frozen=True)
class Trigger:
    """An event that may or may not happen: when that is decided, on what, and what it ends.

    One that depends on results known by then, or on another that did not happen, is decided once. One that may happen
    on any day happens as many years after `opens` as were drawn, if by `closes`; a cohort is given up where that is
    before its first result.
    """

    name: str
    any_day: bool
    tests: tuple[Test, ...]
    if_reached: bool
    instead_of: tuple[int, ...]  # events that must not have happened
    cohorts: frozenset[str]
    costs: frozenset[str]
    payments: frozenset[int]
    opens: float = 0.0
    closes: float = 0.0
    first_results: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Redemption:
    """Early redemption of a tranche, for certain or where its trigger happened."""

    event: str
    trigger: int | None
    tranche: int
    share: float
    paid_by: str


@dataclass(frozen=True)
class Step:
    """One date: what is decided, the instalments and the claims that fall due."""

    triggers: tuple[int, ...]
    redemptions: tuple[Redemption, ...]
    costs: tuple[Instalment, ...]
    claims: tuple[Claim, ...]
    arrivals: tuple[tuple[Claim, int], ...]  # claims that were decided before or now, and with which delay they come


@dataclass(frozen=True, eq=False)
class Target:
    """A return that a tranche may come to: its cap, or a hurdle of what remains. Arrays have one value a date."""

    multiple: float  # of the capital drawn; infinite where it is a rate
    growth: Floats | None  # value at each date of one unit at the first, at that annual return
    worth: Floats  # what one unit kept for capital that is not due yet is worth at each date, at that return
    pending: Floats  # likewise one kept for interest that has accrued and is not due yet


@dataclass(frozen=True, eq=False)
class Coupons:
    """Interest that falls due on dates of its own: which, and how its days are counted. One value a date."""

    due: tuple[bool, ...]  # whether interest falls due; the last date is the last of them
    one_more: Floats  # in years: a 31st, which counts for what began to earn before a 30th and earns until then
    early: tuple[bool, ...]  # whether what begins to earn is of that sort
    reserve: Floats  # what one unit of that sort will earn in such days by the next of these dates


@dataclass(frozen=True)
class TrancheTerms:
    """A tranche, compiled. Arrays have one value a date."""

    name: str
    committed: float
    at_start: bool
    revolving: bool
    draw_rank: int
    rank: int | None  # None where it has no place in the waterfall
    interest: float
    compounds: bool
    elapsed: Floats  # years since the date before, as its interest counts days
    coupons: Coupons | None  # None where interest is owed whenever money comes in
    scheduled: bool  # whether its capital falls due on dates, or is repaid as money comes in
    due: Floats  # the share of its capital that is due to be repaid by each date
    reserve: Floats  # what one unit of capital that is out comes to when it is due, with its interest until then
    targets: tuple[Target, ...]  # the returns that something hangs on
    cap: int | None  # which of these is its cap on return
    guarantor: str | None
    covers: Curve | None
    tops_up: bool
    discount_rate: float


class Fee(NamedTuple):
    """A deferred cost: its name, which no other cost has, and who is paid."""

    cost: str
    to: str


class Taker(NamedTuple):
    """Who gets a share of what remains."""

    party: str
    share: float
    tranche: int | None  # where it is one


class Tier(NamedTuple):
    """How what remains is shared, until a tranche has come to one of its targets; for ever where there is none."""

    takers: tuple[Taker, ...]
    until: tuple[int, int] | None


class Remainder(NamedTuple):
    """Who gets what remains, tier after tier, where some tranches have been repaid."""

    tiers: tuple[Tier, ...]
    once_repaid: tuple[int, ...]


@dataclass(frozen=True)
class Pool:
    """Payments that repay the same parties: who, by rank, and who gets what remains."""

    ranks: tuple[tuple[tuple[int, ...], tuple[Fee, ...]], ...]  # tranches, and deferred costs
    places: tuple[int, ...]  # the number of each rank
    remainders: tuple[Remainder, ...]  # the first that holds; the last always does

    @cached_property
    def takers(self) -> tuple[Taker, ...]:
        """Whoever may get some of what remains."""
        return tuple(taker for one in self.remainders for tier in one.tiers for taker in tier.takers)

    @property
    def tiered(self) -> bool:
        """Whether what a tranche has earned decides who gets what remains."""
        return any(tier.until is not None for one in self.remainders for tier in one.tiers)


@dataclass(frozen=True)
class Reported:
    """What a contract knows of a metric: its name, and its results, one a period or one a cohort."""

    name: str
    by_period: bool
    results: tuple[str, ...]


@dataclass(frozen=True)
class Contract:
    """What is paid, compiled. `years` counts from the first date, the scenario's start."""

    payers: tuple[str, ...]
    vehicle: str
    tranches: tuple[TrancheTerms, ...]
    dates: tuple[dt.date, ...]
    years: Floats
    steps: tuple[Step, ...]
    metrics: tuple[Reported, ...]
    payments: tuple[str, ...]
    caps: tuple[Cap, ...]
    ceilings: tuple[Ceiling, ...]
    prices: Mapping[tuple[int, int], tuple[Price, ...]]  # under ceilings, by milestone and result
    triggers: tuple[Trigger, ...]
    pools: tuple[Pool, ...]
    winding_up: Pool
    kept_until: int | None  # the first date on which receipts are shared out; None where they always are
    parties: tuple[str, ...]

    @property
    def committed(self) -> float:
        """All capital that is committed."""
        return float(sum(tranche.committed for tranche in self.tranches))

    @cached_property
    def turns(self) -> tuple[tuple[int, ...], ...]:
        """In which turn the pools are shared out: first those that repay fewest tranches; as many, together."""
        sizes = [sum(len(tranches) for tranches, _ in pool.ranks) for pool in self.pools]
        return tuple(tuple(p for p, own in enumerate(sizes) if own == size) for size in sorted(set(sizes)))

    @property
    def revolving(self) -> bool:
        """Whether capital that has been repaid can be drawn again."""
        return any(tranche.revolving for tranche in self.tranches)

    @property
    def investors(self) -> tuple[str, ...]:
        """The parties whose money is at risk."""
        return tuple(tranche.name for tranche in self.tranches)
