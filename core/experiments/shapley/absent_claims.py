"""What the two-feature experiment proves about φ, and says about it (XAI-18, XAI-20, XAI-21)."""

from functools import partial

import torch

from core.check import Check, equal, same
from core.experiments.shapley.absent import Absent, model_of
from core.shapley.prediction import GAMES, restrict
from core.shapley.values import shapley_values

NAMES = dict(zip(GAMES, ("baseline", "marginal", "conditional", "neighbours"), strict=True))
PAID = ("conditional", "empirical")  # games that fill in by looking at x


def checks(run: Absent, *, game: str) -> list[Check]:
    """φ against the closed forms of linear models, with both games where X₁, X₂ are independent."""
    (v, phi), g, x = run.now(game), GAMES.index(game), run.x
    alike = partial(same, "XAI-18")
    share = dict(zip(GAMES, shapley_values(run.v[:, -1]), strict=True))
    beta = torch.tensor(run.beta, dtype=torch.float64).nan_to_num(0.0)
    straight = ((run.model in ("linear", "first"), "f is not linear"),)
    apart = ((run.rho == 0, f"ρ = {run.rho:.3g}: the games ask different questions"),)
    j = run.unused[-1] if run.unused else 1
    name, guesses = "₁₂"[j], f"the {NAMES[game]} game guesses the other feature from x{'₁₂'[j]}"
    paid = f"{guesses}, so φ{name} = {phi[j]:.3g} though f never reads x{name}"
    told_nothing = game == "conditional" and run.rho == 0
    idle = ((bool(run.unused), "f uses both features"), (game not in PAID or told_nothing, paid))
    polynomial = (
        (game != "baseline", "one reference row is no law"),
        (game != "empirical", "neighbours are only near the conditional law"),
        (run.model != "net", "for the net, rows are only near the law"),
    )
    turned, alone = beta.flip(0) * x - beta * x.flip(0), "X₁, X₂ independent"
    told, claim = "conditional", ", X normal: φ₁ = β₁x₁ + ½ρ(β₂x₁ − β₁x₂), φ₂ likewise"
    wanted = beta * x + run.rho * turned / 2
    if game == "baseline":
        told, claim, wanted = game, ": φⱼ = βⱼ(xⱼ − zⱼ)", beta * (x - run.reference)
    marginal, ends = share["interventional"], v[0] + phi[0] + phi[1]
    rows, law, two = run.v[g, -1, 1:3], run.law[g, -1, 1:3], run.v[[g, -1], -1]
    asked, f = [_asked(run, each) for each in (game, "empirical")], model_of(run.model, run.beta)
    start = "f(z)" if game == "baseline" else "E f"
    whole = f"φ₁ + φ₂ = v(1,2) − v(∅) = f(x) − {start}"
    return [
        equal("XAI-18", f"f ignores x{name}: φ{name} = 0", phi[j], 0.0, needs=idle),
        equal("XAI-21", whole, share[game].sum(), v[3] - v[0]),
        equal("XAI-20", "the last bar of the waterfall ends at f(x)", ends, f(*x)),
        alike(f"{told}, f linear{claim}", share[told], wanted, needs=straight),
        alike("marginal, f linear: φⱼ = βⱼ(xⱼ − μⱼ), μ = 0", marginal, beta * x, needs=straight),
        alike(f"{alone}: conditional φ = marginal φ", share[PAID[0]], marginal, needs=apart),
        alike("v(1), v(2) over the rows = over the whole normal law", rows, law, needs=polynomial),
        alike("v(S), each asked for itself, here and among neighbours: largest gap", two, asked),
    ]


def _asked(run: Absent, game: str) -> list[float]:
    """v(S) of a game by `restrict`."""
    cov = torch.tensor([[1, run.rho], [run.rho, 1]], dtype=torch.float64)
    background = run.reference[None] if game == "baseline" else run.rows.T.contiguous()
    f, options = model_of(run.model, run.beta), {"cov": cov, "bandwidth": run.bandwidth}
    return restrict(lambda X: f(*X.T), background, game, **options).table(run.x[None])[0].tolist()


def says(run: Absent, *, game: str) -> str:
    """What happened, in one or two plain sentences."""
    v, phi = run.now(game)
    outside, j = run.outside(game), run.unused[-1] if run.unused else 1
    away = max(outside)
    more = "The filled-in rows stay where data are."
    if run.unused and game in PAID and abs(phi[j]) > 5e-3:
        told = f"it is paid because it tells about x{'₂₁'[j]} (ρ = {run.rho:.3g})"
        more = f"f never reads x{'₁₂'[j]}; {told}."
    elif away > 0.05:
        what = f"{100 * away:.0f} % of the {'weight' if game == 'empirical' else 'rows'} filled in"
        what = "The row filled in" if game == "baseline" else what
        verb = "lies" if game in ("baseline", "empirical") else "lie"
        told = f"{what} for S = {{{outside.index(away) + 1}}} {verb}"
        more = f"{told} outside the ellipse with 99 % of the data, where hardly any row occurs."
    elif run.unused and game not in PAID:
        more = "A feature that f never reads gets nothing in this game."
    return (
        f"{NAMES[game].capitalize()} game: {number(phi[0], '+')} for x₁ and {number(phi[1], '+')} "
        f"for x₂ lead from {number(v[0])} to f(x) = {number(v[3])}. {more}"
    )


def number(value: float, sign: str = "") -> str:
    """Three significant digits, 0 for rounding errors; with `sign` "+" always signed."""
    return "0" if abs(value) < 5e-4 else f"{value:{sign}.3g}"


def _second(run: Absent, game: str) -> tuple[float, dict]:
    """φ₂ as a share of f(x)."""
    v, phi = run.now(game)
    return phi[1] / v[3], {"v2": number(v[2]), "phi1": number(phi[0]), "phi2": number(phi[1])}


def _explained(run: Absent, game: str) -> tuple[float, dict]:
    v, phi = run.now(game)
    return sum(phi), {"v0": number(v[0]), "phi1": number(phi[0])}


def _leaving(run: Absent, game: str) -> tuple[float, dict]:
    """How many of the rows filled in for S = {1} lie where there are no data."""
    away = run.outside(game)[0]
    return away, {"near": number(run.rho * run.x[0]), "away": f"{100 * away:.0f} %"}


answers = {"nobody": _second, "twins": _explained, "rows": _leaving}
