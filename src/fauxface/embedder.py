"""Is it the same face? Pictures to embeddings of the VGGFace2 networks, and the distance between two of them.

Not on the walk that judges pictures: it needs PyTorch, and weights that fauxface does not ship.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fauxface.errors import WeightsError
from fauxface.models import registry
from fauxface.models.trunk import TrunkWithMap
from fauxface.models.vggface2 import ENTRIES
from fauxface.preprocess import square
from fauxface.source import Source, at_hand, name_of, read
from fauxface.weights import fetch
from fauxface.weights.download import Show
from fauxface.weights.remote import PackagedFile, RemoteFile

Embedding = NDArray[np.float32]
MODELS: Final = tuple(entry.name for entry in ENTRIES)
_BATCH: Final = 8


@dataclass(frozen=True, slots=True)
class Threshold:
    """A distance below which others have called two faces the same person.

    Attributes:
        cosine, euclidean: between embeddings of length 1.
        origin: who says so, of what; a sentence for people.
    """

    cosine: float
    euclidean: float
    origin: str


THRESHOLD: Final = Threshold(
    cosine=0.5,
    euclidean=1.0,
    origin=(
        "not measured by fauxface: J. Brownlee's tutorial 'How to Perform Face Recognition With VGGFace2 in Keras' "
        "(machinelearningmastery.com, 2019) takes cosine distance 0.5 for the ResNet-50 file and MTCNN's faces, calls "
        "0.4 to 0.6 common, and says to tune it; Euclidean 1.0 is the same limit, since its square is twice the cosine "
        "distance"
    ),
)


class Embedder:
    """Turns faces into vectors that lie close together for one person.

    Example:
        >>> from fauxface.embedder import Embedder, cosine
        >>> a, b = Embedder().embed(["one.jpg", "other.jpg"])  # doctest: +SKIP
        >>> cosine(a, b)  # doctest: +SKIP
        0.31
    """

    def __init__(self, model: str = MODELS[0], *, weights: str | Path | None = None, show: Show | None = None) -> None:
        """Load a network with its published weights; there is no falling back to random ones.

        Args:
            model: "vggface2-resnet-50" or "vggface2-senet-50".
            weights: the published .h5 file, if it is at hand; default: the cache, else a download.
            show: shows the progress of a download.

        Raises:
            ValueError: no such model.
            WeightsError: weights_unavailable (they cannot be had), weights_damaged, weights_pickled,
                weights_of_another_network, bad_weights.
        """
        if model not in MODELS:
            raise ValueError(f"model must be one of {', '.join(MODELS)}, not {model!r}")
        self._entry = registry.entry(model)
        published = self._entry.pretrained[0]
        path = _find(published.file, None if weights is None else Path(weights), show)
        network = self._entry.build()
        assert isinstance(network, TrunkWithMap)
        published.load(network, path)
        self._network = network.eval()

    @property
    def model(self) -> str:
        """Name of the network."""
        return self._entry.name

    def embed(self, pictures: Sequence[Source]) -> NDArray[np.float32]:
        """Embeddings of faces.

        Args:
            pictures: paths, bytes, open files, RGB arrays (H, W, 3) uint8 or Pillow pictures, each with one face that
                fills most of it. The centre square is taken; cut faces out before (`head`) where they are small.

        Returns:
            (N, 2048), each of length 1.

        Raises:
            ImageError: a picture cannot be read; codes in `fauxface.images`.
            WeightsError: bad_weights if the network gives nothing that has a direction.
        """
        size = self._entry.input_size
        squares = [square(read(picture, name_of(picture)).rgb, size) for picture in map(at_hand, pictures)]
        batches = [self._embed(squares[i : i + _BATCH]) for i in range(0, len(squares), _BATCH)]
        return np.concatenate([np.empty((0, 2048), np.float32), *batches])

    def _embed(self, squares: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        import torch

        mean, std = (torch.tensor(v).reshape(1, 3, 1, 1) for v in (self._entry.mean, self._entry.std))
        pixels = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            pooled = self._network.features((pixels - mean) / std).mean(dim=(2, 3))
        length = pooled.norm(dim=1)
        if not (torch.isfinite(length) & (length > 0)).all():
            raise WeightsError(f"the network '{self.model}' gives no usable numbers: its weights are damaged")
        return torch.nn.functional.normalize(pooled, eps=0.0).numpy()


def cosine(a: Embedding, b: Embedding) -> float:
    """1 minus the cosine of the angle between two embeddings of length 1: 0 (same direction) to 2."""
    return max(0.0, 1.0 - float(a.astype(np.float64) @ b.astype(np.float64)))


def euclidean(a: Embedding, b: Embedding) -> float:
    """Length of the difference of two embeddings of length 1: 0 to 2; its square is twice the cosine distance."""
    return float(np.linalg.norm(a.astype(np.float64) - b.astype(np.float64)))


def head(rgb: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """A face as the networks were trained on it: MTCNN's box, 1.3 times as wide and high, inside of the picture.

    The authors extend the box "by a factor 0.3 (except the extension outside image) to include the whole head".

    Args:
        rgb: (H, W, 3), 0–255.
        box: (left, top, right, bottom) in pixels, as `fauxface.faces.Face.box`.

    Returns:
        a part of ``rgb``, at least one pixel wide and high.
    """
    height, width = rgb.shape[:2]
    left, top, right, bottom = box
    more_x, more_y = 0.15 * (right - left), 0.15 * (bottom - top)
    x = min(max(round(left - more_x), 0), width - 1)
    y = min(max(round(top - more_y), 0), height - 1)
    return rgb[y : max(round(bottom + more_y), y + 1), x : max(round(right + more_x), x + 1)]


def _find(file: RemoteFile | PackagedFile, given: Path | None, show: Show | None) -> Path:
    if given is not None:
        fetch.verify(given, file)
        return given
    try:
        return fetch.on_this_machine(file, show=show)
    except WeightsError as e:
        if e.code != "weights_unavailable":
            raise
        reason = f" ({e.__cause__})" if e.__cause__ is not None else ""
        raise WeightsError(
            f"faces cannot be compared without the published weights, and {file.name} cannot be downloaded{reason}: "
            f"get {file.url} elsewhere and name the file with --weights PATH",
            code="weights_unavailable",
        ) from e
