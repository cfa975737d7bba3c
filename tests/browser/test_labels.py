"""Geometry of the figure without a figure: labels, titles, numbers in cells, colours of text."""

import itertools
import re

import pytest
from playwright.sync_api import Page

from pages.ui import serve

BOX = {"x0": 50, "x1": 450, "y0": 10, "y1": 310}

PLACED = """async ([address, box, lines, wanted]) => {
  const { Ink, place, anchors } = await import(new URL(address, document.baseURI).href);
  const ink = new Ink(box), trails = lines.map(() => []);
  lines.forEach(([p, q, width], i) => ink.line(p, q, width ?? 2, 20, trails[i]));
  const asked = wanted.map(({ of, at, ...one }) =>
    ({ width: 60, height: 12, ...one, anchors: at ? [at] : anchors(trails[of]) }));
  return place(asked, ink).map(({ x, y, width, height, free, choice }) =>
    ({ x, y, width, height, free, choice }));
}"""


@pytest.fixture(scope="module")
def blank(browser, server):
    """A page of the server, so that its modules can be imported."""
    page = browser.new_page(base_url=server.url)
    page.goto(serve.url("labels.js"))
    page.goto("/app/static/README.md")
    yield page
    page.close()


def place(blank: Page, lines: list, *wanted: dict) -> list[dict]:
    return blank.evaluate(PLACED, [f"/{serve.url('labels.js')}", BOX, lines, list(wanted)])


def edges(label: dict) -> tuple[float, float, float, float]:
    half = label["height"] / 2
    return label["x"], label["y"] - half, label["x"] + label["width"], label["y"] + half


def crosses(label: dict, line: list) -> bool:
    """Whether a segment passes through a label, point by point."""
    left, top, right, bottom = edges(label)
    (a, b), (c, d) = line[:2]
    points = ((a + t / 999 * (c - a), b + t / 999 * (d - b)) for t in range(1000))
    return any(left < x < right and top < y < bottom for x, y in points)


def overlap(one: dict, other: dict) -> bool:
    (a, b, c, d), (e, f, g, h) = edges(one), edges(other)
    return a < g and e < c and b < h and f < d


def test_a_label_stands_right_of_its_end_where_nothing_is(blank: Page):
    line = [[100, 100], [200, 100]]
    [label] = place(blank, [line], {"of": 0})
    assert (label["x"], label["y"], label["free"]) == (208, 100, True)


@pytest.mark.parametrize("angle", [(1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (0.7, -0.7), (1, 0.3)])
def test_a_label_leaves_other_curves_alone(blank: Page, angle: tuple):
    end, (dx, dy) = [200, 150], angle
    others = [[end, [200 + 90 * dx, 150 + 90 * dy]], [end, [200 - 90 * dy, 150 + 90 * dx]]]
    lines = [[[100, 150], end], *others]
    [label] = place(blank, lines, {"of": 0})
    assert label["free"]
    assert not any(crosses(label, line) for line in lines)


@pytest.mark.parametrize("end", [[449, 150], [449, 11], [449, 309], [51, 11], [250, 11]])
def test_a_label_at_the_edge_is_not_cut(blank: Page, end: list):
    [label] = place(blank, [[[250, 160], end]], {"of": 0})
    left, top, right, bottom = edges(label)
    assert BOX["x0"] <= left and right <= BOX["x1"] and BOX["y0"] <= top and bottom <= BOX["y1"]
    assert not crosses(label, [[250, 160], end])


def test_five_labels_of_one_place_lie_on_no_other(blank: Page):
    lines = [[[100, 40 * i + 60], [250, 160]] for i in range(5)]
    labels = place(blank, lines, *({"of": i} for i in range(5)))
    assert not any(overlap(*pair) for pair in itertools.combinations(labels, 2))
    assert not any(crosses(label, line) for label in labels for line in lines)


def test_a_curve_that_leaves_the_box_is_named_where_it_is_seen(blank: Page):
    [label] = place(blank, [[[100, 200], [1000, -700]]], {"of": 0})
    left, _, right, bottom = edges(label)
    assert left < 320 and right > 80 and bottom > 0, "near the part from (100, 200) to (290, 10)"


def test_a_label_that_fits_nowhere_says_so_and_stays_inside(blank: Page):
    fill = [[[50, y], [450, y], 12] for y in range(10, 311, 8)]
    [label] = place(blank, fill, {"at": [240, 160]})
    left, top, right, bottom = edges(label)
    assert not label["free"]
    assert BOX["x0"] <= left and right <= BOX["x1"] and BOX["y0"] <= top and bottom <= BOX["y1"]


def test_a_label_keeps_its_side_while_its_end_moves_on(blank: Page):
    other = [[260, 60], [260, 260]]
    [before] = place(blank, [[[100, 150], [195, 150]], other], {"of": 0})
    last = {"of": 0, "last": before["choice"]}
    for x in range(190, 200):
        [after] = place(blank, [[[100, 150], [x, 150]], other], last)
        assert after["choice"] == before["choice"]


def test_a_thick_bar_is_thick_across_and_no_longer(blank: Page):
    [label] = place(blank, [[[60, 150], [200, 150], 14]], {"of": 0})
    assert (label["x"], label["y"]) == (208, 150)


MODULE = "async ([address, body]) => new Function('m', `return (${body})`)(await import(address))"


def module(blank: Page, name: str, body: str):
    return blank.evaluate(MODULE, [f"/{serve.url(name)}", body])


def test_a_title_is_never_longer_than_its_room(blank: Page):
    wide = "(text, size) => 0.5 * size * text.length"
    asked = "m.fitted('share of the gradient of the field', 12, {room}, {wide})"
    for room in (300, 190, 120, 60):
        got = module(blank, "axes.js", asked.replace("{room}", str(room)).replace("{wide}", wide))
        longest = max(map(len, got["text"].split("<br>")))
        assert 0.5 * got["size"] * longest <= room + 0.6
        assert got["text"].replace("<br>", " ") == "share of the gradient of the field"
    assert module(blank, "axes.js", f"m.fitted('short', 12, 300, {wide})")["size"] == 12


@pytest.mark.parametrize("spans", [(1200, 300), (300, 1200), (3, 3), (30, 1)])
def test_units_are_equally_long_on_both_axes(blank: Page, spans: tuple):
    room = (400, 300)
    domains = module(blank, "axes.js", f"m.equal({list(spans)}, {list(room)})")
    units = [r * (b - a) / s for r, (a, b), s in zip(room, domains, spans, strict=True)]
    assert units[0] == pytest.approx(units[1])
    assert max(b - a for a, b in domains) == pytest.approx(1), "no room is given away"


def test_numbers_in_cells_lose_digits_before_they_are_cut(blank: Page):
    def written(values, digits, w):
        text = f"m.written({values}, {digits}, {w}, 20, (text) => 0.6 * text.length)"
        return module(blank, "cells.js", text)

    assert written([-18, 7], 2, 40)["texts"] == ["−18", "7"]
    assert written([-0.125, 0.5], 3, 40)["texts"] == ["−0.125", "0.5"]
    assert written([-0.125, 0.5], 3, 26)["texts"] == ["−.125", ".5"]
    assert written([-0.125, 0.5], 3, 22)["texts"] == ["−.13", ".5"]
    assert written([0.00002, -0.5], 2, 26)["texts"] == ["≈0", "−.5"]
    assert written([120000.0, 1], 2, 20) is None, "no number is better than a wrong one"
    for w in range(12, 60):
        got = written([-18.25, 0.004, 3.5], 3, w)
        if got:
            assert max(map(len, got["texts"])) * 0.6 * got["size"] <= 0.9 * w - 1.9


def luminance(colour: list[int]) -> float:
    parts = [v / 255 for v in colour]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(("dark", "paper"), [(False, [253, 252, 249]), (True, [20, 23, 29])])
def test_every_label_can_be_read_on_its_paper(blank: Page, dark: bool, paper: list):
    words = module(blank, "theme.js", f"m.palette({str(dark).lower()}, {paper}).words")
    assert {"model", "force", "faint", "second", "data"} <= set(words)
    for role, colour in words.items():
        shown = luminance([int(v) for v in re.findall(r"\d+", colour)])
        low, high = sorted((shown, luminance(paper)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, role
