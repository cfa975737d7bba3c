"""Sums of products of named matrices: do they conform, what do they give, which edge clashes.

A formula is a text, "u ∂f/∂x + ∂u/∂x fᵀ": terms between " + ", factors between blanks. Vectors are
columns; a number, such as u or 2, goes with every matrix.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

MARKS = {
    "⁻¹": "^{-1}",
    "⁻ᵀ": r"^{-\top}",
    "ᵀ": r"^\top ",
    "²": "^2",
    "ⱼ": "_j",
    "ᵢ": "_i",
    "⊙": r"\odot ",
    "δ": r"\delta ",
    "‖": r"\|",
    "∂": r"\partial ",
    "log|det X|": r"\log|\det X|",
    "-1": "-",
}
NUMBERS = ("u", "v", "2", "-1")  # what is multiplied into a product wherever it stands


class Factor(NamedTuple):
    """One factor of a product; `number` where it is a scalar that fits everywhere."""

    name: str
    rows: int
    columns: int
    number: bool = False


Term = tuple[Factor, ...]


class Product(NamedTuple):
    """A product with its shapes.

    `value` is empty (0, 0) where it does not conform, and `clash` the number of the factor whose
    rows do not meet the columns before it, else −1.
    """

    factors: Term
    value: Tensor
    clash: int


def split(formula: str) -> list[list[str]]:
    """The names of a formula, term by term."""
    return [term.split() for term in formula.split(" + ")] if formula else []


def find(name: str, known: Mapping[str, Tensor]) -> Tensor:
    """A named matrix, (rows, columns); a raised ᵀ is its transpose.

    Raises:
        ValueError: for a name that is not known.
    """
    if name in known:
        return known[name]
    if name.endswith("ᵀ"):
        plain = name[:-1]
        plain = plain[1:-1] if plain.startswith("(") and plain[1:-1] in known else plain
        if plain in known:
            return known[plain].T
    raise ValueError(f"expected a factor among {', '.join(known)}, got {name!r}")


def multiply(names: Sequence[str], known: Mapping[str, Tensor]) -> Product:
    """The product of named factors from left to right."""
    found = [find(name, known) for name in names]
    factors = tuple(
        Factor(name, *each.shape, name in NUMBERS) for name, each in zip(names, found, strict=True)
    )
    value, number = None, torch.ones(1, 1, dtype=torch.float64)
    for i, (factor, each) in enumerate(zip(factors, found, strict=True)):
        if factor.number:
            number = number * each
        elif value is None:
            value = each
        elif value.shape[1] != each.shape[0]:
            return Product(factors, torch.empty(0, 0, dtype=torch.float64), i)
        else:
            value = value @ each
    return Product(factors, number * (number.new_ones(1, 1) if value is None else value), -1)


def backwards(names: Sequence[str], known: Mapping[str, Tensor]) -> Tensor:
    """The same product from right to left; (0, 0) where it does not conform."""
    value, number = None, 1.0
    for name in reversed(names):
        each = find(name, known)
        if name in NUMBERS:
            number *= float(each)
        elif value is None:
            value = each
        elif each.shape[1] != value.shape[0]:
            return torch.empty(0, 0, dtype=torch.float64)
        else:
            value = torch.einsum("ij,jk->ik", each, value)
    return torch.full((1, 1), number).double() if value is None else number * value


def shape(matrix: Tensor) -> str:
    """3×4."""
    return "×".join(map(str, matrix.shape))


def clash(product: Product) -> str:
    """What does not fit in a product that does not conform."""
    right = product.factors[product.clash]
    left = next(f for f in product.factors[product.clash - 1 :: -1] if not f.number)
    return (
        f"{left.name} has {counted(left.columns, 'column')}, "
        f"{right.name} has {counted(right.rows, 'row')}"
    )


def counted(count: int, thing: str) -> str:
    """1 row, 3 rows."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def tex(formula: str) -> str:
    r"""A formula as LaTeX: ∂f/∂x as \tfrac{\partial f}{\partial x}."""
    return " + ".join(r"\,".join(map(_tex, names)) for names in split(formula))


def _tex(name: str) -> str:
    name = re.sub(r"∂(²?)(\w|\(fᵀf\)|\(AᵀAx\)|\(AᵀAg\))/∂([^)]+)", _fraction, name)
    for mark, word in MARKS.items():
        name = name.replace(mark, word)
    name = re.sub(r"diag\((\w)\)", r"\\mathrm{diag}(\1)", name)
    return name.replace(r"(\tfrac", r"\bigl(\tfrac").replace("})^", r"}\bigr)^")


def _fraction(found: re.Match) -> str:
    square, above, below = found.groups()
    return rf"\tfrac{{∂{square}{above}}}{{∂{below}}}"
