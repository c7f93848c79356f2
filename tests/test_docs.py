"""`sib docs`: whoever installed the library reads its pages. Truth: the pages as they stand in the repository."""

import pydoc
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sib.cli import app
from sib.errors import InputError
from sib.scenario import files

PAGES = {"cookbook": "# Cookbook: writing a contract\n", "conventions": "# Conventions\n"}


def printed(*words):
    return CliRunner().invoke(app, ["docs", *words], catch_exceptions=False).stdout


def test_the_pages_are_listed_with_where_they_are():
    lines = printed().splitlines()
    assert [line.split()[0] for line in lines[::2]] == list(PAGES)
    for path, name in zip(lines[1::2], PAGES, strict=True):
        assert Path(path.strip()).read_text(encoding="utf-8").startswith(PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_printed_whole(name):
    text = printed(name)
    assert text.startswith(PAGES[name])
    assert text == files.pages()[name].read_text(encoding="utf-8")


def test_an_unknown_page_is_refused():
    with pytest.raises(InputError) as refused:
        printed("cookbok")
    assert str(refused.value) == (
        "PAGE\n  came:  'cookbok'\n  rule:  a page that comes with the library\n  to do: did you mean \"cookbook\"?"
    )


def test_a_page_that_is_gone_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("sib.cli.docs.pages", lambda: {"cookbook": tmp_path / "README.md"})
    with pytest.raises(InputError) as refused:
        printed("cookbook")
    assert str(refused.value) == (
        f"PAGE\n  came:  '{tmp_path / 'README.md'}'\n  rule:  a file that can be read\n"
        "  to do: install the library again (No such file or directory)"
    )


def test_a_terminal_gets_a_pager(monkeypatch):
    shown = []
    monkeypatch.setattr(pydoc, "pager", shown.append)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    app(["docs", "conventions"], standalone_mode=False)
    assert shown == [files.pages()["conventions"].read_text(encoding="utf-8")]


def test_in_a_wheel_the_cookbook_is_inside_the_package(monkeypatch, tmp_path):
    (tmp_path / "_scenarios").mkdir()
    monkeypatch.setattr(files, "_HERE", tmp_path)
    assert files.pages() == {
        "cookbook": tmp_path / "_scenarios" / "README.md",
        "conventions": tmp_path / "CONVENTIONS.md",
    }
