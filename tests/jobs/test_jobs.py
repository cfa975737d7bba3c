"""Jobs in real worker processes: what arrives, what is refused, what a kill leaves alive."""

import os
import signal
import time
from collections.abc import Callable

import pytest
import torch

from core import jobs, sheets
from core.experiments.landscapes.race import race
from tests.jobs import examples

LONG = {"n": 10_000, "pause": 0.02}


@pytest.fixture(autouse=True)
def two_workers(monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_WORKERS", "2")


@pytest.fixture
def started():
    """Jobs of a test, cancelled behind it."""
    made: list[jobs.Job] = []
    yield made
    for job in made:
        job.cancel()


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that must come, however slow the machine is."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_the_snapshots_are_those_of_the_function_itself():
    settings = {"kappa": 30.0, "steps": 50, "nine": False}
    job = jobs.submit(race, **settings)
    there, here = list(job.snapshots()), list(race(**settings))
    assert [s.progress for s in there] == [0.2, 0.4, 0.6, 0.8, 1.0]
    for one, other in zip(there, here, strict=True):
        assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))
    assert job.state == "done" and job.over and job.count == 5
    assert job.newest()[0] == 5 and torch.equal(job.newest()[1].x, here[-1].x)
    assert next(job.snapshots()).progress == 0.2, "they can be read again"


def test_a_worker_has_torch_with_one_thread_the_lowest_claim_and_no_app():
    (found,) = jobs.submit(examples.surroundings).snapshots()
    assert found["threads"] == 1 and found["nice"] == 15
    assert found["parent"] != os.getpid(), "it was forked from a process full of threads"
    assert not found["app"] and not found["main"], "it ran the main program again"


def test_each_job_has_a_process_of_its_own():
    pids = {s.pid for _ in range(2) for s in jobs.submit(examples.steps).snapshots()}
    assert len(pids) == 2 and os.getpid() not in pids
    until(lambda: not any(map(alive, pids)))


def test_what_the_function_refuses_is_refused_here():
    job = jobs.submit(examples.refuse, n=7)
    with pytest.raises(ValueError, match=r"expected n in \[2, 5\], got 7"):
        list(job.snapshots())
    assert job.state == "failed" and job.count == 1


def test_what_breaks_is_one_sentence_and_a_line_in_the_log(caplog):
    with pytest.raises(jobs.Failed, match="has been written down"):
        list(jobs.submit(examples.breaks).snapshots())
    assert "KeyError: 'nothing'" in caplog.text


@pytest.mark.parametrize("function", [lambda: iter(()), "".join, until(lambda: True), 7])
def test_only_what_can_be_imported_is_submitted(function):
    with pytest.raises(ValueError, match="expected function to be importable"):
        jobs.submit(function)


def test_only_plain_values_travel():
    with pytest.raises(ValueError, match="expected n to be a number, a text or a bool"):
        jobs.submit(examples.steps, n=torch.tensor(3))


def test_a_table_of_a_student_travels_without_a_folder(monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_FILES", "")
    name = sheets.add(b"left;right\n" + b"1;2\n" * 12)
    assert list(jobs.submit(examples.table, name=name).snapshots()) == [("left", "right")]


def test_cancel_ends_the_process(started):
    started.append(job := jobs.submit(examples.steps, **LONG))
    pid = next(job.snapshots()).pid
    job.cancel()
    assert job.state == "cancelled" and job.error is None
    until(lambda: not alive(pid))
    seen = [s.progress for s in job.snapshots()]
    assert seen == [k / LONG["n"] for k in range(1, len(seen) + 1)], "what came stays, in order"


def test_a_killed_worker_costs_its_own_job_only(started, figure):
    started += [jobs.submit(examples.steps, **LONG), jobs.submit(examples.steps, n=30, pause=0.02)]
    victim, other = started
    os.kill(next(victim.snapshots()).pid, signal.SIGKILL)
    began = time.monotonic()
    with pytest.raises(jobs.Failed, match="its process ended before the result was there"):
        list(victim.snapshots())
    figure("a training's process is killed: said after", time.monotonic() - began, "s")
    assert [round(s.progress * 30) for s in other.snapshots()] == [*range(1, 31)]
    assert len(list(jobs.submit(examples.steps).snapshots())) == 3, "and the next one runs"


def test_a_job_out_of_time_is_ended_with_a_sentence(monkeypatch, started):
    monkeypatch.setenv("SADDLEPOINT_JOB_SECONDS", "0.5")
    started.append(job := jobs.submit(examples.steps, **LONG))
    with pytest.raises(jobs.Failed, match=r"longer than one may take here \(0\.5 s\)"):
        list(job.snapshots())


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no limit on this system")
def test_a_job_out_of_memory_is_ended_with_a_sentence(monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_JOB_MB", "300")
    job = jobs.submit(examples.eats)
    with pytest.raises(jobs.Failed, match=r"more memory than one may take here \(300 MB\)"):
        list(job.snapshots())
    assert 0 < job.count < 7, "50 MB at a time"


def test_the_line_is_served_in_order_and_says_how_long_it_is(started):
    started += [jobs.submit(examples.steps, **LONG) for _ in range(2)]
    until(lambda: all(job.state == "running" for job in started))
    line = [jobs.submit(examples.steps, n=2) for _ in range(3)]
    started += line
    assert [job.ahead for job in line] == [0, 1, 2]
    assert {job.state for job in line} == {"queued"}
    line[0].cancel()
    assert [job.ahead for job in line[1:]] == [0, 1]
    started[0].cancel()
    assert [len(list(job.snapshots())) for job in line] == [0, 2, 2]
    assert line[1].began < line[2].began and line[0].began is None


def test_the_line_has_an_end(monkeypatch, started):
    monkeypatch.setattr(jobs, "WAITING", 3)
    started += [jobs.submit(examples.steps, **LONG) for _ in range(2)]
    until(lambda: all(job.state == "running" for job in started))
    started += [jobs.submit(examples.steps) for _ in range(3)]
    with pytest.raises(jobs.Full, match="3 computations wait already"):
        jobs.submit(examples.steps)


def test_who_falls_far_behind_misses_the_oldest(monkeypatch):
    monkeypatch.setattr(jobs, "HELD", 20_000)
    job = jobs.submit(examples.weights, n=12, size=1000)  # 4 kB each
    until(lambda: job.over)
    assert [float(x[0]) for x in job.snapshots()] == [8.0, 9.0, 10.0, 11.0]


def test_two_readers_get_every_snapshot_each():
    job = jobs.submit(examples.steps, n=20)
    one, other = job.snapshots(), job.snapshots()
    both = [(a.progress, b.progress) for a, b in zip(one, other, strict=True)]
    assert both == [(k / 20, k / 20) for k in range(1, 21)]
