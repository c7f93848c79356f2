"""Simulations that are kept in files, for tests: what is the same, what a file says, who is stopped by hand."""

import io
import json
from concurrent.futures import Executor, Future

import numpy as np

from sib.run.archive import packed, unpacked, unsealed
from sib.run.blocks import BLOCK

PATHS = 17 * BLOCK + 3


def bits(simulation):
    return {key: values.tobytes() for key, values in simulation.columns.items()}


def same(one, other):
    assert bits(one) == bits(other)
    assert one.ledger() == other.ledger()
    assert one.summary().equals(other.summary())


def about(file):
    """What a file says of itself."""
    return unpacked(unsealed(file.read_bytes()))[0]


def rewrite(file, change, seal=packed):
    """Have a file say something else of itself."""
    said, arrays = unpacked(unsealed(file.read_bytes()))
    file.write_bytes(seal({**said, **change}, arrays))


def as_before(said, arrays):
    """A file of the first two formats: an archive of NumPy's, without a digest."""
    memory = io.BytesIO()
    np.savez(memory, about=np.array(json.dumps(said)), **arrays)
    return memory.getvalue()


class Stops(Executor):
    """Is stopped by hand after so many pieces of work."""

    def __init__(self, after):
        self.left = after

    def submit(self, fn, /, *args, **kwargs):
        self.left -= 1
        future = Future()
        if self.left < 0:
            future.set_exception(KeyboardInterrupt())
        else:
            future.set_result(fn(*args, **kwargs))
        return future
