"""What a long computation costs those who wait for it, and those who do not.

Start, arrival and end of a job in a worker process; then the key-press latency of a page while two
jobs train beside it, against the same page when nothing else goes on, round by round.
"""

import os
import signal
import statistics
import time
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from benchmarks.latency import SLIDER, STAGE_PAINTED, pair, press, ratios, stage_opened
from benchmarks.row import Line
from core import jobs
from core.experiments.landscapes.network import plane
from tests.browser.harness import launch, serve
from tests.jobs import examples

REPEATS = 15
ROUNDS, KEYS = 5, 5
TRAINING = "/landscapes?exp=network&data=digits&steps=400&seed={}"


def rows() -> Iterator[Line]:
    """One line for each thing a student waits for."""
    jobs.prepare()
    list(jobs.submit(examples.steps).snapshots())  # torch is imported now
    yield Line("job: submit → first snapshot", milliseconds(first), budget="≤ 1 s")
    yield Line("job: snapshot sent → unpacked here", milliseconds(arrival))
    yield Line("job: cancel → its process is gone", milliseconds(cancelled))
    yield Line("job: worker killed → its sentence", milliseconds(killed), budget="≤ 2 s")
    begun = time.perf_counter()
    training = jobs.submit(plane, data="digits", steps=400)
    next(training.snapshots())
    told = f"{1000 * (time.perf_counter() - begun):.0f} ms"
    training.cancel()
    yield Line("job: a training, submit → first snapshot", told, budget="≤ 1 s")
    yield keys_row()


def milliseconds(measure) -> str:
    """Median and worst of several measurements in seconds."""
    taken = [1000 * measure() for _ in range(REPEATS)]
    return f"{statistics.median(taken):.2g} ms, at most {max(taken):.2g}"


def first() -> float:
    begun = time.perf_counter()
    next(jobs.submit(examples.steps).snapshots())
    return time.perf_counter() - begun


def arrival() -> float:
    return [time.time() - sent for sent in jobs.submit(examples.clock).snapshots()][-1]


def cancelled() -> float:
    job = jobs.submit(examples.steps, n=1000, pause=0.01)
    pid = next(job.snapshots()).pid
    begun = time.perf_counter()
    job.cancel()
    while not gone(pid):
        time.sleep(0.001)
    return time.perf_counter() - begun


def killed() -> float:
    job = jobs.submit(examples.steps, n=1000, pause=0.01)
    pid = next(job.snapshots()).pid
    begun = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    while not job.error:
        time.sleep(0.001)
    return time.perf_counter() - begun


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def keys_row() -> Line:
    """Rounds of keys with and without two trainings beside them."""
    taken: dict[str, list[float]] = {"idle": [], "busy": []}
    settings = {"SADDLEPOINT_NICE": "15", "SADDLEPOINT_WORKERS": "2"}
    with serve(**settings) as app, sync_playwright() as playwright:
        browser = launch(playwright)
        page = stage_opened(browser, app, "/landscapes?exp=bowl")
        students = [browser.new_context().new_page() for _ in "12"]
        for number in range(ROUNDS + 1):
            keys(page, taken["idle"] if number else [])
            for k, student in enumerate(students):
                student.goto(app.url + TRAINING.format(2 * number + k))
                student.wait_for_selector(".sp-message.sp-strip")
            keys(page, taken["busy"] if number else [])
            for student in students:
                student.goto(app.url + "/sheet")
            page.wait_for_timeout(12_000)  # until their leases are over
        browser.close()
    return Line(
        "key press → picture painted while two jobs train, p50 / p95, against idle",
        pair(taken["busy"]),
        pair(taken["idle"]),
        ratios(taken["busy"], taken["idle"]),
        "≤ 1.5",
    )


def keys(page: Page, taken: list[float]) -> None:
    for _ in range(KEYS):
        taken.append(press(page, SLIDER, STAGE_PAINTED))
