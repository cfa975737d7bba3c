r"""Derivatives of products in both layouts: 24 identities, each against autograd.

Denominator layout: :math:`D=\partial y/\partial x` has :math:`D_{ij}=\partial y_j/\partial x_i`,
n×m for x in Rⁿ and y in Rᵐ, so that a gradient is a column. Numerator layout: its transpose, the
Jacobian J. In a formula ∂f/∂x is read in the layout that is asked for.

The functions are small enough to be followed by hand, with constant matrices F, G, H, Q, R:
f = ½F(x⊙x), g = ½G(x⊙x), h(y) = ½H(y⊙y), u = ½xᵀQx, v = ½xᵀRx.

Source: MC-01 to MC-24 with errata E-20 to E-32.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

LAYOUTS = ("denominator", "numerator")
WRITTEN = ("right", *LAYOUTS, "guess", "printed")
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
