"""`fauxface feedback` and `fauxface keys`, as a person types them, on SQLite and PostgreSQL."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.web.store.postgres import Server
from typer.testing import CliRunner, Result

import fauxface.cli.terminal as terminal_module
from fauxface.cli.main import app
from fauxface.data.index import index
from fauxface.errors import DataError, FauxfaceError, MissingExtraError
from fauxface.web.store import NotFoundError, Store

HOSTILE = "\x1b[2J\x1b]0;owned\x07 I know\u202e it"
VERDICT: dict[str, Any] = {
    "path": "me.png",
    "label": "fake",
    "probability_fake": 0.9,
    "model": "tiny@1",
    "error": None,
    "elapsed_ms": 1.0,
    "notes": [],
    "faces": None,
    "reasons": [],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Of an empty database."""
    return None if request.param == "sqlite" else request.getfixturevalue("server").new_database()


@pytest.fixture
def page(url: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's folder, named as `fauxface serve` would be told; six pictures are kept in it."""
    folder = tmp_path / "page"
    monkeypatch.setenv("FAUXFACE_DATA_DIR", str(folder))
    if url:
        monkeypatch.setenv("FAUXFACE_DATABASE_URL", url)
    else:
        monkeypatch.delenv("FAUXFACE_DATABASE_URL", raising=False)
    store = Store.open(url, folder)
    rng = np.random.default_rng(0)
    for i, kind in enumerate(("PNG", "JPEG", "WEBP", "PNG", "JPEG", "PNG")):
        out = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(out, kind)
        store.add_feedback(says="real", how=f"{HOSTILE} {i}", verdict=VERDICT, picture=out.getvalue())
    store.add_feedback(says="unknown", how="no picture", verdict=VERDICT)
    store.close()
    return folder


def run(*arguments: str | Path, ok: bool = True, typed: str = "") -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments], input=typed)
    if ok:
        assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
    return result


def names(*more: str) -> list[str]:
    """The beginnings of the hashes that `list` shows."""
    return [line.split()[0] for line in run("feedback", "list", *more).stdout.splitlines()]


def test_list_shows_the_pictures_and_counts_the_answers(page: Path) -> None:
    result = run("feedback", "list")
    assert len(names()) == 6
    assert "unreviewed" in result.stdout
    assert "7 answers, 6 pictures kept" in result.stderr
    rows = [json.loads(line) for line in run("feedback", "list", "--json").stdout.splitlines()]
    assert len(rows) == 7
    assert sum(row["sha256"] is None for row in rows) == 1
    assert {row["says"] for row in rows} == {"real", "unknown"}
    assert all(row["how"].isprintable() for row in rows)


def test_list_by_state(page: Path) -> None:
    run("feedback", "review", names()[0], "fake", "--reviewer", "ana")
    assert len(names("--state", "unreviewed")) == 5
    assert len(names("--state", "fake")) == 1
    assert len(run("feedback", "list", "--state", "fake", "--json").stdout.splitlines()) == 1
    assert run("feedback", "list", "--state", "perhaps", ok=False).exit_code == 2


def test_review_needs_a_reviewer_and_one_picture(page: Path) -> None:
    assert run("feedback", "review", names()[0], "fake", ok=False).exit_code == 2
    assert run("feedback", "review", names()[0], "perhaps", "--reviewer", "ana", ok=False).exit_code == 2
    for wrong in ("../../etc", "%", "", "f" * 64):
        result = run("feedback", "review", wrong, "fake", "--reviewer", "ana", ok=False)
        assert isinstance(result.exception, NotFoundError)
    said = run("feedback", "review", names()[0].upper(), "rejected", "--reviewer", "ana\x1b[31m", "--note", "blurred")
    assert "rejected" in said.stdout


def test_what_is_exported_can_be_indexed(page: Path, tmp_path: Path) -> None:
    shown = names()
    states = ("real", "fake", "real", "rejected", "fake")
    for name, state in zip(shown, states, strict=False):
        run("feedback", "review", name, state, "--reviewer", "ana, the second")
    out = tmp_path / "exported"
    assert "4 pictures" in run("feedback", "export", out).stdout
    table = index(out)
    assert table.rejected == ()
    found = {Path(sample.path).stem[:12]: sample.label for sample in table.samples}
    assert found == {name: state for name, state in zip(shown, states, strict=False) if state != "rejected"}
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["sha256"][:12], row["label"]) for row in rows} == set(found.items())
    assert {row["reviewer"] for row in rows} == {"ana, the second"}
    for sample in table.samples:
        assert sample.sha256 == Path(sample.path).stem


def test_export_does_not_mix_with_what_is_there(page: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("dear aunt")
    result = run("feedback", "export", tmp_path / "full", ok=False)
    assert isinstance(result.exception, FauxfaceError)
    assert result.exception.code == "cannot_write"
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["letter.txt"]


def test_export_of_a_picture_whose_file_was_lost(page: Path, tmp_path: Path) -> None:
    run("feedback", "review", names()[0], "fake", "--reviewer", "ana")
    (lost,) = (p for p in (page / "pictures").rglob("*") if p.name.startswith(names()[0]))
    lost.unlink()
    result = run("feedback", "export", tmp_path / "out", ok=False)
    assert isinstance(result.exception, FauxfaceError)
    assert lost.name in result.exception.message


def pictures_in(folder: Path) -> int:
    return sum(p.is_file() for p in (folder / "pictures").rglob("*"))


def test_purge_asks_first(page: Path) -> None:
    assert run("feedback", "purge", "--all", ok=False, typed="n\n").exit_code == 1
    assert (len(names()), pictures_in(page)) == (6, 6)
    run("feedback", "purge", "--all", typed="y\n")
    assert (len(names()), pictures_in(page)) == (0, 0)
    assert run("feedback", "list", "--json").stdout == ""


def test_purge_of_one_picture_and_of_old_ones(page: Path) -> None:
    first = names()[0]
    run("feedback", "purge", "--sha256", first, "--yes")
    assert first not in names()
    assert pictures_in(page) == 5
    result = run("feedback", "purge", "--sha256", first, "--yes", ok=False)
    assert isinstance(result.exception, NotFoundError)
    run("feedback", "purge", "--older-than", "1", "--yes")
    assert len(names()) == 5
    run("feedback", "purge", "--older-than", "0", "--yes")
    assert (len(names()), pictures_in(page)) == (0, 0)


def test_purge_without_more_deletes_only_what_is_over(page: Path) -> None:
    run("feedback", "purge")
    assert (len(names()), pictures_in(page)) == (6, 6)


def test_keys(page: Path, url: str | None) -> None:
    key = run("keys", "add", "ana", "--per-minute", "5").stdout.strip()
    run("keys", "add", f"{HOSTILE}\nben")
    store = Store.open(url, page)
    found = store.find_key(key)
    assert found is not None
    assert (found.name, found.per_minute) == ("ana", 5)
    shown = run("keys", "list").stdout
    assert len(shown.splitlines()) == 2
    assert key not in shown
    run("keys", "revoke", "ana")
    assert store.find_key(key) is None
    store.close()
    assert "revoked" in run("keys", "list").stdout
    assert isinstance(run("keys", "revoke", "ana", ok=False).exception, NotFoundError)


@pytest.mark.parametrize("command", [("feedback", "list"), ("keys", "list")])
def test_without_the_extra(command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = terminal_module.importlib.util.find_spec
    monkeypatch.setattr(
        terminal_module.importlib.util, "find_spec", lambda name: None if name == "sqlalchemy" else real(name)
    )
    result = run(*command, "--data-dir", tmp_path, ok=False)
    assert isinstance(result.exception, MissingExtraError)
    assert "fauxface[web]" in result.exception.message


def test_the_options_beat_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAUXFACE_DATABASE_URL", f"sqlite:///{tmp_path}/one.db")
    run("keys", "add", "ana", "--data-dir", tmp_path / "page", "--database", f"sqlite:///{tmp_path}/two.db")
    assert not (tmp_path / "one.db").exists()
    assert (tmp_path / "two.db").is_file()


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAUXFACE_DATA_DIR", "FAUXFACE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    run("keys", "add", "ana")
    assert (tmp_path / "share/fauxface/fauxface.db").is_file()
    assert "ana" in run("keys", "list").stdout


@pytest.mark.parametrize("command", [("feedback", "list"), ("keys", "list"), ("keys", "revoke", "ana")])
def test_a_wrong_folder_is_told_and_stays_as_it_is(command: tuple[str, ...], tmp_path: Path) -> None:
    result = run(*command, "--data-dir", tmp_path / "typo", ok=False)
    assert isinstance(result.exception, DataError)
    assert result.exception.code == "no_store"
    assert not (tmp_path / "typo").exists()
