"""One name at a time: class, split, or neither."""

from __future__ import annotations

import pytest

from fauxface.data.folder_names import class_word, composed_split, split_word, without_split


@pytest.mark.parametrize(
    ("name", "label", "certain"),
    [
        *(("real", "real", True), ("REAL", "real", True), ("0_real", "real", True), ("Fakes", "fake", True)),
        *(("training_real", "real", True), ("fake-faces", "fake", True), ("1_fake_images", "fake", True)),
        *(("YouTube-real", "real", True), ("Celeb-synthesis", "fake", True), ("fake_ai", "fake", True)),
        *(("original_sequences", "real", False), ("manipulated", "fake", False), ("AI generated", "fake", False)),
    ],
)
def test_class_names(name: str, label: str, certain: bool) -> None:
    word = class_word(name)
    assert word is not None
    assert (word.label, word.certain) == (label, certain)


@pytest.mark.parametrize(
    "name",
    [
        "real_vs_fake",
        "real-vs-fake",
        "unreal",
        "not_real",
        "real-esrgan",
        "faces",
        "train",
        "realfake",
        "ai_art",
        "",
        "0",
    ],
)
def test_no_class_names(name: str) -> None:
    assert class_word(name) is None


@pytest.mark.parametrize(
    ("name", "exact", "composed", "rest"),
    [
        ("Train", "train", None, ""),
        ("eval", "test", None, ""),
        ("progan_train", None, "train", "progan"),
        ("CNN_synth_testset", None, "test", "CNN_synth"),
        ("test images", None, "test", ""),
        ("training_real", None, "train", ""),
        ("val-2", None, "valid", ""),
        ("train2017", "train", None, ""),
        ("trainA", "train", None, ""),
        ("testB", "test", None, ""),
        ("hold-out", "test", None, ""),
        ("Holdout", "test", None, ""),
        ("trainable", None, None, "trainable"),
        ("test-time-augmented", None, None, ""),
        ("train_val", None, None, ""),
        ("contest", None, None, "contest"),
        ("stylegan2", None, None, "stylegan2"),
    ],
)
def test_split_names(name: str, exact: str | None, composed: str | None, rest: str) -> None:
    assert split_word(name) == exact
    assert composed_split(name) == composed
    if exact or composed:
        assert without_split(name) == rest
