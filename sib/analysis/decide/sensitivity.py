"""`sensitivity`: which assumption should be researched: how much of a figure hangs on each, over all their ranges."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sib.analysis.decide.allowed import Moved, narrowed
from sib.analysis.decide.measure import Measure
from sib.analysis.decide.ranges import varied
from sib.analysis.decide.space import Space
from sib.analysis.futures import Sampling, settled
from sib.arrays import Floats
from sib.calls import public
from sib.chance import points as even
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem
from sib.measures.sensitivity import pawn, sobol
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

DUMMY: Final = "dummy"
MOST: Final = 100_000  # scenarios
_FEWEST: Final = 16  # points, of which a second seed tells the noise
_NOISE: Final = 0.05  # of the variance between points, above which there is a warning


class NoiseWarning(UserWarning):
    """Chance within a scenario moves a figure by more than a twentieth of what the inputs move it by."""


@public
def sensitivity(
    scenario: Scenario,
    ranges: Mapping[str | tuple[str, ...], tuple[float, float] | None] | None = None,
    *,
    measure: str,
    tranche: str | None = None,
    payer: str | None = None,
    hurdle: float | None = None,
    hurdle_multiple: float | None = None,
    points: int = 64,
    paths: int = 2_000,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
    stratified: bool = False,
    sampling: Way = "plain",
) -> pd.DataFrame:
    """How much of a figure hangs on each assumption, where all of them move over their ranges.

    It says which assumption should be researched, and which may stay a guess. `attribute_risk` asks another question:
    whose chance it is, under beliefs that stay as they are. A belief may be wrong by much and carry little of the risk.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.
    ranges : mapping of str to (float, float), optional
        From where to where each input goes, by its path; by default the ranges that the file gives for single figures,
        as `tornado` reads them: figures that a rule lets move together only are one input. A pattern, as in
        "payments.*.pays.per_unit", or several paths in a tuple are one input, a factor on all of them. None for the
        range in the file, or ten per cent either way. Inputs are independent and uniform over their ranges; of one that
        counts (months, persons) each whole number is as likely. Ranges of the file that break a rule of scenarios, by
        themselves or together, are narrowed until none is broken; ranges that are given are refused.
    measure : str
        A figure of the summary, or `false_payment_probability`.
    tranche, payer : str, optional
        The figure of one tranche, or of what one payer pays; of all by default.
    hurdle, hurdle_multiple : float, optional
        Against what `hurdle_probability` is taken, a rate of return a year, and `hurdle_multiple_probability`, times
        the capital drawn.
    points : int, default 64
        At how many points the range of each input is looked at, a power of two; so many times the number of inputs and
        two are simulated. Intervals narrow with its root.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`. All points are simulated on one seed.

    Returns
    -------
    DataFrame
        Indexed by `input`, in the order of the ranges, a row `dummy` last: an input that moves nothing. Columns:

        - `first`, the share of the figure's variance that would go if this input alone were known, and `total`, the
          share that would be left if all others were: more, where inputs matter together. Each with `_low` and
          `_high`, the ends of a 95% interval by the bootstrap over points. NaN where the figure does not vary. A small
          share may come out below zero, by chance.
        - `pawn`, how far the distribution of the figure moves where the input is nearly known (in a tenth of its
          range): the median of the tenths' Kolmogorov-Smirnov distances, from 0 to 1; `pawn_max`, the largest. Few
          points lie in a tenth, so that the dummy's is not zero: an input that is no farther has no bearing that can
          be seen.
        - `low` and `high`, the range that was looked at; `refused`, what the file's was where it is narrowed, and the
          rule that refuses the rest. An input of which one value is left stays there and has no shares (NaN).

        `attrs` has the `measure`, its `variance` between points, and `noise`, the share of it that is chance within a
        point, estimated from a second seed on 16 points.

    Raises
    ------
    InputError
        Where there is no range, one is no pair of numbers in order, a rule refuses the deal at a point, the figure is
        not given at one, there is no such figure, or `points` is no power of two from 16 up.

    Warns
    -----
    NoiseWarning
        Where `noise` is above 5%: the shares are in part those of chance.

    Notes
    -----
    Sobol' indices by the estimators of Saltelli et al. (2010), on Sobol' points, as `scipy.stats.sobol_indices` has
    them; PAWN of Pianosi & Wagener (2018), on the two sets of points that are independent. What a seed moves at all
    points alike is no part of the noise: it moves no share.

    Where a point is refused, ranges are narrowed as little as needed: those ends that break the rule together are drawn
    in by the same share of their way to the base case. So a cost that capital must cover keeps the part of its range
    that it covers, whatever else moves.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> ranges = {"beliefs.effects.reconvictions.mean": None, "payments.*.pays.per_unit": (0.8, 1.2)}
    >>> table = sib.sensitivity(plan, ranges, measure="loss_probability", points=16, paths=500, rng=1)
    >>> table.index.tolist()
    ['beliefs.effects.reconvictions.mean', 'payments.*.pays.per_unit', 'dummy']
    >>> table["total"].idxmax()
    'beliefs.effects.reconvictions.mean'
    """
    asked = Measure.of(scenario, measure, tranche, payer, hurdle=hurdle, hurdle_multiple=hurdle_multiple)
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    moved = _varied(scenario, ranges)
    space = Space.of(scenario, [one.of for one in moved], "ranges")
    _checked(points, len(moved))
    even_seed, noise_seed, resampling = how.seed.spawn(3)
    design = _design(space, moved, even_seed, points, may_narrow=ranges is None)
    one, other = design.points[:points], design.points[points : 2 * points]
    values = _values(design, asked, how).reshape(-1, points)
    again = _values(design.first(_FEWEST), asked, replace(how, seed=noise_seed))
    shares = sobol(values[0], values[1], values[2:], np.random.default_rng(resampling))
    varies = bool(np.isfinite(shares.total.estimate).all())
    variance = float(np.var(values[:2])) if varies else 0.0
    noise = float(np.var(values[0, :_FEWEST] - again, ddof=1) / 2 / variance) if varies else math.nan
    if noise > _NOISE:
        _warn(asked.name, noise, paths)
    everywhere = np.column_stack([np.concatenate((one, other)), design.dummy])
    distances = [pawn(each, values[:2].ravel()) for each in everywhere.T]
    import pandas as pd

    columns = {
        name + end: part
        for name, index in zip(("first", "total"), shares, strict=True)
        for end, part in zip(("", "_low", "_high"), index, strict=True)
    }
    columns |= {"pawn": np.array(distances)[:, 0], "pawn_max": np.array(distances)[:, 1]}
    frame = pd.DataFrame(columns, index=[*(one.of.name for one in design.moved), DUMMY])
    frame = frame.reindex([*(one.of.name for one in moved), DUMMY]).rename_axis("input")
    ranges_of = {one.of.name: one for one in (*design.moved, *design.held)}
    for key in ("low", "high"):
        frame[key] = [*(getattr(ranges_of[one.of.name], key) for one in moved), math.nan]
    frame["refused"] = [*(ranges_of[one.of.name].refused for one in moved), ""]
    frame.attrs = {"measure": asked.name, "variance": variance, "noise": noise}
    return frame


@dataclass(frozen=True)
class _Design:
    """Where the inputs are looked at: two sets of points, and the first with one input at a time from the second.

    Parameters
    ----------
    space : Space
        The inputs that move.
    moved, held : list of Moved
        These, and those to which the rules leave one value only, which stay at the base case.
    points : array, (points, inputs)
        All of them.
    dummy : array, (points of both sets,)
        Where an input is that moves nothing.
    scenarios : list of Scenario
        One a point.
    """

    space: Space
    moved: list[Moved]
    held: list[Moved]
    points: Floats
    dummy: Floats
    scenarios: list[Scenario]

    def first(self, number: int) -> _Design:
        """The first few points alone."""
        return replace(self, points=self.points[:number], scenarios=self.scenarios[:number])


def _design(
    space: Space, moved: list[Moved], seed: np.random.SeedSequence, points: int, *, may_narrow: bool
) -> _Design:
    """The points; ranges of the file are narrowed until no rule refuses any."""
    held: list[Moved] = []
    while True:
        cube = even.sobol(seed, 0, points, 2 * len(moved) + 2)  # the last coordinate of each set is the dummy's
        halves = np.hsplit(cube, 2)
        one, other = (np.column_stack([of.at(u) for of, u in zip(moved, half.T, strict=False)]) for half in halves)
        pages = [np.where(np.arange(len(moved)) == number, other, one) for number in range(len(moved))]
        every = np.concatenate([one, other, *pages])
        dummy = np.concatenate([half[:, -1] for half in halves])
        if not may_narrow:
            return _Design(space, moved, held, every, dummy, space.scenarios(every))
        scenarios: list[Scenario] = []
        for point in every.tolist():
            try:
                scenarios.append(space.at(point))
            except InputError as error:
                moved = narrowed(space, moved, point, error.problems[0])
                break
        else:
            return _Design(space, moved, held, every, dummy, scenarios)
        held += [one for one in moved if not one.moves]
        moved = [one for one in moved if one.moves]
        space = replace(space, inputs=tuple(one.of for one in moved))


def _varied(scenario: Scenario, ranges: Mapping[Any, Any] | None) -> list[Moved]:
    """The inputs that are varied, over the ranges that are given or those of the file."""
    found = varied(scenario, ranges, points=2)
    if ranges is None:
        found = [one for one in found if one.taken == "file"]
    inputs = [Moved(one.of, one.low, one.high) for one in found if one.of is not None]
    if not inputs:
        rule = "ranges of figures to vary, of one at least; the file has none of any single figure"
        raise InputError(Problem("ranges", ranges, rule, 'pass ranges={"path": (low, high)}'))
    for one in inputs:
        if one.of.whole and math.ceil(one.low) >= math.floor(one.high):
            rule = "a range with two whole numbers at least: the input counts"
            raise InputError(Problem(f"ranges[{one.of.name!r}]", (one.low, one.high), rule, "widen it"))
    return inputs


def _checked(points: int, inputs: int) -> None:
    if points < _FEWEST or points & (points - 1):
        rule = f"a power of two, {_FEWEST} at least"
        raise InputError(Problem("points", points, rule, "pass points=64, or 256 for intervals half as wide"))
    if points * (inputs + 2) > MOST:
        rule = f"{MOST:,} scenarios at most: so many times the number of inputs and two"
        raise InputError(Problem("points", points, rule, "pass fewer points, or ranges of fewer inputs"))


def _values(design: _Design, asked: Measure, how: Sampling) -> Floats:
    """The figure at each of the points, (points,)."""
    space, points = design.space, design.points
    deals = [Deal.of(asked.about(scenario)) for scenario in design.scenarios]
    found, missing = np.empty(len(deals)), {}
    title = f"{len(deals)} scenarios"
    with settled(deals, how, asked.keep, title=title, width=len(asked.columns)) as results:
        for position, parts in results:
            row = asked.row(parts, how.batch)
            found[position] = row.estimate
            if not math.isfinite(row.estimate):
                missing[position] = row.given
    if missing:
        first = min(missing)
        came = f"none at {len(missing):,} of {len(deals):,} points, as where {space.words(points[first])}"
        rule = f"a figure that is given at every point; it is taken where: {missing[first]}"
        remedy = "narrow the ranges, or ask for a figure of all paths: multiple_mean, npv_mean, loss_probability"
        raise InputError(Problem("measure", f"{asked.name}: {came}", rule, remedy))
    return found


def _warn(name: str, noise: float, paths: int) -> None:
    more = math.ceil(paths * noise / _NOISE / 1_000) * 1_000
    warnings.warn(
        f"measure: the noise of {name} on {paths:,} paths is {noise:.0%} of its variance between points (at most"
        f" {_NOISE:.0%}), so that the shares are in part those of chance. Raise `paths` to about {more:,}, or widen the"
        " ranges",
        NoiseWarning,
        stacklevel=4,
    )
