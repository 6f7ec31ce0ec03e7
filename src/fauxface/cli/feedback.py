"""`fauxface feedback`: what visitors of the page said, and what comes of it."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.errors import DataError

if TYPE_CHECKING:
    from fauxface.web.store import Store

app = typer.Typer(help="What visitors of the page said: list, review, export, purge.", no_args_is_help=True)

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", envvar="FAUXFACE_DATA_DIR", help="As `fauxface serve` was told.")
]
Database = Annotated[
    str | None, typer.Option("--database", envvar="FAUXFACE_DATABASE_URL", help="As `fauxface serve` was told.")
]


class Truth(StrEnum):
    """What a reviewer may find."""

    real = "real"
    fake = "fake"
    rejected = "rejected"


@contextmanager
def opened(data_dir: Path | None, database: str | None, *, make: bool = False) -> Iterator[Store]:
    """The page's memory, closed again at the end; with ``make`` it may be a new one.

    Raises:
        DataError: ``no_store``: there is none in that folder.
        StoreError: as `fauxface.web.store.Store.open`.
    """
    terminal.need("web", "sqlalchemy", "alembic", "pydantic_settings")
    from fauxface.web.settings import default_data_dir
    from fauxface.web.store import Store
    from fauxface.web.store.database import FILE_NAME

    folder = data_dir or default_data_dir()
    if not make and database is None and not (folder / FILE_NAME).exists():
        # An empty answer from a new database would look like the page's own.
        raise DataError(
            f"{folder}: no page keeps its database here: name the folder of `fauxface serve` with  --data-dir",
            code="no_store",
        )
    store = Store.open(database, folder)
    try:
        yield store
    finally:
        store.close()


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines: every answer, with its words.")] = False,
    state: Annotated[
        str | None, typer.Option(help="Only pictures in this state: unreviewed, real, fake, rejected.")
    ] = None,
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Show the kept pictures with what visitors and the detector said, and how many answers came without a picture."""
    with opened(data_dir, database) as store:
        from fauxface.web.store import STATES

        if state is not None and state not in STATES:
            raise typer.BadParameter(f"--state is one of {', '.join(STATES)}")
        chosen = store.kept(next((s for s in STATES if s == state), None))
        if as_json:
            names = {kept.sha256 for kept in chosen}
            for row in store.feedback():
                if state is None or row["sha256"] in names:
                    sys.stdout.write(json.dumps(row) + "\n")
            return
        for kept in chosen:
            said = ", ".join(kept.says) or "nothing"
            sys.stdout.write(
                f"{kept.sha256[:12]}  {kept.added_at:%Y-%m-%d}  {kept.state:<10}  "
                f"visitors: {said}; detector: {kept.label}\n"
            )
        counts = store.count()
        sys.stderr.write(f"{counts['feedback']} answers, {counts['pictures']} pictures kept\n")


@app.command()
def review(
    sha256: Annotated[str, typer.Argument(help="The beginning of the picture's SHA-256.")],
    truth: Annotated[Truth, typer.Argument(help="What it is; rejected: of no use.")],
    reviewer: Annotated[str, typer.Option(help="Who says so.")],
    note: Annotated[str, typer.Option(help="How that is known.")] = "",
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Say what a kept picture really is. Earlier reviews stay as history; the latest counts."""
    with opened(data_dir, database) as store:
        kept = store.review(sha256, truth.value, reviewer=reviewer, note=note)
        sys.stdout.write(f"{kept.sha256}  {kept.state}  {terminal.escaped(str(kept.path))}\n")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Write the pictures reviewed as real or fake into FOLDER/{real,fake}, as `fauxface data index` reads them."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: not empty: name a new folder", code="cannot_write")
    with opened(data_dir, database) as store:
        chosen = [kept for kept in store.kept() if kept.state in ("real", "fake")]
        for kept in chosen:
            if not kept.path.is_file():
                way_out = f"restore it, or run  fauxface feedback purge --sha256 {kept.sha256[:12]}"
                raise DataError(f"{kept.path}: the picture is gone: {way_out}", code="not_found")
        try:
            for kept in chosen:
                (folder / kept.state).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(kept.path, folder / kept.state / kept.path.name)
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
                table = csv.writer(file, lineterminator="\n")
                table.writerow(("sha256", "label", "file", "reviewer", "added_at"))
                for k in chosen:
                    row = (k.sha256, k.state, f"{k.state}/{k.path.name}", k.reviewer, k.added_at.isoformat())
                    table.writerow(row)
        except OSError as e:
            raise DataError(f"{folder}: cannot be written ({e.strerror or e})", code="cannot_write") from e
    sys.stdout.write(f"{terminal.escaped(str(folder))}: {len(chosen)} pictures\n")


@app.command()
def purge(
    older_than: Annotated[
        float | None, typer.Option(min=0, max=36500, help="Days: older pictures and answers go.")
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="This picture goes (the beginning of its SHA-256).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All pictures and answers go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Delete for good. Expired shared results and files that a kill has left behind go every time."""
    with opened(data_dir, database) as store:
        if (older_than is not None or everything or sha256) and not yes:
            typer.confirm("Delete for good?", abort=True, err=True)
        if sha256:
            store.forget(sha256)
        before = None
        if older_than is not None:
            before = dt.datetime.now(dt.UTC) - dt.timedelta(days=older_than)
        gone = store.purge(before=before, everything=everything)
        gone["pictures"] += bool(sha256)
        sys.stdout.write(", ".join(f"{n} {what}" for what, n in gone.items()) + " deleted\n")
