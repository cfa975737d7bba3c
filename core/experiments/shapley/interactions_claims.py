"""What the interactions claim: XAI-15 with E-99, XAI-17, XAI-22, in checks and in words."""

from core import sheets
from core.check import Check, equal, same
from core.experiments.shapley.interactions import Interactions, context, inside
from core.shapley.coalitions import called, coalitions, sizes
from core.shapley.estimates import all_orders
from core.shapley.rules import dummies, twins
from core.words import number


def checks(run: Interactions, *, i: int, j: int) -> list[Check]:
    """Differences, the two forms of φ and I, and the axioms on this game."""
    i, j = run.pair(i, j)
    u, first, second = run.u, called(i, run.names), called(j, run.names)
    S, added, weights = context(u, i, j)
    T, claim = run.holding(i, j), f"φ of {second} = weighted mean of Δ(S) over every S"
    name = f"φ of {second} = Σ m(T)/|T| over the T that hold it"
    shared = (run.m[T] / (sizes(run.n)[T] - int(i != j))).sum()
    mean = "weighted sum over subsets = mean over all p! orders for every j: largest difference"
    bonuses = "v(S) = Σ m(T) over T ⊆ S for every S: largest difference"
    if i != j:
        name = f"I of {first} and {second} = Σ m(T)/(|T| − 1) over the T that hold both"
        one, two = 1 << i, 1 << j
        added = (u[S | one | two] - u[S | one]) - (u[S | two] - u[S])
        claim = f"I of {first} and {second} = weighted mean of what {first} changes in Δ of "
        claim += f"{second}, Δ(S ∪ {first}) − Δ(S)"
    sums, total = float(run.printed(i).sum()), run.total
    lost = f"Δ of the others with {first} present is lost: {number(sums)}, not {number(total)}"
    if abs(sums - total) <= run.slack:
        lost = f"Δ of the others with {first} present is lost, and sums to 0 by chance"
    e99 = f"as printed (E-99), S ⊆ N − {{{first}}} for every j: the values add up to v(N) − v(∅)"
    needs = ((bool((u[run.holding(i, i)] - u[1 << i]).abs().max() <= run.slack), lost),)
    why = f"by chance: no other player adds anything new once {first} is there"
    return [
        equal("XAI-15", claim, run.index[i, j], weights @ added, tol=run.tol),
        equal("XAI-17", name, run.index[i, j], shared, tol=run.tol),
        *_axioms(run),
        same("XAI-17", mean, run.phi, all_orders(u).mean(0), tol=run.tol),
        same("XAI-17", bonuses, inside(run.n) @ run.m, u, tol=run.tol),
        equal("XAI-15", e99, sums, total, tol=run.tol, needs=needs, why=why),
    ]


def _axioms(run: Interactions) -> list[Check]:
    n, phi, alike, idle, tol = run.n, run.phi, twins(run.u), dummies(run.u), run.tol
    alone = [run.u[1 << k] - run.u[0] for k in range(n)]
    who = [f"{called(i, run.names)} and {called(k, run.names)} get the same" for i, k in alike]
    who += [_dummy(run, k) for k in idle]
    gaps = [float(phi[i] - phi[k]) for i, k in alike] + [float(phi[k] - alone[k]) for k in idle]
    fair = (
        "symmetry and dummy: players whom v does not tell apart get the same, dummies what they add"
    )
    fair = f"symmetry and dummy: {'; '.join(who)}: largest gap" if who else fair
    apart = ((bool(who), "v tells every two players apart, and nobody always adds the same"),)
    linear = f"φ(av + bw) = aφ(v) + bφ(w) with a = {number(run.a)}, b = {number(run.b)}"
    unique = "uniqueness: the axioms share m(T) equally within T, φⱼ = Σ m(T)/|T|: largest gap"
    mixed = run.a * run.shares[0] + run.b * run.shares[1]
    shared = (run.m / sizes(n).clamp_min(1)) @ coalitions(n).double()
    return [
        same("XAI-22", fair, gaps, 0.0, tol=tol, needs=apart),
        same("XAI-22", f"linearity: {linear}: largest difference", phi, mixed, tol=tol),
        same("XAI-22", unique, shared, phi, tol=tol),
    ]


# --- words ---------------------------------------------------------------------------------------


def says(run: Interactions, *, i: int, j: int, look: str, printed: bool, game: str = "") -> str:
    """What the pair does to each other, and what is remarkable."""
    i, j = run.pair(i, j)
    told = _pair(run, i, j)
    if not (run.m[sizes(run.n) > 1].abs() > run.slack).any():
        told += " No group earns a bonus: the game is additive, every interaction is 0."
    else:
        told += "".join(f" {_start(_dummy(run, k))}." for k in dummies(run.u))
    if printed and look == "shares":
        sums = float(run.printed(i).sum())
        right = abs(sums - run.total) <= run.slack
        ending = ", which is right only by chance" if right else f" instead of {number(run.total)}"
        told += f" As printed (E-99), with S without {called(i, run.names)} for everyone, the "
        told += f"values add up to {number(sums)}{ending}."
    return told + sheets.told(game)


def _dummy(run: Interactions, k: int) -> str:
    added, who = float(run.u[1 << k] - run.u[0]), called(k, run.names, "player")
    if abs(added) <= run.slack:
        return f"{who} adds nothing to any group and gets 0"
    return f"{who} adds {number(added)} to every group and gets just that"


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pair(run: Interactions, i: int, j: int) -> str:
    value, one, two = float(run.index[i, j]), called(i, run.names), called(j, run.names)
    if i == j:
        who = _start(called(j, run.names, "player"))
        return f"{who} alone: φ = {number(value)}, the mean of Δ over all orders of arrival."
    who = f"{'Players ' * one.isdigit()}{one} and {two}: I = {number(value)}"
    _, differences, _ = context(run.u, i, j)
    low, high = float(differences.min()), float(differences.max())
    if abs(value) <= run.slack:
        if high - low <= run.slack:
            return f"{who}: neither matters to what the other adds."
        told = f"{who}, but only on average: with some of the others present they help each other "
        return f"{told}({number(high)}), with others they get in each other's way ({number(low)})."
    kind, more = ("complements", "more") if value > 0 else ("substitutes", "less")
    told = f"{who}: {kind}, each adds {more} once the other is there"
    if low < -run.slack and high > run.slack:
        other = number(low if value > 0 else high)
        return f"{told}, on average; for some S it is the other way round ({other})."
    return f"{told}."


def _sign(run: Interactions) -> tuple[str, dict[str, str]]:
    alone, bonus, value = run.u[1] - run.u[0], run.m[3], float(run.index[0, 1])
    facts = {"alone": number(alone), "bonus": number(bonus), "index": number(value)}
    if abs(value) <= run.slack:
        return "zero", facts
    return ("positive" if value > 0 else "negative"), facts


def _cancels(run: Interactions) -> tuple[float, dict[str, str]]:
    change, value = context(run.u, 0, 1)[1], float(run.index[0, 1])
    facts = {"least": number(change.min()), "most": number(change.max()), "index": number(value)}
    return value, facts


def _misprint(run: Interactions) -> tuple[float, dict[str, str]]:
    sums = float(run.printed(0).sum())
    return sums, {"printed": number(sums), "total": number(run.total)}


answers = {"twins": _sign, "xor": _cancels, "misprint": _misprint}
