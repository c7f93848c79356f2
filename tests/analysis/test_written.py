"""Results as people write them: words, files, tables. Truth: what the words say, read by a person."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import sib
from sib.analysis.written import of_file, of_words
from sib.run.recipe import Deal
from tests.test_cookbook import BASE, laid_over

MODEL = Deal.of(laid_over(BASE, "")).model  # its metrics are compared, `arrests` by cohort; `days housed` is a total


def read(*words):
    return of_words(words, MODEL)


class TestWords:
    @pytest.mark.parametrize(
        ("word", "found"),
        [
            ("arrests=0.10", {"arrests": 0.1}),
            ("arrests = 0.10", {"arrests": 0.1}),
            ("arrests=-1e-1", {"arrests": -0.1}),
            ("arrests=[0.10, 0.09]", {"arrests": [0.1, 0.09]}),
            ("arrests=[0.10,0.09]", {"arrests": [0.1, 0.09]}),  # no number is written like that
            ("arrests=[-1,-2]", {"arrests": [-1, -2]}),
            ("arrests=[0.5,1000.5]", {"arrests": [0.5, 1000.5]}),
            ("arrests.units=[40, 20]", {"arrests": [{"units": 40}, {"units": 20}]}),
            ("days housed=258_858", {"days housed": 258_858}),
            ("days housed=[300, 300, 400]", {"days housed": [300, 300, 400]}),
        ],
    )
    def test_what_is_read(self, word, found):
        assert read(word) == found

    @pytest.mark.parametrize(
        ("figures", "meant"),
        [
            ("299,928", "x=299928 (thousands), x=299.928 (decimals) or x=[299, 928] (2 results)"),
            ("[299,928]", "x=299928 (thousands), x=299.928 (decimals) or x=[299, 928] (2 results)"),
            ("0,38", "x=0.38 (decimals) or x=[0, 38] (2 results)"),
            ("1,299,928.5", "x=1299928.5 (thousands) or x=[1, 299, 928.5] (3 results)"),
            ("1.299,38", "x=1299.38 (decimals) or x=[1.299, 38] (2 results)"),
            ("0.40,0.10", "x=[0.40, 0.10] (2 results)"),
            ("0.40, 0.10", "x=[0.40, 0.10] (2 results)"),
            ("258858,41070", "x=258858.41070 (decimals) or x=[258858, 41070] (2 results)"),
            ("[258858,41070]", "x=258858.41070 (decimals) or x=[258858, 41070] (2 results)"),
            ("[90,90,90]", "x=[90, 90, 90] (3 results)"),  # each pair could be one number
            (
                "[1,262, 1,237]",
                "x=[1262, 1237] (thousands), x=[1.262, 1.237] (decimals) or x=[1, 262, 1, 237] (4 results)",
            ),
        ],
    )
    def test_a_comma_that_may_be_part_of_a_figure(self, figures, meant):
        with pytest.raises(sib.InputError) as error:
            read(f"x={figures}")
        assert str(error.value) == (
            f"--result\n  came:  'x={figures}'\n"
            "  rule:  no comma stands in a figure; several results stand in brackets, with a space after each comma\n"
            f"  to do: write what is meant: {meant}"
        )

    @pytest.mark.parametrize(
        "word", ["arrests", "=1", "arrests=", "arrests=[]", "arrests=[1, ]", "arrests=[1; 2]", "arrests=nan"]
    )
    def test_what_is_no_result(self, word):
        with pytest.raises(sib.InputError) as error:
            read(word)
        assert str(error.value) == (
            f"--result\n  came:  {word!r}\n  rule:  METRIC=VALUE, or METRIC=[VALUE, VALUE] with one a cohort or period,"
            ' figures as 299928 or 0.38\n  to do: write, for example, --result "jail days=0.38" or --result'
            ' "jail days=[0.38, 0.40]"'
        )

    def test_a_number_of_too_many_digits(self):
        with pytest.raises(sib.InputError) as error:
            read(f"arrests={'9' * 400}")
        assert str(error.value).startswith(f"--result\n  came:  'arrests={'9' * 108}...\n  rule:  METRIC=VALUE, or ")

    def test_a_metric_twice(self):
        with pytest.raises(sib.InputError) as error:
            read("arrests=0.1", "arrests.points=0.2")
        assert str(error.value) == (
            "--result\n  came:  'arrests.points=0.2'\n  rule:  one result of a metric, or several in brackets\n"
            "  to do: write 'arrests' once, as arrests.points=[VALUE, VALUE]"
        )


COHORTS = {"metric": ["arrests", "arrests"], "cohort": ["1", "2"], "value": [0.4, 0.1]}


class TestTables:
    """The small deal pays 1,000 for each arrest avoided: 80 of 200 in cohort 1, 20 of 200 in cohort 2."""

    SCENARIO = laid_over(
        BASE,
        '[[payments]]\nname = "p"\nmetric = "arrests"\nscope = "cohort"\nreads = "units"\n'
        'pays = { per_unit = 1_000 }\n[[payments]]\nname = "q"\nmetric = "days housed"\nscope = "period"\n'
        "pays = { per_unit = 1 }\n",
    )

    def paid(self, frame):
        return sib.settle(self.SCENARIO, frame).paid("city")

    @pytest.mark.parametrize(
        "frame",
        [
            pd.DataFrame(COHORTS),
            pd.DataFrame(COHORTS).iloc[::-1],
            pd.DataFrame(COHORTS).set_index(["metric", "cohort"]),
            pd.DataFrame(COHORTS).assign(cohort=[1, 2]),
            pd.DataFrame(COHORTS).assign(value=[80, 20], reads="units"),
            pd.DataFrame(COHORTS).assign(n=100, standard_error=[0.1, np.nan]),
            pd.DataFrame(COHORTS).assign(reads=[None, "improvement"]),
        ],
    )
    def test_a_row_a_result(self, frame):
        total = pd.DataFrame({"metric": ["days housed"], "value": [900]})
        assert self.paid(pd.concat([frame.reset_index() if "metric" not in frame else frame, total])) == pytest.approx(
            100_900
        )

    def test_periods_may_be_dates_and_cohorts_stand_beside_them(self):
        days = [pd.Timestamp(2021, 6, 30), dt.date(2022, 6, 30), "2023-06-30"]
        rows = [("days housed", None, day, 300) for day in days] + [
            ("arrests", 1.0, None, 0.4),
            ("arrests", 2, "", 0.1),
        ]
        assert self.paid(pd.DataFrame(rows, columns=["metric", "cohort", "period", "value"])) == pytest.approx(100_900)

    def test_persons_and_precision_are_read(self):
        # 50 persons, of whom half the arrests (2 each expected) were avoided: 50 arrests at 1,000
        rows = pd.DataFrame({"metric": ["arrests"] * 2, "cohort": ["1", "2"], "value": [0.5, 0.0], "n": [50, 100]})
        days = pd.DataFrame({"metric": ["days housed"], "value": [0]})
        assert self.paid(pd.concat([rows, days], ignore_index=True)) == pytest.approx(50_000)

    @pytest.mark.parametrize(
        ("frame", "message"),
        [
            (
                pd.DataFrame({"metric": ["arrests"], "values": [0.1]}),
                "measured, columns\n  came:  'values'\n  rule:  columns metric and value, and any of cohort, period, n,"
                ' standard_error, reads, each once\n  to do: did you mean "value"?',
            ),
            (
                pd.DataFrame({"metric": ["arrests"], "n": [1]}),
                "measured, columns\n  came:  ['metric', 'n']\n  rule:  columns metric and value, and any of cohort,"
                " period, n, standard_error, reads, each once\n  to do: add value",
            ),
            (
                pd.DataFrame([["arrests", 1, 2]], columns=["metric", "value", "value"]),
                "measured, columns\n  came:  ['metric', 'value', 'value']\n  rule:  columns metric and value, and any"
                " of cohort, period, n, standard_error, reads, each once\n  to do: leave out one of the two",
            ),
            (
                pd.DataFrame({"metric": ["arrest"], "value": [0.1]}),
                "measured, row 1, metric\n  came:  'arrest'\n  rule:  a metric of the deal\n"
                '  to do: did you mean "arrests"?',
            ),
            (
                pd.DataFrame({"metric": ["arrests"] * 3, "cohort": ["1", "2", "1"], "value": [0.1, 0.1, 0.2]}),
                "measured, row 3\n  came:  'arrests, 1'\n  rule:  one row for each result, or one row for the result"
                " over all\n  to do: keep it or row 1, and leave out the other",
            ),
            (
                pd.DataFrame({"metric": ["arrests"] * 2, "cohort": ["1", None], "value": [0.1, 0.1]}),
                "measured, row 2\n  came:  'arrests, over all'\n  rule:  one row for each result, or one row for the"
                " result over all\n  to do: keep it or row 1, and leave out the other",
            ),
            (
                pd.DataFrame({"metric": ["arrests"], "cohort": ["1"], "period": ["2021"], "value": [0.1]}),
                "measured, row 1\n  came:  {'cohort': '1', 'period': '2021'}\n  rule:  the cohort or the period of a"
                " result\n  to do: leave one of the two empty",
            ),
            (
                pd.DataFrame({"metric": ["arrests"], "value": [None]}),
                "measured, row 1, value\n  came:  nothing\n  rule:  a finite number\n"
                "  to do: give the published figure as a decimal, as 0.084",
            ),
            (
                pd.DataFrame({"metric": ["arrests"], "value": ["299,928"]}),
                "measured, row 1, value\n  came:  '299,928'\n  rule:  no comma stands in a figure\n"
                "  to do: write what is meant: 299928 (thousands) or 299.928 (decimals)",
            ),
            (
                pd.DataFrame({"metric": ["arrests"], "value": [0.1], "reads": ["unit"]}),
                "measured, row 1, reads\n  came:  'unit'\n  rule:  one of improvement, points, units, level\n"
                '  to do: did you mean "units"?',
            ),
        ],
    )
    def test_what_is_refused(self, frame, message):
        with pytest.raises(sib.InputError) as error:
            sib.settle(self.SCENARIO, frame)
        assert str(error.value) == message


class TestFiles:
    def written(self, folder, text, **kwargs):
        file = folder / "r.csv"
        file.write_bytes(text.encode(**kwargs))
        return file

    def test_a_file_as_spreadsheets_write_it(self, tmp_path):
        text = 'metric,cohort,value,n\r\narrests,1,0.4,100\r\n"arrests", 2 ,0.1,\r\n\r\ndays housed,,"900",\r\n'
        found = of_file(MODEL, self.written(tmp_path, text, encoding="utf-8-sig"))
        assert found == {"arrests": {"1": {"improvement": 0.4, "n": 100}, "2": 0.1}, "days housed": 900}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "metric;value\narrests;0,1\n",
                ", columns\n  came:  'metric;value'\n  rule:  columns metric and value, and any of cohort, period, n,"
                ' standard_error, reads, each once\n  to do: did you mean "metric"?',
            ),
            (
                "metric,value\narrests,299,928\n",
                ", line 2\n  came:  'arrests,299,928'\n  rule:  as many cells as there are columns, 2\n  to do: write"
                ' figures without commas, as 299928; put names with commas in quotes, as "Denver, west"',
            ),
            (
                "metric,value\n\narests,1\n",
                ", line 3, metric\n  came:  'arests'\n  rule:  a metric of the deal\n"
                '  to do: did you mean "arrests"?',
            ),
            (
                "",
                ", columns\n  came:  []\n  rule:  columns metric and value, and any of cohort, period, n,"
                " standard_error, reads, each once\n  to do: add metric, value",
            ),
        ],
    )
    def test_what_is_refused(self, tmp_path, text, message):
        file = self.written(tmp_path, text)
        with pytest.raises(sib.InputError) as error:
            of_file(MODEL, file)
        assert str(error.value) == f"{file}{message}"

    def test_a_file_that_cannot_be_read(self, tmp_path):
        with pytest.raises(sib.InputError) as error:
            of_file(MODEL, tmp_path / "none.csv")
        assert str(error.value) == (
            f"--results\n  came:  '{tmp_path / 'none.csv'}'\n  rule:  a CSV file that can be read, in UTF-8\n"
            "  to do: check the path (No such file or directory)"
        )
        with pytest.raises(sib.InputError, match="in UTF-8"):
            of_file(MODEL, self.written(tmp_path, "metric,value\nCafé,1", encoding="latin-1"))
