"""Rules about where the money goes: payments reach somebody, nothing is stuck in the vehicle, costs are funded."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING

from sib.errors import Refusal
from sib.scenario.reading import reading
from sib.scenario.rules.finding import Path
from sib.scenario.timetable import claims, instalments, metric_of, reporting

if TYPE_CHECKING:
    from sib.scenario.scenario import Scenario
    from sib.terms.capital import Tranche
    from sib.terms.payment import Limit, Payment

MOST_INSTALMENTS = 50_000
_CENT = 0.01
MOST_MILESTONES = 8  # under ceilings a person, where they do not follow on one another


def check(scenario: Scenario) -> None:
    """Check where the money goes."""
    for i, payment in enumerate(scenario.payments):
        _payee(scenario, i, payment)
        _bounded(scenario, i, payment)
    for i, limit in enumerate(scenario.limits):
        _limit(scenario, i, limit)
    for i, tranche in enumerate(scenario.tranches):
        _repaid(scenario, i, tranche)
    _leftover(scenario)
    _revolving(scenario)
    _redemptions(scenario)
    _funding(scenario)


def to_vehicle(scenario: Scenario) -> list[Payment]:
    """The payments that go to the vehicle and are shared out by the waterfall."""
    return [payment for payment in scenario.payments if payment.to is None]


def takers(scenario: Scenario, payment: str) -> list[Tranche]:
    """The tranches that are repaid from a payment, or have equity in it."""
    return [t for t in scenario.tranches if t.kind != "grant" and (t.repaid_from is None or payment in t.repaid_from)]


def remaining(scenario: Scenario, payment: str | None) -> dict[str, float]:
    """Who is named to get what remains of a payment; empty where nobody is."""
    for remainder in sorted(scenario.remainders, key=lambda item: item.on is None):
        if remainder.on is None or payment in remainder.on:
            return dict(remainder.shares)
    return {}


def _payee(scenario: Scenario, i: int, payment: Payment) -> None:
    tranches = [tranche.name for tranche in scenario.tranches]
    payers = [*payment.payers, payment.payer or scenario.outcome_payer]
    if payment.to == scenario.vehicle or payment.to in payers:
        raise Refusal(
            ("payments", i, "to"),
            payment.to,
            "a payment goes to the vehicle unless `to` names another party, who does not pay it",
            "leave `to` out" if payment.to == scenario.vehicle else "name the party that is paid",
        )
    if payment.repays and payment.to not in tranches:
        raise Refusal(
            ("payments", i, "repays"),
            payment.repays,
            "capital is repaid to a tranche",
            f"name one under `to`: {', '.join(tranches)}",
        )
    if payment.owed_by is not None and payment.owed_by in payers:
        raise Refusal(
            ("payments", i, "owed_by"), payment.owed_by, "nobody owes to themselves", "name the investor or provider"
        )


def _bounded(scenario: Scenario, i: int, payment: Payment) -> None:
    capped = any(payment.name in limit.on and limit.amount is not None for limit in scenario.limits)
    unbounded = payment.metric is not None and payment.pays.beyond == "extended" and payment.owed_by is not None
    if unbounded and (reading(scenario, payment) == "improvement" or metric_of(scenario, payment.metric or "").parts):
        raise Refusal(
            ("payments", i, "pays", "beyond"),
            "extended",
            "an improvement has no bound where the comparison has no events, so what is owed on it would have none",
            "leave `beyond` out, so that the ends are flat, or let it read points or units",
        )
    if payment.pays.beyond == "extended" and reading(scenario, payment) == "improvement" and not capped:
        raise Refusal(
            ("payments", i, "pays", "beyond"),
            "extended",
            "an improvement has no bound where the comparison has no events; a payment on it needs one",
            "add a limit with an amount on this payment, or let it read units",
        )


def _limit(scenario: Scenario, i: int, limit: Limit) -> None:
    payments = [next(p for p in scenario.payments if p.name == name) for name in limit.on]
    if limit.amount is not None and limit.payer is None and limit.scope == "pooled":
        fixed = math.fsum(
            (payment.pays.amount or 0.0) * len(claims(scenario, payment))
            for payment in payments
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
            if limit.payer not in (*payment.payers, payment.payer or scenario.outcome_payer):
                raise Refusal(
                    ("limits", i, "on", j),
                    payment.name,
                    f"`{limit.payer}` pays what its limit is on",
                    "name payments that it pays, or correct the payer",
                )
    for j, payment in enumerate(payments):
        by_cohort = payment.metric is not None and payment.scope in ("cohort", "pooled", "to date")
        if limit.scope == "cohort" and not (by_cohort and _by_cohort(scenario, payment)):
            raise Refusal(
                ("limits", i, "on", j),
                payment.name,
                "a limit for each cohort is on payments for cohorts",
                'write `scope = "pooled"`, or leave this payment out',
            )
    ends_costs = [event.name for event in scenario.events if not event.certain and (event.costs or event.cohorts)]
    if limit.annual_return is not None and ends_costs:
        raise Refusal(
            ("limits", i, "annual_return"),
            limit.annual_return,
            f"the return is capped on what is spent for certain; `{ends_costs[0]}` may end costs",
            "cap the return of the tranche (`return_cap`), or the payments by an amount",
        )
    if limit.per_person is not None:
        _ceiling(scenario, i, payments)


def _by_cohort(scenario: Scenario, payment: Payment) -> bool:
    return payment.metric is not None and not reporting(scenario, metric_of(scenario, payment.metric)).by_period


def _ceiling(scenario: Scenario, i: int, payments: list[Payment]) -> None:
    seen: set[str] = set()
    for j, payment in enumerate(payments):
        metric = None if payment.metric is None else metric_of(scenario, payment.metric)
        plain = payment.pays.per_unit is not None and payment.scope in ("cohort", "period") and not payment.less
        plain &= payment.when.model_fields_set == set() and payment.cohorts is None
        plain &= payment.published_from is None and payment.published_until is None
        plain &= not any(payment.name in event.payments for event in scenario.events)
        plain &= metric is None or not reporting(scenario, metric).cumulative
        if metric is None or not metric.once or not plain or metric.name in seen:
            raise Refusal(
                ("limits", i, "on", j),
                payment.name,
                "a ceiling a person is on prices (`per_unit`) of milestones that count each person once, one each",
                "give such prices, without conditions and for all cohorts, or cap the total with `amount`",
            )
        seen.add(metric.name)
    free = [name for name in seen if metric_of(scenario, name).among not in seen]
    if len(free) > 1 and len(seen) > MOST_MILESTONES:
        raise Refusal(
            ("limits", i, "on"),
            f"{len(seen)} milestones",
            f"at most {MOST_MILESTONES} milestones under a ceiling a person, unless each follows on another",
            "name with `among` which milestone each follows on",
        )


def _repaid(scenario: Scenario, i: int, tranche: Tranche) -> None:
    for j, name in enumerate(tranche.repaid_from or ()):
        payment = next(p for p in scenario.payments if p.name == name)
        if payment.to is not None:
            raise Refusal(
                ("tranches", i, "repaid_from", j),
                name,
                f"a tranche is repaid from what goes to the vehicle; `{name}` goes straight to {payment.to}",
                "leave `to` out of that payment, or do not name it here",
            )
    pots = {
        (tuple(t.name for t in takers(scenario, p.name)), tuple(remaining(scenario, p.name).items()))
        for p in to_vehicle(scenario)
        if tranche.repaid_from is None or p.name in tranche.repaid_from
    }
    if tranche.repaid_on is not None and len(pots) > 1:
        raise Refusal(
            ("tranches", i, "repaid_on"),
            f"repaid from {len(pots)} pots",
            "money is kept for scheduled repayments in one pot: payments to the same tranches with one remainder",
            "give these payments one remainder, or name those of one pot in `repaid_from`",
        )
    if tranche.repaid_from is not None and tranche.kind == "grant":
        raise Refusal(("tranches", i, "repaid_from"), list(tranche.repaid_from), "a grant is not repaid", "remove it")


def _leftover(scenario: Scenario) -> None:
    """Money that nobody would get is refused by name."""
    names = {tranche.name: tranche for tranche in scenario.tranches}
    for i, payment in enumerate(scenario.payments):
        if payment.to is not None:
            continue
        shares = remaining(scenario, payment.name)
        repaid = takers(scenario, payment.name)
        at: Path = ("payments", i)
        if not shares and not repaid:
            raise Refusal(
                at,
                payment.name,
                f"somebody gets what goes to the vehicle; no tranche is repaid from `{payment.name}`",
                "name it in a tranche's `repaid_from`, name a party under `to`, or add [[remainders]] with shares",
            )
        if not shares and len(repaid) > 1:
            raise Refusal(
                ("remainders",),
                "nothing said",
                f"somebody gets what remains of `{payment.name}` once {', '.join(t.name for t in repaid)} are repaid",
                "add [[remainders]] with the shares of what remains",
            )
        capped = [name for name in shares or (repaid[0].name,) if name in names and names[name].return_cap is not None]
        if len(capped) == len(shares or (1,)):
            raise Refusal(
                ("remainders",),
                ", ".join(capped),
                f"somebody without a cap gets what is over the caps; `{payment.name}` could leave money behind",
                "add a party to [[remainders]] that takes what is over, such as the outcome payer; its share may be 0",
            )
    for i, tranche in enumerate(scenario.tranches):
        shared = any(tranche.name in remainder.shares for remainder in scenario.remainders)
        straight = any(payment.to == tranche.name for payment in scenario.payments)
        if tranche.kind == "equity" and scenario.remainders and not shared and not straight:
            raise Refusal(
                ("tranches", i, "kind"),
                tranche.kind,
                f"equity is paid from what remains; no remainder has a share for `{tranche.name}`",
                "give it a share under [[remainders]], or make it a loan",
            )
    for i, remainder in enumerate(scenario.remainders):
        for name in remainder.shares:
            meant = difflib.get_close_matches(name, names, n=1, cutoff=0.85)
            if meant and name not in names:
                raise Refusal(
                    ("remainders", i, "shares", name),
                    name,
                    "what remains goes to a party; this one is named nowhere else, and another is named almost like it",
                    f'did you mean "{meant[0]}"? If not, use a name that is less like it',
                )
        for j, name in enumerate(remainder.on or ()):
            if next(p for p in scenario.payments if p.name == name).to is not None:
                raise Refusal(
                    ("remainders", i, "on", j), name, "what remains is of what goes to the vehicle", "leave it out"
                )
            if any(name in (other.on or ()) for other in scenario.remainders[:i]):
                raise Refusal(
                    ("remainders", i, "on", j), name, "what remains of a payment is shared once", "name it once"
                )
        if remainder.on is None and any(other.on is None for other in scenario.remainders[:i]):
            raise Refusal(
                ("remainders", i, "on"), "all payments", "what remains of a payment is shared once", "name the payments"
            )


def _revolving(scenario: Scenario) -> None:
    if scenario.receipts_pay_costs_until is None:
        return
    linked = [i for i, tranche in enumerate(scenario.tranches) if tranche.repaid_from is not None]
    if linked or len(scenario.remainders) > 1 or not to_vehicle(scenario):
        raise Refusal(
            ("receipts_pay_costs_until",),
            scenario.receipts_pay_costs_until,
            "receipts that pay costs are one pot: no tranche is repaid from some only, what remains is shared once",
            "remove `repaid_from`, or leave this key out",
        )


def _redemptions(scenario: Scenario) -> None:
    for i, event in enumerate(scenario.events):
        if not event.redeems:
            continue
        for item in instalments(scenario):
            ends = item.cost in event.costs or item.cohort in event.cohorts
            if item.date >= event.date and not ends and item.rank is None:
                raise Refusal(
                    ("events", i, "costs"),
                    f"`{item.cost}` on {item.date}",
                    "capital that goes back pays no more costs: those from that day on end with the event",
                    f'add "{item.cost}" to `costs`',
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
    for i, cost in enumerate(scenario.costs):
        if cost.rank is not None and not to_vehicle(scenario):
            raise Refusal(
                ("costs", i, "rank"),
                cost.rank,
                "a deferred cost is paid from what goes to the vehicle",
                "remove `rank`",
            )
    committed = math.fsum(tranche.amount for tranche in scenario.tranches)
    spent = math.fsum(item.amount for item in instalments(scenario) if item.rank is None)
    if spent > committed * (1 + 1e-12) and scenario.receipts_pay_costs_until is None:
        raise Refusal(
            ("costs",),
            f"{spent:,.2f} in all",
            f"costs are paid from the capital committed, {committed:,.2f}",
            "raise the tranche's amount or lower the costs",
        )
    if spent < _CENT and all(tranche.draws == "as needed" for tranche in scenario.tranches):
        raise Refusal(
            ("costs",),
            f"{spent:g} in all",
            "the programme costs something: nothing is drawn and nothing is at risk otherwise",
            "give a cost an amount above 0",
        )
