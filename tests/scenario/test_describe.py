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
        "- investors: a loan of GBP 5,000,000, drawn as costs fall due, from 9 September 2010 to 9 February 2017.",
    ):
        assert sentence in text


def test_beliefs_are_left_out(plan):
    doubtful = plan.replace({"beliefs.effects.reconvictions": 0.0, "beliefs.discount_rates.investors": 0.01})
    assert doubtful.describe() == plan.describe()


class TestWhatIsEasilyMissed:
    """What decides money and stands between the lines of a contract."""

    def text(self, fragment):
        return laid_over(BASE, fragment).describe()

    def test_a_rate_is_of_principal_a_year_from_a_level_on(self):
        fragment = FRAGMENTS[TITLES.index("Note classes with their own tables of return and principal")]
        assert "pays protected by the fall in `arrests`, relative to the comparison: in steps, nothing below 5%;" in (
            self.text(fragment)
        )
        assert (
            "2% of principal a year at 5% or more, for 3 years, simple, where principal is the capital that protected"
            in (self.text(fragment))
        )

    def test_dates_and_days_of_a_loan_and_what_is_kept_for_it(self):
        tranche = (
            '[[tranches]]\nname = "lender"\namount = 200_000\ninterest = 0.05\ncompounds = false\n'
            "repaid_on = [[2023-07-01, 1.0]]\n"
        )
        assert (
            "- lender: a loan of GBP 200,000, drawn as costs fall due, from 1 January 2020 to 1 January 2021. Its"
            " capital is repaid as follows: 100% (GBP 200,000) on 1 July 2023. What comes in earlier is kept for it,"
            " for capital that is not due yet and its interest to the day on which it is due; nobody below it, and"
            " nothing that remains, is paid from that. It earns interest of 5% a year, simple, on the capital that is"
            " out, by actual days over 365.\n"
        ) in self.text(tranche)

    def test_who_may_count_several_times(self):
        text = self.text("")
        assert "- `days housed`: verified units in all, where a person may count several times; higher" in text
        assert "- `jobs`: verified units in all, each person counting once at most; higher" in text

    def test_thresholds_are_tests(self):
        # two cohorts at 95%: 1 - 0.95 * 0.95 is 9.75%, 9.8% to a tenth
        assert (
            "- A threshold on `arrests` is a test that chance alone may pass though nothing has changed; it is tested 2"
            " times by `arrests`, which makes that likelier. A test passes so with a chance of 5%, one of 2 that are"
            " independent with 9.8%.\n"
        ) in self.text(FRAGMENTS[TITLES.index("A significance gate")])
        assert "A threshold on" not in self.text("")

    def test_a_limit_says_what_it_is_on(self):
        fragment = FRAGMENTS[TITLES.index("A cap on all outcome payments, and what stands outside it")]
        assert (
            "- `contract maximum`: all outcome payments but `days` together (`arrests` and `jobs`) come to GBP 50,000"
            " at most in all. What is over it is not paid, then or later.\n"
        ) in self.text(fragment)
        fragment = FRAGMENTS[TITLES.index("A cap on what the money spent has earned")]
        assert (
            "- `return cap`: all outcome payments (`arrests`) are cut so that the money spent in all on costs,"
            " from the day on which each was paid, has earned 0% a year at most (no cap on what investors earn, whose"
            " money may wait: that is a tranche's `return_cap`). What is over it is not paid, then or later.\n"
        ) in self.text(fragment)
