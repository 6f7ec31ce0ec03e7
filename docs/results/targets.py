"""What the detector was to reach on the next camera and the next generator, and how far it got; for `draw.py`."""

from __future__ import annotations

from dataclasses import dataclass

from fauxface.evaluation.metrics import Metrics
from fauxface.evaluation.sources import SourceShare
from fauxface.evaluation.unseen_sources import Unseen
from fauxface.report.tables import per_cent, plain

GANS = ("stylegan1", "stylegan2_crawl", "stylegan2_tpdne", "stylegan2_ada")
DIFFUSION = ("sfhq_t2i_sdxl", "sdfd_sd21")


@dataclass(frozen=True, slots=True)
class Target:
    """One line: what is counted, what weights 6 got on other pictures, the aim, today's number, reached or not."""

    what: str
    before: str
    aim: str
    today: str
    reached: bool

    def line(self) -> str:
        return f"| {self.what} | {self.before} | {self.aim} | {self.today} | {'yes' if self.reached else 'no'} |"


def targets(found: Unseen, saved_again: Metrics) -> list[str]:
    """A table of aims.

    Args:
        found: the default detector on left-out sources.
        saved_again: FFHQ against StyleGAN, test pictures saved as JPEG of quality 75.
    """
    f = found.by_source
    accused = f.accused_photographs
    web = _named(f.cameras, "web_portraits")
    rows = [
        Target("photographs called fake, web portraits", "20%", "≤ 4%", _share(web), web.wrong <= 0.04),
        Target("– worst source", "69%", "≤ 12%", f"{per_cent(accused.worst)} {accused.worst_source}",
               accused.worst <= 0.12),
        Target("– mean of cameras", "30%", "≤ 5%", per_cent(accused.value, accused.interval), accused.value <= 0.05),
        Target("called uncertain", "23%", "≤ 20%", per_cent(f.uncertain.value, f.uncertain.interval),
               f.uncertain.value <= 0.20),
    ]  # fmt: skip
    for name in GANS:
        row = _named(f.generators, name)
        rows.append(Target(f"fakes called real, {name}", "2–39%", "≤ 8%", _share(row), row.wrong <= 0.08))
    for name in DIFFUSION:
        row = _named(f.generators, name)
        rows.append(Target(f"– {name}", "44–88%", "≤ 25%", _share(row), row.wrong <= 0.25))
    interval = saved_again.intervals.get("auc")
    rows += [
        Target("AUC, mean of generators", "0.555", "≥ 0.90", plain(f.mean_auc.value, f.mean_auc.interval),
               f.mean_auc.value >= 0.90),
        Target("fakes caught where 5% of photographs are accused", "22%", "≥ 70%",
               per_cent(f.caught.value, f.caught.interval), f.caught.value >= 0.70),
        Target("at home: AUC of FFHQ and StyleGAN, saved again at quality 75", "0.964", "≥ 0.975",
               plain(saved_again.auc, interval), (saved_again.auc or 0.0) >= 0.975),
    ]  # fmt: skip
    head = [
        "| | weights 6, on 25 other sources | aim | today, on left-out sources | reached |",
        "|:--|--:|--:|--:|:--|",
    ]
    return [*head, *(row.line() for row in rows)]


def _named(rows: tuple[SourceShare, ...], name: str) -> SourceShare:
    return next(row for row in rows if row.source == name)


def _share(row: SourceShare) -> str:
    return per_cent(row.wrong, row.interval)
