"""`power`: how often a deal pays, and how much, as a function of what is true."""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sib.analysis.columns import columns_of, end_to_end
from sib.analysis.evidence.given_effect import Truth, agreed, alone, threshold
from sib.analysis.evidence.normal_law import Moments, reaching, reaching_any
from sib.analysis.figures import columns_for, figures_of
from sib.analysis.futures import Sampling, settled
from sib.analysis.summary import Row, rows
from sib.calls import public
from sib.chance.special import ndtri
from sib.chance.streams import Rng
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement.contract import Claim
from sib.settlement.schedules import tie

if TYPE_CHECKING:
    import pandas as pd


_SHOWN = ("payment_probability", "payment_mean", "multiple_mean", "loss_probability")


@public
def power(
    scenario: Scenario,
    effects: ArrayLike | None = None,
    metric: str | None = None,
    *,
    target: float | None = None,
    paths: int = 20_000,
    rng: Rng = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """How often a deal pays, and how much, by the true effect.

    Parameters
    ----------
    scenario : Scenario
        The deal. Its belief about the effect is set aside; all other beliefs (the evaluator's bias, who takes part,
        what may go wrong) stay as they are.
    effects : array_like, (n,), optional
        True effects, the same in each cohort: relative improvements, positive when better. By default from none to
        twice the target.
    metric : str, optional
        The metric whose effect it is; may be left out where one is compared, or is read of those.
    target : float, optional
        The effect that the programme aims at; by default the least improvement at which the contract starts to pay.
    paths, rng, executor
        As for `simulate`. Every effect is simulated on the same seed.

    Returns
    -------
    DataFrame
        Indexed by `effect`. `payment_probability`, that anything is paid for outcomes; `closed_form`, the same as a sum
        or by the normal law, NaN where there is neither; `payment_mean` in money, `multiple_mean` of the capital drawn,
        `loss_probability` of the investors; each simulated figure with its `_mcse`. `false_payment_probability` is that
        of paying where the effect is zero or worse, `missed_payment_probability` that of not paying where it is the
        target or better; NaN elsewhere.

    Raises
    ------
    InputError
        Where no metric has an effect, the metric or the target is not known, or `paths` is no whole number from 1 up.

    Notes
    -----
    The closed form exists where what is paid on this metric alone depends on one improvement (or confidence) for single
    results, on one for all together, or on both; and where at a given effect only persons and the evaluator's sample
    are left to chance. Where single results are of shares or counts, of independent persons against a written level or
    one group, it is exact: a sum over whole persons or events (`exact_law.py`, beside this file). Else it holds the
    measured levels for normal (`normal_law.py`), and is NaN where one of them is less than three standard errors from
    zero, or from the highest that there can be.

    Examples
    --------
    Peterborough pays for a programme that does nothing nearly one time in twenty:

    >>> import sib
    >>> table = power(sib.load("peterborough"), [0.0, 0.10], rng=2010)
    >>> table["payment_probability"].round(2).tolist(), table["closed_form"].round(2).tolist()
    ([0.05, 0.91], [0.05, 0.91])
    """
    sampling = Sampling.of(paths, rng, executor=executor)
    truth = Truth.about(scenario, metric)
    aim = truth.target(target)
    chosen = truth.effects(effects, aim)
    figures = figures_of(_SHOWN)
    wanted = columns_for(figures)
    table: dict[float, dict[str, float]] = {}
    deals = [Deal.of(truth.at(effect)) for effect in chosen]
    with settled(deals, sampling, partial(columns_of, names=wanted), title=scenario.name, width=len(wanted)) as found:
        for position, parts in found:
            of_it = {row.measure: row for row in rows(end_to_end(parts), figures=figures)}
            table[chosen[position]] = _line(of_it, chosen[position], aim, closed_form(truth, chosen[position]))
    import pandas as pd

    return pd.DataFrame.from_dict({effect: table[effect] for effect in chosen}, orient="index").rename_axis("effect")


def _line(found: Mapping[str, Row], effect: float, aim: float, law: float) -> dict[str, float]:
    """What is said of one effect."""
    line: dict[str, float] = {}
    for name in _SHOWN:
        line |= {name: found[name].estimate, f"{name}_mcse": found[name].mcse}
        if name == "payment_probability":
            line["closed_form"] = law
    pays = line["payment_probability"]
    line["false_payment_probability"] = pays if effect <= 0 else math.nan
    line["missed_payment_probability"] = 1.0 - pays if effect >= aim - 1e-12 else math.nan
    return line


def closed_form(truth: Truth, effect: float) -> float:
    """The probability that anything is paid, exactly or by the normal law; NaN where it has no closed form."""
    claims = truth.claims
    if not truth.single_truth or not all(alone(claim, unpaid=True) for claim in claims):
        return math.nan
    if any(
        claim.limits and min(truth.deal.contract.caps[limit].amount for limit in claim.limits) <= 0 for claim in claims
    ):
        return math.nan
    everybody = tuple(range(len(truth.metric.results)))
    results = [truth.moments(effect, row) for row in everybody]
    sure = [level for claim in claims for level in [_confidence(claim, truth.index)] if level is not None]
    if len(sure) == len(claims):
        return _surely(truth, effect, results, sure)
    levels = [threshold(claim, truth.index) for claim in claims]
    if any(level is None or not math.isfinite(level) for level in levels):
        return math.nan
    single = {c.members[0]: x for c, x in zip(claims, levels, strict=True) if len(c.members) == 1 and x is not None}
    pooled = [x for c, x in zip(claims, levels, strict=True) if len(c.members) > 1 and x is not None]
    if any(claim.members != everybody for claim in claims if len(claim.members) > 1):
        return math.nan
    own, together = agreed(list(single.values())), agreed(pooled)
    complete = not single or set(single) == set(everybody)
    if not complete or any(level is not None and math.isnan(level) for level in (own, together)):
        return math.nan
    if _shared(truth) and len(claims) > 1:
        return math.nan
    exact = _exactly(truth, effect) if together is None else None
    if exact is not None:
        return exact
    return reaching_any(results, own, together) if all(one.nearly_normal for one in results) else math.nan


def _exactly(truth: Truth, effect: float) -> float | None:
    """The probability that any single result is paid for, by their exact laws; None where they have none."""
    missed = 1.0
    for row in range(len(truth.metric.results)):
        law = truth.exact(effect, row)
        if law is None:
            return None
        starts = min(_first_paid(claim, truth.index) for claim in truth.claims if claim.members == (row,))
        missed *= 1.0 - law.reaching(starts)
    return 1.0 - missed


def _first_paid(claim: Claim, index: int) -> float:
    """The improvement from which a claim pays, to the last bit: above its threshold where it pays nothing at that."""
    level = threshold(claim, index) or 0.0
    beyond = any(test.end == "above" and test.level == level for test in claim.tests)
    pays = level > 0 if claim.reading != "improvement" else bool(claim.curve(np.array([level - tie(level)]))[0] > 0)
    return level - tie(level) if pays and not beyond else level + tie(level)


def _surely(truth: Truth, effect: float, results: list[Moments], sure: list[float]) -> float:
    """The probability that any claim is made which asks for a confidence only; NaN where they depend on each other."""
    members = [claim.members for claim in truth.claims]
    apart = len(set(members)) == len(members) and not _shared(truth)
    if any(len(rows) > 1 for rows in members) or not (apart or len(members) == 1):
        return math.nan
    missed = 1.0
    for (row,), level in zip(members, sure, strict=True):
        law = truth.exact(effect, row)
        pays = None if law is None else law.sure(level)
        if pays is None:
            pays = reaching(*results[row].sure(float(ndtri(level))), results[row].skew())
            pays = pays if results[row].nearly_normal else math.nan
        missed *= 1.0 - pays
    return 1.0 - missed


def _confidence(claim: Claim, index: int) -> float | None:
    """The confidence that alone opens a claim which then pays something; None where something else does."""
    if claim.metric != index or claim.unpaid is not None:
        return None
    asked = [(test.measure, test.level) for test in claim.tests]
    pays = claim.curve(np.array([1e-9]))[0] > 0
    return asked[0][1] if len(asked) == 1 and asked[0][0] == "confidence" and asked[0][1] >= 0.5 and pays else None


def _shared(truth: Truth) -> bool:
    """Whether results share a group of the comparison, so that they are not independent."""
    return any(group.shared and not group.written for group in truth.metric.groups)
