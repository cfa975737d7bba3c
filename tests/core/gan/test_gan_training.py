"""Training by hand-written gradients against a plain PyTorch loop."""

import math

import pytest
import torch
from torch import nn

from core.gan import (
    DATA,
    LOSSES,
    between,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
    imitate,
    judge,
    r1_penalty,
    sample,
    train,
)


def network(theta: torch.Tensor, inputs: int, outputs: int) -> nn.Sequential:
    layers = [nn.Linear(inputs, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2)]
    net = nn.Sequential(*layers, nn.Linear(64, outputs)).double()
    nn.utils.vector_to_parameters(theta.clone(), net.parameters())
    return net


def slopes(D: nn.Module, x: torch.Tensor) -> torch.Tensor:
    x = x.detach().requires_grad_()
    return torch.autograd.grad(D(x).sum(), x, create_graph=True)[0]


def plainly(start, data, loss, steps, seed, *, d_steps, z_dim, r1, batch, alone="both", after=0):
    """The same training with autograd and torch.optim.Adam, from the weights of a snapshot."""
    G, D = network(start.generator, z_dim, 2), network(start.discriminator, 2, 1)
    both = [torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.9)) for net in (G, D)]
    g = torch.Generator().manual_seed(seed)
    # what the weights and the shown noise take from the generator first
    for sizes in ((z_dim, 64, 64, 2), (2, 64, 64, 1)):
        for a, b in zip(sizes, sizes[1:]):  # noqa: RUF007
            torch.empty(b, a, dtype=torch.float64).uniform_(-1, 1, generator=g)
    draw = {"generator": g, "dtype": torch.float64}
    shown = torch.randn(512, z_dim, **draw)
    for step in range(steps):
        moving = ("G", "D") if step < after or alone == "both" else alone
        for _ in range(d_steps if "D" in moving else 0):
            if isinstance(data, str):
                real = sample(data, batch, generator=g)
            else:
                real = data[torch.randint(len(data), (batch,), generator=g)]
            fake = G(torch.randn(batch, z_dim, **draw)).detach()
            cost = discriminator_loss(D(real), D(fake), loss)
            if loss == "wasserstein":
                share = torch.rand(batch, 1, **draw)
                cost = cost + 10 * gradient_penalty(slopes(D, between(real, fake, share)))
            if r1:
                cost = cost + r1 * r1_penalty(slopes(D, real))
            both[1].zero_grad()
            cost.backward()
            both[1].step()
        if "G" not in moving:
            continue
        cost = generator_loss(D(G(torch.randn(batch, z_dim, **draw))), loss)
        both[0].zero_grad()
        cost.backward()
        both[0].step()
    flat = nn.utils.parameters_to_vector
    return flat(G.parameters()).detach(), flat(D.parameters()).detach(), G(shown).detach()


OWN = torch.tensor([[0.0, 1.0], [2.0, -1.0], [0.5, 0.5]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("loss", "data", "d_steps", "z_dim", "r1"),
    [
        *((loss, "ring", 1, 2, 0.0) for loss in LOSSES),
        ("wasserstein", "spiral", 3, 4, 0.5),
        ("saturating", OWN, 2, 1, 1.0),
    ],
)
def test_fifty_steps_are_those_of_a_plain_loop(loss, data, d_steps, z_dim, r1):
    kwargs = {"d_steps": d_steps, "z_dim": z_dim, "r1": r1, "batch": 64}
    start, end = train(data, loss, 50, 7, every=50, dtype=torch.float64, **kwargs)
    theta_g, theta_d, fakes = plainly(start, data, loss, 50, 7, **kwargs)
    for mine, theirs in (
        (end.generator, theta_g),
        (end.discriminator, theta_d),
        (end.fakes, fakes),
    ):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-10)
    assert (end.generator - start.generator).abs().max() > 1e-2
    assert (end.discriminator - start.discriminator).abs().max() > 1e-2


@pytest.mark.parametrize("alone", ["D", "G"])
def test_one_player_goes_on_alone_as_in_a_plain_loop(alone):
    setting = {"d_steps": 2, "z_dim": 2, "r1": 0.0, "batch": 32}
    snapshots = list(
        train("ring", "non_saturating", 40, 5, every=20, dtype=torch.float64, alone=alone,
              alone_from=20, **setting)
    )  # fmt: skip
    start, middle, end = snapshots
    theta_g, theta_d, fakes = plainly(
        start, "ring", "non_saturating", 40, 5, alone=alone, after=20, **setting
    )
    torch.testing.assert_close(end.generator, theta_g, rtol=0, atol=1e-10)
    torch.testing.assert_close(end.discriminator, theta_d, rtol=0, atol=1e-10)
    torch.testing.assert_close(end.fakes, fakes, rtol=0, atol=1e-10)
    stands, moves = ("generator", "discriminator")[:: 1 if alone == "D" else -1]
    assert torch.equal(getattr(middle, stands), getattr(end, stands))
    assert not torch.equal(getattr(middle, moves), getattr(end, moves))
    both = list(train("ring", steps=20, seed=5, every=20, dtype=torch.float64, **setting))[-1]
    assert torch.equal(both.generator, middle.generator)  # nothing is different before


def test_snapshots():
    run = list(train("grid", steps=25, every=10, seed=3, batch=16, z_dim=3))
    assert [each.step for each in run] == [0, 10, 20, 25]
    assert math.isnan(run[0].d_loss) and all(math.isfinite(each.g_loss) for each in run[1:])
    for each in run:
        assert each.fakes.shape == (512, 2) and each.fakes.dtype == torch.float64
    assert not torch.equal(run[1].fakes, run[2].fakes)
    again = list(train("grid", steps=25, every=10, seed=3, batch=16, z_dim=3))
    assert all(torch.equal(a.fakes, b.fakes) for a, b in zip(run, again))
    other = next(train("grid", steps=25, every=10, seed=4, batch=16, z_dim=3))
    assert not torch.equal(run[0].fakes, other.fakes)


def test_the_weights_of_a_snapshot_can_be_used():
    last = list(train("moons", steps=5, seed=1, batch=8))[-1]
    x = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))
    D = network(last.discriminator.double(), 2, 1)
    G = network(last.generator.double(), 2, 2)
    torch.testing.assert_close(judge(last.discriminator, x), D(x.double())[:, 0].float())
    torch.testing.assert_close(imitate(last.generator, x), G(x.double()).float())
    with pytest.raises(ValueError, match=r"expected points \(n, d\) and weights"):
        judge(last.generator, x)


@pytest.mark.parametrize("name", DATA)
def test_the_global_random_state_is_left_alone(name):
    before = torch.random.get_rng_state()
    list(train(name, "wasserstein", 2, 0, batch=4))
    assert torch.equal(before, torch.random.get_rng_state())


def test_one_own_point_is_found():
    *_, last = train(torch.tensor([[1.5, -0.5]]), "least_squares", 300, 0, every=300, r1=0.1)
    assert (last.fakes.mean(0) - torch.tensor([1.5, -0.5])).norm() < 0.5


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"data": "circle"}, "expected data to be one of ring"),
        ({"data": torch.ones(3)}, r"expected data of shape \(n, 2\), got \(3,\)"),
        ({"data": torch.ones(0, 2)}, r"expected data of shape \(n, 2\), got \(0, 2\)"),
        ({"data": torch.full((2, 2), math.nan)}, "expected data to be finite"),
        ({"loss": "hinge"}, "expected loss"),
        ({"steps": 0}, r"expected steps a whole number in \[1, 100000\], got 0"),
        ({"seed": -1}, "expected seed"),
        ({"every": 0}, "expected every"),
        ({"d_steps": 1.5}, "expected d_steps"),
        ({"batch": 0}, "expected batch"),
        ({"z_dim": 65}, "expected z_dim"),
        ({"lr_g": 0.0}, r"expected lr_g in \(0, 1\], got 0"),
        ({"lr_d": math.nan}, "expected lr_d"),
        ({"betas": (0.5, 1.0)}, r"expected betas in \[0, 1\), got 1"),
        ({"betas": (0.5,)}, "expected betas to be two"),
        ({"r1": -1}, "expected r1"),
        ({"alone": "E"}, "expected alone to be one of both, D, G, got 'E'"),
        ({"alone_from": -1}, "expected alone_from"),
        ({"penalty": math.inf}, "expected penalty"),
        ({"dtype": torch.float16}, "expected dtype to be torch.float32"),
    ],
)
def test_refusals_come_at_the_call(kwargs, words):
    with pytest.raises(ValueError, match=words):
        train(**{"data": "ring"} | kwargs)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device: training on it")
def test_cuda_walks_beside_the_cpu():
    """The first steps agree to rounding; later ones of a game drift apart."""
    (_, here), (_, there) = (list(train("ring", steps=20, device=d)) for d in ("cpu", "cuda"))
    torch.testing.assert_close(there.generator, here.generator, atol=1e-3, rtol=0)
    torch.testing.assert_close(there.fakes, here.fakes, atol=1e-2, rtol=0)
