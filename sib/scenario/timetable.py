"""`Timetable`: what follows from the terms of a scenario alone. Second file of the package, after `terms.py`.

When each cost, result and payment falls due; which metrics depend on which; what each payment reads. It stands on
`ResultDays` and on `Routes`, who pays and where the money goes. Rules, term sheet, compilers and analyses ask here.
Each answer is worked out when it is first asked for, and kept: terms are frozen. Metrics, payments and costs are asked
for by their names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Literal, NamedTuple

from sib.scenario.result_days import once
from sib.scenario.routes import Routes
from sib.terms.calendar import add_months, end_of_month
from sib.terms.deal import Cohort, Cost
from sib.terms.levels import Bound, Levels
from sib.terms.metric import Measure
from sib.terms.payment import Limit, Payment


class Instalment(NamedTuple):
    """One instalment of a cost, as planned.

    `cohort` is None for a cost of the whole deal; `rank` for one that is not deferred. Of a cost for each person who
    enrols, `months` are those in which they enrolled for whom it falls due, and `price` is for one of them.
    """

    date: dt.date
    cost: str
    to: str
    label: str
    amount: float
    cohort: str | None
    rank: int | None
    months: tuple[int, ...] = ()
    price: float = 0.0


class Occasion(NamedTuple):
    """One occasion on which a payment is tested: on which results, by position; when it falls due; for which cost.

    `priced` is the day whose prices hold: that of the last of the results, or the one on which a fixed payment is due.
    """

    results: tuple[int, ...]
    date: dt.date
    label: str
    instalment: Instalment | None
    priced: dt.date


class Demand(NamedTuple):
    """What a condition asks of a metric: where it stands in the terms, of which metric, and what."""

    path: tuple[str | int, ...]
    metric: str
    bound: Bound


class Timetable(Routes):
    """When everything that a contract says falls due, on what, and between whom.

    Parameters
    ----------
    terms : Terms
        The terms of a scenario. They need not agree with each other yet: the rules ask a timetable whether they do,
        the names before anything that is looked up by name.
    """

    # By name

    @cached_property
    def limits(self) -> Mapping[str, Limit]:
        """The limits by name, in the order of the file."""
        return {limit.name: limit for limit in self.terms.limits}

    @cached_property
    def costs(self) -> Mapping[str, Cost]:
        """The costs by name, in the order of the file."""
        return {cost.name: cost for cost in self.terms.costs}

    # Costs

    @cached_property
    def instalments(self) -> tuple[Instalment, ...]:
        """All instalments of all costs, by date; those that a certain event ends are left out."""
        due = [item for cost in self.terms.costs for item in self.instalments_of(cost.name)]
        return tuple(sorted(due, key=lambda item: item.date))

    @once
    def instalments_of(self, name: str) -> tuple[Instalment, ...]:
        """The instalments of a cost, by date."""
        cost, gone = self.costs[name], self.ended("cohorts")
        price = cost.amount / cost.instalments
        of_all = [number * cost.every_months for number in range(cost.instalments)]
        due: list[Instalment] = []
        if cost.per == "deal":
            first = cost.starts or self.terms.start
            due = [Instalment(add_months(first, n), name, cost.to, name, price, None, cost.rank) for n in of_all]
        for cohort in self.terms.cohorts if cost.per != "deal" else ():
            label, first = f"{name}, cohort {cohort.name}", cohort.enrol.starts
            instalment = partial(Instalment, cost=name, to=cost.to, label=label, cohort=cohort.name, rank=cost.rank)
            if cost.per != "person enrolled":
                amount = cost.amount * (cohort.size if cost.per == "person" else 1) / cost.instalments
                due += [instalment(add_months(first, number), amount=amount) for number in of_all]
                continue
            for number, months in self._owed_for(cohort, of_all).items():
                planned = cohort.size * sum(m < cohort.enrol.over_months for m in months) / cohort.enrol.over_months
                date = add_months(first, number)
                due.append(instalment(date, amount=price * planned, months=months, price=price))
        ends = self.ended("costs").get(name, dt.date.max)
        due = [item for item in due if item.date < min(ends, gone.get(item.cohort or "", ends))]
        return tuple(sorted(due, key=lambda item: item.date))

    def _owed_for(self, cohort: Cohort, of_all: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Of who enrols in which months an instalment falls due, so many months after a cohort's first."""
        found: dict[int, list[int]] = {}
        for month in range(self.enrolling(cohort)):
            for number in of_all:
                found.setdefault(month + number, []).append(month)
        return {number: tuple(months) for number, months in found.items()}

    def enrolling(self, cohort: Cohort) -> int:
        """Over how many months from a cohort's first persons may enrol: as planned, and as late as is believed.

        Nobody enrols after the last result.
        """
        known, planned = self.terms.beliefs.referrals, cohort.enrol.over_months
        if known is None or not known.about_time:
            return planned
        late = planned + known.late[1]
        dates = [result.date for metric in self.terms.metrics for result in self.results(metric.name)]
        if not dates:
            return late
        last = max(dates)
        until = (last.year - cohort.enrol.starts.year) * 12 + last.month - cohort.enrol.starts.month + 1
        return max(planned, until if known.pace_sd > 0 else min(late, until))

    # Payments: what they read, and when they are tested

    @cached_property
    def demands(self) -> tuple[Demand, ...]:
        """All that payments and events ask of results, in the order of the file."""
        found: list[tuple[tuple[str | int, ...], str | None, Levels | None]] = []
        for i, payment in enumerate(self.terms.payments):
            found.append((("payments", i, "when"), payment.metric, payment.when))
            found += [(("payments", i, "when", "others", name), name, x) for name, x in payment.when.others.items()]
        for i, event in enumerate(self.terms.events):
            found += [(("events", i, key), event.metric, getattr(event, key)) for key in ("when", "unless")]
        return tuple(
            Demand((*path, *bound.keys), metric, bound)
            for path, metric, levels in found
            if metric is not None and levels is not None
            for bound in levels.bounds()
        )

    @once
    def reads(self, name: str) -> Measure:
        """What a payment's schedule is a function of, also where the contract does not say."""
        payment = self.payments[name]
        if payment.reads is not None:
            return payment.reads
        if payment.pays.per_unit is not None or payment.metric is None:
            return "units"
        if self.compared(payment.metric):
            return "improvement"
        return "units" if self.metrics[payment.metric].kind == "total" else "level"

    @once
    def occasions(self, name: str) -> tuple[Occasion, ...]:
        """All occasions on which a payment is tested, by date; those that a certain event ends are left out."""
        end = self.ended("payments").get(name)
        return tuple(occasion for occasion in self._all_occasions(name) if end is None or occasion.date < end)

    @once
    def ended_early(self, name: str) -> frozenset[tuple[int, ...]]:
        """The results on which a payment would have been tested, had no certain event ended it."""
        left = {occasion.results for occasion in self.occasions(name)}
        return frozenset(occasion.results for occasion in self._all_occasions(name)) - left

    @once
    def _all_occasions(self, name: str) -> tuple[Occasion, ...]:
        payment = self.payments[name]
        return tuple(self._fixed(payment) if payment.metric is None else self._on_results(payment, payment.metric))

    def _fixed(self, payment: Payment) -> list[Occasion]:
        """The occasions of a payment that depends on no metric."""
        if payment.of is not None and payment.of.cost is not None:
            return [
                Occasion((), self._paid(payment, item.date), f"{payment.name}, {item.date}", item, item.date)
                for item in self.instalments_of(payment.of.cost)
            ]
        if payment.of is not None and payment.of.due_to is not None:
            falls_due = next(one.falls_due for one in self.terms.tranches if one.name == payment.of.due_to)
            return [Occasion((), day, f"{payment.name}, {day}", None, day) for day in falls_due]
        due = payment.due
        if due is None:
            return []
        days = due.dates or tuple(
            add_months(due.starts or self.terms.start, number * (due.every_months or 0))
            for number in range(due.times or 0)
        )
        several = len(days) > 1
        return [
            Occasion((), day, f"{payment.name}, {day}" if several else payment.name, None, day) for day in sorted(days)
        ]

    def _on_results(self, payment: Payment, metric: str) -> list[Occasion]:
        """The occasions of a payment on a metric's results."""
        first, last = payment.published_from, payment.published_until
        chosen = [
            (position, result)
            for position, result in enumerate(self.results(metric))
            if (payment.cohorts is None or result.name in payment.cohorts)
            and (first is None or result.date >= first)
            and (last is None or result.date <= last)
        ]
        cumulative = self.reporting(metric).cumulative
        groups: list[tuple[tuple[int, ...], dt.date, str]]  # results, when the last of them is known, label
        match payment.scope:
            case "cohort":
                groups = [((i,), result.date, f"{payment.name}, cohort {result.name}") for i, result in chosen]
            case "period":
                groups = [((i,), result.date, f"{payment.name}, {result.name}") for i, result in chosen]
            case "to date":
                ordered = sorted(chosen, key=lambda item: item[1].date)
                so_far = tuple(i for i, _ in ordered)
                groups = [
                    ((i,) if cumulative else so_far[: number + 1], result.date, f"{payment.name}, to {result.name}")
                    for number, (i, result) in enumerate(ordered)
                ]
            case _:
                counted = chosen[-1:] if cumulative else chosen
                together = tuple(i for i, _ in counted)
                groups = [(together, max(result.date for _, result in counted), payment.name)] if counted else []
        return [
            Occasion(results, self._paid(payment, max([known, *self._looked_at(payment, results)])), label, None, known)
            for results, known, label in groups
        ]

    def _paid(self, payment: Payment, known: dt.date) -> dt.date:
        """When a payment is made on what is known on a day."""
        day = add_months(known, payment.months_after_result)
        return end_of_month(day) if payment.end_of_month else day

    def _looked_at(self, payment: Payment, results: tuple[int, ...]) -> Iterator[dt.date]:
        """When the results of other periods are published, on which a payment depends as well."""
        for name, levels in payment.when.others.items():
            position = self.period_away(payment, name, results[0]) if levels.away else None
            if position is not None:
                yield self.results(name)[position].date

    def period_away(self, payment: Payment, other: str, result: int) -> int | None:
        """Which result of a metric a payment looks at, periods away from the one it is made on; None where none is."""
        here = self.positions(other).get(self.result_names(payment.metric or "")[result])
        there = -1 if here is None else here + payment.when.others[other].away
        return there if 0 <= there < len(self.results(other)) else None

    def tested_on(self, payment: Payment, other: str, occasion: Occasion) -> tuple[int, ...]:
        """The results of another metric on which a payment depends: the same ones, or all that are known by then."""
        if payment.metric is not None and payment.scope in ("cohort", "period"):
            (position,) = occasion.results
            if payment.when.others[other].away:
                away = self.period_away(payment, other, position)
                return () if away is None else (away,)
            same = self.positions(other).get(self.result_names(payment.metric)[position])
            if same is not None:
                return (same,)
        return self.known_by(other, occasion.date)

    @cached_property
    def tested_singly(self) -> Mapping[str, tuple[str, ...]]:
        """The payments that are tested on one cohort or period at a time, with the names of these."""
        return {
            payment.name: self.result_names(payment.metric)
            for payment in self.terms.payments
            if payment.metric is not None and payment.scope in ("cohort", "period")
        }

    @cached_property
    def alike(self) -> Mapping[str, frozenset[str]]:
        """Of each payment that is tested on one cohort or period at a time: those tested on the same, itself too."""
        groups: dict[tuple[str, ...], set[str]] = {}
        for name, names in self.tested_singly.items():
            groups.setdefault(names, set()).add(name)
        return {name: one for one in map(frozenset, groups.values()) for name in one}

    def tested_alike(self, name: str, other: str) -> bool:
        """Whether two payments are tested one by one on the same cohorts or periods."""
        return other in self.alike.get(name, ())

    @once
    def instead_of(self, kind: Literal["payments", "events"], name: str) -> tuple[str, ...]:
        """What a payment or event falls back on: the one that it names, the one which that names, and so on."""
        above = self._fallen_back_on(kind)
        found: dict[str, None] = {}
        while (other := above.get(name)) is not None and other not in found:
            found[other], name = None, other
        return tuple(found)

    @once
    def _fallen_back_on(self, kind: Literal["payments", "events"]) -> Mapping[str, str | None]:
        return {item.name: item.fallback_for for item in getattr(self.terms, kind)}

    @once
    def limited(self, name: str) -> tuple[str, ...]:
        """The payments that a limit is on: those that it names, else all on a metric but those that it takes out."""
        limit = self.limits[name]
        out = frozenset(limit.except_ or ())
        return limit.on or tuple(
            payment.name
            for payment in self.terms.payments
            if payment.metric is not None
            and payment.name not in out
            and (limit.payer is None or limit.payer in self.shares(payment.name))
        )

    def limits_on(self, payment: str) -> tuple[Limit, ...]:
        """The limits that a payment is under, in the order of the file."""
        return self._limits_on.get(payment, ())

    @cached_property
    def _limits_on(self) -> Mapping[str, tuple[Limit, ...]]:
        found: dict[str, list[Limit]] = {}
        for limit in self.terms.limits:
            for payment in dict.fromkeys(self.limited(limit.name)):
                found.setdefault(payment, []).append(limit)
        return {payment: tuple(limits) for payment, limits in found.items()}
