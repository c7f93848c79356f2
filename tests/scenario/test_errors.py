"""Errors are part of the interface: each says which input, what came, the rule and what to do. Whole messages."""

import datetime as dt
import math

import pytest

import sib
from sib.errors import InputError, Problem
from tests.deals import START

BASE = {
    "name": "small",
    "summary": "a small deal",
    "currency": "EUR",
    "start": START,
    "outcome_payer": "city",
    "cohorts": [{"name": "first", "size": 100, "enrol": {"starts": START, "months": 12}}],
    "metrics": [
        {
            "name": "arrests",
            "kind": "count",
            "better": "lower",
            "window_months": 12,
            "compare": {"design": "matched", "controls": 5},
            "reported": {"months_after_enrolment": 18},
        }
    ],
    "payments": [
        {"name": "result", "metric": "arrests", "scope": "cohort", "pays": {"steps": [[0.1, 100], [0.2, 200]]}}
    ],
    "tranches": [{"name": "lender", "amount": 1000}],
    "costs": [{"name": "care", "to": "charity", "per": "cohort", "amount": 1000}],
    "beliefs": {
        "comparison": {"arrests": {"mean": 1.0, "shape": 1.0}},
        "effects": {"arrests": 0.1},
        "discount_rates": {"lender": 0.0},
    },
}

NOTHING = object()


def changed(*steps_and_value):
    *steps, last, value = steps_and_value

    def copy(x):
        return (
            {k: copy(v) for k, v in x.items()}
            if isinstance(x, dict)
            else [copy(v) for v in x]
            if isinstance(x, list)
            else x
        )

    data = copy(BASE)
    here = data
    for step in steps:
        here = here[step]
    if value is NOTHING:
        del here[last]
    else:
        here[last] = value
    return data


def message(data):
    with pytest.raises(sib.ScenarioError) as error:
        sib.Scenario.from_data(data, file="small.toml")
    return str(error.value)


def test_the_base_is_valid():
    assert sib.Scenario.from_data(BASE).name == "small"


CASES = {
    "a missing key": (
        changed("cohorts", 0, "size", NOTHING),
        "small.toml: cohorts.first.size\n"
        "  came:  nothing\n"
        "  rule:  `size` is required: the number of persons\n"
        "  to do: add, for example, `size = 1000`",
    ),
    "a misspelt key": (
        changed("tranches", 0, "ammount", 5),
        "small.toml: tranches.lender.ammount\n"
        "  came:  5\n"
        "  rule:  there is no key `ammount` here; unknown keys are never ignored\n"
        '  to do: did you mean "amount"?',
    ),
    "a wrong type": (
        changed("cohorts", 0, "size", "many"),
        "small.toml: cohorts.first.size\n"
        "  came:  'many'\n"
        "  rule:  a whole number: the number of persons\n"
        "  to do: write, for example, `size = 1000`",
    ),
    "a date in quotes": (
        changed("cohorts", 0, "enrol", "starts", "2015-01-01"),
        "small.toml: cohorts.first.enrol.starts\n"
        "  came:  '2015-01-01'\n"
        "  rule:  a date without quotes, as 2010-09-09: the first day of enrolment\n"
        "  to do: write, for example, `starts = 2010-09-09`",
    ),
    "a negative size": (
        changed("cohorts", 0, "size", -5),
        "small.toml: cohorts.first.size\n"
        "  came:  -5\n"
        "  rule:  at least 1: the number of persons\n"
        "  to do: write, for example, `size = 1000`",
    ),
    "an enormous size": (
        changed("cohorts", 0, "size", 10**9),
        "small.toml: cohorts.first.size\n"
        "  came:  1000000000\n"
        "  rule:  at most 1e+08: the number of persons\n"
        "  to do: write, for example, `size = 1000`",
    ),
    "true for a number": (
        changed("cohorts", 0, "size", True),
        "small.toml: cohorts.first.size\n"
        "  came:  True\n"
        "  rule:  a whole number: the number of persons\n"
        "  to do: write, for example, `size = 1000`",
    ),
    "NaN": (
        changed("beliefs", "effects", "arrests", math.nan),
        "small.toml: beliefs.effects.arrests\n"
        "  came:  nan\n"
        "  rule:  a finite number: the improvement\n"
        "  to do: write, for example, `arrests = 0.1`",
    ),
    "thresholds out of order": (
        changed("payments", 0, "pays", {"steps": [[0.2, 100], [0.1, 200]]}),
        "small.toml: payments.result.pays.steps\n"
        "  came:  '0.1 after 0.2'\n"
        "  rule:  the levels of a schedule rise from the first to the last\n"
        "  to do: put the levels of `steps` in rising order",
    ),
    "a cohort that ends before it starts": (
        changed("cohorts", 0, "enrol", {"starts": START, "ends": dt.date(2014, 1, 1)}),
        "small.toml: cohorts.first.enrol.ends\n"
        "  came:  2014-01-01\n"
        "  rule:  enrolment cannot end before it starts (2015-01-01)\n"
        "  to do: exchange the two dates, or correct the wrong one",
    ),
    "a payment on a metric that is not there": (
        changed("payments", 0, "metric", "arests"),
        "small.toml: payments.result.metric\n"
        "  came:  'arests'\n"
        "  rule:  a payment reads a metric; there is no `arests`\n"
        '  to do: did you mean "arrests"?',
    ),
    "a date before the start": (
        changed("cohorts", 0, "enrol", {"starts": dt.date(2014, 12, 31), "months": 12}),
        "small.toml: cohorts.first.enrol.starts\n"
        "  came:  2014-12-31\n"
        "  rule:  nothing happens before the scenario starts (2015-01-01)\n"
        "  to do: correct the date, or move `start` back",
    ),
    "an unknown distribution": (
        changed("beliefs", "effects", "arrests", {"distribution": "norml", "mean": 0.1, "sd": 0.1}),
        "small.toml: beliefs.effects.arrests.distribution\n"
        "  came:  'norml'\n"
        "  rule:  one of: certain, normal, student, triangular, uniform\n"
        '  to do: did you mean "normal"?',
    ),
    "no distribution": (
        changed("beliefs", "effects", "arrests", {"mean": 0.1}),
        "small.toml: beliefs.effects.arrests.distribution\n"
        "  came:  nothing\n"
        "  rule:  one of: certain, normal, student, triangular, uniform\n"
        "  to do: known here: certain, normal, student, triangular, uniform",
    ),
    "an unknown design": (
        changed("metrics", 0, "compare", "design", "twins"),
        "small.toml: metrics.arrests.compare.design\n"
        "  came:  'twins'\n"
        "  rule:  one of: matched, randomised, cluster-randomised, historical, before-after, difference in differences,"
        " mix, none: how the counterfactual is found\n"
        "  to do: known here: before-after, cluster-randomised, difference in differences, historical, matched, mix,"
        " none, randomised",
    ),
    "two ways to write a schedule": (
        changed("payments", 0, "pays", {"per_unit": 5, "amount": 5}),
        "small.toml: payments.result.pays\n"
        "  came:  ['per_unit', 'amount']\n"
        "  rule:  a schedule is written in exactly one way: per_unit, amount, steps, bands, nodes\n"
        "  to do: keep the one that says what the contract says",
    ),
    "a share that no overdispersed count has": (
        changed("beliefs", "comparison", "arrests", {"mean": 1.0, "share_with_any": 0.7}),
        "small.toml: beliefs.comparison.arrests.share_with_any\n"
        "  came:  0.7\n"
        "  rule:  with a mean of 1 the share with any event is below 0.6321, where persons are alike\n"
        '  to do: correct one of the two figures, or write `spread = "poisson"` in place of the share',
    ),
    "a payment for those unpaid that comes before the other": (
        changed(
            "payments",
            [
                {
                    "name": "one",
                    "metric": "arrests",
                    "scope": "cohort",
                    "pays": {"amount": 1},
                    "months_after_result": 2,
                },
                {
                    "name": "two",
                    "metric": "arrests",
                    "scope": "pooled",
                    "pays": {"amount": 1},
                    "when": {"unpaid": "one"},
                },
            ],
        ),
        "small.toml: payments.two.when.unpaid\n"
        "  came:  'due 2017-07-01, before `one` on 2017-09-01'\n"
        "  rule:  what another payment has not paid for is known once that payment has fallen due\n"
        "  to do: raise `months_after_result` here, or lower it in `one`",
    ),
    "nine per cent written as 9": (
        changed("beliefs", "effects", "arrests", {"distribution": "normal", "mean": 9, "sd": 0.05}),
        "small.toml: beliefs.effects.arrests.mean\n"
        "  came:  9.0\n"
        "  rule:  at most 1, which is no event at all\n"
        "  to do: write 0.09 for nine per cent",
    ),
    "a threshold in per cent": (
        changed("payments", 0, "when", {"improvement": 7.5}),
        "small.toml: payments.result.when.improvement\n"
        "  came:  7.5\n"
        "  rule:  at most 1, which is no event at all\n"
        "  to do: write 0.10 for ten per cent",
    ),
    "a rate in per cent": (
        changed("beliefs", "discount_rates", "lender", 3.5),
        "small.toml: beliefs.discount_rates.lender\n"
        "  came:  3.5\n"
        "  rule:  at most 1\n"
        "  to do: write a value for `lender` that follows the rule; 3.5 may mean 0.035",
    ),
    "a spread in per cent": (
        changed("beliefs", "effects", "arrests", {"distribution": "normal", "mean": 0.09, "sd": 5}),
        "small.toml: beliefs.effects.arrests.sd\n"
        "  came:  5\n"
        "  rule:  at most 1: its standard deviation\n"
        "  to do: write, for example, `sd = 0.05`; 5 may mean 0.05",
    ),
    "a share that would be too large in per cent too": (
        changed("beliefs", "effects", "arrests", {"distribution": "normal", "mean": 0.09, "sd": 500}),
        "small.toml: beliefs.effects.arrests.sd\n"
        "  came:  500\n"
        "  rule:  at most 1: its standard deviation\n"
        "  to do: write, for example, `sd = 0.05`",
    ),
    "a misspelt name of a metric, of which a table is incomplete": (
        changed("beliefs", "effects", {"arests": {"mean": 0.1, "deviation": 0.05}}),
        "small.toml: beliefs.effects.arests\n"
        "  came:  'arests'\n"
        "  rule:  `beliefs.effects` is about what the deal has of metrics; there is no `arests`\n"
        '  to do: did you mean "arrests"?',
    ),
    "a misspelt name of which much is wrong, once": (
        changed("beliefs", "comparison", {"arests": {"men": "many", "spread": 2}}),
        "small.toml: beliefs.comparison.arests\n"
        "  came:  'arests'\n"
        "  rule:  `beliefs.comparison` is about what the deal has of metrics; there is no `arests`\n"
        '  to do: did you mean "arrests"?',
    ),
    "a misspelt tranche with a rate in words": (
        changed("beliefs", "discount_rates", {"lendr": "five"}),
        "small.toml: beliefs.discount_rates.lendr\n"
        "  came:  'lendr'\n"
        "  rule:  `beliefs.discount_rates` is about what the deal has of tranches; there is no `lendr`\n"
        '  to do: did you mean "lender"?',
    ),
    "a spread that goes beyond no event at all": (
        changed("beliefs", "effects", "arrests", {"distribution": "normal", "mean": 0.2, "sd": 0.5}),
        "small.toml: beliefs.effects.arrests.sd\n"
        "  came:  0.5\n"
        "  rule:  at most one future in 100 has an effect beyond no event at all, which counts as none\n"
        "  to do: lower `sd` or `between_cohorts` (0.05 for five points), or use a bounded distribution",
    ),
    "a price for each unit of something else": (
        changed("payments", 0, {**BASE["payments"][0], "reads": "points", "pays": {"per_unit": 5}}),
        "small.toml: payments.result.reads\n"
        "  came:  'points'\n"
        "  rule:  `per_unit` is a price for each unit, so it reads units\n"
        "  to do: leave `reads` out, or write the schedule as nodes",
    ),
    "a cohort called by a word that results go by": (
        changed("cohorts", 0, "name", "pooled"),
        "small.toml: cohorts.pooled.name\n"
        "  came:  'pooled'\n"
        "  rule:  a cohort is not called treated, comparison, n, standard_error, pooled, improvement, points, units, "
        "level: results go by these words\n"
        "  to do: give the cohort another name",
    ),
    "two payments under one label": (
        changed(
            "payments",
            [BASE["payments"][0], {**BASE["payments"][0], "name": "result, cohort first", "scope": "pooled"}],
        ),
        "small.toml: payments.result, cohort first.name\n"
        "  came:  'result, cohort first'\n"
        "  rule:  no two payments stand in the ledger under one label; `result, cohort first` would\n"
        "  to do: give one of them another name",
    ),
    "a cohort given up after it was measured": (
        changed(
            "events",
            [{"name": "stop", "date": dt.date(2017, 1, 1), "cohorts": ["second"]}],
        )
        | {
            "cohorts": [*BASE["cohorts"], {**BASE["cohorts"][0], "name": "second"}],
            "tranches": [{"name": "lender", "amount": 2000}],
        },
        "small.toml: events.stop.date\n"
        "  came:  2017-01-01\n"
        "  rule:  cohort second is measured once its last window has ended (2017-01-01), and paid for\n"
        "  to do: correct the date, or leave the cohort out of the event",
    ),
    "a payment without a bound": (
        changed("payments", 0, "pays", {"nodes": [[0, 0], [1, 10]], "beyond": "extended"}),
        "small.toml: payments.result.pays.beyond\n"
        "  came:  'extended'\n"
        "  rule:  an improvement has no bound where the comparison has no events; a payment on it needs one\n"
        "  to do: add a limit with an amount on this payment, or let it read units",
    ),
    "instalments for centuries": (
        changed("costs", 0, {**BASE["costs"][0], "instalments": 1200, "every_months": 12}),
        "small.toml: costs.care.instalments\n"
        "  came:  '1200, 12 months apart'\n"
        "  rule:  the last instalment falls due within 1200 months of the first\n"
        "  to do: lower `instalments` or `every_months`",
    ),
    "costs above the capital": (
        changed("costs", 0, "amount", 1001),
        "small.toml: costs\n"
        "  came:  '1,001.00 in all'\n"
        "  rule:  costs are paid from the capital committed, 1,000.00\n"
        "  to do: raise the tranche's amount or lower the costs; or let what comes in for outcomes pay costs until a"
        " day, after the last is due and the first comes in: `receipts_pay_costs_until = 2017-07-02`",
    ),
    "a result before the window has passed": (
        changed("metrics", 0, "reported", {"dates": [dt.date(2016, 12, 31)]}),
        "small.toml: metrics.arrests.reported.dates.0\n"
        "  came:  2016-12-31\n"
        "  rule:  cohort first's result is known once the last person's window has passed (2017-01-01)\n"
        "  to do: correct the date, the cohort's enrolment or the metric's window",
    ),
    "two parties of one name": (
        changed("tranches", 0, "name", "city"),
        "small.toml: tranches.city.name\n"
        "  came:  'city'\n"
        "  rule:  each party of the ledger has a name of its own; this is already the outcome payer\n"
        "  to do: give a tranche another name",
    ),
    "a belief about nothing": (
        changed("beliefs", "discount_rates", "lendr", 0.1),
        "small.toml: beliefs.discount_rates.lendr\n"
        "  came:  'lendr'\n"
        "  rule:  `beliefs.discount_rates` is about what the deal has of tranches; there is no `lendr`\n"
        '  to do: did you mean "lender"?',
    ),
    "no belief about a metric": (
        changed("beliefs", "effects", {}),
        "small.toml: beliefs.effects.arrests\n"
        "  came:  nothing\n"
        "  rule:  `beliefs.effects` has an entry for each of: arrests\n"
        '  to do: add "arrests" to the table [beliefs.effects]',
    ),
    "a source for nothing": (
        changed("sources", {"tranches.lender.rate": "the press"}),
        "small.toml: sources.tranches.lender.rate\n"
        "  came:  'tranches.lender.rate'\n"
        "  rule:  a source is given for a key that the scenario writes out\n"
        "  to do: correct the path, or remove the source",
    ),
    "a name on two lines": (
        changed("tranches", 0, "name", "A. Lender\n(senior)"),
        'small.toml: tranches."A. Lender\\n(senior)".name\n'
        "  came:  'A. Lender\\n(senior)'\n"
        "  rule:  text on one line, of characters that can be printed, which LINE FEED (U+000A) is not:"
        " whose money it is\n"
        '  to do: write, for example, `name = "investors"`',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    data, expected = CASES[case]
    assert message(data) == expected


def test_every_problem_is_named():
    data = changed("cohorts", 0, "size", -5)
    data["tranches"][0]["amount"] = "lots"
    with pytest.raises(sib.ScenarioError) as error:
        sib.Scenario.from_data(data)
    assert [problem.where for problem in error.value.problems] == ["cohorts.first.size", "tranches.lender.amount"]


def test_many_problems_are_counted():
    data = changed("cohorts", [{"name": str(i), "size": 0, "enrol": {"starts": START, "months": 1}} for i in range(15)])
    assert message(data).endswith("... and 3 more")


@pytest.mark.parametrize("data", [{}, {"cohorts": 3}, {"cohorts": [3]}, {"beliefs": []}, {"sources": {"a": 1}}])
def test_nothing_but_scenario_errors(data):
    with pytest.raises(sib.ScenarioError):
        sib.Scenario.from_data(data)


class TestFiles:
    def test_a_mark_that_editors_put_first_is_no_matter(self, tmp_path, plan):
        file = tmp_path / "notepad.toml"
        file.write_text(plan.to_toml(), encoding="utf-8-sig")
        assert sib.load(file) == plan

    def test_the_line_that_is_not_toml_is_shown(self, tmp_path):
        file = tmp_path / "date.toml"
        file.write_text('name = "x"\nstart = 01/04/2026\n', encoding="utf-8")
        with pytest.raises(sib.ScenarioError) as error:
            sib.load(file)
        assert error.value.problems[0].came == "start = 01/04/2026"
        assert "dates as 2010-09-09" in str(error.value)

    def test_unknown_name_suggests_the_nearest(self):
        with pytest.raises(sib.ScenarioError) as error:
            sib.load("peterboro")
        assert str(error.value) == (
            "scenario\n"
            "  came:  'peterboro'\n"
            "  rule:  the name of a scenario that ships with the library, or the path of a .toml file\n"
            '  to do: did you mean "peterborough"?'
        )

    def test_no_such_file(self, tmp_path):
        with pytest.raises(sib.ScenarioError, match="a file that can be read"):
            sib.load(tmp_path / "none.toml")

    def test_a_folder(self, tmp_path):
        with pytest.raises(sib.ScenarioError, match="a file that can be read"):
            sib.load(tmp_path)

    @pytest.mark.parametrize(
        ("content", "rule"),
        [
            (b"name = ", "valid TOML"),
            (b"start = 2010-13-01", "valid TOML"),
            (b"\xff\xfe", "UTF-8"),
            (b"a = " + b"[\n" * 100_000, "not deeply nested"),
            (b"", "`name` is required"),
            (b"# " + b"x" * 2_000_001, "at most 2 MB"),
            (b"size = " + b"9" * 5000, "numbers that can be read"),
            (b"a" + b".a" * 30_000 + b" = 1", "lines of at most 20,000 characters"),
            (b"x" + b".a" * 3000 + b" = 1", "there is no key"),
        ],
        ids=["cut off", "no such month", "not text", "nested", "empty", "huge", "digits", "long line", "deep key"],
    )
    def test_files_that_are_not_scenarios(self, tmp_path, content, rule):
        file = tmp_path / "bad.toml"
        file.write_bytes(content)
        with pytest.raises(sib.ScenarioError, match=rule) as error:
            sib.load(file)
        assert "bad.toml" in str(error.value)


def test_errors_survive_a_process_boundary():
    import pickle

    error = InputError(Problem("a", 1, "b", "c"), file="f")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert type(again) is type(error)
