"""`Simulation`: what `simulate` returns, and everything that can be asked of it.

A simulation keeps five numbers a path, and of a very long run the summary alone. Anything else that is asked of it (all
columns, a ledger, positions over time) is drawn again from the same seed, bit for bit.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
import pandas as pd

from sib.analysis.figures import Columns, columns_of, detail, end_to_end, of_tranches, positions
from sib.analysis.ledger import Ledger
from sib.analysis.settle import ledger_of
from sib.analysis.summary import Row, Summary
from sib.analysis.summary import rows as rows_of
from sib.engine.chance import STRATA, Layer
from sib.engine.plan import Plan
from sib.engine.run import BLOCK, Block, Recipe, map_blocks, run_block
from sib.engine.streams import again
from sib.measures.risk import quantile
from sib.measures.tally import MOST, LeftError
from sib.terms.errors import InputError, Problem, expected, nearest
from sib.terms.scenario import Scenario
from sib.version import VERSION

T = TypeVar("T")


def batch_of(recipe: Recipe) -> int | None:
    """Over how many paths in a row a mean is taken before its spread is: those that are stratified together.

    None where nothing is, or where worlds have been drawn again by what was observed and the strata are mixed.
    """
    return STRATA if recipe.stratified and recipe.observed is None else None


@dataclass(frozen=True, repr=False, eq=False)
class Simulation:
    """Simulated futures of a deal.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    n_paths : int
        How many futures.
    recipe : Recipe
        What the futures are drawn from: the compiled plan, the seed, the layers of chance that are on.
    kept : dict of str to array, (paths,), or None
        The columns, where the run is not so long that they are not kept.
    found : tuple of Row, or None
        The rows of the summary, where the columns are not kept.
    mean_ledger : Ledger
        The mean of every movement of cash over the paths.
    effective_paths : float
        How many independent worlds the paths are worth: as many as there are, but where they are conditioned on results
        in hand.
    version : str
        The version of sib that made it.
    """

    scenario: Scenario
    n_paths: int
    recipe: Recipe
    kept: Columns | None
    found: tuple[Row, ...] | None
    mean_ledger: Ledger
    effective_paths: float
    version: str = VERSION

    @property
    def seed(self) -> np.random.SeedSequence:
        """The seed; pass `rng` to `simulate` to have the same futures again."""
        return self.recipe.seed

    @property
    def chance(self) -> frozenset[Layer]:
        """The layers of chance that were on."""
        return self.recipe.layers

    @property
    def rng(self) -> np.random.SeedSequence:
        """What to pass to `simulate` as `rng` to have the same futures again."""
        return again(self.seed)

    @property
    def plan(self) -> Plan:
        """The compiled scenario."""
        return self.recipe.plan

    @cached_property
    def columns(self) -> Columns:
        """`payment`, `drawn`, `received` and `npv` in money and `irr` a year, each (paths,).

        Drawn again where they are not kept: above a million paths.
        """
        if self.kept is not None:
            return self.kept
        return end_to_end(self.read(columns_of))

    def summary(self, tranche: str | None = None) -> pd.DataFrame:
        """What investors risk and the outcome payers pay.

        Parameters
        ----------
        tranche : str, optional
            One tranche; by default all of them together, each discounted at its own rate.

        Returns
        -------
        DataFrame
            Indexed by measure; columns `estimate`, `mcse` (its Monte Carlo standard error), `unit`, `given` (on which
            paths the figure is taken) and `paths` (how many those are). Figures are not rounded. `var_95` and `es_95`
            are losses as a share of the capital drawn, positive = lost; `npv_mean` is at the investors' discount rate.

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
        if tranche is None:
            found = self.rows
        elif tranche in self.plan.investors:
            found = self._by_tranche((tranche,))[tranche]
        else:
            raise InputError(
                Problem("tranche", tranche, "a tranche of the deal", nearest(str(tranche), self.plan.investors))
            )
        frame = pd.DataFrame(found).set_index("measure")
        frame["mcse"] *= self.widening
        frame["unit"] = frame["unit"].replace("money", self.scenario.currency)
        return frame

    @property
    def widening(self) -> float:
        """By how much standard errors widen where paths share worlds: at most ``sqrt(1 + paths / effective)``."""
        return 1.0 if self.recipe.observed is None else math.sqrt(1.0 + self.n_paths / self.effective_paths)

    def tranches(self) -> pd.DataFrame:
        """The summary of each tranche by itself, side by side.

        Returns
        -------
        DataFrame
            Indexed by measure; columns have two levels: the tranche, and `estimate` and `mcse`.

        Examples
        --------
        >>> import sib
        >>> table = sib.simulate(sib.load("denver"), paths=1000, rng=1).tranches()
        >>> list(table.columns.get_level_values(0).unique())
        ['housing loans', 'jail loans']
        """
        found = self._by_tranche(self.plan.investors)
        table = {
            (name, key): [getattr(row, key) * (self.widening if key == "mcse" else 1.0) for row in rows]
            for name, rows in found.items()
            for key in ("estimate", "mcse")
        }
        measures = [row.measure for row in next(iter(found.values()))]
        frame = pd.DataFrame(table, index=pd.Index(measures, name="measure"))
        frame.columns.names = ["tranche", "figure"]
        return frame

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The rows of the summary."""
        return rows_of(self.columns, batch_of(self.recipe)) if self.found is None else self.found

    def _by_tranche(self, names: tuple[str, ...], most: int = MOST) -> dict[str, list[Row]]:
        """The rows of the summary of some tranches, each by itself."""
        found = {name: Summary(most, batch_of(self.recipe)) for name in names}
        for part in self.read(partial(of_tranches, names=names)):
            for name, columns in part.items():
                found[name].add(columns)
        try:
            return {name: one.rows() for name, one in found.items()}
        except LeftError:
            return self._by_tranche(names, most=self.n_paths)

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Everything about each path, one row a path.

        Columns: `METRIC.COHORT.effect` (true improvement) and `METRIC.COHORT.improvement` (measured),
        `METRIC.pooled.improvement`; for metrics without a comparison `expected`, and `level` or `units`, in their
        place, and the period's date for a cohort where results are by period. Then `payments.LABEL` (what was paid on
        each claim), `TRANCHE.drawn` and `TRANCHE.received` where there are several, and `payment`, `drawn`, `received`,
        `multiple`, `npv` and `irr`.
        """
        columns = end_to_end(self.read(detail))
        drawn, received = self.columns["drawn"], self.columns["received"]
        multiple = {"multiple": np.divide(received, drawn, out=np.full_like(drawn, np.nan), where=drawn > 0)}
        return pd.DataFrame({**columns, **self.columns, **multiple}).rename_axis("path")

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
            return self.mean_ledger
        if not 0 <= path < self.n_paths:
            raise InputError(
                Problem("path", path, f"a path from 0 to {self.n_paths - 1}", "pass the number of a row of `paths`")
            )
        number, row = divmod(int(path), BLOCK)
        self._same_version()
        block = run_block(self.recipe, number, min(BLOCK, self.n_paths - number * BLOCK))
        return ledger_of(self.plan, block.book, self.scenario.currency, row)

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
        expected(levels, Sequence, "levels", "pass several levels, as in (0.05, 0.5, 0.95)")
        parts = list(self.read(positions))
        rows = [
            [quantile(np.concatenate([part[date] for part in parts]), level).estimate for level in levels]
            for date in range(len(parts[0]))
        ]
        index = pd.DatetimeIndex(self.plan.dates, dtype="datetime64[s]", name="date")
        return pd.DataFrame(rows, index=index, columns=pd.Index(list(levels), name="quantile"))

    def read(self, what: Callable[[Block], T]) -> Iterator[T]:
        """Draw the same futures again, block by block, and yield what a function makes of each block.

        Raises
        ------
        InputError
            Where another version of sib made the simulation: its futures may be others.
        """
        self._same_version()
        return map_blocks(self.recipe, self.n_paths, what)

    def _same_version(self) -> None:
        if self.version != VERSION:
            raise InputError(
                Problem(
                    "simulation",
                    f"made by sib {self.version}",
                    f"one made by this version, {VERSION}, where futures are drawn again",
                    "simulate again, or ask for what was saved: summary() and ledger()",
                )
            )

    def save(self, file: str | os.PathLike[str]) -> None:
        """Save the simulation in a file, whole or not at all; `sib.open` reads it.

        Parameters
        ----------
        file : str or path
            Replaced where it exists. Holds the scenario, the seed, the version of sib, and the figures: 40 bytes a
            path, or the summary alone of a very long run.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        from sib.analysis.keeping import save  # which knows simulations

        save(self, file)

    def __repr__(self) -> str:
        loss = self.rows[1]
        return (
            f"<Simulation of {self.scenario.name!r}: {self.n_paths:,} paths, "
            f"loss probability {loss.estimate:.3f} (mcse {loss.mcse:.3f}), entropy {self.seed.entropy}>"
        )
