"""The page's limits on a picture are the command line's, and a large JPEG is held to what is decoded of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.web.conftest import files, picture

from fauxface.errors import ImageError
from fauxface.images.limits import DEFAULT_LIMITS
from fauxface.web.services.uploads import Upload, check_picture
from fauxface.web.settings import Settings, SettingsError


def test_the_limits_come_from_one_place(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).limits == DEFAULT_LIMITS
    lower = Settings(data_dir=tmp_path, max_picture_mb=2, max_megapixels=3).limits
    assert (lower.max_bytes, lower.max_pixels) == (2 << 20, 3_000_000)
    assert lower.max_side == DEFAULT_LIMITS.max_side
    for name in ("max_picture_mb", "max_megapixels"):
        with pytest.raises(SettingsError):
            Settings.load(data_dir=tmp_path, **{name: 101})


def test_a_jpeg_may_have_more_pixels_than_are_decoded(make_client: Callable[..., TestClient], tmp_path: Path) -> None:
    client = make_client()  # one megapixel
    told = client.post("/api/v1/predict", files=files(picture(245, size=1100), picture(245, size=1100, kind="PNG")))
    first, second = told.json()["verdicts"]
    assert first["label"] == "real"
    assert second["error"]["code"] == "too_many_pixels"
    settings = Settings(data_dir=tmp_path, max_megapixels=0.01)
    check_picture(Upload("x.jpg", picture(size=780)), settings)
    with pytest.raises(ImageError):
        check_picture(Upload("x.jpg", picture(size=820)), settings)
