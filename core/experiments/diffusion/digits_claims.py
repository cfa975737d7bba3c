"""What the drawn digits claim: DDPM-01 and 04 of the net, DDPM-07 and 08 of its steps."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from core.check import Check, same
from core.diffusion import digits as engine
from core.experiments.diffusion.digits import SHOWN, Drawn, dialled, stored, wanted
from core.rng import generator
from core.shapley import digits as readers


def checks(run: Drawn, *, label: str, w: float, eta: float, seed: int) -> list[Check]:
    """Two on the net, two on the steps, and what was read and found."""
    random = generator(seed)
    z = torch.randn(run.x.shape, generator=random, dtype=torch.float64)
    start, fresh = z[0], torch.cat([z[1:-1], torch.zeros_like(z[:1])])
    seen = sorted({0, len(run.x) // 2, len(run.x) - 2})
    net = _guesses(run, seen, wanted(label), w)
    whole = (eta == 1, f"the noise on the way is {eta:g} times that of the chain")
    return [
        same(
            "DDPM-01",
            "x̂₀ = √ᾱₜ xₜ − √(1 − ᾱₜ) v, where v goes w times the way from no class to this one, "
            "the network asked once more in float64 at the start, halfway and before the end; the "
            "last picture is its own x̂₀",
            run.x0[[*seen, -1]],
            torch.cat([net, run.x[-1:]]),
            tol=1e-3,
        ),
        same("DDPM-04", "the way begins with standard normal noise, the seed's", run.x[0], start),
        same(
            "DDPM-08",
            "every step is xₛ = √ᾱₛ x̂₀ + √(1 − ᾱₛ − σ²) ε + σ z",
            run.x[1:],
            _stepped(run, eta, fresh),
            tol=1e-6,
        ),
        same(
            "DDPM-07",
            "with all the noise of the chain, xₛ − σ z is the mean of q(xₛ | xₜ, x̂₀)",
            run.x[1:],
            _posterior(run, fresh),
            tol=1e-6,
            needs=(whole,),
        ),
        same("", "what is read is the largest of ten scores", run.read, _scores(run).argmax(1)),
        same(
            "",
            "no digit learned from is nearer than the one shown, and it is that far away",
            torch.stack([run.far, run.far]),
            _distances(run),
            tol=1e-6,
        ),
    ]


def _levels(run: Drawn) -> Tensor:
    """ᾱ at every step of the way, (steps + 1, 1, 1)."""
    return engine.plan().alpha_bar[run.times][:, None, None]


def _guesses(run: Drawn, at: list[int], label: Tensor, w: float) -> Tensor:
    """x̂₀ at some steps of the way by the network in float64, all in one go, (len(at), 9, 64)."""
    net = engine.Net(*(part.double() for part in stored()[0]))
    x, level = run.x[at], _levels(run)[at]
    t = torch.tensor(run.times)[at].repeat_interleave(SHOWN)
    asked = torch.stack([torch.full_like(label, engine.NONE), label])
    asked = asked[:, None].expand(2, len(at), SHOWN).reshape(-1)
    with torch.no_grad():
        points = x.reshape(-1, 64).repeat(2, 1)
        none, ours = engine.velocity(net, points, t.repeat(2), asked).view(2, *x.shape)
    return level.sqrt() * x - (1 - level).sqrt() * (none + w * (ours - none))


def _stepped(run: Drawn, eta: float, fresh: Tensor) -> Tensor:
    level = _levels(run)
    now, after = level[:-1], level[1:]
    eps = (run.x[:-1] - now.sqrt() * run.x0[:-1]) / (1 - now).sqrt()
    added = eta**2 * (1 - after) / (1 - now) * (1 - now / after)
    kept = (1 - after - added).clamp_min(0).sqrt()
    return after.sqrt() * run.x0[:-1] + kept * eps + added.sqrt() * fresh


def _posterior(run: Drawn, fresh: Tensor) -> Tensor:
    steps = []
    for i, (now, after) in enumerate(pairwise(_levels(run))):
        alpha = now / after
        mean = after.sqrt() * (1 - alpha) * run.x0[i] + alpha.sqrt() * (1 - after) * run.x[i]
        spread = ((1 - after) / (1 - now) * (1 - alpha)).sqrt()
        steps.append(mean / (1 - now) + spread * fresh[i])
    return torch.stack(steps)


def _scores(run: Drawn) -> Tensor:
    """The ten scores of each digit, layer by layer."""
    reader = readers.load("net")
    hidden = torch.relu((run.last + 1) * 8 @ reader.first.T + reader.bias1)
    return hidden @ reader.second.T + reader.bias2


def _distances(run: Drawn) -> Tensor:
    """To the nearest digit learned from, and to the one shown, (2, 9)."""
    away = torch.cdist(run.last, engine.known()[1], compute_mode="donot_use_mm_for_euclid_dist")
    shown = (run.last - engine.pictures()[run.near]).square().sum(-1).sqrt()
    return torch.stack([away.amin(1), shown])


def says(run: Drawn, *, label: str) -> str:
    """How many are read as wanted, and whether they are copies."""
    right = int((run.read == wanted(label)).sum())
    what = "asked" if label == "each" else label
    near, unseen = float(run.far.median()), engine.unseen()
    verb = "is" if right == 1 else "are"
    return (
        f"{right} of {SHOWN} {verb} read as {what}. The nearest digit learned from is {near:.2f} "
        f"away (median); of a digit kept aside {unseen:.2f}."
    )


def _first(run: Drawn, label: str) -> tuple[str, dict[str, Any]]:
    """What the net takes for the finished pictures while there is only noise."""
    known, shows = engine.known()[1], engine.labels()[engine.learned()]
    means = torch.stack([known[shows == k].mean(0) for k in range(10)])[wanted(label)]
    away = float((run.x0[0] - means).norm(dim=1).mean())
    noise = float((run.x0[0] - run.x[0]).norm(dim=1).mean())
    digit = float(engine.nearest(run.x0[0])[1].mean())
    found = {"mean": away, "noise": noise, "digit": digit}
    return min(found, key=found.get), {"away": away, "digit": digit}


def _guided(run: Drawn, label: str, w: float) -> tuple[str, dict[str, Any]]:
    """What w does to share and variety, against w = 1."""
    share, varied = dialled(label)
    i, one = (engine.DIAL.index(each) for each in (w, 1.0))
    facts = {"share": share[i], "varied": varied[i], "share_1": share[one], "varied_1": varied[one]}
    if share[i] < share[one] - 0.1:
        return "fewer", facts
    more = varied[i] > 1.1 * varied[one]
    return "varied" if more else "alike" if varied[i] < 0.9 * varied[one] else "same", facts


def _copied(run: Drawn) -> tuple[float, dict[str, Any]]:
    unseen = engine.unseen()
    return float(run.far.median()) / unseen, {"near": run.far.median(), "unseen": unseen}


answers = {"first": _first, "copied": _copied, "guided": _guided}
