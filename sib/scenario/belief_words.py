"""Words for beliefs that tell how results are read: which move together, and what would have come anyway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sib.scenario.correlated import Correlated
from sib.scenario.timetable import Timetable
from sib.scenario.wording import names, number, percent

_FEW: Final = 6  # beliefs that are named


def together_words(timetable: Timetable) -> Iterator[str]:
    """Which beliefs are correlated, a sentence each; that none is, where several could be."""
    correlated = Correlated(timetable)
    for name, one in timetable.terms.beliefs.correlation.items():
        each = number(one.coefficient)
        if one.between is None:
            few = len(correlated.outcomes) <= _FEW
            which = names(correlated.outcomes) if few else "all effects and levels that vary"
            yield f"Each two of {which} have a correlation of {each}, as normal scores; volume and pace have none."
        else:
            yield f"{name}: each two of {names(one.between)} have a correlation of {each}, as normal scores."
    if not correlated.pairs and len(correlated.outcomes) > 1:
        yield (
            "Beliefs about effects and levels are independent of each other. What works well in one often does in"
            " others; a shared correlation (`beliefs.correlation`) makes losses likelier and larger."
        )


def anyway_words(timetable: Timetable) -> Iterator[str]:
    """How much of what is verified would have come anyway, a sentence a share; where any is said, of what none is.

    No figure of a deal depends on it, so that where none is believed there is nothing to say.
    """
    believed = timetable.terms.beliefs.deadweight
    for share in dict.fromkeys(believed.values()):
        alike = [name for name, other in believed.items() if other == share]
        each = " of each" if len(alike) > 1 else ""
        yield f"{names(alike)}: {percent(share)} of what is verified{each} would have come anyway."
    paid_for = {payment.metric for payment in timetable.terms.payments}
    left = [name for name in timetable.verified if name in paid_for and name not in believed]
    if believed and left:
        yield f"Of {names(left)} it is not said how much would have."
