"""What an audit knows of each picture, gathered in one pass: features of its file, and its perceptual hash."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from fauxface.data.file_features import DECODE_AT_LEAST, FileFeatures, file_features
from fauxface.data.listing import printable_path
from fauxface.data.near_duplicates import BITS, Hashes, perceptual_hash
from fauxface.data.samples import Rejected, Sample, SampleTable
from fauxface.errors import ImageError
from fauxface.images import decode
from fauxface.images.files import printable, read_file

MAX_THREADS: Final = 8


@dataclass(frozen=True)
class Evidence:
    """Pictures that could be read, in the table's order.

    Attributes:
        table: these pictures; all that were left out, earlier or now, are its ``rejected``.
        features: one a picture.
        bits: (N, 256) of ±1, perceptual hashes.
    """

    table: SampleTable
    features: tuple[FileFeatures, ...]
    bits: Hashes


def gather(table: SampleTable, advance: Callable[[int], object] | None = None) -> Evidence:
    """Read every file of a table once; those that cannot be read are left out and listed.

    ``advance(1)`` is called after each.
    """
    samples: list[Sample] = []
    features: list[FileFeatures] = []
    bits: list[Hashes] = []
    rejected = list(table.rejected)
    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as pool:
        # In slices: handing over 140,000 files at once would queue them all.
        for start in range(0, len(table), 256):
            part = table.samples[start : start + 256]
            for sample, seen in zip(part, pool.map(lambda s: _look(table, s), part), strict=True):
                if isinstance(seen, Rejected):
                    rejected.append(seen)
                else:
                    samples.append(sample)
                    features.append(seen[0])
                    bits.append(seen[1])
                if advance is not None:
                    advance(1)
    hashes = np.stack(bits) if bits else np.empty((0, BITS), dtype=np.int8)
    return Evidence(SampleTable(table.root, tuple(samples), tuple(rejected)), tuple(features), hashes)


def _look(table: SampleTable, sample: Sample) -> tuple[FileFeatures, Hashes] | Rejected:
    name = str(table.file(sample))
    try:
        data = read_file(name)
        picture = decode(data, name=name, at_least=DECODE_AT_LEAST)
        return file_features(data, picture, name), perceptual_hash(picture.rgb)
    except ImageError as error:
        # The row already says which file; the message need not say it again.
        message = error.message.removeprefix(f"{printable(name)}: ")
        return Rejected(sample.path, error.code, printable_path(message, 500))
