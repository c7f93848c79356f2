"""Published results as people write them. Truth: the same result said in several ways settles to the same cash."""

import datetime as dt

import pandas as pd
import pytest

import sib
from tests.test_cookbook import BASE, laid_over

LEVEL = '[[metrics]]\nname = "restored"\nkind = "proportion"\nbetter = "higher"\ncompare = { design = "none" }\n'
YEARLY = "reported = { first = 2021-06-30, every_months = 12, times = 3, cumulative = true }\n"


def pays(fragment, reads, schedule, metric, scope="pooled"):
    payment = f'[[payments]]\nname = "p"\nmetric = "{metric}"\nscope = "{scope}"\nreads = "{reads}"\n'
    return laid_over(BASE, f"{fragment}{payment}pays = {schedule}\n")


LINE = '{ nodes = [[0, 0], [1, 1_000]], beyond = "extended" }'


class TestOneResultInSeveralWays:
    @pytest.mark.parametrize(
        "result",
        [
            {"points": 0.06},
            {"improvement": 0.1},
            {"level": 0.54},
            {"units": 12},
            {"treated": 0.54, "comparison": 0.6},
            0.1,
            [0.1, {"points": 0.06}],
            {"1": 0.1, "2": {"level": 0.54}},
            pd.Series({"1": 0.1, "2": 0.1}),
        ],
    )
    def test_a_compared_proportion(self, result):
        scenario = pays("", "points", "{ steps = [[0.0599, 7], [0.0601, 9]] }", "reconvicted", "cohort")
        assert sib.settle(scenario, {"reconvicted": result}).paid("city") == 14

    @pytest.mark.parametrize(("result", "paid"), [(0.4, 400), ({"level": 0.4}, 400), ({"units": 80}, 400)])
    def test_a_level(self, result, paid):
        fragment = LEVEL + "reported = { months_after_enrolment = 18 }\n[beliefs.levels]\nrestored = 0.5\n"
        assert sib.settle(pays(fragment, "level", LINE, "restored"), {"restored": result}).paid(
            "city"
        ) == pytest.approx(paid)

    def test_a_period_may_be_named_by_its_date(self):
        scenario = pays("", "units", "{ per_unit = 10 }", "days housed", "period")
        dates = [dt.date(2021, 6, 30), dt.date(2022, 6, 30), dt.date(2023, 6, 30)]
        by_date = {"days housed": dict(zip(dates, (1, 2, 3), strict=True))}
        assert sib.settle(scenario, by_date) == sib.settle(scenario, {"days housed": [1, 2, 3]})


class TestReadings:
    def test_points_of_units_in_all_are_units(self):
        fragment = (
            '[[metrics]]\nname = "thefts"\nkind = "total"\nbetter = "lower"\n'
            'compare = { design = "historical", level = 50 }\nreported = { periods = [2022-01-01, 2023-01-01] }\n'
            "[beliefs.comparison.thefts]\nunits = 50\nsd = 0.1\n[beliefs.effects]\nthefts = 0.1\n"
        )
        given = {"thefts": [{"level": 40}, {"level": 45}]}
        for reads in ("points", "units"):
            assert sib.settle(pays(fragment, reads, LINE, "thefts"), given).paid("city") == 15_000

    def test_the_last_period_of_a_cumulative_metric_is_over_all(self):
        scenario = pays(LEVEL + YEARLY + "[beliefs.levels]\nrestored = 0.5\n", "level", LINE, "restored")
        assert sib.settle(scenario, {"restored": [0.9, 0.8, 0.5]}).paid("city") == 500

    def test_a_cumulative_total_in_one_figure_grows_to_it(self):
        fragment = (
            f'[[metrics]]\nname = "built"\nkind = "total"\nbetter = "higher"\n{YEARLY}[beliefs.levels]\nbuilt = 90\n'
        )
        each = pays(fragment, "units", LINE, "built", "period")
        assert sib.settle(each, {"built": 90}).paid("city") == pytest.approx((30 + 60 + 90) * 1000)
        assert sib.settle(pays(fragment, "units", LINE, "built"), {"built": 90}).paid("city") == pytest.approx(90_000)


class TestSchedules:
    @pytest.mark.parametrize(("improvement", "paid"), [(0.1, 5), (0.2, 8), (0.2001, 0), (0.0999, 0)])
    def test_a_band_that_ends_includes_its_end(self, improvement, paid):
        bands = "{ bands = [{ at_least = 0.1, up_to = 0.2, pays = 5, rises_to = 8 }] }"
        scenario = pays("", "improvement", bands, "arrests")
        assert sib.settle(scenario, {"arrests": improvement}).paid("city") == pytest.approx(paid)

    def test_a_rate_a_year_is_simple_or_compounds(self):
        for compounds, paid in (("false", 200_000 * 0.3), ("true", 200_000 * (1.1**3 - 1))):
            of = f'of = {{ principal = "lender", years = 3, compounds = {compounds} }}\nto = "lender"\n'
            scenario = laid_over(
                BASE, f'[[payments]]\nname = "p"\nmetric = "arrests"\nscope = "pooled"\npays = {{ amount = 0.1 }}\n{of}'
            )
            assert sib.settle(scenario, {"arrests": 0.1}).paid("city") == pytest.approx(paid)


def test_an_event_that_is_certain_ends_costs_and_payments():
    event = '[[events]]\nname = "e"\ndate = 2020-06-01\ncosts = ["service"]\npayments = ["arrests"]\n'
    ledger = sib.settle(laid_over(BASE, event), {})
    assert (ledger.received("provider"), ledger.paid("city")) == (100_000, 0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("measured", "says"),
        [
            ({"arrests": 0.1, "days hosed": 5}, 'did you mean "days housed"'),
            ({"arrests": [0.1, 0.2, 0.3]}, "give 2 results in that order"),
            ({"arrests": {"points": 0.1, "improvement": 0.1}}, "keep 'improvement' alone"),
            ({"arrests": {"treated": 1.0, "points": 0.1}}, "given in one way|both levels"),
            ({"arrests": 0.1, "jobs": 250}, "at most the 200 persons"),
            ({"arrests": 0.1, "reconvicted": {"level": 1.2}}, "a share of persons, at most 1"),
            ({"arrests": 0.1, "days housed": {"points": 5}}, "has a level, or units"),
            ({"arrests": 0.1, "days housed": -5}, "not negative"),
            ({"arrests": {"units": 1000}}, "not how many there were"),
        ],
    )
    def test_in_four_parts(self, measured, says):
        with pytest.raises(sib.InputError, match=says) as error:
            sib.settle(laid_over(BASE, ""), measured)
        problem = error.value.problems[0]
        assert all((problem.where, problem.rule, problem.remedy))

    def test_an_index_is_worked_out_from_its_parts(self):
        index = (
            '[[metrics]]\nname = "net"\nkind = "index"\nbetter = "higher"\n'
            'parts = [{ metric = "days housed", reads = "units", weight = 1 }]\n'
        )
        with pytest.raises(sib.InputError, match="worked out from its parts"):
            sib.settle(laid_over(BASE, index), {"arrests": 0.1, "net": 5})
