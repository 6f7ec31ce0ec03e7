"""What programs leave among pictures is known by its name; what people put there is not taken for it."""

from __future__ import annotations

import pytest

from fauxface.system_names import is_system_name


@pytest.mark.parametrize(
    "name",
    [
        *("._face.jpg", ".DS_Store", ".Trash-1000", ".ipynb_checkpoints", ".git", ".gitkeep", ".thumbnails"),
        *("Thumbs.db", "THUMBS.DB", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information"),
        *("__MACOSX", "@eaDir", "@tmp", "#recycle", "@Recycle", "lost+found", "Picasa.ini", "__pycache__"),
        *("FOUND.000", "node_modules"),
    ],
)
def test_left_by_a_program(name: str) -> None:
    assert is_system_name(name)


@pytest.mark.parametrize(
    "name", ["face.jpg", "trash", "thumbs", "@home", "real", "recycle.jpg", "macosx", "tmp", "git", "found"]
)
def test_put_there_by_somebody(name: str) -> None:
    assert not is_system_name(name)
