"""Every picture of a table becomes a row, whether it can be judged or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from fauxface.data.samples import Rejected, Sample, SampleTable
from fauxface.evaluation.judging import predict_table
from fauxface.source import Source
from fauxface.verdict import Verdict

SHA = "0" * 64


class FakeDetector:
    """Says 0.9 for pictures whose name has an x; cannot judge those with a q."""

    def predict_many(self, pictures: Iterable[Source], /, *, batch_size: int = 8) -> Iterator[Verdict]:
        for path in pictures:
            assert isinstance(path, Path)
            if "q" in path.name:
                yield Verdict(str(path), None, None, "m@1", {"code": "bad_image", "message": "broken"})
            else:
                yield Verdict(str(path), "fake", 0.9 if "x" in path.name else 0.1, "m@1")


def sample_table(names: Iterable[str], root: Path = Path("/data")) -> SampleTable:
    samples = (Sample(f"fake/{n}", "fake", "test", 8, 8, 100, SHA, "gen") for n in names)
    return SampleTable(root, tuple(samples), (Rejected("fake/z.txt", "not_an_image", "no picture"),))


def test_every_picture_gets_a_row_judged_or_not() -> None:
    steps: list[int] = []

    def advance(n: int = 1, status: str = "") -> None:
        steps.append(n)

    rows = predict_table(FakeDetector(), sample_table(["x.jpg", "a.jpg", "q.jpg"]), advance)
    assert [(r.path, r.label, r.probability_fake, r.error) for r in rows] == [
        ("fake/x.jpg", "fake", 0.9, ""),
        ("fake/a.jpg", "fake", 0.1, ""),
        ("fake/q.jpg", "fake", None, "bad_image"),
        ("fake/z.txt", None, None, "not_an_image"),
    ]
    assert (rows[0].sha256, rows[0].source, rows[0].split) == (SHA, "gen", "test")
    assert sum(steps) == 3


def test_a_detector_that_loses_a_picture_is_no_silent_shift() -> None:
    class Loses(FakeDetector):
        def predict_many(self, pictures: Iterable[Source], /, *, batch_size: int = 8) -> Iterator[Verdict]:
            verdicts = super().predict_many(pictures)
            next(verdicts)
            yield from verdicts

    with pytest.raises(ValueError, match="zip"):
        predict_table(Loses(), sample_table(["x.jpg", "a.jpg"]))
