"""What those ask who keep the server running."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from fauxface.errors import FauxfaceError
from fauxface.web.dependencies import TheCard, TheEngine, TheJobs, TheStore
from fauxface.web.metrics import everybody
from fauxface.web.problems import RESPONSES
from fauxface.web.schemas import HealthBody, ModelBody
from fauxface.weights.typed_json import plain

log = logging.getLogger("fauxface.web")
router = APIRouter(tags=["server"], responses=RESPONSES)
NOT: Final[dict[int | str, dict[str, Any]]] = {503: {"model": HealthBody}}


@router.get("/healthz", summary="Is the server up?", response_model=HealthBody, responses=NOT)
async def health(engine: TheEngine, jobs: TheJobs) -> Response:
    """The process answers, and its detector has not died: 503 is the time to start it anew."""
    if engine.dead or jobs.dead:
        return JSONResponse(HealthBody(status="not_ready", detail="the detector has died").model_dump(), 503)
    return JSONResponse(HealthBody(status="ok").model_dump())


@router.get("/readyz", summary="Can it judge?", response_model=HealthBody, responses=NOT)
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


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Requests, pictures, batches, the queue; of all workers together."""
    text = await asyncio.to_thread(generate_latest, everybody() or request.app.state.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@router.get("/api/v1/models", summary="The detectors")
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


@router.get("/robots.txt", include_in_schema=False)
async def robots() -> Response:
    """The start may be found; what visitors share is for those who have its address."""
    return Response("User-agent: *\nDisallow: /api/\nDisallow: /r/\nDisallow: /review\n", media_type="text/plain")
