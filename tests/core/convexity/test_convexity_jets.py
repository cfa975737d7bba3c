"""Taylor coefficients against nested autograd, central differences and closed forms."""

import math

import pytest
import torch
from torch.nn import functional

from core.convexity import derivatives, own
from core.convexity.jets import nested
from core.convexity.search import lowest, root
from core.rng import generator

X = torch.linspace(0.15, 1.9, 23, dtype=torch.float64)
FUNCTIONS = {
    "exp": torch.exp,
    "log": torch.log,
    "log1p": torch.log1p,
    "expm1": torch.expm1,
    "sin": torch.sin,
    "cos": lambda x: x.cos(),
    "tan": lambda x: torch.tan(x / 2),
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "logsigmoid": functional.logsigmoid,
    "softplus": functional.softplus,
    "atan": torch.atan,
    "sqrt": torch.sqrt,
    "power": lambda x: x**2.7 - x**-3 + x**5,
    "to a power": lambda x: 2.0**x + x**x,
    "quotient": lambda x: (1 - x) / (1 + x * x) - 3 / x,
    "tensor first": lambda x: torch.tensor(2.0) - torch.tensor(3.0) * x,
    "corners": lambda x: (x - 1).abs() + torch.maximum(x, 1 / x) - torch.minimum(x, x * x),
    "relu": lambda x: torch.relu(x - 0.6) + x.square() * torch.reciprocal(x),
    "nested": lambda x: torch.exp(torch.sin(x * x)) / (1 + torch.tanh(x) ** 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_nested_autograd(name):
    found, peer = derivatives(FUNCTIONS[name], X, 5), nested(FUNCTIONS[name], X, 5)
    assert torch.allclose(found, peer, rtol=1e-9, atol=1e-9)


def test_central_differences():
    h, f = 1e-4, FUNCTIONS["nested"]
    rows = derivatives(f, X, 3)
    for k in range(3):
        left, right = (derivatives(f, X + s * h, 2)[k] for s in (-1, 1))
        assert torch.allclose((right - left) / (2 * h), rows[k + 1], rtol=1e-5, atol=1e-5)


def test_closed_forms():
    signs = torch.tensor([(-1.0) ** k * math.factorial(k) for k in range(21)], dtype=torch.float64)
    assert torch.allclose(derivatives(lambda x: 1 / x, 1.0, 20), signs, rtol=1e-12)
    assert derivatives(lambda x: x**3, -2.0, 4).tolist() == [-8, 12, -12, 6, 0]
    assert derivatives(lambda x: (1 - x) ** 3, 1.0, 3).tolist() == [0, 0, 0, -6]  # base 0


def test_an_operation_outside_of_the_table_goes_through_autograd():
    found = derivatives(lambda x: torch.erf(x) * x, X, 3)
    slope = torch.erf(X) + X * torch.exp(-X * X) * 2 / math.sqrt(math.pi)
    assert torch.allclose(found[1], slope, rtol=1e-12)
    assert found.shape == (4, 23)


def test_typed_formulas_and_numbers():
    formula = own("exp(-x^2/2) + 2^x + atan(x) - max(x, 0.5)")
    assert torch.allclose(derivatives(formula, X, 4), nested(formula, X, 4), rtol=1e-9)
    assert derivatives(own("7"), X, 2).tolist() == [[7.0] * 23, [0.0] * 23, [0.0] * 23]


def test_shapes_and_corners():
    assert derivatives(torch.sin, X.view(1, 23), 2).shape == (3, 1, 23)
    assert derivatives(torch.abs, 0.0, 2).tolist() == [0, 0, 0]
    assert derivatives(torch.relu, 0.0, 1).tolist() == [0, 0.5]  # the mean of both sides


def test_refusals():
    with pytest.raises(ValueError, match="order"):
        derivatives(torch.sin, 0.0, -1)
    with pytest.raises(ValueError, match="x in"):
        derivatives(torch.sin, math.nan, 1)


def test_lowest_and_root():
    bumps = 3.0 * torch.rand(5, generator=generator(0), dtype=torch.float64)

    def wells(x):
        return -torch.exp(-200 * (x[..., None] - bumps).square()).sum(-1)

    x, v = lowest(wells, -1.0, 4.0)
    assert ((x[:5, None] - bumps).abs().amin(1) < 0.01).all()
    assert v[0] == v.min() and abs(float(derivatives(wells, x[:1], 1)[1])) < 1e-5
    assert root(torch.cos, 1.0, 2.0) == pytest.approx(math.pi / 2, abs=1e-15)
    assert root(lambda x: 2 - x * x, 0.0, 3.0) == pytest.approx(math.sqrt(2), abs=1e-15)
    x, _ = lowest(lambda x: (x - 0.3).abs(), -1.0, 1.0)
    assert float(x[0]) == pytest.approx(0.3, abs=1e-12)
