import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.cnn.layer import divisors, layer
from core.experiments.cnn import channels
from core.experiments.cnn.channels import ORIGIN, WIDTH
from pages.experiments.cnn.channels import EXPERIMENT as CHANNELS

DEFAULT = CHANNELS.defaults()


def build(**values):
    return CHANNELS.compute(**DEFAULT | values)


def checked(run, **values):
    return CHANNELS.checks(run, **DEFAULT | values)


@st.composite
def settings(draw):
    groups, own, size = (draw(st.integers(1, most)) for most in (4, 2, 2))
    left = draw(st.sampled_from([ORIGIN, ORIGIN - 20]))  # outputs, inputs
    row, column = draw(st.integers(0, 30)), draw(st.integers(0, 12))
    return {
        "m": draw(st.integers(5, 8)),
        "n": draw(st.integers(5, 8)),
        "c": groups * own,
        "p": draw(st.integers(1, 5)),
        "q": draw(st.integers(1, 5)),
        "K": groups * size,
        "groups": draw(st.sampled_from([groups, 1, 8])),
        "kernel": draw(st.sampled_from(["deep", "flat"])),
        "cell": row * WIDTH + left + column,
    }


@given(settings())
def test_the_layer_is_torchs_grouped_convolution(values):
    run = build(**values)
    (expected,) = F.conv2d(run.x[None], run.weight, run.bias, groups=run.groups)
    torch.testing.assert_close(run.y, expected)
    assert run.y.shape == (
        values["K"],
        values["m"] - values["p"] + 1,
        values["n"] - values["q"] + 1,
    )


@given(settings())
def test_counts_are_those_of_torchs_module_and_of_counting_one_by_one(values):
    run = build(**values)
    module = nn.Conv2d(values["c"], values["K"], (values["p"], values["q"]), groups=run.groups)
    assert run.parameters == sum(part.numel() for part in module.parameters())
    k, u, v = run.y.shape
    assert run.multiplications == k * u * v * run.weight[0].numel()


@pytest.mark.parametrize(
    ("c", "K", "asked", "taken"),
    [(4, 4, 1, 1), (4, 4, 3, 2), (4, 4, 8, 4), (6, 4, 8, 2), (3, 5, 8, 1), (8, 8, 8, 8)],
)
def test_the_number_of_groups_is_the_largest_divisor_asked_for(c, K, asked, taken):
    assert build(c=c, K=K, groups=asked).groups == taken
    assert taken in divisors(c, K)
    values = DEFAULT | {"c": c, "K": K, "groups": asked}
    text = CHANNELS.says(build(**values), **values)
    assert (f"({asked} groups do not fit" in text) == (taken != asked)


def test_the_counts_of_the_sheet_come_out_exactly():
    values = CHANNELS.preset("Six 5 × 5 kernels")
    run = build(**values)
    assert run.parameters == 456
    text = CHANNELS.says(run, **values | {"kernel": "flat"})
    assert "156" in text and "456" in text
    assert build(c=8, K=8, groups=1).parameters == 8 * 73
    assert build(c=8, K=8, groups=8).parameters == 80


def test_the_printed_count_is_right_exactly_when_a_kernel_reads_one_channel():
    for c, groups in ((1, 1), (4, 4), (4, 2), (4, 1)):
        values = {"c": c, "K": 4, "groups": groups}
        (check,) = [e for e in checked(build(**values), **values) if "as printed" in e.claim]
        assert check.applies == (c == groups)
        assert check.holds == (c == groups)
        assert check.why or check.applies


def test_groups_never_meet():
    run = build(c=4, K=4, groups=2)
    x = run.x.clone().requires_grad_()
    for k in range(4):
        y = layer(x, run.weight, run.bias, groups=2)[k]
        torch.testing.assert_close(y, run.y[k])
        (slope,) = torch.autograd.grad(y.sum(), x)
        reads = [c for c in range(4) if slope[c].any()]
        assert reads == ([0, 1] if k < 2 else [2, 3])


def test_a_kernel_of_one_pixel_is_a_matrix_at_every_pixel():
    run = build(p=1, q=1, groups=1)
    for i, j in ((0, 0), (3, 5)):
        expected = run.weight[:, :, 0, 0] @ run.x[:, i, j] + run.bias
        torch.testing.assert_close(run.y[:, i, j], expected)


def test_the_believed_kernel_cannot_tell_its_channels_apart():
    believed, true = build(groups=1, kernel="flat"), build(groups=1)
    swapped = believed.x[[1, 0, 2, 3]]
    torch.testing.assert_close(layer(swapped, believed.weight, believed.bias), believed.y)
    assert not torch.equal(layer(swapped, true.weight, true.bias), true.y)
    summed = F.conv2d(believed.x.sum(0)[None, None], believed.weight[:, :1], believed.bias)[0]
    torch.testing.assert_close(believed.y, summed)


# --- looking at one number ---------------------------------------------------------------------


@given(settings())
def test_what_lights_up_is_what_autograd_says(values):
    run = build(**values)
    looked = run.looked(values["cell"])
    x, ones = run.x.clone().requires_grad_(), torch.ones_like(run.weight)
    y = F.conv2d(x[None], ones, groups=run.groups)[0]
    lit = torch.zeros_like(run.y, dtype=torch.bool)
    for k, top, left, bottom, right in looked.outputs:
        lit[k, top : bottom + 1, left : right + 1] = True
    index, i, j = looked.unit
    if looked.kind == "output":
        assert bool(lit[index, i, j]) and int(lit.sum()) == 1
        (slope,) = torch.autograd.grad(y[index, i, j], x)
        read = torch.zeros_like(run.x, dtype=torch.bool)
        for c, top, left, bottom, right in looked.inputs:
            read[c, top : bottom + 1, left : right + 1] = True
        assert torch.equal(slope != 0, read)
    else:
        other = x.detach().clone()
        other[index, i, j] += 1
        moved = F.conv2d(other[None], ones, groups=run.groups)[0] != y
        assert torch.equal(moved, lit)


@given(settings())
def test_the_sum_shown_is_the_output_and_holds_the_term_looked_at(values):
    run = build(**values)
    looked = run.looked(values["cell"])
    k, u, v = looked.output
    _, products = run.products(looked.output)
    assert float(run.bias[k] + products.sum((1, 2)).sum()) == float(run.y[k, u, v])
    assert any(
        k == each and top <= u <= bottom and left <= v <= right
        for each, top, left, bottom, right in looked.outputs
    )
    if looked.term:
        local, a, b = looked.term
        assert looked.unit == (run.reads(k)[local], u + a, v + b)


def test_the_cells_of_the_outputs_stay_where_they_are_while_the_input_grows():
    for values in ({}, {"n": 8}, {"c": 8}, {"m": 8}):
        looked = build(**values).looked(WIDTH + ORIGIN + 2)
        assert (looked.kind, looked.unit) == ("output", (0, 1, 2))


def test_an_input_can_be_looked_at():
    left, run = ORIGIN - channels.edge(4, 6), build()
    cell = 8 * WIDTH + left + 3  # the second channel begins in row 7
    looked = run.looked(cell)
    assert (looked.kind, looked.unit) == ("input", (1, 1, 3))
    kernels = CHANNELS.figure(run, **DEFAULT | {"cell": cell}).panels[2]
    assert "kernels that read it" in {trace["name"] for trace in kernels.traces}


def test_a_wrong_sign_would_be_noticed_by_the_checks():
    run = build()
    assert not all(c.holds for c in checked(run._replace(y=-run.y)))
    assert not all(c.holds for c in checked(run._replace(weight=-run.weight)))
    assert not all(c.holds for c in checked(run._replace(parameters=40)))
    assert not all(c.holds for c in checked(run._replace(multiplications=1)))


@pytest.mark.parametrize(("bad", "name"), [({"m": 3, "p": 4}, "m"), ({"n": 2, "q": 3}, "n")])
def test_a_kernel_larger_than_the_input_is_refused(bad, name):
    with pytest.raises(ValueError, match=rf"expected {name}\b"):
        channels.channels(**bad)


@pytest.mark.parametrize("values", [{}, {"groups": 1, "q": 2}, {"c": 8, "K": 8, "groups": 8}])
def test_the_sums_under_the_channels_and_the_bias_make_the_output(values):
    run = build(**values)
    panel = CHANNELS.figure(run, **DEFAULT | values).panels[1]
    k, u, v = run.looked(DEFAULT["cell"]).output
    sums = next(trace["z"] for trace in panel.traces if trace["name"] == "sum of each channel")
    assert np.nansum(sums) + float(run.bias[k]) == float(run.y[k, u, v])
    assert int(np.isfinite(sums).sum()) == run.own
    assert panel.title.startswith(f"y₀[{u}, {v}]: ") and panel.layout["yaxis"]["ticktext"][3] == "Σ"
