"""`attribute_risk`: whose doing the risk is: the share of variance that each belief and layer of chance carries."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.columns import columns_of, end_to_end
from sib.analysis.futures import Sampling, jobs_of, worked
from sib.arrays import Floats
from sib.calls import public
from sib.chance.sources import LAYERS, Layer
from sib.chance.streams import Rng, again
from sib.errors import InputError, Problem
from sib.model.prior import sources
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


OUTPUTS = ("payment", "multiple", "loss")

_ALL = 6  # sources, up to which every set of them is looked at
_ORDERS = 24  # random orders of the sources, beyond
_BATCHES = 40
_ROUNDING = 1e-9

Set = frozenset[str]


@public
def attribute_risk(
    scenario: Scenario,
    paths: int = 20_000,
    *,
    rng: Rng = None,
    chance: Collection[Layer] = LAYERS,
    executor: Executor | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """What share of the variance of payment, multiple and loss each source of risk carries.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.
    paths : int, default 20_000
        How many futures are drawn for each set of sources: 2 to the number of sources up to six of them, else about 24
        times their number.
    rng, executor, progress
        As for `simulate`.
    chance : collection of {"belief", "people", "measurement"}
        The layers of chance that are on; those that are off carry nothing and are left out.

    Returns
    -------
    DataFrame
        Indexed by `source`: a belief by its path under `beliefs` ("effects.reconvictions"; ".between_cohorts" apart),
        or "people", the cohort's own luck, or "measurement", the comparison group's. Columns: `layer`; `payment`,
        `multiple` (of the capital drawn) and `loss` (whether investors lose money), shares that add up to one; and
        their standard errors, `_mcse`. NaN in all rows of a figure that does not vary at all. `attrs["variance"]` has
        the variance of each figure.

    Raises
    ------
    InputError
        Where `paths` is below 1,000, or nothing is left to chance.

    Notes
    -----
    Shapley effects: a set of sources is worth the variance of the figure's expectation given these, and a source gets
    its mean marginal worth over all orders (Owen 2014; Song, Nelson & Staum 2016); so the shares add up to the whole
    variance whatever the sources do together. A set's worth is the covariance of two runs that share it and differ
    in all else (Sobol' 1993; Janon et al. 2014), less that of two which share nothing: so a source without any bearing
    gets exactly nothing. With more than six sources the mean is over 24 random orders. Standard errors are by batches
    of paths.

    Examples
    --------
    >>> import sib
    >>> shares = attribute_risk(sib.load("peterborough"), paths=2_000, rng=1)
    >>> shares["layer"].tolist()
    ['belief', 'belief', 'people', 'measurement']
    >>> round(shares["payment"].sum(), 9).item()
    1.0
    """
    import pandas as pd

    sampling = Sampling.of(paths, rng, chance=chance, executor=executor, progress=progress)
    layers = sampling.layers
    deal = Deal.of(scenario)
    if paths < 1_000:
        raise InputError(
            Problem("paths", paths, "1,000 at least: a share is a ratio of variances", "pass paths=20_000")
        )
    known = _layers(sources(deal.model), layers)
    if not known:
        raise InputError(
            Problem("chance", sorted(layers), "some source of chance that is on", 'pass chance=("belief", "people")')
        )
    seed, other, orders = sampling.seed.spawn(3)
    sampling = replace(sampling, seed=seed)
    wanted = _orders(tuple(known), np.random.default_rng(orders))
    sets = sorted({frozenset(order[:n]) for order in wanted for n in range(len(order))}, key=sorted)
    everything = frozenset(known)
    recipes = [sampling.recipe(deal)]
    recipes += [sampling.recipe(deal, redrawn=everything - kept, other=again(other)) for kept in sets]
    work = [jobs_of(recipe, (deal,), sampling.paths) for recipe in recipes]
    keep = partial(columns_of, names=("payment", "drawn", "received"))
    with worked([job for jobs in work for job in jobs], keep, sampling, title=scenario.name) as results:
        runs = (_figures(end_to_end(next(results)[0] for _ in jobs)) for jobs in work)
        base = next(runs)
        still = {name for name, values in base.items() if np.ptp(values) <= _ROUNDING * np.abs(values).max()}
        worth: dict[Set, Mapping[str, Floats]] = {everything: _worth(base, base)}
        worth |= {kept: _worth(base, found) for kept, found in zip(sets, runs, strict=True)}
    table: dict[str, dict[str, object]] = {name: {"layer": layer} for name, layer in known.items()}
    for output in OUTPUTS:
        for name in known:
            share, error = (math.nan, math.nan) if output in still else _share(worth, wanted, output, name)
            table[name] |= {output: share, f"{output}_mcse": error}
    frame = pd.DataFrame.from_dict(table, orient="index").rename_axis("source")
    frame.attrs["variance"] = {
        output: 0.0 if output in still else float(worth[everything][output].mean()) for output in OUTPUTS
    }
    return frame


def _layers(beliefs: tuple[str, ...], layers: frozenset[Layer]) -> dict[str, Layer]:
    """Every source with its layer, of the layers that are on."""
    found: dict[str, Layer] = {name: "measurement" if name.startswith("evaluation.") else "belief" for name in beliefs}
    found |= {"people": "people", "measurement": "measurement"}
    return {name: layer for name, layer in found.items() if layer in layers}


def _orders(names: tuple[str, ...], rng: np.random.Generator) -> list[tuple[str, ...]]:
    """The orders in which sources come to be known: all of them, or some at random, each with its reverse."""
    if len(names) <= _ALL:
        return list(permutations(names))
    some = [tuple(rng.permutation(names).tolist()) for _ in range(_ORDERS // 2)]
    return [order for one in some for order in (one, one[::-1])]


def _figures(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    drawn, received = columns["drawn"], columns["received"]
    multiple = np.divide(received, drawn, out=np.zeros_like(drawn), where=drawn > 0)
    loss = (received < drawn * (1.0 - _ROUNDING)).astype(np.float64)
    return {"payment": columns["payment"], "multiple": multiple, "loss": loss}


def _worth(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> dict[str, Floats]:
    """The covariance of two runs, in each batch of paths, (batches,); both runs' means count alike."""
    found = {}
    for name, values in one.items():
        middle = (values.mean() + other[name].mean()) / 2.0
        product = (values - middle) * (other[name] - middle)
        found[name] = np.array([part.mean() for part in np.array_split(product, _BATCHES)])
    return found


def _share(
    worth: Mapping[Set, Mapping[str, Floats]], orders: list[tuple[str, ...]], output: str, name: str
) -> tuple[float, float]:
    """A source's mean marginal worth over all orders, over the whole variance; and its standard error."""
    marginal = np.zeros((len(orders), _BATCHES))
    for row, order in zip(marginal, orders, strict=True):
        before = frozenset(order[: order.index(name)])
        row += worth[before | {name}][output] - worth[before][output]
    each = marginal.mean(axis=0)
    whole = worth[frozenset(orders[0])][output] - worth[frozenset()][output]
    share = float(each.mean() / whole.mean())
    left = each - share * whole  # a ratio of means: the spread of what the batches leave of it
    variance = left.var(ddof=1) / _BATCHES
    if len(orders[0]) > _ALL:  # some orders out of all
        variance += _of_orders((marginal[::2] + marginal[1::2]) / 2.0)
    return share, float(np.sqrt(variance) / whole.mean())


def _of_orders(marginal: Floats) -> float:
    """The variance of a mean over some orders out of all, (pairs of orders, batches), each with its reverse.

    The spread of the pairs, less what of it is the spread of the paths.
    """
    pairs = len(marginal)
    away = marginal - marginal.mean(axis=0)
    of_paths = away.var(axis=1, ddof=1).sum() / _BATCHES / (pairs - 1)
    return max(float(away.mean(axis=1).var(ddof=1) - of_paths), 0.0) / pairs
