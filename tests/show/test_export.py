"""Files for spreadsheets. Truth: text that starts like a formula is text after reading, and nothing else changes."""

import csv

import pandas as pd
import pytest

from sib.show.export import to_csv


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_cell_becomes_a_formula(name, tmp_path):
    frame = pd.DataFrame({name: [1.5, -2.0], "said": [name, "plain"]}, index=pd.Index([name, "b"], name=name))
    to_csv(frame, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    shown = name.replace("\r", " ")
    assert cells.count(f"'{shown}") == 4
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))]
    assert "-2.0" in cells, "a number below zero is a number"


def test_two_levels_of_names(tmp_path):
    frame = pd.DataFrame({("=a", "x"): [1.0], ("b", "y"): [2.0]})
    frame.columns.names = ["tranche", "figure"]
    to_csv(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines()[0] == "tranche,'=a,b"
