"""What visitors ask about what they send: the verdict, a closer look, and what the file says about itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from starlette.datastructures import UploadFile

from fauxface.detector import Detector
from fauxface.errors import ImageError
from fauxface.images.formats import sniff
from fauxface.provenance import Testimony, inspect, inspect_clip
from fauxface.verdict import Claim, Verdict
from fauxface.web.messages import now
from fauxface.web.messages.phrasing import verdict_phrasing
from fauxface.web.schemas import ClaimBody, ExplainBody, FileBody, InspectBody
from fauxface.web.services.engine import Engine
from fauxface.web.services.explanation import look_closer
from fauxface.web.services.signed_token import SignedTokens, need_same
from fauxface.web.services.uploads import (
    Upload,
    check_picture,
    digest,
    digest_of,
    is_clip,
    picture,
    pictures,
    too_large,
)
from fauxface.web.settings import Settings


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with what belongs to it."""

    verdict: Verdict
    file: FileBody


@dataclass(frozen=True, slots=True)
class FullAnswer:
    """All that there is to say at once.

    Attributes:
        answer: the verdict.
        closer: the closer look; None if the picture could not be judged.
        private: places and names in its file.
    """

    answer: Answer
    closer: ExplainBody | None
    private: list[ClaimBody]


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges what visitors send.

    Attributes:
        settings: limits. engine: judges. tokens: signs the answers.
    """

    settings: Settings
    engine: Engine
    tokens: SignedTokens

    async def judge(self, files: Sequence[UploadFile]) -> list[Answer]:
        """Answers in the order of the files; a picture that cannot be judged gets an answer that says so.

        Raises:
            UploadError: as `uploads.pictures`.
            OverloadedError, ClosedError: as `Engine.predict`; nothing is judged then.
        """
        return [answer for _, answer in await self._judge(files)]

    async def judge_fully(self, files: Sequence[UploadFile]) -> list[FullAnswer]:
        """The same with closer looks and private claims, for those who cannot ask a second time."""
        return [await self._complete(upload, answer) for upload, answer in await self._judge(files)]

    async def look_closer(self, file: UploadFile, receipt: str = "") -> ExplainBody:
        """A closer look at one picture.

        Args:
            receipt: of the answer that it belongs to, if there was one.

        Raises:
            UploadError: too large, or another picture than the answer was about. TokenError: as `need_same`.
            ImageError: it cannot be judged. OverloadedError, ClosedError: as `Engine.run`.
        """
        upload = await picture(file, self.settings)
        need_same(self.tokens, receipt, digest(upload.data))
        await asyncio.to_thread(check_picture, upload, self.settings)
        looking = self.engine.run(lambda detector: look_closer(detector, upload.data))
        return self._sign(await asyncio.wrap_future(looking), upload.data)

    async def inspect(self, file: UploadFile, *, private: bool, receipt: str = "") -> InspectBody:
        """What the file of a picture or clip says about itself.

        Args:
            private: also places and names of people.
            receipt: of the answer that it belongs to, if there was one.

        Raises:
            ImageError: it is neither. UploadError: too large, or another file than the answer was about.
            TokenError: as `need_same`.
        """
        trust = self.engine.detector.trust
        if not await is_clip(file):
            upload = await picture(file, self.settings)
            need_same(self.tokens, receipt, digest(upload.data))
            return await asyncio.to_thread(inspect_picture, upload, trust, private=private)
        if (file.size or 0) > self.settings.max_video_bytes:
            raise too_large(self.settings.max_video_bytes)
        sha256 = await asyncio.to_thread(digest_of, file.file)
        need_same(self.tokens, receipt, sha256)
        return _body(sha256, await asyncio.to_thread(inspect_clip, file.file, trust=trust), private=private)

    async def _judge(self, files: Sequence[UploadFile]) -> list[tuple[Upload, Answer]]:
        self.engine.need_room()  # before anything is read into memory
        uploads = await pictures(files, self.settings)
        errors = [await asyncio.to_thread(self._problem, upload) for upload in uploads]
        good = [upload.data for upload, error in zip(uploads, errors, strict=True) if error is None]
        waiting = [asyncio.wrap_future(future) for future in self.engine.predict_all(good)] if good else []
        try:
            judged = iter(await asyncio.gather(*waiting))
        except BaseException:  # the visitor is gone: what waits need not be done
            for future in waiting:
                future.cancel()
            raise
        verdicts = [next(judged) if error is None else error for error in errors]
        return [(upload, self._answer(upload, verdict)) for upload, verdict in zip(uploads, verdicts, strict=True)]

    def _problem(self, upload: Upload) -> Verdict | None:
        """The verdict on a picture that cannot be judged, as far as its header tells."""
        try:
            check_picture(upload, self.settings)
        except ImageError as e:
            said = inspect(upload.data, trust=self.engine.detector.trust).claims
            return Verdict(upload.name, None, None, self.engine.detector.card.id, e.to_dict(), provenance=said)
        return None

    def _answer(self, upload: Upload, verdict: Verdict) -> Answer:
        verdict = named(verdict, upload.name)
        sha256 = digest(upload.data)
        said = verdict_phrasing(verdict, self.engine.detector.card)
        receipt = None
        if verdict.label is not None:
            receipt = self.tokens.write(
                {"kind": "verdict", "about": verdict.kind, "sha256": sha256, "verdict": verdict.to_dict()}
            )
        file = FileBody(
            name=upload.name,
            bytes=len(upload.data),
            sha256=sha256,
            judged_at=now().isoformat(timespec="seconds"),
            receipt=receipt,
            phrasing=said,
        )
        return Answer(verdict, file)

    async def _complete(self, upload: Upload, answer: Answer) -> FullAnswer:
        closer: ExplainBody | None = None
        if answer.verdict.label is not None:
            looking = self.engine.run(lambda detector: _look(detector, upload.data), accepted=True)
            closer = await asyncio.wrap_future(looking)
            closer = closer and self._sign(closer, upload.data)
        private: list[ClaimBody] = []
        if any(claim.kind == "private" for claim in answer.verdict.provenance):
            trust = self.engine.detector.trust
            private = (await asyncio.to_thread(inspect_picture, upload, trust, private=True)).private or []
        return FullAnswer(answer, closer, private)

    def _sign(self, closer: ExplainBody, data: bytes) -> ExplainBody:
        """The closer look with a signed note of what a report may say of it."""
        facts: dict[str, Any] = {
            "kind": "explanation",
            "sha256": digest(data),
            "picture": digest(closer.picture.encode()),
        }
        facts["holds"] = closer.holds.model_dump() if closer.holds else None
        closer.explanation_receipt = self.tokens.write(facts)
        return closer


def named(verdict: Verdict, name: str) -> Verdict:
    """The verdict with the visitor's name for the picture."""
    error = verdict.error
    if error is not None:
        error = error | {"message": error["message"].replace("<bytes>", name)}
    return replace(verdict, path=name, error=error)


def _look(detector: Detector, data: bytes) -> ExplainBody | None:
    try:
        return look_closer(detector, data)
    except ImageError:  # it was judged a moment ago; without the closer look the answer still stands
        return None


def inspect_picture(upload: Upload, trust: str, *, private: bool) -> InspectBody:
    """What a picture's file says about itself; places and names of people only if they are asked for.

    Raises:
        ImageError: it is no picture.
    """
    sniff(upload.data, upload.name)
    return _body(digest(upload.data), inspect(upload.data, trust=trust), private=private)


def _body(sha256: str, found: Testimony, *, private: bool) -> InspectBody:
    said = _bodies(found.private) if private else None
    return InspectBody(sha256=sha256, provenance=_bodies(found.claims), private=said)


def _bodies(claims: Sequence[Claim]) -> list[ClaimBody]:
    return [ClaimBody.model_validate(asdict(claim)) for claim in claims]
