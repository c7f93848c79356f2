"""Bugs that were found, each as a case. Truth: worked out on paper, over the cookbook's small deal."""

import numpy as np
import pytest

import sib
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

AR = '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\npays = { per_unit = 1_000 }\n'
TOTAL = '[[metrics]]\nname = "days"\nkind = "total"\nbetter = "higher"\n'
CUMULATIVE = "reported = { first = 2021-06-30, every_months = 12, times = 3, cumulative = true }\n"
BACK = {"to": '"lender"', "repays": "true"}
NO_EVENT = {"treated": 1, "comparison": 0}  # against a comparison without any event
DAYS = "[beliefs.levels]\ndays = 1_000\n"

MINISTRY = 'parties = ["ministry"]\n'


def payment(name, metric="arrests", scope="cohort", **more):
    keys = {"pays": "{ per_unit = 1_000 }", **more}
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return f'[[payments]]\nname = "{name}"\nmetric = "{metric}"\nscope = "{scope}"\n{lines}'


def fixed(name, date, amount, **more):
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[payments]]\nname = "{name}"\ndue = {{ dates = [{date}] }}\npays = {{ amount = {amount} }}\n{lines}'


def paid(fragment, party="city", **measured):
    given = {name.replace("_", " "): result for name, result in measured.items()}
    return sib.settle(laid_over(BASE, fragment), given).paid(party)


class TestWhatComesOff:
    def test_of_a_cumulative_metric(self):
        own = payment("days", "days", "to date", pays="{ per_unit = 10 }", less='["days"]')
        assert paid(TOTAL + CUMULATIVE + DAYS + own, days=[300, 600, 1000]) == 10_000

    def test_a_fixed_payment_does_not_come_off_each_cohorts(self):
        fragment = fixed("on account", "2021-06-30", 10_000) + payment("final", less='["on account"]')
        with pytest.raises(sib.ScenarioError, match="what was paid on the same one"):
            laid_over(BASE, fragment)

    def test_a_payment_for_cohorts_comes_off_a_fixed_one(self):
        assert paid(AR + fixed("top up", "2025-06-30", 50_000, less='["arrests"]'), arrests=0.1) == 50_000

    def test_what_is_not_on_the_same_results_does_not_come_off(self):
        later = payment("days", "days housed", "period", months_after_result="36", less='["arrests"]')
        with pytest.raises(sib.ScenarioError, match="what was paid on the same one"):
            laid_over(BASE, AR + later)


class TestPaymentsMade:
    def test_on_another_cohort_is_not_made_on_this_one(self):
        early = payment("early", cohorts='["1"]', when="{ improvement = 0.1 }", pays="{ amount = 100 }")
        other = payment("other", when='{ not_made = ["early"] }', pays="{ amount = 10 }")
        assert paid(early + other, arrests=0.1) == 110

    def test_it_is_decided_by_then(self):
        early = payment("early", when="{ improvement = 0.1 }", months_after_result="6")
        with pytest.raises(sib.ScenarioError, match="has fallen due by then"):
            laid_over(BASE, early + payment("other", when='{ made = ["early"] }'))

    def test_the_same_cohorts_result_is_known(self):
        known = '[[metrics]]\nname = "att"\nkind = "proportion"\nbetter = "higher"\ncompare = { design = "none" }\n'
        known += "reported = { dates = [2022-01-01, 2024-01-01] }\n"
        beliefs = "[beliefs.levels]\natt = 0.5\n"
        with pytest.raises(sib.ScenarioError, match="published before a payment depends on it"):
            laid_over(BASE, known + payment("p", when="{ others = { att = { level = 0.9 } } }") + beliefs)


class TestRepayment:
    def test_a_limit_counts_what_is_repaid(self):
        fragment = payment("principal", "days housed", "period", pays="{ amount = 150_000 }", **BACK) + payment(
            "bonus", "days housed", "pooled", pays="{ amount = 100_000 }"
        )
        limit = '[[limits]]\nname = "cap"\non = ["principal", "bonus"]\namount = 300_000\n'
        assert paid(fragment + limit, days_housed=1) == 300_000

    def test_what_is_repaid_comes_off(self):
        fragment = fixed("one", "2022-01-01", 150_000, to='"lender"', repays="true")
        fragment += fixed("two", "2022-02-01", 150_000, to='"lender"', repays="true")
        final = payment("final", scope="pooled", less='["one", "two"]', to='"lender"', owed_by='"lender"')
        assert paid(fragment + final, "lender", arrests=0.1) == pytest.approx(200_000 + 160_000)

    def test_payers_share_what_is_cut(self):
        fragment = MINISTRY + fixed(
            "principal", "2022-01-01", 300_000, to='"lender"', repays="true", payers="{ city = 0.5, ministry = 0.5 }"
        )
        assert paid(fragment) == paid(fragment, "ministry") == 100_000


class TestWhatCannotBeMeasured:
    def index(self, pays):
        metric = (
            '[[metrics]]\nname = "jail"\nkind = "count"\nbetter = "lower"\nwindow_months = 12\n'
            'compare = { design = "randomised", controls = 1 }\nreported = { months_after_enrolment = 18 }\n'
            '[[metrics]]\nname = "index"\nkind = "index"\nbetter = "higher"\nparts = [\n'
            '{ metric = "arrests", reads = "improvement", weight = 1 },\n'
            '{ metric = "jail", reads = "improvement", weight = -1 } ]\n'
        )
        beliefs = "[beliefs.comparison.jail]\nmean = 1\nshape = 1\n[beliefs.effects]\njail = 0.1\n"
        return metric + payment("p", "index", pays=pays) + beliefs

    @pytest.mark.parametrize("pays", ["{ nodes = [[0, 0], [0.5, 50_000]] }", "{ per_unit = 1_000 }"])
    def test_an_index_of_it_reaches_no_level(self, pays):
        assert paid(self.index(pays), arrests=NO_EVENT, jail=NO_EVENT) == 0
        assert paid(self.index(pays), arrests=0.1, jail=NO_EVENT) == 0

    def test_a_debt_on_it_has_a_bound(self):
        pays = '{ nodes = [[0, -20_000], [0.1, 20_000]], beyond = "extended" }'
        limit = '[[limits]]\nname = "cap"\non = ["b"]\namount = 50_000\n'
        with pytest.raises(sib.ScenarioError, match="would have none"):
            laid_over(BASE, payment("b", reads='"improvement"', owed_by='"provider"', pays=pays) + limit)

    def test_figures_have_a_bound(self):
        fragment = payment("d", "days housed", "period", pays="{ per_unit = 10 }")
        with pytest.raises(sib.InputError, match="a finite number"):
            paid(fragment, days_housed=[1e308] * 3)


class TestCapital:
    two = (
        '[[tranches]]\nname = "a"\namount = 200_000\ndraws = "at start"\nreturn_cap = { multiple = 1.0 }\n'
        '[[tranches]]\nname = "b"\namount = 200_000\ndraws = "at start"\nreturn_cap = { multiple = 1.0 }\n'
    )

    def test_nothing_stays_in_the_vehicle_where_all_are_capped(self):
        fragment = AR + self.two + '[[remainders]]\nname = "r"\non = ["arrests"]\nshares = { city = 1.0 }\n'
        ledger = sib.settle(laid_over(BASE, fragment), {"arrests": 1.0})
        assert ledger.cashflow("vehicle").sum() == pytest.approx(0)

    def test_what_is_over_goes_to_somebody_without_a_cap(self):
        fragment = (
            '[[tranches]]\nname = "lender"\namount = 150_000\nreturn_cap = { multiple = 1.0 }\n'
            '[[tranches]]\nname = "sponsor"\nkind = "equity"\namount = 50_000\nreturn_cap = { multiple = 1.0 }\n'
            '[[remainders]]\nname = "r"\nshares = { lender = 1.0, sponsor = 0, city = 0 }\n'
        )
        ledger = sib.settle(
            laid_over(BASE, payment("arrests", pays="{ per_unit = 2_000 }") + fragment), {"arrests": 0.9}
        )
        assert ledger.received("sponsor") == 0
        assert ledger.received("city") == pytest.approx(720_000 - 150_000)

    def test_a_redemption_spends_its_own_part_of_what_is_unspent(self):
        fragment = (
            '[[tranches]]\nname = "a"\namount = 100_000\ndraws = "at start"\n'
            '[[tranches]]\nname = "b"\namount = 200_000\ndraws = "at start"\n'
            '[[remainders]]\nname = "r"\nshares = { b = 1.0 }\n'
            '[[events]]\nname = "exit"\ndate = 2020-12-31\ncohorts = ["2"]\nredeems = { a = 1.0 }\n'
        )
        ledger = sib.settle(laid_over(BASE, AR + fragment), {"arrests": 0.0})
        assert ledger.paid("city") == pytest.approx(100_000 - 200_000 / 3)

    def test_a_payers_cap_leaves_the_room_of_the_others(self):
        fragment = MINISTRY + payment("arrests", payers="{ city = 0.5, ministry = 0.5 }")
        limits = '[[limits]]\nname = "own"\non = ["arrests"]\npayer = "ministry"\namount = 5_000\n'
        limits += '[[limits]]\nname = "all"\non = ["arrests"]\namount = 30_000\n'
        assert paid(fragment + limits, arrests=0.1) == pytest.approx(20_000)

    def test_a_cost_that_waits_is_paid_first_from_what_comes_in(self):
        fragment = (
            'receipts_pay_costs_until = 2022-12-31\n[[tranches]]\nname = "lender"\namount = 50_000\n'
            '[[costs]]\nname = "one"\nto = "first"\nper = "deal"\namount = 100_000\nstarts = 2020-01-01\n'
            '[[costs]]\nname = "two"\nto = "second"\nper = "deal"\namount = 100_000\nstarts = 2021-01-01\n'
        )
        metric = TOTAL + "reported = { periods = [2020-12-31] }\n" + payment("d", "days", "period") + DAYS
        ledger = sib.settle(laid_over(BASE, fragment + metric), {"days": 120})
        assert (ledger.received("first"), ledger.received("second")) == (100_000, 70_000)

    def test_a_cost_that_was_paid_is_reimbursed(self):
        fragment = (
            '[[payments]]\nname = "half"\nof = { cost = "service" }\npays = { amount = 0.5 }\n'
            "months_after_result = 13\n"
            '[[events]]\nname = "stop"\ndate = 2020-12-31\nmetric = "days"\nunless = { units = 5 }\n'
            'costs = ["service"]\n'
        )
        metric = TOTAL + "reported = { periods = [2020-12-31] }\n" + DAYS
        assert paid(fragment + metric, days=0) == 50_000


class TestResults:
    def test_a_share_of_those_who_reached_what_comes_before(self):
        fragment = (
            '[[metrics]]\nname = "finished"\nkind = "proportion"\nbetter = "higher"\namong = "jobs"\n'
            'compare = { design = "none" }\n'
            + payment("p", "finished", pays="{ per_unit = 100 }")
            + "[beliefs.levels]\nfinished = 0.5\n"
        )
        assert paid(fragment, jobs=80, finished=0.5) == pytest.approx(4_000)

    def test_cumulative_units_and_persons(self):
        metric = (
            '[[metrics]]\nname = "restored"\nkind = "proportion"\nbetter = "higher"\ncompare = { design = "none" }\n'
        )
        reported = "reported = { periods = [2021-06-30, 2022-06-30], cumulative = true }\n"
        fragment = metric + reported + payment("p", "restored", "period", pays="{ per_unit = 100 }")
        scenario = laid_over(BASE, fragment + "[beliefs.levels]\nrestored = 0.6\n")
        for given in ([{"units": 60}, {"units": 120}], 0.6, [{"treated": 0.6, "n": 100}, {"treated": 0.6, "n": 200}]):
            assert sib.settle(scenario, {"restored": given}).paid("city") == pytest.approx(18_000)
        assert sib.payoff(scenario, [0.6])["payment"].item() == pytest.approx(18_000)

    def test_one_figure_by_name_is_one_figure(self):
        fragment = payment("d", "days housed", "period", pays="{ per_unit = 10 }")
        assert paid(fragment, days_housed=300) == paid(fragment, days_housed={"units": 300}) == pytest.approx(3_000)

    @pytest.mark.parametrize(("jobs", "keeps"), [([150, 0], [0, 0]), ([50, 0], [0, 50])])
    def test_nobody_reaches_what_they_cannot(self, jobs, keeps):
        fragment = FRAGMENTS[TITLES.index("A funnel")]
        with pytest.raises(sib.InputError, match="each counts once"):
            sib.settle(laid_over(BASE, fragment), {"jobs": jobs, "keeps job": keeps})

    def test_a_figure_follows_the_periods_of_the_milestone_before(self):
        scenario = laid_over(BASE, FRAGMENTS[TITLES.index("Claims month by month")])
        late = [0.0] * 30 + [50.0] + [0.0] * 5
        frame = sib.settle(scenario, {"certificates": late, "apprenticeships": 30}).to_frame()
        assert frame[frame["label"].str.startswith("apprenticeships")]["date"].min() >= np.datetime64("2022-08-01")

    @pytest.mark.parametrize("metric", ["jobs", "keeps job"])
    def test_payoff_under_a_ceiling(self, metric):
        scenario = laid_over(
            BASE, FRAGMENTS[TITLES.index("A rate card with sub-limits and an overall cap; a ceiling a person")]
        )
        assert np.isfinite(sib.payoff(scenario, [0, 20, 40], metric)["payment"]).all()


class TestWhatFollowsFromACount:
    """A share with any, or an early result, of a count whose results are given; the expected case gives the same."""

    ANY, EARLY = "Events, and the share with any, of the same persons", "An early result that decides whether to go on"

    @pytest.mark.parametrize(
        ("title", "improvement", "pays"),
        [
            (ANY, 0.03, 0),  # 2 to 1.94 arrests: a share of 0.633 falls by 0.006, the contract asks for 0.02
            (ANY, 0.4, 160_000),  # four in ten of 400 arrests; the share falls to 0.520
            (EARLY, 0.03, 6_000),  # below five per cent: the second cohort is given up
            (EARLY, 0.1, 40_000),
        ],
    )
    def test_payoff_is_what_the_expected_case_pays(self, title, improvement, pays):
        scenario = laid_over(BASE, FRAGMENTS[TITLES.index(title)]).replace({"beliefs.effects.arrests": improvement})
        assert sib.payoff(scenario, [0.0, improvement], "arrests")["payment"].iloc[1] == pytest.approx(pays)
        assert sib.expected_case(scenario).paid("city") == pytest.approx(pays)

    def test_overpayment_is_worked_out(self):
        scenario = laid_over(BASE, FRAGMENTS[TITLES.index(self.ANY)])
        table = sib.overpayment(scenario, [0.0, 0.4], "arrests", paths=400, rng=1)
        assert table["payment_if_known"].tolist() == pytest.approx([0, 160_000])


class TestDraws:
    @pytest.mark.parametrize("title", TITLES)
    def test_the_first_paths_do_not_depend_on_how_many_follow(self, title):
        scenario = laid_over(BASE, FRAGMENTS[TITLES.index(title)])
        few, many = (sib.simulate(scenario, paths, rng=5).columns for paths in (16, 40))
        for key, values in few.items():
            np.testing.assert_array_equal(values, many[key][:16])

    def test_a_historical_group_follows_its_path(self):
        fragment = (
            '[[metrics]]\nname = "thefts"\nkind = "total"\nbetter = "lower"\n'
            'compare = { design = "historical", persons = 500 }\n'
            "reported = { first = 2021-06-30, every_months = 12, times = 3 }\n"
        )
        beliefs = "[beliefs.comparison.thefts]\npath = [100, 80, 60]\nsd = 0.02\n[beliefs.effects]\nthefts = 0.1\n"
        paths = sib.simulate(laid_over(BASE, fragment + payment("p", "thefts", "period") + beliefs), 4000, rng=1).paths
        means = [paths[f"thefts.{year}-06-30.improvement"].mean() for year in (2021, 2022, 2023)]
        assert means == pytest.approx([0.1] * 3, abs=0.005)

    def test_another_cohort_leaves_a_funnels_draws(self):
        scenario = laid_over(BASE, FRAGMENTS[TITLES.index("A funnel")])
        data = scenario.data()
        data["cohorts"].insert(0, {**data["cohorts"][0], "name": "0"})
        wider = sib.Scenario.from_data(data | {"tranches": [{**data["tranches"][0], "amount": 300_000}]})
        before, after = (sib.simulate(s, 200, rng=3).paths for s in (scenario, wider))
        for column in ("keeps job.1.units", "keeps job.2.units"):
            np.testing.assert_array_equal(before[column], after[column])


def test_results_by_period_cannot_leave_out_a_cohort():
    event = (
        TOTAL + "reported = { periods = [2020-12-31] }\n"
        '[[events]]\nname = "stop"\ndate = 2020-12-31\nmetric = "days"\nunless = { units = 5 }\ncohorts = ["2"]\n'
    )
    with pytest.raises(sib.ScenarioError, match="cannot leave out a cohort"):
        laid_over(BASE, event + payment("d", "days housed", "period") + DAYS)


@pytest.mark.parametrize(
    ("fragment", "says"),
    [
        ('[[tranches]]\nname = "lender"\namount = 200_000\ninterest = -0.05\n', "at least 0"),
        (
            '[[tranches]]\nname = "lender"\namount = 200_000\n'
            'guarantee = { by = "f", covers = { nodes = [[0, -10_000], [100_000, 0]] } }\n',
            "nothing or more",
        ),
        (fixed("late", "2021-06-30", 10_000, months_after_result="12"), "it is about results"),
        ('[[remainders]]\nname = "r"\nshares = { lenders = 1.0 }\n', 'did you mean "lender"'),
        (
            '[[tranches]]\nname = "lender"\namount = 150_000\n'
            '[[tranches]]\nname = "s"\nkind = "equity"\namount = 50_000\n'
            '[[remainders]]\nname = "r"\nshares = { lender = 1.0 }\n',
            "no remainder has a share",
        ),
        ('[[payments]]\nname = "x"\ndue = { starts = 2020-01-01, times = 1200, every_months = 1200 }\n'
         "pays = { amount = 1 }\n", "within 1200 months"),
    ],
)  # fmt: skip
def test_is_refused(fragment, says):
    with pytest.raises(sib.ScenarioError, match=says):
        laid_over(BASE, fragment)


def test_a_change_with_one_word_in_two_spellings_is_refused():
    levels = {"d\u00e9lits": 0.5, "de\u0301lits": 0.4}
    with pytest.raises(sib.ScenarioError, match="two are the same word, typed in two ways") as error:
        laid_over(BASE, "").replace({"beliefs.levels": levels})
    assert error.value.where == "beliefs.levels.d\u00e9lits"
