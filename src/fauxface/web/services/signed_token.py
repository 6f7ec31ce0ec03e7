"""A signed note of what was answered, so that a visitor can come back to it and nothing has to be kept meanwhile.

The page stores nothing, and whoever gives feedback or shares a result must not be able to make up what the detector
said. So each answer carries a receipt: the facts as JSON, and an HMAC-SHA256 over them with a key that only this
server knows. What belongs to the answer is not counted again, once each: a closer look, a reading of its file, a word
on it. For that its receipt is a ticket. A part that was had is an empty file in a folder, named by a digest, so that it
is free once in all processes together.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from fauxface.errors import DataError, FauxfaceError
from fauxface.web.services.uploads import UploadError

LASTS: Final = 24 * 3600
"""Seconds for which a receipt can be used."""
MOST_BYTES: Final = 64 << 10
KEY_NAME: Final = "receipt.key"
FREE_SECONDS: Final = 3600
"""Seconds after an answer in which what belongs to it is free."""
MOST_TICKETS: Final = 50_000
"""Tickets remembered as used; while there are more, nothing is free."""
SWEEP_SECONDS: Final = 60


class TokenError(FauxfaceError):
    """A receipt was not written by this server, or is too old."""

    code = "bad_receipt"


class SignedTokens:
    """Writes and reads receipts with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def in_folder(cls, folder: Path) -> SignedTokens:
        """With the key that lies in a folder, made at the first use, readable by its owner only.

        Raises:
            DataError: the folder cannot be written (code ``cannot_write``).
        """
        path = folder / KEY_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.is_file():
                draft = folder / f".{KEY_NAME}.{secrets.token_hex(6)}"
                descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(secrets.token_bytes(32))
                # Several servers may start at once: the first one's key is everybody's.
                with suppress(FileExistsError):
                    path.hardlink_to(draft)
                draft.unlink()
            return cls(path.read_bytes())
        except OSError as e:
            raise DataError(f"{folder}: cannot be written into ({e.strerror or e})", code="cannot_write") from e

    def write(self, facts: dict[str, Any]) -> str:
        """Facts, signed: text of URL-safe characters."""
        body = json.dumps(facts | {"at": int(time.time())}, separators=(",", ":")).encode()
        return f"{_text(body)}.{_text(self._sign(body))}"

    def read(self, receipt: str, *, lasts: float = LASTS) -> dict[str, Any]:
        """The facts, and ``at``: when they were signed, in seconds since 1970.

        Args:
            lasts: seconds after which it is too old; infinity for what is only to be confirmed.

        Raises:
            TokenError: wrong signature, wrong form, or too old.
        """
        wrong = TokenError("this is no receipt of this server: ask about the picture again")
        if len(receipt) > MOST_BYTES or not receipt.isascii():
            raise wrong
        body, _, signature = receipt.partition(".")
        try:
            raw, signed = _bytes(body), _bytes(signature)
        except ValueError as e:
            raise wrong from e
        if not hmac.compare_digest(self._sign(raw), signed):
            raise wrong
        facts = json.loads(raw)
        if not 0 <= time.time() - facts["at"] + 60 <= lasts + 60:
            raise TokenError("this receipt is more than a day old: ask about the picture again", code="old_receipt")
        return facts

    def _sign(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()


def facts_of(tokens: SignedTokens, receipt: str) -> dict[str, Any]:
    """What the receipt of a verdict says.

    Raises:
        TokenError: it is none.
    """
    facts = tokens.read(receipt)
    if facts.get("kind") != "verdict":
        raise TokenError("this is no receipt of a verdict")
    return facts


def explanation_of(tokens: SignedTokens, receipt: str, sha256: str) -> dict[str, Any] | None:
    """What the receipt of a closer look at the same file says; None without one, or if it is of another file.

    Raises:
        TokenError: it was not written by this server, or is too old.
    """
    facts = tokens.read(receipt) if receipt else {}
    return facts if facts.get("kind") == "explanation" and facts["sha256"] == sha256 else None


def need_same(tokens: SignedTokens, receipt: str, sha256: str) -> None:
    """Refuse a file that is another one than the answer with that receipt was about; without a receipt, none.

    Raises:
        UploadError: it is another one. TokenError: this server wrote no such receipt.
    """
    if receipt and tokens.read(receipt, lasts=math.inf).get("sha256") != sha256:
        raise other_file()


def other_file() -> UploadError:
    """For a file that an answer was not about."""
    return UploadError("this is another picture than the answer was about", code="other_picture", status=422)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


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
            facts = self._tokens.read(receipt, lasts=FREE_SECONDS)
        except TokenError:
            return None
        ticket = hashlib.sha256(f"{what} {receipt}".encode()).hexdigest()
        try:
            self._sweep()
            if facts.get("kind") != "verdict" or self._count >= MOST_TICKETS:
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
                old = used.stat().st_mtime < now - FREE_SECONDS - 120
            except FileNotFoundError:  # another process was faster
                continue
            if old:
                used.unlink(missing_ok=True)
            count += not old
        self._count = count
