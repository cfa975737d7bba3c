"""What the tangent of a net claims: ROB-11, and what happened."""

import math

import torch
from torch import Tensor

from core.adversarial import Net, jacobian
from core.adversarial.plane import learned
from core.check import Check, at_most, equal, same
from core.experiments.adversarial.tangent import BOX, Tangent, directions

FINE = 1e-3  # a step small enough for second differences


def checks(
    run: Tangent, *, cloud: str, activation: str, x1: float, x2: float, radius: float
) -> list[Check]:
    """The order of the error, the linear piece, both boundaries, the disc."""
    net = learned(cloud, activation).net
    relu = activation == "relu"
    x = torch.tensor([x1, x2], dtype=torch.float64)
    smooth = (not relu, "ReLU bends at kinks only")
    found = _errors(net, x, run.J, torch.cat([run.size, run.size.new_tensor([radius])]))
    return [
        _order(run, smooth),
        _inside(run, net, relu),
        _bend(run, net, smooth),
        _foot(run),
        _true(run, net),
        same(
            "ROB-11",
            "the errors drawn are ‖f(x + δ) − f(x) − Jδ‖, f and J from another route: difference",
            torch.cat([run.error, run.error.new_tensor([run.at_radius])]),
            found,
        ),
        _disc(run, net, x, radius),
        _row(run, net, x),
    ]


def _errors(net: Net, x: Tensor, J: Tensor, sizes: Tensor) -> Tensor:
    """The largest error at each distance, layer by layer for every place, (n,)."""
    delta = sizes[:, None, None] * directions()
    h = x + delta
    for W, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        h = (h[..., None, :] * W).sum(-1) + b
        h = h.tanh() if net.activation == "tanh" else h.clamp(min=0)
    there = (h[..., None, :] * net.weights[-1]).sum(-1) + net.biases[-1]
    return (there - net(x) - delta @ J.T).norm(dim=-1).amax(-1)


def _order(run: Tangent, smooth: tuple) -> Check:
    """Four times, up to what the third order adds at the smallest distances."""
    bent = (run.bend > 1e-4, "the net is straight here, up to rounding")
    claim = "half as far from x, a quarter of the error: factor at the smallest distance drawn"
    return equal("ROB-11", claim, run.error[3] / run.error[0], 4, tol=0.1, needs=(smooth, bent))


def _inside(run: Tangent, net: Net, relu: bool) -> Check:
    """Just inside the corners the same units are on, just beyond the edges others."""
    claim = "inside its linear piece a ReLU net is its tangent: largest error there over the scores"
    pieces = (relu, "tanh has no linear pieces")
    room = (run.edge > 1e-6, "x lies on the rim of its piece")
    near = _errors(net, run.x, run.J, run.edge * (1 - 1e-6) * torch.tensor([0.5, 1.0]).double())
    if relu and run.edge > 1e-6:
        middle = (run.piece + run.piece.roll(1, 0)) / 2
        middle = middle[middle.abs().amax(1) < 0.999 * BOX]  # not on the edges of the square
        own = _pattern(net, run.x)
        inside = _pattern(net, run.x + 0.999 * (run.piece - run.x)) == own
        beyond = _pattern(net, run.x + 1.001 * (middle - run.x)) == own
        if not inside.all() or beyond.all(1).any():
            return at_most("ROB-11", claim, math.inf, 0, needs=(pieces, room))
    scale = 1 + float(run.scores.abs().max())
    return at_most("ROB-11", claim, near.max() / scale, 0, needs=(pieces, room))


def _fine() -> Tensor:
    angle = torch.arange(720, dtype=torch.float64) * (math.pi / 360)
    return torch.stack([angle.cos(), angle.sin()], 1)


def _pattern(net: Net, places: Tensor) -> Tensor:
    """Which hidden units are on, (n, units)."""
    _, kept = net.forward(places)
    return torch.cat([h > 0 for h in kept[1:]], -1)


def _bend(run: Tangent, net: Net, smooth: tuple) -> Check:
    """Second differences, four-point, over the same directions."""
    claim = "error/‖δ‖² tends to ½ max ‖D²f[u, u]‖, by second differences: relative to 1 + itself"
    u = FINE * directions()
    sides = net(run.x + 2 * u) + net(run.x - 2 * u), net(run.x + u) + net(run.x - u)
    twice = (16 * sides[1] - sides[0] - 30 * net(run.x)) / (12 * FINE**2)
    half = 0.5 * float(twice.norm(dim=1).max())
    if not smooth[0]:
        return equal("ROB-11", "ReLU has no second derivative: ½‖f″‖", run.bend, 0)
    return equal("ROB-11", claim, run.bend / (1 + half), half / (1 + half), tol=1e-4)


def _foot(run: Tangent) -> Check:
    """The tangent's foot: a zero of the linearised margin, the nearest one."""
    slope = run.slope
    claim = "the tangent's step is the shortest with m + ∇m·δ = 0: δ = −m ∇m/‖∇m‖², difference"
    steep = (bool(slope.any()), "the tangent is level")
    exact = -run.margin * slope / (slope @ slope).clamp(min=1e-300)
    scale = exact.norm().clamp(min=1e-300)
    return same("ROB-10", claim, run.step / scale, exact / scale, needs=(steep,))


def _true(run: Tangent, net: Net) -> Check:
    """The margin is 0 at the place found, and the open disc up to it holds no other class."""
    claim = (
        "up to the true boundary all places are read alike: places that are not, plus |m| at the "
        "boundary over the scores"
    )
    shares = torch.linspace(0.05, 0.999, 24, dtype=torch.float64)
    places = run.x + run.true * shares[:, None, None] * _fine()[::4]
    read = net(run.x).argmax()
    other = (net(places).argmax(-1) != read).sum() if run.true > 1e-6 else 0
    there = net(run.near)
    off = (there[1] - there[0]).abs() / (1 + run.scores.abs().max())
    return at_most("ROB-01", claim, other + off, 0, tol=1e-4)


def _disc(run: Tangent, net: Net, x: Tensor, radius: float) -> Check:
    claim = "in the disc: spots where net and tangent disagree and are not marked, or the other way"
    apart, tangent = run.spots - x, net(x) + (run.spots - x) @ run.J.T
    wrong = net(run.spots).argmax(-1) != tangent.argmax(-1)
    even = apart.square().sum(1).mean() / radius**2
    # evenly spread over a disc the mean square distance is half that of the rim
    return equal("", claim, (wrong != run.misread).sum() + (even - 0.5).abs(), 0, tol=1e-6)


def _row(run: Tangent, net: Net, x: Tensor) -> Check:
    claim = (
        "x, f(x), the rows ∇f of J and f where the step lands, from autograd: largest difference"
    )
    rows = jacobian(lambda z: net(z), x[None])[0]
    mine = torch.cat([run.x, run.scores, run.J.flatten(), run.landing])
    return same("ROB-11", claim, mine, torch.cat([x, net(x), rows.flatten(), net(x + run.step)]))


def compared(reach: float, true: float) -> str:
    """The tangent's distance against the true one, in words."""
    if math.isinf(reach):
        return "The tangent is level: by it there is no boundary at all"
    both = f"By the tangent the boundary is {reach:.3g} away, in truth {true:.3g}"
    if true < 1e-6:
        return "x lies on the boundary, and the tangent says so"
    ratio = reach / true
    if _alike(reach, true):
        return f"By the tangent the boundary is {reach:.3g} away, and so it is"
    if ratio >= 1.95:
        return f"{both}: {ratio:.3g} times as far"
    return f"{both}: {100 * abs(ratio - 1):.2g} % too {'far' if ratio > 1 else 'near'}"


def _alike(reach: float, true: float) -> bool:
    return abs(reach - true) < 5e-4 * true


def says(run: Tangent, *, activation: str, radius: float) -> str:
    """Both distances, the disc, and the linear piece."""
    share = float(run.misread.double().mean())
    disc = "nowhere" if share == 0 else f"at {100 * share:.2g} % of the places"
    text = f"{compared(run.reach, run.true)}."
    far = run.true > 1e-6 and math.isfinite(run.reach) and not _alike(run.reach, run.true)
    if far and not run.crossed:
        text += " Its step ends where the class of x is read" + " again" * (run.reach > run.true)
        text += "."
    text += f" Within {radius:g} of x it gives the wrong class {disc}"
    if activation == "tanh":
        return f"{text}; its scores are off by up to {run.at_radius:.2g} at that distance."
    if run.edge < 1e-9:
        return f"{text}. x lies on a kink, so one side is not its linear piece."
    text += f". Up to {run.edge:.3g}, where the first unit switches, its scores are exact"
    return text + (
        f"; at {radius:g} off by up to {run.at_radius:.2g}." if radius > run.edge else "."
    )


def _tenth(run: Tangent) -> float:
    """How much larger the error is ten times as far from x, at small distances."""
    return float(run.error[10] / run.error[0]) * (10 / float(run.size[10] / run.size[0])) ** 2


answers = {
    "tenth": lambda run: (_tenth(run), {"error": _tenth(run)}),
    "far": lambda run: run.reach,
    "piece": lambda run: "zero" if run.at_radius < 1e-9 else run.at_radius,
}
