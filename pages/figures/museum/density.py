"""The log density as a map, and what the density sums to for every correlation."""

import numpy as np

from core.experiments.museum.density import CELLS, RHOS, SIDE, Density
from core.words import number, tex
from pages.figures.marks import contours, line, rule
from pages.figures.parts.museum import role_of
from pages.figures.parts.rings import ellipse
from pages.figures.plot import Handle, Panel, Picture, axis, panel

VIEW = np.linspace(-SIDE, SIDE, CELLS)
DROPS = np.array([0.5, 1.0, 2.0, 3.0, 4.5, 6.0])  # below the top: the third is two deviations away


def figure(run: Density, *, code: str, rho: float) -> Picture:
    """Two panels."""
    form = r"\|\Sigma^{-1}x\|^2" if code == "published" else r"\|L^{-1}x\|^2"
    log = rf"\role{{model}}{{\log p}} = -\tfrac12{form} - \log 2\pi - \tfrac12\log\det\Sigma"
    right = rf"\text{{right: }}\role{{theory}}{{{tex(run.right)}}}"
    return Picture(
        (_map(run, code, rho), _masses(run, code, rho)),
        formula=(rf"{log} = {tex(run.log)},\quad {right}",),
    )


def _map(run: Density, code: str, rho: float) -> Panel:
    height = run.field.numpy()
    x, y = run.x.tolist()
    return panel(
        "map",
        "Lines of equal density, as this code draws them",
        contours(VIEW, VIEW, height.max() - height, DROPS),
        line(*ellipse(rho, 2.0), "theory", "two standard deviations", label="two deviations, true"),
        x=axis("x₁", -SIDE, SIDE),
        y=axis("x₂", -SIDE, SIDE),
        alt=f"log p is {number(run.log)} at ({number(x)}, {number(y)});"
        f" right: {number(run.right)}.",
        handles=(Handle(x, y, ("x1", "x2"), "place x", role="model"),),
        equal=True,
    )


def _masses(run: Density, code: str, rho: float) -> Panel:
    role = role_of(code)
    return panel(
        "mass",
        f"The density sums to {number(run.mass)}",
        rule("theory", "1", y=1.0, span=(-0.95, 0.95), label="a density"),
        line(RHOS, run.masses, role, "sum", label="this code", width=2.5),
        x=axis("correlation ρ", -1, 1, dtick=0.5),
        y=axis("sum over the plane", 0, 1.15, dtick=0.25),
        alt=f"At ρ = {number(rho)} the density sums to {number(run.mass)}.",
        handles=(Handle(rho, run.mass, ("rho",), "correlation ρ", ((1.0, 0.0),), frees="x",
                        role=role),),
    )  # fmt: skip
