"""Draw the fakes of this folder with a small generator of our own.

    python examples/make_fakes.py --data ../shared/data/k140      # writes fake_eigenface_1.jpg to _4.jpg again

Principal components (Sirovich & Kirby 1987) of the FFHQ photographs in the training split of the paper's data set and
of their mirror images: a face is their mean plus a random mixture of the strongest components, so every pixel is a sum
over all photographs and nobody's picture comes out. NumPy and Pillow only; the same seed gives the same pictures. Takes
a minute or two and 3 GB of memory.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

HERE = Path(__file__).resolve().parent
SIZE = 256
# Numbers of the faces that look best among the first twelve, chosen by eye.
CHOSEN = (1, 3, 7, 9)
FOLDER = "real_vs_fake/real-vs-fake/train/real"
Floats = NDArray[np.float32]


def photographs(folder: Path, side: int) -> Floats:
    """(N, side · side · 3) in 0–255: all photographs of a folder, and their mirror images."""
    files = sorted(folder.glob("*.jpg"))
    if len(files) < 100:
        raise SystemExit(f"{folder}: {len(files)} photographs; the Kaggle tree with its train split is needed")
    rows = [np.asarray(Image.open(f).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)) for f in files]
    pictures = np.stack(rows)
    return np.concatenate([pictures, pictures[:, :, ::-1]]).reshape(2 * len(files), -1).astype(np.float32)


def eigenfaces(pictures: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Mean (D,), components (count, D) of unit length, and the spread (standard deviation) along each."""
    mean = pictures.mean(axis=0)
    centred = pictures - mean
    # The small side of the matrix: N × N, not D × D.
    values, vectors = np.linalg.eigh(centred @ centred.T)
    order = np.argsort(values)[::-1][:count]
    spread = np.sqrt(values[order] / len(pictures))
    components = ((vectors[:, order].T @ centred) / np.sqrt(values[order])[:, None]).astype(np.float32)
    # A component may point either way; which one must not depend on the machine.
    along = components @ np.random.default_rng(0).standard_normal(components.shape[1]).astype(np.float32)
    return mean, components * np.where(along < 0, -1, 1)[:, None].astype(np.float32), spread.astype(np.float32)


def eigenface(mean: Floats, components: Floats, spread: Floats, rng: np.random.Generator, side: int) -> Image.Image:
    """One face: coefficients are drawn from a normal distribution cut at ±1.6, as every generator cuts its tails."""
    draw = rng.standard_normal(len(spread))
    draw = np.where(np.abs(draw) > 1.6, rng.uniform(-1, 1, len(spread)), draw).astype(np.float32)
    pixels = (mean + (0.75 * draw * spread) @ components).reshape(side, side, 3)
    low, high = np.percentile(pixels, (0.5, 99.5))
    pixels = (pixels - low) / (high - low) * 235 + 8
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    return grain(picture.filter(ImageFilter.UnsharpMask(4, 90, 0)), rng, 2.0)


def grain(picture: Image.Image, rng: np.random.Generator, strength: float) -> Image.Image:
    """Soft noise like that of a camera, stronger in the dark."""
    noise = rng.standard_normal((SIZE, SIZE, 1)) + 0.4 * rng.standard_normal((SIZE, SIZE, 3))
    pixels = np.asarray(picture, dtype=np.float64)
    return Image.fromarray((pixels + noise * strength * (1.3 - pixels / 400)).clip(0, 255).astype(np.uint8))


def main() -> None:
    """Read the options, find the components, write the faces."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="Kaggle tree of the 140k set (or a part of it)")
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--numbers", type=int, nargs="+", default=CHOSEN, help="which faces of this seed")
    parser.add_argument("--components", type=int, default=120)
    options = parser.parse_args()
    side = 160
    basis = eigenfaces(photographs(options.data / FOLDER, side), options.components)
    for place, number in enumerate(options.numbers, start=1):
        rng = np.random.default_rng((options.seed, number))
        eigenface(*basis, rng, side).save(options.out / f"fake_eigenface_{place}.jpg", quality=95)


if __name__ == "__main__":
    main()
