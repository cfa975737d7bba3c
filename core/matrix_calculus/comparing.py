"""A formula with numbers beside autograd, in both layouts.

>>> compare("MC-07", "denominator", 2, 1, 0).formula  # (A + Aᵀ)x = (4, 8) of A = [[1, 2], [0, 3]]
>>> compare("MC-11", "denominator", 3, 4, 1, written="numerator").error
'f has 1 column, ∂u/∂x has 3 rows'

Source: MC-01 to MC-24 with errata E-20 to E-32.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import choose, require
from core.matrix_calculus.identities import IDENTITIES, LAYOUTS, WRITTEN, Values, f, g, u, v
from core.matrix_calculus.products import Term, clash, multiply, shape, split
from core.rng import generator

MOST = 6  # rows and columns


class Comparison(NamedTuple):
    """A formula beside autograd."""

    autograd: Tensor  # ∂y/∂x in the layout asked for
    formula: Tensor  # what the formula gives; (0, 0) where it cannot be multiplied or added
    difference: float | None  # largest of |formula − autograd|; None where the shapes differ
    error: str  # what does not fit, "" where all does
    terms: tuple[Term, ...]  # the factors of every term with their shapes


def numbers(identity: str, n: int, m: int, seed: int, printed: bool = False) -> dict[str, Tensor]:
    """Variable and constants of an identity: whole numbers from −2 to 2, no vector entry 0, no
    matrix symmetric.

    Seed 0 holds numbers to do by hand: vectors of ones, and matrices with the rows
    (1, 2, 0, …), (0, 3, 2, …), (…, 1, …).
    """
    random, found = generator(seed), {}
    for name, size in IDENTITIES[identity].side(printed)[1].items():
        dims = [{"n": n, "m": m}[s] for s in size]
        if len(dims) == 1:
            drawn = torch.tensor([-2, -1, 1, 2])[torch.randint(4, dims, generator=random)]
            found[name] = (drawn if seed else torch.ones(dims)).double()
        elif seed:
            found[name] = _drawn(*dims, random)
        else:
            found[name] = _by_hand(*dims)
        if name == "X" and size == "nn":  # to be inverted
            found[name] += 3 * n * torch.eye(n, dtype=torch.float64)
    return found


def _drawn(rows: int, columns: int, random: torch.Generator) -> Tensor:
    """A matrix of whole numbers; a symmetric one would hide a transpose that is missing."""
    while True:
        found = torch.randint(-2, 3, (rows, columns), generator=random).double()
        if not rows == columns > 1 or not torch.equal(found, found.T):
            return found


def _by_hand(rows: int, columns: int) -> Tensor:
    found = torch.zeros(rows, columns, dtype=torch.float64)
    found.diagonal()[::2], found.diagonal()[1::2] = 1, 3
    found.diagonal(1)[:] = 2
    return found


def factors(values: Values, layout: str, m: int = 1) -> dict[str, Tensor]:
    """Every matrix that a formula may name, (rows, columns); a vector is a column.

    Args:
        values: as `numbers` gives them.
        layout: in which ∂f/∂x and the like are read.
        m: number of entries of a constant y, for "0".
    """
    known = {k: one[:, None] if one.ndim == 1 else one for k, one in values.items()}
    x = values.get("x", values.get("z"))
    known["2"], known["-1"] = (torch.full((1, 1), s, dtype=torch.float64) for s in (2.0, -1.0))

    def by_x(denominator: Tensor) -> Tensor:
        return denominator if layout == "denominator" else denominator.T

    if x is not None:
        n = len(x)
        known["I"] = known["∂x/∂x"] = torch.eye(n, dtype=torch.float64)
        known["1"], known["diag(x)"] = torch.ones_like(x)[:, None], torch.diag(x)
        known["0"] = by_x(x.new_zeros(n, m))
        known["f(∂A/∂x)g"] = x.new_zeros(n, 1)
    for name, constant, function in (("u", "Q", u), ("v", "R", v)):
        if constant in values:
            bent = (values[constant] + values[constant].T) / 2
            known[name] = function(values).reshape(1, 1)
            known[f"∂{name}/∂x"] = by_x((bent @ x)[:, None])
            known[f"∂²{name}/∂x∂xᵀ"] = bent
            known[f"∂²{name}/∂x²"] = bent.diagonal()[:, None]
    for name, constant, function in (("f", "F", f), ("g", "G", g)):
        if constant in values:
            known[name] = function(values)[:, None]
            known[f"∂{name}/∂x"] = by_x((values[constant] * x).T)
    if "f" in known:
        known["∂(fᵀf)/∂x"] = by_x(2 * (values["F"] * x).T @ known["f"])
        if "H" in values:
            known["∂h/∂f"] = by_x((values["H"] * known["f"][:, 0]).T)
    A = values.get("A")
    if A is not None and A.shape[0] == A.shape[1]:
        known["(A+Aᵀ)"] = A + A.T
    if A is not None and x is not None and A.shape[1] == len(x):
        known["(Ax)"] = (A @ x)[:, None]
    if "b" in values and "D" in values:
        known["(Ax+b)"] = (A @ x + values["b"])[:, None]
        known["(Dx+e)"] = (values["D"] @ x + values["e"])[:, None]
    if "a" in values:
        known["diag(a)"] = torch.diag(values["a"])
    if "X" in values and values["X"].shape[0] == values["X"].shape[1]:
        known["X⁻¹"] = torch.linalg.inv(values["X"])
        known["X⁻ᵀ"] = known["X⁻¹"].T
    if "W" in values:
        known["δ"] = (values["W"] @ values["z"] - values["t"])[:, None]
    return known


def differentiated(identity: str, layout: str, values: Values, printed: bool = False) -> Tensor:
    """∂y/∂x by autograd, in the layout."""
    one = IDENTITIES[identity]
    _, _, y = one.side(printed)
    by = one.variable
    at = values[by].clone().requires_grad_()
    out = y({**values, by: at})
    rows = [torch.autograd.grad(each, at, retain_graph=True)[0] for each in out.reshape(-1)]
    if by == "x":
        jacobian = torch.stack(rows)
        return jacobian if layout == "numerator" else jacobian.T
    return rows[0] if layout == "denominator" else rows[0].T


def stepped(identity: str, layout: str, values: Values, printed: bool = False) -> np.ndarray:
    """∂y/∂x of a polynomial by steps of 1e-20 i, which lose no digit: Im y(x + ih eᵢ)/h."""
    _, _, y = IDENTITIES[identity].side(printed)
    h, whole = 1e-20, {k: one.numpy() for k, one in values.items()}
    steps = whole["x"] + 1j * h * np.eye(len(whole["x"]))
    rows = np.stack([np.reshape(y({**whole, "x": at}).imag / h, -1) for at in steps])
    return rows if layout == "denominator" else rows.T


def evaluate(
    identity: str, layout: str, values: Values, written: str = "right", target: Tensor | None = None
) -> Comparison:
    """A formula with given numbers beside autograd.

    Args:
        values: variable and constants, in the sizes of the identity.
        written: "right" for this layout, "denominator" or "numerator" for that one, "guess" or
            "printed".
        target: the derivative where it is known already.
    """
    choose("layout", layout, LAYOUTS)
    choose("written", written, WRITTEN)
    one, printed = IDENTITIES[identity], written == "printed"
    if target is None:
        target = differentiated(identity, layout, values, printed)
    known = factors(values, layout, target.shape[1 if layout == "denominator" else 0])
    return judged(split(one.formula(layout, written)), known, target)


def judged(terms: Sequence[Sequence[str]], known: Values, target: Tensor) -> Comparison:
    """The sum of products of named factors beside a derivative.

    Args:
        terms: the names of the factors, term by term.
        known: as `factors` gives it.
        target: the derivative.
    """
    products = [multiply(names, known) for names in terms]
    laid = tuple(each.factors for each in products)
    nothing = torch.empty(0, 0, dtype=torch.float64)
    for each in products:
        if each.clash >= 0:
            return Comparison(target, nothing, None, clash(each), laid)
    if not products:
        return Comparison(target, nothing, None, "there is no factor", ())
    first = products[0].value
    for each in products[1:]:
        if each.value.shape != first.shape:
            told = f"the first term is {shape(first)}, the next one {shape(each.value)}"
            return Comparison(target, nothing, None, told, laid)
    total = sum(each.value for each in products)
    if total.shape != target.shape:
        told = f"the formula is {shape(total)}, the derivative {shape(target)}"
        if total.T.shape == target.shape:
            off = float((total.T - target).abs().max())
            told += f"; transposed it is {f'off by {off:.4g}' if off else 'right'}"
        return Comparison(target, total, None, told, laid)
    return Comparison(target, total, float((total - target).abs().max()), "", laid)


def compare(
    identity: str,
    layout: str,
    n: int,
    m: int,
    seed: int,
    printed: bool = False,
    written: str = "right",
) -> Comparison:
    """An identity with random whole numbers beside autograd.

    Args:
        identity: id of `IDENTITIES`.
        layout: "denominator" or "numerator".
        n: entries of x, or rows of X.
        m: entries of f, g, or columns of X.
        seed: of the numbers; 0 for those to do by hand.
        printed: the line as the formula sheet prints it, left side included.
        written: see `evaluate`.

    Raises:
        ValueError: for what is no identity, no layout or not in the range.
    """
    choose("identity", identity, tuple(IDENTITIES))
    require("n", n, 1, MOST, integer=True)
    require("m", m, 1, MOST, integer=True)
    written = "printed" if printed else written
    if written == "printed" and not IDENTITIES[identity].printed:
        raise ValueError(f"expected an identity that is printed, got {identity}")
    return evaluate(identity, layout, numbers(identity, n, m, seed, written == "printed"), written)


def holds(run: Comparison) -> bool:
    """Whether the formula has the shape and the entries of the derivative."""
    if run.difference is None:
        return False
    return run.difference <= 1e-9 * max(1.0, float(run.autograd.abs().max()))


def true_in(identity: str, n: int, m: int, seed: int, formula: str) -> tuple[str, ...]:
    """The layouts in which a formula, as `written` names it, agrees with autograd."""
    printed = formula == "printed"
    values = numbers(identity, n, m, seed, printed)
    target = differentiated(identity, "denominator", values, printed)
    both = zip(LAYOUTS, (target, target.T), strict=True)
    return tuple(k for k, each in both if holds(evaluate(identity, k, values, formula, each)))
