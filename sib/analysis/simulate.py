"""`simulate`: `settle` over many draws of the beliefs."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Executor

import numpy as np

from sib.analysis.figures import COLUMNS, kept_of
from sib.analysis.ledger import Ledger, Movement
from sib.analysis.progress import followed
from sib.analysis.simulation import Simulation
from sib.analysis.summary import Summary
from sib.engine.chance import LAYERS, Layer
from sib.engine.compiling import compile_plan
from sib.engine.ledger import Entry
from sib.engine.run import Recipe, map_blocks, runs_of
from sib.engine.streams import Rng, seed_of
from sib.measures.tally import MOST
from sib.terms.errors import InputError, Problem, expected, nearest
from sib.terms.scenario import Scenario

MOST_PATHS = 1_000_000_000
KEPT_PATHS = MOST  # of longer runs the columns are not kept, so that their memory does not grow with the paths


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
    kept = {name: np.empty(paths) for name in COLUMNS} if paths <= KEPT_PATHS else None
    summed, done = Summary(), 0
    effective = 0.0
    totals: list[float] = []
    entries: list[Entry] = []
    read = map_blocks(recipe, paths, kept_of, executor)
    for columns, sums, block_entries, worth in followed(
        read, len(runs_of(plan, paths)), show=progress, unit="block", title=scenario.name
    ):
        if kept is None:
            summed.add(columns)
        else:
            for name, values in columns.items():
                kept[name][done : done + values.size] = values
        done += columns["payment"].size
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
    return Simulation(
        scenario=scenario,
        n_paths=paths,
        recipe=recipe,
        kept=kept,
        summed=summed,
        mean_ledger=mean,
        effective_paths=effective,
    )
