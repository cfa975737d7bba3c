"""Derivatives against nested autograd, multipliers against scipy, tangent kernels against torch."""

from collections.abc import Iterator

import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.func import functional_call, jacrev, vmap

from benchmarks.row import Row, cpu_ms
from core.convexity import derivatives, lagrange, pl_constant, shape, tangent_kernel
from core.convexity.jets import nested
from core.convexity.wide import labelled, raised, start

PLACES = torch.linspace(-0.9, 1.5, 400, dtype=torch.float64)
WIDTH, POINTS = 512, 10
REACH, STEPS = 10.0, 400_001


def rows() -> Iterator[Row]:
    """Nine derivatives, one multiplier, a kernel and a PL constant."""
    for name in ("log1p", "log_cosh", "runge"):
        f = shape(name)
        yield Row(
            what=f"nine derivatives of {f.name} at 400 places",
            ours_ms=cpu_ms(lambda: derivatives(f.f, PLACES, 9)),  # noqa: B023
            peer="torch.autograd.grad, nested",
            peer_ms=cpu_ms(lambda: nested(f.f, PLACES, 9), 3),  # noqa: B023
            budget=10.0,
            agreement=relative(derivatives(f.f, PLACES, 9), nested(f.f, PLACES, 9)),
        )
    yield multiplier()
    yield kernel()
    yield constant()


def relative(ours: Tensor, theirs: Tensor) -> float:
    return float(((ours - theirs).abs() / (1 + theirs.abs())).max())


def multiplier() -> Row:
    """The largest x + y on a circle; theirs gives the point alone."""
    begin = torch.tensor([1.0, 0.2], dtype=torch.float64)

    def ours() -> Tensor:
        return lagrange(lambda p: p.sum(-1), lambda p: p.square().sum(-1), 1.0, begin).point

    def theirs() -> Tensor:
        circle = {"type": "eq", "fun": lambda p: p @ p - 1, "jac": lambda p: 2 * p}
        found = minimize(
            lambda p: -p.sum(), begin.numpy(), jac=lambda p: -p**0, method="SLSQP",
            constraints=[circle], tol=1e-12,
        )  # fmt: skip
        return torch.from_numpy(found.x)

    return Row(
        what="a multiplier on a circle, gradients and Hessians by autograd",
        ours_ms=cpu_ms(ours, 9),
        peer="scipy, SLSQP with given gradients",
        peer_ms=cpu_ms(theirs, 9),
        budget=0.05,
        agreement=float((ours() - theirs()).abs().max()),
    )


def kernel() -> Row:
    net, x = start(WIDTH, 0), raised(labelled(POINTS, 0)[0])
    module = torch.nn.Sequential(torch.nn.Linear(3, WIDTH, False), Erf(), torch.nn.Linear(WIDTH, 1))
    weights = {"0.weight": net.w, "2.weight": net.a[None] / WIDTH**0.5}
    bias = {"2.bias": torch.zeros(1, dtype=torch.float64)}

    def theirs() -> Tensor:
        def output(weights, row):
            return functional_call(module, weights | bias, (row,))[0]

        J = vmap(jacrev(output), (None, 0))(weights, x)
        first = J["0.weight"].flatten(1)
        second = J["2.weight"].flatten(1) / WIDTH**0.5
        return first @ first.T + second @ second.T

    return Row(
        what=f"tangent kernel of {WIDTH} neurons, {POINTS} points",
        ours_ms=cpu_ms(lambda: tangent_kernel(net, x), 9),
        peer="torch.func, vmap(jacrev)",
        peer_ms=cpu_ms(theirs, 9),
        budget=2.0,
        agreement=float((tangent_kernel(net, x) - theirs()).abs().max()),
    )


class Erf(torch.nn.Module):
    """erf as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.erf(x)


def constant() -> Row:
    """Theirs is the least quotient of a grid: the agreement is that of the grid."""
    f = shape("sine_valley", 3.0)

    def theirs() -> float:
        x = torch.linspace(-REACH, REACH, STEPS - 1, dtype=torch.float64).requires_grad_()
        value = f(x)
        (slope,) = torch.autograd.grad(value.sum(), x)
        return float((slope.square() / 2 / value).min().detach())

    return Row(
        what="PL constant of x² + 3 sin² x",
        ours_ms=cpu_ms(lambda: pl_constant(f, 0.0, -REACH, REACH), 9),
        peer=f"torch, {STEPS - 1} places",
        peer_ms=cpu_ms(theirs, 9),
        budget=0.5,
        agreement=abs(pl_constant(f, 0.0, -REACH, REACH) - theirs()),
    )
