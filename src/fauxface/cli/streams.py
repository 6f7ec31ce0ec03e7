"""Standard input, output and error as they may be: closed, full, or a pipe whose reader has left."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

from fauxface.errors import FauxfaceError, ImageError
from fauxface.images.files import read_stream


class OutputError(FauxfaceError):
    """Standard output takes nothing more (a full disk), and its reader is still there to miss it."""

    code = "cannot_write"


class _Output(io.TextIOWrapper):
    """Standard output. A reader who left raises BrokenPipeError; anything else that is wrong is an `OutputError`."""

    def write(self, text: str, /) -> int:
        return self._try(super().write, text)

    def flush(self) -> None:
        self._try(super().flush)

    def _try(self, act: Any, *arguments: str) -> Any:
        try:
            return act(*arguments)
        except BrokenPipeError:
            raise
        except OSError as e:
            raise OutputError(f"standard output: cannot be written ({e.strerror or e})") from e


class _Said(io.TextIOWrapper):
    """Standard error: what nobody can hear any more stops no work."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            _nowhere(2)


def prepare() -> None:
    """Make the three streams such that nothing about them ends in a traceback; called once, by `main`.

    A number of a closed stream is taken first, or the next file that is opened would get it and with it what libraries
    write there.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _guarded(sys.stdout, _Output)
    sys.stderr = _guarded(sys.stderr, _Said)


def _guarded(stream: Any, kind: type[io.TextIOWrapper]) -> Any:
    if stream is None:  # closed before we came; `sys.stdin` stays None, for `read_input` to say so
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - it stays open
    if type(stream) is not io.TextIOWrapper:
        return stream
    return kind(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def any_text() -> None:
    """From now on standard output takes any text: what the terminal cannot show becomes an escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def finish() -> None:
    """Write what waits in standard output, while an error can still be told.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OutputError:
        discard_output()
        raise


def discard_output() -> None:
    """From now on standard output goes nowhere, also what waits in it."""
    _nowhere(1)


def _nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def read_input() -> bytes:
    """Everything from standard input.

    Raises:
        ImageError: empty_file, file_too_large, unreadable_file (also if it is closed).
    """
    if sys.stdin is None:
        raise ImageError("standard input: is closed: send a picture through it, or name a file", code="unreadable_file")
    return read_stream(sys.stdin.buffer, name="standard input")


class Results:
    """Where results are printed. While a table is written too, the work goes on when nobody reads them any more."""

    def __init__(self, *, table: bool) -> None:
        self._table, self._gone = table, False
        self._error: OutputError | None = None

    def line(self, text: str) -> None:
        """Print one at once.

        Raises:
            BrokenPipeError, OutputError: it cannot be printed, and there is no table.
        """
        if self._gone:
            return
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except (BrokenPipeError, OutputError) as e:
            discard_output()
            if not self._table:
                raise
            self._gone = True
            self._error = e if isinstance(e, OutputError) else None

    def check(self) -> None:
        """At the end, when the table is safe.

        Raises:
            OutputError: some lines could not be printed, though somebody waits for them.
        """
        if self._error is not None:
            raise self._error
