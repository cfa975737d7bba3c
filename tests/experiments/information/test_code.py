import math

import numpy as np
import pytest
import torch
from scipy import stats

from core.experiments.information import code_claims as claims
from core.experiments.information.code import code, over_share
from core.signature import fields
from pages.experiments.information.code import EXPERIMENT

BASE = {name: field.default for name, field in fields(code).items()}
LAWS = ["4 2 1 1,1 1 1 1", "9 1,1 1", "1 5 3,2 2 7", "3 0 1 4 2 6,1 1 1 9 2 2"]


def found(back=False, **values):
    values = BASE | values
    run = code(**values)
    return run, claims.checks(run, **values, back=back)


def drawn(**values):
    values = EXPERIMENT.defaults() | values
    run = EXPERIMENT.compute(**{k: values[k] for k in BASE})
    return {panel.name: panel for panel in EXPERIMENT.figure(run, **values).panels}


@pytest.mark.parametrize("laws", LAWS)
@pytest.mark.parametrize(("unit", "base"), [("bits", 2), ("nats", math.e)])
def test_kl_is_that_of_the_reference_library(laws, unit, base):
    p, q = (np.array(row.split(), float) for row in laws.split(","))
    run = code(laws=laws, unit=unit)
    found = [stats.entropy(p, q, base=base), stats.entropy(q, p, base=base)]
    np.testing.assert_allclose(run.kl, found, atol=1e-12)
    np.testing.assert_allclose(run.entropy, [stats.entropy(each, base=base) for each in (p, q)])


@pytest.mark.parametrize("laws", LAWS)
def test_cross_entropy_is_torch_s_loss_of_the_logits_log_q(laws):
    run = code(laws=laws, unit="nats")
    loss = torch.nn.functional.cross_entropy(run.q.log()[None], run.p[None])
    assert float(loss) == pytest.approx(float(run.cross[0]), abs=1e-12)


def test_the_printed_example():
    run = code()
    np.testing.assert_allclose(run.cross, [2, 2.25])
    np.testing.assert_allclose(run.entropy, [1.75, 2])
    np.testing.assert_allclose(run.kl, [0.25, 0.25])
    run = code(laws="9 1,1 1")
    np.testing.assert_allclose(run.kl, [0.5310, 0.7370], atol=5e-5)


def test_at_q_equal_to_p_no_direction_along_the_simplex_gets_cheaper():
    p = code().p
    logits = p.log().clone().requires_grad_()
    (-(p * logits.log_softmax(0)).sum()).backward()
    assert float(logits.grad.abs().max()) < 1e-12
    at, cross = over_share("4 2 1 1,4 2 1 1", "A", "bits", False)
    assert float(cross.min()) == pytest.approx(1.75, abs=2e-4)
    assert abs(at[int(cross.argmin())] - 0.5) < 0.02
    assert (np.diff(cross, 2) > 0).all()


@pytest.mark.parametrize("back", [False, True])
def test_the_curve_is_the_cost_of_the_bars_it_stands_for(back):
    at, cross = over_share("4 2 1 1,1 3 2 1", "C", "nats", back)
    for k in (0, 33, 80):
        run = code(laws="4 2 1 1,1 3 2 1", held="C", share=float(at[k]), unit="nats")
        assert float(cross[k]) == pytest.approx(float(run.cross[int(back)]), abs=1e-12)


def test_a_symbol_that_q_misses_costs_infinitely_much_and_only_that_way():
    run = code(laws="4 2 1 1,1 1 2 0")
    assert run.cross[0] == run.kl[0] == math.inf
    assert run.cross[1].item() == pytest.approx(2.25) and run.kl[1].item() == pytest.approx(0.75)
    run = code(laws="1 0,1 1")
    assert run.cross[0] == 1 and run.kl[1] == math.inf and run.entropy[0] == 0


@pytest.mark.parametrize("start", [{}, {"held": "B", "share": 0.7}, {"laws": "9 1,1 1"}])
def test_taking_any_bar_of_q_by_its_top_moves_nothing_yet(start):
    before = code(**BASE | start)
    for handle in drawn(**start)["bars"].handles:
        (share,) = (row[0] * handle.x + row[1] * handle.y for row in handle.matrix)
        after = code(**BASE | start | handle.also | dict.fromkeys(handle.params, share))
        torch.testing.assert_close(after.q, before.q, atol=1e-4, rtol=0)
        torch.testing.assert_close(after.p, before.p)


@pytest.mark.parametrize(("laws", "back"), [(LAWS[0], False), (LAWS[2], False), (LAWS[2], True)])
def test_red_less_green_is_kl(laws, back):
    """The areas of the blocks in the picture, corner by corner."""
    area = {"paid more": 0.0, "paid less": 0.0}
    for trace in drawn(laws=laws, back=back)["costs"].traces:
        if trace["name"] in area:
            x, y = (np.asarray(trace[axis], float).reshape(-1, 6) for axis in "xy")
            area[trace["name"]] += float(((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 1])).sum())
    gain = area["paid more"] + area["paid less"]
    assert gain == pytest.approx(float(code(laws=laws).kl[int(back)]), abs=1e-6)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("p", "as they were set"), ("q", "as they were set"), ("entropy", "both entropies"),
        ("cross", "both cross-entropies"), ("kl", "KL both ways"),
    ],
)  # fmt: skip
def test_a_wrong_number_turns_its_check_red(field, words):
    run, checks = found()
    assert all(c.holds for c in checks if c.applies)
    for at in (0, 1):
        bent = getattr(run, field).clone()
        bent[at] *= 1.01
        checks = claims.checks(run._replace(**{field: bent}), **BASE, back=False)
        (one,) = (c for c in checks if words in c.claim)
        assert one.applies and not one.holds
        if field in ("cross", "entropy") and at == 0:
            (left,) = (c for c in checks if "left out" in c.claim)
            assert left.applies and not left.holds


def test_sentences_tell_the_cases_apart():
    for values, back, words in (
        ({}, False, "2 bits in the code of q: 1.75"),
        ({"laws": "9 1,1 1"}, False, "takes 1 bit in"),
        ({"laws": "4 2 1 1,1 1 2 0"}, False, "D of p has no word"),
        ({"laws": "1 0 0,1 1 1"}, True, "B and C of q have no word"),
        ({"laws": "4 2 1 1,4 2 1 1"}, False, "KL(p‖q) = 0 for"),
        ({"laws": "1 1 1 1,1 0 0 0"}, False, "B, C and D of p have no word"),
    ):  # fmt: skip
        values = BASE | values
        assert words in claims.says(code(**values), unit=values["unit"], back=back)


@pytest.mark.parametrize(
    "bad",
    [{"laws": "1 1,0 0"}, {"laws": "0 0,1 1"}, {"laws": "1 1,1 -1"}, {"laws": "1 1"},
     {"laws": "1 1,1 1 1"}, {"laws": "1 1,1 x"}, {"share": 1.1}, {"unit": "digits"}],
)  # fmt: skip
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=rf"{next(iter(bad))}\b"):
        code(**BASE | bad)
