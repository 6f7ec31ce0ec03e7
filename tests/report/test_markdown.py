"""Pages: what comes from outside stays text, plots become part of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from fauxface.errors import DataError
from fauxface.report.markdown import escaped, table, to_html


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "![x](https://a/b.png)", "a|b", "**bold**", "[x](javascript:alert(1))", "`c`\n# h"],
)
def test_a_hostile_name_is_shown_as_it_is(name: str, tmp_path: Path) -> None:
    page = to_html(table(("name",), [(escaped(name),)]), "t", tmp_path)
    assert "<script" not in page
    assert "<img" not in page
    assert "<a " not in page
    assert page.count("<tr>") == 2
    cell = re.findall(r"<td[^>]*>(.*?)</td>", page, re.S)
    assert len(cell) == 1
    assert "<" not in cell[0]


def test_raw_html_in_a_page_is_text(tmp_path: Path) -> None:
    assert "<b>" not in to_html("a <b>bold</b> word", "t", tmp_path)


def test_a_title_is_escaped(tmp_path: Path) -> None:
    assert "<title>&lt;/title&gt;</title>" in to_html("x", "</title>", tmp_path)


def test_a_figure_becomes_part_of_the_page(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2)).save(tmp_path / "a.png")
    page = to_html('![three "pixels"](a.png)', "t", tmp_path)
    assert '<img src="data:image/png;base64,iVBOR' in page
    assert 'alt="three &quot;pixels&quot;"' in page
    assert "://" not in page


@pytest.mark.parametrize("name", ["../a.png", "a.svg", "missing.png"])
def test_other_plots_are_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    Image.new("RGB", (3, 2)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match=re.escape(name.removeprefix("../"))):
        to_html(f"![x]({name})", "t", folder)
