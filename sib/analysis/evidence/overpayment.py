"""`overpayment`: what floors, caps and thresholds add to what is paid because the estimate is noisy."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sib.analysis.columns import columns_of, end_to_end
from sib.analysis.evidence.given_effect import Truth, alone, threshold
from sib.analysis.evidence.normal_law import expected_gain, expected_schedule
from sib.analysis.futures import Sampling, settled
from sib.analysis.payoff import payoff
from sib.calls import public
from sib.chance.streams import Rng
from sib.measures import risk
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement.contract import Claim

if TYPE_CHECKING:
    import pandas as pd


@public
def overpayment(
    scenario: Scenario,
    effects: ArrayLike | None = None,
    metric: str | None = None,
    *,
    target: float | None = None,
    paths: int = 20_000,
    rng: Rng = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """What is paid on average, against what would be paid if the true effect were known, by the true effect.

    A schedule that is not a straight line makes noise cost money: it pays for luck and takes nothing back for bad luck.

    Parameters
    ----------
    scenario, effects, metric, target, paths, rng, executor
        As for `power`. The target serves to choose effects where none are given.

    Returns
    -------
    DataFrame
        Indexed by `effect`. `payment_mean` (with `_mcse`), outcome payments on average; `payment_if_known`, what is
        paid where each cohort's measured improvement is the true effect; `overpayment`, the one less the other (below
        zero: underpaid); `overpayment_ratio`, the one over the other, infinite where nothing would be due;
        `closed_form`, the expected payment by the normal law, NaN where there is none. Money in the scenario's
        currency.

    Raises
    ------
    InputError
        Where no metric has an effect, the metric is not known, or `paths` is no whole number from 1 up.

    Notes
    -----
    The closed form exists where what is paid on this metric alone, for single results and without a limit, is a price
    for each unit (from no improvement or from a threshold) or a schedule of improvements; for the latter the measured
    improvement is held for nearly normal by the delta method. There is none where a level is less than three standard
    errors from zero, or from the highest that there can be. With a floor at zero it is, but for skew, ``E[max(0, X)]
    = mu (Phi(z) + phi(z) / z)``, z being the mean over its standard deviation.

    Examples
    --------
    A programme that does nothing is due nothing, and is paid something:

    >>> import sib
    >>> table = overpayment(sib.load("peterborough"), [0.0], rng=1)
    >>> bool(table.loc[0.0, "payment_mean"] > 0), table.loc[0.0, "payment_if_known"].item()
    (True, 0.0)
    """
    sampling = Sampling.of(paths, rng, executor=executor)
    truth = Truth.about(scenario, metric)
    aim = truth.target(target) if effects is None else math.nan
    chosen = truth.effects(effects, aim)
    deals = [Deal.of(truth.at(effect)) for effect in chosen]
    due = payoff(scenario, [truth.on_all(effect) for effect in chosen], truth.metric.name)["payment"].to_numpy()
    table: dict[float, dict[str, float]] = {}
    with settled(deals, sampling, partial(columns_of, names=("payment",)), title=scenario.name) as found:
        for position, parts in found:
            paid, known = risk.mean(end_to_end(parts)["payment"]), float(due[position])
            table[chosen[position]] = {
                "payment_mean": paid.estimate,
                "payment_mean_mcse": paid.mcse,
                "payment_if_known": known,
                "overpayment": paid.estimate - known,
                "overpayment_ratio": _ratio(paid.estimate, known),
                "closed_form": closed_form(truth, chosen[position]),
            }
    import pandas as pd

    return pd.DataFrame.from_dict({effect: table[effect] for effect in chosen}, orient="index").rename_axis("effect")


def _ratio(paid: float, due: float) -> float:
    return paid / due if due > 0 else math.inf if paid > 0 else math.nan


def closed_form(truth: Truth, effect: float) -> float:
    """The expected payment by the normal law; NaN where it has no closed form."""
    if not truth.single_truth or not all(alone(claim) and len(claim.members) == 1 for claim in truth.claims):
        return math.nan
    if not all(truth.moments(effect, row).nearly_normal for row in range(len(truth.metric.results))):
        return math.nan
    total = 0.0
    for claim in truth.claims:
        expected = _expected(truth, claim, effect)
        if expected is None:
            return math.nan
        total += expected
    caps = [truth.deal.contract.caps[limit] for claim in truth.claims for limit in claim.limits]
    binding = any(cap.amount < math.inf or np.isfinite(cap.spent).any() for cap in caps)
    return math.nan if binding else total


def _expected(truth: Truth, claim: Claim, effect: float) -> float | None:
    one = truth.moments(effect, claim.members[0])
    if claim.metric != truth.index:
        return None
    if claim.reading == "units" and claim.curve.straight and claim.curve(np.zeros(1))[0] == 0:
        least = threshold(claim, truth.index)
        return None if least is None else float(claim.curve.slope[0]) * expected_gain(one, least)
    if claim.reading == "improvement" and not claim.tests:
        ratio = one.served / one.counterfactual
        improvement = one.sign * (ratio - 1.0)
        units = one.persons * one.counterfactual  # of one whole improvement: delta method, the mean to second order
        shift = (ratio * one.counterfactual_variance - one.covariance) / one.counterfactual**2
        sd, third = one.gain(improvement)[1] / units, one.skew(improvement) / units**3
        return expected_schedule(claim.curve, improvement + one.sign * shift, sd, third)
    return None
