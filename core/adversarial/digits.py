r"""Five readers of handwritten digits that answer attacks differently; pixels are in [0, 1].

standard   64 → 64 → 10, trained on the digits as they are
other      64 → 128 → 10, the same from another seed: attacks on the one fool the other
robust     64 → 128 → 10, trained under PGD of ε = 0.2 in L∞
one_step   64 → 128 → 128 → 10, trained under FGSM of ε = 0.25: one step misses what many find
distilled  64 → 64 → 10, learned from the probabilities of `standard`, its scores times 1000: the
           softmax is so full that its slopes are 0 in floating point, and no gradient shows a way

`distilled` is defensive distillation (Papernot et al. 2016), which stopped gradient attacks and
nothing else (Carlini, Wagner 2017): dividing its scores by 1000 changes no decision and lets every
attack through.

`python -m core.adversarial.digits` trains them and writes assets/weights/adversarial_digits.npz.
"""

import math
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.adversarial.measures import ATTACKS, masked, robust_accuracy, transfer
from core.adversarial.nets import Learner, Net
from core.adversarial.training import adversarial_train
from core.check import choose, require
from core.rng import generator
from core.shapley.digits import GREY, digits, held_out, labels
from core.toy import Labelled

WEIGHTS = Path(__file__).resolve().parents[2] / "assets/weights/adversarial_digits.npz"
BOUNDS = (0.0, 1.0)
TEMPERATURE = 1000.0  # of the distilled reader


class Recipe(NamedTuple):
    """How a reader is trained."""

    hidden: tuple[int, ...]
    seed: int
    eps: float = 0.0
    attack: str = "pgd"
    steps: int = 3000
    decay: float = 0.02


READERS = {
    "standard": Recipe((64,), 0, steps=1500),
    "other": Recipe((128,), 1, steps=1500),
    "robust": Recipe((128,), 2, eps=0.2),
    "one_step": Recipe((128, 128), 3, eps=0.25, attack="fgsm", decay=0.0),
    "distilled": Recipe((64,), 4, steps=1500),
}
BATCH, LR = 128, 0.005


@lru_cache(maxsize=1)
def learned() -> Labelled:
    """The 1437 digits learned from, (1437, 64) in [0, 1], float64; shared, do not write."""
    return _split(~held_out())


@lru_cache(maxsize=1)
def unseen() -> Labelled:
    """The 360 digits that no reader has learned from, every fifth; shared, do not write."""
    return _split(held_out())


def _split(which: Tensor) -> Labelled:
    return Labelled(digits()[which] / GREY, torch.tensor(labels())[which])


def train(name: str, *, teacher: Net | None = None, steps: int | None = None) -> Net:
    """The reader, float64; the same on every call.

    Args:
        name: one of `READERS`.
        teacher: whose probabilities `distilled` learns; the stored standard reader where none.
        steps: of AdamW, where they are to be fewer or more than the recipe says.

    Raises:
        ValueError: unknown name, steps outside [1, 100 000].
    """
    recipe = READERS[choose("name", name, tuple(READERS))]
    steps = int(require("steps", recipe.steps if steps is None else steps, 1, 1e5, integer=True))
    if name == "distilled":
        return _distil(teacher or load("standard"), recipe, steps)
    *_, last = adversarial_train(
        *learned(), recipe.eps, hidden=recipe.hidden, attack=recipe.attack, bounds=BOUNDS,
        steps=steps, batch=BATCH, lr=LR, decay=recipe.decay, seed=recipe.seed, every=steps,
        test=unseen(), device="cpu",
    )  # fmt: skip
    return last.net


def _distil(teacher: Net, recipe: Recipe, steps: int) -> Net:
    x, random = learned().X, generator(recipe.seed)
    told = teacher.probabilities(x)
    learner = Learner((64, *recipe.hidden, 10), lr=LR, decay=recipe.decay, generator=random)
    for step in range(steps):
        rows = torch.randint(len(x), (BATCH,), generator=random)
        learner.step(x[rows], told[rows], rate=(1 + math.cos(math.pi * step / steps)) / 2)
    return learner.net.scaled(TEMPERATURE)


# --- the file ------------------------------------------------------------------------------------


def save(readers: dict[str, Net], path: Path = WEIGHTS) -> None:
    """All weights as float32, arrays "name W1", "name b1", …"""
    arrays = {
        f"{name} {letter}{i}": part.numpy().astype("f4")
        for name, net in readers.items()
        for letter, parts in (("W", net.weights), ("b", net.biases))
        for i, part in enumerate(parts, 1)
    }
    np.savez_compressed(path, **arrays)


@lru_cache(maxsize=8)
def load(name: str, path: Path = WEIGHTS) -> Net:
    """The stored reader, float64; refused where a part is missing or has another shape."""
    recipe = READERS[choose("name", name, tuple(READERS))]
    sizes = (64, *recipe.hidden, 10)
    weights, biases = [], []
    with np.load(path, allow_pickle=False) as file:
        for i in range(1, len(sizes)):
            for letter, parts, shape in (
                ("W", weights, (sizes[i], sizes[i - 1])),
                ("b", biases, (sizes[i],)),
            ):
                key = f"{name} {letter}{i}"
                if key not in file or file[key].shape != shape or file[key].dtype != np.float32:
                    raise ValueError(f"expected {key} of shape {shape} as float32 in {path.name}")
                parts.append(torch.from_numpy(file[key]).double())
    return Net(tuple(weights), tuple(biases))


def main() -> None:
    """Train all, store, say how the stored ones answer attacks."""
    torch.set_num_threads(1)
    readers: dict[str, Net] = {}
    for name in READERS:
        readers[name] = train(name, teacher=readers.get("standard"))
    save(readers)
    load.cache_clear()
    readers = {name: load(name) for name in READERS}
    sizes = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
    for name, net in readers.items():
        print(f"{name}: held-out digits read right under attacks of ε = {sizes}")
        for attack in ATTACKS:
            shares = robust_accuracy(net, *unseen(), sizes, attack=attack, generator=generator(0))
            print(f"  {attack:6}", *(f"{share:.3f}" for share in shares.tolist()))
        others = [net for other, net in readers.items() if other != name]
        print(" ", masked(net, *unseen(), 0.15, others=others, generator=generator(0)))
    print("transfer at ε = 0.15, made against (row), tried on (column):", *readers)
    print(transfer(readers, *unseen(), 0.15))
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
