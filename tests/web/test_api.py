"""The API: answers as the command line gives them, one shape of errors, feedback with consent, shared results."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.web.conftest import BRIGHT, DARK, MIDDLE, files, picture, two_faces
from tests.web.store.postgres import Server

from fauxface.web.services.engine import OverloadedError


def ask(client: TestClient, *pictures: bytes) -> dict[str, Any]:
    response = client.post("/api/v1/predict", files=files(*pictures))
    assert response.status_code == 200, response.text
    return response.json()


def test_verdicts_are_those_of_the_command_line(client: TestClient, tiny_weights: Path, tmp_path: Path) -> None:
    told = ask(client, DARK, b"text", BRIGHT, MIDDLE)
    names = []
    for i, data in enumerate((DARK, b"text", BRIGHT, MIDDLE)):
        (tmp_path / f"{i}-face.jpg").write_bytes(data)
        names.append(f"{i}-face.jpg")
    command = [sys.executable, "-m", "fauxface.cli.main", "predict", "--json", "--faces", "off", "--threads", "1"]
    said = subprocess.run(
        [*command, "--weights", str(tiny_weights), *names], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    for verdict in (*lines, *told["verdicts"]):
        del verdict["elapsed_ms"]
    assert told["verdicts"] == lines
    assert [v["label"] for v in lines] == ["fake", None, "real", "uncertain"]
    assert [f["phrasing"]["tone"] for f in told["files"]] == ["fake", "error", "real", "uncertain"]
    assert [f["receipt"] is None for f in told["files"]] == [False, True, False, False]


def test_a_closer_look(client: TestClient) -> None:
    rgb = np.full((64, 64, 3), 245, dtype=np.uint8)
    rgb[:16, :16] = 0
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    told = client.post("/api/v1/explain", files={"file": ("a.png", file.getvalue())}).json()
    assert [row["name"] for row in told["stability"]] == ["as-sent", "hide-mouth"]
    assert {row["label"] for row in told["stability"]} == {"real"}
    header, data = told["heat"].split(",")
    assert header == "data:image/png;base64"
    heat = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    quarter = heat.shape[0] // 8
    red, _, blue, alpha = heat[quarter, quarter]
    assert red > blue, "orange where the dark corner speaks for fake"
    assert alpha > 100
    red, _, blue, _ = heat[-quarter, -quarter]
    assert blue > red


def test_a_closer_look_at_two_faces(make_client: Callable[..., TestClient]) -> None:
    client = make_client(faces="required")
    told = client.post("/api/v1/explain", files={"file": ("a.jpg", two_faces())}).json()
    assert (told["whole"]["width"], told["whole"]["height"]) == (448, 224)
    assert len(told["crops"]) == 2
    for left, top, width, height in (crop["box"] for crop in told["crops"]):
        assert 0 <= left < left + width <= 448
        assert 0 <= top < top + height <= 224
        assert left + width <= 224 or left >= 224, "in one half"
    page = client.post("/result", files=files(two_faces()), headers={"accept": "text/html"}).text
    assert page.count('<rect class="under"') == 2
    plain = make_client().post("/api/v1/explain", files={"file": ("a.jpg", two_faces())}).json()
    assert plain["whole"] is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (b"%PDF-1.7", "unsupported_format"),
        (DARK[:200], "truncated_image"),
        (picture(size=20), "too_small"),
        (picture(size=1100, kind="PNG"), "too_many_pixels"),
    ],
)
def test_broken_pictures_have_their_own_errors(client: TestClient, data: bytes, code: str) -> None:
    told = ask(client, data, BRIGHT)
    assert told["verdicts"][0]["error"]["code"] == code
    assert told["verdicts"][0]["error"]["message"].startswith("0-face.jpg: ")
    assert told["verdicts"][1]["label"] == "real"
    alone = client.post("/api/v1/explain", files={"file": ("x.jpg", data)})
    assert (alone.status_code, alone.json()["code"]) == (422, code)


def assert_error(response: Any, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert set(response.json()) == {"code", "message", "detail"}
    assert response.json()["code"] == code
    assert response.json()["message"]


def test_errors_have_one_shape(client: TestClient) -> None:
    assert_error(client.get("/api/v1/nothing"), 404, "not_found")
    assert_error(client.get("/api/v1/predict"), 405, "method_not_allowed")
    assert_error(client.post("/api/v1/predict"), 422, "bad_request")
    assert_error(client.post("/api/v1/predict", json={"files": "x"}), 422, "bad_request")
    assert_error(client.post("/api/v1/predict", files=files(*[DARK] * 5)), 413, "too_many_files")
    assert_error(client.post("/api/v1/predict", files=files(b"x" * (1 << 20) + b"xx")), 413, "file_too_large")
    assert_error(client.get("/api/v1/jobs/../../etc"), 404, "not_found")
    assert_error(client.get("/api/v1/jobs/" + "a" * 22), 404, "not_found")
    broken = client.post("/api/v1/predict", content=b"--x\r\nrubbish", headers={"content-type": "multipart/form-data"})
    assert_error(broken, 400, "bad_request")


def test_every_answer_has_the_headers_that_keep_browsers_in_bounds(client: TestClient) -> None:
    for response in (client.get("/"), client.get("/nope"), client.get("/static/page.css"), client.get("/healthz")):
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in response.headers
    assert client.get("/").headers["cache-control"] == "no-store"


def test_an_unforeseen_error_is_one_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    state = client.app.app.app.app.state  # type: ignore[attr-defined]
    monkeypatch.setattr(state.store, "shared", lambda _: 1 // 0)
    response = client.get("/api/v1/results/abc")
    assert_error(response, 500, "internal")
    assert response.headers["x-request-id"] in response.json()["message"]
    assert "content-security-policy" in response.headers
    assert "ZeroDivision" not in response.text


def test_feedback_keeps_nothing_of_the_picture_without_consent(client: TestClient, tmp_path: Path) -> None:
    receipt = ask(client, DARK)["files"][0]["receipt"]
    sent = {"receipt": receipt, "says": "real", "how": "I took it", "keep": "false"}
    response = client.post("/api/v1/feedback", data=sent, files={"file": ("a.jpg", DARK)})
    assert response.status_code == 201
    assert response.json()["kept_picture"] is False
    store = client.app.app.app.app.state.store  # type: ignore[attr-defined]
    (row,) = store.feedback()
    assert (row["says"], row["how"], row["label"], row["sha256"]) == ("real", "I took it", "fake", None)
    assert store.kept() == []
    assert not list((tmp_path / "data").glob("pictures/**/*"))


def test_feedback_with_consent_keeps_the_picture_itself(client: TestClient) -> None:
    receipt = ask(client, DARK)["files"][0]["receipt"]
    sent = {"receipt": receipt, "says": "real", "keep": "true"}
    assert client.post("/api/v1/feedback", data=sent, files={"file": ("a.jpg", DARK)}).json()["kept_picture"]
    (kept,) = client.app.app.app.app.state.store.kept()  # type: ignore[attr-defined]
    assert kept.path.read_bytes() == DARK
    assert kept.says == ("real",)
    assert kept.state == "unreviewed"


def test_forged_feedback_is_refused(client: TestClient) -> None:
    receipt = ask(client, DARK)["files"][0]["receipt"]
    send = lambda data, **more: client.post("/api/v1/feedback", data=data, **more)  # noqa: E731
    assert_error(send({"receipt": "x" + receipt, "says": "real"}), 422, "bad_receipt")
    assert_error(send({"receipt": receipt, "says": "maybe"}), 422, "bad_request")
    assert_error(send({"receipt": receipt, "says": "real", "how": "x" * 3000}), 422, "bad_request")
    other = {"file": ("a.jpg", BRIGHT)}
    assert_error(send({"receipt": receipt, "says": "real", "keep": "true"}, files=other), 422, "other_picture")
    token = re.search(r'"token": "([^"]+)"', client.get("/").text)
    assert token
    assert_error(send({"receipt": token[1], "says": "real"}), 422, "bad_receipt")


def test_a_shared_result_lives_until_it_is_deleted(client: TestClient) -> None:
    file = ask(client, DARK)["files"][0]
    made = client.post("/api/v1/results", data={"receipt": file["receipt"]}).json()
    told = client.get(f"/api/v1/results/{made['id']}").json()
    assert told["sha256"] == file["sha256"]
    assert told["verdict"]["label"] == "fake"
    page = client.get(made["url"])
    assert page.status_code == 200
    assert "Strong signs that this face is AI-generated" in page.text
    assert len(made["id"]) >= 22
    wrong = client.delete(f"/api/v1/results/{made['id']}", headers={"x-delete-token": "guess"})
    assert_error(wrong, 404, "not_found")
    right = client.delete(f"/api/v1/results/{made['id']}", headers={"x-delete-token": made["delete_token"]})
    assert right.status_code == 204
    assert_error(client.get(f"/api/v1/results/{made['id']}"), 404, "not_found")
    gone = client.get(made["url"], headers={"accept": "text/html"})
    assert gone.status_code == 404
    assert "does not exist" in gone.text


def test_a_shared_result_keeps_the_error_rates_of_the_detector_that_judged(client: TestClient) -> None:
    receipt = ask(client, DARK)["files"][0]["receipt"]
    made = client.post("/api/v1/results", data={"receipt": receipt}).json()
    store = client.app.app.app.app.state.store  # type: ignore[attr-defined]
    kept = store.shared(made["id"]).payload
    assert kept["meaning"] == ask(client, DARK)["files"][0]["phrasing"]["meaning"]
    other = store.share(kept | {"meaning": "what yesterday's detector promised"}, lasts=dt.timedelta(days=1))
    assert "what yesterday&#39;s detector promised" in client.get(f"/r/{other.id}").text


def test_the_address_of_a_shared_result_is_that_of_the_page(make_client: Callable[..., TestClient]) -> None:
    client = make_client(public_url="https://faces.example/")
    receipt = ask(client, DARK)["files"][0]["receipt"]
    made = client.post("/api/v1/results", data={"receipt": receipt}, headers={"host": "evil.example"}).json()
    assert made["url"] == f"https://faces.example/r/{made['id']}"
    assert made["delete_url"].startswith("https://faces.example/r/")


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/models", "/r/none"])
def test_head_is_get_without_its_body(client: TestClient, path: str) -> None:
    told, whole = client.head(path), client.get(path)
    assert (told.status_code, told.content) == (whole.status_code, b"")
    assert told.headers["content-type"] == whole.headers["content-type"]
    assert "content-security-policy" in told.headers


def test_a_shared_result_expires(make_client: Callable[..., TestClient]) -> None:
    client = make_client(share_days=1e-6)
    made = client.post("/api/v1/results", data={"receipt": ask(client, DARK)["files"][0]["receipt"]}).json()
    time.sleep(0.2)
    assert_error(client.get(f"/api/v1/results/{made['id']}"), 404, "not_found")


def test_keys(make_client: Callable[..., TestClient]) -> None:
    client = make_client(require_key=True)
    send = lambda **headers: client.post("/api/v1/predict", files=files(DARK), headers=headers)  # noqa: E731
    assert_error(send(), 401, "bad_key")
    assert_error(send(**{"x-api-key": "ff_wrong"}), 401, "bad_key")
    store = client.app.app.app.app.state.store  # type: ignore[attr-defined]
    key = store.add_key("newsroom", 2)
    assert key not in str([vars(k) if hasattr(k, "__dict__") else k for k in store.api_keys()])
    assert send(**{"x-api-key": key}).status_code == 200
    assert send(authorization=f"Bearer {key}").status_code == 200
    refused = send(**{"x-api-key": key})
    assert_error(refused, 429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1
    store.revoke_key("newsroom")
    assert_error(send(**{"x-api-key": key}), 401, "bad_key")
    token = re.search(r'"token": "([^"]+)"', client.get("/").text)
    assert token
    assert send(**{"x-page-token": token[1]}).status_code == 200, "the page itself needs no key"
    html = {"accept": "text/html"}
    hidden = re.search(r'name="page_token" value="([^"]+)"', client.get("/").text)
    assert hidden
    assert client.post("/result", files=files(DARK), headers=html).status_code == 401
    page = client.post("/result", files=files(DARK), data={"page_token": hidden[1]}, headers=html)
    assert page.status_code == 200, "nor without scripts"
    receipt = re.search(r'name="receipt" value="([^"]+)"', page.text)
    assert receipt
    assert client.post("/result/share", data={"receipt": receipt[1]}, headers=html).status_code == 201
    assert (
        client.post("/result/feedback", data={"receipt": receipt[1], "says": "fake"}, headers=html).status_code == 201
    )
    assert client.post("/result/share", data={"receipt": "forged"}, headers=html).status_code == 422


def test_a_full_server_refuses_before_it_keeps_anything(make_client: Callable[..., TestClient]) -> None:
    client = make_client(queue_size=1, batch_size=1, per_minute=2)
    engine = client.app.app.app.app.state.engine  # type: ignore[attr-defined]
    gate = threading.Event()
    waiting = [engine.run(lambda _: gate.wait(60)), engine.run(lambda _: None, accepted=True)]
    while len(engine._works) != 1:
        time.sleep(0.01)
    for path, name in (("predict", "files"), ("explain", "file"), ("predict", "files")):
        refused = client.post(f"/api/v1/{path}", files={name: ("a.jpg", DARK)})
        assert_error(refused, 503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        assert int(refused.headers["content-length"]) == len(refused.content)
        assert "content-security-policy" in refused.headers
    gate.set()
    for future in waiting:
        future.result(60)
    assert client.post("/api/v1/predict", files=files(DARK)).status_code == 200, "a refusal does not count as asking"


def test_who_asks_too_often_is_told_when_to_come_back(make_client: Callable[..., TestClient]) -> None:
    client = make_client(per_minute=3)
    assert client.post("/api/v1/predict", files=files(DARK, DARK)).status_code == 200
    refused = client.post("/api/v1/predict", files=files(DARK, DARK))
    assert_error(refused, 429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert client.get("/healthz").status_code == 200


def test_what_an_operator_asks(client: TestClient) -> None:
    ask(client, DARK, BRIGHT)
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json()["status"] == "ok"
    metrics = client.get("/metrics").text
    assert 'fauxface_pictures_total{label="fake"} 1.0' in metrics
    assert 'fauxface_requests_total{method="POST",route="/api/v1/predict",status="200"} 1.0' in metrics
    (model,) = client.get("/api/v1/models").json()
    assert model["id"] == "tiny@1"
    assert model["default"] is True


def test_a_detector_that_died_is_the_time_to_start_anew(
    make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fauxface.web.services.engine.Engine._run", lambda _: None)
    client = make_client()
    assert client.get("/healthz").status_code == 503
    assert_error(client.post("/api/v1/predict", files=files(DARK)), 503, "closing")


def test_a_thread_for_clips_that_died_is_that_too(
    make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fauxface.web.services.jobs.Jobs._run", lambda _: None)
    client = make_client()
    assert client.get("/healthz").status_code == 503
    assert client.get("/readyz").status_code == 503


def test_a_crowd_at_the_door_is_told_in_its_own_language(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_clients=1)
    client.app.under_way = 1  # type: ignore[attr-defined]
    assert_error(client.get("/api/v1/models", headers={"accept": "text/html"}), 503, "overloaded")
    told = client.get("/", headers={"accept": "text/html"})
    assert (told.status_code, told.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "try again" in told.text
    assert int(told.headers["retry-after"]) >= 1
    client.app.under_way = 0  # type: ignore[attr-defined]
    assert_error(client.get("/healthz", headers={"x-large": "a" * 40_000}), 431, "headers_too_large")


def test_uploads_have_a_budget(make_client: Callable[..., TestClient]) -> None:
    client = make_client(uploads_mb=1)
    held = client.app.app.budget  # type: ignore[attr-defined]
    assert held.most == 100 << 20 | 1 << 20, "the largest upload always fits"
    claimed = held.claim(held.most - 5000)
    assert client.post("/api/v1/predict", files=files(DARK)).status_code == 200, "a claim keeps large ones out only"
    with pytest.raises(OverloadedError):
        held.claim(held.most // 2)
    held.take(held.most - 5000)
    refused = client.post("/api/v1/predict", files=files(DARK * 20))
    assert_error(refused, 503, "overloaded")
    assert int(refused.headers["retry-after"]) >= 1
    assert client.post("/api/v1/predict", files=files(DARK)).status_code == 200, "there is room for this one"
    assert (held.held, held.claimed) == (held.most - 5000, claimed), "and it was given back"
    (told,) = re.findall(r"^fauxface_upload_bytes (\S+)$", client.get("/metrics").text, re.MULTILINE)
    assert float(told) == held.held


def test_not_ready_when_the_detector_or_the_database_is_gone(client: TestClient) -> None:
    state = client.app.app.app.app.state  # type: ignore[attr-defined]
    state.engine.close(10)
    assert client.get("/readyz").status_code == 503
    refused = client.post("/api/v1/predict", files=files(DARK))
    assert_error(refused, 503, "closing")
    assert refused.headers["retry-after"]


def test_the_description_names_every_route_with_an_error(client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    assert {"/api/v1/predict", "/api/v1/videos", "/api/v1/jobs/{id}", "/api/v1/models", "/healthz"} <= set(
        told["paths"]
    )
    for path, methods in told["paths"].items():
        for method, description in methods.items():
            assert description.get("summary"), f"{method} {path}"
            assert "4XX" in description["responses"], f"{method} {path}"


def test_a_database_that_goes_down_and_comes_back(
    make_client: Callable[..., TestClient], postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(database_url=postgres.new_database())
    receipt = ask(client, DARK)["files"][0]["receipt"]
    asked = {"receipt": receipt, "says": "fake"}
    postgres.stop()
    try:
        refused = client.post("/api/v1/feedback", data=asked)
        assert_error(refused, 503, "bad_store")
        assert int(refused.headers["retry-after"]) >= 1
        told = client.get("/readyz")
        assert told.status_code == 503
        for text in (refused.text, told.text):
            assert str(postgres.folder) not in text, "where it lies is nobody's business"
        assert str(postgres.folder) in " ".join(str(getattr(line, "facts", "")) for line in caplog.records)
        assert client.get("/healthz").status_code == 200
        assert ask(client, DARK)["verdicts"][0]["label"] == "fake", "judging goes on"
    finally:
        postgres.start()
    assert client.get("/readyz").status_code == 200
    assert client.post("/api/v1/feedback", data=asked).status_code == 201


def test_beside_cannot_tell_stand_no_chances(client: TestClient) -> None:
    told = client.post("/api/v1/explain", files={"file": ("a.png", MIDDLE)}).json()
    assert {row["percent"] for row in told["stability"]} == {None}
    assert told["holds"] is None
    told = client.post("/api/v1/explain", files={"file": ("a.png", DARK)}).json()
    assert all(isinstance(row["percent"], int) for row in told["stability"])
