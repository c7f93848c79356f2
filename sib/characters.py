"""Characters that act where text is shown: which they are, what they are called, and text that is without them.

A terminal obeys control characters, and marks of direction turn the text that follows them round: what stands in a
scenario could overwrite a figure, or change the title of a window. Scenarios refuse them (`sib/terms/base.py`); what
comes from elsewhere and is quoted (an argument, a name in a file that is refused) is shown by `visible`.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_DO: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format, half a pair, ends of lines and paragraphs
_JOIN: Final = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}"  # scripts, emoji, long words
_CONTROLS: Final = (  # as Unicode calls them; `unicodedata` knows them by these names and does not tell
    *("NULL", "START OF HEADING", "START OF TEXT", "END OF TEXT", "END OF TRANSMISSION", "ENQUIRY", "ACKNOWLEDGE"),
    *("ALERT", "BACKSPACE", "CHARACTER TABULATION", "LINE FEED", "LINE TABULATION", "FORM FEED", "CARRIAGE RETURN"),
    *("SHIFT OUT", "SHIFT IN", "DATA LINK ESCAPE", "DEVICE CONTROL ONE", "DEVICE CONTROL TWO", "DEVICE CONTROL THREE"),
    *("DEVICE CONTROL FOUR", "NEGATIVE ACKNOWLEDGE", "SYNCHRONOUS IDLE", "END OF TRANSMISSION BLOCK", "CANCEL"),
    *("END OF MEDIUM", "SUBSTITUTE", "ESCAPE", "INFORMATION SEPARATOR FOUR", "INFORMATION SEPARATOR THREE"),
    *("INFORMATION SEPARATOR TWO", "INFORMATION SEPARATOR ONE"),
)


def doing(text: str, but: str = "") -> str | None:
    r"""The first character of a text that does something where it is shown; None where there is none.

    Parameters
    ----------
    text : str
    but : str, optional
        Characters that may stand in it, as ``"\n"`` where a text has several lines.

    Examples
    --------
    >>> doing("year 1"), doing("year\t1"), doing("year\t1", but="\t")
    (None, '\t', None)
    """
    if text.isprintable():
        return None
    allowed = _JOIN + but
    return next((one for one in text if unicodedata.category(one) in _DO and one not in allowed), None)


def called(character: str) -> str:
    r"""What a character is called.

    Examples
    --------
    >>> called("\x1b"), called("\u202e")
    ('ESCAPE (U+001B)', 'RIGHT-TO-LEFT OVERRIDE (U+202E)')
    """
    number = ord(character)
    nameless = {"Cc": "CONTROL CHARACTER", "Cs": "SURROGATE"}.get(unicodedata.category(character), "CHARACTER")
    name = _CONTROLS[number] if number < len(_CONTROLS) else unicodedata.name(character, nameless)
    return f"{name} (U+{number:04X})"


def visible(text: str, but: str = "") -> str:
    r"""A text as it may be shown anywhere: a character that does something is written as Python writes it.

    Examples
    --------
    >>> print(visible("\x1b[31mred"), visible("two\nlines", but="\n"))
    \x1b[31mred two
    lines
    """
    if doing(text, but) is None:
        return text
    return "".join(one if doing(one, but) is None else ascii(one)[1:-1] for one in text)
