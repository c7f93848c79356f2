"""Writes pages as a workbook: styles, widths, what is frozen and how it prints. The only file that knows XlsxWriter."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sib.analysis.derivation.number import Derived
from sib.characters import visible
from sib.errors import InputError, Problem
from sib.show.workbook.formulas import Cell, Written
from sib.show.workbook.page import Content, Formula, Page, Placed, Style

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_BLUE, _GREY, _PALE, _INK = "#0B3D91", "#595959", "#EAF1FB", "#1A1A1A"
_MONEY, _SHARE, _DATE = "#,##0.00;-#,##0.00;0.00", "0.00%", "yyyy-mm-dd"
_NUMBER = '[<-1E+290]"any below";#,##0.######'
_PUT_IN: Final[Mapping[str, Any]] = {
    "font_color": _BLUE,
    "bg_color": _PALE,
    "locked": False,
    "bottom": 4,
    "bottom_color": _BLUE,
}
_STYLES: Final[Mapping[Style, Mapping[str, Any]]] = {
    "title": {"bold": True, "font_size": 14},
    "note": {"font_color": _GREY, "text_wrap": True},
    "head": {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1},
    "head of figures": {"bold": True, "text_wrap": True, "valign": "bottom", "align": "right", "bottom": 1},
    "text": {},
    "fine": {"font_color": _GREY, "num_format": _NUMBER},
    "wrapped": {"text_wrap": True},
    "plan": {"font_name": "Courier New", "font_size": 9},
    "date": {"num_format": _DATE, "align": "left"},
    "money": {"num_format": _MONEY},
    "number": {"num_format": _NUMBER},
    "share": {"num_format": _SHARE},
    "put in": {**_PUT_IN, "num_format": _NUMBER},
    "put in share": {**_PUT_IN, "num_format": _SHARE},
    "put in part": {**_PUT_IN, "num_format": _SHARE},
    "multiple": {"num_format": '0.0000"x"'},
    "fixed": {"font_color": _GREY, "italic": True, "num_format": "#,##0.00####"},
    "verdict": {"bold": True, "indent": 1},
}
_WORDS: Final[frozenset[Style]] = frozenset({"text", "wrapped", "plan", "date", "verdict"})
_ASKED: Final[Mapping[Style, Mapping[str, Any]]] = {  # what a spreadsheet lets be put in
    "put in": {
        "validate": "decimal",
        "criteria": ">=",
        "value": 0,
        "error_title": "No result",
        "error_message": "A number, not below zero, as the evaluator publishes it.",
    },
    "put in part": {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": 1,
        "error_title": "No share",
        "error_message": "A share of persons: 62% or 0.62.",
    },
    "put in share": {
        "validate": "decimal",
        "criteria": "between",
        "minimum": -10,
        "maximum": 10,
        "input_title": "Improvement",
        "input_message": "As a share of what would be without: 8.4% or 0.084.",
        "error_title": "No improvement",
        "error_message": "A share: 8.4% or 0.084. 8.4 would be 840%.",
    },
}
_ABOUT: Final = 100  # characters over which the sentence on top of a sheet is wrapped
_FIGURES: Final[tuple[Style, ...]] = ("money", "number", "share", "multiple")
_NARROW, _LINE, _MOST_LINES = 10, 13.5, 30
_A4: Final = 9
_ROWS, _FORMULA, _TEXT = 1_048_576, 8_192, 32_767  # that a sheet, a formula and a cell may have


def content_of(pages: Sequence[Page], formulas: Sequence[Written], title: str) -> bytes:
    """A workbook of pages, in which derived numbers have these formulas.

    Raises
    ------
    InputError
        Where XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        rule = "XlsxWriter, which writes workbooks"
        raise InputError(Problem("workbook", "not installed", rule, 'pip install "sib[excel]"')) from None
    memory = io.BytesIO()
    written = {one.cell: one for one in formulas}
    with Workbook(memory, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties(
            {"title": title[:255], "created": dt.datetime(2000, 1, 1)}
        )  # so that the same workbook is the same bytes
        book.set_calc_mode("auto")
        plain = {"font_color": _INK, "font_size": 10, "valign": "top"}
        formats: dict[str, Format] = {style: book.add_format({**plain, **how}) for style, how in _STYLES.items()}
        for grey in _FIGURES:
            formats[f"{grey}, grey"] = book.add_format({**plain, **_STYLES[grey], "font_color": _GREY})
        for page in pages:
            _page(book.add_worksheet(page.name), page, written, formats, title)
    return memory.getvalue()


def _short(place: Cell, formula: str) -> str:
    """A formula as it is written in a cell.

    Raises
    ------
    InputError
        Where it is longer than a spreadsheet takes.
    """
    text = place.holds(formula)
    if len(text) > _FORMULA:
        rule = f"formulas of at most {_FORMULA:,} characters, which spreadsheets take"
        raise InputError(Problem("workbook", f"{len(text):,} characters in {place}", rule, "write a part of the deal"))
    return text


def _page(
    sheet: Worksheet, page: Page, written: Mapping[Cell, Written], formats: Mapping[str, Format], title: str
) -> None:
    if page.last >= _ROWS:
        rule = f"at most {_ROWS:,} rows, which spreadsheets take"
        raise InputError(Problem("workbook", f"{page.last:,} on {page.name}", rule, "write a part of the deal"))
    _text(sheet, 0, 0, f"{page.name}: {title}", formats["title"])
    widths = _widths(page)
    for column, (head, _, style) in enumerate(page.heads):
        sheet.set_column(column, column, widths[column])
        _text(sheet, page.first - 1, column, head, formats["head" if style in _WORDS else "head of figures"])
    across = next((column for column in range(len(widths)) if sum(widths[: column + 1]) >= _ABOUT), len(widths) - 1)
    if across:
        sheet.merge_range(1, 0, 1, across, "", formats["note"])
    _text(sheet, 1, 0, page.about, formats["note"])
    sheet.set_row(1, _LINE * _lines(page.about, sum(widths[: across + 1])))
    for row, lines in _wrapped(page, widths).items():
        sheet.set_row(row, _LINE * lines)
    for one in page.placed:
        if one.style in _ASKED:
            sheet.data_validation(one.row, one.column, one.row, one.column, dict(_ASKED[one.style]))
        place = Cell(page.name, one.row, one.column)
        _cell(sheet, place, one.content, written.get(place), formats[_look(one)])
    if page.protected:
        sheet.protect("", {"format_columns": True, "format_rows": True, "format_cells": True})
    if page.printed is not None:
        sheet.print_area(0, 0, page.last, page.printed - 1)
    sheet.freeze_panes(page.first, 1)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(page.first - 1)
    sheet.hide_gridlines(2)
    sheet.print_row_col_headers()  # so that an auditor finds cells on paper
    sheet.set_footer("&L&F&C&A&RPage &P of &N")


def _look(one: Placed) -> str:
    """How something looks: a figure that no result changes is grey."""
    constant = isinstance(one.content, float) and one.style in _FIGURES
    return f"{one.style}, grey" if constant else one.style


def _widths(page: Page) -> list[float]:
    """The widths of the columns in characters: what stands in them, up to the most that a column may have."""
    longest = [max(map(len, head.split()), default=0) for head, _, _ in page.heads]
    for one in page.placed:
        if isinstance(one.content, str):
            longest[one.column] = max(longest[one.column], len(one.content))
    return [
        min(max(long + 2, _NARROW), wide) if style in _WORDS else wide
        for (_, wide, style), long in zip(page.heads, longest, strict=True)
    ]


def _wrapped(page: Page, widths: Sequence[float]) -> dict[int, int]:
    """Rows with text that takes several lines: how many."""
    rows: dict[int, int] = {}
    for one in page.placed:
        if one.style == "wrapped" and isinstance(one.content, str):
            rows[one.row] = max(rows.get(one.row, 1), _lines(one.content, widths[one.column]))
    return {row: min(lines, _MOST_LINES) for row, lines in rows.items() if lines > 1}


def _lines(text: str, width: float) -> int:
    return math.ceil(1.1 * len(text) / width)


def _text(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    """The one way in which a text comes into a workbook: as text, whatever it begins with, no longer than may be."""
    sheet.write_string(row, column, visible(text, but="\n\t")[:_TEXT], style)


def _cell(sheet: Worksheet, place: Cell, content: Content, formula: Written | None, style: Format) -> None:
    _, row, column = place
    if formula is not None:
        sheet.write_formula(row, column, _short(place, formula.text), style, formula.value)
    elif isinstance(content, Formula):
        sheet.write_formula(row, column, _short(place, content.text), style, content.value)
    elif isinstance(content, str):
        _text(sheet, row, column, content, style)
    elif isinstance(content, dt.date):
        sheet.write_datetime(row, column, content, style)
    elif content is not None and not isinstance(content, Derived):
        sheet.write_number(row, column, content, style)
    elif isinstance(content, Derived):  # what is put in
        sheet.write_number(row, column, content.value, style)
