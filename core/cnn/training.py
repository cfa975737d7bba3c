r"""The network that reads handwritten digits, and how its 666 numbers came about.

8 × 8 image → 4 maps by 3 × 3 kernels, ReLU, maximum of 2 × 2 → 8 maps by 3 × 3 × 4 kernels, ReLU,
maximum of 2 × 2 → 10 logits from the 32 numbers left. Pixels are the whole grey levels 0 to 16 of
the bundled digits. ReLU and the maximum let a positive factor through, so after training the
layers are rescaled until the largest number of every map on the training digits is 16 too; then
the weights are rounded to two decimals, so that every product can be checked by hand.

`python -m core.cnn.training` trains and writes assets/weights/cnn.npz.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import require
from core.rng import generator

WEIGHTS = Path(__file__).resolve().parents[2] / "assets/weights/cnn.npz"
GREY = 16.0  # the darkest pixel, and the largest number of every map on the training digits
SEED, EPOCHS, BATCH, LR, DECAY = 0, 40, 64, 0.01, 0.01


class Net(NamedTuple):
    """The weights: conv1 (4, 1, 3, 3), conv2 (8, 4, 3, 3), linear (10, 32) and their biases."""

    conv1: Tensor
    bias1: Tensor
    conv2: Tensor
    bias2: Tensor
    linear: Tensor
    bias3: Tensor


SHAPES = Net((4, 1, 3, 3), (4,), (8, 4, 3, 3), (8,), (10, 32), (10,))


class Digits(NamedTuple):
    """Images (n, 8, 8) of whole grey levels 0 to 16 as float64, and what they show, (n,)."""

    images: Tensor
    labels: Tensor


@lru_cache(maxsize=1)
def digits() -> tuple[Digits, Digits]:
    """The 1437 digits to train on and the 360 held out, every fifth of those in scikit-learn."""
    from sklearn.datasets import load_digits  # slow to import

    X, y = load_digits(return_X_y=True)
    images = torch.as_tensor(X, dtype=torch.float64).view(-1, 8, 8)
    labels = torch.as_tensor(y, dtype=torch.int64)
    held_out = torch.arange(len(y)) % 5 == 0
    return tuple(Digits(images[part], labels[part]) for part in (~held_out, held_out))


def logits(net: Net, images: Tensor) -> Tensor:
    """The ten logits of each image, (n, 8, 8) -> (n, 10), by torch and differentiable."""
    hidden = F.max_pool2d(F.relu(F.conv2d(images[:, None], net.conv1, net.bias1, padding=1)), 2)
    hidden = F.max_pool2d(F.relu(F.conv2d(hidden, net.conv2, net.bias2, padding=1)), 2)
    return hidden.flatten(1) @ net.linear.T + net.bias3


def accuracy(net: Net, data: Digits) -> float:
    """Share of the images whose largest logit is that of the right digit."""
    return (logits(net, data.images).argmax(1) == data.labels).double().mean().item()


def train(data: Digits, *, seed: int, epochs: int = EPOCHS) -> Iterator[tuple[Net, float]]:
    """Adam with decoupled weight decay on the mean cross-entropy, learning rate down to 0 (cosine).

    The seed is that of the first weights and of the order of the images. After every epoch, 1 to
    1000, it yields the net for images in grey levels and its mean loss in it.
    """
    require("epochs", epochs, 1, 1000, integer=True)
    random = generator(seed)
    # normal weights of variance 2 / fan-in (He et al. 2015), biases 0
    net = Net(*(torch.zeros(shape, dtype=torch.float64) for shape in SHAPES))
    for weights in net[::2]:
        weights.normal_(0, (2 / weights[0].numel()) ** 0.5, generator=random)
    for part in net:
        part.requires_grad_()
    optimizer = torch.optim.AdamW(net, lr=LR, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    images = data.images / GREY
    for _ in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(images), generator=random).split(BATCH):
            optimizer.zero_grad()
            loss = F.cross_entropy(logits(net, images[batch]), data.labels[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        schedule.step()
        now = Net(*(t.detach().clone() for t in net))
        yield now._replace(conv1=now.conv1 / GREY), total / len(images)


def readable(net: Net, images: Tensor) -> Net:
    """The same function with maps that reach 16 on `images`, every weight rounded to 1/100."""
    first = F.relu(F.conv2d(images[:, None], net.conv1, net.bias1, padding=1))
    second = F.relu(F.conv2d(F.max_pool2d(first, 2), net.conv2, net.bias2, padding=1))
    a, b = GREY / first.max(), GREY / second.max()
    factors = a, a, b / a, b, 1 / b, 1.0
    return Net(*((100 * factor * part).round() / 100 for factor, part in zip(factors, net)))


def save(net: Net, path: Path = WEIGHTS) -> None:
    """The weights in hundredths, int16, one array for each part."""
    parts = ((100 * part).round().to(torch.int16).numpy() for part in net)
    np.savez_compressed(path, **dict(zip(Net._fields, parts)))


@lru_cache(maxsize=4)
def load(path: Path = WEIGHTS) -> Net:
    """The stored weights, float64; refused if a part is missing or of another shape or type."""
    with np.load(path, allow_pickle=False) as file:
        for name, shape in SHAPES._asdict().items():
            if name not in file or file[name].shape != shape or file[name].dtype != np.int16:
                raise ValueError(f"expected {name} of shape {shape} as int16 in {path.name}")
        return Net(*(torch.from_numpy(file[name]).double() / 100 for name in SHAPES._fields))


def main() -> None:
    """Train, say how well it went, store."""
    torch.set_num_threads(1)
    learn, held_out = digits()
    *_, (net, loss) = train(learn, seed=SEED)
    print(f"loss of the last epoch: {loss:.4f}")
    net = readable(net, learn.images)
    print(f"training digits right: {accuracy(net, learn):.4f}")
    print(f"held-out digits right: {accuracy(net, held_out):.4f}")
    save(net)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
