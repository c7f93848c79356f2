"""Power, sample size, overpayment, one future by person. Truth: statsmodels, formulas worked out here, simulation.

The probabilities themselves stand against closed forms in tests/model/test_closed_forms.py.
"""

import dataclasses
import math
import tomllib

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower

import sib
from sib.analysis.evidence.given_effect import alone
from sib.run.recipe import Deal
from sib.settlement.contract import Claim
from tests.model.test_closed_forms import deal, negative_binomial
from tests.test_cookbook import BASE, laid_over

MATCHED = {"design": "matched", "controls": 2}


class TestPower:
    def test_errors_are_at_no_effect_and_at_the_target(self, plan):
        table = sib.power(plan, [-0.02, 0.0, 0.05, 0.075, 0.1], paths=2_000, rng=1)
        pays = table["payment_probability"]
        expected = pays.where(table.index <= 0)
        pd.testing.assert_series_equal(table["false_payment_probability"], expected, check_names=False)
        expected = (1 - pays).where(table.index >= 0.075)
        pd.testing.assert_series_equal(table["missed_payment_probability"], expected, check_names=False)

    def test_effects_of_its_own_choice_hold_none_and_the_target(self, plan):
        table = sib.power(plan, paths=200, rng=1)
        assert {0.0, 0.075} <= set(table.index)
        assert table.index.is_monotonic_increasing
        assert sib.power(plan, [0.0], target=0.2, paths=200, rng=1)["missed_payment_probability"].isna().all()

    def test_it_is_a_simulation_with_the_effect_put_in(self, plan):
        table = sib.power(plan, [0.06], paths=3_000, rng=9)
        own = sib.simulate(plan.replace({"beliefs.effects.reconvictions": 0.06}), 3_000, rng=9).summary()["estimate"]
        for name in ("payment_probability", "payment_mean", "multiple_mean", "loss_probability"):
            assert table[name].iloc[0] == own[name]

    def test_a_better_programme_is_paid_more_often(self, plan):
        table = sib.power(plan, np.linspace(-0.1, 0.3, 9), paths=2_000, rng=1)
        assert (table["payment_probability"].diff().dropna() >= 0).all()
        assert (table["closed_form"].diff().dropna() >= 0).all()

    @pytest.mark.parametrize(
        "change",
        [
            {"beliefs.evaluation.reconvictions.bias_sd": 0.02},
            {"beliefs.drift": {"reconvictions": {"sd": 0.02}}},
            {"beliefs.engagement": {"share": 0.8, "sd": 0.1}},
            {"beliefs.referrals": {"mean": 0.9}},
        ],
    )
    def test_no_closed_form_where_more_is_left_to_chance(self, plan, change):
        assert sib.power(plan.replace(change), [0.05], paths=100, rng=1)["closed_form"].isna().all()

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"paths": 0}, "paths\n  came:  0\n  rule:  a whole number from 1 to 1,000,000,000"),
            ({"effects": []}, "effects\n  came:  []\n  rule:  one true effect at least"),
            ({"effects": [math.nan]}, "effects\n  came:  '1 of 1 not finite'\n  rule:  finite numbers"),
            ({"metric": "arrests"}, "metric\n  came:  'arrests'\n  rule:  a metric that the contract reads"),
            ({"target": -1}, "target\n  came:  -1.0\n  rule:  an improvement above zero"),
        ],
    )
    @pytest.mark.parametrize("ask", [sib.power, sib.overpayment])
    def test_refused(self, plan, ask, given, message):
        if ask is sib.overpayment and "target" in given:
            given = given | {"effects": None}
        with pytest.raises(sib.InputError) as error:
            ask(plan, **given)
        assert str(error.value).startswith(message)

    def test_history_that_is_measured_varies_in_the_closed_form_too(self):
        pays = {"pays": {"amount": 1}, "when": {"improvement": 0.05}}
        one = deal("mean", {"design": "historical", "persons": 300}, size=200, effect=0.1, pays=pays)
        table = sib.power(one, [0.0, 0.1], target=0.1, paths=40_000, rng=1)
        gap = (table["payment_probability"] - table["closed_form"]).abs()
        assert (gap <= 4 * table["payment_probability_mcse"]).all()

    def test_results_that_share_their_history_have_no_closed_form(self):
        pays = {"pays": {"amount": 1}, "when": {"improvement": 0.05}}
        data = tomllib.loads(
            deal("mean", {"design": "historical", "persons": 300}, size=200, effect=0.1, pays=pays).to_toml()
        )
        data["cohorts"].append(data["cohorts"][0] | {"name": "2"})
        data["costs"][0]["amount"] = 1_000
        assert sib.power(sib.Scenario.from_data(data), [0.1], target=0.1, paths=10, rng=1)["closed_form"].isna().all()

    def test_what_is_verified_has_no_effect(self):
        with pytest.raises(sib.InputError, match="what is verified has a level, and no effect"):
            sib.power(sib.load("reboot-west"), paths=100)

    def test_of_several_metrics_one_is_named(self):
        data = tomllib.loads(deal("count", MATCHED, size=50, effect=0.1).to_toml())
        data["metrics"].append(data["metrics"][0] | {"name": "other"})
        data["payments"].append(data["payments"][0] | {"name": "for the other", "metric": "other"})
        data["beliefs"]["comparison"]["other"] = data["beliefs"]["comparison"]["it"]
        data["beliefs"]["effects"]["other"] = 0.2
        both = sib.Scenario.from_data(data)
        with pytest.raises(sib.InputError) as error:
            sib.power(both, [0.0], paths=10)
        assert error.value.problems[0].where == "metric"
        assert "it, other" in str(error.value)
        assert sib.power(both, [0.0], "other", target=0.1, paths=10, rng=1).index.tolist() == [0.0]


def quantities(persons, effect, alpha, ratio=1.0, variation=0.75):
    """A threshold on the ratio of two means: where no effect reaches it with chance alpha, and the chance that an
    effect does. Both means are gamma, so that their ratio over the true one has an F distribution."""
    law = stats.f(2 * persons / variation**2, 2 * persons * ratio / variation**2)
    return law.isf(alpha) - 1, law.sf(law.isf(alpha) / (1 + effect))


class TestSampleSize:
    @pytest.mark.parametrize("errors", [(0.05, 0.20), (0.01, 0.10)])
    @pytest.mark.parametrize(("effect", "ratio"), [(0.1, 1), (0.2, 4)])
    def test_means(self, effect, ratio, errors):
        scenario = deal("mean", {"design": "randomised", "controls": ratio}, size=50, effect=0.1)
        found = sib.sample_size(scenario, effect, false_payment=errors[0], missed_payment=errors[1])
        threshold, reached = quantities(found["persons"], effect, errors[0], ratio)
        # the normal law with its skew is off by the order of one over the number of persons
        assert found["threshold"] == pytest.approx(threshold, rel=0.5 / found["persons"] ** 0.5)
        assert found["missed_payment"] == pytest.approx(1 - reached, abs=0.5 / found["persons"])
        assert found["false_payment"] == pytest.approx(errors[0], abs=1e-6)

    def test_small_effects_need_what_a_test_of_two_means_needs(self):
        scenario = deal("mean", {"design": "randomised", "controls": 1}, size=50, effect=0.1)
        truth = NormalIndPower().solve_power(effect_size=40 * 0.01 / 30, alpha=0.05, power=0.8, alternative="larger")
        # which holds both spreads for the same; that of those served goes with their mean, by a hundredth
        assert sib.sample_size(scenario, 0.01)["persons"] == pytest.approx(truth, rel=0.015)

    @pytest.mark.parametrize("kind", ["count", "proportion"])
    def test_simulation_errs_as_often(self, kind):
        wanted = sib.sample_size(deal(kind, MATCHED, size=50, effect=0.1), 0.15)
        pays = {"pays": {"amount": 1}, "when": {"improvement": float(wanted["threshold"])}}
        scenario = deal(kind, MATCHED, size=int(wanted["persons"]), effect=0.1, pays=pays)
        table = sib.power(scenario, [0.0, 0.15], target=0.15, paths=40_000, rng=1)
        # a share jumps by whole persons, which the normal law does not know: half a jump either way
        slack = 0.5 / wanted["persons"] if kind == "count" else 0.01
        for effect, column, truth in ((0.0, "false_payment", 0.05), (0.15, "missed_payment", 0.20)):
            found = table.loc[effect, f"{column}_probability"]
            assert found == pytest.approx(truth, abs=3 * math.sqrt(truth * (1 - truth) / 40_000) + slack)

    def test_a_threshold_that_is_given(self, plan):
        free = sib.sample_size(plan, 0.10)
        higher = sib.sample_size(plan, 0.10, threshold=0.075)
        assert higher["persons"] > free["persons"]
        assert higher["false_payment"] < 0.05
        assert higher["missed_payment"] <= 0.20
        assert higher["threshold"] == 0.075

    def test_a_low_threshold_needs_more_men_not_to_pay_for_nothing(self, plan):
        low = sib.sample_size(plan, 0.10, threshold=0.03)
        assert low["false_payment"] == pytest.approx(0.05, abs=1e-4)
        assert low["persons"] > sib.sample_size(plan, 0.10)["persons"]

    def test_the_least_effect_and_the_least_number_are_each_other_s_inverse(self, plan):
        least = sib.minimum_detectable_effect(plan, false_payment=0.1, missed_payment=0.25)
        back = sib.sample_size(plan, least["effect"], false_payment=0.1, missed_payment=0.25)
        assert least["persons"] == 1_000
        assert abs(back["persons"] - 1_000) <= 1
        assert back["threshold"] == pytest.approx(least["threshold"], rel=1e-3)

    def test_errors_go_by_their_names_in_statistics_too(self, plan):
        plain = sib.sample_size(plan, 0.10, false_payment=0.1, missed_payment=0.25)
        named = sib.sample_size(plan, 0.10, alpha=0.1, power=0.75)
        assert named.equals(plain)
        assert (named["alpha"], named["power"]) == (named["false_payment"], 1 - named["missed_payment"])
        least = sib.minimum_detectable_effect(plan, alpha=0.1, power=0.75)
        assert least.equals(sib.minimum_detectable_effect(plan, false_payment=0.1, missed_payment=0.25))

    @pytest.mark.parametrize(
        ("given", "where"),
        [
            ({"effect": 0}, "effect"),
            ({"effect": 1.0}, "effect"),
            ({"effect": "0.1"}, "effect"),
            ({"effect": math.nan}, "effect"),
            ({"effect": 0.1, "false_payment": 0.5}, "false_payment"),
            ({"effect": 0.1, "missed_payment": "few"}, "missed_payment"),
            ({"effect": 0.1, "alpha": 0.5}, "alpha"),
            ({"effect": 0.1, "power": 0.5}, "power"),
            ({"effect": 0.1, "alpha": 0.1, "false_payment": 0.1}, "alpha"),
            ({"effect": 0.1, "power": 0.8, "missed_payment": 0.2}, "power"),
            ({"effect": 0.1, "threshold": 0.1}, "threshold"),
            ({"effect": 1e-9}, "scenario"),
        ],
    )
    def test_refused(self, plan, given, where):
        with pytest.raises(sib.InputError) as error:
            sib.sample_size(plan, **given)
        assert error.value.problems[0].where == where

    def test_a_fixed_group_may_never_be_enough(self):
        history = deal("count", {"design": "historical", "persons": 20}, size=50, effect=0.1)
        with pytest.raises(sib.InputError, match="enlarge the comparison group"):
            sib.sample_size(history, 0.05)
        one = deal("count", MATCHED, size=1, effect=0.1)
        with pytest.raises(sib.InputError, match="1 persons tell from none"):
            sib.minimum_detectable_effect(one)


class TestOverpayment:
    def test_noise_costs_nothing_where_what_is_paid_is_a_straight_line(self):
        scenario = deal("mean", MATCHED, size=400, effect=0.1)
        line = sib.overpayment(scenario, [0.5], target=0.1, paths=40_000, rng=2).iloc[0]
        assert line["payment_if_known"] == pytest.approx(1_000 * 400 * 40 * 0.5)
        assert abs(line["overpayment"]) <= 4 * line["payment_mean_mcse"]

    def test_a_floor_pays_for_luck_and_a_cap_keeps_it(self):
        floor = deal("mean", MATCHED, size=100, effect=0.1)
        capped = deal(
            "mean", MATCHED, size=100, effect=0.1, pays={"pays": {"nodes": [[-1, 0], [0.1, 1000], [2, 1000]]}}
        )
        assert sib.overpayment(floor, [0.0], target=0.1, paths=4_000, rng=2)["overpayment"].iloc[0] > 0
        assert sib.overpayment(capped, [0.1], target=0.1, paths=4_000, rng=2)["overpayment"].iloc[0] < 0

    def test_the_ratio_is_infinite_where_nothing_is_due_and_nan_where_nothing_is_paid(self, plan):
        table = sib.overpayment(plan, [0.0, -0.9], paths=2_000, rng=2)
        assert table["overpayment_ratio"].iloc[0] == math.inf
        assert math.isnan(table["overpayment_ratio"].iloc[1])
        assert table["payment_if_known"].tolist() == [0.0, 0.0]

    def test_no_closed_form_where_no_more_is_paid_than_is_out(self):
        payment = {"to": "fund", "repays": True, "pays": {"per_unit": 1_000}}
        repaid = deal("proportion", MATCHED, size=400, effect=0.1, pays=payment)
        assert sib.overpayment(repaid, [0.1], target=0.1, paths=10, rng=1)["closed_form"].isna().all()

    def test_no_closed_form_under_a_ceiling(self):
        data = tomllib.loads(deal("mean", MATCHED, size=100, effect=0.1).to_toml())
        data["limits"] = [{"name": "ceiling", "on": ["pay"], "amount": 1_000}]
        table = sib.overpayment(sib.Scenario.from_data(data), [0.1], target=0.1, paths=10, rng=1)
        assert table["closed_form"].isna().all()

    def test_those_who_stay_apart_dilute_what_would_be_due(self):
        whole = deal("mean", MATCHED, size=400, effect=0.1)
        half = deal("mean", MATCHED, size=400, effect=0.1, engagement={"share": 0.5, "drop_out": 0.5, "kept": 0.5})
        due = [
            sib.overpayment(x, [0.4], target=0.1, paths=10, rng=1)["payment_if_known"].iloc[0] for x in (whole, half)
        ]
        assert due[1] == pytest.approx(due[0] * 0.5 * (0.5 + 0.5 * 0.5))


class TestWhatHasAClosedForm:
    def test_a_mechanic_that_is_new_has_none_until_it_is_told_to(self, plan):
        @dataclasses.dataclass(frozen=True, eq=False)
        class Claimed(Claim):
            rounds_to: float | None = None

        claim = next(claim for step in Deal.of(plan).contract.steps for claim in step.claims)
        known = {field.name: getattr(claim, field.name) for field in dataclasses.fields(claim)}
        assert alone(Claimed(**known))
        assert not alone(Claimed(**known, rounds_to=100.0))

    @pytest.mark.parametrize("hangs", [{"principal": 0}, {"less": (0,)}, {"owed_by": "fund"}, {"made": (0,)}])
    def test_nor_has_what_hangs_on_something_else(self, plan, hangs):
        claim = next(claim for step in Deal.of(plan).contract.steps for claim in step.claims)
        assert alone(claim)
        assert not alone(dataclasses.replace(claim, **hangs))

    def test_those_not_yet_paid_for_may_be_allowed(self, plan):
        claim = next(claim for step in Deal.of(plan).contract.steps for claim in step.claims)
        after = dataclasses.replace(claim, unpaid=0)
        assert (alone(after), alone(after, unpaid=True)) == (False, True)


class TestPeople:
    def test_one_row_a_person(self, plan):
        frame = sib.people(plan.replace({"beliefs.effects.reconvictions": 0.5}), rng=1)
        served, group = (frame[frame["group"] == name] for name in ("served", "comparison"))
        assert served.groupby("cohort").size().to_dict() == {"1": 1000, "2": 1000, "3": 1000}
        assert len(group) == 30_000
        for cohort in plan.cohorts:
            there = served.loc[served["cohort"] == cohort.name, "enrolled"]
            assert there.between(*map(pd.Timestamp, (cohort.enrol.starts, cohort.enrol.last_day))).all()
        assert group["enrolled"].isna().all()
        assert group["reconvictions"].mean() == pytest.approx(1.55, abs=0.05)
        assert served["reconvictions"].mean() == pytest.approx(0.775, abs=0.1)
        # over 60% of the men reoffend within a year; 55.7% are believed to here (sources in the scenario's file)
        assert (group["reconvictions"] > 0).mean() == pytest.approx(0.557, abs=0.01)
        assert (group["first_event"].isna() == (group["reconvictions"] == 0)).all()
        assert group["first_event"].dropna().between(0, 366).all()

    def test_same_seed_same_people(self, plan):
        pd.testing.assert_frame_equal(sib.people(plan, rng=4), sib.people(plan, rng=4))
        assert not sib.people(plan, rng=4).equals(sib.people(plan, rng=5))

    def test_refused(self, plan):
        with pytest.raises(sib.InputError, match="5,000,000 persons in all at most"):
            sib.people(plan.replace({"cohorts.1.size": 10_000_000}))
        with pytest.raises(sib.InputError, match="what is verified has a level"):
            sib.people(sib.load("reboot-west"))


@pytest.mark.parametrize("kind", ["mean", "count"])
def test_a_kink_at_the_true_effect_pays_for_noise_alone(kind):
    # the closed form of a schedule of improvements, at the variance that holds there, against simulation
    pays = {"reads": "improvement", "pays": {"nodes": [[0.3, 0], [1.0, 700_000]]}}
    scenario = deal(kind, {"design": "randomised", "controls": 1}, size=500, effect=0.1, pays=pays)
    found = sib.overpayment(scenario, [0.3], target=0.3, paths=100_000, rng=4).iloc[0]
    assert found["payment_if_known"] == pytest.approx(0.0, abs=1e-6)
    assert found["closed_form"] == pytest.approx(found["payment_mean"], rel=0.02)


def test_the_floor_at_zero_with_skew_is_closer_than_without():
    # 60 persons of very uneven counts: exact sums over all totals, the normal law, and the law corrected for skew
    size, effect = 60, 0.2
    scenario = deal("count", MATCHED, size=size, effect=effect)
    served, compared = (
        np.arange(int(law.ppf(1 - 1e-10)) + 1)
        for law in (negative_binomial(size, 1.5 * (1 - effect)), negative_binomial(2 * size, 1.5))
    )
    chance = np.outer(
        negative_binomial(size, 1.5 * (1 - effect)).pmf(served), negative_binomial(2 * size, 1.5).pmf(compared)
    )
    exact = 1_000 * float((chance * np.maximum(compared[None, :] / 2 - served[:, None], 0)).sum())
    mean = size * 1.5 * effect
    levels = 1.5 * (1 - effect), 1.5
    sd = math.sqrt(size * sum((m + m**2 / 0.7) * w for m, w in zip(levels, (1.0, 0.5), strict=True)))
    normal = 1_000 * (mean * stats.norm.cdf(mean / sd) + sd * stats.norm.pdf(mean / sd))
    law = sib.overpayment(scenario, [effect], target=0.1, paths=10, rng=1)["closed_form"].iloc[0]
    assert abs(law - exact) < 0.3 * abs(normal - exact)


def test_of_several_metrics_that_is_meant_which_the_contract_reads():
    """Of arrests and reconvictions the cookbook's small deal pays for arrests; one that pays for both is to be told."""
    small = laid_over(BASE, "")
    assert sib.power(small, [0.1], target=0.1, paths=50, rng=1).equals(
        sib.power(small, [0.1], "arrests", target=0.1, paths=50, rng=1)
    )
    reads = {"metric": "reconvicted", "scope": "cohort", "pays": {"per_unit": 1}}
    both = small.replace({"payments": [*small.data()["payments"], {"name": "second", **reads}]})
    with pytest.raises(sib.InputError) as error:
        sib.power(both, [0.1], target=0.1)
    assert str(error.value) == (
        "metric\n  came:  None\n  rule:  a metric that is compared with something and measured by itself: arrests,"
        " reconvicted\n  to do: ask about one of these"
    )
