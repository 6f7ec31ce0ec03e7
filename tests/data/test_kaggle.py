"""Kaggle's download: the real kagglehub client talks to a stand-in for Kaggle on the loopback interface."""

from __future__ import annotations

import io
import json
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("kagglehub")

from kagglesdk import kaggle_env
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.data import kaggle
from fauxface.data.samples import Split
from fauxface.errors import DataError
from fauxface.labels import ClassName

SMALL: dict[tuple[Split, ClassName], int] = {
    ("train", "real"): 3,
    ("train", "fake"): 3,
    ("valid", "real"): 1,
    ("valid", "fake"): 1,
    ("test", "real"): 2,
    ("test", "fake"): 2,
}


def archive(counts: dict[tuple[Split, ClassName], int]) -> bytes:
    """A zip file in the layout of the data set; the pictures are empty, for they are only counted."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for (split, label), n in counts.items():
            for i in range(n):
                file.writestr(f"{kaggle.KAGGLE_TREE}/{split}/{label}/{i:05}.jpg", b"")
        file.writestr("train.csv", "")
    return buffer.getvalue()


@dataclass
class StandIn:
    """What the false Kaggle sends, and what it was asked."""

    body: bytes = b""
    status: int = 200
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A server on the loopback interface that kagglehub takes for Kaggle; its cache lies in ``tmp_path``."""
    state = StandIn(archive(SMALL))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.asked.append((self.path, request, self.headers.get("Authorization", "")))
            view = self.path.endswith("/GetDataset")
            body = json.dumps({"currentVersionNumber": 2}).encode() if view else state.body
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json" if view else "application/zip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, endpoint)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLE_API_TOKEN", "a-token-for-the-stand-in")
    for name in ("KAGGLE_API_ENVIRONMENT", "KAGGLE_KERNEL_RUN_TYPE", "http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def test_download_into_the_cache_and_again_from_it(stand_in: StandIn, tmp_path: Path) -> None:
    folder = kaggle.download(expected=SMALL)
    assert folder.is_relative_to(tmp_path / "cache")
    assert kaggle.count(folder) == SMALL
    path, request, token = stand_in.asked[1]
    assert path.endswith("/DownloadDataset")
    assert {"xhlulu", "140k-real-and-fake-faces"} <= set(json.loads(request).values())
    assert token == "Bearer a-token-for-the-stand-in"
    assert kaggle.download(expected=SMALL) == folder
    downloads = [path for path, _, _ in stand_in.asked if path.endswith("/DownloadDataset")]
    assert len(downloads) == 1


def test_download_to_a_folder(stand_in: StandIn, tmp_path: Path) -> None:
    assert kaggle.download(tmp_path / "out", expected=SMALL) == tmp_path / "out"
    assert (tmp_path / "out" / kaggle.KAGGLE_TREE / "test/real/00001.jpg").is_file()
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_is_in_use(stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("keep me")
    with pytest.raises(DataError, match="not empty"):
        kaggle.download(tmp_path / "out", expected=SMALL)
    assert (tmp_path / "out/thesis.txt").read_text() == "keep me"


def test_missing_pictures_are_named(stand_in: StandIn) -> None:
    counts = SMALL.copy()
    counts["valid", "fake"], counts["test", "real"] = 0, 5
    stand_in.body = archive(counts)
    with pytest.raises(DataError) as caught:
        kaggle.download(expected=SMALL)
    assert caught.value.code == "incomplete"
    assert "valid/fake has 0 pictures instead of 1; test/real has 5 pictures instead of 2" in caught.value.message


def test_the_command_counts_against_the_paper(stand_in: StandIn) -> None:
    done = CliRunner().invoke(app, ["data", "download"])
    assert isinstance(done.exception, DataError)
    assert "train/real has 3 pictures instead of 50,000" in done.exception.message


def test_an_empty_folder_lacks_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train/real has 0 pictures instead of 3"):
        kaggle.verify(tmp_path, expected=SMALL)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "needs_credentials"),
        (403, "needs_credentials"),
        (404, "download_failed"),
        (500, "download_failed"),
    ],
)
def test_refusals_say_what_to_do(stand_in: StandIn, status: int, code: str) -> None:
    stand_in.status = status
    with pytest.raises(DataError, match=r"get it by hand: download https://www\.kaggle\.com/datasets/xhlulu") as e:
        kaggle.download(expected=SMALL)
    assert e.value.code == code
    assert "a-token-for-the-stand-in" not in e.value.message
    assert "\n" not in e.value.message


def test_a_damaged_archive(stand_in: StandIn) -> None:
    stand_in.body = b"this is no archive"
    with pytest.raises(DataError, match="by hand") as caught:
        kaggle.download(expected=SMALL)
    assert caught.value.code == "download_failed"


def test_no_home_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kaggle's client looks for its folder while it is imported."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in [name for name in sys.modules if name.split(".")[0] == "kagglehub"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delenv("KAGGLEHUB_CACHE", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(DataError, match="set HOME") as caught:
        kaggle.download(expected=SMALL)
    assert caught.value.code == "download_failed"


def test_no_network(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    # Port 9 of the loopback interface: nobody listens there.
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, "http://127.0.0.1:9")
    with pytest.raises(DataError, match="cannot be reached") as caught:
        kaggle.download(expected=SMALL)
    assert caught.value.code == "download_failed"
