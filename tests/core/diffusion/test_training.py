"""Training a denoiser: loss and gradient by hand, the best prediction of bells, the least loss."""

import math

import pytest
import torch

from core.diffusion import (
    Mixture,
    convert,
    exact_eps,
    least_loss,
    noise_model,
    predicted,
    q_sample,
    schedule,
    train,
)
from core.diffusion.training import BANDS, Net, embedding
from core.rng import generator

PLAN = schedule("linear", 1000)
BELL = Mixture([1.0], [0.0], 1.0)
TWO = Mixture([0.3, 0.7], [-2.0, 2.0], 0.3)
RING = Mixture([0.25] * 4, [[2.0, 0], [0, 2], [-2, 0], [0, -2]], 0.2)


def last(*given, **more):
    *_, end = train(*given, **more)
    return end


def draws(data, n, width, dim, seed=0, dtype=torch.float64):
    """Weights and first batch of a run, drawn as the docstring says: the weights first."""
    random = generator(seed)
    d = max(1, dim)
    shapes = [(width, d), (width, 16), (width,), (width, width), (width,), (width, width), (width,)]
    for shape in (*shapes, (d, width), (d,)):
        torch.randn(shape, generator=random, dtype=dtype)
    x0 = data.sample(n, random).to(dtype)
    t = torch.randint(1, 1001, (n,), generator=random)
    return x0, t, torch.randn(x0.shape, generator=random, dtype=dtype)


def written_out(theta, x, t, width, d):
    """C silu(W₂ silu(W₁ silu(A x + B γ + b) + b₁) + b₂) + c, entry by entry from the vector."""
    at = 0

    def take(*shape):
        nonlocal at
        part = theta[at : at + math.prod(shape)].view(shape)
        at += math.prod(shape)
        return part

    A, B, b = take(width, d), take(width, 16), take(width)
    layers = [(take(width, width), take(width)) for _ in range(2)]
    C, c = take(d, width), take(d)
    assert at == len(theta)
    rates = torch.tensor([100 ** (i / 7) for i in range(8)], dtype=theta.dtype)
    angle = t[:, None] / 1000 * rates
    h = x @ A.T + torch.cat([angle.sin(), angle.cos()], 1) @ B.T + b
    for W, shift in layers:
        h = (h * torch.sigmoid(h)) @ W.T + shift
    return (h * torch.sigmoid(h)) @ C.T + c


@pytest.mark.parametrize("predict", ["eps", "x0", "v"])
@pytest.mark.parametrize("data", [TWO, RING], ids=["line", "plane"])
def test_first_steps_are_adam_on_the_loss_written_out(data, predict):
    d = 2 if data.vectors else 1
    start, first, *_ = train(data, 2, seed=3, width=5, batch=20, every=1, lr=0.01,
                             predict=predict, dtype=torch.float64)  # fmt: skip
    x0, t, eps = draws(data, 20, 5, start.net.dim, seed=3)
    level = PLAN.alpha_bar[t].view(-1, *[1] * (x0.ndim - 1))
    x = level.sqrt() * x0 + (1 - level).sqrt() * eps
    target = {"eps": eps, "x0": x0, "v": level.sqrt() * eps - (1 - level).sqrt() * x0}[predict]
    theta = start.net.weights.clone().requires_grad_()
    off = written_out(theta, x.view(-1, d), t, 5, d) - target.view(-1, d)
    losses = off.square().sum(1)
    losses.mean().backward()
    assert first.loss == pytest.approx(losses.mean().item(), rel=1e-12)
    for k in range(BANDS):
        mine = losses[(t > 100 * k) & (t <= 100 * (k + 1))]
        mean = mine.mean().item()  # NaN where there is none
        assert first.bands[k].item() == pytest.approx(mean, rel=1e-12, nan_ok=True)
    # Adam's first step is lr g / (|g| + eps)
    moved = start.net.weights - 0.01 * theta.grad / (theta.grad.abs() + 1e-8)
    torch.testing.assert_close(first.net.weights, moved, rtol=1e-10, atol=1e-12)


def test_the_prediction_of_one_bell_becomes_a_straight_line():
    end = last(BELL, 800, width=32, lr=5e-3)
    model = noise_model(end.net, PLAN)
    x = torch.linspace(-2, 2, 41, dtype=torch.float64)
    for t in (50, 300, 700):
        best = (1 - PLAN.alpha_bar[t]).sqrt() * x
        torch.testing.assert_close(exact_eps(BELL, x, t, PLAN.alpha_bar), best)
        assert (model(x, t) - best).abs().max() < 0.12


def test_the_three_predictions_of_a_net_agree_by_hand():
    end = last(TWO, 20, width=8, predict="v")
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)
    for t in (1, 400, 1000):
        level = PLAN.alpha_bar[t]
        v = predicted(end.net, x, t, 1000)
        eps = noise_model(end.net, PLAN)(x, t)
        x0 = (x - (1 - level).sqrt() * eps) / level.sqrt()
        torch.testing.assert_close(
            level.sqrt() * eps - (1 - level).sqrt() * x0, v, atol=1e-6, rtol=0
        )
        data = Net(end.net.weights, 0, "x0")
        torch.testing.assert_close(
            noise_model(data, PLAN)(x, t), (x - level.sqrt() * v) / (1 - level).sqrt()
        )


def test_steps_as_a_tensor_are_the_steps_one_by_one():
    end = last(RING, 3, width=6)
    x, t = torch.randn(5, 2, generator=generator(0)).double(), torch.tensor([1, 7, 7, 500, 1000])
    each = torch.stack([noise_model(end.net, PLAN)(x[i : i + 1], int(t[i]))[0] for i in range(5)])
    torch.testing.assert_close(noise_model(end.net, PLAN)(x, t), each)
    assert end.net.width == 6 and end.net.dim == 2


@pytest.mark.parametrize("width", [1, 2, 3, 17, 128, 1000])
@pytest.mark.parametrize("dim", [0, 1, 2, 5])
def test_the_width_is_read_off_the_number_of_weights(width, dim):
    d = max(1, dim)
    count = width * (d + 16 + 1) + 2 * (width * width + width) + d * width + d
    assert Net(torch.zeros(count), dim).width == width


# --- the least loss ------------------------------------------------------------------------------


def test_the_least_loss_of_one_bell_is_what_is_left_of_the_data():
    t = torch.tensor([1, 301, 500, 1000])
    level = PLAN.alpha_bar[t]
    torch.testing.assert_close(least_loss(BELL, t, PLAN.alpha_bar), level)
    torch.testing.assert_close(least_loss(BELL, t, PLAN.alpha_bar, "x0"), 1 - level)
    torch.testing.assert_close(least_loss(BELL, t, PLAN.alpha_bar, "v"), torch.ones(4).double())
    plane = Mixture([1.0], [[0.0, 0.0]], 1.0)
    torch.testing.assert_close(least_loss(plane, t, PLAN.alpha_bar), 2 * level)
    assert least_loss(BELL, 301, PLAN.alpha_bar).item() == pytest.approx(0.3940, abs=1e-4)


@pytest.mark.parametrize("law", [TWO, RING], ids=["line", "plane"])
def test_the_least_loss_is_the_loss_of_the_best_prediction(law):
    for t in (20, 200, 600):
        random = generator(t)
        x0 = law.sample(200_000, random)
        eps = torch.randn(x0.shape, generator=random, dtype=torch.float64)
        x = q_sample(x0, t, eps, PLAN.alpha_bar)
        best = exact_eps(law, x, t, PLAN.alpha_bar)
        for predict in ("eps", "x0", "v"):
            off = (convert(eps, x, t, PLAN.alpha_bar, "eps", predict)
                   - convert(best, x, t, PLAN.alpha_bar, "eps", predict)).square()  # fmt: skip
            off = off if off.ndim == 1 else off.sum(1)
            floor = least_loss(law, t, PLAN.alpha_bar, predict, draws=100_000)
            # the mean over 100 000 points xₜ has a chance of its own
            assert floor == pytest.approx(
                off.mean().item(), rel=0.02, abs=5 * off.std().item() / 450
            )


def test_the_mean_least_loss_of_two_bumps():
    t = torch.arange(3, 1000, 5)
    assert least_loss(TWO, t, PLAN.alpha_bar).mean().item() == pytest.approx(0.2298, abs=2e-3)


def test_no_net_gets_below_the_least_loss_and_training_comes_near():
    end = last(TWO, 800, width=48, lr=4e-3)
    random = generator(99)
    t = torch.arange(1, 1001).repeat(40)
    x0, eps = TWO.sample(len(t), random), torch.randn(len(t), generator=random).double()
    x = q_sample(x0, t, eps, PLAN.alpha_bar)
    ours = (noise_model(end.net, PLAN)(x, t) - eps).square()
    best = (exact_eps(TWO, x, t, PLAN.alpha_bar) - eps).square()
    floor = least_loss(TWO, torch.arange(3, 1000, 5), PLAN.alpha_bar).mean().item()
    assert ours.mean() > floor - 4 * ours.std() / 200
    gap = ours - best
    assert -4 * gap.std() / 200 < gap.mean() < 0.02
    assert gap.mean() > 0


# --- the run -------------------------------------------------------------------------------------


def test_a_seed_is_a_run_and_snapshots_are_copies():
    runs = [list(train(TWO, 30, seed, width=8, every=10)) for seed in (1, 1, 2)]
    assert [s.step for s in runs[0]] == [0, 10, 20, 30]
    for a, b, c in zip(*runs):
        assert torch.equal(a.net.weights, b.net.weights)
        assert not torch.equal(a.net.weights, c.net.weights)
    assert not torch.equal(runs[0][1].net.weights, runs[0][2].net.weights)
    assert math.isnan(runs[0][0].loss) and runs[0][3].loss < runs[0][1].loss


def test_every_kind_of_data_is_taken():
    points = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for data, dim in (("moons", 2), (points, 2), (points[:, 0], 0), (RING, 2), (TWO, 0),
                      (lambda n, random: torch.randn(n, 3, generator=random), 3)):  # fmt: skip
        end = last(data, 2, width=4, batch=8)
        assert end.net.dim == dim and math.isfinite(end.loss)


def test_one_point_is_learned_by_heart():
    """With x₀ = 1.5 always, the net that predicts x₀ can reach loss 0."""
    assert last(torch.full((10,), 1.5), 300, width=16, lr=0.01, predict="x0").loss < 1e-2


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"steps": 0}, "steps"), ({"steps": 2.5}, "steps"), ({"width": 0}, "width"),
        ({"lr": 0.0}, "lr"), ({"lr": math.nan}, "lr"), ({"predict": "noise"}, "predict"),
        ({"every": 0}, "every"), ({"batch": -1}, "batch"), ({"T": 0}, "T"),
        ({"kind": "x"}, "kind"), ({"seed": -1}, "seed"),
        ({"data": "nothing"}, "data"), ({"data": torch.zeros(0, 2)}, "data"),
        ({"data": torch.tensor([1.0, math.inf])}, "data"), ({"dtype": torch.float16}, "dtype"),
    ],
)  # fmt: skip
def test_refuses_by_name_at_the_call(given, named):
    with pytest.raises(ValueError, match=f"expected {named}"):
        train(**{"data": TWO} | given)


def test_refuses_points_of_another_dimension():
    model = noise_model(last(RING, 1, width=4).net, PLAN)
    with pytest.raises(ValueError, match=r"points of shape \(..., 2\)"):
        model(torch.zeros(5, 3), 1)


def test_the_embedding_turns_from_1_to_100_radians():
    gamma = embedding(torch.tensor([0, 500, 1000]), 1000, 16)
    assert gamma.shape == (3, 16)
    torch.testing.assert_close(gamma[0], torch.tensor([0.0] * 8 + [1.0] * 8).double())
    assert gamma[2, 0] == pytest.approx(math.sin(1)) and gamma[2, 15] == pytest.approx(
        math.cos(100)
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device: training on it")
def test_cuda_trains_to_the_loss_of_the_cpu():
    here, there = (last(RING, 200, width=64, every=100, device=d) for d in ("cpu", "cuda"))
    assert there.loss == pytest.approx(here.loss, rel=1e-2)
    assert there.net.weights.device.type == "cpu"
