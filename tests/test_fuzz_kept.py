"""Fuzzed kept files. Truth: the figures that were kept, or a refusal. `python -m tests.fuzz_kept` looks longer."""

from tests.fuzz_kept import fuzz


def test_a_kept_file_gives_its_figures_or_is_refused():
    found = fuzz(600, 2010, changes=1_500, first=110)
    assert found.total() == 1_500 + 5 * 8 * 110
    assert not [what for what in found if "without a word" in what]
    assert all(": refused" in what or ": drawn again" in what for what in found if "a bit flipped" in what)
    same = sum(times for what, times in found.items() if what.endswith("the same"))
    assert same < 100  # changes that change nothing
