"""Names of generators of clips; many are everyday words, which count only in a field for programs."""

from __future__ import annotations

import re
from typing import Final


def _compiled(*names: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in names)


NAMES: Final = _compiled(
    (r"\b(openai|made with|generated (with|by)|created (with|by)) sora\b|\bsora[ -]?[12]\b", "OpenAI Sora"),
    (r"\brunway ?ml\b|\brunway,? (gen|aleph)|\b(made|generated|created) (with|by|in) runway\b", "Runway"),
    (r"\bkling ?ai\b|\bkling[ -]?[vo]?\d|\bkuaishou\b|可灵", "Kling"),
    (r"\bpika ?labs\b|\bpika\.art\b|\bpika[ -]\d", "Pika"),
    (r"\bluma ?(ai|labs|dream)\b|\bdream machine\b", "Luma Dream Machine"),
    (r"\bgoogle veo\b|\bveo[ -]?[1-9]\b", "Google Veo"),
    (r"\bhailuo\b|\bminimax\b|海螺", "Hailuo"),
    (r"\bseedance\b", "Seedance"),
    (r"\bpixverse\b", "PixVerse"),
    (r"\bheygen\b", "HeyGen"),
    (r"\bsynthesia\b", "Synthesia"),
    (r"\bd-id (studio|agents|creative)\b|\bstudio\.d-id\.com\b", "D-ID"),
    (r"\bhunyuan ?video\b|\bhunyuan\b|混元", "Hunyuan"),
    (r"\bwan[ -]?(video|ai|[12]\.\d)\b|通义万相", "Wan"),
    (r"\bcogvideo(x)?\b", "CogVideo"),
    (r"\banimatediff\b", "AnimateDiff"),
    (r"\bltx[ -]?video\b|\bltx studio\b", "LTX"),
    (r"\bhedra\b", "Hedra"),
    (r"\bface ?fusion\b", "FaceFusion"),
    (r"\bdeep ?face ?(lab|live)\b", "DeepFaceLab"),
    (r"\bdeep-live-cam\b", "Deep-Live-Cam"),
    (r"\bfaceswap\.dev\b", "faceswap"),
)
SOFTWARE: Final = _compiled(
    (r"\bsora\b", "OpenAI Sora"),
    (r"\brunway\b", "Runway"),
    (r"\bkling\b", "Kling"),
    (r"\bpika\b", "Pika"),
    (r"\bluma\b", "Luma Dream Machine"),
    (r"\bveo\b", "Google Veo"),
    (r"\bvidu\b", "Vidu"),
    (r"\bd-id\b", "D-ID"),
    (r"\broop\b", "roop"),
    (r"\bfaceswap\b", "faceswap"),
)
