"""What clips say about themselves: tags of three families of containers, labels, content credentials, and lies."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc

import pytest
from tests.provenance import clips
from tests.provenance.clips import avi, element, itunes, manifest, matroska, mp4, old_text, quicktime
from tests.provenance.files import AI, box, superbox, xmp

from fauxface.provenance import confession, inspect_clip, testimony

AIGC = '{"Label":"1","ContentProducer":"0011","ProduceID":"x"}'


def looked(data: bytes) -> testimony.Testimony:
    file = io.BytesIO(data)
    file.seek(3)
    found = inspect_clip(file)
    assert file.tell() == 3, "put back"
    return found


def said(data: bytes) -> dict[str, str]:
    """Kind → claim; the last of each kind."""
    return {claim.kind: claim.claim for claim in looked(data).claims}


@pytest.mark.parametrize(
    ("data", "who", "source"),
    [
        (mp4(itunes(c_too="Sora")), "OpenAI Sora", "MP4 tag “encoder”"),
        (mp4(itunes(c_cmt="Created with Runway Gen-3")), None, ""),
        (mp4(quicktime(("software", "Kling AI 1.6"))), "Kling", "MP4 tag “software”"),
        (mp4(quicktime(("prompt", '{"3": {"class_type": "KSampler"}}'))), "ComfyUI", "MP4 tag “prompt”"),
        (
            mp4(itunes(c_cmt='{"prompt": "{\\"3\\": {\\"class_type\\": \\"KSampler\\"}}", "workflow": {}}')),
            "ComfyUI",
            "MP4 tag “comment”",
        ),
        (mp4(old_text(b"\xa9swr", "Pika"), head=clips.QT), "Pika", "MOV tag “software”"),
        (matroska(("ENCODER", "Google Veo 3")), "Google Veo", "Matroska tag “ENCODER”"),
        (matroska(app="Hailuo"), "Hailuo", "Matroska header “muxer”"),
        (avi(ISFT="FaceFusion 3"), "FaceFusion", "AVI tag “software”"),
    ],
)
def test_generators_by_their_tags(data: bytes, who: str | None, source: str) -> None:
    found = confession(looked(data).claims)
    if who is None:
        assert found is None
        assert said(data)["generated"] == "A text in the file mentions Runway", "a hint"
        return
    assert found is not None
    assert (found.claim, found.source) == (f"The file says that it was made with {who}", source)


def test_everyday_words_are_no_generators() -> None:
    for words in ("Runway at dusk", "My sister Sora", "Luma the cat", "pika pika", "veo todo"):
        assert "generated" not in said(mp4(itunes(c_nam=words, c_cmt=words))), words


@pytest.mark.parametrize(
    "data",
    [
        mp4(quicktime(("AIGC", AIGC))),
        mp4(itunes(AIGC=AIGC)),
        mp4(box(b"udta", box(b"AIGC", AIGC.encode()))),
        matroska(("AIGC", AIGC)),
        avi(AIGC=AIGC),
        mp4(box(b"uuid", clips.XMP + xmp(f"<TC260:AIGC>{AIGC.replace(chr(34), '&quot;')}</TC260:AIGC>"))),
    ],
)
def test_the_label_of_china(data: bytes) -> None:
    found = confession(looked(data).claims)
    assert found is not None
    assert "AIGC" in found.claim


def test_what_a_telephone_says() -> None:
    tags = (
        ("com.apple.quicktime.make", "Apple"),
        ("com.apple.quicktime.model", "iPhone 15"),
        ("com.apple.quicktime.software", "17.1"),
        ("com.apple.quicktime.creationdate", "2024-05-06T10:11:12+0200"),
        ("com.apple.quicktime.location.ISO6709", "+48.1371+011.5754/"),
        ("com.apple.quicktime.author", "Ada Lovelace"),
    )
    data = mp4(quicktime(*tags), made=3_797_834_000, head=clips.QT)
    found = looked(data)
    claims = {claim.claim for claim in found.claims}
    assert {"The file names a camera: Apple iPhone 15", "Written by software version 17.1"} <= claims
    assert {"Taken on 2024-05-06 10:11", "Written on 2024-05-06 09:53"} <= claims
    assert "It also holds a place and names, which are not shown" in claims
    assert not any("48.13" in claim or "Ada" in claim for claim in claims)
    assert {claim.claim for claim in found.private} == {"Place: +48.1371+011.5754/", "Author: Ada Lovelace"}
    assert "iPhone" in said(mp4(old_text(b"\xa9mod", "iPhone"), head=clips.QT))["camera"]
    assert looked(mp4(old_text(b"\xa9xyz", "+48+011/"))).private[0].claim == "Place: +48+011/"


def test_programs_and_dates_of_the_others() -> None:
    found = {c.claim for c in looked(matroska(("ENCODER", "Lavc61 libx264"), nanoseconds=10**18)).claims}
    assert found == {"Written by Lavf61.7.100", "Written by Lavc61 libx264", "Written on 2032-09-09 01:46"}
    assert said(avi(ISFT="Lavf58", ICRD="2020-02-03", IART="Ada")).keys() == {"software", "date", "private"}
    assert said(mp4(itunes(c_too="HandBrake 1.7")))["software"] == "Written by HandBrake 1.7"
    assert said(mp4()) == said(matroska(app="")) == {}


def test_digital_source_type_and_a_manifest_unchecked() -> None:
    packet = xmp(f"<Iptc4xmpExt:DigitalSourceType>{AI}</Iptc4xmpExt:DigitalSourceType>")
    assert confession(looked(mp4(top=box(b"uuid", clips.XMP + packet))).claims)
    store = superbox(b"c2pa", superbox(b"urn:uuid:1", b"digitalSourceType" + bytes([0x78, len(AI)]) + AI.encode()))
    assert "content_credentials" in said(mp4(top=manifest(store)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        clips.FTYP,
        clips.FTYP[:11],
        mp4()[:-40],
        clips.FTYP + struct.pack(">I", 3) + b"moov",
        clips.FTYP + struct.pack(">I", 1) + b"moov" + b"\xff" * 8,
        clips.FTYP + box(b"uuid", clips.C2PA),
        clips.FTYP + box(b"uuid", b""),
        mp4(box(b"udta", box(b"\xa9too", b"\xff"))),
        mp4(box(b"meta", b"")),
        mp4(box(b"udta", box(b"loci", b""))),
        mp4(quicktime(("a", "b")), made=2**32 - 1),
        matroska()[:30],
        element("1a45dfa3", b"") + bytes.fromhex("18538067") + b"\xff" * 20,
        element("1a45dfa3", b"") + b"\0" * 40,
        matroska(nanoseconds=-(2**63)),
        b"RIFF\xff\xff\xff\xffAVI LIST",
        avi(ISFT="x")[:-30],
    ],
)
def test_damaged_files_say_what_they_can(data: bytes) -> None:
    looked(data)


def deep(kind: bytes, levels: int) -> bytes:
    body = b""
    for _ in range(levels):
        body = box(kind, body)
    return body


@pytest.mark.parametrize(
    "data",
    [
        mp4(deep(b"udta", 5000), deep(b"meta", 2000)),
        mp4(box(b"udta", box(b"free", b"") * 300_000)),
        mp4(*[itunes(c_cmt="x" * 100_000)] * 200),
        mp4(itunes(**{f"k{i}": "Steps: 1, " * 50 for i in range(5000)})),
        mp4(quicktime(*[(f"name{i}", "v") for i in range(20_000)])),
        mp4(top=box(b"uuid", clips.XMP + b"<a>" * 300_000) * 4),
        mp4(top=manifest(b"\xff" * (20 << 20))),
        matroska(*[("COMMENT", "y" * 2000)] * 20_000),
        matroska(cluster=element("1f43b675", b"z") * 100_000),
        avi(ICMT="w" * (12 << 20)),
    ],
    ids=["deep", "many", "long", "settings", "keys", "xmp", "manifest", "tags", "clusters", "comment"],
)
def test_hostile_files_cost_little(data: bytes) -> None:
    file = io.BytesIO(data)
    inspect_clip(file)
    tracemalloc.start()
    start = time.process_time()
    found = inspect_clip(file)
    spent = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 20, "seconds, while every allocation is counted"
    assert peak < 64 << 20
    assert len(found.claims) <= 20


def test_writing_is_made_harmless() -> None:
    (claim,) = looked(mp4(itunes(c_too="x\x1b[31m\u202egpj\nline"))).claims
    assert claim.claim.isprintable()
