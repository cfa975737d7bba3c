"""The arrow field: density and arrows, what x₀ may have been, the lowest loss over t."""

from functools import lru_cache

import numpy as np
import torch

from core.diffusion import convert
from core.experiments.diffusion.field import LEVELS, PLAN, REACH, Field, believed, guess, losses
from core.words import number
from pages.figures.marks import arrows, contours, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

WINDOW = REACH + 0.4
FINE = torch.linspace(-WINDOW, WINDOW, 41, dtype=torch.float64)
COARSE = torch.linspace(-3.2, 3.2, 14, dtype=torch.float64)
CELL = float(COARSE[1] - COARSE[0])
TAILS = torch.cartesian_prod(COARSE, COARSE)
HEIGHTS = np.array([0.01, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9])  # of the level lines, of the peak
TIMES = torch.tensor([1, 5, 15, 30, 50, 75, *range(100, 500, 25), *range(500, 1001, 50)])
TOP = 1.15
MINE = (("ax", "ay"), ("bx", "by"), ("cx", "cy"))


def figure(run: Field, *, mode: int = 1) -> Picture:
    """`mode` is the mode of an own layout whose numbers are shown."""
    return Picture(
        (_field(run, mode), _belief(run), _floor(run)),
        frames=len(run.path),
        track=_track(run),
        formula=(
            r"\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\role{force}{\varepsilon}}"
            r"{\sqrt{\bar\alpha_t}} = \frac{(@x1@, @x2@) - @noise@\,\role{force}{(@e1@, @e2@)}}"
            r"{@signal@} = \role{model}{(@d1@, @d2@)}",
            r"v = \sqrt{\bar\alpha_t}\,\role{force}{\varepsilon} - \sqrt{1-\bar\alpha_t}\,"
            r"\role{model}{\hat x_0} = (@v1@, @v2@)",
        ),
    )


def _track(run: Field) -> dict[str, np.ndarray]:
    """The same prediction as noise, data and velocity, at every step of the way."""
    level = PLAN.alpha_bar[run.times]
    v = convert(run.eps, run.path, run.times, PLAN.alpha_bar, "eps", "v")
    pairs = {"x": run.path, "e": run.eps, "d": run.targets, "v": v}
    track = {f"{name}{i + 1}": pair[:, i].numpy() for name, pair in pairs.items() for i in (0, 1)}
    return {
        "t": run.times.numpy(),
        **track,
        "signal": level.sqrt().numpy(),
        "noise": (1 - level).sqrt().numpy(),
    }


def _frame(x: str, y: str) -> dict:
    return {
        "x": axis(x, -WINDOW, WINDOW, dtick=1),
        "y": axis(y, -WINDOW, WINDOW, dtick=1),
        "equal": True,
    }


def _field(run: Field, mode: int) -> Panel:
    means, path = run.means.numpy(), run.path.numpy()
    centres = run.level**0.5 * means
    particle = Handle(*map(float, run.x), ("x", "y"), "particle xₜ", role="model")
    own = zip(MINE, means) if run.layout == "mine" else [(MINE[0], means[0])]
    handles = [
        Handle(float(m[0]), float(m[1]), names, "mean of a mode", click=False) for names, m in own
    ]
    chosen = means[[mode - 1 if run.layout == "mine" else 0]]
    share = f"ᾱ = {number(run.level)}"
    return panel(
        "field",
        f"Law of xₜ at t = {run.t}, {share}, and its arrows",
        _density(torch.ones(len(means)), run.level**0.5 * run.means, run.kept**0.5),
        _arrows(run),
        dots(*means.T, "data", "modes of the data", 8),
        dots(*chosen.T, "ink", "mode that is moved", 11),
        dots(*centres.T, "faint", "√ᾱ × modes", 5),
        line(*path.T, "model", "way of the particle", play=True, pin=True),
        **_frame("xₜ, first coordinate", "second coordinate"),
        alt=f"Arrows lead to {len(means)} mode{'s' * (len(means) > 1)}; the particle starts at "
        f"({number(run.x[0])}, {number(run.x[1])}) and ends at ({number(run.end[0])}, "
        f"{number(run.end[1])}).",
        handles=(particle, *handles),
    )


def _density(shares: torch.Tensor, centres: torch.Tensor, std: float) -> dict:
    """Of a mixture of one width, which is a sum of products of both coordinates."""
    x, y = (-(FINE - c[:, None]).square() / (2 * std**2) for c in centres.T)
    top = (x.amax(1) + y.amax(1)).max()
    z = (shares[:, None] * (y - top).exp()).T @ x.exp()
    return contours(FINE, FINE, z / z.max(), HEIGHTS)


def _arrows(run: Field) -> dict:
    """Towards √ᾱ x̂₀, which is xₜ − √(1 − ᾱ) ε; long arrows are shortened to less than a cell."""
    move = -((1 - run.level) ** 0.5) * guess(run.means, run.std, LEVELS[run.net][run.t], TAILS)
    move = move * (CELL / (CELL + move.norm(dim=1, keepdim=True)))
    return arrows(TAILS.numpy(), (TAILS + move).numpy(), "force", "−ε, shortened")


def _belief(run: Field) -> Panel:
    (centres, std), targets = believed(run), run.targets.numpy()
    wide = max(std, 0.6 * float(FINE[1] - FINE[0]))
    near = np.clip(targets, -WINDOW, WINDOW)
    tails, tips = run.x[None].numpy(), near[:1]
    told = ", ".join(f"{100 * float(s):.0f} %" for s in run.shares)
    return panel(
        "belief",
        "What x₀ may have been, given xₜ; x̂₀ on the way",
        _density(run.shares, centres, wide),
        dots(*run.means.numpy().T, "data", "modes of the data", 8),
        arrows(tails, tips, "force", "from xₜ to x̂₀"),
        line(*near.T, "model", "x̂₀ on the way", play=True, pin=True),
        dots(*near[:1].T, "good", "x̂₀ of the particle", 11, symbol="diamond", label="x̂₀"),
        **_frame("x₀, first coordinate", "second coordinate"),
        alt=f"Shares of the modes {told}; x̂₀ = ({number(run.x0[0])}, {number(run.x0[1])}).",
    )


@lru_cache(maxsize=32)
def _curve(layout: str, places: tuple, std: float) -> np.ndarray:
    means = torch.tensor(places, dtype=torch.float64)
    return losses(means, std, layout, TIMES, 0.5)[0].numpy()


def _floor(run: Field) -> Panel:
    known = PLAN.alpha_bar[TIMES].numpy()
    curve = _curve(run.layout, tuple(map(tuple, run.means.tolist())), run.std)
    off = None
    if not run.exact:
        text = f"this net: {run.loss:.3f}"
        off = dots([run.t], [min(run.loss, TOP - 0.03)], "wrong", text, 10, label=text)
    return panel(
        "floor",
        "The lowest loss that any net can reach",
        rule("faint", "nothing learned", y=1.0, span=(0, 1000), label="says 0 every time"),
        line(TIMES, known, "theory", "data N(0, 1): ᾱ", label="data N(0, 1): ᾱ"),
        line(TIMES, curve, "ink", "these data", label="these data", width=2.5),
        dots([run.t], [run.floor], "good", f"now {run.floor:.3f}", 9),
        off,
        x=axis("step t", 0, 1000),
        y=axis("mean (ε − prediction)²", 0, TOP),
        alt=f"At t = {run.t} no net has a loss below {run.floor:.3f} for each coordinate.",
        handles=(Handle(run.t, run.floor, ("t",), "step t", ((1.0, 0.0),), frees="x"),),
    )
