import io
import math

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core import pictures
from core.convolution.kernels import kernel
from core.experiments.convolution import filter as filtering
from core.experiments.convolution import filter_claims as filter_checks
from core.pictures import picture
from core.table import write
from pages.experiments.convolution.filter import EXPERIMENT as FILTER
from pages.figures.convolution.filter import figure

SCIPY = {"zero": "constant", "reflect": "mirror", "replicate": "nearest", "circular": "wrap"}


def run(**values):
    return filtering.picture_filter(**FILTER.defaults() | values)


def raw(**values):
    """The float result itself."""
    v = FILTER.defaults() | {"colour": "grey"} | values
    h = torch.tensor([[float(n) for n in row.split()] for row in v["h"].split(",")])
    h = filtering._key(h.double())
    how = (v["flip"], v["boundary"], v["stride"], v["dilation"])
    return filtering._through(v["picture"], v["colour"], h, *how)


def checked(result, **values):
    return filter_checks.checks(result, **FILTER.defaults() | values)


def spread(h, dilation):
    wide = np.zeros([dilation * (n - 1) + 1 for n in h.shape])
    wide[::dilation, ::dilation] = h
    return wide


# --- the whole picture -------------------------------------------------------------------------


@pytest.mark.parametrize("boundary", SCIPY)
@pytest.mark.parametrize(
    ("flip", "size", "dilation", "stride"), [(True, 3, 1, 1), (False, 5, 1, 3), (True, 7, 2, 1)]
)
def test_the_picture_is_that_of_scipy(boundary, flip, size, dilation, stride):
    h = kernel("random", size, seed=5)
    values = {"picture": "text", "h": write(h), "boundary": boundary}
    mine = raw(**values, flip=flip, dilation=dilation, stride=stride)[0]
    job = scipy.ndimage.convolve if flip else scipy.ndimage.correlate
    theirs = job(
        picture("text")[0].double().numpy(), spread(h.numpy(), dilation), mode=SCIPY[boundary]
    )
    np.testing.assert_allclose(mine, theirs[::stride, ::stride], atol=2e-5)


@pytest.mark.parametrize("h", ["1 2,3 4", "0 -1 0,3 1 0,0 1 2"])
def test_with_zeros_outside_it_is_the_same_convolution_of_scipy_also_for_even_kernels(h):
    mine = raw(picture="digit-7", h=h, boundary="zero")[0]
    table = np.array([[float(n) for n in row.split()] for row in h.split(",")])
    theirs = scipy.signal.convolve2d(picture("digit-7")[0].double(), table, "same")
    np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_every_channel_is_filtered_on_its_own_and_brightness_is_linear():
    h = write(kernel("emboss", 3))
    colour, grey = raw(picture="flower", h=h, colour="colour"), raw(picture="flower", h=h)
    for k, name in enumerate(("red", "green", "blue")):
        assert torch.equal(raw(picture="flower", h=h, colour=name)[0], colour[k])
    mixed = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    torch.testing.assert_close(mixed, grey[0], atol=2e-5, rtol=0)


def test_the_identity_gives_the_picture_back():
    result = run(kernel="identity", picture="flower", view="clamp")
    assert np.array_equal(result.shown, result.source)
    assert (result.negative, result.above) == (0, 0)


@pytest.mark.parametrize("view", ["shift", "clamp", "abs"])
def test_what_is_shown_is_what_is_said(view):
    y = raw(picture="china", h=write(kernel("sobel-y", 3)))[0].double().numpy()
    wanted = {"shift": 0.5 + y / 2, "clamp": y, "abs": abs(y)}[view].clip(0, 1)
    result = run(kernel="sobel-y", colour="grey", view=view)
    assert result.shown.dtype == np.uint8 and result.shown.shape == (512, 512, 3)
    for channel in range(3):
        assert np.abs(result.shown[..., channel] / 255.0 - wanted).max() <= 0.5 / 255 + 1e-5
    assert result.negative == pytest.approx((y < -1e-5).mean(), abs=1e-4)
    assert result.above == pytest.approx((y > 1 + 1e-5).mean(), abs=1e-4)
    assert result.below == pytest.approx((y < -1 - 1e-5).mean(), abs=1e-4)
    said = filtering.says(result, **FILTER.defaults())
    assert f"{(y < -1e-5).mean():.1%}" in said


@pytest.mark.parametrize(
    ("name", "view"), [("gaussian", "clamp"), ("sharpen", "clamp"), ("sobel-x", "shift")]
)
def test_left_to_itself_the_view_follows_the_sum_of_the_weights(name, view):
    result = run(kernel=name)
    assert result.view == view
    assert np.array_equal(result.shown, run(kernel=name, view=view).shown)


def test_a_pointer_that_moves_does_not_filter_again():
    first, second = run(row=3, col=4), run(row=5, col=6)
    assert first.shown is second.shown and first.source is second.source
    assert first.value != second.value


def test_an_own_picture_is_filtered_like_any_other():
    file = io.BytesIO()
    Image.fromarray((np.eye(9) * 255).astype("u1")).save(file, "PNG")
    name = pictures.add(file.getvalue())
    result = run(picture=name, kernel="box", boundary="zero", row=4, col=4)
    assert result.shown.shape == (9, 9, 3) and result.value == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="upload it again"):
        run(picture="own-ffffffffffff")


# --- one pixel ---------------------------------------------------------------------------------


@pytest.mark.parametrize("boundary", SCIPY)
@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize(("row", "col"), [(0, 0), (0, 31), (15, 7), (31, 30)])
def test_the_products_are_pixels_times_turned_weights_by_hand(boundary, flip, row, col):
    h = "1 2 3,4 5 6,7 8 9.5"
    values = {"picture": "dots", "kernel": "own", "h": h, "boundary": boundary, "flip": flip}
    result = run(**values, row=row, col=col)
    mode = {"zero": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    around = np.pad(picture("dots")[0].numpy(), 1, mode=mode[boundary])[
        row : row + 3, col : col + 3
    ]
    table = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9.5]])
    np.testing.assert_allclose(result.pixels, around)
    np.testing.assert_allclose(result.weights, table[::-1, ::-1] if flip else table)
    np.testing.assert_allclose(result.products, around * (table[::-1, ::-1] if flip else table))
    assert result.value == pytest.approx(float(result.products.sum()), abs=1e-5)


@pytest.mark.parametrize("boundary", SCIPY)
@pytest.mark.parametrize(
    "change",
    [{}, {"flip": False}, {"stride": 2}, {"dilation": 2}, {"stride": 3, "h": "1 2,3 4"}],
    ids=str,
)
@pytest.mark.parametrize(("row", "col"), [(0, 0), (1, 6), (4, 3), (7, 7)])
def test_the_outputs_that_read_a_pixel_are_those_that_change_with_it(boundary, change, row, col):
    values = {"h": "1 2 3,4 5 6,7 8 9.5", "boundary": boundary} | change
    result = run(picture="digit-3", kernel="own", look="input", row=row, col=col, **values)
    x = picture("digit-3").double().requires_grad_()
    h = torch.tensor([[float(n) for n in r.split()] for r in values["h"].split(",")]).double()
    more = {name: change[name] for name in ("flip", "dilation") if name in change}
    y = filtering.convolve(x, h, "same", boundary=boundary, **more)[0]
    y = y[:: change.get("stride", 1), :: change.get("stride", 1)]
    slope = torch.zeros_like(y)
    for i, j in np.ndindex(*y.shape):
        slope[i, j] = torch.autograd.grad(y[i, j], x, retain_graph=True)[0][0, row, col]
    mine = torch.zeros_like(y)
    mine[result.rows[:, None], result.columns] = result.weights
    torch.testing.assert_close(mine, slope)
    torch.testing.assert_close(result.products, result.weights * x[0, row, col].detach())


def test_one_weight_alone_gives_its_copy_and_all_copies_add_up():
    values = {"picture": "disc", "kernel": "own", "h": "0 0.2 0,0.1 0.3 0.15,0 0 0.25"}
    total = np.zeros((128, 128))
    for i, j in np.ndindex(3, 3):
        copy = run(**values, view="clamp", look="weight", tap_row=i, tap_col=j).shown[..., 0]
        total += copy / 255.0
    whole = run(**values, view="clamp").shown[..., 0] / 255.0
    assert np.abs(total - whole).max() < 9 * 0.5 / 255 + 1e-6
    copy = run(**values, look="weight", tap_row=1, tap_col=2).shown[..., 0] / 255.0
    moved = np.roll(picture("disc")[0].numpy(), 1, axis=1)  # h[0, +1] moves to the right
    assert np.abs(copy - 0.15 * moved)[1:-1, 1:-1].max() < 0.01


@pytest.mark.parametrize(
    "change",
    [{"row": 8}, {"col": 300}, {"row": 2, "stride": 4}, {"look": "input", "row": 9}],
    ids=str,
)
def test_a_pixel_that_is_gone_lights_nothing_and_says_so(change):
    values = FILTER.defaults() | {"picture": "digit-3", "row": 0, "col": 0} | change
    result = run(**values)
    assert not result.inside and "nothing is lit" in filtering.says(result, **values)
    assert all(check.holds or not check.applies for check in checked(result, **values))
    panels = figure(result, **values).panels
    assert panels[0].pick.cell is None and panels[1].pick.cell is None
    assert len(panels[0].traces) == len(panels[1].traces) == 1


def test_a_weight_that_is_gone_lights_nothing_and_says_so():
    values = FILTER.defaults() | {"look": "weight", "tap_row": 4}
    result = run(**values)
    assert "nothing is lit" in filtering.says(result, **values)
    assert np.array_equal(result.shown, run().shown)
    assert figure(result, **values).panels[3].pick.cell is None


def test_a_stride_beyond_the_kernel_skips_pixels():
    values = FILTER.preset("A stride that never looks")
    result = run(**values)
    assert result.weights.numel() == 0
    assert "stride 4 skips it" in filtering.says(result, **values)
    assert figure(result, **values).panels[2].title == "No output reads this pixel"


@pytest.mark.parametrize(
    ("h", "flip", "moved"),
    [
        ("0.25 0.25,0.25 0.25", True, (0.5, 0.5)),
        ("0.25 0.25,0.25 0.25", False, (-0.5, -0.5)),
        ("0 0 0,0 0 1,0 0 0", True, (0, 1)),
        ("0 0 0,0 0 1,0 0 0", False, (0, -1)),
        ("0 2 0,1 3 0,0 0 1", True, None),
    ],
)
def test_the_centre_of_mass_moves_as_the_kernel_says(h, flip, moved):
    result = run(picture="disc", kernel="own", h=h, flip=flip, boundary="zero")
    y = raw(picture="disc", h=h, flip=flip, boundary="zero")[0].double()
    i = torch.arange(128).double()
    measured = (float(i @ y.sum(1) / y.sum()) - 63.5, float(i @ y.sum(0) / y.sum()) - 63.5)
    assert result.moved == pytest.approx(measured, abs=1e-4)
    assert moved is None or result.moved == pytest.approx(moved)


# --- checks ------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    picture=st.sampled_from(
        ["disc", "checker", "text", "ramp", "dots", "digit-3", "digit-8-large"]
    ),
    kernel=st.sampled_from(("own", *filtering.kernels.NAMES)),
    shape=st.sampled_from(filtering.SHAPES),
    number=st.integers(0, 10**6),
    size=st.sampled_from(("3", "5", "7")),
    flip=st.booleans(),
    boundary=st.sampled_from(tuple(SCIPY)),
    view=st.sampled_from(filtering.VIEWS),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 2),
    look=st.sampled_from(filtering.LOOKS),
    row=st.integers(0, 40),
    col=st.integers(0, 40),
    tap_row=st.integers(0, 6),
    tap_col=st.integers(0, 6),
    aside=st.sampled_from(("kernel", "spectrum")),
)
def test_every_check_holds_wherever_it_applies(shape, number, **values):
    weights = np.random.default_rng(number).uniform(-9, 9, shape).round(1)
    if number % 7 == 0:
        weights[:] = 0
    values = FILTER.defaults() | values | {"h": write(torch.from_numpy(weights))}
    result = run(**values)
    failed = [c for c in checked(result, **values) if c.applies and not c.holds]
    assert failed == []
    assert "nan" not in filtering.says(result, **values)
    for panel in figure(result, **values).panels:
        for trace in panel.traces:
            numbers = trace["z"] if "z" in trace else np.stack([trace["x"], trace["y"]])
            assert not np.isinf(numbers).any(), panel.name


@pytest.mark.parametrize(
    ("index", "change"),
    [
        (0, {"products": torch.ones(3, 3).double()}),
        (0, {"value": 3.0}),
        (2, {"kernel": -kernel("sobel-x", 3)}),
        (4, {"mean_out": 0.1}),
    ],
)
def test_a_wrong_number_would_be_noticed(index, change):
    values = {"boundary": "circular"}
    right = run(**values)
    assert all(check.holds for check in checked(right, **values))
    assert not checked(right._replace(**change), **values)[index].holds


def test_copies_that_are_added_up_are_the_convolution_of_scipy_and_not_the_correlation():
    f, h = picture("digit-3")[0].double(), kernel("emboss", 3)
    mine = filter_checks._stamped(f, h).numpy()
    f, h = f.numpy(), h.numpy()
    np.testing.assert_allclose(mine, scipy.signal.convolve2d(f, h), atol=1e-12)
    assert np.abs(mine - scipy.signal.correlate2d(f, h)).max() > 1


def test_the_means_need_the_circular_boundary():
    silent = [c for c in checked(run(), **{}) if not c.applies]
    assert [c.id for c in silent] == ["CNN-15"] and "circular" in silent[0].why


# --- the declaration ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(FILTER.presets))
def test_presets_satisfy_their_checks_and_name_all_statements(name):
    values = FILTER.preset(name)
    result = run(**values)
    found = checked(result, **values)
    assert all(check.holds or not check.applies for check in found)
    assert {check.id for check in found} == set(FILTER.statements)


RIGHT = {
    "Edges both ways": "every value changes its sign",
    "A dot prints the kernel": "as it is written",
    "A blur that leaves the mean alone": "stays the same",
    "Two passes for one table": "14",
    "Blur then sharpen is not the picture": "a softer picture",
    "Even kernel shifts the picture": "by half a pixel",
}


@pytest.mark.parametrize("prediction", FILTER.predictions, ids=lambda p: p.preset)
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(prediction):
    values = FILTER.preset(prediction.preset)
    result = run(**values)
    assert prediction.answer(result) == RIGHT[prediction.preset]
    if prediction.facts:
        assert prediction.because.format(**prediction.facts(result))
    for option, change in prediction.beliefs.items():
        assert prediction.answer(run(**values | change)) == option


def test_a_dot_prints_the_kernel_by_convolution_and_the_turned_one_by_correlation():
    values = FILTER.preset("A dot prints the kernel")
    L = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0]])
    for flip, stamp in ((True, L), (False, L[::-1, ::-1])):
        shown = run(**values | {"flip": flip}).shown[15:18, 15:18, 0]
        assert np.array_equal(shown, 255 * stamp)


def test_the_table_of_blur_then_sharpen_is_made_of_the_two():
    b = np.full((3, 3), 0.1)
    b[1, 1] = 0.2
    sharpen = -b
    sharpen[1, 1] += 2
    values = FILTER.preset("Blur then sharpen is not the picture")
    both = scipy.signal.convolve2d(b, sharpen)
    np.testing.assert_allclose(run(**values).kernel, both, atol=1e-12)
    lowest = filtering.lowest_gain(run(**values))
    B = 0.1 + 0.1 * 3 * (1 + 2 * math.cos(math.pi))  # of level stripes one pixel wide
    assert lowest == pytest.approx(2 * B - B**2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": "own", "h": "1 2 x,4 5 6,7 8 9"}, "row 1, column 3 of h, got 'x'"),
        ({"kernel": "own", "h": "1 2 3"}, "h to be 2 x 2 or 3 x 3 or 5 x 5 or 7 x 7, got 1 x 3"),
        ({"kernel": "own", "h": "1 2,3"}, "equally long rows"),
        ({"kernel": "own", "h": "1e9 2,3 4"}, r"largest \|weight\| of h in \[0, 1000\]"),
        ({"kernel": "blur"}, "kernel to be one of"),
        ({"size": "4"}, "size to be one of 3, 5, 7"),
        ({"picture": "moon"}, "picture to be one of"),
        ({"boundary": "mirror"}, "boundary to be one of"),
        ({"colour": "pink"}, "colour to be one of"),
        ({"view": "log"}, "view to be one of"),
        ({"look": "up"}, "look to be one of"),
        ({"stride": 0}, r"stride a whole number in \[1, 8\], got 0"),
        ({"dilation": 0}, "dilation a whole number"),
        ({"row": -1}, "row a whole number"),
        ({"kernel": "gaussian", "sigma": 0.0}, "sigma in"),
        ({"picture": "digit-3", "size": "7", "dilation": 3}, "reflected margin"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)


# --- the picture -------------------------------------------------------------------------------


@pytest.mark.parametrize("look", filtering.LOOKS)
def test_pointing_sets_the_cell_that_was_pointed_at(look):
    values = FILTER.defaults() | {"look": look, "row": 30, "col": 70, "tap_row": 2, "tap_col": 0}
    output, source, _, weights = figure(run(**values), **values).panels
    for panel, kind in ((output, "output"), (source, "input"), (weights, "weight")):
        pick = panel.pick
        assert pick.also == {"look": kind} and (pick.cell is None) == (
            look != kind and not (panel is output and look == "weight")
        )
        at = (3, 1)
        told = {
            name: round(a * at[1] + b * at[0] + shift)
            for name, (a, b), shift in zip(pick.params, pick.matrix, pick.offset)
        }
        assert tuple(told.values()) == at
    assert output.pick.cell in (None, (30, 70)) and weights.pick.cell in (None, (2, 0))


def test_the_window_is_framed_where_its_pixels_are():
    values = FILTER.defaults() | {"row": 10, "col": 20, "stride": 3, "size": "5"}
    frame = figure(run(**values), **values).panels[1].traces[1]
    assert (np.nanmin(frame["y"]), np.nanmax(frame["y"])) == (27.5, 32.5)
    assert (np.nanmin(frame["x"]), np.nanmax(frame["x"])) == (57.5, 62.5)


def test_round_the_border_of_a_circle_every_pixel_read_has_its_own_frame():
    values = FILTER.defaults() | {"row": 0, "col": 0, "boundary": "circular", "picture": "dots"}
    traces = figure(run(**values), **values).panels[1].traces
    assert len(traces) == 3
    assert {0, 1, 31} == set(np.round(traces[2]["y"][0::6] + 0.5))


def test_the_formula_writes_the_products_out():
    values = FILTER.defaults() | {"picture": "digit-3", "row": 2, "col": 3}
    result = run(**values)
    rule, numbers = figure(result, **values).formula
    assert r"f[t]}\,\role{model}{h[u-t]}" in rule
    assert numbers.count(r"\cdot") == 6 and f"= {result.value:.4f}" in numbers
    assert "R[2,3]" in numbers
    values |= {"flip": False, "stride": 2, "dilation": 2, "size": "5"}
    rule, numbers = figure(run(**values), **values).formula
    assert r"h\star f" in rule and r"f[2u+2t]" in rule
    assert "one sum per row" in numbers


def test_a_drawing_is_filtered_as_it_is_written():
    rng = np.random.default_rng(3)
    drawing = torch.tensor(rng.integers(0, 11, (16, 16)) / 10)
    values = FILTER.defaults() | {"picture": "drawn", "drawing": write(drawing)}
    result = FILTER.compute(**values)
    truth = scipy.ndimage.convolve(drawing.numpy(), result.kernel.numpy(), mode="mirror")
    assert result.mean_out == pytest.approx(truth.mean(), abs=1e-5)
    assert result.source[..., 1] == pytest.approx(255 * drawing.numpy(), abs=0.51)
    _, before, *_ = figure(result, **values).panels
    assert before.paint.param == "drawing"
    assert np.asarray(before.paint.values) == pytest.approx(drawing.numpy(), abs=0.01)


@pytest.mark.parametrize("drawing", ["1 2,3 4", "a", filtering.DRAWING.replace("1", "1.5", 1)])
def test_a_drawing_of_another_size_or_brightness_is_refused(drawing):
    with pytest.raises(ValueError, match=r"expected .*drawing"):
        FILTER.compute(**FILTER.defaults() | {"picture": "drawn", "drawing": drawing})
