import io
import math

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch
from PIL import Image

from core import pictures
from core.convolution.kernels import kernel
from core.experiments.convolution import filter as filtering
from core.experiments.convolution import filter_claims as claims
from core.pictures import picture
from core.table import write
from pages.experiments.convolution.filter import EXPERIMENT as FILTER

SCIPY = {"zero": "constant", "reflect": "mirror", "replicate": "nearest", "circular": "wrap"}
run = filtering.picture_filter


def own(h, **values):
    return run(kernel="own", h=h if isinstance(h, str) else write(h), **values)


def panels(result, **values):
    return FILTER.figure(result, **FILTER.defaults() | values).panels


def checked(result, **values):
    return FILTER.checks(result, **FILTER.defaults() | values)


# --- the whole picture -------------------------------------------------------------------------


@pytest.mark.parametrize("boundary", SCIPY)
@pytest.mark.parametrize(("flip", "size"), [(True, 3), (False, 5), (True, 7)])
def test_the_picture_is_that_of_scipy(boundary, flip, size):
    h = kernel("random", size, seed=5)
    mine = own(h, picture="text", boundary=boundary, flip=flip).y[0]
    job = scipy.ndimage.convolve if flip else scipy.ndimage.correlate
    theirs = job(picture("text")[0].double().numpy(), h.numpy(), mode=SCIPY[boundary])
    np.testing.assert_allclose(mine, theirs, atol=2e-5)


@pytest.mark.parametrize("h", ["1 2,3 4", "0 -1 0,3 1 0,0 1 2"])
def test_with_zeros_outside_it_is_the_same_convolution_of_scipy_also_for_even_kernels(h):
    mine = own(h, picture="digit-5", boundary="zero").y[0]
    table = np.array([[float(n) for n in row.split()] for row in h.split(",")])
    theirs = scipy.signal.convolve2d(picture("digit-5")[0].double(), table, "same")
    np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_every_channel_is_filtered_on_its_own():
    h = kernel("emboss", 3)
    y, x = own(h, picture="flower").y, picture("flower")
    for channel in range(3):
        theirs = scipy.ndimage.convolve(x[channel].double().numpy(), h.numpy(), mode="mirror")
        np.testing.assert_allclose(y[channel], theirs, atol=2e-5)


def test_the_identity_gives_the_picture_back():
    result = run(kernel="identity", picture="flower")
    assert np.array_equal(result.shown("clamp"), result.source)
    assert result.outside == (0, 0, 0)


@pytest.mark.parametrize("view", ["shift", "clamp", "abs"])
def test_what_is_shown_is_what_is_said(view):
    result = run(kernel="sobel-y")
    y = result.y.double().numpy().transpose(1, 2, 0)
    wanted = {"shift": 0.5 + y / 2, "clamp": y, "abs": abs(y)}[view].clip(0, 1)
    shown = result.shown(view)
    assert shown.dtype == np.uint8 and shown.shape == (512, 512, 3)
    assert np.abs(shown / 255.0 - wanted).max() <= 0.5 / 255 + 1e-5
    shares = [(y < -1e-5).mean(), (y > 1 + 1e-5).mean(), (y < -1 - 1e-5).mean()]
    assert result.outside == pytest.approx(shares, abs=1e-4)
    said = FILTER.says(result, **FILTER.defaults() | {"view": view})
    assert f"{100 * (y < -1e-5).mean():.3g} % of the values are below 0" in said


@pytest.mark.parametrize(
    ("name", "view"), [("gaussian", "clamp"), ("sharpen", "clamp"), ("sobel-x", "shift")]
)
def test_left_to_itself_the_view_follows_the_sum_of_the_weights(name, view):
    result = run(kernel=name)
    assert result.seen("fit") == view
    assert np.array_equal(result.shown("fit"), result.shown(view))


def brought(pixels):
    """The name of a student's picture of these grey pixels in [0, 1]."""
    file = io.BytesIO()
    Image.fromarray((pixels * 255).astype("u1")).save(file, "PNG")
    return pictures.add(file.getvalue())


@pytest.mark.parametrize(
    ("shape", "border"),
    [((1, 1), "replicate"), ((1, 9), "replicate"), ((7, 3), "replicate"), ((4, 9), "reflect")],
)
def test_where_a_mirror_does_not_reach_the_edge_is_repeated_and_that_is_said(shape, border):
    x, h = np.linspace(0, 1, math.prod(shape)).reshape(shape), kernel("random", 7, seed=2)
    values = FILTER.defaults() | {"picture": brought(x), "kernel": "own", "h": write(h)}
    result = FILTER.compute(**values)
    theirs = scipy.ndimage.convolve(result.x[0].numpy(), h.numpy(), mode=SCIPY[border])
    np.testing.assert_allclose(result.y[0], theirs, atol=2e-5)
    assert ("its edge is repeated" in FILTER.says(result, **values)) == (border == "replicate")
    assert all(check.holds or not check.applies for check in checked(result, **values))


def test_the_axes_of_a_wide_picture_end_where_it_ends():
    for panel in panels(run(picture=brought(np.eye(300, 1200))))[:2]:
        x, y = panel.layout["xaxis"], panel.layout["yaxis"]
        assert (x["range"], y["range"]) == ([-0.5, 511.5], [127.5, -0.5]) and panel.equal
        assert x["constrain"] == y["constrain"] == "domain"
        assert (max(x["tickvals"]), max(y["tickvals"])) == (400, 100)


def test_an_own_picture_is_filtered_like_any_other():
    result = run(picture=brought(np.eye(9)), kernel="box", boundary="zero")
    assert result.shown("fit").shape == (9, 9, 3)
    assert result.value("output", 4, 4) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="upload it again"):
        run(picture="own-ffffffffffff")


# --- one pixel ---------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [{"row": 8}, {"col": 300}, {"look": "input", "row": 9}], ids=str)
def test_a_pixel_that_is_gone_lights_nothing_and_says_so(at):
    values = FILTER.defaults() | {"picture": "digit-5", "row": 0, "col": 0} | at
    result = FILTER.compute(**values)
    assert "nothing is lit" in FILTER.says(result, **values)
    assert all(check.holds or not check.applies for check in checked(result, **values))
    output, source, *_ = panels(result, **values)
    assert output.pick.cell is None and source.pick.cell is None
    assert len(output.traces) == len(source.traces) == 1


def test_on_colours_the_window_shows_brightness():
    result = run(picture="flower", kernel="gaussian", size="5")
    window = result.window("output", 100, 200)
    x = picture("flower")[:, 98:103, 198:203].double()
    np.testing.assert_allclose(window.pixels, 0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2])
    assert float(window.products.sum()) == pytest.approx(result.value("output", 100, 200), abs=1e-5)


# --- checks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "claim"), [("y", "as added up"), ("laid", "as added up"), ("kernel", "Σh")]
)
def test_a_wrong_number_would_be_noticed(field, claim):
    values = {"boundary": "circular", "kernel": "gaussian"}
    right = run(**values)
    assert all(check.holds for check in checked(right, **values))
    wrong = right._replace(**{field: 1.07 * getattr(right, field)})
    red = [check.claim for check in checked(wrong, **values) if not check.holds]
    assert any(claim in each for each in red)


def test_the_means_need_the_circular_boundary():
    silent = [c for c in checked(run()) if not c.applies]
    assert [c.id for c in silent] == ["CNN-15"] and "other side" in silent[0].why


@pytest.mark.parametrize("shape", filtering.SHAPES)
def test_every_check_holds_for_kernels_written_at_random_and_for_none(shape):
    weights = np.random.default_rng(shape[0]).uniform(-9, 9, shape).round(1)
    for h in (torch.from_numpy(weights), torch.zeros(shape)):
        for flip in (True, False):
            result = own(h, picture="text", boundary="circular", flip=flip)
            found = checked(result, picture="text", boundary="circular", row=3, col=90)
            assert [c for c in found if c.applies and not c.holds] == []


def test_a_dot_prints_the_kernel_by_convolution_and_the_turned_one_by_correlation():
    L = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0]])
    for flip, stamp in ((True, L), (False, L[::-1, ::-1])):
        result = run(picture="dots", kernel="own", boundary="zero", flip=flip)
        assert np.array_equal(result.shown("clamp")[15:18, 15:18, 0], 255 * stamp)


def test_the_table_of_blur_then_sharpen_is_made_of_the_two():
    b = np.full((3, 3), 0.1)
    b[1, 1] = 0.2
    sharpen = -b
    sharpen[1, 1] += 2
    values = FILTER.preset("Blur, then sharpen")
    h = FILTER.compute(**values).kernel
    np.testing.assert_allclose(h, scipy.signal.convolve2d(b, sharpen), atol=1e-12)
    B = 0.1 + 0.1 * 3 * (1 + 2 * math.cos(math.pi))  # of level stripes one pixel wide
    assert claims.lowest_gain(h) == pytest.approx(2 * B - B**2)


def test_a_drawing_is_filtered_as_it_is_written():
    rng = np.random.default_rng(3)
    drawing = torch.tensor(rng.integers(0, 11, (16, 16)) / 10)
    result = run(picture="drawn", drawing=write(drawing))
    truth = scipy.ndimage.convolve(drawing.numpy(), result.kernel.numpy(), mode="mirror")
    assert float(result.y.mean()) == pytest.approx(truth.mean(), abs=1e-5)
    assert result.source[..., 1] == pytest.approx(255 * drawing.numpy(), abs=0.51)
    paint = panels(result, picture="drawn")[1].paint
    assert paint.param == "drawing"
    assert np.asarray(paint.values) == pytest.approx(drawing.numpy(), abs=0.01)


# --- the picture -------------------------------------------------------------------------------


@pytest.mark.parametrize("look", ["output", "input"])
def test_pointing_sets_the_pixel_that_was_pointed_at(look):
    output, source, *_ = panels(run(), look=look, row=30, col=70)
    for panel, kind in ((output, "output"), (source, "input")):
        pick, (i, j) = panel.pick, (3, 1)
        assert pick.params == ("row", "col") and pick.also == {"look": kind}
        at = tuple(a * j + b * i + shift for (a, b), shift in zip(pick.matrix, pick.offset))
        assert at == (i, j)
        assert pick.cell == ((30, 70) if kind == look else None)


def test_the_window_is_framed_where_its_pixels_are():
    frame = panels(run(size="5"), row=30, col=60)[1].traces[1]
    assert (np.nanmin(frame["y"]), np.nanmax(frame["y"])) == (27.5, 32.5)
    assert (np.nanmin(frame["x"]), np.nanmax(frame["x"])) == (57.5, 62.5)


def test_round_the_border_of_a_circle_every_pixel_read_has_its_own_frame():
    traces = panels(run(boundary="circular", picture="dots"), row=0, col=0)[1].traces
    assert len(traces) == 3
    assert {0, 1, 31} == set(np.round(traces[2]["y"][0::6] + 0.5))


def test_the_formula_writes_the_products_out():
    values = FILTER.defaults() | {"picture": "digit-5", "row": 2, "col": 3}
    result = FILTER.compute(**values)
    rule, numbers = FILTER.figure(result, **values).formula
    assert r"f[t]}\,\role{model}{h[u-t]}" in rule
    assert numbers.count(r"\cdot") == 6
    assert f"= {result.value('output', 2, 3):.4f}" in numbers and "R[2,3]" in numbers
    values |= {"flip": False, "size": "5"}
    rule, numbers = FILTER.figure(FILTER.compute(**values), **values).formula
    assert r"h\star f" in rule and r"f[u+t]" in rule
    assert "one sum per row" in numbers
