"""The short tables of the README, and the table of networks; for `quoted.py`."""

from __future__ import annotations

import json

from left_out_sources import side_by_side
from stored import COUNTED, Stored
from trained_on import against_paper


def readme_tables(stored: Stored) -> str:
    """What the README says of left-out sources, and of those that were trained on."""
    f = stored.found["default"].by_source
    rows = [
        f"**On {len(f.cameras)} cameras and {len(f.generators)} generators that were left out of training** "
        "([how](docs/results/README.md), `fauxface crossval`);",
        "each source counts alike, thresholds never knew the source they are counted on. But the design was chosen by these same figures,",
        "which flatters them. The demo's package, a source from outside, took part in one choice only: how many steps' weights are averaged.",
        "",
        *side_by_side(stored.found),
        "",
        "At home, on test pictures of FFHQ and StyleGAN, which it was trained on; forced to choose (threshold 0.5), beside",
        "the paper:",
        "",
        *against_paper(stored.inside),
    ]
    return "\n".join(rows)


def network_rows() -> str:
    """Every network that can be trained, as `networks.py` counted it."""
    lines = ["| name | parameters | GFLOP | input | public weights | source |", "|---|---:|---:|---:|---|---|"]
    for row in json.loads(COUNTED.read_text(encoding="utf-8")):
        counted = f"{row['parameters'] / 1e6:,.2f} M | {row['flops'] / 1e9:,.2f} | {row['input']}"
        lines.append(f"| {row['name']} | {counted} | {row['weights'] or '–'} | {row['source']} |")
    return "\n".join(["", *lines, ""])
