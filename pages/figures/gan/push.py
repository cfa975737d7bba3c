"""Two hills with the best referee, the push of each loss, one fake by its logit, the losses."""

import math

import numpy as np
import torch

from core.experiments.gan.push import FAR, Push, curves
from core.words import tex
from pages.figures.marks import band, dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

ROLES = {"saturating": "third", "non-saturating": "force", "Wasserstein": "good"}
TOP = 0.8  # height of both hills in the picture
LOW, HIGH = 1e-8, 1e4  # of the pushes that are drawn
LOGITS = np.linspace(-10, 10, 101)
S = axis("shift s of the fakes", 0.0, FAR)


def figure(run: Push, *, s: float, sigma: float, logit: float) -> Picture:
    """Hills, pushes over s, slopes over the logit of one fake, losses over s."""
    D, pushes = math.exp(run.log_D), run.push.tolist()
    return Picture(
        (
            _hills(s, sigma),
            _pushes(run, s, sigma),
            _slopes(run, s, sigma, logit),
            _losses(run, s, sigma),
        ),
        formula=(
            rf"\role{{third}}{{\frac{{s}}{{\sigma^2}}\,E D}} = "
            rf"{tex(s / sigma**2)}\cdot{tex(D, zero=0)} = {tex(pushes[0], zero=0)}",
            rf"\role{{force}}{{\frac{{s}}{{\sigma^2}}\,E(1 - D)}} = "
            rf"{tex(s / sigma**2)}\cdot{tex(1 - D)} = {tex(pushes[1])}",
            rf"\role{{good}}{{\frac{{d}}{{ds}} W_1}} = {tex(pushes[2])}",
        ),
    )


def _hills(s: float, sigma: float) -> Panel:
    z = np.linspace(-4, 4, 121)
    hill = TOP * np.exp(-(z**2) / 2)
    x = np.linspace(-4, FAR + 4, 281)
    x = np.sort(np.r_[x, s / 2 + sigma**2 / max(s, 0.1) * np.linspace(-8, 8, 61)])
    best = torch.sigmoid(torch.from_numpy((s**2 / 2 - s * x) / sigma**2)).numpy()
    return panel(
        "hills",
        "Data, fakes, and the best referee between them",
        band(sigma * z, 0 * z, hill, "data", "data"),
        band(s + sigma * z, 0 * z, hill, "model", "fakes"),
        note(0.0, TOP, "data", "data"),
        note(s, TOP, "fakes", "model"),
        line(x, best, "theory", "the best referee", label="D*"),
        x=axis("x", -4.0, FAR + 4.0),
        y=axis("D*(x), laws to scale", 0.0, 1.04),
        alt=f"Data around 0, fakes around {s:.3g}, both of width {sigma:.3g}.",
        handles=(Handle(s, TOP, ("s",), "shift of the fakes", frees="x", role="model"),),
    )


def _pushes(run: Push, s: float, sigma: float) -> Panel:
    all_ = curves()
    at = sigma * all_.u.numpy()
    with np.errstate(divide="ignore"):
        steep = np.log10(all_.u.numpy() / sigma)
    fading = steep + all_.log_D.numpy() / math.log(10)
    rest = steep + np.log10(-np.expm1(all_.log_D.numpy()))
    here = run.log10(s, sigma) if s else ()
    seen = [(s, 10**v, role) for v, role in zip(here, ROLES.values()) if v >= math.log10(LOW)]
    return panel(
        "push",
        "How hard each loss pushes back",
        rule("faint", "here", x=s, span=(LOW, HIGH)),
        _curve(at, fading, "saturating"),
        _curve(at, rest, "non-saturating"),
        line([0.0, FAR], [1.0, 1.0], "good", "Wasserstein", label="Wasserstein"),
        [dots([x], [y], role, "here", 9) for x, y, role in seen],
        x=S,
        y=axis("|∂ loss/∂s|", LOW, HIGH, log=True),
        alt="Pushes on a logarithmic axis: the saturating one falls ever faster with s, the "
        "non-saturating one grows, the Wasserstein one is 1.",
    )


def _curve(s: np.ndarray, log10: np.ndarray, name: str) -> dict:
    """A curve that ends where it leaves the frame for good."""
    inside = (log10 > math.log10(LOW) - 2) & (s <= 1.2 * FAR)
    return line(s[inside], 10 ** log10[inside], ROLES[name], name, label=name)


def _slopes(run: Push, s: float, sigma: float, logit: float) -> Panel:
    D, u = 1 / (1 + np.exp(-LOGITS)), s / sigma
    far = max(u, 1e-3) * np.linspace(-3, 3, 61)
    crowd = 0.3 * np.exp(-((far / max(u, 1e-3)) ** 2) / 2)
    shown = max(min(logit, 10.0), -10.0)
    here = run.slope.tolist()
    return panel(
        "logit",
        f"One fake that gets the logit a = {logit:.3g}",
        band(far - u**2 / 2, 0 * far, crowd, "model", "logits of the fakes"),
        line(LOGITS, D, "third", "saturating", label="saturating, D"),
        line(LOGITS, 1 - D, "force", "non-saturating", label="non-saturating, 1 − D"),
        line(LOGITS[[0, -1]], [1.0, 1.0], "good", "Wasserstein", label="Wasserstein, 1"),
        [dots([shown], [v], role, "here", 9) for v, role in zip(here, ROLES.values())],
        x=axis("a, the logit of D", -10.0, 10.0),
        y=axis("|∂ loss/∂a|", 0.0, 1.15),
        alt=f"At the logit {logit:.3g} the saturating loss changes by {here[0]:.3g}, the "
        f"non-saturating one by {here[1]:.3g}, the critic's by 1.",
        handles=(Handle(shown, 0.0, ("logit",), "logit of one fake", frees="x", role="ink"),),
    )


def _losses(run: Push, s: float, sigma: float) -> Panel:
    all_ = curves()
    at, soft = sigma * all_.u.numpy(), all_.soft.numpy()
    inside = at <= 1.2 * FAR
    other = soft + all_.u.numpy() ** 2 / 2
    low = inside & (other < 30)
    seen = [(s, v, role) for v, role in zip(run.loss.tolist(), ROLES.values()) if v <= 10]
    return panel(
        "loss",
        "What the generator lowers",
        rule("faint", "here", x=s, span=(-1.0, 10.0)),
        line(at[inside], -soft[inside], "third", "saturating", label="JSD − log 2, saturating"),
        line(at[low], other[low], "force", "non-saturating", label="non-saturating"),
        line([0.0, FAR], [0.0, FAR], "good", "Wasserstein", label="W₁ = s"),
        [dots([x], [y], role, "here", 9) for x, y, role in seen],
        x=S,
        y=axis("loss", -1.0, 10.0),
        alt=f"Losses over s; at s = {s:.3g} JSD is {run.jsd:.4g} of at most log 2, W₁ is {s:.3g}.",
    )
