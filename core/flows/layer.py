r"""One coupling layer: half of the numbers pass, the other half is scaled and shifted (FLOW-04).

    y_{1:d} = x_{1:d},    y_{d+1:D} = x_{d+1:D} ⊙ exp(s(x_{1:d})) + t(x_{1:d})

s and t are any functions of what passes; nobody ever inverts them. The Jacobian is

    ⎡ I                                   0            ⎤
    ⎣ diag(x_{d+1:D} ⊙ eˢ) ∂s + ∂t        diag(eˢ)     ⎦      det = exp(Σⱼ sⱼ),   (FLOW-05)

so that t has no part in the determinant, and with s = 0 the layer keeps every volume (FLOW-07).

>>> y, log_det = coupling(x, s, t, d=2)      # x of shape (..., D), log_det of shape (...)
>>> coupling_inverse(y, s, t, d=2)           # x again
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from core.check import require

Half = Callable[[Tensor], Tensor]  # (..., d) -> (..., D − d)
DIMENSIONS = 64  # of a Jacobian
WAVES = 4  # in each random function


def coupling(x: Tensor, s: Half, t: Half, d: int) -> tuple[Tensor, Tensor]:
    """y, of the shape of x, and ln |det ∂y/∂x| = Σⱼ sⱼ(x_{1:d}), of shape (...).

    Args:
        x: shape (..., D), D ≥ 2.
        s, t: from the first d numbers, shape (..., d), to the rest, shape (..., D − d).
        d: in [1, D − 1].

    Raises:
        ValueError: d out of range, an answer of s or t of another shape or not finite, s so large
            that its exponential overflows.
    """
    kept, rest, scale, shift = _parts("x", x, s, t, d)
    y = rest * scale.exp() + shift
    _require_finite("y = x exp(s) + t", y)
    return torch.cat([kept, y], -1), scale.sum(-1)


def coupling_inverse(y: Tensor, s: Half, t: Half, d: int) -> Tensor:
    """x of `coupling`, the same shape: (y − t) exp(−s) in the last D − d numbers."""
    kept, rest, scale, shift = _parts("y", y, s, t, d)
    x = (rest - shift) * (-scale).exp()
    _require_finite("x = (y − t) exp(−s)", x)
    return torch.cat([kept, x], -1)


def additive(x: Tensor, t: Half, d: int) -> tuple[Tensor, Tensor]:
    """`coupling` with s = 0: it only shifts, and log_det is exactly 0 (FLOW-07, NICE)."""
    return coupling(x, *_shift_only(t), d)


def additive_inverse(y: Tensor, t: Half, d: int) -> Tensor:
    """x of `additive`: y − t in the last D − d numbers."""
    return coupling_inverse(y, *_shift_only(t), d)


def jacobian(x: Tensor, s: Half, t: Half, d: int) -> Tensor:
    """∂y/∂x of `coupling` at one point x, (D,) -> (D, D): by autograd, without its structure."""
    x = _one_point(x)
    with torch.enable_grad():
        return torch.autograd.functional.jacobian(lambda x: coupling(x, s, t, d)[0], x)


def jacobian_blocks(x: Tensor, s: Half, t: Half, d: int) -> Tensor:
    """The same from the four blocks of FLOW-05; only s and t are differentiated."""
    x = _one_point(x)
    kept, rest, scale, _ = _parts("x", x, s, t, d)
    with torch.enable_grad():
        ds, dt = (torch.autograd.functional.jacobian(each, kept) for each in (s, t))
    stretch = scale.detach().exp()
    J = torch.eye(len(x), dtype=x.dtype, device=x.device)
    J[d:, :d] = (rest * stretch)[:, None] * ds + dt
    J[d:, d:] = stretch.diag()
    return J


def area_ratio(f: Callable[[Tensor], Tensor], centre: Tensor, side: float, points: int = 64):
    """The area of the image of a square cell over that of the cell, a float.

    The border of the image is the polygon of `points` places on each side of the cell; the area is
    negative where the map turns the cell over. For a small side it is det J at the centre, up to
    the order side².

    Args:
        f: a map of points (n, 2) -> (n, 2).
        centre: shape (2,); side: > 0; points: in [1, 100 000].

    Raises:
        ValueError: a value outside its range.
    """
    require("side", side, 0, above=True)
    require("points", points, 1, 100_000, integer=True)
    centre = _one_point(centre)
    u = torch.arange(int(points), dtype=centre.dtype) / points - 0.5
    half = torch.full_like(u, 0.5)
    border = [(u, -half), (half, u), (-u, half), (-half, -u)]  # counterclockwise
    corners = torch.cat([torch.stack(edge, 1) for edge in border])
    moved = f(centre + side * corners) - f(centre[None])
    after = moved.roll(-1, 0)
    area = (moved[:, 0] * after[:, 1] - moved[:, 1] * after[:, 0]).sum() / 2
    return float(area) / side**2


def waves(inputs: int, outputs: int, amplitude: float, *, generator: torch.Generator) -> Half:
    """A random smooth function for s or t: (..., inputs) -> (..., outputs), never beyond amplitude.

    Each output is the mean of 4 sines of random directions of length about 1.5, times the
    amplitude: a function that nobody could invert.

    Raises:
        ValueError: inputs or outputs outside [1, 64], amplitude outside [0, 100].
    """
    require("inputs", inputs, 1, DIMENSIONS, integer=True)
    require("outputs", outputs, 1, DIMENSIONS, integer=True)
    require("amplitude", amplitude, 0, 100)
    draw = {"generator": generator, "dtype": torch.float64}
    turns = 1.5 * torch.randn(int(outputs) * WAVES, int(inputs), **draw) / math.sqrt(inputs)
    phase = 2 * math.pi * torch.rand(int(outputs) * WAVES, **draw)

    def function(x: Tensor) -> Tensor:
        angle = x @ turns.to(x).T + phase.to(x)
        return amplitude * angle.sin().unflatten(-1, (int(outputs), WAVES)).mean(-1)

    return function


def _shift_only(t: Half) -> tuple[Half, Half]:
    return (lambda kept: torch.zeros_like(t(kept))), t


def _one_point(x: Tensor) -> Tensor:
    x = torch.as_tensor(x)
    x = (x if x.is_floating_point() else x.double()).detach()
    if x.ndim != 1 or not 2 <= len(x) <= DIMENSIONS:
        raise ValueError(
            f"expected one point of 2 to {DIMENSIONS} numbers, got shape {tuple(x.shape)}"
        )
    return x


def _parts(name: str, x: Tensor, s: Half, t: Half, d: int) -> tuple[Tensor, ...]:
    """What passes, what is moved, and s and t of what passes."""
    x = torch.as_tensor(x)
    x = x if x.is_floating_point() else x.double()
    if x.ndim < 1 or x.shape[-1] < 2:
        raise ValueError(f"expected {name} of shape (..., D), D at least 2, got {tuple(x.shape)}")
    require("d", d, 1, x.shape[-1] - 1, integer=True)
    kept, rest = x[..., : int(d)], x[..., int(d) :]
    found = s(kept), t(kept)
    for each, values in zip(("s", "t"), found):
        if values.shape != rest.shape:
            raise ValueError(
                f"expected {each} to give shape {tuple(rest.shape)}, got {tuple(values.shape)}"
            )
        _require_finite(each, values)
    most = math.log(torch.finfo(x.dtype).max)
    worst = float(found[0].detach().abs().max()) if found[0].numel() else 0.0
    if worst > most:
        raise ValueError(
            f"expected s in [-{most:.0f}, {most:.0f}], else exp(s) overflows, got a size of "
            f"{worst:g}"
        )
    return kept, rest, *found


def _require_finite(name: str, values: Tensor) -> None:
    wrong = values.detach()[~values.detach().isfinite()]
    if len(wrong):
        raise ValueError(f"expected {name} to be finite, got {float(wrong[0]):g}")
