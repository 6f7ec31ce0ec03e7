"""The page in a real browser: Debian's Chromium, driven by Playwright; axe-core looks for what shuts people out."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, Route, expect
from tests.conftest import tiny_card
from tests.provenance.clips import mp4, quicktime
from tests.provenance.files import A1111, chunk, png, png_with, superbox
from tests.video.clips import write_clip
from tests.web.browsing import answers, fits, no_axe_problems, sent
from tests.web.conftest import BRIGHT, DARK, MIDDLE, two_faces

from fauxface.verdict import Verdict
from fauxface.web.schemas import JobBody
from fauxface.web.services.explanation import TELLING
from fauxface.web.services.job import Job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_several_pictures_are_chosen_and_answered(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK, BRIGHT, MIDDLE))
    expect(answers(page)).to_have_count(3)
    expect(answers(page).nth(0)).to_contain_text("Strong signs that this face is AI-generated")
    expect(answers(page).nth(1)).to_contain_text("No signs of AI found in this face")
    expect(answers(page).nth(2)).to_contain_text("Cannot tell:")
    expect(answers(page).nth(0)).to_contain_text("95% chance that this face is AI-generated")
    stability = answers(page).nth(0).locator("[data-part=stability]")
    expect(stability).to_be_visible()
    stability.locator("summary").click()
    expect(stability.locator("tbody tr")).to_have_count(1 + len(TELLING))
    heat = answers(page).nth(0).locator("[data-part=heat]")
    expect(heat.locator(".heat")).to_be_hidden()
    heat.locator("summary", has_text="Show where the detector looked").click()
    expect(heat.locator(".heat")).to_have_css("opacity", "0.8")
    heat.locator("[data-do=opacity]").fill("35")
    expect(heat.locator(".heat")).to_have_css("opacity", "0.35")


def test_a_busy_server_is_asked_again_until_it_answers(open_page: Callable[..., Page]) -> None:
    page = open_page()
    busy = {
        "status": 503,
        "headers": {"retry-after": "1"},
        "json": {"code": "overloaded", "message": "too many people are asking", "detail": None},
    }
    often = busy | {
        "status": 429,
        "json": {"code": "too_many_requests", "message": "you ask too often", "detail": None},
    }
    refusals = [0, 0]

    def refuse(route: Route) -> None:
        what = int(route.request.url.endswith("explain"))
        if refusals[what] < 2:
            refusals[what] += 1
            route.fulfill(**(busy, often)[refusals[what] - 1])
        else:
            route.continue_()

    page.route(re.compile("/api/v1/(predict|explain)$"), refuse)
    page.set_input_files("#files", sent(DARK))
    expect(page.locator("#answers")).to_contain_text("Next try in 1 s")
    expect(answers(page)).to_have_count(1)
    expect(answers(page).locator("[data-part=stability]")).to_be_visible()
    assert refusals == [2, 2]
    page.route(re.compile("/api/v1/predict$"), lambda route: route.fulfill(**busy))
    page.set_input_files("#files", sent(BRIGHT))
    expect(page.locator("#answers")).to_contain_text("Next try in")
    page.locator("[data-do=cancel]").click()
    expect(page.locator("[data-do=cancel]")).to_have_count(0)
    expect(page.locator("#problem")).to_be_hidden()


def test_each_face_has_its_box_and_its_crop(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(two_faces()))
    faces = answers(page).locator("[data-part=faces]")
    expect(faces.locator("li")).to_have_count(2)
    expect(faces.locator(".boxes g")).to_have_count(2)
    width, height = (int(side) for side in faces.locator(".boxes").get_attribute("viewBox").split()[2:])  # type: ignore[union-attr]
    assert (width, height) == (448, 224)
    lefts = sorted(
        int(x) for x in faces.locator(".boxes rect.under").evaluate_all("all => all.map(r => r.getAttribute('x'))")
    )
    assert lefts[0] < width // 2 <= lefts[1], "a box in each half"
    no_axe_problems(page)


def test_the_answer_reaches_people_who_cannot_see_it(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    expect(page.locator("[role=status]#said")).to_have_text("0-face.jpg: Strong signs that this face is AI-generated")
    expect(answers(page).locator("h3")).to_be_focused()


def test_a_pasted_and_a_dropped_picture(open_page: Callable[..., Page]) -> None:
    page = open_page()
    script = """([kind, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], `${kind}.jpg`, {type: "image/jpeg"}));
      const event = kind === "paste" ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true})
        : new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
      document.body.dispatchEvent(event);
    }"""
    for i, kind in enumerate(("paste", "drop")):
        page.evaluate(script, [kind, list(DARK)])
        expect(answers(page)).to_have_count(i + 1)
        expect(answers(page).filter(has_text=f"{kind}.jpg")).to_contain_text("Strong signs")


def test_a_sample_picture(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.locator("[data-sample]").first.click()
    expect(answers(page)).to_have_count(1)


def test_a_clip_is_judged_and_frames_can_be_chosen(open_page: Callable[..., Page], tmp_path: Path, data: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", level=lambda t: 10 if t < 1.2 else 245)
    page = open_page()
    page.set_input_files("#files", clip)
    expect(answers(page)).to_have_count(1, timeout=60_000)
    card = answers(page).first
    expect(card.locator(".frames button")).to_have_count(6)
    expect(card.locator(".timeline polyline")).to_have_count(1)
    sentence = str(card.locator("h3").text_content())
    number = str(card.locator("[data-field=number]").text_content())
    assert re.fullmatch(r"\d of 6 frames look AI-generated", number)
    expect(card.locator("[data-part=scale]")).to_be_hidden()
    chosen = card.locator("[data-part=chosen]")
    card.locator(".frames button").first.click()
    expect(chosen).to_contain_text("Strong signs that this face is AI-generated")
    card.locator(".frames button").last.click()
    expect(chosen).to_contain_text("No signs of AI found in this face")
    expect(card.locator(".frames button").last).to_have_attribute("aria-pressed", "true")
    expect(card.locator("h3")).to_have_text(sentence)
    expect(card.locator("header [data-field=number]")).to_have_text(number)
    top, bottom, height = chosen.evaluate(
        "e => [e.getBoundingClientRect().top, e.getBoundingClientRect().bottom, innerHeight]"
    )
    assert 0 <= top < bottom <= height, "what was picked is brought into view"
    no_axe_problems(page)
    limit = float(card.locator(".timeline .threshold").get_attribute("y1"))  # type: ignore[arg-type]
    assert limit == pytest.approx(31 - 30 * tiny_card(b"").decision.fake_from, abs=0.2), "where the card has it"
    chosen.get_by_role("button", name="Close this frame").click()
    expect(chosen).to_be_hidden()
    expect(card.locator(".frames button").last).to_be_focused()
    expect(card.locator(".frames [aria-pressed=true]")).to_have_count(0)
    (job,) = [path for path in (data / "jobs").iterdir() if path.is_dir() and len(path.name) == 22]
    card.get_by_role("button", name="Remove this result").click()
    expect(answers(page)).to_have_count(0)
    deadline = time.monotonic() + 30
    while job.exists():
        assert time.monotonic() < deadline, "its frames are deleted with it"
        page.wait_for_timeout(50)


def test_a_clip_that_the_server_cannot_finish_is_told(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    failed = {"id": "A" * 22, "state": "failed", "frames": [], "done": 0, "total": 0}
    error = {"code": "interrupted", "message": "The server could not finish this clip: send it again.", "detail": None}
    page.route(re.compile("/api/v1/jobs/"), lambda route: route.fulfill(json=failed | {"error": error}))
    page.set_input_files("#files", write_clip(tmp_path / "clip.mp4"))
    expect(page.locator("#problem")).to_have_text(error["message"])
    expect(page.locator("#results")).to_be_hidden()


def test_the_focus_is_not_lost_with_a_card(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK, BRIGHT))
    expect(answers(page)).to_have_count(2)
    answers(page).first.get_by_role("button", name="Remove this result").press("Enter")
    expect(answers(page)).to_have_count(1)
    expect(answers(page).locator("h3")).to_be_focused()
    answers(page).first.get_by_role("button", name="Remove this result").press("Enter")
    expect(page.locator("#files")).to_be_focused()


def test_each_error_is_said(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    problem = page.locator("#problem")
    page.set_input_files("#files", sent(b"x" * (2 << 20), name="large.jpg"))
    expect(problem).to_have_text("0-large.jpg is larger than 1 MB. Choose a smaller copy.")
    page.set_input_files("#files", sent(b"text"))
    expect(answers(page).first).to_contain_text("not a picture but text")
    expect(problem).to_be_hidden()
    (tmp_path / "broken.mp4").write_bytes(b"\0" * 100)
    page.set_input_files("#files", tmp_path / "broken.mp4")
    expect(problem).to_contain_text("broken.mp4")
    no_axe_problems(page)
    page.context.set_offline(True)
    page.set_input_files("#files", sent(DARK))
    expect(problem).to_contain_text("cannot be reached")


@pytest.mark.parametrize(("status", "body"), [(413, "<html>nginx</html>"), (502, ""), (403, "{}")])
def test_an_answer_from_on_the_way_is_not_called_a_broken_connection(
    open_page: Callable[..., Page], status: int, body: str
) -> None:
    page = open_page()
    page.route(re.compile("/api/v1/predict$"), lambda route: route.fulfill(status=status, body=body))
    page.set_input_files("#files", sent(DARK))
    expect(page.locator("#problem")).to_contain_text(f"({status})")


def test_feedback_and_sharing(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    card = answers(page).first
    card.locator("[data-part=feedback] summary").click()
    assert not card.locator("input[name=keep]").is_checked(), "consent is never ticked beforehand"
    card.get_by_label("a camera took it").check()
    card.get_by_label("How do you know?").fill("<script>alert(1)</script>")
    card.get_by_label("You may keep this picture").check()
    card.get_by_role("button", name="Send").click()
    expect(card.locator("[data-field=feedback-done]")).to_have_text("Thank you. Your answer and the picture are kept.")
    card.locator("[data-part=share] summary").click()
    card.get_by_role("button", name="Make a page").click()
    link = card.locator("[data-field=share-url]")
    expect(link).to_be_visible()
    shared = link.get_attribute("href")
    assert shared
    other = open_page(re.sub(r"^https?://[^/]+", "", shared))
    expect(other.locator("h1")).to_have_text("A shared result")
    expect(other.locator("[data-field=sentence]")).to_have_text("Strong signs that this face is AI-generated")
    no_axe_problems(other)
    card.get_by_role("button", name="Delete the page").click()
    expect(card).to_contain_text("The page is deleted.")
    other.reload()
    expect(other.locator("h1")).to_have_text("This page does not exist")


def test_a_page_that_was_deleted_elsewhere_is_deleted(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    card = answers(page).first
    card.locator("[data-part=share] summary").click()
    card.get_by_role("button", name="Make a page").click()
    expect(card.locator("[data-field=share-url]")).to_be_focused()
    page.route(
        re.compile("/api/v1/results/"),
        lambda route: route.fulfill(status=404, json={"code": "not_found", "message": "gone", "detail": None}),
    )
    card.get_by_role("button", name="Delete the page").click()
    expect(card.locator("[data-part=shared]")).to_have_text("The page is deleted.")


def test_with_the_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page()
    choosers: list[Any] = []
    # From the start: the browser is told late that somebody listens, and would open a real dialogue meanwhile.
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    expect(page.locator("html")).to_have_class("js")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(12):
        if page.evaluate("document.activeElement.id") == "files":
            break
        page.keyboard.press("Tab")
    expect(page.locator("#files")).to_be_focused()
    page.keyboard.press("Enter")
    deadline = time.monotonic() + 30
    while not choosers:
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    choosers[0].set_files(sent(DARK))
    expect(answers(page).locator("h3")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_without_javascript(open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.set_input_files("#files", sent(DARK, BRIGHT))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("article").first).to_contain_text("Strong signs that this face is AI-generated")
    page.locator("summary", has_text="Show where the detector looked").first.click()
    expect(page.locator("img.heat").first).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_each_sample_is_judged(open_page: Callable[..., Page], scripts: bool) -> None:
    page = open_page(java_script_enabled=scripts)
    samples = page.locator("[data-sample]")
    names = samples.evaluate_all("all => all.map((one) => one.dataset.sample)") if scripts else ["", ""]
    for i, name in enumerate(names, 1):
        samples.nth(i - 1).click()
        if scripts:
            expect(answers(page)).to_have_count(i)
            expect(answers(page).first).to_contain_text(name)
            expect(samples).to_have_count(5)
        else:
            expect(page.locator("article [data-field=sentence]")).not_to_be_empty()
            expect(page.locator("article")).to_contain_text(".jpg")
            page.go_back()


def test_broken_credentials_stand_in_the_header(open_page: Callable[..., Page]) -> None:
    page = open_page()
    data = png_with(chunk(b"caBX", superbox(b"c2pa", b"changed since")), chunk(b"tIME", b"\x07\xe8\x05\x01\x0a\0\0"))
    page.set_input_files("#files", [{"name": n, "mimeType": "image/png", "buffer": data} for n in ("a.png", "b.png")])
    expect(answers(page)).to_have_count(2)
    card = answers(page).first
    expect(card.locator("[data-part=warning]")).to_contain_text("content credentials that cannot be read")
    expect(card.locator("[data-part=warning]")).to_be_in_viewport()
    expect(card.locator("[data-part=confession]")).to_be_hidden()
    expect(card.locator("[data-field=provenance]")).to_contain_text("Written on 1 May 2024")
    expect(page.locator("#several-rows tr").first).to_contain_text("Its content credentials do not fit")
    no_axe_problems(page)


def test_a_clip_that_cannot_be_judged_says_what_its_file_says(open_page: Callable[..., Page]) -> None:
    page = open_page()
    clip = mp4(quicktime(("software", "Kling"), ("com.apple.quicktime.author", "Ada Lovelace")))
    page.set_input_files("#files", [{"name": "a.mp4", "mimeType": "video/mp4", "buffer": clip}])
    expect(answers(page)).to_have_count(1)
    card = answers(page).first
    expect(card.locator("h3")).to_have_text("Could not be checked")
    expect(card.locator("[data-part=confession]")).to_contain_text("made with Kling")
    expect(card.locator("[data-part=share]")).to_be_hidden()
    card.locator("[data-part=private] summary").click()
    expect(card.locator("[data-field=private]")).to_contain_text("Author: Ada Lovelace")
    no_axe_problems(page)


def test_nothing_chosen_without_javascript(open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a picture first.")


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1280, "light"), (3840, "dark")])
def test_it_fits_and_can_be_read_by_all(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    no_axe_problems(page)
    page.set_input_files("#files", sent(DARK, MIDDLE, b"text"))
    expect(answers(page)).to_have_count(3)
    expect(answers(page).first.locator("[data-part=stability]")).to_be_visible()
    for summary in page.locator("#answers summary:visible").all():
        summary.click()
    assert fits(page)
    no_axe_problems(page)


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_can_be_read_by_all_without_scripts(
    open_page: Callable[..., Page], width: int, tmp_path: Path
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, scripts=False)
    expect(page.get_by_label("Choose files")).to_be_visible()
    assert fits(page)
    no_axe_problems(page)
    page.set_input_files("#files", sent(DARK, two_faces(), b"text", name="a-very-long-name" * 8 + ".jpg"))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("article")).to_have_count(3)
    for summary in page.locator("summary:visible").all():
        summary.click()
    assert fits(page)
    no_axe_problems(page)
    page.goto(page.url.replace("/result", "/"))
    clip = write_clip(tmp_path / ("long" * 40 + ".mp4"), level=lambda t: 10 if t < 1.2 else 245)
    page.set_input_files("#files", clip)
    with page.expect_navigation(url=re.compile("/clip/")):
        page.get_by_role("button", name="Check", exact=True).click()
    assert fits(page)
    no_axe_problems(page)
    page.get_by_role("button", name="Delete this result").click()
    expect(page.locator("#box")).to_be_visible()


def test_a_clip_under_way_without_scripts(
    open_page: Callable[..., Page],
    make_client: Callable[..., TestClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fauxface.web.routes.pages.PATIENCE", 0.0)  # it would wait for the clip's end
    client = make_client()
    (life,) = (tmp_path / "data" / "jobs").glob("*.alive")
    folder = tmp_path / "data" / "jobs" / ("A" * 22)
    said = {"tone": "fake", "word": "", "sentence": "", "hint": "", "percent": 90, "meaning": "", "reasons": []}
    verdict = Verdict("clip", "fake", 0.9, "tiny").to_dict()
    picture = "data:image/jpeg;base64," + base64.b64encode(DARK).decode()
    frame = {"seconds": 1, "scene_change": False, "picture": picture, "phrasing": said, "verdict": verdict}
    body = {"id": folder.name, "name": "long" * 40, "state": "running", "done": 12, "total": 24, "frames": [frame] * 12}
    folder.mkdir()
    (folder / "owner").write_text(life.name)
    (folder / "clip").write_bytes(b"")
    Job(folder).write(JobBody.model_validate(body))
    html = client.get(f"/clip/{folder.name}").text
    page = open_page(viewport={"width": 320, "height": 800}, scripts=False)
    page.route(re.compile("/clip/"), lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(page.url + f"clip/{folder.name}")
    expect(page.get_by_role("status")).to_have_text("Judged 12 of 24 frames")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    assert fits(page)
    no_axe_problems(page)


def test_light_and_dark_can_be_chosen_and_are_remembered(open_page: Callable[..., Page]) -> None:
    page = open_page(color_scheme="light")
    page.set_input_files("#files", sent(DARK))
    expect(answers(page)).to_have_count(1)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(ground) != light
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    expect(answers(page)).to_have_count(1)  # what was judged stays
    page.wait_for_function("() => document.cookie.includes('theme=dark')")
    page.goto(page.url.rstrip("/") + "/about")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    no_axe_problems(page)


def test_a_clip_without_javascript(open_page: Callable[..., Page], tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", level=lambda t: 10 if t < 1.2 else 245)
    page = open_page(java_script_enabled=False)
    page.set_input_files("#files", clip)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("article")).to_contain_text("frames look AI-generated", timeout=60_000)
    page.locator(".frames a").first.click()
    expect(page.locator("[data-field=chosen-sentence]")).to_have_text("Strong signs that this face is AI-generated")
    expect(page.locator("#frame")).to_be_in_viewport()
    expect(page.locator(".frames a").first).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Close this frame").click()
    expect(page.locator(".frames [aria-current]")).to_have_count(0)


def test_a_shared_result_can_be_deleted_when_the_tab_is_long_closed(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    card = answers(page).first
    card.locator("[data-part=share] summary").click()
    card.get_by_role("button", name="Make a page").click()
    private = card.locator("[data-field=unshare-url]")
    expect(private).to_be_visible()
    address = private.get_attribute("href")
    assert address
    other = open_page(re.sub(r"^https?://[^/]+", "", address))
    page.close()
    expect(other.get_by_label("The code")).to_be_hidden()
    no_axe_problems(other)
    other.get_by_role("button", name="Delete the page").click()
    expect(other.locator("main")).to_contain_text("The page is deleted.")


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_the_file_says_comes_first_and_names_stay_closed(
    open_page: Callable[..., Page], width: int, scheme: str
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    data = png(parameters=A1111, Author="Ada Lovelace", Software="<b>x</b>" * 9)
    page.set_input_files("#files", [{"name": "a.png", "mimeType": "image/png", "buffer": data}])
    card = answers(page).first
    confession = card.locator("[data-part=confession]")
    expect(confession).to_contain_text("The file says that it was made with Stable Diffusion")
    expect(confession).to_contain_text("PNG text “parameters”")
    above, below = confession.bounding_box(), card.locator("[data-field=sentence]").bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
    expect(card.locator("[data-field=provenance]")).to_contain_text("<b>x</b>")
    assert "Lovelace" not in page.content()
    card.locator("[data-part=private] summary").click()
    expect(card.locator("[data-field=private]")).to_contain_text("Author: Ada Lovelace")
    assert fits(page)
    no_axe_problems(page)


def test_a_file_that_says_nothing_confesses_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.set_input_files("#files", sent(DARK))
    expect(answers(page)).to_have_count(1)
    expect(answers(page).first.locator("[data-part=confession]")).to_be_hidden()
    expect(answers(page).first.locator("[data-part=private]")).to_be_hidden()
    expect(answers(page).first.locator("[data-field=provenance]")).to_contain_text("64 × 64 pixels")
