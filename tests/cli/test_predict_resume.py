"""Tables of `fauxface predict --out` that were stopped, and what `--resume` makes of them."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.cli.test_predict import png
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.cli.predict_inputs import Input
from fauxface.cli.predict_out import COLUMNS, open_table
from fauxface.cli.predict_resume import how_to_go_on, read
from fauxface.errors import DataError, FauxfaceError
from fauxface.verdict import Verdict

KINDS = (".csv", ".jsonl", ".parquet")
MODEL = "tiny@1"


def verdict(path: str, *, model: str = MODEL, fails: bool = False) -> Verdict:
    if fails:
        return Verdict(path, None, None, model, error={"code": "broken_image", "message": f"{path}: damaged"})
    return Verdict(path, "fake", 0.93, model)


def write(path: Path, *verdicts: Verdict, before: Any = ()) -> None:
    with open_table(path, before) as put:
        for one in verdicts:
            put(one)


def stopped(path: Path, error: BaseException, *verdicts: Verdict) -> None:
    """Writes some rows before it is stopped."""
    with open_table(path) as put:
        for one in verdicts:
            put(one)
        raise error


def paths(table: Path) -> list[str]:
    if table.suffix == ".jsonl":
        return [json.loads(line)["path"] for line in table.read_text().splitlines()]
    if table.suffix == ".parquet":
        return pq.read_table(table).column("path").to_pylist()
    with table.open(newline="") as file:
        return [row["path"] for row in csv.DictReader(file)]


@pytest.fixture(params=KINDS)
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"table{request.param}"


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, OSError, FauxfaceError, ZeroDivisionError])
def test_what_is_finished_is_kept_whatever_ends_the_work(table: Path, ending: type[BaseException]) -> None:
    write(table, verdict("old.jpg"))
    error = ending("stop")
    with pytest.raises(ending) as caught:
        stopped(table, error, verdict("a.jpg"), verdict("b.jpg"))
    assert caught.value is error, "what ended it is told as it is, not as the table's fault"
    assert paths(table) == ["a.jpg", "b.jpg"]
    assert list(table.parent.iterdir()) == [table]


def test_while_nothing_is_finished_an_older_table_stays(table: Path) -> None:
    write(table, verdict("old.jpg"))
    with pytest.raises(KeyboardInterrupt):
        stopped(table, KeyboardInterrupt())
    assert paths(table) == ["old.jpg"]
    assert list(table.parent.iterdir()) == [table]


def test_a_table_that_fails_in_a_row_is_not_put_in_place(table: Path) -> None:
    write(table, verdict("old.jpg"))
    with pytest.raises(TypeError):
        write(table, verdict("b.jpg"), Verdict("a.jpg", "fake", 0.9, MODEL, notes=(b"",)))  # type: ignore[arg-type]
    assert paths(table) == ["old.jpg"]


NAMES = ["a.jpg", "=1+1.jpg", "ü 日本.jpg", 'a,b\n"c".jpg', "\udcff.jpg", "-", "./a.jpg"]


def test_going_on_leaves_out_what_was_judged_and_tries_again_what_failed(table: Path) -> None:
    write(table, *map(verdict, NAMES), verdict("broken.jpg", fails=True))
    before = read(table, MODEL)
    assert len(before.rows) == len(NAMES)
    asked = [*NAMES, "broken.jpg", "new.jpg", "a.jpg"]
    left = [one.name for one in before.without(Input(name, name) for name in asked)]
    assert left == ["-", "broken.jpg", "new.jpg", "a.jpg"], "standard input may be another; a.jpg was judged once only"
    first = paths(table)[: len(NAMES)]
    write(table, verdict("new.jpg"), before=before.rows)
    assert paths(table) == [*first, "new.jpg"]
    again = read(table, MODEL)
    assert again.judged == before.judged + Counter({"new.jpg": 1})


def test_rows_stay_as_they_were(table: Path) -> None:
    write(table, verdict("a.jpg"))
    one = table.read_bytes() if table.suffix != ".parquet" else pq.read_table(table)
    write(table, verdict("b.jpg"), before=read(table, MODEL).rows)
    if table.suffix == ".parquet":
        assert pq.read_table(table).slice(0, 1).to_pylist() == one.to_pylist()  # type: ignore[union-attr]
    else:
        assert table.read_bytes().startswith(one)  # type: ignore[arg-type]


def test_no_table_yet_is_a_table_without_rows(table: Path) -> None:
    assert read(table, MODEL).rows == []


def test_other_weights_are_refused(table: Path) -> None:
    write(table, verdict("a.jpg", model="other@2"))
    with pytest.raises(DataError, match=r"other@2, and this is tiny@1") as caught:
        read(table, MODEL)
    assert caught.value.code == "another_run"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"path,label\na.jpg,fake\n",
        b"\xff\xfe\x00",
        b"[1]\n",
        b'{"path": 1}\n',
        b"[" * 100_000,
        b'"a\n',
        b"PAR1PAR1",
    ],
)
def test_what_is_no_table_of_ours_is_refused_and_left_alone(table: Path, content: bytes) -> None:
    if content == b"" and table.suffix == ".jsonl":
        pytest.skip("an empty file of JSON lines is a table without rows")
    table.write_bytes(content)
    with pytest.raises(DataError, match="leave out --resume") as caught:
        read(table, MODEL)
    assert caught.value.code == "bad_table"
    assert table.read_bytes() == content


def test_a_row_with_too_many_columns_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    for row in ("a.jpg", ",".join("x" * (len(COLUMNS) + 1))):
        table.write_text(",".join(COLUMNS) + f"\n{row}\n")
        with pytest.raises(DataError, match="leave out --resume"):
            read(table, "x")


def test_an_excel_table_is_an_end(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not with") as caught:
        read(tmp_path / "t.xlsx", MODEL)
    assert caught.value.code == "unknown_format"
    assert "--resume" not in how_to_go_on(tmp_path / "t.xlsx", 2)
    assert "the 1 row finished" in how_to_go_on(tmp_path / "t.csv", 1)
    assert "--resume" in how_to_go_on(tmp_path / "t.csv", 2)


def test_going_on_with_a_finished_table_says_that_nothing_is_left(tiny_weights: Path, tmp_path: Path) -> None:
    table, names = tmp_path / "t.csv", [str(tmp_path / f"{name}.png") for name in "ab"]
    for name in names:
        Path(name).write_bytes(png(10))
    options = ["--threads", "1", "--faces", "off", "--weights", str(tiny_weights), "--out", str(table)]
    assert "2 pictures in" in CliRunner().invoke(app, ["predict", *options, *names]).output
    before = table.read_bytes()
    for asked, said in ((names, "all 2 are"), (names[:1], "the one that was named is")):
        again = CliRunner().invoke(app, ["predict", *options, "--resume", *asked])
        assert again.exit_code == 0, again.output
        assert again.output.strip() == f"nothing left to judge: {said} in {table} already"
        assert table.read_bytes() == before


@pytest.fixture
def start(tiny_weights: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `fauxface predict` in a folder with pictures; standard input stays open."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.png").write_bytes(png(10))
    started: list[subprocess.Popen[bytes]] = []

    def call(*options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "fauxface.cli.main", "predict", "--threads", "1", "--faces", "off"]
        command += ["--batch-size", "1", "--weights", str(tiny_weights), *options]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder))
        return started[-1]

    yield call
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_stopped_by_a_signal_and_gone_on(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "work"
    process = start("--out", "t.csv", "a.png", "b.png", "-", "c.png")
    assert process.stdout
    for _ in range(2):  # then it waits for standard input
        assert b"fake" in process.stdout.readline()
    time.sleep(0.3)
    assert any(".part" in p.name for p in folder.iterdir())
    process.send_signal(number)
    said = process.communicate()[1].decode()
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert "t.csv: has the 2 rows finished by now; the same command with  --resume  goes on" in said
    assert "Traceback" not in said
    assert not any(".part" in p.name for p in folder.iterdir())
    assert paths(folder / "t.csv") == ["a.png", "b.png"]

    process = start("--out", "t.csv", "--resume", "a.png", "b.png", "c.png")
    out, said = (text.decode() for text in process.communicate())
    assert process.returncode == 0, said
    assert [line.split()[-3] for line in out.splitlines()] == ["c.png"]
    assert paths(folder / "t.csv") == ["a.png", "b.png", "c.png"]


def test_going_on_needs_a_table(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("--resume", "a.png")
    assert b"--resume belongs to --out" in process.communicate()[1]
    assert process.returncode == 2
