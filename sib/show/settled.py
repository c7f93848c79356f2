"""A settlement as a terminal prints it: who pays whom, by what for, and what each tranche makes of it."""

from __future__ import annotations

import math
from collections.abc import Collection

from sib.analysis.ledger import Ledger, Movement
from sib.scenario.layout import table
from sib.scenario.scenario import Scenario
from sib.scenario.wording import listed
from sib.settlement.book import Kind
from sib.show.text import figure

_FEW = 7  # occasions of a payment that are printed one by one


def settlement(scenario: Scenario, ledger: Ledger) -> str:
    """Who pays whom, by what for, and what each tranche makes of it."""
    alike: dict[tuple[str, str, str, str], list[Movement]] = {}
    timetable = scenario.timetable
    many = {
        occasion.label: name
        for name in timetable.payments
        if len(timetable.occasions(name)) > _FEW
        for occasion in timetable.occasions(name)
    }
    for movement in ledger.movements:  # a payment made month by month is one line
        paid = movement.kind in (Kind.OUTCOME, Kind.FIXED)
        label = many.get(movement.label, movement.label) if paid else movement.label
        alike.setdefault((movement.payer, movement.payee, movement.kind, label), []).append(movement)
    rows = []
    for (payer, payee, _, label), found in alike.items():
        dates = f"{found[0].date}" if len(found) == 1 else f"{found[0].date} to {found[-1].date}, {len(found)} times"
        rows.append([payer, payee, label, dates, f"{math.fsum(m.amount for m in found):,.2f}"])
    heads = ["payer", "payee", "for", "on", scenario.currency]
    names = [tranche.name for tranche in scenario.tranches]
    redrawn = {name: _sum(ledger, Kind.REDRAW, payers=(name,)) for name in names}
    besides = {name: ledger.paid(name) - ledger.drawn(name) - redrawn[name] for name in names}
    owing, again = (any(amount > 0 for amount in amounts.values()) for amounts in (besides, redrawn))
    tranches = [
        [
            name,
            f"{ledger.drawn(name):,.2f}",
            *([f"{redrawn[name]:,.2f}"] if again else []),
            f"{ledger.received(name):,.2f}",
            *([f"{owed:,.2f}"] if owing else []),
            figure(ledger.multiple(name), "times capital drawn"),
            figure(ledger.irr(name), "a year"),
        ]
        for name, owed in besides.items()
    ]
    columns = [
        "drawn",
        *(["drawn again"] if again else []),
        "received",
        *(["paid besides its capital"] if owing else []),
    ]
    below = ["tranche", *(f"{column}, {scenario.currency}" for column in columns), "multiple", "IRR a year"]
    payers = timetable.payers
    owed = _sum(ledger, Kind.OUTCOME_OWED)
    fixed = _sum(ledger, Kind.FIXED) - _sum(ledger, Kind.FIXED_OWED)
    redeemed = _sum(ledger, Kind.REDEMPTION, payers=payers)
    rest = _sum(ledger, Kind.LEFT_OVER, payees=payers)
    said = f"Paid for outcomes by {listed(list(payers))}: {scenario.currency} {_sum(ledger, Kind.OUTCOME):,.2f}."
    if owed > 0:
        said = f"{said[:-1]}; owed back to them: {scenario.currency} {owed:,.2f}."
    if len(payers) > 1:
        said += f" All payments of each: {listed([f'{payer} {ledger.paid(payer):,.2f}' for payer in payers])}."
    if rest > 0:
        said += f" Came back to them of what remained: {scenario.currency} {rest:,.2f}."
    if any(payment.metric is None and timetable.occasions(payment.name) for payment in scenario.payments):
        said += f" Fixed payments besides: {scenario.currency} {fixed:,.2f}."
    if redeemed > 0:
        said += f" Early redemption besides: {scenario.currency} {redeemed:,.2f}."
    capital = [table(tranches, below)] if tranches else []
    parts = [scenario.name, table(rows, heads, (0, 1, 2, 3)), *capital, said]
    return "\n\n".join([*parts, *_not_in_time(ledger, scenario.currency)])


def by_payment(scenario: Scenario, ledger: Ledger) -> dict[tuple[str, str], float]:
    """What each payer pays on each payment, all claims together, less what is owed back to it; in the file's order."""
    timetable = scenario.timetable
    of: dict[str, str] = {}
    amounts: dict[tuple[str, str], list[float]] = {}
    for name in timetable.payments:
        amounts |= {(payer, name): [] for payer in timetable.shares(name) if timetable.occasions(name)}
        for occasion in timetable.occasions(name):
            of |= {occasion.label: name, f"{occasion.label}, owed": name}
    for movement in ledger.movements:
        if movement.kind in (Kind.OUTCOME, Kind.FIXED):
            amounts[movement.payer, of[movement.label]].append(movement.amount)
        elif movement.kind in (Kind.OUTCOME_OWED, Kind.FIXED_OWED):
            amounts[movement.payee, of[movement.label]].append(-movement.amount)
    return {place: math.fsum(each) for place, each in amounts.items()}


def _not_in_time(ledger: Ledger, money: str) -> list[str]:
    """A line for each cost of which something is paid late or never, where there is one."""
    text = []
    for (name, party), cost in ledger.costs().groupby(["cost", "party"], sort=False):
        due, late, never = (math.fsum(cost[column]) for column in ("due", "paid_late", "never_paid"))
        if round(never, 2) > 0 and cost["deferred"].all():
            text.append(f"Of {money} {due:,.2f} of `{name}`, deferred, {money} {never:,.2f} is not paid to {party}.")
        elif round(late, 2) + round(never, 2) > 0:
            text.append(
                f"NOT PAID IN TIME: of {money} {due:,.2f} of `{name}` owed to {party} {money} {late:,.2f} is paid late"
                f" and {money} {never:,.2f} never."
            )
    return ["\n".join(text)] if text else []


def _sum(
    ledger: Ledger, kind: Kind, *, payers: Collection[str] | None = None, payees: Collection[str] | None = None
) -> float:
    """What was moved of one kind; of some payers or to some payees only, where they are named."""
    return math.fsum(
        m.amount
        for m in ledger.movements
        if m.kind == kind and (payers is None or m.payer in payers) and (payees is None or m.payee in payees)
    )
