"""The two-number game: laws of its orbits and the eigenvalues behind them."""

import math
from itertools import pairwise

import pytest
import torch

from core.gan import (
    BOUND,
    UPDATES,
    eigenvalues,
    field,
    flow,
    flow_eigenvalues,
    game,
    invariant,
    jacobian,
    spectral_radius,
    step_matrix,
)

ETAS = (0.01, 0.1, 0.5, 1.0, 1.7)


def radius(path: torch.Tensor) -> torch.Tensor:
    return path.norm(dim=-1)


def test_the_published_radii():
    ends = [radius(game(0.1, 100, update))[-1].item() for update in UPDATES]
    assert ends == pytest.approx([1.6446318, 1.0234138, 0.6080692], abs=5e-8)


def test_one_step_by_hand():
    assert game(0.5, 1, start=(1, 2)).tolist() == [[1, 2], [0, 2.5]]
    assert game(0.5, 1, "alternating", start=(1, 2)).tolist() == [[1, 2], [0, 2]]
    assert game(0.5, 1, "extragradient", start=(1, 2)).tolist() == [[1, 2], [-0.25, 2]]
    assert game(0.5, 1, r1=0.4, start=(1, 2)).tolist() == [[1, 2], [0, 2.1]]


@pytest.mark.parametrize("r1", [0.0, 0.7])
def test_each_update_is_what_autograd_makes_of_the_value(r1):
    def push(x, y):
        x, y = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (x, y))
        judge = lambda s: y * s  # noqa: E731
        data = torch.zeros((), dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(judge(data), data, create_graph=True)
        V = judge(x) - judge(data) - r1 / 2 * slope**2
        dx, dy = torch.autograd.grad(V, (x, y))
        return -dx.item(), dy.item()

    eta, at = 0.3, (0.8, -1.1)
    assert field(torch.tensor(at), r1).tolist() == pytest.approx(push(*at), abs=1e-7)
    dx, dy = push(*at)
    both = (at[0] + eta * dx, at[1] + eta * dy)
    assert game(eta, 1, r1=r1, start=at)[1].tolist() == pytest.approx(both)
    answer = (both[0], at[1] + eta * push(both[0], at[1])[1])
    assert game(eta, 1, "alternating", r1, at)[1].tolist() == pytest.approx(answer)
    ahead = push(*both)
    extra = (at[0] + eta * ahead[0], at[1] + eta * ahead[1])
    assert game(eta, 1, "extragradient", r1, at)[1].tolist() == pytest.approx(extra)


@pytest.mark.parametrize("eta", ETAS)
def test_norms_of_simultaneous_and_extragradient_steps(eta):
    for update, factor in (
        ("simultaneous", math.sqrt(1 + eta**2)),
        ("extragradient", math.sqrt(1 - eta**2 + eta**4)),
    ):
        r = radius(game(eta, 60, update, start=(0.3, -2.0)))
        torch.testing.assert_close(
            r[1:] / r[:-1], torch.full_like(r[1:], factor), rtol=1e-12, atol=0
        )
        assert spectral_radius(eta, update) == pytest.approx(factor, rel=1e-14)


@pytest.mark.parametrize("eta", [*ETAS, 1.99])
def test_alternating_steps_stay_on_an_ellipse(eta):
    path = game(eta, 2000, "alternating", start=(0.4, 1.0))
    kept = invariant(path, eta)
    torch.testing.assert_close(kept, kept[:1].expand_as(kept), rtol=1e-9, atol=0)
    r2 = radius(path) ** 2
    assert r2.max() <= kept[0] / (1 - eta / 2) * (1 + 1e-9)
    assert r2.min() >= kept[0] / (1 + eta / 2) * (1 - 1e-9)
    if eta in (0.1, 0.5):  # the orbit comes near both ends of the ellipse
        assert r2.max() > 0.98 * kept[0] / (1 - eta / 2)
    assert spectral_radius(eta, "alternating") == pytest.approx(1, abs=1e-12)


def test_from_two_on_alternating_steps_leave():
    assert radius(game(2.5, 50, "alternating"))[-1] > 1e20
    assert spectral_radius(2.5, "alternating") == pytest.approx(4, rel=1e-12)


@pytest.mark.parametrize("r1", [0.0, 0.3, 1.0, 1.9, 2.5, 10.0])
def test_eigenvalues_are_those_of_the_matrices(r1):
    def same(mine, matrix):
        theirs = sorted(torch.linalg.eigvals(matrix).tolist(), key=lambda z: (z.imag, z.real))
        assert sorted(mine, key=lambda z: (z.imag, z.real)) == pytest.approx(theirs, abs=1e-7)

    same(flow_eigenvalues(r1), jacobian(r1))
    for eta in ETAS:
        for update in UPDATES:
            same(eigenvalues(eta, update, r1), step_matrix(eta, update, r1))


def test_the_penalty_makes_the_centre_a_spiral_inwards():
    assert flow_eigenvalues() == (1j, -1j)
    first, second = flow_eigenvalues(0.6)
    assert (
        first == pytest.approx(complex(-0.3, math.sqrt(1 - 0.09))) and second == first.conjugate()
    )
    assert flow_eigenvalues(2.0) == (-1, -1)
    assert flow_eigenvalues(2.5) == (-0.5, -2)


@pytest.mark.parametrize("update", UPDATES)
def test_a_braked_run_turns_and_shrinks_as_its_eigenvalue_says(update):
    eta, r1 = 0.1, 0.6
    z = eigenvalues(eta, update, r1)[0]
    path = game(eta, 400, update, r1)
    assert abs(z) < 1 and radius(path)[-1] < 1e-4
    # w_k satisfies the recursion of the characteristic polynomial z² − 2 Re z · z + |z|²
    ahead = 2 * z.real * path[1:-1] - abs(z) ** 2 * path[:-2]
    torch.testing.assert_close(path[2:], ahead, rtol=0, atol=1e-14)
    turns = torch.atan2(path[:, 1], path[:, 0]).diff().remainder(2 * math.pi).sum() / 400
    assert turns.item() == pytest.approx(math.atan2(z.imag, z.real), rel=0.01)


@pytest.mark.parametrize(("r1", "update"), [(0.0, "simultaneous"), (0.6, "alternating")])
def test_small_steps_follow_the_flow_at_first_order(r1, update):
    errors = []
    for n in (200, 400, 800):
        path = game(5 / n, n, update, r1, (0.5, -1.0))
        exact = flow(torch.linspace(0, 5, n + 1, dtype=torch.float64), r1, (0.5, -1.0))
        errors.append((path - exact).norm(dim=1).max().item())
    assert [math.log2(a / b) for a, b in pairwise(errors)] == pytest.approx([1, 1], abs=0.05)


def test_the_flow_is_a_circle_and_with_a_penalty_a_spiral():
    t = torch.linspace(0, 20, 201, dtype=torch.float64)
    circle = torch.stack([t.cos(), t.sin()], 1)
    torch.testing.assert_close(flow(t), circle, rtol=0, atol=1e-12)
    z = flow_eigenvalues(0.6)[0]  # x'' + r1 x' + x = 0 from (1, 0): x' = 0 at the start
    x = torch.exp(z.real * t) * (torch.cos(z.imag * t) - z.real / z.imag * torch.sin(z.imag * t))
    torch.testing.assert_close(flow(t, 0.6)[:, 0], x, rtol=0, atol=1e-12)
    for bad in (-1.0, math.nan):
        with pytest.raises(ValueError, match="expected times in"):
            flow(torch.tensor([bad]))


def test_a_lost_run_keeps_its_last_good_value():
    path = game(10.0, 1000)
    assert path.isfinite().all() and path.abs().max() <= BOUND
    assert (path[-1] == path[-2]).all() and path[-1].abs().max() > 1e148


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"eta": 0}, r"expected eta in \(0, 10\], got 0"),
        ({"eta": math.nan}, "expected eta"),
        ({"steps": 1.5}, "expected steps a whole number"),
        ({"steps": -1}, "expected steps"),
        ({"update": "both"}, "expected update to be one of simultaneous"),
        ({"r1": -0.1}, r"expected r1 in \[0, 100\], got -0.1"),
        ({"start": (1, math.inf)}, "expected start"),
        ({"start": (1, 2, 3)}, "expected start to be two numbers"),
    ],
)
def test_refusals(kwargs, words):
    with pytest.raises(ValueError, match=words):
        game(**{"eta": 0.1, "steps": 10} | kwargs)
