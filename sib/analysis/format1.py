"""The first format of a saved simulation, whose ledger had no kinds: they are found by who paid whom under which label.

The words that stand here are those of that format, whatever later ones say. In its time no payment could be called by
one of them or like an event, so that between two parties a label told the kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sib.settlement.book import Kind
from sib.settlement.contract import Contract

_FROM_VEHICLE = {
    "interest": Kind.INTEREST,
    "repayment": Kind.REPAYMENT,
    "return": Kind.RETURN,
    "wind-up: unspent capital": Kind.UNSPENT,
}


def with_kinds(contract: Contract, rows: Iterable[list[Any]]) -> Iterable[list[Any]]:
    """The rows of such a ledger (date, payer, payee, label, amount) with the kind before the label.

    Raises
    ------
    KeyError
        Where the contract makes no such movement.
    """
    kinds = kinds_of(contract)
    return [[day, payer, payee, kinds[payer, payee, label], label, amount] for day, payer, payee, label, amount in rows]


def kinds_of(contract: Contract) -> Mapping[tuple[str, str, str], Kind]:
    """The kind of each movement that a contract could make, by payer, payee and label."""
    vehicle, found = contract.vehicle, dict[tuple[str, str, str], Kind]()
    for tranche in contract.tranches:
        found |= {(tranche.name, vehicle, kind.value): kind for kind in (Kind.DRAW, Kind.REDRAW)}
        found |= {(vehicle, tranche.name, label): kind for label, kind in _FROM_VEHICLE.items()}
        if tranche.guarantor is not None:
            found[tranche.guarantor, tranche.name, "guarantee"] = Kind.GUARANTEE
    for pool in (*contract.pools, contract.winding_up):
        found |= {(vehicle, party, "what remains"): Kind.LEFT_OVER for party, _, place in pool.takers if place is None}
    for step in contract.steps:
        for cost in step.costs:
            for label in (cost.label, f"{cost.label}, late", f"{cost.cost}, deferred"):
                found[vehicle, cost.to, label] = Kind.COST
        for redemption in step.redemptions:
            for payer in (vehicle, redemption.paid_by):
                found[payer, contract.tranches[redemption.tranche].name, redemption.event] = Kind.REDEMPTION
        for claim in step.claims:
            for payer, _ in claim.payers:
                found[payer, claim.to, claim.label] = claim.kind
                if claim.owed_by is not None:
                    found[claim.owed_by, payer, f"{claim.label}, owed"] = claim.kind_owed
    return found
