"""What visitors say is kept whole and harmless, and nothing of a picture without its owner's consent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fauxface.errors import ImageError
from fauxface.web.store import Store
from fauxface.web.store.database import connect
from fauxface.web.store.tables import KeptVerdict

HOSTILE = [
    "'; DROP TABLE feedback; --",
    "nul\x00 byte",
    "\x1b[2J\x1b]0;owned\x07 screen",
    "right\u202eto\u2066left",
    "half a pair \ud800 of surrogates",
    "<script>alert(1)</script>",
    "%s %(how)s {how} :how \\u0000 \\",
    "\ufffe\uffff non-characters \U0010ffff",
    "𝕌nicode 人 🦊 Ж",
]


def files_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_without_consent_nothing_of_the_picture_is_kept(store: Store, verdict: dict[str, Any], tmp_path: Path) -> None:
    name = store.add_feedback(says="real", how="I took it", verdict=verdict)
    (row,) = store.feedback()
    assert (row["id"], row["says"], row["how"], row["sha256"]) == (name, "real", "I took it", None)
    assert (row["label"], row["probability_fake"], row["model"]) == ("fake", 0.875, "tiny@1")
    assert row["created_at"].endswith("+00:00")
    assert store.kept() == []
    assert files_in(tmp_path / "page/pictures") == []
    assert "holiday" not in json.dumps(row)


def test_with_consent_the_file_lies_under_its_hash(
    store: Store, verdict: dict[str, Any], picture: Callable[[int], bytes], tmp_path: Path
) -> None:
    data = picture(7)
    sha256 = hashlib.sha256(data).hexdigest()
    store.add_feedback(says="fake", how="", verdict=verdict, picture=data)
    (kept,) = store.kept()
    assert (kept.sha256, kept.says, kept.label, kept.state) == (sha256, ("fake",), "fake", "unreviewed")
    assert kept.path.read_bytes() == data
    assert files_in(tmp_path / "page/pictures") == [kept.path]
    assert store.feedback()[0]["sha256"] == sha256


def test_the_verdict_is_kept_for_each_model_and_without_the_visitors_name_for_the_file(
    store: Store, url: str | None, verdict: dict[str, Any], picture: Callable[[int], bytes], tmp_path: Path
) -> None:
    for model in ("tiny@1", "tiny@2", "tiny@1"):
        store.add_feedback(says="fake", how="", verdict=verdict | {"model": model}, picture=picture(1))
    engine = connect(url, tmp_path / "page")
    with Session(engine) as session:
        rows = session.scalars(select(KeptVerdict).order_by(KeptVerdict.model)).all()
        assert [row.model for row in rows] == ["tiny@1", "tiny@2"]
        assert rows[0].verdict["probability_fake"] == rows[0].probability_fake == 0.875
        assert "holiday" not in json.dumps([row.verdict for row in rows])
    engine.dispose()
    assert len(store.kept()) == 1
    assert len(store.feedback()) == 3


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words(store: Store, verdict: dict[str, Any], words: str) -> None:
    store.add_feedback(says="unknown", how=words, verdict=verdict)
    kept = store.feedback()[0]["how"]
    assert kept.isprintable()
    assert kept == "".join(c for c in words if c.isprintable()).strip()


def test_words_stay_apart(store: Store, verdict: dict[str, Any]) -> None:
    store.add_feedback(says="real", how="  one\ttwo\u00a0three\r\nfour\u3000five\rsix  ", verdict=verdict)
    assert store.feedback()[0]["how"].split() == ["one", "two", "three", "four", "five", "six"]


def test_many_words_are_cut(store: Store, verdict: dict[str, Any]) -> None:
    store.add_feedback(says="real", how="🦊" * 5000, verdict=verdict)
    assert store.feedback()[0]["how"] == "🦊" * 2000


def test_hostile_text_in_the_verdict(store: Store, verdict: dict[str, Any], picture: Callable[[int], bytes]) -> None:
    bad = verdict | {"path": "\x00\ud800.png", "notes": ["\x00", "\ud800"]}
    store.add_feedback(says="fake", how="", verdict=bad, picture=picture(3))
    assert len(store.kept()) == 1


def test_what_is_no_picture_is_not_kept(store: Store, verdict: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ImageError):
        store.add_feedback(says="fake", how="", verdict=verdict, picture=b"#!/bin/sh\nrm -rf /\n")
    assert store.feedback() == []
    assert files_in(tmp_path / "page/pictures") == []


def test_a_picture_whose_file_was_lost_is_written_again(
    store: Store, verdict: dict[str, Any], picture: Callable[[int], bytes]
) -> None:
    store.add_feedback(says="fake", how="", verdict=verdict, picture=picture(1))
    store.kept()[0].path.unlink()
    store.add_feedback(says="fake", how="", verdict=verdict, picture=picture(1))
    assert store.kept()[0].path.read_bytes() == picture(1)


def test_deleted_words_are_gone_from_the_file_too(tmp_path: Path, verdict: dict[str, Any]) -> None:
    store = Store.open(None, tmp_path)
    other = Store.open(None, tmp_path)  # as the page that is running while somebody purges
    store.add_feedback(says="real", how="my name is Rumpelstiltskin", verdict=verdict)
    other.ping()
    store.purge(everything=True)
    found = [f.name for f in files_in(tmp_path) if b"Rumpelstiltskin" in f.read_bytes()]
    assert found == []
    other.close()
    store.close()


def test_foreign_keys_are_watched(url: str | None, tmp_path: Path) -> None:
    engine = connect(url, tmp_path)
    insert = "INSERT INTO verdicts VALUES ('00', 'tiny@1', 'fake', 0.5, '{}')"
    with pytest.raises(Exception, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(text(insert))
    engine.dispose()
