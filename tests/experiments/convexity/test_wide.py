from functools import cache

import pytest
import torch

from core.convexity import tangent_kernel
from core.convexity.wide import labelled, raised, start
from core.experiments.convexity import wide_claims as claims
from core.experiments.convexity.wide import WIDTHS, place, wide
from pages.figures.convexity.wide import figure
from tests.forgery import failures

AT = {"points": 10, "steps": 600, "seed": 0}


@cache
def ended(**values):
    return list(wide(**AT | values))[-1]


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize("width", [2, 8])
def test_a_run_is_plain_descent_by_autograd(width):
    """The same steps once more, with torch's gradient of the loss and the step halved by it."""
    run = ended(steps=50, seed=4).runs[place(width)]
    angles, y = labelled(10, 4)
    x, net = raised(angles), start(width, 4)
    lr = first = 1 / float(torch.linalg.eigvalsh(tangent_kernel(net, x))[-1])

    def loss(w, a):
        return (type(net)(w, a)(x) - y).square().sum() / 2

    w, a = net
    for k in range(51):
        w, a = w.detach().requires_grad_(), a.detach().requires_grad_()
        now = loss(w, a)
        dw, da = torch.autograd.grad(now, (w, a))
        half = (dw.square().sum() + da.square().sum()) / 2
        assert float(run.loss[k]) == pytest.approx(float(now.detach()), rel=1e-6)
        assert float(run.half[k]) == pytest.approx(float(half), rel=1e-5)
        lr = min(2 * lr, first)
        with torch.no_grad():
            while loss(w - lr * dw, a - lr * da) > now - lr * half:
                lr /= 2
            w, a = w - lr * dw, a - lr * da


def test_the_inequality_and_the_bound_at_every_moment():
    for run in ended().runs:
        assert (run.half >= run.least * run.loss - 1e-12).all()
        assert (run.loss <= run.bound * (1 + 1e-12)).all()
        assert (run.loss[1:] < run.loss[:-1]).all()
    assert red(ended()) == []


def test_wide_ones_reach_0_and_the_narrowest_does_not():
    runs = ended().runs
    assert all(r.loss[-1] < 1e-8 for r in runs[3:])
    assert float(runs[0].loss[-1]) == pytest.approx(2.68, abs=0.01)
    assert float((runs[0].least / runs[0].most).max()) < 1e-12  # eight weights, ten points
    spread = [float(r.least.max() / r.least.min()) for r in runs[2:]]
    assert spread[0] > 5 and spread[-1] < 1.1


def test_the_rank_of_the_kernel_is_at_most_the_number_of_weights():
    x = raised(labelled(20, 1)[0])
    for width in (2, 3, 4):
        values = torch.linalg.eigvalsh(tangent_kernel(start(width, 1), x))
        assert int((values > 1e-12 * values[-1]).sum()) <= 4 * width
    assert claims.checks(ended(points=6, steps=50), points=6, steps=50, seed=0)[2].applies is False


def test_a_snapshot_after_each_width():
    runs = list(wide(points=3, steps=50))
    assert [len(run.runs) for run in runs] == list(range(1, 10))
    assert runs[0].doing == "width 2 of 512" and runs[-1].doing == ""
    assert runs[-1].progress == 1
    for run in runs[::4]:
        picture = figure(run, points=3, steps=50, seed=0, width=512)
        assert [p.name for p in picture.panels] == ["loss", "fit", "widths", "along"]
        assert claims.says(run, points=3, width=512)


def test_the_width_shown_is_the_nearest_by_ratio():
    assert [WIDTHS[place(m)] for m in (2, 5, 11, 12, 90, 92, 512)] == [2, 4, 8, 16, 64, 128, 512]
    assert place(512, done=3) == 2


def test_what_is_said_follows_from_the_numbers():
    run = ended()
    assert "nothing is promised" in claims.says(run, points=10, width=2)
    told = claims.says(run, points=10, width=64)
    assert "256 weights" in told and "μ = 0.0569" in told


@pytest.mark.parametrize("field", ["step", "loss", "half", "least", "most", "bound", "fit"])
def test_what_is_off_turns_a_check_red(field):
    run = ended()
    last = run.runs[-1]
    off = last._replace(**{field: getattr(last, field) * 1.05 + 1})
    assert red(run._replace(runs=(*run.runs[:-1], off)))


@pytest.mark.parametrize("bad", [{"points": 1}, {"steps": 20}, {"seed": -1}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        wide(**bad)
