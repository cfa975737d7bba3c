import math

import pytest
import torch

from core.cnn.striding import alias, amplitudes, binomial, moved_by


def test_the_picture_moves_right_and_down_and_black_comes_in():
    x = torch.arange(1.0, 17).view(4, 4)
    gone = moved_by(x, 1, 2, "zero")
    assert gone.tolist() == [[0, 0, 0, 0], [0, 0, 1, 2], [0, 0, 5, 6], [0, 0, 9, 10]]
    around = moved_by(x, 1, 2, "circular")
    assert around[0].tolist() == [15, 16, 13, 14]
    assert around[1].tolist() == [3, 4, 1, 2]
    assert x[0, 0] == 1  # the picture itself stays


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_the_blur_is_a_row_of_pascals_triangle(stride):
    n = 2 * stride - 2
    row = [math.comb(n, i) / 2**n for i in range(n + 1)]
    torch.testing.assert_close(binomial(stride), torch.tensor(row, dtype=torch.float64))


@pytest.mark.parametrize("f", [0.0, 0.1, 0.45, 0.5])
def test_the_spectrum_of_a_cosine_on_a_line_has_height_one(f):
    spectrum = amplitudes(torch.cos(2 * math.pi * f * torch.arange(300, dtype=torch.float64)))
    assert float(spectrum.max()) == pytest.approx(1)
    assert float(spectrum.sum()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("f", "stride", "folded"),
    [(0.45, 2, 0.1), (0.25, 4, 0.0), (0.5, 2, 0.0), (0.1, 2, 0.2), (0.4, 3, 0.2), (0.3, 4, 0.2)],
)
def test_frequencies_fold_at_the_new_limit(f, stride, folded):
    assert alias(f, stride) == pytest.approx(folded, abs=1e-12)
    kept = torch.cos(2 * math.pi * f * torch.arange(0, 300, stride, dtype=torch.float64))
    assert int(amplitudes(kept).argmax()) / len(kept) == pytest.approx(folded)
