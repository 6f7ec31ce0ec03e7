"""Can the pictures keep up with the network: decode + augment on one core against training on the whole processor.

Both sides follow a recipe: its picture size, its imitation of the web, its augmentation, its crops, its precision. The
pictures are decoded from JPEG every time, as without a cache.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import numpy as np
import torch
from PIL import Image
from torch.nn.functional import binary_cross_entropy_with_logits

from fauxface.data.augment import augment
from fauxface.data.dataset import PictureDataset
from fauxface.data.index import open_samples
from fauxface.models import registry
from fauxface.training.recipe import Recipe, load_recipe


def main() -> None:
    """Measure each phase of a recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="default-4-narrow")
    parser.add_argument("--data", type=Path, help="labelled pictures; default: the examples, brought to 256 pixels")
    parser.add_argument("--threads", type=int, default=2, help="for training; decoding always has one")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--out", type=Path, default=common.RESULTS)
    options = parser.parse_args()
    facts, recipe = common.circumstances(), load_recipe(options.recipe)
    rows, phases = [], []
    with tempfile.TemporaryDirectory() as temporary:
        table = open_samples(options.data or examples(Path(temporary)))
        dataset = PictureDataset(table, recipe.size, degrade=recipe.degrade_resized, seed=0)
        for crop in dict.fromkeys(phase.crop for phase in recipe.phases):
            found = measure(recipe, dataset, crop, options)
            phases.append({"crop": crop or recipe.size, **found})
            rate, eats = found["input_images_per_second"], found["training_images_per_second"]
            rows.append((crop or recipe.size, f"{rate:.0f}", f"{eats:.1f}", f"{rate / eats:.1f}×"))
    head = ("crop", "decode + augment, images/s on 1 core", f"training, images/s on {options.threads} threads", "ratio")
    text = common.table(head, rows) + (
        f"\n\nRecipe `{recipe.name}`: {recipe.model} {recipe.model_options or ''} in {recipe.precision}, pictures of "
        f"{recipe.size} pixels, batches of {options.batch_size}, medians of {options.repetitions} turns of each side."
    )
    numbers = {"recipe": recipe.name, "threads": options.threads, "phases": phases}
    common.publish("input_speed", "Speed of the training input", facts, numbers, text, options.out)


def examples(folder: Path) -> Path:
    """The pictures of examples/ as a labelled folder of 256 × 256 JPEGs like those of the paper's set."""
    for file in sorted((common.ROOT / "examples").glob("*.jpg")):
        target = folder / "train" / ("real" if file.name.startswith("photo") else "fake")
        target.mkdir(parents=True, exist_ok=True)
        Image.open(file).convert("RGB").resize((256, 256), Image.Resampling.LANCZOS).save(
            target / file.name, quality=95
        )
    return folder


def measure(recipe: Recipe, dataset: PictureDataset, crop: int | None, options: argparse.Namespace) -> dict[str, Any]:
    """Images a second of both sides, taking turns."""
    step, n = training_step(recipe, options.batch_size, crop or recipe.size), options.batch_size
    generator = torch.Generator().manual_seed(0)
    turn = 0

    def feed() -> None:
        nonlocal turn
        turn += 1
        pictures = torch.stack([dataset[turn, i % len(dataset)][0] for i in range(n)])
        augment(pictures, recipe.augment, generator, crop=crop)

    seconds: dict[str, list[float]] = {"input": [], "training": []}
    for number in range(options.repetitions + 1):
        for name, work, threads in (("input", feed, 1), ("training", step, options.threads)):
            torch.set_num_threads(threads)
            elapsed = timed(work)
            if number:  # the first turn warms up
                seconds[name].append(elapsed)
    return {f"{name}_images_per_second": round(n / common.median(times), 2) for name, times in seconds.items()}


def training_step(recipe: Recipe, n: int, side: int) -> Callable[[], None]:
    """One forward and backward pass and optimiser step of the recipe's network on pictures that are there already."""
    network = registry.create(recipe.model, **recipe.model_options).train()
    network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-5, fused=True)
    pixels = torch.randn(n, 3, side, side).contiguous(memory_format=torch.channels_last)
    targets = torch.from_numpy(np.arange(n) % 2).float()

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.precision == "bf16-mixed"):
            logit, _ = network(pixels)
        binary_cross_entropy_with_logits(logit, targets).backward()
        optimiser.step()
        optimiser.zero_grad()

    return step


def timed(work: Callable[[], None]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
