from itertools import product

import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

from core.cnn import sliding


def test_the_size_formula_is_torchs_for_every_small_layer():
    for n, k, p, s, d in product(range(1, 15), range(1, 6), range(4), range(1, 4), range(1, 4)):
        x, w = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
        fits = n + 2 * p >= d * (k - 1) + 1
        assert (sliding.refusal(n, k, p, s, d, "zero", "layer") == "") == fits
        if not fits:
            with pytest.raises(ValueError, match="expected"):
                sliding.size(n, k, p, s, d, "layer")
        else:
            assert sliding.size(n, k, p, s, d, "layer") == F.conv1d(x, w, None, s, p, d).shape[-1]


@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 1), (5, 2), (9, 1), (4, 2), (3, 3)])
def test_the_padding_that_keeps_the_size_is_torchs_same(k, d):
    p = sliding.keeping(k, d, "layer")
    x, w = sliding.grey(28)[None, None, 14], sliding.weights(k)[None, None, 0]
    same = F.conv1d(x, w, padding="same", dilation=d)
    torch.testing.assert_close(F.conv1d(x, w, padding=p, dilation=d), same, rtol=0, atol=0)


def test_the_picture_is_a_digit_on_shaded_paper_at_every_size():
    ink = torch.as_tensor(load_digits().images[4] / 16)
    for n in (1, 2, 8, 28, 64):
        x = sliding.grey(n)
        assert x.shape == (n, n) and torch.equal(x, x.round())
        assert float(x.min()) >= 1 and float(x.max()) <= 9
    small = sliding.grey(8)
    assert float(small[ink > 0.9].min()) > float(small[ink == 0].max())
    corners = small[[0, 0, 7, 7], [0, 7, 0, 7]]  # paper: no two borders look alike
    assert corners.tolist() == [1, 2, 2, 3] and not torch.equal(small, small.flip(0, 1))


def test_no_kernel_is_its_own_turned_one():
    assert sliding.weights(3).tolist() == [[1, 0, -1], [-1, 1, 0], [0, -1, 1]]
    for k in range(2, 10):
        w = sliding.weights(k)
        assert w[0, 0] == 1 and not torch.equal(w, w.flip(0, 1))
