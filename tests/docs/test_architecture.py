"""The table of rooms is the tested one: drawn from tests/rooms.toml, and drawn again since that changed."""

from __future__ import annotations

import re
import tomllib

import pytest
from tests.docs.pages import ROOT

from tools import draw_rooms

PLAN = tomllib.loads((ROOT / "tests" / "rooms.toml").read_text(encoding="utf-8"))


def test_the_table_of_rooms_is_up_to_date() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert draw_rooms.page(text, PLAN) == text, "run: make rooms"


def test_every_room_has_a_row_that_says_what_it_holds() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", draw_rooms.table(PLAN), flags=re.M)
    assert [name.removesuffix(".py").removesuffix("/") for name, _, _ in rows] == list(PLAN["rooms"])
    assert all((ROOT / "src" / "fauxface" / name).exists() for name, _, _ in rows)


def test_what_a_room_is_said_to_hold_is_there() -> None:
    gone = []
    for room, said in PLAN["rooms"].items():
        folder = ROOT / "src" / "fauxface" / room
        there = {p.name for p in folder.rglob("*")} | {p.stem for p in folder.rglob("*")}
        names = [name for name in re.findall(r"`([^`]+)`", said["holds"]) if name[0].islower()]  # no classes
        for name in names if folder.is_dir() else ():
            elsewhere = (ROOT / name).exists() or (folder.parent / name).exists()
            if name.rstrip("/") not in there and not elsewhere:
                gone.append(f"{room}: {name}")
    assert gone == [], "mend tests/rooms.toml, then run: make rooms"


def test_the_table_says_groups_exceptions_and_nothing() -> None:
    plan = {
        "everywhere": ["errors", "files"],
        "groups": {"judging": ["labels", "@pictures"], "pictures": ["images"]},
        "rooms": {
            "labels": {"holds": "a", "may_import": []},
            "explain": {"holds": "b", "may_import": ["@judging", "data"], "but": ["video"]},
            "cli": {"holds": "c", "may_import": ["*"]},
        },
    }
    lines = draw_rooms.table(plan).splitlines()
    assert "| `labels.py` | a | nothing |" in lines
    assert "| `explain/` | b | *judging*, data but video |" in lines
    assert "| `cli/` | c | everything |" in lines
    assert "`errors` and `files` may be imported everywhere. The groups are:" in lines
    assert "- *judging*: labels, *pictures*" in lines


def test_another_plan_makes_the_document_stale_and_only_its_table_changes() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    changed = {**PLAN, "rooms": {**PLAN["rooms"], "turns": {"holds": "something else", "may_import": ["labels"]}}}
    now, before = draw_rooms.page(text, changed).splitlines(), text.splitlines()
    assert [line for line in now if line not in before] == ["| `turns.py` | something else | labels |"]
    assert len(now) == len(before)


def test_a_document_without_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="unpack"):
        draw_rooms.page("no table here", PLAN)
