"""Cash of a party by period, and what each payer's bill comes to year by year: what `Simulation.cash` and `budget` say.

Quantiles of periods do not add up, so what all periods come to together is a column of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sib.analysis.figures import ROUNDING
from sib.analysis.futures import Futures
from sib.analysis.ledger import Ledger
from sib.analysis.periods import Freq, Periods
from sib.analysis.spreads import Figures, by_entry, chance, levels_of, quantiles_and_mean, spreads
from sib.arrays import Floats
from sib.calls import held
from sib.errors import InputError, Problem, between, nearest
from sib.run.recipe import Block
from sib.settlement.book import Amount, Entry, Kind
from sib.settlement.contract import Contract
from sib.terms.base import spelt

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
By = Literal["kind", "party"]
Above = float | Mapping[str, float | Mapping[str, float]]  # a budget, by year, by payer, or by payer and year
Days = NDArray[np.datetime64]

TOTAL = "total"  # the row of all periods together


class CashPaths(NamedTuple):
    """A party's net cash on every path: `dates`, (dates,), and `amounts`, (paths, dates), positive = received."""

    dates: Days
    amounts: Floats


def cash_paths(futures: Futures, party: str) -> CashPaths:
    """See `Simulation.cash_paths`."""
    name, dates = party_of(futures, party), futures.deal.contract.dates
    amounts, done = np.empty((futures.paths, len(dates))), 0
    for part in futures.map(partial(_dated, party=name)):
        amounts[done : done + part.shape[1]] = part.T
        done += part.shape[1]
    return CashPaths(np.array(dates, dtype="datetime64[D]"), amounts)


def cash(
    futures: Futures, party: str, *, freq: Freq = "QE", by: By | None = None, levels: Sequence[float]
) -> pd.DataFrame:
    """See `Simulation.cash`."""
    name, _levels = party_of(futures, party), levels_of(levels)
    periods = _periods(futures, freq)
    read = partial(by_period, parties=(name,), places=_places(futures, periods), by=by)
    found = spreads(futures, read, lambda _, column: quantiles_and_mean(column, _levels))
    tables = {group: _table(periods, of_it) for group, of_it in found.items() if by is None or _moved(of_it)}
    if by is None:
        return tables[name]
    return _under(tables, by, _table(periods, {}).iloc[:0])


def cash_of_path(futures: Futures, ledger: Ledger, party: str, *, freq: Freq, by: By | None) -> pd.DataFrame:
    """See `Simulation.cash`, with `path`."""
    name, periods = party_of(futures, party), _periods(futures, freq)
    groups: dict[str, dict[str, list[float]]] = {} if by else {name: {}}
    own = [m for m in ledger.movements if (m.payer == name) != (m.payee == name)]
    for movement, place in zip(own, periods.place([m.date for m in own]), strict=True):
        other = movement.payer if movement.payee == name else movement.payee
        group = {"kind": movement.kind, "party": other}.get(by or "", name)
        signed = movement.amount if movement.payee == name else -movement.amount
        for column in (str(place), TOTAL):
            groups.setdefault(group, {}).setdefault(column, []).append(signed)
    columns = [str(place) for place in range(len(periods.ends))] + [TOTAL]
    tables = {
        group: _table(periods, {column: {"cash": math.fsum(of_it.get(column, ()))} for column in columns})
        for group, of_it in _in_order(futures.deal.contract, groups).items()
    }
    return _under(tables, by, _table(periods, {}).iloc[:0]) if by else tables[name]


def budget(
    futures: Futures,
    *,
    levels: Sequence[float],
    year_starts: tuple[int, int],
    payer: str | None,
    above: Above | None,
) -> pd.DataFrame:
    """See `Simulation.budget`."""
    _levels, known = levels_of(levels), futures.deal.contract.payers
    payers = known if payer is None else (payer_of(futures, payer),)
    years = Periods.of(year_starts, futures.deal.contract.dates, "year_starts")
    limits = _budgets_by_payer(above, years, known)
    some = ROUNDING * max(futures.deal.contract.committed, 1.0)

    def asked(name: str, column: str) -> Figures:
        more = chance(column, "chance_of_any", lambda spend: spend > some)
        limit = limits[name].get(column, math.nan)
        if not math.isnan(limit):
            more |= chance(column, "chance_above", lambda spend: spend > limit + some)
        return quantiles_and_mean(column, _levels) | more

    read = partial(by_period, parties=payers, places=_places(futures, years), sign=-1.0)
    found = spreads(futures, read, asked)
    if above is not None:
        for name, of_it in found.items():
            for column, cells in of_it.items():
                cells["budget"] = limits[name].get(column, math.nan)
                cells |= {name: cells.pop(name, math.nan) for name in ("chance_above", "chance_above_mcse")}
    return _under({name: _table(years, found[name], "year") for name in payers}, "payer", _table(years, {}))


def party_of(futures: Futures, party: str) -> str:
    """A party of the deal, in its spelling.

    Raises
    ------
    InputError
        Where there is none.
    """
    known = futures.deal.contract.parties
    name = spelt(party)
    if name not in known:
        raise InputError(Problem("party", party, "a party of this deal", nearest(party, known)))
    return name


def payer_of(futures: Futures, payer: str) -> str:
    """Who pays for outcomes in the deal, in its spelling; raises as `party_of`."""
    known = futures.deal.contract.payers
    name = spelt(payer)
    if name not in known:
        raise InputError(Problem("payer", payer, "who pays for outcomes in the deal", nearest(payer, known)))
    return name


def _dated(block: Block, party: str) -> Floats:
    return block.book.cash(party)


def by_period(
    block: Block, parties: tuple[str, ...], places: tuple[int, ...], by: By | None = None, sign: float = 1.0
) -> dict[str, dict[str, Floats]]:
    """Net cash of some parties, positive = received times the sign, by party or, of one, by what it is split by.

    Columns are the numbers of the periods, and the total.
    """
    groups: dict[str, dict[str, Amount]] = {} if by else {party: {} for party in parties}
    for entry in block.book.entries:
        for party in parties:
            direction = sign * ((entry.payee == party) - (entry.payer == party))
            if direction:
                of_it = groups.setdefault(_group(entry, party, by), {})
                for column in (str(places[entry.step]), TOTAL):
                    of_it[column] = of_it.get(column, 0.0) + direction * entry.amount
    columns = [str(place) for place in range(places[0], places[-1] + 1)] + [TOTAL]
    return {
        group: by_entry({column: of_it.get(column, 0.0) for column in columns}, block.book.paths)
        for group, of_it in _in_order(block.deal.contract, groups).items()
    }


def _moved(cells: Mapping[str, Mapping[str, float]]) -> bool:
    """Whether anything is moved on any path: what every path has none of has a mean of nothing without an error."""
    return any(of_it["mean"] != 0 or of_it["mean_mcse"] > 0 for of_it in cells.values())


def _group(entry: Entry, party: str, by: By | None) -> str:
    other = entry.payer if entry.payee == party else entry.payee
    return {None: party, "kind": entry.kind.value, "party": other}[by]


def _in_order(contract: Contract, groups: Mapping[str, T]) -> dict[str, T]:
    """Groups in the order of the kinds or of the parties."""
    order = [*(kind.value for kind in Kind), *contract.parties]
    return {name: groups[name] for name in sorted(groups, key=order.index)}


def _periods(futures: Futures, freq: Freq) -> Periods:
    return Periods.of(freq, futures.deal.contract.dates)


def _places(futures: Futures, periods: Periods) -> tuple[int, ...]:
    return tuple(periods.place(futures.deal.contract.dates).tolist())


def _table(periods: Periods, cells: Mapping[str, Mapping[str, float]], name: str = "period") -> pd.DataFrame:
    """A row a period, with its days, and a row of them all."""
    import pandas as pd

    starts, ends = (*periods.starts, periods.starts[0]), (*periods.ends, periods.ends[-1])
    days = pd.DataFrame({"starts": starts, "ends": ends}, dtype="datetime64[s]")
    values = pd.DataFrame(list(cells.values()), dtype="float64") if cells else pd.DataFrame(index=days.index)
    return pd.concat([days, values], axis=1).set_axis(pd.Index([*periods.names, TOTAL], name=name))


def _under(tables: Mapping[str, pd.DataFrame], name: str, empty: pd.DataFrame) -> pd.DataFrame:
    """Tables one under the other, each by its name."""
    import pandas as pd

    return pd.concat(tables or {"": empty}, names=[name])


def _budgets_by_payer(above: object, years: Periods, payers: Sequence[str]) -> dict[str, dict[str, float]]:
    """The budgets that are asked about, by payer and column; those of years alone are the same for each payer."""
    names = {spelt(str(key)): key for key in above} if isinstance(above, Mapping) else {}
    if not isinstance(above, Mapping) or not names.keys() & set(payers):
        return dict.fromkeys(payers, _budgets(above, years))
    for name, key in names.items():
        if name not in payers:
            rule = "payers alone, where one of them is named; years within"
            raise InputError(Problem("above", key, rule, nearest(name, payers)))
    return {name: _budgets(above[names[name]] if name in names else None, years, name) for name in payers}


def _budgets(above: object, years: Periods, payer: str | None = None) -> dict[str, float]:
    """The budget that is asked about, by column; one number is that of each year."""
    if above is None:
        return {}
    where = "above" if payer is None else f"above[{payer!r}]"
    columns = {name: str(place) for place, name in enumerate(years.names)}
    if not isinstance(above, Mapping):
        return dict.fromkeys(columns.values(), _budget(above, where))
    columns |= {TOTAL: TOTAL}
    for name in above:
        if name not in columns:
            raise InputError(Problem(where, name, "years of the budget, or total", nearest(name, columns)))
    return {columns[name]: _budget(amount, f"{where}[{name!r}]") for name, amount in above.items()}


def _budget(amount: object, where: str) -> float:
    """An amount of money: what lies between 0 and 1 is a share that was meant for something else."""
    rule, remedy = (
        "money, from 0 to 1e15",
        "pass, for example, above=500_000, or above={'2026-27': 400_000, 'total': 3e6}",
    )
    found = between(held(amount, float, where), -1e-300, math.nextafter(1e15, math.inf), where, rule, remedy)
    if 0 < found < 1:
        raise InputError(Problem(where, amount, "money, and no share", remedy))
    return found
