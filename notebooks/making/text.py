"""Text as it stands in a page: what others wrote stays text, addresses become links, tables and code stay whole."""

import re
from collections.abc import Iterable, Sequence

# a piece of code in single backticks, or an address as sources quote it, mostly without https://
_PIECE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|(?:https?://)?(?P<address>(?:[a-z0-9-]+\.)+"
    r"(?:(?:org|com|net|gov|edu|int|info|top|uk|au|eu|in|co)(?:\.[a-z]{2})?\b|[a-z]{2}(?=/))"
    r"(?:/[^\s,;()]*[^\s,;().:])?)"
)


def plain(text: object) -> str:
    r"""Text of which nothing is markup, on one line.

    Examples
    --------
    >>> plain("a <b> costs $5 *each*")
    'a \\<b\\> costs \\$5 \\*each\\*'
    """
    return re.sub(r"([\\`*_\[\]<>#$~|&!{}^])", r"\\\1", re.sub(r"\s+", " ", str(text)))


def linked(text: object) -> str:
    """Text with its addresses as links and its code as code.

    Examples
    --------
    >>> linked("see gov.uk/pilot, page 3, and `vehicle`")
    'see [gov.uk/pilot](https://gov.uk/pilot), page 3, and `vehicle`'
    """
    words, parts, end = str(text), [], 0
    for found in _PIECE.finditer(words):
        code, address = found["code"], found["address"]
        parts += [plain(words[end : found.start()]), f"`{code}`" if code else f"[{plain(address)}](https://{address})"]
        end = found.end()
    return "".join([*parts, plain(words[end:])])


def paragraph(text: str) -> str:
    """A paragraph that is no list, heading or directive, whatever it begins with."""
    found = linked(re.sub(r"\s+", " ", text).strip())
    return re.sub(r"^(\d*)([-+=:.)])", r"\1\\\2", found)


def fenced(text: str, language: str = "text") -> str:
    """Code or columns as they are; the fence is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """A table of cells that are markup already; columns of figures on the right."""
    figures = set(right)
    rule = ["---:" if column in figures else "---" for column in range(len(heads))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, rule, *rows])


def comment(text: str) -> str:
    """A comment at the top of a file: paragraphs, and whatever is indented as it stands."""
    blocks: list[tuple[bool, list[str]]] = []
    for line in text.splitlines():
        body = line.removeprefix("#").removeprefix(" ")
        as_it_is = body.startswith("  ")
        if not body.strip():
            blocks.append((False, []))
        elif blocks and blocks[-1][1] and blocks[-1][0] == as_it_is:
            blocks[-1][1].append(body)
        else:
            blocks.append((as_it_is, [body]))
    return "\n\n".join(
        fenced("\n".join(line[2:] for line in lines)) if as_it_is else paragraph(" ".join(lines))
        for as_it_is, lines in blocks
        if lines
    )
