"""How many faces are found, how fast, and how far the crops land from pictures that are framed already.

Takes a sample of the test and validation pictures of each source in the shared data, each of which shows a face. Time
is the processor's, so that other work on the machine does not count; the wall clock stands beside it.
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from pathlib import Path
from typing import Any

import common
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface import images
from fauxface.faces import Finder
from fauxface.faces.crop import crop, frame
from fauxface.faces.networks import Networks
from fauxface.faces.turned import crops
from fauxface.turns import SAID, upright

HEAD = (
    "source",
    "pictures",
    "face found",
    "more than one found",
    "left whole",
    "offset: median / 95th percentile",
    "side: 5th percentile / median / 95th",
    "ms of processor (wall clock), median",
)
K140 = ("ffhq (real)", "stylegan1 (fake)")
CANVAS, PASTED = (1000, 750), (130, 500)
TILTS = (30, 40, 50, 60, 90)
TILTED, TURNED = 50, 25
"""Pictures of each of `K140` that are tilted, and of each source that has `MANY` that are turned by quarters."""
MANY = 80
DATA = common.ROOT.parent / "shared" / "data" / "index.csv"


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="CSV: path,label,split,source,generator")
    parser.add_argument("--pictures", type=int, default=100, help="of each source, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=common.RESULTS)
    options = parser.parse_args()
    facts = common.circumstances()
    loading = [loading_ms() for _ in range(5)]
    finder = Finder()
    sources: dict[str, dict[str, Any]] = {}
    for name, paths in sample(options.data, options.pictures, options.seed).items():
        sources[name] = measure(finder, paths)
    sources["pasted into a larger picture"] = measure_pasted(finder, framed(options), options.seed)
    tilts, turns = measure_tilted(finder, options), measure_turned(finder, options)
    pictures, found = (sum(s[key] for s in sources.values()) for key in ("pictures", "found"))
    text = (
        common.table(HEAD, [line(name, s) for name, s in sources.items()])
        + f"\n\n{found} of {pictures} pictures, of 256 × 256 pixels but for the last row. Offset: from the picture's "
        "centre to the centre of the square that FFHQ's recipe gives for the landmarks, as a share of the picture's "
        "side; side: of that square, as a share of the same. ffhq and the generators are framed so already; the other "
        "photographs are not. Left whole: so near to it that the picture is judged unchanged. Last row: ffhq and "
        f"stylegan1 pictures scaled to {PASTED[0]} to {PASTED[1]} pixels and pasted into a blurred one of "
        f"{CANVAS[0]} × {CANVAS[1]}; offset and side against the pasted square. One thread; reading and judging are "
        "not in the time. Loading the three networks, with the check of their file, takes "
        f"{common.median(loading):.0f} ms of processor.\n\n"
        f"Of {tilts['pictures']} ffhq and stylegan1 pictures, tilted about their middle onto grey, a face was found in "
        + ", ".join(f"{n / tilts['pictures']:.0%} at {angle}°" for angle, n in tilts["found"].items())
        + f".\n\nOf {turns['pictures']} pictures, {TURNED} of each of {turns['sources']} sources, each turned by one, "
        f"two and three quarters, {turns['put_upright']} of {turns['turned']} are put upright; "
        f"{turns['turned_by_mistake']} of them are turned while they stand upright."
    )
    numbers = {
        "sources": sources,
        "pictures": pictures,
        "found": found,
        "loading_ms": common.median(loading),
        "tilted": tilts,
        "turned": turns,
    }
    common.publish("faces", "Finding and framing faces", facts, numbers, text, options.out)


def line(name: str, s: dict[str, Any]) -> tuple[object, ...]:
    """One row of the table."""
    return (
        name,
        s["pictures"],
        f"{100 * s['found'] / s['pictures']:.1f}%",
        s["several"],
        s["whole"],
        f"{100 * s['offset']['median']:.1f}% / {100 * s['offset']['p95']:.1f}%",
        f"{s['side']['p5']:.2f} / {s['side']['median']:.2f} / {s['side']['p95']:.2f}",
        f"{s['processor_ms']:.1f} ({s['wall_ms']:.0f})",
    )


def sample(index: Path, most: int, seed: int) -> dict[str, list[Path]]:
    """Paths by source, of the test and validation splits."""
    found: dict[str, list[Path]] = {}
    with index.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] in ("test", "valid"):
                found.setdefault(f"{row['source']} ({row['label']})", []).append(index.parent / row["path"])
    draw = random.Random(seed)
    return {name: draw.sample(paths, min(most, len(paths))) for name, paths in found.items()}


def framed(options: argparse.Namespace) -> list[Path]:
    """The sampled pictures of the paper's set, which are framed as FFHQ frames."""
    found = sample(options.data, options.pictures, options.seed)
    return [path for name in K140 for path in found.get(name, [])]


def measure(finder: Finder, paths: list[Path]) -> dict[str, Any]:
    """Pictures as they are, against a square that fills them."""
    pictures = [images.read(path).rgb for path in paths]
    return figures_of(finder, [(rgb, (0.0, 0.0, float(min(rgb.shape[:2])))) for rgb in pictures])


def measure_pasted(finder: Finder, paths: list[Path], seed: int) -> dict[str, Any]:
    """Pictures made smaller or larger and put somewhere into a larger one, against the square that they fill there."""
    draw = random.Random(seed)
    scenes = []
    for path, other in zip(paths, draw.sample(paths, len(paths)), strict=True):
        side = draw.randint(*PASTED)
        left, top = draw.randint(0, CANVAS[0] - side), draw.randint(0, CANVAS[1] - side)
        # Blurred until no face is left in it.
        scene = Image.fromarray(images.read(other).rgb).resize((5, 4)).resize(CANVAS, Image.Resampling.BICUBIC)
        scene.paste(Image.fromarray(images.read(path).rgb).resize((side, side), Image.Resampling.LANCZOS), (left, top))
        scenes.append((np.asarray(scene), (float(left), float(top), float(side))))
    return figures_of(finder, scenes)


def figures_of(finder: Finder, scenes: list[tuple[NDArray[np.uint8], tuple[float, float, float]]]) -> dict[str, Any]:
    """Over pictures with the left, top and side of the square expected in each."""
    found, several, whole = 0, 0, 0
    offsets, sides, times = [], [], []
    for rgb, (left, top, expected) in scenes:
        height, width = rgb.shape[:2]
        wall, processor = time.perf_counter(), time.process_time()
        faces = finder.find(rgb)
        times.append((time.process_time() - processor, time.perf_counter() - wall))
        found, several = found + bool(faces), several + (len(faces) > 1)
        if faces:
            x, y, side = frame(faces[0].landmarks)
            offsets.append(float(np.hypot(x - left - expected / 2, y - top - expected / 2)) / expected)
            sides.append(side / expected)
            whole += crop(faces[0], width, height) == (0, 0, width, height)
    return {
        "pictures": len(scenes),
        "found": found,
        "several": several,
        "whole": whole,
        "offset": spread(offsets),
        "side": spread(sides),
        "processor_ms": 1e3 * common.median([t[0] for t in times]),
        "wall_ms": 1e3 * common.median([t[1] for t in times]),
    }


def measure_tilted(finder: Finder, options: argparse.Namespace) -> dict[str, Any]:
    """In how many pictures a face is found after a turn by some degrees to the left; what the turn bares is grey."""
    paths = sample(options.data, TILTED, options.seed)
    pictures = [Image.fromarray(images.read(path).rgb) for name in K140 for path in paths[name]]
    tilted = {
        angle: [np.asarray(picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128)))
                for picture in pictures]
        for angle in TILTS
    }  # fmt: skip
    found = {str(angle): sum(bool(finder.find(rgb)) for rgb in those) for angle, those in tilted.items()}
    return {"pictures": len(pictures), "found": found}


def measure_turned(finder: Finder, options: argparse.Namespace) -> dict[str, int]:
    """How many pictures that lie on their side are judged upright, and how many are turned that stand."""
    kept = {name: paths for name, paths in sample(options.data, MANY, options.seed).items() if len(paths) == MANY}
    pictures = [images.read(path).rgb for paths in kept.values() for path in paths[:TURNED]]
    righted = [crops(finder, upright(rgb, -turn)).turn == turn for rgb in pictures for turn in SAID]
    return {
        "sources": len(kept),
        "pictures": len(pictures),
        "turned": len(righted),
        "put_upright": sum(righted),
        "turned_by_mistake": sum(crops(finder, rgb).turn != 0 for rgb in pictures),
    }


def spread(values: list[float]) -> dict[str, float]:
    """5th percentile, median and 95th percentile."""
    return dict(zip(("p5", "median", "p95"), np.percentile(values, [5, 50, 95]).tolist(), strict=True))


def loading_ms() -> float:
    """Processor time of loading the three networks."""
    start = time.process_time()
    Networks()
    return (time.process_time() - start) * 1e3


if __name__ == "__main__":
    main()
