"""A settlement on numbers that remember makes of any results what settling these as numbers makes of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sib
from sib.analysis.derivation.graph import evaluated, in_order
from sib.analysis.derivation.number import Derived
from sib.analysis.derivation.number import given as put_in
from sib.analysis.derivation.settlement import derive
from sib.analysis.published import needed_by
from sib.settlement import walk
from tests.grammar import any_deals
from tests.shipped import NAMES as SHIPPED
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

CONTRACTS = Path(__file__).parents[1] / "cases" / "contracts"


def live(amounts):
    return [amount for amount in amounts if isinstance(amount, Derived)]


def other_results(derivation, rng, how):
    """Other results: what is put in, by number; and the level of each result, by metric."""
    inputs, levels = {}, {}
    for one in derivation.measured:
        sign = derivation.deal.model.metrics[one.metric].sign
        if one.improvement is not None:
            found = how(rng, one.improvement.value)
            inputs[one.improvement.number] = found
            level = one.comparison.value * (1 + sign * found)
        else:
            level = inputs[one.level.number] = how(rng, one.level.value)
        levels.setdefault(one.metric, []).append([level])
    return inputs, levels


def by_numbers(derivation, plain, levels):
    """The movements on other results than are expected, by settling these as numbers."""
    deal = derivation.deal
    needed, found = needed_by(deal), {}
    for i in deal.model.order:
        if i in needed:
            follows = deal.model.metrics[i].origin.from_published(found)
            found[i] = replace(plain[i], treated=np.array(levels[i])) if follows is None else follows
    book = walk.settle(deal.contract, [found.get(i) for i in range(len(deal.model.metrics))])
    return summed((e.step, e.payer, e.payee, e.kind, e.label, np.ravel(e.amount)[0]) for e in book.entries)


def summed(entries):
    found = {}
    for *key, amount in entries:
        found[tuple(key)] = found.get(tuple(key), 0.0) + float(amount)
    return found


WAYS = {
    "as believed": lambda rng, value: value,
    "nothing": lambda rng, value: 0.0,
    "about as believed": lambda rng, value: value * rng.uniform(0.5, 1.5),
    "far away": lambda rng, value: abs(value) * rng.uniform(0, 4) + rng.uniform(0, 0.3),
    "worse than nothing": lambda rng, value: value * -0.7,
}


def holds(scenario, seed=1):
    """Whatever says that it follows the results does; returns how many movements say that they do not."""
    derivation = derive(scenario, None)
    plain = sib.simulate(derivation.scenario, 1, rng=0, chance=()).futures.block(0).results
    frozen = {one[:5] for one in derivation.movements if derivation.not_live(one.amount)}
    rng = np.random.default_rng(seed)
    for said, how in WAYS.items():
        if said == "worse than nothing" and any(one.improvement is None for one in derivation.measured):
            continue  # a level is not below nothing
        inputs, levels = other_results(derivation, rng, how)
        value = evaluated(live(one.amount for one in derivation.movements), inputs)
        ours = summed(
            (*one[:5], value[one.amount.number] if isinstance(one.amount, Derived) else np.ravel(one.amount)[0])
            for one in derivation.movements
        )
        numbers = by_numbers(derivation, plain, levels)
        scale = 1e-9 * max(1.0, derivation.deal.contract.committed, *map(abs, numbers.values()))
        for key in {*ours, *numbers} - (frozen if said != "as believed" else set()):
            assert ours.get(key, 0.0) == pytest.approx(numbers.get(key, 0.0), abs=scale), (said, key)
    return len(frozen)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_deals(name):
    holds(sib.load(name))


@pytest.mark.parametrize("fragment", [BASE, *FRAGMENTS], ids=["the small deal", *TITLES])
def test_every_mechanic_of_the_cookbook(fragment):
    holds(laid_over(BASE, "" if fragment is BASE else fragment))


@pytest.mark.parametrize("file", sorted(CONTRACTS.glob("*.toml")), ids=lambda file: file.stem)
def test_contracts_that_ship_nowhere(file):
    holds(sib.load(file))


@pytest.mark.slow
@given(any_deals(), st.integers(0, 1000))
def test_random_deals(scenario, seed):
    holds(scenario, seed)


class TestWhatDoesNotFollowTheResults:
    """Marked is whatever hangs on a figure that is worked out otherwise, however many claims lie between."""

    def deal(self, **changes):
        fragment = next(one for one in FRAGMENTS if "confidence" in one and "[[payments]]" in one)
        data = laid_over(BASE, fragment).data()
        return sib.Scenario.from_data({**data, **changes})

    def test_a_gate_on_how_sure_a_result_is(self):
        assert holds(self.deal()) > 0

    def test_a_payment_that_asks_for_one_under_a_gate(self):
        deal = self.deal()
        first = deal.data()["payments"][0]
        after = {**first, "name": "after", "when": {"made": [first["name"]]}, "pays": {"amount": 500.0}}
        derivation = derive(self.deal(payments=[first, after]), None)
        assert {
            derivation.deal.contract.payments[made.claim.payment]
            for made in derivation.claims
            if derivation.not_live(made.paid)
        } == {first["name"], "after"}
        assert holds(self.deal(payments=[first, after])) > 0

    def test_an_event_that_is_decided_on_it(self):
        deal = self.deal()
        first = deal.data()["payments"][0]
        plain = {**first, "name": "plain", "when": {}}
        event = {"name": "stops", "metric": first["metric"], "date": deal.timetable.results(first["metric"])[-1].date}
        event |= {"unless": {"confidence": 0.95}, "payments": ["plain"]}
        derivation = derive(self.deal(payments=[plain], events=[event]), None)
        assert all(derivation.not_live(one.happened) for one in derivation.decisions)
        assert any(derivation.not_live(made.paid) for made in derivation.claims)

    def test_what_shares_a_limit_with_claims_under_ceilings(self):
        fragment = next(
            one for one in FRAGMENTS if (one.count("[[limits]]") > 1 and "a_person" in one) or "per_person" in one
        )
        derivation = derive(laid_over(BASE, fragment), None)
        assert any(derivation.not_live(made.paid) for made in derivation.claims)
        assert holds(laid_over(BASE, fragment)) > 0

    def test_nothing_else_does(self):
        for name in SHIPPED:
            derivation = derive(sib.load(name), None)
            assert not any(derivation.reasons.values()), name


def test_in_the_ledger_are_the_movements_of_settle():
    denver = sib.load("denver")
    published = {"housing days": [258_858, 41_070], "jail days": 0.38}
    assert derive(denver, published).ledger() == replace(sib.settle(denver, published), dues=None)


class TestNumbers:
    """Each operation against NumPy's own."""

    @settings(max_examples=300)
    @given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0.1, 1e6))
    def test_operations(self, a, b, c):
        def worked(x, y, z):
            share = np.divide(x, z, out=np.ones_like(x), where=z > 5)
            part = x / np.maximum(y, 1e-100) * (y > 1e-100)
            tested = np.where((x >= y) & ~(y < 0), np.minimum(x, z), np.maximum(-y, np.abs(x)))
            return share + part - tested * (1.0 + z) ** 0.5 + (x == y).astype(float) + 1.0 * (x > 0)

        derived = worked(put_in(a), put_in(b), put_in(c))
        plain = worked(np.array([a]), np.array([b]), np.array([c]))
        assert derived.value == pytest.approx(float(plain[0]), rel=1e-12, abs=1e-12)
        again = evaluated([derived], {})[derived.number]
        assert again == derived.value

    def test_what_cannot_be_below_zero_is_not(self):
        derivation = derive(sib.load("peterborough"), None)
        numbers = in_order(live(one.amount for one in derivation.movements))
        some = [one for one in numbers if one.never_negative]
        assert len(some) > 20
        for how in WAYS.values():
            inputs, _ = other_results(derivation, np.random.default_rng(5), how)
            value = evaluated(numbers, inputs)
            assert min(value[one.number] for one in some) >= 0

    def test_are_no_truth(self):
        with pytest.raises(TypeError, match="not known"):
            bool(put_in(1.0) > 0)
