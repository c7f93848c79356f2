"""`solve`: the value of an input at which a measure meets a target, on simulated futures or on measured results."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sib.analysis.again import Settling
from sib.analysis.decide.bounds import line_of, partly_refused
from sib.analysis.decide.inputs import Input
from sib.analysis.decide.measure import Measure
from sib.analysis.decide.measured import MeasuredDeal
from sib.analysis.decide.roots import Curve, Point, Root, roots_of
from sib.analysis.futures import Sampling
from sib.calls import public
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem, ScenarioError, between
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 1_000
_SHARES = ("probability", "a year", "share of capital drawn")  # units of figures that are decimals

Look = Callable[[Sequence[float]], Sequence[Point]]


@public
def solve(
    scenario: Scenario,
    vary: str | Sequence[str],
    target: float,
    *,
    measure: str = "expected_cash_irr",
    within: tuple[float, float] | None = None,
    tranche: str | None = None,
    payer: str | None = None,
    hurdle: float | None = None,
    hurdle_multiple: float | None = None,
    points: int = 9,
    results: Mapping[str, Any] | pd.DataFrame | None = None,
    paths: int = 100_000,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
    stratified: bool = False,
    sampling: Way = "plain",
) -> pd.DataFrame:
    """Find the value of an input at which a measure meets a target.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.
    vary : str or sequence of str
        What is varied: the dotted path of a figure; or a pattern, in which ``*`` stands for a step or a part of one, or
        several paths, whose figures move together by one factor.
    target : float
        What the measure is to be: a decimal, or money.
    measure : str, default "expected_cash_irr"
        A figure of the summary, or "false_payment_probability": that anything is paid where nothing has an effect. Of
        measured results: "irr", "multiple", "npv", "drawn", "received", "payment" or "payer_net"; there the default is
        the first.
    within : (float, float), optional
        Between which values of the input to look; by default within the range that the file gives this very figure.
    tranche, payer : str, optional
        Of one tranche, or of what one payer pays; by default of all.
    hurdle, hurdle_multiple : float, optional
        Against what `hurdle_probability` is taken, a rate of return a year, and `hurdle_multiple_probability`, times
        the capital drawn.
    points : int, default 9
        How many values are scanned, from bound to bound: evenly spread, or by equal ratios where both bounds are above
        zero and their ratio is above ten. Roots are sought between neighbours that lie on either side of the target;
        two roots between neighbours are seen with more points.
    results : mapping or DataFrame, optional
        Measured results, as `settle` takes them: the deal is settled on these, and nothing is simulated.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`. All is on one seed; where the input changes only what is paid, the futures are drawn once.

    Returns
    -------
    DataFrame
        A row a root, from low to high. `value` of the input; `mcse`, its Monte Carlo standard error, that of the
        measure over the slope; `low` and `high`, the ends of its 95% interval; `slope`, the measure's change for each
        unit of the input; `direction`, "rising" or "falling" as the input rises; `jump`, by how much the measure jumps
        over the target there, zero where it passes through it; `left` and `right`, the measure just below and above.
        At a jump `slope` is infinite, `mcse` zero and `low` and `high` are within a millionth of the range. Where the
        measure stays at the target, the direction is "flat", `low` and `high` are the ends of the stretch, `value` its
        middle, and `mcse` is infinite. Where the measure is not given between two sides of the target, the direction is
        "gap", `low` and `high` are its ends, and there is no `value`.

        ``attrs`` has what was asked, and under `scan` the points that were scanned: `value`, `estimate`, `mcse` and
        `given`; `estimate` is NaN where the measure is not given, and `given` says why.

    Raises
    ------
    InputError
        Where the target cannot be reached (with the range that can), the input, measure, tranche or payer is not there,
        no bounds are known, or an argument is not what it has to be; where a rule of scenarios refuses part of the
        range (with the part that it allows).

    Notes
    -----
    On one set of futures a measure is a step function of an input, so that roots are closed in on by bisection, until
    the bracket is below a quarter of the root's error or a millionth of the range, and read off the line between its
    ends. A place at which the measure changes by as much in a bracket as in one 16 times as wide is a jump.

    Examples
    --------
    At which price do the results of 2017 return 3.1% a year?

    >>> import sib
    >>> went = sib.load("peterborough-2017")
    >>> found = sib.solve(
    ...     went, "payments.pooled.pays.per_unit", 0.031, within=(10_000, 18_000),
    ...     results={"reconvictions": [0.084, 0.097]},
    ... )
    >>> found["value"].round().tolist()
    [13720.0]
    """
    if not 2 <= points <= MOST_POINTS:
        rule = f"a whole number from 2 to {MOST_POINTS:,}: how many values are scanned"
        raise InputError(Problem("points", points, rule, "pass, for example, points=9"))
    varied = Input.of(scenario, vary)
    look: Look
    if results is None:
        asked = Measure.of(scenario, measure, tranche, payer, hurdle=hurdle, hurdle_multiple=hurdle_multiple)
        about, unit = asked.label, asked.figure.unit
        how = Sampling.of(
            paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
        )
        look = _simulated(varied, asked, how)
    else:
        _without_chance({"hurdle": hurdle, "hurdle_multiple": hurdle_multiple})
        settled = MeasuredDeal.of(scenario, measure, results, tranche, payer)
        about, unit = settled.figure.label, settled.figure.unit
        look = _measured(varied, settled)
    aim = _target(target, unit)
    line = line_of(varied, within)
    curve = Curve(line, look, aim)
    try:
        scan = curve.at(line.spread(points))
    except ScenarioError:  # before anything is drawn
        raise partly_refused(varied, line, points) from None
    roots = roots_of(curve, scan)
    if not roots:
        raise _unreachable(varied, about, aim, scan)
    import pandas as pd

    table = pd.DataFrame(roots, columns=list(Root._fields))
    table.attrs = {
        "name": scenario.name,
        "vary": varied.name,
        "unit": varied.unit,
        "target": aim,
        "measure": about,
        "measure_unit": unit.replace("money", scenario.currency),
        "scan": {
            "value": [point.at for point in scan],
            "estimate": [point.estimate for point in scan],
            "mcse": [point.mcse for point in scan],
            "given": [point.given for point in scan],
        },
    }
    return table


def _without_chance(hurdles: Mapping[str, float | None]) -> None:
    """Refuse a hurdle on measured results: it is reached or not."""
    for name, value in hurdles.items():
        if value is not None:
            figure = "irr" if name == "hurdle" else "multiple"
            rule = "a hurdle where there is chance: on measured results it is reached or not"
            raise InputError(
                Problem(name, value, rule, f'leave it out, and pass measure="{figure}" with it as the target')
            )


def _simulated(varied: Input, measure: Measure, how: Sampling) -> Look:
    """The measure on simulated futures, the same at each value."""
    settling = Settling(how, measure.keep, title=varied.name, width=len(measure.columns))

    def look(values: Sequence[float]) -> list[Point]:
        deals = [Deal.of(measure.about(varied.at(value))) for value in values]
        found = []
        for value, parts in zip(values, settling.each(deals), strict=True):
            row = measure.row(parts, how.batch)
            found.append(Point(value, row.estimate, row.mcse, row.low, row.high, row.given))
        settling.sampling = replace(how, progress=False)  # the scan has a bar, single points have none
        return found

    return look


def _measured(varied: Input, settled: MeasuredDeal) -> Look:
    """The measure on measured results, on which there is no chance."""

    def look(values: Sequence[float]) -> list[Point]:
        found = [(value, settled.at(varied.at(value))) for value in values]
        given = "the results in hand"
        return [Point(value, figure, 0.0, figure, figure, given) for value, figure in found]

    return look


def _target(target: float, unit: str) -> float:
    """The target as a number, a decimal where the measure is one."""
    found = between(target, -math.inf, math.inf, "target", "one number, and a finite one", "pass, for example, 0.05")
    if unit in _SHARES and not -1.0 <= found <= 1.0:
        rule = f"a decimal from -1 to 1: the measure is {'a rate a year' if unit == 'a year' else 'a share'}"
        raise InputError(Problem("target", target, rule, f"write {found / 100:g} for {found:g}%"))
    return found


def _unreachable(varied: Input, measure: str, target: float, scan: Sequence[Point]) -> InputError:
    """What is said where no value of the input brings the measure to the target: how far it goes, and where."""
    where = f"{varied.name} from {scan[0].at:.6g} to {scan[-1].at:.6g}"
    known = [point for point in scan if point.known]
    if not known:
        rule = f"a measure that is given somewhere; {measure} has no value with {where}"
        return InputError(Problem("measure", measure, rule, "choose another measure, or other bounds in `within`"))
    low, high = (of(known, key=lambda point: point.estimate) for of in (min, max))
    ends = f"from {low.estimate:.6g} (at {low.at:.6g}) to {high.estimate:.6g} (at {high.at:.6g})"
    gaps = len(scan) - len(known)
    missing = f"; at {gaps} of {len(scan)} points it has no value" if gaps else ""
    rule = f"what can be reached with {where}: {measure} goes {ends}{missing}"
    remedy = "choose another target, or other bounds in `within`; more `points`, where it may turn in between"
    return InputError(Problem("target", target, rule, remedy))
