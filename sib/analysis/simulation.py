"""`Simulation`: what `simulate` returns, and everything that can be asked of it.

A simulation keeps five to nine numbers a path (what is the same on all paths once), and of a very long run the summary
alone. Anything else that is asked of it (all columns, a ledger, positions over time) is drawn again from the same seed,
bit for bit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.columns import columns_of, detail, end_to_end, narrow, of_tranches, positions
from sib.analysis.figures import FIGURES, figures_of
from sib.analysis.futures import Futures
from sib.analysis.ledger import Ledger
from sib.analysis.settle import ledger_of
from sib.analysis.summary import Row, Summary, estimates, side_by_side
from sib.analysis.summary import rows as rows_of
from sib.arrays import Floats
from sib.chance.sources import Layer
from sib.chance.streams import again
from sib.errors import InputError, Problem, expected, nearest
from sib.measures.risk import quantile
from sib.measures.tally import MOST, LeftError
from sib.model.observed import Observed
from sib.run.archive import packed, path_of, seed_data, write_whole
from sib.run.blocks import BLOCK
from sib.scenario.scenario import Scenario
from sib.settlement.notes import PathNotes
from sib.terms.base import spelt

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 2  # of a saved simulation


@dataclass(frozen=True, repr=False, eq=False)
class Simulation:
    """Simulated futures of a deal.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    futures : Futures
        How the futures were drawn, and how they are drawn again: what the library's own questions read.
    """

    scenario: Scenario
    futures: Futures
    _columns: Mapping[str, Floats] | None  # where the run is not so long that they are not kept
    _found: tuple[Row, ...] | None  # the rows of the summary that columns give, where these are not kept
    _of_cash: tuple[Row, ...]  # those that the mean cash flow gives
    _mean_ledger: Ledger

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

    @cached_property
    def columns(self) -> Mapping[str, Floats]:
        """Money and, as `irr`, a rate a year, each (paths,).

        `payment` for outcomes; `payer_other`, what the outcome payers paid besides, less what came back to them;
        `drawn`, `received` and `npv` of the investors, and `redrawn`, what they put in again once it had been repaid,
        which is no part of the two; of costs `arrears_max`, the most that was overdue,
        `unpaid_cost`, what was never paid, and `capital_needed` to pay each when due. Drawn again where they are not
        kept: above a million paths. A file of an older version may have `payment`, `drawn`, `received`, `npv` and `irr`
        alone.
        """
        if self._columns is not None:
            return self._columns
        return end_to_end(self.futures.map(columns_of))

    def summary(self, tranche: str | None = None) -> pd.DataFrame:
        """What investors risk and the outcome payers pay.

        Parameters
        ----------
        tranche : str, optional
            One tranche; by default all of them together, each discounted at its own rate.

        Returns
        -------
        DataFrame
            Indexed by measure; columns `estimate`, `mcse` (its Monte Carlo standard error), `low` and `high` (the ends
            of its 95% interval, NaN where the paths do not tell), `unit`, `given` (on which paths the figure is taken)
            and `paths` (how many those are). Figures are not rounded. `expected_cash_irr` is the internal rate of
            return of the mean cash flow of all paths; `irr_mean` and the other `irr_` are of those paths that have a
            rate, and NaN where more than 5% have none. `var_95` and `es_95` are losses as a share of the capital drawn,
            positive = lost; `npv_mean` is at the investors' discount rate. `payment_mean` is what is paid for results,
            `payer_net_mean` all that the outcome payers pay less what comes back to them. Of a file that an older
            version saved the rows are those that it had, of a long run without intervals.

        Raises
        ------
        InputError
            Where the deal has no such tranche.

        Examples
        --------
        >>> import sib
        >>> sib.simulate(sib.load("peterborough"), paths=1000, rng=1).summary().loc["irr_mean", "given"]
        'there is an IRR'
        """
        import pandas as pd

        investors, tranche = self.futures.deal.contract.investors, spelt(tranche)
        if tranche is None:
            found = self._rows
        elif tranche in investors:
            found = self._by_tranche((tranche,))[tranche]
        else:
            raise InputError(Problem("tranche", tranche, "a tranche of the deal", nearest(str(tranche), investors)))
        frame = pd.DataFrame(found).set_index("measure")
        frame["unit"] = frame["unit"].replace("money", self.scenario.currency)
        return frame

    def tranches(self) -> pd.DataFrame:
        """The summary of each tranche by itself, side by side.

        Returns
        -------
        DataFrame
            Indexed by measure; columns have two levels: the tranche, and `estimate`, `mcse`, `low` and `high`.

        Examples
        --------
        >>> import sib
        >>> table = sib.simulate(sib.load("denver"), paths=1000, rng=1).tranches()
        >>> list(table.columns.get_level_values(0).unique())
        ['housing loans', 'jail loans']
        """
        found = self._by_tranche(self.futures.deal.contract.investors)
        return side_by_side({name: estimates(rows) for name, rows in found.items()}, of="tranche")

    @cached_property
    def _rows(self) -> Sequence[Row]:
        """The rows of the summary."""
        return sorted((*self._of_columns, *self._of_cash), key=lambda row: list(FIGURES).index(row.measure))

    @cached_property
    def _of_columns(self) -> Sequence[Row]:
        """Those rows that columns give."""
        if self._found is not None:
            return self._found
        return rows_of(self.columns, self.futures.batch, widening=self.futures.widening)

    def _by_tranche(self, names: tuple[str, ...], most: int = MOST) -> dict[str, list[Row]]:
        """The rows of the summary of some tranches, each by itself."""
        found = {name: Summary(figures_of(None), most, self.futures.batch) for name in names}
        for part in self.futures.map(partial(of_tranches, tranches=names)):
            for name, kept in part.items():
                found[name].add(kept.columns)
                if kept.cash is not None:
                    found[name].add_cash(kept.cash)
        try:
            return {name: one.rows(self.futures.widening) for name, one in found.items()}
        except LeftError:
            return self._by_tranche(names, most=self.n_paths)

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Everything about each path, one row a path.

        Columns: `METRIC.COHORT.effect` (true improvement) and `METRIC.COHORT.improvement` (measured),
        `METRIC.pooled.improvement`; for metrics without a comparison `expected`, and `level` or `units`, in their
        place, and the period's date for a cohort where results are by period. Then `payments.LABEL` (what was paid on
        each claim, below zero where money is owed back), `TRANCHE.drawn` and `TRANCHE.received` where there are
        several, and all of `columns`, with `multiple` and `payer_net`, all that the outcome payers pay less what comes
        back to them. A name that holds a full stop stands in quotes, as in a path.
        """
        import pandas as pd

        columns = end_to_end(self.futures.map(detail))
        drawn, received = self.columns["drawn"], self.columns["received"]
        multiple = {"multiple": np.divide(received, drawn, out=np.full_like(drawn, np.nan), where=drawn > 0)}
        net = {}
        if "payer_other" in self.columns:
            net["payer_net"] = self.columns["payment"] + self.columns["payer_other"]
        return pd.DataFrame({**columns, **self.columns, **multiple, **net}).rename_axis("path")

    def ledger(self, path: int | None = None) -> Ledger:
        """One path's ledger, or the mean of all.

        Parameters
        ----------
        path : int, optional
            The path's number, from 0; by default every movement's mean over the paths.

        Raises
        ------
        InputError
            Where there is no such path.
        """
        if path is None:
            return self._mean_ledger
        if not 0 <= path < self.n_paths:
            raise InputError(
                Problem("path", path, f"a path from 0 to {self.n_paths - 1}", "pass the number of a row of `paths`")
            )
        number, row = divmod(int(path), BLOCK)
        notes = PathNotes(row)
        book = self.futures.block(number, notes).book
        return ledger_of(self.scenario, self.futures.deal.contract, book, notes)

    def position(self, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> pd.DataFrame:
        """Quantiles over the paths of the investors' cumulative cash, by date.

        Parameters
        ----------
        levels : sequence of float
            The quantiles, each above 0 and below 1.

        Returns
        -------
        DataFrame
            Indexed by date, one column a level, in the scenario's currency; negative while money is out.
        """
        import pandas as pd

        expected(levels, Sequence, "levels", "pass several levels, as in (0.05, 0.5, 0.95)")
        parts = list(self.futures.map(positions))
        rows = [
            [quantile(np.concatenate([part[date] for part in parts]), level).estimate for level in levels]
            for date in range(len(parts[0]))
        ]
        index = pd.DatetimeIndex(self.futures.deal.contract.dates, dtype="datetime64[s]", name="date")
        return pd.DataFrame(rows, index=index, columns=pd.Index(list(levels), name="quantile"))

    def save(self, file: str | os.PathLike[str]) -> None:
        """Save the simulation in a file, whole or not at all; `sib.open` reads it.

        Parameters
        ----------
        file : str or path
            Replaced where it exists. Holds the scenario, the seed, the version of sib, and the figures: 40 to 72
            bytes a path, or the summary alone of a very long run.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        recipe = self.futures.recipe
        about = {
            "format": FORMAT,
            "sib": self.version,
            "scenario": self.scenario.to_toml(),
            "seed": seed_data(recipe.seed),
            "chance": sorted(recipe.layers),
            "sampling": recipe.way,
            "observed": None if recipe.observed is None else _observed_data(recipe.observed),
            "paths": self.n_paths,
            "effective": self.effective_paths,
            "rows": None if self._columns is not None else [list(row) for row in self._of_columns],
            "of_cash": [list(row) for row in self._of_cash],
            "ledger": [[m.date.isoformat(), *m[1:]] for m in self._mean_ledger.movements],
        }
        if self._mean_ledger.dues is not None:
            about["costs"] = [[due.date.isoformat(), *due[1:]] for due in self._mean_ledger.dues]
        write_whole(path_of("file", file), packed(about, narrow(self._columns or {})))

    def __repr__(self) -> str:
        loss = self._of_columns[1]
        risk = f"loss probability {loss.estimate:.3f} (mcse {loss.mcse:.3f})" if loss.paths else "no capital drawn"
        return f"<Simulation of {self.scenario.name!r}: {self.n_paths:,} paths, {risk}, entropy {self.seed.entropy}>"


def _observed_data(observed: Observed) -> list[list[float]]:
    return [
        [metric, row, seen.persons, seen.treated, seen.comparison]
        for metric, rows in observed.seen.items()
        for row, seen in rows.items()
    ]
