"""Laws of settlement over the whole contract language. Truth: what holds of money, ranks, caps, chance in any deal."""

import tomllib
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.analysis.published import partly
from sib.analysis.settle import ledger_of
from sib.analysis.statement import lines_of
from sib.model.worlds import Shocks
from sib.run.recipe import Deal
from sib.settlement import walk
from sib.settlement.book import Kind
from sib.settlement.notes import PathNotes
from tests.grammar import any_deals, any_results

SEEDS = st.integers(0, 2**32 - 1)


def shocks_of(scenario, seed, paths=16):
    """Payments that come late and events that happen, wherever they may."""
    rng, beliefs = np.random.default_rng(seed), scenario.beliefs
    return Shocks(
        hazards={event: rng.uniform(0, 1, paths) for event in beliefs.hazards},
        delays={name: rng.integers(0, 2, paths) for name in beliefs.delays},
    )


def settled(scenario, seed, **kwargs):
    plan = Deal.of(scenario).contract
    return plan, walk.settle(plan, any_results(scenario, seed, **kwargs))


@pytest.mark.slow
@given(any_deals(), SEEDS)
def test_money_is_conserved_and_never_negative(scenario, seed):
    plan, book = settled(scenario, seed)
    cash = np.array([book.cash(party) for party in plan.parties])
    np.testing.assert_allclose(cash.sum(axis=0), 0, atol=1e-9 * plan.committed)
    for entry in book.entries:
        assert np.min(entry.amount) >= -1e-9 * plan.committed, entry.label
        assert {entry.payer, entry.payee} <= set(plan.parties)
        assert entry.payer != entry.payee


@given(any_deals(), SEEDS)
def test_the_vehicle_never_overdraws_and_ends_empty(scenario, seed):
    plan, book = settled(scenario, seed)
    balance = np.cumsum(book.cash(plan.vehicle), axis=0)
    rounding = 1e-9 * (plan.committed + balance.max(initial=0.0))
    assert balance.min() >= -rounding
    assert np.abs(balance[-1]).max() <= rounding


@given(any_deals(), SEEDS)
def test_nobody_draws_more_than_the_commitment(scenario, seed):
    plan, book = settled(scenario, seed)
    for tranche in plan.tranches:
        drawn = sum(e.amount for e in book.entries if e.payer == tranche.name and e.kind == Kind.DRAW)
        assert np.max(drawn) <= tranche.committed * (1 + 1e-9)
        out = sum(e.amount for e in book.entries if e.payer == tranche.name and e.kind == Kind.REDRAW)
        assert np.max(out) == 0 or tranche.revolving
        owed = np.zeros(book.paths)  # in the order in which money moves: no more than the commitment is ever out
        for entry in book.entries if tranche.revolving else ():
            if entry.kind in (Kind.DRAW, Kind.REDRAW) and entry.payer == tranche.name:
                owed = owed + entry.amount
            elif entry.kind == Kind.REPAYMENT and entry.payee == tranche.name:
                owed = owed - entry.amount
            elif entry.payment is not None and entry.payee == tranche.name:
                owed = np.maximum(owed - entry.amount, 0.0)  # paid straight: it may be capital
            assert np.max(owed) <= tranche.committed * (1 + 1e-9)


@given(any_deals(), SEEDS)
def test_no_junior_receives_while_a_senior_is_owed(scenario, seed):
    plan, book = settled(scenario, seed)
    ranked = [tranche for tranche in plan.tranches if tranche.rank is not None]
    last = len(plan.dates) - 1
    for senior in ranked:
        below = {junior.name for junior in ranked if junior.rank > senior.rank}
        owed = np.zeros(book.paths)  # capital that has not come back, in the order in which money moves
        for entry in book.entries:
            if entry.payer == senior.name and entry.kind in (Kind.DRAW, Kind.REDRAW):
                owed = owed + entry.amount
            elif entry.payee == senior.name:
                owed = owed - entry.amount
            elif entry.payer == plan.vehicle and entry.payee in below:
                paid = np.broadcast_to(entry.amount, book.paths)
                due = owed - senior.committed * (1 - senior.due[min(entry.step, last)])
                assert not ((paid > 0.01) & (due > 0.01)).any(), (senior.name, entry.payee, entry.label)


@pytest.mark.slow
@given(any_deals(), SEEDS)
def test_caps_hold(scenario, seed):
    plan, book = settled(scenario, seed)
    made = [e for e in book.entries if e.kind in (Kind.OUTCOME, Kind.FIXED)]
    for limit in scenario.limits:
        total = sum((e.amount for e in made if plan.payments[e.payment] in limit.on), np.zeros(book.paths))
        if limit.amount is not None:
            assert (total <= limit.amount + 0.01).all()
        if limit.per_person is not None:
            assert (total <= limit.per_person * sum(c.size for c in scenario.cohorts) + 0.01).all()
        if limit.items_per_person is not None:
            dearest = max(p.pays.per_unit for p in scenario.payments if p.name in limit.on)
            items = limit.items_per_person * sum(c.size for c in scenario.cohorts)
            assert (total <= dearest * items + 0.01).all()
    for tranche in scenario.tranches:
        cap = None if tranche.return_cap is None else tranche.return_cap.multiple
        rest = [
            e for e in book.entries if e.payee == tranche.name and e.payer == plan.vehicle and e.kind == Kind.RETURN
        ]
        if rest and cap is not None:
            drawn = sum(e.amount for e in book.entries if e.payer == tranche.name and e.kind == Kind.DRAW)
            got = np.broadcast_to(sum(e.amount for e in rest), book.paths)
            assert (got <= np.maximum(cap * drawn, 0) + 0.01).all()


@given(any_deals(), SEEDS)
def test_a_guarantee_makes_good_no_more_than_is_missing(scenario, seed):
    plan, book = settled(scenario, seed)
    for tranche in plan.tranches:
        called = sum((e.amount for e in book.entries if e.kind == Kind.GUARANTEE), np.zeros(book.paths))
        if tranche.guarantor is not None:
            own = sum(
                (e.amount for e in book.entries if e.kind == Kind.GUARANTEE and e.payee == tranche.name),
                np.zeros(book.paths),
            )
            drawn = sum(e.amount for e in book.entries if e.payer == tranche.name and e.kind == Kind.DRAW)
            assert (own <= np.minimum(0.6 * np.broadcast_to(drawn, book.paths), 60_000) + 0.01).all()
        assert (called >= 0).all()


def over(scenario, **changes):
    """The same deal with other terms in place of some."""
    return sib.Scenario.from_data(scenario.data() | changes)


@pytest.mark.slow
@given(any_deals(), SEEDS)
def test_how_what_remains_is_shared_does_not_change_how_much_it_is(scenario, seed):
    equity = [tranche.name for tranche in scenario.tranches if tranche.kind == "equity"]
    shares = {"fund": 1 - 0.1 * len(equity), **dict.fromkeys(equity, 0.1)}
    plain = over(scenario, remainders=[{"name": "rest", "shares": shares}])
    totals = []
    for one in (scenario, plain):
        plan, book = settled(one, seed)
        remains = np.zeros((len(plan.dates), book.paths))
        for entry in book.entries:
            if entry.kind in (Kind.RETURN, Kind.LEFT_OVER):
                remains[entry.step] += entry.amount
        totals.append(remains)
    np.testing.assert_allclose(*totals, atol=1e-9 * (plan.committed + np.max(totals)))


@pytest.mark.slow
@given(any_deals(), SEEDS)
def test_the_order_of_tranches_and_remainders_does_not_matter(scenario, seed):
    data = scenario.data()
    turned = over(scenario, **{key: data[key][::-1] for key in ("tranches", "remainders")})
    (plan, one), (_, other) = settled(scenario, seed), settled(turned, seed)
    for party in plan.parties:
        rounding = 1e-9 * (plan.committed + one.paid(plan.payers[0]).max())
        np.testing.assert_allclose(one.received(party), other.received(party), atol=rounding, err_msg=party)


@given(any_deals(), SEEDS, st.sampled_from([0.0, 0.05, 0.12]))
def test_nobody_earns_more_than_a_hurdle_while_the_next_tier_gets_nothing(scenario, seed, rate):
    data = scenario.data()
    if any("a" in (payment.to, payment.owed_by) for payment in scenario.payments):
        return  # what it is paid straight may bring it above the hurdle
    for item in data["tranches"]:
        item.pop("return_cap", None)
        item.pop("guarantee", None)
    data["tranches"][0]["interest"] = min(scenario.tranches[0].interest, rate / 2)  # it may compound twice a year
    until = {"tranche": "a", "annual_return": rate}
    shares = {"a": 0.5, "fund": 0.5}
    for item in data["tranches"]:
        if item.get("kind") == "equity":
            shares |= {item["name"]: 0.125, "fund": shares["fund"] - 0.125}
    tiers = [{"shares": shares, "until": until}, {"shares": {"guarantor": 1.0}}]
    plan, book = settled(over(scenario, **data | {"remainders": [{"name": "rest", "tiers": tiers}]}), seed)
    cash = book.cash("a").T
    none = book.received("guarantor") <= 1e-9 * plan.committed
    years = plan.years
    worth = np.array([sib.npv(one, years, rate) for one in cash])
    assert (worth[none] <= 1e-6 * plan.committed).all()
    for one in cash[none]:
        signs = np.sign(one[np.abs(one) > 1e-6])
        if signs.size and signs[0] < 0 and (np.diff(signs) != 0).sum() == 1:
            assert not sib.irr(one, years) > rate + 1e-6


@given(any_deals(plain=True), SEEDS, st.sampled_from(["events", "share", "score"]), st.floats(0, 0.4))
def test_better_never_pays_less(scenario, seed, metric, gain):
    if any("less" in payment.model_fields_set and payment.scope == "to date" for payment in scenario.payments):
        return  # a better first result takes from what later ones pay
    before, after = (
        sum((book.paid(payer) for payer in plan.payers), np.zeros(book.paths))
        for plan, book in (settled(scenario, seed, better=(metric, extra)) for extra in (0.0, gain))
    )
    assert (after >= before - 0.01).all()


def one_group(design):
    """Whether each result is compared with one group, measured once."""
    return not any(group.own for group in design.groups) and ((design.weights != 0).sum(axis=1) == 1).all()


OWED = (Kind.OUTCOME_OWED, Kind.FIXED_OWED)


@pytest.mark.slow
@given(any_deals(), SEEDS, st.integers(0, 15))
def test_a_statement_adds_up_and_agrees_with_the_movements(scenario, seed, path):
    plan, notes = Deal.of(scenario).contract, PathNotes(path)
    book = walk.settle(plan, any_results(scenario, seed), shocks_of(scenario, seed), notes)
    lines = lines_of(scenario, plan, notes.claims.values())
    paid = defaultdict(float)
    for line in lines:
        rounding = 1e-9 * max(1.0, line.claimed)
        assert line.claimed - line.cut == pytest.approx(line.paid, abs=rounding), line
        assert min(line.claimed, line.paid, *(cut for _, cut in line.cuts)) >= 0, line
        assert (line.paid_on is None) == (line.paid == 0), line
        if line.unmet:
            assert line.claimed == 0, line
        elif line.kind not in OWED:
            whole = line.value * (1.0 if line.base is None else line.base) - line.less
            assert line.claimed == pytest.approx(max(whole, 0.0) * line.share, abs=rounding), line
        paid[line.kind, line.payment, line.payer, line.payee] += line.paid
    moved = defaultdict(float)
    for entry in book.entries:
        if entry.payment is not None:
            amount = float(np.broadcast_to(entry.amount, book.paths)[path])
            moved[entry.kind.value, plan.payments[entry.payment], entry.payer, entry.payee] += amount
    for key in {*paid, *moved}:
        assert paid[key] == pytest.approx(moved[key], abs=1e-9 * max(1.0, moved[key])), key


@pytest.mark.slow
@given(any_deals(), st.integers(0, 2**31), st.sampled_from(["QE", "YE", "ME"]))
def test_balances_carry_on_from_period_to_period(scenario, seed, freq):
    ledger = sib.simulate(scenario, 4, rng=seed).ledger(3)
    found = ledger.balances(freq)
    for party in ledger.parties:
        own = found.loc[party]
        np.testing.assert_allclose(own["closing"], own["opening"] + own["in"] - own["out"], atol=1e-6)
        np.testing.assert_array_equal(own["opening"].iloc[1:], own["closing"].iloc[:-1])
        assert own["opening"].iloc[0] == 0
        assert own["closing"].iloc[-1] == pytest.approx(ledger.received(party) - ledger.paid(party), abs=1e-6)
        assert own["in"].sum() == pytest.approx(ledger.received(party))
    by_period = ledger.to_frame().set_index("date")["amount"].resample(freq).sum()
    np.testing.assert_allclose(found["in"].groupby("period").sum(), by_period, atol=1e-6)


@pytest.mark.slow
@given(any_deals())
def test_settling_the_expected_results_is_simulating_without_chance(scenario):
    simulation = sib.simulate(scenario, paths=1, rng=0, chance=())
    (results,) = simulation.futures.map(lambda block: block.results)
    deal, measured, expected_persons = simulation.futures.deal, {}, {}
    for i, (metric, found) in enumerate(zip(deal.model.metrics, results, strict=True)):
        if not metric.origin.published:
            continue
        if metric.tested and metric.design is not None and not one_group(metric.design):
            believed = scenario.beliefs.evaluation.get(metric.name)
            if scenario.beliefs.drift or (believed and (believed.bias or believed.creaming or believed.regression)):
                return  # groups each at a level of its own, of which the published counterfactual does not tell
        one = found.treated[:, 0].tolist()
        if metric.law.counts_persons and not all(value.is_integer() for value in one):
            expected_persons[i] = found  # nobody publishes half a person
            continue
        if metric.compared:
            persons = np.broadcast_to(found.persons, found.treated.shape)[:, 0]
            size = [{} if metric.law.additive else {"n": float(n)} for n in persons]
            pairs = zip(one, found.comparison[:, 0], strict=True)
            one = [{"treated": t, "comparison": float(c)} | n for (t, c), n in zip(pairs, size, strict=True)]
        measured[metric.name] = one
    expected = simulation.ledger(0)
    if expected_persons:
        published = partly(deal.model, measured)
        both = [expected_persons.get(i, one) for i, one in enumerate(published)]
        notes = PathNotes()
        found = ledger_of(scenario, deal.contract, walk.settle(deal.contract, both, notes=notes), notes)
    else:
        found = sib.settle(scenario, measured)
    for party in simulation.futures.deal.contract.parties:
        assert found.received(party) == pytest.approx(expected.received(party), rel=1e-9, abs=1e-5), party
        assert found.paid(party) == pytest.approx(expected.paid(party), rel=1e-9, abs=1e-5), party


@pytest.mark.slow
@given(any_deals(), SEEDS)
def test_a_block_is_the_same_alone_and_among_others(scenario, seed):
    seed %= 2**31
    few, many = (sib.simulate(scenario, n, rng=seed).columns for n in (3, 7))
    for key, values in few.items():
        np.testing.assert_array_equal(values, many[key][:3])


@given(any_deals())
def test_what_is_written_reads_back_equal_and_can_be_described(scenario):
    assert sib.Scenario.from_data(tomllib.loads(scenario.to_toml())) == scenario
    text = " ".join(scenario.describe().split())
    assert all(f"`{one.name}`" in text for one in (*scenario.payments, *scenario.metrics, *scenario.limits))
    assert all(f"- {tranche.name}: " in text for tranche in scenario.tranches)
