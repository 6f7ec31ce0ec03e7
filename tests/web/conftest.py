"""The page with a tiny detector: in this process for most tests, as a server of its own for browsers and kills."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.conftest import tiny_card, tiny_onnx
from tests.web.store.postgres import Server

from fauxface.detector import Detector, FaceMode
from fauxface.web.app import create_app
from fauxface.web.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
        app = create_app(
            settings.model_copy(update=changes), detector=Detector.load(tiny_weights, threads=1, faces=faces)
        )
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    arguments = ["--disable-gpu", "--disable-background-networking"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data") / "page"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("weights")
    model = tiny_onnx()
    (folder / "model.onnx").write_bytes(model)
    (folder / "card.json").write_text(tiny_card(model).to_json())
    limits: dict[str, Any] = {"max_picture_mb": 1, "max_files": 3, "video_frames": 6}
    with serving(folder, data, **limits) as (address, _):
        yield address


@pytest.fixture
def open_page(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """A new page; at the end of the test no error may have been logged and nothing asked of another host."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def make(path: str = "/", *, scripts: bool = True, **options: Any) -> Page:
        wanted: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}} | options
        context = browser.new_context(**wanted)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        if not scripts:  # none of the page's own; axe still runs
            page.route(re.compile(r"\.js(\?|$)"), lambda route: route.abort())
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.on(
            "request", lambda asked: None if asked.url.startswith((url, "data:", "blob:")) else wrong.append(asked.url)
        )
        page.goto(url + path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []
