"""The review page: nothing without the key, one key for each answer, and a way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from tests.web.browsing import fits, no_axe_problems
from tests.web.conftest import DARK, files, picture

from fauxface.web.services.access import Limiter
from fauxface.web.store import Kept, Store

PICTURES = [DARK, picture(90), picture(150)]
HOW = "<b>my</b> own camera"


def store_of(client: TestClient) -> Store:
    return client.app.app.app.app.state.store  # type: ignore[attr-defined]


def leave(client: TestClient, *pictures: bytes) -> list[Kept]:
    """Pictures that visitors leave with their consent."""
    for one in pictures:
        receipt = client.post("/api/v1/predict", files=files(one)).json()["files"][0]["receipt"]
        said = {"receipt": receipt, "says": "real", "how": HOW, "keep": "true"}
        assert client.post("/api/v1/feedback", data=said, files={"file": ("a.jpg", one)}).status_code == 201
    return store_of(client).kept()


def sign_in(client: TestClient, name: str = "ana") -> str:
    """The token of the forms of one who is signed in."""
    key = store_of(client).add_key(name, may_review=True)
    page = client.post("/review/sign-in", data={"key": key})
    assert page.status_code == 200
    return token_of(page.text)


def token_of(html: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found
    return found[1]


def test_nothing_is_seen_without_the_key(client: TestClient) -> None:
    (kept,) = leave(client, DARK)
    page = client.get("/review")
    assert page.status_code == 200
    assert 'type="password"' in page.text
    for size in ("picture", "thumbnail"):
        assert client.get(f"/review/{size}/{kept.sha256}").status_code == 404
    assert kept.sha256[:12] not in page.text
    said = {"sha256": kept.sha256, "found": "fake", "token": "x"}
    assert 'type="password"' in client.post("/review/answer", data=said).text
    assert 'type="password"' in client.post("/review/undo", data={"token": "x"}).text
    assert store_of(client).find(kept.sha256).state == "unreviewed"
    for address in ("/", "/about", "/check"):
        assert "/review" not in client.get(address).text
    assert "Disallow: /review" in client.get("/robots.txt").text
    assert "noindex" in page.headers["x-robots-tag"]


def test_other_keys_open_nothing(client: TestClient) -> None:
    store = store_of(client)
    plain, old = store.add_key("plain"), store.add_key("old", may_review=True)
    store.revoke_key("old")
    for key in ("", "ff_wrong", plain, old, "\ud800", "x" * 200):
        refused = client.post("/review/sign-in", data={"key": key.encode("utf-8", "replace").decode()})
        assert refused.status_code == 403, key
        assert "set-cookie" not in refused.headers


def test_who_tries_keys_is_slowed_down(client: TestClient) -> None:
    client.app.app.app.app.state.sign_ins = Limiter(1)  # type: ignore[attr-defined]
    first, second = (client.post("/review/sign-in", data={"key": "ff_guess"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (403, 429)
    assert int(second.headers["retry-after"]) >= 1


def test_the_cookie_is_out_of_reach(make_client: Callable[..., TestClient]) -> None:
    client = make_client(public_url="https://host.example/faces")
    client.follow_redirects = False
    key = store_of(client).add_key("ana", may_review=True)
    cookie = client.post("/faces/review/sign-in", data={"key": f" {key}\n"}).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "secure", "path=/faces/review", "max-age=43200"):
        assert part in cookie
    assert key.lower() not in cookie


def test_answers_are_those_of_the_command_line(client: TestClient) -> None:
    first, second, third = leave(client, *PICTURES)
    token = sign_in(client)
    page = client.get("/review")
    assert page.headers["cache-control"] == "no-store"
    assert "&lt;b&gt;my&lt;/b&gt; own camera" in page.text
    assert first.sha256[:12] in page.text
    said = {"sha256": first.sha256, "found": "fake", "token": token, "after": second.sha256, "note": "the prompt"}
    page = client.post("/review/answer", data=said)
    assert "Marked as fake." in page.text
    assert second.sha256[:12] in page.text
    found = store_of(client).find(first.sha256)
    assert (found.state, found.reviewer) == ("fake", "ana")
    client.post("/review/answer", data={"sha256": second.sha256, "found": "rejected", "token": token})
    assert store_of(client).queue("unreviewed") == [third.sha256]
    page = client.post("/review/undo", data={"token": token})
    assert "Taken back." in page.text
    assert second.sha256[:12] in page.text
    client.post("/review/undo", data={"token": token})
    assert "There is nothing to undo" in client.post("/review/undo", data={"token": token}).text
    assert store_of(client).states()["unreviewed"] == 3
    store_of(client).forget(first.sha256)
    assert "deleted meanwhile" in client.post("/review/answer", data=said).text


def test_pictures_are_new_files_without_metadata(client: TestClient) -> None:
    import io

    from PIL import Image

    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010E], exif[0x0112] = "a name", 6
    Image.linear_gradient("L").convert("RGB").resize((900, 300)).save(file, "JPEG", exif=exif)
    (kept,) = leave(client, file.getvalue())
    sign_in(client)
    for size, side in (("picture", 900), ("thumbnail", 192)):
        told = client.get(f"/review/{size}/{kept.sha256}")
        assert (told.headers["content-type"], told.headers["cache-control"]) == ("image/jpeg", "no-store")
        assert b"a name" not in told.content
        with Image.open(io.BytesIO(told.content)) as shown:
            assert shown.height == side, "upright"
    kept.path.unlink()
    assert client.get(f"/review/picture/{kept.sha256}").status_code == 404
    assert client.get("/review/picture/..%2f..%2fetc%2fpasswd").status_code == 404
    assert client.get("/review").status_code == 200, "the page stands without the file"


def test_nobody_else_can_send_the_forms(client: TestClient) -> None:
    (kept,) = leave(client, DARK)
    token = sign_in(client)
    state = client.app.app.app.app.state  # type: ignore[attr-defined]
    said = {"sha256": kept.sha256, "found": "fake", "token": token}
    others = state.tokens.write({"kind": "review-form", "session": "another"})
    for wrong in ("", "x", others, state.tokens.write({"kind": "page"})):
        assert client.post("/review/answer", data=said | {"token": wrong}).status_code in (403, 422)
        assert client.post("/review/undo", data={"token": wrong}).status_code in (403, 422)
    for site in ("cross-site", "same-site"):
        headers = {"sec-fetch-site": site}
        assert client.post("/review/answer", data=said, headers=headers).status_code == 403
        assert client.post("/review/sign-in", data={"key": "x"}, headers=headers).status_code == 403
    assert store_of(client).find(kept.sha256).state == "unreviewed"


def test_a_receipt_of_something_else_is_no_cookie(client: TestClient) -> None:
    state = client.app.app.app.app.state  # type: ignore[attr-defined]
    store_of(client).add_key("ana", may_review=True)
    for forged in ("x", state.tokens.write({"kind": "verdict", "name": "ana", "session": "s"})):
        client.cookies.set("reviewer", forged, path="/review")
        assert 'type="password"' in client.get("/review").text


def test_signing_out_and_revoking_end_it(client: TestClient) -> None:
    token = sign_in(client)
    assert 'type="password"' in client.post("/review/sign-out", data={"token": token}).text
    assert 'type="password"' in client.get("/review").text
    sign_in(client, "ben")
    assert 'type="password"' not in client.get("/review").text
    store_of(client).revoke_key("ben")
    assert 'type="password"' in client.get("/review").text


@pytest.mark.parametrize("query", ["state=x", "did=x", "state=fake&at=../..", "at=%00"])
def test_odd_addresses(client: TestClient, query: str) -> None:
    sign_in(client)
    assert client.get(f"/review?{query}").status_code in (200, 422)


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A browser on a busy machine."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def signed_in(open_page: Callable[..., Page], data: Path) -> Callable[..., Page]:
    """A new page in the browser of one who is signed in, with three new pictures waiting."""

    def make(**options: Any) -> Page:
        store = Store.open(None, data)
        verdict = {"model": "tiny@1", "label": "fake", "probability_fake": 0.9, "reasons": [], "provenance": []}
        store.purge(everything=True)
        for one in PICTURES:
            store.add_feedback(says="real", how=HOW, verdict=verdict, picture=one)
        if store.may_review("ana"):
            with store._session() as session:
                from fauxface.web.store.tables import Key

                session.query(Key).delete()
        key = store.add_key("ana", may_review=True)
        store.close()
        page = open_page("/review", **options)
        no_axe_problems(page)
        page.get_by_label("Key", exact=True).fill(key)
        page.keyboard.press("Enter")
        expect(page.locator(".case")).to_be_visible()
        return page

    return make


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("width", "height", "scheme"), [(390, 844, "dark"), (1440, 900, "light")])
def test_with_the_keyboard_alone(signed_in: Callable[..., Page], width: int, height: int, scheme: str) -> None:
    page = signed_in(viewport={"width": width, "height": height}, color_scheme=scheme)
    expect(page.locator(".count").first).to_have_text("3")
    for name in ("Real", "Fake", "Useless"):
        expect(page.locator(".answers").get_by_role("button", name=name)).to_be_in_viewport()
    # A bare expression would be compiled anew at each look, which the page's policy forbids.
    page.wait_for_function("() => document.querySelector('.case img').naturalWidth === 64")
    assert fits(page)
    no_axe_problems(page)
    status = page.get_by_role("status")
    for key, said in (("f", "Marked as fake."), ("u", "Marked as useless."), ("z", "Taken back."), ("r", "as real.")):
        page.keyboard.press(key)
        expect(status).to_contain_text(said)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".count").first).to_have_text("1")
    page.locator(".note summary").click()
    page.locator(".note input").fill("f")
    page.keyboard.press("Enter")  # presses no answer
    page.keyboard.press("Escape")
    page.locator("#keys").uncheck()
    page.keyboard.press("r")
    page.wait_for_timeout(300)
    expect(page.locator(".count").first).to_have_text("1")
    page.locator("#keys").check()
    page.keyboard.press("r")
    expect(page.get_by_text("Nothing is waiting.")).to_be_visible()
    no_axe_problems(page)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_without_javascript(signed_in: Callable[..., Page]) -> None:
    page = signed_in(scripts=False, viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="Fake").click()
    expect(page.get_by_role("status")).to_have_text("Marked as fake.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_have_text("Taken back.")
    page.get_by_role("link", name="Skip", exact=True).click()
    expect(page.locator("figcaption")).to_contain_text("2 of 3")
    page.get_by_role("link", name="Real").click()
    expect(page.get_by_text("There are none.")).to_be_visible()
    page.get_by_role("button", name="Sign out ana").click()
    expect(page.get_by_label("Key", exact=True)).to_be_visible()
