"""The application: settings, detector and memory put together, routes on top, limits around everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from fauxface import __version__
from fauxface.detector import Detector
from fauxface.provenance import read_trust
from fauxface.web import problems
from fauxface.web.edge.guard import Guard, PatientProtocol
from fauxface.web.edge.limits import Admission, BodyLimit, UploadBudget, uploads_bytes
from fauxface.web.edge.request import RawBody
from fauxface.web.routes import api, followup_pages, pages, review_pages
from fauxface.web.server import leave_metrics
from fauxface.web.services.access import Access, Limiter
from fauxface.web.services.engine import Engine
from fauxface.web.services.jobs import Jobs
from fauxface.web.services.signed_token import SignedTokens, Tickets
from fauxface.web.settings import Settings
from fauxface.web.store import Store
from fauxface.web.templating import STATIC, error_page

DESCRIPTION = """Is a face a photograph, or was it made by a generator, and how sure can one be?

A verdict is evidence, never proof. Nothing of a picture is kept after the answer, unless you send it with feedback and
`keep`. Errors have one shape: `{code, message, detail}`; 503 and 429 come with `Retry-After`."""
SCHEMES: Final[dict[str, Any]] = {
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key that whoever runs this server made with `fauxface keys add`.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same key as `Authorization: Bearer …`."},
}


def application() -> ASGIApp:
    """What uvicorn calls in each process: the application with settings from the environment."""
    settings = Settings.load()
    PatientProtocol.header_seconds, PatientProtocol.send_seconds = settings.header_seconds, settings.body_seconds
    return create_app(settings)


def create_app(settings: Settings | None = None, *, detector: Detector | None = None) -> ASGIApp:
    """The page and the API as one ASGI application.

    Args:
        settings: default: from the environment.
        detector: judges; default: the weights that the settings name.

    Raises:
        SettingsError, WeightsError, StoreError, DataError: what is there cannot be used.
    """
    settings = settings or Settings.load()
    registry = CollectorRegistry()
    detector = detector or Detector.load(settings.weights, threads=settings.threads, limits=settings.limits)
    if settings.c2pa_trust is not None:
        detector.trust = read_trust(settings.c2pa_trust)
    engine = Engine(
        detector,
        batch_size=settings.batch_size,
        wait=settings.batch_wait_ms / 1e3,
        queue_size=settings.queue_size,
        registry=registry,
    )
    store = Store.open(settings.database_url, settings.data_dir)
    tokens = SignedTokens.in_folder(settings.data_dir)
    tickets = Tickets(tokens, settings.data_dir / "tickets")
    jobs = Jobs(settings.data_dir / "jobs", engine, tokens, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        patience = settings.drain_seconds
        await asyncio.gather(asyncio.to_thread(jobs.close, patience), asyncio.to_thread(engine.close, patience))
        store.close()
        leave_metrics()

    app = FastAPI(
        title="fauxface",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # `request.placed` takes them off
        license_info={"name": "Apache-2.0 (code); the weights: research and non-commercial use"},
    )
    # What `fauxface.web.dependencies` hands to the routes.
    app.state.settings, app.state.registry, app.state.engine = settings, registry, engine
    app.state.store, app.state.tokens, app.state.jobs = store, tokens, jobs
    app.state.access = Access(store, tokens, Limiter(settings.per_minute), tickets, settings.require_key)
    app.state.sign_ins, app.state.shrinking = Limiter(10), asyncio.Semaphore(1)
    app.add_middleware(RawBody)
    app.mount("/static", Static(directory=STATIC), name="static")
    for router in (pages.router, followup_pages.router, review_pages.router, *api.ROUTERS):
        app.include_router(router)
    describe(app, require_key=settings.require_key)
    problems.install(app, error_page)
    limited = BodyLimit(Admission(app, engine, jobs), settings, UploadBudget(uploads_bytes(settings), registry))
    return Guard(
        limited,
        max_clients=settings.max_clients,
        send_seconds=settings.body_seconds,
        registry=registry,
        root=settings.root,
    )


class Static(StaticFiles):
    """Files of the package. An address with a digest never changes its content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        kept = "public, max-age=31536000, immutable" if Request(scope).query_params.get("v") else "no-cache"
        response.headers["cache-control"] = kept
        return response


def describe(app: FastAPI, *, require_key: bool) -> None:
    """Have the app's description tell of keys.

    Args:
        app: with all its routes; those with `KEYED` in their ``openapi_extra`` take a key.
        require_key: nobody is answered without one.
    """
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        told.setdefault("components", {})["securitySchemes"] = SCHEMES
        _say_binary(told["components"].get("schemas"))
        for way in (way for path in told["paths"].values() for way in path.values()):
            if require_key and "security" in way:
                way["security"] = [one for one in way["security"] if one]
        return told

    app.openapi = described


def _say_binary(part: Any) -> None:
    """Call files what most programs know: without ``format: binary`` the viewer offers no way to choose several."""
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        if isinstance(value, dict) and value.get("contentMediaType") == "application/octet-stream":
            value["format"] = "binary"
        _say_binary(value)
