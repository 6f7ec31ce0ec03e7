"""Text out of a stranger's file, made safe to print, to store and to show."""

from __future__ import annotations

from typing import Final

from fauxface.images.files import printable

MOST: Final = 120
"""Characters of a value that are shown."""


def clean(text: str, most: int = MOST) -> str:
    """One printable line: white space becomes one space, control characters and turned writing become escapes.

    Args:
        text: of any length; only its beginning is looked at.
        most: characters at most; a longer text ends with "…".
    """
    line = printable(" ".join(text[: most * 4].split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def decoded(raw: bytes) -> str:
    """Bytes as text up to the first NUL: UTF-8, else Latin-1."""
    raw = raw.partition(b"\0")[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def utf16(raw: bytes, *, big: bool) -> str:
    """UTF-16 as text, in the byte order that gives Latin letters, else the one that is named.

    Programs disagree on the order of a `UserComment`, and the file's own order is often not the text's.

    Args:
        raw: the text, with or without a byte order mark.
        big: the order to take where the letters do not tell.
    """
    if raw.startswith((b"\xfe\xff", b"\xff\xfe")):
        big, raw = raw.startswith(b"\xfe\xff"), raw[2:]
    else:
        head = raw[:2048]
        first, second = head[::2].count(0), head[1::2].count(0)
        big = big if first == second else first > second
    return raw.decode("utf-16-be" if big else "utf-16-le", "replace").partition("\0")[0]
