"""Signs of a screenshot, and sizes that many generators give."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fauxface.provenance.contents import Contents, Text
from fauxface.verdict import Claim

_PROGRAMS: Final = re.compile(
    r"\b(screen ?shot|snipping tool|screenclip|flameshot|spectacle|sharex|greenshot|lightshot|ksnip|shutter|scrot|maim"
    r"|gnome-screenshot|screencapture|snagit)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\s*screen ?shot\b.{0,40}", re.IGNORECASE)
_PROGRAM_FIELDS: Final = frozenset({"software", "creatortool"})
_FREE_FIELDS: Final = frozenset({"usercomment", "description", "title", "comment", "imagedescription", "xptitle"})
_PHONES: Final = frozenset(
    {(640, 1136), (750, 1334), (828, 1792), (1125, 2436), (1170, 2532), (1179, 2556), (1206, 2622), (1242, 2208)}
    | {(1242, 2688), (1284, 2778), (1290, 2796), (1320, 2868), (1080, 2340), (1080, 2400), (1080, 2408), (1080, 2412)}
    | {(1080, 2280), (1440, 3088), (1440, 3120), (1440, 3200), (1344, 2992), (1536, 2048), (1640, 2360), (1668, 2388)}
    | {(2048, 2732)}
)
_DESKTOPS: Final = frozenset(
    {(1366, 768), (1440, 900), (1536, 864), (1600, 900), (1920, 1080), (1920, 1200), (2560, 1440), (2560, 1600)}
    | {(2880, 1800), (3024, 1964), (3456, 2234), (3440, 1440), (3840, 2160)}
)
_GENERATORS: Final = frozenset(
    {(512, 512), (512, 768), (768, 768), (1024, 1024), (832, 1216), (896, 1152), (768, 1344), (640, 1536), (1024, 1536)}
    | {(1024, 1792), (1536, 1536), (2048, 2048), (928, 1232), (864, 1184)}
)


def claims_of(contents: Contents, texts: Iterable[Text], *, camera: bool) -> Iterator[Claim]:
    """A screenshot by its program's name, or by its size where no camera is named; then the size.

    Args:
        contents: the file's parts.
        texts: all of its texts.
        camera: a camera is named.
    """
    for text in texts:
        key = text.key.lower()
        by_program = key in _PROGRAM_FIELDS and _PROGRAMS.search(text.value[:200])
        if by_program or (key in _FREE_FIELDS and _WORD.fullmatch(text.value)):
            yield Claim("screenshot", "The file says that it is a screenshot", text.source, "stated")
            break
    if contents.size is None:
        return
    width, height = contents.size
    across = (max(width, height), min(width, height))
    if contents.kind == "PNG" and not camera and (across[::-1] in _PHONES or across in _DESKTOPS):
        yield Claim("screenshot", "It has exactly the size of a screen, as screenshots have", "size", "hint")
    said = f"{width} × {height} pixels"
    if across[::-1] in _GENERATORS:
        said += ", a size that many generators give, and some websites too"
    yield Claim("size", said, "size", "hint")
