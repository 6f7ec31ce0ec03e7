"""The stored tables of predictions and counts, and what is counted on them; for `draw.py` and its sections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.evaluation.predictions import Prediction, PredictionTable, read
from fauxface.evaluation.sources import BySource, by_source
from fauxface.evaluation.thresholds import Thresholds
from fauxface.evaluation.unseen_sources import Unseen, calibrated, said, unseen
from fauxface.weights.card import ModelCard
from fauxface.weights.store import resolve

HERE = Path(__file__).resolve().parent
UNSEEN = HERE / "unseen-sources"
IN_DOMAIN_FOLDER = HERE / "default-in-domain"
OUTSIDE = HERE / "outside"
AUDITS = HERE / "audits"
COUNTED = HERE / "networks.json"
BENCHMARKS = HERE.parents[1] / "benchmarks" / "results"
TABLE = "out_of_source.parquet"
NETWORKS = ("default", "resnet68")
"""The shipped ones."""
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


@cache
def left_out(name: str) -> Unseen:
    """What out-of-source predictions of a network say, as `fauxface export` has asked them."""
    seen = resolve(name).card.input
    return unseen(
        read(UNSEEN / name / TABLE).rows,
        left_out=(SWAPS,),
        degraded=tables(name, "degraded"),
        known=tables(name, "known"),
        least_colour=seen.least_colour,
        smallest_side=seen.smallest_side,
    )


def tables(name: str, folder: str) -> dict[str, tuple[Prediction, ...]]:
    """Uncalibrated predictions after each change, by its name: of left-out pictures ("degraded"), or of validation fakes
    that a network knows ("known")."""
    found = [read(path) for path in sorted((UNSEEN / name / folder).glob("*.parquet"))]
    return {table.model: table.rows for table in found}


def alone(found: Unseen) -> BySource:
    """What left-out sources get by probability and familiarity alone, without rules for small and colourless faces."""
    held = ("small_face", "no_colour")
    return by_source([replace(row, verdict="real") if row.reasons in held else row for row in found.rows])


def outside_table(name: str) -> Path:
    """What a network says of the source from outside (`outside.py`)."""
    return OUTSIDE / f"fake_avatars-{name}.parquet"


def saved_again_table(name: str) -> Path:
    """What a network says of FFHQ and StyleGAN, each saved as a JPEG of quality 75 (`home.py`)."""
    return IN_DOMAIN_FOLDER / f"jpeg-75-{name}.parquet"


def changed(name: str, thresholds: Thresholds) -> dict[str, list[Prediction]]:
    """Left-out pictures after each change, with the answers that some thresholds give."""
    fitted = left_out(name).fitted
    return {change: said(calibrated(rows, fitted), thresholds) for change, rows in tables(name, "degraded").items()}


@dataclass(frozen=True)
class Stored:
    """Everything that the pages are drawn from, read once."""

    @cached_property
    def cards(self) -> dict[str, ModelCard]:
        return {name: resolve(name).card for name in NETWORKS}

    @cached_property
    def found(self) -> dict[str, Unseen]:
        """Left-out sources, by network."""
        return {name: left_out(name) for name in NETWORKS}

    @cached_property
    def tests(self) -> dict[str, PredictionTable]:
        """Test pictures of sources that were trained on."""
        return {name: read(resolve(name).path.parent / "predictions.parquet") for name in NETWORKS}

    @cached_property
    def inside(self) -> dict[str, PredictionTable]:
        """Those of FFHQ and StyleGAN."""
        return {name: subset(table, IN_DOMAIN) for name, table in self.tests.items()}

    @cached_property
    def saved_again(self) -> dict[str, PredictionTable]:
        """The same, each saved as a JPEG of quality 75 (`home.py`)."""
        return {name: read(saved_again_table(name)) for name in NETWORKS}

    @cached_property
    def changed(self) -> dict[str, dict[str, list[Prediction]]]:
        """Left-out pictures after each change, by network."""
        return {name: changed(name, each.thresholds) for name, each in self.found.items()}

    @cached_property
    def changed_without_rules(self) -> dict[str, dict[str, list[Prediction]]]:
        """The same by probability and distance alone."""
        return {name: changed(name, each.thresholds.without_rules()) for name, each in self.found.items()}
