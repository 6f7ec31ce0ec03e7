"""What the audits of the shared pictures say, from what `audits.py` has stored; for `quoted.py`."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from stored import AUDITS

SAME: Final = ("pixel format", "width", "height", "progressive", "EXIF", "colour profile", "comment", "other markers")
"""Rows that the page leaves out: they are the same in both classes."""
PRINTED: Final = ("k140", "first-pack")
_MIDDLE: Final = re.compile(r"\((?:\w[\w-]*/)+((?:test|train)/fake/\w+\.jpg)\)")


def stored_audit(name: str) -> Any:
    return json.loads((AUDITS / f"{name}.json").read_text(encoding="utf-8"))


def audit_blocks() -> dict[str, str]:
    """What the command prints, without `SAME` and the middle of paths."""
    return {f"audit-{name}": _block(stored_audit(name)) for name in PRINTED}


def _block(found: Any) -> str:
    alike = [row for row in found["said"] if row.startswith(SAME)]
    assert [row.split()[-1] for row in alike] == ["0.50"] * len(SAME), "a row that differs may not be left out"
    lines = [_MIDDLE.sub(r"(…/\1)", row) for row in found["said"] if row not in alike]
    command = f"$ fauxface data audit ../shared/data/{found['of']}"
    return "\n".join(["", *(f"    {row}".rstrip() for row in (command, *lines)), ""])


def audits() -> dict[str, str]:
    """Numbers of the sentences below them."""
    k140, mixed, without = (stored_audit(name) for name in ("k140", "mixed", "mixed-without-portrait_gan"))
    seeds = [stored_audit(name)["shortcuts"]["all together"]["auc"] for name in ("k140-seed-1", "k140-seed-2")]
    size = next(row for row in without["features"] if row["feature"] == "bytes")
    near = [row["number"] for row in k140["copies"]["counts"] if row["kind"] == "near"]
    across = [row["number"] for row in k140["copies"]["counts"] if row["kind"] == "near" and row["across_splits"]]
    low, high = mixed["shortcuts"]["all together"]["interval"]
    return {
        "k140.container": _auc(k140, "container only"),
        "k140.together": _auc(k140, "all together"),
        "k140.highest_of_other_seeds": f"{max(seeds):.3f}",
        "k140.near_copies": f"{sum(near)}",
        "k140.near_copies_across": f"{sum(across)}",
        "mixed.together": _auc(mixed, "all together"),
        "mixed.low": f"{low:.3f}",
        "mixed.high": f"{high:.3f}",
        "mixed.colour": _auc(mixed, "colour only"),
        "studio_out.fake_bytes": f"{size['fake']['median']:,.0f}",
        "studio_out.real_bytes": f"{size['real']['median']:,.0f}",
        "studio_out.bytes_alone": f"{size['alone']['auc']:.2f}",
    }


def _auc(found: Any, group: str) -> str:
    return f"{found['shortcuts'][group]['auc']:.3f}"
