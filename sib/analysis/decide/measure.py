"""`Measure`: what is asked about when something is varied: any figure of the summary, of all, one tranche or one payer.

Beside those there is `false_payment_probability`: that anything is paid where no programme has an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sib.analysis.asked import Asked, multiple_of, rate_of
from sib.analysis.columns import Kept, joined
from sib.analysis.figures import FIGURES, AnyFigure, columns_for
from sib.analysis.summary import Row, rows
from sib.errors import InputError, Problem, nearest
from sib.run.recipe import Block
from sib.scenario.changes import BASE
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


def _known_hurdle(name: str, given: Mapping[str, object]) -> None:
    """Refuse a figure without the hurdle that it is taken against, and a hurdle that it is not taken against."""
    wanted = FIGURES[name].hurdle if name in FIGURES else ""
    if wanted and given[wanted] is None:
        rule = f"a figure that is taken against a hurdle, where `{wanted}` says which"
        raise InputError(Problem("measure", name, rule, f"pass {wanted}= with it, or ask for another figure"))
    for argument, value in given.items():
        if value is not None and argument != wanted:
            figure = next(one.name for one in FIGURES.values() if one.hurdle == argument)
            rule = f"a hurdle where the measure is taken against it, which {name} is not"
            raise InputError(Problem(argument, value, rule, f'ask for measure="{figure}", or leave it out'))


@dataclass(frozen=True)
class Measure:
    """A figure of a deal.

    Parameters
    ----------
    name : str
        As it was asked for.
    figure : Figure or CashFigure
        The figure of the summary that is taken.
    asked : Asked
        Of one tranche, or of what one payer pays, else of all; and against which hurdle.
    """

    name: str
    figure: AnyFigure
    asked: Asked

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        name: str,
        tranche: str | None = None,
        payer: str | None = None,
        *,
        hurdle: float | None = None,
        hurdle_multiple: float | None = None,
    ) -> Measure:
        """A figure by its name.

        Raises
        ------
        InputError
            Where there is no such figure, tranche or payer; where nothing has an effect that could be none; where a
            figure is taken against a hurdle and none is given, or another is.
        """
        known = [*FIGURES, FALSE]
        if name not in known:
            raise InputError(Problem("measure", name, "a figure of the summary", nearest(name, known)))
        known_parties(scenario, tranche, payer)
        _known_hurdle(name, {"hurdle": hurdle, "hurdle_multiple": hurdle_multiple})
        if name == FALSE and not scenario.beliefs.effects:
            rule = "a deal with a metric that is compared with something, so that its effect may be none"
            raise InputError(
                Problem("measure", name, rule, "ask for payment_probability: what is verified is paid for")
            )
        asked = Asked(tranche, payer, rate_of(hurdle), multiple_of(hurdle_multiple))
        return cls(name, FIGURES["payment_probability" if name == FALSE else name], asked)

    @property
    def label(self) -> str:
        """The figure in words, with the hurdle that it is taken against."""
        against = getattr(self.asked, self.figure.hurdle) if self.figure.hurdle else None
        return self.figure.label if against is None else f"{self.figure.label}, {against:g}"

    def about(self, scenario: Scenario) -> Scenario:
        """The scenario that the figure is taken of: the same, or with no effect of anything."""
        if self.name != FALSE:
            return scenario
        base = scenario.case(BASE)
        return base.replace({path_of(["beliefs", "effects", name]): 0.0 for name in base.beliefs.effects})

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the figure is worked out from."""
        return columns_for((self.figure,))

    @property
    def keep(self) -> Callable[[Block], Kept]:
        """What is kept of a settled block; it travels to workers."""
        return self.asked.keep((self.figure,))

    def row(self, parts: Sequence[Kept], batch: int | None = None) -> Row:
        """The figure, from what was kept of all parts in the order of the paths."""
        kept = joined(parts)
        return rows(kept.columns, batch, (self.figure,), cash=kept.cash)[0]
