"""What the statements on gated cells quote is so."""

import math

import pytest
import torch

from core.recurrence import gru_run, gru_step
from core.rng import generator
from tests.said import text


def logistic(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def test_a_gate_of_bias_6_keeps_four_fifths():
    """RNN-07."""
    assert f"{logistic(6):.4f}" == "0.9975" and f"{logistic(6) ** 99:.3f}" == "0.783"
    assert "$0.9975$, of which $0.783$" in text("RNN-07")


def test_the_two_forms_of_the_reset_gate_and_of_u():
    """RNN-07."""
    weights = {
        "weight_ih": torch.zeros(6, 1, dtype=torch.float64),
        "weight_hh": torch.tensor([[0.0, 0]] * 4 + [[1, 1], [0, 1]], dtype=torch.float64),
        "bias_ih": torch.tensor([0, 40, 9, 9, 0, 0], dtype=torch.float64),
    }
    weights["bias_ih"][2:4] = math.log(9)
    x, h = torch.zeros(1, dtype=torch.float64), torch.tensor([1.0, -1.0], dtype=torch.float64)
    for reset, told in (("inside", "(-0.462,-0.762)"), ("outside", "(0,-0.762)")):
        n = gru_step(x, h, weights, reset=reset).n.tolist()
        assert f"({n[0]:.3g},{n[1]:.3g})" == told and told in text("RNN-07")
    weights["weight_hh"] = 0 * weights["weight_hh"]
    for sense, left in (("new", 0.1), ("old", 0.9)):
        assert gru_step(x, h, weights, sense=sense).h[0].item() == pytest.approx(left)


def test_the_state_is_a_mean_of_the_candidates():
    """CNN-35, by the recursion of the weights."""
    random = generator(0)
    weights = {
        name: torch.randn(shape, generator=random, dtype=torch.float64)
        for name, shape in (("weight_ih", (9, 2)), ("weight_hh", (9, 3)))
    }
    x = torch.randn(12, 2, generator=random, dtype=torch.float64)
    h0 = torch.randn(3, generator=random, dtype=torch.float64)
    run = gru_run(x, h0, weights)
    shares = torch.zeros(13, 3, dtype=torch.float64)
    shares[0] = 1
    for t in range(12):
        shares *= run.u[t]
        shares[t + 1] = 1 - run.u[t]
    assert (shares >= 0).all()
    torch.testing.assert_close(shares.sum(0), torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close((shares * torch.cat([h0[None], run.n])).sum(0), run.h[-1])


def test_an_lstm_counts_five_ones():
    """RNN-08, with the weights of the page: i and f by biases 6, g = tanh(2x + h₁ + h₂)."""
    f = i = logistic(6)
    h1 = h2 = c1 = c2 = 0.0
    for _ in range(5):
        g1, g2 = math.tanh(2 + h1 + h2), math.tanh(h2 - 2)
        c1, c2 = f * c1 + i * g1, f * c2 + i * g2
        h1, h2 = logistic(4) * math.tanh(c1), logistic(4) * math.tanh(c2)
    assert f"{c1:.2f}" == "4.78" and "give $4.78$" in text("RNN-08")
    assert f"{0.5**24:.0e}" == "6e-08" and "2^{-24}\\approx6\\cdot10^{-8}" in text("RNN-08")
