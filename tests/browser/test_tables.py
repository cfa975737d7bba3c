"""Tables under a real pointer: places, a dragged bar, named cells, a CSV, linked charts."""

import pytest
from playwright.sync_api import Page, expect

from pages.experiments.shapley.game import EXPERIMENT as experiment
from tests.browser.test_cells import at
from tests.browser.test_stage import query, settle, values

GAME = "/shapley?exp=game"
MAJORITY = "coalition,value\n1,0\n2,0\n3,0\n1 2,1\n1 3,1\n2 3,1\n1 2 3,1\n∅,0\n"


def open_shown(page: Page, address: str) -> None:
    """Open an experiment with nothing covered, and wait until nothing is under way."""
    page.goto(address)
    page.wait_for_function("window.__stage?.pictures > 0")
    skip = page.get_by_role("button", name="Just show me")
    if skip.is_visible():
        skip.click()
    page.wait_for_selector(".sp-main .sp-gd .main-svg")
    settle(page)


def midpoint(page: Page, edge: int) -> tuple[float, float]:
    """Where the place with this number is on the screen."""
    settings = experiment.defaults()
    picture = experiment.figure(experiment.compute(**settings), **settings)
    x, y = picture.panels[0].pick.places[edge]
    return at(page, "lattice", float(y), float(x))


def test_an_edge_of_the_lattice_is_looked_at_and_kept_by_a_click(page: Page):
    open_shown(page, GAME)
    before, entries = values(page)["edge"], page.evaluate("history.length")
    page.mouse.move(*midpoint(page, 4))
    page.wait_for_function("window.__stage.values.edge === 4")
    settle(page)
    formula = page.locator(".sp-formula").inner_text()
    page.mouse.move(5, 5)
    settle(page)
    assert values(page)["edge"] == before
    assert page.evaluate("history.length") == entries
    expect(page.locator(".sp-formula")).not_to_have_text(formula)
    page.mouse.click(*midpoint(page, 4))
    page.wait_for_function("location.search.includes('edge=4')")


def test_the_arrow_keys_go_from_edge_to_edge(page: Page):
    open_shown(page, GAME)
    page.locator("[data-panel=lattice] .sp-picks").focus()
    edge = values(page)["edge"]
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"window.__stage.values.edge === {edge + 1}")
    expect(page.locator("[data-panel=lattice] .sp-cursor")).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"window.__stage.values.edge === {edge}")


def test_dragging_a_bar_makes_the_game_the_student_s_own(page: Page):
    open_shown(page, GAME)
    entries = page.evaluate("history.length")
    page.mouse.move(*at(page, "bars", 0.05, 4))
    page.mouse.down()
    for height in (0.2, 0.5, 0.8, 1.0):
        page.mouse.move(*at(page, "bars", height, 4))
    page.wait_for_function("window.__stage.values.game === 'mine'")
    page.mouse.up()
    settle(page)
    table = values(page)["v"].split()
    assert float(table[4]) == pytest.approx(1, abs=0.06)
    assert [float(one) for one in table[:4] + table[5:]] == [0, 0, 0, 1, 1, 0, 1]
    assert page.evaluate("history.length") == entries + 1
    assert query(page)["game"] == "mine"


def test_every_cell_of_the_table_bears_the_name_of_its_coalition(page: Page):
    open_shown(page, GAME + "&game=mine")
    names = page.locator("[data-param=v] .sp-named span").all_inner_texts()
    assert names == ["∅", "1", "2", "1,2", "3", "1,3", "2,3", "1,2,3"]
    cell = page.get_by_label("1,2,3 of v(S)")
    cell.fill("2")
    cell.press("Tab")
    page.wait_for_function("window.__stage.values.v.endsWith(' 2')")


def test_a_pasted_table_is_a_game(page: Page):
    open_shown(page, GAME)
    paste(page, MAJORITY)
    page.wait_for_function("window.__stage.values.game.startsWith('own-')")
    settle(page)
    expect(page.locator(".sp-says")).to_contain_text("0.333")
    chosen = page.locator("[data-param=game] option:checked")
    expect(chosen).to_have_text("your table")
    page.reload()
    page.wait_for_function("window.__stage?.pictures > 0")
    expect(page.locator(".sp-says")).to_contain_text("0.333")


def test_a_table_with_a_hole_is_refused_and_the_picture_stays(page: Page):
    open_shown(page, GAME)
    before = page.locator(".sp-panel").count()
    paste(page, MAJORITY.replace("2 3,1\n", "", 1))
    expect(page.locator(".sp-message")).to_contain_text("{2, 3}")
    assert page.locator(".sp-panel").count() == before
    page.locator(".sp-preset").first.click()
    expect(page.locator(".sp-message")).to_be_hidden()


def test_a_file_that_is_no_table_is_refused_in_words(page: Page):
    open_shown(page, GAME)
    before = values(page)
    page.locator("[data-param=game] .sp-file").set_input_files(
        {"name": "game.xlsx", "mimeType": "text/csv", "buffer": b"PK\x03\x04" + bytes(50)}
    )
    expect(page.locator(".sp-message")).to_contain_text("save it as CSV first")
    assert values(page) == before


def test_text_pasted_into_a_field_stays_there(page: Page):
    open_shown(page, GAME + "&game=mine")
    before = values(page)
    cell = page.get_by_label("1,2,3 of v(S)")
    cell.focus()
    paste(page, MAJORITY, "document.activeElement")
    settle(page)
    assert values(page)["game"] == before["game"]


def paste(page: Page, text: str, target: str = "document.body") -> None:
    page.evaluate(
        "([text, target]) => { const clipboardData = new DataTransfer();"
        " clipboardData.setData('text/plain', text);"
        " eval(target).dispatchEvent(new ClipboardEvent('paste',"
        " { clipboardData, bubbles: true, cancelable: true })); }",
        [text, target],
    )


def test_another_player_joins_the_table_with_zeros(page: Page):
    open_shown(page, GAME + "&game=mine&v=0+1+2+4")
    page.get_by_label("size of v(S)").select_option(label="1 × 8")
    page.wait_for_function("window.__stage.values.v === '0 1 2 4 0 0 0 0'")


def test_a_click_on_a_bar_shows_that_feature_over_all_rows(page: Page):
    open_shown(page, "/shapley?exp=explain")
    page.get_by_text("Linked charts").click()
    chart = page.locator(".st-key-view svg")
    written = chart.locator("g.mark-text.role-mark text")
    expect(written).to_have_text("log triglycerides")
    dots = chart.locator("g.mark-symbol.role-mark path").count()
    chart.locator("path[aria-label*='BMI']").first.click()
    expect(written).to_have_text("BMI")
    assert chart.locator("g.mark-symbol.role-mark path").count() == dots > 400


def test_rows_in_a_frame_change_the_bars_of_all_features(page: Page):
    open_shown(page, "/shapley?exp=everyone")
    page.get_by_text("Linked charts").click()
    chart = page.locator(".st-key-view canvas")
    chart.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = chart.bounding_box()
    bars = {**box, "x": box["x"] + 0.36 * box["width"], "width": 0.32 * box["width"]}
    before = page.screenshot(clip=bars)
    x, y = box["x"] + 100, box["y"] + 100
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 60, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert page.screenshot(clip=bars) != before


def test_an_own_table_is_learned_from_and_another_column_can_be_the_target(page: Page):
    open_shown(page, "/shapley?exp=explain")
    lines = ["height;width;colour;price"]
    lines += [
        f"{i};{(7 * i) % 11};{'red' if i % 3 else 'blue'};{3 * i - (7 * i) % 11},5"
        for i in range(40)
    ]
    paste(page, "\n".join(lines))
    page.wait_for_function("window.__stage.values.data.startsWith('own-')")
    settle(page)
    expect(page.locator(".sp-says")).to_contain_text("R² = 1.00 on 10 rows held out")
    expect(page.locator(".sp-says")).to_contain_text("Predicted is the last column, price.")
    field = page.locator("[data-param=target] input")
    field.fill("colour")
    field.press("Enter")
    expect(page.locator(".sp-says")).to_contain_text("right on")
    field.fill("weight")
    field.press("Enter")
    expect(page.locator(".sp-message")).to_contain_text("height, width, colour, price")
    assert values(page)["data"].startswith("own-")
