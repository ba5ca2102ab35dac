"""The figures of /metrics, in Prometheus' words. The gateway has them all: what happens to a command passes through it,
and the supervisor leaves word of the processes in the home. So the services behind it expose none of their own.

    deskhand_requests_total{method,route,status}    deskhand_request_seconds{route}
    deskhand_service_calls_total{service,code}      code: "ok", "cancelled", or the error's
    deskhand_stage_seconds{stage}                   classify, plan, node: calls to ToolRAG, planner, executor;
                                                    first_node, whole: from the arrival of the command
    deskhand_nodes_total{tool,status}               how nodes ended, or that they wait for approval
    deskhand_nodes_now{state}                       waiting (for a dependency, an application, a slot), running
    deskhand_runs                                   commands being carried out
    deskhand_service_ready, _restarts_total, _memory_bytes {service}

Nothing that a user said or a tool found is in a label.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_serving.client import Call
from deskhand_serving.middleware import Served
from deskhand_serving.stack import read_state_file
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
STAGES = {"/classify": "classify", "/plan": "plan", "/execute": "node"}


class Metrics:
    """The figures of one gateway. `registry` is its own, so that two in one process do not mix."""

    def __init__(self, home: Path) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "deskhand_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._request_seconds = Histogram(
            "deskhand_request_seconds",
            "From the arrival of a request to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._calls = Counter(
            "deskhand_service_calls", "Calls to the services.", ("service", "code"), registry=self.registry
        )
        self.stages = Histogram(
            "deskhand_stage_seconds",
            "What a command spends its time on.",
            ("stage",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.nodes = Counter(
            "deskhand_nodes", "Nodes that ended, or wait for approval.", ("tool", "status"), registry=self.registry
        )
        self.nodes_now = Gauge("deskhand_nodes_now", "Nodes that are not over.", ("state",), registry=self.registry)
        self.runs = Gauge("deskhand_runs", "Commands being carried out.", registry=self.registry)
        self._ready = Gauge(
            "deskhand_service_ready", "1 when the service is ready.", ("service",), registry=self.registry
        )
        self.registry.register(_Processes(home))
        ProcessCollector(registry=self.registry)

    def served(self, served: Served) -> None:
        self._requests.labels(served.method, served.route, str(served.status)).inc()
        self._request_seconds.labels(served.route).observe(served.seconds)

    def called(self, call: Call) -> None:
        if call.path == "/healthz":
            return
        self._calls.labels(call.service, call.code).inc()
        stage = STAGES.get(call.path)
        if stage and call.code == "ok":
            self.stages.labels(stage).observe(call.seconds)

    def ready(self, service: str, ready: bool) -> None:
        self._ready.labels(service).set(ready)

    def begin_run(self, started_s: float) -> RunFigures:
        """A command is carried out from here to `RunFigures.end`. `started_s` is time.perf_counter() at its arrival."""
        self.runs.inc()
        return RunFigures(self, started_s)


class RunFigures:
    """What one run adds to the figures."""

    def __init__(self, metrics: Metrics, started_s: float) -> None:
        self._metrics = metrics
        self._started_s = started_s
        self._states: dict[int, str] = {}
        self._first = True

    def planned(self, node: int) -> None:
        """A node was parsed."""
        self._enter(node, "waiting")

    def happened(self, update: PlanUpdate) -> None:
        if self._first and update.elapsed_ms is not None:
            self._first = False
            self._metrics.stages.labels("first_node").observe(update.elapsed_ms / 1000)
        if update.status is NodeStatus.DISPATCHED:
            self._enter(update.node, "running")
        elif update.status.final or update.status is NodeStatus.NEEDS_APPROVAL:
            self._metrics.nodes.labels(update.name, update.status.value).inc()
            self._enter(update.node, None)

    def end(self) -> None:
        """Nothing of the run is under way any more. What waits for approval is no longer counted as waiting."""
        self._metrics.runs.dec()
        self._metrics.stages.labels("whole").observe(time.perf_counter() - self._started_s)
        for node in list(self._states):
            self._enter(node, None)

    def _enter(self, node: int, state: str | None) -> None:
        before = self._states.pop(node, None)
        if before is not None:
            self._metrics.nodes_now.labels(before).dec()
        if state is not None:
            self._states[node] = state
            self._metrics.nodes_now.labels(state).inc()


class _Processes(Collector):
    """Memory and restarts of the services, read when they are asked for. Blocks."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def collect(self) -> Iterable[Metric]:
        memory = GaugeMetricFamily(
            "deskhand_service_memory_bytes", "Resident memory of the service's process.", labels=["service"]
        )
        restarts = CounterMetricFamily(
            "deskhand_service_restarts", "How often the supervisor started it again.", labels=["service"]
        )
        own = os.getpid()
        state = read_state_file(self._home)
        if state is None or state.services.get("gateway") is None or state.services["gateway"].pid != own:
            memory.add_metric(["gateway"], psutil.Process(own).memory_info().rss)  # no stack, or not ours
            return memory, restarts
        for name, service in state.services.items():
            restarts.add_metric([name], service.restarts)
            try:
                memory.add_metric([name], psutil.Process(service.pid).memory_info().rss if service.pid else 0)
            except psutil.Error:
                memory.add_metric([name], 0)
        return memory, restarts
