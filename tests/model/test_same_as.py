"""Two estimates of one effect. Truth: variances of sums over the same persons, by hand; what is equal to the bit."""

import tomllib

import numpy as np
import pytest

import sib
from sib.run.recipe import Deal
from tests.model.test_closed_forms import SHAPE, deal

PATHS, SIZE = 40_000, 400
TRIAL = {"design": "randomised", "controls": 1}
CHANGES = {"design": "difference in differences", "controls": 1}


def both(first, second, *, kind="count", effect=0.1, order=1, evaluation=None, cohorts=1, terms=None, **beliefs):
    """A deal with two estimates of one effect, `it` and `fallback`; the second is the same as the first."""
    data = tomllib.loads(deal(kind, first, size=SIZE, effect=effect).to_toml())
    metric = data["metrics"][0]
    again = metric | {"name": "fallback", "compare": second, "same_as": "it"} | (terms or {})
    data["metrics"] = [metric, again][::order]
    data["cohorts"] = [data["cohorts"][0] | {"name": str(i + 1)} for i in range(cohorts)]
    data["tranches"][0]["amount"] *= cohorts
    data["beliefs"] |= beliefs | ({"evaluation": evaluation} if evaluation else {})
    return sib.Scenario.from_data(data)


def gains(scenario, **kwargs):
    """The measured differences a person of both, (2, paths)."""
    simulation = sib.simulate(scenario, PATHS, rng=5, **kwargs)
    metrics = [metric.name for metric in simulation.futures.deal.model.metrics]
    parts = list(simulation.futures.map(lambda block: block.results))
    place = [metrics.index("it"), 1 - metrics.index("it")]
    return np.array([np.concatenate([part[i].read("points", (0,)) for part in parts]) for i in place])


def spread(mean):
    """The variance of the mean of so many persons whose events are negative binomial with this mean."""
    return (mean + mean**2 / SHAPE) / SIZE


def agree(found, covariance):
    """Sample variances and covariances are these, within four standard errors."""
    away = found - found.mean(axis=1, keepdims=True)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        product = away[i] * away[j]
        assert abs(product.mean() - covariance[i][j]) <= 4 * product.std() / np.sqrt(PATHS), (i, j, product.mean())


SERVED, CONTROLS = spread(1.35), spread(1.5)  # a tenth fewer than 1.5


class TestCovariance:
    """Of the differences a person: served less controls, and that less what the difference was before."""

    def test_a_trial_and_a_difference_in_differences(self):
        # T - C and (T - T0) - (C - C0): what they share is T - C, what was measured before is apart
        one = SERVED + CONTROLS
        agree(gains(both(TRIAL, CHANGES)), [[one, one], [one, one + 2 * CONTROLS]])
        correlation = np.corrcoef(gains(both(TRIAL, CHANGES)))[0, 1]
        assert correlation == pytest.approx(np.sqrt(one / (one + 2 * CONTROLS)), abs=0.01)

    def test_whichever_of_them_is_the_other(self):
        one = SERVED + CONTROLS
        agree(gains(both(CHANGES, TRIAL)), [[one + 2 * CONTROLS, one], [one, one]])

    def test_with_controls_of_its_own(self):
        # what they share is T alone
        one = SERVED + CONTROLS
        apart = both(TRIAL, CHANGES, terms={"own_group": True})
        agree(gains(apart), [[one, SERVED], [SERVED, one + 2 * CONTROLS]])

    def test_with_another_number_of_controls(self):
        more = SERVED + CONTROLS / 3
        agree(gains(both(TRIAL, TRIAL | {"controls": 3})), [[SERVED + CONTROLS, SERVED], [SERVED, more]])

    def test_where_persons_figures_hang_together(self):
        # a mean of 40 with a standard deviation of 30, and of 33 where the effect makes it 44; a person's two figures
        # have a correlation of 0.4
        one, year = (33**2 + 30**2) / SIZE, 2 * 30**2 / SIZE
        shared = 0.4 * (33 * 30 + 30 * 30) / SIZE
        known = {"fallback": {"correlation": 0.4}}
        found = gains(both(TRIAL, CHANGES, kind="mean", evaluation=known))
        agree(found, [[one, one - shared], [0, one + year - 2 * shared]])

    def test_of_the_true_effect_too(self):
        # a standard deviation of 0.05 of 1.5 events is in both results
        effect = {"distribution": "normal", "mean": 0.1, "sd": 0.05}
        found = gains(both(TRIAL, CHANGES, effect=effect, terms={"own_group": True}))
        away = found - found.mean(axis=1, keepdims=True)
        assert (away[0] * away[1]).mean() == pytest.approx(0.075**2 + SERVED, rel=0.05)

    def test_two_histories(self):
        # a year of history of 500 persons, shared; the second mean is over two years
        one, year = {"design": "historical", "persons": 500}, CONTROLS * SIZE / 500
        found = gains(both(one, one | {"years": 2}))
        agree(found, [[SERVED + year, SERVED + year / 2], [0, SERVED + year / 2]])

    @pytest.mark.parametrize(("shares", "of_controls"), [(True, 1.0), (False, 0.5)])
    def test_a_mix_may_share_its_group(self, shares, of_controls):
        # half against controls, half against what changed: T - (C + T0 - C0) / 2 - C / 2
        parts = [{"weight": 0.5, "compare": TRIAL | {"design": "matched"}}, {"weight": 0.5, "compare": CHANGES}]
        parts[1] |= {"shares_group": True} if shares else {}
        simulation = sib.simulate(deal("count", {"design": "mix", "of": parts}, size=SIZE, effect=0.1), PATHS, rng=5)
        parts = simulation.futures.map(lambda block: block.results[0].read("points", (0,)))
        found = np.concatenate(list(parts))
        variance = SERVED + of_controls * CONTROLS + 0.5 * CONTROLS
        error = np.std((found - found.mean()) ** 2) / np.sqrt(PATHS)
        assert abs(found.var() - variance) <= 4 * error


UNSURE = {"distribution": "normal", "mean": 0.1, "sd": 0.05, "between_cohorts": 0.02}
WILD = {
    "effect": UNSURE,
    "cohorts": 2,
    "drift": {"it": {"trend": -0.02, "sd": 0.05}},
    "referrals": {"mean": 0.9, "sd": 0.1},
    "engagement": {"share": 0.8, "sd": 0.05, "drop_out": 0.2, "kept": 0.5},
}
MATCHED = {"design": "matched", "controls": 1}


class TestTheSame:
    """To the last bit."""

    @pytest.mark.parametrize(
        ("first", "second", "more"),
        [
            (TRIAL, CHANGES, WILD),
            (CHANGES, MATCHED, WILD | {"evaluation": {"it": {"creaming": 0.1, "bias_sd": 0.02, "regression": 0.1}}}),
            (MATCHED, {"design": "historical", "persons": 300, "years": 3}, WILD),
        ],
    )
    def test_the_true_effect(self, first, second, more):
        paths = sib.simulate(both(first, second, **more), 1_000, rng=3).paths
        for cohort in "12":
            one, other = (paths[f"{name}.{cohort}.effect"] for name in ("it", "fallback"))
            np.testing.assert_array_equal(one, other)
            assert not np.array_equal(paths[f"it.{cohort}.improvement"], paths[f"fallback.{cohort}.improvement"])

    @pytest.mark.parametrize("kind", ["count", "proportion", "mean"])
    @pytest.mark.parametrize(
        ("design", "known"),
        [
            (TRIAL, {}),
            (MATCHED, {"bias_sd": 0.03, "bias_between_cohorts": 0.02, "creaming": 0.1, "effective_persons": 120}),
            (CHANGES, {"correlation": 0.3, "regression": 0.1, "bias": 0.02}),
            ({"design": "before-after"}, {"correlation": 0.3}),
            ({"design": "historical", "persons": 300, "years": 3, "trend": "linear"}, {"bias_sd": 0.02}),
            ({"design": "cluster-randomised", "controls": 1, "clusters": 20}, {"intra_cluster_correlation": 0.05}),
            (
                {"design": "mix", "of": [{"weight": 0.4, "compare": MATCHED}, {"weight": 0.6, "compare": CHANGES}]},
                {"bias_sd": 0.02},
            ),
        ],
    )
    def test_one_design_twice_is_one_result(self, kind, design, known):
        more = {key: value for key, value in WILD.items() if key != "engagement"}
        scenario = both(design, design, kind=kind, **more, **({"evaluation": {"it": known}} if known else {}))
        block = next(iter(sib.simulate(scenario, 500, rng=4).futures.map(lambda block: block.results)))
        for arm in ("treated", "comparison", "persons"):
            np.testing.assert_array_equal(getattr(block[0], arm), getattr(block[1], arm))

    def test_the_first_is_drawn_as_if_it_were_alone(self):
        alone = sib.simulate(deal("count", TRIAL, size=SIZE, effect=0.1), 500, rng=6).paths
        paths = sib.simulate(both(TRIAL, CHANGES), 500, rng=6).paths
        for column in ("it.1.effect", "it.1.improvement", "payment"):
            np.testing.assert_array_equal(alone[column], paths[column])

    @pytest.mark.parametrize("more", [{}, WILD])
    def test_in_whichever_order_they_are_written(self, more):
        one, other = (sib.simulate(both(TRIAL, CHANGES, order=o, **more), 500, rng=7).paths for o in (1, -1))
        assert set(one) == set(other)
        for column in one:
            np.testing.assert_array_equal(one[column], other[column])

    def test_with_people_or_measurement_switched_off(self):
        for chance in ((), ("people",), ("measurement",), ("belief",)):
            block = sib.simulate(both(TRIAL, TRIAL, effect=UNSURE), 100, rng=1, chance=chance)
            for one, other in block.futures.map(lambda block: block.results):
                np.testing.assert_array_equal(one.read("points", (0,)), other.read("points", (0,)))


def test_sources_of_risk_are_named_once():
    scenario = both(MATCHED, CHANGES, effect=UNSURE, evaluation={"it": {"bias_sd": 0.02}})
    found = sib.attribute_risk(scenario, paths=1_000, rng=1).index.tolist()
    assert found == ["effects.it", "effects.it.between_cohorts", "evaluation.it", "people", "measurement"]


def test_results_of_both_are_settled():
    scenario = both(TRIAL, CHANGES)
    pays = sib.settle(scenario, {"it": 0.1, "fallback": {"units": 100}}).paid("payer")
    assert pays == pytest.approx(0.1 * 1.5 * SIZE * 1_000)
    assert Deal.of(scenario).model.metrics[1].persons.tolist() == [SIZE]


def test_the_price_on_one_is_worked_out_where_the_other_is_given():
    scenario = both(TRIAL, CHANGES)
    assert sib.payoff(scenario, [0.0, 0.2], metric="it")["payment"].tolist() == pytest.approx([0, 0.2 * 600_000])


def test_results_in_hand_of_one_are_those_of_both():
    known = sib.update(both(TRIAL, CHANGES, effect=UNSURE), {"it": {"1": 0.2}}, paths=200, rng=1)
    paths = known.posterior.paths
    np.testing.assert_array_equal(paths["it.1.effect"], paths["fallback.1.effect"])
    with pytest.raises(sib.InputError, match="observe the metric that it is the same as"):
        sib.update(both(TRIAL, CHANGES, effect=UNSURE), {"fallback": {"1": 0.2}}, paths=200, rng=1)
