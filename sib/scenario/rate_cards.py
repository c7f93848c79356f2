"""Rate cards resolved: each line to a metric and a payment, a card's ceilings to a limit. Before terms are made.

A scenario is kept in one form. A card and the metrics, payments and limit that it stands for, written out one by one,
are the same scenario; what is written (`to_toml`) is these. Works on plain data, and leaves alone what is no card: the
terms say what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sib.terms.rate_card import Item, RateCard

_CARDS: TypeAdapter[tuple[RateCard, ...]] = TypeAdapter(tuple[RateCard, ...])
_SHARED = ("months_after_result", "end_of_month", "payer", "payers", "to", "cohorts")  # keys of a payment


def resolved(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with what its rate cards stand for in their place; as they are, where one of them is not valid.

    Examples
    --------
    >>> reported = {"months_after_enrolment": 6}
    >>> card = {"name": "card", "reported": reported, "items": [{"metric": "job", "price": 500}]}
    >>> found = resolved({"rate_cards": [card]})
    >>> [metric["name"] for metric in found["metrics"]], found["payments"][0]["pays"]
    (['job'], {'per_unit': 500.0})
    """
    plain = dict(data)
    try:
        cards = _CARDS.validate_python(list(plain["rate_cards"]))
    except (KeyError, TypeError, ValidationError):
        return plain
    del plain["rate_cards"]
    known = {metric.get("name") for metric in _tables(plain.get("metrics"))}
    levels: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    for card in cards:
        made = _made(card, known)
        known |= {metric["name"] for metric in made["metrics"]}
        for key, items in made.items():
            plain[key] = [*plain.get(key, ()), *items]
        levels |= {item.metric: _plain(item)["believed"] for item in card.items if item.believed is not None}
        sources |= _sources(card, made)
    if levels and isinstance(plain.get("beliefs", {}), Mapping):
        beliefs = dict(plain.get("beliefs", {}))
        plain["beliefs"] = beliefs | {"levels": {**levels, **beliefs.get("levels", {})}}
    if isinstance(plain.get("sources"), Mapping):
        plain["sources"] = _of_cards(plain["sources"], sources)
    return plain


def _made(card: RateCard, known: set[Any]) -> dict[str, list[dict[str, Any]]]:
    """The metrics that are not known yet, the payments, and the limit of a card, as plain data."""
    shared, reported = _plain(card), _plain(card)["reported"]
    metrics: dict[str, dict[str, Any]] = {}
    for item in card.items:
        if item.metric not in known and item.metric not in metrics:
            metric: dict[str, Any] = {"name": item.metric, "kind": "total", "better": "higher"}
            metric |= {} if item.repeats else {"once": True}
            metrics[item.metric] = metric | ({"reported": reported} if item.among is None else {"among": item.among})
    common = {key: shared[key] for key in _SHARED if key in shared}
    scope = "period" if card.reported.by_period else "cohort"
    payments = [
        {"name": name, "metric": item.metric, "scope": scope, "pays": _pays(card, item)} | common | own
        for name, item, own in _lines(card)
    ]
    caps: dict[str, Any] = {key: shared[key] for key in ("amount", "per_person") if key in shared}
    on = [payment["name"] for payment in payments]
    return {
        "metrics": list(metrics.values()),
        "payments": payments,
        "limits": [{"name": card.name, "on": on, **caps}] if caps else [],
    }


def _lines(card: RateCard) -> Iterator[tuple[str, Item, dict[str, Any]]]:
    """Each line of a card with the name of its payment, and what that has of its own."""
    for item in card.items:
        own: dict[str, Any] = {}
        if item.payer is not None:
            own |= {"payer": item.payer, "payers": {}}
        if item.phase is None:
            yield item.metric, item, own
            continue
        phase = card.phases[item.phase]
        times = {"published_from": phase.starts, "published_until": phase.until}
        yield f"{item.metric}, {item.phase}", item, own | {key: day for key, day in times.items() if day is not None}


def _pays(card: RateCard, item: Item) -> dict[str, Any]:
    rises = _plain(item).get("rises", _plain(card).get("rises"))
    return {"per_unit": item.price} | ({} if rises is None else {"rises": rises})


def _sources(card: RateCard, made: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """What the paths of a card and of its lines stand for, as paths of what was made."""
    whole = [f"{group}.{item['name']}" for group, items in made.items() for item in items]
    found = {f"rate_cards.{card.name}": whole}
    metrics = {metric["name"] for metric in made["metrics"]}
    for name, item, _ in _lines(card):
        at = f"rate_cards.{card.name}.{name}"
        found[at] = [f"payments.{name}", *([f"metrics.{item.metric}"] if item.metric in metrics else [])]
        found[f"{at}.price"] = [f"payments.{name}.pays.per_unit"]
        found[f"{at}.believed"] = [f"beliefs.levels.{item.metric}"]
    return found


def _of_cards(sources: Mapping[str, Any], stand_for: Mapping[str, list[str]]) -> dict[str, Any]:
    """The sources with those of cards put where what was made stands; what has a source of its own keeps it."""
    found = {path: cited for path, cited in sources.items() if path not in stand_for}
    for path, cited in sorted(sources.items(), key=lambda item: -len(item[0])):  # those of a line before the card's
        for of in stand_for.get(path, ()):
            found.setdefault(of, cited)
    return found


def _plain(term: RateCard | Item) -> dict[str, Any]:
    return term.model_dump(exclude_unset=True, exclude_none=True)


def _tables(items: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in items or () if isinstance(item, Mapping))
