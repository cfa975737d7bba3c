import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from scipy.signal import correlate2d

from core import table
from core.cnn import plan, training
from core.cnn.layer import decimal, layer, layer_gradient
from core.cnn.plan import CELLS, COLUMNS, SIZES, Unit, cell_of, spot, unit_at
from core.convolution import backward, output_size, receptive_field
from core.experiments.cnn import network
from core.experiments.cnn import network_claims as reading
from pages.experiments.cnn.network import BLANK, OPEN_FOUR
from pages.experiments.cnn.network import EXPERIMENT as NETWORK
from pages.figures.cnn.network import figure

DEFAULT = NETWORK.defaults()


def read(**values):
    return network.read(**DEFAULT | values)


def checked(run, **values):
    return reading.checks(run, **DEFAULT | values)


def unit(level, channel, row, column):
    return {"cell": cell_of(Unit(level, channel, row, column))}


@st.composite
def settings(draw):
    return {
        "digit": draw(st.integers(0, 359)),
        "dx": draw(st.integers(-3, 3)),
        "dy": draw(st.integers(-3, 3)),
        "noise": draw(st.sampled_from([0.0, 1.5, 6.0])),
        "kernels": draw(st.sampled_from(["trained", "turned"])),
        "cell": draw(st.integers(0, CELLS - 1)),
        "level": draw(st.integers(0, 5)),
    }


def by_torch(run, image):
    """All levels by torch's functions, without the rounding of sums."""
    net = run.net
    first = F.conv2d(image, net.conv1, net.bias1, padding=1).relu()
    pool1 = F.max_pool2d(first, 2)
    second = F.conv2d(pool1, net.conv2, net.bias2, padding=1).relu()
    pool2 = F.max_pool2d(second, 2)
    z = F.linear(pool2.flatten(1), net.linear, net.bias3)
    return [image, first, pool1, second, pool2, z[..., None, None]]


# --- the layers --------------------------------------------------------------------------------


@given(settings())
def test_every_level_is_that_of_torch(values):
    run = read(**values)
    for mine, torchs, size in zip(run.levels, by_torch(run, run.levels[0][None]), SIZES):
        assert tuple(mine.shape) == size
        torch.testing.assert_close(mine[None], torchs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(run.p, run.levels[5].flatten().softmax(0))
    assert float(run.p.sum()) == pytest.approx(1, abs=1e-12)
    assert run.guess == int(run.p.argmax())


@given(settings())
def test_the_checks_hold_for_every_digit_and_every_unit(values):
    run = read(**values)
    for check in checked(run, **values):
        assert check.holds or not check.applies, check


def test_conv1_is_scipys_correlation_and_turned_its_convolution():
    for kernels, turn in (("trained", 1), ("turned", -1)):
        run = read(kernels=kernels)
        image, net = run.levels[0][0].numpy(), training.load()
        for k in range(4):
            kernel = net.conv1[k, 0].numpy()[::turn, ::turn]
            expected = correlate2d(image, kernel, mode="same") + float(net.bias1[k])
            np.testing.assert_allclose(run.sums[0][k], expected, atol=1e-9)


def test_the_sizes_follow_the_formula_and_the_field_of_a_logit_is_larger_than_the_image():
    n = 8
    for level, (k, padding, stride) in enumerate([(3, 1, 1), (2, 0, 2), (3, 1, 1), (2, 0, 2)], 1):
        n = output_size(n, k, padding, stride)
        assert SIZES[level][1:] == (n, n)
    assert receptive_field([(3, 1), (2, 2), (3, 1), (2, 2)]) == 10


@given(settings())
def test_the_opened_number_is_bias_and_products_or_the_largest_of_four(values):
    run = read(**values)
    made, (level, k, i, j) = run.terms, run.opened
    assert made.value == run.levels[level][k, i, j]
    if made.products is not None:
        total = made.bias + float((made.window * made.weights).sum())
        assert made.total == pytest.approx(total)
        assert made.value == pytest.approx(total if level == 5 else max(0.0, total), abs=1e-9)
        assert made.products[made.best] == made.products[made.inside].max()
    elif level:
        assert made.value == made.window.max() == made.window[made.best]
    assert not made.window[~made.inside].any()


def test_a_corner_reads_four_pixels_and_the_padding_is_not_a_term():
    run = read(digit=9, **unit(1, 2, 0, 0))
    assert run.terms.corner == (-1, -1)
    assert run.terms.inside[0].tolist() == [[False] * 3, [False, True, True], [False, True, True]]
    torch.testing.assert_close(run.terms.window[0, 1:, 1:], run.levels[0][0, :2, :2])


# --- the way down and the way back -------------------------------------------------------------


@given(settings())
def test_the_path_leads_through_the_largest_terms_to_a_pixel(values):
    run = read(**values)
    assert run.path[0] == run.chosen == unit_at(values["cell"])
    assert [each.level for each in run.path] == list(range(run.chosen.level, -1, -1))
    assert run.opened in run.path
    assert run.opened.level == min(values["level"], run.chosen.level)
    for upper, lower in zip(run.path, run.path[1:]):
        made = network.terms(run.net, run.levels, upper)
        _, c, i, j = lower
        value = float(run.levels[lower.level][c, i, j])
        assert value == pytest.approx(float(made.window[made.best]))
        if upper.level in (2, 4):
            assert (c, i // 2, j // 2) == upper[1:]


@given(settings())
def test_the_slope_is_autograd_and_stays_inside_the_field(values):
    run = read(**values)
    image = run.levels[0][None].clone().requires_grad_()
    level, k, i, j = run.opened
    levels = reading._by_torch(run, image[0], run.net.bias1, run.net.bias2)
    (slope,) = torch.autograd.grad(levels[level][0, k, i, j], image)
    torch.testing.assert_close(run.slope, slope[0, 0], rtol=1e-9, atol=1e-9)
    top, left, bottom, right = run.field
    assert 0 <= top <= bottom < 8
    assert 0 <= left <= right < 8
    outside = run.slope.clone()
    outside[top : bottom + 1, left : right + 1] = 0
    assert not outside.any()


def test_the_slope_is_what_happens_when_a_pixel_darkens(generator):
    # no two numbers of this drawing tie for a maximum
    grey = (4 + 8 * torch.rand(8, 8, dtype=torch.float64, generator=generator)).round(decimals=4)
    run = read(source="drawing", drawing=table.write(grey), **unit(5, 3, 0, 0))

    def logit(pixel, by):
        image = run.levels[0].flatten().tolist()
        image[pixel] += by
        return float(network._forward(tuple(image), False)[0][5][3])

    rises = [(logit(pixel, 1e-4) - logit(pixel, -1e-4)) / 2e-4 for pixel in range(64)]
    torch.testing.assert_close(
        run.slope.flatten(), torch.tensor(rises, dtype=torch.float64), atol=1e-4, rtol=0
    )
    assert int((run.slope.abs() > 0.01).sum()) > 20


def test_a_number_in_the_middle_of_conv2_sees_49_pixels_and_a_logit_all():
    assert reading.seen(read(**unit(3, 5, 1, 1))) == 49
    assert reading.seen(read(**unit(3, 5, 0, 0))) == 25
    assert reading.seen(read(**unit(1, 0, 3, 3))) == 9
    assert reading.seen(read(**unit(1, 0, 0, 0))) == 4
    assert reading.seen(read(**unit(2, 0, 1, 1))) == 16
    assert reading.seen(read(**unit(5, 3, 0, 0))) == 64
    assert reading.seen(read(**unit(0, 0, 3, 3))) == 1


def test_of_equal_numbers_the_first_gets_the_gradient_of_a_maximum_as_in_torch():
    below = torch.tensor([[[2.0, 2.0, 1.0, 3.0], [2.0, 0.0, 3.0, 3.0]]], dtype=torch.float64)
    delta = torch.tensor([[[5.0, 7.0]]], dtype=torch.float64)
    mine = network._to_winners(delta, below)
    assert mine.tolist() == [[[5.0, 0.0, 0.0, 7.0], [0.0, 0.0, 0.0, 0.0]]]
    x = below.clone().requires_grad_()
    (theirs,) = torch.autograd.grad(F.max_pool2d(x, 2), x, delta)
    assert torch.equal(mine, theirs)


@pytest.mark.parametrize("mode", ["valid", "same"])
@pytest.mark.parametrize("flip", [False, True])
def test_the_gradient_of_a_layer_is_autograd_and_that_of_the_engine(mode, flip, generator):
    x = torch.randn(2, 6, 5, dtype=torch.float64, generator=generator).requires_grad_()
    weight = torch.randn(3, 2, 3, 2, dtype=torch.float64, generator=generator)
    y = layer(x, weight, weight.new_zeros(3), mode=mode, flip=flip)
    delta = torch.randn(y.shape, dtype=torch.float64, generator=generator)
    (exact,) = torch.autograd.grad(y, x, delta)
    mine = layer_gradient(delta, weight, mode=mode, flip=flip)
    torch.testing.assert_close(mine, exact)
    for c in range(2):
        parts = [backward(delta[k], x[c].detach(), weight[k, c], mode, flip)[0] for k in range(3)]
        torch.testing.assert_close(mine[c], sum(parts))


def test_decimal_takes_the_hair_off_a_sum_and_leaves_the_gradient():
    z = torch.tensor([0.1 + 0.2 - 0.3, 1.23 + 1e-13], dtype=torch.float64, requires_grad=True)
    tidy = decimal(z)
    assert tidy.tolist() == [0.0, 1.23]
    (grad,) = torch.autograd.grad(tidy @ torch.tensor([2.0, 3.0], dtype=torch.float64), z)
    assert grad.tolist() == [2.0, 3.0]


def test_a_wrong_sign_anywhere_would_be_noticed_by_the_checks():
    run = read(digit=9, **unit(3, 5, 1, 1))
    wrong = {
        "CNN-15": run._replace(sums=(run.sums[0], -run.sums[1])),
        "CNN-33": run._replace(levels=(*run.levels[:5], -run.levels[5])),
        "CNN-26": run._replace(slope=-run.slope),
        "CNN-27": run._replace(sums=(-run.sums[0], run.sums[1])),
        "CNN-29": run._replace(p=1 - run.p),
        "CNN-31": run._replace(levels=(*run.levels[:4], run.levels[4] + 0.01, run.levels[5])),
        "CNN-23": run._replace(field=(0, 0, 3, 3)),
    }
    for id, broken in wrong.items():
        assert any(not check.holds for check in checked(broken) if check.id == id), id


# --- images ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, -2), (-3, 2), (8, 0)])
def test_a_moved_image_is_the_old_one_elsewhere(dx, dy):
    old, new = read(digit=4).levels[0][0], read(digit=4, dx=dx, dy=dy).levels[0][0]
    for i in range(8):
        for j in range(8):
            inside = 0 <= i - dy < 8 and 0 <= j - dx < 8
            assert new[i, j] == (old[i - dy, j - dx] if inside else 0)


def test_noise_is_whole_grey_levels_of_the_size_asked_for_and_follows_the_seed():
    clean, noisy = read(digit=4).levels[0], read(digit=4, noise=3.0, seed=5).levels[0]
    assert torch.equal(noisy, noisy.round())
    assert 0 <= float(noisy.min()) <= float(noisy.max()) <= 16
    assert torch.equal(noisy, read(digit=4, noise=3.0, seed=5).levels[0])
    assert not torch.equal(noisy, read(digit=4, noise=3.0, seed=6).levels[0])
    everyone = network._treated(0, 0, 3.0, 5) - training.digits()[1].images
    middle = everyone[(network._treated(0, 0, 0.0, 0) > 6) & (network._treated(0, 0, 0.0, 0) < 10)]
    assert float(middle.std()) == pytest.approx(3.0, rel=0.1)
    assert not torch.equal(clean, noisy)


def test_the_share_of_right_digits_is_counted_one_by_one():
    values = {"dx": 1, "kernels": "trained"}
    right = sum(read(digit=d, **values).guess == read(digit=d).label for d in range(0, 360, 12))
    images, labels = network._treated(1, 0, 0.0, 0)[::12], training.digits()[1].labels[::12]
    assert right == int((training.logits(training.load(), images).argmax(1) == labels).sum())
    assert read(**values).right == pytest.approx(0.633, abs=0.001)
    assert read().right == pytest.approx(353 / 360)


def test_a_drawing_is_read_like_a_digit_with_the_same_pixels():
    digit = read(digit=30)
    rows = [" ".join(f"{v:g}" for v in row) for row in digit.levels[0][0].tolist()]
    drawn = read(source="drawing", drawing=",".join(rows))
    assert torch.equal(drawn.p, digit.p)
    assert (drawn.label, digit.label) == (-1, int(training.digits()[1].labels[30]))


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ({"source": "camera"}, "source"),
        ({"digit": 360}, "digit"),
        ({"dx": 0.5}, "dx"),
        ({"noise": -1.0}, "noise"),
        ({"cell": CELLS}, "cell"),
        ({"level": 6}, "level"),
        ({"kernels": "flipped"}, "kernels"),
        ({"source": "drawing", "drawing": "1 2,3 4"}, "drawing"),
        ({"source": "drawing", "drawing": OPEN_FOUR.replace("16", "17")}, "drawing"),
        ({"source": "drawing", "drawing": OPEN_FOUR.replace("16", "x")}, "number"),
    ],
)
def test_bad_input_is_refused_by_name(bad, name):
    with pytest.raises(ValueError, match=f"expected .*{name}"):
        read(**bad)


# --- the plan, the presets, the picture --------------------------------------------------------


def test_every_number_has_a_cell_of_its_own_and_is_found_there():
    units = [
        Unit(level, k, i, j)
        for level, (maps, rows, columns) in enumerate(SIZES)
        for k in range(maps)
        for i in range(rows)
        for j in range(columns)
    ]
    assert len(units) == len({cell_of(each) for each in units}) == 554
    assert all(unit_at(cell_of(each)) == each for each in units)
    for cell in range(0, CELLS, 37):
        row, column = divmod(cell, COLUMNS)
        near = min((spot(u)[0] - row) ** 2 + (spot(u)[1] - column) ** 2 for u in units)
        i, j = spot(unit_at(cell))
        assert (i - row) ** 2 + (j - column) ** 2 == near
    assert plan.ROWS * plan.COLUMNS == CELLS


def test_the_presets_do_what_their_names_say():
    run = {name: network.read(**NETWORK.preset(name)) for name in NETWORK.presets}
    assert (run["A 3 read as 8"].label, run["A 3 read as 8"].guess) == (3, 8)
    moved = NETWORK.preset("A 0 turns into a 1")
    assert (run["A 0 turns into a 1"].label, run["A 0 turns into a 1"].guess) == (0, 1)
    assert network.read(**moved | {"dx": 0}).guess == 0
    assert run["An open 4 read as 0"].guess == 0
    assert not run["Nothing on the paper"].levels[0].any()
    assert run["Turned kernels"].right < 0.15
    assert reading.seen(run["A far-sighted 3 × 3"]) == 49
    assert int((run["A far-sighted 3 × 3"].slope != 0).sum()) == 49
    assert (run["A 3 lost in noise"].label, run["A 3 lost in noise"].guess) == (3, 1)
    quiet = NETWORK.preset("A 3 lost in noise") | {"noise": 0.0}
    assert network.read(**quiet).guess == 3


def test_the_sentence_says_right_or_wrong_and_with_what():
    wrong = NETWORK.preset("A 3 read as 8")
    text = reading.says(network.read(**wrong), **wrong)
    assert "Wrong" in text and "is a 3" in text and "says 8" in text and "98.1%" in text
    blank = NETWORK.preset("Nothing on the paper")
    assert blank["drawing"] == BLANK
    assert "27.4%" in reading.says(network.read(**blank), **blank)
    turned = NETWORK.preset("Turned kernels")
    assert "180°" in reading.says(network.read(**turned), **turned)


def test_the_picture_lights_the_window_that_the_opened_number_reads():
    values = DEFAULT | {"digit": 9} | unit(3, 5, 0, 3)
    picture = figure(network.read(**values), **values)
    main = picture.panels[0]
    boxes = {trace["name"]: trace for trace in main.traces if trace["meta"].get("box")}
    assert len(boxes["window"]["x"]) == 4 * 6  # a frame in each of the four maps below
    top, left = spot(Unit(2, 0, 0, 2))
    assert boxes["window"]["y"][:3].tolist() == [top - 0.5, top - 0.5, top + 1.5]
    assert boxes["window"]["x"][:2].tolist() == [left - 0.5, left + 1.5]
    assert main.pick.cell == spot(Unit(3, 5, 0, 3))
    assert picture.frames == 4
    assert picture.drive == "level"


@settings_of_hypothesis(max_examples=25)
@given(settings())
def test_the_picture_frames_exactly_what_the_opened_number_feeds(values):
    values = DEFAULT | values
    run = network.read(**values)
    level, k, i, j = run.opened
    if level == 5:
        return
    upper = torch.ones(SIZES[level], dtype=torch.float64).requires_grad_()
    ones = [torch.ones(shape, dtype=torch.float64) for shape in ((4, 1, 3, 3), (8, 4, 3, 3))]
    above = {
        0: lambda: F.conv2d(upper[None], ones[0], padding=1)[0],
        1: lambda: F.avg_pool2d(upper, 2),
        2: lambda: F.conv2d(upper[None], ones[1], padding=1)[0],
        3: lambda: F.avg_pool2d(upper, 2),
        4: lambda: upper.sum().expand(10, 1, 1),
    }[level]()
    boxes = {t["name"]: t for t in figure(run, **values).panels[0].traces if t["meta"].get("box")}
    corners = [
        (y[0] + 0.5, x[0] + 0.5, y[2] - 0.5, x[1] - 0.5)
        for x, y in (
            (boxes["read by"]["x"][at : at + 6], boxes["read by"]["y"][at : at + 6])
            for at in range(0, len(boxes["read by"]["x"]), 6)
        )
    ]
    framed = {
        (row, column)
        for top, left, bottom, right in corners
        for row in range(int(top), int(bottom) + 1)
        for column in range(int(left), int(right) + 1)
    }
    fed = set()
    for index in np.ndindex(*SIZES[level + 1]):
        (slope,) = torch.autograd.grad(above[index], upper, retain_graph=True)
        if slope[k, i, j]:
            fed.add(spot(Unit(level + 1, *index)))
    assert framed == fed


def test_drawing_needs_a_pad_and_a_digit_does_not():
    drawn = NETWORK.preset("An open 4 read as 0")
    pad = figure(network.read(**drawn), **drawn).panels[-1]
    assert pad.paint.param == "drawing"
    assert np.shape(pad.paint.values) == (8, 8)
    assert all(panel.paint is None for panel in figure(read(), **DEFAULT).panels)
