"""The predictions table survives the disk, and strangers' files do not survive `read`."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fauxface.errors import DataError
from fauxface.evaluation.predictions import Prediction, PredictionTable, read, write

SHA = "0" * 64
ROWS = (
    Prediction("a/ä.jpg", SHA, "real", 0.25, "ffhq", "test"),
    Prediction("b.jpg", SHA, "fake", 1.0, distance=0.5),
    Prediction("c.jpg", SHA, "fake", None, error="bad_image"),
    Prediction("d.txt", "", None, None, error="not_an_image"),
)


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    write(ROWS, tmp_path / "new" / "p.parquet", model="m@1", threshold=0.3)
    table = read(tmp_path / "new" / "p.parquet")
    assert table == PredictionTable(ROWS, "m@1", 0.3)
    labels, p = table.arrays()
    assert labels.tolist() == [1, 0]
    assert p.tolist() == [0.25, 1.0]
    assert table.unreadable == [
        {"path": "c.jpg", "code": "bad_image"},
        {"path": "d.txt", "code": "not_an_image"},
    ]
    assert [f.name for f in (tmp_path / "new").iterdir()] == ["p.parquet"]


def test_former_codes_of_reasons_are_read_as_todays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "p.parquet"
    rows = [Prediction(name, SHA, "real", 0.5, verdict="uncertain", reasons="in_band,unstable") for name in "ab"]
    write(rows, path)
    with caplog.at_level("WARNING", "fauxface"):
        assert [r.reasons for r in read(path).rows] == ["in_abstention_region,unstable"] * 2
    (said,) = (r.getMessage() for r in caplog.records)
    assert said.startswith(f"{path}: 'in_band' is called 'in_abstention_region' now; version 0.2")


def test_an_empty_table_comes_back(tmp_path: Path) -> None:
    write([], tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet").rows == ()
    assert read(tmp_path / "p.parquet").arrays()[1].shape == (0,)


def test_a_failed_write_leaves_the_old_table(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write(ROWS, path)
    with pytest.raises(pa.ArrowException):
        write([Prediction("a", SHA, "real", "much")], path)  # pyright: ignore[reportArgumentType]
    assert read(path).rows == ROWS
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        write(ROWS, tmp_path / "file" / "p.parquet")


def test_the_four_needed_columns_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    content = {
        "path": ["a", "b"],
        "sha256": [SHA, SHA],
        "label": ["real", "fake"],
        "probability_fake": [0.5, None],
    }
    pq.write_table(pa.table(content | {"more": [[1], [2]]}), path)
    table = read(path)
    assert (table.model, table.threshold) == ("", 0.5)
    assert table.rows == (
        Prediction("a", SHA, "real", 0.5),
        Prediction("b", SHA, "fake", None, error="not_judged"),
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"label": ["other"]}, "label"),
        ({"label": [1]}, "wrong kind"),
        ({"label": [None]}, "no label"),
        ({"probability_fake": [1.5]}, "between 0 and 1"),
        ({"probability_fake": [-0.5]}, "between 0 and 1"),
        ({"probability_fake": [float("nan")]}, "between 0 and 1"),
        ({"probability_fake": ["0.5"]}, "wrong kind"),
        ({"path": [None]}, "no path"),
        ({"path": [["a"]]}, "wrong kind"),
        ({"sha256": [None]}, "sha256"),
        ({"split": ["tset"]}, "split"),
        ({"error": ["bad_image"]}, "both"),
        ({"distance": [-1.0]}, "distance"),
        ({"distance": [float("nan")]}, "distance"),
    ],
)
def test_wrong_values_are_named(change: dict[str, list], says: str, tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    good = {"path": ["a"], "sha256": [SHA], "label": ["real"], "probability_fake": [0.5]}
    pq.write_table(pa.table(good | change), path)
    with pytest.raises(DataError, match=says) as caught:
        read(path)
    assert caught.value.code == "bad_predictions"
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("missing", ["path", "sha256", "label", "probability_fake"])
def test_a_missing_column_is_named(missing: str, tmp_path: Path) -> None:
    good = {"path": ["a"], "sha256": [SHA], "label": ["real"], "probability_fake": [0.5]}
    del good[missing]
    pq.write_table(pa.table(good), tmp_path / "p.parquet")
    with pytest.raises(DataError, match=f"'{missing}' is missing"):
        read(tmp_path / "p.parquet")


@pytest.mark.parametrize("threshold", ["much", "nan", "2"])
def test_a_wrong_threshold_is_an_error(threshold: str, tmp_path: Path) -> None:
    good = pa.table({"path": ["a"], "sha256": [SHA], "label": ["real"], "probability_fake": [0.5]})
    pq.write_table(good.replace_schema_metadata({"fauxface.threshold": threshold}), tmp_path / "p.parquet")
    with pytest.raises(DataError, match="threshold"):
        read(tmp_path / "p.parquet")


def test_every_shortening_and_bit_flip_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write(ROWS, path)
    whole = path.read_bytes()
    for cut in range(0, len(whole), 97):
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError):
            read(path)
    for place in range(0, len(whole), 13):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            read(path)
        except DataError as error:
            assert error.code == "bad_predictions"  # noqa: PT017


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 100, b"path,label\na,real\n"])
def test_what_is_no_parquet_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a readable Parquet"):
        read(path)


def test_nothing_there_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DataError, match="no such predictions table"):
            read(path)


def test_too_many_rows_are_refused_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(ROWS, tmp_path / "p.parquet")
    monkeypatch.setattr("fauxface.evaluation.predictions.MAX_ROWS", 3)
    with pytest.raises(DataError, match="more than 3 rows"):
        read(tmp_path / "p.parquet")
