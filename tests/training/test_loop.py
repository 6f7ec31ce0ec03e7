"""The training loop: it learns, adds gradients up rightly, keeps the best, and stops with words when it must."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.errors import CheckpointError, DataError, FauxfaceError, RecipeError, TrainingError
from fauxface.models import registry
from fauxface.report.learning_curves import LearningCurves
from fauxface.training import checkpoint, run_folder
from fauxface.training.checkpoint import BEST, LAST, Progress, best_weights
from fauxface.training.pace import learning_rate
from fauxface.training.recipe import Recipe

Train = Callable[..., Progress]
Make = Callable[..., Recipe]


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    with safe_open(path, framework="pt") as f:
        return {k: f.get_tensor(k) for k in f.keys()}, f.metadata()  # noqa: SIM118 (not a dict)


class Plain(nn.Module):
    """No batch norm: the gradient of a batch is the sum over its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, 2)
        self.classifier = nn.Conv2d(4, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.classifier(self.convolution(x).tanh())[:, 0]
        return maps.mean(dim=(1, 2)), maps


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a network without batch norm."""
    entry = registry.ModelEntry("plain", Plain, 32, "this test")
    monkeypatch.setitem(registry.REGISTRY, "plain", entry)
    return "plain"


def test_it_learns_a_handful_by_heart(train: Train, recipe: Make, tmp_path: Path) -> None:
    plan = recipe(
        model_options={"zero_mean_stem": True},
        phases=({"epochs": 6},),
        optimiser={"learning_rate": 0.01},
        batch_size=12,
        micro_batch=12,
    )
    done = train(plan)
    rows = done.history
    assert [row["epoch"] for row in rows] == list(range(1, 7))
    assert rows[0]["train_loss"] > 0.4
    assert rows[-1]["train_loss"] < 0.05
    assert rows[-1]["train_accuracy"] == 1.0
    assert rows[-1]["valid_loss"] < rows[0]["valid_loss"], "validation follows, slowly: so do the batch norms"
    assert (done.epoch, done.step, done.steps_done, done.images) == (6, 0, 6, 72)
    assert {p.name for p in (tmp_path / "run").iterdir()} == {
        *("recipe.yaml", "data.parquet", "curves.csv", "curves.png", "run.json", BEST, LAST)
    }
    with (tmp_path / "run" / "curves.csv").open() as file:
        assert [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)] == rows
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (about["epoch"], about["images"], about["seed"]) == (6, 72, 0)


def test_the_metrics_are_those_of_the_network_on_clean_pictures(
    train: Train, recipe: Make, faces: Path, tmp_path: Path
) -> None:
    plan = recipe(phases=({"epochs": 1},), augment={"cutout": {"probability": 1.0}}, degrade_resized={"jpeg": 1.0})
    row = train(plan).history[0]
    network = registry.create(plan.model, **plan.model_options)
    checkpoint.load_best(tmp_path / "run", network)
    valid = open_samples(faces).split("valid")
    from PIL import Image

    pixels = np.stack([np.asarray(Image.open(valid.file(s))) for s in valid.samples])
    with torch.no_grad():
        logit, _ = network.eval()((torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.5) / 127.5)
    z, y = logit.double().numpy(), np.array(valid.targets)
    loss = np.mean(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - z * y)
    assert row["valid_loss"] == pytest.approx(loss, rel=1e-4)
    assert row["valid_accuracy"] == pytest.approx(np.mean((z > 0) == (y == 1)))
    wins = [(a > b) + (a == b) / 2 for a in z[y == 1] for b in z[y == 0]]
    assert row["valid_auc"] == pytest.approx(np.mean(wins))


@pytest.mark.parametrize(("batch_size", "clip_norm"), [(12, None), (8, 0.01)])
def test_gradients_add_up_over_micro_batches(
    train: Train, recipe: Make, plain: str, tmp_path: Path, batch_size: int, clip_norm: float | None
) -> None:
    results = []
    for micro in (batch_size, batch_size // 2, batch_size // 4):
        plan = recipe(
            model=plain,
            model_options={},
            precision="64-true",
            batch_size=batch_size,  # 12 pictures: 8 leaves a smaller last step
            micro_batch=micro,
            phases=({"epochs": 1},),
            optimiser={"learning_rate": 0.003, "clip_norm": clip_norm, "name": "adamw", "weight_decay": 0.1},
        )
        done = train(plan, f"run {micro}")
        assert done.steps_done == math.ceil(12 / batch_size)
        results.append((best_weights(tmp_path / f"run {micro}"), done.history[-1]["train_loss"]))
    whole, loss = results[0]
    for parts, its_loss in results[1:]:
        assert its_loss == pytest.approx(loss, rel=1e-6)
        for name, value in whole.items():
            assert value.dtype == torch.float64
            torch.testing.assert_close(parts[name], value, rtol=0, atol=1e-6, msg=name)
    torch.manual_seed(0)
    untrained = Plain().state_dict()
    assert all((value - untrained[name]).abs().max() > 1e-3 for name, value in whole.items()), "nothing was learnt"


def test_one_step_is_adam_on_the_mean_loss(train: Train, recipe: Make, plain: str, faces: Path, tmp_path: Path) -> None:
    """Against PyTorch by hand: one whole batch, one step."""
    plan = recipe(
        model=plain, model_options={}, batch_size=12, micro_batch=12, phases=({"epochs": 1},), channels_last=False
    )
    train(plan)
    table = open_samples(faces).split("train")
    from PIL import Image

    pixels = np.stack([np.asarray(Image.open(table.file(s))) for s in table.samples])
    x = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.5) / 127.5
    torch.manual_seed(0)
    network = Plain()
    optimiser = torch.optim.Adam(network.parameters(), lr=0.003)
    target = torch.tensor(table.targets).float()
    nn.functional.binary_cross_entropy_with_logits(network(x)[0], target).backward()
    optimiser.step()
    for name, value in best_weights(tmp_path / "run").items():
        torch.testing.assert_close(value, network.state_dict()[name], rtol=0, atol=2e-5)


def test_learning_rates_by_hand(recipe: Make) -> None:
    def rates(**schedule: Any) -> list[float]:
        plan = recipe(optimiser={"learning_rate": 2.0}, schedule=schedule)
        return [learning_rate(plan, step, 10) for step in range(10)]

    assert rates() == [2.0] * 10
    assert rates(warmup=0.4)[:4] == pytest.approx([0.4, 0.8, 1.2, 1.6])
    assert rates(warmup=0.4)[4:] == [2.0] * 6
    cosine = rates(name="cosine")
    assert cosine == pytest.approx([1 + math.cos(math.pi * step / 10) for step in range(10)])
    both = rates(name="cosine", warmup=0.2)
    assert both[:2] == pytest.approx([2 / 3, 4 / 3])
    assert both[2:] == pytest.approx([1 + math.cos(math.pi * step / 8) for step in range(8)])
    assert learning_rate(recipe(schedule={"name": "cosine", "warmup": 0.5}), 0, 1) > 0


def test_the_schedule_reaches_the_optimiser(train: Train, recipe: Make, tmp_path: Path) -> None:
    plan = recipe(schedule={"name": "cosine"}, optimiser={"learning_rate": 1e-3})
    rows = train(plan).history
    assert [row["learning_rate"] for row in rows] == [learning_rate(plan, 1, 4), learning_rate(plan, 3, 4)]


def test_phases_crop_and_the_curves_say_so(train: Train, recipe: Make) -> None:
    plan = recipe(phases=({"epochs": 1, "crop": 24}, {"epochs": 1}), batch_size=12, micro_batch=12)
    assert [row["crop"] for row in train(plan).history] == [24, 32]


@pytest.mark.parametrize("metric", ["valid_accuracy", "valid_loss", "valid_auc"])
def test_the_best_epoch_is_kept(train: Train, recipe: Make, tmp_path: Path, metric: str) -> None:
    # A learning rate that is too large makes the metrics go up and down.
    plan = recipe(phases=({"epochs": 4},), optimiser={"learning_rate": 0.2}, best_by=metric, seed=3)
    done = train(plan)
    values = [row[metric] for row in done.history]
    assert len(set(values)) > 1, "the test needs epochs that differ"
    wanted = min(values) if metric == "valid_loss" else max(values)
    facts = json.loads(read(tmp_path / "run" / BEST)[1]["facts"])
    assert facts == done.history[values.index(wanted)], "the first of equally good epochs"
    assert done.best == (-wanted if metric == "valid_loss" else wanted)
    last = {k[6:]: v for k, v in read(tmp_path / "run" / LAST)[0].items() if k.startswith("model.")}
    same = all(torch.equal(v, last[k]) for k, v in best_weights(tmp_path / "run").items())
    assert same == (values.index(wanted) == 3)


def test_data_fraction_takes_a_share_of_each_class(train: Train, recipe: Make) -> None:
    done = train(recipe(data_fraction=0.5, phases=({"epochs": 1},), batch_size=6, micro_batch=6))
    assert done.images == 6


def test_a_source_left_out_is_neither_trained_nor_validated_on(faces: Path, recipe: Make) -> None:
    table = open_samples(faces)
    mixed = SampleTable(table.root, tuple(replace(s, source=f"{s.label}-{i % 2}") for i, s in enumerate(table.samples)))
    train, valid = run_folder.splits(mixed, recipe(leave_out=("fake-1",)))
    assert {s.source for s in (*train.samples, *valid.samples)} == {"real-0", "real-1", "fake-0"}
    with pytest.raises(DataError, match="fake-7") as caught:
        run_folder.splits(mixed, recipe(leave_out=("fake-7",)))
    assert caught.value.code == "unknown_source"
    with pytest.raises(DataError, match="no fake pictures"):
        run_folder.splits(mixed, recipe(leave_out=("fake-0", "fake-1")))


# When it must stop


@pytest.mark.parametrize("clip_norm", [None, 1.0])
def test_a_loss_that_is_no_number_stops_and_keeps_the_checkpoint(
    train: Train, recipe: Make, plain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip_norm: float | None
) -> None:
    plan = recipe(model=plain, model_options={}, phases=({"epochs": 3},), optimiser={"clip_norm": clip_norm})
    forward, calls = Plain.forward, [0]

    def fails_later(self: Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        logit, maps = forward(self, x)
        calls[0] += self.training
        return (logit * math.nan if self.training and calls[0] == 4 else logit), maps

    monkeypatch.setattr(Plain, "forward", fails_later)
    with pytest.raises(TrainingError, match=r"the loss is no longer a finite number \(epoch 2, step 2\)"):
        train(plan)
    tensors, metadata = read(tmp_path / "run" / LAST)
    assert json.loads(metadata["progress"])["epoch"] == 1
    assert all(v.isfinite().all() for v in tensors.values())
    # The cause is gone: it goes on from there.
    assert train(plan).epoch == 3


def test_weights_that_blow_up_never_replace_a_good_checkpoint(
    train: Train, recipe: Make, tmp_path: Path, faces: Path
) -> None:
    # Checkpoints after each step; the first step's gradients are so large that the weights become no numbers.
    plan = recipe(
        checkpoint_minutes=1e-9, optimiser={"learning_rate": 3e38, "name": "adamw", "weight_decay": 1e3}, batch_size=2
    )
    with pytest.raises(TrainingError, match=r"finite number .* learning rate"):
        train(plan)
    if (tmp_path / "run" / LAST).exists():
        assert all(v.isfinite().all() for k, v in read(tmp_path / "run" / LAST)[0].items() if k.endswith("weight"))
    assert not (tmp_path / "run" / BEST).exists()


@pytest.mark.parametrize("missing", ["train/real", "train/fake", "valid/real", "valid/fake"])
def test_a_missing_class_is_named(train: Train, recipe: Make, faces: Path, tmp_path: Path, missing: str) -> None:
    for file in (faces / missing).iterdir():
        file.unlink()
    split, label = missing.split("/")
    with pytest.raises(DataError, match=f"no {label} pictures in the split '{split}'") as caught:
        train(recipe())
    assert caught.value.code == "class_missing"
    assert not (tmp_path / "run").exists()


def test_a_missing_split_is_named(train: Train, recipe: Make, make_faces: Callable[..., Path]) -> None:
    data = make_faces("no valid", valid=0)
    with pytest.raises(DataError, match=r"no fake and no real pictures in the split 'valid'"):
        train(recipe(), data=data)


def test_another_recipe_or_other_data_in_the_same_folder_is_refused(
    train: Train, recipe: Make, make_faces: Callable[..., Path], tmp_path: Path
) -> None:
    plan = recipe(phases=({"epochs": 1},))
    train(plan)
    before = {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir()}
    other = make_faces("other", seed=1)
    for changed, data in ((plan.model_copy(update={"seed": 1}), None), (plan, other)):
        with pytest.raises(CheckpointError, match="another recipe or other data") as caught:
            train(changed, data=data)
        assert caught.value.code == "another_run"
    assert {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir()} == before


def test_settings_of_speed_do_not_make_another_run(train: Train, recipe: Make) -> None:
    plan = recipe(phases=({"epochs": 1},))
    first = train(plan)
    again = train(plan.model_copy(update={"workers": 1, "cache": True, "checkpoint_minutes": 1.0, "description": "x"}))
    assert again == first


def test_an_epoch_of_two_passes_is_two_epochs(train: Train, recipe: Make, tmp_path: Path) -> None:
    """Same order, and each pass augmented anew; only what comes at an epoch's end comes half as often."""
    web = {"jpeg": 1.0, "quality": [10, 90]}
    two = train(recipe(phases=({"epochs": 2},), degrade_resized=web), "two")
    one = train(recipe(phases=({"epochs": 1},), degrade_resized=web, passes=2), "one")
    assert (one.images, one.steps_done, len(one.history)) == (two.images, two.steps_done, 1)
    last, wanted = (read(tmp_path / name / LAST)[0] for name in ("one", "two"))
    assert all(torch.equal(last[key], value) for key, value in wanted.items())


def test_a_folder_without_a_checkpoint_takes_a_new_recipe(train: Train, recipe: Make, tmp_path: Path) -> None:
    """Killed before its first checkpoint, a run must not leave its recipe and data to the next one."""
    plan = recipe(phases=({"epochs": 1},), model_options={"width": 2})
    train(recipe(phases=({"epochs": 1},)))
    for name in (LAST, BEST, "data.parquet"):
        (tmp_path / "run" / name).unlink()
    train(plan)
    assert Recipe.from_yaml((tmp_path / "run" / "recipe.yaml").read_text()) == plan
    assert (tmp_path / "run" / "data.parquet").is_file()


def test_a_finished_run_run_again_does_nothing(train: Train, recipe: Make, tmp_path: Path) -> None:
    first = train(recipe())
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in (tmp_path / "run").iterdir()}
    assert train(recipe()) == first
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in (tmp_path / "run").iterdir()} == before


def _damaged(data: bytes) -> dict[str, bytes]:
    return {
        "cut": data[: len(data) // 2],
        "empty": b"",
        "no safetensors": b"x" * 1000,
        "a header longer than the file": b"\xff" * 8 + data[8:],
    }


@pytest.mark.parametrize("how", list(_damaged(b"")))
def test_a_damaged_checkpoint_is_told_clearly(train: Train, recipe: Make, tmp_path: Path, how: str) -> None:
    plan = recipe(phases=({"epochs": 1},))
    train(plan)
    path = tmp_path / "run" / LAST
    path.write_bytes(_damaged(path.read_bytes())[how])
    with pytest.raises(CheckpointError, match="damaged") as caught:
        train(plan)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


def test_a_checkpoint_with_something_missing_is_told_clearly(train: Train, recipe: Make, tmp_path: Path) -> None:
    plan = recipe(phases=({"epochs": 1},))
    train(plan)
    path = tmp_path / "run" / LAST
    tensors, metadata = read(path)
    few = {k: v for k, v in tensors.items() if k != "model.classifier.bias"}
    odd = tensors | {"optimiser.x.step": torch.zeros(())}
    short = {k: v[:1] if k == "model.classifier.weight" else v for k, v in tensors.items()}
    short["model.classifier.weight"] = torch.zeros(1, 3)
    for wrong, words in (
        (few, metadata),
        (odd, metadata),
        (short, metadata),
        (tensors, {"digest": metadata["digest"]}),
        (tensors, metadata | {"progress": "[]"}),
        (tensors, metadata | {"progress": "{"}),
        (tensors, metadata | {"progress": '{"epok": 1}'}),
    ):
        checkpoint.save_atomically(wrong, path, words)
        with pytest.raises(CheckpointError, match="does not fit") as caught:
            train(plan)
        assert "\n" not in caught.value.message


def test_a_folder_that_cannot_be_made(train: Train, recipe: Make, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(CheckpointError, match="cannot make the run folder"):
        train(recipe())


@pytest.mark.parametrize(
    ("options", "changes", "error"),
    [
        ({"accelerator": "quantum"}, {}, TrainingError),
        ({"devices": 0}, {}, TrainingError),
        ({}, {"model": "resnet86"}, RecipeError),
        ({}, {"model_options": {"width": -1}}, RecipeError),
        pytest.param(
            {"accelerator": "cuda"},
            {},
            TrainingError,
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device"),
        ),
    ],
)
def test_what_this_machine_or_network_cannot_do_is_one_line(
    train: Train, recipe: Make, options: dict[str, Any], changes: dict[str, Any], error: type[FauxfaceError]
) -> None:
    with pytest.raises(error) as caught:
        train(recipe(**changes), **options)
    assert "\n" not in caught.value.message


def test_start_from_a_narrower_run(train: Train, recipe: Make, tmp_path: Path) -> None:
    train(recipe(phases=({"epochs": 1},), model_options={"width": 2}), "narrow")
    tiny_step = {"learning_rate": 1e-12}
    wide = recipe(phases=({"epochs": 1},), optimiser=tiny_step, batch_size=12, micro_batch=12)
    train(wide, "wide", start=tmp_path / "narrow")
    narrow, grown = best_weights(tmp_path / "narrow"), best_weights(tmp_path / "wide")
    torch.testing.assert_close(grown["classifier.weight"], narrow["classifier.weight"].repeat(1, 2) / 2)
    with pytest.raises(CheckpointError, match="another recipe or other data"):
        train(wide, "wide")  # no longer started from there
    with pytest.raises(CheckpointError, match="--start-from takes a finished run folder"):
        train(wide, "new", start=tmp_path / "none")
    with pytest.raises(CheckpointError, match="cannot start from"):
        train(recipe(model_options={"depths": (1, 1)}), "new", start=tmp_path / "narrow")


def test_a_batch_that_micro_batches_cannot_fill_is_refused(train: Train, recipe: Make) -> None:
    with pytest.raises(RecipeError, match="a batch of 10 cannot be made of micro-batches of 4"):
        train(recipe(batch_size=10, micro_batch=4))


@pytest.mark.parametrize("name", ["last.safetensors", "best.safetensors"])
def test_bytes_that_changed_are_noticed(name: str, train: Train, recipe: Make, tmp_path: Path) -> None:
    train(recipe())
    file = tmp_path / "run" / name
    data = bytearray(file.read_bytes())
    data[-200:-160] = b"\xff" * 40  # in the tensors, which lie behind the header
    file.write_bytes(data)
    with pytest.raises(CheckpointError, match="content is not what was written"):
        checkpoint.best_weights(tmp_path / "run") if name.startswith("best") else train(recipe())


def test_another_recipe_in_the_folder_is_noticed(train: Train, recipe: Make, tmp_path: Path) -> None:
    train(recipe())
    (tmp_path / "run" / "recipe.yaml").write_text(recipe(seed=9).to_yaml())
    with pytest.raises(CheckpointError, match=r"recipe\.yaml: this run was started with another"):
        train(recipe())


def test_settings_that_came_later_leave_older_runs_what_they_were(recipe: Make) -> None:
    plan = run_folder._plan(recipe())
    assert set(plan["web"]) == {"rescale", "smallest", "jpeg", "quality"}
    assert not {"pretrained", "leave_out", "balance", "average", "passes"} & set(plan)
    later = run_folder._plan(recipe(degrade_resized={"webp": 0.5, "shuffle": True}, balance=0.5))
    assert set(later["web"]) - set(plan["web"]) == {"webp", "shuffle"}
    assert later["balance"] == 0.5
    assert run_folder._plan(recipe(passes=3))["passes"] == 3


def test_curves_are_drawn_now_and_then_and_at_the_end(
    train: Train, recipe: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Drawing takes longer than a short epoch; the table is written after each."""
    drawn: list[int] = []
    real = LearningCurves.save

    def save(curves: LearningCurves, path: Path) -> None:
        drawn.append(len(curves.columns["epoch"]))
        real(curves, path)

    monkeypatch.setattr(LearningCurves, "save", save)
    train(recipe(phases=({"epochs": 4},)))
    assert drawn == [1, 4]
    monkeypatch.setattr(run_folder, "REDRAWN_SECONDS", 0)
    train(recipe(phases=({"epochs": 3},)), "slowly")
    assert drawn == [1, 4, 1, 2, 3]
    assert (tmp_path / "run" / "curves.png").stat().st_size > 0
