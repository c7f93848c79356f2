"""Rules about limits: each is on payments that it can cut. Before the rules about money."""

from __future__ import annotations

import math

from sib.errors import MISSING, Refusal
from sib.scenario.followed import Followed
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.payment import Limit, Payment

MOST_FOLLOWED = 1_000_000  # persons times results of milestones; each takes some 20 nanoseconds a path


def check(terms: Terms, timetable: Timetable) -> None:
    """Check what limits are on."""
    for i, limit in enumerate(terms.limits):
        _limit(terms, timetable, i, limit)
    _followed(timetable)


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
    if limit.a_person:
        _a_person(terms, timetable, i, limit, payments)


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


def _a_person(terms: Terms, timetable: Timetable, i: int, limit: Limit, payments: list[Payment]) -> None:
    """A limit a person is on prices of milestones, one on each result, whose persons can be followed."""
    on: dict[tuple[str, int], str] = {}
    ended = {name for event in terms.events for name in event.payments}
    for j, payment in enumerate(payments):
        metric = None if payment.metric is None else timetable.metrics[payment.metric]
        plain = payment.pays.per_unit is not None and payment.scope in ("cohort", "period") and not payment.less
        plain &= payment.when.model_fields_set == set()
        plain &= payment.name not in ended
        plain &= metric is None or not timetable.reporting(metric.name).cumulative
        if metric is None or not metric.once or not plain:
            raise Refusal(
                _on(limit, i, j),
                payment.name,
                "a limit a person is on prices (`per_unit`) of milestones that count each person once",
                "give such prices, without conditions, or cap the total with `amount`",
            )
        for occasion in timetable.occasions(payment.name):
            (result,) = occasion.results
            other = on.setdefault((metric.name, result), payment.name)
            if other != payment.name:
                raise Refusal(
                    _on(limit, i, j),
                    payment.name,
                    f"under a limit a person a milestone has one price on each result; on the result of"
                    f" {timetable.result_names(metric.name)[result]} `{metric.name}` has that of `{other}` as well",
                    "let one end before the other begins (`published_until`, `published_from`), or add the two up",
                )


def _followed(timetable: Timetable) -> None:
    """Milestones that are followed person by person are reported alike, and not too many to follow."""
    followed = Followed(timetable)
    milestones, place = set(followed.milestones), {limit.name: i for i, limit in enumerate(timetable.terms.limits)}
    for limit in followed.limits:
        i, names = place[limit.name], timetable.limited(limit.name)
        of = dict.fromkeys(timetable.payments[name].metric or "" for name in names)
        of |= dict.fromkeys(above for name in of for above in followed.above(name) if above in milestones)
        by_period = {name: timetable.reporting(name).by_period for name in of}
        if len(set(by_period.values())) > 1:
            cohort, period = (next(n for n, one in by_period.items() if one == kind) for kind in (False, True))
            raise Refusal(
                _on(limit, i),
                f"{cohort} and {period}",
                "persons are followed from one milestone to the next by cohort, or by period: one of the two;"
                f" `{cohort}` has a result a cohort, `{period}` one a period",
                "report both alike, or give each a limit of its own",
            )
    if followed.profiles or not followed.limits:
        return
    persons = sum(cohort.size for cohort in timetable.served)
    by_period = {name: timetable.reporting(name).by_period for name in followed.milestones}
    results = sum(len(timetable.results(name)) if by_period[name] else 1 for name in by_period)
    if persons * results > MOST_FOLLOWED:
        limit = followed.limits[0]
        raise Refusal(
            _on(limit, place[limit.name]),
            f"{persons:,} persons x {results:,} results of {len(by_period)} milestones = {persons * results:,}",
            f"at most {MOST_FOLLOWED:,} persons times results are followed one by one",
            "report by cohort or less often, put fewer milestones under the limit, or cap the total with `amount`",
        )
