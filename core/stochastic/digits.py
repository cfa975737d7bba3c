r"""One small network on the bundled digits, trained by several methods at many rates at once.

64 grey levels in [0, 1] → hidden ReLU → 10 scores, mean cross-entropy in nats. Every fifth digit is
for the last test, every fifth after those for choosing the rate, the others are learned from. All
methods, rates and repetitions run side by side: a repetition has one start and one order of the
digits for all of them, so that they differ in nothing but the step. The steps are those of
`core.optimizers`; polyak and ema are read off the run of sgd: the mean of θ₁ … θ_t, and
θ̄ ← (1 − β) θ̄ + β θ with θ̄₁ = θ₁. Sources: OPT-09, OPT-11, OPT-13, OPT-16, OPT-17.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.nets import mlp
from core.optimizers.rules import rule
from core.rng import generator
from core.shapley.digits import GREY
from core.shapley.digits import digits as grey_levels
from core.shapley.digits import labels as shown

TRAINED = ("sgd", "momentum", "rmsprop", "adam")
METHODS = ("sgd", "polyak", "ema", "momentum", "rmsprop", "adam")
RATES: Mapping[str, tuple[float, ...]] = {
    "sgd": (0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0),
    "momentum": (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
    "rmsprop": (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032),
    "adam": (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032),
}
BETA, SQUARES, BETAS, EPS = 0.9, 0.99, (0.9, 0.999), 1e-8
PIXELS, CLASSES = 64, 10


class Split(NamedTuple):
    """Pictures with a constant 1 at the end, (n, 65), and what they show, (n,)."""

    X: Tensor
    y: Tensor


class Snapshot(NamedTuple):
    """All runs at one moment, each (methods, rates, seeds) in the order of `METHODS`."""

    step: int  # steps done
    steps: int  # of the whole training
    train: Tensor  # mean cross-entropy of the digits learned from; ∞ where it has no number
    validation: Tensor  # of those the rate is chosen by
    test: Tensor  # of those held out
    accuracy: Tensor  # share of those held out that are read right


class Tuned(NamedTuple):
    """What each method does at its best rate, each (methods, ...)."""

    rate: Tensor  # the rate with the least mean validation loss over the seeds, (methods,)
    index: Tensor  # its place in the grid; at an end of the grid a better one may lie beyond
    validation: Tensor  # (methods, seeds), like the next
    test: Tensor
    accuracy: Tensor


@lru_cache(maxsize=2)
def parts(dtype: torch.dtype = torch.float32) -> tuple[Split, Split, Split]:
    """Digits to learn from (1077), to choose by (360) and to test on (360); shared, not to write.

    Raises:
        ValueError: another dtype than float32 or float64.
    """
    choose("dtype", str(dtype), ("torch.float32", "torch.float64"))
    X, y = (grey_levels() / GREY).to(dtype), torch.tensor(shown())
    X, turn = torch.cat([X, torch.ones_like(X[:, :1])], 1), torch.arange(len(y)) % 5
    return tuple(Split(X[rows], y[rows]) for rows in (turn > 1, turn == 1, turn == 0))


def rate_of(method: str) -> tuple[float, ...]:
    """The grid of rates that a method is tuned over; the averages have that of sgd."""
    return RATES.get(choose("method", method, METHODS), RATES["sgd"])


def race(
    seeds: int = 5,
    steps: int = 400,
    seed: int = 0,
    *,
    hidden: int = 32,
    batch: int = 32,
    ema: float = 0.02,
    every: int = 25,
    dtype: torch.dtype = torch.float32,
) -> Iterator[Snapshot]:
    """Trains every method at each of its seven rates; yields at step 0, every `every` and the end.

    Args:
        seeds: repetitions, in [1, 20].
        steps: in [1, 10 000]; a pass over the digits is ⌊1077 / batch⌋ of them, then it is shuffled
            anew; the few digits left over wait for the next pass.
        seed: of the first repetition, whole, ≥ 0; the others follow. The same seed gives the same
            run on the same machine.
        hidden: units, in [1, 128]; batch: in [1, 1077]; every: in [1, 10 000].
        ema: weight β of the new value, in (0, 1].
        dtype: of the training, float32 or float64; snapshots are float64.

    Raises:
        ValueError: at the call: a value outside its range.
    """
    require("seeds", seeds, 1, 20, integer=True)
    require("steps", steps, 1, 10_000, integer=True)
    require("seed", seed, 0, 2**62, integer=True)
    require("hidden", hidden, 1, 128, integer=True)
    require("batch", batch, 1, len(parts(dtype)[0].y), integer=True)
    require("every", every, 1, 10_000, integer=True)
    require("ema", ema, 0, 1, above=True)
    runs = _Runs([generator(seed + i) for i in range(int(seeds))], int(hidden), int(batch), dtype)
    return _race(runs, int(steps), ema, int(every))


@torch.no_grad()
def _race(runs: "_Runs", steps: int, ema: float, every: int) -> Iterator[Snapshot]:
    yield runs.snapshot(0, steps)
    for k in range(1, steps + 1):
        runs.step(k, ema)
        if k % every == 0 or k == steps:
            yield runs.snapshot(k, steps)


def tuned(snapshot: Snapshot) -> Tuned:
    """Each method at the rate with the least mean validation loss, and how it does elsewhere."""
    index = snapshot.validation.mean(-1).argmin(-1)
    rows = torch.arange(len(index))
    grid = torch.tensor([rate_of(method) for method in METHODS], dtype=torch.float64)
    picked = (each[rows, index] for each in (snapshot.validation, snapshot.test, snapshot.accuracy))
    return Tuned(grid[rows, index], index, *picked)


class _Runs:
    """All networks as three tensors: W₁ with its bias (S, K, h, 65), W₂ (S, K, 10, h), b₂.

    S repetitions; K = methods × rates, the means of sgd last. Units come before pictures, so that
    the first layer of all networks of a repetition is one product of matrices.
    """

    def __init__(self, random: list[torch.Generator], hidden: int, batch: int, dtype: torch.dtype):
        self.random, self.batch = random, batch
        self.data, self.dtype = parts(dtype), dtype
        self.rates = len(RATES["sgd"])
        trained = len(TRAINED) * self.rates
        starts = [self._start(each, hidden) for each in random]
        self.own = [torch.stack(each)[:, None].repeat(1, trained, 1, 1) for each in zip(*starts)]
        self.slopes = [torch.zeros_like(each) for each in self.own]
        sgd = [each[:, : self.rates] for each in self.own]
        self.means = [[each.clone() for each in sgd] for _ in ("polyak", "ema")]
        self.rules = [self._rules(i, method) for i, method in enumerate(TRAINED)]
        self.order = [torch.empty(0, dtype=torch.int64)] * len(random)

    def _start(self, random: torch.Generator, hidden: int) -> list[Tensor]:
        sizes = (PIXELS, hidden, CLASSES)
        net = mlp(sizes, activation="relu", generator=random, dtype=self.dtype)
        first, last = net[0], net[2]
        joined = torch.cat([first.weight, first.bias[:, None]], 1)
        return [joined.detach(), last.weight.detach(), last.bias.detach()[:, None]]

    def _rules(self, i: int, method: str) -> list[tuple]:
        """For each tensor the step of a method, and the slices of weights and slopes it is for."""
        rows = slice(i * self.rates, (i + 1) * self.rates)
        lr = torch.tensor(RATES[method], dtype=self.dtype).view(-1, 1, 1)
        beta = torch.tensor(SQUARES if method == "rmsprop" else BETA, dtype=self.dtype)
        found = []
        for own, slopes in zip(self.own, self.slopes):
            x, g = own[:, rows], slopes[:, rows]
            made = rule("gd" if method == "sgd" else method, x, lr, beta, BETAS, EPS, 0.0, None)
            found.append((made.step, x, g))
        return found

    def step(self, k: int, ema: float) -> None:
        """One step of all of them."""
        rows = torch.stack([self._next(i) for i in range(len(self.random))])
        self._backward(self.data[0].X[rows], self.data[0].y[rows])
        for rules in self.rules:
            for step, x, g in rules:
                step(x, g, x)
        for means, weight in zip(self.means, (1 / k, 1.0 if k == 1 else ema)):
            for mean, own in zip(means, self.own):
                mean.lerp_(own[:, : self.rates], weight)

    def _next(self, i: int) -> Tensor:
        """The rows of the next batch of a repetition."""
        if len(self.order[i]) < self.batch:
            self.order[i] = torch.randperm(len(self.data[0].y), generator=self.random[i])
        rows, self.order[i] = self.order[i][: self.batch], self.order[i][self.batch :]
        return rows

    def _backward(self, X: Tensor, y: Tensor) -> None:
        """Slopes of the mean loss of a batch X (S, B, 65), y (S, B)."""
        W1, W2, b2 = self.own
        S, K, h, d = W1.shape
        B = X.shape[1]
        hidden = torch.bmm(W1.view(S, K * h, d), X.mT).relu_().view(S * K, h, B)
        scores = torch.baddbmm(b2.view(S * K, CLASSES, 1), W2.view(S * K, CLASSES, h), hidden)
        back = scores.softmax(1).view(S, K, CLASSES, B)
        back -= torch.nn.functional.one_hot(y, CLASSES).mT[:, None].to(back.dtype)
        back = back.div_(B).view(S * K, CLASSES, B)
        torch.bmm(back, hidden.mT, out=self.slopes[1].view(S * K, CLASSES, h))
        torch.sum(back, 2, keepdim=True, out=self.slopes[2].view(S * K, CLASSES, 1))
        back = torch.bmm(W2.view(S * K, CLASSES, h).mT, back)
        back = torch.ops.aten.threshold_backward(back, hidden, 0).view(S, K * h, B)
        torch.bmm(back, X, out=self.slopes[0].view(S, K * h, d))

    def snapshot(self, step: int, steps: int) -> Snapshot:
        """Losses and accuracies of all networks now."""
        groups = [[each[:, : self.rates] for each in self.own], *self.means]
        groups += [
            [each[:, i * self.rates : (i + 1) * self.rates] for each in self.own]
            for i in range(1, len(TRAINED))
        ]
        rows = [[_measured(group, part) for part in self.data] for group in groups]
        losses = [torch.stack([row[i][0] for row in rows]) for i in range(3)]
        return Snapshot(step, steps, *losses, torch.stack([row[2][1] for row in rows]))


def _measured(weights: list[Tensor], part: Split) -> tuple[Tensor, Tensor]:
    """Mean loss and share read right of networks (S, R, ...), each (R, S) float64."""
    W1, W2, b2 = weights
    S, R, h, d = W1.shape
    hidden = (W1.reshape(-1, d) @ part.X.T).relu_().view(S * R, h, -1)
    scores = torch.baddbmm(b2.reshape(-1, CLASSES, 1), W2.reshape(-1, CLASSES, h), hidden)
    right = (scores.argmax(1) == part.y).double().mean(1)
    wanted = scores.gather(1, part.y.expand(S * R, 1, -1))[:, 0]
    loss = (scores.logsumexp(1) - wanted).double().mean(1).nan_to_num(torch.inf)
    return loss.view(S, R).T, right.view(S, R).T
