"""The mode ledger: modes on a ring, shares and trust, the price of lost modes, the chase."""

import math
from functools import lru_cache
from typing import Annotated

import numpy as np

from core.experiments.gan.ledger import MODES, Ledger, even
from core.signature import between
from core.words import tex
from pages.figures.marks import arrows, bars, cells, dots, line, note, rule
from pages.figures.plot import PLAIN, Panel, Pick, Picture, axis, coarse, panel

ANGLES = math.pi / 2 - 2 * math.pi * np.arange(MODES) / MODES  # mode 1 on top, then clockwise
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1)
CLOUD, TRUST, NAME = 3.45, 1.75, 4.5  # radii of clouds, of the trust in them, of the numbers
FAKES = 96
LOWEST = -math.log(4)


def figure(
    run: Ledger,
    *,
    round: Annotated[int, between(0, 64)] = 0,
    hand: Annotated[int, between(0, MODES)] = 0,
) -> Picture:
    """The round looked at; `hand` is the mode onto which all first fakes are moved."""
    at = min(round, run.rounds)
    return Picture(
        (_ring(run, at, hand), _chase(run, at), _price(run, at), _shares(run, at)),
        frames=run.rounds + 1,
        formula=_formula(run, at, hand),
        drive="round",
    )


def _formula(run: Ledger, at: int, hand: int) -> tuple[str, ...]:
    j = hand or int(run.target[at])
    k = 0 if hand else at
    q, D = float(run.q[k, j - 1]), float(run.D[k, j - 1])
    fakes = rf"\role{{model}}{{{tex(q)}}}"
    return (
        rf"V(D^*) = 2\,\mathrm{{JSD}} - \log 4 = 2\cdot {tex(run.jsd[at])} - 1.386 = "
        rf"{tex(run.value[at])}",
        rf"D^*(\text{{mode }}{j}) = \frac{{p}}{{p+q}} = \frac{{0.125}}{{0.125 + {fakes}}} = "
        rf"\role{{force}}{{{tex(D)}}}",
    )


@lru_cache(maxsize=1)
def _spots() -> np.ndarray:
    """Places within a cloud, a sunflower of FAKES seeds with the middle first, (FAKES, 2)."""
    n = np.arange(FAKES)
    turn, r = n * math.pi * (3 - math.sqrt(5)), 0.075 * np.sqrt(n)
    return np.stack([r * np.cos(turn), r * np.sin(turn)], 1)


def _dealt(shares: np.ndarray) -> np.ndarray:
    """How many of FAKES dots each mode gets, the largest remainders rounded up."""
    exact = FAKES * shares
    count = np.floor(exact + 1e-9).astype(int)
    count[np.argsort(count - exact)[: FAKES - count.sum()]] += 1
    return count


def _ring(run: Ledger, at: int, hand: int) -> Panel:
    spots, q, D = _spots(), run.q[at].numpy(), run.D[at].numpy()
    data = (CLOUD * RING[:, None] + spots[: FAKES // MODES] * 1.6).reshape(-1, 2)
    count = _dealt(q)
    fakes = np.concatenate([CLOUD * c + spots[:n] for c, n in zip(RING, count, strict=True)])
    to = (hand or int(run.target[at])) - 1
    tail, tip = (1.2 * RING[to])[None] * 0.1, (1.3 * RING[to])[None]
    what = "by hand" if hand else "most trusted"
    places = np.vstack([[0.0, 0.0], CLOUD * RING])
    return panel(
        "ring",
        f"Round {at}: fakes on the ring, and the referee's trust",
        [
            cells([[d]], f"trust in mode {j}", scale="heat", numbers=2, at=(y, x), low=0, high=1.6)
            for j, (d, (x, y)) in enumerate(zip(D, TRUST * RING, strict=True), start=1)
        ],
        dots(*data.T, "data", "data", 4),
        dots(*fakes.T, "model", "fakes", 4),
        arrows(tail, tip, "wrong" if hand else "force", what, label=what),
        [note(x - 0.12, y, f"{j}") for j, (x, y) in enumerate(NAME * RING, start=1)],
        x=axis("x₁", -4.9, 4.9, **PLAIN),
        y=axis("x₂", -4.9, 4.9, **PLAIN),
        alt=f"Round {at}: fakes on {int(run.covered[at])} of {MODES} modes; the referee trusts "
        f"mode {to + 1} by {D[to]:.3g}.",
        pick=Pick.spots(places, "hand", "mode for all fakes, 0: they stay", hand),
        equal=True,
    )


def _shares(run: Ledger, at: int) -> Panel:
    j = np.arange(1, MODES + 1)
    q, D = run.q[at].numpy(), run.D[at].numpy()
    return panel(
        "shares",
        "Fakes in each mode, and how far the referee trusts it",
        rule("theory", "data", y=1 / MODES, span=(0.4, MODES + 0.6), label="data, 1/8"),
        bars(j, q, "model", "share of the fakes"),
        dots(j, D, "force", "trust D*", 8),
        x=axis("mode", 0.4, MODES + 0.6, dtick=1, **PLAIN),
        y=axis("share, trust", 0, 1.05),
        alt="Shares of the fakes "
        + ", ".join(f"{each:.2g}" for each in q)
        + "; trust "
        + ", ".join(f"{each:.2g}" for each in D)
        + ".",
    )


@lru_cache(maxsize=1)
def _prices() -> np.ndarray:
    return np.array([2 * even(k) + LOWEST for k in range(1, MODES + 1)])


def _price(run: Ledger, at: int) -> Panel:
    n, v = int(run.covered[at]), float(run.value[at])
    k = np.arange(1, MODES + 1)
    return panel(
        "price",
        f"V against a referee tuned to the fakes: {v:.4f}",
        rule("theory", "−log 4", y=LOWEST, span=(0.5, 8.5), label="−log 4, perfect"),
        line(k, _prices(), "faint", "even shares", label="even"),
        dots(k, _prices(), "theory", "even shares", 5),
        dots([n], [v], "model", "fakes", 10, label="fakes"),
        x=axis("modes covered", 0.5, 8.5, dtick=1, **PLAIN),
        y=axis("V(D*)", -1.5, 0.05),
        alt=f"V is {v:.4f} with {n} of {MODES} modes, {LOWEST:.4f} at best.",
    )


def _chase(run: Ledger, at: int) -> Panel:
    right, trust = coarse(run.rounds), run.trust.numpy()
    steps, k = np.arange(run.rounds + 1), np.arange(1, run.rounds + 1)
    zigzag = np.stack([trust[:-1], run.frozen.numpy()], 1)
    both = np.stack([k - 1.0, k - 0.5], 1)
    x = np.append(both.ravel(), float(run.rounds))
    y = np.append(zigzag.ravel(), trust[-1])
    return panel(
        "chase",
        "Mean trust in the fakes: up against a frozen referee, down when it is tuned",
        rule("theory", "½", y=0.5, span=(0, right), label="½, perfect fakes"),
        line(x, y, "faint", "the whole chase"),
        line(x[: 2 * at + 1], y[: 2 * at + 1], "model", "trust so far"),
        dots(k[:at] - 0.5, run.frozen.numpy()[:at], "force", "frozen", 6),
        dots(steps[: at + 1], trust[: at + 1], "model", "tuned", 6),
        x=axis("round", 0, right, **PLAIN),
        y=axis("mean trust", 0, 1.08),
        alt=f"Mean trust in round {at}: {trust[at]:.3g} once the referee is tuned.",
    )
