"""`portfolio`: several deals held together, each with luck of its own, and with common shocks and events by name."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final

from sib.analysis.columns import Kept, joined, kept_of
from sib.analysis.decide.holdings import Holding, Portfolio
from sib.analysis.decide.in_common import in_common
from sib.analysis.figures import CASH
from sib.analysis.futures import Sampling, jobs_of, worked
from sib.calls import public
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng, named
from sib.errors import InputError, Problem, between, nearest
from sib.measures.expected import Lots
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

_KEPT: Final = ("drawn", "received", CASH)
_MOST: Final = 1 << 25  # paths of all deals: a gigabyte, with three numbers each
_ROUNDING: Final = 1e-9


@public
def portfolio(
    scenarios: Mapping[str, Scenario],
    *,
    amounts: Mapping[str, float] | None = None,
    shocks: Mapping[str, Mapping[str, Mapping[str, float]]] | None = None,
    events: Mapping[str, Mapping[str, str]] | None = None,
    paths: int = 100_000,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
    stratified: bool = False,
    sampling: Way = "plain",
) -> Portfolio:
    """Hold several deals together: what they risk and earn as a whole, and what each adds to it.

    Each deal has luck of its own, unlike in `compare`: its draws carry its name, so that the same scenario under two
    names is two deals, and another deal changes no draw of those that are there. What they have in common is what
    `shocks` and `events` say.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        The deals, at least one, each by its name in the portfolio; in one currency.
    amounts : mapping of str to float, optional
        How much is held of a deal, in money, from nothing to its capital: that share of the cash of its investors, of
        all tranches together. All of a deal that is not named.
    shocks : mapping of str to mapping of str to mapping of str to float, optional
        By the name of a shock, the name of a deal, and the path under `beliefs` of what it moves
        ("effects.employment", "engagement", "evaluation.employment", "overruns.service", "hazards.closure"): the
        loading, from -1 to 1. The squares of one belief's loadings add up to 1 at most.
    events : mapping of str to mapping of str to str, optional
        By the name of an event that comes to several deals on one day, and the name of a deal: what that deal calls it.
        It is one that may happen on any day, and has the same chance a year (`beliefs.hazards`) in all of them.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`.

    Returns
    -------
    Portfolio
        With `summary`, `deals`, `diversification` and `cash`.

    Raises
    ------
    InputError
        Where there is no deal, or one in which nobody puts capital in; where currencies differ; where an amount, a
        loading or an event cannot be; where an argument is not what `simulate` takes.

    Notes
    -----
    A belief is a quantile of its distribution at a normal score z. With the loadings a_k on shocks m_k,
    ``z = sum(a_k m_k) + sqrt(1 - sum(a_k**2)) e``, where the shocks and e, the deal's own, are standard normal: factors
    as of Vasicek (1987, *Probability of Loss on Loan Portfolio*), of several kinds. So scores of two deals have the
    correlation ``sum(a_k b_k)``: for a correlation r between equal deals write the root of r in each. That of their
    losses is less. A positive loading moves the belief's figure up with the shock, a negative one down; of a hazard, it
    puts off the event. Each deal by itself is as in `simulate`, unless one shock moves two of its own beliefs.

    An event comes at a constant rate, whoever waits for it, and a deal meets the first that comes from its own date on.
    So those that wait at the same time end on the same day (Marshall & Olkin 1967, *J. Am. Stat. Assoc.* 62).

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> deals = {"north": plan, "south": plan}
    >>> policy = {"policy": {name: {"effects.reconvictions": 0.7} for name in deals}}
    >>> apart, alike = (sib.portfolio(deals, shocks=s, paths=10_000, rng=1) for s in (None, policy))
    >>> less = [held.diversification().loc["sd", "diversification"] for held in (apart, alike)]
    >>> bool(less[0] > less[1] > 0)
    True
    """
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    _check(scenarios, how.paths)
    held = _amounts(scenarios, amounts)
    deals = {name: Deal.of(scenario) for name, scenario in scenarios.items()}
    common = in_common(how.seed, scenarios, deals, shocks, events)
    recipes = {
        name: replace(how, seed=named(how.seed, "deal", name)).recipe(deal, common=common[name])
        for name, deal in deals.items()
    }
    work = {name: jobs_of(recipes[name], (deal,), how.paths) for name, deal in deals.items()}
    every = [job for jobs in work.values() for job in jobs]
    holdings = {}
    with worked(every, partial(kept_of, names=_KEPT), how, title=f"{len(deals)} deals") as results:
        for name, jobs in work.items():
            kept = joined([piece for (piece,) in islice(results, len(jobs))])
            contract = deals[name].contract
            holdings[name] = Holding(
                scenarios[name], held[name], contract.dates, _part(kept, held[name] / contract.committed)
            )
    return Portfolio(holdings, replace(how, executor=None))


def _part(kept: Kept, share: float) -> Kept:
    """A share of the cash of a deal's investors."""
    columns = {name: share * values for name, values in kept.columns.items()}
    cash = kept.cash
    return Kept(columns, None if cash is None else Lots(cash.years, cash.paths, share * cash.cash))


def _check(scenarios: Mapping[str, Scenario], paths: int) -> None:
    """Refuse what is no portfolio."""
    if not scenarios:
        raise InputError(Problem("scenarios", {}, "at least one deal", 'pass {"a deal": scenario, ...}'))
    for name, scenario in scenarios.items():
        if not scenario.tranches:
            rule = "a deal in which somebody puts capital in: without, there is nothing to hold"
            raise InputError(Problem(f"scenarios[{name!r}]", scenario.name, rule, "leave it out"))
    currencies = sorted({scenario.currency for scenario in scenarios.values()})
    if len(currencies) > 1:
        remedy = "put the money of all into one, with `replace`, or make a portfolio of each currency"
        raise InputError(Problem("scenarios", currencies, "deals in one currency", remedy))
    if paths * len(scenarios) > _MOST:
        rule = f"at most {_MOST:,} paths of all deals together, which is what fits into memory"
        remedy = f"pass paths={_MOST // len(scenarios):_} or fewer"
        raise InputError(Problem("paths", f"{paths:,} of each of {len(scenarios):,} deals", rule, remedy))


def _amounts(scenarios: Mapping[str, Scenario], amounts: Mapping[str, float] | None) -> dict[str, float]:
    """How much is held of each deal."""
    capital = {name: math.fsum(one.amount for one in scenario.tranches) for name, scenario in scenarios.items()}
    held = dict(capital)
    for name, amount in (amounts or {}).items():
        if name not in capital:
            raise InputError(Problem("amounts", name, "a deal of the portfolio", nearest(name, capital)))
        rule = f"money, from 0 to the capital of the deal, {capital[name]:,.2f}"
        least, most = math.nextafter(0.0, -1.0), capital[name] * (1 + _ROUNDING)
        remedy = "pass how much is held of it; without, all of it is"
        held[name] = between(amount, least, most, f"amounts[{name!r}]", rule, remedy)
        if 0 < held[name] <= 1 < capital[name]:
            rule, remedy = (
                "money, and no share of the capital",
                f"write {held[name] * capital[name]:_.0f} for that share",
            )
            raise InputError(Problem(f"amounts[{name!r}]", amount, rule, remedy))
    if not any(held.values()):
        raise InputError(Problem("amounts", amounts, "something of at least one deal", "raise one of them"))
    return held
