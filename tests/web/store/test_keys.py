"""API keys: shown once, kept as a hash, useless when revoked."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from sqlalchemy import text

from fauxface.web.store import NotFoundError, Store, StoreError
from fauxface.web.store.database import connect


def test_made_found_listed_revoked(store: Store) -> None:
    key, plain = store.add_key("ana", 30), store.add_key("ben")
    assert key != plain
    assert len(base64.urlsafe_b64decode(key.removeprefix("ff_") + "=")) == 32
    found = store.find_key(key)
    assert found is not None
    assert (found.name, found.per_minute, found.revoked_at) == ("ana", 30, None)
    store.revoke_key("ana")
    assert store.find_key(key) is None
    assert store.find_key(plain) is not None
    assert [(k.name, k.revoked_at is None) for k in store.api_keys()] == [("ana", False), ("ben", True)]


def test_a_key_is_not_stored(store: Store, url: str | None, tmp_path: Path) -> None:
    key = store.add_key("ana")
    engine = connect(url, tmp_path / "page")
    with engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM api_keys")).all())
    engine.dispose()
    assert key.removeprefix("ff_") not in stored


@pytest.mark.parametrize("wrong", ["", "ff_", "\x00", "\ud800", "x" * 100_000, "' OR 1=1 --"], ids=range(6))
def test_wrong_keys(store: Store, wrong: str) -> None:
    store.add_key("ana")
    assert store.find_key(wrong) is None


def test_a_name_is_taken_once(store: Store) -> None:
    store.add_key("ana")
    with pytest.raises(StoreError) as caught:
        store.add_key("ana")
    assert caught.value.code == "key_exists"
    assert len(store.api_keys()) == 1


def test_revoking_what_is_not_there(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.revoke_key("nobody")
    store.add_key("ana")
    store.revoke_key("ana")
    with pytest.raises(NotFoundError):
        store.revoke_key("ana")


def test_hostile_names(store: Store) -> None:
    key = store.add_key("\x1b[2J\nana\x00")
    found = store.find_key(key)
    assert found is not None
    assert found.name.isprintable()
    store.revoke_key(found.name)
    assert store.find_key(key) is None
