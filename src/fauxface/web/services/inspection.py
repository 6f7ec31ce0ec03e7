"""What a visitor's file says about itself, picture or clip; no network judges."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import asdict

from starlette.datastructures import UploadFile

from fauxface.images.formats import sniff
from fauxface.provenance import Testimony, inspect, inspect_clip
from fauxface.verdict import Claim
from fauxface.web.desk import Desk
from fauxface.web.schemas import ClaimBody, InspectBody
from fauxface.web.services import uploads
from fauxface.web.services.uploads import Upload, UploadError


async def inspect_file(desk: Desk, file: UploadFile, *, private: bool, receipt: str = "") -> InspectBody:
    """What the file of a picture or clip says about itself.

    Args:
        private: also places and names of people.
        receipt: of the answer that it belongs to, if there was one.

    Raises:
        ImageError: it is neither. UploadError: too large, or another file than the answer was about.
        TokenError: see `need_same`.
    """
    trust = desk.engine.detector.trust
    if not await uploads.is_clip(file):
        upload = await uploads.picture(file, desk.settings)
        need_same(desk, receipt, uploads.digest(upload.data))
        return await asyncio.to_thread(inspect_picture, upload, trust, private=private)
    if (file.size or 0) > desk.settings.max_video_bytes:
        raise uploads.too_large(desk.settings.max_video_bytes)
    sha256 = await asyncio.to_thread(uploads.digest_of, file.file)
    need_same(desk, receipt, sha256)
    return _body(sha256, await asyncio.to_thread(inspect_clip, file.file, trust=trust), private=private)


def inspect_picture(upload: Upload, trust: str, *, private: bool) -> InspectBody:
    """What a picture's file says about itself; places and names of people only if they are asked for.

    Raises:
        ImageError: it is no picture.
    """
    sniff(upload.data, upload.name)
    return _body(uploads.digest(upload.data), inspect(upload.data, trust=trust), private=private)


def need_same(desk: Desk, receipt: str, sha256: str) -> None:
    """Refuse a file that is another one than the answer with that receipt was about; without a receipt, none.

    Raises:
        UploadError: it is another one. TokenError: this server wrote no such receipt.
    """
    if receipt and desk.receipts.read(receipt, lasts=math.inf).get("sha256") != sha256:
        raise other_file()


def other_file() -> UploadError:
    """For a file that an answer was not about."""
    return UploadError("this is another picture than the answer was about", code="other_picture", status=422)


def _body(sha256: str, found: Testimony, *, private: bool) -> InspectBody:
    said = _bodies(found.private) if private else None
    return InspectBody(sha256=sha256, provenance=_bodies(found.claims), private=said)


def _bodies(claims: Sequence[Claim]) -> list[ClaimBody]:
    return [ClaimBody.model_validate(asdict(claim)) for claim in claims]
