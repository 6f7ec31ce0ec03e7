"""The stored tables of predictions, and what is counted on them; for `draw.py` and its sections."""

from __future__ import annotations

from pathlib import Path

from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.evaluation.predictions import Prediction, PredictionTable, read
from fauxface.evaluation.unseen_sources import Unseen, calibrated, said, unseen

HERE = Path(__file__).resolve().parent
UNSEEN = HERE / "unseen-sources"
IN_DOMAIN_FOLDER = HERE / "default-in-domain"
OUTSIDE = HERE / "outside"
TABLE = "out_of_source.parquet"
NETWORKS = ("default", "resnet68")
"""The shipped ones."""
ANEW = "resnet68-anew"
"""ResNet-68 trained on the whole pack, as the default was; not shipped (experiment 30), its tables alone are here."""
BY_FOLDS = ("default", ANEW)
"""Those of which five networks were trained, each without one fold."""
SWAPS = "face_swap"
IN_DOMAIN = ("ffhq", "stylegan1")
EVEN = 0.5
"""Forced to choose, as in the paper: the more probable answer. The shipped thresholds keep photographs from accusation."""


def subset(table: PredictionTable, names: tuple[str, ...]) -> PredictionTable:
    """Only the rows of some sources."""
    return PredictionTable(tuple(r for r in table.rows if r.source in names), table.model, table.threshold)


def forced(table: PredictionTable) -> PredictionTable:
    """The same rows, judged at even odds."""
    return PredictionTable(table.rows, table.model, EVEN)


def metrics_of(table: PredictionTable) -> Metrics:
    return from_probabilities(*table.arrays(), EVEN)


def left_out(name: str) -> Unseen:
    """What out-of-source predictions of a network say."""
    return unseen(read(UNSEEN / name / TABLE).rows, left_out=(SWAPS,))


def outside_table(name: str) -> Path:
    """What a network says of the source from outside (`outside.py`)."""
    return OUTSIDE / f"fake_avatars-{name}.parquet"


def saved_again_table(name: str) -> Path:
    """What a network says of FFHQ and StyleGAN, each saved as a JPEG of quality 75 (`home.py`)."""
    return IN_DOMAIN_FOLDER / f"jpeg-75-{name}.parquet"


def changed(name: str, found: Unseen) -> dict[str, list[Prediction]]:
    """Left-out pictures after each change, with the answers that the shipped thresholds give."""
    tables = [read(path) for path in sorted((UNSEEN / name / "degraded").glob("*.parquet"))]
    return {table.model: said(calibrated(table.rows, found.fitted), found.thresholds) for table in tables}
