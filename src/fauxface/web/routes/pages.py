"""The pages: what people see, with or without JavaScript."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from importlib.resources import files as package_files
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from fauxface.errors import ImageError
from fauxface.web.desk import Answer, Desk, desk_of, facts_of
from fauxface.web.edge.prefix import inner
from fauxface.web.messages import ENGLISH, dates
from fauxface.web.messages.promise import limits, meaning, percent
from fauxface.web.messages.source_names import source_name
from fauxface.web.routes import api, api_clips
from fauxface.web.schemas import ClaimBody, ErrorBody, ExplainBody
from fauxface.web.services import uploads
from fauxface.web.services.disconnects import while_there
from fauxface.web.services.explanation import look_closer
from fauxface.web.services.inspection import inspect_picture
from fauxface.weights.metrics import CardMetrics

router = APIRouter(include_in_schema=False)
HERE: Final = Path(str(package_files("fauxface.web")))
STATIC: Final = HERE / "static"
SAMPLES: Final = (
    ("photo_hopper.jpg", "sample.photo"),
    ("fake_stylegan2_1.jpg", "sample.fake"),
    ("photo_collins.jpg", "sample.photo"),
    ("fake_stylegan2_2.jpg", "sample.fake"),
    ("fake_stylegan2_3.jpg", "sample.hard"),
)
ACCEPT: Final = "image/*,.heic,.heif,.avif,video/mp4,video/quicktime,video/webm,.mkv,.avi,.m4v,.mov"
THEMES: Final = ("auto", "light", "dark")
TheDesk = Annotated[Desk, Depends(desk_of)]

SEARCHES: Final = (
    ("Google Images", "https://images.google.com/"),
    ("TinEye", "https://tineye.com/"),
    ("Bing Visual Search", "https://www.bing.com/visualsearch"),
    ("Yandex Images", "https://yandex.com/images/"),
)
"""Where visitors may look for other copies of a picture; the page itself asks none of them."""


def _said(claim: Any) -> str:
    """A claim for people: its date as they write it."""
    told = claim if isinstance(claim, dict) else {"kind": claim.kind, "claim": claim.claim}
    return dates.in_words(told["claim"]) if told["kind"] == "date" else told["claim"]


templates = Jinja2Templates(HERE / "templates")
templates.env.globals |= {"t": ENGLISH, "searches": SEARCHES}
templates.env.filters |= {"day": dates.day, "minute": dates.minute, "said": _said}
templates.env.trim_blocks = templates.env.lstrip_blocks = True


@functools.cache
def static_url(name: str) -> str:
    """Address of a static file below the prefix, with a digest of its content: browsers keep it until it changes."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


templates.env.globals["static_url"] = static_url


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A template with what every page needs."""
    desk = desk_of(request)
    theme = request.cookies.get("theme", "auto")
    more = {
        "theme": theme if theme in THEMES else "auto",
        "root": desk.settings.root,
        "here": inner(request.scope),
        "settings": desk.settings,
        "version": desk.version,
        "card": desk.engine.detector.card,
        "accept": ACCEPT,
    }
    return templates.TemplateResponse(request, template, more | context, status)


def error_page(request: Request, status: int, body: ErrorBody) -> Response:
    """An error for people."""
    return page(request, "error.html", status, error=body)


@router.get("/", response_class=HTMLResponse)
async def home(request: Request, desk: TheDesk) -> Response:
    """The box."""
    settings = desk.settings
    token = desk.receipts.write({"kind": "page"})
    facts = {
        "t": dict(ENGLISH),
        "maxPictureBytes": settings.max_picture_bytes,
        "maxVideoBytes": settings.max_video_bytes,
        "maxFiles": settings.max_files,
        "root": settings.root,
        "token": token,
        "version": f"{desk.version} {desk.engine.detector.card.id}",
        "threshold": percent(desk.engine.detector.card.decision.fake_from),
    }
    return page(request, "home.html", facts=json.dumps(facts).replace("<", "\\u003c"), samples=SAMPLES, token=token)


@router.get("/about", response_class=HTMLResponse)
async def about(request: Request, desk: TheDesk) -> Response:
    """How it works and when not to trust it."""
    card = desk.engine.detector.card
    return page(request, "about.html", meaning=meaning(card), limits=limits(card), sources=_sources(card.metrics))


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
    desk: TheDesk,
    files: Annotated[list[UploadFile] | None, File()] = None,
    page_token: Annotated[str, Form(max_length=4096)] = "",
    sample: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """The answer as a page, for browsers without JavaScript; with a closer look, since there is no second request."""
    sent = files or []
    if sample in dict(SAMPLES):
        sent = [UploadFile((STATIC / "samples" / sample).open("rb"), filename=sample)]
    if not any(file.filename or file.size for file in sent):
        raise uploads.UploadError(ENGLISH["error.no_file"], code="no_file", status=422)
    if any([await uploads.is_clip(file) for file in sent]):
        if len(sent) > 1:
            raise uploads.UploadError(ENGLISH["error.one_clip"], code="too_many_files", status=422)
        job = await api_clips.take(request, desk, sent[0], page_token)
        return RedirectResponse(f"{desk.settings.root}/clip/{job.id}", 303)
    async with desk.admitted(request, max(1, len(sent)), page_token=page_token):
        results = await _judged(request, desk, sent)
    return page(request, "result.html", results=results)


async def _judged(
    request: Request, desk: Desk, sent: Sequence[UploadFile]
) -> list[tuple[Answer, ExplainBody | None, list[ClaimBody]]]:
    """Each answer with its closer look, and the places and names in its file."""
    results: list[tuple[Answer, ExplainBody | None, list[ClaimBody]]] = []
    trust = desk.engine.detector.trust
    for upload, answer in await while_there(request, desk.judge(sent)):
        closer = None
        if answer.verdict.label is not None:
            looking = desk.engine.run(functools.partial(_look, upload.data), accepted=True)
            closer = await while_there(request, asyncio.wrap_future(looking))
            closer = closer and desk.sign_looks(closer, upload.data)
        private: list[ClaimBody] = []
        if any(claim.kind == "private" for claim in answer.verdict.provenance):
            private = (await asyncio.to_thread(inspect_picture, upload, trust, private=True)).private or []
        results.append((answer, closer, private))
    return results


def _look(data: bytes, detector: Any) -> ExplainBody | None:
    try:
        return look_closer(detector, data)
    except ImageError:  # it was judged a moment ago; without the closer look the answer still stands
        return None


def admitted_with(request: Request, desk: Desk, what: str, receipt: str) -> AbstractAsyncContextManager[None]:
    """A form cannot send the header that shows that one comes from the page; the receipt of an answer shows it too.

    Raises:
        TokenError: it is none.
    """
    facts_of(desk.receipts, receipt)
    return desk.admitted(request, page_token=desk.receipts.write({"kind": "page"}), part_of=(what, receipt))


@router.post("/result/feedback", response_class=HTMLResponse)
async def feedback(
    request: Request,
    desk: TheDesk,
    receipt: api.Receipt,
    says: Annotated[api.Says, Form()],
    how: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Feedback without JavaScript; the picture is gone by then, so it cannot be kept."""
    async with admitted_with(request, desk, "feedback", receipt):
        await api.keep_feedback(desk, receipt, says, how)
    return page(request, "message.html", 201, title=ENGLISH["feedback.title"], message=ENGLISH["feedback.thanks"])


@router.post("/theme")
async def choose_theme(desk: TheDesk, theme: Annotated[str, Form(pattern="^(auto|light|dark)$")]) -> Response:
    """Remember light or dark: the only cookie there is, and only below the prefix."""
    home = f"{desk.settings.root}/"
    back = RedirectResponse(home, 303)
    if theme == "auto":
        back.delete_cookie("theme", path=home)
    else:
        back.set_cookie("theme", theme, max_age=365 * 24 * 3600, path=home, samesite="strict", httponly=False)
    return back
