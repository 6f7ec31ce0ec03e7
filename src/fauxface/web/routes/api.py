"""The API for pictures: judge, look closer, give feedback, share."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Header, Request, UploadFile
from fastapi.responses import Response

from fauxface.web.desk import Desk, address, desk_of, facts_of, looks_of, need_text
from fauxface.web.edge.raw_body import BODY
from fauxface.web.messages.dates import of_seconds
from fauxface.web.messages.promise import meaning
from fauxface.web.openapi import KEYED
from fauxface.web.problems import RESPONSES
from fauxface.web.schemas import (
    ExplainBody,
    FeedbackBody,
    InspectBody,
    PredictBody,
    SharedBody,
    VerdictBody,
)
from fauxface.web.services import uploads
from fauxface.web.services.disconnects import while_there
from fauxface.web.services.explanation import look_closer
from fauxface.web.services.inspection import inspect_file, need_same, other_file
from fauxface.web.services.uploads import UploadError

router = APIRouter(prefix="/api/v1", tags=["pictures"], responses=RESPONSES)
TheDesk = Annotated[Desk, Depends(desk_of)]
Receipt = Annotated[str, Form(description="of the answer that this is about", max_length=65536)]
AnswerTo = Annotated[
    str, Form(description="of the answer about this picture: then it is not counted again", max_length=65536)
]
Looks = Annotated[str, Form(description="of a closer look at the same file", max_length=65536)]
WithName = Annotated[bool, Form(description="show the file's name")]
Says = Literal["real", "fake", "unknown"]


@router.post("/predict", summary="Judge pictures", openapi_extra=BODY | KEYED)
async def predict(
    request: Request, desk: TheDesk, files: Annotated[list[UploadFile], File(description="pictures")]
) -> PredictBody:
    """Send one or more pictures as `files`; the verdicts come in the same order, each the object that
    `fauxface predict --json` prints. A picture that cannot be judged has its own `error`; the others are judged. One
    picture may also be the whole body, with its own `Content-Type` (`image/jpeg`, …)."""
    async with desk.admitted(request, max(1, len(files))):
        answers = [answer for _, answer in await while_there(request, desk.judge(files))]
    verdicts = [VerdictBody.model_validate(answer.verdict.to_dict()) for answer in answers]
    return PredictBody(verdicts=verdicts, files=[answer.file for answer in answers])


@router.post("/explain", summary="Look closer at one picture", openapi_extra=BODY | KEYED)
async def explain(
    request: Request,
    desk: TheDesk,
    file: Annotated[UploadFile, File(description="a picture")],
    receipt: AnswerTo = "",
) -> ExplainBody:
    """A heat map of where the network looked, the verdict after small changes, and each face."""
    async with desk.admitted(request, part_of=("explain", receipt)):
        upload = await uploads.picture(file, desk.settings)
        need_same(desk, receipt, uploads.digest(upload.data))
        await asyncio.to_thread(uploads.check_picture, upload, desk.settings)
        looking = desk.engine.run(lambda detector: look_closer(detector, upload.data))
        return desk.sign_looks(await while_there(request, asyncio.wrap_future(looking)), upload.data)


@router.post("/inspect", summary="Read what a file says about itself", openapi_extra=BODY | KEYED)
async def inspect(
    request: Request,
    desk: TheDesk,
    file: Annotated[UploadFile, File(description="a picture or a clip")],
    private: Annotated[bool, Form(description="also places and names of people in it")] = False,
    receipt: AnswerTo = "",
) -> InspectBody:
    """Generator, camera, program, dates, content credentials, as the file tells them. No network judges; nothing is
    fetched or kept. What a file says can be forged or stripped."""
    async with desk.admitted(request, part_of=("inspect", receipt)):
        return await while_there(request, inspect_file(desk, file, private=private, receipt=receipt))


@router.post("/feedback", summary="Say what a picture really was", status_code=201, openapi_extra=KEYED)
async def feedback(
    request: Request,
    desk: TheDesk,
    receipt: Receipt,
    says: Annotated[Says, Form()],
    how: Annotated[str, Form(description="how you know", max_length=2000)] = "",
    keep: Annotated[bool, Form(description="you may keep the picture to improve the detector")] = False,
    file: Annotated[UploadFile | None, File(description="the picture, only if it may be kept")] = None,
) -> FeedbackBody:
    """Only with `keep` and the picture itself is anything of the picture kept."""
    async with desk.admitted(request, part_of=("feedback", receipt)):
        return await keep_feedback(desk, receipt, says, how, keep, file)


async def keep_feedback(
    desk: Desk, receipt: str, says: Says, how: str, keep: bool = False, file: UploadFile | None = None
) -> FeedbackBody:
    """What `feedback` does for one who was admitted."""
    facts = facts_of(desk.receipts, receipt)
    picture = None
    if keep and file is not None and (file.filename or file.size):
        upload = await uploads.picture(file, desk.settings)
        await asyncio.to_thread(uploads.check_picture, upload, desk.settings)
        picture = upload.data
        if uploads.digest(picture) != facts["sha256"]:
            raise other_file()
    said = await asyncio.to_thread(
        desk.store.add_feedback, says=says, how=need_text(how, 2000, "how"), verdict=facts["verdict"], picture=picture
    )
    return FeedbackBody(id=str(said), kept_picture=picture is not None)


@router.post("/results", summary="Share an answer as a page", status_code=201, openapi_extra=KEYED)
async def share(
    request: Request, desk: TheDesk, receipt: Receipt, looks: Looks = "", name: WithName = False
) -> SharedBody:
    """Makes a page with an address that nobody can guess. It holds the verdict and the file's SHA-256, no picture, and
    the file's name only with `name`."""
    async with desk.admitted(request, part_of=("share", receipt)):
        return await make_shared(request, desk, receipt, looks, name)


async def make_shared(request: Request, desk: Desk, receipt: str, looks: str, name: bool) -> SharedBody:
    """What `share` does for one who was admitted."""
    facts = facts_of(desk.receipts, receipt)
    seen = looks_of(desk.receipts, looks, facts["sha256"])
    days = dt.timedelta(days=desk.settings.share_days)
    payload = {
        "verdict": facts["verdict"] if name else facts["verdict"] | {"path": ""},
        "sha256": facts["sha256"],
        "judged_at": of_seconds(facts["at"]).isoformat(),
        "meaning": meaning(desk.engine.detector.card),
        "holds": seen["holds"] if seen else None,
    }
    shared = await asyncio.to_thread(desk.store.share, payload, lasts=days)
    return SharedBody(
        id=shared.id,
        url=address(request, "shared_page", id=shared.id),
        delete_token=shared.delete_token,
        delete_url=f"{address(request, 'unshare_page', id=shared.id)}#{shared.delete_token}",
        expires_at=shared.expires_at.isoformat(),
    )


@router.get("/results/{id}", summary="A shared answer as JSON")
async def shared(id: str, desk: TheDesk) -> dict[str, Any]:
    """The verdict, the file's SHA-256 and when it expires; 404 if there is none."""
    found = await asyncio.to_thread(desk.store.shared, id)
    if found is None:
        raise gone()
    return {**found.payload, "expires_at": found.expires_at.isoformat()}


@router.delete("/results/{id}", summary="Delete a shared answer", status_code=204)
async def unshare(id: str, desk: TheDesk, x_delete_token: Annotated[str, Header(max_length=200)]) -> Response:
    """With the token that was given when the page was made."""
    if not await asyncio.to_thread(desk.store.unshare, id, x_delete_token):
        raise gone()
    return Response(status_code=204)


def gone() -> UploadError:
    """For an address that leads nowhere (any more)."""
    return UploadError(
        "there is no such result: it was deleted, has expired, or never was", code="not_found", status=404
    )
