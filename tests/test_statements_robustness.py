"""What the statements on robustness quote is so."""

import torch

from core.adversarial import linear_min_perturbation, norm_of, worst_corner
from core.experiments.adversarial.arena import arena
from core.experiments.adversarial.classes import CORNER, TWINS, classes
from tests.said import why


def test_below_one_a_sum_is_larger_than_its_parts():
    one, other = torch.eye(2, dtype=torch.float64).abs().sqrt()
    sizes = [float(each.abs().sqrt().sum() ** 2) for each in (one, other, one + other)]
    assert sizes == [1, 1, 4] and "=4>2" in why("ROB-05")


def test_the_printed_delta_maximises_for_the_negative_class():
    w, zero = torch.tensor([3.0, 4.0]).double(), torch.zeros(2).double()
    printed = -0.1 * torch.sign(-w)
    assert f"${float(w @ printed):+.1f}$" == "$+0.7$" and "$+0.7$" in why("ROB-07")
    least = -0.1 * float(norm_of(w, 1))
    assert f"${least:.1f}$" == "$-0.7$" and "$-0.7$" in why("ROB-07")
    torch.testing.assert_close(worst_corner(w, 0.0, zero, -1, 0.1).delta, printed)


def test_scaling_changes_no_distance():
    w, x = torch.tensor([3.0, 4.0]).double(), torch.tensor([2.0, 1.0]).double()
    near = [linear_min_perturbation(c * w, -5.0 * c, x, 2).delta for c in (1, 3)]
    torch.testing.assert_close(*near)
    assert "same distances" in why("ROB-06")


def test_the_printed_least_quotient_is_no_distance():
    """Read wrongly, weights alike, and another norm, E-81."""
    wrong = classes(x0=1.5).found
    deepest = int(wrong.margins[1:].argmin()) + 1
    assert wrong.margins[deepest] < 0 and int(wrong.distances.argmin()) == deepest
    alike = classes(W=TWINS, x0=1.0, x1=0.0).found
    assert alike.norms.tolist()[:2] == [0, 0] and bool(alike.ignored[1])
    near = [int(classes(W=CORNER, x0=0.0, x1=0.0, norm=p).found.nearest) for p in ("2", "inf")]
    assert near == [1, 2] and "another class may be nearest" in why("ROB-10")


def test_one_long_step_lowers_the_height():
    run = arena()
    for height in (run.start, run.fgsm, run.pgd, run.top):
        assert f"${height:.4f}$" in why("ROB-12")
