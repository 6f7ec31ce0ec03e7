"""SignedTokens, tickets, rate limits, names of files, phrasing."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fauxface.web
from fauxface.decision import decide, out_of_scope
from fauxface.errors import FauxfaceError
from fauxface.evaluation.metrics import from_counts
from fauxface.prepared import Prepared
from fauxface.verdict import Reason
from fauxface.video import ClipVerdict
from fauxface.web.messages import ENGLISH, day, in_words, minute
from fauxface.web.messages.error_rates import bounds, chance, failures, meaning, percent, scope
from fauxface.web.messages.phrasing import clip_phrasing, kind_of, phrasing, stored_phrasing
from fauxface.web.services import access as access_room
from fauxface.web.services import signed_token as token_room
from fauxface.web.services.access import Limiter
from fauxface.web.services.signed_token import SignedTokens, TokenError
from fauxface.web.services.uploads import clean_name
from fauxface.web.settings import Settings, SettingsError, default_data_dir
from fauxface.weights import store
from fauxface.weights.card import ModelCard
from fauxface.weights.metrics import Abstention, Aims, Mean, OnTestPictures, Share, SourceShare, UnseenSources

ALL = (0.0, 1.0)
UNSEEN = UnseenSources(
    aims=Aims(),
    cameras=(SourceShare("ffhq", 20, 0.05, ALL, 0.05, 0.9),),
    generators=(SourceShare("some_new_thing", 20, 0.3, ALL, 0.3, 0.9),),
    auc=((0.9,),),
    accused_photographs=Mean(0.05, ALL, 0.31, "ffhq"),
    missed_fakes=Mean(0.3, ALL, 0.7, "some_new_thing"),
    uncertain=Mean(0.19, ALL, 0.3, "some_new_thing"),
    mean_auc=Mean(0.9, ALL, 0.9, "some_new_thing"),
    caught=Mean(0.5, ALL, 0.5, "some_new_thing"),
)


def test_a_receipt_comes_back_as_it_was_written(tmp_path: Path) -> None:
    receipts = SignedTokens.in_folder(tmp_path)
    facts = {"kind": "verdict", "name": "ä'\"<>.jpg"}
    assert SignedTokens.in_folder(tmp_path).read(receipts.write(facts)) | facts == receipts.read(receipts.write(facts))
    assert (tmp_path / token_room.KEY_NAME).stat().st_mode & 0o077 == 0, "the key is its owner's alone"


@pytest.mark.parametrize("change", [lambda r: r[:-2] + "AA", lambda r: "A" + r, lambda r: r.split(".")[0], str.upper])
def test_a_receipt_that_was_touched_is_refused(change: object, tmp_path: Path) -> None:
    receipt = SignedTokens.in_folder(tmp_path).write({"kind": "verdict", "label": "fake"})
    with pytest.raises(TokenError):
        SignedTokens.in_folder(tmp_path).read(change(receipt))  # type: ignore[operator]


@pytest.mark.parametrize("text", ["", ".", "a.b", "ä.ö", "\ud800.", "A" * 70_000, "e30.e30", "\0.\0"])
def test_what_is_no_receipt_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(TokenError):
        SignedTokens.in_folder(tmp_path).read(text)


def test_another_servers_or_an_old_receipt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = SignedTokens.in_folder(tmp_path).write({})
    with pytest.raises(TokenError):
        SignedTokens(b"another key of thirty-two bytes!").read(receipt)
    now = time.time()
    monkeypatch.setattr(token_room.time, "time", lambda: now + token_room.LASTS + 120)
    with pytest.raises(TokenError, match="a day old") as caught:
        SignedTokens.in_folder(tmp_path).read(receipt)
    assert caught.value.code == "old_receipt"


def test_a_bucket_empties_and_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(access_room.time, "monotonic", lambda: clock[0])
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
    monkeypatch.setattr(access_room, "MOST_BUCKETS", 3)
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


def test_phrasing_of_evidence(build_tiny_card: Callable[..., ModelCard]) -> None:
    card = build_tiny_card(b"x")
    assert phrasing("fake", 0.97, (), None, card).sentence == "Strong signs that this face is AI-generated"
    assert phrasing("fake", 0.7, (), None, card).sentence == "Signs that this face is AI-generated"
    assert phrasing("fake", 0.7, (), None, card).number == "70% chance that this face is AI-generated"
    even = phrasing("fake", 0.46, (), None, card)
    assert (even.word, even.sentence) == ("perhaps AI-generated", "Some signs that this face is AI-generated")
    assert (even.number, even.percent) == ("", None), "no chance below even odds beside a word that says AI"
    assert phrasing("real", 0.02, (), None, card).sentence == "No signs of AI found in this face"
    assert phrasing("real", 0.2, (), None, card).sentence == "Few signs of AI found in this face"
    assert phrasing("real", 0.49, (), None, card).sentence == "More likely a photograph than AI, but not by much"
    reason = Reason("unstable", "the verdict changes when the picture is mirrored")
    said = phrasing("uncertain", 0.5, (reason,), None, card)
    assert said.sentence == "Cannot tell: the answer changes when the picture is mirrored"
    assert phrasing("uncertain", 0.5, (reason, reason), None, card).sentence == "Cannot tell"
    assert len(phrasing("uncertain", 0.5, (reason, reason), None, card).reasons) == 2
    assert (
        "look like this"
        in phrasing("uncertain", 0.5, (Reason("in_abstention_region", "0.1 to 0.7"),), None, card).sentence
    )
    error = phrasing(None, None, (), {"code": "c", "message": "broken"}, card)
    assert (error.tone, error.percent, error.number, error.hint) == ("error", None, "", "broken")
    cut = phrasing(None, None, (), {"code": "truncated_image", "message": "a.jpg: ends too early"}, card)
    assert cut.hint == "This file is incomplete. Download or copy it again."


@pytest.mark.parametrize("unseen", [None, UNSEEN])
def test_a_number_never_stands_beside_two_sentences(
    build_tiny_card: Callable[..., ModelCard], unseen: UnseenSources | None
) -> None:
    card = build_tiny_card(b"x", unseen_sources=unseen)
    sentences: dict[tuple[str, str], set[str]] = {}
    for label, order in (("real", ("No ", "Few ", "More likely", "Some ")), ("fake", ("Some ", "Signs", "Strong "))):
        before = 0
        for probability in np.linspace(0, 1, 1001):
            said = phrasing(label, float(probability), (), None, card)  # type: ignore[arg-type]
            sentences.setdefault((label, said.number), set()).add(said.sentence)
            place = next(i for i, beginning in enumerate(order) if said.sentence.startswith(beginning))
            assert place >= before, "the more likely, the more is said"
            before = place
            if said.percent is not None:
                assert (said.percent > 50) == (label == "fake")
    assert {len(found) for found in sentences.values()} == {1}
    assert any(sentence.startswith("Strong") for found in sentences.values() for sentence in found)


def test_phrasing_of_a_card_that_says_real_beyond_even_odds(build_tiny_card: Callable[..., ModelCard]) -> None:
    said = phrasing("real", 0.55, (), None, build_tiny_card(b"x"))
    assert (said.sentence, said.number) == ("Some signs of AI in this face, but too few to call it AI-generated", "")


@pytest.mark.parametrize("probability", [0.41, 0.5, 0.59])
def test_an_uncertain_answer_has_no_number_and_no_error_rates(
    build_tiny_card: Callable[..., ModelCard], probability: float
) -> None:
    said = phrasing(
        "uncertain",
        probability,
        (Reason("in_abstention_region", ""),),
        None,
        build_tiny_card(b"x", unseen_sources=UNSEEN),
    )
    assert (said.number, said.percent, said.meaning, said.scope) == ("", None, "", "")
    assert not re.search(r"\d", said.sentence + said.hint)
    assert said.next


def test_a_clip_has_a_count_and_no_percentage(build_tiny_card: Callable[..., ModelCard]) -> None:
    clip = ClipVerdict("c", "fake", 0.97, "tiny@1", share_fake=0.875, counted=24)
    said = clip_phrasing(clip, build_tiny_card(b"x", unseen_sources=UNSEEN))
    assert (said.number, said.percent) == ("21 of 24 frames look AI-generated", None)
    assert "about clips was not measured" in said.meaning, "the metrics are of pictures"
    assert stored_phrasing(clip.to_dict(), "clip", build_tiny_card(b"x", unseen_sources=UNSEEN)) == said


@pytest.mark.parametrize(
    ("kept", "kind"),
    [
        ({"about": "clip", "verdict": {}}, "clip"),
        ({"about": "picture", "verdict": {"share_fake": 0.5}}, "picture"),
        ({"verdict": {"share_fake": None}}, "clip"),
        ({"verdict": {"faces": None}}, "picture"),
    ],
)
def test_what_was_kept_says_what_it_is_about_and_of_earlier_versions_it_is_known(kept: Any, kind: str) -> None:
    assert kind_of(kept) == kind


def test_a_reason_is_said_with_the_detectors_own_numbers(build_tiny_card: Callable[..., ModelCard]) -> None:
    card = build_tiny_card(b"x", smallest_side=96, lowest_jpeg_quality=30)
    small = "what is to be judged is 90 pixels wide, too few: at least 96 are needed"
    said = phrasing("uncertain", 0.5, (Reason("too_few_pixels", small),), None, card)
    assert said.sentence == "Cannot tell: the face is too small (90 pixels wide, 96 needed)"
    assert said.next[0] == "Find a larger copy of the picture and check that."
    often = phrasing(
        "uncertain", 0.5, (Reason("too_few_pixels", f"{small} (so it is with 13 of 24 frames)"),), None, card
    )
    assert often.reasons == ["the face is too small (90 pixels wide, 96 needed) (so it is with 13 of 24 frames)"]
    strange = phrasing("uncertain", 0.5, (Reason("too_few_pixels", "tiny"),), None, card)
    assert strange.reasons == ["tiny"], "no gap is shown where the detector's sentence has no number for it"


def test_the_detectors_own_sentences_have_the_numbers_that_the_page_shows() -> None:
    card = store.resolve("default").card
    square = np.zeros((card.input.size, card.input.size, 3), np.uint8)
    picture = Prepared("p", (square,), [], (), None, 0.0, (50,), (0.0,), jpeg_quality=20)
    low, _ = card.decision.abstention_region
    reasons = (*out_of_scope(picture, 0, card), *decide(low, card, side=90, colour=0.0).reasons)
    said = phrasing("uncertain", 0.5, reasons, None, card).reasons
    assert f"(50 pixels wide, {card.input.smallest_side} needed)" in said[1]
    assert f"(JPEG quality 20, at least {card.input.lowest_jpeg_quality} needed)" in said[2]
    assert "small (90 pixels wide)" in said[3]
    assert "grey or of one tint" in said[4], "true of a flat coloured picture too"


def test_the_meaning_of_the_threshold(build_tiny_card: Callable[..., ModelCard]) -> None:
    passed, accused, unsure = (Share(1, 9, value, None) for value in (0.11, 0.049, 0.002))
    answers = Abstention(unsure, unsure, unsure, passed, accused, unsure, None, {})
    test = OnTestPictures(**vars(from_counts(8, 1, 1, 8)), said=answers)
    said = meaning(build_tiny_card(b"x", test=test))
    assert "about 11 of 100 AI-generated faces pass" in said
    assert "about 5 of 100 photographs are called AI-generated" in said
    assert "fewer than 1 of 100 stay undecided" in said
    assert "not measured" in meaning(build_tiny_card(b"x"))
    both = meaning(build_tiny_card(b"x", test=test, unseen_sources=UNSEEN))
    assert both.startswith(said)
    assert "left out of its training" in both, "both halves: kinds tested, and sources left out"


def test_the_meaning_is_of_left_out_sources_where_they_are_known(build_tiny_card: Callable[..., ModelCard]) -> None:
    said = meaning(build_tiny_card(b"x", unseen_sources=UNSEEN))
    assert "about 5 of 100 photographs are called AI-generated (at worst about 31: FFHQ portraits from Flickr)" in said
    assert "about 30 of 100 AI-generated faces pass as photographs (at worst about 70: some new thing)" in said
    assert "about 19 of 100 stay undecided" in said
    accused, missed = (
        replace(UNSEEN.accused_photographs, interval=(0.01, 0.16)),
        replace(UNSEEN.missed_fakes, interval=(0.1, 0.42)),
    )
    wide = replace(UNSEEN, accused_photographs=accused, missed_fakes=missed)
    assert "could be as high as 42 and 16 of 100" in meaning(build_tiny_card(b"x", unseen_sources=wide)), (
        "upper ends, 95%"
    )
    assert "never below 25% or above 89%" in said


def test_no_chance_is_surer_than_the_detector_was_right_about_sources_it_never_saw(
    build_tiny_card: Callable[..., ModelCard],
) -> None:
    card = build_tiny_card(b"x", unseen_sources=UNSEEN)
    # Of photographs 90% are called real and 5% fake, of fakes 30% real and 40% fake.
    assert bounds(card) == (pytest.approx(0.3 / (0.3 + 0.9)), pytest.approx(0.4 / (0.4 + 0.05)))
    assert [chance("real", p, card) for p in (0.0, 0.01, 0.3, 0.4999)] == [25, 25, 30, 49]
    assert [chance("fake", p, card) for p in (0.5, 0.7, 0.99, 1.0)] == [51, 70, 89, 89]
    assert [chance("fake", 0.4, card), chance("real", 0.6, card), chance("uncertain", 0.5, card)] == [None] * 3
    unknown = build_tiny_card(b"x")
    assert [chance("real", 0.0, unknown), chance("fake", 1.0, unknown)] == [5, 95]
    never = replace(UNSEEN.accused_photographs, value=0.0)
    silent = replace(UNSEEN.generators[0], wrong=0.0, uncertain=1.0)
    for empty in (
        replace(UNSEEN, cameras=()),
        replace(UNSEEN, cameras=(silent,), generators=(silent,), accused_photographs=never, missed_fakes=never),
    ):
        assert bounds(build_tiny_card(b"x", unseen_sources=empty)) == (pytest.approx(0.05), 0.95)


def test_what_is_known_and_what_is_not_is_said_by_name(build_tiny_card: Callable[..., ModelCard]) -> None:
    train = {"real: ffhq": 1, "fake: stylegan2_crawl": 1, "fake: stylegan2_tpdne": 1, "fake: brand_new": 1}
    shown = "It was never shown Midjourney 6.1: it may pass."
    told = (f"It knows one. {shown}", "It does not detect swaps.", "Other.")
    card = build_tiny_card(b"x", known_failures=told, data={"pictures": {"train": train}})
    assert scope(card) == f"Knows StyleGAN2, brand new. {shown} It does not detect swaps."
    assert scope(build_tiny_card(b"x")) == ""


@pytest.mark.parametrize("weights", ["default", "resnet68"])
def test_a_shipped_card_says_all_of_it(weights: str) -> None:
    card = store.resolve(weights).card
    low, high = bounds(card)
    assert 0.05 < low < 0.5 < high < 0.95, "from metrics of sources that were left out"
    assert "of 100 photographs are called AI-generated (at worst" in meaning(card)
    assert re.match(r"Knows StyleGAN, .*\. ", scope(card))
    assert "does not detect face swaps" in scope(card)
    assert "_" not in meaning(card) + scope(card) + "".join(failures(card)), "words, not short names"
    assert len(failures(card)) == len(card.known_failures)


def test_days_are_written_as_people_write_them() -> None:
    west = dt.timezone(dt.timedelta(hours=-5))
    assert day(dt.datetime(2026, 12, 28, 22, 5, tzinfo=west)) == "29 December 2026", "in UTC"
    assert minute(dt.datetime(2026, 12, 28, 14, 5)) == "28 December 2026, 14:05 UTC"


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Taken on 2026-12-28 14:05", "Taken on 28 December 2026, 14:05"),
        ("Written on 2024-02-29", "Written on 29 February 2024"),
        ("Written on 2023-02-29", "Written on 2023-02-29"),
        ("Written on 2023-13-01 10:00", "Written on 2023-13-01 10:00"),
        ("no date", "no date"),
    ],
)
def test_dates_of_files_as_people_write_them(text: str, said: str) -> None:
    assert in_words(text) == said


def test_a_home_that_is_no_folder_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "kept")
    monkeypatch.setenv("HOME", "/somewhere")
    assert default_data_dir() == Path("/somewhere/.local/share/fauxface")
    for none in ("kept", ""):
        monkeypatch.setenv("HOME", none)
        with pytest.raises(FauxfaceError, match="--data-dir FOLDER"):
            default_data_dir()
