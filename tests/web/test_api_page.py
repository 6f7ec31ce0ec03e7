"""The description of the API: keys are told of, and people can read and try it without any other host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files as package_files
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from tests.web.browsing import fits, no_axe_problems, sent
from tests.web.conftest import DARK

VIEWER = Path(str(package_files("fauxface.web"))) / "static" / "swagger-ui"
KEYED = {"predict", "explain", "inspect", "feedback", "results", "videos"}


@pytest.mark.parametrize("required", [False, True])
def test_the_description_says_which_routes_take_a_key(make_client: Callable[..., TestClient], required: bool) -> None:
    client = make_client(require_key=required)
    told = client.get("/openapi.json").json()
    assert client.get("/openapi.json").json() == told, "asked again, it says the same"
    schemes = told["components"]["securitySchemes"]
    assert schemes["key"] | {"description": ""} == {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "",
    }
    found = {
        path: way["security"] for path, ways in told["paths"].items() for way in ways.values() if "security" in way
    }
    assert set(found) == {f"/api/v1/{name}" for name in KEYED}
    for ways in found.values():
        assert ways == [*([] if required else [{}]), {"key": []}, {"bearer": []}]
        assert {name for way in ways for name in way} <= schemes.keys()


def test_the_viewer_brings_its_licence_and_stays_small() -> None:
    assert "Apache License" in (VIEWER / "LICENSE").read_text()
    assert (VIEWER / "swagger-ui-bundle.js.LICENSE.txt").is_file()
    assert sum(file.stat().st_size for file in VIEWER.iterdir()) < 2_000_000, "packed, a quarter of that"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A browser on a busy machine."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_people_read_and_try_it(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/api", viewport={"width": width, "height": 844}, color_scheme=scheme)
    expect(page.locator(".opblock")).to_have_count(14)
    expect(page.get_by_role("button", name="Authorize")).to_be_visible()
    models = page.locator("#operations-server-models_api_v1_models_get")
    models.locator(".opblock-summary-control").click()
    models.get_by_role("button", name="Try it out").click()
    models.get_by_role("button", name="Execute").click()
    expect(models.locator(".live-responses-table")).to_contain_text("tiny@1")
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == (scheme == "dark")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html.dark-mode")).to_have_count(1)
    assert fits(page)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1366, "dark")])
def test_it_shuts_nobody_out(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/api", viewport={"width": width, "height": 844}, color_scheme=scheme)
    expect(page.locator(".opblock")).to_have_count(14)
    no_axe_problems(page)
    for control in page.locator(".opblock-summary-control").all():
        control.click()
    expect(page.locator(".try-out__btn")).to_have_count(14)
    for button in page.locator(".try-out__btn").all():
        button.click()
    models = page.locator("#operations-server-models_api_v1_models_get")
    models.get_by_role("button", name="Execute").click()
    expect(models.locator(".live-responses-table")).to_contain_text("tiny@1")
    page.locator(".models button").first.click()
    page.locator("button.json-schema-2020-12-accordion").first.click()
    expect(page.locator(".json-schema-2020-12-property").first).to_be_visible()
    no_axe_problems(page)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_role("button", name="Close").first).to_be_visible()
    no_axe_problems(page)


@pytest.mark.slow
def test_pictures_can_be_chosen_and_judged_there(open_page: Callable[..., Page]) -> None:
    page = open_page("/api#/pictures/predict_api_v1_predict_post")
    predict = page.locator("#operations-pictures-predict_api_v1_predict_post")
    predict.get_by_role("button", name="Try it out").click()
    predict.locator("input[type=file]").set_input_files(sent(DARK))
    predict.get_by_role("button", name="Execute").click()
    expect(predict.locator(".live-responses-table")).to_contain_text("probability_fake")


def test_each_route_is_listed_once_and_files_are_called_binary(client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    for path, ways in told["paths"].items():
        for way in ways.values():
            assert len(way["tags"]) == 1, path
    bodies = [schema for name, schema in told["components"]["schemas"].items() if name.startswith("Body_")]
    files = [field for body in bodies for name, field in body["properties"].items() if name in ("file", "files")]
    assert len(files) == 5
    for field in files:
        one = field.get("items") or (field.get("anyOf") or [field])[0]
        assert one["format"] == "binary"


@pytest.mark.slow
def test_without_scripts_the_file_is_named(open_page: Callable[..., Page]) -> None:
    page = open_page("/api", java_script_enabled=False)
    expect(page.get_by_text("The file holds the same.")).to_be_visible()
    expect(page.get_by_role("link", name="The description as a file")).to_be_visible()
