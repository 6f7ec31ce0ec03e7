"""What belongs to an answer and is not counted again: one closer look, one reading of its file, one word on it."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import Final

from fauxface.web.receipt import ReceiptError, Receipts

LASTS: Final = 3600
"""Seconds after an answer in which what belongs to it is free."""
MOST: Final = 50_000
"""Tickets remembered as used; while there are more, nothing is free."""


class Tickets:
    """Which parts of which answers were had already, in this process.

    Args:
        receipts: with whose key the answers were signed.
    """

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts
        self._used: OrderedDict[str, float] = OrderedDict()

    def take(self, what: str, receipt: str) -> str | None:
        """The ticket for a part of an answer; None if it was had before, or there is no such answer of the last hour.

        Args:
            what: "explain", "inspect", "feedback" or "share".
            receipt: of the answer.
        """
        try:
            facts = self._receipts.read(receipt, lasts=LASTS)
        except ReceiptError:
            return None
        now, ticket = time.monotonic(), f"{what} {hashlib.sha256(receipt.encode()).hexdigest()}"
        while self._used and next(iter(self._used.values())) < now - LASTS - 120:  # its receipt is too old by now
            self._used.popitem(last=False)
        if facts.get("kind") != "verdict" or ticket in self._used or len(self._used) >= MOST:
            return None
        self._used[ticket] = now
        return ticket

    def give_back(self, ticket: str) -> None:
        """It was taken for nothing: the server had no room."""
        self._used.pop(ticket, None)
