"""Seeds. Truth: NumPy's own seed sequences, and the same call once more."""

import numpy as np
import pytest

import sib
from sib.chance.streams import again, seed_of

PASSED = {  # what can be passed as `rng`, made anew each time
    "number": lambda: 5,
    "number of NumPy": lambda: np.int64(5),
    "byte": lambda: np.uint8(5),
    "large number": lambda: 2**200,
    "list": lambda: [1, 2, 2**40],
    "array": lambda: np.array([1, 2, 2**40]),
    "array of words": lambda: np.array([1, 2], dtype=np.uint32),
    "nothing in it": list,
    "sequence": lambda: np.random.SeedSequence(np.int64(5), spawn_key=np.array([3, 4]), pool_size=8),
    "sequence of text": lambda: np.random.SeedSequence(["12", "0x1f"]),
    "child": lambda: np.random.SeedSequence(5).spawn(3)[2],
    "generator": lambda: np.random.default_rng(np.int64(5)),
    "bit generator": lambda: np.random.SFC64(5),
    "key": lambda: np.random.Philox(key=5),
    "generator of a key": lambda: np.random.Generator(np.random.Philox(key=5, counter=3)),
}
if hasattr(np.random.RandomState, "_bit_generator") and np.lib.NumpyVersion(np.__version__) >= "2.2.0":
    PASSED["legacy"] = lambda: np.random.RandomState(5)  # NumPy takes it for a generator from then on


def state(seed):
    return seed.generate_state(8).tolist()


@pytest.mark.parametrize("kind", PASSED)
class TestWhatCanBePassedAsRng:
    def test_gives_the_same_seed_again(self, kind):
        seed = seed_of(PASSED[kind]())
        assert state(seed_of(PASSED[kind]())) == state(seed)
        assert state(seed_of(again(seed))) == state(seed)
        assert (seed_of(again(seed)).entropy, seed_of(again(seed)).spawn_key) == (seed.entropy, seed.spawn_key)

    def test_can_be_saved_resumed_and_repeated(self, kind, plan, tmp_path):
        made = sib.simulate(plan, 50, rng=PASSED[kind](), resume=tmp_path / "run")
        made.save(tmp_path / "a.sib")
        opened = sib.open(tmp_path / "a.sib")
        assert opened.paths.equals(made.paths)
        assert opened.seed.entropy == made.seed.entropy
        for rng in (lambda: made.rng, lambda: opened.rng, PASSED[kind]):
            for resume in (None, tmp_path / "run"):
                once_more = sib.simulate(plan, 50, rng=rng(), resume=resume)
                assert once_more.columns["npv"].tobytes() == made.columns["npv"].tobytes()


@pytest.mark.parametrize(
    "entropy", [5, 2**200, [1, 2**40], [1, 2, 3], np.array([7, 8]), np.array([7], dtype=np.uint32), ["12", "0x1f"]]
)
def test_is_the_first_child_of_numpys_sequence(entropy):
    sequence = np.random.SeedSequence(entropy)
    assert state(seed_of(sequence)) == state(sequence.spawn(1)[0])


def test_a_number_that_cannot_be_written_down_is_refused():
    assert seed_of(2**4096 - 1).entropy == 2**4096 - 1
    for rng in (2**4096, [1, 2**4096], 10**5000):
        with pytest.raises(sib.InputError, match="below 2 to the power of 4,096"):
            seed_of(rng)
