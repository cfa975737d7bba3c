"""The two-number game: orbit, radius, losses of both players, factors of one step."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.experiments.gan.circle import Circle
from core.experiments.gan.circle_claims import rate
from core.gan import UPDATES, eigenvalues, field, flow, invariant
from pages.figures.marks import arrows, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

REACH = 2.2  # half-width of the window of the orbit
FAR = 1e4  # what lies farther out is drawn here
PHASES = {
    "simultaneous": ("x pushed", "y pushed", "both move"),
    "alternating": ("x moves", "y answers", "both moved"),
    "extragradient": ("look ahead", "push there", "move"),
}
LOOKS = {"simultaneous": "third", "alternating": "good", "extragradient": "second"}
CIRCLE = np.exp(2j * np.pi * np.linspace(0, 1, 129))
X, Y = r"\role{model}{@x@}", r"\role{force}{@y@}"


def figure(run: Circle, *, others: bool = False, inside: bool = False) -> Picture:
    """`others` draws the two other updates from the same start, `inside` opens each step."""
    x, y = run.path.numpy().T
    vx, vy = run.via.numpy().T
    return Picture(
        (_orbit(run, others, inside), _radius(run, others), _losses(run), _factors(run)),
        frames=len(x),
        track={"k": np.arange(len(x)), "x": x, "y": y, "u": vx, "v": vy},
        formula=_formula(run),
        phases=PHASES[run.update] if inside else (),
    )


def _formula(run: Circle) -> tuple[str, ...]:
    eta, brake = f"{run.eta:g}", rf" - {run.r1:g}\cdot {{}}" if run.r1 else ""
    new = r"\role{model}{@x+1@}", r"\role{force}{@y+1@}"

    def pushes(x: str, y: str) -> tuple[str, str]:
        braked = rf"\bigl({x}{brake}({y})\bigr)" if run.r1 else f"({x})"
        return rf"{X} - {eta}\cdot({y})", rf"{Y} + {eta}\cdot{braked}"

    if run.update == "extragradient":
        ahead = r"\role{model}{@u@}", r"\role{force}{@v@}"
        one, two = pushes(X, Y), pushes(*ahead)
        look = (rf"\tilde x = {one[0]} = {ahead[0]},\qquad \tilde y = {one[1]} = {ahead[1]}",)
    else:
        look, two = (), pushes(X if run.update == "simultaneous" else new[0], Y)
    lines = (rf"{a}_{{k+1}} = {p} = {n}" for a, p, n in zip("xy", two, new, strict=True))
    return (*look, *lines)


def _drawn(path: np.ndarray) -> np.ndarray:
    """The path, what is too far for a picture moved in along its ray."""
    return path * np.minimum(1.0, FAR / np.maximum(np.hypot(*path.T), 1e-9))[:, None]


@lru_cache(maxsize=32)
def _field(r1: float) -> dict:
    """Where both players push, arrows on a grid."""
    side = np.linspace(-2, 2, 9)
    at = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    at = at[np.abs(at).max(1) > 0]
    push = 0.07 * field(torch.from_numpy(at), r1).numpy()
    return arrows(at - push, at + push, "faint", "where both push")


def _orbit(run: Circle, others: bool, inside: bool) -> Panel:
    w = run.path.numpy()
    path, via = _drawn(w), _drawn(run.via.numpy())
    ends = np.vstack([path[1:], np.full((1, 2), np.nan)])
    times = run.eta * torch.arange(run.steps + 1, dtype=torch.float64)
    smooth = flow(times, run.r1, tuple(w[0].tolist())).numpy()
    rivals = {u: p.numpy() for u, p in zip(UPDATES, run.paths) if others and u != run.update}
    role = LOOKS[run.update]
    return panel(
        "orbit",
        f"{run.update.capitalize()} steps round the balance (0, 0)",
        _field(run.r1),
        line(*smooth.T, "theory", "infinitely small steps", play=True),
        [line(*_drawn(path).T, LOOKS[each], each, label=each) for each, path in rivals.items()],
        line(*path.T, role, run.update, play=True, pin=True),
        dots([0.0], [0.0], "good", "balance", 9),
        inside and _parts(run.update, path, via, ends, role),
        x=axis("generator x", -REACH, REACH),
        y=axis("referee y", -REACH, REACH),
        alt=f"Orbit of {run.steps} {run.update} steps from ({w[0, 0]:.3g}, {w[0, 1]:.3g}) to "
        f"({w[-1, 0]:.3g}, {w[-1, 1]:.3g}).",
        handles=(Handle(*w[0].tolist(), ("x0", "y0"), "start"),),
        equal=True,
    )


def _parts(update: str, at: np.ndarray, via: np.ndarray, ends: np.ndarray, role: str) -> list[dict]:
    """The arrows inside a step; triple k is that of frame k."""
    via = np.where(np.isnan(ends), np.nan, via)
    second = {
        "simultaneous": (at, at + ends - via),
        "alternating": (via, ends),
        "extragradient": (via, via + ends - at),
    }[update]
    parts = zip(PHASES[update], ((at, via), second, (at, ends)), ("model", "force", role))
    return [
        arrows(*part, hue, name, frames=True, phase=phase, label=name)
        for phase, (name, part, hue) in enumerate(parts)
    ]


def _radius(run: Circle, others: bool) -> Panel:
    k, first, last = np.arange(run.steps + 1), *(float(r) for r in run.radius[[0, -1]])
    radii = dict(zip(UPDATES, np.clip(run.paths.norm(dim=-1).numpy(), 1e-12, 1e30), strict=True))
    right, mine = coarse(run.steps), radii.pop(run.update)
    return panel(
        "radius",
        f"Distance to the balance: {first:.3g} at first, {last:.4g} at last",
        rule("faint", "1", y=1, span=(0, right)),
        [line(k, law, "theory", name, label=name) for name, law in _laws(run, k).items()],
        [line(k, r, LOOKS[each], each, label=each) for each, r in radii.items() if others],
        line(k, mine, LOOKS[run.update], run.update, play=True, pin=True),
        x=axis("step k", 0, right),
        y=axis("distance √(x² + y²)", 0.05, 20, log=True),
        alt=f"Distance to (0, 0): {first:.4g} at first, {last:.4g} at last.",
    )


def _laws(run: Circle, k: np.ndarray) -> dict[str, np.ndarray]:
    """The ends of the ellipse that alternating steps keep to, else the long-run factor's power."""
    if run.update == "alternating" and run.r1 == 0:
        level, half = max(float(invariant(run.path[0], run.eta)), 1e-24), run.eta / 2
        ends = {"nearest": 1 + half, "farthest": 1 - half}
        return {name: np.full(len(k), math.sqrt(level / by)) for name, by in ends.items()}
    law = float(run.radius[0]) * np.exp(k * math.log(max(rate(run), 1e-30)))
    return {"ρᵏ": np.clip(law, 1e-12, 1e30)}


def _losses(run: Circle) -> Panel:
    k, reach = np.arange(run.steps + 1), 2 * coarse(max(float(run.radius[0]) ** 2, 0.01))
    mine, its = (np.clip(v.numpy(), -1e30, 1e30) for v in (run.value, run.referee))
    return panel(
        "losses",
        "What each player wants small",
        rule("faint", "0", y=0, span=(0, coarse(run.steps))),
        line(k, mine, "model", "generator's loss", label="generator", play=True),
        line(k, its, "force", "referee's loss", label="referee", play=True),
        x=axis("step k", 0, coarse(run.steps)),
        y=axis("loss", -reach, reach),
        alt=f"Losses: generator {mine[0]:.3g} at first, {mine[-1]:.3g} at last; referee "
        f"{its[0]:.3g} and {its[-1]:.3g}.",
    )


@lru_cache(maxsize=32)
def _walk(update: str, r1: float) -> np.ndarray:
    """The two factors while η goes from 0 to 0.5, (2, 40) complex."""
    etas = np.linspace(0.5 / 40, 0.5, 40)
    return np.array([eigenvalues(float(eta), update, r1) for eta in etas]).T


def _factors(run: Circle) -> Panel:
    z, size = eigenvalues(run.eta, run.update, run.r1), rate(run)
    where = "on" if abs(size - 1) < 1e-12 else "outside" if size > 1 else "inside"
    shown = f"{size:.4f}"
    role = LOOKS[run.update]
    return panel(
        "factors",
        f"What one step multiplies by: |z| = {shown}, {where} the unit circle",
        line(CIRCLE.real, CIRCLE.imag, "ink", "unit circle"),
        [line(w.real, w.imag, "faint", "other η") for w in _walk(run.update, run.r1)],
        dots([each.real for each in z], [each.imag for each in z], role, "z", 9, label="z"),
        dots([1.0], [0.0], "ink", "no step", 5, label="η = 0"),
        x=axis("real part of z", -0.05, 1.35),
        y=axis("imaginary part", -0.7, 0.7),
        alt=f"The factors have the modulus {shown}, {where} the unit circle.",
    )
