"""Workbooks: what is written is what the library has; what is calculated from other results is what `settle` has."""

import builtins
import datetime as dt
import itertools
import re
import tomllib
import zipfile

import formulas
import openpyxl
import pytest

import sib
from sib.errors import InputError
from sib.scenario.starters import STARTERS
from sib.show import text
from tests.shipped import NAMES as SHIPPED
from tests.test_cookbook import BASE, FRAGMENTS, laid_over
from tests.workbooks import FIRST, changed, furthest, measured_in, moved, settled, written

PUBLISHED = {"housing days": [258_858, 41_070], "jail days": 0.38}
SHEETS = ["Summary", "Terms", "Results", "Readings", "Claims", "Movements", "Cash", "Waterfall", "Returns", "Checks"]
NAMES = [
    "=1+1",
    "<b>&amp;",
    "فارسی",
    "🏠 homes",
    "$x$ and $y$",
    "n" * 70,
    "'quoted' \"twice\"",
    "*?~",
    ">5",
    "@SUM(A1)",
]


@pytest.fixture(scope="module")
def denver(tmp_path_factory):
    return written(tmp_path_factory.mktemp("denver"), sib.load("denver"), measured=PUBLISHED)


@pytest.fixture(scope="module")
def ledger():
    return sib.settle(sib.load("denver"), PUBLISHED)


def rows(sheet):
    """What stands below the headings, by these."""
    heads = [cell.value for cell in sheet[FIRST - 1]]
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST)]
    return [dict(zip(heads, row, strict=True)) for row in found if any(one is not None for one in row)]


class TestDenverAsPublished:
    def test_sheets(self, denver):
        assert denver[0].sheetnames[: len(SHEETS)] == SHEETS

    def test_what_is_paid_to_the_published_cent(self, denver):
        paid = sum(row["Paid, USD"] for row in rows(denver[1]["Claims"]))
        assert round(paid, 2) == 9_638_911.36  # published, scenarios/denver.toml

    def test_claims_are_those_of_the_statement(self, denver, ledger):
        found, statement = rows(denver[1]["Claims"]), ledger.statement()
        assert [row["Payment"] for row in found] == statement["payment"].tolist()
        for column, head in (("claimed", "Claimed, USD"), ("paid", "Paid, USD"), ("result", "Result")):
            assert [row[head] for row in found] == pytest.approx(statement[column].tolist())
        cuts = [sum(value or 0.0 for head, value in row.items() if head.startswith("Cut by")) for row in found]
        assert cuts == pytest.approx(statement["cut"].tolist(), abs=1e-6)

    def test_balances_are_those_of_the_ledger(self, denver, ledger):
        balances = ledger.balances("QE")
        for row in rows(denver[1]["Cash"]):
            place = row["Party"], row["Quarter to"]
            expected = balances.loc[place] if place in balances.index else None
            if expected is None:
                assert row["In, USD"] == row["Out, USD"] == 0
            else:
                ours = [row[f"{name}, USD"] for name in ("Opening", "In", "Out", "Closing")]
                assert ours == pytest.approx(expected[["opening", "in", "out", "closing"]].tolist(), abs=1e-6)

    def test_returns_are_those_of_the_ledger(self, denver, ledger):
        sheet = denver[1]["Returns"]
        for column in (2, 3):
            name = sheet.cell(4, column).value
            found = {sheet.cell(line, 1).value: sheet.cell(line, column).value for line in range(FIRST, FIRST + 11)}
            assert found["Multiple of the capital drawn"] == pytest.approx(ledger.multiple(name))
            assert found["Internal rate of return a year, by XIRR"] == pytest.approx(ledger.irr(name))
            assert found["Is the net present value nil?"] == "yes"

    def test_one_dollar_is_followed_from_the_result_to_the_lender(self, denver):
        """The first payment, by hand: 258,858 days at 15.12 are 3,913,932.96, and go to the housing loans that day."""
        formula, figures = denver
        assert formula["Results"]["H5"].value == 258_858
        assert formula["Readings"]["E5"].value == "=Results!H5"
        assert formula["Claims"]["H5"].value == "=Readings!E5"
        assert formula["Claims"]["I5"].value == "=15.12*Results!H5"
        assert figures["Claims"]["I5"].value == pytest.approx(258_858 * 15.12)
        day = dt.datetime(2020, 10, 15)
        on_the_day = [row for row in rows(figures["Movements"]) if row["Date"] == day]
        payment, *onwards = (row for row in on_the_day if row["Amount, USD"])
        assert payment["Kind"] == "outcome payment"
        assert payment["Amount, USD"] == pytest.approx(258_858 * 15.12)
        assert {row["To"] for row in onwards} == {"housing loans"}
        assert sum(row["Amount, USD"] for row in onwards) == pytest.approx(258_858 * 15.12)

    def test_all_checks_hold(self, denver):
        said = {row["Verdict"] for row in rows(denver[1]["Checks"]) if row["Verdict"] is not None}
        assert said == {"OK", "yes"}

    def test_every_amount_that_depends_on_a_result_is_a_formula(self, denver):
        for line in range(FIRST, denver[0]["Claims"].max_row + 1):
            assert str(denver[0]["Claims"].cell(line, 13).value).startswith("=")

    def test_terms_and_assumptions(self, denver):
        scenario = sib.load("denver")
        lines = [row[0] or "" for row in denver[1]["Terms"].iter_rows(min_row=FIRST, max_col=1, values_only=True)]
        assert [line.strip() for line in lines] == [line.strip() for line in scenario.describe().splitlines()]
        found = rows(denver[1]["Assumptions"])
        assert {row["Figure"] for row in found} == set(scenario.assumptions().index)
        status = [row["Status"] for row in found]
        assert [key for key, _ in itertools.groupby(status)] == ["default", "assumption", "source"]


def calculator(file, sheet):
    """What the amounts of the sheet of movements hang on, read by another hand; the rest of the file is left out."""
    amounts = [f"'[{file}]MOVEMENTS'!H{line}" for line in range(FIRST, sheet.max_row + 1)]
    return formulas.ExcelModel().from_ranges(*amounts).finish()


def calculated(model, name, sheet, changes):
    """The amounts of the sheet of movements, by another hand, with some results changed."""
    inputs = {f"'[{name}]RESULTS'!{cell}": value for cell, value in changes.items()}
    found = model.calculate(inputs={cell: value for cell, value in inputs.items() if cell in model.dsp.nodes})
    amounts = {line: sheet.cell(line, 8).value for line in range(FIRST, sheet.max_row + 1)}
    return {
        line: float(found[f"'[{name}]MOVEMENTS'!H{line}"].value[0, 0]) if isinstance(plain, str) else plain
        for line, plain in amounts.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_other_results_are_settled_as_settle_does(name, tmp_path):
    scenario = sib.load(name)
    written(tmp_path, scenario)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    model = calculator(tmp_path / "book.xlsx", book["Movements"])
    paid = set()
    for seed in (1, 2, 3):
        book = openpyxl.load_workbook(tmp_path / "book.xlsx")
        changes = changed(book, scenario, seed)
        amounts = calculated(model, "book.xlsx", book["Movements"], changes)
        ledger = sib.settle(scenario, measured_in(book, scenario))
        assert furthest(moved(amounts, book), settled(ledger)) < 0.005
        paid.add(round(sum(movement.amount for movement in ledger.movements), 2))
    assert len(paid) > 1, "what is put in changes what is paid"


class TestWhatIsWritten:
    @pytest.mark.slow
    def test_every_mechanic_of_the_cookbook_and_every_starter(self, tmp_path):
        fragments = [laid_over(BASE, "" if fragment is BASE else fragment) for fragment in [BASE, *FRAGMENTS]]
        starters = [sib.Scenario.from_data(tomllib.loads(starter)) for starter in STARTERS.values()]
        for scenario in fragments + starters:
            _, figures = written(tmp_path, scenario)
            said = {row["Verdict"] for row in rows(figures["Checks"])}
            assert said <= {"OK", "yes", "COSTS ARE NEVER PAID", None}, scenario.name

    @pytest.mark.slow
    def test_text_stays_text(self, tmp_path):
        plan = sib.load("peterborough")
        for hostile in NAMES:
            data = plan.data()
            data["name"], data["outcome_payer"] = hostile, f"{hostile} payer"
            book, _ = written(tmp_path, sib.Scenario.from_data(data))
            for cell in (book["Claims"].cell(FIRST, 4), book["Movements"].cell(book["Movements"].max_row, 3)):
                assert cell.data_type == "s"
            assert book["Claims"].cell(FIRST, 4).value == f"{hostile} payer"
            with zipfile.ZipFile(tmp_path / "book.xlsx") as parts:
                assert b"hyperlink" not in b"".join(parts.read(part) for part in parts.namelist() if "sheet" in part)

    def test_what_limits_a_person_cut_is_marked(self, tmp_path):
        fragment = next(one for one in FRAGMENTS if "a person" in one and "[[limits]]" in one)
        _, figures = written(tmp_path, laid_over(BASE, fragment))
        marked = [row["Not live"] for row in rows(figures["Claims"])]
        assert any(marked)

    def test_a_simulation_beside_it(self, tmp_path):
        scenario = sib.load("denver")
        simulation = sib.simulate(scenario, 2_000, rng=1)
        _, figures = written(tmp_path, scenario, simulation=simulation)
        found = {row["Figure"]: row for row in rows(figures["Simulation"])}
        summary = simulation.summary()
        line = next(one for one in text.lines(simulation) if one.label == "Investors lose money")
        assert found[line.label]["Estimate"] == summary.loc["loss_probability", "estimate"]
        assert found[line.label]["Standard error"] == summary.loc["loss_probability", "mcse"]
        cash = simulation.cash("jail loans", freq="YE")
        ours = [row for row in rows(figures["Quantiles"]) if row["Party"] == "jail loans"]
        assert [row["50%"] for row in ours] == pytest.approx(cash["p50"].tolist(), rel=1e-14)

    def test_the_same_bytes_again(self, tmp_path):
        contents = []
        for _ in range(2):
            written(tmp_path, sib.load("newpin"))
            contents.append((tmp_path / "book.xlsx").read_bytes())
        assert contents[0] == contents[1]


class TestBadInput:
    def test_names_what_to_install(self, tmp_path, monkeypatch):
        real = builtins.__import__

        def without(name, *rest):
            if name == "xlsxwriter":
                raise ImportError(name)
            return real(name, *rest)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(InputError, match=r'pip install "sib\[excel\]"'):
            sib.workbook(sib.load("newpin"), tmp_path / "a.xlsx")
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"file": "a.xls"}, "ends in .xlsx"),
            ({"file": ""}, "the path of a file"),
            ({"scenario": "denver"}, "load it first"),
            ({"measured": {"housing days": 1}}, "jail days"),
            ({"simulation": 3}, "sib.simulate"),
        ],
    )
    def test_is_refused(self, tmp_path, monkeypatch, how, said):
        monkeypatch.chdir(tmp_path)
        arguments = {"scenario": sib.load("denver"), "file": "a.xlsx", **how}
        with pytest.raises(InputError, match=re.escape(said)):
            sib.workbook(arguments.pop("scenario"), arguments.pop("file"), **arguments)
        assert not list(tmp_path.iterdir())

    def test_a_simulation_of_another_deal(self, tmp_path, simulation):
        with pytest.raises(InputError, match="of the same scenario"):
            sib.workbook(sib.load("denver"), tmp_path / "a.xlsx", simulation=simulation)

    def test_a_folder_that_is_not_there_leaves_what_is(self, tmp_path):
        with pytest.raises(InputError, match="this file was not written"):
            sib.workbook(sib.load("newpin"), tmp_path / "no" / "a.xlsx")
        file = tmp_path / "a.xlsx"
        file.write_bytes(b"before")
        with pytest.raises(InputError):
            sib.workbook(sib.load("denver"), file, measured={"housing days": 1})
        assert file.read_bytes() == b"before"


def test_a_deferred_cost_that_is_not_paid_was_never_due(tmp_path):
    fragment = next(one for one in FRAGMENTS if re.search(r"\[\[costs\]\][^\[]*^rank = \d", one, re.MULTILINE))
    scenario = laid_over(BASE, fragment)
    nothing = {payment.metric: 0.0 for payment in scenario.payments if payment.metric}
    costs = sib.settle(scenario, nothing).costs()
    assert costs.loc[costs["deferred"], "never_paid"].sum() > 0
    _, figures = written(tmp_path, scenario, measured=nothing)
    shown = next(row["Figure"] for row in rows(figures["Checks"]) if "never paid" in row["Check"])
    assert shown == pytest.approx(costs.loc[~costs["deferred"], "never_paid"].sum(), abs=0.005)
