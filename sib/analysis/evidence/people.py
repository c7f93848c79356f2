"""`people`: one simulated future, person by person. To see what a simulation adds up, and to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.evidence.given_effect import Truth
from sib.calls import public
from sib.chance.sources import LAYERS, Chance
from sib.chance.streams import Rng, seed_of
from sib.errors import InputError, Problem
from sib.model.persons import Person, draw_persons
from sib.model.prior import believe
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


_MOST = 5_000_000


@public
def people(scenario: Scenario, metric: str | None = None, *, rng: Rng = None) -> pd.DataFrame:
    """One future of the persons served and of those they are compared with.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.
    metric : str, optional
        The metric that is measured on them, compared and by cohort; may be left out where one is compared, or
        is read of those.
    rng : None, int, Generator, BitGenerator or SeedSequence, optional
        Where the randomness comes from.

    Returns
    -------
    DataFrame
        One row a person: `cohort`; `group`, "served" or the group of the comparison ("comparison", "before",
        "comparison before", a year of history); `enrolled`, a date (NaT for who is not served); `took_part` and
        `dropped_out`; the metric's figure under its name (events in the window, 1 or 0, or the quantity); and for a
        count `first_event`, days from enrolment to the first event, NaN where there is none.

    Raises
    ------
    InputError
        Where no metric is compared, it has results by period or counts units in all, or there are too many persons.

    Notes
    -----
    The model is that of `simulate`, which draws sums over these persons; the random numbers are not the same.

    Examples
    --------
    >>> import sib
    >>> frame = people(sib.load("peterborough"), rng=1)
    >>> frame.groupby("group").size().to_dict()
    {'comparison': 30000, 'served': 3000}
    """
    import pandas as pd

    truth = Truth.about(scenario, metric)
    known, written = truth.metric, next(m for m in scenario.metrics if m.name == truth.metric.name)
    if known.by_period or known.law.additive:
        rule = "a metric that is measured on persons, with results by cohort"
        raise InputError(Problem("metric", known.name, rule, "name such a metric"))
    many = known.persons.sum() + sum(
        group.per_person * known.persons[group.result] if group.per_person else group.persons
        for group in known.groups
        if not group.written
    )
    if many > _MOST:
        rule = f"{_MOST:,} persons in all at most, one row each"
        raise InputError(Problem("scenario", f"{many:,.0f} persons", rule, "make the cohorts smaller"))
    seed, persons_seed = seed_of(rng).spawn(2)
    world = believe(truth.deal.model, Chance(1, seed, 0, frozenset(LAYERS)))
    random = np.random.default_rng(persons_seed)
    maturity = [
        ((m.window_months or 0) / (written.window_months or 12), scenario.beliefs.maturity[m.name])
        for m in scenario.metrics
        if m.interim_of == known.name
    ]
    frames = []
    for row, cohort in enumerate(scenario.timetable.served):
        arms = draw_persons(known, world, truth.index, row, random, maturity)
        days = (cohort.enrol.last_day - cohort.enrol.starts).days
        enrolled = pd.Timestamp(cohort.enrol.starts) + pd.to_timedelta(np.floor(arms.served.enrolled * days), unit="D")
        frames.append(_frame(known.name, cohort.name, "served", arms.served, written.window_months, enrolled))
        for number, person in arms.groups.items():
            group = known.groups[number]
            if group.shared and row > 0:
                continue
            name = " ".join(group.component[1:])
            frames.append(_frame(known.name, cohort.name, name, person, written.window_months, None))
    return pd.concat(frames, ignore_index=True).rename_axis("person")


def _frame(
    metric: str, cohort: str, group: str, person: Person, months: int | None, enrolled: pd.DatetimeIndex | None
) -> pd.DataFrame:
    import pandas as pd

    found = {
        "cohort": cohort,
        "group": group,
        "enrolled": pd.NaT if enrolled is None else enrolled,
        "took_part": person.took_part,
        "dropped_out": person.dropped_out,
        metric: person.value,
    }
    if person.events:
        first = person.first * (months or 12) * 365.0 / 12.0
        found["first_event"] = np.where(np.isfinite(first), first, np.nan)
    return pd.DataFrame(found)
