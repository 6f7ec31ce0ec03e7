"""What goes through the pipe from the decoding process: a line of JSON each, after some of them raw bytes.

Lines: ``{"clip": {...}}`` once, when the clip is known; ``{"frame": {...}}`` followed by width × height × 3 bytes, for
each frame; then ``{"end": {...}}``. In place of any of them ``{"error": {"code", "detail"}}``. None of it is trusted.
"""

from __future__ import annotations

import json
from typing import IO, Any, Final

LONGEST_LINE: Final = 8192
LONGEST_SIDE: Final = 1280
"""Frames are scaled down to this many pixels on their longer side."""
CODES: Final = frozenset({"unsupported_format", "no_video_stream", "broken_video", "video_too_long", "too_many_pixels"})
"""Errors that the decoding process may report; it finds the others no earlier than its parent."""


class WireError(Exception):
    """What came through the pipe is not what may come; or nothing did (then the message is empty)."""


def write(pipe: IO[bytes], kind: str, body: dict[str, Any], data: bytes = b"") -> None:
    """Send one message and, after it, raw bytes."""
    pipe.write(json.dumps({kind: body}).encode("ascii") + b"\n" + data)
    pipe.flush()


def read(pipe: IO[bytes]) -> tuple[str, dict[str, Any]]:
    """The next message: its kind and its body.

    Raises:
        WireError: the pipe ended, or no message came that this understands.
    """
    line = pipe.readline(LONGEST_LINE)
    if not line:
        raise WireError
    try:
        message = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError) as e:
        raise WireError("no JSON") from e
    if isinstance(message, dict) and len(message) == 1:
        ((kind, body),) = message.items()
        if kind in ("clip", "frame", "end", "error") and isinstance(body, dict):
            return kind, body
    raise WireError("no message")


def pixels(pipe: IO[bytes], width: int, height: int) -> bytes:
    """The raw bytes of a frame.

    Raises:
        WireError: the pipe ended early.
    """
    data = pipe.read(width * height * 3)
    if len(data) != width * height * 3:
        raise WireError
    return data


def number(body: dict[str, Any], key: str, most: float) -> float:
    """A number from 0 to ``most``.

    Raises:
        WireError: it is none.
    """
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise WireError(f"a wrong {key}")
    return value


def whole(body: dict[str, Any], key: str, most: int) -> int:
    """A whole number from 1 to ``most``.

    Raises:
        WireError: it is none.
    """
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise WireError(f"a wrong {key}")
    return value


def texts(body: dict[str, Any], key: str) -> tuple[str, ...]:
    """At most eight short texts, unprintable signs escaped.

    Raises:
        WireError: they are none.
    """
    value = body.get(key)
    if not isinstance(value, list) or len(value) > 8 or not all(isinstance(one, str) for one in value):
        raise WireError(f"wrong {key}")
    return tuple(plain(one) for one in value)


def plain(text: str) -> str:
    """At most 200 signs of a text that may quote hostile bytes, unprintable ones escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:200])[:300]
