"""The term sheet. Truth: it is complete: change anything that stands in a contract, and it reads otherwise.

A figure, a date, a name, a choice, yes or no: whatever is changed or taken away and makes another contract.
"""

import copy
import datetime as dt
import re

import pytest

import sib
from sib.scenario.layout import WIDTH
from sib.scenario.scenario import json_schema
from sib.scenario.wording import number, percent
from tests.shipped import NAMES
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

TERMS = ("cohorts", "metrics", "payments", "limits", "tranches", "remainders", "costs", "events")
TOP = ("name", "summary", "currency", "start", "outcome_payer", "vehicle", "parties", "receipts_pay_costs_until")
NOUNS = {  # what a key names; any other names a party, or is what something is called
    **dict.fromkeys(("metric", "among", "interim_of", "same_as", "with_any", "none_of", "any_of"), "metrics"),
    **dict.fromkeys(("on", "except", "less", "made", "not_made", "unpaid", "repaid_from", "payments"), "payments"),
    **dict.fromkeys(("cost", "costs"), "costs"),
    "cohorts": "cohorts",
    "principal": "tranches",
}


def chosen():
    """The choices that each key has."""
    found = {}
    for noun in json_schema()["$defs"].values():
        for key, value in noun.get("properties", {}).items():
            for node in (value, *value.get("anyOf", ())):
                found.setdefault(key, []).extend(node.get("enum", ()))
    return found


CHOICES = chosen()


def leaves(value, path=()):
    """Everything that stands in plain data, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def keys(value, path=()):
    """Every key and every item of plain data."""
    for step, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, step)
        if isinstance(item, dict | list):
            yield from keys(item, (*path, step))


def changed(data, path, value):
    """Data with another value at a path, or without it where the value is None; what is not on the way is shared."""
    step, *rest = path
    data = copy.copy(data)
    if rest:
        data[step] = changed(data[step], rest, value)
    elif value is None:
        del data[step]
    else:
        data[step] = value
    return data


def others(value, path, data, parties):
    """Other values that may be valid in its place."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, dt.date):
        return [value + dt.timedelta(days=days) for days in (1, -1, 40)]
    if isinstance(value, int):
        return [value + 1, value - 1, value / 2, value * 0.9]
    if isinstance(value, float):
        return [value * 1.01, value * 0.99, value / 2]
    key = next(step for step in reversed(path) if isinstance(step, str))
    if value in CHOICES.get(key, ()):
        return CHOICES[key]
    if key in NOUNS:
        return [item["name"] for item in data[NOUNS[key]]]
    return [*parties, "ABC" if key == "currency" else f"{value} too"]


@pytest.mark.parametrize("name", NAMES)
def test_everything_in_a_contract_is_in_it(name):
    assert told_apart(sib.load(name)) > 20


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=TITLES)
def test_everything_in_a_mechanic_is_in_it(fragment):
    assert told_apart(laid_over(BASE, fragment)) > 10


def told_apart(scenario):
    """How many changes there were, each of which made the term sheet read otherwise."""
    data, text, said = scenario.data(), scenario.describe(), says(scenario)
    data.pop("sources", None)
    parties = sib.Scenario.from_data(data).timetable.parties
    contract = {key: data[key] for key in (*TOP, *TERMS) if key in data}
    changes = [(path, others(value, path, data, parties)) for path, value in leaves(contract)]
    changes += [(path, [None]) for path in keys(contract)]
    tried = 0
    for path, values in changes:
        for value in values:
            try:
                variant = sib.Scenario.from_data(changed(data, path, value))
            except sib.ScenarioError:
                continue
            if says(variant) == said:
                continue
            tried += 1
            assert variant.describe() != text, (path, value)
            break
    return tried


def says(scenario):
    """The contract with its defaults, which may be written out or not; what a payment reads as it is resolved."""
    contract = scenario.model_dump(exclude={"beliefs", "cases", "sources"})
    for payment in contract["payments"]:
        payment["reads"] = payment["metric"] and scenario.timetable.reads(payment["name"])
    return contract


def words_for(path, value):
    """How a figure may be written out."""
    if isinstance(value, dt.date):
        return [f"{value.day} {value:%B} {value.year}"]
    if path[-1] == "months_after_result" and value == 0:
        return ["on the day of its result", "on the day of the last of them", "on the day of each of them"]
    return [number(abs(value)), percent(abs(value)), f"{number(abs(value) * 100)} percentage points"]


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_written_with_all_their_digits(name):
    scenario = sib.load(name)
    data, text = scenario.data(), scenario.describe()
    figures = (item for item in leaves({key: data[key] for key in ("payments", "limits", "tranches") if key in data}))
    for path, value in figures:
        if isinstance(value, bool | str):
            continue
        assert any(words in text for words in words_for(path, value)), (path, value)


UNITS = (
    "person|persons|month|months|year|years|unit|units|event|events|percentage points?|controls|clusters|times|results|"
    "a person|on the index|cohorts|equal instalments|items|payments|tests|"
    "milestones|periods?|acres|megalitres|that are independent|for each person served"
)


@pytest.mark.parametrize("scenario", [*NAMES, *FRAGMENTS], ids=[*NAMES, *TITLES])
def test_no_figure_is_bare(scenario):
    """Money has its currency; a share its per cent; else a word follows, or it is a rank, a correlation, a date."""
    scenario = sib.load(scenario) if scenario in NAMES else laid_over(BASE, scenario)
    text = " ".join(scenario.describe().split("\n\n", 1)[1].split())
    text = re.sub(r"`[^`]*`", "NAME", text)
    for name in sorted(scenario.timetable.parties, key=len, reverse=True):
        text = text.replace(name, "NAME")
    text = re.sub(r"[Cc]ohorts? \d(?:(?:, | and )\d)*", "NAME", text)
    text = re.sub(r"\d{1,2} [A-Z][a-z]+ \d{4}", "DATE", text)
    figure = r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])"
    before = rf"(?:correlation of -?|\b[A-Z]{{3}} |rank ){figure}"
    said = rf"{figure}(?:%| (?:{UNITS})\b)|{before}|months of 30 days over 360|days over 36[05]"
    assert re.findall(figure, re.sub(said, "SAID", text)) == []


@pytest.mark.parametrize("scenario", [*NAMES, *FRAGMENTS], ids=[*NAMES, *TITLES])
def test_it_fits_a_page(scenario):
    text = (sib.load(scenario) if scenario in NAMES else laid_over(BASE, scenario)).describe()
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not re.search(r"\.\.|[a-z]  [a-z].*\.$|\b(\w+) \1\b", text.replace("...", "")), "said twice, or badly joined"


def flowing(scenario):
    """The term sheet without its line breaks."""
    return re.sub(r"\n  (?! )", " ", scenario.describe())


def test_it_reads_as_a_term_sheet(plan):
    text = flowing(plan)
    for sentence in (
        "- Cohort 1: 1,000 persons. They enrol from 9 September 2010 to 8 July 2012, over 22 months.",
        "It is compared with matched controls, 10 for each person served.",
        "- `early`: for each cohort by itself, 1 month after its result, Ministry of Justice and Big Lottery Fund pays"
        " the vehicle GBP 13,720 for each unit of `reconvictions` avoided. It pays only if the fall in `reconvictions`,"
        " relative to the comparison, is at least 10%.",
        "What is paid counts only the cohorts for which `early` has not fallen due.",
        "- `payer cap`: `early` and `pooled` together come to GBP 8,000,000 at most in all.",
        "- investors: a loan of GBP 5,000,000. It is drawn as costs fall due, from 9 September 2010 to 9 February"
        " 2017. It is repaid as money comes in.",
    ):
        assert sentence in text


def test_beliefs_are_left_out(plan):
    doubtful = plan.replace({"beliefs.effects.reconvictions": 0.0, "beliefs.discount_rates.investors": 0.01})
    assert doubtful.describe() == plan.describe()


class TestWhatIsEasilyMissed:
    """What decides money and stands between the lines of a contract."""

    def text(self, fragment):
        return flowing(laid_over(BASE, fragment))

    def test_a_rate_is_of_principal_a_year_from_a_level_on(self):
        text = self.text(FRAGMENTS[TITLES.index("Note classes with their own tables of return and principal")])
        assert "pays protected by the fall in `arrests`, relative to the comparison: below 5%: nothing; at" in text
        assert "nothing; at least 5%: 2% of principal a year. It is paid for 3 years, simple." in text
        assert "Principal is that of protected. The results are those of `arrests`. It repays capital" in text
        assert "- Principal is the capital that a tranche has out at the start of the day of the payment.\n" in text

    def test_dates_and_days_of_a_loan_and_what_is_kept_for_it(self):
        tranche = (
            '[[tranches]]\nname = "lender"\namount = 200_000\ninterest = 0.05\ncompounds = false\n'
            "repaid_on = [[2023-07-01, 1.0]]\n"
        )
        assert (
            "- lender: a loan of GBP 200,000. It is drawn as costs fall due, from 1 January 2020 to 1 January 2021. Its"
            " capital is repaid as follows: 100% (GBP 200,000) on 1 July 2023. What comes in earlier is kept for it,"
            " for capital that is not due yet and its interest to the day on which it is due. Nobody below it is paid"
            " from that, and it is no part of what remains. It earns interest of 5% a year, simple, on the capital that"
            " is out, by actual days over 365.\n"
        ) in self.text(tranche)

    def test_who_may_count_several_times(self):
        text = self.text("")
        assert "- `days housed`: verified units in all. A person may count several times. Higher" in text
        assert "- `jobs`: persons who reach it, each counting once at most. Higher" in text

    def test_thresholds_are_tests(self):
        # two cohorts at 95%: 1 - 0.95 * 0.95 is 9.75%, 9.8% to a tenth
        assert (
            "- A threshold on `arrests` is a test that chance alone may pass though nothing has changed. It is tested 2"
            " times by `arrests`, which makes that likelier. A test passes so with a chance of 5%. One of 2 tests that"
            " are independent passes so with 9.8%.\n"
        ) in self.text(FRAGMENTS[TITLES.index("A significance gate")])
        assert "A threshold on" not in self.text("")

    def test_a_limit_says_what_it_is_on(self):
        fragment = FRAGMENTS[TITLES.index("A cap on all outcome payments, and what stands outside it")]
        assert (
            "- `contract maximum`: all outcome payments but `days` together (these are `arrests` and `jobs`) come to"
            " GBP 50,000 at most in all.\n- What is over a limit is not paid, then or later.\n"
        ) in self.text(fragment)
        fragment = FRAGMENTS[TITLES.index("A cap on what the money spent has earned")]
        assert (
            "- `return cap`: all outcome payments (these are `arrests`) are cut so that the money spent in all on"
            " costs, from the day on which each was paid, has earned 0% a year at most. It is no cap on what investors"
            " earn, whose money may wait: that is a tranche's `return_cap`.\n"
        ) in self.text(fragment)


class TestTables:
    """A schedule as a contract's table, in its own words."""

    def rows(self, pays, reads="improvement"):
        payment = (
            f'[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "pooled"\nreads = "{reads}"\npays = {pays}'
        )
        lines = laid_over(BASE, payment).describe().partition("WHAT IS PAID FOR IT")[2].splitlines()
        table = [re.split("  +", line.strip()) for line in lines if line.startswith("    ")]
        assert [table[0], set(table[1][0])] == [["level", "pays"], {"-"}]
        return table[2:]

    def test_steps(self):
        assert self.rows("{ steps = [[0.05, 100], [0.1, 200], [0.2, 400.5]], more_than = [0.1] }") == [
            ["below 5%", "nothing"],
            ["at least 5%, up to 10%", "GBP 100"],
            ["more than 10%, below 20%", "GBP 200"],
            ["at least 20%", "GBP 400.5"],
        ]

    def test_bands(self):
        bands = "{ above = 0, up_to = 0.1, pays = 1 }, { above = 0.1, below = 0.2, pays = 2, rises_to = 3 }"
        assert self.rows(f"{{ bands = [{bands}, {{ at_least = 0.2, pays = 4 }}] }}") == [
            ["above 0%, up to 10%", "GBP 1"],
            ["above 10%, below 20%", "GBP 2 rising in a straight line to GBP 3"],
            ["at least 20%", "GBP 4"],
            ["elsewhere", "nothing"],
        ]

    def test_nodes_with_jumps(self):
        nodes = "[[10, 0], [10, 50], [20, 80], [20, 90], [1_000, 100]]"
        assert self.rows(f"{{ nodes = {nodes}, more_than = [20] }}", "units") == [
            ["below 10 events", "GBP 0"],
            ["at least 10 events", "GBP 50"],
            ["up to 20 events", "GBP 80"],
            ["more than 20 events", "GBP 90"],
            ["at 1,000 events", "GBP 100"],
        ]

    def test_two_lines_are_a_sentence(self):
        payment = '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "pooled"\n'
        payment += "pays = { steps = [[0.05, 100], [0.1, 200]] }"
        assert (
            "relative to the comparison: below 5%: nothing; at least 5%, below 10%: GBP 100; at least 10%: GBP 200."
        ) in flowing(laid_over(BASE, payment))
