"""PGD on handwritten digits, one and many, and one digit at 50 radii, against torchattacks."""

import math
from collections.abc import Callable, Iterator

import torch
import torchattacks
from torch import Tensor, nn

from benchmarks.row import Row, cpu_ms
from core.adversarial import eps_sweep, pgd
from core.adversarial.nets import Learner, Net
from core.adversarial.outcomes import PACE
from core.rng import generator
from core.shapley.digits import GREY, digits, labels

EPS = {math.inf: 0.1, 2: 1.0}
STEPS, RADII = 40, 50
MOST = 0.01  # share of the images that may differ by more than the agreement that is shown


def trained(dtype: torch.dtype = torch.float32) -> tuple[Net, Tensor, Tensor]:
    """A network 64 -> 64 -> 10 that reads digits, 60 steps of AdamW; all digits and classes."""
    x, y = (digits() / GREY).to(dtype), torch.tensor(labels())
    learner = Learner((64, 64, 10), lr=0.01, generator=generator(0), dtype=dtype)
    for _ in range(60):
        learner.step(x, y)
    return learner.net, x, y


def module(net: Net) -> nn.Module:
    """The same network as its text-books write it, on pictures (n, 1, 8, 8)."""
    parts: list[nn.Module] = [nn.Flatten()]
    for W, b in zip(net.weights, net.biases):
        layer = nn.Linear(W.shape[1], W.shape[0]).to(W.dtype)
        layer.weight.data, layer.bias.data = W.clone(), b.clone()
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1]).eval()


def theirs(model: nn.Module, x: Tensor, y: Tensor, eps: float, alpha: float, norm: float) -> Tensor:
    """Their images, (n, 64)."""
    kind = torchattacks.PGD if math.isinf(norm) else torchattacks.PGDL2
    attack = kind(model, eps=eps, alpha=alpha, steps=STEPS, random_start=False)
    return attack(x.view(-1, 1, 8, 8), y).view(len(x), -1)


def apart(one: Tensor, other: Tensor) -> float:
    """The largest difference of an entry, on all images but the share `MOST`."""
    each = (one - other).abs().flatten(1).amax(1).sort().values
    return float(each[max(0, math.ceil((1 - MOST) * len(each)) - 1)])


def row(what: str, budget: float, mine: Callable[[], Tensor], peer: Callable[[], Tensor]) -> Row:
    agreement = apart(mine(), peer())
    name = "torchattacks, from the digit itself"
    return Row(what, cpu_ms(mine), name, cpu_ms(peer), budget, agreement)


def rows() -> Iterator[Row]:
    """PGD-40 in two norms and two sizes, then the sweep."""
    net, images, classes = trained()
    model = module(net)
    for norm, eps in EPS.items():
        alpha = PACE * eps / STEPS
        for n, budget in ((256, 1.5), (1, 3.0)):
            x, y = images[:n], classes[:n]
            how = {"norm": norm, "alpha": alpha, "steps": STEPS, "bounds": (0, 1)}
            yield row(
                f"PGD-{STEPS}, L{'∞' if math.isinf(norm) else norm}, digits, MLP 64, n = {n}",
                budget,
                lambda: pgd(net, x, y, eps, **how, generator=None),  # noqa: B023
                lambda: theirs(model, x, y, eps, alpha, norm),  # noqa: B023
            )
    x, y = images[:1], classes[:1]
    radii = torch.linspace(0, 0.3, RADII + 1)[1:].tolist()
    yield row(
        f"one digit at {RADII} radii, PGD-{STEPS}, L∞",
        30.0,
        lambda: eps_sweep(net, x, y, radii, steps=STEPS, bounds=(0, 1)).x[:, 0],
        lambda: torch.cat(
            [theirs(model, x, y, eps, PACE * eps / STEPS, math.inf) for eps in radii]
        ),
    )
