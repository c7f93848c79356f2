"""`Routes`: who pays, and where the money goes. From terms alone, without a day; the timetable stands on it.

Each answer is worked out when it is first asked for, and kept: terms are frozen. Payments are asked for by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from sib.scenario.result_days import ResultDays, once
from sib.terms.capital import Tranche
from sib.terms.payment import Payment
from sib.terms.remainder import Remainder


class Routes(ResultDays):
    """The ways that money may take: from which payers, through whom, to which tranches and takers.

    Parameters
    ----------
    terms : Terms
        The terms of a scenario. They need not agree with each other yet.
    """

    @cached_property
    def payments(self) -> Mapping[str, Payment]:
        """The payments by name, in the order of the file."""
        return {payment.name: payment for payment in self.terms.payments}

    def shares(self, name: str) -> Mapping[str, float]:
        """Who pays a payment, and in which shares."""
        payment = self.payments[name]
        return payment.payers or {payment.payer or self.terms.outcome_payer: 1.0}

    @cached_property
    def payers(self) -> tuple[str, ...]:
        """Everybody who makes a payment, each once; the outcome payer first."""
        others = [payer for name in self.payments for payer in self.shares(name)]
        return tuple(dict.fromkeys([self.terms.outcome_payer, *others]))

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """Every party of the ledger, each once."""
        terms = self.terms
        found = [*self.payers, terms.vehicle, *(tranche.name for tranche in terms.tranches)]
        found += [cost.to for cost in terms.costs]
        found += [name for payment in terms.payments for name in (payment.to, payment.owed_by) if name]
        found += [tranche.guarantee.by for tranche in terms.tranches if tranche.guarantee]
        found += [name for remainder in terms.remainders for name in remainder.takers]
        found += [event.paid_by for event in terms.events if event.paid_by]
        return tuple(dict.fromkeys([*found, *terms.parties]))

    @cached_property
    def introduced(self) -> tuple[str, ...]:
        """The parties that the contract introduces, each once; whoever else it names is a slip of the pen."""
        terms = self.terms
        found = [terms.outcome_payer, terms.vehicle, *(tranche.name for tranche in terms.tranches)]
        return tuple(dict.fromkeys([*found, *(cost.to for cost in terms.costs), *terms.parties]))

    @cached_property
    def on_results(self) -> tuple[str, ...]:
        """The outcome payments: those on a metric."""
        return tuple(payment.name for payment in self.terms.payments if payment.metric is not None)

    @cached_property
    def to_vehicle(self) -> tuple[Payment, ...]:
        """The payments that go to the vehicle, and are shared out by the waterfall."""
        return tuple(payment for payment in self.terms.payments if payment.to is None)

    @once
    def repaid_from(self, payment: str | None) -> tuple[Tranche, ...]:
        """The tranches that are repaid from a payment, or have equity in it. None: from what is left of the capital."""
        repaid = [(place, one) for place, one in enumerate(self.terms.tranches) if one.kind != "grant"]
        if payment is None:
            return tuple(one for _, one in repaid)
        if payment not in self._named_to_repay:
            return self._repaid_from_all
        places = self._named_to_repay[payment] | {place for place, one in repaid if one.repaid_from is None}
        return tuple(one for place, one in repaid if place in places)

    @cached_property
    def _named_to_repay(self) -> Mapping[str, set[int]]:
        """The tranches that name a payment in their `repaid_from`, by position."""
        found: dict[str, set[int]] = {}
        for place, tranche in enumerate(self.terms.tranches):
            for payment in tranche.repaid_from or ():
                found.setdefault(payment, set()).add(place)
        return found

    @cached_property
    def _repaid_from_all(self) -> tuple[Tranche, ...]:
        return tuple(one for one in self.terms.tranches if one.kind != "grant" and one.repaid_from is None)

    @once
    def remainders(self, payment: str | None) -> tuple[Remainder, ...]:
        """Who is named to get what remains of a payment: one, after one that holds once somebody has been repaid.

        Those that name the payment go before those of all others. None: what is left of the capital. Empty where
        nobody is named.
        """
        return self._remainders_of.get(payment, self._remainders_of[None])

    @cached_property
    def _remainders_of(self) -> Mapping[str | None, tuple[Remainder, ...]]:
        """The remainders that name a payment; under None those that name none."""
        found: dict[str | None, list[Remainder]] = {None: []}
        for one in self.terms.remainders:
            for name in (None,) if one.on is None else dict.fromkeys(one.on):
                found.setdefault(name, []).append(one)
        return {name: tuple(sorted(each, key=lambda one: one.once_repaid is None)) for name, each in found.items()}
