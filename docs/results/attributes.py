"""Count errors by age, sex and origin on left-out sources: `python docs/results/attributes.py ATTRIBUTES.csv`.

The table says of pictures of `utkface` (photographs) and `generated_photos` (fakes) what their sources say of the people
in them, crude as it is. It never leaves its folder: only counts are written here, into ``unseen-sources/attributes.json``.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

from stored import NETWORKS, UNSEEN, left_out

from fauxface.files import write_text

AGES = ((0, 12), (13, 19), (20, 39), (40, 59), (60, 200))
SOURCES = {"utkface": ("fake", "photographs called fake"), "generated_photos": ("real", "fakes called real")}


def group_of(row: dict[str, str]) -> list[tuple[str, str]]:
    """(attribute, group) pairs of a person."""
    found = [(name, row[name]) for name in ("sex", "origin") if row[name]]
    if row["age"]:
        age = int(float(row["age"]))
        found += [
            ("age", f"{low}–{high}" if high < 200 else f"{low} and more") for low, high in AGES if low <= age <= high
        ]
    return found


def counted(network: str, people: dict[str, list[tuple[str, str]]]) -> list[dict[str, object]]:
    """One row for each group that a network has judged."""
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in left_out(network).rows:
        if row.source not in SOURCES:
            continue
        for attribute, group in people.get(row.path, []):
            mine = counts[(row.source, attribute, group)]
            mine[0] += 1
            mine[1] += row.verdict == SOURCES[row.source][0]
            mine[2] += row.verdict == "uncertain"
    keys = ("network", "source", "attribute", "group", "pictures", "wrong", "uncertain")
    return [dict(zip(keys, (network, *place, *numbers), strict=True)) for place, numbers in sorted(counts.items())]


def main() -> None:
    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        people = {row["path"]: group_of(row) for row in csv.DictReader(file)}
    rows = [row for network in NETWORKS for row in counted(network, people)]
    write_text(UNSEEN / "attributes.json", json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
