"""`Evaluation`: what is believed about the evaluator's figures: how they err, and how persons in them are alike.

Frozen, validated, no arithmetic. Which figure belongs to which design is checked in `sib/scenario/rules/evidence.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sib.terms.base import Term, Unit

BiasOf = Literal["improvement", "comparison"]
Bias = Annotated[float, Field(ge=-0.5, le=0.5), Unit("relative improvement")]
Spread = Annotated[float, Field(ge=0, le=0.2), Unit("relative improvement")]


class Evaluation(Term):
    """How far the evaluator's comparison is off, and how much its persons tell.

    A bias of 0.02 means that a programme without any effect would be reported, but for chance, as a two per cent
    improvement, because the comparison group would have done worse anyway. With ``bias_of = "comparison"`` it is that
    group that would have done two per cent worse. Beyond 0.9 it counts as 0.9.
    `creaming` and `regression` have the same sign: above zero they flatter the programme. Those served would have done
    better anyway than who they are compared with (a comparison of changes takes that off); or they were chosen in a bad
    year, after which they would have come back to their usual level by themselves.
    """

    bias: Bias = Field(0.0, description="how much the comparison flatters, in every cohort", examples=[0.02])
    bias_sd: Spread = Field(0.0, description="how unsure that is", examples=[0.03])
    bias_between_cohorts: Spread = Field(
        0.0, description="standard deviation of each cohort's bias about the common one", examples=[0.02]
    )
    bias_of: BiasOf = Field(
        "improvement",
        description="what a bias is relative to: the improvement that is reported of a programme without effect, or the"
        " level of the group that those served are compared with",
        examples=["comparison"],
    )
    creaming: Bias = Field(
        0.0, description="by how much those served would have done better anyway than the group", examples=[0.05]
    )
    regression: Annotated[float, Field(ge=-0.5, le=5), Unit("share of their usual level")] = Field(
        0.0,
        description="by how much those served did worse than usual before, which is why they were chosen",
        examples=[0.3],
    )
    correlation: Annotated[float, Field(ge=0, lt=1), Unit("correlation")] = Field(
        0.0, description="between one person's figures before and after", examples=[0.4]
    )
    intra_cluster_correlation: Annotated[float, Field(ge=0, lt=1), Unit("correlation")] = Field(
        0.0, description="between two persons of one cluster", examples=[0.05]
    )
    effective_persons: Annotated[float, Field(ge=1, le=1e8), Unit("persons")] | None = Field(
        None,
        description="how many persons the comparison group of each result is worth where some stand in it more than"
        " once: the square of the weights' sum over the sum of their squares; by default all count once",
        examples=[3500],
    )
