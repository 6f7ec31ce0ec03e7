"""From what people type (files, folders, globs, ``-``) to pictures and clips in a fixed order, found lazily."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fauxface.cli.folder_walk import LeftOut, walk
from fauxface.cli.streams import read_input
from fauxface.errors import FauxfaceError, ImageError, not_fetched
from fauxface.images.files import printable

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One picture or clip to judge, or a reason why there is none.

    Attributes:
        name: as the results call it.
        source: path, or bytes from standard input; None if ``error`` says why not.
    """

    name: str
    source: str | bytes | None
    error: FauxfaceError | None = None


def expand(arguments: Iterable[str], left_out: LeftOut | None = None) -> Iterator[Input]:
    """Pictures and clips for the arguments of a command line, in order.

    A file that is named is tried, whatever it is called. A folder is walked in sorted order by its files' endings and
    first bytes (see `folder_walk`); ``left_out`` gets what was left out there. A glob that the shell left alone is
    expanded here, sorted. A folder or glob without pictures gives an error.
    """
    left_out = LeftOut() if left_out is None else left_out
    for argument in arguments:
        if argument == STDIN:
            yield _standard_input()
        elif _is_folder(argument):
            yield from _or_none(argument, _walk(argument, left_out), "no pictures or clips in this folder")
        elif glob.has_magic(argument) and not os.path.lexists(argument) and not not_fetched(argument):
            # Not Path.glob: that would drop a leading "./", and names stay as they were typed.
            found = sorted(glob.iglob(argument, recursive=True))  # noqa: PTH207
            matches = (m for m in found if not _is_folder(m))
            yield from _or_none(argument, (Input(m, m) for m in matches), "no file has such a name")
        else:
            yield Input(argument, argument)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 - Path.is_dir hides no more errors than this
    except (OSError, ValueError):
        return False  # what is wrong with it is said when it is read


def _standard_input() -> Input:
    try:
        return Input(STDIN, read_input())
    except ImageError as error:
        return Input(STDIN, None, error)


def _or_none(argument: str, found: Iterator[Input], reason: str) -> Iterator[Input]:
    none = True
    for one in found:
        none = False
        yield one
    if none:
        error = ImageError(f"{printable(argument)}: {reason}", code="no_pictures")
        yield Input(argument, None, error)


def _walk(folder: str, left_out: LeftOut) -> Iterator[Input]:
    closed: list[OSError] = []
    for path in walk(folder, left_out, closed):
        yield Input(path, path)
    for error in closed:
        name = str(error.filename)
        message = f"{printable(name)}: this folder cannot be opened ({error.strerror})"
        yield Input(name, None, ImageError(message, code="permission_denied"))
