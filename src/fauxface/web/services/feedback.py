"""What a visitor says that a picture really was; the picture itself only with consent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, Literal

from starlette.datastructures import UploadFile

from fauxface.web.schemas import FeedbackBody
from fauxface.web.services.signed_token import SignedTokens, facts_of, other_file
from fauxface.web.services.uploads import UploadError, check_picture, digest, picture
from fauxface.web.settings import Settings
from fauxface.web.store import Store

Says = Literal["real", "fake", "unknown"]
MOST: Final = 2000
"""Characters of how somebody knows."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Takes feedback.

    Attributes:
        settings: limits. store: where it is kept. tokens: with whose key the answers were signed.
    """

    settings: Settings
    store: Store
    tokens: SignedTokens

    async def keep(
        self, receipt: str, says: Says, how: str, *, keep: bool = False, file: UploadFile | None = None
    ) -> FeedbackBody:
        """Keep what somebody says.

        Args:
            receipt: of the answer that it is about. how: how one knows.
            keep: the picture may be kept. file: the picture.

        Raises:
            TokenError: this server wrote no such receipt.
            UploadError: the text is too long; another picture than the answer was about. ImageError: it is none.
        """
        facts = facts_of(self.tokens, receipt)
        data = None
        if keep and file is not None and (file.filename or file.size):
            upload = await picture(file, self.settings)
            await asyncio.to_thread(check_picture, upload, self.settings)
            data = upload.data
            if digest(data) != facts["sha256"]:
                raise other_file()
        if len(how) > MOST:
            raise UploadError(f"how: more than {MOST} characters", code="too_long", status=422)
        said = await asyncio.to_thread(
            self.store.add_feedback, says=says, how=how, verdict=facts["verdict"], picture=data
        )
        return FeedbackBody(id=str(said), kept_picture=data is not None)
