"""Being asked to stop (SIGTERM, a closed terminal): half-written files are cleared away before the process ends."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class StoppedError(SystemExit):
    """Raised wherever the work is when the signal comes; like `KeyboardInterrupt`, no handler of errors catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


def listen() -> None:
    """Turn the signals into `StoppedError`; one that is ignored (nohup) or handled stays so. Called once, by `main`."""
    ours = os.getpid()

    def stop(number: int, frame: FrameType | None) -> None:
        if os.getpid() != ours:  # a forked worker dies as it always did
            die(number)
        raise StoppedError(number)

    for number in _SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)


def die(number: int) -> NoReturn:
    """End by the signal itself, so that whoever sent it (a shell, a service manager) sees what it asked for."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    sys.exit(128 + number)
