"""The answer where one looks, in a real browser: what is in view, what survives, what is said while one waits."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from tests.video.clips import write_clip
from tests.web.browsing import answers, fits, no_axe_problems, sent
from tests.web.conftest import BRIGHT, DARK, MIDDLE

HOLDS = "The answer stays the same when the picture is seen with the mouth hidden."

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
SIZES = [(390, 844), (768, 1024), (1366, 768), (1440, 900), (1920, 1080)]
SEEN = """e => {
  const box = e.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + 4, box.top + 4);
  const bottom = document.elementFromPoint(box.left + 4, box.bottom - 4);
  return box.top >= 0 && box.bottom <= innerHeight && [top, bottom].every((found) => e.contains(found));
}"""
"""Whether all of an element is in the window, with nothing over it."""


def in_view(card: Any) -> bool:
    return all(card.locator(f"header [data-field={name}]").evaluate(SEEN) for name in ("sentence", "number"))


def looked_at(page: Page, count: int = 1) -> None:
    expect(page.locator("#answers [data-part=stability]:visible")).to_have_count(count)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sentence_and_number_come_first_and_nothing_jumps(
    open_page: Callable[..., Page], width: int, height: int
) -> None:
    phone = {"is_mobile": True, "has_touch": True} if width < 500 else {}
    page = open_page(viewport={"width": width, "height": height}, **phone)
    held: list[Route] = []
    page.route(re.compile("/explain$"), lambda route: held.append(route))
    page.set_input_files("#files", sent(DARK))
    expect(answers(page)).to_have_count(1)
    card = answers(page).first
    expect(card.locator("[data-field=holds]")).to_contain_text("Looking closer")
    assert in_view(card)
    assert page.locator("#box").evaluate("e => e.offsetHeight") < 90, "the box is a bar"
    expect(page.locator("#files-label")).to_have_text("Check another")
    top = page.locator(".samples").evaluate("e => e.getBoundingClientRect().top")
    assert top >= page.locator("#answers").evaluate("e => e.getBoundingClientRect().bottom"), "still there, below"
    place = "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; }"
    before = card.locator(".look .stage").evaluate(place)
    held[0].continue_()
    looked_at(page)
    expect(card.locator("[data-field=holds]")).to_have_text(HOLDS)
    assert card.locator(".look .stage").evaluate(place) == before, "the picture stays where it was"
    assert in_view(card)
    expect(card.locator(".heat")).to_be_hidden()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.set_input_files("#files", sent(BRIGHT))
    expect(answers(page)).to_have_count(2)
    assert in_view(answers(page).first), "also the next one, from far below"


def test_when_all_is_gone_the_box_is_a_box_again(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    expect(answers(page)).to_have_count(1)
    answers(page).first.get_by_role("button", name="Remove this result").click()
    expect(page.locator("#files-label")).to_have_text("Choose files")
    expect(page.locator(".hero p")).to_be_visible()
    expect(page.locator("#clear")).to_be_hidden()


def test_an_uncertain_answer_shows_no_number(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(MIDDLE))
    looked_at(page)
    card = answers(page).first
    expect(card.locator("h3")).to_contain_text("Cannot tell")
    for name in ("[data-field=number]", "[data-part=scale]", "[data-field=meaning]", "[data-field=holds]"):
        expect(card.locator(name).first).to_be_hidden()
    assert "%" not in card.inner_text()
    expect(card.locator("[data-part=next]")).to_contain_text("from the same source")


def test_links_that_leave_say_so_and_are_opened_by_the_visitor_alone(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    links = answers(page).locator(".away a")
    expect(links).to_have_count(4)
    for link in links.all():
        assert "leaves this page" in link.inner_text()
        assert link.get_attribute("rel") == "external noopener noreferrer"


def test_results_survive_back_and_reload_until_they_are_cleared(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    page.set_input_files("#files", [*sent(DARK, MIDDLE)])
    looked_at(page, 2)
    page.set_input_files("#files", write_clip(tmp_path / "clip.mp4", level=lambda t: 10 if t < 1.2 else 245))
    expect(answers(page)).to_have_count(3, timeout=60_000)
    said = answers(page).locator("h3").all_inner_texts()
    page.get_by_role("link", name="How it works").click()
    expect(page.locator("h1")).to_contain_text("How it works")
    page.go_back()
    expect(answers(page)).to_have_count(3)
    assert answers(page).locator("h3").all_inner_texts() == said
    expect(answers(page).nth(1).locator("[data-field=holds]")).to_contain_text("stays the same when")
    answers(page).first.locator(".frames button").first.click()
    expect(answers(page).first.locator("[data-part=chosen]")).to_contain_text("Strong signs")
    expect(answers(page).nth(1).locator("[data-field=keep]")).to_be_hidden()
    answers(page).nth(1).get_by_role("button", name="Remove this result").click()
    page.reload()
    expect(answers(page)).to_have_count(2)
    page.get_by_role("button", name="Clear results").click()
    expect(answers(page)).to_have_count(0)
    expect(page.locator("#files")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    expect(page.locator("#files-label")).to_have_text("Choose files")


def test_what_was_left_before_its_closer_look_says_so(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.route(re.compile("/explain$"), lambda route: None)
    page.set_input_files("#files", sent(DARK))
    expect(answers(page)).to_have_count(1)
    page.reload()
    expect(answers(page).locator("[data-field=holds]")).to_contain_text("was not finished before you left")


def test_a_full_memory_gives_up_pictures_and_no_answers(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.evaluate("""() => {
      const put = Storage.prototype.setItem;
      Storage.prototype.setItem = function (key, value) {
        if (value.length > 9000) throw new DOMException("full", "QuotaExceededError");
        put.call(this, key, value);
      };
    }""")
    page.set_input_files("#files", sent(DARK, BRIGHT))
    looked_at(page, 2)
    expect(page.locator("#full")).to_be_visible()
    page.reload()
    expect(answers(page)).to_have_count(2)


def test_more_files_than_fit_into_one_request_wait_in_line(open_page: Callable[..., Page]) -> None:
    page = open_page()
    requests: list[str] = []
    page.on("request", lambda asked: requests.append(asked.url) if asked.url.endswith("/predict") else None)
    held: list[Route] = []
    page.route(re.compile("/predict$"), lambda route: held.append(route), times=1)
    page.set_input_files("#files", sent(*[DARK, BRIGHT, MIDDLE] * 2, DARK, name="=1+1.jpg"))
    expect(page.locator("#answers .working")).to_have_count(3)
    expect(page.locator("#answers .working").nth(2)).to_contain_text("Waiting: 2 before this one")
    page.locator("#answers .working").nth(1).get_by_role("button", name="Stop").click()
    expect(page.locator("#answers .working").nth(1)).to_contain_text("Waiting: 1 before this one")
    held[0].continue_()
    expect(answers(page)).to_have_count(4)
    assert len(requests) == 2, "three pictures in a request, and those that were stopped in none"
    rows = page.locator("#several-rows tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("likely AI-generated")
    expect(rows.nth(0)).to_contain_text("95%")
    expect(rows.nth(2)).to_contain_text("–")
    looked_at(page, 4)
    with page.expect_download() as loaded:
        page.get_by_role("button", name="Download as CSV").click()
    table = list(csv.DictReader(io.StringIO(loaded.value.path().read_text("utf-8-sig"))))
    assert [row["label"] for row in table] == ["fake", "real", "uncertain", "fake"]
    assert [row["chance_percent"] for row in table] == ["95", "5", "", "95"]
    assert [bool(row["probability_fake"]) for row in table] == [True, True, False, True]
    assert [row["holds"] for row in table] == ["1 of 1", "1 of 1", "", "1 of 1"]
    assert [row["file_says"] for row in table] == ["", "", "", ""]
    assert all(re.fullmatch(r"[0-9a-f]{64}", row["sha256"]) for row in table)
    rows.nth(3).get_by_role("button").click()
    assert in_view(answers(page).nth(3))
    no_axe_problems(page)


def test_a_name_that_looks_like_a_formula_is_none_in_the_csv(open_page: Callable[..., Page]) -> None:
    page = open_page()
    names = ["=HYPERLINK(1).jpg", "a, b.jpg"]
    page.set_input_files("#files", [{"name": n, "mimeType": "image/jpeg", "buffer": DARK} for n in names])
    expect(answers(page)).to_have_count(2)
    with page.expect_download() as loaded:
        page.get_by_role("button", name="Download as CSV").click()
    table = list(csv.DictReader(io.StringIO(loaded.value.path().read_text("utf-8-sig"))))
    assert [row["file"] for row in table] == ["'=HYPERLINK(1).jpg", "a, b.jpg"]


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_an_address_gets_a_sentence(open_page: Callable[..., Page], kind: str) -> None:
    page = open_page()
    page.evaluate(
        """(kind) => {
      const data = new DataTransfer();
      data.setData("text/plain", "https://pictures.example/face.jpg");
      data.setData("text/uri-list", "https://pictures.example/face.jpg");
      document.body.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true})
        : new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
    }""",
        kind,
    )
    expect(page.locator("#problem")).to_contain_text("This page never fetches anything from the web")
    expect(page.locator("#problem")).to_contain_text("save the picture")


def test_an_address_pasted_into_a_note_is_a_note(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    answers(page).locator("[data-part=feedback] summary").click()
    answers(page).locator("textarea").evaluate("""e => {
      const data = new DataTransfer();
      data.setData("text/plain", "https://pictures.example/face.jpg");
      e.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
    }""")
    expect(page.locator("#problem")).to_be_hidden()


def test_a_closer_look_that_fails_says_why_and_can_be_tried_again(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.route(
        re.compile("/explain$"),
        lambda route: route.fulfill(
            status=500, json={"code": "internal", "message": "a bolt is loose", "detail": None}
        ),
        times=1,
    )
    page.set_input_files("#files", sent(DARK))
    line = answers(page).locator("[data-field=holds]")
    expect(line).to_have_text("The closer look failed: a bolt is loose")
    answers(page).get_by_role("button", name="Try again").click()
    expect(line).to_contain_text("stays the same when")
    expect(answers(page).get_by_role("button", name="Try again")).to_be_hidden()


def test_several_clips_stand_in_a_visible_line(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    held: list[Route] = []
    page.route(re.compile("/api/v1/videos$"), lambda route: held.append(route), times=1)
    page.set_input_files("#files", [write_clip(tmp_path / f"{name}.mp4") for name in "ab"])
    working = page.locator("#answers .working")
    expect(working).to_have_count(2)
    expect(working.nth(1)).to_contain_text("Waiting: 1 before this one")
    expect(working.nth(1)).to_contain_text("b.mp4")
    held[0].continue_()
    expect(answers(page)).to_have_count(2, timeout=60_000)


def test_a_clip_says_how_much_time_is_left(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    under_way = {"id": "A" * 22, "state": "running", "frames": [], "done": 5, "total": 24, "seconds_left": 18.2}
    page.route(re.compile("/api/v1/jobs/"), lambda route: route.fulfill(json=under_way))
    page.set_input_files("#files", write_clip(tmp_path / "clip.mp4"))
    expect(page.locator("#answers .working")).to_contain_text("Judged 5 of 24 frames, about 19 s left")


def printed(page: Page, path: Path) -> list[str]:
    """The text of each page on paper."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext here: apt-get install poppler-utils")
    page.pdf(path=path, format="A4")
    text = subprocess.run([reader, "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def test_a_report_is_one_page_of_paper(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    looked_at(page)
    card = answers(page).first
    card.locator("[data-part=report] summary").click()
    assert not card.locator("[data-part=report] input[name=name]").is_checked()
    with page.context.expect_page() as opened:
        card.get_by_role("button", name="Make the report").click()
    report = opened.value
    expect(report.locator("h1")).to_have_text("What the detector said about a picture")
    expect(report.locator(".head img")).to_be_visible()
    no_axe_problems(report)
    report.get_by_label("notes").fill("Asked the agency, 3 May")
    (paper,) = printed(report, tmp_path / "report.pdf")
    for text in ("95% chance", "UTC", "tiny@1", "stays the same when", "Asked the agency, 3 May"):
        assert text in paper
    assert "0-face.jpg" not in paper
    assert "Save as JSON" not in paper
    with report.expect_download() as loaded:
        report.get_by_role("button", name="Save as JSON").click()
    told = json.loads(loaded.value.path().read_text())
    assert told["remark"] == "Asked the agency, 3 May"
    report.get_by_role("link", name="Confirm a report").click()
    no_axe_problems(report)
    report.get_by_label("The saved report").fill(json.dumps(told))
    report.get_by_role("button", name="Confirm").click()
    expect(report.locator("[role=status]")).to_contain_text("This server gave the answer below")


def test_answers_print_without_an_empty_page(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK, BRIGHT, MIDDLE))
    looked_at(page, 3)
    pages = printed(page, tmp_path / "home.pdf")
    assert "Strong signs" in pages[0], "the first answer begins on the first page"
    for paper in pages:
        assert len(paper.split()) > 15, pages
    text = "".join(pages)
    assert "Does the answer hold?" in text
    assert "Show where the detector looked" not in text, "no heading over nothing"
    answers(page).first.locator("[data-part=heat] summary").click()
    assert "Show where the detector looked" in "".join(printed(page, tmp_path / "heat.pdf"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reports_fit_a_phone(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(viewport={"width": 320, "height": 800}, color_scheme=scheme, java_script_enabled=False)
    page.set_input_files("#files", sent(DARK))
    page.get_by_role("button", name="Check", exact=True).click()
    page.locator("[data-part=report] summary").click()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Make the report").click()
    expect(opened.value.locator("h1")).to_be_visible()
    assert opened.value.locator("body").evaluate("e => e.ownerDocument.documentElement.scrollWidth <= innerWidth")
    assert fits(page)
