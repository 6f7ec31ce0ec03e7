"""IPTC's digital source types: one word in XMP or a C2PA manifest that says how a picture came to be."""

from __future__ import annotations

import re
from typing import Final

from fauxface.provenance.text import clean
from fauxface.verdict import Claim, ClaimKind, Strength

_AI: Final = "The file says that it was made by AI"
_PARTLY: Final = "The file says that parts of it were made by AI"
_CAMERA: Final = "The file says that a camera took it"
_FILM: Final = "The file says that it was scanned"
_SAID: Final[dict[str, tuple[ClaimKind, str]]] = {
    "trainedalgorithmicmedia": ("generated", _AI),
    "compositewithtrainedalgorithmicmedia": ("edited_with_ai", _PARTLY),
    "compositesynthetic": ("edited_with_ai", "The file says that it was put together, in part from generated pieces"),
    "digitalcapture": ("captured", _CAMERA),
    "computationalcapture": ("captured", "The file says that a camera took it, from several shots"),
    "negativefilm": ("captured", f"{_FILM} from a negative on film"),
    "positivefilm": ("captured", f"{_FILM} from a positive on film"),
    "print": ("captured", f"{_FILM} from a print"),
    "screencapture": ("screenshot", "The file says that it is a screenshot"),
    "humanedits": ("source_type", "The file says that people edited it, without AI"),
    "minorhumanedits": ("source_type", "The file says that people edited it a little"),
    "algorithmicallyenhanced": ("source_type", "The file says that a program altered it, not necessarily AI"),
    "algorithmicmedia": ("source_type", "The file says that a program made it, without AI that was trained"),
    "digitalcreation": ("source_type", "The file says that it was drawn on a computer"),
    "digitalart": ("source_type", "The file says that it was drawn on a computer"),
    "datadrivenmedia": ("source_type", "The file says that it was drawn from data"),
    "virtualrecording": ("source_type", "The file says that it was recorded from a virtual scene"),
    "composite": ("source_type", "The file says that it was put together from several pieces"),
    "compositecapture": ("source_type", "The file says that it was put together from several photographs"),
}
_WORD: Final = re.compile(r"(?:.*[/:])?([A-Za-z]{3,60})/?")


def claim_of(value: str, source: str, strength: Strength = "stated") -> Claim | None:
    """What a source type says; None if it is no word of the vocabulary.

    Args:
        value: an address ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"), a short form
            ("digsrctype:…") or the word alone.
        source: where it stands.
        strength: how much stands behind it.

    Source: IPTC NewsCodes, Digital Source Type.
    """
    found = _WORD.fullmatch(value.strip()[:300])
    if found is None or found[1].lower() not in _SAID:
        return None
    kind, said = _SAID[found[1].lower()]
    return Claim(kind, f"{said} ({clean(found[1])})", source, strength)
