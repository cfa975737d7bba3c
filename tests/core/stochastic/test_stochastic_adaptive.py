"""Adaptive steps against torch.optim, by hand, and where Adam goes wrong."""

import math

import pytest
import torch

from core.landscapes import quadratic
from core.optimizers import internals, trajectories
from core.rng import generator
from core.stochastic import METHODS, adaptive, reddi, reddi_gradients, sparse_gradients

PEERS = {
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, eps=1e-8),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.95, eps=1e-8),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.97), eps=1e-8),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.97), eps=1e-8, amsgrad=True),
}


def drawn(T=80, d=3):
    g = torch.randn(T, d, generator=generator(0), dtype=torch.float64)
    g[30:] *= 0.05  # so that the maximum of amsgrad bites
    g[:, 0] *= 1e6
    return g


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


@pytest.mark.peer
@pytest.mark.parametrize("method", list(PEERS))
def test_every_step_is_that_of_torch(method):
    g = drawn()
    theta = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    peer, x = PEERS[method]([theta]), torch.zeros(3, dtype=torch.float64)
    found = adaptive(g, method, 0.1, beta=0.95, betas=(0.8, 0.97))
    for row, step in zip(g, found.step):
        theta.grad = row.clone()
        peer.step()
        x = x + step
        torch.testing.assert_close(x, theta.detach(), rtol=0, atol=1e-9)
    if method == "adam":
        state = peer.state[theta]
        torch.testing.assert_close(found.m[-1], state["exp_avg"])
        torch.testing.assert_close(found.v[-1], state["exp_avg_sq"])


@pytest.mark.parametrize("method", ["rmsprop", "adam", "adam_printed"])
def test_on_a_bowl_the_moves_are_those_of_the_optimizers(method):
    run = internals(quadratic(10.0, 30.0), method, torch.tensor([1.0, -1.0]).double(), 0.05, 40)
    found = adaptive(run.g, method, 0.05)
    torch.testing.assert_close(found.step, run.move, rtol=0, atol=1e-12)
    for name in ("v", "v_hat", "m", "m_hat"):
        if getattr(run, name) is not None:
            torch.testing.assert_close(getattr(found, name), getattr(run, name))


def test_three_steps_of_adam_by_hand():
    found = adaptive(column(1.0, 0.0, -2.0), "adam", 0.5, betas=(0.5, 0.75), eps=0.0)
    m, v = [0.5, 0.25, -0.875], [0.25, 0.1875, 1.140625]
    m_hat = [1.0, 0.25 / 0.75, -1.0]
    v_hat = [1.0, 0.1875 / 0.4375, 1.140625 / 0.578125]
    for got, expected in zip(found, (m, v, m_hat, v_hat)):
        assert got[:, 0].tolist() == pytest.approx(expected)
    moves = [-0.5 * a / math.sqrt(b) for a, b in zip(m_hat, v_hat)]
    assert found.step[:, 0].tolist() == pytest.approx(moves)
    assert found.rate[:, 0].tolist() == pytest.approx([0.5 / math.sqrt(b) for b in v_hat])
    plain = adaptive(column(1.0, 0.0, -2.0), "adam", 0.5, betas=(0.5, 0.75), corrected=False)
    assert plain.m_hat[:, 0].tolist() == pytest.approx(m)
    assert plain.v_hat[:, 0].tolist() == pytest.approx(v)
    top = adaptive(column(2.0, 0.0, 0.0), "amsgrad", 0.5, betas=(0.5, 0.75), corrected=False)
    assert top.v_hat[:, 0].tolist() == [1.0] * 3 and top.v[:, 0].tolist() == [1, 0.75, 0.5625]


def test_first_steps():
    g = torch.tensor([[3.0, -1e-3, 1e6]], dtype=torch.float64)
    sign = g.sign()
    adam = adaptive(g, "adam", 0.1, eps=0.0).step
    torch.testing.assert_close(adam, -0.1 * sign)
    rms = adaptive(g, "rmsprop", 0.1, beta=0.99, eps=0.0).step
    torch.testing.assert_close(rms, -0.1 / math.sqrt(1 - 0.99) * sign)
    grad = adaptive(torch.full((9, 1), -4.0), "adagrad", 0.1, eps=0.0).step
    torch.testing.assert_close(grad[:, 0], 0.1 / torch.arange(1, 10).double().sqrt())
    raw = adaptive(g, "adam", 0.1, eps=0.0, corrected=False).step
    torch.testing.assert_close(raw, -0.1 * 0.1 / math.sqrt(0.001) * sign)


def test_the_printed_root_and_torchs_differ_as_the_sheet_figures_say():
    """E-47: ½(x² + 10y²) from (1, 1), 20 steps of 0.01, β = 0.9, ε = 0.01."""
    for inside, expected in ((True, (0.7324, 0.7282)), (False, (0.7326, 0.7286))):
        x, seen = torch.ones(2, dtype=torch.float64), []
        for _ in range(20):
            seen.append(x * torch.tensor([1.0, 10.0]))
            made = adaptive(torch.stack(seen), "rmsprop", 0.01, beta=0.9, eps=0.01, inside=inside)
            x = x + made.step[-1]
        assert x.tolist() == pytest.approx(expected, abs=5e-5)


def test_adam_as_printed_goes_down_for_ever():
    for start, end, f in (((-1.0, -1.0), (-3.77, -1.45), None), ((1.0, 1.0), (-3.66, 0.42), 7.6)):
        x0 = torch.tensor(start, dtype=torch.float64)
        run = trajectories(quadratic(10.0), ["adam_printed"], x0, 0.1, 50)
        x = run.x[0]
        g = x[:-1] * torch.tensor([1.0, 10.0])
        moves = adaptive(g, "adam_printed", 0.1).step
        assert float(moves.max()) < 0
        torch.testing.assert_close(x0 + moves.sum(0), x[-1])
        assert x[-1].tolist() == pytest.approx(end, abs=0.005)
        assert f is None or float(run.f[0, -1]) == pytest.approx(f, abs=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_laws(method):
    g = drawn()
    found = adaptive(g, method, 0.1)
    assert all(part.shape == g.shape and part.isfinite().all() for part in found)
    if method != "adam_printed":
        ten, one = (adaptive(c * g, method, 0.1, eps=0.0) for c in (10, 1))
        torch.testing.assert_close(ten.step, one.step)  # the scale of the loss is of no matter
        torch.testing.assert_close(found.step, -found.rate * found.m_hat)
        none = adaptive(torch.zeros(5, 2), method, 0.1, eps=0.0)
        assert float(none.step.abs().max()) == 0
    halves = torch.linspace(0.2, 0.1, len(g), dtype=torch.float64)
    torch.testing.assert_close(adaptive(g, method, halves).step, found.step * halves[:, None] / 0.1)


def test_laws_of_printed_adam():
    with pytest.raises(ValueError, match="expected eps"):
        adaptive(drawn(), "adam_printed", 0.1, eps=0.0)


def test_sums_and_maxima_never_fall():
    g = drawn()
    assert float(adaptive(g, "adagrad", 0.1).v.diff(dim=0).min()) >= 0
    assert float(adaptive(g, "amsgrad", 0.1, corrected=False).v_hat.diff(dim=0).min()) >= 0
    assert float(adaptive(g, "amsgrad", 0.1, corrected=False).rate.diff(dim=0).max()) <= 0
    assert float(adaptive(g, "adam", 0.1, corrected=False).rate.diff(dim=0).max()) > 0


def test_a_rare_coordinate_keeps_long_steps():
    g = sparse_gradients(4000, 0.05, generator(0))
    assert bool((g[:, 0] == 1).all()) and set(g[:, 1].tolist()) == {0.0, 1.0}
    assert float(g[:, 1].mean()) == pytest.approx(0.05, abs=0.015)
    rate = adaptive(g, "adagrad", 0.1).rate[-1]
    assert float(rate[1] / rate[0]) == pytest.approx(0.05**-0.5, rel=0.2)
    noisy = sparse_gradients(4000, 0.3, generator(0), noise=0.5)
    there = noisy[:, 1] != 0
    assert float(there.double().mean()) == pytest.approx(0.3, abs=0.03)
    assert float(noisy[:, 0].std()) == pytest.approx(0.5, abs=0.03)


# --- Reddi, Kale and Kumar -----------------------------------------------------------------------


@pytest.mark.parametrize("C", [2.5, 3.0, 10.0])
def test_adam_ends_at_the_worst_point_and_amsgrad_at_the_best(C):
    bad, good = (reddi(method, 0.1, 6000, C=C) for method in ("adam", "amsgrad"))
    assert float(bad.x[-300:].min()) > 0.98 and float(good.x[-300:].max()) < -0.98
    # at +1 a round of three costs (C − 2) · 2, each step a third of it
    late = (bad.gradients * (bad.x[:-1] + 1))[3000:].mean()
    assert float(late) == pytest.approx(2 * (C - 2) / 3, rel=0.05)
    assert float(good.regret[-1]) < 0.2 * float(bad.regret[-1])


def test_the_moves_of_the_theorem_by_hand():
    """β₁ = 0: after C comes −lr C/√((1 − β₂) C²), then two steps back that are together longer."""
    C, lr = 3.0, 0.01
    run = reddi("adam", lr, 3, C=C)
    b2, v, x = 1 / (1 + C * C), 0.0, 0.0
    for t, g in enumerate((C, -1.0, -1.0), 1):
        v = b2 * v + (1 - b2) * g * g
        x -= lr / math.sqrt(t) * g / math.sqrt(v)
        assert float(run.x[t]) == pytest.approx(x, rel=1e-6)


def test_at_random_too():
    bad, good = (
        reddi(m, 0.5, 60_000, C=10.0, period=8, betas=(0.0, 0.5), generator=generator(2))
        for m in ("adam", "amsgrad")
    )
    assert float(bad.x[-20_000:].mean()) > 0.9 and float(good.x[-20_000:].mean()) < -0.9
    torch.testing.assert_close(bad.gradients, good.gradients)
    assert float((bad.gradients > 0).double().mean()) == pytest.approx(1 / 8, abs=0.01)


def test_the_losses_and_the_best_point():
    assert reddi_gradients(7, 3.0).tolist() == [3, -1, -1, 3, -1, -1, 3]
    up = reddi("amsgrad", 0.1, 3000, C=1.5)  # Σg < 0: the best point is +1
    assert float(up.x[-1]) > 0.9 and float(up.regret[-1]) < 0.1
    assert float(up.regret[0]) == 1.5 * (0 - 1)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"method": "sgd"}, "method"),
        ({"lr": 0.0}, "lr"),
        ({"lr": torch.ones(3)}, "lr"),
        ({"beta": 1.0}, "beta"),
        ({"betas": (1.0, 0.9)}, r"betas\[0\]"),
        ({"betas": (0.9, -0.1)}, r"betas\[1\]"),
        ({"eps": -1.0}, "eps"),
        ({"gradients": torch.ones(3)}, "gradients"),
        ({"gradients": torch.full((2, 2), math.nan)}, "gradients"),
    ],
)
def test_refusals(changes, name):
    with pytest.raises(ValueError, match=f"expected {name}"):
        adaptive(**{"gradients": drawn(), "method": "adam", "lr": 0.1} | changes)


def test_refusals_of_the_example():
    for changes, name in (({"C": 0.0}, "C"), ({"period": 1}, "period"), ({"start": 2.0}, "start")):
        with pytest.raises(ValueError, match=f"expected {name} "):
            reddi("adam", **changes)
    with pytest.raises(ValueError, match="expected rate"):
        sparse_gradients(5, 1.5, generator(0))
