r"""A network that draws handwritten digits out of noise, each of a class that one may choose.

It predicts the velocity v of an 8 × 8 picture whose grey levels 0 to 16 are laid on [−1, 1]. With
γₜ the sines and cosines of `embedding` and e_y one vector for each class and one for "none":

    h = A xₜ + B γₜ + e_y,    h ← h + Wₖ φ(h) + bₖ  (three times),    v = C φ(h) + c,    φ = SiLU

While it learns, a tenth of the pictures carry the label "none", so that one network knows both the
digits of a class and all digits together. Guided sampling goes from the second to the first
prediction of noise and beyond: ε = ε_none + w (ε_class − ε_none) (Ho and Salimans 2022).

`python -m core.diffusion.digits` trains and writes assets/weights/diffusion_digits.npz;
`python -m core.diffusion.digits --width 1024 --steps 60000` trains a larger one on a GPU.
"""

import argparse
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import require
from core.device import heavy
from core.diffusion.samplers import Model, State, ddim
from core.diffusion.schedules import Schedule, convert, q_sample, schedule
from core.diffusion.training import embedding
from core.rng import generator
from core.shapley import digits as readers

WEIGHTS = Path(__file__).resolve().parents[2] / "assets/weights/diffusion_digits.npz"
NONE = 10  # the label that says nothing
T, FEATURES, BLOCKS = 1000, 32, 3
SEED, STEPS, BATCH, WIDTH, LR, DECAY, DROPPED = 0, 12_000, 256, 256, 1e-3, 1e-3, 0.1
KEPT = 0.999  # share of the averaged weights that stays at every step
DIAL = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)  # guidance w of the stored table
DRAWN, STRIDES = 200, 25  # pictures of each class and w in that table, and their steps


class Net(NamedTuple):
    """The weights, float32, `width` numbers inside."""

    enter: Tensor  # A, (width, 64)
    time: Tensor  # B, (width, 32)
    label: Tensor  # e, (11, width)
    inner: Tensor  # W, (3, width, width)
    shift: Tensor  # b, (3, width)
    leave: Tensor  # C, (64, width)
    rest: Tensor  # c, (64,)


class Training(NamedTuple):
    """One moment of a training."""

    step: int
    loss: float  # mean over the steps since the last one of ‖v − prediction‖² / 64
    net: Net  # with averaged weights


class Dial(NamedTuple):
    """What guidance does: 200 pictures of each class, DDIM with η = 0 and 25 steps."""

    share: Tensor  # read as the class wanted, (10, 9) for class and w of `DIAL`
    varied: Tensor  # digits learned from that are the nearest of some of the 200, over 200, (10, 9)


def shapes(width: int) -> Net:
    """The shape of each part."""
    inner = (BLOCKS, width, width)
    return Net((width, 64), (width, FEATURES), (11, width), inner, inner[:2], (64, width), (64,))


@lru_cache(maxsize=1)
def plan() -> Schedule:
    """The cosine schedule of 1000 steps."""
    return schedule("cosine", T)


@lru_cache(maxsize=1)
def pictures() -> Tensor:
    """The bundled digits on [−1, 1], (1797, 64) float64; shared, do not write."""
    return readers.digits() / (readers.GREY / 2) - 1


def learned() -> Tensor:
    """Which of the 1797 digits the network learned from: four of five."""
    return ~readers.held_out()


@lru_cache(maxsize=1)
def labels() -> Tensor:
    """What each bundled digit shows, (1797,); shared, do not write."""
    return torch.tensor(readers.labels())


def velocity(net: Net, x: Tensor, t: Tensor | int, label: Tensor) -> Tensor:
    """The prediction of v at x (n, 64) for steps t and labels (n,), of the type of the weights."""
    gamma = embedding(torch.as_tensor(t, device=x.device), T, FEATURES).to(net.enter)
    return _through(net, x.to(net.enter), gamma @ net.time.T, net.label[label])


def _through(net: Net, x: Tensor, bias: Tensor, given: Tensor) -> Tensor:
    h = x @ net.enter.T + bias + given
    for weights, shift in zip(net.inner, net.shift):
        h = torch.addmm(h + shift, F.silu(h), weights.T)
    return torch.addmm(net.rest, F.silu(h), net.leave.T)


def guided(net: Net, label: Tensor, w: float, table: Tensor | None = None) -> Model:
    """A model of (x, t) for the samplers: ε = ε_none + w (ε_class − ε_none), float64.

    Args:
        label: the class wanted of each picture, (n,).
        w: 0 is any digit, 1 the class as it was learned, more goes beyond.
        table: `biases` of the network, if they are at hand.
    """
    require("w", w)
    table, none = biases(net) if table is None else table, torch.full_like(label, NONE)
    both = {0.0: none, 1.0: label}.get(float(w), torch.cat([none, label]))
    given, levels = net.label[both], plan().alpha_bar.tolist()

    def model(x: Tensor, t: int) -> Tensor:
        points = x.to(net.enter)
        if len(both) > len(x):
            points = torch.cat([points, points])
        v = _through(net, points, table[t], given).to(x)
        if len(both) > len(x):
            v = torch.lerp(v[: len(x)], v[len(x) :], w)
        return levels[t] ** 0.5 * v + (1 - levels[t]) ** 0.5 * x

    return model


def biases(net: Net) -> Tensor:
    """B γₜ for every step, (1001, width): what of the time a sampler needs."""
    steps = torch.arange(T + 1, device=net.time.device)
    return embedding(steps, T, FEATURES).to(net.time) @ net.time.T


def draw(
    net: Net,
    label: Tensor,
    w: float,
    steps: int,
    eta: float = 0.0,
    seed: int = 0,
    table: Tensor | None = None,
) -> Iterator[State]:
    """The film of DDIM from the noise of a seed, one picture for each label, steps + 1 states."""
    random = generator(seed)
    start = torch.randn(len(label), 64, generator=random, dtype=torch.float64)
    start = start.to(net.enter.device)
    return ddim(guided(net, label.to(start.device), w, table), start, plan(), steps, eta, random)


def read(x: Tensor) -> Tensor:
    """What a network that reads digits sees in pictures (..., 64): classes (...)."""
    grey = (x.cpu().clamp(-1, 1) + 1) * (readers.GREY / 2)
    return readers.load("net").scores(grey).argmax(-1)


@lru_cache(maxsize=1)
def known() -> tuple[Tensor, Tensor]:
    """Indices (1437,) and pictures (1437, 64) of the digits learned from; shared, do not write."""
    which = learned().nonzero()[:, 0]
    return which, pictures()[which]


def nearest(x: Tensor) -> tuple[Tensor, Tensor]:
    """The digit learned from that is nearest to each picture (n, 64): index and distance, (n,)."""
    which, images = known()
    distance, at = torch.cdist(x, images).min(1)
    return which[at], distance


@lru_cache(maxsize=1)
def unseen() -> float:
    """Median distance of a digit that was held out to the nearest one learned from."""
    return float(nearest(pictures()[~learned()])[1].median())


def train(
    *,
    seed: int = SEED,
    steps: int = STEPS,
    width: int = WIDTH,
    batch: int = BATCH,
    every: int = 500,
    device: torch.device | str | None = None,
) -> Iterator[Training]:
    """AdamW on the mean squared error of v, rate down to 0 (cosine); yields at `every` steps.

    Every number is drawn on the CPU, so that a seed is the same run everywhere; what comes out on
    two kinds of processor agrees up to rounding, which training makes larger.

    Args:
        steps, width, batch, every: in [1, 10⁶], [1, 4096], [1, 10⁵] and [1, 10⁶].
        device: `core.device.heavy()` by default.
    """
    for name, value, most in (
        ("steps", steps, 10**6), ("width", width, 4096), ("batch", batch, 10**5),
        ("every", every, 10**6),
    ):  # fmt: skip
        require(name, value, 1, most, integer=True)
    return _train(generator(seed), steps, width, batch, every, device or heavy())


def _train(random, steps, width, batch, every, device) -> Iterator[Training]:
    net = Net(*(torch.zeros(shape) for shape in shapes(width)))
    for part in (net.enter, net.time, net.label, *net.inner[:-1]):
        part.normal_(0, part.shape[-1] ** -0.5, generator=random)
    net.label.normal_(0, 1, generator=random)
    net = Net(*(part.to(device).requires_grad_() for part in net))
    mean = Net(*(part.detach().clone() for part in net))
    optimizer = torch.optim.AdamW(net, lr=LR, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    images, target, total = pictures()[learned()].float(), labels()[learned()], 0.0
    for step in range(1, steps + 1):
        rows = torch.randint(len(images), (batch,), generator=random)
        t = torch.randint(1, T + 1, (batch,), generator=random)
        noise = torch.randn(batch, 64, generator=random)
        hidden = torch.rand(batch, generator=random) < DROPPED
        label = target[rows].masked_fill(hidden, NONE)
        x = q_sample(images[rows], t, noise, plan().alpha_bar)
        v = convert(noise, x, t, plan().alpha_bar, "eps", "v")
        predicted = velocity(net, x.to(device), t.to(device), label.to(device))
        loss = F.mse_loss(predicted, v.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(mean), list(net), 1 - min(KEPT, step / (step + 9)))
        total += loss.item()
        if step % every == 0 or step == steps:
            yield Training(step, total / ((step - 1) % every + 1), Net(*(p.clone() for p in mean)))
            total = 0.0


def measured(net: Net) -> Dial:
    """What guidance does to each class, drawn from seed 0."""
    wanted = torch.arange(10).repeat_interleave(DRAWN)
    share, varied = [], []
    for w in DIAL:
        *_, last = draw(net, wanted, w, STRIDES)
        drawn = last.x.cpu().clamp(-1, 1)
        share.append((read(drawn) == wanted).view(10, -1).double().mean(1))
        met = [len(part.unique()) / DRAWN for part in nearest(drawn)[0].split(DRAWN)]
        varied.append(torch.tensor(met, dtype=torch.float64))
    return Dial(torch.stack(share, 1), torch.stack(varied, 1))


def varied_by_chance(label: int) -> float:
    """What `Dial.varied` is on average for 200 real digits of a class, drawn with replacement."""
    n = int((labels()[known()[0]] == label).sum())
    return n * (1 - (1 - 1 / n) ** DRAWN) / DRAWN


# --- the file ------------------------------------------------------------------------------------


def save(net: Net, dial: Dial, path: Path = WEIGHTS) -> None:
    """The weights as float16, the table of guidance as float32."""
    parts = {name: part.cpu().numpy().astype("f2") for name, part in net._asdict().items()}
    table = {name: part.numpy().astype("f4") for name, part in dial._asdict().items()}
    np.savez_compressed(path, **parts, **table)


@lru_cache(maxsize=4)
def load(path: Path = WEIGHTS) -> Net:
    """The stored weights; refused where a part is missing or of another shape or type."""
    with np.load(path, allow_pickle=False) as file:
        width = len(file["enter"]) if "enter" in file else WIDTH
        parts = [_part(file, name, shape, "f2", path) for name, shape in _named(shapes(width))]
    return Net(*parts)


@lru_cache(maxsize=4)
def dial(path: Path = WEIGHTS) -> Dial:
    """The stored table of guidance, refused likewise."""
    shape = (10, len(DIAL))
    with np.load(path, allow_pickle=False) as file:
        return Dial(*(_part(file, name, shape, "f4", path).double() for name in Dial._fields))


def _named(net: Net) -> list[tuple[str, tuple[int, ...]]]:
    return list(net._asdict().items())


def _part(file, name: str, shape: tuple[int, ...], kind: str, path: Path) -> Tensor:
    if name not in file or file[name].shape != shape or file[name].dtype != kind:
        raise ValueError(f"expected {name} of shape {shape} as {kind} in {path.name}")
    return torch.from_numpy(file[name].astype("f4"))


def main() -> None:
    """Train, say how well it went, store."""
    options = argparse.ArgumentParser(description="Trains the network that draws digits.")
    options.add_argument("--steps", type=int, default=STEPS)
    options.add_argument("--width", type=int, default=WIDTH)
    options.add_argument("--batch", type=int, default=BATCH)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--file", type=Path, default=WEIGHTS)
    given = options.parse_args()
    torch.set_num_threads(1)
    for moment in train(seed=given.seed, steps=given.steps, width=given.width, batch=given.batch):
        print(f"step {moment.step}: loss {moment.loss:.4f}", flush=True)
    net = Net(*(part.cpu().half().float() for part in moment.net))
    table = measured(net)
    for w, share, varied in zip(DIAL, table.share.mean(0).tolist(), table.varied.mean(0).tolist()):
        print(f"w = {w:g}: read as wanted {share:.3f}, different nearest digits {varied:.3f}")
    *_, last = draw(net, torch.arange(10).repeat(36), 1.0, STRIDES, seed=1)
    far = float(nearest(last.x.clamp(-1, 1))[1].median())
    print(f"distance to the nearest digit learned from: {far:.2f}; held out {unseen():.2f}")
    save(net, table, given.file)
    print(f"{given.file.name}: {given.file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
