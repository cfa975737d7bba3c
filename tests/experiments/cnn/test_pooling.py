import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.cnn import pooling
from core.experiments.cnn import pooling_claims as pooling_checks
from core.table import write
from pages.experiments.cnn.pooling import EXPERIMENT as POOLING
from pages.figures.cnn.pooling import figure

NUMBERS = st.floats(-50, 50).map(lambda v: round(v, 2))


def run(**values):
    return POOLING.compute(**POOLING.defaults() | values)


def says(result, **values):
    return pooling.says(result, **POOLING.defaults() | values)


def checked(result, **values):
    return pooling_checks.checks(result, **POOLING.defaults() | values)


def table(rows, columns, seed=0, whole=False):
    x = np.random.default_rng(seed).normal(0, 2, (rows, columns))
    return write(torch.tensor(x.round(0 if whole else 2)))


# --- values ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beta", "value"), [(0.0, 1.25), (1.0, 2.5322), (5.0, 2.9932), (10.0, 2.99995)]
)
def test_the_window_of_the_sheet_goes_from_soft_to_hard(beta, value):
    assert run(beta=beta).value == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(("beta", "value"), [(20.0, 3.0), (-20.0, -1.0)])
def test_beta_of_ten_thousand_overflows_nothing(beta, value):
    values = {"beta": beta, "times": "500", "values": "1 3 2 -1"}
    result = run(**values)
    assert result.beta == 500 * beta
    assert result.value == value
    assert bool(result.share.isfinite().all()) and float(result.share.sum()) == 1
    assert bool(result.soft.isfinite().all())
    # the obvious formula has no answer there
    naive = torch.exp(result.beta * result.window)
    assert bool((naive / naive.sum()).isnan().any())
    assert "overflows" in says(result, **values)


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


CASES = list(
    itertools.product(("signal", "picture"), pooling.KINDS, ((1, 1), (2, 2), (3, 1), (4, 5)))
)


@pytest.mark.parametrize(("bench", "kind", "steps"), CASES)
def test_every_window_is_pooled_as_by_hand(bench, kind, steps):
    r, s = steps
    values = {"bench": bench, "kind": kind, "r": r, "s": s, "beta": 1.3, "dx": -1, "dy": 2}
    result = run(**values, wave=table(1, 12), pixels=table(8, 8))
    flat = bench == "signal"
    size, stride = ((1, r), (1, s)) if flat else ((r, r), (s, s))
    for x, out in ((result.x, result.out), (result.shifted, result.out_shifted)):
        np.testing.assert_allclose(out, by_hand(x.numpy(), size, stride, kind, 1.3), atol=1e-12)
    moved = np.zeros_like(result.x.numpy())
    if flat:
        moved[:, :-1] = result.x[:, 1:]
    else:
        moved[2:, :-1] = result.x[:-2, 1:]
    np.testing.assert_array_equal(result.shifted, moved)


# --- gradients -------------------------------------------------------------------------------


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


@pytest.mark.parametrize(("bench", "kind", "steps"), CASES)
@pytest.mark.parametrize("whole", [False, True], ids=["values", "ties"])
def test_the_gradient_takes_torchs_way(bench, kind, steps, whole):
    r, s = steps
    text = {"wave": table(1, 12, 3, whole), "pixels": table(8, 8, 3, whole)}
    result = run(bench=bench, kind=kind, r=r, s=s, beta=-0.8, **text)
    x = result.x.clone().requires_grad_()
    out = torchs(x, result.size, result.stride, kind, -0.8)
    torch.testing.assert_close(out.flatten().detach(), result.out.flatten())
    out.sum().backward()
    torch.testing.assert_close(result.grad, x.grad, rtol=0, atol=1e-12)


def test_of_two_that_tie_the_first_gets_everything():
    values = {"values": "1 3 0 3", "kind": "max"}
    result = run(**values)
    assert result.share.tolist() == [0, 1, 0, 0]
    assert "2 entries tie" in says(result, **values)
    assert run(values="1 0 0 3", kind="min").share.tolist() == [0, 1, 0, 0]


def test_raising_a_low_bar_lowers_softmax_pooling():
    before, after = run(values="0 3 0 0"), run(values="0.1 3 0 0")
    assert after.value < before.value
    slope = (run(values="0.0001 3 0 0").value - before.value) / 0.0001
    assert float(before.share[0]) == pytest.approx(slope, rel=1e-3)
    assert "would lower" in says(before)
    hard = {"values": "0 3 0 0", "kind": "average"}
    assert "would lower" not in says(run(**hard), **hard)


# --- softmax and log-sum-exp -------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(values=st.lists(NUMBERS, min_size=1, max_size=12), beta=st.floats(-20, 20))
def test_softmax_pooling_stays_within_ln_n_over_beta_of_the_extreme(values, beta):
    result = run(values=" ".join(map(str, values)), beta=beta)
    low, high = min(values), max(values)
    assert low - 1e-9 <= result.value <= high + 1e-9
    if abs(beta) > 1e-3:
        edge = high if beta > 0 else low
        assert abs(result.value - edge) <= math.log(len(values)) / abs(beta) + 1e-9
        assert result.bound == pytest.approx(math.log(len(values)) / abs(beta))
    assert float(result.soft.diff().min()) >= -1e-9


def test_log_sum_exp_is_another_thing_and_has_no_value_at_zero():
    values = {"kind": "lse"}
    result = run(**values)
    assert result.value == pytest.approx(math.log(sum(map(math.exp, (1, 3, 2, -1)))))
    assert result.value > 3 > run().value
    assert "above the maximum" in says(result, **values)
    assert bool(result.lse.isnan().sum() == 1) and bool(result.lse[80].isnan())
    with pytest.raises(ValueError, match=r"expected beta to be at least 0\.001 in size"):
        run(kind="lse", beta=0.0)


# --- shift -----------------------------------------------------------------------------------


def test_one_pixel_changes_many_outputs_of_a_digit():
    values = POOLING.preset("A digit moves one pixel")
    result = pooling.bench(**values)
    x = result.x.numpy()
    moved = np.roll(x, 1, axis=1)  # the frame is empty, so nothing comes round
    before, after = (by_hand(z, (2, 2), (2, 2), "max", 1.0) for z in (x, moved))
    assert int(result.changed.sum()) == int((before != after).sum()) == 11
    assert "11 of 36 outputs change" in pooling.says(result, **values)


@pytest.mark.parametrize(("dx", "dy"), [(2, 0), (-2, 2), (0, -2)])
def test_a_shift_by_the_stride_moves_the_outputs_along(dx, dy):
    values = {"bench": "picture", "kind": "max", "dx": dx, "dy": dy}
    result = run(**values)
    torch.testing.assert_close(
        result.out_shifted, torch.roll(result.out, (dy // 2, dx // 2), (0, 1))
    )
    assert "move along" in says(result, **values)
    moves = [check for check in checked(result, **values) if "moves the outputs" in check.claim]
    assert moves[0].applies and moves[0].holds
    odd = {"bench": "picture", "kind": "max", "dx": 1}
    still = [check for check in checked(run(**odd), **odd) if "moves the outputs" in check.claim]
    assert not still[0].applies and still[0].why


def test_only_a_window_as_large_as_the_picture_does_not_notice():
    values = POOLING.preset("Only global pooling shrugs")
    assert not bool(pooling.bench(**values).changed.any())


# --- two dimensions ----------------------------------------------------------------------------


def test_max_pooling_of_rows_and_columns_is_that_of_squares_but_softmax_is_not():
    result = run(bench="picture", kind="softmax", r=2, s=2, beta=3.0)
    x = result.x
    rows = torchs(x, (1, 2), (1, 2), "softmax", 3.0).view(12, 6)
    both = torchs(rows, (2, 1), (2, 1), "softmax", 3.0).view(6, 6)
    assert float((both - result.out).abs().max()) > 1e-3
    values = {"bench": "picture", "kind": "max", "r": 3, "s": 2, "pixels": table(8, 8)}
    square = run(**values)
    rows = by_hand(square.x.numpy(), (1, 3), (1, 2), "max", 1.0)
    np.testing.assert_array_equal(square.out, by_hand(rows, (3, 1), (2, 1), "max", 1.0))


# --- picture of it -------------------------------------------------------------------------------


@pytest.mark.parametrize("times", pooling.TIMES)
def test_the_handle_on_the_curve_is_beta(times):
    values = POOLING.defaults() | {"beta": -7.5, "times": times}
    panels = {panel.name: panel for panel in figure(pooling.bench(**values), **values).panels}
    (handle,) = panels["curve"].handles
    assert handle.params == ("beta",)
    assert handle.matrix[0][0] * handle.x + handle.matrix[0][1] * handle.y == pytest.approx(-7.5)


def test_pointing_at_an_output_shows_its_window():
    values = POOLING.preset("A digit moves one pixel") | {"u": 14}
    result = pooling.bench(**values)
    panels = {panel.name: panel for panel in figure(result, **values).panels}
    assert panels["outputs"].pick.cell == result.picked == (2, 2)
    assert panels["outputs"].pick.matrix == ((1.0, 6.0),)
    torch.testing.assert_close(result.window, result.x[4:6, 4:6].flatten())
    window = next(t for t in panels["photo"].traces if t["name"] == "window")
    # the drawn pixels start at 0, the frame at −2
    assert (window["x"][0], window["x"][1]) == (1.5, 3.5)


def test_an_output_that_is_not_there_is_said_and_lights_nothing():
    values = POOLING.preset("A digit moves one pixel") | {"u": 100}
    result = pooling.bench(**values)
    assert result.picked is None
    assert "no output of that number" in pooling.says(result, **values)
    for panel in figure(result, **values).panels:
        assert panel.pick is None or panel.pick.cell is None
        assert "window" not in [trace["name"] for trace in panel.traces]


def test_what_is_painted_is_what_is_pooled():
    for bench, param, shape in (
        ("window", "values", (4,)),
        ("signal", "wave", (12,)),
        ("picture", "pixels", (8, 8)),
    ):
        values = POOLING.defaults() | {"bench": bench}
        paint = figure(pooling.bench(**values), **values).panels[0].paint
        assert paint.param == param and paint.values.shape == shape
        assert write(torch.tensor(paint.values)) == values[param]


# --- checks, declaration -------------------------------------------------------------------------


def test_a_wrong_value_or_gradient_is_noticed():
    values = POOLING.preset("Overlapping windows")
    result = pooling.bench(**values)
    assert all(c.holds for c in pooling_checks.checks(result, **values) if c.applies)
    for field, wrong in (
        ("shares", 2 * result.shares),
        ("shares", torch.full_like(result.shares, 1 / 3)),
        ("soft", result.soft.flip(0)),
        ("out_shifted", result.out_shifted + 1),
    ):
        broken = result._replace(**{field: wrong})
        assert not all(c.holds for c in pooling_checks.checks(broken, **values) if c.applies)


@settings(max_examples=60, deadline=None)
@given(
    bench=st.sampled_from(pooling.BENCHES),
    kind=st.sampled_from(pooling.KINDS),
    beta=st.one_of(st.floats(-20, 20), st.sampled_from([-20.0, 0.0, 1e-300, 20.0])),
    times=st.sampled_from(pooling.TIMES),
    values=st.lists(NUMBERS, min_size=1, max_size=12).map(lambda v: " ".join(map(str, v))),
    r=st.integers(1, 12),
    s=st.integers(1, 12),
    dx=st.integers(-2, 2),
    dy=st.integers(-2, 2),
    u=st.integers(0, 143),
)
def test_every_check_holds_wherever_it_applies(**values):
    values = POOLING.defaults() | values
    if values["kind"] == "lse" and abs(values["beta"]) < 1e-3:
        values["beta"] = 1.0
    result = pooling.bench(**values)
    assert [c for c in pooling_checks.checks(result, **values) if c.applies and not c.holds] == []
    assert pooling.says(result, **values)
    for panel in figure(result, **values).panels:
        for trace in panel.traces:
            assert not np.isinf(trace["y"]).any(), panel.name


@pytest.mark.parametrize("prediction", POOLING.predictions, ids=lambda p: p.preset)
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(prediction):
    right = {
        "A digit moves one pixel": "more than 8",
        "Soft to hard": "2.53",
        "Raise a bar, lower the pool": "yes",
        "Two winners": "1 for one of them, 0 for the other",
    }
    values = POOLING.preset(prediction.preset)
    assert prediction.answer(POOLING.compute(**values)) == right[prediction.preset]
    for option, change in prediction.beliefs.items():
        assert prediction.answer(POOLING.compute(**values | change)) == option


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"r": 0}, r"r a whole number in \[1, 12\], got 0"),
        ({"r": 13, "bench": "picture"}, "r a whole number"),
        ({"s": 0}, "s a whole number"),
        ({"dx": 3}, "dx a whole number"),
        ({"beta": math.nan}, r"beta in \[-20, 20\]"),
        ({"kind": "median"}, "kind to be one of max, min"),
        ({"values": "1 two 3"}, "finite number in row 1, column 2 of values"),
        ({"values": "1 2,3 4"}, "values to be one row of 1 to 12 numbers, got 2 rows of 2"),
        ({"values": "1 " * 13}, "values to be one row of 1 to 12 numbers, got 1 rows of 13"),
        ({"values": "1 1e308"}, r"every number of values in \[-1000, 1000\]"),
        ({"bench": "signal", "wave": "1 2 3"}, "wave to be 1 x 12, got 1 x 3"),
        ({"bench": "picture", "pixels": "1 2 3"}, "pixels to be 8 x 8, got 1 x 3"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
