"""One coupling layer: by hand, inverse, determinants by autograd, areas, a reference library."""

import math
from itertools import pairwise

import pytest
import torch

from core.flows import (
    additive,
    additive_inverse,
    area_ratio,
    coupling,
    coupling_inverse,
    jacobian,
    jacobian_blocks,
    waves,
)
from core.nets import mlp
from core.rng import generator

SHAPES = [(2, 1), (3, 1), (3, 2), (4, 2), (6, 1), (6, 5)]
each_shape = pytest.mark.parametrize(("D", "d"), SHAPES)


def points(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def halves(D, d, amplitude=1.5, seed=1):
    random = generator(seed)
    return tuple(waves(d, D - d, amplitude, generator=random) for _ in range(2))


def test_values_by_hand():
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    s = lambda a: torch.cat([a, 2 * a], -1) * math.log(2)  # noqa: E731
    t = lambda a: torch.cat([10 * a, -a], -1)  # noqa: E731
    y, log_det = coupling(x, s, t, 1)
    torch.testing.assert_close(y, torch.tensor([[1.0, 14.0, 11.0]]).double())
    assert log_det.item() == pytest.approx(3 * math.log(2))
    torch.testing.assert_close(coupling_inverse(y, s, t, 1), x)


@each_shape
def test_the_inverse_undoes_any_s_and_t(D, d):
    x = points(50, D)
    random = generator(3)
    nets = [mlp([d, 16, D - d], generator=random, dtype=torch.float64) for _ in range(2)]
    for s, t in (halves(D, d), nets):
        y, log_det = coupling(x, s, t, d)
        assert log_det.shape == (50,) and y.shape == x.shape
        assert torch.equal(y[:, :d], x[:, :d])
        assert not torch.allclose(y[:, d:], x[:, d:])
        torch.testing.assert_close(coupling_inverse(y, s, t, d), x, rtol=1e-9, atol=1e-9)


@each_shape
def test_the_determinant_is_that_of_autograd_and_of_the_blocks(D, d):
    s, t = halves(D, d)
    for x in points(5, D, seed=7):
        y, log_det = coupling(x, s, t, d)
        J = torch.func.jacrev(lambda x: coupling(x, s, t, d)[0])(x)
        sign, size = torch.linalg.slogdet(J)
        assert sign == 1
        assert size.item() == pytest.approx(log_det.item(), abs=1e-9)
        assert torch.equal(J[:d, d:], torch.zeros(d, D - d).double())
        torch.testing.assert_close(jacobian(x, s, t, d), J)
        torch.testing.assert_close(jacobian_blocks(x, s, t, d), J)
        # the inverse has the inverse matrix
        back = torch.func.jacrev(lambda y: coupling_inverse(y, s, t, d))(y)
        torch.testing.assert_close(back @ J, torch.eye(D).double())


@each_shape
def test_t_has_no_part_in_the_determinant(D, d):
    s, t = halves(D, d)
    other, _ = halves(D, d, 7.0, seed=9)
    x = points(20, D)
    assert torch.equal(coupling(x, s, t, d)[1], coupling(x, s, other, d)[1])
    assert not torch.allclose(coupling(x, s, t, d)[0], coupling(x, s, other, d)[0])


def test_the_product_runs_over_the_components_of_s():
    """E-69: det = exp(s₁ + s₂) for D = 4, d = 2."""
    s, t = halves(4, 2)
    x = points(4)
    s1, s2 = s(x[:2]).tolist()
    assert torch.det(jacobian(x, s, t, 2)).item() == pytest.approx(math.exp(s1) * math.exp(s2))


@each_shape
def test_an_additive_layer_keeps_volumes_exactly(D, d):
    _, t = halves(D, d, 5.0)
    x = points(30, D)
    y, log_det = additive(x, t, d)
    assert torch.equal(log_det, torch.zeros(30).double())
    assert torch.equal(y[:, d:], x[:, d:] + t(x[:, :d]))
    torch.testing.assert_close(additive_inverse(y, t, d), x, rtol=1e-12, atol=1e-12)
    assert torch.det(jacobian(x[0], lambda a: 0 * t(a), t, d)).item() == pytest.approx(1, abs=1e-9)


def test_the_identity_and_leading_dimensions():
    zero = lambda a: torch.zeros(*a.shape[:-1], 2, dtype=a.dtype)  # noqa: E731
    x = points(2, 5, 3)
    y, log_det = coupling(x, zero, zero, 1)
    assert torch.equal(x, y) and log_det.shape == (2, 5)
    s, t = halves(3, 1)
    torch.testing.assert_close(coupling(x, s, t, 1)[0][1, 4], coupling(x[1, 4], s, t, 1)[0])
    whole, _ = coupling(torch.tensor([1, 2, 3]), zero, zero, 1)
    assert whole.tolist() == [1, 2, 3]


# --- areas ---------------------------------------------------------------------------------------


def test_the_area_of_a_cell_under_a_linear_map_is_its_determinant():
    A = torch.tensor([[1.0, 2.0], [0.5, -3.0]], dtype=torch.float64)
    centre = torch.tensor([0.3, -1.0], dtype=torch.float64)
    assert area_ratio(lambda x: x @ A.T, centre, 0.5, 1) == pytest.approx(-4.0)
    turn = lambda x: x.flip(1)  # noqa: E731
    assert area_ratio(turn, centre, 0.5) == pytest.approx(-1.0)


def test_the_area_of_a_small_cell_approaches_the_determinant_quadratically():
    s, t = halves(2, 1)
    centre = torch.tensor([0.4, 0.9], dtype=torch.float64)
    det = math.exp(float(coupling(centre, s, t, 1)[1]))
    sides = [0.4, 0.2, 0.1, 0.05]
    off = [
        abs(area_ratio(lambda x: coupling(x, s, t, 1)[0], centre, side, 2000) - det)
        for side in sides
    ]
    assert off[0] > 1e-4
    for large, small in pairwise(off):
        assert math.log2(large / small) == pytest.approx(2, abs=0.1)


def test_the_area_is_the_mean_determinant_over_the_cell():
    s, t = halves(2, 1)
    at = (torch.arange(200, dtype=torch.float64) + 0.5) / 200 - 0.5
    cell = torch.cartesian_prod(at + 0.4, at + 0.9)
    mean = coupling(cell, s, t, 1)[1].exp().mean().item()
    found = area_ratio(lambda x: coupling(x, s, t, 1)[0], torch.tensor([0.4, 0.9]), 1.0, 4000)
    assert found == pytest.approx(mean, rel=1e-5)


def test_waves_stay_within_their_amplitude_and_are_drawn():
    s = waves(2, 3, 0.7, generator=generator(5))
    values = s(3 * points(5000, 2))
    assert values.shape == (5000, 3) and 0.3 < values.abs().max() <= 0.7
    assert values.std(0).min() > 0.1
    again = waves(2, 3, 0.7, generator=generator(5))(points(3, 2))
    assert torch.equal(again, s(points(3, 2)))
    assert not torch.equal(again, waves(2, 3, 0.7, generator=generator(6))(points(3, 2)))
    assert waves(1, 1, 0, generator=generator(0))(points(4, 1)).abs().max() == 0


# --- refusals ------------------------------------------------------------------------------------

ONE = lambda a: a[..., :1]  # noqa: E731


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: coupling(points(5, 3), ONE, ONE, 0), r"d a whole number in \[1, 2\], got 0"),
        (lambda: coupling(points(5, 3), ONE, ONE, 3), r"d a whole number in \[1, 2\], got 3"),
        (lambda: coupling(points(5, 3), ONE, ONE, 1.5), "expected d a whole number"),
        (lambda: coupling_inverse(points(5, 3), ONE, ONE, 3), "expected d a whole number"),
        (lambda: coupling(points(5, 1), ONE, ONE, 1), "D at least 2"),
        (lambda: coupling(points(5, 3), ONE, ONE, 1), r"expected s to give shape \(5, 2\)"),
        (lambda: coupling(points(5, 2), ONE, lambda a: a / 0, 1), "expected t to be finite"),
        (lambda: coupling(points(5, 2), lambda a: 0 * a + 800, ONE, 1), "got a size of 800"),
        (lambda: coupling(1e300 * points(5, 2), lambda a: 0 * a + 100, ONE, 1), "to be finite"),
        (lambda: coupling_inverse(points(5, 2), lambda a: 0 * a - 900, ONE, 1), "overflows"),
        (lambda: coupling(points(5, 2).float(), lambda a: 0 * a + 90, ONE, 1), "overflows"),
        (lambda: jacobian(points(5, 2), ONE, ONE, 1), "expected one point"),
        (lambda: area_ratio(lambda x: x, points(2), 0.0), "expected side"),
        (lambda: area_ratio(lambda x: x, points(2), 1.0, 0), "expected points"),
        (lambda: waves(0, 1, 1.0, generator=generator(0)), "expected inputs"),
        (lambda: waves(1, 1, -1.0, generator=generator(0)), "expected amplitude"),
    ],
)  # fmt: skip
def test_refuses_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.peer
@each_shape
def test_the_layer_of_zuko(D, d):
    transforms = pytest.importorskip("zuko.transforms")
    s, t = halves(D, d)

    class Exact(transforms.MonotonicAffineTransform):
        def __init__(self, shift, scale):
            super().__init__(shift, scale)
            self.log_scale, self.scale = scale, scale.exp()

    def meta(kept):
        return transforms.DependentTransform(Exact(t(kept), s(kept)), 1)

    peer = transforms.CouplingTransform(meta, torch.arange(D) < d)
    x = points(40, D)
    theirs, theirs_log_det = peer.call_and_ladj(x)
    y, log_det = coupling(x, s, t, d)
    torch.testing.assert_close(y, theirs)
    torch.testing.assert_close(log_det, theirs_log_det)
    torch.testing.assert_close(coupling_inverse(y, s, t, d), peer.inv(y))
