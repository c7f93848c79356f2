"""`calibration`: whether posteriors of a scenario are right: simulation-based calibration of `update`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.observing import can_be_weighed
from sib.analysis.payoff import chosen
from sib.calls import public
from sib.chance.sources import LAYERS, Chance
from sib.chance.streams import Rng, seed_of
from sib.errors import InputError, Problem
from sib.model.likelihood import given_observed
from sib.model.observed import Observed, Seen
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.model.results import Results
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


_FEWEST, _MOST = 20, 100_000


@public
def calibration(
    scenario: Scenario, metric: str | None = None, *, draws: int = 500, posterior: int = 255, rng: Rng = None
) -> pd.DataFrame:
    """Ranks of true effects among draws from the posteriors that their own results lead to.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs.
    metric : str, optional
        The metric whose first result is observed; may be left out where the contract reads one.
    draws : int, default 500
        How many futures are drawn from the beliefs, each with a true effect and a measured result.
    posterior : int, default 255
        How many draws are taken from each posterior.
    rng : None, int, Generator, BitGenerator or SeedSequence, optional
        Where the randomness comes from.

    Returns
    -------
    DataFrame
        One row a future, one column a result of the metric: how many of the posterior's draws are below the true
        effect, from 0 to `posterior`. Where `update` is right each number is as likely; humps in the middle say that
        posteriors are too wide, humps at the ends that they are too narrow.

    Raises
    ------
    InputError
        Where the metric cannot be observed, a comparison finds nothing at all, or too few or too many draws are asked
        for.

    Notes
    -----
    Talts, Betancourt, Simpson, Vehtari & Gelman 2018, *Validating Bayesian inference algorithms with simulation-based
    calibration*.

    Examples
    --------
    >>> import sib
    >>> ranks = calibration(sib.load("peterborough"), draws=20, posterior=15, rng=1)
    >>> ranks.shape
    (20, 3)
    """
    import pandas as pd

    for name, number in (("draws", draws), ("posterior", posterior)):
        if not _FEWEST - 5 <= number <= _MOST:
            raise InputError(
                Problem(name, number, f"a whole number from {_FEWEST - 5} to {_MOST:,}", f"pass {name}=500, say")
            )
    deal = Deal.of(scenario)
    index = chosen(deal, metric)
    known = deal.model.metrics[index]
    can_be_weighed(known, f"metric {known.name!r}")
    if known.origin.after is not None:
        above = deal.model.metrics[known.origin.after].name
        rule = "a metric whose results can be weighed by themselves"
        raise InputError(Problem("metric", known.name, rule, f"name the one that it is reached after: {above!r}"))
    truth_seed, *seeds = seed_of(rng).spawn(draws + 1)
    chance = Chance(draws, truth_seed, 0, frozenset(LAYERS))
    world = believe(deal.model, chance)
    found = draw(deal.model, world, chance)[index].results
    if not isinstance(found, Results):
        raise InputError(Problem("metric", metric, "a metric that is measured by itself", "name one of its parts"))
    persons = np.broadcast_to(found.persons, found.treated.shape)
    truth = world.metrics[index].effect
    ranks = np.empty((draws, len(known.results)), dtype=np.int64)
    for number, seed in enumerate(seeds):
        comparison = 0.0 if found.comparison is None else float(found.comparison[0, number])
        if known.compared and comparison <= 0:
            rule = "comparisons of which none finds nothing at all: an improvement on nothing cannot be weighed"
            remedy = "calibrate it with larger groups"
            raise InputError(Problem("scenario", f"a future in which {known.name!r} does", rule, remedy))
        seen = Seen(float(persons[0, number]), float(found.treated[0, number]), comparison)
        source = partial(_chance, seed)
        after, _ = given_observed(deal.model, Observed({index: {0: seen}}), source, posterior)
        ranks[number] = (after.metrics[index].effect < truth[:, number, None]).sum(axis=1)
    return pd.DataFrame(ranks, columns=pd.Index(known.results, name=known.name)).rename_axis("future")


def _chance(seed: np.random.SeedSequence, paths: int) -> Chance:
    return Chance(paths, seed, 0, frozenset(LAYERS))
