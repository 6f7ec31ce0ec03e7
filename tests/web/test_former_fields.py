"""Former names of fields: answers hold them beside today's, forms are read under both, the description says so."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.video.clips import write_clip
from tests.web.conftest import DARK, MIDDLE, files
from tests.web.test_videos import ended, start

from fauxface.web.services.explanation import TELLING
from fauxface.web.services.followup import ReportBody
from fauxface.web.services.signed_token import SignedTokens

EXPLANATIONS = ("explanation_receipt", "looks")


def fields_of(told: Any) -> Iterator[dict[str, Any]]:
    """Every object in an answer."""
    if isinstance(told, dict):
        yield told
        for value in told.values():
            yield from fields_of(value)
    elif isinstance(told, list):
        for value in told:
            yield from fields_of(value)


def test_answers_hold_both_names(make_client: Callable[..., TestClient], tmp_path: Path) -> None:
    client = make_client(video_frames=2)
    told = client.post("/api/v1/predict", files=files(DARK, MIDDLE, b"text")).json()
    assert all(file["phrasing"] == file["words"] for file in told["files"])
    assert all(file["phrasing"]["sentence"] for file in told["files"])
    (reason,) = told["verdicts"][1]["reasons"]
    assert (reason["code"], reason["former_code"]) == ("in_abstention_region", "in_band")
    closer = client.post("/api/v1/explain", files={"file": ("a.jpg", DARK)}).json()
    assert closer["explanation_receipt"] == closer["looks"] != ""
    job = ended(client, start(client, write_clip(tmp_path / "clip.mp4").read_bytes()))
    assert job["phrasing"] == job["words"]
    assert job["frames"]
    assert all(frame["phrasing"] == frame["words"] for frame in job["frames"])


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_forms_are_read_under_both_names(client: TestClient, name: str) -> None:
    receipt = client.post("/api/v1/predict", files=files(DARK)).json()["files"][0]["receipt"]
    closer = client.post("/api/v1/explain", files={"file": ("a.jpg", DARK)}).json()
    form = {"receipt": receipt, name: closer["explanation_receipt"]}
    made = client.post("/api/v1/results", data=form).json()
    assert client.get(f"/api/v1/results/{made['id']}").json()["holds"]["held"] == len(TELLING)
    assert "stays the same when" in client.post("/report", data=form, headers={"accept": "text/html"}).text
    assert client.post("/result/share", data=form, headers={"accept": "text/html"}).status_code == 201


def test_the_description_calls_former_names_deprecated_and_only_those(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    found = {
        (schema, name)
        for schema, described in schemas.items()
        for name, field in described.get("properties", {}).items()
        if field.get("deprecated")
    }
    former = {(name, field) for name, field in found if field in ("words", "looks", "former_code")}
    assert found == former
    assert {name for name, field in found if field == "words"} == {"FileBody", "FrameBody", "JobBody"} | {"CropBody"}
    assert {name for name, field in found if field == "former_code"} == {"ReasonBody"}
    assert {name for name, field in found if field == "looks"} == {"ExplainBody", "Body_share_api_v1_results_post"}
    assert all("until version 0.2" in schemas[name]["properties"][field]["description"] for name, field in found)


def test_a_report_of_before_is_still_confirmed(client: TestClient, tmp_path: Path) -> None:
    tokens = SignedTokens.in_folder(tmp_path / "data")
    receipt = client.post("/api/v1/predict", files=files(DARK)).json()["files"][0]["receipt"]
    page = client.post("/report", data={"receipt": receipt}, headers={"accept": "text/html"}).text
    record = page.partition('name="record" value="')[2].partition('"')[0]
    told = client.post("/report.json", data={"record": record}).json()
    assert told["known_failures"] == told["limits"]
    body = record.partition(".")[0]
    facts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert "limits" not in facts["report"], "what is signed has one name"
    facts["report"]["limits"] = [*facts["report"].pop("known_failures"), "It fails at night."]
    old = tokens.write({key: facts[key] for key in ("kind", "report")})
    assert "It fails at night." in client.post("/check", data={"record": old}, headers={"accept": "text/html"}).text
    assert ReportBody.model_validate(told).known_failures == told["limits"]
