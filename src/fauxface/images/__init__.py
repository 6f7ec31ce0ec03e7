"""Bytes or path → RGB picture, and the only door for untrusted pictures.

Reads JPEG, PNG, WebP, GIF, APNG, BMP, TIFF, AVIF, and HEIC with the extra ``heif``. Of moving pictures the first frame
that is not blank is taken, said in the notes; the others are in `Picture.animation`. EXIF rotation is applied;
transparent parts are laid on white; CMYK, palettes, grey and 16 bit become 8-bit RGB. Colour profiles (ICC) are ignored
on purpose: the networks were trained on plain pixel values, and a profile would be one more hostile format to parse.

What is wrong beside the pixels (long texts, a wrong checksum, a missing end) is no reason to refuse them. That some of
them are missing is one.

Every way in which a picture can be wrong is one `ImageError` with a stable code:

| code | meaning |
|---|---|
| ``file_not_found`` | no such file |
| ``is_an_address`` | an address of the web: nothing is fetched |
| ``is_a_folder`` | a folder, not a picture |
| ``permission_denied`` | the file may not be read |
| ``not_a_file`` | a pipe, socket or device |
| ``unreadable_file`` | the system cannot read it (a loop of links, a broken disk) |
| ``empty_file`` | zero bytes |
| ``file_too_large`` | more bytes than `Limits.max_bytes`; not read at all |
| ``not_an_image`` | the bytes are no picture, whatever the name says |
| ``unsupported_format`` | a picture or document of a kind that is not read |
| ``needs_heif`` | HEIC, and the extra ``heif`` is not installed |
| ``truncated_image`` | the file ends too early |
| ``broken_image`` | the file is damaged, or its decoder gave up |
| ``nothing_visible`` | transparent everywhere, and of one colour |
| ``too_many_pixels`` | more than `Limits.max_pixels` (of a JPEG `Limits.max_jpeg_pixels`), or too much work or memory |
| ``side_too_long`` | a side above `Limits.max_side` |
| ``too_small`` | a side below `Limits.min_side` |
| ``bad_array`` | a NumPy array that is not (H, W, 3) uint8 (raised by `check_array`) |

Pillow's global settings (``MAX_IMAGE_PIXELS``, ``LOAD_TRUNCATED_IMAGES``, registered plugins) are left alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fauxface.images.decoding import Facts, Picture, check, check_array, decode, from_pillow, inspect, read
    from fauxface.images.files import EXTENSIONS
    from fauxface.images.limits import DEFAULT_LIMITS, Limits

__all__ = [
    "DEFAULT_LIMITS",
    "EXTENSIONS",
    "Facts",
    "Limits",
    "Picture",
    "check",
    "check_array",
    "decode",
    "from_pillow",
    "inspect",
    "read",
]
_ELSEWHERE: Final = {"EXTENSIONS": "files", "DEFAULT_LIMITS": "limits", "Limits": "limits"}


if not TYPE_CHECKING:  # or the type checker would take every name for one that is here

    def __getattr__(name: str) -> Any:
        # Names of formats and limits must cost neither NumPy nor Pillow, so that `fauxface --help` stays quick.
        if name in __all__:
            return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'decoding')}"), name)
        raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
