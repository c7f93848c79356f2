"""`Case`: the scenario with some figures otherwise, under a name: a downside, an upside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from sib.terms.base import FrozenDict, Name, Term


def _frozen(value: Any) -> Any:
    """A value that cannot be changed, all the way down."""
    if isinstance(value, Mapping):
        return FrozenDict({key: _frozen(item) for key, item in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


class Case(Term):
    """A named case: what is otherwise in it than in the base case, which is the scenario as it is written.

    No part of the contract, nor of what is believed: nothing but `Scenario.case` reads it.
    """

    name: Name = Field(description="what the case is called", examples=["downside"])
    changes: Annotated[dict[str, Any], AfterValidator(_frozen)] = Field(
        description="what is otherwise, by dotted path in quotes",
        examples=['{ "beliefs.effects.reconvictions.mean" = 0.05 }'],
        min_length=1,
    )
