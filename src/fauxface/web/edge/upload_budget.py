"""How many bytes of uploads all visitors together may have in this process, so that a crowd cannot fill its memory."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from fauxface.web.services.engine import OverloadedError

RETRY_AFTER: Final = 5
"""Seconds in which some upload will have been answered."""
SMALL: Final = 64
"""Uploads up to this part of the budget are small."""


class UploadBudget:
    """Bytes that came in and are not answered yet; used by one event loop.

    A large upload claims its whole length before it begins, so that a crowd of large ones is not let in together and
    then turned away together, each half-way. A small one needs no claim, so that those who claim much and send
    nothing keep only large ones out.

    Args:
        most: how many there may be.
        registry: where the metric for ``/metrics`` is kept.
    """

    def __init__(self, most: int, registry: CollectorRegistry | None = None) -> None:
        self.most, self.held, self.claimed = most, 0, 0
        registry = registry or CollectorRegistry()
        self._gauge = Gauge(
            "fauxface_upload_bytes",
            "Bytes of uploads that are not answered yet.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def claim(self, count: int) -> int:
        """Before an upload of ``count`` bytes begins; what was claimed, to be given back with what it took.

        Raises:
            OverloadedError: there is no room for so many.
        """
        large = count * SMALL > self.most
        if (self.claimed if large else self.held) + count > self.most:
            raise OverloadedError(RETRY_AFTER)
        self.claimed += count if large else 0
        return count if large else 0

    def take(self, count: int) -> None:
        """Take room for bytes that came in.

        Raises:
            OverloadedError: there is none; nothing is taken then.
        """
        if self.held + count > self.most:
            raise OverloadedError(RETRY_AFTER)
        self._hold(self.held + count)

    def give_back(self, taken: int, claimed: int) -> None:
        """Their request is answered."""
        self.claimed -= claimed
        self._hold(self.held - taken)

    def _hold(self, count: int) -> None:
        self.held = count
        self._gauge.set(count)
