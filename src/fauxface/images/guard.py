"""The boundary to the decoders: their exceptions become `ImageError`, their warnings stay inside."""

from __future__ import annotations

import ctypes
import logging
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

from PIL import Image, UnidentifiedImageError, _imaging

from fauxface.errors import ImageError

# A TIFF can make Pillow log an error; without any handler Python would print it in the middle of our output.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@cache
def quiet_libtiff() -> bool:
    """Switch off the lines that libtiff prints on damaged files, past Python; Pillow's exception says as much.

    Returns:
        Whether that could be done: not where Pillow holds a libtiff that cannot be reached by name.
    """
    try:
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)
    except (AttributeError, OSError):
        return False
    return True


@contextmanager
def decoder_boundary(name: str, kind: str) -> Generator[None]:
    """Whatever a decoder throws at hostile bytes becomes one `ImageError`."""
    try:
        yield
    except ImageError:
        raise
    except Image.DecompressionBombError as e:
        raise ImageError(f"{name}: far too many pixels: scale it down", code="too_many_pixels") from e
    except MemoryError as e:
        raise ImageError(f"{name}: decoding it needs more memory than there is", code="too_many_pixels") from e
    except UnidentifiedImageError as e:
        raise ImageError(f"{name}: a {kind} file whose header is damaged or incomplete", code="broken_image") from e
    except Exception as e:
        # On purpose: decoders throw anything, from struct.error and SyntaxError to OverflowError.
        text = str(e).lower()
        early = isinstance(e, EOFError) or "truncat" in text or "end of file" in text or "incomplete" in text
        if early:
            raise ImageError(f"{name}: the {kind} file ends too early: copy it again", code="truncated_image") from e
        if "could not create decoder" in text:  # of WebP: what it was given is too short, or no WebP
            raise ImageError(
                f"{name}: the {kind} file ends too early or is damaged: copy it again", code="broken_image"
            ) from e
        said = _one_line(str(e)) or type(e).__name__
        raise ImageError(f"{name}: the {kind} file is damaged ({said})", code="broken_image") from e


def _one_line(text: str) -> str:
    """What a decoder says, which may quote hostile bytes: one printable line of at most 200 signs."""
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)[:200]


_quiet_lock = threading.Lock()
_quiet_users = 0
_quiet_filters: warnings.catch_warnings | None = None


@contextmanager
def pillow_quiet() -> Generator[None]:
    """Keep Pillow's warnings inside, also when several threads decode at once.

    `warnings.catch_warnings` swaps a list of the whole process. If each thread did that, one that leaves late
    would put back the list of another; so the first thread in swaps, and the last one out puts back.
    """
    global _quiet_users, _quiet_filters
    with _quiet_lock:
        if _quiet_users == 0:
            _quiet_filters = warnings.catch_warnings()
            _quiet_filters.__enter__()
            warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
        _quiet_users += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0 and _quiet_filters is not None:
                _quiet_filters.__exit__(None, None, None)
                _quiet_filters = None
