"""Audit the shared pictures for docs/data.md: `python docs/results/audits.py DATA` (a quarter of an hour).

DATA holds ``k140/`` and ``index.csv``. Writes ``audits/NAME.json`` for each of `WANTED`: what `fauxface data audit --out` would
write, without the folder, and with what it prints. `make results` draws the page from them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from audited import PRINTED
from stored import AUDITS
from typer.testing import CliRunner

from fauxface.audit.evidence import gather
from fauxface.audit.report import judge
from fauxface.cli.main import app
from fauxface.data.index import open_samples
from fauxface.data.samples import SampleTable
from fauxface.files import write_text

SHOWN_AS: Final = "../shared/data"
"""What the pages call DATA."""


@dataclass(frozen=True)
class Wanted:
    """One audit: of a folder or table below DATA, of those of its pictures whose path begins so."""

    of: str
    seed: int = 0
    begins: str = ""
    without: str = "nothing is called so"

    def table(self, data: Path) -> SampleTable:
        """The pictures that it looks at."""
        table = open_samples(data / self.of)
        kept = (s for s in table.samples if s.path.startswith(self.begins) and self.without not in s.path)
        return SampleTable(table.root, tuple(kept))


WANTED: Final = {
    "k140": Wanted("k140"),
    "k140-seed-1": Wanted("k140", seed=1),
    "k140-seed-2": Wanted("k140", seed=2),
    "first-pack": Wanted("index.csv"),
    "mixed": Wanted("index.csv", begins="mixed/"),
    "mixed-without-portrait_gan": Wanted("index.csv", begins="mixed/", without="/portrait_gan/"),
}


def printed(data: Path, of: str) -> list[str]:
    """What the command says, line by line, with the folder named as on the page."""
    result = CliRunner().invoke(app, ["data", "audit", str(data / of)])
    assert result.exit_code == 0, result.output
    return result.stdout.replace(str(data), SHOWN_AS).splitlines()


def main(data: Path) -> None:
    """Audit all of `WANTED`."""
    for name, wanted in WANTED.items():
        found: dict[str, Any] = judge(gather(wanted.table(data)), seed=wanted.seed).to_dict()
        found = {key: value for key, value in found.items() if key not in ("root", "left_out")}
        said = printed(data, wanted.of) if name in PRINTED else []
        facts = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "of": wanted.of, "seed": wanted.seed, "said": said}
        write_text(AUDITS / f"{name}.json", json.dumps({**facts, **found}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
