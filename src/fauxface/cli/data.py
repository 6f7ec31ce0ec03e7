"""``fauxface data``: index and audit labelled pictures, get the paper's data set, and look at augmentation."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.cli.audit import audit
from fauxface.cli.predict import Faces
from fauxface.errors import DataError
from fauxface.files import check_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fauxface.data.augment import AugmentSettings
    from fauxface.data.listing import Listing
    from fauxface.data.samples import SampleTable

app = typer.Typer(help="Index, audit, download and preview labelled pictures.", no_args_is_help=True)

SHOWN = 20


class Geometry(StrEnum):
    """The two meanings of cutout."""

    erasing = "erasing"
    square = "square"


Source = Annotated[Path, typer.Argument(help="Folder, CSV (path,label[,split]) or index (.parquet).")]


@app.command()
def index(
    source: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder with class folders (real/, fake/), or a CSV (path,label[,split])."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the table.")] = Path("index.parquet"),
    ratios: Annotated[str, typer.Option(help="Shares of train,valid,test where DIR names no split.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option(min=0, help="Seed of that split.")] = 0,
    faces: Annotated[
        Faces, typer.Option(help="required: leave out pictures without a face; auto: only count them.")
    ] = Faces.off,
    fake_is: Annotated[terminal.FakeIs | None, typer.Option(help=terminal.FAKE_IS_HELP)] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name everything that is left out.")] = False,
) -> None:
    """Write one table of all labelled pictures in DIR, and print Table I for it.

    Every picture is decoded once, whatever it is called. Files that cannot be used are listed with the reason, and left
    out; hidden and system files, and pictures in no class folder, are counted. How labels were read is said.
    """
    terminal.need("report", "pyarrow")
    from fauxface.data.index import measure, no_pictures, scan, write_table
    from fauxface.data.layouts import label_disagreements
    from fauxface.data.splitting import check_ratios
    from fauxface.paper.table_one import table_one

    if out.suffix.lower() != ".parquet":
        raise DataError(f"{out}: the table is a Parquet file: name it with .parquet at the end", code="bad_name")
    check_folder(out.parent)
    if out.is_dir():
        raise DataError(f"{out}: this is a folder: name a file", code="cannot_write")
    shares = _ratios(ratios)
    check_ratios(shares)
    has_face = _face_check(faces)
    listing = scan(source, fake_is=terminal.fake_is(fake_is))
    with terminal.progress("indexing", len(listing.candidates)) as advance:
        table = measure(listing, ratios=shares, seed=seed, advance=advance, has_face=has_face)
    _report(table, every=verbose)
    _count_passed(listing, by_name=verbose)
    terminal.say_notes(listing.notes)
    if disagreeing := label_disagreements(table):
        terminal.say(f"note: {len(disagreeing):,} labels disagree with their folders, the first one: {disagreeing[0]}")
    if has_face is not None and not has_face.required:
        typer.echo(f"note: {has_face.without:,} pictures show no face; they are in the table all the same", err=True)
    if not table.samples:
        raise no_pictures(source, table)
    write_table(table, out)
    typer.echo(table_one(table.counts()))
    if len(classes := {label for _, label in table.counts()}) == 1:
        other = "fakes" if "real" in classes else "photographs"
        terminal.say(f"note: there are no {other} in the table; were their labels or folders read?")
    typer.echo(f"\n{len(table):,} pictures of {terminal.escaped(str(source))} in {terminal.escaped(str(out))}")
    if any(candidate.split is None for candidate in listing.candidates):
        typer.echo(f"No split is named there: split by {ratios} with seed {seed}.")


app.command()(audit)


@app.command()
def download(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Unpack into this folder instead of kagglehub's cache.")
    ] = None,
) -> None:
    """Get the paper's data set from Kaggle (about 4 GB) and count it against Table I."""
    terminal.need("train", "kagglehub")
    from fauxface.data import kaggle
    from fauxface.paper.table_one import PAPER_COUNTS, table_one

    folder = kaggle.download(out, expected=PAPER_COUNTS)
    typer.echo(table_one(kaggle.count(folder)))
    typer.echo(f"\nComplete. Next:  fauxface data index '{folder}'")


@app.command()
def preview(
    source: Source,
    cutout: Annotated[bool, typer.Option("--cutout", help="Blank a patch in every picture (Fig. 3).")] = False,
    geometry: Annotated[
        Geometry,
        typer.Option(help="erasing: a rectangle inside, as the authors' code; square: DeVries & Taylor."),
    ] = Geometry.erasing,
    recipe: Annotated[
        str | None, typer.Option(help="Show the augmentation of this recipe, unchanged, instead.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture to write.")] = Path("preview.png"),
    count: Annotated[int, typer.Option(min=1, max=24, help="Pictures of each class.")] = 6,
    seed: Annotated[int, typer.Option(min=0, help="Chooses pictures and augmentation.")] = 0,
) -> None:
    """Draw some real and fake pictures before and after augmentation, as in the paper's Fig. 3."""
    terminal.need("train", *terminal.TRAIN)
    from fauxface.data.preview import preview as draw

    settings, size = _augmentation(cutout, geometry, recipe)
    sheet = draw(source, settings, count=count, seed=seed, size=size)
    try:
        sheet.save(out)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{out}: the picture cannot be written ({error}): name a .png file in a folder that exists",
            code="cannot_write",
        ) from error
    typer.echo(f"{terminal.escaped(str(out))}: {sheet.width} × {sheet.height} pixels")


class _FaceCheck:
    """Says which pictures stay in the table, and counts those without a face; called from several threads."""

    def __init__(self, *, required: bool) -> None:
        from fauxface.faces import Finder

        self.required = required
        self.without = 0
        self._finder = Finder()
        self._lock = Lock()

    def __call__(self, rgb: NDArray[np.uint8]) -> bool:
        found = bool(self._finder.find(rgb))
        with self._lock:
            self.without += not found
        return found or not self.required


def _face_check(faces: Faces) -> _FaceCheck | None:
    return None if faces is Faces.off else _FaceCheck(required=faces is Faces.required)


def _ratios(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise DataError(f"--ratios {text}: write three numbers, as 0.8,0.1,0.1", code="bad_ratios") from None


def _report(table: SampleTable, *, every: bool = False) -> None:
    """Rejected files and leaks on standard error: the first of each, and how many more there are."""
    from fauxface.data.leaks import exact_duplicates

    shown = table.rejected if every else table.rejected[:SHOWN]
    for r in shown:
        typer.echo(terminal.escaped(f"left out: {r.path} [{r.code}] {r.message}"), err=True)
    if len(table.rejected) > len(shown):
        typer.echo(f"… and {len(table.rejected) - SHOWN:,} more left out; the table lists all", err=True)
    duplicates = exact_duplicates(table)
    leaks = [d for d in duplicates if d.leaks]
    for leak in leaks[:SHOWN]:
        typer.echo(terminal.escaped(f"warning: {leak}"), err=True)
    if len(leaks) > SHOWN:
        typer.echo(f"… and {len(leaks) - SHOWN:,} more in two splits", err=True)
    if len(duplicates) > len(leaks):
        more = len(duplicates) - len(leaks)
        which = "1 file is" if more == 1 else f"{more:,} files are"
        typer.echo(f"note: {which} there more than once within a split", err=True)


def _count_passed(listing: Listing, *, by_name: bool) -> None:
    """What was never looked at, in one line by kind, or each by name before that."""
    if by_name:
        for r in listing.passed:
            terminal.say(f"left out: {r.path} [{r.code}] {r.message}")
    if counted := listing.count_passed():
        terminal.say(counted if by_name else f"{counted} (--verbose names them)")


def _augmentation(cutout: bool, geometry: Geometry, recipe: str | None) -> tuple[AugmentSettings, int]:
    """What to show, and the side in pixels to show it at."""
    from fauxface.data.augment import AugmentSettings, CutoutSettings

    if recipe is not None:
        from fauxface.training.recipe import load_recipe

        loaded = load_recipe(recipe)
        return loaded.augment, loaded.size
    # The notebooks cut half of the pictures; here every picture shows what a patch looks like.
    patch = CutoutSettings(geometry=geometry.value, probability=1.0) if cutout else None
    return AugmentSettings(flip=0.5, shift=0.1, cutout=patch), 224
