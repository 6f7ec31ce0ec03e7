"""Judge the test pictures of FFHQ and StyleGAN saved again at quality 75: `python docs/results/home.py INDEX_ALL.csv`.

Writes ``default-in-domain/jpeg-75-NETWORK.parquet``, from which `make results` draws.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from stored import IN_DOMAIN, NETWORKS, saved_again_table

from fauxface import Detector
from fauxface.data.index import open_samples
from fauxface.data.samples import Sample, SampleTable
from fauxface.evaluation import predictions
from fauxface.evaluation.judging import predict_table

QUALITY = 75


def again(path: Path, sample: Sample) -> bytes:
    file = io.BytesIO()
    with Image.open(path) as picture:
        picture.convert("RGB").save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def main() -> None:
    table = open_samples(Path(sys.argv[1]))
    test = SampleTable(table.root, tuple(s for s in table.samples if s.split == "test" and s.source in IN_DOMAIN))
    for name in NETWORKS:
        detector = Detector.load(name)
        rows = predict_table(detector, test, change=again)
        predictions.write(rows, saved_again_table(name), model=detector.card.id)


if __name__ == "__main__":
    main()
