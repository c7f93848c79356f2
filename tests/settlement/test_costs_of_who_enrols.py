"""Costs for each person who enrols. Truth: sums by hand over persons and months, laws of late and slow intakes."""

import datetime as dt

import numpy as np
import pytest

import sib
from tests.milestones import deal, milestone, price
from tests.settlement.test_shocks import cash

START = dt.date(2015, 1, 1)
PRICE = 2_000
MONTHS = [f"2015-{month:02d}-01" for month in range(1, 13)]


def served(size=12, months=3, *, instalments=2, referrals=None, payments=(), capital=10**6):
    """Persons over some months, each of whom costs the same, in instalments a quarter apart."""
    quarters = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 4}
    data = deal([milestone("job", quarters)], [price("job", PRICE, "period")], [], {"job": 0.5}, (size,)).data()
    data["payments"] += payments
    data["cohorts"][0]["enrol"] = {"starts": START, "months": months}
    data["tranches"][0]["amount"] = capital
    data["costs"] = [
        {
            "name": "support",
            "to": "provider",
            "per": "person enrolled",
            "amount": 600,
            "instalments": instalments,
            "every_months": 3,
        }
    ]
    if referrals is not None:
        data["beliefs"]["referrals"] = referrals
    return sib.Scenario.from_data(data)


def by_date(scenario, paths=1, **how):
    """What the provider is paid on each day, (paths,) or one number."""
    simulation = sib.simulate(scenario, paths, rng=3, **how)
    days = [day.isoformat() for day in simulation.futures.deal.contract.dates]
    return dict(zip(days, cash(simulation, scenario.vehicle, "provider"), strict=True))


def test_each_instalment_counts_from_the_month_of_the_same_person():
    # four persons enrol in each of three months; each costs 300 at once and 300 after three months
    costs = sib.settle(served(), {"job": [1, 1, 1, 1]}).costs()
    found = {f"{day:%Y-%m-%d}": due for day, due in zip(costs["date"], costs["due"], strict=True)}
    assert found == dict.fromkeys(MONTHS[:6], 1_200.0)


def test_where_all_enrol_at_once_it_is_the_cost_of_the_persons_planned():
    scenario = served(months=1)
    planned = scenario.replace({"costs.support.per": "person"})
    ledgers = [sib.settle(one, {"job": [2, 2, 1, 0]}).to_frame() for one in (scenario, planned)]
    assert ledgers[0].equals(ledgers[1])


def test_who_does_not_come_costs_nothing():
    # of twelve seven and a half per cent more than half come: seven persons
    found = by_date(served(referrals={"mean": 0.575}))
    assert sum(found.values()) == pytest.approx(7 * 600)
    assert found["2015-01-01"] == pytest.approx(7 / 3 * 300)


def test_a_slow_beginning_costs_less_and_later():
    # half the pace in the first month: ten come, two of them in it
    found = by_date(served(referrals={"ramp_up": {"shares": [0.5], "every_months": 1}}))
    assert [found[day].item() for day in MONTHS[:6]] == pytest.approx([600, 1_200, 1_200] * 2)


def test_late_by_each_number_of_months_as_likely():
    paths = 20_000
    found = by_date(served(referrals={"months_late": [0, 2]}), paths)
    chances = np.convolve([1, 1, 1], np.full(3, 1 / 3))  # of the share of the plan that is due in each month
    shares = np.convolve(chances, [1, 0, 0, 1])[:8]
    for day, share in zip(MONTHS, shares, strict=False):
        due = found.get(day, np.zeros(paths))
        assert abs(due.mean() - 1_200 * share) <= 4 * due.std() / np.sqrt(paths) + 1e-9, day
    np.testing.assert_allclose(sum(found.values()), 7_200)


def test_a_slow_pace_stretches_the_intake():
    # a lognormal factor f of mean one: by the end of month k the share min(k / (3 f), 1) has enrolled
    paths, sd = 20_000, 0.5
    found = by_date(served(1_200, instalments=1, referrals={"pace_sd": sd}), paths)
    assert max(found) <= "2015-12-31"  # nobody enrols after the last result
    variance = np.log1p(sd**2)
    factor = np.exp(np.sqrt(variance) * np.random.default_rng(1).standard_normal(400_000) - variance / 2)
    so_far = np.array([np.minimum(k / (3 * factor), 1).mean() for k in range(4)])
    for k, share in enumerate(np.diff(so_far)):
        due = found[MONTHS[k]]
        assert abs(due.mean() - 720_000 * share) <= 4 * 1.05 * due.std() / np.sqrt(paths), k


def test_costs_and_outcomes_follow_the_same_persons():
    simulation = sib.simulate(served(1_200, 6, referrals={"mean": 0.8, "sd": 0.2}), 4_000, rng=5)
    costs = cash(simulation, simulation.scenario.vehicle, "provider").sum(axis=0)
    reached = cash(simulation, simulation.scenario.outcome_payer).sum(axis=0) / PRICE
    # of those who came a half: binomial, with nothing else in it
    came = costs / 600
    assert np.corrcoef(came, reached)[0, 1] > 0.98
    excess = (reached - came / 2) / np.sqrt(came / 4)
    assert abs(excess.mean()) <= 4 / np.sqrt(4_000)
    assert excess.var() == pytest.approx(1.0, abs=4 * np.sqrt(2 / 4_000))


def test_more_than_planned_are_served_on_the_capital_there_is():
    scenario = served(referrals={"mean": 1.5}, capital=7_200)
    ledger = sib.simulate(scenario, 1, rng=1, chance=[]).ledger(0)
    costs = ledger.costs()
    assert costs["due"].sum() == pytest.approx(18 * 600)
    assert costs["never_paid"].sum() == pytest.approx(6 * 600)


def test_a_share_of_the_cost_is_of_what_fell_due():
    again = {"name": "again", "of": {"cost": "support"}, "pays": {"amount": 0.25}, "to": "provider"}
    scenario = served(referrals={"mean": 0.5}, payments=[again])
    ledger = sib.simulate(scenario, 1, rng=1, chance=[]).ledger(0).to_frame()
    paid = ledger[ledger["payer"] == scenario.outcome_payer]
    assert paid[paid["payee"] == "provider"]["amount"].sum() == pytest.approx(6 * 600 / 4)


def test_a_cohort_that_is_given_up_costs_nothing_more():
    data = served().data()
    data["cohorts"].append({"name": "later", "size": 9, "enrol": {"starts": dt.date(2015, 4, 1), "months": 1}})
    data["events"] = [{"name": "stop", "date": dt.date(2015, 2, 15), "cohorts": ["c0"]}]
    due = sib.Scenario.from_data(data).timetable.instalments_of("support")
    assert [(f"{item.date}", item.amount) for item in due] == [
        *((day, pytest.approx(1_200)) for day in MONTHS[:2]),
        *((day, 2_700) for day in ("2015-04-01", "2015-07-01")),
    ]


def test_the_term_sheet_tells_places_from_persons():
    scenario = served()
    assert "EUR 600 for each person who enrols" in " ".join(scenario.describe().split())
    planned = scenario.replace({"costs.support.per": "person"})
    assert "EUR 600 for each person planned" in " ".join(planned.describe().split())


def test_where_nothing_is_measured_all_who_come_cost_however_late():
    data = served(referrals={"mean": 0.5, "months_late": 2}).data()
    fee = {"name": "fee", "pays": {"amount": 1_000}, "due": {"dates": [dt.date(2015, 6, 30)]}}
    data |= {"metrics": [], "payments": [fee]}
    data["beliefs"] = {"discount_rates": {"a": 0.0}, "referrals": data["beliefs"]["referrals"]}
    costs = sib.simulate(sib.Scenario.from_data(data), 20, rng=1).ledger(0).costs()
    paid = costs[costs["due"] > 0]
    assert paid["due"].sum() == pytest.approx(6 * 600)
    assert f"{paid['date'].min():%Y-%m-%d}" == "2015-03-01"
    data["beliefs"]["referrals"]["pace_sd"] = 0.2
    with pytest.raises(sib.ScenarioError, match="until the last result, and there is none"):
        sib.Scenario.from_data(data)
