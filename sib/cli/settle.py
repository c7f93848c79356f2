"""`sib settle`: who pays whom on measured results."""

from __future__ import annotations

import sib
from sib.cli.app import app
from sib.cli.options import ScenarioArgument
from sib.cli.results import ResultOption, ResultsOption, measured_of
from sib.cli.terminal import say
from sib.run.recipe import Deal
from sib.show import settled, statement


@app.command()
def settle(
    scenario: ScenarioArgument,
    result: ResultOption = None,
    results: ResultsOption = None,
) -> None:
    """Settle a scenario on measured results: each claim, who pays whom, and what each tranche makes of it."""
    loaded = sib.load(scenario)
    measured = measured_of(loaded, result, results)
    ledger = sib.settle(loaded, measured)
    if measured:
        say(f"{statement.read(loaded, Deal.of(loaded).model, measured)}\n")
    say(f"{statement.statement(loaded, ledger)}\n")
    say(settled.settlement(loaded, ledger))
