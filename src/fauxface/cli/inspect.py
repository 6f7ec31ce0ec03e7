"""`fauxface inspect`: what do the files of pictures and clips say about where they come from? No network judges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fauxface.cli import terminal
from fauxface.cli.streams import Results, any_text

if TYPE_CHECKING:
    from fauxface.cli.predict_inputs import Input
    from fauxface.provenance import Testimony


def inspect(
    paths: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Files, folders, globs, or - for standard input.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on standard output.")] = False,
    private: Annotated[
        bool, typer.Option("--private", help="Also show places, names of people and serial numbers.")
    ] = False,
    trust: Annotated[
        Path | None,
        typer.Option(
            envvar="FAUXFACE_C2PA_TRUST",
            help="Certificates (PEM) of those whose content credentials are trusted; default: nobody's.",
        ),
    ] = None,
) -> None:
    """Say what each picture's or clip's file says of itself: generator, camera, program, dates, content credentials.

    No network judges, and nothing is fetched. What a file says can be forged or stripped. Exit code 0 if every file
    could be read, 2 if one could not.
    """
    from fauxface.cli.folder_walk import LeftOut
    from fauxface.cli.predict_inputs import expand
    from fauxface.provenance import CAUTION, read_trust

    trusted, failed = "" if trust is None else read_trust(trust), False
    any_text()
    results = Results(table=False)
    for one in expand(paths, LeftOut()):
        found, error = look(one, trusted)
        failed |= error is not None
        if as_json:
            results.line(json.dumps(as_row(one.name, found, error, private=private)))
        else:
            for line in as_lines(one.name, found, error, private=private):
                results.line(line)
    results.check()
    if not as_json:
        terminal.say(CAUTION)
    if failed:
        raise typer.Exit(2)


def look(one: Input, trust: str) -> tuple[Testimony, dict[str, str] | None]:
    """What a file says, and why it could not be read."""
    from fauxface import provenance
    from fauxface.cli.predict_clips import is_clip
    from fauxface.errors import ImageError, VideoError
    from fauxface.images.files import read_file
    from fauxface.images.formats import sniff

    try:
        if one.error is not None:
            return provenance.Testimony(), one.error.to_dict()
        assert one.source is not None
        if is_clip(one):
            return look_at_clip(one.name, one.source, trust), None
        data = one.source if isinstance(one.source, bytes) else read_file(one.source)
        sniff(data, terminal.escaped(one.name))
    except (ImageError, VideoError) as e:
        return provenance.Testimony(), e.to_dict()
    return provenance.inspect(data, trust=trust), None


def look_at_clip(name: str, source: str | bytes, trust: str) -> Testimony:
    """What a clip's file says; it is read in pieces and not decoded, so PyAV is not needed.

    Raises:
        VideoError: as `fauxface.video.file.open_clip`.
    """
    from fauxface.errors import VideoError
    from fauxface.provenance import inspect_clip
    from fauxface.video.file import open_clip
    from fauxface.video.limits import VideoLimits

    file, _ = open_clip(source, terminal.escaped(name), VideoLimits())
    with file:
        try:
            return inspect_clip(file, trust=trust)
        except OSError as e:
            said = f"{terminal.escaped(name)}: cannot be read ({e.strerror})"
            raise VideoError(said, code="unreadable_file") from e


def as_row(name: str, found: Testimony, error: dict[str, str] | None, *, private: bool) -> dict[str, Any]:
    """One object of ``--json``."""
    from dataclasses import asdict

    row: dict[str, Any] = {"path": name, "provenance": [asdict(claim) for claim in found.claims], "error": error}
    if private:
        row["private"] = [asdict(claim) for claim in found.private]
    return row


def as_lines(name: str, found: Testimony, error: dict[str, str] | None, *, private: bool) -> list[str]:
    """The same for people: the name, then a line for each claim with its place in brackets."""
    if error is not None:
        return [f"{terminal.escaped(error['message'])} [{error['code']}]"]
    claims = [claim for claim in found.claims if not (private and claim.kind == "private")]
    claims += found.private if private else ()
    lines = [f"  {'!' if claim.confesses else ' '} {claim.claim}  [{claim.source}]" for claim in claims]
    return [terminal.escaped(name), *(lines or ["    It says nothing about where it comes from."])]
