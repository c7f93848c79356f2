"""Zones of agreement. Truth: a coin's closed form; each point and party simulated by itself; what persons do."""

import numpy as np
import pandas as pd
import pytest

import sib
from sib.analysis.columns import end_to_end
from sib.analysis.decide.net_value import true_outcomes
from sib.run.recipe import Deal
from tests.analysis.two_state import MIDDLE, two_state

PRICE, CAPITAL = "payments.price.pays.per_unit", ("tranches.investor.amount", "costs.service.amount")
INVESTOR = {"measure": "expected_cash_irr", "at_least": 0.05}
PAYER = {"values_outcome_at": 3.0}
EFFECT = "beliefs.effects.reconvictions.mean"
PRICES, POOLED = "payments.*.pays.per_unit", "payments.pooled.when.improvement"


def of(table, party):
    return table[table["party"] == party].reset_index(drop=True)


class TestTheZoneOfACoin:
    """A payer who gains 3 by a success pays up to 3, whatever its chance; an investor needs 1.05^4 / 0.7 = 1.7364."""

    LEAST = 1.05**4 / 0.7

    def test_its_borders_are_the_closed_form(self):
        prices = [1.0, self.LEAST - 1e-6, self.LEAST + 1e-6, 2.5, 3.0, 3.0 + 1e-6]
        parties = {"investor": INVESTOR, "payer": PAYER | {"beliefs": {"beliefs.levels.success": 0.5}}}
        table = sib.agreement(two_state(), {PRICE: prices, CAPITAL: [0.8, 1.0]}, parties, paths=10, chance=(), rng=1)
        assert pytest.approx(1.7364375) == self.LEAST
        invests = (table[PRICE] >= self.LEAST * table[", ".join(CAPITAL)]).tolist()
        pays = (table[PRICE] <= 3).tolist()
        assert of(table, "investor")["agrees"].tolist() == invests[::2]
        assert of(table, "payer")["agrees"].tolist() == pays[::2]
        assert table["all_agree"].tolist() == [a and b for a, b in zip(invests, pays, strict=True)]
        assert of(table, "payer")["worth"].to_numpy() == pytest.approx(0.5 * (3 - of(table, "payer")[PRICE]))

    def test_worths_are_within_four_errors_of_it(self):
        parties = {"investor": INVESTOR, "payer": PAYER | {"beliefs": {"beliefs.levels.success": 0.5}}}
        grid = {PRICE: [1.2, 1.8, 2.4, 3.6], CAPITAL: [1.0]}
        table = sib.agreement(two_state(), grid, parties, paths=20_000, rng=3)
        investor, payer = of(table, "investor"), of(table, "payer")
        rate = (0.7 * investor[PRICE]) ** 0.25 - 1
        assert (abs(investor["worth"] - rate) <= 4 * investor["worth_mcse"]).all()
        assert (abs(payer["worth"] - 0.5 * (3 - payer[PRICE])) <= 4 * payer["worth_mcse"]).all()
        errors = np.sqrt(0.25 / 20_000) * abs(3 - payer[PRICE])
        np.testing.assert_allclose(payer["worth_mcse"], errors, rtol=0.05)
        assert table["all_agree"].tolist() == [False] * 2 + [True] * 4 + [False] * 2
        near = abs(table["worth"] - table["needs"]) <= 2 * table["worth_mcse"]
        assert table["near"].tolist() == near.tolist()

    @pytest.mark.parametrize(
        ("way", "errors", "agrees", "near"),
        [
            ("at_least", 1.5, False, True),
            ("at_least", -1.5, True, True),
            ("at_least", 2.5, False, False),
            ("at_most", 1.5, True, True),
            ("at_most", -1.5, False, True),
            ("at_most", -2.5, False, False),
        ],
    )
    def test_who_agrees_and_who_is_near(self, way, errors, agrees, near):
        asked = {"paths": 2_000, "rng": 3}
        grid = {PRICE: [1.8], CAPITAL: [1.0]}
        first = sib.agreement(two_state(), grid, {"investor": INVESTOR}, **asked).iloc[0]
        needs = first["worth"] + errors * first["worth_mcse"]
        party = {"measure": "expected_cash_irr", way: needs}
        row = sib.agreement(two_state(), grid, {"investor": party}, **asked).iloc[0]
        assert (row["needs"], row["agrees"], row["near"]) == (needs, agrees, near)

    def test_a_rate_discounts_what_is_paid_and_what_it_is_worth_when_it_happens(self):
        grid = {PRICE: [2.0], CAPITAL: [1.0]}
        table = sib.agreement(two_state(), grid, {"payer": PAYER | {"rate": 0.1}}, paths=10, chance=(), rng=1)
        assert table["worth"].item() == pytest.approx(0.7 * (3 * 1.1**-MIDDLE - 2 * 1.1**-4))

    def test_a_partys_rate_is_that_of_its_present_value(self):
        parties = {
            str(rate): {"measure": "npv_mean", "at_least": 0, "rate": rate, "tranche": "investor"}
            for rate in (0.0, 0.08)
        }
        table = sib.agreement(two_state(), {PRICE: [2.0], CAPITAL: [1.0]}, parties, paths=10, chance=(), rng=1)
        assert table["worth"].tolist() == pytest.approx([0.7 * 2 - 1, 0.7 * 2 * 1.08**-4 - 1])


GRID = {PRICES: [0.8, 1.3], POOLED: [0.05, 0.10]}
PARTIES = {
    "trusts": {"measure": "loss_probability", "at_most": 0.5},
    "bank": {"measure": "es_95", "at_most": 0.9, "beliefs": {EFFECT: 0.12}},
    "ministry": {"values_outcome_at": 14_000, "beliefs": {EFFECT: 0.12}},
    "auditor": {"measure": "false_payment_probability", "at_most": 0.05},
}


@pytest.fixture(scope="module")
def table(plan):
    return sib.agreement(plan, GRID, PARTIES, paths=2_000, rng=5)


class TestEachPointByItself:
    """The plain loop: one simulation for each point and party, on the same seed."""

    def points(self, plan, believed):
        for factor in GRID[PRICES]:
            for level in GRID[POOLED]:
                prices = {f"payments.{name}.pays.per_unit": 13_720 * factor for name in ("early", "pooled")}
                yield plan.replace(prices | {POOLED: level} | believed)

    @pytest.mark.parametrize(
        ("party", "figure", "believed"),
        [
            ("trusts", "loss_probability", {}),
            ("bank", "es_95", {EFFECT: 0.12}),
            ("auditor", "payment_probability", {"beliefs.effects.reconvictions": 0.0}),
        ],
    )
    def test_measures(self, plan, table, party, figure, believed):
        for scenario, row in zip(self.points(plan, believed), of(table, party).itertuples(), strict=True):
            alone = sib.simulate(scenario, 2_000, rng=5).summary().loc[figure]
            assert (row.worth, row.worth_mcse) == (alone["estimate"], alone["mcse"])

    def test_net_values(self, plan, table):
        for scenario, row in zip(self.points(plan, {EFFECT: 0.12}), of(table, "ministry").itertuples(), strict=True):
            simulation = sib.simulate(scenario, 2_000, rng=5)
            avoided = sum(simulation.paths[f"reconvictions.{cohort}.effect"] * 1.55 * 1_000 for cohort in "123")
            worth = 14_000 * avoided - simulation.paths["payment"]
            assert row.worth == pytest.approx(worth.mean())
            assert row.worth_mcse == pytest.approx(worth.std() / np.sqrt(2_000))

    def test_all_agree_where_each_does(self, table):
        points = table.groupby([PRICES, POOLED], sort=False)
        assert (points["agrees"].transform("all") == table["all_agree"]).all()
        assert table.columns.tolist() == [
            *(PRICES, POOLED, "party", "worth", "worth_mcse", "needs", "agrees", "all_agree", "near")
        ]
        assert table["party"].tolist() == [*PARTIES] * 4


def harder(plan):
    """Everything that stands between a belief and what happens."""
    data = plan.data()
    data.pop("sources")
    data["limits"] = []
    data["beliefs"] |= {
        "drift": {"reconvictions": {"trend": -0.05, "sd": 0.02}},
        "engagement": {"share": 0.6, "sd": 0.1},
        "referrals": {"mean": 0.8, "sd": 0.1},
        "evaluation": {"reconvictions": {"bias": 0.05, "bias_sd": 0.03, "creaming": 0.1}},
    }
    return sib.Scenario.from_data(data)


@pytest.mark.parametrize("make", [lambda plan: plan, harder], ids=["plain", "harder"])
def test_true_outcomes_are_what_the_programme_changes(plan, make):
    """The same persons with the programme and without it: 20,000 futures of each, in step."""
    scenario = make(plan)
    without = scenario.replace({"beliefs.effects.reconvictions": 0.0})

    def counted(deal):
        blocks = sib.simulate(deal, 20_000, rng=7).futures.map(measured)
        return end_to_end(list(blocks))

    one, other = counted(scenario), counted(without)
    changed = other["events"] - one["events"] - one["true"]
    assert abs(changed.mean()) <= 4 * changed.std() / np.sqrt(changed.size)
    assert one["true"].mean() > 10 * changed.std() / np.sqrt(changed.size)


def measured(block):
    (metric,), (outcome,) = block.deal.model.metrics, block.outcomes
    return {"events": outcome.results.counts.sum(axis=0), "true": true_outcomes(metric, outcome).sum(axis=0)}


@pytest.mark.parametrize("name", ["newpin", "nyc-able"])
def test_results_to_date_count_once(name):
    """Published to date: the last result is over everybody, so that the sum of what each adds is it."""
    scenario = sib.load(name)
    (metric,) = Deal.of(scenario).model.metrics
    block = next(sib.simulate(scenario, 500, rng=1).futures.map(lambda block: block))
    total = true_outcomes(metric, block.outcomes[0]).sum(axis=0)
    last = (len(metric.results) - 1,)
    if metric.compared:  # as measured: within the noise of both groups, which is none on average
        seen = block.outcomes[0].results.read("units", last)
        gap = seen - total
        assert abs(gap.mean()) <= 4 * gap.std() / np.sqrt(500)
    else:
        np.testing.assert_allclose(total, block.outcomes[0].results.read("units", last))


def test_a_worth_that_is_not_given_is_agreed_to_by_nobody():
    deal = sib.load("doncaster")
    (effect,) = deal.beliefs.effects
    grid = {f"beliefs.effects.{effect}.mean": [0.0], "tranches.Serco.rank": [1]}
    table = sib.agreement(deal, grid, {"a": {"measure": "irr_median", "at_most": 1.0}}, paths=500, rng=1)
    assert table["worth"].isna().all()
    assert not table[["agrees", "all_agree", "near"]].to_numpy().any()


def test_terms_alone_are_drawn_once_for_all_parties_that_believe_alike(plan, monkeypatch):
    from sib.run import blocks

    drawn = []
    inner = blocks._draw
    monkeypatch.setattr(blocks, "_draw", lambda *args: drawn.append(args) or inner(*args))
    parties = {
        "a": {"measure": "loss_probability", "at_most": 0.5},
        "b": {"values_outcome_at": 10_000},
        "c": {"measure": "npv_mean", "at_least": 0, "beliefs": {EFFECT: 0.1}},
    }
    sib.agreement(plan, {PRICES: [0.8, 1.0, 1.2], POOLED: [0.05, 0.075]}, parties, paths=500, rng=1)
    assert len(drawn) == 2


def refused(plan, grid=None, parties=None):
    with pytest.raises(sib.InputError) as error:
        sib.agreement(plan, grid or {PRICES: [1.0], POOLED: [0.05]}, parties or {"a": PAYER}, paths=10, rng=1)
    return error.value


@pytest.mark.parametrize(
    ("party", "where", "rule", "remedy"),
    [
        ({"at_least": 0.05}, "measure or values_outcome_at", "one of the two", "expected_cash_irr"),
        (INVESTOR | PAYER, "measure or values_outcome_at", "one of the two", "expected_cash_irr"),
        ({"measure": "expected_cash_irr"}, "at_least or at_most", "one of the two", "0.05"),
        (INVESTOR | {"at_most": 1}, "at_least or at_most", "one of the two", "0.05"),
        (INVESTOR | {"at_lest": 1}, "at_lest", "a key of a party", 'did you mean "at_least"?'),
        (INVESTOR | {"measure": "expected_irr"}, "measure", "a figure of the summary", '"expected_cash_irr"?'),
        (INVESTOR | {"tranche": "investor"}, "tranche", "a tranche of the deal", 'did you mean "investors"?'),
        (INVESTOR | {"at_least": "5%"}, "at_least", "a finite number", "0.05"),
        (INVESTOR | {"at_least": 5}, "at_least or at_most", "a rate a year, as a decimal", "0.05 for 5 per cent"),
        (INVESTOR | {"rate": 0.05}, "rate", "of a present value", "npv_mean"),
        (PAYER | {"rate": 3.5}, "rate", "as a decimal", "0.05"),
        (PAYER | {"tranche": "investors"}, "tranche", "who values outcomes is a payer", "leave it out"),
        (PAYER | {"payer": "Ministry"}, "payer", "who pays for outcomes", "Ministry of Justice and Big Lottery Fund"),
        ({"values_outcome_at": -1}, "values_outcome_at", "a number above zero", "12_000"),
        ({"values_outcome_at": {"convictions": 1}}, "values_outcome_at", "a metric with", '"reconvictions"?'),
        (INVESTOR | {"beliefs": {"beliefs.effects.x": 0}}, "beliefs", "there is no `x`", "reconvictions"),
        (INVESTOR | {"beliefs": {"effects.x": 0}}, "beliefs", "one for all parties", "beliefs.effects.x"),
        (INVESTOR | {"beliefs": 3}, "beliefs", "by path", "write"),
    ],
)
def test_what_a_party_may_not_be(plan, party, where, rule, remedy):
    problem = refused(plan, parties={"a": party}).problems[0]
    assert problem.where == f"parties['a'].{where}"
    assert rule in problem.rule
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("grid", "where", "rule"),
    [
        ({PRICES: [1.0]}, "grid", "two inputs"),
        ({PRICES: [1.0], POOLED: [0.1], EFFECT: [0.1]}, "grid", "two inputs"),
        ([PRICES, POOLED], "grid", "a mapping of texts"),
        ({PRICES: 1.0, POOLED: [0.1]}, f"grid[{PRICES!r}]", "a list of finite numbers"),
        ({PRICES: [1.0, 1.0], POOLED: [0.1]}, f"grid[{PRICES!r}]", "different numbers, one at least"),
        ({PRICES: [], POOLED: [0.1]}, f"grid[{PRICES!r}]", "different numbers, one at least"),
        ({PRICES: [1.0], "payments.early.pays.per_unit": [1]}, "grid", "moved by one input"),
        ({PRICES: [1.0], "payments.pooled.when.improvment": [1]}, "grid", "the path of a figure"),
        ({PRICES: range(200), POOLED: range(200)}, "grid", r"10,000 points at most: on 10 paths .* about .* minutes"),
        ({PRICES: [1.0], POOLED: [0.05, 7.5]}, "grid", "payments.pooled.when"),
    ],
)
def test_what_a_grid_may_not_be(plan, grid, where, rule):
    error = refused(plan, grid)
    assert error.where == where
    with pytest.raises(sib.InputError, match=rule):
        raise error


def test_a_refused_point_says_which_and_what_is_valid(plan):
    error = refused(plan, {PRICES: [0.5, 1.0], POOLED: [0.05, 0.10, 7.5]})
    assert str(error).splitlines()[1].strip() == (
        "came:  '2 of 6 points, as where payments.pooled.when.improvement = 7.5'"
    )
    assert "narrow 'payments.pooled.when.improvement' to what is valid: 0.05 to 0.1" in str(error)


def test_the_whole_text_of_a_refusal(plan):
    assert str(refused(plan, parties={"trusts": INVESTOR | {"at_lest": 0.05}})) == (
        "parties['trusts'].at_lest\n  came:  0.05\n  rule:  a key of a party\n  to do: did you mean \"at_least\"?"
    )
    assert str(refused(plan, parties={1: INVESTOR})) == (
        "a name in parties\n  came:  1\n  rule:  text, not an int\n  to do: write a name or a sentence, in quotes"
    )


def test_fewer_than_nothing_known_has_no_price(plan):
    deal = two_state(
        metrics=[{**two_state().data()["metrics"][0], "better": "lower"}],
    )
    grid = {PRICE: [1.0], CAPITAL: [1.0]}
    assert "nobody knows how many fewer it is" in str(refused(deal, grid, {"payer": PAYER}))


def test_nobody_cannot_agree(plan):
    with pytest.raises(sib.InputError, match="one party at least"):
        sib.agreement(plan, {PRICES: [1.0], POOLED: [0.05]}, {}, paths=10)


def test_beliefs_that_the_grid_varies_are_no_partys_own(plan):
    grid = {PRICES: [1.0], EFFECT: [0.05]}
    for path in (EFFECT, "beliefs.effects.reconvictions"):
        assert "the grid does not vary" in str(refused(plan, grid, {"a": PAYER | {"beliefs": {path: 0.1}}}))


def test_what_is_given_up_cannot_be_valued():
    assert "give up cohorts" in str(refused(sib.load("peterborough-2017")))


def test_several_metrics_have_a_price_each():
    deal = sib.load("denver")
    grid = {"payments.jail days.months_after_result": [0], "tranches.jail loans.amount": [deal.tranches[1].amount]}
    assert "housing days, jail days" in str(refused(deal, grid)) or "jail days, housing days" in str(
        refused(deal, grid)
    )
    both = {"values_outcome_at": {"housing days": 15.0, "jail days": 80.0}}
    table = sib.agreement(deal, grid, {"city": both}, paths=200, rng=1)
    assert isinstance(table, pd.DataFrame)


def test_a_rate_of_the_party_s_own_and_one_of_the_grid_do_not_go_together(plan):
    grid = {"payments.pooled.pays.per_unit": [10_000, 20_000], "beliefs.discount_rates.investors": [0.01, 0.2]}
    with pytest.raises(sib.InputError, match="where the grid does not vary discount rates"):
        sib.agreement(plan, grid, {"i": {"measure": "npv_mean", "at_least": 0, "rate": 0.03}}, paths=10)
