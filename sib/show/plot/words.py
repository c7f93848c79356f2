"""What is written in a picture: text as it stands, shortened and wrapped by how wide it is in the font in use."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from sib.characters import visible

_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Mn", "Me"}  # what shapes other characters, and is left out where no font has it
_BREAKS: Final = "./_,\N{NO-BREAK SPACE}"  # after which a long word may go on in another line


def plain(text: str) -> str:
    r"""A text that is drawn as it stands: a dollar begins no formula, and what the font lacks has a sign in its place.

    Examples
    --------
    >>> print(plain("US$9m to US$10m"))
    US\$9m to US\$10m
    """
    text = text.replace(r"\$", "$")  # so that what is plain stays as it is
    return "".join(_drawn(text)).replace("$", r"\$")


def short(name: object, most: int = 48) -> str:
    r"""A name on one line, of so many characters at most: the rest of a longer one is left out.

    Examples
    --------
    >>> short("a name", 5), short("the name of\na deal")
    ('a na…', 'the name of a deal')
    """
    text = " ".join(str(name).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + _ELLIPSIS


def width(text: str, size: float) -> float:
    """How wide a text is, in points, at a font size; of several lines, the widest."""
    import matplotlib as mpl

    family = tuple(mpl.rcParams["font.family"])
    lines = "".join(_drawn(text.replace(r"\$", "$"))).split("\n")
    return size * max(_em(line, family) for line in lines)


@lru_cache(maxsize=20_000)
def _em(line: str, family: tuple[str, ...]) -> float:
    """How wide a line is, in font sizes."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=list(family), size=100)
    return float(text_to_path.get_text_width_height_descent(line, font, ismath=False)[0]) / 100.0


def wrapped(text: str, size: float, room: float, most: int) -> str:
    """A text on lines no wider than there is room for (points), so many at most; what is left then is left out."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _pieces(paragraph, size, room):
            if line and width(line + word.rstrip(), size) > room:
                lines.append(line.rstrip())
                line = ""
            line += word
        lines.append(line.rstrip())
    if len(lines) > most:
        last = lines[most - 1]
        while last and width(last + _ELLIPSIS, size) > room:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + _ELLIPSIS]
    return "\n".join(lines)


def _pieces(text: str, size: float, room: float) -> list[str]:
    """The words of a text, each with what follows it; those that are wider than there is room for, in parts."""
    found = []
    for word in text.replace(" ", " \n").split("\n"):
        rest = word
        while width(rest, size) > room and len(rest) > 1:
            fits = next((n for n in range(len(rest) - 1, 0, -1) if width(rest[:n], size) <= room), 1)
            breaks = [n for n in range(fits, fits // 2, -1) if rest[n - 1] in _BREAKS]
            cut = breaks[0] if breaks else fits
            found.append(rest[:cut])
            rest = rest[cut:]
        found.append(rest)
    return found


def _drawn(text: str) -> list[str]:
    """The characters of a text, as far as the fonts in use have them; those that act on what is shown, as escapes."""
    text = visible(text, but="\n")
    if text.isascii():
        return list(text)
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=[name]))) for name in mpl.rcParams["font.family"]]

    def known(character: str) -> bool:
        return any(font.get_char_index(ord(character)) for font in fonts)

    sign = _UNKNOWN if known(_UNKNOWN) else "?"
    found = []
    for character in text:
        if character in " \n" or known(character):
            found.append(character)
        elif unicodedata.category(character) not in _UNSEEN:
            found.append(sign)
    return found
