"""The Parquet file: what is written comes back, it can be moved, and a forged one is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fauxface.data.samples import Rejected, Sample, SampleTable
from fauxface.data.table import METADATA_KEY, read_table, write_table
from fauxface.errors import DataError

SAMPLE = Sample("real/ä.png", "real", "train", 40, 36, 99, "a" * 64, "cam")
TABLE = (SAMPLE, replace(SAMPLE, path="fake/b.png", label="fake", split="test", sha256="b" * 64, source=""))


def make(home: Path, name: str = "index.parquet") -> Path:
    (home / "pictures").mkdir(parents=True, exist_ok=True)
    path = home / name
    write_table(SampleTable(home / "pictures", TABLE, (Rejected("x.txt", "not_an_image", "no picture"),)), path)
    return path


def forge(path: Path, rows: list[dict[str, Any]] | None = None, about: Any = None) -> Path:
    """Write a table with any rows and metadata, valid or not, beside an existing folder ``pictures``."""
    (path.parent / "pictures").mkdir(exist_ok=True)
    types = {"width": pa.int64(), "height": pa.int64(), "bytes": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in asdict(SAMPLE)])
    if about is None:
        about = {"format": 1, "root": "pictures", "rejected": []}
    text = about if isinstance(about, bytes) else json.dumps(about).encode()
    table = pa.Table.from_pylist([asdict(s) for s in TABLE] if rows is None else rows, schema=schema)
    pq.write_table(table.replace_schema_metadata({METADATA_KEY: text}), path)
    return path


def test_round_trip_leaves_only_the_table(tmp_path: Path) -> None:
    table = read_table(make(tmp_path))
    assert table.samples == TABLE
    assert table.rejected == (Rejected("x.txt", "not_an_image", "no picture"),)
    assert table.root == tmp_path / "pictures"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["index.parquet", "pictures"]


def test_moving_table_and_pictures_together(tmp_path: Path) -> None:
    make(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert read_table(tmp_path / "there/index.parquet").root == tmp_path / "there/pictures"


def test_root_elsewhere_is_absolute_and_can_be_overridden(tmp_path: Path) -> None:
    path = make(tmp_path, "tables/index.parquet")
    assert read_table(path).root == (tmp_path / "pictures").resolve()
    (tmp_path / "pictures").rename(tmp_path / "moved")
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert caught.value.code == "missing_root"
    assert read_table(path, root=tmp_path / "moved").samples == TABLE


def test_a_failed_write_keeps_the_old_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path)
    before = path.read_bytes()

    def full(_: object, where: Path, **__: object) -> None:
        where.write_bytes(b"half a tab")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(DataError, match="No space left") as caught:
        make(tmp_path)
    assert caught.value.code == "cannot_write"
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["index.parquet", "pictures"]


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "none.parquet")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("content", [b"", b"PAR1 but no more", b"PAR1" + bytes(5000) + b"PAR1"])
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged") as caught:
        read_table(path)
    assert caught.value.code == "bad_table"


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../x.png"},
        {"path": "/etc/passwd"},
        {"path": "a\\b.png"},
        {"path": "C:/x.png"},
        {"path": "./a.png"},
        {"path": ""},
        {"path": "fake/b.png"},
        {"label": "maybe"},
        {"split": "exam"},
        {"width": 0},
        {"height": -1},
        {"width": 2**40},
        {"bytes": 0},
        {"sha256": "A" * 64},
        {"sha256": "a" * 63},
        {"label": None},
    ],
)
def test_forged_rows(tmp_path: Path, change: dict[str, Any]) -> None:
    rows = [asdict(TABLE[1]), asdict(SAMPLE) | change]
    with pytest.raises(DataError) as caught:
        read_table(forge(tmp_path / "bad.parquet", rows))
    assert caught.value.code == "bad_table"


@pytest.mark.parametrize(
    "about",
    [
        b"not json",
        b"[" * 100_000,
        [],
        {"format": 1, "rejected": []},
        {"format": 2, "root": "pictures", "rejected": []},
        {"format": 1, "root": 5, "rejected": []},
        {"format": 1, "root": "\0", "rejected": []},
        {"format": 1, "root": "pictures", "rejected": [1]},
        {"format": 1, "root": "pictures", "rejected": None},
    ],
)
def test_forged_metadata(tmp_path: Path, about: object) -> None:
    with pytest.raises(DataError) as caught:
        read_table(forge(tmp_path / "bad.parquet", about=about))
    assert caught.value.code == "bad_table"


def test_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"path": ["a"], "label": [1]}), path)
    with pytest.raises(DataError, match="column"):
        read_table(path)


def test_links_out_of_the_root(tmp_path: Path) -> None:
    path = make(tmp_path)
    try:
        (tmp_path / "pictures/real").symlink_to(tmp_path)
    except OSError:
        pytest.skip("needs symbolic links")
    with pytest.raises(DataError, match="symbolic link"):
        read_table(path)
