"""`payoff`: what a deal pays as a function of its measured result. The figures behind the payoff plot."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sib.engine import capital
from sib.engine.evaluation import Results
from sib.engine.plan import compile_plan
from sib.measures.cashflow import finite
from sib.measures.irr import irr
from sib.terms.errors import InputError, Problem, expected, nearest
from sib.terms.scenario import Scenario


def payoff(scenario: Scenario, improvements: ArrayLike, metric: str | None = None) -> pd.DataFrame:
    """What is paid when every cohort's measured improvement is the same.

    Parameters
    ----------
    scenario : Scenario
        The deal.
    improvements : array_like, (n,)
        Measured relative improvements, positive when better.
    metric : str, optional
        Which metric; may be left out where there is one. The other metrics show no improvement.

    Returns
    -------
    DataFrame
        Indexed by `improvement`; columns `payment` (by the outcome payer, in money), `multiple` (of the capital
        drawn) and `irr` (a year).

    Raises
    ------
    InputError
        Where the metric is unknown or not named, or an improvement is not finite.

    Examples
    --------
    >>> import sib
    >>> payoff(sib.load("peterborough"), [0.05, 0.08])["payment"].gt(0).tolist()
    [False, True]
    """
    plan = compile_plan(expected(scenario, Scenario, "scenario", 'load it first: sib.load("peterborough")'))
    names = [m.name for m in plan.metrics]
    chosen = names[0] if metric is None and len(names) == 1 else metric
    if chosen not in names:
        raise InputError(Problem("metric", metric, "a metric of the deal", nearest(str(metric), names)))
    grid = finite("improvements", improvements).ravel()
    fewer = next(m for m in plan.metrics if m.name == chosen).sign < 0
    if fewer and (grid > 1).any():
        raise InputError(
            Problem(
                "improvements",
                float(grid.max()),
                "an improvement that leaves no fewer than zero events a person",
                "write 0.20 for 20 per cent",
            )
        )
    results = []
    for m in plan.metrics:
        shape = (len(m.cohorts), grid.size)
        level = np.maximum(m.mean * (1.0 + m.sign * grid), 0.0) if m.name == chosen else m.mean
        results.append(
            Results(m.sign, m.persons[:, None], np.broadcast_to(level, shape), np.broadcast_to(m.mean, shape))
        )
    book = capital.settle(plan, results)
    return pd.DataFrame(
        {
            "payment": book.paid(plan.payer),
            "multiple": book.received(plan.tranche) / book.paid(plan.tranche),
            "irr": irr(book.cash(plan.tranche).T, plan.years),
        },
        index=pd.Index(grid, name="improvement"),
    )
