"""What the one who runs the page can decide: environment variables ``FAUXFACE_…``, each with a default that works."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from fauxface.errors import DataError, FauxfaceError
from fauxface.files import home_folder
from fauxface.images.limits import DEFAULT_LIMITS, Limits
from fauxface.web.edge.request import OWN

MIB = 1 << 20
# Its path goes into every page and into a cookie: nothing but plain characters, and no empty part.
_URL: Final = re.compile(r"https?://[^/?#\s\"'<>\\]+(?:/(?P<path>(?:[\w.~-]+/)*[\w.~-]*))?", re.ASCII)


class SettingsError(FauxfaceError):
    """A setting of the page has a value that it cannot have."""

    code = "bad_setting"


def default_data_dir() -> Path:
    """Where the page keeps its database if nobody says otherwise (XDG base directories).

    Raises:
        DataError: this user has no home folder (code ``cannot_write``).
    """
    base = Path(os.environ.get("XDG_DATA_HOME", ""))
    try:
        if base.is_absolute():  # the standard says that a relative path is to be ignored
            return base / "fauxface"
        return home_folder() / ".local" / "share" / "fauxface"
    except RuntimeError as e:  # no HOME, and no line in /etc/passwd: a container with a number for a user
        raise DataError(
            "this user has no home folder to keep the page's database in: name a folder with  --data-dir FOLDER  "
            "(or FAUXFACE_DATA_DIR)",
            code="cannot_write",
        ) from e


class Settings(BaseSettings):
    """Settings of the page.

    Attributes:
        weights: "default" or "resnet68", or a folder that holds card.json.
        threads: processor threads of the detector; none: one for each core.
        data_dir: where the database, kept pictures and running jobs lie.
        database_url: of PostgreSQL or SQLite; none: a SQLite file in ``data_dir``.
        max_picture_mb, max_megapixels: largest picture, in MiB and in millions of pixels as decoded (a large JPEG is
            decoded at a fraction of its size); the limits of the command line, `fauxface.images.files.Limits`.
        max_files: pictures in one request.
        max_video_mb, max_video_seconds, video_frames: largest clip, its length, and how many of its frames are judged.
        uploads_mb: uploads of all visitors that one process holds at once, in memory or in temporary files, in MiB; who
            comes with more is answered with 503.
        batch_size, batch_wait_ms: pictures judged together, and how long the first of them waits for the others.
        queue_size: pictures that may wait; while so many do, new requests are answered with 503.
        body_seconds: in which a request must have arrived whole; idle_seconds: longest silence while it does.
        header_seconds: in which the headers of a request must have arrived.
        require_key: the API answers only those who show a key (`fauxface keys add`).
        per_minute: requests a minute that judge something, for each key or address; 0: no limit.
        max_clients: requests under way at once; more are answered with 503.
        share_days: how long a shared result stands.
        job_minutes: how long the result of a clip can be fetched.
        drain_seconds: how long a stop waits for what was accepted.
        c2pa_trust: a file with certificates (PEM) of those whose content credentials are trusted; none: nobody's.
        public_url: how visitors reach the page, for the addresses of shared results; default: as the request says. Its
            path is what all addresses on the page begin with, see `fauxface.web.edge.request`.
        trust_proxy: addresses of proxies whose word on the visitor's address is believed.
    """

    model_config = SettingsConfigDict(env_prefix="FAUXFACE_", frozen=True, extra="ignore")

    weights: str = "default"
    threads: int | None = Field(default=None, ge=1, le=1024)
    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: str | None = None
    max_picture_mb: float = Field(default=DEFAULT_LIMITS.max_bytes / MIB, gt=0, le=DEFAULT_LIMITS.max_bytes / MIB)
    max_megapixels: float = Field(default=DEFAULT_LIMITS.max_pixels / 1e6, gt=0, le=DEFAULT_LIMITS.max_pixels / 1e6)
    max_files: int = Field(default=10, ge=1, le=100)
    max_video_mb: float = Field(default=100, gt=0, le=2048)
    max_video_seconds: float = Field(default=300, gt=0, le=3600)
    video_frames: int = Field(default=24, ge=1, le=256)
    uploads_mb: float = Field(default=512, gt=0)
    batch_size: int = Field(default=2, ge=1, le=256)
    batch_wait_ms: float = Field(default=3, ge=0, le=1000)
    queue_size: int = Field(default=4, ge=1, le=10_000)
    body_seconds: float = Field(default=120, gt=0)
    idle_seconds: float = Field(default=15, gt=0)
    header_seconds: float = Field(default=10, gt=0)
    require_key: bool = False
    per_minute: int = Field(default=0, ge=0)
    max_clients: int = Field(default=256, ge=1)
    share_days: float = Field(default=30, gt=0, le=3650)
    job_minutes: float = Field(default=15, gt=0, le=1440)
    drain_seconds: int = Field(default=30, ge=0)
    c2pa_trust: Path | None = None
    public_url: str = ""
    trust_proxy: str = ""

    @property
    def max_picture_bytes(self) -> int:
        """Largest picture in bytes."""
        return round(self.max_picture_mb * MIB)

    @property
    def limits(self) -> Limits:
        """What a picture may ask for."""
        return replace(
            DEFAULT_LIMITS, max_bytes=self.max_picture_bytes, max_pixels=round(self.max_megapixels * 1_000_000)
        )

    @property
    def max_video_bytes(self) -> int:
        """Largest clip in bytes."""
        return round(self.max_video_mb * MIB)

    @property
    def root(self) -> str:
        """The path of ``public_url`` without a slash at its end, ``/faces``; nothing if the page has a whole host."""
        return urlsplit(self.public_url).path.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str) -> str:
        if not url:
            return url
        try:
            urlsplit(url)
        except ValueError as e:
            raise ValueError(f"must be an address, not {url!r} ({e})") from e
        found = _URL.fullmatch(url)
        if found is None or {".", ".."} & set((found["path"] or "").split("/")):
            raise ValueError(f"must be such as https://faces.example or https://host.example/faces, not {url!r}")
        if (first := (found["path"] or "").split("/")[0]) in OWN:
            raise ValueError(f"the page has addresses of its own below /{first}: take another path, such as /faces")
        return url

    @classmethod
    def load(cls, **overrides: Any) -> Settings:
        """From the environment, with what the command line says on top.

        Raises:
            SettingsError: a value is out of its range.
        """
        try:
            return cls(**{k: v for k, v in overrides.items() if v is not None})
        except ValidationError as e:
            first = e.errors()[0]
            name = "FAUXFACE_" + "_".join(str(part) for part in first["loc"]).upper()
            raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from e
