"""The whole audit, on sets with a planted trap and without one."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.data.test_near_duplicates import picture

from fauxface.audit.evidence import gather
from fauxface.audit.report import QUESTIONS, Audit, judge
from fauxface.audit.values import Texts
from fauxface.data.index import index, measure, open_samples, scan, write_table

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared pictures are not there ({SHARED})")
N = 30


@cache
def cached(seed: int) -> NDArray[np.uint8]:
    return picture(seed, side=64)


def write_set(root: Path, real: dict[str, Any], fake: dict[str, Any], n: int = N) -> Path:
    """``n`` JPEGs of each class, all different, saved with these options."""
    for number, (label, options) in enumerate((("real", real), ("fake", fake))):
        (root / label).mkdir(parents=True)
        for i in range(n):
            Image.fromarray(cached(1000 * number + i)).save(root / label / f"{i:03}.jpg", **options)
    return root


def audit(source: Path) -> Audit:
    return judge(gather(open_samples(source)))


ALIKE: dict[str, Any] = {"quality": 90, "subsampling": "4:2:0"}


def test_another_encoder_for_each_class_is_found_and_named(tmp_path: Path) -> None:
    found = audit(write_set(tmp_path, {"quality": 95, "subsampling": "4:4:4"}, {"quality": 75, "subsampling": "4:2:0"}))
    assert found.shortcut is not None
    assert found.shortcut.auc > 0.99
    assert found.verdict == "leak"
    rows = {row.feature: row for row in found.rows}
    for name in ("tables", "subsampling", "jpeg_quality"):
        row = rows[name]
        assert row.alone is not None
        assert row.alone.auc == 1
        assert row.advice == "save all through one encoder"
    assert (str(rows["subsampling"].real), str(rows["subsampling"].fake)) == ("4:4:4", "4:2:0")
    assert (str(rows["jpeg_quality"].real), str(rows["jpeg_quality"].fake)) == ("95", "75")
    assert isinstance(rows["tables"].real, Texts)
    assert rows["bytes"].advice == "follows from the other rows"
    assert rows["exif"].advice == rows["width"].advice == rows["red"].advice == ""
    assert "quantisation tables (1.00)" in found.advice[0]
    assert "same encoder" in found.advice[1]
    assert "EXIF" not in found.advice[1]


def test_one_encoder_for_both_gives_nothing_away(tmp_path: Path) -> None:
    found = audit(write_set(tmp_path, ALIKE, ALIKE))
    assert found.shortcut is not None
    assert found.shortcut.interval is not None
    low, high = found.shortcut.interval
    assert low < 0.55
    assert high > 0.45
    rows = {row.feature: row for row in found.rows}
    assert {rows[name].advice for name in ("tables", "subsampling", "exif", "width", "format")} == {""}
    assert not any("same encoder:" in line for line in found.advice)


def test_metadata_and_size_of_one_class_are_named(tmp_path: Path) -> None:
    write_set(tmp_path, ALIKE | {"comment": b"camera"}, ALIKE)
    for path in (tmp_path / "fake").iterdir():
        Image.open(path).resize((80, 64)).save(path, **ALIKE)
    found = audit(tmp_path)
    rows = {row.feature: row for row in found.rows}
    assert rows["comment"].advice == "strip it from both classes"
    assert rows["width"].advice == "bring all to one size"
    assert rows["height"].advice == rows["tables"].advice == ""
    steps = found.advice[1]
    assert "one size" in steps
    assert "comments" in steps
    assert "one quality" not in steps


def test_what_cannot_be_read_is_listed_and_left_out(tmp_path: Path) -> None:
    write_set(tmp_path / "set", ALIKE, ALIKE, n=4)
    (tmp_path / "set/real/broken.jpg").write_text("no picture")
    write_table(index(tmp_path / "set"), tmp_path / "set.parquet")
    (tmp_path / "set/fake/000.jpg").unlink()
    (tmp_path / "set/fake/001.jpg").write_bytes((tmp_path / "set/fake/001.jpg").read_bytes()[:300])
    ticks: list[int] = []
    evidence = gather(open_samples(tmp_path / "set.parquet"), ticks.append)
    assert sum(ticks) == 8
    assert len(evidence.table) == len(evidence.features) == len(evidence.bits) == 6
    found = judge(evidence)
    assert (found.real, found.fake) == (4, 2)
    assert [(r.path, r.code) for r in found.rejected] == [
        ("real/broken.jpg", "not_an_image"),
        ("fake/000.jpg", "file_not_found"),
        ("fake/001.jpg", "truncated_image"),
    ]
    assert not any(str(tmp_path) in r.message for r in found.rejected)


def test_nothing_readable_at_all_is_no_crash(tmp_path: Path) -> None:
    write_set(tmp_path, ALIKE, ALIKE, n=1)
    table = open_samples(tmp_path)
    for sample in table.samples:
        table.file(sample).unlink()
    found = judge(gather(table))
    assert (found.real, found.fake, found.verdict) == (0, 0, None)
    assert len(found.rejected) == 2


@pytest.mark.parametrize(("classes", "words"), [(("real", "fake"), "5 real and 5 fake"), (("real",), "no fake ones")])
def test_too_few_pictures_get_values_but_no_auc(tmp_path: Path, classes: tuple[str, ...], words: str) -> None:
    write_set(tmp_path, ALIKE, ALIKE, n=5)
    table = open_samples(tmp_path)
    found = judge(gather(replace(table, samples=tuple(s for s in table.samples if s.label in classes))))
    assert (found.shortcut, found.verdict, found.groups) == (None, None, {})
    assert words in found.too_few
    assert str(found.rows[0].real) == "JPEG"
    assert (found.rows[0].fake is None) == (classes == ("real",))
    assert all(row.alone is None for row in found.rows)


def test_labels_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    write_set(tmp_path, ALIKE, ALIKE, n=3)
    (tmp_path / "fake/copy.jpg").write_bytes((tmp_path / "real/000.jpg").read_bytes())
    assert "labelled real and fake at once: 2" in " ".join(audit(tmp_path).advice)


def test_the_same_files_give_the_same_audit_and_it_is_json(tmp_path: Path) -> None:
    write_set(tmp_path, ALIKE, {"quality": 60})
    ticks: list[int] = []
    one, two = audit(tmp_path).to_dict(), judge(gather(open_samples(tmp_path)), advance=ticks.append).to_dict()
    assert one == two
    assert sum(ticks) == QUESTIONS
    again = json.loads(json.dumps(one, allow_nan=False))
    assert again["verdict"] == "leak"
    assert again["pictures"] == {"real": N, "fake": N}
    assert set(again["shortcuts"]) == {"container only", "colour only", "all together"}


@pytest.mark.shared
@shared
def test_shared_pictures_have_one_encoder() -> None:
    listing = scan(SHARED / "index.csv")
    kaggle = [c for c in listing.candidates if c.path.startswith("k140/") and c.split == "valid"]
    chosen = [c for label in ("real", "fake") for c in [k for k in kaggle if k.label == label][:60]]
    found = judge(gather(measure(replace(listing, candidates=tuple(chosen)))))
    assert (found.real, found.fake) == (60, 60)
    assert found.groups["container only"].auc < 0.65
    rows = {row.feature: row for row in found.rows}
    for name in ("format", "jpeg_quality", "tables", "subsampling", "width", "markers"):
        assert str(rows[name].real) == str(rows[name].fake)
    assert str(rows["jpeg_quality"].real) == "95"
