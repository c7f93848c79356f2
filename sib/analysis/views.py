"""`Views`: what a simulation says of cash over time, by party. Settled again, on what is kept or drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis import cash
from sib.analysis.asked import Asked
from sib.analysis.cash import Above, By, CashPaths
from sib.analysis.columns import on_end, positions
from sib.analysis.deadweight import deadweight
from sib.analysis.distributions import dpi
from sib.analysis.futures import Futures
from sib.analysis.headroom import headroom
from sib.analysis.ledger import Ledger
from sib.analysis.periods import Freq
from sib.analysis.settle import ledger_of
from sib.analysis.spreads import levels_of
from sib.analysis.unit_cost import cost_per_outcome
from sib.calls import public
from sib.chance.sources import Layer
from sib.chance.streams import again
from sib.errors import InputError, Problem, between
from sib.measures.risk import quantiles
from sib.run.blocks import BLOCK
from sib.scenario.scenario import Scenario
from sib.settlement.notes import PathNotes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False, eq=False)
class Views:
    """Simulated futures of a deal, and how they are drawn again."""

    scenario: Scenario
    futures: Futures

    @property
    def n_paths(self) -> int:
        """How many futures."""
        return self.futures.paths

    @property
    def seed(self) -> np.random.SeedSequence:
        """The seed; pass `rng` to `simulate` to have the same futures again."""
        return self.futures.recipe.seed

    @property
    def chance(self) -> frozenset[Layer]:
        """The layers of chance that were on."""
        return self.futures.recipe.layers

    @property
    def rng(self) -> np.random.SeedSequence:
        """What to pass to `simulate` as `rng` to have the same futures again."""
        return again(self.seed)

    @property
    def version(self) -> str:
        """The version of sib that made it."""
        return self.futures.version

    @property
    def effective_paths(self) -> float:
        """How many independent worlds the paths are worth: all, but where they are conditioned on results in hand."""
        return self.futures.effective

    @public
    def cash(
        self,
        party: str,
        *,
        freq: Freq = "QE",
        by: By | None = None,
        levels: Sequence[float] = (0.1, 0.5, 0.9),
        path: int | None = None,
    ) -> pd.DataFrame:
        """A party's net cash by period, positive = received: quantiles and mean over the paths, or one path's.

        Parameters
        ----------
        party : str
            Any party of the ledger: a tranche, a payer, the vehicle, a provider.
        freq : str or (int, int), default "QE"
            The periods, as pandas calls them ("ME", "QE", "YE", "YE-MAR"), or the month and the day on which a
            financial year begins: (4, 6).
        by : {"kind", "party"}, optional
            Split by what the cash is for (`Ledger` lists the kinds), or by who is on the other side.
        levels : sequence of float, default (0.1, 0.5, 0.9)
            The quantiles, each above 0 and below 1.
        path : int, optional
            One path by its number, from 0; then the column is `cash`.

        Returns
        -------
        DataFrame
            Indexed by `period` (a year by its name, "2026-27" where it does not begin in January; else the last day),
            under `kind` or `party` where it is split; the last row is `total`. Every period is there, from that of the
            deal's first date to that of its last. Columns `starts` and `ends`, the first and the last day; `p10`,
            `p50`, ..., and `mean`, each with its Monte Carlo standard error (`p10_mcse`), in the scenario's currency.
            Means add up over periods and kinds. Quantiles do not: a bad year is seldom followed by another just as bad,
            so `total` has its own.

        Raises
        ------
        InputError
            Where there is no such party, path, or period, or a level is not between 0 and 1.

        Examples
        --------
        >>> import sib
        >>> simulation = sib.simulate(sib.load("peterborough"), paths=1000, rng=1)
        >>> simulation.cash("investors", freq="YE").index.tolist()
        ['2010', '2011', '2012', '2013', '2014', '2015', '2016', '2017', '2018', 'total']
        """
        if path is not None:
            return cash.cash_of_path(self.futures, self._ledger_of(path), party, freq=freq, by=by)
        return cash.cash(self.futures, party, freq=freq, by=by, levels=levels)

    @public
    def cash_paths(self, party: str) -> CashPaths:
        """A party's net cash on every path and every date, for whatever the tables do not say.

        Returns
        -------
        CashPaths
            `dates`, (dates,), all dates of the deal, the same for every party; `amounts`, (paths, dates), in the
            scenario's currency, positive = received. They take 8 bytes a path and date.

        Raises
        ------
        InputError
            Where there is no such party.

        Examples
        --------
        >>> import sib
        >>> dates, amounts = sib.simulate(sib.load("peterborough"), paths=1000, rng=1).cash_paths("investors")
        >>> amounts.shape == (1000, len(dates))
        True
        """
        return cash.cash_paths(self.futures, party)

    @public
    def budget(
        self,
        *,
        levels: Sequence[float] = (0.1, 0.5, 0.9),
        year_starts: tuple[int, int] = (4, 1),
        payer: str | None = None,
        above: Above | None = None,
    ) -> pd.DataFrame:
        """What each outcome payer's bill comes to in each of its financial years, and in all.

        Parameters
        ----------
        levels : sequence of float, default (0.1, 0.5, 0.9)
            The quantiles, each above 0 and below 1.
        year_starts : (int, int), default (4, 1)
            The month and the day on which a financial year begins.
        payer : str, optional
            One of them; by default each by itself: nobody's bill is added to another's.
        above : float or mapping, optional
            A budget: how likely is it that a year comes to more? One amount for each year, or amounts by the year's
            name, and `total`. The same for each payer, or by payer: ``{"city": 400_000, "county": {"total": 2e6}}``.

        Returns
        -------
        DataFrame
            Indexed by `payer` and `year`, the last row of each is `total`. Positive = paid: all that the payer pays in
            the year less what comes back to it, as `payer_net_mean`, on the day on which it is paid. Columns as of
            `cash`, and `chance_of_any`, that there is anything to pay; where a budget is given, `budget` and
            `chance_above`. Quantiles do not add up over years: to put aside the 90th percentile of each year is to put
            aside more than that of the total.

        Raises
        ------
        InputError
            Where there is no such payer or year, no such day, or a level is not between 0 and 1.

        Examples
        --------
        >>> import sib
        >>> bill = sib.simulate(sib.load("peterborough"), paths=1000, rng=1).budget(above=1_000_000)
        >>> bill.loc["Ministry of Justice and Big Lottery Fund"].index.tolist()[-2:]
        ['2018-19', 'total']
        """
        return cash.budget(self.futures, levels=levels, year_starts=year_starts, payer=payer, above=above)

    @public
    def headroom(self, levels: Sequence[float] = (0.05, 0.5, 0.95)) -> pd.DataFrame:
        """What each limit that is an amount of money leaves unused at the end, and how likely it is reached.

        Returns
        -------
        DataFrame
            Indexed by `limit`: `amount` (that of all cohorts together where each has its own), quantiles and `mean` of
            what is left, and `chance_reached`, each with its Monte Carlo standard error.

        Examples
        --------
        >>> import sib
        >>> sib.simulate(sib.load("peterborough"), paths=1000, rng=1).headroom().index.tolist()
        ['payer cap']
        """
        return headroom(self.scenario, self.futures, levels)

    @public
    def cost_per_outcome(self, payer: str | None = None) -> pd.DataFrame:
        """What the outcome payers pay for each outcome that is published: a ratio of means.

        Parameters
        ----------
        payer : str, optional
            What one of them pays; by default all together.

        Returns
        -------
        DataFrame
            Indexed by `metric`: `paid_mean` (all that is paid, less what comes back, whatever it is paid on),
            `outcomes_mean` (units of the metric in all; events avoided where it is compared), `cost_per_outcome`, their
            ratio, each with its Monte Carlo standard error, and its 95% interval `low` and `high` by Fieller, NaN where
            there is no bound. The ratio is NaN where outcomes are not above zero in the mean. Where any
            `beliefs.deadweight` is believed, also `deadweight`, the share that would have come anyway, and
            `cost_per_additional_outcome`, ``cost / (1 - share)``, with its error. What is compared has a share of zero:
            its units are additional. What is verified and has no such belief has NaN in all three: nothing is said.

        Notes
        -----
        The mean of the paths' ratios is refused: it weighs a path with few outcomes as one with many, and has no value
        where a path has none.

        Examples
        --------
        >>> import sib
        >>> table = sib.simulate(sib.load("peterborough"), paths=1000, rng=1).cost_per_outcome()
        >>> row = table.loc["reconvictions"]
        >>> bool(row["low"] < row["paid_mean"] / row["outcomes_mean"] < row["high"])
        True
        """
        return cost_per_outcome(self.scenario, self.futures, self._payers(payer))

    @public
    def deadweight(self, payer: str | None = None) -> pd.DataFrame:
        """What is paid for outcomes that would have come anyway, by payment: the believed share of what is paid.

        Parameters
        ----------
        payer : str, optional
            What one of the outcome payers pays; by default all together.

        Returns
        -------
        DataFrame
            Indexed by `payment`: a row for each on a metric of which a deadweight is believed, and `total`, always the
            last. `metric`; `share`, of its outcomes would have come anyway; `paid_mean`, what is paid on it, after all
            limits and less what is owed back; `paid_for_nothing_mean`, the share of that, in the scenario's currency;
            each with its Monte Carlo standard error. In `total` `paid_mean` is all that is paid for outcomes,
            `payment_mean` of the summary, on whichever metric; `paid_for_nothing_mean` is the sum of the rows above,
            and `share` the one over the other, NaN where nothing is paid. Of payments on metrics without such a belief
            nothing is counted as paid for nothing.

        Raises
        ------
        InputError
            Where no deadweight is believed, or there is no such payer.

        Notes
        -----
        Deadweight is what would have come without the programme (HM Treasury, *The Green Book*, glossary); outcomes
        less deadweight are what it added (HM Treasury, *Supporting public service transformation: cost benefit analysis
        guidance for local partnerships*, 2014). In a funnel each share is of those who reached that milestone.

        Each pound paid on a metric is taken to be as likely as any other for somebody who would have got there anyway:
        what a limit cuts, a threshold withholds or a price changes is shared alike. The share itself is certain, and is
        on every path the same; the errors are those of what is paid. It says nothing of overpayment, which comes from
        noise in the evaluation (`sib.overpayment`), and nothing of what the additional outcomes are worth.

        Examples
        --------
        >>> import sib
        >>> deal = sib.load("reboot-west").replace({"beliefs.deadweight": {"enters work": 0.35}})
        >>> table = sib.simulate(deal, paths=1000, rng=1).deadweight()
        >>> list(table.index), bool(0 < table.loc["total", "share"] < 0.35)
        (['entry', 'total'], True)
        """
        return deadweight(self.scenario, self.futures, self._payers(payer))

    @public
    def dpi(self, levels: Sequence[float] = (0.05, 0.5, 0.95), *, tranche: str | None = None) -> pd.DataFrame:
        """Distributions to paid-in by date: how much of the capital drawn so far has come back.

        Parameters
        ----------
        levels : sequence of float
            The quantiles, each above 0 and below 1.
        tranche : str, optional
            Of one tranche; by default of all together.

        Returns
        -------
        DataFrame
            Indexed by date; quantiles and `mean` over the paths on which capital has been drawn by then, each with its
            Monte Carlo standard error; NaN where it has been on none. On the last date it is the multiple.

        Examples
        --------
        >>> import sib
        >>> simulation = sib.simulate(sib.load("peterborough"), paths=1000, rng=1)
        >>> at_the_end = simulation.dpi()["p50"].iloc[-1]
        >>> bool(at_the_end == simulation.summary().loc["multiple_median", "estimate"])
        True
        """
        asked = Asked.of([self.futures.deal.contract], tranche=tranche)
        investors = self.futures.deal.contract.investors
        return dpi(self.futures, investors if asked.tranche is None else (asked.tranche,), levels)

    @public
    def position(
        self,
        levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
        *,
        party: str | None = None,
        rate: float = 0.0,
    ) -> pd.DataFrame:
        """Quantiles over the paths of cumulative cash, by date.

        Parameters
        ----------
        levels : sequence of float
            The quantiles, each above 0 and below 1.
        party : str, optional
            Whose; by default all investors' together.
        rate : float, default 0
            A rate a year at which cash is discounted to the deal's first date: who ends above zero has earned it.

        Returns
        -------
        DataFrame
            Indexed by date, one column a level, in the scenario's currency; negative while money is out.

        Raises
        ------
        InputError
            Where there is no such party, or the rate is no decimal.
        """
        import pandas as pd

        rule, remedy = "a rate a year as a decimal, above -1 and below 1", "write 0.05 for five per cent a year"
        discount = between(rate, -1.0, 1.0, "rate", rule, remedy)
        _levels = levels_of(levels)
        contract = self.futures.deal.contract
        parties = contract.investors if party is None else (cash.party_of(self.futures, party),)
        parts = list(self.futures.map(partial(positions, parties=parties, rate=discount)))
        rows: list[list[float]] = []
        for date in range(len(contract.dates)):
            moved = not date or any(part[date] is not part[date - 1] for part in parts)
            rows.append(quantiles(on_end([part[date] for part in parts]), _levels) if moved else rows[-1])
        index = pd.DatetimeIndex(contract.dates, dtype="datetime64[s]", name="date")
        return pd.DataFrame(rows, index=index, columns=pd.Index(_levels, name="quantile"))

    def _payers(self, payer: str | None) -> tuple[str, ...]:
        """One payer, or all of them."""
        return self.futures.deal.contract.payers if payer is None else (cash.payer_of(self.futures, payer),)

    def _ledger_of(self, path: int) -> Ledger:
        """One path's ledger; see `Simulation.ledger`."""
        if not 0 <= path < self.n_paths:
            raise InputError(
                Problem("path", path, f"a path from 0 to {self.n_paths - 1}", "pass the number of a row of `paths`")
            )
        number, row = divmod(path, BLOCK)
        notes = PathNotes(row)
        book = self.futures.block(number, notes).book
        return ledger_of(self.scenario, self.futures.deal.contract, book, notes)
