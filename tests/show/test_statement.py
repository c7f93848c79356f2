"""A settled deal as text. Truth: the small deal's claims by hand, as a person would write them down."""

import re

import pytest

import sib
from sib.analysis.written import of_words
from sib.run.recipe import Deal
from sib.show.statement import read, statement
from tests.test_cookbook import BASE, FRAGMENTS, laid_over, results


def printed(fragment, words):
    scenario = laid_over(BASE, fragment)
    text = statement(scenario, sib.settle(scenario, results(words, scenario)))
    return [re.split(r"  +", line) for line in text.split("\n\n")[0].splitlines()[2:]]


def named(words):
    return next(fragment for fragment in FRAGMENTS if words in fragment)


def test_limits_by_name_with_what_each_cut():
    found = printed(named('name = "contract maximum"'), "jobs=50 ; keeps job=30")
    assert [(line[0], *line[3:]) for line in found] == [
        ("enters work, 1", "15,000.00", "15,000.00", "0.00", "15,000.00", "city"),
        ("keeps job, 1", "15,000.00", "15,000.00", "6,000.00", "9,000.00", "city", "ceiling 6,000.00"),
        ("enters work, 2", "15,000.00", "15,000.00", "2,000.00", "13,000.00", "city", "entries 2,000.00"),
        ("keeps job, 2", "15,000.00", "15,000.00", "6,000.00", "9,000.00", "city", "ceiling 6,000.00"),
    ]


def test_shares_of_payers_what_was_paid_before_and_what_is_owed_back():
    found = printed(named("ministry's cap"), "arrests=0.10 ; days housed=0")
    assert [line[2:] for line in found if line[0] == "arrests, 2"] == [
        ["20 units", "0.6 x 20,000.00", "12,000.00", "0.00", "12,000.00", "city"],
        ["20 units", "0.4 x 20,000.00", "8,000.00", "6,000.00", "2,000.00", "ministry", "ministry's cap 6,000.00"],
    ]
    payments = '[[payments]]\nname = "early"\nmetric = "arrests"\nscope = "cohort"\npays = { per_unit = 100 }\n'
    payments += '[[payments]]\nname = "late"\nmetric = "arrests"\nscope = "pooled"\nmonths_after_result = 1\n'
    late = printed(payments + 'less = ["early"]\npays = { per_unit = 1_000 }\n', "arrests=0.10")[-1]
    assert late[2:5] == ["40 units", "40,000.00 less 4,000.00", "36,000.00"]
    (worse, _) = printed(named('name = "bonus or malus"'), "arrests=[-0.60, 0.10]")
    assert worse[2:] == ["-60% improvement", "-30,000.00", "30,000.00", "0.00", "30,000.00", "lender (owed back)"]


def test_claims_that_are_many_are_one_line():
    due = '[[payments]]\nname = "fee"\ndue = { starts = 2022-01-01, times = 9, every_months = 1 }\n'
    assert printed(due + "pays = { amount = 10 }\n", "") == [
        ["fee, 9 claims", "2022-01-01 to 2022-09-01", "90.00", "90.00", "0.00", "90.00", "city"]
    ]


BELIEVED = " (against 2 a person without the programme, as believed)"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("arrests=0.10", "arrests: improvement 0.1, the same in each of 2 cohorts" + BELIEVED),
        ("arrests=[0.10, 0.09]", "arrests: 1: improvement 0.1; 2: improvement 0.09" + BELIEVED),
        ("arrests.points=[0.10, 0.09]", "arrests: 1: points 0.1; 2: points 0.09"),
        (
            "days housed=299928",
            "days housed: 299,928 units in all, spread over 3 periods evenly, as no timing is believed",
        ),
        (
            "days housed=[0, 0, 1_500.5]",
            "days housed: 2021-06-30: 0 units; 2022-06-30: 0 units; 2023-06-30: 1,500.5 units",
        ),
    ],
)
def test_figures_as_they_were_read(word, said):
    scenario = laid_over(BASE, "")
    model = Deal.of(scenario).model
    assert read(scenario, model, of_words([word], model)) == f"Read: {said}"


def test_figures_with_how_precise_they_are():
    scenario = laid_over(BASE, "")
    given = {
        "arrests": {"1": {"improvement": 0.1, "standard_error": 0.02}, "2": {"treated": 1, "comparison": 2, "n": 90}}
    }
    assert read(scenario, Deal.of(scenario).model, given) == (
        "Read: arrests: 1: improvement 0.1, standard error 0.02; 2: treated 1, comparison 2, n 90" + BELIEVED
    )
