"""What a student feels: latency in a real browser against two peers of the same run.

The floor is the empty rerun (a Streamlit slider that changes one number); the twin draws the same
experiment with st.slider and st.plotly_chart. Every server is warm; rounds are interleaved.
"""

import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.row import Line
from tests.browser.harness import Server, drawn, launch, serve, settled
from tests.house import EXPERIMENTS

APPS = Path(__file__).parent / "apps"
SLUG, PARAM = "bowl", "kappa"
SLIDER = f"[data-param={PARAM}] input[type=range]"
ROUNDS, KEYS = 6, 6
DRAG_SECONDS = 3
READING = 2  # seconds a visitor looks at the map

# Both probes resolve one animation frame after the frame that drew, so the picture is on screen.
STAGE_PAINTED = """() => new Promise(done => {
  const seen = window.__stage.latencies, push = Array.prototype.push;
  let pressed = null;
  addEventListener('keydown', () => { pressed ??= performance.now() }, {capture: true, once: true});
  seen.push = value => {
    delete seen.push;
    requestAnimationFrame(() => done(performance.now() - pressed));
    return push.call(seen, value);
  };
  window.__ready = true;
})"""

DOM_PAINTED = """(read) => new Promise(done => {
  const state = () => [...document.querySelectorAll(read === 'text' ? '[data-picture]'
    : '.js-plotly-plot')].map(node => read === 'text' ? node.dataset.picture
    : node.querySelector('.main-svg') && node.layout?.meta?.picture);
  const before = JSON.stringify(state()), count = state().length;
  let pressed = null;
  addEventListener('keydown', () => { pressed ??= performance.now() }, {capture: true, once: true});
  const look = () => {
    const now = state();
    const fresh = now.length === count && new Set(now).size === 1 && JSON.stringify(now) !== before;
    if (pressed === null || !fresh) return requestAnimationFrame(look);
    requestAnimationFrame(() => done(performance.now() - pressed));
  };
  look();
  window.__ready = true;
})"""

# An input event every 16 ms, as a browser delivers them (once a frame); the stage notes when each
# answer is drawn.
DRAG = """([selector, seconds]) => new Promise(done => {
  const range = document.querySelector(selector), stage = window.__stage;
  const start = performance.now(), max = +range.max;
  stage.latencies.length = 0;
  range.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}));
  const timer = setInterval(() => {
    const t = (performance.now() - start) / 1000;
    if (t > seconds) {
      clearInterval(timer);
      const drawn = [...stage.latencies];
      range.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}));
      range.dispatchEvent(new Event('change', {bubbles: true}));
      return done(drawn);
    }
    range.value = Math.round(max * (0.5 + 0.3 * Math.sin(2 * t)));
    range.dispatchEvent(new Event('input', {bubbles: true}));
  }, 16);
})"""

FIRST_VIEW = "document.querySelector('.sp-gd')._fullLayout.xaxis.range.map(v => +v.toPrecision(6))"


def rows() -> Iterator[Line]:
    """One table row per line of the budget."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield from browser_rows(browser)
        yield from start_rows(browser)
        browser.close()


def p95(samples: list[float]) -> float:
    return sorted(samples)[min(len(samples) - 1, int(0.95 * len(samples)))]


def pair(samples: list[float]) -> str:
    return f"{statistics.median(samples):.0f} / {p95(samples):.0f} ms"


def ratios(ours: list[float], peer: list[float]) -> str:
    return f"{statistics.median(ours) / statistics.median(peer):.2f} / {p95(ours) / p95(peer):.2f}"


# --- in the browser ----------------------------------------------------------------------------


def opened(browser: Browser, server: Server, path: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(server.url + path)
    settled(page)
    return page


def stage_opened(browser: Browser, server: Server, path: str) -> Page:
    """A topic whose first picture is drawn and which does not play by itself."""
    page = opened(browser, server, path)
    drawn(page)
    page.evaluate("window.__stage.autoplay = false")
    pause = page.locator("[data-play=play][aria-label=pause]")
    if pause.count():
        pause.click()
    page.wait_for_timeout(500)
    return page


def press(page: Page, slider: str, probe: str, argument: str | None = None) -> float:
    """One arrow key on the slider; milliseconds until its picture is painted."""
    page.locator(slider).first.focus()
    page.evaluate(
        f"(argument) => {{ window.__ready = false; window.__paint = ({probe})(argument) }}",
        argument,
    )
    page.wait_for_function("window.__ready")
    page.keyboard.press("ArrowRight")
    milliseconds = page.evaluate("window.__paint")
    page.wait_for_timeout(700)  # the address is written a moment after the last key
    return milliseconds


def browser_rows(browser: Browser) -> Iterator[Line]:
    with ExitStack() as servers:
        app = servers.enter_context(serve())
        empty = servers.enter_context(serve(APPS / "empty.py"))
        twin = servers.enter_context(serve(APPS / "twin.py"))
        ours = stage_opened(browser, app, f"/landscapes?exp={SLUG}")
        floor = opened(browser, empty, "/")
        floor.wait_for_selector("[data-picture]")
        peer = opened(browser, twin, f"/?exp={SLUG}&param={PARAM}")
        peer.wait_for_selector(".js-plotly-plot .main-svg")
        peer.wait_for_timeout(1000)

        taken: dict[str, list[float]] = {"ours": [], "floor": [], "twin": []}
        native = ".stSlider input[type=range], .stSlider [role=slider]"
        for number in range(ROUNDS + 1):
            for _ in range(KEYS):
                sample = {
                    "ours": press(ours, SLIDER, STAGE_PAINTED),
                    "floor": press(floor, native, DOM_PAINTED, "text"),
                    "twin": press(peer, native, DOM_PAINTED, "plot"),
                }
                if number:  # the first round warms up
                    for who, milliseconds in sample.items():
                        taken[who].append(milliseconds)
        yield Line(
            f"key press → picture painted, {SLUG}, p50 / p95, against the empty rerun",
            pair(taken["ours"]),
            pair(taken["floor"]),
            ratios(taken["ours"], taken["floor"]),
            "≤ 2.0 / ≤ 2.5",
        )
        yield Line(
            "same, st.plotly_chart with the same figure against ours",
            pair(taken["ours"]),
            pair(taken["twin"]),
            ratios(taken["twin"], taken["ours"]),
            "> 1",
        )
        peer.context.close()
        floor.context.close()
        yield from steadiness_rows(ours)
        ours.context.close()
        yield from drag_rows(browser, app)
        yield entrance_row(browser, app)
        yield memory_row(browser, app)


DRAGGED = (
    ("landscapes?exp=bowl", "kappa", "a path and its field", "≥ 30"),
    ("landscapes?exp=valley", "angle", "five paths", "≥ 30"),
    ("convolution?exp=filter&kernel=gaussian", "sigma", "a photograph of 512 × 512 × 3", ""),
    ("shapley?exp=absent", "rho", "what four games fill in", "≥ 30"),
    ("shapley?exp=explain", "row", "1024 coalitions of 15 rows, four games", "≥ 30"),
)


def drag_rows(browser: Browser, server: Server) -> Iterator[Line]:
    """Pictures per second while a slider is dragged."""
    for place, param, what, budget in DRAGGED:
        page = stage_opened(browser, server, f"/{place}")
        slider = f"[data-param={param}] input[type=range]"
        page.evaluate(DRAG, [slider, 1])  # warms up
        page.wait_for_timeout(500)
        drawn = page.evaluate(DRAG, [slider, DRAG_SECONDS])
        page.context.close()
        yield Line(
            f"live drag of {param}: {what}, torch computing each picture",
            f"{len(drawn) / DRAG_SECONDS:.0f} pictures/s",
            budget=budget,
        )
        yield Line("its input → drawn, p50 / p95", pair(drawn), budget=budget and "p95 ≤ 100 ms")


def steadiness_rows(page: Page) -> Iterator[Line]:
    """History entries of one drag; remounts and zoom over thirty interactions."""
    box = page.locator(SLIDER).bounding_box()
    y = box["y"] + box["height"] / 2
    entries = page.evaluate("history.length")
    page.mouse.move(box["x"] + 0.5 * box["width"], y)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(box["x"] + (0.5 + 0.01 * step) * box["width"], y)
        page.wait_for_timeout(15)
    page.mouse.up()
    page.wait_for_timeout(1000)
    entries = page.evaluate("history.length") - entries
    yield Line("history entries made by one drag of 30 moves", f"{entries}", budget="1")

    page.get_by_role("button", name="Zoom in").first.click()
    page.wait_for_timeout(300)
    mounts, view = page.evaluate("window.__stage.mounts"), page.evaluate(FIRST_VIEW)
    page.locator(SLIDER).focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(80)
    page.wait_for_timeout(1000)
    mounts = page.evaluate("window.__stage.mounts") - mounts
    kept = page.evaluate(FIRST_VIEW) == view
    yield Line(
        "remounts, zoom after 30 interactions",
        f"{mounts}, {'kept' if kept else 'lost'}",
        budget="0, kept",
    )


# --- start and memory --------------------------------------------------------------------------


def start_rows(browser: Browser) -> Iterator[Line]:
    """A cold process: until the first page is painted, and what the first visitors wait."""
    taken: dict[str, list[float]] = {"paint": [], "at once": [], "read": [], "second": []}
    for _ in range(3):
        for arrival, pause in (("at once", 0), ("read", READING)):
            begun = time.perf_counter()
            with serve() as server:
                page = browser.new_context().new_page()
                page.goto(server.url)
                page.wait_for_selector("h1")
                taken["paint"].append(time.perf_counter() - begun)
                page.context.close()
                time.sleep(pause)
                taken[arrival].append(visit(browser, server))
                taken["second"].append(visit(browser, server))
    paint, at_once, read, second = (statistics.median(each) for each in taken.values())
    yield Line("start → first paint", f"{paint:.1f} s", budget="≤ 3 s")
    yield Line(
        f"first visit of a topic, {READING} s after the first paint, against the second",
        f"{read:.1f} s",
        f"{second:.1f} s",
        f"{read / second:.2f}",
        "≈ 1: no visitor pays for importing torch",
    )
    yield Line(
        "the same straight after the first paint, while the server still imports",
        f"{at_once:.1f} s",
        f"{second:.1f} s",
        f"{at_once / second:.2f}",
    )


def visit(browser: Browser, server: Server) -> float:
    """Seconds until a topic's picture is drawn in a browser that has nothing in its cache."""
    begun = time.perf_counter()
    page = browser.new_context().new_page()
    page.goto(server.url + "/landscapes")
    page.wait_for_function("window.__stage?.pictures > 0", polling="raf")
    taken = time.perf_counter() - begun
    page.context.close()
    return taken


def entrance_row(browser: Browser, server: Server) -> Line:
    """From a click on Home's map to the picture, after a look at the map."""
    taken = []
    for _ in range(5):
        page = opened(browser, server, "/")
        page.wait_for_timeout(1000 * READING)
        begun = time.perf_counter()
        page.locator("a.topic").first.click()
        page.wait_for_function("window.__stage?.pictures > 0", polling="raf")
        taken.append(time.perf_counter() - begun)
        page.context.close()
    median = statistics.median(taken)
    return Line("Home → first picture of a topic", f"{median:.2f} s", budget="< 1 s")


def memory_row(browser: Browser, server: Server) -> Line:
    places = ["/", "/sheet", *(f"/{name.replace('/', '?exp=')}" for name in EXPERIMENTS)]
    for place in places:
        page = opened(browser, server, place)
        page.wait_for_timeout(500)
        page.context.close()
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(server.process.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    return Line(
        "memory of one process after every page",
        f"{int(told.stdout) / 1024:.0f} MB",
        budget="≤ 700 MB",
    )
