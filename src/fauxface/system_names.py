"""Names of files and folders that programs leave among pictures: thumbnails, rubbish bins, notes of file managers.

Whoever walks a folder leaves them out, and counts them: a copy, a thumbnail or a deleted picture is none that somebody
put there. A file that is named itself is tried all the same.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = frozenset(
    # Windows
    {"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin", "recycler", "recycled"}
    | {"system volume information", "found.000", "found.001", "found.002"}
    # macOS, where the name has no dot in front
    | {"__macosx", "icon\r", "network trash folder", "temporary items"}
    # Synology, QNAP and other boxes in the network
    | {"@eadir", "@tmp", "@recycle", "#recycle", "#snapshot", "@sharebin", "@recently-snapshot", "lost+found"}
    # Picasa, Python, npm
    | {"picasa.ini", "__pycache__", "node_modules"}
)


def is_system_name(name: str) -> bool:
    """Whether a file or folder of this name (without its path) is hidden or belongs to the system.

    Hidden is what begins with a dot: ``._face.jpg``, ``.Trash-1000``, ``.ipynb_checkpoints``, ``.git``. Case does not
    matter.
    """
    return name.startswith(".") or name.lower() in _NAMES
