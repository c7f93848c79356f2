"""The pages of the book that show code: it runs as it stands there and gives what the page says.

Truth: the library's answers, against the figures written on the pages. Sphinx is not needed here; that the book can be
built, and that its links lead somewhere, is `python -m tests.book`.
"""

import ast
import contextlib
import doctest
import importlib
import io
import re
import shlex
import sys
import tomllib
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from typer.testing import CliRunner

import sib
from sib.cli import app
from sib.scenario.scenario import json_schema
from tests.book import faults

BOOK = Path(__file__).parents[1] / "notebooks"
FRONT = BOOK / "index.md"
# one line each: what they show is tested by itself
INCLUDED = {"changelog.md", "conventions.md", "cookbook.md", "speed.md"}
PAGES = sorted(
    page for page in (*BOOK.glob("*.md"), *BOOK.glob("roles/*.md")) if page.name not in INCLUDED and page != FRONT
)
BLOCK = re.compile(r"^```(python|sh|text|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"#\s+(-?[\d,]*\.?\d+)(%?)(?![\w/])")
ANSWER = re.compile(r"^\| ([^|]+) \| `([^`]+)` \| (\[.+\]\(.+\)) \|$", re.MULTILINE)
INSTALL = ("pip install", "python3 -m ")


def run(code, space, tried):
    """Run a block, statement by statement; returns what it prints. Each figure in a comment is compared."""
    printed = io.StringIO()
    lines = code.splitlines()
    with contextlib.redirect_stdout(printed):
        for statement in ast.parse(code).body:
            value = _value(statement, space)
            said = FIGURE.search(lines[statement.end_lineno - 1][statement.end_col_offset :])
            if said:
                tried.append(said[0])
                assert float(value) * (100 if said[2] else 1) == shown(said[1]), lines[statement.end_lineno - 1]
    return printed.getvalue()


def _value(statement, space):
    """Run a statement; what it comes to is the value of an expression, or what was given a name."""
    code = ast.unparse(statement)
    exec(f"answer = {code}" if isinstance(statement, ast.Expr) else code, space)
    name = statement.targets[0] if isinstance(statement, ast.Assign) else ast.Name("answer")
    return space.get(ast.unparse(name))


def shown(figure):
    """A figure as it is written: right to its last digit (1,073,000: to the thousand), give or take one."""
    plainly = figure.replace(",", "")
    whole, _, decimals = plainly.partition(".")
    rounded = 10.0 ** (-len(decimals) if decimals else len(whole) - len(whole.rstrip("0")) if float(whole) else 0)
    return pytest.approx(float(plainly), abs=1.01 * rounded, rel=0)


def shell(lines):
    """What lines of the shell print, but for those that install."""
    printed = []
    for line in lines.splitlines():
        if not any(word in line for word in INSTALL):
            name, *words = shlex.split(line, comments=True)
            assert name == "sib", line
            done = CliRunner().invoke(app, words, catch_exceptions=False)
            assert done.exit_code == 0, done.output
            printed.append(done.stdout)
    return "".join(printed)


def agrees(text, printed):
    """Whether each piece of an output on a page was printed, in order; three dots stand for what is left out."""
    place = 0
    for piece in re.split(r"^ *\.\.\. *$\n?", text, flags=re.MULTILINE):
        found = printed.find(piece.rstrip("\n"), place)
        assert found >= 0, f"{piece}\nis not in\n{printed[place:]}"
        place = found + len(piece)


def read(page, space):
    """Run all that a page shows, in order; returns the figures and outputs that were compared."""
    tried, printed = [], ""
    for kind, block in BLOCK.findall(page):
        if kind == "python":
            printed = run(block, space, tried)
        elif kind == "sh":
            printed = shell(block)
        elif kind == "toml":
            tried.append(tomllib.loads(block))
        else:
            agrees(block, printed)
            tried.append(block)
    plt.close("all")
    return tried


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BOOK)))
def test_what_a_page_shows_is_what_the_library_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read(page.read_text(encoding="utf-8"), {})


@pytest.fixture
def making(monkeypatch):
    """What makes pages, which stands beside them."""
    monkeypatch.syspath_prepend(BOOK)
    yield importlib.import_module
    for name in [name for name in sys.modules if name.partition(".")[0] == "making"]:
        del sys.modules[name]


def test_each_question_of_the_front_page_is_answered_by_its_call(making, tmp_path, monkeypatch):
    names = making("making.names")
    monkeypatch.chdir(tmp_path)
    text, space = FRONT.read_text(encoding="utf-8"), {}
    rows = re.findall(r"^\| .+\|$", text, re.MULTILINE)
    answers = ANSWER.findall(text)
    assert len(answers) == len([row for row in rows if not row.startswith(("| question", "|---"))]) > 25
    read(text, space)
    assert {name: type(space[name]).__name__ for name in names.ABOUT} == names.ABOUT
    for question, call, _ in answers:
        before = set(tmp_path.iterdir())
        exec(f"answer = {call}", space)
        assert space["answer"] is not None or set(tmp_path.iterdir()) > before, question
        assert names.called(call, names.ABOUT), f"{call} is no link"
    plt.close("all")


def test_every_public_name_has_a_page_in_the_reference(making):
    groups = making("making.names").GROUPS
    assert sorted(name for names in groups.values() for name in names) == sorted(sib.__all__)
    full = making("making.names").full_names()
    assert {f"sib.plot.{name}" for name in sib.plot.__all__} <= set(full)
    pages = [making("making.names").document(name).lower() for name in full]
    assert len(set(pages)) == len(pages), "files that differ by the case of a letter are one on some machines"


@pytest.mark.parametrize(
    "kind", [sib.Simulation, sib.Ledger, sib.Update, sib.Portfolio], ids=lambda kind: kind.__name__
)
def test_every_public_member_of_a_class_is_on_its_page(making, kind):
    fields = getattr(kind, "__dataclass_fields__", {})  # these are among the attributes of its docstring
    public = {name for name in dir(kind) if not name.startswith("_")} - set(fields)
    assert public == set(making("making.names").members(kind))


def test_commands_and_keys_are_all_there(making):
    page = making("making.commands").page()
    assert set(re.findall(r"^## sib (\w+)$", page, re.MULTILINE)) == {
        command.name or command.callback.__name__ for command in app.registered_commands
    }
    keys = making("making.keys").page()
    assert {f"## {noun}" for noun in json_schema()["$defs"]} <= set(keys.splitlines())


def test_each_deal_says_on_top_how_it_is_settled_and_the_command_works(making):
    deals = making("making.deals")
    without = {name for name in deals.names() if not deals.settlements(name)}
    assert without == {"peterborough"}  # a plan that never came to its results
    for name in deals.names():
        for command in deals.settlements(name):
            assert command.startswith(f"sib settle {name} ")
            assert "Paid for outcomes by" in making("making.commands").output(command)


def test_text_of_others_is_text(making):
    text = making("making.text")
    assert doctest.testmod(text) == (0, 2)
    assert text.plain("<b>5$ * a_b|c</b>") == r"\<b\>5\$ \* a\_b\|c\</b\>"
    assert text.linked("see gov.uk/pilot_1, and `x_1`") == r"see [gov.uk/pilot\_1](https://gov.uk/pilot_1), and `x_1`"
    assert text.linked("cld.bz/DV/21: from m.toml") == "[cld.bz/DV/21](https://cld.bz/DV/21): from m.toml"
    assert text.paragraph("1. not a list") == r"1\. not a list"
    assert text.fenced("```\ncode\n```") == "````text\n```\ncode\n```\n````"


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "there.html").write_text('<h1 id="here">There</h1>', encoding="utf-8")
    (tmp_path / "page.html").write_text(
        '<h1>Page</h1><a href="there.html#here">good</a> <a href="https://example.org">for the reader</a>'
        '<a href="gone.html">gone</a> <a href="there.html#gone">gone</a> <a href="#gone">gone</a>'
        '<img src="https://example.org/p.png" alt="p"><img src="there.html"><h1>Twice</h1><h3>Deep</h3>',
        encoding="utf-8",
    )
    assert faults(tmp_path) == [
        "page.html: no file gone.html",
        "page.html: no place there.html#gone",
        "page.html: no place #gone",
        "page.html: loads https://example.org/p.png",
        "page.html: 2 headings of the first level",
        "page.html: a heading skips a level",
        "page.html: a picture without words: there.html",
    ]
