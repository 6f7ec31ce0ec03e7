"""The pages, with or without JavaScript: the box, the answer to what was put in, and how the page works.

A clip that was handed in without JavaScript is looked after here, frame by frame.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fauxface.web.dependencies import TheAccess, TheCard, TheJobs, TheJudging, TheSettings
from fauxface.web.messages import ENGLISH
from fauxface.web.messages.error_rates import failures, meaning, percent, source_name
from fauxface.web.schemas import JobBody
from fauxface.web.services.access import while_there
from fauxface.web.services.jobs import Jobs
from fauxface.web.services.uploads import UploadError, is_clip
from fauxface.web.templating import STATIC, page
from fauxface.weights.metrics import CardMetrics

router = APIRouter(include_in_schema=False)
SAMPLES: Final = (
    ("photo_hopper.jpg", "sample.photo"),
    ("fake_stylegan2_1.jpg", "sample.fake"),
    ("photo_collins.jpg", "sample.photo"),
    ("fake_stylegan2_2.jpg", "sample.fake"),
    ("fake_stylegan2_3.jpg", "sample.hard"),
)
PATIENCE: Final = 20.0
"""Seconds that a page waits for the clip's end; nothing refreshes by itself, which would throw readers out."""
PAUSE: Final = 0.25
_STATUS: Final = {"interrupted": 503, "internal": 500}


@router.get("/", response_class=HTMLResponse)
async def home(request: Request, settings: TheSettings, access: TheAccess, card: TheCard) -> Response:
    """The box."""
    token = access.page_token()
    facts = {
        "t": dict(ENGLISH),
        "maxPictureBytes": settings.max_picture_bytes,
        "maxVideoBytes": settings.max_video_bytes,
        "maxFiles": settings.max_files,
        "root": settings.root,
        "token": token,
        "version": f"{request.app.version} {card.id}",
        "threshold": percent(card.decision.fake_from),
    }
    return page(request, "home.html", facts=json.dumps(facts).replace("<", "\\u003c"), samples=SAMPLES, token=token)


@router.get("/about", response_class=HTMLResponse)
async def about(request: Request, card: TheCard) -> Response:
    """How it works and when not to trust it."""
    return page(request, "about.html", meaning=meaning(card), failures=failures(card), sources=_sources(card.metrics))


def _sources(metrics: CardMetrics) -> list[tuple[str, str, int, int, int]]:
    """(source, kind, pictures, of 100 called the opposite, of 100 undecided): of left-out sources, or of the test."""
    photographs, fakes = ENGLISH["about.photographs"], ENGLISH["about.generated"]
    if unseen := metrics.unseen_sources:
        rows = [(photographs, row) for row in unseen.cameras] + [(fakes, row) for row in unseen.generators]
        return [(source_name(r.source), label, r.pictures, *_of_100(r.wrong, r.uncertain)) for label, r in rows]
    found = metrics.test.by_source if metrics.test else {}
    return [
        (source_name(name), photographs if row.real else fakes, row.n, *_of_100(row.wrong, row.abstained))
        for name, row in sorted(found.items(), key=lambda item: (item[1].real == 0, item[0]))
        if row.abstained is not None and row.wrong is not None
    ]


def _of_100(wrong: float, unsure: float) -> tuple[int, int]:
    return round(100 * wrong), round(100 * unsure)


@router.post("/result", response_class=HTMLResponse)
async def result(
    request: Request,
    access: TheAccess,
    judging: TheJudging,
    jobs: TheJobs,
    settings: TheSettings,
    files: Annotated[list[UploadFile] | None, File()] = None,
    page_token: Annotated[str, Form(max_length=4096)] = "",
    sample: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """The answer as a page, for browsers without JavaScript; with a closer look, since there is no second request."""
    sent = files or []
    if sample in dict(SAMPLES):
        sent = [UploadFile((STATIC / "samples" / sample).open("rb"), filename=sample)]
    if not any(file.filename or file.size for file in sent):
        raise UploadError(ENGLISH["error.no_file"], code="no_file", status=422)
    if any([await is_clip(file) for file in sent]):
        if len(sent) > 1:
            raise UploadError(ENGLISH["error.one_clip"], code="too_many_files", status=422)
        async with access.admitted(request, settings.video_frames, page_token=page_token):
            job = await jobs.take(sent[0], request.is_disconnected)
        return RedirectResponse(f"{settings.root}/clip/{job.id}", 303)
    async with access.admitted(request, max(1, len(sent)), page_token=page_token):
        results = await while_there(request, judging.judge_fully(sent))
    return page(request, "result.html", results=results)


@router.post("/theme")
async def choose_theme(settings: TheSettings, theme: Annotated[str, Form(pattern="^(auto|light|dark)$")]) -> Response:
    """Remember light or dark: the only cookie there is, and only below the prefix."""
    home = f"{settings.root}/"
    back = RedirectResponse(home, 303)
    if theme == "auto":
        back.delete_cookie("theme", path=home)
    else:
        back.set_cookie("theme", theme, max_age=365 * 24 * 3600, path=home, samesite="strict", httponly=False)
    return back


@router.get("/api", response_class=HTMLResponse)
async def api_page(request: Request) -> Response:
    """The description of the API for people: every route with its fields, to read and to try."""
    return page(request, "api.html")


@router.get("/clip/{id}", response_class=HTMLResponse)
async def clip(
    request: Request, id: str, jobs: TheJobs, card: TheCard, frame: Annotated[int | None, Query(ge=0)] = None
) -> Response:
    """The progress of a clip, after waiting for its end a little; then its verdict, or a chosen frame's."""
    job = await while_there(request, _ended(jobs, id))
    chosen = job.frames[frame] if frame is not None and frame < len(job.frames) else None
    template = "clip.html" if job.state == "done" else "clip_under_way.html"
    status = _STATUS.get(job.error.code, 422) if job.error else 200
    threshold = percent(card.decision.fake_from)
    return page(request, template, status, job=job, chosen=chosen, chosen_number=frame, threshold=threshold)


@router.post("/clip/{id}/stop")
async def stop(id: str, jobs: TheJobs, settings: TheSettings) -> Response:
    """Stop a clip, or forget one that has ended."""
    job = await jobs.look(id, stop=True)
    page_of = f"/clip/{id}" if job.state in ("queued", "running", "cancelled") else "/"
    return RedirectResponse(settings.root + page_of, 303)


async def _ended(jobs: Jobs, id: str) -> JobBody:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            body = await jobs.look(id)
        except UploadError as e:
            raise UploadError(ENGLISH["error.clip_gone"], code=e.code, status=e.status) from e
        if body.state not in ("queued", "running") or time.monotonic() > deadline:
            return body
        await asyncio.sleep(PAUSE)
