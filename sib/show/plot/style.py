"""What the plots share: colours that survive grey-scale and colour-blindness, axis formats, axes to draw on.

matplotlib is imported when something is drawn, so that importing the library stays quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.simulation import Simulation
from sib.errors import InputError, Problem, expected
from sib.scenario.scenario import Scenario
from sib.scenario.wording import unit_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from sib.model.model import MetricModel

# Okabe and Ito's palette, in an order that also falls from dark to light
BLUE, RED, ORANGE, GREY = "#0072B2", "#D55E00", "#E69F00", "#8A8A8A"
SECOND = "#7A7A7A"  # of a second axis: read on a light background and on a dark one

_SHARES = {"probability": "% of paths", "a year": "% a year", "share of capital drawn": "% of capital drawn"}


def checked(simulation: Simulation) -> None:
    """Refuse what is not a simulation."""
    expected(simulation, Simulation, "simulation", "simulate first: sib.simulate(scenario)")


def with_capital(simulation: Simulation) -> None:
    """Refuse a simulation of a deal in which nobody puts capital in: there is none to see the fate of."""
    checked(simulation)
    if not simulation.scenario.tranches:
        rule = "a deal in which somebody puts capital in: it shows what comes of that"
        raise InputError(Problem("simulation", simulation.scenario.name, rule, "look at payments: sib.plot.payoff"))


def has(table: pd.DataFrame, columns: tuple[str, ...], source: str) -> None:
    """Refuse what is not the table that a question returned."""
    import pandas as pd

    expected(table, pd.DataFrame, "table", f"pass what sib.{source} returned")
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            Problem("table", list(table.columns), f"the columns of sib.{source}", f"pass what sib.{source} returned")
        )


def axes(ax: Axes | None) -> Axes:
    """The axes given, or new ones."""
    if ax is not None:
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


def words(text: str) -> str:
    """A text that is shown as it stands: between two dollars matplotlib would read a formula."""
    return text.replace("$", r"\$")


def lines(paths: str) -> str:
    """The paths of an input, on as few lines as it takes."""
    each = paths.split(", ")
    return "\n".join(each if len(each) < 4 else [*each[:2], f"and {len(each) - 2} more"])


def plain(ax: Axes) -> None:
    """No box, a light grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color=ink(ax), alpha=0.14, linewidth=0.6)
    ax.set_axisbelow(True)


def ink(ax: Axes) -> Any:
    """The colour in which axes are labelled: black on a light background, white on a dark one."""
    return ax.xaxis.label.get_color()


def legend_above(
    ax: Axes, *, rows: int, ncols: int, handles: Sequence[Any] | None = None, labels: Sequence[str] | None = None
) -> float:
    """A legend of so many rows above what is drawn: the axis of values is made longer, so that it covers nothing.

    Returns the share of the axes' height that is left below it.
    """
    bottom, top = ax.get_ylim()
    share = min(0.065 * rows + 0.03, 0.5)
    ax.set_ylim(bottom, top + (top - bottom) * share / (1 - share))
    given: dict[str, Any] = {} if handles is None else {"handles": handles, "labels": labels}
    ax.legend(loc="upper left", frameon=False, fontsize=9, ncols=ncols, **given)
    return 1.0 - share


def round_width(width: float) -> float:
    """A bin width of 1, 2, 2.5 or 5 times a power of ten, at least as wide as asked."""
    power = 10.0 ** np.floor(np.log10(width))
    return float(next(m for m in (1, 2, 2.5, 5, 10) if m * power >= width * (1 - 1e-9)) * power)
