"""Claims so far as tables, and what is refused of them. Truth: the same claims as a mapping; persons who can be."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sib
from sib.analysis.evidence.claims import claims_of
from sib.run.recipe import Deal

NORTHAM = sib.load(Path(__file__).parents[2] / "notebooks" / "northam.toml")
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


@pytest.mark.slow
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
        ["claims", "2026-08-15", "a period whose result the deal reads", "by the day of its result, 2026-09-30"],
    ),
    "a period that is not over": (
        ONE.set_axis([*QUARTERS[:3], "2027-02-28"]),
        ["2027-02-28", "the day of its result, 2027-03-31; where it is not over, add through=2027-02-28"],
    ),
    "a period in another notation": (
        {"moves in": {"30/06/2026": 1}},
        ["observed['moves in']", "30/06/2026", "write the day of the result as YYYY-MM-DD: 2026-06-30"],
    ),
    "a period after the last": ({"moves in": {"2040-06-30": 1}}, ["the last result is 2031-03-31"]),
    "a hole": (
        {"moves in": {"2026-06-30": 1, "2027-03-31": 3}},
        ["observed['moves in']", "none of 2026-09-30, 2026-12-31", "a zero where nobody was counted"],
    ),
    "more than can come": (
        {"moves in": {"2026-06-30": 100, "2026-09-30": 201}},
        ["observed['moves in'], period 2026-09-30", "301 so far", "at most the 300 planned persons"],
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
