"""Rate cards resolved: each line to a metric and a payment, a card's ceilings to a limit. Before terms are made.

A scenario is kept in one form. A card and the metrics, payments and limit that it stands for, written out one by one,
are the same scenario; what is written (`to_toml`) is these. Works on plain data, and leaves alone what is no card: the
terms say what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sib.errors import Problem
from sib.scenario.paths import path_of
from sib.scenario.plain import plain
from sib.terms.rate_card import Item, RateCard

_CARDS: TypeAdapter[tuple[RateCard, ...]] = TypeAdapter(tuple[RateCard, ...])
SHARED = ("months_after_result", "end_of_month", "payer", "payers", "to", "cohorts")  # keys of a payment


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
    found = dict(data)
    cards = _cards(data)
    if not cards:
        return found
    del found["rate_cards"]
    known = {metric.get("name") for metric in _tables(found.get("metrics"))}
    levels: dict[str, Any] = {}
    sources: dict[str, list[str]] = {}
    for card in cards:
        made = _made(card, known)
        known |= {metric["name"] for metric in made["metrics"]}
        for key, items in made.items():
            if items:
                found[key] = [*found.get(key, ()), *items]
        levels |= {item.metric: plain(item)["believed"] for item in card.items if item.believed is not None}
        sources |= _stands_for(card, {metric["name"] for metric in made["metrics"]}, limited=bool(made["limits"]))
    beliefs = found.get("beliefs", {})
    if levels and isinstance(beliefs, Mapping):
        found["beliefs"] = {**beliefs, "levels": {**levels, **beliefs.get("levels", {})}}
    if isinstance(found.get("sources"), Mapping):
        found["sources"] = _of_cards(found["sources"], sources)
    return found


def located(problem: Problem, data: Mapping[str, Any]) -> Problem:
    """A problem with what a card stands for, where it stands in the card."""
    for card in _cards(data):
        for at, made in _stands_for(card, {item.metric for item in card.items}, limited=True).items():
            for path in made if at != path_of(["rate_cards", card.name]) else made[-1:]:
                if problem.where == path or problem.where.startswith(f"{path}."):
                    return replace(problem, where=at + problem.where.removeprefix(path))
    return problem


def _cards(data: Mapping[str, Any]) -> tuple[RateCard, ...]:
    """The rate cards of the data; none where one of them is not valid."""
    cards = data.get("rate_cards")
    try:
        return _CARDS.validate_python(cards) if isinstance(cards, list | tuple) else ()
    except ValidationError:
        return ()


def _made(card: RateCard, known: set[Any]) -> dict[str, list[dict[str, Any]]]:
    """The metrics that are not known yet, the payments, and the limit of a card, as plain data."""
    shared, reported = plain(card), plain(card)["reported"]
    metrics: dict[str, dict[str, Any]] = {}
    for item in card.items:
        if item.metric not in known and item.metric not in metrics:
            metric: dict[str, Any] = {"name": item.metric, "kind": "total", "better": "higher"}
            metric |= {} if item.repeats else {"once": True}
            metrics[item.metric] = metric | ({"reported": reported} if item.among is None else {"among": item.among})
    common = {key: shared[key] for key in SHARED if key in shared}
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
    rises = plain(item).get("rises", plain(card).get("rises"))
    return {"per_unit": item.price} | ({} if rises is None else {"rises": rises})


def _stands_for(card: RateCard, metrics: Set[str], *, limited: bool) -> dict[str, list[str]]:
    """What the paths of a card and of its lines stand for, as paths of what is made of it; the longest first."""
    found: dict[str, list[str]] = {}
    whole: list[str] = []
    for name, item, _ in _lines(card):
        at = path_of(["rate_cards", card.name, name])
        payment, metric = path_of(["payments", name]), path_of(["metrics", item.metric])
        found[f"{at}.price"] = [f"{payment}.pays.per_unit"]
        found[f"{at}.believed"] = [path_of(["beliefs", "levels", item.metric])]
        found[at] = [payment, *([metric] if item.metric in metrics else [])]
        whole += found[at]
    whole += [path_of(["limits", card.name])] if limited else []
    return {**found, path_of(["rate_cards", card.name]): whole}


def _of_cards(sources: Mapping[str, Any], stand_for: Mapping[str, list[str]]) -> dict[str, Any]:
    """The sources with those of cards put where what was made stands; what has a source of its own keeps it."""
    found = {path: cited for path, cited in sources.items() if path not in stand_for}
    for path, made in stand_for.items():  # those of a line before the card's
        for of in made if path in sources else ():
            found.setdefault(of, sources[path])
    return found


def _tables(items: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in items or () if isinstance(item, Mapping))
