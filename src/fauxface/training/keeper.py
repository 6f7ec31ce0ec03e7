"""Writes what a run must not lose: checkpoints within an epoch now and then, and all that an epoch's end leaves."""

from __future__ import annotations

import time
from pathlib import Path

from fauxface.training import checkpoint, run_folder
from fauxface.training.checkpoint import Progress
from fauxface.training.learner import Learner


class Keeper:
    """A run's files. Only the first process writes, and all agree on when.

    Args:
        run: the run folder.
        digest: of recipe and data (`fauxface.training.run_folder.prepare`).
        learner, progress: what is written, as it stands at the time.
    """

    def __init__(self, run: Path, digest: str, learner: Learner, progress: Progress) -> None:
        self.run, self.digest, self.learner, self.progress = run, digest, learner, progress
        self._saved = time.monotonic()

    def step_done(self, *, is_last: bool) -> None:
        """Write a checkpoint if the last one is too old; after an epoch's last step `epoch_done` does it."""
        fabric, minutes = self.learner.fabric, self.learner.recipe.checkpoint_minutes
        # Processes must agree on when to write, so that decision is made by one clock.
        due = fabric.broadcast(time.monotonic() - self._saved > 60 * minutes)
        # Weights that are no numbers must not replace a good checkpoint; the next step will tell of them.
        if due and fabric.is_global_zero and not is_last and self.learner.is_finite():
            self._save()

    def epoch_done(self, row: dict[str, float], *, is_best: bool) -> None:
        """Write the curves and a checkpoint, and the weights if they are the best so far.

        Args:
            row: the epoch's metrics.
        """
        fabric = self.learner.fabric
        if fabric.is_global_zero:
            if is_best:
                self._save_best(row)
            # Before the checkpoint, which says that the epoch is done: a kill in between must not lose the curves.
            run_folder.write_curves(self.run, self.learner.recipe, self.progress)
            self._save()
        fabric.barrier()

    def _save_best(self, row: dict[str, float]) -> None:
        with self.learner.averaged():
            checkpoint.save_best(self.run, self.learner.network, row)

    def _save(self) -> None:
        learner = self.learner
        checkpoint.save_last(self.run, learner.network, learner.optimiser, self.progress, self.digest, learner.average)
        self._saved = time.monotonic()
