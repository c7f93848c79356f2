"""`solve`. Truth: closed forms, contracts' own figures, scipy's binomial law, and plain loops over `simulate`."""

import datetime as dt
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

import sib
from sib.run import kept as kept_draws
from tests.model.test_closed_forms import deal

PRICES, PRICE = "payments.*.pays.per_unit", "payments.pooled.pays.per_unit"
EARLY, POOLED = "payments.early.when.improvement", "payments.pooled.when.improvement"
PAID = ["payments.early.pays.per_unit", PRICE]
CAP = "limits.payer cap.amount"
PATHS = 5_000


def two_states(chance, persons=1):
    """One is invested for each person, and a price is paid four years on for each of whom it succeeds."""
    return sib.Scenario.from_data(
        {
            "name": "two states",
            "summary": "a bet",
            "currency": "EUR",
            "start": dt.date(2021, 1, 1),
            "outcome_payer": "government",
            "cohorts": [{"name": "all", "size": persons, "enrol": {"starts": dt.date(2021, 1, 1), "months": 1}}],
            "metrics": [
                {
                    "name": "success",
                    "kind": "total",
                    "better": "higher",
                    "once": True,
                    "reported": {"months_after_enrolment": 46},
                }
            ],
            "payments": [
                {
                    "name": "prize",
                    "metric": "success",
                    "scope": "cohort",
                    "pays": {"per_unit": 2},
                    "end_of_month": True,
                }
            ],
            "tranches": [{"name": "investor", "amount": persons, "draws": "at start"}],
            "costs": [{"name": "stake", "to": "provider", "per": "person", "amount": 1}],
            "beliefs": {"levels": {"success": chance}, "discount_rates": {"investor": 0.05}},
        }
    )


def only(table):
    """The one row of a table."""
    (row,) = table.to_dict("records")
    return row


def simulated(scenario, measure, seed, paths=PATHS, tranche=None):
    """A figure and its error, from a simulation by itself."""
    row = sib.simulate(scenario, paths, rng=seed).summary(tranche).loc[measure]
    return float(row["estimate"]), float(row["mcse"])


def looped(scenario, paths_of_figures, measure, target, values, seed):
    """Between which neighbours of these values a figure crosses the target, by one simulation after another."""
    figures = [
        simulated(scenario.replace(dict.fromkeys(paths_of_figures, value)), measure, seed)[0] for value in values
    ]
    return [
        (low, high)
        for low, high, one, other in zip(values, values[1:], figures, figures[1:], strict=False)
        if (one - target) * (other - target) < 0
    ]


class TestClosedForms:
    @pytest.mark.parametrize(("chance", "price"), [(0.5, 2.4310125), (0.7, 1.7364375), (0.9, 1.35056250)])
    def test_the_price_of_a_bet(self, chance, price):
        """What returns 5% a year on one, paid after four years with this chance, is 1.05 to the fourth over it."""
        assert price == pytest.approx(1.05**4 / chance)
        asked = {"vary": "payments.prize.pays.per_unit", "target": 0.05, "within": (1, 4)}
        surely = only(sib.solve(two_states(chance, persons=1_000), **asked, chance=()))
        assert surely["value"] == pytest.approx(price, rel=1e-9)
        assert surely["mcse"] == pytest.approx(0.0, abs=1e-15)
        found = only(sib.solve(two_states(chance), **asked, paths=20_000, rng=3))
        assert found["value"] == pytest.approx(price, abs=4 * found["mcse"])
        error = price * math.sqrt((1 - chance) / (chance * 20_000))  # of one over a share, by the delta method
        assert found["mcse"] == pytest.approx(error, rel=4 / math.sqrt(2 * 625))  # from 625 lots of paths
        share = simulated(two_states(chance), "payment_probability", 3, 20_000)[0]
        assert found["value"] == pytest.approx(1.05**4 / share, abs=found["mcse"] / 4)

    def test_the_threshold_that_one_in_twenty_passes_by_chance(self):
        """1.6449 standard errors of the estimate, by the normal law; and scipy's binomial at the very threshold."""
        size, level = 10_000, 0.55
        compare, pays = {"design": "historical", "level": level}, {"when": {"improvement": 0.02}, "pays": {"amount": 1}}
        plan = deal("proportion", compare, size=size, effect=0.1, pays=pays)
        path = "payments.pay.when.improvement"
        asked = {"measure": "false_payment_probability", "within": (0.0, 0.05)}
        found = only(sib.solve(plan, path, 0.05, **asked, paths=40_000, rng=2))
        error, spread = math.sqrt(0.05 * 0.95 / 40_000), math.sqrt((1 - level) / (size * level))
        normal, slope = stats.norm.isf(0.05) * spread, stats.norm.pdf(1.6449) / spread
        assert found["value"] == pytest.approx(normal, abs=4 * error / slope + 1 / (size * level))
        # results are whole persons, so that the chance of one person is more than its error, and no value meets 0.05
        most = size * level * (1 - found["value"])
        assert most == pytest.approx(round(most), abs=0.01)
        law = stats.binom(size, level)
        assert found["left"] == pytest.approx(law.cdf(round(most)), abs=4 * error)
        assert found["right"] == pytest.approx(law.cdf(round(most) - 1), abs=4 * error)
        assert found["left"] > 0.05 > found["right"]

    @pytest.mark.parametrize("measure", ["irr", "expected_cash_irr"])
    def test_the_price_at_which_measured_results_return_what_was_published(self, went, measure):
        """All draws, worth what they are on the day of the one payment at 3.1% a year, over the units it is for."""
        results = {"reconvictions": [0.084, 0.097]}
        ledger = sib.settle(went, results)
        cash = ledger.cashflow("investors")
        paid, drawn = cash.iloc[-1], cash.iloc[:-1]
        days = (cash.index[-1] - drawn.index).days.to_numpy()
        price = -(drawn * 1.031 ** (days / 365)).sum() / (paid / 13_720)
        found = only(sib.solve(went, PRICES, 0.031, measure=measure, within=(0.5, 2), results=results))
        assert found["value"] * 13_720 == pytest.approx(price, rel=1e-9)
        assert round(price) == 13_720
        assert (found["mcse"], found["low"], found["high"]) == (0.0, found["value"], found["value"])

    def test_a_threshold_of_measured_results_is_a_jump(self, went):
        """They are 9.05% over both cohorts: the payment is made up to that threshold and not beyond."""
        results = {"reconvictions": [0.09, 0.09]}
        found = only(sib.solve(went, POOLED, 1e6, measure="payment", within=(0.05, 0.2), results=results))
        paid = sib.settle(went, results).received("One Service vehicle")
        assert (found["value"], found["direction"], found["right"]) == (pytest.approx(0.09, abs=1e-6), "falling", 0.0)
        assert found["left"] == pytest.approx(-found["jump"])
        assert found["left"] < paid


class TestPeterborough:
    def test_the_price_for_a_chance_of_loss(self, plan):
        """14,728, found by other hands with other draws, of which the error was 230."""
        found = only(sib.solve(plan, PRICES, 0.45, measure="loss_probability", within=(0.7, 1.4), paths=40_000, rng=7))
        error = 13_720 * found["mcse"]
        assert 13_720 * found["value"] == pytest.approx(14_728, abs=4 * math.hypot(error, 230))
        assert found["direction"] == "falling"

    @pytest.mark.parametrize(("price", "rate"), [(8_000, -0.1685), (10_000, -0.120), (20_000, -0.0445)])
    def test_the_return_of_the_expected_cash_by_price(self, plan, price, rate):
        found = only(sib.solve(plan, PRICES, rate, within=(0.4, 2), paths=20_000, rng=7))
        assert 13_720 * found["value"] == pytest.approx(price, abs=4 * math.sqrt(2) * 13_720 * found["mcse"])

    @pytest.mark.slow
    def test_the_spread_of_the_root_is_its_error(self, plan):
        """Over forty seeds."""
        found = [
            only(sib.solve(plan, PRICES, 0.45, measure="loss_probability", within=(0.7, 1.6), paths=4_000, rng=seed))
            for seed in range(40)
        ]
        values, errors = np.array([(row["value"], row["mcse"]) for row in found]).T
        assert values.std(ddof=1) == pytest.approx(np.median(errors), rel=1 / 3)
        inside = sum(row["low"] <= values.mean() <= row["high"] for row in found)
        assert inside >= 34  # of 40 intervals that hold 95%: fewer with a chance of one in 500

    def test_the_figure_is_at_the_target_there(self, plan):
        for vary, paths, target, measure in (
            (PRICE, [PRICE], -0.07, "expected_cash_irr"),
            ("beliefs.effects.reconvictions.mean", ["beliefs.effects.reconvictions.mean"], 0.3, "loss_probability"),
        ):
            found = only(sib.solve(plan, vary, target, measure=measure, paths=PATHS, rng=5))
            figure, error = simulated(plan.replace(dict.fromkeys(paths, found["value"])), measure, 5)
            assert figure == pytest.approx(target, abs=error / 2)
            values = list(np.linspace(*plan.sources[paths[0]].range, 6))
            ((low, high),) = looped(plan, paths, measure, target, values, 5)
            assert low <= found["value"] <= high

    def test_two_roots(self, plan):
        """The higher the early test, the less is paid early and the more in the end: in between it is least."""
        found = sib.solve(plan, EARLY, 4.1e6, measure="payment_mean", within=(0, 0.3), paths=PATHS, rng=5)
        assert found["direction"].tolist() == ["falling", "rising"]
        places = looped(plan, [EARLY], "payment_mean", 4.1e6, list(np.linspace(0, 0.3, 13)), 5)
        assert len(places) == 2
        for value, (low, high) in zip(found["value"], places, strict=True):
            assert low <= value <= high

    def test_a_jump_says_both_sides(self, plan):
        """Below the capital that is drawn, 4,999,998, a cap on payments leaves a loss on every path."""
        found = only(sib.solve(plan, CAP, 0.7, measure="loss_probability", within=(2e6, 12e6), paths=PATHS, rng=5))
        assert found["low"] <= 4_999_998 <= found["high"] <= found["low"] + 10
        assert found["left"] == 1.0
        assert found["right"] == simulated(plan, "loss_probability", 5)[0]
        assert found["jump"] == found["right"] - 1.0
        assert (found["mcse"], found["slope"]) == (0.0, -math.inf)

    def test_a_flat_stretch_is_an_interval(self, plan):
        """The chance of a loss does not depend on a threshold below which what is paid is a loss anyway."""
        target = simulated(plan, "loss_probability", 5)[0]
        found = only(sib.solve(plan, POOLED, target, measure="loss_probability", within=(0, 0.15), paths=PATHS, rng=5))
        assert (found["direction"], found["low"], found["mcse"]) == ("flat", 0.0, math.inf)
        assert 0.075 <= found["high"] < 0.0938
        for threshold in (0.0, 0.03, 0.06, found["high"]):
            assert simulated(plan.replace({POOLED: threshold}), "loss_probability", 5)[0] == target
        beyond = simulated(plan.replace({POOLED: found["high"] + 0.003}), "loss_probability", 5)[0]
        assert beyond > target

    def test_what_cannot_be_reached(self, plan):
        """Caps bound what a price can do."""
        with pytest.raises(sib.InputError) as refused:
            sib.solve(plan, PRICES, 0.05, within=(0.5, 4), points=3, paths=PATHS, rng=5)
        low, high = (
            simulated(plan.replace(dict.fromkeys(PAID, times * 13_720)), "expected_cash_irr", 5)[0]
            for times in (0.5, 4)
        )
        assert str(refused.value) == (
            "target\n"
            "  came:  0.05\n"
            f"  rule:  what can be reached with {PRICES} from 0.5 to 4: IRR of the expected cash goes from"
            f" {low:.6g} (at 0.5) to {high:.6g} (at 4)\n"
            "  to do: choose another target, or other bounds in `within`; more `points`, where it may turn in between"
        )

    @pytest.mark.slow
    def test_values_without_a_figure_are_said(self, plan):
        """Beyond a threshold more than 5% of the paths have no rate, and the median is not given."""
        low, high = (simulated(plan.replace({POOLED: x}), "irr_median", 1, 20_000)[0] for x in (0.0, 0.075))
        asked = {"measure": "irr_median", "within": (0, 0.15), "paths": 20_000, "rng": 1}
        found = sib.solve(plan, POOLED, (low + high) / 2, **asked)
        scan = found.attrs["scan"]
        missing = [value for value, figure in zip(scan["value"], scan["estimate"], strict=True) if math.isnan(figure)]
        assert missing == [
            value
            for value in scan["value"]
            if math.isnan(simulated(plan.replace({POOLED: value}), "irr_median", 1, 20_000)[0])
        ]
        assert missing
        assert found["value"].max() < min(missing)
        with pytest.raises(sib.InputError, match="at 4 of 9 points it has no value"):
            sib.solve(plan, POOLED, 0.9, **asked)
        with pytest.raises(sib.InputError, match="a measure that is given somewhere"):
            sib.solve(plan, POOLED, 0.01, measure="irr_median", within=(0.11, 0.15), paths=2_000, rng=1)


class TestParties:
    def test_of_a_tranche(self):
        """Its own summary is at the target there."""
        memphis, path = sib.load("memphis-what-if"), "beliefs.effects.murders.mean"
        asked = {"measure": "multiple_mean", "tranche": "lenders", "paths": PATHS, "rng": 5}
        aim = simulated(memphis, "multiple_mean", 5, tranche="lenders")[0]
        base = memphis.assumptions()["value"][path]
        found = sib.solve(memphis, path, aim, **asked, within=(base - 0.06, base + 0.05))
        assert found["value"].tolist() == pytest.approx([base], abs=found["mcse"].item())

    def test_of_a_payer(self):
        """The World Bank pays ten coupons of one amount, and nothing for results."""
        asked = {"measure": "payer_net_mean", "payer": "World Bank", "within": (1e5, 5e6), "paths": 500, "rng": 5}
        found = only(sib.solve(sib.load("rhino-bond"), "payments.conservation payment.pays.amount", 12e6, **asked))
        assert found["value"] == pytest.approx(1.2e6, rel=1e-9)
        assert (found["slope"], found["mcse"]) == (pytest.approx(10), 0.0)


ASKED = {"measure": "loss_probability", "within": (0.7, 1.4), "paths": PATHS, "rng": 5}


class TestDraws:
    def test_are_made_once_where_only_what_is_paid_changes(self, plan, drawn):
        sib.solve(plan, PRICES, 0.45, **ASKED, points=33)
        assert len(drawn) == 1

    def test_are_made_again_where_they_fill_the_memory(self, plan, drawn, monkeypatch):
        kept = sib.solve(plan, PRICES, 0.45, **ASKED)
        monkeypatch.setattr(kept_draws, "_MOST", 1)
        assert sib.solve(plan, PRICES, 0.45, **ASKED).equals(kept)
        assert len(drawn) > 5

    def test_are_the_same_whoever_makes_them(self, plan):
        with ThreadPoolExecutor(2) as workers:
            other = sib.solve(plan, PRICES, 0.45, **ASKED, executor=workers)
        assert other.equals(sib.solve(plan, PRICES, 0.45, **ASKED))

    def test_are_drawn_as_simulate_draws_them(self, plan):
        """Where all is even the error is smaller, and the figure at the root that of a simulation drawn alike."""
        asked = ASKED | {"measure": "multiple_mean", "paths": 12 * 1024}
        plain = only(sib.solve(plan, PRICES, 0.82, **asked))
        even = only(sib.solve(plan, PRICES, 0.82, **asked, stratified=True))
        assert even["mcse"] < plain["mcse"]
        there = plan.replace(dict.fromkeys(PAID, 13_720 * even["value"]))
        row = sib.simulate(there, 12 * 1024, rng=5, stratified=True).summary().loc["multiple_mean"]
        assert row["estimate"] == pytest.approx(0.82, abs=row["mcse"] / 2)


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"target": math.nan}, "target", "a finite number"),
        ({"target": "high"}, "target", "a finite number"),
        ({"target": 5}, "target", r"the measure is a rate a year\n.*write 0\.05 for 5%"),
        ({"target": 45, "measure": "loss_probability"}, "target", r"the measure is a share\n.*write 0\.45 for 45%"),
        ({"within": (18_000, 10_000)}, "within", r"pass within=\(10000, 18000\)"),
        ({"within": (10_000, 10_000)}, "within", "two different bounds"),
        ({"within": 10_000}, "within", "a pair of finite numbers"),
        ({"within": (10_000, math.inf)}, "within[1]", "a finite number"),
        ({"vary": PRICES}, "within", r"a factor has none of its own\n.*within=\(0\.5, 2\)"),
        ({"vary": CAP}, "within", r"no range\n.*within=\(4000000, 16000000\)"),
        (
            {"within": (-10_000, 10_000)},
            "within",
            r"from 0 to 10000; beyond, at payments\.pooled\.pays\.per_unit: at least 0",
        ),
        ({"within": (-10_000, -1)}, "within", r"values that the scenario allows; at .*at least 0"),
        ({"vary": POOLED, "within": (5, 15)}, "within", r"at most 1, .*\n.*write 0\.10 for ten per cent"),
        ({"vary": POOLED, "within": (0, 15)}, "within", r"allows: from 0 to 1;"),
        ({"vary": "payments.pooled.months_after_result", "within": (0, 3)}, "within", r"from 1 to 3;.*within=\(1, 3\)"),
        ({"vary": "payments.pooled.months_after_result", "within": (0, 1)}, "within", "allows: 1 alone;"),
        ({"vary": "cohorts.1.size", "within": (10.2, 10.8)}, "within", "two whole numbers"),
        ({"vary": "payments.erly.pays.per_unit"}, "vary", "did you mean"),
        ({"vary": "payments.early.metric"}, "vary", "a number"),
        ({"vary": "beliefs.evaluation.*.bias"}, "vary", "other than zero"),
        ({"measure": "irr"}, "measure", "did you mean"),
        ({"tranche": "investor"}, "tranche", "did you mean"),
        ({"payer": "ministry"}, "payer", "who pays"),
        ({"points": 1}, "points", "from 2 to 1,000"),
        ({"vary": None}, "vary", "text or a list of texts"),
        ({"vary": 3}, "vary", "text or a list of texts"),
        ({"vary": [3]}, "vary[0]", "text, not an int"),
        ({"points": 9.0}, "points", "a whole number"),
        ({"paths": 0}, "paths", "a whole number"),
        ({"sampling": "even"}, "sampling", "one of"),
        ({"results": {"reconvictions": 0.1}, "measure": "loss_probability"}, "measure", "one settlement"),
        ({"results": {"reconvictions": 0.1}, "measure": "payments"}, "measure", 'did you mean "payment"'),
        ({"results": {"reconviction": 0.1}}, "measured", "did you mean"),
        ({"results": {"reconvictions": 0.1}, "tranche": "investor"}, "tranche", "did you mean"),
    ],
)
def test_what_cannot_be_solved_is_refused(plan, changes, where, said):
    asked = {"vary": PRICE, "target": -0.07, "paths": 100, "rng": 1} | changes
    with pytest.raises(sib.InputError, match=f"(?s){said}") as refused:
        sib.solve(plan, asked.pop("vary"), asked.pop("target"), **asked)
    assert refused.value.where.startswith(where)


def test_a_scenario_is_asked_for():
    with pytest.raises(sib.InputError, match="load it first"):
        sib.solve("peterborough", PRICE, 0.05)
