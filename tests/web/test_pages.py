"""The pages as they come from the server: what people without JavaScript get."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.video.clips import write_clip
from tests.web.conftest import DARK, MIDDLE, files

from fauxface.web.routes import pages as pages_room
from fauxface.web.services import job

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

HTML = {"accept": "text/html"}


def test_the_box_says_its_limits_before_anything_is_sent(client: TestClient) -> None:
    page = client.get("/").text
    assert "TIFF up to 1 MB" in page
    assert "4 pictures at once" in page
    assert "5 minutes" in page
    assert re.search(r'<form[^>]*method="post"[^>]*action="/result"[^>]*enctype="multipart/form-data"', page)
    own = re.sub(r'<a href="https://[^"]+" target="_blank" rel="external noopener noreferrer">', "", page)
    assert "http://" not in own.replace("http://www.w3.org", ""), "no other host, but behind links that say so"
    assert "https://" not in own
    assert " style=" not in page, "CSP forbids it"
    assert "<style" not in page
    assert not re.search(r"\son\w+=", page)


def test_what_scripts_are_told_cannot_end_their_element(client: TestClient) -> None:
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', client.get("/").text, re.DOTALL)
    assert found
    facts = json.loads(found[1])
    assert facts["maxFiles"] == 4
    assert facts["t"]["title"] == "fauxface"
    assert "<" not in found[1]


def test_an_answer_without_javascript(client: TestClient) -> None:
    page = client.post("/result", files=files(DARK, b"text", MIDDLE), headers=HTML).text
    assert page.count("<article") == 3
    assert "Strong signs that this face is AI-generated" in page
    assert "Could not be checked" in page
    assert "Cannot tell" in page
    assert "data:image/png" in page
    assert "Does the answer hold?" in page
    said = [re.search(r'data-field="number"([^>]*)>([^<]*)<', card) for card in page.split("<article")[1:]]
    assert [found and found[2] for found in said] == ["95% chance that this face is AI-generated", "", ""]
    assert not re.search(r"\b(0|1|99|100)%", page)
    assert not re.search(r"\d %", page), "one style of percentages"


def test_nothing_chosen_is_said_on_a_page(client: TestClient) -> None:
    response = client.post("/result", headers=HTML)
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert "Choose a picture first." in response.text


def test_scripts_in_names_stay_text(client: TestClient) -> None:
    name = "<img src=x onerror=alert(1)>.jpg"
    page = client.post("/result", files=[("files", (name, DARK))], headers=HTML).text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_feedback_and_sharing_without_javascript(client: TestClient) -> None:
    page = client.post("/result", files=files(DARK), headers=HTML).text
    receipt = re.findall(r'name="receipt" value="([^"]+)"', page)[0]
    thanks = client.post("/result/feedback", data={"receipt": receipt, "says": "fake", "how": "<b>"}, headers=HTML)
    assert thanks.status_code == 201
    assert "Thank you" in thanks.text
    made = client.post("/result/share", data={"receipt": receipt}, headers=HTML).text
    id_, token = (re.findall(rf'name="{name}" value="([^"]+)"', made)[0] for name in ("id", "token"))
    assert "Strong signs" in client.get(f"/r/{id_}").text
    assert "deleted" in client.post("/result/unshare", data={"id": id_, "token": token}, headers=HTML).text
    assert client.get(f"/r/{id_}").status_code == 404


def test_errors_are_pages_for_people_and_json_for_programs(client: TestClient) -> None:
    assert "There is no such page" in client.get("/nope", headers=HTML).text
    assert client.get("/nope").json()["code"] == "not_found"
    assert client.get("/api/v1/nope", headers=HTML).json()["code"] == "not_found"


def test_the_theme_is_the_only_cookie(client: TestClient) -> None:
    response = client.post("/theme", data={"theme": "dark"}, follow_redirects=False)
    assert response.status_code == 303
    assert "SameSite=strict" in response.headers["set-cookie"]
    assert 'data-theme="dark"' in client.get("/").text
    client.cookies.clear()
    assert 'data-theme="auto"' in client.get("/", headers={"cookie": 'theme="><script>'}).text
    assert client.post("/theme", data={"theme": "pink"}, headers=HTML).status_code == 422


def test_how_it_works_names_the_known_failures(make_client: Callable[..., TestClient]) -> None:
    page = make_client().get("/about").text
    assert "was not measured" in page
    assert "What happens to a picture" in page


def test_static_files_only(client: TestClient) -> None:
    assert client.get("/static/page.css").status_code == 200
    for path in ("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd"):
        assert client.get(path).status_code in (404, 405)
    kept = client.get("/static/page.js?v=1").headers["cache-control"]
    assert "immutable" in kept
    assert client.get("/static/page.js").headers["cache-control"] == "no-cache"


def test_the_samples_are_the_examples(client: TestClient) -> None:
    for name, _ in pages_room.SAMPLES:
        sample = client.get(f"/static/samples/{name}").content
        assert sample == (EXAMPLES / name).read_bytes(), "the page and the demo judge the same pictures"


def test_a_clip_without_javascript(client: TestClient, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", level=lambda t: 10 if t < 1.2 else 245).read_bytes()
    page = client.post("/result", files=[("files", ("<b>holiday.mp4", clip))], headers=HTML)
    while "How far is it now?" in page.text:
        page = client.get(page.url, headers=HTML)
    assert "/clip/" in str(page.url)
    assert "&lt;b&gt;holiday.mp4" in page.text
    assert re.search(r"\d of \d+ frames look AI-generated", page.text)
    frames = re.findall(r'href="(/clip/[^"]+\?frame=\d+)#frame" data-tone="(\w+)"', page.text)
    assert {frames[0][1], frames[-1][1]} == {"fake", "real"}
    first = client.get(frames[0][0], headers=HTML).text
    assert "Strong signs that this face is AI-generated" in first
    headline = re.compile(r'data-field="sentence"[^>]*>([^<]+)<')
    assert headline.findall(first) == headline.findall(page.text), "the headline stays the clip's"
    assert "Close this frame" in first
    assert client.get(f"{page.url}?frame=9999", headers=HTML).status_code == 200
    assert client.get("/clip/nothing", headers=HTML).status_code == 404


def test_a_broken_clip_and_a_clip_among_pictures_without_javascript(client: TestClient, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4").read_bytes()
    broken = client.post("/result", files=[("files", ("cut.mp4", clip[: len(clip) // 3]))], headers=HTML)
    assert "That did not work" in broken.text
    assert "cut.mp4: " in broken.text
    both = client.post("/result", files=[("files", ("a.mp4", clip)), *files(DARK)], headers=HTML)
    assert both.status_code == 422
    assert "One clip at a time" in both.text


def test_a_clip_is_stopped_without_javascript(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_room, "PATIENCE", 0.1)
    gate, judge = threading.Event(), job.judge_frames

    def waits(*arguments: Any, **options: Any) -> Iterator[Any]:
        assert gate.wait(60)
        yield from judge(*arguments, **options)

    monkeypatch.setattr(job, "judge_frames", waits)
    clip = write_clip(tmp_path / "clip.mp4").read_bytes()
    page = client.post("/result", files=[("files", ("a.mp4", clip))], headers=HTML)
    assert "How far is it now?" in page.text
    client.post(f"{page.url}/stop", headers=HTML)
    gate.set()
    while "How far is it now?" in page.text:
        page = client.get(page.url, headers=HTML)
    assert "Stopped." in page.text


def test_a_shared_result_is_deleted_by_its_private_address(client: TestClient) -> None:
    receipt = client.post("/api/v1/predict", files=files(DARK)).json()["files"][0]["receipt"]
    made = client.post("/api/v1/results", data={"receipt": receipt}).json()
    address, _, token = made["delete_url"].partition("#")
    assert token == made["delete_token"]
    page = client.get(address).text
    assert token not in page, "what follows the # never reaches the server"
    assert 'name="token"' in page
    wrong = client.post("/result/unshare", data={"id": made["id"], "token": "guess"}, headers=HTML)
    assert wrong.status_code == 404
    client.post("/result/unshare", data={"id": made["id"], "token": token}, headers=HTML)
    assert client.get(address, headers=HTML).status_code == 404


def test_what_a_shared_link_shows_before_it_is_opened(client: TestClient) -> None:
    receipt = client.post("/api/v1/predict", files=files(DARK)).json()["files"][0]["receipt"]
    made = client.post("/api/v1/results", data={"receipt": receipt}).json()
    page = client.get(made["url"]).text
    assert '<meta property="og:title" content="Strong signs that this face is AI-generated – fauxface">' in page
    assert "og:image" not in page, "there is no picture to show"
    assert "Disallow: /r/" in client.get("/robots.txt").text


def test_files_of_the_page_are_no_requests_in_log_and_metrics(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="fauxface.web")
    client.get("/static/page.css")
    client.get("/static/nothing.css")
    client.get("/about")
    told = [record.facts["status"] for record in caplog.records if record.getMessage() == "request"]  # type: ignore[attr-defined]
    assert told == [404, 200], "what is missing is told"
