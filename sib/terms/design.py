"""`Comparison`: what a result is compared with: the evaluator's design, or a level that the contract writes down.

Frozen, validated, no arithmetic; `sib/model/designs.py` turns a design into groups of persons and what each one weighs.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, NoSpeck, Persons, Term, Unit

Level = Annotated[float, Field(ge=1e-9, le=1e12), Unit("as measured")]
Clusters = Annotated[int, Field(ge=2, le=10_000), Unit("clusters")]
Design = Literal[
    "matched",
    "randomised",
    "cluster-randomised",
    "historical",
    "before-after",
    "difference in differences",
    "mix",
    "none",
]

_SIZES: Final = ("controls", "persons")
_FITS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {  # one of these; and any of those
    "matched": (_SIZES, ()),
    "randomised": (_SIZES, ()),
    "cluster-randomised": (_SIZES, ("clusters", "comparison_clusters")),
    "historical": (("persons", "level", "levels"), ("years", "trend")),
    "before-after": ((), ()),
    "difference in differences": (_SIZES, ()),
    "mix": (("of",), ()),
    "none": ((), ()),
}


_BESIDE: Final = frozenset({"matched", "randomised", "cluster-randomised", "difference in differences"})


class Comparison(Term):
    """What a result is compared with.

    A *matched* or *randomised* group is measured like those served; *cluster-randomised* persons were drawn by the
    cluster (a school, a village) and are alike within it. A *historical* group was measured before the programme, over
    one year or several, of so many `persons` each, or is written in the contract: one `level`, or one for each result
    (a path). *before-after*: those served are their own comparison. *difference in differences*: what changed for them
    less what changed for a group. A *mix* is a weighted mean of several. Verified units are compared with nothing.
    """

    design: Design = Field(description="how the counterfactual is found", examples=["matched"])
    controls: Annotated[float, Field(gt=0, le=1000), NoSpeck, Unit("controls a person")] | None = Field(
        None, description="persons in the comparison group for each person served", examples=[10]
    )
    persons: Persons | None = Field(
        None, description="persons in the comparison group of each result, or in each year of history", examples=[138]
    )
    level: Level | None = Field(None, description="the baseline that the contract writes down", examples=[0.58])
    levels: Annotated[tuple[Level, ...], LAX, Field(min_length=1), Unit("as measured")] | None = Field(
        None, description="the baseline that the contract writes down for each result", examples=[[128, 133, 138]]
    )
    clusters: Clusters | None = Field(
        None, description="how many clusters those served in each result come from", examples=[40]
    )
    comparison_clusters: Clusters | None = Field(
        None, description="how many clusters the comparison group comes from; by default as many", examples=[40]
    )
    years: Annotated[int, Field(ge=1, le=50), Unit("years")] = Field(
        1, description="how many years of history, the last of which ends with the start of the deal", examples=[5]
    )
    trend: Literal["flat", "linear"] = Field(
        "flat", description="whether the baseline is the mean of the years, or their straight line carried on"
    )
    of: Annotated[tuple[Weighted, ...], LAX] = Field((), description="the comparisons of a mix, each with its weight")

    @model_validator(mode="after")
    def _as_designed(self) -> Self:
        one, more = _FITS[self.design]
        given = [key for key in ("controls", "persons", "level", "levels") if getattr(self, key) is not None]
        given += ["of"] if self.of else []
        if [key for key in given if key not in one] or len(given) != min(1, len(one)):
            no_group = "no group of its own" if self.design == "before-after" else "no group and no level"
            raise Refusal(
                (),
                given or MISSING,
                f"a comparison of design {self.design} has "
                + (f"one of: {', '.join(one)}" if one else f"{no_group}: leave the keys out"),
                f"write `{one[0]} = ...` and nothing else" if one else "leave them out, or choose another design",
            )
        extra = {
            "clusters": self.clusters is not None,
            "comparison_clusters": self.comparison_clusters is not None,
            "years": self.years != 1,
            "trend": self.trend != "flat",
        }
        for key, written in extra.items():
            if written and key not in more:
                fits = next(name for name, (_, keys) in _FITS.items() if key in keys)
                raise Refusal(
                    (key,), getattr(self, key), f"`{key}` is for design {fits}", "remove it, or change `design`"
                )
        if self.design == "cluster-randomised" and self.clusters is None:
            raise Refusal(
                ("clusters",),
                MISSING,
                "`clusters` is required: how many clusters those served in each result come from",
                "add, for example, `clusters = 40`",
            )
        if (self.years > 1 or self.trend == "linear") and self.persons is None:
            raise Refusal(
                ("persons",),
                MISSING,
                "years of history are of so many `persons` each; a written level is what it is",
                "add `persons = ...`, or remove `years` and `trend`",
            )
        if self.trend == "linear" and self.years < 3:
            raise Refusal(
                ("years",), self.years, "a straight line takes three years at least", "write `years = 5`, say"
            )
        return self

    @model_validator(mode="after")
    def _mixed(self) -> Self:
        if not self.of:
            return self
        total = sum(one.weight for one in self.of)
        if abs(total - 1) > 1e-9:
            raise Refusal(("of",), f"{total:g} in all", "the weights of a mix add up to 1", "correct the weights")
        for i, one in enumerate(self.of):
            if one.compare.design in ("mix", "none"):
                raise Refusal(
                    ("of", i, "compare", "design"),
                    one.compare.design,
                    "a mix is of comparisons with something, each a single one",
                    "list the comparisons of the inner mix, or leave this one out",
                )
            above = [before.compare for before in self.of[:i]]
            if one.shares_group and not any(one.compare.shares_group_with(before) for before in above):
                raise Refusal(
                    ("of", i, "shares_group"),
                    True,
                    "a comparison above it in the mix has a group that is measured at the same time on as many persons",
                    "give both as many controls or persons, put the other first, or leave `shares_group` out",
                )
        return self

    def shares_group_with(self, other: Comparison) -> bool:
        """Whether a group of one can be a group of the other: measured at the same time, on as many persons."""
        if self.of or other.of:
            return any(one.shares_group_with(another) for one in self.each for another in other.each)
        if self.design == other.design == "historical":
            return self.persons is not None and self.persons == other.persons
        alike = {
            (one.controls, one.persons, one.clusters, one.comparison_clusters or one.clusters) for one in (self, other)
        }
        return {self.design, other.design} <= _BESIDE and len(alike) == 1

    @property
    def measures_before(self) -> bool:
        """Whether those served are measured before the programme too."""
        return any(one.design in ("before-after", "difference in differences") for one in self.each)

    @property
    def written(self) -> tuple[float, ...] | None:
        """The baseline that the contract writes down: one level, or one for each result."""
        return self.levels or (None if self.level is None else (self.level,))

    @property
    def each(self) -> tuple[Comparison, ...]:
        """Itself, or the comparisons of a mix."""
        return tuple(one.compare for one in self.of) or (self,)


class Weighted(Term):
    """One comparison of a mix, with its weight."""

    weight: Annotated[float, Field(gt=0, lt=1), NoSpeck, Unit("weight")] = Field(
        description="its weight in the mean", examples=[0.5]
    )
    compare: Comparison = Field(description="the comparison", examples=['{ design = "matched", controls = 10 }'])
    shares_group: bool = Field(
        False,
        description="whether its group is that of a comparison above it in the mix, where both are measured at the same"
        " time on as many persons; else it is another one",
    )


Comparison.model_rebuild()
