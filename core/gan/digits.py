r"""Handwritten digits out of a few random numbers: a small GAN on the bundled 8 × 8 pictures.

G: z → width → width → 64 grey levels by a sigmoid, D: 64 → width → width → a logit, SiLU between.
Both play the non-saturating game with Adam, its rate going down to 0, and an R₁ penalty on D; what
is kept is the running mean of G's weights. Plain modules and autograd: 2 × 64 units in the plane
have their gradients by hand in `core.gan.training`, and this loop is what those are tested against.

`python -m core.gan.digits` trains with and without the penalty and writes
assets/weights/gan_digits.npz. On CUDA, where `core.device` finds it, `train(width=512, z_dim=32,
batch=512)` is the same code made larger.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import nets
from core.check import choose, require
from core.cnn.training import load as reader
from core.cnn.training import logits
from core.device import heavy
from core.gan.losses import discriminator_loss, generator_loss, r1_penalty
from core.rng import generator
from core.shapley.digits import GREY, digits, held_out

WEIGHTS = Path(__file__).resolve().parents[2] / "assets/weights/gan_digits.npz"
WIDTH, BATCH, LR, BETAS, MEMORY = 128, 128, 1e-3, (0.5, 0.99), 0.999
STEPS, SEED = 16_000, 0
KINDS = {"penalty": 0.3, "free": 0.0}  # weight of R₁
SHAPES = {
    "W1": (WIDTH, 2), "b1": (WIDTH,), "W2": (WIDTH, WIDTH), "b2": (WIDTH,), "W3": (64, WIDTH),
    "b3": (64,),
}  # fmt: skip


class Forger(NamedTuple):
    """Weights of a generator, float64."""

    W1: Tensor
    b1: Tensor
    W2: Tensor
    b2: Tensor
    W3: Tensor
    b3: Tensor

    def pictures(self, z: Tensor) -> Tensor:
        """Grey levels 0 to 16 of the fakes, (..., z_dim) -> (..., 64)."""
        silu = torch.nn.functional.silu
        h = silu(silu(z @ self.W1.T + self.b1) @ self.W2.T + self.b2)
        return GREY * torch.sigmoid(h @ self.W3.T + self.b3)

    @property
    def steepest(self) -> float:
        """A bound on ‖G(z) − G(z′)‖ / ‖z − z′‖: spectral norms, and the slopes 1.1 and ¼."""
        norms = [float(torch.linalg.matrix_norm(W, 2)) for W in (self.W1, self.W2, self.W3)]
        return GREY / 4 * 1.1**2 * norms[0] * norms[1] * norms[2]


@lru_cache(maxsize=1)
def learned() -> Tensor:
    """The 1437 digits to learn from, grey levels, (1437, 64) float64; shared, do not write."""
    return digits()[~held_out()]


def train(
    steps: int = STEPS,
    *,
    r1: float = KINDS["penalty"],
    width: int = WIDTH,
    z_dim: int = 2,
    batch: int = BATCH,
    seed: int = SEED,
    every: int = 1000,
    device: torch.device | None = None,
) -> Iterator[tuple[int, Forger]]:
    """Trains, and yields steps done and the mean generator at each `every` steps and at the end.

    Args:
        steps, width, batch, every: in [1, 1e6].
        r1: weight of ½ E ‖∇D(data)‖² with grey levels in [0, 1], in [0, 1000].
        z_dim: numbers of noise, in [1, 1024].
        device: `core.device.heavy()` where nothing is said.

    Raises:
        ValueError: a value outside its range.
    """
    for name, number in (("steps", steps), ("width", width), ("batch", batch), ("every", every)):
        require(name, number, 1, 1_000_000, integer=True)
    require("z_dim", z_dim, 1, 1024, integer=True)
    require("r1", r1, 0, 1000)
    return _steps(steps, r1, width, z_dim, batch, seed, every, device or heavy())


def _steps(steps, r1, width, z_dim, batch, seed, every, device) -> Iterator[tuple[int, Forger]]:
    draws = generator(seed)  # on the CPU, so that every device plays the same game
    G = nets.mlp((z_dim, width, width, 64), activation="silu", generator=draws).to(device)
    D = nets.mlp((64, width, width, 1), activation="silu", generator=draws).to(device)
    play = [torch.optim.Adam(net.parameters(), lr=LR, betas=BETAS) for net in (G, D)]
    data, mean = (learned() / GREY).float().to(device), nets.flatten(G)

    def fakes() -> Tensor:
        return torch.sigmoid(G(torch.randn(batch, z_dim, generator=draws).to(device)))

    for step in range(1, steps + 1):
        for optimizer in play:
            optimizer.param_groups[0]["lr"] = LR * max(1 - (step - 1) / steps, 0.02)
        real = data[torch.randint(len(data), (batch,), generator=draws).to(device)]
        real.requires_grad_(r1 > 0)
        on_real = D(real)
        loss = discriminator_loss(on_real, D(fakes().detach()), "non_saturating")
        if r1:
            (slopes,) = torch.autograd.grad(on_real.sum(), real, create_graph=True)
            loss = loss + r1 * r1_penalty(slopes)
        play[1].zero_grad()
        loss.backward()
        play[1].step()
        play[0].zero_grad()
        generator_loss(D(fakes()), "non_saturating").backward()
        play[0].step()
        mean.lerp_(nets.flatten(G), 1 - MEMORY)
        if step % every == 0 or step == steps:
            yield step, Forger(*(part.cpu().double() for part in nets.unflatten(G, mean).values()))


# --- what a forger's pictures are worth ----------------------------------------------------------


def nearest(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Number of the nearest digit learned from, and the distance to it; (n, 64) -> (n,), (n,).

    The distance is the root of the summed squares over all pixels, grey levels in [0, 1].
    """
    distance, which = torch.cdist(pictures, learned()).min(1)
    return which, distance / GREY


def read(pictures: Tensor) -> Tensor:
    """The digit that the network of `core.cnn` sees in each picture, (n, 64) -> (n,)."""
    return logits(reader(), pictures.view(-1, 8, 8)).argmax(1)


@lru_cache(maxsize=1)
def usual() -> float:
    """The median distance of the 360 digits held out to the nearest digit learned from."""
    return float(nearest(digits()[held_out()])[1].median())


# --- the file ------------------------------------------------------------------------------------


def save(forgers: dict[str, Forger], path: Path = WEIGHTS) -> None:
    """All weights as float16, arrays "kind part"."""
    arrays = {
        f"{kind} {name}": part.numpy().astype("f2")
        for kind, forger in forgers.items()
        for name, part in forger._asdict().items()
    }
    np.savez_compressed(path, **arrays)


@lru_cache(maxsize=4)
def load(kind: str, path: Path = WEIGHTS) -> Forger:
    """The stored generator; refused where a part is missing or has another shape."""
    parts = []
    with np.load(path, allow_pickle=False) as file:
        for name, shape in SHAPES.items():
            key = f"{choose('kind', kind, tuple(KINDS))} {name}"
            if key not in file or file[key].shape != shape or file[key].dtype != np.float16:
                raise ValueError(f"expected {key} of shape {shape} as float16 in {path.name}")
            parts.append(torch.from_numpy(file[key]).double())
    return Forger(*parts)


def main() -> None:
    """Train both, say how well it went, store."""
    torch.set_num_threads(1)
    forgers = {}
    for kind, r1 in KINDS.items():
        *_, (_, forgers[kind]) = train(r1=r1)
        z = torch.randn(1000, 2, generator=generator(1), dtype=torch.float64)
        fakes = forgers[kind].pictures(z)
        print(f"{kind}: of each digit {read(fakes).bincount(minlength=10).tolist()}")
        print(f"nearest digit learned from: {nearest(fakes)[1].median():.3f}, real {usual():.3f}")
    save(forgers)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
