"""Every plot against a picture that was looked at. Other versions of matplotlib are left out by --ignore."""

import pytest
from matplotlib.testing.compare import compare_images

from tests.show.renew import CASES, FOLDER, draw

pytestmark = pytest.mark.slow

TOLERANCE = 4.0  # root of the mean square, of 255: hinting passes, a line that is missing does not


@pytest.mark.parametrize("case", CASES)
def test_looks_as_it_was_accepted(case, tmp_path):
    found = tmp_path / "found.png"
    draw(case, found)
    said = compare_images(str(FOLDER / f"{case}.png"), str(found), tol=TOLERANCE)
    assert said is None, f"{said}\nlook at it; if it is right: python -m tests.show.renew"
