"""Every English sentence of the page, from ``english.toml``, and days and moments as people write them, in UTC.

A translation is another file with the same keys. Templates get the visitors' table as ``t``, scripts get it as JSON in
the page. ``{name}`` marks what is filled in.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_TABLES: Final = tomllib.loads((files("fauxface.web.messages") / "english.toml").read_text(encoding="utf-8"))
ENGLISH: Final[Mapping[str, str]] = _TABLES["visitors"]
"""What visitors read."""
OPERATOR: Final[Mapping[str, str]] = _TABLES["operator"]
"""What only the operator sees."""
SOURCES: Final[Mapping[str, str]] = _TABLES["sources"]
"""What people call the sources of pictures that a model card knows by short names."""
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_ISO: Final = re.compile(r"\b([1-9]\d{3})-(\d\d)-(\d\d)(?: (?=\d\d:\d\d))?")


def day(moment: dt.datetime) -> str:
    """28 December 2026."""
    moment = _utc(moment)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def minute(moment: dt.datetime) -> str:
    """28 December 2026, 14:05 UTC."""
    return f"{day(moment)}, {_utc(moment):%H:%M} UTC"


def in_words(text: str) -> str:
    """A text with the first day in it that is written as 2026-12-28 as people write it; a time after it stays."""

    def said(found: re.Match[str]) -> str:
        try:
            written = day(dt.datetime(*(int(part) for part in found.groups()), tzinfo=dt.UTC))
        except ValueError:  # no such day: it stays as the file has it
            return found[0]
        return written + (", " if found[0].endswith(" ") else "")

    return _ISO.sub(said, text, count=1)


def of_seconds(seconds: float) -> dt.datetime:
    """The moment so many seconds after the beginning of 1970."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def now() -> dt.datetime:
    """This moment."""
    return dt.datetime.now(dt.UTC)


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
