"""How well is a generator found that nobody trained on? Trains without each in turn, and keeps the predictions.

    python docs/results/leave_one_out.py DATA RUNS        # or: make leave-one-out

Both halves of the shipped pair, each by itself. The face: a short run without the generator, a quarter of an hour each
on two cores. The traces: the statistics of all training pictures, twice, some seventeen minutes on two slow cores, and
then a regression without the generator, some three to five minutes each. Both go on after a stop. Judged and kept are
the test pictures and, since they were never trained on, all pictures of the generator that was left out. `make results`
draws the table.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import compress
from pathlib import Path

import numpy as np

from fauxface.data.index import open_samples
from fauxface.data.samples import Sample, SampleTable
from fauxface.data.table import write_table
from fauxface.evaluation.predictions import Prediction, write

HERE = Path(__file__).resolve().parent / "leave-one-out"
TRACES = HERE.parent / "leave-one-out-traces"
PREDICTIONS = "predictions.parquet"
GENERATORS = {
    "stylegan1": ("stylegan1",),
    "stylegan2": ("stylegan2_crawl", "stylegan2_tpdne"),
    "portrait_gan": ("portrait_gan",),
    "stylegan2_ada": ("stylegan2_ada",),
}
"""What is left out together: two sources of one generator would tell on each other."""
SIDE = 256
VIEWS = 2
"""As they are, and saved as JPEG 30 to 60. Worn views are met loosely; what is judged here are pictures as they are."""


def judged(sample: Sample, sources: tuple[str, ...]) -> bool:
    """A picture that was trained on neither there nor here."""
    return sample.split == "test" or sample.source in sources


def fauxface(*arguments: object) -> None:
    """The command line, as a user has it."""
    subprocess.run([sys.executable, "-m", "fauxface.cli.main", *map(str, arguments)], check=True)


def faces(pictures: SampleTable, data: str, runs: Path) -> None:
    """Train and judge what is missing; a table that is there stays."""
    for name, sources in GENERATORS.items():
        run, kept = runs / f"leave-out-{name}", HERE / name / PREDICTIONS
        if kept.exists():
            continue
        left_out = [word for source in sources for word in ("--leave-out", source)]
        fauxface("train", "--recipe", "leave-one-out", "--data", data, "--out", run, *left_out)
        table = run / "judged.parquet"
        write_table(SampleTable(pictures.root, tuple(s for s in pictures.samples if judged(s, sources))), table)
        fauxface("evaluate", "--weights", run, "--data", table, "--split", "all", "--out", run / "judged")
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run / "judged" / PREDICTIONS, kept)


def traces(pictures: SampleTable, run: Path) -> None:
    """Count, learn and judge what is missing; a table that is there stays."""
    import torch

    from fauxface.cli.terminal import progress
    from fauxface.models.kernel_head import KernelHead
    from fauxface.models.trace_statistics import TraceStatistics
    from fauxface.training.devices import one_device
    from fauxface.training.run_folder import share_of
    from fauxface.training.trace_regression import solve
    from fauxface.training.trace_views import Looks, TraceSettings, claim, statistics_of

    if all((TRACES / name / PREDICTIONS).exists() for name in GENERATORS):
        return
    device = one_device("auto")
    settings, statistics = TraceSettings(views=VIEWS), TraceStatistics().to(device)
    looks = Looks(SIDE, 1, settings)
    learned = pictures.split("train")
    learned = share_of(learned, settings.rows / (settings.views * len(learned)), settings.seed)
    known = {s.path for s in learned.samples}
    others = SampleTable(pictures.root, tuple(s for s in pictures.samples if s.path not in known))
    run.mkdir(parents=True, exist_ok=True)
    claim(run, settings, SIDE, learned, statistics)
    with torch.inference_mode():
        views = statistics_of(run, learned, looks, statistics, progress)
        unlearned = torch.cat([statistics(pixels.to(device)) for pixels in looks.at(others, 0)])
        for name, sources in GENERATORS.items():
            if (TRACES / name / PREDICTIONS).exists():
                continue
            kept = np.array([s.source not in sources for s in learned.samples])
            table = SampleTable(pictures.root, tuple(compress(learned.samples, kept)))
            points = settings.views * len(table)
            head = KernelHead(tuple(statistics.parts.values()), settings.directions, points, settings.kinds).to(device)
            solve(head, run / f"without-{name}.safetensors", [v[kept] for v in views], table, settings, progress)
            left_out = list(compress(learned.samples, ~kept))
            samples = [*left_out, *others.samples]
            logits = torch.cat([head(torch.from_numpy(views[0][~kept]).to(device).float()), head(unlearned)])
            probabilities = torch.sigmoid(-logits.double()).tolist()
            rows = [
                Prediction(s.path, s.sha256, s.label, p, s.source, s.split)
                for s, p in zip(samples, probabilities, strict=True)
                if judged(s, sources)
            ]
            (TRACES / name).mkdir(parents=True, exist_ok=True)
            write(rows, TRACES / name / PREDICTIONS, model=f"traces without {name}")


if __name__ == "__main__":
    samples = open_samples(Path(sys.argv[1]))
    faces(samples, sys.argv[1], Path(sys.argv[2]))
    traces(samples, Path(sys.argv[2]) / "leave-one-out-traces")
