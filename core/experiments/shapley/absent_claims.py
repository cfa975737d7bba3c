"""What the two-feature experiment proves about φ, and says about it (XAI-18, XAI-20, XAI-21)."""

from functools import partial

from core import words
from core.check import Check, equal
from core.experiments.shapley.absent import GAMES, MODELS, Absent

number = partial(words.number, zero=5e-4)
NAMES = {
    "baseline": "baseline",
    "interventional": "marginal",
    "conditional": "conditional",
    "empirical": "neighbours",
}
ACCURACY = 1e-9  # of the sums, relative to the largest v(S)


def checks(run: Absent, *, model: str, game: str, n: int, **_) -> list[Check]:
    """φ against the closed forms of linear models, with both games where X₁, X₂ are independent."""
    phi, d = run.phi.tolist(), (run.x - run.mean).tolist()
    beta, linear = run.beta.tolist(), model in ("linear", "first")
    scale = ACCURACY * max(1.0, run.v.abs().max().item())
    of = {name: run.shares[GAMES.index(name)].tolist() for name in GAMES}
    b = [each if linear else 0.0 for each in beta]
    from_reference = (run.x - run.reference).tolist()
    silent = "" if linear else f"f is not linear: {_spelled(model)}"
    found = []
    for j, name in enumerate("₁₂"):
        found.append(
            equal(
                "XAI-18",
                f"marginal, f linear: φ{name} = β{name}(x{name} − μ{name})",
                of["interventional"][j],
                b[j] * d[j],
                tol=scale,
                applies=linear,
                why=silent,
            )
        )
    for j, name in enumerate("₁₂"):
        other = "₂₁"[j]
        found.append(
            equal(
                "XAI-18",
                f"conditional, f linear, X normal: φ{name} = β{name}d{name} + "
                f"½(β{other} (Σ₁₂/Σ{name}{name}) d{name} − β{name} (Σ₁₂/Σ{other}{other}) d{other})",
                of["conditional"][j],
                _conditional(run, b, d, j),
                tol=scale,
                applies=linear,
                why=silent,
            )
        )
    for j, name in enumerate("₁₂"):
        found.append(
            equal(
                "XAI-18",
                f"baseline, f linear: φ{name} = β{name}(x{name} − z{name})",
                of["baseline"][j],
                b[j] * from_reference[j],
                tol=scale,
                applies=linear,
                why=silent,
            )
        )
    found += _games_meet(run, of, scale)
    found += _ignored(run, of, b, model, game, linear, scale)
    found += _means(run, model, game, n, scale)
    found.append(
        equal(
            "XAI-20",
            "the last bar of the waterfall ends at f(x)",
            run.v[0].item() + phi[0] + phi[1],
            run.v[3].item(),
            tol=scale,
        )
    )
    found.append(
        equal(
            "XAI-21",
            "φ₁ + φ₂ = v(12) − v(∅) = f(x) − E f",
            phi[0] + phi[1],
            (run.v[3] - run.v[0]).item(),
            tol=scale,
        )
    )
    return found


def _conditional(run: Absent, b: list[float], d: list[float], j: int) -> float:
    k, C = 1 - j, run.cov.tolist()
    along = [C[0][1] / C[i][i] if C[i][i] > 0 else 0.0 for i in (0, 1)]
    return b[j] * d[j] + (b[k] * along[j] * d[j] - b[j] * along[k] * d[k]) / 2


def _games_meet(run: Absent, of: dict, scale: float) -> list[Check]:
    together = run.cov[0, 1].item()
    why = f"Σ₁₂ = {together:.3g}: the games ask different questions" if together else ""
    return [
        equal(
            "XAI-18",
            f"X₁, X₂ independent: φ{name} of the conditional game = φ{name} of the marginal one",
            of["conditional"][j],
            of["interventional"][j],
            tol=scale,
            applies=together == 0,
            why=why,
        )
        for j, name in enumerate("₁₂")
    ]


def _ignored(
    run: Absent, of: dict, b: list[float], model: str, game: str, linear: bool, scale: float
) -> list[Check]:
    """A feature that f ignores gets 0: in the games that fill in without looking at x."""
    looks = game in ("conditional", "empirical")
    unused = [j for j in (0, 1) if linear and b[j] == 0]
    j = unused[-1] if unused else 1
    name, value = "₁₂"[j], run.phi[j].item()
    why = ""
    if not unused:
        why = "f uses both features"
    elif looks:
        why = (
            f"E-101: the {NAMES[game]} game guesses the other feature from x{name}, so "
            f"φ{name} = {value:.3g} though f never reads x{name}"
        )
    return [
        equal(
            "XAI-18",
            f"f ignores x{name}: φ{name} = 0",
            value,
            0.0,
            tol=scale,
            applies=bool(unused) and not looks,
            why=why,
        )
    ]


def _means(run: Absent, model: str, game: str, n: int, scale: float) -> list[Check]:
    """The rows have the moments of the law, so means of polynomials are exact."""
    why = ""
    if game == "empirical":
        why = "neighbours within a bandwidth are only near the conditional law"
    elif model == "net" and game != "baseline":
        why = f"the net is no polynomial: a mean over {n} rows is only near the mean over the law"
    return [
        equal(
            "XAI-18",
            f"v({S}) over the rows = v({S}) over the whole normal law",
            run.v[s].item(),
            run.law[s].item(),
            tol=scale,
            applies=not why,
            why=why,
        )
        for s, S in ((1, "1"), (2, "2"))
    ]


def says(run: Absent, *, model: str, game: str, **_) -> str:
    """What happened, in one or two plain sentences."""
    one, two = run.phi.tolist()
    told = (
        f"{NAMES[game].capitalize()} game: {signed(one)} for x₁ and {signed(two)} for x₂ lead from "
        f"{number(run.v[0].item())} to f(x) = {number(run.v[3].item())}."
    )
    beta = run.beta.tolist()
    unused = model in ("linear", "first") and 0.0 in beta
    if unused and game in ("conditional", "empirical"):
        j = 1 if beta[1] == 0 else 0
        if abs(run.phi[j]) > 5e-3:
            return (
                f"{told} f never reads x{'₁₂'[j]}; it is paid because it tells about "
                f"x{'₂₁'[j]} (ρ = {run.rho:.3g})."
            )
    away, which = (each.item() for each in run.outside.max(0))
    if away > 0.05:
        return (
            f"{told} {percent(away)} of what S = {{{which + 1}}} averages over lies outside the "
            "ellipse with 99 % of the data: f is asked about rows that do not occur."
        )
    if unused and game in ("baseline", "interventional"):
        return f"{told} A feature that f never reads gets nothing in this game."
    return f"{told} The filled-in rows stay where data are."


def signed(value: float) -> str:
    """+0.45 or −0.45, 0 for rounding errors."""
    return "0" if abs(value) < 5e-4 else f"{value:+.3g}".replace("-", "−")


def percent(share: float) -> str:
    """0.385 as 38 %."""
    return f"{100 * share:.0f} %"


def _spelled(model: str) -> str:
    return {"product": "x₁x₂", "net": "tanh units"}[model] if model in MODELS[2:] else model


# --- answers of the predictions ----------------------------------------------------------------


def second(run: Absent) -> str:
    """φ₂ among 0, 0.45 and 0.9 times f(x)."""
    share = run.phi[1].item() / run.v[3].item()
    return min(("0", "0.45", "0.9"), key=lambda text: abs(float(text) - share))


def explained(run: Absent) -> str:
    """φ₁ + φ₂, with one digit."""
    return f"{run.phi.sum().item():.1f}"


def leaving(run: Absent) -> str:
    """How many of the rows filled in for S = {1} lie where there are no data."""
    share = run.outside[0].item()
    return "almost none" if share < 0.1 else "about a third" if share < 0.5 else "most of them"


def facts(run: Absent) -> dict[str, str]:
    """Numbers for the sentences after a prediction."""
    return {
        "rho": number(run.rho),
        "v0": number(run.v[0].item()),
        "v1": number(run.v[1].item()),
        "v2": number(run.v[2].item()),
        "v12": number(run.v[3].item()),
        "phi1": number(run.phi[0].item()),
        "phi2": number(run.phi[1].item()),
        "near": number(run.rho * run.x[0].item()),
        "away": percent(run.outside[0].item()),
    }
