"""A closer look at one picture: where the network looked, whether the verdict holds, and each face by itself.

And the small copies of pictures for a browser that it is made of, and others too.
"""

from __future__ import annotations

import base64
import io
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fauxface.decision import label_for
from fauxface.detector import Detector
from fauxface.explain import Explanation, class_activation
from fauxface.explain.colours import FAKE, REAL, scale_of
from fauxface.labels import Label
from fauxface.prepared import MOST_FACES
from fauxface.source import read
from fauxface.stability import PERTURBATIONS
from fauxface.turns import turn_of, upright
from fauxface.verdict import Verdict
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.error_rates import chance
from fauxface.web.messages.phrasing import phrasing
from fauxface.web.schemas import ChangeBody, CropBody, ExplainBody, HoldsBody, WholeBody

SHOWN: Final = 448
"""Longest side in pixels of the square that is shown; the network saw no more than 256."""
SMALL: Final = 96
TELLING: Final = ("hide-mouth",)
"""The perturbations that are shown: under these, wrong answers of both kinds on left-out pictures stay less often than
right ones do, of one kind with intervals that do not overlap (`docs/results/README.md`, a test compares). Under the
others that is not so, and they could mislead."""
STRONGEST: Final = 0.75
Rgb = NDArray[np.uint8]


def look_closer(detector: Detector, picture: bytes) -> ExplainBody:
    """Explain one picture.

    Args:
        detector: judges.
        picture: bytes of a picture file.

    Raises:
        ImageError: the picture cannot be judged; codes in `fauxface.images`.
        WeightsError: bad_weights.
    """
    explanation = class_activation(detector, picture)
    left, top, right, bottom = (round(x) for x in explanation.box)
    seen = explanation.rgb[top:bottom, left:right]
    whole, crops = _faces(detector, explanation, picture)
    stability = _stability(detector, seen, explanation.verdict)
    return ExplainBody(
        picture=jpeg_uri(seen, SHOWN),
        heat=_heat_uri(explanation),
        caption=ENGLISH["answer.heat_caption"],
        crops=crops,
        whole=whole,
        stability=stability,
        holds=_holds(stability, explanation.verdict.label),
    )


def _stability(detector: Detector, seen: Rgb, verdict: Verdict) -> list[ChangeBody]:
    """What is said of changed copies: no chances beside "cannot tell", and what it was not made for stays so."""
    beyond = any(reason.code not in ("in_abstention_region", "unstable") for reason in verdict.reasons)
    views = {"as-sent": (ENGLISH["answer.as_sent"], seen)}
    for name in TELLING:
        said, change = PERTURBATIONS[name]
        views[name] = (said, change(seen))
    scores = [float(detector.scores([rgb])[0]) for _, rgb in views.values()]
    found = []
    for (name, (said, _)), score in zip(views.items(), scores, strict=True):
        label = "uncertain" if beyond else label_for(score, detector.card)
        shown = None if verdict.label == "uncertain" else chance(label, score, detector.card)
        found.append(ChangeBody(name=name, change=said, label=label, word=ENGLISH[f"word.{label}"], percent=shown))
    return found


def _holds(judged: list[ChangeBody], label: Label | None) -> HoldsBody | None:
    """In how many small changes the word stays; nothing where the picture's word is "uncertain" or another square's."""
    first, *changed = judged
    if label == "uncertain" or first.label != label:
        return None
    held, of = sum(view.label == label for view in changed), len(changed)
    key = ("answer.holds" if held == of else "answer.unstable") + ("_once" if of == 1 else "")
    said = ENGLISH[key].format(held=held, of=of, change=changed[0].change)
    return HoldsBody(held=held, of=of, sentence=said)


def _faces(detector: Detector, explanation: Explanation, source: bytes) -> tuple[WholeBody | None, list[CropBody]]:
    """The whole picture and small pictures of its faces; nothing if no face was looked for or found."""
    faces = explanation.verdict.faces or ()
    if not faces:
        return None, []
    turn = turn_of(explanation.verdict.notes)
    rgb = upright(explanation.rgb, -turn)  # boxes are in pixels of the picture as it stands
    if any(face.crop[2] > rgb.shape[1] or face.crop[3] > rgb.shape[0] for face in faces):
        rgb = read(source, "picture", at_least=None, limits=detector.limits).rgb
    shown = smaller(rgb, SHOWN)
    shrink = shown.width / rgb.shape[1]
    found = []
    for face in faces[:MOST_FACES]:
        left, top, right, bottom = face.crop
        x, y, x2, y2 = (round(side * shrink) for side in face.box)
        said = phrasing(face.label, face.probability_fake, face.reasons, None, detector.card)
        crop = jpeg_uri(upright(rgb[top:bottom, left:right], turn), SMALL * 2)
        found.append(CropBody(picture=crop, box=(x, y, x2 - x, y2 - y), phrasing=said))
    return WholeBody(picture=_uri(shown, "JPEG"), width=shown.width, height=shown.height), found


def _heat_uri(explanation: Explanation) -> str:
    """Colour where the network looked, transparent where it did not."""
    values = Image.fromarray((explanation.heat / scale_of(explanation.heat)).astype(np.float32))
    heat = np.asarray(values.resize((SHOWN // 2, SHOWN // 2), Image.Resampling.BICUBIC)).clip(-1, 1)
    tint = np.where(heat[..., None] > 0, np.array(FAKE), np.array(REAL)).astype(np.uint8)
    alpha = (np.abs(heat)[..., None] * (255 * STRONGEST)).round().astype(np.uint8)
    return _uri(Image.fromarray(np.concatenate([tint, alpha], axis=2), "RGBA"), "PNG")


def jpeg_uri(rgb: Rgb, side: int) -> str:
    """A picture (H, W, 3) uint8, made smaller to at most ``side`` pixels, as a data URI."""
    return _uri(smaller(rgb, side), "JPEG")


def _uri(image: Image.Image, kind: Literal["JPEG", "PNG"]) -> str:
    return f"data:image/{kind.lower()};base64,{base64.b64encode(encoded(image, kind)).decode()}"


def smaller(rgb: Rgb, side: int) -> Image.Image:
    """A picture (H, W, 3) uint8, made smaller to at most ``side`` pixels; a smaller one stays as it is."""
    image = Image.fromarray(np.ascontiguousarray(rgb))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def encoded(image: Image.Image, kind: Literal["JPEG", "PNG"]) -> bytes:
    """A picture as a file: JPEG of quality 85, or PNG."""
    file = io.BytesIO()
    image.save(file, kind, **({"quality": 85} if kind == "JPEG" else {"optimize": True}))
    return file.getvalue()
