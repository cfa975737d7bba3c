"""Turn the valley: five paths, five curves of f, and the steps needed against the angle."""

import numpy as np

from core.experiments.landscapes.valley import ANGLES, LIMIT, Race, in_words
from core.landscapes import quadratic
from core.optimizers import NAMES
from pages.figures.marks import dots, line, rule
from pages.figures.parts.landscape import ROLES, columns, fall, plane
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

REACH = 1.8
MOST = 1e5  # steps, top of the axis


def figure(run: Race, *, steps: int) -> Picture:
    """The valley with five paths, f against k, and the count of steps against the angle."""
    told = ((4, ""), (1, "b"))  # Adam and the heavy ball
    track = {"k": np.arange(steps + 1)} | columns({b: run.x[i] for i, b in told})
    return Picture(
        (_plane(run), _fall(run, steps), _turned(run)),
        frames=steps + 1,
        track=track | {f"f{b}": run.f[i].numpy() for i, b in told},
        formula=tuple(
            rf"\role{{{ROLES[run.methods[i]]}}}{{\text{{{NAMES[run.methods[i]]}}}}}\quad "
            rf"(@{b}x@,\,@{b}y@) \to (@{b}x+1@,\,@{b}y+1@),\qquad f = @f{b}@ \to @f{b}+1@"
            for i, b in told
        ),
    )


def _plane(run: Race) -> Panel:
    x, start = run.x.numpy(), run.x[0, 0].numpy()
    flat = REACH * quadratic(run.kappa, run.angle).axes[:, 0].numpy()
    return plane(
        f"A valley of κ = {run.kappa:.4g}, turned by {run.angle:g}°",
        run.kappa,
        run.angle,
        REACH,
        "x₁ x₂",
        line([-flat[0], flat[0]], [-flat[1], flat[1]], "faint", "flat axis"),
        [_path(method, path) for method, path in zip(run.methods, x)],
        dots([start[0]], [start[1]], "ink", "start"),
        dots([0.0], [0.0], "good", "minimum", 11),
        alt=f"Five methods from one start, ({start[0]:.3g}, {start[1]:.3g}), in a valley turned "
        f"by {run.angle:g}°.",
    )


def _path(method: str, x: np.ndarray) -> dict:
    # all five end at the minimum: the labels of three are what fits there
    adam = method.startswith("adam")
    more = {"label": NAMES[method]} if adam or method in ("gd", "momentum") else {}
    # thin where the zig-zag would cover the rest
    more["width"] = 1.0 if method in ("gd", "momentum") else 2.4
    return line(x[:, 0], x[:, 1], ROLES[method], NAMES[method], play=True, pin=adam, **more)


def _fall(run: Race, steps: int) -> Panel:
    k, right = np.arange(steps + 1), coarse(steps)
    shares = np.clip(run.f.numpy() / float(run.f[0, 0]), 1e-30, 1e30)
    ends = ", ".join(f"{share[-1]:.2g} {NAMES[m]}" for m, share in zip(run.methods, shares))
    return fall(
        "fall",
        "How far f has fallen",
        rule("theory", "down by 10⁶", y=1e-6, span=(0, right)),
        [
            line(k, share, ROLES[m], NAMES[m], label=NAMES[m], play=True)
            for m, share in zip(run.methods, shares)
        ],
        last=right,
        y="f(xₖ)/f(x₀)",
        low=1e-10,
        high=10,
        alt=f"f relative to its start after the last step drawn: {ends}.",
    )


def _turned(run: Race) -> Panel:
    adam, curves = run.variant, {"rmsprop": run.rmsprop_curve, run.variant: run.adam_curve}
    gd, ball, nesterov, _, here = run.counts.values()
    shown, lost = [], False
    for m, curve in curves.items():
        stays, once = np.where(curve < 0, np.nan, curve)[:, :-1]
        lost = lost or bool(np.isnan(stays).any())
        shown.append(line(ANGLES, stays, ROLES[m], NAMES[m], label=NAMES[m], pin=m != "rmsprop"))
        if (np.nan_to_num(stays) != np.nan_to_num(once)).any():
            name = f"{NAMES[m]}, first time"
            shown.append(line(ANGLES, once, ROLES[m], name, label=name, width=1))
    where = (run.angle, LIMIT if here < 0 else max(here, 1), ("angle",), "angle of the valley")
    matrix, offset = ((1.0, 0.0),), (0.0,)
    return panel(
        "turned",
        "Steps until f is down by 10⁶ for good: drag the dot, turn the valley",
        [
            rule(ROLES[m], NAMES[m], y=count, span=(0, 90), label=NAMES[m])
            for m, count in zip(run.methods, (gd, ball, nesterov))
        ],
        shown,
        lost and rule("theory", "end", y=LIMIT, span=(0, 90), label=f"search ends at {LIMIT}"),
        rule("faint", "angle", x=run.angle, span=(1, MOST)),
        x=axis("angle of the valley in degrees", 0.0, 90.0),
        y=axis("steps", 1.0, MOST, log=True),
        alt=f"At {run.angle:g}° {NAMES[adam]} needs {in_words(here, run.between)} steps, at 0° "
        f"{in_words(int(run.adam_curve[0, 0]))}; gradient descent, heavy ball and Nesterov need "
        f"{gd}, {ball} and {nesterov} at every angle.",
        handles=(Handle(*where, matrix, offset, frees="x", role=ROLES[adam]),),
    )
