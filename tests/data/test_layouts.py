"""Trees as public data sets come: what is real, which split, which source. The files are empty; none is opened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from fauxface.data.layouts import scan_tree
from fauxface.data.listing import Listing
from fauxface.errors import DataError


def tree(root: Path, paths: Iterable[str]) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def read(listing: Listing) -> dict[str, tuple[str, str | None, str]]:
    """Path → (label, split, source)."""
    assert listing.rejected == ()
    return {c.path: (c.label, c.split, c.source) for c in listing.candidates}


def scan(root: Path, *paths: str) -> dict[str, tuple[str, str | None, str]]:
    return read(scan_tree(tree(root, paths)))


def test_genimage(tmp_path: Path) -> None:
    assert scan(
        tmp_path,
        "imagenet_ai_0419_biggan/train/ai/000_biggan_00001.png",
        "imagenet_ai_0419_biggan/train/nature/n01440764_1.JPEG",
        "imagenet_ai_0419_biggan/val/nature/ILSVRC2012_val_1.JPEG",
        "imagenet_midjourney/val/ai/0_midjourney_1.png",
    ) == {
        "imagenet_ai_0419_biggan/train/ai/000_biggan_00001.png": ("fake", "train", "imagenet_ai_0419_biggan"),
        "imagenet_ai_0419_biggan/train/nature/n01440764_1.JPEG": ("real", "train", "imagenet_ai_0419_biggan"),
        "imagenet_ai_0419_biggan/val/nature/ILSVRC2012_val_1.JPEG": ("real", "valid", "imagenet_ai_0419_biggan"),
        "imagenet_midjourney/val/ai/0_midjourney_1.png": ("fake", "valid", "imagenet_midjourney"),
    }


CATEGORIES = ("airplane", "bird", "car", "train")


def test_cnn_detection_as_its_archives_unpack(tmp_path: Path) -> None:
    # One of its categories is called train.
    paths = [f"progan_{s}/{c}/{k}/1.png" for s in ("train", "val") for c in CATEGORIES for k in ("0_real", "1_fake")]
    paths += [f"CNN_synth_testset/progan/{c}/1_fake/1.png" for c in CATEGORIES]
    paths += ["CNN_synth_testset/deepfake/0_real/1.png"]
    found = scan(tmp_path, *paths)
    assert found["progan_train/train/0_real/1.png"] == ("real", "train", "progan/train")
    assert found["progan_val/train/1_fake/1.png"] == ("fake", "valid", "progan/train")
    assert found["progan_val/car/0_real/1.png"] == ("real", "valid", "progan/car")
    assert found["CNN_synth_testset/progan/train/1_fake/1.png"] == ("fake", "test", "CNN_synth/progan/train")
    assert found["CNN_synth_testset/deepfake/0_real/1.png"] == ("real", "test", "CNN_synth/deepfake")
    assert len(found) == len(paths)


def test_cnn_detection_as_its_code_wants_it(tmp_path: Path) -> None:
    paths = [f"{s}/{c}/{k}/1.png" for s in ("train", "val") for c in CATEGORIES for k in ("0_real", "1_fake")]
    found = scan(tmp_path, *paths, "test/stylegan/bedroom/1_fake/1.png")
    assert found["val/train/0_real/1.png"] == ("real", "valid", "train")
    assert found["train/train/1_fake/1.png"] == ("fake", "train", "train")
    assert found["test/stylegan/bedroom/1_fake/1.png"] == ("fake", "test", "stylegan/bedroom")


FACE_FORENSICS = (
    "original_sequences/youtube/c23/images/000/0000.png",
    "original_sequences/youtube/c23/images/003/0000.png",
    "manipulated_sequences/Deepfakes/c23/images/000_003/0000.png",
    "manipulated_sequences/NeuralTextures/c23/images/071_054/0000.png",
)


def test_face_forensics(tmp_path: Path) -> None:
    assert scan(tmp_path, *FACE_FORENSICS, "manipulated_sequences/Deepfakes/masks/images/000_003/0000.png") == {
        FACE_FORENSICS[0]: ("real", None, "youtube"),
        FACE_FORENSICS[1]: ("real", None, "youtube"),
        FACE_FORENSICS[2]: ("fake", None, "Deepfakes"),
        FACE_FORENSICS[3]: ("fake", None, "NeuralTextures"),
    }
    passed = scan_tree(tmp_path).passed
    assert [(r.code, r.path.split("/")[2]) for r in passed] == [("mask", "masks")]


@pytest.mark.parametrize("where", ["", "splits/"])
def test_face_forensics_with_its_splits(tmp_path: Path, where: str) -> None:
    tree(tmp_path, FACE_FORENSICS)
    (tmp_path / where).mkdir(exist_ok=True)
    for name, pairs in (("train", [["071", "054"]]), ("val", [["111", "112"]]), ("test", [["000", "003"]])):
        (tmp_path / f"{where}{name}.json").write_text(json.dumps(pairs))
    listing = scan_tree(tmp_path)
    assert [c.split for c in sorted(listing.candidates, key=lambda c: FACE_FORENSICS.index(c.path))] == [
        *("test", "test", "test", "train"),
    ]
    assert listing.notes == (f"splits by {where}train.json, {where}val.json, {where}test.json",)


CELEB_DF = (
    "Celeb-real/id0_0000/00.png",
    "Celeb-synthesis/frames/id0_id1_0000/00.png",
    "Celeb-synthesis/frames/id0_id1_0002/00.png",
    "YouTube-real/00170/00.png",
)


def test_celeb_df(tmp_path: Path) -> None:
    assert scan(tmp_path, *CELEB_DF) == {
        CELEB_DF[0]: ("real", None, "Celeb-real"),
        CELEB_DF[1]: ("fake", None, "Celeb-synthesis"),
        CELEB_DF[2]: ("fake", None, "Celeb-synthesis"),
        CELEB_DF[3]: ("real", None, "YouTube-real"),
    }


def test_celeb_df_with_its_list(tmp_path: Path) -> None:
    tree(tmp_path, CELEB_DF)
    lines = "1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0002.mp4\n"
    (tmp_path / "List_of_testing_videos.txt").write_text(lines)
    listing = scan_tree(tmp_path)
    assert {c.path: c.split for c in listing.candidates} == dict(
        zip(CELEB_DF, ("train", "train", "test", "test"), strict=True)
    )
    assert listing.notes == ("splits by List_of_testing_videos.txt",)


def test_df40(tmp_path: Path) -> None:
    paths = {
        "DF40_train/fsgan/frames/000_003/000.png": ("fake", "train", "fsgan"),
        "DF40/fsgan/ff/frames/001_870/000.png": ("fake", "test", "fsgan"),
        "DF40/StyleGAN2/cdf/000.png": ("fake", "test", "StyleGAN2"),
        "DF40/heygen/fake/000/0.png": ("fake", "test", "heygen"),
        "DF40/heygen/real/000/0.png": ("real", "test", "heygen"),
    }
    assert scan(tmp_path, *paths) == paths
    assert read(scan_tree(tmp_path / "DF40")) == {
        path.removeprefix("DF40/"): (label, None, source)
        for path, (label, split, source) in paths.items()
        if split == "test"
    }


@pytest.mark.parametrize("names", [("val", "validation"), ("Valid", "VAL"), ("dev", "validate")])
@pytest.mark.parametrize("tests", [("test", "testing"), ("eval", "Evaluation")])
def test_class_first_and_split_first_are_the_same(
    tmp_path: Path, names: tuple[str, str], tests: tuple[str, str]
) -> None:
    splits = {"Train": "train", names[0]: "valid", tests[0]: "test"}
    found = scan(tmp_path / "a", *(f"{c}/{s}/x.jpg" for c in ("REAL", "Fake") for s in splits))
    assert {(s, v[1]) for p, v in found.items() for s in [p.split("/")[1]]} == set(splits.items())
    splits = {"training": "train", names[1]: "valid", tests[1]: "test"}
    found = scan(tmp_path / "b", *(f"{s}/{c}/x.jpg" for c in ("0_real", "1_FAKE") for s in splits))
    assert {(s, v[1]) for p, v in found.items() for s in [p.split("/")[0]]} == set(splits.items())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("real/ffhq/train/x.jpg", ("real", "train", "ffhq")),
        ("fake/stylegan2/test/deep/x.jpg", ("fake", "test", "stylegan2")),
        ("sources/fake/sd/val/x.jpg", ("fake", "valid", "sources/sd")),
        ("training_real/x.jpg", ("real", "train", "")),
        ("real_images/Test/x.jpg", ("real", "test", "")),
        ("train_set/fake_faces/x.jpg", ("fake", "train", "")),
        ("faces-test/manipulated/x.jpg", ("fake", "test", "faces")),
    ],
)
def test_one_path_among_others(tmp_path: Path, path: str, expected: tuple[str, str, str]) -> None:
    assert scan(tmp_path, path, "real/train/a.jpg", "fake/val/b.jpg")[path] == expected


def test_names_that_say_a_split_only_together(tmp_path: Path) -> None:
    # CIPLab's set consists of training_real and training_fake: all there is, to be split.
    found = scan(tmp_path / "a", "training_real/x.jpg", "training_fake/x.jpg")
    assert found == {"training_real/x.jpg": ("real", None, ""), "training_fake/x.jpg": ("fake", None, "")}
    found = scan(tmp_path / "b", "training_real/x.jpg", "testing_fake/x.jpg")
    assert found == {"training_real/x.jpg": ("real", "train", ""), "testing_fake/x.jpg": ("fake", "test", "")}


def test_words_that_are_class_names_only_where_the_tree_bears_it_out(tmp_path: Path) -> None:
    # In both classes, or above both: a version or a category, not a class.
    found = scan(tmp_path / "a", "real/original/x.jpg", "fake/original/x.jpg", "fake/small/x.jpg")
    labels = {"real/original/x.jpg": "real", "fake/original/x.jpg": "fake", "fake/small/x.jpg": "fake"}
    assert {p: v[0] for p, v in found.items()} == labels
    found = scan(tmp_path / "b", "nature/real/x.jpg", "nature/fake/x.jpg")
    assert found == {"nature/real/x.jpg": ("real", None, "nature"), "nature/fake/x.jpg": ("fake", None, "nature")}
    found = scan(tmp_path / "c", "original/x.jpg", "manipulated/x.jpg")
    assert found == {"original/x.jpg": ("real", None, ""), "manipulated/x.jpg": ("fake", None, "")}
    with pytest.raises(DataError) as caught:  # a lone "generated" may be anything
        scan(tmp_path / "d", "generated/x.jpg", "more/x.jpg")
    assert caught.value.code == "no_layout"


@pytest.mark.parametrize(
    ("paths", "readings"),
    [
        (["train/real/test/x.jpg"], ["train (by its folder 'train')", "test (by its folder 'test')"]),
        (["real/train/val/x.jpg"], ["train (by its folder 'train')", "valid (by its folder 'val')"]),
        (["progan_val/train/real/x.jpg"], ["valid (by its folder 'progan_val')", "train (by its folder 'train')"]),
        (["real/x.jpg", "fake/real/x.jpg"], ["fake (by its folder 'fake')", "real (by its folder 'real')"]),
        (["real/x.jpg", "fake/original/x.jpg"], ["fake (by its folder 'fake')", "real (by its folder 'original')"]),
        (["real/ai/x.jpg", "fake/x.jpg"], ["real (by its folder 'real')", "fake (by its folder 'ai')"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_both(
    tmp_path: Path, paths: list[str], readings: list[str]
) -> None:
    with pytest.raises(DataError) as caught:
        scan(tmp_path, *paths)
    assert caught.value.code == "ambiguous_layout"
    assert " or as ".join(readings) in caught.value.message
    assert str(tmp_path) in caught.value.message


@pytest.mark.parametrize(
    "paths",
    [
        ["real/train/x.jpg", "fake/x.jpg"],
        ["real/train/x.jpg", "real/x.jpg"],
        ["train/real/x.jpg", "more/fake/x.jpg"],
        ["progan_train/real/x.jpg", "progan_val/real/x.jpg", "other/fake/x.jpg"],
    ],
)
def test_half_in_a_split_is_refused(tmp_path: Path, paths: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        scan(tmp_path, *paths)
    assert caught.value.code == "mixed_splits"


def test_folders_called_0_and_1(tmp_path: Path) -> None:
    tree(tmp_path, ["train/0/x.jpg", "train/1/x.jpg"])
    with pytest.raises(DataError, match="--fake-is 1") as caught:
        scan_tree(tmp_path)
    assert caught.value.code == "ambiguous_labels"
    assert {p: v[0] for p, v in read(scan_tree(tmp_path, 1)).items()} == {
        "train/0/x.jpg": "real",
        "train/1/x.jpg": "fake",
    }
    assert read(scan_tree(tmp_path, 0))["train/0/x.jpg"] == ("fake", "train", "")


def test_pictures_in_no_class_folder_are_counted(tmp_path: Path) -> None:
    tree(tmp_path, ["real/x.jpg", "fake/x.jpg", "unsorted/a.png", "unsorted/notes.txt", "README.md", "empty"])
    (tmp_path / "cached").write_bytes(b"\xff\xd8\xff" + b"\0" * 100)
    passed = scan_tree(tmp_path).passed
    assert [(r.path, r.code) for r in passed] == [
        ("cached", "no_class_folder"),
        ("unsorted/a.png", "no_class_folder"),
    ]
