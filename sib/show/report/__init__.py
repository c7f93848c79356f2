"""`report`: a simulation as one page for those who decide. It asks public calls, words their tables, computes nothing.

`gathered` asks, `sections` makes rows of words, `pictures` draws; `report.html.jinja` and `report.css` are the page.
"""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sib.analysis.asked import rate_of
from sib.analysis.decide.holdings import Portfolio
from sib.analysis.evidence.update import Update
from sib.analysis.simulation import Simulation
from sib.calls import public
from sib.disk import check_file
from sib.errors import InputError, Problem
from sib.run.archive import path_of, write_whole
from sib.show import cash_text, holdings, html, text
from sib.show.report import sections
from sib.show.report.gathered import Gathered
from sib.show.report.pictures import pictures

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

_LONGEST = 200  # characters of a title
_LONG_WORD = 30  # characters of a word that may be broken anywhere


@public
def report(
    simulation: Simulation,
    file: str | os.PathLike[str],
    *,
    title: str | None = None,
    hurdle: float | None = None,
    update: Update | None = None,
    portfolio: Portfolio | None = None,
) -> None:
    """Write a simulation as one self-contained page (HTML): to read on any screen, to print on two sheets of A4.

    Parameters
    ----------
    simulation : Simulation
        What is reported: the deal, what its investors risk and its payers pay, what drives that, each payer's bill by
        financial year, cases of the file side by side, and where the figures come from, those that nobody vouches for
        first.
    file : str or path
        Ends in .html. Replaced where it exists, whole or not at all.
    title : str, optional
        By default the name of the scenario.
    hurdle : float, optional
        A rate of return a year that is to be reached, as in 0.05: its chance, and a mark in the picture of returns.
    update : Update, optional
        Of the same scenario: what results in hand make of it, and plan, actual and forecast.
    portfolio : Portfolio, optional
        The deals among which it is held.

    Raises
    ------
    InputError
        Where the file cannot be written, an argument is not what it has to be, or the update is of another scenario.

    Notes
    -----
    It computes nothing: every figure is that of a public call on the simulation's own seed. Sources of risk, cases and
    single inputs are asked on a few thousand futures each, as the page says. What a deal cannot be asked is said in a
    sentence.

    Examples
    --------
    >>> import os, tempfile, sib
    >>> file = os.path.join(tempfile.mkdtemp(), "peterborough.html")
    >>> sib.report(sib.simulate(sib.load("peterborough"), paths=2_000, rng=2010), file, hurdle=0.05)
    >>> os.path.getsize(file) > 50_000
    True
    """
    path = path_of("file", file)
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(Problem("file", str(path), "a file whose name ends in .html", f"write {path.stem}.html"))
    if title is not None and not (title.strip() and title.isprintable() and len(title) <= _LONGEST):
        rule = f"a text of at most {_LONGEST} characters that can be printed"
        raise InputError(Problem("title", title, rule, "leave it out to have the scenario's name"))
    if update is not None and update.prior.scenario != simulation.scenario:
        rule = "an update of the same scenario"
        raise InputError(Problem("update", update.prior.scenario.name, rule, "update the scenario that is simulated"))
    rate = rate_of(hurdle)
    check_file("file", path)
    if not path.parent.is_dir() or path.is_dir():
        rule = "a place that can be written to"
        raise InputError(Problem("file", str(file), rule, "choose another; nothing was written"))
    found = Gathered.of(simulation, hurdle=rate, update=update, portfolio=portfolio)
    write_whole(path, _page(found, title or simulation.scenario.name).encode())


def _page(found: Gathered, title: str) -> str:
    """The page."""
    scenario = found.simulation.scenario
    template, style = _template()
    return template.render(
        title=title,
        style=style,
        subtitle=scenario.summary,
        deal=sections.deal(found),
        meaning=text.in_short(found.simulation),
        eight=sections.eight(found),
        tranches=sections.tranches(found),
        paid=sections.paid(found),
        drivers=sections.drivers(found),
        swings=sections.swings(found),
        cases=sections.cases(found),
        budget=cash_text.by_payer(found.simulation, found.budget),
        update=sections.update(found),
        portfolio=None if found.portfolio is None else holdings.deals(found.portfolio),
        provenance=text.provenance(scenario),
        assumptions=sections.assumptions(found),
        footer=list(sections.footer(found)),
        pictures={one.place: one for one in pictures(found)},
    )


@cache
def _template() -> tuple[Template, str]:
    """The template of the page, and its style."""
    here = files("sib.show.report")
    template = html.template((here / "report.html.jinja").read_text(encoding="utf-8"), breakable=_breakable)
    return template, (here / "report.css").read_text(encoding="utf-8")


def _breakable(said: str) -> Markup:
    """Words that may go on in another line within a path, and where they are very long."""
    from markupsafe import Markup, escape

    pieces = re.split(rf"(?<=[._/])(?=[^\W\d])|(?<=[^\s._/]{{{_LONG_WORD}}})(?=\S)", said)
    return Markup("<wbr>").join(map(escape, pieces))
