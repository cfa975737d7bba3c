"""The matrices against the operator, torch's derivatives, and the structure they are named for."""

import re

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

from core.convolution import circulant, convolve, doubly_block_toeplitz, toeplitz
from core.convolution.matrices import spectrum
from core.convolution.operator import BOUNDARIES, MODES
from core.rng import generator

FLOAT = {"dtype": torch.float64}


@st.composite
def settings(draw: st.DrawFn, axes: int) -> tuple[tuple, tuple, dict]:
    """Lengths of the signal and of the kernel, and keyword arguments of `convolve`."""
    lengths = draw(st.tuples(*[st.integers(1, 9)] * axes))
    kernel = draw(st.tuples(*[st.integers(1, 4)] * axes))
    mode, boundary = draw(st.sampled_from(MODES)), draw(st.sampled_from(BOUNDARIES))
    dilation = draw(st.tuples(*[st.integers(1, 2)] * axes))
    if mode == "valid" or boundary == "reflect":
        assume(all(d * (k - 1) < n for d, k, n in zip(dilation, kernel, lengths)))
    steps = {
        "mode": mode,
        "boundary": boundary,
        "flip": draw(st.booleans()),
        "stride": draw(st.tuples(*[st.integers(1, 1 if mode == "same" else 3)] * axes)),
        "dilation": dilation,
    }
    return lengths, kernel, steps


@given(settings(1), st.integers(0, 99))
def test_the_matrix_of_a_signal_is_its_convolution_and_its_transpose_the_derivative(case, seed):
    (n,), (k,), steps = case
    random = generator(seed)
    x = torch.randn(n, generator=random, **FLOAT).requires_grad_()
    h = torch.randn(k, generator=random, **FLOAT)
    y = convolve(x, h, **steps)
    T = toeplitz(h, n, **{**steps, "stride": steps["stride"][0], "dilation": steps["dilation"][0]})
    assert T.shape == (len(y), n)
    assert torch.allclose(T @ x, y, atol=1e-12, rtol=0)
    delta = torch.randn(len(y), generator=random, **FLOAT)
    (grad,) = torch.autograd.grad(y, x, delta)
    assert torch.allclose(T.T @ delta, grad, atol=1e-12, rtol=0)


@given(settings(2), st.integers(0, 99))
def test_the_matrix_of_a_picture_is_its_convolution_and_its_transpose_the_derivative(case, seed):
    lengths, kernel, steps = case
    random = generator(seed)
    x = torch.randn(lengths, generator=random, **FLOAT).requires_grad_()
    h = torch.randn(kernel, generator=random, **FLOAT)
    y = convolve(x, h, **steps)
    T = doubly_block_toeplitz(h, lengths, **steps)
    assert T.shape == (y.numel(), x.numel())
    assert torch.allclose(T @ x.flatten(), y.flatten(), atol=1e-12, rtol=0)
    delta = torch.randn(y.shape, generator=random, **FLOAT)
    (grad,) = torch.autograd.grad(y, x, delta)
    assert torch.allclose(T.T @ delta.flatten(), grad.flatten(), atol=1e-12, rtol=0)


def test_columns_hold_the_kernel_and_rows_hold_it_backwards():
    T = toeplitz(torch.tensor([1.0, 2, 3]), 4)
    assert T.tolist() == [
        [1, 0, 0, 0],
        [2, 1, 0, 0],
        [3, 2, 1, 0],
        [0, 3, 2, 1],
        [0, 0, 3, 2],
        [0, 0, 0, 3],
    ]
    assert toeplitz(torch.tensor([1.0, 2, 3]), 4, "valid").tolist() == [[3, 2, 1, 0], [0, 3, 2, 1]]
    correlated = toeplitz(torch.tensor([1.0, 2, 3]), 4, "valid", flip=False)
    assert correlated.tolist() == [[1, 2, 3, 0], [0, 1, 2, 3]]


def test_a_stride_deletes_rows(generator):
    h = torch.randn(3, generator=generator)
    assert torch.equal(toeplitz(h, 9, stride=2), toeplitz(h, 9)[::2])
    h = torch.randn(2, 3, generator=generator)
    kept = doubly_block_toeplitz(h, (5, 6), "valid").view(4, 4, 30)[::2, ::3].flatten(0, 1)
    assert torch.equal(doubly_block_toeplitz(h, (5, 6), "valid", (2, 3)), kept)


@pytest.mark.parametrize(("n", "k"), [(8, 3), (7, 7), (5, 12), (1, 1)])
def test_fourier_modes_are_eigenvectors_with_the_transform_as_eigenvalues(generator, n, k):
    h = torch.randn(k, generator=generator, **FLOAT)
    C = circulant(h, n)
    assert torch.equal(C, toeplitz(h, n, "circular"))
    u = torch.arange(n)
    modes = torch.exp(2j * torch.pi * torch.outer(u, u) / n).to(torch.complex128)
    values = torch.exp(-2j * torch.pi * torch.outer(u, torch.arange(k)) / n).to(modes) @ h.to(modes)
    assert torch.allclose(C.to(modes) @ modes, modes * values, atol=1e-9)
    if k <= n:
        assert torch.allclose(values, torch.fft.fft(h, n=n), atol=1e-9)


@pytest.mark.parametrize(("n", "k", "dilation"), [(8, 3, 1), (9, 3, 2), (4, 7, 1), (5, 4, 3)])
def test_the_spectrum_is_the_transform_of_the_kernel_laid_round_the_circle(
    generator, n, k, dilation
):
    h = torch.randn(k, generator=generator, **FLOAT)
    column = toeplitz(h, n, "circular", dilation=dilation)[:, 0]
    torch.testing.assert_close(spectrum(h, (n,), dilation), torch.fft.fft(column))


def test_the_spectrum_of_a_picture_kernel_is_the_two_dimensional_transform(generator):
    h = torch.randn(2, 3, generator=generator, **FLOAT)
    torch.testing.assert_close(spectrum(h, (6, 5)), torch.fft.fft2(h, (6, 5)))


def test_blocks_are_toeplitz_and_so_is_their_arrangement(generator):
    h = torch.randn(3, 2, generator=generator, **FLOAT)
    T = doubly_block_toeplitz(h, (4, 5)).view(6, 6, 4, 5).permute(0, 2, 1, 3)
    for i in range(6):
        for j in range(4):
            block = toeplitz(h[i - j], 5) if 0 <= i - j < 3 else torch.zeros(6, 5, **FLOAT)
            assert torch.equal(T[i, j], block)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_transpose_is_torchs_transposed_layer(generator, stride):
    h = torch.randn(3, 2, generator=generator, **FLOAT)
    T = doubly_block_toeplitz(h, (9, 11), "valid", stride, flip=False)
    rows, columns = 6 // stride + 1, 9 // stride + 1
    delta = torch.randn(rows, columns, generator=generator, **FLOAT)
    spread = F.conv_transpose2d(delta[None, None], h[None, None], stride=stride)[0, 0]
    expected = F.pad(spread, (0, 11 - spread.shape[1], 0, 9 - spread.shape[0]))
    assert torch.allclose((T.T @ delta.flatten()).view(9, 11), expected, atol=1e-12)


def test_the_transpose_is_no_inverse(generator):
    T = toeplitz(torch.randn(3, generator=generator, **FLOAT), 6, "same")
    assert (T.T @ T - torch.eye(6, **FLOAT)).abs().max() > 0.1


def test_entries_are_differentiable_in_the_kernel():
    h = torch.tensor([1.0, 2, 3], requires_grad=True)
    (uses,) = torch.autograd.grad(toeplitz(h, 5, "same").sum(), h)
    assert uses.tolist() == [4, 5, 4]
    assert torch.autograd.grad(circulant(h, 5).sum(), h)[0].tolist() == [5, 5, 5]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: toeplitz(torch.ones(5), 4, "valid"), "at most the 4 entries of x, got 5"),
        (lambda: toeplitz(torch.ones(2, 2), 4), "expected h with 1 dimension, got 2"),
        (lambda: toeplitz(torch.ones(2), 0), "length of x a whole number in [1, inf), got 0"),
        (lambda: toeplitz(torch.ones(2), 4, stride=0), "expected stride a whole number"),
        (lambda: toeplitz(torch.ones(2), 4, "same", 2), "expected stride 1 with mode same, got 2"),
        (lambda: toeplitz(torch.tensor([torch.inf]), 4), "expected h to be finite, got inf"),
        (lambda: circulant(torch.ones(2), 0), "expected n a whole number in [1, inf), got 0"),
        (lambda: circulant(torch.ones(0), 3), "expected h with entries, got shape (0,)"),
        (lambda: circulant(torch.ones(2, 2), 3), "expected h with 1 dimension, got 2"),
        (lambda: doubly_block_toeplitz(torch.ones(2), (3, 3)), "h with 2 dimensions, got 1"),
    ],
)
def test_impossible_matrices_are_refused_by_name(call, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        call()
