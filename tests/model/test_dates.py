"""When persons enrol and reach milestones. Truth: a simulation person by person, multinomial laws, closed forms."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, special, stats

import sib
from sib.chance.sources import LAYERS, Chance
from sib.model.delays import Curve, EachAsLikely, Exponential, Intake, later
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.model.results import Results
from sib.run.recipe import Deal
from sib.settlement import walk
from tests.milestones import PERIODS, deal, milestone, price
from tests.model.person_by_person import CHAIN, Northam

NORTHAM = Path(__file__).parents[2] / "notebooks" / "northam.toml"
MONTHLY = {"first": dt.date(2015, 1, 31), "every_months": 1, "times": 36}


def counts_of(scenario, paths, rng, chance=LAYERS):
    """Counts of each milestone, {name: (results, paths)}."""
    model = Deal.of(scenario).model
    source = Chance(paths, np.random.SeedSequence(rng), 0, frozenset(chance))
    found = draw(model, believe(model, source), source)
    return {metric.name: one.results.treated for metric, one in zip(model.metrics, found, strict=True)}


def one_milestone(timing, level=0.6, size=200, reported=MONTHLY, **beliefs):
    metrics = [milestone("job", reported)]
    return deal(metrics, [price("job", 1, "period")], [], {"job": level}, (size,), timing={"job": timing}, **beliefs)


class TestDelays:
    LAWS = (
        EachAsLikely(2, 7),
        EachAsLikely(3, 3),
        Exponential(5.0, 0.25),
        Curve(np.array([2.0, 5, 9]), np.array([0.1, 0.5, 0.8])),
    )

    def draws(self, law, rng, size):
        """Months of a law, drawn in a way of their own; infinite for never."""
        u = rng.random(size)
        match law:
            case EachAsLikely(least, most):
                return np.floor(least + (most - least + 1) * u)
            case Exponential(mean, never):
                return np.where(u < never, np.inf, rng.exponential(mean, size))
            case Curve(months, shares):
                at = np.interp(u, np.concatenate([[0], shares]), np.concatenate([[0], months]))
                return np.where(u > shares[-1], np.inf, at)

    @pytest.mark.parametrize("law", LAWS)
    @pytest.mark.parametrize("stretch", [1.0, 0.7, 1.6])
    def test_a_date_is_kept_to_its_month_and_the_day_within_is_as_likely_as_any(self, law, stretch):
        rng, size, most = np.random.default_rng(5), 400_000, 30
        months = np.floor(rng.random(size) + stretch * self.draws(law, rng, size))
        found = law.chances(most, np.full(1, stretch))[:, 0]
        each = np.array([(months == month).mean() for month in range(most + 1)])
        assert (np.abs(found - each) < 4.5 * np.sqrt(found * (1 - found) / size) + 1e-9).all()

    @pytest.mark.parametrize(
        ("law", "mean", "share"),
        [(LAWS[0], 4.5, 1), (LAWS[2], 5, 0.75), (LAWS[3], (0.1 * 1 + 0.4 * 3.5 + 0.3 * 7) / 0.8, 0.8)],
    )
    def test_the_mean_is_that_of_the_law(self, law, mean, share):
        chances = law.chances(400)[:, 0]
        assert chances.sum() == pytest.approx(share)
        assert (chances * np.arange(401)).sum() / share == pytest.approx(mean)

    def test_whole_months_are_what_they_are(self):
        assert EachAsLikely(3, 3).chances(5).ravel().tolist() == [0, 0, 0, 1, 0, 0]
        np.testing.assert_allclose(EachAsLikely(1, 4).chances(5).ravel(), [0, 0.25, 0.25, 0.25, 0.25, 0], atol=1e-12)

    def test_one_after_another_is_a_convolution(self):
        first, then = np.array([0.2, 0.3, 0.5, 0, 0]), np.array([0.1, 0.6, 0.3])
        np.testing.assert_allclose(later(first[:, None], then[:, None])[:, 0], np.convolve(first, then)[:5])

    def test_an_intake_is_slow_late_and_longer(self):
        even = Intake("1", 10, np.ones(4))
        np.testing.assert_allclose(even.chances(5).ravel(), [0.25, 0.25, 0.25, 0.25, 0, 0])
        np.testing.assert_allclose(even.chances(5, late=np.array([2.0])).ravel(), [0, 0, 0.25, 0.25, 0.25, 0.25])
        np.testing.assert_allclose(even.chances(7, stretch=np.array([2.0])).ravel(), np.full(8, 0.125))
        slow = Intake("1", 10, np.array([0.5, 0.5, 1, 1]))
        np.testing.assert_allclose(slow.chances(3).ravel(), np.array([0.5, 0.5, 1, 1]) / 3)


class TestMultinomial:
    """A milestone with a certain level: multinomial of all persons."""

    def test_moments(self):
        paths, n, p = 40_000, 200, 0.6
        found = counts_of(one_milestone({"months": [2, 4]}, p, n), paths, 1)["job"]
        share = p * np.convolve(np.full(12, 1 / 12), [0, 0, 1 / 3, 1 / 3, 1 / 3])
        share = np.concatenate([share, np.zeros(36 - len(share))])
        np.testing.assert_allclose(found.mean(axis=1), n * share, atol=4.5 * np.sqrt(n * 0.05 / paths))
        truth = n * (np.diag(share) - np.outer(share, share))
        error = np.sqrt((np.outer(np.diag(truth), np.diag(truth)) + truth**2) / paths) + n * 2e-4
        assert (np.abs(np.cov(found) - truth) < 5 * error).all()
        assert (found.sum(axis=0) <= n).all()
        total = found.sum(axis=0)  # all who do, do within the time
        assert stats.chisquare(*_binned(total, stats.binom(n, p))).pvalue > 1e-4

    def test_the_first_months_of_reboot_west_are_chance(self):
        """Of 200 persons those who enrol in October and take two months, of 13 as likely, are counted in December."""
        terms = sib.load("reboot-west").replace({"beliefs.levels.enters work": 0.63})
        found = counts_of(terms, 20_000, 3)["enters work"]
        december = found[:2].sum(axis=0)  # by 31 December 2018: results of 30 November and of 31 December
        law = stats.binom(200, 0.63 / 24 / 13)
        assert found[0].max() == 0
        assert stats.chisquare(*_binned(december, law)).pvalue > 1e-4

    def test_given_shares_are_chance_as_well(self):
        shares = [0.5, 0.3, 0.2]
        found = counts_of(one_milestone({"shares": shares}, 0.6, 200, PERIODS | {"times": 3}), 20_000, 4)["job"]
        for count, share in zip(found, shares, strict=True):
            assert stats.chisquare(*_binned(count, stats.binom(200, 0.6 * share))).pvalue > 1e-4

    def test_who_never_does_and_who_comes_too_late(self):
        expected = counts_of(one_milestone({"mean_months": 6, "never": 0.3}, 0.5, 1000), 1, 1, chance=())["job"].sum()
        within = integrate.quad(lambda t: 1 - np.exp(-t / 6), 24, 36)[0] / 12  # enrolled in a year, of three
        assert expected == pytest.approx(1000 * 0.5 * 0.7 * within, rel=1e-3)

    def test_cohorts_add_up(self):
        """Two cohorts: the sum of two multinomials, whose sizes are known, varies less than one of all together."""
        metrics = [milestone("job", PERIODS | {"times": 3})]
        both = deal(metrics, [price("job", 1, "period")], [], {"job": 1.0}, (50, 50), timing={"job": {"months": 0}})
        found = counts_of(both, 20_000, 2)["job"]
        assert (found[0] == 50).all()
        assert (found[1] == 50).all()


def _binned(values, law):
    """Observed and expected counts of a law, in bins with enough of them."""
    edges = np.unique(law.ppf(np.linspace(0, 1, 13)[1:-1]))
    expected = np.diff(np.concatenate([[0], law.cdf(edges), [1]])) * len(values)
    return np.histogram(values, np.concatenate([[-1], edges + 0.5, [1e9]]))[0], expected


@pytest.fixture(scope="module")
def scenario():
    return sib.load(NORTHAM)


@pytest.fixture(scope="module")
def truth():
    return Northam.drawn(TestNortham.PATHS, 2026).counts


@pytest.fixture(scope="module")
def ours(scenario):
    return counts_of(scenario, TestNortham.PATHS, 7)


class TestNortham:
    """The whole rate card against the simulation person by person: two samples of one law."""

    PATHS = 6_000

    @pytest.mark.parametrize("name", CHAIN)
    def test_quarters(self, name, truth, ours):
        one, other = ours[name], truth[name]
        error = np.sqrt((one.var(axis=1) + other.var(axis=1)) / self.PATHS) + 1e-12
        assert (np.abs(one.mean(axis=1) - other.mean(axis=1)) < 4.5 * error).all()
        spread = np.array([_variance_error(one[q]) ** 2 + _variance_error(other[q]) ** 2 for q in range(20)]) ** 0.5
        assert (np.abs(one.var(axis=1) - other.var(axis=1)) < 4.5 * spread + 1e-9).all()
        assert stats.ks_2samp(one.sum(axis=0), other.sum(axis=0)).pvalue > 1e-4

    def test_a_quarter_in_closed_form(self, ours):
        """Of the fourth quarter, in which three months of 36 are full: binomial, and the level's variance."""
        mean, level = (0.60 + 0.75 + 0.85) / 3, stats.triang(0.6, loc=0.60, scale=0.25).var()
        truth = 300 * mean / 12 * (1 - mean / 12) - 300 * level / 144 + (300 / 12) ** 2 * level
        assert truth == pytest.approx(18.84, abs=0.03)
        assert ours["moves in"][3].var() == pytest.approx(truth, abs=4.5 * _variance_error(ours["moves in"][3]))

    def test_quarters_of_all_milestones_vary_together_as_they_do(self, truth, ours):
        one, other = (np.concatenate([counts[name] for name in CHAIN]) for counts in (ours, truth))
        some = one.var(axis=1) > 0.2
        apart = np.corrcoef(one[some]) - np.corrcoef(other[some])
        assert np.abs(apart).max() < 5.5 * np.sqrt(2 / self.PATHS)
        assert apart.std() == pytest.approx(np.sqrt(2 / self.PATHS), rel=0.15)

    @pytest.mark.slow
    def test_budgets_by_year_and_payer(self, scenario, truth):
        """By hand: a price for each, a month after the quarter; years from April; the ceiling of the health service."""
        budget = sib.simulate(scenario, 20_000, rng=5).budget(payer="NHS Northam")["mean"]
        quarters = 3_000 * truth["treatment 12 weeks"]
        paid = np.minimum(quarters.cumsum(axis=0), 350_000)
        paid = np.diff(paid, axis=0, prepend=0)
        for year in range(5):  # quarters 0, 1, 2 are paid by January; the fourth is paid in April
            own = paid[max(4 * year - 1, 0) : 4 * year + 3].sum(axis=0)
            error = np.hypot(own.std() / np.sqrt(self.PATHS), own.std() / np.sqrt(20_000))
            assert budget.iloc[year] == pytest.approx(own.mean(), abs=4.5 * error)
        exact = 300 * 11 / 15 * 0.35 * 35 / (36 * 42) * 3_000  # of 36 x 6 x 7 ways 35 lead to the first nine months
        assert exact == pytest.approx(5_347, abs=1)
        assert budget.iloc[0] == pytest.approx(exact, abs=150)

    @pytest.mark.slow
    def test_what_investors_risk(self, scenario, truth):
        """By another hand, person by person: P(loss) .1495 of both, .1769 of the junior, over 400,000 paths."""
        contract = Deal.of(scenario).contract
        results = [Results(1.0, np.ones((20, 1)), truth[m.name], None, additive=True) for m in scenario.metrics]
        book = walk.settle(contract, results)
        simulation = sib.simulate(scenario, 40_000, rng=11)
        for tranches, published in ((["senior", "junior"], 0.1495), (["junior"], 0.1769)):
            net = sum(book.received(name) - book.paid(name) for name in tranches)
            theirs = (net < -0.01).mean()
            tranche = None if len(tranches) > 1 else tranches[0]
            found = simulation.summary(tranche=tranche).loc["loss_probability"]
            assert found["estimate"] == pytest.approx(published, abs=3 * np.hypot(found["mcse"], 0.0006))
            error = np.hypot(found["mcse"], np.sqrt(theirs * (1 - theirs) / self.PATHS))
            assert found["estimate"] == pytest.approx(theirs, abs=4 * error)


def _variance_error(values):
    """The standard error of a sample variance."""
    away = (values - values.mean()) ** 2
    return away.std() / np.sqrt(len(values))


class TestReferrals:
    """How many come, and when: kept apart from how many of them do well."""

    def total(self, paths=1, chance=(), **referrals):
        scenario = one_milestone({"months": 0}, 1.0, 240, referrals=referrals)
        return counts_of(scenario, paths, 6, chance)["job"]

    def test_as_many_as_believed(self):
        found = self.total(20_000, LAYERS, mean=0.8, sd=0.1).sum(axis=0)
        assert found.mean() == pytest.approx(192, abs=4 * 24 / np.sqrt(20_000))
        assert found.std() == pytest.approx(24, rel=0.02)

    def test_a_slow_beginning(self):
        found = self.total(ramp_up={"shares": [0.25, 0.5, 0.75]})[:, 0]
        np.testing.assert_allclose(found[:12], np.repeat([5, 10, 15, 20], 3))
        assert found.sum() == pytest.approx(150)

    def test_nobody_comes(self):
        assert self.total(ramp_up={"shares": [0.0] * 4}).sum() == 0

    def test_a_late_beginning(self):
        found = self.total(months_late=4)[:, 0]
        np.testing.assert_allclose(found[:20], [0] * 4 + [20] * 12 + [0] * 4)
        drawn = self.total(8_000, LAYERS, months_late=[0, 3])
        empty = (drawn[:3] == 0).cumprod(axis=0).sum(axis=0)  # months before anybody comes
        assert stats.chisquare(np.bincount(empty, minlength=4)).pvalue > 1e-4

    def test_an_unsure_pace_keeps_the_number(self):
        drawn = self.total(8_000, LAYERS, pace_sd=0.3)
        assert (drawn.sum(axis=0) == 240).mean() > 0.999
        halfway = drawn[:6].sum(axis=0) / 240
        factor = np.random.default_rng(1).lognormal(-np.log(1.09) / 2, np.sqrt(np.log(1.09)), 200_000)
        assert halfway.mean() == pytest.approx(np.minimum(0.5 / factor, 1).mean(), abs=0.006)

    def test_an_unsure_delay(self):
        """Everybody enrols in one month and takes 10 months, times a lognormal factor."""
        metrics = [milestone("job", MONTHLY)]
        scenario = deal(
            metrics, [price("job", 1, "period")], [], {"job": 1.0}, timing={"job": {"months": 10, "pace_sd": 0.2}}
        )
        scenario = scenario.replace({"cohorts.c0.enrol": {"starts": dt.date(2015, 1, 1), "months": 1}})
        found = counts_of(scenario, 4_000, 8)["job"]
        months = (found * np.arange(36)[:, None]).sum(axis=0) / 60
        assert months.mean() == pytest.approx(10, abs=4 * 2 / np.sqrt(4_000))
        assert months.std() == pytest.approx(2, rel=0.06)

    def test_cohorts_come_slowly_too(self):
        metrics = [milestone("job")]
        scenario = deal(
            metrics, [price("job", 1)], [], {"job": 1.0}, (240,), referrals={"ramp_up": {"shares": [0.0, 0.5]}}
        )
        assert counts_of(scenario, 1, 1, ())["job"].tolist() == [[150.0]]


class TestInHand:
    """A milestone with results in hand. Truth: Bayes' theorem on a grid; nobody counts twice."""

    def update(self, **beliefs):
        reported = PERIODS | {"times": 3}
        level = {"distribution": "uniform", "low": 0.2, "high": 1.0}
        scenario = one_milestone({"shares": [0.3, 0.3, 0.4]}, level, 200, reported, **beliefs)
        return sib.update(scenario, {"job": {"2015-12-31": 60, "2016-12-31": 40}}, paths=20_000, rng=1)

    def test_the_level(self):
        level = np.linspace(0.2, 1.0, 20_001)
        weight = stats.multinomial(200, np.stack([0.3 * level, 0.3 * level, 1 - 0.6 * level], axis=1)).pmf(
            [60, 40, 100]
        )
        truth = (level * weight).sum() / weight.sum()
        found = self.update().effects.iloc[0]
        assert found["mean"] == pytest.approx(truth, abs=5 * found["sd"] / np.sqrt(20_000) + 1e-3)

    def test_the_rest_is_of_those_who_are_left(self):
        known = self.update()
        treated = np.concatenate(list(known.posterior.futures.map(lambda block: block.results[0].treated)), axis=1)
        assert (treated[0] == 60).all()
        assert (treated[1] == 40).all()
        effect = known.draws(known.posterior).iloc[:, 0].to_numpy()
        left = 0.4 * effect / (1 - 0.6 * effect)
        assert treated[2].mean() == pytest.approx(100 * left.mean(), rel=0.01)
        assert treated.sum(axis=0).max() <= 200

    def test_volume_and_rate_share_the_blame(self):
        """How many come is not known either: Bayes' theorem on a grid of both."""
        level, score = np.meshgrid(np.linspace(0.2, 1.0, 401), np.linspace(-3.3, 5, 401), indexing="ij")
        persons = np.rint(200 * np.maximum(1 + 0.3 * score, 0.01))
        log_weight = stats.norm.logpdf(score) + special.gammaln(persons + 1) + 100 * np.log(0.3 * level)
        left = np.maximum(persons - 100, 0)
        log_weight += special.xlogy(left, 1 - 0.6 * level) - special.gammaln(left + 1)
        weight = np.where(persons >= 100, np.exp(log_weight - log_weight[persons >= 100].max()), 0)
        truth = (level * weight).sum() / weight.sum()
        found = self.update(referrals={"mean": 1.0, "sd": 0.3}).effects.iloc[0]
        assert found["mean"] == pytest.approx(truth, abs=0.006)
        assert abs(truth - self.update().effects["mean"].iloc[0]) > 0.03


REFUSED = {
    "two ways": ({"months": 3, "mean_months": 4}, "keep `months` or `mean_months`"),
    "no way": ({}, "one of them"),
    "never without an exponential law": ({"months": 3, "never": 0.2}, "mean_months"),
    "a curve that falls": ({"reached_by": [[3, 0.5], [6, 0.4]]}, "no smaller a share"),
    "a curve back in time": ({"reached_by": [[6, 0.4], [3, 0.5]]}, "later than 6 months"),
    "a percentage": ({"reached_by": [[6, 40]]}, "reached_by"),
    "a pace of shares": ({"shares": [1.0] + [0.0] * 35, "pace_sd": 0.2}, "of months"),
    "a range that falls": ({"months": [6, 2]}, "exchange the two"),
    "months before enrolment": ({"months": [-1, 3]}, "whole months from 0 to 240, or two of them"),
    "no whole months": ({"months": 2.99}, "write 3, or"),
    "three months": ({"months": [1, 2, 3]}, "or two of them, for a range"),
    "a curve from its start": ({"reached_by": [[0, 0.0], [3, 0.5]]}, "leave this point out"),
    "points turned round": ({"reached_by": [[0.2, 3], [0.5, 6]]}, "exchange the two in each point"),
}


@pytest.mark.parametrize(("timing", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_of_timing(timing, says):
    with pytest.raises(sib.ScenarioError, match=says) as refused:
        one_milestone(timing)
    assert len(refused.value.problems) == 1
    assert "constrained" not in str(refused.value)


LATE = {
    "with shares": ({"shares": [1.0] + [0.0] * 35}, {"months_late": 3}, "write beliefs.timing.job by `months`"),
    "falling": ({"months": 2}, {"months_late": [6, 2]}, "a range rises"),
    "very late": ({"months": 2}, {"months_late": 61}, "whole months from 0 to 60"),
    "nothing": ({"months": 2}, {"mean": 0}, "mean"),
}


@pytest.mark.parametrize(("timing", "referrals", "says"), LATE.values(), ids=LATE)
def test_what_is_refused_of_referrals(timing, referrals, says):
    with pytest.raises(sib.ScenarioError, match=says):
        one_milestone(timing, referrals=referrals)


def test_when_cohorts_come_is_what_the_contract_says():
    metrics = [milestone("job")]
    with pytest.raises(sib.ScenarioError, match="milestones with results by period"):
        deal(metrics, [price("job", 1)], [], {"job": 1.0}, referrals={"months_late": 3})


def test_a_share_of_those_who_reached_something_has_their_results():
    kept = {"name": "kept", "kind": "proportion", "better": "higher", "among": "job", "compare": {"design": "none"}}
    metrics = [milestone("job", PERIODS | {"times": 3}), kept]
    with pytest.raises(sib.ScenarioError, match="measured with the results"):
        deal(metrics, [price("job", 1, "period")], [], {"job": 0.5, "kept": 0.5}, timing={"kept": {"months": 3}})


def test_no_true_rate_is_above_all_or_below_none():
    """A normal belief reaches beyond; who draws from there draws all, or none, and that is what is said to be true."""
    levels = {"job": {"distribution": "normal", "mean": 0.85, "sd": 0.2, "between_cohorts": 0.1}}
    quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}
    scenario = deal([milestone("job", quarterly)], [price("job", 1, "period")], [], levels, (40,))
    rates = sib.simulate(scenario, 2_000, rng=1).paths.filter(like=".expected").to_numpy()
    assert rates.max() == 1.0
    assert rates.min() >= 0.0
    beyond = 1 - stats.norm(0.85, np.hypot(0.2, 0.1)).cdf(1.0)
    assert (rates == 1.0).mean() == pytest.approx(beyond, abs=4 * np.sqrt(beyond / 2_000))
