"""Rules about what remains: somebody gets it, once, whoever has been repaid or has come to a hurdle or a cap."""

from __future__ import annotations

from collections.abc import Iterator

from sib.errors import Refusal
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.capital import Tranche
from sib.terms.remainder import Remainder, Tier


def check(terms: Terms, timetable: Timetable) -> None:
    """Check who gets what remains."""
    tranches = {tranche.name: tranche for tranche in terms.tranches}
    for i, payment in enumerate(terms.payments):
        if payment.to is None:
            _taken(terms, timetable, ("payments", i), payment.name)
    for i, remainder in enumerate(terms.remainders):
        for path, tier in _tiers(i, remainder):
            _over_caps(path, tier, tranches)
    for i, tranche in enumerate(terms.tranches):
        shared = any(tranche.name in remainder.takers for remainder in terms.remainders)
        straight = any(payment.to == tranche.name for payment in terms.payments)
        if tranche.kind == "equity" and terms.remainders and not shared and not straight:
            raise Refusal(
                ("tranches", i, "kind"),
                tranche.kind,
                f"equity is paid from what remains; no remainder has a share for `{tranche.name}`",
                "give it a share under [[remainders]], or make it a loan",
            )
    _once(terms, timetable)
    for i, remainder in enumerate(terms.remainders):
        _once_repaid(terms, timetable, i, remainder)
        _hurdles(terms, i, remainder, tranches)


def _tiers(i: int, remainder: Remainder) -> Iterator[tuple[Path, Tier]]:
    """The tiers of a remainder, each with where it stands."""
    for j, tier in enumerate(remainder.in_tiers):
        yield ("remainders", i, "tiers", j) if remainder.tiers else ("remainders", i), tier


def _taken(terms: Terms, timetable: Timetable, at: Path, name: str) -> None:
    """Money that nobody would get is refused by name."""
    named, repaid = timetable.remainders(name), timetable.repaid_from(name)
    if not named and not repaid:
        raise Refusal(
            at,
            name,
            f"somebody gets what goes to the vehicle; no tranche is repaid from `{name}`",
            "name it in a tranche's `repaid_from`, name a party under `to`, or add [[remainders]] with shares",
        )
    if not named and len(repaid) > 1:
        raise Refusal(
            ("remainders",),
            "nothing said",
            f"somebody gets what remains of `{name}` once {', '.join(t.name for t in repaid)} are repaid",
            "add [[remainders]] with the shares of what remains",
        )
    limited = {tranche.name for tranche in terms.tranches if tranche.return_cap is not None}
    for takers in [list(tier.shares) for one in named for tier in one.in_tiers] or [[repaid[0].name]]:
        if limited.issuperset(takers):
            raise Refusal(
                ("remainders",),
                ", ".join(takers),
                f"somebody without a cap gets what is over the caps; `{name}` could leave money behind",
                "add a party to [[remainders]] that takes what is over, such as the outcome payer; its share may be 0",
            )


def _over_caps(path: Path, tier: Tier, tranches: dict[str, Tranche]) -> None:
    """One party takes what is over the caps."""
    spare = [
        name
        for name, share in tier.shares.items()
        if share == 0 and (name not in tranches or tranches[name].return_cap is None)
    ]
    if len(spare) > 1:
        raise Refusal(
            (*path, "shares", spare[1]),
            0,
            f"one party with a share of 0 takes what is over the others' caps; `{spare[0]}` and `{spare[1]}` would",
            "leave one of them out, or give it a share",
        )


def _once(terms: Terms, timetable: Timetable) -> None:
    """What remains of a payment is shared in one way at a time."""
    for i, remainder in enumerate(terms.remainders):
        alike = [one for one in terms.remainders[:i] if (one.once_repaid is None) == (remainder.once_repaid is None)]
        for j, name in enumerate(remainder.on or ()):
            if timetable.payments[name].to is not None:
                raise Refusal(
                    ("remainders", i, "on", j), name, "what remains is of what goes to the vehicle", "leave it out"
                )
            if any(name in (other.on or ()) for other in alike):
                raise Refusal(
                    ("remainders", i, "on", j), name, "what remains of a payment is shared once", "name it once"
                )
        if remainder.on is None and any(other.on is None for other in alike):
            raise Refusal(
                ("remainders", i, "on"), "all payments", "what remains of a payment is shared once", "name the payments"
            )


def _once_repaid(terms: Terms, timetable: Timetable, i: int, remainder: Remainder) -> None:
    """A remainder that holds once somebody has been repaid has one that holds until then, and both may hold."""
    if remainder.once_repaid is None:
        return
    at: Path = ("remainders", i, "once_repaid")
    until = [one for one in terms.remainders if one.once_repaid is None]
    if not any(set(one.on or ()) == set(remainder.on or ()) for one in until):
        raise Refusal(
            at,
            list(remainder.once_repaid),
            "somebody gets what remains until then: a remainder of the same payments without `once_repaid`",
            "add one, with the same `on`",
        )
    for j, name in enumerate(remainder.once_repaid):
        tranche = next(one for one in terms.tranches if one.name == name)
        repaid = any(tranche in timetable.repaid_from(payment.name) for payment in timetable.to_vehicle)
        straight = any(payment.to == name and (payment.repays or _due_to(payment)) for payment in terms.payments)
        if not tranche.ranked:
            raise Refusal(
                (*at, j),
                name,
                f"{'equity' if tranche.kind == 'equity' else 'a grant'} is not repaid, so that it never has been",
                f'name a loan; or let a tier end when it has its money back: `until = {{ tranche = "{name}",'
                " multiple = 1 }`",
            )
        if not repaid and not straight:
            raise Refusal(
                (*at, j),
                name,
                f"no payment repays `{name}`, so that it never has been",
                "name a tranche that is repaid, or say from which payments this one is",
            )
    on = [payment.name for payment in timetable.to_vehicle if remainder in timetable.remainders(payment.name)]
    first = [
        name
        for name in remainder.once_repaid
        for tranche in terms.tranches
        if tranche.name == name and not tranche.falls_due
        if on and all(tranche in timetable.repaid_from(payment) for payment in on)
    ]
    if set(first) == set(remainder.once_repaid):
        raise Refusal(
            at,
            list(remainder.once_repaid),
            f"something remains of {', '.join(f'`{name}`' for name in on)} only once {', '.join(first)} has been repaid"
            " from it: the remainder that holds until then never would",
            "leave `once_repaid` out, and the remainder that holds until then",
        )


def _due_to(payment: object) -> bool:
    of = getattr(payment, "of", None)
    return of is not None and of.due_to is not None


def _hurdles(terms: Terms, i: int, remainder: Remainder, tranches: dict[str, Tranche]) -> None:
    """A hurdle can be reached, and what one remainder pays does not decide in another."""
    for j, tier in enumerate(remainder.tiers):
        if tier.until is None:
            continue
        hurdle, cap = tier.until, tranches[tier.until.tranche].return_cap
        for key, most in (("multiple", cap and cap.multiple), ("annual_return", cap and cap.annual_return)):
            level = getattr(hurdle, key)
            if most is not None and level is not None and most < level:
                raise Refusal(
                    ("remainders", i, "tiers", j, "until", key),
                    level,
                    f"`{hurdle.tranche}` is capped at {most:g}: it never comes to the return at which this tier ends",
                    "lower the hurdle to the cap or below it, or raise the cap",
                )
        for other in terms.remainders:
            apart = set(other.on or ()) != set(remainder.on or ())
            if apart and other.tiers and hurdle.tranche in other.takers:
                raise Refusal(
                    ("remainders", i, "tiers", j, "until", "tranche"),
                    hurdle.tranche,
                    f"tiers end on what a tranche gets in them; `{hurdle.tranche}` also gets some of `{other.name}`, in"
                    " tiers of other payments",
                    "put the payments into one remainder, or share one of the two without tiers",
                )
