"""The list of those whose content credentials are trusted: certificates in a file that the operator names."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Final

from fauxface.errors import DataError, MissingExtraError

_MOST: Final = 4 << 20


def read_trust(path: str | os.PathLike[str]) -> str:
    """The certificates (PEM) in a file.

    Raises:
        MissingExtraError: signatures cannot be checked here.
        DataError: cannot_read; bad_trust if there is none in it.
    """
    if importlib.util.find_spec("c2pa") is None:
        raise MissingExtraError("c2pa", "c2pa-python")
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MOST + 1).decode("utf-8", "replace")
    except OSError as e:
        raise DataError(f"{path}: cannot be read ({e.strerror or e})", code="cannot_read") from e
    if "-----BEGIN CERTIFICATE-----" not in text or len(text) > _MOST:
        raise DataError(f"{path}: holds no certificates in PEM: name a list of trusted signers", code="bad_trust")
    return text
