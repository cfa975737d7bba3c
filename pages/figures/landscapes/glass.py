"""Inside one step: the arrows of a step on the contours, its size, the step of each coordinate."""

from functools import lru_cache

import numpy as np
import torch

from core.experiments.landscapes.glass import BALLS, Glass
from core.landscapes.surfaces import quadratic
from core.optimizers import NAMES
from pages.figures.marks import arrows, contours, dots, line
from pages.figures.plot import Handle, Panel, Picture, axis, coarse

PHASES = {
    "momentum": ("gradient", "kept velocity", "move"),
    "nesterov": ("look ahead", "gradient there", "move"),
    "rmsprop": ("gradient", "v", "move"),
    "adam": ("gradient", "m", "v", "corrected", "move"),
    "adam_printed": ("gradient", "m", "v", "corrected", "move"),
}
BESIDE = {
    "momentum": "gradient descent",
    "nesterov": "gradient descent",
    "rmsprop": "with bias correction",
    "adam": "without bias correction",
    "adam_printed": "Adam as in the paper",
}


def figure(
    result: Glass,
    *,
    method: str,
    kappa: float,
    angle: float,
    lr: float,
    beta: float,
    beta1: float,
    beta2: float,
    steps: int,
    **_: object,
) -> Picture:
    """The bowl with the parts of every step, the size of the steps, the step per coordinate."""
    columns = {"x": result.x, "a": result.at, "g": result.g, "m": result.m, "v": result.v}
    columns |= {"mh": result.m_hat, "vh": result.v_hat, "d": result.move}
    before = result.m.roll(1, 0)
    before[0] = 0
    columns |= {"p": before, "n": result.x + result.move, "s": result.scale}
    track = {
        name + suffix: column[:, i].numpy()
        for name, column in columns.items()
        for i, suffix in enumerate("xy")
    }
    track["x"], track["y"] = track.pop("xx"), track.pop("xy")
    return Picture(
        panels=(
            _plane(result, method, kappa, angle, lr, beta),
            _size(result, method, steps),
            _balls(result, steps) if method in BALLS else _scale(result, steps),
        ),
        frames=len(result.x),
        track={"k": np.arange(len(result.x)), "f": result.f.numpy(), **track},
        formula=_formula(method, lr, beta, beta1, beta2),
        phases=PHASES[method],
    )


def _pair(name: str, role: str = "") -> str:
    pair = rf"\begin{{pmatrix}} @{name}x@ \\ @{name}y@ \end{{pmatrix}}"
    return rf"\role{{{role}}}{{{pair}}}" if role else pair


def _formula(method: str, lr: float, beta: float, beta1: float, beta2: float) -> tuple[str, ...]:
    move, g = _pair("d", "wrong" if method == "adam_printed" else "model"), _pair("g", "force")
    if method in BALLS:
        ahead = rf"\vartheta = \theta + \beta(\theta - \theta_{{-1}}) = {_pair('a', 'third')}"
        at = r"\vartheta" if method == "nesterov" else r"\theta"
        keep = rf"{beta:g}\,{_pair('p', 'second')}"
        return (
            *([ahead] if method == "nesterov" else []),
            rf"v = \beta v + \role{{force}}{{\nabla f({at})}} = {keep} + {g} = {_pair('m')}",
            rf"\Delta\theta = -\eta v = -{lr:g}\,{_pair('m')} = {move}",
        )
    if method == "rmsprop":
        return (
            rf"v = \beta v + (1-\beta)\role{{force}}{{g}}^2 = {_pair('v', 'fourth')},\qquad "
            rf"\role{{force}}{{g}} = {g}",
            rf"\Delta\theta = -\frac{{\alpha}}{{\sqrt v + \varepsilon}}\,g = "
            rf"-{_pair('s', 'fourth')} \odot {g} = {move}",
        )
    rule = r"-\frac{\alpha}{\sqrt{\hat v} + \varepsilon}"
    tail = "" if method == "adam_printed" else rf"\odot {_pair('mh', 'third')}"
    return (
        rf"m = {beta1:g}\,m + {1 - beta1:.4g}\,{g} = {_pair('m', 'second')},\qquad "
        rf"v = {beta2:g}\,v + {1 - beta2:.4g}\,\role{{force}}{{g}}^2 = {_pair('v', 'fourth')}",
        rf"\hat m = {_pair('mh', 'third')},\qquad \hat v = {_pair('vh', 'fourth')}",
        rf"\Delta\theta = {rule}{'' if method == 'adam_printed' else chr(92) + 'hat m'} = "
        rf"-{_pair('s', 'fourth')}{tail} = {move}",
    )


def _plane(result: Glass, method: str, kappa: float, angle: float, lr: float, beta: float) -> Panel:
    reach = 5.0 if method == "adam_printed" else 2.0
    x = result.x.numpy()
    parts = _arrows(result, method, lr, beta)
    shown = ", ".join(trace["name"] for trace in parts)
    return Panel(
        "plane",
        f"{NAMES[method]}, step by step; open a step with the player",
        (
            _bowl(kappa, angle, reach),
            line(x[:, 0], x[:, 1], "ink", "path", play=True, pin=True),
            dots([0.0], [0.0], "good", "minimum", 11),
            *parts,
        ),
        {"xaxis": axis("θ₁", -reach, reach), "yaxis": axis("θ₂", -reach, reach)},
        f"Contours of a bowl and the path of {NAMES[method]} from ({x[0, 0]:.3g}, {x[0, 1]:.3g}) "
        f"to ({x[-1, 0]:.3g}, {x[-1, 1]:.3g}). Arrows of the current step: {shown}.",
        handles=(Handle(x[0, 0], x[0, 1], ("x0", "y0"), "start"),),
        equal=True,
    )


@lru_cache(maxsize=32)
def _bowl(kappa: float, angle: float, reach: float) -> dict:
    side = np.linspace(-reach, reach, 81)
    grid = torch.from_numpy(np.stack(np.meshgrid(side, side), axis=-1))
    floor = max(0.02, 1.2 * kappa * (side[1] - side[0]) ** 2)
    levels = np.geomspace(floor, max(kappa, 2 * floor) * reach**2, 11)
    return contours(side, side, quadratic(kappa, angle).f(grid).numpy(), levels)


def _arrows(result: Glass, method: str, lr: float, beta: float) -> list[dict]:
    """One trace per part of a step; triple k is the arrow of frame k."""
    x, g, m, m_hat, at, move = (
        t.numpy() for t in (result.x, result.g, result.m, result.m_hat, result.at, result.move)
    )
    phases = PHASES[method]

    def part(tails, tips, role, name, phase):
        return arrows(tails, tips, role, name, frames=True, phase=phases.index(phase), label=name)

    taken = part(x, x + move, "wrong" if method == "adam_printed" else "model", "Δθ", "move")
    if method == "nesterov":
        return [
            part(x, at, "second", "look ahead", "look ahead"),
            part(at, at - lr * g, "force", "−η∇f there", "gradient there"),
            taken,
        ]
    if method == "momentum":
        kept = move + lr * g
        return [
            part(x, x - lr * g, "force", "−η∇f", "gradient"),
            part(x - lr * g, x - lr * g + kept, "second", "β(θ − θ₋₁)", "kept velocity"),
            taken,
        ]
    # gradients and moments share one scale, the longest fits into the window
    shrink = 1.0 / coarse(max(float(np.abs(g).max()), float(np.abs(m_hat).max()), 1e-6))
    times = "" if shrink == 1 else f"{shrink:.3g} "
    arms = result.scale.numpy()
    arms = 0.5 * arms / arms.max(1, keepdims=True) * np.where(m_hat > 0, -1.0, 1.0)
    flat, tall = arms * [1.0, 0.0], arms * [0.0, 1.0]
    moments = method != "rmsprop"
    return [
        part(x, x - shrink * g, "force", f"−{times}g", "gradient"),
        *([part(x, x - shrink * m, "second", f"−{times}m", "m")] if moments else []),
        part(x, x + flat, "fourth", "∝ 1/√v̂₁", "v"),
        part(x, x + tall, "fourth", "∝ 1/√v̂₂", "v"),
        *([part(x, x - shrink * m_hat, "third", f"−{times}m̂", "corrected")] if moments else []),
        taken,
    ]


def _size(result: Glass, method: str, steps: int) -> Panel:
    k = np.arange(len(result.size))
    size, other = (np.clip(v.numpy(), 1e-6, 1e6) for v in (result.size, result.other))
    role = "wrong" if method == "adam_printed" else "model"
    unit = "η" if method in BALLS else "α"
    return Panel(
        "size",
        f"Length of a step in units of {unit}",
        (
            line([0, coarse(steps)], [1, 1], "theory", "1"),
            line(k, other, "second", BESIDE[method], label=BESIDE[method]),
            line(k, size, role, NAMES[method], label=NAMES[method], play=True),
        ),
        {
            "xaxis": axis("step k", 0, coarse(steps)),
            "yaxis": axis(f"max |Δθᵢ| / {unit}", 1e-3, 1e3, log=True),
        },
        f"The first step is {size[0]:.3g} {unit} long, {BESIDE[method]} {other[0]:.3g} {unit}; "
        f"the last shown {size[-1]:.3g} and {other[-1]:.3g}.",
    )


def _scale(result: Glass, steps: int) -> Panel:
    k = np.arange(len(result.scale))
    scale = np.clip(result.scale.numpy(), 1e-6, 1e9)
    return Panel(
        "scale",
        "Effective step of each coordinate",
        tuple(
            line(k, scale[:, i], role, name, label=name, play=True)
            for i, role, name in ((0, "fourth", "θ₁"), (1, "third", "θ₂"))
        ),
        {
            "xaxis": axis("step k", 0, coarse(steps)),
            "yaxis": axis("α / (√v̂ + ε)", 1e-4, 1e2, log=True),
        },
        f"The effective step begins at {scale[0, 0]:.3g} for θ₁ and {scale[0, 1]:.3g} for θ₂ and "
        f"ends at {scale[-1, 0]:.3g} and {scale[-1, 1]:.3g}.",
    )


def _balls(result: Glass, steps: int) -> Panel:
    k = np.arange(len(result.m))
    m = result.m.numpy()
    reach = coarse(max(float(np.abs(m).max()), 1e-3))
    return Panel(
        "velocity",
        "Velocity: the discounted sum of the gradients",
        tuple(
            line(k, m[:, i], role, name, label=name, play=True)
            for i, role, name in ((0, "fourth", "v₁"), (1, "third", "v₂"))
        ),
        {
            "xaxis": axis("step k", 0, coarse(steps)),
            "yaxis": axis("velocity v", -reach, reach),
        },
        f"The velocity begins at ({m[0, 0]:.3g}, {m[0, 1]:.3g}) and ends at ({m[-1, 0]:.3g}, "
        f"{m[-1, 1]:.3g}); its largest coordinate is {np.abs(m).max():.3g}.",
    )
