import pytest
import torch

from core.information.shares import shares


def test_without_a_bar_they_are_the_weights_over_their_sum():
    assert shares([4, 2, 1, 1]).tolist() == [0.5, 0.25, 0.125, 0.125]
    assert shares([1e308, 1e308]).tolist() == [0.5, 0.5]
    assert shares([5e-324, 0]).tolist() == [1, 0]


@pytest.mark.parametrize("at", range(4))
def test_one_stands_and_the_others_keep_their_ratios(at):
    weights = torch.tensor([4.0, 2.0, 1.0, 3.0], dtype=torch.float64)
    p = shares(weights, at, 0.3)
    assert p[at] == 0.3 and float(p.sum()) == pytest.approx(1)
    others = [i for i in range(4) if i != at]
    ratios = p[others] / weights[others]
    torch.testing.assert_close(ratios, ratios[:1].expand(3))


def test_ends():
    assert shares([4, 2, 2], 0, 1.0).tolist() == [1, 0, 0]
    assert shares([4, 2, 2], 0, 0.0).tolist() == [0, 0.5, 0.5]
    assert shares([1, 0, 0], 0, 0.5).tolist() == [0.5, 0.25, 0.25]
    assert shares([0, 0, 0], 1, 0.5).tolist() == [0.25, 0.5, 0.25]
    assert shares([3], 0, 0.2).tolist() == [1]


@pytest.mark.parametrize(
    ("bad", "words"),
    [(([0, 0],), "zeros only"), (([1, -1],), "expected weights"), (([1, 1], 0, 1.5), "share"),
     (([1, float("nan")],), "expected weights"), (([1, float("inf")],), "expected weights")],
)  # fmt: skip
def test_refusals(bad, words):
    with pytest.raises(ValueError, match=words):
        shares(*bad)
