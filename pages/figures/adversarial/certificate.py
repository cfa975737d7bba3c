"""Four radii around a point: on the map, along a line, from noisy copies, over their number."""

from functools import lru_cache

import numpy as np

from core.adversarial.plane import HALF, zero_lines
from core.experiments.adversarial.certificate import (
    LINE,
    Certificate,
    along,
    by_copies,
    copies,
    exact_radius,
    net_of,
    share_map,
)
from core.words import number
from pages.figures.marks import arrows, dots, line, rule, segments
from pages.figures.parts.decision import AXES, field, points, stored
from pages.figures.plot import Handle, Panel, Picture, axis, panel

TOP = 2.0  # of the radii along the line
TURN = np.linspace(0, 2 * np.pi, 73)
CIRCLE = np.stack([np.cos(TURN), np.sin(TURN)])


def figure(
    run: Certificate, *, cloud: str, sigma: float, n: int, alpha: float, seed: int
) -> Picture:
    """The map, the copies, the radii along a line and over the number of copies."""
    return Picture(
        (
            _map(run, cloud, sigma),
            _copies(run, cloud, sigma, n, seed),
            _along(run, cloud, sigma, n, alpha),
            _number(run, sigma, n, alpha),
        ),
        formula=_formula(run, sigma),
    )


def _formula(run: Certificate, sigma: float) -> tuple[str, ...]:
    if run.abstains:
        return (rf"p = {run.lower:.4f} \le \tfrac12:\quad \text{{no radius}}",)
    return (
        rf"\role{{model}}{{r}} = \sigma\,\Phi^{{-1}}(p) = "
        rf"{sigma:g}\,\Phi^{{-1}}({run.lower:.5f}) = \role{{model}}{{{run.radius:.4g}}}",
    )


@lru_cache(maxsize=8)
def _ground(cloud: str) -> tuple[dict, ...]:
    if cloud != "line":
        return stored(cloud)
    return (*field(LINE), *points(*net_of("line")[1:]))


@lru_cache(maxsize=32)
def _boundary(cloud: str, sigma: float) -> dict:
    """Where the smoothed net sees both classes as often."""
    side, share = share_map(cloud, sigma, HALF, 41)
    edge = zero_lines(side, side, share - 0.5)
    return segments(*edge, "model", "boundary of the smoothed net", width=1.8)


def _round(x: np.ndarray, radius: float, role: str, name: str, **more) -> dict:
    return line(*(x[:, None] + radius * CIRCLE), role, name, **more)


def _map(run: Certificate, cloud: str, sigma: float) -> Panel:
    x, found = run.x.numpy(), run.found.numpy()
    smooth = "nothing" if run.abstains else number(run.radius)
    told = f"{number(run.lipschitz)} certain, {number(run.true)} true, {smooth} smoothed"
    return panel(
        "map",
        f"Radii: {told}",
        _ground(cloud),
        _boundary(cloud, sigma),
        _round(x, run.lipschitz, "good", "certain", width=2.4, label="certain"),
        _round(x, run.true, "theory", "true", width=1.8, label="true"),
        run.radius > 0 and _round(x, run.radius, "model", "smoothed", width=2.2, label="smoothed"),
        run.attack > 0 and arrows(x[None], found[None], "wrong", "found"),
        **AXES,
        alt=f"A net in the plane and radii around x = ({x[0]:.3g}, {x[1]:.3g}): {told}.",
        handles=(Handle(*x.tolist(), ("x1", "x2"), "the point x"),),
        equal=True,
    )


def _copies(run: Certificate, cloud: str, sigma: float, n: int, seed: int) -> Panel:
    noisy = copies(run.x, sigma, seed, 100)
    read = net_of(cloud).net(noisy).argmax(1)
    own, other = (noisy[read == c].numpy() for c in (run.says, 1 - run.says))
    title = f"{run.count} of {n} noisy copies are read as class {run.says}"
    return panel(
        "copies",
        title,
        _ground(cloud)[1],
        dots(*own.T, "model", f"read as {run.says}", 5),
        dots(*other.T, "wrong", f"read as {1 - run.says}", 6),
        dots(*run.x.numpy()[:, None], "ink", "x", 8),
        **AXES,
        alt=f"{title}; a hundred others that chose the class are drawn.",
        equal=True,
    )


def _along(run: Certificate, cloud: str, sigma: float, n: int, alpha: float) -> Panel:
    x1, x2 = run.x.tolist()
    radii = along(cloud, x2, sigma, n, alpha)
    top = [np.minimum(each.numpy(), 2 * TOP) for each in radii[1:]]
    here = [v for v in (run.lipschitz, run.true, run.radius) if v <= TOP]
    return panel(
        "along",
        f"The same along the line x₂ = {number(x2)}",
        line(radii.x, top[0], "theory", "true", label="true"),
        line(radii.x, top[1], "model", "smoothed", label="smoothed", pin=True),
        line(radii.x, top[2], "good", "certain", label="certain"),
        rule("faint", "x", x=x1, span=(0, TOP)),
        dots([x1] * len(here), here, "ink", "at x", 6),
        x=axis("x₁", -2.5, 2.5),
        y=axis("radius", 0, TOP),
        alt=f"Radii along the line: {run.true:.3g} true and {run.lipschitz:.3g} certain at x.",
        handles=(Handle(x1, 0.0, ("x1",), "x₁ of the point", ((1.0, 0.0),), frees="x"),),
    )


def _number(run: Certificate, sigma: float, n: int, alpha: float) -> Panel:
    many, found, most = (v.numpy() for v in by_copies(run.share, sigma, alpha))
    limit = exact_radius(min(run.share, 1 - 1e-12), sigma)
    shown = limit < TOP
    told = number(limit) if run.share < 1 - 1e-9 else "no limit that can be summed"
    return panel(
        "number",
        f"Smoothed radius over n; as n → ∞ {told}",
        shown and rule("theory", "n → ∞", y=limit, span=(10, 1e6), label="n → ∞"),
        line(many, np.minimum(most, TOP), "faint", "all alike", label="all alike"),
        line(many, np.minimum(found, TOP), "model", "smoothed radius", pin=True),
        x=axis("number of copies n", 10, 1e6, log=True, dtick=1),
        y=axis("radius", 0, TOP),
        alt=f"The smoothed radius grows with the copies; {run.radius:.3g} for {n}.",
        handles=(Handle(n, min(run.radius, TOP), ("n",), "copies n", ((1.0, 0.0),), frees="x",
                        role="model"),),
    )  # fmt: skip
