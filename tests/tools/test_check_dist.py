"""What is published: the wheel as it is built passes, and each thing that may go wrong with one is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import check_dist

pytest.importorskip("hatchling", reason="the wheel cannot be built without hatchling")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def expected() -> set[str]:
    """The files of the package; from git, or where there is none (an unpacked archive) from the folder."""
    if shutil.which("git") and (ROOT / ".git").exists():
        return {name for name in check_dist.tracked(ROOT) if (ROOT / "src" / name).is_file()}
    found = (ROOT / "src" / "fauxface").rglob("*")
    return {p.relative_to(ROOT / "src").as_posix() for p in found if p.is_file() and "__pycache__" not in p.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("*.whl")
    return file


def without_untracked(objections: list[str]) -> list[str]:
    """Whoever writes a new file and has not added it yet is no fault of the wheel."""
    return [o for o in objections if not o.startswith("not in the repository")]


def changed(wheel: Path, out: Path, *, drop: str = "", write: dict[str, bytes] | None = None) -> Path:
    """The wheel without one of its files, and with others written or replaced."""
    new = write or {}
    copy = out / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            if name != drop and name not in new:
                archive.writestr(name, old.read(name))
        for name, data in new.items():
            archive.writestr(name, data)
    return copy


def test_the_wheel_as_it_is_built_may_be_published(wheel: Path, expected: set[str]) -> None:
    assert without_untracked(check_dist.objections(wheel, expected)) == []


def test_a_large_one_is_refused(wheel: Path, expected: set[str]) -> None:
    (objection,) = without_untracked(check_dist.objections(wheel, expected, most_mib=1))
    assert "MiB, more than 1" in objection


@pytest.mark.parametrize(
    "name", ["fauxface/labels.py", "fauxface/py.typed", "fauxface/recipes/tiny.yaml", "fauxface/web/static/page.css"]
)
def test_a_missing_file_is_found(wheel: Path, expected: set[str], tmp_path: Path, name: str) -> None:
    found = check_dist.objections(changed(wheel, tmp_path, drop=name), expected)
    assert f"missing: {name}" in found


def test_a_stray_file_is_found(wheel: Path, expected: set[str], tmp_path: Path) -> None:
    stray = changed(
        wheel, tmp_path, write={"fauxface/notes.txt": b"mine", "tests/test_x.py": b"", "fauxface/w.pt": b""}
    )
    found = check_dist.objections(stray, expected)
    assert "not in the repository: fauxface/notes.txt" in found
    assert "outside of the package: tests/test_x.py" in found
    assert "never in a wheel: fauxface/w.pt" in found


def test_weights_that_are_not_the_cards_are_found(wheel: Path, expected: set[str], tmp_path: Path) -> None:
    name = "fauxface/weights/efficientnet_lite0/model.onnx"
    found = check_dist.objections(changed(wheel, tmp_path, write={name: b"other"}), expected)
    assert any(o.startswith(f"{name} is not the file") for o in found)


def test_another_face_finder_or_one_without_its_licence_is_found(
    wheel: Path, expected: set[str], tmp_path: Path
) -> None:
    found = check_dist.objections(changed(wheel, tmp_path, write={check_dist.FINDER: b"other"}), expected)
    assert any(o.startswith(f"{check_dist.FINDER} is not the file") for o in found)
    licence = "fauxface/faces/mtcnn/LICENSE"
    found = check_dist.objections(changed(wheel, tmp_path, drop=licence), expected)
    assert f"missing for the face finder: {licence}" in found


def test_the_tag_and_the_version_are_the_same(wheel: Path, expected: set[str]) -> None:
    version = wheel.name.split("-")[1]
    assert without_untracked(check_dist.objections(wheel, expected, tag=f"v{version}")) == []
    (objection,) = without_untracked(check_dist.objections(wheel, expected, tag="v99.0"))
    assert objection == f"the tag is v99.0, the wheel's version {version}"


def test_the_core_brings_no_pytorch(wheel: Path, expected: set[str], tmp_path: Path) -> None:
    name = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info/METADATA"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(name).replace(b"Requires-Dist: numpy", b"Requires-Dist: torch\nRequires-Dist: numpy", 1)
    found = check_dist.objections(changed(wheel, tmp_path, write={name: metadata}), expected)
    assert "the core would bring PyTorch: torch" in found


def test_by_hand(wheel: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "check_dist.py"), str(wheel.parent), "--most", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "MiB, more than 1" in ran.stderr
