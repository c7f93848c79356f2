"""What contracts say in other words is read; what makes no sense is refused. Whole messages: tests/cases/language.txt.

Truth: the definition of each word, and arithmetic by hand.
"""

import datetime as dt
from copy import deepcopy
from pathlib import Path

import pytest

import sib
from sib.scenario.rate_cards import resolved
from sib.terms.calendar import add_months
from sib.terms.levels import Levels
from sib.terms.schedule import Schedule
from tests.scenario.test_errors import BASE, message

TEXTS = (Path(__file__).parents[1] / "cases" / "language.txt").read_text(encoding="utf-8")
EXPECTED = {name: text for name, _, text in (case.partition("\n") for case in TEXTS.removeprefix("## ").split("\n## "))}

P = BASE["payments"][0]
UNITS = {
    "name": "acres",
    "kind": "total",
    "better": "higher",
    "reported": {"first": dt.date(2016, 3, 31), "every_months": 3, "times": 6},
}
ACRES = {"name": "acres", "metric": "acres", "scope": "period", "pays": {"per_unit": 1}}
JOB = {"name": "jobs", "kind": "total", "better": "higher", "once": True, "reported": {"months_after_enrolment": 6}}
CARD = {
    "name": "card",
    "reported": {"months_after_enrolment": 6},
    "items": [{"metric": "job", "price": 500, "believed": 0.4}],
}


def base(**over):
    data = deepcopy(BASE)
    data.update(deepcopy(over))
    return data


def pays(schedule, **more):
    return base(payments=[{**P, "pays": schedule, **more}])


def acres(*payments, **over):
    return base(
        metrics=[*BASE["metrics"], UNITS],
        payments=[P, *payments],
        beliefs={**BASE["beliefs"], "levels": {"acres": 10}},
        **over,
    )


def card(*items, **over):
    return base(rate_cards=[{**CARD, "items": list(items), **over}])


def without_cohorts(**over):
    data = base(
        metrics=[UNITS],
        payments=[ACRES],
        costs=[{"name": "care", "to": "charity", "per": "deal", "amount": 1000, "starts": BASE["start"]}],
        beliefs={"levels": {"acres": 10}, "discount_rates": {"lender": 0.0}},
    )
    del data["cohorts"]
    return data | deepcopy(over)


def event(name, **more):
    return {"name": name, "date": dt.date(2015, 3, 1), "payments": ["result"], **more}


ITEM = {"metric": "job", "price": 500, "believed": 0.4}
WHEN = {"when": {"improvement": 0.1}}
CASES = {
    "a range that holds nothing": pays(P["pays"], when={"improvement": {"at_least": 0.2, "less_than": 0.1}}),
    "a range without an end": pays(P["pays"], when={"improvement": {}}),
    "a range that begins twice": pays(P["pays"], when={"improvement": {"at_least": 0.1, "more_than": 0.1}}),
    "one end in two words": pays(P["pays"], when={"improvement": {"below": 0.1, "less_than": 0.1}}),
    "a misspelt end of a range": pays(P["pays"], when={"improvement": {"less_then": 0.1}}),
    "a range in per cent": pays(P["pays"], when={"improvement": {"more_than": 10}}),
    "more than all of it": pays(P["pays"], when={"improvement": {"more_than": 1}}),
    "bands in other words that overlap": pays(
        {"bands": [{"less_than": 0.2, "pays": 100}, {"at_least": 0.1, "pays": 200}]}
    ),
    "bands in other words that leave a hole": pays(
        {"bands": [{"less_than": 0.1, "pays": 100}, {"at_least": 0.2, "pays": 200}]}
    ),
    "a second band without a beginning": pays({"bands": [{"below": 0.1, "pays": 100}, {"below": 0.2, "pays": 200}]}),
    "a band without ends": pays({"bands": [{"pays": 100}]}),
    "a line without a beginning": pays({"bands": [{"below": 0.2, "pays": 100, "rises_to": 200}]}),
    "a fallback to itself": pays(P["pays"], fallback_for="result"),
    "a fallback to one below": base(payments=[{**P, "fallback_for": "second"}, {**P, "name": "second", **WHEN}]),
    "a fallback to what always holds": base(payments=[P, {**P, "name": "second", "fallback_for": "result"}]),
    "a fallback on other results": base(
        payments=[{**P, **WHEN}, {**P, "name": "second", "scope": "pooled", "fallback_for": "result"}]
    ),
    "a fallback before what it falls back on": base(
        payments=[{**P, **WHEN, "months_after_result": 3}, {**P, "name": "second", "fallback_for": "result"}]
    ),
    "a fixed fallback": base(
        payments=[
            {**P, **WHEN},
            {"name": "f", "due": {"dates": [dt.date(2020, 1, 1)]}, "pays": {"amount": 1}, "fallback_for": "result"},
        ]
    ),
    "an event that falls back on itself": base(events=[event("a", fallback_for="a")]),
    "an event that falls back on what is certain": base(events=[event("a"), event("b", fallback_for="a")]),
    "an event that falls back on a later one": base(
        events=[
            event("a", date=dt.date(2017, 8, 1), metric="arrests", when={"improvement": 0.1}),
            event("b", date=dt.date(2017, 7, 31), fallback_for="a"),
        ]
    ),
    "an event on any day that falls back": base(
        events=[
            event("a", date=dt.date(2017, 8, 1), metric="arrests", when={"improvement": 0.1}),
            event("b", date=dt.date(2017, 8, 31), until=dt.date(2018, 8, 31), fallback_for="a"),
        ]
    ),
    "a gate without a result": acres({**ACRES, "when": {"others": {"acres": {"units": 5, "periods_later": 2}}}}),
    "a gate before the first result": acres(
        {**ACRES, "when": {"others": {"acres": {"units": 5, "periods_before": 1}}}}
    ),
    "a gate both ways": acres(
        {**ACRES, "when": {"others": {"acres": {"units": 5, "periods_before": 1, "periods_later": 1}}}}
    ),
    "a gate on cohorts": pays(P["pays"], when={"others": {"arrests": {"improvement": 0.1, "periods_later": 1}}}),
    "repaid who is no tranche": pays(P["pays"], when={"repaid": ["lendr"]}),
    "repaid who is not repaid": base(
        tranches=[*BASE["tranches"], {"name": "fund", "amount": 5, "kind": "grant"}],
        payments=[{**P, "when": {"not_repaid": ["fund"]}}],
        beliefs={**BASE["beliefs"], "discount_rates": {"lender": 0, "fund": 0}},
    ),
    "a price table that leaves a year out": acres(
        {**ACRES, "pays": {"per_unit": 1, "rises": {"from": dt.date(2016, 1, 1), "to": []}}}
    ),
    "a price table that ends too soon": acres(
        {**ACRES, "pays": {"per_unit": 1, "rises": {"from": dt.date(2015, 1, 1), "to": [2]}}}
    ),
    "a price table that begins too late": acres(
        {**ACRES, "pays": {"per_unit": 1, "rises": {"from": dt.date(2016, 7, 1), "to": [2, 3]}}}
    ),
    "a price that rises in two ways": acres(
        {**ACRES, "pays": {"per_unit": 1, "rises": {"from": dt.date(2015, 7, 1), "a_year": 0.01, "to": [2]}}}
    ),
    "a price that rises from no day": acres({**ACRES, "pays": {"per_unit": 1, "rises": {"a_year": 0.01}}}),
    "a price that rises in per cent": acres(
        {**ACRES, "pays": {"per_unit": 1, "rises": {"from": dt.date(2016, 1, 1), "a_year": 3}}}
    ),
    "a table of years of steps": pays({"steps": [[0.1, 5]], "rises": {"from": dt.date(2015, 1, 1), "to": [6]}}),
    "an item repeated without saying so": card(ITEM, {**ITEM, "price": 600}),
    "an item in a phase and at all times": card(
        {**ITEM, "phase": "one"}, ITEM, phases={"one": {"until": dt.date(2016, 1, 1)}}
    ),
    "a phase that the card does not have": card({**ITEM, "phase": "one"}),
    "a phase that ends before it begins": card(
        ITEM, phases={"one": {"from": dt.date(2016, 1, 1), "until": dt.date(2015, 1, 1)}}
    ),
    "a milestone that repeats": card(ITEM, {"metric": "kept", "price": 5, "among": "job", "repeats": True}),
    "a misspelt key of an item": card({**ITEM, "prise": 5}),
    "a negative price of an item": card({**ITEM, "price": -5}),
    "an item among nobody": card({**ITEM, "among": "jbo"}),
    "an item of two kinds in two phases": card(
        {**ITEM, "phase": "one"},
        {"metric": "job", "price": 6, "phase": "two", "repeats": True},
        phases={"one": {"until": dt.date(2016, 1, 1)}, "two": {"from": dt.date(2016, 1, 2)}},
    ),
    "phases that overlap": card(
        {**ITEM, "phase": "one"},
        {"metric": "job", "price": 6, "phase": "two"},
        phases={"one": {"until": dt.date(2016, 1, 1)}, "two": {"from": dt.date(2016, 1, 1)}},
    ),
    "a phase of no item": card(ITEM, phases={"one": {"until": dt.date(2016, 1, 1)}}),
    "an item that is something else under metrics": card({**ITEM, "repeats": True})
    | {"metrics": [*BASE["metrics"], {**JOB, "name": "job"}]},
    "an item believed in two ways": card(ITEM) | {"beliefs": {**BASE["beliefs"], "levels": {"job": 0.9}}},
    "a share that rises": acres(
        ACRES,
        {
            "name": "half the cost",
            "of": {"cost": "care"},
            "pays": {"amount": 0.9, "rises": {"from": dt.date(2015, 1, 1), "a_year": 0.2}},
        },
    ),
    "a debt that is counted twice": base(limits=[{"name": "cap", "until_repaid": ["lender", "lender"]}]),
    "repaid and not repaid": pays(P["pays"], when={"repaid": ["lender"], "not_repaid": ["lender"]}),
    "what a limit a person cuts": card(ITEM, per_person=300, amount=900)
    | {
        "payments": [
            P,
            {"name": "rest", "metric": "job", "scope": "cohort", "pays": {"amount": 1}, "of": {"cut_from": "job"}},
        ]
    },
    "a limit on what takes up its cut": acres(
        ACRES,
        {**ACRES, "name": "rest", "to": "charity", "pays": {"amount": 1}, "of": {"cut_from": "acres"}},
        limits=[{"name": "cap", "amount": 500}],
    ),
    "a range of a list": pays(P["pays"], when={"improvement": [1, 2]}),
    "a card that says nothing of reports": base(rate_cards=[{"name": "card", "items": [ITEM]}]),
    "what is cut from a payment without a limit": acres(
        ACRES, {**ACRES, "name": "rest", "pays": {"amount": 1}, "of": {"cut_from": "acres"}}
    ),
    "what is cut from a payment on other results": acres(
        {**ACRES, "pays": {"amount": 1}, "of": {"cut_from": "result"}},
        limits=[{"name": "cap", "on": ["result"], "amount": 5}],
    ),
    "what is cut from itself": acres({**ACRES, "pays": {"amount": 1}, "of": {"cut_from": "acres"}}),
    "a limit until nobody is repaid": base(limits=[{"name": "cap", "until_repaid": ["lendr"]}]),
    "a limit until repaid for each cohort": base(
        limits=[{"name": "cap", "scope": "cohort", "until_repaid": ["lender"]}]
    ),
    "the latest of nothing": base(events=[event("a", latest=True)]),
    "a deal that pays for nothing": base(payments=[]),
    "a card of years": card(ITEM, rises={"from": dt.date(2015, 1, 1), "to": [6]}),
    "one rate card as a table": base(rate_cards=CARD),
    "a card and a payment of one name": base(payments=[{**P, "name": "job"}], rate_cards=[CARD]),
    "persons counted without cohorts": without_cohorts(metrics=[UNITS, JOB]),
    "results by cohort without cohorts": without_cohorts(
        metrics=[{**UNITS, "reported": {"months_after_enrolment": 6}}], payments=[{**ACRES, "scope": "cohort"}]
    ),
    "a cost a person without cohorts": without_cohorts(
        costs=[{"name": "care", "to": "charity", "per": "person", "amount": 1000}]
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert message(CASES[case]) == EXPECTED[case].rstrip("\n")


def test_each_text_has_its_case():
    assert set(EXPECTED) == set(CASES)


class TestRanges:
    @pytest.mark.parametrize(
        ("words", "kept"),
        [
            ({"at_least": 0.1}, 0.1),
            ({"more_than": 0.1}, {"above": 0.1}),
            ({"at_most": 0.1}, {"up_to": 0.1}),
            ({"no_more_than": 0.1}, {"up_to": 0.1}),
            ({"fewer_than": 0.1}, {"below": 0.1}),
            ({"more_than": 0.1, "less_than": 0.2}, {"above": 0.1, "below": 0.2}),
        ],
    )
    def test_what_is_said_in_two_ways_is_one_scenario(self, words, kept):
        one, other = (sib.Scenario.from_data(pays(P["pays"], when={"improvement": w})) for w in (words, kept))
        assert one == other
        assert one.to_toml() == other.to_toml()

    def test_each_bound_is_one_demand(self):
        levels = Levels.model_validate({"units": {"above": 2.0, "up_to": 5.0}, "level": 1.0})
        found = [(b.measure, b.level, b.end, b.keys) for b in levels.bounds()]
        assert found == [
            ("units", 2.0, "above", ("units", "above")),
            ("units", 5.0, "up_to", ("units", "up_to")),
            ("level", 1.0, "at_least", ("level",)),
        ]

    def test_bands_in_either_words_are_one_schedule(self):
        one = Schedule.model_validate({"bands": [{"less_than": 0.2, "pays": 1.0}, {"at_least": 0.2, "pays": 2.0}]})
        assert one == Schedule.model_validate({"bands": [{"below": 0.2, "pays": 1.0}, {"at_least": 0.2, "pays": 2.0}]})


RATE = {"per_unit": 200.0, "rises": {"from": dt.date(2020, 2, 29), "a_year": 0.1}}
TABLE = {"amount": 200.0, "rises": {"from": dt.date(2020, 4, 1), "to": [210.0, 250.0]}}


class TestRising:
    @pytest.mark.parametrize(
        ("day", "price"),
        [
            (dt.date(2019, 1, 1), 200.0),
            (dt.date(2020, 2, 29), 200.0),
            (dt.date(2021, 2, 27), 200.0),
            (dt.date(2021, 2, 28), 220.0),
            (dt.date(2024, 2, 28), 200 * 1.1**3),
            (dt.date(2024, 2, 29), 200 * 1.1**4),
        ],
    )
    def test_a_rate_compounds_on_each_anniversary(self, day, price):
        assert Schedule.model_validate(RATE).on(day).per_unit == pytest.approx(price, rel=1e-15)

    @pytest.mark.parametrize(
        ("day", "amount"),
        [(dt.date(2021, 3, 31), 200.0), (dt.date(2021, 4, 1), 210.0), (dt.date(2023, 3, 31), 250.0)],
    )
    def test_a_table_has_its_own_figures(self, day, amount):
        assert Schedule.model_validate(TABLE).on(day).amount == amount

    @pytest.mark.parametrize(
        "way",
        [
            {"amount": 100.0},
            {"steps": [[0.1, 100.0], [0.2, 150.0]]},
            {"nodes": [[0.0, -100.0], [0.2, 150.0]]},
            {"bands": [{"at_least": 0.1, "below": 0.2, "pays": 100.0, "rises_to": 110.0}]},
        ],
    )
    def test_every_way_of_writing_rises_alike(self, way):
        plain = Schedule.model_validate(way)
        risen = Schedule.model_validate({**way, "rises": {"from": dt.date(2020, 1, 1), "a_year": 0.5}})
        assert risen.on(dt.date(2022, 6, 1)).knots().y == tuple(2.25 * y for y in plain.knots().y)
        assert risen.knots() == plain.knots()


class TestMonthEnds:
    @pytest.mark.parametrize(
        ("day", "months", "then"),
        [
            (dt.date(2023, 6, 30), 3, dt.date(2023, 9, 30)),
            (dt.date(2023, 6, 30), 6, dt.date(2023, 12, 31)),
            (dt.date(2023, 6, 30), 8, dt.date(2024, 2, 29)),
            (dt.date(2023, 2, 28), 12, dt.date(2024, 2, 29)),
            (dt.date(2024, 2, 28), 12, dt.date(2025, 2, 28)),
            (dt.date(2023, 6, 29), 8, dt.date(2024, 2, 29)),
            (dt.date(2023, 6, 15), 6, dt.date(2023, 12, 15)),
        ],
    )
    def test_month_ends_stay_month_ends(self, day, months, then):
        assert add_months(day, months) == then

    def test_quarter_ends_over_a_leap_year(self):
        first = {"first": dt.date(2023, 6, 30), "every_months": 3, "times": 6}
        scenario = sib.Scenario.from_data(acres(ACRES) | {"metrics": [*BASE["metrics"], {**UNITS, "reported": first}]})
        assert [result.date for result in scenario.timetable.results("acres")] == [
            dt.date(2023, 6, 30),
            dt.date(2023, 9, 30),
            dt.date(2023, 12, 31),
            dt.date(2024, 3, 31),
            dt.date(2024, 6, 30),
            dt.date(2024, 9, 30),
        ]

    def test_the_end_of_the_next_month(self):
        payment = {**ACRES, "months_after_result": 1, "end_of_month": True}
        reported = {"periods": [dt.date(2023, 12, 15), dt.date(2024, 1, 31), dt.date(2024, 2, 1)]}
        scenario = sib.Scenario.from_data(
            acres(payment) | {"metrics": [*BASE["metrics"], {**UNITS, "reported": reported}]}
        )
        assert [one.date for one in scenario.timetable.occasions("acres")] == [
            dt.date(2024, 1, 31),
            dt.date(2024, 2, 29),
            dt.date(2024, 3, 31),
        ]


class TestRateCards:
    def test_a_card_and_what_it_stands_for_are_one_scenario(self):
        items = [
            ITEM,
            {
                "metric": "kept",
                "price": 900,
                "among": "job",
                "believed": {"distribution": "normal", "mean": 0.5, "sd": 0.1},
            },
        ]
        written = base(
            metrics=[
                *BASE["metrics"],
                {**JOB, "name": "job"},
                {"name": "kept", "kind": "total", "better": "higher", "once": True, "among": "job"},
            ],
            payments=[
                {"name": "job", "metric": "job", "scope": "cohort", "pays": {"per_unit": 500}},
                {"name": "kept", "metric": "kept", "scope": "cohort", "pays": {"per_unit": 900}},
                P,
            ],
            limits=[{"name": "card", "on": ["job", "kept"], "amount": 800, "per_person": 600}],
            beliefs={
                **BASE["beliefs"],
                "levels": {"job": 0.4, "kept": {"distribution": "normal", "mean": 0.5, "sd": 0.1}},
            },
        )
        one = sib.Scenario.from_data(card(*items, amount=800, per_person=600))
        other = sib.Scenario.from_data(written)
        assert one == other
        assert one.describe() == other.describe()
        assert sib.Scenario.from_data(one.data()) == one
        assert "rate_cards" not in one.data()

    def test_it_does_not_change_what_it_is_given(self):
        data = card(ITEM)
        before = deepcopy(data)
        resolved(data)
        assert data == before

    def test_a_source_of_a_card_is_one_of_all_that_it_stands_for(self):
        sources = {"rate_cards.card": "contract, schedule 3", "rate_cards.card.job.price": "amendment 1"}
        found = sib.Scenario.from_data(card(ITEM, amount=50) | {"sources": sources}).assumptions()["source"]
        assert found["payments.job.pays.per_unit"] == "amendment 1"
        assert found["limits.card.amount"] == "contract, schedule 3"
        assert found["metrics.job.reported.months_after_enrolment"] == "contract, schedule 3"

    def test_a_source_of_a_key_of_a_card_is_one_of_that_key_in_all_that_it_makes(self):
        sources = {"rate_cards.card.reported": "schedule 2", "rate_cards.card.months_after_result": "clause 7"}
        data = card(ITEM, {**ITEM, "metric": "home"}, months_after_result=1) | {"sources": sources}
        found = sib.Scenario.from_data(data).assumptions()["source"]
        for name in ("job", "home"):
            assert found[f"metrics.{name}.reported.months_after_enrolment"] == "schedule 2"
            assert found[f"payments.{name}.months_after_result"] == "clause 7"
            assert found[f"payments.{name}.pays.per_unit"] == ""

    def test_an_item_among_a_metric_of_another_time_is_reported_as_the_card_says(self):
        early = {**JOB, "name": "job", "reported": {"months_after_enrolment": 3}}
        data = card({"metric": "kept", "price": 5, "among": "job", "believed": 0.5}, ITEM)
        scenario = sib.Scenario.from_data(data | {"metrics": [*BASE["metrics"], early]})
        assert scenario.timetable.results("kept")[0].date == add_months(scenario.cohorts[0].enrol.last_day, 6)

    def test_what_is_measured_in_another_way_is_written_under_metrics(self):
        late = {**JOB, "name": "job", "reported": {"months_after_enrolment": 24}}
        scenario = sib.Scenario.from_data(card(ITEM) | {"metrics": [*BASE["metrics"], late]})
        assert scenario.metrics[1].reported.months_after_enrolment == 24

    def test_two_cards_may_price_one_item_and_one_source_covers_all(self):
        cards = [{**CARD, "name": "one", "cohorts": ["first"]}, {**CARD, "name": "two", "cohorts": ["second"]}]
        cards[1]["items"] = [{"metric": "job", "price": 400}]
        cohorts = [{**BASE["cohorts"][0], "name": name} for name in ("first", "second")]
        data = base(rate_cards=cards, cohorts=cohorts, sources={"rate_cards": "contract, schedule 3"})
        data["costs"][0]["amount"] = 500
        scenario = sib.Scenario.from_data(data)
        assert [p.name for p in scenario.payments] == ["job", "job, two", "result"]
        found = scenario.assumptions()["source"]
        assert {found["payments.job.pays.per_unit"], found["payments.job, two.pays.per_unit"]} == {
            "contract, schedule 3"
        }

    def test_a_card_of_what_is_written_under_metrics_says_nothing_of_reports(self):
        late = {**JOB, "name": "job", "reported": {"periods": [dt.date(2016, 6, 30)]}}
        data = card(ITEM) | {"metrics": [*BASE["metrics"], late]}
        del data["rate_cards"][0]["reported"]
        assert sib.Scenario.from_data(data).payments[0].scope == "period"

    def test_a_belief_may_stand_under_beliefs(self):
        data = card({"metric": "job", "price": 500})
        data["beliefs"]["levels"] = {"job": 0.9}
        assert sib.Scenario.from_data(data).beliefs.levels["job"].value == 0.9

    @pytest.mark.parametrize("key", ["metrics", "payments", "limits"])
    @pytest.mark.parametrize("value", [5, "x", {"a": 1}])
    def test_a_valid_card_beside_what_is_no_list(self, key, value):
        with pytest.raises(sib.ScenarioError, match=key):
            sib.Scenario.from_data(card(ITEM, amount=5) | {key: value})

    @pytest.mark.parametrize("levels", [5, "x", [1]])
    def test_a_valid_card_beside_beliefs_that_are_no_table(self, levels):
        data = card(ITEM)
        data["beliefs"]["levels"] = levels
        with pytest.raises(sib.ScenarioError, match="levels"):
            sib.Scenario.from_data(data)
