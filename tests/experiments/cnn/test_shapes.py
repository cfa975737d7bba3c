import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cnn import sliding
from core.experiments.cnn import shapes
from core.signature import fields
from pages.experiments.cnn.shapes import EXPERIMENT as SHAPES
from tests import contract

DEFAULTS = SHAPES.defaults()
FILLS = {"zero": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def run(**values):
    return shapes.shapes(**values)


def checked(result, **values):
    return SHAPES.checks(result, **DEFAULTS | values)


def valid(values):
    names = ("n", "k", "p", "s", "d", "fill", "kind")
    return not sliding.refusal(*((DEFAULTS | values)[name] for name in names))


def marked(lit, shape):
    """The cells rows × columns that light up, as a mask."""
    mask = torch.zeros(shape, dtype=torch.bool)
    mask[lit[0][:, None], lit[1]] = True
    return mask


layers = st.fixed_dictionaries(
    {
        "n": st.integers(1, 14),
        "k": st.integers(1, 5),
        "p": st.integers(0, 3),
        "s": st.integers(1, 4),
        "d": st.integers(1, 3),
        "fill": st.sampled_from(fields(shapes.shapes)["fill"].choices),
        "kind": st.sampled_from(fields(shapes.shapes)["kind"].choices),
    }
).filter(valid)


def torch_output(n, k, p, s, d, fill, kind):
    """The same layer, from torch alone."""
    x, w = sliding.grey(n)[None, None], sliding.weights(k)[None, None]
    if kind == "transposed":
        return F.conv_transpose2d(x, w, stride=s, padding=p, dilation=d)[0, 0]
    if fill == "constant":
        x = F.pad(x, (p,) * 4, value=5.0)
    elif fill == "circular" and p > n:  # torch refuses more than one turn
        index = torch.arange(-p, n + p) % n
        x = x[..., index][..., index, :]
    else:
        x = F.pad(x, (p,) * 4, mode=FILLS[fill])
    return F.conv2d(x, w.flip(2, 3) if kind == "true" else w, stride=s, dilation=d)[0, 0]


@settings(max_examples=80, deadline=None)
@given(layers)
def test_the_output_is_that_of_torch_for_every_kind_and_fill(values):
    torch.testing.assert_close(run(**values).y, torch_output(**values), rtol=0, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(layers, st.data())
def test_the_products_add_up_to_the_output_they_are_shown_for(values, data):
    result = run(**values)
    cell = data.draw(st.integers(0, result.y.numel() - 1))
    lit = result.lit("output", cell)
    assert float(lit.products.sum()) == pytest.approx(float(result.y.flatten()[cell]), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(layers, st.data())
def test_an_input_lights_exactly_the_outputs_that_change_with_it(values, data):
    """Every copy of the input (circular, mirrored) moves with it; an inserted zero is its own."""
    result = run(**values)
    cell = data.draw(st.integers(0, result.x.numel() - 1))
    lit = result.lit("input", cell)
    inputs = marked(lit.inputs, result.x.shape)
    w = torch.ones_like(result.w).requires_grad_()  # no weight is 0, so every touch shows
    step = 1 if values["kind"] == "transposed" else values["s"]
    turned = w if values["kind"] == "layer" else w.flip(0, 1)
    x = inputs.double()[None, None]
    spread = F.conv2d(x, turned[None, None], stride=step, dilation=values["d"])[0, 0]
    spread.sum().backward()
    assert torch.equal(w.grad > 0, marked(lit.weights, w.shape))
    assert torch.equal(spread > 0, marked(lit.outputs, spread.shape))
    assert inputs[lit.place] and (result.x[inputs] == result.x[lit.place]).all()


@pytest.mark.parametrize("fill", ["zero", "reflect", "replicate", "circular"])
@pytest.mark.parametrize(("i", "j"), [(0, 0), (1, 5), (3, 3), (5, 4)])
def test_an_input_that_the_padding_repeats_lights_the_outputs_of_its_copies_too(fill, i, j):
    values = {"n": 6, "k": 3, "p": 2, "s": 1, "fill": fill}
    raw = torch.zeros(1, 1, 6, 6)
    raw[..., i, j] = 1
    padded = F.pad(raw, (2,) * 4, mode=FILLS[fill])
    touched = F.conv2d(padded, torch.ones(1, 1, 3, 3))[0, 0] > 0
    lit = run(**values).lit("input", (i + 2) * 10 + j + 2)
    assert torch.equal(touched, marked(lit.outputs, touched.shape))
    assert torch.equal(padded[0, 0] > 0, marked(lit.inputs, (10, 10)))


@settings(max_examples=30, deadline=None)
@given(layers, st.data())
def test_a_weight_lights_every_output_and_the_inputs_whose_sum_is_its_derivative(values, data):
    result = run(**values)
    cell = data.draw(st.integers(0, result.w.numel() - 1))
    lit = result.lit("weight", cell)
    w = result.w.clone().requires_grad_()
    turned = w.flip(0, 1) if values["kind"] in ("true", "transposed") else w
    step = 1 if values["kind"] == "transposed" else values["s"]
    y = F.conv2d(result.x[None, None], turned[None, None], stride=step, dilation=values["d"])
    y.sum().backward()
    met = result.x[marked(lit.inputs, result.x.shape)].sum()
    assert float(met) == pytest.approx(float(w.grad.flatten()[cell]))
    assert bool(marked(lit.outputs, result.y.shape).all())


@pytest.mark.parametrize(
    ("k", "s", "gaps", "left_over"),
    [(3, 2, 0, 0), (3, 3, 0, 0), (2, 3, 6, 1), (1, 2, 10, 0), (1, 4, 15, 0), (4, 4, 0, 1)],
)
def test_only_a_stride_longer_than_the_kernel_leaves_gaps(k, s, gaps, left_over):
    result = run(n=21, k=k, s=s, p=0)
    assert (result.gaps, result.left_over) == (gaps, left_over)


@settings(max_examples=40, deadline=None)
@given(layers.filter(lambda v: v["kind"] != "transposed"))
def test_an_input_is_unseen_exactly_where_the_gradient_is_zero(values):
    x = torch.ones(1, 1, values["n"], dtype=torch.float64, requires_grad=True)
    w = torch.ones(1, 1, values["k"], dtype=torch.float64)
    p, mode = values["p"], FILLS.get(values["fill"], "constant")
    if mode == "circular" and p > values["n"]:
        return
    padded = F.pad(x, (p, p), mode=mode)
    F.conv1d(padded, w, stride=values["s"], dilation=values["d"]).sum().backward()
    assert torch.equal(run(**values).seen, x.grad[0, 0] > 0)


def test_no_padding_keeps_an_even_kernel_and_transposed_gives_back_the_smaller_size():
    assert [run(k=4, p=p).size for p in (1, 2)] == [27, 29]
    assert sliding.keeping(4, 1, "layer") == -1
    assert run(kind="transposed", n=13, k=5, s=2, p=1).size == 27
    assert {run(n=n, k=5, s=2, p=1).size for n in (27, 28)} == {13}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"n": 4, "k": 7}, r"window .* at most n \+ 2p = 6 cells, got 7"),
        ({"n": 6, "k": 4, "d": 3}, r"at most n \+ 2p = 8 cells, got 10"),
        ({"n": 2, "k": 3, "p": 2, "fill": "reflect"}, r"at most n − 1 = 1 cells, got 2"),
        ({"n": 1, "k": 1, "p": 1, "kind": "transposed"}, r"outputs in \[1, 80\], got -1"),
        ({"n": 64, "s": 4, "kind": "transposed"}, r"outputs in \[1, 80\], got 255"),
    ],
)
def test_what_makes_no_layer_is_refused_in_one_sentence(values, said):
    with pytest.raises(ValueError, match=said):
        run(**values)


def test_sliders_reach_every_valid_value_and_no_other():
    for values in contract.settings(SHAPES, 60).values():
        for param in (p for p in SHAPES.params if p.reach):
            low, high = param.reach(values)
            for value in range(param.low, param.high + 1):
                assert valid(values | {param.name: value}) == (low <= value <= high)


def test_a_cell_beyond_the_grid_lights_nothing_and_says_so():
    assert run().lit("output", 26 * 26).place is None
    assert "nothing is lit" in SHAPES.says(run(), **DEFAULTS | {"cell": 26 * 26})
    assert run().lit("output", 26 * 26 - 1).place == (25, 25)


GAPS = {"n": 21, "k": 2, "p": 0, "s": 3}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "a row of 28 + 2 · 1 = 30: the output is 26 × 26 and not 28 × 28; p = 2 would keep"),
        ({"k": 4}, "27 × 27 and not 28 × 28; no p keeps the size. Every one of the 28 columns"),
        ({"n": 21, "k": 3, "p": 0}, "fits 19 times into a row of 21: the output is 19 × 19."),
        (GAPS, "Never read: of the 21 columns 6 skipped, 1 left over at the end."),
        ({"n": 1, "k": 1, "p": 0}, "fits 1 time into a row of 1: the output is 1 × 1, as large"),
        ({"n": 1, "k": 2, "p": 2, "s": 4}, "No column of the input is read, only the padding."),
    ],
)
def test_the_sentence_asks_for_the_same_size_only_where_somebody_padded_for_it(values, told):
    assert told in SHAPES.says(run(**values), **DEFAULTS | values)


@pytest.mark.parametrize("values", [{}, {"s": 2, "d": 2}, {"kind": "transposed", "n": 9, "s": 2}])
def test_the_table_of_sizes_holds_torchs_and_leaves_out_what_does_not_fit(values):
    given = {key: (DEFAULTS | values)[key] for key in fields(shapes.shapes)}
    panel = SHAPES.figure(run(**given), **DEFAULTS | values).panels[3]
    for p, k in itertools.product(range(5), range(1, 10)):
        layer = given | {"k": k, "p": p}
        size = len(torch_output(**layer)) if valid(layer) else math.nan
        np.testing.assert_equal(panel.traces[0]["z"][p, k - 1], size)


def test_the_player_and_the_pointer_count_the_same_cells():
    for look, size in (("output", 26 * 26), ("input", 30 * 30), ("weight", 25)):
        values = DEFAULTS | {"look": look, "cell": size - 1}
        picture = SHAPES.figure(run(), **values)
        assert (picture.drive, picture.frames) == ("cell", size)
        pick = next(p.pick for p in picture.panels if p.pick.also == {"look": look})
        ((down, across),) = pick.matrix
        assert pick.cell == (pick.rows - 1, pick.columns - 1)
        assert down * pick.cell[1] + across * pick.cell[0] == size - 1


@pytest.mark.parametrize("kind", ["layer", "true", "transposed"])
def test_the_formula_multiplies_out_to_the_output(kind):
    values = {"n": 8, "k": 3, "p": 1, "kind": kind}
    result = run(**values)
    formula = SHAPES.figure(result, **DEFAULTS | values | {"cell": 19}).formula[1]
    middle = formula.split(" = ")[1]
    for role in ("model", "force"):
        middle = middle.replace(rf"\role{{{role}}}", "")
    terms = middle.replace("{", "").replace("}", "").replace(r"\cdot", "*")
    assert eval(terms) == float(result.lit("output", 19).products.sum())


@settings(max_examples=60, deadline=None)
@given(layers)
def test_the_line_of_torch_that_is_shown_computes_the_output(values):
    result = run(**values)
    if values["fill"] == "circular" and values["p"] > values["n"]:
        return  # torch pads by one turn at most
    x, w = sliding.grey(values["n"])[None, None], result.w[None, None]
    code = shapes.torch_code(**{name: values[name] for name in ("p", "s", "d", "fill", "kind")})
    y = eval(code, {"F": F, "x": x, "w": w})
    torch.testing.assert_close(y[0, 0], result.y, rtol=0, atol=1e-12)
