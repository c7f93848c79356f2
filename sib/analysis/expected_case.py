"""`expected_case`: the one future in which all goes as believed."""

from __future__ import annotations

from sib.analysis.ledger import Ledger
from sib.analysis.simulate import simulate
from sib.calls import public
from sib.scenario.scenario import Scenario


@public
def expected_case(scenario: Scenario) -> Ledger:
    """Settle the one future in which nothing is left to chance: what most spreadsheets call the expected case.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.

    Returns
    -------
    Ledger
        With effects, costs and referrals at their means, delays the likeliest, and persons, comparison and evaluator
        without luck (convention 15).

    Raises
    ------
    InputError
        Where it is no scenario.

    Notes
    -----
    It is not what is to be expected: where a contract pays in jumps and is capped, the cash of the mean future is not
    the mean of the futures' cash. For that see `simulate`, whose `ledger()` has the mean of every movement.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> as_planned = sib.expected_case(plan).multiple("investors")
    >>> in_the_mean = sib.simulate(plan, 10_000, rng=1).summary().loc["multiple_mean", "estimate"]
    >>> bool(as_planned > 1 > in_the_mean)
    True
    """
    return simulate(scenario, 1, rng=0, chance=()).ledger(0)
