"""The page's memory on SQLite and on a real PostgreSQL server: tests that ask for `url` or `store` run on both."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fauxface.web.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Of an empty database."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


@pytest.fixture
def store(url: str | None, tmp_path: Path) -> Iterator[Store]:
    """Open, empty."""
    opened = Store.open(url, tmp_path / "page")
    yield opened
    opened.close()


def png(number: int) -> bytes:
    """A small picture; different for each number below 2**24."""
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (number >> 16, number >> 8 & 255, number & 255)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def picture() -> Callable[[int], bytes]:
    """`png`, for tests."""
    return png


@pytest.fixture
def verdict() -> dict[str, Any]:
    """What the detector said, as the page hands it over."""
    return {
        "path": "my holiday.png",
        "label": "fake",
        "probability_fake": 0.875,
        "model": "tiny@1",
        "error": None,
        "elapsed_ms": 1.5,
        "notes": [],
        "faces": None,
        "reasons": [],
    }
