"""`tornado`: how far each input by itself moves a figure, over its range, on the same futures."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sib.analysis.columns import Kept, joined
from sib.analysis.decide.differences import differences
from sib.analysis.decide.measure import Measure
from sib.analysis.decide.ranges import Varied, varied
from sib.analysis.futures import Sampling, settled
from sib.analysis.summary import Row, rows
from sib.calls import public
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 101
_REMEDY: Final = "pass ranges={...} within which the scenario is valid; a share is written 0.20 for 20%"
_DIFFERENCE: Final = ("difference", "difference_mcse", "difference_low", "difference_high")


@public
def tornado(
    scenario: Scenario,
    ranges: Mapping[str | tuple[str, ...], tuple[float, float] | None] | None = None,
    *,
    measure: str = "loss_probability",
    tranche: str | None = None,
    payer: str | None = None,
    hurdle: float | None = None,
    hurdle_multiple: float | None = None,
    points: int = 5,
    paths: int = 100_000,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
    stratified: bool = False,
    sampling: Way = "plain",
) -> pd.DataFrame:
    """Move one input at a time over its range, and see how far a figure moves.

    Parameters
    ----------
    scenario : Scenario
        The base case.
    ranges : mapping of str, or tuple of str, to (float, float), optional
        From where to where each input goes: a path; a pattern, in which `*` stands for a step or a part of one; or
        several of these. Figures that a pattern or several paths name move together, by one factor. None in place of a
        range is the range in the file, and where it has none ten per cent either way. Without `ranges` these are all
        figures to which the file gives a range; if it gives none, every figure that it writes out, and ten per cent.
    measure : str
        A figure of the summary, or `false_payment_probability`: the chance that anything is paid though nothing has an
        effect.
    tranche, payer : str, optional
        Of one tranche, or of what one payer pays; of all by default.
    hurdle, hurdle_multiple : float, optional
        Against what `hurdle_probability` is taken, a rate of return a year, and `hurdle_multiple_probability`, times
        the capital drawn.
    points : int
        At how many points of its range each input is looked at, its ends among them; an input that counts (persons,
        months) at whole numbers alone. The base case is one more, if it lies in the range.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`. All is on one seed, and what differs only in what is paid is settled on one draw.

    Returns
    -------
    DataFrame
        Indexed by path, the longest bar first: `base`, `low`, `high` of the input in its `unit`, and `range`, where
        that is from (given, file, ten per cent); the measure `at_base`, `at_low` and `at_high`, `least` and `most`, all
        with their errors; `least_at` and `most_at`, where the input is then, and `inside`, whether one of the two is no
        end of the range; `difference`, from the least to the most, with the error and the interval of a difference on
        the same futures; `refused`, at which points which rule refuses the scenario; `measure` and `measure_unit`.

    Raises
    ------
    InputError
        Where an input is no number of the scenario or its range does not rise; where there is no such measure, tranche
        or payer; or where an argument is not what `simulate` takes.

    Notes
    -----
    A point costs about half a simulation with its summary where the futures are drawn for it, as for a belief, and a
    quarter where they are shared, as for a price: so fourteen inputs of both kinds cost about 22 at five points each,
    and about 13 at three.

    Inputs move alone. The same figure of several nouns moves together where the file gives both the same range and a
    rule refuses to move one alone. The least and the most are of the points that are looked at: where the measure turns
    round between them, more `points` find more of it. As extremes of estimates they lie a little too far apart, by
    less than the error where it is small against the difference. Inputs that work on each other (a price, where there
    is a threshold) may move the measure further together than their bars add up to.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> ranges = {"beliefs.effects.reconvictions.mean": (0.05, 0.13), "payments.*.pays.per_unit": (0.9, 1.1)}
    >>> table = sib.tornado(plan, ranges, paths=2_000, rng=1)
    >>> table.index[0], bool(table.iloc[0]["at_low"] > table.iloc[0]["at_high"])
    ('beliefs.effects.reconvictions.mean', True)
    """
    scenario = scenario.case("base")
    subject = Measure.of(scenario, measure, tranche, payer, hurdle=hurdle, hurdle_multiple=hurdle_multiple)
    if not 2 <= points <= MOST_POINTS:
        rule = f"a whole number from 2 to {MOST_POINTS}"
        raise InputError(Problem("points", points, rule, "pass points=5: the ends of each range and three between"))
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    bars = [_Bar(one) for one in varied(scenario, ranges, points)]
    looked = [(bar, point, one) for bar in bars for point, one in bar.of.scenarios.items() if point != bar.base]
    if not looked and all(bar.of.refused for bar in bars):
        problems = [Problem(bar.of.name, f"{bar.of.low:g} to {bar.of.high:g}", bar.of.refused, _REMEDY) for bar in bars]
        raise InputError(*problems)
    deals = [Deal.of(subject.about(one)) for one in (scenario, *(one for _, _, one in looked))]
    title = f"{len(bars)} inputs"
    with settled(deals, how, subject.keep, title=title, width=len(subject.columns)) as found:
        for position, parts in found:
            seen = _Seen.of(subject, parts, how.batch)
            if position:
                bar, point, _ = looked[position - 1]
                bar.look(point, seen)
            else:
                base = seen
    return _table(bars, base, subject, scenario.currency, how.batch)


@dataclass(frozen=True)
class _Seen:
    """The measure at one point: the figure, and what it is worked out from."""

    row: Row
    kept: Kept

    @classmethod
    def of(cls, subject: Measure, parts: Sequence[Kept], batch: int | None) -> _Seen:
        kept = joined(parts)
        return cls(rows(kept.columns, batch, (subject.figure,), cash=kept.cash)[0], kept)


@dataclass
class _Bar:
    """What is seen of the measure while one input moves. Of paths only the extremes' are kept."""

    of: Varied
    at: dict[float, Row] = field(default_factory=dict)
    extremes: dict[int, tuple[float, _Seen]] = field(default_factory=dict)  # by sign: 1 the most, -1 the least

    @property
    def base(self) -> float:
        return math.nan if self.of.of is None else self.of.of.base

    def look(self, point: float, seen: _Seen) -> None:
        """Note what is seen at a point; of what is level the first is kept, and the ends come first."""
        self.at[point] = seen.row
        for sign in (1, -1):
            here = self.extremes.get(sign)
            further = here is None or sign * seen.row.estimate > sign * here[1].row.estimate
            if further and not math.isnan(seen.row.estimate):
                self.extremes[sign] = point, seen

    @property
    def missing(self) -> str:
        """At which points the measure is not given."""
        points = [f"{point:.10g}" for point, row in sorted(self.at.items()) if math.isnan(row.estimate)]
        return f"at {', '.join(points)}: the measure is not given" if points else ""


def _table(bars: Sequence[_Bar], base: _Seen, subject: Measure, currency: str, batch: int | None) -> pd.DataFrame:
    import pandas as pd

    lines = []
    for bar in bars:
        if bar.of.low <= bar.base <= bar.of.high:
            bar.look(bar.base, base)
        lines.append({"path": bar.of.name, **_line(bar, base, subject, batch), "measure": subject.name})
    frame = pd.DataFrame(lines).set_index("path")
    frame["measure_unit"] = subject.figure.unit.replace("money", currency)
    return frame.sort_values("difference", ascending=False, kind="stable", na_position="last")


def _line(bar: _Bar, base: _Seen, subject: Measure, batch: int | None) -> dict[str, Any]:
    one = bar.of
    found: dict[str, Any] = {"base": bar.base, "low": one.low, "high": one.high}
    found |= {"unit": "" if one.of is None else one.of.unit, "range": one.taken}
    for name, row in (("at_base", base.row), ("at_low", bar.at.get(one.low)), ("at_high", bar.at.get(one.high))):
        found |= _figure(name, row)
    places = {}
    for name, sign in (("least", -1), ("most", 1)):
        places[f"{name}_at"], seen = bar.extremes.get(sign, (math.nan, None))
        found |= _figure(name, None if seen is None else seen.row)
    found |= places | {"inside": any(not one.is_end(place) for place in places.values() if not math.isnan(place))}
    found |= dict.fromkeys(_DIFFERENCE, math.nan)
    if bar.extremes:
        (_, least), (_, most) = bar.extremes[-1], bar.extremes[1]
        gap = differences((least.kept, [least.row]), (most.kept, [most.row]), (subject.figure,), batch)
        found |= {key: gap[key][subject.figure.name] for key in _DIFFERENCE}
    return found | {"refused": "; ".join(filter(None, (one.refused, bar.missing)))}


def _figure(name: str, row: Row | None) -> dict[str, float]:
    found = (math.nan, math.nan) if row is None else (row.estimate, row.mcse)
    return dict(zip((name, f"{name}_mcse"), found, strict=True))
