"""What features tell: by hand, as differences of entropies, and the chain rule on random tables."""

import math

import pytest
import torch

from core.information import (
    conditional_mutual_information,
    entropy,
    features,
    kl,
    mutual_information,
    noisy_copy,
    xor_copy,
)
from core.rng import generator

LOG2 = math.log(2)


def tables(count, *shape, seed=0, power=4):
    p = torch.rand(count, *shape, generator=generator(seed), dtype=torch.float64) ** power
    p[p < 0.02] = 0.0  # cells that never happen
    return p / p.flatten(1).sum(1).view(-1, *(1,) * len(shape))


def H(p, *axes):
    """Entropy of the marginal on these axes, leading axis kept."""
    gone = [axis for axis in range(1, p.ndim) if axis not in axes]
    return entropy((p.sum(gone) if gone else p).flatten(1))


def near(value, wanted, tol=1e-12):
    torch.testing.assert_close(
        value, torch.as_tensor(wanted, dtype=torch.float64), rtol=0, atol=tol
    )


def test_information_is_a_divergence_and_a_difference_of_entropies():
    p = tables(100, 4, 5)
    told = mutual_information(p)
    near(told, H(p, 1) + H(p, 2) - H(p, 1, 2))
    product = p.sum(2, keepdim=True) * p.sum(1, keepdim=True)
    near(told, kl(p.flatten(1), product.flatten(1)))
    assert float(told.min()) > 0.01
    near(mutual_information(product), torch.zeros(100))
    near(mutual_information(torch.eye(5) / 5), math.log(5), 1e-7)


def test_conditional_information_is_a_difference_of_entropies():
    p = tables(100, 3, 4, 2, seed=1)
    near(conditional_mutual_information(p), H(p, 1, 3) + H(p, 2, 3) - H(p, 1, 2, 3) - H(p, 3))
    slices = torch.stack(
        [p[..., z].sum((1, 2)) * mutual_information(p[..., z] / p[..., z].sum((1, 2), True))
         for z in (0, 1)]
    )  # fmt: skip
    near(conditional_mutual_information(p), slices.sum(0))


def test_the_chain_rule_holds_both_ways():
    p = tables(200, 3, 4, 5, seed=2)
    told = features(p)
    near(told.both, told.first + told.second_given)
    near(told.both, told.second + told.first_given)
    near(told.both, H(p, 1, 2) + H(p, 3) - H(p, 1, 2, 3))
    near(told.target, H(p, 3))
    near(told.first_given, H(p, 1, 2) - H(p, 2) - (H(p, 1, 2, 3) - H(p, 2, 3)))
    near(told.redundancy, told.second - told.second_given)


def test_from_xor_to_a_duplicate():
    told = features(xor_copy(torch.tensor([0.0, 1.0], dtype=torch.float64)))
    near(told.first, [0, LOG2])
    near(told.second, [0, LOG2])
    near(told.first_given, [LOG2, 0])
    near(told.both, [LOG2, LOG2])
    near(told.redundancy, [-LOG2, LOG2])
    # halfway: X₁ and Y agree with probability ¾, pairs (0, 0) and (1, 1) of X are undecided
    half = features(xor_copy(0.5))
    near(half.first, LOG2 + 0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    decided = 0.25  # X₁ ≠ X₂ then Y = 1; else (0,0): Y = 0, (1,1): Y = 0 or 1 as 1 : 2
    table = xor_copy(0.5)
    assert float(table[0, 1, 1] + table[1, 0, 1]) == decided
    assert table[1, 1].tolist() == [0.125, 0.25] and table[0, 0].tolist() == [0.375, 0]
    left = -(0.125 * math.log(1 / 3) + 0.25 * math.log(2 / 3))
    near(half.both, half.target - left)


def test_a_copy_tells_nothing_new_and_noise_takes_away():
    told = features(noisy_copy(0.1, torch.linspace(0, 0.5, 6, dtype=torch.float64)))
    near(told.second_given, torch.zeros(6))
    assert bool((told.second.diff() < 0).all()) and bool((told.first_given.diff() > 0).all())
    near(told.first, [LOG2 + 0.1 * math.log(0.1) + 0.9 * math.log(0.9)] * 6)
    near(told.second[[0, 5]], torch.stack([told.first[0], torch.zeros(()).double()]))
    # X₂ is Y turned over with probability a(1 − b) + b(1 − a)
    off = 0.1 * 0.7 + 0.3 * 0.9
    near(told.second[3], LOG2 + off * math.log(off) + (1 - off) * math.log(1 - off))


def test_information_ignores_names_and_the_order_of_the_variables():
    p = tables(50, 4, 3, 5, seed=3)
    other = p[:, torch.tensor([2, 0, 3, 1])][:, :, :, torch.tensor([4, 2, 0, 1, 3])]
    near(conditional_mutual_information(other), conditional_mutual_information(p))
    near(conditional_mutual_information(p.transpose(1, 2)), conditional_mutual_information(p))
    near(mutual_information(p[..., 0] / p[..., 0].sum((1, 2), True)),
         mutual_information((p[..., 0] / p[..., 0].sum((1, 2), True)).mT))  # fmt: skip


@pytest.mark.peer
def test_information_is_sklearns():
    from sklearn.metrics import mutual_info_score

    counts = (tables(1, 5, 4, seed=4)[0] * 1000).round()
    theirs = mutual_info_score(None, None, contingency=counts.numpy())
    near(mutual_information(counts / counts.sum()), theirs)


def test_bad_tables_are_refused():
    with pytest.raises(ValueError, match=r"expected table of shape \(k, l\) or more, got \(2,\)"):
        mutual_information([0.5, 0.5])
    with pytest.raises(ValueError, match=r"expected table of shape \(k, l, m\) or more"):
        conditional_mutual_information([[0.5, 0.5]])
    with pytest.raises(ValueError, match="expected table to sum to 1, got 2"):
        mutual_information([[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(ValueError, match=r"expected table in \[0, 1\], got -0.5"):
        mutual_information([[-0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(ValueError, match=r"expected t in \[0, 1\], got 1.5"):
        xor_copy(1.5)
    with pytest.raises(ValueError, match=r"expected second in \[0, 1\], got nan"):
        noisy_copy(0.1, math.nan)
