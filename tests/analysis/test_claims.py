"""Claims so far as tables, and what is refused of them. Truth: the same claims as a mapping; persons who can be."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sib
from sib.analysis.evidence.claims import claims_of, possible
from sib.model.observed import Observed, Seen
from sib.run.recipe import Deal

NORTHAM = sib.load(Path(__file__).parents[1] / "cases" / "northam.toml")
MODEL = Deal.of(NORTHAM).model
QUARTERS = ["2026-06-30", "2026-09-30", "2026-12-31", "2027-03-31"]
ROWS = {"moves in": [1, 6, 10, np.nan], "housed 3 months": [np.nan, 0, 4, np.nan]}
MEANT = {
    "moves in": dict(zip(QUARTERS, [1, 6, 10], strict=False)),
    "housed 3 months": {"2026-09-30": 0, "2026-12-31": 4},
}
TABLE = pd.DataFrame(ROWS, index=QUARTERS)

WAYS = {
    "periods down": TABLE,
    "metrics down": TABLE.T,
    "dates": TABLE.set_axis([dt.date.fromisoformat(day) for day in QUARTERS]),
    "timestamps": TABLE.T.set_axis(pd.to_datetime(QUARTERS), axis=1),
    "quarters": TABLE.set_axis(pd.PeriodIndex(QUARTERS, freq="Q")),
    "months": TABLE.T.set_axis(pd.PeriodIndex(QUARTERS, freq="M"), axis=1),
    "text with hours, as a spreadsheet writes it": TABLE.set_axis([f"{day} 00:00:00" for day in QUARTERS]),
    "empty cells": TABLE.astype(object).where(TABLE.notna(), ""),
    "a column of periods": TABLE.rename_axis("period").reset_index(),
    "a column of metrics": TABLE.T.rename_axis("metric").reset_index(),
    "a row a result": TABLE.rename_axis("period").reset_index().melt("period", var_name="metric"),
    "a row a result, by an index": TABLE.rename_axis("period")
    .reset_index()
    .melt("period", var_name="metric")
    .set_index(["metric", "period"]),
}


@pytest.mark.parametrize("table", WAYS.values(), ids=WAYS)
def test_a_table_is_the_mapping_that_it_says(table):
    assert claims_of(MODEL, table) == MEANT


def test_a_mapping_stays_as_it_is():
    given = {"moves in": {"2026-06-30": 1}}
    assert claims_of(MODEL, given) is given


def test_a_table_updates_as_its_mapping_does():
    simulation = sib.simulate(NORTHAM, 2_000, rng=1)
    found = [
        sib.update(simulation, claims).effects for claims in (TABLE[["moves in"]], {"moves in": MEANT["moves in"]})
    ]
    pd.testing.assert_frame_equal(*found)


def refused(claims, **more):
    with pytest.raises(sib.InputError) as caught:
        sib.update(sib.simulate(NORTHAM, 100, rng=1), claims, **more)
    return str(caught.value)


ONE = TABLE[["moves in"]]
REFUSED = {
    "an unknown metric": (
        TABLE.rename(columns={"housed 3 months": "housed 3 month"}),
        ["housed 3 month", "did you mean"],
    ),
    "no metric at all": (TABLE.rename(columns={"moves in": "x", "housed 3 months": "y"}), ["a row a metric"]),
    "a metric twice": (
        pd.concat([ONE, ONE], axis=1),
        ["claims, metric", "moves in", "each metric once", "add the two up"],
    ),
    "a period twice": (pd.concat([ONE, ONE]), ["claims, period", "2026-06-30", "each period once"]),
    "a metric twice, in rows": (WAYS["a row a result"].iloc[[0, 0]], ["one row for each result", "keep it or row 1"]),
    "a day that is no result": (
        ONE.set_axis(["2026-06-30", "2026-08-15", *QUARTERS[2:]]),
        ["claims, period", "2026-08-15", "the day of a result of the deal", "did you mean"],
    ),
    "a period that is not over": (
        ONE.set_axis([*QUARTERS[:3], "2027-02-15"]),
        ["2027-02-15", "call it 2027-03-31 and pass through=datetime.date(2027, 2, 15)"],
    ),
    "a hole": (
        {"moves in": {"2026-06-30": 1, "2027-03-31": 3}},
        ["claims['moves in']", "nothing for 2026-09-30, 2026-12-31", "every period", "0 where nobody did"],
    ),
    "more than can come": (
        {"moves in": {"2026-06-30": 100, "2026-09-30": 201}},
        ["claims['moves in'], period 2026-09-30", "301 so far", "at most 300 by then", "referrals"],
    ),
    "a part of a person": ({"moves in": {"2026-06-30": 1.5}}, ["moves in", "1.5", "a whole number of persons"]),
    "fewer than none": (ONE.replace(6, -6), ["moves in", "-6", "not negative", "2026-09-30"]),
    "nothing": (ONE * np.nan, ["one result at least"]),
}


@pytest.mark.parametrize(("claims", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_and_named(claims, says):
    message = refused(claims)
    for part in (*says, "came:", "rule:", "to do:"):
        assert part in message


THROUGH = {
    "before the last period": dt.date(2026, 9, 30),
    "after it": dt.date(2027, 1, 1),
    "no date": "2026-11-15",
    "a time": dt.datetime(2026, 11, 15),
}


@pytest.mark.parametrize("day", THROUGH.values(), ids=THROUGH)
def test_a_day_that_is_none_of_the_last_period_is_refused(day):
    message = refused(ONE, through=day)
    assert message.startswith("through\n")
    assert "to do:" in message


@pytest.mark.parametrize("day", [dt.date(2026, 10, 1), dt.date(2026, 12, 31)])
def test_a_day_of_the_last_period_is_taken(day):
    model = MODEL
    seen = Observed({0: {row: Seen(1.0, 1.0, 0.0) for row in range(3)}})
    possible(NORTHAM, model, seen, day)


class TestFunnels:
    """Limits of later milestones, worked out by hand: three months after moving in, nine more, ..."""

    def seen(self, **counts):
        names = [metric.name for metric in MODEL.metrics]
        return Observed(
            {
                names.index(name.replace("_", " ")): {row: Seen(1.0, float(n), 0.0) for row, n in enumerate(each)}
                for name, each in counts.items()
            }
        )

    def message(self, **counts):
        with pytest.raises(sib.InputError) as caught:
            possible(NORTHAM, MODEL, self.seen(**counts))
        return str(caught.value)

    def test_who_is_housed_three_months_had_moved_in_a_quarter_before(self):
        possible(NORTHAM, MODEL, self.seen(moves_in=[5, 5], housed_3_months=[0, 5]))
        message = self.message(moves_in=[5, 5], housed_3_months=[0, 6])
        assert "claims['housed 3 months'], period 2026-09-30" in message
        assert "6 so far" in message
        assert "at most 5 by then: so many had reached `moves in` by 2026-06-30" in message

    def test_nobody_has_been_housed_three_months_in_the_first_quarter(self):
        # from the first of a month three months lead into the next quarter
        assert "at most 0 by then: nobody can have reached `moves in`" in self.message(housed_3_months=[1])

    def test_where_the_milestone_above_is_not_known_the_one_above_that_is_asked(self):
        ok = {"moves_in": [4, 0, 0, 0, 0], "housed_12_months": [0, 0, 0, 0, 4]}
        possible(NORTHAM, MODEL, self.seen(**ok))
        message = self.message(**ok | {"housed_12_months": [0, 0, 0, 0, 5]})
        assert "at most 4 by then: so many had reached `moves in` by 2026-06-30" in message

    def test_all_that_is_wrong_is_said_at_once(self):
        message = self.message(moves_in=[200, 101], housed_3_months=[1])
        assert "moves in" in message
        assert "housed 3 months" in message

    def test_at_an_unknown_pace_anybody_may_be_early(self):
        quick = NORTHAM.replace({"beliefs.timing.housed 3 months": {"months": 3, "pace_sd": 0.2}})
        possible(quick, Deal.of(quick).model, self.seen(moves_in=[5, 5], housed_3_months=[2, 8]))

    def test_a_volume_that_is_not_known_has_no_limit(self):
        busy = NORTHAM.replace({"beliefs.referrals": {"mean": 1.0, "sd": 0.3}})
        possible(busy, Deal.of(busy).model, self.seen(moves_in=[150, 200]))
