"""Every command in the documents and in the Makefile parses: the commands, options, recipes and targets exist."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.docs.pages import PAGES, ROOT, blocks, code_spans, command_lines, name

from fauxface.cli.main import app
from fauxface.weights.store import SHIPPED

COMMAND: Any = typer.main.get_command(app)
RECIPES = {path.stem for path in (ROOT / "src" / "fauxface" / "recipes").glob("*.yaml")}
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
EXTRAS = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"])
EXAMPLE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MODELS = EXAMPLE + "".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "src" / "fauxface" / "models").glob("*.py")
)
GONE = ("fauxface add-traces", "make leave-one-out")
"""Commands that pages of experiments name to say that they are gone."""
PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|…|.*[/.].*")  # R, RUN, my.yaml, runs/1: of the reader's own


def objection(words: Sequence[str]) -> str | None:
    """Why the command line after ``fauxface`` does not parse; None if it does. Nothing is run."""
    command, rest, path = COMMAND, list(words), "fauxface"
    while hasattr(command, "commands"):
        if not rest:
            return f"{path}: no command"
        if rest[0] in ("--help", "-h", "--version"):
            return None
        path += f" {rest[0]}"
        if rest[0] not in command.commands:
            return f"{path}: no such command"
        command = command.commands[rest.pop(0)]
    if {"--help", "-h"} & set(rest):
        return None
    try:
        given = command.make_context(path, rest).params
    except Exception as error:  # noqa: BLE001 - typer carries its own copy of click: its errors have no name to import
        said = getattr(error, "format_message", error.__str__)()
        return f"{path}: {said}"
    return _unknown_name(path, given)


def _unknown_name(path: str, given: dict[str, Any]) -> str | None:
    recipe, weights, model = (given.get(option) for option in ("recipe", "weights", "model"))
    if recipe and not PLACEHOLDER.fullmatch(recipe) and recipe not in RECIPES:
        return f"{path}: no recipe is called {recipe}"
    if weights and not PLACEHOLDER.fullmatch(str(weights)) and weights not in SHIPPED and weights != "weights":
        return f"{path}: no weights are called {weights}"
    if model and not PLACEHOLDER.fullmatch(model) and f'"{model}"' not in MODELS:
        return f"{path}: no network is called {model}"
    return None


def of_page(page: Path) -> Iterator[list[str]]:
    """The complete command lines of a page, those in blocks; of ``[--option a|b]`` the first way."""
    for block in blocks(page.read_text(encoding="utf-8")):
        if re.search(r"^usage:", block, flags=re.I | re.M):
            continue
        yield from command_lines(re.sub(r"\[(?=--)|\](?=\s|$)", "", block))


COMPLETE = [pytest.param(words, id=f"{name(page)}: {' '.join(words)}") for page in PAGES for words in of_page(page)]


@pytest.mark.parametrize("words", COMPLETE)
def test_a_command_line_in_a_block_parses(words: list[str]) -> None:
    assert objection(words) is None


def test_there_are_command_lines_to_parse() -> None:
    assert len(COMPLETE) > 40


def spans() -> list[tuple[str, str]]:
    """(page, span) of each ``fauxface …`` within a sentence or a table; the changelog may name what is gone."""
    pages = [page for page in PAGES if page.name != "CHANGELOG.md"]
    every = [(name(page), span) for page in pages for span in code_spans(page.read_text(encoding="utf-8"))]
    return [(page, span) for page, span in every if re.match(r"fauxface [a-z]", span)]


@pytest.mark.parametrize(("page", "span"), sorted(set(spans())))
def test_a_command_in_a_sentence_has_the_options_that_it_names(page: str, span: str) -> None:
    """Such a command need not be complete, so that only its commands and options are looked up."""
    if page.startswith("docs/experiments/") and span in GONE:
        return
    _, *words = span.replace(",", " ").split()
    commands = [COMMAND]
    while words and hasattr(commands[0], "commands"):
        chosen = words.pop(0).split("|")
        assert set(chosen) <= set(commands[0].commands), f"{page}: {span}"
        commands = [commands[0].commands[one] for one in chosen]
    parameters = [parameter for command in commands for parameter in command.params]
    options = {option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)}
    asked = {word.split("=")[0] for word in words if word.startswith("--")} - {"--help"}
    assert asked <= options, f"{page}: {span}"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("fauxface predict --colour face.jpg", "--colour"),
        ("fauxface judge face.jpg", "no such command"),
        ("fauxface data sort DIR", "no such command"),
        ("fauxface train --recipe default --data a.csv --out runs/a", "no recipe is called default"),
        ("fauxface predict --weights traces face.jpg", "no weights are called traces"),
        ("fauxface crossval --out runs/a", "--data"),
        ("fauxface predict --frames many clip.mp4", "--frames"),
    ],
)
def test_a_stale_command_is_found(line: str, why: str) -> None:
    (words,) = command_lines(line)
    assert why in (objection(words) or "")


def test_a_command_is_found_where_it_stands() -> None:
    block = "    $ fauxface data index \\\n      DIR   # why\n    make x && .venv/bin/fauxface models --json | head\n"
    assert list(command_lines(block)) == [["data", "index", "DIR"], ["models", "--json"]]
    text = "\n    fauxface serve\n\ntext `fauxface keys add\\|list` text\n\n```sh\nfauxface models\n```\n"
    assert [words for block in blocks(text) for words in command_lines(block)] == [["models"], ["serve"]]
    assert code_spans(text) == ["fauxface keys add|list"]


def test_the_makefiles_commands_parse() -> None:
    wanted = [target for target in TARGETS if target in ("demo", "weights", "weights-resnet68", "data-size", "steps")]
    assert len(wanted) == 5
    shown = subprocess.run(
        ["make", "--dry-run", "--always-make", *wanted], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    text = shown.replace("\\\n", " ").replace("$((step - 1))", "1").replace("$step", "1").replace("$share", "0.1")
    lines = list(command_lines(text))
    assert len(lines) > 8
    assert [why for why in map(objection, lines) if why] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name)
def test_targets_of_make_and_extras_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    past = GONE if page.parent.name == "experiments" else ()
    code = "\n".join([*blocks(text), *(span for span in code_spans(text) if span not in past)])
    assert set(re.findall(r"(?:^|&& )\s*(?:\$ )?make ([a-z][\w-]*)", code, flags=re.M)) <= TARGETS
    extras = {extra for some in re.findall(r"(?:fauxface|\.)\[([a-z,]+)\]", code) for extra in some.split(",")}
    assert extras <= EXTRAS
