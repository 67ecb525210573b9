"""Counts of the service in Prometheus's text format (version 0.0.4: a HELP and a TYPE line, then the values)."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Final

from modelassay.grading.grader import GraderStatistics

_PREFIX: Final = "assay_grader_"
_BUCKETS: Final = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
)  # seconds


class Metrics:
    """What has been answered, and how long it took. For several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: Counter[float] = Counter()
        self._seconds, self._timed = 0.0, 0

    def answered(self, path: str, status: int, seconds: float) -> None:
        """One more answer. Only answers with verdicts are timed: a refusal says nothing of grading."""
        with self._lock:
            self._requests[path, status] += 1
            if status == 200:
                self._seconds += seconds
                self._timed += 1
                self._buckets.update(edge for edge in _BUCKETS if seconds <= edge)

    def text(self, statistics: GraderStatistics, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Everything as text. gauges: name → what it is, and its value now."""
        with self._lock:
            requests, buckets = dict(self._requests), dict(self._buckets)
            seconds, timed = self._seconds, self._timed
        lines: list[str] = []
        _add(lines, "requests_total", "counter", "Requests answered.",
             [(f'{{path="{path}",status="{status}"}}', n) for (path, status), n in sorted(requests.items())])  # fmt: skip
        _add(lines, "samples_total", "counter", "Verdicts by outcome.",
             [(f'{{outcome="{name}"}}', n) for name, n in sorted(statistics.outcomes.items())])  # fmt: skip
        for name, about, value in (
            ("ungraded_total", "Samples without a verdict, through no fault of theirs.", statistics.ungraded),
            ("executions_total", "Programs run.", statistics.executed),
            ("retries_total", "Runs repeated through a fault of the grader.", statistics.retried),
        ):
            _add(lines, name, "counter", about, [("", value)])
        for name, (about, now) in gauges.items():
            _add(lines, name, "gauge", about, [("", now)])
        edges = [(f'_bucket{{le="{edge:g}"}}', buckets.get(edge, 0)) for edge in _BUCKETS]
        ends = [('_bucket{le="+Inf"}', timed), ("_sum", seconds), ("_count", timed)]
        _add(
            lines, "request_seconds", "histogram", "Wall time of requests that were graded.", [*edges, *ends]
        )
        return "\n".join(lines) + "\n"


def _add(lines: list[str], name: str, kind: str, about: str, values: list[tuple[str, float]]) -> None:
    lines += [f"# HELP {_PREFIX}{name} {about}", f"# TYPE {_PREFIX}{name} {kind}"]
    lines += [
        f"{_PREFIX}{name}{labels} {value:g}"
        if isinstance(value, float)
        else f"{_PREFIX}{name}{labels} {value}"
        for labels, value in values
    ]
