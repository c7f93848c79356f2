"""`Schedule`: money as a function of one measured number. The only thing in the library that maps outcomes to money.

A schedule is piecewise linear with jumps. It is written in one of a few ways (`per_unit`, `amount`, `steps`,
`nodes`), and all of them resolve to the same nodes: `knots()` is what the engine evaluates.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from sib.terms.base import LAX, Money, Number, Term, Unit
from sib.terms.errors import Refusal

Node = Annotated[tuple[Number, Number], LAX]
Nodes = Annotated[tuple[Node, ...], LAX, Field(min_length=1, max_length=10_000)]


class Knots(NamedTuple):
    """A schedule resolved to nodes: x in the units of what it reads, y in money.

    A repeated x is a jump. `strict[i]` says that node i lies just above its x: the jump there needs *more than* x.
    `extended` says that the first and last pieces go on outside the nodes; otherwise the ends are flat.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    strict: tuple[bool, ...]
    extended: bool


class Schedule(Term):
    """Money as a function of one measured number. Write exactly one of the four ways.

    Examples
    --------
    >>> Schedule(per_unit=14_700.0).knots().y
    (0.0, 14700.0)
    >>> Schedule(steps=((0.10, 9_600_000.0), (0.20, 11_712_000.0))).knots().x
    (0.1, 0.1, 0.2, 0.2)
    """

    per_unit: Annotated[Money, Unit("money a unit")] | None = Field(
        None, description="a price for each unit of outcome", examples=[14_700]
    )
    amount: Money | None = Field(None, description="one fixed amount, whatever the result", examples=[500_000])
    steps: Nodes | None = Field(
        None,
        description="[from, amount] pairs: nothing below the first, then each amount from its level up to the next",
        examples=[[[0.10, 9_600_000], [0.20, 11_712_000]]],
    )
    nodes: Nodes | None = Field(
        None,
        description="[level, amount] pairs joined by straight lines; a repeated level is a jump",
        examples=[[[0.20, 0], [0.20, 3_200_000], [0.30, 4_800_000]]],
    )
    more_than: Annotated[tuple[Number, ...], LAX] = Field(
        (),
        description="the levels whose jump needs more than the level; elsewhere reaching it is enough",
        examples=[[0.04]],
    )
    beyond: Literal["flat", "extended"] = Field(
        "flat", description="outside the nodes: the end values stay, or the end lines go on"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("per_unit", "amount", "steps", "nodes")
        written = [way for way in ways if getattr(self, way) is not None]
        if len(written) != 1:
            raise Refusal(
                (),
                written or "none of them",
                f"a schedule is written in exactly one way: {', '.join(ways)}",
                "keep the one that says what the contract says",
            )
        if self.beyond == "extended" and not self.nodes:
            raise Refusal(
                ("beyond",),
                self.beyond,
                "only `nodes` can be extended; per_unit always is",
                "write the schedule as nodes, or leave `beyond` out",
            )
        for way in ("steps", "nodes"):
            levels = [x for x, _ in getattr(self, way) or ()]
            for before, after in pairwise(levels):
                if after < before or (way == "steps" and after == before):
                    raise Refusal(
                        (way,),
                        f"{after:g} after {before:g}",
                        "the levels of a schedule rise from the first to the last",
                        f"put the levels of `{way}` in rising order",
                    )
            if any(levels.count(x) > 2 for x in levels):
                raise Refusal(
                    (way,),
                    levels,
                    "a level stands at most twice in a schedule: the value before and after a jump",
                    "remove the middle one of the three values",
                )
            line = len(levels) > 1 and levels[0] < levels[1] and levels[-2] < levels[-1]
            if way == "nodes" and self.beyond == "extended" and not line:
                raise Refusal(
                    ("beyond",),
                    self.beyond,
                    "a line goes on at each end: two nodes at different levels, not a single node or a jump",
                    'add a node at each end that gives the line its slope, or write `beyond = "flat"`',
                )
        jumps = {x for x, _ in self.steps or ()}
        levels = [x for x, _ in self.nodes or ()]
        jumps |= {x for x in levels if levels.count(x) == 2}
        for level in self.more_than:
            if level not in jumps:
                raise Refusal(
                    ("more_than",),
                    level,
                    "`more_than` names levels at which the schedule jumps",
                    f"name one of: {', '.join(f'{x:g}' for x in sorted(jumps)) or 'none here, leave it out'}",
                )
        return self

    def knots(self) -> Knots:
        """The nodes that this schedule resolves to, whichever way it is written."""
        if self.per_unit is not None:
            return Knots((0.0, 1.0), (0.0, self.per_unit), (False, False), extended=True)
        if self.amount is not None:
            return Knots((0.0,), (self.amount,), (False,), extended=False)
        if self.steps is not None:
            levels = [0.0, *(y for _, y in self.steps)]
            nodes = [
                (x, y)
                for (x, _), before, after in zip(self.steps, levels, levels[1:], strict=False)
                for y in (before, after)
            ]
        else:
            nodes = list(self.nodes or ())
        x = tuple(x for x, _ in nodes)
        return Knots(
            x,
            tuple(y for _, y in nodes),
            tuple(level in self.more_than for level in x),
            extended=self.beyond == "extended",
        )
