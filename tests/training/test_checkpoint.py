"""Where a run stands, as it is counted; what is written of it is tested in `test_resume.py`."""

from __future__ import annotations

from fauxface.training.checkpoint import Progress


def test_progress_counts_steps_and_keeps_the_first_of_equally_good_epochs() -> None:
    progress = Progress()
    progress.add_step(2.5, 3, 4)
    progress.add_step(1.5, 1, 2)
    assert (progress.step, progress.steps_done, progress.seen, progress.images) == (2, 2, 6, 6)
    assert (progress.loss_sum, progress.correct) == (4.0, 4)
    assert progress.end_epoch({"epoch": 1}, 0.5)
    assert (progress.epoch, progress.step, progress.seen, progress.loss_sum, progress.correct) == (1, 0, 0, 0.0, 0)
    assert (progress.steps_done, progress.images, progress.best) == (2, 6, 0.5)
    assert not progress.end_epoch({"epoch": 2}, 0.5)
    assert progress.end_epoch({"epoch": 3}, 0.6)
    assert [row["epoch"] for row in progress.history] == [1, 2, 3]
