import math

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch

from core.convolution.kernels import NAMES, SIZES, factors, kernel

PAPER = {
    "sobel-x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel-y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}


@pytest.mark.parametrize("name", PAPER)
def test_the_small_tables_are_those_of_the_textbooks(name):
    assert kernel(name, 3).tolist() == PAPER[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_kernel_is_a_square_table_of_finite_numbers(name, size):
    h = kernel(name, size)
    assert h.shape == (size, size) and h.dtype == torch.float64 and bool(h.isfinite().all())
    assert torch.equal(h, kernel(name, size))


@pytest.mark.parametrize("size", SIZES)
def test_blurs_sum_to_one_and_edges_to_zero(size):
    for name in ("identity", "box", "gaussian", "sharpen"):
        assert float(kernel(name, size).sum()) == pytest.approx(1, abs=1e-12), name
    for name in ("sobel-x", "sobel-y", "laplacian"):
        assert float(kernel(name, size).sum()) == pytest.approx(0, abs=1e-12), name


@pytest.mark.parametrize("size", SIZES)
def test_ramps_and_parabolas_answer_the_same_in_every_size(size):
    i, j = np.mgrid[0:21, 0:21].astype(float)

    def middle(name, f):
        return scipy.signal.correlate2d(f, kernel(name, size).numpy(), "valid")[7, 7]

    assert middle("sobel-x", j) == pytest.approx(8)
    assert middle("sobel-y", i) == pytest.approx(8)
    assert middle("sobel-x", i) == pytest.approx(0, abs=1e-9)
    assert middle("laplacian", i**2 + 3 * j**2) == pytest.approx(8)
    assert middle("laplacian", 5 * i - 2 * j) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.5])
def test_the_gaussian_is_the_one_of_scipy(size, sigma):
    point = np.zeros((size, size))
    point[size // 2, size // 2] = 1
    theirs = scipy.ndimage.gaussian_filter(point, sigma, mode="constant", radius=size // 2)
    np.testing.assert_allclose(kernel("gaussian", size, sigma=sigma), theirs / theirs.sum())


def test_random_weights_follow_their_seed():
    assert not torch.equal(kernel("random", 5, seed=1), kernel("random", 5, seed=2))
    many = torch.stack([kernel("random", 5, seed=s) for s in range(400)])
    assert float(many.std()) == pytest.approx(1 / 5, rel=0.03)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "blur"}, "kernel to be one of"),
        ({"size": 4}, "size to be 3, 5 or 7, got 4"),
        ({"sigma": 0.0}, r"sigma in \[0.1, 10\]"),
        ({"sigma": math.nan}, "sigma"),
        ({"name": "random", "seed": -1}, "seed"),
    ],
)
def test_bad_values_are_refused_by_name(values, message):
    with pytest.raises(ValueError, match=message):
        kernel(**{"name": "gaussian", "size": 3} | values)


# --- factors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rank"),
    [("box", 1), ("gaussian", 1), ("sobel-x", 1), ("identity", 1), ("laplacian", 2), ("random", 7)],
)
def test_the_rank_is_that_of_numpy(name, rank):
    found = factors(kernel(name, 7))
    assert found.rank == np.linalg.matrix_rank(kernel(name, 7).numpy()) == rank


def test_a_table_made_of_a_column_and_a_row_is_taken_apart_again():
    column, row = torch.tensor([1.0, -2.0, 0.5]).double(), torch.tensor([3.0, 0.0, -1.0]).double()
    found = factors(torch.outer(column, row))
    assert found.rank == 1
    torch.testing.assert_close(found.column, column / -2)
    torch.testing.assert_close(found.row, row * -2)
    torch.testing.assert_close(found.product, torch.outer(column, row))


def test_the_best_product_is_as_far_off_as_the_second_singular_value_says():
    h = kernel("random", 5, seed=3)
    found = factors(h)
    off = float((h - found.product).norm())
    assert off == pytest.approx(float(found.singular[1:].norm()))
    assert found.rank == 5


def test_an_all_zero_kernel_has_rank_zero_and_finite_factors():
    found = factors(torch.zeros(3, 3).double())
    assert found.rank == 0 and not found.product.any()
    assert bool(found.column.isfinite().all() and found.row.isfinite().all())
