"""Deals held together. Truth: Vasicek's closed forms and exact sums over deals that fail, scipy's multivariate normal,
simulations of each deal by itself, settlements added up by hand."""

import datetime as dt
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import optimize, stats

import sib
from sib.chance.common import Common, Sharing
from sib.chance.sources import LAYERS, Chance
from sib.model.prior import believe, scores
from sib.run.recipe import Deal

START = dt.date(2015, 1, 1)
PATHS = 16_384
CAPITAL = 1_000_000.0
WAYS = ("plain", "stratified", "sobol")
BELIEF = ("belief",)


def deal(fails=0.3, *, start=START, capital=CAPITAL, pays=None, currency="GBP", events=(), **beliefs):
    """Capital goes in at the start and comes back after two years, unless the score of a belief is below a level."""
    level = 1_000 + 100 * stats.norm.ppf(fails)
    return sib.Scenario.from_data(
        {
            "name": "a deal that fails or does not",
            "summary": "for closed forms",
            "currency": currency,
            "start": start,
            "outcome_payer": "payer",
            "metrics": [
                {
                    "name": "trees",
                    "kind": "total",
                    "unit": "trees",
                    "better": "higher",
                    "reported": {"first": start.replace(year=start.year + 2), "every_months": 12, "times": 1},
                }
            ],
            "payments": [
                {
                    "name": "all",
                    "metric": "trees",
                    "scope": "pooled",
                    "reads": "units",
                    "pays": {"steps": [[level, capital if pays is None else pays]]},
                }
            ],
            "tranches": [{"name": "fund", "amount": capital, "draws": "at start"}],
            "costs": [{"name": "work", "to": "provider", "per": "deal", "amount": capital, "starts": start}],
            "events": list(events),
            "beliefs": {
                "levels": {"trees": {"distribution": "normal", "mean": 1_000, "sd": 100}},
                "discount_rates": {"fund": 0.0},
                **beliefs,
            },
        }
    )


def many(number, fails, rho, paths=PATHS):
    """Equal deals, of whose beliefs any two have the correlation rho."""
    deals = {f"deal {i}": deal(fails) for i in range(number)}
    shocks = {"economy": {name: {"levels.trees": math.sqrt(rho)} for name in deals}}
    return sib.portfolio(deals, shocks=shocks, paths=paths, rng=1, chance=BELIEF)


def failed(held):
    """The share of deals that fail, (paths,)."""
    return held.losses.to_numpy().sum(axis=1) / held.amount


def vasicek(fails, rho, level):
    """Quantile and expected shortfall of the share that fails, of very many equal deals (Vasicek 1987)."""
    gone, at = stats.norm.ppf(fails), stats.norm.ppf(level)
    quantile = stats.norm.cdf((gone + math.sqrt(rho) * at) / math.sqrt(1 - rho))
    both = stats.multivariate_normal(cov=[[1, math.sqrt(rho)], [math.sqrt(rho), 1]]).cdf([gone, -at])
    return quantile, both / (1 - level)


def law(number, fails, rho):
    """How likely each number of failures is: binomial given the shock, summed over a fine grid of it."""
    shock = np.linspace(-8, 8, 4001)
    weight = stats.norm.pdf(shock) / stats.norm.pdf(shock).sum()
    given = stats.norm.cdf((stats.norm.ppf(fails) - math.sqrt(rho) * shock) / math.sqrt(1 - rho))
    return stats.binom.pmf(np.arange(number + 1)[:, None], number, given) @ weight


class TestVasicek:
    @pytest.mark.parametrize(
        ("fails", "rho", "level", "quantile", "shortfall"),
        [
            (0.01, 0.2, 0.999, 0.1455253, 0.181436),
            (0.02, 0.1, 0.999, 0.1282371, None),  # Hull, Risk Management and Financial Institutions: 12.8%
            (0.30, 0.2, 0.95, 0.593334, 0.668772),
            (0.47, 0.1, 0.95, 0.680445, None),
        ],
    )
    def test_published_figures(self, fails, rho, level, quantile, shortfall):
        found = vasicek(fails, rho, level)
        assert found[0] == pytest.approx(quantile, abs=5e-7)
        assert shortfall is None or found[1] == pytest.approx(shortfall, abs=2e-6)

    @pytest.mark.slow
    @pytest.mark.parametrize(("fails", "rho"), [(0.3, 0.2), (0.47, 0.1), (0.01, 0.2)])
    def test_quantile_and_shortfall_of_many_deals(self, fails, rho):
        """Within the errors of the exact law of 400 deals, near that of very many: a few deals away."""
        number = 400
        held = many(number, fails, rho)
        share, shares = failed(held), np.arange(number + 1) / number
        chances = law(number, fails, rho)
        for level in (0.95, 0.99, 0.999):
            above = 1 - np.cumsum(chances)
            quantile, beyond = shares[np.argmax(above <= 1 - level)], above[np.argmax(above <= 1 - level)]
            excess = np.maximum(shares - quantile, 0.0)
            shortfall = quantile + chances @ excess / (1 - level)
            assert (quantile, shortfall) == pytest.approx(vasicek(fails, rho, level), abs=4 / number)
            count = np.mean(share > quantile + 1e-9)
            assert abs(count - beyond) < 4 * math.sqrt(beyond * (1 - beyond) / PATHS)
            error = math.sqrt(chances @ excess**2 - (chances @ excess) ** 2) / (1 - level) / math.sqrt(PATHS)
            assert abs(sib.risk.expected_shortfall(share, level).estimate - shortfall) < 4 * error
        row = held.summary().loc["es_95"]
        assert row["estimate"] / held.amount == pytest.approx(sib.risk.expected_shortfall(share, 0.95).estimate)

    def test_how_many_fail_is_a_binomial_given_the_shock(self):
        fails, rho, number = 0.3, 0.2, 10
        found = np.bincount(np.rint(failed(many(number, fails, rho)) * number).astype(int), minlength=number + 1)
        assert stats.chisquare(found, law(number, fails, rho) * PATHS).pvalue > 1e-3


@pytest.mark.parametrize("sampling", WAYS)
class TestShocks:
    LOADINGS = ({"economy": 0.7, "policy": 0.4}, {"economy": -0.6}, {"policy": 0.9})
    FAILS = (0.3, 0.2, 0.5)

    def losses(self, sampling):
        deals = {f"deal {i}": deal(fails) for i, fails in enumerate(self.FAILS)}
        shocks = {
            name: {f"deal {i}": {"levels.trees": of[name]} for i, of in enumerate(self.LOADINGS) if name in of}
            for name in ("economy", "policy")
        }
        held = sib.portfolio(deals, shocks=shocks, paths=PATHS, rng=2, chance=BELIEF, sampling=sampling)
        return held.losses.to_numpy() > 0

    def test_deals_fail_together_as_the_normal_law_says(self, sampling):
        lost = self.losses(sampling)
        loadings = np.array([[of.get(name, 0.0) for name in ("economy", "policy")] for of in self.LOADINGS])
        cov = loadings @ loadings.T
        np.fill_diagonal(cov, 1.0)
        for some in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
            truth = stats.multivariate_normal(cov=cov[np.ix_(some, some)]).cdf(
                [stats.norm.ppf(self.FAILS[i]) for i in some]
            )
            found = lost[:, some].all(axis=1).mean()
            assert abs(found - truth) < 4 * math.sqrt(truth * (1 - truth) / PATHS), some


SEED = np.random.SeedSequence(12)


def wide():
    """The plan of Peterborough with beliefs about all that may go wrong."""
    data = sib.load("peterborough").data()
    data.pop("sources")
    data["limits"] = []
    until = {"date": dt.date(2011, 1, 1), "until": dt.date(2013, 1, 1)}
    data["events"] = [{"name": "it.closes", **until, "costs": ["service"]}]
    data["beliefs"] |= {
        "drift": {"reconvictions": {"sd": 0.02}},
        "engagement": {"share": 0.8, "sd": 0.1},
        "referrals": {"mean": 0.9, "sd": 0.1},
        "overruns": {"service": {"sd": 0.1}},
        "delays": {"reconvictions": {"months": [0, 6], "chances": [0.5, 0.5]}},
        "evaluation": {"reconvictions": {"bias_sd": 0.02, "bias_between_cohorts": 0.01}},
        "hazards": {"it.closes": 0.1},
    }
    return sib.Scenario.from_data(data)


class TestLaws:
    def test_with_all_in_common_several_deals_are_one(self):
        held = many(5, 0.3, 1.0)
        assert (held.losses.nunique(axis=1) == 1).all()
        less = held.diversification()
        for name in ("diversification", "diversification_mcse"):
            assert less[name].to_list() == pytest.approx([0.0, 0.0], abs=1e-12)
        alone = sib.risk.loss_probability(held.losses["deal 0"])
        assert held.summary().loc["loss_probability", "estimate"] == alone.estimate
        assert held.deals()["correlation"].to_list() == pytest.approx([1.0] * 5)

    @pytest.mark.parametrize("number", [4, 64])
    def test_with_nothing_in_common_the_spread_falls_with_the_root_of_how_many(self, number):
        row = many(number, 0.3, 0.0).diversification().loc["sd"]
        assert abs(row["diversification"] - (1 - 1 / math.sqrt(number))) < 4 * row["diversification_mcse"]

    @pytest.mark.parametrize("rho", [0.1, 0.5])
    def test_the_correlation_of_losses_is_less_than_that_of_beliefs(self, rho):
        """Of shares of failures it is (P(both) - p**2) / (p (1 - p)); .119 for .2 at .3."""
        fails = 0.3
        gone = stats.norm.ppf(fails)
        both = stats.multivariate_normal(cov=[[1, rho], [rho, 1]]).cdf([gone, gone])
        truth = (both - fails**2) / (fails * (1 - fails))
        found = many(2, fails, rho).losses.corr().iloc[0, 1]
        assert abs(found - truth) < 4 * (1 + abs(truth)) / math.sqrt(PATHS)
        assert truth < rho

    @pytest.mark.parametrize("sampling", WAYS)
    def test_each_deal_by_itself_is_as_simulated(self, plan, sampling):
        """The same law, shocks or not: Kolmogorov and Smirnov's test of what is lost, against another seed."""
        names = ("a", "b")
        held = sib.portfolio(
            dict.fromkeys(names, plan),
            shocks={"policy": {"a": {"effects.reconvictions": 0.8}, "b": {"effects.reconvictions": -0.5}}},
            paths=PATHS,
            rng=3,
            sampling=sampling,
        )
        columns = sib.simulate(plan, PATHS, rng=99).columns
        for name in names:
            assert stats.ks_2samp(held.losses[name], columns["drawn"] - columns["received"]).pvalue > 1e-3

    def test_each_belief_that_has_one_score_takes_a_shock_and_none_other(self):
        known = scores(Deal.of(wide()).model)
        assert set(known) == {
            *("effects.reconvictions", "evaluation.reconvictions", "engagement", "overruns.service"),
            *('hazards."it.closes"', "delays.reconvictions"),
        }

    @pytest.mark.parametrize("sampling", WAYS)
    def test_shocks_to_all_beliefs_leave_a_deal_as_it_is(self, sampling):
        model = wide()
        shocks = {path: {"a": {path: (-0.9) ** i}} for i, path in enumerate(scores(Deal.of(model).model))}
        held = sib.portfolio({"a": model}, shocks=shocks, paths=PATHS, rng=3, sampling=sampling)
        columns = sib.simulate(model, PATHS, rng=99).columns
        assert stats.ks_2samp(held.losses["a"], columns["drawn"] - columns["received"]).pvalue > 1e-3

    def test_a_positive_loading_moves_every_belief_up_with_the_shock(self):
        deal = Deal.of(wide())
        shock, known = ("shocks", "policy"), scores(deal.model)
        common = Common(SEED, (shock,), {component: {"policy": 1.0} for component in known.values()}, {})
        plain = Chance(PATHS, SEED, 0, frozenset(LAYERS))
        world, policy = believe(deal.model, Sharing.of(plain, common)), plain.normal("shocks", *shock)
        (metric,), what = world.metrics, world.shocks
        moved = (metric.effect[0], metric.common_bias, world.taking_part)
        # cohorts differ in effect by luck of their own; all else follows from the shock alone
        assert stats.spearmanr(moved[0], policy)[0] > 0.5
        for figure in (*moved[1:], *what.overruns.values(), *what.hazards.values(), *what.delays.values()):
            assert (np.diff(figure[np.argsort(policy)]) >= 0).all()
            assert np.ptp(figure) > 0

    def test_apart_from_a_name_deals_have_nothing_in_common(self, plan, went):
        losses = sib.portfolio({"a": plan, "b": plan, "c": went}, paths=PATHS, rng=4).losses.corr().to_numpy()
        assert np.abs(losses[np.triu_indices(3, 1)]).max() < 4 / math.sqrt(PATHS)

    def test_the_whole_is_the_sum_of_simulations_of_each(self, plan, went):
        """The plain way: each deal simulated on a seed of its own, and added up path by path."""
        held = sib.portfolio({"a": plan, "b": went}, paths=PATHS, rng=5)
        apart = [sib.simulate(one, PATHS, rng=seed).columns for one, seed in ((plan, 50), (went, 51))]
        drawn, received = (sum(one[name] for one in apart) for name in ("drawn", "received"))
        truth = {
            "loss_probability": sib.risk.loss_probability(np.where(received < drawn - 1, 1.0, 0.0)),
            "multiple_mean": sib.risk.mean(received / drawn),
            "var_95": sib.risk.value_at_risk(drawn - received),
            "es_95": sib.risk.expected_shortfall(drawn - received),
            "drawn_mean": sib.risk.mean(drawn),
        }
        table = held.summary()
        for name, (estimate, error) in truth.items():
            found = table.loc[name]
            assert abs(found["estimate"] - estimate) <= 4 * math.hypot(error, found["mcse"]) + 1e-6 * estimate, name


class TestContributions:
    def held(self, **how):
        deals = {"small": deal(0.1), "large": deal(0.4, capital=3e6), "gains": deal(0.3, pays=1.4e6)}
        shocks = {"economy": {"small": {"levels.trees": 0.6}, "large": {"levels.trees": 0.3}}}
        return sib.portfolio(deals, shocks=shocks, paths=PATHS, rng=6, chance=BELIEF, **how)

    @pytest.mark.parametrize("sampling", WAYS)
    def test_add_up(self, sampling):
        held = self.held(sampling=sampling)
        whole = held.summary().loc["es_95", "estimate"]
        assert held.deals()["contribution"].sum() == pytest.approx(whole, rel=1e-12)
        assert held.diversification().loc["es_95", "whole"] == pytest.approx(whole, rel=1e-12)

    def test_are_what_deals_lose_on_the_worst_paths(self):
        """All eight ways in which three deals fail or do not, with their probabilities, the worst first."""
        found = self.held().deals()
        small, large = stats.norm.ppf(0.1), stats.norm.ppf(0.4)
        both = stats.multivariate_normal(cov=[[1, 0.18], [0.18, 1]]).cdf([small, large])
        chances = {(1, 1): both, (1, 0): 0.1 - both, (0, 1): 0.4 - both, (0, 0): 0.5 + both}
        cases = [
            ([1e6 * a, 3e6 * b, 1e6 if c else -0.4e6], p * (0.3 if c else 0.7))
            for (a, b), p in chances.items()
            for c in (0, 1)
        ]
        truth, left = np.zeros(3), 0.05
        for losses, chance in sorted(cases, key=lambda case: -sum(case[0])):
            truth += np.array(losses) * min(chance, left) / 0.05
            left -= min(chance, left)
        error = found["contribution_mcse"].to_numpy()
        assert (np.abs(found["contribution"].to_numpy() - truth) < 4 * error + 1e-6).all(), (found, truth)

    @pytest.mark.slow
    def test_each_error_is_how_far_a_figure_moves_from_seed_to_seed(self, plan):
        deals, seeds = {"a": plan, "b": sib.load("essex"), "c": deal(0.2)}, 80
        tables = [sib.portfolio(deals, paths=2_000, rng=seed) for seed in range(seeds)]
        for of in ("deals", "diversification"):
            rows = [getattr(one, of)() for one in tables]
            for name in [name for name in rows[0] if f"{name}_mcse" in rows[0]]:
                seen = np.std([row[name] for row in rows], axis=0, ddof=1)
                said = np.sqrt(np.mean([np.square(row[f"{name}_mcse"]) for row in rows], axis=0))
                assert (np.abs(said - seen) <= 4 * said / math.sqrt(2 * seeds) + 1e-6).all(), (name, said, seen)


class TestAmounts:
    def test_a_part_of_a_deal_is_a_part_of_its_cash(self, plan):
        deals = {"a": plan, "b": plan}
        full, part = (sib.portfolio(deals, amounts=amounts, paths=1_000, rng=7) for amounts in (None, {"a": 1_250_000}))
        np.testing.assert_allclose(part.losses["a"], 0.25 * full.losses["a"], rtol=1e-12)
        np.testing.assert_array_equal(part.losses["b"], full.losses["b"])
        assert part.deals()["amount"].to_list() == [1_250_000, 5_000_000]
        np.testing.assert_allclose(part.cash("a"), 0.25 * full.cash("a"), rtol=1e-9)

    def test_nothing_of_a_deal_is_as_if_it_were_not_there(self, plan):
        with_none = sib.portfolio({"a": plan, "b": plan}, amounts={"b": 0}, paths=1_000, rng=7)
        without = sib.portfolio({"a": plan}, paths=1_000, rng=7)
        assert with_none.summary().equals(without.summary())
        assert with_none.deals().loc["b", "contribution"] == 0


class TestCash:
    LATER = dt.date(2016, 3, 1)

    def test_is_that_of_all_deals_on_the_dates_of_any(self):
        """Without chance both pay: the rate is that of four flows, by SciPy's search."""
        held = sib.portfolio({"a": deal(pays=1.3e6), "b": deal(pays=1.1e6, start=self.LATER)}, paths=100, chance=())
        cash = held.cash()["cash"]
        truth = {START: -1e6, self.LATER: -1e6, dt.date(2017, 1, 1): 1.3e6, dt.date(2018, 3, 1): 1.1e6}
        assert {day.date(): amount for day, amount in cash.items() if amount} == pytest.approx(truth)
        assert held.cash()["position"].iloc[-1] == pytest.approx(0.4e6)
        years = [((day - START).days / 365, amount) for day, amount in truth.items()]
        rate = optimize.brentq(lambda r: sum(amount * (1 + r) ** -year for year, amount in years), 0, 1)
        assert held.summary().loc["expected_cash_irr", "estimate"] == pytest.approx(rate, rel=1e-9)

    def test_deals_of_other_times_need_not_overlap(self):
        held = sib.portfolio({"a": deal(pays=1.3e6), "b": deal(pays=1.3e6, start=dt.date(2040, 1, 1))}, paths=100)
        assert len(held.cash()) == len(held.cash("a")) + len(held.cash("b"))

    def test_what_is_the_same_on_all_paths_has_no_error(self, plan):
        """Peterborough's 36 draws, of equal amounts, are certain; what is paid is not."""
        cash = sib.portfolio({"a": plan}, amounts={"a": 1e6 / 3}, paths=1_000, rng=8).cash()
        certain = cash["cash_mcse"] == 0
        assert cash.loc[certain, "cash"].to_numpy() == pytest.approx(-1e6 / 3 / 36, rel=1e-5)
        assert (cash.loc[~certain, "cash_mcse"] > 1).all()

    def test_is_the_mean_over_paths_with_its_error(self):
        held = sib.portfolio({"a": deal(0.3), "b": deal(0.2)}, paths=PATHS, rng=8, chance=BELIEF)
        last = held.cash().iloc[-1]
        truth, sd = 1e6 * (0.7 + 0.8), 1e6 * math.sqrt(0.21 + 0.16)
        assert abs(last["cash"] - truth) < 4 * last["cash_mcse"]
        assert last["cash_mcse"] == pytest.approx(sd / math.sqrt(PATHS), rel=0.15)
        assert held.cash().iloc[0].to_list() == [-2e6, 0.0, -2e6, 0.0]


class TestEvents:
    HAZARD = 0.3

    def closes(self, day=START, name="closure"):
        until = day.replace(year=day.year + 10)
        return deal(
            1e-9, events=[{"name": name, "date": day, "until": until, "payments": ["all"]}], hazards={name: self.HAZARD}
        )

    def lost(self, events, sampling="plain"):
        """Two deals that pay unless they are closed within their two years; the second may be closed a year later."""
        deals = {"a": self.closes(), "b": self.closes(dt.date(2016, 1, 1), "end")}
        held = sib.portfolio(deals, events=events, paths=PATHS, rng=9, chance=BELIEF, sampling=sampling)
        return held.losses.to_numpy() > 0

    @pytest.mark.parametrize("sampling", WAYS)
    def test_come_to_both_on_one_day(self, sampling):
        """Closed in its first year a meets another event than b; in its second, the same one."""
        lost = self.lost({"policy": {"a": "closure", "b": "end"}}, sampling)
        rate = -math.log(1 - self.HAZARD)
        first, second = 1 - math.exp(-rate * 365 / 365), 1 - math.exp(-rate * 366 / 365)
        truth = {(0,): 1 - (1 - first) * (1 - second), (1,): second, (0, 1): second}  # 2016 is a leap year
        for some, chance in truth.items():
            found = lost[:, some].all(axis=1).mean()
            assert abs(found - chance) < 4 * math.sqrt(chance * (1 - chance) / PATHS), (some, found, chance)
        assert not (lost[:, 1] & ~lost[:, 0]).any()  # both get their money on 1 January 2017

    def test_without_a_common_one_each_has_its_own(self):
        lost = self.lost(None)
        alone = lost.mean(axis=0)
        assert abs(lost.all(axis=1).mean() - alone.prod()) < 4 * math.sqrt(alone.prod() / PATHS)

    def test_a_shock_may_move_when_they_come(self):
        """Gauss' copula of the two waits, as in Li 2000."""
        deals = {"a": self.closes(), "b": self.closes()}
        shocks = {"policy": {name: {"hazards.closure": 0.8} for name in deals}}
        lost = sib.portfolio(deals, shocks=shocks, paths=PATHS, rng=9, chance=BELIEF).losses.to_numpy() > 0
        chance = 1 - math.exp(math.log(1 - self.HAZARD) * 731 / 365)
        gone = stats.norm.ppf(chance)
        both = stats.multivariate_normal(cov=[[1, 0.64], [0.64, 1]]).cdf([gone, gone])
        assert abs(lost.all(axis=1).mean() - both) < 4 * math.sqrt(both * (1 - both) / PATHS)


@pytest.mark.parametrize("sampling", WAYS)
class TestBits:
    def held(self, sampling, names=("a", "b"), paths=20_000, **how):
        deals = {name: deal(0.3) for name in names}
        shocks = {"policy": {name: {"levels.trees": 0.5} for name in names}}
        return sib.portfolio(deals, shocks=shocks, paths=paths, rng=10, sampling=sampling, **how)

    def test_do_not_depend_on_the_workers(self, sampling):
        tables = [self.held(sampling)]
        for workers in (1, 3):
            with ThreadPoolExecutor(workers) as executor:
                tables.append(self.held(sampling, executor=executor))
        for other in tables[1:]:
            assert other.losses.equals(tables[0].losses)
            assert other.summary().equals(tables[0].summary())
            assert other.cash().equals(tables[0].cash())

    def test_the_first_paths_are_the_same_however_many_follow(self, sampling):
        few = self.held(sampling, paths=5_000).losses
        assert few.equals(self.held(sampling).losses[:5_000])

    def test_another_deal_leaves_the_others_as_they_were(self, sampling):
        before, after = (self.held(sampling, names).losses for names in (("a", "b"), ("c", "b", "a")))
        assert after[["a", "b"]].equals(before)
        assert not after["c"].equals(before["a"])

    def test_are_there_again(self, sampling):
        held = self.held(sampling)
        shocks = {"policy": {name: {"levels.trees": 0.5} for name in ("a", "b")}}
        deals = {name: deal(0.3) for name in ("a", "b")}
        again = sib.portfolio(deals, shocks=shocks, paths=20_000, rng=held.rng, sampling=sampling)
        assert again.losses.equals(held.losses)

    @pytest.mark.slow
    def test_errors_are_those_of_many_runs(self, sampling):
        """Of the mean of what is lost, over lots where paths are drawn together."""
        runs = [
            sib.portfolio(
                {"a": deal(0.3), "b": deal(0.4)},
                shocks={"policy": {"a": {"levels.trees": 0.5}, "b": {"levels.trees": 0.5}}},
                paths=10 * 4096,
                rng=seed,
                sampling=sampling,
                chance=BELIEF,
            )
            for seed in range(30)
        ]
        rows = [run.summary().loc["multiple_mean"] for run in runs]
        seen = np.std([row["estimate"] for row in rows], ddof=1)
        said = np.sqrt(np.mean([row["mcse"] ** 2 for row in rows]))
        assert said == pytest.approx(seen, rel=4 / math.sqrt(2 * 30))
