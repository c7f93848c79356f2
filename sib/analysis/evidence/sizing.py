"""`sample_size` and `minimum_detectable_effect`: how many persons, or which effect, a wanted pair of errors takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


from sib.analysis.evidence.given_effect import Truth
from sib.analysis.evidence.normal_law import reaching
from sib.errors import InputError, Problem, between
from sib.scenario.scenario import Scenario

_MOST = 100_000_000
_CLOSE = 1e-10


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
        number of persons; a group of a fixed size stays as it is.
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
        The metric; may be left out where one is compared.

    Returns
    -------
    Series
        `persons` a cohort, `threshold`, and the errors with them: `false_payment` and `missed_payment`, the same as
        `alpha` and ``1 - power``.

    Raises
    ------
    InputError
        Where no number of persons gives these errors: the threshold is not between no effect and the effect, or the
        comparison is a fixed group or clusters too few.

    Notes
    -----
    By the normal law corrected for skew (`normal_law.py`, beside this file), at the variances that hold at each effect.
    For a difference of two independent means it is ``n = (z_a s_0 + z_b s_1)**2 / d**2``, the s for one person (Chow,
    Shao & Wang 2008, *Sample Size Calculations in Clinical Research*, 3).

    Examples
    --------
    Peterborough's cohorts had 1,000 men. To tell a fall of 10% from none, with ten controls a man:

    >>> import sib
    >>> sample_size(sib.load("peterborough"), 0.10)["persons"].item()
    1309.0
    """
    truth = Truth.about(scenario, metric)
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

    def enough(persons: int) -> bool:
        at = _threshold(truth, persons, false_payment) if threshold is None else threshold
        pays_falsely = _pays(truth, 0.0, at, persons) <= false_payment + _CLOSE
        return pays_falsely and 1.0 - _pays(truth, effect, at, persons) <= missed_payment + _CLOSE

    more = 2
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
    least = more // 2
    while more - least > 1:
        middle = (least + more) // 2
        least, more = (least, middle) if enough(middle) else (middle, more)
    return _found(truth, effect, more, threshold, false_payment)


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
        Where no effect that there can be is told from none.

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
    at = _threshold(truth, persons, false_payment)
    most = _most(truth) * (1.0 - 1e-6)

    def missed(effect: float) -> float:
        return 1.0 - _pays(truth, effect, at, persons) - missed_payment

    if _pays(truth, 0.0, at, persons) > false_payment + 1e-6 or missed(most) > 0:
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
    """The improvement that there can never be: what is better lower cannot fall by more than all of it."""
    return 1.0 if truth.metric.sign < 0 else 10.0


def _pays(truth: Truth, effect: float, threshold: float, persons: float) -> float:
    """The probability that the first result reaches a threshold."""
    one = truth.moments(effect, 0, float(persons))
    return reaching(*one.gain(threshold), one.skew(threshold))


def _threshold(truth: Truth, persons: float, false_payment: float) -> float:
    """The threshold that pays for no effect just as often as wanted."""
    top = 1.0 - 1e-9 if truth.metric.sign < 0 else 1e3
    return _root(lambda x: false_payment - _pays(truth, 0.0, x, persons), 0.0, top)


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

    at = _threshold(truth, persons, false_payment) if threshold is None else threshold
    return pd.Series(
        {
            "persons": math.ceil(persons),
            "threshold": at,
            "false_payment": _pays(truth, 0.0, at, persons),
            "missed_payment": 1.0 - _pays(truth, effect, at, persons),
            "alpha": _pays(truth, 0.0, at, persons),
            "power": _pays(truth, effect, at, persons),
        },
        dtype=float,
    )
