import numpy as np
import pytest
import scipy.signal
import torch

from core.convolution import convolve
from core.convolution.kernels import kernel
from core.convolution.operator import windows
from core.convolution.pixels import as_bytes, brightness, copies, readers, under
from core.pictures import picture

PAD = {"zero": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def laid_and_reads(x, h, flip, boundary):
    reads = windows(x.shape[1:], h.shape, "same", flip, (1, 1), (1, 1), boundary)
    return (torch.rot90(h, 2) if flip else h), reads


@pytest.mark.parametrize("boundary", PAD)
@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize(("row", "col"), [(0, 0), (0, 31), (15, 7), (31, 30)])
def test_the_products_are_pixels_times_turned_weights_by_hand(boundary, flip, row, col):
    x, h = picture("dots"), torch.tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9.5]]).double()
    window = under(x, *laid_and_reads(x, h, flip, boundary), row, col)
    around = np.pad(x[0].numpy(), 1, mode=PAD[boundary])[row : row + 3, col : col + 3]
    met = h.numpy()[::-1, ::-1] if flip else h.numpy()
    np.testing.assert_allclose(window.pixels, around)
    np.testing.assert_allclose(window.weights, met)
    np.testing.assert_allclose(window.products, around * met)


@pytest.mark.parametrize("boundary", PAD)
@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("shape", [(3, 3), (2, 2)])
@pytest.mark.parametrize(("row", "col"), [(0, 0), (1, 6), (7, 7)])
def test_the_outputs_that_read_a_pixel_are_those_that_change_with_it(
    boundary, flip, shape, row, col
):
    x = picture("digit-3").double().requires_grad_()
    h = torch.arange(1.0, 1 + shape[0] * shape[1]).double().reshape(shape)
    y = convolve(x, h, "same", flip=flip, boundary=boundary)[0]
    slope = torch.zeros_like(y)
    for i, j in np.ndindex(*y.shape):
        slope[i, j] = torch.autograd.grad(y[i, j], x, retain_graph=True)[0][0, row, col]
    found = readers(x.detach(), *laid_and_reads(x, h, flip, boundary), row, col)
    mine = torch.zeros_like(y)
    mine[found.rows[:, None], found.columns] = found.weights
    torch.testing.assert_close(mine, slope)
    torch.testing.assert_close(found.products, found.weights * x[0, row, col].detach())


def test_copies_that_are_added_up_are_the_convolution_of_scipy_and_not_the_correlation():
    f, h = picture("digit-3")[0].double(), kernel("emboss", 3)
    mine = copies(f, h).numpy()
    f, h = f.numpy(), h.numpy()
    np.testing.assert_allclose(mine, scipy.signal.convolve2d(f, h), atol=1e-12)
    assert np.abs(mine - scipy.signal.correlate2d(f, h)).max() > 1


def test_brightness_is_a_share_of_each_channel_and_linear():
    x = picture("flower")[:, :20, :20]
    mixed = 0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2]
    torch.testing.assert_close(brightness(x), mixed)
    assert torch.equal(brightness(x[:1]), x[0])


def test_bytes_are_rounded_and_cut():
    values = torch.tensor([[[-1.0, 0.0], [0.5, 2.0]]])
    assert as_bytes(values)[..., 2].tolist() == [[0, 0], [128, 255]]
    assert as_bytes(values, 127.5, 127.5)[..., 0].tolist() == [[0, 128], [191, 255]]
