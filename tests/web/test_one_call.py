"""One picture costs one call of the limit: what belongs to its answer is not counted again, and only once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.conftest import BRIGHT, DARK, files

from fauxface.errors import DataError
from fauxface.web.services.access import Limiter
from fauxface.web.services.engine import OverloadedError
from fauxface.web.services.signed_token import SignedTokens, Tickets


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets do not fill again, however slow the machine is."""
    monkeypatch.setattr("fauxface.web.services.access.time.monotonic", lambda: 1000.0)


def explain(client: TestClient, picture: bytes, receipt: str = "") -> Any:
    return client.post("/api/v1/explain", files={"file": ("a.jpg", picture)}, data={"receipt": receipt})


@pytest.mark.usefixtures("slow")
def test_all_that_the_page_asks_about_a_picture_is_one_call(make_client: Callable[..., TestClient]) -> None:
    client = make_client(per_minute=2)
    for address in ("/", "/about", "/api", "/static/page.js", "/openapi.json", "/api/v1/models", "/readyz") * 2:
        assert client.get(address).status_code == 200
    told = client.post("/api/v1/predict", files=files(DARK, BRIGHT)).json()  # both calls of this minute
    for picture, file in zip((DARK, BRIGHT), told["files"], strict=True):
        receipt = file["receipt"]
        closer = explain(client, picture, receipt)
        assert closer.status_code == 200
        seen = {"receipt": receipt, "explanation_receipt": closer.json()["explanation_receipt"]}
        inspected = client.post("/api/v1/inspect", files={"file": ("a.jpg", picture)}, data={"receipt": receipt})
        assert inspected.status_code == 200
        assert client.post("/api/v1/feedback", data={"receipt": receipt, "says": "fake"}).status_code == 201
        assert client.post("/api/v1/results", data=seen).status_code == 201
        assert client.post("/report", data=seen).status_code == 200
        assert explain(client, picture, receipt).status_code == 429, "once"
        again = client.post("/api/v1/feedback", data={"receipt": receipt, "says": "fake"})
        assert again.status_code == 429, "once"
    assert explain(client, DARK).status_code == 429
    assert client.post("/api/v1/predict", files=files(DARK)).status_code == 429


@pytest.mark.usefixtures("slow")
def test_without_scripts_too(make_client: Callable[..., TestClient]) -> None:
    client = make_client(per_minute=1)
    assert client.post("/result", files=files(DARK)).status_code == 200
    assert client.post("/result", files=files(DARK)).status_code == 429


@pytest.mark.usefixtures("slow")
def test_a_receipt_is_for_its_own_picture(make_client: Callable[..., TestClient]) -> None:
    client = make_client(per_minute=1)
    receipt = client.post("/api/v1/predict", files=files(DARK)).json()["files"][0]["receipt"]
    refused = explain(client, BRIGHT, receipt)
    assert (refused.status_code, refused.json()["code"]) == (422, "other_picture")
    assert explain(client, DARK, "forged").status_code == 429


@pytest.mark.usefixtures("slow")
def test_what_found_no_room_is_not_counted(
    make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(per_minute=1)
    state = client.app.app.app.app.state  # type: ignore[attr-defined]
    judge, run = state.engine.predict_all, state.engine.run

    def full(*_: Any, **__: Any) -> Any:
        raise OverloadedError(1)

    monkeypatch.setattr(state.engine, "predict_all", full)
    assert client.post("/api/v1/predict", files=files(DARK)).status_code == 503
    monkeypatch.setattr(state.engine, "predict_all", judge)
    receipt = client.post("/api/v1/predict", files=files(DARK)).json()["files"][0]["receipt"]
    monkeypatch.setattr(state.engine, "run", full)
    assert explain(client, DARK, receipt).status_code == 503
    monkeypatch.setattr(state.engine, "run", run)
    assert explain(client, DARK, receipt).status_code == 200


def test_tickets_are_used_once_and_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    receipts = SignedTokens(b"k" * 32)
    tickets = Tickets(receipts, tmp_path / "tickets")
    receipt = receipts.write({"kind": "verdict"})
    ticket = tickets.take("explain", receipt)
    assert ticket is not None
    assert tickets.take("explain", receipt) is None
    assert tickets.take("share", receipt) is not None
    tickets.give_back(ticket)
    assert tickets.take("explain", receipt) is not None
    for other in (
        "",
        "x",
        "\ud800",
        receipts.write({"kind": "page"}),
        SignedTokens(b"o" * 32).write({"kind": "verdict"}),
    ):
        assert tickets.take("explain", other) is None
    monkeypatch.setattr("fauxface.web.services.signed_token.MOST_TICKETS", 2)
    assert tickets.take("explain", receipts.write({"kind": "verdict", "n": 1})) is None, "full: nothing is free"
    for used in (tmp_path / "tickets").iterdir():
        os.utime(used, (1e9, 1e9))
    monkeypatch.setattr("fauxface.web.services.signed_token.SWEEP_SECONDS", 0)
    assert tickets.take("explain", receipts.write({"kind": "verdict", "n": 1})) is not None, "old ones are forgotten"
    assert len(list((tmp_path / "tickets").iterdir())) == 1


@pytest.mark.usefixtures("slow")
def test_another_process_knows_what_was_had(make_client: Callable[..., TestClient]) -> None:
    one, other = make_client(per_minute=1), make_client(per_minute=1)  # two workers: a folder, and a limiter each
    receipt = one.post("/api/v1/predict", files=files(DARK)).json()["files"][0]["receipt"]
    assert other.post("/api/v1/predict", files=files(DARK)).status_code == 200, "the call of that worker's minute"
    assert explain(other, DARK, receipt).status_code == 200, "free, also there"
    assert explain(one, DARK, receipt).status_code == 429, "once in all of them"
    assert explain(other, DARK, receipt).status_code == 429


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be made"):
        Tickets(SignedTokens(b"k" * 32), tmp_path / "file" / "tickets")
    tickets = Tickets(SignedTokens(b"k" * 32), tmp_path / "tickets")
    (tmp_path / "tickets").rmdir()
    receipt = SignedTokens(b"k" * 32).write({"kind": "verdict"})
    assert tickets.take("explain", receipt) is None, "what cannot be remembered is counted"


def test_a_bucket_never_holds_more_than_its_limit() -> None:
    limiter = Limiter(2)
    assert limiter.ask("a", 1) == 0
    limiter.give_back("a", 50)
    limiter.give_back("nobody", 1)
    assert limiter.ask("a", 2) == 0
    assert limiter.ask("a", 1) > 0
