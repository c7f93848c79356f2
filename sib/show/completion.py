"""Completion in IPython and Jupyter: the names in `load("` and the dotted paths in `replace({"`.

Registered when the library is imported there. Looks names up and evaluates no expression.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from sib.scenario.files import load, names
from sib.scenario.paths import every, steps_of
from sib.scenario.scenario import Scenario

_OURS = "sib"  # the matcher's name among IPython's
_LOAD = re.compile(r"""([\w.]+)\(\s*(["'])([^"'\n]*)$""")
_REPLACE = re.compile(r"([\w.]+)\.replace\(\s*(?=\{)")


def completions(before: str, namespace: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What may stand where text breaks off, and the part of it that is already written.

    Parameters
    ----------
    before : str
        A cell's text up to the cursor.
    namespace : mapping
        The names that the cell knows.

    Examples
    --------
    >>> import sib
    >>> completions('sib.load("den', {"sib": sib})
    ('den', ['denver'])
    >>> completions('plan.replace({"tranches.inv', {"plan": sib.load("peterborough")})[1][0]
    'tranches.investors'
    """
    call = _LOAD.search(before)
    if call is not None and _meant(call[1], namespace) is load:
        return call[3], _starting(call[3], names())
    for call in reversed(list(_REPLACE.finditer(before))):
        written = _open_key(before[call.end() :])
        scenario = None if written is None else _meant(call[1], namespace)
        if written is not None and isinstance(scenario, Scenario):
            paths = sorted(every(scenario.data()), key=lambda path: len(steps_of(path)))
            return written[1:], _starting(written[1:], [_escaped(path, written[0]) for path in paths])
    return "", []


def _starting(written: str, known: Iterable[str]) -> list[str]:
    return [name for name in known if name.startswith(written)]


def _meant(dotted: str, namespace: Mapping[str, Any]) -> Any:
    """What a dotted name means; None where it means nothing."""
    first, *rest = dotted.split(".")
    found = namespace.get(first)
    for name in rest:
        found = getattr(found, name, None)
    return found


def _escaped(path: str, quote: str) -> str:
    """A path as it is written between such quotation marks."""
    return path.replace("\\", "\\\\").replace(quote, f"\\{quote}")


def _open_key(table: str) -> str | None:
    """The key that is being written at the end of a dictionary that is not closed, from its quotation mark on.

    None where none is.
    """
    depth, quote, start, last = 0, "", 0, ""  # `last` is the last character outside of quotes that is no space
    is_key = escaped = False
    for place, character in enumerate(table):
        if quote:
            quote = "" if character == quote and not escaped else quote
            escaped = character == "\\" and not escaped
        elif character in "\"'":
            quote, start, is_key = character, place, depth == 1 and last in "{,"
        elif not character.isspace():
            depth += (character in "{[(") - (character in ")]}")
            last = character
            if depth == 0:
                return None
    return table[start:] if quote and is_key else None


def register() -> None:
    """Teach IPython, where it is running, to complete; does nothing elsewhere."""
    shell = sys.modules.get("IPython")
    running: Any = shell.get_ipython() if shell is not None and hasattr(shell, "get_ipython") else None
    completer: Any = getattr(running, "Completer", None)
    if not hasattr(completer, "custom_matchers"):
        return
    from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

    def matcher(context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")[: context.cursor_line]
        written, found = completions("\n".join([*lines, context.text_until_cursor]), running.user_ns)
        return {
            "completions": [SimpleCompletion(text=text, type="path") for text in found],
            "matched_fragment": written,
            "suppress": bool(found),
            "ordered": True,
        }

    if not any(getattr(one, "matcher_identifier", "") == _OURS for one in completer.custom_matchers):
        completer.custom_matchers.append(context_matcher(identifier=_OURS, priority=200)(matcher))
