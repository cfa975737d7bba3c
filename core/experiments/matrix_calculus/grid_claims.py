"""What the deformed grid claims: MC-02, MC-03 with erratum E-21, MC-19."""

import math
from functools import lru_cache

import numpy as np

from core.check import Check, at_least, same
from core.experiments.matrix_calculus.grid import FINE, NEAR, SQUARE, TICKS, Grid, torn
from core.matrix_calculus.maps import formula_map
from core.words import number

STEP = 1e-3
ORDER = {"numerator": "Jg Jf", "denominator": "Df Dg"}


@np.errstate(all="ignore")
def checks(
    run: Grid, *, map: str, u: str, v: str, then: str, x: float, y: float, size: float
) -> list[Check]:
    """Images, J, product rule, chain rule, Hessian, the crease, area, the printed line."""
    f, g = _numpy(map, u, v), _numpy(then, u, v)
    known = (not run.refused, run.refused)
    here = np.array([x, y])
    first = f(here)
    Jf, Jg, J, grad, H, smooth = _derivatives(f, g, here)
    apart = map != "crease" or math.hypot(x, y) > 0.05
    even = ((smooth and apart) or torn(map, x, y), "f bends too sharply here for a comparison")
    needs = (known, even)
    size_f, size_J = (max(1.0, float(np.abs(each).max())) for each in ((Jf, Jg), (J, Jf, Jg)))
    scale = max(1.0, float(run.H.abs().max()), float(np.abs(first).max()) * size_f)
    flat = not torn(map, x, y), "the second derivatives of u jump at 0"
    grads = grad / max(1.0, float(np.abs(grad).max(initial=0)))
    mine = run.product.numpy() / max(1.0, float(np.abs(grad).max(initial=0)))
    images = [
        (run.lines.numpy()[:, :, ::8], _lines(map, u, v, then)),
        (run.patch.numpy(), _after(f, g, here + size * SQUARE.numpy())),
        (run.at.numpy(), np.stack([first, _after(f, g, here)])),
    ]
    left, right = _bounded(images, 30.0)
    steps = NEAR.numpy()[::10]
    zero = 0 * steps
    ways = here + np.stack([np.stack([zero, steps], -1), np.stack([steps, zero], -1)])
    slopes = np.stack([_slope(f, ways[0], 0), _slope(f, ways[1], 1)])
    middle = slopes[:, len(steps) // 2, None]
    along = _bounded([(run.along.numpy()[:, ::10], slopes - middle)], 1e3)
    diagonal = math.hypot(float(run.H[0, 0]), float(run.H[1, 1]))
    mixed = float(run.H[0, 1].abs() + run.H[1, 0].abs()) > 1e-9 * scale
    return [
        same("", "the lines, the small square and the point, mapped by other formulas: largest "
             "difference", left, right),
        same("MC-02", "∇(uv) = u∇v + v∇u, beside central differences of uv: largest difference",
             mine, grads, tol=1e-5, needs=needs),
        same("MC-19", "the Jacobian of g(f(x)) is that of g times that of f; central differences: "
             "largest difference", np.stack([run.J, run.Jf, run.Jg]) / size_J,
             np.stack([J, Jf, Jg]) / size_J, tol=1e-5, needs=needs),
        same("MC-03", "∇²u is symmetric, ∂/∂x of ∂u/∂y is ∂/∂y of ∂u/∂x: largest difference",
             run.H / scale, run.H.T / scale, needs=(known, flat)),
        same("MC-03", "and holds the second differences of u", run.H / scale, H / scale, tol=2e-4,
             needs=(known, flat, even)),
        same("MC-03", "at the crease ∂/∂x of ∂u/∂y and ∂/∂y of ∂u/∂x are 1 and −1, by differences "
             "of u along the axes: largest difference", run.H[[0, 1], [1, 0]],
             run.H[[0, 1], [1, 0]] if flat[0] else _crossed(f), tol=1e-5,
             needs=((not flat[0], "here u is smooth"),)),
        same("", "∂u/∂x along y and ∂u/∂y along x, by differences of u: largest difference",
             *along, tol=1e-4, needs=(known, (map != "own", "a formula may bend too sharply"))),
        at_least("MC-03", "as printed (E-21) ∂²u/∂x² names no matrix; one second derivative for "
                 "each coordinate is its diagonal: the whole is larger", float(run.H.norm()),
                 diagonal, needs=(known, (mixed, "here the mixed derivatives are 0"))),
    ]  # fmt: skip


def _numpy(name: str, u: str, v: str):
    """The map of points (..., 2), by complex numbers and numpy."""

    def parts(w):
        return np.stack([w.real, w.imag], -1)

    def mapped(p):
        x, y = p[..., 0], p[..., 1]
        z = x + 1j * y
        with np.errstate(all="ignore"):
            match name:
                case "none":
                    return p
                case "polar":
                    return parts(x * np.exp(1j * y))
                case "square":
                    return parts(z * z / 2)
                case "swirl":
                    return parts(z * np.exp(1j * np.abs(z) ** 2 / 3))
                case "fold":
                    return np.stack([x, y**2 / 2], -1)
                case "layer":
                    return np.tanh(p @ np.array([[1, 0.5], [-0.5, 1]]).T)
                case "crease":
                    angle = np.arctan2(y, x)
                    return np.stack([np.abs(z) ** 2 * np.sin(4 * angle) / 4, y], -1)
        import torch

        found = formula_map(u, v)(*(torch.from_numpy(np.array(each)) for each in (x, y)))
        return np.stack([each.numpy() for each in found], -1)

    return mapped


@lru_cache(maxsize=32)
def _lines(map: str, u: str, v: str, then: str) -> np.ndarray:
    """Every eighth point of the lines."""
    f, g = _numpy(map, u, v), _numpy(then, u, v)
    a, b = np.meshgrid(TICKS, FINE[::8], indexing="ij")
    return np.stack([_after(f, g, np.stack(each, -1)) for each in ((a, b), (b, a))])


@np.errstate(all="ignore")
def _after(f, g, points: np.ndarray) -> np.ndarray:
    """g(f(points)), NaN where f is so large that g loses its digits."""
    inner = f(points)
    with np.errstate(invalid="ignore"):
        return g(np.where((np.abs(inner) < 30).all(-1, keepdims=True), inner, np.nan))


def _bounded(pairs, most: float) -> tuple[np.ndarray, np.ndarray]:
    """Both sides where both are finite and of moderate size."""
    left, right = (np.concatenate([p[k].ravel() for p in pairs]) for k in (0, 1))
    with np.errstate(invalid="ignore"):
        fair = (np.abs(left) < most) & (np.abs(right) < most)
    return left[fair], right[fair]


@np.errstate(all="ignore")
def _slope(f, points: np.ndarray, k: int, h: float = 1e-4) -> np.ndarray:
    """∂u/∂x or ∂u/∂y at points (m, 2)."""
    move = np.eye(2)[k] * h
    return (f(points + move) - f(points - move))[..., 0] / (2 * h)


def _crossed(f, h: float = 0.1) -> np.ndarray:
    """∂/∂x of ∂u/∂y and ∂/∂y of ∂u/∂x at 0, by differences between points of the axes."""
    ends = h * np.array([[1.0, 0.0], [-1.0, 0.0]])
    slopes = np.stack([_slope(f, ends, 1), _slope(f, ends[:, ::-1], 0)])
    return (slopes[:, 0] - slopes[:, 1]) / (2 * h)


@np.errstate(all="ignore")
def _derivatives(f, g, here: np.ndarray):
    """Jacobians of f, g and g(f), the gradient of uv, the Hessian of u; whether two steps agree."""
    moves = np.concatenate([np.eye(2), -np.eye(2)])
    found = []
    for h in (STEP, STEP / 2):

        def columns(values, h=h):
            return ((values[:2] - values[2:]) / (2 * h)).T

        near = f(here + h * moves)
        around = f(here)[None] + h * moves
        corners = f(here + h * np.array([(1, 1), (-1, -1), (1, -1), (-1, 1)]))[:, 0]
        middle = f(here)[0]
        second_ = (near[:2, 0] + near[2:, 0] - 2 * middle) / h**2
        mixed = (corners[0] + corners[1] - corners[2] - corners[3]) / (4 * h**2)
        H = np.array([[second_[0], mixed], [mixed, second_[1]]])
        product = near[:, 0] * near[:, 1]
        found.append([columns(near), columns(g(around)), columns(g(near)),
                      (product[:2] - product[2:]) / (2 * h), H])  # fmt: skip
    best = [(4 * fine - coarse) / 3 for coarse, fine in zip(*found, strict=True)]
    with np.errstate(invalid="ignore"):
        gaps = [np.abs(a - b).max() / max(1.0, np.abs(c).max())
                for a, b, c in zip(*found, best, strict=True)]  # fmt: skip
        apart = (corners - near[[0, 2, 0, 2], 0] - near[[1, 3, 3, 1], 0] + middle) / h**2
        quarters = np.ptp(apart * (1, 1, -1, -1))  # the mixed derivative from four sides
        kink = np.abs(near[:2] + near[2:] - 2 * f(here)).max() / h  # of the last, the smaller h
    even = np.isfinite(gaps).all() and max(gaps) < 1e-3
    even = even and quarters < 0.1 * max(1.0, np.abs(best[4]).max())
    return *best, bool(even and kink < 0.05 * max(1.0, np.abs(best[0]).max()))


# --- words ---------------------------------------------------------------------------------------


def says(run: Grid, *, map: str, then: str, x: float, y: float, size: float, layout: str) -> str:
    """The area factor, how far the linear map is off, and the order of the chain rule."""
    if run.refused:
        return f"At ({number(x)}, {number(y)}) {run.refused}."
    turned = float(np.linalg.det(run.J.numpy()))
    area = number(run.area)
    start = f"A small square here becomes {area} times as large"
    start = "A small square here keeps its size" if area == "1" else start
    start += ", turned over." if turned < 0 else "."
    if run.area <= 1e-12 * float(run.J.square().sum()):
        start = "det J = 0 here: a small square is pressed flat."
    if not run.patch.isfinite().all():
        return f"{start} Part of this square has no image."
    off = float((run.patch - linear(run, size)).norm(dim=1).max())
    start += f" The linear map is off by up to {number(off, 2, zero=1e-12)} on its edge."
    if then != "none":
        start += f" The Jacobian of both is {ORDER[layout]} in this layout."
    if torn(map, x, y):
        both = f"{number(run.H[0, 1])} and {number(run.H[1, 0])}"
        return f"{start} The mixed derivatives of u are {both}."
    return start


def linear(run: Grid, size: float):
    """The image of the small square under the linear map, (52, 2)."""
    return run.at[1] + size * SQUARE @ run.J.T


def _area(run: Grid) -> tuple[float, dict]:
    return run.area, {"area": number(run.area)}


def _mixed(run: Grid) -> tuple[str, dict]:
    one, other = float(run.H[0, 1]), float(run.H[1, 0])
    key = (
        "same" if math.isclose(one, other, abs_tol=1e-9) else "minus" if one * other < 0 else "none"
    )
    return key, {"one": number(one), "other": number(other)}


def _order(run: Grid, layout: str) -> tuple[str, dict]:
    """Which product of the two matrices, written in the layout, is the whole."""
    f, g, whole = ((M.T if layout == "denominator" else M).numpy() for M in (run.Jf, run.Jg, run.J))
    return ("first" if np.allclose(f @ g, whole) else "second"), {}


answers = {"area": _area, "mixed": _mixed, "order": _order}
