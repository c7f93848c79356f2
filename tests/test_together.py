"""Processes that share a folder. Truth: an unbroken run. `python -m tests.together` looks longer."""

import pytest

from tests.together import raced


@pytest.mark.slow
def test_two_processes_in_one_folder_and_one_after_a_killed_one_have_the_bits_of_one():
    assert raced(8, 1, seed=1)["two at once"] == 8
