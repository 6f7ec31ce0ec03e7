"""What belongs to an answer and is not counted again: one closer look, one reading of its file, one word on it.

A part that was had is an empty file in a folder, named by a digest, so that it is free once in all processes together.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Final

from fauxface.errors import DataError
from fauxface.web.services.signed_token import SignedTokens, TokenError

LASTS: Final = 3600
"""Seconds after an answer in which what belongs to it is free."""
MOST: Final = 50_000
"""Tickets remembered as used; while there are more, nothing is free."""
SWEEP_SECONDS: Final = 60


class Tickets:
    """Which parts of which answers were had already; used from any thread.

    Args:
        tokens: with whose key the answers were signed.
        folder: where all processes with that key remember it.

    Raises:
        DataError: the folder cannot be made (code ``cannot_write``).
    """

    def __init__(self, tokens: SignedTokens, folder: Path) -> None:
        self._tokens, self._folder = tokens, folder
        self._count, self._swept = 0, float("-inf")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise DataError(f"{folder}: cannot be made ({e.strerror or e})", code="cannot_write") from e

    def take(self, what: str, receipt: str) -> str | None:
        """The ticket for a part of an answer; None if it was had before, or there is no such answer of the last hour.

        None too where it could not be remembered (a full disk): what is not free is counted.

        Args:
            what: "explain", "inspect", "feedback" or "share".
            receipt: of the answer.
        """
        try:
            facts = self._tokens.read(receipt, lasts=LASTS)
        except TokenError:
            return None
        ticket = hashlib.sha256(f"{what} {receipt}".encode()).hexdigest()
        try:
            self._sweep()
            if facts.get("kind") != "verdict" or self._count >= MOST:
                return None
            (self._folder / ticket).touch(exist_ok=False)
        except OSError:  # also FileExistsError: it was had before
            return None
        self._count += 1
        return ticket

    def give_back(self, ticket: str) -> None:
        """It was taken for nothing: the server had no room."""
        (self._folder / ticket).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Now and then: forget those whose receipt is too old by now, and count the others, of all processes."""
        now = time.time()
        if now - self._swept < SWEEP_SECONDS:
            return
        self._swept, count = now, 0
        for used in self._folder.iterdir():
            try:
                old = used.stat().st_mtime < now - LASTS - 120
            except FileNotFoundError:  # another process was faster
                continue
            if old:
                used.unlink(missing_ok=True)
            count += not old
        self._count = count
