import io
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core import pictures
from core.cnn.striding import moved_by
from pages.experiments.cnn.shift import EXPERIMENT as SHIFT

DEFAULTS = SHIFT.defaults()
PICTURES = ("digit-4", "china", "flower", "disc", "dots")


def run(**values):
    return SHIFT.compute(**DEFAULTS | values)


def checked(result, **values):
    return SHIFT.checks(result, **DEFAULTS | values)


def said(**values):
    return SHIFT.says(run(**values), **DEFAULTS | values)


def torch_layer(x, stride, padding, blur=False):
    """Edges, ReLU, blur and stride with torch alone."""

    def window(x, w, stride):
        r = len(w) // 2
        mode = "circular" if padding == "circular" else "constant"
        return F.conv2d(F.pad(x, (r, r, r, r), mode=mode), w[None, None], stride=stride)

    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64) / 4
    if not blur:
        return F.relu(window(x[None, None], sobel, stride))[0, 0]
    h = torch.tensor([math.comb(2 * stride - 2, i) for i in range(2 * stride - 1)]).double()
    h /= h.sum()
    return window(F.relu(window(x[None, None], sobel, 1)), torch.outer(h, h), stride)[0, 0]


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("padding", ["zero", "circular"])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_the_layer_is_that_of_torch(picture, padding, stride):
    for blur in (False, True):
        result = run(picture=picture, padding=padding, stride=stride, blur=blur, dx=3, dy=2)
        expected = torch_layer(
            moved_by(result.x, 2, 3, padding), stride, padding, blur and stride > 1
        )
        torch.testing.assert_close(result.y_moved, expected, rtol=0, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from(PICTURES),
    st.sampled_from(("max", "average")),
)
def test_circular_padding_is_exactly_equivariant_for_multiples_of_the_stride(
    dx, dy, stride, blur, picture, pool
):
    result = run(dx=dx, dy=dy, stride=stride, blur=blur, picture=picture)
    if dx % stride or dy % stride:
        return
    assert result.exact and result.error < 1e-12
    assert result.nearest(dx)[1] == (dy // stride, dx // stride)
    rolled = result.y.roll((dy // stride, dx // stride), (0, 1))
    torch.testing.assert_close(result.y_moved, rolled, rtol=0, atol=1e-12)
    pooled = result.pooled(pool)
    assert float(pooled[1 + dx]) == pytest.approx(float(pooled[0]), abs=1e-12)


def test_a_shift_of_one_pixel_breaks_it_as_soon_as_the_stride_is_two():
    assert run(stride=1, dx=1).error < 1e-12
    assert run(stride=2, dx=1).error > 0.3
    assert run(stride=2, dx=2).error < 1e-12


def test_zero_padding_breaks_it_at_the_border_only():
    result = run(picture="china", padding="zero", stride=1, dx=6, dy=2)
    gap = (result.y_moved - result.nearest(6)[0]).abs()
    assert float(gap.max()) > 0.1
    assert float(gap[3:-1, 7:-1].max()) == 0
    assert float(gap[:, -1].max()) > 0


def test_the_nearest_whole_step_is_taken():
    result = run(picture="flower", stride=4, dx=3, dy=1)
    gaps = {}
    for i in range(3):
        for j in range(3):
            gaps[i, j] = float((result.y.roll((i, j), (0, 1)) - result.y_moved).norm())
    assert result.nearest(3)[1] == min(gaps, key=gaps.get)
    assert result.error == pytest.approx(min(gaps.values()) / float(result.y.norm()))


def test_the_maximum_wavers_on_a_stride_and_stays_without():
    values = {"picture": "china", "pool": "max", "dx": 1}
    assert "maximum over all cells changes" in said(**values, stride=2)
    assert "maximum over all cells stays" in said(**values, stride=1)


@pytest.mark.parametrize("picture", ["china", "flower", "disc"])
@pytest.mark.parametrize("stride", [3, 4])
def test_a_blur_before_the_stride_calms_the_pooled_output(picture, stride):
    swing = {}
    for blur in (False, True):
        pooled = run(picture=picture, stride=stride, blur=blur).pooled("average")
        swing[blur] = float((pooled.max() - pooled.min()) / pooled[0])
    assert swing[True] < 0.5 * swing[False]


def test_the_curve_over_shifts_is_that_of_single_runs():
    curve = run(picture="disc", stride=3, dy=4)
    errors, largest = curve.errors(), curve.pooled("max")
    for dx in range(9):
        single = run(picture="disc", stride=3, dy=4, dx=dx)
        assert single.error == pytest.approx(float(errors[dx]), abs=1e-14)
        again = torch_layer(moved_by(single.x, 4, dx, "circular"), 3, "circular")
        assert float(again.max()) == pytest.approx(float(largest[1 + dx]))


# --- the sine ----------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.floats(0, 0.5), st.integers(1, 4), st.booleans())
def test_the_kept_samples_are_those_of_the_slow_sine(f, stride, blur):
    result = run(view="sine", freq=f, stride=stride, blur=blur)
    t = np.arange(0, 300, stride)
    height = abs(math.cos(math.pi * f)) ** (2 * stride - 2) if blur else 1.0
    np.testing.assert_allclose(result.kept, height * np.cos(2 * np.pi * f * t), atol=1e-10)
    slow = height * np.cos(2 * np.pi * result.alias * np.arange(len(t)))
    np.testing.assert_allclose(result.kept, slow, atol=1e-10)
    assert 0 <= result.alias <= 0.5


@pytest.mark.parametrize(
    ("f", "stride", "alias"),
    [(0.45, 2, 0.1), (0.25, 4, 0.0), (0.5, 2, 0.0), (0.1, 2, 0.2), (0.4, 3, 0.2), (0.3, 4, 0.2)],
)
def test_frequencies_fold_at_the_new_limit(f, stride, alias):
    result = run(view="sine", freq=f, stride=stride)
    assert result.alias == pytest.approx(alias, abs=1e-12)
    lines = np.abs(np.fft.rfft(result.kept.numpy()))
    assert np.fft.rfftfreq(len(result.kept))[lines.argmax()] == pytest.approx(alias)
    assert result.peak == pytest.approx(alias)


def test_a_blur_leaves_cos_squared_of_the_disguised_sine():
    result = run(view="sine", blur=True)
    assert float(result.kept[0]) == pytest.approx(math.cos(0.45 * math.pi) ** 2)
    assert run(view="sine", blur=True, stride=1).gain == 1


def test_what_is_said_names_the_disguise_and_the_missing_half_step():
    assert "0.1 cycles per kept sample" in said(view="sine")
    assert "(0.5, 0) cells" in said()
    assert "a sine of 0 cycles" in said(view="sine", freq=0.5)
    assert "f = 0.25 is not above 1/(2s) = 0.25" in said(view="sine", freq=0.25)
    assert "the blur has removed it" in said(view="sine", freq=0.5, blur=True)
    assert "Nothing is shifted yet" in said(dx=0)
    black = io.BytesIO()
    Image.new("L", (9, 9)).save(black, "png")
    assert "0 everywhere" in said(picture=pictures.add(black.getvalue()))


# --- pictures ----------------------------------------------------------------------------------


def test_every_picture_is_48_by_48_between_black_and_white():
    for picture in PICTURES:
        x = run(picture=picture).x
        assert x.shape == (48, 48)
        assert float(x.min()) >= 0 and float(x.max()) <= 1
        assert float(x.std()) > 0.05
    assert float(run(picture="digit-4").x[:9].max()) == 0  # room to move


def test_a_student_can_bring_a_picture_of_any_shape():
    pixels = np.zeros((40, 100, 3), dtype="u1")
    pixels[:, 50:] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    x = run(picture=pictures.add(file.getvalue())).x
    assert x.shape == (48, 48)
    assert float(x[:, 0].max()) == 0 and float(x[:, -1].min()) == 1


def test_a_picture_that_is_no_longer_kept_is_refused():
    with pytest.raises(ValueError, match="still kept"):
        run(picture="own-000000000000")


def test_wrong_maps_and_wrong_samples_are_caught():
    for values in ({"stride": 2, "dx": 2, "pool": "max"}, {"stride": 2, "dx": 1}):
        result = run(**values)
        brighter = result.outputs * torch.linspace(1, 2, 10)[:, None, None]
        for broken in (result.outputs.roll(1, 2), brighter):
            bad = result._replace(outputs=torch.cat([result.outputs[:1], broken[1:]]))
            assert not all(c.holds for c in checked(bad, **values) if c.applies)
    wave = run(view="sine")
    for broken in (wave._replace(f=0.3), wave._replace(passed=wave.passed.roll(1))):
        assert not all(c.holds for c in checked(broken) if c.applies)


def test_a_picture_that_is_no_square_says_that_its_middle_is_used():
    for size, told in (((40, 60), True), ((50, 50), False)):
        file = io.BytesIO()
        Image.new("L", size, 90).save(file, "PNG")
        values = SHIFT.defaults() | {"picture": pictures.add(file.getvalue())}
        said = SHIFT.says(SHIFT.compute(**SHIFT.inputs(values)), **values)
        assert said.endswith("the middle square is used.") == told
