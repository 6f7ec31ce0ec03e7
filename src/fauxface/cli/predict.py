"""`fauxface predict`: is this picture a photograph, or this clip filmed?"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from fauxface.cli import terminal
from fauxface.cli.stopping import StoppedError
from fauxface.cli.streams import Results, any_text

if TYPE_CHECKING:
    from fauxface.cli.folder_walk import LeftOut
    from fauxface.cli.predict_inputs import Input
    from fauxface.detector import Detector
    from fauxface.verdict import Verdict
    from fauxface.video import ClipVerdict

# Word, sign and colour say the same thing, so nobody depends on one of them.
_SIGNS = {"fake": ("●", "31"), "real": ("○", "32"), "uncertain": ("◐", "33"), "error": ("✗", "35")}
_PLAIN_SIGNS = {"fake": "*", "real": "o", "uncertain": "?", "error": "x"}


class Faces(StrEnum):
    """What is judged: each face, framed as the training pictures are, or the whole picture."""

    auto = "auto"
    off = "off"
    required = "required"


def predict(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Files, folders, globs, or - for standard input.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on standard output.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write a table: .csv, .jsonl, .parquet or .xlsx.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the table of --out: what is judged in it stays and is left out."),
    ] = False,
    weights: Annotated[
        str, typer.Option(help="default, resnet68 (the paper's), or a folder with card.json.")
    ] = "default",
    faces: Annotated[
        Faces,
        typer.Option(help="auto: judge each face, the whole picture if there is none; off: always the whole picture."),
    ] = Faces.auto,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads; default: all cores.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, max=1024, help="Pictures judged together.")] = 4,
    frames: Annotated[int, typer.Option(min=1, max=256, help="Frames judged of each clip, at most.")] = 32,
    stability: Annotated[
        bool,
        typer.Option(help="Judge again under the card's perturbations (shipped: none); uncertain if it turns."),
    ] = True,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name each file that a folder's walk left out.")
    ] = False,
) -> None:
    """Say for each picture or clip whether it is a photograph or was made by a generator.

    The percentage is the probability of the word beside it; "uncertain" has none (--json and --out keep it). A line
    with ! is what the file of the next picture says about itself (`fauxface inspect` says more); no verdict depends
    on it. Of several faces the one most likely fake counts; of a clip the median of its frames. In a folder
    everything that begins like a picture or clip counts, whatever it is called; the last line counts what was left
    out. Exit code 0 if every picture and clip was judged, 2 if one was not. Whoever is stopped keeps the finished
    rows of --out, and goes on with --resume.
    """
    from fauxface.cli import predict_clips, predict_out, predict_resume
    from fauxface.cli.folder_walk import LeftOut
    from fauxface.cli.predict_inputs import expand
    from fauxface.detector import Detector
    from fauxface.provenance import CAUTION, confession

    if out is not None:
        predict_out.check(out)
    elif resume:
        raise typer.BadParameter("--resume belongs to --out")
    detector = Detector.load(weights, threads=threads, faces=faces.value, stability=stability)
    any_text()
    line = predict_out.to_json if as_json else Lines(sys.stdout).line
    counts: Counter[str] = Counter()
    start, clips, left_out = time.perf_counter(), 0, LeftOut()
    confessions = 0

    def pictures(run: Iterable[Input]) -> Iterator[Verdict]:
        return judge(detector, run, batch_size)

    before = predict_resume.read(out, detector.card.id) if out is not None and resume else predict_resume.Before()
    inputs = before.without(expand(paths, left_out))
    found = predict_clips.judge(detector, inputs, pictures, frames=frames, batch_size=batch_size)
    results = Results(table=out is not None)
    try:
        with predict_out.open_table(out, before.rows) as write:
            for verdict in found:
                results.line(line(verdict))
                write(verdict)
                counts[verdict.label or "error"] += 1
                clips += verdict.kind == "clip"
                confessions += confession(verdict.provenance) is not None
    except (KeyboardInterrupt, StoppedError):
        if out is not None and counts:
            terminal.say(predict_resume.how_to_go_on(out, len(before.rows) + counts.total()))
        raise
    if out is not None and before.left_out and not counts:
        terminal.say(predict_resume.nothing_left(out, before.left_out))
    else:
        sys.stderr.write(summary(counts, time.perf_counter() - start, clips) + "\n")
    if confessions:
        terminal.say(CAUTION)
    say_left_out(left_out, by_name=verbose)
    results.check()
    if counts["error"]:
        raise typer.Exit(2)


def say_left_out(left_out: LeftOut, *, by_name: bool) -> None:
    """On standard error, last: how many files a folder's walk left out, or each of them before that."""
    line = left_out.summary()
    if line is None:
        return
    if by_name:
        for name in left_out.names():
            terminal.say(name)
    terminal.say(line if by_name else f"{line} (--verbose names them)")


def judge(detector: Detector, inputs: Iterable[Input], batch_size: int) -> Iterator[Verdict]:
    """Verdicts in the order of the inputs, with those that could not even be read in their places."""
    waiting: deque[Input] = deque()

    def sources() -> Iterator[str | bytes]:
        for one in inputs:
            waiting.append(one)
            if one.source is not None:
                yield one.source

    def unreadable() -> Iterator[Verdict]:
        from fauxface.verdict import Verdict

        while waiting and waiting[0].source is None:
            one = waiting.popleft()
            error = one.error.to_dict() if one.error else None
            yield Verdict(one.name, None, None, detector.card.id, error=error)

    for verdict in detector.predict_many(sources(), batch_size=batch_size):
        yield from unreadable()
        yield replace(verdict, path=waiting.popleft().name)
    yield from unreadable()


class Lines:
    """One line a picture, or a clip, for people."""

    def __init__(self, stream: TextIO) -> None:
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        try:
            "●○◐✗".encode(stream.encoding or "ascii")
            self._signs = {word: sign for word, (sign, _) in _SIGNS.items()}
        except (UnicodeEncodeError, LookupError):
            self._signs = _PLAIN_SIGNS

    def line(self, verdict: Verdict | ClipVerdict) -> str:
        """``● fake       93.1%  face.jpg  41 ms``; before it, on a line of its own, what the file confesses."""
        from fauxface.cli import predict_clips
        from fauxface.images.files import printable

        if verdict.error is not None or verdict.label is None or verdict.probability_fake is None:
            error = verdict.error or {"code": "error", "message": verdict.path}
            line = f"{self._head('error')} {printable(error['message'])} [{error['code']}]"
            return f"{self._confession(verdict)}{line}"
        fake = verdict.probability_fake
        shown = "" if verdict.label == "uncertain" else percent(1 - fake if verdict.label == "real" else fake)
        more = [*predict_clips.facts(verdict), *(reason.message for reason in verdict.reasons), *verdict.notes]
        notes = f"  ({'; '.join(more)})" if more else ""
        name = printable(verdict.path)
        line = f"{self._head(verdict.label)} {shown:>6}  {name}  {predict_clips.took(verdict)}{notes}"
        return f"{self._confession(verdict)}{line}"

    def _confession(self, verdict: Verdict | ClipVerdict) -> str:
        """What a file confesses about itself, or that its credentials are false, on a line before the verdict."""
        from fauxface.provenance import confession, warning

        claim = confession(verdict.provenance) or warning(verdict.provenance)
        return "" if claim is None else f"! {claim.claim}  [{claim.source}]\n"

    def _head(self, word: str) -> str:
        text = f"{self._signs[word]} {word:<9}"
        return f"\x1b[{_SIGNS[word][1]}m{text}\x1b[0m" if self._colour else text


def percent(probability: float) -> str:
    """A probability for people: never 0% or 100%, because no detector is that sure."""
    if probability > 0.99:
        return ">99%"
    if probability < 0.01:
        return "<1%"
    return f"{probability * 100:.1f}%"


def summary(counts: Counter[str], seconds: float, clips: int = 0) -> str:
    """The closing line on standard error: how many of each (``clips`` of them clips), and what "uncertain" means."""
    total = counts.total()
    parts = [f"{counts[word]} {word}" for word in ("fake", "real", "uncertain") if counts[word]]
    what = [(total - clips, "picture"), (clips, "clip")]
    nouns = " and ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in what if n) or "0 pictures"
    text = f"{nouns} in {seconds:.1f} s: {', '.join(parts) or 'none judged'}"
    if counts["error"] and parts:
        text += f", {counts['error']} not judged"
    if counts["uncertain"]:
        text += " (uncertain means: this detector cannot tell)"
    return text
