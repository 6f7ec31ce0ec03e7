"""Folders and CSVs become one table: what is found, what is left out and why, and how it is split."""

from __future__ import annotations

import csv
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fauxface.data.index import index, open_samples, write_table
from fauxface.data.leaks import exact_duplicates
from fauxface.data.samples import SampleTable
from fauxface.errors import DataError

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
KAGGLE = "real_vs_fake/real-vs-fake"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared pictures are not there ({SHARED})")


def draw(path: Path, seed: int, size: tuple[int, int] = (40, 36)) -> Path:
    """A small picture of (width, height) that differs from those of other seeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def draw_classes(root: Path, n: int) -> Path:
    for i in range(n):
        draw(root / "real" / f"{i:03}.png", i)
        draw(root / "fake" / f"{i:03}.png", 1000 + i)
    return root


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def reasons(table: SampleTable) -> dict[str, str]:
    return {r.path: r.code for r in table.rejected}


def kaggle_tree(root: Path) -> Path:
    """Two pictures a class and split in the layout of the Kaggle set, with its tables."""
    for number, split in enumerate(("train", "valid", "test")):
        rows = []
        for i in range(4):
            label = i % 2
            name = f"{split}/{'real' if label else 'fake'}/{i:05}.jpg"
            draw(root / KAGGLE / name, 10 * number + i)
            rows.append([str(i), f"{i:05}", str(label), "real" if label else "fake", name])
        write_csv(root / f"{split}.csv", ["", "id", "label", "label_str", "path"], rows)
    return root


def test_kaggle_tree(tmp_path: Path) -> None:
    table = index(kaggle_tree(tmp_path))
    assert table.counts() == {(s, c): 2 for s in ("train", "valid", "test") for c in ("real", "fake")}
    assert table.rejected == ()
    first = table.samples[0]
    assert first.path == f"{KAGGLE}/test/fake/00000.jpg"
    assert (first.width, first.height, first.label, first.split) == (40, 36, "fake", "test")
    assert first.bytes == table.file(first).stat().st_size
    assert {(s.label, s.source) for s in table.samples} == {("real", "ffhq"), ("fake", "stylegan1")}


@pytest.mark.parametrize("inside", ["", "real_vs_fake", KAGGLE])
def test_kaggle_tree_from_any_of_its_folders(tmp_path: Path, inside: str) -> None:
    table = index(kaggle_tree(tmp_path) / inside)
    assert len(table) == 12
    assert {s.source for s in table.samples} == {"ffhq", "stylegan1"}


def test_kaggle_csv_alone(tmp_path: Path) -> None:
    table = index(kaggle_tree(tmp_path) / "valid.csv")
    assert table.counts() == {("valid", "real"): 2, ("valid", "fake"): 2}
    assert table.file(table.samples[0]).is_file()


def test_kaggle_tables_are_compared_with_the_folders(tmp_path: Path) -> None:
    kaggle_tree(tmp_path)
    (tmp_path / KAGGLE / "train/real/00001.jpg").unlink()
    shutil.move(tmp_path / KAGGLE / "test/real/00001.jpg", tmp_path / KAGGLE / "test/fake/00001.jpg")
    text = (tmp_path / "test.csv").read_text().replace("test/real/00001", "test/fake/00001")
    (tmp_path / "test.csv").write_text(text)
    (tmp_path / "valid.csv").write_text("nonsense\n1\n")
    table = index(tmp_path)
    assert reasons(table) == {
        f"{KAGGLE}/train/real/00001.jpg": "missing_file",
        f"{KAGGLE}/test/fake/00001.jpg": "contradictory_label",
        "valid.csv": "missing_column",
    }
    assert len(table) == 10


def test_split_tree_takes_synonyms_any_case_and_sources(tmp_path: Path) -> None:
    draw(tmp_path / "Training/sg2/Fake/a/deep.png", 1)
    draw(tmp_path / "val/0_real/x.png", 2)
    draw(tmp_path / "testing/cam/1_fake/x.png", 3)
    found = {(s.path, s.split, s.label, s.source) for s in index(tmp_path).samples}
    assert found == {
        ("Training/sg2/Fake/a/deep.png", "train", "fake", "sg2"),
        ("val/0_real/x.png", "valid", "real", ""),
        ("testing/cam/1_fake/x.png", "test", "fake", "cam"),
    }


def test_plain_tree_is_split_by_ratio_in_each_class(tmp_path: Path) -> None:
    table = index(draw_classes(tmp_path, 20), ratios=(0.6, 0.3, 0.1))
    expected = {"train": 12, "valid": 6, "test": 2}
    assert table.counts() == {(s, c): n for s, n in expected.items() for c in ("real", "fake")}


def test_split_depends_on_seed_and_content_only(tmp_path: Path) -> None:
    draw_classes(tmp_path / "a", 20)
    for i in range(20):  # the same pictures under other names, made in another order
        for label, seed in (("fake", 1019 - i), ("real", 19 - i)):
            draw(tmp_path / "b" / label / f"copy{i:02}.png", seed)
    by_content = [
        {s.sha256: s.split for s in index(tmp_path / name, seed=seed).samples}
        for name, seed in (("a", 0), ("b", 0), ("a", 1))
    ]
    assert by_content[0] == by_content[1]
    assert by_content[0] != by_content[2]


def test_identical_files_stay_in_one_split(tmp_path: Path) -> None:
    draw_classes(tmp_path, 12)
    for i in range(12):
        shutil.copy(tmp_path / f"real/{i:03}.png", tmp_path / f"real/copy{i}.png")
    table = index(tmp_path, ratios=(0.5, 0.25, 0.25))
    duplicates = exact_duplicates(table)
    assert len(duplicates) == 12
    assert not any(d.leaks for d in duplicates)
    assert {s for (s, _) in table.counts()} == {"train", "valid", "test"}


def test_leaks_and_contradictions(tmp_path: Path) -> None:
    draw(tmp_path / "train/real/a.png", 1)
    draw(tmp_path / "test/real/b.png", 1)
    draw(tmp_path / "train/real/c.png", 2)
    draw(tmp_path / "train/fake/d.png", 2)
    table = index(tmp_path)
    assert reasons(table) == {
        "train/real/c.png": "contradictory_label",
        "train/fake/d.png": "contradictory_label",
    }
    (leak,) = exact_duplicates(table)
    assert leak.leaks
    assert leak.splits == ("train", "test")
    assert str(leak) == "the same file in test (test/real/b.png) and train (train/real/a.png)"


def test_what_cannot_be_read_is_listed(tmp_path: Path) -> None:
    good = draw(tmp_path / "real/good.jpg", 1, (64, 64))
    (tmp_path / "real/cut.jpg").write_bytes(good.read_bytes()[:500])
    (tmp_path / "real/empty.jpg").touch()
    (tmp_path / "real/notes.txt").write_text("no picture")
    (tmp_path / "real/.DS_Store").write_text("litter")
    draw(tmp_path / "fake/x.png", 2)
    ticks: list[int] = []
    table = index(tmp_path, advance=ticks.append)
    assert [s.path for s in table.samples] == ["fake/x.png", "real/good.jpg"]
    assert set(reasons(table)) == {"real/cut.jpg", "real/empty.jpg", "real/notes.txt"}
    assert reasons(table)["real/empty.jpg"] == "empty_file"
    assert all(str(tmp_path) not in r.message for r in table.rejected)
    assert sum(ticks) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links and any file name")
def test_links_out_and_odd_names_in_a_tree(tmp_path: Path) -> None:
    outside = draw(tmp_path / "outside/secret.png", 1)
    root = draw_classes(tmp_path / "root", 1)
    (root / "real/link.png").symlink_to(outside)
    (root / "real/folder").symlink_to(outside.parent)
    (root / "real/inside.png").symlink_to(root / "real/000.png")
    (root / "real/loop").symlink_to(root / "real")
    shutil.copy(root / "real/000.png", root / "real" / os.fsdecode(b"\xff.png"))
    shutil.copy(root / "real/000.png", root / "real/back\\slash.png")
    table = index(root)
    codes = reasons(table)
    assert codes["real/link.png"] == codes["real/folder"] == "outside_root"
    assert codes["real/back\\slash.png"] == codes["real/\\udcff.png"] == "bad_name"
    assert codes["real/loop"] == "link_loop"
    assert "real/inside.png" in {s.path for s in table.samples}
    assert not any("secret" in s.path for s in table.samples)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda root: root / "nothing", "not_found"),
        (lambda root: draw(root / "x.png", 1), "no_layout"),
        (lambda root: draw(root / "cats" / "x.png", 1).parent, "no_layout"),
        (
            lambda root: [draw(root / "train/real/x.png", 1), draw(root / "fake/x.png", 2)] and root,
            "mixed_splits",
        ),
    ],
)
def test_sources_that_are_none(tmp_path: Path, make, code: str) -> None:
    with pytest.raises(DataError) as caught:
        index(make(tmp_path))
    assert caught.value.code == code


@pytest.mark.parametrize("ratios", [(0.5, 0.5), (0.8, 0.1, 0.2), (1.2, -0.1, -0.1), (float("nan"), 0.5, 0.5)])
def test_bad_ratios(tmp_path: Path, ratios: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match="add up to 1"):
        index(tmp_path, ratios=ratios)


def test_open_samples_reads_every_kind_and_refuses_emptiness(tmp_path: Path) -> None:
    table = open_samples(draw_classes(tmp_path / "set", 3))
    write_table(table, tmp_path / "set.parquet")
    assert open_samples(tmp_path / "set.parquet").samples == table.samples
    (tmp_path / "bad/real").mkdir(parents=True)
    (tmp_path / "bad/real/x.jpg").write_text("text")
    with pytest.raises(DataError, match=r"real/x\.jpg") as caught:
        open_samples(tmp_path / "bad")
    assert caught.value.code == "no_pictures"


@pytest.mark.shared
@shared
def test_shared_pictures() -> None:
    table = index(SHARED / "k140")
    assert table.rejected == ()
    expected = {"train": 1700, "valid": 100, "test": 200}
    assert table.counts() == {(s, c): n for s, n in expected.items() for c in ("real", "fake")}
    assert {(s.width, s.height) for s in table.samples} == {(256, 256)}
    assert not any(d.leaks for d in exact_duplicates(table))


def test_a_link_in_a_circle_beside_and_inside_a_class_folder(tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    draw_classes(root, 2)
    for folder in (root, root / "real"):
        (folder / "one.jpg").symlink_to(folder / "two.jpg")
        (folder / "two.jpg").symlink_to(folder / "one.jpg")
    table = index(root)
    assert len(table) == 4
    assert set(reasons(table)) == {"real/one.jpg", "real/two.jpg"}
