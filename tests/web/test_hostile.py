"""Everything from outside is hostile: the server answers as documented, stays up, and stays small."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from tests.video.clips import write_clip
from tests.web.conftest import BRIGHT, DARK, files, serving

from fauxface.web.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
SLOW = 3.0
MANY = b"GET /static/page.css HTTP/1.1\r\nHost: x\r\n\r\n" * 100


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.conftest import tiny_card, tiny_onnx

    folder = tmp_path_factory.mktemp("weights")
    data = tiny_onnx()
    (folder / "model.onnx").write_bytes(data)
    (folder / "card.json").write_text(tiny_card(data).to_json())
    return folder


@pytest.fixture(scope="module")
def server(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, psutil.Process]]:
    limits = {"max_picture_mb": 2, "header_seconds": SLOW, "idle_seconds": SLOW, "body_seconds": 8, "max_clients": 64}
    with serving(weights, tmp_path_factory.mktemp("data") / "page", **limits) as (url, process):
        yield url, psutil.Process(process.pid)


def alive(url: str) -> bool:
    told = httpx.post(f"{url}/api/v1/predict", files=files(DARK), timeout=60).json()
    return told["verdicts"][0]["label"] == "fake"


def raw(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def whole_answer(s: socket.socket) -> bytes:
    """All that comes until the server hangs up; nothing where it hung up on the client."""
    try:
        return b"".join(iter(lambda: s.recv(1 << 16), b""))
    except ConnectionError:
        return b""


def bomb() -> bytes:
    """A PNG of 19,000 × 19,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 19_000, 19_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 5_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_hostile_pictures_get_their_errors_and_the_server_stays_small(server: tuple[str, psutil.Process]) -> None:
    url, process = server
    assert alive(url)
    before = process.memory_info().rss
    polyglot = DARK + b"PK\x03\x04<script>alert(1)</script>"
    wanted = {
        "bomb.png": (bomb(), "too_many_pixels"),
        "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_an_image"),
        "page.jpg": (b"<!doctype html><script>alert(1)</script>", "not_an_image"),
        "zip.jpg": (b"PK\x03\x04" + b"\0" * 1000, "unsupported_format"),
        "cut.jpg": (DARK[:300], "truncated_image"),
        "both.jpg": (polyglot, None),
        "noise.jpg": (b"\xff\xd8\xff" + os.urandom(5000), "broken_image"),
    }
    told = httpx.post(
        f"{url}/api/v1/predict", files=[("files", (name, data)) for name, (data, _) in wanted.items()], timeout=60
    ).json()
    for (name, (_, code)), verdict in zip(wanted.items(), told["verdicts"], strict=True):
        said = verdict["error"]["code"] if verdict["error"] else None
        assert said == code or (name == "noise.jpg" and said in ("broken_image", "truncated_image", "not_an_image"))
    assert process.memory_info().rss < before + (200 << 20)
    assert alive(url)


def test_bodies_that_lie_are_too_large_or_never_end(server: tuple[str, psutil.Process]) -> None:
    url, process = server
    before = process.memory_info().rss
    told = httpx.post(f"{url}/theme", data={"theme": "a" * (3 << 20)})
    assert (told.status_code, told.json()["code"]) == (413, "too_large")

    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
        for _ in range(64):
            yield b"a" * (1 << 20)

    try:
        told = httpx.post(
            f"{url}/api/v1/explain", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
        )
        assert told.status_code == 413
    except httpx.TransportError:
        pass  # noqa: RUF100 - hanging up on somebody who goes on sending is an answer too
    assert process.memory_info().rss < before + (100 << 20)
    assert alive(url)


def test_slow_senders_are_hung_up_on(server: tuple[str, psutil.Process]) -> None:
    url, _ = server
    sockets = [raw(url) for _ in range(40)]
    for s in sockets:
        s.sendall(b"POST /api/v1/predict HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    assert alive(url), "others are served meanwhile"
    started = time.monotonic()
    for s in sockets:
        s.settimeout(30)
        assert s.recv(1) == b"", "closed without an answer"
        s.close()
    assert time.monotonic() - started < 20
    with raw(url) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = s.recv(10_000)
        while b"}" not in answer:
            answer += s.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 200")
        s.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        started = time.monotonic()
        s.settimeout(30)
        assert s.recv(1) == b"", "also on a connection that was used before"
        assert time.monotonic() - started < 20
    with raw(url) as s:
        s.sendall(b"POST /api/v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n")
        s.sendall(b"Content-Length: 5000\r\n\r\n--x\r\n")
        answer = s.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 408"), answer[:60]
    assert alive(url)


def test_who_never_reads_is_cut_off(server: tuple[str, psutil.Process]) -> None:
    url, process = server
    port = urlsplit(url).port

    def open_ends() -> int:
        return sum(c.laddr.port == port and c.status != psutil.CONN_LISTEN for c in process.net_connections("tcp"))

    before = open_ends()
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", port or 0))
        s.sendall(MANY * 8)
        deadline = time.monotonic() + 60
        while open_ends() == before:
            assert time.monotonic() < deadline
        log = Path(process.cmdline()[process.cmdline().index("--data-dir") + 1]).with_suffix(".log")
        while open_ends() > before:  # the client keeps its end open and reads nothing
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert "Traceback" not in log.read_text()
    assert alive(url)


def test_who_asks_without_end_is_cut_off(server: tuple[str, psutil.Process]) -> None:
    url, process = server
    before = process.memory_info().rss
    sent = 0
    with raw(url) as s, suppress(OSError):  # ends with a reset, or when the server would have taken it all
        while sent < 64 << 20:
            sent += s.send(MANY)
    assert sent < 64 << 20
    assert process.memory_info().rss < before + (32 << 20)
    assert alive(url)


def test_requests_that_are_none(server: tuple[str, psutil.Process]) -> None:
    url, _ = server
    for rubbish in (
        b"\0" * 1000,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 100_000,
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ):
        with raw(url) as s:
            with suppress(ConnectionError):
                s.sendall(rubbish)
                s.shutdown(socket.SHUT_WR)
            if answer := whole_answer(s):
                assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505")), answer[:80]
                assert b"content-security-policy: default-src 'none'" in answer.lower(), answer
                assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"], answer
    assert alive(url)


def test_another_version_of_http_is_refused(server: tuple[str, psutil.Process]) -> None:
    url, _ = server
    with raw(url) as s:  # the client's end stays open, so an answer there is
        s.sendall(b"GET / HTTP/9.9\r\n\r\n")
        answer = whole_answer(s)
    assert answer.startswith(b"HTTP/1.1 505"), answer[:80]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "http_version"


def test_a_crowd_is_answered_or_asked_to_come_back(weights: Path, tmp_path: Path) -> None:
    with serving(weights, tmp_path / "page", max_clients=64) as (url, process):
        crowd(url, psutil.Process(process.pid))


def crowd(url: str, process: psutil.Process) -> None:
    """A thousand requests at once; who is asked to come back does, until 64 are answered.

    How many are answered at once depends on the machine: a server that gets little of it gives up waiting sooner.
    """
    assert alive(url)
    before = process.memory_info().rss
    parts, request = urlsplit(url), httpx.Request("POST", f"{url}/api/v1/predict", files=files(BRIGHT))
    body, headers = request.read(), dict(request.headers)

    def ask(_: int) -> tuple[int, str | None]:
        # Each with a connection of its own: one kept alive may be closed by the server just when it is used again.
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        try:
            connection.request("POST", request.url.path, body=body, headers=headers)
            told = connection.getresponse()
            told.read()
            return told.status, told.getheader("retry-after")
        finally:
            connection.close()

    answered, until = 0, time.monotonic() + 120
    with ThreadPoolExecutor(1000) as pool:
        answers = list(pool.map(ask, range(1000)))
        while True:
            assert {code for code, _ in answers} <= {200, 503}
            back = [float(after or 0) for code, after in answers if code == 503]
            assert all(back), "who is refused is told when to come back"
            served = len(answers) - len(back)
            assert served, "somebody is answered each time"
            answered += served
            if answered >= 64:
                break
            assert time.monotonic() < until, "who comes back is refused for ever"
            time.sleep(max(back))
            answers = list(pool.map(ask, range(len(back))))
    assert process.memory_info().rss < before + (150 << 20)
    assert alive(url)


def test_a_crowd_with_large_uploads_does_not_fill_the_memory(weights: Path, tmp_path: Path) -> None:
    limits: dict[str, Any] = {"max_picture_mb": 8, "max_files": 4, "uploads_mb": 64}
    large = DARK + bytes((8 << 20) - len(DARK))
    with serving(weights, tmp_path / "page", **limits) as (url, server), ThreadPoolExecutor(16) as pool:
        assert alive(url)
        process = psutil.Process(server.pid)
        before = most = process.memory_info().rss
        together = threading.Barrier(12)

        def ask(_: int) -> int:
            body = httpx.Request("POST", url, files=files(large, large, large, large))
            content = body.read()

            def sent() -> Iterator[bytes]:  # everybody has sent nearly everything before anybody is done
                yield content[:-4]
                together.wait(60)
                yield content[-4:]

            return httpx.post(f"{url}/api/v1/predict", content=sent(), headers=body.headers, timeout=60).status_code

        asking = [pool.submit(ask, i) for i in range(12)]
        while not all(one.done() for one in asking):
            most = max(most, process.memory_info().rss)
            time.sleep(0.02)
        answers = [one.result() for one in asking]
        assert set(answers) == {200, 503}, "whoever came first is served, whoever finds no room is told"
        assert most < before + (2 * 64 + 64 << 20), f"{(most - before) >> 20} MB more"
        assert alive(url)


def test_metrics_are_those_of_all_workers(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(weights, tmp_path / "page", "--workers", "2") as (url, process):
        with ThreadPoolExecutor(4) as pool:  # each its own connection, so that both workers get some
            ask = lambda _: httpx.post(f"{url}/api/v1/predict", files=files(DARK), timeout=60)  # noqa: E731
            judged = sum(answer.status_code == 200 for answer in pool.map(ask, range(40)))
        told = {httpx.get(f"{url}/metrics").text for _ in range(10)}
        lines = {line for text in told for line in text.splitlines() if line.startswith("fauxface_pictures_total")}
        assert lines == {f'fauxface_pictures_total{{label="fake"}} {float(judged)}'}
        assert judged > 0
        worker = next(child for child in psutil.Process(process.pid).children() if len(child.threads()) > 3)
        (metrics,) = tmp_path.glob("fauxface-metrics-*")
        assert list(metrics.glob(f"gauge_livesum_{worker.pid}.db"))
        worker.kill()
        worker.wait(30)
        deadline = time.monotonic() + 60
        while list(metrics.glob(f"gauge_livesum_{worker.pid}.db")):  # what it held is gone with it
            assert time.monotonic() < deadline
            assert httpx.get(f"{url}/metrics", timeout=60).status_code == 200
            time.sleep(0.1)
        assert lines <= set(httpx.get(f"{url}/metrics").text.splitlines()), "what it did still counts"
    assert not list(tmp_path.glob("fauxface-metrics-*"))


def test_the_log_tells_nothing_of_visitors(server: tuple[str, psutil.Process]) -> None:
    url, process = server
    httpx.post(f"{url}/api/v1/predict", files=[("files", ("secret-name.jpg", DARK))], timeout=60)
    file = Path(process.cmdline()[process.cmdline().index("--data-dir") + 1]).with_suffix(".log")
    patience = time.monotonic() + 20
    # The line is written when the answer has been sent.
    while '"/api/v1/predict"' not in (log := file.read_text()) and time.monotonic() < patience:
        time.sleep(0.05)
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert any(line.get("route") == "/api/v1/predict" for line in lines)
    assert "secret-name" not in log
    assert "127.0.0.1" not in "".join(line for line in log.splitlines() if line.startswith("{"))


def test_a_stop_finishes_what_was_accepted(weights: Path, tmp_path: Path) -> None:
    with serving(weights, tmp_path / "page") as (url, process):
        answers: list[int] = []

        def ask() -> None:
            for _ in range(200):
                try:
                    answers.append(httpx.post(f"{url}/api/v1/predict", files=files(DARK), timeout=30).status_code)
                except httpx.TransportError:  # nobody listens any more, or nobody came to the door
                    return

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(answers) < 8:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(60)
        assert process.wait(30) in (0, -signal.SIGTERM)
    assert set(answers) <= {200, 503}


def test_a_clip_outlives_a_restart_of_the_server(weights: Path, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", seconds=4)
    with serving(weights, tmp_path / "page", video_frames=40) as (url, process):
        job = httpx.post(f"{url}/api/v1/videos", files={"file": ("a.mp4", clip.read_bytes())}, timeout=60).json()
        assert job["state"] == "queued"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)
    with serving(weights, tmp_path / "page") as (url, _):
        job = httpx.get(f"{url}/api/v1/jobs/{job['id']}", timeout=60).json()
    assert job["state"] == "done", job["error"]
    assert job["done"] == len(job["frames"]) > 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kill_under_load_loses_no_feedback_that_was_acknowledged(
    weights: Path, tmp_path: Path, database: str | None, workers: int
) -> None:
    data = tmp_path / "page"
    options = ["--workers", str(workers)] + (["--database", database] if database else [])
    acknowledged: set[str] = set()
    with serving(weights, data, *options) as (url, process):
        receipt = httpx.post(f"{url}/api/v1/predict", files=files(DARK), timeout=60).json()["files"][0]["receipt"]

        def say() -> None:
            while True:
                try:
                    told = httpx.post(
                        f"{url}/api/v1/feedback",
                        data={"receipt": receipt, "says": "real", "keep": "true"},
                        files={"file": ("a.jpg", io.BytesIO(DARK))},
                        timeout=30,
                    )
                except httpx.TransportError:
                    return
                if told.status_code == 201:
                    acknowledged.add(told.json()["id"])

        threads = [threading.Thread(target=say) for _ in range(4)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while len(acknowledged) < 20:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for victim in (*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)):
            victim.kill()
        for thread in threads:
            thread.join(60)
    store = Store.open(database, data)
    assert acknowledged <= {row["id"] for row in store.feedback()}
    (kept,) = store.kept()
    assert kept.path.read_bytes() == DARK
    store.close()
