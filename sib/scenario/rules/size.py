"""Rules about size: where what follows from a deal is a product of what it says, the product is bounded.

Each list has a limit of its own, with its term. A thousand metrics of 1,200 periods each are within both of theirs, and
are 1.2 million results, which are more than a machine holds of the futures that are drawn together.
"""

from __future__ import annotations

from typing import Final

from sib.errors import Refusal
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable

MOST_RESULTS: Final = 20_000
MOST_IN_A_ROW: Final = 100  # metrics, each of which depends on the one before
MOST_INDICES: Final = 10  # in such a row
MOST_PARTS: Final = 2_000  # of an index, with those of the indices in it
MOST_FALLBACKS: Final = 100
MOST_IN_CASES: Final = 20_000
MOST_OCCASIONS: Final = 20_000
MOST_READ: Final = 2_000_000  # a result on an occasion: some 1.5 microseconds in `settle`
MOST_LIMITED: Final = 100_000  # a limit on an occasion: some 10 microseconds


def results(terms: Terms, timetable: Timetable) -> None:
    """Refuse more results than can be followed, and indices that are made of too many."""
    each = {metric.name: timetable.how_many(metric.name) for metric in terms.metrics}
    count = sum(each.values())
    if count > MOST_RESULTS:
        raise Refusal(
            ("metrics",),
            f"{count:,} results of {len(each):,} metrics",
            f"at most {MOST_RESULTS:,} results of all metrics together",
            "report fewer periods, or leave metrics out that nothing is paid for",
        )
    place = {metric.name: i for i, metric in enumerate(terms.metrics)}
    row, indices = dict.fromkeys(each, 1), dict.fromkeys(each, 0)
    for name in timetable.ordered:
        above, own = timetable.depends_on(name), [part.metric for part in timetable.metrics[name].parts]
        row[name] = 1 + max((row[one] for one in above), default=0)
        indices[name] = 1 + max(indices[one] for one in own) if own else 0
        if row[name] > MOST_IN_A_ROW:
            raise Refusal(
                ("metrics", place[name]),
                f"{row[name]} metrics in a row",
                f"at most {MOST_IN_A_ROW} metrics in a row, each of which depends on the one before",
                "leave out milestones that nothing is paid for",
            )
        path = ("metrics", place[name], "parts")
        if indices[name] > MOST_INDICES:
            raise Refusal(
                path,
                f"{indices[name]} indices in a row",
                f"at most {MOST_INDICES} indices in a row, each of which has the one before as a part",
                "write the weights of what is measured, multiplied, into one index",
            )
        if timetable.parts[name] > MOST_PARTS:
            raise Refusal(
                path,
                f"{timetable.parts[name]:,} parts",
                f"an index comes to at most {MOST_PARTS:,} parts, counting those of the indices in it",
                "write what is measured into one index, each metric once, with its weights added up",
            )


def cases(terms: Terms, _: Timetable) -> None:
    """Refuse more cases than a long deal can be checked in: each is a valid scenario by itself."""
    nouns = sum(len(items) for items in (terms.cohorts, terms.metrics, terms.payments, terms.limits, terms.costs))
    nouns += len(terms.events) + len(terms.tranches)
    if nouns * len(terms.cases) > MOST_IN_CASES:
        raise Refusal(
            ("cases",),
            f"{len(terms.cases):,} cases of {nouns:,} cohorts, metrics, payments, limits, costs, events and tranches",
            f"cases times these come to at most {MOST_IN_CASES:,}",
            "keep some of the cases in files of their own",
        )


def fallbacks(terms: Terms, timetable: Timetable) -> None:
    """Refuse a chain of payments or events, each of which falls back on the one before, that is too long."""
    on = {
        "payments": [(payment.name, payment.fallback_for) for payment in terms.payments],
        "events": [(event.name, event.fallback_for) for event in terms.events],
    }
    for kind, items in on.items():
        long = dict[str, int]()  # how many each falls back on; they stand above it
        for i, (name, other) in enumerate(items):
            long[name] = 0 if other is None else long[other] + 1
            if long[name] > MOST_FALLBACKS:
                raise Refusal(
                    (kind, i, "fallback_for"),
                    f"it falls back on {long[name]:,} {kind}, one after the other",
                    f"at most {MOST_FALLBACKS} in a row",
                    "put some of them together: steps of one schedule, or one level",
                )


def occasions(terms: Terms, timetable: Timetable) -> None:
    """Refuse more occasions than can be followed, or more that is read or capped on all of them together."""
    each = {payment.name: timetable.occasions(payment.name) for payment in terms.payments}
    count = sum(map(len, each.values()))
    if count > MOST_OCCASIONS:
        raise Refusal(
            ("payments",),
            f"{count:,} occasions",
            f"at most {MOST_OCCASIONS:,} occasions on which something may be paid",
            "report fewer periods, or put payments together",
        )
    read = 0
    for payment in terms.payments:
        if payment.metric is not None:
            read += timetable.parts[payment.metric] * sum(len(occasion.results) for occasion in each[payment.name])
        for other in payment.when.others if payment.scope not in ("cohort", "period") else ():
            many = sum(timetable.how_many_by(other, occasion.date) for occasion in each[payment.name])
            read += timetable.parts[other] * many
    if read > MOST_READ:
        raise Refusal(
            ("payments",),
            f"{read:,} results read on {count:,} occasions",
            f"at most {MOST_READ:,} results are read in all: on each occasion those that it is tested on, of an index"
            " those of all its parts",
            "pay on each cohort or period by itself; or let the metric be published over everybody so far"
            " (`cumulative = true`), so that one result is read each time",
        )
    limited = sum(len(found) * len(timetable.limits_on(name)) for name, found in each.items())
    if limited > MOST_LIMITED:
        raise Refusal(
            ("limits",),
            f"{limited:,} times that a limit is on an occasion, of {count:,} occasions",
            f"at most {MOST_LIMITED:,} in all",
            "let each limit name the payments that it is on (`on`), or put limits together",
        )
