"""Who watches which job: shared, left, abandoned."""

import time
from functools import partial

import pytest

from core import audience, jobs
from tests.jobs import examples
from tests.jobs.test_jobs import LONG, alive, until


@pytest.fixture(autouse=True)
def two_workers(monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_WORKERS", "2")
    monkeypatch.setattr(audience, "LEASE", 1e6)  # a worker may be long in coming
    yield
    for show in audience._shows.values():
        show.job.cancel()
    audience._shows.clear()


def long(seed: int = 0) -> jobs.Job:
    return jobs.submit(examples.steps, **LONG | {"n": 10_000 + seed})


def test_thirty_students_who_want_the_same_cost_one_run():
    watched = {id(audience.watch(f"student {k}", "same", long)): k for k in range(30)}
    assert len(watched) == 1


def test_who_moves_on_ends_what_nobody_else_watches():
    first = audience.watch("ada", 1, long)
    pid = next(first.snapshots()).pid
    second = audience.watch("ada", 2, partial(long, 1))
    assert first.state == "cancelled" and not second.over
    until(lambda: not alive(pid))


def test_a_run_goes_on_while_somebody_watches():
    shared = audience.watch("ada", 1, long)
    assert audience.watch("bob", 1, long) is shared
    audience.leave("ada")
    assert not shared.over
    audience.leave("bob")
    assert shared.state == "cancelled"


def test_fifty_abandoned_jobs_are_gone_when_their_lease_is_over(monkeypatch, figure):
    made = [audience.watch(f"gone {k}", k, partial(long, k)) for k in range(50)]
    until(lambda: sum(job.state == "running" for job in made) == 2)
    first = [next(job.snapshots(), None) for job in made if job.state == "running"]
    monkeypatch.setattr(audience, "LEASE", 1.0)
    began = time.monotonic()
    pids = [snapshot.pid for snapshot in first if snapshot]
    until(lambda: all(job.state == "cancelled" for job in made))
    until(lambda: not any(map(alive, pids)))
    figure("50 abandoned jobs, a lease of 1 s: none left after", time.monotonic() - began, "s")
    assert not audience._shows


def test_who_keeps_looking_keeps_the_run(monkeypatch):
    monkeypatch.setattr(audience, "LEASE", 4.0)
    job = audience.watch("ada", 1, long)
    end = time.monotonic() + 5.5
    while time.monotonic() < end:
        assert audience.watch("ada", 1, long) is job and not job.over
        time.sleep(0.1)


def test_an_end_can_be_seen_for_a_while_then_the_next_gets_a_new_run(monkeypatch):
    short = partial(jobs.submit, examples.steps)
    job = audience.watch("ada", 1, short)
    until(lambda: job.over)
    assert audience.watch("bob", 1, short) is job
    monkeypatch.setattr(audience, "KEPT", 0.0)
    audience.watch("eve", 2, long)  # so that the clock goes on
    until(lambda: 1 not in audience._shows)
    assert audience.watch("bob", 1, short) is not job


def test_all_who_watched_see_how_a_run_failed_until_one_wants_it_again():
    refused = partial(jobs.submit, examples.refuse)
    job = audience.watch("ada", 1, refused)
    audience.renew(1)
    assert audience.watch("bob", 1, long) is job, "one that goes on is not renewed"
    until(lambda: job.over)
    assert audience.watch("ada", 1, long) is job is audience.watch("bob", 1, long)
    audience.renew(1)
    assert audience.watch("ada", 1, long) is not job
