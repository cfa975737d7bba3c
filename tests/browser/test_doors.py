"""The front doors in a real browser: one theme for all, a menu that closes, filters in a line."""

import itertools

import pytest
from playwright.sync_api import Page, expect

from pages.ui import seen, serve
from tests.browser.harness import drawn, settled
from tests.browser.test_house_browser import LOOKS, overflow, seen_in, take
from tests.house import EXPERIMENTS
from tests.jobs.test_jobs import until

DARK = "(() => { const [r, g, b] = getComputedStyle(document.querySelector('[data-testid=stApp]'))"
DARK += ".backgroundColor.match(/\\d+/g).map(Number); return r + g + b < 3 * 128; })()"
MENU = "(document.querySelector('[data-testid=stSidebar]')?.getBoundingClientRect().width ?? 0)"

AGREED = """async (address) => {
  const { agree } = await import(new URL(address, document.baseURI).href);
  const seen = [], store = {
    getItem(key) { return this[key] ?? null; },
    setItem(key, value) { this[key] = value; },
  };
  for (const name of ["getItem", "setItem"]) {
    Object.defineProperty(store, name, { enumerable: false });
  }
  const key = path => `stActiveTheme-${path}-v2`;
  const now = () => seen.push(["/", "/a", "/b"].map(path => JSON.parse(store[key(path)])).join());
  store[key("/")] = '"System"'; agree(store, ["/", "/a", "/b"], "/"); now();
  store[key("/a")] = '"Dark"'; agree(store, ["/", "/a", "/b"], "/"); now();
  store[key("/new")] = '"System"'; agree(store, ["/", "/a", "/b"], "/new"); now();
  store[key("/")] = '"Light"'; agree(store, ["/", "/a", "/b"], "/"); now();
  store[key("/b")] = '"System"'; agree(store, ["/", "/a", "/b"], "/"); now();
  return [...seen, store[key("/new")], store.other === undefined];
}"""


def test_the_newest_choice_of_a_theme_wins_by_hand(page: Page):
    page.goto("/sheet")
    settled(page)
    assert page.evaluate(AGREED, serve.url("settle.js")) == [
        "System,System,System",
        "Dark,Dark,Dark",
        "Dark,Dark,Dark",  # a page opened for the first time has chosen nothing
        "Light,Light,Light",
        "System,System,System",
        '"System"',
        True,
    ]


def test_the_theme_chosen_on_one_page_is_that_of_every_page(page: Page):
    before, chosen = f"!{DARK}", itertools.cycle([("Dark", DARK), ("Light", f"!{DARK}")])
    for place in ("/", "/sheet", "/teacher?topic=cnn", "/landscapes", "/cnn"):
        page.goto(place)
        drawn(page) if place == "/landscapes" else settled(page)
        page.wait_for_function(before)
        name, before = next(chosen)
        page.get_by_test_id("stMainMenu").click()
        page.get_by_text(name).last.click()
        page.wait_for_function(before)
        page.wait_for_function(f"localStorage['saddlepoint-theme']?.includes('{name}')")
        page.keyboard.press("Escape")
    page.goto("/")
    settled(page)
    page.wait_for_function(before)


@pytest.mark.parametrize("look", [LOOKS["phone"]], ids=["phone"])
def test_the_menu_of_a_phone_closes_when_a_page_opens(page: Page, look):
    page.goto("/sheet")
    settled(page)
    page.wait_for_function("localStorage['saddlepoint-theme']")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.wait_for_function(f"{MENU} > 200")
    page.get_by_test_id("stSidebar").get_by_text("Home", exact=True).click()
    page.wait_for_url(lambda url: "sheet" not in url)
    page.wait_for_function(f"{MENU} == 0")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.wait_for_function(f"{MENU} > 200")
    page.reload()
    settled(page)
    page.wait_for_function(f"{MENU} == 0")


def test_the_filters_of_the_formula_sheet_stand_in_one_line(page: Page):
    page.goto("/sheet?misprints=1")
    settled(page)
    row = page.locator(".st-key-filters")
    fields = [
        row.get_by_role("searchbox"),
        row.get_by_role("combobox"),
        row.get_by_role("radio").last,
    ]

    def level() -> bool:
        boxes = [field.bounding_box() for field in fields]
        middles = [box["y"] + box["height"] / 2 for box in boxes]
        return max(middles) - min(middles) < 1.5

    for field in fields:
        field.wait_for()
    until(level)  # while the page fills, it moves between two looks


def test_the_teacher_s_sheet_fits_and_is_accessible(page: Page, complaints):
    page.goto("/teacher?topic=shapley&misprints=1")
    settled(page)
    assert page.locator("[data-testid=stException]").count() == 0
    for name in LOOKS:
        seen_in(page, name)
    assert not complaints


def test_a_card_and_a_path_open_what_they_say(page: Page):
    page.goto("/")
    settled(page)
    page.locator(".map a[href^='shapley']").click()
    drawn(page)
    expect(page.locator(".sp-stage")).to_contain_text("three cooks")
    page.goto("/")
    settled(page)
    link = page.locator(".st-key-paths a").first
    title = link.locator("strong").inner_text()
    link.click()
    drawn(page)
    expect(page.locator(".sp-tabs [aria-current]")).to_have_text(title)


def test_the_sheet_remembers_what_was_looked_at(page: Page, complaints):
    page.goto("/landscapes?exp=bowl")  # a question is open: nothing was looked at
    drawn(page)
    page.goto("/sheet")
    settled(page)
    caption = page.get_by_test_id("stCaptionContainer").filter(has_text="statements have")
    expect(caption).not_to_contain_text("you have seen")
    page.goto("/landscapes?exp=bowl&ask=0")
    drawn(page)
    page.goto("/sheet")
    expect(caption).to_contain_text(
        f"you have seen {len(EXPERIMENTS['landscapes/bowl'].statements)}"
    )
    page.get_by_role("radio", name="not seen yet").click()
    expect(caption).to_contain_text("shown")
    expect(page.get_by_role("link", name="Gradient descent", exact=True)).to_have_count(0)
    assert not complaints


TOLD = """async ([address, kept]) => {
  localStorage.clear();
  const { default: tell } = await import(new URL(address, document.baseURI).href);
  const heard = [], component = { setStateValue: (name, places) => heard.push(places) };
  localStorage.setItem("sp-seen", JSON.stringify(kept));
  tell(component, []);
  if (heard.length) tell(component, heard[0]);
  return heard;
}"""


KEPT = (["landscapes/bowl", "cnn/shift"], ["b/c", "no place", 3, "a/b", "b/c", ["d/e"]], "none", [])


def test_what_was_looked_at_is_told_once(page: Page):
    page.goto("/sheet")
    settled(page)
    for kept in KEPT:
        known = {each for each in kept if isinstance(each, str) and seen.PLACE.fullmatch(each)}
        told = page.evaluate(TOLD, [serve.url("seen.js"), kept])
        assert told == ([sorted(known)] if known else []), kept


def test_the_sheet_fits_on_paper(page: Page, complaints):
    page.goto("/sheet?paper=1")
    settled(page)
    expect(page.locator(".st-key-columns h3")).to_have_count(218)
    for name in ("light", "dark phone"):  # axe reads these statements on the sheet itself
        take(page, name)
        assert overflow(page) <= 0, name
    assert not complaints


@pytest.mark.slow
def test_the_sheet_takes_few_pages_of_paper(page: Page):
    page.goto("/sheet?paper=1")
    settled(page)
    expect(page.locator(".st-key-columns h3")).to_have_count(218)
    sheets = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert 0 < sheets <= 14
