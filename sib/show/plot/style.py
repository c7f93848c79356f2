"""What the plots share: what they refuse, axis formats, axes to draw on.

matplotlib is imported when something is drawn, so that importing the library stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sib.analysis.simulation import Simulation
from sib.errors import InputError, Problem
from sib.scenario.scenario import Scenario
from sib.scenario.wording import unit_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from sib.model.model import MetricModel

_SHARES = {"probability": "% of paths", "a year": "% a year", "share of capital drawn": "% of capital drawn"}


def with_capital(simulation: Simulation) -> None:
    """Refuse a simulation of a deal in which nobody puts capital in: there is none to see the fate of."""
    if not simulation.scenario.tranches:
        rule = "a deal in which somebody puts capital in: it shows what comes of that"
        raise InputError(Problem("simulation", simulation.scenario.name, rule, "look at payments: sib.plot.payoff"))


def has(table: pd.DataFrame, columns: tuple[str, ...], source: str) -> None:
    """Refuse what is not the table that a question returned."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            Problem("table", list(table.columns), f"the columns of sib.{source}", f"pass what sib.{source} returned")
        )


def axes(ax: Axes | None) -> Axes:
    """The axes given, or new ones; a figure without a layout gets one that cuts nothing."""
    if ax is not None:
        figure: Any = ax.figure.canvas.figure  # of a panel of subfigures, the whole
        if figure.get_layout_engine() is None:
            figure.set_layout_engine("constrained")
        return ax
    import matplotlib.pyplot as plt

    _, new = plt.subplots(figsize=(8, 4.8), layout="constrained")
    return new


def percent(axis: Axis) -> None:
    """Show an axis of shares in per cent, with as many decimals as its ticks need."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{round(100 * value, 6) + 0.0:g}%"))


def millions(axis: Axis) -> None:
    """Show an axis of money in millions."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:g}"))


def measure_axis(axis: Axis, unit: str) -> str:
    """Show an axis of a figure of the summary as its unit wants it; returns the unit in words."""
    if unit in _SHARES:
        percent(axis)
        return _SHARES[unit]
    if unit == "times capital drawn":
        return unit
    millions(axis)
    return f"{unit} million"


def result_axis(axis: Axis, metric: MetricModel, scenario: Scenario) -> str:
    """Show an axis of published results as they are; returns their unit, in the words of the metric if it has any."""
    reads = metric.publishes
    if reads == "improvement" or (reads == "level" and metric.law.is_share):
        percent(axis)
        return "%"
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}" if abs(value) < 1e5 else f"{value:,.0f}"))
    unit = unit_of(reads, scenario.timetable.metrics[metric.name])
    return unit or ("units" if reads == "units" else "a person")


def result(metric: MetricModel, value: float) -> str:
    """A published result in words, as `result_axis` shows it."""
    if metric.publishes == "improvement" or (metric.publishes == "level" and metric.law.is_share):
        return f"{100 * value + 0.0:.3g}%"
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def lines(paths: str) -> str:
    """The paths of an input, on as few lines as it takes."""
    each = paths.split(", ")
    return "\n".join(each if len(each) < 4 else [*each[:2], f"and {len(each) - 2} more"])


def frame(ax: Axes) -> None:
    """No box, a light grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color=ax.xaxis.label.get_color(), alpha=0.14, linewidth=0.6)
    ax.set_axisbelow(True)


def second(ax: Axes) -> Axes:
    """A second axis of values on the right, whose data lie behind those of the first."""
    behind: Any = ax.twinx()
    behind.spines["top"].set_visible(False)
    ax.set_zorder(behind.get_zorder() + 1)
    behind.patch.set(visible=True, facecolor=ax.get_facecolor())
    ax.patch.set_visible(False)
    return cast("Axes", behind)


def dates(axis: Axis) -> None:
    """Show an axis of dates by years, or by months where there are few."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    make: Any = AutoDateLocator  # which has no types
    locator = make(minticks=2, maxticks=6)
    formatter: Any = ConciseDateFormatter
    axis.set_major_locator(locator)
    axis.set_major_formatter(formatter(locator, show_offset=False))


def round_width(width: float) -> float:
    """A bin width of 1, 2, 2.5 or 5 times a power of ten, at least as wide as asked."""
    power = 10.0 ** np.floor(np.log10(width))
    return float(next(m for m in (1, 2, 2.5, 5, 10) if m * power >= width * (1 - 1e-9)) * power)
