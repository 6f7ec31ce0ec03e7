"""How long work tells where it stands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Advance(Protocol):
    """Told after each step: pictures done, a short status."""

    def __call__(self, n: int = 1, status: str = "") -> None: ...


ShowProgress = Callable[[str, int], AbstractContextManager[Advance]]
"""Gives a progress bar for (title, number of pictures)."""
