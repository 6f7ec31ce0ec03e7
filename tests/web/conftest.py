"""The page with a tiny detector: in this process for most tests, as a server of its own for browsers and kills."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.web.store.postgres import Server

from fauxface.detector import Detector, FaceMode
from fauxface.web.app import create_app
from fauxface.web.settings import Settings

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def picture(level: int = 10, *, size: int = 64, kind: str = "JPEG") -> bytes:
    """A flat picture; the tiny detector calls dark ones fake and bright ones real."""
    file = io.BytesIO()
    Image.fromarray(np.full((size, size, 3), level, dtype=np.uint8)).save(file, kind)
    return file.getvalue()


DARK, MIDDLE, BRIGHT = picture(10), picture(127), picture(245)


def files(*pictures: bytes, name: str = "face.jpg") -> list[tuple[str, tuple[str, bytes]]]:
    """As httpx takes files of a form."""
    return [("files", (f"{i}-{name}", data)) for i, data in enumerate(pictures)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", weights="unused", max_picture_mb=1, max_files=4, max_megapixels=1)


@pytest.fixture
def make_client(tiny_weights: Path, settings: Settings) -> Iterator[Callable[..., TestClient]]:
    """A client of the page; keywords change settings."""
    clients: list[TestClient] = []

    def make(*, faces: FaceMode = "off", **changes: Any) -> TestClient:
        app = create_app(settings.model_copy(update=changes), detector=Detector(tiny_weights, threads=1, faces=faces))
        client = TestClient(app, raise_server_exceptions=False)
        client.__enter__()
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def serving(
    weights: Path | str, data: Path, *options: str, host: str = "127.0.0.1", **settings: Any
) -> Iterator[tuple[str, Any]]:
    """`fauxface serve` as a process of its own: its address (``host`` is where ``options`` let it listen), and it."""
    port = free_port()
    more = {f"FAUXFACE_{k.upper()}": str(v) for k, v in settings.items()}
    command = [sys.executable, "-m", "fauxface.cli.main", "serve", "--port", str(port), "--weights", str(weights)]
    command += ["--data-dir", str(data), "--threads", "1", *options]
    log = data.with_suffix(".log")
    with log.open("wb") as said:
        process = subprocess.Popen(command, stderr=said, env=os.environ | more | {"OMP_NUM_THREADS": "1"})
        url = f"http://{host}:{port}"
        try:
            deadline = time.monotonic() + 90
            while True:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                try:
                    if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield url, process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, one for each worker of pytest-xdist."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database of each kind; None is the SQLite file that one gets without saying anything."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


def two_faces() -> bytes:
    """Our two photographs side by side, as a JPEG."""
    both = Image.new("RGB", (1024, 512))
    for i, name in enumerate(("photo_hopper.jpg", "photo_collins.jpg")):
        with Image.open(EXAMPLES / name) as photo:
            both.paste(photo.convert("RGB").resize((512, 512)), (512 * i, 0))
    file = io.BytesIO()
    both.save(file, "JPEG", quality=90)
    return file.getvalue()
