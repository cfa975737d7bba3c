import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cnn.pools import over_beta
from core.experiments.cnn import pooling
from core.signature import fields
from core.table import write
from pages.experiments.cnn.pooling import EXPERIMENT as POOLING

NUMBERS = st.floats(-50, 50).map(lambda v: round(v, 2))
KINDS = fields(pooling.bench)["kind"].choices
SOFT = {"bench": "window", "kind": "softmax"}


def run(**values):
    return pooling.bench(**SOFT | values)


def says(result, **values):
    return POOLING.says(result, **POOLING.defaults() | SOFT | values)


def checked(result, **values):
    return POOLING.checks(result, **POOLING.defaults() | SOFT | values)


def preset(key, **values):
    """The values of a preset, and its result."""
    values = POOLING.preset(key) | values
    return values, POOLING.compute(**values)


def table(rows, columns, seed=0, whole=False):
    x = np.random.default_rng(seed).normal(0, 2, (rows, columns))
    return write(torch.tensor(x.round(0 if whole else 2)))


@pytest.mark.parametrize(
    ("beta", "value"), [(0.0, 1.25), (1.0, 2.5322), (5.0, 2.9932), (10.0, 2.99995)]
)
def test_the_window_of_the_sheet_goes_from_soft_to_hard(beta, value):
    assert run(beta=beta).window().value == pytest.approx(value, abs=5e-5)


def by_hand(x, r, s, kind, beta):
    """Every window by loops."""
    out = []
    for i in range(0, x.shape[0] - r[0] + 1, s[0]):
        row = []
        for j in range(0, x.shape[1] - r[1] + 1, s[1]):
            v = x[i : i + r[0], j : j + r[1]].ravel()
            e = np.exp(beta * v)
            row.append(
                {
                    "max": v.max(),
                    "min": v.min(),
                    "average": v.mean(),
                    "softmax": (e * v).sum() / e.sum(),
                    "lse": np.log(e.sum()) / beta,
                }[kind]
            )
        out.append(row)
    return np.array(out)


CASES = list(itertools.product(KINDS, ((1, 1), (2, 2), (3, 1), (4, 5))))


@pytest.mark.parametrize(("kind", "steps"), CASES)
def test_every_window_is_pooled_as_by_hand(kind, steps):
    r, s = steps
    values = {"bench": "picture", "kind": kind, "r": r, "s": s, "beta": 1.3, "dx": -1}
    result = run(**values, pixels=table(8, 8))
    for x, out in ((result.x, result.out), (result.shifted, result.moved)):
        np.testing.assert_allclose(out, by_hand(x.numpy(), (r, r), (s, s), kind, 1.3), atol=1e-12)
    moved = np.zeros_like(result.x.numpy())
    moved[:, :-1] = result.x[:, 1:]
    np.testing.assert_array_equal(result.shifted, moved)


def torchs(x, size, stride, kind, beta):
    """The same pooling by torch's own functions."""
    x = x[None, None]
    if kind in ("max", "min"):
        return F.max_pool2d(x, size, stride) if kind == "max" else -F.max_pool2d(-x, size, stride)
    if kind == "average":
        return F.avg_pool2d(x, size, stride)
    columns = F.unfold(x, size, stride=stride)[0]
    if kind == "lse":
        return torch.logsumexp(beta * columns, 0) / beta
    return (torch.softmax(beta * columns, 0) * columns).sum(0)


@pytest.mark.parametrize(("kind", "steps"), CASES)
@pytest.mark.parametrize("whole", [False, True], ids=["values", "ties"])
def test_the_gradient_takes_torchs_way(kind, steps, whole):
    r, s = steps
    pixels = table(8, 8, 3, whole)
    result = run(bench="picture", kind=kind, r=r, s=s, beta=-0.8, pixels=pixels)
    x = result.x.clone().requires_grad_()
    out = torchs(x, result.size, s, kind, -0.8)
    out.sum().backward()
    torch.testing.assert_close(result.grad, x.grad, rtol=0, atol=1e-12)


def test_of_two_that_tie_the_first_gets_everything():
    values = {"values": "1 3 0 3", "kind": "max"}
    result = run(**values)
    assert result.window().share.tolist() == [0, 1, 0, 0]
    assert "2 entries tie" in says(result, **values)
    assert run(values="1 0 0 3", kind="min").window().share.tolist() == [0, 1, 0, 0]


def test_raising_a_low_bar_lowers_softmax_pooling():
    result = run(values="0 3 0 0")
    before, near = result.window(), run(values="0.0001 3 0 0").window()
    assert float(before.share[0]) == pytest.approx((near.value - before.value) / 1e-4, rel=1e-3)
    assert "would lower" in says(result)
    assert "would lower" not in says(run(values="0 3 0 0", kind="average"), kind="average")


@settings(max_examples=60, deadline=None)
@given(values=st.lists(NUMBERS, min_size=1, max_size=12), beta=st.floats(-20, 20))
def test_softmax_pooling_stays_within_ln_n_over_beta_of_the_extreme(values, beta):
    window = run(values=" ".join(map(str, values)), beta=beta).window()
    low, high = min(values), max(values)
    assert low - 1e-9 <= window.value <= high + 1e-9
    if abs(beta) > 1e-3:
        edge = high if beta > 0 else low
        assert abs(window.value - edge) <= math.log(len(values)) / abs(beta) + 1e-9
        assert window.bound(beta) == pytest.approx(math.log(len(values)) / abs(beta))
    soft, _ = over_beta(window.x, torch.linspace(-20, 20, 161, dtype=torch.float64))
    assert float(soft.diff().min()) >= -1e-9


def test_log_sum_exp_is_another_thing_and_has_no_value_at_zero():
    values = {"kind": "lse"}
    result = run(**values)
    assert result.window().value == pytest.approx(math.log(sum(map(math.exp, (1, 3, 2, -1)))))
    assert result.window().value > 3 > run().window().value
    assert "above the maximum" in says(result, **values)
    _, lse = over_beta(result.window().x, torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64))
    assert lse.isnan().tolist() == [False, True, False]
    with pytest.raises(ValueError, match=r"expected beta to be at least 0\.001 in size"):
        run(kind="lse", beta=0.0)


def test_one_pixel_changes_many_outputs_of_a_digit():
    values, result = preset("A digit moves one pixel")
    x = result.x.numpy()
    moved = np.roll(x, 1, axis=1)  # the frame is empty, so nothing comes round
    before, after = (by_hand(z, (2, 2), (2, 2), "max", 1.0) for z in (x, moved))
    assert int(result.changed.sum()) == int((before != after).sum()) == 11
    assert "inputs, 11 of 36 outputs." in says(result, **values)


@pytest.mark.parametrize("dx", [2, -2])
def test_a_shift_by_the_stride_moves_the_outputs_along(dx):
    values = {"bench": "picture", "kind": "max", "dx": dx}
    result = run(**values)
    torch.testing.assert_close(result.moved, torch.roll(result.out, dx // 2, 1))
    assert "move along" in says(result, **values)
    moves = [check for check in checked(result, **values) if "moves the outputs" in check.claim]
    assert moves[0].applies and moves[0].holds


def test_only_a_window_as_large_as_the_picture_does_not_notice():
    values, result = preset("One window over everything")
    assert not bool(result.changed.any())
    assert "0 of 1 output. This pooling does not notice" in says(result, **values)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["out", "moved", "shares", "x"])
def test_a_wrong_pooled_value_or_gradient_is_noticed_for_every_kind(kind, field):
    """Also for a shift that is no multiple of the stride, and by a changed sign."""
    values = {"bench": "picture", "kind": kind, "dx": 1, "beta": 0.7}
    result = run(**values)
    assert all(check.holds for check in checked(result, **values) if check.applies)
    for wrong in (1.07 * getattr(result, field), -getattr(result, field)):
        found = checked(result._replace(**{field: wrong}), **values)
        assert any(check.applies and not check.holds for check in found)


def test_softmax_pooling_and_its_curve_come_only_when_they_are_asked_for():
    for bench, kind in itertools.product(("window", "picture"), KINDS):
        values = POOLING.defaults() | {"bench": bench, "kind": kind}
        soft = kind in ("softmax", "lse")
        assert ("curve" in panels(values, run(bench=bench, kind=kind))) == soft
        claims = [check.claim for check in checked(run(bench=bench, kind=kind), **values)]
        assert ("softmax" in " ".join(claims)) == soft


def test_softmax_pooling_of_rows_then_columns_is_not_that_of_squares():
    result = run(bench="picture", kind="softmax", r=2, s=2, beta=3.0)
    x = result.x
    rows = torchs(x, (1, 2), (1, 2), "softmax", 3.0).view(12, 6)
    both = torchs(rows, (2, 1), (2, 1), "softmax", 3.0).view(6, 6)
    assert float((both - result.out).abs().max()) > 1e-3


def panels(values, result):
    return {panel.name: panel for panel in POOLING.figure(result, **values).panels}


def test_pointing_at_an_output_shows_its_window():
    values, result = preset("A digit moves one pixel", u=14)
    shown = panels(values, result)
    assert shown["outputs"].pick.cell == result.window(14).place == (2, 2)
    assert shown["outputs"].pick.matrix == ((1.0, 6.0),)
    window = next(t for t in shown["photo"].traces if t["name"] == "window")
    # the drawn pixels start at 0, the frame at −2
    assert (window["x"][0], window["x"][1]) == (1.5, 3.5)


def test_an_output_that_is_not_there_is_said_and_lights_nothing():
    values, result = preset("A digit moves one pixel", u=100)
    assert "no output of that number" in says(result, **values)
    for panel in panels(values, result).values():
        assert panel.pick is None or panel.pick.cell is None
        assert "window" not in [trace["name"] for trace in panel.traces]


def test_what_is_painted_is_what_is_pooled():
    for bench, param, shape in (("window", "values", (4,)), ("picture", "pixels", (8, 8))):
        values = POOLING.defaults() | {"bench": bench}
        paint = POOLING.figure(run(bench=bench), **values).panels[0].paint
        assert paint.param == param and paint.values.shape == shape
        assert write(torch.tensor(paint.values)) == values[param]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": "1 2,3 4"}, "values to be one row of 1 to 12 numbers, got 2 rows of 2"),
        ({"values": "1 " * 13}, "values to be one row of 1 to 12 numbers, got 1 rows of 13"),
        ({"values": "1 1e308"}, r"every number of values in \[-1000, 1000\]"),
        ({"bench": "picture", "pixels": "1 2 3"}, "pixels to be 8 x 8, got 1 x 3"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
