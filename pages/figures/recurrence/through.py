"""Gradient norm over lag with its bound; eigenvalues and ‖A‖; clipping; the states."""

import numpy as np

from core.experiments.recurrence.through import LARGEST, Through
from core.experiments.recurrence.through_claims import norm_of
from core.words import number, tex
from pages.figures.marks import dots, line, note, rule
from pages.figures.parts.rings import circle
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

DECADES = (4, 12, 36)  # of the norms that are drawn, up and down
SHORT, LONG = 1e-8, 1e42  # the axis of ‖G‖


def figure(run: Through, *, phi: str, scale: float, T: int, clip: float) -> Picture:
    """Four panels."""
    left = float(run.back.norms[-1])
    chain = r"\frac{\partial z^T}{\partial z^{T-k}} = \prod_t \mathrm{diag}(\varphi'_t)\,A"
    if phi == "linear":
        chain = r"\frac{\partial z^T}{\partial z^{T-k}} = A^k"
    size = r"\left\|\frac{\partial z^T}{\partial z^0}\right\| = " + tex(left, zero=0)
    most = tex(float(run.back.bound[-1]), zero=0)
    formula = (chain, rf"\role{{force}}{{{size}}}\ \le\ {most}")
    panels = (_norms(run, scale, T), _plane(run, scale), _clip(run, clip), _states(run, T))
    return Picture(panels, formula=formula)


def _norms(run: Through, scale: float, T: int) -> Panel:
    k = np.arange(T + 1)
    norms, bound = run.back.norms.numpy(), run.back.bound.numpy()
    with np.errstate(under="ignore"):
        law = scale ** k.astype(float)
    far = np.abs(np.log10(np.maximum(np.concatenate([norms, law]), 1e-200))).max()
    reach = next(each for each in DECADES if each >= min(1.02 * far, DECADES[-1]))
    low, high = 10.0**-reach, 10.0**reach
    inside = [np.clip(v, low / 10, high * 10) for v in (norms, bound, law)]
    return panel(
        "norms",
        "The norm of ∂zᵀ/∂zᵀ⁻ᵏ over the lag k",
        rule("faint", "1", y=1, span=(0, coarse(T))),
        line(k, inside[0], "force", "norm", label="norm", width=4, pin=True),
        line(k, inside[2], "theory", "ρᵏ", label="ρᵏ", width=1.4),
        line(k, inside[1], "theory", "bound ∏ ‖A‖ max φ′", label="bound"),
        x=axis("lag k", 0, coarse(T)),
        y=axis("‖∂zᵀ/∂zᵀ⁻ᵏ‖", low, high, log=True, dtick=reach // 4),
        alt=f"At the lag {T} the norm is {number(norms[-1])}, the bound {number(bound[-1])} and "
        f"ρᵏ {number(law[-1])}.",
    )


def _plane(run: Through, scale: float) -> Panel:
    values = np.linalg.eigvals(run.A.numpy())
    stretch = float(np.linalg.norm(run.A.numpy(), 2))
    reach = 1.8 if stretch <= 1.7 else 4.0
    return panel(
        "plane",
        "The eigenvalues of A, and how far A stretches",
        rule("faint", "real axis", y=0, span=(-reach, reach)),
        line(*circle(), "ink", "circle of radius 1", label="1", width=1.2),
        line(*circle(stretch), "theory", "‖A‖", label="‖A‖"),
        line(*circle(scale), "model", "ρ", width=1.2),
        dots(values.real, values.imag, "model", "eigenvalues", 10),
        x=axis("Re λ", -reach, reach),
        y=axis("Im λ", -reach, reach),
        alt=f"The largest |eigenvalue| is {number(scale)}, the largest singular value ‖A‖ "
        f"{number(stretch)}.",
        handles=(Handle(scale, 0.0, ("scale",), "largest |eigenvalue| ρ", ((1.0, 0.0),), frees="x",
                        role="model"),),
        equal=True,
    )  # fmt: skip


def _clip(run: Through, clip: float) -> Panel:
    norm = norm_of(run.G)
    at = float(np.clip(norm, SHORT, LARGEST))
    after = min(max(norm, SHORT), clip)
    infinite = run.step is None
    told = "no finite norm" if infinite else f"‖G‖ = {number(norm)} → {number(min(norm, clip))}"
    return panel(
        "clip",
        f"Clipping the gradient of the loss: {told}",
        line([SHORT, clip, LARGEST], [SHORT, clip, clip], "theory", "min(‖G‖, c)", label="clipped"),
        rule("wrong", "end of single precision", x=LARGEST, span=(SHORT, 1e3), dash="dash"),
        infinite and note(1e14, 1e-5, "infinite entry", "wrong"),
        infinite and dots([at], [1e-5], "wrong", "infinite", 10),
        not infinite and dots([at], [after], "force", "G", 11),
        x=axis("‖G‖", SHORT, LONG, log=True, dtick=10),
        y=axis("after clipping", SHORT, 1e3, log=True, dtick=2),
        alt=f"The gradient of the loss: {told}.",
        handles=(Handle(1e30, clip, ("clip",), "length c that is kept", ((0.0, 1.0),), click=False,
                        frees="y", role="force"),),
    )  # fmt: skip


def _states(run: Through, T: int) -> Panel:
    z, t = run.back.z.numpy(), np.arange(T + 1)
    top = coarse(float(np.abs(z).max()))
    return panel(
        "states",
        "The states z",
        [line(t, each, "ink", f"z{n}", width=1.2) for n, each in enumerate(z.T, 1)],
        x=axis("time t", 0, coarse(T)),
        y=axis("z", -1.05 * top, 1.05 * top, exponentformat="power"),
        alt=f"{len(z.T)} states over {T} steps, the largest {number(np.abs(z).max())} in size.",
    )
