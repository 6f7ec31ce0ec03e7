"""Downloading one large file over https, so that a download that broke off goes on where it stopped."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from email.message import Message
from pathlib import Path
from typing import IO, Any, Final

from fauxface.errors import WeightsError

Show = Callable[[str, int | None, str], AbstractContextManager[Callable[[int], Any]]]
"""Shows progress: called with a title, how many pieces there will be, and their unit, as ``terminal.progress``."""

_CHUNK: Final = 1 << 20
_SILENCE: Final = 30.0  # seconds without a byte until a connection counts as broken
_BROKEN = (OSError, http.client.HTTPException, ValueError)  # ValueError: an address that is none


class Broken(Exception):
    """The file could not be had, or not all of it; what is there already is kept."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, schemes: tuple[str, ...]) -> None:
        self.schemes = schemes

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        try:
            _check_scheme(newurl, self.schemes)
        except Broken:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str, part: Path, *, limit: int, exact: bool, show: Show, plain_http: bool = False) -> None:
    """Complete the file ``part``; its contents are not verified here.

    What is there already is kept only if the server says that the file is still the same: its ETag, or else its date,
    is kept in ``part.etag``.

    Args:
        limit: bytes that the file may have; ``exact``: it must have just as many.
        show: shows progress in MiB.
        plain_http: allow http (tests).

    Raises:
        Broken: not all of it came; call again to go on.
        WeightsError: weights_too_large, weights_damaged (the server's file has another size than ``limit``),
            cannot_write.
    """
    schemes = ("https", "http") if plain_http else ("https",)
    _check_scheme(url, schemes)
    with _answer(url, part, schemes) as (response, start):
        length = response.headers.get("Content-Length")
        total = start + int(length) if length is not None and length.isdigit() else None
        _check_size(url, part, total, limit, exact)
        left = None if total is None else -(-(total - start) // _CHUNK)
        with show(f"downloading {part.name.removesuffix('.part')}", left, "MiB") as advance:
            got = _copy(response, part, start, limit, url, advance)
    if total is not None and got < total:
        raise Broken(f"the connection broke after {got:,} of {total:,} bytes")
    _check_size(url, part, got, limit, exact)


@contextmanager
def _answer(url: str, part: Path, schemes: tuple[str, ...]) -> Iterator[tuple[http.client.HTTPResponse, int]]:
    """The server's answer, and at which byte of the file it begins."""
    start, validator = _begun(url, part)
    response = _ask(url, schemes, start, validator)
    if start and not _continues(response, start, validator):
        if response.status != 200:
            response.close()
            response = _ask(url, schemes, 0, "")
        start = 0
    with response:
        if response.status not in (200, 206):
            raise Broken(f"the server answered {response.status} {response.reason}")
        if start == 0:
            _begin(url, part, response.headers)
        yield response, start


def _ask(url: str, schemes: tuple[str, ...], start: int, validator: str) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": "fauxface"})
    if start:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", validator)
    try:
        return urllib.request.build_opener(_Redirects(schemes)).open(request, timeout=_SILENCE)
    except urllib.error.HTTPError as e:
        if start and e.code == 416:  # we have as much as there is, or more: not a part of this file
            e.close()
            return _ask(url, schemes, 0, "")
        e.close()
        raise Broken(f"the server answered {e.code} {e.reason}") from e
    except urllib.error.URLError as e:
        raise Broken(f"no connection: {e.reason}") from e
    except _BROKEN as e:
        raise Broken(f"no connection: {e}") from e


def _continues(response: http.client.HTTPResponse, start: int, validator: str) -> bool:
    """Whether an answer is the rest of the file that was begun, and not of one that took its place."""
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    same = _validator(response.headers) in ("", validator)
    return response.status == 206 and found is not None and int(found[1]) == start and same


def _begun(url: str, part: Path) -> tuple[int, str]:
    """How many bytes are there already and what told the file's version apart; (0, "") to start again."""
    try:
        kept_url, _, validator = _note(part).read_text(encoding="utf-8").partition("\n")
        size = part.stat().st_size
    except (OSError, ValueError):  # nothing to go on with: start again
        return 0, ""
    return (size, validator) if kept_url == url and validator and size else (0, "")


def _begin(url: str, part: Path, headers: Message) -> None:
    try:
        part.write_bytes(b"")
        _note(part).write_text(f"{url}\n{_validator(headers)}", encoding="utf-8")
    except OSError as e:
        raise WeightsError(f"{part}: cannot be written ({e.strerror})", code="cannot_write") from e


def _copy(
    response: http.client.HTTPResponse, part: Path, start: int, limit: int, url: str, advance: Callable[[int], Any]
) -> int:
    """Append an answer to a file; returns the file's size then."""
    size = start
    try:
        out = part.open("ab", buffering=0)
    except OSError as e:
        raise WeightsError(f"{part}: cannot be written ({e.strerror})", code="cannot_write") from e
    with out:
        while True:
            try:
                chunk = response.read(_CHUNK)
            except _BROKEN as e:
                raise Broken(f"the connection broke after {size:,} bytes ({e})") from e
            if not chunk:
                return size
            size += len(chunk)
            if size > limit:
                _too_large(url, part, limit)
            try:
                out.write(chunk)
            except OSError as e:
                raise WeightsError(f"{part}: cannot be written ({e.strerror})", code="cannot_write") from e
            advance(1)


def _check_size(url: str, part: Path, total: int | None, limit: int, exact: bool) -> None:
    if total is not None and total > limit and not exact:
        _too_large(url, part, limit)
    if exact and total is not None and total != limit:
        discard(part)
        raise WeightsError(
            f"{url}: holds {total:,} bytes, but the published file has {limit:,}: it was changed; nothing was kept",
            code="weights_damaged",
        )


def _too_large(url: str, part: Path, limit: int) -> None:
    discard(part)
    raise WeightsError(f"{url}: larger than {limit:,} bytes; nothing was kept", code="weights_too_large")


def discard(part: Path) -> None:
    """Remove what was downloaded, and the note about it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def finish(part: Path, path: Path) -> None:
    """Move a complete download to its name in one step."""
    part.replace(path)
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _validator(headers: Message) -> str:
    """What If-Range takes: a strong ETag, else the date; "" if the server names neither."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified", "")


def _check_scheme(url: str, schemes: tuple[str, ...]) -> None:
    if url.partition(":")[0].lower() not in schemes:
        raise Broken(f"refused {url!r}: only https is downloaded")
