"""The pictures of a report: plots of the library as SVG to stand in a page, with words for those who cannot see them.

Each is drawn on light and on dark: the page shows the one that fits. The same figures are the same bytes: no dates, and
names within a picture that no other picture has.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sib.analysis.payoff import readable
from sib.errors import InputError
from sib.show import plot, text
from sib.show.report.gathered import Gathered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE: Final = (6.6, 3.1)  # inches
_PAPER: Final = {"light": "#ffffff", "dark": "#14181c"}  # of the page, in report.css
_INK: Final = {"light": "#1b1f24", "dark": "#e6e9ec"}


class Picture(NamedTuple):
    """A picture: where it stands in the report, its SVG by scheme, and what it shows."""

    place: str
    svg: dict[str, str]
    shows: str


def pictures(found: Gathered) -> Iterator[Picture]:
    """The pictures that this deal has."""
    simulation, hurdle = found.simulation, found.hurdle
    figures = {line.measure: line for line in text.lines(simulation, hurdle=hurdle)}
    if simulation.scenario.tranches:
        loses, back = figures["loss_probability"].value, figures["multiple_mean"].value
        shows = f"Distribution of what comes back to investors: {loses} of futures lose money; {back} times on average."
        if hurdle is None:
            yield _drawn("returns", lambda ax: plot.returns(simulation, ax=ax), shows)
        else:
            reached = figures["hurdle_probability"].value
            shows += f" The internal rate of return reaches {hurdle:.1%} a year in {reached}."
            yield _drawn("returns", lambda ax: plot.returns(simulation, "irr", hurdle=hurdle, ax=ax), shows)
        yield _drawn(
            "cash",
            lambda ax: plot.cash(simulation, ax=ax),
            "What the investors have received less paid, by date, with bands of half and nine in ten of the futures; at"
            f" the end {back} times what was drawn comes back on average.",
        )
    yield from _payoff(found, figures["payment_mean"].value)
    drivers, swings = found.drivers, found.swings
    if not isinstance(drivers, str):
        most = str(drivers["payment"].idxmax()) if drivers["payment"].notna().all() else "none"
        yield _drawn(
            "drivers",
            lambda ax: plot.attribution(drivers, ax=ax),
            f"Shares of the variance by source of risk; of the payment most comes from {most}.",
        )
    if not isinstance(swings, str) and (swings["difference"] > 0).any():
        yield _drawn(
            "swings",
            lambda ax: plot.tornado(swings, ax=ax),
            f"How far each input by itself moves the figure: {swings.index[0]} the furthest.",
        )
    if found.update is not None and found.forecast is not None:
        known = found.update
        yield _drawn("forecast", lambda ax: plot.forecast(known, ax=ax), "Plan, actual and forecast of units to date.")
    if found.portfolio is not None:
        held = found.portfolio
        yield _drawn(
            "portfolio", lambda ax: plot.portfolio(held, ax=ax), "What each deal adds to the risk of the whole."
        )


def _payoff(found: Gathered, paid: str) -> Iterator[Picture]:
    """What is paid against the first metric that the contract reads, where a curve says it."""
    simulation = found.simulation
    read = readable(simulation.futures.deal)
    if read:
        metric, money = read[0], simulation.scenario.currency
        shows = (
            f"What is paid against the measured result of {metric}, and how likely each is: on average {money} {paid}."
        )
        with contextlib.suppress(InputError):  # some results cannot be moved by themselves
            yield _drawn("payoff", lambda ax: plot.payoff(simulation, metric, ax=ax), shows)


def _drawn(place: str, draw: Callable[[Axes], object], shows: str) -> Picture:
    """Draw a picture on light and on dark."""
    return Picture(place, {scheme: _svg(place, scheme, draw) for scheme in _PAPER}, shows)


def _svg(place: str, scheme: str, draw: Callable[[Axes], object]) -> str:
    """A picture as SVG whose names begin with its place and its scheme."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    paper, ink = _PAPER[scheme], _INK[scheme]
    style: dict[Any, Any] = {
        **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), ink),
        **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor"), paper),
        "font.size": 8.5,
        "svg.fonttype": "path",
        "svg.hashsalt": "sib",
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw(figure.subplots())
        memory = io.StringIO()
        figure.savefig(memory, format="svg", metadata={"Date": None, "Creator": None})
    return _to_stand_in_a_page(memory.getvalue(), f"{place}-{scheme}")


def _to_stand_in_a_page(svg: str, prefix: str) -> str:
    """The picture without what a file of its own needs."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}-", svg)
    width, height = (round(72 * inches) for inches in _SIZE)
    return re.sub(r"<svg [^>]*>", f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">', svg, count=1)
