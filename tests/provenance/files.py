"""Files of every kind with metadata of every kind, written here byte by byte."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
A1111 = (
    "portrait of a woman\nNegative prompt: blurry\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: dream_8, Version: v1.9.4"
)


def pixels(width: int = 64, height: int = 64) -> Image.Image:
    """Noise that is the same each time."""
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def saved(kind: str = "JPEG", *, size: tuple[int, int] = (64, 64), **options: object) -> bytes:
    """A picture as Pillow saves it."""
    out = io.BytesIO()
    pixels(*size).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def png(**texts: str) -> bytes:
    """A PNG with texts; keys with "__" for a space."""
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key.replace("__", " "), value)
    return saved("PNG", pnginfo=info)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks: bytes) -> bytes:
    """A PNG with chunks before its pixels."""
    data = saved("PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg_with(*segments: bytes) -> bytes:
    """A JPEG with segments before its pixels."""
    data = saved()
    return data[:2] + b"".join(segments) + data[2:]


def webp_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP with chunks behind its pixels."""
    body = saved("WEBP")[8:]
    for kind, content in chunks:
        body += kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def exif(**values: object) -> bytes:
    """EXIF data by the names of `TAGS`, as a TIFF block behind "Exif\\0\\0"."""
    found = Image.Exif()
    for name, value in values.items():
        ifd, tag = TAGS[name]
        (found if ifd is None else found.get_ifd(ifd))[tag] = value
    return found.tobytes()


TAGS = {
    "Make": (None, 0x010F),
    "Model": (None, 0x0110),
    "Software": (None, 0x0131),
    "DateTime": (None, 0x0132),
    "Artist": (None, 0x013B),
    "ImageDescription": (None, 0x010E),
    "ExposureTime": (0x8769, 0x829A),
    "FNumber": (0x8769, 0x829D),
    "ISO": (0x8769, 0x8827),
    "DateTimeOriginal": (0x8769, 0x9003),
    "UserComment": (0x8769, 0x9286),
    "MakerNote": (0x8769, 0x927C),
    "SerialNumber": (0x8769, 0xA431),
    "LatitudeRef": (0x8825, 1),
    "Latitude": (0x8825, 2),
    "LongitudeRef": (0x8825, 3),
    "Longitude": (0x8825, 4),
}


def xmp(properties: str = "", *, attributes: str = "", head: str = "") -> bytes:
    """An XMP packet."""
    spaces = (
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
    )
    body = f'<rdf:Description rdf:about="" {attributes}>{properties}</rdf:Description>'
    return f'{head}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {spaces}>{body}</rdf:RDF></x:xmpmeta>'.encode()


def iptc(*fields: tuple[int, str]) -> bytes:
    """An APP13 segment with fields of record 2."""
    record = b"".join(struct.pack(">BBBH", 0x1C, 2, n, len(v.encode())) + v.encode() for n, v in fields)
    resource = b"8BIM" + struct.pack(">H", 0x0404) + b"\0\0" + struct.pack(">I", len(record)) + record
    return segment(0xED, b"Photoshop 3.0\0" + resource + b"\0" * (len(resource) % 2))


def box(kind: bytes, body: bytes) -> bytes:
    """A JUMBF box."""
    return struct.pack(">I", len(body) + 8) + kind + body


def superbox(label: bytes, *children: bytes) -> bytes:
    """A JUMBF box of boxes."""
    return box(b"jumb", box(b"jumd", bytes(16) + b"\x03" + label + b"\0") + b"".join(children))
