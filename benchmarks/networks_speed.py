"""How long does a verdict take with each of the shipped networks, from the file to the word?

    python benchmarks/networks_speed.py [--rounds 5]

Both detectors are loaded in one process and take turns on the pictures in `examples/`; the ratio is taken within each
round. A verdict is the whole of it: reading, finding the face, looking, and looking again at changed copies if the card
names any.
"""

from __future__ import annotations

import argparse
import time

import common

from fauxface import Detector
from fauxface.weights import store

PICTURES = sorted(common.EXAMPLE.parent.glob("*.jpg"))


def seconds(detector: Detector) -> float:
    """Seconds a picture."""
    started = time.perf_counter()
    for picture in PICTURES:
        detector.predict(picture)
    return (time.perf_counter() - started) / len(PICTURES)


def main() -> None:
    """Measure, print, and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=common.Path, default=common.RESULTS)
    options = parser.parse_args()
    facts = common.circumstances()
    detectors = {name: Detector.load(name, threads=options.threads) for name in store.SHIPPED}
    for detector in detectors.values():
        seconds(detector)
    rounds = [{name: seconds(detector) for name, detector in detectors.items()} for _ in range(options.rounds)]
    ratio = common.median([r["resnet68"] / r["default"] for r in rounds])
    rows = [
        (
            detector.card.id,
            f"{1e3 * common.median([r[name] for r in rounds]):.0f}",
            f"{detector.card.provenance.size_bytes / 2**20:.1f}",
        )
        for name, detector in detectors.items()
    ]
    text = common.table(("weights", "ms a verdict", "MiB"), rows)
    text += f"\n\nA verdict of the default takes {1 / ratio:.1f} times as long."
    numbers = {"resnet68_over_default": round(ratio, 2), "rounds": rounds, "threads": options.threads}
    common.publish("networks_speed", "Speed of the shipped networks", facts, numbers, text, options.out)


if __name__ == "__main__":
    main()
