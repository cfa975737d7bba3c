import numpy as np
import pytest
import torch

from core import table
from core.cnn import training
from core.cnn.anatomy import pixels
from core.cnn.plan import COLUMNS, Unit, spot
from core.experiments.cnn import network
from pages.experiments.cnn.network import BLANK
from pages.experiments.cnn.network import EXPERIMENT as NETWORK

DEFAULT = NETWORK.defaults()
IMAGES, LABELS = training.digits()[1]


def read(**values):
    return network.read(**values)


def said(values):
    return NETWORK.says(NETWORK.compute(**values), **values)


def cell_of(*unit):
    row, column = spot(Unit(*unit))
    return row * COLUMNS + column


def unit(*unit):
    return {"cell": cell_of(*unit)}


def test_the_unit_opened_lies_on_the_path_as_high_as_asked_for():
    run = read()
    for level in range(6):
        way, opened, made = network.look(run, 1155, level)
        assert opened in way and opened.level == min(level, way[0].level)
        assert made.value == float(run.levels[opened.level][opened[1:]])
    logit = network.look(run, cell_of(1, 0, 3, 3), 5)
    assert logit.unit == logit.path[0] == Unit(1, 0, 3, 3)


def test_a_wrong_sign_anywhere_would_be_noticed_by_the_checks():
    values, run = DEFAULT | unit(3, 5, 1, 1), read(digit=9)
    last, pooled = run.levels[5], run.levels[4]
    wrong = {
        "CNN-15": run._replace(sums=(run.sums[0], -run.sums[1])),
        "CNN-33": run._replace(levels=(*run.levels[:5], -last)),
        "CNN-26": run._replace(sums=(run.sums[0], -run.sums[1])),
        "CNN-27": run._replace(sums=(-run.sums[0], run.sums[1])),
        "CNN-31": run._replace(levels=(*run.levels[:4], pooled + 0.01, last)),
    }
    for id, broken in wrong.items():
        checks = NETWORK.checks(broken, **values)
        assert any(not check.holds for check in checks if check.id == id), id


# --- images ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, -2), (-3, 2), (8, 0)])
def test_a_moved_image_is_the_old_one_elsewhere(dx, dy):
    old, new = read(digit=4).levels[0][0], read(digit=4, dx=dx, dy=dy).levels[0][0]
    for i in range(8):
        for j in range(8):
            inside = 0 <= i - dy < 8 and 0 <= j - dx < 8
            assert new[i, j] == (old[i - dy, j - dx] if inside else 0)


@pytest.mark.parametrize("values", [{"dx": 1}, {"dy": -2}, {"kernels": "turned"}])
def test_the_share_of_right_digits_is_counted_one_by_one(values):
    right = sum(read(digit=d, **values).guess == int(LABELS[d]) for d in range(360))
    treated = {"dx": 0, "dy": 0, "kernels": "trained"} | values
    assert network.share(**treated) == pytest.approx(right / 360)


def test_a_drawing_is_read_like_a_digit_with_the_same_pixels():
    digit = read(digit=30)
    drawn = read(source="drawing", drawing=table.write(digit.levels[0][0]))
    assert torch.equal(drawn.p, digit.p)
    assert network.label("drawing", 30) == -1
    assert network.label("digit", 30) == int(LABELS[30])


@pytest.mark.parametrize(
    ("drawing", "name"),
    [
        ("1 2,3 4", "drawing"),
        (network.OPEN_FOUR.replace("16", "17"), "drawing"),
        (network.OPEN_FOUR.replace("16", "x"), "number"),
    ],
)
def test_a_drawing_of_other_numbers_is_refused(drawing, name):
    with pytest.raises(ValueError, match=f"expected .*{name}"):
        read(source="drawing", drawing=drawing)


# --- the presets, the picture ------------------------------------------------------------------


def test_the_presets_do_what_their_names_say():
    values = {name: NETWORK.preset(name) for name in NETWORK.presets}
    run = {name: NETWORK.compute(**each) for name, each in values.items()}
    assert (int(LABELS[197]), run["A 3 read as 8"].guess) == (3, 8)
    assert (int(LABELS[11]), run["One pixel to the right"].guess) == (0, 1)
    assert read(digit=11).guess == 0
    assert run["An open 4"].guess == 0
    assert not run["Nothing on the paper"].levels[0].any()
    assert network.share(0, 0, "turned") < 0.15
    far = values["One number of conv₂"]
    opened = network.look(run["One number of conv₂"], far["cell"], far["level"]).unit
    assert pixels(opened) == 49
    slope = NETWORK.figure(run["One number of conv₂"], **far).panels[-1]
    assert "Pixels in the field: 49; that change it now: 49." in slope.alt


def test_the_sentence_says_right_or_wrong_and_with_what():
    text = said(NETWORK.preset("A 3 read as 8"))
    assert "Wrong" in text and "is a 3" in text and "says 8" in text and "98.1 %" in text
    blank = NETWORK.preset("Nothing on the paper")
    assert blank["drawing"] == BLANK
    assert "27.4 %" in said(blank)
    assert "180°" in said(NETWORK.preset("Turned kernels"))


def test_the_picture_lights_the_window_that_the_opened_number_reads():
    values = DEFAULT | {"digit": 9} | unit(3, 5, 0, 3)
    picture = NETWORK.figure(NETWORK.compute(**values), **values)
    main = picture.panels[0]
    boxes = {trace["name"]: trace for trace in main.traces if trace["meta"].get("box")}
    assert len(boxes["window"]["x"]) == 4 * 6  # a frame in each of the four maps below
    top, left = spot(Unit(2, 0, 0, 2))
    assert boxes["window"]["y"][:3].tolist() == [top - 0.5, top - 0.5, top + 1.5]
    assert boxes["window"]["x"][:2].tolist() == [left - 0.5, left + 1.5]
    assert len(boxes["read by"]["x"]) == 6
    assert main.pick.cell == spot(Unit(3, 5, 0, 3))
    assert picture.frames == 4
    assert picture.drive == "level"


def test_drawing_needs_a_pad_and_a_digit_does_not():
    drawn = NETWORK.preset("An open 4")
    pad = NETWORK.figure(NETWORK.compute(**drawn), **drawn).panels[-1]
    assert pad.paint.param == "drawing"
    assert np.shape(pad.paint.values) == (8, 8)
    panels = NETWORK.figure(read(), **DEFAULT).panels
    assert all(panel.paint is None for panel in panels)
