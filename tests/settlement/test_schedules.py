"""Schedules over arrays. Truth: published payment tables, numpy's interpolation, "at least" and "more than"."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.settlement.schedules import Curve
from sib.terms.schedule import Schedule


def pays(levels, **words):
    return Curve.of(Schedule(**words))(np.asarray(levels, dtype=float)).tolist()


DENVER = {  # Denver supportive housing: dollars by percentage reduction of jail days (payment terms, 2016)
    "nodes": ((20.0, 0.0), (20.0, 3_200_000.0), (30.0, 4_800_000.0), (65.0, 6_130_000.0))
}
RHINO = {  # World Bank wildlife conservation bond: success payment on USD 150m by population growth in per cent
    "nodes": (
        *((0.0, 0.0), (0.0, 5_503_500.0), (2.0, 5_503_500.0), (2.0, 11_007_000.0)),
        *((4.0, 11_007_000.0), (4.0, 13_759_500.0)),
    ),
    "more_than": (0.0, 2.0, 4.0),
}


def test_denver_jail_days():
    assert pays([38, 19.99, 20, 30, 65, 80], **DENVER) == pytest.approx(
        [5_104_000, 0, 3_200_000, 4_800_000, 6_130_000, 6_130_000], abs=1e-6
    )


def test_rhino_bond_has_left_open_ends():
    assert pays([-1, 0, 1, 2, 3, 4, 4.01], **RHINO) == [0, 0, 5_503_500, 5_503_500, 11_007_000, 11_007_000, 13_759_500]


def test_rikers_island_steps():
    # NYC ABLE: USD 9.6m at a 10% reduction, 11.712m at 20%
    assert pays([9.999, 10, 15, 20, 90], steps=((10.0, 9.6e6), (20.0, 11.712e6))) == [
        0,
        9.6e6,
        9.6e6,
        11.712e6,
        11.712e6,
    ]


def test_one_amount_whatever_the_result():
    assert pays([-np.inf, -1, 0, 5, np.inf], amount=7.0) == [7.0] * 5


def test_price_a_unit_goes_on_both_ways():
    assert pays([-2, 0, 3], per_unit=100.0) == [-200, 0, 300]


def test_extended_and_flat_ends():
    nodes = ((0.0, 0.0), (1.0, 10.0), (2.0, 30.0))
    assert pays([-1, 3], nodes=nodes) == [0, 30]
    assert pays([-1, 3], nodes=nodes, beyond="extended") == [-10, 50]
    assert pays([-np.inf, np.inf], nodes=nodes) == [0, 30]


def test_a_result_at_the_level_up_to_rounding_is_at_the_level():
    below, above = 0.1 - 1e-16, 0.1 + 1e-16  # what (1.55 - 1.395) / 1.55 may come to
    assert pays([below, 0.1, above], steps=((0.1, 1.0),)) == [1, 1, 1]
    assert pays([below, 0.1, above], steps=((0.1, 1.0),), more_than=(0.1,)) == [0, 0, 0]
    assert pays([0.1 - 1e-9, 0.1 + 1e-9], steps=((0.1, 1.0),)) == [0, 1]


@given(
    st.lists(st.tuples(st.integers(-100, 100), st.integers(0, 1000)), min_size=1, max_size=8, unique_by=lambda n: n[0]),
    st.lists(st.floats(-150, 150), min_size=1, max_size=20),
)
def test_without_jumps_it_is_numpys_interpolation(nodes, levels):
    nodes = sorted(nodes)
    x, y = zip(*nodes, strict=True)
    found = pays(levels, nodes=tuple((float(a), float(b)) for a, b in nodes))
    np.testing.assert_allclose(found, np.interp(levels, x, y), rtol=1e-12, atol=1e-9)
