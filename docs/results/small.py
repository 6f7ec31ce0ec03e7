"""What the rules for small faces, and for pictures without colour, make of left-out pictures, as means over sources.

    python docs/results/small.py RUNS/crops

Sizes and colours of the faces come from the folder of found faces that cross-validation keeps; `draw.py` reads what this
writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from degraded_pictures import held_back
from stored import UNSEEN, left_out

from fauxface.data.face_crops import FaceCrops
from fauxface.detector import Detector
from fauxface.evaluation.predictions import Prediction
from fauxface.evaluation.sources import FEWEST, by_source
from fauxface.preprocess import colour_spread, square
from fauxface.weights.card import ModelCard


def sides(rows: Sequence[Prediction], crops: FaceCrops) -> list[int]:
    """Pixels of what is judged, on the shorter side."""
    frames = [crops.get(row.sha256).frame for row in rows]
    return [min(right - left, bottom - top) for left, top, right, bottom in frames]


def colours(rows: Sequence[Prediction], crops: FaceCrops, size: int) -> list[float]:
    """How much colours differ in what is judged, as `fauxface.decision.out_of_scope` asks."""
    found = []
    for row in rows:
        crop = crops.get(row.sha256)
        left, top, right, bottom = crop.frame
        found.append(colour_spread(square(np.ascontiguousarray(crop.rgb[top:bottom, left:right]), size)))
    return found


def held(row: Prediction, side: int, card: ModelCard) -> bool:
    """Whether the threshold for small faces makes it uncertain, which would be *real* if it were larger."""
    small = card.decision.smallest_real_side <= side < card.decision.small_side
    return small and held_back(row, card.decision.small_real_to)


def cost(rows: Sequence[Prediction], pixels: Sequence[int], card: ModelCard) -> dict[str, float]:
    """Share of photographs and of fakes, mean over sources, that the threshold for small faces holds back."""
    groups: dict[tuple[str, str], list[bool]] = {}
    for row, side in zip(rows, pixels, strict=True):
        groups.setdefault((row.label or "", row.source), []).append(held(row, side, card))
    return {
        name: float(
            np.mean([np.mean(each) for (label, _), each in groups.items() if label == key and len(each) >= FEWEST])
        )
        for key, name in (("real", "photographs"), ("fake", "fakes"))
    }


def too_small(row: Prediction, side: int, card: ModelCard) -> bool:
    """Whether its size makes it uncertain."""
    never_real = row.verdict == "real" and side < card.decision.smallest_real_side
    return side < card.input.smallest_side or never_real or held(row, side, card)


def colourless(row: Prediction, spread: float, card: ModelCard) -> bool:
    """Whether the threshold for faces without colour makes it uncertain, which would be *real* if it had some."""
    above = (row.probability_fake or 0.0) > card.decision.colourless_real_to
    return spread < card.input.least_colour and row.verdict == "real" and above


def means(rows: Sequence[Prediction], withheld: Sequence[bool]) -> Mapping[str, Mapping[str, object]]:
    """What sources get on average, and 95% of what other sources would, when some pictures are uncertain by a rule."""
    found = by_source(
        [replace(row, verdict="uncertain") if each else row for row, each in zip(rows, withheld, strict=True)]
    )
    over = {name: getattr(found, name) for name in ("accused_photographs", "missed_fakes", "uncertain")}
    return {name: {"value": mean.value, "interval": mean.interval} for name, mean in over.items()}


def main(folder: Path) -> None:
    """Count, and write ``unseen-sources/small.json``."""
    rows, card = left_out("default").rows, Detector.load("default").card
    crops = FaceCrops(folder)
    pixels, spread = sides(rows, crops), colours(rows, crops, card.input.size)
    small = [too_small(row, side, card) for row, side in zip(rows, pixels, strict=True)]
    both = [each or colourless(*pair, card) for each, pair in zip(small, zip(rows, spread, strict=True), strict=True)]
    found = {**cost(rows, pixels, card), "with_sizes": means(rows, small), "with_sizes_and_colours": means(rows, both)}
    (UNSEEN / "small.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
