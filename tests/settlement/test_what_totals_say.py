"""What published totals say of persons, and what they cannot: ceilings a person, and composites.

Truth: counting by hand.
"""

import datetime as dt

import pytest

import sib

COHORTS = [{"name": "1", "size": 10, "enrol": {"starts": dt.date(2020, 1, 1), "months": 12}}]
ONCE = {"kind": "total", "better": "higher", "once": True, "reported": {"months_after_enrolment": 12}}
SHARE = {"kind": "proportion", "better": "higher", "compare": {"design": "none"}}


def deal(**over):
    data = {
        "name": "totals",
        "summary": "three milestones of ten persons",
        "currency": "EUR",
        "start": dt.date(2020, 1, 1),
        "outcome_payer": "city",
        "cohorts": COHORTS,
        "tranches": [{"name": "lender", "amount": 1000}],
        "costs": [{"name": "service", "to": "provider", "per": "cohort", "amount": 1000}],
    }
    return sib.Scenario.from_data(data | over)


class TestCeilings:
    """Prices of 100, 200 and 300 under a ceiling of 500: a person with all three is over it, one with two is not."""

    PRICES = (("a", 100), ("b", 200), ("c", 300))

    @pytest.fixture
    def scenario(self):
        items = [{"metric": name, "price": price, "believed": 0.5} for name, price in self.PRICES]
        card = {"name": "card", "reported": {"months_after_enrolment": 12}, "per_person": 500, "items": items}
        return deal(rate_cards=[card], beliefs={"discount_rates": {"lender": 0.0}})

    @pytest.mark.parametrize(("a", "b", "c"), [(0, 0, 0), (3, 4, 0), (3, 0, 5), (0, 10, 10), (0, 0, 1)])
    def test_what_nobody_can_be_over_is_not_asked(self, scenario, a, b, c):
        assert sib.settle(scenario, {"a": a, "b": b, "c": c}).paid("city") == 100 * a + 200 * b + 300 * c

    def test_where_somebody_may_be_over_it_totals_do_not_say(self, scenario):
        with pytest.raises(sib.InputError, match="totals do not say"):
            sib.settle(scenario, {"a": 1, "b": 1, "c": 1})


class TestComposites:
    """Of ten persons some have jail, some a job, some training; settled are those with any of them and no jail."""

    @pytest.fixture
    def scenario(self):
        parts = ("jail", "job", "training")
        metrics = [{"name": name, **SHARE, "reported": {"months_after_enrolment": 12}} for name in parts]
        with_ = {"none_of": ["jail"], "any_of": ["job", "training"]}
        metrics.append({"name": "settled", "kind": "proportion", "better": "higher", "persons_with": with_})
        paid = [
            {"name": name, "metric": name, "scope": "cohort", "pays": {"per_unit": 1}} for name in (*parts, "settled")
        ]
        levels = dict.fromkeys(parts, 0.5)
        return deal(metrics=metrics, payments=paid, beliefs={"levels": levels, "discount_rates": {"lender": 0.0}})

    @pytest.mark.parametrize(
        ("jail", "job", "training", "least", "most"),
        [
            (0.4, 0.3, 0.2, 0.0, 0.5),  # all with a job may be in jail; nobody of them need be
            (
                0.4,
                0.9,
                0.2,
                0.5,
                0.6,
            ),  # of 9 with a job at most 4 are in jail; not in jail are 6
            (0.0, 0.3, 0.2, 0.3, 0.5),
            (1.0, 0.3, 0.2, 0.0, 0.0),
        ],
    )
    def test_as_many_as_the_parts_allow(self, scenario, jail, job, training, least, most):
        def settled(share):
            return sib.settle(scenario, {"jail": jail, "job": job, "training": training, "settled": share})

        for share in (least, most):
            assert settled(share).paid("city") == pytest.approx(10 * (jail + job + training + share))
        for share in (least - 0.1, most + 0.1):
            if 0 <= share <= 1:
                with pytest.raises(sib.InputError, match="as its parts have it"):
                    settled(share)
