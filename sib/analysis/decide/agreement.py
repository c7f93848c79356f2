"""`agreement`: who would sign, over a grid of two inputs: where the zone is in which all parties agree."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sib.analysis.columns import Kept, columns_of
from sib.analysis.decide.inputs import Input
from sib.analysis.decide.parties import Party
from sib.analysis.decide.space import Space
from sib.analysis.futures import Sampling, settled
from sib.analysis.summary import Row
from sib.arrays import Floats
from sib.calls import public
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem
from sib.run.blocks import BLOCK
from sib.run.recipe import Block, Deal
from sib.scenario.paths import steps_of
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

MOST: Final = 10_000  # points of a grid


@public
def agreement(
    scenario: Scenario,
    grid: Mapping[str | tuple[str, ...], Sequence[float]],
    parties: Mapping[str, Mapping[str, Any]],
    *,
    paths: int = 20_000,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
    stratified: bool = False,
    sampling: Way = "plain",
) -> pd.DataFrame:
    """Who would sign, over a grid of two inputs, such as a price and a threshold.

    Each party has its own measure of the deal, its own beliefs, and a worth from which it agrees.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.
    grid : mapping of str to sequence of float
        Two inputs, each with its values: a path; a pattern, as in "payments.*.pays.per_unit", or several paths in a
        tuple, with factors on all of them.
    parties : mapping of str to mapping
        By name, what each party asks for. Its keys:

        - `measure`: a figure of the summary, or `false_payment_probability`; of a `tranche`, or of what a `payer`
          pays; against a `hurdle` or a `hurdle_multiple` where it is the chance that this is reached. Or, in its place,
        - `values_outcome_at`: what one true outcome is worth to the party, a price, or prices by metric. Its worth is
          then the value of the true outcomes less all that the outcome payers, or `payer`, pay net; as of the start.
        - `at_least` or `at_most`: from where it agrees, at equality too. Of a net value at least 0 by default.
        - `beliefs`: what it believes otherwise than the scenario, by path, as `Scenario.replace` takes it.
        - `rate`: what a year's wait costs it, a decimal: of `npv_mean`, in place of the tranches' rates, or of a net
          value, which is not discounted without one.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`. All points and parties are simulated on one seed.

    Returns
    -------
    DataFrame
        A row a point and party: the two inputs; `party`; `worth`, with its Monte Carlo error `worth_mcse`; what it
        `needs`; whether it `agrees`, and whether all do (`all_agree`); and `near`, whether its worth is within two
        errors of what it needs, so that another seed may find the opposite. A worth that is not given (NaN: a deal
        that has no rate of return) is none that anybody agrees to.

    Raises
    ------
    InputError
        Where the grid has not two inputs or too many points, a rule refuses a point, there is no party, or what a
        party asks for is not known.

    Notes
    -----
    The lower border of a price is what the programme and its finance cost, the upper what the outcomes are worth
    (Tortorice et al. 2020); what parties believe apart moves both.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> grid = {"payments.*.pays.per_unit": [0.5, 1.0, 2.0], "payments.pooled.when.improvement": [0.05, 0.10]}
    >>> parties = {
    ...     "investors": {"measure": "loss_probability", "at_most": 0.50},
    ...     "ministry": {"values_outcome_at": 20_000, "beliefs": {"beliefs.effects.reconvictions.mean": 0.07}},
    ... }
    >>> table = sib.agreement(plan, grid, parties, paths=2_000, rng=1)
    >>> table["party"].tolist()[:2], table.shape
    (['investors', 'ministry'], (12, 9))
    """
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    space, points = _grid(scenario, grid, how)
    asked = _parties(space, parties)
    found: dict[str, list[Row]] = {}
    for together in _alike(asked):
        found |= _worths(replace(space, scenario=together[0].scenario), points, together, how)
    lines = []
    for number, point in enumerate(points.tolist()):
        worths = [(party, found[party.name][number]) for party in asked]
        all_agree = all(party.agrees(row.estimate) for party, row in worths)
        for party, row in worths:
            lines.append(
                {
                    **{of.name: value for of, value in zip(space.inputs, point, strict=True)},
                    "party": party.name,
                    "worth": row.estimate,
                    "worth_mcse": row.mcse,
                    "needs": party.needs,
                    "agrees": party.agrees(row.estimate),
                    "all_agree": all_agree,
                    "near": party.near(row.estimate, row.mcse),
                }
            )
    import pandas as pd

    frame = pd.DataFrame(lines)
    frame.attrs = {"units": {of.name: of.unit for of in space.inputs}}
    return frame


def _grid(scenario: Scenario, grid: Mapping[Any, Sequence[float]], how: Sampling) -> tuple[Space, Floats]:
    """The two inputs, and the points of the grid, (points, 2)."""
    if len(grid) != 2:
        rule = "two inputs, each with its values"
        remedy = 'pass {"payments.*.pays.per_unit": [0.8, 1, 1.2], "payments.pooled.when.improvement": [0.05, 0.1]}'
        raise InputError(Problem("grid", list(grid), rule, remedy))
    space = Space.of(scenario, [Input.of(scenario, name, "grid") for name in grid], "grid")
    for name, values in grid.items():
        if not values or len(set(values)) < len(values):
            rule = "different numbers, one at least"
            raise InputError(Problem(f"grid[{name!r}]", values, rule, "write, for example, [0.05, 0.10]"))
    number = math.prod(map(len, grid.values()))
    if number > MOST:
        rule = f"{MOST:,} points at most: on {how.paths:,} paths these would take about {_long(scenario, number, how)}"
        raise InputError(Problem("grid", f"{number:,} points", rule, "pass fewer values of each input"))
    return space, np.array(list(product(*grid.values())))


def _parties(space: Space, parties: Mapping[str, Mapping[str, Any]]) -> list[Party]:
    """The parties; what they believe is no input of the grid."""
    if not parties:
        remedy = 'pass {"investors": {"measure": "expected_cash_irr", "at_least": 0.05}}'
        raise InputError(Problem("parties", parties, "who has to agree: one party at least", remedy))
    moved = [steps_of(path) for of in space.inputs for path in of.shares]
    for name, given in parties.items():
        believed = given.get("beliefs")
        rate = given.get("rate") is not None and "values_outcome_at" not in given
        if rate and any(steps[:2] == ["beliefs", "discount_rates"] for steps in moved):
            rule = "a rate of the party's own, where the grid does not vary discount rates"
            raise InputError(Problem(f"parties[{name!r}].rate", given["rate"], rule, "leave it out of one of the two"))
        for path in believed if isinstance(believed, Mapping) else ():
            steps = steps_of(str(path))
            if any(steps == other[: len(steps)] or other == steps[: len(other)] for other in moved):
                rule = "beliefs that the grid does not vary: there they are those of all parties"
                raise InputError(Problem(f"parties[{name!r}].beliefs", path, rule, "leave it out of one of the two"))
    return [Party.of(space.scenario, name, given) for name, given in parties.items()]


def _alike(parties: Sequence[Party]) -> list[list[Party]]:
    """Parties whose worths are taken of one scenario, together."""
    found: list[tuple[Scenario, list[Party]]] = []
    for party in parties:
        about = party.worth.about(party.scenario)
        for scenario, together in found:
            if scenario == about:
                together.append(party)
                break
        else:
            found.append((about, [party]))
    return [together for _, together in found]


def _worths(space: Space, points: Floats, parties: Sequence[Party], how: Sampling) -> dict[str, list[Row]]:
    """What the deal is worth to parties that believe alike, at each point, by party."""
    deals = [Deal.of(parties[0].worth.about(scenario)) for scenario in space.scenarios(points)]
    keep = partial(_each, keeps=tuple(party.worth.keep for party in parties))
    width = sum(len(party.worth.columns) for party in parties)
    found: dict[int, list[Row]] = {}
    title = f"{len(deals)} points: {', '.join(party.name for party in parties)}"
    with settled(deals, how, keep, title=title, width=width) as results:
        for position, parts in results:
            kept = zip(*parts, strict=True)
            found[position] = [party.worth.row(each, how.batch) for party, each in zip(parties, kept, strict=True)]
    return {party.name: [found[at][number] for at in range(len(deals))] for number, party in enumerate(parties)}


def _each(block: Block, keeps: tuple[Any, ...]) -> tuple[Kept, ...]:
    """What each party's worth is worked out from."""
    return tuple(keep(block) for keep in keeps)


def _long(scenario: Scenario, points: int, how: Sampling) -> str:
    """How long so many points take, as one takes."""
    few = replace(how, paths=min(how.paths, BLOCK), progress=False)
    began = time.perf_counter()
    with settled([Deal.of(scenario)], few, columns_of, title="") as results:
        list(results)
    minutes = (time.perf_counter() - began) * points * how.paths / few.paths / 60
    return f"{minutes / 60:,.0f} hours" if minutes >= 90 else f"{math.ceil(minutes):,} minutes"
