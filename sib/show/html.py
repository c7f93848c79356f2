"""Text and tables as HTML: the one place that makes any, so that what others wrote is escaped, always."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from sib.characters import visible

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment, Template
    from markupsafe import Markup

_MAY = "\n\t"  # in a text of several lines


def template(source: str, **filters: Callable[[Any], Markup]) -> Template:
    """A page of which every text that is put in is escaped.

    Parameters
    ----------
    source : str
        As jinja2 has it.
    **filters : callable
        By the names that it uses. Each returns markup, and escapes what it is given.

    Examples
    --------
    >>> template("<b>{{ name }}</b>").render(name="<script>")
    '<b>&lt;script&gt;</b>'
    """
    environment = _environment().overlay()
    environment.filters = {**environment.filters, **filters}
    return environment.from_string(source)


def frame(
    table: pd.DataFrame, number: Callable[[float], str], *, index: bool = True, rows: int | None = None
) -> Markup:
    """A table with its numbers as people write them, so many rows of it at most; what stands in it is escaped."""
    from markupsafe import Markup

    made = table.to_html(float_format=number, max_rows=rows, index=index, escape=True)
    return Markup(visible(made, _MAY))  # noqa: S704 -- pandas has escaped it


@cache
def _environment() -> Environment:
    from jinja2 import Environment  # only where something is shown

    return Environment(autoescape=True, trim_blocks=True, finalize=_plain)


def _plain(value: Any) -> Any:
    """What is put in: a text without characters that act on how it is shown; markup was made here."""
    return visible(value, _MAY) if isinstance(value, str) and not hasattr(value, "__html__") else value
