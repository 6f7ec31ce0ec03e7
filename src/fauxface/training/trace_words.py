"""What both networks of a pair say of pictures, kept in the run folder: judging takes long, weighing does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from fauxface.data.samples import SampleTable
from fauxface.evaluation.predictions import Advance
from fauxface.files import replacing
from fauxface.models.beside import Beside
from fauxface.models.traces import INPUT_JPEG, MIDDLE, SPREAD
from fauxface.training.trace_views import Looks

_Judge = Callable[[Tensor], dict[str, Tensor]]


@dataclass(frozen=True, slots=True)
class Words:
    """All on the processor.

    Attributes:
        face: (N,) logits.
        traces: (N,) logits, not held back by anything.
        worn: (N, kinds) shares in which pictures look worn each way.
    """

    face: Tensor
    traces: Tensor
    worn: Tensor


def words_of(run: Path, both: Beside, table: SampleTable, looks: Looks, view: int, advance: Advance) -> Words:
    """What both say of a view of pictures; from the run folder if they said it there already.

    Args:
        run: their words are kept in ``words-SPLIT-VIEW.safetensors``.
        table: pictures of one split.
    """

    def judge(pixels: Tensor) -> dict[str, Tensor]:
        traces, worn = both.traces.words(pixels)
        return {"face": both.face(pixels)[0], "traces": traces, "worn": worn}

    path = run / f"words-{table.samples[0].split}-{view}.safetensors"
    return Words(**_kept(path, both, judge, table, looks, view, advance))


def face_words(run: Path, both: Beside, table: SampleTable, looks: Looks, advance: Advance) -> Tensor:
    """What the face alone says of pictures as they are, (N,), kept likewise in ``face-SPLIT.safetensors``."""
    path = run / f"face-{table.samples[0].split}.safetensors"
    return _kept(path, both.face, lambda pixels: {"face": both.face(pixels)[0]}, table, looks, 0, advance)["face"]


def _kept(
    path: Path, judges: nn.Module, judge: _Judge, table: SampleTable, looks: Looks, view: int, advance: Advance
) -> dict[str, Tensor]:
    asked = {"of": _digest(judges, table, looks, view)}
    kept = _read(path, asked)
    if kept is not None:
        advance(len(table))
        return kept
    device = next(judges.parameters()).device
    said: list[dict[str, Tensor]] = []
    with torch.inference_mode():
        for pixels in looks.at(table, view):
            said.append({k: v.cpu() for k, v in judge((pixels.to(device) - MIDDLE) / SPREAD).items()})
            advance(len(pixels))
    words = {name: torch.cat([each[name] for each in said]) for name in said[0]}
    with replacing(path) as file:
        save_file(words, file, metadata=asked)
    return words


def _read(path: Path, asked: dict[str, str]) -> dict[str, Tensor] | None:
    try:
        with safe_open(path, "pt") as file:
            if file.metadata() != asked:
                return None
        return load_file(path)
    except (OSError, SafetensorError):
        return None  # not there, or cut short: they are asked again


def _digest(judges: nn.Module, table: SampleTable, looks: Looks, view: int) -> str:
    """Of everything that decides what is said, but how words are weighed."""
    worn = looks.settings.worn[(view - 1) % len(looks.settings.worn)] if view else None
    digest = sha256(f"{looks.size} {INPUT_JPEG} {looks.settings.seed} {view} {worn}".encode())
    for name, tensor in judges.state_dict().items():
        if name not in ("shares", "bias"):
            digest.update(f"{name} {tuple(tensor.shape)}".encode())
            digest.update(tensor.cpu().contiguous().numpy().tobytes())
    for sample in table.samples:
        digest.update(sample.sha256.encode())
    return digest.hexdigest()
