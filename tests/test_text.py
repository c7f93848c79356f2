"""Text of others is text: at the door of a scenario, and where it is shown.

Truth: Unicode's categories say which characters act; parsers by other hands read what was written. The strings, and
what each sink is checked for, are in `tests/hostile.py`.
"""

import ast
import io
import re
import unicodedata
from pathlib import Path
from typing import Annotated

import openpyxl
import pandas as pd
import pytest
import tomli_w
from matplotlib.figure import Figure
from pydantic import TypeAdapter, ValidationError

import sib
from sib.characters import called, visible
from sib.cli.app import app
from sib.cli.terminal import say, say_of_errors
from sib.errors import InputError, Problem
from sib.scenario.scenario import Scenario
from sib.scenario.terms import Terms
from sib.show import html
from sib.show.export import csv_of
from sib.show.plot.words import plain
from sib.show.workbook.page import Page, Placed
from sib.show.workbook.write import content_of
from sib.terms.base import Term
from tests import hostile
from tests.hostile import NAMES, TEXTS, acts, renamed, said


def terms():
    """Every class of terms."""
    found, ahead = set(), [Term]
    while ahead:
        found.add(one := ahead.pop())
        ahead += one.__subclasses__()
    return sorted(found - {Term, Scenario}, key=lambda one: one.__name__)


def shapes(node, schema):
    """How free text may stand in a key, by its schema: by itself, in a list, as a key of a table."""
    if "$ref" in node:
        return
    if node.get("type") == "string" and not {"enum", "const", "format"} & set(node):
        yield "text"
    for option in node.get("anyOf", ()):
        yield from shapes(option, schema)
    if "items" in node:
        yield from (f"list of {shape}" for shape in shapes(node["items"], schema))
    if node.get("additionalProperties"):
        yield "key"


def places():
    """Every key of the contract language in which a text may stand that is chosen freely: (class, key, shape)."""
    for term in terms():
        schema = term.model_json_schema()
        body = schema.get("$defs", {}).get(term.__name__, schema)
        for key, node in body.get("properties", {}).items():
            for shape in dict.fromkeys(shapes(node, schema)):
                yield term, key, shape


PLACES = [(term, key, shape) for term, key, shape in places() if key not in ("sources", "changes", "currency")]


def verdict(term, key, shape, text):
    """What a key says of a text by itself, of each message the words; nothing where it takes it."""
    field = next(one for name, one in term.model_fields.items() if key in (name, one.alias))
    kind = TypeAdapter(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
    try:
        kind.validate_python({"text": text, "list of text": (text,), "key": {text: None}}[shape])
    except ValidationError as error:
        ends = {
            "text": lambda _: True,
            "list of text": lambda loc: loc[-1:] == (0,),
            "key": lambda loc: loc[-1] == "[key]",
        }
        return [str(item["msg"]) for item in error.errors() if ends[shape](item["loc"])]
    return []


def test_the_keys_are_found():
    """As many as one reads in the schema; the top of a file, a cost, a belief and a source among them."""
    found = {(term.__name__, key) for term, key, _ in PLACES}
    assert {
        ("Terms", "summary"),
        ("Cost", "to"),
        ("Beliefs", "effects"),
        ("Source", "note"),
        ("Metric", "unit"),
    } <= found
    assert len(found) > 75


@pytest.mark.parametrize("name", TEXTS)
def test_each_key_refuses_characters_that_act_and_takes_other_text(name):
    text = TEXTS[name]
    for term, key, shape in PLACES:
        prose = term.__name__ == "Source"
        acting = acts(text, "\n\t" if prose else "")
        messages = verdict(term, key, shape, text)
        if acting:
            code = f"(U+{ord(acting[0]):04X})"
            assert any(code in one or "unicode" in one for one in messages), (term, key, messages)
        elif text.isprintable() and len(text) <= 40:
            assert messages == [], (term, key, messages)
    assert verdict(Terms, "currency", "text", text), "three capital letters"


def test_a_file_with_such_characters_is_refused_at_each_key_without_showing_them(tmp_path):
    """All of a file at once, its names changed wherever they are referred to."""
    data = renamed(0).data()
    data |= {"parties": ["x\x1b[31m"], "name": "a\u202eb", "cohorts": [{**data["cohorts"][0], "name": "1\x07"}]}
    (tmp_path / "bad.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    out, err, code = said("check", str(tmp_path / "bad.toml"))
    assert (out, code) == ("", 2)
    assert not acts(err, "\n")
    for where, what in (
        ("name", "RIGHT-TO-LEFT OVERRIDE (U+202E)"),
        ("parties", "ESCAPE (U+001B)"),
        ("cohorts", "ALERT"),
    ):
        assert f"bad.toml: {where}" in err
        assert what in err


@pytest.mark.parametrize("name", TEXTS)
def test_no_error_shows_what_acts(name, tmp_path):
    """Arguments, names of files, options, results, and cells of a file that is read."""
    text = TEXTS[name]
    cells = tmp_path / "cells.csv"
    cells.write_text(f'metric,value\n"{text}",1\n', encoding="utf-8", errors="replace")
    tried = [
        ("check", text),
        ("check", f"{text}.toml"),
        (text,),
        ("run", f"--{text}", "peterborough"),
        ("run", "peterborough", "--paths", text),
        ("settle", "denver", "--result", f"{text}=1"),
        ("settle", "denver", "--results", str(cells)),
        ("settle", "denver", "--results", f"{text}.csv"),
        ("update", "denver", "--results", str(cells), "--through", text),
        ("new", f"no folder/{text}"),
        ("docs", text),
    ]
    for words in tried:
        out, err, code = said(*words)
        assert code == 2, words
        assert out == "", words
        assert not acts(err, "\n"), (words, err)
        assert "Traceback" not in err


@pytest.mark.slow
def test_through_every_sink(tmp_path):
    """Each text stands in some key; `python -m tests.hostile` puts each into all of them."""
    hostile.through_all(renamed(0), tmp_path)


@pytest.mark.parametrize("name", ["-20% reoffending", "+1 year", "=1+1"])
def test_a_file_of_results_that_sib_wrote_is_read_by_the_same_names(name, tmp_path):
    hostile.updated(NAMES.index(name) if name in NAMES else NAMES.index("=cmd|' /C calc'!A0"), tmp_path)


def test_half_a_character_is_refused_as_such():
    with pytest.raises(sib.ScenarioError, match="rule:  text of whole characters, as UTF-8 has them"):
        renamed(0).replace({"outcome_payer": "a\ud83db"})


def test_paths_of_sources_and_cases_lead_somewhere():
    """Keys that are paths: what leads nowhere is refused, and shown as text."""
    data = renamed(0).data()
    for text in TEXTS.values():
        for more in ({"sources": {text: "s"}}, {"cases": [{"name": "c", "changes": {text: 1}}]}):
            with pytest.raises(sib.ScenarioError) as error:
                Scenario.from_data({**data, **more}, file=text)
            assert not acts(str(error.value), "\n")


@pytest.mark.parametrize("character", [*map(chr, [*range(0x20), 0x202E, 0x200B, 0xFEFF, 0x7F, 0x9B, 0xD800])])
def test_characters_are_called_as_unicode_calls_them(character):
    name, number = called(character).rsplit(" (U+", 1)
    assert int(number[:-1], 16) == ord(character)
    if name not in ("CONTROL CHARACTER", "SURROGATE"):
        assert unicodedata.lookup(name) == character
    assert not acts(visible(character))


def test_an_error_stays_four_lines_whatever_it_quotes():
    text = "x\n  rule:  none\x1b[1A"
    message = str(InputError(Problem(text, text, text, text), file=text))
    assert len(message.splitlines()) == 4
    assert message.count(r"\n") == 5
    assert not acts(message, "\n")


def test_no_other_way_out():
    """Each sink has one file that knows how: what prints, makes HTML, CSV, or workbooks is called nowhere else."""
    ways = {
        "print": set(),
        "echo": set(),
        "Environment": {"show/html.py"},
        "to_html": {"show/html.py"},
        "to_csv": {"show/export.py"},
        "write_string": {"show/workbook/write.py"},
        "write_text": set(),  # files are written whole, by `write_whole`
        "write_bytes": set(),
        "stdout": {"cli/terminal.py", "cli/docs.py"},  # which asks whether it is a terminal
        "stderr": {"cli/terminal.py"},
    }
    house = Path(sib.__file__).parent
    sources = {str(file.relative_to(house)): used(file.read_text(encoding="utf-8")) for file in house.rglob("*.py")}
    for way, where in ways.items():
        assert {name for name, there in sources.items() if way in there} == where, way


def used(source):
    """The names that a source uses, and the attributes: `to_csv` of `table.to_csv(file)`."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_every_command_is_put_through_the_sinks():
    tried = {words[0] for words in hostile.commands(renamed(0), "file", Path("folder"))} | {"update"}
    silent = {"new", "list", "docs", "schema", "version"}  # which show nothing of a scenario that others wrote
    assert {one.name or one.callback.__name__ for one in app.registered_commands} == tried | silent


class TestTheSinksByThemselves:
    """Each text, also those that no scenario holds: labels that somebody passes, names in files of older versions."""

    @pytest.mark.parametrize("name", TEXTS)
    def test_terminal(self, name, capsys):
        say(TEXTS[name])
        say_of_errors(TEXTS[name])
        for found in capsys.readouterr():
            assert not acts(found, "\n")
            assert found == TEXTS[name] + "\n" or acts(TEXTS[name], "\n")

    @pytest.mark.parametrize("name", TEXTS)
    def test_html(self, name):
        text = TEXTS[name]
        table = pd.DataFrame({text: [text]}, index=pd.Index([text], name=text))
        for page in (html.template("<i>{{ x }}</i>").render(x=text), html.frame(table, str)):
            found = hostile.Tags(page)
            assert not acts(page, "\n\t")
            assert found.tags <= {"i", "table", "thead", "tbody", "tr", "th", "td"}
            assert not {"onload"} & found.attributes
            assert text in found.text or acts(text)

    @pytest.mark.parametrize("name", TEXTS)
    def test_csv(self, name):
        text = TEXTS[name]
        table = pd.DataFrame({text: [text]}, index=pd.Index([text], name=text))
        hostile.check_csv(csv_of(table), [text.replace("\r", " ")])

    def test_workbook(self, tmp_path):
        page = Page("Names", "about", [("name", 20, "text")])
        for row, text in enumerate(TEXTS.values()):
            page.placed.append(Placed(page.first + row, 0, text, "text"))
        (tmp_path / "names.xlsx").write_bytes(content_of([page], [], "=1+1\x1b"))
        sheet = openpyxl.load_workbook(tmp_path / "names.xlsx").active
        cells = [sheet.cell(page.first + row + 1, 1) for row in range(len(TEXTS))]
        assert {cell.data_type for cell in cells} == {"s"}
        assert [cell.value for cell in cells] == [visible(text, "\n\t") for text in TEXTS.values()]
        assert sheet["A1"].value == r"Names: =1+1\x1b"

    @pytest.mark.parametrize("name", TEXTS)
    def test_plot(self, name):
        shown = plain(TEXTS[name])
        assert not acts(shown, "\n")
        assert not re.search(r"(?<!\\)\$", shown)
        figure = Figure(figsize=(2, 1))
        figure.text(0, 0, shown)
        figure.savefig(io.BytesIO(), format="svg")
