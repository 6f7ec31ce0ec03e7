"""The format of a picture by its first bytes, whatever it is called; needs neither NumPy nor Pillow."""

from __future__ import annotations

from typing import Final

from fauxface.errors import ImageError
from fauxface.unsupported import AVI, MATROSKA, MPEG_TS, VIDEO, Unsupported, unsupported

HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def sniff(data: bytes, name: str) -> str:
    """The format by its first bytes, whatever the file is called: Pillow's name of it, or "HEIF".

    Raises:
        ImageError: not_an_image, unsupported_format.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    # Many texts begin with BM, so the size of the second header must fit as well.
    if data[:2] == b"BM" and data[14:18] in {n.to_bytes(4, "little") for n in (12, 16, 40, 52, 56, 64, 108, 124)}:
        return "BMP"
    if data[4:8] == b"ftyp":
        return _sniff_iso_media(data, name)
    if found := _clip(data) or unsupported(data):
        raise _unsupported(name, found)
    raise ImageError(f"{name}: not a picture{_what_text(data)}", code="not_an_image")


def _sniff_iso_media(data: bytes, name: str) -> str:
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    brands = {data[i : i + 4] for i in (8, *range(16, end - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & HEIF_BRANDS:
        return "HEIF"
    raise _unsupported(name, unsupported(data) or VIDEO)


def _clip(data: bytes) -> Unsupported | None:
    """What a clip is that `fauxface.video` reads and this room does not."""
    if data.startswith(b"\x1aE\xdf\xa3"):
        return MATROSKA
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return AVI
    if data[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot") and data[:1] in (b"\0", b"\1"):
        return VIDEO
    sync = [data[start : start + 4 * step : step] for start, step in ((0, 188), (4, 192))]
    return MPEG_TS if b"GGGG" in sync else None


def _unsupported(name: str, found: Unsupported) -> ImageError:
    return ImageError(f"{name}: {found.message}", code="unsupported_format")


def _what_text(data: bytes) -> str:
    """Say so if it is text: a download that failed often leaves a web page with a picture's name."""
    head = data[:512]
    try:
        text = head.decode("utf-8", "strict" if len(data) <= 512 else "ignore").lstrip("\ufeff \r\n\t")
    except UnicodeDecodeError:
        return ""
    if text[:9].lower() == "<!doctype" or text[:5].lower() == "<html":
        return ": this is a web page; download the picture itself"
    if "<svg" in text[:256]:
        return " of pixels: this is an SVG drawing"
    return " but text" if text and all(c.isprintable() or c in "\r\n\t" for c in text) else ""
