"""The race on the digits against torch.optim run by run, and its bookkeeping."""

import pytest
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.nets import mlp
from core.rng import generator
from core.stochastic.digits import METHODS, RATES, parts, race, rate_of, tuned
from core.toy import real

PEERS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr),
    "polyak": lambda p, lr: torch.optim.ASGD(p, lr, lambd=0.0, alpha=0.0, t0=-1.0),
    "ema": lambda p, lr: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr, alpha=0.99, eps=1e-8),
    "adam": lambda p, lr: torch.optim.Adam(p, lr, eps=1e-8),
}
STEPS, BATCH, HIDDEN = 25, 100, 6


@pytest.fixture(scope="module")
def last():
    *_, end = race(
        2, STEPS, 3, hidden=HIDDEN, batch=BATCH, ema=0.1, every=STEPS, dtype=torch.float64
    )
    return end


@pytest.fixture
def double():
    """ASGD keeps its weights in the default type: 1/3 to 1e-8 only in float32."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def peer_run(method, lr, seed):
    """Losses and accuracy as `Snapshot` has them, by the loop of the documentation."""
    random, (learn, choose, test) = generator(seed), parts(torch.float64)
    net = mlp((64, HIDDEN, 10), activation="relu", generator=random, dtype=torch.float64)
    optimizer = PEERS[method](net.parameters(), lr)
    shadow = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    order = []
    for _ in range(STEPS):
        if not order:
            passes = torch.randperm(len(learn.y), generator=random).split(BATCH)
            order = [rows for rows in passes if len(rows) == BATCH]
        rows = order.pop(0)
        optimizer.zero_grad()
        F.cross_entropy(net(learn.X[rows, :-1]), learn.y[rows]).backward()
        optimizer.step()
        shadow.update_parameters(net)
    if method == "polyak":
        for p in net.parameters():
            p.data.copy_(optimizer.state[p]["ax"])
    final = shadow if method == "ema" else net
    with torch.no_grad():
        scores = [final(part.X[:, :-1]) for part in (learn, choose, test)]
    losses = [F.cross_entropy(s, p.y).item() for s, p in zip(scores, (learn, choose, test))]
    return *losses, (scores[2].argmax(1) == test.y).double().mean().item()


@pytest.mark.peer
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("rate", "seed"), [(0, 0), (3, 1)])
def test_every_run_is_that_of_torch(double, last, method, rate, seed):
    expected = peer_run(method, rate_of(method)[rate], 3 + seed)
    i = METHODS.index(method)
    got = [each[i, rate, seed].item() for each in last[2:]]
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_parts_are_the_bundled_digits_once_each():
    learn, choose, test = parts()
    assert [len(each.y) for each in (learn, choose, test)] == [1077, 360, 360]
    y = real("digits").y
    assert test.y.tolist() == y[::5].tolist() and choose.y.tolist() == y[1::5].tolist()
    for each in (learn, choose, test):
        assert each.X.shape[1] == 65 and bool((each.X[:, -1] == 1).all())
        assert float(each.X.min()) == 0 and float(each.X.max()) == 1


def test_snapshots_begin_alike_and_the_same_seed_gives_the_same_run():
    seen = list(race(2, 30, hidden=8, every=20))
    assert [each.step for each in seen] == [0, 20, 30]
    first = seen[0].validation
    assert first.shape == (len(METHODS), len(RATES["sgd"]), 2)
    torch.testing.assert_close(first, first[:1, :1].expand_as(first))  # one start for all
    assert not torch.equal(first[..., 0], first[..., 1])
    again = list(race(2, 30, hidden=8, every=30))[-1]
    assert all(torch.equal(a, b) for a, b in zip(seen[-1][2:], again[2:]))
    one = list(race(1, 30, 1, hidden=8, every=30))[-1]  # the second repetition alone
    torch.testing.assert_close(one.test[..., 0], again.test[..., 1], rtol=1e-3, atol=1e-4)


def test_tuning_takes_the_least_validation_loss(last):
    best = tuned(last)
    for i, method in enumerate(METHODS):
        means = last.validation[i].mean(1).tolist()
        j = min(range(len(means)), key=means.__getitem__)
        assert int(best.index[i]) == j and float(best.rate[i]) == rate_of(method)[j]
        torch.testing.assert_close(best.test[i], last.test[i, j])
        torch.testing.assert_close(best.accuracy[i], last.accuracy[i, j])
        torch.testing.assert_close(best.validation[i], last.validation[i, j])


def test_refusals_come_at_the_call():
    for changes, name in (
        ({"seeds": 0}, "seeds"),
        ({"steps": 0}, "steps"),
        ({"hidden": 129}, "hidden"),
        ({"batch": 1078}, "batch"),
        ({"ema": 0.0}, "ema"),
        ({"every": 0}, "every"),
        ({"seed": -1}, "seed"),
        ({"dtype": torch.float16}, "dtype"),
    ):
        with pytest.raises(ValueError, match=f"expected {name} "):
            race(**changes)
    with pytest.raises(ValueError, match="expected method"):
        rate_of("lion")
