"""What is to be said and checked of an identity beside autograd, by other routes than autograd's.

Derivatives of the second route are imaginary steps (`stepped`) and closed forms in numpy; products
of a formula are multiplied again from right to left.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from core.check import Check, same
from core.matrix_calculus.comparing import Comparison, factors, holds, numbers, stepped, true_in
from core.matrix_calculus.identities import IDENTITIES, LAYOUTS, Values
from core.matrix_calculus.products import backwards, find, shape, split
from core.words import number

Arrays = dict[str, np.ndarray]
RIGHT = "in this layout, or at these sizes and numbers, the line is right"
ERRATA = dict(zip(
    ("MC-01", "MC-03", "MC-04", "MC-05", "MC-06", "MC-07", "MC-09", "MC-11", "MC-12", "MC-15",
     "MC-16", "MC-17", "MC-18"), range(20, 33),
))  # fmt: skip


def _f(k: Arrays, of: str = "F") -> np.ndarray:
    return k[of] @ (k["x"] ** 2) / 2


def _df(k: Arrays, of: str = "F") -> np.ndarray:
    return (k[of] @ np.diag(k["x"])).T


def _bend(k: Arrays) -> np.ndarray:
    return (k["Q"] + k["Q"].T) / 2


def _row(k: Arrays) -> np.ndarray:
    return np.zeros((len(k["x"]), len(k["a"])))


# ∂y/∂x in denominator layout
CLOSED: dict[str, Callable[[Arrays], np.ndarray]] = {
    "MC-04": lambda k: _df(k) @ _f(k, "G") + _df(k, "G") @ _f(k),
    "MC-05": lambda k: _df(k) @ (k["A"] @ _f(k, "G")) + _df(k, "G") @ (_f(k) @ k["A"]),
    "MC-06": lambda k: k["a"],
    "MC-07": lambda k: k["A"] @ k["x"] + k["x"] @ k["A"],
    "MC-08": lambda k: (
        (k["A"] @ k["x"] + k["b"]) @ (k["C"] @ k["D"])
        + (k["D"] @ k["x"] + k["e"]) @ (k["C"].T @ k["A"])
    ),
    "MC-09": lambda k: 2 * _df(k) @ _f(k),
    "MC-10": lambda k: np.zeros(len(k["x"])),
    "MC-11": lambda k: k["x"] @ _bend(k) @ k["x"] / 2 * _df(k) + np.outer(_bend(k) @ k["x"], _f(k)),
    "MC-12": lambda k: np.diag(k["a"]),
    "MC-13": _row,
    "MC-14": lambda k: np.eye(len(k["x"])),
    "MC-15": lambda k: k["A"].T,
    "MC-16": lambda k: k["A"],
    "MC-17": lambda k: np.einsum("ki,kj->ij", k["A"], k["A"]),
    "MC-19": lambda k: _df(k) @ (k["H"] @ np.diag(_f(k))).T,
    "MC-18": lambda k: np.einsum("ij,kj->ik", _df(k), k["A"]),
}


@lru_cache(maxsize=4096)
def _both(identity: str, n: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """∂y/∂x in closed form and by imaginary steps, (n, entries of y)."""
    values = numbers(identity, n, m, seed)
    theirs = stepped(identity, "denominator", values)
    closed = CLOSED[identity]({k: one.numpy() for k, one in values.items()})
    return closed.reshape(theirs.shape), theirs


def rule(identity: str, layout: str) -> str:
    """∂(xᵀAx)/∂x = (A+Aᵀ) x."""
    one = IDENTITIES[identity]
    name = one.function
    name = name if len(name) == 1 else f"({name})"
    return f"∂{name}/∂{one.variable} = {one.formula(layout, 'right')}"


def theorem(
    identity: str, layout: str, n: int, m: int, seed: int, claim: str | None = None
) -> Check:
    """An identity at these sizes: its closed form beside imaginary steps."""
    claim = claim or f"{rule(identity, layout)}: largest distance"
    return same(identity, claim, *_both(identity, n, m, seed))


def verdict(
    run: Comparison, identity: str, layout: str, written: str, n: int, m: int, seed: int
) -> Check:
    """The identity that is looked at: every number of its record by another route."""
    asked = other(layout) if written == "other" else written
    printed = written == "printed"
    values = numbers(identity, n, m, seed, printed)
    theirs = stepped(identity, layout, values, printed)
    terms = split(IDENTITIES[identity].formula(layout, asked))
    known = factors(values, layout, theirs.size // n)
    told, true = recounted(run, terms, known, theirs, theirs if written == "right" else None)
    needs = ()
    if written == "right":
        claim = f"{rule(identity, layout)}: largest distance"
    elif printed:
        claim, needs = _misprint(run, identity, layout, n, m, seed)
    else:
        claim = "what this formula gives and how far off it is, by another route: largest distance"
    return same(identity, claim, told, true, needs=needs)


def recounted(
    run: Comparison, terms: list[list[str]], known: Values, theirs: np.ndarray, mine=None
) -> tuple[list[float], list[float]]:
    """Every number of a record, and the same by steps and by products from right to left.

    Args:
        theirs: the derivative by steps.
        mine: what the formula should give where that is known, else it is multiplied out.
    """
    products = [backwards(names, known) for names in terms]
    shapes = {each.shape for each in products}
    fits = len(shapes) == 1 and (0, 0) not in shapes
    if mine is None:
        mine = sum(each.numpy() for each in products) if fits else np.empty((0, 0))
    told = [*run.autograd.flatten().tolist(), *run.formula.flatten().tolist()]
    true = [*theirs.flatten(), *mine.flatten()]
    if mine.shape == theirs.shape:
        told.append(np.inf if run.difference is None else run.difference)
        true.append(np.abs(mine - theirs).max())
    told += [side for term in run.terms for f in term for side in (f.rows, f.columns)]
    true += [side for names in terms for name in names for side in find(name, known).shape]
    return told, true


def _misprint(
    run: Comparison, identity: str, layout: str, n: int, m: int, seed: int
) -> tuple[str, tuple]:
    """The claim about the printed line, and where it does not apply."""
    one, code = IDENTITIES[identity], ERRATA.get(identity)
    line = one.printed
    if code is None or one.id == "MC-01":
        fits = layout in true_in(identity, n, m, seed, "printed")
        claim = f"as printed {line} is right: largest distance"
        return claim, ((fits, "the line belongs to the other layout"),)
    wrong = run.error or f"it is off by {number(run.difference or 0.0)}"
    claim = f"as printed (E-{code}) {line} is wrong: {wrong}; by another route"
    return claim, ((not holds(run), RIGHT),)


def other(layout: str) -> str:
    """The layout that is not this one."""
    return LAYOUTS[layout == LAYOUTS[0]]


def state(run: Comparison) -> str:
    """ "right", "value": the shape but not the entries, "shape", "clash", or "empty"."""
    if holds(run):
        return "right"
    if run.difference is not None:
        return "value"
    if not run.terms:
        return "empty"
    return "shape" if run.formula.numel() or "term" in run.error else "clash"


@lru_cache(maxsize=1024)
def layouts(identity: str, n: int, m: int, seed: int, written: str) -> str:
    """Where a formula is right with these numbers, in words."""
    found = true_in(identity, n, m, seed, written)
    return " and ".join(found) + f" layout{'s' if len(found) > 1 else ''}" if found else "no layout"


def sentence(
    run: Comparison, identity: str, layout: str, written: str, n: int, m: int, seed: int
) -> str:
    """The shape of the derivative, what the formula does, and where it is right."""
    one = IDENTITIES[identity]
    asked = {"right": layout, "other": other(layout)}.get(written, written)
    name, _, _ = one.side(written == "printed")
    name = name if len(name) == 1 else f"({name})"
    head = f"∂{name}/∂x is {shape(run.autograd)} in {layout} layout."
    where = f"With these numbers it is right in {layouts(identity, n, m, seed, asked)}."
    formula = one.formula(layout, asked)
    told = {
        "right": f"{formula} gives the same matrix.",
        "value": f"{formula} has this shape, but is off by {number(run.difference or 0.0)}.",
        "shape": f"{formula} does not fit: {run.error}.",
        "clash": f"{formula} cannot be multiplied: {run.error}.",
    }[state(run)]
    return f"{head} {told} {where}"
