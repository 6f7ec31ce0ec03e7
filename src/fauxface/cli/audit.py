"""``fauxface data audit``: what gives the label away besides the face, and which pictures are there twice."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from fauxface.cli import terminal
from fauxface.cli.train import tell
from fauxface.errors import DataError
from fauxface.files import check_folder, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fauxface.audit.copies import Copies
    from fauxface.audit.report import Audit
    from fauxface.audit.shortcut import Shortcut

KINDS: Final = {
    "file": "the same file (SHA-256)",
    "saved_again": "saved again, pairs (≤ 10 of 256 bits)",
    "near": "near copies, pairs (≤ 24 of 256 bits)",
}
SHOWN = 5


def audit(
    source: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder, CSV or index (.parquet) of labelled pictures.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write all of it as JSON into this file.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the folds and of the bootstrap.")] = 0,
) -> None:
    """Say whether the label can be read from the files alone, and which pictures are there more than once.

    A small classifier sees nothing but the files' features; its AUC is near 0.5 where all is well.
    """
    terminal.need("train", "sklearn")
    if out is not None:
        _check_out(out)
    from fauxface.audit.evidence import gather
    from fauxface.audit.report import QUESTIONS, judge
    from fauxface.data.index import open_samples

    with terminal.progress("reading pictures", None) as advance:
        table = open_samples(source, advance=advance)
    terminal.say_notes(table.notes)
    with terminal.progress("looking at files", len(table)) as advance:
        evidence = gather(table, advance)
    with terminal.progress("asking what tells", QUESTIONS, "questions") as advance:
        found = judge(evidence, seed=seed, advance=advance)
    tell([f"left out: {r.path} [{r.code}] {r.message}" for r in found.rejected])
    if out is not None:
        write_text(out, json.dumps(found.to_dict(), indent=2, allow_nan=False) + "\n")
    _say(source, found)
    if out is not None:
        typer.echo(f"\nwritten: {terminal.escaped(str(out))}")


def _check_out(out: Path) -> None:
    if out.suffix.lower() != ".json":
        raise DataError(f"{out}: this file is JSON: name it with .json at the end", code="bad_name")
    check_folder(out.parent)
    if out.is_dir():
        raise DataError(f"{out}: this is a folder: name a file", code="cannot_write")


def _say(source: Path, found: Audit) -> None:
    from fauxface.audit.report import TITLES

    pictures = f"{found.real + found.fake:,} pictures ({found.real:,} real, {found.fake:,} fake)"
    typer.echo(f"{terminal.escaped(str(source))}: {pictures}\n")
    rows = [("feature", "real", "fake", "AUC", "advice")]
    for row in found.rows:
        told = "–" if row.alone is None else f"{row.alone.auc:.2f}"
        rows.append((TITLES[row.feature], str(row.real or "–"), str(row.fake or "–"), told, row.advice))
    _print(rows)
    typer.echo()
    _print([("copies", "within a split", "across splits"), *_copies(found.copies)])
    across = found.copies.sentences(across=True)
    for sentence in across[:SHOWN]:
        typer.echo("  " + terminal.escaped(sentence))
    if len(across) > SHOWN:
        typer.echo(f"  … and {len(across) - SHOWN:,} more across splits")
    typer.echo("\n" + "\n".join(_verdict(found)))


def _copies(copies: Copies) -> list[tuple[str, str, str]]:
    def cell(kind: str, across: bool) -> str:
        parts = [f"{n:,} {labels}" for (k, a, labels), n in sorted(copies.counts.items()) if (k, a) == (kind, across)]
        return ", ".join(parts) or "–"

    return [(title, cell(kind, False), cell(kind, True)) for kind, title in KINDS.items()]


def _verdict(found: Audit) -> list[str]:
    from fauxface.audit.advice import VERDICTS, level
    from fauxface.audit.report import TOGETHER

    if found.shortcut is None or found.verdict is None:
        lines = [f"shortcut AUC: {found.too_few}"]
    else:
        lines = [f"shortcut AUC {_auc(found.shortcut)}: {VERDICTS[found.verdict]}"]
        parts = [f"{name} {_auc(s)}: {level(s.auc)}" for name, s in found.groups.items() if name != TOGETHER]
        lines.append("  " + "; ".join(parts))
    return lines + [f"- {line}" for line in found.advice]


def _auc(shortcut: Shortcut) -> str:
    if shortcut.interval is None:
        return f"{shortcut.auc:.3f}"
    return f"{shortcut.auc:.3f} ({shortcut.interval[0]:.3f}–{shortcut.interval[1]:.3f})"


def _print(rows: Sequence[tuple[str, ...]]) -> None:
    """A table; on a terminal its cells are folded to fit."""
    rows = [tuple(terminal.escaped(cell) for cell in row) for row in rows]
    if not sys.stdout.isatty():
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in rows[0]:
        table.add_column(title, overflow="fold")
    for row in rows[1:]:
        table.add_row(*map(Text, row))
    Console().print(table)
