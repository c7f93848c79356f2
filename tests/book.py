"""Build the book and check it: `python -m tests.book FOLDER`, from a checkout with `pip install -e ".[book]"`.

Warnings are errors, in references too. Then every page that was built is read: each link and picture within the book
has to lead to a page, and to a place on it; and nothing may be loaded from elsewhere (links that a reader can see are
for the reader). Ends with exit code 1 where anything is wrong, and says how many pages there are.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

BOOK = Path(__file__).parents[1] / "notebooks"
LOADS = {
    "link": "href",
    "script": "src",
    "img": "src",
    "source": "src",
    "iframe": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
}


HEADINGS = {f"h{level}" for level in range(1, 7)}
MADE_BY_SPHINX = {"genindex", "search", "py-modindex"}


class Page(HTMLParser):
    """What a page links to, what it loads, and the places on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.levels: list[int] = []
        self.without_words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag's addresses and names."""
        found = dict(attrs)
        if tag in HEADINGS:
            self.levels.append(int(tag[1]))
        self.places |= {name for name in (found.get("id"), found.get("name") if tag == "a" else None) if name}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        if tag == "img" and not found.get("alt"):
            self.without_words.append(found.get("src") or "")
        address = found.get(LOADS.get(tag, ""))
        if address and found.get("rel") not in {"canonical", "next", "prev", "search", "index", "genindex"}:
            self.loaded.append(address)


def pages_of(built: Path) -> list[Path]:
    """The pages of the book; what a theme keeps among its files is none."""
    return [path for path in sorted(built.rglob("*.html")) if path.relative_to(built).parts[0] != "_static"]


def faults(built: Path) -> list[str]:
    """What is wrong with the pages that were built."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in pages_of(built)}
    found = []
    for path, page in pages.items():
        name = path.relative_to(built)
        for link in [*page.links, *page.loaded]:
            there = urlsplit(link)
            if there.scheme or there.netloc:
                if link in page.loaded and there.scheme != "data":
                    found.append(f"{name}: loads {link}")
                continue
            goal = (path.parent / unquote(there.path)).resolve() if there.path else path
            if goal.is_dir():
                goal /= "index.html"
            if not goal.exists():
                found.append(f"{name}: no file {link}")
            elif there.fragment and goal in pages and unquote(there.fragment) not in pages[goal].places:
                found.append(f"{name}: no place {link}")
        if page.levels.count(1) != 1 and name.stem not in MADE_BY_SPHINX:
            found.append(f"{name}: {page.levels.count(1)} headings of the first level")
        if any(level > before + 1 for before, level in itertools.pairwise(page.levels)):
            found.append(f"{name}: a heading skips a level")
        found += [f"{name}: a picture without words: {picture}" for picture in page.without_words]
    for sheet in built.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        found += [
            f"{sheet.relative_to(built)}: loads from {word}"
            for word in ("url(http", "url(//", 'url("http', '@import "http', "@import url(http")
            if word in text
        ]
    return found


def main() -> None:
    """Build, read, say."""
    if len(sys.argv) != 2:
        sys.exit("python -m tests.book FOLDER")
    built = Path(sys.argv[1]).resolve()
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html", str(BOOK), str(built)],
        check=False,
    )
    found = [*(["Sphinx has warnings: above"] if done.returncode else []), *faults(built)]
    for fault in found:
        print(fault)
    print(f"{len(pages_of(built))} pages, {len(found)} faults")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
