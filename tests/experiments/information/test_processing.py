import math

import numpy as np
import pytest
import torch

from core.experiments.information import processing as exp
from core.experiments.information import processing_claims as claims
from core.information import chain, erasing_channel, symmetric_channel, through
from core.signature import call, fields
from pages.figures.information.processing import figure
from tests import forgery

GIVEN = {name: field.default for name, field in fields(exp.processing).items()}
LN2 = math.log(2)


def asked(**values):
    run, values = exp.processing(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def h(p):
    return -sum(each * math.log2(each) for each in (p, 1 - p) if each > 0)


def test_two_binary_channels_by_hand():
    run, found, told = asked(a=0.1, b=0.2)
    assert run.told.tolist() == pytest.approx([1, 1 - h(0.1), 1 - h(0.1 * 0.8 + 0.9 * 0.2)])
    assert run.beside.tolist() == pytest.approx([1 - h(0.1), 1 - h(0.2)])
    np.testing.assert_allclose(run.joints[2], [[0.37, 0.13], [0.13, 0.37]])
    assert all(check.holds for check in found if check.applies)
    assert told.startswith("X has 1 bit, 0.531 left at Y, 0.173 left at Z.")


@pytest.mark.parametrize("symbols", [2, 3])
@pytest.mark.parametrize("links", [0, 1, 6])
def test_the_chain_of_the_engine(symbols, links):
    """Laws from the other implementation, with a law of X that is not even."""
    share = 0.2
    prior = torch.tensor([share] + [(1 - share) / (symbols - 1)] * (symbols - 1)).double()
    run, *_ = asked(a=0.15, b=0.3, links=links, symbols=symbols, share=share)
    first, further = symmetric_channel(symbols, 0.15), symmetric_channel(symbols, 0.3)
    known = through(prior / prior.sum(), [first] + [further] * links) / LN2
    np.testing.assert_allclose(run.told, known, atol=1e-7)
    if links == 1:
        whole = chain(prior / prior.sum(), first, further)
        assert float(run.beside[1]) == pytest.approx(float(whole.yz) / LN2, abs=1e-7)


def test_erased_letters_lose_their_share_exactly():
    run, found, _ = asked(kind="erasing", a=0.2, b=0.3, links=3, symbols=3, share=0.5)
    whole = 1.5  # shares ½, ¼, ¼
    assert run.told.tolist() == pytest.approx([whole, *(0.8 * 0.7**k * whole for k in range(4))])
    channel = erasing_channel(3, 0.2)
    np.testing.assert_allclose(run.joints[1], torch.tensor([[0.5], [0.25], [0.25]]) * channel)
    closed = next(check for check in found if "all channels together" in check.claim)
    assert closed.applies and closed.rhs == pytest.approx(0.8 * 0.343 * 1.5)


@pytest.mark.parametrize("kind", exp.KINDS)
@pytest.mark.parametrize("step", exp.STEPS)
@pytest.mark.parametrize("symbols", [2, 3])
def test_nothing_ever_rises(kind, step, symbols):
    rng = np.random.default_rng(3)
    for _ in range(5):
        rule = ",".join(" ".join(f"{x:.3f}" for x in row) for row in rng.random((2, 3)))
        a, b, share = rng.random(3).clip(0.02, 0.98)
        values = {"a": a, "b": b, "share": share, "links": 3, "rule": rule}
        run, found, told = asked(kind=kind, step=step, symbols=symbols, **values)
        assert bool((run.told.diff() <= 1e-12).all()) and told
        assert bool((run.told[-1] <= run.beside + 1e-12).all())
        assert all(check.holds for check in found if check.applies)
        assert run.joints.sum((1, 2)).tolist() == pytest.approx([1.0] * len(run.joints))


def test_what_can_be_undone_loses_nothing():
    run, _, told = asked(step="swap", symbols=3, links=0, share=0.2)
    assert float(run.told[2]) == pytest.approx(float(run.told[1]), abs=1e-14)
    assert "Moving the letters on by one loses nothing: it can be undone" in told
    np.testing.assert_allclose(run.joints[2], run.joints[1].roll(1, 1))
    run, *_ = asked(a=0.0, b=1.0)
    assert run.last == pytest.approx(1.0)
    run, _, told = asked(a=0.0, b=0.5)
    assert run.last == pytest.approx(0.0, abs=1e-12) and "nothing left at Z" in told


def test_merging_by_hand():
    assert asked(a=0.0, b=0.0, step="merge", symbols=2)[2].endswith("loses 1 bit.")
    run, *_ = asked(step="merge", a=0.0, links=0, symbols=3, share=1 / 3)
    assert run.told.tolist() == pytest.approx([math.log2(3), math.log2(3), h(1 / 3)])
    # two letters that tell the same are merged at no loss: B and C of a rule that mixes them
    run, *_ = asked(step="merge", links=2, a=0.1)
    assert run.told[2:].tolist() == pytest.approx([0, 0, 0], abs=1e-14)


def test_a_rule_of_ones_own_is_divided_by_its_rows():
    one, *_ = asked(step="mine", rule="9 1,2 8", a=0.2, links=0)
    other, *_ = asked(step="mine", rule="0.9 0.1,0.5 2", a=0.2, links=0)
    np.testing.assert_allclose(one.joints, other.joints)
    y = np.array([[0.4, 0.1], [0.1, 0.4]])
    np.testing.assert_allclose(one.joints[2], y @ [[0.9, 0.1], [0.2, 0.8]])
    wide, *_ = asked(step="mine", rule="1 1 0,0 0 1", a=0.2, symbols=3)
    assert wide.joints.shape == (4, 2, 3)
    assert float(wide.told[2]) == pytest.approx(1 - h(0.2))


@pytest.mark.parametrize("b", [0.05, 0.3, 0.8])
def test_a_link_keeps_at_most_its_share(b):
    """(1 − 2b)² is reached where little is left; |1 − 3b/2| holds for three letters."""
    run, *_ = asked(a=0.45, b=b, links=1)
    ratio = float(run.told[2] / run.told[1])
    assert exp.keeps(b, 2, "symmetric") == pytest.approx((1 - 2 * b) ** 2)
    assert ratio == pytest.approx((1 - 2 * b) ** 2, rel=0.02) and ratio <= (1 - 2 * b) ** 2
    assert exp.keeps(b, 3, "symmetric") == pytest.approx(abs(1 - 1.5 * b))
    assert exp.keeps(b, 3, "erasing") == 1 - b


def test_curves_go_through_what_is_set():
    for values in ({}, {"step": "merge", "symbols": 3, "links": 4}, {"kind": "erasing"}):
        at = exp.NOISES[12].item()
        values = GIVEN | values | {"a": at, "b": at}
        first, last = exp.over_noise(**values)
        run = exp.processing(**values)
        assert first[12] == pytest.approx(float(run.told[1]))
        assert last[12] == pytest.approx(run.last)
        handles = figure(run, **values).panels[2].handles
        assert [handle.x for handle in handles] == [at, at]
        assert [handle.y for handle in handles] == pytest.approx([first[12], last[12]])


def test_the_colours_add_up_to_the_letters():
    values = GIVEN | {"symbols": 3, "links": 2, "share": 0.6}
    run = exp.processing(**values)
    traces = [t for t in figure(run, **values).panels[0].traces if t["name"].startswith("X =")]
    for i, trace in enumerate(traces):
        y = np.asarray(trace["y"], float).reshape(-1, 6)
        seen = run.joints[:, i].flatten()
        np.testing.assert_allclose(y[:, 2] - y[:, 1], seen[seen > 1e-12], atol=1e-6)


def test_a_forged_number_is_noticed():
    for values in ({}, {"kind": "erasing"}, {"step": "mine", "rule": "3 1,1 1"}):
        run, values = exp.processing(**values), GIVEN | values
        for name, forged in forgery.forgeries(run):
            if name != "joints":  # not of sum 1: refused before a check
                checks = call(claims.checks, forged, values=values)
                assert any(not check.holds for check in checks if check.applies)
        swapped = run._replace(joints=run.joints.flip(2))
        assert any(not c.holds for c in call(claims.checks, swapped, values=values) if c.applies)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"a": 1.2}, r"expected a in \[0, 1\], got 1.2"),
        ({"b": math.nan}, "expected b"),
        ({"step": "mine", "rule": "1 -1,0 1"}, "expected rule in"),
        ({"step": "mine", "rule": "0 0,0 1"}, "expected rule to have a weight above 0 in each row"),
        ({"step": "mine", "rule": "1 1"}, r"expected rows of rule in \[2, 3\], got 1"),
        ({"step": "mine", "rule": "1 1,1"}, "expected rule to have equally long rows"),
        ({"share": 0.0}, "expected share"),
    ],
)
def test_what_cannot_be_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        exp.processing(**values)
