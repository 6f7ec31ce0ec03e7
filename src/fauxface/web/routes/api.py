"""The API for pictures: judge, look closer, inspect, give feedback, share."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Request, UploadFile
from fastapi.responses import Response

from fauxface.web.dependencies import TheAccess, TheFeedback, TheJudging, TheSharing
from fauxface.web.edge.request import BODY
from fauxface.web.openapi import KEYED
from fauxface.web.problems import RESPONSES
from fauxface.web.routes.fields import AnswerTo, Looks, Receipt, SaysField, WithName
from fauxface.web.schemas import ExplainBody, FeedbackBody, InspectBody, PredictBody, SharedBody, VerdictBody
from fauxface.web.services.access import while_there

router = APIRouter(prefix="/api/v1", tags=["pictures"], responses=RESPONSES)


@router.post("/predict", summary="Judge pictures", openapi_extra=BODY | KEYED)
async def predict(
    request: Request,
    access: TheAccess,
    judging: TheJudging,
    files: Annotated[list[UploadFile], File(description="pictures")],
) -> PredictBody:
    """Send one or more pictures as `files`; the verdicts come in the same order, each the object that
    `fauxface predict --json` prints. A picture that cannot be judged has its own `error`; the others are judged. One
    picture may also be the whole body, with its own `Content-Type` (`image/jpeg`, …)."""
    async with access.admitted(request, max(1, len(files))):
        answers = await while_there(request, judging.judge(files))
    verdicts = [VerdictBody.model_validate(answer.verdict.to_dict()) for answer in answers]
    return PredictBody(verdicts=verdicts, files=[answer.file for answer in answers])


@router.post("/explain", summary="Look closer at one picture", openapi_extra=BODY | KEYED)
async def explain(
    request: Request,
    access: TheAccess,
    judging: TheJudging,
    file: Annotated[UploadFile, File(description="a picture")],
    receipt: AnswerTo = "",
) -> ExplainBody:
    """A heat map of where the network looked, the verdict after small changes, and each face."""
    async with access.admitted(request, part_of=("explain", receipt)):
        return await while_there(request, judging.look_closer(file, receipt))


@router.post("/inspect", summary="Read what a file says about itself", openapi_extra=BODY | KEYED)
async def inspect(
    request: Request,
    access: TheAccess,
    judging: TheJudging,
    file: Annotated[UploadFile, File(description="a picture or a clip")],
    private: Annotated[bool, Form(description="also places and names of people in it")] = False,
    receipt: AnswerTo = "",
) -> InspectBody:
    """Generator, camera, program, dates, content credentials, as the file tells them. No network judges; nothing is
    fetched or kept. What a file says can be forged or stripped."""
    async with access.admitted(request, part_of=("inspect", receipt)):
        return await while_there(request, judging.inspect(file, private=private, receipt=receipt))


@router.post("/feedback", summary="Say what a picture really was", status_code=201, openapi_extra=KEYED)
async def feedback(
    request: Request,
    access: TheAccess,
    feedback: TheFeedback,
    receipt: Receipt,
    says: SaysField,
    how: Annotated[str, Form(description="how you know", max_length=2000)] = "",
    keep: Annotated[bool, Form(description="you may keep the picture to improve the detector")] = False,
    file: Annotated[UploadFile | None, File(description="the picture, only if it may be kept")] = None,
) -> FeedbackBody:
    """Only with `keep` and the picture itself is anything of the picture kept."""
    async with access.admitted(request, part_of=("feedback", receipt)):
        return await feedback.keep(receipt, says, how, keep=keep, file=file)


@router.post("/results", summary="Share an answer as a page", status_code=201, openapi_extra=KEYED)
async def share(
    request: Request,
    access: TheAccess,
    sharing: TheSharing,
    receipt: Receipt,
    looks: Looks = "",
    name: WithName = False,
) -> SharedBody:
    """Makes a page with an address that nobody can guess. It holds the verdict and the file's SHA-256, no picture, and
    the file's name only with `name`."""
    async with access.admitted(request, part_of=("share", receipt)):
        return await sharing.share(receipt, looks, name=name)


@router.get("/results/{id}", summary="A shared answer as JSON")
async def shared(id: str, sharing: TheSharing) -> dict[str, Any]:
    """The verdict, the file's SHA-256 and when it expires; 404 if there is none."""
    found = await sharing.find(id)
    return {**found.payload, "expires_at": found.expires_at.isoformat()}


@router.delete("/results/{id}", summary="Delete a shared answer", status_code=204)
async def unshare(id: str, sharing: TheSharing, x_delete_token: Annotated[str, Header(max_length=200)]) -> Response:
    """With the token that was given when the page was made."""
    await sharing.unshare(id, x_delete_token)
    return Response(status_code=204)
