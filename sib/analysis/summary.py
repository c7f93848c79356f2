"""The rows of a summary: each figure of investors' risk, what it is conditional on, and its standard error.

Works on the columns that every simulation keeps, so that a summary of some paths is made as one of all is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sib.measures import risk
from sib.measures.risk import Estimate

Floats = NDArray[np.float64]


ROUNDING = 1e-9  # a share of capital below which a gain or loss is floating-point rounding, not money

UNITS = {
    "payment_probability": "probability",
    "loss_probability": "probability",
    "total_loss_probability": "probability",
    "no_irr_probability": "probability",
    "multiple_mean": "times capital drawn",
    "multiple_median": "times capital drawn",
    "irr_mean": "a year",
    "irr_median": "a year",
    "irr_p05": "a year",
    "irr_p95": "a year",
    "npv_mean": "money",
    "var_95": "share of capital drawn",
    "es_95": "share of capital drawn",
    "drawn_mean": "money",
    "payment_mean": "money",
    "payment_p95": "money",
}


UNSMOOTH = ("multiple_median", "irr_median", "irr_p05", "irr_p95", "var_95", "es_95", "payment_p95")


class Row(NamedTuple):
    """One figure of a summary. `unit` "money" stands for the currency; `given` says on which paths it is taken."""

    measure: str
    estimate: float
    mcse: float
    unit: str
    given: str
    paths: int


def rows(columns: Mapping[str, Floats]) -> list[Row]:
    """All figures of a sample of paths.

    Parameters
    ----------
    columns : mapping of str to array, (paths,)
        `payment`, `drawn`, `received`, `npv` in money and `irr` a year, as a simulation keeps them.

    Returns
    -------
    list of Row
        NaN where no path meets the condition.
    """
    payment, drawn, received, npv, irr = (columns[k] for k in ("payment", "drawn", "received", "npv", "irr"))
    at_risk = drawn > 0
    multiple = np.divide(received, drawn, out=np.full_like(received, np.nan), where=at_risk)[at_risk]
    loss, rate = 1.0 - multiple, irr[~np.isnan(irr)]
    loss[np.abs(loss) < ROUNDING] = 0.0
    everywhere, risked, solved = (
        ("all paths", payment.size),
        ("capital was drawn", loss.size),
        ("there is an IRR", rate.size),
    )
    found: dict[str, tuple[Estimate, tuple[str, int]]] = {
        "payment_probability": (risk.probability(payment > ROUNDING * np.maximum(drawn, 1.0)), everywhere),
        "loss_probability": (risk.loss_probability(loss), risked),
        "total_loss_probability": (risk.total_loss_probability(loss), risked),
        "no_irr_probability": (risk.probability(np.isnan(irr)), everywhere),
        "multiple_mean": (risk.mean(multiple), risked),
        "multiple_median": (risk.quantile(multiple, 0.5), risked),
        "irr_mean": (risk.mean(rate), solved),
        "irr_median": (risk.quantile(rate, 0.5), solved),
        "irr_p05": (risk.quantile(rate, 0.05), solved),
        "irr_p95": (risk.quantile(rate, 0.95), solved),
        "npv_mean": (risk.mean(npv), everywhere),
        "var_95": (risk.value_at_risk(loss, 0.95), risked),
        "es_95": (risk.expected_shortfall(loss, 0.95), risked),
        "drawn_mean": (risk.mean(drawn), everywhere),
        "payment_mean": (risk.mean(payment), everywhere),
        "payment_p95": (risk.quantile(payment, 0.95), everywhere),
    }
    return [Row(name, *estimate, UNITS[name], *given) for name, (estimate, given) in found.items()]


def difference_errors(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> dict[str, float]:
    """Standard error of each figure's difference between two simulations of the same futures, by batch means.

    Path i of both is the same future, so the difference is taken batch by batch and the spread of the batches tells
    its error (Asmussen & Glynn 2007, *Stochastic Simulation*, IV.5). Figures that hang on few paths or on where a jump
    falls need larger batches. NaN where there are fewer than ten batches.
    """
    found = {**_by_batches(one, other, 20), **{k: v for k, v in _by_batches(one, other, 1000).items() if k in UNSMOOTH}}
    return {name: found[name] for name in UNITS}


def _by_batches(one: Mapping[str, Floats], other: Mapping[str, Floats], least: int) -> dict[str, float]:
    """Standard errors from up to 50 batches of at least so many paths each."""
    size = next(iter(one.values())).size
    batches = min(50, size // least)
    if batches < 10:
        return dict.fromkeys(UNITS, math.nan)
    edges = np.linspace(0, size, batches + 1).astype(int)
    found: dict[str, list[float]] = {}
    for low, high in pairwise(edges):
        pair = [rows({key: values[low:high] for key, values in columns.items()}) for columns in (one, other)]
        for a, b in zip(*pair, strict=True):
            found.setdefault(a.measure, []).append(b.estimate - a.estimate)
    return {name: float(np.std(v, ddof=1) / math.sqrt(batches)) for name, v in found.items()}
