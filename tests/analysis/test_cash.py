"""Cash by period, bills by year, headroom, DPI, cost an outcome. Truth: a loop over ledgers, and closed forms."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import sib
from sib.analysis.headroom import limit_on
from tests.grammar import any_deals

SEVERAL = ("peace-squares-what-if", "memphis-what-if", "newpin")  # two payers, equity, fixed payments and redemption
PATHS = 30
START = dt.date(2026, 4, 1)
# One person, who is housed with probability 0.3: then 1,000 are paid by two; a third pays 500 whatever happens.
COIN = {
    "name": "One person",
    "summary": "a coin",
    "currency": "GBP",
    "start": START,
    "outcome_payer": "Council",
    "parties": ["Ministry", "Trust"],
    "cohorts": [{"name": "all", "size": 1, "enrol": {"starts": START, "months": 1}}],
    "metrics": [
        {
            "name": "housed",
            "kind": "proportion",
            "better": "higher",
            "compare": {"design": "none"},
            "reported": {"months_after_enrolment": 18},
        }
    ],
    "payments": [
        {
            "name": "outcome",
            "metric": "housed",
            "scope": "cohort",
            "pays": {"per_unit": 1_000},
            "payers": {"Council": 0.6, "Ministry": 0.4},
        },
        {
            "name": "fixed",
            "payer": "Trust",
            "due": {"dates": [dt.date(2029, 3, 31)]},
            "pays": {"amount": 500},
        },
    ],
    "limits": [{"name": "cap", "amount": 900}, {"name": "council's", "payer": "Council", "amount": 700}],
    "costs": [{"name": "service", "to": "provider", "per": "deal", "amount": 600, "starts": START}],
    "tranches": [{"name": "fund", "amount": 600}],
    "beliefs": {"levels": {"housed": 0.3}, "discount_rates": {"fund": 0.05}},
}


@pytest.fixture(scope="module")
def coin():
    return sib.simulate(sib.Scenario.from_data(COIN), 4_000, rng=3)


@pytest.fixture(scope="module", params=SEVERAL)
def several(request):
    simulation = sib.simulate(sib.load(request.param), PATHS, rng=7)
    return simulation, [simulation.ledger(path) for path in range(PATHS)]


def by_hand(ledger, party, begins=None):
    """One path's net cash of a party by calendar quarter, or by the year that begins on the first of a month; total."""
    found = {}
    for m in ledger.movements:
        sign = (m.payee == party) - (m.payer == party)
        year = m.date.year - (begins is not None and m.date.month < begins)
        key = year if begins else (m.date.year, (m.date.month - 1) // 3)
        if sign:
            found[key] = found.get(key, 0.0) + sign * m.amount
    return found


class TestCash:
    def test_is_what_the_ledger_of_each_path_says(self, several):
        simulation, ledgers = several
        for party in ledgers[0].parties:
            table = simulation.cash(party, levels=(0.2, 0.5))
            paths = [by_hand(ledger, party) for ledger in ledgers]
            for name, row in table.iloc[:-1].iterrows():
                day = dt.date.fromisoformat(name)
                truth = np.array([path.get((day.year, (day.month - 1) // 3), 0.0) for path in paths])
                assert row["mean"] == pytest.approx(truth.mean(), abs=1e-4)
                assert row["mean_mcse"] == pytest.approx(truth.std(ddof=1) / math.sqrt(PATHS), abs=1e-4)
                assert row["p20"] == pytest.approx(np.quantile(truth, 0.2, method="inverted_cdf"), abs=1e-4)
            total = np.array([sum(path.values()) for path in paths])
            assert table.loc["total", "p50"] == pytest.approx(np.quantile(total, 0.5, method="inverted_cdf"), abs=1e-4)
            assert table.loc["total", "mean"] == pytest.approx(total.mean(), abs=1e-4)

    @pytest.mark.parametrize("by", ["kind", "party"])
    def test_parts_add_up_to_the_whole(self, several, by):
        simulation, ledgers = several
        for party in ledgers[0].parties:
            whole, parts = simulation.cash(party, freq="YE"), simulation.cash(party, freq="YE", by=by)
            sums = parts["mean"].groupby(level="period").sum().reindex(whole.index, fill_value=0.0)
            np.testing.assert_allclose(sums, whole["mean"], atol=1e-4)
            assert whole["mean"].iloc[:-1].sum() == pytest.approx(whole.loc["total", "mean"], abs=1e-4)

    def test_kinds_are_those_of_the_mean_ledger(self, several):
        simulation, _ = several
        party = simulation.scenario.tranches[0].name
        frame = simulation.ledger().to_frame()
        frame = frame.assign(signed=frame["amount"] * np.where(frame["payee"] == party, 1.0, -1.0))
        truth = frame[(frame["payee"] == party) | (frame["payer"] == party)].groupby("kind")["signed"].sum()
        found = simulation.cash(party, by="kind").xs("total", level="period")["mean"]
        assert set(found.index) == set(truth.index)
        np.testing.assert_allclose(found, truth[found.index], atol=1e-4)

    def test_of_one_path(self, several):
        simulation, ledgers = several
        party = simulation.scenario.outcome_payer
        found = simulation.cash(party, freq=(7, 1), path=4)
        truth = by_hand(ledgers[4], party, begins=7)
        assert list(found.columns) == ["starts", "ends", "cash"]
        for name, amount in found["cash"].iloc[:-1].items():
            assert amount == pytest.approx(truth.get(int(name[:4]), 0.0), abs=1e-4)
        assert found.loc["total", "cash"] == pytest.approx(sum(truth.values()), abs=1e-4)
        of_kinds = simulation.cash(party, freq=(7, 1), path=4, by="kind")
        np.testing.assert_allclose(of_kinds["cash"].groupby(level="period").sum()[found.index], found["cash"])

    def test_empty_periods_are_there(self, coin):
        table = coin.cash("Trust", freq="ME")
        assert len(table) == 36 + 1
        assert table["mean"].tolist() == [0.0] * 35 + [-500.0] * 2
        assert (table["starts"].iloc[0], table["ends"].iloc[-1]) == (pd.Timestamp(START), pd.Timestamp("2029-03-31"))
        assert coin.cash("Council", freq="QE", by="kind").index.unique("kind").tolist() == ["outcome payment"]

    def test_on_every_path_and_date(self, several):
        simulation, ledgers = several
        for party in ledgers[0].parties:
            dates, amounts = simulation.cash_paths(party)
            assert amounts.shape == (PATHS, len(dates))
            for path in (0, 3, 29):
                truth = ledgers[path].cashflow(party).reindex(pd.DatetimeIndex(dates), fill_value=0.0)
                np.testing.assert_allclose(amounts[path], truth, atol=1e-6)

    def test_of_many_paths_of_which_few_values_are_kept(self, plan):
        simulation = sib.simulate(plan, 150_000, rng=4)
        table = simulation.cash("investors", levels=(0.05, 0.5))  # 33 quarters, of each of which 65,536 values are kept
        dates, amounts = simulation.cash_paths("investors")
        places = np.searchsorted(table["ends"].iloc[:-1].to_numpy(), dates.astype("datetime64[s]"))
        for place in range(len(table) - 1):
            own = amounts[:, places == place].sum(axis=1)
            assert table["p05"].iloc[place] == pytest.approx(np.quantile(own, 0.05, method="inverted_cdf"), abs=1e-4)
        assert table.loc["total", "mean"] == pytest.approx(amounts.sum(axis=1).mean(), rel=1e-9)

    def test_of_a_saved_file_and_of_a_posterior(self, plan, simulation, tmp_path):
        simulation.save(tmp_path / "run.sib")
        opened = sib.open(tmp_path / "run.sib")
        assert opened.cash("investors").equals(simulation.cash("investors"))
        posterior = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1).posterior
        row = posterior.cash("investors").loc["total"]
        truth = posterior.cash_paths("investors").amounts.sum(axis=1)
        assert row["mean"] == pytest.approx(truth.mean())
        wider = math.sqrt(1 + 2_000 / posterior.effective_paths)
        assert row["mean_mcse"] == pytest.approx(wider * truth.std(ddof=1) / math.sqrt(2_000))

    def test_a_position_discounted_at_a_rate_ends_at_the_present_value(self, coin):
        dates, amounts = coin.cash_paths("fund")
        worth = sib.npv(amounts, (dates - dates[0]).astype(float) / 365, 0.08)
        found = coin.position((0.1, 0.9), party="fund", rate=0.08).iloc[-1]
        np.testing.assert_allclose(found, np.quantile(worth, (0.1, 0.9), method="inverted_cdf"))


class TestBudget:
    @pytest.mark.parametrize("sampling", ["plain", "stratified", "sobol"])
    def test_the_total_of_who_pays_alone_is_the_summarys(self, plan, sampling):
        simulation = sib.simulate(plan, 50_000, rng=1, sampling=sampling)
        found, total = simulation.summary(), simulation.budget(levels=(0.95,)).xs("total", level="year").iloc[0]
        for figure, name in (("payer_net_mean", "mean"), ("payer_net_p95", "p95")):
            assert total[name] == pytest.approx(found.loc[figure, "estimate"], rel=1e-12)
            assert total[f"{name}_mcse"] == pytest.approx(found.loc[figure, "mcse"], rel=1e-6)

    def test_all_payers_together_pay_what_the_summary_says(self, several):
        simulation, _ = several
        totals = simulation.budget().xs("total", level="year")["mean"]
        assert totals.sum() == pytest.approx(simulation.summary().loc["payer_net_mean", "estimate"], abs=1e-3)
        for payer, amount in totals.items():
            alone = simulation.summary(payer=payer).loc["payer_net_mean", "estimate"]
            assert amount == pytest.approx(alone, abs=1e-3)
            assert simulation.budget(payer=payer).equals(simulation.budget().loc[[payer]])

    def test_is_what_the_ledger_of_each_path_says(self, several):
        simulation, ledgers = several
        for payer in simulation.futures.deal.contract.payers:
            table = simulation.budget(payer=payer, levels=(0.9,)).loc[payer]
            paths = [by_hand(ledger, payer, begins=4) for ledger in ledgers]
            for name, row in table.iloc[:-1].iterrows():
                truth = -np.array([path.get(int(name[:4]), 0.0) for path in paths])
                assert row["p90"] == pytest.approx(np.quantile(truth, 0.9, method="inverted_cdf"), abs=1e-4)
                assert row["chance_of_any"] == (truth > 0.005).mean()

    def test_a_coin_in_closed_form(self, coin):
        """Paid on 30% of paths in 2027-28: 540 by the council, 360 by the ministry, after the cap of 900; 500 by the
        trust a year later, for certain."""
        table = coin.budget(above={"2027-28": 400, "total": 539})
        for payer, amount in (("Council", 540.0), ("Ministry", 360.0)):
            row, share = table.loc[payer, "2027-28"], 0.3
            error = math.sqrt(share * (1 - share) / 4_000)
            assert row["chance_of_any"] == pytest.approx(share, abs=4 * error)
            assert row["chance_of_any_mcse"] == pytest.approx(error, rel=0.1)
            assert row["mean"] == pytest.approx(share * amount, abs=4 * amount * error)
            assert row["mean"] == pytest.approx(row["chance_of_any"] * amount)
            assert (row["p10"], row["p50"], row["p90"]) == (0.0, 0.0, amount)
            assert row["chance_above"] == (row["chance_of_any"] if amount > 400 else 0.0)
            assert table.loc[payer, "2026-27"].drop(["starts", "ends", "budget"]).dropna().eq(0.0).all()
        assert table.loc[("Council", "total"), "chance_above"] == table.loc[("Council", "2027-28"), "chance_of_any"]
        trust = table.loc["Trust"]
        assert trust["mean"].tolist() == [0.0, 0.0, 500.0, 500.0]
        assert trust["p10"].tolist() == trust["p90"].tolist() == trust["mean"].tolist()
        assert math.isnan(trust.loc["2028-29", "budget"])
        assert coin.budget(above=540).loc[("Council", "2027-28"), "chance_above"] == 0.0  # a budget may be spent

    def test_each_payer_has_a_budget_of_its_own(self, coin):
        mine = {"Council": {"2027-28": 539, "total": 540}, "Ministry": 359}
        table = coin.budget(above=mine)
        assert table.loc[("Council", "2027-28"), ["budget", "chance_above"]].to_list() == [
            *(539.0, table.loc[("Council", "2027-28"), "chance_of_any"])
        ]
        assert table.loc[("Council", "total"), ["budget", "chance_above"]].to_list() == [540.0, 0.0]
        assert table.loc["Ministry", "budget"].drop("total").eq(359.0).all()
        assert table.loc["Trust", ["budget", "chance_above"]].isna().all().all()
        for payer, of_it in mine.items():
            alone = coin.budget(payer=payer, above=of_it)
            pd.testing.assert_frame_equal(table.loc[[payer]][alone.columns], alone)
            pd.testing.assert_frame_equal(coin.budget(payer=payer, above=mine), alone)

    def test_quantiles_do_not_add_up(self, simulation):
        years = simulation.budget().droplevel("payer")
        assert years["mean"].iloc[:-1].sum() == pytest.approx(years.loc["total", "mean"])
        assert years["p90"].iloc[:-1].sum() > 1.2 * years.loc["total", "p90"]

    @pytest.mark.slow
    @given(any_deals())
    def test_of_random_deals(self, scenario):
        simulation = sib.simulate(scenario, 3, rng=5)
        ledgers = [simulation.ledger(path) for path in range(3)]
        table = simulation.budget(year_starts=(1, 1))
        for payer in simulation.futures.deal.contract.payers:
            truth = np.mean([ledger.paid(payer) - ledger.received(payer) for ledger in ledgers])
            assert table.loc[(payer, "total"), "mean"] == pytest.approx(truth, rel=1e-9, abs=1e-3)


class TestLedgersBalances:
    def test_count_in_the_same_periods(self, coin):
        ledger = coin.ledger(0)
        found = ledger.balances((4, 1))
        assert found.loc["Trust", "out"].tolist()[-1] == 500.0
        assert found.index.unique("period")[-1] == pd.Timestamp("2029-03-31")
        # by the first day of the quarter as by the last: a period is called by its last day
        assert ledger.balances("QS").equals(ledger.balances("QE"))


class TestHeadroom:
    def test_is_the_cap_less_what_is_paid(self, plan):
        simulation = sib.simulate(plan.replace({"limits.payer cap.amount": 5_000_000}), 20_000, rng=1)
        row, left = simulation.headroom().loc["payer cap"], 5_000_000 - simulation.columns["payment"]
        assert row["amount"] == 5_000_000
        assert row["mean"] == pytest.approx(left.mean())
        assert row["p05"] == pytest.approx(np.quantile(left, 0.05, method="inverted_cdf"), abs=1e-3)
        assert row["chance_reached"] == (left < 0.005).mean() > 0

    def test_counts_what_it_is_on(self, coin):
        """Of the cap of 900 all is paid where the person is housed; of the council's 700 its 540."""
        found, chance = coin.headroom(levels=(0.05, 0.95)), coin.summary().loc["payment_probability", "estimate"]
        assert found.loc["cap", ["p05", "p95", "chance_reached"]].tolist() == pytest.approx([0.0, 900.0, chance])
        assert found.loc["council's", ["p05", "p95", "chance_reached"]].tolist() == pytest.approx([160.0, 700.0, 0.0])
        assert found.loc["cap", "mean"] == pytest.approx(900 * (1 - chance))

    def test_of_ledgers_of_a_deal_with_two_limits(self):
        simulation = sib.simulate(sib.load("denver"), PATHS, rng=2)
        frames = [simulation.ledger(path).to_frame() for path in range(PATHS)]
        paid = np.array([frame.loc[frame["kind"] == "outcome payment", "amount"].sum() for frame in frames])
        assert simulation.headroom().loc["overall maximum", "mean"] == pytest.approx(11_420_000 - paid.mean())

    def test_a_limit_that_is_used_up_leaves_nothing(self):
        """To the last bit, however many payments use it up: what is left of millions is no millionth of a penny."""
        row = sib.simulate(sib.load("essex"), 200, rng=1).headroom(levels=(0.05,)).loc["maximum"]
        assert row["p05"] == 0.0
        assert row["chance_reached"] > 0.05

    def test_where_there_is_no_limit(self):
        assert sib.simulate(sib.load("doncaster"), 5, rng=1).headroom().empty

    def test_the_limit_on_all_that_a_payer_pays(self, coin):
        assert limit_on(coin.scenario, "Council").name == "council's"
        assert limit_on(coin.scenario, "Ministry").name == "cap"
        assert limit_on(coin.scenario, "Trust") is None
        # whose it is: the cap is shared by two; peterborough's is of the one who pays
        assert limit_on(coin.scenario, "Ministry").payer is None
        plan = sib.load("peterborough")
        assert limit_on(plan, plan.outcome_payer).payer == plan.outcome_payer


class TestDistributionsToPaidIn:
    def test_of_each_path_and_date(self, several):
        simulation, ledgers = several
        tranche = simulation.scenario.tranches[0].name
        found = simulation.dpi((0.5,), tranche=tranche)
        for day, row in list(found.iterrows())[::5]:
            share = []
            for ledger in ledgers:
                own = [m for m in ledger.movements if m.date <= day.date() and tranche in (m.payer, m.payee)]
                drawn = sum(m.amount for m in own if m.kind == "draw")
                back = sum(m.amount * (1 if m.payee == tranche else -1) for m in own if m.kind != "draw")
                share += [back / drawn] if drawn > 0 else []
            if share:
                assert row["mean"] == pytest.approx(np.mean(share), abs=1e-9)
                assert row["p50"] == pytest.approx(np.quantile(share, 0.5, method="inverted_cdf"), abs=1e-9)
            else:
                assert math.isnan(row["mean"])

    def test_ends_at_the_multiple(self, simulation):
        last, found = simulation.dpi((0.5,)).iloc[-1], simulation.summary()
        assert last["mean"] == pytest.approx(found.loc["multiple_mean", "estimate"])
        assert last["mean_mcse"] == pytest.approx(found.loc["multiple_mean", "mcse"])

    @pytest.mark.slow
    @given(any_deals())
    def test_of_random_deals_whose_capital_may_be_drawn_again_or_called_back(self, scenario):
        simulation = sib.simulate(scenario, 3, rng=5)
        for tranche in scenario.tranches:
            ledgers = [simulation.ledger(path) for path in range(3)]
            # who puts in no capital has a multiple of what it paid, and no capital over which anything is distributed
            known = [one.multiple(tranche.name) for one in ledgers if one.drawn(tranche.name) > 0]
            last = simulation.dpi((0.5,), tranche=tranche.name)["mean"].iloc[-1]
            assert last == pytest.approx(np.mean(known) if known else math.nan, rel=1e-9, abs=1e-9, nan_ok=True)


class TestCostPerOutcome:
    def test_a_price_is_what_each_costs(self, coin):
        """Capped at 900 the coin costs 900 where it falls; what the trust pays comes on top."""
        council = coin.cost_per_outcome("Council").loc["housed"]
        assert council["cost_per_outcome"] == pytest.approx(540.0)
        assert council["cost_per_outcome_mcse"] == pytest.approx(0.0, abs=1e-6)
        assert (council["low"], council["high"]) == pytest.approx((540.0, 540.0))
        both = coin.cost_per_outcome().loc["housed"]
        # 900 p + 500 over p, of a binomial p: by the delta method 500 sqrt((1 - p) / p^3 n)
        p = both["outcomes_mean"]
        assert both["cost_per_outcome"] == pytest.approx(900 + 500 / p)
        assert both["cost_per_outcome_mcse"] == pytest.approx(500 * math.sqrt((1 - p) / p**3 / 4_000), rel=1e-3)
        assert both["low"] < 900 + 500 / 0.3 < both["high"]
        assert both["unit"] == "GBP over units"

    @pytest.mark.slow
    @pytest.mark.parametrize("sampling", ["plain", "sobol"])
    def test_the_error_is_the_spread_over_seeds(self, plan, sampling):
        rows = [
            sib.simulate(plan, 45_000, rng=seed, sampling=sampling).cost_per_outcome().loc["reconvictions"]
            for seed in range(24)
        ]
        spread = np.std([row["cost_per_outcome"] for row in rows], ddof=1)
        assert np.mean([row["cost_per_outcome_mcse"] for row in rows]) == pytest.approx(spread, rel=0.6)  # 4 in 24

    def test_where_none_is_to_be_expected_there_is_no_figure(self, plan):
        none = plan.replace({"beliefs.effects.reconvictions": -0.3})
        row = sib.simulate(none, 500, rng=1).cost_per_outcome().loc["reconvictions"]
        assert np.isnan(row[["cost_per_outcome", "low", "high"]].to_numpy(dtype=float)).all()

    def test_where_there_may_be_none_it_has_no_bound(self, plan):
        doubtful = plan.replace({"beliefs.effects.reconvictions": 0.0})
        rows = [sib.simulate(doubtful, 100, rng=seed).cost_per_outcome().loc["reconvictions"] for seed in range(8)]
        unsure = [row for row in rows if abs(row["outcomes_mean"]) < 1.9 * row["outcomes_mean_mcse"]]
        assert unsure
        assert all(math.isnan(row["low"]) for row in unsure)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda s: s.cash("Counsel"), "party\n  came:  'Counsel'\n  rule:  a party of this deal"),
        (lambda s: s.cash(None), "party\n  came:  None\n  rule:  text, not a NoneType"),
        (lambda s: s.cash_paths(7), "party\n  came:  7"),
        (lambda s: s.cash("Council", path=4_000), "path\n  came:  4000\n  rule:  a path from 0 to 3999"),
        (lambda s: s.cash("Council", path=-1), "path\n  came:  -1"),
        (lambda s: s.cash("Council", by="label"), "by\n  came:  'label'\n  rule:  one of kind, party or None"),
        (lambda s: s.cash("Council", levels=(0.1, 1.2)), "levels\n  came:  1.2\n  rule:  each level is above 0 and"),
        (lambda s: s.cash("Council", levels=()), "levels\n  came:  ()\n  rule:  one level or more"),
        (lambda s: s.cash("Council", levels=0.5), "levels\n  came:  0.5\n  rule:  a list of finite numbers"),
        (lambda s: s.cash("Council", freq="fortnight"), "freq\n  came:  'fortnight'"),
        (lambda s: s.budget(year_starts=(2, 31)), "year_starts\n  came:  (2, 31)\n  rule:  the month and the day on"),
        (lambda s: s.budget(year_starts="YE"), "year_starts\n  came:  'YE'"),
        (lambda s: s.budget(payer="Ministri"), 'rule:  who pays for outcomes in the deal\n  to do: did you mean "Min'),
        (lambda s: s.budget(payer="fund"), "payer\n  came:  'fund'"),
        (lambda s: s.budget(above=-1), "above\n  came:  -1.0\n  rule:  money, from 0 to 1e15"),
        (lambda s: s.budget(above="1m"), "above\n  came:  '1m'\n  rule:  a finite number"),
        (
            lambda s: s.budget(above={"Council": 1, "2014-15": 2}),
            "above\n  came:  '2014-15'\n  rule:  payers alone, where one of them is named; years within",
        ),
        (
            lambda s: s.budget(above={"Council": {"2035-36": 1}}),
            "']\n  came:  '2035-36'\n  rule:  years of the budget, or total",
        ),
        (lambda s: s.position(levels=[]), "levels\n  came:  ()\n  rule:  one level or more"),
        (lambda s: s.cash("Council", levels=[]), "levels\n  came:  ()\n  rule:  one level or more"),
        (lambda s: s.budget(above={"2035-36": 1}), "above\n  came:  '2035-36'\n  rule:  years of the budget, or total"),
        (lambda s: s.cost_per_outcome("Trst"), 'to do: did you mean "Trust"?'),
        (lambda s: s.dpi(tranche="funds"), "tranche\n  came:  'funds'\n  rule:  a tranche of the deal\n  to do: did"),
        (lambda s: s.position(party="x"), "party\n  came:  'x'"),
        (lambda s: s.position(rate=8), "rate\n  came:  8.0\n  rule:  a rate a year as a decimal"),
    ],
)
def test_what_is_not_there_is_refused(coin, ask, said):
    with pytest.raises(sib.InputError) as error:
        ask(coin)
    assert said in str(error.value)


@pytest.mark.parametrize("above", [0.4, {"total": 0.5}])
def test_a_share_is_no_budget(above):
    with pytest.raises(sib.InputError, match="money, and no share"):
        sib.simulate(sib.load("peterborough"), 20, rng=1).budget(above=above)


@pytest.mark.parametrize("freq", ["-1QE", "2QE"])
def test_periods_are_one_at_a_time_and_forwards(freq):
    with pytest.raises(sib.InputError, match="one month, one quarter or one year at a time"):
        sib.simulate(sib.load("peterborough"), 20, rng=1).cash("investors", freq=freq)


@pytest.mark.parametrize(
    ("path", "rule"),
    [(path, "a whole number") for path in ("0", 1.5, True)] + [(path, "a path from 0 to 19") for path in (20, -1)],
)
def test_a_path_is_a_whole_number(path, rule):
    simulation = sib.simulate(sib.load("peterborough"), 20, rng=1)
    for asked in (lambda: simulation.cash("investors", path=path), lambda: simulation.ledger(path)):
        with pytest.raises(sib.InputError, match=rule):
            asked()


def test_a_cost_an_outcome_that_does_not_vary_has_no_error():
    found = sib.simulate(sib.load("peterborough"), 3, rng=0, chance=()).cost_per_outcome().iloc[0]
    assert found["paid_mean_mcse"] == found["outcomes_mean_mcse"] == found["cost_per_outcome_mcse"] == 0.0
