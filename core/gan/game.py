r"""The two-number game: the smallest GAN, and why its training turns in circles.

V(x, y) = x y. The generator x descends, the discriminator y climbs; nobody wins at (0, 0). It is
the Dirac-GAN of Mescheder, Geiger and Nowozin (2018) with a linear discriminator D(s) = y s, data
at 0 and the fake at x. Their R1 penalty r1/2 · E ‖D′(data)‖² = r1/2 · y² brakes y. The field:

    F(x, y) = (−y, x − r1 y),   J = [[0, −1], [1, −r1]],   λ = (−r1 ± √(r1² − 4))/2.

==============  =============================================================================
simultaneous    w ← w + eta F(w): radius × √(1 + eta²) per step, always outwards
alternating     x moves, then y answers to the new x: x² + y² − eta x y stays for r1 = 0
extragradient   w ← w + eta F(w + eta F(w)): radius × √(1 − eta² + eta⁴), inwards for eta < 1
==============  =============================================================================

Source: GAN-08; Korpelevich 1976 for the extragradient method.
"""

import cmath
import math

import torch
from torch import Tensor

from core.check import choose, require

UPDATES = ("simultaneous", "alternating", "extragradient")
BOUND = 1e150  # beyond it a run counts as lost


def game(
    eta: float,
    steps: int,
    update: str = "simultaneous",
    r1: float = 0.0,
    start: tuple[float, float] = (1, 0),
) -> Tensor:
    """The iterates (x, y) of min over x, max over y of V(x, y) = x y.

    Args:
        eta: step size of both players, in (0, 10].
        steps: how many, in [0, 100 000].
        update: one of `UPDATES`.
        r1: weight of the penalty r1/2 · y² on the discriminator, in [0, 100].
        start: (x₀, y₀), finite, each up to 1e6 in size.

    Returns:
        Float64, shape (steps + 1, 2). A run that leaves ±1e150 keeps its last good value.

    Raises:
        ValueError: a value outside its range.
    """
    require("steps", steps, 0, 100_000, integer=True)
    x, y = (float(require("start", each, -1e6, 1e6)) for each in _two(start))
    (a, b), (c, d) = step_matrix(eta, update, r1).tolist()
    path = [(x, y)]
    for _ in range(int(steps)):  # two numbers are too few for a tensor
        nx, ny = a * x + b * y, c * x + d * y
        if max(abs(nx), abs(ny)) <= BOUND:
            x, y = nx, ny
        path.append((x, y))
    return torch.tensor(path, dtype=torch.float64)


def field(at: Tensor, r1: float = 0.0) -> Tensor:
    """F = (−∂V/∂x, ∂V/∂y − r1 y): where both players push, at points of shape (..., 2)."""
    at = torch.as_tensor(at, dtype=torch.float64)
    return at @ jacobian(r1).T


def flow(times: Tensor, r1: float = 0.0, start: tuple[float, float] = (1, 0)) -> Tensor:
    """exp(t J) w₀: where infinitely small steps are at each time t, shape (n,) -> (n, 2), float64.

    A circle run through counterclockwise in 2π for r1 = 0, which `game` leaves at step k by the
    order of eta at the time k eta.

    Raises:
        ValueError: r1 outside [0, 100], a time outside [0, 1e6], a start that `game` refuses.
    """
    times = torch.as_tensor(times, dtype=torch.float64)
    bad = times[~((times >= 0) & (times <= 1e6))]
    if len(bad):
        raise ValueError(f"expected times in [0, 1e+06], got {bad[0].item():g}")
    at = [require("start", each, -1e6, 1e6) for each in _two(start)]
    there = torch.linalg.matrix_exp(times[..., None, None] * jacobian(r1))
    return there @ torch.tensor(at, dtype=torch.float64)


def jacobian(r1: float = 0.0) -> Tensor:
    """J of the field F, which is linear: the same at every point; shape (2, 2), float64."""
    require("r1", r1, 0, 100)
    return torch.tensor([[0.0, -1.0], [1.0, -r1]], dtype=torch.float64)


def step_matrix(eta: float, update: str = "simultaneous", r1: float = 0.0) -> Tensor:
    """The matrix by which one step multiplies (x, y), shape (2, 2), float64.

    I + eta J, for extragradient I + eta J + eta² J². Arguments as in `game`.
    """
    require("eta", eta, 0, 10, above=True)
    choose("update", update, UPDATES)
    J, eye = jacobian(r1), torch.eye(2, dtype=torch.float64)
    if update == "simultaneous":
        return eye + eta * J
    if update == "extragradient":
        return eye + eta * J @ (eye + eta * J)
    one, other = eye.clone(), eye.clone()
    one[0] += eta * J[0]  # x moves
    other[1] += eta * J[1]  # then y, who sees the new x
    return other @ one


def flow_eigenvalues(r1: float = 0.0) -> tuple[complex, complex]:
    """λ = (−r1 ± √(r1² − 4))/2 of J: ±i without penalty, a spiral inwards for 0 < r1 < 2.

    Real parts are rates per unit of time, imaginary parts radians per unit of time; the first has
    the larger imaginary part, then the larger real part.
    """
    require("r1", r1, 0, 100)
    return _roots(-r1, 1.0)


def eigenvalues(
    eta: float, update: str = "simultaneous", r1: float = 0.0
) -> tuple[complex, complex]:
    """The two factors of one step, in closed form; below 1 in size exactly when the run arrives.

    With λ from `flow_eigenvalues` they are 1 + eta λ (simultaneous) and 1 + eta λ + eta² λ²
    (extragradient); alternating they solve z² − (2 − eta r1 − eta²) z + 1 − eta r1 = 0. Arguments
    as in `game`; the order is that of λ, alternating that of `flow_eigenvalues`.
    """
    require("eta", eta, 0, 10, above=True)
    choose("update", update, UPDATES)
    if update == "alternating":
        require("r1", r1, 0, 100)
        return _roots(2 - eta * r1 - eta * eta, 1 - eta * r1)
    lam = flow_eigenvalues(r1)
    if update == "simultaneous":
        return tuple(1 + eta * each for each in lam)
    return tuple(1 + eta * each + (eta * each) ** 2 for each in lam)


def spectral_radius(eta: float, update: str = "simultaneous", r1: float = 0.0) -> float:
    """By how much the radius grows per step in the long run: the larger |eigenvalue|."""
    return max(abs(each) for each in eigenvalues(eta, update, r1))


def invariant(path: Tensor, eta: float) -> Tensor:
    """x² + y² − eta x y, which alternating steps keep for r1 = 0; shape (..., 2) -> (...).

    An ellipse for eta < 2: the orbit stays between radii √(1/(1 + eta/2)) and √(1/(1 − eta/2))
    times the root of this value. From eta = 2 on the level sets are open and the orbit may leave.
    """
    path = torch.as_tensor(path, dtype=torch.float64)
    x, y = path[..., 0], path[..., 1]
    return x * x + y * y - eta * x * y


def _roots(trace: float, det: float) -> tuple[complex, complex]:
    """Roots of z² − trace z + det; real ones without cancellation."""
    disc = trace * trace / 4 - det
    root = cmath.sqrt(disc)
    if disc < 0:
        return complex(trace / 2, root.imag), complex(trace / 2, -root.imag)
    far = trace / 2 + math.copysign(root.real, trace)
    near = det / far if far else 0.0
    return complex(max(far, near)), complex(min(far, near))


def _two(start: tuple[float, float]) -> tuple[float, float]:
    if len(start) != 2:
        raise ValueError(f"expected start to be two numbers (x, y), got {len(start)}")
    return tuple(start)
