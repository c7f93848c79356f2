"""Rules about limits: each is on payments that it can cut. Before the rules about money."""

from __future__ import annotations

import math

from sib.errors import MISSING, Refusal
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.payment import Limit, Payment

MOST_MILESTONES = 8  # under ceilings a person, where they do not follow on one another


def check(terms: Terms, timetable: Timetable) -> None:
    """Check what limits are on."""
    for i, limit in enumerate(terms.limits):
        _limit(terms, timetable, i, limit)


def _limit(terms: Terms, timetable: Timetable, i: int, limit: Limit) -> None:
    """A limit fits the payments that it is on."""
    payments = [timetable.payments[name] for name in timetable.limited(limit.name)]
    _on_outcomes(timetable, i, limit)
    if limit.amount is not None and limit.payer is None and limit.scope == "pooled":
        fixed = math.fsum(
            payment.pays.on(occasion.priced).amount or 0.0
            for payment in payments
            for occasion in timetable.occasions(payment.name)
            if payment.metric is None and payment.of is None and not payment.when.model_fields_set
        )
        if fixed > limit.amount * (1 + 1e-12):
            raise Refusal(
                ("limits", i, "amount"),
                limit.amount,
                f"a cap is not below what is fixed: {fixed:,.2f} falls due whatever the results",
                "raise the cap, or lower the fixed payments",
            )
    if limit.payer is not None:
        for j, payment in enumerate(payments):
            if limit.payer not in (*payment.payers, payment.payer or terms.outcome_payer):
                raise Refusal(
                    _on(limit, i, j),
                    payment.name,
                    f"`{limit.payer}` pays what its limit is on",
                    "name payments that it pays, or correct the payer",
                )
    for j, payment in enumerate(payments):
        by_cohort = payment.metric is not None and payment.scope in ("cohort", "pooled", "to date")
        if limit.scope == "cohort" and not (by_cohort and _by_cohort(timetable, payment)):
            raise Refusal(
                _on(limit, i, j),
                payment.name,
                "a limit for each cohort is on payments for cohorts",
                'write `scope = "pooled"`, or leave this payment out'
                if limit.on
                else f'write `scope = "pooled"`, or take it out: except = ["{payment.name}"]',
            )
    ends_costs = [event.name for event in terms.events if not event.certain and (event.costs or event.cohorts)]
    if limit.return_on_costs is not None and ends_costs:
        raise Refusal(
            ("limits", i, "return_on_costs"),
            limit.return_on_costs,
            f"the return is capped on what is spent for certain; `{ends_costs[0]}` may end costs",
            "cap the return of the tranche (`return_cap`), or the payments by an amount",
        )
    if limit.per_person is not None:
        _ceiling(terms, timetable, i, limit, payments)


def _on_outcomes(timetable: Timetable, i: int, limit: Limit) -> None:
    """What a limit without `on` is on: some outcome payment, and `except` takes outcome payments out."""
    for j, name in enumerate(limit.except_ or ()):
        if timetable.payments[name].metric is None:
            raise Refusal(
                ("limits", i, "except", j),
                name,
                f"a limit without `on` is on outcome payments; `{name}` is fixed, and not under it",
                "leave it out",
            )
    if not timetable.limited(limit.name):
        key, came = ("except", list(limit.except_)) if limit.except_ else ("payer", limit.payer or MISSING)
        whose = "" if limit.payer is None else f" that {limit.payer} pays"
        raise Refusal(
            ("limits", i, key if limit.except_ or limit.payer else "on"),
            came,
            f"a limit is on outcome payments{whose}, and there is none left",
            "name the payments that it is on, or remove the limit",
        )


def _on(limit: Limit, i: int, *position: int) -> Path:
    """Where it says that a limit is on a payment: the limit itself, where it is on all outcome payments."""
    return ("limits", i, "on", *position) if limit.on is not None else ("limits", i)


def _by_cohort(timetable: Timetable, payment: Payment) -> bool:
    return payment.metric is not None and not timetable.reporting(payment.metric).by_period


def _ceiling(terms: Terms, timetable: Timetable, i: int, limit: Limit, payments: list[Payment]) -> None:
    """A ceiling a person is on milestones whose overlaps can be followed."""
    seen: set[str] = set()
    for j, payment in enumerate(payments):
        metric = None if payment.metric is None else timetable.metrics[payment.metric]
        plain = payment.pays.per_unit is not None and payment.scope in ("cohort", "period") and not payment.less
        plain &= payment.when.model_fields_set == set() and payment.cohorts is None
        plain &= payment.published_from is None and payment.published_until is None
        plain &= not any(payment.name in event.payments for event in terms.events)
        plain &= metric is None or not timetable.reporting(metric.name).cumulative
        if metric is None or not metric.once or not plain or metric.name in seen:
            raise Refusal(
                _on(limit, i, j),
                payment.name,
                "a ceiling a person is on prices (`per_unit`) of milestones that count each person once, one each",
                "give such prices, without conditions and for all cohorts, or cap the total with `amount`",
            )
        seen.add(metric.name)
    free = [name for name in seen if timetable.metrics[name].among not in seen]
    if len(free) > 1 and len(seen) > MOST_MILESTONES:
        raise Refusal(
            _on(limit, i),
            f"{len(seen)} milestones",
            f"at most {MOST_MILESTONES} milestones under a ceiling a person, unless each follows on another",
            "name with `among` which milestone each follows on",
        )
