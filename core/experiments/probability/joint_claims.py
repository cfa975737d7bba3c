"""What a joint table claims: PROB-01 to PROB-04, PROB-06, PROB-07; and in words."""

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.experiments.probability.joint import Joint
from core.probability import (
    chain,
    conditional_gap,
    conditionals,
    factorised,
    given,
    largest,
    orders,
    printed_marginal,
    told,
)
from core.words import number

NEAR = 1e-9  # a difference below it is rounding
TOLD = "largest difference"


def checks(run: Joint, *, law: str, z: str, printed: bool) -> list[Check]:
    """Sums, products, independence, and what is left of it once Z is known."""
    cells = run.table.tolist()
    px, py = [sum(row) for row in cells], [sum(column) for column in zip(*cells, strict=True)]
    sums, found = [*px, *py, 1.0, 1.0, 1.0], [run.px, run.py, *_total(run)]
    outer = [[p - a * b for p, b in zip(row, py)] for row, a in zip(cells, px)]
    rank = (independent(run), "the rows of the table are not multiples of one row")
    seen = run.px > 0
    rows = run.given[seen]
    claim = "each row adds up to P(x), each column to P(y), P(x), P(y) and all cells to 1"
    out = [
        same("PROB-01", f"{claim}: {TOLD}", torch.cat(found), sums),
        same("PROB-03", f"P(x, y) − P(x) P(y) in each cell: {TOLD}", run.gap, outer),
        same("PROB-02", f"{_product(run)}: {TOLD}", _factors(run), _wanted(run, z)),
        same("PROB-03", f"independent: P(y | x) is P(y) in every row: {TOLD}", rows,
             run.py.expand_as(rows), needs=(rank,)),
        *_third(run, law),
    ]  # fmt: skip
    if printed:
        total = float(printed_marginal(run.table).nan_to_num().sum())
        fits = (abs(total - 1) < NEAR, f"its sums add up to {number(total, 4)}")
        claim = "as printed (E-01) Σⱼ P(xᵢ, yᵢ), the same cell again and again: all i add up to 1"
        out.insert(2, equal("PROB-01", claim, total, 1.0, needs=(fits,)))
    return out


def _total(run: Joint) -> list[Tensor]:
    """All sums that are 1."""
    return [torch.stack([x.sum() for x in (run.px, run.py, run.table)])]


def independent(run: Joint) -> bool:
    """Whether the rows, each divided by its sum, are one row, however light some of them are."""
    rows = run.table[run.px > 0]
    rows = rows / rows.sum(1, keepdim=True)
    return float((rows - rows[0]).abs().max()) < NEAR / 10


def _product(run: Joint) -> str:
    if run.solid is None:
        return "P(x) P(y | x) = P(y) P(x | y) = P(x, y)"
    return "P(x) P(y | x) is what P(x, y, z) leaves for the cell, whose factors in 6 orders give it"


def _factors(run: Joint) -> Tensor:
    """Products of conditionals, 0 where a condition has probability 0."""
    one = (run.px[:, None] * run.given).flatten()
    if run.solid is None:
        back = conditionals(run.table, 1) * run.py
        return torch.cat([one, back.flatten()]).nan_to_num()
    out = [one]
    for order in orders(3):
        product = torch.ones_like(run.solid)
        for factor in chain(run.solid, order):
            product = product * factor
        out.append(product.flatten())
    return torch.cat(out).nan_to_num()


def _wanted(run: Joint, z: str) -> Tensor:
    """The cells, those of X and Y read off the solid table where there is one."""
    if run.solid is None:
        return torch.cat([run.table.flatten()] * 2)
    cells = run.solid.sum(2) if z == "unknown" else given(run.solid)[:, :, int(z)]
    return torch.cat([cells.flatten()] + [run.solid.flatten()] * 6)


def _third(run: Joint, law: str) -> list[Check]:
    """X ⊥ Y given Z, the factors that makes, and that Y then has nothing more to say."""
    solid = run.solid
    claims = {
        "PROB-04": "given Z, P(x, y | z) = P(x | z) P(y | z)",
        "PROB-06": "P(x, y, z) = P(z) P(x | z) P(y | z)",
        "PROB-07": "given Z, Y says nothing more: P(x | y, z) = P(x | z) wherever P(y, z) > 0",
    }
    if solid is None:
        none = ((False, "there is no third variable"),)
        return [same(id, f"{text}: {TOLD}", 0.0, 0.0, needs=none) for id, text in claims.items()]
    gap = largest(conditional_gap(solid))
    needs = ((gap < NEAR, f"X and Y depend on each other given Z, by up to {number(gap)}"),)
    pair = given(solid)
    parts = factorised(solid.sum((0, 1)), pair.sum(1), pair.sum(0))
    more, less = told(solid)
    defined = ~more.isnan()
    sides = {
        "PROB-04": (conditional_gap(solid).nan_to_num(), 0.0),
        "PROB-06": (parts, solid),
        "PROB-07": (more[defined], less[:, None].expand_as(more)[defined]),
    }
    return [same(id, f"{text}: {TOLD}", *sides[id], needs=needs) for id, text in claims.items()]


# --- words ---------------------------------------------------------------------------------------

COPIES = {
    "xor": "Z copies whether X and Y differ",
    "collider": "Z copies “X or Y”",
    "common_cause": "X and Y are copies of Z",
}


def says(run: Joint, *, law: str, z: str, row: int, col: int, printed: bool = False) -> str:
    """Whether X and Y depend on each other, and what the chosen row says."""
    i, j = run.cell(row, col)
    knows = "" if run.solid is None else f"{COPIES[law]}. "
    knows += "" if run.solid is None else "Z is not known: " if z == "unknown" else f"Z is {z}: "
    if independent(run):
        free = "X and Y are independent, every cell is the product of its two margins."
    else:
        free = "X and Y depend on each other, a cell is off the product of its two margins by up "
        free += f"to {number(run.off)}."
    x, y = called(run, "x", i), called(run, "y", j)
    if not float(run.px[i]) > 0:
        return f"{knows}{free} P({x}) = 0: what Y does given {x} is undefined."
    told = f"{knows}{free} Row {x} adds up to {number(run.px[i])}; given {x}, {y} has probability "
    told += f"{number(run.given[i, j], zero=NEAR)}, without that knowledge {number(run.py[j])}."
    if printed:
        wrong = number(printed_marginal(run.table)[i])
        told += f" As printed the row would add up to {wrong}." * (wrong != "nan")
    return told


def called(run: Joint, letter: str, k: int) -> str:
    """The k-th value of a variable: x₂, or X = 1 where there are three binary ones."""
    if run.solid is None:
        return f"{letter}{'₁₂₃₄'[k]}"
    return f"{letter.upper()} = {k}"


def _rings(run: Joint) -> tuple[str, dict[str, str]]:
    """By how much X = 1 gets likelier or less likely once Y = 1 is known."""
    now, before = float(run.table[1, 1] / run.table[:, 1].sum()), float(run.table[1].sum())
    facts = {"before": number(before), "now": number(now, zero=NEAR)}
    moved = abs(now - before)
    return ("same" if moved < NEAR else "little" if moved < 0.25 else "all"), facts


def _cause(run: Joint) -> tuple[str, dict[str, str]]:
    now, before = float(run.table[1, 1] / run.table[:, 1].sum()), float(run.table[1].sum())
    facts = {"before": number(before), "now": number(now)}
    pair = run.solid.sum(2)  # while Z is not known
    facts |= {"coin": number(pair[1].sum()), "alarm": number(pair[1, 1] / pair[:, 1].sum())}
    return ("nothing" if abs(now - before) < NEAR else "more" if now > before else "less"), facts


def _never(run: Joint) -> tuple[str, dict[str, str]]:
    x, y, both = run.table[1].sum(), run.table[:, 1].sum(), run.table[1, 1]
    facts = {"x": number(x), "y": number(y), "both": number(both), "product": number(x * y)}
    return ("yes" if independent(run) else "no"), facts


answers = {"bell": _rings, "never": _never, "cause": _cause}
