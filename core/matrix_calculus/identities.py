r"""Derivatives of products in both layouts: 24 identities, each against autograd.

Denominator layout: :math:`D=\partial y/\partial x` has :math:`D_{ij}=\partial y_j/\partial x_i`,
n×m for x in Rⁿ and y in Rᵐ, so that a gradient is a column. Numerator layout: its transpose, the
Jacobian J. In a formula ∂f/∂x is read in the layout that is asked for.

The functions are small enough to be followed by hand, with constant matrices F, G, H, Q, R:
f = ½F(x⊙x), g = ½G(x⊙x), h(y) = ½H(y⊙y), u = ½xᵀQx, v = ½xᵀRx.

>>> compare("MC-07", "denominator", 2, 1, 0).formula  # (A + Aᵀ)x = (4, 8) of A = [[1, 2], [0, 3]]
>>> compare("MC-11", "denominator", 3, 4, 1, written="numerator").error
'f has 1 column, ∂u/∂x has 3 rows'

Source: MC-01 to MC-24 with errata E-20 to E-32.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.check import choose, require
from core.matrix_calculus.products import Term, clash, multiply, shape, split
from core.rng import generator

LAYOUTS = ("denominator", "numerator")
WRITTEN = ("right", *LAYOUTS, "guess", "printed")
MOST = 6  # rows and columns

Values = Mapping[str, Tensor]


@dataclass(frozen=True)
class Identity:
    """One identity.

    Attributes:
        id, name: the statement's.
        layouts: layouts in which the printed line is true.
        printed: the printed line.
        function: y as a text.
        sizes: of its variable and its constants: "n", "m" for vectors, "mn" for an m×n matrix.
        y: (values) -> a number, a vector; or of a matrix a number.
        right: the formula in denominator and in numerator layout.
        guess: a formula that students often write, "" where none is known.
        misprint: the formula as printed where it is another one.
        of: function, sizes and y of the printed left side where it is another one.
        variable: what y is differentiated by.
    """

    id: str
    name: str
    layouts: tuple[str, ...]
    printed: str
    function: str
    sizes: dict[str, str]
    y: Callable[[Values], Tensor]
    right: tuple[str, str]
    guess: str = ""
    misprint: str = ""
    of: tuple[str, dict[str, str], Callable[[Values], Tensor]] | None = None
    variable: str = "x"

    def side(self, printed: bool) -> tuple[str, dict[str, str], Callable[[Values], Tensor]]:
        """Function as a text, sizes and y of the left side."""
        return self.of if printed and self.of else (self.function, self.sizes, self.y)

    def formula(self, layout: str, written: str) -> str:
        """The right side as it is written: one of `WRITTEN`."""
        first, second = self.right
        forms = {
            "denominator": first,
            "numerator": second,
            "right": first if layout == "denominator" else second,
            "guess": self.guess,
        }
        return forms.get(written) or self.misprint or first


class Comparison(NamedTuple):
    """A formula beside autograd."""

    autograd: Tensor  # ∂y/∂x in the layout asked for
    formula: Tensor  # what the formula gives; (0, 0) where it cannot be multiplied or added
    difference: float | None  # largest of |formula − autograd|; None where the shapes differ
    error: str  # what does not fit, "" where all does
    terms: tuple[Term, ...]  # the factors of every term with their shapes


def f(v: Values) -> Tensor:
    """½F(x⊙x)."""
    return v["F"] @ (v["x"] * v["x"]) / 2


def g(v: Values) -> Tensor:
    """½G(x⊙x)."""
    return v["G"] @ (v["x"] * v["x"]) / 2


def u(v: Values) -> Tensor:
    """½xᵀQx."""
    return v["x"] @ v["Q"] @ v["x"] / 2


def v(values: Values) -> Tensor:
    """½xᵀRx."""
    return values["x"] @ values["R"] @ values["x"] / 2


def _affine(k: Values) -> Tensor:
    return (k["A"] @ k["x"] + k["b"]) @ k["C"] @ (k["D"] @ k["x"] + k["e"])


def _gram(k: Values) -> Tensor:
    return k["A"].T @ k["A"] @ k["x"]


def _layer(k: Values) -> Tensor:
    rest = k["W"] @ k["z"] - k["t"]
    return rest @ rest / 2


F, G, BOTH = {"F": "mn"}, {"G": "mn"}, {"F": "mn", "G": "mn"}
D_, N_ = ("denominator",), ("numerator",)
GRAM = "AᵀAx", {"x": "n", "A": "nn"}, _gram
_LIST = (
    Identity("MC-01", "Denominator convention", D_, "∂yⱼ/∂xᵢ in row i, column j", "f",
             {"x": "n"} | F, f, ("diag(x) Fᵀ", "F diag(x)"), "F x"),
    Identity("MC-02", "Product rule for scalars", LAYOUTS, "u ∂v/∂x + v ∂u/∂x", "u v",
             {"x": "n", "Q": "nn", "R": "nn"}, lambda k: u(k) * v(k),
             ("u ∂v/∂x + v ∂u/∂x",) * 2, "∂u/∂x ∂v/∂x"),
    Identity("MC-03", "Second derivative", (), "∂²u/∂x²", "∂u/∂x",
             {"x": "n", "Q": "nn"}, lambda k: (k["Q"] + k["Q"].T) @ k["x"] / 2,
             ("∂²u/∂x∂xᵀ",) * 2, "Q", "∂²u/∂x²"),
    Identity("MC-04", "Inner product of vector functions", (), "(∂f/∂x)ᵀ g + f ∂g/∂x", "fᵀg",
             {"x": "n"} | BOTH, lambda k: f(k) @ g(k),
             ("∂f/∂x g + ∂g/∂x f", "fᵀ ∂g/∂x + gᵀ ∂f/∂x"), "2 ∂f/∂x g", "(∂f/∂x)ᵀ g + f ∂g/∂x"),
    Identity("MC-05", "Bilinear form of vector functions", (), "(∂f/∂x)ᵀ A g + f(∂A/∂x)g",
             "fᵀAg", {"x": "n", "A": "mm"} | BOTH, lambda k: f(k) @ k["A"] @ g(k),
             ("∂f/∂x A g + ∂g/∂x Aᵀ f", "fᵀ A ∂g/∂x + gᵀ Aᵀ ∂f/∂x"), "∂f/∂x A g + ∂g/∂x A f",
             "(∂f/∂x)ᵀ A g + f(∂A/∂x)g"),
    Identity("MC-06", "Linear form", (), "∂(AᵀAg)/∂x = AᵀAg", "aᵀx",
             {"x": "n", "a": "n"}, lambda k: k["a"] @ k["x"], ("a", "aᵀ"), "aᵀ x", "Aᵀ A g",
             ("AᵀAg", {"x": "n", "A": "mm"} | G, lambda k: k["A"].T @ k["A"] @ g(k))),
    Identity("MC-07", "Quadratic form", (), "∂(AᵀAx)/∂x = (A+Aᵀ) x", "xᵀAx",
             {"x": "n", "A": "nn"}, lambda k: k["x"] @ k["A"] @ k["x"],
             ("(A+Aᵀ) x", "xᵀ (A+Aᵀ)"), "2 A x", "(A+Aᵀ) x", GRAM),
    Identity("MC-08", "Bilinear form of affine maps", D_, "Dᵀ Cᵀ (Ax+b) + Aᵀ C (Dx+e)",
             "(Ax+b)ᵀC(Dx+e)",
             {"x": "n", "A": "mn", "C": "mm", "D": "mn", "b": "m", "e": "m"}, _affine,
             ("Dᵀ Cᵀ (Ax+b) + Aᵀ C (Dx+e)", "(Ax+b)ᵀ C D + (Dx+e)ᵀ Cᵀ A"),
             "Dᵀ C (Ax+b) + Aᵀ C (Dx+e)"),
    Identity("MC-09", "Squared norm", (), "2 ∂(fᵀf)/∂x", "‖f‖²",
             {"x": "n"} | F, lambda k: f(k) @ f(k), ("2 ∂f/∂x f", "2 fᵀ ∂f/∂x"), "∂f/∂x f",
             "2 ∂(fᵀf)/∂x"),
    Identity("MC-10", "Names and constants", LAYOUTS, "a constant has the derivative 0", "aᵀb",
             {"x": "n", "a": "m", "b": "m"}, lambda k: k["a"] @ k["b"] + 0 * k["x"].sum(),
             ("0", "0"), "a"),
    Identity("MC-11", "Scalar times vector", N_, "u ∂f/∂x + f ∂u/∂x", "u f",
             {"x": "n", "Q": "nn"} | F, lambda k: u(k) * f(k),
             ("u ∂f/∂x + ∂u/∂x fᵀ", "u ∂f/∂x + f ∂u/∂x"), "u ∂f/∂x", "u ∂f/∂x + f ∂u/∂x"),
    Identity("MC-12", "Hadamard product", (), "∂(a⊙a)/∂x = diag(a)", "a⊙x",
             {"x": "n", "a": "n"}, lambda k: k["a"] * k["x"], ("diag(a)", "diag(a)"), "a",
             "diag(a)", ("a⊙a", {"x": "n", "a": "n"}, lambda k: k["a"] * k["a"] + 0 * k["x"])),
    Identity("MC-13", "Constant vector", LAYOUTS, "0", "a", {"x": "n", "a": "m"},
             lambda k: k["a"] + 0 * k["x"].sum(), ("0", "0"), "a"),
    Identity("MC-14", "Identity", LAYOUTS, "I", "x", {"x": "n"}, lambda k: 1 * k["x"],
             ("I", "I"), "1"),
    Identity("MC-15", "Linear map", N_, "A", "Ax", {"x": "n", "A": "mn"},
             lambda k: k["A"] @ k["x"], ("Aᵀ", "A"), "A x", "A"),
    Identity("MC-16", "Row-vector map", (), "Aᵀ x", "xᵀA", {"x": "n", "A": "nm"},
             lambda k: k["x"] @ k["A"], ("A", "Aᵀ"), "Aᵀ x", "Aᵀ x"),
    Identity("MC-17", "Gram matrix map", (), "Aᵀ (Ax)", "AᵀAx", {"x": "n", "A": "mn"}, _gram,
             ("Aᵀ A", "Aᵀ A"), "A Aᵀ", "Aᵀ (Ax)"),
    Identity("MC-18", "Constant matrix times vector function", (), "∂(AᵀAx)/∂x = A ∂x/∂x",
             "A f", {"x": "n", "A": "mm"} | F, lambda k: k["A"] @ f(k),
             ("∂f/∂x Aᵀ", "A ∂f/∂x"), "∂f/∂x A", "A ∂x/∂x", GRAM),
    Identity("MC-19", "Chain rule, vector by vector", (), "", "h(f)",
             {"x": "n", "H": "mm"} | F, lambda k: k["H"] @ (f(k) * f(k)) / 2,
             ("∂f/∂x ∂h/∂f", "∂h/∂f ∂f/∂x"), "∂f/∂x"),
    Identity("MC-20", "Scalar by matrix: linear forms", (), "", "aᵀXb",
             {"X": "nm", "a": "n", "b": "m"}, lambda k: k["a"] @ k["X"] @ k["b"],
             ("a bᵀ", "b aᵀ"), "b aᵀ", variable="X"),
    Identity("MC-21", "Scalar by matrix: quadratic forms", (), "", "tr(XᵀAX)",
             {"X": "nm", "A": "nn"}, lambda k: torch.trace(k["X"].T @ k["A"] @ k["X"]),
             ("(A+Aᵀ) X", "Xᵀ (A+Aᵀ)"), "2 A X", variable="X"),
    Identity("MC-22", "Scalar by matrix: determinant", (), "", "log|det X|", {"X": "nn"},
             lambda k: torch.linalg.slogdet(k["X"])[1], ("X⁻ᵀ", "X⁻¹"), "X⁻¹", variable="X"),
    Identity("MC-23", "Scalar by matrix: inverse", (), "", "aᵀX⁻¹b",
             {"X": "nn", "a": "n", "b": "n"},
             lambda k: k["a"] @ torch.linalg.solve(k["X"], k["b"]),
             ("-1 X⁻ᵀ a bᵀ X⁻ᵀ", "-1 X⁻¹ b aᵀ X⁻¹"), "-1 a bᵀ", variable="X"),
    Identity("MC-24", "Backprop through a linear layer", (), "", "½‖Wz−t‖²",
             {"W": "nm", "z": "m", "t": "n"}, _layer, ("δ zᵀ", "z δᵀ"), "z δᵀ", variable="W"),
)  # fmt: skip
IDENTITIES = {each.id: each for each in _LIST}


def numbers(identity: str, n: int, m: int, seed: int, printed: bool = False) -> dict[str, Tensor]:
    """Variable and constants of an identity: whole numbers from −2 to 2, no vector entry 0.

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
            found[name] = torch.randint(-2, 3, dims, generator=random).double()
        else:
            found[name] = _by_hand(*dims)
        if name == "X" and size == "nn":  # to be inverted
            found[name] += 3 * n * torch.eye(n, dtype=torch.float64)
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
