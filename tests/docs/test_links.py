"""Every link and every path in the documents leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, anchors, code_spans, name, without_fences

SOURCE = ROOT / "src"
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|<img[^>]*src=\"([^\"]+)\"|<a[^>]*href=\"([^\"]+)\"")
PATH = re.compile(r"(?:src|docs|tests|benchmarks|examples|tools|\.github|\.ci)/[\w.*/-]*")
MODULE = re.compile(r"fauxface(?!\.db)(?:\.\w+)+")


def leads_somewhere(page: Path, link: str) -> bool:
    """Is there such a file in the repository, and in it such a heading?"""
    file, _, anchor = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


def dead_links(page: Path) -> list[str]:
    """Links of a page that lead to no file, or to no heading."""
    dead = []
    for groups in LINK.findall(without_fences(page.read_text(encoding="utf-8"))):
        link = next(filter(None, groups))
        if not re.match(r"[a-z]+:", link) and not leads_somewhere(page, link):
            dead.append(link)
    return dead


def dead_paths(page: Path) -> list[str]:
    """Files and modules that a page names between backticks and that do not exist."""
    dead = []
    for span in code_spans(page.read_text(encoding="utf-8")):
        if PATH.fullmatch(span):
            found = any(ROOT.glob(span.rstrip("/")))
        elif MODULE.fullmatch(span):
            found = is_known(span)
        else:
            continue
        if not found:
            dead.append(span)
    return dead


def is_known(dotted: str) -> bool:
    """Is it a module, a package, or a name that one of them defines or imports?"""
    place, parts = SOURCE, dotted.split(".")
    for number, part in enumerate(parts):
        if (place / part).is_dir():
            place /= part
            continue
        file, rest = (place / f"{part}.py", parts[number + 1 :])
        if not file.is_file():
            file, rest = place / "__init__.py", parts[number:]
        return not rest or (file.is_file() and bool(re.search(rf"\b{rest[0]}\b", file.read_text("utf-8"))))
    return True


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    assert dead_links(page) == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=name)
def test_files_and_modules_that_are_named_exist(page: Path) -> None:
    assert dead_paths(page) == []  # the changelog may name what is gone


def test_a_dead_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.docs.test_links.ROOT", tmp_path)
    page = tmp_path / "a.md"
    page.write_text(
        "# One\n[x](b.md) [y](#one) [z](#two) [w](a.md#one)\n![i](no.png)\n```\n[in code](no.md)\n```\n",
        encoding="utf-8",
    )
    assert dead_links(page) == ["b.md", "#two", "no.png"]


def test_a_dead_path_is_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text(
        "`src/fauxface/labels.py` `src/fauxface/gone.py` `fauxface.labels.REAL` `fauxface.labels.Gone` `fauxface.gone`"
        " `tests/docs/*.py` `docs/*.gone`",
        encoding="utf-8",
    )
    assert dead_paths(page) == ["src/fauxface/gone.py", "fauxface.labels.Gone", "fauxface.gone", "docs/*.gone"]


def test_code_names_documents_that_exist() -> None:
    """Docstrings and messages name pages too."""
    files = sorted(path for folder in ("src", "benchmarks", "tools") for path in (ROOT / folder).rglob("*.py"))
    pages = [(file, page) for file in files for page in re.findall(r"\bdocs/[\w/-]+\.md\b", file.read_text("utf-8"))]
    dead = [f"{name(file)}: {page}" for file, page in pages if not (ROOT / page).is_file()]
    assert dead == []
