"""From tab to tab: the controls are those of the experiment, whatever came before."""

import itertools

import pytest
from playwright.sync_api import Page, expect

from pages.ui import compose
from pages.ui.experiment import Experiment
from tests.browser.harness import drawn
from tests.house import EXPERIMENTS, TOPICS

SEEN = """() => [...document.querySelectorAll('.sp-control')].map(node => {
  const label = node.querySelector('legend, .sp-row > label, .sp-row > span, label');
  const options = [...node.querySelectorAll(
    'select:not(.sp-size) option, .sp-segments label')].map(o => o.textContent);
  return [node.dataset.param, label.textContent, options.join('|')];
})"""


def controls(page: Page) -> list[list[str]]:
    """The controls that stand there: name, label, options."""
    return page.evaluate(SEEN)


def arrived(page: Page, experiment: Experiment) -> None:
    """The tab is turned to, and its picture is there."""
    page.wait_for_function(
        "slug => document.querySelector('.sp-tabs [aria-current]').href.endsWith('exp=' + slug)"
        " && window.__stage.slug === slug && !window.__stage.busy",
        arg=experiment.slug,
    )


def expected(topic: str, experiment: Experiment) -> list[list[str]]:
    """The controls the experiment opens with: name, label, options."""
    values = experiment.posed(experiment.opening) if experiment.opening else experiment.defaults()
    now = compose.controls(topic, experiment, values)
    found = []
    for param in experiment.params:
        usual, value = param.default, values[param.name]
        seen = now.get(param.name, {}).get("shown", True)
        if seen and (not param.misprint or value != usual):
            printed = param.misprints - {value}
            options = {k: o for k, o in (param.options or {}).items() if k not in printed}
            texts = "|".join(compose.typeset(option) for option in options.values())
            found.append([param.name, compose.typeset(param.label), texts])
    return found


def circuit(count: int) -> list[int]:
    """A walk over `count` tabs from the first, along every ordered pair exactly once."""
    left = {i: [j for j in range(count) if j != i] for i in range(count)}
    stack, walk = [0], []
    while stack:
        if left[stack[-1]]:
            stack.append(left[stack[-1]].pop())
        else:
            walk.append(stack.pop())
    return walk[::-1]


def backwards(count: int) -> list[int]:
    """From the first tab to the last, halfway back and home; forwards goes who looks at each."""
    return [0, count - 1, count // 2, 0]


def test_the_circuit_takes_every_ordered_pair_once():
    for count in range(2, 12):
        pairs = list(zip(walk := circuit(count), walk[1:]))
        assert len(set(pairs)) == len(pairs) == count * (count - 1)


def walked(page: Page, topic: str, walk: list[int]) -> None:
    """Each step shows the controls of the experiment, whatever came before."""
    here = [e for name, e in EXPERIMENTS.items() if name.startswith(f"{topic}/")]
    page.goto(f"/{topic}")
    drawn(page)
    page.evaluate("window.__stage.autoplay = false")
    tabs = page.locator(".sp-tabs a")
    for before, after in itertools.pairwise(walk):
        tabs.nth(after).click()
        arrived(page, here[after])
        assert controls(page) == expected(topic, here[after]), (
            f"{here[before].slug} -> {here[after].slug}"
        )


def count(topic: str) -> int:
    return sum(name.startswith(f"{topic}/") for name in EXPERIMENTS)


@pytest.mark.parametrize("topic", TOPICS[:3])
def test_a_tab_shows_the_controls_of_a_direct_load(page: Page, complaints, topic):
    walked(page, topic, backwards(count(topic)))
    assert not complaints


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
def test_every_pair_of_tabs_does(page: Page, complaints, topic):
    walked(page, topic, circuit(count(topic)))
    assert not complaints


def with_a_preset(page: Page, selector: str) -> None:
    """Clicks something beside the stage in the moment in which the stage speaks.

    Streamlit sends both together, and would run the stage again and nothing else of the page.
    """
    page.evaluate(
        """selector => {
          document.querySelectorAll('button.sp-preset')[2].click();
          document.querySelector(selector).click();
        }""",
        selector,
    )


def test_a_tab_that_is_clicked_while_the_stage_speaks_is_turned_to(page: Page):
    page.goto("/landscapes")
    drawn(page)
    with_a_preset(page, ".sp-tabs a[href$='exp=valley']")
    arrived(page, EXPERIMENTS["landscapes/valley"])
    question = compose.typeset(EXPERIMENTS["landscapes/valley"].question)
    expect(page.get_by_role("heading", level=1)).to_have_text(question)


def test_the_switch_of_the_misprints_is_heard_while_the_stage_speaks(page: Page):
    valley, switch = EXPERIMENTS["landscapes/valley"], "[data-testid=stCheckbox] input"
    page.goto("/landscapes?exp=valley")
    drawn(page)
    presets = page.locator("button.sp-preset")
    expect(presets).to_have_count(1 + len(valley.presets) - len(valley.misprints))
    page.locator(switch).wait_for(state="attached")
    with_a_preset(page, switch)
    expect(presets).to_have_count(1 + len(valley.presets))
