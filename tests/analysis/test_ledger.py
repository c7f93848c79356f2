"""Views of a ledger. Truth: what is written in it, added up by hand."""

import datetime as dt
import math

import pandas as pd
import pytest

import sib
from sib.analysis.ledger import Ledger, Movement

DAY = dt.date(2010, 9, 9)
LEDGER = Ledger.of(
    [
        Movement(DAY, "investors", "vehicle", "draw", "draw", 60.0),
        Movement(DAY, "investors", "vehicle", "draw", "draw", 40.0),
        Movement(DAY, "vehicle", "provider", "cost", "service", 100.0),
        Movement(DAY.replace(year=2011), "payer", "vehicle", "outcome payment", "result", 0.0),
        Movement(DAY.replace(year=2012), "payer", "vehicle", "outcome payment", "result", 121.1),
        Movement(DAY.replace(year=2012), "vehicle", "investors", "repayment", "repayment", 121.1),
    ],
    ("payer", "vehicle", "investors", "provider"),
    "GBP",
)


def test_totals():
    assert LEDGER.received("investors") == 121.1
    assert LEDGER.paid("investors") == 100.0
    assert LEDGER.received("payer") == 0.0
    assert LEDGER.multiple("investors") == pytest.approx(1.211)
    assert math.isnan(LEDGER.multiple("provider"))


def test_cashflow_is_net_by_date_and_positive_when_received():
    cash = LEDGER.cashflow("investors")
    assert cash.tolist() == [-100.0, 121.1]
    assert cash.index.tolist() == [pd.Timestamp("2010-09-09"), pd.Timestamp("2012-09-09")]
    assert cash.name == "investors"


def test_rate_of_return_counts_real_days():
    # 2012 is a leap year: 731 days, not two years
    assert LEDGER.irr("investors") == pytest.approx(1.211 ** (365 / 731) - 1, rel=1e-12)
    assert math.isnan(Ledger.of([], ("nobody",), "GBP").irr("nobody"))


def test_movements_of_nothing_are_left_out():
    frame = LEDGER.to_frame()
    assert len(frame) == 5
    assert list(frame.columns) == ["date", "payer", "payee", "kind", "label", "amount"]
    assert frame["amount"].dtype == "float64"
    assert {type(kind) for kind in frame["kind"]} == {str}
    assert Ledger.of([], ("a",), "GBP").to_frame().empty


def test_unknown_party():
    with pytest.raises(sib.InputError) as error:
        LEDGER.received("investor")
    assert str(error.value) == (
        "party\n  came:  'investor'\n  rule:  a party of this deal\n  to do: did you mean \"investors\"?"
    )
