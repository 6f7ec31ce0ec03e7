"""Each kind of statement in each kind of file, told by what it says and where it stands."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from tests.provenance import files
from tests.provenance.files import A1111, AI, XMP_HEAD, exif, jpeg_with, png, saved, segment, webp_with, xmp

from fauxface.provenance import confession, inspect
from fauxface.verdict import Claim, ClaimKind


def of(data: bytes, kind: ClaimKind) -> list[Claim]:
    return [claim for claim in inspect(data).claims if claim.kind == kind]


def said(data: bytes) -> str | None:
    claim = confession(inspect(data).claims)
    return None if claim is None else claim.claim


GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 1}}})
NODES = json.dumps({"last_node_id": 9, "nodes": [{"id": 1}], "links": []})


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (png(parameters=A1111), "Stable Diffusion, model “dream_8”"),
        (png(parameters=A1111.replace("v1.9.4", "f2.0.1v1.10.1")), "Stable Diffusion WebUI Forge, model “dream_8”"),
        (png(parameters=A1111.replace("v1.9.4", "ComfyUI")), "ComfyUI, model “dream_8”"),
        (png(prompt=GRAPH, workflow=NODES), "ComfyUI"),
        (png(workflow=NODES), "ComfyUI"),
        (png(invokeai_metadata='{"app_version": "4.2"}'), "InvokeAI"),
        (png(Software="NovelAI", Comment='{"steps": 28, "uc": "bad"}'), "NovelAI"),
        (png(fooocus_scheme="fooocus", parameters='{"base_model": "x"}'), "Fooocus"),
        (png(parameters='{"sui_image_params": {"prompt": "x"}}'), "SwarmUI"),
        (png(Description="a face --v 6 Job ID: 12345678-1234-1234-1234-123456789abc"), "Midjourney"),
        (png(Software="Stable Diffusion"), "Stable Diffusion"),
        (saved(exif=exif(UserComment=b"UNICODE\0" + A1111.encode("utf-16-be"))), "Stable Diffusion, model “dream_8”"),
        (saved(exif=exif(UserComment=b"UNICODE\0" + A1111.encode("utf-16-le"))), "Stable Diffusion, model “dream_8”"),
        (saved(exif=exif(UserComment=b"ASCII\0\0\0" + A1111.encode())), "Stable Diffusion, model “dream_8”"),
        (saved(comment=A1111.encode()), "Stable Diffusion, model “dream_8”"),
        (saved(exif=exif(MakerNote=b"fooocus")), "Fooocus"),
        (saved(exif=exif(Software="Adobe Firefly 3")), "Adobe Firefly"),
        (saved("WEBP", exif=exif(Make=f"workflow:{NODES}", Model=f"prompt:{GRAPH}")), "ComfyUI"),
        (saved("TIFF", exif=exif(Software="Midjourney")), "Midjourney"),
        (saved("AVIF", exif=exif(Software="Midjourney")), "Midjourney"),
        (saved("GIF", comment=A1111.encode()), "Stable Diffusion, model “dream_8”"),
        (jpeg_with(segment(0xE1, XMP_HEAD + xmp("<xmp:CreatorTool>Draw Things</xmp:CreatorTool>"))), "Draw Things"),
        (webp_with((b"XMP ", xmp(attributes='xmp:CreatorTool="Draw Things"'))), "Draw Things"),
        (jpeg_with(files.iptc((110, "Made with Google AI"))), "Google AI"),
    ],
)
def test_a_generator_is_named(data: bytes, name: str) -> None:
    assert said(data) == f"The file says that it was made with {name}"


PACKED = b"parameters\0\0" + zlib.compress(A1111.encode())
INTERNATIONAL = b"parameters\0\1\0\0\0" + zlib.compress(A1111.encode())
HEX = exif(Software="Midjourney").hex().encode()
RAW = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n%8d\n%s\n" % (len(HEX) // 2, HEX))


@pytest.mark.parametrize(
    "chunks",
    [files.chunk(b"zTXt", PACKED), files.chunk(b"iTXt", INTERNATIONAL), files.chunk(b"zTXt", RAW)],
    ids=["zTXt", "iTXt", "ImageMagick"],
)
def test_packed_texts_of_a_png(chunks: bytes) -> None:
    assert said(files.png_with(chunks)) is not None
    data = saved("PNG")
    assert said(data[:-12] + chunks + data[-12:]) is not None, "behind the pixels"


TYPE = f"<Iptc4xmpExt:DigitalSourceType>{AI}</Iptc4xmpExt:DigitalSourceType>"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda packet: jpeg_with(segment(0xE1, XMP_HEAD + packet)),
        lambda packet: files.png_with(files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)),
        lambda packet: webp_with((b"XMP ", packet)),
        lambda packet: saved("TIFF", tiffinfo={700: packet}),
        lambda packet: saved("AVIF", xmp=packet),
    ],
    ids=["JPEG", "PNG", "WebP", "TIFF", "AVIF"],
)
@pytest.mark.parametrize("word", ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "digitalCapture"])
def test_digital_source_types(wrap: Callable[[bytes], bytes], word: str) -> None:
    for packet in (
        xmp(TYPE.replace("trainedAlgorithmicMedia", word)),
        xmp(attributes=f'Iptc4xmpExt:DigitalSourceType="{AI.replace("trainedAlgorithmicMedia", word)}"'),
        xmp(f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{AI.replace("trainedAlgorithmicMedia", word)}"/>'),
    ):
        (claim,) = [c for c in inspect(wrap(packet)).claims if word in c.claim]
        assert claim.kind == {"t": "generated", "c": "edited_with_ai", "d": "captured"}[word[0]]
        assert (claim.source, claim.strength) == ("XMP “DigitalSourceType”", "stated")
        assert claim.confesses == (word != "digitalCapture")


def test_a_source_type_that_is_none_says_nothing() -> None:
    packet = xmp("<Iptc4xmpExt:DigitalSourceType>http://evil.example/x</Iptc4xmpExt:DigitalSourceType>")
    assert said(webp_with((b"XMP ", packet))) is None


@pytest.mark.parametrize(("label", "word"), [("1", "was made by AI"), ("2", "perhaps")])
def test_chinas_label(label: str, word: str) -> None:
    fields = json.dumps({"Label": label, "ContentProducer": "即梦 001", "ProduceID": "7", "ReservedCode1": ""})
    escaped = fields.replace('"', "&quot;")
    apart = f'TC260:Label="{label}" TC260:ContentProducer="即梦 001" TC260:ProduceID="7"'
    for data in (
        png(AIGC=fields),
        saved(exif=exif(UserComment=b"ASCII\0\0\0" + json.dumps({"AIGC": json.loads(fields)}).encode())),
        webp_with((b"XMP ", xmp(f"<TC260:AIGC>{escaped}</TC260:AIGC>"))),
        webp_with((b"XMP ", xmp(attributes=apart))),
    ):
        sentence = said(data)
        assert sentence is not None
        assert word in sentence
        assert "即梦 001" in sentence
    assert said(png(AIGC='{"Label": "9", "ContentProducer": "x"}')) is None
    assert said(png(AIGC='{"Label": "1"}')) is None, "any program may write such an object"


def test_a_name_in_a_free_text_is_only_a_hint() -> None:
    data = png(Comment="A photograph, not Stable Diffusion")
    (claim,) = of(data, "generated")
    assert (claim.claim, claim.strength) == ("A text in the file mentions Stable Diffusion", "hint")
    assert said(data) is None
    assert not of(png(Comment="a stable diffusion-free day, by Gemini Rue"), "camera")
    assert said(png(Software="Gemini Photos")) is None


def test_who_hands_a_photograph_out_did_not_generate_it() -> None:
    assert said(jpeg_with(files.iptc((110, "OpenAI")))) is None
    (claim,) = of(jpeg_with(files.iptc((110, "Edited with Google AI"))), "edited_with_ai")
    assert claim.confesses
    history = "<xmpMM:History><rdf:Seq><rdf:li stEvt:softwareAgent='Adobe Firefly'/></rdf:Seq></xmpMM:History>"
    assert said(webp_with((b"XMP ", xmp(history)))) == "The file says that it was edited with Adobe Firefly"


def test_camera_software_and_dates() -> None:
    data = saved(
        exif=exif(
            Make="Canon",
            Model="Canon EOS R5",
            Software="Adobe Photoshop 25.0",
            DateTime="2024:05:07 10:11:12",
            DateTimeOriginal="2024:05:06 10:11:12",
            ExposureTime=0.01,
            FNumber=2.8,
            ISO=100,
        )
    )
    assert [c.claim for c in of(data, "camera")] == ["The file names a camera: Canon EOS R5, with its exposure"]
    assert [c.claim for c in of(data, "software")] == ["Written by Adobe Photoshop 25.0"]
    assert [c.claim for c in of(data, "date")] == ["Written on 2024-05-07 10:11", "Taken on 2024-05-06 10:11"]
    assert said(data) is None
    assert {c.strength for c in inspect(data).claims} == {"hint"}
    (claim,) = of(saved(exif=exif(Make="Apple", Model="iPhone 15", Software="17.4.1")), "software")
    assert claim.claim == "Written by software version 17.4.1"
    assert of(saved(exif=exif(DateTime="yesterday")), "date") == []


def test_places_and_names_stand_apart() -> None:
    data = saved(
        exif=exif(
            Artist="Ada Lovelace",
            SerialNumber="4711",
            LatitudeRef="N",
            Latitude=(48.0, 30.0, 0.0),
            LongitudeRef="W",
            Longitude=(2.0, 15.0, 0.0),
        )
    )
    found = inspect(data)
    assert [c.claim for c in found.private] == [
        "Artist: Ada Lovelace",
        "Camera’s serial number: 4711",
        "Place: 48.50000, -2.25000",
    ]
    assert [c.claim for c in found.claims if c.kind == "private"] == [
        "It also holds a place and names, which are not shown"
    ]
    for secret in ("Lovelace", "4711", "48.5"):
        assert secret not in repr(found.claims)
    packet = xmp(
        "<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li></rdf:Seq></dc:creator>",
        attributes='exif:GPSLatitude="48,30N" exif:GPSLongitude="2,15W"',
    )
    found = inspect(jpeg_with(segment(0xE1, XMP_HEAD + packet), files.iptc((80, "Grace"))))
    assert {c.claim for c in found.private} == {"Creator: Ada", "Place: 48,30N, 2,15W", "Photographer: Grace"}
    assert "Ada" not in repr(found.claims)
    assert [c.kind for c in inspect(png(Author="Ada", parameters=A1111)).private] == ["person"]


def test_no_prompt_is_repeated() -> None:
    found = inspect(png(parameters=A1111, Description="Ada at home"))
    assert "portrait" not in repr(found)
    assert "Ada" not in repr(found)


def test_screenshots() -> None:
    stated = of(png(Software="gnome-screenshot"), "screenshot")
    assert [c.strength for c in stated] == ["stated"]
    assert of(saved(exif=exif(UserComment=b"ASCII\0\0\0Screenshot")), "screenshot")[0].strength == "stated"
    by_size = of(saved("PNG", size=(1170, 2532)), "screenshot")
    assert [c.strength for c in by_size] == ["hint"]
    assert of(saved("JPEG", size=(1170, 2532)), "screenshot") == []
    assert of(png(Comment="the shutter of a camera in the park"), "screenshot") == []


@pytest.mark.parametrize("quality", [30, 75, 90, 95])
def test_tables_of_a_jpeg(quality: int) -> None:
    (claim,) = of(saved(quality=quality), "encoding")
    assert claim.claim == f"JPEG of quality {quality}, with the standard tables that most programs and websites write"
    own = [8 + i // 4 for i in range(64)]
    data = saved(qtables=[own, own])
    assert "tables of its own" in of(data, "encoding")[0].claim
    adobe = data[:2] + segment(0xED, b"Photoshop 3.0\0") + segment(0xEE, b"Adobe\0d\0\0\0\0\1") + data[2:]
    assert "Adobe’s programs" in of(adobe, "encoding")[0].claim
    assert "progressive" in of(saved(progressive=True), "encoding")[0].claim


def test_size() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP"):
        assert [c.claim for c in of(saved(kind, size=(70, 90)), "size")] == ["70 × 90 pixels"], kind
    lossless = of(saved("WEBP", size=(70, 90), lossless=True), "size")
    assert [c.claim for c in lossless] == ["70 × 90 pixels"]
    assert "generators" in of(saved(size=(512, 512)), "size")[0].claim


def test_facebook_and_a_manifest_elsewhere() -> None:
    assert "Facebook" in of(jpeg_with(files.iptc((40, "FBMD01000abc"))), "software")[0].claim
    packet = xmp(attributes='dcterms:provenance="https://evil.example/manifest"')
    (claim,) = of(webp_with((b"XMP ", packet)), "content_credentials")
    assert "not fetched" in claim.claim


def test_a_confession_comes_first_and_each_claim_once() -> None:
    data = png(Software="Stable Diffusion", parameters=A1111, Comment="x", prompt=GRAPH, workflow=NODES)
    claims = inspect(data).claims
    assert [c.confesses for c in claims] == sorted((c.confesses for c in claims), reverse=True)
    assert len({c.claim for c in claims}) == len(claims)


def test_what_says_nothing() -> None:
    assert inspect(b"text").claims == inspect(b"").claims == ()
    assert [c.kind for c in inspect(saved("PNG")).claims] == ["size"]
    assert np.all([not c.confesses for c in inspect(saved()).claims])
