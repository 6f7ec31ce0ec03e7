"""``fauxface data``, as a person types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fauxface.data.index import read_table

pytest.importorskip("pyarrow")


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fauxface.cli.main", "data", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for label in ("real", "fake"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(10):
            colour = (i * 20, 90, 200 if label == "real" else 10)
            Image.new("RGB", (40, 40), colour).save(tmp_path / "set" / label / f"{i}.png")
    return tmp_path / "set"


def test_index_prints_table_one_and_lists_what_it_left_out(pictures: Path, tmp_path: Path) -> None:
    for i in range(25):
        (pictures / f"real/bad{i:02}.png").write_text("no picture")
    (pictures / "real/bad\x1b[31m.png").write_text("no picture")
    done = run("index", pictures, "--ratios", "0.5,0.2,0.3", "--seed", "4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:4] for line in done.stdout.splitlines() if line.strip()}
    assert rows["train"] == ["5", "5", "10"]
    assert rows["valid"] == ["2", "2", "4"]
    assert rows["test"] == ["3", "3", "6"]
    assert "split by 0.5,0.2,0.3 with seed 4" in done.stdout
    assert done.stderr.count("left out: ") == 20
    assert "… and 6 more left out" in done.stderr
    assert "real/bad00.png [not_an_image]" in done.stderr
    assert "\x1b" not in done.stderr
    table = read_table(tmp_path / "index.parquet")
    assert (len(table), len(table.rejected)) == (20, 26)
    assert not list(pictures.glob("*.parquet"))


def test_index_counts_what_it_never_looked_at_and_names_it_on_demand(pictures: Path, tmp_path: Path) -> None:
    (pictures / "real/.ipynb_checkpoints").mkdir()
    for name in ("real/.ipynb_checkpoints/0-checkpoint.png", "real/._0.png", "unsorted.png"):
        (pictures / name).write_bytes((pictures / "real/0.png").read_bytes())
    (pictures / "real/1.png").rename(pictures / "real/no ending")
    for i in range(25):
        (pictures / f"fake/bad{i:02}").write_text("no picture")
    done = run("index", pictures, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(read_table(tmp_path / "index.parquet")) == 20
    line = "left out besides: 2 hidden or system names, 1 picture in no class folder"
    assert f"{line} (--verbose names them)" in done.stderr.splitlines()
    done = run("index", pictures, "--verbose", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert line in done.stderr.splitlines()
    for what in ("real/._0.png [system_name]", "unsorted.png [no_class_folder]", "fake/bad24 [not_an_image]"):
        assert f"left out: {what} " in done.stderr


def test_index_of_bare_0_and_1_asks_which_is_fake(pictures: Path, tmp_path: Path) -> None:
    rows = [f"{label}/{i}.png,{int(label == 'fake')}" for label in ("real", "fake") for i in range(10)]
    (pictures / "list.csv").write_text("path,label\n" + "\n".join(rows) + "\n")
    done = run("index", pictures / "list.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[ambiguous_labels]: " in done.stderr
    assert not (tmp_path / "index.parquet").exists()
    done = run("index", pictures / "list.csv", "--fake-is", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "note: list.csv: labels read 1 = fake, 0 = real, as --fake-is says" in done.stderr.splitlines()
    assert f"pictures of {pictures / 'list.csv'} in index.parquet" in done.stdout
    assert all(s.path.startswith(s.label) for s in read_table(tmp_path / "index.parquet").samples)
    assert run("index", pictures / "list.csv", "--fake-is", "2", cwd=tmp_path).returncode == 2


def test_index_of_pictures_with_and_without_a_face(pictures: Path, tmp_path: Path) -> None:
    examples = Path(__file__).resolve().parents[2] / "examples"
    for name, label in (("photo_hopper.jpg", "real"), ("fake_stylegan2_1.jpg", "fake")):
        (pictures / label / name).write_bytes((examples / name).read_bytes())
    done = run("index", pictures, "--faces", "required", "-o", "required.parquet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "real/0.png [no_face] no face found in it" in done.stderr
    table = read_table(tmp_path / "required.parquet")
    assert sorted(s.path for s in table.samples) == ["fake/fake_stylegan2_1.jpg", "real/photo_hopper.jpg"]
    assert [r.code for r in table.rejected] == ["no_face"] * 20
    done = run("index", pictures, "--faces", "auto", "-o", "auto.parquet", cwd=tmp_path)
    assert "note: 20 pictures show no face" in done.stderr
    assert len(read_table(tmp_path / "auto.parquet")) == 22


def test_index_warns_of_leaks(pictures: Path, tmp_path: Path) -> None:
    data = (pictures / "real/0.png").read_bytes()
    for name in ("train/real/a.png", "test/real/b.png"):
        (tmp_path / "leaky" / name).parent.mkdir(parents=True)
        (tmp_path / "leaky" / name).write_bytes(data)
    done = run("index", tmp_path / "leaky", "-o", "leaky.parquet", cwd=tmp_path)
    assert done.returncode == 0
    assert "warning: the same file in test (test/real/b.png) and train (train/real/a.png)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere"], "not_found"),
        (["set", "--ratios", "1,2,3"], "bad_ratios"),
        (["set", "--ratios", "a,b"], "bad_ratios"),
        (["set", "-o", "table.txt"], "bad_name"),
        (["set", "-o", "set/real/0.png/x.parquet"], "cannot_write"),
        (["empty"], "no_pictures"),
    ],
)
def test_index_errors_are_one_line(pictures: Path, tmp_path: Path, arguments: list[str], code: str) -> None:
    (tmp_path / "empty/real").mkdir(parents=True)
    done = run("index", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert f"error[{code}]: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_preview_writes_a_picture(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    done = run("preview", pictures, "--cutout", "--geometry", "square", "--count", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "preview.png") as sheet:
        assert done.stdout.strip() == f"preview.png: {sheet.width} × {sheet.height} pixels"
    done = run("preview", pictures, "-o", "no/folder/x.png", "--count", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[cannot_write]" in done.stderr


def test_a_table_of_one_class_is_told(pictures: Path, tmp_path: Path) -> None:
    (pictures / "fake").rename(pictures / "not_real")
    done = run("index", pictures, "-o", "one.parquet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "note: there are no fakes in the table" in done.stderr
