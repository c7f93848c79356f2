"""Slips that the terms by themselves would report as something else, found in the data before terms are made of them.

Each names what was meant. Whatever is no such slip passes: the terms check it. The data may be anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, Final

from sib.errors import MISSING, Refusal
from sib.scenario.terms import Terms
from sib.terms.base import spelt
from sib.terms.beliefs import Beliefs

_LISTS: Final = (
    *("cohorts", "metrics", "payments", "rate_cards", "limits", "tranches", "remainders", "costs", "events"),
    "cases",
)
_PRICES: Final = ("price", "per_person", "unit_price", "per_unit")  # what a price for each unit is called
_NO_TEXT: Final = frozenset({bool, int, float, dt.date, NoneType})  # most of what stands in a file: nothing to spell


def check(data: object) -> None:
    """Refuse the first slip that there is."""
    if isinstance(data, Mapping):
        for find in (_tables, _prices, _bases, _funnels, _comparisons, _capital):
            find(data)


def normalised(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """The data with every text in one spelling (NFC): an accented letter is one character, however it was typed."""
    if isinstance(value, str):
        return spelt(value)
    if isinstance(value, list | tuple):
        return [item if type(item) in _NO_TEXT else normalised(item, (*path, i)) for i, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    found: dict[Any, Any] = {}
    for key, item in value.items():
        name = normalised(key)
        if name in found:
            raise Refusal(
                (*path, name),
                name,
                "a key stands once in a table; two are the same word, typed in two ways",
                "remove one of the two",
            )
        found[name] = item if type(item) in _NO_TEXT else normalised(item, (*path, name))
    return found


def _items(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The tables of a list, each with its position; nothing where there is none."""
    found = data.get(key)
    if isinstance(found, list | tuple):
        yield from ((i, item) for i, item in enumerate(found) if isinstance(item, Mapping))


def _table(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """A table inside others; an empty one where there is none."""
    here: Any = data
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


def _number(value: object) -> float | None:
    """A number that can be reckoned with; None where it is none."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return float(value) if fits and isinstance(value, int | float) else None


def _tables(data: Mapping[str, Any]) -> None:
    """A table of the beliefs on top of the file; one table where there is a list of them; an empty list."""
    for key in data:
        if key in Beliefs.model_fields and key not in Terms.model_fields:
            raise Refusal(
                (key,),
                data[key],
                f"`{key}` is a table of the beliefs, no part of the contract",
                f"write [beliefs.{key}]",
            )
    for key in _LISTS:
        if isinstance(data.get(key), Mapping):
            raise Refusal(
                (key,),
                data[key],
                f"there may be several {key}: each is a table of its own, under a heading in two brackets",
                f"write [[{key}]]",
            )
        if key == "payments" and data.get(key) == []:
            what = Terms.model_fields[key].description
            raise Refusal((key,), [], f"a scenario has one of the {key} at least: {what}", f"add [[{key}]]")


def _prices(data: Mapping[str, Any]) -> None:
    """A price under another name, or outside `pays`."""
    for i, payment in _items(data, "payments"):
        for key in _PRICES:
            if key in payment:
                raise Refusal(
                    ("payments", i, key),
                    payment[key],
                    "what a payment pays stands in `pays`; a price for each unit is `per_unit`",
                    f"write `pays = {{ per_unit = {payment[key]} }}`",
                )
            if key in _table(payment, "pays") and key != "per_unit":
                price = payment["pays"][key]
                ceiling = "; a ceiling for each person is `per_person` in [[limits]]" if key == "per_person" else ""
                raise Refusal(
                    ("payments", i, "pays", key),
                    price,
                    f"a price for each unit, as for each person who reaches a milestone, is `per_unit`{ceiling}",
                    f"write `pays = {{ per_unit = {price} }}`",
                )
        for key in ("steps", "nodes"):
            pairs = _table(payment, "pays").get(key)
            if isinstance(pairs, list | tuple):
                first = "from" if key == "steps" else "level"
                for j, pair in enumerate(pairs):
                    if not (isinstance(pair, list | tuple) and len(pair) == 2):
                        raise Refusal(
                            ("payments", i, "pays", key, j),
                            pair,
                            f"each of the `{key}` is a pair in brackets of its own: [{first}, amount]",
                            f"write, for example, `{key} = [[0.1, 9_600_000], [0.2, 11_712_000]]`",
                        )


def _bases(data: Mapping[str, Any]) -> None:
    """A share of a cost that is said to hang on results."""
    for i, payment in _items(data, "payments"):
        of = _table(payment, "of")
        if "cost" in of and "principal" not in of and "metric" in payment:
            raise Refusal(
                ("payments", i, "of", "cost"),
                of["cost"],
                "a share of a cost is paid on the day on which each of its instalments falls due, whatever the results",
                "remove `metric` and `scope`; or leave `of` out and write the amounts that results pay",
            )


def _funnels(data: Mapping[str, Any]) -> None:
    """A funnel over totals that are not said to count each person once."""
    metrics = {item.get("name"): (i, item) for i, item in _items(data, "metrics") if isinstance(item.get("name"), str)}
    for name, (_, metric) in metrics.items():
        among = metric.get("among")
        for other in (among, name) if isinstance(among, str) and among in metrics else ():
            i, milestone = metrics[other]
            if milestone.get("kind") == "total" and not milestone.get("once", False):
                raise Refusal(
                    ("metrics", i, "once"),
                    milestone.get("once", MISSING),
                    f"`{name}` is reached by those only who reached `{among}`, so each person counts once in both",
                    f"add `once = true` to `{other}`",
                )


def _comparisons(data: Mapping[str, Any]) -> None:
    """A mean without its spread over persons, which looks like a count."""
    comparisons = _table(data, "beliefs", "comparison")
    for _, metric in _items(data, "metrics"):
        name = metric.get("name")
        if metric.get("kind") == "mean" and isinstance(name, str) and name in comparisons:
            given = _table(comparisons, name)
            if "mean" in given and "sd" not in given:
                raise Refusal(
                    ("beliefs", "comparison", name, "sd"),
                    MISSING,
                    "`sd` is required where a mean is measured: its standard deviation over persons",
                    "add, for example, `sd = 120`",
                )


def _capital(data: Mapping[str, Any]) -> None:
    """Repayments in per cent, and a cap on return that does not say of what."""
    for i, tranche in _items(data, "tranches"):
        cap, amount = _number(tranche.get("return_cap")), _number(tranche.get("amount"))
        if cap is not None:
            raise Refusal(
                ("tranches", i, "return_cap"),
                tranche["return_cap"],
                "a cap on return is an annual return (0.13 is 13% a year) or a multiple of what was paid in (1.45 is"
                " 45% on top of it)",
                "write `return_cap = { annual_return = "
                + (f"{cap:g} }}`" if cap < 1 else f"0.13 }}` or `return_cap = {{ multiple = {cap:g} }}`"),
            )
        repaid = tranche.get("repaid_on")
        pairs = repaid if isinstance(repaid, list | tuple) else ()
        parts = [_number(pair[1]) if isinstance(pair, list | tuple) and len(pair) == 2 else None for pair in pairs]
        first = next((j for j, part in enumerate(parts) if part is not None and part > 1), None)
        if first is not None and sum(part or 0.0 for part in parts) == 100.0 != amount:
            part = parts[first] or 0.0
            raise Refusal(
                ("tranches", i, "repaid_on", first, 1),
                pairs[first][1],
                "repayments are shares of the tranche's capital, together 1, or amounts that come to it",
                f"write {part / 100:g} for {part:g} per cent",
            )
