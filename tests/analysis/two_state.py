"""A deal of two states: one unit of capital today, a price after exactly four years with a chance, else nothing."""

import datetime as dt

import sib

START, END = dt.date(2021, 3, 1), dt.date(2025, 2, 28)  # 1,460 days
MIDDLE = 15.5 / 365 + 0.5  # years from the start to the middle of what is measured: of March, and of a year's follow-up


def two_state(price=2.0, chance=0.7, **changes):
    """The deal; its closed forms are those of a biased coin."""
    terms = {
        "name": "two states",
        "summary": "a price with a chance",
        "currency": "GBP",
        "start": START,
        "outcome_payer": "payer",
        "vehicle": "vehicle",
        "cohorts": [{"name": "one", "size": 1, "enrol": {"starts": START, "months": 1}}],
        "metrics": [
            {
                "name": "success",
                "kind": "proportion",
                "better": "higher",
                "compare": {"design": "none"},
                "reported": {"dates": [END]},
            }
        ],
        "payments": [
            {
                "name": "price",
                "metric": "success",
                "scope": "cohort",
                "reads": "units",
                "pays": {"per_unit": price},
                "months_after_result": 0,
            }
        ],
        "tranches": [{"name": "investor", "amount": 1, "draws": "at start"}],
        "costs": [{"name": "service", "to": "provider", "per": "deal", "amount": 1, "starts": START}],
        "beliefs": {"levels": {"success": chance}, "discount_rates": {"investor": 0.05}},
    }
    return sib.Scenario.from_data(terms | changes)
