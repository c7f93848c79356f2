"""Words for beliefs that move together, or do not. What `describe` and `check` say of them."""

from __future__ import annotations

from collections.abc import Iterator

from sib.scenario.correlated import Correlated
from sib.scenario.timetable import Timetable
from sib.scenario.wording import names, number


def together_words(timetable: Timetable) -> Iterator[str]:
    """Which beliefs are correlated, a sentence each; that none is, where several could be."""
    correlated = Correlated(timetable)
    for name, one in timetable.terms.beliefs.correlation.items():
        each = number(one.coefficient)
        if one.between is None:
            yield f"Each two effects and levels that vary have a correlation of {each}, as normal scores."
        else:
            yield f"{name}: each two of {names(one.between)} have a correlation of {each}, as normal scores."
    if not correlated.pairs and len(correlated.outcomes) > 1:
        yield (
            "Beliefs about effects and levels are independent of each other. What works well in one often does in"
            " others; a shared correlation (`beliefs.correlation`) makes losses likelier and larger."
        )
