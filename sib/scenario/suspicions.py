"""What can be but seldom is: figures that are most often a slip of the pen. `sib check` lists them; nothing is refused.

The bounds are wider than any contract or belief that the shipped scenarios have, and narrower than a share written as a
percentage: 3 for 0.03, 40 for 0.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Final

from sib.errors import Problem
from sib.scenario.paths import in_quotes, path_of
from sib.scenario.rules.levels import levels_read, relative, values
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import percent
from sib.terms.levels import LOWER, UPPER, Bound
from sib.terms.metric import Measure

FAR: Final = 20.0  # times what is believed: a level that is hardly ever reached, or written in another unit
HIGH_RATE: Final = 0.3  # a year
_OFTEN: Final = 0.05  # of futures
_BELIEFS: Final = {  # by table and key: the most that is usual, below zero as above
    "effects": {"sd": 0.4, "between_cohorts": 0.4, "learning": 0.2},
    "drift": {"trend": 0.2, "sd": 0.3},
    "evaluation": {"bias": 0.2, "creaming": 0.2, "regression": 1.0},
    "overruns": {"mean": 1.0, "sd": 0.6},
    "hazards": {"": 0.6},
    "discount_rates": {"": HIGH_RATE},
}
_PROGRAMME: Final = {"referrals": {"mean": 1.5, "sd": 0.4}, "engagement": {"sd": 0.3}}


def suspicions(terms: Terms, timetable: Timetable) -> list[Problem]:
    """All figures that can be but seldom are: which, what came, what is odd, and what was probably meant."""
    return [
        *_levels(terms, timetable),
        *_rates(terms),
        *_indices(terms, timetable),
        *_beliefs(terms),
        *_impossible(terms, shares={m.name for m in terms.metrics if m.kind == "proportion" or m.once}),
        *_many(terms, timetable),
        *_again(terms, timetable),
        *_halves(terms),
        *_untimed(terms, timetable),
        *_unfed(terms, timetable),
        *_idle(terms),
    ]


def _odd(path: str, came: object, odd: str, meant: str) -> Problem:
    return Problem(path, came, odd, meant)


def _levels(terms: Terms, timetable: Timetable) -> Iterator[Problem]:
    """Levels that are far from what is believed, or above one for an improvement."""
    for read in levels_read(terms, timetable):
        path = _spoken(terms, read.path)
        metric, level = timetable.metrics[read.metric], abs(read.level)
        if read.measure == "improvement" and metric.better == "higher" and level > 1:
            yield _odd(
                path, read.level, f"an improvement of {percent(read.level)}", "was 0.10 meant, for ten per cent?"
            )
            continue
        persons = sum(cohort.size for cohort in timetable.served)
        if metric.once and read.measure == "units" and level > persons:
            yield _odd(
                path,
                read.level,
                f"`{metric.name}` counts each of the {persons:,} persons once",
                "is it a number of persons, in all?",
            )
            continue
        believed = _believed(terms, timetable, read.metric, read.measure)
        if believed is None or "target" in read.path:
            continue
        if level > FAR * believed > 0:
            yield _odd(
                path,
                read.level,
                f"results of `{read.metric}` are believed to be about {believed:g}",
                "is it in the same unit?",
            )
        elif 0 < level <= 1 and believed >= FAR and "nodes" not in read.path:
            yield _odd(
                path,
                read.level,
                f"results of `{read.metric}` are believed to be about {believed:g}",
                f"was {read.level:g} of them meant?",
            )


def _believed(terms: Terms, timetable: Timetable, name: str, measure: Measure) -> float | None:
    """About what is believed to be read from a metric, its size; None where that takes a simulation."""
    metric, beliefs = timetable.metrics[name], terms.beliefs
    if metric.parts:
        found = 0.0
        for part in metric.parts:
            one = _believed(terms, timetable, part.metric, part.reads)
            if one is None:
                return None
            found += abs(part.weight) * one / abs(part.target or 1.0)
        return found
    persons = sum(cohort.size for cohort in timetable.served)
    if metric.name in beliefs.effects and metric.name in beliefs.comparison:
        effect = beliefs.effects[metric.name]
        size = max(abs(getattr(effect, key, 0.0)) for key in ("value", "mean", "low", "mode", "high"))
        comparison = beliefs.comparison[metric.name]
        path = getattr(comparison, "path", None) or ()
        base = next(
            (x for key in ("mean", "share", "units") if (x := getattr(comparison, key, None))), max(path, default=0)
        )
        spread = getattr(effect, "sd", 0.0)
        change = base * max(size + spread, 0.05)  # a belief in no effect says little of what is tested
        in_all = change * (len(timetable.results(name)) if metric.kind == "total" else persons)
        return {"improvement": max(size + spread, 0.05), "points": change, "units": in_all, "level": base}.get(measure)
    if metric.name in beliefs.levels:
        belief = beliefs.levels[metric.name]
        level = max(getattr(belief, key, 0.0) for key in ("value", "mean", "low", "mode", "high"))
        if measure == "units" and (metric.once or metric.kind != "total"):
            return level * persons
        return level if measure in ("level", "units") else None
    return None


def _rates(terms: Terms) -> Iterator[Problem]:
    """Rates a year and multiples that no contract of this kind has had."""
    rates: list[tuple[str, float | None]] = []
    for tranche in terms.tranches:
        at = path_of(["tranches", tranche.name])
        rates.append((f"{at}.interest", tranche.interest))
        if tranche.return_cap is not None:
            most = tranche.return_cap.annual_return
            if most is not None and tranche.interest is not None and tranche.interest > most:
                yield _odd(
                    f"{at}.return_cap.annual_return",
                    most,
                    f"below the interest of {percent(tranche.interest)} a year, which no cap cuts",
                    "a cap on return is on what the tranche gets out of what remains",
                )
            rates.append((f"{at}.return_cap.annual_return", tranche.return_cap.annual_return))
            multiple = tranche.return_cap.multiple
            if multiple is not None and multiple > 10:
                yield _odd(
                    f"{at}.return_cap.multiple",
                    multiple,
                    f"{multiple:g} times the capital",
                    "a multiple of 1.45 is 45 per cent on top of the capital",
                )
    for remainder in terms.remainders:
        for j, tier in enumerate(remainder.tiers):
            if tier.until is not None:
                at = path_of(["remainders", remainder.name, "tiers", str(j), "until", "annual_return"])
                rates.append((at, tier.until.annual_return))
    rates += [(path_of(["limits", limit.name, "return_on_costs"]), limit.return_on_costs) for limit in terms.limits]
    for payment in terms.payments:
        if payment.pays.rises is not None:
            rates.append((path_of(["payments", payment.name, "pays", "rises", "a_year"]), payment.pays.rises.a_year))
        if payment.of is not None and payment.of.years is not None:
            rates += [(_spoken(terms, ("payments", payment.name, "pays", *at)), y) for at, y in values(payment.pays)]
    for path, rate in rates:
        if rate is not None and abs(rate) > HIGH_RATE:
            yield _odd(
                path, rate, f"a rate of {percent(rate)} a year", f"was {rate / 100:g} meant, for {rate:g} per cent?"
            )


def _indices(terms: Terms, timetable: Timetable) -> Iterator[Problem]:
    """Indices that add up results which are usually weighed."""
    for metric in terms.metrics:
        total = sum(part.weight for part in metric.parts)
        if metric.parts and relative(timetable, metric) and total > 1 + 1e-6:
            yield _odd(
                path_of(["metrics", metric.name, "parts"]),
                f"{total:g} in all",
                "an index of shares or improvements whose weights do not add up to 1",
                "were the weights meant as shares of 1?",
            )


def _beliefs(terms: Terms) -> Iterator[Problem]:
    """Beliefs beyond what is usual."""
    better = {metric.name: metric.better for metric in terms.metrics}
    shares = {m.name for m in terms.metrics if m.kind == "proportion" or m.once}
    for name, effect in terms.beliefs.effects.items():
        for key in ("value", "mean", "low", "mode", "high"):
            size = getattr(effect, key, 0.0)
            if size > 1 or size < -0.5:
                said = (
                    "more than twice as well"
                    if better.get(name) == "higher" and size > 1
                    else "much worse than without"
                )
                path = path_of(["beliefs", "effects", name, *([] if key == "value" else [key])])
                yield _odd(path, size, f"an effect of {percent(size)}: {said}", "was 0.09 meant, for nine per cent?")
    for table, usual in _BELIEFS.items():
        for name, belief in getattr(terms.beliefs, table).items():
            yield from _beyond(path_of(["beliefs", table, name]), belief, usual)
    for name, level in terms.beliefs.levels.items():
        if name in shares:
            usual = {"sd": 0.3, "between_cohorts": 0.3, "learning": 0.2}
            yield from _beyond(path_of(["beliefs", "levels", name]), level, usual)
    for name, comparison in terms.beliefs.comparison.items():
        if getattr(comparison, "units", None) or getattr(comparison, "path", None):
            yield from _beyond(path_of(["beliefs", "comparison", name]), comparison, {"sd": 0.5})
    for key, usual in _PROGRAMME.items():
        if getattr(terms.beliefs, key) is not None:
            yield from _beyond(f"beliefs.{key}", getattr(terms.beliefs, key), usual)


def _impossible(terms: Terms, shares: set[str]) -> Iterator[Problem]:
    """Normal beliefs about a share that often draw more than all, or less than none."""
    for name, level in terms.beliefs.levels.items():
        if name in shares and level.distribution == "normal":
            law = NormalDist(level.mean, max(math.hypot(level.sd, level.between_cohorts), 1e-9))
            for chance, end in ((1.0 - law.cdf(1.0), "above all, where it is all"), (law.cdf(0.0), "below none")):
                if chance > _OFTEN:
                    path = path_of(["beliefs", "levels", name, "sd"])
                    odd = f"in {percent(round(chance, 3))} of futures the share is drawn {end}"
                    yield _odd(path, level.sd, odd, "a uniform or triangular law stays between none and all")


def _many(terms: Terms, timetable: Timetable) -> Iterator[Problem]:
    """A beginning that is not slow: many more come than are planned."""
    known = terms.beliefs.referrals
    if known is None or known.ramp_up is None:
        return
    for cohort in timetable.served:
        months = cohort.enrol.over_months
        pace = [share for share in known.ramp_up.shares for _ in range(known.ramp_up.every_months)][:months]
        come = known.mean * (sum(pace) + max(months - len(pace), 0)) / months
        if come > _PROGRAMME["referrals"]["mean"]:
            odd = f"{percent(round(come, 3))} of the planned persons of cohort {cohort.name} come"
            yield _odd("beliefs.referrals.ramp_up.shares", list(known.ramp_up.shares), odd, "1 is the plan's even pace")
            return


def _beyond(path: str, belief: object, usual: dict[str, float]) -> Iterator[Problem]:
    """The figures of a belief that are beyond the usual."""
    for key, most in usual.items():
        figure = getattr(belief, key, 0.0) if key else belief
        if isinstance(figure, int | float) and abs(figure) > most:
            yield _odd(
                f"{path}.{key}" if key else path,
                figure,
                f"seldom above {most:g}",
                f"was {figure / 100:g} meant, for {figure:g} per cent?",
            )


def _again(terms: Terms, timetable: Timetable) -> Iterator[Problem]:
    """Prices that are paid again in each period for those who were paid for before."""
    for payment in terms.payments:
        if payment.metric is None or payment.scope != "period" or payment.pays.per_unit is None:
            continue
        if timetable.reporting(payment.metric).cumulative and len(timetable.occasions(payment.name)) > 1:
            yield _odd(
                path_of(["payments", payment.name, "scope"]),
                payment.scope,
                f"each result of `{payment.metric}` is over everybody so far: each is paid for again in every period",
                f'was `scope = "to date"` with `less = [{in_quotes(payment.name)}]` meant, which pays for each once?',
            )


def _halves(terms: Terms) -> Iterator[Problem]:
    """Two payments on one metric, one up to a level and one from a level on, that do not meet."""
    ends: dict[tuple[str | None, str | None, Measure], list[tuple[str, Bound]]] = {}
    for payment in terms.payments:
        bounds = payment.when.bounds()
        for bound in bounds:
            if sum(one.measure == bound.measure for one in bounds) == 1:
                ends.setdefault((payment.metric, payment.scope, bound.measure), []).append((payment.name, bound))
    for (_, _, measure), found in ends.items():
        for name, upper in found:
            for other, lower in found if upper.end in UPPER else ():
                if lower.end not in LOWER:
                    continue
                ends_at, meet = (upper.end, lower.end), upper.level == lower.level
                if meet and ends_at in (("below", "at_least"), ("up_to", "above")):
                    continue
                both = upper.level > lower.level or (meet and ends_at == ("up_to", "at_least"))
                yield _odd(
                    path_of(["payments", name, "when", measure]),
                    upper.level,
                    f"`{name}` ends at {upper.level:g} and `{other}` begins at {lower.level:g}: between them "
                    + ("both are paid" if both else "nothing is"),
                    "were the two meant to meet? `less_than` and `at_least` the same level do",
                )


def _untimed(terms: Terms, timetable: Timetable) -> Iterator[Problem]:
    """Milestones by period, one after the other, that are believed to be reached all on one day."""
    for metric in terms.metrics:
        reporting = timetable.reporting(metric.name)
        several = reporting.by_period and len(timetable.results(metric.name)) > 1
        if metric.among is not None and several and metric.name not in terms.beliefs.timing:
            yield _odd(
                path_of(["beliefs", "timing", metric.name]),
                "nothing",
                f"`{metric.name}` is believed to be reached on the day on which `{metric.among}` is",
                "how many months after it is it reached? `{ months = 6 }`, or `{ months = [2, 6] }`",
            )


def _unfed(terms: Terms, timetable: Timetable) -> Iterator[Problem]:
    """Remainders that no payment reaches."""
    for remainder in terms.remainders if not timetable.to_vehicle else ():
        yield _odd(
            path_of(["remainders", remainder.name]),
            ", ".join(remainder.takers),
            "every payment goes straight to somebody, and none to the vehicle: all that is shared out here is what is"
            " left of the capital",
            "was a payment meant to go to the vehicle, without `to`?",
        )


def _idle(terms: Terms) -> Iterator[Problem]:
    """Parties that are listed and do nothing."""
    named = {p for payment in terms.payments for p in (payment.payer, payment.to, payment.owed_by, *payment.payers)}
    named |= {tranche.guarantee.by for tranche in terms.tranches if tranche.guarantee}
    named |= {name for remainder in terms.remainders for name in remainder.takers} | {cost.to for cost in terms.costs}
    named |= {event.paid_by for event in terms.events} | {tranche.name for tranche in terms.tranches}
    for name in terms.parties:
        if name not in named | {terms.outcome_payer, terms.vehicle}:
            yield _odd("parties", name, "listed, but no term names it", "leave it out, or name it where it belongs")


def _spoken(terms: Terms, path: tuple[str | int, ...]) -> str:
    """A path with the names of items in place of their positions."""
    group, item, *rest = path
    name = getattr(terms, str(group))[item].name if isinstance(item, int) else item
    return path_of([*map(str, (group, name, *rest))])
