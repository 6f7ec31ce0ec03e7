"""The layers of the page: routes call services, services say it in messages, and the edge is around all of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.test_walls import SOURCE, imports_of

WEB = SOURCE / "web"
LAYERS = ("messages", "services", "edge", "routes", "store")
NEVER = {
    "store": ("messages", "services", "edge", "routes", "dependencies", "templating", "app", "server"),
    "messages": ("services", "edge", "routes", "store", "dependencies", "templating", "app", "server"),
    "services": ("edge", "routes", "dependencies", "templating", "problems", "app", "server"),
    "edge": ("routes", "dependencies", "templating", "app", "server"),
}
"""Layer → what it may not know of `fauxface.web`."""
FILES = [path for layer in LAYERS for path in sorted((WEB / layer).rglob("*.py"))]
MOST_MODULES = 37


def knows(path: Path) -> set[str]:
    """Parts of `fauxface.web` that a file imports, without the beginning of their names."""
    return {name.removeprefix("fauxface.web.") for name in imports_of(path) if name.startswith("fauxface.web.")}


def layer_of(path: Path) -> str:
    return path.relative_to(WEB).parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_each_layer_knows_only_those_below(path: Path) -> None:
    never = NEVER.get(layer_of(path), ())
    assert not [name for name in knows(path) if name.split(".")[0] in never]


@pytest.mark.parametrize("path", sorted((WEB / "routes").glob("*.py")), ids=lambda path: path.name)
def test_no_route_calls_another(path: Path) -> None:
    assert not {name for name in knows(path) if name.startswith("routes.")}, "what two routes do is a service"


def test_there_is_something_in_each_layer() -> None:
    assert {layer_of(path) for path in FILES} == set(LAYERS)
    assert len(FILES) > 25


def modules() -> list[Path]:
    """Every file but those that only say that a folder is a package."""
    has_code = {path: len(ast.parse(path.read_text(encoding="utf-8")).body) > 1 for path in WEB.rglob("*.py")}
    return [path for path, code in has_code.items() if code or path.name != "__init__.py"]


def test_each_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in WEB.rglob("*.py") if "migrations" not in path.parts}
    assert len(folders) == len(LAYERS) + 1
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_the_page_has_few_modules_and_none_is_long() -> None:
    """An ``__init__.py`` of a docstring is no module here: it takes no noun's place. One that has code counts."""
    lines = {path.relative_to(WEB).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert len(lines) <= MOST_MODULES, "another noun takes the place of one: which two are the same?"
    assert not {name for name, count in lines.items() if count > 250}
