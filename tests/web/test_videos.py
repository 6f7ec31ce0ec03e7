"""Clips as jobs: judged frame by frame, looked after, stopped, forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.video.clips import write_clip
from tests.web.conftest import DARK

PATIENCE = 60


def start(client: TestClient, data: bytes, name: str = "clip.mp4") -> dict[str, Any]:
    response = client.post("/api/v1/videos", files={"file": (name, data)})
    assert response.status_code == 202, response.text
    return response.json()


def ended(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        job = client.get(f"/api/v1/jobs/{job['id']}").json()
    return job


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    """Dark first, then bright."""
    return write_clip(tmp_path / "clip.mp4", level=lambda t: 10 if t < 1.2 else 245).read_bytes()


def test_a_clip_is_judged_frame_by_frame(make_client: Callable[..., TestClient], clip: bytes, tmp_path: Path) -> None:
    client = make_client(video_frames=8)
    job = ended(client, start(client, clip, "../../holiday.mp4"))
    assert job["state"] == "done", job
    assert job["done"] == len(job["frames"]) == 8
    labels = [frame["verdict"]["label"] for frame in job["frames"]]
    assert labels[0] == "fake"
    assert labels[-1] == "real"
    assert job["verdict"]["path"] == "holiday.mp4"
    assert 0 < job["verdict"]["share_fake"] < 1
    assert job["words"]["sentence"]
    assert all(frame["picture"].startswith("data:image/jpeg") for frame in job["frames"])
    assert [frame["seconds"] for frame in job["frames"]] == sorted(frame["seconds"] for frame in job["frames"])
    kept = [path.name for path in (tmp_path / "data" / "jobs").glob("*/*")]
    assert "clip" not in kept, "the clip itself is gone as soon as it was read"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (DARK, "not_a_video"),
        (b"", "empty_file"),
        (b"#EXTM3U\nhttp://127.0.0.1/x.ts\n", None),
        (b"\0" * 5000, "not_a_video"),
    ],
)
def test_what_is_no_clip_fails_with_a_word(client: TestClient, data: bytes, code: str | None) -> None:
    job = ended(client, start(client, data))
    assert job["state"] == "failed"
    assert job["error"]["message"].startswith("clip.mp4: ")
    assert code in (None, job["error"]["code"])


def test_a_clip_that_is_cut_off(client: TestClient, clip: bytes) -> None:
    job = ended(client, start(client, clip[: len(clip) // 2]))
    assert job["state"] in ("failed", "done")
    assert (job["error"] is None) == (job["state"] == "done")


def test_a_clip_can_be_stopped(make_client: Callable[..., TestClient], clip: bytes) -> None:
    client = make_client(video_frames=32)
    first, second = start(client, clip), start(client, clip)
    told = client.delete(f"/api/v1/jobs/{second['id']}").json()
    assert told["state"] in ("cancelled", "running", "queued")
    assert ended(client, second)["state"] == "cancelled"
    assert ended(client, first)["state"] == "done"


def test_too_many_clips_are_refused(make_client: Callable[..., TestClient], clip: bytes) -> None:
    client = make_client(video_frames=64)
    codes = [client.post("/api/v1/videos", files={"file": ("a.mp4", clip)}).status_code for _ in range(9)]
    assert codes.count(202) >= 4
    refused = client.post("/api/v1/videos", files={"file": ("a.mp4", clip)})
    assert 503 in {*codes, refused.status_code}


def test_a_clip_above_the_limit_is_not_taken(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_video_mb=0.5)
    response = client.post("/api/v1/videos", files={"file": ("a.mp4", b"x" * (1 << 20))})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_results_are_forgotten(make_client: Callable[..., TestClient], clip: bytes) -> None:
    client = make_client(job_minutes=0.02)
    job = ended(client, start(client, clip))
    time.sleep(1.5)
    assert client.get(f"/api/v1/jobs/{job['id']}").status_code == 404
