"""`Party`: who has to agree to a deal: what it is worth to them, under their own beliefs, and from where they agree."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sib.analysis.columns import Kept
from sib.analysis.decide.measure import Measure
from sib.analysis.decide.net_value import NetValue
from sib.analysis.summary import Row
from sib.calls import held
from sib.errors import MISSING, InputError, Problem, between, nearest
from sib.run.recipe import Block
from sib.scenario.changes import BASE
from sib.scenario.paths import path_of, steps_of
from sib.scenario.scenario import Scenario

HURDLES: Final = ("hurdle", "hurdle_multiple")
KEYS: Final = ("measure", "values_outcome_at", "at_least", "at_most", "tranche", "payer", "beliefs", "rate", *HURDLES)
_AT = 1e-12  # of a level: who is so near to it is at it (convention 3)
_NEAR = 2.0  # standard errors
_SHARES = ("probability", "share of capital drawn", "a year")


class Worth(Protocol):
    """What a deal is to somebody: a figure of the summary, or a net value."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is worked out from."""

    @property
    def keep(self) -> Callable[[Block], Kept]:
        """What is kept of a settled block."""

    def about(self, scenario: Scenario) -> Scenario:
        """The scenario that it is taken of."""

    def row(self, parts: Sequence[Kept], batch: int | None = None) -> Row:
        """The figure, from what was kept of all parts."""


@dataclass(frozen=True)
class Party:
    """Who has to agree.

    Parameters
    ----------
    name : str
        Who.
    scenario : Scenario
        The deal under their beliefs, at their rate.
    worth : Measure or NetValue
        What it is worth to them.
    needs : float
        Where they begin to agree.
    sign : float
        +1 where they agree from there up, -1 where they do from there down.
    """

    name: str
    scenario: Scenario
    worth: Worth
    needs: float
    sign: float

    @classmethod
    def of(cls, scenario: Scenario, name: str, given: Mapping[str, Any]) -> Party:
        """A party as a user passed it; see `agreement`.

        Raises
        ------
        InputError
            Where a key is not known or missing, or its value is not what it should be.
        """
        with _of(name):
            for key in given:
                if key not in KEYS:
                    raise InputError(Problem(str(key), given[key], "a key of a party", nearest(key, KEYS)))
            needs, sign = _needs(given)
            held = _under_beliefs(scenario, given.get("beliefs"))
            rate = given.get("rate")
            if rate is not None:
                rate = between(rate, -1, 1, "rate", "a rate a year, as a decimal", "write 0.05 for five per cent")
            if "values_outcome_at" in given:
                return cls(name, held, _net_value(held, given, rate or 0.0), needs, sign)
            hurdles = {key: given[key] for key in HURDLES if key in given}
            worth = Measure.of(held, given["measure"], given.get("tranche"), given.get("payer"), **hurdles)
            _decimal(worth, needs)
            return cls(name, _at_rate(held, worth, rate), worth, needs, sign)

    def agrees(self, worth: float) -> bool:
        """Whether they sign where it is worth so much to them; not where nobody can say."""
        return self.sign * (worth - self.needs) >= -_AT * max(1.0, abs(self.needs))

    def near(self, worth: float, error: float) -> bool:
        """Whether another seed may find the opposite."""
        return abs(worth - self.needs) <= _NEAR * error


@contextlib.contextmanager
def _of(name: str) -> Iterator[None]:
    """Say of what is refused whose it is."""
    try:
        yield
    except InputError as error:
        first = error.problems[0]
        raise InputError(Problem(f"parties[{name!r}].{first.where}", first.came, first.rule, first.remedy)) from None


def _needs(given: Mapping[str, Any]) -> tuple[float, float]:
    """Where a party begins to agree, and in which direction."""
    worths = [key for key in ("measure", "values_outcome_at") if key in given]
    if len(worths) != 1:
        rule = "what the deal is worth to the party: one of the two"
        remedy = 'write "measure": "expected_cash_irr", or "values_outcome_at": 12_000 of one who pays for outcomes'
        raise InputError(Problem("measure or values_outcome_at", worths or MISSING, rule, remedy))
    ends = {key: given[key] for key in ("at_least", "at_most") if key in given}
    if not ends and worths == ["values_outcome_at"]:
        ends = {"at_least": 0.0}  # worth more than it costs
    if len(ends) != 1:
        rule = "from where the party agrees: one of the two"
        raise InputError(Problem("at_least or at_most", sorted(ends) or MISSING, rule, 'write "at_least": 0.05'))
    ((key, needs),) = ends.items()
    return held(needs, float, key), {"at_least": 1.0, "at_most": -1.0}[key]


def _decimal(worth: Measure, needs: float) -> None:
    """Refuse per cent where a decimal belongs."""
    if worth.figure.unit in _SHARES and abs(needs) > 1:
        rule = f"{worth.name} is {worth.figure.unit.replace('a year', 'a rate a year')}, as a decimal"
        raise InputError(Problem("at_least or at_most", needs, rule, f"write {needs / 100:g} for {needs:g} per cent"))


def _under_beliefs(scenario: Scenario, beliefs: Any) -> Scenario:
    """The deal as the party believes it."""
    if beliefs is None:
        return scenario
    if not isinstance(beliefs, Mapping) or not all(isinstance(path, str) for path in beliefs):
        remedy = 'write {"beliefs.effects.reconvictions.mean": 0.06}'
        raise InputError(Problem("beliefs", beliefs, "what the party believes, by path", remedy))
    for path in beliefs:
        if steps_of(path)[0] != "beliefs":
            rule = "a path that begins with `beliefs`: the contract is one for all parties"
            raise InputError(Problem("beliefs", path, rule, f"did you mean {'beliefs.' + path!r}?"))
    try:
        return scenario.case(BASE).replace(beliefs)
    except InputError as error:
        first = error.problems[0]
        raise InputError(Problem("beliefs", first.came, f"{first.where}: {first.rule}", first.remedy)) from None


def _net_value(scenario: Scenario, given: Mapping[str, Any], rate: float) -> NetValue:
    for key in ("tranche", *HURDLES):
        if key in given:
            rule = "who values outcomes is a payer"
            raise InputError(Problem(key, given[key], rule, "leave it out, or ask for a measure"))
    return NetValue.of(scenario, given["values_outcome_at"], given.get("payer"), rate)


def _at_rate(scenario: Scenario, worth: Measure, rate: float | None) -> Scenario:
    """The deal with the party's rate in place of its tranches'."""
    if rate is None:
        return scenario
    if "npv" not in worth.columns:
        rule = "a rate is that of a present value, and this measure is none"
        raise InputError(Problem("rate", rate, rule, "leave it out, or ask for npv_mean"))
    tranches = [tranche.name for tranche in scenario.tranches if worth.asked.tranche in (None, tranche.name)]
    return scenario.case(BASE).replace({path_of(["beliefs", "discount_rates", name]): rate for name in tranches})
