"""Errors by age, sex and origin, from counts of left-out sources; for the results page and the model card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from fauxface.errors import DataError
from fauxface.evaluation.intervals import wilson
from fauxface.report.markdown import escaped
from fauxface.report.tables import per_cent

SOURCES: Final = {
    "utkface": "photographs called fake, UTKFace",
    "generated_photos": "fakes called real, generated.photos",
}
"""The sources that name such groups, and what is counted of them."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one network says of the pictures of one group.

    Attributes:
        network: name of the weights.
        source: of `SOURCES`.
        attribute: age, sex or origin, as the source gives it; group: its value.
        pictures: how many there are; wrong: called the other thing; uncertain: called neither.
    """

    network: str
    source: str
    attribute: str
    group: str
    pictures: int
    wrong: int
    uncertain: int


def read(path: Path) -> tuple[Group, ...]:
    """Counts that `docs/results/attributes.py` has written.

    Raises:
        DataError: bad_groups: it cannot be read, or is no list of such counts.
    """
    wanted = {f.name: int if f.name in ("pictures", "wrong", "uncertain") else str for f in fields(Group)}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        groups = tuple(Group(**row) for row in stored)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise _bad(path) from error
    for group in groups:
        if any(type(getattr(group, name)) is not kind for name, kind in wanted.items()):
            raise _bad(path)
        if min(group.wrong, group.uncertain) < 0 or not 0 < group.pictures >= group.wrong + group.uncertain:
            raise _bad(path)
    return groups


def tables(groups: Sequence[Group], networks: Sequence[str]) -> str:
    """A Markdown table a source: one line a group, two columns a network, with Wilson's intervals."""
    text: list[str] = []
    for source, title in SOURCES.items():
        mine = [[g for g in groups if (g.network, g.source) == (name, source)] for name in networks]
        text.append(f"| {title} | pictures | {' | '.join(f'{name} | uncertain' for name in networks)} |")
        text.append("|:--|--:|" + "--:|" * (2 * len(networks)))
        for row in zip(*mine, strict=True):
            first = row[0]
            cells = [_share(n, g.pictures) for g in row for n in (g.wrong, g.uncertain)]
            text.append(f"| {first.attribute}: {escaped(first.group)} | {first.pictures} | {' | '.join(cells)} |")
        text.append("")
    return "\n".join(text[:-1])


def _share(n: int, of: int) -> str:
    return per_cent(n / of, wilson(n, of))


def _bad(path: Path) -> DataError:
    return DataError(f"{path}: no list of counts by group: docs/results/attributes.py writes one", code="bad_groups")
