"""Where weights came from, said so that another process finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fauxface.errors import WeightsError
from fauxface.origin import Origin


def test_a_path_is_the_same_from_anywhere_and_a_name_stays_one(
    tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_weights.parent)
    found = Origin(tiny_weights.name, 1).anywhere()
    monkeypatch.chdir("/")
    assert found == Origin(str(tiny_weights), 1)
    assert [Origin(name).anywhere().weights for name in ("default", "resnet68", "slim")] == [
        "default",
        "resnet68",
        "slim",
    ]
    assert Origin(Path("default")).anywhere().weights == "/default"  # a folder of that name


def test_the_card_alone_does_not_open_the_network(tiny_weights: Path) -> None:
    path = tiny_weights / "model.onnx"
    path.write_bytes(path.read_bytes()[::-1])
    origin = Origin(tiny_weights)
    assert origin.card().id == "tiny@1"
    with pytest.raises(WeightsError) as caught:
        origin.open()
    assert caught.value.code == "weights_damaged"
