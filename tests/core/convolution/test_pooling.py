"""Pooling against torch, and softmax pooling against its limits and bounds."""

import math
import re
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from core.convolution import pool
from core.convolution.pooling import KINDS
from core.rng import generator

WINDOW = torch.tensor([1.0, 3, 2, -1], dtype=torch.float64)
SIZES = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(SIZES, SIZES, SIZES, st.sampled_from((torch.float32, torch.float64)), st.integers(0, 99))
def test_windows_are_those_of_torch(more, size, stride, dtype, seed):
    lengths = [k + m for k, m in zip(size, more)]
    x = torch.randn(2, 3, *lengths, generator=generator(seed), dtype=dtype)
    assert torch.equal(pool(x, size, stride, "max"), F.max_pool2d(x, size, stride))
    assert torch.equal(pool(x, size, stride, "min"), -F.max_pool2d(-x, size, stride))
    assert torch.equal(pool(x, size, stride, "average"), F.avg_pool2d(x, size, stride))
    assert torch.equal(pool(x, size), F.max_pool2d(x, size))
    row = x[0]
    for k in (size[1], (size[1],)):
        assert torch.equal(pool(row, k, stride[1]), F.max_pool1d(row, k, stride[1]))
        assert torch.equal(pool(row, k, stride[1], "average"), F.avg_pool1d(row, k, stride[1]))


@given(SIZES, SIZES, st.floats(-20, 20), st.integers(0, 99))
def test_softmax_pooling_is_the_weighted_mean_of_each_window(size, stride, beta, seed):
    x = torch.randn(2, 7, 8, generator=generator(seed), dtype=torch.float64)
    got = pool(x, size, stride, "softmax", beta)
    for index, value in zip(torch.cartesian_prod(*map(torch.arange, got.shape)), got.flatten()):
        c, i, j = index.tolist()
        window = x[c, i * stride[0] :, j * stride[1] :][: size[0], : size[1]].flatten().tolist()
        weights = [math.exp(beta * v) for v in window]
        expected = sum(w * v for w, v in zip(weights, window)) / sum(weights)
        assert value.item() == pytest.approx(expected, abs=1e-12)
    signal = pool(x, size[1], stride[1], "softmax", beta)
    assert torch.equal(signal, pool(x, (1, size[1]), (1, stride[1]), "softmax", beta))


def soft(beta: float, x: torch.Tensor = WINDOW) -> float:
    return pool(x, len(x), kind="softmax", beta=beta).item()


def test_softmax_pooling_of_the_printed_window():
    values = {0: 1.25, 1: 2.5322, 5: 2.9932, 10: 2.99995}
    for beta, value in values.items():
        assert soft(beta) == pytest.approx(value, abs=5e-5 if beta < 10 else 5e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_softmax_pooling_reaches_the_extremes_without_overflow(dtype):
    x = WINDOW.to(dtype)
    assert (soft(1e4, x), soft(-1e4, x)) == (3, -1)
    huge = 1e30 * x
    assert (soft(1e30, huge), soft(-1e30, huge)) == (huge.max().item(), huge.min().item())


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9), st.floats(0.01, 50))
def test_softmax_pooling_lies_below_the_maximum_by_at_most_ln_n_over_beta(values, beta):
    x = torch.tensor(values, dtype=torch.float64)
    assert -1e-12 <= x.max().item() - soft(beta, x) <= math.log(len(x)) / beta + 1e-12
    assert -1e-12 <= soft(-beta, x) - x.min().item() <= math.log(len(x)) / beta + 1e-12


def test_softmax_pooling_rises_with_beta_and_is_no_log_sum_exp():
    path = [soft(beta) for beta in torch.linspace(-12, 12, 49).tolist()]
    assert all(a < b for a, b in pairwise(path))
    assert soft(1) < WINDOW.max() < WINDOW.logsumexp(0)


def test_a_window_of_pooling_is_two_windows_of_one_axis(generator):
    x = torch.randn(9, 11, generator=generator)
    rows_first = pool(pool(x.T, 3, 2).T, 2, 1)
    assert torch.equal(pool(x, (3, 2), (2, 1)), rows_first)


@pytest.mark.parametrize(("kind", "place"), [("max", 1), ("min", 3)])
def test_the_gradient_of_an_extreme_goes_to_one_place(kind, place):
    x = WINDOW.clone().requires_grad_()
    assert torch.autograd.grad(pool(x, 4, kind=kind).sum(), x)[0].tolist() == [
        float(i == place) for i in range(4)
    ]
    ties = torch.ones(3, 4, requires_grad=True)
    grad = torch.autograd.grad(pool(ties, (3, 4), kind=kind).sum(), ties)[0]
    assert sorted(grad.flatten().tolist()) == [0] * 11 + [1]


def test_derivatives_of_softmax_pooling_are_exact(generator):
    x = torch.randn(2, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: pool(x, (2, 3), (1, 2), "softmax", 2.0), x)
    assert torch.autograd.gradcheck(lambda x: pool(x, (2, 2), kind="softmax", beta=-1.0), x)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((WINDOW, 5), "expected size a whole number in [1, 4], got 5"),
        ((WINDOW, 0), "expected size a whole number in [1, inf), got 0"),
        ((WINDOW, 2, 0), "expected stride a whole number in [1, inf), got 0"),
        ((WINDOW, 2, 1, "median"), f"expected kind to be one of {', '.join(KINDS)}, got 'median'"),
        ((WINDOW, 2, 1, "softmax"), "expected beta finite for softmax pooling, got None"),
        ((WINDOW, 2, 1, "softmax", math.inf), "expected beta in (-inf, inf), got inf"),
        ((WINDOW, (2, 2)), "expected size with 1 or 2 of the 1 dimensions of x, got 2"),
        ((WINDOW[:0], 1), "expected x with entries, got shape (0,)"),
        ((WINDOW / 0, 1), "expected x to be finite"),
        ((WINDOW.int(), 1), "expected x to be a float32 or float64 tensor, got torch.int32"),
    ],
)
def test_impossible_pooling_is_refused_by_name(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        pool(*arguments)
