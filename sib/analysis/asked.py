"""`Asked`: of whom the figures of a summary are asked, and against what; checked once, for `summary` and `compare`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sib.analysis.columns import Kept, of_party
from sib.analysis.figures import AnyFigure, columns_for, figures_of
from sib.errors import InputError, Problem, between, nearest
from sib.run.recipe import Block
from sib.settlement.contract import Contract
from sib.terms.base import spelt


@dataclass(frozen=True)
class Asked:
    """Of whom, and against what.

    Parameters
    ----------
    tranche, payer : str, optional
        Capital and returns of one tranche, payments of one payer; of all by default.
    hurdle : float, optional
        A rate of return, effective a year, as a decimal.
    hurdle_multiple : float, optional
        Times the capital drawn.
    """

    tranche: str | None = None
    payer: str | None = None
    hurdle: float | None = None
    hurdle_multiple: float | None = None

    @classmethod
    def of(
        cls,
        contracts: Iterable[Contract],
        *,
        tranche: object = None,
        payer: object = None,
        hurdle: object = None,
        hurdle_multiple: object = None,
    ) -> Asked:
        """Check what a user passed; of several contracts each must have the tranche and the payer.

        Raises
        ------
        InputError
            Where one has not, or a hurdle is no decimal.
        """
        found = list(contracts)
        return cls(
            _one("tranche", tranche, [one.investors for one in found], "a tranche of the deal"),
            _one("payer", payer, [one.payers for one in found], "who pays for outcomes in the deal"),
            rate_of(hurdle),
            multiple_of(hurdle_multiple),
        )

    @property
    def of_all(self) -> bool:
        """Whether it is asked of all together."""
        return self.tranche is None and self.payer is None

    def figures(self, measures: Collection[str] | None) -> tuple[AnyFigure, ...]:
        """The figures by name; see `figures.figures_of`."""
        given = {"hurdle": self.hurdle, "hurdle_multiple": self.hurdle_multiple}
        return figures_of(measures, [name for name, value in given.items() if value is not None])

    def keep(self, figures: Sequence[AnyFigure]) -> Callable[[Block], Kept]:
        """What is kept of a settled block to work figures out from; it travels to workers."""
        return partial(of_party, names=columns_for(figures), **asdict(self))


def rate_of(hurdle: object) -> float | None:
    """A hurdle that is a rate, or none.

    Raises
    ------
    InputError
        Where it is no decimal.
    """
    if hurdle is None:
        return None
    rule, remedy = "a rate of return a year as a decimal, above -1 and below 1", "write 0.05 for five per cent a year"
    return between(hurdle, -1.0, 1.0, "hurdle", rule, remedy)


def multiple_of(hurdle: object) -> float | None:
    """A hurdle that is a multiple, or none; raises as `rate_of`."""
    if hurdle is None:
        return None
    rule, remedy = "a multiple of the capital drawn, above 0 and below 10", "write 1.2 for the money and a fifth more"
    return between(hurdle, 0.0, 10.0, "hurdle_multiple", rule, remedy)


def _one(where: str, name: Any, known: Sequence[Sequence[str]], rule: str) -> str | None:
    """A name that is known everywhere, or none."""
    if name is None:
        return None
    word = spelt(name)
    for names in known:
        if word not in names:
            raise InputError(Problem(where, name, rule, nearest(str(name), names)))
    return str(word)
