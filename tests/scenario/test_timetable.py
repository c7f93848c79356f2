"""The timetable. Truth: a calendar by hand, the shipped contracts read by a person, and how often it is counted."""

import datetime as dt
import subprocess
import sys

import pytest

import sib
from sib.run.recipe import Deal
from sib.settlement.compile import compile_contract
from sib.terms import calendar as dates
from tests.scenario.test_errors import BASE
from tests.shipped import NAMES as SHIPPED


@pytest.fixture
def counted():
    """How often the calendar is asked: each call of a function that adds months to a date, or finds the end of one."""
    asked = []
    sys.setprofile(lambda frame, event, _: asked.append(event) if event == "call" and _is_calendar(frame) else None)
    yield asked
    sys.setprofile(None)


def _is_calendar(frame):
    return frame.f_code.co_filename == dates.__file__


class TestOnce:
    def test_a_rate_card_is_compiled_by_a_few_dates_for_each_of_its_claims(self, counted):
        """Five milestones, a claim a month for 47 months each: 235 dates, and how those who enrol move between them."""
        Deal.of(sib.load("reboot-west"))
        assert 235 < len(counted) < 4_000  # the lengths of two months for each date

    def test_a_second_answer_costs_no_date(self, counted):
        timetable = sib.load("peterborough").timetable
        first = timetable.instalments, timetable.occasions("pooled"), timetable.results("reconvictions")
        counted.clear()
        assert (timetable.instalments, timetable.occasions("pooled"), timetable.results("reconvictions")) == first
        assert not counted

    def test_the_rules_have_asked_for_what_the_contract_is_compiled_from(self, counted):
        scenario = sib.load("reboot-west")
        counted.clear()
        compile_contract(scenario)
        assert not counted


class TestDates:
    """The plan of 2010: three cohorts of 22 months, results 25 months after enrolment, payment a month later."""

    def test_results(self, plan):
        first, second, third = plan.timetable.results("reconvictions")
        assert (first.name, first.date) == ("1", dt.date(2014, 8, 9))
        assert plan.timetable.known_by("reconvictions", second.date) == (0, 1)
        assert plan.timetable.known_by("reconvictions", first.date - dt.timedelta(days=1)) == ()
        assert third.date > second.date

    def test_payments(self, plan):
        early = plan.timetable.occasions("early")
        assert [occasion.results for occasion in early] == [(0,), (1,), (2,)]
        assert early[0].date == dt.date(2014, 9, 9)
        (pooled,) = plan.timetable.occasions("pooled")
        assert pooled.results == (0, 1, 2)
        assert pooled.date == early[-1].date

    def test_the_last_day_of_a_month_stays_the_last(self):
        day = dt.date(2015, 1, 31)
        costs = [{**BASE["costs"][0], "per": "deal", "starts": day, "instalments": 4, "every_months": 1}]
        days = [item.date for item in sib.Scenario.from_data({**BASE, "costs": costs}).timetable.instalments]
        assert days == [day, dt.date(2015, 2, 28), dt.date(2015, 3, 31), dt.date(2015, 4, 30)]

    @pytest.mark.parametrize("order", [1, -1], ids=["first milestone first", "last milestone first"])
    def test_a_milestone_of_a_long_funnel_is_known_with_the_first(self, order):
        first = {"name": "m0", "kind": "total", "better": "higher", "once": True}
        funnel = [{**first, "reported": {"months_after_enrolment": 6}}]
        funnel += [{**first, "name": f"m{i}", "among": f"m{i - 1}"} for i in range(1, 100)]
        beliefs = {**BASE["beliefs"], "levels": {milestone["name"]: 0.9 for milestone in funnel}}
        data = {**BASE, "metrics": [*BASE["metrics"], *funnel[::order]], "beliefs": beliefs}
        timetable = sib.Scenario.from_data(data).timetable
        assert timetable.results("m99") == timetable.results("m0") == (("first", dt.date(2016, 7, 1)),)


class TestParties:
    def test_who_pays(self, plan):
        assert plan.timetable.shares("early").keys() == {"Ministry of Justice and Big Lottery Fund"}
        assert plan.timetable.payers == ("Ministry of Justice and Big Lottery Fund",)

    @pytest.mark.parametrize("name", SHIPPED)
    def test_everybody_in_the_ledger_is_a_party(self, name):
        scenario = sib.load(name)
        ledger = sib.simulate(scenario, 1, rng=1).ledger(0)
        assert {m.payer for m in ledger.movements} | {m.payee for m in ledger.movements} <= {
            *scenario.timetable.parties
        }


def test_reading_a_scenario_waits_for_no_tables():
    """Pandas takes longer to import than all the rest; only what makes a table needs it."""
    code = "import sys, sib; sib.load('peterborough').describe(); sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
