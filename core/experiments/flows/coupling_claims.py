"""What one coupling layer claims: FLOW-04, FLOW-05 with erratum E-69, FLOW-07, MC-22."""

import math

import torch
from numpy.polynomial.legendre import leggauss

from core.check import Check, equal, same
from core.experiments.flows.coupling import SIDE, Coupling, Layer, along, layer_of, point
from core.flows import jacobian
from core.words import number

NODES, WEIGHTS = (torch.as_tensor(each) for each in leggauss(32))
COUNTS = (512, 2000, 3001)  # of midpoints, for a formula


def checks(
    run: Coupling, *, s: str, size: float, t: str, x1: float, x2: float, keep: str, D: int,
    seed: int, s_of: str, t_of: str,
) -> list[Check]:  # fmt: skip
    """Determinant two ways, inverse, area, zero block, t, volume, its gradient, as printed."""
    layer = layer_of(s, size, t, keep, D, seed, s_of, t_of)
    x = point(layer, x1, x2, seed)
    return [
        _two_ways(run),
        _through(run, layer, x),
        _area(run, layer, x, s == "own"),
        _blocks(run, layer),
        _shift(run, layer_of(s, size, "zero", keep, D, seed, s_of)),
        _volume(run, not bool(run.s.any())),
        _gradient(run),
        _printed(run),
    ]  # fmt: skip


def _two_ways(run: Coupling) -> Check:
    claim = "det J by elimination is exp(Σ s), and Σ s is log det J: largest difference, relative"
    product = math.prod(math.exp(each) for each in run.s.tolist())
    worst = [run.det / product - 1, run.log_det - float(run.s.sum())]
    return same("FLOW-05", claim, worst, [0.0, 0.0], tol=1e-10)


def _through(run: Coupling, layer: Layer, x: torch.Tensor) -> Check:
    """The layer written out, number by number."""
    claim = (
        "what passes is unchanged, y = x exp(s) + t, and (y − t) exp(−s) = x: largest difference"
    )
    u = layer.turned(x)
    moved = [
        float(v) * math.exp(a) + b
        for v, a, b in zip(u[layer.d :], layer.s(u[: layer.d]).tolist(), run.t.tolist())
    ]
    y = layer.turned(torch.cat([u[: layer.d], torch.tensor(moved, dtype=torch.float64)]))
    scale = max(1.0, float(y.abs().max()))
    mine = torch.cat([y, x, x, layer.t(u[: layer.d])]) / scale
    return same("FLOW-04", claim, torch.cat([run.y, run.back, run.x, run.t]) / scale, mine)


def _area(run: Coupling, layer: Layer, x: torch.Tensor, free: bool) -> Check:
    """Columns of the cell are stretched by exp(s) each, so that the area is their mean."""
    claim = "the cell's area grows by the mean of exp(s₁) over it: measured, mean"

    def mean(nodes: torch.Tensor, weights: torch.Tensor | float) -> float:
        u = float(x[layer.kept]) + SIDE / 2 * nodes
        return float((along(layer, x, u)[0].exp() * weights).sum() / 2)

    found, close = mean(NODES, WEIGHTS), True
    if free:
        middles = [torch.linspace(-1, 1, 2 * n + 1, dtype=x.dtype)[1::2] for n in COUNTS]
        *coarse, found = (mean(places, 2 / len(places)) for places in middles)
        close = all(abs(each / found - 1) < 1e-4 for each in coarse)
    known = (close, "s changes too fast for a cell to be measured")
    return equal("FLOW-05", claim, run.area, found, tol=5e-4, needs=(known,))


def _blocks(run: Coupling, layer: Layer) -> Check:
    claim = "J holds I, a block that is exactly 0, and exp(s) on the diagonal: largest difference"
    J, right = run.J, torch.diag(run.s.exp())
    J = J.flip(0, 1) if layer.last else J
    top = torch.cat([torch.eye(run.d), torch.zeros(run.d, len(run.s))], 1)
    corner = J[run.d :, run.d :] / float(right.max())
    wanted = torch.cat([top.flatten(), (right / float(right.max())).flatten()])
    found = torch.cat([J[: run.d].flatten(), corner.flatten()])
    if bool((J[: run.d] != top).any()):
        found = found + 1  # a zero is a zero
    return same("FLOW-05", claim, found, wanted, tol=1e-12)


def _shift(run: Coupling, bare: Layer) -> Check:
    claim = "t plays no part: det J, and det J of the same layer with t = 0"
    u = bare.turned(run.x)
    det = float(torch.linalg.det(jacobian(u, bare.s, bare.t, bare.d)))
    return equal("FLOW-05", claim, run.det, det, tol=1e-10)


def _volume(run: Coupling, additive: bool) -> Check:
    claim = "s = 0 keeps the volume: log det J and det J − 1 are 0: sum of sizes"
    off = abs(run.log_det) + abs(run.det - 1)
    return equal("FLOW-07", claim, off, 0.0, tol=1e-12, needs=((additive, "s is not 0"),))


def _gradient(run: Coupling) -> Check:
    """By autograd through the determinant."""
    claim = "∂ log |det J|/∂J is the inverse of Jᵀ: largest difference"
    with torch.enable_grad():
        J = run.J.detach().clone().requires_grad_()
        (found,) = torch.autograd.grad(torch.linalg.slogdet(J).logabsdet, J)
    wanted = torch.linalg.inv(run.J.T)
    scale = max(1.0, float(wanted.abs().max()))
    return same("MC-22", claim, found / scale, wanted / scale, tol=1e-9)


def _printed(run: Coupling) -> Check:
    claim = "as printed (E-69) ∏ exp(s) has no index: it runs over the D − d numbers that s gives, "
    claim += f"here {len(run.s)}: product, det J"
    several = (len(run.s) > 1, "s gives one number only")
    product = math.prod(math.exp(each) for each in run.s.tolist())
    return equal("FLOW-05", claim, product, run.det, tol=1e-9, needs=(several,))


def says(run: Coupling, *, s: str, size: float) -> str:
    """Area and determinant at the point, and the way back."""
    det = number(run.det, 4)
    if s == "zero" or (s != "own" and size == 0):
        found = f"s = 0: the layer only shifts, and the cell keeps its area, {number(run.area, 4)}"
        return f"{found}. {_back(run)}"
    if len(run.x) == 2:
        found = (
            f"The cell's area is multiplied by {number(run.area, 4)}; det J at its middle is {det}"
        )
        return f"{found} = exp(s). {_back(run)}"
    every = "both" if len(run.s) == 2 else f"all {len(run.s)}"
    return f"det J = exp({_exponent(run)}) = {det}, from {every} numbers of s. {_back(run)}"


def _exponent(run: Coupling) -> str:
    return " + ".join(number(each) for each in run.s).replace("+ −", "− ")


def _back(run: Coupling) -> str:
    off = float((run.back - run.x).abs().max())
    exact = "exactly" if off == 0 else f"up to {off:.1g}"
    return f"The inverse leads y back to x {exact}."


def _enters(run: Coupling) -> str:
    """How t enters the determinant: not at all where exp(Σ s) alone is it."""
    return "none" if abs(run.det / math.exp(run.log_det) - 1) < 1e-9 else "adds"


def _sum(run: Coupling) -> str:
    e = run.s.exp()
    options = {"product": float(e.prod()), "sum": float(e.sum()), "one": float(e[0])}
    return min(options, key=lambda key: abs(options[key] - run.det))


answers = {
    "shift": lambda run: (_enters(run), {"t": float(run.t[0]), "det": run.det}),
    "nets": lambda run: (
        "exact" if float((run.back - run.x).abs().max()) < 1e-9 else "rough",
        {"off": float((run.back - run.x).abs().max())},
    ),
    "four": lambda run: (_sum(run), {"exponent": _exponent(run)}),
}
