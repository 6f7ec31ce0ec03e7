"""Reviewed truth is a matter of its own, has a history, and deleting deletes."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from fauxface.errors import FauxfaceError
from fauxface.web.store import NotFoundError, Store
from fauxface.web.store.database import connect

Keep = Callable[..., str]


@pytest.fixture
def keep(store: Store, verdict: dict[str, Any], picture: Callable[[int], bytes]) -> Keep:
    """Keeps picture number n as a visitor would; gives its SHA-256."""

    def one(number: int, says: Any = "fake") -> str:
        known = {kept.sha256 for kept in store.kept()}
        store.add_feedback(says=says, how=f"number {number}", verdict=verdict, picture=picture(number))
        return next((kept.sha256 for kept in store.kept() if kept.sha256 not in known), "")

    return one


def test_the_latest_review_counts_and_the_others_are_history(
    store: Store, keep: Keep, url: str | None, tmp_path: Path
) -> None:
    sha256 = keep(1)
    for state, reviewer in (("fake", "ana"), ("rejected", "ben"), ("real", "\x1b[31mcleo\x00")):
        store.review(sha256[:10], state, reviewer=reviewer, note="looked \x1bat it")  # type: ignore[arg-type]
    (kept,) = store.kept()
    assert (kept.state, kept.reviewer, kept.says, kept.label) == ("real", "[31mcleo", ("fake",), "fake")
    assert [k.sha256 for k in store.kept("real")] == [sha256]
    assert store.kept("fake") == store.kept("unreviewed") == []
    engine = connect(url, tmp_path / "page")
    with engine.connect() as connection:
        states = connection.execute(text("SELECT state FROM reviews ORDER BY id")).scalars().all()
        notes = connection.execute(text("SELECT note FROM reviews")).scalars().all()
    engine.dispose()
    assert states == ["fake", "rejected", "real"]
    assert not [note for note in notes if "\x1b" in note]


@pytest.mark.parametrize(
    "prefix",
    ["", "%", "_", "a%", "../../etc/passwd", "..", "/", "xyz", "a" * 65, "' OR 1=1 --", "\x00", "é", "٣", "Ⅷ", " "],
)
def test_tricks_in_a_prefix(store: Store, keep: Keep, prefix: str) -> None:
    sha256 = keep(1)
    for act in (
        lambda: store.find(prefix),
        lambda: store.review(prefix, "real", reviewer="ana"),
        lambda: store.forget(prefix),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert store.find(sha256).state == "unreviewed"
    assert store.find(sha256).path.is_file()


def test_a_prefix_of_two_pictures_means_neither(store: Store, keep: Keep) -> None:
    names = [keep(i) for i in range(17)]  # 17 hashes, 16 digits: two begin alike
    firsts = [name[0] for name in names]
    twice = next(c for c in firsts if firsts.count(c) > 1)
    with pytest.raises(NotFoundError, match="more than one"):
        store.find(twice)
    assert store.find(names[0].upper()).sha256 == names[0]


def test_forgetting_a_picture_leaves_what_was_said(store: Store, keep: Keep, url: str | None, tmp_path: Path) -> None:
    gone, stays = keep(1), keep(2)
    store.review(gone, "fake", reviewer="ana")
    file = store.find(gone).path
    store.forget(gone[:12])
    assert [kept.sha256 for kept in store.kept()] == [stays]
    assert not file.exists()
    assert sorted(str(row["sha256"]) for row in store.feedback()) == sorted(["None", stays])
    engine = connect(url, tmp_path / "page")
    with engine.connect() as connection:
        for table, left in (("verdicts", 1), ("reviews", 0)):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == left
    engine.dispose()


def test_purging_what_is_old(store: Store, keep: Keep, url: str | None, tmp_path: Path) -> None:
    old, new = keep(1), keep(2)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
    engine = connect(url, tmp_path / "page")
    with engine.begin() as connection:
        # SQLite keeps moments as text without a zone, PostgreSQL takes the same text with one.
        moment = long_ago.strftime("%Y-%m-%d %H:%M:%S.%f") + ("+00" if url else "")
        connection.execute(text("UPDATE pictures SET added_at = :at WHERE sha256 = :s"), {"at": moment, "s": old})
        connection.execute(text("UPDATE feedback SET created_at = :at WHERE sha256 = :s"), {"at": moment, "s": old})
    engine.dispose()
    gone = store.purge(before=dt.datetime.now(dt.UTC) - dt.timedelta(days=30))
    assert (gone["pictures"], gone["feedback"]) == (1, 1)
    assert [kept.sha256 for kept in store.kept()] == [new]
    assert [row["sha256"] for row in store.feedback()] == [new]


def test_purging_everything(store: Store, keep: Keep, tmp_path: Path) -> None:
    for i in range(3):
        keep(i)
    gone = store.purge(everything=True)
    assert (gone["pictures"], gone["feedback"]) == (3, 3)
    assert store.kept() == []
    assert store.feedback() == []
    assert not [p for p in (tmp_path / "page/pictures").rglob("*") if p.is_file()]


def test_files_without_a_row_are_swept_up_but_not_those_on_their_way(
    store: Store, keep: Keep, picture: Callable[[int], bytes], tmp_path: Path
) -> None:
    sha256 = keep(1)
    old = store.pictures.path(*store.pictures.add(picture(2)))
    young = store.pictures.path(*store.pictures.add(picture(3)))
    half = old.with_name(".half.0123456789ab.part.png")
    half.write_bytes(b"half of a picture, written when the power went")
    for path in (old, half, store.find(sha256).path):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert store.purge()["orphans"] == 2
    assert [p.exists() for p in (old, half, young, store.find(sha256).path)] == [False, False, True, True]


def test_more_pictures_than_a_statement_takes(store: Store) -> None:
    store._forget([f"{i:064x}" for i in range(70_000)])  # SQLite takes 32,766 values in a statement, PostgreSQL 65,535


def test_an_unknown_state_is_refused(store: Store, keep: Keep) -> None:
    sha256 = keep(1)
    with pytest.raises((FauxfaceError, ValueError)):
        store.review(sha256, "perhaps", reviewer="ana")  # type: ignore[arg-type]
    assert store.find(sha256).state == "unreviewed"
