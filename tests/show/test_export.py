"""Files for spreadsheets. Truth: text that starts like a formula is text after reading, and nothing else changes."""

import csv

import pandas as pd
import pytest

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


def test_results_are_read_by_the_names_that_were_written(tmp_path):
    """Legitimate names that a spreadsheet would calculate, in the files of `sib settle` and of `sib update`."""
    data = funnel().data()
    (metric, *_), name = data["metrics"], "+1 job, -20% idle"
    renamed = sib.Scenario.from_data(tomllib.loads(tomli_w.dumps(data).replace(f'"{metric["name"]}"', f'"{name}"')
        .replace(f"{metric['name']} =", f'"{name}" =')))
    model = Deal.of(renamed).model
    table = pd.DataFrame({"metric": [name], "value": [3.0]}).set_index("metric")
    (tmp_path / "long.csv").write_text(csv_of(table), encoding="utf-8")
    assert of_file(model, tmp_path / "long.csv") == {name: 3.0}
