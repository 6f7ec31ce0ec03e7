"""What a visitor's file says about itself, picture or clip; no network judges."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from starlette.datastructures import UploadFile

from fauxface.images.formats import sniff
from fauxface.provenance import Testimony, inspect, inspect_clip
from fauxface.verdict import Claim
from fauxface.web.schemas import ClaimBody, InspectBody
from fauxface.web.services import uploads
from fauxface.web.services.signed_token import SignedTokens, need_same
from fauxface.web.services.uploads import Upload
from fauxface.web.settings import Settings


@dataclass(frozen=True, slots=True)
class Inspection:
    """Reads files.

    Attributes:
        settings: limits. tokens: with whose key the answers were signed.
        trust: certificates (PEM) of those whose content credentials are trusted.
    """

    settings: Settings
    tokens: SignedTokens
    trust: str

    async def inspect(self, file: UploadFile, *, private: bool, receipt: str = "") -> InspectBody:
        """What the file of a picture or clip says about itself.

        Args:
            private: also places and names of people.
            receipt: of the answer that it belongs to, if there was one.

        Raises:
            ImageError: it is neither. UploadError: too large, or another file than the answer was about.
            TokenError: as `need_same`.
        """
        if not await uploads.is_clip(file):
            upload = await uploads.picture(file, self.settings)
            need_same(self.tokens, receipt, uploads.digest(upload.data))
            return await asyncio.to_thread(inspect_picture, upload, self.trust, private=private)
        if (file.size or 0) > self.settings.max_video_bytes:
            raise uploads.too_large(self.settings.max_video_bytes)
        sha256 = await asyncio.to_thread(uploads.digest_of, file.file)
        need_same(self.tokens, receipt, sha256)
        return _body(sha256, await asyncio.to_thread(inspect_clip, file.file, trust=self.trust), private=private)


def inspect_picture(upload: Upload, trust: str, *, private: bool) -> InspectBody:
    """What a picture's file says about itself; places and names of people only if they are asked for.

    Raises:
        ImageError: it is no picture.
    """
    sniff(upload.data, upload.name)
    return _body(uploads.digest(upload.data), inspect(upload.data, trust=trust), private=private)


def _body(sha256: str, found: Testimony, *, private: bool) -> InspectBody:
    said = _bodies(found.private) if private else None
    return InspectBody(sha256=sha256, provenance=_bodies(found.claims), private=said)


def _bodies(claims: Sequence[Claim]) -> list[ClaimBody]:
    return [ClaimBody.model_validate(asdict(claim)) for claim in claims]
