import math

import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import torch

from core.convolution.spectra import (
    butterflies,
    by_spectra,
    cost_direct,
    cost_fft,
    crossing,
    dft_matrix,
    filled,
    next_power,
)

F = np.array([0.3, 1.7, -2.1, 0.4, 3.3, -0.6, 1.9, -1.2, 0.8, 2.6, -0.5, 1.1])
H = np.array([1, -2, 0.5, 3, -1.25])


def test_the_product_of_spectra_is_a_circulant_matrix_applied():
    C = scipy.linalg.circulant(np.concatenate([H, np.zeros(7)]))
    f, h = torch.from_numpy(F), torch.from_numpy(H)
    np.testing.assert_allclose(by_spectra(f, h, 12), C @ F, atol=1e-12)
    np.testing.assert_allclose(by_spectra(f, h, 12, True), C.T @ F, atol=1e-12)


def test_filled_up_with_zeros_it_is_the_convolution_of_scipy():
    f, h = torch.from_numpy(F), torch.from_numpy(H)
    for N in (16, 17, 40):
        expected = np.zeros(N)
        expected[:16] = scipy.signal.fftconvolve(F, H)
        np.testing.assert_allclose(by_spectra(f, h, N), expected, atol=1e-12)


@pytest.mark.parametrize("N", [11, 0, 12.5, math.nan])
def test_a_dft_that_would_truncate_is_refused(N):
    with pytest.raises(ValueError, match=r"expected N a whole number in \[12, inf\)"):
        by_spectra(torch.from_numpy(F), torch.from_numpy(H), N)


def test_the_dft_matrix_is_numpys():
    for N in (1, 2, 7, 12, 64):
        expected = np.fft.fft(np.eye(N))
        np.testing.assert_allclose(dft_matrix(N), expected, atol=1e-12)


def radix2(x, count):
    """A Fourier transform by halves, which counts its multiplications in `count`."""
    N = len(x)
    if N == 1:
        return x
    even, odd = radix2(x[::2], count), radix2(x[1::2], count)
    count[0] += N // 2
    turned = np.exp(-2j * np.pi * np.arange(N // 2) / N) * odd
    return np.concatenate([even + turned, even - turned])


@pytest.mark.parametrize("N", [1, 2, 8, 32, 128])
def test_the_butterflies_are_those_of_a_real_fft(N):
    count, x = [0], np.random.default_rng(N).normal(size=N)
    np.testing.assert_allclose(radix2(x.astype(complex), count), np.fft.fft(x), atol=1e-9)
    assert butterflies(N) == count[0]


def test_the_costs_by_hand():
    assert cost_direct(12, 5) == 60
    assert cost_fft(12, 5) == 4 * (3 * 32 + 16)  # 16 points: 8 · 4 butterflies
    assert next_power(16) == 16
    assert next_power(17) == 32
    assert cost_fft(64, 64) > 64 * 64
    assert cost_fft(128, 128) < 128 * 128
    assert crossing() == 128


def test_a_signal_is_cut_or_continued_by_zeros():
    values = torch.arange(1.0, 4.0)
    assert filled(values, 5).tolist() == [1, 2, 3, 0, 0]
    assert filled(values, 2).tolist() == [1, 2]
