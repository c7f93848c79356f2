"""Every public question of every file. Truth: what comes out is finite, or an error of four parts that was read by eye.

Each file is asked all that takes no time, and one of the other questions in turn; `python -m tests.questions`, and
`pytest --nightly`, ask all of all.
"""

from itertools import count

import pytest

from tests.asked import Asked, files
from tests.questions import ABOUT_NO_DEAL, QUESTIONS, TAKE_TIME, public, strictly, unsound

FILES = dict(zip(files(), count(), strict=False))
QUICK = [name for name in QUESTIONS if name not in TAKE_TIME]


def test_every_public_name_is_asked_or_about_no_deal():
    assert set(QUESTIONS) | ABOUT_NO_DEAL == public()
    assert not set(QUESTIONS) & ABOUT_NO_DEAL


def test_there_is_a_turn_for_each_question():
    assert len(FILES) > len(TAKE_TIME) > 50


@pytest.mark.parametrize("title", FILES)
def test_is_answered(title, tmp_path, request):
    in_turn = TAKE_TIME if request.config.getoption("--nightly") else [TAKE_TIME[FILES[title] % len(TAKE_TIME)]]
    asked = Asked(title, files()[title](), tmp_path)
    with strictly():
        said = {name: unsound(asked, name) for name in (*QUICK, *in_turn)}
    assert not {name: wrong for name, wrong in said.items() if wrong}
