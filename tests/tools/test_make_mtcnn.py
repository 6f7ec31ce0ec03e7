"""The script that made the face finder's file speaks of the file that is shipped."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from fauxface.faces.networks import FILE, HEADS, Name
from tools import make_mtcnn

ROOT = Path(__file__).resolve().parents[2]


def test_networks_and_answers_are_those_that_the_package_uses() -> None:
    assert make_mtcnn.OUT.relative_to(ROOT) == Path("src") / FILE.relative_to(FILE.parents[3])
    assert set(make_mtcnn.PLANS) == set(get_args(Name))
    assert {name: set(plan.heads) for name, plan in make_mtcnn.PLANS.items()} == {n: set(h) for n, h in HEADS.items()}
    assert make_mtcnn.ORIGIN.encode() in FILE.read_bytes()


def test_the_rows_of_a_dense_layer_come_into_the_order_of_onnx() -> None:
    rows, columns, channels = np.meshgrid(np.arange(3), np.arange(3), np.arange(64), indexing="ij")
    here = (rows * 100 + columns * 1000 + channels).astype(np.float32)
    before = here.transpose(1, 0, 2).reshape(-1, 1)  # columns first, as the networks were trained
    after = make_mtcnn.channels_first(before, {"conv3": np.zeros((2, 2, 48, 64), np.float32)})
    np.testing.assert_array_equal(after[:, 0], here.transpose(2, 0, 1).ravel())


def test_a_weight_file_of_another_release_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mtcnn/assets/weights").mkdir(parents=True)
    (tmp_path / "mtcnn/assets/weights/pnet.lz4").write_bytes(b"a pickle that nobody opens")

    class Installed:
        def locate_file(self, name: str) -> Path:
            return tmp_path / name

    monkeypatch.setattr(metadata, "distribution", lambda name: Installed())
    pytest.importorskip("joblib", reason="needs joblib, which scikit-learn of the extra 'train' brings")
    with pytest.raises(SystemExit, match="it was not opened"):
        make_mtcnn.read("pnet", make_mtcnn.PLANS["pnet"])
