"""The pictures of a report: plots of the library as SVG to stand in a page, each with words for those who cannot see it.

What is drawn takes the colour of the page's text, so that it is read on a dark page too. The same figures are the same
bytes: no dates, and names within a picture that no other picture has.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from sib.analysis.payoff import readable
from sib.show import plot, text
from sib.show.report.gathered import Gathered

_INK: Final = "#010203"  # stands for the colour of the page's text while a picture is drawn
_SIZE: Final = (6.6, 2.9)  # inches: half the height of a quarter of A4 wide open, at 9 points
_STYLE: Final = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _INK),
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.facecolor": "none",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "sib",
}


class Picture(NamedTuple):
    """A picture: where it stands in the report, its SVG, and what it shows."""

    place: str
    svg: str
    shows: str


def pictures(found: Gathered) -> Iterator[Picture]:
    """The pictures that this deal has."""
    simulation, hurdle = found.simulation, found.hurdle
    figures = {line.measure: line for line in text.lines(simulation, hurdle=hurdle)}
    if simulation.scenario.tranches:
        loses, back = figures["loss_probability"].value, figures["multiple_mean"].value
        shows = f"Distribution of what comes back for each unit of capital drawn: {loses} of futures lose money; {back} on average."
        if hurdle is None:
            yield _drawn("returns", lambda ax: plot.returns(simulation, ax=ax), shows)
        else:
            reached = figures["hurdle_probability"].value
            shows += f" The internal rate of return reaches {hurdle:.1%} a year in {reached}."
            yield _drawn("returns", lambda ax: plot.returns(simulation, "irr", hurdle=hurdle, ax=ax), shows)
        yield _drawn(
            "cash",
            lambda ax: plot.cash(simulation, ax=ax),
            f"What the investors have out at each date, received less paid, with bands; at the end {back} times what was"
            " drawn on average.",
        )
    for metric in readable(simulation.futures.deal)[:1]:
        paid = figures["payment_mean"].value
        yield _drawn(
            "payoff",
            lambda ax, metric=metric: plot.payoff(simulation, metric, ax=ax),
            f"What is paid against the result of {metric} that is measured, and how likely each result is: on average"
            f" {simulation.scenario.currency} {paid}.",
        )
    if not isinstance(found.drivers, str):
        most = str(found.drivers["payment"].idxmax()) if found.drivers["payment"].notna().all() else "none"
        yield _drawn(
            "drivers",
            lambda ax: plot.attribution(found.drivers, ax=ax),
            f"Shares of the variance by source of risk; of the payment most comes from {most}.",
        )
    if not isinstance(found.swings, str) and found.swings["difference"].notna().any():
        yield _drawn(
            "swings",
            lambda ax: plot.tornado(found.swings, ax=ax),
            f"How far each input by itself moves the figure: {found.swings.index[0]} the furthest.",
        )
    if found.update is not None and found.forecast is not None:
        known = found.update
        yield _drawn("forecast", lambda ax: plot.forecast(known, ax=ax), "Plan, actual and forecast of units to date.")
    if found.portfolio is not None:
        held = found.portfolio
        yield _drawn(
            "portfolio", lambda ax: plot.portfolio(held, ax=ax), "What each deal adds to the risk of the whole."
        )


def _drawn(place: str, draw: Callable[..., object], shows: str) -> Picture:
    """Draw a picture, as SVG whose names begin with its place."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw(ax=figure.subplots())
        memory = io.StringIO()
        figure.savefig(memory, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(place, _to_stand_in_a_page(memory.getvalue(), place), shows)


def _to_stand_in_a_page(svg: str, place: str) -> str:
    """The picture without what a file of its own needs, in the colour of the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{place}-", svg)
    svg = svg.replace(_INK, "currentColor")
    width, height = (round(72 * inches) for inches in _SIZE)
    return re.sub(r"<svg [^>]*>", f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">', svg, count=1)
