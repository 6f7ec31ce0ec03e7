"""`fauxface predict` as people and programs use it, in a process of its own or through its functions."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fauxface.cli.predict import Lines, percent, summary
from fauxface.cli.predict_inputs import expand
from fauxface.verdict import Verdict

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def png(value: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), value, dtype=np.uint8)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def run(tiny_weights: Path, tmp_path: Path) -> Run:
    """Runs `fauxface predict` with the tiny network, in a folder of its own."""
    folder = tmp_path / "work"
    folder.mkdir()

    def call(*arguments: str | bytes, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "fauxface.cli.main", "predict", "--threads", "1", "--faces", "off"]
        command += ["--weights", str(tiny_weights), *map(os.fsdecode, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, cwd=folder, check=False)

    return call


@pytest.fixture
def work(tmp_path: Path, run: Run) -> Path:
    """That folder, with pictures in it."""
    folder = tmp_path / "work"
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "dark.png").write_bytes(png(10))
    (folder / "bright.png").write_bytes(png(250))
    (folder / "deep" / "grey.PNG").write_bytes(png(128))
    (folder / "deep" / "deeper" / "broken.jpg").write_bytes(b"no picture")
    (folder / "deep" / "notes.txt").write_text("not tried in a walk")
    (folder / "deep" / ".hidden.png").write_bytes(png(10))
    (folder / "deep" / "loop").symlink_to(folder, target_is_directory=True)
    return folder


def rows(result: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_lines_for_people(run: Run, work: Path) -> None:
    result = run("dark.png", "bright.png", "deep/grey.PNG")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.decode().splitlines()
    assert [line.split()[1] for line in lines] == ["fake", "real", "uncertain"]
    assert "97.6%  dark.png" in lines[0]
    assert "97.9%  bright.png" in lines[1]
    assert re.match(r"◐ uncertain +deep/grey\.PNG  \d", lines[2]), "no number beside a word that says there is none"
    assert all(line.endswith(" ms") for line in lines[:2])
    assert lines[2].endswith(" ms  (photographs and fakes that were tested overlap between 40.0% and 60.0%)")
    assert b"\x1b" not in result.stdout
    assert b"3 pictures" in result.stderr
    assert b"1 fake, 1 real, 1 uncertain" in result.stderr


def test_json_lines_of_a_folder_walk(run: Run, work: Path) -> None:
    result = run("--json", ".")
    assert result.returncode == 2
    found = rows(result)
    assert [r["path"] for r in found] == [
        "./bright.png",
        "./dark.png",
        "./deep/grey.PNG",
        "./deep/deeper/broken.jpg",
    ]
    keys = ["path", "label", "probability_fake", "model", "error", "elapsed_ms", "notes", "faces"]
    assert list(found[0]) == [*keys, "reasons", "provenance"]
    assert [r["label"] for r in found] == ["real", "fake", "uncertain", None]
    assert found[0]["model"] == "tiny@1"
    assert found[3]["error"] == {
        "code": "not_an_image",
        "message": "./deep/deeper/broken.jpg: not a picture but text",
    }
    assert found[3]["probability_fake"] is None


def test_errors_keep_their_places(run: Run, work: Path) -> None:
    (work / "empty").mkdir()
    arguments = ("gone.png", "dark.png", "empty", "nothing*.jpg", "deep/notes.txt", "bright.png")
    for size in ("1", "3", "64"):
        result = run("--json", "--batch-size", size, *arguments)
        assert result.returncode == 2
        codes = [(r["error"] or {}).get("code") for r in rows(result)]  # type: ignore[union-attr, attr-defined]
        assert codes == ["file_not_found", None, "no_pictures", "no_pictures", "not_an_image", None]
        assert [r["path"] for r in rows(result)] == list(arguments)


def test_what_a_walk_left_out_is_counted_last_and_named_on_demand(run: Run, work: Path) -> None:
    (work / "deep/deeper/broken.jpg").unlink()
    (work / "deep/cached").write_bytes(png(250))
    result = run("--json", ".")
    assert result.returncode == 0, result.stderr
    assert [r["path"] for r in rows(result)] == ["./bright.png", "./dark.png", "./deep/cached", "./deep/grey.PNG"]
    last = "left out: 1 file that is no picture or clip, 1 hidden or system name, 1 linked folder"
    assert result.stderr.decode().splitlines()[-1] == f"{last} (--verbose names them)"
    (work / "deep/odd\x1b[31m.txt").write_text("no picture")
    lines = run("--verbose", "deep").stderr.decode().splitlines()
    assert lines[-1] == last.replace("1 file that is", "2 files that are")
    assert "left out: deep/notes.txt (file that is no picture or clip)" in lines
    assert "left out: deep/odd\\x1b[31m.txt (file that is no picture or clip)" in lines
    assert not any("left out" in line for line in run("dark.png").stderr.decode().splitlines())


def test_globs_that_the_shell_left_alone(run: Run, work: Path) -> None:
    assert [r["path"] for r in rows(run("--json", "*.png"))] == ["bright.png", "dark.png"]
    (work / "odd[1].png").write_bytes(png(10))
    assert [r["path"] for r in rows(run("--json", "odd[1].png"))] == ["odd[1].png"]


def test_standard_input(run: Run, work: Path) -> None:
    result = run("--json", "-", "dark.png", stdin=png(250))
    assert [(r["path"], r["label"]) for r in rows(result)] == [("-", "real"), ("dark.png", "fake")]
    empty = run("--json", "-")
    assert empty.returncode == 2
    assert rows(empty)[0]["error"] == {"code": "empty_file", "message": "standard input: the file is empty"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any bytes as a name")
def test_hostile_names(run: Run, work: Path) -> None:
    for name in (b"\x1b[31mred\n.png", b"not utf-8 \xff.png", b"=1+1.png"):
        (work / os.fsdecode(name)).write_bytes(png(10))
        people = run(b"./" + name)
        assert people.returncode == 0, people.stderr
        assert b"\x1b" not in people.stdout
        assert people.stdout.count(b"\n") == 1
        assert rows(run("--json", b"./" + name))[0]["label"] == "fake"
    for ending in ("csv", "jsonl", "parquet"):
        if ending == "parquet":
            pytest.importorskip("pyarrow", reason="needs the extra 'report'")
        assert run("--out", f"t.{ending}", "*.png").returncode == 0


def test_tables_hold_the_same(run: Run, work: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'report'")
    (work / "=1+1.png").write_bytes(png(10))
    (work / "t.csv").write_text("old content")
    tables = []
    for ending in ("csv", "jsonl", "parquet"):
        result = run("--out", f"t.{ending}", "=1+1.png", "bright.png", "gone.png")
        assert result.returncode == 2
        path = work / f"t.{ending}"
        if ending == "csv":
            with path.open(newline="") as file:
                tables.append([(r["path"], r["label"] or None, r["error_code"] or None) for r in csv.DictReader(file)])
        elif ending == "jsonl":
            found = [json.loads(line) for line in path.read_text().splitlines()]
            tables.append([(r["path"], r["label"], r["error"] and r["error"]["code"]) for r in found])
        else:
            found = pq.read_table(path).to_pylist()
            tables.append([(r["path"], r["label"], r["error_code"]) for r in found])
    assert tables[1] == [
        ("=1+1.png", "fake", None),
        ("bright.png", "real", None),
        ("gone.png", None, "file_not_found"),
    ]
    assert tables[2] == tables[1]
    # A spreadsheet would run a cell that begins with "="; "./=1+1.png" is the same file.
    assert tables[0] == [("./=1+1.png", "fake", None), *tables[1][1:]]
    assert [p.name for p in work.iterdir() if ".part" in p.name] == []


@pytest.mark.parametrize(
    ("out", "code"),
    [("t.ods", b"unknown_format"), ("t", b"unknown_format"), ("no/such/t.csv", b"cannot_write")],
)
def test_out_is_refused_before_any_work(out: str, code: bytes, run: Run, work: Path) -> None:
    result = run("--out", out, "dark.png")
    assert result.returncode == 2
    assert result.stdout == b""
    assert result.stderr.startswith(b"error[" + code)
    assert result.stderr.count(b"\n") == 1


def test_missing_weights_are_one_line(work: Path) -> None:
    command = [sys.executable, "-m", "fauxface.cli.main", "predict", "--weights", "nowhere", "dark.png"]
    result = subprocess.run(command, capture_output=True, cwd=work, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith(b"error[weights_not_found]: nowhere")
    assert result.stderr.count(b"\n") == 1


def test_a_walk_is_lazy_and_sorted(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.png", "a/3.jpg", "0.webp", "a/x.gif.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [Path(i.name).relative_to(tmp_path).as_posix() for i in expand([str(tmp_path)])]
    assert found == ["0.webp", "a/3.jpg", "b/1.png", "b/2.png"]


def verdict(label: str | None, probability: float | None, path: str = "a.jpg") -> Verdict:
    return Verdict(path, label, probability, "m@1", elapsed_ms=41.4)  # type: ignore[arg-type]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_colours_only_on_a_terminal_and_with_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[31m● fake" in Lines(Terminal()).line(verdict("fake", 0.931))
    monkeypatch.setenv("NO_COLOR", "1")
    assert Lines(Terminal()).line(verdict("fake", 0.931)) == "● fake       93.1%  a.jpg  41 ms"


def test_a_terminal_without_unicode() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert Lines(stream).line(verdict("real", 0.2)).startswith("o real")


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, ">99%"), (0.9901, ">99%"), (0.99, "99.0%"), (0.5, "50.0%"), (0.01, "1.0%"), (0.0, "<1%")],
)
def test_nobody_is_told_100_per_cent(probability: float, text: str) -> None:
    assert percent(probability) == text


def test_summary() -> None:
    assert summary(Counter(fake=1), 0.04) == "1 picture in 0.0 s: 1 fake"
    text = summary(Counter(fake=2, uncertain=1, error=3), 1.26)
    assert text.startswith("6 pictures in 1.3 s: 2 fake, 1 uncertain, 3 not judged")
    assert summary(Counter(error=1), 0.0).endswith("none judged")


EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_faces_in_each_mode(run: Run, work: Path) -> None:
    face, none = str(EXAMPLES / "photo_hopper.jpg"), "dark.png"
    auto = run("--faces", "auto", "--json", "--out", "t.csv", face, none)
    assert auto.returncode == 0, auto.stderr
    (one,), nothing = (r["faces"] for r in rows(auto))  # type: ignore[attr-defined, misc]
    assert list(one) == ["box", "crop", "score", "label", "probability_fake", "reasons"]
    assert one["crop"] == [0, 0, 256, 256]
    assert nothing == []
    assert rows(auto)[1]["notes"] == ["no face found: the whole picture was judged"]
    with (work / "t.csv").open(newline="") as file:
        assert [r["faces"] for r in csv.DictReader(file)] == ["1", "0"]

    off = rows(run("--faces", "off", "--json", face, none))
    assert [r["faces"] for r in off] == [None, None]
    assert [r["probability_fake"] for r in off] == [r["probability_fake"] for r in rows(auto)]

    required = run("--faces", "required", face, none, face)
    assert required.returncode == 2
    lines = required.stdout.decode().splitlines()
    assert "dark.png: no face found in it" in lines[1]
    assert lines[1].endswith("[no_face]")
    assert len(lines) == 3


@pytest.mark.parametrize(
    "address", ["https://a.example/face.jpg?size=[1]*", "https://a.example/clip.mp4", "file:///x.png"]
)
def test_an_address_is_not_fetched(address: str, run: Run, work: Path) -> None:
    result = run("--json", address, "dark.png")
    assert result.returncode == 2
    first, second = rows(result)
    assert first["path"] == address
    assert first["error"]["code"] == "is_an_address"  # type: ignore[index]
    assert second["label"] == "fake"


@pytest.mark.parametrize(
    "command", [["data", "index"], ["evaluate", "--out", "e", "--data"], ["predict", "x.png", "--weights"]]
)
def test_an_address_instead_of_a_folder_is_not_fetched_either(command: list[str], work: Path) -> None:
    line = [sys.executable, "-m", "fauxface.cli.main", *command, "https://a.example/faces"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=work)
    assert done.returncode == 2
    assert "addresses are not fetched: download it first" in done.stderr
    assert "Traceback" not in done.stderr
