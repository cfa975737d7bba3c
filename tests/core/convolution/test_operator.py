"""The operator against its definition, numpy, scipy and torch, over random settings."""

import re
from typing import NamedTuple

import numpy as np
import pytest
import scipy.signal
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import forward_ad

from core.convolution import convolve, methods
from core.convolution.operator import BOUNDARIES, METHODS, MODES
from core.rng import generator

PAD = {"zero": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
ROUTES = ("direct", "shift", "fft", "auto")
DTYPES = st.sampled_from((torch.float32, torch.float64))
SEEDS = st.integers(0, 999)


class Case(NamedTuple):
    """A signal or picture, a kernel and how to convolve them."""

    x: Tensor
    h: Tensor
    mode: str
    flip: bool
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    boundary: str


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """One or two axes, 0 to 2 leading dimensions, every mode, boundary, stride and dilation."""
    axes, dtype = draw(st.sampled_from((1, 2))), draw(DTYPES)
    leading = draw(st.lists(st.integers(1, 3), max_size=2))
    lengths = draw(st.tuples(*[st.integers(1, 14)] * axes))
    kernel = draw(st.tuples(*[st.integers(1, 5)] * axes))
    mode, boundary = draw(st.sampled_from(MODES)), draw(st.sampled_from(BOUNDARIES))
    stride = draw(st.tuples(*[st.integers(1, 1 if mode == "same" else 3)] * axes))
    dilation = draw(st.tuples(*[st.integers(1, 3)] * axes))
    reach = [d * (k - 1) for d, k in zip(dilation, kernel)]
    if mode == "valid" or boundary == "reflect":
        assume(all(r < n for r, n in zip(reach, lengths)))
    random = generator(draw(SEEDS))
    x = torch.randn(*leading, *lengths, generator=random, dtype=dtype)
    h = torch.randn(*kernel, generator=random, dtype=dtype)
    return Case(x, h, mode, draw(st.booleans()), stride, dilation, boundary)


def by_definition(case: Case) -> np.ndarray:
    """Σ_t h[t] x[u ∓ t], term by term, outside x read from numpy's padding, in float64."""
    x, h = case.x.double().numpy(), case.h.double().numpy()
    axes = range(-h.ndim, 0)
    spread = np.zeros([d * (k - 1) + 1 for d, k in zip(case.dilation, h.shape)])
    spread[tuple(slice(None, None, d) for d in case.dilation)] = h
    if case.mode == "circular":
        sign = 1 if case.flip else -1
        full = sum(
            value * np.roll(x, [sign * i for i in t], tuple(axes))
            for t, value in np.ndenumerate(spread)
        )
    else:
        mode = "zero" if case.mode == "valid" else case.boundary
        pads = [(0, 0)] * (x.ndim - h.ndim) + [(k - 1, k - 1) for k in spread.shape]
        around = np.pad(x, pads, PAD[mode])
        if case.flip:
            spread = np.flip(spread)
        full = 0
        for t, value in np.ndenumerate(spread):
            sizes = [around.shape[a] - k + 1 for a, k in zip(axes, spread.shape)]
            full = full + value * around[(..., *(slice(i, i + n) for i, n in zip(t, sizes)))]
    keep = []
    for a, k in zip(axes, spread.shape):
        n = x.shape[a]
        first = (k - 1) // 2 if case.flip else k // 2
        keep.append(
            {
                "full": slice(None),
                "circular": slice(None),
                "same": slice(first, first + n),
                "valid": slice(k - 1, n),
                "causal": slice(0, n),
            }[case.mode]
        )
    return full[(..., *keep)][(..., *(slice(None, None, s) for s in case.stride))]


def assert_close(got: Tensor, expected: Tensor | np.ndarray, x: Tensor, h: Tensor) -> None:
    """Equal up to the rounding of a sum of the products of x and h, and of the same shape."""
    expected = torch.as_tensor(np.asarray(expected)).double()
    assert got.dtype == x.dtype
    assert got.shape == expected.shape
    scale = (x.abs().max() * h.abs().sum()).double() + 1e-30
    tol = 1e-6 if x.dtype == torch.float32 else 1e-14
    assert (got.double() - expected).abs().max() <= tol * scale


@settings(max_examples=120)
@given(cases())
def test_every_route_is_the_definition(case):
    expected = by_definition(case)
    for method in ROUTES:
        got = convolve(*case, method=method)
        assert_close(got, expected, case.x, case.h)
        assert got.is_contiguous()


@given(cases(), SEEDS)
def test_a_kernel_of_rank_one_may_be_applied_column_by_row(case, seed):
    assume(case.h.ndim == 2)
    random, dtype = generator(seed), case.h.dtype
    column, row = (torch.randn(k, generator=random, dtype=dtype) for k in case.h.shape)
    case = case._replace(h=torch.outer(column, row))
    assert_close(convolve(*case, method="separable"), by_definition(case), case.x, case.h)


@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("dilation", [1, (2, 3)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("mode", ["full", "valid", "causal", "circular"])
def test_every_route_agrees_on_wide_pictures(generator, mode, dtype, stride, dilation):
    x = torch.randn(2, 67, 211, generator=generator, dtype=dtype)
    h = torch.randn(7, 6, generator=generator, dtype=dtype)
    pictures, window = x.view(-1, 67, 211), h.flip(0, 1)
    expected = convolve(x.double(), h.double(), mode, True, stride, dilation, method="shift")
    for method in ROUTES:
        assert_close(convolve(x, h, mode, True, stride, dilation, method=method), expected, x, h)
    margins = [(0, 0), (0, 0)]
    folded = methods._folded(pictures, window, margins, (1, 2), (2, 1))
    assert_close(folded, convolve(x, h, "valid", True, (1, 2), (2, 1), method="fft"), x, h)


@pytest.mark.parametrize("n", [100, 4096, 50_001])
@pytest.mark.parametrize("k", [1, 33, 90])
def test_every_route_agrees_on_long_signals(generator, n, k):
    x, h = torch.randn(2, n, generator=generator), torch.randn(k, generator=generator)
    expected = np.stack([np.convolve(row, h.double().numpy()) for row in x.double().numpy()])
    for method in ROUTES:
        assert_close(convolve(x, h, method=method), expected, x, h)


@given(st.integers(1, 40), st.integers(1, 40), DTYPES, SEEDS)
def test_signals_are_convolved_as_by_numpy_and_scipy(n, m, dtype, seed):
    random = generator(seed)
    x = torch.randn(n, generator=random, dtype=dtype)
    h = torch.randn(m, generator=random, dtype=dtype)
    f, g = x.numpy(), h.numpy()
    assert_close(convolve(x, h), np.convolve(f, g), x, h)
    assert_close(convolve(x, h), scipy.signal.fftconvolve(f, g), x, h)
    assert_close(convolve(x, h, flip=False), np.correlate(f, g, "full"), x, h)
    assert_close(convolve(x, h, "same"), scipy.signal.convolve(f, g, "same"), x, h)
    if m <= n:
        assert_close(convolve(x, h, "valid"), np.convolve(f, g, "valid"), x, h)
        assert_close(convolve(x, h, "valid", flip=False), np.correlate(f, g, "valid"), x, h)


@given(*[st.integers(1, 12)] * 2, *[st.integers(1, 6)] * 2, DTYPES, SEEDS)
def test_pictures_are_convolved_as_by_scipy(rows, columns, k, width, dtype, seed):
    random = generator(seed)
    x = torch.randn(rows, columns, generator=random, dtype=dtype)
    h = torch.randn(k, width, generator=random, dtype=dtype)
    for mode in ("full", "same", *(["valid"] if k <= rows and width <= columns else [])):
        ours = convolve(x, h, mode)
        assert_close(ours, scipy.signal.convolve2d(x, h, mode), x, h)
        assert_close(ours, scipy.signal.fftconvolve(x, h, mode), x, h)
        if mode != "same":
            correlated = scipy.signal.correlate2d(x, h, mode)
            assert_close(convolve(x, h, mode, flip=False), correlated, x, h)
    if k <= rows and width <= columns:
        wrapped = scipy.signal.convolve2d(x, h, "same", boundary="wrap")
        assert_close(convolve(x, h, "same", boundary="circular"), wrapped, x, h)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@settings(max_examples=120)
@given(cases())
def test_the_layer_of_torch_is_the_correlation(case):
    x, h = case.x.reshape(-1, 1, *case.x.shape[-case.h.ndim :]), case.h
    layer = F.conv1d if h.ndim == 1 else F.conv2d
    assume(all(d * (k - 1) < n for d, k, n in zip(case.dilation, h.shape, x.shape[2:])))
    steps = {"stride": case.stride, "dilation": case.dilation}
    valid = convolve(x, h, "valid", flip=False, **steps)
    assert_close(valid, layer(x, h[None, None], **steps), x, h)
    same = layer(x, h[None, None], padding="same", dilation=case.dilation)
    assert_close(convolve(x, h, "same", flip=False, dilation=case.dilation), same, x, h)


@given(cases())
def test_the_transposed_layer_of_torch_is_the_full_convolution(case):
    x, h = case.x.reshape(-1, 1, *case.x.shape[-case.h.ndim :]), case.h
    transposed = F.conv_transpose1d if h.ndim == 1 else F.conv_transpose2d
    expected = transposed(x, h[None, None], dilation=case.dilation)
    assert_close(convolve(x, h, dilation=case.dilation), expected, x, h)


def test_even_kernels_are_centred_as_by_scipy_or_as_by_torch():
    x, h = torch.tensor([1.0, 0, 0, 0]), torch.tensor([1.0, 2, 3, 4])
    assert convolve(x, h, "same").tolist() == [2, 3, 4, 0]
    assert convolve(x.flip(0), h, "same", flip=False).tolist() == [0, 4, 3, 2]


@given(cases(), DTYPES)
def test_derivatives_of_a_bilinear_map_are_its_values(case, dtype):
    """⟨∂x, v⟩ = ⟨δ, v ∗ h⟩ and ⟨∂h, w⟩ = ⟨δ, x ∗ w⟩ for every δ, v and w."""
    random = generator(1)
    x, h = (t.to(dtype).requires_grad_() for t in (case.x, case.h))
    v, w = (torch.randn(t.shape, generator=random, dtype=dtype) for t in (x, h))
    along_x = convolve(*case._replace(x=v, h=h.detach()))
    along_h = convolve(*case._replace(x=x.detach(), h=w))
    delta = torch.randn(along_x.shape, generator=random, dtype=dtype)
    for method in ROUTES:
        y = convolve(*case._replace(x=x, h=h), method=method)
        grad_x, grad_h = torch.autograd.grad(y, (x, h), delta)
        size = delta.abs().sum().item() * (v.abs().max() * w.abs().max()).item() + 1
        tol = (1e-5 if dtype == torch.float32 else 1e-13) * size
        assert (grad_x * v).sum().item() == pytest.approx((delta * along_x).sum().item(), abs=tol)
        assert (grad_h * w).sum().item() == pytest.approx((delta * along_h).sum().item(), abs=tol)


@pytest.mark.parametrize("method", ROUTES)
def test_a_weight_that_is_zero_has_its_derivative(generator, method):
    x = torch.randn(9, 12, generator=generator, dtype=torch.float64)
    h = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]], dtype=torch.float64)
    probe = torch.randn(7, 10, generator=generator, dtype=torch.float64)

    def risk(h):
        return (probe * convolve(x, h, "valid", flip=False, method=method)).sum()

    expected = F.conv2d(x[None, None], probe[None, None])[0, 0]
    weight = h.clone().requires_grad_()
    assert torch.allclose(torch.autograd.grad(risk(weight), weight)[0], expected, atol=1e-13)
    along = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(risk(forward_ad.make_dual(h, along))).tangent
    assert tangent.item() == pytest.approx((along * expected).sum().item(), abs=1e-12)


def test_derivatives_flow_through_the_folded_layer(generator):
    x = torch.randn(2, 40, 130, generator=generator, requires_grad=True)
    h = torch.randn(5, 5, generator=generator, requires_grad=True)
    delta = torch.randn(2, 36, 126, generator=generator)
    y = convolve(x, h, "valid", flip=False, method="direct")
    peer = F.conv2d(x[:, None], h[None, None])[:, 0]
    for got, expected in zip(*(torch.autograd.grad(z, (x, h), delta) for z in (y, peer))):
        assert torch.allclose(got, expected, rtol=1e-4, atol=1e-3)


def test_many_pictures_are_transformed_in_parts(generator):
    x = torch.randn(3, 400, 400, generator=generator, requires_grad=True)
    h = torch.randn(3, 3, generator=generator, requires_grad=True)
    y, peer = (convolve(x, h, "same", method=method) for method in ("fft", "shift"))
    assert_close(y.detach(), peer.detach(), x.detach(), h.detach())
    delta = torch.randn(y.shape, generator=generator) / 400
    for got, expected in zip(*(torch.autograd.grad(z, (x, h), delta) for z in (y, peer))):
        assert torch.allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_a_factored_kernel_refuses_to_be_differentiated():
    with pytest.raises(ValueError, match="without gradient with method separable"):
        convolve(torch.ones(4, 4), torch.ones(2, 2, requires_grad=True), method="separable")
    x = torch.ones(400, 400)
    h = torch.ones(9, 9, requires_grad=True)
    assert torch.autograd.grad(convolve(x, h, "valid")[0, 0], h)[0].tolist() == [[1] * 9] * 9


def test_auto_takes_the_route_that_suits_the_size(generator):
    def route(*lengths, k=3, dtype=torch.float32, separable=False):
        g = torch.randn(k, k, generator=generator, dtype=dtype)
        g = g[:1] * g[:, :1] if separable else g
        x = torch.zeros(1, 1, 1, dtype=dtype).expand(*lengths)
        return methods.fastest(x, g, [(k // 2, k // 2)] * 2, (1, 1), (1, 1))

    assert route(1, 28, 28) == "direct"
    assert route(3, 512, 512) == "shift"
    assert route(3, 512, 512, k=9) == "direct"
    assert route(3, 512, 512, k=31) == "fft"
    assert route(3, 512, 512, k=9, separable=True) == "separable"
    assert route(3, 512, 512, k=15, dtype=torch.float64) == "fft"


def test_lengths_of_transforms_are_the_next_without_large_factors():
    smooth = [n for n in range(1, 2200) if 30**11 % n == 0]
    for n in range(1, 2049):
        assert methods._fast_length(n) == min(m for m in smooth if m >= n)


def test_arguments_are_left_as_they_were(generator):
    for lengths, k in (((8,), (3,)), ((2, 90, 90), (3, 3))):
        x, h = torch.randn(lengths, generator=generator), torch.randn(k, generator=generator)
        copies = x.clone(), h.clone()
        for method in ROUTES:
            convolve(x, h, method=method)
        assert torch.equal(x, copies[0]) and torch.equal(h, copies[1])


def test_large_finite_entries_are_no_infinity():
    assert (
        convolve(torch.full((4,), 3e38), torch.ones(1)).tolist() == torch.full((4,), 3e38).tolist()
    )


ONES, KERNEL = torch.ones(4), torch.ones(3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((torch.ones(0), KERNEL), "expected x with entries, got shape (0,)"),
        ((ONES, torch.ones(0)), "expected h with entries, got shape (0,)"),
        ((ONES, torch.ones(5), "valid"), "expected h to span at most the 4 entries of x, got 5"),
        ((ONES, KERNEL, "valid", True, 1, 2), "at most the 4 entries of x, got 5"),
        ((ONES, KERNEL, "full", True, 0), "expected stride a whole number in [1, inf), got 0"),
        ((ONES, KERNEL, "full", True, 1.5), "expected stride a whole number in [1, inf), got 1.5"),
        ((ONES, KERNEL, "full", True, 1, -1), "expected dilation a whole number in [1, inf)"),
        ((ONES, KERNEL, "full", True, (1, 2)), "expected stride to have 1 entries, got 2"),
        ((ONES, KERNEL, "same", True, 2), "expected stride 1 with mode same, got 2"),
        ((ONES * torch.nan, KERNEL), "expected x to be finite, got nan"),
        ((ONES, KERNEL / 0), "expected h to be finite, got inf"),
        ((ONES, torch.ones(5), "full", True, 1, 1, "reflect"), "reflected margin in [0, 3]"),
        ((ONES.int(), KERNEL), "expected x to be a float32 or float64 tensor, got torch.int32"),
        (([1.0], KERNEL), "expected x to be a float32 or float64 tensor, got list"),
        ((ONES, KERNEL.double()), "expected h to be torch.float32 like x, got torch.float64"),
        ((ONES, torch.ones(2, 2)), "expected h with 1 or 2 of the 1 dimensions of x, got 2"),
        ((ONES, KERNEL, "wide"), "expected mode to be one of full, same"),
        ((ONES, KERNEL, "full", True, 1, 1, "mirror"), "expected boundary to be one of zero"),
        ((ONES, KERNEL, "full", True, 1, 1, "zero", "slow"), f"one of {', '.join(METHODS)}"),
        (
            (torch.ones(4, 4), torch.eye(3), "full", True, 1, 1, "zero", "separable"),
            "expected h of rank 1 with method separable, got rank 3",
        ),
    ],
)
def test_impossible_requests_are_refused_by_name(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        convolve(*arguments)
