"""How results look in a notebook. Registered with IPython's formatters when the library is imported there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from sib.analysis.decide.holdings import Portfolio
from sib.analysis.evidence.chain_ladder import ChainLadder
from sib.analysis.evidence.update import Update
from sib.analysis.ledger import Ledger
from sib.analysis.simulation import Simulation
from sib.scenario.scenario import Scenario
from sib.show import holdings, html
from sib.show.text import lines, meaning

if TYPE_CHECKING:
    import pandas as pd

_SIMULATION = """
<div class="tex2jax_ignore mathjax_ignore">
<strong>{{ simulation.scenario.name }}</strong>: {{ "{:,}".format(simulation.n_paths) }} simulated futures
<table>
<thead><tr><th style="text-align:left">figure</th><th>estimate</th><th>standard error</th>
<th style="text-align:left">unit</th><th style="text-align:left">on which paths</th></tr></thead>
<tbody>{% for line in lines %}
<tr><td style="text-align:left">{{ line.label }}</td><td>{{ line.value }}</td><td>{{ line.error }}</td>
<td style="text-align:left">{{ line.unit }}</td>
<td style="text-align:left">{{ line.given or "all" }}</td></tr>{% endfor %}
</tbody></table>
<p style="max-width:50em">{{ meaning }}</p></div>
"""

_PORTFOLIO = """
<div class="tex2jax_ignore mathjax_ignore"><p style="max-width:50em">{{ deals.notes[0] }}</p>
<table>
<thead><tr><th style="text-align:left">deal</th>
{%- for head in deals.heads[1:] %}<th>{{ head }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in deals.rows %}
<tr><td style="text-align:left">{{ row[0] }}</td>{% for figure in row[1:] %}<td>{{ figure }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody></table><p>Money in {{ portfolio.currency }}, positive = lost.</p></div>
"""

_SCENARIO = """
<div class="tex2jax_ignore mathjax_ignore"><strong>{{ scenario.name }}</strong>
<p style="max-width:50em">{{ scenario.summary }}</p>
<table>
<thead><tr><th style="text-align:left">figure</th><th>value</th><th style="text-align:left">unit</th>
<th style="text-align:left">status</th><th style="text-align:left">source or reasoning</th></tr></thead>
<tbody>{% for path, row in figures %}
<tr><td style="text-align:left"><code>{{ path }}</code></td><td>{{ row["value"] }}</td>
<td style="text-align:left">{{ row["unit"] }}</td><td style="text-align:left">{{ row["status"] }}</td>
<td style="text-align:left">{{ row["source"] }}</td></tr>{% endfor %}
</tbody></table></div>
"""


# so that no dollar begins a formula: the classes that MathJax 2 and 3 leave alone
_FRAMES = """
<div class="tex2jax_ignore mathjax_ignore"><strong>{{ head }}</strong>
{% for table in tables %}{{ table }}{% endfor %}</div>
"""


_template = cache(html.template)


def simulation_html(simulation: Simulation) -> str:
    """A simulation as HTML: its figures and what they mean."""
    found = lines(simulation)
    return _template(_SIMULATION).render(simulation=simulation, lines=found, meaning=meaning(simulation))


def portfolio_html(portfolio: Portfolio) -> str:
    """A portfolio as HTML: what it says, and its deals."""
    return _template(_PORTFOLIO).render(portfolio=portfolio, deals=holdings.deals(portfolio))


def scenario_html(scenario: Scenario) -> str:
    """A scenario as HTML: every figure with its source."""
    figures = [(path, row) for path, row in scenario.assumptions().iterrows()]
    return _template(_SCENARIO).render(scenario=scenario, figures=figures)


def update_html(update: Update) -> str:
    """A deal in mid-contract as HTML: what was seen against what was expected, and what is believed now."""
    return _frames(repr(update)[1:-1], update.surprise, update.beliefs)


def chain_ladder_html(ladder: ChainLadder) -> str:
    """A chain ladder as HTML: its origins, and how figures grow with age."""
    return _frames(repr(ladder)[1:-1], ladder.origins, ladder.development)


def ledger_html(ledger: Ledger) -> str:
    """A ledger as HTML: its movements."""
    return _template(_FRAMES).render(
        head=repr(ledger)[1:-1], tables=[html.frame(ledger.to_frame(), "{:,.2f}".format, index=False)]
    )


def _frames(head: str, *tables: pd.DataFrame) -> str:
    """Tables with their numbers as people write them."""
    shown = [html.frame(table, _number, rows=60) for table in tables if len(table)]
    return _template(_FRAMES).render(head=head, tables=shown)


def _number(value: float) -> str:
    """A number with separators of thousands: large ones without decimals, never with an exponent."""
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if value == 0 or abs(value) >= 1e-4 else f"{value:.6f}"


_SHOWN: dict[type, Callable[[Any], str]] = {
    Simulation: simulation_html,
    Portfolio: portfolio_html,
    Scenario: scenario_html,
    Update: update_html,
    ChainLadder: chain_ladder_html,
    Ledger: ledger_html,
}


def register() -> None:
    """Teach IPython, where it is running, how to show results; does nothing elsewhere."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None and hasattr(shell, "get_ipython") else None
    if running is None:
        return
    formatter = running.display_formatter.formatters["text/html"]
    for kind, as_html in _SHOWN.items():
        formatter.for_type(kind, as_html)
