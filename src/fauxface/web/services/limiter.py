"""How often somebody may ask: a bucket of tokens for each key or address, that fills again with time."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

MOST_BUCKETS: Final = 10_000
"""Visitors remembered at once; the one heard of longest ago is forgotten first."""


class Limiter:
    """Counts by name.

    Args:
        per_minute: requests a minute, which is also how many may come at once; 0: no limit.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def ask(self, name: str, cost: int = 1, *, per_minute: int | None = None) -> float:
        """Take ``cost`` tokens from a name's bucket; 0.0 if there were enough, else the seconds until there are.

        A request that costs more than the bucket holds is let through when the bucket is full.

        Args:
            name: of a key, or an address.
            cost: pictures in the request.
            per_minute: another limit for this name.
        """
        limit = self.per_minute if per_minute is None else per_minute
        if limit <= 0:
            return 0.0
        now, rate = time.monotonic(), limit / 60
        tokens, then = self._buckets.pop(name, (float(limit), now))
        tokens = min(float(limit), tokens + (now - then) * rate)
        needed = min(cost, limit)
        wait = max(0.0, (needed - tokens) / rate)
        self._buckets[name] = (tokens if wait else tokens - cost, now)
        while len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait

    def give_back(self, name: str, cost: int = 1) -> None:
        """Put tokens back that were taken for nothing."""
        if name in self._buckets:
            tokens, then = self._buckets[name]
            self._buckets[name] = (tokens + cost, then)  # `ask` never counts more than a full bucket
