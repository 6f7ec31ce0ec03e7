"""Running the application: uvicorn, its log of one JSON line a request, and the metrics of all its processes.

Where several processes serve one address each writes its own metrics, and whoever is asked adds them up.
prometheus_client keeps them in files of a folder that an environment variable names before it is imported.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from fauxface.web.edge.guard import PatientProtocol
from fauxface.web.settings import Settings

METRICS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, and the facts of a request; never what a visitor sent."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        "fauxface.web": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "uvicorn.error": {"level": "WARNING"},
    },
}


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until a signal comes; then take nothing new and finish what was accepted."""
    # Workers are processes that read the settings again, from the environment.
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            os.environ[f"FAUXFACE_{name.upper()}"] = str(value)
    with shared_metrics(workers):
        uvicorn.run(
            "fauxface.web.app:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=PatientProtocol,
            ws="none",
            log_config=LOGGING,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trust_proxy),
            forwarded_allow_ips=settings.trust_proxy or None,
            timeout_graceful_shutdown=settings.drain_seconds,
            h11_max_incomplete_event_size=32 << 10,
            backlog=256,
        )


@contextmanager
def shared_metrics(workers: int) -> Iterator[None]:
    """For the process that starts the workers: where there are several, their metrics lie in a folder of their own."""
    if workers < 2 or os.environ.get(METRICS_FOLDER):
        yield
        return
    os.environ[METRICS_FOLDER] = folder = tempfile.mkdtemp(prefix="fauxface-metrics-")
    try:
        yield
    finally:
        del os.environ[METRICS_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)


def metrics_of_all() -> CollectorRegistry | None:
    """The metrics of all workers; none where there is one."""
    folder = os.environ.get(METRICS_FOLDER)
    if not folder:
        return None
    for name in {path.stem.rpartition("_")[2] for path in Path(folder).glob("gauge_live*.db")}:
        if not _lives(int(name)):  # it was killed and could not say so
            mark_process_dead(name)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


def _lives(process: int) -> bool:
    if sys.platform == "win32":  # where asking is killing
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def leave_metrics() -> None:
    """A worker ends: what it did still counts, what it holds does not."""
    if os.environ.get(METRICS_FOLDER):
        mark_process_dead(os.getpid())
