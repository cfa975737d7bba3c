from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from core.cnn import plan, training
from core.cnn.anatomy import (
    Numbers,
    field,
    forward,
    path,
    pixels,
    read_by,
    reads,
    slopes,
    terms,
    to_winners,
)
from core.cnn.layer import decimal
from core.cnn.plan import CELLS, COLUMNS, SIZES, Unit, spot, unit_at
from core.convolution import output_size, receptive_field

digit, cell = st.integers(0, 359), st.integers(0, CELLS - 1)


@cache
def numbers(digit: int = 197, flip: bool = False) -> Numbers:
    return forward(training.digits()[1].images[digit][None], training.load(), flip=flip)


def by_torch(net, image, tidy=lambda z: z):
    """All levels by torch's functions, with or without the rounding of sums."""
    first = tidy(F.conv2d(image, net.conv1, net.bias1, padding=1)).relu()
    pool1 = F.max_pool2d(first, 2)
    second = tidy(F.conv2d(pool1, net.conv2, net.bias2, padding=1)).relu()
    pool2 = F.max_pool2d(second, 2)
    z = F.linear(pool2.flatten(1), net.linear, net.bias3)
    return [image, first, pool1, second, pool2, z[..., None, None]]


# --- the layers --------------------------------------------------------------------------------


@given(digit, st.booleans())
def test_every_level_is_that_of_torch(digit, flip):
    run = numbers(digit, flip)
    for mine, torchs, size in zip(run.levels, by_torch(run.net, run.levels[0][None]), SIZES):
        assert tuple(mine.shape) == size
        torch.testing.assert_close(mine[None], torchs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(run.p, run.levels[5].flatten().softmax(0))
    assert run.guess == int(run.p.argmax())


def test_conv1_is_scipys_correlation_and_turned_its_convolution():
    for flip, turn in ((False, 1), (True, -1)):
        run, net = numbers(flip=flip), training.load()
        for k in range(4):
            kernel = net.conv1[k, 0].numpy()[::turn, ::turn]
            expected = correlate2d(run.levels[0][0].numpy(), kernel, mode="same")
            np.testing.assert_allclose(run.sums[0][k], expected + float(net.bias1[k]), atol=1e-9)


def test_the_sizes_follow_the_formula_and_the_field_of_a_logit_is_larger_than_the_image():
    n = 8
    for level, (k, padding, stride) in enumerate([(3, 1, 1), (2, 0, 2), (3, 1, 1), (2, 0, 2)], 1):
        n = output_size(n, k, padding, stride)
        assert SIZES[level][1:] == (n, n)
    assert receptive_field([(3, 1), (2, 2), (3, 1), (2, 2)]) == 10


@given(digit, cell)
def test_a_number_is_bias_and_products_or_the_largest_of_four(digit, cell):
    run, unit = numbers(digit), unit_at(cell)
    made, level = terms(run, unit), unit.level
    assert made.value == run.levels[level][unit[1:]]
    if made.weights is not None:
        inside = np.nan_to_num(made.window)
        total = made.bias + (inside * made.weights).sum()
        assert made.total == pytest.approx(total)
        assert made.value == pytest.approx(total if level == 5 else max(0.0, total), abs=1e-9)
        assert made.products[made.best] == np.nanmax(made.products)
    elif level:
        assert made.value == made.window.max() == made.window[made.best]


def test_a_corner_reads_four_pixels_and_the_padding_is_not_a_term():
    run = numbers(9)
    made = terms(run, Unit(1, 2, 0, 0))
    outside = np.isnan(made.window[0]).tolist()
    assert outside == [[True] * 3, [True, False, False], [True, False, False]]
    np.testing.assert_array_equal(made.window[0, 1:, 1:], run.levels[0][0, :2, :2])


# --- the way down and the way back -------------------------------------------------------------


@given(digit, cell)
def test_the_path_leads_through_the_largest_terms_to_a_pixel(digit, cell):
    run, chosen = numbers(digit), unit_at(cell)
    way = path(run, chosen)
    assert [unit.level for unit, _ in way] == list(range(chosen.level, -1, -1))
    assert way[0][0] == chosen
    for (upper, made), (lower, _) in pairwise(way):
        _, c, i, j = lower
        value = float(run.levels[lower.level][c, i, j])
        assert value == pytest.approx(float(made.window[made.best]))
        if upper.level in (2, 4):
            assert (c, i // 2, j // 2) == upper[1:]


@given(digit, cell)
def test_the_slope_is_autograd_and_stays_inside_the_field(digit, cell):
    run, unit = numbers(digit), unit_at(cell)
    image = run.levels[0].clone().requires_grad_()
    exact = by_torch(run.net, image[None], decimal)[unit.level][0][unit[1:]]
    (slope,) = torch.autograd.grad(exact, image)
    mine = slopes(run, unit).image
    torch.testing.assert_close(mine, slope[0], rtol=1e-9, atol=1e-9)
    top, left, bottom, right = field(unit)
    assert 0 <= top <= bottom < 8
    assert 0 <= left <= right < 8
    outside = mine.clone()
    outside[top : bottom + 1, left : right + 1] = 0
    assert not outside.any()


def test_the_slope_is_what_happens_when_a_pixel_darkens(generator):
    # no two numbers of this drawing tie for a maximum
    image = (4 + 8 * torch.rand(8, 8, dtype=torch.float64, generator=generator)).round(decimals=4)
    slope = slopes(forward(image[None], training.load()), Unit(5, 3, 0, 0)).image

    def logit(pixel, by):
        moved = image.clone()
        moved.view(-1)[pixel] += by
        return float(forward(moved[None], training.load()).z[3])

    rises = [(logit(pixel, 1e-4) - logit(pixel, -1e-4)) / 2e-4 for pixel in range(64)]
    expected = torch.tensor(rises, dtype=torch.float64)
    torch.testing.assert_close(slope.flatten(), expected, atol=1e-4, rtol=0)
    assert int((slope.abs() > 0.01).sum()) > 20


@pytest.mark.parametrize(
    ("unit", "count"),
    [
        (Unit(3, 5, 1, 1), 49),
        (Unit(3, 5, 0, 0), 25),
        (Unit(1, 0, 3, 3), 9),
        (Unit(1, 0, 0, 0), 4),
        (Unit(2, 0, 1, 1), 16),
        (Unit(5, 3, 0, 0), 64),
        (Unit(0, 0, 3, 3), 1),
    ],
)
def test_a_number_in_the_middle_of_conv2_sees_49_pixels_and_a_logit_all(unit, count):
    assert pixels(unit) == count


def test_of_equal_numbers_the_first_gets_the_gradient_of_a_maximum_as_in_torch():
    below = torch.tensor([[[2.0, 2.0, 1.0, 3.0], [2.0, 0.0, 3.0, 3.0]]], dtype=torch.float64)
    delta = torch.tensor([[[5.0, 7.0]]], dtype=torch.float64)
    mine = to_winners(delta, below)
    assert mine.tolist() == [[[5.0, 0.0, 0.0, 7.0], [0.0, 0.0, 0.0, 0.0]]]
    x = below.clone().requires_grad_()
    (theirs,) = torch.autograd.grad(F.max_pool2d(x, 2), x, delta)
    assert torch.equal(mine, theirs)


@pytest.mark.parametrize("level", range(5))
def test_what_reads_a_number_is_what_it_feeds(level, generator):
    above = {
        0: lambda x: F.conv2d(x[None], torch.ones(4, 1, 3, 3).double(), padding=1)[0],
        2: lambda x: F.conv2d(x[None], torch.ones(8, 4, 3, 3).double(), padding=1)[0],
        4: lambda x: x.sum().expand(10, 1, 1),
    }.get(level, lambda x: F.avg_pool2d(x, 2))
    still = above(torch.zeros(SIZES[level]).double())
    for _ in range(20):
        k, i, j = (int(torch.randint(n, (), generator=generator)) for n in SIZES[level])
        x = torch.zeros(SIZES[level]).double()
        x[k, i, j] = 1
        reached = torch.zeros(SIZES[level + 1], dtype=torch.bool)
        for (_, m, top, left), (_, _, bottom, right) in read_by(Unit(level, k, i, j)):
            reached[m, top : bottom + 1, left : right + 1] = True
        assert torch.equal(above(x) != still, reached)


@given(cell)
def test_reading_and_being_read_are_the_same_relation(cell):
    unit = unit_at(cell)
    for (level, k, top, left), (_, _, bottom, right) in reads(unit):
        for i in range(top, bottom + 1):
            for j in range(left, right + 1):
                readers = read_by(Unit(level, k, i, j))
                own = [pair for pair in readers if pair[0].channel == unit.channel]
                (first, last) = own[0]
                assert first.row <= unit.row <= last.row
                assert first.column <= unit.column <= last.column


# --- the plan ----------------------------------------------------------------------------------


def test_every_number_has_a_cell_of_its_own_and_is_found_there():
    units = [
        Unit(level, k, i, j)
        for level, (maps, rows, columns) in enumerate(SIZES)
        for k in range(maps)
        for i in range(rows)
        for j in range(columns)
    ]
    cells = [row * COLUMNS + column for row, column in map(spot, units)]
    assert len(units) == len(set(cells)) == 554
    assert [unit_at(cell) for cell in cells] == units
    for cell in range(0, CELLS, 37):
        row, column = divmod(cell, COLUMNS)
        near = min((spot(u)[0] - row) ** 2 + (spot(u)[1] - column) ** 2 for u in units)
        i, j = spot(unit_at(cell))
        assert (i - row) ** 2 + (j - column) ** 2 == near
    assert plan.ROWS * plan.COLUMNS == CELLS
