"""The formulas of the backward pass against autograd and torch's own gradient functions."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn.grad import conv1d_input, conv1d_weight, conv2d_input, conv2d_weight

from core.convolution import backward, convolve, toeplitz
from core.convolution.operator import BOUNDARIES, MODES
from core.rng import generator

FLOAT = {"dtype": torch.float64}


@st.composite
def layers(draw: st.DrawFn) -> tuple[tuple, tuple, dict]:
    """Shape of the input, shape of the kernel, and keyword arguments of `convolve`."""
    axes = draw(st.sampled_from((1, 2)))
    leading = draw(st.lists(st.integers(1, 3), max_size=2))
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
    return (*leading, *lengths), kernel, steps


@settings(max_examples=120)
@given(layers(), st.integers(0, 99))
def test_gradients_are_those_of_autograd(layer, seed):
    shape, kernel, steps = layer
    random = generator(seed)
    x = torch.randn(shape, generator=random, **FLOAT).requires_grad_()
    h = torch.randn(kernel, generator=random, **FLOAT).requires_grad_()
    y = convolve(x, h, **steps)
    delta = torch.randn(y.shape, generator=random, **FLOAT)
    with torch.no_grad():
        ours = backward(delta, x, h, **steps)
    for got, expected in zip(ours, torch.autograd.grad(y, (x, h), delta)):
        assert got.shape == expected.shape
        assert torch.allclose(got, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_gradients_of_a_correlation_layer_are_those_of_torch(generator, stride, dilation):
    steps = {"stride": stride, "dilation": dilation}
    for lengths, k, layer, of_input, of_weight in (
        ((23,), (4,), F.conv1d, conv1d_input, conv1d_weight),
        ((14, 17), (3, 4), F.conv2d, conv2d_input, conv2d_weight),
    ):
        x = torch.randn(2, 1, *lengths, generator=generator, **FLOAT)
        h = torch.randn(1, 1, *k, generator=generator, **FLOAT)
        delta = torch.randn(layer(x, h, **steps).shape, generator=generator, **FLOAT)
        grad_x, grad_h = backward(delta, x, h[0, 0], "valid", flip=False, **steps)
        expected = of_input(x.shape, h, delta, **steps), of_weight(x, h.shape, delta, **steps)
        assert torch.allclose(grad_x, expected[0], atol=1e-12, rtol=0)
        assert torch.allclose(grad_h, expected[1][0, 0], atol=1e-12, rtol=0)


def test_gradients_are_convolutions_with_what_is_turned(generator):
    x = torch.randn(8, generator=generator, **FLOAT)
    h = torch.randn(3, generator=generator, **FLOAT)
    delta = torch.randn(10, generator=generator, **FLOAT)
    grad_x, grad_h = backward(delta, x, h)
    assert torch.allclose(grad_x, convolve(delta, h.flip(0), "valid"), atol=1e-12)
    assert torch.allclose(grad_h, convolve(delta, x.flip(0), "valid"), atol=1e-12)
    delta = delta[:6]
    grad_x, grad_h = backward(delta, x, h, flip=False)
    assert torch.allclose(grad_x, convolve(delta, h), atol=1e-12)
    assert torch.allclose(grad_h, convolve(x, delta, "valid", flip=False), atol=1e-12)


def test_the_gradient_of_the_input_is_torchs_transposed_layer(generator):
    x = torch.randn(7, 9, generator=generator, **FLOAT)
    h = torch.randn(3, 3, generator=generator, **FLOAT)
    delta = torch.randn(3, 4, generator=generator, **FLOAT)
    grad_x, _ = backward(delta, x, h, "valid", flip=False, stride=2)
    assert torch.allclose(grad_x, F.conv_transpose2d(delta[None, None], h[None, None], stride=2))


def test_a_shared_weight_collects_the_gradients_of_its_places(generator):
    x = torch.randn(7, generator=generator, **FLOAT)
    h = torch.randn(3, generator=generator, **FLOAT)
    delta = torch.randn(9, generator=generator, **FLOAT)
    untied = torch.outer(delta, x)  # ∂R/∂T for y = T x with T of independent entries
    shared = torch.stack([untied[t : t + 7].diagonal().sum() for t in range(3)])
    assert torch.equal(toeplitz(h, 7)[1:8].diagonal(), h[1].expand(7))
    assert torch.allclose(backward(delta, x, h)[1], shared, atol=1e-12, rtol=0)


@pytest.mark.parametrize("mode", ["full", "valid"])
def test_the_shape_of_the_output_tells_full_from_valid(generator, mode):
    x = torch.randn(2, 6, 7, generator=generator)
    h = torch.randn(3, 2, generator=generator)
    delta = torch.ones_like(convolve(x, h, mode, stride=2))
    for got, expected in zip(
        backward(delta, x, h, stride=2), backward(delta, x, h, mode, stride=2)
    ):
        assert torch.equal(got, expected)


@pytest.mark.parametrize(
    ("delta", "mode", "sentence"),
    [
        (torch.ones(5), "full", r"expected grad_output of shape \(6,\), got \(5,\)"),
        (torch.ones(5), None, r"expected grad_output of shape \(2,\), got \(5,\)"),
        (torch.ones(1, 6), "full", r"expected grad_output of shape \(6,\), got \(1, 6\)"),
        (torch.ones(6) / 0, "full", "expected grad_output to be finite, got inf"),
        (torch.ones(6), "wide", "expected mode to be one of full"),
    ],
)
def test_a_gradient_that_fits_no_output_is_refused(delta, mode, sentence):
    with pytest.raises(ValueError, match=sentence):
        backward(delta, torch.ones(4), torch.ones(3), mode)
