"""Well-known files that are not read, told by their first bytes, to be able to say what they are and what helps.

Pictures and clips share this table, so that a file gets the same answer whatever it was taken for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A format that is not read.

    Attributes:
        what: with its article ("a Flash video").
        advice: what its owner can do, an order without a full stop.
    """

    what: str
    advice: str

    @property
    def message(self) -> str:
        """For an error, after the file's name and a colon."""
        return f"this is {self.what}, which is not read: {self.advice}"


_PICTURE: Final = "save the picture as JPEG or PNG"
_RAW: Final = "export it as JPEG with the camera's or a raw developer's program"
_CLIP: Final = "save it as MP4"
_SOUND: Final = "there is no face in it"
_PACKED: Final = "unpack it and give the pictures"

_BY_START: Final = tuple(
    (start, Unsupported(what, advice))
    for advice, formats in (
        (
            _PICTURE,
            (
                (b"8BPS", "a Photoshop file"),
                (b"%PDF", "a PDF"),
                (b"%!PS", "a PostScript file"),
                (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
                (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
                (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
                (b"\xff\x0a", "a JPEG XL picture"),
                (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
                (b"II\xbc\x01", "a JPEG XR picture"),
                (b"\x00\x00\x01\x00", "an icon"),
                (b"icns", "an icon"),
                (b"qoif", "a QOI picture"),
                (b"DDS ", "a DirectDraw texture"),
                (b"gimp xcf", "a GIMP file"),
                (b"v/1\x01", "an OpenEXR picture"),
                (b"#?RADIANCE", "a Radiance picture"),
                (b"BPG\xfb", "a BPG picture"),
                (b"FLIF", "a FLIF picture"),
                *((b"P%d\n" % kind, "a Netpbm picture") for kind in range(1, 8)),
                (b"\0\0\x02\0\0\0\0\0", "a Targa picture"),
                (b"\0\0\x0a\0\0\0\0\0", "a Targa picture"),
            ),
        ),
        (
            _RAW,
            (
                (b"IIRO", "a camera's raw file (Olympus ORF)"),
                (b"IIRS", "a camera's raw file (Olympus ORF)"),
                (b"MMOR", "a camera's raw file (Olympus ORF)"),
                (b"IIU\x00", "a camera's raw file (Panasonic RW2)"),
                (b"FUJIFILMCCD-RAW", "a camera's raw file (Fujifilm RAF)"),
                (b"II\x1a\x00\x00\x00HEAPCCDR", "a camera's raw file (Canon CRW)"),
                (b"FOVb", "a camera's raw file (Sigma X3F)"),
                (b"\x00MRM", "a camera's raw file (Minolta MRW)"),
            ),
        ),
        (
            _CLIP,
            (
                (b"FLV\x01", "a Flash video"),
                (b"FWS", "a Flash animation"),
                (b"CWS", "a Flash animation"),
                (b"ZWS", "a Flash animation"),
                (b"0&\xb2u\x8ef\xcf\x11", "a Windows Media file"),
                (b"OggS", "an Ogg file"),
                (b"\x00\x00\x01\xba", "an MPEG programme stream"),
                (b"\x00\x00\x01\xb3", "a bare MPEG stream"),
                (b"\x00\x00\x00\x01\x67", "a bare H.264 stream"),
                (b".RMF", "a RealMedia file"),
                (b"\x06\x0e\x2b\x34", "an MXF file"),
                (b"DKIF", "an IVF video"),
                (b"YUV4MPEG2", "an uncompressed video"),
            ),
        ),
        (_SOUND, ((b"ID3", "sound (MP3)"), (b"fLaC", "sound (FLAC)"))),
        (
            _PACKED,
            (
                (b"PK\x03\x04", "a ZIP archive"),
                (b"\x1f\x8b", "a gzip archive"),
                (b"Rar!\x1a\x07", "a RAR archive"),
                (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
            ),
        ),
    )
    for start, what in formats
)
_RIFF: Final = {b"WAVE": Unsupported("sound (WAV)", _SOUND), b"CDXA": Unsupported("a video CD's file", _CLIP)}
_BRANDS: Final = {b"crx ": Unsupported("a camera's raw file (Canon CR3)", _RAW)}
RAW_BRANDS: Final = frozenset(_BRANDS)
"""Brands of ISO media files in which cameras keep raw pictures."""


def unsupported(head: bytes) -> Unsupported | None:
    """What a file that begins so is, if it is a well-known one that is not read; a few hundred bytes are enough."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    return next((found for start, found in _BY_START if head.startswith(start)), None)


def raw(maker: str) -> Unsupported:
    """A camera's raw file that calls itself a TIFF.

    Args:
        maker: the format, as people call it ("Adobe DNG").
    """
    return Unsupported(f"a camera's raw file ({maker})", _RAW)


_AS_CLIP: Final = "judge it as a clip, or save a frame of it as PNG"
VIDEO: Final = Unsupported("a video or another ISO media file", _AS_CLIP)
MATROSKA: Final = Unsupported("a Matroska or WebM video", _AS_CLIP)
MPEG_TS: Final = Unsupported("an MPEG transport stream", _AS_CLIP)
AVI: Final = Unsupported("an AVI video", _AS_CLIP)
