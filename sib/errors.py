"""The errors a person meets, each in four parts. At the head of the flow: nearly everything else may import it.

A bad input is refused with: *which input* (the file and the dotted path of the key), *what came*, *the rule*, and
*what to do*. The words are part of the library's interface and are asserted in tests.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, SupportsFloat, TypeVar

from sib.characters import visible

SHOWN = 12  # problems printed in one message; the rest are counted


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    where : str
        Which input: the dotted path of a key, or the name of an argument.
    came : object
        The value that came; `MISSING` when nothing did.
    rule : str
        The rule that it breaks.
    remedy : str
        What to do about it.
    """

    where: str
    came: object
    rule: str
    remedy: str

    def __str__(self) -> str:
        where, rule, remedy = map(visible, (self.where, self.rule, self.remedy))  # names and files of others are quoted
        return f"{where}\n  came:  {shown(self.came)}\n  rule:  {rule}\n  to do: {remedy}"


T = TypeVar("T")


class _Missing:
    def __repr__(self) -> str:
        return "nothing"

    def __reduce__(self) -> str:  # there is one of it
        return "MISSING"


MISSING = _Missing()


class InputError(ValueError):
    """An input that the library refuses: says which, what came, the rule, and what to do.

    Attributes
    ----------
    problems : tuple of Problem
        All that was found wrong, the first one first.
    file : str or None
        The file that the input came from, where there is one.
    """

    def __init__(self, *problems: Problem, file: str | None = None) -> None:
        self.problems = problems
        self.file = file
        super().__init__(problems, file)

    @property
    def where(self) -> str:
        """The dotted path or argument name of the first problem."""
        return self.problems[0].where

    def __str__(self) -> str:
        head = f"{visible(self.file)}: " if self.file else ""
        lines = [f"{head}{problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"... and {len(self.problems) - SHOWN} more")
        return "\n".join(lines)

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self.problems, self.file)


class ScenarioError(InputError):
    """A scenario that cannot be read or does not make sense."""


class Refusal(ValueError):  # noqa: N818 -- not an error that anybody sees: it becomes a Problem of one
    """Raised inside a validator of the terms; becomes one `Problem` of a `ScenarioError`.

    `path` is relative to the object being validated; `came` is what was written there.
    """

    def __init__(self, path: Sequence[str | int], came: object, rule: str, remedy: str) -> None:
        self.path, self.came, self.rule, self.remedy = tuple(path), came, rule, remedy
        super().__init__(rule)


def between(value: object, low: float, high: float, where: str, rule: str, remedy: str) -> float:
    """The number, if it lies between two others and is neither.

    Raises
    ------
    InputError
        Where it does not, or is no number.
    """
    try:
        true_or_false = isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", "") == "b"
        may_be_hidden = hasattr(value, "mask")  # a masked array, of whatever shape
        number = float(value) if isinstance(value, SupportsFloat) and not (true_or_false or may_be_hidden) else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low < number < high:
        raise InputError(Problem(where, value, rule, remedy))
    return number


def nearest(word: object, known: Iterable[str]) -> str:
    """Say which of the known words was probably meant, or list them.

    Examples
    --------
    >>> nearest("peterboro", ["peterborough", "denver"])
    'did you mean "peterborough"?'
    >>> nearest("x", ["peterborough", "denver"])
    'known here: denver, peterborough'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word if isinstance(word, str) else shown(word), names, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    return "known here: " + (", ".join(names) if names else "none")


def shown(value: object) -> str:
    """A value as it is quoted in a message: short, on one line."""
    if isinstance(value, int) and abs(value) >= 10**30:
        return f"a whole number of about {math.ceil(value.bit_length() * math.log10(2))} digits"
    try:
        text = repr(value) if not hasattr(value, "isoformat") else value.isoformat()
    except (RecursionError, ValueError):  # nested too deeply, or a number of too many digits
        text = f"a {type(value).__name__} too large to show"
    text = visible(" ".join(text.split()))
    return text if len(text) <= 120 else text[:117] + "..."


def _rebuild(kind: type[InputError], problems: tuple[Problem, ...], file: str | None) -> InputError:
    return kind(*problems, file=file)
