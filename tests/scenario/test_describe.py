"""The term sheet. Truth: it is complete: change any figure that a payment depends on, and it reads otherwise."""

import copy
import datetime as dt

import pytest

import sib
from sib.scenario.wording import number, percent
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

NAMES = list(sib.scenarios().index)
TERMS = ("cohorts", "metrics", "payments", "limits", "tranches", "remainders", "costs", "events")


def leaves(value, path=()):
    """Every number and date of plain data, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif isinstance(value, int | float | dt.date) and not isinstance(value, bool):
        yield path, value


def changed(data, path, value):
    data = copy.deepcopy(data)
    here = data
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return data


def others(value):
    """Other values that may be valid in its place."""
    if isinstance(value, dt.date):
        return [value + dt.timedelta(days=days) for days in (1, -1, 40)]
    if isinstance(value, int):
        return [value + 1, value - 1, value / 2, value * 0.9]
    return [value * 1.01, value * 0.99, value / 2]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_contract_is_in_it(name):
    assert told_apart(sib.load(name)) > 10


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=TITLES)
def test_every_figure_of_a_mechanic_is_in_it(fragment):
    assert told_apart(laid_over(BASE, fragment)) > 10


def told_apart(scenario):
    """How many figures were changed, each of which made the term sheet read otherwise."""
    data, text = scenario.data(), scenario.describe()
    data.pop("sources", None)
    tried = 0
    for path, value in leaves({key: data[key] for key in TERMS if key in data}):
        for other in others(value):
            if other == value:
                continue
            try:
                variant = sib.Scenario.from_data(changed(data, path, other))
            except sib.ScenarioError:
                continue
            tried += 1
            assert variant.describe() != text, path
            break
    return tried


def words_for(path, value):
    """How a figure may be written out."""
    if isinstance(value, dt.date):
        return [f"{value.day} {value:%B} {value.year}"]
    if path[-1] == "months_after_result" and value == 0:
        return ["on its result", "on the last of them", "on each of them"]
    return [number(abs(value)), percent(abs(value)), f"{number(abs(value) * 100)} percentage points"]


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_written_with_all_their_digits(name):
    scenario = sib.load(name)
    data, text = scenario.data(), scenario.describe()
    for path, value in leaves({key: data[key] for key in ("payments", "limits", "tranches") if key in data}):
        assert any(words in text for words in words_for(path, value)), (path, value)


def test_it_reads_as_a_term_sheet(plan):
    text = plan.describe()
    for sentence in (
        "- Cohort 1: 1,000 persons, who enrol from 9 September 2010 for 22 months to 9 July 2012.",
        "It is compared with matched controls, 10 for each person served.",
        "- `early`: for each cohort by itself, 1 month after its result, if the fall in `reconvictions`, relative to"
        " the comparison, is at least 10%, Ministry of Justice and Big Lottery Fund pays the vehicle GBP 13,720 for"
        " each unit of `reconvictions` avoided.",
        "What is paid counts only the cohorts for which `early` has not fallen due.",
        "- `payer cap`: `early` and `pooled` together come to GBP 8,000,000 at most in all.",
        "- investors: a loan of GBP 5,000,000, drawn as costs fall due.",
    ):
        assert sentence in text


def test_beliefs_are_left_out(plan):
    doubtful = plan.replace({"beliefs.effects.reconvictions": 0.0, "beliefs.discount_rates.investors": 0.01})
    assert doubtful.describe() == plan.describe()
