r"""Two readers of handwritten digits, small enough that all 2^16 coalitions of patches are asked.

net     64 pixels → 24 hidden units with ReLU → 10 scores
linear  64 pixels → 10 scores

Both get grey levels 0 to 16. They learn from whole digits only: a picture with absent patches is
something no training has shown them, which is the trouble with absent features.

`python -m core.shapley.digits` trains and writes assets/weights/shapley_digits.npz.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import choose, require
from core.pictures import DIGITS, picture
from core.rng import generator

WEIGHTS = Path(__file__).resolve().parents[2] / "assets/weights/shapley_digits.npz"
GREY = 16.0  # the darkest pixel
HIDDEN = 24
SHAPES = {
    "net": {"first": (HIDDEN, 64), "bias1": (HIDDEN,), "second": (10, HIDDEN), "bias2": (10,)},
    "linear": {"second": (10, 64), "bias2": (10,)},
}
READERS = tuple(SHAPES)
SEED, EPOCHS, BATCH, LR, DECAY = 0, 60, 64, 0.005, 0.02


class Reader(NamedTuple):
    """Scores W₂ ReLU(W₁x + b₁) + b₂ of x in grey levels; without W₁ the scores W₂x + b₂."""

    first: Tensor | None  # (24, 64), None for a linear reader
    bias1: Tensor | None  # (24,)
    second: Tensor  # (10, 24) or (10, 64)
    bias2: Tensor  # (10,)

    def scores(self, x: Tensor) -> Tensor:
        """The ten scores of each picture, (..., 64) -> (..., 10)."""
        if self.first is not None:
            x = (x @ self.first.T + self.bias1).relu()
        return x @ self.second.T + self.bias2


@lru_cache(maxsize=1)
def digits() -> Tensor:
    """The bundled digits in whole grey levels, (1797, 64) float64; shared, do not write."""
    images = torch.stack([picture(f"digit-{i}").flatten() for i in range(DIGITS)])
    return (GREY * images.double()).round()


def held_out() -> Tensor:
    """Which digits no training has seen, (1797,) bool: every fifth."""
    return torch.arange(DIGITS) % 5 == 0


@lru_cache(maxsize=1)
def mean_digit() -> Tensor:
    """The mean of the digits learned from, (64,) grey levels; shared, do not write."""
    return digits()[~held_out()].mean(0)


def accuracy(reader: Reader, images: Tensor, labels: Tensor) -> float:
    """Share of the images whose largest score is that of the right digit."""
    return (reader.scores(images).argmax(-1) == labels).double().mean().item()


def train(name: str, labels: Tensor, *, seed: int = SEED, epochs: int = EPOCHS) -> Reader:
    """AdamW on the mean cross-entropy of the digits learned from, rate down to 0 (cosine).

    `labels` say what each of the 1797 digits shows; `seed` is of the weights and of the passes.
    """
    choose("name", name, READERS)
    require("epochs", epochs, 1, 1000, integer=True)
    random = generator(seed)
    learn = ~held_out()
    images, labels = digits()[learn] / GREY, labels[learn]
    parts = [_start(shape, random) for shape in SHAPES[name].values()]
    optimizer = torch.optim.AdamW(parts, lr=LR, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=random).split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(_reader(parts).scores(images[batch]), labels[batch]).backward()
            optimizer.step()
        schedule.step()
    first, *rest = [part.detach() for part in parts]
    return _reader([first / GREY, *rest])


def _reader(parts: list[Tensor]) -> Reader:
    return Reader(*parts) if len(parts) == 4 else Reader(None, None, *parts)


def _start(shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Normal weights of variance 2 / fan-in (He et al. 2015), biases 0."""
    part = torch.zeros(shape, dtype=torch.float64)
    if len(shape) > 1:
        part = torch.randn(shape, dtype=torch.float64, generator=random) * (2 / shape[1]) ** 0.5
    return part.requires_grad_()


# --- the file ------------------------------------------------------------------------------------


def save(readers: dict[str, Reader], labels: Tensor, path: Path = WEIGHTS) -> None:
    """Both readers as float32, and what the digits show."""
    arrays = {
        f"{name}_{part}": value.numpy().astype("f4")
        for name, reader in readers.items()
        for part, value in reader._asdict().items()
        if value is not None
    }
    np.savez_compressed(path, labels=labels.numpy().astype("u1"), **arrays)


@lru_cache(maxsize=4)
def load(name: str, path: Path = WEIGHTS) -> Reader:
    """The stored reader, float64; refused where a part is missing or has another shape."""
    parts = []
    with np.load(path, allow_pickle=False) as file:
        for part, shape in SHAPES[choose("name", name, READERS)].items():
            key = f"{name}_{part}"
            if key not in file or file[key].shape != shape or file[key].dtype != np.float32:
                raise ValueError(f"expected {key} of shape {shape} as float32 in {path.name}")
            parts.append(torch.from_numpy(file[key]).double())
    return _reader(parts)


@lru_cache(maxsize=1)
def labels(path: Path = WEIGHTS) -> tuple[int, ...]:
    """What each bundled digit shows."""
    with np.load(path, allow_pickle=False) as file:
        return tuple(file["labels"].tolist())


def main() -> None:
    """Train both, say how well it went, store."""
    from sklearn.datasets import load_digits  # slow to import

    torch.set_num_threads(1)
    target = torch.as_tensor(load_digits().target, dtype=torch.int64)
    readers = {name: train(name, target) for name in READERS}
    for name, reader in readers.items():
        for kind, which in (("training", ~held_out()), ("held-out", held_out())):
            right = accuracy(reader, digits()[which], target[which])
            print(f"{name}: {kind} digits right {right:.4f}")
    save(readers, target)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
