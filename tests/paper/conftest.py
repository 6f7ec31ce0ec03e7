"""The paper's runs are trainings: what `tests/training` shares serves here too."""

from __future__ import annotations

from tests.training.conftest import _keep_global_generators, recipe, train

__all__ = ["_keep_global_generators", "recipe", "train"]
