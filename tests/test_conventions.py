"""The numbered conventions of sib/CONVENTIONS.md, a class each."""

import datetime as dt
import math
import re
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

import sib
from sib.chance.sources import LAYERS, Chance
from sib.model.prior import believe
from sib.run.recipe import Deal
from sib.show.export import csv_of
from tests import milestones
from tests.analysis.test_portfolio import START, deal
from tests.milestones import funnel, milestone, price
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over
from tests.triangles import TAYLOR_ASHE

PAGE = Path(sib.__file__).with_name("CONVENTIONS.md").read_text(encoding="utf-8")


def test_every_convention_has_a_class():
    numbers = re.findall(r"^## (\d+)\.", PAGE, re.MULTILINE)
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    classes = [name for name in globals() if name.startswith("Test")]
    assert [re.match(r"Test(\d+)", name)[1] for name in classes] == numbers


class Test1PositiveIsReceived:
    def test_investors_pay_first_and_receive_last(self, went):
        cash = sib.settle(went, {"reconvictions": 0.09}).cashflow("investors")
        assert cash.iloc[0] < 0 < cash.iloc[-1]

    def test_losses_are_positive(self):
        assert sib.risk.value_at_risk([1.0, 1.0]).estimate == 1.0


class Test2RealDatesAndYearsOf365Days:
    def test_a_leap_year_is_longer_than_a_year(self):
        assert float(sib.irr([-100, 110], [0, 366 / 365])) == pytest.approx(1.1 ** (365 / 366) - 1, rel=1e-12)

    def test_dates_are_times_since_the_earliest_of_them(self):
        days = [dt.date(2022, 1, 1), dt.date(2020, 1, 1), dt.date(2021, 1, 1)]
        value = 110 / 1.1 ** (366 / 365) + 121 / 1.1 ** (731 / 365) - 200
        assert float(sib.npv([121.0, -200.0, 110.0], days, 0.1)) == pytest.approx(value, rel=1e-12)

    def test_cash_falls_on_calendar_dates(self, plan):
        cash = sib.settle(plan, {"reconvictions": 0.0}).cashflow("investors")
        assert [str(day.date()) for day in cash.index[:3]] == ["2010-09-09", "2010-12-09", "2011-03-09"]

    def test_month_ends_stay_month_ends(self, plan):
        ends = plan.replace(
            {"costs.service.per": "deal", "costs.service.starts": dt.date(2011, 6, 30), "costs.service.instalments": 4}
        )
        found = [item.date for item in ends.timetable.instalments_of("service")]
        assert found == [dt.date(2011, 6, 30), dt.date(2011, 9, 30), dt.date(2011, 12, 31), dt.date(2012, 3, 31)]

    def test_a_price_is_that_of_the_year_of_the_result(self, plan):
        """Cohort 1 is published on 9 August 2014, paid a month later: a year that begins in between is not its own."""
        rises = {"from": dt.date(2013, 8, 20), "a_year": 0.5}
        rising = plan.replace({"payments.early.pays.rises": rises})
        found = [
            sib.settle(one, {"reconvictions": {"1": 0.2, "2": 0, "3": 0}}).statement()["paid"].sum()
            for one in (plan, rising)
        ]
        assert found[0] == pytest.approx(found[1], rel=1e-12)

    def test_a_loan_counts_days_as_it_says_and_a_hurdle_by_365(self):
        # a bond of 100,000 at 6% by 30/360 from 1 January 2020 to 1 July 2022: 900 days of 360, while 912 have passed
        fragment = next(one for one in FRAGMENTS if 'day_count = "30/360"' in one and 'name = "bond"' in one)
        ledger = sib.settle(laid_over(BASE, fragment), {"arrests": 0.9})
        frame = ledger.to_frame()
        first = frame[(frame["payee"] == "bond") & (frame["kind"] == "interest")].iloc[0]
        assert first["amount"] == pytest.approx(100_000 * 0.06 * 900 / 360)
        rate = ledger.irr("bond")
        assert 15_000 * (1 + rate) ** (-912 / 365) + 106_000 * (1 + rate) ** (-1277 / 365) == pytest.approx(100_000)


class Test3AThresholdIsMetAtEquality:
    @pytest.mark.parametrize("treated", [1.395, 1.55 * 0.9, 1.55 - 0.155])
    def test_ten_per_cent_is_ten_per_cent(self, plan, treated):
        result = {"treated": treated, "comparison": 1.55}
        assert sib.settle(plan, {"reconvictions": [result, 0.0, 0.0]}).received("investors") > 0

    def test_unless_the_schedule_says_more_than(self, plan):
        pays = {"steps": [[0.1, 100.0]], "more_than": [0.1]}
        strict = plan.replace(
            {
                "payments.early.pays": pays,
                "payments.early.when": None,
                "payments.pooled": None,
                "limits.payer cap.on": ["early"],
                "limits.return cap.on": ["early"],
            }
        )
        paid = [sib.settle(strict, {"reconvictions": x}).received("investors") for x in (0.1, 0.1001)]
        assert paid == [0, 300]

    @pytest.mark.parametrize(
        ("path", "value", "near"),
        [
            ("tranches.investors.amount", 1e-150, 1e-13),
            ("costs.service.amount", 1e-300, 1e-13),
            ("beliefs.comparison.reconvictions", {"mean": 1.55, "shape": 1e-310}, {"mean": 1.55, "shape": 1e-13}),
            ("payments.early.pays", {"nodes": [[0, 0], [5e-324, 9]]}, {"nodes": [[0.1, 0], [0.1 + 1e-13, 9]]}),
        ],
    )
    def test_what_is_next_to_nothing_is_refused(self, plan, path, value, near):
        for each in (value, near):
            with pytest.raises(sib.ScenarioError, match=r"rounding"):
                plan.replace({path: each})


class Test4ImprovementIsPositiveWhenBetter:
    @pytest.mark.parametrize(("better", "treated"), [("lower", 1.24), ("higher", 1.86)])
    def test_in_either_direction(self, plan, better, treated):
        scenario = plan.replace({"metrics.reconvictions.better": better})
        result = {"treated": treated, "comparison": 1.55}
        by_level = sib.settle(scenario, {"reconvictions": result})
        by_improvement = sib.settle(scenario, {"reconvictions": 0.2})
        assert by_level.received("investors") == pytest.approx(by_improvement.received("investors")) != 0

    def test_persons_are_pooled(self, plan):
        # 100 of 1,000 events avoided in one cohort, none of 3,000 in the other: 2.5%, not the mean of 10% and 0%
        base = {
            "cohorts.3": None,
            "payments.early": None,
            "payments.pooled.when": {"improvement": 0.026},
            "limits": None,
        }
        measured = [{"treated": 0.9, "comparison": 1.0}, {"treated": 3.0, "comparison": 3.0}]
        paid = [
            sib.settle(
                plan.replace({**base, "payments.pooled.when": {"improvement": level}}), {"reconvictions": measured}
            ).received("investors")
            for level in (0.025, 0.026)
        ]
        assert paid == pytest.approx([100 * 13_720, 0])

    def test_a_quantity_keeps_its_coefficient_of_variation(self, plan):
        # 1,000 persons with a mean of 138 and a standard deviation of 150, cut by a third; 10,000 controls
        data = compared(plan, {"design": "matched", "controls": 10}, effects={"reconvictions": 1 / 3}).data()
        data["metrics"][0] |= {"kind": "mean"}
        del data["metrics"][0]["window_months"]
        data["beliefs"]["comparison"] = {"reconvictions": {"mean": 138, "sd": 150}}
        paths = sib.simulate(sib.Scenario.from_data(data), 40_000, rng=1).paths
        error = 2 / 3 * 150 / 138 * math.sqrt(1 / 1_000 + 1 / 10_000)
        assert paths["reconvictions.1.improvement"].std() == pytest.approx(error, rel=0.02)

    def test_who_takes_part_varies_as_believed(self, plan):
        unsure = {"beliefs.engagement": {"share": 0.7, "sd": 0.3}, "beliefs.effects.reconvictions": 0.1}
        part = sib.simulate(plan.replace(unsure), 40_000, rng=1).paths["reconvictions.1.effect"] / 0.1
        assert part.mean() == pytest.approx(0.7, abs=4 * 0.3 / 200)
        assert part.std() == pytest.approx(0.3, rel=0.02)


class Test5CapsCutTheLatestClaims:
    def test_in_the_order_of_dates(self, plan):
        capped = plan.replace({"limits.payer cap.amount": 3_000_000, "limits.return cap": None})
        frame = sib.settle(capped, {"reconvictions": 0.1}).to_frame()
        paid = frame[frame["payer"] == plan.outcome_payer]["amount"].tolist()
        each = 0.1 * 1550 * 13_720
        assert paid == pytest.approx([each, 3_000_000 - each])

    def test_a_statement_says_of_each_limit_what_it_takes_from_what_those_before_it_left(self, plan):
        # 0.1 * 1,550 * 13,720 = 2,126,600 a payment: of the second the wider limit leaves 1,873,400, the other 873,400
        limits = [{"name": name, "on": ["early"], "amount": amount} for name, amount in (("4m", 4e6), ("3m", 3e6))]
        found = sib.settle(plan.replace({"limits": limits}), {"reconvictions": 0.1}).statement()
        assert found["limits"].tolist()[:2] == ["", "4m: 253,200; 3m: 1,000,000"]
        assert found["unmet"].tolist()[3:] == ["no result counts: given up, or paid for already"]

    def test_a_capped_return_over_the_whole_deal_may_pay_fewer_pounds_for_a_better_result(self, plan):
        whole = plan.replace({"limits.return cap.scope": "pooled"})
        ten, fifteen = (sib.settle(whole, {"reconvictions": x}) for x in (0.10, 0.15))
        assert fifteen.received("investors") < ten.received("investors")
        assert fifteen.irr("investors") == pytest.approx(0.13)
        assert ten.irr("investors") < 0.13

    def test_a_capped_return_by_cohort_does_not_in_peterborough(self, plan):
        assert (np.diff(sib.payoff(plan, np.linspace(0, 0.5, 200))["payment"]) >= -1e-6).all()

    def test_for_each_person_the_milestones_that_come_last(self):
        # of 50 who have a job 30 keep it and 20 of these work full time: 600, then 800 of 1,000, then no third item
        scenario = laid_over(BASE, FRAGMENTS[TITLES.index("At most so much, or so many, a person")])
        paid = (
            sib.settle(scenario, {"jobs": 50, "keeps job": 30, "full time": 20}).statement().groupby("payment")["paid"]
        )
        assert paid.sum().to_dict() == {"enters work": 30_000, "full time": 0, "keeps job": 24_000}

    def test_on_one_day_in_the_order_of_the_file(self):
        fragment = FRAGMENTS[TITLES.index("Outcomes that do not follow on each other, all within the ceiling")]
        data = laid_over(BASE, fragment).replace({"limits.a person.items_per_person": 1}).data()
        data["beliefs"]["levels"] |= dict.fromkeys(("attends school", "jobs", "qualification"), 1.0)
        for first, then in (("attends school", "jobs"), ("jobs", "attends school")):
            data["payments"].sort(key=lambda payment, first=first: payment["name"] != first)
            simulation = sib.simulate(sib.Scenario.from_data(data), 1, rng=1)
            paid = simulation.ledger(0).statement().groupby("payment")["paid"].sum()
            assert paid[first] > 0
            assert paid[then] == paid["qualification"] == 0

    def test_a_price_or_a_ceiling_changes_no_future(self):
        scenario = laid_over(BASE, FRAGMENTS[TITLES.index("At most so much, or so many, a person")])
        changes = ({"limits.a person.per_person": 700}, {"payments.keeps job.pays.per_unit": 3})
        models = {Deal.of(scenario.replace(change)).model.fingerprint for change in ({}, *changes)}
        assert len(models) == 1

    def test_totals_do_not_say_who_reached_what(self):
        fragment = FRAGMENTS[TITLES.index("Outcomes that do not follow on each other, all within the ceiling")]
        measured = {"attends school": 60, "qualification": 30, "jobs": 20}
        assert sib.settle(laid_over(BASE, fragment), measured).paid("city") == 183_000
        with pytest.raises(sib.InputError, match="which milestones each person reached"):
            sib.settle(laid_over(BASE, fragment).replace({"limits.a person.per_person": 7_000}), measured)


class Test6InternalRateOfReturn:
    def test_total_loss(self):
        assert float(sib.irr([-1.0, -1.0], [0, 1])) == -1

    def test_no_rate(self):
        assert np.isnan(sib.irr([-100.0, 150.0, -100.0], [0, 1, 2]))

    def test_several_rates(self):
        assert float(sib.irr([-100.0, 230.0, -132.0], [0, 1, 2])) == pytest.approx(0.10)

    def test_the_multiple_of_capital_that_is_drawn_again_is_on_the_most_that_was_out(self):
        # 100,000 out and back, out again and 80,000 back with 20,000 on top in between: 100,000 for 100,000
        fragment = next(one for one in FRAGMENTS if "revolving = true" in one)
        ledger = sib.settle(laid_over(BASE, fragment), {"first days": [1200, 800]})
        assert (ledger.paid("lender"), ledger.drawn("lender"), ledger.multiple("lender")) == (200_000, 100_000, 1.0)

    def test_nothing_paid_in(self):
        assert np.isnan(sib.irr([1.0, 1.0], [0, 1]))

    def test_of_rates_the_first_is_that_of_the_expected_cash(self, plan):
        made = sib.simulate(plan, 2_000, rng=1)
        table = made.summary()
        assert table.loc["expected_cash_irr", "estimate"] == pytest.approx(made.ledger().irr("investors"), abs=1e-9)
        assert table.index.get_loc("expected_cash_irr") < min(map(table.index.get_loc, ["multiple_mean", "irr_mean"]))

    def test_rates_that_too_few_paths_have_are_not_given(self):
        table = sib.simulate(sib.load("doncaster"), 2_000, rng=1).summary()
        assert table.loc["no_irr_probability", "estimate"] > 0.05
        assert table.loc[["irr_mean", "irr_median", "irr_p05", "irr_p95"], "estimate"].isna().all()


class Test7EveryFigureHasItsStandardError:
    def test_it_shrinks_with_the_root_of_the_number_of_paths(self, plan):
        few, many = (sib.simulate(plan, n, rng=1).summary()["mcse"]["multiple_mean"] for n in (2000, 32_000))
        assert few / many == pytest.approx(4, rel=0.1)

    def test_what_no_path_met_has_a_bound(self, plan):
        row = sib.simulate(plan, 2_000, rng=1).summary().loc["unpaid_cost_probability"]
        assert (row["estimate"], row["low"], round(row["high"], 4)) == (0.0, 0.0, 0.0019)

    def test_a_difference_of_quantiles_has_an_error_from_as_few_paths_as_they_need(self, plan):
        pair = {"plan": plan, "better": plan.replace({"beliefs.effects.reconvictions.mean": 0.12})}
        table = sib.compare(pair, 2_000, rng=1)["better"]
        assert table["difference_mcse"].notna().all()
        assert table.loc["multiple_median", "difference_mcse"] > 0


class Test8NothingIsRounded:
    def test_payments_keep_their_fractions(self, plan):
        paid = sib.settle(plan, {"reconvictions": 1 / 9}).received("investors")
        assert paid != round(paid, 2)

    def test_rounding_of_floats_is_not_a_loss(self, plan):
        # exactly the capital comes back, in parts that do not add up exactly in floating point
        capital = sib.settle(plan, {"reconvictions": 0.0}).paid("investors")
        back = plan.replace(
            {
                "payments.early": None,
                "limits": None,
                "payments.pooled": {
                    "when": {},
                    "pays": {"amount": capital},
                    "name": "p",
                    "metric": "reconvictions",
                    "scope": "pooled",
                },
            }
        )
        table = sib.simulate(back, 100, rng=1).summary()
        assert table.loc["loss_probability", "estimate"] == 0

    @pytest.mark.parametrize(
        ("committed", "price", "paid"),
        [
            (200_000, 1.25e-10, 0.0),  # 40 arrests come to 5e-9, of a deal of 200,000
            (200_000, 1e-5, 1.0),  # 4e-4 is little, but more than the 2e-4 that may be rounding
            (0.1, 1e-11, 1.0),  # 4e-10 in a deal that counts in millions
        ],
    )
    def test_rounding_of_floats_is_no_payment(self, committed, price, paid):
        terms = f'[[payments]]\nname = "p"\nmetric = "arrests"\nscope = "pooled"\npays = {{ per_unit = {price} }}\n'
        terms += f'[[tranches]]\nname = "lender"\namount = {committed}\n'
        cost = '[[costs]]\nname = "c"\nto = "provider"\nper = "deal"\nstarts = 2020-01-01\namount = 0.02\n'
        scenario = laid_over(BASE, terms + cost)
        simulation = sib.simulate(scenario, 1, rng=1, chance=())
        assert simulation.columns["drawn"].tolist() == [pytest.approx(0.02)]
        assert simulation.summary().loc["payment_probability", "estimate"] == paid
        assert simulation.columns["payment"].tolist() == pytest.approx([40 * price * paid])


class Test9TheSameSeedGivesTheSameBits:
    def test_twice(self, plan):
        one, two = (sib.simulate(plan, 500, rng=7).paths for _ in range(2))
        assert one.equals(two)

    def test_another_metric_leaves_the_draws_as_they_were(self, plan):
        data = plan.data()
        data["metrics"].append({**data["metrics"][0], "name": "another"})
        for table in ("comparison", "effects"):
            data["beliefs"][table]["another"] = data["beliefs"][table]["reconvictions"]
        wider = sib.Scenario.from_data(data)
        before, after = (sib.simulate(s, 500, rng=7).paths for s in (plan, wider))
        assert before.equals(after[before.columns])
        assert not np.allclose(after["another.1.improvement"], after["reconvictions.1.improvement"])

    def test_beliefs_of_different_shapes_share_their_draws(self, plan):
        shapes = (
            {"distribution": "normal", "mean": 0.09, "sd": 0.05},
            {"distribution": "uniform", "low": 0.0, "high": 0.18},
            {"distribution": "triangular", "low": 0.0, "mode": 0.05, "high": 0.2},
        )
        ranks = [
            np.argsort(
                sib.simulate(plan.replace({"beliefs.effects.reconvictions": shape}), 500, rng=7).paths[
                    "reconvictions.1.effect"
                ]
            )
            for shape in shapes
        ]
        np.testing.assert_array_equal(ranks[0], ranks[1])
        np.testing.assert_array_equal(ranks[0], ranks[2])

    def test_deals_that_are_held_together_have_each_its_own_luck(self):
        """On one seed those whose metrics are called alike are related; in a portfolio they are not."""
        names = ("medellin-what-if", "peace-squares-what-if")
        deals = {name: sib.load(name) for name in names}
        columns = [sib.simulate(deal, 5_000, rng=7).columns for deal in deals.values()]
        related = np.corrcoef([one["drawn"] - one["received"] for one in columns])[0, 1]
        assert related > 0.3
        renamed = deals["peace-squares-what-if"].replace({"currency": deals["medellin-what-if"].currency})
        held = sib.portfolio(deals | {"peace-squares-what-if": renamed}, paths=5_000, rng=7)
        assert abs(held.losses.corr().iloc[0, 1]) < 4 / math.sqrt(5_000)

    def test_a_shock_is_a_part_of_a_score_that_stays_standard_normal(self):
        """Two deals that fail with a belief: as often as ever each, and together as two normal scores say."""
        policy = {"policy": {"a": {"levels.trees": 0.8}, "b": {"levels.trees": -0.6}}}
        held = sib.portfolio({"a": deal(0.3), "b": deal(0.2)}, shocks=policy, paths=20_000, rng=7, chance=("belief",))
        lost = held.losses.to_numpy() > 0
        both = stats.multivariate_normal(cov=[[1, -0.48], [-0.48, 1]]).cdf(stats.norm.ppf([0.3, 0.2]))
        for found, truth in ((lost[:, 0], 0.3), (lost[:, 1], 0.2), (lost.all(axis=1), both)):
            assert abs(found.mean() - truth) < 4 * math.sqrt(truth * (1 - truth) / 20_000)

    def test_a_common_event_ends_deals_on_one_day(self):
        """Equal deals, of which each may be closed: both are, or neither."""
        closes = [{"name": "it closes", "date": START, "until": dt.date(2025, 1, 1), "payments": ["all"]}]
        deals = dict.fromkeys(("a", "b"), deal(0.01, events=closes, hazards={"it closes": 0.3}))
        events = {"election": dict.fromkeys(deals, "it closes")}
        held = sib.portfolio(deals, events=events, paths=2_000, rng=7, chance=("belief",))
        apart = (held.losses["a"] != held.losses["b"]).mean()
        assert apart < 0.02 + 4 * math.sqrt(0.02 / 2_000)  # one of them fails by itself

    def test_what_is_kept_is_what_was_written_or_is_not_used(self, plan, tmp_path):
        made = sib.simulate(plan, 500, rng=7, resume=tmp_path / "run")
        made.save(tmp_path / "a.sib")
        (part,) = (tmp_path / "run").glob("part-*")
        for file in (tmp_path / "a.sib", tmp_path / "run" / "run.json", part):
            content = bytearray(file.read_bytes())
            content[-1] ^= 1
            file.write_bytes(content)
        with pytest.raises(sib.InputError, match="whole"):
            sib.open(tmp_path / "a.sib")
        with pytest.raises(sib.InputError, match="changed or damaged"):
            sib.simulate(plan, 500, rng=7, resume=tmp_path / "run")
        (tmp_path / "run" / "run.json").unlink()
        assert sib.simulate(plan, 500, rng=7, resume=tmp_path / "run").paths.equals(made.paths)
        assert sib.simulate(plan, 500, resume=tmp_path / "run").seed.entropy == 7

    def test_contributions_add_up_to_the_expected_shortfall(self, plan, went):
        held = sib.portfolio({"a": plan, "b": went}, paths=1_000, rng=7)
        assert held.deals()["contribution"].sum() == pytest.approx(held.summary().loc["es_95", "estimate"], rel=1e-12)


class Test10WhereItCannotDecideItRaises:
    def test_in_four_parts(self, plan):
        with pytest.raises(sib.ScenarioError) as error:
            plan.replace({"tranches.investors.amount": 1_000_000})
        problem = error.value.problems[0]
        assert (problem.where, problem.came) == ("costs", "4,999,998.00 in all")
        assert problem.rule == "costs are paid from the capital committed, 1,000,000.00"
        assert problem.remedy.startswith("raise the tranche's amount or lower the costs; or let what comes in")

    def test_no_figure_is_made_of_what_is_no_number(self):
        for junk in ([0.1, np.nan], [dt.date(2020, 1, 1)], [True, False], np.ma.array([0.1], mask=[True]), [0.1 + 0j]):
            with pytest.raises(sib.InputError) as error:
                sib.risk.mean(junk)
            assert error.value.where == "sample"
        with pytest.raises(sib.InputError, match="0 or 1"):
            sib.risk.probability([0.1, 1])

    def test_text_of_others_is_text(self, plan):
        with pytest.raises(sib.ScenarioError, match=r"RIGHT-TO-LEFT OVERRIDE \(U\+202E\)"):
            plan.replace({"outcome_payer": "Ministry\u202e"})
        named = plan.replace({"outcome_payer": "=1+1", "name": "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"})
        frame = sib.settle(named, {"reconvictions": 0.12}).to_frame()
        assert "=1+1" in set(frame["payer"]), "a frame is data"
        assert ",=1+1," not in csv_of(frame)
        assert ",'=1+1," in csv_of(frame)


class Test11WhereTheMoneyGoes:
    def test_receipts_go_on_the_same_day_and_pay_no_costs(self, plan):
        frame = sib.settle(plan, {"reconvictions": [0.1, 0.0, 0.0]}).to_frame()
        day = frame.loc[frame["label"] == "early, cohort 1", "date"].item()
        on = frame[frame["date"] == day]
        passed_on = on.loc[on["payee"] == "investors", "amount"].sum()
        assert passed_on == on.loc[on["payer"] == plan.outcome_payer, "amount"].sum()
        later = frame[frame["date"] > day]
        costs = later.loc[later["payee"] == "One Service providers", "amount"].sum()
        assert later.loc[later["label"] == "draw", "amount"].sum() == pytest.approx(costs)

    def test_what_money_is_does_not_hang_on_a_name(self, plan):
        names = {"costs.service.name": "draw", "payments.pooled.name": "return"}
        called = plan.replace(
            {**names, **{f"limits.{cap}.on": ["early", "return"] for cap in ("return cap", "payer cap")}}
        )
        one, other = (sib.settle(deal, {"reconvictions": 0.09}).to_frame() for deal in (plan, called))
        assert other.drop(columns="label").equals(one.drop(columns="label"))
        assert set(other.loc[other["label"] == "draw, cohort 1", "kind"]) == {"cost"}
        returned = other[other["label"] == "return"]
        assert returned["kind"].tolist() == ["outcome payment", "return"]
        assert returned["payee"].tolist() == ["One Service vehicle", "investors"]

    def test_a_hurdle_is_on_everything_that_was_received(self):
        # interest of 49,972.60 and 200,000 of capital, and what is missing to 270,000, which the city gets as well
        tranche = '[[tranches]]\nname = "lender"\namount = 200_000\ninterest = 0.1\ndraws = "at start"\n'
        tranche += "interest_on = { dates = [2022-07-01] }\nrepaid_on = [[2022-07-01, 1]]\n"
        tiers = '[[remainders]]\nname = "rest"\n[[remainders.tiers]]\nshares = { lender = 0.5, city = 0.5 }\n'
        tiers += 'until = { tranche = "lender", multiple = 1.35 }\n[[remainders.tiers]]\nshares = { city = 1 }\n'
        pays = '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\npays = { per_unit = 2_000 }\n'
        ledger = sib.settle(laid_over(BASE, tranche + tiers + pays), {"arrests": [1.0, 0.0]})
        interest = 200_000 * 0.1 * 912 / 365
        assert ledger.received("lender") == pytest.approx(270_000)
        assert ledger.received("city") == pytest.approx(400_000 - 200_000 - interest - (70_000 - interest))

    def test_interest_with_dates_is_not_due_between_them(self):
        # 100,000 on 1 July 2022 repay capital; the interest until then is due on the last day, with all that is out
        tranche = '[[tranches]]\nname = "lender"\namount = 200_000\ninterest = 0.06\ndraws = "at start"\n'
        dated = laid_over(BASE, tranche + "interest_on = { dates = [2023-07-01] }\n")
        for scenario, kinds in ((dated, {"repayment"}), (laid_over(BASE, tranche), {"interest", "repayment"})):
            frame = sib.settle(scenario, {"arrests": [0.5, 1.0]}).to_frame()
            assert set(frame.loc[(frame["payee"] == "lender") & (frame["date"] == "2022-07-01"), "kind"]) == kinds

    def test_what_is_never_paid_is_owed_and_no_movement(self, plan):
        data = plan.data()
        data.pop("sources")
        data["beliefs"]["overruns"] = {"service": {"mean": 0.5}}  # 4,999,998 of capital for half as much again
        ledger = sib.simulate(sib.Scenario.from_data(data), 1, rng=0, chance=()).ledger(0)
        costs = ledger.costs()
        assert costs["due"].sum() == pytest.approx(1.5 * 4_999_998)
        assert costs["never_paid"].sum() == pytest.approx(0.5 * 4_999_998)
        assert ledger.received("One Service providers") == pytest.approx(4_999_998)

    def test_value_is_as_of_the_start(self, plan):
        one = sib.simulate(plan, 1, rng=0, chance=())
        cash = one.ledger(0).cashflow("investors")
        years = (cash.index - np.datetime64(plan.start)).days / 365
        assert one.paths["npv"].item() == pytest.approx((cash * 1.035**-years).sum())


class Test12ASingleFigureIsTheResultOverAll:
    def test_units_in_all_are_spread_and_rates_are_not(self):
        denver = sib.load("denver")
        one = sib.settle(denver, {"housing days": 299_928, "jail days": 0.38})
        each = sib.settle(denver, {"housing days": [258_858, 41_070], "jail days": [0.38]})
        for party in ("housing loans", "jail loans"):
            assert one.received(party) == pytest.approx(each.received(party), abs=0.005)

    def test_against_a_comparison_the_improvement_is_the_same_in_each(self, plan):
        # 0.11 of 1.55 events of 3,000 men are 511.5; of 2,700 who were assessed 460.35
        found = sib.settle(plan, {"reconvictions": {"units": 511.5}})
        assert found.received("investors") == pytest.approx(
            sib.settle(plan, {"reconvictions": [0.11] * 3}).received("investors")
        )
        fewer = sib.settle(plan, {"reconvictions": {"units": 460.35, "n": 2_700}})
        each = sib.settle(plan, {"reconvictions": [{"improvement": 0.11, "n": 900}] * 3})
        assert fewer.received("investors") == pytest.approx(each.received("investors"))

    def test_they_are_spread_as_believed(self):
        denver = sib.load("denver").replace({"beliefs.timing.housing days.shares": [0.25, 0.75]})
        frame = sib.settle(denver, {"housing days": 1000, "jail days": 0}).to_frame()
        paid = frame[frame["payer"] == "City and County of Denver"]["amount"].tolist()
        assert paid == pytest.approx([250 * 15.12, 750 * 15.12])


def compared(plan, compare, **beliefs):
    """The plan of 2010 under another design."""
    data = plan.data()
    data.pop("sources")
    data["metrics"][0]["compare"] = compare
    data["beliefs"] |= {"evaluation": {"reconvictions": beliefs.pop("evaluation", {"bias": 0.0})}, **beliefs}
    return sib.Scenario.from_data(data)


def surely(scenario):
    """What is measured of the first cohort where nothing is left to chance."""
    return sib.simulate(scenario, 1, rng=0, chance=()).paths["reconvictions.1.improvement"].item()


class Test13TheCounterfactualIsOneWeightedSum:
    # the effect is 9%: those served have 1.55 * 0.91 events a person

    def test_a_mix_is_of_levels_and_not_of_improvements(self, plan):
        of = [
            {"weight": 0.5, "compare": {"design": "matched", "controls": 10}},
            {"weight": 0.5, "compare": {"design": "historical", "level": 1.75}},
        ]
        assert surely(compared(plan, {"design": "mix", "of": of})) == pytest.approx(1 - 1.55 * 0.91 / 1.65)

    def test_a_difference_in_differences_takes_creaming_off_and_regression_not(self, plan):
        design = {"design": "difference in differences", "controls": 1}
        # creaming 10%: those served have 1.395 anyway, before as after
        creamed = compared(plan, design, evaluation={"creaming": 0.1})
        assert surely(creamed) == pytest.approx(0.09)
        chosen_in_a_bad_year = compared(plan, design, evaluation={"regression": 0.2})
        assert surely(chosen_in_a_bad_year) == pytest.approx(1 - 1.55 * 0.91 / (1.55 * 1.2))

    def test_creaming_flatters_a_matched_comparison(self, plan):
        creamed = compared(plan, {"design": "matched", "controls": 10}, evaluation={"creaming": 0.1})
        assert surely(creamed) == pytest.approx(1 - 0.9 * 0.91)

    def test_a_bias_is_what_is_reported_of_no_effect_or_how_far_the_group_is_off(self, plan):
        design = {"design": "matched", "controls": 10}
        idle = plan.replace({"beliefs.effects.reconvictions.mean": 0.0})
        for better, sign in (("lower", -1), ("higher", 1)):
            turned = {"metrics.reconvictions.better": better}
            of_result = compared(plan, design, evaluation={"bias": 0.02}).replace(turned)
            assert surely(compared(idle, design, evaluation={"bias": 0.02}).replace(turned)) == pytest.approx(0.02)
            assert surely(of_result) == pytest.approx(sign * ((1 + sign * 0.09) * (1 + sign * 0.02) - 1))
            of_group = compared(plan, design, evaluation={"bias": 0.02, "bias_of": "comparison"}).replace(turned)
            assert surely(of_group) == pytest.approx(sign * ((1 + sign * 0.09) / (1 - sign * 0.02) - 1))

    def test_drift_leaves_history_behind_and_controls_not(self, plan):
        drift = {"reconvictions": {"trend": -0.02}}
        assert surely(compared(plan, {"design": "matched", "controls": 10}, drift=drift)) == pytest.approx(0.09)
        # measured from half a year before the start to half the window after the middle of enrolment
        enrolment = (np.datetime64("2012-07-09") - np.datetime64("2010-09-09")).astype(int)
        years = enrolment / 2 / 365 + 0.5
        found = surely(compared(plan, {"design": "historical", "persons": 1000}, drift=drift))
        assert found == pytest.approx(1 - 0.91 * 0.98 ** (years + 0.5))

    def test_those_who_do_not_take_part_dilute_the_effect(self, plan):
        part = {"share": 0.8, "drop_out": 0.25, "kept": 0.5}  # 0.6 have all of it, 0.2 half of it
        diluted = compared(plan, {"design": "matched", "controls": 10}, engagement=part)
        assert surely(diluted) == pytest.approx(0.09 * 0.7)
        assert sib.simulate(diluted, 9, rng=0).paths["reconvictions.1.effect"].max() < 0.7 * 0.3


class Test14HowSureAResultIs:
    def gated(self, plan, **when):
        data = plan.data()
        data.pop("sources")
        data["payments"] = [
            {"name": "gated", "metric": "reconvictions", "scope": "cohort", "when": when, "pays": {"per_unit": 1}}
        ]
        data["limits"] = []
        return sib.Scenario.from_data(data)

    def test_confidence_is_one_sided_and_normal(self, plan):
        # a difference of 1.6448536 standard errors is 95% sure, to the last digit that counts
        sure = {"points": 0.16448536269514722, "standard_error": 0.1}
        for level, paid in ((0.9499999, True), (0.9500001, False)):
            ledger = sib.settle(self.gated(plan, confidence=level), {"reconvictions": [sure, 0.0, 0.0]})
            assert (ledger.paid(plan.outcome_payer) > 0) is paid

    def test_an_interval_is_two_sided(self, plan):
        sure = {"points": 0.1959963984540054, "standard_error": 0.1}
        for level, paid in ((0.9499999, True), (0.9500001, False)):
            ledger = sib.settle(self.gated(plan, interval=level), {"reconvictions": [sure, 0.0, 0.0]})
            assert (ledger.paid(plan.outcome_payer) > 0) is paid

    def test_by_default_the_standard_error_follows_from_the_design(self, plan):
        k = sib.dispersion_from(1.55, 0.557)
        treated = 1.55 * 0.92
        error = np.sqrt((treated + treated**2 / k) / 1000 + (1.55 + 1.55**2 / k) / 10_000)
        confidence = 0.5 * (1 + math.erf((1.55 - treated) / error / math.sqrt(2)))
        for level, paid in ((confidence - 1e-6, True), (confidence + 1e-6, False)):
            ledger = sib.settle(self.gated(plan, confidence=level), {"reconvictions": [0.08, 0.0, 0.0]})
            assert (ledger.paid(plan.outcome_payer) > 0) is paid


class Test15WhatGoesWrong:
    def test_settle_knows_nothing_of_it(self, plan):
        went_wrong = compared(
            plan,
            {"design": "matched", "controls": 10},
            overruns={"service": {"mean": 0.2}},
            delays={"reconvictions": {"months": [12, 0], "chances": [0.9, 0.1]}},
        )
        results = {"reconvictions": [0.12, 0.0, 0.05]}
        assert sib.settle(went_wrong, results).to_frame().equals(sib.settle(plan, results).to_frame())

    def test_a_hazard_is_the_chance_within_a_year(self, plan):
        data = plan.data()
        data.pop("sources")
        end = {"name": "it ends", "date": plan.start, "until": plan.start.replace(year=plan.start.year + 1)}
        data["events"] = [*data.get("events", []), end | {"costs": ["service"]}]
        data["limits"] = []
        data["beliefs"]["hazards"] = {"it ends": 0.9}
        chance = Chance(10_000, np.random.SeedSequence(1), 0, frozenset(LAYERS))
        years = believe(Deal.of(sib.Scenario.from_data(data)).model, chance).shocks.hazards["it ends"]
        assert (years <= 1).mean() == pytest.approx(0.9, abs=0.012)
        assert (years <= 2).mean() == pytest.approx(0.99, abs=0.004)

    def test_without_chance_costs_overrun_by_their_mean_as_far_as_the_capital_goes(self, plan):
        dear = plan.replace({"costs.service.amount": 1_000_000})
        data = dear.data()
        data.pop("sources")
        data["beliefs"]["overruns"] = {"service": {"mean": 0.3}}
        ledger = sib.simulate(sib.Scenario.from_data(data), 1, rng=0, chance=()).ledger(0)
        assert ledger.paid("One Service vehicle") - ledger.received("investors") == pytest.approx(3_900_000)
        data["beliefs"]["overruns"] = {"service": {"mean": 1.0}}
        ledger = sib.simulate(sib.Scenario.from_data(data), 1, rng=0, chance=()).ledger(0)
        assert ledger.received("One Service providers") == pytest.approx(5_000_000)  # all the capital, and no more


class Test16ResultsInHand:
    def test_the_comparisons_level_is_no_news_about_the_effect(self, plan):
        low = {"reconvictions": {"1": {"treated": 0.92, "comparison": 1.0}}}
        high = {"reconvictions": {"1": {"treated": 1.84, "comparison": 2.0}}}
        one, other = (sib.update(plan, seen, paths=500, rng=1).effects for seen in (low, high))
        assert one.equals(other)

    def test_what_is_in_hand_enters_as_it_was_published(self, plan):
        seen = {"reconvictions": {"1": 0.11, "2": -0.02, "3": 0.0}}
        posterior = sib.update(plan, seen, paths=300, rng=1).posterior
        settled = sib.settle(plan, {"reconvictions": [0.11, -0.02, 0.0]})
        assert posterior.columns["payment"] == pytest.approx(np.full(300, settled.paid(plan.outcome_payer)))

    def test_cash_is_actual_where_the_results_say_it(self):
        counts = {"job": {"2015-03-31": 10}, "lasts": {"2015-03-31": 0}}
        unsure = funnel().replace({"beliefs.overruns": {"c": {"mean": 0.0, "sd": 0.1}}})
        found = sib.update(unsure, counts, paths=300, rng=1).forecast().money["actual"]
        assert found["paid by government", "2015-03-31"] == 50  # ten at 5
        assert found[["paid by government"]].notna().sum() == 1
        assert np.isnan(found["cost", "2015-03-31"])

    def test_what_the_right_to_stop_is_worth_stands_between_two_bounds(self, plan):
        # more than the better of stopping and going on, of which nothing that is learnt is a part; less than foresight
        known = sib.update(plan, {"reconvictions": {"1": 0.07}}, paths=20_000, rng=1)
        option = known.option_to_stop(dt.date(2016, 6, 9))
        least = max(option["remaining_value_stop"] - option["remaining_value_continue"], 0.0)
        assert option["option_value"] - least > 4 * option["option_value_mcse"]
        gap = option["option_value_upper"] - option["option_value"]
        assert gap > 4 * (option["option_value_mcse"] + option["option_value_upper_mcse"])

    def test_no_event_among_a_few_has_the_probability_of_none(self, plan):
        few = plan.replace({f"cohorts.{name}.size": 20 for name in "123"})
        row = sib.update(few, {"reconvictions": {"1": 1.0}}, paths=20_000, rng=1).effects.iloc[0]
        shape, effect = sib.dispersion_from(1.55, 0.557), np.linspace(-0.4, 0.58, 500)
        none = (1 + 1.55 * (1 - effect) / shape) ** (-20 * shape)
        weight = none * np.exp(-0.5 * ((effect - 0.09) / math.hypot(0.05, 0.02)) ** 2)
        assert row["mean"] == pytest.approx(np.sum(effect * weight) / weight.sum(), abs=4 * row["mean_mcse"])

    def test_nothing_is_said_of_what_too_few_worlds_explain(self, plan):
        history = compared(
            plan,
            {"design": "historical", "persons": 20_000},
            effects={"reconvictions": 0.0},
            drift={"reconvictions": {"trend": 0.0, "sd": 0.02}},
        )
        with pytest.raises(sib.InputError, match="worth 200 independent ones at least"):
            sib.update(history, {"reconvictions": {"1": 0.5}}, paths=100, rng=1)

    def test_what_believes_nothing_has_macks_error_by_his_own_rule(self):
        assert sib.chain_ladder(TAYLOR_ASHE).total["standard_error"] == pytest.approx(2_447_095, abs=0.5)
        other = sib.chain_ladder(TAYLOR_ASHE, last_sigma="log-linear")
        assert other.total["standard_error"] == pytest.approx(2_441_364, abs=0.5)
        with pytest.raises(sib.InputError, match="something to date of the origins"):
            sib.chain_ladder([[0, 5], [7]])


class Test17WhatIsVariedMovesAloneFromTheBaseCase:
    MEAN, SD = "beliefs.effects.reconvictions.mean", "beliefs.effects.reconvictions.sd"

    def test_zero_is_the_base_case_and_the_others_stay(self, plan):
        table = sib.tornado(plan, {self.MEAN: (0.05, 0.12), self.SD: (0.04, 0.06)}, paths=2_000, rng=1)
        alone = [plan, plan.replace({self.MEAN: 0.05}), plan.replace({self.SD: 0.06})]
        found = [sib.simulate(one, 2_000, rng=1).summary().loc["loss_probability", "estimate"] for one in alone]
        assert [table["at_base"].iloc[0], table.loc[self.MEAN, "at_low"], table.loc[self.SD, "at_high"]] == found

    def test_a_bar_is_from_the_least_to_the_most_wherever_they_are(self, plan):
        """Paid for between 8% and 12% alone: without any chance the most is inside, and nothing at the ends."""
        bands = {"bands": [{"at_least": 0.08, "below": 0.12, "pays": 100}]}
        paid = plan.replace(
            {"payments.pooled": None, "payments.early.pays": bands, "payments.early.when": None, "limits": []}
        )
        row = sib.tornado(paid, {self.MEAN: (0.0, 0.18)}, measure="payment_mean", paths=1, chance=(), points=3).iloc[0]
        assert (row["at_low"], row["most_at"], row["inside"]) == (0.0, 0.09, True)
        assert row["difference"] == 300  # each of three cohorts

    def test_a_range_of_a_table_is_lent_to_no_figure_in_it(self, plan):
        table = "beliefs.evaluation.reconvictions"
        cited = plan.replace(
            {f"sources.{table}.bias": None, f"sources.{table}": {"assumption": "either way", "range": [-0.03, 0.03]}}
        )
        found = sib.tornado(cited, paths=100, rng=1, points=2)
        assert f"{table}.bias_sd" not in found.index
        assert "no single figure" in found.loc[table, "refused"]

    def test_a_case_is_seen_by_what_asks_for_it(self, plan):
        cased = plan.replace({"cases": [{"name": "downside", "changes": {self.MEAN: 0.05}}]})
        assert cased.describe() == plan.describe()
        assert (
            sib.settle(cased, {"reconvictions": 0.1})
            .to_frame()
            .equals(sib.settle(plan, {"reconvictions": 0.1}).to_frame())
        )
        assert cased.case("downside").beliefs.effects["reconvictions"].mean == 0.05
        assert cased.case("downside").cases == ()


class Test18WhereAMeasureMeetsATarget:
    PRICE = "payments.pooled.pays.per_unit"

    def test_bounds_are_given_or_the_files_own(self, plan):
        found = sib.solve(plan, self.PRICE, -0.07, paths=2_000, rng=1)
        assert found.attrs["scan"]["value"][:: len(found.attrs["scan"]["value"]) - 1] == [10_000, 18_000]
        with pytest.raises(sib.InputError, match="bounds between which to look"):
            sib.solve(plan, "limits.payer cap.amount", -0.07)
        table = "beliefs.evaluation.reconvictions"
        cited = plan.replace({f"sources.{table}": {"assumption": "either way", "range": [-0.03, 0.03]}})
        with pytest.raises(sib.InputError, match="bounds between which to look"):  # a range that its table has
            sib.solve(cited, f"{table}.bias_sd", -0.07)

    def test_figures_that_move_together_move_by_one_factor(self, plan):
        uneven = plan.replace({self.PRICE: 10_000})
        found = sib.solve(uneven, "payments.*.pays.per_unit", -0.07, within=(0.5, 2), paths=2_000, rng=1)[
            "value"
        ].item()
        there = {"payments.early.pays.per_unit": 13_720 * found, self.PRICE: 10_000 * found}
        row = sib.simulate(plan.replace(there), 2_000, rng=1).summary().loc["expected_cash_irr"]
        assert row["estimate"] == pytest.approx(-0.07, abs=row["mcse"] / 2)

    def test_a_return_is_that_of_the_expected_cash(self, plan):
        found = sib.solve(plan, self.PRICE, -0.07, paths=2_000, rng=1)
        assert found.attrs["measure"] == "IRR of the expected cash"

    @pytest.mark.slow
    def test_a_root_moves_with_the_seed_by_its_error(self, plan):
        found = [sib.solve(plan, self.PRICE, -0.07, within=(6_000, 40_000), paths=2_000, rng=s) for s in range(20)]
        values, errors = ([table[key].item() for table in found] for key in ("value", "mcse"))
        assert np.std(values, ddof=1) == pytest.approx(np.median(errors), rel=0.6)  # of 20 within 0.16 times four


class Test19WhichAssumptionMattersAndWhoWouldSign:
    MEAN, BIAS = "beliefs.effects.reconvictions.mean", "beliefs.evaluation.reconvictions.bias"

    def test_all_points_are_on_one_seed(self, plan):
        # what moves nothing has shares of exactly nothing, however few the paths
        ranges = {self.MEAN: (0.0, 0.15), "beliefs.discount_rates.investors": (0.01, 0.05)}
        table = sib.sensitivity(plan, ranges, measure="loss_probability", points=16, paths=50, rng=1)
        assert not table.loc["beliefs.discount_rates.investors":, "first":"total_high"].to_numpy().any()

    def test_where_nothing_varies_there_are_no_shares(self, plan):
        ranges = {"beliefs.discount_rates.investors": (0.01, 0.05)}
        table = sib.sensitivity(plan, ranges, measure="loss_probability", points=16, paths=50, rng=1)
        assert table["total"].isna().all()

    def test_a_party_agrees_at_what_it_needs(self, plan):
        found = sib.simulate(plan, 100, rng=1).summary().loc["loss_probability", "estimate"]
        grid = {"payments.*.pays.per_unit": [1.0], "payments.pooled.when.improvement": [0.075]}
        parties = {way: {"measure": "loss_probability", way: found} for way in ("at_least", "at_most")}
        assert sib.agreement(plan, grid, parties, paths=100, rng=1)["all_agree"].all()

    def test_value_follows_the_true_effect_and_payments_the_measured_one(self, plan):
        # a comparison that flatters by 5% makes the payer pay more, and gives it nothing
        grid = {self.BIAS: [0.0, 0.05], "payments.pooled.when.improvement": [0.075]}
        parties = {
            "commissioner": {"values_outcome_at": 10_000.0},
            "treasury": {"measure": "payer_net_mean", "at_most": 4e6},
        }
        table = sib.agreement(plan, grid, parties, paths=2_000, rng=1).set_index([self.BIAS, "party"])["worth"]
        paid = table.xs("treasury", level="party")
        worth = table.xs("commissioner", level="party")
        assert paid[0.05] > paid[0.0]
        assert worth[0.05] - worth[0.0] == pytest.approx(paid[0.0] - paid[0.05])


class Test20BillsHurdlesAndRatios:
    def test_several_payers_are_never_added_up(self):
        deal = sib.simulate(sib.load("peace-squares-what-if"), 200, rng=1)
        totals, ledger = deal.budget()["mean"].xs("total", level="year"), deal.ledger()
        assert list(totals.index) == ["insurer", "city"]
        assert totals.tolist() == pytest.approx([ledger.paid(payer) - ledger.received(payer) for payer in totals.index])
        assert deal.budget(payer="city").equals(deal.budget().loc[["city"]])

    def test_every_year_is_there_and_the_total_has_its_own_quantiles(self, simulation):
        bill = simulation.budget().droplevel("payer")
        assert list(bill.index[:3]) == ["2010-11", "2011-12", "2012-13"]  # in which nothing is paid
        assert bill["mean"].iloc[:3].eq(0.0).all()
        assert bill["mean"].iloc[:-1].sum() == pytest.approx(bill.loc["total", "mean"])
        assert bill["p90"].iloc[:-1].sum() > bill.loc["total", "p90"]

    def test_paying_just_the_budget_is_not_above_it(self, plan):
        case = sib.simulate(plan, 1, rng=0, chance=())
        (paid,) = case.columns["payment"]
        for amount, chance in ((paid, 0.0), (paid - 1, 1.0)):
            assert case.budget(above={"total": amount})["chance_above"].xs("total", level="year").item() == chance

    def test_a_hurdle_is_reached_where_the_cash_is_worth_nothing_less_than_nought(self, plan):
        simulation = sib.simulate(plan, 2_000, rng=1)
        dates, amounts = simulation.cash_paths("investors")
        worth = sib.npv(amounts, (dates - dates[0]).astype(float) / 365, 0.05)
        row = simulation.summary(hurdle=0.05).loc["hurdle_probability"]
        assert row["paths"] == 2_000
        assert np.isnan(simulation.columns["irr"]).any()
        assert row["estimate"] == (worth >= 0).mean()

    def test_an_outcome_costs_a_ratio_of_means(self, plan):
        simulation = sib.simulate(plan, 500, rng=1)
        size = sum(cohort.size for cohort in plan.cohorts)
        row = simulation.cost_per_outcome().loc["reconvictions"]
        assert row["paid_mean"] == pytest.approx(simulation.columns["payment"].mean())
        # events avoided by 3,000 men whose comparison has 1.55 each, at an improvement of 9%
        assert row["outcomes_mean"] == pytest.approx(0.09 * 1.55 * size, abs=4 * row["outcomes_mean_mcse"])
        assert row["cost_per_outcome"] == pytest.approx(row["paid_mean"] / row["outcomes_mean"])

    def test_deadweight_is_a_share_of_what_is_paid_and_moves_no_cash(self):
        deal = laid_over(BASE, FRAGMENTS[TITLES.index("What would have come anyway")])
        plain = deal.replace({"beliefs.deadweight": None})
        with_it, without = (sib.simulate(one, 500, rng=1) for one in (deal, plain))
        assert all((with_it.columns[name] == without.columns[name]).all() for name in without.columns)
        table, ledger = with_it.deadweight(), with_it.ledger()
        paid = {name: sum(m.amount for m in ledger.movements if m.label.startswith(f"{name},")) for name in table.index}
        assert table.loc["job", "paid_for_nothing_mean"] == pytest.approx(0.35 * paid["job"])
        assert table.loc["job kept", "paid_for_nothing_mean"] == pytest.approx(0.2 * paid["job kept"])  # of those

    def test_of_what_is_compared_it_is_refused_and_where_none_is_believed_nothing_is_said(self, plan):
        with pytest.raises(sib.ScenarioError, match="takes out what would have happened anyway"):
            plan.replace({"beliefs.deadweight": {"reconvictions": 0.1}})
        deal = laid_over(BASE, FRAGMENTS[TITLES.index("What would have come anyway")])
        costs = sib.simulate(deal, 100, rng=1).cost_per_outcome()["cost_per_additional_outcome"]
        assert costs.isna()[["jobs", "days housed"]].all()
        assert costs.notna()[["finds work", "keeps it"]].all()

    def test_the_expected_case_is_not_the_mean_of_the_futures(self, plan, simulation):
        assert sib.expected_case(plan).multiple("investors") > 1.1
        assert simulation.summary().loc["multiple_mean", "estimate"] < 1.0


class Test21EveryPersonHasADate:
    QUARTERS: ClassVar = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}

    def scenario(self, **beliefs):
        metrics = [milestone("starts", self.QUARTERS), milestone("stays", self.QUARTERS, among="starts")]
        payments = [price(name, 1, "period") for name in ("starts", "stays")]
        return milestones.deal(metrics, payments, [], {"starts": 1.0, "stays": 1.0}, (1_200,), **beliefs)

    def counts(self, chance=(), paths=1, **beliefs):
        simulation = sib.simulate(self.scenario(**beliefs), paths, rng=1, chance=chance)
        (found,) = simulation.futures.map(lambda block: [one.treated for one in block.results])
        return found

    def test_months_count_from_the_persons_own(self):
        starts, stays = self.counts(timing={"stays": {"months": 4}})  # 100 a month; of March's, July's
        assert starts[:, 0] == pytest.approx([300, 300, 300, 300, 0, 0, 0, 0])
        assert stays[:, 0] == pytest.approx([0, 200, 300, 300, 300, 100, 0, 0])

    def test_how_many_fall_in_a_period_is_chance(self):
        starts, _ = self.counts(chance=("people",), paths=4_000)
        assert starts[0].std() == pytest.approx(np.sqrt(1_200 * 0.25 * 0.75), rel=0.05)
        assert (starts.sum(axis=0) == 1_200).all()

    def test_being_late_loses_only_who_comes_after_the_last_result(self):
        starts, stays = self.counts(timing={"stays": {"months": 6}}, referrals={"months_late": 9})
        assert starts.sum() == pytest.approx(1_200)
        assert stays.sum() == pytest.approx(900)  # of those who enrol from October 2015 to June 2016

    def test_records_are_not_as_regular_as_beliefs(self):
        seen = {"starts": {"2015-03-31": 300, "2015-06-30": 290}, "stays": {"2015-03-31": 0, "2015-06-30": 4}}
        after = sib.update(
            self.scenario(timing={"stays": {"months": 9}}, referrals={"sd": 0.1}), seen, paths=500, rng=1
        )  # believed not to stay before the third quarter: four did
        assert after.effective_paths > 200
