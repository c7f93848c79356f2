"""`sample_size` and `minimum_detectable_effect`: how many persons, or which effect, a wanted pair of errors takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sib.analysis.evidence.exact_law import ExactLaw
from sib.analysis.evidence.given_effect import Truth
from sib.analysis.evidence.normal_law import Moments, reaching
from sib.calls import public
from sib.errors import InputError, Problem, between
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

_MOST = 100_000_000
_CLOSE = 1e-10


@public
def sample_size(
    scenario: Scenario,
    effect: float,
    *,
    false_payment: float | None = None,
    missed_payment: float | None = None,
    alpha: float | None = None,
    power: float | None = None,
    threshold: float | None = None,
    metric: str | None = None,
) -> pd.Series[float]:
    """How many persons a cohort needs so that one result, tested by itself, errs no more often than wanted.

    Parameters
    ----------
    scenario : Scenario
        Gives the metric, how persons differ, and the design of its comparison. Controls for each person follow the
        number of persons; a group of a fixed size, and the number of clusters, stay as they are.
    effect : float
        The true improvement that should be paid for.
    false_payment : float, default 0.05
        The wanted probability of paying where there is no effect.
    missed_payment : float, default 0.20
        The wanted probability of not paying where there is this one.
    alpha, power : float, optional
        The same two errors by their names in statistics: `alpha` is `false_payment`, `power` is ``1 - missed_payment``.
    threshold : float, optional
        The measured improvement from which the contract pays; by default the one that gives both errors with the fewest
        persons.
    metric : str, optional
        The metric; may be left out where one is compared, or is read of those.

    Returns
    -------
    Series
        `persons` a cohort, `threshold`, and the errors with them: `false_payment` and `missed_payment`, the same as
        `alpha` and ``1 - power``.

    Raises
    ------
    InputError
        Where no number of persons gives these errors: the threshold is not between no effect and the effect, or the
        comparison is a fixed group or clusters too few. Where the effect is none that there can be, or the metric is of
        units in all, which belong to no person.

    Notes
    -----
    By the normal law corrected for skew (`normal_law.py`, beside this file), at the variances that hold at each effect.
    For a difference of two independent means it is ``n = (z_a s_0 + z_b s_1)**2 / d**2``, the s for one person (Chow,
    Shao & Wang 2008, *Sample Size Calculations in Clinical Research*, 3).

    Shares and counts against a written level are exact: binomial, negative binomial or Poisson. The threshold is then
    an improvement that a result can have, and the errors are those of whole persons or events: `false_payment` mostly
    below what was asked for. They rise and fall like the teeth of a saw as persons are added, so that a few persons
    more may err a little more often (Chernick & Liu 2002, *The American Statistician* 56(2)). Exact too is what is so
    rare that a level is less than three standard errors from zero, where there is an exact law (`exact_law.py`); where
    there is none, as with clusters or changes over time, there are as many persons as the normal law asks for. There is
    never less than one person in each cluster.

    Examples
    --------
    Peterborough's cohorts had 1,000 men. To tell a fall of 10% from none, with ten controls a man:

    >>> import sib
    >>> sample_size(sib.load("peterborough"), 0.10)["persons"].item()
    1309.0
    """
    truth = Truth.about(scenario, metric)
    if truth.metric.law.additive:
        rule = "a metric that is measured on persons: units in all are no surer for more of them"
        raise InputError(Problem("metric", truth.metric.name, rule, "ask `power` how often the deal pays as it is"))
    false_payment, missed_payment = _errors(false_payment, missed_payment, alpha, power)
    most = _most(truth)
    rule = f"an improvement above zero and below {most:g}"
    effect = between(effect, 0.0, most, "effect", rule, "pass, for example, effect=0.10")
    if threshold is not None:
        rule = (
            f"between no effect and the effect ({effect:g}): at the effect itself one result in two falls short,"
            " however many persons there are"
        )
        remedy = f"pass a lower threshold, say {effect / 2:g}, or leave it out"
        threshold = between(threshold, 0.0, effect, "threshold", rule, remedy)

    def enough(persons: int, units: float = 0.0) -> bool:
        none, some = (_OneResult.of(truth, one, persons) for one in (0.0, effect))
        if not (none.known and some.known):
            return False
        at = none.threshold(false_payment) if threshold is None else threshold
        falsely, missed = none.reaching(at + units * none.unit), 1.0 - some.reaching(at - units * some.unit)
        return falsely <= false_payment + _CLOSE and missed <= missed_payment + _CLOSE

    least = _least(truth)
    more = least
    while not enough(more):
        more *= 2
        if more > _MOST:
            raise InputError(
                Problem(
                    "scenario",
                    scenario.name,
                    f"errors of {false_payment:g} and {missed_payment:g} with {_MOST:,} persons a cohort at most",
                    "enlarge the comparison group, add clusters, ask for a larger effect, or allow larger errors",
                )
            )
    more = _first(enough, max(more // 2, least - 1), more)
    return _found(truth, effect, _sooner(enough, least, more), threshold, false_payment)


@public
def minimum_detectable_effect(
    scenario: Scenario,
    *,
    false_payment: float | None = None,
    missed_payment: float | None = None,
    alpha: float | None = None,
    power: float | None = None,
    metric: str | None = None,
) -> pd.Series[float]:
    """The least true effect that one result of the planned size tells from none, with a wanted pair of errors.

    Parameters
    ----------
    scenario : Scenario
        Gives the size of the first cohort (or period), the metric and the design of its comparison.
    false_payment, missed_payment, alpha, power, metric
        As for `sample_size`.

    Returns
    -------
    Series
        `effect`, `threshold` (the measured improvement from which to pay), `persons`, and the errors with them.

    Raises
    ------
    InputError
        Where no effect that there can be is told from none, or levels are so rare that no law is known.

    Notes
    -----
    By the same laws as `sample_size`.

    Examples
    --------
    >>> import sib
    >>> minimum_detectable_effect(sib.load("peterborough"))["effect"].round(3).item()
    0.114
    """
    import pandas as pd

    truth = Truth.about(scenario, metric)
    false_payment, missed_payment = _errors(false_payment, missed_payment, alpha, power)
    persons = float(truth.metric.persons[0])
    none = _OneResult.of(truth, 0.0, persons)
    at = none.threshold(false_payment)
    most = _most(truth) * (1.0 - 1e-6)

    def missed(effect: float) -> float:
        return 1.0 - _OneResult.of(truth, effect, persons).reaching(at) - missed_payment

    if none.reaching(at) > false_payment + 1e-6 or missed(most) > 0:
        raise InputError(
            Problem(
                "scenario",
                scenario.name,
                f"an effect that {persons:,.0f} persons tell from none with errors of {false_payment:g} and"
                f" {missed_payment:g}",
                "enlarge the cohorts or the comparison group, or allow larger errors",
            )
        )
    effect = _root(missed, 0.0, most)
    if not (none.known and _OneResult.of(truth, effect, persons).known):
        raise InputError(
            Problem(
                "scenario",
                scenario.name,
                f"levels that are three standard errors or more from zero and from the highest that there can be, as"
                f" the normal law asks for; those of {persons:,.0f} persons with an effect of {effect:.2g} are not, and"
                " this comparison has no exact law",
                "enlarge the cohorts or the comparison group, or allow larger errors",
            )
        )
    return pd.concat([pd.Series({"effect": effect}), _found(truth, effect, persons, at, false_payment)])


def _errors(
    false_payment: float | None, missed_payment: float | None, alpha: float | None, power: float | None
) -> tuple[float, float]:
    """Both errors, each given by one of its two names or left at its default."""
    for plain, name, one, other in (
        ("false_payment", "alpha", false_payment, alpha),
        ("missed_payment", "power", missed_payment, power),
    ):
        if one is not None and other is not None:
            raise InputError(
                Problem(name, other, f"`{name}` and `{plain}` are one figure by two names", f"leave out `{plain}`")
            )
    if power is not None:
        missed_payment = 1.0 - between(power, 0.5, 1.0, "power", "above 0.5 and below 1", "pass power=0.80, say")
    found = []
    for name, value, usual in (
        ("false_payment" if alpha is None else "alpha", false_payment if alpha is None else alpha, 0.05),
        ("missed_payment", missed_payment, 0.20),
    ):
        error = usual if value is None else value
        rule = "a probability above 0 and below 0.5"
        found.append(between(error, 0.0, 0.5, name, rule, f"pass {name}=0.05, say"))
    return found[0], found[1]


def _most(truth: Truth) -> float:
    """The improvement that there can never be: it leaves nothing, or more than there can be."""
    if truth.metric.sign < 0:
        return 1.0
    return min(10.0, truth.metric.law.highest / truth.moments(0.0, 0).served - 1.0)


def _least(truth: Truth) -> int:
    """The fewest persons that a cohort can have: one in each cluster, and one control in each of theirs."""
    design, least = truth.metric.design, 1
    if design is not None:
        needed = [max(group.clusters, 1) / group.per_person for group in truth.metric.groups if group.per_person]
        least = max(1, design.clusters, *(math.ceil(persons - 1e-9) for persons in needed))
    return least


@dataclass(frozen=True)
class _OneResult:
    """How likely one result of so many persons reaches an improvement, under a true effect.

    By the exact law where whole units are held against a written level, or where they are few; else by the normal one.
    """

    moments: Moments
    exact: ExactLaw | None

    @classmethod
    def of(cls, truth: Truth, effect: float, persons: float) -> _OneResult:
        """Of the first result."""
        one = truth.moments(effect, 0, float(persons))
        whole = truth.metric.written is not None or not one.nearly_normal
        return cls(one, truth.exact(effect, 0, float(persons)) if whole else None)

    @property
    def known(self) -> bool:
        """Whether a law holds."""
        return self.exact is not None or self.moments.nearly_normal

    @property
    def unit(self) -> float:
        """By how much one unit more or less moves the improvement; not at all where the law has no jumps."""
        return 0.0 if self.exact is None else 1.0 / (self.moments.persons * self.moments.counterfactual)

    def reaching(self, improvement: float) -> float:
        """The probability that an improvement is reached."""
        if self.exact is not None:
            return self.exact.reaching(improvement)
        return reaching(*self.moments.gain(improvement), self.moments.skew(improvement))

    def threshold(self, often: float) -> float:
        """The least improvement that a result can have which is reached no more often than that."""
        top = 1.0 - 1e-9 if self.moments.sign < 0 else 1e3
        at = _root(lambda x: often - self.reaching(x), 0.0, top)
        return at if self.exact is None else self.exact.attained(at)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """By bisection the first number at which something holds, that does not at `low` and does at `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _sooner(enough: Callable[[int, float], bool], least: int, found: int) -> int:
    """The fewest persons that are enough, where so many are.

    Where units are whole, errors rise and fall like the teeth of a saw as persons are added (Chernick & Liu 2002, *The
    American Statistician* 56(2)), but by no more than one unit moves them. So the search begins where not even one unit
    more and one less would make enough.
    """

    def almost(persons: int) -> bool:
        return enough(persons, 1.0)

    top, step = found, 1
    while top > least and almost(max(top - step, least)):
        top, step = max(top - step, least), 2 * step
    start = _first(almost, max(top - step, least - 1), top)
    return next((persons for persons in range(start, found) if enough(persons, 0.0)), found)


def _root(falls: Callable[[float], float], low: float, high: float) -> float:
    """Where a function changes its sign, by bisection."""
    rising = falls(high) > falls(low)
    for _ in range(200):
        middle = (low + high) / 2
        if (falls(middle) > 0) == rising:
            high = middle
        else:
            low = middle
        if high - low < 1e-12:
            break
    return high


def _found(
    truth: Truth, effect: float, persons: float, threshold: float | None, false_payment: float
) -> pd.Series[float]:
    import pandas as pd

    none, some = (_OneResult.of(truth, one, persons) for one in (0.0, effect))
    at = none.threshold(false_payment) if threshold is None else threshold
    return pd.Series(
        {
            "persons": math.ceil(persons),
            "threshold": at,
            "false_payment": none.reaching(at),
            "missed_payment": 1.0 - some.reaching(at),
            "alpha": none.reaching(at),
            "power": some.reaching(at),
        },
        dtype=float,
    )
