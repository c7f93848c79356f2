"""Cash by period and budgets by year as people read them. Rounds with `text`, and works nothing out."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from sib.analysis.simulation import Simulation
from sib.scenario.layout import table
from sib.show import text
from sib.show.worded import Worded

if TYPE_CHECKING:
    import pandas as pd

_CHANCES = {"chance_of_any": "anything is due", "chance_above": "above budget"}


def cash(simulation: Simulation, party: str, found: pd.DataFrame) -> str:
    """What `Simulation.cash` returned."""
    money = simulation.scenario.currency
    head = f"{simulation.scenario.name}\n\nNet cash of {party} in {money}, positive = received"
    return "\n\n".join([_above(_worded(head, found, money)), _said(simulation)])


def budget(simulation: Simulation, found: pd.DataFrame) -> str:
    """What `Simulation.budget` returned: a table for each payer."""
    return "\n\n".join([simulation.scenario.name, bills(simulation, found)])


def bills(simulation: Simulation, found: pd.DataFrame) -> str:
    """The tables of a budget, without the name of the deal."""
    return "\n\n".join([*map(_above, by_payer(simulation, found)), _said(simulation)])


def by_payer(simulation: Simulation, found: pd.DataFrame) -> list[Worded]:
    """What `Simulation.budget` returned: a table for each payer."""
    money = simulation.scenario.currency
    return [
        _worded(f"What {payer} pays in {money}, net of what comes back to it", found.loc[payer], money)
        for payer in found.index.get_level_values("payer").unique()
    ]


def _above(found: Worded) -> str:
    """A table as a terminal prints it, under its caption."""
    return f"{found.caption}\n\n{table([list(row) for row in found.rows], list(found.heads), found.left)}"


def _worded(caption: str, found: pd.DataFrame, money: str) -> Worded:
    """Figures without their errors, which stand in the table that the library returns; that of the mean is shown."""
    left = [str(name) for name in found.index.names]
    shown = [name for name in found.columns if not name.endswith("_mcse") and name not in ("starts", "ends")]
    heads = [*left, *map(_head, shown)]
    heads.insert(heads.index("mean") + 1, "std error")
    rows = []
    for key, row in found.iterrows():
        cells = [_cell(name, row[name], money) for name in shown]
        cells.insert(shown.index("mean") + 1, text.figure(row["mean_mcse"], money))
        rows.append([*_names(key), *cells])
    return Worded(caption, heads, rows, tuple(range(len(left))))


def _head(name: str) -> str:
    """What stands above a column: of a quantile, how many futures are below it."""
    if name in _CHANCES:
        return _CHANCES[name]
    quantile = re.fullmatch(r"p([\d.]+)", name)
    return "median" if name == "p50" else f"{float(quantile[1]):.10g}%" if quantile else name


def _names(key: Hashable) -> Sequence[str]:
    return [str(one) for one in key] if isinstance(key, tuple) else [str(key)]


def _cell(name: str, value: Any, money: str) -> str:
    return text.figure(value, "probability" if name in _CHANCES else money)


def _said(simulation: Simulation) -> str:
    return (
        "Means add up over the rows; quantiles do not, so the total has its own."
        f" {simulation.n_paths:,} simulated futures.\n{text.again(simulation)}"
    )
