"""ψ over t with its wall, the area it is, its moments, or the sum it is the MGF of."""

import math

import numpy as np

from core.experiments.probability.mgf import FAR, REACH, Mgf
from core.experiments.probability.mgf_claims import added
from core.probability import printed_gamma
from core.words import bracket, number, tex
from pages.figures.marks import band, bars, dots, line, lying, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, coarse, panel, rows

TOP, NEAR = 10.0, 1.2  # of ψ that is drawn; how far from 0 its parabola is
MOST = 9.0  # times the height of f: of the integrand that is drawn
ORDERS = ("E X", "E X²", "E X³", "E X⁴", "E X⁵", "E X⁶")
DISCRETE = ("binomial", "poisson")
AREA = {True: "sum", False: "area"}
T = axis("t", -REACH, REACH)
PSI = axis("ψ(t)", 0.0, TOP)


def figure(
    run: Mgf, *, law: str, shape: float, scale: float, rate: float, mu: float, sigma: float,
    n: int, p: float, t: float, how: str, a: float, printed: bool = False,
) -> Picture:  # fmt: skip
    """Three panels; `printed` draws 1/(a − βt) beside ψ of the gamma law."""
    third = _moments(run) if run.sum is None else _sum(run, how, a)
    beside = shape, scale if printed and law == "gamma" else 0.0
    form = {
        "gamma": rf"(1-{tex(scale)}\,t)^{{-{tex(shape)}}}",
        "exponential": rf"\frac{{{tex(rate)}}}{{{tex(rate)}-t}}",
        "normal": rf"e^{{{tex(mu)}\,t+\frac12{bracket(sigma)}^2t^2}}",
        "binomial": rf"({tex(p)}\,e^{{t}}+{tex(1 - p)})^{{{n}}}",
        "poisson": rf"e^{{{tex(rate)}(e^t-1)}}",
        "lognormal": r"\int_0^\infty e^{tx}f(x)\,dx",
    }[law]
    formula = (rf"\psi(t) = {form},\qquad \psi({tex(t)}) = \role{{force}}{{{tex(run.psi)}}}",)
    return Picture((_psi(run, beside), _integrand(run, law), third), formula=formula)


def _drawn(values: np.ndarray) -> np.ndarray:
    """A gap where a curve is ∞, and not far above the frame."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values), np.minimum(values, 1.5 * TOP), np.nan)


def _grip(t: float, height: float) -> Handle:
    return Handle(t, min(max(height, 0.0), TOP), ("t",), "t", ((1.0, 0.0),), frees="x",
                  role="force")  # fmt: skip


def _wall(run: Mgf) -> list:
    if not run.wall <= REACH:
        return []
    told = "wall: ∞ from here on" if run.wall else "∞ for every t > 0"
    return [
        band([run.wall, REACH], [0, 0], [TOP, TOP], "faint", "ψ is ∞ here"),
        rule("theory", "wall", x=run.wall, span=(0.0, TOP), label=told),
    ]


def _psi(run: Mgf, beside: tuple[float, float]) -> Panel:
    ts, m = run.ts.numpy(), run.moments.tolist()
    shape, scale = beside
    told = f"ψ({number(run.t)}) = {number(run.psi)}"
    near, around = np.linspace(-NEAR, NEAR, 41), run.wall > 0
    bowl = 1 + m[1] * near + m[2] * near**2 / 2
    wrong = ()
    if scale:
        at = ts[ts < min(shape / scale, REACH) - 0.02]
        values = printed_gamma(at, shape, scale).numpy()
        wrong = line(at, _drawn(values), "wrong", "1/(a − βt)", label="1/(a − βt)", width=2)
        here = shape - scale * run.t
        told += f"; the printed form gives {number(1 / here if here > 0 else math.inf)}"
    return panel(
        "psi",
        told,
        _wall(run),
        around and line(near, _drawn(bowl), "theory", "1 + E X t + E X² t²/2",
                        label="its parabola at 0", width=1.6),
        wrong,
        line(ts, _drawn(run.psis.numpy()), "model", "ψ", label="ψ", width=2.6, pin=True),
        dots([0.0], [1.0], "ink", "ψ(0) = 1", 6),
        x=T,
        y=PSI,
        alt=f"{told}; the wall stands at {number(run.wall)}." if run.wall <= REACH else f"{told}.",
        handles=(_grip(run.t, run.psi),),
    )  # fmt: skip


def _integrand(run: Mgf, law: str) -> Panel:
    x, f, lifted = run.x.numpy(), run.f.numpy(), run.lifted.numpy()
    jumps, name = law in DISCRETE, "P(X = x)" if law in DISCRETE else "f(x)"
    top = coarse(1.05 * min(max(float(f.max()), float(lifted.max())), MOST * float(f.max())))
    lifted = lifted.clip(max=1.02 * top)
    told = f"The {AREA[jumps]} of eᵗˣ{name} is {number(run.psi)}"
    if jumps:
        half = x.max() + 0.6
        marks = [bars(x - 0.1, f, "data", "P", width=3), bars(x + 0.1, lifted, "force", "eᵗˣP",
                 width=4)]  # fmt: skip
        ends = (-0.6, float(half))
    else:
        ends = (-FAR[law] if law == "normal" else 0.0, FAR[law])
        marks = [
            band(x, 0 * lifted, lifted, "force", "area"),
            len(run.twin) > 0 and line(x, run.twin, "third", "twin", label="twin", width=1.8),
            line(x, f, "ink", "f", label="f", width=2),
            line(x, lifted, "force", "eᵗˣf", label="eᵗˣf", width=2.4, dash="solid"),
        ]
    return panel(
        "integrand",
        told,
        marks,
        x=axis("x", *ends),
        y=axis(f"{name}, eᵗˣ{name}", 0.0, top),
        alt=f"{told}, for t = {number(run.t)}; the {AREA[jumps]} of {name} is 1.",
    )


def _moments(run: Mgf) -> Panel:
    """Roots of moments, so that they fit on one axis, each with its number."""
    m = run.moments.numpy()[1:]
    k = np.arange(1, len(m) + 1)
    root = np.sign(m) * np.abs(m) ** (1 / k)
    most = ceiling(float(np.abs(root).max()) or 1.0)
    slopes = "ψ′(0)", "ψ″(0)", "ψ‴(0)", "ψ⁗(0)"
    twin = len(run.twins) > 0
    texts = [number(v, zero=1e-12) if twin else f"{s} = {number(v, zero=1e-12)}"
             for v, s in zip(m, slopes if not twin else ORDERS)]  # fmt: skip
    told = "Slopes of ψ at 0 are the moments"
    marks = []
    if twin:
        told = "The twin has every moment of the law"
        other = run.twins.numpy()[1:]
        marks = [dots(np.abs(other) ** (1 / k), k - 1, "third", "twin", 15)]
    low = -most if float(root.min()) < 0 else 0.0
    return panel(
        "moments",
        told,
        lying(0 * root, root, k - 1, "faint", "size", width=6),
        marks,
        dots(root, k - 1, "model", "k-th root of the moment", 8),
        [note(r, j - 1, text) for r, j, text in zip(np.maximum(root, 0), k, texts)],
        x=axis("k-th root of E Xᵏ", low, 1.6 * most),
        y=rows(ORDERS[: len(m)], "moment"),
        alt="; ".join(f"{o} = {number(v, zero=1e-12)}" for o, v in zip(ORDERS, m)) + ".",
    )


def _sum(run: Mgf, how: str, a: float) -> Panel:
    ts, s = run.ts.numpy(), run.sum
    copy = how == "copy"
    name = added(a, "X′" if copy else "X")
    whole, product = number(s.whole), number(s.product)
    told = f"MGF of {name} at t: {whole}; product {product}"
    return panel(
        "sum",
        told,
        line(ts, _drawn(s.wholes.numpy()), "model" if copy else "third", f"MGF of {name}",
             label="true", width=3),
        line(ts, _drawn(s.products.numpy()), "theory" if copy else "wrong", "ψ(t)ψ(at)",
             label="product", width=2),
        dots([run.t], [min(s.whole, TOP)], "model" if copy else "third", "true", 8),
        x=T,
        y=axis("E exp(tY)", 0.0, TOP),
        alt=f"{told}.",
        handles=(_grip(run.t, s.product),),
    )  # fmt: skip
