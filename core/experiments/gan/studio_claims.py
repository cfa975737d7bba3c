"""What holds in every training, whatever it reaches, and what was seen in this one."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from core.check import Check, at_most, same
from core.experiments.gan.studio import Studio, moments, studio
from core.gan import DATA, generator_loss, modes, value, value_at_optimum
from core.gan.densities import axis, density, known, painted
from core.gan.distances import REACH
from core.gan.film import JUDGED, SHARE, Player, losses_of, middles, missing, output, pushes
from core.words import number

LOGITS = ("saturating", "non_saturating")
SURE = -3.0  # mean logit from which on D counts as sure of the fakes
NAMES = {
    "saturating": "saturating",
    "non_saturating": "non-saturating",
    "wasserstein": "Wasserstein",
    "least_squares": "least-squares",
}
Pairs = list[tuple[Any, Any]]


def checks(run: Studio, **values: Any) -> list[Check]:
    """Of the finished training; a half-done one claims nothing."""
    if run.progress < 1:
        return []
    once = _start(*(values[name] for name in ("data", "drawing", "z_dim", "seed")))
    players, losses = _players(run, values)
    points = [(run.data, once.data), (run.warped[:1], once.warped)]
    points += [(player.fakes[:1], once.main.fakes) for player in players]
    measured = [(run.floor, once.floor)]
    measured += [(player.distances[0, :1], once.main.distances[0]) for player in players]
    alike = "the same seed gives the same start, whatever the loss: data, fakes and warped lines "
    alike += "before the first step, drawn once more"
    twice = "the distances before the first step and of two samples of the data, once more"
    reply = "mean of D over the fakes ≤ D where it is largest: the best reply to this D would put "
    reply += "every fake there"
    logit = (any(loss in LOGITS for loss in losses), "D's output is no logit with this loss")
    at_end, best = [], []
    for player, loss in zip(players, losses):
        fakes = player.fakes[-1]
        field, pair = output(player.theta, middles()), player.field[-1].double().flatten()
        found = losses_of(player.theta, run.data, fakes, loss)
        out = output(player.theta, fakes)
        at_end += [(pair, field), (player.losses[-1], found), (player.output[-1], out.mean())]
        at_end.append((player.push[-1], pushes(out)))
        best.append(max(float(field.max()), float(out.max())))
    worst = max(range(len(best)), key=lambda i: float(players[i].output[-1]) - best[i])
    weights = "the last field, losses and slopes of D are those of its weights"
    return [
        same("GAN-01", alike, *_scaled(points), tol=0.01),
        at_most("GAN-07", reply, players[worst].output[-1], best[worst], tol=1e-6),
        *_slopes(players, logit),
        _value(run, players, losses, values),
        _books(players),
        same("GAN-01", weights, *_scaled(at_end), tol=2e-3),
        same("INFO-05", twice, *_scaled(measured), tol=0.01),
    ]


@lru_cache(maxsize=16)
def _start(data: str, drawing: str, z_dim: int, seed: int) -> Studio:
    """The frame before the first step; all that it takes is here, so nothing is trained."""
    return next(studio(data=data, drawing=drawing, z_dim=z_dim, seed=seed))


def _players(run: Studio, values: dict[str, Any]) -> tuple[list[Player], list[str]]:
    if run.rival is None:
        return [run.main], [values["loss"]]
    return [run.main, run.rival], [values["loss"], values["rival"]]


def _scaled(pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Both sides of all pairs in a row, each pair divided by the largest size of its right one."""
    sides: tuple[list[Tensor], list[Tensor]] = ([], [])
    for pair in pairs:
        one, other = (torch.as_tensor(each).double().flatten() for each in pair)
        most = other.abs().max().clamp_min(1e-12)
        for side, each in zip(sides, (one, other)):
            side.append(each / most)
    return torch.cat(sides[0]), torch.cat(sides[1])


def _slopes(players: list[Player], logit: tuple[bool, str]) -> list[Check]:
    """The push on the last fakes of the first training, by autograd."""
    player = players[0]
    out = output(player.theta, player.fakes[-1]).requires_grad_()
    chance = torch.sigmoid(out.detach())
    found = []
    for id, name, exact, what in (
        ("GAN-05", "saturating", chance, "saturating loss by the logit: mean slope on the fakes"),
        ("GAN-06", "non_saturating", 1 - chance, "non-saturating loss: mean slope on the fakes"),
    ):
        (slope,) = torch.autograd.grad(generator_loss(out, name) * len(out), out)
        held = [player.push[-1, int(name == "non_saturating")], -slope.mean()]
        law = "mean of D" if name == "saturating" else "1 − mean of D"
        claim = f"{what} = {law}, by autograd"
        found.append(same(id, claim, held, [exact.mean()] * 2, tol=1e-6, needs=(logit,)))
    return found


def _value(run: Studio, players: list[Player], losses: list[str], values: dict) -> Check:
    """V of the trained D against that of the best D, both on blurred clouds and on the square."""
    p, sides = target(run, **values), []
    for player, loss in zip(players, losses):
        q = density(player.fakes[-1].double(), axis(len(p), REACH))
        if loss in LOGITS and q.sum() > 0:
            p1, q1 = ((each / each.sum()).flatten() for each in (p, q))
            D = player.field[-1].double().flatten()
            sides.append((value(p1, q1, D, 1.0, logits=True), value_at_optimum(p1, q1, 1.0)))
    claim = "V of the trained D ≤ V of the best D, data and fakes blurred alike"
    mine, best = max(sides, key=lambda pair: pair[0] - pair[1]) if sides else (0.0, 0.0)
    why = "D's output is no logit with this loss, or every fake has left the picture"
    return at_most("GAN-03", claim, mine, best, needs=((bool(sides), why),))


def _books(players: list[Player]) -> Check:
    """Modes are counted, and counted as reached, as the definition says."""
    count = [torch.cat([p.on_mode * JUDGED, p.covered[:, 0].double()]) for p in players]
    found = [
        torch.cat([p.counts.sum(1), (p.counts > SHARE * JUDGED).sum(1)]).double() for p in players
    ]
    claim = (
        "fakes on a mode = sum over the modes; reached are those with more than 2 % of the fakes"
    )
    needs = ((players[0].counts.shape[1] > 0, "these data have no separate modes"),)
    return same("GAN-07", claim, torch.cat(count), torch.cat(found), tol=1e-9, needs=needs)


def target(run: Studio, *, data: str, drawing: str, **_: Any) -> Tensor:
    """The density of the data on the cells of the field, blurred like that of the fakes."""
    at = axis(run.main.field.shape[-1], REACH)
    if data in DATA:
        return density(known(data), at)
    return density(painted(drawing) if data == "drawn" else run.data, at)


# --- words ---------------------------------------------------------------------------------------


def places(data: str) -> list[str]:
    """What the modes are called: their angle on the ring, their place on the grid."""
    if data == "ring":
        return [f"{45 * i}°" for i in range(8)]
    return [f"({x:g}, {y:g})" for x, y in modes(data).tolist()]


def says(
    run: Studio, *, data: str, loss: str, rival: str, steps: int, alone: str, alone_from: int,
    seeds: str,
) -> str:  # fmt: skip
    """What is reached, what is lost since when, how sure D is, and how far the fakes are."""
    when = moments(steps, rival)[: len(run.main.fakes)]
    told = [f"{_after(when[-1], alone, alone_from)}: {_reached(run.main, data, when)}".strip()]
    jsd, w1, _ = run.main.distances[-1, 0].tolist()
    told.append(
        f"JSD {jsd:.2g} and sliced W₁ {w1:.2g} from the data; two samples of the data are "
        f"{run.floor[0]:.2g} and {run.floor[1]:.2g} apart."
    )
    if loss in LOGITS:
        told.append(_sure(run.main))
    if run.rival is not None:
        what = _reached(run.rival, data, when)
        other = run.rival.distances[-1, 0].tolist()
        what += " " * bool(what)
        told.append(f"The {NAMES[rival]} loss: {what}JSD {other[0]:.2g}, W₁ {other[1]:.2g}.")
    if int(seeds) > 1:
        low, high = (f"{end:.2g}" for end in run.main.distances[-1, :, 1].aminmax())
        told.append(f"Over {seeds} seeds W₁ ends between {low} and {high}.")
    return " ".join(told)


def _after(step: int, alone: str, alone_from: int) -> str:
    text = f"After {step} step{'s' * (step != 1)}"
    if alone != "both" and step > alone_from:
        text += f", the last {step - alone_from} by {alone} alone"
    return text


def _reached(player: Player, data: str, when: list[int]) -> str:
    total = player.counts.shape[1]
    if not total:
        return ""
    gone = missing(player)
    share = f"{100 * player.on_mode[-1]:.0f} % of the fakes on a mode"
    text = f"{total - len(gone)} of {total} modes reached, {share}."
    if not gone or not player.counts.any():
        return text
    names = places(data)
    lost = [f"{names[mode]} since step {when[since]}" for mode, since in gone if since >= 0]
    never = [names[mode] for mode, since in gone if since < 0]
    for head, each in (("Lost", lost), ("Never reached", never)):
        if each:
            more = f" and {len(each) - 4} more" if len(each) > 4 else ""
            text += f" {head}: {', '.join(each[:4])}{more}."
    return text


def _sure(player: Player) -> str:
    mean, (weak, strong) = float(player.output[-1]), player.push[-1].tolist()
    if mean < SURE:
        return (
            f"D is sure: mean logit {number(mean)} on the fakes, where the saturating loss has a "
            f"slope of {weak:.2g} and the other one {strong:.2g}."
        )
    if mean > -SURE:
        return f"D is fooled: mean logit {number(mean)} on the fakes."
    return f"D is not sure of the fakes: mean logit {number(mean, 2, 0.005)}."


# --- questions -----------------------------------------------------------------------------------


def _losses(run: Studio) -> tuple[str, dict[str, float]]:
    """How the generator's loss moves from the first quarter of the frames to the last."""
    quarter = max(1, (len(run.main.losses) - 1) // 4)
    early, late = (float(run.main.losses[part, 1].mean()) for part in (
        slice(1, 1 + quarter), slice(-quarter, None)))  # fmt: skip
    key = "rises" if late > 1.1 * early else "falls" if late < 0.9 * early else "stays"
    w1 = run.main.distances[:, 0, 1]
    return key, {"early": early, "late": late, "before": float(w1[quarter]), "after": float(w1[-1])}


def _reply(run: Studio) -> tuple[str, dict[str, float]]:
    """Where the fakes of a generator end that plays on alone."""
    far = float(run.main.fakes[-1].double().norm(dim=1).median())
    key = "away" if far > REACH else "stay" if int(run.main.covered[-1, 0]) > 1 else "one"
    return key, {"far": far}


def _modes(run: Studio) -> tuple[float, dict[str, int]]:
    reached = int(run.main.covered[-1, 0])
    return float(max(reached, 1)), {"reached": reached}


answers = {"losses": _losses, "reply": _reply, "modes": _modes}
