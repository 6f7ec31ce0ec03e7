"""How long work tells where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Advance(Protocol):
    """Told after each step: pictures done, a short status."""

    def __call__(self, n: int = 1, status: str = "") -> None: ...


ShowProgress = Callable[[str, int], AbstractContextManager[Advance]]
"""Gives a progress bar for (title, number of pictures)."""


@contextmanager
def silently(title: str, total: int) -> Iterator[Advance]:
    """Progress that nobody sees."""
    yield lambda n=1, status="": None
