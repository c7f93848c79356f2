"""The rows of a summary: each figure of investors' risk, what it is conditional on, and its standard error.

Works on the columns that every simulation keeps, so that a summary of some paths is made as one of all is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sib.measures import risk
from sib.measures.risk import Estimate
from sib.measures.tally import MOST, Tally

Floats = NDArray[np.float64]


ROUNDING = 1e-9  # a share of capital below which a gain or loss is floating-point rounding, not money

_PART = 1 << 16  # paths that are added at a time: few calls of NumPy, and arrays that fit the cache

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


FEWEST_BATCHES = 10  # that a standard error is taken from

UNSMOOTH = ("multiple_median", "irr_median", "irr_p05", "irr_p95", "var_95", "es_95", "payment_p95")


class Row(NamedTuple):
    """One figure of a summary. `unit` "money" stands for the currency; `given` says on which paths it is taken."""

    measure: str
    estimate: float
    mcse: float
    unit: str
    given: str
    paths: int


class Summary:
    """All figures of a sample of paths that comes in parts.

    Parameters
    ----------
    most : int
        How many values are kept of each figure before any is dropped.
    batch : int, optional
        Where paths are drawn together: so many in a row. Standard errors of means are then taken from batch to batch.
    """

    def __init__(self, most: int = MOST, batch: int | None = None) -> None:
        self.paths = 0
        self.batch = batch
        self.batches: dict[str, list[Floats]] = {}  # by measure: in each batch the sum, and over how many paths
        self.happened = dict.fromkeys(("paid", "lost", "lost all", "no rate"), 0)
        self.multiple, self.loss = Tally((0.5,), most), Tally((0.95,), most)
        self.rate = Tally((0.05, 0.5, 0.95), most)
        self.payment = Tally((0.95,), most)
        self.npv, self.drawn = Tally(), Tally()

    def add(self, columns: Mapping[str, Floats]) -> None:
        """Add some paths: `payment`, `drawn`, `received`, `npv` in money and `irr` a year, each (paths,)."""
        payment, drawn, received, npv, irr = (columns[k] for k in ("payment", "drawn", "received", "npv", "irr"))
        at_risk, none = drawn > 0, np.isnan(irr)
        multiple = received / drawn if at_risk.all() else received[at_risk] / drawn[at_risk]
        loss = 1.0 - multiple
        loss *= np.abs(loss) >= ROUNDING
        self.paths += payment.size
        happened = {
            "paid": payment > ROUNDING * np.maximum(drawn, 1.0),
            "lost": loss > 0,
            "lost all": loss >= 1,
            "no rate": none,
        }
        for name, where in happened.items():
            self.happened[name] += int(np.count_nonzero(where))
        for tally, values in (
            (self.multiple, multiple),
            (self.loss, loss),
            (self.rate, irr[~none] if none.any() else irr),
            (self.payment, payment),
            (self.npv, npv),
            (self.drawn, drawn),
        ):
            tally.add(values)
        if self.batch is not None:
            starts, always, known = np.arange(0, payment.size, self.batch), np.ones(payment.size), ~none
            ratio = np.divide(received, drawn, out=np.zeros_like(received), where=at_risk)
            gone = np.where(at_risk, 1.0 - ratio, 0.0)
            each: tuple[tuple[str, ArrayLike, ArrayLike], ...] = (
                ("payment_probability", happened["paid"], always),
                ("loss_probability", gone >= ROUNDING, at_risk),
                ("total_loss_probability", gone >= 1, at_risk),
                ("no_irr_probability", none, always),
                ("multiple_mean", ratio, at_risk),
                ("irr_mean", np.where(known, irr, 0.0), known),
                ("npv_mean", npv, always),
                ("drawn_mean", drawn, always),
                ("payment_mean", payment, always),
            )
            for measure, values_of, counted in each:
                pair = [np.add.reduceat(np.asarray(part, dtype=float), starts) for part in (values_of, counted)]
                self.batches.setdefault(measure, []).append(np.array(pair))

    def _error(self, measure: str, error: float) -> float:
        """The standard error of a figure; from batch to batch where it can be.

        The figure is a ratio of sums over batches, which are independent (Cochran 1977, *Sampling Techniques*, 6.3).
        """
        if measure not in self.batches:
            return error
        sums, counts = np.concatenate(self.batches[measure], axis=1)
        if counts.size < FEWEST_BATCHES or counts.sum() == 0:
            return error
        left = sums - sums.sum() / counts.sum() * counts
        return float(np.sqrt(np.square(left).sum() * counts.size / (counts.size - 1)) / counts.sum())

    def rows(self) -> list[Row]:
        """Every figure. NaN where no path meets the condition.

        Raises
        ------
        LeftError
            Where a quantile is not among the values that were kept.
        """
        everywhere, risked, solved = (
            ("all paths", self.paths),
            ("capital was drawn", self.loss.size),
            ("there is an IRR", self.rate.size),
        )
        multiple, loss, rate, payment = self.multiple, self.loss, self.rate, self.payment
        happened = self.happened
        found: dict[str, tuple[Estimate, tuple[str, int]]] = {
            "payment_probability": (risk.share(happened["paid"], self.paths), everywhere),
            "loss_probability": (risk.share(happened["lost"], loss.size), risked),
            "total_loss_probability": (risk.share(happened["lost all"], loss.size), risked),
            "no_irr_probability": (risk.share(happened["no rate"], self.paths), everywhere),
            "multiple_mean": (multiple.mean(), risked),
            "multiple_median": (multiple.quantile(0.5), risked),
            "irr_mean": (rate.mean(), solved),
            "irr_median": (rate.quantile(0.5), solved),
            "irr_p05": (rate.quantile(0.05), solved),
            "irr_p95": (rate.quantile(0.95), solved),
            "npv_mean": (self.npv.mean(), everywhere),
            "var_95": (loss.quantile(0.95), risked),
            "es_95": (loss.expected_shortfall(0.95), risked),
            "drawn_mean": (self.drawn.mean(), everywhere),
            "payment_mean": (payment.mean(), everywhere),
            "payment_p95": (payment.quantile(0.95), everywhere),
        }
        return [
            Row(name, figure, self._error(name, error), UNITS[name], *given)
            for name, ((figure, error), given) in found.items()
        ]


def rows(columns: Mapping[str, Floats], batch: int | None = None) -> list[Row]:
    """All figures of paths that are at hand together: columns as `Summary.add` takes them."""
    size = columns["payment"].size
    found = Summary(size, batch)
    for start in range(0, size, _PART):
        found.add({name: values[start : start + _PART] for name, values in columns.items()})
    return found.rows()


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
