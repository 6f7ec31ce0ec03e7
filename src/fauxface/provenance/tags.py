"""Named texts of clips, sorted into what they are about: every container calls the same things by other names."""

from __future__ import annotations

from typing import Final

from fauxface.provenance.contents import Contents, Text
from fauxface.provenance.text import decoded

_MOST_TEXTS: Final = 200
_BEFORE: Final = ("com.apple.quicktime.", "com.android.", "com.apple.")
_MAKER: Final = frozenset({"make", "manufacturer", "mak", "\u00a9mak"})
_MODEL: Final = frozenset({"model", "mod", "\u00a9mod"})
_PLACES: Final = frozenset({"location", "location-eng", "location.iso6709", "\u00a9xyz", "xyz"})
_NAMES: Final = {
    "\u00a9nam": "title",
    "\u00a9too": "encoder",
    "\u00a9enc": "encoder",
    "\u00a9swr": "software",
    "\u00a9cmt": "comment",
    "\u00a9des": "description",
    "\u00a9inf": "description",
    "desc": "description",
    "dscp": "description",
    "titl": "title",
    "auth": "author",
    "\u00a9day": "date",
    "\u00a9art": "artist",
    "\u00a9aut": "author",
    "\u00a9dir": "creator",
    "\u00a9prd": "creator",
    "\u00a9cpy": "copyright",
    "cprt": "copyright",
    "isft": "software",
    "icmt": "comment",
    "inam": "title",
    "iart": "artist",
    "icop": "copyright",
    "icrd": "date",
    "idit": "date",
    "ieng": "author",
    "itch": "author",
    "encoding_tool": "encoder",
    "director": "creator",
    "producer": "creator",
    "performer": "artist",
    "date_recorded": "creationdate",
}
_SILENT: Final = frozenset(
    {"duration", "major_brand", "minor_version", "compatible_brands", "handler_name", "language"}
)


def take(contents: Contents, place: str, name: str, raw: bytes, *, wide: bool = False) -> None:
    """Put a named text where it belongs.

    Args:
        contents: of the file.
        place: where it stands, for people: "MP4 tag".
        name: as the file has it, such as "©too", "COMMENT" or "com.apple.quicktime.make".
        raw: UTF-8, or UTF-16 with ``wide``.
    """
    key = name[:200]
    for before in _BEFORE:
        key = key[len(before) :] if key.lower().startswith(before) else key
    low = key.lower()
    kept = contents.room(raw)
    value = kept.decode("utf-16-be", "replace") if wide else decoded(kept)
    if not value.strip() or low in _SILENT:
        return
    if len(contents.texts) >= _MOST_TEXTS:
        contents.cut = True
        return
    if low in _MAKER or low in _MODEL:
        contents.camera.setdefault("Make" if low in _MAKER else "Model", value.strip())
    elif low in _PLACES:
        contents.places.append((f"{place} “{key}”", value.strip()))
    else:
        contents.texts.append(Text(place, _NAMES.get(low, key), value))
