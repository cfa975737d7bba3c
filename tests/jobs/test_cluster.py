"""The same jobs on a Ray cluster that the test starts by Ray's ordinary command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import jobs
from deploy.figures import free_port
from tests.house import ROOT
from tests.jobs import examples

pytestmark = pytest.mark.peer
pytest.importorskip("ray")


# on a busy machine workers of the lowest claim would starve, and Ray would take them for dead
PATIENT = {
    "RAY_worker_niceness": "0",
    "RAY_worker_register_timeout_seconds": "900",
    "RAY_health_check_initial_delay_ms": "60000",
    "RAY_health_check_timeout_ms": "60000",
    "RAY_health_check_failure_threshold": "20",
    "RAY_USAGE_STATS_ENABLED": "0",
}


@pytest.fixture
def cluster():
    command, port = str(Path(sys.executable).with_name("ray")), free_port()
    env = os.environ | PATIENT | {"PYTHONPATH": str(ROOT)}
    options = [f"--port={port}", "--num-cpus=2", "--include-dashboard=false"]
    limits = ["--object-store-memory=100000000", "--disable-usage-stats"]
    subprocess.run([command, "start", "--head", *options, *limits], env=env, check=True)
    yield env | {"RAY_ADDRESS": f"127.0.0.1:{port}", "SADDLEPOINT_WORKERS": "2"}
    subprocess.run([command, "stop", "--force"], env=env, check=True)


def test_jobs_run_are_refused_cancelled_and_killed_on_the_cluster_as_here(cluster):
    driver = [sys.executable, "-m", "tests.jobs.driver"]
    done = subprocess.run(driver, env=cluster, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    here = list(examples.steps(5))
    assert found == {
        "progress": [s.progress for s in here],
        "x": [s.x.tolist() for s in here],
        "elsewhere": True,
        "refused": "ValueError: expected n in [2, 5], got 7",
        "cancelled": "cancelled",
        "after cancel": 3,
        "killed": f"Failed: {jobs.LOST}",
        "other": 50,
    }
