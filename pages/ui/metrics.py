"""What an operator sees of a process: figures for Prometheus, on an address that is not public.

SADDLEPOINT_METRICS is that address, such as 127.0.0.1:9100; without it none is opened.
"""

import logging
import os

from prometheus_client import Gauge, Histogram, disable_created_metrics, start_http_server
from streamlit import runtime

from core import jobs

log = logging.getLogger("saddlepoint")

SETTING = "SADDLEPOINT_METRICS"
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)

disable_created_metrics()
RERUN = Histogram(
    "saddlepoint_rerun_seconds",
    "Runs of a whole page, and of its stage (within a page, or alone after a commit)",
    ["part"],
    buckets=SECONDS,
)
PICTURE = Histogram(
    "saddlepoint_picture_seconds",
    "Requests for a picture while a finger drags, by the status of the answer",
    ["status"],
    buckets=SECONDS,
)


def sessions() -> int:
    """Pages that are open."""
    if not runtime.exists():
        return 0
    found = runtime.get_instance().stats_mgr.get_stats(["active_sessions"])
    return sum(stat.value for stat in found.get("active_sessions", ()))


Gauge("saddlepoint_sessions", "Pages that are open").set_function(sessions)
_jobs = Gauge("saddlepoint_jobs", "Long computations", ["state"])
_jobs.labels("running").set_function(lambda: jobs.counts()[0])
_jobs.labels("queued").set_function(lambda: jobs.counts()[1])


def publish() -> None:
    """Open the address, where one is set."""
    host, _, port = os.environ.get(SETTING, "").rpartition(":")
    if port:
        try:
            start_http_server(int(port), host or "127.0.0.1")
        except (OSError, ValueError) as error:
            log.warning("no metrics on %s: %s", os.environ[SETTING], error)
