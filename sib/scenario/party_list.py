"""The parties of a contract, each with what it does, in words. The list on which `term_sheet.py` opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import listed, money, names, percent
from sib.terms.capital import Tranche


def party_list(terms: Terms, timetable: Timetable) -> list[str]:
    """A sentence a party: who it is, and all that it does."""
    does: dict[str, list[str]] = {name: [] for name in timetable.parties}
    for name, words in _roles(terms, timetable):
        if words not in does[name]:
            does[name].append(words)
    return [f"{name}: {_sentences(words)}" for name, words in does.items()]


def _sentences(does: list[str]) -> str:
    """All that a party does, the first of it without a subject."""
    first, *others = does or ["listed, but no term names it"]
    return " ".join([f"{first}.", *(f"It {words}." for words in others)])


def _roles(terms: Terms, timetable: Timetable) -> Iterator[tuple[str, str]]:
    """Each party with one thing that it does, again and again."""
    on_results = {name for p in terms.payments if p.metric is not None for name in timetable.shares(p.name)}
    whatever = _by_party((who, p.name) for p in terms.payments if p.metric is None for who in timetable.shares(p.name))
    for name in timetable.payers:
        if name in on_results:
            yield name, "pays for outcomes"
        if name in whatever:
            yield name, f"pays {names(whatever[name])} whatever the results"
    passes = timetable.to_vehicle or terms.tranches or terms.costs
    yield terms.vehicle, "holds the money between the parties" if passes else "no money passes through it"
    for tranche in terms.tranches:
        yield tranche.name, _capital(tranche, terms.currency, several=len(terms.tranches) > 1)
    for name, costs in _by_party((cost.to, cost.name) for cost in terms.costs).items():
        yield name, f"is paid for {names(costs)}"
    straight = _by_party((p.to, p.name) for p in terms.payments)
    owed = _by_party((p.owed_by, p.name) for p in terms.payments)
    for name in timetable.parties:
        if name in straight:
            yield name, f"is paid {names(straight[name])} straight"
        if name in owed:
            owes = owed[name]
            yield name, f"owes what {names(owes)} {'comes' if len(owes) == 1 else 'come'} to below nothing"
    for tranche in terms.tranches:
        if tranche.guarantee is not None:
            yield tranche.guarantee.by, f"guarantees capital of {tranche.name}"
    for remainder in terms.remainders:
        for name in remainder.takers:
            parts = dict.fromkeys(
                f"{percent(share)} of what remains" if share > 0 else "what is over the others' caps"
                for tier in remainder.in_tiers
                if (share := tier.shares.get(name)) is not None
            )
            yield name, f"gets {listed(parts, 'or')} (`{remainder.name}`)"
    redeemed, under = (
        _by_party((e.paid_by or terms.outcome_payer, what) for e in terms.events for what in found(e))
        for found in (lambda e: e.redeems, lambda e: [e.name] if e.redeems else [])
    )
    for name in timetable.parties:
        if name in under:
            yield name, f"redeems {listed(dict.fromkeys(redeemed[name]))} under {names(under[name])}"


def _by_party(found: Iterable[tuple[str | None, str]]) -> dict[str, list[str]]:
    """What there is of each party."""
    each: dict[str, list[str]] = {}
    for name, one in found:
        if name is not None:
            each.setdefault(name, []).append(one)
    return each


def _capital(tranche: Tranche, currency: str, *, several: bool) -> str:
    """What a tranche puts in."""
    amount, rank = money(tranche.amount, currency), f", repaid in rank {tranche.rank}" if several else ""
    return {
        "loan": f"lends {amount}{rank}",
        "note": f"puts {amount} in notes{rank}",
        "recyclable grant": f"gives {amount} as a recyclable grant{rank}",
        "equity": f"puts in {amount} as equity",
        "grant": f"gives {amount} as a grant",
    }[tranche.kind]
