"""Roots of functions that are known. Truth: their roots in closed form; NumPy's sign changes of polygons."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.analysis.decide.roots import RESOLUTION, Curve, Line, Point, roots_of, shortest


def found(function, low, high, target, points=9, mcse=0.0, whole=False):
    """All roots of a function, and how many values of it were looked at."""

    def look(places):
        values = [function(place) for place in places]
        return [Point(at, v, mcse, v - 2 * mcse, v + 2 * mcse) for at, v in zip(places, values, strict=True)]

    curve = Curve(Line(low, high, whole), look, target)
    return roots_of(curve, curve.at(curve.line.spread(points))), len(curve.seen)


class TestLines:
    def test_values_are_evenly_spread(self):
        assert Line(-1.0, 1.0).spread(5) == [-1.0, -0.5, 0.0, 0.5, 1.0]
        assert Line(1.0, 10.0).spread(4) == [1.0, 4.0, 7.0, 10.0]

    def test_or_by_ratios_where_both_bounds_are_above_zero_and_far_apart(self):
        assert Line(1.0, 10_000.0).spread(5) == pytest.approx([1, 10, 100, 1_000, 10_000])
        assert Line(0.0, 10_000.0).spread(3) == [0.0, 5_000.0, 10_000.0]

    def test_whole_numbers_alone(self):
        assert Line(1, 4, whole=True).spread(9) == [1, 2, 3, 4]


class TestOneRoot:
    @pytest.mark.parametrize(("low", "high"), [(-3.0, 8.0), (1.0, 500.0), (0.5, 4.0)])
    @pytest.mark.parametrize("target", [1.7, 2.0])
    def test_of_a_power(self, low, high, target):
        ((root,), _) = found(lambda x: x**3 if x > -9 else 0.0, low, high, target)
        assert root.value == pytest.approx(target ** (1 / 3), rel=1e-9)
        assert root.slope == pytest.approx(3 * target ** (2 / 3), rel=1e-3)
        assert (root.direction, root.jump, root.mcse) == ("rising", 0.0, 0.0)
        assert root.low == root.high == pytest.approx(root.value)

    def test_its_error_is_the_measures_over_the_slope(self):
        ((root,), looks) = found(lambda x: 0.3 - 0.02 * x, 0.0, 10.0, 0.21, mcse=0.001)
        assert root.value == pytest.approx(4.5, abs=0.05 / 4)
        assert root.mcse == pytest.approx(0.001 / 0.02)
        assert [root.low, root.high] == pytest.approx([root.value - 0.1, root.value + 0.1], abs=0.05 / 4)
        assert root.direction == "falling"
        assert 0 < root.left - root.right <= 0.001 / 4
        assert looks < 9 + 10  # no nearer than an error makes sense

    def test_at_a_scanned_value_and_at_a_bound(self):
        for target in (0.0, 5.0, 10.0):
            ((root,), _) = found(lambda x: x, 0.0, 10.0, target, points=3, mcse=0.01)
            assert root.value == pytest.approx(target, abs=0.0025)
            assert (root.slope, root.mcse) == pytest.approx((1.0, 0.01))
            assert root.direction == "rising"

    def test_a_steep_rise_is_no_jump(self):
        ((root,), _) = found(lambda x: math.tanh(1e4 * (x - 0.3)), 0.0, 1.0, 0.5)
        assert root.value == pytest.approx(0.3 + math.atanh(0.5) / 1e4, abs=5e-9)
        assert root.jump == 0.0

    def test_whole_numbers(self):
        ((root,), _) = found(lambda x: 0.01 * x, 100, 900, 4.126, mcse=0.2, whole=True)
        assert root.value == round(root.value)
        assert root.value == pytest.approx(412.6, abs=5)
        ((root,), _) = found(lambda x: 0.01 * x, 100, 900, 4.126, whole=True)
        assert (root.value, root.low, root.high) in ((412, 412, 413), (413, 412, 413))  # no whole number meets it
        assert root.jump == pytest.approx(0.01)


class TestSeveral:
    def test_all_of_a_sine(self):
        roots, _ = found(math.sin, 1.0, 20.0, 0.0, points=40)
        assert [root.value for root in roots] == pytest.approx([math.pi * k for k in range(1, 7)], rel=1e-7)
        assert [root.direction for root in roots] == ["falling", "rising"] * 3

    @given(st.lists(st.integers(-9, 9).filter(bool), min_size=2, max_size=12))
    def test_all_of_a_polygon(self, heights):
        """Sign changes of its corners, and where straight lines between them are zero."""
        x, y = np.arange(len(heights), dtype=float), np.array(heights, dtype=float)
        if (y > 0).all() or (y < 0).all():
            return
        at = np.flatnonzero(y[1:] * y[:-1] < 0)
        exact = x[at] - y[at] / (y[at + 1] - y[at])
        roots, _ = found(lambda v: float(np.interp(v, x, y)), 0.0, x[-1], 0.0, points=len(x))
        assert [root.value for root in roots] == pytest.approx(exact.tolist(), abs=1e-9)
        assert all(root.jump == 0.0 for root in roots)

    def test_none(self):
        assert found(lambda x: x * x, -1.0, 1.0, 2.0)[0] == []


class TestJumps:
    @pytest.mark.parametrize("mcse", [0.0, 0.004])
    def test_both_sides_are_said(self, mcse):
        ((root,), _) = found(lambda x: 0.4 + 0.01 * x if x < 0.3 else 0.9 + 0.01 * x, 0.0, 1.0, 0.7, mcse=mcse)
        assert root.value == 0.3
        assert root.low <= 0.3 <= root.high <= root.low + RESOLUTION
        assert (root.left, root.right, root.jump) == pytest.approx((0.403, 0.903, 0.5), abs=1e-6)
        assert (root.slope, root.mcse, root.direction) == (math.inf, 0.0, "rising")

    def test_a_target_beside_a_jump_is_met_where_it_is(self):
        ((root,), _) = found(lambda x: x if x < 0.3 else x + 0.5, 0.0, 1.0, 0.25)
        assert root.value == pytest.approx(0.25)
        assert root.jump == 0.0


class TestFlat:
    @pytest.mark.parametrize("mcse", [0.0, 1e-4])
    @pytest.mark.parametrize(("begin", "end"), [(0.2, 0.7), (0.41, 0.44), (0.0, 0.5), (0.6, 1.0), (0.0, 1.0)])
    def test_a_stretch_is_an_interval(self, begin, end, mcse):
        def ramp(x):
            return 1.0 + min(x - begin, 0.0) + max(x - end, 0.0)

        ((root,), _) = found(ramp, 0.0, 1.0, 1.0, points=101, mcse=mcse)
        assert (root.low, root.high) == pytest.approx((begin, end), abs=2 * RESOLUTION)
        assert (root.direction, root.slope, root.mcse) == ("flat", 0.0, math.inf)
        assert root.value == pytest.approx((begin + end) / 2, abs=1e-3)

    def test_also_where_it_ends_in_a_jump_or_turns_round(self):
        ((root,), _) = found(lambda x: 1.0 if 0.25 <= x < 0.75 else 0.0, 0.0, 1.0, 1.0)
        assert (root.low, root.high) == pytest.approx((0.25, 0.75), abs=2 * RESOLUTION)
        assert (root.left, root.right) == (0.0, 0.0)

    def test_steps_that_no_error_tells_from_a_slope_are_one_root(self):
        """As a share of 1,000 paths: it stands still between one path and the next."""
        error = math.sqrt(0.25 / 1_000)
        ((root,), _) = found(lambda x: round(1_000 * x) / 1_000, 0.0, 1.0, 0.5, mcse=error)
        assert root.value == pytest.approx(0.5, abs=error / 4 + 1e-3)
        assert root.mcse == pytest.approx(error, rel=0.05)
        assert root.direction == "rising"
        ((root,), _) = found(lambda x: round(20 * x) / 20, 0.0, 1.0, 0.5, points=81, mcse=0.1)
        assert root.value == pytest.approx(0.5, abs=0.05)
        assert root.mcse == pytest.approx(0.1, rel=0.3)


class TestGaps:
    def test_the_root_beside_one_is_found(self):
        """Between the last value that is given and the gap, where no two scanned values have the target between."""
        roots, _ = found(lambda x: x if x < 0.57 else math.nan, 0.0, 1.0, 0.53, points=11)
        assert [root.value for root in roots] == pytest.approx([0.53])

    def test_one_with_the_target_between_its_sides_is_said_and_is_no_root(self):
        ((root,), _) = found(lambda x: math.nan if 0.3 < x < 0.6 else x, 0.0, 1.0, 0.5)
        assert math.isnan(root.value)
        assert root.direction == "gap"
        assert (root.low, root.high) == pytest.approx((0.3, 0.6), abs=2 * RESOLUTION)
        assert (root.left, root.right) == pytest.approx((0.3, 0.6), abs=2 * RESOLUTION)

    def test_one_that_the_scan_has_missed_is_met_on_the_way(self):
        ((root,), _) = found(lambda x: math.nan if 0.3 < x < 0.6 else x, 0.0, 1.0, 0.5, points=2)
        assert (root.direction, root.low, root.high) == (
            "gap",
            pytest.approx(0.3, abs=1e-5),
            pytest.approx(0.6, abs=1e-5),
        )

    def test_nothing_is_found_where_nothing_is_given(self):
        assert found(lambda _: math.nan, 0.0, 1.0, 0.5)[0] == []


@pytest.mark.parametrize(
    ("low", "high", "number"),
    [(0.0999997, 0.1000003, 0.1), (4_999_996.0, 4_999_999.4, 4_999_998.0), (2.0, 2.0, 2.0), (-0.35, -0.25, -0.3)],
)
def test_the_number_of_fewest_digits(low, high, number):
    assert shortest(low, high) == pytest.approx(number)
    assert low <= shortest(low, high) <= high


@pytest.mark.parametrize(("low", "high"), [(-1e-7, 3e-7), (0.0, 1e-6), (-1.0, 0.0)])
def test_nothing_has_the_fewest_digits(low, high):
    assert shortest(low, high) == 0.0
