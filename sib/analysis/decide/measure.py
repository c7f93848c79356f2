"""`Measure`: what is asked about when something is varied: any figure of the summary, of all, one tranche or one payer.

Beside those there is `false_payment_probability`: that anything is paid where no programme has an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sib.analysis.columns import Kept, joined, of_party
from sib.analysis.figures import FIGURES, AnyFigure, columns_for
from sib.analysis.summary import Row, rows
from sib.errors import InputError, Problem, nearest
from sib.run.recipe import Block
from sib.scenario.paths import path_of
from sib.scenario.scenario import Scenario

FALSE: Final = "false_payment_probability"


def label_of(name: str) -> str:
    """A measure in words."""
    return "Something is paid though nothing has an effect" if name == FALSE else FIGURES[name].label


def known_parties(scenario: Scenario, tranche: str | None, payer: str | None) -> None:
    """Refuse a tranche or a payer that the deal does not have."""
    tranches = [one.name for one in scenario.tranches]
    if tranche is not None and tranche not in tranches:
        raise InputError(Problem("tranche", tranche, "a tranche of the deal", nearest(str(tranche), tranches)))
    payers = scenario.timetable.payers
    if payer is not None and payer not in payers:
        raise InputError(Problem("payer", payer, "who pays for outcomes in the deal", nearest(str(payer), payers)))


@dataclass(frozen=True)
class Measure:
    """A figure of a deal.

    Parameters
    ----------
    name : str
        As it was asked for.
    figure : Figure or CashFigure
        The figure of the summary that is taken.
    tranche, payer : str, optional
        Of one tranche, or of what one payer pays; else of all.
    """

    name: str
    figure: AnyFigure
    tranche: str | None = None
    payer: str | None = None

    @classmethod
    def of(cls, scenario: Scenario, name: str, tranche: str | None = None, payer: str | None = None) -> Measure:
        """A figure by its name.

        Raises
        ------
        InputError
            Where there is no such figure, tranche or payer; where nothing has an effect that could be none.
        """
        known = [*(one for one, figure in FIGURES.items() if not figure.hurdle), FALSE]
        if not isinstance(name, str) or name not in known:
            raise InputError(Problem("measure", name, "a figure of the summary", nearest(str(name), known)))
        known_parties(scenario, tranche, payer)
        if name == FALSE and not scenario.beliefs.effects:
            rule = "a deal with a metric that is compared with something, so that its effect may be none"
            raise InputError(
                Problem("measure", name, rule, "ask for payment_probability: what is verified is paid for")
            )
        return cls(name, FIGURES["payment_probability" if name == FALSE else name], tranche, payer)

    def about(self, scenario: Scenario) -> Scenario:
        """The scenario that the figure is taken of: the same, or with no effect of anything."""
        if self.name != FALSE:
            return scenario
        return scenario.replace({path_of(["beliefs", "effects", name]): 0.0 for name in scenario.beliefs.effects})

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the figure is worked out from."""
        return columns_for((self.figure,))

    @property
    def keep(self) -> Callable[[Block], Kept]:
        """What is kept of a settled block; it travels to workers."""
        return partial(of_party, names=self.columns, tranche=self.tranche, payer=self.payer)

    def row(self, parts: Sequence[Kept], batch: int | None = None) -> Row:
        """The figure, from what was kept of all parts in the order of the paths."""
        kept = joined(parts)
        return rows(kept.columns, batch, (self.figure,), cash=kept.cash)[0]
