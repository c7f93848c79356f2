"""`update`: what to believe, and what the deal is worth, given results in hand. And `Update`, what it returns."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.columns import effects_of
from sib.analysis.evidence.believed import beliefs
from sib.analysis.evidence.claims import claims_of
from sib.analysis.evidence.forecast import Forecast
from sib.analysis.evidence.remaining import remaining_of, rest_of
from sib.analysis.evidence.stopping import option_to_stop
from sib.analysis.evidence.surprise import surprise_of
from sib.analysis.futures import Sampling
from sib.analysis.observing import observed_of, published_by
from sib.analysis.periods import Freq
from sib.analysis.simulate import drawn, simulate
from sib.analysis.simulation import Simulation
from sib.analysis.summary import side_by_side
from sib.calls import public
from sib.chance.streams import Rng
from sib.errors import InputError, Problem
from sib.measures import risk
from sib.scenario.scenario import Scenario
from sib.terms.base import EARLIEST, LATEST

if TYPE_CHECKING:
    import pandas as pd


_ENOUGH = 1_000.0  # independent worlds: below it a posterior probability of one half is known to 1.6 points only


class EvidenceWarning(UserWarning):
    """Results in hand are so unlikely under the beliefs that few of the simulated worlds agree with them."""


@public
def update(
    of: Scenario | Simulation,
    observed: Mapping[str, Any] | pd.DataFrame,
    *,
    through: dt.date | None = None,
    date: dt.date | None = None,
    paths: int = 100_000,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
) -> Update:
    r"""What to believe given results so far, and what the rest of the deal is worth.

    Parameters
    ----------
    of : Scenario or Simulation
        The deal and the beliefs before these results; of a simulation, with its paths and its seed.
    observed : mapping or DataFrame
        By metric, then by cohort (or by the period's date), the result as `settle` takes it: `{"reconvictions": {"1":
        0.084}}`. As a table: metrics by periods, either way round, NaN where not yet reported; or with a row a result
        and columns `metric`, `value` and `period` or `cohort`, as `settle` takes it.
    through : date, optional
        Where the last period of milestones is not over: the day up to which they are counted, the last of a month.
    date : date, optional
        The day on which the rest is valued; by default the day on which the last of these results is published, or up
        to which it goes.
    paths, rng, executor, progress
        As for `simulate`, where `of` is a scenario.

    Returns
    -------
    Update

    Raises
    ------
    InputError
        Where a metric, cohort or period does not exist, a result is impossible, or it cannot be weighed against what
        was believed: a metric worked out from others, or one without any chance in it; or where, of the worlds that are
        drawn for a block of 16,384 paths, those that agree with the results are worth fewer than 200 independent ones.

    Warns
    -----
    EvidenceWarning
        Where the worlds that agree with the results are worth fewer than 1,000 independent ones.

    Notes
    -----
    Importance sampling and resampling (Rubin 1987): worlds (effects, biases, drift) are drawn from the beliefs, weighed
    by the likelihood of what was observed, and drawn again by their weights. Only the ratio of those served to their
    comparison tells about the effect: the level of the comparison is not learnt from.

    The likelihood of a verified share or count is binomial or Poisson. That of an improvement is the density of the
    ratio ``r = 1 - improvement`` (1 + improvement where more is better) that was published,

    .. math:: \sum_{t \ge 1} P(T = t)\, g(c_t)\, c_t / r, \qquad c_t = t\, m / (r\, n),

    T being the count on the n persons served and g the law of the count on m compared: negative binomial, or binomial
    for shares. Without any event among those served it is the probability of that. It holds where persons are
    independent and compared with one group, with history that all results share, or with a written level, whatever the
    biases and the drift. Of means, of persons in clusters or correlated with themselves before, and of a counterfactual
    of several groups, it is that of two normals (Hinkley 1969), with the variances that the design has; there, but for
    means, a posterior mean may be off by a tenth of its standard deviation, and by more where a result surprises.

    Counts of milestones by period are weighed result by result, and say in which months persons came (convention 21).
    Both are exact in the mean where one result, or one cohort, is the source; of several milestones after the same one
    the rates are weighed as if each knew nothing of the others, and what is forecast may be a few per cent off where
    their counts surprise.

    Where the weights are worth fewer independent worlds than there are paths (Kong 1992), beliefs are drawn nearer to
    the results, by a normal law of their scores that is fitted to a power of the likelihood, step by step until that is
    one; every tenth world is still drawn from the beliefs. Then the draw is doubled, up to 64 times the paths. Drift
    and history are not drawn nearer.

    Examples
    --------
    Peterborough, the day after its first cohort's reconvictions were found 8.4% fewer:

    >>> import sib
    >>> known = update(sib.load("peterborough"), {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1)
    >>> table = known.effects
    >>> bool(table.loc[("reconvictions", "2"), "sd"] < table.loc[("reconvictions", "2"), "prior_sd"])
    True
    """
    prior = of if isinstance(of, Simulation) else simulate(of, paths, rng=rng, executor=executor, progress=progress)
    if prior.futures.recipe.observed is not None:
        raise InputError(
            Problem("of", "a posterior", "beliefs from before these results", "pass all results in hand at once")
        )
    deal = prior.futures.deal
    claims = claims_of(deal.model, observed)
    through = None if through is None else _known_day("through", through)
    seen = observed_of(deal, claims, through)
    day = through or published_by(prior.scenario, deal, seen) if date is None else _known_day("date", date)
    before = prior.futures.recipe
    sampling = Sampling(prior.n_paths, before.seed, before.layers, before.way, executor, progress)
    posterior = drawn(prior.scenario, deal, sampling, sampling.recipe(deal, observed=seen))
    worth = posterior.effective_paths
    if worth < _ENOUGH and worth < 0.5 * prior.n_paths:
        warnings.warn(
            f"{dict(claims)} agrees with few of the worlds that were believed: they are worth {worth:,.0f}"
            f" independent ones (fewer than {_ENOUGH:,.0f}). Widen the beliefs if this result surprises them, or raise"
            " `paths`",
            EvidenceWarning,
            stacklevel=3,
        )
    return Update(prior=prior, posterior=posterior, observed=dict(claims), date=day)


def _known_day(name: str, day: dt.date) -> dt.date:
    if not EARLIEST <= day < LATEST:
        rule = f"a date from {EARLIEST} to {LATEST}"
        raise InputError(Problem(name, day, rule, "pass, for example, datetime.date(2014, 8, 7)"))
    return day


@dataclass(frozen=True, repr=False, eq=False)
class Update:
    """A deal before and after results in hand.

    Attributes
    ----------
    prior, posterior : Simulation
        The futures before, and given, these results; `posterior.summary()` is of the whole deal, past cash included,
        and `remaining()` of what comes after `date`.
    observed : dict
        The results.
    date : date
        The day on which the rest is valued.
    """

    prior: Simulation
    posterior: Simulation
    observed: dict[str, Any]
    date: dt.date

    @public
    def forecast(self, *, freq: Freq = "QE", year_starts: tuple[int, int] = (4, 1)) -> Forecast:
        """Plan, actual so far and forecast of counts by period, of cash and of each payer's bill.

        Parameters
        ----------
        freq : str or (int, int), default "QE"
            The periods of cash, as `Simulation.cash` takes them.
        year_starts : (int, int), default (4, 1)
            The month and the day on which a financial year begins.

        Returns
        -------
        Forecast
            `by_period` and `to_date`, units by metric and period; `money`, cash by item and period; `budget`, by payer
            and year. Each is worked out when it is first asked for.

        Examples
        --------
        Of 200 people two found work in the first months:

        >>> import sib
        >>> claims = {"enters work": {"2018-11-30": 0, "2018-12-31": 2}}
        >>> known = sib.update(sib.load("reboot-west"), claims, paths=2_000, rng=1)
        >>> table = known.forecast().to_date.loc["enters work"]
        >>> table.loc["2018-12-31", ["actual", "mean"]].to_list()
        [2.0, 2.0]
        """
        asked = (freq, year_starts)
        if asked not in self._forecasts:
            self._forecasts[asked] = Forecast(self.prior, self.posterior, self.date, freq, year_starts)
        return self._forecasts[asked]

    @cached_property
    def _forecasts(self) -> dict[tuple[Freq, tuple[int, int]], Forecast]:
        """What was asked for before, so that figures and pictures are worked out once."""
        return {}

    @cached_property
    def beliefs(self) -> pd.DataFrame:
        """What was believed before these results, and is now: rates, volume and pace, apart.

        A row a belief that is not known and of which results can tell, by `belief` and what it is `of`: `rate` (or
        `effect`, where a metric is compared), `taking part`, `volume` (the share of the planned persons of a cohort
        that come), `months late`, `months of intake` and `months to reach` (the factor of the months that persons take
        to a milestone). Columns `unit`; `prior_mean`, `prior_sd`, `prior_p05`, `prior_p50`, `prior_p95`; `mean`, `sd`,
        `p05`, `p50`, `p95` given the results; and `mean_mcse`, the Monte Carlo standard error of `mean`.
        """
        return beliefs(self.prior, self.posterior)

    @property
    def effective_paths(self) -> float:
        """How many independent worlds the posterior is worth: the effective sample size of its weights."""
        return self.posterior.effective_paths

    @cached_property
    def effects(self) -> pd.DataFrame:
        """True effects before and after, by metric and cohort (or period).

        Columns `prior_mean`, `prior_sd`, `mean`, `sd`, `p05`, `median`, `p95` and `mean_mcse`, the Monte Carlo standard
        error of `mean`: relative improvements, positive when better; levels where nothing is compared.
        """
        import pandas as pd

        before, after = (self.draws(simulation) for simulation in (self.prior, self.posterior))
        rows: dict[tuple[str, str], dict[str, float]] = {}
        for name in after.columns.to_list():
            old, new = before[name].to_numpy(), after[name].to_numpy()
            low, middle, high = (risk.quantile(new, level).estimate for level in (0.05, 0.5, 0.95))
            rows[str(name[0]), str(name[1])] = {
                "prior_mean": float(old.mean()),
                "prior_sd": float(old.std(ddof=1)) if old.size > 1 else math.nan,
                "mean": float(new.mean()),
                "sd": float(new.std(ddof=1)) if new.size > 1 else math.nan,
                "p05": low,
                "median": middle,
                "p95": high,
                "mean_mcse": risk.mean(new).mcse * self.posterior.futures.widening,
            }
        frame = pd.DataFrame.from_dict(rows, orient="index")
        frame.index = pd.MultiIndex.from_tuples(list(rows), names=["metric", "result"])
        return frame

    @public
    def draws(self, simulation: Simulation) -> pd.DataFrame:
        """True effects of `prior` or `posterior`, one row a path, one column a metric and cohort (or period)."""
        import pandas as pd

        parts = list(simulation.futures.map(effects_of))
        columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        frame = pd.DataFrame(columns)
        frame.columns = pd.MultiIndex.from_tuples(list(columns), names=["metric", "result"])
        return frame.rename_axis("path")

    @cached_property
    def surprise(self) -> pd.DataFrame:
        """How the results compare with what was believed they would be.

        One row a result: `observed`, the `mean` and `sd` of what was expected to be measured, and `below`, the
        probability of a measured result at or below it (near 0 or 1: it surprises). A last period that is not over is
        left out.
        """
        return surprise_of(self.prior, self.posterior, tuple(self.observed))

    @public
    def remaining(self, tranche: str | None = None) -> pd.DataFrame:
        """What the rest of the deal is worth to who holds it on the date, before and after the results.

        Parameters
        ----------
        tranche : str, optional
            One tranche; by default all of them together, each discounted at its own rate.

        Returns
        -------
        DataFrame
            Indexed by measure; columns have two levels: `prior` and `posterior`, and `estimate` and `mcse`. Every
            measure is of cash after the date alone and begins with `remaining_`, where those of `posterior.summary()`
            are of the whole deal. `remaining_value_...` are net present values on the date, in money, positive in
            favour of the holder; `remaining_drawn_mean` and `remaining_received_mean` are money still to be paid in and
            to come; `remaining_loss_probability` is that of receiving less than is still paid in,
            `remaining_nothing_probability` that of receiving nothing more.

        Raises
        ------
        InputError
            Where the deal has no such tranche.
        """
        both = {"prior": self.prior, "posterior": self.posterior}
        table = {name: remaining_of(self.rest(one, tranche), one.futures.widening) for name, one in both.items()}
        return side_by_side(table, of="belief")

    @public
    def rest(self, simulation: Simulation, tranche: str | None = None) -> pd.DataFrame:
        """Cash after the date in `prior` or `posterior`, one row a path: `value`, `drawn` and `received`."""
        return rest_of(simulation, self.date, tranche)

    @public
    def option_to_stop(self, on: dt.date | None = None) -> pd.Series:
        """What the right to stop on a day is worth today, given what will be known by then.

        Parameters
        ----------
        on : date, optional
            The day on which the investors may stop; by default the date of this valuation.

        Returns
        -------
        Series
            `remaining_value_continue` and `remaining_value_stop`, means of the net present value on `date` of all later
            cash of the investors if the deal goes on, and if it stops on the day; `option_value`, what the right adds
            to `remaining_value_continue` at least, and `option_value_upper`, what it adds at most; `stop_probability`,
            how often it is used for the former; each with its `_mcse`. Money in the scenario's currency, positive in
            favour of the investors.

        Raises
        ------
        InputError
            Where the day is before the date of the valuation, results are by period, or the rest of the contract cannot
            do without the cohorts that are given up.

        Notes
        -----
        Who stops gives up all cohorts that have not been followed to the end by then, and all later costs. Results in
        hand are still paid for as the contract says, a pooled test being over the cohorts that are left.

        `option_value` is a lower bound: the right is used where the results that are published by the day let expect a
        gain, by a regression that bends and jumps at the levels of the contract's tests and schedules, for each result
        and for those that are tested together. It is fitted on some paths and used on others, so that no path knows its
        own future (Longstaff & Schwartz 2001); its standard error is that of the mean and of the fitted rule together.
        `option_value_upper` is an upper bound: what the right would add if all that follows the day were known on it.
        Between the two lies what the best use of the right is worth (Andersen & Broadie 2004).
        """
        day = self.date if on is None else _known_day("on", on)
        if day < self.date:
            raise InputError(
                Problem("on", day, f"a day from {self.date} on, when the rest is valued", "pass a later day")
            )
        return option_to_stop(self.posterior, self.date, day)

    def __repr__(self) -> str:
        known, paths = self.posterior.futures.recipe.observed, self.posterior.n_paths
        given = ", ".join(f"{self._name(index)} ({len(rows)})" for index, rows in known.seen.items()) if known else ""
        worth = min(self.effective_paths, paths)
        return (
            f"<Update of {self.prior.scenario.name!r} on {self.date}: given results of {given};"
            f" {paths:,} futures, worth {worth:,.0f} independent ones>"
        )

    def _name(self, index: int) -> str:
        return self.prior.futures.deal.model.metrics[index].name
