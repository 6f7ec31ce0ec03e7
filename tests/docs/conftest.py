"""The scripts of `docs/results`, which find each other beside themselves."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest
from tests.docs.pages import ROOT


def script(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs" / "results"))
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def draw() -> ModuleType:
    return script("draw")


@pytest.fixture(scope="module")
def marks() -> ModuleType:
    return script("marks")


@pytest.fixture(scope="module")
def learning_by_source() -> ModuleType:
    return script("learning_by_source")


@pytest.fixture(scope="module")
def folds() -> ModuleType:
    return script("folds")


@pytest.fixture(scope="module")
def targets() -> ModuleType:
    return script("targets")


@pytest.fixture(scope="module")
def left_out_sources() -> ModuleType:
    return script("left_out_sources")
