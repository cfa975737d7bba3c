"""Stock parts of pictures: knobs on a line, circles and ellipses."""

import numpy as np
import pytest

from pages.figures.parts.knobs import rail
from pages.figures.parts.rings import circle, ellipse


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.4])
def test_a_knob_is_read_as_what_it_was_set_to(value):
    along = rail((-1.0, 0.5), (2.0, 1.0), 0.17)
    knob = along.knob(value, "arrow", "arrow between A and B")
    read = np.array(knob.matrix) @ [knob.x, knob.y] + knob.offset
    assert read == pytest.approx([value]) and knob.params == ("arrow",) and not knob.click
    way = np.array([3.0, 0.5])
    np.testing.assert_allclose([knob.x, knob.y], [-1, 0.5] + (0.5 + 0.17 * value) * way)
    aside = np.array([knob.x - 0.5, knob.y + 3.0])  # straight beside the line the same is read
    assert np.array(knob.matrix) @ aside + knob.offset == pytest.approx([value])


def test_circles_and_ellipses_are_where_they_say():
    np.testing.assert_allclose(np.hypot(*circle(1.2)), 1.2)
    for rho in (-0.99, 0.0, 0.6):
        x = ellipse(rho, 2.0)
        precision = np.linalg.inv([[1, rho], [rho, 1]])
        np.testing.assert_allclose((x * (precision @ x)).sum(0), 4.0)
    np.testing.assert_allclose(circle()[:, 0], circle()[:, -1], atol=1e-15)
