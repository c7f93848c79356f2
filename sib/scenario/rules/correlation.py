"""Rules about beliefs that move together: each is drawn once, each pair is said once, and all of it is possible."""

from __future__ import annotations

from itertools import combinations

from sib.errors import Refusal, nearest
from sib.scenario.correlated import Correlated, possible, written
from sib.scenario.paths import in_quotes
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable


def check(terms: Terms, timetable: Timetable) -> None:
    """Check what is believed to move together."""
    known, correlated = terms.beliefs.correlation, Correlated(timetable)
    said: dict[frozenset[str], str] = {}
    for name, one in known.items():
        path = ("beliefs", "correlation", name)
        if one.between is None and len(correlated.outcomes) < 2:
            rule = "two effects or levels that vary, at least, can move together"
            raise Refusal(path, one.coefficient, rule, "remove it, or let more of them vary")
        for belief in one.between or ():
            if belief not in correlated.components:
                rule = "a level, effect, bias, pace, overrun or engagement that varies and is drawn once for the deal"
                if (
                    belief.split(".")[0] == "referrals"
                    and terms.beliefs.referrals is not None
                    and len(timetable.served) > 1
                ):
                    rule += "; how many come is drawn cohort by cohort, and of several cohorts none can be named"
                raise Refusal((*path, "between"), belief, rule, nearest(belief, correlated.components))
        if len(set(one.between or ())) < len(one.between or ()):
            raise Refusal((*path, "between"), list(one.between or ()), "each belief is named once", "name it once")
        for pair in combinations(one.between or (), 2):
            other = said.setdefault(frozenset(pair), name)
            if other != name:
                came = f"{pair[0]} with {pair[1]}, as in {in_quotes(other)}"
                raise Refusal((*path, "between"), came, "one correlation for each pair", "leave it out of one of them")
    if sum(one.between is None for one in known.values()) > 1:
        raise Refusal(("beliefs", "correlation"), list(known), "one number for all effects and levels", "keep one")
    _possible(correlated)


def _possible(correlated: Correlated) -> None:
    """Correlations of several need not be possible together."""
    matrix = correlated.matrix
    if not len(matrix) or possible(matrix):
        return
    near, names = written(matrix), correlated.names
    moved = [(abs(near[i, j] - matrix[i, j]), i, j) for i, j in combinations(range(len(names)), 2)]
    said = [f"{names[i]} with {names[j]}: {near[i, j]:.3g}" for size, i, j in sorted(moved, reverse=True) if size > 0]
    raise Refusal(
        ("beliefs", "correlation"),
        f"{len(names)} beliefs that cannot all be so correlated",
        "correlations that can hold at once; two beliefs that each go with a third cannot go against each other (their"
        " matrix has no eigenvalue below zero)",
        f"the nearest that can: {'; '.join(said)}",
    )
