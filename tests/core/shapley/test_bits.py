import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, mutual_info_score

from core.rng import generator
from core.shapley import bits, first_in, lofo, shapley_values


@pytest.mark.parametrize("world", bits.WORLDS)
@pytest.mark.parametrize("flip", [0.0, 0.05, 0.3, 0.5])
def test_formulas_by_hand_are_the_games_of_the_law(world, flip):
    v, risen = bits.law(world, flip)
    by_hand = bits.lines(world, torch.tensor([flip], dtype=torch.float64))[:, 0]
    games = torch.stack((shapley_values(v), lofo(v), *risen, first_in(v)))
    torch.testing.assert_close(by_hand, games, rtol=0, atol=1e-10)


def test_rows_are_judged_by_counted_shares():
    n, flip = 500, 0.1
    losses, rises = (each.numpy() for each in bits.judged("xor", flip, *bits.drawn(n, 4, 1)))
    assert torch.equal(bits.drawn(n, 3, 2)[0][1], bits.drawn(n, 4, 1)[0][0])  # a seed for each run
    random = generator(4)
    draws = torch.rand(2 * n, 3, generator=random).numpy()
    x = (draws[:, :2] < 0.5).astype(int)
    y = x[:, 0] ^ x[:, 1] ^ (draws[:, 2] < flip)

    def share(row, S=(0, 1)):
        alike = (x[:n][:, list(S)] == row[list(S)]).all(1)
        return (y[:n][alike].sum() + 0.5) / (alike.sum() + 1)

    for s, S in enumerate(([], [0], [1], [0, 1])):
        wanted = log_loss(y[n:], [share(row, S) for row in x[n:]])
        assert losses[0, s].mean() == pytest.approx(wanted)
    order = torch.rand(n, 2, generator=random).argsort(0).numpy()
    coins = torch.rand(n, 2, generator=random).numpy()
    whole = log_loss(y[n:], [share(row) for row in x[n:]])
    for j in (0, 1):
        drawn = np.empty(n)
        for i, row in enumerate(x[n:]):
            alike = x[:n, 1 - j] == row[1 - j]
            drawn[i] = coins[i, j] < x[:n, j][alike].mean()
        for m, new in enumerate((x[n:][order[:, j], j], drawn)):
            swapped = x[n:].copy()
            swapped[:, j] = new
            rise = log_loss(y[n:], [share(row) for row in swapped]) - whole
            assert rises[m, 0, j].mean() == pytest.approx(rise)
    counted = mutual_info_score(2 * x[:, 0] + x[:, 1], y)
    v, _ = bits.law("xor", flip)
    assert counted == pytest.approx((v[-1] - v[0]).item(), abs=0.05)
