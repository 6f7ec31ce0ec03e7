"""Pictures and clips as the whole body of a request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.video.clips import write_clip
from tests.web.conftest import BRIGHT, DARK, files, picture

from fauxface.web.edge.request import FIELDS

KINDS = ("image/jpeg", "IMAGE/PNG", "image/heic; charset=binary", "application/octet-stream")


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_as_the_body_is_judged_like_one_in_a_form(client: TestClient, kind: str) -> None:
    for data, label in ((DARK, "fake"), (BRIGHT, "real")):
        raw = client.post("/api/v1/predict", content=data, headers={"content-type": kind}).json()
        form = client.post("/api/v1/predict", files=files(data)).json()
        assert raw["verdicts"][0]["label"] == label
        assert raw["verdicts"][0]["probability_fake"] == form["verdicts"][0]["probability_fake"]
        assert raw["files"][0]["sha256"] == form["files"][0]["sha256"], "to the byte"
        assert raw["files"][0]["name"] == "picture"


def test_a_body_in_pieces(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (DARK[i : i + 100] for i in range(0, len(DARK), 100))

    answer = client.post("/api/v1/predict", content=pieces(), headers={"content-type": "image/jpeg"}).json()
    assert answer["verdicts"][0]["label"] == "fake"


def test_explain_takes_one_too(client: TestClient) -> None:
    answer = client.post("/api/v1/explain", content=DARK, headers={"content-type": "image/jpeg"})
    assert answer.status_code == 200
    assert answer.json()["stability"]


def test_a_clip_as_the_body(client: TestClient, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", seconds=0.5).read_bytes()
    job = client.post("/api/v1/videos", content=clip, headers={"content-type": "video/mp4"})
    assert job.status_code == 202
    deadline = time.monotonic() + 60
    while (body := client.get(f"/api/v1/jobs/{job.json()['id']}").json())["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert body["state"] == "done", body
    assert body["name"] == "clip"


@pytest.mark.parametrize(("data", "code"), [(b"", "empty_file"), (b"text", "not_an_image"), (DARK[:200], None)])
def test_what_is_no_picture_has_its_own_error(client: TestClient, data: bytes, code: str | None) -> None:
    answer = client.post("/api/v1/predict", content=data, headers={"content-type": "image/jpeg"})
    assert answer.status_code == 200
    error = answer.json()["verdicts"][0]["error"]
    assert error["code"] == (code or error["code"])


def test_what_looks_like_the_end_of_a_form_is_part_of_the_picture(client: TestClient) -> None:
    data = picture(10, kind="PNG") + b'\r\n--x--\r\ncontent-disposition: form-data; name="files"; filename="b"\r\n\r\n'
    answer = client.post("/api/v1/predict", content=data, headers={"content-type": "image/png"}).json()
    assert len(answer["verdicts"]) == 1
    assert answer["files"][0]["bytes"] == len(data)


def test_limits_hold(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_files=1)
    headers = {"content-type": "image/jpeg"}
    large = client.post("/api/v1/explain", content=b"x" * ((1 << 20) + 1), headers=headers)
    assert (large.status_code, large.json()["code"]) == (413, "file_too_large")
    larger = client.post("/api/v1/predict", content=b"x" * (3 << 20), headers=headers)
    assert (larger.status_code, larger.json()["code"]) == (413, "too_large")


def test_keys_are_asked_for(make_client: Callable[..., TestClient]) -> None:
    client = make_client(require_key=True)
    for address in FIELDS:
        answer = client.post(address, content=DARK, headers={"content-type": "image/jpeg"})
        assert answer.status_code == 401, address


@pytest.mark.parametrize("address", ["/result", "/api/v1/feedback", "/theme"])
def test_forms_stay_forms(client: TestClient, address: str) -> None:
    answer = client.post(address, content=DARK, headers={"content-type": "image/jpeg"})
    assert answer.status_code == 422
    assert "traceback" not in answer.text.lower()


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_other_kinds_are_told_what_is_wanted(client: TestClient, kind: str) -> None:
    answer = client.post("/api/v1/predict", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"
    assert "Content-Type: image/jpeg" in answer.json()["message"]


def test_it_is_counted_under_its_own_address(client: TestClient) -> None:
    client.post("/api/v1/predict", content=DARK, headers={"content-type": "image/jpeg"})
    counted = [line for line in client.get("/metrics").text.splitlines() if 'route="' in line and "_total" in line]
    assert any('route="/api/v1/predict"' in line for line in counted)
    assert not any('route="none"' in line for line in counted)


def test_the_description_tells_of_it(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for address in FIELDS:
        kinds = paths[address]["post"]["requestBody"]["content"]
        assert {"multipart/form-data", "image/*", "application/octet-stream"} <= kinds.keys()
