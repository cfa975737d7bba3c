"""The metrics of all processes on one address, each figure with the number of its process."""

import socket
from collections.abc import Iterator
from urllib.request import urlopen

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

PATIENCE = 5.0  # seconds


def free_port() -> int:
    """A port of this host that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Figures(Collector):
    """What the processes tell, and how often each has been started."""

    def __init__(self, processes: int):
        self.ports = [free_port() for _ in range(processes)]
        self.registry = CollectorRegistry()
        self.registry.register(self)
        told = {"labelnames": ["what"], "registry": self.registry}
        self._up = Gauge("saddlepoint_up", "Whether a process answers", **told)
        self._deaths = Counter("saddlepoint_deaths", "Ends that nobody asked for", **told)
        for name in ("nginx", *(f"app-{number}" for number in range(processes))):
            self._deaths.labels(name)
        ProcessCollector(namespace="saddlepoint_supervisor", registry=self.registry)

    def opened(self, name: str) -> None:
        self._up.labels(name).set(1)

    def died(self, name: str) -> None:
        self._up.labels(name).set(0)
        self._deaths.labels(name).inc()

    def describe(self) -> list[Metric]:
        """Nothing yet: no process runs when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures of every process that answers."""
        merged: dict[str, Metric] = {}
        for number, port in enumerate(self.ports):
            try:
                with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as reply:
                    families = list(text_string_to_metric_families(reply.read().decode()))
            except OSError:
                continue
            for family in families:
                whole = merged.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labels = sample.labels | {"process": str(number)}
                    whole.samples.append(sample._replace(labels=labels))
        yield from merged.values()
