import math

import pytest
import torch

from core.convolution import signals


@pytest.mark.parametrize(
    ("shape", "n", "expected"),
    [
        ("box", 3, [1, 1, 1]),
        ("triangle", 5, [1, 2, 3, 2, 1]),
        ("triangle", 4, [1, 2, 2, 1]),
        ("ramp", 4, [0.25, 0.5, 0.75, 1]),
        ("decay", 3, [1, 0.8, 0.64]),
        ("edge", 3, [-1, 0, 1]),
        ("edge", 2, [-1, 1]),
        ("edge", 1, [0]),
        ("echo", 4, [1, 0, 0, 0.5]),
        ("echo", 1, [1.5]),
        ("spike", 3, [0, 0, 1]),
        ("die", 6, [1 / 6] * 6),
        ("drawn", 9, [2, -1, 0.5]),
    ],
)
def test_the_samples_of_a_shape_are_those_of_its_name(shape, n, expected):
    found = signals.samples(shape, n, "2 -1 0.5")
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_a_bump_is_a_gaussian_and_a_wave_a_sine():
    bump, wave = signals.samples("bump", 16), signals.samples("wave", 16)
    assert float(bump[8]) == pytest.approx(math.exp(-(0.5**2) / (2 * 2.0**2)))
    assert float(wave[2]) == pytest.approx(math.sin(2 * math.pi * 2.5 / 16))


@pytest.mark.parametrize("shape", signals.SHAPES)
def test_in_continuous_time_every_shape_ends_where_it_should(shape):
    t = torch.tensor([-1.0, -1e-9, 5.0, 7.0], dtype=torch.float64)
    drawn = "1 2 3 2 1"
    assert not signals.function(shape, 5, t, drawn).any()
    inside = signals.function(shape, 5, torch.linspace(0, 4.99, 50).double(), drawn)
    assert bool(inside.any()) and bool(inside.isfinite().all())


@pytest.mark.parametrize("shape", ["box", "edge", "echo", "spike", "die", "drawn"])
def test_a_delta_becomes_a_pulse_of_the_same_area(shape):
    t = (torch.arange(500) + 0.5).double() / 100
    area = float(signals.function(shape, 5, t, "3 -1 2 0 1").sum()) / 100
    assert area == pytest.approx(float(signals.samples(shape, 5, "3 -1 2 0 1").sum()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("square", 3), "shape to be one of"),
        (("box", 0), r"n a whole number in \[1, 32\], got 0"),
        (("box", 33), "got 33"),
        (("box", 2.5), "got 2.5"),
        (("drawn", 3, "", "f"), "expected f"),
        (("drawn", 3, "1 two 3", "f"), "column 2 of f, got 'two'"),
        (("drawn", 3, "1 nan", "f"), "finite number"),
        (("drawn", 3, "1 2,3 4", "f"), "one row"),
        (("drawn", 3, "1 " * 65, "f"), "1 to 64 numbers"),
        (("drawn", 3, "1e300 1", "f"), r"largest \|f\|"),
        (("drawn", 3, "1 5e-324", "f"), r"every number of f to be 0 or at least 1e-09 in size"),
    ],
)
def test_what_is_no_signal_is_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        signals.samples(*arguments)


def test_numbers_and_counts_of_a_sentence():
    written = [signals.short(value) for value in (-0.25, 1 / 3, -1e-12, 12345.6)]
    assert written == ["−0.25", "0.3333", "0", "12350"]
    assert [signals.counted(k, "sample") for k in (0, 1, 2)] == [
        "0 samples",
        "1 sample",
        "2 samples",
    ]


def test_a_function_refuses_what_its_samples_refuse():
    t = torch.zeros(1)
    with pytest.raises(ValueError, match="shape to be one of"):
        signals.function("square", 3, t)
    with pytest.raises(ValueError, match="n a whole number"):
        signals.function("ramp", 0, t)
    with pytest.raises(ValueError, match="'two'"):
        signals.function("drawn", 3, t, "1 two 3")
