"""Rate cards in words. Truth: the lines of a card written here, and what a person would say of them."""

import re

import pytest

import sib
from tests.test_cookbook import BASE, laid_over

ITEMS = {"enters work": 600, "13 weeks": 1_000, "26 weeks": 1_250.5}
BEFORE = {"13 weeks": "enters work", "26 weeks": "13 weeks"}
METRIC = '[[metrics]]\nname = "{name}"\nkind = "total"\nbetter = "higher"\nonce = true\n{more}\n'
PAYMENT = (
    '[[payments]]\nname = "{name}"\nmetric = "{metric}"\nscope = "cohort"\npays = {{ per_unit = {price} }}\n{more}\n'
)


def deal(items=ITEMS, more=None, extra=""):
    """A card of these items, the later ones for those who reached the one before; more keys of some payments."""
    text = extra
    for name, price in items.items():
        among = f'among = "{BEFORE[name]}"' if name in BEFORE else "reported = { months_after_enrolment = 6 }"
        text += METRIC.format(name=name, more=among)
        text += PAYMENT.format(name=f"pay {name}", metric=name, price=price, more=(more or {}).get(name, ""))
    text += "[beliefs.levels]\n" + "".join(f'"{name}" = 0.5\n' for name in items)
    return laid_over(BASE, text)


def section(scenario, heading):
    return scenario.describe().partition(heading)[2].partition("\n\n")[0]


def rows(text):
    return [re.split("  +", line.strip()) for line in text.splitlines() if line.startswith("    ")]


def test_prices_are_one_table_under_one_sentence():
    text = section(deal(), "WHAT IS PAID FOR IT")
    assert text.startswith(
        "\n- Rate card of 3 items: for each cohort by itself, on the day of its result, city pays the vehicle a\n"
        "  price for each person who reaches an item:\n    payment "
    )
    assert text.count("\n- ") == 1
    head, _, *lines = rows(text)
    assert head == ["payment", "item", "price", "only those who reached"]
    assert lines == [
        ["`pay enters work`", "`enters work`", "GBP 600"],
        ["`pay 13 weeks`", "`13 weeks`", "GBP 1,000", "`enters work`"],
        ["`pay 26 weeks`", "`26 weeks`", "GBP 1,250.5", "`13 weeks`"],
    ]


def test_who_pays_and_when_are_columns_where_they_differ():
    more = {"13 weeks": 'payer = "provider"'}
    text = section(deal(more=more), "WHAT IS PAID FOR IT")
    assert "city pays the vehicle, where the table names nobody else, a price for" in " ".join(text.split())
    head, _, *lines = rows(text)
    assert head == ["payment", "item", "price", "only those who reached", "paid by"]
    assert [line[-1] for line in lines] == ["GBP 600", "provider", "`13 weeks`"]
    more = {"26 weeks": 'cohorts = ["2"]\npublished_from = 2021-01-01'}
    text = section(deal(more=more), "WHAT IS PAID FOR IT")
    assert max(map(len, text.splitlines())) <= 100
    head, *lines = rows(text)
    assert head[-2:] == ["cohorts", "results published"]
    assert [line[-2:] for line in lines if line[0] == "`pay 13 weeks`"] == [["all", "on any day"]]
    assert [line[4:] for line in lines if line[0] == "`pay 26 weeks`"] == [["cohort 2 only", "from 1 January"]]
    assert lines[-1] == ["2021"]


def test_what_holds_of_all_is_said_below():
    text = section(deal(more=dict.fromkeys(ITEMS, 'cohorts = ["2"]')), "WHAT IS PAID FOR IT")
    assert "cohorts" not in rows(text)[0]
    assert text.endswith("\n  It is for cohort 2 only.")


@pytest.mark.parametrize(
    "key",
    [
        "when = { units = 10 }",
        'when = { not_made = ["pay 13 weeks"] }',
        'to = "lender"',
        "months_after_result = 1",
        'less = ["pay 13 weeks"]',
    ],
)
def test_a_payment_with_more_than_a_price_is_said_by_itself(key):
    """What a table of prices does not say is never left out of the sheet."""
    text = section(deal({**ITEMS, "26 weeks": 5}, {"26 weeks": key}), "WHAT IS PAID FOR IT")
    assert "Rate card" not in text


def test_metrics_that_differ_in_nothing_else_are_one_item():
    text = " ".join(section(deal(), "WHAT IS MEASURED").split())
    assert (
        "- `jobs`, `enters work`, `13 weeks` and `26 weeks`, each by itself: persons who reach it, each counting once"
        " at most. Higher is better. It is compared with nothing. Each cohort's result is published 6 months after its"
        " enrolment ends. Who can reach which: metric only those who reached"
    ) in text


def test_a_funnel_that_a_card_says_is_said_once():
    extra = METRIC.format(name="jobs", more="reported = { months_after_enrolment = 9 }")
    text = section(deal(extra=extra), "WHAT IS MEASURED")
    assert "Some can be reached by those only who reached another, as the rate card says." in " ".join(text.split())
    assert rows(text) == []


def test_twenty_three_items_are_a_page():
    items = {f"item {number}": 100 * number for number in range(1, 24)}
    scenario = deal(items)
    text = section(scenario, "WHAT IS PAID FOR IT")
    assert len(rows(text)) == 2 + 23
    assert len(text.splitlines()) <= 30
    assert len(scenario.describe().splitlines()) < 75


def test_long_names_wrap_and_are_complete():
    long = "a person keeps the same job without a break for at least twenty-six weeks in a year"[:70].strip()
    scenario = deal({**ITEMS, long: 7, f"{long[:-2]}!": 8})
    text = section(scenario, "WHAT IS PAID FOR IT")
    assert max(map(len, text.splitlines())) <= 100
    words = re.findall(r"[\w!-]+", text)
    assert all(words.count(word) >= 2 for word in long.split()[:-1])


def test_what_the_lines_of_a_card_share_is_refused_once():
    card = {
        "name": "card",
        "reported": {"months_after_enrolment": 6},
        "payers": {"city": 0.7, "ministry": 0.2},
        "items": [{"metric": f"item {i}", "price": 100 * i, "believed": 0.5} for i in range(1, 5)],
    }
    data = laid_over(BASE, "").data() | {"rate_cards": [card], "parties": ["ministry"]}
    with pytest.raises(sib.ScenarioError) as refused:
        sib.Scenario.from_data(data)
    assert [problem.where for problem in refused.value.problems] == ["rate_cards.card.payers"]
