"""Clips as jobs: judged frame by frame, looked after, stopped, forgotten."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.provenance.clips import itunes, mp4
from tests.video.clips import write_clip
from tests.web.conftest import DARK

from fauxface.web.services import job as one_job
from fauxface.web.services import jobs

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
    assert job["verdict"]["label"] == "uncertain"
    assert job["phrasing"]["meaning"] == "", "no promise where nothing is said"
    assert job["phrasing"]["number"] == f"{labels.count('fake')} of 8 frames look AI-generated"
    assert "frames one by one" in job["phrasing"]["next"][0]
    assert job["phrasing"]["sentence"]
    made = client.post("/api/v1/results", data={"receipt": job["receipt"]}).json()
    assert job["phrasing"]["sentence"] in client.get(made["url"]).text
    assert client.get(f"/api/v1/results/{made['id']}").json()["about"] == "clip"
    told = client.post("/api/v1/feedback", data={"receipt": job["receipt"], "says": "real"})
    assert told.json()["kept_picture"] is False
    assert all(frame["picture"].startswith("data:image/jpeg") for frame in job["frames"])
    assert [frame["seconds"] for frame in job["frames"]] == sorted(frame["seconds"] for frame in job["frames"])
    kept = [path.name for path in (tmp_path / "data" / "jobs").glob("*/*")]
    assert "clip" not in kept, "the clip itself is gone as soon as it was read"


def test_a_clip_that_cannot_be_judged_says_what_its_file_says(client: TestClient) -> None:
    job = ended(client, start(client, mp4(itunes(c_too="Sora"))))  # it has no frames
    assert job["state"] == "failed"
    assert job["verdict"]["label"] is None
    assert job["verdict"]["error"]["code"] == job["error"]["code"]
    assert job["verdict"]["provenance"][0]["claim"] == "The file says that it was made with OpenAI Sora"
    assert job["phrasing"]["sentence"] == "Could not be checked"
    assert job["receipt"] is None
    page = client.get(f"/clip/{job['id']}")
    assert page.status_code == 422
    assert "was made with OpenAI Sora" in page.text


def test_what_a_clip_says_of_itself_stands_in_its_verdict(client: TestClient, clip: bytes) -> None:
    named = re.sub(rb"Lavf[\d.]+", lambda found: b"Sora".ljust(len(found[0])), clip)
    job = ended(client, start(client, named))
    first = job["verdict"]["provenance"][0]
    assert (first["kind"], first["claim"]) == ("generated", "The file says that it was made with OpenAI Sora")
    page = client.get(f"/clip/{job['id']}").text
    assert page.index("was made with OpenAI Sora") < page.index(job["phrasing"]["sentence"])
    made = client.post("/api/v1/results", data={"receipt": job["receipt"]}).json()
    assert "was made with OpenAI Sora" in client.get(made["url"]).text


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


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Clips are judged only while it is open."""
    event = threading.Event()
    judge = one_job.judge_frames

    def waits(*arguments: Any, **options: Any) -> Iterator[Any]:
        assert event.wait(PATIENCE)
        yield from judge(*arguments, **options)

    monkeypatch.setattr(one_job, "judge_frames", waits)
    yield event
    event.set()


def test_a_clip_can_be_stopped(client: TestClient, clip: bytes, gate: threading.Event, tmp_path: Path) -> None:
    first, second = start(client, clip), start(client, clip)
    while client.get(f"/api/v1/jobs/{first['id']}").json()["state"] != "running":
        time.sleep(0.01)
    assert client.delete(f"/api/v1/jobs/{second['id']}").json()["state"] == "cancelled", "it was waiting still"
    assert not (tmp_path / "data" / "jobs" / second["id"] / "clip").exists(), "nothing of it is kept"
    assert client.delete(f"/api/v1/jobs/{first['id']}").json()["state"] == "running"
    gate.set()
    assert ended(client, first)["state"] == "cancelled", "at the next frame"
    assert ended(client, start(client, clip))["state"] == "done", "the next one has its turn"


def test_too_many_clips_are_refused(client: TestClient, clip: bytes, gate: threading.Event) -> None:
    first = start(client, clip)
    while client.get(f"/api/v1/jobs/{first['id']}").json()["state"] != "running":
        time.sleep(0.01)
    waiting = [start(client, clip) for _ in range(jobs.MOST_WAITING)]
    refused = client.post("/api/v1/videos", files={"file": ("a.mp4", clip)})
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    assert int(refused.headers["retry-after"]) >= 1
    client.delete(f"/api/v1/jobs/{waiting[0]['id']}")
    assert client.post("/api/v1/videos", files={"file": ("a.mp4", clip)}).status_code == 202, "its place is free"
    gate.set()
    assert ended(client, first)["state"] == "done"


def two_clips(client: TestClient, clip: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """One that is being judged and one that waits."""
    first, second = start(client, clip), start(client, clip)
    while client.get(f"/api/v1/jobs/{first['id']}").json()["state"] != "running":
        time.sleep(0.01)
    return first, second


def test_a_stop_finishes_the_clips_that_were_accepted(
    client: TestClient, clip: bytes, gate: threading.Event, tmp_path: Path
) -> None:
    first, second = two_clips(client, clip)
    state = client.app.app.app.app.state  # type: ignore[attr-defined]
    closing = threading.Thread(target=state.jobs.close, args=(PATIENCE,))
    closing.start()
    while state.jobs.alive:
        time.sleep(0.01)
    refused = client.post("/api/v1/videos", files={"file": ("a.mp4", clip)})
    assert (refused.status_code, refused.json()["code"]) == (503, "closing")
    assert client.get("/readyz").status_code == 503
    gate.set()
    closing.join(PATIENCE)
    for job in (first, second):
        folder = tmp_path / "data" / "jobs" / job["id"]
        assert one_job.Job(folder).body().state == "done", "it can be fetched from the server that comes next"
        assert not (folder / "clip").exists()


def test_what_a_stop_cannot_finish_in_time_is_said_and_gone(
    client: TestClient, clip: bytes, gate: threading.Event, tmp_path: Path
) -> None:
    jobs_made = two_clips(client, clip)
    state = client.app.app.app.app.state  # type: ignore[attr-defined]
    threading.Timer(1.0, gate.set).start()
    state.jobs.close(0.2)
    for job in jobs_made:
        folder = tmp_path / "data" / "jobs" / job["id"]
        body = one_job.Job(folder).body()
        assert (body.state, body.error and body.error.code) == ("failed", "interrupted"), (
            "nobody but the server stopped it"
        )
        assert not (folder / "clip").exists()


def test_a_clip_of_a_server_that_was_killed_has_failed(
    client: TestClient, clip: bytes, gate: threading.Event, tmp_path: Path
) -> None:
    first, _ = two_clips(client, clip)
    for life in (tmp_path / "data" / "jobs").glob("*.alive"):
        os.utime(life, (1, 1))
    job = client.get(f"/api/v1/jobs/{first['id']}").json()
    assert (job["state"], job["error"]["code"]) == ("failed", "interrupted")


def test_the_clip_of_a_dead_server_is_swept_away_before_its_word(
    make_client: Callable[..., TestClient],
    clip: bytes,
    gate: threading.Event,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.2)
    client = make_client()
    first, second = two_clips(client, clip)
    folder = tmp_path / "data" / "jobs"
    (folder / second["id"] / one_job.OWNER).write_text("killed.alive")
    deadline = time.monotonic() + PATIENCE
    while (folder / second["id"] / one_job.CLIP).exists():
        assert time.monotonic() < deadline, "although nobody asks"
        time.sleep(0.05)
    assert client.get(f"/api/v1/jobs/{second['id']}").json()["error"]["code"] == "interrupted"
    assert (folder / first["id"] / one_job.CLIP).exists(), "the living go on"


def test_a_clip_that_has_ended_can_be_forgotten_at_once(client: TestClient, clip: bytes, tmp_path: Path) -> None:
    job = ended(client, start(client, clip))
    assert client.delete(f"/api/v1/jobs/{job['id']}").json()["state"] == "done"
    assert client.get(f"/api/v1/jobs/{job['id']}").status_code == 404
    assert not (tmp_path / "data" / "jobs" / job["id"]).exists(), "nor its frames"


def test_a_disk_that_is_full_is_not_the_visitor_s_fault(
    client: TestClient, clip: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(one_job.shutil, "copyfileobj", full)
    refused = client.post("/api/v1/videos", files={"file": ("a.mp4", clip)})
    assert (refused.status_code, refused.json()["code"]) == (503, "cannot_write")
    assert int(refused.headers["retry-after"]) >= 1
    assert not [path for path in (tmp_path / "data" / "jobs").iterdir() if path.is_dir()]


def test_a_clip_that_cannot_be_written_about_does_not_end_the_next(
    client: TestClient, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, broken = one_job.Job.write, [True]

    def full(self: one_job.Job, body: Any) -> None:
        if broken[0] and body.state != "queued":
            raise OSError(28, "No space left on device")
        write(self, body)

    monkeypatch.setattr(one_job.Job, "write", full)
    job = start(client, clip)
    while job["state"] != "failed":
        time.sleep(0.05)
        job = client.get(f"/api/v1/jobs/{job['id']}").json()
    assert job["error"]["code"] == "interrupted"
    broken[0] = False
    assert ended(client, start(client, clip))["state"] == "done"


def test_finished_clips_are_swept_without_anybody_asking(
    make_client: Callable[..., TestClient], clip: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.2)
    client = make_client(job_minutes=0.02)
    start(client, clip)
    deadline = time.monotonic() + PATIENCE
    while any(path.is_dir() for path in (tmp_path / "data" / "jobs").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_is_no_clip_takes_nobody_s_place(client: TestClient, clip: bytes, gate: threading.Event) -> None:
    real = start(client, clip)
    junk = [start(client, b"junk" * 100) for _ in range(2 * jobs.MOST_WAITING)]
    assert {job["state"] for job in junk} == {"failed"}
    assert {job["error"]["code"] for job in junk} == {"not_a_video"}
    gate.set()
    assert ended(client, real)["state"] == "done"


def test_a_clip_above_the_limit_is_not_taken(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_video_mb=0.5)
    response = client.post("/api/v1/videos", files={"file": ("a.mp4", b"x" * (1 << 20))})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_results_are_forgotten(make_client: Callable[..., TestClient], clip: bytes) -> None:
    client = make_client(job_minutes=0.02)
    job = start(client, clip)
    deadline = time.monotonic() + PATIENCE
    while (told := client.get(f"/api/v1/jobs/{job['id']}")).status_code != 404:
        assert time.monotonic() < deadline
        assert told.json()["state"] in ("queued", "running", "done"), "not before its turn"
        time.sleep(0.05)
