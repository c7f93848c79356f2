"""Amounts where shares belong. Truth: a share times 100 is what a slip of the pen makes of it; never in silence."""

import datetime as dt
from copy import deepcopy

import pytest

import sib
from sib.cli import app
from sib.scenario.paths import resolved
from tests.milestones import deal, milestone, price
from tests.shipped import NAMES as SHIPPED
from tests.shipped import shipped
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

DEALS = {name: shipped(name) for name in SHIPPED}
DEALS |= {title: laid_over(BASE, fragment) for title, fragment in zip(TITLES, FRAGMENTS, strict=True)}
SHARES = ("share", "a year", "probability", "improvement", "correlation", "weight")  # in the unit of a figure


def shares(scenario):
    """Where the figures stand that are shares, rates, probabilities or improvements: keys and positions."""
    figures = scenario.assumptions()
    for path, row in figures[figures["status"] != "default"].iterrows():
        steps = resolved(scenario.data(), path)
        of_units = steps[0] == "metrics" and "parts" in steps and scenario.metrics[steps[1]].parts[0].reads == "units"
        if any(word in row["unit"] for word in SHARES) and "of what" not in row["unit"] and not of_units:
            yield steps
    for i, payment in enumerate(scenario.payments):
        timetable, pays = scenario.timetable, payment.pays
        if payment.metric is not None:
            proportion = timetable.metrics[payment.metric].kind == "proportion"
            if timetable.reads(payment.name) == "improvement" or (
                proportion and timetable.reads(payment.name) in ("level", "points")
            ):
                yield from schedule(("payments", i, "pays"), pays, 0, ("at_least", "above", "up_to", "below"))
        if payment.of is not None:
            yield from schedule(("payments", i, "pays"), pays, 1, ("pays", "rises_to"))
            if pays.amount is not None:
                yield ("payments", i, "pays", "amount")


def schedule(at, pays, position, keys):
    for way in ("steps", "nodes"):
        yield from ((*at, way, j, position) for j in range(len(getattr(pays, way) or ())))
    for j, band in enumerate(pays.bands or ()):
        yield from ((*at, "bands", j, key) for key in keys if getattr(band, key) is not None)


def times_100(data, steps):
    """The data with a figure, or each of a list of figures, a hundred times what it is; None where that is nothing."""
    data = deepcopy(data) | {"sources": {}}
    here, last = data, steps[-1]
    for step in steps[:-1]:
        if not isinstance(here[step], dict | list):  # a bare number stands for a table
            last = step
            break
        here = here[step]
    value = here[last]
    here[last] = [100 * x for x in value] if isinstance(value, list) else 100 * value
    return None if value == 0 else data


@pytest.mark.parametrize("deal", DEALS)
def test_a_share_times_100_is_refused_or_suspicious(deal):
    scenario, accepted = DEALS[deal], []
    for steps in shares(scenario):
        data = times_100(scenario.data(), steps)
        if data is None:
            continue
        try:
            found = sib.Scenario.from_data(data).suspicions()
        except sib.ScenarioError:
            continue
        if not found:
            accepted.append(steps)
    assert not accepted


@pytest.mark.parametrize("deal", DEALS)
def test_nothing_that_ships_is_suspicious(deal):
    assert DEALS[deal].suspicions() == []


@pytest.mark.parametrize(
    ("deal", "path", "value", "said"),
    [
        (
            "A weighted index of indicators",
            "payments.progress.pays.nodes",
            [[60, 0], [140, 100_000]],
            "payments.progress.pays.nodes.0.0\n"
            "  came:  60.0\n"
            "  rule:  results of `progress` are believed to be about 1.14889\n"
            "  to do: is it in the same unit?",
        ),
        (
            "An early test, and a later one for those not yet paid for",
            "payments.late.when",
            {"units": 0.83, "unpaid": "early"},
            "payments.late.when.units\n"
            "  came:  0.83\n"
            "  rule:  results of `arrests` are believed to be about 40\n"
            "  to do: was 0.83 of them meant?",
        ),
        (
            "A funnel",
            "payments.keeps job.when",
            {"units": 300},
            "payments.keeps job.when.units\n"
            "  came:  300.0\n"
            "  rule:  `keeps job` counts each of the 200 persons once\n"
            "  to do: is it a number of persons, in all?",
        ),
        (
            "benevolent",
            "payments.return on P.pays.steps",
            [[0.05, 0.5]],
            "payments.return on P.pays.steps.0.1\n"
            "  came:  0.5\n"
            "  rule:  a rate of 50% a year\n"
            "  to do: was 0.005 meant, for 0.5 per cent?",
        ),
        (
            "essex",
            "tranches.investors.return_cap.multiple",
            45,
            "tranches.investors.return_cap.multiple\n"
            "  came:  45.0\n"
            "  rule:  45 times the capital\n"
            "  to do: a multiple of 1.45 is 45 per cent on top of the capital",
        ),
        (
            "A fixed-weight mix of two estimates",
            "metrics.mixed estimate.parts",
            [
                {"metric": "arrests", "reads": "improvement", "weight": 1},
                {"metric": "arrests, before and after", "reads": "improvement", "weight": 1},
            ],
            "metrics.mixed estimate.parts\n"
            "  came:  '2 in all'\n"
            "  rule:  an index of shares or improvements whose weights do not add up to 1\n"
            "  to do: were the weights meant as shares of 1?",
        ),
        (
            "Cumulative to date",
            "payments",
            [{"name": "each", "metric": "restored", "scope": "period", "pays": {"per_unit": 500}}],
            "payments.each.scope\n"
            "  came:  'period'\n"
            "  rule:  each result of `restored` is over everybody so far: each is paid for again in every period\n"
            '  to do: was `scope = "to date"` with `less = ["each"]` meant, which pays for each once?',
        ),
        (
            "Equity",
            "parties",
            ["ministry"],
            "parties\n"
            "  came:  'ministry'\n"
            "  rule:  listed, but no term names it\n"
            "  to do: leave it out, or name it where it belongs",
        ),
    ],
)
def test_what_is_said_of_it(deal, path, value, said):
    (found,) = {str(one) for one in DEALS[deal].replace({path: value}).suspicions()[:1]}
    assert found == said


def test_check_lists_them_and_is_content(tmp_path, capsys):
    file = tmp_path / "slip.toml"
    file.write_text(
        DEALS["peterborough"].replace({"beliefs.discount_rates.investors": 0.35}).to_toml(), encoding="utf-8"
    )
    app(["check", str(file)], standalone_mode=False)
    first, second, _ = capsys.readouterr().out.split("\n\n", 2)
    assert first.startswith(f"{file}: valid.")
    assert second == (
        "SUSPICIOUS: these can be, but seldom are\n"
        "  beliefs.discount_rates.investors = 0.35: seldom above 0.3; was 0.0035 meant, for 0.35 per cent?"
    )
    app(["check", "peterborough"], standalone_mode=False)
    assert "SUSPICIOUS" not in capsys.readouterr().out


def suspected(**beliefs):
    quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}
    level = {"job": {"distribution": "normal", "mean": 0.85, "sd": 0.2}} if "levels" not in beliefs else {}
    scenario = deal(
        [milestone("job", quarterly)],
        [price("job", 1, "period")],
        [],
        level | beliefs.pop("levels", {}),
        (60,),
        **beliefs,
    )
    return " ".join(map(str, scenario.suspicions()))


def test_a_share_that_is_often_drawn_above_all():
    # of a normal law with mean 0.85 and sd 0.2, 22.7% are above one
    assert "in 22.7% of futures the share is drawn above all" in suspected()
    assert not suspected(levels={"job": {"distribution": "normal", "mean": 0.6, "sd": 0.1}})


def test_many_more_than_planned():
    sure = {"job": {"distribution": "certain", "value": 0.5}}
    tripled = {"ramp_up": {"shares": [3, 3, 3, 3]}}
    assert "300% of the planned persons of cohort c0 come" in suspected(levels=sure, referrals=tripled)
    assert not suspected(levels=sure, referrals={"ramp_up": {"shares": [0.5, 1.5]}})
