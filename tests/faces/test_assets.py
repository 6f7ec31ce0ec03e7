"""The weights are the release's or nothing is loaded, and no pickle is ever opened."""

from __future__ import annotations

import ast
import pickle
from importlib import metadata
from pathlib import Path

import lz4.frame
import numpy as np
import pytest

from fauxface.errors import FauxfaceError, WeightsError
from fauxface.faces import assets
from fauxface.faces.assets import ASSETS, MissingFaceFinderError, load, unpack

FACES = Path(assets.__file__).parent


class Bomb:
    """A pickle of this makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ASSETS)
def test_every_array_lies_where_joblib_finds_it(name: str) -> None:
    joblib = pytest.importorskip("joblib")
    path = metadata.distribution("mtcnn").locate_file(ASSETS[name].file)
    theirs = joblib.load(path)  # trusted here: `load` below refuses all but this file
    ours = load(name)
    assert len(theirs) == len(ours)
    for mine, other in zip(ours.values(), theirs, strict=True):
        np.testing.assert_array_equal(mine, other.reshape(mine.shape))
        assert mine.dtype == np.float32


def test_a_pickle_that_runs_code_is_refused_and_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker, bomb = tmp_path / "it ran", pickle.dumps(Bomb(tmp_path / "it ran"))
    pickle.loads(bomb)
    assert marker.exists()  # so this is a pickle that does run something
    marker.unlink()
    path = tmp_path / "pnet.lz4"
    monkeypatch.setattr(assets, "_locate", lambda asset: path)
    packed = lz4.frame.compress(bomb + b"\xff" * 40_000, compression_level=0)
    for content in (packed, packed.ljust(ASSETS["pnet"].size_bytes, b"\0")[: ASSETS["pnet"].size_bytes], b""):
        path.write_bytes(content)
        with pytest.raises(WeightsError, match="nothing of it was loaded") as caught:
            load("pnet")
        assert caught.value.code == "weights_damaged"
    # Even past the check numbers are copied and nothing is unpickled.
    assert unpack(packed, ASSETS["pnet"])["conv1"].shape == (3, 3, 3, 10)
    assert not marker.exists()


def test_one_changed_bit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(Path(str(metadata.distribution("mtcnn").locate_file(ASSETS["rnet"].file))).read_bytes())
    content[200_000] ^= 1
    path = tmp_path / "rnet.lz4"
    path.write_bytes(content)
    monkeypatch.setattr(assets, "_locate", lambda asset: path)
    with pytest.raises(WeightsError) as caught:
        load("rnet")
    assert caught.value.code == "weights_damaged"
    path.unlink()
    with pytest.raises(WeightsError) as caught:
        load("rnet")
    assert caught.value.code == "weights_not_found"


def test_without_the_package_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", gone)
    with pytest.raises(MissingFaceFinderError, match=r"pip install 'mtcnn==1\.0\.0'") as caught:
        load("onet")
    assert isinstance(caught.value, FauxfaceError)
    assert caught.value.code == "missing_face_finder"
    assert "\n" not in caught.value.message


def test_the_room_opens_no_pickle_and_runs_none_of_the_packages_code() -> None:
    for path in FACES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                assert not {n.split(".")[0] for n in names} & {"pickle", "joblib", "mtcnn", "torch", "onnx"}, path
