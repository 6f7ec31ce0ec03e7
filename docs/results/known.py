"""What the default says of validation fakes of generators that it knows, made small or grey.

    python docs/results/known.py DATA RUNS/crops

Writes one table a change into ``unseen-sources/default/known``. The card's thresholds for small and for colourless faces
rest on them and on left-out sources (`fauxface.evaluation.real_threshold`); a test computes both again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stored import SWAPS, UNSEEN

from fauxface.cli.terminal import progress
from fauxface.data.face_crops import FaceCrops
from fauxface.data.index import open_samples
from fauxface.detector import Detector
from fauxface.evaluation.predictions import write
from fauxface.training.degraded import judge_known

KNOWN = UNSEEN / "default" / "known"


def main(data: Path, crops: Path) -> None:
    detector = Detector.load("default", faces="off")
    valid = open_samples(data).split("valid").samples
    fakes = [s for s in valid if s.label == "fake" and s.family != SWAPS]
    KNOWN.mkdir(parents=True, exist_ok=True)
    for name, rows in judge_known(detector, fakes, FaceCrops(crops), progress).items():
        write(tuple(rows), KNOWN / f"{name.replace(' ', '-').replace(',', '')}.parquet", model=name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
