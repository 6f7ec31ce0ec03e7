"""What to make of a shortcut AUC, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from fauxface.audit.copies import Copies
from fauxface.audit.shortcut import Shortcut
from fauxface.data.file_features import COLOUR

Level = Literal["good", "watch", "leak"]
GOOD: Final = 0.55
WATCH: Final = 0.65
MORE: Final = 0.03

ENCODER: Final = ("format", "mode", "jpeg_quality", "tables", "subsampling", "progressive")
SIZE: Final = ("width", "height")
METADATA: Final = ("exif", "icc", "comment", "markers")
LENGTH: Final = ("bytes", "bits_per_pixel")

VERDICTS: Final[dict[Level, str]] = {
    "good": "good, the file hardly gives the label away",
    "watch": "watch, the file gives the label away a little",
    "leak": "leak, the label can be read from the file",
}


def level(auc: float) -> Level:
    """At most 0.55 is good, at most 0.65 is to be watched; above, the label can be read from the file."""
    return "good" if auc <= GOOD else "watch" if auc <= WATCH else "leak"


def by_chance(shortcut: Shortcut) -> bool:
    """Whether guessing would reach as much: the interval goes down to 0.5 or below."""
    return shortcut.interval is not None and shortcut.interval[0] <= 0.5


def telling(alone: Mapping[str, Shortcut]) -> list[str]:
    """Features that tell the label by themselves, and not by chance; the strongest first."""
    found = [name for name, s in alone.items() if level(s.auc) != "good" and not by_chance(s)]
    return sorted(found, key=lambda name: -alone[name].auc)


def for_feature(name: str, alone: Mapping[str, Shortcut]) -> str:
    """A few words for one row of the table; "" where nothing is to be done."""
    if level(alone[name].auc) == "good":
        return ""
    if by_chance(alone[name]):
        return "may be chance"
    if name in LENGTH:
        if set(telling(alone)) & {*ENCODER, *SIZE, *METADATA}:
            return "follows from the other rows"
        return "content, or compressed before"
    if name in SIZE:
        return "bring all to one size"
    if name in METADATA:
        return "strip it from both classes"
    return "partly content: look at both" if name in COLOUR else "save all through one encoder"


def in_words(together: Shortcut, alone: Mapping[str, Shortcut], titles: Mapping[str, str]) -> list[str]:
    """Sentences on what to do about the file features; empty if all is well."""
    found = telling(alone)
    lines = []
    if found:
        lines.append("it tells above all: " + ", ".join(f"{titles[n]} ({alone[n].auc:.2f})" for n in found[:4]))
    steps = _steps(found)
    if steps:
        lines.append(
            "save all pictures again through the same encoder: decode each, "
            + ", ".join(steps)
            + ". What the old encoder did to the pixels stays; take originals of one kind where there are any, and in "
            "training let a recipe's  degrade_resized: {jpeg, rescale}  degrade both classes alike"
        )
    elif set(found) & set(LENGTH):
        lines.append(
            "the encoder is the same, yet one class takes more bytes: its pictures are less smooth, or the others were "
            "compressed or enlarged before. Find out which; only the second is a trap"
        )
    if set(found) & set(COLOUR):
        lines.append(
            "colour and contrast are partly content: look for a filter, a backdrop or a white balance that only one "
            "class has, and vary brightness and contrast in training"
        )
    best = max((s.auc for s in alone.values()), default=0.5)
    if level(together.auc) != "good" and not by_chance(together) and (not found or together.auc > best + MORE):
        lines.append(
            f"several features together tell more than the best alone ({best:.2f}): where the containers are alike, "
            "that is partly content, or one look a source; judge by sources that were left out of training"
        )
    if together.interval is not None and level(together.auc) == "good" and together.interval[1] > WATCH:
        lines.append(f"with so few pictures it may be as high as {together.interval[1]:.2f}: more would tell")
    return lines


def _steps(found: Iterable[str]) -> list[str]:
    """What "again" must set straight, for the features that tell."""
    names = set(found)
    steps = []
    if names & set(SIZE):
        steps.append("bring it to one size by one filter")
    if names & set(ENCODER):
        steps.append("write JPEGs of one quality, one chroma subsampling and one kind (progressive or not)")
    if names & set(METADATA):
        steps.append("write neither EXIF nor profiles nor comments")
    return steps


def on_copies(copies: Copies, contradictory: int) -> list[str]:
    """Sentences on pictures that are there more than once.

    ``contradictory``: files that the table left out because they are there under both labels.
    """
    lines = []
    if across := copies.number(across=True):
        lines.append(
            f"copies across splits: {across:,}. A test can be passed by memory: keep copies in one split (--out FILE "
            "lists them)"
        )
    both = sum(n for (_, _, labels), n in copies.counts.items() if labels == "real and fake")
    if both or contradictory:
        lines.append(
            f"labelled real and fake at once: {both + contradictory:,}. Look at them: a label is wrong, or a fake was "
            "made from that photograph"
        )
    return lines
