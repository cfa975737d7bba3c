"""Delayed recall: what each cell says, its derivatives, and what is drawn."""

import math
from collections import deque

import pytest
import torch
from torch.testing import assert_close

from core.recurrence import copying, gru_run, lstm_run, rnn_run
from core.recurrence.copying import BATCH, CELLS, HIDDEN, asked, sequences, start
from core.rng import generator as new

LAGS, SEEDS = (7, 4, 1), 2


def drawn(cell: str):
    random = new(3)
    net = start(cell, SEEDS, 0.8, random, len(LAGS))
    return net, *sequences(LAGS, SEEDS, 0.5, random)


def plain(cell: str, net: dict, x: torch.Tensor) -> torch.Tensor:
    """What a single net says at the end of x (T, B, 2), by the cells of the engine."""
    if cell == "lru":
        lam = torch.exp(torch.complex(-net["nu"].exp(), net["theta"]))
        h = torch.zeros(BATCH, HIDDEN, dtype=torch.complex128)
        for each in x:
            h = lam * h + (1 - lam.abs() ** 2).sqrt() * ((each + 0j) @ torch.complex(*net["B"]).T)
        return (h @ torch.complex(*net["out"])).real
    order = [0, 1, 3, 2] if cell == "lstm" else range(net["bias"].shape[-1] // HIDDEN)
    rows = torch.cat([torch.arange(HIDDEN) + HIDDEN * k for k in order])
    weights = {name: net[name].T[rows] for name in ("weight_ih", "weight_hh")}
    weights |= {"bias_ih": net["bias"][0][rows], "bias_hh": 0 * net["bias"][0]}
    zero = x.new_zeros(BATCH, HIDDEN)
    if cell == "lstm":
        states = lstm_run(x, zero, zero, weights).h
    else:
        states = rnn_run(x, zero, weights) if cell == "rnn" else gru_run(x, zero, weights).h
    return states[-1] @ net["out"]


@pytest.mark.parametrize("cell", CELLS)
def test_many_nets_at_once_say_what_each_says_alone(cell):
    net, x, bit = drawn(cell)
    said = asked(cell, net, x, LAGS)
    slopes = torch.autograd.grad((said * bit).sum(), list(net.values()))
    for n in range(len(LAGS) * SEEDS):
        lag = LAGS[n // SEEDS]
        one = {name: value[n].detach().clone().requires_grad_() for name, value in net.items()}
        alone = plain(cell, one, x[: lag + 1, n])
        assert_close(alone, said[n], rtol=1e-10, atol=1e-12)
        own = torch.autograd.grad((alone * bit[n]).sum(), list(one.values()))
        for mine, theirs in zip(own, slopes, strict=True):
            assert_close(mine, theirs[n], rtol=1e-8, atol=1e-12)


def test_at_the_start_all_keep_the_same_share():
    for keep in (0.3, 0.95):
        nets = {cell: start(cell, 2, keep, new(0)) for cell in CELLS}
        assert_close(nets["lru"]["nu"].exp().neg().exp(), torch.full((2, HIDDEN), keep).double())
        sizes = torch.linalg.svdvals(nets["rnn"]["weight_hh"].detach())
        assert_close(sizes, torch.full_like(sizes, keep))
        for cell in ("gru", "lstm"):
            gates = torch.sigmoid(nets[cell]["bias"][..., HIDDEN : 2 * HIDDEN])
            assert_close(gates, torch.full_like(gates, keep))


def test_copies_of_a_seed_begin_alike_and_see_their_own_sequences():
    net, x, bit = drawn("gru")
    for value in net.values():
        assert torch.equal(value[:SEEDS], value[SEEDS : 2 * SEEDS])
    assert set(bit.flatten().tolist()) == {-1.0, 1.0}
    assert (
        torch.equal(x[0, ..., 0], bit) and (x[0, ..., 1] == 1).all() and (x[1:, ..., 1] == 0).all()
    )
    assert float(x[1:, ..., 0].std()) == pytest.approx(0.5, abs=0.03)
    assert not torch.equal(x[1:, 0], x[1:, SEEDS])


def test_without_noise_and_with_a_long_memory_all_recall():
    last = deque(copying((6, 3), 2, 40, 0, noise=0.0), maxlen=1).pop()
    assert last.step == 40 and last.right.shape == (4, 2, 2)
    assert float(last.right.min()) == 1 and float(last.loss.max()) < math.log(2)


def test_the_same_seed_gives_the_same_nets_and_a_record_after_every_few_steps():
    one, two = (list(copying((3, 2), 1, 7, 5, every=3)) for _ in "12")
    assert [each.step for each in one] == [3, 6, 7]
    assert all(torch.equal(a.loss, b.loss) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"lags": (2, 3)}, "expected lags falling"),
        ({"lags": ()}, "expected lags falling"),
        ({"seeds": 0}, "expected seeds"),
        ({"keep": 1.0}, "expected keep"),
        ({"noise": -1.0}, "expected noise"),
    ],
)
def test_a_bad_setting_is_refused_by_name(bad, said):
    with pytest.raises(ValueError, match=said):
        next(copying(**{"lags": (3, 2), "seeds": 1, "steps": 2, "seed": 0} | bad))


def test_a_cell_that_is_not_known_is_refused_by_name():
    with pytest.raises(ValueError, match="expected cell to be one of rnn, gru, lstm, lru"):
        start("mlp", 1, 0.9, new(0))
