"""Count parameters and operations of every network that can be trained: `python docs/results/networks.py` (a minute).

Writes ``networks.json``, from which `make results` draws the table of docs/models.md.
"""

from __future__ import annotations

import json

from stored import COUNTED

from fauxface.files import write_text
from fauxface.models.cost import cost
from fauxface.models.registry import REGISTRY


def main() -> None:
    rows = []
    for entry in REGISTRY.values():
        counted = cost(entry.name)
        weights = ", ".join(f"{p.name} ({p.file.licence})" for p in entry.pretrained)
        rows.append(
            {
                "name": entry.name,
                "parameters": counted.parameters,
                "flops": counted.flops,
                "input": entry.input_size,
                "weights": weights,
                "source": entry.source,
            }
        )
    write_text(COUNTED, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
