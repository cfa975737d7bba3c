"""The smooth flow and the steps that follow it."""

import numpy as np
import torch

from core.experiments.landscapes.flow import Flow, height
from pages.figures.marks import contours, dots, line
from pages.figures.plot import Handle, Panel, Picture, axis, coarse

REACH = 1.6
TINY = 1e-30  # zeros on a logarithmic axis fall out of the frame instead of vanishing


def figure(run: Flow, *, T: float, implicit: bool, **_) -> Picture:
    """Three panels: plane, f against time, distance to the flow against η."""
    x = run.explicit.numpy()
    grad = (run.lam * run.explicit).numpy()
    step = rf"{run.lr:.4g}\,\role{{force}}{{\begin{{pmatrix}} @gx@ \\ @gy@ \end{{pmatrix}}}}"
    return Picture(
        panels=(_plane(run, implicit), _fall(run, T, implicit), _errors(run, implicit)),
        frames=len(x),
        track={
            "k": np.arange(len(x)),
            "t": run.t.numpy(),
            "x": x[:, 0],
            "y": x[:, 1],
            "gx": grad[:, 0],
            "gy": grad[:, 1],
        },
        formula=(
            r"\dot x = -\nabla f(x),\qquad x(t) = \begin{pmatrix} "
            rf"e^{{-{run.lam[0]:.4g}\,t}}\,{x[0, 0]:.4g} \\ "
            rf"e^{{-{run.lam[1]:.4g}\,t}}\,{x[0, 1]:.4g}"
            r" \end{pmatrix}",
            rf"\begin{{pmatrix}} @x@ \\ @y@ \end{{pmatrix}} - {step} = "
            r"\role{model}{\begin{pmatrix} @x+1@ \\ @y+1@ \end{pmatrix}}",
        ),
    )


def _plane(run: Flow, implicit: bool) -> Panel:
    side = np.linspace(-REACH, REACH, 80)
    z = height(run.lam, torch.from_numpy(np.stack(np.meshgrid(side, side), axis=-1))).numpy()
    mu, L = float(run.lam.min()), float(run.lam.max())
    floor = max(0.02 * mu, 1.2 * L * (side[1] - side[0]) ** 2)
    x, end = run.explicit.numpy(), run.exact[-1].numpy()
    traces = [
        contours(side, side, z, np.geomspace(floor, L * REACH**2, 11)),
        line(run.curve[:, 0], run.curve[:, 1], "theory", "gradient flow", label="flow"),
        dots(run.exact[:, 0], run.exact[:, 1], "theory", "flow at the times of the steps", 4),
        line(x[:, 0], x[:, 1], "model", "explicit Euler", play=True, pin=True, label="descent"),
        dots([0], [0], "good", "minimum", 13),
    ]
    if implicit:
        back = run.implicit.numpy()
        traces.insert(
            3, line(back[:, 0], back[:, 1], "second", "implicit Euler", play=True, label="implicit")
        )
    return Panel(
        "plane",
        "The flow and the steps that follow it",
        tuple(traces),
        {"xaxis": axis("x", -REACH, REACH), "yaxis": axis("y", -REACH, REACH)},
        f"The flow runs from ({x[0, 0]:.3g}, {x[0, 1]:.3g}) to ({end[0]:.2g}, {end[1]:.2g}) in one "
        f"smooth curve; gradient descent takes {len(x) - 1} straight steps and crosses the valley "
        f"floor {run.crossings} times.",
        handles=(Handle(float(x[0, 0]), float(x[0, 1]), ("x0", "y0"), "start point"),),
        equal=True,
    )


def _fall(run: Flow, T: float, implicit: bool) -> Panel:
    scale = float(run.f_exact[0]) or 1.0

    def share(f: torch.Tensor) -> np.ndarray:
        return np.clip(f.numpy() / scale, TINY, TINY**-1)

    t = run.t.numpy()
    traces = [
        line(run.curve_t, share(run.f_curve), "theory", "flow", label="flow"),
        line(t, share(run.f_explicit), "model", "explicit Euler", play=True, label="descent"),
    ]
    if implicit:
        traces.append(
            line(t, share(run.f_implicit), "second", "implicit Euler", play=True, label="implicit")
        )
    return Panel(
        "fall",
        "f against time t = kη",
        tuple(traces),
        {
            "xaxis": axis("time t", 0, coarse(T)),
            "yaxis": axis("f(x(t)) / f(x₀)", 1e-6, 1e2, log=True, dtick=2),
        },
        f"At t = {t[-1]:.3g} f has come to {share(run.f_exact)[-1]:.2g} of its start along the "
        f"flow and to {share(run.f_explicit)[-1]:.2g} under gradient descent.",
    )


def _errors(run: Flow, implicit: bool) -> Panel:
    lrs = run.lrs.numpy()
    error = np.maximum(run.error_explicit.numpy(), TINY)
    slope = error[-1] * np.array([1e-6, 10.0]) / lrs[-1]
    ratio = error[0] / error[1]
    traces = [
        line(np.array([1e-6, 10.0]), slope, "theory", "slope 1"),
        line(lrs[[6]], 0.05 * slope[:1] * lrs[6] / 1e-6, "theory", "slope 1", label="slope 1"),
        dots(lrs, error, "model", "explicit Euler", 7),
        line(lrs[:1], error[:1], "model", "this η", label="this η"),
    ]
    if implicit:
        backward = np.maximum(run.error_implicit.numpy(), TINY)
        traces.insert(2, dots(lrs, backward, "second", "implicit Euler", 7))
    return Panel(
        "errors",
        f"Distance to the flow at t = {float(run.t[-1]):.3g}",
        tuple(traces),
        {
            "xaxis": axis("step η", 1e-6, 10, log=True, dtick=1),
            "yaxis": axis("distance", 1e-8, 1e2, log=True, dtick=2),
        },
        f"With η = {lrs[0]:.3g} gradient descent ends {error[0]:.3g} from the flow; half the step "
        f"divides that by {ratio:.3g}, and for small η by {error[-2] / error[-1]:.3g}.",
    )
