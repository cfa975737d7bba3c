"""Chains of channels in closed form and on random ones; likelihood as cross-entropy; softmax."""

import math

import pytest
import torch

from core.information import (
    chain,
    cross_entropy,
    draw_counts,
    entropy,
    erasing_channel,
    kl,
    likelihood,
    mutual_information,
    softmax_cross_entropy,
    symmetric_channel,
    through,
)
from core.rng import generator


def laws(rows, k, seed):
    p = torch.rand(rows, k, generator=generator(seed), dtype=torch.float64) ** 4
    return p / p.sum(1, keepdim=True)


def near(value, wanted, tol=1e-12):
    wanted = torch.as_tensor(wanted, dtype=torch.float64)
    torch.testing.assert_close(value, wanted, rtol=0, atol=tol)


def h2(a):
    return -sum(x * math.log(x) for x in (a, 1 - a) if x)


def test_no_step_wins_back_what_was_lost():
    for seed in range(30):
        prior, one, two = laws(1, 4, seed)[0], laws(4, 3, seed + 100), laws(3, 5, seed + 200)
        run = chain(prior, one, two)
        assert float(run.xz) < float(run.xy) - 1e-6 and float(run.xz) < float(run.yz) - 1e-6
        near(run.xy_given_z, run.xy - run.xz)
        near(run.xz_given_y, 0.0)
        near(run.table.sum(), 1.0)
        near(run.entropy, entropy(prior))
        near(run.xy, mutual_information(prior[:, None] * one))
        near(run.xz, mutual_information(prior[:, None] * (one @ two)))
        near(through(prior, [one, two]), torch.stack([run.entropy, run.xy, run.xz]))


def test_bits_through_symmetric_channels():
    """A fair bit keeps log 2 − h(a); two channels in a row turn over with a(1 − b) + b(1 − a)."""
    a, b = 0.1, 0.25
    run = chain([0.5, 0.5], symmetric_channel(2, a), symmetric_channel(2, b))
    near(run.xy, math.log(2) - h2(a))
    near(run.xz, math.log(2) - h2(a * (1 - b) + b * (1 - a)))
    told = through([0.5, 0.5], [symmetric_channel(2, a)] * 20)
    wanted = [math.log(2) - h2((1 - (1 - 2 * a) ** n) / 2) for n in range(21)]
    near(told, wanted)
    near(through([0.5, 0.5], [symmetric_channel(2, 1.0)] * 2), [math.log(2)] * 3)
    near(chain([0.3, 0.7], symmetric_channel(2, 0.5), torch.eye(2)).xy, 0.0)


def test_three_symbols():
    uniform = torch.full((3,), 1 / 3, dtype=torch.float64)
    e = 0.3
    run = chain(uniform, symmetric_channel(3, e), torch.eye(3))
    near(run.xy, math.log(3) - h2(e) - e * math.log(2))
    near(run.xz, run.xy)
    near(chain(uniform, symmetric_channel(3, 2 / 3), torch.eye(3)).xy, 0.0)


def test_an_erasing_channel_keeps_its_share():
    prior = laws(1, 4, 9)[0]
    channel = erasing_channel(4, 0.3)
    assert channel.shape == (4, 5)
    near(mutual_information(prior[:, None] * channel), 0.7 * entropy(prior))


def test_likelihood_is_cross_entropy():
    q = laws(1, 5, 1)[0]
    counts = draw_counts(q, 300, 1, generator(0))[0]
    run = likelihood(counts, q)
    labels = torch.arange(5).repeat_interleave(counts.long())
    near(run.nll, -q.log()[labels].mean())
    near(run.nll, run.entropy + run.kl)
    near(run.nll, cross_entropy(counts / 300, q))
    near(run.kl, kl(counts / 300, q))
    best = likelihood(counts, counts / 300)
    near(best.kl, 0.0)
    assert float(best.nll) < float(run.nll)
    assert float(likelihood([3, 1], [1.0, 0.0]).nll) == math.inf
    assert float(likelihood([3, 0], [1.0, 0.0]).nll) == 0


def test_the_likelihood_of_a_logistic_fit_is_entropy_and_divergence():
    """Newton's method on labels at five places; no other line has a smaller divergence."""
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)
    counts = torch.tensor([[18, 2], [12, 3], [5, 5], [0, 9], [3, 17]], dtype=torch.float64)
    X, n, ones = torch.stack([torch.ones(5).double(), x], 1), counts.sum(1), counts[:, 1]
    w = torch.zeros(2, dtype=torch.float64)
    for _ in range(30):
        p = (X @ w).sigmoid()
        w = w + torch.linalg.solve((X.T * (n * p * (1 - p))) @ X, X.T @ (ones - n * p))

    def law(w):
        p = (X @ w).sigmoid()
        return torch.stack([1 - p, p], 1)

    fit = likelihood(counts, law(w))
    places = torch.repeat_interleave(X @ w, n.long())
    y = torch.cat([torch.tensor([0.0] * int(a) + [1.0] * int(b)) for a, b in counts]).double()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(places, y)
    near(fit.nll, loss)
    near(fit.nll, fit.entropy + fit.kl)
    joint = counts / n.sum()
    near(fit.entropy, entropy(joint.flatten()) - entropy(joint.sum(1)))
    for step in ([0.05, 0], [0, 0.05], [-0.05, 0.05]):
        assert float(likelihood(counts, law(w + torch.tensor(step).double())).kl) > float(fit.kl)


@pytest.mark.parametrize("T", [0.25, 1.0, 3.0])
def test_the_slope_of_softmax_is_p_less_y_over_temperature(T):
    z = torch.randn(6, 4, generator=generator(5), dtype=torch.float64).requires_grad_()
    for y in (2, laws(1, 4, 6)[0], laws(6, 4, 7)):
        run = softmax_cross_entropy(z, y, T)
        target = torch.full((6,), y) if isinstance(y, int) else y.expand(6, 4)
        loss = torch.nn.functional.cross_entropy(z / T, target, reduction="none")
        near(run.loss.detach(), loss.detach())
        (slope,) = torch.autograd.grad(loss.sum(), z)
        near(run.slope.detach(), slope)
        near(run.p.detach(), (z / T).softmax(1).detach())


def test_softmax_stands_any_logits_and_its_temperature():
    run = softmax_cross_entropy([1e6, 0.0, -1e6], 1)
    assert run.loss == 1e6 and run.p.tolist() == [1, 0, 0] and run.slope.tolist() == [1, -1, 0]
    heat = [softmax_cross_entropy([2.0, 1.0, 0.0], 0, T).p for T in (1e-3, 1.0, 1e6)]
    near(heat[0], [1, 0, 0])
    near(heat[2], [1 / 3] * 3, 1e-6)
    assert bool((torch.stack([entropy(p) for p in heat]).diff() > 0).all())


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (lambda: chain([0.5, 0.5], [[1, 0]], [[1]]), "expected first with 2 rows"),
        (lambda: chain([0.5, 0.5], torch.eye(2), torch.eye(3)), "expected second with 2 rows"),
        (lambda: through([1.0], [[[0.5, 0.4]]]), "expected each row of channel 1 to sum to 1"),
        (lambda: through([0.5, 0.4], []), "expected prior to sum to 1"),
        (lambda: symmetric_channel(2, 1.5), r"expected noise in \[0, 1\], got 1.5"),
        (lambda: symmetric_channel(1, 0.5), "expected symbols a whole number in"),
        (lambda: likelihood([1, 2], [0.2, 0.3, 0.5]), "expected counts and q of one shape"),
        (lambda: likelihood([0, 0], [0.5, 0.5]), r"expected sum of counts in \(0, inf\), got 0"),
        (lambda: likelihood([-1, 2], [0.5, 0.5]), r"expected counts in \[0, inf\), got -1"),
        (lambda: softmax_cross_entropy([0.0, 1.0], 2), "expected y a whole number in"),
        (lambda: softmax_cross_entropy([0.0, 1.0], 0, 0), r"expected temperature in \(0, inf\)"),
        (lambda: softmax_cross_entropy([0.0, math.inf], 0), "expected logits finite"),
        (lambda: softmax_cross_entropy([0.0, 1.0], [1.0]), "expected y with 2 classes"),
    ],
)
def test_bad_input_is_refused_by_name(job, words):
    with pytest.raises(ValueError, match=words):
        job()
