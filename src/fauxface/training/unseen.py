"""What a pair would say of its training pictures had it not learned from them: thousands more to calibrate on.

A limit that 1 % of the fakes may cross rests on two pictures where 200 are held back for it. What the traces would say
of a picture that they had not learned from comes with their regression in closed form. The face network cannot be
asked: it remembers. So its word for the hardest of the training pictures of a source and class is taken to be that for
the hardest validation picture of that source and class, and so on down: the ranks are its own, the words are those of
pictures that it had not seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import compress
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fauxface.data.samples import SampleTable
from fauxface.evaluation import predictions
from fauxface.evaluation.predictions import Prediction
from fauxface.labels import probability_fake
from fauxface.models.beside import Beside
from fauxface.training.kernel_ridge import teachers
from fauxface.training.loop import ShowProgress
from fauxface.training.trace_views import Looks
from fauxface.training.trace_words import face_words, words_of

UNSEEN: Final = "unseen.parquet"


def write_unseen(
    run: Path,
    both: Beside,
    traces: Tensor,
    statistics: NDArray[np.float16],
    learned: SampleTable,
    valid: SampleTable,
    looks: Looks,
    show: ShowProgress,
) -> None:
    """Judge training pictures as if they were new, and write ``unseen.parquet``: uncalibrated probabilities.

    Left out are those that taught how worn pictures look, which they show more clearly than new ones, and those of a
    source and class without validation pictures.

    Args:
        run: folder to write to.
        traces: (pictures,) what the traces say of each of ``learned``, as it is, without having learned from it.
        statistics: (pictures, numbers) of each of ``learned``, as it is.
        learned, valid: training and validation pictures.
    """
    counts = np.ones(len(learned), dtype=bool)
    if both.traces.kinds > 1:
        counts = ~teachers(len(learned), looks.settings.views)
    known = SampleTable(learned.root, tuple(compress(learned.samples, counts)))
    with show("what it had said of what it learned", len(known) + len(valid)) as advance, torch.inference_mode():
        new = words_of(run, both, valid, looks, 0, advance).face
        told = face_words(run, both, known, looks, advance)
        face = as_if_new(told.double().numpy(), _kinds(known), new.double().numpy(), _kinds(valid))
        worn = torch.cat([both.traces.head.worn(rows) for rows in _rows(statistics[counts], both.shares.device)])
        believed = both.believed(
            *(torch.as_tensor(x).to(both.shares) for x in (face, traces[torch.from_numpy(counts)], worn))
        )
        logits = both.logit(believed).double().cpu().tolist()
    rows = [
        Prediction(s.path, s.sha256, s.label, float(probability_fake(logit)), s.source, s.split)
        for s, logit in zip(known.samples, logits, strict=True)
        if np.isfinite(logit)
    ]
    predictions.write(rows, run / UNSEEN)


def read_unseen(run: Path, own: SampleTable, valid: SampleTable) -> tuple[Prediction, ...]:
    """What `write_unseen` wrote, to count beside validation pictures.

    Nothing where it wrote none, or beside other pictures than the run's: those that it learned from would outvote what
    it is to be fitted to.

    Args:
        own: the run's pictures.
        valid: the validation pictures.

    Raises:
        DataError: the table is damaged.
    """
    other = {s.sha256 for s in valid.samples} != {s.sha256 for s in own.split("valid").samples}
    return () if other or not (run / UNSEEN).exists() else predictions.read(run / UNSEEN).rows


def as_if_new(
    known: NDArray[np.float64], kinds: list[str], new: NDArray[np.float64], new_kinds: list[str]
) -> NDArray[np.float64]:
    """Words for pictures that were learned from, spread as words for new ones are, kind by kind, in their own order.

    Args:
        known, new: (N,), (M,) words.
        kinds, new_kinds: of what kind each of the pictures is.

    Returns:
        (N,); nan where no new picture is of that kind.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, kind in enumerate(kinds):
        places[kind].append(place)
    words = np.full(len(known), np.nan)
    for kind, where in places.items():
        of_kind = new[[each == kind for each in new_kinds]]
        if len(of_kind):
            order = np.argsort(np.argsort(known[where], kind="stable"), kind="stable")
            words[where] = np.quantile(of_kind, (order + 0.5) / len(where))
    return words


def _kinds(table: SampleTable) -> list[str]:
    return [f"{sample.label} {sample.source}" for sample in table.samples]


def _rows(statistics: NDArray[np.float16], device: torch.device) -> Iterator[Tensor]:
    for rows in torch.from_numpy(statistics).split(1024):
        yield rows.to(device).float()
