"""Everything that a picture's file says about itself in one list, confessions first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from fauxface.errors import ImageError
from fauxface.images.formats import sniff
from fauxface.images.guard import decoder_boundary, pillow_quiet
from fauxface.provenance import aigc, credentials, encoder, generators, jpeg, other, png, screens, source_types
from fauxface.provenance.contents import Contents
from fauxface.provenance.fields import Fields
from fauxface.provenance.text import clean
from fauxface.verdict import Claim

CAUTION: Final = "What a file says can be forged or stripped; a file that says nothing proves nothing."
MOST_CLAIMS: Final = 20
_ORDER: Final = (
    *("generated", "edited_with_ai", "captured", "source_type", "screenshot", "content_credentials", "unread"),
    *("camera", "software", "date", "private", "encoding", "size"),
)
_STRENGTHS: Final = ("trusted", "intact", "stated", "hint", "broken")
_VERSION: Final = re.compile(r"[\d.]{1,20}")
"""A telephone's software calls itself so."""
_DATE: Final = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a file says.

    Attributes:
        claims: confessions first; `MOST_CLAIMS` at most. No place and no name of a person is among them.
        private: places and names of people, for those who ask for them; never to be stored or shared.
    """

    claims: tuple[Claim, ...] = ()
    private: tuple[Claim, ...] = ()


def inspect(data: bytes, *, trust: str = "") -> Testimony:
    """Read what a picture's file says about where it comes from.

    Args:
        data: the whole file; what is no picture says nothing.
        trust: certificates (PEM) of those whose content credentials are trusted; empty: nobody's.

    Returns:
        what was found. Nothing is raised for bytes of any kind: what cannot be read is a claim of the kind "unread".
    """
    try:
        kind = sniff(data, "")
    except ImageError:
        return Testimony()
    try:
        with pillow_quiet(), decoder_boundary("", kind):
            return _inspect(data, kind, trust)
    except ImageError:
        said = "What lies beside the pixels is damaged and was not read"
        return Testimony((Claim("unread", said, f"{kind} file", "hint"),))


def confession(claims: Iterable[Claim]) -> Claim | None:
    """What is to be said first: that the file itself says that a generator made it; None if it does not."""
    return next((claim for claim in claims if claim.confesses), None)


def _inspect(data: bytes, kind: str, trust: str) -> Testimony:
    contents = _unpack(data, kind)
    fields = Fields.of(contents)
    found = said_by(contents, fields)
    found += screens.claims_of(contents, fields.texts, camera=fields.camera is not None)
    found += [claim for claim in (encoder.claim_of(contents),) if claim]
    return gathered(found, list(fields.private), credentials.check(data, contents, trust))


def gathered(found: list[Claim], private: list[Claim], checked: credentials.Credentials | None) -> Testimony:
    """Claims in order, with those of the content credentials, and a word on what is private."""
    if checked is not None:
        found += checked.claims()
        if checked.person:
            private.append(Claim("person", f"Signed as “{clean(checked.person)}”", "C2PA manifest", "stated"))
    if private:
        what = {"place": "a place", "person": "names"}
        hidden = " and ".join(what[k] for k in ("place", "person") if any(claim.kind == k for claim in private))
        found.append(Claim("private", f"It also holds {hidden}, which are not shown", private[0].source, "stated"))
    return Testimony(_in_order(found), _in_order(private))


def said_by(contents: Contents, fields: Fields) -> list[Claim]:
    """What pictures and clips say alike: generators, labels, camera, programs and dates."""
    found = [*generators.recognise(fields.texts), *_labels(fields), *_origin(fields), *_software(fields)]
    if contents.cut:
        said = "It holds more beside the picture than is read here; the rest was left unread"
        found.append(Claim("unread", said, f"{contents.kind} file", "hint"))
    return found + [claim for place, value in (*fields.dates, *contents.times) if (claim := _date(place, value))]


def _unpack(data: bytes, kind: str) -> Contents:
    if kind == "JPEG":
        return jpeg.unpack(data)
    if kind == "PNG":
        return png.unpack(data)
    if kind == "WEBP":
        return other.unpack_webp(data)
    return other.unpack_tiff(data) if kind == "TIFF" else other.unpack_opened(data, kind)


def _labels(fields: Fields) -> Iterator[Claim]:
    for source, value in fields.source_types:
        if claim := source_types.claim_of(value, source):
            yield claim
    for text in fields.texts:
        if claim := aigc.claim_of(text.value, text.source):
            yield claim
    if claim := aigc.claim_of(fields.aigc, "XMP “AIGC”"):
        yield claim
    for source in fields.hostile:
        yield Claim("unread", "A part of the file that is made to harm its readers was not read", source, "hint")
    if fields.remote:
        said = "It names content credentials on another server, which were not fetched"
        yield Claim("content_credentials", said, "XMP “provenance”", "hint")


def _origin(fields: Fields) -> Iterator[Claim]:
    if fields.camera is None:
        return
    said = f"The file names a camera: {clean(fields.camera)}"
    if fields.exposure >= 3:
        said += ", with its exposure"
    yield Claim("camera", said, fields.camera_place, "hint")


def _software(fields: Fields) -> Iterator[Claim]:
    for text in fields.programs:
        by = f"software version {text.value}" if _VERSION.fullmatch(text.value) else clean(text.value, 80)
        yield Claim("software", f"Written by {by}", text.source, "hint")
    if fields.facebook:
        yield Claim("software", "It went through Facebook or Instagram", "IPTC “Instructions”", "hint")


def _date(source: str, value: str) -> Claim | None:
    found = _DATE.fullmatch(value.strip()[:40])
    if found is None or found[1] == "0000":
        return None
    taken = source.lower().endswith(("“datetimeoriginal”", "“datecreated”", "“creationdate”"))
    day = f"{found[1]}-{found[2]}-{found[3]}" + (f" {found[4]}" if found[4] else "")
    return Claim("date", f"{'Taken' if taken else 'Written'} on {day}", source, "hint")


def _in_order(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Each claim once, with the first place where it stands, by weight."""
    first: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        before = first.setdefault((claim.kind, claim.claim), claim)
        if _STRENGTHS.index(claim.strength) < _STRENGTHS.index(before.strength):
            first[claim.kind, claim.claim] = claim
    safe = (replace(claim, source=clean(claim.source, 80)) for claim in first.values())
    return tuple(sorted(safe, key=_weight)[:MOST_CLAIMS])


def warning(claims: Iterable[Claim]) -> Claim | None:
    """What is to be said where nothing is confessed: that content credentials do not fit the file."""
    return next((claim for claim in claims if _is_warning(claim)), None)


def _is_warning(claim: Claim) -> bool:
    return claim.kind == "content_credentials" and claim.strength == "broken"


def _weight(claim: Claim) -> tuple[bool, bool, int, int]:
    """Confessions, then credentials that do not fit, then what stands in the file, the broken last of its kind."""
    kind = _ORDER.index(claim.kind) if claim.kind in _ORDER else len(_ORDER)
    return not claim.confesses, not _is_warning(claim), kind, _STRENGTHS.index(claim.strength)
