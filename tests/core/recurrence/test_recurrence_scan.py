"""The states by steps, scan and FFT; gradients through time; the stable unit."""

import cmath
import math

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from core.recurrence import (
    below_one,
    by_fft,
    clipped,
    costs,
    eigenvalue,
    gradient_norms,
    input_scale,
    kernel,
    lru,
    power_norms,
    run,
    scan,
    variance,
)
from core.rng import generator


def system(seed: int, d: int, k: int, T: int, radius: float = 0.95):
    random = generator(seed)
    A, B, x, z0 = (
        torch.randn(*n, dtype=torch.float64, generator=random)
        for n in ((d, d), (d, k), (T, k), (d,))
    )
    return radius * A / torch.linalg.eigvals(A).abs().max(), B, x, z0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("T", [1, 2, 3, 31, 32, 100, 1000])
def test_steps_scan_and_fft_agree(seed, T):
    A, B, x, z0 = system(seed, 1 + seed, 1 + seed % 3, T)
    told = run(A, B, x, z0)
    size = max(1.0, float(told.abs().max()))
    torch.testing.assert_close(scan(A, B, x, z0), told, rtol=0, atol=1e-11 * size)
    zero = torch.zeros_like(z0)
    torch.testing.assert_close(by_fft(A, B, x), run(A, B, x, zero), rtol=0, atol=1e-10 * size)


def test_one_pole_is_the_filter_of_scipy():
    x = torch.randn(500, dtype=torch.float64, generator=generator(1))
    told = lfilter([1.0], [1.0, -0.97], x.numpy())
    mine = scan([[0.97]], [[1.0]], x[:, None], [0.0])[1:, 0]
    np.testing.assert_allclose(mine, told, atol=1e-12)


def test_complex_and_defective_matrices():
    A = torch.tensor([[0.9j, 1.0], [0.0, 0.9j]])
    B, x, z0 = torch.ones(2, 1), torch.randn(40, 1, generator=generator(0)), torch.ones(2)
    torch.testing.assert_close(scan(A, B, x, z0), run(A, B, x, z0), rtol=0, atol=1e-12)
    jordan = scan([[1.0, 1.0], [0.0, 1.0]], torch.zeros(2, 1), torch.zeros(100, 1), [0.0, 1.0])
    assert jordan[-1].tolist() == [100, 1]


def test_a_run_may_be_continued():
    A, B, x, z0 = system(3, 4, 2, 90)
    whole = scan(A, B, x, z0)
    torch.testing.assert_close(scan(A, B, x[40:], whole[40]), whole[40:], rtol=0, atol=1e-12)


def test_the_kernel_is_powers_of_a_times_b():
    A, B, _, _ = system(2, 3, 2, 1)
    told = torch.stack([torch.linalg.matrix_power(A, k) @ B for k in range(21)])
    torch.testing.assert_close(kernel(A, B, 21), told)


def test_autograd_goes_through_the_scan():
    A, B, x, z0 = (v.requires_grad_() for v in system(0, 3, 2, 7))
    assert torch.autograd.gradcheck(scan, (A, B, x, z0))


def test_costs_are_those_of_going_through():
    for T in range(1, 70):
        for d in (1, 2, 5):
            rounds, many, far = 2, 2 * T * d, 1
            while far <= T:
                rounds, many = rounds + 1, many + (T + 1 - far) * d * d
                far *= 2
                many += d**3 if far <= T else 0
            assert costs(T, d)["scan"] == (many, rounds)
            assert costs(T, d)["sum"] == (sum(range(T + 1)), 1)
    assert costs(64)["steps"] == (512, 66) and costs(64)["fft"].rounds == 15


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (([[1.0, 0.0]], [[1.0]], [[1.0]], [0.0]), "A"),
        (([[1.0]], [[1.0], [2.0]], [[1.0]], [0.0]), "B"),
        (([[1.0]], [[1.0]], [1.0], [0.0]), "x"),
        (([[1.0]], [[1.0]], [[1.0]], [0.0, 1.0]), "z0"),
        (([[math.nan]], [[1.0]], [[1.0]], [0.0]), "A"),
        (([[1e30]], [[1.0]], [[1.0]] * 20, [1.0]), "powers"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(given, name):
    with pytest.raises(ValueError, match=f"expected {name}"):
        scan(*(torch.tensor(v) for v in given))


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (lambda: kernel([[1.0]], [[1.0]], 0), "expected T a whole number"),
        (lambda: costs(0), "expected T a whole number"),
        (lambda: costs(3, 0), "expected d a whole number"),
        (lambda: variance(0.0, -1), "expected T a whole number"),
        (lambda: lru(math.nan, 0.3, [1.0]), "expected finite nu, theta and x"),
        (lambda: lru(0.0, 0.3, []), "with T ≥ 1"),
        (lambda: gradient_norms([[1e30]], [[0.0]], [[0.0]] * 20, [0.0]), "use fewer steps"),
        (lambda: gradient_norms([[1.0]], [[0.0]], [[0.0]], [0.0], "relu"), "expected phi"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(refused, told):
    with pytest.raises(ValueError, match=told):
        refused()


# --- gradients through time ----------------------------------------------------------------------


@pytest.mark.peer
@pytest.mark.parametrize("phi", ["linear", "tanh"])
def test_norms_are_those_of_autograd(phi):
    A, B, x, z0 = system(5, 4, 2, 12, 1.2)
    found = gradient_norms(A, B, x, z0, phi)
    for k in (0, 1, 5, 12):

        def onwards(z, k=k):
            for push in x[12 - k :] @ B.T:
                z = A @ z + push
                z = z.tanh() if phi == "tanh" else z
            return z

        J = torch.autograd.functional.jacobian(onwards, found.z[12 - k])
        torch.testing.assert_close(found.jacobians[k], J, rtol=1e-9, atol=1e-12)
        assert float(found.norms[k]) == pytest.approx(float(torch.linalg.matrix_norm(J, 2)))
    assert (found.norms <= found.bound * (1 + 1e-12)).all()


@pytest.mark.peer
def test_the_states_are_those_of_torch():
    A, B, x, z0 = system(7, 5, 3, 30, 1.1)
    net = torch.nn.RNN(3, 5, bias=False, dtype=torch.float64)
    with torch.no_grad():
        net.weight_hh_l0.copy_(A)
        net.weight_ih_l0.copy_(B)
        told = net(x[:, None], z0[None, None])[0][:, 0]
    torch.testing.assert_close(gradient_norms(A, B, x, z0, "tanh").z[1:], told)


def test_linear_norms_are_those_of_powers():
    for scale in (0.9, 1.1):
        A = scale * torch.eye(1, dtype=torch.float64)
        found = gradient_norms(A, torch.zeros(1, 1), torch.zeros(50, 1), torch.zeros(1))
        assert float(found.norms[-1]) == pytest.approx(scale**50)
    A, B, x, z0 = system(1, 6, 1, 80, 0.4)
    found = gradient_norms(A, B, x, z0)
    torch.testing.assert_close(found.norms, power_norms(A, 80), rtol=1e-9, atol=0)


def test_clipping():
    G = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    assert clipped(G, 10.0) is G
    torch.testing.assert_close(clipped(G, 1.0), G / 5)
    assert clipped(torch.zeros(2, 2), 1.0).norm() == 0
    huge = torch.tensor([3e200, 4e200], dtype=torch.float64)
    torch.testing.assert_close(clipped(huge, 1.0), huge / 5e200)
    for bad in (math.inf, math.nan):  # torch's clip_grad_norm_ leaves NaN in silence
        assert clipped(torch.tensor([1.0, bad]), 1.0) is None
    with pytest.raises(ValueError, match="expected most"):
        clipped(G, 0.0)


# --- the stable unit -----------------------------------------------------------------------------


def test_the_modulus_is_below_one_for_every_nu():
    nu = torch.linspace(-20, 20, 401, dtype=torch.float64)
    lam, gap = eigenvalue(nu, 0.7), below_one(nu)
    assert (lam.abs() < 1).all() and (gap > 0).all()
    a = nu.exp()
    told = [cmath.exp(complex(-math.exp(v), 0.7)) for v in nu.tolist()]
    np.testing.assert_allclose(lam, told, rtol=0, atol=1e-14)
    torch.testing.assert_close(gap, 1 - lam.abs(), rtol=0, atol=1e-14)
    small = a < 1e-3
    torch.testing.assert_close(gap[small], (a - a**2 / 2 + a**3 / 6)[small], rtol=1e-10, atol=0)
    torch.testing.assert_close(input_scale(nu) ** 2, gap * (2 - gap))
    assert float(gap[0]) == pytest.approx(2.0611536e-9, rel=1e-7)


@pytest.mark.parametrize("normalise", [True, False])
def test_the_unit_is_a_linear_recurrence(normalise):
    x = torch.randn(5, 60, dtype=torch.float64, generator=generator(2))
    nu, theta = torch.linspace(-4, 1, 5).double(), torch.linspace(0, 3, 5).double()
    z = lru(nu, theta, x, normalise)
    gain = input_scale(nu) if normalise else torch.ones(5)
    lam = eigenvalue(nu, theta)
    for j in range(5):
        told = run(lam[j].reshape(1, 1), gain[j].reshape(1, 1), x[j, :, None], [0.0])[:, 0]
        torch.testing.assert_close(z[j], told, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("normalise", "told"), [(True, 1.0), (False, -1 / math.expm1(-2 * math.exp(-5)))]
)
def test_the_stationary_variance(normalise, told):
    n, T = 2000, 1500
    x = torch.randn(n, T, dtype=torch.float64, generator=generator(4))
    square = lru(-5.0, 0.3, x, normalise)[:, -1].abs().square()
    assert float(variance(-5.0, T, normalise)[-1]) == pytest.approx(told, rel=1e-5)
    assert abs(float(square.mean()) - told) < 5 * float(square.std()) / math.sqrt(n)
    few = lru(-1.0, 0.0, x[:, :3], normalise).abs().square()
    deviation = few.std(0) / math.sqrt(n)
    assert ((few.mean(0) - variance(-1.0, 3, normalise)).abs() <= 5 * deviation).all()
