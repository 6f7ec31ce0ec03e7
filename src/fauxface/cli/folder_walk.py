"""A walk through a folder for `fauxface predict`: pictures and clips in sorted order, and what was left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fauxface.errors import ImageError, VideoError
from fauxface.images.files import EXTENSIONS
from fauxface.images.formats import sniff
from fauxface.system_names import is_system_name
from fauxface.video import EXTENSIONS as CLIP_EXTENSIONS
from fauxface.video.containers import sniff as sniff_clip
from fauxface.video.file import head_of

_ENDINGS: Final = EXTENSIONS | CLIP_EXTENSIONS
_SOUND: Final = frozenset(
    {".mp3", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".spx", ".wma", ".wav", ".flac", ".aif", ".aiff", ".mka"}
)
# Documents, archives and icons: kinds that are known and no picture that somebody wants judged.
_NO_PICTURES: Final = (b"%PDF", b"%!PS", b"PK\x03\x04", b"\x1f\x8b", b"\0\0\1\0")

_KINDS: Final = {
    "other": ("file that is no picture or clip", "files that are no picture or clip"),
    "system": ("hidden or system name", "hidden or system names"),
    "link": ("linked folder", "linked folders"),
}


@dataclass
class LeftOut:
    """What walks left out, in the order met: path and kind (``other``, ``system``, ``link``)."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: str, kind: str) -> None:
        """Remember one file or folder; a folder counts once."""
        self.found.append((path, kind))

    def names(self) -> Iterator[str]:
        """``left out: PATH (kind)`` for each."""
        for path, kind in self.found:
            yield f"left out: {path} ({_KINDS[kind][0]})"

    def summary(self) -> str | None:
        """One line that counts them by kind; None if nothing was left out."""
        counts = {kind: sum(k == kind for _, k in self.found) for kind in _KINDS}
        parts = [f"{n:,} {_KINDS[kind][n > 1]}" for kind, n in counts.items() if n]
        return f"left out: {', '.join(parts)}" if parts else None


def walk(folder: str, left_out: LeftOut, closed: list[OSError]) -> Iterator[str]:
    """Paths of the pictures and clips under ``folder``, sorted folder by folder.

    A picture's or clip's ending counts, and where there is no such ending what the file begins with: pictures come
    without ending from caches and as ``.jpg_large`` or ``.jpg.download`` from browsers. Pictures and clips of kinds
    that are not read count as well, so that each gets the line that says so. Hidden and system names
    (`is_system_name`) and linked folders are left out, so a loop of links cannot trap the walk.

    Args:
        left_out: gets everything else.
        closed: gets the errors of folders that cannot be opened.
    """
    for where, folders, files in os.walk(folder, onerror=closed.append):
        kept = []
        for name in sorted(folders):
            path = os.path.join(where, name)  # noqa: PTH118 - the folder stays as it was typed
            if is_system_name(name):
                left_out.add(path + os.sep, "system")
            elif os.path.islink(path):  # noqa: PTH114
                left_out.add(path + os.sep, "link")
            else:
                kept.append(name)
        folders[:] = kept
        for name in sorted(files):
            path = os.path.join(where, name)  # noqa: PTH118
            if is_system_name(name):
                left_out.add(path, "system")
            elif _is_wanted(path):
                yield path
            else:
                left_out.add(path, "other")


def _is_wanted(path: str) -> bool:
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122
    if ending in _ENDINGS:
        return True
    if ending in _SOUND:  # MP4 and Ogg hold sound as well as films
        return False
    head = head_of(path)
    if not head:
        # A file that may not be read might be a picture: it is tried, and the error says why nobody knows.
        return os.path.isfile(path) and not os.access(path, os.R_OK)  # noqa: PTH113
    return not head.startswith(_NO_PICTURES) and (_is_picture(head) or _is_clip(head))


def _is_picture(head: bytes) -> bool:
    try:
        sniff(head, "")
    except ImageError as error:
        return error.code != "not_an_image"
    return True


def _is_clip(head: bytes) -> bool:
    try:
        sniff_clip(head, "")
    except VideoError as error:
        return error.code != "not_a_video"
    return True
