"""Parameter formulas against the parameters of real modules."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.convolution import parameter_counts


class LocallyConnected(nn.Module):
    """One linear map per place, from its p × q × c window to K numbers."""

    def __init__(self, m: int, n: int, c: int, p: int, q: int, K: int) -> None:
        super().__init__()
        places = (m - p + 1) * (n - q + 1)
        self.maps = nn.ModuleList(nn.Linear(p * q * c, K, device="meta") for _ in range(places))


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def assert_counted(m: int, n: int, c: int, p: int, q: int, K: int) -> None:
    counts = parameter_counts(m, n, c, p, q, K)
    layer = nn.Conv2d(c, K, (p, q))
    outputs = layer(torch.zeros(1, c, m, n)).numel()
    assert counts.cnn == parameters(layer)
    assert counts.locally_connected == parameters(LocallyConnected(m, n, c, p, q, K))
    assert counts.fully_connected == parameters(nn.Linear(m * n * c, outputs, device="meta"))


def test_the_layer_of_the_sheet():
    assert_counted(32, 32, 3, 5, 5, 6)
    assert parameter_counts(32, 32, 3, 5, 5, 6) == (
        456,
        357_504,
        14_455_392,
        156,
        352_806,
        14_450_694,
    )


@given(st.data())
def test_every_small_layer_is_counted(data):
    m, n, c, K = (data.draw(st.integers(1, 7)) for _ in range(4))
    p, q = data.draw(st.integers(1, m)), data.draw(st.integers(1, n))
    assert_counted(m, n, c, p, q, K)


@given(*[st.integers(1, 9)] * 4, st.integers(1, 5))
def test_the_printed_formula_of_a_convolution_is_right_for_one_channel_only(p, q, more, K, c):
    counts = parameter_counts(p + more, q + more, c, p, q, K)
    assert (counts.cnn_printed == counts.cnn) == (c == 1)


@given(*[st.integers(1, 9)] * 4, st.integers(1, 5))
def test_the_printed_formulas_of_dense_layers_lack_all_biases_but_k(p, q, more, K, c):
    counts = parameter_counts(p + more, q + more, c, p, q, K)
    lost = ((more + 1) ** 2 - 1) * K
    assert counts.locally_connected - counts.locally_connected_printed == lost
    assert counts.fully_connected - counts.fully_connected_printed == lost


def test_weights_of_a_convolution_do_not_depend_on_the_size_of_the_picture():
    small, large = parameter_counts(8, 8, 3, 5, 5, 6), parameter_counts(224, 224, 3, 5, 5, 6)
    assert small.cnn == large.cnn
    assert small.locally_connected < large.locally_connected


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ((4, 8, 1, 5, 3, 1), r"expected p a whole number in \[1, 4\], got 5"),
        ((8, 4, 1, 3, 5, 1), r"expected q a whole number in \[1, 4\], got 5"),
        ((0, 4, 1, 1, 1, 1), r"expected m a whole number in \[1, inf\), got 0"),
        ((4, 4, 0, 1, 1, 1), r"expected c a whole number in \[1, inf\), got 0"),
        ((4, 4, 1, 1, 1, 0), r"expected K a whole number in \[1, inf\), got 0"),
        ((4, 4, 1, 1, 1, 1.5), r"expected K a whole number in \[1, inf\), got 1.5"),
    ],
)
def test_impossible_layers_are_refused_by_name(sizes, sentence):
    with pytest.raises(ValueError, match=sentence):
        parameter_counts(*sizes)
