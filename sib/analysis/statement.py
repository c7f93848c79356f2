"""The statement of a settled path: a line a claim and payer, from the result to who was paid. Words are put in here."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from sib.scenario.payment_words import price
from sib.scenario.scenario import Scenario
from sib.scenario.wording import level, listed, number
from sib.settlement.contract import Claim, Contract
from sib.settlement.notes import ClaimNote, Decision, Failed
from sib.terms.levels import End

if TYPE_CHECKING:
    import pandas as pd

_FEW = 4  # results that are named one by one


class Line(NamedTuple):
    """One claim on one payer. Claimed less all cuts is paid."""

    kind: str
    payment: str
    results: str
    due: dt.date
    paid_on: dt.date | None
    reads: str
    result: float | None
    price: str
    value: float
    base: float | None
    less: float
    share: float
    claimed: float
    cuts: tuple[tuple[str, float], ...]  # by which limit, and how much
    unmet: str
    paid: float
    payer: str
    payee: str

    @property
    def cut(self) -> float:
        """What all limits cut."""
        return math.fsum(amount for _, amount in self.cuts)


def lines_of(scenario: Scenario, contract: Contract, notes: Iterable[ClaimNote]) -> tuple[Line, ...]:
    """The lines of a statement, from what was written down of each claim."""
    words = Words(scenario, contract)
    return tuple(line for note in notes for line in words.lines(note))


class Ruling(NamedTuple):
    """An event that was decided on results: when, on what, and whether it happened."""

    event: str
    date: dt.date
    because: str
    happened: bool


def rulings_of(scenario: Scenario, contract: Contract, decisions: Iterable[Decision]) -> tuple[Ruling, ...]:
    """The events that were decided on results, from what was written down of each."""
    found = []
    for decision in decisions:
        trigger, said = contract.triggers[decision.trigger], []
        for test, value in zip(trigger.tests, decision.values, strict=True):
            metric = scenario.timetable.metrics[contract.metrics[test.metric].name]
            read = level(_plain(value), test.measure, metric) if math.isfinite(value) else str(value)
            said.append(f"{test.measure} of {metric.name}: {read}")
        found.append(Ruling(trigger.name, contract.dates[decision.date], ", ".join(said), decision.happened))
    return tuple(found)


def frame_of(lines: Iterable[Line]) -> pd.DataFrame:
    """The lines as a table; see `Ledger.statement` for its columns."""
    import pandas as pd

    columns = [name if name != "cuts" else "cut" for name in Line._fields]
    columns.insert(columns.index("cut") + 1, "limits")
    rows = [
        {
            **line._asdict(),
            "cut": line.cut,
            "limits": "; ".join(f"{name}: {number(_plain(cut))}" for name, cut in line.cuts),
        }
        for line in lines
    ]
    days = dict.fromkeys(("due", "paid_on"), "datetime64[s]")
    money = ("result", "value", "base", "less", "share", "claimed", "cut", "paid")
    return pd.DataFrame(rows, columns=columns).astype({**days, **dict.fromkeys(money, "float64")})


def results_named(names: Sequence[str], members: Sequence[int]) -> str:
    """Some of a metric's results by their names; many in a row by the first and the last."""
    if len(members) > _FEW and len(members) == max(members) - min(members) + 1:
        return f"{names[members[0]]} to {names[members[-1]]}"
    return ", ".join(names[member] for member in members)


class Words:
    """Names and words for what notes say in numbers."""

    def __init__(self, scenario: Scenario, contract: Contract) -> None:
        self.scenario, self.contract, self.timetable = scenario, contract, scenario.timetable
        self.price = cache(lambda name: price(scenario, scenario.timetable, name))

    def lines(self, note: ClaimNote) -> Iterator[Line]:
        """A line for each payer; where money is owed back, from who owes it to the payer."""
        claim, contract = note.claim, self.contract
        name = contract.payments[claim.payment]
        for payer, share in claim.payers:
            claimed, paid = note.claimed[payer], note.paid.get(payer, 0.0)
            back = claim.owed_by is not None and (claimed < 0 or paid < 0)
            sign = -1.0 if back else 1.0
            yield Line(
                kind=(claim.kind_owed if back else claim.kind).value,
                payment=name,
                results=self.results(claim),
                due=contract.dates[note.date],
                paid_on=None if note.paid_on is None or paid == 0 else contract.dates[note.paid_on],
                reads="" if claim.metric is None else claim.reading,
                result=note.result,
                price=self.price(name),
                value=note.given,
                base=note.base,
                less=note.less,
                share=share,
                claimed=sign * claimed + 0.0,  # adding zero: never minus zero
                cuts=tuple((self._limit(limit, claim), sign * cut) for limit, who, cut in note.cuts if who == payer),
                unmet="; ".join(self._unmet(note)),
                paid=sign * paid + 0.0,
                payer=(claim.owed_by or "") if back else payer,
                payee=payer if back else claim.to,
            )

    def results(self, claim: Claim) -> str:
        """The cohorts, the periods or the instalment that a claim is on."""
        if claim.metric is None:
            return "" if claim.instalment is None else f"{claim.instalment.label}, {claim.instalment.date}"
        return results_named(self.contract.metrics[claim.metric].results, claim.members)

    def _limit(self, limit: int | None, claim: Claim) -> str:
        """What cut: a limit by its name, or what stands in a claim's own terms."""
        if limit is not None:
            return self.scenario.limits[limit].name
        if claim.ceilings:
            payment = self.contract.payments[claim.payment]
            limits = [one.name for one in self.scenario.limits if one.a_person]
            return listed(name for name in limits if payment in self.scenario.timetable.limited(name))
        return "capital that is out" if claim.due_to is None else "what is due"

    def _unmet(self, note: ClaimNote) -> Iterator[str]:
        """Why nothing was claimed."""
        if not note.counts:
            yield "no result counts: given up, or paid for already"
        if not note.stands:
            yield "the cost was ended"
        yield from map(self._failed, note.failed)
        if note.claim.owed_by is None and note.given * (1.0 if note.base is None else note.base) < 0:
            yield "it comes to less than nothing, which nobody owes"

    def _failed(self, one: Failed) -> str:
        if one.tranche is not None:
            return f"{self.contract.tranches[one.tranche].name!r} was {'not ' if one.holds else ''}repaid"
        if one.payment is not None:
            other = self.contract.payments[one.payment]
            if one.fallback:
                return f"what {other!r} asks for holds"
            return f"{other!r} was {'not ' if one.holds else ''}made"
        if one.test is None or one.value is None:
            return "the payment was ended"
        test, metric = one.test, self.timetable.metrics[self.contract.metrics[one.test.metric].name]
        value = level(_plain(one.value), test.measure, metric) if math.isfinite(one.value) else str(one.value)
        return (
            f"{test.measure} of {metric.name}: {value}, {_MISSED[test.end]} {level(test.level, test.measure, metric)}"
        )


_MISSED: Final[Mapping[End, str]] = {"at_least": "below", "above": "not above", "up_to": "above", "below": "not below"}


def _plain(value: float) -> float:
    """A number for words: without the last digits, which are floating point's."""
    return float(f"{value:.13g}")
