"""`overpayment`: what floors, caps and thresholds add to what is paid because the estimate is noisy."""

from __future__ import annotations

import math
from concurrent.futures import Executor

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sib.analysis.payoff import payoff
from sib.analysis.simulate import checked, run
from sib.analysis.truth import Truth, alone, threshold
from sib.engine.chance import LAYERS
from sib.engine.compiling import compile_plan
from sib.engine.normal_law import expected_gain, expected_schedule
from sib.engine.plan import Claim
from sib.engine.run import Recipe
from sib.engine.streams import Rng, seed_of
from sib.measures import risk
from sib.terms.scenario import Scenario


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
    improvement is held for nearly normal by the delta method. With a floor at zero it is, but for skew, ``E[max(0, X)]
    = mu (Phi(z) + phi(z) / z)``, z being the mean over its standard deviation.

    Examples
    --------
    A programme that does nothing is due nothing, and is paid something:

    >>> import sib
    >>> table = overpayment(sib.load("peterborough"), [0.0], rng=1)
    >>> bool(table.loc[0.0, "payment_mean"] > 0), table.loc[0.0, "payment_if_known"].item()
    (True, 0.0)
    """
    layers = checked(scenario, paths, LAYERS)
    truth = Truth.about(scenario, metric)
    aim = truth.target(target) if effects is None else math.nan
    seed = seed_of(rng)
    chosen = truth.effects(effects, aim)
    name = truth.metric.name
    known = payoff(scenario, chosen, name)["payment"].to_numpy() if truth.scenario.beliefs.engagement is None else None
    table = {}
    for number, effect in enumerate(chosen):
        at = truth.at(effect)
        paid = risk.mean(run(at, paths, Recipe(compile_plan(at), seed, layers), executor).columns["payment"])
        due = _if_known(at, name) if known is None else float(known[number])
        table[effect] = {
            "payment_mean": paid.estimate,
            "payment_mean_mcse": paid.mcse,
            "payment_if_known": due,
            "overpayment": paid.estimate - due,
            "overpayment_ratio": paid.estimate / due if due > 0 else math.inf if paid.estimate > 0 else math.nan,
            "closed_form": closed_form(truth, effect),
        }
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("effect")


def _if_known(scenario: Scenario, name: str) -> float:
    """What is paid where the whole cohort's true improvement is measured: those who do not take part count."""
    surely = run(scenario, 1, Recipe(compile_plan(scenario), seed_of(0), frozenset()))
    effect = surely.paths.filter(regex=rf"^{name}\..*\.effect$").iloc[0].mean()
    return float(payoff(scenario, [effect], name)["payment"].iloc[0])


def closed_form(truth: Truth, effect: float) -> float:
    """The expected payment by the normal law; NaN where it has no closed form."""
    if not truth.single_truth or not all(alone(claim) and len(claim.members) == 1 for claim in truth.claims):
        return math.nan
    total = 0.0
    for claim in truth.claims:
        expected = _expected(truth, claim, effect)
        if expected is None:
            return math.nan
        total += expected
    caps = [truth.plan.caps[limit] for claim in truth.claims for limit in claim.limits]
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
