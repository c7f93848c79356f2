"""Files for spreadsheets. Truth: text that starts like a formula is text after reading, and nothing else changes."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.analysis.cells import as_cell, of_cell
from sib.show.export import csv_of


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_cell_becomes_a_formula(name):
    frame = pd.DataFrame({name: [1.5, -2.0], "said": [name, "plain"]}, index=pd.Index([name, "b"], name=name))
    cells = [cell for row in csv.reader(io.StringIO(csv_of(frame), newline="")) for cell in row]
    shown = name.replace("\r", " ")
    assert cells.count(f"'{shown}") == 4
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))]
    assert "-2.0" in cells, "a number below zero is a number"


def test_two_levels_of_names():
    frame = pd.DataFrame({("=a", "x"): [1.0], ("b", "y"): [2.0]})
    frame.columns.names = ["tranche", "figure"]
    assert csv_of(frame).splitlines()[0] == "tranche,'=a,b"


@given(st.text(st.sampled_from("'=+-@ ab\t\N{FULLWIDTH EQUALS SIGN}"), max_size=6))
def test_each_name_is_read_back(name):
    assert of_cell(as_cell(name)) == name
    assert not as_cell(name).lstrip(" ").startswith(tuple("=+-@\t\N{FULLWIDTH EQUALS SIGN}"))
