"""`NetValue`: what a deal is worth to who pays for outcomes: what true outcomes are worth to it, less what it pays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sib.analysis.columns import Kept, joined
from sib.analysis.figures import FIGURES
from sib.analysis.summary import Row, rows
from sib.arrays import Floats
from sib.errors import InputError, Problem, between, nearest
from sib.measures.discounting import Flows
from sib.model.levels import with_effect
from sib.model.model import MetricModel
from sib.model.results import Outcomes, Results
from sib.run.recipe import Block
from sib.scenario.scenario import Scenario

_WORTH = FIGURES["npv_mean"]  # the mean of a present value, with its error; the value is the payer's here


@dataclass(frozen=True)
class NetValue:
    """The present value of true outcomes at a price each, less that of what payers pay, net of what comes back.

    Payments follow what is measured, value follows what is true: the effect that those served have, whatever the
    evaluator finds. Of what is compared with nothing, the verified count is what there is. An outcome counts in the
    middle of the time over which it is measured.

    Parameters
    ----------
    prices : dict of str to float
        What one outcome is worth, by metric, in the scenario's currency.
    payers : tuple of str
        Who pays.
    rate : float
        What a year's wait costs them; values are as of the scenario's start.
    """

    prices: Mapping[str, float]
    payers: tuple[str, ...]
    rate: float
    columns: ClassVar[tuple[str, ...]] = ("npv",)

    @classmethod
    def of(cls, scenario: Scenario, prices: object, payer: str | None, rate: float) -> NetValue:
        """Check what a user passed: one price, or one for each metric that is valued.

        Raises
        ------
        InputError
            Where a price is no number, a metric has no true effect or level of its own, or there is no such payer; or
            where an event may give up cohorts, as nobody can say then who is served.
        """
        where, known = "values_outcome_at", [*scenario.beliefs.effects, *scenario.beliefs.levels]
        if any(event.cohorts for event in scenario.events):
            rule = "a deal without events that give up cohorts: who is then served is not known"
            raise InputError(Problem(where, prices, rule, "remove the event, or ask for a measure of the summary"))
        if not isinstance(prices, Mapping):
            if len(known) != 1:
                rule = f"a price for each metric that is valued; this deal has {', '.join(known) or 'none'}"
                raise InputError(Problem(where, prices, rule, 'write {"metric": price}'))
            prices = {known[0]: prices}
        for name in prices:
            if name not in known:
                rule = "a metric with a true effect, or a verified level, of its own"
                raise InputError(Problem(where, name, rule, nearest(str(name), known)))
            if name in scenario.beliefs.levels and _lower(scenario, name):
                rule = "a metric of which more is better, or that is compared: else nobody knows how many fewer it is"
                raise InputError(Problem(where, name, rule, "leave it out"))
        payers = tuple(scenario.timetable.payers)
        if payer is not None and payer not in payers:
            raise InputError(Problem("payer", payer, "who pays for outcomes in the deal", nearest(str(payer), payers)))
        rule = "what one outcome is worth: a number above zero, in the scenario's currency"
        remedy = "write, for example, 12_000"
        worth = {str(name): between(price, 0, math.inf, where, rule, remedy) for name, price in prices.items()}
        return cls(worth, payers if payer is None else (payer,), rate)

    def about(self, scenario: Scenario) -> Scenario:
        """The scenario that it is taken of."""
        return scenario

    @property
    def keep(self) -> Callable[[Block], Kept]:
        """What is kept of a settled block; it travels to workers."""
        return partial(_kept, prices=dict(self.prices), payers=self.payers, rate=self.rate)

    def row(self, parts: Sequence[Kept], batch: int | None = None) -> Row:
        """The figure, from what was kept of all parts in the order of the paths."""
        return rows(joined(parts).columns, batch, (_WORTH,))[0]


def _lower(scenario: Scenario, name: str) -> bool:
    return next(metric for metric in scenario.metrics if metric.name == name).better == "lower"


def _kept(block: Block, prices: Mapping[str, float], payers: tuple[str, ...], rate: float) -> Kept:
    """The net value on each path."""
    contract = block.deal.contract
    years = (contract.years - contract.years[0])[:, None]
    total = Flows(years, *block.book.flows(payers)).npv(rate)
    for metric, outcome in zip(block.deal.model.metrics, block.outcomes, strict=True):
        if metric.name in prices:
            worth = prices[metric.name] * (1.0 + rate) ** -metric.times
            total = total + worth @ true_outcomes(metric, outcome)
    return Kept({"npv": total}, None)


def true_outcomes(metric: MetricModel, outcome: Outcomes) -> Floats:
    """How many outcomes there are truly, by result, (results, paths), positive when better.

    Of what is compared: how many fewer, or more, than those served would have had without the programme, given the
    true effect and, of drift, what is expected of it. Else how many were verified.
    """
    results = outcome.results
    if not isinstance(results, Results):
        message = f"{metric.name} is worked out from other metrics"
        raise TypeError(message)
    persons = _each(metric, results.persons) if metric.cumulative and not results.additive else results.persons
    if not metric.compared or outcome.effect is None:
        return _each(metric, results.counts) if metric.cumulative else results.counts
    usual = metric.base * (1.0 + metric.sign * metric.evaluation.creaming)
    if metric.drift is not None:
        usual = usual * (1.0 + metric.drift.trend) ** metric.times
    gained: Floats = metric.sign * (with_effect(metric, usual[:, None], outcome.effect) - usual[:, None]) * persons
    return gained


def _each(metric: MetricModel, so_far: Floats) -> Floats:
    """What is in each result, where results are over everybody so far."""
    return np.diff(so_far, axis=0, prepend=0.0)
