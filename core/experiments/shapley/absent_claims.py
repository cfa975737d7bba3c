"""What the two-feature experiment proves about φ, and says about it (XAI-18, XAI-20, XAI-21)."""

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.experiments.shapley.absent import Absent
from core.shapley.prediction import GAMES, restrict
from core.shapley.values import shapley_values

NAMES = {
    "baseline": "baseline",
    "interventional": "marginal",
    "conditional": "conditional",
    "empirical": "neighbours",
}
PAID = ("conditional", "empirical")  # games that fill in by looking at x


def checks(run: Absent, *, game: str) -> list[Check]:
    """φ against the closed forms of linear models, with both games where X₁, X₂ are independent."""
    v, phi = run.now(game)
    shares = dict(zip(GAMES, shapley_values(run.v[:, -1]), strict=True))
    near = {"tol": 1e-9 * max(1.0, *map(abs, v))}
    beta = torch.tensor(run.beta, dtype=torch.float64).nan_to_num(0.0)
    straight = (run.linear, "f is not linear")
    apart = f"ρ = {run.rho:.3g}: the games ask different questions"
    silent = "the net is no polynomial: a mean over rows is only near the mean over the law"
    if game == "empirical":
        silent = "neighbours within a bandwidth are only near the conditional law"
    exact = game != "empirical" and (run.model != "net" or game == "baseline")
    g = GAMES.index(game)
    return [
        same(
            "XAI-18",
            "marginal, f linear: φⱼ = βⱼ(xⱼ − μⱼ), here μ = 0: largest distance",
            shares["interventional"],
            beta * run.x,
            needs=(straight,),
            **near,
        ),
        _closed_form(run, game, shares, beta, straight, near),
        same(
            "XAI-18",
            "X₁, X₂ independent: φ of the conditional game = φ of the marginal one",
            shares["conditional"],
            shares["interventional"],
            needs=((run.rho == 0, apart),),
            **near,
        ),
        _ignored(run, game, phi, near),
        same(
            "XAI-18",
            "v(1), v(2) over the rows = v(1), v(2) over the whole normal law",
            run.v[g, -1, 1:3],
            run.law[g, -1, 1:3],
            needs=((exact, silent),),
            **near,
        ),
        same(
            "XAI-18",
            "v(S) = f_S(x_S), each coalition asked for itself, here and among neighbours: largest "
            "distance",
            run.v[[g, -1], -1],
            [_asked(run, game), _asked(run, "empirical")],
            **near,
        ),
        equal(
            "XAI-20",
            "the last bar of the waterfall ends at f(x)",
            v[0] + phi[0] + phi[1],
            run.f(*run.x).item(),
            **near,
        ),
        equal(
            "XAI-21", "φ₁ + φ₂ = v(12) − v(∅) = f(x) − E f", shares[game].sum(), v[3] - v[0], **near
        ),
    ]


def _closed_form(
    run: Absent, game: str, shares: dict, beta: Tensor, straight: tuple, near: dict
) -> Check:
    if game == "baseline":
        claim, wanted = "baseline, f linear: φⱼ = βⱼ(xⱼ − zⱼ)", beta * (run.x - run.reference)
    else:
        game = "conditional"
        claim = "conditional, f linear, X normal: φ₁ = β₁x₁ + ½ρ(β₂x₁ − β₁x₂), φ₂ likewise"
        wanted = beta * run.x + run.rho * (beta.flip(0) * run.x - beta * run.x.flip(0)) / 2
    claim += ": largest distance"
    return same("XAI-18", claim, shares[game], wanted, needs=(straight,), **near)


def _ignored(run: Absent, game: str, phi: list[float], near: dict) -> Check:
    """A feature that f ignores gets 0: in the games that fill in without looking at x."""
    j = run.unused[-1] if run.unused else 1
    name = "₁₂"[j]
    paid = (
        f"E-101: the {NAMES[game]} game guesses the other feature from x{name}, so "
        f"φ{name} = {phi[j]:.3g} though f never reads x{name}"
    )
    needs = ((bool(run.unused), "f uses both features"), (game not in PAID, paid))
    return equal("XAI-18", f"f ignores x{name}: φ{name} = 0", phi[j], 0.0, needs=needs, **near)


def _asked(run: Absent, game: str) -> list[float]:
    """v(S) of a game by `restrict`."""
    cov = torch.tensor([[1, run.rho], [run.rho, 1]], dtype=torch.float64)
    background = run.reference[None] if game == "baseline" else run.rows.T.contiguous()
    f_S = restrict(lambda X: run.f(*X.T), background, game, cov=cov, bandwidth=run.bandwidth)
    return f_S.table(run.x[None])[0].tolist()


def says(run: Absent, *, game: str) -> str:
    """What happened, in one or two plain sentences."""
    v, phi = run.now(game)
    told = (
        f"{NAMES[game].capitalize()} game: {signed(phi[0])} for x₁ and {signed(phi[1])} for x₂ "
        f"lead from {number(v[0])} to f(x) = {number(v[3])}."
    )
    if run.unused and game in PAID:
        j = 1 if run.beta[1] == 0 else 0
        if abs(phi[j]) > 5e-3:
            return (
                f"{told} f never reads x{'₁₂'[j]}; it is paid because it tells about "
                f"x{'₂₁'[j]} (ρ = {run.rho:.3g})."
            )
    outside = run.outside(game)
    away = max(outside)
    if away > 0.05:
        return (
            f"{told} {percent(away)} of what S = {{{outside.index(away) + 1}}} averages over lies "
            "outside the ellipse with 99 % of the data: f is asked about rows that do not occur."
        )
    if run.unused and game not in PAID:
        return f"{told} A feature that f never reads gets nothing in this game."
    return f"{told} The filled-in rows stay where data are."


def number(value: float) -> str:
    """Three significant digits, 0 for rounding errors."""
    return "0" if abs(value) < 5e-4 else f"{value:.3g}"


def signed(value: float) -> str:
    """+0.45 or -0.45, 0 for rounding errors."""
    return "0" if abs(value) < 5e-4 else f"{value:+.3g}"


def percent(share: float) -> str:
    """0.385 as 38 %."""
    return f"{100 * share:.0f} %"


# --- answers of the predictions ----------------------------------------------------------------


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
    return away, {"near": number(run.rho * run.x[0]), "away": percent(away)}


answers = {"nobody": _second, "twins": _explained, "rows": _leaving}
