"""The network that draws digits: its formula, guidance by hand, its file, a short training."""

import numpy as np
import pytest
import torch

from core.diffusion import convert, digits, q_sample
from core.rng import generator
from core.shapley import digits as readers


@pytest.fixture(scope="module")
def net():
    return digits.load()


def by_hand(net, x, t, label):
    """v of one picture, layer by layer in numpy."""
    part = {name: value.double().numpy() for name, value in net._asdict().items()}
    rates = 100.0 ** (np.arange(16) / 15)
    gamma = np.concatenate([np.sin(t / 1000 * rates), np.cos(t / 1000 * rates)])
    h = part["enter"] @ x + part["time"] @ gamma + part["label"][label]
    for weights, shift in zip(part["inner"], part["shift"]):
        h = h + weights @ (h / (1 + np.exp(-h))) + shift
    return part["leave"] @ (h / (1 + np.exp(-h))) + part["rest"]


def test_the_network_is_the_formula_it_says(net):
    x = torch.randn(3, 64, generator=generator(0), dtype=torch.float64)
    t, label = torch.tensor([1, 400, 1000]), torch.tensor([3, 10, 9])
    v = digits.velocity(net, x, t, label)
    for i in range(3):
        wanted = by_hand(net, x[i].numpy(), int(t[i]), int(label[i]))
        assert np.abs(v[i].numpy() - wanted).max() < 1e-4


@pytest.mark.parametrize("w", [0.0, 1.0, 2.5])
def test_guidance_goes_from_no_class_to_the_class_and_beyond(net, w):
    x = torch.randn(4, 64, generator=generator(1), dtype=torch.float64)
    label = torch.tensor([0, 3, 3, 8])
    for t in (5, 500, 1000):
        level = digits.plan().alpha_bar
        none, ours = (
            convert(digits.velocity(net, x, t, of).double(), x, t, level, "v", "eps")
            for of in (torch.full_like(label, 10), label)
        )
        eps = digits.guided(net, label, w)(x, t)
        torch.testing.assert_close(eps, none + w * (ours - none), atol=1e-5, rtol=0)


def test_the_velocity_of_unseen_digits_is_predicted_far_better_than_by_nothing(net):
    """v of noisy digits that were held out: the net has less than half the error of 0."""
    images, label = digits.pictures()[~digits.learned()], digits.labels()[~digits.learned()]
    random = generator(5)
    t = torch.randint(1, 1001, (len(images),), generator=random)
    eps = torch.randn(images.shape, generator=random, dtype=torch.float64)
    x = q_sample(images, t, eps, digits.plan().alpha_bar)
    v = convert(eps, x, t, digits.plan().alpha_bar, "eps", "v")
    told, blind = (
        (digits.velocity(net, x, t, of) - v).square().mean().item()
        for of in (label, torch.full_like(label, 10))
    )
    assert told < blind < 0.5 * v.square().mean().item()


def test_what_is_drawn_is_read_as_wanted_and_is_no_copy(net):
    label = torch.arange(10).repeat(5)
    *_, last = digits.draw(net, label, 1.0, 12, seed=3)
    drawn = last.x.clamp(-1, 1)
    assert (digits.read(drawn) == label).double().mean() > 0.9
    index, distance = digits.nearest(drawn)
    assert digits.learned()[index].all()
    assert 0.5 * digits.unseen() < distance.median() < 1.5 * digits.unseen()
    again = (drawn[:, None] - digits.pictures()[digits.learned()]).norm(dim=-1).amin(1)
    torch.testing.assert_close(distance, again)


def test_the_stored_table_of_guidance_is_what_the_network_draws(net):
    table, label = digits.dial(), torch.arange(10).repeat_interleave(digits.DRAWN)
    at = digits.DIAL.index(2.0)
    *_, last = digits.draw(net, label, 2.0, digits.STRIDES)
    drawn = last.x.clamp(-1, 1).view(10, digits.DRAWN, 64)
    for k in range(10):
        share = (digits.read(drawn[k]) == k).double().mean().item()
        different = len(set(digits.nearest(drawn[k])[0].tolist())) / digits.DRAWN
        # float32 on another processor may turn a digit that lies between two
        assert table.share[k, at].item() == pytest.approx(share, abs=0.011)
        assert table.varied[k, at].item() == pytest.approx(different, abs=0.021)


def test_variety_by_chance_is_that_of_drawing_with_replacement():
    n = int((digits.labels()[digits.learned()] == 4).sum())
    draws = torch.randint(n, (2000, digits.DRAWN), generator=generator(0))
    mean = sum(len(row.unique()) for row in draws) / draws.numel()
    assert digits.varied_by_chance(4) == pytest.approx(mean, abs=3e-3)


def test_pictures_are_the_bundled_digits_on_minus_one_to_one():
    grey = (digits.pictures() + 1) * 8
    assert torch.equal(grey, readers.digits())
    assert digits.pictures().min() == -1 and digits.pictures().max() == 1
    assert int(digits.learned().sum()) == 1437 and digits.labels().bincount().min() > 170


def test_a_file_is_stored_and_read_and_refused_when_a_part_is_wrong(net, tmp_path):
    path = tmp_path / "weights.npz"
    digits.save(net, digits.dial(), path)
    for ours, stored in zip(digits.load(path), net):
        assert torch.equal(ours, stored)
    with np.load(digits.WEIGHTS) as file:
        parts = dict(file)
    for name, part in (("label", parts["label"][:10]), ("rest", parts["rest"].astype("f4"))):
        np.savez(tmp_path / f"{name}.npz", **parts | {name: part})
        with pytest.raises(ValueError, match=f"expected {name} of shape"):
            digits.load(tmp_path / f"{name}.npz")
    assert digits.WEIGHTS.stat().st_size < 700_000


def test_a_short_training_repeats_itself_and_learns():
    runs = [list(digits.train(steps=60, width=24, batch=64, every=20, device="cpu")) for _ in "12"]
    for a, b in zip(*runs):
        assert a.step == b.step and a.loss == b.loss
        assert all(torch.equal(p, q) for p, q in zip(a.net, b.net))
    assert [m.step for m in runs[0]] == [20, 40, 60]
    assert runs[0][2].loss < 0.9 * runs[0][0].loss


def test_the_first_loss_is_the_mean_squared_error_of_v():
    """One step: weights, rows, steps, noise and hidden labels drawn in the order of the code."""
    (only,) = digits.train(steps=1, width=8, batch=16, every=1, device="cpu", seed=4)
    random = generator(4)
    draws = [torch.zeros(shape) for shape in ((8, 64), (8, 32), (11, 8), (8, 8), (8, 8))]
    for part in draws:
        part.normal_(0, part.shape[-1] ** -0.5, generator=random)
    torch.zeros(11, 8).normal_(0, 1, generator=random)
    rows = torch.randint(1437, (16,), generator=random)
    t = torch.randint(1, 1001, (16,), generator=random)
    noise = torch.randn(16, 64, generator=random)
    # the last layer starts at 0, so the loss is the mean square of v
    level = digits.plan().alpha_bar[t].float()[:, None]
    x0 = digits.pictures()[digits.learned()][rows].float()
    v = level.sqrt() * noise - (1 - level).sqrt() * x0
    assert only.loss == pytest.approx(v.square().mean().item(), rel=1e-5)


def test_refuses_by_name():
    for name in ("steps", "width", "batch", "every"):
        with pytest.raises(ValueError, match=f"expected {name}"):
            next(digits.train(**{name: 0}))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device: training on it")
def test_cuda_trains_to_the_loss_of_the_cpu():
    given = {"steps": 200, "width": 64, "batch": 128, "every": 100}
    *_, here = digits.train(**given, device="cpu")
    *_, there = digits.train(**given, device="cuda")
    assert there.loss == pytest.approx(here.loss, rel=1e-2)
