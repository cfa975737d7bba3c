"""The density of αY over that of Y; f with the area up to t; F with its tangent."""

import numpy as np

from core.experiments.probability.density import Density, view
from core.words import bracket, number, tex
from pages.figures.marks import band, bars, dots, line, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel

REACH, TALL = 8.0, (1.0, 2.5, 5.0)  # of the view of αY, and how many times the height of Y it holds
NAMES = {True: "mass", False: "density"}


def figure(run: Density, *, law: str, alpha: float, printed: bool = False) -> Picture:
    """Three panels; `printed` divides by α instead of |α|."""
    places = axis("place y", *view(law))
    one = _at_one(run)
    turned = printed and not run.discrete
    formula = ()
    if alpha and not run.discrete:
        below = tex(alpha) if turned else rf"\left|{tex(alpha)}\right|"
        value = one / (alpha if turned else abs(alpha))
        bar = r"\alpha" if turned else r"|\alpha|"
        formula = (
            rf"\role{{model}}{{f_{{\alpha Y}}(z)}} = \frac{{f_Y(z/\alpha)}}{{{bar}}},\qquad "
            rf"f_{{\alpha Y}}({tex(alpha)}) = \frac{{f_Y(1)}}{{{below}}} = "
            rf"\frac{{{tex(one)}}}{{{bracket(alpha) if turned else tex(abs(alpha))}}} = "
            rf"\role{{{'wrong' if turned else 'model'}}}{{{tex(value)}}}",
        )
    panels = (_scaled(run, alpha, one, turned), _density(run, places), _cdf(run, places))
    return Picture(panels, formula=formula)


def _at_one(run: Density) -> float:
    """f, or the mass, at y = 1: where the handle of α hangs."""
    if run.discrete:
        return float(run.f[1])
    return float(np.interp(1.0, run.y.numpy(), run.f.numpy()))


def _scaled(run: Density, alpha: float, one: float, printed: bool) -> Panel:
    z, scaled, f = run.z.numpy(), run.scaled.numpy(), run.f.numpy()
    ratio = float(scaled.max() / f.max())
    top = 1.1 * float(f.max()) * next((m for m in TALL if ratio <= m), TALL[-1])
    sign = -1.0 if printed and alpha < 0 else 1.0
    low = -top if printed else 0.0
    role = "wrong" if printed else "model"
    height = one if run.discrete else one / abs(alpha) if alpha else 0.0
    grip = Handle(
        float(np.clip(alpha, -REACH, REACH)), sign * min(height, top), ("alpha",),
        "where the place 1 goes: factor α", ((1.0, 0.0),), frees="x", role=role,
    )  # fmt: skip
    if run.discrete:
        told = "The masses move, and keep their height"
        marks = [bars(run.y, f, "faint", "masses of Y", width=3)]
        marks += [bars(z, scaled, role, "masses of αY", width=3)]
    elif not alpha:
        told = "0 · Y is 0: a point mass, no density"
        marks = [line(run.y, f, "ink", "Y", label="Y", width=1.8)]
        marks += [rule(role, "all of 0 · Y", x=0.0, span=(0.0, top), label="all of it", width=4)]
    else:
        most, was = sign * float(scaled.max()), float(f.max())
        told = f"At most {number(most)} high; Y reaches {number(was)}"
        if sign < 0:
            told = f"The printed density goes down to {number(most)}; Y reaches {number(was)}"
        seen = np.clip(sign * scaled, -top, top)
        marks = [
            band(z, 0 * seen, seen, role, "area"),
            line(run.y, f, "ink", "Y", label="Y", width=1.8, pin=True),
            line(z, seen, role, "αY", label="αY", width=2.6),
        ]
    name = NAMES[run.discrete]
    return panel(
        "scaled",
        told,
        marks,
        rule("faint", "0", y=0.0, span=(-REACH, REACH)),
        x=axis("place z of αY, and y of Y", -REACH, REACH),
        y=axis(f"{name} of αY, and of Y", low, top),
        alt=f"{told}; α = {number(alpha)}.",
        handles=(grip,),
    )


def _density(run: Density, places: dict) -> Panel:
    y, f = run.y.numpy(), run.f.numpy()
    top = ceiling(float(f.max()))
    upto, share = y <= run.t, number(run.below, zero=1e-9)
    grip = Handle(run.t, min(run.height, top), ("t",), "place t", ((1.0, 0.0),), frees="x",
                  role="force")  # fmt: skip
    if run.discrete:
        told = f"Masses up to t add up to {share}: there is no density"
        marks = [bars(y[~upto], f[~upto], "data", "masses", width=3)]
        marks += [bars(y[upto], f[upto], "model", "up to t", width=3)]
    else:
        told = f"f is {number(run.height, zero=1e-9)} high at t; area up to t {share}"
        left = np.append(y[upto], run.t), np.append(f[upto], run.height)
        marks = [
            band(left[0], 0 * left[1], left[1], "model", "area up to t"),
            line(y, f, "ink", "f", label="f", width=2.2),
            segments([[run.t, 0.0]], [[run.t, run.height]], "force", "height", width=3),
        ]
    return panel(
        "density",
        told,
        marks,
        rule("faint", "t", x=run.t, span=(0.0, top)),
        x=places,
        y=axis("P(Y = y)" if run.discrete else "density f(y)", 0.0, top),
        alt=f"{told}; t = {number(run.t)}.",
        handles=(grip,),
    )


def _cdf(run: Density, places: dict) -> Panel:
    low, high = places["range"]
    y, F = run.y.numpy(), run.F.numpy()
    if run.discrete:  # stairs
        steps = np.repeat(np.r_[low, y, high], 2)[1:-1]
        y, F = steps, np.repeat(np.r_[0.0, F], 2)
    jump = not np.isfinite(run.slope)
    slope = number(run.slope, zero=1e-9)
    told = "F jumps at t, and has no slope there" if jump else f"F climbs at t with slope {slope}"
    if run.discrete and not jump:
        told = "F is level at t: slope 0, and jumps elsewhere"
    tangent = ()
    if not jump:
        reach = (high - low) / 5 / np.hypot(1, run.slope * (high - low))
        ends = run.t + reach * np.array([-1.0, 1.0])
        tangent = line(ends, run.below + run.slope * (ends - run.t), "force", "tangent",
                       label="tangent", width=3, dash="solid")  # fmt: skip
    grip = Handle(run.t, run.below, ("t",), "place t", ((1.0, 0.0),), frees="x", role="force")
    return panel(
        "cdf",
        told,
        line(y, F, "model", "F", label="F", width=2.4),
        tangent,
        segments([[run.t, 0.0]], [[run.t, run.below]], "faint", "share up to t", width=2),
        dots([run.t], [run.below], "force", "F(t)", 7),
        x=places,
        y=axis("F(y) = P(Y ≤ y)", -0.05, 1.1),
        alt=f"{told}; F({number(run.t)}) = {number(run.below, zero=1e-9)}.",
        handles=(grip,),
    )
