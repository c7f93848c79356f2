"""Text that others may put into a scenario, to be refused or shown as text. All of it through every sink:

    python -m tests.hostile

The tests (`tests/test_text.py`) take each text through the door, and a few scenarios full of them through the sinks.
"""

import contextlib
import csv
import datetime as dt
import io
import re
import sys
import unicodedata
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import openpyxl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text

import sib
from sib.analysis.cells import of_cell
from sib.cli import main
from sib.scenario.paths import in_quotes, path_of
from sib.show import display
from sib.show.export import csv_of
from tests import milestones
from tests.milestones import milestone, price
from tests.scenario.test_names import deal

TEXTS = {
    # what a terminal obeys
    "colour": "\x1b[31mred\x1b[0m",
    "cursor": "\x1b[2J\x1b[1;1Hpaid in full",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "control sequence of one character": "\x9b31mred",
    "backspace": "lost\b\b\b\bwon ",
    "carriage return": "loses 90%\rgains 10%",
    "null": "a\x00b",
    "bell": "ring\a",
    "delete": "a\x7fb",
    "shift": "\x0egraphics\x0f",
    "form": "a\fb\vc",
    "tab": "\ta\tb",
    "lines": "a deal\nPAYMENTS\n- nothing is paid",
    "error": "x\n  rule:  none\n  to do: rm -rf /",
    "line separator": "a\u2028b\u2029c",
    "next line": "a\x85b",
    # what turns text round, or hides
    "override": "\u202egnp.exe",
    "embedding": "\u202bab\u202c",
    "isolate": "\u2067ab\u2069",
    "mark": "\u200fab",
    "zero width": "in\u200bvestors",
    "byte order": "\ufeffinvestors",
    "tag letters": "a\U000e0041\U000e0042",
    "joiners": "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}",
    "non-joiner": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "surrogate": "a\ud83db",
    # what is text, and looks like something else
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0633\u0644\u0627\u0645",
    "combining": "Z" + "\u0335\u0321\u0347" * 12,
    "emoji": "\N{GRINNING FACE}\N{VARIATION SELECTOR-16} ok",
    "long": "an investor with a name that goes on and on and on until there is no more room X",
    "one word": "W" * 80,
    "mathematics": "$x_{",
    "script": "<script>alert(1)</script>",
    "attribute": "\" onload='x' &amp; ]]>",
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+1 year",
    "minus": "-20% reoffending",
    "at": "@SUM(1+1)*cmd",
    "folder": "../../x",
    "printf and format": "%s %n {0} {name} %(x)s",
    "markup": "[bold]x[/bold] [link=file:///]",
}


def acts(text, but=""):
    """Characters of a text that act where it is shown, by Unicode's categories; joiners and soft hyphens do not."""
    return [
        one
        for one in text
        if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in "\u200c\u200d\xad" + but
    ]


NAMES = [text for text in TEXTS.values() if text.isprintable()]


def renamed(turn):
    """A deal of which every text that may be chosen is one of these; at each turn another."""
    plain = iter(range(turn, 10_000))

    def name(most=80):
        number = next(plain)
        text = NAMES[number % len(NAMES)]
        return (text if number < turn + len(NAMES) else f"{text[:70]} {number}")[:most]

    found = deal(
        [name() for _ in range(3)],
        [name() for _ in range(3)],
        [name(), name()],
        [name(), name()],
        name(),
        name(),
        name(),
        [name() for _ in range(3)],
    )
    data = found.data()
    unit, prose = NAMES[turn % len(NAMES)], " / ".join(NAMES[turn:] + NAMES[:turn])
    data |= {"name": prose, "summary": f"{prose}, summed up", "vehicle": name()}
    data["metrics"][1]["unit"] = unit[:40]
    data["cases"] = [{"name": name(), "changes": {"outcome_payer": data["outcome_payer"], "limits.0.amount": 11_000}}]
    data["sources"] = {
        "start": {"source": prose, "note": prose},
        "currency": {"assumption": f"{prose}\n\tand on\n", "range": [1, 2]},
    }
    return sib.Scenario.from_data(data)


def said(*words):
    """What a command prints, on both streams, and with which code it ends."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", ["sib", *words]),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code
    return out.getvalue(), err.getvalue(), code


def commands(scenario, file, folder):
    """Every command that reads a scenario, with its names as arguments."""
    few = ("--paths", "40", "--seed", "1")
    results = [
        f"--result={in_quotes(metric.name)}.{'improvement' if i == 0 else 'units'}={0.1 if i == 0 else 40}"
        for i, metric in enumerate(scenario.metrics)
    ]
    figure = path_of(["payments", scenario.payments[0].name, "pays", "per_unit"])
    sought = ("--target", "12000", "--measure", "payment", "--within", "50", "200")
    yield "check", file, "--all"
    yield "check", file
    yield "describe", file
    yield "run", file, *few, "--out", f"{folder / 'out'}"
    yield "compare", file, "--cases", *few
    yield "tornado", file, "--range", f"{figure}=90,110", "--points", "2", *few
    yield "cash", "--freq", "YE", "--by", "party", *few, "--", file, scenario.tranches[0].name
    yield "budget", file, "--payer", scenario.outcome_payer, *few
    yield "settle", file, *results
    if "*" not in figure:  # which makes it a pattern, and its values factors
        yield "solve", file, "--vary", figure, *sought, *results
    yield "workbook", file, "--out", f"{folder / 'book.xlsx'}", *results
    yield "report", file, "--out", f"{folder / 'page.html'}", *few


def counted(turn):
    """A deal in which milestones with such names are counted by period, and claims so far in both forms of a file."""
    job, lasts = (NAMES[(turn + i) % len(NAMES)] for i in (0, 1))
    metrics = [
        milestone(job, {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}),
        {"name": lasts, "kind": "total", "better": "higher", "once": True, "among": job},
    ]
    timing = {job: {"months": [0, 6]}, lasts: {"months": 3}}
    levels = {name: {"distribution": "triangular", "low": 0.3, "mode": 0.5, "high": 0.7} for name in (job, lasts)}
    found = milestones.deal(metrics, [price(job, 5, "period"), price(lasts, 10, "period")], [], levels, timing=timing)
    across = pd.DataFrame({"2015-03-31": [4.0], "2015-06-30": [3.0]}, index=pd.Index([job], name="metric"))
    down = across.reset_index().melt("metric", var_name="period", value_name="value").set_index("metric")
    return found, {"across.csv": csv_of(across), "down.csv": csv_of(down)}


def updated(turn, folder):
    """`sib update` on either form of a file that sib wrote."""
    scenario, tables = counted(turn)
    file = folder / "counted.toml"
    file.write_text(scenario.to_toml(), encoding="utf-8")
    for name, table in tables.items():
        (folder / name).write_text(table, encoding="utf-8")
        out, err, code = said("update", str(file), "--results", str(folder / name), "--paths", "300", "--seed", "1")
        assert code == 0, err
        check_terminal(out, err)
        assert f"of: {scenario.metrics[0].name}." in out, out


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.parts = set(), set(), []
        self.feed(page)
        self.text = "".join(self.parts)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.parts.append(data)


def check_terminal(out, err):
    assert not acts(out, "\n"), out
    assert not acts(err, "\n"), err
    assert "Traceback" not in err, err


def check_page(page, names):
    found = Tags(page)
    assert not {"script", "b", "link"} & found.tags
    assert not {"onload", "onerror"} & found.attributes
    assert not acts(page, "\n\t")
    for name in names:
        assert name in found.text, name


def check_csv(text, names):
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    for cell in cells:
        assert not cell.lstrip(" ").startswith(("=", "+", "@", "\t", "\r", "\n")), cell
        assert not cell.startswith("-") or float(cell) < 0, cell
    assert set(names) <= set(map(of_cell, cells))


def check_workbook(file, names):
    found = set()
    for sheet in openpyxl.load_workbook(file):
        for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
            if cell.data_type == "f":
                assert not any(name in cell.value for name in names if len(name) > 6), cell.value
            else:
                found.add(cell.value)
                assert not acts(cell.value, "\n\t")
    for name in names:
        assert any(name in one for one in found), name


def check_plots(scenario, simulation):
    """What is drawn of a scenario: texts that matplotlib draws as they stand, since each dollar is escaped."""
    for draw in (sib.plot.cash, sib.plot.budget, partial(sib.plot.payoff, metric=scenario.metrics[0].name)):
        figure = Figure(figsize=(6, 4), layout="constrained")
        draw(simulation, ax=figure.subplots())
        figure.savefig(io.BytesIO(), format="svg")
        texts = [text.get_text() for text in figure.findobj(Text)]
        assert not re.search(r"(?<!\\)\$", "".join(texts).replace(r"$\mathdefault", "")), texts
        assert not [text for text in texts if acts(text, "\n")]


def through_all(scenario, folder):
    """A scenario through each sink."""
    file = folder / "a deal.toml"
    file.write_text(scenario.to_toml(), encoding="utf-8")
    parties = [scenario.outcome_payer, *(tranche.name for tranche in scenario.tranches)]
    for words in commands(scenario, str(file), folder):
        out, err, code = said(*words)
        assert code == 0, (words, err)
        check_terminal(out, err)
        if words[0] == "check":
            assert f"valid. {scenario.name}\n" in out
        elif words[0] == "settle":
            assert all(name in out for name in parties), out
    for table in (folder / "out").glob("*.csv"):
        check_csv(table.read_text(encoding="utf-8"), parties[1:] if table.name == "ledger_mean.csv" else ())
    check_page((folder / "page.html").read_text(encoding="utf-8"), [scenario.name, *parties])
    check_workbook(folder / "book.xlsx", parties)
    simulation = sib.simulate(scenario, 40, rng=1)
    check_page(display.scenario_html(scenario), [scenario.name])
    check_page(display.simulation_html(simulation), [scenario.name])
    check_page(display.ledger_html(simulation.ledger()), parties[1:])
    check_plots(scenario, simulation)


if __name__ == "__main__":
    for turn in map(int, sys.argv[1:] or range(len(NAMES))):
        with TemporaryDirectory() as place:
            through_all(renamed(turn), Path(place))
            updated(turn, Path(place))
        print(turn, repr(NAMES[turn]))
