"""`Simulation`: what `simulate` returns, and everything that can be asked of it.

A simulation keeps five to nine numbers a path (what is the same on all paths once), and of a very long run the summary
alone. Anything else that is asked of it (all columns, a ledger, positions over time) is drawn again from the same seed,
bit for bit, unless it is still kept (`run/kept.py`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.asked import Asked
from sib.analysis.columns import columns_of, detail, end_to_end, narrow, of_tranches
from sib.analysis.figures import FIGURES, AnyFigure, figures_of
from sib.analysis.ledger import Ledger
from sib.analysis.summary import Row, Summary, estimates, side_by_side
from sib.analysis.summary import rows as rows_of
from sib.analysis.views import Views
from sib.arrays import Floats
from sib.calls import public
from sib.measures.tally import MOST, LeftError
from sib.model.observed import Observed
from sib.run.archive import packed, path_of, seed_data, sweep, write_whole

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 3  # of a saved simulation


@dataclass(frozen=True, repr=False, eq=False)
class Simulation(Views):
    """Simulated futures of a deal.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    futures : Futures
        How the futures were drawn, and how they are drawn again: what the library's own questions read.
    """

    _columns: Mapping[str, Floats] | None  # where the run is not so long that they are not kept
    _found: tuple[Row, ...] | None  # the rows of the summary that columns give, where these are not kept
    _of_cash: tuple[Row, ...]  # those that the mean cash flow gives
    _mean_ledger: Ledger

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

    @public
    def summary(
        self,
        tranche: str | None = None,
        *,
        payer: str | None = None,
        hurdle: float | None = None,
        hurdle_multiple: float | None = None,
        measures: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """What investors risk and the outcome payers pay.

        Parameters
        ----------
        tranche : str, optional
            Capital and returns of one tranche; by default of all of them together, each discounted at its own rate.
        payer : str, optional
            Payments of one payer; by default of all together.
        hurdle : float, optional
            A rate of return a year, as in 0.05: adds `hurdle_probability`, the chance that it is reached. It is where
            the cash is worth nothing less than nought at that rate, so a path without an IRR is judged too.
        hurdle_multiple : float, optional
            A multiple of the capital drawn, as in 1.2: adds `hurdle_multiple_probability`.
        measures : collection of str, optional
            The figures that are wanted; by default the whole summary. Those outside it are taken where they are named:
            `payback_median` and `payback_p95` (years from the day on which money first goes out), `peak_out_mean` and
            `peak_out_p95` (the most that is out), `liquidity_mean` and `liquidity_p05` (the capital committed, less
            `capital_needed`).

        Returns
        -------
        DataFrame
            Indexed by measure; columns `estimate`, `mcse` (its Monte Carlo standard error), `low` and `high` (the ends
            of its 95% interval, NaN where the paths do not tell), `unit`, `given` (on which paths the figure is taken)
            and `paths` (how many those are). Figures are not rounded. `expected_cash_irr` is the internal rate of
            return of the mean cash flow of all paths; `irr_mean` and the other `irr_` are of those paths that have a
            rate, and NaN where more than 5% have none. `var_95` and `es_95` are losses as a share of the capital drawn,
            positive = lost; `npv_mean` is at the investors' discount rate. `payment_mean` is what is paid for results,
            `payer_net_mean` all that the outcome payers pay less what comes back to them. Of the posterior of an
            `Update` every figure is of the whole deal, past cash included; `Update.remaining` is of the rest. Of a file
            that an older version saved the rows are those that it had, of a long run without intervals.

        Raises
        ------
        InputError
            Where the deal has no such tranche or payer, there is no such figure, or a hurdle is no decimal.

        Examples
        --------
        >>> import sib
        >>> simulation = sib.simulate(sib.load("peterborough"), paths=1000, rng=1)
        >>> simulation.summary().loc["irr_mean", "given"]
        'there is an IRR'
        >>> list(simulation.summary(hurdle=0.05, measures=["loss_probability", "hurdle_probability"]).index)
        ['loss_probability', 'hurdle_probability']
        """
        import pandas as pd

        asked = Asked.of(
            [self.futures.deal.contract], tranche=tranche, payer=payer, hurdle=hurdle, hurdle_multiple=hurdle_multiple
        )
        figures = asked.figures(measures)
        kept = {row.measure: row for row in self._rows} if asked.of_all else {}
        missing = [figure for figure in figures if figure.name not in kept]
        if asked.of_all and measures is None:  # a file of an older version has the rows that it had
            missing = [figure for figure in missing if figure.hurdle]
        rows = kept | {row.measure: row for row in (self._again(asked, missing) if missing else ())}
        found = [rows[figure.name] for figure in figures if figure.name in rows]
        frame = pd.DataFrame(found, columns=list(Row._fields)).set_index("measure")
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

    def _again(self, asked: Asked, figures: Sequence[AnyFigure], most: int = MOST) -> list[Row]:
        """Rows that are not kept: their columns are drawn again."""
        found = Summary(figures, most, self.futures.batch)
        for part in self.futures.map(asked.keep(figures)):
            found.add(part.columns)
            if part.cash is not None:
                found.add_cash(part.cash)
        try:
            return found.rows(self.futures.widening)
        except LeftError:
            return self._again(asked, figures, most=self.n_paths)

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

    @public
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
        return self._ledger_of(path)

    @public
    def save(self, file: str | os.PathLike[str]) -> None:
        """Save the simulation in a file, whole or not at all; `sib.open` reads it.

        Parameters
        ----------
        file : str or path
            Replaced where it exists. Holds the scenario, the seed, the version of sib, and the figures: 40 to 72
            bytes a path, or the summary alone of a very long run. A digest of all that stands in its first line.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        path, recipe = path_of("file", file), self.futures.recipe
        about = {
            "format": FORMAT,
            "sib": self.version,
            "scenario": self.scenario.to_toml(),
            "seed": seed_data(recipe.seed),
            "chance": sorted(recipe.layers),
            "sampling": recipe.way,
            "observed": None if recipe.observed is None else _observed_data(recipe.observed),
            "through": None if recipe.observed is None else recipe.observed.through,
            "paths": self.n_paths,
            "effective": self.effective_paths,
            "rows": None if self._columns is not None else [list(row) for row in self._of_columns],
            "of_cash": [list(row) for row in self._of_cash],
            "ledger": [[m.date.isoformat(), *m[1:]] for m in self._mean_ledger.movements],
        }
        if self._mean_ledger.dues is not None:
            about["costs"] = [[due.date.isoformat(), *due[1:]] for due in self._mean_ledger.dues]
        write_whole(path, packed(about, narrow(self._columns or {})))
        sweep(path.parent, re.escape(path.name))

    def __repr__(self) -> str:
        loss = self._of_columns[1]
        risk = f"loss probability {loss.estimate:.3f} (mcse {loss.mcse:.3f})" if loss.paths else "no capital drawn"
        about = "" if self.futures.recipe.observed is None else " given results in hand, the whole deal"
        name, seed = f"{self.scenario.name!r}{about}", self.seed.entropy
        return f"<Simulation of {name}: {self.n_paths:,} paths, {risk}, entropy {seed}>"


def _observed_data(observed: Observed) -> list[list[float]]:
    return [
        [metric, row, seen.persons, seen.treated, seen.comparison]
        for metric, rows in observed.seen.items()
        for row, seen in rows.items()
    ]
