"""What a file says, in the API and on the page: before the answer, apart from it, without places and names."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

from fastapi.testclient import TestClient
from tests.provenance.clips import mp4, quicktime
from tests.provenance.files import A1111, box, chunk, exif, png, png_with, saved, superbox
from tests.web.conftest import files

SECRET = png(parameters=A1111, Author="Ada Lovelace")


def test_in_the_api(client: TestClient) -> None:
    told = client.post("/api/v1/predict", files=files(SECRET)).json()
    (claim, *others) = told["verdicts"][0]["provenance"]
    assert claim["kind"] == "generated"
    assert claim["strength"] == "stated"
    assert any(other["kind"] == "private" for other in others)
    receipt = told["files"][0]["receipt"].partition(".")[0]
    kept = base64.urlsafe_b64decode(receipt + "=" * (-len(receipt) % 4)).decode()
    assert "Stable Diffusion" in kept
    assert "Lovelace" not in kept + str(told)


def test_a_picture_that_cannot_be_judged(client: TestClient) -> None:
    told = client.post("/api/v1/predict", files=files(saved(size=(8, 8), exif=exif(Software="Midjourney")))).json()
    assert told["verdicts"][0]["error"]["code"] == "too_small"
    assert told["verdicts"][0]["provenance"][0]["kind"] == "generated"


def test_inspect(client: TestClient) -> None:
    told = client.post("/api/v1/inspect", files={"file": ("a.png", SECRET)}).json()
    assert told["provenance"][0]["kind"] == "generated"
    assert told["private"] is None
    told = client.post("/api/v1/inspect", files={"file": ("a.png", SECRET)}, data={"private": "true"}).json()
    assert [claim["claim"] for claim in told["private"]] == ["Author: Ada Lovelace"]
    told = client.post("/api/v1/inspect", content=SECRET, headers={"content-type": "image/png"}).json()
    assert told["provenance"][0]["kind"] == "generated"
    refused = client.post("/api/v1/inspect", files={"file": ("a.txt", b"text")})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_an_image")


def test_on_the_page_without_scripts(client: TestClient) -> None:
    page = client.post("/result", files=files(SECRET)).text
    confession, sentence = page.find("made with Stable Diffusion"), page.find('data-field="sentence"')
    assert 0 < confession < sentence, "the confession comes first"
    details = re.search(r'<details data-part="private">.*?</details>', page, re.DOTALL)
    assert details is not None
    assert "Ada Lovelace" in details[0]
    assert "Lovelace" not in page.replace(details[0], "")
    assert page.count("can be forged or stripped") == 1
    silent = client.post("/result", files=files(saved())).text
    assert 'data-part="confession" hidden' in silent
    assert 'data-part="private"' not in silent


def test_markup_in_a_file_is_text(client: TestClient) -> None:
    page = client.post("/result", files=files(png(Software="<script>alert(1)</script>", Author="<b>"))).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_shared_result_has_the_claims_and_no_names(client: TestClient) -> None:
    told = client.post("/api/v1/predict", files=files(SECRET)).json()
    shared = client.post("/api/v1/results", data={"receipt": told["files"][0]["receipt"]}).json()
    page = client.get(f"/r/{shared['id']}").text
    assert "made with Stable Diffusion" in page
    assert "Lovelace" not in page + client.get(f"/api/v1/results/{shared['id']}").text


def test_a_shared_link_shows_the_confession_first(client: TestClient) -> None:
    receipt = client.post("/api/v1/predict", files=files(SECRET)).json()["files"][0]["receipt"]
    page = client.get(client.post("/api/v1/results", data={"receipt": receipt}).json()["url"]).text
    assert re.search(r'og:title" content="The file says that it was made with Stable Diffusion', page)


def test_a_table_of_several_marks_what_confesses(client: TestClient) -> None:
    page = client.post("/result", files=files(SECRET, saved()), headers={"accept": "text/html"}).text
    rows = re.findall(r"<tr data-tone.*?</tr>", page, flags=re.DOTALL)[:2]
    assert len(rows) == 2
    assert ["The file itself says: AI" in row for row in rows] == [True, False]


MISFIT = png_with(chunk(b"caBX", superbox(b"c2pa", b"changed since")))
UNFIT = "It has content credentials that cannot be read"


def test_credentials_that_do_not_fit_are_said_at_once(client: TestClient) -> None:
    told = client.post("/api/v1/predict", files=files(MISFIT, saved())).json()
    assert told["verdicts"][0]["provenance"][0] | {"source": ""} == {
        "kind": "content_credentials",
        "claim": UNFIT,
        "source": "",
        "strength": "broken",
    }
    page = client.post("/result", files=files(MISFIT, saved())).text
    table, first, second = page.index("<table"), *(found.start() for found in re.finditer("<article", page))
    assert page.index("Its content credentials do not fit", table) < first
    warning = page.index(UNFIT, first)
    assert warning < page.index('data-field="sentence"', first) < second
    assert 'data-part="warning" hidden' not in page[first:second]
    assert 'data-part="warning" hidden' in page[second:]
    shared = client.post("/api/v1/results", data={"receipt": told["files"][0]["receipt"]}).json()
    assert UNFIT in client.get(shared["url"]).text.partition('data-field="sentence"')[0]
    report = client.post("/report", data={"receipt": told["files"][0]["receipt"]}).text
    assert UNFIT in report.partition('data-field="sentence"')[0]


def test_inspect_takes_clips(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_video_mb=3)
    clip = mp4(quicktime(("software", "Kling"), ("com.apple.quicktime.author", "Ada")))
    told = client.post("/api/v1/inspect", files={"file": ("a.mp4", clip)}, data={"private": "true"}).json()
    assert told["sha256"] == hashlib.sha256(clip).hexdigest()
    assert told["provenance"][0]["claim"] == "The file says that it was made with Kling"
    assert [claim["claim"] for claim in told["private"]] == ["Author: Ada"]
    long = clip + box(b"free", bytes(2 << 20))  # larger than a picture may be
    told = client.post("/api/v1/inspect", content=long, headers={"content-type": "video/mp4"}).json()
    assert told["provenance"][0]["kind"] == "generated"
    assert told["private"] is None
    refused = client.post("/api/v1/inspect", files={"file": ("a.mp4", long + bytes(1 << 20))})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    receipt = client.post("/api/v1/predict", files=files(saved())).json()["files"][0]["receipt"]
    refused = client.post("/api/v1/inspect", files={"file": ("a.mp4", clip)}, data={"receipt": receipt})
    assert (refused.status_code, refused.json()["code"]) == (422, "other_picture")


def test_a_picture_larger_than_a_megabyte_is_inspected(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_picture_mb=4)
    large = png_with(chunk(b"prVt", bytes(3 << 20)), chunk(b"tEXt", b"Software\0Midjourney"))
    told = client.post("/api/v1/inspect", files={"file": ("a.png", large)}).json()
    assert told["provenance"][0]["kind"] == "generated"


def test_dates_are_written_as_people_write_them(client: TestClient) -> None:
    dated = saved(exif=exif(DateTimeOriginal="2024:05:01 10:20:30"))
    told = client.post("/api/v1/predict", files=files(dated)).json()
    (claim,) = [claim for claim in told["verdicts"][0]["provenance"] if claim["kind"] == "date"]
    assert claim["claim"] == "Taken on 2024-05-01 10:20", "for programs"
    page = client.post("/result", files=files(dated)).text
    report = client.post("/report", data={"receipt": told["files"][0]["receipt"]}).text
    for html in (page, report):
        assert "Taken on 1 May 2024, 10:20" in html
        assert "2024-05-01" not in re.sub(r'value="[^"]*"', "", html)
