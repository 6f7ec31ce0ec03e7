"""The experiments can be read: each is in the index, has its five parts, a date and short sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, blocks, name, without_fences

FOLDER = ROOT / "docs" / "experiments"
INDEX = FOLDER / "README.md"
EXPERIMENTS = sorted(page for page in FOLDER.glob("*.md") if page != INDEX)
PARTS = ["Question", "Set-up", "Command", "Result", "Answer"]
MOST_WORDS = 24


def sentences(text: str) -> Iterator[str]:
    """The sentences of a page, without titles, tables and blocks of code."""
    prose = [line for line in without_fences(text).splitlines() if not line.startswith(("|", "#", "    ", "*Date"))]
    for paragraph in re.split(r"\n\s*\n", "\n".join(prose)):
        for item in re.split(r"^- ", paragraph, flags=re.M):
            yield from re.split(r"(?<=[.?!])\s+(?=[A-Z*`\[(\d])", " ".join(item.split()))


def long_sentences(text: str) -> list[str]:
    """Those of 25 words and more; a word has a letter or a digit."""
    return [s for s in sentences(text) if sum(bool(re.search(r"\w", word)) for word in s.split()) > MOST_WORDS]


@pytest.mark.parametrize("page", [INDEX, *EXPERIMENTS], ids=name)
def test_sentences_are_short(page: Path) -> None:
    assert long_sentences(page.read_text(encoding="utf-8")) == []


def test_a_long_sentence_is_found() -> None:
    text = f"# Title\n\nShort. {'word ' * 25}end.\n\n| {'cell ' * 30} |\n\n- {'item ' * 12}.\n- {'item ' * 12}.\n"
    (found,) = long_sentences(text)
    assert found.endswith("end.")


@pytest.mark.parametrize("page", EXPERIMENTS, ids=name)
def test_a_page_has_its_parts_in_order(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, flags=re.M) == PARTS
    assert re.search(r"^\*Date: 20\d\d-\d\d-\d\d · Kept: .+\*$", text, flags=re.M)


@pytest.mark.parametrize("page", EXPERIMENTS, ids=name)
def test_a_page_has_a_command_or_says_that_it_is_not_repeatable(page: Path) -> None:
    part = page.read_text(encoding="utf-8").split("## Command\n")[1].split("## Result")[0]
    has_command = any("fauxface " in block or "make " in block for block in blocks(part))
    assert has_command or "ot repeatable" in part


def test_the_index_names_every_page_once_with_its_number_and_date() -> None:
    row = r"^\| \[([^\]]+)\]\(([^)]+)\) \|.*\| (20\d\d-\d\d-\d\d) \| [^|]+ \|$"
    rows = re.findall(row, INDEX.read_text("utf-8"), flags=re.M)
    assert sorted(file for _, file, _ in rows) == [page.name for page in EXPERIMENTS]
    for number, file, date in rows:
        text = (FOLDER / file).read_text(encoding="utf-8")
        assert f"*Date: {date} " in text, file
        assert number == "–" or (text.startswith(f"# {number} ") and int(file.split("-")[0]) == int(number)), file
