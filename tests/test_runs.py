"""A long run as the page sees it: going, done, refused, stopped, its file gone."""

import threading
import time

import pytest

from core import audience, jobs
from core.landscapes.slices import placed
from pages.ui import compose, run, store
from pages.ui.experiment import Experiment
from tests.house import EXPERIMENTS
from tests.jobs import examples
from tests.jobs.test_jobs import LONG, until
from tests.test_pages import open_page, sent
from tests.wire import head

RACE = EXPERIMENTS["landscapes/race"]


@pytest.fixture(autouse=True)
def nothing_remembered():
    run.forget()
    yield
    audience.leave("ada")
    run.forget()


def advanced(state: store.State, values: dict, pins: list = ()) -> run.Going | None:
    return run.advance(state, RACE, values, list(pins), "ada")


def ended(
    state: store.State, values: dict, pins: list = (), experiment: Experiment = RACE
) -> list[run.Going]:
    """Everything the page is told until there is an answer, or the run has stopped."""
    told, end = [], time.monotonic() + 120
    while going := run.advance(state, experiment, values, list(pins), "ada"):
        told.append(going)
        if going.stopped:
            break
        assert time.monotonic() < end, "it never came"
    return told


def test_a_run_is_drawn_snapshot_by_snapshot_then_remembered():
    state, values = store.State("race", {}), RACE.defaults() | {"steps": 60}
    told = ended(state, values)
    shares = [going.snapshot.progress for going in told if going.snapshot is not None]
    assert shares == sorted(set(shares)) and len({going.name for going in told}) == 1
    result = run.known(RACE, values)
    assert result.progress == 1 and state.job is None
    assert [going.doing for going in told if going.snapshot is not None] == [
        f"{round(5 * share)} of 5 methods tuned" for share in shares
    ]
    assert advanced(state, values) is None


def test_pins_are_computed_after_what_is_on_stage():
    state, values = store.State("race", {}), RACE.defaults() | {"steps": 50}
    pin = values | {"steps": 40}
    told = ended(state, values, [pin])
    order = [going.values for going in told]
    assert order == sorted(order, key=lambda each: -each["steps"])
    assert run.known(RACE, pin) is not None


def test_a_result_is_checked_where_it_was_computed():
    """Here it would take the whole training again."""
    network = EXPERIMENTS["landscapes/network"]
    state, values = store.State("network", {}), network.defaults() | {"steps": 20}
    placed.cache_clear()
    ended(state, values, experiment=network)
    words = head(compose.message("landscapes", network, state, values))["words"]
    assert placed.cache_info().currsize == 0
    found = network.checks(run.known(network, values), **values)
    assert [(c["claim"], c["holds"]) for c in words["checks"]] == [
        (compose.typeset(c.claim), c.holds) for c in found
    ]


def test_what_the_core_refuses_in_the_middle_is_refused_once_and_for_all():
    state, values = store.State("race", {}), RACE.defaults() | {"x0": 0.0, "y0": 0.0}
    ended(state, values)
    with pytest.raises(ValueError, match="expected a start above the minimum"):
        run.result(RACE, values)
    refusal = run.known(RACE, values)
    assert isinstance(refusal, ValueError) and refusal.__traceback__ is None


@pytest.mark.parametrize("wrong", [{"x0": 0.0, "y0": 0.0}, {"kappa": -1.0}])
def test_beside_refused_settings_no_pin_is_computed(wrong):
    state, values = store.State("race", {}), RACE.defaults() | wrong
    pin = RACE.defaults() | {"steps": 50}
    assert {going.values["steps"] for going in ended(state, values, [pin])} <= {values["steps"]}
    assert advanced(state, values, [pin]) is None and run.known(RACE, pin) is None


def test_a_stopped_run_stays_stopped_until_it_is_run_again():
    state, values = store.State("race", {}), RACE.defaults() | {"steps": 2000}
    advanced(state, values)
    state.stopped = (run.key(RACE, values), store.STOPPED)
    assert advanced(state, values).stopped == store.STOPPED
    assert not any("ada" in show.seen for show in audience._shows.values())
    state.stopped = None
    ended(state, values)
    assert run.known(RACE, values) is not None


def test_who_moves_on_while_the_page_waits_is_told_nothing_of_what_was_left():
    """Another thread runs the page anew, for another experiment, and cancels the run."""
    state, values = store.State("race", {}), RACE.defaults() | {"steps": 2000}
    over = threading.Event()

    def elsewhere() -> None:
        until(lambda: any("ada" in show.seen for show in list(audience._shows.values())))
        while not over.wait(0.002):
            state.turn += 1
            audience.leave("ada")

    other = threading.Thread(target=elsewhere)
    other.start()
    try:
        with pytest.raises(run.Superseded):
            ended(state, values)
    finally:
        over.set()
        other.join()
    assert state.stopped is None


def test_a_run_that_an_older_run_of_the_page_cancelled_begins_anew():
    state, values = store.State("race", {}), RACE.defaults() | {"steps": 1200}
    advanced(state, values)
    (first,) = (show.job for show in audience._shows.values() if "ada" in show.seen)
    other = threading.Timer(0.01, audience.leave, ["ada"])
    other.start()
    assert not any(going.stopped for going in ended(state, values))
    other.join()
    assert first.state in ("cancelled", "done") and state.stopped is None
    assert run.known(RACE, values) is not None


def test_a_run_that_failed_is_a_sentence_and_can_be_tried_again(monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_JOB_SECONDS", "0.001")
    state, values = store.State("race", {}), RACE.defaults() | {"steps": 1500}
    late = jobs.TIME.format(seconds=0.001)
    assert ended(state, values)[-1].stopped == late
    other = store.State("race", {})
    assert run.advance(other, RACE, values, [], "bob").stopped == late, "who shared it is told too"
    monkeypatch.delenv("SADDLEPOINT_JOB_SECONDS")
    audience.renew(state.stopped[0])
    state.stopped = None
    ended(state, values)
    assert run.known(RACE, values) is not None


def test_while_too_many_wait_the_page_waits_too(monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_WORKERS", "1")
    monkeypatch.setattr(jobs, "WAITING", 3)
    running = jobs.submit(examples.steps, **LONG)
    until(lambda: running.state == "running")
    line = [jobs.submit(examples.steps, **LONG) for _ in range(3)]
    going = advanced(store.State("race", {}), RACE.defaults() | {"steps": 30})
    for job in (*line, running):
        job.cancel()
    assert going.ahead == 3 and going.snapshot is None and not going.stopped


@pytest.mark.parametrize("page", ["gan?exp=studio", "diffusion?exp=denoiser"])
def test_a_table_that_is_gone_is_a_sentence(page):
    topic, slug = page.split("?exp=")
    at = open_page(topic, {"exp": slug, "data": "own-0123456789ab"})
    told = sent(at)
    assert "expected a table that is still kept" in told["error"]
