"""Gated cells against torch's, their derivatives, and what holds for every weight."""

import pytest
import torch
from torch.testing import assert_close

from core.recurrence import (
    gru_cell,
    gru_run,
    gru_step,
    lstm_cell,
    lstm_run,
    lstm_step,
    rnn_cell,
    rnn_run,
)

KINDS = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}
BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}


def weights(kind: str, I: int, H: int, generator, bias: bool = True, size: float = 1.0):  # noqa: E741
    shapes = {"weight_ih": (BLOCKS[kind] * H, I), "weight_hh": (BLOCKS[kind] * H, H)}
    if bias:
        shapes |= {"bias_ih": (BLOCKS[kind] * H,), "bias_hh": (BLOCKS[kind] * H,)}
    return {
        name: size * torch.randn(shape, generator=generator, dtype=torch.float64)
        for name, shape in shapes.items()
    }


def drawn(*shapes, generator):
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


@pytest.mark.peer
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [(), (5,)])
def test_a_cell_is_that_of_torch_with_its_derivatives(kind, bias, batch, generator):
    state = weights(kind, 3, 4, generator, bias)
    cell = KINDS[kind](3, 4, bias=bias, dtype=torch.float64)
    cell.load_state_dict(state)
    x, h, c, pull = drawn((*batch, 3), *3 * [(*batch, 4)], generator=generator)

    def ours(x, h, c):
        if kind == "lstm":
            return sum(lstm_cell(x, h, c, state))
        return (gru_cell if kind == "gru" else rnn_cell)(x, h, state)

    def theirs(x, h, c):
        return sum(cell(x, (h, c))) if kind == "lstm" else cell(x, h)

    found = []
    for function in (ours, theirs):
        leaves = [each.clone().requires_grad_() for each in (x, h, c)][: 3 if kind == "lstm" else 2]
        out = function(*leaves, *([c] if kind != "lstm" else []))
        found.append((out, torch.autograd.grad(out, leaves, pull)))
    assert_close(*(out.detach() for out, _ in found), rtol=1e-12, atol=1e-12)
    for one, two in zip(found[0][1], found[1][1], strict=True):
        assert_close(one, two, rtol=1e-10, atol=1e-12)


@pytest.mark.peer
@pytest.mark.parametrize("batch", [(), (5,)])
def test_a_run_is_that_of_the_layers_of_torch(batch, generator):
    x, h, c = drawn((9, *batch, 3), (*batch, 4), (*batch, 4), generator=generator)
    for kind, layer in (("rnn", torch.nn.RNN), ("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM)):
        state = weights(kind, 3, 4, generator)
        peer = layer(3, 4, dtype=torch.float64)
        peer.load_state_dict({f"{name}_l0": value for name, value in state.items()})
        if kind == "lstm":
            ours, first = lstm_run(x, h, c, state).h, (h[None], c[None])
        else:
            ours = rnn_run(x, h, state) if kind == "rnn" else gru_run(x, h, state).h
            first = h[None]
        assert_close(ours, peer(x, first)[0].detach(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reset", ["outside", "inside"])
@pytest.mark.parametrize("sense", ["old", "new"])
def test_a_run_is_its_steps(reset, sense, generator):
    state = weights("gru", 2, 3, generator)
    x, h = drawn((6, 2), (3,), generator=generator)
    run = gru_run(x, h, state, reset=reset, sense=sense)
    for k in range(6):
        step = gru_step(x[k], h, state, reset=reset, sense=sense)
        assert all(torch.equal(a[k], b) for a, b in zip(run, step, strict=True))
        h = step.h


def test_r_outside_is_the_form_of_torch_and_r_inside_that_of_the_paper():
    """h = (1, −1), W = [[1, 1], [0, 1]], r = (½, 1)."""
    state = {
        "weight_ih": torch.zeros(6, 1, dtype=torch.float64),
        "weight_hh": torch.tensor([[0.0, 0]] * 4 + [[1, 1], [0, 1]], dtype=torch.float64),
        "bias_ih": torch.tensor([0, 40, -40, -40, 0, 0], dtype=torch.float64),
        "bias_hh": torch.zeros(6, dtype=torch.float64),
    }
    x, h = torch.zeros(1, dtype=torch.float64), torch.tensor([1.0, -1.0], dtype=torch.float64)
    outside = gru_step(x, h, state)
    assert outside.r.tolist() == [0.5, 1.0]
    assert outside.n.tolist() == pytest.approx([0, -0.7615942], abs=1e-7)
    inside = gru_step(x, h, state, reset="inside")
    assert inside.n.tolist() == pytest.approx([-0.4621172, -0.7615942], abs=1e-7)
    assert_close(outside.h, outside.n)  # u = 0 takes the candidate


def test_u_of_nine_tenths_leaves_nine_tenths_or_a_tenth():
    state = {name: torch.zeros(3, 1, dtype=torch.float64) for name in ("weight_ih", "weight_hh")}
    state["bias_ih"] = torch.tensor([1.0, 9.0, 1.0], dtype=torch.float64).log()
    x, h = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    for sense, left in (("old", 0.9), ("new", 0.1)):
        step = gru_step(x, h, state, sense=sense)
        assert float(step.u) == pytest.approx(0.9) and float(step.n) == 0
        assert float(step.h) == pytest.approx(left, abs=1e-12)


def test_the_other_sense_is_the_same_cell_with_the_sum_of_u_turned_round(generator):
    state = weights("gru", 2, 3, generator)
    turned = {name: value.clone() for name, value in state.items()}
    for value in turned.values():
        value[3:6] *= -1
    x, h = drawn((7, 5, 2), (5, 3), generator=generator)
    assert_close(gru_run(x, h, state).h, gru_run(x, h, turned, sense="new").h, rtol=0, atol=1e-13)


@pytest.mark.parametrize("reset", ["outside", "inside"])
def test_a_gate_of_1_keeps_the_state_to_the_last_digit(reset, generator):
    state = weights("gru", 2, 3, generator, size=0.3)
    state["bias_ih"][3:6] = 60
    x, h = drawn((4, 2), (4, 3), generator=generator)
    assert torch.equal(gru_step(x, 1e9 * h, state | {"weight_hh": 0 * state["weight_hh"]},
                                reset=reset).h, 1e9 * h)  # fmt: skip
    state = weights("lstm", 2, 3, generator, size=0.3)
    state["bias_ih"][:3], state["bias_ih"][3:6] = -800, 60
    assert torch.equal(lstm_step(x, 0 * h, h, state).c, h)


@pytest.mark.parametrize("sense", ["old", "new"])
def test_the_state_of_a_gru_is_never_larger_than_1_or_than_it_was(sense, generator):
    for size in (0.1, 1.0, 30.0):
        state = weights("gru", 2, 3, generator, size=size)
        x, h = drawn((50, 8, 2), (8, 3), generator=generator)
        run = gru_run(10 * x, 5 * h, state, sense=sense)
        before = torch.cat([5 * h[None], run.h[:-1]])
        assert (run.h.abs() <= before.abs().clamp(min=1) * (1 + 1e-15)).all()


def test_an_lstm_counts_and_a_gru_cannot():
    x = torch.ones(30, 1, dtype=torch.float64)
    open_ = torch.tensor([60.0, 60, 60, 60], dtype=torch.float64)
    zero = torch.zeros(4, 1, dtype=torch.float64)
    run = lstm_run(x, zero[0], zero[0], {"weight_ih": zero, "weight_hh": zero, "bias_ih": open_,
                                         "bias_hh": 0 * open_})  # fmt: skip
    assert float(run.c[-1, 0]) == pytest.approx(30) and float(run.h.max()) <= 1


def test_refusals_name_what_does_not_fit(generator):
    state = weights("gru", 2, 3, generator)
    x, h = drawn((2,), (3,), generator=generator)
    with pytest.raises(ValueError, match="expected reset to be one of outside, inside"):
        gru_step(x, h, state, reset="before")
    with pytest.raises(ValueError, match="expected sense"):
        gru_run(x[None], h, state, sense="z")
    with pytest.raises(ValueError, match=r"expected x \(…, 2\)"):
        gru_cell(h, h, state)
    with pytest.raises(ValueError, match=r"expected h \(…, 3\)"):
        gru_cell(x, x, state)
    with pytest.raises(ValueError, match="expected weight_ih"):
        lstm_cell(x, h, h, state)
    with pytest.raises(ValueError, match="expected c"):
        lstm_cell(x, h, x, weights("lstm", 2, 3, generator))
