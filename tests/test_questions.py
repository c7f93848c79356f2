"""Every public question of every file. Truth: what comes out is finite figures, or an error of four parts that is known.

`python -m tests.questions` asks all of all; here each file is asked what takes no time, and a few of the others in turn.
"""

import warnings

import pytest

import sib
from sib.errors import InputError
from tests.questions import ABOUT_NO_DEAL, FILES, QUESTIONS, TAKE_TIME, Asked, known, public, turn_of
