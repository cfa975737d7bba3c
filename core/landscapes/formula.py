"""A landscape from a typed formula f(x, y): a whitelist over the syntax tree, never an evaluation.

The text becomes tokens, the tokens a syntax tree, the tree a closure over torch functions. Nothing
that is not in the tables below has a meaning, so nothing else can run. Gradient and Hessian come
from autograd: two backward passes over the whole batch at once, as the sum of f over the batch has
the gradient of each f in its own place.
"""

import ast
import math
import re
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from core.landscapes.landscape import Landscape

FUNCTIONS = {
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "exp": torch.exp,
    "log": torch.log,
    "ln": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tanh": torch.tanh,
    "atan": torch.atan,
    "min": torch.minimum,
    "max": torch.maximum,
}
CONSTANTS = {"pi": math.pi, "e": math.e}
COORDINATES = {"x": 0, "y": 1, "x1": 0, "x2": 1}
OPERATORS = {ast.Add: torch.add, ast.Sub: torch.sub, ast.Mult: torch.mul, ast.Div: torch.div}
SPELLINGS = str.maketrans(
    {c: " * " for c in "·×∙⋅"}
    | {c: " - " for c in "−–"}
    | {"÷": " / ", "π": " pi ", "√": " sqrt ", "²": "^2", "³": "^3", "₁": "1", "₂": "2"}
)
TOKEN = re.compile(
    r"(?P<space>[ \t]+)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),])",
    re.ASCII,
)
WORD = r"(?<![A-Za-z0-9_]){}(?![A-Za-z0-9_])"
SIGNS = {"**", *"-+*/^(),"}
CHARACTERS, NODES, DEPTH = 200, 80, 50
CONSTANT, EXPONENT = 1e6, 16
EXAMPLE = "x^2 + 3*y^2"
ALLOWED = "only numbers, x, y, pi, e, + - * / ^, parentheses and the functions "
ALLOWED += ", ".join(FUNCTIONS)


def from_formula(text: str) -> Landscape:
    """The landscape f(x, y) of a formula such as "(1 - x)^2 + 100*(y - x^2)^2".

    Allowed are numbers up to 1e6, x, y (or x1, x2), + - * / ^, parentheses, pi, e and the functions
    sin cos tan exp log (ln) sqrt abs sinh cosh tanh atan, min and max of two. Exponents that are
    numbers lie in [-16, 16]; at most 200 characters and 80 operations and values. Where f is not
    defined, as log of a negative number, its value is NaN or inf.

    ^ and ** are powers, · × − ÷ π √ ² ³ are understood. The minima are unknown, the domain is
    [-3, 3]².

    Raises:
        ValueError: one sentence that says what is allowed and what was found instead.
    """
    part = _part(_tree(_tokens(text), text), 0)
    f = part if callable(part) else lambda x, y: part
    functions = (partial(_value, f), partial(_slope, f), partial(_curvature, f))
    minima, domain = torch.empty(0, 2, dtype=torch.float64), ((-3.0, 3.0), (-3.0, 3.0))
    name = _printed(" ".join(text.split()))
    name = name if len(name) <= 40 else name[:39] + "…"
    landscape = Landscape(name, *functions, minima, domain)
    t = torch.linspace(-3, 3, 25, dtype=torch.float64)
    if not landscape.value(*torch.meshgrid(t, t, indexing="xy")).isfinite().any():
        raise ValueError(f"expected formula to be finite somewhere on [-3, 3]², got {_short(text)}")
    return landscape


def line_formula(text: str, letter: str = "x") -> Callable[[Tensor], Tensor]:
    """The function of places of any shape that a formula in one letter says: "sin(3*z) + z/3".

    What is allowed is what `from_formula` allows, without a second variable.

    Raises:
        ValueError: one sentence that says what is allowed and what was found instead.
    """
    if isinstance(text, str):
        others = "y|x[12₁₂]" if letter == "x" else "y|x[12₁₂]?"
        if other := re.search(WORD.format(f"({others})"), text):
            raise ValueError(f"expected formula to use {letter}, got {other[1]}")
        text = re.sub(WORD.format(letter), "x", text)
    try:
        value = from_formula(text).value
    except ValueError as refusal:
        told = str(refusal).replace("x, y", letter).replace(" + 3*y^2", "").replace("]²", "]")
        raise ValueError(re.sub(WORD.format("x"), letter, told)) from None
    return lambda places: value(places, torch.zeros_like(places))


def _tokens(text: str) -> str:
    """The formula in allowed words only, separated by blanks, with ** for powers."""
    if not isinstance(text, str):
        raise ValueError(f"expected formula to be text, got {type(text).__name__}")
    if len(text) > CHARACTERS:
        raise ValueError(f"expected formula of at most {CHARACTERS} characters, got {len(text)}")
    text = text.translate(SPELLINGS).strip()
    words, at, before = [], 0, ""
    while at < len(text):
        token = TOKEN.match(text, at)
        if not token:
            raise ValueError(f"expected formula to use {ALLOWED}; got character {text[at]!r}")
        at, kind, word = token.end(), token.lastgroup, token.group()
        if kind == "space":
            continue
        if kind == "name" and word not in FUNCTIONS | CONSTANTS | COORDINATES:
            raise ValueError(f"expected formula to use {ALLOWED}; got name {_short(word)}")
        if kind == "number" and float(word) > CONSTANT:
            raise ValueError(f"expected numbers in formula up to {CONSTANT:g}, got {_short(word)}")
        if before in FUNCTIONS and word != "(":
            raise ValueError(f"expected formula to have ( after {before}, got {_short(word)}")
        ends = bool(before) and (before not in SIGNS or before == ")") and before not in FUNCTIONS
        if ends and (kind != "sign" or word == "("):
            pair = _short(f"{before} {word}")
            raise ValueError(f"expected formula to have * between factors, as in 2*x, got {pair}")
        before = word
        if kind == "number":
            word = repr(float(word))
        words.append("**" if word == "^" else word)
    return " ".join(words)


def _tree(words: str, text: str) -> ast.expr:
    """The syntax tree of the words of a text, within the limits of size."""
    try:
        tree = ast.parse(words, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        whole = f"one complete expression such as {EXAMPLE}"
        raise ValueError(f"expected formula to be {whole}, got {_short(text)}") from None
    kinds = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant)
    size = sum(isinstance(node, kinds) for node in ast.walk(tree))
    if size > NODES:
        raise ValueError(f"expected formula of at most {NODES} operations and values, got {size}")
    return tree


def _part(node: ast.expr, depth: int) -> Tensor | Callable[[Tensor, Tensor], Tensor]:
    """A closure over (x, y), or a tensor () where the subtree is constant."""
    if depth > DEPTH:
        raise ValueError(f"expected formula nested at most {DEPTH} deep, got more")
    match node:
        case ast.Constant(value=float(value)):
            return torch.tensor(value, dtype=torch.float64)
        case ast.Name(id=name) if name in CONSTANTS:
            return torch.tensor(CONSTANTS[name], dtype=torch.float64)
        case ast.Name(id=name) if name in COORDINATES:
            return (lambda x, y: y) if COORDINATES[name] else (lambda x, y: x)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _part(inner, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _applied(torch.neg, _part(inner, depth + 1))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_part(left, depth + 1), _part(right, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            parts = (_part(left, depth + 1), _part(right, depth + 1))
            return _applied(OPERATORS[type(op)], *parts)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            arity = 2 if name in ("min", "max") else 1
            if len(args) != arity:
                raise ValueError(f"expected {name} with {arity} argument(s), got {len(args)}")
            return _applied(FUNCTIONS[name], *(_part(arg, depth + 1) for arg in args))
    raise ValueError(f"expected formula to be one expression such as {EXAMPLE}, got a list or *")


def _power(base, exponent):
    if callable(exponent):
        return _applied(torch.pow, base, exponent)
    n = exponent.item()
    if abs(n) > EXPONENT:
        raise ValueError(f"expected exponents in formula in [-{EXPONENT}, {EXPONENT}], got {n:g}")
    return _applied(lambda b: b**n, base)


def _applied(function: Callable[..., Tensor], *parts):
    """function(*parts) as a closure, or at once as a finite number when every part is one."""
    if not any(callable(part) for part in parts):
        value = function(*parts)
        if not value.isfinite():
            raise ValueError(f"expected the constants of formula to be finite, got {value:g}")
        return value
    if len(parts) == 1:
        return lambda x, y: function(parts[0](x, y))
    left, right = (part if callable(part) else lambda x, y, c=part: c for part in parts)
    return lambda x, y: function(left(x, y), right(x, y))


def _value(f, x: Tensor, y: Tensor) -> Tensor:
    x, y = torch.broadcast_tensors(x, y)
    return f(x, y).expand(x.shape)


def _leaves(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Copies to differentiate by."""
    return tuple(t.detach().clone().requires_grad_() for t in torch.broadcast_tensors(x, y))


def _partials(f: Tensor, by: tuple[Tensor, ...], again: bool = False) -> tuple[Tensor, ...]:
    """Derivatives of every entry of f by the same entry of each tensor in `by`."""
    if not f.requires_grad:
        return tuple(torch.zeros_like(t) for t in by)
    return torch.autograd.grad(
        f, by, torch.ones_like(f), create_graph=again, allow_unused=True, materialize_grads=True
    )


def _slope(f, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    with torch.inference_mode(False), torch.enable_grad():
        x, y = _leaves(x, y)
        return _partials(_value(f, x, y), (x, y))


def _curvature(f, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    with torch.inference_mode(False), torch.enable_grad():
        x, y = _leaves(x, y)
        fx, fy = _partials(_value(f, x, y), (x, y), again=True)
        fxx, fxy = _partials(fx, (x, y), again=True)  # keeps the graph for the next line
        (fyy,) = _partials(fy, (y,))
    return fxx.detach(), fxy.detach(), fyy


def _printed(text: str) -> str:
    """A formula as in print: x², 3 · sin(x)."""
    raised = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    text = re.sub(r"\s*(?:\*\*|\^)\s*(\d+)(?![\d.])", lambda m: m[1].translate(raised), text)
    return text.replace("*", "·").replace("-", "−")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
