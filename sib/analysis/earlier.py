"""Scenarios of saved simulations as they were written then, in the keys of today. `saved.py` reads through this."""

from __future__ import annotations

from typing import Any

from sib.scenario.rules.names import alike


def as_written_today(data: dict[str, Any]) -> dict[str, Any]:
    """A saved scenario's data: limits cap the return on costs by its name, and parties are introduced.

    A simulation was checked when it was saved, so whoever it names is a party.
    """
    data = dict(data)
    data["limits"] = [
        {("return_on_costs" if key == "annual_return" else key): value for key, value in limit.items()}
        for limit in data.get("limits", ())
    ]
    if not data["limits"]:
        del data["limits"]
    if "sources" in data:
        data["sources"] = {_renamed(path): source for path, source in data["sources"].items()}
    if "parties" not in data:
        costs = [cost["to"] for cost in data.get("costs", ())]
        known = [
            data["outcome_payer"],
            data.get("vehicle", "vehicle"),
            *(tranche["name"] for tranche in data["tranches"]),
        ]
        listed = [name for name in _named(data) if name not in (*known, *costs)]
        listed += [name for name in costs if any(alike(name, other) for other in (*known, *costs, *listed))]
        data |= {"parties": list(dict.fromkeys(listed))} if listed else {}
    return data


def _renamed(path: str) -> str:
    head, _, last = path.rpartition(".")
    return f"{head}.return_on_costs" if head.startswith("limits.") and last == "annual_return" else path


def _named(data: dict[str, Any]) -> list[str]:
    """Everybody whom a scenario names without introducing them."""
    found: list[str] = []
    for payment in data.get("payments", ()):
        found += [payment[key] for key in ("payer", "to", "owed_by") if key in payment]
        found += payment.get("payers", {})
    found += [tranche["guarantee"]["by"] for tranche in data["tranches"] if "guarantee" in tranche]
    for remainder in data.get("remainders", ()):
        found += [name for tier in remainder.get("tiers", [remainder]) for name in tier["shares"]]
    found += [event["paid_by"] for event in data.get("events", ()) if "paid_by" in event]
    return found
