"""`workbook`: a settlement as a spreadsheet with live formulas, for those who audit by hand.

The formulas are those of the settlement itself, which is run on numbers that remember how they were worked out
(`analysis/derivation`): no contract is written twice. Files here: `formulas` (numbers to formulas), `page` (what stands
where), `results` (what is put in), `settled` (readings, claims, movements), `money` (cash, waterfall, returns),
`checks` (and the summary), `live`, which puts these together, `terms` (what is read), and `write`, which alone knows
the file format.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sib.analysis.derivation.settlement import derive
from sib.analysis.simulation import Simulation
from sib.calls import public
from sib.disk import check_file
from sib.errors import InputError, Problem
from sib.run.archive import path_of, write_whole
from sib.scenario.scenario import Scenario
from sib.show.workbook.live import live
from sib.show.workbook.terms import assumptions_page, quantiles_page, summary_page, terms_page
from sib.show.workbook.write import content_of

if TYPE_CHECKING:
    import pandas as pd


@public
def workbook(
    scenario: Scenario,
    file: str | os.PathLike[str],
    *,
    measured: Mapping[str, Any] | pd.DataFrame | None = None,
    simulation: Simulation | None = None,
) -> None:
    """Write a settlement as a workbook that an auditor can follow: change a result, and the cash moves.

    Parameters
    ----------
    scenario : Scenario
        The deal.
    file : str or path
        Ends in .xlsx. Replaced where it exists, whole or not at all.
    measured : mapping or DataFrame, optional
        Measured results, as `settle` takes them; by default those of the one future in which all goes as believed
        (`expected_case`), with costs as planned, as `settle` has them.
    simulation : Simulation, optional
        Of the same scenario: its summary, and cash by year with quantiles, on sheets of their own. They follow no
        result.

    Raises
    ------
    InputError
        Where the file cannot be written, results are not as `settle` takes them, the simulation is of another
        scenario, or XlsxWriter is missing: ``pip install "sib[excel]"`` brings it.

    Notes
    -----
    Sheets: a summary, with whether all checks hold; the terms in plain English; the results, to be changed where they
    are blue; what is read of them; claims (result, price, what each limit cuts, what is paid); movements; each party's
    cash by quarter; each tranche by date; multiples and rates of return; checks; every assumption with its source; the
    workings. Each formula is the operation that `settle` itself does, written with the value that it has there. What
    limits a person cut, and what hangs on how sure a result is, are worked out person by person or from the evaluator's
    design: these are figures, marked as not live.

    Examples
    --------
    >>> import os, tempfile, sib
    >>> file = os.path.join(tempfile.mkdtemp(), "denver.xlsx")
    >>> sib.workbook(sib.load("denver"), file, measured={"housing days": [258_858, 41_070], "jail days": 0.38})
    >>> os.path.getsize(file) > 10_000
    True
    """
    path = _xlsx(file)
    if simulation is not None and simulation.scenario != scenario:
        rule = "a simulation of the same scenario"
        raise InputError(Problem("simulation", simulation.scenario.name, rule, "simulate the scenario that is passed"))
    settled = live(derive(scenario, measured))
    beside = [] if simulation is None else [summary_page(simulation), quantiles_page(simulation)]
    read = terms_page(scenario), assumptions_page(scenario)
    pages = [settled.summary, read[0], *settled.pages, read[1], *beside, *settled.beside]
    write_whole(path, content_of(pages, settled.formulas, scenario.name))


def _xlsx(file: object) -> Path:
    """The path of a workbook."""
    path = path_of("file", file)
    if path.suffix.lower() != ".xlsx":
        raise InputError(Problem("file", str(path), "a file whose name ends in .xlsx", f"write {path.stem}.xlsx"))
    check_file("file", path)
    return path
