"""Data and fakes over D, the generator as a warped grid, curves of the training, its modes."""

from typing import Annotated, Literal

import numpy as np

from core.experiments.gan.studio import FRAMES, Studio, moments
from core.experiments.gan.studio_claims import NAMES, places, target
from core.gan import optimal_discriminator
from core.gan.densities import axis as cell_middles
from core.gan.densities import density
from core.gan.distances import REACH
from core.gan.film import JUDGED, SHARE, Player
from core.signature import between
from pages.figures.marks import band, bars, contours, dots, line, note, rule, segments
from pages.figures.parts.drawing import pad
from pages.figures.parts.generator import warped
from pages.figures.plot import Panel, Picture, axis, panel

EDGE = 2.9  # half the side of what is seen
SCARCE = 1e-3  # added to both densities: D* is irrelevant where both are less, and drawn as ½
LEVELS = np.r_[0.02, 0.05, np.arange(1, 10) / 10, 0.95, 0.98]
MEASURES = {  # title, top of the axis, column of the distances
    "w1": ("Sliced W₁ from the data", 2.0, 1),
    "jsd": ("JSD from the data, in nats", 0.75, 0),
    "mmd": ("MMD² from the data", 0.4, 2),
}
Measure = Literal["w1", "jsd", "mmd", "covered", "losses"]
ROLES = ("model", "second")


def figure(
    run: Studio, *, data: str, drawing: str, loss: str, rival: str, steps: int, z_dim: int,
    background: Literal["D", "best", "none"] = "D", measure: Measure = "w1",
    desk: Literal["game", "rates", "nets", "luck"] = "game",
    frame: Annotated[int, between(0, FRAMES)] = 0,
) -> Picture:  # fmt: skip
    """The frame that the player stands at; while it trains, the newest."""
    last, when, done = len(run.main.fakes) - 1, np.array(moments(steps, rival)), run.progress == 1
    k = min(frame, last) if done else last
    best = target(run, data=data, drawing=drawing) if background == "best" else None
    views = {"data": run.data.numpy(), "k": k, "best": best, "shown": background}
    players = [(run.main, loss), (run.rival, rival)][: 1 + (run.rival is not None)]
    names = ("cloud", "rival")
    panels = [_cloud(name, *one, views, int(when[k])) for name, one in zip(names, players)]
    panels.append(_curves(run, players, measure, when[: last + 1], int(when[-1]), int(when[k])))
    if data == "drawn":
        panels.insert(1, pad(drawing))
    elif run.main.counts.shape[1]:
        panels.append(_modes(players, data, k))
    if len(panels) < 4:
        panels.append(warped(run.warped[k].float().numpy(), z_dim, EDGE))
    film = {"frames": last + 1, "track": {"step": when}, "drive": "frame"} if done else {}
    return Picture(tuple(panels), wide=len(players) > 1, **film)


def _cloud(name: str, player: Player, loss: str, views: dict, step: int) -> Panel:
    k, back, fakes = views["k"], None, player.fakes[views["k"]].numpy()
    title = f"{NAMES[loss].capitalize()} loss, step {step}"
    if views["shown"] == "best":
        q = density(player.fakes[k].double(), cell_middles(len(player.field[k]), REACH))
        back = optimal_discriminator(views["best"] + SCARCE, q + SCARCE).numpy()
        title += ": blue where the best D says real"
    elif views["shown"] == "D":
        back = _shades(player.field[k].double().numpy(), loss)
        title += ": blue where D says real"
    out = int((np.abs(fakes) > EDGE).any(1).sum())
    seen = fakes[(np.abs(fakes) <= EDGE).all(1)]
    beyond = f"{out} of {len(fakes)} fakes lie outside" if out else ""
    return panel(
        name,
        title,
        back is not None and _field(back),
        dots(*views["data"].T, "data", "data", 4),
        dots(*seen.T, "model", "fakes", 5),
        beyond and note(-2.7, -2.7, beyond, "wrong"),
        x=axis("x₁", -EDGE, EDGE),
        y=axis("x₂", -EDGE, EDGE),
        alt=f"{len(views['data'])} points of the data and {len(fakes)} fakes at step {step}"
        + (f"; {beyond}." if out else "."),
        equal=True,
    )


def _shades(field: np.ndarray, loss: str) -> np.ndarray:
    """The output of D from 0 (fake) to 1 (real); a score about its mean, in units of its spread."""
    if loss == "least_squares":
        return np.clip(field, 0, 1)
    if loss == "wasserstein":
        field = (field - field.mean()) / (field.std() + 1e-9)
    return 1 / (1 + np.exp(-np.clip(field, -40, 40)))


def _field(values: np.ndarray) -> dict:
    side = cell_middles(len(values), REACH)
    return contours(side, side, values, LEVELS) | {"name": "D"}


def _curves(run: Studio, players: list, measure: str, when: np.ndarray, end: int, now: int):
    traces, told = [], []
    if measure == "losses":
        title, (low, top) = "Losses of both players", _reach(players)
        for i, (player, loss) in enumerate(players):
            who = f", {NAMES[loss]}" if len(players) > 1 else ""
            for j, role in ((0, "wrong"), (1, ROLES[i])):
                y, name = player.losses[:, j].numpy(), f"{'DG'[j]}{who}"
                traces.append(line(when, y, role, name, label=name))
                told.append(f"{name} {y[-1]:.2g}")
    elif measure == "covered":
        count = run.main.counts.shape[1]
        title, top, low = "Modes reached", max(count, 1) + 0.5, 0.0
        for i, (player, loss) in enumerate(players):
            traces += _median(when, player.covered.numpy(), ROLES[i], NAMES[loss], told)
    else:
        title, top, column = MEASURES[measure]
        low, floor = -0.05 * top, float(run.floor[column])
        for i, (player, loss) in enumerate(players):
            values = player.distances[..., column].numpy()
            traces += _median(when, values, ROLES[i], NAMES[loss], told)
        name = "two samples of the data"
        traces.append(rule("theory", name, y=floor, span=(0, end), label=name))
        told.append(f"two samples of the data {floor:.2g}")
    return panel(
        "curves",
        title,
        traces,
        rule("faint", "this frame", x=now, span=(low, top)),
        x=axis("step", 0, end),
        y=axis(title.split(" from")[0].split(" of")[0], low, top),
        alt=f"{title} after {when[-1]} of {end} steps: {', '.join(told)}.",
    )


def _reach(players: list) -> tuple[float, float]:
    """An axis for the losses, the same for all settings of these rules."""
    names = {loss for _, loss in players}
    if "wasserstein" in names:
        return -4.0, 4.0
    return -1.0 if "saturating" in names else 0.0, 0.8 if names == {"least_squares"} else 2.5


def _median(when: np.ndarray, values: np.ndarray, role: str, name: str, told: list) -> list[dict]:
    """The shown training alone, or the median of several with the band of all."""
    middle, several = np.median(values, 1), values.shape[1] > 1
    told.append(f"{name} {middle[-1]:.2g}")
    wide = band(when, values.min(1), values.max(1), role, "all seeds") if several else None
    return [*([wide] if several else []), line(when, middle, role, name, label=name)]


def _modes(players: list, data: str, k: int) -> Panel:
    names, traces, told = places(data), [], []
    for i, (player, loss) in enumerate(players):
        share = player.counts[k].numpy() / JUDGED
        x = np.arange(len(names)) + 0.25 * i
        traces.append(bars(x, share, ROLES[i], f"fakes, {NAMES[loss]}"))
        told.append(f"{NAMES[loss]} {int((share > SHARE).sum())} of {len(names)}")
    step = max(1, len(names) // 8)
    ticks = {"tickvals": list(range(0, len(names), step)), "ticktext": names[::step]}
    fair, ends = 1 / len(names), (-0.5, len(names) - 0.2)
    return panel(
        "modes",
        "Share of the fakes at each mode",
        traces,
        segments([[ends[0], fair]], [[ends[1], fair]], "theory", "as the data"),
        note(ends[0], fair, "as the data"),
        x=axis("mode" if data == "grid" else "mode, by its angle", *ends, **ticks),
        y=axis("share", 0, 0.4),
        alt=f"Modes that get more than 2 % of the fakes: {', '.join(told)}.",
    )
