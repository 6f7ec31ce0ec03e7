"""Loading weights without leaving their copies behind in the process."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_M_TRIM_THRESHOLD: Final = -1  # malloc.h of glibc
_M_MMAP_THRESHOLD: Final = -3
_SMALL: Final = 256 << 10
_LARGEST: Final = 32 << 20
_KEPT: Final = 64 << 20


@contextmanager
def giving_back() -> Iterator[None]:
    """Within the block, glibc gives freed pieces of 256 KiB and more back to the system at once.

    Loading makes several copies of the weights, one after the other. By its own rule glibc learns from the first one
    that is freed to keep such pieces (up to 32 MiB), and the copies end up side by side: with ResNet-68 a peak of 422
    instead of 380 MiB, and 150 MiB more for ever after. Afterwards the limit is at 32 MiB, where glibc's rule would
    have ended, and up to 64 MiB that were freed stay with the process: what judging needs is there for the next batch,
    instead of being given back and fetched again, page by page, several times a second (some thousand page faults a
    picture), and a server's memory stays where it is. With other C libraries nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        yield
        return
    mallopt(_M_MMAP_THRESHOLD, _SMALL)
    try:
        yield
    finally:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
