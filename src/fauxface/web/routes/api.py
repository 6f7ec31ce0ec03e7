"""The API: for programs that judge pictures and clips, and for those who keep the server running."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Header, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from fauxface.errors import FauxfaceError
from fauxface.web.dependencies import (
    KEYED,
    AnswerTo,
    Receipt,
    SaysField,
    TheAccess,
    TheCard,
    TheEngine,
    TheExplanation,
    TheFeedback,
    TheJobs,
    TheJudging,
    TheSettings,
    TheSharing,
    TheStore,
    WithName,
)
from fauxface.web.edge.request import BODY
from fauxface.web.problems import RESPONSES
from fauxface.web.schemas import (
    ExplainBody,
    FeedbackBody,
    HealthBody,
    InspectBody,
    JobBody,
    ModelBody,
    PredictBody,
    SharedBody,
    VerdictBody,
)
from fauxface.web.server import metrics_of_all
from fauxface.web.services.access import while_there
from fauxface.weights.typed_json import plain

pictures = APIRouter(prefix="/api/v1", tags=["pictures"], responses=RESPONSES)
clips = APIRouter(prefix="/api/v1", tags=["clips"], responses=RESPONSES)
server = APIRouter(tags=["server"], responses=RESPONSES)
ROUTERS: Final = (pictures, clips, server)
log = logging.getLogger("fauxface.web")
NOT: Final[dict[int | str, dict[str, Any]]] = {503: {"model": HealthBody}}


@pictures.post("/predict", summary="Judge pictures", openapi_extra=BODY | KEYED)
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


@pictures.post("/explain", summary="Look closer at one picture", openapi_extra=BODY | KEYED)
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


@pictures.post("/inspect", summary="Read what a file says about itself", openapi_extra=BODY | KEYED)
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


@pictures.post("/feedback", summary="Say what a picture really was", status_code=201, openapi_extra=KEYED)
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


@pictures.post("/results", summary="Share an answer as a page", status_code=201, openapi_extra=KEYED)
async def share(
    request: Request,
    access: TheAccess,
    sharing: TheSharing,
    receipt: Receipt,
    explanation: TheExplanation,
    name: WithName = False,
) -> SharedBody:
    """Makes a page with an address that nobody can guess. It holds the verdict and the file's SHA-256, no picture, and
    the file's name only with `name`."""
    async with access.admitted(request, part_of=("share", receipt)):
        return await sharing.share(receipt, explanation, name=name)


@pictures.get("/results/{id}", summary="A shared answer as JSON")
async def shared(id: str, sharing: TheSharing) -> dict[str, Any]:
    """The verdict, the file's SHA-256 and when it expires; 404 if there is none."""
    found = await sharing.find(id)
    return {**found.payload, "expires_at": found.expires_at.isoformat()}


@pictures.delete("/results/{id}", summary="Delete a shared answer", status_code=204)
async def unshare(id: str, sharing: TheSharing, x_delete_token: Annotated[str, Header(max_length=200)]) -> Response:
    """With the token that was given when the page was made."""
    await sharing.unshare(id, x_delete_token)
    return Response(status_code=204)


@clips.post("/videos", summary="Judge a clip", status_code=202, openapi_extra=BODY | KEYED)
async def start(
    request: Request,
    access: TheAccess,
    jobs: TheJobs,
    settings: TheSettings,
    file: Annotated[UploadFile, File(description="a clip")],
) -> JobBody:
    """Frames are sampled evenly and at scene changes and judged one by one; `/jobs/{id}` tells the progress."""
    async with access.admitted(request, settings.video_frames):
        return await jobs.take(file, request.is_disconnected)


@clips.get("/jobs/{id}", summary="The progress of a clip")
async def look(id: str, jobs: TheJobs) -> JobBody:
    """The frames judged so far, and at the end the clip's verdict; can be fetched for some minutes."""
    return await jobs.look(id)


@clips.delete("/jobs/{id}", summary="Stop a clip, or forget one that has ended")
async def stop(id: str, jobs: TheJobs) -> JobBody:
    """One under way stops after the frame under way. One that has ended is deleted, and answered one last time."""
    return await jobs.look(id, stop=True)


@server.get("/healthz", summary="Is the server up?", response_model=HealthBody, responses=NOT)
async def health(engine: TheEngine, jobs: TheJobs) -> Response:
    """The process answers, and its detector has not died: 503 is the time to start it anew."""
    if engine.dead or jobs.dead:
        return JSONResponse(HealthBody(status="not_ready", detail="the detector has died").model_dump(), 503)
    return JSONResponse(HealthBody(status="ok").model_dump())


@server.get("/readyz", summary="Can it judge?", response_model=HealthBody, responses=NOT)
async def ready(engine: TheEngine, jobs: TheJobs, store: TheStore) -> Response:
    """The detector takes pictures and the database answers."""
    body = HealthBody(status="ok")
    if not engine.alive or not jobs.alive:
        body = HealthBody(status="not_ready", detail="the detector is being stopped")
    else:
        try:
            await asyncio.to_thread(store.ping)
        except FauxfaceError as e:
            log.error("not ready", extra={"facts": {"detail": e.message}})
            body = HealthBody(status="not_ready", detail="the database does not answer: see the log")
    if body.status == "ok":
        return JSONResponse(body.model_dump())
    return JSONResponse(body.model_dump(), 503, {"retry-after": "5"})


@server.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Requests, pictures, batches, the queue; of all workers together."""
    text = await asyncio.to_thread(generate_latest, metrics_of_all() or request.app.state.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@server.get("/api/v1/models", summary="The detectors")
async def models(card: TheCard) -> list[ModelBody]:
    """What judges here, how good it was on test pictures, and where it fails."""
    body = ModelBody(
        id=card.id,
        architecture=card.architecture,
        default=True,
        input_size=card.input.size,
        threshold=card.decision.fake_from,
        abstention_region=card.decision.abstention_region,
        parameters=card.provenance.parameters,
        sha256=card.provenance.sha256,
        licence=card.provenance.licence,
        known_failures=list(card.known_failures),
        metrics=plain(card.metrics),
    )
    return [body]


@server.get("/robots.txt", include_in_schema=False)
async def robots() -> Response:
    """The start may be found; what visitors share is for those who have its address."""
    return Response("User-agent: *\nDisallow: /api/\nDisallow: /r/\nDisallow: /review\n", media_type="text/plain")
