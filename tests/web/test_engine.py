"""One detector for many: batches, order, a bounded queue, and nothing lost at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from tests.web.conftest import BRIGHT, DARK, MIDDLE

from fauxface.detector import Detector
from fauxface.verdict import Verdict
from fauxface.web.services.engine import ClosedError, Engine, OverloadedError

PATIENCE = 30


class Gated:
    """A real detector that waits for a gate and writes down what it was given."""

    def __init__(self, detector: Detector) -> None:
        self.detector, self.card = detector, detector.card
        self.gate, self.batches = threading.Event(), []
        self.gate.set()

    def predict_many(self, pictures: Sequence[bytes], *, batch_size: int) -> Iterator[Verdict]:
        self.batches.append(len(pictures))
        assert self.gate.wait(PATIENCE)
        if pictures[0] == b"crash":
            raise RuntimeError("the network broke")
        return self.detector.predict_many(pictures, batch_size=batch_size)


@pytest.fixture
def gated(tiny_weights: Path) -> Gated:
    return Gated(Detector.load(tiny_weights, threads=1, faces="off"))


@pytest.fixture
def make_engine(gated: Gated) -> Iterator[Any]:
    made: list[Engine] = []

    def make(**options: Any) -> Engine:
        made.append(Engine(gated, **({"wait": 0.2, "queue_size": 64} | options)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    gated.gate.set()
    for engine in made:
        engine.close(PATIENCE)


def under_way(engine: Engine, gated: Gated) -> Future[Verdict]:
    """A picture that is being judged until the gate opens."""
    gated.gate.clear()
    future = engine.predict(DARK)
    while not future.running():
        pass
    return future


def test_what_comes_together_is_judged_together_and_each_gets_its_own(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=4)
    gated.gate.clear()
    futures = [engine.predict(p) for p in (DARK, BRIGHT, MIDDLE, DARK, BRIGHT)]
    gated.gate.set()
    labels = [f.result(PATIENCE).label for f in futures]
    assert labels == ["fake", "real", "uncertain", "fake", "real"]
    assert max(gated.batches) > 1
    assert sum(gated.batches) == 5


def test_a_lone_picture_waits_for_nobody_long(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=64, wait=0.001)
    assert engine.predict(DARK).result(PATIENCE).label == "fake"
    assert gated.batches == [1]


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=1, queue_size=2)
    first = under_way(engine, gated)
    waiting = [engine.predict(BRIGHT), engine.predict(BRIGHT)]
    with pytest.raises(OverloadedError) as caught:
        engine.predict(DARK)
    assert caught.value.retry_after >= 1
    gated.gate.set()
    assert [f.result(PATIENCE).label for f in (first, *waiting)] == ["fake", "real", "real"]


def test_the_pictures_of_one_visitor_are_taken_together_or_not_at_all(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=1, queue_size=2)
    under_way(engine, gated)
    together = engine.predict_all([BRIGHT, DARK, MIDDLE, BRIGHT])
    with pytest.raises(OverloadedError):
        engine.predict_all([DARK])
    with pytest.raises(OverloadedError):
        engine.run(lambda detector: detector.card.id)
    belongs = engine.run(lambda detector: detector.card.id, accepted=True)
    gated.gate.set()
    assert [f.result(PATIENCE).label for f in together] == ["real", "fake", "uncertain", "real"]
    assert belongs.result(PATIENCE) == "tiny@1"
    assert sum(gated.batches) == 5


def test_an_error_reaches_those_who_wait_and_the_next_are_judged(make_engine: Any) -> None:
    engine = make_engine(batch_size=1)
    with pytest.raises(RuntimeError, match="the network broke"):
        engine.predict(b"crash").result(PATIENCE)
    assert engine.predict(DARK).result(PATIENCE).label == "fake"


def test_a_picture_that_is_none_spoils_no_other(make_engine: Any) -> None:
    engine = make_engine(batch_size=2)
    broken, good = engine.predict(b"text"), engine.predict(DARK)
    assert broken.result(PATIENCE).error["code"] == "not_an_image"
    assert good.result(PATIENCE).label == "fake"


def test_who_gave_up_is_not_judged(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=1)
    gated.gate.clear()
    first, second, third = (engine.predict(p) for p in (DARK, BRIGHT, DARK))
    while not first.running():
        pass
    assert second.cancel()
    gated.gate.set()
    assert third.result(PATIENCE).label == "fake"
    assert gated.batches == [1, 1]


def test_tasks_run_between_batches(make_engine: Any) -> None:
    engine = make_engine()
    assert engine.run(lambda detector: detector.card.id).result(PATIENCE) == "tiny@1"
    with pytest.raises(ZeroDivisionError):
        engine.run(lambda _: 1 // 0).result(PATIENCE)


def test_closing_finishes_what_was_accepted_and_takes_nothing_new(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=2)
    gated.gate.clear()
    futures = [engine.predict(DARK) for _ in range(7)]
    closing = threading.Thread(target=engine.close, args=(PATIENCE,))
    closing.start()
    while engine.alive:
        pass
    with pytest.raises(ClosedError):
        engine.predict(DARK)
    gated.gate.set()
    closing.join(PATIENCE)
    assert all(f.result(0).label == "fake" for f in futures)


def test_who_gave_up_keeps_nobody_out(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=1, queue_size=2)
    under_way(engine, gated)
    waiting = [engine.predict(BRIGHT), engine.predict(BRIGHT)]
    with pytest.raises(OverloadedError):
        engine.need_room()
    assert waiting[0].cancel()
    last = engine.predict(DARK)
    gated.gate.set()
    assert [waiting[1].result(PATIENCE).label, last.result(PATIENCE).label] == ["real", "fake"]
    assert sum(gated.batches) == 3


def test_the_only_one_who_waits_may_give_up_while_others_look(make_engine: Any, gated: Gated) -> None:
    engine = make_engine(batch_size=2, wait=0.3)
    alone = engine.predict(DARK)
    time.sleep(0.1)  # the engine waits for a second picture now
    assert alone.cancel()
    engine.need_room()  # takes the one who gave up out of the queue
    time.sleep(0.5)
    assert engine.alive
    assert engine.predict(DARK).result(PATIENCE).label == "fake"
