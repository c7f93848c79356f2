"""Compiles limits a person: which ceilings can cut anything, and the price of each milestone on each occasion."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sib.scenario.followed import Followed
from sib.scenario.scenario import Scenario
from sib.scenario.timetable import Occasion
from sib.settlement.contract import Ceiling, Price
from sib.terms.payment import Payment


class Ceilings:
    """The ceilings a person of a scenario that can cut anything, and the prices that are under them.

    Where all milestones under a ceiling come to no more than it allows, it cuts nothing, whoever reached what.

    Attributes
    ----------
    all : tuple of Ceiling
        The ceilings.
    prices : mapping of (int, int) to tuple of Price
        What is paid for each person, by milestone and result, in the order of the file.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._followed = followed = Followed(scenario.timetable)
        place = {metric.name: i for i, metric in enumerate(scenario.metrics)}
        number = {payment.name: i for i, payment in enumerate(scenario.payments)}
        among = {name: i for i, name in enumerate(scenario.timetable.limits)}
        self._positions: dict[int, int] = {}  # of a limit a person that cuts: its position among the ceilings
        found = list[Ceiling]()
        for i, limit in enumerate(followed.limits):
            most = _most(followed, i)
            amount = math.inf if limit.per_person is None else limit.per_person
            items = math.inf if limit.items_per_person is None else float(limit.items_per_person)
            if math.fsum(most) > amount * (1 + 1e-12) or len(most) > items:
                self._positions[i] = len(found)
                found.append(Ceiling(among[limit.name], amount, items))
        self.all = tuple(found)
        prices: dict[tuple[int, int], list[Price]] = {}
        for payment in followed.payments:
            for occasion in scenario.timetable.occasions(payment.name) if self.on(payment.name) else ():
                (result,) = occasion.results
                price = Price(number[payment.name], _price(payment, occasion), self.on(payment.name))
                prices.setdefault((place[payment.metric or ""], result), []).append(price)
        self.prices: Mapping[tuple[int, int], tuple[Price, ...]] = {key: tuple(each) for key, each in prices.items()}

    def on(self, payment: str) -> tuple[int, ...]:
        """The ceilings that a payment is under, by position."""
        return tuple(self._positions[i] for i in self._followed.limits_on(payment) if i in self._positions)


def _most(followed: Followed, limit: int) -> list[float]:
    """The most that each milestone under a limit a person can come to, of those that anything is paid for."""
    most: dict[str, float] = {}
    for payment in followed.payments:
        if limit in followed.limits_on(payment.name):
            for occasion in followed.timetable.occasions(payment.name):
                metric = payment.metric or ""
                most[metric] = max(most.get(metric, 0.0), _price(payment, occasion))
    return [price for price in most.values() if price > 0]


def _price(payment: Payment, occasion: Occasion) -> float:
    """The price of a payment on one occasion."""
    return payment.pays.on(occasion.priced).per_unit or 0.0
