"""Metrics for Prometheus when several processes serve one address: each writes its own, whoever is asked adds them up.

prometheus_client keeps them in files of a folder that an environment variable names before it is imported.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared(workers: int) -> Iterator[None]:
    """For the process that starts the workers: where there are several, their metrics lie in a folder of their own."""
    if workers < 2 or os.environ.get(FOLDER):
        yield
        return
    os.environ[FOLDER] = folder = tempfile.mkdtemp(prefix="fauxface-metrics-")
    try:
        yield
    finally:
        del os.environ[FOLDER]
        shutil.rmtree(folder, ignore_errors=True)


def everybody() -> CollectorRegistry | None:
    """The metrics of all workers; none where there is one."""
    folder = os.environ.get(FOLDER)
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
    except PermissionError:
        pass
    return True


def leave() -> None:
    """A worker ends: what it did still counts, what it holds does not."""
    if os.environ.get(FOLDER):
        mark_process_dead(os.getpid())
