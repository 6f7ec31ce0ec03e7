"""Is what was built fit to be published? Size and contents of the wheel in ``dist/``, held against the repository.

    python -m build && python tools/check_dist.py dist --tag v0.1.0

Prints one line for each objection and exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MOST_MIB: Final = 25.0
# Loading these may run code.
NEVER: Final = (".bin", ".ckpt", ".joblib", ".pickle", ".pkl", ".pt", ".pth")
FINDER: Final = "fauxface/faces/mtcnn/mtcnn.onnx"
FINDER_CODE: Final = "fauxface/faces/networks.py"
NEEDED: Final = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
CARD: Final = "card.json"


def tracked(root: Path = ROOT) -> set[str]:
    """Files of the package that git knows, as the wheel names them."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--", "src/fauxface"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name.removeprefix("src/") for name in listed.split("\0") if name}


def objections(wheel: Path, expected: set[str], *, tag: str | None = None, most_mib: float = MOST_MIB) -> list[str]:
    """What speaks against publishing a wheel, one sentence each; empty if nothing does.

    Args:
        wheel: the file.
        expected: the package's files, such as ``fauxface/labels.py``.
        tag: of the release, ``v0.1.0``; None: any version will do.
        most_mib: largest size of the file, in MiB.
    """
    found = []
    size = wheel.stat().st_size / 2**20
    if size > most_mib:
        found.append(f"{wheel.name} has {size:.1f} MiB, more than {most_mib:g}")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        found += _contents(names, expected)
        found += _metadata(archive, names, tag)
        found += _weights(archive, names)
        found += _finder(archive, names)
    return found


def _contents(names: set[str], expected: set[str]) -> list[str]:
    package = {name for name in names if name.startswith("fauxface/")}
    rest = {name for name in names - package if ".dist-info/" not in name}
    found = [f"missing: {name}" for name in sorted(expected - package)]
    found += [f"not in the repository: {name}" for name in sorted(package - expected)]
    found += [f"outside of the package: {name}" for name in sorted(rest)]
    found += [f"never in a wheel: {name}" for name in sorted(names) if PurePosixPath(name).suffix.lower() in NEVER]
    return found


def _metadata(archive: zipfile.ZipFile, names: set[str], tag: str | None) -> list[str]:
    folders = {name.split("/")[0] for name in names if ".dist-info/" in name}
    if len(folders) != 1:
        return [f"{len(folders)} folders .dist-info instead of one"]
    folder = folders.pop()
    if missing := [name for name in NEEDED if f"{folder}/{name}" not in names]:
        return [f"missing: {folder}/{name}" for name in missing]
    metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
    version = metadata["Version"]
    found = []
    if tag is not None and tag != f"v{version}":
        found.append(f"the tag is {tag}, the wheel's version {version}")
    if "fauxface = fauxface.cli.main:main" not in archive.read(f"{folder}/entry_points.txt").decode():
        found.append("the command fauxface is missing")
    if heavy := [line for line in metadata.get_all("Requires-Dist", []) if _is_core_torch(line)]:
        found.append(f"the core would bring PyTorch: {heavy[0]}")
    return found


def _is_core_torch(requirement: str) -> bool:
    return requirement.lower().startswith("torch") and "extra ==" not in requirement


def _weights(archive: zipfile.ZipFile, names: set[str]) -> list[str]:
    cards = sorted(name for name in names if PurePosixPath(name).name == CARD)
    if not cards:
        return ["no weights: without them nothing can be judged"]
    found = []
    for card in cards:
        about = json.loads(archive.read(card))["provenance"]
        file = str(PurePosixPath(card).with_name(about["weights_file"]))
        if file not in names:
            found.append(f"missing: {file}, which {card} names")
        elif hashlib.sha256(archive.read(file)).hexdigest() != about["sha256"]:
            found.append(f"{file} is not the file that {card} describes")
    return found


def _finder(archive: zipfile.ZipFile, names: set[str]) -> list[str]:
    """Is the face finder there, the one that the code will load, and the licence that must go with it?"""
    licence = str(PurePosixPath(FINDER).with_name("LICENSE"))
    if missing := [name for name in (FINDER, licence, FINDER_CODE) if name not in names]:
        return [f"missing for the face finder: {name}" for name in missing]
    if hashlib.sha256(archive.read(FINDER)).hexdigest() not in archive.read(FINDER_CODE).decode():
        return [f"{FINDER} is not the file that {FINDER_CODE} names"]
    return []


def main() -> int:
    """Check the one wheel of a folder; 0 if it may be published."""
    parser = argparse.ArgumentParser(description="Is the wheel in a folder fit to be published?")
    parser.add_argument("folder", type=Path, help="where it was built, usually dist")
    parser.add_argument("--tag", help="of the release, v0.1.0: the version must be the same")
    parser.add_argument("--most", type=float, default=MOST_MIB, metavar="MIB", help="largest size (default: 25)")
    given = parser.parse_args()
    wheels = sorted(given.folder.glob("*.whl"))
    if len(wheels) != 1:
        print(f"{given.folder}: {len(wheels)} wheels instead of one", file=sys.stderr)
        return 1
    found = objections(wheels[0], tracked(), tag=given.tag, most_mib=given.most)
    for objection in found:
        print(objection, file=sys.stderr)
    if not found:
        print(f"{wheels[0].name}: {wheels[0].stat().st_size / 2**20:.1f} MiB, contents as they should be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
