"""What the tests of workbooks share: results changed as somebody would change them, and the same for `settle`."""

import numpy as np
import openpyxl

import sib

FIRST = 5  # the first line below the headings
COLUMNS = {"persons": 5, "without": 6, "improvement": 7, "measured": 8}  # of the sheet of results


def lines(book):
    """The lines of the sheet of results."""
    sheet = book["Results"]
    return [row for row in range(FIRST, sheet.max_row + 1) if sheet.cell(row, 1).value is not None]


def changed(book, scenario, seed):
    """Put other results into a workbook, as may be measured; returns which cells hold what."""
    sheet, rng = book["Results"], np.random.default_rng(seed)
    found = {}
    for line in lines(book):
        kind = scenario.timetable.metrics[sheet.cell(line, 1).value]
        improvement, measured = (sheet.cell(line, COLUMNS[name]) for name in ("improvement", "measured"))
        persons, without = (sheet.cell(line, COLUMNS[name]) for name in ("persons", "without"))
        if seed % 2 and not kind.once:  # every other time fewer persons are assessed, against another level
            found |= {persons.coordinate: float(round(0.9 * persons.value))} if persons.value else {}
            found |= {without.coordinate: round(0.95 * without.value, 4)} if without.value else {}
        if improvement.value is not None:
            found[improvement.coordinate] = round(float(rng.normal((-0.05, 0.06, 0.25)[seed % 3], 0.02)), 4)
        elif kind.once:  # whole persons, no more than reached what comes before
            found[measured.coordinate] = float(
                (np.floor if kind.among else np.ceil)(measured.value * rng.uniform(0.5, 1))
            )
        else:
            most = 1.0 if kind.kind == "proportion" else np.inf
            other = measured.value * (0.1, 0.7, 2.5)[seed % 3] * rng.uniform(0.8, 1.1)
            found[measured.coordinate] = round(min(float(other), most), 4)
    for cell, value in found.items():
        sheet[cell].value = value
    return found


def measured_in(book, scenario):
    """The results that stand in a workbook, as `settle` takes them, each with all that it is measured against."""
    sheet, model = book["Results"], {}
    for line in lines(book):
        name, result = sheet.cell(line, 1).value, sheet.cell(line, 2).value
        persons, without, improvement, measured = (sheet.cell(line, column).value for column in COLUMNS.values())
        kind = scenario.timetable.metrics[name]
        if without is None:
            units = kind.kind == "total" or kind.once
            model.setdefault(name, {})[result] = {"units": measured} if units else {"level": measured, "n": persons}
        else:
            if improvement is not None:
                sign = -1 if kind.better == "lower" else 1
                measured = without * (1 + sign * improvement)
            arms = {"treated": measured, "comparison": without}
            model.setdefault(name, {})[result] = arms if kind.kind == "total" else {**arms, "n": persons}
    return model


def written(folder, scenario, **how):
    """A workbook as it is written, with its formulas and with its figures."""
    file = folder / "book.xlsx"
    sib.workbook(scenario, file, **how)
    return openpyxl.load_workbook(file), openpyxl.load_workbook(file, data_only=True)


def moved(amounts, book):
    """What was moved by date, payer, payee and kind, given the amount in each line of the sheet of movements."""
    found = {}
    for line, amount in amounts.items():
        day, _, payer, _, payee, kind, _ = (book["Movements"].cell(line, column).value for column in range(1, 8))
        key = (day.date(), payer, payee, kind)
        found[key] = found.get(key, 0.0) + amount
    return found


def settled(ledger):
    """The same of a ledger."""
    found = {}
    for m in ledger.movements:
        key = (m.date, m.payer, m.payee, m.kind)
        found[key] = found.get(key, 0.0) + m.amount
    return found


def furthest(one, other):
    """How far two are apart, where they are furthest."""
    return max((abs(one.get(key, 0.0) - other.get(key, 0.0)) for key in {*one, *other}), default=0.0)
