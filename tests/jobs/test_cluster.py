"""The same jobs on a Ray cluster that the test starts by Ray's ordinary command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core import jobs
from tests.browser.harness import free_port
from tests.house import ROOT
from tests.jobs import examples
from tests.jobs.test_jobs import LONG, alive, until

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("ray")]
ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    command = str(Path(sys.executable).with_name("ray"))
    port, folder = free_port(), tmp_path_factory.mktemp("ray")
    env = os.environ | {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
    env["RAY_TMPDIR"] = "/tmp" if len(str(folder)) > 40 else str(folder)  # sockets have short names
    options = [
        f"--port={port}",
        "--num-cpus=2",
        "--include-dashboard=false",
        "--disable-usage-stats",
    ]
    memory = ["--object-store-memory=100000000"]
    subprocess.run([command, "start", "--head", *options, *memory], env=env, check=True)
    os.environ["RAY_ADDRESS"] = f"127.0.0.1:{port}"
    yield
    del os.environ["RAY_ADDRESS"]
    ray.shutdown()
    subprocess.run([command, "stop", "--force"], env=env, check=True)


@pytest.fixture(autouse=True)
def two_workers(monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_WORKERS", "2")


@pytest.mark.usefixtures("cluster")
def test_a_run_on_the_cluster_is_the_run_here():
    seen = list(jobs.submit(examples.steps, n=5).snapshots())
    assert [s.progress for s in seen] == [s.progress for s in examples.steps(5)]
    assert os.getpid() not in {s.pid for s in seen}
    with pytest.raises(ValueError, match=r"expected n in \[2, 5\], got 7"):
        list(jobs.submit(examples.refuse, n=7).snapshots())


@pytest.mark.usefixtures("cluster")
def test_cancel_ends_the_work_on_the_cluster():
    job = jobs.submit(examples.steps, **LONG)
    pid = next(job.snapshots()).pid
    job.cancel()
    assert job.state == "cancelled"
    until(lambda: not alive(pid))
    assert len(list(jobs.submit(examples.steps).snapshots())) == 3


@pytest.mark.usefixtures("cluster")
def test_a_killed_worker_of_the_cluster_costs_its_own_job_only():
    victim, other = (
        jobs.submit(examples.steps, **LONG),
        jobs.submit(examples.steps, n=50, pause=0.02),
    )
    os.kill(next(victim.snapshots()).pid, signal.SIGKILL)
    with pytest.raises(jobs.Failed, match="its process ended before the result was there"):
        list(victim.snapshots())
    assert len(list(other.snapshots())) == 50
