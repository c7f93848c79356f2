"""Derived numbers with all that they follow from: in order, worked out again, and why some follow no result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sib.analysis.derivation.number import Derived
from sib.analysis.derivation.operations import VALUES


def evaluated(wanted: Iterable[Derived], inputs: Mapping[int, float]) -> dict[int, float]:
    """What numbers come to where some that were put in are others, as a spreadsheet works it out.

    Parameters
    ----------
    wanted : iterable of Derived
        The numbers.
    inputs : mapping of int to float
        What is put in instead, by the number of what is put in; what is left out stays as it was.

    Returns
    -------
    dict of int to float
        The value of each wanted number and of all that it follows from, by its `number`.
    """
    found: dict[int, float] = {}
    for one in in_order(wanted):
        args = [found[arg.number] if isinstance(arg, Derived) else arg for arg in one.args]
        if one.op == "input":
            found[one.number] = inputs.get(one.number, one.value)
        elif one.op == "fixed":
            found[one.number] = one.value
        elif one.curve is not None:
            found[one.number] = float(one.curve(np.array(args))[0])
        else:
            found[one.number] = VALUES[one.op](*args)
    return found


def in_order(wanted: Iterable[Derived]) -> list[Derived]:
    """Numbers and all that they follow from, each after what it follows from."""
    found: dict[int, Derived] = {}
    waiting = list(wanted)
    while waiting:
        one = waiting.pop()
        if one.number not in found:
            found[one.number] = one
            waiting += [arg for arg in one.args if isinstance(arg, Derived)]
    return [found[number] for number in sorted(found)]


def reasons(wanted: Iterable[Derived]) -> dict[int, str]:
    """Of numbers, and all that they follow from: why they do not follow what is put in; empty where they do."""
    found: dict[int, str] = {}
    for one in in_order(wanted):
        every = [one.why, *(found[arg.number] for arg in one.args if isinstance(arg, Derived))]
        found[one.number] = "; ".join(dict.fromkeys(why for each in every for why in each.split("; ") if why))
    return found
