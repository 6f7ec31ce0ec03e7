"""What the benchmarks share: facts of the machine, medians, and results as JSON and Markdown."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
EXAMPLE = ROOT / "examples" / "photo_hopper.jpg"
PACKAGES = ("fauxface", "numpy", "pillow", "onnxruntime", "torch")


def circumstances() -> dict[str, Any]:
    """Date, command, machine, load before the start, and versions."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return float(statistics.median(values))


def child_environment(threads: int | None = None) -> dict[str, str]:
    """This environment with byte code allowed, as users have it, and a number of threads for PyTorch."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept if threads is None else kept | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers stand right."""
    align = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in (head, align, *rows))


def publish(name: str, title: str, facts: dict[str, Any], numbers: dict[str, Any], text: str, out: Path) -> None:
    """Write ``name.json`` and ``name.md`` into ``out``, and print the latter."""
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"circumstances": facts, **numbers}, indent=2) + "\n"
    (out / f"{name}.json").write_text(content, encoding="utf-8")
    versions = ", ".join(f"{p} {facts[p]}" for p in ("python", *PACKAGES) if facts[p])
    machine = f"{facts['date']}, {facts['cores']} cores, {facts['cpu']}, load before {facts['load_before']}; {versions}"
    page = f"# {title}\n\n{text}\n\n`{facts['command']}`  \n{machine}\n"
    (out / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
