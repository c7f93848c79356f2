"""`Forecast`: plan, actual so far and forecast of a deal in mid-contract: counts by period, cash, each payer's bill."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.cash import TOTAL, by_period
from sib.analysis.periods import Freq, Periods
from sib.analysis.simulation import Simulation
from sib.analysis.spreads import Figures, Spreads, quantiles_and_mean, spreads
from sib.arrays import Floats
from sib.errors import InputError, Problem
from sib.model.model import MetricModel
from sib.model.results import Results
from sib.run.recipe import Block

if TYPE_CHECKING:
    import pandas as pd

_LEVELS = (0.1, 0.5, 0.9)
_BAND = (0.1, 0.9)  # of the plan
_NEW, _SO_FAR = "", "to date "  # before the number of a result
_NOTHING = {"mean": 0.0, "p10": 0.0, "p90": 0.0}  # planned of what was not
_SURE = 1e-9  # relative: what is the same on all paths


@dataclass(frozen=True, repr=False, eq=False)
class Forecast:
    """What was planned, what has been and what is to be expected, given results in hand.

    The plan is the mean of the beliefs before the results; the forecast is given them. Every table has the columns
    `plan`, `actual` (NaN where it is not known), `mean`, `mean_mcse`, `p10`, `p50`, `p90`, `plan_p10` and `plan_p90`:
    of the forecast the mean with its Monte Carlo standard error and quantiles over the paths, of the plan quantiles as
    well. Where something is known, the forecast is what is known. In a last period that is not over (`through`) the
    actual is so far, and all the rest is of the whole period.

    Attributes
    ----------
    prior, posterior : Simulation
        The futures before, and given, the results.
    date : date
        The day up to which things are known.
    freq : str or (int, int)
        The periods of money, as `Simulation.cash` takes them.
    year_starts : (int, int)
        The month and the day on which a financial year begins.
    """

    prior: Simulation
    posterior: Simulation
    date: dt.date
    freq: Freq = "QE"
    year_starts: tuple[int, int] = (4, 1)

    @property
    def through(self) -> dt.date | None:
        """The last day that is counted, where the last period that is reported is not over."""
        observed = self.posterior.futures.recipe.observed
        return None if observed is None or observed.through is None else dt.date.fromisoformat(observed.through)

    @property
    def by_period(self) -> pd.DataFrame:
        """Units in each period, by `metric` and `period` (the day of the result): persons, or the metric's own unit.

        `actual` is what was reported; of a last period that is not over, so far.

        Raises
        ------
        InputError
            Where the deal counts no units by period.

        Examples
        --------
        >>> import sib
        >>> claims = {"enters work": {"2018-11-30": 0, "2018-12-31": 2}}
        >>> known = sib.update(sib.load("reboot-west"), claims, paths=2_000, rng=1)
        >>> row = known.forecast().by_period.loc[("enters work", "2018-12-31")]
        >>> row[["actual", "mean", "p90"]].to_list()
        [2.0, 2.0, 2.0]
        """
        return self._counts(_NEW)

    @property
    def to_date(self) -> pd.DataFrame:
        """The same added up from the first period to each. Quantiles do not add up: these are of the sums."""
        return self._counts(_SO_FAR)

    @cached_property
    def money(self) -> pd.DataFrame:
        """Cash by `item` and `period` (its name, as in `Simulation.cash`), in the scenario's currency.

        Items are `paid by NAME` for each outcome payer, positive = paid, net of what comes back; the vehicle's cash by
        kind of movement, as in `Ledger`, positive = received: `draw`, `cost`, `outcome payment`, `repayment`, ...; and
        `balance`, what the vehicle holds at the end of the period. `actual` is cash up to the date of the update: NaN
        in periods that end later, and where it does not follow from the results in hand (a cost whose overrun is not
        known). The row `total` is of all periods; a balance has none.
        """
        periods = Periods.of(self.freq, self.posterior.futures.deal.contract.dates)
        plan = self._flows(self.prior, periods, _BAND)
        found = self._flows(self.posterior, periods, _LEVELS)
        names = {str(place): name for place, name in enumerate(periods.names)} | {TOTAL: TOTAL}
        over = {str(place) for place, end in enumerate(periods.ends) if end <= self.date}
        rows = {
            (item, names[column]): _row(
                plan.get(item, {}).get(column, _NOTHING),
                cells["mean"] if column in over and _sure(cells) else math.nan,
                cells,
            )
            for item, columns in found.items()
            for column, cells in columns.items()
        }
        return _frame(rows, ("item", "period"))

    @cached_property
    def budget(self) -> pd.DataFrame:
        """Each outcome payer's bill by financial year: `Simulation.budget` given the results, and the mean before.

        Positive = paid, by `payer` and `year`; `plan` is the mean before the results. What has been paid so far is in
        the year in which it was.
        """
        found = self.posterior.budget(levels=_LEVELS, year_starts=self.year_starts)
        plan = self.prior.budget(levels=_LEVELS, year_starts=self.year_starts)["mean"]
        found.insert(2, "plan", plan)
        return found

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of which units are counted by period.

        Raises
        ------
        InputError
            Where there is none.
        """
        names = tuple(metric.name for _, metric in _counted(self.posterior))
        if not names:
            rule = "a deal in which units in all are counted by period"
            remedy = "look at Update.effects and at posterior.summary()"
            raise InputError(Problem("update", self.posterior.scenario.name, rule, remedy))
        return names

    @cached_property
    def _spreads(self) -> tuple[Spreads, Spreads]:
        """Of the plan, and of the forecast: by metric, and by the number of a result."""
        before = spreads(self.prior.futures, _units, lambda _, column: quantiles_and_mean(column, _BAND))
        after = spreads(self.posterior.futures, _units, lambda _, column: quantiles_and_mean(column, _LEVELS))
        return before, after

    def _counts(self, which: str) -> pd.DataFrame:
        plan, found = self._spreads if self.metrics else ({}, {})
        rows = {}
        for index, metric in _counted(self.posterior):
            actual = self._actual(index, metric)
            if which == _SO_FAR:
                actual = np.cumsum(actual)
            for row, result in enumerate(metric.results):
                column = f"{which}{row}"
                rows[metric.name, result] = _row(
                    plan[metric.name][column], float(actual[row]), found[metric.name][column]
                )
        return _frame(rows, ("metric", "period"))

    def _actual(self, index: int, metric: MetricModel) -> Floats:
        """What was reported of each result; NaN where nothing was."""
        observed = self.posterior.futures.recipe.observed
        known = {} if observed is None else observed.seen.get(index, {})
        return np.array([known[row].treated if row in known else np.nan for row in range(len(metric.results))])

    def _flows(self, simulation: Simulation, periods: Periods, levels: Sequence[float]) -> Spreads:
        places = tuple(periods.place(simulation.futures.deal.contract.dates).tolist())

        def asked(_: str, column: str) -> Figures:
            return quantiles_and_mean(column, levels)

        return spreads(simulation.futures, partial(_cash, places=places), asked)

    def __repr__(self) -> str:
        return f"<Forecast of {self.posterior.scenario.name!r} from {self.date} on>"


def _counted(simulation: Simulation) -> Iterator[tuple[int, MetricModel]]:
    """The metrics of which units in all are counted by period, by position."""
    for index, metric in enumerate(simulation.futures.deal.model.metrics):
        if metric.by_period and metric.law.additive and metric.origin.published:
            yield index, metric


def _units(block: Block) -> dict[str, dict[str, Floats]]:
    """By metric: units in each result, and up to it."""
    found = {}
    for metric, result in zip(block.deal.model.metrics, block.results, strict=True):
        if metric.by_period and isinstance(result, Results) and result.additive:
            so_far = result.treated if metric.cumulative else np.cumsum(result.treated, axis=0)
            each = np.diff(so_far, axis=0, prepend=0.0)
            found[metric.name] = {f"{_NEW}{row}": units for row, units in enumerate(each)} | {
                f"{_SO_FAR}{row}": units for row, units in enumerate(so_far)
            }
    return found


def _cash(block: Block, places: tuple[int, ...]) -> dict[str, dict[str, Floats]]:
    """By item: cash in each period, by its number, and in all; of the balance what there is at its end."""
    contract = block.deal.contract
    paid = by_period(block, contract.payers, places, sign=-1.0)
    found = {f"paid by {payer}": columns for payer, columns in paid.items()}
    found |= by_period(block, (contract.vehicle,), places, by="kind")
    net = by_period(block, (contract.vehicle,), places)[contract.vehicle]
    net.pop(TOTAL)
    so_far = np.cumsum(list(net.values()), axis=0)
    return found | {"balance": dict(zip(net, so_far, strict=True))}


def _sure(cells: Mapping[str, float]) -> bool:
    """Whether something is the same on all paths."""
    return cells["mean_mcse"] <= _SURE * max(abs(cells["mean"]), 1.0)


def _row(plan: Mapping[str, float], actual: float, cells: Mapping[str, float]) -> dict[str, float]:
    forecast = {name: cells[name] for name in ("mean", "mean_mcse", "p10", "p50", "p90")}
    return {"plan": plan["mean"], "actual": actual, **forecast, "plan_p10": plan["p10"], "plan_p90": plan["p90"]}


def _frame(rows: Mapping[tuple[str, str], Mapping[str, float]], names: tuple[str, str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows.values()), index=pd.MultiIndex.from_tuples(list(rows), names=names))
