"""How well is a generator found that nobody trained on? Trains without each in turn, and keeps the predictions.

    python docs/results/leave_one_out.py DATA RUNS        # or: make leave-one-out

Then a network of traces is put beside each, but for the generator that it learns from.
Each of the four runs takes about a quarter of an hour on two cores and goes on after a stop. Kept are the test pictures
and, since they were never trained on, all pictures of the generator that was left out. `make results` draws the table.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fauxface.evaluation.predictions import read, write
from fauxface.weights.store import resolve

HERE = Path(__file__).resolve().parent / "leave-one-out"
TRACES = HERE.parent / "leave-one-out-traces"
TAUGHT = ("ffhq", "stylegan1")
"""What the network of traces learns from; it cannot be left out."""
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
    shipped = read(resolve().path.parent / PREDICTIONS)
    test = {row.path for row in shipped.rows}

    def judge(run: Path, folder: Path, sources: tuple[str, ...]) -> None:
        judged = run / "all-pictures"
        fauxface("evaluate", "--weights", run, "--data", data, "--split", "all", "--out", judged)
        table = read(judged / PREDICTIONS)
        kept = tuple(row for row in table.rows if row.path in test or row.source in sources)
        folder.mkdir(parents=True, exist_ok=True)
        write(kept, folder / PREDICTIONS, model=table.model, threshold=table.threshold)

    for name, sources in GENERATORS.items():
        run = runs / f"leave-out-{name}"
        left_out = [word for source in sources for word in ("--leave-out", source)]
        if not (HERE / name / PREDICTIONS).exists():
            fauxface("train", "--recipe", "leave-one-out", "--data", data, "--out", run, *left_out)
            judge(run, HERE / name, sources)
        if name in TAUGHT or (TRACES / name / PREDICTIONS).exists():
            continue
        both = runs / f"leave-out-{name}-traces"
        taught = [word for source in TAUGHT for word in ("--source", source)]
        fauxface("add-traces", run, "--data", data, "--out", both, *taught)
        judge(both, TRACES / name, sources)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
