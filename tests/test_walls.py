"""The three walls of the house: judging needs no PyTorch, a room imports only what the plan allows, and only ``web/``
and ``cli/`` know of a terminal.

All by reading every import in the source; the first also by judging where PyTorch and training cannot be imported.
"""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fauxface

SOURCE = Path(fauxface.__file__).parent

PLAN = tomllib.loads((Path(__file__).parent / "rooms.toml").read_text(encoding="utf-8"))


def rooms_in(terms: Iterable[str]) -> set[str]:
    """The rooms that a list of the plan means: names, and groups (``@name``)."""
    named: set[str] = set()
    for term in terms:
        named |= rooms_in(PLAN["groups"][term[1:]]) if term.startswith("@") else {term}
    return named


JUDGING = rooms_in(["@judging"])
MAY_IMPORT: dict[str, set[str]] = {
    room: rooms_in([*plan["may_import"], *PLAN["everywhere"]]) - rooms_in(plan.get("but", []))
    for room, plan in PLAN["rooms"].items()
}
HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "lightning_fabric",
    "safetensors",
    "onnx",
    "sklearn",
    "matplotlib",
    "pyarrow",
)
TRAINING_ROOMS = ("fauxface.models", "fauxface.data", "fauxface.audit", "fauxface.training", "fauxface.paper")


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Full names of everything that a file imports anywhere, also inside functions and for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which room is meant"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def room_named(name: str) -> str | None:
    """The room that an imported name lies in; None for other packages."""
    parts = name.split(".")
    if parts[0] != "fauxface":
        return None
    if len(parts) > 1 and ((SOURCE / parts[1]).is_dir() or (SOURCE / f"{parts[1]}.py").is_file()):
        return parts[1]
    return "__init__"


FILES = sorted(SOURCE.rglob("*.py"))


def file_named(name: str) -> Path | None:
    """The file that an imported name lies in: a module's own, or that of the module which has it."""
    package, *parts = name.split(".")
    if package != "fauxface" or not parts:
        return None
    for some in (parts, parts[:-1]):
        module = SOURCE.joinpath(*some)
        for path in (module.with_suffix(".py"), module / "__init__.py"):
            if path.is_file():
                return path
    return None


def test_no_file_imports_itself_by_way_of_others() -> None:
    # Also inside functions: a circle that is put off is one all the same. Types alone tie nobody when it runs.
    knows = {path: {file_named(name) for name in imports_of(path) - imports_for_types(path)} for path in FILES}
    graph = {path: others - {None, path, SOURCE / "__init__.py"} for path, others in knows.items()}
    assert sum(map(len, graph.values())) > 500
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as e:
        pytest.fail(" → ".join(path.relative_to(SOURCE).as_posix() for path in reversed(e.args[1])))


def test_no_room_knows_another_that_knows_it_too() -> None:
    # A circle of rooms need be none of files: but then neither room can be understood, or taken out, alone.
    graph: dict[str, set[str]] = {}
    for path in FILES:
        named = map(room_named, imports_of(path) - imports_for_types(path))
        graph.setdefault(room_of(path), set()).update(room for room in named if room not in (None, "__init__"))
    assert sum(map(len, graph.values())) > 150
    try:
        TopologicalSorter({room: others - {room} for room, others in graph.items()}).prepare()
    except CycleError as e:
        pytest.fail(" → ".join(reversed(e.args[1])))


@cache
def imports_for_types(path: Path) -> frozenset[str]:
    """Names that a file imports for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            inside = [part for part in node.body if isinstance(part, ast.ImportFrom)]
            found |= {f"{part.module}.{alias.name}" for part in inside for alias in part.names}
    return frozenset(found)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_each_room_imports_only_what_the_plan_allows(path: Path) -> None:
    room = room_of(path)
    assert room in MAY_IMPORT, f"a new room: add '{room}' to tests/rooms.toml, and run: make rooms"
    if "*" in MAY_IMPORT[room]:
        return
    known = {r for r in map(room_named, imports_of(path)) if r not in (None, room)}
    too_much = known - MAY_IMPORT[room]
    assert not too_much, f"{path.name} may not import {sorted(map(str, too_much))}"


def test_the_plan_names_rooms_that_exist_and_only_the_command_line_may_know_all() -> None:
    there = {room_of(path) for path in SOURCE.iterdir() if path.suffix == ".py" or path.is_dir()} - {"__pycache__"}
    assert set(MAY_IMPORT) == there
    for room, allowed in MAY_IMPORT.items():
        assert allowed - {"*"} <= there, room
        assert ("*" in allowed) == (room == "cli")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_nobody_but_cli_and_web_knows_of_a_terminal(path: Path) -> None:
    if room_of(path) not in ("cli", "web"):
        terminal = {n for n in imports_of(path) if n.split(".")[0] in ("typer", "rich")}
        assert not terminal | {n for n in imports_of(path) if room_named(n) in ("cli", "web")}


def first_walk() -> list[Path]:
    """The files that judge: everything from `labels` to `detector`, and the commands and page on top."""
    rooms = JUDGING | {"__init__", "web"}
    files = [p for p in FILES if room_of(p) in rooms]
    return [
        *files,
        *sorted((SOURCE / "cli").glob("predict*.py")),
        *(SOURCE / "cli" / n for n in ("explain.py", "terminal.py")),
    ]


@pytest.mark.parametrize("path", first_walk(), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_judging_imports_no_training(path: Path) -> None:
    if path == SOURCE / "runtime" / "torch.py":
        return  # the one file that offers PyTorch to those who have it; nothing imports it unasked
    allowed = ("pyarrow",) if path.name == "predict_out.py" else ()
    bad = {n for n in imports_of(path) if n.startswith(TRAINING_ROOMS) or n.split(".")[0] in set(HEAVY) - set(allowed)}
    assert not bad


BLOCK = """
import json, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        blocked = ("torch", "torchvision", "timm", "lightning_fabric", "sklearn", "onnx", "matplotlib", "pyarrow",
                   "fauxface.models", "fauxface.data", "fauxface.audit", "fauxface.training",
                   "fauxface.evaluation", "fauxface.report", "fauxface.paper")
        if name in blocked or name.startswith(tuple(b + "." for b in blocked)):
            raise ImportError(f"behind the wall: {name}")
        return None

sys.meta_path.insert(0, Wall())
"""


def behind_the_wall(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCK + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_wall_itself_stands() -> None:
    result = behind_the_wall("import fauxface.models.registry")
    assert "behind the wall" in result.stderr


def test_a_prediction_without_pytorch(tiny_weights: Path, tmp_path: Path) -> None:
    picture = tmp_path / "dark.png"
    out = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 10, dtype=np.uint8)).save(out, "PNG")
    picture.write_bytes(out.getvalue())
    code = """
import fauxface, fauxface.detector, fauxface.images, fauxface.cli.predict
from fauxface.cli.main import main
sys.argv = ["fauxface", "predict", "--json", "--threads", "1", "--weights", sys.argv[1], sys.argv[2]]
main()
"""
    result = behind_the_wall(code, str(tiny_weights), str(picture))
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["label"] == "fake"


def test_an_explanation_without_pytorch(tiny_weights: Path, tmp_path: Path) -> None:
    picture, out = tmp_path / "dark.png", tmp_path / "out.png"
    Image.fromarray(np.full((40, 40, 3), 10, dtype=np.uint8)).save(picture)
    code = """
from fauxface.cli.main import main
options = ["--occlusion", "--threads", "1", "--weights", sys.argv[1], "--out", sys.argv[3]]
sys.argv = ["fauxface", "explain", *options, sys.argv[2]]
main()
"""
    result = behind_the_wall(code, str(tiny_weights), str(picture), str(out))
    assert result.returncode == 0, result.stderr
    assert out.is_file()


def test_help_loads_nothing_heavy() -> None:
    code = """
import sys
import fauxface.cli.main
heavy = {"numpy", "PIL", "av", "onnxruntime", "torch", "pyarrow", "matplotlib", "fauxface.detector"}
print(sorted(heavy & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["data.augment", "data.dataset", "data.preview", "data.views"])
def test_settings_of_pictures_are_read_without_pytorch(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, fauxface.{module}; print('torch' in sys.modules)"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "No module named" in done.stderr:
        pytest.skip("pydantic, which reads recipes, comes with the extra 'train'")
    assert done.stdout == "False\n", done.stderr
