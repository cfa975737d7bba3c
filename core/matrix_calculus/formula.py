"""A scalar function of X from a typed formula such as "log(det(X.T @ X)) + a.T @ X @ b".

Python's own parser makes the tree; whatever is not in the tables below is refused, so that nothing
else can run. A matrix of one row and one column counts as a number wherever one is wanted.
"""

import ast
import re
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.matrix_calculus.functionals import Functional, Given, determinant

CHARACTERS, NODES, CONSTANT, POWER = 200, 60, 1e6, 8
NAMES = ("X", "A", "B", "a", "b", "I")
EXAMPLE = "tr(X.T @ A @ X)"
SPELLINGS = (("ᵀ", ".T"), ("^T", ".T"), ("'", ".T"), ("⁻¹", "^-1"), ("^", "**"), ("·", "*"),
             ("×", "*"), ("−", "-"), ("²", "**2"), ("³", "**3"))  # fmt: skip


class Part(NamedTuple):
    """A number (...) or a matrix (..., r, c)."""

    t: Tensor
    matrix: bool

    @property
    def shape(self) -> tuple[int, int]:
        return tuple(self.t.shape[-2:]) if self.matrix else (1, 1)

    @property
    def whole(self) -> Tensor:
        """As a matrix."""
        return self.t if self.matrix else self.t[..., None, None]

    @property
    def size(self) -> str:
        return "{} x {}".format(*self.shape)


def _made(t: Tensor) -> Part:
    """A matrix, or the number that a 1 x 1 matrix is."""
    return Part(t[..., 0, 0], False) if t.shape[-2:] == (1, 1) else Part(t, True)


def _square(name: str, part: Part) -> Tensor:
    if part.shape[0] != part.shape[1] or part.shape[0] > 4:
        raise ValueError(f"expected {name}( ) of a square matrix, got {part.size}")
    return part.whole


MATRIX = {  # functions of a whole matrix
    "tr": lambda p: Part(_square("tr", p).diagonal(dim1=-2, dim2=-1).sum(-1), False),
    "det": lambda p: Part(determinant(_square("det", p)), False),
    "logdet": lambda p: Part(determinant(_square("logdet", p)).abs().log(), False),
    "inv": lambda p: _made(torch.linalg.inv_ex(_square("inv", p)).inverse),
    "norm": lambda p: Part(p.whole.square().sum((-2, -1)).sqrt(), False),
    "sum": lambda p: Part(p.whole.sum((-2, -1)), False),
}
ENTRIES = {  # functions of every entry
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "sin": torch.sin,
    "cos": torch.cos,
}
FUNCTIONS = {**MATRIX, **ENTRIES}
SUMS = {ast.Add: torch.add, ast.Sub: torch.sub, ast.Mult: torch.mul, ast.Div: torch.div}
SIGNS = {ast.Add: "+", ast.Sub: "−", ast.Mult: "*", ast.Div: "/"}
ALLOWED = f"only numbers, {', '.join(NAMES)}, + - * / @ **, .T, parentheses and the functions "
ALLOWED += ", ".join(FUNCTIONS)


@lru_cache(maxsize=64)
def own(text: str) -> Functional:
    """The functional of a formula in X and the constants A, B (n, n), a, b (n, 1) and I.

    Allowed are numbers up to 1e6, + and − of matrices of one shape (a number is added to every
    entry), * and / entry by entry, @ the matrix product, powers ** of numbers by whole numbers up
    to 8 (of a matrix, X ** -1 only), .T, and the functions tr det logdet inv norm sum, and of every
    entry exp log sqrt abs tanh sigmoid sin cos. norm is Frobenius's, logdet is log|det|. Xᵀ, X',
    X^T and X⁻¹ are understood; at most 200 characters and 60 operations and values.

    Raises:
        ValueError: one sentence that says what is allowed and what was found instead.
    """
    tree = _tree(text)
    _admit(tree)

    def value(X: Tensor, k: Given) -> Tensor:
        found = _part(tree, X, k)
        if found.shape != (1, 1):
            raise ValueError(
                f"expected formula to give one number, as tr( ), sum( ) and norm( ) do, got a "
                f"{found.size} matrix"
            )
        return (found.whole[..., 0, 0] if found.matrix else found.t).expand(X.shape[:-2])

    plain = " ".join(text.split())
    return Functional(plain if len(plain) <= 40 else plain[:39] + "…", value)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _tree(text: str) -> ast.expr:
    if not isinstance(text, str):
        raise ValueError(f"expected formula to be text, got {type(text).__name__}")
    if len(text) > CHARACTERS:
        raise ValueError(f"expected formula of at most {CHARACTERS} characters, got {len(text)}")
    words = text
    for spelling, plain in SPELLINGS:
        words = words.replace(spelling, plain)
    words = re.sub(r"\bln\b", "log", words)
    if odd := re.search(r"[^A-Za-z0-9_ \t.+\-*/@(),]", words):
        raise ValueError(f"expected formula to use {ALLOWED}; got character {odd[0]!r}")
    try:
        tree = ast.parse(words.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            f"expected formula to be one complete expression such as {EXAMPLE}, got {_short(text)}"
        ) from None
    size = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if size > NODES:
        raise ValueError(f"expected formula of at most {NODES} operations and values, got {size}")
    return tree


def _admit(node: ast.expr) -> None:
    """Refuse whatever has no meaning here."""
    match node:
        case ast.Constant(value=value) if type(value) in (int, float):
            if value > CONSTANT:
                raise ValueError(
                    f"expected numbers in formula up to {CONSTANT:g}, got {float(value):g}"
                )
        case ast.Name(id=name) if name in NAMES:
            pass
        case ast.Name(id=name) if name in FUNCTIONS:
            raise ValueError(f"expected formula to have ( after {name}")
        case ast.Name(id=name):
            raise ValueError(f"expected formula to use {ALLOWED}; got name {_short(name)}")
        case ast.Attribute(value=inner, attr="T"):
            _admit(inner)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=inner):
            _admit(inner)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            _admit(left)
            _exponent(right)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SUMS or isinstance(
            op, ast.MatMult
        ):
            _admit(left)
            _admit(right)
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in FUNCTIONS:
            _admit(inner)
        case ast.Call(func=ast.Name(id=name), args=args) if name in FUNCTIONS:
            raise ValueError(f"expected {name} with 1 argument, got {len(args)}")
        case ast.Call(func=ast.Name(id=name)) if name not in NAMES:
            raise ValueError(f"expected formula to use {ALLOWED}; got name {_short(name)}")
        case _:
            found = _short(ast.unparse(node))
            raise ValueError(f"expected formula to use {ALLOWED}; got {found}")


def _exponent(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=value) if type(value) in (int, float) and value == int(value):
            power = int(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if type(value) in (
            int,
            float,
        ) and value == int(value):
            power = -int(value)
        case _:
            power = POWER + 1
    if abs(power) > POWER:
        wanted = f"exponents in formula to be whole numbers from -{POWER} to {POWER}"
        raise ValueError(f"expected {wanted}, got {_short(ast.unparse(node))}")
    return power


def _part(node: ast.expr, X: Tensor, k: Given) -> Part:
    match node:
        case ast.Constant(value=value):
            return Part(torch.tensor(float(value), dtype=torch.float64), False)
        case ast.Name(id=name):
            return _made(_named(name, X, k))
        case ast.Attribute(value=inner):
            part = _part(inner, X, k)
            return Part(part.t.mT, True) if part.matrix else part
        case ast.UnaryOp(op=op, operand=inner):
            part = _part(inner, X, k)
            return Part(-part.t, part.matrix) if isinstance(op, ast.USub) else part
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_part(left, X, k), _exponent(right))
        case ast.BinOp(left=left, op=op, right=right):
            return _both(op, _part(left, X, k), _part(right, X, k))
        case ast.Call(func=ast.Name(id=name), args=[inner]):
            part = _part(inner, X, k)
            return (
                MATRIX[name](part) if name in MATRIX else Part(ENTRIES[name](part.t), part.matrix)
            )
    raise AssertionError("admitted and not known")


def _named(name: str, X: Tensor, k: Given) -> Tensor:
    if name == "X":
        return X
    if name == "I":
        return torch.eye(X.shape[-1], dtype=torch.float64)
    found = getattr(k, name)
    return found[:, None] if found.ndim == 1 else found


def _power(base: Part, power: int) -> Part:
    if not base.matrix:
        return Part(base.t**power, False)
    if power == -1:
        return MATRIX["inv"](base)
    raise ValueError(
        f"expected a power of a number, got one of a {base.size} matrix: X * X is entry by entry, "
        "X @ X the matrix product"
    )


def _both(op: ast.operator, left: Part, right: Part) -> Part:
    if isinstance(op, ast.MatMult):
        if left.shape[1] != right.shape[0]:
            pair = f"{left.size} and {right.size}"
            raise ValueError(f"expected @ between shapes that fit in formula, got {pair}")
        return _made(left.whole @ right.whole)
    if left.matrix and right.matrix and left.shape != right.shape:
        pair = f"{left.size} and {right.size}"
        raise ValueError(f"expected {SIGNS[type(op)]} between equal shapes in formula, got {pair}")
    if left.matrix or right.matrix:
        return Part(SUMS[type(op)](left.whole, right.whole), True)
    return Part(SUMS[type(op)](left.t, right.t), False)
