"""Payments written as a rate card, where a card says the same: what `to_toml` does with a scenario's plain data.

The other way round from `rate_cards.py`. Prices at the beginning of the payments that one card can make, with their
metrics at the end of the metrics, become its lines; whatever does not come back the same stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from sib.scenario.rate_cards import CAPS, SHARED, resolved

Data = Mapping[str, Any]

_FEWEST: Final = 3  # lines of a card that is worth its heading
_EMPTIED: Final = {"metrics", "payments", "limits", "beliefs"}  # what may all have gone into the card
_KEYS: Final = {"name", "metric", "scope", "pays", "published_from", "published_until", *SHARED}


def folded(data: Data) -> dict[str, Any]:
    """The data with a rate card in place of the prices that it stands for, where there is one.

    Examples
    --------
    >>> reported = {"months_after_enrolment": 6}
    >>> items = [{"metric": name, "price": 500.0} for name in ("job", "home", "course")]
    >>> card = {"name": "rate card", "reported": reported, "items": items}
    >>> folded(resolved({"rate_cards": [card]}))["rate_cards"] == [card]
    True
    """
    plain = dict(data)
    prices = list(takewhile(_is_price, plain.get("payments", ())))
    while len(prices) >= _FEWEST:
        found = _with_card(plain, prices)
        if found is not None and resolved(found) == plain:
            return found
        prices.pop()
    return plain


def _last(items: Sequence[Data], fits: Any) -> list[Data]:
    """The items at the end of a list that all fit."""
    return list(takewhile(fits, reversed(items)))[::-1]


def _is_price(payment: Data) -> bool:
    pays = payment.get("pays", {})
    named = payment.get("name", "") == payment.get("metric") or _phase(payment) is not None
    return named and set(payment) <= _KEYS and "per_unit" in pays and set(pays) <= {"per_unit", "rises"}


def _phase(payment: Data) -> str | None:
    """The phase of a payment that is called after its metric and its phase."""
    before = f"{payment.get('metric')}, "
    dated = "published_from" in payment or "published_until" in payment
    return payment["name"].removeprefix(before) if dated and payment["name"].startswith(before) else None


def _with_card(data: Data, prices: Sequence[Data]) -> dict[str, Any] | None:
    """The data with a card for these prices; None where they have too little in common."""
    common = {key: prices[0][key] for key in SHARED if key in prices[0]}
    if any({key: price[key] for key in SHARED if key in price} != common for price in prices):
        return None
    read = list(dict.fromkeys(price["metric"] for price in prices))
    metrics = _last(data.get("metrics", ()), lambda metric: metric["name"] in read)
    reported = next((metric["reported"] for metric in metrics if "reported" in metric), None)
    if reported is None:
        return None
    limits = list(data.get("limits", ()))
    last = limits[-1] if limits else {}
    capped = last.get("on") == [price["name"] for price in prices] and set(last) <= {"name", "on", *CAPS}
    caps = {key: last[key] for key in CAPS if capped and key in last}
    made = {metric["name"]: metric for metric in metrics}
    beliefs = dict(data.get("beliefs", {}))
    levels = dict(beliefs.get("levels", {}))
    items = [_item(price, made, levels) for price in prices]
    phases = {phase: _times(price) for price in prices if (phase := _phase(price)) is not None}
    name = last["name"] if capped else "rate card"
    card = {"name": name, "reported": reported, **common, **caps, "phases": phases, "items": items}
    if not phases:
        del card["phases"]
    found = {
        **data,
        "metrics": data["metrics"][: -len(metrics)],
        "payments": data["payments"][len(prices) :],
        "limits": limits[:-1] if capped else limits,
        "rate_cards": [card],
        "beliefs": {**beliefs, "levels": levels} if levels else {k: v for k, v in beliefs.items() if k != "levels"},
    }
    return {key: value for key, value in found.items() if key not in _EMPTIED or value}


def _times(price: Data) -> dict[str, Any]:
    keys = {"from": "published_from", "until": "published_until"}
    return {key: price[of] for key, of in keys.items() if of in price}


def _item(price: Data, made: Mapping[str, Data], levels: dict[str, Any]) -> dict[str, Any]:
    """A line; what is believed of a metric that the card makes is taken out of the levels at its first line."""
    name, pays = price["metric"], price["pays"]
    item = {"metric": name, "price": pays["per_unit"]}
    metric = made.get(name, {})
    item |= {"among": metric["among"]} if "among" in metric else {}
    item |= {} if metric.get("once", not metric) else {"repeats": True}
    item |= {"rises": pays["rises"]} if "rises" in pays else {}
    phase = _phase(price)
    item |= {} if phase is None else {"phase": phase}
    if metric and name in levels:
        item["believed"] = levels.pop(name)
    return item
