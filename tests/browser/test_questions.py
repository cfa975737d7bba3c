"""A page asks first: the answer is covered, the commitment uncovers it, what was answered stays."""

from playwright.sync_api import Page, expect

from tests.browser.harness import drawn
from tests.browser.test_house_browser import calm
from tests.house import EXPERIMENTS

BOWL = EXPERIMENTS["landscapes/bowl"]


def wrong(number: int) -> int:
    """The place of a wrong option that can be run."""
    asked = BOWL.predictions[number - 1]
    return next(i for i, option in enumerate(asked.options) if option in asked.beliefs)


def opened(page: Page, address: str = "/landscapes") -> None:
    page.goto(address)
    drawn(page)
    calm(page)


def test_predict_commit_reveal_explain(page: Page, complaints):
    opened(page)
    card, says = page.locator(".sp-question"), page.locator(".sp-says")
    number = BOWL.opening
    expect(card).to_contain_text(BOWL.predictions[number - 1].question[:12])
    hidden = page.locator(".sp-says, .sp-formula, .sp-checks, .sp-actions")
    assert not any(each.is_visible() for each in hidden.all()), "the answer stands on the screen"
    covered = page.locator(".sp-panel.sp-covered")
    shows = BOWL.predictions[number - 1].shows
    assert covered.count() == page.locator(".sp-panel").count() - len(shows)
    commit = page.get_by_role("button", name="Commit and watch")
    expect(commit).to_be_disabled()
    page.locator(".sp-option").nth(wrong(number)).click()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("You said “")
    assert page.evaluate("document.activeElement.className").startswith("sp-question")
    expect(says).to_be_visible()
    expect(covered).to_have_count(0)
    assert "ask" not in page.url
    page.get_by_role("button", name="Run what you believed").click()
    calm(page)
    expect(card).to_contain_text("You said “")
    # the verdict leaves with the run it speaks of
    page.locator(".sp-preset").last.click()
    calm(page)
    expect(card).to_be_hidden()
    # what was answered survives a reload, and can be taken away as a text
    opened(page)
    expect(card).to_contain_text("You said “")
    page.get_by_role("button", name="Ask me again").click()
    expect(card.get_by_role("radio")).to_have_count(len(BOWL.predictions[number - 1].options))
    page.get_by_role("button", name="Just show me").click()
    expect(says).to_be_visible()
    expect(card).to_be_hidden()
    assert not complaints


def test_who_moves_something_has_left_the_question(page: Page):
    opened(page)
    slider = page.locator("[data-param=kappa] input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator(".sp-says")).to_be_visible()
    page.wait_for_function("location.search.includes('kappa')")
    page.reload()
    drawn(page)
    expect(page.locator(".sp-says")).to_be_visible()
    page.go_back()
    expect(page.locator(".sp-question")).to_be_visible()


def test_a_link_opens_a_result_or_any_question(page: Page):
    opened(page, "/landscapes?ask=0")
    expect(page.locator(".sp-says")).to_be_visible()
    expect(page.locator(".sp-question")).to_be_hidden()
    last = len(BOWL.predictions)
    opened(page, f"/landscapes?ask={last}")
    expect(page.locator(".sp-question")).to_contain_text(BOWL.predictions[-1].question[:12])
    opened(page, f"/landscapes?ask={last + 1}")
    expect(page.get_by_text("could not be used")).to_be_visible()
