"""How much memory decoding the largest pictures takes that are allowed: JPEGs of telephones, and a PNG.

Each is written into a temporary folder and read as `fauxface predict` reads it, in a process of its own; the memory is
what the process's peak rises by (Linux).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import common
from PIL import Image

READ = """
import sys
from pathlib import Path
from fauxface.source import read

def peak():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

read(sys.argv[1], "a small one")
before = peak()
read(sys.argv[2], "a large one")
print((peak() - before) / 1024)
"""


@dataclass(frozen=True)
class Large:
    """A picture to write: its name, its size in pixels, how it is saved, and whether one sees through it in places."""

    name: str
    width: int
    height: int
    save: dict[str, Any]
    clear: bool = False

    def write(self, folder: Path) -> Path:
        """The portrait of the examples, brought to that size; gives the file."""
        file = folder / f"picture.{self.save['format'].lower()}"
        with Image.open(common.EXAMPLE) as picture:
            portrait = picture.convert("RGB").resize((self.width, self.height))
        if self.clear:
            portrait.putalpha(portrait.getchannel("R"))
        portrait.save(file, **self.save)
        return file


JPEG = {"format": "JPEG", "quality": 90}
PNG = {"format": "PNG", "compress_level": 1}
PICTURES = (
    Large("JPEG, 50 megapixels", 8160, 6120, JPEG),
    Large("JPEG, 108 megapixels", 12000, 9000, JPEG),
    Large("JPEG, 200 megapixels", 16320, 12240, JPEG),
    Large("progressive JPEG, 50 megapixels", 8160, 6120, JPEG | {"progressive": True}),
    Large("progressive JPEG, 108 megapixels", 12000, 9000, JPEG | {"progressive": True}),
    Large("progressive JPEG, 200 megapixels", 16320, 12240, JPEG | {"progressive": True}),
    Large("PNG, 100 megapixels", 10000, 10000, PNG),
    Large("PNG with transparency, 100 megapixels", 10000, 10000, PNG, clear=True),
)


def mib(picture: Large) -> float:
    """What the peak of a process rises by that reads it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", READ, str(common.EXAMPLE), str(picture.write(Path(folder)))]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=common.child_environment())
    return float(done.stdout)


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=common.RESULTS)
    options = parser.parse_args()
    facts = common.circumstances()
    found = {picture.name: round(mib(picture), 1) for picture in PICTURES}
    text = common.table(("picture", "MiB"), [(name, f"{value:.0f}") for name, value in found.items()])
    common.publish("large_pictures", "Memory of decoding large pictures", facts, {"mib": found}, text, options.out)


if __name__ == "__main__":
    main()
