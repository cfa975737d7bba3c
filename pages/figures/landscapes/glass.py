"""Inside one step: the arrows of a step on the contours, its size, the step of each coordinate."""

import numpy as np

from core.experiments.landscapes.glass import BALLS, Glass
from core.landscapes import quadratic
from core.optimizers import NAMES
from pages.figures.marks import arrows, dots, line, rule
from pages.figures.parts.landscape import columns, fall, pair, plane
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

PHASES = {
    "momentum": ("gradient", "kept velocity", "move"),
    "nesterov": ("look ahead", "gradient there", "move"),
    "rmsprop": ("gradient", "v", "move"),
    "adam": ("gradient", "m", "v", "corrected", "move"),
}
BESIDE = {
    "momentum": "gradient descent",
    "nesterov": "gradient descent",
    "rmsprop": "with bias correction",
    "adam": "without bias correction",
    "adam_printed": "Adam as in the paper",
}


def figure(run: Glass, *, kappa: float, angle: float, steps: int) -> Picture:
    """The bowl with the parts of every step, the size of the steps, the step per coordinate."""
    x, before = run.x[:-1], run.m.roll(1, 0)
    before[0] = 0
    paths = {"": x, "a": run.at, "g": run.g, "m": run.m, "v": run.v, "d": run.move}
    paths |= {"mh": run.m_hat, "vh": run.v_hat, "p": before, "n": run.x[1:], "s": run.scale}
    k, f = np.arange(len(x)), quadratic(kappa, angle).f(x).numpy()
    phases = PHASES[run.method.removesuffix("_printed")]
    return Picture(
        (_plane(run, kappa, angle, phases), _size(run, steps), _coordinates(run, steps)),
        frames=len(x),
        track={"k": k, "f": f, **columns(paths)},
        formula=_formula(run),
        phases=phases,
    )


def _role(run: Glass) -> str:
    return "wrong" if run.method == "adam_printed" else "model"


def _pair(name: str, role: str = "") -> str:
    column = pair(f"@{name}x@", f"@{name}y@")
    return rf"\role{{{role}}}{{{column}}}" if role else column


def _formula(run: Glass) -> tuple[str, ...]:
    (b1, b2), move, g = run.betas, _pair("d", _role(run)), _pair("g", "force")
    s, v = _pair("s", "fourth"), _pair("v", "fourth")
    if run.method in BALLS:
        ahead = rf"y = x + \beta(x - x_{{-1}}) = {_pair('a', 'third')}"
        at = "y" if run.method == "nesterov" else "x"
        return (
            *([ahead] if run.method == "nesterov" else []),
            rf"v = \beta v + \role{{force}}{{\nabla f({at})}} = {b1:g}\,{_pair('p', 'second')} + "
            rf"{g} = {_pair('m')}",
            rf"\Delta x = -\eta v = -{run.lr:g}\,{_pair('m')} = {move}",
        )
    if run.method == "rmsprop":
        return (
            rf"v = \beta v + (1-\beta)\role{{force}}{{g}}^2 = {v},\qquad \role{{force}}{{g}} = {g}",
            r"\Delta x = -\frac{\eta}{\sqrt v + \varepsilon}\,g = "
            rf"-{s} \odot {g} = {move}",
        )
    m_hat = _pair("mh", "third")
    hat, tail = ("", "") if run.method == "adam_printed" else (r"\hat m", rf"\odot {m_hat}")
    return (
        rf"m = {b1:g}\,m + {1 - b1:.4g}\,{g} = {_pair('m', 'second')},\qquad "
        rf"v = {b2:g}\,v + {1 - b2:.4g}\,\role{{force}}{{g}}^2 = {v}",
        rf"\hat m = {m_hat},\qquad \hat v = {_pair('vh', 'fourth')}",
        rf"\Delta x = -\frac{{\eta}}{{\sqrt{{\hat v}} + \varepsilon}}{hat} = "
        rf"-{s}{tail} = {move}",
    )


def _plane(run: Glass, kappa: float, angle: float, phases: tuple[str, ...]) -> Panel:
    x, parts, name = run.x[:-1].numpy(), _arrows(run, phases), NAMES[run.method]
    return plane(
        f"{name}, step by step; open a step with the player",
        kappa,
        angle,
        5.0 if run.method == "adam_printed" else 2.0,
        "x₁ x₂",
        line(x[:, 0], x[:, 1], "ink", "path", play=True, pin=True),
        dots([0.0], [0.0], "good", "minimum", 11),
        parts,
        alt=f"The path of {name} on a bowl from ({x[0, 0]:.3g}, {x[0, 1]:.3g}), step by step.",
        handles=(Handle(*x[0].tolist(), ("x0", "y0"), "start"),),
    )


def _arrows(run: Glass, phases: tuple[str, ...]) -> list[dict]:
    """One trace per part of a step; triple k is the arrow of frame k."""
    path, g, m, m_hat, at = (t.numpy() for t in (run.x, run.g, run.m, run.m_hat, run.at))
    x, ends = path[:-1], path[1:]

    def part(tails, tips, role, name, phase):
        return arrows(tails, tips, role, name, frames=True, phase=phases.index(phase), label=name)

    taken, pushed = part(x, ends, _role(run), "Δx", "move"), at - run.lr * g
    if run.method == "nesterov":
        ahead = part(x, at, "second", "look ahead", "look ahead")
        return [ahead, part(at, pushed, "force", "−η∇f there", "gradient there"), taken]
    if run.method == "momentum":
        kept = part(pushed, ends, "second", "β(x − x₋₁)", "kept velocity")
        return [part(x, pushed, "force", "−η∇f", "gradient"), kept, taken]
    # gradients and moments share one scale, the longest fits into the window
    shrink = 1.0 / coarse(max(float(np.abs(g).max()), float(np.abs(m_hat).max()), 1e-6))
    times = "" if shrink == 1 else f"{shrink:.3g} "
    arms = run.scale.numpy()
    arms = 0.5 * arms / arms.max(1, keepdims=True) * np.where(m_hat > 0, -1.0, 1.0)
    parts = [
        part(x, x - shrink * g, "force", f"−{times}g", "gradient"),
        part(x, x + arms * [1.0, 0.0], "fourth", "∝ 1/√v̂₁", "v"),
        part(x, x + arms * [0.0, 1.0], "fourth", "∝ 1/√v̂₂", "v"),
        taken,
    ]
    if run.method != "rmsprop":
        parts.insert(1, part(x, x - shrink * m, "second", f"−{times}m", "m"))
        parts.insert(4, part(x, x - shrink * m_hat, "third", f"−{times}m̂", "corrected"))
    return parts


def _size(run: Glass, steps: int) -> Panel:
    size, other = (np.clip(v.numpy(), 1e-6, 1e6) for v in (run.size, run.other))
    beside, name = BESIDE[run.method], NAMES[run.method]
    k, right = np.arange(len(size)), coarse(steps)
    return fall(
        "size",
        "Length of a step in units of η",
        rule("theory", "1", y=1, span=(0, right)),
        line(k, other, "second", beside, label=beside),
        line(k, size, _role(run), name, label=name, play=True),
        last=right,
        y="max |Δxᵢ| / η",
        low=1e-3,
        high=1e3,
        alt=f"The first step is {size[0]:.3g} η long, {beside} {other[0]:.3g} η.",
    )


def _coordinates(run: Glass, steps: int) -> Panel:
    if run.method in BALLS:
        name, title, symbol = "velocity", "Velocity: the discounted sum of the gradients", "v"
        shown, what = run.m.numpy(), "velocity"
        reach = coarse(max(float(np.abs(shown).max()), 1e-3))
        y = axis("velocity v", -reach, reach)
    else:
        name, title, symbol = "scale", "Effective step of each coordinate", "x"
        shown, what = np.clip(run.scale.numpy(), 1e-6, 1e9), "effective step"
        y = axis("η / (√v̂ + ε)", 1e-4, 1e2, log=True)
    k, traces = np.arange(len(shown)), []
    for each, role, of in zip(shown.T, ("fourth", "third"), (f"{symbol}₁", f"{symbol}₂")):
        traces.append(line(k, each, role, of, label=of, play=True))
    begin, end = (f"({a:.3g}, {b:.3g})" for a, b in shown[[0, -1]])
    alt = f"The {what} begins at {begin} and ends at {end}."
    return panel(name, title, traces, x=axis("step k", 0, coarse(steps)), y=y, alt=alt)
