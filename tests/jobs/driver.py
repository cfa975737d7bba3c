"""What the test of the cluster asks of it, in a process of its own: Ray takes its driver with it.

Prints one JSON object.
"""

import json
import os
import signal
import sys

from core import jobs
from tests.jobs import examples
from tests.jobs.test_jobs import LONG, alive, until


def told(job: jobs.Job) -> str:
    """The sentence a job ends with, or nothing."""
    try:
        list(job.snapshots())
    except (ValueError, jobs.Failed) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def main() -> dict:
    """Run, refuse, cancel, kill, ask."""
    jobs.prepare()
    seen = list(jobs.submit(examples.steps, n=5).snapshots())
    found = {
        "progress": [s.progress for s in seen],
        "x": [s.x.tolist() for s in seen],
        "elsewhere": os.getpid() not in {s.pid for s in seen},
        "refused": told(jobs.submit(examples.refuse, n=7)),
    }
    cancelled = jobs.submit(examples.steps, **LONG)
    pid = next(cancelled.snapshots()).pid
    cancelled.cancel()
    until(lambda: not alive(pid))
    found |= {"cancelled": cancelled.state, "after cancel": len(seen_of(examples.steps))}
    victim = jobs.submit(examples.steps, **LONG)
    other = jobs.submit(examples.steps, n=50, pause=0.02)
    os.kill(next(victim.snapshots()).pid, signal.SIGKILL)
    found |= {"killed": told(victim), "other": len(list(other.snapshots()))}
    until(jobs.answer)
    return found


def seen_of(function) -> list:
    return list(jobs.submit(function).snapshots())


if __name__ == "__main__":
    print(json.dumps(main()))
    sys.stdout.flush()
