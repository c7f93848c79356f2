"""Figures: what is read from settled blocks, where they are worked out. Arrays only; the tables are made elsewhere.

These functions travel to the workers of an executor, and what they return travels back: it is kept small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from sib.analysis.measured import published
from sib.engine.ledger import Book, Entry
from sib.engine.plan import Plan
from sib.engine.run import Block
from sib.measures.discounting import Flows
from sib.measures.irr import irr_of

Floats = NDArray[np.float64]
Columns = dict[str, Floats]

Kept = tuple[Columns, list[float], list[Entry], float]  # columns, sums of movements, their texts, effective paths

COLUMNS = ("payment", "drawn", "received", "npv", "irr")  # what is kept of each path


def figures(plan: Plan, book: Book, parties: Collection[str]) -> Columns:
    """The five figures a path: what the payers paid, and what some tranches put in, received and earned together.

    What a tranche owed besides its capital is taken from what it received.
    """
    tranches = [tranche for tranche in plan.tranches if tranche.name in parties]
    years = (plan.years - plan.years[0])[:, None]
    together = Flows(years, *book.flows(parties))
    each = [Flows(years, *book.flows((tranche.name,))) if len(tranches) > 1 else together for tranche in tranches]
    drawn = sum((book.drawn(tranche.name) for tranche in tranches), np.zeros(book.paths))
    paid = sum((book.paid(tranche.name) for tranche in tranches), np.zeros(book.paths))
    received = sum((book.received(tranche.name) for tranche in tranches), np.zeros(book.paths))
    worth = [flows.npv(tranche.discount_rate) for flows, tranche in zip(each, tranches, strict=True)]
    return {
        "payment": net_payment(plan, book),
        "drawn": drawn,
        "received": received - (paid - drawn),
        "npv": np.sum(worth, axis=0),
        "irr": irr_of(together),
    }


def net_payment(plan: Plan, book: Book) -> Floats:
    """What was paid for outcomes in all, less what was paid back, (paths,). Fixed payments are no part of it."""
    labels = plan.outcome_labels
    owed = {f"{label}, owed" for label in labels}
    total = np.zeros(book.paths)
    for entry in book.entries:
        if entry.label in labels and entry.payer in plan.payers:
            total += entry.amount
        elif entry.label in owed:
            total -= entry.amount
    return total


def columns_of(block: Block) -> Columns:
    """The five figures a path of all tranches together."""
    return figures(block.plan, block.book, block.plan.investors)


def of_tranches(block: Block, names: tuple[str, ...]) -> dict[str, Columns]:
    """The five figures a path of some tranches, each by itself."""
    return {name: figures(block.plan, block.book, (name,)) for name in names}


def end_to_end(parts: Iterable[Columns]) -> Columns:
    """The columns of all parts."""
    found = list(parts)
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def kept_of(block: Block) -> Kept:
    """What a simulation keeps of a block: its columns, the sum of each ledger entry, their texts, what it is worth."""
    book = block.book
    columns = columns_of(block)
    sums = [float(np.sum(entry.amount)) * (book.paths if np.ndim(entry.amount) == 0 else 1) for entry in book.entries]
    return columns, sums, [entry._replace(amount=0.0) for entry in book.entries], block.effective


def positions(block: Block) -> list[Floats]:
    """Investors' cumulative cash by date."""
    cash = np.sum([block.book.cash(name) for name in block.plan.investors], axis=0)
    return list(np.cumsum(cash, axis=0))


def detail(block: Block) -> Columns:
    """Everything about each path, as `Simulation.paths` names it."""
    columns: Columns = {}
    for metric, outcome, result in zip(block.plan.metrics, block.outcomes, block.results, strict=True):
        reads = published(metric)
        for i, name in enumerate(metric.results):
            if outcome.effect is not None:
                columns[f"{metric.name}.{name}.{'effect' if metric.compared else 'expected'}"] = outcome.effect[i]
            columns[f"{metric.name}.{name}.{reads}"] = result.read(reads, (i,))
        everyone = tuple(range(len(metric.results)))
        columns[f"{metric.name}.pooled.{reads}"] = result.read(reads, everyone[-1:] if metric.cumulative else everyone)
    labels = {claim.label for step in block.plan.steps for claim in step.claims}
    for entry in block.book.entries:
        if entry.label in labels:
            key = f"payments.{entry.label}"
            columns[key] = columns.get(key, np.zeros(block.book.paths)) + entry.amount
    for party in block.plan.investors if len(block.plan.investors) > 1 else ():
        columns[f"{party}.drawn"] = block.book.paid(party)
        columns[f"{party}.received"] = block.book.received(party)
    return columns
