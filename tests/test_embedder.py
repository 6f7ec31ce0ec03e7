"""Embeddings of faces: their form, their preprocessing, and the distances between them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.models import keras_reference as keras

from fauxface.embedder import THRESHOLD, Embedder, cosine, euclidean, head
from fauxface.errors import ImageError, WeightsError

BGR_MEANS = (91.4953, 103.8827, 131.0912)


@pytest.fixture(scope="module")
def weights() -> keras.Weights:
    return keras.random_weights(keras.residual_shapes(squeeze=False))


@pytest.fixture(scope="module")
def weight_file(weights: keras.Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keras.write_h5(tmp_path_factory.mktemp("weights") / "resnet50.h5", weights)


@pytest.fixture(scope="module")
def embedder(weight_file: Path) -> Embedder:
    return Embedder(weights=weight_file)


def picture(seed: int, height: int = 224, width: int = 224) -> NDArray[np.uint8]:
    """Soft blotches of colour."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def test_an_embedding_is_what_keras_would_give(embedder: Embedder, weights: keras.Weights) -> None:
    rgb = picture(0)
    features = keras.residual_features(weights, rgb[:, :, ::-1].astype(np.float64) - BGR_MEANS, squeeze=False)
    pooled = features.mean(axis=(0, 1))  # Keras: 7×7 average pooling, then global, which is the same at 224
    ours = embedder.embed([rgb])
    assert ours.shape == (1, 2048)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours[0], pooled / np.linalg.norm(pooled), atol=1e-6)


def test_pictures_of_any_kind_and_size_in_batches(embedder: Embedder, tmp_path: Path) -> None:
    rgb = picture(1, 300, 260)
    Image.fromarray(rgb).save(tmp_path / "a.png")
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    other = picture(2)
    found = embedder.embed([tmp_path / "a.png", other, rgb, file.getvalue(), Image.fromarray(rgb), *[other] * 4])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    for i in (2, 3, 4):
        np.testing.assert_allclose(found[i], found[0], atol=1e-5)
    np.testing.assert_allclose(found[8], found[1], atol=1e-5)  # the second batch
    assert cosine(found[0], found[1]) > 1e-4  # random weights tell little apart
    assert embedder.embed([]).shape == (0, 2048)


def test_a_broken_picture_is_refused_by_name(embedder: Embedder, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"broken\.jpg"):
        embedder.embed([tmp_path / "broken.jpg"])


def test_distances_of_unit_vectors() -> None:
    def vector(*values: float) -> NDArray[np.float32]:
        return np.array(values, np.float32)

    x, y = vector(1, 0), vector(0, 1)
    assert (cosine(x, x), euclidean(x, x)) == (0, 0)
    assert (cosine(x, y), euclidean(x, y)) == (1, pytest.approx(2**0.5))
    assert (cosine(x, -x), euclidean(x, -x)) == (2, 2)
    a, b = vector(0.6, 0.8), vector(0.8, 0.6)
    assert cosine(a, b) == pytest.approx(1 - 0.96, abs=1e-6)
    assert euclidean(a, b) ** 2 == pytest.approx(2 * cosine(a, b), rel=1e-5)
    assert THRESHOLD.euclidean**2 == 2 * THRESHOLD.cosine
    assert "not measured by fauxface" in THRESHOLD.origin


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ((40, 30, 60, 70), (52, 26)),  # 1.3 times 40 high and 20 wide
        ((0, 0, 20, 20), (23, 23)),  # cut at the top left
        ((90, 190, 100, 200), (12, 12)),  # and at the bottom right
        ((-50, -50, -10, -10), (1, 1)),  # nothing of it inside: still an array
        ((0, 0, 100, 200), (200, 100)),
    ],
)
def test_a_head_is_the_box_and_a_little_more(box: tuple[float, float, float, float], shape: tuple[int, int]) -> None:
    rgb = np.zeros((200, 100, 3), np.uint8)
    assert head(rgb, box).shape[:2] == shape


def test_only_the_networks_that_have_embeddings(weight_file: Path) -> None:
    with pytest.raises(ValueError, match="vggface2-senet-50"):
        Embedder("resnet68", weights=weight_file)


def test_weights_of_the_other_network_are_refused(weight_file: Path) -> None:
    with pytest.raises(WeightsError, match="another network") as caught:
        Embedder("vggface2-senet-50", weights=weight_file)
    assert caught.value.code == "weights_of_another_network"


def test_dead_weights_are_refused(weights: keras.Weights, tmp_path: Path) -> None:
    dead = {n: {k: np.zeros_like(v) for k, v in arrays.items()} for n, arrays in weights.items()}
    embedder = Embedder(weights=keras.write_h5(tmp_path / "dead.h5", dead))
    with pytest.raises(WeightsError, match="no usable numbers"):
        embedder.embed([picture(0)])
