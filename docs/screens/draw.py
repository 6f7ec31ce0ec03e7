"""The screenshots in the README, taken anew:  python docs/screens/draw.py  (needs Chromium and the extra 'dev')."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
PATIENCE = 120_000


def asked(page: Page, *names: str) -> None:
    """Our own sample pictures, judged and looked at closely."""
    page.set_input_files("#files", [EXAMPLES / name for name in names])
    page.wait_for_function(
        "n => document.querySelectorAll('[data-part=stability]:not([hidden])').length === n",
        arg=len(names),
        timeout=PATIENCE,
    )
    page.wait_for_timeout(500)


def main() -> None:
    """Four pictures: the box, an answer, the answer on a phone in the dark, a closer look."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "fauxface.cli.main", "serve", "--port", str(port), "--data-dir", folder]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            while True:
                try:
                    httpx.get(f"{url}/readyz")
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
            flags = ["--disable-gpu"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            page = browser.new_page(viewport={"width": 1100, "height": 900})
            page.goto(url)
            page.screenshot(path=HERE / "box.png")
            asked(page, "photo_hopper.jpg")
            page.locator("[data-part=heat] summary").click()
            page.locator("[data-part=stability] summary").click()
            page.set_viewport_size({"width": 1100, "height": 2800})  # all of it, so that the bar covers nothing
            page.locator("#answers article").screenshot(path=HERE / "answer.png")
            page.close()
            page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
            page.goto(url)
            asked(page, "fake_stylegan2_2.jpg")
            page.locator("#answers article").scroll_into_view_if_needed()
            page.screenshot(path=HERE / "phone.png")
            page.close()
            page = browser.new_page(viewport={"width": 1100, "height": 900})
            page.goto(f"{url}/about")
            page.screenshot(path=HERE / "about.png")
            browser.close()
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
