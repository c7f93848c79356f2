"""Rules about names: each is given once, parties have one role, what is named exists. First of the rules to run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from sib.errors import MISSING, Refusal, nearest
from sib.scenario.paths import in_quotes
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.remainder import Remainder

Path = tuple[str | int, ...]  # where a key stands

RESERVED = ("treated", "comparison", "n", "standard_error", "pooled", "improvement", "points", "units", "level")
GROUPS = ("cohorts", "metrics", "payments", "limits", "tranches", "remainders", "costs", "events", "cases")


def one_of(name: str, known: Collection[str], path: Path, rule: str) -> None:
    """Refuse a name that is not one of those known."""
    if name not in known:
        raise Refusal(path, name, f"{rule}; there is no `{name}`", nearest(name, list(known)))


def unique(terms: Terms, _: Timetable) -> None:
    """Refuse a deal that pays for nothing, a cohort of a reserved name, and two of a kind of one name."""
    if not terms.payments:
        raise Refusal(
            ("payments",),
            MISSING,
            "a scenario has a payment: what is paid for what",
            "add [[payments]] or [[rate_cards]]",
        )
    for index, cohort in enumerate(terms.cohorts):
        if cohort.name in RESERVED:
            raise Refusal(
                ("cohorts", index, "name"),
                cohort.name,
                f"a cohort is not called {', '.join(RESERVED)}: results go by these words",
                "give the cohort another name",
            )
    for group in GROUPS:
        seen: set[str] = set()
        for index, item in enumerate(getattr(terms, group)):
            if item.name in seen:
                raise Refusal(
                    (group, index, "name"),
                    item.name,
                    f"no two {group} have the same name",
                    "give one of them another name",
                )
            seen.add(item.name)


def parties(terms: Terms, _: Timetable) -> None:
    """Refuse a party that stands on two sides of the ledger."""
    roles = {terms.outcome_payer: "the outcome payer"}
    named: list[tuple[Path, str, str]] = [(("vehicle",), terms.vehicle, "the vehicle")]
    named += [(("tranches", i, "name"), t.name, "a tranche") for i, t in enumerate(terms.tranches)]
    for path, name, role in named:
        if name in roles:
            raise Refusal(
                path,
                name,
                f"each party of the ledger has a name of its own; this is already {roles[name]}",
                f"give {role} another name",
            )
        roles[name] = role
    for index, cost in enumerate(terms.costs):
        if cost.to in roles:
            raise Refusal(
                ("costs", index, "to"),
                cost.to,
                f"a cost is paid to a party outside the vehicle's funding; this is {roles[cost.to]}",
                "name the provider, intermediary or evaluator that is paid",
            )
    for path, name, rule in _paying(terms):
        if name == terms.vehicle or (name in roles and "owed_by" not in path and "shares" not in path):
            if path[-1] in ("payer", name, "by", "paid_by") and name == terms.outcome_payer:
                continue
            investor = roles[name] == "a tranche" and path[0] == "payments"
            raise Refusal(
                path,
                name,
                f"{rule}; this is {roles[name]}",
                "name another party; what a tranche pays the payer is a payment to it that comes to less than nothing,"
                f' with `owed_by = "{name}"`'
                if investor
                else "name another party",
            )


def introductions(terms: Terms, timetable: Timetable) -> None:
    """Refuse a party that nobody introduced, and one whom a cost introduces by a name almost like another's."""
    listed: set[str] = set()
    for i, name in enumerate(terms.parties):
        if name in listed:
            raise Refusal(("parties", i), name, "each party is listed once", "leave it out")
        listed.add(name)
    introduced = dict.fromkeys(timetable.introduced)
    by_part = defaultdict[str, list[str]](list)  # those alike are so but for a letter: one part of both is the same
    for name in introduced:
        for part in _parts(name):
            by_part[part].append(name)
    for i, cost in enumerate(terms.costs):
        if cost.to in listed:
            continue
        near = {name for part in _parts(cost.to) for name in by_part.get(part, ()) if alike(name, cost.to)}
        like = [name for name in introduced if name in near] if near else []
        if like:
            first, second = in_quotes(like[0]), in_quotes(cost.to)
            raise Refusal(
                ("costs", i, "to"),
                cost.to,
                f"a cost is paid to a party; this one is called almost as another is, `{like[0]}`",
                f"write {first}, or list both where they are two: parties = [{first}, {second}]"
                if like[0] in {other.to for other in terms.costs}
                else f"write {first}, or list it where it is another: parties = [{second}]",
            )
    for path, name in _named(terms):
        if name not in introduced:
            guess = nearest(name, timetable.introduced)
            add = f"list it at the top of the file: parties = [{in_quotes(name)}]"
            raise Refusal(
                path,
                name,
                "a party is introduced: as outcome payer, vehicle or tranche, as one to whom a cost is paid, or in the"
                f" list `parties`; there is no `{name}`",
                f"{guess} If not, {add}" if guess.startswith("did you mean") else f"{add}; {guess}",
            )


def _named(terms: Terms) -> Iterator[tuple[Path, str]]:
    """Where parties are named that are introduced elsewhere."""
    for i, payment in enumerate(terms.payments):
        yield from (
            (("payments", i, key), name)
            for key, name in (("payer", payment.payer), ("to", payment.to), ("owed_by", payment.owed_by))
            if name is not None
        )
        yield from ((("payments", i, "payers", name), name) for name in payment.payers)
    yield from ((("limits", i, "payer"), limit.payer) for i, limit in enumerate(terms.limits) if limit.payer)
    for i, tranche in enumerate(terms.tranches):
        if tranche.guarantee is not None:
            yield ("tranches", i, "guarantee", "by"), tranche.guarantee.by
    for i, remainder in enumerate(terms.remainders):
        yield from ((path, name) for path, name in shared(i, remainder))
    yield from ((("events", i, "paid_by"), event.paid_by) for i, event in enumerate(terms.events) if event.paid_by)


def shared(i: int, remainder: Remainder) -> Iterator[tuple[Path, str]]:
    """Where parties are named who get what remains."""
    yield from ((("remainders", i, "shares", name), name) for name in remainder.shares)
    for j, tier in enumerate(remainder.tiers):
        yield from ((("remainders", i, "tiers", j, "shares", name), name) for name in tier.shares)


def _parts(name: str) -> set[str]:
    """A name, and what it is without any one of its letters."""
    return {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}


def alike(one: str, other: str) -> bool:
    """Whether two names differ, by one letter: another, one more, one less, or two in the wrong order.

    Examples
    --------
    >>> alike("provider", "provders"), alike("provider", "providr"), alike("provider", "provider")
    (False, True, False)
    """
    short, long = sorted((one, other), key=len)
    if one == other or len(long) - len(short) > 1:
        return False
    first = next((i for i, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if len(short) < len(long):
        return short[first:] == long[first + 1 :]
    swapped = short[first + 1 : first + 2] + short[first : first + 1] + short[first + 2 :]
    return long[first:] == swapped or short[first + 1 :] == long[first + 1 :]


def _paying(terms: Terms) -> Iterator[tuple[Path, str, str]]:
    """Parties that pay or share: where they are named, who they are, what they must be."""
    for i, payment in enumerate(terms.payments):
        if payment.payer is not None:
            yield ("payments", i, "payer"), payment.payer, "outcomes are paid for by a party outside the vehicle"
        for name in payment.payers:
            yield ("payments", i, "payers", name), name, "outcomes are paid for by a party outside the vehicle"
        if payment.owed_by is not None:
            yield ("payments", i, "owed_by"), payment.owed_by, "what is owed is owed by an investor or a provider"
    for i, tranche in enumerate(terms.tranches):
        if tranche.guarantee is not None:
            yield ("tranches", i, "guarantee", "by"), tranche.guarantee.by, "a guarantor is a party outside the deal"
    for i, remainder in enumerate(terms.remainders):
        for path, name in shared(i, remainder):
            yield path, name, "what remains leaves the vehicle"
    for i, event in enumerate(terms.events):
        if event.paid_by is not None:
            yield ("events", i, "paid_by"), event.paid_by, "a redemption is paid for by a party outside the vehicle"


def labels(terms: Terms, timetable: Timetable) -> None:
    """Refuse payments under one label, which is the payment's name, and the cohort's where it is for one."""
    seen: set[str] = set()
    for index, payment in enumerate(terms.payments):
        own = {occasion.label for occasion in timetable.occasions(payment.name)}
        if own & seen:
            raise Refusal(
                ("payments", index, "name"),
                payment.name,
                f"no two payments stand in the ledger under one label; `{min(own & seen)}` would",
                "give one of them another name",
            )
        seen |= own


def references(terms: Terms, timetable: Timetable) -> None:
    """Refuse a name that nothing has, a payment that depends on a later one, and a deal that measures nobody."""
    payments, metrics, cohorts, costs, tranches, events = (
        {item.name: place for place, item in enumerate(getattr(terms, group))}
        for group in ("payments", "metrics", "cohorts", "costs", "tranches", "events")
    )
    for i, payment in enumerate(terms.payments):
        at: Path = ("payments", i)
        if payment.metric is not None:
            one_of(payment.metric, metrics, (*at, "metric"), "a payment reads a metric")
        for name in payment.when.others:
            one_of(name, metrics, (*at, "when", "others", name), "a condition is on a metric")
        for key, names in (("made", payment.when.made), ("not_made", payment.when.not_made)):
            for j, name in enumerate(names or ()):
                _above(name, payments, i, (*at, "when", key, j), payment.name)
        for j, name in enumerate(payment.less or ()):
            _above(name, payments, i + 1, (*at, "less", j), payment.name)
        if payment.fallback_for is not None:
            _above(payment.fallback_for, payments, i, (*at, "fallback_for"), payment.name)
        for key, names in (("repaid", payment.when.repaid), ("not_repaid", payment.when.not_repaid)):
            for j, name in enumerate(names or ()):
                one_of(name, tranches, (*at, "when", key, j), "who is repaid is a tranche")
        for j, name in enumerate(payment.cohorts or ()):
            one_of(name, cohorts, (*at, "cohorts", j), "a payment is for cohorts")
        if payment.of is not None and payment.of.principal is not None:
            one_of(payment.of.principal, tranches, (*at, "of", "principal"), "principal is a tranche's")
        if payment.of is not None and payment.of.due_to is not None:
            one_of(payment.of.due_to, tranches, (*at, "of", "due_to"), "something falls due to a tranche")
        if payment.of is not None and payment.of.cut_from is not None:
            _above(payment.of.cut_from, payments, i, (*at, "of", "cut_from"), payment.name)
        if payment.of is not None and payment.of.cost is not None:
            one_of(payment.of.cost, costs, (*at, "of", "cost"), "it is a share of a cost")
        if payment.when.unpaid is None:
            continue
        path = (*at, "when", "unpaid")
        one_of(payment.when.unpaid, payments, path, "`unpaid` names another payment")
        other = terms.payments[payments[payment.when.unpaid]]
        if payments[other.name] >= i or other.scope != "cohort" or other.metric != payment.metric:
            raise Refusal(
                path,
                payment.when.unpaid,
                '`unpaid` names a payment of scope "cohort" on the same metric that stands above this one',
                "put the other payment first, or leave `unpaid` out",
            )
    for i, limit in enumerate(terms.limits):
        for key, names in (("on", limit.on), ("except", limit.except_)):
            for j, name in enumerate(names or ()):
                one_of(name, payments, ("limits", i, key, j), "a limit is on payments")
        for j, name in enumerate(limit.until_repaid or ()):
            one_of(name, tranches, ("limits", i, "until_repaid", j), "who is repaid is a tranche")
    for i, tranche in enumerate(terms.tranches):
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
    for i, remainder in enumerate(terms.remainders):
        for j, name in enumerate(remainder.on or ()):
            one_of(name, payments, ("remainders", i, "on", j), "what remains is of payments")
        for j, name in enumerate(remainder.once_repaid or ()):
            one_of(name, tranches, ("remainders", i, "once_repaid", j), "tranches are repaid")
        for j, tier in enumerate(remainder.tiers):
            if tier.until is not None:
                path = ("remainders", i, "tiers", j, "until", "tranche")
                one_of(tier.until.tranche, tranches, path, "a hurdle is the return of a tranche")
    for i, event in enumerate(terms.events):
        if event.metric is not None:
            one_of(event.metric, metrics, ("events", i, "metric"), "an event is decided on a metric")
        if event.fallback_for is not None:
            _above(event.fallback_for, events, i, ("events", i, "fallback_for"), event.name, "event")
        for key, names, known in (
            ("cohorts", event.cohorts, cohorts),
            ("costs", event.costs, costs),
            ("payments", event.payments, payments),
        ):
            for j, name in enumerate(names):
                one_of(name, known, ("events", i, key, j), f"an event is about {key}")
        for name in event.redeems:
            one_of(name, tranches, ("events", i, "redeems", name), "an event redeems tranches")
    if terms.cohorts and not timetable.served:
        raise Refusal(
            ("events",),
            sorted(timetable.ended("cohorts")),
            "at least one cohort is left to be measured",
            "leave one cohort out of the cancellations",
        )


def _above(name: str, known: Mapping[str, int], count: int, path: Path, own: str, what: str = "payment") -> None:
    """Refuse the name of a payment or event that is not among the first so many: it has not been decided yet."""
    one_of(name, known, path, f"it names another {what}")
    if known[name] >= count:
        an = "an event" if what == "event" else "a payment"
        raise Refusal(
            path,
            name,
            f"{an} depends on {what}s that stand above it, so that they never depend on each other in a circle",
            f"name another {what}, or leave it out" if name == own else f"put `{name}` above this one",
        )
