"""`Account`: one tranche in the course of a settlement: what it has paid in, what it is owed, what it has received."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.settlement.book import Amount, fraction
from sib.settlement.contract import TrancheTerms

_ROUNDING = 1e-9  # a share of the commitment that is not money


@dataclass(frozen=True)
class Standing:
    """What a tranche is owed at one moment, worked out once somebody asks. Money is one number, or one a path."""

    terms: TrancheTerms
    drawn: Amount
    owed: Amount  # capital that is out
    interest: Amount
    accrued: Amount
    lost: Amount

    @cached_property
    def outstanding(self) -> Amount:
        """Capital that is out, with all interest that has run on it."""
        return self.owed + self.interest + self.accrued

    @cached_property
    def whole(self) -> NDArray[np.bool_]:
        """Whether it has paid something in, and has its capital and interest back: one answer, or one a path."""
        missing = self.outstanding + self.lost
        whole: NDArray[np.bool_] = np.greater(self.drawn, 0.0) & np.less_equal(
            missing, _ROUNDING * self.terms.committed
        )
        return whole


@dataclass
class Account:
    """One tranche. Money is one number for all paths, or one a path."""

    terms: TrancheTerms
    drawn: Amount = 0.0  # in all; where capital is drawn again, the most that was out
    owed: Amount = 0.0  # capital that is out
    interest: Amount = 0.0  # due and not paid
    accrued: Amount = 0.0  # interest that is not due yet, where it has dates of its own
    early: Amount = 0.0  # what earns interest and began to before a 30th: a 31st on which it ends counts
    received: Amount = 0.0  # less what was drawn again out of it
    values: list[Amount] = field(default_factory=list)  # paid in less received, as of the first date, by target
    opening: Standing = field(init=False)  # at the start of the day
    falling_due: Amount = 0.0  # interest and scheduled capital that were due before anything was paid on the day
    lost: Amount = 0.0  # what a redemption did not give back
    ended: Amount = 0.0  # 1 where it has been redeemed
    kept: Amount = 0.0  # in the vehicle, for what is not due yet and its interest until then

    def __post_init__(self) -> None:
        self.values = [0.0] * len(self.terms.targets)
        self.opening = self.standing

    @property
    def left_to_draw(self) -> Amount:
        """The capital that it still puts in."""
        left = self.terms.committed - (self.owed if self.terms.revolving else self.drawn)
        return left if np.ndim(self.ended) == 0 and self.ended == 0 else left * (1.0 - self.ended)

    def draw(self, amount: Amount, date: int) -> tuple[Amount, Amount]:
        """Take in capital. Returns how much of it is drawn for the first time, and how much again."""
        if np.ndim(amount) == 0 and amount == 0:
            return 0.0, 0.0
        again: Amount = 0.0
        if self.terms.revolving:  # what was never out before is drawn for the first time
            again = np.minimum(amount, np.maximum(self.drawn - self.owed, 0.0))
            self.received = self.received - again
        self.drawn, self.owed = self.drawn + (amount - again), self.owed + amount
        if self.terms.coupons is not None and self.terms.coupons.early[date]:
            self.early = self.early + amount
        for place, growth in self._growing:
            self.values[place] = self.values[place] + amount / growth[date]
        return amount - again, again

    @property
    def _growing(self) -> Iterator[tuple[int, Floats]]:
        """The annual returns that it may come to, by target, and what one unit grows to at each."""
        return ((place, one.growth) for place, one in enumerate(self.terms.targets) if one.growth is not None)

    def open(self, date: int) -> None:
        """Begin a day: interest has run on what was out since the one before."""
        self._accrue(date)
        self.opening = self.standing

    def _accrue(self, date: int) -> None:
        rate, years, coupons = self.terms.interest, float(self.terms.elapsed[date]), self.terms.coupons
        if not rate:
            return
        if coupons is None:
            grown = (self.owed + self.interest) * ((1.0 + rate) ** years - 1.0)
            self.interest = self.interest + (grown if self.terms.compounds else self.owed * rate * years)
            return
        self.accrued = self.accrued + self._earns * rate * years
        if coupons.due[date]:
            self.interest = self.interest + self.accrued + self.early * rate * coupons.one_more[date]
            self.accrued = 0.0 * self.accrued
            self.early = self._earns if coupons.early[date] else 0.0

    @property
    def _earns(self) -> Amount:
        """What earns interest until the next of its dates."""
        return self.owed + self.interest if self.terms.compounds else self.owed

    def _ends(self, amount: Amount, date: int) -> None:
        """Some of what earns interest, each part alike, does so no longer: a 31st on which it ends counts."""
        coupons = self.terms.coupons
        if coupons is not None:
            part = fraction(amount * self.early, self._earns)
            self.accrued = self.accrued + part * self.terms.interest * coupons.one_more[date]
            self.early = np.maximum(self.early - part, 0.0)

    def due(self, date: int) -> Amount:
        """Interest and capital that are due by a date."""
        not_yet = self.drawn * (1.0 - self.terms.due[date])
        found: Amount = self.interest + np.maximum(self.owed - not_yet, 0.0)
        return found

    def fall_due(self, date: int) -> None:
        """Note what is due by schedule before anything is paid on a day; capital repaid as money comes in is not."""
        self.falling_due = self.due(date) if self.terms.scheduled else self.interest

    def waits(self, date: int) -> bool:
        """Whether some of what it is owed is not due yet, so that money is kept for it."""
        return self.terms.coupons is not None or bool(self.terms.due[date] < 1.0)

    def reserve(self, date: int) -> Amount:
        """What that will come to when it falls due, with its interest until then."""
        found: Amount = self.owed * self.terms.reserve[date]
        return found if self.terms.coupons is None else found + self._pending(date)

    def _pending(self, date: int) -> Amount:
        """Interest that has accrued and is not due yet, with the days by which it ends on a 31st."""
        coupons = self.terms.coupons
        return 0.0 if coupons is None else self.accrued + self.early * coupons.reserve[date]

    def left(self, place: int, date: int) -> Amount:
        """What brings it to one of its targets, once it has what is kept for it; nothing where it is there."""
        target = self.terms.targets[place]
        found: Amount
        if target.growth is None:
            found = np.maximum(target.multiple * self.drawn - self.received - self.kept, 0.0)
            return found
        later = self.kept * target.worth[date]
        if self.terms.coupons is not None:
            pending = fraction(self._pending(date), self.reserve(date))
            later = self.kept * (target.worth[date] * (1.0 - pending) + target.pending[date] * pending)
        found = np.maximum(self.values[place] * target.growth[date] - later, 0.0)
        return found

    def room(self, date: int) -> Amount:
        """What its cap on return leaves."""
        return np.inf if self.terms.cap is None else self.left(self.terms.cap, date)

    def receive(self, amount: Amount, date: int) -> None:
        """Take in what is not repayment."""
        self.received = self.received + amount
        for place, growth in self._growing:
            self.values[place] = self.values[place] - amount / growth[date]

    def give_back(self, capital: Amount, date: int) -> None:
        """Capital is out no longer."""
        self._ends(capital, date)
        self.owed = np.maximum(self.owed - capital, 0.0)  # floats: interest and capital may add up to a hair more

    def repay(self, amount: Amount, date: int) -> tuple[Amount, Amount]:
        """Take in what is due: interest first, then capital. Returns the two parts."""
        interest: Amount = np.minimum(amount, self.interest) if self.terms.interest else 0.0
        capital = amount - interest
        if self.terms.compounds:
            self._ends(interest, date)
        self.interest = self.interest - interest
        self.give_back(capital, date)
        self.receive(amount, date)
        return interest, capital

    def redeem(self, amount: Amount, alive: Amount, date: int) -> None:
        """Take in what a redemption pays; where it is `alive`, 1 a path, nothing is owed or drawn any more."""
        self.receive(amount, date)
        self.lost = self.lost + (self.standing.outstanding * alive - amount)
        self.ended = np.maximum(self.ended, alive)
        self.owed, self.interest = self.owed * (1.0 - alive), self.interest * (1.0 - alive)
        self.accrued, self.early = self.accrued * (1.0 - alive), self.early * (1.0 - alive)

    @property
    def at_start(self) -> Amount:
        """Capital and interest that it was owed at the start of the day."""
        return self.opening.outstanding

    @property
    def standing(self) -> Standing:
        """How it stands now."""
        return Standing(self.terms, self.drawn, self.owed, self.interest, self.accrued, self.lost)
