"""Figures and schedules in words, exactly as the contract has them. What `term_sheet.py` makes its sentences of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

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
    """A level of what is read from a metric, with its unit."""
    if measure in ("improvement", "confidence", "interval") or (metric.kind == "proportion" and measure == "level"):
        return percent(value)
    if metric.kind == "proportion" and measure == "points":
        return f"{number(float(Decimal(repr(value)) * 100))} percentage points"
    unit = unit_of(measure, metric)
    if unit is None:
        unit = _unit(measure, metric)
        unit = unit.removesuffix("s") if value == 1 else unit
    return f"{number(value)} {unit}"


def unit_of(measure: Measure, metric: Metric) -> str | None:
    """What one of what is read from a metric is, in the plural; None where the contract does not say so."""
    if measure in ("improvement", "confidence", "interval"):
        return None
    if metric.unit is None:
        return "persons" if metric.once else None
    return f"{metric.unit} a person" if metric.a_person and measure != "units" else metric.unit


def _unit(measure: Measure, metric: Metric) -> str:
    """What a level that is no share is counted in, where the contract does not say it."""
    if metric.kind == "index":
        return "on the index"
    if measure == "points" or (measure == "level" and metric.kind in ("count", "mean")):
        return "events a person" if metric.kind == "count" else "a person"
    if metric.once or metric.kind == "proportion":
        return "persons"
    return "events" if metric.kind == "count" else "units"


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
    if pays.amount is not None or (pays.nodes is not None and len(pays.nodes) == 1):
        return values[0]
    lines = schedule_lines(pays, x, values)
    if pays.nodes is None:
        return "; ".join(f"{where}: {value}" for where, value in lines)
    return f"{'; '.join(f'{where}: {value}' for where, value in lines)}; {between(pays)}"


def schedule_lines(pays: Schedule, x: list[str], values: list[str]) -> list[list[str]]:
    """Steps, bands or nodes as the lines of a table: where, in the contract's own words, and how much."""
    if pays.bands is not None:
        return _bands(pays.bands, x, values)
    pairs = list(pays.steps or pays.nodes or ())
    strict = [level in pays.more_than for level, _ in pairs]
    starts = [f"{'more than' if more else 'at least'} {word}" for more, word in zip(strict, x, strict=True)]
    ends = [f"{'up to' if more else 'below'} {word}" for more, word in zip(strict, x, strict=True)]
    if pays.steps is not None:
        where = [", ".join(both) for both in zip(starts, ends[1:], strict=False)]
        return [[ends[0], "nothing"], *([*line] for line in zip([*where, starts[-1]], values, strict=True))]
    levels = [level for level, _ in pairs]
    after = [n > 0 and levels[n - 1] == level for n, level in enumerate(levels)]
    before = [*after[1:], False]
    return [
        [starts[n] if after[n] else ends[n] if before[n] else f"at {x[n]}", value] for n, value in enumerate(values)
    ]


def between(pays: Schedule) -> str:
    """What nodes pay between their levels and outside them."""
    goes_on = "the first and the last line go on" if pays.beyond == "extended" else "the first and the last value hold"
    return f"straight lines join these, and outside them {goes_on}"


def _bands(bands: tuple[Band, ...], x: list[str], values: list[str]) -> list[list[str]]:
    lines, levels, amounts = [], iter(x), iter(values)
    for band in bands:
        where = []
        if band.lower is not None:
            where.append(f"{'at least' if band.at_least is not None else 'above'} {next(levels)}")
        if band.upper is not None:
            where.append(f"{'up to' if band.up_to is not None else 'below'} {next(levels)}")
        value = next(amounts)
        value += f" rising in a straight line to {next(amounts)}" if band.rises_to is not None else ""
        lines.append([", ".join(where), value])
    everywhere = bands[0].lower is None and bands[-1].upper is None
    return lines if everywhere else [*lines, ["elsewhere", "nothing"]]


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
