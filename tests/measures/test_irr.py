"""Internal rates of return. Truth: closed forms, published examples, roots in exact arithmetic, pyxirr, and NPV = 0."""

import csv
import datetime as dt
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.measures.search import any_below, dense
from sib.measures.windows import lost
from tests.measures import exact

CASES = list(csv.DictReader((Path(__file__).parents[1] / "cases" / "irr.csv").read_text(encoding="utf-8").splitlines()))


def numbers(text):
    return [float(word) for word in text.split()]


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_published_and_closed_form_cases(case):
    rate = float(sib.irr(numbers(case["amounts"]), numbers(case["years"])))
    assert rate == pytest.approx(float(case["rate"]), rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_value_at_the_rate_is_zero(case):
    amounts, years = numbers(case["amounts"]), numbers(case["years"])
    rate = float(sib.irr(amounts, years))
    if math.isnan(rate) or rate <= -1 or rate > 1e6:
        assert case["rate"] in ("nan", "-1", "-1.0") or rate > 1e6
        return
    terms = np.array(amounts) * (1 + rate) ** -np.array(years)
    assert abs(terms.sum()) <= 1e-9 * np.abs(terms).sum()
    assert float(sib.npv(amounts, years, rate)) == pytest.approx(0, abs=1e-9 * np.abs(terms).sum())


@pytest.mark.parametrize(
    ("amounts", "years", "rate"),
    [
        ([-1e308, 1e308, 1e308], [0, 1, 2], (math.sqrt(5) - 1) / 2),  # the golden ratio less one
        ([-1e308, -1e308, 1e-310], [0, 1, 2], -1.0),
        (
            [-1e308, 1.5e308, 1.5e308, -1e308],
            [0, 1, 2, 3],
            -0.5,
        ),  # and 1: -1 + 1.5 v + 1.5 v^2 - v^3 is zero at v = 2 and 1/2
        ([-1.0, 2.0], [0, 1e110], math.log(2) / 1e110),
    ],
)
def test_at_the_ends_of_the_floats(amounts, years, rate):
    assert float(sib.irr(amounts, years)) == pytest.approx(rate, rel=1e-12, abs=0)


def size(amounts, years, rate):
    """Value at a rate, as a share of the largest term."""
    terms = amounts * (1 + rate) ** -years
    return abs(terms.sum()) / np.abs(terms).max()


def random_flows(rng, rows, quarters, receipts):
    """Quarterly draws on real days, and a few receipts among and after them."""
    days = np.sort(rng.integers(0, 8 * 365, quarters + receipts))
    days[0] = 0
    amounts = -rng.uniform(0.1, 1.0, (rows, days.size)) * (rng.random((rows, days.size)) < 0.7)
    amounts[:, 0] = -1.0
    for column in rng.choice(np.arange(days.size // 3, days.size), receipts, replace=False):
        amounts[:, column] = rng.uniform(0, 2 * quarters / receipts, rows) * (rng.random(rows) < 0.8)
    return amounts, days


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_pyxirr_where_both_answer(seed):
    rng = np.random.default_rng(seed)
    amounts, days = random_flows(rng, 400, 20, 3)
    dates = [dt.date(2010, 1, 1) + dt.timedelta(days=int(day)) for day in days]
    ours = sib.irr(amounts, days / 365)
    compared = 0
    for row, rate in zip(amounts, ours, strict=True):
        if not (row > 0).any():
            assert rate == -1  # pyxirr raises here: a total loss is minus one hundred per cent by convention 6
            continue
        theirs = pyxirr.xirr(dates, row)
        if theirs is None:
            continue
        if math.isnan(rate):  # it calls a value below 1e-9 zero, as at a rate of 1e27: no rate all the same
            assert size(row, days / 365, theirs) > 1e-13
            continue
        if abs(theirs - rate) > 1e-9 * max(1, abs(theirs)):  # several rates: ours is one, and the nearer to zero
            assert size(row, days / 365, rate) < 1e-9  # a rate near -1 has few digits left in 1 + rate
            assert abs(rate) < abs(theirs)
            continue
        compared += 1
    assert compared > 100


def product(*factors):
    """Whole amounts whose value is zero at discount factors a / b only."""
    amounts = [1]
    for a, b in factors:
        amounts = [b * high - a * low for low, high in zip([*amounts, 0], [0, *amounts], strict=True)]
    return amounts


def factor(rng, low, high):
    return int(rng.integers(low, high)), int(rng.integers(80, 120))


def alternating(rng, n):
    """Draws and receipts in turn; on the average one is a little more than the other."""
    amounts = rng.integers(50, 150, n)
    amounts[1::2] = amounts[1::2] * rng.uniform(0.97, 1.04)
    amounts[::2] *= -1
    return amounts.tolist()


def nearly_lost(rng, n):
    """One large draw, of which little more comes back than goes out again, month by month."""
    return [-(10 ** int(rng.integers(3, 11))), *(-one for one in alternating(rng, n - 1))]


def draws_and_receipts(rng, n):
    amounts = np.where(np.arange(n) < n // 2, -100, 0)
    np.add.at(amounts, rng.integers(n // 3, n, 3), rng.integers(0, 3000, 3))
    return amounts.tolist()


def double(rng, _):
    """A rate that is touched and not crossed, among others."""
    return product(*[factor(rng, 80, 130)] * 2, *(factor(rng, 10, 200) for _ in range(rng.integers(0, 3))))


def nearly_double(rng, n):
    """A rate that is just reached, or just not."""
    amounts = double(rng, n)
    amounts[0] += int(rng.choice([-1, 1]))
    return amounts


FLOWS = {
    "alternating": alternating,
    "nearly lost": nearly_lost,
    "draws and receipts": draws_and_receipts,
    "any": lambda rng, n: np.rint(rng.normal(0, 1000, n)).astype(int).tolist(),
    "many zeros": lambda rng, n: (rng.integers(-50, 51, n) * (rng.random(n) < 0.4)).tolist(),
    "any size": lambda rng, n: (rng.choice([-1, 1], n) * 10 ** rng.uniform(0, 9, n)).astype(int).tolist(),
    "several rates": lambda rng, _: product(*(factor(rng, 50, 150) for _ in range(rng.integers(2, 6)))),
    "double": double,
    "nearly double": nearly_double,
}


@pytest.mark.parametrize(
    ("amounts", "periods"),
    [
        # the value at rest is one thousand-millionth of the flows, and does not fall there: two rates lie close by
        ([33551090, -236438778, 474234289, -373356600, 102010000], 1),
        ([9948961, -126443520, 293600160, -247665600, 70560000], 1),
        # a rate that is minus one to the last bit, and a huge one; two of the first kind, and no other
        ([3, 8000, -69109, 3], 12),
        ([3669367, -1025, -667, 171431, 119692957, -273301, 734939, 1948420, 135774725, -69109, 3], 12),
    ],
)
def test_rates_that_are_easily_missed(amounts, periods):
    found = float(sib.irr([float(a) for a in amounts], np.arange(len(amounts)) / periods))
    assert found == pytest.approx(exact.rate(amounts, periods), rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", FLOWS)
def test_the_rate_is_the_one_of_exact_arithmetic(kind, seed):
    """Whether there is none, one, or several, of which the nearest to zero."""
    rng = np.random.default_rng(seed)
    for _ in range(100):
        n, periods = int(rng.integers(3, 120)), int(rng.choice([1, 2, 4, 12]))
        amounts = FLOWS[kind](rng, n)
        expected = exact.rate(amounts, periods)
        found = float(sib.irr([float(a) for a in amounts], np.arange(len(amounts)) / periods))
        if abs(found - expected) > 1e-9 * max(1.0, abs(expected)):  # rates so close together that rounding moves them
            assert size(np.array(amounts, dtype=float), np.arange(len(amounts)) / periods, found) < 1e-13
            assert found == pytest.approx(expected, abs=1e-4)
            continue
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=7).filter(lambda a: min(a) < 0 < max(a)),
)
def test_agrees_with_the_roots_of_the_polynomial(amounts):
    # with whole years the value is a polynomial in 1/(1+r), all of whose roots numpy finds
    roots = np.roots(amounts[::-1])
    real = roots[(np.abs(roots.imag) < 1e-7) & (roots.real > 1e-6)].real
    exact = [v for v in real if abs(np.polyval(amounts[::-1], v)) < 1e-6]
    rates = [1 / v - 1 for v in exact]
    near_double = any(abs(a - b) < 1e-3 for i, a in enumerate(rates) for b in rates[:i])
    rate = float(sib.irr([float(a) for a in amounts], range(len(amounts))))
    complex_near = ((np.abs(roots.imag) > 1e-9) & (np.abs(roots.imag) < 1e-3) & (roots.real > 0)).any()
    if near_double or complex_near:  # a double root, which numpy finds to half the digits only
        return
    if not rates:
        assert math.isnan(rate)
    else:
        assert rate == pytest.approx(min(rates, key=abs), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("rates", list(itertools.combinations([-0.6, -0.4, -0.15, 0.02, 0.1, 0.2, 0.45, 0.8, 3.0], 3)))
def test_of_three_rates_built_into_the_flows_the_one_nearest_to_zero(rates):
    amounts = np.poly([1 / (1 + rate) for rate in rates])[::-1]
    assert float(sib.irr(amounts, range(4))) == pytest.approx(min(rates, key=abs), rel=1e-9)


def test_of_all_small_flows_that_change_sign_thrice():
    """Each cubic by numpy's roots: what no random search is sure to come by."""
    values = np.arange(1, 11)
    flows = np.array(list(itertools.product(-values, values, -values, values)), dtype=float)
    found, compared = sib.irr(flows, range(4)), 0
    companion = np.zeros((len(flows), 3, 3))  # of the polynomial in 1 + r
    companion[:, 0] = -flows[:, 1:] / flows[:, :1]
    companion[:, 1, 0] = companion[:, 2, 1] = 1.0
    for roots, rate in zip(np.linalg.eigvals(companion), found, strict=True):
        if (np.abs(np.subtract.outer(roots, roots)[np.triu_indices(3, 1)]) < 1e-4).any():
            continue  # a double root, or nearly
        rates = np.sort(np.abs(roots[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)].real - 1))
        assert abs(rate) == pytest.approx(rates[0], abs=1e-9)
        compared += 1
    assert compared > 9_900


@given(st.integers(0, 10_000))
def test_each_row_may_have_dates_of_its_own(seed):
    """Rows of different kinds together, each as it is by itself."""
    rng = np.random.default_rng(seed)
    amounts, years = rng.normal(size=(6, 7)), np.cumsum(rng.uniform(0.1, 2.0, (6, 7)), axis=1)
    amounts[rng.random((6, 7)) < 0.3] = 0.0
    alone = [float(sib.irr(one, when)) for one, when in zip(amounts, years, strict=True)]
    np.testing.assert_allclose(sib.irr(amounts, years), alone, rtol=1e-9, atol=1e-12)


@given(st.integers(0, 10_000), st.floats(1e-6, 1e12), st.floats(-20, 20))
def test_the_unit_of_money_and_the_first_date_do_not_matter(seed, unit, shift):
    amounts, days = random_flows(np.random.default_rng(seed), 5, 8, 2)
    rates = sib.irr(amounts, days / 365)
    np.testing.assert_allclose(sib.irr(unit * amounts, days / 365), rates, rtol=1e-9)
    np.testing.assert_allclose(sib.irr(amounts, days / 365 + shift), rates, rtol=1e-7, atol=1e-9)


def test_order_of_flows_does_not_matter_and_same_dates_add_up():
    years = np.array([0.0, 1.0, 2.0, 2.0])
    amounts = np.array([-100.0, -10.0, 70.0, 60.0])
    rate = sib.irr(amounts, years)
    assert sib.irr(amounts[[3, 0, 2, 1]], years[[3, 0, 2, 1]]) == pytest.approx(float(rate), rel=1e-12)
    assert sib.irr([-100.0, -10.0, 130.0], [0.0, 1.0, 2.0]) == pytest.approx(float(rate), rel=1e-12)


def test_shapes():
    amounts = np.array([[[-1.0, 1.1], [-1.0, 1.2]]])
    assert sib.irr(amounts, [0, 1]).shape == (1, 2)
    own_times = sib.irr(amounts, np.array([[[0.0, 1.0], [0.0, 2.0]]]))
    np.testing.assert_allclose(own_times, [[0.1, math.sqrt(1.2) - 1]], rtol=1e-12)
    assert sib.irr(np.empty((0, 3)), [0, 1, 2]).shape == (0,)


@pytest.mark.parametrize("rows", [1, 2, 3, 17, 399])
def test_rows_do_not_depend_on_their_neighbours(rows):
    amounts, days = random_flows(np.random.default_rng(5), 400, 12, 3)
    amounts[:, :5] = amounts[0, :5]
    whole = sib.irr(amounts, days / 365)
    assert sib.irr(amounts[:rows], days / 365).tobytes() == whole[:rows].tobytes()
    assert sib.irr(amounts[-rows:], days / 365).tobytes() == whole[-rows:].tobytes()


@pytest.mark.parametrize(("n", "periods"), [(60, 12), (120, 12), (500, 50)])
@pytest.mark.parametrize("lost", [10.0**6, 10.0**8])
def test_where_nearly_all_is_lost_no_path_comes_to_the_general_search(monkeypatch, n, periods, lost):
    """Which takes a hundred times as long. Truth: the value is zero at each rate, and pyxirr knows none nearer."""

    def counted(columns):
        pytest.fail(f"{columns.columns} paths")

    monkeypatch.setattr("sib.measures.irr._counted", counted)
    amounts = np.random.default_rng(n).uniform(0.5, 1.5, (100, n)) * np.where(np.arange(n) % 2, 1.0, -1.0)
    amounts[:, 0] = -lost
    days = np.round(np.arange(n) * 365 / periods)
    rates, dates = sib.irr(amounts, days / 365), [dt.date(2010, 1, 1) + dt.timedelta(days=day) for day in days]
    assert (rates < -0.5).all()
    for row, rate in zip(amounts, rates, strict=True):
        digits = np.spacing(1.0) / (1 + rate) * days[-1] / 365  # that a rate near -1 has lost
        assert size(row, days / 365, rate) < 1e-9 + digits * n
        other = pyxirr.xirr(dates, row, silent=True)
        if other is not None and abs(other) < abs(rate) - 1e-9:
            assert size(row, days / 365, other) > 1e-12


def hostile(rng, n):
    """Flows in turn, (20, n): of all sizes, one outweighing all others, few that are not zero."""
    amounts = rng.uniform(0.5, 1.5, (20, n)) * np.where(np.arange(n) % 2, 1.0, -1.0)
    match rng.integers(5):
        case 0:
            return amounts * 10 ** rng.uniform(-150, 150, amounts.shape)
        case 1:
            amounts[:, 0] = -(10 ** rng.uniform(0, 30))
        case 2:
            amounts[:, -1] = rng.choice([-1, 1]) * 10 ** rng.uniform(0, 30)
        case 3:
            amounts[amounts > 0] *= 10 ** rng.uniform(-12, 0)
        case 4:
            amounts[rng.random(amounts.shape) < 0.8] = 0.0
    return amounts * 10 ** rng.uniform(-150, 150, (20, 1))


@pytest.mark.parametrize("seed", range(2))
def test_whatever_the_sizes_the_value_is_zero_and_nothing_overflows(seed):
    """Dates a day to years apart, over up to half a century; a warning of NumPy fails the test."""
    rng = np.random.default_rng(seed)
    checked = 0
    for _ in range(12):
        n, step = int(rng.integers(3, 140)), rng.choice([1 / 365, 1 / 12, 1.0, 3.0])
        years = np.arange(n) * min(step, 50 / n)
        amounts = hostile(rng, n)
        rates = sib.irr(amounts, years)
        own = sib.irr(amounts, np.tile(years, (20, 1)))  # as if each path had dates of its own
        np.testing.assert_allclose(own, rates, rtol=1e-6, atol=1e-9)
        for row, rate in zip(amounts, rates, strict=True):
            if -0.999 < rate < 1e6:  # others have no digits left
                terms = row / np.abs(row).max() * (1 + rate) ** -years
                moved = np.abs(terms * years).sum() * np.spacing(abs(rate)) / (1 + rate)
                assert abs(terms.sum()) <= 1e-11 * np.abs(terms).sum() + 4 * moved
                checked += 1
    assert checked > 40


def test_dates_of_their_own_where_no_window_crosses_zero():
    """Two of the same path: as of one, with dates in common, at whose rate the value is zero."""
    rng = np.random.default_rng(6)
    n = int(rng.choice([21, 41, 61, 81, 101]))
    amounts = rng.uniform(0.5, 1.5, (40, n)) * np.where(np.arange(n) % 2, 1.0, -1.0)
    amounts[:, 0] = -(10 ** rng.uniform(3, 8))
    years = 3.0 * np.arange(n)
    rate = float(sib.irr(amounts[30], years))
    assert rate <= -1 or size(amounts[30], years, rate) < 1e-9
    np.testing.assert_allclose(sib.irr(amounts[[30, 30]], np.array([years, years])), rate, rtol=1e-9)


def test_flows_that_sum_to_zero_have_the_rate_zero():
    amounts = np.random.default_rng(1).integers(-5, 6, (5000, 6)).astype(float)
    amounts[:, 5] -= amounts.sum(axis=1)
    amounts = amounts[(amounts < 0).any(axis=1)]
    np.testing.assert_array_equal(sib.irr(amounts, range(6)), 0.0)


def test_many_changes_of_sign():
    amounts = np.where(np.arange(300) % 2, 1.0, -1.1)
    rate = float(sib.irr(amounts, np.arange(300) / 12))
    assert math.isnan(rate) or size(amounts, np.arange(300) / 12, rate) < 1e-9


@pytest.mark.parametrize(
    ("amounts", "years", "where"),
    [
        ([-1.0, math.nan], [0, 1], "amounts"),
        ([-1.0, 1.0], [0, math.inf], "years"),
        ([-1.0, 1.0], [0, 1, 2], "years"),
        ([-1.0, 1.0], 0, "years"),
        ([], [], "amounts"),
        (["a"], [0], "amounts"),
    ],
)
def test_refuses_what_is_not_a_cash_flow(amounts, years, where):
    with pytest.raises(sib.InputError) as error:
        sib.irr(amounts, years)
    assert error.value.where == where


@pytest.mark.slow
def test_whether_a_rate_is_below_all_that_floats_tell_from_minus_one():
    """As the general search has it, to which what windows leave open would come. Truth: exact arithmetic."""
    rng, seen = np.random.default_rng(40), []
    for _ in range(200):
        amounts = FLOWS["any size"](rng, 12)
        expected = min(exact.growths(amounts, 12), default=exact.LARGEST) < exact.LOST
        columns = dense(np.array(amounts, dtype=float)[:, None], np.arange(12)[:, None] / 12)
        assert bool(lost(columns)[0]) == bool(any_below(columns)[0]) == expected
        seen.append(expected)
    assert 20 < sum(seen) < 180
