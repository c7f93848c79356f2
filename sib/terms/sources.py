"""Sources: where each figure comes from, kept beside the terms by dotted path so that the terms stay readable."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from sib.errors import Refusal
from sib.terms.base import Number, Prose, Term


class Source(Term):
    """Where a figure comes from: a source, or an assumption with its reasoning and range."""

    source: Prose | None = Field(None, description="where it was published")
    assumption: Prose | None = Field(None, description="why it is assumed, where it is not public")
    range: Annotated[tuple[Number, Number] | None, Field(strict=False)] = Field(
        None, description="the range in which it may lie"
    )
    note: Prose | None = Field(None, description="anything else a reader should know")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.source is None and self.assumption is None:
            raise Refusal(
                (),
                "neither",
                "a figure has a source or an assumption that gives the reasoning",
                'write `source = "..."` or `assumption = "..."`',
            )
        if self.range is not None and self.range[0] > self.range[1]:
            raise Refusal(("range",), self.range, "a range rises", "exchange the two")
        return self


def _text_is_source(value: Any) -> Any:
    return {"source": value} if isinstance(value, str) else value


Cited = Annotated[Source, BeforeValidator(_text_is_source, json_schema_input_type=str | Source)]
