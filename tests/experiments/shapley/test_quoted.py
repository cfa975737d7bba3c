"""What the texts quote is computed, and each of these numbers comes out of a second route."""

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
import torch

from core.experiments.shapley.explain import explain
from core.experiments.shapley.quoted import NUMBERS
from core.rng import generator
from core.shapley import (
    gaussian_background,
    glove,
    information_game,
    joint_covariance,
    random_game,
    regression_game,
    shap_values,
    shapley_values,
    voting,
)

ASSETS = Path(__file__).parents[3] / "assets"
TEXTS = [
    *sorted((ASSETS / "experiments/shapley").glob("*.toml")),
    ASSETS / "theory/shapley.md",
    ASSETS / "teaching/shapley.md",
]


@pytest.mark.parametrize("path", TEXTS[-2:], ids=lambda path: path.parent.name)
def test_no_decimal_and_no_fraction_stands_in_a_text_unless_it_is_given_there(path):
    given = {"0.9", "0.25", r"\frac12"}  # a correlation, a variance; half of a correlation
    found = re.findall(r"(?<!\w)\d+\.\d+|\\t?frac\d\d", path.read_text())
    assert set(found) <= given


# --- second routes -------------------------------------------------------------------------------


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def arrivals(v: Sequence[float]) -> list[float]:
    """φ as the plain mean over all orders of arrival, one player at a time."""
    n = len(v).bit_length() - 1
    shares = [0.0] * n
    for order in permutations(range(n)):
        present = 0
        for j in order:
            shares[j] += float(v[present | 1 << j] - v[present]) / math.factorial(n)
            present |= 1 << j
    return shares


def guess(rho: float) -> float:
    """E[X₁ | X₂ = 1] for unit variances and correlation ρ, by the trapezoidal rule."""
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    density = torch.exp(-(x**2 - 2 * rho * x + 1) / (2 * (1 - rho**2)))
    return float(torch.trapezoid(x * density, x) / torch.trapezoid(density, x))


BETA = t(1, 1, 1)
TWINS = torch.tensor([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]], dtype=torch.float64)


@cache
def risks(rho: float = 0.9) -> tuple[float, ...]:
    """−E Var(Y | X_S) for every S, least squares on rows that have the moments of the law."""
    cov = TWINS.clone()
    cov[0, 1] = cov[1, 0] = rho
    X = gaussian_background(torch.zeros(3).double(), cov, 200, generator(1))
    y, v = X @ BETA, []
    for S in range(8):
        columns = X[:, [j for j in range(3) if S >> j & 1]]
        missed = y - columns @ torch.linalg.lstsq(columns, y[:, None]).solution[:, 0] if S else y
        v.append(-float((missed**2).mean()) - 0.25)
    return tuple(v)


def left_out(v: Sequence[float], *players: int) -> float:
    return v[-1] - v[len(v) - 1 - sum(1 << j for j in players)]


def shuffled(j: int) -> float:
    """Rise of the squared loss of f = βᵀX if row i gets x_j of row k, over all pairs of rows."""
    X = gaussian_background(torch.zeros(3).double(), TWINS, 100, generator(2))
    mixed = X[:, None].repeat(1, len(X), 1)
    mixed[..., j] = X[:, j]
    return float(((mixed @ BETA - (X @ BETA)[:, None]) ** 2).mean())


def information(label) -> tuple[float, ...]:
    """I(X_S; Y) for S = ∅, 1, 2, 12, two bits and Y: the sum of P log P/(P P) over the table."""
    rows = [(a, b, label(a, b)) for a, b in product((0, 1), repeat=2) if label(a, b) >= 0]
    found = []
    for S in ((), (0,), (1,), (0, 1)):
        seen = [(tuple(row[i] for i in S), row[2]) for row in rows]
        told, said = [s for s, _ in seen], [y for _, y in seen]
        each = [
            math.log(seen.count((s, y)) * len(rows) / (told.count(s) * said.count(y)))
            for s, y in seen
        ]
        found.append(sum(each) / len(rows))
    return tuple(found)


def raised() -> float:
    """The least v(123), in steps of 0.05, at which nobody of the gloves would leave φ."""
    for k in range(41):
        v = [*GLOVES[:7], 1 + 0.05 * k]
        shares = arrivals(v)
        if all(sum(shares[i] for i in range(3) if S >> i & 1) >= v[S] - 1e-9 for S in range(1, 8)):
            return v[7]
    raise AssertionError("φ is never in the core")


def hindrance() -> int:
    """m(123) beside m(12) = 1 for which what 1 and 2 do to each other averages to 0."""

    def change(v: list[int]) -> int:
        return sum(v[S | 3] - v[S | 1] - v[S | 2] + v[S] for S in (0, 4))

    return next(m for m in range(-5, 6) if change([0, 0, 0, 1, 0, 0, 0, 1 + m]) == 0)


def tex(x: float) -> str:
    """0.5 as \\frac12."""
    f = Fraction(float(x)).limit_denominator(60)
    assert abs(f - float(x)) < 1e-9
    return str(f) if f.denominator == 1 else rf"\frac{f.numerator}{f.denominator}"


def ln2(x: float) -> str:
    part = tex(x / math.log(2))
    return {"0": "0", "1": r"\ln2"}.get(part, part + r"\ln2")


def row(values: Sequence[float]) -> str:
    return " | ".join(f"{x:.2f}" for x in (*values, sum(values)))


GLOVES = [float(x) for x in glove()]
PHI = arrivals(GLOVES)
SAGE, LOFO = arrivals(risks()), [left_out(risks(), j) for j in range(3)]
XOR, COPY = information(lambda a, b: a ^ b), information(lambda a, b: a if a == b else -1)


def explained(*place, **values) -> float:
    """f(x) from the other end: the baseline and then one φ after the other (XAI-20)."""
    base, phi = explain(*place, **values).of("interventional")
    return base + float(phi.sum())


def rows(name: str) -> int:
    with np.load(ASSETS / f"data/{name}.npz", allow_pickle=False) as file:
        return file["y"].size


SECOND = {
    "glove_left": lambda: tex(PHI[0]),
    "glove_right": lambda: tex(PHI[2]),
    "glove_pair": lambda: tex(PHI[0] + PHI[1]),
    "glove_gain": lambda: tex(GLOVES[3] - PHI[0] - PHI[1]),
    "raised": lambda: f"{raised():.2f}",
    "hindrance": hindrance,
    "unused": lambda: f"{arrivals([0, 1, guess(0.9), 1])[1]:.2f}",
    "sage": lambda: row(SAGE),
    "lofo": lambda: row(LOFO),
    "permutation": lambda: row([shuffled(j) for j in range(3)]),
    "alone": lambda: row([risks()[2**j] - risks()[0] for j in range(3)]),
    "saved": lambda: f"{risks()[7] - risks()[0]:.2f}",
    "sage_each": lambda: f"{SAGE[1]:.1f}",
    "lofo_each": lambda: f"{LOFO[1]:.2f}",
    "lofo_both": lambda: f"{left_out(risks(), 0, 1):.1f}",
    "lofo_times": lambda: f"{left_out(risks(), 0, 1) / sum(LOFO[:2]):.0f}",
    "bit_alone": lambda: ln2(XOR[1]),
    "bit_lofo": lambda: ln2(left_out(XOR, 0)),
    "bit_sage": lambda: ln2(arrivals(XOR)[0]),
    "missed": lambda: f"{100 * explained('breast_cancer', row=297, model='net'):.1f}",
    "wine_linear": lambda: f"{explained('wine', row=68, model='linear'):.2f}",
    "wine_net": lambda: f"{explained('wine', row=68, model='net'):.2f}",
    "coalitions_10": lambda: sum(math.comb(10, k) for k in range(11)),
    "coalitions_16": lambda: f"{sum(math.comb(16, k) for k in range(17)):,}".replace(",", r"\,"),
    "coalitions_27": lambda: f"{sum(math.comb(27, k) for k in range(28)):,}".replace(",", " "),
    "patients": lambda: rows("diabetes"),
    "tumours": lambda: rows("breast_cancer"),
    "bottles": lambda: rows("wine"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_quoted_number_comes_out_of_a_second_route(name):
    assert NUMBERS[name]() == SECOND[name]()


def test_the_second_routes_meet_the_core():
    for v in (glove(), voting((49, 49, 2)), voting((1, 1, 1)), random_game(4, 2)):
        assert torch.allclose(shapley_values(v), t(*arrivals([float(x) for x in v])))
    assert torch.allclose(regression_game(joint_covariance(BETA, TWINS, 0.25)), t(*risks()))
    joint = torch.zeros(2, 2, 2).double()
    for a, b in product((0, 1), repeat=2):
        joint[a, b, a ^ b] = 0.25
    assert torch.allclose(information_game(joint), t(*XOR))
    # XAI-19: −R(f_S) = I(X_S; Y) − H(Y); what f_S gives the label that is true
    assert [math.log(q) for q in (0.5, 0.5, 0.5, 1)] == pytest.approx(
        [i - math.log(2) for i in XOR]
    )


def test_two_copies_are_the_other_way_round_and_share_the_same():
    assert (COPY[1], left_out(COPY, 0)) == pytest.approx((left_out(XOR, 0), XOR[1]))
    assert arrivals(COPY) == pytest.approx(arrivals(XOR))


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.4, 0.9])
def test_an_unused_feature_gets_half_of_the_correlation(rho):
    assert guess(rho) == pytest.approx(rho, abs=1e-9)
    assert arrivals([0, 1, guess(rho), 1]) == pytest.approx([1 - rho / 2, rho / 2])
    cov = torch.tensor([[1, rho], [rho, 1]], dtype=torch.float64)
    rows = gaussian_background(torch.zeros(2).double(), cov, 60, generator(5))
    found = shap_values(lambda z: z[:, 0], t(1, 1), rows, "conditional", cov=cov).flatten()
    assert torch.allclose(found, t(1 - rho / 2, rho / 2))


def test_alone_lofo_and_permutation_miss_the_sum_and_negative_correlation_overshoots():
    saved = risks()[7] - risks()[0]
    assert sum(SAGE) == pytest.approx(saved)
    alone = [risks()[2**j] - risks()[0] for j in range(3)]
    for values in (LOFO, alone, [shuffled(j) for j in range(3)]):
        assert abs(sum(values) - saved) > 0.1
    for rho in (-0.95, -0.5, -0.05, 0.05, 0.5, 0.95):
        v = risks(rho)
        over = sum(left_out(v, j) for j in range(3)) - (v[7] - v[0])
        assert (over > 0) == (rho < 0)
