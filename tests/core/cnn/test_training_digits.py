from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from core.cnn import training
from core.cnn.training import GREY, SHAPES, Digits, Net


@pytest.fixture(scope="module")
def data():
    return training.digits()


def as_modules(net: Net) -> nn.Sequential:
    """The same network built from torch's own layers."""
    modules = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32, 10),
    ).double()
    with torch.no_grad():
        for mine, theirs in zip(net, modules.parameters(), strict=True):
            theirs.copy_(mine)
    return modules


def test_the_split_is_every_fifth_digit_and_nothing_is_in_both(data):
    learn, held_out = data
    assert (len(learn.labels), len(held_out.labels)) == (1437, 360)
    everything = torch.cat([learn.images, held_out.images]).flatten(1)
    assert float(everything.min()) == 0
    assert float(everything.max()) == GREY
    assert bool((everything == everything.round()).all())
    seen = {tuple(image.tolist()) for image in learn.images.flatten(1)}
    assert not seen & {tuple(image.tolist()) for image in held_out.images.flatten(1)}
    assert set(held_out.labels.tolist()) == set(range(10))


def test_the_stored_weights_reach_the_stated_accuracy(data):
    net, (learn, held_out) = training.load(), data
    right = (training.logits(net, held_out.images).argmax(1) == held_out.labels).sum()
    assert int(right) == 353
    assert training.accuracy(net, held_out) == pytest.approx(353 / 360)
    assert training.accuracy(net, learn) > 0.99
    text = (training.WEIGHTS.parent / "README.md").read_text()
    assert "353 of 360 digits (98.1 %)" in text
    assert "666 numbers" in text


def test_the_logits_are_those_of_torchs_modules(data):
    net, images = training.load(), data[1].images[:50]
    with torch.no_grad():
        expected = as_modules(net)(images[:, None])
    torch.testing.assert_close(training.logits(net, images), expected, rtol=1e-9, atol=1e-9)


def test_a_turned_kernel_is_another_network(data):
    net = training.load()
    turned = net._replace(conv1=net.conv1.flip(-2, -1), conv2=net.conv2.flip(-2, -1))
    assert training.accuracy(turned, data[1]) < 0.2


def test_the_file_is_small_plain_and_in_hundredths():
    assert training.WEIGHTS.stat().st_size < 50_000
    with np.load(training.WEIGHTS, allow_pickle=False) as file:
        assert {name: file[name].shape for name in file} == SHAPES._asdict()
        assert sum(file[name].size for name in file) == 666
    for part in training.load():
        assert torch.equal((100 * part).round() / 100, part)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    path = tmp_path / "copy.npz"
    training.save(training.load(), path)
    for mine, theirs in zip(training.load(path), training.load(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts.pop("bias2"),
        lambda parts: parts.update(conv1=parts["conv1"][:3]),
        lambda parts: parts.update(linear=parts["linear"].astype("f4")),
    ],
)
def test_a_file_of_another_network_is_refused(tmp_path, spoil):
    with np.load(training.WEIGHTS) as file:
        parts = {name: file[name] for name in file}
    spoil(parts)
    np.savez(tmp_path / "other.npz", **parts)
    with pytest.raises(ValueError, match=r"expected (bias2|conv1|linear) of shape"):
        training.load(tmp_path / "other.npz")


def test_training_for_a_moment_lowers_the_loss_and_learns(data):
    learn, held_out = data
    nets, losses = zip(*training.train(learn, seed=3, epochs=5))
    assert all(later < earlier for earlier, later in pairwise(losses))
    assert losses[0] > 1.0 > 0.5 > losses[-1]
    assert training.accuracy(nets[-1], held_out) > 0.85
    assert training.accuracy(nets[0], held_out) < training.accuracy(nets[-1], held_out)


def test_the_same_seed_trains_the_same_net_and_another_seed_another(data):
    few = Digits(*(part[:128] for part in data[0]))
    (one, _), (same, _), (other, _) = (
        next(training.train(few, seed=seed, epochs=1)) for seed in (0, 0, 1)
    )
    assert all(torch.equal(a, b) for a, b in zip(one, same))
    assert not torch.equal(one.conv1, other.conv1)


def test_making_a_net_readable_keeps_its_function_up_to_rounding(data):
    few, held_out = data
    *_, (net, _) = training.train(few, seed=0, epochs=4)
    readable = training.readable(net, few.images)
    z, rounded = (training.logits(each, held_out.images) for each in (net, readable))
    assert float((z - rounded).abs().mean()) < 0.05 * float(z.abs().mean())
    assert float((z.argmax(1) == rounded.argmax(1)).double().mean()) > 0.95
    first = torch.relu(
        nn.functional.conv2d(few.images[:, None], readable.conv1, readable.bias1, padding=1)
    )
    assert float(first.max()) == pytest.approx(GREY, rel=0.05)


@pytest.mark.parametrize(
    ("bad", "name"),
    [({"epochs": 0}, "epochs"), ({"epochs": 1.5}, "epochs"), ({"seed": -1}, "seed")],
)
def test_a_nonsensical_training_is_refused_by_name(data, bad, name):
    with pytest.raises(ValueError, match=f"expected {name}"):
        next(training.train(data[0], **({"seed": 0, "epochs": 1} | bad)))


@pytest.mark.slow
def test_the_command_makes_the_stored_weights(data):
    *_, (net, _) = training.train(data[0], seed=training.SEED)
    made = training.readable(net, data[0].images)
    assert training.accuracy(made, data[1]) == pytest.approx(353 / 360, abs=0.01)
    for mine, stored in zip(made, training.load(), strict=True):
        assert float((mine - stored).abs().max()) < 0.011
