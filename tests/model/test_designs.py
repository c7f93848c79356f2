"""Designs as weighted sums of groups. Truth: textbook variances, sums by hand, numpy's least squares."""

import datetime as dt
import tomllib

import numpy as np
import pytest

import sib
from sib.model.designs import moments
from sib.model.laws.clusters import design_effect
from sib.run.recipe import Deal
from tests.model.test_closed_forms import deal


def design(compare, **kwargs):
    return Deal.of(deal("proportion", compare, size=100, effect=0.1, **kwargs)).model.metrics[0].design


class TestCounterfactuals:
    def test_one_group_of_controls(self):
        found = design({"design": "matched", "controls": 3})
        assert found.weights.tolist() == [[1.0]]
        assert [group.persons for group in found.groups] == [300]
        assert not found.groups[0].own

    def test_a_line_through_history_is_least_squares(self):
        years = 5
        found = design({"design": "historical", "persons": 50, "years": years, "trend": "linear"})
        then = np.array([group.time for group in found.groups])
        levels = np.array([3.0, 2.5, 2.7, 2.2, 1.9])
        # half a window (a year, where none is written) after the middle of a year of enrolment
        line = np.polyfit(then, levels, 1)
        assert found.weights[0] @ levels == pytest.approx(np.polyval(line, 1.0), abs=1e-3)
        assert found.weights.sum() == pytest.approx(1)
        assert then.tolist() == [-0.5, -1.5, -2.5, -3.5, -4.5]

    def test_flat_history_is_its_mean(self):
        found = design({"design": "historical", "persons": 50, "years": 4})
        assert found.weights.tolist() == [[0.25] * 4]

    def test_a_difference_in_differences(self):
        found = design({"design": "difference in differences", "controls": 2})
        own, after, before = found.groups
        assert found.weights.tolist() == [[1.0, 1.0, -1.0]]
        assert (own.own, after.own, before.own) == (True, False, False)
        assert (own.twin, before.twin) == (-1, 1)  # the same persons as those served, as the controls after
        assert (own.persons, after.persons, before.persons) == (100, 200, 200)
        assert own.time == before.time < after.time

    def test_a_mix_weighs_its_parts(self):
        of = [
            {"weight": 0.25, "compare": {"design": "difference in differences", "controls": 1}},
            {"weight": 0.75, "compare": {"design": "historical", "level": 0.5}},
        ]
        found = design({"design": "mix", "of": of})
        assert found.weights.tolist() == [[0.25, 0.25, -0.25, 0.75]]
        assert found.groups[3].fixed == 0.5
        assert found.groups[2].twin == 1

    def test_twins_are_found_wherever_they_stand_in_a_mix(self):
        of = [
            {"weight": 0.75, "compare": {"design": "historical", "level": 0.5}},
            {"weight": 0.25, "compare": {"design": "difference in differences", "controls": 1}},
        ]
        found = design({"design": "mix", "of": of})
        assert [group.twin for group in found.groups] == [None, -1, None, 2]

    def test_a_bias_is_of_the_controls_after_and_not_before(self):
        # a bias of 0.1 is a programme without effect that is reported as an improvement of 10%
        double = {"design": "difference in differences", "controls": 1}
        for kind in ("count", "proportion", "mean"):
            flattered = deal(kind, double, size=100, effect=0.0, evaluation={"bias": 0.1})
            found = sib.simulate(flattered, 1, rng=1, chance=()).paths["it.1.improvement"].iloc[0]
            assert found == pytest.approx(0.1)

    def test_effective_persons_take_the_place_of_controls(self):
        found = design({"design": "matched", "controls": 10}, evaluation={"effective_persons": 350})
        assert [(group.persons, group.per_person) for group in found.groups] == [(350, 0.0)]

    def test_the_comparison_has_clusters_of_its_own(self):
        compare = {"design": "cluster-randomised", "controls": 1, "clusters": 10, "comparison_clusters": 12}
        found = design(compare)
        assert (found.clusters, found.groups[0].clusters) == (10, 12)
        assert design({key: compare[key] for key in ("design", "controls", "clusters")}).groups[0].clusters == 10

    def test_a_counterfactual_is_never_below_zero(self):
        # a dozen persons a group: before less controls before may well be less than nothing
        scenario = deal("count", {"design": "difference in differences", "controls": 1}, size=12, effect=0.1)
        parts = list(sib.simulate(scenario, 2_000, rng=1).futures.map(lambda block: block.results[0].comparison))
        assert np.hstack(parts).min() == 0

    def test_measured_history_follows_a_path_that_is_believed(self):
        # a path that falls by itself is no effect of the programme: each period improves by the effect on it
        data = tomllib.loads(deal("mean", {"design": "matched", "controls": 1}, size=100, effect=0.1).to_toml())
        data["metrics"].append(
            {
                "name": "thefts",
                "kind": "total",
                "better": "lower",
                "compare": {"design": "historical", "persons": 100},
                "reported": {"first": dt.date(2011, 1, 1), "every_months": 12, "times": 3},
            }
        )
        pays = {"name": "thefts", "metric": "thefts", "scope": "period", "pays": {"per_unit": 1}}
        data["payments"].append(pays)
        data["beliefs"]["comparison"]["thefts"] = {"path": [100, 80, 60], "sd": 0.1}
        data["beliefs"]["effects"]["thefts"] = 0.05
        paths = sib.simulate(sib.Scenario.from_data(data), 1, rng=1, chance=()).paths
        found = paths.filter(regex=r"^thefts\..*\.improvement$").iloc[0]
        assert found.drop("thefts.pooled.improvement", errors="ignore").to_numpy() == pytest.approx([0.05] * 3)

    def test_an_early_result_counts_who_came_first(self):
        data = tomllib.loads(deal("count", {"design": "matched", "controls": 2}, size=100, effect=0.1).to_toml())
        early = {"name": "early", "kind": "count", "better": "lower", "interim_of": "it", "window_months": 6}
        data["metrics"].append(early | {"enrolled": 0.4, "reported": {"months_after_enrolment": 0}})
        data["beliefs"]["maturity"] = {"early": 0.5}
        plan = Deal.of(sib.Scenario.from_data(data)).model
        assert plan.metrics[1].persons.tolist() == [40]
        assert plan.metrics[1].base.tolist() == [0.75]

    def test_every_moment_once(self):
        found = design({"design": "difference in differences", "controls": 1})
        assert moments([0.5, 0.5, 1.5], found).tolist() == sorted({0.5, 1.5, *(g.time for g in found.groups)})


class TestPrecision:
    @pytest.mark.parametrize(("persons", "clusters"), [(100, 10), (37, 7), (12, 12), (100, 1)])
    def test_design_effect(self, persons, clusters):
        # the variance of a mean of persons of whom two of a cluster correlate, by all pairs
        cluster = np.arange(persons) % clusters
        matrix = np.where(cluster[:, None] == cluster, 0.2, 0.0) + 0.8 * np.eye(persons)
        truth = matrix.sum() / persons
        assert design_effect(np.array([persons]), clusters, 0.2)[0] == pytest.approx(truth)

    def test_a_difference_of_differences_by_its_covariance_matrix(self):
        found = design({"design": "difference in differences", "controls": 2})
        served, groups = np.array([[2.0]]), np.array([[3.0], [1.0], [1.5]])
        rho = 0.4
        # served, own before, controls after, controls before
        spread = np.sqrt(np.array([2.0, 3.0, 1.0, 1.5]))
        together = np.eye(4)
        together[0, 1] = together[1, 0] = together[2, 3] = together[3, 2] = rho
        weights = np.array([1.0, -1.0, -1.0, 1.0])
        truth = weights @ (np.outer(spread, spread) * together) @ weights
        one = np.ones((1, 1))
        assert found.variance(served, groups, one, -one, rho)[0] == pytest.approx(truth)
