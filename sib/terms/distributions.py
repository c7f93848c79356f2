"""Distributions of effects and levels, as an analyst writes them: a number, or a table with the shape's name.

Frozen, validated, no arithmetic; `sib/chance/distributions.py` draws from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from sib.errors import Refusal
from sib.terms.base import NoSpeck, Term, Unit

SHAPE: Final = "the shape of what is believed: certain, normal, student, uniform or triangular"
Improvement = Annotated[float, Field(ge=-1, le=10), Unit("relative improvement")]
Spread = Annotated[float, Field(ge=0, le=1), Unit("relative improvement")]
Degrees = Annotated[float, Field(gt=2, le=1e6), Unit("degrees of freedom")]
Shift = Annotated[float, Field(ge=-1, le=1), Unit("relative improvement")]
AsMeasured = Annotated[float, Field(ge=0, le=1e12), NoSpeck, Unit("as measured")]
AnyLevel = Annotated[float, Field(ge=-1e12, le=1e12), Unit("as measured")]


class Certain(Term):
    """The same effect in every cohort, for sure."""

    distribution: Literal["certain"] = Field(description=SHAPE)
    value: Improvement = Field(description="the improvement", examples=[0.10])

    @model_serializer
    def _as_number(self) -> float:
        return self.value


class _Varying(Term):
    between_cohorts: Spread = Field(
        0.0, description="standard deviation of cohorts' effects about the deal's own", examples=[0.02]
    )
    learning: Shift = Field(0.0, description="improvement added from each cohort to the next", examples=[0.01])


class Normal(_Varying):
    """A normal belief about the improvement."""

    distribution: Literal["normal"] = Field(description=SHAPE)
    mean: Improvement = Field(description="the mean improvement", examples=[0.09])
    sd: Spread = Field(description="its standard deviation", examples=[0.05])


class Student(_Varying):
    """A belief about the improvement with heavier tails than a normal one: Student's t."""

    distribution: Literal["student"] = Field(description=SHAPE)
    mean: Improvement = Field(description="the mean improvement", examples=[0.09])
    sd: Spread = Field(description="its standard deviation", examples=[0.05])
    degrees_of_freedom: Degrees = Field(description="how heavy the tails are: the fewer the heavier", examples=[4])


class Uniform(_Varying):
    """Any improvement between two, each as likely."""

    distribution: Literal["uniform"] = Field(description=SHAPE)
    low: Improvement = Field(description="the least", examples=[0.0])
    high: Improvement = Field(description="the most", examples=[0.2])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.high:
            raise Refusal(("low",), self.low, f"low is not above high ({self.high:g})", "exchange the two")
        return self


class Triangular(_Varying):
    """A least, a most likely and a greatest improvement."""

    distribution: Literal["triangular"] = Field(description=SHAPE)
    low: Improvement = Field(description="the least", examples=[0.0])
    mode: Improvement = Field(description="the most likely", examples=[0.1])
    high: Improvement = Field(description="the greatest", examples=[0.2])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise Refusal(
                (),
                [self.low, self.mode, self.high],
                "low, mode and high do not fall",
                "put the three in rising order",
            )
        return self


def _number_is_certain(value: Any) -> Any:
    if isinstance(value, dict | BaseModel):
        return value
    return {"distribution": "certain", "value": value}


_Effect = Annotated[Certain | Normal | Student | Uniform | Triangular, Discriminator("distribution")]
Effect = Annotated[_Effect, BeforeValidator(_number_is_certain, json_schema_input_type=Improvement | _Effect)]


class _Measured(Term):
    between_cohorts: AsMeasured = Field(
        0.0, description="standard deviation of results about the deal's own level", examples=[0.02]
    )
    learning: AnyLevel = Field(0.0, description="added to the level from each result to the next", examples=[0.01])
    person_sd: AsMeasured = Field(
        0.0, description="standard deviation over persons at the mean level; none by default", examples=[90.0]
    )


class CertainLevel(_Measured):
    """The same level in each result, but for chance."""

    distribution: Literal["certain"] = Field(description=SHAPE)
    value: AsMeasured = Field(description="the level", examples=[0.60])

    @model_serializer(mode="wrap")
    def _as_number(self, handler: SerializerFunctionWrapHandler) -> Any:
        alone = self.model_fields_set <= {"distribution", "value"}
        return self.value if alone else handler(self)


class NormalLevel(_Measured):
    """A normal belief about what will be measured; below zero it counts as zero."""

    distribution: Literal["normal"] = Field(description=SHAPE)
    mean: AsMeasured = Field(description="the mean level", examples=[0.6])
    sd: AsMeasured = Field(description="its standard deviation", examples=[0.08])


class StudentLevel(_Measured):
    """A belief with heavier tails than a normal one: Student's t; below zero it counts as zero."""

    distribution: Literal["student"] = Field(description=SHAPE)
    mean: AsMeasured = Field(description="the mean level", examples=[0.6])
    sd: AsMeasured = Field(description="its standard deviation", examples=[0.08])
    degrees_of_freedom: Degrees = Field(description="how heavy the tails are: the fewer the heavier", examples=[4])


class UniformLevel(_Measured):
    """Any level between two, each as likely."""

    distribution: Literal["uniform"] = Field(description=SHAPE)
    low: AsMeasured = Field(description="the least", examples=[0.4])
    high: AsMeasured = Field(description="the most", examples=[0.7])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.high:
            raise Refusal(("low",), self.low, f"low is not above high ({self.high:g})", "exchange the two")
        return self


class TriangularLevel(_Measured):
    """A least, a most likely and a greatest level."""

    distribution: Literal["triangular"] = Field(description=SHAPE)
    low: AsMeasured = Field(description="the least", examples=[0.4])
    mode: AsMeasured = Field(description="the most likely", examples=[0.6])
    high: AsMeasured = Field(description="the greatest", examples=[0.7])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise Refusal(
                (), [self.low, self.mode, self.high], "low, mode and high do not fall", "put the three in rising order"
            )
        return self


_Level = Annotated[
    CertainLevel | NormalLevel | StudentLevel | UniformLevel | TriangularLevel, Discriminator("distribution")
]
LevelBelief = Annotated[_Level, BeforeValidator(_number_is_certain, json_schema_input_type=AsMeasured | _Level)]
