"""Opening the page's memory: tables are laid out once, and what cannot be used is one clear sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from tests.web.store.postgres import Server

from fauxface.errors import FauxfaceError
from fauxface.web.store import Store, StoreError
from fauxface.web.store.database import MIGRATIONS, configuration, connect
from fauxface.web.store.tables import Base

TABLES = {"pictures", "verdicts", "feedback", "reviews", "shared_results", "api_keys"}


def refusal(url: str | None, folder: Path) -> FauxfaceError:
    with pytest.raises(StoreError) as caught:
        Store.open(url, folder).close()
    assert "\n" not in caught.value.message
    return caught.value


def test_tables_go_up_from_empty_down_and_up_again(url: str | None, tmp_path: Path) -> None:
    engine = connect(url, tmp_path)
    try:
        assert set(inspect(engine).get_table_names()) == TABLES | {"alembic_version"}
        with engine.begin() as connection:
            command.downgrade(configuration(connection), "base")
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    finally:
        engine.dispose()
    store = Store.open(url, tmp_path)
    assert store.count() == {"feedback": 0, "pictures": 0, "shared": 0}
    store.close()


def test_migrations_and_tables_say_the_same(url: str | None, tmp_path: Path) -> None:
    engine = connect(url, tmp_path)
    try:
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    finally:
        engine.dispose()


def test_migrations_lie_inside_the_package() -> None:
    assert MIGRATIONS.parent == Path(sys.modules["fauxface.web.store"].__file__ or "").parent
    assert (MIGRATIONS / "env.py").is_file()
    assert list((MIGRATIONS / "versions").glob("*.py"))


def test_opening_again_keeps_what_is_there(url: str | None, tmp_path: Path) -> None:
    first = Store.open(url, tmp_path)
    key = first.add_key("ana")
    first.close()
    second = Store.open(url, tmp_path)
    found = second.find_key(key)
    second.close()
    assert found is not None


OPEN = """
import sys, time
from pathlib import Path
from fauxface.web.store import Store
url, folder, gate = sys.argv[1] or None, Path(sys.argv[2]), Path(sys.argv[3])
print("ready", flush=True)
while not gate.exists():
    time.sleep(0.001)
store = Store.open(url, folder)
store.add_key(sys.argv[4])
store.close()
"""


def test_processes_open_an_empty_database_at_once(url: str | None, tmp_path: Path) -> None:
    gate, folder = tmp_path / "gate", tmp_path / "page"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, url or "", str(folder), str(gate), f"key {i}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    gate.touch()
    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    store = Store.open(url, folder)
    assert {key.name for key in store.api_keys()} == {"key 0", "key 1", "key 2"}
    store.close()


DIE = """
import os, sys
from pathlib import Path
from alembic.operations import Operations
def die(*args, **more): os._exit(9)
Operations.create_index = die
from alembic import op
op.create_index = die
from fauxface.web.store import Store
Store.open(sys.argv[1] or None, Path(sys.argv[2]))
"""


def test_a_kill_between_two_tables_does_no_harm(url: str | None, tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", DIE, url or "", str(tmp_path)], check=False, timeout=120)
    assert died.returncode == 9
    store = Store.open(url, tmp_path)
    assert store.count()["feedback"] == 0
    store.close()


def test_sqlite_is_durable_and_lets_readers_in(tmp_path: Path) -> None:
    engine = connect(None, tmp_path)
    asked = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    with engine.connect() as connection:
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked}
        wait = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    engine.dispose()
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert wait is not None
    assert wait >= 5000
    assert (tmp_path / "fauxface.db").is_file()


def test_tables_of_a_newer_program_are_left_alone(url: str | None, tmp_path: Path) -> None:
    engine = connect(url, tmp_path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    error = refusal(url, tmp_path)
    assert error.code == "bad_store"
    assert "newer" in error.message


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "postgresql://me:geheim@host:port/name",
        "mysql://me:geheim@host/name",
        "host=localhost password=geheim",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite+aiosqlite:///:memory:",
        "postgresql://me:geheim@/name?host=/no/such/folder",
        "postgresql://me@/name?host=/no/such/folder&password=geheim",
        "postgresql://me:ge%68eim@/name?host=/no/such/folder",
        "postgresql://me:geheim@/name?host=/no/such/folder&geheim=geheim",
    ],
)
def test_an_address_that_leads_nowhere(url: str, tmp_path: Path) -> None:
    error = refusal(url, tmp_path)
    assert error.code == "bad_store"
    assert "geheim" not in error.message
    assert "ge%68eim" not in error.message


def test_nobody_listens(tmp_path: Path) -> None:
    start = time.monotonic()
    error = refusal("postgresql://me:geheim@127.0.0.1:9/name", tmp_path)
    assert "127.0.0.1" in error.message
    assert "geheim" not in error.message
    assert time.monotonic() - start < 15


def test_no_such_database_or_user(postgres: Server, tmp_path: Path) -> None:
    socket = f"host={postgres.folder}"
    assert "does not exist" in refusal(f"postgresql://postgres@/missing?{socket}", tmp_path).message
    assert "does not exist" in refusal(f"postgresql://nobody:geheim@/postgres?{socket}", tmp_path).message


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("here already")
    assert str(tmp_path) in refusal(None, tmp_path / "page").message
    assert str(tmp_path) in refusal(None, tmp_path / "page/below").message


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "fauxface.db").write_bytes(b"this is a letter to my aunt " * 100)
    assert "not a database" in refusal(None, tmp_path).message


def test_a_server_that_stops_and_comes_back(tmp_path: Path) -> None:
    server = Server()
    try:
        store = Store.open(server.new_database(), tmp_path)
        key = store.add_key("ana")
        server.stop("immediate")
        with pytest.raises(StoreError):
            store.ping()
        with pytest.raises(StoreError):
            store.find_key(key)
        server.start()
        store.ping()
        assert store.find_key(key) is not None
        store.close()
    finally:
        server.close()


def test_a_database_elsewhere_by_its_address(tmp_path: Path) -> None:
    place = tmp_path / "else where.db"
    store = Store.open(f"sqlite:///{place}", tmp_path / "page")
    store.add_key("ana")
    store.close()
    engine = create_engine(f"sqlite:///{place}")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM api_keys")).scalar() == 1
    engine.dispose()
    assert not (tmp_path / "page/fauxface.db").exists()
