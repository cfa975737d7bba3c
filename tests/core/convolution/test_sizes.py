"""Sizes against torch's own layers, fields and used inputs against derivatives."""

import itertools
import math
import re

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.convolution import convolve, output_size, receptive_field, used_inputs
from core.convolution.sizes import kept


def test_sizes_are_those_of_torch_for_every_small_layer():
    grid = itertools.product(range(1, 15), range(1, 6), range(4), range(1, 4), range(1, 4))
    for n, k, padding, stride, dilation in grid:
        layer = {"padding": padding, "stride": stride, "dilation": dilation}
        x, h = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
        if dilation * (k - 1) + 1 > n + 2 * padding:
            with pytest.raises(RuntimeError):
                F.conv1d(x, h, **layer)
            with pytest.raises(ValueError, match="expected k to span at most"):
                output_size(n, k, **layer)
        else:
            assert output_size(n, k, **layer) == F.conv1d(x, h, **layer).shape[-1]


@given(*[st.integers(1, 12)] * 2, st.integers(0, 3), *[st.integers(1, 4)] * 2)
def test_an_input_is_used_when_the_output_has_a_derivative_there(
    more, k, padding, stride, dilation
):
    n = dilation * (k - 1) + more
    x = torch.zeros(1, 1, n, requires_grad=True)
    h = torch.ones(1, 1, k)
    F.conv1d(x, h, padding=padding, stride=stride, dilation=dilation).sum().backward()
    used = used_inputs(n, k, padding, stride, dilation)
    assert used.dtype == torch.bool
    assert torch.equal(used, x.grad[0, 0] != 0)


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("mode", ["full", "same", "valid", "causal", "circular"])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_a_mode_keeps_a_slice_of_the_full_convolution(mode, flip, k):
    x, h = torch.arange(1.0, 8), torch.arange(1.0, k + 1) ** 2
    there = kept(7, k, mode, flip)
    whole = convolve(x, h, "circular" if mode == "circular" else "full", flip=flip)
    torch.testing.assert_close(whole[there], convolve(x, h, mode, flip=flip))
    every = kept(7, k, mode, flip, stride=3)
    assert every.nonzero().flatten().tolist() == there.nonzero().flatten().tolist()[::3]


@pytest.mark.parametrize(("k", "stride", "skipped"), [(3, 2, 0), (3, 3, 0), (2, 3, 6), (1, 2, 10)])
def test_a_stride_skips_inputs_only_beyond_the_kernel(k, stride, skipped):
    used = used_inputs(21, k, stride=stride).nonzero().flatten()
    between = used[-1] - used[0] + 1 - len(used)
    assert between == skipped


def test_same_size_needs_an_odd_kernel():
    for n, k in itertools.product(range(1, 30), range(1, 8)):
        sizes = {output_size(n, k, p) for p in range(4) if n + 2 * p >= k}
        assert (n in sizes) == (k % 2 == 1)
    assert (output_size(28, 5, 1), output_size(28, 4, 1)) == (26, 27)


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ([(3, 1), (3, 2), (5, 1), (3, 2)], 17),
        ([(3, 2)] * 5, 63),
        ([(3, 1)] * 3, 7),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)], 15),
        ([(2, 2), (3, 1, 2), (2, 3)], 12),
    ],
)
def test_fields_are_the_support_of_the_derivative(layers, field):
    assert receptive_field(layers) == field
    stack = nn.Sequential(*(nn.Conv1d(1, 1, k, s, 0, *d) for k, s, *d in layers)).double()
    for parameter in stack.parameters():
        nn.init.ones_(parameter)  # nothing can cancel
    x = torch.zeros(1, 1, 150, dtype=torch.float64, requires_grad=True)
    (grad,) = torch.autograd.grad(stack(x)[0, 0, 2], x)
    seen = grad[0, 0].nonzero().flatten()
    start = 2 * math.prod(s for _, s, *_ in layers)
    assert (seen[0].item(), seen[-1].item()) == (start, start + field - 1)


def test_without_layers_a_unit_sees_itself():
    assert receptive_field([]) == 1


def test_224_pixels_take_112_layers_of_three():
    assert receptive_field([(3, 1)] * 111) == 223
    assert receptive_field([(3, 1)] * 112) == 225


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: output_size(4, 5), "k to span at most n + 2 padding = 4 entries, got 5"),
        (lambda: output_size(8, 4, 0, 1, 3), "= 8 entries, got 10 (dilation 3)"),
        (lambda: output_size(0, 1), "expected n a whole number in [1, inf), got 0"),
        (lambda: output_size(4, 0), "expected k a whole number in [1, inf), got 0"),
        (lambda: output_size(4, 2, -1), "expected padding a whole number in [0, inf), got -1"),
        (lambda: output_size(4, 2, 0, 0), "expected stride a whole number in [1, inf), got 0"),
        (lambda: output_size(4, 2, 0, 1, 0), "expected dilation a whole number in [1, inf), got 0"),
        (lambda: output_size(4.5, 2), "expected n a whole number in [1, inf), got 4.5"),
        (lambda: used_inputs(4, 5), "k to span at most n + 2 padding = 4 entries, got 5"),
        (lambda: receptive_field([(3,)]), "expected layers of (k, s) or (k, s, d), got (3,)"),
        (lambda: receptive_field([(3, 0)]), "expected stride a whole number in [1, inf), got 0"),
    ],
)
def test_impossible_sizes_are_refused_by_name(call, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        call()
