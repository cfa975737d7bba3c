r"""Adversarial training: min over the weights of the mean of the worst loss near each point.

At every step the batch is first moved to where an attack of size ε finds the loss largest, and the
weights then step down the loss there; by Danskin's theorem that is the gradient of the worst loss
where the attack has found the worst point. For a linear classifier it has: the worst margin is
y(wᵀx + b) − ε‖w‖_q, so that ε is the weight of a penalty on ‖w‖_q that points far on the right
side do not pay.

>>> from core.rng import generator
>>> data = tabular(1000, generator=generator(0))
>>> *_, last = adversarial_train(*data, 0.5, hidden=(), attack="fgsm", judged=0.5)
>>> w, b = signed(last.net)
>>> toy_accuracy(w, b, 0.5)  # about 0.9, where ordinary training is left with 0.55

Sources: ROB-14; Madry et al. 2018; Tsipras et al. 2019 for the table.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.adversarial.balls import dual_exponent, exponent
from core.adversarial.measures import ATTACKS, ascent, either, right
from core.adversarial.nets import Learner, Net, labelled
from core.check import choose, require
from core.device import heavy
from core.rng import generator as generator_of
from core.toy import Labelled

WEAK, PULL, STRONG = 20, 0.5, 0.9  # weak features, their mean, how often the strong one is right
WORTH = 2**24  # multiplications of one layer from which on another device than the CPU pays


class Snapshot(NamedTuple):
    """One moment of a training, a copy that later steps leave alone; on the CPU."""

    step: int  # steps done
    loss: float  # mean over the batches since the last snapshot, at the attacked points; at 0 NaN
    clean: float  # share of the test points that are read right
    robust: float  # share that is read right at the point and all along an attack of size `judged`
    net: Net


def adversarial_train(
    x: Tensor,
    y: Tensor,
    eps: float,
    *,
    hidden: Sequence[int] = (32,),
    activation: str = "relu",
    attack: str = "pgd",
    norm: float = math.inf,
    inner: int = 7,
    alpha: float | None = None,
    bounds: tuple[float, float] | None = None,
    steps: int = 400,
    batch: int = 128,
    lr: float = 0.01,
    decay: float = 0.0,
    seed: int = 0,
    every: int = 50,
    test: Labelled | None = None,
    judged: float | None = None,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float64,
) -> Iterator[Snapshot]:
    """Trains, and yields at step 0, at every `every` steps, and at the end.

    Args:
        x, y: points (n, d) and classes 0..K-1, (n,).
        eps: size of the attack within the training, in [0, 1000]; 0 is ordinary training.
        hidden, activation: as in `fit`; without hidden layers the net is linear.
        attack: fgsm is one step of length ε from the point itself, the exact worst point of a
            linear classifier; pgd is `inner` steps of length `alpha` from a random one.
        norm: 2 or ∞.
        inner: in [1, 1000].
        alpha: above 0; 2.5 ε / inner where nothing is said.
        bounds: the smallest and the largest value of a feature, such as (0, 1) for pixels.
        steps, batch, every: in [1, 100 000]. Batches are drawn with replacement.
        lr: of AdamW, in (0, 1]; it goes down to 0 (half a cosine).
        decay: in [0, 10].
        seed: of weights, batches and random starts; the same seed is the same run, and the same
            batches whatever ε.
        test: points to measure accuracy on, `x`, `y` where nothing is said.
        judged: size of the attack that measures, ε where nothing is said.
        device: where the net learns; `core.device.heavy()` where nothing is said and the net is
            large, else the CPU. All numbers are drawn on the CPU.
        dtype: float32 or float64.

    Raises:
        ValueError: at the call: a value outside its range, points that `fit` refuses.
    """
    data = labelled(x, y)
    test = data if test is None else Labelled(test.X.to(torch.float64), test.y)
    judged = eps if judged is None else judged
    require("eps", eps, 0, 1000)
    require("judged", judged, 0, 1000)
    choose("attack", attack, ATTACKS[1:])
    either(norm)
    require("inner", inner, 1, 1000, integer=True)
    alpha = (2.5 * eps / inner if eps else 1.0) if alpha is None else alpha
    require("alpha", alpha, 0, above=True)
    for name, value in (("steps", steps), ("batch", batch), ("every", every)):
        require(name, value, 1, 100_000, integer=True)
    require("lr", lr, 0, 1, above=True)
    require("decay", decay, 0, 10)
    if bounds is not None and not bounds[0] < bounds[1]:
        raise ValueError(f"expected bounds from low to high, got {bounds}")
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected dtype to be torch.float32 or torch.float64, got {dtype}")
    draws = generator_of(seed)
    starts = generator_of(int(torch.randint(2**62, (), generator=draws)))
    sizes = (data.X.shape[1], *hidden, int(data.y.max()) + 1)
    if device is None:
        large = max(i * o for i, o in zip(sizes, sizes[1:])) * batch >= WORTH  # noqa: RUF007
        device = heavy() if large else "cpu"
    learner = Learner(
        sizes, activation=activation, lr=lr, decay=decay, generator=draws, device=device,
        dtype=dtype,
    )  # fmt: skip
    data = Labelled(data.X.to(device, dtype), data.y.to(device))
    test = Labelled(test.X.to(device, dtype), test.y.to(device))
    ball = ascent(float(eps), attack=attack, norm=norm, steps=int(inner), bounds=bounds)
    if attack == "pgd":
        ball = ball._replace(alpha=float(alpha), starts=starts)
    judge = ascent(float(judged), norm=norm, bounds=bounds)
    return _train(learner, data, test, ball, judge, draws, int(steps), int(batch), int(every))


@torch.no_grad()
def _train(learner, data, test, ball, judge, draws, steps, batch, every) -> Iterator[Snapshot]:
    total, since = 0.0, 0
    for step in range(steps + 1):
        if step:
            rows = torch.randint(len(data.y), (batch,), generator=draws).to(data.y.device)
            x, y = data.X[rows], data.y[rows]
            x = ball.end(learner.net, x, y) if ball.eps else x
            rate = (1 + math.cos(math.pi * (step - 1) / steps)) / 2
            total, since = total + learner.step(x, y, rate=rate), since + 1
        if step % every == 0 or step == steps:
            net = learner.net
            clean = right(net(test.X), test.y)
            robust = clean & ~judge.fools(net, *test)
            yield Snapshot(
                step,
                float(total) / since if since else math.nan,
                clean.double().mean().item(),
                robust.double().mean().item(),
                net.to("cpu"),
            )
            total, since = 0.0, 0


# --- the table of ROB-14, and linear classifiers of it ------------------------------------------


def tabular(n: int, *, generator: torch.Generator) -> Labelled:
    """One strong and 20 weak features, X (n, 21), classes 0 and 1, which stand for y = −1 and 1.

    The strong one is y with probability 0.9, else −y; each weak one is ½y + N(0, 1). Together the
    weak ones tell more than the strong one, and ε = ½ is all it takes to turn them round.

    Raises:
        ValueError: n outside [2, 1e6].
    """
    require("n", n, 2, 1_000_000, integer=True)
    classes = torch.arange(int(n)) % 2
    y = 2.0 * classes.double() - 1
    right = torch.rand(int(n), generator=generator, dtype=torch.float64) < STRONG
    noise = torch.randn(int(n), WEAK, generator=generator, dtype=torch.float64)
    strong = torch.where(right, y, -y)
    return Labelled(torch.cat([strong[:, None], PULL * y[:, None] + noise], 1), classes)


def signed(net: Net) -> tuple[Tensor, float]:
    """(w, b) of a linear net of two classes: it says class 1, y = 1, where wᵀx + b > 0."""
    if len(net.weights) != 1 or len(net.biases[0]) != 2:
        raise ValueError("expected a linear net of two classes")
    (W,), (b,) = net.weights, net.biases
    return W[1] - W[0], float(b[1] - b[0])


def toy_accuracy(w: Tensor, b: float, eps: float, norm: float = math.inf) -> float:
    """How often sign(wᵀx + b) is right on the table under attacks of size ε: no sample, the law.

    Given y and the strong feature, the margin y(wᵀx + b) − ε‖w‖_q is normal; at y = ±1 and right
    or wrong that makes four cases.

    Raises:
        ValueError: w of another shape, ε below 0, p < 1.
    """
    if w.shape != (1 + WEAK,):
        raise ValueError(f"expected w of shape ({1 + WEAK},), got {tuple(w.shape)}")
    require("eps", eps, 0)
    strong, weak = w[0].double(), w[1:].double()
    dual = dual_exponent(exponent(norm, 1, name="norm"))
    lost = eps * float(torch.linalg.vector_norm(w.double(), dual))
    spread = float(weak.norm())
    total = 0.0
    for y in (-1, 1):
        for sign, share in ((1, STRONG), (-1, 1 - STRONG)):
            mean = sign * float(strong) + PULL * float(weak.sum()) + y * b - lost
            if spread:
                p = float(torch.special.ndtr(torch.tensor(mean / spread, dtype=torch.float64)))
            else:
                p = float(mean > 0)
            total += share * p / 2
    return total


def worst_logistic_loss(
    w: Tensor, b: Tensor | float, x: Tensor, y: Tensor, eps: float, norm: float = math.inf
) -> Tensor:
    """log(1 + exp(−(y(wᵀx + b) − ε‖w‖_q))): the largest logistic loss in the ball, (n,); y = ±1.

    Raises:
        ValueError: ε below 0, p < 1, labels other than ±1.
    """
    require("eps", eps, 0)
    if (y.abs() != 1).any():
        raise ValueError("expected y to be −1 or 1")
    dual = dual_exponent(exponent(norm, 1, name="norm"))
    margin = y * (x @ w + b) - eps * torch.linalg.vector_norm(w, dual)
    return F.softplus(-margin)
