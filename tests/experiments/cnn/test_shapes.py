import math
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cnn import sliding
from core.experiments.cnn import shapes
from pages.experiments.cnn.shapes import EXPERIMENT as SHAPES
from tests import contract

DEFAULTS = SHAPES.defaults()
FILLS = {"zero": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def run(**values):
    return shapes.shapes(**DEFAULTS | values)


def checked(result, **values):
    return shapes.checks(result, **DEFAULTS | values)


def valid(values):
    names = ("n", "k", "p", "s", "d", "fill", "kind")
    return not sliding.refusal(*((DEFAULTS | values)[name] for name in names))


layers = st.fixed_dictionaries(
    {
        "n": st.integers(1, 14),
        "k": st.integers(1, 5),
        "p": st.integers(0, 3),
        "s": st.integers(1, 4),
        "d": st.integers(1, 3),
        "fill": st.sampled_from(shapes.FILLS),
        "kind": st.sampled_from(shapes.KINDS),
        "dims": st.sampled_from(shapes.DIMS),
    }
).filter(valid)


def torch_output(n, k, p, s, d, fill, kind, dims, value=5):
    """The same layer, from torch alone."""
    x, w = sliding.digits()[:n, :n], sliding.weights(k)
    if dims == "1-D":
        x, w = x[0], w[0]
    two = dims == "2-D"
    x, w = x[None, None], w[None, None]
    if kind == "transposed":
        layer = F.conv_transpose2d if two else F.conv_transpose1d
        return layer(x, w, stride=s, padding=p, dilation=d)[0, 0]
    sides = (d * (k - 1), 0) if kind == "causal" else (p, p)
    sides = sides * 2 if two else sides
    if fill == "constant":
        x = F.pad(x, sides, value=float(value))
    elif fill == "circular" and max(sides) > n:  # torch refuses more than one turn
        index = torch.arange(-sides[0], n + sides[1]) % n
        x = x[..., index]
        x = x[..., index, :] if two else x
    else:
        x = F.pad(x, sides, mode=FILLS[fill])
    if kind == "true":
        w = w.flip(-1).flip(-2) if two else w.flip(-1)
    return (F.conv2d if two else F.conv1d)(x, w, stride=s, dilation=d)[0, 0]


@settings(max_examples=80, deadline=None)
@given(layers)
def test_the_output_is_that_of_torch_for_every_kind_and_fill(values):
    result, expected = run(**values), torch_output(**values)
    got = result.y if values["dims"] == "2-D" else result.y[0]
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)
    assert result.size == expected.shape[-1]


def test_the_size_formula_is_torchs_for_every_small_layer():
    for n, k, p, s, d in product(range(1, 15), range(1, 6), range(4), range(1, 4), range(1, 4)):
        x, w = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
        fits = n + 2 * p >= d * (k - 1) + 1
        assert (sliding.refusal(n, k, p, s, d, "zero", "layer") == "") == fits
        if not fits:
            with pytest.raises(ValueError, match="expected"):
                sliding.size(n, k, p, s, d, "layer")
        else:
            assert sliding.size(n, k, p, s, d, "layer") == F.conv1d(x, w, None, s, p, d).shape[-1]


def test_the_digits_are_those_of_pi():
    digits = sliding.digits().flatten().int().tolist()
    assert digits[:20] == [int(c) for c in "31415926535897932384"]
    assert digits[762:768] == [9] * 6  # the six nines, decimals 762 to 767
    assert 4.4 < sum(digits) / len(digits) < 4.6


@settings(max_examples=40, deadline=None)
@given(layers, st.data())
def test_the_products_add_up_to_the_output_they_are_shown_for(values, data):
    result = run(**values)
    cell = data.draw(st.integers(0, result.y.numel() - 1))
    lit = run(**values, look="output", cell=cell).lit
    assert float(lit.products.sum()) == pytest.approx(float(result.y.flatten()[cell]), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(layers, st.data())
def test_an_input_lights_exactly_the_outputs_that_change_with_it(values, data):
    """Every copy of the input (circular, mirrored) moves with it; an inserted zero is its own."""
    result = run(**values)
    cell = data.draw(st.integers(0, result.x.numel() - 1))
    lit = run(**values, look="input", cell=cell).lit
    x = torch.zeros_like(result.x)
    x[lit.inputs[0][:, None], lit.inputs[1]] = 1.0
    w = torch.ones_like(result.w)[None, None]  # no weight is 0, so every touch shows
    step = 1 if values["kind"] == "transposed" else values["s"]
    touched = F.conv2d(x[None, None], w, stride=step, dilation=values["d"])[0, 0] > 0
    shown = torch.zeros_like(touched)
    shown[lit.outputs[0][:, None], lit.outputs[1]] = True
    assert torch.equal(touched, shown)
    i, j = lit.place
    assert bool((result.x[lit.inputs[0][:, None], lit.inputs[1]] == result.x[i, j]).all())
    total = sum(
        float(result.w[a, b]) for _, a in lit.pairs[0].tolist() for _, b in lit.pairs[1].tolist()
    )
    turned = result.w.flip(0, 1) if values["kind"] in ("true", "transposed") else result.w
    spread = F.conv2d(x[None, None], turned[None, None], stride=step, dilation=values["d"])
    assert total == pytest.approx(float(spread.sum()))


@pytest.mark.parametrize("fill", ["zero", "reflect", "replicate", "circular"])
@pytest.mark.parametrize(("i", "j"), [(0, 0), (1, 5), (3, 3), (5, 4)])
def test_an_input_that_the_padding_repeats_lights_the_outputs_of_its_copies_too(fill, i, j):
    values = {"n": 6, "k": 3, "p": 2, "s": 1, "fill": fill}
    raw = torch.zeros(1, 1, 6, 6)
    raw[..., i, j] = 1
    padded = F.pad(raw, (2,) * 4, mode=FILLS[fill])
    touched = F.conv2d(padded, torch.ones(1, 1, 3, 3))[0, 0] > 0
    lit = run(**values, look="input", cell=(i + 2) * 10 + j + 2).lit
    shown = torch.zeros_like(touched)
    shown[lit.outputs[0][:, None], lit.outputs[1]] = True
    assert torch.equal(touched, shown)
    copies = torch.zeros(10, 10, dtype=torch.bool)
    copies[lit.inputs[0][:, None], lit.inputs[1]] = True
    assert torch.equal(copies, padded[0, 0] > 0)


@settings(max_examples=30, deadline=None)
@given(layers, st.data())
def test_a_weight_lights_every_output_and_the_inputs_whose_sum_is_its_derivative(values, data):
    result = run(**values)
    cell = data.draw(st.integers(0, result.w.numel() - 1))
    lit = run(**values, look="weight", cell=cell).lit
    w = result.w.clone().requires_grad_()
    turned = w.flip(0, 1) if values["kind"] in ("true", "transposed") else w
    step = 1 if values["kind"] == "transposed" else values["s"]
    y = F.conv2d(result.x[None, None], turned[None, None], stride=step, dilation=values["d"])
    y.sum().backward()
    met = result.x[lit.inputs[0][:, None], lit.inputs[1]].sum()
    assert float(met) == pytest.approx(float(w.grad.flatten()[cell]))
    assert len(lit.outputs[0]) * len(lit.outputs[1]) == result.y.numel()


@pytest.mark.parametrize(
    ("k", "s", "gaps", "left_over"),
    [(3, 2, 0, 0), (3, 3, 0, 0), (2, 3, 6, 1), (1, 2, 10, 0), (1, 4, 15, 0), (4, 4, 0, 1)],
)
def test_only_a_stride_longer_than_the_kernel_leaves_gaps(k, s, gaps, left_over):
    result = run(n=21, k=k, s=s, p=0)
    assert (result.gaps, result.left_over) == (gaps, left_over)


@settings(max_examples=40, deadline=None)
@given(layers.filter(lambda v: v["kind"] in ("layer", "true")))
def test_an_input_is_unseen_exactly_where_the_gradient_is_zero(values):
    x = torch.ones(1, 1, values["n"], dtype=torch.float64, requires_grad=True)
    w = torch.ones(1, 1, values["k"], dtype=torch.float64)
    p, mode = values["p"], FILLS.get(values["fill"], "constant")
    if mode == "circular" and p > values["n"]:
        return
    F.conv1d(
        F.pad(x, (p, p), mode=mode), w, stride=values["s"], dilation=values["d"]
    ).sum().backward()
    assert torch.equal(run(**values).seen, x.grad[0, 0] > 0)


def test_no_padding_keeps_the_size_of_an_even_kernel():
    assert [run(k=4, p=p).size for p in (1, 2)] == [27, 29]
    assert run(k=4).keeping == ()
    assert shapes.keeping_in_words(run(k=4)) == "none"


@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 1), (5, 2), (9, 1), (4, 2), (3, 3)])
def test_the_padding_that_keeps_the_size_is_torchs_same(k, d):
    (p,) = run(k=k, d=d).keeping
    x, w = sliding.digits()[None, None, 0, :28], sliding.weights(k)[None, None, 0]
    same = F.conv1d(x, w, padding="same", dilation=d)
    torch.testing.assert_close(F.conv1d(x, w, padding=p, dilation=d), same, rtol=0, atol=0)


def test_padding_with_zeros_alone_is_not_same_and_a_mirror_can_be():
    assert (run(k=5, p=1).size, run(k=4, p=1).size) == (26, 27)  # E-56
    assert run(k=5, p=2, fill="reflect").size == 28


def test_transposed_gives_back_the_smaller_of_the_sizes_that_shrink_alike():
    back = run(kind="transposed", n=13, k=5, s=2, p=1).size
    assert back == 27
    assert {run(n=n, k=5, s=2, p=1).size for n in (27, 28)} == {13}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"n": 4, "k": 7}, r"window .* at most n \+ 2p = 6 cells, got 7"),
        ({"n": 6, "k": 4, "d": 3}, r"at most n \+ 2p = 8 cells, got 10"),
        ({"n": 2, "k": 3, "p": 2, "fill": "reflect"}, r"at most n − 1 = 1 cells, got 2"),
        ({"n": 1, "k": 1, "p": 1, "kind": "transposed"}, r"outputs in \[1, 80\], got -1"),
        ({"n": 64, "s": 4, "kind": "transposed"}, r"outputs in \[1, 80\], got 255"),
        ({"p": -1}, "expected p a whole number"),
        ({"s": 0}, "expected s a whole number"),
        ({"d": 0}, "expected d a whole number"),
        ({"k": 2.5}, "expected k a whole number"),
        ({"fill": "mirror"}, "expected fill to be one of"),
        ({"look": "nothing"}, "expected look to be one of"),
        ({"cell": -1}, "expected cell a whole number"),
    ],
)
def test_what_makes_no_layer_is_refused_in_one_sentence(values, said):
    with pytest.raises(ValueError, match=said):
        run(**values)


def test_one_window_and_one_cell_are_layers_too():
    assert run(n=5, k=5, p=0).y.shape == (1, 1)
    assert run(n=1, k=1, p=0).size == 1
    assert run(n=3, k=1, p=0).size == 3


def test_sliders_reach_every_valid_value_and_no_other():
    for values in contract.settings(SHAPES, 60).values():
        for param in (p for p in SHAPES.params if p.reach):
            low, high = param.reach(values)
            for value in range(param.low, param.high + 1):
                assert valid(values | {param.name: value}) == (low <= value <= high)


def test_everything_within_reach_is_answered_soundly():
    for values in contract.settings(SHAPES, 60).values():
        contract.answers(SHAPES, values)
        contract.answers(SHAPES, values | {"cell": 5})


@pytest.mark.parametrize("look", shapes.LOOKS)
def test_the_heaviest_pictures_stay_light(look):
    for values in (
        {"n": 64, "k": 1, "p": 4, "s": 2},
        {"n": 64, "k": 9, "p": 4, "d": 3},
        {"n": 20, "k": 1, "p": 0, "s": 4, "kind": "transposed"},
        {"n": 14, "k": 9, "p": 0, "s": 4, "d": 3, "kind": "transposed"},
    ):
        contract.answers(SHAPES, DEFAULTS | values | {"look": look})


def test_a_cell_beyond_the_grid_lights_nothing_and_says_so():
    result = run(cell=26 * 26)
    assert result.lit.place is None
    assert "nothing is lit" in shapes.says(result, **DEFAULTS)
    assert run(cell=26 * 26 - 1).lit.place == (25, 25)


def test_the_player_and_the_pointer_count_the_same_cells():
    for look, size in (("output", 26 * 26), ("input", 30 * 30), ("weight", 25)):
        values = DEFAULTS | {"look": look, "cell": size - 1}
        picture = SHAPES.figure(run(**values), **values)
        assert (picture.drive, picture.frames) == ("cell", size)
        pick = next(p.pick for p in picture.panels if p.pick.also == {"look": look})
        ((down, across),) = pick.matrix
        i, j = pick.cell
        assert down * j + across * i == size - 1
        assert (i, j) == (pick.rows - 1, pick.columns - 1)


@pytest.mark.parametrize("kind", ["layer", "true", "transposed"])
def test_the_formula_multiplies_out_to_the_output(kind):
    values = DEFAULTS | {"n": 8, "k": 3, "p": 1, "kind": kind, "cell": 19}
    result = run(**values)
    formula = SHAPES.figure(result, **values).formula[1]
    middle = formula.split(" = ")[1]
    for role in ("model", "force"):
        middle = middle.replace(rf"\role{{{role}}}", "")
    terms = middle.replace("{", "").replace("}", "").replace(r"\cdot", "*")
    assert eval(terms) == float(result.lit.products.sum())


@settings(max_examples=60, deadline=None)
@given(layers)
def test_the_line_of_torch_that_is_shown_computes_the_output(values):
    values = DEFAULTS | values
    result = run(**values)
    if values["fill"] == "circular" and max(result.padding) > values["n"]:
        return  # torch pads by one turn at most
    high = values["n"] if values["dims"] == "2-D" else 1
    x, w = sliding.digits()[None, None, :high, : values["n"]], result.w[None, None]
    if high == 1 and values["dims"] == "1-D":
        x, w = x[:, :, 0], w[:, :, 0]
    y = eval(shapes.torch_code(result, **values), {"F": F, "x": x, "w": w})
    torch.testing.assert_close(y.reshape(result.y.shape), result.y, rtol=0, atol=1e-12)


def test_a_wrong_output_and_a_wrong_count_are_caught():
    for values in ({"s": 2}, {"kind": "transposed", "n": 13}):
        result = run(**values)
        y = result.y.clone()
        y[2, 3] += 1
        assert not all(c.holds or not c.applies for c in checked(result._replace(y=y), **values))
    result = run(n=21, k=2, s=3, p=0)
    short = result._replace(seen=torch.ones_like(result.seen))
    assert not all(c.holds for c in checked(short, n=21, k=2, s=3, p=0) if c.applies)


def test_digits_stay_below_ten_and_weights_are_turned_by_the_flip():
    assert float(sliding.digits().max()) == 9 and float(sliding.digits().min()) == 0
    assert sliding.weights(3).tolist() == [[1, 0, -1], [-1, 1, 0], [0, -1, 1]]
    for k in range(2, 10):
        w = sliding.weights(k)
        assert not torch.equal(w, w.flip(0, 1))
        assert set(w.unique().tolist()) <= {-1.0, 0.0, 1.0}
        assert math.isclose(float(w[0, 0]), 1.0)
