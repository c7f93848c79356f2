"""The sheet of results: what is put in, in blue, what it was, and whether it can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from sib.analysis.derivation.number import Derived
from sib.analysis.derivation.put_in import Measured
from sib.analysis.derivation.settlement import Derivation
from sib.model.model import MetricModel
from sib.scenario.wording import unit_of
from sib.show.workbook.formulas import Cell
from sib.show.workbook.page import Formula, Page, Style
from sib.show.workbook.settled import said_of
from sib.terms.metric import Metric

STATUS: Final = Cell("Results", 2, 3)
POSSIBLE: Final = "yes"
_PERSONS, _WITHOUT, _IMPROVEMENT, _MEASURED = range(4, 8)
_MOST: Final = 8  # the column of the largest that there can be
_WRITTEN: Final = 5  # how far to the right what was put in is kept as it was written


class Inputs(NamedTuple):
    """The sheet of results, where each number stands that is put in, and in which column what it was, by its column."""

    page: Page
    cells: Mapping[int, Cell]
    copies: Mapping[int, int]


def results_page(derivation: Derivation) -> Inputs:
    """The results, of which those in blue are there to be changed."""
    page = Page(
        "Results",
        f"{said_of(derivation)} Change what is in blue: everything else follows, as sib would settle it.",
        [
            ("Metric", 26, "text"),
            ("Result of", 16, "text"),
            ("Known on", 12, "date"),
            ("What is put in", 52, "text"),
            ("Persons", 12, "put in"),
            ("Without the programme", 16, "put in"),
            ("Improvement", 14, "put in share"),
            ("Measured", 16, "number"),
            ("At most", 12, "fine"),
            *((f"{said}, as written", 14, "fine") for said in ("Persons", "Without", "Improvement", "Measured")),
        ],
        printed=_MOST + 1,
        protected=True,
    )
    model, timetable = derivation.deal.model, derivation.scenario.timetable
    cells: dict[int, Cell] = {}
    copies = {column: column + _WRITTEN for column in range(_PERSONS, _MEASURED + 1)}
    for one in derivation.measured:
        metric = model.metrics[one.metric]
        term = timetable.metrics[metric.name]
        style = _style(one, term)
        row = page.add(
            [
                metric.name,
                metric.results[one.result],
                timetable.results(metric.name)[one.result].date,
                _unit(one, term),
            ],
        )
        for column, number in _shown(one):
            put_in = number.op == "input"
            page.put(row, column, number.value if put_in else number, style.get(column))
            page.put(row, copies[column], number.value, "share" if style.get(column) == "put in part" else None)
            if put_in:
                cells[number.number] = Cell(page.name, row, column)
        if (most := _most(one, term, metric)) is not None:
            page.put(row, _MOST, most)
    inputs = Inputs(page, cells, copies)
    if page.rows:
        page.put(STATUS.row, 0, "Is every result a number that there can be?", "verdict")
        page.put(STATUS.row, STATUS.column, _status(inputs), "verdict")
    return inputs


def _shown(one: Measured) -> Iterator[tuple[int, Derived]]:
    """The columns of a result, and what stands in each."""
    numbers = (one.persons, one.comparison, one.improvement, one.level)
    for column, number in zip(range(_PERSONS, _MEASURED + 1), numbers, strict=True):
        if number is not None:
            yield column, number


def _style(one: Measured, metric: Metric) -> dict[int, Style]:
    """How a result is shown: what is put in is blue, a share in per cent."""
    share = metric.kind == "proportion"
    if one.improvement is None:
        return {_WITHOUT: "put in part" if share else "put in", _MEASURED: "put in part" if share else "put in"}
    return {_WITHOUT: "put in part", _MEASURED: "share"} if share else {}


def _unit(one: Measured, metric: Metric) -> str:
    """What is put in, with its unit."""
    if one.improvement is not None:
        return "improvement, as a share of what would be without"
    if metric.kind == "proportion":
        return "share of persons"
    if metric.kind == "total":
        return unit_of("units", metric) or "units"
    return unit_of("level", metric) or ("events a person" if metric.kind == "count" else "as measured, a person")


def _most(one: Measured, metric: Metric, model: MetricModel) -> float | None:
    """The largest that can be put in."""
    if one.improvement is not None:
        return 1.0 if metric.better == "lower" else None
    if metric.kind == "proportion":
        return 1.0
    return float(model.persons.sum()) if metric.once else None


def _status(inputs: Inputs) -> Formula:
    """Whether every result is there, is a number, and can be."""
    column, copies = inputs.page.column, inputs.copies
    missing = "+".join(f'SUMPRODUCT(({column(copy)}<>"")*(1-ISNUMBER({column(now)})))' for now, copy in copies.items())
    below = "+".join(
        f'SUMPRODUCT(({column(copies[now])}<>"")*({column(now)}<0))' for now in (_PERSONS, _WITHOUT, _MEASURED)
    )
    improves, measured, most = column(_IMPROVEMENT), column(_MEASURED), column(_MOST)
    compared = f'({column(copies[_IMPROVEMENT])}<>"")'
    above = f'SUMPRODUCT(({most}<>"")*({compared}*({improves}>{most})+(1-{compared})*({measured}>{most})))'
    return Formula(
        f'=IF({missing}>0,"NO: a result is blank or text",IF({below}>0,"NO: a result is below nothing",'
        f'IF({above}>0,"NO: a result is above the most that there can be","{POSSIBLE}")))',
        POSSIBLE,
    )


def unchanged(inputs: Inputs) -> Formula:
    """Whether every result is what it was."""
    column, copies = inputs.page.column, inputs.copies
    changed = [
        f'SUMPRODUCT(({column(copies[now])}<>"")*({column(now)}<>{column(copies[now])}))'
        for now in (_PERSONS, _WITHOUT, _IMPROVEMENT)
    ]
    measured, written = column(_MEASURED), column(copies[_MEASURED])
    changed.append(f'SUMPRODUCT(({written}<>"")*(ABS({measured}-{written})>0.000000001))')  # some follow by a formula
    return Formula(f'=IF({"+".join(changed)}=0,"yes","no")', "yes")
