"""The model card: everything that weights need to be used rightly, travelling with them as ``card.json``."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from fauxface.errors import WeightsError
from fauxface.labels import CLASS_NAMES

CARD_NAME = "card.json"
_MAX_CARD_BYTES = 1 << 20


@dataclass(frozen=True)
class ModelCard:
    """How to feed a network, how to read its logit, and where it comes from.

    Attributes:
        name: short name of the weights, for example "resnet68-cutout".
        version: version of these weights, "1".
        architecture: name in the model registry, for example "resnet68".
        input_size: side in pixels of the square that the network sees.
        mean, std: per channel (R, G, B) in units of 0–255; input = (pixel - mean) / std.
        temperature, bias: calibration; calibrated logit = logit / temperature + bias.
        threshold: smallest probability_fake that is called fake where nothing may be called uncertain.
        uncertain_band: (low, high): low < probability_fake < high is called uncertain; equal ends mean
            "never".
        input_jpeg: quality of the JPEG file (4:2:0) that each square is saved to, and read from, before the network
            sees it: what lossless files and resized pictures lack, and all that it learned from had; 0: none is.
        weights_file: name of the weights beside the card (no folders in it).
        sha256: hex digest of that file; size_bytes: its size.
        coverage: share of photographs ("real") and of fakes ("fake") among pictures like those the band was fitted on
            that are not called the other thing; what the threshold and the band were chosen for. Empty: not known.
        changes: small changes (names in `fauxface.stability`) under which a picture must keep its side of the
            threshold, or it is called uncertain.
        smallest_side: what is judged (a face with its margin, or the whole picture) is called uncertain if its
            shorter side has fewer pixels than this; 0: none is.
        lowest_jpeg_quality: a JPEG of a lower quality is called uncertain; 0: none is.
        least_colour: what is judged is called uncertain if its spread of colour (`fauxface.preprocess.colour_spread`)
            is smaller than this; 0: nothing is.
        familiar_within: a picture that would be called fake is called uncertain if its features lie further from those
            of training pictures (`fauxface.evaluation.novelty`); 0: none is, and no distance is measured.
        needs_face: a picture in which no face was found, though one was looked for, is called uncertain.
        parameters: number of trained numbers.
        licence: terms of the weights (not of the code).
        data, training, metrics, limits: what they saw, how, how good they are, and where they fail.
    """

    name: str
    version: str
    architecture: str
    input_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    weights_file: str
    sha256: str
    size_bytes: int
    input_jpeg: int = 0
    temperature: float = 1.0
    bias: float = 0.0
    threshold: float = 0.5
    uncertain_band: tuple[float, float] = (0.5, 0.5)
    coverage: dict[str, float] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    smallest_side: int = 0
    lowest_jpeg_quality: int = 0
    least_colour: float = 0.0
    familiar_within: float = 0.0
    needs_face: bool = False
    parameters: int = 0
    licence: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()

    @property
    def fake_from(self) -> float:
        """Smallest probability_fake that is called fake."""
        return max(self.threshold, self.uncertain_band[1])

    @property
    def id(self) -> str:
        """ "name@version", which every verdict carries."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> str:
        """The card as indented JSON with a closing newline."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, source: str = "card.json") -> ModelCard:
        """Read and check a card that may come from anywhere.

        Raises:
            WeightsError: not JSON, a key missing or unknown, a value of the wrong kind or out of its range.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as e:
            raise WeightsError(f"{source}: the card is not JSON ({e})", code="bad_card") from e
        if not isinstance(raw, dict):
            raise WeightsError(f"{source}: the card must be a JSON object", code="bad_card")
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(raw) - known):
            raise WeightsError(f"{source}: unknown key '{unknown[0]}' in the card", code="bad_card")
        for key in ("mean", "std", "uncertain_band", "limits", "changes"):
            if isinstance(raw.get(key), list):
                raw[key] = tuple(raw[key])
        try:
            card = cls(**raw)
        except TypeError as e:
            raise WeightsError(f"{source}: a key is missing from the card ({e})", code="bad_card") from e
        _check(card, source)
        return card

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read a card from a file.

        Raises:
            WeightsError: as `from_json`, or the file is missing, unreadable or larger than 1 MiB.
        """
        try:
            if not path.is_file():  # a pipe with this name would make us wait forever
                raise WeightsError(f"{path}: no such model card", code="weights_not_found")
            if path.stat().st_size > _MAX_CARD_BYTES:
                raise WeightsError(f"{path}: larger than 1 MiB, this is no model card", code="bad_card")
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as e:  # ValueError: not UTF-8, or a NUL in the path
            raise WeightsError(f"{path}: cannot read the card ({e})", code="bad_card") from e
        return cls.from_json(text, source=str(path))


def _check(card: ModelCard, source: str) -> None:
    def need(ok: bool, what: str) -> None:
        if not ok:
            raise WeightsError(f"{source}: {what}", code="bad_card")

    def number(x: object, low: float, high: float) -> bool:
        # Comparing comes first: isfinite would turn a whole number of 400 digits into a float and fail.
        return isinstance(x, (int, float)) and not isinstance(x, bool) and low <= x <= high and math.isfinite(x)

    def numbers(x: object, length: int, low: float, high: float) -> bool:
        return isinstance(x, tuple) and len(x) == length and all(number(v, low, high) for v in x)

    for key in ("name", "version", "architecture", "weights_file", "sha256", "licence"):
        need(isinstance(getattr(card, key), str), f"'{key}' must be text")
    for key in ("data", "training", "metrics"):
        need(isinstance(getattr(card, key), dict), f"'{key}' must be an object")
    need(
        bool(card.name and card.version and card.architecture),
        "name, version and architecture may not be empty",
    )
    need(
        isinstance(card.input_size, int) and 16 <= card.input_size <= 2048,
        "'input_size' must be 16 to 2048 pixels",
    )
    need(numbers(card.mean, 3, -1e4, 1e4), "'mean' must be three numbers")
    need(numbers(card.std, 3, 1e-6, 1e6), "'std' must be three numbers above 0")
    need(number(card.temperature, 1e-3, 1e3), "'temperature' must be between 0.001 and 1000")
    need(number(card.bias, -1e3, 1e3), "'bias' must be a number")
    need(number(card.threshold, 0, 1), "'threshold' must be between 0 and 1")
    need(numbers(card.uncertain_band, 2, 0, 1), "'uncertain_band' must be two numbers between 0 and 1")
    need(card.uncertain_band[0] <= card.uncertain_band[1], "'uncertain_band' must be (low, high)")
    promised = card.coverage.items() if isinstance(card.coverage, dict) else [("", None)]
    need(
        all(key in CLASS_NAMES and number(share, 0, 1) for key, share in promised),
        "'coverage' must hold shares between 0 and 1 for 'real' and 'fake'",
    )
    for key, most in (("smallest_side", 4096), ("lowest_jpeg_quality", 100), ("input_jpeg", 100)):
        value = getattr(card, key)
        need(isinstance(value, int) and 0 <= value <= most, f"'{key}' must be a whole number from 0 to {most}")
    need(number(card.least_colour, 0, 255), "'least_colour' must be between 0 and 255")
    need(number(card.familiar_within, 0, 1e9), "'familiar_within' must be a distance of 0 or more")
    need(isinstance(card.needs_face, bool), "'needs_face' must be true or false")
    need(isinstance(card.parameters, int) and card.parameters >= 0, "'parameters' must be a whole number")
    need(
        isinstance(card.size_bytes, int) and card.size_bytes > 0,
        "'size_bytes' must be a whole number above 0",
    )
    need(
        len(card.sha256) == 64 and set(card.sha256) <= set("0123456789abcdef"),
        "'sha256' must be 64 hex digits",
    )
    plain = card.weights_file not in ("", ".", "..") and not set(card.weights_file) & set("/\\\0:")
    need(plain, "'weights_file' must be the plain name of a file beside the card")
    for key in ("limits", "changes"):
        texts = getattr(card, key)
        need(isinstance(texts, tuple) and all(isinstance(x, str) for x in texts), f"'{key}' must be texts")
