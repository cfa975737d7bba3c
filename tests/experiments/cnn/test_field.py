import math
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cnn.stack import needed, paths, sizes, spreads
from core.experiments.cnn import field
from core.experiments.cnn.field import pointed
from core.table import write
from pages.experiments.cnn.field import EXPERIMENT as FIELD
from tests import contract

DEFAULTS = FIELD.defaults()
SHEET = "3 1 1,3 2 1,5 1 1,3 2 1"

layer = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3))
stacks = st.lists(layer, min_size=1, max_size=5).filter(lambda rows: sizes(rows)[0][-1] < 500)


def text(rows):
    return ",".join(" ".join(str(v) for v in row) for row in rows)


def run(**values):
    return field.field(**values)


def checked(result, **values):
    return FIELD.checks(result, **DEFAULTS | values)


def says(result, **values):
    return FIELD.says(result, **DEFAULTS | values)


def reached_by_hand(rows, unit):
    """Which inputs feed the unit, by following every kernel entry downwards, one by one."""
    units = {unit}
    for k, s, d in reversed(rows):
        units = {s * u + d * a for u in units for a in range(k)}
    return sorted(units)


@pytest.mark.parametrize(
    ("layers", "width"),
    [
        ("3 1 1,3 1 1,3 1 1", 7),
        (SHEET, 17),
        (text([(3, 2, 1)] * 5), 63),
        (text([(2, 1, 2**i) for i in range(8)]), 256),
        ("1 4 1,1 4 1", 1),
        ("9 1 1", 9),
        ("3 3 1,3 3 1,3 3 1", 27),
    ],
)
def test_the_widths_of_the_sheet_come_out(layers, width):
    result = run(layers=layers)
    assert result.width == width
    reached = result.grad.nonzero()[:, 0]
    assert int(reached[-1] - reached[0]) + 1 == width


@settings(max_examples=60, deadline=None)
@given(stacks, st.integers(0, 6), st.integers(-40, 40))
def test_any_unit_of_any_stack_sees_what_its_kernel_entries_lead_to(rows, down, at):
    result = run(layers=text(rows), down=down, at=at)
    below = rows[: result.level]
    inputs = reached_by_hand(below, result.unit)
    assert result.cone[0].nonzero()[:, 0].tolist() == inputs
    assert result.grad.nonzero()[:, 0].tolist() == inputs
    assert (result.first, result.first + result.width - 1) == (inputs[0], inputs[-1])
    place = result.units[0] // 2 + at
    found = pointed(result.layers, down, at)[2]
    assert found == (down <= len(rows) and 0 <= place < result.units[0])


@settings(max_examples=40, deadline=None)
@given(stacks)
def test_the_gradient_is_the_product_of_the_weights_summed_over_paths(rows):
    """Second route: dilated kernels convolved with one another by numpy."""
    result = run(layers=text(rows))
    profile, jump = np.ones(1), 1
    for k, s, d in rows:
        spread = np.zeros(d * jump * (k - 1) + 1)
        spread[:: d * jump] = 1 / k
        profile, jump = np.convolve(profile, spread), jump * s
    measured = result.grad[result.first : result.first + result.width].numpy()
    np.testing.assert_allclose(measured, profile, atol=1e-14)
    j = np.arange(len(profile))
    assert result.spread == pytest.approx(np.sqrt(np.average((j - j.mean()) ** 2, weights=profile)))
    w = [torch.full((k,), 1 / k, dtype=torch.float64) for k, _, _ in rows]
    assert spreads(tuple(rows), w)[-1] == pytest.approx(result.spread, abs=1e-9)
    np.testing.assert_allclose(paths(tuple(rows), w), profile, atol=1e-14)


@pytest.mark.parametrize("weights", ["uniform", "sobel"])
def test_outside_the_field_the_derivative_is_exactly_zero_and_a_shift_of_one_sees_it(weights):
    result = run(layers=SHEET, weights=weights, at=4)
    outside = torch.ones_like(result.grad, dtype=torch.bool)
    outside[result.first : result.first + result.width] = False
    assert float(result.grad[outside].abs().sum()) == 0
    assert float(result.grad[result.first]) != 0
    assert float(result.grad[result.first + result.width - 1]) != 0


def test_112_layers_for_224_pixels_and_not_one_less():
    deep = ((3, 1, 1),) * 111
    assert (sizes(deep)[0][-1], sizes((*deep, deep[0]))[0][-1]) == (223, 225)
    assert [needed(deep[:3], n) for n in (224, 225, 226)] == [112, 112, 113]


@pytest.mark.parametrize("depth", [1, 4, 16, 64])
def test_the_gradient_of_equal_layers_spreads_like_the_root_of_their_number(depth):
    result = run(stack="deep", depth=depth)
    assert result.spread == pytest.approx(math.sqrt(depth * 2 / 3))
    assert result.width == 1 + 2 * depth


@pytest.mark.parametrize(
    ("layers", "held"),
    # shares of the inputs: a third each; (1, 2, 3, 2, 1)/9; 40 of exactly 2.5 %; 1/4 each
    [("3 1 1", 3), ("3 1 1,3 1 1", 5), ("8 1 1,5 1 8", 38), ("2 1 1,2 1 2", 4), ("1 1 1", 1)],
)
def test_95_percent_by_hand_and_a_wrong_share_is_noticed(layers, held):
    result = run(layers=layers)
    assert result.held == held and f"95 % of its gradient sits on {held} of" in says(result)
    (check,) = [c for c in checked(result) if "hold 95 %" in c.claim]
    assert check.holds and check.rhs == held
    result.grad[result.first + result.width // 2] += 100  # all of it in one input
    (check,) = [c for c in checked(result) if "hold 95 %" in c.claim]
    assert check.holds == (held == 1)


def test_the_field_that_holds_95_percent_is_near_that_of_a_gaussian_for_many_layers():
    assert run(stack="deep", depth=20).held == 15  # of 41: they hold 96.1 %, 13 hold 92.6 %
    result = run(stack="deep", depth=100)
    assert result.held == pytest.approx(2 * 1.96 * result.spread, rel=0.06)


@pytest.mark.parametrize("k", [3, 5, 7])
def test_a_zero_in_the_kernel_hides_an_input_by_value_but_not_its_weight(k):
    result = run(layers=f"{k} 1 1", weights="sobel")
    assert int((result.grad != 0).sum()) == 2
    assert result.inside == k
    assert result.learning == k
    (why,) = [c.why for c in checked(result, weights="sobel") if not c.applies and c.id == "CNN-21"]
    assert f"hide inputs, {k - 2} here" in why


def test_dilated_layers_of_the_same_step_leave_holes():
    result = run(layers="3 1 2,3 1 2,3 1 2")
    assert (result.width, result.inside) == (13, 7)
    assert "6 of them left out" in says(result)


def test_the_tower_is_that_of_real_layers_without_padding():
    rows = [(3, 2, 1), (5, 1, 2), (2, 3, 1)]
    result = run(layers=text(rows))
    x = torch.zeros(1, 1, result.units[0])
    for (k, s, d), units in zip(rows, result.units[1:]):
        x = F.conv1d(x, torch.zeros(1, 1, k), stride=s, dilation=d)
        assert x.shape[-1] == units


def test_pointing_beside_the_tower_takes_the_top_and_says_so():
    result = run(at=1000)
    assert result.level == 3 and "No unit" in says(result, at=1000)
    assert run(down=3, at=-5).first == 0


def test_the_pointer_finds_the_unit_it_points_at():
    for down in range(4):
        values = DEFAULTS | {"layers": "3 1 1,3 2 1,3 1 1", "down": down}
        before = FIELD.compute(**values)
        tower = FIELD.figure(before, **values).panels[0]
        row, column = tower.pick.cell
        chosen = [
            round(a * column + b * row + c)
            for (a, b), c in zip(tower.pick.matrix, tower.pick.offset)
        ]
        again = FIELD.compute(**values | dict(zip(tower.pick.params, chosen)))
        assert (again.level, again.unit) == (before.level, before.unit)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"layers": "3 1"}, "expected layers to be 1 x 3"),
        ({"layers": "3 1 1,3 one 1"}, "expected a finite number in row 2, column 2 of layers"),
        ({"layers": "3 0 1"}, "expected s in row 1 of layers a whole number"),
        ({"layers": "3 1 1,2.5 1 1"}, "expected k in row 2 of layers a whole number"),
        ({"layers": "3 1 0"}, "expected d in row 1 of layers a whole number"),
        ({"layers": text([(3, 3, 1)] * 8)}, "at most 1024 inputs, got 6561"),
    ],
)
def test_what_is_no_stack_is_refused_in_one_sentence(values, said):
    with pytest.raises(ValueError, match=said):
        run(**values)


def test_random_tables_are_answered_soundly_and_lightly():
    rng = random.Random(11)
    for _ in range(60):
        rows = [
            (rng.randint(1, 9), rng.randint(1, 4), rng.randint(1, 9))
            for _ in range(rng.randint(1, 8))
        ]
        values = DEFAULTS | {
            "layers": write(torch.tensor(rows)),
            "n": rng.randint(8, 512),
            "weights": rng.choice(("uniform", "sobel")),
            "down": rng.randint(0, 4),
            "at": rng.randint(-30, 30),
        }
        if sizes(rows)[0][-1] <= field.WIDEST:
            contract.answers(FIELD, values)


def test_a_gradient_outside_and_a_missing_input_are_caught():
    result = run(at=1)
    grad = result.grad.clone()
    grad[-1] = 1e-300
    leaking = checked(result._replace(grad=grad), at=1)
    assert not next(c for c in leaking if c.id == "CNN-23").holds
    grad = result.grad.clone()
    grad[result.first] = 0
    blind = [c for c in checked(result._replace(grad=grad), at=1) if not c.holds]
    assert {"CNN-21", "CNN-22"} <= {c.id for c in blind}


def test_layers_with_kernel_one_never_see_the_picture():
    assert needed(((1, 1, 1),), 224) == -1
    assert "never see" in says(run(layers="1 1 1"))
    assert "sees 1 pixel:" in says(run(layers="1 1 1"))


def test_the_lines_of_the_tower_join_units_and_their_inputs():
    values = DEFAULTS | {"layers": "3 2 1,2 1 1"}
    result = run(layers=values["layers"])
    lines = FIELD.figure(result, **values).panels[0].traces[0]
    ends = lines["x"].reshape(-1, 3)[:, :2], lines["y"].reshape(-1, 3)[:, :2]
    assert len(ends[0]) == 2 + 2 * 3
    assert set(map(tuple, ends[1].tolist())) == {(2.0, 1.0), (1.0, 0.0)}
    bottom = ends[0][ends[1][:, 1] == 0][:, 1]
    assert sorted(set(bottom.tolist())) == result.cone[0].nonzero()[:, 0].tolist()
