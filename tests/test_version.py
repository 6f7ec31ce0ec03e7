"""What says which fauxface it was."""

from __future__ import annotations

from importlib import metadata

import pytest

import fauxface


def test_the_source_folder_alone_has_no_version_and_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", gone)
    assert fauxface.__version__ == "0+unknown"
