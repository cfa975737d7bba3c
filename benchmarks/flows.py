"""A training step of a coupling flow against zuko's, on the same weights and the same batches."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from benchmarks.row import Line, Row, cpu_ms
from core.flows import Flow, entropy, gaussian, nll, split, train
from core.flows.nets import matrices
from core.flows.stack import BOUND, sizes
from core.flows.training import CLIP
from core.rng import generator

STEPS, LAYERS, WIDTH, BATCH, LR = 200, 4, 64, 256, 5e-3
FEW = 50  # steps after which both are compared, in float64


def peer_of(flow: Flow):
    """zuko's flow of the same layers, weights and activation; it maps data to the base.

    Its networks give (t, r) where ours give (r, t), and its own bound on s is another one: the
    transformation of one number is given to it with ours.
    """
    import zuko
    from zuko.flows.coupling import GeneralCouplingTransform
    from zuko.lazy import UnconditionalDistribution

    class Bounded(zuko.transforms.MonotonicAffineTransform):
        def __init__(self, shift: Tensor, scale: Tensor):
            super().__init__(shift, scale)
            self.log_scale = BOUND * torch.tanh(scale / BOUND)
            self.scale = self.log_scale.exp()

    layers = []
    for k, theta in enumerate(flow.theta):
        mask = torch.arange(2) == flow.kept(k)
        layer = GeneralCouplingTransform(
            2, mask=mask, univariate=Bounded, hidden_features=[flow.width] * 2, activation=nn.SiLU
        ).to(theta.dtype)
        lines = [part for part in layer.hyper if hasattr(part, "weight")]
        with torch.no_grad():
            for line, both in zip(lines, matrices(theta, sizes(flow.width)), strict=True):
                both = both.flip(0) if line is lines[-1] else both
                line.weight.copy_(both[:, :-1])
                line.bias.copy_(both[:, -1])
        layers.append(layer.inv)
    zero, one = torch.zeros(2, dtype=flow.theta.dtype), torch.ones(2, dtype=flow.theta.dtype)
    base = UnconditionalDistribution(zuko.distributions.DiagNormal, zero, one, buffer=True)
    return zuko.flows.Flow(layers[::-1], base)


def theirs(start: Flow, steps: int, dtype: torch.dtype = torch.float32) -> nn.Module:
    """The loop of their documentation, with Adam, on the batches and the rates of `train`."""
    flow = peer_of(Flow(start.theta.to(dtype), start.width))
    random = generator(0)
    points = split("moons", generator=random)[0].to(dtype)
    adam = torch.optim.Adam(flow.parameters(), lr=LR)
    for step in range(steps):
        for group in adam.param_groups:
            group["lr"] = LR * (1 + math.cos(math.pi * step / steps)) / 2
        x = points[torch.randint(len(points), (BATCH,), generator=random)]
        loss = -flow().log_prob(x).mean()
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(flow.parameters(), CLIP, foreach=True)
        adam.step()
    return flow


def ours(steps: int, dtype: torch.dtype = torch.float32) -> Flow:
    """The last flow of a training."""
    *_, last = train(
        "moons", LAYERS, steps, width=WIDTH, batch=BATCH, lr=LR, every=steps, dtype=dtype
    )
    return last.flow


def rows() -> Iterator[Row | Line]:
    """The time of a training beside the peer's, then how good flows of some depths are."""
    start = Flow.start(LAYERS, width=WIDTH)
    x = split("moons", generator=generator(0))[1][:200]
    peer = theirs(start, FEW, torch.float64)().log_prob(x).detach()
    yield Row(
        what=f"coupling flow, {STEPS} steps, {LAYERS} layers of 2 × {WIDTH}, batch {BATCH}",
        ours_ms=cpu_ms(lambda: ours(STEPS)),
        peer=f"zuko, torch.optim.Adam; agreement of ln p after {FEW} steps, float64",
        peer_ms=cpu_ms(lambda: theirs(start, STEPS)),
        budget=1.0,
        agreement=float((ours(FEW, torch.float64).log_prob(x) - peer).abs().max()),
    )
    yield quality()


def quality() -> Line:
    """Mean −ln p of held-out moons, 600 steps, mean of three seeds."""
    found = {}
    for layers in (1, 2, 4, 8):
        ends = [list(train("moons", layers, 600, seed, every=600))[-1] for seed in range(3)]
        found[layers] = sum(end.validation for end in ends) / 3
    points, held = split("moons", generator=generator(0))
    return Line(
        "held-out −ln p of moons, by layers",
        ", ".join(f"{layers}: {value:.3f}" for layers, value in found.items()),
        peer=f"one Gaussian {nll(gaussian(points), held):.3f}, the law itself "
        f"{entropy('moons'):.3f}",
    )
