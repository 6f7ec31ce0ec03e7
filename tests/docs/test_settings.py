"""The settings that `docs/web.md` lists are those of the page, with their defaults."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT

from fauxface.web.settings import Settings

PAGE = (ROOT / "docs" / "web.md").read_text(encoding="utf-8")


def rows() -> list[tuple[list[str], str]]:
    """(names of fields, what the page gives as their defaults) of each row; ``_THREADS`` is ``FAUXFACE_THREADS``."""
    table = PAGE.split("| environment variable | default | |\n|---|---|---|\n")[1].split("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    names = [re.findall(r"`(?:FAUXFACE)?_?([A-Z0-9_]+)`", row[0]) for row in cells]
    return [([n.lower() for n in some], row[1]) for some, row in zip(names, cells, strict=True)]


def test_every_setting_is_listed_once() -> None:
    listed = [name for names, _ in rows() for name in names]
    assert sorted(listed) == sorted(Settings.model_fields)


def test_defaults_are_those_of_the_code() -> None:
    numbers = 0
    for names, said in rows():
        defaults = [Settings.model_fields[name].default for name in names]
        if not re.search(r"\d", said):
            continue
        values = said.split(", ")
        assert values == [str(one).lower() if isinstance(one, bool) else f"{one:g}" for one in defaults]
        numbers += len(values)
    assert numbers >= 18


def test_days_and_frames_in_sentences_are_the_defaults() -> None:
    """Where the page and its neighbour say them in passing."""
    days = f"{Settings.model_fields['share_days'].default:g} days"
    assert f"for {days})" in PAGE
    assert f"| {days} (`FAUXFACE_SHARE_DAYS`)" in (ROOT / "docs" / "feedback.md").read_text(encoding="utf-8")
