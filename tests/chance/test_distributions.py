"""Distributions of beliefs. Truth: scipy.stats' quantiles and means."""

import numpy as np
import pytest
from scipy import stats

from sib.chance.distributions import Beta, Certain, Normal, Student, Triangular, Uniform

SCORES = np.array([-4.0, -1.0, 0.0, 0.3, 2.5, 4.0])
CASES = [
    (Normal(0.1, 0.04), stats.norm(0.1, 0.04)),
    (Student(0.1, 0.04, 4.0), stats.t(4.0, 0.1, 0.04 / np.sqrt(2.0))),
    (Beta(0.7, 0.3), stats.beta(0.7 * (4 / 3), 0.3 * (4 / 3))),
    (Uniform(-0.2, 0.5), stats.uniform(-0.2, 0.7)),
    (Triangular(0.0, 0.15, 0.4), stats.triang(0.375, 0.0, 0.4)),
    (Triangular(0.1, 0.1, 0.4), stats.triang(0.0, 0.1, 0.3)),
    (Triangular(0.1, 0.4, 0.4), stats.triang(1.0, 0.1, 0.3)),
]


@pytest.mark.parametrize(("ours", "theirs"), CASES)
def test_a_score_becomes_the_quantile_at_its_probability(ours, theirs):
    np.testing.assert_allclose(ours.of_score(SCORES), theirs.ppf(stats.norm.cdf(SCORES)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), CASES)
def test_mean(ours, theirs):
    assert ours.mean == pytest.approx(theirs.mean())


def test_what_is_certain_has_one_value():
    certain = Certain(0.1)
    assert not certain.varies
    assert certain.mean == 0.1
    assert certain.of_score(SCORES).tolist() == [0.1] * 6


def test_a_triangle_without_width_is_a_point():
    assert Triangular(0.2, 0.2, 0.2).of_score(SCORES).tolist() == [0.2] * 6
