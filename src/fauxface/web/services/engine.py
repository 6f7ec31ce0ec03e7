"""One detector for many visitors: what comes in within a few milliseconds is judged together.

A thread of its own owns the detector, so the event loop never waits for it. The queue is short on purpose: processors
do not judge faster because more people wait. Who finds it full is refused at once, with a guess of when to come back,
and who is accepted need not wait for a crowd.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from fauxface.detector import Detector
from fauxface.errors import FauxfaceError
from fauxface.verdict import Verdict

_FIRST_GUESS: Final = 0.3
"""Seconds a picture takes, before any was timed."""


class OverloadedError(FauxfaceError):
    """There is too much to do already. ``retry_after``: seconds after which it is worth while to try again."""

    code = "overloaded"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many people are asking at the moment: try again in {retry_after} s")
        self.retry_after = retry_after


class ClosedError(FauxfaceError):
    """The server is being stopped and takes nothing new."""

    code = "closing"


@dataclass(frozen=True, slots=True)
class _Work:
    """A picture to judge together with others, or a task to run alone."""

    future: Future[Any]
    picture: bytes | None = None
    task: Callable[[Detector], Any] | None = None


class Worker:
    """What a thread of its own does, until it is closed.

    Whoever is one sets ``_thread``, and ``_closing`` when it takes nothing new.
    """

    _thread: threading.Thread

    def __init__(self) -> None:
        self._closing = threading.Event()

    @property
    def dead(self) -> bool:
        """Whether its thread has ended although nobody closed it, which cannot be mended from inside."""
        return not self._thread.is_alive() and not self._closing.is_set()

    @property
    def alive(self) -> bool:
        """Whether it takes work."""
        return self._thread.is_alive() and not self._closing.is_set()


class Engine(Worker):
    """Judges pictures from many threads or coroutines with one detector, in batches.

    Args:
        detector: judges; its network may be run from several threads (clips have one of their own).
        batch_size: pictures judged together at most.
        wait: seconds that the first picture of a batch waits for others.
        queue_size: pictures and tasks that may wait when new ones are accepted. Pictures of one request come in
            together or not at all, so for a moment more of them may wait.
        registry: where the metrics for ``/metrics`` are kept.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        batch_size: int = 2,
        wait: float = 0.003,
        queue_size: int = 4,
        registry: CollectorRegistry | None = None,
    ) -> None:
        super().__init__()
        self.detector, self.batch_size, self.wait = detector, batch_size, wait
        self.queue_size = queue_size
        self._works: deque[_Work] = deque()
        self._changed = threading.Condition()
        self._seconds = _FIRST_GUESS
        registry = registry or CollectorRegistry()
        self._pictures = Counter("fauxface_pictures", "Pictures judged, by verdict.", ["label"], registry=registry)
        self._refused = Counter("fauxface_refused", "Requests refused because the queue was full.", registry=registry)
        self._batches = Histogram(
            "fauxface_batch_size", "Pictures judged together.", buckets=(1, 2, 4, 8, 16, 32, 64), registry=registry
        )
        self._times = Histogram("fauxface_batch_seconds", "Seconds a batch took.", registry=registry)
        self._depth = Gauge(
            "fauxface_queue", "Pictures and tasks that wait.", registry=registry, multiprocess_mode="livesum"
        )
        self._thread = threading.Thread(target=self._run, name="fauxface-engine", daemon=True)
        self._thread.start()

    def predict(self, picture: bytes) -> Future[Verdict]:
        """Judge the bytes of a picture file; a picture that cannot be judged gives a verdict with an ``error``.

        Raises:
            OverloadedError: the queue is full.
            ClosedError: the engine is closed.
        """
        return self.predict_all([picture])[0]

    def predict_all(self, pictures: Sequence[bytes]) -> list[Future[Verdict]]:
        """Judge the pictures of one visitor, all of them or none; see `predict`."""
        return self._put([_Work(Future(), picture=picture) for picture in pictures])

    def run(self, task: Callable[[Detector], Any], *, accepted: bool = False) -> Future[Any]:
        """Run something else that needs the detector, by itself, between two batches.

        Args:
            task: is given the detector.
            accepted: it belongs to a request that was accepted, so a full queue does not refuse it.

        Raises:
            OverloadedError, ClosedError: as `predict`.
        """
        return self._put([_Work(Future(), task=task)], accepted=accepted)[0]

    def need_room(self) -> None:
        """For those who would work in vain otherwise.

        Raises:
            OverloadedError, ClosedError: as `predict`.
        """
        with self._changed:
            self._need_open()
            self._forget_cancelled()
            waiting = len(self._works)
        if waiting >= self.queue_size:
            self._refused.inc()
            raise OverloadedError(max(1, round(waiting * self._seconds)))

    def close(self, timeout: float | None = None) -> bool:
        """Take nothing new, finish what was accepted; whether that was done within ``timeout`` seconds."""
        with self._changed:
            self._closing.set()
            self._changed.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _need_open(self) -> None:
        if not self.alive:
            raise ClosedError("the server is being stopped: try again in a moment")

    def _put(self, works: list[_Work], *, accepted: bool = False) -> list[Future[Any]]:
        # The lock keeps work from slipping in after the last look at the queue.
        with self._changed:
            self._need_open() if accepted else self.need_room()
            self._works.extend(works)
            self._depth.set(len(self._works))
            self._changed.notify_all()
        return [work.future for work in works]

    def _forget_cancelled(self) -> None:
        """Who gave up keeps nobody out; with the lock held."""
        if any(work.future.cancelled() for work in self._works):
            self._works = deque(work for work in self._works if not work.future.cancelled())
            self._depth.set(len(self._works))

    def _run(self) -> None:
        while batch := self._next_batch():
            started = time.perf_counter()
            wanted = [work for work in batch if work.future.set_running_or_notify_cancel()]
            pictures = [work for work in wanted if work.picture is not None]
            if pictures:
                self._judge(pictures)
                self._times.observe(time.perf_counter() - started)
                self._batches.observe(len(pictures))
            for work in wanted:
                if work.task is not None:
                    self._do(work, work.task)
            if wanted:
                spent = time.perf_counter() - started
                self._seconds += 0.2 * (spent / len(wanted) - self._seconds)

    def _next_batch(self) -> list[_Work]:
        """What to do next; empty at the end, and only then."""
        with self._changed:
            while True:
                while not self._works:
                    if self._closing.is_set():
                        return []
                    self._changed.wait()
                deadline = time.monotonic() + self.wait
                while len(self._works) < self.batch_size and not self._closing.is_set():
                    if not self._changed.wait(deadline - time.monotonic()):
                        break
                self._forget_cancelled()  # also others do, while this waits: then there is nothing to do after all
                if self._works:
                    batch = [self._works.popleft() for _ in range(min(self.batch_size, len(self._works)))]
                    self._depth.set(len(self._works))
                    return batch

    def _judge(self, works: list[_Work]) -> None:
        sources = [work.picture for work in works if work.picture is not None]
        try:
            verdicts = list(self.detector.predict_many(sources, batch_size=self.batch_size))
        except BaseException as e:  # noqa: BLE001 - whoever waits gets it; the engine goes on
            for work in works:
                work.future.set_exception(e)
            return
        for work, verdict in zip(works, verdicts, strict=True):
            self._pictures.labels(verdict.label or "error").inc()
            work.future.set_result(verdict)

    def _do(self, work: _Work, task: Callable[[Detector], Any]) -> None:
        try:
            work.future.set_result(task(self.detector))
        except BaseException as e:  # noqa: BLE001 - as above
            work.future.set_exception(e)
