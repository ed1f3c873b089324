"""What the server counts and times of itself, for Prometheus.

Counting happens on every request, so it is plain additions to plain lists, on one thread; the text that
Prometheus reads is made only when it asks. Labels come from tables of routes, never from what callers send,
so that no caller can make the series grow.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

METRICS_MEDIA = "text/plain; version=0.0.4; charset=utf-8"

LATENCY_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram: from a read of one row to what a client gives up on."""

STATUS_CLASSES = ("", "1xx", "2xx", "3xx", "4xx", "5xx")
NOWHERE = "(none)"
"""The route of requests that matched none."""


class RouteFigures:
    """What is counted of one method on one route."""

    __slots__ = ("_buckets", "_seconds", "_statuses", "dialect", "method", "route")

    def __init__(self, dialect: str, method: str, route: str) -> None:
        self.dialect = dialect
        self.method = method
        self.route = route
        self._statuses = [0] * len(STATUS_CLASSES)
        self._buckets = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self._seconds = 0.0

    def count(self, status: int, seconds: float) -> None:
        """Count an answer and the time that it took."""
        self._statuses[status // 100] += 1
        self._buckets[bisect_left(LATENCY_BOUNDS_S, seconds)] += 1
        self._seconds += seconds

    def statuses(self) -> Iterator[tuple[str, int]]:
        """Yield each status class that was ever answered, with how often."""
        return ((name, count) for name, count in zip(STATUS_CLASSES, self._statuses, strict=True) if count)

    def histogram(self) -> tuple[list[tuple[str, float]], float]:
        """Return cumulated buckets and the sum of seconds."""
        cumulated, total = [], 0
        for bound, count in zip((*map(str, LATENCY_BOUNDS_S), "+Inf"), self._buckets, strict=True):
            total += count
            cumulated.append((bound, float(total)))
        return cumulated, self._seconds


class Telemetry(Collector):
    """Every figure of the process."""

    def __init__(self) -> None:
        self._figures: dict[tuple[str, str, str], RouteFigures] = {}
        self._counters: list[tuple[str, str, Callable[[], float]]] = []
        self._gauges: list[tuple[str, str, Callable[[], float]]] = []
        self._registry = CollectorRegistry()
        self._registry.register(self)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)

    def route(self, dialect: str, method: str, route: str) -> RouteFigures:
        """Return the figures of a method on a route; the same ones whenever asked."""
        figures = self._figures.get((dialect, method, route))
        if figures is None:
            figures = self._figures[dialect, method, route] = RouteFigures(dialect, method, route)
        return figures

    def gauge(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Show a figure that is read when Prometheus asks."""
        self._gauges.append((name, description, read))

    def counter(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Show a figure that only grows; its name gets ``_total``."""
        self._counters.append((name, description, read))

    def exposition(self) -> bytes:
        """Write everything as Prometheus reads it."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """Yield the families of figures (Prometheus' collector protocol)."""
        labels = ("dialect", "route", "method")
        requests = CounterMetricFamily("scorehouse_requests", "Requests answered.", labels=(*labels, "status"))
        seconds = HistogramMetricFamily(
            "scorehouse_request_seconds", "Time from the first byte seen to the answer sent.", labels=labels
        )
        for figures in self._figures.values():
            of = (figures.dialect, figures.route, figures.method)
            answered = list(figures.statuses())
            for status, count in answered:
                requests.add_metric((*of, status), count)
            if answered:
                buckets, total = figures.histogram()
                seconds.add_metric(of, buckets, total)
        yield requests
        yield seconds
        for name, description, read in self._counters:
            yield CounterMetricFamily(name, description, read())
        for name, description, read in self._gauges:
            yield GaugeMetricFamily(name, description, read())
