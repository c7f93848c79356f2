"""The command line, as a person meets it: what is printed, what is written, how it refuses."""

import contextlib
import csv
import json
import os
import re
import subprocess
import sys

import openpyxl
import pytest

import sib
from sib.cli import app
from sib.scenario.starters import STARTERS
from sib.show.export import csv_of
from tests import hostile
from tests.milestones import funnel
from tests.settlement.test_waterfall import TestCostsThatThereIsNoMoneyFor as Revolving
from tests.settlement.test_waterfall import deal


def sib_process(*words, cwd=None, **environment):
    """A command as a process of its own, which takes a second to start."""
    return subprocess.run(
        [sys.executable, "-c", "from sib.cli import main; main()", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env={**os.environ, **environment},
    )


def sib_command(*words, cwd="."):
    """A command in this process: what it prints on both streams, and with which code it would end."""
    with contextlib.chdir(cwd):
        out, err, code = hostile.said(*words)
    return subprocess.CompletedProcess(words, code, out, err)


@pytest.mark.slow
@pytest.mark.parametrize("words", [["settle", "peterborough"], ["check", "nowhere"]])
def test_a_process_prints_and_ends_as_a_command_does(words):
    alone, here = sib_process(*words), sib_command(*words)
    assert (alone.returncode, alone.stdout, alone.stderr) == (here.returncode, here.stdout, here.stderr)


@pytest.mark.slow
def test_run_prints_the_summary_and_what_it_means():
    done = sib_command("run", "peterborough", "--paths", "5000", "--seed", "3")
    assert done.returncode == 0, done.stderr
    loss = sib.simulate(sib.load("peterborough"), 5000, rng=3).summary().loc["loss_probability", "estimate"]
    assert f"{100 * loss:.1f}%" in done.stdout
    assert "Investors lose money" in done.stdout
    assert "The same futures again: seed 3." in done.stdout


@pytest.mark.slow
def test_run_writes_tables_and_pictures(tmp_path):
    done = sib_command("run", "peterborough", "--paths", "2000", "--seed", "3", "--out", "results/new", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "new"
    names = {"summary.csv", "ledger_mean.csv", "assumptions.csv", "position.csv"}
    names |= {"payoff.png", "returns_multiple.png", "returns_irr.png", "cash.png"}
    assert {file.name for file in folder.iterdir()} == names
    rows = list(csv.DictReader((folder / "summary.csv").read_text(encoding="utf-8").splitlines()))
    assert float(rows[0]["estimate"]) == sib.simulate(sib.load("peterborough"), 2000, rng=3).summary().iloc[0, 0]
    for file in folder.glob("*.png"):
        assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_run_takes_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(sib.load("peterborough").replace({"name": "my deal"}).to_toml(), encoding="utf-8")
    done = sib_command("run", str(file), "--paths", "100", "--seed", "1")
    assert done.stdout.startswith("my deal\n")


def test_a_terminal_without_accents(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(sib.load("peterborough").replace({"name": "Café"}).to_toml(), encoding="utf-8")
    done = sib_process("check", str(file), PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "Caf?" in done.stdout


@pytest.mark.slow
def test_compare_prints_differences():
    done = sib_command("compare", "peterborough", "peterborough-2017", "--paths", "2000", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert "difference" in done.stdout.splitlines()[0]
    assert "Differences are from peterborough;" in done.stdout
    assert "--seed 1." in done.stdout
    drawn = next(line for line in done.stdout.splitlines() if line.startswith("Capital drawn"))
    assert drawn.split()[-4:] == ["3,333,332", "-1,666,666", "0", "GBP"]


@pytest.mark.slow
def test_compare_prints_the_cases_of_one_scenario(tmp_path):
    cases = [{"name": "downside", "changes": {"beliefs.effects.reconvictions.mean": 0.05}}]
    file = tmp_path / "mine.toml"
    file.write_text(sib.load("peterborough").replace({"cases": cases}).to_toml(), encoding="utf-8")
    done = sib_command("compare", str(file), "--cases", "--paths", "2000", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0].split() == ["base", "downside", "difference", "std", "error", "unit"]
    assert "Differences are from base;" in done.stdout
    checked = sib_command("check", str(file)).stdout
    assert f"CASES beside the base case: sib compare {file} --cases\n" in checked
    assert "  downside: beliefs.effects.reconvictions.mean = 0.05, in the base case 0.09\n" in checked


@pytest.mark.slow
def test_tornado_prints_the_longest_bar_first():
    done = sib_command("tornado", "peterborough", "--paths", "2000", "--seed", "1")
    assert done.returncode == 0, done.stderr
    table = sib.tornado(sib.load("peterborough"), paths=2_000, rng=1)
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"Investors lose money. Base case: {100 * table['at_base'].iloc[0]:.1f}% of paths")
    assert lines[4].startswith("beliefs.effects.reconvictions.mean (relative improvement)")
    assert f"{100 * table['difference'].iloc[0]:.1f}%" in lines[4]
    assert "--seed 1." in lines[-1]


@pytest.mark.slow
def test_tornado_of_ranges_that_are_given():
    words = ["--range", "payments.*.pays.per_unit", "--range", "beliefs.effects.care days.mean=0.45,0.8"]
    done = sib_command("tornado", "essex", *words, "--measure", "npv_mean", "--paths", "500", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^payments\.\*\.pays\.per_unit \(times\) +0\.9 +1\.1  10% either way ", done.stdout, re.M)
    assert re.search(r"^beliefs\.effects\.care days\.mean .* 0\.45  0\.8  given .* \(0\.7125\) ", done.stdout, re.M)
    assert "NOT LOOKED AT\n- beliefs.effects.care days.mean: at 0.8: " in done.stdout


def test_names_in_quotes_hold_commas_and_equals_signs_in_a_range(tmp_path, capsys):
    text = sib.load("peterborough").to_toml().replace("payer cap", "cap, net = of tax")
    (tmp_path / "deal.toml").write_text(text, encoding="utf-8")
    words = ["tornado", str(tmp_path / "deal.toml"), "--paths", "300", "--seed", "1", "--points", "2"]
    for written, low, high in (
        ('limits."cap, net = of tax".amount=5e6,9e6', "5", "9"),
        ("limits.'cap, net = of tax'.amount , payments.early.pays.per_unit = 0.5,1.5", "0.5", "1.5"),
    ):
        with pytest.raises(SystemExit) as ended:
            app([*words, "--range", written])
        assert ended.value.code == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("limits.")]
        assert low in line
        assert high in line


@pytest.mark.slow
def test_cash_prints_what_the_library_returns():
    done = sib_command("cash", "denver", "jail loans", "--freq", "YE", "--by", "kind", "--paths", "500", "--seed", "3")
    assert done.returncode == 0, done.stderr
    found = sib.simulate(sib.load("denver"), 500, rng=3).cash("jail loans", freq="YE", by="kind")
    row = next(line for line in done.stdout.splitlines() if line.startswith("return") and " total " in line)
    mean, error = found.loc[("return", "total"), ["mean", "mean_mcse"]]
    assert row.split()[-2:] == [f"{mean:,.0f}", f"{error:,.0f}"]
    assert "Net cash of jail loans in USD, positive = received" in done.stdout
    assert "The same futures again: seed 3." in done.stdout


@pytest.mark.slow
def test_budget_prints_each_payers_bill():
    words = ("--paths", "500", "--seed", "3", "--year-starts", "07-01", "--above", "1000000")
    done = sib_command("budget", "peace-squares-what-if", *words)
    assert done.returncode == 0, done.stderr
    found = sib.simulate(sib.load("peace-squares-what-if"), 500, rng=3).budget(year_starts=(7, 1), above=1e6)
    assert [line for line in done.stdout.splitlines() if line.startswith("What ")] == [
        f"What {payer} pays in BRL, net of what comes back to it" for payer in ("insurer", "city")
    ]
    totals = [line for line in done.stdout.splitlines() if line.startswith("total")]
    assert [line.split()[4] for line in totals] == [f"{mean:,.0f}" for mean in found["mean"].xs("total", level="year")]
    assert "above budget" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cash", "denver"), "known here: City and County of Denver"),
        (("cash", "denver", "jail loan"), 'did you mean "jail loans"?'),
        (("cash", "denver", "jail loans", "--freq", "02-31"), "came:  (2, 31)"),
        (("cash", "denver", "jail loans", "--by", "label"), "rule:  one of kind, party or None"),
        (("budget", "denver", "--year-starts", "April"), "write, for example, 04-01"),
        (("budget", "denver", "--payer", "Boulder"), "who pays for outcomes in the deal"),
    ],
)
def test_cash_and_budget_refuse_in_four_parts(words, said):
    done = sib_command(*words, "--paths", "20")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_list_names_every_scenario():
    done = sib_command("list")
    for name in sib.scenarios().index:
        assert name in done.stdout


@pytest.mark.slow
def test_check_counts_sources():
    done = sib_command("check", "peterborough")
    assert done.returncode == 0
    assert "valid. HMP Peterborough: the plan of 2010" in done.stdout
    assert "assumed" in done.stdout
    assert "LEFT AT THEIR DEFAULTS, not written out: 11 figures\n" in done.stdout
    assert re.search(r"^beliefs.effects +1 figure +beliefs.effects.reconvictions.learning = 0.0$", done.stdout, re.M)
    assert done.stdout.endswith("\n\nEach figure by itself: sib check peterborough --all\n")
    everything = sib_command("check", "peterborough", "--all").stdout
    figures = sib.load("peterborough").assumptions()
    for path in figures.index[figures["status"] == "default"]:
        assert f"\n  {path} = {figures.loc[path, 'value']}\n" in everything


def test_version():
    assert sib_command("version").stdout.strip() == sib.__version__


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "peterboro"], 'did you mean "peterborough"?'),
        (["run", "missing.toml"], "check the path"),
        (["check", "bad.toml"], "bad.toml: start\n  came:  nothing"),
        (["run", "peterborough", "--paths", "0"], "a whole number from 1"),
        (["run", "peterborough", "--seed", "-1"], "a whole number from 0 up"),
        (["run", "peterborough", "--paths", "10", "--out", "bad.toml"], "a folder that can be written to"),
        (["tornado", "peterborough", "--range", "a=1"], "PATH=LOW,HIGH"),
        (["tornado", "peterborough", "--range", "limits.payer cap.amount=9,8"], "the lower one first"),
        (["compare", "peterborough"], "two or more different scenarios"),
        (["compare", "peterborough", "--cases"], "a scenario that has cases"),
        (["compare", "peterborough", "denver", "--cases"], "one scenario, whose cases are compared"),
        (["compare", "peterborough", "peterborough"], "two or more different scenarios"),
        (["run"], "Missing argument"),
        (["run", "peterborough", "--paths", "many"], "Invalid value"),
        (["fly"], "No such command"),
    ],
)
def test_wrong_input_is_refused_without_a_traceback(tmp_path, words, says):
    (tmp_path / "bad.toml").write_text('name = "half a file"\n', encoding="utf-8")
    done = sib_command(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


class TestContracts:
    def test_settle_prints_who_pays_whom_and_what_each_tranche_makes_of_it(self):
        done = sib_command("settle", "denver", "--result", "housing days=[258858, 41070]", "--result", "jail days=0.38")
        assert done.returncode == 0, done.stderr
        for text in ("5,104,000.00", "3,913,932.96", "620,978.40", "4,534,911.36", "9,638,911.36", "1.13", "3.4%"):
            assert text in done.stdout
        assert "City and County of Denver" in done.stdout

    @pytest.mark.parametrize(
        "result", ["jail days", "jail days=", "=5", "jail days=many", "jail days=1,,2", "jail days=[]"]
    )
    def test_a_result_that_is_none(self, result):
        done = sib_command("settle", "denver", "--result", result)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("--result\n  came:  ")
        assert "METRIC=VALUE" in done.stderr

    @pytest.mark.slow
    def test_settle_prints_each_claim_with_what_cut_it_and_why_it_was_not_made(self):
        done = sib_command("settle", "peterborough-2017", "--result", "reconvictions=[0.084, 0.097]")
        head, _, early, _, pooled = done.stdout.split("\n\n")[1].splitlines()
        assert re.split(r"  +", head) == ["claim", "on", "result", "gives", "claimed", "cut", "paid", "by", "because"]
        assert re.split(r"  +", early) == [
            *("early, 1", "2014-09-07", "130.2 units", "1,786,344.00", "0.00", "0.00", "0.00"),
            *("Ministry of Justice and Big Lottery Fund", "not met: improvement of reconvictions: 8.4%, below 10%"),
        ]
        assert re.split(r"  +", pooled)[:7] == [
            *("pooled, 1, 2", "2017-08-27", "280.55 units", "3,849,146.00", "3,849,146.00", "0.00", "3,849,146.00"),
        ]
        assert "early: GBP 13,720 for each unit of `reconvictions` avoided\n" in done.stdout

    @pytest.mark.slow
    def test_a_payment_that_is_claimed_often_is_one_line(self):
        words = [f"--result={name}" for name in ("enters work=126", "earns 768=114", "earns 1631=102")]
        done = sib_command("settle", "reboot-west", *words, "--result=earns 3350=73", "--result=earns 8155=41")
        (entry,) = (line for line in done.stdout.splitlines() if line.startswith("entry, "))
        # 126 at 660
        assert re.split(r"  +", entry)[:7] == [
            *("entry, 47 claims", "2018-12-31 to 2022-10-31", "126 persons", *["83,160.00"] * 2, "0.00", "83,160.00"),
        ]

    def test_what_a_tranche_is_said_to_have_received_is_what_the_ledger_says(self):
        done = sib_command("settle", "doncaster", "--result", "reconviction rate.points=[0.057, 0.033, 0.033]")
        ledger = sib.settle(
            sib.load("doncaster"), {"reconviction rate": [{"points": x} for x in (0.057, 0.033, 0.033)]}
        )
        head, _, line = done.stdout.split("\n\n")[-2].splitlines()
        assert re.split(r"  +", head)[1:4] == ["drawn, GBP", "received, GBP", "paid besides its capital, GBP"]
        drawn, received, besides = (float(cell.replace(",", "")) for cell in re.split(r"  +", line)[1:4])
        assert received == pytest.approx(ledger.received("Serco"), abs=0.005)
        assert drawn + besides == pytest.approx(ledger.paid("Serco"), abs=0.005)

    @pytest.mark.slow
    def test_every_figure_is_printed_as_it_was_read(self):
        done = sib_command("settle", "denver", "--result", "housing days=299928", "--result", "jail days=[0.38]")
        assert done.stdout.startswith(
            "Read: housing days: 299,928 units in all, spread over 2 periods as believed\n"
            "Read: jail days: improvement 0.38 (against 138 a person without the programme, as believed)\n\n"
        )
        words = ["homicides.level=[755, 709, 654, 871, 1432, 1408, 1651]"]
        done = sib_command("settle", "medellin-what-if", "--result", *words)
        assert done.stdout.startswith("Read: homicides: 2006-03-31: level 755; 2007-03-31: level 709; ")

    def test_a_comma_in_a_figure_is_refused_with_what_it_may_mean(self):
        done = sib_command("settle", "denver", "--result", "housing days=299,928", "--result", "jail days=0.38")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "--result\n  came:  'housing days=299,928'\n"
            "  rule:  no comma stands in a figure; several results stand in brackets, with a space after each comma\n"
            "  to do: write what is meant: housing days=299928 (thousands), housing days=299.928 (decimals)"
            " or housing days=[299, 928] (2 results)\n"
        )

    @pytest.mark.slow
    def test_costs_that_are_late_or_never_paid_are_said(self, tmp_path):
        """The second 100,000 finds 50,000 in time, 40,000 later; the 100,000 of 2023 comes too late for costs."""
        file = tmp_path / "short.toml"
        file.write_text(deal(Revolving.revolving).to_toml(), encoding="utf-8")
        done = sib_command("settle", str(file), "--result", "days=[300, 400, 1000]")
        assert done.stdout.endswith(
            "NOT PAID IN TIME: of GBP 100,000.00 of `service, cohort 2` owed to provider GBP 40,000.00 is paid late and"
            " GBP 10,000.00 never.\n"
        )
        in_time = sib_command("settle", str(file), "--result", "days=[1500, 0, 0]")
        assert in_time.returncode == 0
        assert "NOT PAID" not in in_time.stdout

    def test_a_deferred_cost_that_is_not_paid_is_said(self, tmp_path):
        """20,000 comes in: of one rank with 200,000 of capital, a fee of 50,000 gets 50 parts in 250."""
        costs = (
            '[[costs]]\nname = "service"\nto = "provider"\nper = "cohort"\namount = 100_000\n'
            '[[costs]]\nname = "fee"\nto = "manager"\nper = "deal"\namount = 50_000\nstarts = 2020-01-01\nrank = 1\n'
            '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\npays = { per_unit = 1_000 }\n'
        )
        file = tmp_path / "deferred.toml"
        file.write_text(deal(costs).to_toml(), encoding="utf-8")
        done = sib_command("settle", str(file), "--result", "arrests=[0.1, 0.0]")
        assert done.stdout.endswith("Of GBP 50,000.00 of `fee`, deferred, GBP 46,000.00 is not paid to manager.\n")

    @pytest.mark.slow
    def test_results_in_a_file(self, tmp_path):
        rows = "metric,period,value\nhousing days,2020-10-15,258858\nhousing days,2021-07-15,41070\njail days,,0.38\n"
        file = tmp_path / "results.csv"
        file.write_text(rows, encoding="utf-8")
        done = sib_command("settle", "denver", "--results", str(file))
        words = ["--result", "housing days=[258858, 41070]", "--result", "jail days=0.38"]
        assert (done.returncode, done.stdout) == (0, sib_command("settle", "denver", *words).stdout)
        twice = sib_command("settle", "denver", "--results", str(file), *words[2:])
        assert (twice.returncode, twice.stderr) == (
            2,
            "--result\n  came:  'jail days'\n  rule:  the results of a metric in one place\n"
            f"  to do: leave it out, or out of {file}\n",
        )

    def test_a_result_may_say_what_it_is(self):
        done = sib_command("settle", "doncaster", "--result", "reconviction rate.points=[0.057, 0.033, 0.05]")
        assert "second year's result, cohort 2, owed" in done.stdout

    def test_describe(self):
        done = sib_command("describe", "denver")
        assert done.returncode == 0
        assert "USD 15.12 for each unit of `housing days` verified" in done.stdout

    def test_schema_is_a_json_schema_of_scenario_files(self):
        schema = json.loads(sib_command("schema").stdout)
        assert schema["$schema"].startswith("https://json-schema.org/")
        assert {"cohorts", "metrics", "payments", "tranches"} <= set(schema["properties"])
        assert set(sib.load("denver").data()) <= set(schema["properties"])

    @pytest.mark.slow
    def test_new_makes_a_scenario_that_runs_and_never_overwrites(self, tmp_path):
        file = tmp_path / "mine.toml"
        assert sib_command("new", str(file)).returncode == 0
        made = file.read_text(encoding="utf-8")
        assert made.startswith("#:schema ")
        assert sib_command("run", str(file), "--paths", "500", "--seed", "1").returncode == 0
        again = sib_command("new", str(file))
        assert (again.returncode, file.read_text(encoding="utf-8")) == (2, made)
        assert "nothing is overwritten" in again.stderr

    @pytest.mark.parametrize("kind", STARTERS)
    def test_new_makes_a_starter_of_each_kind(self, tmp_path, kind):
        file = tmp_path / "mine.toml"
        done = sib_command("new", str(file), "--kind", kind)
        assert (done.returncode, done.stderr) == (0, "")
        assert file.read_text(encoding="utf-8") == STARTERS[kind]

    def test_new_of_a_kind_that_there_is_not(self, tmp_path):
        file = tmp_path / "mine.toml"
        done = sib_command("new", str(file), "--kind", "rate card")
        assert (done.returncode, done.stdout, file.exists()) == (2, "", False)
        assert done.stderr == (
            "--kind\n  came:  'rate card'\n  rule:  one of: cohort, rate-card, loan\n"
            '  to do: did you mean "rate-card"?\n'
        )

    def test_new_where_nothing_can_be_written(self, tmp_path):
        done = sib_command("new", str(tmp_path / "none" / "mine.toml"))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_check_says_where_costs_are_not_paid_as_believed(tmp_path):
    """3,000 days are believed, 1,000 in each period: of the 80,000 short in 2021, 50,000 come in before the day."""
    fragment = Revolving.revolving.replace("2020-12-31", "2021-06-30").replace("per_unit = 100", "per_unit = 25")
    file = tmp_path / "short.toml"
    file.write_text(deal(fragment).to_toml(), encoding="utf-8")
    done = sib_command("check", str(file))
    assert done.returncode == 0
    assert (
        "SUSPICIOUS: where all goes as believed, of GBP 200,000 of costs GBP 50,000 is paid late and GBP 30,000 never:"
        " capital and what comes in do not pay them when due.\n"
    ) in done.stdout
    assert "where all goes as believed" not in sib_command("check", "peterborough").stdout


class TestSolve:
    @pytest.mark.slow
    def test_prints_each_root_with_its_error_and_how_to_have_it_again(self):
        words = ("--vary", "payments.early.when.improvement", "--target", "4.1e6", "--measure", "payment_mean")
        done = sib_command("solve", "peterborough", *words, "--within", "0", "0.3", "--paths", "5000", "--seed", "3")
        assert done.returncode == 0, done.stderr
        asked = {"measure": "payment_mean", "within": (0, 0.3), "paths": 5_000, "rng": 3}
        table = sib.solve(sib.load("peterborough"), "payments.early.when.improvement", 4.1e6, **asked)
        rows = [line.split() for line in done.stdout.splitlines() if line.endswith("through the target")]
        assert [float(row[0]) for row in rows] == pytest.approx(table["value"].tolist(), rel=1e-5)
        assert [float(row[1]) for row in rows] == pytest.approx(table["mcse"].tolist(), rel=0.05)
        assert [row[4] for row in rows] == ["falls", "rises"]
        assert "mean is GBP 4,100,000 where payments.early.when.improvement" in done.stdout
        assert "Scanned: 9 values from 0 to 0.3." in done.stdout
        assert done.stdout.endswith("5,000 futures; the same again: --seed 3.\n")

    @pytest.mark.slow
    def test_says_jumps_stretches_and_values_without_a_figure(self):
        words = ("--measure", "loss_probability", "--within", "2e6", "12e6", "--paths", "500", "--seed", "3")
        done = sib_command("solve", "peterborough", "--vary", "limits.payer cap.amount", "--target", "0.7", *words)
        assert "jumps from 100% to" in done.stdout
        words = ("--measure", "irr_p05", "--within", "0", "0.15", "--paths", "5000", "--seed", "3")
        path = "payments.pooled.when.improvement"
        done = sib_command("solve", "peterborough", "--vary", path, "--target", "-1", *words)
        assert "stays at the target" in done.stdout
        assert "No figure at " in done.stdout
        assert "(there is an IRR: too few, more than 5% have none)" in " ".join(done.stdout.split())

    @pytest.mark.slow
    def test_of_measured_results(self):
        words = ("--target", "0.031", "--within", "0.5", "2", "--result", "reconvictions=[0.084, 0.097]")
        done = sib_command("solve", "peterborough-2017", "--vary", "payments.*.pays.per_unit", *words)
        assert done.returncode == 0, done.stderr
        assert "IRR is 3.1% where payments.*.pays.per_unit (times) is:" in done.stdout
        assert "0.999994" in done.stdout
        assert "--seed" not in done.stdout

    @pytest.mark.slow
    def test_refuses_what_cannot_be_reached(self):
        words = ("--vary", "payments.pooled.pays.per_unit", "--target", "0.2", "--paths", "500")
        done = sib_command("solve", "peterborough", *words)
        assert done.returncode == 2
        assert "rule:  what can be reached with" in done.stderr
        assert "Traceback" not in done.stderr


class TestUpdate:
    """Truth: what `sib.update` says of the same claims."""

    @pytest.fixture
    def claims(self, tmp_path):
        (tmp_path / "deal.toml").write_text(funnel().to_toml(), encoding="utf-8")
        file = tmp_path / "claims.csv"
        file.write_text("metric,period,value\njob,2015-03-31,20\n", encoding="utf-8")
        return file

    @pytest.mark.slow
    def test_prints_beliefs_forecast_what_is_at_stake_and_bills(self, claims, tmp_path):
        words = ("--results", str(claims), "--paths", "2000", "--seed", "3")
        done = sib_command("update", "deal.toml", *words, "--out", "now", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        known = sib.update(funnel(), {"job": {"2015-03-31": 20}}, paths=2_000, rng=3)
        row = known.beliefs.loc[("rate", "job")]
        assert f"{row['prior_mean']:.3f}" in done.stdout
        assert f"{row['p05']:.3f} and {row['p95']:.3f}" in done.stdout
        assert "Given results up to 2015-03-31 of: job." in done.stdout
        last = known.forecast().to_date.loc["job"].iloc[-1]
        assert f"{last['p10']:,.0f} and {last['p90']:,.0f}" in done.stdout
        assert f"{known.remaining().loc['remaining_received_mean', ('posterior', 'estimate')]:,.0f}" in done.stdout
        total = known.posterior.budget().xs("total", level="year")["mean"].iloc[0]
        assert f"{total:,.0f}" in done.stdout
        files = {file.name for file in (tmp_path / "now").iterdir()}
        assert {"beliefs.csv", "forecast.csv", "to_date.csv", "money.csv", "budget.csv", "remaining.csv"} < files
        assert "forecast_job.png" in files
        with (tmp_path / "now" / "forecast.csv").open(encoding="utf-8") as opened:
            assert next(csv.DictReader(opened))["actual"] == "20.0"

    @pytest.mark.slow
    def test_reads_a_table_of_metrics_by_periods(self, claims, tmp_path):
        wide = tmp_path / "wide.csv"
        wide.write_text("metric,2015-03-31,2015-06-30\njob,20,\nlasts,0,\n", encoding="utf-8")
        claims.write_text("metric,period,value\njob,2015-03-31,20\nlasts,2015-03-31,0\n", encoding="utf-8")
        printed = [
            sib_command("update", "deal.toml", "--results", str(file), "--paths", "500", "--seed", "3", cwd=tmp_path)
            for file in (wide, claims)
        ]
        assert printed[0].returncode == 0, printed[0].stderr
        assert printed[0].stdout == printed[1].stdout

    @pytest.mark.slow
    def test_says_what_surprises(self, claims, tmp_path):
        claims.write_text("metric,period,value\njob,2015-03-31,30\n", encoding="utf-8")
        done = sib_command(
            "update", "deal.toml", "--results", str(claims), "--paths", "2000", "--seed", "3", cwd=tmp_path
        )
        row = sib.update(funnel(), {"job": {"2015-03-31": 30}}, paths=2_000, rng=3).surprise.iloc[0]
        assert row["below"] > 0.99
        after = done.stdout.splitlines()[done.stdout.splitlines().index("") :]
        line = next(line for line in after if line.startswith("job") and "2015-03-31" in line)
        assert f"{row['mean']:.3f}" in line
        assert "Results that surprise" in done.stdout

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("--through", "mid-December"), "--through"),
            (("--through", "2015-04-30"), "in the last period that has a count"),
            (("--year-starts", "April"), "--year-starts"),
        ],
    )
    def test_refuses_in_four_parts(self, claims, words, says):
        done = sib_command("update", "deal.toml", "--results", str(claims), "--paths", "100", *words, cwd=claims.parent)
        assert done.returncode == 2
        for part in (says, "came:", "rule:", "to do:"):
            assert part in done.stderr


class TestWorkbook:
    @pytest.mark.slow
    def test_is_written_on_published_results(self, tmp_path):
        results = ("--result", "housing days=[258858, 41070]", "--result", "jail days=0.38")
        done = sib_command("workbook", "denver", "--out", "denver.xlsx", *results, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "on the results given" in done.stdout
        figures = openpyxl.load_workbook(tmp_path / "denver.xlsx", data_only=True)
        paid = [row[-1] for row in figures["Claims"].iter_rows(min_row=5, values_only=True)]
        assert round(sum(paid), 2) == 9_638_911.36

    @pytest.mark.slow
    def test_without_results_all_goes_as_believed(self, tmp_path):
        done = sib_command("workbook", "newpin", "--out", "a.xlsx", "--paths", "200", "--seed", "1", cwd=tmp_path)
        assert "as they are believed" in done.stdout
        assert {"Simulation", "Quantiles"} <= set(openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames)

    def test_what_cannot_be_written_ends_with_two(self, tmp_path):
        done = sib_command("workbook", "newpin", "--out", "a.csv", cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            "file",
            "  came:  'a.csv'",
            "  rule:  a file whose name ends in .xlsx",
            "  to do: write a.xlsx",
        ]


def test_update_of_a_deal_that_counts_no_units_by_period(tmp_path):
    """The effect that is believed now, as the library has it, what the rest is worth, and the bill."""
    results = tmp_path / "results.csv"
    results.write_text("metric,cohort,value\nreconvictions,1,0.084\n", encoding="utf-8")
    words = ("--results", str(results), "--paths", "2000", "--seed", "1", "--out", str(tmp_path / "out"))
    done = sib_command("update", "peterborough", *words)
    assert done.returncode == 0, done.stderr
    known = sib.update(sib.load("peterborough"), {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1)
    assert f"{known.effects.loc[('reconvictions', '2'), 'mean']:.3f}" in done.stdout
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        *("beliefs.csv", "money.csv", "budget.csv", "remaining.csv"),
    }


def test_a_table_of_nothing_is_written():
    empty = sib.load("peterborough").assumptions().iloc[:0].reset_index().set_index(["path", "unit"])
    assert csv_of(empty).startswith("path,unit,value,")
