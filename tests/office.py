"""Recalculates workbooks with LibreOffice: as they are written, and with other results put in.

Each figure that is written beside a formula has to be what LibreOffice makes of it, and on each of three changed
results every movement has to be the cent that `settle` has. Not collected by pytest: `python -m tests.office` needs
`soffice` (Debian's libreoffice-calc).
"""

import datetime as dt
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import openpyxl

import sib
from tests.test_cookbook import BASE, laid_over
from tests.workbooks import COLUMNS, FIRST, changed, furthest, lines, measured_in, moved, settled, written

CHANGES = (1, 2, 3)
NORTHAM = str(Path(__file__).parents[1] / "notebooks" / "northam.toml")
# a junior tranche that is drawn a year earlier where less comes in than was written, so that its cash begins earlier
EARLIER = """
receipts_pay_costs_until = 2030-01-01
payments = [{ name = "days", metric = "days housed", scope = "period", reads = "units", pays = { per_unit = 100 } }]
tranches = [
    { name = "senior", amount = 100_000, draw_rank = 1 },
    { name = "junior", amount = 300_000, draw_rank = 2, rank = 2 },
]
costs = [
    { name = "a", to = "provider", per = "deal", amount = 100_000, starts = 2020-01-01 },
    { name = "b", to = "provider", per = "deal", amount = 100_000, starts = 2022-01-01 },
    { name = "c", to = "provider", per = "deal", amount = 200_000, starts = 2023-01-01 },
]
remainders = [{ name = "rest", shares = { junior = 1.0 } }]
"""


def recalculated(files, folder):
    """What LibreOffice makes of some workbooks."""
    profile = (folder / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to"]
    out = folder / "out"
    subprocess.run(
        [*command, "xlsx:Calc MS Excel 2007 XML", "--outdir", out, *files], check=True, capture_output=True, timeout=900
    )
    return [openpyxl.load_workbook(out / file.name, data_only=True) for file in files]


def unlike(figures, found):
    """The cells in which a figure is not the one that was written, of so many."""
    bad, looked_at = [], 0
    for sheet in figures:
        for row in sheet.iter_rows():
            for cell in row:
                one, other = cell.value, found[sheet.title][cell.coordinate].value
                if isinstance(one, dt.datetime) and isinstance(other, dt.datetime):
                    same = abs(one - other) < dt.timedelta(seconds=2)
                elif isinstance(one, (int, float)) and isinstance(other, (int, float)):
                    same = abs(one - other) <= 1e-6 * max(1.0, abs(one))
                    looked_at += 1
                else:
                    same = (one or "") == (other or "")
                if not same:
                    bad.append((sheet.title, cell.coordinate, one, other))
    return bad, looked_at


def unlike_the_ledger(book, ledger):
    """What the sheets of cash, of tranches and of checks say otherwise than a ledger."""
    bad = []
    balances = ledger.balances("QE")
    for party, quarter, _, came, went, closing in rows(book["Cash"], 6):
        if (party, quarter) in balances.index:
            own = balances.loc[(party, quarter), ["in", "out", "closing"]]
            bad += [
                (party, quarter, one, other)
                for one, other in zip((came, went, closing), own, strict=True)
                if abs(one - other) > 0.005
            ]
    heads = [cell.value for cell in book["Waterfall"][FIRST - 1]]
    total = {}
    for name, day, *amounts in rows(book["Waterfall"], len(heads)):
        del day
        out = [one for head, one in zip(heads[2:-2], amounts, strict=False) if head.startswith(("Draw", "Owed on"))]
        total[name] = total.get(name, 0.0) + sum(amounts[:-2]) - 2 * sum(out)
    for name, net in total.items():
        own = ledger.received(name) - ledger.paid(name)
        bad += [] if abs(net - own) < 0.005 else [("Waterfall", name, net, own)]
    costs = ledger.costs()
    unpaid = costs.loc[~costs["deferred"], "never_paid"].sum() > 0.005  # a deferred cost is due on no day
    for check, _, verdict, _ in rows(book["Checks"], 4):
        if verdict not in (None, "OK", "no", "results changed") and not ("never paid" in check and unpaid):
            bad.append((check, verdict))
    return bad


def rows(sheet, width):
    """What stands below the headings of a sheet."""
    found = [[cell.value for cell in row[:width]] for row in sheet.iter_rows(min_row=FIRST)]
    return [row for row in found if any(one is not None for one in row)]


def rates_in(book):
    """Of each tranche the rate of return by XIRR, and whether it is one."""
    sheet = book["Returns"]
    labels = {sheet.cell(line, 1).value: line for line in range(FIRST, FIRST + 12)}
    rate, solves = labels["Internal rate of return a year, by XIRR"], labels["Is the net present value nil?"]
    columns = range(2, sheet.max_column + 1)
    return {sheet.cell(4, c).value: (sheet.cell(rate, c).value, sheet.cell(solves, c).value) for c in columns}


def main(names):
    """Write, change and recalculate; say what was compared, and return how much was wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        folder, jobs = Path(place), []
        deal, metric = laid_over(BASE, EARLIER), "days housed"
        book, figures = written(folder, deal, measured={metric: [1000, 1000, 5000]})
        for line, value in zip(lines(book), (0, 500, 5000), strict=True):
            book["Results"].cell(line, COLUMNS["measured"]).value = value
        book.save(folder / "earlier.xlsx")
        jobs.append(("drawn earlier", 0, deal, book, figures, folder / "earlier.xlsx"))
        for name in names:
            scenario = sib.load(name)
            name = Path(name).stem
            _, figures = written(folder, scenario)
            for seed in (None, *CHANGES):
                book, _ = written(folder, scenario)
                if seed is not None:
                    changed(book, scenario, seed)
                file = folder / f"{name}_{seed}.xlsx"
                book.save(file)  # without figures: what is found in it afterwards was calculated
                jobs.append((name, seed, scenario, book, figures, file))
        found = recalculated([job[-1] for job in jobs], folder)
    for (name, seed, scenario, book, figures, _), result in zip(jobs, found, strict=True):
        if seed is None:
            bad, looked_at = unlike(figures, result)
            said = f"{looked_at:,} figures as written, {len(bad)} otherwise"
        else:
            amounts = {
                line: result["Movements"].cell(line, 8).value for line in range(FIRST, result["Movements"].max_row + 1)
            }
            ledger = sib.settle(scenario, measured_in(book, scenario))
            apart = furthest(moved(amounts, book), settled(ledger))
            bad = [apart] if apart >= 0.005 else []
            said = f"changed results {seed}: {len(amounts):,} movements, furthest from settle by {apart:.1e}"
            bad += unlike_the_ledger(result, ledger)
            for tranche, (rate, solves) in rates_in(result).items():
                own = ledger.irr(tranche)
                if solves == "yes":
                    bad += [] if abs(rate - own) < 1e-6 else [(tranche, rate, own)]
                elif isinstance(rate, str) != np.isnan(own):
                    said += f"; {tranche}: {solves} ({rate}, sib {own:.4f})"
        wrong += len(bad)
        print(f"{name:24} {said}", *bad[:5])
    print(f"{wrong} wrong")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [*sib.scenarios().index, NORTHAM]) > 0)
