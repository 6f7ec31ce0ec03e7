"""Finding and verifying weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fauxface.detector import Detector
from fauxface.errors import WeightsError
from fauxface.weights import store

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def code_of(ref: str | Path) -> str:
    with pytest.raises(WeightsError) as caught:
        store.resolve(ref).read()
    return caught.value.code


def test_a_folder_and_its_card_are_the_same(tiny_weights: Path) -> None:
    for ref in (tiny_weights, str(tiny_weights), tiny_weights / "card.json"):
        loaded = store.resolve(ref)
        assert loaded.card.name == "tiny"
        assert loaded.path == tiny_weights / "model.onnx"
        assert loaded.read() == (tiny_weights / "model.onnx").read_bytes()


def test_one_changed_byte_is_found(tiny_weights: Path) -> None:
    path = tiny_weights / "model.onnx"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert code_of(tiny_weights) == "weights_damaged"


def test_another_size_is_found_before_reading(tiny_weights: Path) -> None:
    with (tiny_weights / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(WeightsError, match="bytes, but the card says") as caught:
        store.resolve(tiny_weights)
    assert caught.value.code == "weights_damaged"


def test_a_change_between_finding_and_reading_is_found(tiny_weights: Path) -> None:
    loaded = store.resolve(tiny_weights)
    loaded.path.write_bytes(bytes(loaded.card.provenance.size_bytes))
    with pytest.raises(WeightsError) as caught:
        loaded.read()
    assert caught.value.code == "weights_damaged"


def test_what_is_missing(tiny_weights: Path, tmp_path: Path) -> None:
    assert code_of(tmp_path / "nowhere") == "weights_not_found"
    assert code_of("nul\0") == "weights_not_found"
    assert code_of("x" * 5000) == "weights_not_found"
    assert code_of(tmp_path) == "weights_not_found"
    assert code_of(tiny_weights / "model.onnx") == "bad_card"
    (tiny_weights / "model.onnx").unlink()
    assert code_of(tiny_weights) == "weights_not_found"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
@pytest.mark.timeout(20)
def test_a_pipe_instead_of_weights_does_not_hang(tiny_weights: Path) -> None:
    (tiny_weights / "model.onnx").unlink()
    os.mkfifo(tiny_weights / "model.onnx")
    assert code_of(tiny_weights) == "weights_not_found"


def test_default(monkeypatch: pytest.MonkeyPatch, tiny_weights: Path, tmp_path: Path) -> None:
    monkeypatch.setitem(store.SHIPPED, "default", tiny_weights)
    assert store.resolve().card.name == "tiny"
    monkeypatch.setitem(store.SHIPPED, "default", tmp_path / "gone")
    assert code_of("default") == "weights_not_found"


def test_the_former_name_slim_is_the_default() -> None:
    assert store.resolve("slim").card.id == store.resolve().card.id


def test_the_default_guarantees_what_left_out_sources_got() -> None:
    card = store.resolve().card
    assert card.architecture == "efficientnet-lite0"
    unseen = card.metrics.unseen_sources
    assert unseen
    assert card.decision.guaranteed.accused_photographs == unseen.accused_photographs.value
    assert card.decision.guaranteed.missed_fakes == unseen.missed_fakes.value
    assert len(unseen.cameras) >= 10
    assert len(unseen.generators) >= 6
    assert unseen.aims.accused_photographs == 0.045
    assert not any(
        "face_swap" in key or "dfdc" in key for key in card.provenance.data["pictures"]["train"] if "fake" in key
    )


def test_the_papers_network_is_one_word_away() -> None:
    card = store.resolve("resnet68").card
    assert card.architecture == "resnet68-slim"
    assert card.provenance.size_bytes < 5 << 20
    assert card.metrics.unseen_sources
    assert card.metrics.unseen_sources.cameras


def test_the_weights_in_the_tree_are_light() -> None:
    assert sum(store.resolve(name).card.provenance.size_bytes for name in store.SHIPPED) < 20 << 20


def test_no_photograph_of_ours_is_called_fake() -> None:
    detector = Detector.load()
    for picture in sorted(EXAMPLES.glob("photo*.jpg")):
        assert detector.predict(picture).label != "fake"


def replace(path: Path, content: bytes) -> None:
    path.with_name("other").write_bytes(content)
    path.with_name("other").replace(path)


@pytest.mark.parametrize("change", [Path.write_bytes, replace])
def test_opened_weights_that_change_meanwhile_are_refused(
    tiny_weights: Path, change: Callable[[Path, bytes], None]
) -> None:
    loaded = store.resolve(tiny_weights)
    opened = loaded.opened()
    path = opened.__enter__()
    before = path.read_bytes()
    change(loaded.path, bytes(len(before)))
    if change is replace and Path("/dev/fd").exists():
        assert path.read_bytes() == before  # still the file that was checked
    with pytest.raises(WeightsError, match="changed while"):
        opened.__exit__(None, None, None)


def test_a_change_between_finding_and_opening_is_found(tiny_weights: Path) -> None:
    loaded = store.resolve(tiny_weights)
    loaded.path.write_bytes(bytes(loaded.card.provenance.size_bytes))
    with pytest.raises(WeightsError, match="not the ones") as caught, loaded.opened():
        pytest.fail("opened")
    assert caught.value.code == "weights_damaged"


def test_the_card_chooses_the_file(make_tiny_weights: Callable[..., Path]) -> None:
    folder = make_tiny_weights(weights_file="other.onnx")
    assert code_of(folder) == "weights_not_found"
    (folder / "model.onnx").rename(folder / "other.onnx")
    assert store.resolve(folder).read()
