"""The page's memory, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from tests.web.conftest import BRIGHT, DARK, picture

from fauxface.web.store import NotFoundError, Store, StoreError
from fauxface.web.store import database as room
from fauxface.web.store.tables import Base

VERDICT: dict[str, Any] = {"path": "holiday.jpg", "label": "fake", "probability_fake": 0.9, "model": "tiny@1"}


@pytest.fixture
def store(database: str | None, tmp_path: Path) -> Iterator[Store]:
    store = Store.open(database, tmp_path / "data")
    yield store
    store.close()


def test_feedback_comes_back(store: Store) -> None:
    first = store.add_feedback(says="real", how="I was there", verdict=VERDICT)
    store.add_feedback(says="unknown", how="", verdict=VERDICT)
    rows = store.feedback()
    assert [row["says"] for row in rows] == ["real", "unknown"]
    assert (rows[0]["id"], rows[0]["how"], rows[0]["model"]) == (first, "I was there", "tiny@1")
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(rows[0]["created_at"])
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=1), "moments keep their zone"


def test_hostile_words_are_kept_as_words(store: Store) -> None:
    store.add_feedback(says="real", how="'); DROP TABLE feedback; --\x1b[2J\0\u202e" + "x" * 5000, verdict=VERDICT)
    (row,) = store.feedback()
    assert row["how"].startswith("'); DROP TABLE feedback; --[2Jx")
    assert len(row["how"]) == 2000


def test_one_picture_is_kept_once_whoever_sends_it(store: Store) -> None:
    for says in ("real", "fake"):
        store.add_feedback(says=says, how="", verdict=VERDICT, picture=DARK)
    store.add_feedback(says="fake", how="", verdict=VERDICT | {"model": "tiny@2"}, picture=DARK)
    (kept,) = store.kept()
    assert kept.path.read_bytes() == DARK
    assert sorted(kept.says) == ["fake", "fake", "real"]
    assert store.count() == {"feedback": 3, "pictures": 1, "shared": 0}


def test_reviews_are_history_and_the_latest_counts(store: Store) -> None:
    for data in (DARK, BRIGHT):
        store.add_feedback(says="real", how="", verdict=VERDICT, picture=data)
    name = store.kept()[0].sha256
    store.review(name[:10], "fake", reviewer="Ann\x1b[31m", note="seen before")
    assert (store.find(name).state, store.find(name).reviewer) == ("fake", "Ann[31m")
    assert store.review(name, "real", reviewer="Bob").state == "real"
    assert [kept.sha256 for kept in store.kept("real")] == [name]
    assert len(store.kept("unreviewed")) == 1


@pytest.mark.parametrize("prefix", ["", "../../etc", "%", "_", "zz", "' OR 1=1 --", "0" * 64, "\0"])
def test_names_that_are_none(store: Store, prefix: str) -> None:
    store.add_feedback(says="real", how="", verdict=VERDICT, picture=DARK)
    with pytest.raises(NotFoundError):
        store.find(prefix)


def test_forgetting_and_purging(store: Store, tmp_path: Path) -> None:
    for data in (DARK, BRIGHT):
        store.add_feedback(says="real", how="", verdict=VERDICT, picture=data)
    first, second = store.kept()
    store.review(first.sha256, "real", reviewer="Ann")
    store.forget(first.sha256)
    assert not first.path.exists()
    assert second.path.exists()
    assert [row["sha256"] for row in store.feedback()].count(None) == 1, "what was said stays, without the picture"
    orphan = tmp_path / "data" / "pictures" / "ab" / ("ab" * 32 + ".jpg")
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(DARK)
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    gone = store.purge(before=yesterday)
    assert gone == {"pictures": 0, "feedback": 0, "expired": 0, "orphans": 0}, "a row may be on its way to a new file"
    os.utime(orphan, (time.time() - 7200,) * 2)
    gone = store.purge(everything=True)
    assert gone == {"pictures": 1, "feedback": 2, "expired": 0, "orphans": 1}
    assert not second.path.exists()
    assert not orphan.exists()


def test_shared_results_are_found_by_their_whole_address_only(store: Store) -> None:
    made = store.share({"a": 1}, lasts=dt.timedelta(days=1))
    found = store.shared(made.id)
    assert found is not None
    assert found.payload == {"a": 1}
    assert found.delete_token == ""
    for wrong in ("", made.id[:-1], made.id + "a", made.id.swapcase(), "%", "\ud800"):
        assert store.shared(wrong) is None
    assert not store.unshare(made.id, made.id)
    assert store.unshare(made.id, made.delete_token)
    assert store.shared(made.id) is None
    old = store.share({}, lasts=dt.timedelta(seconds=-1))
    assert store.shared(old.id) is None
    assert store.purge()["expired"] == 1
    with store._session() as session:
        hashes = session.execute(text("SELECT id_hash FROM shared_results")).all()
    assert made.id not in str(hashes)


def test_keys_are_stored_as_hashes(store: Store) -> None:
    key = store.add_key("newsroom", 60)
    found = store.find_key(key)
    assert found is not None
    assert (found.name, found.per_minute) == ("newsroom", 60)
    with pytest.raises(StoreError, match="already") as caught:
        store.add_key("newsroom")
    assert caught.value.code == "key_exists"
    with store._session() as session:
        assert key not in str(session.execute(text("SELECT * FROM api_keys")).all())
    store.revoke_key("newsroom")
    assert store.find_key(key) is None
    assert store.api_keys()[0].revoked_at is not None
    with pytest.raises(NotFoundError):
        store.revoke_key("newsroom")


def test_many_threads_at_once(store: Store) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(6):
                store.add_feedback(says="real", how=f"{number} {i}", verdict=VERDICT, picture=picture(i * 20))
        except BaseException as e:  # noqa: BLE001 - told below
            errors.append(e)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert store.count() == {"feedback": 48, "pictures": 6, "shared": 0}


_OPEN = """
import sys
from pathlib import Path
from fauxface.web.store import Store
Store.open(sys.argv[1] or None, Path(sys.argv[2])).ping()
"""


def test_several_processes_may_open_an_empty_database_at_once(database: str | None, tmp_path: Path) -> None:
    command_ = [sys.executable, "-c", _OPEN, database or "", str(tmp_path / "data")]
    processes = [subprocess.Popen(command_, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in processes:
        _, said = process.communicate(timeout=90)
        assert process.returncode == 0, said


_WRITER = """
import sys
from pathlib import Path
from fauxface.web.store import Store
store = Store.open(sys.argv[1] or None, Path(sys.argv[2]))
picture = Path(sys.argv[3]).read_bytes()
number = 0
while True:
    number += 1
    # Every other one with a picture of its own: what follows a JPEG's end changes its name only.
    data = picture + str(number).encode() if number % 2 else None
    verdict = {"path": "", "label": "fake", "probability_fake": 0.9, "model": "tiny@1"}
    print(store.add_feedback(says="real", how=str(number), verdict=verdict, picture=data), flush=True)
"""


def test_a_kill_loses_nothing_that_was_acknowledged(database: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(DARK)
    acknowledged: list[str] = []
    for round_ in range(3):
        arguments = [database or "", str(tmp_path / "data"), str(tmp_path / "a.jpg")]
        writer = [sys.executable, "-c", _WRITER, *arguments]
        with subprocess.Popen(writer, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged += [process.stdout.readline().strip() for _ in range(10 + round_)]
            process.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    store = Store.open(database, tmp_path / "data")
    rows = {row["id"]: row for row in store.feedback()}
    assert len(acknowledged) > 30
    assert set(acknowledged) <= set(rows)
    for name in acknowledged:
        sha256 = rows[name]["sha256"]
        assert (sha256 is not None) == (int(rows[name]["how"]) % 2 == 1)
        if sha256:
            assert store.find(sha256).path.read_bytes().startswith(DARK)
    store.close()


def test_tables_and_migrations_agree_both_ways(store: Store) -> None:
    with store._engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
        command.downgrade(room.configuration(connection), "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        command.upgrade(room.configuration(connection), "head")
        assert "feedback" in inspect(connection).get_table_names()


def test_tables_of_a_newer_program_are_left_alone(database: str | None, tmp_path: Path) -> None:
    store = Store.open(database, tmp_path)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="newer fauxface"):
        Store.open(database, tmp_path)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "looks like"),
        ("mysql://me:secret@host/db", "not supported"),
        ("postgresql://me:secret@127.0.0.1:1/db", "cannot be used"),
        ("sqlite:////nowhere/at/all.db", "cannot be used"),
    ],
)
def test_wrong_addresses_are_one_clear_error_without_the_password(url: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        Store.open(url, tmp_path)
    assert "secret" not in caught.value.message


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        Store.open(None, tmp_path / "file")
    assert caught.value.code == "cannot_write"
