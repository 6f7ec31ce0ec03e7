"""No measured number stands in a page by hand: it is marked and drawn, or on the list of those that cannot be.

What the marks stand for is compared in `test_results.py`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from types import ModuleType

import pytest
from tests.docs.pages import ROOT

LISTED: dict[str, list[dict[str, str]]] = tomllib.loads(
    (ROOT / "tests" / "docs" / "unmarked.toml").read_text(encoding="utf-8")
)
MEASURED = re.compile(
    r"""(?<![\w.,-])(?:
    \d[\d.,]*\s?%                                                   # a share
    | 0\.\d\d+                                                      # an AUC, a probability
    | \d[\d,]*\ (?:of|in)\ (?:the\ |all\ )?\d[\d,]*                 # N of M
    | \d[\d.,]*\ (?:ms|s|seconds?|minutes?|hours?|[KMG]i?B|times)\b # time, memory, a ratio
    | \d[\d.,]*\ ?(?:\w+\ )?(?:images|pictures|crops)(?:/s|\ a\ second)  # a rate
    )""",
    flags=re.X,
)
HELD = re.compile(
    r"<!-- rooms: make rooms -->.*?<!-- /rooms -->"  # by test_architecture.py
    r"|^```text\n[●○◐].*?^```$",  # what the demo says: by test_results.py, which runs it
    flags=re.M | re.S,
)


def by_hand(text: str, marks: ModuleType, listed: Sequence[str] = ()) -> list[str]:
    """Numbers of a page that look measured, are not marked and not listed; with some words around them."""
    words = " ".join(HELD.sub("", marks.without(text)).split())
    for phrase in listed:
        words = words.replace(phrase, "")
    return [words[max(found.start() - 30, 0) : found.end() + 30] for found in MEASURED.finditer(words)]


def phrases(listed: Mapping[str, Sequence[Mapping[str, str]]], page: str) -> list[str]:
    return [each["says"] for each in (*listed.get(page, ()), *listed["everywhere"])]


def all_pages(marks: ModuleType) -> list[str]:
    return [page.relative_to(ROOT).as_posix() for page in marks.PAGES if page.name not in UNWATCHED]


UNWATCHED = ("CHANGELOG.md", "model-card.md", "model-card-resnet68.md")
"""Dated, and drawn as a whole."""


def test_no_measured_number_stands_by_hand(marks: ModuleType) -> None:
    found = {
        page: numbers
        for page in all_pages(marks)
        if (numbers := by_hand((ROOT / page).read_text(encoding="utf-8"), marks, phrases(LISTED, page)))
    }
    assert found == {}, "mark it and give it a line in docs/results/quoted.py, or take it out (CONTRIBUTING, Documents)"


def test_many_pages_are_watched(marks: ModuleType) -> None:
    found = all_pages(marks)
    assert len(found) >= 25
    assert {"README.md", "CONTRIBUTING.md", "docs/decisions.md", "docs/data.md", "benchmarks/README.md"} <= set(found)


@pytest.mark.parametrize("page", [page for page in LISTED if page != "everywhere"])
def test_what_is_listed_is_still_said_and_has_a_reason(page: str) -> None:
    words = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert all(each["why"] for each in LISTED[page])
    assert [each["says"] for each in LISTED[page] if each["says"] not in words] == [], "take it off the list"


@pytest.mark.parametrize(
    ("page", "each"), [(page, each) for page, listed in LISTED.items() for each in listed if "in" in each]
)
def test_a_listed_number_is_in_the_file_that_holds_it(page: str, each: dict[str, str]) -> None:
    held = (ROOT / each["in"]).read_text(encoding="utf-8")
    number = MEASURED.search(each["says"])
    assert number, page
    assert re.findall(r"\d[\d.,]*", number[0])[0] in held


def test_the_list_is_short() -> None:
    assert sum(map(len, LISTED.values())) <= 40


@pytest.mark.parametrize(
    "text",
    [
        "it finds 96.2% of them",
        "an AUC of 0.873",
        "found in 599 of 600 pictures",
        "found in 599 of\nthe 600",
        "a verdict takes 22 ms",
        "it takes 1.4\nGB",
        "peak 113 MiB",
        "5.8 times a lone request",
        "at 2,500 degraded pictures a second",
        "38 against 18 pictures/s",
        "    a block of code: 0.559 (0.542–0.576)",
        "| a table | 12 s |",
    ],
)
def test_a_new_number_is_found(text: str, marks: ModuleType) -> None:
    assert by_hand(f"Some words before.\n\n{text}\n", marks)


@pytest.mark.parametrize(
    "text",
    [
        "found in 599<!-- faces.found --> of 600<!-- faces.pictures -->, 5%<!-- limit.accused -->",
        "<!-- results -->\n96.2% of 13\n<!-- /results -->",
        "Python 3.11, port 8000, on 2026-11-29, 256 × 256 pixels, experiment 29, quality 75, a threshold of 0.5",
        "said `listed` in 15 minutes",
    ],
)
def test_what_is_marked_listed_or_no_measurement_passes(text: str, marks: ModuleType) -> None:
    assert by_hand(text, marks, ["`listed` in 15 minutes"]) == []


def test_a_mark_writes_what_it_stands_for(marks: ModuleType) -> None:
    text = "found 1<!-- a.b --> of 22.5%<!-- c -->\n\n<!-- t -->\nold\n<!-- /t -->\n"
    assert marks.filled(text, {"a.b": "1,234", "c": "7%", "t": "| new |\n| one |"}) == (
        "found 1,234<!-- a.b --> of 7%<!-- c -->\n\n<!-- t -->\n| new |\n| one |\n<!-- /t -->\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("found 1<!-- gone -->", "quoted.py gives nothing for the mark 'gone'"),
        ("found <!-- a -->1", "no number or block belongs to the mark 'a'"),
        ("found many<!-- a -->", "no number or block"),
        ("<!-- a -->\n1\n<!-- /b -->", "no number or block"),
    ],
)
def test_a_mark_that_means_nothing_is_an_error(text: str, said: str, marks: ModuleType) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        marks.filled(text, {"a": "1", "b": "2"})


def test_no_mark_of_a_number_begins_a_line(marks: ModuleType) -> None:
    """There Markdown would take the rest of the line for HTML: `**` and links in it would stay as they are typed."""
    begins = re.compile(r"^[\s>*-]*<!-- [a-z][\w.-]* -->.*\w", flags=re.M)
    assert begins.search("- <!-- faces.found --> of **many**")
    assert not begins.search("5<!-- faces.found --> of **many**\n\n<!-- results -->\nmany\n<!-- /results -->")
    assert [page for page in marks.PAGES if begins.search(page.read_text(encoding="utf-8"))] == []


def test_every_comment_in_a_page_is_a_mark(marks: ModuleType) -> None:
    """A mark that was broken over two lines, or typed otherwise, would be kept and never be drawn."""
    mark = re.compile(r"<!-- (?:/?[a-z][\w.-]*|rooms: make rooms|…) -->")
    comments = {each for page in marks.PAGES for each in re.findall(r"<!--.*?-->", page.read_text("utf-8"), flags=re.S)}
    assert len(comments) > 90
    assert [each for each in comments if not mark.fullmatch(each)] == []
