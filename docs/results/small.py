"""What the rules for small faces make of left-out pictures, as means over sources.

    python docs/results/small.py RUNS/crops

The faces' sizes come from the folder of found faces that cross-validation keeps; `draw.py` reads what this writes.
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
from fauxface.weights.card import ModelCard


def sides(rows: Sequence[Prediction], crops: FaceCrops) -> list[int]:
    """Pixels of what is judged, on the shorter side."""
    frames = [crops.get(row.sha256).frame for row in rows]
    return [min(right - left, bottom - top) for left, top, right, bottom in frames]


def held(row: Prediction, side: int, card: ModelCard) -> bool:
    """Whether the threshold for small faces makes it uncertain, which would be *real* if it were larger."""
    return card.input.smallest_side <= side < card.decision.small_side and held_back(row, card)


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


def with_sizes(
    rows: Sequence[Prediction], pixels: Sequence[int], card: ModelCard
) -> Mapping[str, Mapping[str, object]]:
    """What sources get on average, and 95% of what other sources would, when size counts too: what is too small is
    uncertain, whatever its probability."""
    judged = [
        replace(row, verdict="uncertain") if side < card.input.smallest_side or held(row, side, card) else row
        for row, side in zip(rows, pixels, strict=True)
    ]
    found = by_source(judged)
    means = {name: getattr(found, name) for name in ("accused_photographs", "missed_fakes", "uncertain")}
    return {name: {"value": mean.value, "interval": mean.interval} for name, mean in means.items()}


def main(folder: Path) -> None:
    """Count, and write ``unseen-sources/small.json``."""
    rows, card = left_out("default").rows, Detector.load("default").card
    pixels = sides(rows, FaceCrops(folder))
    found = {**cost(rows, pixels, card), "with_sizes": with_sizes(rows, pixels, card)}
    (UNSEEN / "small.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
