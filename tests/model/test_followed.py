"""Who reached which milestones, and what is left for each. Truth: enumeration of persons, closed forms, identities."""

import datetime as dt
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from sib.chance.streams import stream
from sib.model.followed import TYPICAL, Followed, Group, Luck, reached
from sib.model.milestones import moves
from sib.model.results import Results
from sib.run.blocks import run_block
from sib.run.recipe import Deal, Recipe
from sib.settlement.walk import settle
from tests.milestones import LAG, PERIODS, deal, milestone, price

PATHS = 12_000
SEED = np.random.SeedSequence(7)


def person_by_person(compiled):
    """The same deal, whose persons are followed one by one even where sets of milestones would do."""
    return replace(compiled, model=replace(compiled.model, followed=replace(compiled.model.followed, profiles=())))


def paid_on(compiled, counts, paths=PATHS):
    """What is paid on each path where so many reached each milestone, by position, in each result."""
    followed, results = compiled.model.followed, {}
    arrays = {i: np.broadcast_to(np.array(c, dtype=float)[:, None], (len(c), paths)) for i, c in counts.items()}
    if followed.profiles:
        served = [group.served({}, paths) for group in followed.groups]
        found = moves(
            compiled.model.metrics, arrays, followed, served, lambda *names: 1 - stream(SEED, 0, *names).random(paths)
        )
        results = {i: {"moves": by_profile} for i, by_profile in found.items()}
    else:
        for i, metric in enumerate(compiled.model.metrics):
            rows = 1 if metric.by_period else len(metric.results)
            seeds = stream(SEED, 0, metric.name).integers(0, 2**64, (rows, paths), dtype=np.uint64)
            served = np.array([group.served({}, paths) for group in followed.groups])
            results[i] = {"luck": Luck(followed, served, seeds)}
    ones = np.ones((1, 1))
    readable = [Results(1.0, ones, arrays[i], None, True, **who) for i, who in sorted(results.items())]
    return settle(compiled.contract, readable).paid("government")


def enumerated(persons, counts, after, prices, ceilings):
    """Mean and variance of what is paid, over all ways in which so many persons can have reached each milestone.

    `counts` and `prices` by milestone and result, results in order and in each the milestones in order; ceilings are
    (milestones, money, items).
    """
    names, results = list(counts), range(len(next(iter(counts.values()))))
    occasions = [(result, name) for result in results for name in names]
    totals, weights = [], []

    def go(place, when, weight):
        if place == len(occasions):
            totals.append(sum(due(when, person) for person in range(persons)))
            weights.append(weight)
            return
        result, name = occasions[place]
        can = [
            person
            for person in range(persons)
            if (person, name) not in when and (after.get(name) is None or (person, after[name]) in when)
        ]
        ways = list(combinations(can, counts[name][result]))
        for who in ways:
            go(place + 1, when | {(person, name): place for person in who}, weight / len(ways))

    def due(when, person):
        left = [[money, items] for _, money, items in ceilings]
        total = 0.0
        for place, name in sorted((place, name) for (who, name), place in when.items() if who == person):
            mine = [one for one, (on, _, _) in zip(left, ceilings, strict=True) if name in on]
            pays = min([prices[name][occasions[place][0]], *(money for money, _ in mine)])
            pays = pays if all(items > 0 for _, items in mine) else 0.0
            total += pays
            for one in mine:
                one[0] -= pays
                one[1] -= pays > 0
        return total

    go(0, {}, 1.0)
    mean = np.average(totals, weights=weights)
    return mean, np.average(np.square(np.array(totals) - mean), weights=weights)


def agrees(paid, mean, variance):
    """Five standard errors of the mean, and the variance."""
    assert paid.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / len(paid)) + 1e-9)
    assert paid.var() == pytest.approx(variance, rel=0.08, abs=1e-6)


CEILINGS = {
    "money": [("xyz", 1200.0, None)],
    "items": [("xyz", None, 2)],
    "money and items": [("xyz", 900.0, 2)],
    "one within another": [("xyz", 1500.0, None), ("xy", 700.0, None)],
    "what comes to nothing is no item": [("xy", 600.0, None), ("xyz", None, 2)],
    "two beside each other": [("xy", None, 1), ("yz", 1200.0, None)],
}
FUNNELS = {"free": {}, "a funnel": {"y": "x", "z": "y"}, "two ways on": {"y": "x", "z": "x"}}
PRICES = {"x": 600.0, "y": 1000.0, "z": 500.0}


def limits_of(ceilings):
    keys = [{"per_person": money, "items_per_person": items} for _, money, items in ceilings]
    return [
        {"name": f"ceiling {i}", "on": list(on)} | {key: value for key, value in keys[i].items() if value is not None}
        for i, (on, _, _) in enumerate(ceilings)
    ]


def known(ceilings):
    return [
        (on, np.inf if money is None else money, np.inf if items is None else items) for on, money, items in ceilings
    ]


class TestByEnumeration:
    @pytest.mark.parametrize("by", ["by set", "by person"])
    @pytest.mark.parametrize("ceilings", CEILINGS)
    @pytest.mark.parametrize("funnel", FUNNELS)
    def test_a_cohort(self, funnel, ceilings, by):
        after = FUNNELS[funnel]
        counts = {"x": [3], "y": [2], "z": [1 if after else 2]}
        metrics = [milestone(name, **({"among": after[name]} if name in after else {})) for name in "xyz"]
        payments = [price(name, PRICES[name]) for name in "xyz"]
        of = CEILINGS[ceilings]
        compiled = Deal.of(deal(metrics, payments, limits_of(of), dict.fromkeys("xyz", 0.5), sizes=(4,)))
        assert bool(compiled.model.followed.profiles) == (len(of) == 1)
        if by == "by person":
            compiled = person_by_person(compiled)
        prices = {name: [amount] for name, amount in PRICES.items()}
        agrees(paid_on(compiled, dict(enumerate(counts.values()))), *enumerated(4, counts, after, prices, known(of)))

    @pytest.mark.parametrize("rises", [False, True])
    @pytest.mark.parametrize("ceilings", CEILINGS)
    @pytest.mark.parametrize("funnel", FUNNELS)
    def test_by_period_at_prices_that_change(self, funnel, ceilings, rises):
        after = FUNNELS[funnel]
        counts = {"x": [2, 1], "y": [1, 1], "z": [0, 1] if funnel == "a funnel" else [1, 1]}
        metrics = [
            milestone(name, PERIODS | {"times": 2}, **({"among": after[name]} if name in after else {}))
            for name in "xyz"
        ]
        prices = {name: [amount, amount + 300 if rises else amount] for name, amount in PRICES.items()}
        early, late = {"published_until": dt.date(2016, 6, 30)}, {"published_from": dt.date(2016, 7, 1)}
        payments = [price(name, first, "period", **early) for name, (first, _) in prices.items()]
        payments += [
            price(name, second, "period", **late) | {"name": f"{name} later"} for name, (_, second) in prices.items()
        ]
        of = CEILINGS[ceilings]
        limits = limits_of(of)
        for limit in limits:
            limit["on"] += [f"{name} later" for name in limit["on"]]
        compiled = Deal.of(deal(metrics, payments, limits, dict.fromkeys("xyz", 0.5), sizes=(3,)))
        assert not compiled.model.followed.profiles
        agrees(paid_on(compiled, dict(enumerate(counts.values()))), *enumerated(3, counts, after, prices, known(of)))

    @pytest.mark.parametrize("by", ["by set", "by person"])
    @pytest.mark.parametrize("counts", [(2, 2, 2), (1, 3, 2), (4, 1, 0), (4, 4, 4)])
    def test_however_many_reach_it(self, counts, by):
        payments = [price(name, PRICES[name]) for name in "xyz"]
        limits = limits_of(CEILINGS["money"])
        compiled = Deal.of(deal(list(map(milestone, "xyz")), payments, limits, dict.fromkeys("xyz", 0.5), sizes=(4,)))
        if by == "by person":
            compiled = person_by_person(compiled)
        counted = {name: [count] for name, count in zip("xyz", counts, strict=True)}
        prices = {name: [amount] for name, amount in PRICES.items()}
        truth = enumerated(4, counted, {}, prices, known(CEILINGS["money"]))
        agrees(paid_on(compiled, dict(enumerate(counted.values()))), *truth)


class TestWhoReachedWhat:
    group = Group(50, tuple((metric, result) for result in range(3) for metric in range(2)))

    def found(self, after, paths=4000):
        counts = {(0, 0): 10, (0, 1): 0, (0, 2): 25, (1, 0): 4, (1, 1): 6, (1, 2): 20}
        arrays = {key: np.full(paths, float(count)) for key, count in counts.items()}
        seeds = {i: stream(SEED, i, "who").integers(0, 2**64, paths, dtype=np.uint64) for i in range(2)}
        served = np.full(paths, 50.0)
        return counts, reached(Followed((self.group,), after), self.group, served, arrays, seeds)

    @pytest.mark.parametrize("after", [{}, {1: 0}])
    def test_as_many_as_were_drawn_each_once_and_only_those_who_can(self, after):
        counts, when = self.found(after)
        for place, (metric, result) in enumerate(self.group.occasions):
            assert ((when[metric] == place).sum(axis=1) == counts[metric, result]).all()
        if after:
            assert (when[0][when[1] < self.group.never] < when[1][when[1] < self.group.never]).all()

    @pytest.mark.parametrize("after", [{}, {1: 0}])
    def test_each_person_is_as_likely(self, after):
        _, when = self.found(after, paths=20_000)
        for metric in range(2):
            for place in self.group.of(metric):
                each = (when[metric] == place).sum(axis=0)
                if each.sum():
                    assert stats.chisquare(each).pvalue > 1e-4

    def test_two_milestones_are_independent_given_how_many(self):
        _, when = self.found({}, paths=20_000)
        both = ((when[0] == 0) & (when[1] == 1)).sum(axis=1)
        law = stats.hypergeom(50, 10, 4)
        counts = np.bincount(both, minlength=5)
        assert stats.chisquare(counts[:4], law.pmf(range(4)) / law.pmf(range(4)).sum() * counts[:4].sum()).pvalue > 1e-4

    def test_typical_persons_are_even(self):
        counts = {key: np.array([12.5]) for key in ((metric, 0) for metric in range(6))}
        group = Group(50, tuple(counts))
        when = reached(Followed((group,)), group, np.array([50.0]), counts, dict.fromkeys(range(6)))
        share = 12.5 / 50
        for i, j in combinations(range(6), 2):
            assert (when[i] == i).mean() == pytest.approx(share, abs=1 / TYPICAL)
            assert ((when[i] == i) & (when[j] == j)).mean() == pytest.approx(share**2, abs=0.002)


class TestBothWaysHaveOneLaw:
    """Two samples of one law: means within 4 standard errors of their difference, variances within 6%."""

    @pytest.mark.parametrize("by", ["cohort", "period"])
    @pytest.mark.parametrize("limit", [{"per_person": 1_800}, {"items_per_person": 2}])
    def test_five_milestones_some_in_a_funnel(self, by, limit):
        reported = LAG if by == "cohort" else PERIODS | {"times": 3}
        names, after = "abcde", {"c": "a", "e": "d"}
        metrics = [milestone(name, reported, **({"among": after[name]} if name in after else {})) for name in names]
        payments = [price(name, amount, by) for name, amount in zip(names, (500, 900, 700, 400, 1200), strict=True)]
        levels = {name: {"distribution": "normal", "mean": 0.5, "sd": 0.05} for name in names}
        scenario = deal(metrics, payments, [{"name": "l", "on": list(names)} | limit], levels, sizes=(30, 20))
        one = Deal.of(scenario)
        samples = []
        for compiled, seed in ((one, 1), (person_by_person(one), 2)):
            recipe = Recipe(compiled.model, np.random.SeedSequence(seed))
            book = next(run_block(recipe, [compiled.contract], 0, 16_000)).book
            each = [e for e in book.entries if e.payment is not None]
            samples.append([sum((e.amount for e in each if e.payment == i), np.zeros(16_000)) for i in range(5)])
        for mine, other in zip(*samples, strict=True):
            error = np.sqrt((mine.var() + other.var()) / 16_000)
            assert abs(mine.mean() - other.mean()) < 4 * error
            assert mine.var() == pytest.approx(other.var(), rel=0.06)
        totals = [sum(sample) for sample in samples]
        assert totals[0].var() == pytest.approx(totals[1].var(), rel=0.06)


class TestOfThoseWhoCome:
    """Truth: the same persons drawn one by one."""

    LEVELS, PRICES, MOST = {"a": 0.5, "b": 0.4, "c": 0.7}, (500.0, 900.0, 700.0), 1_300.0

    def one_by_one(self, sizes, paths, rng):
        """What is due for persons each of whom reaches each milestone or not, (paths,)."""
        total = np.zeros(paths)
        for size in sizes:
            came = np.maximum(np.rint(size * np.maximum(rng.normal(0.8, 0.2, paths), 0.01)), 1.0)
            comes = np.arange(2 * size) < came[:, None]
            reaches = [rng.random(comes.shape) < level for level in self.LEVELS.values()]
            due = sum(price * one for price, one in zip(self.PRICES, reaches, strict=True))
            total += (np.minimum(due, self.MOST) * comes).sum(axis=1)
        return total

    @pytest.mark.parametrize("sizes", [(30,), (12, 9)])
    @pytest.mark.parametrize("by", ["cohort", "period"])
    @pytest.mark.parametrize("way", ["profiles", "by person"])
    def test_a_ceiling_where_fewer_or_more_come(self, sizes, by, way):
        reported = LAG if by == "cohort" else PERIODS | {"times": 4}
        metrics = [milestone(name, reported) for name in self.LEVELS]
        payments = [price(name, amount, by) for name, amount in zip(self.LEVELS, self.PRICES, strict=True)]
        limits = [{"name": "l", "on": list(self.LEVELS), "per_person": self.MOST}]
        levels = {name: {"distribution": "certain", "value": level} for name, level in self.LEVELS.items()}
        compiled = Deal.of(deal(metrics, payments, limits, levels, sizes, referrals={"mean": 0.8, "sd": 0.2}))
        compiled = compiled if way == "profiles" else person_by_person(compiled)
        paths = 16_000
        recipe = Recipe(compiled.model, np.random.SeedSequence(3))
        mine = next(run_block(recipe, [compiled.contract], 0, paths)).book.paid("government") + np.zeros(paths)
        other = self.one_by_one(sizes, paths, np.random.default_rng(4))
        assert abs(mine.mean() - other.mean()) < 4 * np.sqrt((mine.var() + other.var()) / paths)
        assert mine.var() == pytest.approx(other.var(), rel=0.06)

    def test_without_chance_the_typical_persons_are_those_who_come(self):
        counts = {(metric, 0): np.array([12.5, 12.5]) for metric in range(2)}
        group = Group(50, tuple(counts))
        when = reached(Followed((group,)), group, np.array([50.0, 25.0]), counts, dict.fromkeys(range(2)))
        assert (when[0] == 0).mean(axis=1) == pytest.approx([0.25, 0.5], abs=1 / TYPICAL)
        assert ((when[0] == 0) & (when[1] == 1)).mean(axis=1) == pytest.approx([1 / 16, 1 / 4], abs=0.002)
