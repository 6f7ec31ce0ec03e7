"""How much lies on the disk once fauxface is installed: the core, and all that the tests need.

Adds up the files of fauxface and of all packages that it requires, as the environment that runs this has them, with
compiled byte code where it is there. ``uv``, which `make demo` installs with, counts as part of the core.
"""

from __future__ import annotations

import argparse
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

import common
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

INSTALLER = ("pip", "uv")
TORCH = re.compile(r"torch|triton|nvidia-.*|cuda-.*")


def size(package: Distribution) -> int:
    """Bytes of its files that are there."""
    files = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(file.stat().st_size for file in files if file.is_file())


def required(*wanted: str) -> set[str]:
    """These packages (``fauxface[dev]``) and all that they require, as far as they are installed."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(text) for text in wanted]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        for extra in {"", *asked.extras} - {extra for known, extra in found if known == name}:
            found.add((name, extra))
            each = map(Requirement, requires)
            waiting += [one for one in each if one.marker is None or one.marker.evaluate({"extra": extra})]
    return {name for name, _ in found}


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=common.RESULTS)
    options = parser.parse_args()
    facts = common.circumstances()
    sizes: dict[str, int] = {canonicalize_name(p.metadata["Name"]): size(p) for p in distributions()}
    everything = required("fauxface[dev]", *INSTALLER)
    groups = {
        "core": required("fauxface", *INSTALLER),
        "of it, uv": {"uv"},
        "PyTorch with CUDA": {name for name in everything if TORCH.fullmatch(name)},
        "everything": everything,
    }
    found = {name: sum(sizes.get(each, 0) for each in group) / 1e6 for name, group in groups.items()}
    text = common.table(("installed", "MB"), [(name, f"{value:,.0f}") for name, value in found.items()])
    numbers = {"megabytes": {name: round(value, 1) for name, value in found.items()}, "packages": len(everything)}
    common.publish("installed", "Size on the disk", facts, numbers, text, options.out)


if __name__ == "__main__":
    main()
