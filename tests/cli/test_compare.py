"""`fauxface compare` as people and programs use it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.models import keras_reference as keras
from typer.testing import CliRunner

from fauxface.cli.main import app, main


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = keras.random_weights(keras.residual_shapes(squeeze=True))
    return keras.write_h5(tmp_path_factory.mktemp("weights") / "senet50.h5", made)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        small.resize((80, 80), Image.Resampling.BICUBIC).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    return tmp_path


def compare(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["compare", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_lines_and_json(weights: Path, work: Path) -> None:
    options = ("--model", "vggface2-senet-50", "--weights", weights, "--faces", "off")
    found = json.loads(compare(work / "a.png", work / "b.png", "--json", *options))
    assert found["model"] == "vggface2-senet-50"
    assert found["distance"]["cosine"] > 0.001
    assert found["distance"]["euclidean"] ** 2 == pytest.approx(2 * found["distance"]["cosine"], rel=1e-3)
    assert found["threshold"]["cosine"] == 0.5
    assert "not measured by fauxface" in found["threshold"]["origin"]
    assert found["closer_than_threshold"] == {
        k: found["distance"][k] < found["threshold"][k] for k in found["distance"]
    }

    lines = compare(work / "a.png", work / "a.png", *options).splitlines()
    assert lines[0] == f"{work / 'a.png'}: the whole picture"
    assert "0.0000  closer than the threshold 0.5000" in lines[2]
    assert "0.0000  closer than the threshold 1.0000" in lines[3]
    assert "tutorial" in lines[4]
    assert not [line for line in lines if "same person" in line]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("a.png", "gone.png"), "error[file_not_found]: gone.png"),
        (("a.png", "broken.jpg"), "error[not_an_image]: broken.jpg"),
        (("a.png", "b.png", "--faces", "off", "--weights", "gone.h5"), "error[weights_not_found]: gone.h5"),
        (("a.png", "b.png", "--faces", "off", "--weights", "broken.jpg"), "error[weights_damaged]: broken.jpg"),
        (("a.png", "b.png", "--faces", "off"), "error[weights_unavailable]: faces cannot be compared without"),
    ],
)
def test_errors_are_one_line(
    arguments: tuple[str, ...],
    error: str,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(work)
    # A proxy that nobody answers at: no test downloads weights.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("FAUXFACE_CACHE", str(work / "cache"))
    monkeypatch.setattr(sys, "argv", ["fauxface", "compare", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert err.splitlines()[-1].startswith(error)
    assert "--scratch" not in err
    if "unavailable" in error:
        assert "--weights PATH" in err
        assert "rcmalli_vggface_tf_notop_resnet50.h5" in err
