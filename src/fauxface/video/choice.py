"""Which frames of a clip are judged: some at its scene changes, the others evenly over its length."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from statistics import median
from typing import Final

LEAST_CHANGE: Final = 24.0
"""Smallest mean difference of two small grey pictures, of 255, that counts as another scene."""
OVER_USUAL: Final = 3.0
"""It must also be so many times what is usual in the clip, so that a shaky camera is no series of scenes."""
APART: Final = 0.2
"""Seconds between two scene changes, at least: a flash of light is not two."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that was looked at: its time in seconds, and how much it differs from the one before, 0 to 255."""

    seconds: float
    change: float


@dataclass(frozen=True, slots=True)
class Target:
    """A frame to take: the first one that is not before this second."""

    seconds: float
    scene_change: bool


def scene_changes(seen: list[Seen]) -> list[Seen]:
    """Those frames that begin another scene, the strongest change first."""
    usual = median(one.change for one in seen[1:]) if len(seen) > 1 else 0.0
    least = max(LEAST_CHANGE, OVER_USUAL * usual)
    found: list[Seen] = []
    for one in sorted(seen[1:], key=lambda one: -one.change):
        if one.change < least:
            break
        if all(abs(one.seconds - other.seconds) >= APART for other in found):
            found.append(one)
    return found


def choose(seen: list[Seen], most: int) -> list[Target]:
    """At most ``most`` of the frames that were seen, in time order; at most half of them at scene changes.

    Args:
        seen: at least one, in time order.
    """
    if len(seen) <= most:
        scenes = {one.seconds for one in scene_changes(seen)}
        return [Target(one.seconds, one.seconds in scenes) for one in seen]
    scenes = {one.seconds for one in scene_changes(seen)[: most // 2]}
    times = sorted({one.seconds for one in seen})
    taken = set(scenes)
    for wanted in even(times[0], times[-1], most - len(scenes)):
        free = [t for t in _around(times, wanted, len(taken) + 1) if t not in taken]
        if free:
            taken.add(min(free, key=lambda t: abs(t - wanted)))
    return [Target(t, t in scenes) for t in sorted(taken)]


def even(start: float, end: float, number: int) -> list[float]:
    """The middles of so many equal parts."""
    return [start + (end - start) * (i + 0.5) / number for i in range(number)]


def _around(times: list[float], wanted: float, reach: int) -> list[float]:
    at = bisect_left(times, wanted)
    return times[max(at - reach, 0) : at + reach]
