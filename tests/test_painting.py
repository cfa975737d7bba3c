"""A stroke changes the places it passes, and nothing else of what was drawn."""

import numpy as np
import pytest

from pages.ui import run
from tests.house import EXPERIMENTS

DRAWN = " ".join(str(n % 7 - 3) for n in range(64))
CASES = {
    "recurrence/pad": ({"signal": "drawn", "T": 5}, "drawn", DRAWN),
    "recurrence/unrolled": ({"x": "drawn", "T": 5}, "drawn", DRAWN),
    "dro/liar": ({"points": "mine"}, "numbers", "1 -9 0.5 8 2"),
}


def painted(name: str, values: dict) -> np.ndarray:
    """What a stroke of the only panel that is painted begins with."""
    experiment = EXPERIMENTS[name]
    values = experiment.defaults() | values
    picture = experiment.figure(run.result(experiment, values), **values)
    (paint,) = [panel.paint for panel in picture.panels if panel.paint]
    return np.asarray(paint.values)


@pytest.mark.parametrize("name", CASES)
def test_what_is_drawn_beyond_the_frame_stays(name):
    values, param, text = CASES[name]
    found = painted(name, values | {param: text})
    assert found.tolist() == [float(each) for each in text.split()]


def test_after_a_short_drawing_there_are_zeros_to_draw_on():
    for name, length in (("recurrence/pad", 40), ("recurrence/unrolled", 64)):
        values, param, _ = CASES[name]
        found = painted(name, values | {param: "1 2", "T": 80})
        assert found.tolist() == [1, 2] + [0] * (length - 2)
