"""Marks in pages: a number or a block of lines that stands beside one is written by `make results`, never by hand.

    A face was found in 599<!-- faces.found --> of 600<!-- faces.pictures --> pictures.

    <!-- results -->
    lines of text, a table or a block of code
    <!-- /results -->

A number has its mark right behind it. Marks are comments, so neither GitHub nor the site shows them. They may not begin a line:
there Markdown takes the rest of it for HTML. `quoted.py` says what each name stands for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = tuple(
    sorted(
        [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("benchmarks/*.md"), *ROOT.glob("examples/*.md")]
    )
)
"""Pages that may have marks: all but those that are dated (experiments) and those that are drawn as a whole."""
NUMBER: Final = r"\d(?:[\d.,]*\d)?%?"
_NAME: Final = r"[a-z][\w.-]*"
_BEFORE: Final = r"(?<![\d.,])"
_MARKED: Final = re.compile(rf"{_BEFORE}(?P<number>{NUMBER})(?P<mark><!-- (?P<name>{_NAME}) -->)")
_BLOCK: Final = re.compile(rf"^<!-- (?P<name>{_NAME}) -->\n(?P<lines>.*?)^<!-- /(?P=name) -->$", flags=re.M | re.S)
_MARK: Final = re.compile(rf"<!-- /?(?P<name>{_NAME}) -->")


def filled(text: str, quoted: Mapping[str, str]) -> str:
    """A page with each marked number and block as ``quoted`` has it.

    Raises:
        ValueError: a mark that stands beside nothing, or whose name means nothing.
    """
    lost = [mark["name"] for mark in _MARK.finditer(without(text)) if mark["name"] != "rooms"]
    if lost:
        raise ValueError(
            f"no number or block belongs to the mark {lost[0]!r}: it stands right behind a number, or around lines"
        )

    def meant(mark: re.Match[str]) -> str:
        if mark["name"] not in quoted:
            raise ValueError(f"docs/results/quoted.py gives nothing for the mark {mark['name']!r}")
        return quoted[mark["name"]]

    text = _BLOCK.sub(lambda mark: f"<!-- {mark['name']} -->\n{meant(mark)}\n<!-- /{mark['name']} -->", text)
    return _MARKED.sub(lambda mark: meant(mark) + mark["mark"], text)


def without(text: str) -> str:
    """A page without its marked numbers and blocks: what people have written."""
    return _MARKED.sub("", _BLOCK.sub("", text))


def names(text: str) -> set[str]:
    """What the marks of a page stand for."""
    return {mark["name"] for pattern in (_MARKED, _BLOCK) for mark in pattern.finditer(text)}
