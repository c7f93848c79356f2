"""Sizes and closed forms where persons or events are few, or are held against a written level.

Truth: scipy's binomial, negative binomial and Poisson laws, summed here over all that can be; brute force over all
numbers of persons; simulation.
"""

import math

import numpy as np
import pytest
from scipy import stats

import sib
from sib.analysis.evidence.exact_law import ExactLaw
from sib.analysis.evidence.normal_law import Moments
from sib.model.laws.count import Count
from sib.model.laws.proportion import Proportion
from tests.model.test_closed_forms import deal

SHAPE = 0.7
CLUSTERED = {"intra_cluster_correlation": 0.05}


def believed(level, kind="proportion", better="lower", compare=None, **others):
    """A deal with one compared metric, at this level without the programme; written down unless it is said."""
    compare = compare or {"design": "historical", "level": level}
    data = deal(kind, compare, size=others.pop("size", 100), effect=0.1, **others).data()
    data["metrics"][0]["better"] = better
    known = {"proportion": {"share": level}, "count": {"mean": level, "shape": SHAPE}}
    data["beliefs"]["comparison"]["it"] = known.get(kind, {"mean": level, "spread": "poisson"})
    data["metrics"][0]["kind"] = "proportion" if kind == "proportion" else "count"
    return sib.Scenario.from_data(data)


def law(kind, persons, level):
    """What so many persons have in all."""
    if kind == "proportion":
        return stats.binom(persons, level)
    return stats.nbinom(SHAPE * persons, SHAPE / (SHAPE + level))


def errors(kind, better, persons, level, effect, threshold):
    """False and missed payment of a test against a written level, by scipy."""
    if better == "lower":
        most = np.floor(persons * level * (1 - threshold) + 1e-9)
        return law(kind, persons, level).cdf(most), law(kind, persons, level * (1 - effect)).sf(most)
    least = np.ceil(persons * level * (1 + threshold) - 1e-9)
    return law(kind, persons, level).sf(least - 1), law(kind, persons, level * (1 + effect)).cdf(least - 1)


def fewest(kind, better, level, effect, wanted, threshold=None):
    """The first number of persons with which some threshold, or this one, errs no more often than wanted."""
    for persons in range(1, 3_000):
        before, after = law(kind, persons, level), law(kind, persons, level * (1 + effect))
        if better == "lower":
            after = law(kind, persons, level * (1 - effect))
        cuts = np.arange(int(before.ppf(1 - 1e-9)) + 2)
        if threshold is not None:
            fixed = persons * level * (1 - threshold if better == "lower" else 1 + threshold)
            cuts = np.floor([fixed + 1e-9]) if better == "lower" else np.ceil([fixed - 1e-9])
        if better == "lower":
            fits = (before.cdf(cuts) <= wanted[0]) & (after.sf(cuts) <= wanted[1])
        else:
            fits = (before.sf(cuts - 1) <= wanted[0]) & (after.cdf(cuts - 1) <= wanted[1])
        if fits.any():
            return persons
    raise AssertionError


class TestAgainstAWrittenLevel:
    def test_a_quarter_off_two_fifths(self):
        # the normal law's 141 persons miss it 21.9% of the time where 20% is wanted; 143 do
        found = sib.sample_size(believed(0.4), 0.25)
        assert errors("proportion", "lower", 141, 0.4, 0.25, 0.1687)[1] == pytest.approx(0.2187, abs=5e-5)
        assert found["persons"] == fewest("proportion", "lower", 0.4, 0.25, (0.05, 0.20)) == 143
        false, missed = errors("proportion", "lower", 143, 0.4, 0.25, found["threshold"])
        assert found["false_payment"] == pytest.approx(false, abs=1e-12)
        assert found["missed_payment"] == pytest.approx(missed, abs=1e-12)

    @pytest.mark.slow
    @pytest.mark.parametrize("better", ["lower", "higher"])
    @pytest.mark.parametrize("kind", ["proportion", "count"])
    @pytest.mark.parametrize(
        ("level", "effect", "wanted"),
        [(0.1, 0.5, (0.05, 0.20)), (0.55, 0.3, (0.05, 0.20)), (0.55, 0.75, (0.01, 0.10)), (0.03, 0.9, (0.1, 0.3))],
    )
    def test_no_fewer_persons_would_do(self, kind, better, level, effect, wanted):
        scenario = believed(level, kind, better)
        for share in (None, 0.5, 0.7):
            threshold = None if share is None else share * effect
            found = sib.sample_size(
                scenario, effect, threshold=threshold, false_payment=wanted[0], missed_payment=wanted[1]
            )
            assert found["persons"] == fewest(kind, better, level, effect, wanted, threshold)
            exact = errors(kind, better, int(found["persons"]), level, effect, found["threshold"])
            assert (found["false_payment"], found["missed_payment"]) == pytest.approx(exact, abs=1e-9)

    @pytest.mark.parametrize("size", [1, 12, 30, 400])
    @pytest.mark.parametrize("better", ["lower", "higher"])
    def test_the_least_effect_is_that_of_the_exact_test(self, better, size):
        scenario = believed(0.3, better=better, size=size)
        if size == 1:
            with pytest.raises(sib.InputError, match="1 persons tell from none"):
                sib.minimum_detectable_effect(scenario)
            return
        found = sib.minimum_detectable_effect(scenario)
        false, missed = errors("proportion", better, size, 0.3, found["effect"], found["threshold"])
        assert missed == pytest.approx(0.20, abs=1e-9)
        assert false == pytest.approx(found["false_payment"])
        assert false <= 0.05
        one_more = found["threshold"] - 1 / (size * 0.3)
        assert errors("proportion", better, size, 0.3, 0.5, one_more)[0] > 0.05  # and no lower threshold would do

    def test_simulation_pays_as_often(self):
        wanted = sib.sample_size(believed(0.4), 0.25)
        pays = {"pays": {"amount": 1}, "when": {"improvement": float(wanted["threshold"])}}
        scenario = believed(0.4, size=int(wanted["persons"]), pays=pays)
        table = sib.power(scenario, [0.0, 0.25], target=0.25, paths=40_000, rng=1)
        exact = [wanted["false_payment"], 1 - wanted["missed_payment"]]
        assert table["closed_form"].tolist() == pytest.approx(exact, abs=1e-12)
        assert (abs(table["payment_probability"] - exact) <= 4 * table["payment_probability_mcse"]).all()

    def test_few_persons_more_stay_within_a_unit(self):
        # as large as it gets: ninety thousand persons, in one look at each number near the answer
        found = sib.sample_size(believed(0.4), 0.01)
        exact = errors("proportion", "lower", int(found["persons"]), 0.4, 0.01, found["threshold"])
        assert (found["false_payment"], found["missed_payment"]) == pytest.approx(exact, abs=1e-9)
        assert exact[0] <= 0.05
        assert exact[1] <= 0.20


def summed(kind, better, persons, group, levels, threshold, *, at_it=True):
    """P(the improvement is at least, or above, a threshold): over all pairs of totals, by convention 4."""
    served, compared = law(kind, persons, levels[0]), law(kind, group, levels[1])
    s, c = (np.arange(int(one.ppf(1 - 1e-12)) + 1) for one in (served, compared))
    gained = (s[:, None] / persons - c[None, :] / group) * (-1 if better == "lower" else 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        improvement = np.where(gained == 0, 0.0, gained / (c[None, :] / group))
    reached = improvement >= threshold - 1e-12 if at_it else improvement > threshold + 1e-12
    return float((served.pmf(s)[:, None] * compared.pmf(c)[None, :] * reached).sum())


class TestRareEvents:
    @pytest.mark.parametrize("better", ["lower", "higher"])
    @pytest.mark.parametrize("kind", ["proportion", "count"])
    @pytest.mark.parametrize("threshold", [0.0, 0.1, 0.5])
    @pytest.mark.parametrize("events", [0.25, 2.0, 20.0])
    def test_the_closed_form_is_the_sum(self, kind, better, threshold, events):
        size, effect = 50, 0.3
        compare = {"design": "randomised", "controls": 2}
        pays = {"pays": {"amount": 1}, "when": {"improvement": threshold}}
        scenario = believed(events / size, kind, better, compare, size=size, pays=pays)
        table = sib.power(scenario, [0.0, effect], target=0.1, paths=20_000, rng=2)
        for true in (0.0, effect):
            level = events / size * (1 - true if better == "lower" else 1 + true)
            exact = summed(kind, better, size, 2 * size, (level, events / size), threshold)
            assert table.loc[true, "closed_form"] == pytest.approx(exact, abs=1e-9)
            gap = abs(table.loc[true, "payment_probability"] - exact)
            assert gap <= 4 * table.loc[true, "payment_probability_mcse"] + 1e-9

    def test_a_quarter_of_an_event_in_each_arm(self):
        # the normal law pays half the time; most often nothing happens at all, and no difference is no improvement
        compare = {"design": "randomised", "controls": 1}
        pays = {"pays": {"amount": 1}, "when": {"improvement": 0.1}}
        found = sib.power(believed(0.01, compare=compare, size=25, pays=pays), [0.0], target=0.1, paths=10, rng=1)
        exact = summed("proportion", "lower", 25, 25, (0.01, 0.01), 0.1)
        assert found["closed_form"].iloc[0] == pytest.approx(exact, abs=1e-9) == pytest.approx(0.178, abs=5e-4)

    @pytest.mark.parametrize(
        ("pays", "from_zero"),
        [
            ({"pays": {"per_unit": 1_000}}, False),
            ({"pays": {"amount": 1}, "when": {"improvement": 0.0}}, True),
            ({"pays": {"amount": 1}, "when": {"improvement": {"more_than": 0.0}}}, False),
            ({"reads": "improvement", "pays": {"nodes": [[0.0, 0], [1.0, 100]]}}, False),
            ({"reads": "improvement", "pays": {"steps": [[0.0, 10], [0.5, 20]]}}, True),
        ],
    )
    def test_no_difference_is_paid_for_only_where_the_contract_does(self, pays, from_zero):
        compare = {"design": "matched", "controls": 1}
        scenario = believed(0.05, "count", compare=compare, size=40, pays=pays)
        found = sib.power(scenario, [0.2], target=0.1, paths=20_000, rng=3).iloc[0]
        exact = summed("count", "lower", 40, 40, (0.04, 0.05), 0.0, at_it=from_zero)
        assert found["closed_form"] == pytest.approx(exact, abs=1e-9)
        assert abs(found["payment_probability"] - exact) <= 4 * found["payment_probability_mcse"]

    @pytest.mark.parametrize(
        ("compare", "evaluation"),
        [
            ({"design": "cluster-randomised", "controls": 1, "clusters": 10}, CLUSTERED),
            ({"design": "difference in differences", "controls": 1}, None),
            ({"design": "before-after"}, {"correlation": 0.4}),
            ({"design": "historical", "persons": 50, "years": 3}, None),
        ],
    )
    def test_what_has_no_exact_law_has_a_closed_form_only_where_it_is_nearly_normal(self, compare, evaluation):
        pays = {"pays": {"amount": 1}, "when": {"improvement": 0.1}}
        for level, there in ((0.02, False), (0.4, True)):
            scenario = believed(level, compare=compare, size=100, pays=pays, evaluation=evaluation)
            table = sib.power(scenario, [0.1], target=0.1, paths=10, rng=1)
            assert math.isnan(table["closed_form"].iloc[0]) != there

    def test_nor_has_the_expected_payment(self):
        compare = {"design": "randomised", "controls": 1}
        for size, there in ((25, False), (2_500, True)):
            table = sib.overpayment(believed(0.01, compare=compare, size=size), [0.1], target=0.1, paths=10, rng=1)
            assert math.isnan(table["closed_form"].iloc[0]) != there

    def test_sizes_of_what_is_rare_are_exact(self):
        compare = {"design": "randomised", "controls": 1}
        found = sib.sample_size(believed(0.02, compare=compare), 0.8)
        persons = int(found["persons"])
        missed = 1 - summed("proportion", "lower", persons, persons, (0.004, 0.02), found["threshold"])
        assert found["missed_payment"] == pytest.approx(missed, abs=1e-9)
        assert missed <= 0.20
        # at the true level of no effect seven events are expected: there the normal law is off by half a point
        false = summed("proportion", "lower", persons, persons, (0.02, 0.02), found["threshold"])
        assert found["false_payment"] == pytest.approx(false, abs=0.005)

    @pytest.mark.parametrize("kind", ["proportion", "count"])
    def test_where_the_normal_law_is_used_it_is_near_the_sum(self, kind):
        # two arms alike: nine events or more, half a point; a hundred, a tenth of it
        for level, effect, near in ((0.1, 0.5, 0.005), (0.3, 0.2, 0.0015)):
            compare = {"design": "randomised", "controls": 1}
            found = sib.sample_size(believed(level, kind, compare=compare), effect)
            n = int(found["persons"])
            for true, name in ((0.0, "alpha"), (effect, "power")):
                exact = summed(kind, "lower", n, n, (level * (1 - true), level), found["threshold"])
                assert found[name] == pytest.approx(exact, abs=near)


class TestHowSure:
    @pytest.mark.parametrize("kind", ["proportion", "count"])
    @pytest.mark.parametrize(("level", "effect"), [(0.1, 0.0), (0.1, 0.3), (0.55, 0.3)])
    @pytest.mark.parametrize("group", [0, 40])
    def test_a_confidence_is_of_the_variance_at_the_measured_levels(self, kind, level, effect, group):
        # z = (compared - served) / sqrt(both variances): a lucky result has a small one, and seems surer than it is
        size = 80
        compare = {"design": "matched", "persons": group} if group else {"design": "historical", "level": level}
        pays = {"pays": {"per_unit": 1}, "when": {"confidence": 0.975}}
        scenario = believed(level, kind, compare=compare, size=size, pays=pays)
        found = sib.power(scenario, [effect], target=0.1, paths=20_000, rng=3).iloc[0]
        served = law(kind, size, level * (1 - effect))
        s = np.arange(int(served.ppf(1 - 1e-12)) + 1)
        c, likely = np.array([level]), np.ones(1)
        if group:
            units = np.arange(int(law(kind, group, level).ppf(1 - 1e-12)) + 1)
            c, likely = units / group, law(kind, group, level).pmf(units)

        def variance(x, persons):
            return (x * (1 - x) if kind == "proportion" else x + x**2 / SHAPE) / persons

        squared = variance(s[:, None] / size, size) + (variance(c, group) if group else 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (c - s[:, None] / size) / np.sqrt(squared)
        exact = float(served.pmf(s) @ (z >= stats.norm.ppf(0.975)) @ likely)
        assert found["closed_form"] == pytest.approx(exact, abs=1e-9)
        assert abs(found["payment_probability"] - exact) <= 4 * found["payment_probability_mcse"]


class TestNeverLessThanThereCanBe:
    def test_no_fewer_persons_than_clusters(self):
        # so large an effect that a few persons would show it
        for ratio, clusters, of_theirs, least in ((2, 40, 40, 40), (0.5, 40, 40, 80), (0.5, 40, 60, 120)):
            clustered = {"controls": ratio, "clusters": clusters, "comparison_clusters": of_theirs}
            compare = {"design": "cluster-randomised"} | clustered
            scenario = deal("mean", compare, size=400, effect=0.1, evaluation=CLUSTERED)
            assert sib.sample_size(scenario, 9.0)["persons"] == least

    def test_no_less_than_one_control(self):
        scenario = deal("mean", {"design": "randomised", "controls": 0.02}, size=400, effect=0.1)
        scenario = scenario.replace({"beliefs.comparison.it.sd": 1.0})
        assert sib.sample_size(scenario, 9.0)["persons"] == 50

    def test_one_person_may_be_enough(self):
        # nine in a hundred without the programme, nine in ten with it
        scenario = believed(0.09, better="higher")
        found = sib.sample_size(scenario, 9.0, false_payment=0.10)
        assert found["persons"] == fewest("proportion", "higher", 0.09, 9.0, (0.10, 0.20)) == 1
        assert (found["false_payment"], found["missed_payment"]) == (pytest.approx(0.09), pytest.approx(0.1))

    def test_an_effect_that_there_can_never_be(self):
        scenario = believed(0.55, better="higher", compare={"design": "randomised", "controls": 1})
        with pytest.raises(sib.InputError) as error:
            sib.sample_size(scenario, 0.82)
        assert "an improvement above zero and below 0.818" in str(error.value)
        assert sib.sample_size(scenario, 0.81)["persons"] > 1

    def test_units_that_belong_to_no_person(self):
        data = deal("mean", {"design": "historical", "level": 40.0}, size=50, effect=0.1).data()
        data["metrics"][0] |= {"kind": "total"}
        data["payments"][0]["pays"] = {"per_unit": 1}
        data["beliefs"]["comparison"]["it"] = {"units": 40.0, "sd": 0.1}
        with pytest.raises(sib.InputError) as error:
            sib.sample_size(sib.Scenario.from_data(data), 0.5)
        assert str(error.value) == (
            "metric\n  came:  'it'\n  rule:  a metric that is measured on persons: units in all are no surer for more"
            " of them\n  to do: ask `power` how often the deal pays as it is"
        )

    def test_rare_events_in_clusters_are_not_told_by_any_law(self):
        compare = {"design": "cluster-randomised", "controls": 1, "clusters": 4}
        scenario = believed(0.05, compare=compare, size=20, evaluation=CLUSTERED)
        with pytest.raises(sib.InputError) as error:
            sib.minimum_detectable_effect(scenario, false_payment=0.3, missed_payment=0.45)
        assert "three standard errors or more from zero" in str(error.value)
        assert "to do: enlarge the cohorts or the comparison group" in str(error.value)


@pytest.mark.parametrize("level", [0.0, 0.02, 0.5, 1.0])
def test_the_laws_are_scipys(level):
    units = np.arange(-1.0, 60.0)
    assert Proportion().at_most(units, level, 40.0) == pytest.approx(stats.binom(40, level).cdf(units), abs=1e-12)
    several = stats.nbinom(SHAPE * 30, SHAPE / (SHAPE + level)).cdf(units)
    assert Count(SHAPE).at_most(units, level, 30.0) == pytest.approx(several, abs=1e-12)
    assert Count(np.inf).at_most(units, level, 30.0) == pytest.approx(stats.poisson(30 * level).cdf(units), abs=1e-12)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_the_attained_improvement_pays_as_often_and_none_is_between(sign):
    likely = stats.binom(10, 0.4).pmf(np.arange(11))
    one = ExactLaw(Proportion(), sign, 0.3, 20.0, np.arange(11.0) / 10, likely, np.zeros(11))
    served, compared = np.meshgrid(np.arange(21.0) / 20, np.arange(1.0, 11.0) / 10)
    there = np.unique(np.round(sign * (served / compared - 1.0), 9))
    for asked in (0.03, 0.2, 0.33, 0.5):
        least = there[there >= asked - 1e-9][0]
        assert one.attained(asked) == pytest.approx(least, abs=1e-9)
        assert one.reaching(asked) == one.reaching(one.attained(asked))
        assert one.reaching(one.attained(asked) + 1e-9) < one.reaching(asked)


@pytest.mark.parametrize(
    ("share", "persons", "there"), [(0.5, 9, True), (0.5, 8, False), (0.1, 82, True), (0.9, 82, True), (0.1, 80, False)]
)
def test_nearly_normal_is_the_rule_of_thumb(share, persons, there):
    # n p >= 9 q and n q >= 9 p
    variance = share * (1 - share) / persons
    one = Moments(share, share, variance, variance, 0.0, persons, -1.0, highest=1.0)
    assert one.nearly_normal == there == (persons >= 9 * max(share / (1 - share), (1 - share) / share))
