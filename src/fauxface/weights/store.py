"""Finding and verifying weights: from a name or a path to bytes that are what their card says."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fauxface import former_names
from fauxface.errors import WeightsError, not_fetched
from fauxface.weights.card import CARD_NAME, ModelCard

DEFAULT: Final = "default"
SHIPPED: Final = {
    DEFAULT: Path(__file__).parent / "efficientnet_lite0",
    "resnet68": Path(__file__).parent / "resnet68_cutout",
}
"""Detectors in the package, by name: the default, and the paper's network at a quarter of its width."""
FORMER: Final = {"slim": DEFAULT}
"""Names of earlier versions, and what is used instead: the default is now smaller than "slim" was."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A card, and where its weights lie (a file that exists and has the right size)."""

    card: ModelCard
    path: Path

    def read(self) -> bytes:
        """The bytes of the weights, verified.

        Raises:
            WeightsError: weights_not_found, weights_damaged (size or SHA-256 differ from the card).
        """
        _check_file(self.path, self.card)
        try:
            with self.path.open("rb") as file:
                data = file.read(self.card.provenance.size_bytes + 1)
        except OSError as e:
            raise WeightsError(f"{self.path}: cannot be read ({e.strerror})", code="weights_not_found") from e
        if (len(data), hashlib.sha256(data).hexdigest()) != self._promised():
            raise self._other()
        return data

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """Within the block, a path of the verified weights for a library that reads files: no copy in memory.

        It leads to the very file that was checked, whatever is put in its place meanwhile (where the system has
        ``/dev/fd``), and one that is replaced or written to while the block runs is refused at its end.

        Raises:
            WeightsError: weights_not_found, weights_damaged (size or SHA-256 differ from the card, or it was changed).
        """
        _check_file(self.path, self.card)
        try:
            file = self.path.open("rb")
        except OSError as e:
            raise WeightsError(f"{self.path}: cannot be read ({e.strerror})", code="weights_not_found") from e
        with file:
            before = _state(file.fileno())
            if (before[0], hashlib.file_digest(file, "sha256").hexdigest()) != self._promised():
                raise self._other()
            file.seek(0)
            same = Path(f"/dev/fd/{file.fileno()}")
            yield same if same.exists() else self.path
            if _state(file.fileno()) != before:
                raise WeightsError(f"{self.path}: was changed while it was read", code="weights_damaged")

    def _promised(self) -> tuple[int, str]:
        return self.card.provenance.size_bytes, self.card.provenance.sha256

    def _other(self) -> WeightsError:
        return WeightsError(
            f"{self.path}: the weights are not the ones that their card describes: fetch both again",
            code="weights_damaged",
        )


def resolve(ref: str | Path = DEFAULT) -> Loaded:
    """Find weights and read their card; the weights themselves are not read yet.

    Args:
        ref: "default" or "resnet68" for a detector in the package, a folder that holds ``card.json``, or the path of a
            card.

    Raises:
        WeightsError: weights_not_found, weights_damaged (wrong size), bad_card.
    """
    if isinstance(ref, str) and ref in FORMER:
        former_names.tell("weights", former_names.note(ref, FORMER[ref]))
        ref = FORMER[ref]
    if isinstance(ref, str) and ref in SHIPPED:
        card_path = SHIPPED[ref] / CARD_NAME
        if not card_path.is_file():
            raise WeightsError(
                f"this installation has no {ref} weights: name a folder with --weights, or install again",
                code="weights_not_found",
            )
    else:
        card_path = _card_path(Path(ref))
    card = ModelCard.read(card_path)
    path = card_path.parent / card.provenance.weights_file
    _check_file(path, card)
    return Loaded(card, path)


def _card_path(path: Path) -> Path:
    try:
        if path.is_dir():
            if not (path / CARD_NAME).exists() and (path / "recipe.yaml").exists():
                raise WeightsError(
                    f"{path}: this is a training run, not a detector yet: run  fauxface export {path} --out FOLDER",
                    code="weights_not_found",
                )
            return path / CARD_NAME
        if path.is_file():
            if path.suffix.lower() == ".json":
                return path
            hint = f"name the folder that holds {CARD_NAME}, or that card"
            raise WeightsError(f"{path}: this is no model card: {hint}", code="bad_card")
    except (OSError, ValueError) as e:
        raise WeightsError(f"{path}: cannot be read ({e})", code="weights_not_found") from e
    if said := not_fetched(str(path)):
        raise WeightsError(f"{path}: {said}", code="weights_not_found")
    raise WeightsError(
        f"{path}: no such weights (in the package there are: {', '.join(SHIPPED)})", code="weights_not_found"
    )


def _state(file: int) -> tuple[int, int, int]:
    """What differs after somebody wrote to the file."""
    found = os.fstat(file)
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _check_file(path: Path, card: ModelCard) -> None:
    try:
        found = path.is_file()  # also refuses pipes and devices, which could be read forever
        size = path.stat().st_size if found else -1
    except OSError as e:
        raise WeightsError(f"{path}: cannot be read ({e.strerror})", code="weights_not_found") from e
    if not found:
        raise WeightsError(f"{path}: the weights are missing beside their card", code="weights_not_found")
    if size != (promised := card.provenance.size_bytes):
        raise WeightsError(
            f"{path}: {size} bytes, but the card says {promised}: the file is damaged or incomplete",
            code="weights_damaged",
        )
