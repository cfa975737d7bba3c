"""Digits out of two numbers: the file, the training on both devices, what a picture is worth."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from core.gan.digits import KINDS, SHAPES, WEIGHTS, learned, load, nearest, read, save, train, usual
from core.shapley.digits import digits, held_out, labels

SMALL = {"width": 16, "batch": 8, "device": torch.device("cpu")}


def last(steps, **values):
    *_, (step, forger) = train(steps, **SMALL | values)
    assert step == steps
    return forger


def test_the_same_seed_gives_the_same_forger_and_another_another():
    one, again, other = last(6), last(6), last(6, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(one, again))
    assert not torch.equal(one.W1, other.W1)
    assert not torch.equal(one.W1, last(6, r1=0.0).W1)


def test_a_run_is_watched_on_its_way():
    run = list(train(7, every=3, **SMALL))
    assert [step for step, _ in run] == [3, 6, 7]
    assert not torch.equal(run[0][1].W3, run[1][1].W3)


def test_two_steps_are_those_of_the_text_book():
    """By hand: losses, penalty and the running mean, with the draws in the same order."""
    draws = torch.Generator().manual_seed(0)
    widths, bounds = (2, 16, 16, 64), (3.0, 6.0)

    def net(sizes):
        layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]  # noqa: RUF007
        for layer in layers:
            gain = bounds[layer is not layers[-1]]
            side = math.sqrt(gain / layer.in_features)
            nn.init.uniform_(layer.weight, -side, side, generator=draws)
            nn.init.zeros_(layer.bias)
        return nn.Sequential(layers[0], nn.SiLU(), layers[1], nn.SiLU(), layers[2])

    G, D = net(widths), net((64, 16, 16, 1))
    adams = [torch.optim.Adam(n.parameters(), lr=1e-3, betas=(0.5, 0.99)) for n in (G, D)]
    mean = nn.utils.parameters_to_vector(G.parameters()).detach()
    data = (learned() / 16).float()
    for step in range(2):
        for adam in adams:
            adam.param_groups[0]["lr"] = 1e-3 * (1 - step / 2)
        x = data[torch.randint(len(data), (8,), generator=draws)].requires_grad_()
        fake = G(torch.randn(8, 2, generator=draws)).sigmoid().detach()
        p, q = D(x).sigmoid(), D(fake).sigmoid()
        (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
        cost = -p.log().mean() - (1 - q).log().mean() + 0.4 / 2 * slope.pow(2).sum(1).mean()
        adams[1].zero_grad()
        cost.backward()
        adams[1].step()
        cost = -D(G(torch.randn(8, 2, generator=draws)).sigmoid()).sigmoid().log().mean()
        adams[0].zero_grad()
        cost.backward()
        adams[0].step()
        mean = 0.999 * mean + 0.001 * nn.utils.parameters_to_vector(G.parameters()).detach()
    mine = torch.cat([part.flatten() for part in last(2, r1=0.4)])
    torch.testing.assert_close(mine, mean.double(), rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
def test_a_gpu_plays_the_same_game():
    here, there = last(20), last(20, device=torch.device("cuda"))
    for a, b in zip(here, there):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def test_a_larger_forger_is_the_same_code():
    forger = last(2, width=24, z_dim=5)
    assert forger.pictures(torch.zeros(3, 5).double()).shape == (3, 64)


def test_the_stored_forgers_can_be_read_and_are_small(tmp_path):
    assert WEIGHTS.stat().st_size < 400_000
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for kind in KINDS:
        forger = load(kind)
        assert {name: tuple(p.shape) for name, p in forger._asdict().items()} == SHAPES
        pictures = forger.pictures(z)
        assert (pictures >= 0).all() and (pictures <= 16).all() and pictures.std(0).max() > 1
        move = (pictures[0] - pictures[1]).norm() / (z[0] - z[1]).norm()
        assert move <= forger.steepest
    copy = tmp_path / "copy.npz"
    save({kind: load(kind) for kind in KINDS}, copy)
    assert all(torch.equal(a, b) for a, b in zip(load("free", copy), load("free")))
    np.savez(copy, **{"free W1": np.zeros((3, 2), "f2")})
    load.cache_clear()
    with pytest.raises(ValueError, match=r"expected free W1 of shape \(128, 2\) as float16"):
        load("free", copy)


def test_the_nearest_digit_is_found_by_looking_at_all():
    pictures = digits()[held_out()][:5]
    which, distance = nearest(pictures)
    for picture, number, gap in zip(pictures, which, distance):
        gaps = [float(((picture - real) / 16).square().sum().sqrt()) for real in learned()]
        assert int(number) == int(np.argmin(gaps)) and float(gap) == pytest.approx(min(gaps))
    assert nearest(learned()[7:8])[1].item() == 0
    every = nearest(digits()[held_out()])[1]
    assert usual() == pytest.approx(float(every.quantile(0.5, interpolation="lower")))


def test_real_digits_are_read_as_what_they_show():
    shown = torch.tensor(labels())[held_out()]
    assert float((read(digits()[held_out()]) == shown).double().mean()) > 0.95


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": 0}, "expected steps"),
        ({"width": 0}, "expected width"),
        ({"batch": 2.5}, "expected batch"),
        ({"every": 0}, "expected every"),
        ({"z_dim": 0}, "expected z_dim"),
        ({"r1": -1.0}, r"expected r1 in \[0, 1000\], got -1"),
    ],
)
def test_what_is_out_of_range_is_refused_at_the_call(values, words):
    with pytest.raises(ValueError, match=words):
        train(**values)
