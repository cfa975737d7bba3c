"""Files in a real browser: photographs from phones, refusals, downloads that can be sent back."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core import pictures, sheets
from core.shapley.spreadsheet import game_of
from pages.ui import serve
from tests.browser.harness import ROOT
from tests.browser.test_cells import FILTER
from tests.browser.test_stage import settle, values
from tests.browser.test_tables import GAME, MAJORITY, open_shown, paste

SENDING = re.compile("Sending your")


def bring(page: Page, name: str, raw: bytes, param: str) -> None:
    file = {"name": name, "mimeType": "image/jpeg", "buffer": raw}
    page.locator(f"[data-param={param}] .sp-file").set_input_files(file)


def noise(columns: int, rows: int, kind: str) -> bytes:
    """A picture that does not compress well: dark on the left, light on the right."""
    random = np.random.default_rng(0).integers(0, 40, (rows, columns, 3), dtype="u1")
    random[:, columns // 2 :] += 200
    file = io.BytesIO()
    Image.fromarray(random).save(file, kind, quality=100)
    return file.getvalue()


LISTEN = """() => {
  const ask = window.fetch;
  window.fetch = (address, options) => {
    if (String(address).endsWith("/picture")) window.sent = options.body;
    return ask(address, options);
  };
}"""
SENT = """async () => {
  const image = await createImageBitmap(window.sent), canvas = new OffscreenCanvas(2, 1);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, 2, 1);
  const { data } = pen.getImageData(0, 0, 2, 1);
  return [window.sent.size, image.width, image.height, data[0], data[4]];
}"""


def test_a_photograph_from_a_phone_is_made_smaller_before_it_travels(page: Page):
    open_shown(page, FILTER)
    raw = noise(4032, 3024, "JPEG")
    assert len(raw) > pictures.BYTES
    page.evaluate(LISTEN)
    bring(page, "IMG_0001.JPG", raw, "picture")
    page.wait_for_function("window.__stage.values.picture.startsWith('own-')")
    settle(page)
    expect(page.locator(".sp-says")).not_to_have_text(SENDING)
    size, columns, rows, left, right = page.evaluate(SENT)
    assert size < 2_000_000 and (columns, rows) == (1024, 768)
    assert left < 60 and right > 180


def test_a_file_that_is_too_large_is_refused_with_its_own_size(page: Page):
    open_shown(page, GAME)
    before = values(page)
    bring(page, "game.csv", bytes(7_300_000), "game")
    told = page.locator(".sp-message")
    expect(told).to_contain_text("expected a CSV file of at most 2 MB, got 7.3 MB")
    expect(page.locator(".sp-says")).not_to_have_text(SENDING)
    assert values(page) == before


ENDS = [
    (lambda route: route.abort(), "the table did not reach the host; try again"),
    (lambda route: route.fulfill(status=502, body="<html>"), "was not accepted by the host"),
    (lambda route: route.continue_(), "expected 2 cells in every row as in the first, got 1"),
]


def test_the_status_line_ends_in_every_case(page: Page):
    open_shown(page, GAME)
    for answer, sentence in ENDS:
        page.route("**/table", answer)
        paste(page, MAJORITY.replace("2 3,1\n", "2 3\n", 1))
        expect(page.locator(".sp-message")).to_contain_text(sentence)
        expect(page.locator(".sp-says")).not_to_have_text(SENDING)
        page.unroute("**/table")
        paste(page, MAJORITY)
        page.wait_for_function("window.__stage.values.game.startsWith('own-')")
        settle(page)
        expect(page.locator(".sp-says")).not_to_have_text(SENDING)
        expect(page.locator(".sp-message")).to_be_hidden()


def test_the_limits_of_the_browser_are_those_of_the_host():
    script = (ROOT / "assets/stage/files.js").read_text()
    limits = [int(most.replace("_", "")) for most in re.findall(r"most: ([\d_]+)", script)]
    assert limits == [pictures.BYTES, sheets.BYTES]


def downloaded(page: Page) -> bytes:
    with page.expect_download() as download:
        page.locator("[data-action=csv]").click()
    return download.value.path().read_bytes()


@pytest.mark.parametrize("look", [{"locale": "en-GB"}, {"locale": "de-DE"}])
def test_a_game_that_is_downloaded_can_be_sent_back(page: Page, look):
    open_shown(page, GAME)
    names = 'coalition,value\n,0\nAnn,1.25\nBob,-2\n"Ann, Bob",1000.5\n'
    paste(page, names)
    page.wait_for_function("window.__stage.values.game.startsWith('own-')")
    settle(page)
    raw = downloaded(page)
    assert raw.startswith(b"\xef\xbb\xbfcoalition" + (b"," if look["locale"] == "en-GB" else b";"))
    game = game_of(sheets.sheet(sheets.add(raw)))
    assert game.v.tolist() == [0, 1.25, -2, 1000.5] and game.names == ("Ann", "Bob")
    before = page.locator(".sp-says").text_content()
    page.locator(".sp-preset").first.click()
    settle(page)
    paste(page, raw.decode("utf-8-sig"))
    page.wait_for_function("window.__stage.values.game.startsWith('own-')")
    expect(page.locator(".sp-says")).to_have_text(before)


TRACES = """async (address) => {
  const { csv } = await import(new URL(address, document.baseURI).href);
  const sent = { a: [-1.6, 0.1], b: [1e-7], c: [NaN, 16777216], d: [-1.6, 123456.789],
    e: [1 / 3, -0] };
  const cache = new Map(Object.entries(sent).map(([id, row]) => [id, new Float32Array(row)]));
  const row = (id) => ({ $: id, shape: [cache.get(id).length] });
  const panels = [
    { name: "map", layout: {}, traces: [
      { name: 'f, "deep"', x: row("a"), y: row("b"), z: { $: "c", shape: [1, 2] } },
      { name: "start", x: [0.1 + 0.2], y: [-2] },
      { name: "run", meta: { play: true }, x: row("d"), y: row("e") }] },
  ];
  return [csv({ panels }, cache, false), csv({ panels }, cache, true)];
}"""


def test_the_run_comes_first_and_numbers_have_no_tail(page: Page):
    page.goto("/")
    points, commas = page.evaluate(TRACES, serve.url("csv.js"))
    assert points.splitlines() == [
        "\ufeffpanel,series,index,x,y,z",
        "map,run,0,-1.6,0.33333334,",
        "map,run,1,123456.79,0,",
        "map,start,0,0.30000000000000004,-2,",
        'map,"f, ""deep""",0,-1.6,1e-7,',
        'map,"f, ""deep""",1,0.1,1e-7,16777216',
    ]
    assert points.count("\r\n") == 6
    assert commas.splitlines()[2] == "map;run;1;123456,79;0;"
    for text in (points, commas):
        read = sheets.sheet(sheets.add(text.encode()))
        assert [read.number(cell) for cell in read.column("x")] == [
            -1.6,
            123456.79,
            0.1 + 0.2,
            -1.6,
            0.1,
        ]
