"""Bayes' rule against hand, counting and its own axioms."""

import math

import pytest
import torch

from core.probability import bayes, natural_frequencies, posterior, printed_bayes
from core.rng import generator


def laws(n, seed):
    random = generator(seed)
    p = torch.rand(n, generator=random, dtype=torch.float64)
    return p / p.sum(), torch.rand(n, generator=random, dtype=torch.float64)


def test_the_curriculums_test():
    prior, positive = torch.tensor([0.01, 0.99]), torch.tensor([0.9, 0.05])
    found = bayes(prior, positive)
    assert [round(each, 4) for each in found.tolist()] == [0.1538, 0.8462]
    assert float(found[0]) == pytest.approx(0.009 / 0.0585, rel=1e-6)
    printed = printed_bayes(prior, positive).tolist()
    assert printed == pytest.approx([0.0585 / 0.95] * 2) and round(printed[0], 4) == 0.0616


@pytest.mark.parametrize("seed", range(3))
def test_axioms(seed):
    prior, likelihood = laws(4, seed)
    assert float(bayes(prior, likelihood).sum()) == pytest.approx(1, abs=1e-15)
    assert torch.allclose(bayes(prior, torch.full((4,), 0.3)), prior, rtol=1e-12)
    _, second = laws(4, seed + 10)
    one_by_one = bayes(bayes(prior, likelihood), second)
    assert torch.allclose(one_by_one, bayes(prior, likelihood * second), rtol=1e-12)
    joint = prior * likelihood  # by enumeration of the two events
    assert float(bayes(prior, likelihood)[2]) == pytest.approx(float(joint[2]) / float(joint.sum()))


def test_tests_in_a_row_are_updates_in_a_row():
    row, belief = posterior(0.01, 0.9, 0.05, 5), torch.tensor([0.01, 0.99], dtype=torch.float64)
    for k in range(6):
        assert float(row[k]) == pytest.approx(float(belief[0]), rel=1e-12)
        belief = bayes(belief, torch.tensor([0.9, 0.05], dtype=torch.float64))
    assert posterior(0.0, 0.9, 0.0, 1)[1].isnan()


def test_what_cannot_happen_leaves_nothing_to_believe():
    assert bayes(torch.tensor([0.0, 1.0]), torch.tensor([0.9, 0.0])).isnan().all()


@pytest.mark.parametrize("prevalence", [1e-4, 0.003, 0.01, 0.1234, 0.5])
@pytest.mark.parametrize("positives", [1, 2, 5])
def test_the_people_add_up_and_are_nearest(prevalence, positives):
    counts = natural_frequencies(prevalence, 0.87, 0.053, 1000, positives)
    assert sum(counts) == 1000 and min(counts) >= 0
    hit, alarm = 0.87**positives, 0.053**positives
    shares = (prevalence * hit, prevalence * (1 - hit), (1 - prevalence) * alarm)
    for count, share in zip(counts, shares):
        assert abs(count - 1000 * share) < 1


def test_ten_ill_people_of_a_thousand():
    counts = natural_frequencies(0.01, 0.9, 0.05)
    # 9, 1, 49.5, 940.5: a half goes up
    assert counts == (9, 1, 50, 940)
    for sensitivity in (0.5, 0.95, 1.0):  # the test changes nothing in how many are ill
        for positives in (1, 2, 5):
            counts = natural_frequencies(0.01, sensitivity, 0.5, positives=positives)
            assert counts.ill_positive + counts.ill_negative == 10
    assert natural_frequencies(0.01, 0.9, 0.05).share == pytest.approx(9 / 59)
    many = natural_frequencies(0.01, 0.9, 0.05, 1_000_000)
    assert many == (9000, 1000, 49_500, 940_500)
    assert many.share == pytest.approx(float(posterior(0.01, 0.9, 0.05)[1]), rel=1e-9)
    assert math.isnan(natural_frequencies(0.0, 0.9, 0.0).share)


@pytest.mark.parametrize(
    ("job", "says"),
    [
        (lambda: bayes([0.5, 0.6], [0.1, 0.1]), "prior to sum to 1, got 1.1"),
        (lambda: bayes([0.5, 0.5], [1.1, 0.1]), r"likelihood in \[0, 1\], got 1.1"),
        (lambda: bayes([0.5, 0.5], [0.1]), r"likelihood of shape \(2,\), got \(1,\)"),
        (lambda: bayes([1.5, -0.5], [0.1, 0.2]), r"prior in \[0, inf\), got -0.5"),
        (lambda: posterior(1.2, 0.9, 0.05), r"prevalence in \[0, 1\], got 1.2"),
        (lambda: natural_frequencies(0.1, 0.9, -0.1), r"false_alarm in \[0, 1\], got -0.1"),
        (lambda: posterior(0.1, 0.9, 0.1, 51), r"positives a whole number in \[0, 50\], got 51"),
    ],
)
def test_refusals(job, says):
    with pytest.raises(ValueError, match=says):
        job()
