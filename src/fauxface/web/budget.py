"""How many bytes of uploads all visitors together may have in this process, so that a crowd cannot fill its memory."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from fauxface.web.engine import OverloadedError

RETRY_AFTER: Final = 5
"""Seconds in which some upload will have been answered."""


class Budget:
    """Bytes that came in and are not answered yet; used by one event loop.

    Args:
        most: how many there may be.
        registry: where the figure for ``/metrics`` is kept.
    """

    def __init__(self, most: int, registry: CollectorRegistry | None = None) -> None:
        self.most, self.held = most, 0
        registry = registry or CollectorRegistry()
        self._gauge = Gauge(
            "fauxface_upload_bytes",
            "Bytes of uploads that are not answered yet.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def need(self, count: int) -> None:
        """Whether ``count`` more bytes find room now; nothing is taken.

        Raises:
            OverloadedError: they do not.
        """
        if self.held + count > self.most:
            raise OverloadedError(RETRY_AFTER)

    def take(self, count: int) -> None:
        """Take room for bytes that came in.

        Raises:
            OverloadedError: there is none; nothing is taken then.
        """
        self.need(count)
        self._hold(self.held + count)

    def give_back(self, count: int) -> None:
        """Their request is answered."""
        self._hold(self.held - count)

    def _hold(self, count: int) -> None:
        self.held = count
        self._gauge.set(count)
