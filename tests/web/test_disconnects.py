"""Visitors who hang up, and visitors who do not read: nobody works for the first, or waits for the second."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from tests.video.clips import write_clip
from tests.web.conftest import DARK, files

from fauxface.web.edge.guard import Guard

PATIENCE = 30


class Visitor:
    """Sends one request to the application and hangs up when told to."""

    def __init__(self, path: str, field: str, *pictures: tuple[str, bytes]) -> None:
        request = httpx.Request("POST", f"http://test{path}", files=[(field, picture) for picture in pictures])
        self.body, self.hangs_up, self.sent = request.read(), asyncio.Event(), list[Any]()
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        self.scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode()}
        self.scope |= {"query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "server": ("test", 80)}
        self.scope |= {"scheme": "http", "root_path": "", "asgi": {"version": "3.0"}}

    async def receive(self) -> dict[str, Any]:
        if self.body is not None:
            body, self.body = self.body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.hangs_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("path", "field"), [("/api/v1/predict", "files"), ("/api/v1/explain", "file"), ("/result", "files")]
)
def test_who_hangs_up_gives_the_place_in_the_queue_back(
    make_client: Callable[..., TestClient], path: str, field: str
) -> None:
    client = make_client(queue_size=1, batch_size=1)
    engine = client.app.app.app.app.state.engine  # type: ignore[attr-defined]
    gate = threading.Event()
    running = engine.run(lambda _: gate.wait(PATIENCE))

    async def come_and_go() -> Visitor:
        await until(running.running)
        visitor = Visitor(path, field, ("a.jpg", DARK))
        asking = asyncio.create_task(client.app(visitor.scope, visitor.receive, visitor.send))  # type: ignore[arg-type]
        await until(lambda: len(engine._works) == 1)
        assert client.post("/api/v1/predict", files=files(DARK)).status_code == 503, "the one place is taken"
        visitor.hangs_up.set()
        await asyncio.wait_for(asking, PATIENCE)
        return visitor

    visitor = asyncio.run(come_and_go())
    assert visitor.sent[0]["status"] == 499
    engine.need_room()
    gate.set()
    assert client.post("/api/v1/predict", files=files(DARK)).status_code == 200
    assert 'status="499"' in client.get("/metrics").text


def test_a_clip_whose_sender_hung_up_is_not_judged(client: TestClient, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4").read_bytes()

    async def come_and_go() -> None:
        visitor = Visitor("/api/v1/videos", "file", ("clip.mp4", clip))
        visitor.hangs_up.set()
        await asyncio.wait_for(client.app(visitor.scope, visitor.receive, visitor.send), PATIENCE)  # type: ignore[arg-type]

    asyncio.run(come_and_go())
    (folder,) = (path for path in (tmp_path / "data" / "jobs").iterdir() if path.is_dir())
    state = client.get(f"/api/v1/jobs/{folder.name}")
    while state.json()["state"] == "running":
        time.sleep(0.05)
        state = client.get(f"/api/v1/jobs/{folder.name}")
    assert state.json()["state"] == "cancelled"


def test_who_does_not_read_gives_the_place_among_visitors_back() -> None:
    async def answers(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def never_reads(message: Any) -> None:
        await asyncio.Event().wait()

    guard = Guard(answers, max_clients=1, send_seconds=0.2, registry=CollectorRegistry())
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(TimeoutError):
        asyncio.run(guard(scope, answers, never_reads))  # type: ignore[arg-type]
    assert guard.under_way == 0
