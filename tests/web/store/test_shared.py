"""Shared results: found by an address that nobody can guess, deleted by a token, gone when they expire."""

from __future__ import annotations

import base64
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from fauxface.web.store import Store
from fauxface.web.store.database import connect

DAY = dt.timedelta(days=1)
PAYLOAD = {"verdict": {"label": "fake", "notes": ["Ж", "\x00"]}, "thumbnail": base64.b64encode(b"\xff\xd8").decode()}
WRONG = ["", "x", "' OR 1=1 --", "\x00", "\ud800", "é" * 1000]


def test_there_and_back(store: Store) -> None:
    made = store.share(PAYLOAD, lasts=DAY)
    found = store.shared(made.id)
    assert found is not None
    assert found.payload == PAYLOAD
    assert found.delete_token == ""
    assert found.expires_at - found.created_at == DAY
    assert len(base64.urlsafe_b64decode(made.id + "=" * (-len(made.id) % 4))) >= 16
    assert made.id != made.delete_token


def test_neither_address_nor_token_is_stored(store: Store, url: str | None, tmp_path: Path) -> None:
    made = store.share(PAYLOAD, lasts=DAY)
    engine = connect(url, tmp_path / "page")
    with engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM shared_results")).all())
    engine.dispose()
    assert made.id not in stored
    assert made.delete_token not in stored


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_wrong_addresses_and_tokens(store: Store, wrong: str) -> None:
    made, other = store.share(PAYLOAD, lasts=DAY), store.share(PAYLOAD, lasts=DAY)
    assert store.shared(wrong) is None
    assert not store.unshare(wrong, made.delete_token)
    assert not store.unshare(made.id, wrong)
    assert not store.unshare(made.id, other.delete_token)
    assert not store.unshare(made.id, made.id)
    assert store.shared(made.id) is not None


def test_deleting(store: Store) -> None:
    made, other = store.share(PAYLOAD, lasts=DAY), store.share(PAYLOAD, lasts=DAY)
    assert store.unshare(made.id, made.delete_token)
    assert store.shared(made.id) is None
    assert not store.unshare(made.id, made.delete_token)
    assert store.shared(other.id) is not None


def test_two_who_delete_at_once_are_told_the_truth(store: Store) -> None:
    made = [store.share(PAYLOAD, lasts=DAY) for _ in range(20)]
    with ThreadPoolExecutor(4) as pool:
        told = [[pool.submit(store.unshare, one.id, one.delete_token) for _ in range(4)] for one in made]
        assert [sum(done.result() for done in tries) for tries in told] == [1] * 20


def test_expired_is_gone_at_once_and_purged_later(store: Store) -> None:
    stays = store.share(PAYLOAD, lasts=DAY)
    gone = store.share(PAYLOAD, lasts=dt.timedelta(seconds=-1))
    assert store.shared(gone.id) is None
    assert store.count()["shared"] == 2
    assert store.purge()["expired"] == 1
    assert store.count()["shared"] == 1
    assert store.shared(stays.id) is not None
