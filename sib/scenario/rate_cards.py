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

from sib.errors import Problem, Refusal
from sib.scenario.paths import Reader, path_of
from sib.scenario.plain import plain
from sib.terms.rate_card import Item, RateCard

_CARDS: TypeAdapter[tuple[RateCard, ...]] = TypeAdapter(tuple[RateCard, ...])
Line = tuple[str, Item, dict[str, Any]]  # the name of its payment, the item, and what the payment has of its own
CAPS = ("amount", "per_person", "items_per_person")  # keys of a limit
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
    lists = all(isinstance(data.get(key, []), list | tuple) for key in ("metrics", "payments", "limits"))
    believed = _table(_table(data, "beliefs"), "levels")
    if not cards or not lists or believed is None:
        return found
    _check(cards, data, believed)
    del found["rate_cards"]
    metrics = {
        metric["name"]: metric for metric in _tables(found.get("metrics")) if isinstance(metric.get("name"), str)
    }
    levels: dict[str, Any] = {}
    sources: dict[str, list[str]] = {}
    payments: list[dict[str, Any]] = []
    for card, lines in cards:
        own = _metrics(card, metrics)
        metrics |= own
        payments += _payments(card, lines, metrics)
        limits = _limits(card, lines)
        for key, items in (("metrics", list(own.values())), ("limits", limits)):
            if items:
                found[key] = [*found.get(key, ()), *items]
        levels |= {item.metric: plain(item)["believed"] for item in card.items if item.believed is not None}
        sources |= _stands_for(card, lines, own.keys(), limited=bool(limits))
    found["payments"] = [*payments, *found.get("payments", ())]  # so that these may depend on what a card pays
    if levels:
        found["beliefs"] = {**found.get("beliefs", {}), "levels": {**levels, **believed}}
    if isinstance(found.get("sources"), Mapping):
        everything = [path for card, _ in cards for path in sources[path_of(["rate_cards", card.name])]]
        found["sources"] = _of_cards(found["sources"], {**sources, "rate_cards": everything}, found)
    return found


def _check(cards: list[tuple[RateCard, list[Line]]], data: Mapping[str, Any], believed: Mapping[str, Any]) -> None:
    """Refuse what a line says of a metric that is written elsewhere, and differently."""
    metrics = {metric.get("name"): metric for metric in _tables(data.get("metrics"))}
    for i, (card, _) in enumerate(cards):
        for j, item in enumerate(card.items):
            at = ("rate_cards", i, "items", j)
            written = metrics.get(item.metric)
            for key, same in (
                ("among", written is None or item.among in (None, written.get("among"))),
                ("repeats", written is None or not item.repeats or not written.get("once", False)),
                (
                    "believed",
                    item.believed is None
                    or believed.get(item.metric, plain(item)["believed"]) == plain(item)["believed"],
                ),
            ):
                if not same:
                    elsewhere = "beliefs.levels" if key == "believed" else "metrics"
                    raise Refusal(
                        (*at, key),
                        plain(item)[key],
                        f"`{item.metric}` stands under `{elsewhere}` too, where it is something else",
                        f"leave `{key}` out here, or correct `{elsewhere}`",
                    )


def _table(data: Mapping[str, Any] | None, key: str) -> Mapping[str, Any] | None:
    """A table inside another, empty where there is none; None where something else stands in its place."""
    found = {} if data is None else data.get(key, {})
    return found if isinstance(found, Mapping) and data is not None else None


def located(problem: Problem, data: Mapping[str, Any]) -> Problem:
    """A problem with what a card stands for, where it stands in the card: what its lines share, once in all."""
    for card, lines in _cards(data):
        whole = path_of(["rate_cards", card.name])
        own = {path_of(["payments", name, key]) for name, _, of_it in lines for key in of_it}
        for name, _, _ in lines:
            for key in SHARED:
                path = path_of(["payments", name, key])
                if path not in own and (problem.where == path or problem.where.startswith(f"{path}.")):
                    return replace(problem, where=f"{whole}.{key}" + problem.where.removeprefix(path))
        for at, made in _stands_for(card, lines, {item.metric for item in card.items}, limited=True).items():
            for path in made if at != path_of(["rate_cards", card.name]) else made[-1:]:
                if problem.where == path or problem.where.startswith(f"{path}."):
                    return replace(problem, where=at + problem.where.removeprefix(path))
    return problem


def _cards(data: Mapping[str, Any]) -> list[tuple[RateCard, list[Line]]]:
    """The rate cards of the data, each with its lines; none where one of them is not valid.

    A payment is called as its item is, with its phase; where an earlier card has an item of that name, with its card.
    """
    cards = data.get("rate_cards")
    try:
        valid = _CARDS.validate_python(cards) if isinstance(cards, list | tuple) else ()
    except ValidationError:
        return []
    found, taken = [], set[str]()
    for card in valid:
        lines = [(f"{name}, {card.name}" if name in taken else name, item, own) for name, item, own in _lines(card)]
        taken |= {name for name, _, _ in lines}
        found.append((card, lines))
    return found


def _lines(card: RateCard) -> Iterator[Line]:
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


def _metrics(card: RateCard, known: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The metrics that a card makes: of its items, those that are not known yet."""
    found: dict[str, dict[str, Any]] = {}
    reported = None if card.reported is None else plain(card.reported)
    for item in card.items:
        if item.metric in known or item.metric in found:
            continue
        metric: dict[str, Any] = {"name": item.metric, "kind": "total", "better": "higher"}
        metric |= {} if item.repeats else {"once": True}
        if item.among is not None:
            metric["among"] = item.among
        if reported is not None and item.among not in found:  # what follows on an item of the card is known with it
            metric["reported"] = reported
        found[item.metric] = metric
    return found


def _payments(card: RateCard, lines: list[Line], metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A payment for each line of a card."""
    shared = plain(card.model_copy(update={"items": ()}))
    common, scopes = {key: shared[key] for key in SHARED if key in shared}, dict[str, str]()
    return [
        {
            "name": name,
            "metric": item.metric,
            "scope": _scope(item.metric, metrics, scopes),
            "pays": _pays(shared, item),
        }
        | common
        | own
        for name, item, own in lines
    ]


def _scope(name: str, metrics: Mapping[str, Any], known: dict[str, str]) -> str:
    """Whether a metric is reported by period or by cohort, as it says itself or as the one that it follows on does.

    Of all on the way to that one it is `known` from then on.
    """
    seen: dict[str, None] = {}
    while name not in known and "reported" not in metrics.get(name, {}) and name not in seen:
        seen[name] = None
        name = str(metrics.get(name, {}).get("among"))
    reported = metrics.get(name, {}).get("reported")
    by_period = isinstance(reported, Mapping) and {"periods", "first"} & set(reported)
    scope = known.get(name, "period" if by_period else "cohort")
    known.update(dict.fromkeys([*seen, name], scope))
    return scope


def _limits(card: RateCard, lines: list[Line]) -> list[dict[str, Any]]:
    """The limit of a card, where it has one."""
    shared = plain(card.model_copy(update={"items": ()}))
    caps = {key: shared[key] for key in CAPS if key in shared}
    return [{"name": card.name, "on": [name for name, _, _ in lines], **caps}] if caps else []


def _pays(shared: Mapping[str, Any], item: Item) -> dict[str, Any]:
    rises = plain(item).get("rises", shared.get("rises"))
    return {"per_unit": item.price} | ({} if rises is None else {"rises": rises})


def _stands_for(card: RateCard, lines: list[Line], metrics: Set[str], *, limited: bool) -> dict[str, list[str]]:
    """What the paths of a card and of its lines stand for, as paths of what is made of it; the longest first."""
    found: dict[str, list[str]] = {}
    whole: list[str] = []
    for name, item, _ in lines:
        at = path_of(["rate_cards", card.name, name])
        payment, metric = path_of(["payments", name]), path_of(["metrics", item.metric])
        found[f"{at}.price"] = [f"{payment}.pays.per_unit"]
        found[f"{at}.believed"] = [path_of(["beliefs", "levels", item.metric])]
        found[f"{at}.rises"] = [f"{payment}.pays.rises"]
        found[at] = [payment, *([metric] if item.metric in metrics else [])]
        whole += found[at]
    at = path_of(["rate_cards", card.name])
    found |= {f"{at}.items": list(whole), f"{at}.rises": [f"{of}.pays.rises" for of in whole]}
    whole += [path_of(["limits", card.name])] if limited else []
    return {**found, at: whole}


def _of_cards(
    sources: Mapping[str, Any], stand_for: Mapping[str, list[str]], data: Mapping[str, Any]
) -> dict[str, Any]:
    """The sources with those of cards put where what was made stands; what has a source of its own keeps it.

    A path inside a card stands for the same key in all that the card makes, where that has it.
    """
    found = {path: cited for path, cited in sources.items() if not path.startswith("rate_cards")}
    reader = Reader(data)
    for path in sorted(set(sources) - set(found), key=len, reverse=True):  # those of a line before the card's
        known = next((at for at in _above(path) if at in stand_for), path)
        made = [of + path.removeprefix(known) for of in stand_for.get(known, ())]
        made = [of for of in made if _stands(reader, of)]
        for of in made or [path]:
            found.setdefault(of, sources[path])
    return found


def _above(path: str) -> Iterator[str]:
    """A path, and all that it may stand below, the longest first."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _stands(reader: Reader, path: str) -> bool:
    try:
        reader.lookup(path)
    except (KeyError, TypeError):
        return False
    return True


def _tables(items: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in items or () if isinstance(item, Mapping))
