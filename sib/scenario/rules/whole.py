"""The rules that hold between the terms of a scenario. Each raises a `Refusal` naming the key that breaks it.

Rules about one term alone stand with that term; here are those that need two or more: names, references and dates.
What is measured is checked in `checks_metrics.py`, where the money goes in `checks_capital.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sib.errors import Refusal
from sib.scenario.rules import evidence as checks_evidence
from sib.scenario.rules import metrics as checks_metrics
from sib.scenario.rules import money as checks_capital
from sib.scenario.rules.finding import Path, one_of
from sib.scenario.timetable import cancelled, claims, metric_of, reporting, results, served, tested_alike
from sib.terms.calendar import add_months

if TYPE_CHECKING:
    from sib.scenario.scenario import Scenario

RESERVED = ("treated", "comparison", "n", "standard_error", "pooled", "improvement", "points", "units", "level")
GROUPS = ("cohorts", "metrics", "payments", "limits", "tranches", "remainders", "costs", "events")
MOST_CLAIMS = 20_000


def check(scenario: Scenario) -> None:
    """Check a scenario as a whole.

    Raises
    ------
    Refusal
        For the first rule that is broken.
    """
    _names(scenario)
    _parties(scenario)
    _references(scenario)
    checks_metrics.hanging_together(scenario)
    _dates(scenario)
    checks_metrics.check(scenario)
    checks_evidence.check(scenario)
    _conditions(scenario)
    _claims(scenario)
    _labels(scenario)
    _order(scenario)
    _hanging(scenario)
    _cancellations(scenario)
    checks_capital.check(scenario)


def _names(scenario: Scenario) -> None:
    for index, cohort in enumerate(scenario.cohorts):
        if cohort.name in RESERVED:
            raise Refusal(
                ("cohorts", index, "name"),
                cohort.name,
                f"a cohort is not called {', '.join(RESERVED)}: results go by these words",
                "give the cohort another name",
            )
    for group in GROUPS:
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
    for path, name, rule in _paying(scenario):
        if name == scenario.vehicle or (name in roles and "owed_by" not in path and "shares" not in path):
            if path[-1] in ("payer", name, "by", "paid_by") and name == scenario.outcome_payer:
                continue
            raise Refusal(path, name, f"{rule}; this is {roles[name]}", "name another party")


def _paying(scenario: Scenario) -> Iterator[tuple[Path, str, str]]:
    """Parties that pay or share: where they are named, who they are, what they must be."""
    for i, payment in enumerate(scenario.payments):
        if payment.payer is not None:
            yield ("payments", i, "payer"), payment.payer, "outcomes are paid for by a party outside the vehicle"
        for name in payment.payers:
            yield ("payments", i, "payers", name), name, "outcomes are paid for by a party outside the vehicle"
        if payment.owed_by is not None:
            yield ("payments", i, "owed_by"), payment.owed_by, "what is owed is owed by an investor or a provider"
    for i, tranche in enumerate(scenario.tranches):
        if tranche.guarantee is not None:
            yield ("tranches", i, "guarantee", "by"), tranche.guarantee.by, "a guarantor is a party outside the deal"
    for i, remainder in enumerate(scenario.remainders):
        for name in remainder.shares:
            yield ("remainders", i, "shares", name), name, "what remains leaves the vehicle"
    for i, event in enumerate(scenario.events):
        if event.paid_by is not None:
            yield ("events", i, "paid_by"), event.paid_by, "a redemption is paid for by a party outside the vehicle"


def _labels(scenario: Scenario) -> None:
    """No two payments stand under one label, which is the payment's name, and the cohort's where it is for one."""
    seen: set[str] = set()
    for index, payment in enumerate(scenario.payments):
        labels = {claim.label for claim in claims(scenario, payment)}
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
    metrics = [metric.name for metric in scenario.metrics]
    cohorts = [cohort.name for cohort in scenario.cohorts]
    costs = [cost.name for cost in scenario.costs]
    tranches = [tranche.name for tranche in scenario.tranches]
    for i, payment in enumerate(scenario.payments):
        at: Path = ("payments", i)
        if payment.metric is not None:
            one_of(payment.metric, metrics, (*at, "metric"), "a payment reads a metric")
        for name in payment.when.others:
            one_of(name, metrics, (*at, "when", "others", name), "a condition is on a metric")
        for key, names in (("made", payment.when.made), ("not_made", payment.when.not_made)):
            for j, name in enumerate(names or ()):
                _above(name, payments, i, (*at, "when", key, j))
        for j, name in enumerate(payment.less or ()):
            _above(name, payments, i + 1, (*at, "less", j))
        for j, name in enumerate(payment.cohorts or ()):
            one_of(name, cohorts, (*at, "cohorts", j), "a payment is for cohorts")
        if payment.of is not None and payment.of.principal is not None:
            one_of(payment.of.principal, tranches, (*at, "of", "principal"), "principal is a tranche's")
        if payment.of is not None and payment.of.cost is not None:
            one_of(payment.of.cost, costs, (*at, "of", "cost"), "it is a share of a cost")
        if payment.when.unpaid is None:
            continue
        path = (*at, "when", "unpaid")
        one_of(payment.when.unpaid, payments, path, "`unpaid` names another payment")
        other = scenario.payments[payments.index(payment.when.unpaid)]
        if payments.index(other.name) >= i or other.scope != "cohort" or other.metric != payment.metric:
            raise Refusal(
                path,
                payment.when.unpaid,
                '`unpaid` names a payment of scope "cohort" on the same metric that stands above this one',
                "put the other payment first, or leave `unpaid` out",
            )
    for i, limit in enumerate(scenario.limits):
        for j, name in enumerate(limit.on):
            one_of(name, payments, ("limits", i, "on", j), "a limit is on payments")
    for i, tranche in enumerate(scenario.tranches):
        for j, name in enumerate(tranche.repaid_from or ()):
            path = ("tranches", i, "repaid_from", j)
            if name in metrics and name not in payments:
                raise Refusal(
                    path,
                    name,
                    f"a tranche is repaid from payments; `{name}` is a metric",
                    "name the payments that are made for it, or add one: nobody is repaid from what nobody pays for",
                )
            one_of(name, payments, path, "a tranche is repaid from payments")
    for i, remainder in enumerate(scenario.remainders):
        for j, name in enumerate(remainder.on or ()):
            one_of(name, payments, ("remainders", i, "on", j), "what remains is of payments")
    for i, event in enumerate(scenario.events):
        if event.metric is not None:
            one_of(event.metric, metrics, ("events", i, "metric"), "an event is decided on a metric")
        for key, names, known in (
            ("cohorts", event.cohorts, cohorts),
            ("costs", event.costs, costs),
            ("payments", event.payments, payments),
        ):
            for j, name in enumerate(names):
                one_of(name, known, ("events", i, key, j), f"an event is about {key}")
        for name in event.redeems:
            one_of(name, tranches, ("events", i, "redeems", name), "an event redeems tranches")
    if not served(scenario):
        raise Refusal(
            ("events",),
            sorted(cancelled(scenario)),
            "at least one cohort is left to be measured",
            "leave one cohort out of the cancellations",
        )


def _above(name: str, payments: list[str], count: int, path: Path) -> None:
    """Refuse the name of a payment that is not among the first so many: it has not been decided yet."""
    one_of(name, payments, path, "it names another payment")
    if name not in payments[:count]:
        raise Refusal(
            path,
            name,
            "a payment depends on payments that stand above it, so that they never depend on each other in a circle",
            f"put `{name}` above this one",
        )


def _dates(scenario: Scenario) -> None:
    dated: list[tuple[Path, dt.date]] = [
        (("cohorts", i, "enrol", "starts"), c.enrol.starts) for i, c in enumerate(scenario.cohorts)
    ]
    dated += [(("costs", i, "starts"), c.starts) for i, c in enumerate(scenario.costs) if c.starts]
    dated += [(("events", i, "date"), e.date) for i, e in enumerate(scenario.events)]
    for i, payment in enumerate(scenario.payments):
        if payment.due is not None:
            dated += [(("payments", i, "due", "dates", j), day) for j, day in enumerate(payment.due.dates or ())]
            dated += [(("payments", i, "due", "starts"), payment.due.starts)] if payment.due.starts else []
    for i, tranche in enumerate(scenario.tranches):
        dated += [(("tranches", i, "repaid_on", j, 0), day) for j, (day, _) in enumerate(tranche.repaid_on or ())]
    if scenario.receipts_pay_costs_until is not None:
        dated.append((("receipts_pay_costs_until",), scenario.receipts_pay_costs_until))
    for path, day in dated:
        if day < scenario.start:
            raise Refusal(
                path,
                day,
                f"nothing happens before the scenario starts ({scenario.start})",
                "correct the date, or move `start` back",
            )


def _conditions(scenario: Scenario) -> None:
    """A level of another metric is known when it is tested, and a decision has something to decide on."""
    for i, payment in enumerate(scenario.payments):
        first = min((claim.date for claim in claims(scenario, payment)), default=None)
        for name in payment.when.others:
            published = {result.name: result.date for result in results(scenario, metric_of(scenario, name))}
            known = min(published.values())
            if payment.metric is not None and payment.scope in ("cohort", "period"):
                mine = results(scenario, metric_of(scenario, payment.metric))
                for claim in claims(scenario, payment):
                    of_it = published.get(mine[claim.results[0]].name, known)
                    if of_it > claim.date:
                        known, first = of_it, claim.date
            if first is not None and known > first:
                raise Refusal(
                    ("payments", i, "when", "others", name),
                    f"first published on {known}, tested on {first}",
                    "a result is published before a payment depends on it",
                    "raise `months_after_result`, or correct when the metric is reported",
                )
    for i, event in enumerate(scenario.events):
        if event.metric is not None:
            known = min(result.date for result in results(scenario, metric_of(scenario, event.metric)))
            if known > event.date:
                raise Refusal(
                    ("events", i, "date"),
                    event.date,
                    f"an event is decided on results known by then; the first of `{event.metric}` is of {known}",
                    "correct the date, or when the metric is reported",
                )


def _claims(scenario: Scenario) -> None:
    """Every payment can be tested on something, and there are not too many of them."""
    count = 0
    for i, payment in enumerate(scenario.payments):
        found = claims(scenario, payment)
        count += len(found)
        stopped = any(payment.name in event.payments for event in scenario.events)
        if not found and not stopped:
            raise Refusal(
                ("payments", i),
                payment.name,
                "a payment is tested on one result at least; none is left by `cohorts`, `published_from` and the like",
                "correct the cohorts or the dates",
            )
    if count > MOST_CLAIMS:
        raise Refusal(
            ("payments",),
            f"{count:,} occasions",
            f"at most {MOST_CLAIMS:,} occasions on which something may be paid",
            "report fewer periods, or put payments together",
        )


def _hanging(scenario: Scenario) -> None:
    """What a payment hangs on has been decided when it falls due: on the same result, or at all."""
    payments = {payment.name: payment for payment in scenario.payments}
    for i, payment in enumerate(scenario.payments):
        found = claims(scenario, payment)
        for key, names in (("made", payment.when.made), ("not_made", payment.when.not_made), ("less", payment.less)):
            path: Path = ("payments", i, "less") if key == "less" else ("payments", i, "when", key)
            for name in names or ():
                other = payments[name]
                alike = tested_alike(scenario, payment, other)
                single = payment.scope in ("cohort", "period")
                if key == "less" and single and not alike:
                    raise Refusal(
                        path,
                        name,
                        "a payment for each cohort or period takes off what was paid on the same one",
                        f"let `{name}` be tested on the same cohorts or periods, or take it off a pooled payment",
                    )
                dates = {claim.results if alike else (): claim.date for claim in reversed(claims(scenario, other))}
                for claim in found:
                    before = dates.get(claim.results if alike else ())
                    if name != payment.name and before is not None and before > claim.date:
                        raise Refusal(
                            path,
                            f"`{name}` is due {before}, this {claim.date}",
                            "what a payment hangs on has fallen due by then",
                            f"raise `months_after_result` here, or lower it in `{name}`",
                        )


def _order(scenario: Scenario) -> None:
    """A payment for those that another has not paid for comes after it, or it would pay for them twice."""
    for index, payment in enumerate(scenario.payments):
        if payment.when.unpaid is None:
            continue
        other = next(p for p in scenario.payments if p.name == payment.when.unpaid)
        before = {claim.results[0]: claim.date for claim in claims(scenario, other)}
        for claim in claims(scenario, payment):
            last = max((before[result] for result in claim.results if result in before), default=claim.date)
            if claim.date < last:
                raise Refusal(
                    ("payments", index, "when", "unpaid"),
                    f"due {claim.date}, before `{other.name}` on {last}",
                    "what another payment has not paid for is known once that payment has fallen due",
                    f"raise `months_after_result` here, or lower it in `{other.name}`",
                )


def _cancellations(scenario: Scenario) -> None:
    for index, event in enumerate(scenario.events):
        for payment in scenario.payments if event.cohorts and not event.certain else ():
            by_period = (
                payment.metric is not None and reporting(scenario, metric_of(scenario, payment.metric)).by_period
            )
            if by_period and payment.name not in event.payments:
                raise Refusal(
                    ("events", index, "cohorts"),
                    f"`{payment.name}` is on `{payment.metric}`",
                    "results by period are over all cohorts: what is paid on them cannot leave out a cohort that ends",
                    f'add "{payment.name}" to the event\'s `payments`, or report `{payment.metric}` by cohort',
                )
        for cohort in scenario.cohorts:
            windows = [add_months(cohort.enrol.last_day, metric.window_months or 0) for metric in scenario.metrics]
            if cohort.name in event.cohorts and event.date >= min(windows):
                raise Refusal(
                    ("events", index, "date"),
                    event.date,
                    f"cohort {cohort.name} is measured once its last window has ended ({min(windows)}), and paid for",
                    "correct the date, or leave the cohort out of the event",
                )
