"""How often 95% intervals hold. Truth: one long run, and the binomial law of how often such intervals hold it."""

import pytest
from scipy import stats

from tests.coverage import by_kind, table_of

RARE = 1e-5  # how seldom a right interval is to fail here, for each figure


@pytest.fixture(scope="module")
def table(request):
    """By `--nightly` four hundred runs of three deals, else a hundred of one."""
    if request.config.getoption("--nightly"):
        return table_of(range(400))
    return table_of(range(100), ["denver"])


def test_no_interval_holds_less_often_than_it_says(table):
    least = stats.binom.ppf(RARE, table["runs"], 0.95)
    assert table[table["held"] < least].empty, by_kind(table)


def test_none_is_wider_than_it_has_to_be(table):
    """But of quantiles, which are bounded by values that occur. Figures of a hundred runs are taken kind by kind."""
    close = table[table["kind"] != "quantile"]
    most = stats.binom.ppf(1 - RARE, close["runs"], 0.95)
    assert close[close["held"] > most].empty, by_kind(table)
    assert (close.groupby(["sampling", "kind"])[["held", "runs"]].sum().eval("held / runs") < 0.999).all(), by_kind(
        table
    )


def test_every_kind_of_figure_is_held_to_it(table):
    for _, found in table.groupby("sampling"):
        assert set(found["kind"]) >= {"mean", "share", "quantile", "shortfall", "rate of the mean"}
