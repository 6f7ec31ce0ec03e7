"""The Markdown pages of the repository, and what the tests read out of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile, groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = ("docs", "benchmarks", "examples", "src", ".github")
_BEFORE = ("$", "do", "then", "{", "!")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in _FOLDERS for page in (ROOT / folder).rglob("*.md"))])


def name(page: Path) -> str:
    """A page as the tests name it."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[str]:
    """Blocks of code: fenced ones, and paragraphs indented by four spaces after an empty line."""
    for fenced in re.finditer(r"^( *)```[^\n]*\n(.*?)^\1```", text, flags=re.M | re.S):
        yield fenced[2]
    yield from re.findall(r"(?:\A\n*|\n\n)((?:    [^\n]*\n)+)", without_fences(text) + "\n")


def without_fences(text: str) -> str:
    """The page without fenced blocks."""
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.M | re.S)


def code_spans(text: str) -> list[str]:
    """What stands between single backticks, outside of blocks; in tables ``\\|`` is a bar."""
    return [span.replace("\\|", "|") for span in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", without_fences(text))]


def command_lines(block: str) -> Iterator[list[str]]:
    """The words of each ``fauxface …`` in a block: prompts, comments and what a shell does around it are gone.

    Of alternatives without spaces, ``auto|off``, the first one is taken.
    """
    for line in block.replace("\\\n", " ").splitlines():
        if not re.search(r"(?:^|[\s/])fauxface(?:\s|$)", line):
            continue
        lexer = shlex.shlex(re.sub(r"(?<=\w)(?:\|[\w-]+)+", "", line), posix=True, punctuation_chars=";|&")
        lexer.whitespace_split = True
        for is_operator, words in groupby(lexer, key=lambda word: word.strip(";|&") == ""):
            command = list(dropwhile(lambda word: word in _BEFORE, words))
            if not is_operator and command and command[0].split("/")[-1] == "fauxface":
                yield command[1:]


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """All anchors of a page; the second heading of a name ends in -1."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", without_fences(page.read_text(encoding="utf-8")), flags=re.M):
        anchor, number = slug(heading), 0
        while (own := f"{anchor}-{number}" if number else anchor) in found:
            number += 1
        found.add(own)
    return found
