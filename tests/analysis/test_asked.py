"""Figures that people quote, where they are asked for. Truth: the ledger of each path, and closed forms."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest

import sib
from sib.analysis.columns import Reading
from sib.analysis.figures import FIGURES, figures_of
from tests.analysis.test_without_persons import LOAN

PATHS = 40
ASKED = [name for name in FIGURES if name not in {figure.name for figure in figures_of(None)}]
DEALS = ("denver", "memphis-what-if", "newpin", "peterborough")


@pytest.fixture(scope="module", params=DEALS)
def deal(request):
    simulation = sib.simulate(sib.load(request.param), PATHS, rng=11)
    return simulation, [simulation.ledger(path) for path in range(PATHS)]


def flows(ledger, tranche):
    """A tranche's cash, and when it comes, in years from the first of it."""
    cash = ledger.cashflow(tranche)
    return cash.to_numpy(), (cash.index - cash.index[0]).days.to_numpy() / 365


class TestOfATranche:
    """Each figure, from the ledgers of the paths one by one."""

    def test_the_chance_that_a_hurdle_is_reached(self, deal):
        simulation, ledgers = deal
        for tranche in simulation.scenario.tranches:
            own = [(*flows(ledger, tranche.name), ledger) for ledger in ledgers if ledger.drawn(tranche.name) > 0]
            found = simulation.summary(tranche.name, hurdle=0.02, hurdle_multiple=1.05)
            rate = np.mean([sib.npv(cash, years, 0.02) >= -1e-6 for cash, years, _ in own])
            multiple = np.mean([ledger.multiple(tranche.name) >= 1.05 - 1e-9 for *_, ledger in own])
            assert found.loc["hurdle_probability", "estimate"] == rate
            assert found.loc["hurdle_multiple_probability", "estimate"] == multiple
            assert found.loc["hurdle_probability", "paths"] == len(own)

    def test_payback_and_what_is_out(self, deal):
        simulation, ledgers = deal
        for tranche in simulation.scenario.tranches:
            own = [flows(ledger, tranche.name) for ledger in ledgers if not ledger.cashflow(tranche.name).empty]
            # from the first day on which money goes out, which is the first of all in these deals
            assert all(cash[0] < 0 for cash, _ in own)
            back = np.array([float(sib.payback(cash, years)) for cash, years in own])
            out = [max(-np.cumsum(cash).min(), 0.0) for cash, _ in own] + [0.0] * (PATHS - len(own))
            found = simulation.summary(tranche.name, measures=ASKED[2:])
            assert found.loc["payback_median", "paths"] == np.isfinite(back).sum()
            if np.isfinite(back).any():
                truth = np.quantile(back[np.isfinite(back)], 0.5, method="inverted_cdf")
                assert found.loc["payback_median", "estimate"] == pytest.approx(truth)
                assert found.loc["payback_median", "unit"] == "years"
            assert found.loc["peak_out_mean", "estimate"] == pytest.approx(np.mean(out))
            assert found.loc["peak_out_p95", "estimate"] == pytest.approx(
                np.quantile(out, 0.95, method="inverted_cdf"), abs=1e-6
            )


def test_hurdles_and_rates_agree_where_there_is_a_rate(simulation):
    """Money goes out first: the hurdle is reached where the rate is."""
    for hurdle in (-0.2, 0.0, 0.05):
        chance = simulation.summary(hurdle=hurdle).loc["hurdle_probability"]
        rates = simulation.columns["irr"]
        assert np.isnan(rates).mean() < 0.05
        known = (rates >= hurdle).mean()
        assert known <= chance["estimate"] <= known + np.isnan(rates).mean()
    assert simulation.summary(hurdle_multiple=1.0).loc["hurdle_multiple_probability", "estimate"] == pytest.approx(
        1 - simulation.summary().loc["loss_probability", "estimate"]
    )


def test_a_rate_that_is_just_reached_is_reached():
    """A loan whose rate is what its flows say, to the last digit; a hurdle a hair above is not reached."""
    loan = sib.Scenario.from_data(LOAN)
    rate = sib.expected_case(loan).irr("bank")
    simulation = sib.simulate(loan, 10, rng=1)
    for hurdle, chance in ((rate, 1.0), (rate + 1e-7, 0.0)):
        assert simulation.summary(hurdle=hurdle).loc["hurdle_probability", "estimate"] == chance


def test_a_loan_in_closed_form():
    """10,000 out on 1 January 2020, 2,700 back every half year from 30 June 2020 on: whole again on the fourth day."""
    found = sib.simulate(sib.Scenario.from_data(LOAN), 10, rng=1).summary(measures=ASKED[2:])["estimate"]
    days = (dt.date(2021, 12, 31) - dt.date(2020, 1, 1)).days
    assert found["payback_median"] == pytest.approx(days / 365)
    assert found["peak_out_p95"] == pytest.approx(10_000)
    assert found["liquidity_mean"] == pytest.approx(0.0, abs=1e-9)  # all of the capital is needed for the works


def test_payback_counts_from_the_day_on_which_money_first_goes_out(plan):
    data = plan.data()
    data.pop("sources")
    later = {**data, "start": plan.start - dt.timedelta(days=730)}  # two years in which nothing happens
    one, other = (sib.simulate(sib.Scenario.from_data(d), 500, rng=1) for d in (data, later))
    found = [s.summary(measures=["payback_median"]).loc["payback_median", "estimate"] for s in (one, other)]
    assert found[0] == pytest.approx(found[1])


def test_liquidity_is_what_is_left_of_the_capital(deal):
    simulation, _ = deal
    committed = sum(tranche.amount for tranche in simulation.scenario.tranches)
    left = committed - simulation.columns["capital_needed"]
    found = simulation.summary(measures=["liquidity_mean", "liquidity_p05"])["estimate"]
    assert found["liquidity_mean"] == pytest.approx(left.mean())
    assert found["liquidity_p05"] == pytest.approx(np.quantile(left, 0.05, method="inverted_cdf"))


class TestAsking:
    def test_nothing_changes_where_nothing_is_asked_for(self, simulation):
        whole = simulation.summary()
        assert not set(ASKED) & set(whole.index)
        asked = simulation.summary(hurdle=0.05)
        assert asked.iloc[:-1].equals(whole)
        some = simulation.summary(measures=["npv_mean", "loss_probability"])
        assert some.equals(whole.loc[["loss_probability", "npv_mean"]])

    def test_what_nobody_asks_for_is_not_worked_out(self, simulation, monkeypatch):
        def asked(self):
            pytest.fail("nobody asked for it")

        for column in ("hurdle_npv", "payback", "peak_out", "liquidity", "irr"):
            monkeypatch.setattr(Reading, column, property(asked))
        assert simulation.summary(hurdle_multiple=1.1).index[-1] == "hurdle_multiple_probability"

    def test_of_a_tranche_it_is_what_compare_and_the_table_of_tranches_say(self):
        denver = sib.load("denver")
        simulation = sib.simulate(denver, 3_000, rng=1)
        alone = simulation.summary("jail loans", hurdle=0.03)
        found = sib.compare({"a": denver, "b": denver}, 3_000, rng=1, tranche="jail loans", hurdle=0.03)
        np.testing.assert_array_equal(found["a", "estimate"], alone["estimate"])
        np.testing.assert_array_equal(found["a", "mcse"], alone["mcse"])
        assert (found["b", "difference"].dropna() == 0).all()
        assert alone["estimate"].iloc[:-1].equals(simulation.tranches()["jail loans", "estimate"])

    def test_of_a_payer(self):
        deal = sib.load("peace-squares-what-if")
        simulation = sib.simulate(deal, 500, rng=1)
        payers = simulation.futures.deal.contract.payers
        whole = simulation.summary()["estimate"]
        parts = [simulation.summary(payer=payer)["estimate"] for payer in payers]
        assert sum(part["payment_mean"] for part in parts) == pytest.approx(whole["payment_mean"])
        for payer, part in zip(payers, parts, strict=True):
            ledger = simulation.ledger()
            assert part["payer_net_mean"] == pytest.approx(ledger.paid(payer) - ledger.received(payer))
            found = sib.compare({"a": deal}, 500, rng=1, payer=payer, measures=["payer_net_p95"])
            assert found.loc["payer_net_p95", ("a", "estimate")] == part["payer_net_p95"]
            assert part["irr_mean"] == pytest.approx(whole["irr_mean"], nan_ok=True)  # the investors stay as they are

    def test_differences_of_what_is_asked_for_have_an_error(self, plan):
        better = plan.replace({"beliefs.effects.reconvictions.mean": 0.12})
        found = sib.compare({"a": plan, "b": better}, 4_000, rng=1, hurdle=0.05, measures=["hurdle_probability"])
        row = found.loc["hurdle_probability", "b"]
        one, other = (sib.simulate(s, 4_000, rng=1) for s in (plan, better))
        by_path = [
            sib.npv(amounts, (dates - dates[0]).astype(float) / 365, 0.05) >= -1e-6
            for dates, amounts in (s.cash_paths("investors") for s in (one, other))
        ]
        change = by_path[1].astype(float) - by_path[0]
        assert row["difference"] == pytest.approx(change.mean())
        assert row["difference_mcse"] == pytest.approx(change.std(ddof=1) / math.sqrt(4_000), rel=0.02)

    def test_of_a_long_run_and_of_a_saved_file(self, simulation, tmp_path):
        simulation.save(tmp_path / "run.sib")
        opened = sib.open(tmp_path / "run.sib")
        assert opened.summary(hurdle=0.05).equals(simulation.summary(hurdle=0.05))

    def test_a_file_of_an_older_version_has_the_rows_that_it_had(self):
        opened = sib.open(Path(__file__).parents[1] / "cases" / "saved-1.sib")
        kept = opened.summary()
        assert kept.loc["loss_probability"].equals(opened.summary(measures=["loss_probability"]).iloc[0])
        with pytest.raises(sib.InputError, match="one made by this version"):
            opened.summary(hurdle=0.05)


REMEDY = "to do: write 0.05 for five per cent a year"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"hurdle": 5},
            f"hurdle\n  came:  5.0\n  rule:  a rate of return a year as a decimal, above -1 and below 1\n  {REMEDY}",
        ),
        ({"hurdle": "5%"}, "hurdle\n  came:  '5%'"),
        ({"hurdle": float("nan")}, "hurdle\n  came:  nan"),
        (
            {"hurdle_multiple": 115},
            "hurdle_multiple\n  came:  115.0\n  rule:  a multiple of the capital drawn, above 0",
        ),
        (
            {"tranche": "investor"},
            "tranche\n  came:  'investor'\n  rule:  a tranche of the deal\n  to do: did you mean",
        ),
        ({"payer": "Ministry of Justice"}, "payer\n  came:  'Ministry of Justice'\n  rule:  who pays for outcomes"),
        ({"measures": ["hurdle_probability"]}, "rule:  a figure that is taken against a hurdle, where `hurdle` says"),
        (
            {"measures": ["peak_out"]},
            "measures\n  came:  'peak_out'\n  rule:  a figure of the summary\n  to do: did you",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(simulation, given, said):
    with pytest.raises(sib.InputError) as error:
        simulation.summary(**given)
    assert said in str(error.value)
    with pytest.raises(sib.InputError) as error:
        sib.compare({"a": simulation.scenario}, 10, rng=1, **given)
    assert said in str(error.value)


class TestAHurdleWhereverAMeasureIsAskedFor:
    """Truth: the summary of the same futures."""

    PRICE = "payments.pooled.pays.per_unit"
    HURDLES = (("hurdle", 0.02, "hurdle_probability"), ("hurdle_multiple", 1.1, "hurdle_multiple_probability"))

    @pytest.mark.parametrize(("argument", "value", "name"), HURDLES)
    def test_each_question_says_what_the_summary_says(self, plan, argument, value, name):
        same = {argument: value, "paths": 1_000, "rng": 1}
        at = [plan.replace({self.PRICE: price}) for price in (12_000, 15_000)]
        known = [sib.simulate(one, 1_000, rng=1).summary(**{argument: value}).loc[name, "estimate"] for one in at]
        assert known[0] < known[1]
        ends = {self.PRICE: (12_000, 15_000)}
        bar = sib.tornado(plan, ends, measure=name, points=2, **same).iloc[0]
        assert [bar["at_low"], bar["at_high"]] == known
        swept = sib.sweep({self.PRICE: list(ends[self.PRICE])}, plan, measures=[name], **same)
        assert swept["estimate"].to_list() == known
        scan = sib.solve(plan, self.PRICE, sum(known) / 2, measure=name, within=(12_000, 15_000), points=2, **same)
        assert scan.attrs["scan"]["estimate"] == known
        assert scan.attrs["measure"].endswith(f"reaches the hurdle, {value}")

    def test_of_one_tranche(self):
        deal = sib.load("memphis-what-if")
        known = sib.simulate(deal, 500, rng=1).summary("lenders", hurdle=0.03).loc["hurdle_probability", "estimate"]
        asked = {"measure": "hurdle_probability", "tranche": "lenders", "hurdle": 0.03}
        assert (
            sib.tornado(deal, {"costs.0.amount": None}, points=2, paths=500, rng=1, **asked)["at_base"].iloc[0] == known
        )

    def test_a_party_may_need_it(self, plan):
        grid = {self.PRICE: [12_000, 15_000], "payments.pooled.when.improvement": [0.05, 0.075]}
        need = {"measure": "hurdle_probability", "hurdle": 0.02, "at_least": 0.4}
        table = sib.agreement(plan, grid, {"fund": need}, paths=1_000, rng=1)
        at = plan.replace({self.PRICE: 15_000, "payments.pooled.when.improvement": 0.05})
        known = sib.simulate(at, 1_000, rng=1).summary(hurdle=0.02).loc["hurdle_probability", "estimate"]
        assert table["worth"].iloc[2] == known

    def test_sensitivity_takes_it(self, plan):
        ranges = {self.PRICE: (10_000, 20_000)}
        asked = {"measure": "hurdle_probability", "points": 16, "paths": 500, "rng": 1}
        low, high = (
            sib.sensitivity(plan, ranges, hurdle=hurdle, **asked).attrs["variance"] for hurdle in (-0.99, 0.02)
        )
        assert low == 0.0  # which everybody reaches
        assert high > 0.0

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (
                {"measure": "hurdle_probability"},
                "measure\n  came:  'hurdle_probability'\n  rule:  a figure that is taken against a hurdle, where"
                " `hurdle` says which\n  to do: pass hurdle= with it, or ask for another figure",
            ),
            (
                {"measure": "hurdle_probability", "hurdle_multiple": 1.2},
                "measure\n  came:  'hurdle_probability'\n  rule:  a figure that is taken against a hurdle, where"
                " `hurdle` says which\n  to do: pass hurdle= with it, or ask for another figure",
            ),
            (
                {"measure": "loss_probability", "hurdle": 0.05},
                "hurdle\n  came:  0.05\n  rule:  a hurdle where the measure is taken against it, which"
                " loss_probability is not\n"
                '  to do: ask for measure="hurdle_probability", or leave it out',
            ),
            (
                {"measure": "hurdle_probability", "hurdle": 5},
                "hurdle\n  came:  5.0\n  rule:  a rate of return a year as a decimal, above -1 and below 1\n"
                "  to do: write 0.05 for five per cent a year",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused(self, plan, given, said):
        for question in (
            lambda: sib.tornado(plan, {self.PRICE: (1, 2)}, **given),
            lambda: sib.sensitivity(plan, {self.PRICE: (1, 2)}, **given),
            lambda: sib.solve(plan, self.PRICE, 0.5, within=(1, 2), **given),
        ):
            with pytest.raises(sib.InputError) as error:
                question()
            assert str(error.value) == said

    def test_a_party_and_a_sweep_say_so_too(self, plan):
        with pytest.raises(sib.InputError, match="pass hurdle= with it, or leave it out"):
            sib.sweep({"a": plan}, paths=10, rng=1, measures=["hurdle_probability"])
        grid = {self.PRICE: [12_000], "payments.pooled.when.improvement": [0.05]}
        with pytest.raises(sib.InputError, match=r"parties\['fund'\].measure\n  came:  'hurdle_probability'"):
            sib.agreement(plan, grid, {"fund": {"measure": "hurdle_probability", "at_least": 0.5}})
        with pytest.raises(sib.InputError, match=r"parties\['city'\].hurdle\n  came:  0.05\n  rule:  who values"):
            sib.agreement(plan, grid, {"city": {"values_outcome_at": 5, "hurdle": 0.05}})

    def test_measured_results_leave_no_chance(self, plan):
        with pytest.raises(sib.InputError) as error:
            sib.solve(plan, self.PRICE, 0.5, hurdle=0.05, results={"reconvictions": 0.1})
        assert str(error.value) == (
            "hurdle\n  came:  0.05\n  rule:  a hurdle where there is chance: on measured results it is reached or not\n"
            '  to do: leave it out, and pass measure="irr" with it as the target'
        )


class TestTheExpectedCase:
    def test_is_the_deal_settled_on_what_is_believed(self, plan):
        assert sib.expected_case(plan).to_frame().equals(sib.settle(plan, {"reconvictions": 0.09}).to_frame())

    def test_has_a_statement_and_a_rate(self):
        loan = sib.expected_case(sib.Scenario.from_data(LOAN))
        assert loan.received("bank") == pytest.approx(10_800)
        assert len(loan.statement()) == 4

    def test_of_what_is_no_scenario(self):
        with pytest.raises(sib.InputError, match="scenario\n  came:  'denver'"):
            sib.expected_case("denver")
