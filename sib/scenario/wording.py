"""Figures and schedules in words, exactly as the contract has them. What `term_sheet.py` makes its sentences of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from itertools import pairwise

from sib.terms.metric import Measure, Metric
from sib.terms.schedule import Band, Schedule

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def number(value: float) -> str:
    """A figure with all its digits and commas between thousands.

    Examples
    --------
    >>> number(9999999.0), number(15.12), number(0.075)
    ('9,999,999', '15.12', '0.075')
    """
    exact = Decimal(repr(float(value)))
    whole = exact == exact.to_integral_value()
    return f"{exact.to_integral_value() if whole else exact.normalize():,f}"


def percent(share: float) -> str:
    """A share in per cent, with all its digits.

    Examples
    --------
    >>> percent(0.075), percent(1.0)
    ('7.5%', '100%')
    """
    return f"{number(float(Decimal(repr(float(share))) * 100))}%"


def day(date: dt.date) -> str:
    """A date in words.

    Examples
    --------
    >>> day(dt.date(2010, 9, 9))
    '9 September 2010'
    """
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def months(count: int) -> str:
    """A number of months.

    Examples
    --------
    >>> months(1), months(12)
    ('1 month', '12 months')
    """
    return f"{number(count)} month{'' if count == 1 else 's'}"


def listed(words: Iterable[str], join: str = "and") -> str:
    """Words in a row.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {join} {found[-1]}" if found else ""


def names(of: Iterable[str]) -> str:
    """What the contract calls things by, in a row.

    Examples
    --------
    >>> names(["early", "late"])
    '`early` and `late`'
    """
    return listed(f"`{name}`" for name in of)


def verb(of: Collection[str], one: str, several: str) -> str:
    """The verb for one, or for several."""
    return several if len(of) > 1 else one


def shares(of: Mapping[str, float]) -> str:
    """Parties with their shares."""
    return listed(f"{name} {percent(share)}" for name, share in of.items())


def money(value: float, currency: str) -> str:
    """An amount."""
    return f"{currency} {number(value)}" if value >= 0 else f"minus {currency} {number(-value)}"


def level(value: float, measure: Measure, metric: Metric) -> str:
    """A level of what is read from a metric."""
    if measure == "improvement":
        return percent(value)
    if measure in ("confidence", "interval") or (metric.kind == "proportion" and measure == "level"):
        return percent(value)
    if metric.kind == "proportion" and measure == "points":
        return f"{number(float(Decimal(repr(value)) * 100))} percentage points"
    return " ".join([number(value), *filter(None, [unit_of(measure, metric)])])


def unit_of(measure: Measure, metric: Metric) -> str | None:
    """What one of what is read from a metric is, in the plural; None where the contract does not say so."""
    if metric.unit is None or measure in ("improvement", "confidence", "interval"):
        return None
    return f"{metric.unit} a person" if metric.a_person and measure != "units" else metric.unit


def read(measure: Measure, metric: Metric) -> str:
    """What is read from a metric, as the subject of a sentence."""
    fall = "fall" if metric.better == "lower" else "rise"
    name = f"`{metric.name}`"
    match measure:
        case "improvement":
            return f"the {fall} in {name}, relative to the comparison,"
        case "points":
            return f"the {fall} in {name} {'in points' if metric.kind == 'proportion' else 'a person'}"
        case "units" if metric.compared:
            return f"the {fall} in {name}, in {metric.unit or 'units'} over all persons,"
        case "units":
            return f"the number of {name}" if metric.unit is None else f"the number of {metric.unit} of {name}"
        case "level":
            return name
        case "confidence":
            return f"the confidence that there is any {fall} in {name}"
        case "interval":
            return f"the interval about no change in {name}, outside which the result lies,"


def schedule(pays: Schedule, x: list[str], values: list[str], unit: str | None = None) -> str:
    """A schedule in words, given the words for its levels and its values in the order in which they are written.

    `unit` says what one unit is, in the plural.
    """
    if pays.per_unit is not None:
        return f"{values[0]} for each {'unit' if unit is None else f'of the {unit}'}"
    if pays.amount is not None:
        return values[0]
    if pays.bands is not None:
        return _bands(pays.bands, x, values)
    pairs = list(pays.steps or pays.nodes or ())
    strict = [
        f"more than {word}" if pair[0] in pays.more_than else f"{word} or more"
        for pair, word in zip(pairs, x, strict=True)
    ]
    if pays.steps is not None:
        steps = "; ".join(f"{value} at {word}" for word, value in zip(strict, values, strict=True))
        below = "nothing at or below" if pays.steps[0][0] in pays.more_than else "nothing below"
        return f"in steps, {below} {x[0]}; {steps}"
    points = ", ".join(f"{value} at {word}" for word, value in zip(x, values, strict=True))
    outside = (
        "and outside these the end lines go on" if pays.beyond == "extended" else "and outside these the end values"
    )
    strict_at = [w for w, pair in zip(x, pairs, strict=True) if pair[0] in pays.more_than]
    more = f"; the jump at {listed(dict.fromkeys(strict_at))} needs more than that" if strict_at else ""
    if len(pairs) == 1:
        return values[0]
    twice = any(before[0] == after[0] for before, after in pairwise(pairs))
    jumps_at = f" (where a level stands twice it jumps, and the later value holds{more})" if twice else ""
    return f"straight lines joining {points}, {outside}{jumps_at}"


def _bands(bands: tuple[Band, ...], x: list[str], values: list[str]) -> str:
    words, levels, amounts = [], iter(x), iter(values)
    for band in bands:
        lower = next(levels)
        text = f"from {lower}" if band.at_least is not None else f"above {lower}"
        if band.upper is not None:
            upper = next(levels)
            text += f" up to {upper}" if band.up_to is not None else f" to below {upper}"
        value = next(amounts)
        value += f" rising in a straight line to {next(amounts)}" if band.rises_to is not None else ""
        words.append(f"{text}: {value}")
    return "; ".join([*words, "nothing outside these"])


def schedule_levels(pays: Schedule) -> list[float]:
    """The levels of a schedule, in the order in which they are written."""
    if pays.bands is not None:
        return [x for band in pays.bands for x in (band.lower, band.upper) if x is not None]
    return [x for x, _ in pays.steps or pays.nodes or ()]


def schedule_values(pays: Schedule) -> list[float]:
    """The values of a schedule, in the order in which they are written."""
    if pays.per_unit is not None:
        return [pays.per_unit]
    if pays.amount is not None:
        return [pays.amount]
    if pays.bands is not None:
        return [y for band in pays.bands for y in (band.pays, band.rises_to) if y is not None]
    return [y for _, y in pays.steps or pays.nodes or ()]
