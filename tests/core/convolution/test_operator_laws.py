"""Laws of convolution and correlation, each with numbers of its own."""

import pytest
import torch

from core.convolution import convolve


def test_the_sums_of_two_dice():
    die = torch.full((6,), 1 / 6, dtype=torch.float64)
    ways = torch.tensor([1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1], dtype=torch.float64)
    assert torch.allclose(convolve(die, die), ways / 36, atol=1e-15)


def test_digits_multiply_as_signals_convolve():
    product = convolve(torch.tensor([3.0, 2, 1]), torch.tensor([6.0, 5, 4]))
    assert sum(int(d) * 10**i for i, d in enumerate(product)) == 123 * 456


def test_zero_entries_stay_exactly_zero_outside_the_support():
    x, h = torch.zeros(30), torch.zeros(9)
    x[4:7], h[2:4] = 1, 1
    support = convolve(x, h).nonzero().flatten()
    assert (support.min().item(), support.max().item()) == (4 + 2, 6 + 3)


def test_full_convolution_is_commutative_and_associative(generator):
    f, g, h = (torch.randn(n, generator=generator, dtype=torch.float64) for n in (9, 4, 6))
    assert torch.allclose(convolve(f, g), convolve(g, f), atol=1e-12)
    left, right = convolve(convolve(f, g), h), convolve(f, convolve(g, h))
    assert torch.allclose(left, right, atol=1e-12)
    same = convolve(convolve(f, g, "same"), h, "same"), convolve(f, convolve(g, h), "same")
    assert (same[0] - same[1]).abs().max() > 1e-3


def test_correlation_turns_its_result_when_its_arguments_swap(generator):
    f, h = (torch.randn(n, generator=generator, dtype=torch.float64) for n in (9, 5))
    forward, swapped = convolve(f, h, flip=False), convolve(h, f, flip=False)
    assert torch.allclose(swapped, forward.flip(0), atol=1e-12)
    even, odd = h + h.flip(0), h - h.flip(0)
    assert torch.allclose(convolve(f, even, flip=False), convolve(f, even), atol=1e-12)
    assert torch.allclose(convolve(f, odd, flip=False), -convolve(f, odd), atol=1e-12)


def test_turning_both_turns_the_convolution(generator):
    x = torch.randn(5, 7, generator=generator, dtype=torch.float64)
    h = torch.randn(3, 2, generator=generator, dtype=torch.float64)
    turned = convolve(x.flip(0, 1), h.flip(0, 1))
    assert torch.allclose(turned, convolve(x, h).flip(0, 1), atol=1e-12)


@pytest.mark.parametrize("flip", [True, False])
def test_circular_modes_are_products_of_transforms(generator, flip):
    x = torch.randn(12, generator=generator, dtype=torch.float64)
    h = torch.randn(5, generator=generator, dtype=torch.float64)
    H = torch.fft.fft(h, n=12)
    y = torch.fft.ifft(torch.fft.fft(x) * (H if flip else H.conj())).real
    assert torch.allclose(convolve(x, h, "circular", flip), y, atol=1e-12)


def test_only_circular_convolution_commutes_with_every_shift(generator):
    x = torch.randn(10, generator=generator, dtype=torch.float64)
    h = torch.randn(3, generator=generator, dtype=torch.float64)
    for steps in range(10):
        moved = convolve(x.roll(steps), h, "circular")
        assert torch.allclose(moved, convolve(x, h, "circular").roll(steps), atol=1e-12)
    assert not torch.allclose(convolve(x.roll(1), h, "same"), convolve(x, h, "same").roll(1))
