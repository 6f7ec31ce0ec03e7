"""The page below a path of a proxy: a real server, and a small proxy before it that takes the path off or leaves it."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files as package_files
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.conftest import tiny_card, tiny_onnx
from tests.web.conftest import DARK, files, free_port, serving

from fauxface.web.edge.request import OWN, inner, placed
from fauxface.web.settings import Settings, SettingsError

ROOT = "/faces"
HTML = {"accept": "text/html"}
STATIC = Path(str(package_files("fauxface.web"))) / "static"


def proxy(port: int, behind: str, *, strips: bool) -> ThreadingHTTPServer:
    """Serves what lies below `ROOT` from ``behind`` and nothing else, as a proxy with several applications does."""

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path != ROOT and not self.path.startswith(ROOT + "/"):
                self.send_error(404)
                return
            path = self.path.removeprefix(ROOT) or "/" if strips else self.path
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
            answer = httpx.request(self.command, behind + path, content=body, headers=headers, timeout=60)
            self.send_response(answer.status_code)
            for name, value in answer.headers.multi_items():
                if name not in ("content-length", "connection", "date"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_DELETE = pass_on

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def ports() -> dict[bool, int]:
    return {True: free_port(), False: free_port()}


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory, ports: dict[bool, int]) -> Iterator[str]:
    """The server that the proxies ask; ``public_url`` is the stripping proxy's."""
    folder = tmp_path_factory.mktemp("weights")
    model = tiny_onnx()
    (folder / "model.onnx").write_bytes(model)
    (folder / "card.json").write_text(tiny_card(model).to_json())
    data = tmp_path_factory.mktemp("data") / "page"
    with serving(folder, data, public_url=f"http://127.0.0.1:{ports[True]}{ROOT}/") as (url, _):
        yield url


@pytest.fixture(scope="module", params=[True, False], ids=["taken off", "left on"])
def visitor(request: pytest.FixtureRequest, behind: str, ports: dict[bool, int]) -> Iterator[httpx.Client]:
    """A visitor of the proxy, who follows no redirect unasked."""
    server = proxy(ports[request.param], behind, strips=request.param)
    with httpx.Client(base_url=f"http://127.0.0.1:{ports[request.param]}", timeout=60) as client:
        yield client
    server.shutdown()
    server.server_close()


def addresses(page: str) -> set[str]:
    """Where a page leads on its own host."""
    found = re.findall(r'(?:href|src|action)="([^"#][^"]*)"', page)
    return {html.unescape(a) for a in found if not a.startswith(("data:", "http:", "https:", "{"))}


def test_every_address_on_the_page_works(visitor: httpx.Client) -> None:
    pages = [
        visitor.get(ROOT + "/").text,
        visitor.get(f"{ROOT}/about").text,
        visitor.get(f"{ROOT}/nothing", headers=HTML).text,
        visitor.get(f"{ROOT}/api").text,
    ]
    found = set().union(*map(addresses, pages))
    assert len(found) > 8
    for address in found:
        assert address.startswith(ROOT + "/"), address
        form = address.startswith((f"{ROOT}/result", f"{ROOT}/theme", f"{ROOT}/report"))
        assert visitor.get(address).status_code == (303 if form else 200), address
    assert 'aria-current="page"' in pages[0]
    assert 'aria-current="page"' in pages[1]


def test_without_the_last_slash_it_is_the_page_too(visitor: httpx.Client) -> None:
    assert "<h1>" in visitor.get(ROOT).text
    assert visitor.get(f"{ROOT}/about/").status_code == 200


def test_scripts_ask_below_the_prefix(visitor: httpx.Client) -> None:
    page = visitor.get(ROOT + "/").text
    facts = re.search(r'id="facts">(.*?)</script>', page, re.DOTALL)
    assert facts
    assert f'"root": "{ROOT}"' in facts[1]
    script = visitor.get(f"{ROOT}/static/server.js").text
    assert "facts.root + url" in script


def test_no_script_has_an_address_that_goes_round_the_prefix() -> None:
    for script in STATIC.glob("*.js"):
        for line in script.read_text().splitlines():
            if re.search(r"[\"'`]/[a-z]", line) and not line.lstrip().startswith("//"):
                assert re.search(r"\bask(InTurn)?\(\"[A-Z]+\", [\"`]/api/", line), f"{script.name}: {line}"


def test_the_form_and_a_shared_page(visitor: httpx.Client) -> None:
    page = visitor.post(f"{ROOT}/result", files=files(DARK), headers=HTML).text
    assert all(a.startswith(ROOT + "/") for a in addresses(page))
    receipt = re.search(r'name="receipt" value="([^"]+)"', page)
    assert receipt
    made = visitor.post(f"{ROOT}/result/share", data={"receipt": receipt[1]}, headers=HTML).text
    shown = re.findall(r'href="(http:[^"]+)"', made)
    assert len(shown) == 2
    for address in shown:  # as visitors have it, and what it leads to
        path = httpx.URL(address).path
        assert path.startswith(f"{ROOT}/r/")
        found = visitor.get(path)
        assert found.status_code == 200
        assert all(a.startswith(ROOT + "/") for a in addresses(found.text))
    id, token = re.search(r'name="id" value="([^"]+)".*?name="token" value="([^"]+)"', made, re.DOTALL).groups()  # type: ignore[union-attr]
    assert visitor.post(f"{ROOT}/result/unshare", data={"id": id, "token": token}).status_code == 200
    assert visitor.get(f"{ROOT}/r/{id}").status_code == 404


def test_the_api_and_its_description(visitor: httpx.Client) -> None:
    answer = visitor.post(f"{ROOT}/api/v1/predict", files=files(DARK)).json()
    assert answer["verdicts"][0]["label"] == "fake"
    described = visitor.get(f"{ROOT}/openapi.json").json()
    assert described["servers"] == [{"url": ROOT}]
    assert "/api/v1/predict" in described["paths"]
    assert f"{ROOT}/openapi.json" in visitor.get(f"{ROOT}/api/v1/predict").json()["message"]


def test_redirects_and_the_cookie_stay_below_the_prefix(visitor: httpx.Client) -> None:
    chosen = visitor.post(f"{ROOT}/theme", data={"theme": "dark"})
    assert chosen.headers["location"] == f"{ROOT}/"
    assert f"Path={ROOT}/;" in chosen.headers["set-cookie"]
    assert 'data-theme="dark"' in visitor.get(ROOT + "/").text
    forgotten = visitor.post(f"{ROOT}/theme", data={"theme": "auto"})
    assert f"Path={ROOT}/" in forgotten.headers["set-cookie"]
    assert 'data-theme="auto"' in visitor.get(ROOT + "/").text
    for form in ("result", "theme", "result/share", "result/feedback", "result/unshare"):
        back = visitor.get(f"{ROOT}/{form}", headers=HTML)
        assert (back.status_code, back.headers["location"]) == (303, f"{ROOT}/"), form


def test_what_the_page_may_load_is_the_same(visitor: httpx.Client) -> None:
    policy = visitor.get(ROOT + "/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "form-action 'self'" in policy


def test_limits_hold_below_the_prefix(visitor: httpx.Client) -> None:
    large = visitor.post(f"{ROOT}/api/v1/predict", files=files(b"x" * (2 << 20)))
    assert large.json()["verdicts"][0]["error"]["code"] == "not_an_image", "as much as a picture may have comes in"
    assert visitor.post(f"{ROOT}/theme", data={"theme": "x" * (2 << 20)}).status_code == 413


def test_a_health_check_needs_no_prefix(behind: str) -> None:
    assert httpx.get(f"{behind}/healthz").status_code == 200
    assert httpx.get(f"{behind}{ROOT}/healthz").status_code == 200
    assert httpx.get(f"{behind}{ROOT}x/healthz").status_code == 404


@pytest.mark.parametrize("path", ["", "/", "//", "/about", "/about/", "//evil.example", "/a//b/"])
@pytest.mark.parametrize("root", ["", "/faces", "/a/b"])
def test_an_address_has_one_form(path: str, root: str) -> None:
    plain = placed({"type": "http", "path": path}, root)
    below = placed({"type": "http", "path": root + path}, root)
    assert plain["path"] == below["path"]
    assert plain["path"].startswith(root + "/")
    assert plain["root_path"] == root
    assert inner(plain) == "/" + path.strip("/")
    assert not inner(plain).startswith("//")


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("", ""),
        ("https://faces.example", ""),
        ("https://faces.example/", ""),
        ("https://host.example/faces", "/faces"),
        ("https://host.example/faces/", "/faces"),
        ("http://[::1]:8000/a/b-c_d.~e/", "/a/b-c_d.~e"),
    ],
)
def test_the_prefix_is_the_path_of_the_public_url(url: str, root: str) -> None:
    assert Settings(public_url=url).root == root


@pytest.mark.parametrize(
    "url",
    [
        "faces.example",
        "ftp://faces.example",
        "https://",
        "https:///faces",
        "https://host/faces?x=1",
        "https://host/faces#x",
        "https://host//faces",
        "https://host/../faces",
        "https://host/./faces",
        "https://host/fa ces",
        "https://host/faces;Path=/",
        'https://host/"><script>',
        "https://host/%2e%2e/faces",
        "https://ho st/faces",
        "http://[::1/faces",
        *(f"https://host/{first}/faces" for first in sorted(OWN)),
    ],
)
def test_a_public_url_that_cannot_be_is_refused_by_name(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAUXFACE_PUBLIC_URL", url)
    with pytest.raises(
        SettingsError,
        match=r"^FAUXFACE_PUBLIC_URL: (must be such as|must be an address|the page has addresses of its own)",
    ):
        Settings.load()


def test_every_address_of_the_page_is_known_to_the_prefix(client: TestClient) -> None:
    app = client.app.app.app.app  # type: ignore[attr-defined]
    paths = {route.path for route in app.routes if hasattr(route, "path")} | set(app.openapi()["paths"])
    assert {path.split("/")[1] for path in paths} - {""} <= OWN


def test_getting_what_a_form_was_sent_to_leads_home(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    client.follow_redirects = False
    app = client.app.app.app.app  # type: ignore[attr-defined]
    forms = [r.path for r in app.routes if getattr(r, "methods", None) == {"POST"} and not r.path.startswith("/api/")]
    for form in [*forms, "/result", "/clip/{id}/stop"]:
        for headers in (HTML, {}):
            back = client.get(form.format(id="x" * 8), headers=headers)
            assert (back.status_code, back.headers["location"]) == (303, "/"), form
    refused = client.get("/api/v1/predict", headers=HTML)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.json()["message"] == "this address takes POST, not GET: see /openapi.json"
    assert client.put("/result").status_code == 405
