"""Cash by period and budgets by year as a terminal prints them. Rounds with `text`, and works nothing out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from sib.analysis.simulation import Simulation
from sib.scenario.layout import table
from sib.show import text

if TYPE_CHECKING:
    import pandas as pd

_CHANCES = {"chance_of_any": "anything is due", "chance_above": "above budget"}


def cash(simulation: Simulation, party: str, found: pd.DataFrame) -> str:
    """What `Simulation.cash` returned."""
    money = simulation.scenario.currency
    head = f"{simulation.scenario.name}\n\nNet cash of {party} in {money}, positive = received"
    return "\n\n".join([head, _rows(found, money), _said(simulation)])


def budget(simulation: Simulation, found: pd.DataFrame) -> str:
    """What `Simulation.budget` returned: a table for each payer."""
    return "\n\n".join([simulation.scenario.name, bills(simulation, found)])


def bills(simulation: Simulation, found: pd.DataFrame) -> str:
    """The tables of a budget, without the name of the deal."""
    money, parts = simulation.scenario.currency, []
    for payer in found.index.get_level_values("payer").unique():
        parts += [f"What {payer} pays in {money}, net of what comes back to it", _rows(found.loc[payer], money)]
    return "\n\n".join([*parts, _said(simulation)])


def _rows(found: pd.DataFrame, money: str) -> str:
    """Figures without their errors, which stand in the table that the library returns; that of the mean is shown."""
    left = [str(name) for name in found.index.names]
    shown = [name for name in found.columns if not name.endswith("_mcse") and name not in ("starts", "ends")]
    heads = [*left, *(_CHANCES.get(name, name) for name in shown)]
    heads.insert(heads.index("mean") + 1, "std error")
    rows = []
    for key, row in found.iterrows():
        cells = [_cell(name, row[name], money) for name in shown]
        cells.insert(shown.index("mean") + 1, text.figure(row["mean_mcse"], money))
        rows.append([*_names(key), *cells])
    return table(rows, heads, tuple(range(len(left))))


def _names(key: Hashable) -> Sequence[str]:
    return [str(one) for one in key] if isinstance(key, tuple) else [str(key)]


def _cell(name: str, value: Any, money: str) -> str:
    return text.figure(value, "probability" if name in _CHANCES else money)


def _said(simulation: Simulation) -> str:
    return (
        "Means add up over the rows; quantiles do not, so the total has its own."
        f" {simulation.n_paths:,} simulated futures.\n{text.again(simulation)}"
    )
