"""Splits that a data set keeps in files of its own: FaceForensics++'s three JSON files, Celeb-DF's list of test clips.

Both name clips; a picture belongs to the clip whose name the folder of its frames bears.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fauxface.data.folder_names import CELEB_DF, FACE_FORENSICS
from fauxface.data.path_splits import Parts
from fauxface.data.samples import Split
from fauxface.errors import DataError, ImageError
from fauxface.images.files import read_file
from fauxface.images.limits import Limits

FF_FILES: Final[dict[str, Split]] = {"train.json": "train", "val.json": "valid", "test.json": "test"}
CELEB_FILE: Final = "List_of_testing_videos.txt"
MAX_BYTES: Final = 4 << 20
_CELEB_CLIP: Final = re.compile(r"id\d+_(id\d+_)?\d+|\d{5}")


@dataclass(frozen=True)
class SplitList:
    """Splits of the clips of one data set.

    Attributes:
        files: where they are written, relative to the root.
        home: the data set's folder.
        clips: (class folder, clip) in lower case → its split; the class folder is "" where the clip's name tells all.
        rest: the split of every clip that is not in the list; None if there should be none.
    """

    files: tuple[str, ...]
    home: Parts
    clips: Mapping[tuple[str, str], Split]
    rest: Split | None

    def split_of(self, folders: Parts) -> Split | None:
        """The split of pictures in this folder; None if it does not belong here or no clip's name is on the way."""
        rest = tuple(name.lower() for name in folders[len(self.home) :])
        if folders[: len(self.home)] != self.home or not rest or rest[0] not in FACE_FORENSICS | CELEB_DF.keys():
            return None
        for name in reversed(rest[1:]):
            split = self.clips.get((rest[0], name)) or self.clips.get(("", name))
            if split is not None:
                return split
        return self.rest if any(_CELEB_CLIP.fullmatch(name) for name in rest[1:]) else None

    def knows(self, folders: Collection[Parts]) -> bool:
        """Whether any of these folders bears the name of a listed clip."""
        names = {name.lower() for parts in folders for name in parts[len(self.home) + 1 :]}
        return any(clip in names for _, clip in self.clips)


def split_lists(root: Path, files: Mapping[Parts, Collection[str]]) -> list[SplitList]:
    """The lists that lie in the tree: in the data set's folder, FaceForensics++'s also in its ``splits``.

    Args:
        root: of the tree.
        files: folder → names of its files.

    Raises:
        DataError: a list is damaged (code ``bad_split_list``).
    """
    found = []
    for folder, names in files.items():
        listed = [name for name in FF_FILES if name in names]
        if not listed and CELEB_FILE not in names:
            continue
        home = folder[:-1] if folder and folder[-1].lower() == "splits" else folder
        there = {parts[len(home)].lower() for parts in files if parts[: len(home)] == home and len(parts) > len(home)}
        if there & FACE_FORENSICS and listed:
            found.append(_face_forensics(root, folder, home, listed))
        if there & CELEB_DF.keys() and CELEB_FILE in names:
            found.append(_celeb_df(root, folder))
    return found


def _face_forensics(root: Path, folder: Parts, home: Parts, names: Sequence[str]) -> SplitList:
    clips: dict[tuple[str, str], Split] = {}
    for name in names:
        file = root.joinpath(*folder, name)
        try:
            pairs: Any = json.loads(_text(file))
            for pair in pairs if isinstance(pairs, list) else [pairs]:
                one, other = map(str.lower, pair if isinstance(pair, list) else [pair])
                for clip in (one, other, f"{one}_{other}", f"{other}_{one}"):
                    clips["", clip] = FF_FILES[name]
        except (ValueError, TypeError, RecursionError) as error:
            raise _bad(file, "is no JSON list of pairs of clips") from error
    return SplitList(tuple("/".join((*folder, name)) for name in names), home, clips, None)


def _celeb_df(root: Path, home: Parts) -> SplitList:
    file = root.joinpath(*home, CELEB_FILE)
    clips: dict[tuple[str, str], Split] = {}
    for number, line in enumerate(_text(file).splitlines(), 1):
        if line.strip():
            label, _, path = line.strip().partition(" ")
            folder, _, clip = path.strip().lower().partition("/")
            if label not in ("0", "1") or folder not in CELEB_DF or not clip:
                raise _bad(file, f"line {number}: expected '1 YouTube-real/00170.mp4' or the like")
            clips[folder, clip.removesuffix(".mp4")] = "test"
    return SplitList(("/".join((*home, CELEB_FILE)),), home, clips, "train")


def _text(file: Path) -> str:
    try:
        return read_file(file, Limits(max_bytes=MAX_BYTES)).decode("utf-8-sig")
    except (ImageError, UnicodeDecodeError) as error:
        raise _bad(file, f"is no text, or larger than {MAX_BYTES >> 20} MiB, or may not be read") from error


def _bad(file: Path, what: str) -> DataError:
    return DataError(
        f"{file}: {what}: it names the splits of this data set, so mend it, or move it away to have them drawn",
        code="bad_split_list",
    )
