"""Runs the benchmark: a table on standard error, the same as JSON on standard output and in build/bench.json. Exit
status 1 when a request of the load failed, or got what belongs to another; times are only told."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deskhand_cli.testing import running_stack
from rich.console import Console
from rich.table import Table

from .measure import Asker, Times, latencies, load, memory, spread
from .paint import first_paint
from .sentences import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
STARTS = 3
WARM_UP = 3
STREAMS = 32
LOAD_S = 60.0
ENVIRONMENT = {"DESKHAND_EXECUTOR_OPEN_FILES": "false", "DESKHAND_EXECUTOR_MEETING_PROVIDER": "jitsi"}
WAYS = {
    "planner": "planner alone, all tools",
    "toolrag_and_planner": "ToolRAG, then planner, called directly",
    "gateway_plan": "through the gateway (deskhand-plan)",
    "gateway_run": "carried out (deskhand)",
}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as folder:
        home = Path(folder)
        subprocess.run([sys.executable, "-m", "deskhand_executor.sample", str(home)], check=True)
        start_s = [start_once(home) for _ in range(STARTS - 1)]
        begun = time.perf_counter()
        with running_stack(home, environment=ENVIRONMENT) as stack:
            start_s.append(time.perf_counter() - begun)
            asker = Asker(stack)
            for sentence in SENTENCES[:WARM_UP]:
                asker.gateway_run(sentence)
            measured = dict(latencies(asker, SENTENCES))
            asker.close()
            sizes = memory(stack)
            console = first_paint(stack.state.base_url.removesuffix("/v1"), stack.api_key)
            under_load = load(stack, STREAMS, LOAD_S)
    report = {
        "machine": machine(),
        "start_s": {"each": [round(value, 2) for value in start_s], "median": round(statistics.median(start_s), 2)},
        **summary(measured),
        "memory_mib": sizes,
        "console": console,
        "load": under_load,
    }
    show(report)
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, indent=1) + "\n")
    sys.stdout.write(json.dumps(report) + "\n")
    return 1 if under_load["errors"] or under_load["mixed"] else 0


def start_once(home: Path) -> float:
    """Seconds from the command to its word that it is ready."""
    begun = time.perf_counter()
    with running_stack(home, environment=ENVIRONMENT):
        return time.perf_counter() - begun


def summary(measured: dict[str, dict[str, tuple[float | None, float]]]) -> dict[str, Any]:
    """The spreads of each way, and what the gateway adds to a plan, sentence by sentence."""
    ways = {name: Times() for name in WAYS}
    for timed in measured.values():
        for name, (first, whole) in timed.items():
            ways[name].add(first, whole)

    def added(base: str) -> dict[str, Any]:
        pairs = [(timed["gateway_plan"][1], timed[base][1]) for timed in measured.values()]
        return {
            "whole_ms": spread([through - direct for through, direct in pairs]),
            "ratio": spread([through / direct for through, direct in pairs]),
        }

    return {
        "latency": {name: times.summary() for name, times in ways.items()},
        "gateway_adds": {"to_toolrag_and_planner": added("toolrag_and_planner"), "to_planner": added("planner")},
    }


def machine() -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "commit": commit.stdout.strip() or None,
        "uncommitted_changes": bool(changed.stdout.strip()),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def show(report: dict[str, Any]) -> None:
    console = Console(stderr=True, highlight=False)
    about = report["machine"]
    changed = " with uncommitted changes" if about["uncommitted_changes"] else ""
    console.print(
        f"{about['cpu']}, {about['cores']} cores, load {about['load_1min']}, commit {about['commit']}{changed}"
    )
    console.print(f"Ready after {report['start_s']['median']} s (median of {len(report['start_s']['each'])} starts)")
    table = Table("ms", "first node p50", "p95", "whole p50", "p95", title=f"{len(SENTENCES)} sentences")
    for name, title in WAYS.items():
        first, whole = report["latency"][name]["first_node_ms"], report["latency"][name]["whole_ms"]
        table.add_row(title, *(f"{value:.1f}" for value in (first["p50"], first["p95"], whole["p50"], whole["p95"])))
    console.print(table)
    adds = report["gateway_adds"]["to_toolrag_and_planner"]
    console.print(
        f"The gateway adds {adds['whole_ms']['p50']} ms (p95 {adds['whole_ms']['p95']}) to a plan, "
        f"ratio {adds['ratio']['p50']}"
    )
    page = report["console"]
    if page is None:
        console.print("The console's first paint was not measured: make console-test installs a browser")
    else:
        console.print(
            f"The console's first paint p50 {page['first_paint_ms']['p50']} ms, p95 {page['first_paint_ms']['p95']}; "
            f"{page['kb']} kB, {page['blocking_files']} files before it; a page of one word p50 "
            f"{page['one_word_ms']['p50']} ms, ratio {page['first_paint_ms']['p50'] / page['one_word_ms']['p50']:.2f}"
        )
    streams = report["load"]
    console.print(
        f"{streams['streams']} streams for {streams['seconds']:g} s: {streams['requests']} sentences, "
        f"p50 {streams['whole_ms']['p50']} ms, p95 {streams['whole_ms']['p95']} ms; {streams['errors']} errors, "
        f"{streams['mixed']} mixed; {streams['each'][0]} to {streams['each'][1]} a stream; "
        f"{streams['grown_mib']} MiB grown"
    )
    table = Table("MiB", "RSS", "PSS")
    for name, size in report["memory_mib"].items():
        table.add_row(name, str(size["rss_mib"]), str(size["pss_mib"]))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
