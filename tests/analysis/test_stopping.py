"""The right to stop a deal. Truth: an integral by scipy, and a regression on bins that is written out here.

Nearly normal results: person by person nothing is drawn, so the conjugate posteriors are exact.
"""

import datetime as dt
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

import sib
from sib.analysis.evidence.stopping import stopped_on
from sib.run.recipe import Deal
from tests.analysis.test_update import verified

STARTS = [dt.date(2000, 1, 1), dt.date(2001, 1, 1), dt.date(2003, 1, 1)]
DAY = dt.date(2002, 12, 1)  # the second result is known, the third cohort has not begun
PRIZE, COST, ZERO = 200_000, 60_000, 10_000


def cohorts_alike(pay, starts=STARTS):
    """Cohorts of one mean level, normal with mean 50 and sd 10; each result has a standard error of 10.

    All levels are counted from `ZERO`, so far up that quantities a person are normal.
    """
    levels = {"distribution": "normal", "mean": ZERO + 50.0, "sd": 10.0, "person_sd": 100.0}
    data = verified("mean", levels).data()
    names = "abcdef"[: len(starts)]
    data["cohorts"] = [
        {"name": name, "size": 100, "enrol": {"starts": day, "months": 6}}
        for name, day in zip(names, starts, strict=True)
    ]
    data["metrics"][0]["reported"]["dates"] = [day + dt.timedelta(days=500) for day in starts]
    data["payments"] = [{"name": "prize", "metric": "jobs", "months_after_result": 1, "reads": "level"} | pay]
    data["costs"][0]["amount"], data["tranches"][0]["amount"] = COST, COST * len(starts) + 20_000
    data["beliefs"]["discount_rates"]["fund"] = 0.0
    return sib.Scenario.from_data(data)


def positive(gain, law, points):
    """The expectation of the positive part of a gain, and how likely it is, by quadrature between given points."""
    edges = [law.ppf(1e-12), *points, law.ppf(1 - 1e-12)]
    parts = [(max(low, edges[0]), min(high, edges[-1])) for low, high in pairwise(edges)]
    worth = sum(integrate.quad(lambda x: max(gain(x), 0.0) * law.pdf(x), *part, limit=400)[0] for part in parts)
    chance = sum(integrate.quad(lambda x: (gain(x) > 0) * law.pdf(x), *part, limit=400)[0] for part in parts)
    return worth, chance


@pytest.mark.slow
@pytest.mark.parametrize("first", [45.0, 52.0])
def test_a_pooled_threshold_that_the_second_result_may_already_have_reached(first):
    # who stops is paid at once where two cohorts reach 50 on average; who goes on, where three do
    deal = cohorts_alike({"scope": "pooled", "pays": {"amount": PRIZE}, "when": {"level": ZERO + 50.0}})
    known = sib.update(deal, {"jobs": {"a": ZERO + first}}, paths=40_000, rng=3)
    option = known.option_to_stop(DAY)
    second = stats.norm((50 + first) / 2, math.sqrt(50 + 100))

    def gain(b):
        third = stats.norm((50 + first + b) / 3, math.sqrt(100 / 3 + 100))
        return PRIZE * (first + b >= 100) + COST - PRIZE * third.sf(150 - first - b)

    worth, chance = positive(gain, second, [100 - first])
    assert abs(option["option_value"] - worth) <= 4 * option["option_value_mcse"]
    assert abs(option["stop_probability"] - chance) <= 4 * option["stop_probability_mcse"]
    stops = PRIZE * second.sf(100 - first)
    assert abs(option["remaining_value_stop"] - stops) <= 4 * option["remaining_value_stop_mcse"]

    def known_all(b, c):
        return max(PRIZE * (first + b >= 100) + COST - PRIZE * (first + b + c >= 150), 0.0)

    draws = np.random.default_rng(1)
    level = draws.normal((50 + first) / 2, math.sqrt(50), 400_000)
    b, c = level + 10 * draws.standard_normal((2, 400_000))
    upper = np.mean([known_all(*one) for one in zip(b[:100_000], c[:100_000], strict=True)])
    sampled = PRIZE / math.sqrt(100_000)  # no path is worth more than the prize
    assert abs(option["option_value_upper"] - upper) <= 4 * math.hypot(option["option_value_upper_mcse"], sampled)
    assert option["option_value"] < option["option_value_upper"]


@pytest.mark.parametrize("pooled", [False, True])
def test_two_results_that_are_open_today(pooled):
    # what the fourth cohort will be worth is told by the mean of three; pooled, they may have reached 50 without it
    starts = [*STARTS[:2], dt.date(2001, 6, 1), STARTS[2]]
    each = {"scope": "cohort", "pays": {"amount": PRIZE}, "when": {"level": ZERO + 55.0}}
    deal = cohorts_alike(each | {"scope": "pooled", "when": {"level": ZERO + 50.0}} if pooled else each, starts)
    known = sib.update(deal, {"jobs": {"a": ZERO + 45.0}}, paths=40_000, rng=3)
    option = known.option_to_stop(DAY)
    both = stats.norm(2 * 47.5, math.sqrt(4 * 50 + 2 * 100))  # the sum of the two that will be known

    def gain(total):
        fourth = stats.norm((50 + 45 + total) / 4, math.sqrt(25 + 100))
        if pooled:
            return PRIZE * (45 + total >= 150) + COST - PRIZE * fourth.sf(200 - 45 - total)
        return COST - PRIZE * fourth.sf(55)

    worth, chance = positive(gain, both, [105.0])
    assert abs(option["option_value"] - worth) <= 4 * option["option_value_mcse"]
    assert abs(option["stop_probability"] - chance) <= 4 * option["stop_probability_mcse"]


def by_bins(gain, seen, bins=60):
    """Use the right where the mean gain in a bin of one half of the paths is above zero, on the other half."""
    edges = np.quantile(seen, np.arange(1, bins) / bins)
    place = np.searchsorted(edges, seen, side="right")
    half = np.arange(gain.size) < gain.size // 2
    earned = np.zeros(gain.size)
    for fitted in (half, ~half):
        mean = np.bincount(place[fitted], gain[fitted], bins) / np.bincount(place[fitted], minlength=bins)
        earned[~fitted] = np.where(mean[place[~fitted]] > 0, gain[~fitted], 0.0)
    return earned.mean(), earned.std() / math.sqrt(gain.size)


@pytest.mark.slow
@pytest.mark.parametrize(("first", "million"), [(0.084, 77_900), (0.07, 76_700)])
def test_peterborough_sees_the_cliff_of_the_pooled_test(plan, first, million):
    # with a million paths the bins give `million`, with a standard error of 1,000 and 900
    day, paths = dt.date(2016, 6, 9), 60_000
    observed = {"reconvictions": {"1": first}}
    known = sib.update(plan, observed, paths=paths, rng=5)
    option = known.option_to_stop(day)
    other = sib.update(plan, observed, paths=paths, rng=6)
    stopped = sib.update(stopped_on(plan, day), observed, date=other.date, paths=paths, rng=6)
    gain = (stopped.rest(stopped.posterior)["value"] - other.rest(other.posterior)["value"]).to_numpy()
    worth, error = by_bins(gain, other.posterior.paths["reconvictions.2.improvement"].to_numpy())
    assert abs(option["option_value"] - worth) <= 4 * math.hypot(option["option_value_mcse"], error)
    assert abs(option["option_value"] - million) <= 4 * math.hypot(option["option_value_mcse"], 1_000)
    assert option["option_value"] > 4 * option["option_value_mcse"]
    upper = np.maximum(gain, 0.0)
    error = math.hypot(option["option_value_upper_mcse"], upper.std() / math.sqrt(paths))
    assert abs(option["option_value_upper"] - upper.mean()) <= 4 * error


def test_a_right_that_is_used_today_has_no_bounds_apart_from_foresight(plan):
    # nothing is learnt before today: the lower bound is the better of stopping and going on
    known = sib.update(plan, {"reconvictions": {"1": -0.05}}, paths=20_000, rng=1)
    option = known.option_to_stop()
    assert option["option_value"] == pytest.approx(option["remaining_value_stop"] - option["remaining_value_continue"])
    assert option["option_value_upper"] > option["option_value"]


def test_payments_for_a_cohort_that_is_given_up_go_with_it():
    # of Doncaster's third year there is the price still due on 1 October 2014, and nothing that hangs on a result
    scenario = sib.load("doncaster")
    known = sib.update(scenario, {"reconviction rate": {"1": 0.05}}, paths=2_000, rng=1)
    rate = next(iter(scenario.beliefs.discount_rates.values()))
    left = 444_725 / (1 + rate) ** ((dt.date(2014, 10, 1) - known.date).days / 365)
    option = known.option_to_stop()
    assert option["remaining_value_stop"] == pytest.approx(left)
    assert option["option_value"] == pytest.approx(left - option["remaining_value_continue"])


def test_what_cannot_be_written_without_them_is_said_in_the_words_of_the_question():
    data = cohorts_alike({"scope": "cohort", "pays": {"amount": 1_000}}).data()
    one = data["payments"][0]
    third = one | {"name": "third", "cohorts": ["c"]}
    last = one | {"name": "last", "when": {"made": ["third"]}, "scope": "pooled"}
    data["payments"] = [one, third, last]
    known = sib.update(sib.Scenario.from_data(data), {"jobs": {"a": ZERO + 45.0}}, paths=100, rng=1)
    with pytest.raises(sib.InputError) as error:
        known.option_to_stop(DAY)
    assert not isinstance(error.value, sib.ScenarioError)
    assert str(error.value).startswith(
        "on\n  came:  2002-12-01\n  rule:  a deal that can be written without the cohorts that are given up; payments."
    )
    assert "to do: say what stops as an event of the scenario" in str(error.value)


DRIFTS = {"beliefs.drift": {"reconvictions": {"trend": 0.01, "sd": 0.05}}}
HISTORY = {"metrics.reconvictions.compare": {"design": "historical", "persons": 4_000, "years": 3}}


@pytest.mark.parametrize("changes", [{}, DRIFTS, HISTORY, DRIFTS | HISTORY])
@pytest.mark.parametrize("first", [0.084, -0.10])
def test_who_stops_has_the_same_futures_as_who_goes_on(plan, changes, first):
    """What is given up leaves what is kept as it was, to the last bit: also where worlds are drawn near a surprise."""
    known = sib.update(plan.replace(changes), {"reconvictions": {"1": first}}, paths=3_000, rng=1)
    futures = known.posterior.futures
    deal = Deal.of(stopped_on(known.posterior.scenario, dt.date(2016, 6, 9)))
    recipe = replace(futures.recipe, model=deal.model, whole=futures.recipe.model)
    read = [
        np.concatenate(list(one.map(lambda block: block.results[0].read("improvement", (1,)))))
        for one in (futures, replace(futures, deal=deal, recipe=recipe))
    ]
    np.testing.assert_array_equal(*read)
    assert deal.model.metrics[0].results == ("1", "2")


@pytest.mark.parametrize(("first", "worth", "upper"), [(-0.08, 252_730, 359_938), (-0.12, 311_910, 371_458)])
def test_after_a_surprise(plan, first, worth, upper):
    # with 64 worlds for each of 32,768 paths, none of them drawn near the result: errors of about 5,500 and 2,500
    known = sib.update(plan, {"reconvictions": {"1": first}}, paths=32_768, rng=1)
    option = known.option_to_stop(dt.date(2016, 6, 30))
    assert abs(option["option_value"] - worth) <= 4 * math.hypot(option["option_value_mcse"], 5_500)
    assert abs(option["option_value_upper"] - upper) <= 4 * math.hypot(option["option_value_upper_mcse"], 2_500)
