"""What the race on digits claims: steps as torch takes them, and what every loss has to be."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, same
from core.experiments.stochastic.digits import METHODS, Digits, every, place, rate_of
from core.nets import mlp
from core.rng import generator
from core.stochastic.digits import BETA, BETAS, CLASSES, EPS, PIXELS, SQUARES, parts
from core.words import number

NAMES = dict(
    zip(METHODS, ("SGD", "mean of SGD", "EMA of SGD", "momentum", "RMSProp", "Adam"), strict=True)
)
IDS = {"sgd": "OPT-09", "momentum": "OPT-13", "rmsprop": "OPT-16", "adam": "OPT-17"}
HIDDEN = 32
NEAR = 2e-3  # of losses, after steps in single precision
SGD, POLYAK, EMA, ADAM = 0, 1, 2, 5
HAIR = 0.01


def checks(
    run: Digits, *, steps: int, batch: int, ema: float, seeds: int, seed: int
) -> list[Check]:
    """Of the finished race; an unfinished one claims nothing."""
    if run.progress < 1:
        return []
    count, told = every(steps), NAMES
    paths = {method: _path(run, method, count, batch, seed) for method in IDS}
    found = []
    for method, mark in IDS.items():
        claim = f"{told[method]}: the first {count} steps are those of torch.optim, at its best "
        claim += "rate in the first repetition; losses and accuracy after them: largest distance"
        found.append(_after(run, mark, claim, method, paths[method][-1]))
    found.insert(1, _averages(run, paths["sgd"], ema, count))
    claim = (
        "a digit that is read wrong has a loss of ln 2 or more: loss − ln 2 · share read wrong, "
    )
    claim += "least of all networks at all moments"
    rest = run.test - math.log(2) * (1 - run.accuracy)
    begun = "before the first step all methods stand at the same network, of its seed: losses and "
    begun += "accuracy, largest distance"
    whole = run.accuracy * len(parts()[2].y)
    shares = "accuracies are shares of 360 digits, and as much of the race is done as is told"
    return [
        *found,
        at_least("", claim, rest.min(), 0.0, tol=1e-6),
        same("", begun, *_begun(run, seeds, seed), tol=1e-4),
        same("", f"{shares}: largest distance", torch.cat([whole.flatten(), _done(run, steps)]),
             torch.cat([whole.round().flatten(), torch.ones(1).double()]), tol=1e-9),
    ]  # fmt: skip


def _done(run: Digits, steps: int) -> Tensor:
    frames = len(range(0, steps, every(steps))) + 1
    return torch.tensor([run.progress * len(run.test) / frames], dtype=torch.float64)


def _net(seed: int) -> tuple[torch.nn.Module, torch.Generator]:
    random = generator(seed)
    return mlp((PIXELS, HIDDEN, CLASSES), activation="relu", generator=random), random


def _path(run: Digits, method: str, count: int, batch: int, seed: int) -> list[list[Tensor]]:
    """Weights of the first repetition after each step, by torch.optim."""
    net, random = _net(seed)
    X, y = parts()[0]
    kind, hyper = {
        "sgd": (torch.optim.SGD, {}),
        "momentum": (torch.optim.SGD, {"momentum": BETA}),
        "rmsprop": (torch.optim.RMSprop, {"alpha": SQUARES, "eps": EPS}),
        "adam": (torch.optim.Adam, {"betas": BETAS, "eps": EPS}),
    }[method]
    descent = kind(net.parameters(), lr=float(run.tuned.rate[METHODS.index(method)]), **hyper)
    order, path = torch.empty(0, dtype=torch.int64), []
    with torch.enable_grad():
        for _ in range(count):
            if len(order) < batch:
                order = torch.randperm(len(y), generator=random)
            rows, order = order[:batch], order[batch:]
            descent.zero_grad()
            torch.nn.functional.cross_entropy(net(X[rows, :PIXELS]), y[rows]).backward()
            descent.step()
            path.append([each.detach().clone() for each in net.parameters()])
    return path


def _judged(weights: list[Tensor]) -> list[float]:
    """Losses on the three parts and the accuracy on the last."""
    W1, b1, W2, b2 = weights
    found = []
    for X, y in parts():
        scores = (X[:, :PIXELS] @ W1.T + b1).relu() @ W2.T + b2
        found.append(float(torch.nn.functional.cross_entropy(scores, y)))
    return [*found, float((scores.argmax(1) == y).double().mean())]


def _after(run: Digits, mark: str, claim: str, method: str, weights: list[Tensor]) -> Check:
    i = METHODS.index(method)
    return same(mark, claim, _shown(run, i, int(run.tuned.index[i])), _judged(weights), tol=NEAR)


def _shown(run: Digits, i: int, rate: int, moment: int = 1) -> list[float]:
    return [float(each[moment, i, rate, 0]) for each in run[1:]]


def _averages(run: Digits, path: list[list[Tensor]], ema: float, count: int) -> Check:
    """The mean of all weights of SGD so far, and the moving average, written out."""
    rate = int(run.tuned.index[SGD])
    weights = torch.tensor([ema * (1 - ema) ** (count - 1 - k) for k in range(count)])
    weights[0] = (1 - ema) ** (count - 1)
    mine, own = [], []
    for i, shares in ((POLYAK, torch.full((count,), 1 / count)), (EMA, weights)):
        mixed = [sum(s * w for s, w in zip(shares, each, strict=True)) for each in zip(*path)]
        mine += _shown(run, i, rate)
        own += _judged(mixed)
    claim = (
        f"mean and EMA are Σ of the {count} weights of SGD so far, by 1/t each, and by β(1 − β) "
    )
    claim += "to the power of their age, the first by (1 − β)ᵗ⁻¹: losses, largest distance"
    return same("OPT-11", claim, mine, own, tol=NEAR)


def _begun(run: Digits, seeds: int, seed: int) -> tuple[Tensor, Tensor]:
    mine = torch.stack([each[0] for each in run[1:]]).flatten(1, 2)  # (4, 42, S)
    rows = [_judged([w.detach() for w in _net(seed + i)[0].parameters()]) for i in range(seeds)]
    own = torch.tensor(rows, dtype=torch.float64).T[:, None]
    return mine, own.expand_as(mine)


# --- words ---------------------------------------------------------------------------------------


def says(run: Digits, *, method: str, rate: float) -> str:
    """SGD beside Adam and the best, and the network that is looked at."""
    now = run.tuned
    right = now.accuracy.mean(-1)
    tops = [NAMES[m] for m, share in zip(METHODS, right, strict=True) if share > right.max() - 1e-9]
    apart = 100 * float(right[ADAM] - right[SGD])
    how = f"{number(abs(apart), 2, 5e-3)} points {'more' if apart > 0 else 'less'} than"
    how = "as much as" if abs(apart) < 5e-3 else how
    i, k = METHODS.index(method), place(method, rate)
    chosen = float(rate_of(method)[k])
    loss, share = run.test[-1, i, k].mean(), 100 * run.accuracy[-1, i, k].mean()
    lead = "At the rate with the least validation loss" if run.progress == 1 else "So far"
    return (
        f"{lead} Adam reads {100 * right[ADAM]:.1f} % of fresh digits right, {how} SGD; the most, "
        f"{100 * right.max():.1f} %, {' and '.join(tops)}. {NAMES[method]} at rate "
        f"{number(chosen)}: {share:.1f} %, loss {number(loss)}."
    )


# --- questions -----------------------------------------------------------------------------------


def _hair(run: Digits) -> tuple[str, dict[str, str]]:
    right = run.tuned.accuracy.mean(-1)
    apart = float(right[ADAM] - right[SGD])
    spread = float(run.tuned.accuracy[SGD].std())
    facts = {"adam": right[ADAM], "sgd": right[SGD], "apart": abs(apart), "spread": spread}
    told = {name: f"{100 * float(value):.1f}" for name, value in facts.items()}
    return ("hair" if abs(apart) < HAIR else "adam" if apart > 0 else "sgd"), told


def _mean(run: Digits) -> tuple[str, dict[str, str]]:
    loss = run.tuned.test.mean(-1)
    ratio = float(loss[POLYAK] / loss[SGD])
    told = {name: number(loss[i]) for name, i in (("mean", POLYAK), ("sgd", SGD), ("ema", EMA))}
    return ("lower" if ratio < 0.95 else "higher" if ratio > 1.05 else "same"), told


def _rate(run: Digits) -> tuple[float, dict[str, str]]:
    rate = float(run.tuned.rate[SGD])
    return rate, {"rate": number(rate)}


answers = {"hair": _hair, "mean": _mean, "rate": _rate}
