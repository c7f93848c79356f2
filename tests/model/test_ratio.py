"""The law of a published ratio. Truth: scipy's laws of the counts, summed pair by pair; simulated pairs of counts."""

import numpy as np
import pytest
from scipy import stats

from sib.model.laws.family import Binomial, NegativeBinomial
from sib.model.ratio import Counted, of_ratio, of_ratio_to

SHAPE = 0.7


def uneven(persons, level):
    return stats.nbinom(SHAPE * persons, SHAPE / (SHAPE + level))


def alike(persons, level):
    return stats.poisson(persons * level)


def shares(persons, level):
    return stats.binom(persons, level)


LAWS = {
    "uneven counts": (NegativeBinomial(SHAPE), uneven, 1.55),
    "even counts": (NegativeBinomial(np.inf), alike, 1.55),
    "shares": (Binomial(), shares, 0.3),
    "high shares": (Binomial(), shares, 0.85),
    "rare counts": (NegativeBinomial(SHAPE), uneven, 0.05),
}
SIZES = [(20, 20), (20, 200), (200, 20), (300, 450), (1_000, 10_000)]


def counted(law, persons, levels):
    family, truth, _ = LAWS[law]
    return Counted(family, persons, levels, truth(persons, levels).var() / persons**2)


@pytest.mark.parametrize("law", LAWS)
def test_families_are_scipys_laws(law):
    family, truth, level = LAWS[law]
    count, levels = np.arange(13.0), np.array([level, 0.8 * level])
    for at in levels:
        one = np.array([at])
        found = family.natural(one) * count - 12 * family.cumulant(one) + family.carrier(count, 12)
        assert found == pytest.approx(truth(12, at).logpmf(count), abs=1e-9)


def test_there_are_no_more_persons_with_an_outcome_than_persons():
    assert Binomial().carrier(np.array([13.0]), 12).tolist() == [-np.inf]


def pair_by_pair(law, sizes, ratio, levels, level):
    """The sum of the definition, over the whole counts of the smaller group, the larger's law by log-gamma."""
    _, truth, _ = LAWS[law]
    served, compared = sizes
    per_compared = ratio * served / compared
    smaller_is_served = served <= compared
    persons = served if smaller_is_served else compared
    most = max(truth(persons, x).ppf(1 - 1e-14) for x in (*levels, level))
    counts = np.arange(1.0, min(most, persons if law.endswith("shares") else np.inf) + 1)
    treated, controls = (counts, counts / per_compared) if smaller_is_served else (counts * per_compared, counts)
    found = []
    for x in levels:
        log = continued(law, treated, served, x) + continued(law, controls, compared, level) + np.log(counts)
        found.append(np.logaddexp.reduce(log))
    return np.array(found)


def continued(law, count, persons, level):
    """Logarithm of a law's probabilities by scipy's own formula, between whole counts too."""
    if law.endswith("shares"):
        beta = stats.beta.logpdf(level, count + 1, np.maximum(persons - count, 0) + 1)
        return np.where(count <= persons, beta - np.log(persons + 1), -np.inf)
    if law == "even counts":
        return stats.gamma.logpdf(persons * level, count + 1)
    # a negative binomial's probabilities are a beta density of the chance of going on
    share = level / (SHAPE + level)
    return stats.beta.logpdf(share, count + 1, SHAPE * persons) + np.log((1 - share) / (count + SHAPE * persons))


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("law", LAWS)
def test_it_is_the_sum_over_pairs(law, sizes):
    level = LAWS[law][2]
    levels = level * np.array([0.3, 0.55, 0.7, 0.8, 0.91, 1.0, 1.1])
    for ratio in (0.5, 0.91, 1.13):
        one, other = counted(law, sizes[0], levels), counted(law, sizes[1], np.full_like(levels, level))
        found = of_ratio(ratio, one, other)
        gap = found - pair_by_pair(law, sizes, ratio, levels, level)
        assert np.ptp(gap[found > found.max() - 20]) < 5e-3


@pytest.mark.parametrize("law", ["uneven counts", "even counts", "shares"])
def test_levels_of_the_comparison_may_differ(law):
    level = LAWS[law][2] * np.array([0.8, 1.0, 1.2])
    served = counted(law, 50, 0.9 * level)
    found = of_ratio(0.7, served, counted(law, 80, level))
    truth = [pair_by_pair(law, (50, 80), 0.7, [0.9 * one], one)[0] for one in level]
    assert np.ptp(found - truth) < 1e-3


@pytest.mark.parametrize(("law", "served", "compared"), [("uneven counts", 60, 90), ("shares", 150, 300)])
def test_it_is_how_often_a_figure_is_published(law, served, compared):
    """Pairs are simulated; how often their ratio rounds to a figure of one decimal, world against world."""
    rng = np.random.default_rng(3)
    _, truth, level = LAWS[law]
    levels, draws = level * np.array([0.6, 0.8, 1.0]), 400_000
    log_density = of_ratio(0.8, counted(law, served, levels), counted(law, compared, np.full(3, level)))
    controls = truth(compared, level).rvs(draws, random_state=rng) / compared
    often = []
    for one in levels:
        ratio = truth(served, one).rvs(draws, random_state=rng) / served / controls
        often.append(np.mean(np.abs(ratio - 0.8) <= 0.025))
    error = np.sqrt((1 - np.array(often)) / np.array(often) / draws)
    found = log_density - np.log(often)
    assert np.ptp(found) < 4 * np.sqrt(2) * error.max() + 0.01  # and what the density bends within the width


@pytest.mark.parametrize("law", LAWS)
def test_no_event_at_all_has_a_probability(law):
    _, truth, level = LAWS[law]
    levels = level * np.array([0.2, 0.6, 1.0])
    found = of_ratio(0.0, counted(law, 20, levels), counted(law, 30, levels))
    both = truth(20, levels).logpmf(0) + np.log1p(-truth(30, levels).pmf(0))
    assert found == pytest.approx(both, abs=1e-8)


def test_what_cannot_be_is_impossible():
    levels = np.array([0.0, 0.2])
    assert np.isneginf(
        of_ratio(0.5, counted("shares", 20, levels), counted("shares", 20, np.full(2, 0.3)))
    ).tolist() == [
        True,
        False,
    ]
    nobody = Counted(Binomial(), 20, np.zeros(2), np.zeros(2))
    assert np.isneginf(of_ratio(0.5, counted("shares", 20, levels), nobody)).all()
    assert np.isneginf(of_ratio(0.0, counted("shares", 20, levels), nobody)).all()
    # one of those compared is a twentieth, and all of those served are twenty of them
    assert np.isneginf(of_ratio(40.0, counted("shares", 20, levels), counted("shares", 20, np.full(2, 0.3)))).all()


def test_a_share_of_all_can_be():
    levels = np.array([0.95, 1.0])
    found = of_ratio(1.2, counted("shares", 20, levels), counted("shares", 1_000, np.full(2, 0.83)))
    truth = pair_by_pair("shares", (20, 1_000), 1.2, [0.95, 1.0 - 1e-9], 0.83)
    assert np.ptp(found - truth) < 1e-3


@pytest.mark.parametrize("law", LAWS)
def test_against_a_known_level_it_is_the_law_of_one_count(law):
    _, truth, level = LAWS[law]
    levels = level * np.array([0.7, 0.9, 1.0])
    known = np.array([0.5, 0.5, 0.25])  # halves and quarters: counts are whole
    found = of_ratio_to(known, 0.4, counted(law, 100, levels))
    assert np.ptp(found - truth(100, levels).logpmf(np.rint(40 * known)) - np.log(known)) < 1e-9
    assert of_ratio_to(known, 0.0, counted(law, 100, levels)) == pytest.approx(truth(100, levels).logpmf(0))
    assert np.isneginf(of_ratio_to(np.zeros(3), 0.4, counted(law, 100, levels))).all()


@pytest.mark.parametrize("spread", [0.05, 0.9])
def test_reading_off_between_values_is_as_good_as_summing(spread):
    """Thousands of worlds at once, near to each other or far: each as by itself."""
    levels = 1.55 * np.random.default_rng(1).uniform(1 - spread, 1 + spread, 5_000)
    for persons in (15, 3_000):
        many = of_ratio(0.8, counted("uneven counts", persons, levels), counted("uneven counts", 4_000, levels[::-1]))
        for i in (0, 77, 2_500, 4_999):
            one, other = levels[[i]], levels[::-1][[i]]
            alone = of_ratio(0.8, counted("uneven counts", persons, one), counted("uneven counts", 4_000, other))
            assert many[i] == pytest.approx(alone[0], abs=2e-3)


def test_counts_of_many_are_summed_in_steps():
    """Two hundred thousand persons: as all whole counts, one by one."""
    levels = 1.55 * np.array([0.9, 0.905, 0.91, 0.915])
    sizes = (200_000, 1_000_000)
    found = of_ratio(
        0.91, *(counted("uneven counts", n, x) for n, x in zip(sizes, (levels, np.full(4, 1.55)), strict=True))
    )
    assert np.ptp(found - pair_by_pair("uneven counts", sizes, 0.91, levels, 1.55)) < 1e-3


def test_one_world_far_from_the_others():
    """A result that leaves one event in a thousand, of 300,000 persons, among worlds that leave all of them."""
    levels, size = 1.55 * (1 - np.array([0.0, 0.9985, 0.999, 0.9993])), 300_000
    served, compared = counted("uneven counts", size, levels), counted("uneven counts", size, np.full(4, 1.55))
    found = of_ratio(1e-3, served, compared)
    counts = np.arange(1.0, 1_500.0)
    terms = [
        np.log(counts) + uneven(size, level).logpmf(counts) + continued("uneven counts", counts * 1e3, size, 1.55)
        for level in levels[1:]
    ]
    truth = np.array([np.logaddexp.reduce(term) for term in terms])
    assert np.ptp(found[1:] - truth) < 0.01
    assert found[0] < found[1:].min() - 1e4
