"""What the interactions show: XAI-15 with E-99, XAI-17, XAI-22, in checks and in words."""

import torch
from torch import Tensor

from core.check import Check, equal
from core.experiments.shapley.interactions import Interactions, inside
from core.shapley.estimates import all_orders
from core.shapley.coalitions import sizes, spelled, without
from core.shapley.values import shapley_values, shapley_weights
from core.words import number


def checks(run: Interactions, **_) -> list[Check]:
    """Differences, the two forms of φ and I, and the axioms on this game."""
    return [*_differences(run), *_forms(run), *_axioms(run)]


def _differences(run: Interactions) -> list[Check]:
    n, i, j = run.n, run.i, run.j
    apart, size = i != j, sizes(n)[without(n)[i]]
    used = without(n)[i] >> j & 1 == 0
    left = shapley_weights(n)[size][used].sum()
    right = abs(float(run.printed.sum()) - run.total) <= run.rounding
    return [
        equal(
            "XAI-15",
            f"player {j + 1} can join 2^(p−1) coalitions: edges of the lattice counted",
            len({(int(S), int(S) | 1 << j) for S in range(2**n) if not S >> j & 1}),
            2 ** (n - 1),
            tol=0,
        ),
        equal(
            "XAI-15",
            f"I of {i + 1} and {j + 1} = weighted mean of what {i + 1} changes in Δ of {j + 1}, "
            f"Δ(S ∪ {i + 1}) − Δ(S)"
            if apart
            else f"φ of player {j + 1} = weighted mean of Δ(S)",
            run.index[i, j],
            run.weights @ (_changes(run) if apart else run.differences),
            tol=_tol(run),
        ),
        equal(
            "XAI-15",
            f"E-99, S without a fixed {i + 1}: weight left to Δ of player {j + 1}"
            + (", half of it; the rest sits where j is in S already" if apart else ""),
            left,
            0.5 if apart else 1,
        ),
        equal(
            "XAI-15",
            f"E-99: with S ⊆ N − {{{i + 1}}} for every j the values still add up to v(N) − v(∅)",
            run.printed.sum(),
            run.total,
            tol=_tol(run),
            applies=right,
            why=f"by chance: no other player adds anything new once {i + 1} is there"
            if right
            else f"Δ of the others with {i + 1} present is lost: {number(run.printed.sum())}, "
            f"not {number(run.total)}",
        ),
    ]


def _changes(run: Interactions) -> Tensor:
    """What i changes in the marginal contribution of j, for every S of `rest`."""
    u, i, j, S = run.u, 1 << run.i, 1 << run.j, run.rest
    return (u[S | i | j] - u[S | i]) - (u[S | j] - u[S])


def _forms(run: Interactions) -> list[Check]:
    i, j, n = run.i, run.j, run.n
    T = run.holding
    part = sizes(n)[T] - int(i != j)
    shared = (run.m / sizes(n).clamp_min(1)) @ _held(n)
    orders = all_orders(run.u).mean(0)
    name = (
        f"I of {i + 1} and {j + 1} = Σ m(T)/(|T| − 1)" if i != j else f"φ of {j + 1} = Σ m(T)/|T|"
    )
    return [
        equal(
            "XAI-17",
            f"{name} over the T that hold {'both' if i != j else 'it'}",
            run.index[i, j],
            (run.m[T] / part).sum(),
            tol=_tol(run),
        ),
        equal(
            "XAI-17",
            "φⱼ = Σ m(T)/|T| for every j: the one farthest off",
            *_farthest(run.phi, shared),
            tol=_tol(run),
        ),
        equal(
            "XAI-17",
            "weighted sum over subsets = mean over all p! orders for every j: the one farthest off",
            *_farthest(run.phi, orders),
            tol=_tol(run),
        ),
        equal(
            "XAI-17",
            "v(S) = Σ m(T) over T ⊆ S for every S: the one farthest off",
            *_farthest(inside(n) @ run.m, run.u),
            tol=_tol(run),
        ),
    ]


def _axioms(run: Interactions) -> list[Check]:
    a, b = run.scale
    phi, tol = run.phi, _tol(run)
    alike = max(run.twins, key=lambda both: abs(float(phi[both[0]] - phi[both[1]])), default=None)
    idle = max(run.dummies, key=lambda k: abs(float(phi[k])), default=None)
    i, k = alike or (0, 0)
    return [
        equal(
            "XAI-22",
            f"symmetry: v does not tell {i + 1} and {k + 1} apart, so φ is the same"
            if alike
            else "symmetry: φ is the same for players whom v does not tell apart",
            phi[i],
            phi[k],
            tol=tol,
            applies=alike is not None,
            why="" if alike else "v tells every two players apart",
        ),
        equal(
            "XAI-22",
            f"dummy: player {idle + 1} never adds anything, so φ = 0"
            if idle is not None
            else "dummy: φ = 0 for a player who never adds anything",
            phi[idle or 0],
            0,
            tol=tol,
            applies=idle is not None,
            why="" if idle is not None else "every player adds something somewhere",
        ),
        equal(
            "XAI-22",
            f"linearity: φ(av + bw) = aφ(v) + bφ(w) with a = {number(a)}, b = {number(b)}: "
            "the player farthest off",
            *_farthest(phi, a * run.shares[0] + b * run.shares[1]),
            tol=tol,
        ),
        equal(
            "XAI-22",
            "uniqueness: the axioms share every bonus m(T) equally within T, and the sum of these "
            f"games' φ is that of v, player {run.j + 1}",
            sum(float(phi_T) for phi_T in _of_each_bonus(run)),
            phi[run.j],
            tol=tol,
        ),
        equal(
            "XAI-22",
            "efficiency: Σ φ = v(N) − v(∅)",
            phi.sum(),
            run.total,
            tol=tol,
        ),
    ]


def _of_each_bonus(run: Interactions) -> Tensor:
    """φ_j of the game m(T)·(all of T are there) for every T, (2**n,), each from its own table."""
    games = run.m[:, None] * inside(run.n).T
    return shapley_values(games)[:, run.j]


def _held(n: int) -> Tensor:
    return (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).double()


def _farthest(x: Tensor, y: Tensor) -> tuple[float, float]:
    worst = int((x - y).abs().argmax())
    return float(x[worst]), float(y[worst])


def _tol(run: Interactions) -> float:
    return run.rounding


# --- words ---------------------------------------------------------------------------------------


def says(run: Interactions, *, look: str, printed: bool, **_) -> str:
    """What the pair does to each other, and what is remarkable."""
    told = [_pair(run)]
    if not (run.m[sizes(run.n) > 1].abs() > run.rounding).any():
        told.append("No group earns a bonus: the game is additive, every interaction is 0.")
    elif run.dummies:
        idle = " and ".join(str(k + 1) for k in run.dummies)
        told.append(f"Player {idle} never adds anything and gets 0.")
    if printed and look == "shares":
        told.append(_as_printed(run))
    return " ".join(told)


def _as_printed(run: Interactions) -> str:
    told = (
        f"As printed (E-99), with S without {run.i + 1} for everyone, the values add up to "
        f"{number(run.printed.sum())}"
    )
    if abs(float(run.printed.sum()) - run.total) <= run.rounding:
        return f"{told}, which is right only by chance."
    return f"{told} instead of {number(run.total)}."


def _pair(run: Interactions) -> str:
    i, j, value = run.i, run.j, float(run.index[run.i, run.j])
    if i == j:
        return f"Player {j + 1} alone: φ = {number(value)}, the mean of Δ over all arrivals."
    who = f"Players {i + 1} and {j + 1}: I = {number(value)}"
    low, high = float(run.differences.min()), float(run.differences.max())
    if abs(value) <= run.rounding:
        if high - low <= run.rounding:
            return f"{who}: neither matters to what the other adds."
        return (
            f"{who}, but only on average: with some of the others present they help each other "
            f"({number(high)}), with others they get in each other's way ({number(low)})."
        )
    kind, more = ("complements", "more") if value > 0 else ("substitutes", "less")
    told = f"{who}: {kind}, each adds {more} once the other is there"
    if low < -run.rounding and high > run.rounding:
        other = number(low if value > 0 else high)
        return f"{told}, on average; for some S it is the other way round ({other})."
    return f"{told}."


# --- predictions ---------------------------------------------------------------------------------


def sign(run: Interactions) -> str:
    """Whether the pair helps each other."""
    value = float(run.index[run.i, run.j])
    if abs(value) <= run.rounding:
        return "zero"
    return "positive" if value > 0 else "negative"


def strength(run: Interactions) -> str:
    """The interaction index of the pair."""
    return number(run.index[run.i, run.j])


def share(run: Interactions) -> str:
    """φ of the first of the pair."""
    return number(run.phi[run.i])


def printed_sum(run: Interactions) -> str:
    """What the values as printed add up to."""
    return number(run.printed.sum())


def facts(run: Interactions) -> dict[str, str]:
    """What the explanations quote."""
    i, j = run.i, run.j
    return {
        "index": number(run.index[i, j]),
        "least": number(run.differences.min()),
        "most": number(run.differences.max()),
        "bonus": number(run.m[run.members]),
        "half": number(run.m[run.members] / 2),
        "share": number(run.phi[i]),
        "alone": number(run.u[1 << i] - run.u[0]),
        "printed": number(run.printed.sum()),
        "total": number(run.total),
        "who": spelled(run.members),
    }
