"""What is to come of a triangle, as people give and read one. Truth: published totals, sums by hand, whole messages."""

import math

import numpy as np
import pandas as pd
import pytest

import sib
from tests.triangles import RAA, TAYLOR_ASHE, triangle

NAN = math.nan
QUARTERS = [[20, 41, 50, 52], [24, 45, 56], [18, 39], [22]]
FRAME = pd.DataFrame(triangle(*QUARTERS))


def refusal(given, **asked):
    with pytest.raises(sib.InputError) as error:
        sib.chain_ladder(given, **asked)
    return str(error.value)


class TestWhatIsSaid:
    def test_taylor_and_ashe(self):
        found = sib.chain_ladder(TAYLOR_ASHE)
        assert found.total["reserve"] == pytest.approx(18_680_855.61, abs=0.005)
        assert found.total["standard_error"] == pytest.approx(2_447_095, abs=0.5)
        assert repr(found) == (
            "<ChainLadder of 10 origins by 10 ages: 18,680,856 still to come, standard error 2,447,095>"
        )

    def test_names_are_those_of_the_frame(self):
        years, months = range(1981, 1991), range(12, 132, 12)
        found = sib.chain_ladder(pd.DataFrame(RAA, index=years, columns=months))
        assert found.origins.loc[1990, "ultimate"] == pytest.approx(18_402, abs=0.5)  # 2,063 and 16,339, published
        assert found.development.loc[12, ["next", "factor", "origins"]].to_list() == [24, pytest.approx(2.999359), 9]
        assert (found.origins.index.name, found.development.index.name) == ("origin", "age")
        assert found.completed.loc[1990, 12] == 2063
        assert found.errors.loc[1990, [12, 120]].to_list() == [0.0, found.origins.loc[1990, "standard_error"]]

    def test_the_total_is_that_of_the_origins_and_its_error_is_not(self):
        found = sib.chain_ladder(RAA)
        for name in ("latest", "ultimate", "reserve"):
            assert found.total[name] == pytest.approx(found.origins[name].sum())
        assert (found.origins["latest"] + found.origins["reserve"]).equals(found.origins["ultimate"])
        assert found.total["standard_error"] > np.sqrt((found.origins["standard_error"] ** 2).sum())

    def test_what_is_developed_is_the_share_of_the_last_age(self):
        found = sib.chain_ladder(QUARTERS)
        share = found.completed.loc[3, [0, 1, 2]] / found.completed.loc[3, 3]
        assert found.development["developed"].to_list() == pytest.approx(share.to_list())

    def test_figures_of_each_age_are_summed_up(self):
        apart = FRAME.diff(axis=1).fillna({0: FRAME[0]})
        assert sib.chain_ladder(apart, incremental=True).origins.equals(sib.chain_ladder(QUARTERS).origins)

    @pytest.mark.parametrize(
        "given",
        [
            QUARTERS,
            FRAME.convert_dtypes(),
            FRAME.astype(object),
            np.ma.masked_invalid(FRAME.to_numpy()),
        ],
    )
    def test_what_is_not_known_is_so_however_it_is_said(self, given):
        expected = sib.chain_ladder(FRAME.to_numpy())
        assert sib.chain_ladder(given).origins["ultimate"].to_list() == expected.origins["ultimate"].to_list()

    def test_what_came_is_left_as_it_was(self):
        given = FRAME
        before = given.copy()
        sib.chain_ladder(given, incremental=True)
        pd.testing.assert_frame_equal(given, before)


class TestPrior:
    def test_bornhuetter_and_ferguson(self):
        # factors 2 and 1.25: of 100 expected, 1 - 1/1.25 is to come after the second age, 1 - 1/2.5 after the first
        found = sib.chain_ladder([[20, 40, 50], [24, 48], [15]], prior=100)
        assert found.origins["bf_reserve"].to_list() == pytest.approx([0.0, 20.0, 60.0])
        assert found.origins["bf_ultimate"].to_list() == pytest.approx([50.0, 68.0, 75.0])
        assert found.total["bf_ultimate"] == pytest.approx(193.0)

    def test_a_prior_that_is_the_forecast_gives_the_forecast(self):
        plain = sib.chain_ladder(RAA).origins["ultimate"]
        found = sib.chain_ladder(RAA, prior=plain).origins
        assert found["bf_ultimate"].to_list() == pytest.approx(found["ultimate"].to_list())

    def test_an_origin_without_anything_so_far_has_what_the_prior_says(self):
        found = sib.chain_ladder([[20, 40, 50], [24, 48], [0]], prior={0: 50, 1: 60, 2: 100})
        assert found.origins.loc[2, ["ultimate", "bf_ultimate"]].to_list() == [0.0, pytest.approx(60.0)]
        assert math.isnan(found.origins.loc[2, "standard_error"])
        assert math.isnan(found.total["standard_error"])
        assert found.errors.loc[2].isna().to_list() == [False, True, True]
        assert found.origins["standard_error"].notna().to_list() == [True, True, False]

    def test_all_that_is_wrong_with_it_is_said(self):
        assert refusal(QUARTERS, prior={0: 1, 1: 1, 2: 1, 4: 1}) == (
            "prior\n  came:  4\n  rule:  an origin of the triangle\n  to do: known here: 0, 1, 2, 3\n"
            "prior\n  came:  'nothing for 3'\n  rule:  an ultimate for each origin\n  to do: add it"
        )
        assert refusal(QUARTERS, prior=[1, 1, 1, 1]) == (
            "prior\n  came:  [1, 1, 1, 1]\n  rule:  one ultimate for all origins, or one by origin\n"
            "  to do: pass a mapping from origin to ultimate, or a Series"
        )
        assert refusal(QUARTERS, prior=-1) == (
            "prior\n  came:  -1\n  rule:  ultimates from zero to 1e+15\n  to do: pass what is expected in all"
        )


class TestNothingAtFirst:
    """Truth: volume-weighted factors by hand: what is there at the next age of what is there at this one."""

    def test_an_origin_with_nothing_at_first_counts_in_the_factor(self):
        found = sib.chain_ladder([[0, 2, 4], [4, 6], [3]])
        assert found.development["factor"].to_list() == [8 / 4, 4 / 2]
        assert found.origins["ultimate"].to_list() == [4, 12, 12]
        assert np.isfinite(found.origins["standard_error"]).all()

    def test_of_nothing_so_far_nothing_comes_and_it_is_not_said_how_surely(self):
        found = sib.chain_ladder([[2, 4, 4], [3, 5], [0]])
        assert found.origins["ultimate"].to_list() == [4, 5, 0]
        assert found.origins["standard_error"].isna().to_list() == [False, False, True]
        assert np.isnan(found.total["standard_error"])


class TestRefused:
    @pytest.mark.parametrize("given", [7, [1, 2], np.ones((2, 2, 2))])
    def test_no_table(self, given):
        assert refusal(given).splitlines()[2:] == [
            "  rule:  a table of numbers, a row for each origin and a column for each age",
            "  to do: pass a DataFrame, or rows of numbers, with NaN where nothing is known yet",
        ]

    @pytest.mark.parametrize(
        ("given", "size"),
        [([[1, 2, 3]], "1 origins by 3 ages"), ([[1], [2]], "2 origins by 1 ages"), ([], "0 origins")],
    )
    def test_one_row_or_one_column(self, given, size):
        assert refusal(given).startswith(f"triangle\n  came:  '{size}")
        assert refusal(given).endswith(
            "  rule:  two origins and two ages at least\n"
            "  to do: wait for another period, or give finer ones: months in place of quarters"
        )

    @pytest.mark.parametrize(
        ("given", "rule"),
        [
            ([["ten", 2], [3]], "finite real numbers, not other objects"),
            ([[True, False], [True, True]], "finite real numbers, not booleans"),
            ([[1 + 1j, 2], [3]], "finite real numbers, not complex ones"),
            ([[1, math.inf], [3]], "finite numbers"),
        ],
    )
    def test_no_numbers(self, given, rule):
        assert f"\n  rule:  {rule}\n" in refusal(given)

    def test_a_hole_an_age_that_nobody_reached_and_an_origin_without_a_figure_are_said_together(self):
        given = pd.DataFrame(
            [[1, NAN, 3, NAN], [1, 2, NAN, NAN], [NAN] * 4], index=["spring", "summer", "autumn"], columns=[3, 6, 9, 12]
        )
        assert refusal(given) == (
            "triangle.loc['autumn']\n  came:  'no figure'\n  rule:  a figure for each origin\n"
            "  to do: leave out the origins that have none yet\n"
            "triangle.loc['spring']\n  came:  [1.0, nan, 3.0, nan]\n  rule:  known up to an age and not beyond\n"
            "  to do: fill the gap, or leave out the origin\n"
            "triangle.loc[:, 12]\n  came:  'no figure'\n  rule:  an age that some origin has reached\n"
            "  to do: leave out this age"
        )

    def test_a_factor_on_nothing(self):
        do = "leave out this age, or put ages together: the ladder begins where something has come"
        rule = "something to date of the origins that are known at the next age"
        assert refusal([[0, 2, 4], [0, 2], [3]]) == (
            f"triangle.loc[:, 0]\n  came:  'nothing'\n  rule:  {rule}\n  to do: {do}"
        )
        assert refusal([[5, 2, 4], [1, -3], [2]], prior=4).startswith("triangle.loc[1, 1]\n  came:  -3.0\n")
        assert refusal([[5, -6, 4], [1, 2]], incremental=True).startswith("triangle.loc[0, 1]\n  came:  -1.0\n")

    def test_ages_in_disorder_and_what_comes_twice(self):
        assert refusal(pd.DataFrame([[9, 5], [NAN, 6]], columns=[6, 3])) == (
            "triangle\n  came:  [6, 3]\n  rule:  ages in order, the youngest first\n"
            "  to do: sort them: triangle.sort_index(axis=1)"
        )
        assert refusal(pd.DataFrame([[5, 9], [6, NAN]], index=["a", "a"])) == (
            "triangle\n  came:  ['a']\n  rule:  each origin once\n  to do: put together what belongs together"
        )


class TestFalls:
    def test_all_origins_that_fall_together_are_warned_of(self):
        with pytest.warns(
            sib.TriangleWarning, match="fall after age 0: pass incremental=True if they are not to date"
        ) as found:
            sib.chain_ladder([[20, 11, 12], [24, 9], [18]])
        assert found[0].filename == __file__
        with pytest.warns(sib.TriangleWarning, match="fall after age 0: negative figures are paid back"):
            sib.chain_ladder([[20, -11, 12], [24, -9], [18]], incremental=True)

    def test_one_origin_may_fall(self, recwarn):
        assert sib.chain_ladder([[20, 41, 50], [24, 23], [18]]).origins.loc[1, "latest"] == 23
        assert not recwarn
