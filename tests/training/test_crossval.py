"""Trainings that each miss a fold: nobody is judged by a network that saw its source; resumable; the same words."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file
from tests.training.conftest import quiet
from typer.testing import CliRunner

from fauxface.cli.main import app
from fauxface.data.face_crops import FaceCrops, build
from fauxface.data.index import open_samples
from fauxface.data.mixing import MixingSettings
from fauxface.data.samples import SampleTable
from fauxface.data.views import judged_view, saved_small
from fauxface.detector import Detector
from fauxface.errors import DataError, FauxfaceError, RecipeError
from fauxface.evaluation import predictions
from fauxface.evaluation.real_threshold import LEAST_COLOUR, SMALL_SIDES
from fauxface.evaluation.unseen_sources import unseen
from fauxface.models import registry
from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.preprocess import square
from fauxface.runtime.torch import TorchSession
from fauxface.training import checkpoint, feature_file, frozen, second_opinion
from fauxface.training import crossval as room
from fauxface.training.completion import added, completed
from fauxface.training.crossval import FROZEN_TABLE, TABLE, crossval, folds_of
from fauxface.training.degraded import degradations, judge_degraded, read_degraded
from fauxface.training.export import export, load_run, plain_card
from fauxface.training.recipe import Recipe
from fauxface.weights.card import ModelCard

SOURCES = (("camera-a", "real", "A"), ("camera-b", "real", "B"), ("gan-a", "fake", "A"), ("gan-b", "fake", "B"))


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """Four sources of 22 pictures: photographs bright, fakes dark, and three face swaps."""
    rng = np.random.default_rng(0)
    rows = [("path", "label", "split", "source", "family", "fold", "group")]
    for source, label, fold in (*SOURCES, ("swaps", "fake", "A")):
        (tmp_path / source).mkdir()
        for i in range(3 if source == "swaps" else 22):
            value = 150 if label == "real" else 90
            pixels = rng.normal(value, 30, (40, 40, 3)).clip(0, 255).astype(np.uint8)
            path = f"{source}/{i}.png"
            Image.fromarray(pixels).save(tmp_path / path)
            split = "valid" if i % 7 == 0 else "test" if i % 11 == 10 else "train"
            rows.append((path, label, split, source, "face_swap" if source == "swaps" else "", fold, f"{source}{i}"))
    with (tmp_path / "index.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path / "index.csv"


@pytest.fixture
def table(listing: Path) -> SampleTable:
    return open_samples(listing)


@pytest.fixture
def crops(table: SampleTable, tmp_path: Path) -> FaceCrops:
    return build(table, tmp_path / "crops")


@pytest.fixture
def plan(recipe: Callable[..., Recipe]) -> Recipe:
    framing = {"exact": 0.5, "zoom": (0.9, 1.1)}
    return recipe(framing=framing, degrade={"save": 0.5}, leave_out=("face_swap",), label_smoothing=0.05)


def test_every_picture_is_judged_by_a_network_that_missed_its_fold(
    plan: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path
) -> None:
    rows = crossval(plan, table, crops, tmp_path / "out", show=quiet)
    assert sorted(r.path for r in rows) == sorted(s.path for s in table.samples)
    for fold in ("A", "B"):
        learned = open_samples(tmp_path / "out" / f"fold-{fold}" / "data.parquet")
        assert {s.fold for s in learned.samples} == {"A", "B"} - {fold}
        assert not any(s.family == "face_swap" for s in learned.samples)
    stored = predictions.read(tmp_path / "out" / TABLE).rows
    assert [r.probability_fake for r in stored] == [r.probability_fake for r in rows]
    assert {(r.source, r.fold) for r in stored} >= {("camera-a", "A"), ("gan-b", "B")}
    assert {r.family for r in stored} == {"", "face_swap"}


def test_what_is_finished_is_not_done_again(
    plan: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"])
    assert {r.fold for r in first} == {"A"}
    monkeypatch.setattr(room, "session_for", lambda *_, **__: pytest.fail("judged again"))
    assert crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"]) == first


def test_what_was_judged_without_todays_additions_is_judged_again(
    plan: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"])
    kept = tmp_path / "out" / "fold-A" / TABLE
    predictions.write([replace(r, probability_fake=0.5) for r in first], kept, model="fold-A, another opinion")
    assert crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"]) == first
    of_today = added()
    monkeypatch.setattr(second_opinion, "OPINIONS", second_opinion.OPINIONS[:1])
    assert added() != of_today


def test_a_fold_may_be_judged_by_the_mean_of_two_networks(
    plan: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = plan.model_copy(update={"name": "other", "seed": 5, "mixing": MixingSettings(probability=1.0)})
    alone = crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"])
    both = crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"], average_with=[(other, None)])
    second = crossval(other, table, crops, tmp_path / "other", show=quiet, folds=["A"])
    runs = room.runs_of(tmp_path / "out", "A", ["other"])
    assert [run.name for run in runs] == ["fold-A", "fold-A-other"]
    states = [checkpoint.best_weights(run) for run in runs]
    assert all(torch.equal(a, b) for a, b in zip(states[1].values(), best_of(tmp_path / "other"), strict=True))
    said = [np.array([r.probability_fake for r in rows]) for rows in (alone, second, both)]
    assert all(np.abs(said[2] - one).max() > 1e-6 for one in said[:2])
    # The mean of the weights judges, and nothing else does.
    recipe, network, _ = load_run(runs[0])
    network.load_state_dict({k: (v + states[1][k]) / 2 if v.is_floating_point() else v for k, v in states[0].items()})
    detector = Detector(plain_card(recipe, network, "mean"), TorchSession(network), faces="off")
    faces = [judged_view(crops.get(r.sha256)) for r in both]
    assert np.allclose(detector.measure(faces)[0], said[2], atol=1e-4)
    monkeypatch.setattr(room, "session_for", lambda *_, **__: pytest.fail("judged again"))
    assert crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"], average_with=[(other, None)]) == both
    assert crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"]) == alone


def best_of(out: Path) -> list[torch.Tensor]:
    return list(checkpoint.best_weights(out / "fold-A").values())


def test_folds_must_be_there(plan: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no fold is called 'Z'"):
        crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["Z"])
    bare = SampleTable(table.root, tuple(s for s in table.samples if s.fold == "A"))
    with pytest.raises(DataError, match=r"column 'fold' .* there is only 'A'"):
        folds_of(bare)


def test_one_source_of_a_class_is_an_error_before_anything_is_trained(
    plan: Recipe, listing: Path, tmp_path: Path
) -> None:
    (tmp_path / "plan.yaml").write_text(plan.to_yaml())
    out = tmp_path / "out"
    command = ["crossval", "--data", str(listing), "--recipe", str(tmp_path / "plan.yaml"), "--out", str(out)]
    result = CliRunner().invoke(app, [*command, "--fold", "A"])
    assert isinstance(result.exception, DataError)
    assert result.exception.code == "one_source"
    assert "in fold A there are photographs of only 'camera-a': add another fold" in str(result.exception)
    assert not list(out.glob("fold-*"))


def test_an_export_rests_on_left_out_sources(
    plan: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path, train: Callable[..., Any]
) -> None:
    rows = crossval(plan, table, crops, tmp_path / "out", show=quiet)
    train(plan, "final", data=table.root / "index.csv", crops=crops)
    card = export(tmp_path / "final", tmp_path / "weights", out_of_source=rows)
    unseen_sources = card.metrics.unseen_sources
    assert unseen_sources
    assert {c.source for c in unseen_sources.cameras} == {"camera-a", "camera-b"}
    assert {g.source for g in unseen_sources.generators} == {"gan-a", "gan-b"}
    assert card.decision.guaranteed.accused_photographs == unseen_sources.accused_photographs.value
    assert ModelCard.read(tmp_path / "weights" / "card.json") == card
    kept = predictions.read(tmp_path / "weights" / "calibration.parquet").rows
    assert not any(r.split == "test" for r in kept)
    measured = [replace(r, distance=1.0) for r in rows]
    card = export(tmp_path / "final", tmp_path / "again", out_of_source=measured)
    assert card.decision.familiar_within == 0, "a network that measures nothing has no limit to hold"


@pytest.fixture
def small_lite(plan: Recipe) -> Recipe:
    return plan.model_copy(update={"model": "efficientnet-lite0", "model_options": {"stages": (1, 2)}})


def test_distances_travel_from_the_folds_into_the_card_and_the_graph(
    small_lite: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path, train: Callable[..., Any]
) -> None:
    rows = crossval(small_lite, table, crops, tmp_path / "out", show=quiet)
    assert all(r.distance is not None and r.distance > 0 for r in rows)
    train(small_lite, "final", data=table.root / "index.csv", crops=crops)
    card = export(tmp_path / "final", tmp_path / "weights", out_of_source=rows, crops=crops)
    assert card.decision.familiar_within > 0
    detector = Detector.load(tmp_path / "weights", threads=1, faces="off")
    far = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    learned = crops.get(next(s for s in table.samples if s.split == "train").sha256).rgb
    _, distances = detector.measure([far, learned])
    assert distances is not None
    assert distances[0] > distances[1]


def test_the_fast_form_judges_without_training_a_trunk(
    small_lite: Recipe, table: SampleTable, crops: FaceCrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = frozen.run(small_lite, table, crops, None, views=2, show=quiet)
    assert len(rows) == len(table)
    mean = {label: np.mean([r.probability_fake or 0.0 for r in rows if r.label == label]) for label in ("real", "fake")}
    assert mean["fake"] > mean["real"] + 0.3, "bright and dark are told apart on sources that were left out"
    monkeypatch.setattr(frozen, "embed", lambda *_: pytest.fail("features are kept"))
    assert frozen.run(small_lite, table, crops, None, views=2, show=quiet) == rows


def test_only_features_that_are_missing_are_computed(
    small_lite: Recipe, table: SampleTable, crops: FaceCrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = registry.create(small_lite.model, **small_lite.model_options).eval()
    one, other = (SampleTable(table.root, tuple(s for s in table.samples if s.fold == fold)) for fold in ("A", "B"))
    of_one = frozen.features_of(small_lite, network, one, crops, [0], quiet)
    embed, asked = frozen.embed, []

    def counted(*given: Any) -> Any:
        asked.append(len(given[2]))
        return embed(*given)

    monkeypatch.setattr(frozen, "embed", counted)
    of_all = frozen.features_of(small_lite, network, table, crops, [0], quiet)[0]
    assert asked == [len(other)]
    places = [i for i, s in enumerate(table.samples) if s.fold == "A"]
    assert np.array_equal(of_all[places], of_one[0])
    path = next(crops.folder.glob("features-*"))
    path.write_bytes(b"damaged")
    assert np.allclose(frozen.features_of(small_lite, network, table, crops, [0], quiet)[0], of_all, atol=1e-2)
    assert asked == [len(other), len(table)]
    whole = load_file(path)
    for damaged in ({"features": whole["features"]}, whole | {"sha256": whole["sha256"][1:]}):
        save_file(damaged, path)
        assert feature_file.stored(path) == {}


def test_views_below_zero_are_whole_faces_saved_as_jpeg(
    small_lite: Recipe, table: SampleTable, crops: FaceCrops
) -> None:
    network = registry.create(small_lite.model, **small_lite.model_options).eval()
    assert isinstance(network, MultiLevel)
    few = SampleTable(table.root, table.samples[:3])
    as_it_is, saved = (frozen.embed(network, small_lite, few, crops, view, quiet) for view in (0, -75))
    assert not np.allclose(as_it_is, saved, atol=1e-3)
    size = small_lite.size
    faces = [judged_view(crops.get(s.sha256), lambda rgb: saved_small(rgb, size, ("JPEG", 75))) for s in few.samples]
    pixels = torch.from_numpy(np.stack([square(face, size) for face in faces]).astype(np.float32)).permute(0, 3, 1, 2)
    with torch.no_grad():
        wanted = network.embed((pixels - 127) / 128)
    assert np.allclose(saved, wanted, atol=1e-3)
    assert frozen.features_of(small_lite, network, few, crops, [-75], quiet).shape == (1, *saved.shape)
    assert len({path.name for path in crops.folder.glob("features-*")}) == 1


def test_the_fast_form_names_its_long_one_as_next_and_no_export(
    small_lite: Recipe, listing: Path, tmp_path: Path
) -> None:
    (tmp_path / "plan.yaml").write_text(small_lite.to_yaml())
    command = ["crossval", "--data", str(listing), "--recipe", str(tmp_path / "plan.yaml"), "--frozen", "--views", "1"]
    result = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "quick")])
    assert result.exit_code == 0, result.output
    assert predictions.read(tmp_path / "quick" / FROZEN_TABLE).model.endswith("frozen, out of source")
    assert FROZEN_TABLE in result.output
    assert not (tmp_path / "quick" / TABLE).exists(), "the long form's table may lie in the same folder"
    assert "next:  the same without --frozen" in result.output
    assert "export" not in result.output, "thresholds of a regression are none of a network's"


def test_a_fitted_head_says_what_its_regression_says(small_lite: Recipe, table: SampleTable, crops: FaceCrops) -> None:
    import torch

    torch.manual_seed(0)
    network = registry.create(small_lite.model, **small_lite.model_options).eval()
    plan = small_lite.model_copy(update={"linear_probe": 1})
    learned = table.split("train")
    frozen.start_head(network, plan, learned, crops, quiet)
    features = frozen.features_of(plan, network, learned, crops, [1], quiet)[0]
    assert features.std() > 0
    data = frozen.ViewDataset(learned, crops, plan.size)
    x = torch.stack([data[(0, i)][0] for i in range(len(learned))]).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        logits, _ = network((x - 127) / 128)
    right = ((logits > 0).long() == torch.tensor(learned.targets)).float().mean()
    assert right > 0.9


def test_a_second_opinion_tells_the_classes_apart_and_counts_as_much(
    small_lite: Recipe, table: SampleTable, crops: FaceCrops
) -> None:
    import torch

    torch.manual_seed(0)
    network = registry.create(small_lite.model, **small_lite.model_options).eval()
    assert isinstance(network, MultiLevel)
    whole = second_opinion.with_second_opinion(network, small_lite, table.samples, crops, quiet)
    valid = table.split("valid")
    data = frozen.ViewDataset(valid, crops, small_lite.size)
    x = (torch.stack([data[(0, i)][0] for i in range(len(valid))]).permute(0, 3, 1, 2).float() - 127) / 128
    with torch.no_grad():
        first, second, both = network(x)[0], whole.public(x)[0], whole(x)[0]
    right = ((second > 0).long() == torch.tensor(valid.targets)).float().mean()
    assert right > 0.9
    torch.testing.assert_close(both, first + whole.share * second, rtol=1e-4, atol=1e-5)
    assert whole.share == pytest.approx(float(first.std(correction=0)), rel=0.1)
    shares = [opinion.share for opinion in second_opinion.OPINIONS]
    # Each counts by its deviation; where both say the same of bright and dark, their sum does.
    assert max(shares) - min(shares) <= float(second.std(correction=0)) <= sum(shares) * 1.1


def test_a_network_without_features_is_one_error(plan: Recipe, table: SampleTable, crops: FaceCrops) -> None:
    with pytest.raises(RecipeError, match="no features"):
        frozen.run(plan, table, crops, None, views=1, show=quiet)


def test_a_network_without_features_cannot_be_probed_and_is_complete_as_it_is(
    plan: Recipe, table: SampleTable, crops: FaceCrops
) -> None:
    network = registry.create(plan.model, **plan.model_options)
    with pytest.raises(RecipeError, match="no features"):
        frozen.start_head(network, plan.model_copy(update={"linear_probe": 1}), table, crops, quiet)
    assert completed(network, plan, table.samples, crops, quiet) is network


def test_the_command_writes_table_figure_and_page(plan: Recipe, listing: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(plan.to_yaml())
    out = tmp_path / "made"
    command = ["crossval", "--data", str(listing), "--recipe", str(tmp_path / "plan.yaml"), "--out", str(out)]
    result = CliRunner().invoke(app, [*command, "--degraded", "3"])
    assert result.exit_code == 0, result.output
    assert "is counted" in " ".join(result.output.split())
    rows, changed = predictions.read(out / TABLE).rows, read_degraded(out / "degraded")
    with_rules = unseen(rows, degraded=changed, least_colour=LEAST_COLOUR, smallest_side=SMALL_SIDES[0])
    facts = json.loads((out / "by_source.json").read_text())
    assert facts["uncertain"] == with_rules.by_source.to_dict()["uncertain"]
    assert facts["thresholds"]["rules"]["smallest_side"] == SMALL_SIDES[0]
    assert "is counted" in (out / "by_source.md").read_text()
    one = CliRunner().invoke(app, [*command, "--degraded", "3", "--fold", "C"])
    assert "no fold is called 'C'" in str(one.exception)
    alone = CliRunner().invoke(app, command)
    assert "one threshold for all" in " ".join(alone.output.split())
    tables = {predictions.read(p).model: predictions.read(p).rows for p in (out / "degraded").glob("*.parquet")}
    assert tables.keys() == degradations().keys()
    large = {name: len(rows) for name, rows in tables.items() if degradations()[name].at_least}
    assert set(large.values()) == {0}, "no face has 384 pixels"
    assert {len(rows) for name, rows in tables.items() if name not in large} == {3 * len(SOURCES)}
    assert [r.probability_fake for r in tables["as it is"]] != [r.probability_fake for r in tables["64 px, jpeg-50"]]
    for name in (TABLE, "by_source.json", "by_source.md", "matrix.png"):
        assert (out / name).stat().st_size > 0
    assert "camera\\-a" in (out / "by_source.md").read_text()
    assert "photographs called fake" in result.output
    shutil.rmtree(out)


def test_only_the_folds_that_were_trained_are_judged_after_changes(
    plan: Recipe, table: SampleTable, crops: FaceCrops, tmp_path: Path
) -> None:
    crossval(plan, table, crops, tmp_path / "out", show=quiet, folds=["A"])
    with pytest.raises(FauxfaceError):
        judge_degraded(table, crops, tmp_path / "out", a_source=2, left_out=(), show=quiet)
    found = judge_degraded(table, crops, tmp_path / "out", a_source=2, left_out=(), show=quiet, folds=["A"])
    assert {r.fold for r in found["as it is"]} == {"A"}


def test_a_recipe_that_frames_nothing_is_refused(recipe: Callable[..., Recipe], listing: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text(recipe().to_yaml())
    command = [
        "crossval",
        "--data",
        str(listing),
        "--recipe",
        str(tmp_path / "plain.yaml"),
        "--out",
        str(tmp_path / "o"),
    ]
    result = CliRunner().invoke(app, command)
    assert result.exit_code != 0
    assert "frames no faces" in str(result.exception)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--average-with", "resnet68-slim-cutout"], "another network"),
        (["--frozen", "--average-with", "PLAN"], "leave out --average-with"),
        (["--frozen", "--degraded", "3"], "leave out --degraded"),
        (["--frozen", "--fold", "A"], "leave out --degraded and --fold"),
    ],
)
def test_options_that_do_not_go_together_are_one_error(
    more: list[str], said: str, plan: Recipe, listing: Path, tmp_path: Path
) -> None:
    (tmp_path / "plan.yaml").write_text(plan.to_yaml())
    more = [word.replace("PLAN", str(tmp_path / "plan.yaml")) for word in more]
    command = [
        "crossval",
        "--data",
        str(listing),
        "--recipe",
        str(tmp_path / "plan.yaml"),
        "--out",
        str(tmp_path / "o"),
    ]
    result = CliRunner().invoke(app, [*command, *more])
    assert isinstance(result.exception, RecipeError)
    assert said in str(result.exception)
