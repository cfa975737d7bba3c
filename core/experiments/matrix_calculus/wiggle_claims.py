"""What moving one entry claims: MC-20 to MC-23, and the central difference."""

import math

import numpy as np
import torch

from core.check import Check, at_most, same
from core.experiments.matrix_calculus.wiggle import STEPS, T, Wiggle, direction, made, matrix
from core.matrix_calculus.functionals import given
from core.words import number

FAMILIES = {  # statement -> functionals, and what they are
    "MC-20": (("bilinear", "transposed", "trace"), "a linear form"),
    "MC-21": (("quadratic", "gram", "norm", "residual"), "a quadratic form"),
    "MC-22": (("det", "logdet"), "a determinant"),
    "MC-23": (("inverse",), "a form of the inverse"),
}
GRADIENTS = {
    "bilinear": "∂(aᵀXb)/∂X = abᵀ",
    "transposed": "∂(aᵀXᵀb)/∂X = baᵀ",
    "trace": "∂tr(AX)/∂X = Aᵀ",
    "quadratic": "∂tr(XᵀAX)/∂X = (A + Aᵀ)X",
    "gram": "∂(aᵀXᵀXb)/∂X = X(abᵀ + baᵀ)",
    "norm": "∂‖X‖²/∂X = 2X",
    "residual": "∂‖AX − B‖²/∂X = 2Aᵀ(AX − B)",
    "det": "∂det X/∂X holds the cofactors, det(X) X⁻ᵀ where X has an inverse",
    "logdet": "∂log|det X|/∂X = X⁻ᵀ",
    "inverse": "∂(aᵀX⁻¹b)/∂X = −X⁻ᵀabᵀX⁻ᵀ",
}
INVERTS = ("logdet", "inverse")
COARSE = STEPS >= 1e-3
WELL = 1e4  # condition of X up to which rounding stays where it is expected
EPS = 2.0**-53


def checks(
    run: Wiggle, *, f: str, formula: str, X: str, i: int, j: int, d: float, kept: bool, h: float
) -> list[Check]:
    """The gradient of each family, X and E, f along E, the slope, coarse and fine differences."""
    M, there = matrix(X), (not run.refused, run.refused)
    E = direction(len(M), i, j, kept)
    k = _condition(M) if f in INVERTS else 1.0
    size = max(1.0, float(run.G.abs().max()))
    auto = _autograd(f, formula, M) if there[0] and f != "own" else run.G
    found = [
        same(id, f"{GRADIENTS.get(f, what)}, beside autograd: largest difference",
             run.G / size, auto / size, tol=1e-11 * k,
             needs=((f in names, f"f is not {what}"), there))
        for id, (names, what) in FAMILIES.items()
    ]  # fmt: skip
    steps = torch.cat([STEPS, STEPS.new_tensor([h])])
    return [
        *found,
        same("", "X is as typed, and E has a 1 where X moves", [*run.X.ravel(), *run.E.ravel()],
             [*M.ravel(), *E.ravel()]),
        _along(run, f, formula, M, E, d, there),
        _slopes(run, f, formula, M, E, there),
        _rounding(run, f, M, steps, there),
    ]  # fmt: skip


def _condition(X: torch.Tensor) -> float:
    sizes = np.linalg.svd(X.numpy(), compute_uv=False)
    return float(sizes[0] / sizes[-1]) if sizes[-1] > 0 else math.inf


def _autograd(f: str, formula: str, X: torch.Tensor) -> torch.Tensor:
    """The gradient of f, written another way where there is one."""
    k, leaf = given(len(X)), X.clone().requires_grad_()
    A, B, a, b = k
    if f == "logdet":
        at = torch.linalg.slogdet(leaf).logabsdet
    elif f == "inverse":
        at = a @ torch.linalg.solve(leaf, b)
    elif f == "length":
        at = torch.linalg.matrix_norm(leaf)
    elif f == "quadratic":
        at = torch.trace(leaf.T @ A @ leaf)
    elif f == "trace":
        at = torch.trace(A @ leaf)
    elif f == "transposed":
        at = a @ leaf.T @ b
    elif f == "gram":
        at = a @ (leaf.T @ leaf) @ b
    elif f == "residual":
        at = torch.linalg.matrix_norm(A @ leaf - B) ** 2
        at = ((A @ leaf - B) ** 2).sum() if float(at.detach()) == 0 else at
    elif f == "softmax":
        at = torch.nn.functional.cross_entropy((leaf @ b)[None], torch.tensor([0]))
    else:
        at = made(f, formula).value(leaf, k)
    return torch.autograd.grad(at, leaf, materialize_grads=True, allow_unused=True)[0]


def _values(f: str, formula: str, X: np.ndarray) -> np.ndarray:
    """f of many matrices (m, n, n) by numpy; the own formula one by one."""
    n = X.shape[-1]
    A, B, a, b = (each.numpy() for each in given(n))
    with np.errstate(all="ignore"):
        match f:
            case "bilinear":
                return np.einsum("i,kij,j->k", a, X, b)
            case "transposed":
                return np.einsum("j,kij,i->k", a, X, b)
            case "trace":
                return np.einsum("ij,kji->k", A, X)
            case "quadratic":
                return np.einsum("kij,il,klj->k", X, A, X)
            case "gram":
                return np.einsum("i,kji,kjl,l->k", a, X, X, b)
            case "norm":
                return np.einsum("kij,kij->k", X, X)
            case "residual":
                return np.linalg.norm(A @ X - B, axis=(1, 2)) ** 2
            case "det":
                return np.linalg.det(X)
            case "logdet":
                return np.linalg.slogdet(X)[1]
            case "inverse":
                whole = np.where(_fair(X)[:, None, None], X, np.eye(n))
                return (
                    np.linalg.solve(whole, np.broadcast_to(b[:, None], (len(X), n, 1)))[..., 0] @ a
                )
            case "length":
                return np.linalg.norm(X, axis=(1, 2))
            case "softmax":
                z = X @ b
                top = z.max(1)
                return np.log(np.exp(z - top[:, None]).sum(1)) + top - z[:, 0]
        g, k = made(f, formula), given(n)
        return np.array([float(g.value(torch.from_numpy(each), k)) for each in X])


def _fair(X: np.ndarray) -> np.ndarray:
    """Which of many matrices are so far from singular that both sides keep their digits."""
    most = np.abs(X).max((1, 2))
    return np.abs(np.linalg.det(X)) > 1e-5 * most ** X.shape[-1]


def _compared(f: str, formula: str, X: np.ndarray, mine: torch.Tensor):
    """Both sides where both are finite, in units of the largest value."""
    theirs, mine = _values(f, formula, X), mine.numpy()
    fair = np.isfinite(theirs) & np.isfinite(mine)
    if f in INVERTS:
        fair &= _fair(X)
    size = max(1.0, float(np.abs(theirs[fair]).max(initial=0.0)))
    return mine[fair] / size, theirs[fair] / size


def _along(run: Wiggle, f, formula, X, E, d, there) -> Check:
    claim = "f(X), f(X + dX) and f along the entry, computed another way: largest difference"
    if not there[0]:
        return same("", claim, 0.0, 0.0, needs=(there,))
    every = 1 if f != "own" else 20
    moves = torch.cat([T.new_tensor([0.0, d]), T[::every]])
    places = (X + moves[:, None, None] * E).numpy()
    mine, theirs = _compared(f, formula, places, torch.cat([run.at, run.path[::every]]))
    return same("", claim, mine, theirs, needs=((len(mine) > 0, "X is next to a singular matrix"),))


def _slopes(run: Wiggle, f, formula, X, E, there) -> Check:
    """tr(GᵀE) and the coarse central differences, from differences of f computed another way."""
    claim = "df/dt = tr(GᵀE), and (f(X + hE) − f(X − hE))/2h for h ≥ 0.001, computed another way: "
    claim += "largest difference"
    if not there[0]:
        return same("", claim, 0.0, 0.0, needs=(there,))
    every = 1 if f != "own" else 6
    steps = STEPS[COARSE][::every]
    fine = STEPS.new_tensor([2e-3, 1e-3, 5e-4]) * _room(X, f)
    moves = torch.cat([fine, -fine, steps, -steps])
    found = _values(f, formula, (X + moves[:, None, None] * E).numpy())
    if not np.isfinite(found[:6]).all() or not (f not in INVERTS or _fair(X[None].numpy())[0]):
        return same("", claim, 0.0, 0.0, needs=((False, "X is next to a place without f"),))
    near, far = found[:6].reshape(2, 3), found[6:].reshape(2, -1)
    slopes = (near[0] - near[1]) / (2 * fine.numpy())
    first, second = (4 * slopes[1:] - slopes[:-1]) / 3  # without their error h²
    with np.errstate(invalid="ignore"):
        theirs = (far[0] - far[1]) / (2 * steps.numpy())
    mine = run.slopes[:-1][COARSE][::every].numpy()
    fair = np.isfinite(theirs) & np.isfinite(mine)
    if f in INVERTS:
        for sign in (1, -1):
            fair &= _fair((X + sign * steps[:, None, None] * E).numpy())
    scale = max(1.0, float(np.abs(theirs[fair]).max(initial=0.0)))
    size = max(1.0, abs(second), float(run.G.abs().max()))
    worth = max(1.0, np.abs(near).max(), float(X.abs().max()) ** len(X))
    level = 1e-12 * worth / float(fine[-1]) / size
    smooth = abs(first - second) <= 1e-6 * size + level * size
    return same(
        "", claim, [run.slope / size, *(mine[fair] / scale)],
        [second / size, *(theirs[fair] / scale)],
        tol=2e-6 + level, needs=((bool(smooth), "f bends too sharply at X for a comparison"),),
    )  # fmt: skip


def _room(X: torch.Tensor, f: str) -> float:
    """How far X may be moved without coming near a place without a gradient, at most 1."""
    if f == "length":
        return min(1.0, float(X.norm()))
    if f not in INVERTS:
        return 1.0
    return min(1.0, float(np.linalg.svd(X.numpy(), compute_uv=False)[-1]))


def _rounding(run: Wiggle, f, X, steps, there) -> Check:
    """What rounding leaves of the fine differences."""
    claim = "for h < 0.001 the error of the central difference is at most ten times that of "
    claim += "h = 0.001 times (h/0.001)², and what rounding does to f, over h: largest share"
    if not there[0]:
        return at_most("", claim, 0.0, 1.0, needs=(there,))
    errors, coarse = run.errors, STEPS >= 1e-3
    start = float(errors[:-1][coarse][0])
    fine = (steps < 1e-3) & run.slopes.isfinite()
    size = max(1.0, float(run.X.abs().max()))
    worth = float(run.at[0].abs()) + size * float(run.G.abs().sum()) + size ** max(2, len(X))
    condition = _condition(X) if f in INVERTS else 1.0
    k = min(condition, WELL)
    bound = 10 * start * (steps / 1e-3) ** 2 + 1e3 * k * EPS * worth / steps
    smooth = (f != "own" or start <= 1e-3 * max(1.0, abs(run.slope)), "f bends sharply at X")
    well = (condition <= WELL and _room(X, f) > 0.02, "X is next to a place without a gradient")
    return at_most("", claim, float((errors / bound)[fine].max()), 1.0, needs=(smooth, well))


# --- words ---------------------------------------------------------------------------------------


def says(run: Wiggle, *, d: float, kept: bool, h: float) -> str:
    """What f did, what the gradient promised, and how good the central difference is."""
    if run.refused:
        return f"There is no gradient here: {run.refused}."
    both = kept and float(run.E.sum()) > 1
    moves = "entry and its mirror image move" if both else "entry moves"
    if not math.isfinite(run.df):
        return f"Moved by {number(d)}, X comes to a place where f has no value."
    promised = run.slope * d
    scale = max(abs(run.df), abs(promised), float(run.at[0].abs()), 1e-300)
    gap = number(run.df - promised, zero=1e-12 * scale)
    start = f"The {moves} by {number(d)}: f changes by "
    start += f"{number(run.df, 4, zero=1e-14 * scale)}, the gradient says "
    start += f"{number(promised, 4, zero=1e-14 * scale)}, off by {gap}."
    if not math.isfinite(float(run.slopes[-1])):
        return f"{start} With step h = {number(h)} f has no central difference."
    tiny = EPS * max(1.0, float(run.at[0].abs()))
    error = number(run.errors[-1], 2, zero=tiny)
    return f"{start} The central difference with h = {number(h)} is off by {error}."


def _first(run: Wiggle) -> tuple[float, dict]:
    return run.slope, {"slope": number(run.slope), "det": number(torch.linalg.det(run.X))}


def _both(run: Wiggle) -> tuple[str, dict]:
    alone = float(run.G[run.E > 0][0])
    key = "twice" if math.isclose(run.slope, 2 * alone) else "once"
    return key, {"alone": number(alone), "slope": number(run.slope)}


def _finer(run: Wiggle, h: float) -> tuple[float, dict]:
    """What a step a thousand times smaller does to the error."""
    before, after = run.error(h), run.error(max(h / 1000, 1e-12))
    return max(after, 1e-17) / max(before, 1e-17), {"times": number(after / before, 1)}


answers = {"first": _first, "both": _both, "finer": _finer}
