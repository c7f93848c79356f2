"""What is paid for outcomes that would have come anyway. What `Simulation.deadweight` says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.columns import Reading
from sib.analysis.futures import Futures
from sib.analysis.sums import Means, Sums
from sib.errors import MISSING, InputError, Problem
from sib.measures.ratio import ratio_of_means
from sib.run.recipe import Block
from sib.scenario.paths import in_quotes
from sib.scenario.scenario import Scenario
from sib.settlement.book import Kind

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = [
    *("metric", "share", "share_mcse", "paid_mean", "paid_mean_mcse"),
    *("paid_for_nothing_mean", "paid_for_nothing_mean_mcse"),
]


def deadweight(scenario: Scenario, futures: Futures, payers: tuple[str, ...]) -> pd.DataFrame:
    """See `Simulation.deadweight`."""
    import pandas as pd

    believed, timetable = _believed(scenario), scenario.timetable
    priced = {
        name: payment.metric
        for name, payment in timetable.payments.items()
        if payment.metric is not None and payment.metric in believed and set(payers) & set(timetable.shares(name))
    }
    shares = {place: believed[priced[name]] for place, name in enumerate(timetable.payments) if name in priced}
    found = Means.over(futures, list(futures.map(partial(_paid, shares=shares, payers=payers, batch=futures.batch))))
    *means, nothing, paid = zip(found.mean, found.error, strict=True)
    rows = [
        [metric, believed[metric], 0.0, mean, error, believed[metric] * mean, believed[metric] * error]
        for metric, (mean, error) in zip(priced.values(), means, strict=True)
    ]
    share, _ = ratio_of_means(found.sums[-2:], found.spread[-2:, -2:], found.freedom)
    rows.append(["", share.estimate, share.mcse, *paid, *nothing])
    return pd.DataFrame(rows, index=pd.Index([*priced, "total"], name="payment", dtype="object"), columns=_COLUMNS)


def _believed(scenario: Scenario) -> Mapping[str, float]:
    """The deadweight by metric; refused where none is believed."""
    if scenario.beliefs.deadweight:
        return scenario.beliefs.deadweight
    paid_for = {payment.metric for payment in scenario.payments}
    verified = [name for name in scenario.timetable.verified if name in paid_for]
    remedy = "ask a deal that pays on what is compared with nothing; a comparison takes out what would have come anyway"
    if verified:
        remedy = (
            f"add, for example, `{in_quotes(verified[0])} = 0.35` to the table [beliefs.deadweight]; simulate again"
        )
    rule = "what is paid for nothing follows from the share of a metric's outcomes that would have come anyway"
    raise InputError(Problem("beliefs.deadweight", MISSING, rule, remedy))


def _paid(block: Block, shares: Mapping[int, float], payers: tuple[str, ...], batch: int | None) -> Sums:
    """What is paid on a path: on each of some payments, of these for nothing, and for outcomes in all."""
    paid = {place: np.zeros(block.book.paths) for place in shares}
    for entry in block.book.entries:
        if entry.payment in paid and entry.kind == Kind.OUTCOME and entry.payer in payers:
            paid[entry.payment] += entry.amount
        elif entry.payment in paid and entry.kind == Kind.OUTCOME_OWED and entry.payee in payers:
            paid[entry.payment] -= entry.amount
    nothing = sum((shares[place] * amount for place, amount in paid.items()), np.zeros(block.book.paths))
    reading = Reading(block.deal.contract, block.book, block.deal.contract.investors, payers)
    return Sums.of(np.stack((*paid.values(), nothing, reading.payment)), batch)
