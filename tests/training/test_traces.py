"""A network of traces is put beside a trained one: it finds what it should, goes on after a stop, refuses strangers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.data.web import WebSettings
from fauxface.detector import Detector
from fauxface.errors import CheckpointError, DataError, RecipeError
from fauxface.evaluation.metrics import from_probabilities
from fauxface.evaluation.predictions import PredictionTable, predict_table
from fauxface.models.beside import Beside
from fauxface.models.kernel_head import KernelHead
from fauxface.models.traces import INPUT_JPEG, MIDDLE, SPREAD
from fauxface.preprocess import saved_again
from fauxface.training import kernel_ridge
from fauxface.training.export import export, load_run, run_detector
from fauxface.training.trace_regression import solve
from fauxface.training.trace_views import Looks, TraceSettings
from fauxface.training.traces import add_traces
from fauxface.training.unseen import read_unseen, write_unseen

from .conftest import quiet

QUICK = TraceSettings(views=2, directions=16)


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    """Photographs with a sensor's noise, fakes with as much that neighbours share; nothing else tells them apart."""
    rng = np.random.default_rng(0)
    lines = ["path,label,split,source"]
    for split, n in (("train", 16), ("valid", 8)):
        for i in range(n):
            for label in ("real", "fake"):
                scene = np.kron(rng.uniform(60, 190, (4, 4, 3)), np.ones((16, 16, 1)))
                noise = rng.normal(0, 6, (64, 64, 3))
                if label == "fake":
                    noise = (noise + np.roll(noise, 1, axis=1)) / np.sqrt(2)
                name = f"{split}-{label}-{i}.png"
                Image.fromarray((scene + noise).clip(0, 255).astype(np.uint8)).save(tmp_path / name)
                lines.append(f"{name},{label},{split},{'camera' if label == 'real' else 'generator'}")
    (tmp_path / "index.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "index.csv"


@pytest.fixture
def face_run(noisy: Path, train: Callable[..., Any], recipe: Callable[..., Any], tmp_path: Path) -> Path:
    train(recipe(size=64, phases=({"epochs": 1},)), "face", data=noisy)
    return tmp_path / "face"


def auc(detector: Detector, data: Path) -> float:
    table = PredictionTable(tuple(predict_table(detector, open_samples(data).split("valid"))), "", 0.5)
    found = from_probabilities(*table.arrays(), 0.5).auc
    assert found is not None
    return found


@pytest.mark.timeout(1000)  # the exporter: 300 s beside other work on a slow machine
def test_it_finds_what_the_face_network_does_not(face_run: Path, noisy: Path, tmp_path: Path) -> None:
    facts = add_traces(face_run, open_samples(noisy), tmp_path / "both", QUICK, show=quiet)
    assert facts["share_of_traces"] > 0
    assert len(facts["shares_of_traces"]) == QUICK.kinds == 2
    _, network, _ = load_run(tmp_path / "both")
    assert isinstance(network, Beside)
    assert [facts["share_of_face"], *facts["shares_of_traces"]] == pytest.approx(network.shares.tolist())
    assert facts["share_of_traces"] == facts["shares_of_traces"][0]
    assert facts["valid_loss"] < facts["valid_loss_of_face"]
    assert auc(run_detector(tmp_path / "both"), noisy) > auc(run_detector(face_run), noisy)
    assert auc(run_detector(tmp_path / "both"), noisy) > 0.9
    card = export(tmp_path / "both", tmp_path / "out")
    assert card.architecture == "resnet-tiny-traces"
    assert card.training["traces"]["views"] == 2
    assert card.training["started_from"]["recipe"] == "small"
    # Half of the 32 training pictures taught how worn ones look.
    assert sum(card.metrics["calibration"]["pictures"].values()) == 16 + 16
    assert card.metrics["calibration"]["unseen"] == 16
    assert auc(Detector(tmp_path / "out", faces="off"), noisy) > 0.9


def test_training_pictures_are_judged_as_if_they_were_new(face_run: Path, noisy: Path, tmp_path: Path) -> None:
    """By what their own traces would say, and by words of the face network for validation pictures."""
    both = tmp_path / "both"
    add_traces(face_run, open_samples(noisy), both, QUICK, show=quiet)
    learned, valid = (open_samples(noisy).split(name) for name in ("train", "valid"))
    own = open_samples(noisy)
    counts = ~kernel_ridge.teachers(len(learned), 2)
    rows = read_unseen(both, own, valid)
    assert [(r.path, r.sha256, r.label, r.split) for r in rows] == [
        (s.path, s.sha256, s.label, "train") for s in compress(learned.samples, counts)
    ], "without those that taught how worn ones look"
    assert read_unseen(face_run, own, valid) == ()
    few = SampleTable(valid.root, valid.samples[1:])
    assert read_unseen(both, own, few) == (), "calibrated on other pictures, only those count"

    recipe, network, _ = load_run(both)
    assert isinstance(network, Beside)
    network.shares.copy_(torch.tensor([1, 0.5, 1.5]))
    looks = Looks(recipe.size, 0, QUICK)
    traces = torch.full((len(learned),), -2.0)
    traces[3] = -8
    statistics = np.load(both / "statistics-0.npy")
    write_unseen(tmp_path, network, traces, statistics, learned, valid, looks, quiet)
    p = np.array([r.probability_fake for r in read_unseen(tmp_path, own, valid)], dtype=np.float64)
    with torch.inference_mode():
        worn = network.traces.head.worn(torch.from_numpy(statistics[counts]).float()).double().numpy()
    by_wear = traces.double().numpy()[counts] * (worn @ [0.5, 1.5])
    assert np.ptp(worn) > 0.1
    said = np.log1p(-p) - np.log(p) - by_wear - float(network.bias)
    with torch.inference_mode():
        face = torch.cat([network.face((x - MIDDLE) / SPREAD)[0] for x in looks.at(valid, 0)]).numpy()
    for label in (0, 1):
        new = face[np.array(valid.targets) == label]
        of_kind = said[np.array(learned.targets)[counts] == label]
        assert new.min() - 1e-4 <= of_kind.min() < of_kind.max() <= new.max() + 1e-4
        assert np.median(of_kind) == pytest.approx(np.median(new), abs=1e-3)


def test_a_second_call_uses_the_statistics_and_says_the_same(face_run: Path, noisy: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    first = add_traces(face_run, open_samples(noisy), both, QUICK, show=quiet)
    weights = load_file(both / "best.safetensors")
    (both / "statistics-1.npy").unlink()  # a kill between the views
    (both / "words-valid-1.safetensors").write_bytes(b"cut short")
    judged = (both / "words-valid-0.safetensors").stat().st_mtime_ns
    kept = (both / "statistics-0.npy").stat().st_mtime_ns
    assert add_traces(face_run, open_samples(noisy), both, QUICK, show=quiet) == first
    assert (both / "statistics-0.npy").stat().st_mtime_ns == kept
    assert (both / "words-valid-0.safetensors").stat().st_mtime_ns == judged
    again = load_file(both / "best.safetensors")
    assert all(torch.equal(again[name], weights[name]) for name in weights)


@pytest.mark.parametrize("change", ["none", "cut short", "other ridge", "other worn ridge", "other ridge, across"])
def test_what_was_solved_is_read_again_unless_it_is_damaged_or_of_other_settings(
    change: str, face_run: Path, noisy: Path, tmp_path: Path
) -> None:
    both, settings = tmp_path / "both", QUICK
    add_traces(face_run, open_samples(noisy), both, settings, show=quiet)
    weights, solved = load_file(both / "best.safetensors"), both / "traces.safetensors"
    if change == "cut short":
        solved.write_bytes(solved.read_bytes()[:1000])
    if change == "other ridge":
        settings = replace(QUICK, ridge=10.0)
    if change == "other worn ridge":
        settings = replace(QUICK, worn_ridge=10.0)
    if change == "other ridge, across":
        settings = replace(QUICK, across=0.9)
    kept = solved.stat().st_mtime_ns
    add_traces(face_run, open_samples(noisy), both, settings, show=quiet)
    again = load_file(both / "best.safetensors")
    assert all(torch.equal(again[name], weights[name]) for name in weights) == ("ridge" not in change)
    assert (solved.stat().st_mtime_ns == kept) == (change == "none")


def test_the_scale_is_that_within_a_view_and_worn_views_have_their_own_ridge(noisy: Path, tmp_path: Path) -> None:
    """What wear adds to all pictures alike does not widen the scale."""
    learned = open_samples(noisy).split("train")
    rng = np.random.default_rng(0)
    clean = rng.normal(0, 2, (len(learned), 6)).astype(np.float16)
    views = [clean, (clean + 50).astype(np.float16)]
    heads = [KernelHead((2, 4), 6, 2 * len(learned)) for _ in range(2)]
    solve(heads[0], tmp_path / "solved", views, learned, replace(QUICK, ridge=0.1, worn_ridge=2), quiet)
    assert heads[0].scale.running_var is not None
    assert heads[0].scale.running_mean is not None
    within = torch.from_numpy(clean.astype(np.float64).var(axis=0)).float()
    torch.testing.assert_close(heads[0].scale.running_var, within, atol=0.05, rtol=0)
    heads[1].scale.load_state_dict(heads[0].scale.state_dict())
    ridge = torch.cat([torch.full((len(learned),), each) for each in (0.1, 2.0)])
    real = torch.tensor(learned.targets).repeat(2)
    kernel_ridge.fit(heads[1], torch.from_numpy(np.concatenate(views)), real, ridge=ridge, seed=QUICK.seed)
    assert torch.equal(heads[1].values.weight, heads[0].values.weight)


def test_the_views_are_clean_and_then_each_change_in_turn(noisy: Path) -> None:
    table = open_samples(noisy).split("valid")
    halved, grained = WebSettings(rescale=1.0, smallest=0.5, largest=0.5), WebSettings(noise=1.0, grain=0.1)
    looks = Looks(64, 0, TraceSettings(views=5, worn=(halved, grained)))
    views = [torch.cat(list(looks.at(table, view))) for view in range(5)]
    files = [Image.open(table.file(sample)).convert("RGB") for sample in table.samples]
    # Each is saved as a JPEG at last, as the network will get to see it.
    clean = np.stack([saved_again(np.asarray(file), INPUT_JPEG).transpose(2, 0, 1) for file in files])
    assert np.array_equal(views[0].numpy(), clean)

    def roughness(view: int) -> float:
        return float(views[view].diff(dim=3).abs().mean())

    assert max(roughness(1), roughness(3)) < roughness(0) < min(roughness(2), roughness(4))
    assert not torch.equal(views[1], views[3])  # other filters
    assert not torch.equal(views[2], views[4])  # other noise


def test_of_more_views_than_rows_are_asked_for_each_source_gives_its_share(
    face_run: Path, noisy: Path, tmp_path: Path
) -> None:
    both = tmp_path / "both"
    facts = add_traces(face_run, open_samples(noisy), both, replace(QUICK, rows=20), show=quiet)
    assert facts["share_of_traces"] > 0
    assert np.load(both / "statistics-0.npy").shape[0] == 10  # of 32 pictures, twice
    recipe, network, _ = load_run(both)
    assert recipe.model_options["traces"] == {"directions": 16, "points": 20, "kinds": 2}
    assert isinstance(network, Beside)
    assert network.traces.head.points.weight.shape == (20, 16)


def test_one_scale_for_all_views(face_run: Path, noisy: Path, tmp_path: Path) -> None:
    add_traces(face_run, open_samples(noisy), tmp_path / "both", QUICK, show=quiet)
    views = np.stack([np.load(tmp_path / "both" / f"statistics-{view}.npy") for view in range(2)]).astype(float)
    _, both, _ = load_run(tmp_path / "both")
    assert isinstance(both, Beside)
    scale = both.traces.head.scale
    assert isinstance(scale.running_mean, torch.Tensor)
    assert isinstance(scale.running_var, torch.Tensor)
    np.testing.assert_allclose(scale.running_mean, views.mean(axis=(0, 1)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(scale.running_var, views.var(axis=1).mean(axis=0), rtol=1e-3, atol=1e-9)


def test_statistics_of_other_pictures_are_refused(face_run: Path, noisy: Path, tmp_path: Path) -> None:
    add_traces(face_run, open_samples(noisy), tmp_path / "both", QUICK, show=quiet)
    (noisy.parent / "train-real-0.png").write_bytes((noisy.parent / "train-real-1.png").read_bytes())
    with pytest.raises(CheckpointError, match="other pictures or settings"):
        add_traces(face_run, open_samples(noisy), tmp_path / "both", QUICK, show=quiet)


def test_a_damaged_file_of_statistics_is_one_clear_error(face_run: Path, noisy: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    add_traces(face_run, open_samples(noisy), both, QUICK, show=quiet)
    for broken in (b"", b"not statistics", (both / "statistics-0.npy").read_bytes()[:-100]):
        (both / "statistics-0.npy").write_bytes(broken)
        with pytest.raises(CheckpointError, match=r"statistics-0\.npy: damaged"):
            add_traces(face_run, open_samples(noisy), both, QUICK, show=quiet)


@pytest.mark.parametrize(
    ("sources", "code"),
    [(("nowhere",), "unknown_source"), (("camera", "nowhere"), "unknown_source"), (("camera",), "class_missing")],
)
def test_sources_that_do_not_do(
    face_run: Path, noisy: Path, tmp_path: Path, sources: tuple[str, ...], code: str
) -> None:
    settings = TraceSettings(sources=sources, views=1)
    with pytest.raises(DataError) as refused:
        add_traces(face_run, open_samples(noisy), tmp_path / "both", settings, show=quiet)
    assert refused.value.code == code


def test_a_network_without_a_partner_is_refused(
    noisy: Path, train: Callable[..., Any], recipe: Callable[..., Any], tmp_path: Path
) -> None:
    train(recipe(size=64, model="mesonet", model_options={"size": 64}, phases=({"epochs": 1},)), "meso", data=noisy)
    with pytest.raises(RecipeError, match="mesonet-traces"):
        add_traces(tmp_path / "meso", open_samples(noisy), tmp_path / "both", QUICK, show=quiet)


def test_another_run_is_not_written_over(face_run: Path, noisy: Path) -> None:
    """Above all not the face network's own."""
    before = (face_run / "best.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match="another run"):
        add_traces(face_run, open_samples(noisy), face_run, QUICK, show=quiet)
    assert (face_run / "best.safetensors").read_bytes() == before


def test_pictures_too_small_for_a_block_are_refused(
    noisy: Path, train: Callable[..., Any], recipe: Callable[..., Any], tmp_path: Path
) -> None:
    train(recipe(phases=({"epochs": 1},)), "small", data=noisy)
    with pytest.raises(RecipeError, match="32 pixels a side, traces need 64"):
        add_traces(tmp_path / "small", open_samples(noisy), tmp_path / "both", QUICK, show=quiet)


def test_the_command(face_run: Path, noisy: Path, tmp_path: Path) -> None:
    sources = ["--source", "camera", "--source", "generator"]
    arguments = [face_run, "--data", noisy, "--out", tmp_path / "both", "--views", 1, "--accelerator", "cpu", *sources]
    done = CliRunner().invoke(app, ["add-traces", *map(str, arguments)])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "the face counts" in done.output
    assert f"fauxface evaluate --weights {tmp_path / 'both'}" in done.output
