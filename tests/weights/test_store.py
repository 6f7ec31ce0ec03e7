"""Finding and verifying weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fauxface.detector import Detector
from fauxface.errors import WeightsError
from fauxface.evaluation.predictions import read
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
    loaded.path.write_bytes(bytes(loaded.card.size_bytes))
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


def test_slim_says_what_the_default_says_for_a_third_of_the_numbers() -> None:
    default, slim = Detector(), Detector("slim")
    assert slim.card.parameters * 2.5 < default.card.parameters
    for picture in sorted(EXAMPLES.glob("*.jpg")):
        one, other = default.predict(picture), slim.predict(picture)
        assert one.label == other.label
        assert one.probability_fake == pytest.approx(other.probability_fake, abs=0.005)


def test_the_slim_card_is_true_of_the_same_test_pictures() -> None:
    tables = [read(store.SHIPPED[name] / "predictions.parquet") for name in ("default", "slim")]
    first, second = ({row.sha256: row for row in table.rows} for table in tables)
    assert first.keys() == second.keys()
    turned = [sha for sha, row in first.items() if {row.verdict, second[sha].verdict} == {"real", "fake"}]
    assert turned == []


def test_the_default_is_the_papers_network_and_traces_from_all_sources() -> None:
    card = store.resolve().card
    assert card.architecture == "resnet68-traces"
    assert card.training["recipe"]["augment"]["cutout"]["probability"] > 0
    assert card.training["traces"]["sources"] == []  # from all
    assert card.training["traces"]["pictures"] == sum(card.data["pictures"]["train"].values())
    assert any("traces" in limit for limit in card.limits)


def test_none_of_our_own_fakes_is_called_real_and_none_of_our_photographs_fake() -> None:
    """Their noise is that of photographs, of which they are sums: with traces believed in full, all four passed."""
    detector = Detector()
    for picture in sorted(EXAMPLES.glob("*.jpg")):
        opposite = "real" if picture.name.startswith("fake") else "fake"
        assert detector.predict(picture).label != opposite


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
    loaded.path.write_bytes(bytes(loaded.card.size_bytes))
    with pytest.raises(WeightsError, match="not the ones") as caught, loaded.opened():
        pytest.fail("opened")
    assert caught.value.code == "weights_damaged"


def test_the_card_chooses_the_file(make_tiny_weights: Callable[..., Path]) -> None:
    folder = make_tiny_weights(weights_file="other.onnx")
    assert code_of(folder) == "weights_not_found"
    (folder / "model.onnx").rename(folder / "other.onnx")
    assert store.resolve(folder).read()
