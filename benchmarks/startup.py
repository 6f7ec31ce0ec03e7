"""How long until something happens: ``fauxface --help``, and the first verdict of a new ``fauxface predict``.

Every run is a new process. Files may lie in the system's cache and byte code is there, as on anybody's second use.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import common


def main() -> None:
    """Measure both commands, taking turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="default")
    parser.add_argument("--repetitions", type=int, default=11)
    parser.add_argument("--out", type=Path, default=common.RESULTS)
    options = parser.parse_args()
    facts = common.circumstances()
    program = str(Path(sys.executable).parent / "fauxface")
    predict = [program, "predict", "--weights", options.weights, str(common.EXAMPLE)]
    commands = {"fauxface --help": [program, "--help"], "fauxface predict, first verdict": predict}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(options.repetitions + 1):
        for name, command in commands.items():
            elapsed = first_line(command)
            if number:  # the first turn fills the caches
                seconds[name].append(elapsed)
    rows = [
        (f"`{name}`", f"{common.median(times):.2f}", f"{min(times):.2f}", f"{max(times):.2f}")
        for name, times in seconds.items()
    ]
    text = common.table(("until the first line", "median, s", "fastest", "slowest"), rows)
    text += f"\n\n{options.repetitions} new processes each."
    numbers = {"seconds": {name: [round(t, 4) for t in times] for name, times in seconds.items()}}
    common.publish("startup", "Time to the first answer", facts, numbers, text, options.out)


def first_line(command: list[str]) -> float:
    """Seconds from starting a command to the end of its first line of output.

    Raises:
        SystemExit: the command failed.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=common.child_environment()
    ) as process:
        assert process.stdout is not None
        while (line := process.stdout.readline()) == "\n":  # help begins with an empty line
            pass
        elapsed = time.perf_counter() - start
        _, errors = process.communicate()
    if process.returncode or not line:
        raise SystemExit(f"{' '.join(command[1:])} failed: {errors.strip()}")
    return elapsed


if __name__ == "__main__":
    main()
