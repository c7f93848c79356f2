"""Which beliefs move together, and how much. Frozen, validated, no arithmetic; `model/prior.py` draws them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from sib.terms.base import LAX, Name, Term, Unit

ALL: Final = "effects and levels"  # under which name one number for all of them is kept


class Correlation(Term):
    """Beliefs that are correlated with each other: each two of those that are named, or of all effects and levels."""

    coefficient: Annotated[float, Field(ge=-1, le=1), Unit("correlation")] = Field(
        description="the correlation of each two of them, on the scale on which they are normal", examples=[0.5]
    )
    between: Annotated[tuple[Name, ...], LAX, Field(min_length=2)] | None = Field(
        None,
        description="which beliefs, by their paths; by default all effects and levels that vary, but for pairs that are"
        " named elsewhere",
        examples=[["levels.enters work", "levels.earns 768"]],
    )


def as_table(value: Any) -> Any:
    """One number for all effects and levels, as the table that it stands for."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {ALL: {"coefficient": value}}
    return value
