"""Published weight files: where they lie, how large they are, and what they must hash to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A weight file on the net.

    Attributes:
        name: the file's name in the cache.
        url: where it is published (https).
        licence: its terms, in a few words.
        size_bytes, sha256: what it must be; None where the publisher names none, then the first download decides
            and every later one must equal it.
    """

    name: str
    url: str
    licence: str
    size_bytes: int | None = None
    sha256: str | None = None
