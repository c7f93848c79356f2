"""Writes a scenario's plain data as TOML: with rate cards where prices make one, a line an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import tomli_w

from sib.scenario.as_rate_cards import folded

_MARK: Final = "items of card"  # stands for a card's lines until these are put in


def to_toml(data: Mapping[str, Any]) -> str:
    """The text of a TOML file.

    Examples
    --------
    >>> print(to_toml({"name": "deal", "cohorts": [{"name": "1", "size": 5}]}), end="")
    name = "deal"
    cohorts = [
        { name = "1", size = 5 },
    ]
    """
    plain = folded(data)
    cards = [{**card, "items": f"{_MARK} {i}"} for i, card in enumerate(plain.get("rate_cards", ()))]
    text = tomli_w.dumps({**plain, "rate_cards": cards} if cards else plain)
    for i, card in enumerate(plain.get("rate_cards", ())):
        lines = "".join(f"    {_inline(item)},\n" for item in card["items"])
        text = text.replace(f'items = "{_MARK} {i}"', f"items = [\n{lines}]", 1)
    return text


def _inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_scalar(key, 0)[:-1]}{_inline(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return _scalar("x", value)[4:]


def _scalar(key: str, value: Any) -> str:
    """A key and its value, as TOML has them."""
    return tomli_w.dumps({key: value}).rstrip("\n")
