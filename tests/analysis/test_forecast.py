"""Forecasts in mid-contract. Truth: multinomial laws worked out here, sums, `settle` of the claims, and `budget`."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sib
from tests.milestones import deal, funnel, milestone, price

QUARTERS = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}
PERSONS, LEVEL, SEEN = 240, 0.5, [3, 12, 30]
DAYS = [f"{year}-{day}" for year in (2015, 2016) for day in ("03-31", "06-30", "09-30", "12-31")]
CLAIMS = {"job": dict(zip(DAYS, SEEN, strict=False))}


def plan(level=LEVEL, **beliefs):
    metrics, prices = [milestone("job", QUARTERS)], [price("job", 100, "period")]
    return deal(metrics, prices, [], {"job": level}, (PERSONS,), timing={"job": {"months": [1, 6]}}, **beliefs)


def shares():
    """Of all persons who reach it, the share in each quarter: a month of twelve, and one to six months more."""
    return by_month().reshape(8, 3).sum(axis=1)


def by_month():
    """The same in each month."""
    found = np.zeros(24)
    for enrolled in range(12):
        for delay in range(1, 7):
            found[enrolled + delay] += 1 / 72
    return found


@pytest.fixture(scope="module")
def known():
    return sib.update(plan(), CLAIMS, paths=20_000, rng=3)


class TestCounts:
    def test_the_plan_is_what_was_expected(self, known):
        chance = LEVEL * shares()
        found = known.forecast().by_period.loc["job"]
        error = np.sqrt(PERSONS * chance * (1 - chance) / 20_000)
        assert (abs(found["plan"] - PERSONS * chance) <= 4 * error + 1e-12).all()

    def test_the_forecast_is_of_who_has_not_come_yet(self, known):
        """Multinomial: those who are left, each with the chance that is left of them."""
        chance = LEVEL * shares()
        left = (PERSONS - sum(SEEN)) / (1 - chance[:3].sum())
        found = known.forecast().by_period.loc["job"].iloc[3:]
        assert (abs(found["mean"] - left * chance[3:]) <= 4 * found["mean_mcse"] + 1e-12).all()
        assert found["actual"].isna().all()

    def test_what_is_known_is_what_was_reported(self, known):
        found = known.forecast().by_period.loc["job"].iloc[:3]
        for column in ("actual", "mean", "p10", "p50", "p90"):
            assert found[column].to_list() == SEEN
        assert (found["mean_mcse"] == 0).all()

    def test_to_date_is_the_sum_so_far(self, known):
        each, so_far = (table.loc["job"] for table in (known.forecast().by_period, known.forecast().to_date))
        for column in ("plan", "mean", "actual"):
            np.testing.assert_allclose(so_far[column], np.cumsum(each[column].to_numpy()), rtol=1e-12)
        wider = so_far["p90"] - so_far["p10"]
        assert wider.iloc[-1] < (each["p90"] - each["p10"]).sum()  # chance evens out

    def test_of_a_period_that_is_not_over_the_rest_is_to_come(self):
        """In the second quarter 9 by the end of May: of June come those who are left, each with the chance of June."""
        claims = {"job": {DAYS[0]: 3, DAYS[1]: 9}}
        known = sib.update(plan(), claims, through=dt.date(2015, 5, 31), paths=20_000, rng=4).forecast()
        monthly = LEVEL * by_month()
        june = (PERSONS - 12) * monthly[5] / (1 - monthly[:5].sum())
        row = known.by_period.loc[("job", DAYS[1])]
        assert row["actual"] == 9
        assert abs(row["mean"] - 9 - june) <= 4 * row["mean_mcse"]
        assert known.to_date.loc[("job", DAYS[1]), "actual"] == 12

    def test_of_a_funnel_those_come_next_who_came_before(self):
        """Three months lead from each quarter to the next: of 40 with a job so many keep it as a binomial law says."""
        sure = funnel().replace({"beliefs.levels": {"job": 0.5, "lasts": 0.4}})
        claims = {"job": {DAYS[0]: 10, DAYS[1]: 40}, "lasts": {DAYS[0]: 0, DAYS[1]: 5}}
        table = pd.DataFrame(claims)
        found = sib.update(sure, table, paths=20_000, rng=5).forecast().by_period.loc["lasts"]
        assert found["actual"].to_list()[:2] == [0, 5]
        law, row = stats.binom(40, 0.4), found.loc[DAYS[2]]
        assert row[["p10", "p50", "p90"]].to_list() == [law.ppf(level) for level in (0.1, 0.5, 0.9)]
        assert abs(row["mean"] - law.mean()) <= 4 * law.std() / np.sqrt(20_000)

    def test_a_deal_without_counts_by_period_is_refused(self):
        known = sib.update(sib.load("peterborough"), {"reconvictions": {"1": 0.084}}, paths=500, rng=1)
        with pytest.raises(sib.InputError, match="units in all are counted by period"):
            _ = known.forecast().by_period


class TestMoney:
    def test_cash_so_far_is_what_the_claims_settle_to(self, known):
        """Whatever comes later: claims of the first three quarters, and none or many after them."""
        found = known.forecast().money
        settled = sib.settle(plan(), {"job": [*SEEN, 20, 0, 0, 0, 0]})
        frame = settled.to_frame()
        paid = frame[(frame["payer"] == "government") & (frame["date"] <= str(known.date))]
        rows = found.loc["paid by government"]
        assert rows["actual"].dropna().sum() == pytest.approx(paid["amount"].sum())
        assert rows["actual"].notna().sum() == 3  # the quarters that are over
        drawn = frame[frame["kind"] == "draw"]["amount"].sum()
        assert found.loc[("draw", "2015-03-31"), "actual"] == pytest.approx(drawn)

    def test_money_adds_up_on_average(self, known):
        """What the vehicle holds is what came in less what went out."""
        found = known.forecast().money["mean"].reset_index().pivot_table("mean", "period", "item").drop("total")
        kinds = found.drop(columns=["paid by government", "balance"])
        np.testing.assert_allclose(found["balance"], kinds.sum(axis=1).cumsum(), atol=1e-6)
        np.testing.assert_allclose(found["paid by government"], kinds["outcome payment"], atol=1e-9)

    def test_cash_of_a_payer_is_that_of_the_posterior(self, known):
        cash = known.posterior.cash("government")
        rows = known.forecast().money.loc["paid by government"]
        np.testing.assert_allclose(rows["mean"], -cash["mean"])
        np.testing.assert_allclose(rows["plan"], -known.prior.cash("government")["mean"])

    def test_bills_are_those_of_the_posterior(self, known):
        found = known.forecast().budget
        pd.testing.assert_frame_equal(found.drop(columns="plan"), known.posterior.budget())
        assert (found["plan"] == known.prior.budget()["mean"]).all()

    def test_a_cost_that_may_have_overrun_is_not_known(self):
        unsure = plan(overruns={"c": {"mean": 0.1, "sd": 0.1}})
        found = sib.update(unsure, CLAIMS, paths=500, rng=1).forecast().money
        assert np.isnan(found.loc["cost", "actual"].iloc[0])
        assert found.loc["paid by government", "actual"].iloc[0] == 100 * SEEN[0]


class TestBeliefs:
    def test_rate_volume_and_pace_stand_apart(self):
        unsure = plan(
            {"distribution": "normal", "mean": 0.5, "sd": 0.05},
            referrals={"mean": 1.0, "sd": 0.3, "pace_sd": 0.3, "months_late": [0, 3]},
        ).replace({"beliefs.timing.job": {"months": [1, 6], "pace_sd": 0.2}})
        found = sib.update(unsure, {"job": {DAYS[0]: 0, DAYS[1]: 6, DAYS[2]: 14}}, paths=4_000, rng=2).beliefs
        assert found.index.to_list() == [
            ("rate", "job"),
            ("volume", "c0"),
            ("months late", "c0"),
            ("months of intake", "c0"),
            ("months to reach", "job"),
        ]
        error = found["prior_sd"] / np.sqrt(4_000)
        believed = np.array([0.5, 1.0, 1.5, 1.0, 1.0])
        assert (abs(found["prior_mean"] - believed) <= 4.5 * error).all()
        np.testing.assert_allclose(found["prior_sd"], [0.05, 0.3, np.sqrt(15 / 12), 0.3, 0.2], rtol=0.1)
        # half of what was planned: some of it is put down to each, the most to what was least known
        moved = (found["mean"] - found["prior_mean"]) / found["prior_sd"]
        assert moved.loc[("volume", "c0")] < -0.4
        assert moved.loc[("months late", "c0")] > 0
        assert moved.loc[("months of intake", "c0")] > 0
        assert abs(moved.loc[("rate", "job")]) < abs(moved.loc[("volume", "c0")])

    def test_the_rate_is_that_of_the_effects(self):
        unsure = plan({"distribution": "normal", "mean": 0.5, "sd": 0.05})
        known = sib.update(unsure, CLAIMS, paths=2_000, rng=2)
        (belief,), effect = known.beliefs.to_dict("records"), known.effects.iloc[0]
        for column in ("prior_mean", "prior_sd", "mean", "sd", "p05", "p95", "mean_mcse"):
            assert belief[column] == pytest.approx(effect[column])

    def test_what_does_not_vary_is_left_out(self, known):
        assert known.beliefs.empty
