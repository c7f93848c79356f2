"""Rules about beliefs: each is about what the deal has, fits its metric, and can be."""

from __future__ import annotations

import math
from typing import Final

from sib.errors import MISSING, Refusal
from sib.scenario.paths import in_quotes
from sib.scenario.rules.names import one_of
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.beliefs import COMPARISONS
from sib.terms.distributions import Normal, Student

# standard deviations beyond which one future in 100 lies; of Student's law the most that any degrees of freedom give
_TAILS: Final = {"normal": 2.33, "student": 2.66}


def check(terms: Terms, timetable: Timetable) -> None:
    """Check what is believed."""
    _about(terms, timetable)
    _possible(terms)


def _about(terms: Terms, timetable: Timetable) -> None:
    """Each table of beliefs is about what the deal has of its kind, and has as many figures as that has results."""
    beliefs = terms.beliefs
    measured = [metric for metric in terms.metrics if not metric.derived]
    with_group = [metric.name for metric in measured if metric.compared and metric.same_as is None]
    verified = [metric.name for metric in measured if not metric.compared]
    by_period = [m.name for m in measured if m.same_as is None and timetable.reporting(m.name).by_period]
    tranches = [tranche.name for tranche in terms.tranches]
    group = [m for m in measured if m.compare and m.compared and m.compare.written is None]
    interim = [metric.name for metric in terms.metrics if metric.interim_of is not None]
    costs = [cost.name for cost in terms.costs]
    paid_for = {payment.metric for payment in terms.payments}
    on_results = [metric.name for metric in terms.metrics if metric.name in paid_for]
    on_any_day = [event.name for event in terms.events if event.until is not None]
    tables: dict[str, tuple[list[str], bool]] = {
        "comparison": (with_group, True),
        "effects": (with_group, True),
        "levels": (verified, True),
        "timing": (by_period, False),
        "evaluation": ([metric.name for metric in group], False),
        "drift": ([m.name for m in group if m.same_as is None], False),
        "maturity": (interim, True),
        "overruns": (costs, False),
        "delays": (on_results, False),
        "hazards": (on_any_day, True),
        "discount_rates": (tranches, True),
    }
    about = {
        "comparison": "metrics that are compared",
        "effects": "metrics that are compared",
        "levels": "metrics that are compared with nothing",
        "timing": "metrics with results by period",
        "evaluation": "metrics that are compared with a group (a written baseline is what it is)",
        "drift": "metrics that are compared with a group",
        "maturity": "interim results",
        "overruns": "costs",
        "delays": "metrics that payments are on",
        "hazards": "events that may happen on any day",
        "discount_rates": "tranches",
    }
    for key, (known, all_of_them) in tables.items():
        table, names = getattr(beliefs, key), dict.fromkeys(known)
        for name in table:
            one_of(name, names, ("beliefs", key, name), f"`beliefs.{key}` is about what the deal has of {about[key]}")
        for name in known:
            if all_of_them and name not in table:
                raise Refusal(
                    ("beliefs", key, name),
                    MISSING,
                    f"`beliefs.{key}` has an entry for each of: {', '.join(known)}",
                    f"add {in_quotes(name)} to the table [beliefs.{key}]",
                )
    for metric in measured:
        comparison, timing = beliefs.comparison.get(metric.name), beliefs.timing.get(metric.name)
        count = len(timetable.results(metric.name))
        if comparison is not None:
            meant, keys = COMPARISONS[metric.kind]
            if not isinstance(comparison, meant):
                raise Refusal(
                    ("beliefs", "comparison", metric.name),
                    sorted(comparison.model_fields_set),
                    f"the comparison of a {metric.kind} has {keys}",
                    f"write these for `{metric.name}`, or correct its kind",
                )
        path = getattr(comparison, "path", None)
        if path is not None and len(path) != count:
            raise Refusal(
                ("beliefs", "comparison", metric.name, "path"),
                f"{len(path)} figures",
                f"there is one for each result: {count}",
                "give one a result, or `units` for all alike",
            )
        if timing is not None and metric.among is not None and not metric.once:
            raise Refusal(
                ("beliefs", "timing", metric.name),
                "given",
                f"a share of those who reached `{metric.among}` is measured with the results of that",
                "remove it; a milestone (`once = true`) may come later than the one before",
            )
        if timing is not None and timing.shares is not None and (metric.among or len(timing.shares) != count):
            raise Refusal(
                ("beliefs", "timing", metric.name, "shares"),
                f"{len(timing.shares)} shares",
                "a funnel follows the milestone before by `months`"
                if metric.among
                else f"there is one for each period: {count}",
                "write `months`" if metric.among else "give one a period",
            )


def _possible(terms: Terms) -> None:
    """Fewer events than none cannot be: an improvement above 1 there is most often a percentage, 9 for 0.09."""
    for metric in terms.metrics:
        effect = terms.beliefs.effects.get(metric.name)
        if effect is not None:
            for key in ("value", "mean", "low", "mode", "high"):
                figure = getattr(effect, key, 0.0)
                if metric.better == "lower" and figure > 1:
                    raise Refusal(
                        ("beliefs", "effects", metric.name, *(() if key == "value" else (key,))),
                        figure,
                        "at most 1, which is no event at all",
                        "write 0.09 for nine per cent",
                    )
            if isinstance(effect, Normal | Student):
                sign = 1.0 if metric.better == "lower" else -1.0
                extreme = sign * effect.mean + _TAILS[effect.distribution] * math.hypot(
                    effect.sd, effect.between_cohorts
                )
                if extreme > 1:
                    raise Refusal(
                        ("beliefs", "effects", metric.name, "sd"),
                        effect.sd,
                        "at most one future in 100 has an effect beyond no event at all, which counts as none",
                        "lower `sd` or `between_cohorts` (0.05 for five points), or use a bounded distribution",
                    )
        level_belief = terms.beliefs.levels.get(metric.name)
        if level_belief is None:
            continue
        figures = [getattr(level_belief, key, None) for key in ("value", "mean", "low", "mode", "high")]
        if level_belief.person_sd > 0 and sum(figure for figure in figures if figure is not None) <= 0:
            raise Refusal(
                ("beliefs", "levels", metric.name, "person_sd"),
                level_belief.person_sd,
                "a level above zero on average: persons differ in proportion to it",
                "raise the level, or leave `person_sd` out",
            )
        most = 1.0 if metric.kind == "proportion" or metric.once else metric.most or math.inf
        for key in ("value", "mean", "low", "mode", "high"):
            figure = getattr(level_belief, key, 0.0)
            if figure > most:
                what = "a share of persons" if most == 1 else f"at most {most:g} a person"
                raise Refusal(
                    ("beliefs", "levels", metric.name, *(() if key == "value" else (key,))),
                    figure,
                    f"what is measured is {what}",
                    "write 0.60 for 60 per cent" if most == 1 else "lower it, or raise `most`",
                )
