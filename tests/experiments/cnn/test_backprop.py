import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cnn.chain import PHI, input_products, kernel_products
from core.cnn.derivation import PRINTED_ROT, rot180
from core.experiments.cnn.backprop import backprop as run
from core.table import write
from pages.experiments.cnn.backprop import EXPERIMENT as BACKPROP

DEFAULTS = BACKPROP.defaults()
LAYERS, SIZES = ("conv", "corr"), (5, 6, 8, 12)
SETTINGS = list(itertools.product(LAYERS, SIZES))
NUMPY = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}


def drawn(layer, n=7, act="identity", seed=0, half=2):
    """A layer with random numbers everywhere."""
    rng = np.random.default_rng(seed)

    def row(size):
        return write(torch.tensor(rng.normal(size=size).round(2)))

    given = {"y": row(n), "w": row(2 * half + 1), "delta": row(n)}
    return {"layer": layer, "act": act, "b": 0.3, "upstream": "drawn", **given}


def shown(result, **values):
    return BACKPROP.figure(result, **DEFAULTS | values)


def says(result, **values):
    return BACKPROP.says(result, **DEFAULTS | values)


def preset(key):
    values = BACKPROP.preset(key)
    return values, BACKPROP.compute(**values)


def risk(result, layer, act, b, y=None, w=None):
    """R = Σ ∂R/∂y⁽ˡ⁾ · φ(numpy's layer), whose gradient is what the experiment shows."""
    y = result.y.numpy() if y is None else y
    w = result.w.numpy() if w is None else w
    z = (np.convolve if layer == "conv" else np.correlate)(y[0], w[0], "valid") + b
    return (result.upstream.numpy() * NUMPY[act](z)).sum()


def slope(f, x, eps=1e-5):
    """Central differences of f at x, entry by entry."""
    out = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = eps
        out[place] = (f(x + step) - f(x - step)) / (2 * eps)
    return out


def test_one_output_by_hand():
    values = {"y": "1 2 3 4 5", "w": "7 0 -1", "out": 1}
    result = run(**values)
    # z at k = 0 is y₁ w₋₁ + y₀ w₀ + y₋₁ w₁ = 4·7 + 3·0 + 2·(−1)
    assert float(result.z[0, 1]) == 26
    assert result.grad_w.tolist() == [[4, 3, 2]]
    assert result.grad_y.tolist() == [[0, -1, 0, 7, 0]]
    assert run(**values, layer="corr").grad_w.tolist() == [[2, 3, 4]]
    assert run(**values, layer="corr").grad_y.tolist() == [[0, 7, 0, -1, 0]]


@pytest.mark.parametrize(("layer", "n"), SETTINGS)
@pytest.mark.parametrize("act", PHI)
def test_all_gradients_are_slopes_of_the_risk(layer, n, act):
    result = run(**drawn(layer, n, act))
    assert float(result.z.abs().min()) > 1e-4  # away from the corner of relu
    way = np.convolve if layer == "conv" else np.correlate
    np.testing.assert_allclose(
        result.z[0].numpy(), way(result.y[0].numpy(), result.w[0].numpy(), "valid") + 0.3
    )
    by_w = slope(lambda w: risk(result, layer, act, 0.3, w=w), result.w.numpy())
    by_y = slope(lambda y: risk(result, layer, act, 0.3, y=y), result.y.numpy())
    by_b = slope(lambda b: risk(result, layer, act, float(b)), np.array(0.3))
    np.testing.assert_allclose(result.grad_w.numpy(), by_w, atol=1e-7)
    np.testing.assert_allclose(result.grad_y.numpy(), by_y, atol=1e-7)
    assert result.grad_b == pytest.approx(float(by_b), abs=1e-7)


@pytest.mark.parametrize(("layer", "n"), SETTINGS)
def test_untied_weights_have_the_untied_gradients(layer, n):
    result = run(**drawn(layer, n))
    size = result.w.shape[1]
    kernels = result.w.expand(result.z.shape[1], size).clone().requires_grad_()
    windows = result.y[0].unfold(0, size, 1)
    windows = windows.flip(1) if layer == "conv" else windows
    (result.upstream[0] * (kernels * windows).sum(1)).sum().backward()
    torch.testing.assert_close(result.untied, kernels.grad, rtol=0, atol=1e-12)
    torch.testing.assert_close(result.untied.sum(0), result.grad_w[0], rtol=0, atol=1e-12)


def test_the_printed_rotation_is_hidden_by_a_signal_that_mirrors_itself():
    given = {"upstream": "drawn", "delta": "1 0 2 -1 1"}
    assert run(y="1 3 0 2 5 2 0 3 1", **given).lines[PRINTED_ROT].agrees
    assert not run(y="1 3 0 2 5 2 0 3 2", **given).lines[PRINTED_ROT].agrees


def test_a_line_that_fails_is_named_and_one_that_hides_its_mistake_too():
    view = {"view": "printed", "line": 2}
    assert "as printed, fails: entries that differ from autograd are 4 of 5," in says(run(), **view)
    assert "hide the mistake" in says(run(y="1 1 1 1 1 1 1 1 1"), **view)


@pytest.mark.parametrize(("layer", "n"), SETTINGS)
@pytest.mark.parametrize("look", ["kernel", "input"])
def test_every_entry_is_the_sum_of_its_products(layer, n, look):
    result = run(**drawn(layer, n))
    grad = result.grad_w if look == "kernel" else result.grad_y
    for cell, value in enumerate(grad.flatten().tolist()):
        found = result.products(look, cell)
        assert sum(each.delta * each.factor for each in found) == pytest.approx(value, abs=1e-12)
        assert all(each.delta == float(result.delta[0, each.output]) for each in found)


def test_a_corner_of_the_input_has_one_product_and_a_kernel_entry_one_per_output():
    result = run()
    w, delta = result.w[0], result.delta[0]
    assert [len(input_products(w, delta, True, j)) for j in (0, 4, 8)] == [1, 5, 1]
    found = kernel_products(result.y[0], w, delta, True, 0)
    assert len(found) == result.z.numel()
    assert [each.output for each in found if each.delta] == [2]  # the one that is pushed


def test_pointing_sets_the_parameters_of_the_cell_pointed_at():
    values, result = preset("Back to the input")
    layer, kernel, below, _ = shown(result, **values).panels
    assert (layer.pick.rows, layer.pick.columns, layer.pick.params) == (1, 5, ("out",))
    assert layer.pick.cell == (0, values["out"])
    assert kernel.pick.also == {"look": "kernel"} and kernel.pick.cell is None
    assert below.pick.also == {"look": "input"} and below.pick.cell == (0, 4)
    values, result = preset("A printed line")
    pick = shown(result, **values).panels[0].pick
    i, j = pick.cell
    chosen = [a * j + b * i + c for (a, b), c in zip(pick.matrix, pick.offset)]
    assert dict(zip(pick.params, chosen)) == {"line": values["line"], "cell": 0}


def test_a_cell_beyond_the_grid_is_said_and_lights_nothing():
    values = {"cell": 9, "out": 9}
    result = run(out=9)
    assert result.products("kernel", 9) == []
    assert not bool(result.upstream.any())
    assert "no output number 9" in says(result, **values)
    assert "no gradient entry number 9" in says(result, **values)
    layer, kernel, *_ = shown(result, **values).panels
    assert layer.pick.cell is None and kernel.pick.cell is None


def test_hovering_moves_no_axis():
    still = [panel.layout for panel in shown(run()).panels]
    for change in ({"cell": 3}, {"look": "input", "cell": 7}, {"out": 4}):
        panels = shown(run(out=change.get("out", 2)), **change).panels
        assert [panel.layout for panel in panels] == still


def test_what_is_drawn_is_what_the_layer_reads():
    picture = shown(run(upstream="drawn"), upstream="drawn")
    assert picture.panels[0].paint.param == "delta"
    assert picture.panels[0].paint.values.tolist() == [[1, 1, 1, 1, 1]]
    assert picture.panels[3].paint.param == "y"
    assert write(torch.tensor(picture.panels[3].paint.values)) == DEFAULTS["y"]
    assert run(upstream="drawn", delta="2 3").upstream.tolist() == [[2, 3, 0, 0, 0]]


def test_the_player_steps_through_the_lines_and_what_differs_is_framed():
    values, result = preset("A printed line")
    picture = shown(result, **values)
    assert (picture.drive, picture.frames) == ("line", 8)
    auto, lines, differing, frame = picture.panels[0].traces
    assert auto["y"].tolist() == [-1] and lines["z"].shape == (8, 3)
    # what the erratum quotes: autograd, Σₖ δₖ yₖ₋ₚ and Σₖ δₖ rot180(y)ₖ₋ᵢ
    assert auto["z"].tolist() == [[2, 7, 4]] and lines["z"][2].tolist() == [4, 4, 4]
    assert lines["z"][PRINTED_ROT].tolist() == [2, 5, 4]
    np.testing.assert_allclose(auto["z"][0], result.autograd.w[0].numpy(), rtol=1e-6)
    assert (frame["y"][0], frame["y"][2]) == pytest.approx((1.54, 2.46))
    assert len(differing["x"]) == 6 * (lines["z"] != auto["z"]).sum()


@pytest.mark.parametrize(("layer", "count"), [("conv", 5), ("corr", 4)])
def test_without_the_printed_lines_every_line_is_right(layer, count):
    values = {"layer": layer, "view": "lines", "line": 7}  # chosen among more lines: the last one
    result = run(**drawn(layer))
    picture = shown(result, **values)
    auto, lines, differing, frame = picture.panels[0].traces
    assert picture.frames == count == len(lines["z"]) and differing["x"].size == 0
    np.testing.assert_allclose(lines["z"], np.repeat(auto["z"], count, 0), rtol=1e-5)
    assert frame["y"][0] == pytest.approx(count - 1.46)
    assert f"Line {count} of {count}" in says(result, **values)
    assert "printed" not in str(picture.panels[0].layout) + picture.panels[0].alt


def test_a_dead_relu_passes_nothing_on_and_says_so():
    values, result = preset("A ReLU follows")
    assert float(result.z[0, 2]) < 0
    assert not result.grad_w.any() and not result.grad_y.any() and result.grad_b == 0
    assert "Nothing arrives" in says(result, **values)


def test_a_gradient_that_is_turned_is_noticed():
    result = run(**drawn("conv"))
    for field in ("grad_w", "grad_y", "delta"):
        wrong = result._replace(**{field: rot180(getattr(result, field))})
        found = BACKPROP.checks(wrong, **DEFAULTS | {"b": 0.3})
        assert not all(check.holds for check in found), field


@settings(max_examples=40, deadline=None)
@given(
    layer=st.sampled_from(LAYERS),
    act=st.sampled_from(list(PHI)),
    n=st.integers(5, 12),
    b=st.floats(-4, 4),
    seed=st.integers(0, 99),
    half=st.integers(1, 2),
)
def test_every_check_holds_whatever_is_drawn(layer, act, n, b, seed, half):
    values = drawn(layer, n, act, seed, half) | {"b": b}
    found = BACKPROP.checks(run(**values), **DEFAULTS | values)
    assert [check for check in found if not check.holds] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": "1 2"}, "w to be one row of 3 or 5 numbers, got 1 rows of 2"),
        ({"w": "1 x 2"}, "finite number in row 1, column 2 of w, got 'x'"),
        ({"w": "1 1e9 2"}, r"every number of w in \[-1000, 1000\], got 1e\+09"),
        ({"y": "1 2,3"}, "y to have equally long rows"),
        ({"y": "1 2 3 4"}, "y to be one row of 5 to 12 numbers, got 1 rows of 4"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
