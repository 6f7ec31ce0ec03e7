"""What tests of the page in a browser share."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


def sent(*pictures: bytes, name: str = "face.jpg") -> list[Any]:
    return [{"name": f"{i}-{name}", "mimeType": "image/jpeg", "buffer": data} for i, data in enumerate(pictures)]


def answers(page: Page) -> Any:
    return page.locator("#answers [data-answer]")


def no_axe_problems(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # The page forbids foreign scripts, so axe is handed over by the driver, not loaded by the page.
    found = Axe().run(page).response["violations"]
    told = [(v["id"], v["impact"], [n["html"][:120] for n in v["nodes"]]) for v in found]
    assert not told, told


def fits(page: Page) -> bool:
    """Whether nobody has to scroll sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")
