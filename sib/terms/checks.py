"""The rules that hold between the terms of a scenario. Each raises a `Refusal` naming the key that breaks it.

Rules about one term alone stand with that term; here are those that need two or more.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sib.terms.calendar import add_months
from sib.terms.errors import MISSING, Refusal, nearest
from sib.terms.timetable import cancelled, instalments, payment_dates, served

if TYPE_CHECKING:
    from sib.terms.scenario import Scenario

Path = tuple[str | int, ...]

RESERVED = ("treated", "comparison", "n", "pooled")
MOST_INSTALMENTS = 50_000


def check(scenario: Scenario) -> None:
    """Check a scenario as a whole.

    Raises
    ------
    Refusal
        For the first rule that is broken.
    """
    _names(scenario)
    _parties(scenario)
    _labels(scenario)
    _references(scenario)
    _dates(scenario)
    _results(scenario)
    _cancellations(scenario)
    _order(scenario)
    _beliefs(scenario)
    _possible(scenario)
    _bounded(scenario)
    _funding(scenario)


def _names(scenario: Scenario) -> None:
    for index, cohort in enumerate(scenario.cohorts):
        if cohort.name in RESERVED:
            raise Refusal(
                ("cohorts", index, "name"),
                cohort.name,
                f"a cohort is not called {', '.join(RESERVED)}: results go by these words",
                "give the cohort another name",
            )
    for group in ("cohorts", "metrics", "payments", "limits", "tranches", "costs", "events"):
        seen: set[str] = set()
        for index, item in enumerate(getattr(scenario, group)):
            if item.name in seen:
                raise Refusal(
                    (group, index, "name"),
                    item.name,
                    f"no two {group} have the same name",
                    "give one of them another name",
                )
            seen.add(item.name)


def _parties(scenario: Scenario) -> None:
    roles = {scenario.outcome_payer: "the outcome payer"}
    named: list[tuple[Path, str, str]] = [(("vehicle",), scenario.vehicle, "the vehicle")]
    named += [(("tranches", i, "name"), t.name, "a tranche") for i, t in enumerate(scenario.tranches)]
    for path, name, role in named:
        if name in roles:
            raise Refusal(
                path,
                name,
                f"each party of the ledger has a name of its own; this is already {roles[name]}",
                f"give {role} another name",
            )
        roles[name] = role
    for index, cost in enumerate(scenario.costs):
        if cost.to in roles:
            raise Refusal(
                ("costs", index, "to"),
                cost.to,
                f"a cost is paid to a party outside the vehicle's funding; this is {roles[cost.to]}",
                "name the provider, intermediary or evaluator that is paid",
            )


def _labels(scenario: Scenario) -> None:
    """What is paid is labelled by the payment's name, and the cohort's where it is for one."""
    seen: set[str] = set()
    for index, payment in enumerate(scenario.payments):
        cohorts = [f", cohort {cohort.name}" for cohort in scenario.cohorts] if payment.scope == "cohort" else [""]
        labels = {payment.name + cohort for cohort in cohorts}
        if labels & seen:
            raise Refusal(
                ("payments", index, "name"),
                payment.name,
                f"no two payments stand in the ledger under one label; `{min(labels & seen)}` would",
                "give one of them another name",
            )
        seen |= labels


def _references(scenario: Scenario) -> None:
    payments = [payment.name for payment in scenario.payments]
    for index, payment in enumerate(scenario.payments):
        at = ("payments", index)
        _one_of(payment.metric, [m.name for m in scenario.metrics], (*at, "metric"), "a payment reads a metric")
        if payment.when.unpaid is None:
            continue
        path = (*at, "when", "unpaid")
        _one_of(payment.when.unpaid, payments, path, "`unpaid` names another payment")
        other = scenario.payments[payments.index(payment.when.unpaid)]
        if payments.index(other.name) >= index or other.scope != "cohort":
            raise Refusal(
                path,
                payment.when.unpaid,
                '`unpaid` names a payment of scope "cohort" that stands above this one',
                "put the other payment first, or leave `unpaid` out",
            )
    for index, limit in enumerate(scenario.limits):
        for position, name in enumerate(limit.on):
            _one_of(name, payments, ("limits", index, "on", position), "a limit is on payments")
    for index, event in enumerate(scenario.events):
        for position, name in enumerate(event.cohorts):
            cohorts = [cohort.name for cohort in scenario.cohorts]
            _one_of(name, cohorts, ("events", index, "cohorts", position), "an event is about cohorts")
    if not served(scenario):
        raise Refusal(
            ("events",),
            sorted(cancelled(scenario)),
            "at least one cohort is left to be measured",
            "leave one cohort out of the cancellations",
        )


def _dates(scenario: Scenario) -> None:
    dated: list[tuple[Path, dt.date]] = [
        (("cohorts", i, "enrol", "starts"), c.enrol.starts) for i, c in enumerate(scenario.cohorts)
    ]
    dated += [(("costs", i, "starts"), c.starts) for i, c in enumerate(scenario.costs) if c.starts]
    dated += [(("events", i, "date"), e.date) for i, e in enumerate(scenario.events)]
    for path, day in dated:
        if day < scenario.start:
            raise Refusal(
                path,
                day,
                f"nothing happens before the scenario starts ({scenario.start})",
                "correct the date, or move `start` back",
            )


def _results(scenario: Scenario) -> None:
    cohorts = served(scenario)
    for index, metric in enumerate(scenario.metrics):
        path: Path = ("metrics", index, "reported")
        lag, dates = metric.reported.months_after_enrolment, metric.reported.dates
        if lag is not None and lag < metric.window_months:
            raise Refusal(
                (*path, "months_after_enrolment"),
                lag,
                f"a result is known once the last person's window of {metric.window_months} months has passed",
                f"write {metric.window_months} or more",
            )
        if dates is None:
            continue
        if len(dates) != len(cohorts):
            raise Refusal(
                (*path, "dates"),
                f"{len(dates)} dates",
                f"there is one date for each cohort that is measured: {len(cohorts)}",
                f"give the dates of cohorts {', '.join(cohort.name for cohort in cohorts)}",
            )
        for position, (cohort, day) in enumerate(zip(cohorts, dates, strict=True)):
            earliest = add_months(cohort.enrol.last_day, metric.window_months)
            if day < earliest:
                raise Refusal(
                    (*path, "dates", position),
                    day,
                    f"cohort {cohort.name}'s result is known once the last person's window has passed ({earliest})",
                    "correct the date, the cohort's enrolment or the metric's window",
                )


def _cancellations(scenario: Scenario) -> None:
    for index, event in enumerate(scenario.events):
        for cohort in scenario.cohorts:
            windows = [add_months(cohort.enrol.last_day, metric.window_months) for metric in scenario.metrics]
            if cohort.name in event.cohorts and event.date >= min(windows):
                raise Refusal(
                    ("events", index, "date"),
                    event.date,
                    f"cohort {cohort.name} is measured once its last window has ended ({min(windows)}), and paid for",
                    "correct the date, or leave the cohort out of the event",
                )


def _order(scenario: Scenario) -> None:
    """A payment for those that another has not paid for comes after it, or it would pay for them twice."""
    for index, payment in enumerate(scenario.payments):
        if payment.when.unpaid is None:
            continue
        other = next(p for p in scenario.payments if p.name == payment.when.unpaid)
        before = payment_dates(scenario, other)
        for cohorts, day in payment_dates(scenario, payment).items():
            last = max(before[(name,)] for name in cohorts)
            if day < last:
                raise Refusal(
                    ("payments", index, "when", "unpaid"),
                    f"due {day}, before `{other.name}` on {last}",
                    "what another payment has not paid for is known once that payment has fallen due",
                    f"raise `months_after_result` here, or lower it in `{other.name}`",
                )


def _beliefs(scenario: Scenario) -> None:
    metrics = [metric.name for metric in scenario.metrics]
    tranches = [tranche.name for tranche in scenario.tranches]
    tables: dict[str, tuple[Mapping[str, Any], list[str], bool]] = {
        "comparison": (scenario.beliefs.comparison, metrics, True),
        "effects": (scenario.beliefs.effects, metrics, True),
        "evaluation": (scenario.beliefs.evaluation, metrics, False),
        "discount_rates": (scenario.beliefs.discount_rates, tranches, True),
    }
    for key, (table, known, all_of_them) in tables.items():
        for name in table:
            _one_of(name, known, ("beliefs", key, name), f"`beliefs.{key}` is about what the deal has")
        for name in known:
            if all_of_them and name not in table:
                raise Refusal(
                    ("beliefs", key, name),
                    MISSING,
                    f"`beliefs.{key}` has an entry for each of: {', '.join(known)}",
                    f'add "{name}" to the table [beliefs.{key}]',
                )


def _bounded(scenario: Scenario) -> None:
    for index, payment in enumerate(scenario.payments):
        capped = any(payment.name in limit.on and limit.amount is not None for limit in scenario.limits)
        if payment.pays.beyond == "extended" and payment.reading == "improvement" and not capped:
            raise Refusal(
                ("payments", index, "pays", "beyond"),
                "extended",
                "an improvement has no bound where the comparison has no events; a payment on it needs one",
                "add a limit with an amount on this payment, or let it read units",
            )


def _possible(scenario: Scenario) -> None:
    """Fewer events than none cannot be: an improvement above 1 there is most often a percentage, 9 for 0.09."""
    for payment_index, payment in enumerate(scenario.payments):
        metric = next(m for m in scenario.metrics if m.name == payment.metric)
        level = payment.when.improvement
        if metric.better == "lower" and level is not None and level > 1:
            raise Refusal(
                ("payments", payment_index, "when", "improvement"),
                level,
                "at most 1, which is no event at all",
                "write 0.10 for ten per cent",
            )
    for metric in scenario.metrics:
        effect = scenario.beliefs.effects[metric.name]
        for key in ("value", "mean", "low", "mode", "high"):
            figure = getattr(effect, key, 0.0)
            if metric.better == "lower" and figure > 1:
                raise Refusal(
                    ("beliefs", "effects", metric.name, *(() if key == "value" else (key,))),
                    figure,
                    "at most 1, which is no event at all",
                    "write 0.09 for nine per cent",
                )
        if effect.distribution == "normal":
            sign = 1.0 if metric.better == "lower" else -1.0
            extreme = sign * effect.mean + 2.33 * math.hypot(effect.sd, effect.between_cohorts)
            if extreme > 1:
                raise Refusal(
                    ("beliefs", "effects", metric.name, "sd"),
                    effect.sd,
                    "at most one future in 100 has an effect beyond no event at all, which counts as none",
                    "lower `sd` or `between_cohorts` (0.05 for five points), or use a bounded distribution",
                )


def _funding(scenario: Scenario) -> None:
    count = sum(cost.instalments * (1 if cost.per == "deal" else len(scenario.cohorts)) for cost in scenario.costs)
    if count > MOST_INSTALMENTS:
        raise Refusal(
            ("costs",),
            f"{count:,} instalments",
            f"at most {MOST_INSTALMENTS:,} instalments in all",
            "lower `instalments`, or put costs together",
        )
    committed = math.fsum(tranche.amount for tranche in scenario.tranches)
    spent = math.fsum(item.amount for item in instalments(scenario))
    if spent > committed * (1 + 1e-12):
        raise Refusal(
            ("costs",),
            f"{spent:,.2f} in all",
            f"costs are paid from the capital committed, {committed:,.2f}",
            "raise the tranche's amount or lower the costs",
        )
    if spent == 0:
        raise Refusal(
            ("costs",),
            "0 in all",
            "the programme costs something: nothing is drawn and nothing is at risk otherwise",
            "give a cost an amount above 0",
        )


def _one_of(name: str, known: Iterable[str], path: Path, rule: str) -> None:
    names = list(known)
    if name not in names:
        raise Refusal(path, name, f"{rule}; there is no `{name}`", nearest(name, names))
