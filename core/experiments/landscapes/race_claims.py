"""What the race claims of each tuned run and of the tuning: OPT-08, OPT-13, 14, 16 and 17."""

import torch

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.race import BETA, Race, ground, scored, starts
from core.landscapes import Landscape
from core.landscapes.terrain import METHODS, field
from core.optimizers import NAMES, arrival, stability_limit, trajectories

STATEMENT = dict(zip(METHODS, ("OPT-08", "OPT-13", "OPT-14", "OPT-16", "OPT-17")))


def checks(
    run: Race, *, landscape: str, kappa: float, angle: float, formula: str, steps: int, tol: float,
    nine: bool,
) -> list[Check]:  # fmt: skip
    """One for the statement of each method, and two on the winner."""
    land = ground(landscape, kappa, angle, formula)
    bowl = land if landscape == "quadratic" else None
    each = [
        _border(run, i, bowl, tol) if i < 3 else _first_step(run, i, land)
        for i in range(len(run.methods))
    ]
    return [*each, *_winner(run, land, steps, tol, nine)]


def _border(run: Race, i: int, bowl: Landscape | None, tol: float) -> Check:
    """The tuned step lies below the border of stability, once the steep direction matters."""
    method, limit, share = run.methods[i], 0.0, 0.0
    if bowl:
        start = run.x[i, 0]
        share = float(0.5 * bowl.L * (bowl.axes[:, 1] @ start) ** 2 / bowl.f(start))
        limit = stability_limit(method, BETA.get(method, 0.9), bowl.L)
    claim = f"{NAMES[method]}: a run that arrives has its step below the border of stability"
    flat = "it does not arrive, or the start has next to no height in the steep direction"
    arrives = (bool(arrival(run.gap[i], tol) >= 0) and share > tol, flat)
    needs = ((bowl is not None, "the border is a theorem on quadratics"), arrives)
    return at_most(STATEMENT[method], claim, run.lr[i], limit, tol=0.0, needs=needs)


def _first_step(run: Race, i: int, land: Landscape) -> Check:
    """The first step of an adaptive method does not depend on the height of the slope."""
    method, x = run.methods[i], run.x[i]
    g = land.grad(x[0])
    name, size = ("η", 1.0) if method == "adam" else ("η/√(1 − β)", (1 - BETA[method]) ** -0.5)
    claim = f"{NAMES[method]}: first step = −{name} sign(∇f): largest distance, in units of η"
    flat = "a partial derivative at the start is 0 or not far above ε"
    needs, move = ((bool((g.abs() > 1e-3).all()), flat),), (x[1] - x[0]) / run.lr[i]
    return same(STATEMENT[method], claim, move, -size * g.sign(), tol=1e-3, needs=needs)


def _winner(run: Race, land: Landscape, steps: int, tol: float, nine: bool) -> list[Check]:
    """The winner once more, with nothing but its tuned learning rate."""
    i, low = run.order[0], field(land).low
    method, begin = run.methods[i], starts(land, run.x[i, 0], nine)
    # never a run by itself, which is stepped in other arithmetic: restless runs mind a rounding
    begin, lr = torch.cat([begin, begin[:1]]), float(run.lr[i])
    again = trajectories(land, (method,), begin, lr, steps, beta=BETA.get(method))
    at = int(arrival(run.gap[i], tol))
    until, f = slice(0, at + 1 if at >= 0 else None), again.f[0, 0, :, None] - low
    needs = ((at >= 0, "it does not arrive from this start"),)
    path = torch.cat([run.x[i], run.gap[i, :, None]], 1)[until]
    walked = torch.cat([again.x[0, 0], (f / f[0]).clamp_min(0)], 1)[until]
    id, alone, count = (
        STATEMENT[method],
        f"{NAMES[method]} with nothing but its step",
        run.lowest[i],
    )
    alike = f"{alone} walks the same path as among all 64 steps: largest distance"
    slowest = f"{alone}: steps of the slowest start"
    return [
        same(id, alike, path, walked, tol=1e-6, needs=needs),
        equal(id, slowest, count, scored(again, low, steps, tol), needs=needs),
    ]


def says(run: Race, *, steps: int, tol: float, nine: bool) -> str:
    """The winner, its lead, who did not arrive, and what the race does not show."""
    names, lr = [NAMES[method] for method in run.methods], run.lr.tolist()
    arrived = [i for i in run.order if run.lowest[i] <= steps]
    many = "nine starts" if nine else "one start"
    if not arrived:
        i = run.order[0]
        return (
            f"No step η takes any method below {tol:g} of the initial height from {many} "
            f"for good within {steps} steps; closest is {names[i]} with η = {lr[i]:.2g}."
        )
    ranking = ", ".join(f"{names[i]} {run.lowest[i]:.0f} (η = {lr[i]:.2g})" for i in arrived)
    missing = ", ".join(name for i, name in enumerate(names) if i not in arrived)
    late = f" Not within {steps} steps: {missing}." if missing else ""
    return (
        f"Steps until f stays below {tol:g} of the initial height, slowest of {many}: "
        f"{ranking}.{late} One landscape crowns nobody: turn the valley or move the start."
    )


def _named(run: Race) -> tuple[str, dict[str, int]]:
    """The first of the ranking, and the steps that each needs."""
    return run.methods[run.order[0]], dict(zip(run.methods, map(round, run.lowest)))


answers = {"round": _named, "axes": _named, "apart": _named}
