"""Every figure of a summary, declared once: its name, label and unit, on which paths it is taken, and how.

A figure is an estimator of a *sample*: one number a path, worked out from *columns*, which `columns.py` reads off
settled blocks. One is of the mean cash flow instead (`CashFigure`). Only what is asked for is worked out. Tables, text,
plots and the command line read `FIGURES`; a new figure is one line in it. Those of `_ASKED` are taken where they are
named alone: they are worked out from columns that are not kept, or against a hurdle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.errors import InputError, Problem, nearest

CASH = "cash"  # what the expected cash is worked out from: cash by lots of paths, which is no column
ROUNDING = 1e-9  # a share of capital below which a payment, a gain or a loss is floating-point rounding, not money

Columns = Mapping[str, Floats]
Values = NDArray[np.float64] | NDArray[np.bool_]


@dataclass(frozen=True)
class Given:
    """The paths on which a figure is taken: what is said of them, and what says which they are."""

    text: str
    column: str = ""
    where: Callable[[Floats], NDArray[np.bool_]] | None = None


ALL = Given("all paths")
RISKED = Given("capital was drawn", "drawn", lambda drawn: drawn > 0)
SOLVED = Given("there is an IRR", "irr", lambda irr: ~np.isnan(irr))
BACK = Given("the money comes back", "payback", lambda years: ~np.isnan(years))


class Part:
    """Some paths: their columns, and what is worked out from them, each once."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._masks: dict[Given, NDArray[np.bool_] | None] = {}
        self._values: dict[Sample, Values] = {}

    @property
    def size(self) -> int:
        """How many paths they are."""
        return next(iter(self.columns.values())).size

    def mask(self, given: Given) -> NDArray[np.bool_] | None:
        """Where a figure is taken; None where it is everywhere."""
        if given.where is None:
            return None
        if given not in self._masks:
            met = given.where(self.columns[given.column])
            self._masks[given] = None if met.all() else met
        return self._masks[given]

    def column(self, name: str, given: Given = ALL) -> Floats:
        """A column, on the paths on which a figure is taken."""
        met = self.mask(given)
        return self.columns[name] if met is None else self.columns[name][met]

    def values(self, sample: Sample) -> Values:
        """A sample's values."""
        if sample not in self._values:
            self._values[sample] = sample.of(self)
        return self._values[sample]

    def spread_out(self, values: Values, given: Given) -> tuple[Floats, Floats]:
        """Values as one number for each path, zero where the figure is not taken; and where it is, one or zero."""
        met = self.mask(given)
        if met is None:
            return np.asarray(values, dtype=float), np.ones(self.size)
        found = np.zeros(self.size)
        found[met] = values
        return found, met.astype(float)


@dataclass(frozen=True)
class Sample:
    """One number a path, worked out from columns, on the paths on which it is taken."""

    columns: tuple[str, ...]
    of: Callable[[Part], Values]
    given: Given = ALL


@dataclass(frozen=True)
class Mean:
    """The mean of a sample."""


@dataclass(frozen=True)
class Share:
    """The share of paths on which something is so."""

    event: Callable[[Values], NDArray[np.bool_]]


@dataclass(frozen=True)
class Quantile:
    """A quantile of a sample."""

    level: float


@dataclass(frozen=True)
class Shortfall:
    """The expected shortfall of a sample of losses."""

    level: float


@dataclass(frozen=True)
class Figure:
    """One figure of a summary. The unit "money" stands for the scenario's currency."""

    name: str
    label: str
    unit: str
    sample: Sample
    estimator: Mean | Share | Quantile | Shortfall
    least: float = 0.0  # it is not given where it is taken on a smaller share of the paths
    hurdle: str = ""  # the argument that says against what it is taken, where it needs one

    @property
    def columns(self) -> set[str]:
        """The columns that it is worked out from."""
        return {*self.sample.columns, self.sample.given.column} - {""}


@dataclass(frozen=True)
class CashFigure:
    """A figure of the mean cash flow of all paths: its internal rate of return."""

    name: str
    label: str
    unit: str = "a year"
    columns: Set[str] = frozenset({CASH})
    hurdle: str = ""


AnyFigure = Figure | CashFigure


def _loss(part: Part) -> Floats:
    loss: Floats = np.subtract(1.0, part.values(MULTIPLE), dtype=np.float64)
    loss *= np.abs(loss) >= ROUNDING
    return loss


def _some(part: Part, column: str) -> Values:
    """Where a part of the costs is more than rounding."""
    amount, costs = part.column(column), part.column("capital_needed")
    if amount.strides == (0,) and not amount[0]:
        return np.broadcast_to(np.False_, amount.shape)
    some: Values = amount > ROUNDING * np.maximum(costs, 1.0)
    return some


def _over(part: Part, column: str) -> Floats:
    """What there is above a hurdle, as a share of the capital drawn."""
    over: Floats = part.column(column, RISKED) / part.column("drawn", RISKED)
    return over


PAID = Sample(("payment",), lambda part: part.column("payment") > 0.0)
MULTIPLE = Sample(
    ("received", "drawn"), lambda part: part.column("received", RISKED) / part.column("drawn", RISKED), RISKED
)
LOSS = Sample(("received", "drawn"), _loss, RISKED)
ANY_RATE = Sample(("irr",), lambda part: part.column("irr"))
RATE = Sample(("irr",), lambda part: part.column("irr", SOLVED), SOLVED)
NET_VALUE = Sample(("npv",), lambda part: part.column("npv"))
REDRAWN = Sample(("redrawn",), lambda part: part.column("redrawn"))
DRAWN = Sample(("drawn",), lambda part: part.column("drawn"))
PAYMENT = Sample(("payment",), lambda part: part.column("payment"))
PAYER_NET = Sample(("payment", "payer_other"), lambda part: part.column("payment") + part.column("payer_other"))
NOT_IN_TIME = Sample(("arrears_max", "capital_needed"), lambda part: _some(part, "arrears_max"))
NEVER_PAID = Sample(("unpaid_cost", "capital_needed"), lambda part: _some(part, "unpaid_cost"))
ARREARS = Sample(("arrears_max",), lambda part: part.column("arrears_max"))
UNPAID = Sample(("unpaid_cost",), lambda part: part.column("unpaid_cost"))
NEEDED = Sample(("capital_needed",), lambda part: part.column("capital_needed"))
SPARE = Sample(("liquidity",), lambda part: part.column("liquidity"))
OUT = Sample(("peak_out",), lambda part: part.column("peak_out"))
PAYBACK = Sample(("payback",), lambda part: part.column("payback", BACK), BACK)
OVER_HURDLE = Sample(("hurdle_npv", "drawn"), lambda part: _over(part, "hurdle_npv"), RISKED)
OVER_MULTIPLE = Sample(("hurdle_gain", "drawn"), lambda part: _over(part, "hurdle_gain"), RISKED)


def _so(values: Values) -> NDArray[np.bool_]:
    """What is so or not so, as it is."""
    return values > 0


def _reached(over: Values) -> NDArray[np.bool_]:
    """Where a hurdle is reached (convention 3), rounding apart (convention 8)."""
    return over >= -ROUNDING


_MOST_HAVE_ONE = 0.95  # of the paths: where fewer have a rate, those that have are no sample of what may happen

_TABLE: tuple[AnyFigure, ...] = (
    Figure("payment_probability", "Outcome payer pays something", "probability", PAID, Share(lambda paid: paid > 0)),
    Figure("loss_probability", "Investors lose money", "probability", LOSS, Share(lambda loss: loss > 0)),
    Figure("total_loss_probability", "Investors lose everything", "probability", LOSS, Share(lambda loss: loss >= 1)),
    Figure("no_irr_probability", "No IRR exists", "probability", ANY_RATE, Share(np.isnan)),
    CashFigure("expected_cash_irr", "IRR of the expected cash"),
    Figure("multiple_mean", "Multiple of capital drawn, mean", "times capital drawn", MULTIPLE, Mean()),
    Figure("multiple_median", "Multiple of capital drawn, median", "times capital drawn", MULTIPLE, Quantile(0.5)),
    Figure("irr_mean", "IRR, mean", "a year", RATE, Mean(), least=_MOST_HAVE_ONE),
    Figure("irr_median", "IRR, median", "a year", RATE, Quantile(0.5), least=_MOST_HAVE_ONE),
    Figure("irr_p05", "IRR, 5th percentile", "a year", RATE, Quantile(0.05), least=_MOST_HAVE_ONE),
    Figure("irr_p95", "IRR, 95th percentile", "a year", RATE, Quantile(0.95), least=_MOST_HAVE_ONE),
    Figure("npv_mean", "Net present value, mean", "money", NET_VALUE, Mean()),
    Figure("var_95", "Value at risk, 95%", "share of capital drawn", LOSS, Quantile(0.95)),
    Figure("es_95", "Expected shortfall, 95%", "share of capital drawn", LOSS, Shortfall(0.95)),
    Figure("drawn_mean", "Capital drawn, mean", "money", DRAWN, Mean()),
    Figure("payment_mean", "Outcome payments (for results only), mean", "money", PAYMENT, Mean()),
    Figure("payment_p95", "Outcome payments (for results only), 95th percentile", "money", PAYMENT, Quantile(0.95)),
    Figure("payer_net_mean", "All that outcome payers pay, net, mean", "money", PAYER_NET, Mean()),
    Figure("payer_net_p95", "All that outcome payers pay, net, 95th percentile", "money", PAYER_NET, Quantile(0.95)),
    Figure("late_cost_probability", "A cost is paid late or never", "probability", NOT_IN_TIME, Share(_so)),
    Figure("unpaid_cost_probability", "A cost is never paid", "probability", NEVER_PAID, Share(_so)),
    Figure("unpaid_cost_mean", "Costs never paid, mean", "money", UNPAID, Mean()),
    Figure("arrears_max_mean", "Costs overdue at their worst, mean", "money", ARREARS, Mean()),
    Figure("arrears_max_p95", "Costs overdue at their worst, 95th percentile", "money", ARREARS, Quantile(0.95)),
    Figure("capital_needed_p95", "Capital to pay all costs when due, 95%", "money", NEEDED, Quantile(0.95)),
    Figure("redrawn_mean", "Capital drawn again once repaid, mean", "money", REDRAWN, Mean()),
)
_ASKED: tuple[Figure, ...] = (
    Figure(
        "hurdle_probability", "IRR reaches the hurdle", "probability", OVER_HURDLE, Share(_reached), hurdle="hurdle"
    ),
    Figure(
        *("hurdle_multiple_probability", "Multiple reaches the hurdle", "probability"),
        *(OVER_MULTIPLE, Share(_reached)),
        hurdle="hurdle_multiple",
    ),
    Figure("payback_median", "Years until the money is back, median", "years", PAYBACK, Quantile(0.5)),
    Figure("payback_p95", "Years until the money is back, 95th percentile", "years", PAYBACK, Quantile(0.95)),
    Figure("peak_out_mean", "Capital out at its most, mean", "money", OUT, Mean()),
    Figure("peak_out_p95", "Capital out at its most, 95th percentile", "money", OUT, Quantile(0.95)),
    Figure("liquidity_mean", "Capital left once all costs are paid when due, mean", "money", SPARE, Mean()),
    Figure("liquidity_p05", "Capital left once all costs are paid when due, 5%", "money", SPARE, Quantile(0.05)),
)
FIGURES: Mapping[str, AnyFigure] = {figure.name: figure for figure in (*_TABLE, *_ASKED)}
BY_PATH = tuple(figure for figure in _TABLE if isinstance(figure, Figure))  # those estimated from one number a path
OF_CASH = tuple(figure for figure in _TABLE if isinstance(figure, CashFigure))


def figures_of(measures: Collection[str] | None, hurdles: Collection[str] = ()) -> tuple[AnyFigure, ...]:
    """The figures that are asked for, in the order of the table.

    Parameters
    ----------
    measures : collection of str, optional
        By name; by default all of the summary, and those against the hurdles that are given.
    hurdles : collection of str, optional
        The arguments that say against what figures are taken, as far as they are given.

    Raises
    ------
    InputError
        Where there is no such figure, or an empty list of them; where one is taken against a hurdle and none is given.
    """
    if measures is None:
        return (*_TABLE, *(figure for figure in _ASKED if figure.hurdle in hurdles))
    remedy = 'name figures of the summary, as in ["loss_probability"]'
    if not measures:
        raise InputError(Problem("measures", measures, "a list of one figure or more", remedy))
    for name in measures:
        if name not in FIGURES:
            raise InputError(Problem("measures", name, "a figure of the summary", nearest(name, FIGURES)))
        hurdle = FIGURES[name].hurdle
        if hurdle and hurdle not in hurdles:
            rule = f"a figure that is taken against a hurdle, where `{hurdle}` says which"
            raise InputError(Problem("measures", name, rule, f"pass {hurdle}= with it, or leave it out"))
    return tuple(figure for figure in FIGURES.values() if figure.name in measures)


def columns_for(figures: Sequence[AnyFigure]) -> tuple[str, ...]:
    """The columns that some figures are worked out from; `CASH` among them where they ask for cash."""
    return tuple(sorted(set[str]().union(*(figure.columns for figure in figures))))
