"""`sib docs`: the pages that are inside the package, for who has no checkout of it."""

from __future__ import annotations

import pydoc
import sys
from pathlib import Path
from typing import Annotated

import typer

from sib.cli.app import app
from sib.cli.terminal import say
from sib.errors import InputError, Problem, nearest
from sib.scenario.files import pages

PAGES = {
    "cookbook": "how each mechanic of real contracts is written, each as a few lines with what they pay",
    "conventions": "what each figure means, and which alternative was refused",
}


@app.command()
def docs(
    page: Annotated[
        str | None, typer.Argument(metavar="PAGE", help="Which page to print; without it, a list of them.")
    ] = None,
) -> None:
    """List the pages that come with the library, with their paths, or print one: the cookbook, the conventions."""
    found = pages()
    if page is None:
        width = max(map(len, found))
        for name, file in found.items():
            say(f"{name:<{width}}  {PAGES[name]}\n{'':<{width}}  {file}")
        return
    if page not in found:
        raise InputError(Problem("PAGE", page, "a page that comes with the library", nearest(page, found)))
    text = _read(found[page])
    if sys.stdout.isatty():
        pydoc.pager(text)
    else:
        say(text, end="")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        rule, remedy = "a file that can be read", f"install the library again ({error.strerror})"
        raise InputError(Problem("PAGE", str(file), rule, remedy)) from None
