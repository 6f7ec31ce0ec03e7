"""How well is a generator found that nobody trained on? Trains without each in turn, and keeps the predictions.

    python docs/results/leave_one_out.py DATA RUNS        # or: make leave-one-out

For each generator a short run without it, and traces beside that run, which learn from all other sources. Each takes
about a quarter of an hour on two cores and goes on after a stop. Judged and kept are the test pictures and, since they
were never trained on, all pictures of the generator that was left out. `make results` draws the table.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.data.table import write_table

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


def fauxface(*arguments: object) -> None:
    """The command line, as a user has it."""
    subprocess.run([sys.executable, "-m", "fauxface.cli.main", *map(str, arguments)], check=True)


def main(data: str, runs: Path) -> None:
    """Train and judge what is missing; a table that is there stays."""
    pictures = open_samples(Path(data))

    def judge(run: Path, folder: Path, sources: tuple[str, ...]) -> None:
        kept = tuple(s for s in pictures.samples if s.split == "test" or s.source in sources)
        write_table(SampleTable(pictures.root, kept), run / "judged.parquet")
        judged = run / "judged"
        fauxface("evaluate", "--weights", run, "--data", run / "judged.parquet", "--split", "all", "--out", judged)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(judged / PREDICTIONS, folder / PREDICTIONS)

    for name, sources in GENERATORS.items():
        run, both = runs / f"leave-out-{name}", runs / f"leave-out-{name}-traces"
        left_out = [word for source in sources for word in ("--leave-out", source)]
        if not (HERE / name / PREDICTIONS).exists():
            fauxface("train", "--recipe", "leave-one-out", "--data", data, "--out", run, *left_out)
            judge(run, HERE / name, sources)
        if not (TRACES / name / PREDICTIONS).exists():
            fauxface("add-traces", run, "--data", data, "--out", both)
            judge(both, TRACES / name, sources)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
