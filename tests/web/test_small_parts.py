"""Receipts, limits by name, names of files, words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import fauxface.web
from fauxface.verdict import Reason
from fauxface.web import limiter as limiter_room
from fauxface.web import receipt as receipt_room
from fauxface.web.intake import clean_name
from fauxface.web.limiter import Limiter
from fauxface.web.receipt import ReceiptError, Receipts
from fauxface.web.settings import Settings, SettingsError
from fauxface.web.strings import ENGLISH
from fauxface.web.words import meaning, percent, words
from fauxface.weights.card import ModelCard


def test_a_receipt_comes_back_as_it_was_written(tmp_path: Path) -> None:
    receipts = Receipts.in_folder(tmp_path)
    facts = {"kind": "verdict", "name": "ä'\"<>.jpg"}
    assert Receipts.in_folder(tmp_path).read(receipts.write(facts)) | facts == receipts.read(receipts.write(facts))
    assert (tmp_path / receipt_room.KEY_NAME).stat().st_mode & 0o077 == 0, "the key is its owner's alone"


@pytest.mark.parametrize("change", [lambda r: r[:-2] + "AA", lambda r: "A" + r, lambda r: r.split(".")[0], str.upper])
def test_a_receipt_that_was_touched_is_refused(change: object, tmp_path: Path) -> None:
    receipt = Receipts.in_folder(tmp_path).write({"kind": "verdict", "label": "fake"})
    with pytest.raises(ReceiptError):
        Receipts.in_folder(tmp_path).read(change(receipt))  # type: ignore[operator]


@pytest.mark.parametrize("text", ["", ".", "a.b", "ä.ö", "\ud800.", "A" * 70_000, "e30.e30", "\0.\0"])
def test_what_is_no_receipt_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ReceiptError):
        Receipts.in_folder(tmp_path).read(text)


def test_another_servers_or_an_old_receipt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = Receipts.in_folder(tmp_path).write({})
    with pytest.raises(ReceiptError):
        Receipts(b"another key of thirty-two bytes!").read(receipt)
    now = time.time()
    monkeypatch.setattr(receipt_room.time, "time", lambda: now + receipt_room.LASTS + 120)
    with pytest.raises(ReceiptError, match="a day old") as caught:
        Receipts.in_folder(tmp_path).read(receipt)
    assert caught.value.code == "old_receipt"


def test_a_bucket_empties_and_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(limiter_room.time, "monotonic", lambda: clock[0])
    limiter = Limiter(6)
    assert [limiter.ask("a") for _ in range(6)] == [0.0] * 6
    assert limiter.ask("a") == pytest.approx(10), "one token in ten seconds"
    assert limiter.ask("b") == 0.0, "each has a bucket of its own"
    clock[0] += 9.9
    assert limiter.ask("a") > 0
    clock[0] += 0.2
    assert limiter.ask("a") == 0.0
    clock[0] += 3600
    assert limiter.ask("a", 1000) == 0.0, "what costs more than a full bucket is let through by a full one"
    assert limiter.ask("a") > 60
    assert limiter.ask("a", per_minute=0) == 0.0, "no limit"


def test_a_limiter_forgets_instead_of_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter_room, "MOST_BUCKETS", 3)
    limiter = Limiter(1)
    for name in "abcd":
        limiter.ask(name)
    assert limiter.ask("d") > 0
    assert limiter.ask("a") == 0.0


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("face.jpg", "face.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\face.jpg", "face.jpg"),
        ("a\nb\x1b[31m.jpg", "a\\nb\\x1b[31m.jpg"),
        (None, "picture"),
        ("..", "picture"),
        ("/", "picture"),
        ("<script>alert(1)</script>", "script>"),
    ],
)
def test_names_are_words_not_paths(name: str | None, clean: str) -> None:
    assert clean_name(name) == clean


def test_long_names_keep_both_ends() -> None:
    short = clean_name("a" * 5000 + ".jpg")
    assert len(short) <= 120
    assert short.startswith("aaa")
    assert short.endswith(".jpg")


@pytest.mark.parametrize(("p", "shown"), [(0.0, 1), (0.004, 1), (0.5, 50), (0.996, 99), (1.0, 99)])
def test_nobody_is_surer_than_99(p: float, shown: int) -> None:
    assert percent(p) == shown


def test_words_of_evidence(build_tiny_card) -> None:  # type: ignore[no-untyped-def]
    card = build_tiny_card(b"x")
    assert words("fake", 0.97, (), None, card).sentence == "Strong signs of a generated face"
    assert words("fake", 0.7, (), None, card).sentence == "Signs of a generated face"
    even = words("fake", 0.46, (), None, card)
    assert (even.word, even.sentence) == ("perhaps generated", "Some signs of a generated face")
    assert words("real", 0.02, (), None, card).sentence == "No signs of a generated face found"
    reason = Reason("unstable", "it is dark")
    assert words("uncertain", 0.5, (reason,), None, card).sentence == "Cannot tell, because it is dark"
    assert words("uncertain", 0.5, (reason, reason), None, card).reasons == ["it is dark"] * 2
    assert "look like this" in words("uncertain", 0.5, (Reason("in_band", "0.1 to 0.7"),), None, card).sentence
    error = words(None, None, (), {"code": "c", "message": "broken"}, card)
    assert (error.tone, error.percent, error.hint) == ("error", None, "broken")


def test_the_meaning_of_the_threshold(build_tiny_card) -> None:  # type: ignore[no-untyped-def]
    shares = {"fakes_called_real": 0.11, "photographs_called_fake": 0.049, "abstained": 0.002}
    test = {"said": {name: {"value": value} for name, value in shares.items()}}
    said = meaning(build_tiny_card(b"x", metrics={"test": test}))
    assert "about 11 pass as real" in said
    assert "about 5 are called fake" in said
    assert "fewer than 1 stay undecided" in said
    assert "not measured" in meaning(build_tiny_card(b"x"))


def test_the_meaning_is_of_left_out_sources_where_they_are_known(
    build_tiny_card: Callable[..., ModelCard],
) -> None:
    of = {"value": 0.052, "worst": 0.31}
    unseen = {"accused": of, "missed": {"value": 0.3, "worst": 0.7}, "uncertain": {"value": 0.19}}
    said = meaning(build_tiny_card(b"x", metrics={"unseen_sources": unseen, "test": {"said": {}}}))
    assert "about 5 are called generated (by the worst camera tested: about 31)" in said
    assert "about 30 pass as photographs (worst: about 70)" in said
    assert "About 19 of 100 stay undecided" in said


def test_every_string_that_a_template_or_script_asks_for_is_there() -> None:
    folder = Path(fauxface.web.__file__).parent
    asked: set[str] = set()
    for file in (*folder.glob("templates/*.html"), *folder.glob("static/*.js")):
        text = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""\bt\(["']([\w.]+)["']""", text)) | set(
            re.findall(r"""\bt\[["']([\w.]+)["']\]""", text)
        )
    assert len(asked) > 50
    assert not asked - set(ENGLISH)


def test_settings_come_from_the_environment_and_say_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAUXFACE_BATCH_SIZE", "5")
    assert Settings.load().batch_size == 5
    monkeypatch.setenv("FAUXFACE_BATCH_SIZE", "0")
    with pytest.raises(SettingsError, match="FAUXFACE_BATCH_SIZE"):
        Settings.load()
