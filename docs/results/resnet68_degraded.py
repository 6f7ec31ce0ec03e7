"""Small, saved and changed pictures of sources that the shipped `resnet68` never saw, or of which validation pictures count.

    python docs/results/resnet68_degraded.py DATA RUNS/crops

The default's such tables come from `fauxface crossval --degraded`; this network has no folds, so its own weights judge the
sources that its column of left-out sources counts. Writes one table a change into ``unseen-sources/resnet68/degraded``.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from stored import SWAPS, TABLE, UNSEEN

from fauxface.cli.terminal import progress
from fauxface.data.face_crops import FaceCrops
from fauxface.data.index import open_samples
from fauxface.data.samples import Sample
from fauxface.detector import Detector
from fauxface.evaluation.predictions import read, write
from fauxface.runtime.onnx import OnnxSession
from fauxface.training.crossval import scored
from fauxface.training.degraded import degradations
from fauxface.weights.card_groups import CardCalibration
from fauxface.weights.store import resolve

A_SOURCE = 20
FOLDER = UNSEEN / "resnet68"


def chosen(samples: tuple[Sample, ...]) -> list[Sample]:
    """The first pictures of each source by their digests, of those that the network's table of unseen sources has."""
    counted = {row.sha256 for row in read(FOLDER / TABLE).rows if row.split != "test" and row.family != SWAPS}
    groups: dict[tuple[str, str], list[Sample]] = {}
    for s in sorted(samples, key=lambda s: s.sha256):
        if s.sha256 in counted:
            groups.setdefault((s.source, s.label), []).append(s)
    return [s for members in groups.values() for s in members[:A_SOURCE]]


def main(data: Path, crops: Path) -> None:
    found = resolve("resnet68")
    uncalibrated = replace(found.card, calibration=CardCalibration())
    detector = Detector(uncalibrated, OnnxSession(found.path), faces="off")
    samples, faces = chosen(open_samples(data).samples), FaceCrops(crops)
    changes = degradations(found.card.input.size)
    (FOLDER / "degraded").mkdir(exist_ok=True)
    with progress("resnet68, degraded", len(samples) * len(changes)) as advance:
        for name, change in changes.items():
            path = FOLDER / "degraded" / f"{name.replace(' ', '-').replace(',', '')}.parquet"
            write(scored(detector, samples, faces, advance, change), path, model=name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
