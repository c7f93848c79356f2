"""The same deal by other hands: `peterborough` as an analyst would write it for this one contract.

`vectorised` is a competent notebook: NumPy over all paths, the internal rate of return by pyxirr path by path. `looped`
is the first version of such a notebook: a Python loop over paths, with numpy-financial on quarterly flows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import numpy_financial
import pyxirr

from tests.benchmarks.flows import Floats, later

MEN, CONTROLS, COHORTS = 1000, 10_000, 3
BASE, SHAPE = 1.55, 0.6934750534099334  # court occasions a man, and the shape that 55.7% reconvicted implies
MEAN, SD, BETWEEN = 0.09, 0.05, 0.02
PRICE, EARLY, POOLED = 13_720.0, 0.10, 0.075
PAYER_CAP, RETURN_CAP, DISCOUNT = 8e6, 0.13, 0.035
INSTALMENT = 1_666_666 / 12
STARTS = (dt.date(2010, 9, 9), dt.date(2012, 7, 9), dt.date(2014, 5, 9))
RESULTS = (dt.date(2014, 9, 9), dt.date(2016, 7, 9), dt.date(2018, 5, 9))


COSTS = [(later(start, 3 * i), cohort) for cohort, start in enumerate(STARTS) for i in range(12)]
DATES = sorted({day for day, _ in COSTS} | set(RESULTS))
YEARS = np.array([(day - DATES[0]).days / 365 for day in DATES])
DRAWN = np.array([sum(INSTALMENT for day, _ in COSTS if day == date) for date in DATES])


def results(paths: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Measured court occasions a man, of those served and of the controls, (cohorts, paths)."""
    effect = MEAN + SD * rng.standard_normal(paths) + BETWEEN * rng.standard_normal((COHORTS, paths))
    rate = np.clip(BASE * (1 - effect), 0, None)
    served = rng.poisson(rng.standard_gamma(SHAPE * MEN, (COHORTS, paths)) * rate / SHAPE) / MEN
    controls = rng.poisson(rng.standard_gamma(SHAPE * CONTROLS, (COHORTS, paths)) * BASE / SHAPE) / CONTROLS
    return served, controls


def payments(served: Floats, controls: Floats) -> Floats:
    """What is paid on each of the three dates, (cohorts, paths)."""
    paid = np.zeros_like(served)
    early = 1 - served / controls >= EARLY - 1e-12
    room = np.array([_room(cohort, RESULTS[cohort]) for cohort in range(COHORTS)])
    left = np.full(served.shape[1], PAYER_CAP)
    for cohort in range(COHORTS):
        owed = np.where(early[cohort], PRICE * MEN * (controls[cohort] - served[cohort]), 0.0)
        paid[cohort] = np.minimum(np.minimum(owed, room[cohort]), left)
        left -= paid[cohort]
    units = (MEN * (controls - served) * ~early).sum(axis=0)
    reached = 1 - served.sum(axis=0) / controls.sum(axis=0) >= POOLED - 1e-12
    last = np.array([_room(cohort, RESULTS[-1]) for cohort in range(COHORTS)])
    owed = np.where(reached & ~early.all(axis=0), np.maximum(PRICE * units, 0.0), 0.0)
    paid[-1] += np.minimum(np.minimum(owed, (last[:, None] * ~early).sum(axis=0)), left)
    return paid


def _room(cohort: int, day: dt.date) -> float:
    """What a cohort's costs come to by a date at the capped return."""
    growth = [(1 + RETURN_CAP) ** ((day - paid).days / 365) for paid, c in COSTS if c == cohort and paid <= day]
    return INSTALMENT * sum(growth)


def vectorised(paths: int, rng: np.random.Generator) -> dict[str, float]:
    """Draws to summary."""
    paid = payments(*results(paths, rng))
    flows = np.repeat(-DRAWN[:, None], paths, axis=1)
    for cohort, day in enumerate(RESULTS):
        flows[DATES.index(day)] += paid[cohort]
    rates = np.array([_xirr(DATES, column) for column in flows.T])
    return _summary(paid.sum(axis=0), flows.T @ (1 + DISCOUNT) ** -YEARS, rates)


def _xirr(dates: list[dt.date], column: Floats) -> float:
    if not (column > 0).any():
        return -1.0
    rate = pyxirr.xirr(dates, column, silent=True)
    return np.nan if rate is None else rate


def _summary(payment: Floats, npv: Floats, rates: Floats) -> dict[str, float]:
    multiple = payment / DRAWN.sum()
    loss = 1 - multiple
    worst = np.quantile(loss, 0.95)
    known = rates[~np.isnan(rates)]
    return {
        "payment_probability": float((payment > 0).mean()),
        "loss_probability": float((loss > 1e-9).mean()),
        "total_loss_probability": float((loss >= 1).mean()),
        "no_irr_probability": float(np.isnan(rates).mean()),
        "multiple_mean": float(multiple.mean()),
        "multiple_median": float(np.median(multiple)),
        "irr_mean": float(known.mean()),
        **{f"irr_p{p:02}": float(np.quantile(known, p / 100)) for p in (5, 50, 95)},
        "npv_mean": float(npv.mean()),
        "var_95": float(worst),
        "es_95": float(loss[loss >= worst].mean()),
        "payment_mean": float(payment.mean()),
        "payment_p95": float(np.quantile(payment, 0.95)),
    }


def looped(paths: int, rng: np.random.Generator) -> dict[str, float]:
    """Draws to summary, path by path."""
    quarters = np.array([round(4 * year) for year in YEARS])
    payment, npv, rates = np.empty(paths), np.empty(paths), np.empty(paths)
    for path in range(paths):
        served, controls = results(1, rng)
        paid = payments(served, controls)[:, 0]
        flows = [0.0] * (int(quarters[-1]) + 1)
        for quarter, drawn in zip(quarters, DRAWN, strict=True):
            flows[quarter] -= drawn
        for cohort, day in enumerate(RESULTS):
            flows[quarters[DATES.index(day)]] += paid[cohort]
        payment[path] = paid.sum()
        npv[path] = numpy_financial.npv((1 + DISCOUNT) ** 0.25 - 1, flows)
        rates[path] = (1 + numpy_financial.irr(flows)) ** 4 - 1 if payment[path] > 0 else -1.0
    return _summary(payment, npv, rates)


PEERS: dict[str, Callable[[int, np.random.Generator], dict[str, float]]] = {"vectorised": vectorised, "looped": looped}
