"""`Portfolio`: what `portfolio` returns, and everything that can be asked of it.

It keeps two numbers a path of each deal, what is drawn and what is received, and the deal's cash by lots of paths. The
whole is their sum. Losses are in money here, so that those of the deals add up.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from sib.analysis.columns import Kept
from sib.analysis.figures import FIGURES, ROUNDING, AnyFigure, Figure, Part, Quantile, Sample, Shortfall
from sib.analysis.futures import Sampling
from sib.analysis.summary import Row, rows
from sib.arrays import Floats
from sib.calls import public
from sib.chance.streams import again
from sib.errors import InputError, Problem, nearest
from sib.measures.expected import Lots, spread, together
from sib.measures.tail import Tail, correlation, deviation
from sib.scenario.scenario import Scenario
from sib.terms.calendar import DAYS_A_YEAR

if TYPE_CHECKING:
    import pandas as pd

LEVEL: Final = 0.95


def _lost(part: Part) -> Floats:
    drawn = part.column("drawn")
    lost: Floats = drawn - part.column("received")
    lost *= np.abs(lost) >= ROUNDING * drawn
    return lost


_LOST = Sample(("received", "drawn"), _lost)
_FIGURES: Final[tuple[AnyFigure, ...]] = (
    *(FIGURES[name] for name in ("loss_probability", "total_loss_probability", "expected_cash_irr")),
    *(FIGURES[name] for name in ("multiple_mean", "multiple_median")),
    Figure("var_95", "Value at risk, 95%", "money", _LOST, Quantile(LEVEL)),
    Figure("es_95", "Expected shortfall, 95%", "money", _LOST, Shortfall(LEVEL)),
    FIGURES["drawn_mean"],
)


@dataclass(frozen=True, eq=False)
class Holding:
    """What is held of one deal: a part of the cash of all its investors together.

    Parameters
    ----------
    scenario : Scenario
        The deal.
    amount : float
        How much of its capital is held, in money.
    dates : sequence of date
        Those of its cash.
    kept : Kept
        Of each path what is drawn and received of that amount, and its cash by lots of paths.
    """

    scenario: Scenario
    amount: float
    dates: tuple[dt.date, ...]
    kept: Kept

    @cached_property
    def lost(self) -> Floats:
        """What is drawn less what is received, (paths,)."""
        return _lost(Part(self.kept.columns))


@dataclass(frozen=True, repr=False, eq=False)
class Portfolio:
    """Deals that are held together, on simulated futures.

    Attributes
    ----------
    holdings : mapping of str to Holding
        What is held of each deal, by the name it has here.
    """

    holdings: Mapping[str, Holding]
    _sampling: Sampling

    @property
    def n_paths(self) -> int:
        """How many futures."""
        return self._sampling.paths

    @property
    def seed(self) -> np.random.SeedSequence:
        """The seed of all deals together."""
        return self._sampling.seed

    @property
    def rng(self) -> np.random.SeedSequence:
        """What to pass to `portfolio` as `rng` to have the same futures again."""
        return again(self.seed)

    @property
    def currency(self) -> str:
        """The currency of all deals."""
        return next(iter(self.holdings.values())).scenario.currency

    @property
    def amount(self) -> float:
        """How much is put in, in money: the most that can be drawn, of all deals."""
        return math.fsum(one.amount for one in self.holdings.values())

    @cached_property
    def losses(self) -> pd.DataFrame:
        """What is lost in each deal on each path, in money: drawn less received, below zero where money is made.

        A row a path, a column a deal.
        """
        import pandas as pd

        found = pd.DataFrame({name: one.lost for name, one in self.holdings.items()})
        return found.rename_axis("path").rename_axis(columns="deal")

    def summary(self) -> pd.DataFrame:
        """What the holder of all deals together risks and earns.

        Returns
        -------
        DataFrame
            Indexed by measure, with the columns of `Simulation.summary`: `loss_probability` and
            `total_loss_probability`, `expected_cash_irr` of the mean cash flow over all dates, `multiple_mean` and
            `multiple_median` of the capital drawn, `drawn_mean`. The value at risk and the expected shortfall, `var_95`
            and `es_95`, are in money, positive = lost. There is no net present value: each deal has its own rate.

        Examples
        --------
        >>> import sib
        >>> plan = sib.load("peterborough")
        >>> table = sib.portfolio({"one": plan, "another": plan}, paths=1_000, rng=1).summary()
        >>> table.loc["es_95", "unit"]
        'GBP'
        """
        import pandas as pd

        frame = pd.DataFrame(self._rows).set_index("measure")
        frame["unit"] = frame["unit"].replace("money", self.currency)
        return frame

    def deals(self) -> pd.DataFrame:
        """What each deal risks by itself, and what of the risk of the whole is its doing.

        Returns
        -------
        DataFrame
            Indexed by deal. `amount`, what is held of it; `loss_probability`; `es_95`, its expected shortfall by
            itself; `contribution`, what it loses on the mean of those 5% of paths on which the whole loses most, which
            adds up over the deals to the whole's `es_95`; `correlation` of its losses with those of the whole, in which
            it is, NaN where either never varies. Each but the first has its standard error, `_mcse`. Money in the
            portfolio's currency, positive = lost.

        Notes
        -----
        Contributions are Euler's: by how much the expected shortfall of the whole rises with the amount held of a deal,
        times that amount (Tasche 1999). Their errors take in that of the value at risk, beyond which paths are the
        worst.

        Examples
        --------
        >>> import sib
        >>> plan = sib.load("peterborough")
        >>> held = sib.portfolio({"one": plan, "another": plan}, paths=1_000, rng=1)
        >>> whole = held.summary().loc["es_95", "estimate"]
        >>> bool(abs(held.deals()["contribution"].sum() / whole - 1) < 1e-12)
        True
        """
        import pandas as pd

        table = {}
        for name, one in self.holdings.items():
            alone = {row.measure: row for row in self._alone[name]}
            related, moves = correlation(one.lost, self._whole)
            table[name] = {
                "amount": one.amount,
                **_with_error("loss_probability", alone["loss_probability"].estimate, alone["loss_probability"].mcse),
                **_with_error("es_95", alone["es_95"].estimate, alone["es_95"].mcse),
                **_with_error(
                    "contribution", self._tail.contribution(one.lost), self._error(self._tail.moves(one.lost))
                ),
                **_with_error("correlation", related, self._error(moves)),
            }
        return pd.DataFrame.from_dict(table, orient="index").rename_axis("deal")

    def diversification(self) -> pd.DataFrame:
        """How much less the whole risks than its deals do by themselves.

        Returns
        -------
        DataFrame
            Indexed by measure: `es_95`, the expected shortfall, and `sd`, the standard deviation, of what is lost.
            Columns `whole`; `alone`, those of the deals by themselves added up; and `diversification`, one less the
            first over the second: 0 where all lose together, more than 1 where the whole gains even in its worst 5% of
            paths, NaN where the deals by themselves do. Each has its standard error, `_mcse`. Money in the portfolio's
            currency.

        Examples
        --------
        >>> import sib
        >>> plan = sib.load("peterborough")
        >>> held = sib.portfolio({"one": plan, "another": plan}, paths=1_000, rng=1)
        >>> bool(0 < held.diversification().loc["es_95", "diversification"] < 1)
        True
        """
        import pandas as pd

        worst = [(Tail(one.lost, LEVEL), one.lost) for one in self.holdings.values()]
        shortfall = (
            (self._tail.contribution(self._whole), self._tail.moves(self._whole)),
            [(tail.contribution(lost), tail.moves(lost)) for tail, lost in worst],
        )
        spreads = (deviation(self._whole), [deviation(one.lost) for one in self.holdings.values()])
        table = {"es_95": self._less(*shortfall), "sd": self._less(*spreads)}
        return pd.DataFrame.from_dict(table, orient="index").rename_axis("measure")

    @public
    def cash(self, deal: str | None = None) -> pd.DataFrame:
        """Mean cash by date.

        Parameters
        ----------
        deal : str, optional
            One deal; by default all of them together, on the dates of any.

        Returns
        -------
        DataFrame
            Indexed by date: `cash`, what comes in less what goes out, on the mean of all paths; `position`, that so
            far; and their standard errors, `_mcse`. In the portfolio's currency, positive = received.

        Raises
        ------
        InputError
            Where there is no such deal.

        Examples
        --------
        >>> import sib
        >>> plan = sib.load("peterborough")
        >>> cash = sib.portfolio({"one": plan, "another": plan}, paths=1_000, rng=1).cash()
        >>> cash.columns.to_list()
        ['cash', 'cash_mcse', 'position', 'position_mcse']
        """
        import pandas as pd

        if deal is not None and deal not in self.holdings:
            raise InputError(Problem("deal", deal, "a deal of the portfolio", nearest(deal, self.holdings)))
        dates, lots = _on_one_calendar([*self.holdings.values()] if deal is None else [self.holdings[deal]])
        so_far = Lots(lots.years, lots.paths, np.cumsum(lots.cash, axis=1))
        columns = {}
        for name, one in (("cash", lots), ("position", so_far)):
            columns[name], columns[f"{name}_mcse"] = one.mean(self._sampling.batch)
        index = pd.DatetimeIndex(dates, dtype="datetime64[s]", name="date")
        return pd.DataFrame(columns, index=index)

    @cached_property
    def _rows(self) -> list[Row]:
        """The rows of the summary."""
        drawn, received = (
            sum((one.kept.columns[name] for one in self.holdings.values()), np.zeros(self.n_paths))
            for name in ("drawn", "received")
        )
        _, cash = _on_one_calendar([*self.holdings.values()])
        return rows({"drawn": drawn, "received": received}, self._sampling.batch, _FIGURES, cash=cash)

    @cached_property
    def _alone(self) -> dict[str, list[Row]]:
        """The rows of the summary of each deal by itself."""
        return {
            name: rows(one.kept.columns, self._sampling.batch, _FIGURES, cash=one.kept.cash)
            for name, one in self.holdings.items()
        }

    @cached_property
    def _whole(self) -> Floats:
        """What is lost in all, (paths,)."""
        return sum((one.lost for one in self.holdings.values()), np.zeros(self.n_paths))

    @cached_property
    def _tail(self) -> Tail:
        return Tail(self._whole, LEVEL)

    def _error(self, moves: Floats) -> float:
        """The standard error of a figure, from how far each path moves it."""
        return spread(together(moves, self._sampling.batch))

    def _less(self, whole: tuple[float, Floats], alone: list[tuple[float, Floats]]) -> dict[str, float]:
        """A figure of the whole, those of the deals added up, and how much less the one is than the other."""
        (one, moved), other = whole, math.fsum(figure for figure, _ in alone)
        others = sum((moves for _, moves in alone), np.zeros(self.n_paths))
        less, moves = math.nan, np.full(self.n_paths, math.nan)
        if other > 0:
            less, moves = 1.0 - one / other, (one * others - other * moved) / other**2
        return {
            **_with_error("whole", one, self._error(moved)),
            **_with_error("alone", other, self._error(others)),
            **_with_error("diversification", less, self._error(moves)),
        }

    def __repr__(self) -> str:
        loss = self._rows[0]
        less = float(self.diversification()["diversification"].iloc[0])
        risk = (
            f"loss probability {loss.estimate:.3f} (mcse {loss.mcse:.3f}), diversification {round(less, 3) + 0.0:.3f}"
        )
        many = f"{len(self.holdings)} deal{'s' if len(self.holdings) > 1 else ''}"
        held = f"{many}, {self.currency} {self.amount:,.0f}"
        return f"<Portfolio of {held}: {self.n_paths:,} paths, {risk}, entropy {self.seed.entropy}>"


def _with_error(name: str, estimate: float, error: float) -> dict[str, float]:
    return {name: estimate, f"{name}_mcse": error}


def _on_one_calendar(holdings: list[Holding]) -> tuple[list[dt.date], Lots]:
    """The cash of holdings together, on the dates of all of them."""
    dates = sorted({date for one in holdings for date in one.dates})
    place = {date: number for number, date in enumerate(dates)}
    lots = [one.kept.cash for one in holdings if one.kept.cash is not None]
    cash = np.zeros((len(lots[0].paths), len(dates)))
    for one, of_it in zip(holdings, lots, strict=True):
        cash[:, [place[date] for date in one.dates]] += of_it.cash
    years = np.array([(date - dates[0]).days / DAYS_A_YEAR for date in dates])
    return dates, Lots(years, lots[0].paths, cash)
