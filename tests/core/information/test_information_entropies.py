"""Entropy and divergences by hand, against torch and scipy, and by their axioms on random laws."""

import math

import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipys

from core.information import cross_entropy, entropy, js, kl, simplex, surprise
from core.rng import generator

DYADIC = torch.tensor([0.5, 0.25, 0.125, 0.125], dtype=torch.float64)


def laws(count, k, seed, power=1):
    p = torch.rand(count, k, generator=generator(seed), dtype=torch.float64) ** power
    return p / p.sum(-1, keepdim=True)


def near(value, wanted, tol=1e-12):
    torch.testing.assert_close(torch.as_tensor(value), torch.as_tensor(wanted), rtol=0, atol=tol)


def test_the_uniform_code_costs_a_quarter_of_a_bit_more():
    uniform = torch.full((4,), 0.25)
    assert float(entropy(DYADIC, 2)) == 1.75
    assert float(cross_entropy(DYADIC, uniform)) / math.log(2) == pytest.approx(2, abs=1e-15)
    assert float(kl(DYADIC, uniform)) / math.log(2) == pytest.approx(0.25, abs=1e-15)
    near(surprise(DYADIC) / math.log(2), torch.tensor([1.0, 2, 3, 3]).double())


@pytest.mark.parametrize("k", [1, 2, 6, 50])
def test_entropy_is_log_k_at_most_and_0_at_a_point(k):
    near(entropy(torch.full((k,), 1 / k)), torch.tensor(math.log(k)).double(), 1e-7)
    point = torch.eye(k, dtype=torch.float64)
    assert torch.equal(entropy(point), torch.zeros(k).double())
    p = laws(200, k, 0, 4)
    assert bool((entropy(p) <= math.log(k) + 1e-12).all()) and bool((entropy(p) >= 0).all())


def test_entropy_ignores_the_order_and_is_concave():
    p, q = laws(100, 5, 1, 3), laws(100, 5, 2, 3)
    near(entropy(p), entropy(p[:, torch.tensor([3, 0, 4, 1, 2])]))
    middle, ends = entropy((p + q) / 2), (entropy(p) + entropy(q)) / 2
    near(middle - ends, js(p, q))
    assert bool((middle > ends).all())


def test_cross_entropy_is_entropy_and_divergence_and_torchs():
    p, q = laws(100, 6, 3, 3), laws(100, 6, 4, 3)
    near(cross_entropy(p, q), entropy(p) + kl(p, q))
    theirs = torch.nn.functional.cross_entropy(q.log(), p, reduction="none")
    near(cross_entropy(p, q), theirs, 1e-12)
    assert bool((cross_entropy(p, q) - cross_entropy(q, p)).abs().gt(0.01).any())


def test_the_slope_of_cross_entropy_along_the_simplex_is_0_only_at_p():
    q = DYADIC.clone().requires_grad_()
    (slope,) = torch.autograd.grad(cross_entropy(DYADIC, q), q)
    near(slope, torch.zeros(4).double())
    other = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(cross_entropy(DYADIC, other), other)
    wanted = -DYADIC / other.detach() + 1
    near(slope, wanted)
    assert float(slope @ (DYADIC - other.detach())) < 0


def test_a_missed_outcome_costs_infinitely_much_and_an_impossible_one_nothing():
    p, q = torch.tensor([0, 0.1, 0.9]).double(), torch.tensor([0.1, 0.1, 0.8]).double()
    assert float(kl(p, q)) == pytest.approx(0.1060047, abs=1e-7)
    assert float(kl(q, p)) == float(cross_entropy(q, p)) == math.inf
    assert float(kl(p, p)) == 0 and not bool(entropy([1.0, 0]).signbit())
    assert surprise([1.0, 0]).tolist() == [0, math.inf]
    both = kl(torch.stack([p, q]), torch.stack([q, p]))
    assert both.tolist() == [float(kl(p, q)), math.inf]


def test_divergences_have_a_slope_beside_a_zero():
    p = torch.tensor([0, 0.4, 0.6], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64, requires_grad=True)
    for value in (entropy(p), kl(p, q), js(p, q), cross_entropy(p, q)):
        slopes = torch.autograd.grad(value, (p, q), allow_unused=True)
        assert all(each is None or bool(each.isfinite().all()) for each in slopes)


def test_js_is_symmetric_bounded_and_its_root_a_metric():
    p, q, r = (laws(300, 4, seed, 6) for seed in (5, 6, 7))
    near(js(p, q), js(q, p))
    m = (p + q) / 2
    near(js(p, q), (kl(p, m) + kl(q, m)) / 2)
    root = [js(*pair).sqrt() for pair in ((p, r), (p, q), (q, r))]
    assert bool((root[0] <= root[1] + root[2] + 1e-12).all())
    assert float(js([0.3, 0.7, 0, 0], [0, 0, 0.5, 0.5])) == pytest.approx(math.log(2), abs=1e-15)
    assert float(js([1, 0], [1 - 1e-16, 5e-324])) >= 0
    assert bool((js(p, p) == 0).all())


def test_kl_breaks_the_triangle():
    a, b, c = [0.5, 0.5], [0.75, 0.25], [0.95, 0.05]
    assert float(kl(a, c)) > float(kl(a, b)) + float(kl(b, c))


@pytest.mark.peer
def test_all_are_scipys():
    p, q = laws(50, 7, 8, 3), laws(50, 7, 9, 3)
    near(entropy(p, 2), torch.from_numpy(scipys(p.numpy(), base=2, axis=1)))
    near(kl(p, q), torch.from_numpy(scipys(p.numpy(), q.numpy(), axis=1)))
    near(js(p, q), torch.from_numpy(jensenshannon(p.numpy(), q.numpy(), axis=1) ** 2))


def test_the_simplex_is_every_law_of_its_multiples_once():
    grid = simplex(10)
    assert grid.shape == (66, 3) and len(grid.unique(dim=0)) == 66
    near(grid.sum(1), torch.ones(66).double())
    assert simplex(9)[entropy(simplex(9)).argmax()].tolist() == [1 / 3] * 3


@pytest.mark.parametrize(
    ("p", "words"),
    [
        ([0.3, 0.3], "expected p to sum to 1, got 0.6"),
        ([-0.5, 1.5], r"expected p in \[0, 1\], got -0.5"),
        ([math.nan, 1.0], r"expected p in \[0, 1\], got nan"),
        ([math.inf, 0], r"expected p in \[0, 1\], got inf"),
        ([0.0, 0.0], "expected p to sum to 1, got 0"),
        ([], r"expected p of shape \(k,\) or more, got \(0,\)"),
        (1.0, r"expected p of shape \(k,\) or more, got \(\)"),
        ("half", "expected p to be numbers"),
        ([[0.5, 0.5], [0.5, 0.4]], "expected p to sum to 1, got 0.9"),
    ],
)
def test_what_is_no_law_is_refused(p, words):
    q = [0.5, 0.5]
    for job in (entropy, lambda p: kl(p, q), lambda p: js(p, q), lambda p: cross_entropy(p, q)):
        with pytest.raises(ValueError, match=words):
            job(p)
    if words.startswith("expected p to sum"):
        with pytest.raises(ValueError, match="expected q to sum"):
            kl(q, p)


def test_laws_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="expected q with 2 outcomes as p has, got 3"):
        kl([0.5, 0.5], [0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match="expected q of a shape that goes with"):
        js(laws(2, 3, 0), laws(5, 3, 0))
    with pytest.raises(ValueError, match=r"expected base in \(1, inf\), got 1"):
        entropy([0.5, 0.5], 1)
