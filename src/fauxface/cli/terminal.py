"""What the commands share: printing errors, asking for extras, and progress that suits a terminal or a pipe."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Literal, Protocol

from fauxface.errors import FauxfaceError, MissingExtraError

TRAIN = (
    *("torch", "torchvision", "timm", "lightning_fabric", "safetensors", "h5py", "yaml", "pydantic"),
    *("pyarrow", "matplotlib"),
)
"""What every command that meets a network in PyTorch needs; all of it comes with the extra "train"."""


class FakeIs(StrEnum):
    """Which of the labels 0 and 1 is fake."""

    zero = "0"
    one = "1"


FAKE_IS_HELP = "Which of the labels (or class folders) 0 and 1 is fake, where nothing else says so."


def fake_is(choice: FakeIs | None) -> Literal[0, 1] | None:
    """The option ``--fake-is`` as a number."""
    if choice is None:
        return None
    return 0 if choice is FakeIs.zero else 1


class Advance(Protocol):
    """Called after each finished piece of long work: pieces done since the last call, a short status."""

    def __call__(self, n: int = 1, status: str = "") -> None: ...


def print_error(error: FauxfaceError) -> None:
    """One line on standard error: ``error[code]: message``. Control characters in file names are escaped."""
    sys.stderr.write(f"error[{error.code}]: {escaped(error.message)}\n")


def say(text: str) -> None:
    """One line for people, on standard error; control characters (of file names) are escaped."""
    sys.stderr.write(escaped(text) + "\n")


def say_notes(notes: Iterable[str]) -> None:
    """How labels and splits were read, a line each, on standard error."""
    for note in notes:
        say(f"note: {note}")


def escaped(text: str) -> str:
    """The text with everything unprintable written as an escape, so that a file name cannot steer a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def need(extra: str, *packages: str) -> None:
    """Stop with one line if a package of an extra is not installed.

    Raises:
        MissingExtraError: naming the extra to install.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(extra, package)


@contextmanager
def progress(title: str, total: int | None, unit: str = "pictures") -> Iterator[Advance]:
    """A bar with rate and time left on a terminal; in a pipe, a plain line every ten seconds. All on stderr."""
    if sys.stderr.isatty():
        yield from _bar(title, total, unit)
    else:
        yield from _lines(title, total, unit)


def _bar(title: str, total: int | None, unit: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f} " + unit + "/s"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[status]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total, status="", rate=0.0)
        start = time.monotonic()

        def advance(n: int = 1, status: str = "") -> None:
            done = bar.tasks[0].completed + n
            bar.update(task, advance=n, status=status, rate=done / max(time.monotonic() - start, 1e-9))

        yield advance


def _lines(title: str, total: int | None, unit: str) -> Iterator[Advance]:
    start = last = time.monotonic()
    done = 0

    def advance(n: int = 1, status: str = "") -> None:
        nonlocal last, done
        done += n
        now = time.monotonic()
        if now - last >= 10 or done == total:
            last = now
            rate = done / max(now - start, 1e-9)
            left = f", {(total - done) / max(rate, 1e-9):.0f} s left" if total else ""
            of = f"/{total}" if total else ""
            sys.stderr.write(f"{title}: {done}{of} {unit}, {rate:.1f}/s{left} {status}".rstrip() + "\n")

    yield advance
