"""What the detector was to reach on the next camera and the next generator, and how far it got; for `draw.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from stored import UNSEEN, outside_table

from fauxface.evaluation.intervals import wilson
from fauxface.evaluation.metrics import Metrics
from fauxface.evaluation.predictions import read
from fauxface.evaluation.sources import SourceShare
from fauxface.evaluation.unseen_sources import Unseen
from fauxface.report.tables import per_cent, plain

STYLEGANS = ("stylegan1", "stylegan2_crawl", "stylegan2_tpdne", "stylegan2_ada")
DIFFUSION = ("sfhq_t2i_sdxl", "sdfd_sd21")
NO_PICTURES = "not measured: no pictures"


@dataclass(frozen=True, slots=True)
class Target:
    """One line: what is counted, what weights 6 got on other pictures, the aim, and what each network reaches today
    (None: not measured)."""

    what: str
    before: str
    aim: str
    today: tuple[tuple[str, bool] | None, ...]

    def line(self) -> str:
        cells = [f"{cell[0]} | {'yes' if cell[1] else 'no'}" if cell else f"{NO_PICTURES} | –" for cell in self.today]
        return f"| {self.what} | {self.before} | {self.aim} | {' | '.join(cells)} |"


def targets(found: dict[str, Unseen], saved_again: dict[str, Metrics]) -> list[str]:
    """A table of aims.

    Args:
        found: the networks on left-out sources.
        saved_again: FFHQ against StyleGAN, test pictures saved as JPEG of quality 75, by network.
    """
    each = [f.by_source for f in found.values()]
    again = list(saved_again.values())

    def cameras(name: str, most: float) -> list[tuple[str, bool] | None]:
        return [_cell(f.cameras, name, most) for f in each]

    def generators(name: str, most: float) -> list[tuple[str, bool] | None]:
        return [_cell(f.generators, name, most) for f in each]

    def row(what: str, before: str, aim: str, cells: Sequence[tuple[str, bool] | None]) -> Target:
        return Target(what, before, aim, tuple(cells))

    before = json.loads((UNSEEN / "weights-6.json").read_text(encoding="utf-8"))["metrics"]
    accused = [f.accused_photographs for f in each]
    rows = [
        row("photographs called fake, web portraits", before["web_portraits"], "≤ 4%",
            cameras("web_portraits", 0.04)),
        row("– worst source", before["worst_camera"], "≤ 12%",
            [(f"{per_cent(m.worst)} {m.worst_source}", m.worst <= 0.12) for m in accused]),
        row("– mean of cameras", before["mean_of_cameras"], "≤ 5%",
            [(per_cent(m.value, m.interval), m.value <= 0.05) for m in accused]),
        row("called uncertain", before["uncertain"], "≤ 20%",
            [(per_cent(f.uncertain.value, f.uncertain.interval), f.uncertain.value <= 0.20) for f in each]),
        *(row(f"fakes called real, {name}", before["stylegan"], "≤ 8%", generators(name, 0.08))
          for name in STYLEGANS),
        row("– StyleGAN2 from outside (`fake-avatars`)", "", "≤ 8%", [_outside(name, 0.08) for name in found]),
        row("– StyleGAN3, inverted StyleGAN2", before["stylegan"], "≤ 8%", [None] * len(found)),
        row("– FLUX, DALL·E, Stable Diffusion 3", before["other_diffusion"], "≤ 25%", [None] * len(found)),
        *(row(f"– in their place, {name}", "", "≤ 25%", generators(name, 0.25)) for name in DIFFUSION),
        row("AUC, mean of generators", before["auc"], "≥ 0.90",
            [(plain(f.mean_auc.value, f.mean_auc.interval), f.mean_auc.value >= 0.90) for f in each]),
        row("fakes caught where 5% of photographs are accused", before["caught"], "≥ 70%",
            [(per_cent(f.caught.value, f.caught.interval), f.caught.value >= 0.70) for f in each]),
        row("at home: AUC of FFHQ and StyleGAN, saved again at quality 75", before["at_home_saved_again"], "≥ 0.975",
            [(plain(m.auc, m.intervals.get("auc")), (m.auc or 0.0) >= 0.975) for m in again]),
    ]  # fmt: skip
    names = " | ".join(f"{name}, on left-out sources | reached" for name in found)
    head = [f"| | weights 6, on 25 other sources | aim | {names} |", "|:--|--:|--:|" + "--:|:--|" * len(found)]
    return [*head, *(r.line() for r in rows)]


def _cell(rows: tuple[SourceShare, ...], name: str, most: float) -> tuple[str, bool] | None:
    """What a source gets, and whether that is little enough; None where a network was not judged on it."""
    row = next((row for row in rows if row.source == name), None)
    return None if row is None else (per_cent(row.wrong, row.interval), row.wrong <= most)


def _outside(network: str, most: float) -> tuple[str, bool]:
    """The same of the source from outside of the pack (`outside.py`)."""
    answers = [row.verdict for row in read(outside_table(network)).rows]
    passed = answers.count("real")
    return per_cent(passed / len(answers), wilson(passed, len(answers))), passed / len(answers) <= most
