"""Metadata made to harm: whatever it is, it costs little time and memory, and nothing of it steers a terminal."""

from __future__ import annotations

import io
import json
import random
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from tests.provenance import clips, files
from tests.provenance.files import A1111, AI, XMP_HEAD, chunk, jpeg_with, png, png_with, saved, segment, webp_with, xmp

from fauxface import provenance
from fauxface.provenance import inspect, inspect_clip
from fauxface.video import looks_like_video

MIB = 1 << 20


def bounded(data: bytes) -> provenance.Testimony:
    """What a file says, found within two seconds of this processor and the file's size and 48 MiB of memory."""
    inspect(data)  # what is loaded once is not this file's cost
    tracemalloc.start()
    start = time.process_time()
    found = inspect(data)
    spent = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 2 * 4, "tracing makes it slower"
    assert peak < 48 * MIB + 2 * len(data)
    assert len(found.claims) <= 20
    for claim in (*found.claims, *found.private):
        assert claim.claim.isprintable(), claim
        assert claim.source.isprintable(), claim
        assert len(claim.claim) < 300
    return found


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'


def fields(number: int) -> bytes:
    """An EXIF block in which every field names the same megabyte."""
    entries = b"".join(struct.pack("<HHII", tag % 65536, 7, MIB, 0) for tag in range(number))
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", number % 65536) + entries


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a megabyte of text": lambda: png(parameters="a" * MIB, Comment="Steps: 1, " * 200_000),
    "200 packed texts of a megabyte": lambda: png_with(
        *[chunk(b"zTXt", b"k%d\0\0" % i + zlib.compress(b"a" * MIB, 9)) for i in range(200)]
    ),
    "texts that begin like settings": lambda: png_with(
        *[chunk(b"zTXt", b"k%d\0\0" % i + zlib.compress(b"Steps: 1, " * 1700)) for i in range(200)]
    ),
    "a packed gigabyte": lambda: png_with(chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * (256 * MIB), 9))),
    "100,000 chunks": lambda: png_with(*[chunk(b"tEXt", b"Software\0Midjourney")] * 100_000),
    "entities in XMP": lambda: webp_with((b"XMP ", xmp("<xmp:CreatorTool>&c;</xmp:CreatorTool>", head=BOMB))),
    "an outer entity in XMP": lambda: webp_with(
        (
            b"XMP ",
            xmp(
                "<xmp:CreatorTool>&x;</xmp:CreatorTool>", head='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            ),
        )
    ),
    "deep XMP": lambda: webp_with((b"XMP ", b"<a>" * 300_000)),
    "many elements in XMP": lambda: webp_with((b"XMP ", b"<a>" + b"<b/>" * 200_000 + b"</a>")),
    "many properties in XMP": lambda: webp_with(
        (b"XMP ", xmp("<dc:creator>" + "<rdf:li>a</rdf:li>" * 40_000 + "</dc:creator>"))
    ),
    "an unknown encoding of XMP": lambda: webp_with((b"XMP ", xmp(head='<?xml version="1.0" encoding="utf-99"?>'))),
    "a million fields of EXIF": lambda: png_with(chunk(b"eXIf", fields(65_535))),
    "EXIF that names itself": lambda: jpeg_with(
        segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8))
    ),
    "giant counts in EXIF": lambda: jpeg_with(
        segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x0131, 2, 0xFFFFFFFF, 0))
    ),
    "deep JSON": lambda: png(AIGC='{"Label":' + "[" * 16_000, prompt="[" * 500_000),
    "long JSON": lambda: png(AIGC=json.dumps({"Label": "1", "ContentProducer": "x" * MIB})),
    "a number of JSON": lambda: png(AIGC='{"Label": ' + "9" * 10_000 + "}"),
    "nested JUMBF": lambda: png_with(chunk(b"caBX", nested(3000))),
    "JUMBF that is longer than it is": lambda: png_with(
        chunk(b"caBX", b"\xff\xff\xff\xffjumb\xff\xff\xff\xffjumd" * 9)
    ),
    "JUMBF of length nothing": lambda: png_with(chunk(b"caBX", bytes(4) + b"jumb" + bytes(10_000))),
    "60,000 segments": lambda: jpeg_with(*[segment(0xFE, b"a")] * 60_000),
    "60,000 segments of APP11": lambda: jpeg_with(*[segment(0xEB, b"JP\0\1\0\0\0\1" + bytes(8))] * 60_000),
    "an endless chunk": lambda: saved("PNG")[:33] + b"\xff\xff\xff\xfftEXtSoftware\0Midjourney",
    "an endless RIFF chunk": lambda: saved("WEBP")[:12] + b"EXIF\xff\xff\xff\xffII*\0",
    "tables cut off": lambda: b"\xff\xd8" + segment(0xDB, b"\x00" * 20) + segment(0xC0, b"\x08"),
    "Photoshop's resources cut off": lambda: jpeg_with(segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\xff")),
    "IPTC cut off": lambda: jpeg_with(
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x05\x1c\x02\x50\xff\xff")
    ),
    "AVIF cut off": lambda: saved("AVIF")[:200],
    "GIF cut off": lambda: saved("GIF")[:20],
    "AVIF with a box of no length": lambda: saved("AVIF") + b"\0\0\0\1uuid\0\0\0\0\0\0\0\1",
}


def nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = files.superbox(b"c2pa", inner)
    return inner


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_metadata_costs_little(name: str) -> None:
    bounded(HOSTILE[name]())


UNREAD = "It holds more beside the picture than is read here; the rest was left unread"
MORE: dict[str, Callable[[], bytes]] = {
    "a long text": lambda: png(Software="Midjourney", Comment="a" * 2 * MIB),
    "a long packet": lambda: webp_with((b"XMP ", xmp() + b" " * 2 * MIB)),
    "a long field of EXIF": lambda: png_with(
        chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x0131, 2, MIB // 2, 26) + b"a" * MIB)
    ),
    "many comments": lambda: jpeg_with(*[segment(0xFE, b"a")] * 60),
    "many packets": lambda: jpeg_with(*[segment(0xE1, XMP_HEAD + xmp())] * 5),
    "a long tag of MP4": lambda: clips.mp4(clips.itunes(c_too="a" * 2 * MIB)),
    "a long tag of Matroska": lambda: clips.matroska(("COMMENT", "a" * 2 * MIB)),
    "a long fact of AVI": lambda: clips.avi(ICMT="a" * 2 * MIB),
    "many tags": lambda: clips.matroska(*[(f"T{i}", "a") for i in range(300)]),
}


def looked(data: bytes) -> list[str]:
    found = inspect_clip(io.BytesIO(data)) if looks_like_video(data) else bounded(data)
    return [claim.claim for claim in found.claims if claim.kind == "unread"]


@pytest.mark.parametrize("name", [*MORE, "200 packed texts of a megabyte", "a packed gigabyte", "100,000 chunks"])
def test_what_was_left_unread_is_said(name: str) -> None:
    assert looked((MORE | HOSTILE)[name]()) == [UNREAD]


@pytest.mark.parametrize("name", ["texts that begin like settings", "EXIF that names itself"])
def test_what_was_read_whole_is_not_called_unread(name: str) -> None:
    assert looked(HOSTILE[name]()) == []
    assert looked(clips.mp4(clips.itunes(c_too="Sora"))) == []


def test_entities_are_refused_and_said() -> None:
    found = bounded(HOSTILE["an outer entity in XMP"]())
    assert [c.kind for c in found.claims if c.source == "XMP"] == ["unread"]
    assert "root:" not in repr(found)


def test_a_damaged_packet_gives_what_stood_before_the_damage() -> None:
    packet = xmp(f"<Iptc4xmpExt:DigitalSourceType>{AI}</Iptc4xmpExt:DigitalSourceType><broken")
    assert any(c.kind == "generated" for c in bounded(webp_with((b"XMP ", packet))).claims)


ESCAPES = "\x1b[2J\x1b]0;owned\x07\x00\x9b31m\u202egnp.exe\u200b\r\n\ud800"


def test_control_characters_become_escapes() -> None:
    plain = ESCAPES.replace("\ud800", "").replace("\0", "")
    said = bounded(png(Software=plain, Author=plain, parameters=A1111.replace("dream_8", plain.replace("\r\n", ""))))
    assert any("\\x1b[2J" in c.claim for c in said.claims)
    assert any("\\u202e" in c.claim for c in said.private)
    label = json.dumps({"AIGC": {"Label": "1", "ContentProducer": ESCAPES}})
    (claim,) = [c for c in bounded(png(AIGC=label)).claims if c.kind == "generated"]
    assert "\\ud800" in claim.claim
    tricky = saved(exif=files.exif(Make=plain, Model="x", DateTime=plain))
    assert any(c.kind == "camera" for c in bounded(tricky).claims)


KINDS = {
    "JPEG": lambda: jpeg_with(segment(0xE1, XMP_HEAD + xmp()), files.iptc((80, "x"))),
    "PNG": lambda: png(parameters=A1111, AIGC="{}"),
    "WEBP": lambda: webp_with((b"XMP ", xmp()), (b"EXIF", files.exif(Make="x", Artist="y")[6:])),
    "TIFF": lambda: saved("TIFF", tiffinfo={700: xmp(), 305: "x"}),
    "AVIF": lambda: saved("AVIF", xmp=xmp(), exif=files.exif(Make="x")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_never_raises(kind: str) -> None:
    whole, chance = KINDS[kind](), random.Random(kind)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(12, len(data))] = chance.randrange(256)
        inspect(bytes(data[: chance.randint(12, len(data))]))
