"""Weights come whole or not at all, from a real server on this machine that can be made to misbehave."""

from __future__ import annotations

import hashlib
import io
import logging
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest

from fauxface.errors import WeightsError
from fauxface.weights import download, fetch
from fauxface.weights.remote import RemoteFile

BODY = bytes(range(256)) * 12_000  # 3 MB: several pieces


@dataclass
class Site:
    """A server of one file, and how it behaves."""

    body: bytes = BODY
    etag: str | None = '"first"'
    ranges: bool = True
    cut: int | None = None
    length: bool = True
    slow: float = 0.0
    status: int = 200
    location: str = ""
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/model.safetensors"


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            site.asked.append(wanted)
            if site.location:
                self.send_response(302)
                self.send_header("Location", site.location)
                self.end_headers()
                return
            if site.status != 200:
                self.send_error(site.status)
                return
            start = 0
            if site.ranges and wanted and self.headers.get("If-Range") == site.etag:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(site.body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(site.body) - 1}/{len(site.body)}")
            if site.etag:
                self.send_header("ETag", site.etag)
            if site.length:
                self.send_header("Content-Length", str(len(site.body) - start))
            self.end_headers()
            self._send(site.body[start:])

        def _send(self, rest: bytes) -> None:
            rest = rest[: site.cut]
            for i in range(0, len(rest), 1 << 18):
                try:
                    self.wfile.write(rest[i : i + (1 << 18)])
                except OSError:  # the client was killed, or has seen enough
                    return
                time.sleep(site.slow)

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    return Handler


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def remote(site: Site, *, body: bytes = BODY, pinned: bool = True) -> RemoteFile:
    size, digest = (len(body), hashlib.sha256(body).hexdigest()) if pinned else (None, None)
    return RemoteFile("model.safetensors", site.url, "none", size, digest)


def get(file: RemoteFile, cache: Path, **options: Any) -> Path:
    return fetch.fetch(file, cache=cache, _plain_http=True, **options)


def refused(code: str, call: Callable[[], object]) -> str:
    with pytest.raises(WeightsError) as caught:
        call()
    assert caught.value.code == code
    return caught.value.message


def left(cache: Path) -> set[str]:
    return {p.name for p in cache.iterdir()} - {"model.safetensors.lock"}


def test_a_whole_download_then_the_cache(site: Site, tmp_path: Path) -> None:
    pieces: list[int] = []
    titles: list[tuple[str, int | None, str]] = []

    @contextmanager
    def show(title: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        titles.append((title, total, unit))
        yield pieces.append

    path = get(remote(site), tmp_path / "deep" / "cache", show=show)
    assert path.read_bytes() == BODY
    assert titles == [("downloading model.safetensors", 3, "MiB")]
    assert sum(pieces) == 3
    assert get(remote(site), path.parent) == path
    assert site.asked == [""], "the second time it comes from the cache"
    assert left(path.parent) == {"model.safetensors"}


def _in_a_process(file: RemoteFile, cache: Path) -> None:
    get(file, cache)


def test_a_killed_download_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.slow = 0.05
    process = multiprocessing.get_context("fork").Process(target=_in_a_process, args=(remote(site), tmp_path))
    process.start()
    part = tmp_path / "model.safetensors.part"
    waited = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size) and time.monotonic() < waited:
        time.sleep(0.005)
    process.kill()
    process.join()
    have = part.stat().st_size
    assert 0 < have < len(BODY)
    assert get(remote(site), tmp_path).read_bytes() == BODY
    assert site.asked == ["", f"bytes={have}-"]
    assert left(tmp_path) == {"model.safetensors"}


def broken_half_way(site: Site, tmp_path: Path) -> int:
    site.cut = 2_000_000
    message = refused("weights_unavailable", lambda: get(remote(site), tmp_path))
    assert "2,000,000 of 3,072,000" in message
    assert not (tmp_path / "model.safetensors").exists()
    site.cut = None
    return (tmp_path / "model.safetensors.part").stat().st_size


def test_a_connection_that_breaks_leaves_the_part(site: Site, tmp_path: Path) -> None:
    assert broken_half_way(site, tmp_path) == 2_000_000
    assert get(remote(site), tmp_path).read_bytes() == BODY
    assert site.asked == ["", "bytes=2000000-"]


def test_a_server_without_ranges_starts_again(site: Site, tmp_path: Path) -> None:
    broken_half_way(site, tmp_path)
    site.ranges = False
    assert get(remote(site), tmp_path).read_bytes() == BODY


def test_a_changed_file_is_not_glued_to_the_old_one(site: Site, tmp_path: Path) -> None:
    broken_half_way(site, tmp_path)
    site.body, site.etag = bytes(reversed(BODY)), '"second"'
    assert get(remote(site, body=site.body), tmp_path).read_bytes() == site.body


def test_without_a_validator_nothing_is_glued(site: Site, tmp_path: Path) -> None:
    site.etag = None
    broken_half_way(site, tmp_path)
    site.body = bytes(reversed(BODY))
    assert get(remote(site, body=site.body), tmp_path).read_bytes() == site.body
    assert site.asked == ["", ""]


def test_a_part_longer_than_the_file_starts_again(site: Site, tmp_path: Path) -> None:
    broken_half_way(site, tmp_path)
    (tmp_path / "model.safetensors.part").write_bytes(BODY + b"too much")
    assert get(remote(site), tmp_path).read_bytes() == BODY


def test_a_wrong_hash_is_refused_and_our_download_removed(site: Site, tmp_path: Path) -> None:
    wanted = remote(site)
    site.body = bytes(reversed(BODY))
    message = refused("weights_damaged", lambda: get(wanted, tmp_path))
    assert str(wanted.sha256) in message
    assert hashlib.sha256(site.body).hexdigest() in message
    assert left(tmp_path) == set()


@pytest.mark.parametrize("length", [True, False], ids=["said", "unsaid"])
@pytest.mark.parametrize("change", [b"", BODY + b"more"], ids=["shorter", "longer"])
def test_a_wrong_size_is_refused(site: Site, tmp_path: Path, change: bytes, length: bool) -> None:
    site.body, site.length = change or BODY[:-5], length
    with pytest.raises(WeightsError) as caught:
        get(remote(site), tmp_path)
    assert caught.value.code in ("weights_damaged", "weights_too_large")
    assert left(tmp_path) == set()


def test_a_file_without_end_is_cut_off(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LARGEST", 1_000_000)
    for site.length in (True, False):
        refused("weights_too_large", lambda: get(remote(site, pinned=False), tmp_path))
        assert left(tmp_path) == set()


def test_the_first_file_decides_where_no_hash_is_known(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = remote(site, pinned=False)
    with caplog.at_level(logging.WARNING, logger="fauxface"):
        path = get(file, tmp_path)
        assert get(file, tmp_path) == path
    assert len(caplog.records) == 1, "it warns once"
    digest = hashlib.sha256(BODY).hexdigest()
    assert digest in caplog.text
    assert (tmp_path / "model.safetensors.sha256").read_text() == f"{digest}  model.safetensors\n"
    path.unlink()
    site.body = bytes(reversed(BODY))
    assert digest in refused("weights_damaged", lambda: get(file, tmp_path))
    assert not path.exists()
    site.body = BODY
    assert get(file, tmp_path).read_bytes() == BODY


def test_a_damaged_note_of_the_first_hash_is_no_licence(site: Site, tmp_path: Path) -> None:
    file = remote(site, pinned=False)
    get(file, tmp_path)
    (tmp_path / "model.safetensors.sha256").write_text("anything goes\n")
    refused("weights_damaged", lambda: get(file, tmp_path))


@pytest.mark.parametrize("pinned", [True, False])
def test_a_cached_file_is_verified_before_every_use_and_never_deleted(site: Site, tmp_path: Path, pinned: bool) -> None:
    path = get(remote(site, pinned=pinned), tmp_path)
    path.write_bytes(bytes(reversed(BODY)))
    message = refused("weights_damaged", lambda: get(remote(site, pinned=pinned), tmp_path))
    assert hashlib.sha256(BODY).hexdigest() in message
    path.write_bytes(BODY[:100])
    refused("weights_damaged", lambda: get(remote(site, pinned=pinned), tmp_path))
    assert path.read_bytes() == BODY[:100]
    assert len(site.asked) == 1


def test_a_file_put_into_the_cache_by_hand_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(BODY)
    assert get(remote(Site(port=9)), tmp_path).read_bytes() == BODY


def test_no_network_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as free:  # bound but not listening: nobody answers there
        free.bind(("127.0.0.1", 0))
        site = Site(port=free.getsockname()[1])
        message = refused("weights_unavailable", lambda: get(remote(site), tmp_path))
    for hint in (
        site.url,
        str(tmp_path / "model.safetensors"),
        "--pretrained PATH (train, crossval)",
        "--scratch (train",
    ):
        assert hint in message


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_server_that_refuses_is_named(site: Site, tmp_path: Path, status: int) -> None:
    site.status = status
    assert str(status) in refused("weights_unavailable", lambda: get(remote(site), tmp_path))


@pytest.mark.parametrize("scheme", ["file", "ftp"])
def test_only_https_is_downloaded(site: Site, tmp_path: Path, scheme: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(BODY)
    url = secret.as_uri().replace("file", scheme, 1)
    file = RemoteFile("copy", url, "none")
    assert "only https" in refused("weights_unavailable", lambda: fetch.fetch(remote(site), cache=tmp_path))
    assert "only https" in refused("weights_unavailable", lambda: get(file, tmp_path))
    assert site.asked == []
    site.location = url
    assert scheme in refused("weights_unavailable", lambda: get(remote(site), tmp_path))
    assert not (tmp_path / "model.safetensors").exists()


def test_https_may_not_lead_to_http() -> None:
    redirects = download._Redirects(("https",))
    answer = io.BytesIO()
    with pytest.raises(download.Broken, match="only https"):
        redirects.redirect_request(Request("https://a.example"), answer, 302, "", {}, "http://a.example")
    assert answer.closed


def test_two_processes_do_not_write_to_one_download(site: Site, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / "model.safetensors.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused("weights_busy", lambda: get(remote(site), tmp_path))
    assert get(remote(site), tmp_path).read_bytes() == BODY


def test_a_cache_that_cannot_be_written(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused("cannot_write", lambda: get(remote(site), tmp_path / "file"))


def test_verifying_a_file_given_by_hand(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "mine.bin"
    path.write_bytes(BODY)
    fetch.verify(path, remote(site))
    fetch.verify(path, remote(site, pinned=False))
    path.write_bytes(bytes(reversed(BODY)))
    message = refused("weights_damaged", lambda: fetch.verify(path, remote(site)))
    assert str(remote(site).sha256) in message
    path.write_bytes(BODY[:-1])
    refused("weights_damaged", lambda: fetch.verify(path, remote(site)))
    refused("weights_not_found", lambda: fetch.verify(tmp_path / "none", remote(site)))
    refused("weights_not_found", lambda: fetch.verify(tmp_path, remote(site)))
    refused("weights_not_found", lambda: fetch.verify(Path("a\0b"), remote(site)))
    os.mkfifo(tmp_path / "pipe")
    refused("weights_not_found", lambda: fetch.verify(tmp_path / "pipe", remote(site)))


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FAUXFACE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert fetch.cache_folder() == tmp_path / ".cache" / "fauxface"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert fetch.cache_folder() == tmp_path / "x" / "fauxface"
    monkeypatch.setenv("FAUXFACE_CACHE", "~/mine")
    assert fetch.cache_folder() == tmp_path / "mine"


def test_the_default_cache_is_used(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FAUXFACE_CACHE", str(tmp_path))
    assert fetch.fetch(remote(site), _plain_http=True) == tmp_path / "weights" / "model.safetensors"


def test_without_a_home_folder_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pwd = pytest.importorskip("pwd", reason="only where homes are looked up so")

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    for name in ("FAUXFACE_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(WeightsError, match="FAUXFACE_CACHE") as caught:
        fetch.cache_folder()
    assert caught.value.code == "cannot_write"


@pytest.mark.parametrize("home", ["", "relative"])
def test_a_home_that_is_no_folder_is_not_the_root_folder(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAUXFACE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", home)
    with pytest.raises(WeightsError, match="FAUXFACE_CACHE"):
        fetch.cache_folder()
