"""How many left-out pictures the limit for small faces makes uncertain, as means over sources.

    python docs/results/small.py RUNS/crops

The faces' sizes come from the folder of found faces that cross-validation keeps; `draw.py` reads what this writes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from stored import UNSEEN, left_out

from fauxface.data.face_crops import FaceCrops
from fauxface.detector import Detector
from fauxface.evaluation.sources import FEWEST


def cost(network: str, crops: FaceCrops) -> dict[str, float]:
    """Share of photographs and of fakes, mean over sources, that a network's limit for small faces holds back."""
    card = Detector.load(network).card
    groups: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in left_out(network).rows:
        left, top, right, bottom = crops.get(row.sha256).frame
        small = card.input.smallest_side <= min(right - left, bottom - top) < card.decision.small_side
        held = small and row.verdict == "real" and (row.probability_fake or 0) > card.decision.small_real_to
        groups[row.label or "", row.source].append(held)
    return {
        name: float(
            np.mean([np.mean(held) for (label, _), held in groups.items() if label == key and len(held) >= FEWEST])
        )
        for key, name in (("real", "photographs"), ("fake", "fakes"))
    }


def main(folder: Path) -> None:
    """Count, and write ``unseen-sources/small.json``."""
    found = cost("default", FaceCrops(folder))
    (UNSEEN / "small.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
