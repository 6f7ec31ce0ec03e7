"""What the shipped networks say of validation fakes of generators that they know, made small or grey.

    python docs/results/known.py DATA RUNS/crops [NETWORK ...]

Writes one table a change into ``unseen-sources/NETWORK/known``, uncalibrated. The cards' thresholds for small and for
colourless faces rest on them and on left-out sources (`fauxface.evaluation.real_threshold`); a test computes both again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stored import NETWORKS, SWAPS, UNSEEN

from fauxface.cli.terminal import progress
from fauxface.data.face_crops import FaceCrops
from fauxface.data.index import open_samples
from fauxface.detector import Detector
from fauxface.evaluation.predictions import write
from fauxface.runtime.onnx import OnnxSession
from fauxface.training.degraded import judge_known
from fauxface.weights.card_groups import CardCalibration
from fauxface.weights.store import resolve


def main(data: Path, crops: Path, networks: Sequence[str]) -> None:
    valid = open_samples(data).split("valid")
    for network in networks or NETWORKS:
        found = resolve(network)
        detector = Detector(replace(found.card, calibration=CardCalibration()), OnnxSession(found.path), faces="off")
        folder = UNSEEN / network / "known"
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in judge_known(detector, valid, FaceCrops(crops), progress, (SWAPS,)).items():
            write(tuple(rows), folder / f"{name.replace(' ', '-').replace(',', '')}.parquet", model=name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
