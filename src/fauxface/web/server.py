"""Running the application: uvicorn, with a clock on slow headers and a log of one JSON line a request."""

from __future__ import annotations

import json
import logging
import os
import time
from typing import Any

import uvicorn

from fauxface.web import metrics
from fauxface.web.edge.guard import PatientProtocol
from fauxface.web.settings import Settings


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, and the facts of a request; never what a visitor sent."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        "fauxface.web": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "uvicorn.error": {"level": "WARNING"},
    },
}


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until a signal comes; then take nothing new and finish what was accepted."""
    # Workers are processes that read the settings again, from the environment.
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            os.environ[f"FAUXFACE_{name.upper()}"] = str(value)
    with metrics.shared(workers):
        uvicorn.run(
            "fauxface.web.server:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=PatientProtocol,
            ws="none",
            log_config=LOGGING,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trust_proxy),
            forwarded_allow_ips=settings.trust_proxy or None,
            timeout_graceful_shutdown=settings.drain_seconds,
            h11_max_incomplete_event_size=32 << 10,
            backlog=256,
        )


def application() -> Any:
    """What uvicorn calls in each process."""
    from fauxface.web.app import create_app

    settings = Settings.load()
    PatientProtocol.header_seconds, PatientProtocol.send_seconds = settings.header_seconds, settings.body_seconds
    return create_app(settings)
