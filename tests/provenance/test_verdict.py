"""What a file says goes with its verdict and changes nothing in it; who hands over pixels has no file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.provenance import files
from tests.provenance.files import A1111, png, saved

from fauxface import Detector
from fauxface.verdict import Verdict


@pytest.fixture
def detector(tiny_weights: Path) -> Detector:
    return Detector.load(tiny_weights, threads=1, faces="off")


def test_the_same_verdict_with_and_without_metadata(detector: Detector, tmp_path: Path) -> None:
    told, silent = detector.predict(png(parameters=A1111)), detector.predict(saved("PNG"))
    assert told.probability_fake == silent.probability_fake
    assert (told.label, told.reasons) == (silent.label, silent.reasons)
    assert told.provenance[0].confesses
    assert not any(claim.confesses for claim in silent.provenance)
    path = tmp_path / "a.png"
    path.write_bytes(png(parameters=A1111))
    for source in (path, str(path), io.BytesIO(path.read_bytes()), bytearray(path.read_bytes())):
        assert detector.predict(source).provenance == told.provenance
    assert detector.predict(path).path == str(path)


def test_pixels_have_no_file(detector: Detector) -> None:
    image = Image.open(io.BytesIO(png(parameters=A1111)))
    assert detector.predict(image).provenance == ()
    assert detector.predict(np.asarray(image)).provenance == ()


def test_a_picture_that_cannot_be_judged_still_speaks(detector: Detector) -> None:
    info = files.PngInfo()
    info.add_text("Software", "Midjourney")
    small = saved("PNG", size=(8, 8), pnginfo=info)
    (verdict,) = detector.predict_many([small])
    assert verdict.error is not None
    assert verdict.provenance[0].confesses


def test_a_moving_picture(detector: Detector) -> None:
    out = io.BytesIO()
    frames = [files.pixels(), files.pixels().transpose(Image.Transpose.ROTATE_90)]
    info = files.PngInfo()
    info.add_text("Software", "Midjourney")
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], pnginfo=info)
    assert detector.predict(out.getvalue()).provenance[0].confesses


def test_as_json(detector: Detector) -> None:
    row = json.loads(json.dumps(detector.predict(png(Software="Midjourney", Author="Ada")).to_dict()))
    assert row["provenance"][0]["kind"] == "generated"
    assert list(row["provenance"][0]) == ["kind", "claim", "source", "strength"]
    assert "Ada" not in json.dumps(row)
    assert Verdict("a", None, None, "m").to_dict()["provenance"] == []
