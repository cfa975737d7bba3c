"""What is checked about the patches of a digit, and what is said of them."""

from functools import partial

import torch

from core import words
from core.check import Check, equal
from core.experiments.shapley.patches import Patches, area, tiles

number = partial(words.number, zero=1e-9)
ABSENT = {
    "paper": "empty paper",
    "grey": "plain grey",
    "mean": "the mean of all digits",
    "blur": "its own blur",
    "digit": "another digit",
}


def checks(run: Patches, *, model: str, **_) -> list[Check]:
    """XAI-18, 20, 21 and 22; the network is asked anew, not the table of coalitions."""
    total, start, end = run.phi.sum(), run.score(run.empty), run.score(run.whole)
    size = float(run.v.abs().max())
    linear = model == "linear"
    change = tiles((run.x - run.absent), run.side)
    row = (run.reader.second[run.target] - run.reader.second[run.rival]).view(-1)
    slopes = tiles(row.view(8, 8), run.side) if linear else torch.zeros_like(change)
    products = (slopes * change).sum(-1)
    same = run.unchanged
    return [
        equal("XAI-18", "Σφ = f(x) − f(baseline), two answers of the network", total, end - start),
        equal(
            "XAI-18",
            "v(S) in the table = f of the picture that shows S, after the steps taken now",
            run.v[run.coalition],
            run.score(run.scores),
        ),
        equal(
            "XAI-18",
            "linear f: φ of a patch = Σ w (x − baseline) over its pixels, largest difference",
            (run.phi - products).abs().max(),
            0.0,
            applies=linear,
            why="" if linear else "the network has a hidden layer with ReLU",
        ),
        equal(
            "XAI-20",
            "f(baseline) and then one φ after the other ends at f(x)",
            start + run.phi[run.order].cumsum(0)[-1],
            end,
        ),
        equal(
            "XAI-21",
            "Σφ = v(N) − v(∅)",
            total,
            run.v[-1] - run.v[0],
            tol=1e-9 * max(1.0, size),
        ),
        equal(
            "XAI-21",
            "the last-in values v(N) − v(N ∖ j) add up too: true for a linear f",
            run.last.sum(),
            run.v[-1] - run.v[0],
            applies=linear,
            why=""
            if linear
            else f"patches interact: {float(run.last.sum()):.4g} in place of {float(total):.4g}",
        ),
        equal(
            "XAI-22",
            "a patch that already shows its baseline is a dummy: largest |φ| of those",
            run.phi[same].abs().max() if same.any() else 0.0,
            0.0,
            tol=1e-9 * max(1.0, size),
            applies=bool(same.any()),
            why=f"{int(same.sum())} of {run.players} patches"
            if same.any()
            else "absent, every patch looks different from what it shows",
        ),
    ]


def says(run: Patches, *, baseline: str, view: str, **_) -> str:
    """What is read, which patch counts most, and what the steps do."""
    read = int(run.whole.argmax())
    sure = float(run.whole.softmax(0)[read])
    best = int(run.order[0])
    lead = "leads" if run.score(run.whole) >= 0 else "trails"
    told = (
        f"The network reads a {read} ({sure:.1%})"
        + (", which is wrong" if run.label not in (-1, read) else "")
        + f"; {run.target} {lead} {run.rival} by {number(abs(run.score(run.whole)))}; for "
        f"{ABSENT[baseline]} alone its lead is {number(run.score(run.empty))}. "
        f"Patch {best + 1} speaks for it most, {number(run.phi[best])}"
    )
    told += ", though there is no ink in it. " if inkless(run)[best] else ". "
    area_phi, area_mean = area(run.curve.phi), area(run.curve.mean)
    done = "laid down" if view == "insertion" else "removed"
    return told + (
        f"With patches {done} in order of φ the mean score is {number(area_phi)}, in random order "
        f"{number(area_mean)}."
    )


def inkless(run: Patches) -> torch.Tensor:
    """Patches of plain paper, (p,) bool."""
    return (tiles(run.x, run.side) == 0).all(-1)


# --- answers of predictions ----------------------------------------------------------------------


def chosen_in_words(run: Patches) -> str:
    """Sign of the φ of the patch looked at, or which of all it is."""
    if abs(float(run.phi[run.chosen])) < 1e-9:
        return "0, exactly"
    if run.chosen == int(run.order[0]):
        return "it counts most of all"
    return "a little"


def fall_in_words(run: Patches) -> str:
    """After how many steps in order of φ the target is no longer read."""
    lost = (run.reads != run.target).nonzero().flatten()
    if not len(lost):
        return "never"
    first = int(lost[0])
    return "1 or 2" if first <= 2 else "3 to 5" if first <= 5 else "6 or more"


def last_in_words(run: Patches) -> str:
    """What leaving out the patch looked at says of its φ."""
    phi, last = float(run.phi[run.chosen]), float(run.last[run.chosen])
    if abs(last - phi) <= 1e-9 * max(1.0, abs(phi)):
        return "the same as φ"
    if abs(last) < 0.1 * abs(phi):
        return "almost nothing"
    return "more than φ" if abs(last) > abs(phi) else "less than φ"


def dummies(run: Patches) -> dict:
    """Coalitions without the patch looked at, and how many other patches are dummies."""
    return {"count": 2 ** (run.players - 1), "dummies": int(run.unchanged.sum()) - 1}


def looked_at(run: Patches) -> dict:
    """φ and last in of the patch looked at, and how many contributions φ averages."""
    return {
        "phi": number(run.phi[run.chosen]),
        "last": number(run.last[run.chosen], 2),
        "count": 2 ** (run.players - 1),
    }


def falls(run: Patches) -> dict:
    """The lead of the whole picture, what the first step takes, how long random orders keep it."""
    first = int(run.order[0])
    return {
        "first": first + 1,
        "last": number(run.last[first]),
        "lead": number(run.score(run.whole)),
        "steps": int((run.curve.mean > 0).long().cumprod(0).sum()) - 1,
    }
