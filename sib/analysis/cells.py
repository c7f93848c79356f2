"""Names as cells of a CSV file, written and read back: no spreadsheet calculates one, and each stays the same."""

from __future__ import annotations

import re
from typing import Final

# what spreadsheets may take for the start of a formula, the wide forms of East Asian keyboards too
_FORMULA: Final = re.compile("[' ]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def as_cell(text: str) -> str:
    """A text as a cell: with an apostrophe in front where a spreadsheet could take it for a formula.

    Notes
    -----
    The rule of OWASP, "CSV Injection". A text that has an apostrophe before what looks like a formula gets another, so
    that `of_cell` finds each text again. Only the end of a line as some programs have it (carriage return) becomes a
    space.

    Examples
    --------
    >>> as_cell("=1+1"), as_cell("-20% reoffending"), as_cell("year 1"), as_cell("'90s")
    ("'=1+1", "'-20% reoffending", 'year 1', "'90s")
    """
    return ("'" if _FORMULA.match(text) else "") + text.replace("\r", " ")


def of_cell(text: str) -> str:
    """The text that a cell stands for, as `as_cell` wrote it; as a person wrote it, with or without the apostrophe.

    Examples
    --------
    >>> of_cell("'-20% reoffending"), of_cell("-20% reoffending"), of_cell("'90s")
    ('-20% reoffending', '-20% reoffending', "'90s")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
