"""Which pages are made, and where they go: two folders that are no part of the repository."""

from collections.abc import Iterator
from pathlib import Path

import sib
from making import commands, deals, keys, names
from making.text import plain, table

FOLDERS = ("deals", "reference")


def write_all(book: Path) -> None:
    """Write all made pages; what is there and no longer made is removed."""
    for folder in FOLDERS:
        (book / folder).mkdir(exist_ok=True)
    kept = set()
    for path, text in _made(book):
        kept.add(path)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for folder in FOLDERS:
        for path in (book / folder).glob("*.md"):
            if path not in kept:
                path.unlink()


def _made(book: Path) -> Iterator[tuple[Path, str]]:
    yield book / "deals" / "index.md", _deals()
    yield book / "deals" / "elsewhere.md", deals.elsewhere()
    for name in deals.names():
        yield book / "deals" / f"{name}.md", deals.page(name, book / "deals")
    yield book / "reference" / "index.md", names.index()
    yield book / "reference" / "keys.md", keys.page()
    yield book / "reference" / "commands.md", commands.page()
    for full in names.full_names():
        yield book / "reference" / f"{names.document(full)}.md", names.page(full)


def _deals() -> str:
    listed = sib.scenarios()
    rows = [
        [f"[`{name}`]({name}.md)", plain(listed.loc[name, "title"]), plain(listed.loc[name, "summary"])]
        for name in deals.names()
    ]
    return (
        "\n\n".join(
            [
                "# Deals that ship",
                "Real contracts, one of them as planned and as it went, and what-ifs on invented terms. Each page is "
                "made from its file: what it is and what happened, what it paid on what was measured, its term sheet, "
                "what may happen, and where each figure comes from.",
                table(["name", "deal", "in a line"], rows),
                "Not there? [Write it](../contribute.md). There are [contracts that ship nowhere](elsewhere.md) "
                "besides, which the tests settle.",
                "```{toctree}\n:hidden:\n\n" + "\n".join(deals.names()) + "\n```",
            ]
        )
        + "\n"
    )
