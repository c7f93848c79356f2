"""The chain ladder. Truth: published figures, Mack's formula as he wrote it, differences, futures of his model."""

import math

import numpy as np
import pytest

import sib
from sib.measures.ladder import mack
from tests.triangles import RAA, TAYLOR_ASHE, triangle

NAN = math.nan
QUARTERS_BY_MONTHS = np.array(  # the last months of each quarter's origin are known together: a staircase
    [
        [5.0, 9, 14, 17, 19, 22, 23, 25, 26],
        [6.0, 10, 15, 20, 21, 25, NAN, NAN, NAN],
        [4.0, 9, 12, NAN, NAN, NAN, NAN, NAN, NAN],
    ]
)
SHAPES = {
    "square": TAYLOR_ASHE,
    "more ages than origins": TAYLOR_ASHE[:6],
    "more origins than ages": TAYLOR_ASHE[:, :6],
    "a last diagonal cut off": np.where(np.add.outer(range(10), range(10)) < 9, TAYLOR_ASHE, NAN)[:9, :9],
    "two origins as old as each other": np.vstack([TAYLOR_ASHE, TAYLOR_ASHE[9]]),
    "quarters by months": QUARTERS_BY_MONTHS,
    "in no order": TAYLOR_ASHE[[3, 0, 9, 5, 1, 2, 8, 7, 4, 6]],
}


def to_come(figures, found):
    """What is still to come of each row."""
    latest = [row[~np.isnan(row)][-1] for row in figures]
    return found.figures[:, -1] - latest


class TestPublished:
    def test_factors_of_taylor_and_ashe(self):
        factors = [3.490607, 1.747333, 1.457413, 1.173852, 1.103824, 1.086269, 1.053874, 1.076555, 1.017725]
        assert mack(TAYLOR_ASHE).factors == pytest.approx(factors, abs=5e-7)

    def test_what_is_to_come_of_taylor_and_ashe(self):
        known = [0, 94_634, 469_511, 709_638, 984_889, 1_419_459, 2_177_641, 3_920_301, 4_278_972, 4_625_811]
        found = to_come(TAYLOR_ASHE, mack(TAYLOR_ASHE))
        assert found == pytest.approx(known, abs=0.5)
        assert found.sum() == pytest.approx(18_680_855.61, abs=0.005)

    @pytest.mark.parametrize(
        ("rule", "errors", "total"),
        [
            (  # Mack 1993
                "mack",
                [0, 75_535, 121_699, 133_549, 261_406, 411_010, 558_317, 875_328, 971_258, 1_363_155],
                2_447_095,
            ),
            (  # both packages, R's and Python's, where they are not told otherwise
                "log-linear",
                [0, 71_835, 119_474, 131_573, 260_530, 410_407, 557_796, 874_882, 970_960, 1_362_981],
                2_441_364,
            ),
        ],
    )
    def test_errors_of_taylor_and_ashe(self, rule, errors, total):
        found = mack(TAYLOR_ASHE, rule)
        assert found.errors[:, -1] == pytest.approx(errors, abs=0.5)
        assert found.total_error == pytest.approx(total, abs=0.5)

    def test_raa_one_of_whose_origins_falls(self):
        assert (np.diff(RAA, axis=1) < 0).any()
        found = mack(RAA)
        assert to_come(RAA, found).sum() == pytest.approx(52_135.23, abs=0.005)
        assert found.total_error == pytest.approx(26_909.01, abs=0.005)
        assert mack(RAA, "log-linear").total_error == pytest.approx(26_880.74, abs=0.005)

    def test_two_origins_as_old_as_each_other(self):
        # mages/ChainLadder, pull request 53: the first of two such rows had an error of zero
        found = mack(np.vstack([TAYLOR_ASHE, TAYLOR_ASHE[9]]), "log-linear")
        errors = [0, 71_835, 119_474, 131_573, 260_530, 410_407, 557_796, 874_882, 970_960, 1_362_981, 1_362_981]
        assert found.errors[:, -1] == pytest.approx(errors, abs=0.5)

    def test_raa_without_its_last_origin(self):
        # casact/chainladder-python, issue 221: 10,009.02 in 0.8.2 and, by mistake, 76,362.26 in 0.8.8. Its line through
        # the logarithms gives 26,881.09 for the whole of RAA, where ours and R's give 26,880.74
        assert mack(RAA[:9], "log-linear").total_error == pytest.approx(10_009.02, rel=1e-4)


class TestMacksFormula:
    def test_as_he_wrote_it(self):
        figures, size = TAYLOR_ASHE, 10
        found = mack(figures)
        f, s2, filled, done = found.factors, found.sigmas**2, found.figures, found.figures[:, -1]
        error2 = np.zeros(size)
        for i in range(1, size):
            for k in range(size - 1 - i, size - 1):
                volume = sum(filled[j, k] for j in range(size - 1 - k))
                error2[i] += done[i] ** 2 * s2[k] / f[k] ** 2 * (1 / filled[i, k] + 1 / volume)
        total2 = error2.sum()
        for i in range(1, size):
            shared = sum(
                2 * s2[k] / f[k] ** 2 / sum(filled[j, k] for j in range(size - 1 - k))
                for k in range(size - 1 - i, size - 1)
            )
            total2 += done[i] * done[i + 1 :].sum() * shared
        assert found.errors[:, -1] == pytest.approx(np.sqrt(error2), rel=1e-12)
        assert found.total_error == pytest.approx(math.sqrt(total2), rel=1e-12)

    @pytest.mark.parametrize("name", SHAPES)
    def test_of_any_shape(self, name):
        """The total in first order: each factor moved by a little, and the variance to come row by row."""
        figures = SHAPES[name]
        found = mack(figures)
        known = ~np.isnan(figures)

        def ultimate(factors):
            whole = np.where(known, figures, 0.0)
            for row in range(len(figures)):
                for age in range(known[row].sum(), figures.shape[1]):
                    whole[row, age] = whole[row, age - 1] * factors[age - 1]
            return whole[:, -1]

        variance = np.zeros(len(figures))
        for row in range(len(figures)):
            mean = figures[row, known[row].sum() - 1]
            for age in range(known[row].sum() - 1, figures.shape[1] - 1):
                variance[row] = found.factors[age] ** 2 * variance[row] + found.sigmas[age] ** 2 * mean
                mean *= found.factors[age]
        estimated, for_all = variance.copy(), variance.sum()
        for age, factor in enumerate(found.factors):
            step = 1e-5 * factor * np.eye(len(found.factors))[age]
            slopes = (ultimate(found.factors + step) - ultimate(found.factors - step)) / (2 * step[age])
            of_factor = found.sigmas[age] ** 2 / figures[known[:, age + 1], age].sum()
            estimated += slopes**2 * of_factor
            for_all += slopes.sum() ** 2 * of_factor
        assert found.errors[:, -1] == pytest.approx(np.sqrt(estimated), rel=1e-8, abs=1e-6)
        assert found.total_error == pytest.approx(math.sqrt(for_all), rel=1e-8)
        assert found.figures[:, -1] == pytest.approx(ultimate(found.factors))

    def test_it_is_how_far_futures_of_his_model_are_from_the_forecast(self):
        rng = np.random.default_rng(3)
        factors, sigmas, runs = (2.0, 1.5, 1.2, 1.1), (0.9, 0.7, 0.4, 0.3), 4_000
        shape = np.array([5, 5, 5, 4, 3, 3, 2, 1])  # how many ages are known: two origins of one age, three complete
        misses, said = [], []
        for _ in range(runs):
            whole = rng.gamma(400.0, 0.25, (len(shape), 1))
            for factor, sigma in zip(factors, sigmas, strict=True):
                last = whole[:, -1]
                share = (factor / sigma) ** 2 * last  # gamma, with Mack's mean and variance
                whole = np.column_stack([whole, rng.gamma(share, sigma**2 / factor)])
            found = mack(np.where(np.arange(5) < shape[:, None], whole, NAN))
            misses.append(found.figures[:, -1].sum() - whole[:, -1].sum())
            said.append(found.total_error**2)
        misses, said = np.array(misses), np.array(said)
        assert abs(misses.mean()) < 4 * misses.std() / math.sqrt(runs)
        difference = misses**2 - said
        assert abs(difference.mean()) < 4 * difference.std() / math.sqrt(runs)


class TestLaws:
    @pytest.mark.parametrize("rule", ["mack", "log-linear"])
    def test_a_unit_is_a_unit(self, rule):
        one, other = mack(RAA, rule), mack(1_000.0 * RAA, rule)
        assert other.figures == pytest.approx(1_000.0 * one.figures)
        assert other.total_error == pytest.approx(1_000.0 * one.total_error)

    def test_what_is_complete_has_nothing_to_come_and_no_error(self):
        whole = np.vstack([TAYLOR_ASHE[0], 2.0 * TAYLOR_ASHE[0] + 7.0])
        found = mack(whole)
        assert (found.figures == whole).all()
        assert (found.total_error, found.errors.max()) == (0.0, 0.0)

    def test_spread_that_is_nothing_stays_nothing(self):
        # ChainLadder's issue 39: a sigma of zero two ages before made the last NaN
        found = mack(triangle([10, 20, 20, 22, 23], [10, 20, 20, 24], [10, 20, 20], [10, 20], [10]))
        assert found.sigmas[:2].tolist() == [0.0, 0.0]
        assert found.sigmas[3] == 0.0
        assert found.sigmas[2] > 0.0
        assert math.isfinite(found.total_error)

    def test_of_one_spread_the_last_is_that_one(self):
        found = mack(triangle([10, 20, 30], [12, 28], [11]))
        assert found.sigmas[1] == found.sigmas[0] > 0

    def test_without_any_two_origins_nothing_is_said_of_how_sure(self):
        found = mack(triangle([10, 20], [12]))
        assert found.figures[1, 1] == 24.0
        assert math.isnan(found.total_error)
        assert math.isnan(found.errors[1, 1])

    def test_a_spread_that_shrinks_goes_on_shrinking(self):
        # factors 140/60 and 155/100, so sigmas squared (10 + 30 + 20) / 9 / 2 and 20 x 0.2^2 + 80 x 0.05^2
        found = mack(triangle([10, 20, 35, 40], [30, 80, 120], [20, 40]))
        assert found.sigmas**2 == pytest.approx([10 / 3, 1.0, 1.0**2 / (10 / 3)])

    def test_the_line_leaves_out_what_has_no_logarithm(self):
        found = mack(triangle([10, 20, 20, 22, 25], [30, 80, 80, 95], [20, 40, 40], [10, 22]), "log-linear")
        far, near = np.log(found.sigmas[[0, 2]])
        assert found.sigmas[1] == 0.0
        assert found.sigmas[3] == pytest.approx(math.exp(near + (near - far) / 2))

    def test_the_line_is_that_of_the_logarithms(self):
        sigmas = mack(RAA, "log-linear").sigmas
        slope, level = np.linalg.lstsq(np.vander(np.arange(8.0), 2), np.log(sigmas[:8]), rcond=None)[0]
        assert sigmas[8] == pytest.approx(math.exp(level + 8 * slope))


def test_a_rule_that_there_is_not_is_refused():
    with pytest.raises(sib.InputError) as error:
        mack(RAA, "loglinear")
    assert str(error.value) == (
        "last_sigma\n  came:  'loglinear'\n  rule:  one of mack, log-linear\n  to do: did you mean \"log-linear\"?"
    )


def test_no_line_goes_through_one_point():
    with pytest.raises(sib.InputError) as error:
        mack(triangle([10, 20, 30], [12, 28], [11]), "log-linear")
    assert str(error.value) == (
        "last_sigma\n  came:  'log-linear'\n  rule:  two ages at least with sigmas above zero, to lay a line through\n"
        '  to do: use Mack\'s own rule: last_sigma="mack"'
    )
