"""Writes the table of rooms in docs/architecture.md from tests/rooms.toml, which the tests hold every import against.

python tools/draw_rooms.py
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
PLAN: Final = ROOT / "tests" / "rooms.toml"
PAGE: Final = ROOT / "docs" / "architecture.md"
MARKS: Final = ("<!-- rooms: make rooms -->\n\n", "\n\n<!-- /rooms -->")


def table(plan: dict[str, Any]) -> str:
    """The rooms and what they may import, in the plan's order, and then what the groups stand for."""
    rows = [
        f"| `{_file(room)}` | {about['holds']} | {_listed(about['may_import'], about.get('but', ()))} |"
        for room, about in plan["rooms"].items()
    ]
    groups = [f"- *{name}*: {_listed(members)}" for name, members in plan["groups"].items()]
    *most, last = (f"`{room}`" for room in plan["everywhere"])
    everywhere = " and ".join([", ".join(most), last] if most else [last])
    return "\n".join(
        [
            *("| room | holds | may import |", "|---|---|---|", *rows, ""),
            *(f"{everywhere} may be imported everywhere. The groups are:", "", *groups),
        ]
    )


def page(text: str, plan: dict[str, Any]) -> str:
    """The document with the table that the plan gives.

    Raises:
        ValueError: the marks that the table lies between are not there.
    """
    begin, rest = text.split(MARKS[0])
    _, end = rest.split(MARKS[1])
    return begin + MARKS[0] + table(plan) + MARKS[1] + end


def _file(room: str) -> str:
    return f"{room}/" if (ROOT / "src" / "fauxface" / room).is_dir() else f"{room}.py"


def _listed(terms: Sequence[str], but: Sequence[str] = ()) -> str:
    words = ["everything" if term == "*" else f"*{term[1:]}*" if term.startswith("@") else term for term in terms]
    without = f" but {', '.join(but)}" if but else ""
    return (", ".join(words) or "nothing") + without


def main() -> None:
    """Write the table."""
    plan = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), plan), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
