"""`fauxface compare`: how far apart are two faces?"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fauxface.cli import terminal
from fauxface.cli.predict import Faces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Model(StrEnum):
    """The networks of VGGFace2."""

    resnet = "vggface2-resnet-50"
    senet = "vggface2-senet-50"


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A picture of a face.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    weights: Annotated[
        Path | None, typer.Option(help="The published .h5 file; default: the cache, else a download.")
    ] = None,
    model: Annotated[Model, typer.Option(help="Network that sees the faces.")] = Model.resnet,
    faces: Annotated[
        Faces,
        typer.Option(help="auto: the largest face, the whole picture if there is none; off: always the whole picture."),
    ] = Faces.auto,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on standard output.")] = False,
) -> None:
    """Print how far apart two faces are, beside a threshold that others have published.

    The distance is between embeddings of a network trained on VGGFace2. It says nothing on whether a picture is real.
    """
    terminal.need("train", *terminal.TRAIN)
    from fauxface.embedder import THRESHOLD, Embedder, cosine, euclidean

    # Pictures first: a typing mistake should not cost a download.
    seen = [_face(path, faces) for path in (first, second)]
    embedder = Embedder(model.value, weights=weights, show=terminal.progress)
    a, b = embedder.embed([rgb for rgb, _ in seen])
    distances = {"cosine": cosine(a, b), "euclidean": euclidean(a, b)}
    thresholds = {"cosine": THRESHOLD.cosine, "euclidean": THRESHOLD.euclidean}
    if as_json:
        found = {
            "pictures": [{"path": p, "seen": note} for p, (_, note) in zip((first, second), seen, strict=True)],
            "model": embedder.model,
            "distance": distances,
            "threshold": thresholds | {"origin": THRESHOLD.origin},
            "closer_than_threshold": {k: distances[k] < thresholds[k] for k in distances},
        }
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for path, (_, note) in zip((first, second), seen, strict=True):
        sys.stdout.write(f"{terminal.escaped(path)}: {note}\n")
    for name, label in (("cosine", "cosine distance"), ("euclidean", "Euclidean distance")):
        side = "closer than" if distances[name] < thresholds[name] else "not closer than"
        sys.stdout.write(f"{label:<20}{distances[name]:.4f}  {side} the threshold {thresholds[name]:.4f}\n")
    sys.stdout.write(f"threshold: {THRESHOLD.origin}\n")


def _face(path: str, faces: Faces) -> tuple[NDArray[np.uint8], str]:
    """What is compared of a picture, and a few words on what that is.

    Raises:
        ImageError: the picture cannot be read, or no_face where one is required.
    """
    from fauxface.embedder import head
    from fauxface.errors import ImageError
    from fauxface.faces import find
    from fauxface.source import read

    rgb = read(path, path).rgb
    if faces is Faces.off:
        return rgb, "the whole picture"
    if found := find(rgb):
        return head(rgb, found[0].box), "its face" if len(found) == 1 else f"the largest of {len(found)} faces"
    if faces is Faces.required:
        raise ImageError(f"{path}: no face was found; compare whole pictures with  --faces off", code="no_face")
    return rgb, "the whole picture (no face was found)"
