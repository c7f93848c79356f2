"""Results in hand. Truth: conjugate posteriors, laws of conditional expectation, what a settled deal still pays."""

import datetime as dt
import math
import tomllib

import numpy as np
import pytest
from scipy import stats

import sib
from sib.analysis.evidence.surprise import _Expected, _together
from sib.analysis.evidence.update import EvidenceWarning
from sib.analysis.figures import FIGURES
from sib.chance.sources import Chance
from sib.model.levels import compared_level, served_level
from sib.model.likelihood import likelihood
from sib.model.observed import Observed, Seen
from sib.model.prior import believe
from sib.run.recipe import Deal
from tests.model.test_closed_forms import deal

FAR = {"distribution": "normal", "mean": 10_050.0}  # so far from zero that quantities a person are normal


def verified(kind="proportion", levels=None, size=100, **metric):
    """A deal that pays for what is verified, in two cohorts; results at the ends of 2001 and 2002."""
    cohorts = [
        {"name": n, "size": size, "enrol": {"starts": dt.date(2000 + i, 1, 1), "months": 6}} for i, n in enumerate("ab")
    ]
    return sib.Scenario.from_data(
        {
            "name": "verified",
            "summary": "a share of persons, verified",
            "currency": "GBP",
            "start": dt.date(2000, 1, 1),
            "outcome_payer": "payer",
            "cohorts": cohorts,
            "metrics": [
                {
                    "name": "jobs",
                    "kind": kind,
                    "better": "higher",
                    "compare": {"design": "none"},
                    "reported": {"dates": [dt.date(2001, 12, 31), dt.date(2002, 12, 31)]},
                    **metric,
                }
            ],
            "payments": [
                {
                    "name": "pay",
                    "metric": "jobs",
                    "scope": "cohort",
                    "reads": "level",
                    "pays": {"nodes": [[0, 0], [1, 100_000]]},
                    "months_after_result": 1,
                }
            ],
            "tranches": [{"name": "fund", "amount": 100_000, "draws": "as needed"}],
            "costs": [{"name": "work", "to": "provider", "per": "cohort", "amount": 40_000}],
            "beliefs": {
                "levels": {"jobs": {"distribution": "uniform", "low": 0.0, "high": 1.0} if levels is None else levels},
                "discount_rates": {"fund": 0.05},
            },
        }
    )


def certain():
    """A deal whose effect is sure and nearly also the drift: what else is found was left to chance by history."""
    compare = {"design": "historical", "persons": 20_000}
    return deal("count", compare, size=20_000, effect=0.0, drift={"it": {"trend": 0.0, "sd": 0.02}})


def within(found, truth, error, errors=4):
    assert abs(found - truth) < errors * error, (found, truth, error)


class TestConjugate:
    """Where the posterior is known in closed form."""

    def test_a_share_believed_uniform_becomes_beta(self):
        known = sib.update(verified(), {"jobs": {"a": 0.6}}, paths=50_000, rng=1)
        law = stats.beta(61, 41)  # 60 of 100, on a uniform belief
        row = known.effects.loc[("jobs", "a")]
        within(row["mean"], law.mean(), row["mean_mcse"])
        assert row["sd"] == pytest.approx(law.std(), rel=0.02)
        assert (row["p05"], row["p95"]) == pytest.approx((law.ppf(0.05), law.ppf(0.95)), abs=0.004)
        draws = known.draws(known.posterior)[("jobs", "a")].to_numpy()
        assert stats.kstest(draws[::10], law.cdf).pvalue > 1e-3

    def test_a_count_believed_uniform_becomes_gamma(self):
        levels = {"distribution": "uniform", "low": 0.0, "high": 5.0}
        scenario = verified("count", levels, window_months=12)
        known = sib.update(scenario, {"jobs": {"a": 1.3}}, paths=50_000, rng=1)
        law = stats.gamma(131, scale=1 / 100)  # 130 events in 100 persons
        row = known.effects.loc[("jobs", "a")]
        within(row["mean"], law.mean(), row["mean_mcse"])
        assert row["sd"] == pytest.approx(law.std(), rel=0.02)

    @pytest.mark.parametrize("between", [0.0, 2.0])
    def test_a_mean_believed_normal_stays_normal(self, between):
        levels = FAR | {"sd": 4.0, "person_sd": 30.0, "between_cohorts": between}
        known = sib.update(verified("mean", levels), {"jobs": {"a": 10_056.0}}, paths=50_000, rng=1)
        seen = between**2 + 30.0**2 / 100  # what one cohort's result varies by about the deal's own level
        deal_mean = 10_050 + 4**2 / (4**2 + seen) * 6
        deal_var = 1 / (1 / 4**2 + 1 / seen)
        other = known.effects.loc[("jobs", "b")]  # not observed: it learns of the deal's own level only
        within(other["mean"], deal_mean, other["mean_mcse"])
        assert other["sd"] == pytest.approx(math.sqrt(deal_var + between**2), rel=0.02)

    def test_both_cohorts_tell_more_than_one(self):
        levels = FAR | {"sd": 4.0, "person_sd": 30.0}
        known = sib.update(verified("mean", levels), {"jobs": {"a": 10_056.0, "b": 10_048.0}}, paths=50_000, rng=1)
        precision = 1 / 4**2 + 2 * 100 / 30**2
        row = known.effects.loc[("jobs", "a")]
        within(row["mean"], 10_000 + (50 / 4**2 + 100 / 30**2 * (56 + 48)) / precision, row["mean_mcse"])
        assert row["sd"] == pytest.approx(precision**-0.5, rel=0.02)


class TestQuantitiesNearZero:
    def test_a_belief_that_reaches_below_zero(self):
        # a mean over 100 persons with a coefficient of variation of one is gamma with shape 100, whatever its level
        levels = {"distribution": "normal", "mean": 1.0, "sd": 0.4, "person_sd": 1.0}
        known = sib.update(verified("mean", levels), {"jobs": {"a": 1.1}}, paths=50_000, rng=1)
        level = np.linspace(0.5, 2.5, 4_001)
        weight = stats.norm.pdf(level, 1.0, 0.4) * stats.gamma.pdf(1.1, 100, scale=level / 100)
        mean = (level * weight).sum() / weight.sum()
        row = known.effects.loc[("jobs", "a")]
        within(row["mean"], mean, row["mean_mcse"])
        assert row["sd"] == pytest.approx(math.sqrt(((level - mean) ** 2 * weight).sum() / weight.sum()), rel=0.02)

    def test_persons_cannot_differ_in_proportion_to_nothing(self):
        with pytest.raises(sib.ScenarioError) as error:
            verified("mean", {"distribution": "normal", "mean": 0.0, "sd": 0.1, "person_sd": 0.5})
        assert str(error.value).endswith(
            "person_sd\n  came:  0.5\n  rule:  a level above zero on average: persons differ in proportion to it\n"
            "  to do: raise the level, or leave `person_sd` out"
        )


class TestLaws:
    def test_what_is_certain_is_not_learnt(self, plan):
        sure = plan.replace({"beliefs.effects.reconvictions": 0.09})
        known = sib.update(sure, {"reconvictions": {"1": 0.02}}, paths=2_000, rng=1)
        assert known.effects["mean"].tolist() == pytest.approx([0.09] * 3)
        assert known.effective_paths == pytest.approx(2 * 2_000, rel=1e-6)  # of the first draw, all weigh alike

    @pytest.mark.slow
    def test_expected_posterior_is_the_prior(self, plan):
        # tower law: over results drawn from the beliefs, posterior means average to the prior mean
        prior = sib.simulate(plan, paths=2_000, rng=5)
        results = prior.paths["reconvictions.1.improvement"].to_numpy()[:40]
        means = [
            sib.update(plan, {"reconvictions": {"1": float(x)}}, paths=1_000, rng=i).effects["mean"].iloc[1]
            for i, x in enumerate(results)
        ]
        within(np.mean(means), 0.09, np.std(means) / math.sqrt(len(means)))

    def test_a_better_result_makes_better_beliefs_and_a_deal_of_more_worth(self, plan):
        low, high = (sib.update(plan, {"reconvictions": {"1": x}}, paths=5_000, rng=1) for x in (0.02, 0.095))
        assert (high.effects["mean"] > low.effects["mean"]).all()
        value = ("posterior", "estimate")
        assert high.remaining().loc["remaining_value_mean", value] > low.remaining().loc["remaining_value_mean", value]

    def test_what_was_observed_is_in_every_path(self, plan):
        known = sib.update(plan, {"reconvictions": {"1": {"treated": 1.42, "comparison": 1.55, "n": 936}}}, paths=500)
        found = known.posterior.paths["reconvictions.1.improvement"]
        assert found.to_numpy() == pytest.approx(np.full(500, 1 - 1.42 / 1.55))
        assert known.posterior.paths["reconvictions.2.improvement"].std() > 0.03

    def test_no_figure_of_the_rest_has_the_name_of_one_of_the_whole_deal(self, plan):
        known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1)
        whole, rest = known.posterior.summary(), known.remaining()
        assert not set(rest.index) & set(FIGURES)
        # what is paid in before the date can be lost still, so the two chances are not the same
        lost = rest.loc["remaining_loss_probability", ("posterior", "estimate")]
        assert whole.loc["loss_probability", "estimate"] > lost + 0.05

    def test_a_deal_that_is_over_pays_what_settle_says(self, went):
        # both cohorts known: nothing is left to chance, so the rest is the published settlement's later cash
        measured = {"reconvictions": {"1": 0.084, "2": 0.097}}
        known = sib.update(went, measured, paths=500, rng=1)
        cash = sib.settle(went, measured).cashflow("investors")
        later = cash[[day.date() > known.date for day in cash.index]]
        rest = known.remaining()["posterior"]
        assert rest.loc["remaining_received_mean", "estimate"] == pytest.approx(later.clip(lower=0).sum())
        years = [(day.date() - known.date).days / 365 for day in later.index]
        worth = sum(amount / 1.035**t for amount, t in zip(later, years, strict=True))
        assert rest.loc["remaining_value_mean", "estimate"] == pytest.approx(worth)

    def test_a_historical_baseline_that_flattered_one_cohort_flatters_the_next(self, plan):
        # one group is measured once, for all: what cohort 1 shows is partly that group's luck, and cohort 2 shares it
        data = plan.data()
        data.pop("sources")
        data["metrics"][0]["compare"] = {"design": "historical", "persons": 300}
        data["beliefs"]["effects"]["reconvictions"] = 0.0
        known = sib.update(sib.Scenario.from_data(data), {"reconvictions": {"1": 0.15}}, paths=20_000, rng=1)
        second = known.posterior.paths["reconvictions.2.improvement"].mean()
        person = 1.55 + 1.55**2 / sib.dispersion_from(1.55, 0.557)
        shared, own = person / 300, person / 1000  # variances of the group's level, of a cohort's
        assert second == pytest.approx(0.15 * shared / (shared + own), abs=0.012)

    def test_workers_do_not_change_the_bits(self, plan):
        from concurrent.futures import ThreadPoolExecutor

        observed = {"reconvictions": {"1": 0.084}}
        one = sib.update(plan, observed, paths=20_000, rng=3)
        with ThreadPoolExecutor(3) as workers:
            other = sib.update(plan, observed, paths=20_000, rng=3, executor=workers)
        assert np.array_equal(one.posterior.columns["payment"], other.posterior.columns["payment"])

    def test_the_first_paths_do_not_depend_on_how_many_follow(self, plan):
        observed = {"reconvictions": {"1": 0.084}}
        few, many = (sib.update(plan, observed, paths=n, rng=3).posterior.columns["payment"] for n in (700, 3_000))
        assert np.array_equal(few, many[:700])


class TestOptionToStop:
    def test_stopping_now_is_worth_what_it_saves(self, plan):
        known = sib.update(plan, {"reconvictions": {"1": -0.05}}, paths=20_000, rng=1)
        option = known.option_to_stop()
        assert option["option_value"] == pytest.approx(
            max(option["remaining_value_stop"] - option["remaining_value_continue"], 0.0),
            abs=3 * option["option_value_mcse"] + 1,
        )
        assert option["remaining_value_stop"] == pytest.approx(
            0.0, abs=1e-6
        )  # nothing is due, and nothing more is spent

    def test_a_right_is_never_worth_less_than_nothing(self, plan):
        known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=20_000, rng=1)
        for day in (known.date, dt.date(2015, 6, 1), dt.date(2016, 7, 1)):
            option = known.option_to_stop(day)
            assert option["option_value"] >= -3 * option["option_value_mcse"]

    def test_a_stop_that_cannot_help_is_not_used(self, plan):
        # what the rest costs is next to nothing: going on can only bring money
        free = plan.replace({"costs.service.amount": 1, "limits.return cap.return_on_costs": 1.0})
        known = sib.update(free, {"reconvictions": {"1": 0.11}}, paths=5_000, rng=1)
        option = known.option_to_stop()
        assert option["stop_probability"] == 0
        assert option["remaining_value_continue"] >= option["remaining_value_stop"]

    def test_its_value_is_bacheliers(self):
        # linear and normal: what is gained by stopping, given the second result, is normal about its mean today
        levels = FAR | {"sd": 10.0, "person_sd": 100.0}
        data = verified("mean", levels).data()
        starts = [dt.date(2000, 1, 1), dt.date(2001, 1, 1), dt.date(2003, 1, 1)]
        data["cohorts"] = [
            {"name": n, "size": 100, "enrol": {"starts": day, "months": 6}}
            for n, day in zip("abc", starts, strict=True)
        ]
        data["metrics"][0]["reported"]["dates"] = [day + dt.timedelta(days=500) for day in starts]
        data["payments"][0]["pays"] = {"nodes": [[10_000, 0], [10_100, 100_000]]}
        data["costs"][0]["amount"], data["tranches"][0]["amount"] = 45_000, 140_000
        data["beliefs"]["discount_rates"]["fund"] = 0.0
        known = sib.update(sib.Scenario.from_data(data), {"jobs": {"a": 10_045.0}}, paths=40_000, rng=1)
        option = known.option_to_stop(dt.date(2002, 12, 1))
        mean, after_a, after_b = 47.5, 50.0, 100 / 3  # of the level of the third cohort; variances
        gain, sd = 45_000 - 1_000 * mean, 1_000 * math.sqrt(after_a - after_b)
        worth = gain * stats.norm.cdf(gain / sd) + sd * stats.norm.pdf(gain / sd)
        within(option["option_value"], worth, option["option_value_mcse"], 3)
        within(option["stop_probability"], stats.norm.cdf(gain / sd), option["stop_probability_mcse"], 3)

    def test_days_that_cannot_be(self, plan):
        known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=200, rng=1)
        with pytest.raises(sib.InputError, match="a day from 2014-08-09 on"):
            known.option_to_stop(dt.date(2012, 1, 1))


REFUSED = {
    "a cohort that does not exist": (
        {"reconvictions": {"4": 0.08}},
        "observed['reconvictions']\n  came:  '4'\n  rule:  a cohort whose result the deal reads: 1, 2, 3\n  to do: ",
    ),
    "a metric that does not exist": ({"convictions": {"1": 0.08}}, 'did you mean "reconvictions"'),
    "no cohort": ({"reconvictions": 0.08}, "name the cohort: {'1': ...}"),
    "nothing": ({}, "one result at least"),
    "nothing of a metric": ({"reconvictions": {}}, "one result at least"),
    "a percentage": ({"reconvictions": {"1": 8.4}}, "write 0.084 for 8.4 per cent"),
    "not a number": ({"reconvictions": {"1": math.nan}}, "a finite number"),
    "no comparison": ({"reconvictions": {"1": {"treated": 1.0, "comparison": 0.0}}}, "a comparison above zero"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(plan, case):
    observed, text = REFUSED[case]
    with pytest.raises(sib.InputError) as error:
        sib.update(plan, observed, paths=100, rng=1)
    assert text in str(error.value)
    for part in ("came:", "rule:", "to do:"):
        assert part in str(error.value)


def test_what_has_no_chance_in_it_cannot_be_weighed():
    scenario = verified("mean", {"distribution": "uniform", "low": 0.0, "high": 1.0})
    with pytest.raises(sib.InputError, match="say how it varies: `person_sd`"):
        sib.update(scenario, {"jobs": {"a": 0.5}}, paths=100)


@pytest.mark.parametrize(("level", "seen"), [(0.0, 0.05), (1.0, 0.95)])
def test_what_no_world_makes_possible_is_refused(level, seen):
    with pytest.raises(sib.InputError, match="results that some world believed makes possible"):
        sib.update(verified("proportion", level), {"jobs": {"a": seen}}, paths=100, rng=1)


def test_a_posterior_is_not_updated_again(plan):
    known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=200, rng=1)
    with pytest.raises(sib.InputError, match="pass all results in hand at once"):
        sib.update(known.posterior, {"reconvictions": {"2": 0.084}})


def test_a_result_that_few_worlds_agree_with_warns():
    with pytest.warns(EvidenceWarning, match="worth"):
        known = sib.update(certain(), {"it": {"1": 0.1}}, paths=10_000, rng=1)
    assert known.effective_paths < 1_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sib.EvidenceWarning")
def test_standard_errors_own_up_to_few_worlds():
    levels = {"distribution": "uniform", "low": 0.0, "high": 1.0, "person_sd": 0.05}
    scenario = verified("mean", levels, size=20_000)
    tables = [sib.update(scenario, {"jobs": {"a": 0.5}}, paths=300, rng=s).effects.iloc[0] for s in range(40)]
    spread = np.std([table["mean"] for table in tables], ddof=1)
    assert 0.5 < np.mean([table["mean_mcse"] for table in tables]) / spread < 2.0


def test_cash_of_the_day_itself_is_past(went):
    # the result of July 2017 is paid on 27 August 2017: on that day nothing is left, the day before all of it
    seen = {"reconvictions": {"1": 0.084, "2": 0.097}}
    paid = sib.settle(went, {"reconvictions": [0.084, 0.097]}).paid(went.outcome_payer)
    for day, left in ((dt.date(2017, 8, 26), paid), (dt.date(2017, 8, 27), 0.0)):
        known = sib.update(went, seen, date=day, paths=50, rng=1)
        assert known.remaining().loc["remaining_received_mean", ("posterior", "estimate")] == pytest.approx(left)
        assert known.option_to_stop()["remaining_value_continue"] == pytest.approx(left, rel=1e-3)


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_moments_of_parts_are_those_of_all(parts):
    """Of a sample far from zero, where sums of squares lose all digits: NumPy's mean and standard deviation."""
    sample = 1e6 + np.random.default_rng(1).normal(size=5_000)
    came = float(sample[7])
    each = [
        _Expected(one.size, float(one.mean()), float(np.square(one - one.mean()).sum()), int((one <= came).sum()))
        for one in np.array_split(sample, parts)
    ]
    found = _together(each)
    assert found.mean == pytest.approx(sample.mean(), rel=1e-14)
    assert np.sqrt(found.squares / found.paths) == pytest.approx(sample.std(), rel=1e-11)
    assert (found.paths, found.below) == (5_000, np.sum(sample <= came))


def test_surprise_is_the_prior_predictive(plan):
    """The same model written out by hand; the normal law would be 0.6 points off, as a ratio is skewed."""
    rng = np.random.default_rng(1)
    effect = rng.normal(0.09, math.hypot(0.05, 0.02), 400_000)
    shape = 0.6935  # of 1.55 events a man, with 55.7% having any
    arms = ((1_000, 1.55 * (1.0 - effect)), (10_000, 1.55))
    served, compared = (rng.negative_binomial(n * shape, shape / (shape + mean), effect.size) / n for n, mean in arms)
    expected = 1.0 - served / compared
    known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=20_000, rng=1)
    row = known.surprise.loc[("reconvictions", "1")]
    assert row["observed"] == pytest.approx(0.084)
    assert row["below"] == pytest.approx(np.mean(expected <= 0.084), abs=0.012)
    assert (row["mean"], row["sd"]) == (
        pytest.approx(expected.mean(), abs=0.0015),
        pytest.approx(expected.std(), rel=0.02),
    )


def test_an_unknown_tranche_is_refused(plan):
    known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=200, rng=1)
    with pytest.raises(sib.InputError, match="a tranche of the deal"):
        known.remaining("nobody")


def test_likelihood_is_the_density_of_a_ratio():
    # served over compared, both normal: the density of their ratio by numerical integration, in worlds that differ in
    # effect and, by drift, in level
    effect = {"distribution": "uniform", "low": 0.08, "high": 0.12}
    size = 20_000
    scenario = deal("count", {"design": "matched", "controls": 1}, size=size, effect=effect, drift={"it": {"sd": 0.2}})
    plan = Deal.of(scenario).model
    world = believe(plan, Chance(40, np.random.SeedSequence(3), 0, frozenset({"belief"})))
    found = likelihood(plan, world, Observed({0: {0: Seen(size, 1.35, 1.5)}}))
    metric, believed = plan.metrics[0], world.metrics[0]
    truth = []
    for s, c in zip(served_level(metric, world, 0, 0), compared_level(metric, believed, 0), strict=True):
        errors = [np.sqrt((m + m**2 / 0.7) / size) for m in (s, c)]
        y = c + errors[1] * np.linspace(-9, 9, 4_001)
        density = np.abs(y) * stats.norm.pdf(0.9 * y, s, errors[0]) * stats.norm.pdf(y, c, errors[1])
        truth.append(np.log(np.trapezoid(density, y)))
    gap = found - truth
    assert np.std(truth) > 0.3
    assert np.ptp(gap) < 0.05


def test_a_period_that_goes_as_expected_changes_no_belief():
    data = tomllib.loads(
        verified("mean", {"distribution": "normal", "mean": 0.5, "sd": 0.1, "person_sd": 1.0}).to_toml()
    )
    data["metrics"][0] |= {
        "kind": "total",
        "reported": {"first": dt.date(2001, 12, 31), "every_months": 12, "times": 2},
    }
    data["metrics"][0].pop("compare", None)
    data["payments"][0] |= {"scope": "period", "reads": "units", "pays": {"per_unit": 1}}
    data["beliefs"]["levels"]["jobs"] = {"distribution": "normal", "mean": 100.0, "sd": 20.0, "person_sd": 0.5}
    data["beliefs"]["timing"] = {"jobs": {"shares": [0.2, 0.8]}}
    scenario = sib.Scenario.from_data(data)
    first = Deal.of(scenario).model.metrics[0].results[0]
    surprise = sib.update(scenario, {"jobs": {first: 20.0}}, paths=4_000, rng=1).surprise.iloc[0]
    known = sib.update(scenario, {"jobs": {first: float(surprise["mean"])}}, paths=4_000, rng=1)
    before, after = (known.draws(x).mean().iloc[0] for x in (known.prior, known.posterior))
    assert after == pytest.approx(before, rel=0.03)
    assert known.surprise["below"].iloc[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.filterwarnings("ignore::sib.EvidenceWarning")
def test_unlikely_results_draw_more_worlds(monkeypatch):
    """Where few worlds explain what was observed more are drawn, until they are worth as many as the paths."""
    many = sib.update(certain(), {"it": {"1": 0.07}}, paths=200, rng=1).effective_paths
    monkeypatch.setattr("sib.model.likelihood._MOST", 8)
    few = sib.update(certain(), {"it": {"1": 0.07}}, paths=200, rng=1).effective_paths
    assert many > 1.5 * few


def test_what_too_few_worlds_explain_is_refused():
    with pytest.raises(sib.InputError) as error:
        sib.update(certain(), {"it": {"1": 0.25}}, paths=100, rng=1)
    assert str(error.value) == (
        "observed\n"
        "  came:  'results with which of 1,048,576 worlds so few agree that they are worth 1 independent ones'\n"
        "  rule:  worlds that agree with the results, worth 200 independent ones at least\n"
        "  to do: widen the beliefs that they surprise; or correct the results: of each period, not to date, in persons"
    )
