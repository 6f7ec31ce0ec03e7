"""What was acknowledged is there: after kill -9, and with many writers at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fauxface.web.store import NotFoundError, Store

TALK = """
import io, json, os, sys
from pathlib import Path
from PIL import Image
from fauxface.web.store import Store
store = Store.open(sys.argv[1] or None, Path(sys.argv[2]))
verdict, number = json.loads(sys.argv[3]), 0
while True:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (os.getpid() & 255, number >> 8, number & 255)).save(out, "PNG")
    picture = out.getvalue() if number % 2 else None
    name = store.add_feedback(says="fake", how=f"number {number}", verdict=verdict, picture=picture)
    number += 1
    print(name, flush=True)
"""


def test_kill_9(url: str | None, verdict: dict[str, Any], tmp_path: Path) -> None:
    """Three processes talk to one database and die in the middle of it, one after the other."""
    command = [sys.executable, "-c", TALK, url or "", str(tmp_path), json.dumps(verdict)]
    logs = [tmp_path / f"log {i}" for i in range(3)]
    processes = []
    for log in logs:
        with log.open("w") as out:
            processes.append(subprocess.Popen(command, stdout=out))
    for process, log, enough in zip(processes, logs, (10, 25, 40), strict=True):
        deadline = time.monotonic() + 120
        while log.read_text().count("\n") < enough:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    for process in processes:
        assert process.wait(30) == -signal.SIGKILL
    acknowledged = {line.strip() for log in logs for line in log.read_text().splitlines(keepends=True) if "\n" in line}
    assert len(acknowledged) >= 75
    store = Store.open(url, tmp_path)
    rows = {row["id"]: row for row in store.feedback()}
    kept = {one.sha256: one.path for one in store.kept()}
    store.close()
    assert acknowledged <= set(rows)
    assert len(rows) <= len(acknowledged) + 3  # what was under way when they died
    assert {row["sha256"] for row in rows.values()} - {None} == set(kept)
    assert len(kept) >= 30
    for sha256, path in kept.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_eight_threads(store: Store, verdict: dict[str, Any], picture: Callable[[int], bytes], tmp_path: Path) -> None:
    """All methods at once; the same pictures come from several threads."""

    def visit(thread: int) -> None:
        key = store.add_key(f"thread {thread}")
        for i in range(12):
            store.add_feedback(says="fake", how=f"{thread} {i}", verdict=verdict, picture=picture(i))
            store.add_feedback(says="real", how=f"{thread} {i}", verdict=verdict)
            made = store.share({"thread": thread}, lasts=dt.timedelta(seconds=-1 if i % 3 else 60))
            assert (store.shared(made.id) is None) == bool(i % 3)
            assert store.find_key(key) is not None
            store.ping()
            if i % 4 == 0:
                store.review(hashlib.sha256(picture(i)).hexdigest(), "fake", reviewer=str(thread))
            if i % 3 == 0:
                assert store.unshare(made.id, made.delete_token)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(visit, thread) for thread in range(8)]:
            done.result()
    assert store.count()["feedback"] == 8 * 12 * 2
    kept = store.kept()
    assert {one.sha256 for one in kept} == {hashlib.sha256(picture(i)).hexdigest() for i in range(12)}
    assert all(len(one.says) == 8 for one in kept)
    files = [p for p in (tmp_path / "page/pictures").rglob("*") if p.is_file()]
    assert sorted(files) == sorted(one.path for one in kept)
    assert [one.state for one in kept].count("fake") == 3


def test_a_picture_that_comes_back_while_it_is_deleted(
    store: Store, verdict: dict[str, Any], picture: Callable[[int], bytes]
) -> None:
    """Whatever comes first: there is never a row without its file."""
    data = picture(5)
    sha256 = hashlib.sha256(data).hexdigest()
    stop = threading.Event()

    def delete() -> None:
        while not stop.is_set():
            try:
                store.forget(sha256)
            except NotFoundError:
                time.sleep(0)

    with ThreadPoolExecutor(4) as pool:
        deleting = pool.submit(delete)
        adding = [
            pool.submit(
                lambda: [store.add_feedback(says="fake", how="", verdict=verdict, picture=data) for _ in range(40)]
            )
            for _ in range(3)
        ]
        try:
            for one in adding:
                one.result()
        finally:
            stop.set()
        deleting.result()
    assert all(kept.path.is_file() for kept in store.kept())
