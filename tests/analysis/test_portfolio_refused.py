"""What is no portfolio, in four parts. Truth: the whole text of each message."""

import datetime as dt

import pytest

import sib
from tests.analysis.test_portfolio import CAPITAL, START, deal

CLOSES = [{"name": "closure", "date": START, "until": dt.date(2025, 1, 1), "payments": ["all"]}]
CLOSED = deal(0.3, events=CLOSES, hazards={"closure": 0.1})
DEALS = {"north": deal(0.3), "south": deal(0.2), "east": CLOSED}
UNPAID = deal(0.3).replace(
    {"tranches": [], "costs": [], "beliefs.discount_rates": {}, "payments.all.to": "provider", "parties": ["provider"]}
)


def shocks(deal, belief, loading):
    return {"shocks": {"policy": {deal: {belief: loading}}}}


MAPPING = 'write it as in {"one": ..., "another": ...}'

CASES = {
    "nothing": (
        {"scenarios": {}},
        ("scenarios", {}, "at least one deal", 'pass {"a deal": scenario, ...}'),
    ),
    "a list": (
        {"scenarios": [deal(0.3)]},
        ("scenarios", None, "a mapping of texts to Scenarios, not a list", MAPPING),
    ),
    "a number for a name": (
        {"scenarios": {1: deal(0.3)}},
        ("a name in scenarios", 1, "text, not an int", "write a name or a sentence, in quotes"),
    ),
    "a name for a scenario": (
        {"scenarios": {"a": "denver"}},
        ("scenarios['a']", "denver", "a Scenario", 'load it first: sib.load("peterborough")'),
    ),
    "two currencies": (
        {"scenarios": {"a": deal(0.3), "b": deal(0.3, currency="EUR")}},
        (
            "scenarios",
            ["EUR", "GBP"],
            "deals in one currency",
            "put the money of all into one, with `replace`, or make a portfolio of each currency",
        ),
    ),
    "nobody's money": (
        {"scenarios": {"a": UNPAID}},
        (
            "scenarios['a']",
            "a deal that fails or does not",
            "a deal in which somebody puts capital in: without, there is nothing to hold",
            "leave it out",
        ),
    ),
    "too many": (
        {"paths": 1_000_000_000},
        (
            "paths",
            "1,000,000,000 of each of 3 deals",
            "at most 33,554,432 paths of all deals together, which is what fits into memory",
            "pass paths=11_184_810 or fewer",
        ),
    ),
    "an amount of another deal": (
        {"amounts": {"nroth": 1}},
        ("amounts", "nroth", "a deal of the portfolio", 'did you mean "north"?'),
    ),
    "more than there is": (
        {"amounts": {"north": CAPITAL + 1}},
        (
            "amounts['north']",
            CAPITAL + 1,
            "money, from 0 to the capital of the deal, 1,000,000.00",
            "pass how much is held of it; without, all of it is",
        ),
    ),
    "less than nothing": (
        {"amounts": {"north": -1}},
        (
            "amounts['north']",
            -1,
            "money, from 0 to the capital of the deal, 1,000,000.00",
            "pass how much is held of it; without, all of it is",
        ),
    ),
    "nothing of all": (
        {"amounts": dict.fromkeys(DEALS, 0)},
        ("amounts", dict.fromkeys(DEALS, 0), "something of at least one deal", "raise one of them"),
    ),
    "a shock to another deal": (
        shocks("wset", "levels.trees", 0.5),
        ("shocks['policy']", "wset", "a deal of the portfolio", "known here: east, north, south"),
    ),
    "a shock to what is not believed": (
        shocks("north", "levels.tres", 0.5),
        (
            "shocks['policy']['north']",
            "levels.tres",
            "the path under `beliefs` of one that is not sure, and is drawn once for the whole deal",
            'did you mean "levels.trees"?',
        ),
    ),
    "a loading above one": (
        shocks("north", "levels.trees", 1.01),
        (
            "shocks['policy']['north']['levels.trees']",
            1.01,
            "a number from -1 to 1: the correlation of the belief with the shock, on the normal scale",
            "write, for example, 0.5; below zero where it moves the other way",
        ),
    ),
    "no number": (
        shocks("north", "levels.trees", "much"),
        (
            "shocks['policy']['north']['levels.trees']",
            "much",
            "a finite number",
            "write it as a decimal, without quotes, as 0.05",
        ),
    ),
    "more than the whole of a belief": (
        {"shocks": {name: {"north": {"levels.trees": 0.8}} for name in ("policy", "prices")}},
        (
            "shocks['prices']['north']",
            "1.28 in all",
            "loadings of levels.trees whose squares add up to 1 at most: they are shares of its variance",
            "lower one; for a correlation r between equal deals write the root of r in each",
        ),
    ),
    "no mapping": (
        {"shocks": {"policy": 0.5}},
        (
            "shocks['policy']",
            0.5,
            "a mapping of texts to mappings of texts to finite numbers",
            MAPPING,
        ),
    ),
    "an event of another name": (
        {"events": {"policy": {"east": "closes"}}},
        (
            "events['policy']['east']",
            "closes",
            "what the deal calls an event that may happen on any day",
            'did you mean "closure"?',
        ),
    ),
    "an event of another chance": (
        {
            "scenarios": {"east": CLOSED, "west": CLOSED.replace({"beliefs.hazards.closure": 0.2})},
            "events": {"policy": {"east": "closure", "west": "closure"}},
        },
        (
            "events['policy']",
            {"east": 0.1, "west": 0.2},
            "one chance a year of one event, in all deals that wait for it",
            "replace `beliefs.hazards` in those where it is another",
        ),
    ),
    "one event by two names": (
        {"events": {"policy": {"east": "closure"}, "crisis": {"east": "closure"}}},
        (
            "events['crisis']['east']",
            "closure",
            "an event of a deal in one common event at most",
            "leave it out in one of the two",
        ),
    ),
    "an event and a shock": (
        {**shocks("east", "hazards.closure", 0.5), "events": {"policy": {"east": "closure"}}},
        (
            "shocks",
            "hazards.closure",
            "one thing that decides when it comes: an event of east stands in `events` already",
            "leave it out in one of the two",
        ),
    ),
}


@pytest.mark.parametrize(("asked", "said"), CASES.values(), ids=CASES)
def test_is_refused(asked, said):
    with pytest.raises(sib.InputError) as error:
        sib.portfolio(**{"scenarios": DEALS, "paths": 100} | asked)
    (problem,) = error.value.problems
    where, came, rule, remedy = said
    assert (problem.where, problem.rule, problem.remedy) == (where, rule, remedy)
    assert came is None or problem.came == came


def test_loadings_that_are_the_whole_of_a_belief_but_for_rounding_are_allowed():
    third = {name: {"north": {"levels.trees": 0.3**0.5}} for name in ("a", "b", "c")}
    assert sib.portfolio(DEALS, shocks={**third, "d": {"north": {"levels.trees": 0.1**0.5}}}, paths=10).n_paths == 10


def test_what_is_drawn_cohort_by_cohort_is_no_one_score(plan):
    between = plan.replace({"beliefs.effects.reconvictions.between_cohorts": 0.02})
    with pytest.raises(sib.InputError, match="drawn once for the whole deal"):
        sib.portfolio({"a": between}, paths=10, **shocks("a", "effects.reconvictions.between_cohorts", 0.5))


def test_there_is_no_such_deal():
    with pytest.raises(sib.InputError, match="a deal of the portfolio"):
        sib.portfolio(DEALS, paths=10).cash("nroth")


def test_a_share_is_no_amount():
    with pytest.raises(sib.InputError, match="write 2_500_000 for that share"):
        sib.portfolio({"a": sib.load("peterborough")}, amounts={"a": 0.5})
