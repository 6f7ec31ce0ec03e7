"""Reports and shared pages: what is on them, that it is signed, and that no file's name slips out."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.conftest import DARK, MIDDLE, files

from fauxface.video import ClipVerdict
from fauxface.web.services import signed_token as token_room
from fauxface.web.services.signed_token import SignedTokens
from fauxface.web.services.uploads import digest
from fauxface.web.settings import Settings
from fauxface.web.store import Store

HOLDS = "The answer stays the same when the picture is seen with the mouth hidden."

HTML = {"accept": "text/html"}
SECRET = "informant-miller.jpg"


def judged(client: TestClient, picture: bytes = DARK) -> dict[str, Any]:
    return client.post("/api/v1/predict", files=[("files", (SECRET, picture))]).json()["files"][0]


def looked(client: TestClient, picture: bytes = DARK) -> dict[str, Any]:
    return client.post("/api/v1/explain", files={"file": (SECRET, picture)}).json()


def saved(client: TestClient, page: str, **more: str) -> dict[str, Any]:
    found = re.search(r'name="record" value="([^"]+)"', page)
    assert found
    answer = client.post("/report.json", data={"record": found[1], **more})
    assert re.fullmatch(r'attachment; filename="fauxface-[0-9a-f]{12}\.json"', answer.headers["content-disposition"])
    return answer.json()


def hidden_names(told: dict[str, Any]) -> str:
    """All that a saved report holds, also what is written in its signed record."""
    body = told["record"].split(".")[0]
    return json.dumps(told) + base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()


def test_a_report_has_what_a_newsroom_needs(client: TestClient) -> None:
    about, closer = judged(client), looked(client)
    form = {
        "receipt": about["receipt"],
        "explanation_receipt": closer["explanation_receipt"],
        "picture": closer["picture"],
    }
    page = client.post("/report", data=form, headers=HTML).text
    assert "Strong signs that this face is AI-generated" in page
    assert "95% chance that this face is AI-generated" in page
    assert re.search(r"<dd>\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC</dd>", page)
    assert digest(DARK) in page
    assert "tiny@1" in page
    assert "The answer stays the same" in page
    assert "was not measured" in page
    assert closer["picture"] in page
    assert "<textarea" in page
    told = saved(client, page, remark="seen by <b>me")
    assert (told["sha256"], told["model"], told["remark"]) == (digest(DARK), "tiny@1", "seen by <b>me")
    assert told["sentence"] in page
    assert told["holds"] == HOLDS
    assert told["verdict"]["label"] == "fake"


def test_an_uncertain_report_has_no_number(client: TestClient) -> None:
    page = client.post("/report", data={"receipt": judged(client, MIDDLE)["receipt"]}, headers=HTML).text
    assert "Cannot tell" in page
    assert "% chance" not in page
    assert "small changes" not in page


@pytest.mark.parametrize("wished", [False, True])
def test_the_files_name_is_left_out_unless_it_is_wished(client: TestClient, wished: bool) -> None:
    about = judged(client)
    form = {"receipt": about["receipt"]} | ({"name": "true"} if wished else {})
    page = client.post("/report", data=form, headers=HTML).text
    assert (SECRET in page) == wished
    assert (SECRET in hidden_names(saved(client, page))) == wished
    made = client.post("/api/v1/results", data=form).json()
    assert (SECRET in client.get(made["url"]).text) == wished
    assert (SECRET in client.get(f"/api/v1/results/{made['id']}").text) == wished


def test_a_shared_page_has_the_day_and_whether_the_answer_holds(client: TestClient) -> None:
    about, closer = judged(client), looked(client)
    made = client.post(
        "/api/v1/results", data={"receipt": about["receipt"], "explanation_receipt": closer["explanation_receipt"]}
    ).json()
    page = client.get(made["url"]).text
    assert "The answer stays the same" in page
    assert re.search(r"Checked on \d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC", page)
    assert re.search(r"will be deleted on \d{1,2} [A-Z][a-z]+ \d{4}\.", page)


def test_another_picture_or_another_files_look_is_not_taken_into_a_report(client: TestClient) -> None:
    about, other = judged(client), looked(client, MIDDLE)
    own = looked(client)
    form = {
        "receipt": about["receipt"],
        "explanation_receipt": other["explanation_receipt"],
        "picture": other["picture"],
    }
    page = client.post("/report", data=form, headers=HTML).text
    assert "small changes" not in page
    assert "data:image" not in page
    page = client.post("/report", data=form | {"explanation_receipt": own["explanation_receipt"]}, headers=HTML).text
    assert "stays the same when" in page
    assert "data:image" not in page, "the look is this file's, the picture is not"
    assert other["holds"] is None, "nothing holds where nothing was said"


def test_a_saved_report_is_confirmed_however_old_and_only_as_it_was_signed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.post("/report", data={"receipt": judged(client)["receipt"]}, headers=HTML).text
    told = saved(client, page)
    now = time.time()
    monkeypatch.setattr(token_room.time, "time", lambda: now + 400 * 24 * 3600)
    forged = told | {"sentence": "No signs of AI found in this face", "remark": "trust me"}
    for text in (json.dumps(forged), told["record"], f"  {told['record']}\n"):
        confirmed = client.post("/check", data={"record": text}, headers=HTML)
        assert confirmed.status_code == 200
        assert "This server gave the answer below on" in confirmed.text
        assert "Strong signs that this face is AI-generated" in confirmed.text
        assert "trust me" not in confirmed.text


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"record": null}', "a.b", "9" * 5000, "[" * 100_000])
def test_what_is_no_report_is_not_confirmed(client: TestClient, text: str) -> None:
    answer = client.post("/check", data={"record": text}, headers=HTML)
    assert answer.status_code in (400, 422)
    assert "This server gave" not in answer.text


def test_a_receipt_of_another_kind_makes_no_report(client: TestClient) -> None:
    closer, about = looked(client), judged(client)
    assert client.post("/report", data={"receipt": closer["explanation_receipt"]}, headers=HTML).status_code == 422
    assert client.post("/check", data={"record": about["receipt"]}, headers=HTML).status_code == 422
    assert client.post("/report.json", data={"record": about["receipt"]}).status_code == 422
    assert client.post("/report", data={"receipt": "made.up"}, headers=HTML).status_code == 422


def test_a_report_without_javascript(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    page = client.post("/result", files=files(DARK), headers=HTML).text
    form = page.split('action="/report"')[1].split("</form>")[0]
    sent = dict(re.findall(r'name="(receipt|explanation_receipt|picture)" value="([^"]+)"', form))
    assert set(sent) == {"receipt", "explanation_receipt", "picture"}
    report = client.post("/report", data=sent, headers=HTML).text
    assert "stays the same when" in report
    assert sent["picture"] in report


@pytest.mark.parametrize("about", [{"about": "clip"}, {}], ids=["says", "earlier version"])
def test_a_clip_stays_a_clip_in_what_is_made_of_its_answer(
    client: TestClient, settings: Settings, about: dict[str, str]
) -> None:
    verdict = ClipVerdict("c.mp4", "fake", 0.97, "tiny@1", share_fake=0.875, counted=24).to_dict()
    facts = {"kind": "verdict", **about, "sha256": "0" * 64, "verdict": verdict}
    receipt = SignedTokens.in_folder(settings.data_dir).write(facts)
    page = client.post("/report", data={"receipt": receipt}, headers=HTML).text
    assert "What the detector said about a clip" in page
    assert saved(client, page)["clip"] is True
    made = client.post("/api/v1/results", data={"receipt": receipt}).json()
    assert client.get(f"/api/v1/results/{made['id']}").json()["about"] == "clip"
    assert "How often it is wrong about clips was not measured" in client.get(made["url"]).text
    assert "21 of 24 frames look AI-generated" in client.get(made["url"]).text


def test_a_clip_shared_by_an_earlier_version_stays_one(client: TestClient, settings: Settings) -> None:
    verdict = ClipVerdict("", "fake", 0.97, "tiny@1", share_fake=0.875, counted=24).to_dict()
    store = Store.open(None, settings.data_dir)
    kept = store.share({"verdict": verdict, "sha256": "0" * 64, "meaning": "a promise"}, lasts=dt.timedelta(days=1))
    store.close()
    page = client.get(f"/r/{kept.id}").text
    assert "How often it is wrong about clips was not measured" in page
    assert "a promise" not in page


def test_what_is_made_of_a_picture_says_so(client: TestClient) -> None:
    made = client.post("/api/v1/results", data={"receipt": judged(client)["receipt"]}).json()
    assert client.get(f"/api/v1/results/{made['id']}").json()["about"] == "picture"
