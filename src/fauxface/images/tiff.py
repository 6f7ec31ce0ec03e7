"""What a TIFF holds, by its directories: a camera's raw file, a preview before the picture, a layout that is not read.

TIFF is a container. Cameras keep their raw pixels in it behind a small preview, and whoever takes the first page takes
that preview for the photograph.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from fauxface.errors import ImageError
from fauxface.unsupported import raw

_MOST_DIRECTORIES: Final = 64
_MOST_ENTRIES: Final = 512
_MOST_VALUES: Final = 32
_MOST_PIECES: Final = 1_000_000
_SIZES: Final = {1: "B", 2: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q", 18: "Q"}

_SUBFILE, _OLD_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLOURS, _MAKE = 254, 255, 256, 257, 258, 259, 262, 271
_STRIPS, _CHANNELS, _PLANAR, _TILES, _CHILDREN, _FORMAT, _DNG = 273, 277, 284, 324, 330, 339, 50706

_RAW_COLOURS: Final = frozenset({32803, 34892})
"""Colour filter array; linear raw."""
_RAW_COMPRESSIONS: Final = frozenset({262, 32767, 32769, 32770, 34713, 65000, 65535})
"""Kodak, Sony, packed, Samsung, Nikon, Kodak, Pentax."""
_MAKERS: Final = {
    "nikon": "Nikon NEF",
    "sony": "Sony ARW",
    "canon": "Canon CR2",
    "pentax": "Pentax PEF",
    "ricoh": "Pentax PEF",
    "samsung": "Samsung SRW",
    "olympus": "Olympus ORF",
    "hasselblad": "Hasselblad 3FR",
    "phase one": "Phase One IIQ",
    "kodak": "Kodak DCR",
}
_COLOUR_NAMES: Final = {0: "grey", 1: "grey", 2: "RGB", 3: "palette", 4: "mask", 5: "CMYK", 6: "YCbCr", 8: "Lab"}
_FORMAT_NAMES: Final = {1: "", 2: " signed", 3: " floating-point", 5: " complex", 6: " complex floating-point"}
_COMPRESSIONS: Final = {
    6: "old JPEG",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34712: "JPEG 2000",
    34661: "JBIG",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34887: "LERC",
    50001: "WebP",
    50002: "JPEG XL",
}
_WEBP: Final = 50001
"""Pillow opens it, and its libtiff cannot decode it."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One picture of a TIFF as its directory describes it.

    Attributes:
        at: where the directory lies in the file.
        child: it belongs to another picture (a SubIFD), and is no page of its own.
        tags: the first values of each tag that holds whole numbers or text.
    """

    at: int
    child: bool
    tags: dict[int, tuple[int, ...]]

    def first(self, tag: int, default: int = 0) -> int:
        """A tag's first value."""
        return self.tags.get(tag, (default,))[0]

    @property
    def pixels(self) -> int:
        """Width × height, 0 if it does not say."""
        return self.first(_WIDTH) * self.first(_HEIGHT)

    @property
    def preview(self) -> bool:
        """It calls itself a smaller copy of another picture in the file."""
        return bool(self.first(_SUBFILE) & 1) or self.first(_OLD_SUBFILE) == 2

    @property
    def mask(self) -> bool:
        """It says which parts of another picture are transparent."""
        return bool(self.first(_SUBFILE) & 4)

    @property
    def is_raw(self) -> bool:
        """It holds what the sensor saw."""
        return self.first(_COLOURS, 1) in _RAW_COLOURS or self.first(_COMPRESSION, 1) in _RAW_COMPRESSIONS


def directories(data: bytes) -> list[Directory]:
    """The directories of a TIFF or BigTIFF, pages first, each with its children behind it; a few dozen at most.

    Whatever cannot be read is left out; a file whose first directory cannot be read has none.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    start = _number(data, 8, order + "Q") if big else _number(data, 4, order + "I")
    found: list[Directory] = []
    seen: set[int] = set()
    waiting = [(start, False)]
    while waiting and len(found) < _MOST_DIRECTORIES:
        at, child = waiting.pop(0)
        if not at or at in seen:
            continue
        seen.add(at)
        read = _directory(data, at, order, big, child)
        if read is None:
            continue
        one, following = read
        found.append(one)
        children = [(place, True) for place in one.tags.get(_CHILDREN, ())]
        waiting = [*children, *waiting, *([] if child else [(following, False)])]
    return found


def all_values(data: bytes, page: Directory, tag: int) -> tuple[int, ...]:
    """All values of a page's tag of whole numbers, not only the first few; empty if it has none, or far too many."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    count = _number(data, page.at, order + ("Q" if big else "H"))
    start, width = page.at + (8 if big else 2), 20 if big else 12
    for place in range(start, start + count * width, width):
        found, kind = struct.unpack_from(order + "HH", data, place)
        number = _number(data, place + 4, order + ("Q" if big else "I"))
        if found == tag and kind in _SIZES and number <= _MOST_PIECES:
            return _values(data, place + (12 if big else 8), _SIZES[kind], number, order, big, number)
    return ()


def largest_page(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The file, so that its first page is its picture and no preview of it, and a note if that is another page.

    Raises:
        ImageError: unsupported_format for a camera's raw file, and for pixels compressed as WebP.
    """
    found = directories(data)
    if not found:
        return data, ()
    first = found[0]
    if maker := _raw_maker(data, found):
        raise ImageError(f"{name}: {raw(maker).message}", code="unsupported_format")
    if first.first(_COMPRESSION) == _WEBP and (layout := odd_layout(data)):
        raise not_read(name, layout)
    if (
        first.first(_PLANAR) == 2 and first.first(_BITS) == 16 and first.first(_CHANNELS, 1) > 1
    ):  # Pillow takes other rows
        raise not_read(name, "16 bit in separate planes")
    if not first.preview:
        return data, ()
    whole = [d for d in found[1:] if not d.preview and not d.mask and d.pixels > first.pixels]
    if not whole:
        return data, ()
    best = max(whole, key=lambda d: (not d.child, d.pixels))
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    turned = bytearray(data)
    struct.pack_into(order + ("Q" if big else "I"), turned, 8 if big else 4, best.at)
    size = f"{first.first(_WIDTH)} × {first.first(_HEIGHT)}"
    return bytes(turned), (f"the first page, {size}, is a preview: the picture behind it was judged",)


def not_read(name: str, layout: str) -> ImageError:
    """The error for a TIFF whose pixels are laid out so (`odd_layout`)."""
    message = f"{name}: a TIFF of {layout}, which is not read: save it as 8- or 16-bit RGB"
    return ImageError(message, code="unsupported_format")


def odd_layout(data: bytes) -> str | None:
    """What kind of pixels a TIFF that no decoder takes holds ("32-bit floating-point RGB"); None if it is damaged."""
    found = directories(data)
    if not found or not found[0].pixels or not ({_STRIPS, _TILES} & set(found[0].tags)):
        return None
    first = found[0]
    bits = first.tags.get(_BITS, (1,))
    channels, colours = first.first(_CHANNELS, 1), first.first(_COLOURS, -1)
    depth = f"{bits[0]}-bit" if len(set(bits)) == 1 else "-, ".join(map(str, bits[:6])) + "-bit"
    kind = _FORMAT_NAMES.get(first.first(_FORMAT, 1), " unknown")
    said = f"{depth}{kind} {_COLOUR_NAMES.get(colours, f'colours of kind {colours}')}"
    usual = {"RGB": 3, "CMYK": 4, "YCbCr": 3, "Lab": 3}.get(_COLOUR_NAMES.get(colours, ""), 1)
    if channels != usual:
        said += f" in {channels} channels"
    if packed := _COMPRESSIONS.get(first.first(_COMPRESSION, 1)):
        said += f", compressed as {packed}"
    return said + (", in a big-endian BigTIFF" if data.startswith(b"MM\0+") else "")


def _raw_maker(data: bytes, found: list[Directory]) -> str | None:
    # Where the first directory leaves room for it: the pixels of an ordinary TIFF may begin so as well.
    if data[:12] == b"II*\0\x10\0\0\0CR\2\0":
        return "Canon CR2"
    if any(_DNG in one.tags for one in found):
        return "Adobe DNG"
    make = bytes(x & 255 for x in found[0].tags.get(_MAKE, ())).decode("ascii", "replace").lower()
    if "phase one" in make and data[8:12] in (b"IIII", b"MMMM"):
        return "Phase One IIQ"
    if not any(one.is_raw for one in found):
        return None
    return next((maker for part, maker in _MAKERS.items() if part in make), "in a TIFF")


def _directory(data: bytes, at: int, order: str, big: bool, child: bool) -> tuple[Directory, int] | None:
    """A directory and where the next one lies; None if it cannot be read."""
    count = _number(data, at, order + ("Q" if big else "H"))
    start, width = at + (8 if big else 2), 20 if big else 12
    if not 0 < count <= _MOST_ENTRIES or start + count * width > len(data):
        return None
    tags: dict[int, tuple[int, ...]] = {}
    for place in range(start, start + count * width, width):
        tag, kind = struct.unpack_from(order + "HH", data, place)
        number = _number(data, place + 4, order + ("Q" if big else "I"))
        if kind in _SIZES and number:
            values = _values(data, place + (12 if big else 8), _SIZES[kind], number, order, big)
            tags |= {tag: values} if values else {}
    return Directory(at, child, tags), _number(data, start + count * width, order + ("Q" if big else "I"))


def _values(
    data: bytes, place: int, kind: str, number: int, order: str, big: bool, most: int = _MOST_VALUES
) -> tuple[int, ...]:
    size, room = struct.calcsize(order + kind), 8 if big else 4
    if size * number > room:
        place = _number(data, place, order + ("Q" if big else "I"))
    number = min(number, most)
    if place + size * number > len(data):
        return ()
    return struct.unpack_from(f"{order}{number}{kind}", data, place)


def _number(data: bytes, at: int, kind: str) -> int:
    """0 where the file ends before it."""
    return struct.unpack_from(kind, data, at)[0] if at + struct.calcsize(kind) <= len(data) else 0
