"""The words of `docs/glossary.md` that are gone stay gone: in identifiers, options and keys that the code writes.

A name is taken apart at ``_``, capitals and ``-``; each former word has the files in which it still means one thing.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest
import yaml
from tests.docs.pages import ROOT
from typer.main import get_command

from fauxface.cli.former_options import FORMER
from fauxface.cli.main import app

SOURCE = ROOT / "src/fauxface"
CODE = [*SOURCE.rglob("*.py"), *(ROOT / "tools").glob("*.py"), *(ROOT / "docs/results").glob("*.py")]
SCRIPTS = sorted((SOURCE / "web/static").glob("*.js"))
FORMER_FILES = (
    *("former_names.py", "cli/former_options.py", "training/former_settings.py", "weights/card_v1.py"),
    *("web/former_fields.py", "web/schemas.py", "web/services/followup.py", "web/dependencies.py"),
)
"""Those that read former names, or write them beside those of today."""
GONE = {
    "traces": "forensic features",
    "textures": "texture statistics",
    "wear": "degradation",
    "worn": "degraded",
    "believed": "capped evidence",
    "vouch": "capped evidence",
    "strangers": "unseen sources, or unsupported formats",
    "looks": "perturbations, or explanation_receipt",
    "flips": "unstable",
    "flipped": "unstable",
    "band": "abstention region",
    "bands": "abstention region",
    "promise": "guaranteed, error rates",
    "promises": "guaranteed, error rates",
    "promising": "with guarantees",
    "words": "logits, answers, or phrasing",
    "figure": "plot, or metric",
    "figures": "plots, or metrics",
    "kinds": "degradations",
    "turnstile": "admission",
    "desk": "dependencies",
    "presence": "access",
    "intake": "uploads",
    "widen": "net2net",
}
"""A word that no name has, and what to say instead."""
GONE_PAIRS = {
    ("read", "back"): "import from ONNX",
    ("false", "positive"): "missed_fakes",
    ("false", "negative"): "accused_photographs",
    ("fakes", "called"): "missed_fakes",
    ("fine", "traces"): "forensic features",
    ("in", "band"): "in_abstention_region",
    ("one", "look"): "no_perturbations",
}
ONE_MEANING = {
    "words": (
        *("data/folder_names.py", "data/layouts.py", "data/label_reading.py", "data/listing.py", "audit/advice.py"),
        *(
            "audit/shortcut.py",
            "web/store/database.py",
            "web/messages/__init__.py",
            "web/templating.py",
            "audit/report.py",
        ),
        "draw_rooms.py",
    ),
    "figure": ("report/", "results/learning_by_source.py"),
    "figures": ("paper/",),
    "kinds": ("audit/copies.py", "cli/audit.py", "cli/folder_walk.py", "models/keras_h5.py"),
    "looks": ("video/__init__.py", "video/containers.py", "cli/predict_clips.py", "services/uploads.py"),
}
"""Words of a text, matplotlib's figures and the paper's, kinds of copies: where a word is not the former one."""
PAPER = ("paper/results.py", "paper/page.py")
"""Where rates have the paper's names."""


def parts(name: str) -> list[str]:
    """Lower-case words of a name: snake_case, CamelCase, --an-option."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def names_in(tree: ast.AST) -> Iterator[str]:
    """What the code calls things: variables, attributes, arguments, functions, classes, and keys of dictionaries."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.alias(name=name):
                yield name
            case ast.Dict(keys=keys):
                yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                yield name


@cache
def names_by_file() -> dict[str, set[str]]:
    """File → its identifiers and keys; the file's own name is one of them."""
    found: dict[str, set[str]] = {}
    for path in CODE:
        place = path.relative_to(ROOT).as_posix()
        found[place] = {*names_in(ast.parse(path.read_text(encoding="utf-8"))), path.stem}
    return found


def objections(place: str, name: str) -> list[str]:
    """What is to be said against a name in a file."""
    if place.endswith(FORMER_FILES):
        return []
    words = parts(name)
    said = [
        f"{place}: '{name}' is  {GONE[word]}  now"
        for word in words
        if word in GONE and not any(allowed in place for allowed in ONE_MEANING.get(word, ()))
    ]
    if not place.endswith(PAPER):
        said += [f"{place}: '{name}' is  {GONE_PAIRS[pair]}  now" for pair in pairwise(words) if pair in GONE_PAIRS]
    return said


def test_no_identifier_has_a_former_word() -> None:
    assert sum(map(len, names_by_file().values())) > 5_000
    assert not [
        said for place, names in names_by_file().items() for name in sorted(names) for said in objections(place, name)
    ]


def test_no_script_reads_a_former_field() -> None:
    assert len(SCRIPTS) > 10
    field = re.compile(r"\.(words|looks)\b|[{,] ?(words|looks)\b")
    assert not [path.name for path in SCRIPTS if field.search(path.read_text(encoding="utf-8"))]


def options() -> set[str]:
    """Every option of every command."""
    found, open_ = set[str](), [get_command(app)]
    while open_:
        command = open_.pop()
        open_ += getattr(command, "commands", {}).values()
        found |= {option for parameter in command.params for option in parameter.opts}
    return found


def test_no_option_has_a_former_name() -> None:
    found = options()
    assert len(found) > 60
    assert not found & set(FORMER)
    assert not [said for option in sorted(found) for said in objections("the command line", option)]


def keys_in(told: object) -> Iterator[str]:
    if isinstance(told, dict):
        yield from (str(key) for key in told)
        for value in told.values():
            yield from keys_in(value)
    elif isinstance(told, list):
        for value in told:
            yield from keys_in(value)


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet68_cutout"])
def test_no_key_of_a_shipped_card_is_a_former_one(name: str) -> None:
    card = json.loads((SOURCE / "weights" / name / "card.json").read_text(encoding="utf-8"))
    history = card["provenance"].pop("training")  # settings of earlier versions, as they were given then
    assert history
    assert not [said for key in keys_in(card) for said in objections("card.json", key)]


def test_no_key_of_a_recipe_or_sentence_is_a_former_one() -> None:
    recipes = {
        path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (SOURCE / "recipes").glob("*.yaml")
    }
    sentences = tomllib.loads((SOURCE / "web/messages/english.toml").read_text(encoding="utf-8"))
    assert len(recipes) > 10
    tables = {**recipes, "english.toml": {"visitors": sentences["visitors"], "operator": sentences["operator"]}}
    assert not [said for place, table in tables.items() for key in keys_in(table) for said in objections(place, key)]


@pytest.mark.parametrize(
    "name", ["in_band", "Band", "wornPictures", "--one-look", "fine_traces", "falsePositiveRate", "READ_BACK", "looks"]
)
def test_a_former_name_would_be_found(name: str) -> None:
    assert objections("src/fauxface/network.py", name)
    assert not objections("src/fauxface/former_names.py", name)


def test_each_exception_is_one() -> None:
    for word, places in ONE_MEANING.items():
        for allowed in places:
            found = [name for place, names in names_by_file().items() if allowed in place for name in names]
            assert any(word in parts(name) for name in found), (word, allowed)
    for place in FORMER_FILES:
        assert (SOURCE / place).is_file()
