import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d, correlate2d

from core.cnn.derivation import PRINTED_P, PRINTED_ROT, rot180, turned
from core.experiments.cnn import backprop as bp
from core.pictures import picture
from core.table import write
from pages.experiments.cnn.backprop import EXPERIMENT as BACKPROP
from pages.figures.cnn.backprop import figure

PHI = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}


def run(**values):
    return BACKPROP.compute(**BACKPROP.defaults() | values)


def checked(result, **values):
    return bp.checks(result, **BACKPROP.defaults() | values)


def random_setting(space, layer, act="identity", n=7, seed=0, half=2):
    rng = np.random.default_rng(seed)

    def table(rows, columns):
        return write(torch.tensor(rng.normal(size=(rows, columns)).round(2)))

    return BACKPROP.defaults() | {
        "space": space,
        "layer": layer,
        "act": act,
        "n": n,
        "b": 0.3,
        "upstream": "drawn",
        "y": table(1, n),
        "w": table(1, 2 * half + 1),
        "delta": table(1, n),
        "y2": table(n, n),
        "w2": table(3, 3),
        "delta2": table(n, n),
    }


SETTINGS = list(itertools.product(bp.SPACES, bp.LAYERS, (5, 6, 8)))


def risk(result, layer, act, b, y=None, w=None):
    """R = Σ ∂R/∂y⁽ˡ⁾ · φ(scipy's layer), whose gradient is what the experiment shows."""
    y = result.y.numpy() if y is None else y
    w = result.w.numpy() if w is None else w
    z = (convolve2d if layer == "conv" else correlate2d)(y, w, "valid") + b
    return (result.upstream.numpy() * PHI[act](z)).sum()


def slope(f, x, eps=1e-5):
    """Central differences of f at x, entry by entry."""
    out = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = eps
        out[place] = (f(x + step) - f(x - step)) / (2 * eps)
    return out


def test_one_output_by_hand():
    values = {"n": 5, "y": "1 2 3 4 5", "w": "7 0 -1", "out": 1}
    result = run(**values)
    # z at k = 0 is y₁ w₋₁ + y₀ w₀ + y₋₁ w₁ = 4·7 + 3·0 + 2·(−1)
    assert float(result.z[0, 1]) == 26
    assert result.grad_w.tolist() == [[4, 3, 2]]
    assert result.grad_y.tolist() == [[0, -1, 0, 7, 0]]
    assert run(**values, layer="corr").grad_w.tolist() == [[2, 3, 4]]
    assert run(**values, layer="corr").grad_y.tolist() == [[0, 7, 0, -1, 0]]


@pytest.mark.parametrize(("space", "layer", "n"), SETTINGS)
@pytest.mark.parametrize("act", bp.ACTIVATIONS)
def test_all_gradients_are_slopes_of_the_risk(space, layer, act, n):
    values = random_setting(space, layer, act, n)
    result = bp.backprop(**values)
    assert float(result.z.abs().min()) > 1e-4  # away from the corner of relu
    by_w = slope(lambda w: risk(result, layer, act, 0.3, w=w), result.w.numpy())
    by_y = slope(lambda y: risk(result, layer, act, 0.3, y=y), result.y.numpy())
    by_b = slope(lambda b: risk(result, layer, act, float(b)), np.array(0.3))
    np.testing.assert_allclose(result.grad_w.numpy(), by_w, atol=1e-7)
    np.testing.assert_allclose(result.grad_y.numpy(), by_y, atol=1e-7)
    assert result.grad_b == pytest.approx(float(by_b), abs=1e-7)


def test_the_correlating_layer_is_torchs_conv1d():
    values = random_setting("signal", "corr")
    result = bp.backprop(**values)
    layer = torch.nn.Conv1d(1, 1, 5, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(result.w[None])
        layer.bias.fill_(0.3)
    y = result.y[None].clone().requires_grad_()
    out = layer(y)
    out.backward(result.upstream[None])
    tight = {"rtol": 0, "atol": 1e-12}
    torch.testing.assert_close(result.out, out[0].detach(), **tight)
    torch.testing.assert_close(result.grad_w, layer.weight.grad[0], **tight)
    torch.testing.assert_close(result.grad_y, y.grad[0], **tight)
    assert result.grad_b == pytest.approx(float(layer.bias.grad), abs=1e-12)


@pytest.mark.parametrize(("space", "layer", "n"), SETTINGS)
def test_untied_weights_have_the_untied_gradients(space, layer, n):
    result = bp.backprop(**random_setting(space, layer, n=n))
    kernels = result.w.expand(*result.z.shape, *result.w.shape).clone().requires_grad_()
    (rows, columns), y = result.w.shape, result.y
    total = 0
    for k, m in np.ndindex(*result.z.shape):
        window = y[k : k + rows, m : m + columns]
        window = window.flip((0, 1)) if layer == "conv" else window
        total = total + result.upstream[k, m] * (kernels[k, m] * window).sum()
    total.backward()
    torch.testing.assert_close(result.untied, kernels.grad, rtol=0, atol=1e-12)
    torch.testing.assert_close(result.untied.sum((0, 1)), result.grad_w, rtol=0, atol=1e-12)


# --- the derivation, read literally with indices from the middle ---------------------------------


class Indexed:
    """A table whose entries are found by indices counted from the middle; 0 outside."""

    def __init__(self, table, middle):
        self.cells = {
            tuple(i - m for i, m in zip(place, middle, strict=True)): float(table[place])
            for place in np.ndindex(*table.shape)
        }

    def __getitem__(self, index):
        return self.cells.get(tuple(index), 0.0)

    def rot180(self):
        mirror = Indexed(torch.zeros(0, 0), (0, 0))
        mirror.cells = {tuple(-i for i in index): v for index, v in self.cells.items()}
        return mirror


def literal(result, line):
    """What a line of the sheet says ∂R/∂wᵢ is, summed over indices as they are written."""
    half = result.half
    middle = tuple(size // 2 for size in result.y.shape)
    y, delta = Indexed(result.y, middle), Indexed(result.delta, middle)
    delta.cells = {
        tuple(k + p for k, p in zip(index, half, strict=True)): v
        for index, v in delta.cells.items()
    }

    def minus(a, b):
        return tuple(i - j for i, j in zip(a, b, strict=True))

    out = torch.zeros_like(result.w)
    for place in np.ndindex(*result.w.shape):
        i = minus(place, half)
        terms = {
            PRINTED_P: lambda k: y[minus(k, half)],
            3: lambda k, i=i: y[minus(k, i)],
            PRINTED_ROT: lambda k, i=i: y.rot180()[minus(k, i)],
            6: lambda k, i=i: y.rot180()[minus(i, k)],
        }
        out[place] = sum(v * terms[line](k) for k, v in delta.cells.items())
    return out


@pytest.mark.parametrize("line", [PRINTED_P, 3, PRINTED_ROT, 6])
@pytest.mark.parametrize(("space", "n"), list(itertools.product(bp.SPACES, (5, 6, 9))))
def test_a_line_says_what_is_written(line, space, n):
    result = bp.backprop(**random_setting(space, "conv", n=n))
    torch.testing.assert_close(result.lines[line].values, literal(result, line))


@pytest.mark.parametrize(("space", "layer", "n"), SETTINGS)
def test_right_lines_agree_with_autograd_and_misprints_do_not(space, layer, n):
    result = bp.backprop(**random_setting(space, layer, n=n, half=1))
    assert [line.agrees for line in result.lines] == [not line.wrong for line in result.lines]
    wrong = [i for i, line in enumerate(result.lines) if line.wrong]
    assert wrong == ([2, 4, 5] if layer == "conv" else [2, 4, 5, 6])


def test_the_printed_y_k_minus_p_is_right_at_i_equal_to_p_only():
    result = bp.backprop(**random_setting("signal", "conv"))
    off = (result.lines[PRINTED_P].values - result.autograd.w).abs()[0]
    assert float(off[-1]) < 1e-12
    assert float(off[:-1].min()) > 1e-3


def test_the_printed_rotation_is_hidden_by_a_signal_that_mirrors_itself():
    drawn = {"upstream": "drawn", "delta": "1 0 2 -1 1"}
    assert run(y="1 3 0 2 5 2 0 3 1", **drawn).lines[PRINTED_ROT].agrees
    assert not run(y="1 3 0 2 5 2 0 3 2", **drawn).lines[PRINTED_ROT].agrees


def test_a_line_that_fails_is_named_and_one_that_hides_its_mistake_too():
    values = {"view": "lines", "line": 2}
    says = bp.says(run(**values), **BACKPROP.defaults() | values)
    assert "as printed, fails: 4 of 5 entries" in says
    flat = values | {"y": "1 1 1 1 1 1 1 1 1"}
    assert "hide the mistake" in bp.says(run(**flat), **BACKPROP.defaults() | flat)


# --- turning ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 5), (1, 6), (5, 5), (6, 6)])
def test_turning_mirrors_every_index_at_the_middle(shape):
    y = torch.arange(1.0, 1 + math.prod(shape), dtype=torch.float64).view(shape)
    mirror = turned(y)
    middle = [side // 2 for side in shape]
    expected = Indexed(y, middle).rot180()
    for place in np.ndindex(*mirror.shape):
        index = [i - m for i, m in zip(place, middle, strict=True)]
        assert float(mirror[place]) == expected[index]
    torch.testing.assert_close(rot180(rot180(y)), y)


# --- products, hover ---------------------------------------------------------------------------


@pytest.mark.parametrize(("space", "layer", "n"), SETTINGS)
@pytest.mark.parametrize("look", bp.LOOKS)
def test_every_entry_is_the_sum_of_its_products(space, layer, n, look):
    result = bp.backprop(**random_setting(space, layer, n=n))
    grad = result.grad_w if look == "kernel" else result.grad_y
    for cell, value in enumerate(grad.flatten().tolist()):
        found = bp.products(result, look, cell)
        assert found.total == pytest.approx(value, abs=1e-12)
        for k, (delta, _) in zip(found.outputs.tolist(), found.factors.tolist(), strict=True):
            assert delta == float(result.delta[tuple(k)])


def test_a_corner_of_the_input_has_one_product_and_a_kernel_entry_one_per_output():
    result = run(n=9)
    assert len(bp.products(result, "input", 0).factors) == 1
    assert len(bp.products(result, "input", 4).factors) == 5
    assert len(bp.products(result, "kernel", 0).factors) == result.z.numel()


def test_pointing_sets_the_parameters_of_the_cell_pointed_at():
    values = BACKPROP.preset("One pixel answers")
    layer, kernel, below, _ = figure(run(**values), **values).panels
    assert (layer.pick.rows, layer.pick.columns, layer.pick.params) == (6, 6, ("out",))
    assert layer.pick.cell == divmod(values["out"], 6)
    assert kernel.pick.also == {"look": "kernel"}
    assert below.pick.also == {"look": "input"}
    assert below.pick.matrix == ((1.0, 8.0),)
    assert below.pick.cell == (2, 2)
    lines = BACKPROP.preset("The printed line slips")
    pick = figure(run(**lines), **lines).panels[0].pick
    (a, b), (c, d) = pick.matrix
    i, j = pick.cell
    chosen = (a * j + b * i + pick.offset[0], c * j + d * i + pick.offset[1])
    assert chosen == (lines.get("cell", 0), lines["line"])


def test_a_cell_beyond_the_grid_is_said_and_lights_nothing():
    values = BACKPROP.defaults() | {"look": "kernel", "cell": 100, "out": 90}
    result = bp.backprop(**values)
    assert bp.products(result, "kernel", 100) is None
    assert not bool(result.upstream.any())
    says = bp.says(result, **values)
    assert "no output number 90" in says
    assert "no gradient entry number 100" in says
    layer, kernel, *_ = figure(result, **values).panels
    assert layer.pick.cell is None and kernel.pick.cell is None


def test_hovering_moves_no_axis():
    base = BACKPROP.defaults()
    still = [panel.layout for panel in figure(run(), **base).panels]
    for change in ({"cell": 3}, {"look": "input", "cell": 7}, {"out": 4}):
        panels = figure(run(**change), **base | change).panels
        assert [panel.layout for panel in panels] == still


def test_what_is_drawn_outside_the_present_size_is_kept():
    values = BACKPROP.defaults() | {"n": 5}
    paint = figure(run(n=5), **values).panels[3].paint
    assert paint.param == "y"
    assert " ".join(f"{v:g}" for v in paint.values) == values["y"]
    short = run(n=12, y="1 2 3")
    assert short.y.tolist() == [[1, 2, 3] + [0] * 9]


def test_the_player_steps_through_the_lines_and_what_differs_is_framed():
    values = BACKPROP.preset("The printed line slips")
    result = run(**values)
    shown = figure(result, **values)
    assert (shown.drive, shown.frames) == ("line", 8)
    auto, lines, differing, frame = shown.panels[0].traces
    assert auto["y"].tolist() == [-1] and lines["z"].shape == (8, 5)
    np.testing.assert_allclose(auto["z"][0], result.autograd.w[0].numpy(), rtol=1e-6)
    assert (frame["y"][0], frame["y"][2]) == pytest.approx((1.54, 2.46))
    off = (lines["z"] != auto["z"]).sum()
    assert len(differing["x"]) == 6 * off


# --- activation ----------------------------------------------------------------------------------


def test_a_dead_relu_passes_nothing_on_and_says_so():
    values = BACKPROP.preset("A dead ReLU")
    result = bp.backprop(**values)
    assert float(result.z[0, 2]) < 0
    assert not result.grad_w.any() and not result.grad_y.any() and result.grad_b == 0
    assert "Nothing arrives" in bp.says(result, **values)


# --- checks, declaration -------------------------------------------------------------------------


def test_a_gradient_that_is_turned_or_doubled_is_noticed():
    values = random_setting("signal", "conv")
    result = bp.backprop(**values)
    assert all(check.holds for check in bp.checks(result, **values))
    for field, wrong in (
        ("grad_w", rot180(result.grad_w)),
        ("grad_y", rot180(result.grad_y)),
        ("grad_b", 2 * result.grad_b),
        ("untied", result.untied.flip(3)),
        ("delta", 2 * result.delta),
    ):
        assert not all(c.holds for c in bp.checks(result._replace(**{field: wrong}), **values))


@settings(max_examples=40, deadline=None)
@given(
    space=st.sampled_from(bp.SPACES),
    layer=st.sampled_from(bp.LAYERS),
    act=st.sampled_from(bp.ACTIVATIONS),
    upstream=st.sampled_from(bp.UPSTREAMS),
    view=st.sampled_from(bp.VIEWS),
    look=st.sampled_from(bp.LOOKS),
    n=st.integers(5, 12),
    out=st.integers(0, 99),
    line=st.integers(0, 7),
    cell=st.integers(0, 143),
    b=st.floats(-4, 4),
    seed=st.integers(0, 99),
    half=st.integers(1, 2),
)
def test_every_check_holds_whatever_is_drawn(seed, half, space, layer, n, **values):
    values = random_setting(space, layer, n=n, seed=seed, half=half) | values
    result = bp.backprop(**values)
    assert [check for check in bp.checks(result, **values) if not check.holds] == []
    assert bp.says(result, **values)
    for panel in figure(result, **values).panels:
        for trace in panel.traces:
            assert not np.isinf(trace["x"]).any()


@pytest.mark.parametrize("name", BACKPROP.presets)
def test_presets_name_all_statements(name):
    values = BACKPROP.preset(name)
    found = BACKPROP.checks(BACKPROP.compute(**values), **values)
    assert all(check.holds for check in found)
    assert {check.id for check in found} == set(BACKPROP.statements)


@pytest.mark.parametrize("prediction", BACKPROP.predictions, ids=lambda p: p.preset)
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(prediction):
    right = {
        "One output speaks": "the window of the input, turned by 180°",
        "The printed line slips": "in one",
        "All outputs at once": "the two at the ends",
        "A dead ReLU": "nothing",
    }
    values = BACKPROP.preset(prediction.preset)
    assert prediction.answer(BACKPROP.compute(**values)) == right[prediction.preset]
    for option, change in prediction.beliefs.items():
        assert prediction.answer(BACKPROP.compute(**values | change)) == option


def test_the_drawn_digit_is_one_of_the_bundled_digits():
    digit = (picture("digit-13")[0].double() * 10).round() / 10
    assert BACKPROP.defaults()["y2"] == write(digit)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 4}, r"n a whole number in \[5, 12\], got 4"),
        ({"n": 13}, "n a whole number"),
        ({"out": -1}, "out a whole number"),
        ({"line": 8}, "line a whole number"),
        ({"b": math.nan}, "b in"),
        ({"layer": "torch"}, "layer to be one of conv, corr"),
        ({"w": "1 2"}, "w to be 1 x 3 or 1 x 5, got 1 x 2"),
        ({"w": "1 x 2"}, "finite number in row 1, column 2 of w, got 'x'"),
        ({"w": "1 1e9 2"}, r"every number of w in \[-1000, 1000\], got 1e\+09"),
        ({"y": "1 2,3"}, "y to have equally long rows"),
        ({"space": "picture", "w2": "1 2 3"}, "w2 to be 3 x 3"),
        ({"space": "picture", "y2": "inf"}, "finite number in row 1, column 1 of y2"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
