"""A clock on those who open a connection and do not get done: with their headers, or with reading what was sent."""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from fauxface.web.edge.headers import HEADERS
from fauxface.web.schemas import ErrorBody

MOST_AHEAD: Final = 512 << 10
"""Bytes of requests that may come before the one under way is answered."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on who opens a connection and does not get done with the headers (slowloris)."""

    header_seconds = 10.0
    send_seconds = 120.0
    _clock: asyncio.TimerHandle | None = None
    _watch: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock, and the watch over how it ends."""
        super().connection_made(transport)
        self._start_clock()
        self._look(was_closing=False)

    def handle_events(self) -> None:
        """Stop it when the headers of a request are there."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_clock()

    def on_response_complete(self) -> None:
        """The next request may take its time to begin (keep-alive has a clock of its own), but not in the middle."""
        super().on_response_complete()
        self._stop_clock()

    def data_received(self, data: bytes) -> None:
        """A request that begins on an open connection has to get on as well."""
        if self._clock is None and (self.cycle is None or self.cycle.response_complete):
            self._start_clock()
        super().data_received(data)
        if len(self.conn.trailing_data[0]) > MOST_AHEAD:  # requests sent before the one under way is answered
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets an answer in our shape too, and the connection is closed."""
        body = ErrorBody(code="bad_request", message=f"this is no HTTP request ({msg})").model_dump_json().encode()
        told = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close", **HEADERS}
        headers = [(name.encode(), value.encode()) for name, value in told.items()]
        start = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        self.transport.write(b"".join(self.conn.send(e) or b"" for e in (start, h11.Data(body), h11.EndOfMessage())))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        for timer in (self._watch, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Nobody reads what was sent; not for long."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Somebody reads again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def _look(self, *, was_closing: bool) -> None:
        """A connection that was closed waits for whoever reads what was sent; not for ever."""
        closing = self.transport.is_closing()
        if closing and was_closing:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(self.header_seconds, lambda: self._look(was_closing=closing))

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(self.header_seconds, self._hang_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
