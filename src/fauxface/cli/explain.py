"""`fauxface explain`: where did the network look?"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import streams, terminal
from fauxface.cli.predict import Faces, Lines
from fauxface.errors import DataError

if TYPE_CHECKING:
    from fauxface.detector import Detector
    from fauxface.explain import Explanation
    from fauxface.source import Source

STDIN = "-"


def explain(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="A picture, or - for standard input.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The PNG to write; default: NAME.explained.png in this folder."),
    ] = None,
    hide: Annotated[
        bool,
        typer.Option("--occlusion", help="A finer map: hide patch after patch and see what changes. Takes a while."),
    ] = False,
    patch: Annotated[
        float | None,
        typer.Option(
            min=0.02, max=1, help="Side of the patch as a share of what is judged; default: 1/6.", show_default=False
        ),
    ] = None,
    weights: Annotated[
        str, typer.Option(help="default, resnet68 (the paper's), or a folder with card.json.")
    ] = "default",
    faces: Annotated[
        Faces,
        typer.Option(help="auto: the face that decides, the whole picture if there is none; off: the whole picture."),
    ] = Faces.auto,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads; default: all cores.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, max=1024, help="Patches judged together.")] = 8,
) -> None:
    """Draw where the network looked: orange speaks for generated, blue for photograph.

    Prints the verdict and writes the picture with a heat map over it. The map shows what moved the network, which
    may be wrong: it is no proof, and does not mark which parts of a picture are false.
    """
    if patch is not None and not hide:
        raise typer.BadParameter("--patch belongs to --occlusion")
    out = out or Path(f"{'stdin' if image == STDIN else Path(image).stem}.explained.png")
    check(out, image)
    from PIL import Image

    from fauxface.detector import Detector
    from fauxface.explain import NO_PROOF, class_activation, draw
    from fauxface.files import replacing

    source = _source(image)
    detector = Detector.load(weights, threads=threads, faces=faces.value)
    explanation = _by_hiding(detector, source, patch, batch_size) if hide else class_activation(detector, source)
    with replacing(out) as temporary:
        Image.fromarray(draw(explanation)).save(temporary, "PNG", optimize=True)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show stops nothing
    sys.stdout.write(Lines(sys.stdout).line(explanation.verdict) + "\n")
    sys.stdout.write(f"{terminal.escaped(str(out))}: the {explanation.kind} {NO_PROOF}\n")


def check(out: Path, image: str) -> None:
    """Refuse a picture that could not be written, or would take the place of the one it explains, before any work.

    Raises:
        DataError: unknown_format, cannot_write.
    """
    if out.suffix.lower() != ".png":
        raise DataError(f"{out}: --out must end with .png", code="unknown_format")
    if not out.parent.is_dir():
        raise DataError(f"{out.parent}: no such folder: make it first", code="cannot_write")
    if out.is_dir():
        raise DataError(f"{out}: this is a folder: name a file", code="cannot_write")
    if image != STDIN and _same(out, image):
        raise DataError(f"{out}: this is the picture itself: name another file", code="cannot_write")


def _same(out: Path, image: str) -> bool:
    try:
        return out.samefile(image)
    except (OSError, ValueError):
        return False  # one of them does not exist; what is wrong with a picture is said when it is read


def _source(image: str) -> Source:
    """A path as it was typed, or everything from standard input.

    Raises:
        ImageError: empty_file, file_too_large, unreadable_file.
    """
    return streams.read_input() if image == STDIN else image


def _by_hiding(detector: Detector, source: Source, patch: float | None, batch_size: int) -> Explanation:
    from fauxface.explain import PATCH, count_patches, occlusion

    share = PATCH if patch is None else patch
    total = count_patches(detector.card.input.size, share)
    with terminal.progress("hiding patches", total, "patches") as advance:
        return occlusion(detector, source, patch=share, batch_size=batch_size, advance=advance)
