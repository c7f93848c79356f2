"""`simulate`: `settle` over many draws of the beliefs, and `Simulation`, what it returns.

A simulation keeps five numbers a path. Anything else that is asked of it (all columns, a ledger, positions over time)
is drawn again from the same seed, bit for bit, so that a run of n paths needs 40 n bytes to keep.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from sib.analysis import summary
from sib.analysis.ledger import Ledger, Movement
from sib.analysis.measured import published
from sib.analysis.settle import ledger_of
from sib.engine.chance import LAYERS, Layer
from sib.engine.compiling import compile_plan
from sib.engine.ledger import Book, Entry
from sib.engine.plan import Plan
from sib.engine.run import BLOCK, Block, Recipe, map_blocks, run_block, runs_of
from sib.engine.streams import Rng, again, seed_of
from sib.measures.discounting import Flows
from sib.measures.irr import irr_of
from sib.measures.risk import quantile
from sib.terms.errors import InputError, Problem, expected, nearest
from sib.terms.scenario import Scenario

T = TypeVar("T")
Floats = NDArray[np.float64]
Columns = dict[str, Floats]

MOST_PATHS = 1_000_000_000


def simulate(
    scenario: Scenario,
    paths: int = 100_000,
    *,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
) -> Simulation:
    """Simulate what a deal pays and what its investors risk.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.
    paths : int, default 100_000
        How many futures to draw.
    rng : None, int, Generator, BitGenerator or SeedSequence, optional
        Where the randomness comes from, as `numpy.random.default_rng` takes it. The same number gives the same bits,
        whatever the workers; the first paths do not depend on how many there are.
    executor : concurrent.futures.Executor, optional
        Who works the blocks out; threads on all cores by default.
    progress : bool, default False
        Show a progress bar.
    chance : collection of {"belief", "people", "measurement"}
        The layers of chance that are on; all by default. Without "belief" effects are at their means, without
        "people" the cohort does just as expected, without "measurement" the comparison does, its bias at the mean.

    Returns
    -------
    Simulation

    Raises
    ------
    InputError
        Where `paths` is not a whole number from 1 up, or `chance` names no layer.

    Examples
    --------
    >>> import sib
    >>> risk = sib.simulate(sib.load("peterborough"), paths=10_000, rng=1).summary()
    >>> bool(0 < risk.loc["loss_probability", "estimate"] < 1)
    True
    """
    layers = checked(scenario, paths, chance)
    recipe = Recipe(compile_plan(scenario), seed_of(rng), layers)
    return run(scenario, int(paths), recipe, executor, progress)


def checked(scenario: Scenario, paths: int, chance: Collection[Layer]) -> frozenset[Layer]:
    """The layers that are on.

    Raises
    ------
    InputError
        Where there is no scenario, `paths` is not a whole number from 1 up, or `chance` names no layer.
    """
    expected(scenario, Scenario, "scenario", 'load it first: sib.load("peterborough")')
    if isinstance(paths, bool) or not isinstance(paths, int | np.integer) or not 1 <= paths <= MOST_PATHS:
        raise InputError(
            Problem("paths", paths, f"a whole number from 1 to {MOST_PATHS:,}", "pass, for example, paths=100_000")
        )
    expected(chance, Collection, "chance", 'name the layers that are on, as in chance=("people",)')
    for layer in chance:
        if layer not in LAYERS:
            raise InputError(Problem("chance", layer, f"layers out of {', '.join(LAYERS)}", nearest(layer, LAYERS)))
    return frozenset(chance)


def run(
    scenario: Scenario,
    paths: int,
    recipe: Recipe,
    executor: Executor | None = None,
    progress: bool = False,
) -> Simulation:
    """Simulate by a recipe; what all questions that need simulated futures share."""
    plan = recipe.plan
    parts: list[Columns] = []
    effective = 0.0
    totals: list[float] = []
    entries: list[Entry] = []
    read = map_blocks(recipe, paths, _kept, executor)
    for columns, sums, block_entries, worth in tqdm(
        read, total=len(runs_of(plan, paths)), disable=not progress, unit="block", desc=scenario.name
    ):
        parts.append(columns)
        effective += worth
        totals = sums if not totals else [a + b for a, b in zip(totals, sums, strict=True)]
        entries = block_entries
    mean = Ledger.of(
        (
            Movement(plan.dates[e.step], e.payer, e.payee, e.label, total / paths)
            for e, total in zip(entries, totals, strict=True)
        ),
        plan.parties,
        scenario.currency,
    )
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return Simulation(
        scenario=scenario, n_paths=paths, recipe=recipe, columns=joined, mean_ledger=mean, effective_paths=effective
    )


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
    columns : dict of str to array, (paths,)
        `payment`, `drawn`, `received` and `npv` in money, `irr` a year.
    mean_ledger : Ledger
        The mean of every movement of cash over the paths.
    effective_paths : float
        How many independent worlds the paths are worth: as many as there are, but where they are conditioned on results
        in hand.
    """

    scenario: Scenario
    n_paths: int
    recipe: Recipe
    columns: Columns
    mean_ledger: Ledger
    effective_paths: float

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
        columns = self.columns
        if tranche is not None:
            if tranche not in self.plan.investors:
                raise InputError(
                    Problem("tranche", tranche, "a tranche of the deal", nearest(str(tranche), self.plan.investors))
                )
            columns = self._by_tranche((tranche,))[tranche]
        frame = pd.DataFrame(summary.rows(columns)).set_index("measure")
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
        found = {name: summary.rows(c) for name, c in self._by_tranche(self.plan.investors).items()}
        table = {
            (name, key): [getattr(row, key) * (self.widening if key == "mcse" else 1.0) for row in rows]
            for name, rows in found.items()
            for key in ("estimate", "mcse")
        }
        measures = [row.measure for row in next(iter(found.values()))]
        frame = pd.DataFrame(table, index=pd.Index(measures, name="measure"))
        frame.columns.names = ["tranche", "figure"]
        return frame

    def _by_tranche(self, names: tuple[str, ...]) -> dict[str, Columns]:
        """The five figures a path of some tranches, each by itself."""
        parts = list(self.read(partial(_figures, names=names)))
        return {
            name: {key: np.concatenate([part[name][key] for part in parts]) for key in parts[0][name]} for name in names
        }

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Everything about each path, one row a path.

        Columns: `METRIC.COHORT.effect` (true improvement) and `METRIC.COHORT.improvement` (measured),
        `METRIC.pooled.improvement`; for metrics without a comparison `expected`, and `level` or `units`, in their
        place, and the period's date for a cohort where results are by period. Then `payments.LABEL` (what was paid on
        each claim), `TRANCHE.drawn` and `TRANCHE.received` where there are several, and `payment`, `drawn`, `received`,
        `multiple`, `npv` and `irr`.
        """
        parts = list(self.read(_detail))
        columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
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
        parts = list(self.read(_positions))
        rows = [
            [quantile(np.concatenate([part[date] for part in parts]), level).estimate for level in levels]
            for date in range(len(parts[0]))
        ]
        index = pd.DatetimeIndex(self.plan.dates, dtype="datetime64[s]", name="date")
        return pd.DataFrame(rows, index=index, columns=pd.Index(list(levels), name="quantile"))

    def read(self, what: Callable[[Block], T]) -> Iterator[T]:
        """Draw the same futures again, block by block, and yield what a function makes of each block."""
        return map_blocks(self.recipe, self.n_paths, what)

    def __repr__(self) -> str:
        loss = summary.rows(self.columns)[1]
        return (
            f"<Simulation of {self.scenario.name!r}: {self.n_paths:,} paths, "
            f"loss probability {loss.estimate:.3f} (mcse {loss.mcse:.3f}), entropy {self.seed.entropy}>"
        )


def figures(plan: Plan, book: Book, parties: Collection[str]) -> Columns:
    """The five figures a path: what the payers paid, and what some tranches put in, received and earned together.

    What a tranche owed besides its capital is taken from what it received.
    """
    tranches = [tranche for tranche in plan.tranches if tranche.name in parties]
    years = (plan.years - plan.years[0])[:, None]
    together = Flows(years, *book.flows(parties))
    each = [Flows(years, *book.flows((tranche.name,))) if len(tranches) > 1 else together for tranche in tranches]
    drawn = sum((book.drawn(tranche.name) for tranche in tranches), np.zeros(book.paths))
    paid = sum((book.paid(tranche.name) for tranche in tranches), np.zeros(book.paths))
    received = sum((book.received(tranche.name) for tranche in tranches), np.zeros(book.paths))
    worth = [flows.npv(tranche.discount_rate) for flows, tranche in zip(each, tranches, strict=True)]
    return {
        "payment": net_payment(plan, book),
        "drawn": drawn,
        "received": received - (paid - drawn),
        "npv": np.sum(worth, axis=0),
        "irr": irr_of(together),
    }


def net_payment(plan: Plan, book: Book) -> Floats:
    """What was paid for outcomes in all, less what was paid back, (paths,). Fixed payments are no part of it."""
    labels = plan.outcome_labels
    owed = {f"{label}, owed" for label in labels}
    total = np.zeros(book.paths)
    for entry in book.entries:
        if entry.label in labels and entry.payer in plan.payers:
            total += entry.amount
        elif entry.label in owed:
            total -= entry.amount
    return total


def _figures(block: Block, names: tuple[str, ...]) -> dict[str, Columns]:
    return {name: figures(block.plan, block.book, (name,)) for name in names}


def _kept(block: Block) -> tuple[Columns, list[float], list[Entry], float]:
    """What a simulation keeps of a block: its columns, the sum of each ledger entry, their texts, what it is worth."""
    plan, book = block.plan, block.book
    columns = figures(plan, book, plan.investors)
    sums = [float(np.sum(entry.amount)) * (book.paths if np.ndim(entry.amount) == 0 else 1) for entry in book.entries]
    return columns, sums, [entry._replace(amount=0.0) for entry in book.entries], block.effective


def _positions(block: Block) -> list[Floats]:
    """Investors' cumulative cash by date."""
    cash = np.sum([block.book.cash(name) for name in block.plan.investors], axis=0)
    return list(np.cumsum(cash, axis=0))


def _detail(block: Block) -> Columns:
    columns: Columns = {}
    for metric, outcome, result in zip(block.plan.metrics, block.outcomes, block.results, strict=True):
        reads = published(metric)
        for i, name in enumerate(metric.results):
            if outcome.effect is not None:
                columns[f"{metric.name}.{name}.{'effect' if metric.compared else 'expected'}"] = outcome.effect[i]
            columns[f"{metric.name}.{name}.{reads}"] = result.read(reads, (i,))
        everyone = tuple(range(len(metric.results)))
        columns[f"{metric.name}.pooled.{reads}"] = result.read(reads, everyone[-1:] if metric.cumulative else everyone)
    labels = {claim.label for step in block.plan.steps for claim in step.claims}
    for entry in block.book.entries:
        if entry.label in labels:
            key = f"payments.{entry.label}"
            columns[key] = columns.get(key, np.zeros(block.book.paths)) + entry.amount
    for party in block.plan.investors if len(block.plan.investors) > 1 else ():
        columns[f"{party}.drawn"] = block.book.paid(party)
        columns[f"{party}.received"] = block.book.received(party)
    return columns
