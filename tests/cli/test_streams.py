"""Standard streams as daemons, full disks and `| head` leave them: one line at most, and no table is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.test_predict import png

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(tiny_weights: Path, tmp_path: Path) -> Shell:
    """Runs a line of bash in a folder with a picture; ``$F`` is fauxface, ``$P`` its predict with the tiny network."""
    (tmp_path / "dark.png").write_bytes(png(10))
    # What prepares `python -m` may itself be in the way of closed streams: the program proper, as `fauxface` has it.
    program = f"{sys.executable} -c 'from fauxface.cli.main import main; main()'"
    predict = f"$F predict --threads 1 --faces off --batch-size 1 --weights '{tiny_weights}'"

    def run(line: str) -> subprocess.CompletedProcess[str]:
        script = f'set -o pipefail; f() {{ {program} "$@"; }}\n' + line.replace("$P", predict).replace("$F", "f")
        return subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def one_error(done: subprocess.CompletedProcess[str], said: str) -> None:
    errors = [line for line in done.stderr.splitlines() if line.startswith("error[")]
    assert len(errors) == 1, done.stderr
    assert errors[0].startswith("error[cannot_write]: standard output:")
    assert said in errors[0]
    assert done.returncode == 2
    quiet(done)


def quiet(done: subprocess.CompletedProcess[str]) -> None:
    for word in ("Traceback", "Exception ignored", "BrokenPipe"):
        assert word not in done.stderr


def test_head_does_not_lose_the_table(shell: Shell, tmp_path: Path) -> None:
    done = shell("$P --out t.csv dark.png dark.png dark.png dark.png dark.png | head -1")
    quiet(done)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 6


def test_head_without_a_table_stops_the_work_quietly(shell: Shell) -> None:
    done = shell("$P dark.png dark.png dark.png dark.png dark.png | true")
    quiet(done)
    assert "error" not in done.stderr
    assert done.returncode == 1


@needs_full
@pytest.mark.parametrize("option", ["", "--json"])
def test_a_full_disk_is_one_line(shell: Shell, option: str) -> None:
    one_error(shell(f"$P {option} dark.png > /dev/full"), "No space left")


@needs_full
def test_a_full_disk_does_not_blame_the_table(shell: Shell, tmp_path: Path) -> None:
    one_error(shell("$P --out t.csv dark.png dark.png > /dev/full"), "No space left")
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 3


@needs_full
@pytest.mark.parametrize("command", ["--version", "--help", "predict --help"])
def test_any_command_tells_that_it_could_not_write(shell: Shell, command: str) -> None:
    one_error(shell(f"$F {command} > /dev/full"), "No space left")


@needs_full
def test_a_full_standard_error_stops_no_work(shell: Shell) -> None:
    done = shell("$P dark.png 2> /dev/full")
    assert done.returncode == 0
    assert "fake" in done.stdout
    assert shell("$P none.png 2> /dev/full").returncode == 2


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed_standard_input(shell: Shell, closed: str) -> None:
    done = shell(f"$P --json - {closed}")
    quiet(done)
    assert done.returncode == 2
    assert ("unreadable_file" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_closed_standard_input_is_said_by_explain_too(shell: Shell) -> None:
    done = shell("$F explain - <&-")
    quiet(done)
    assert "error[unreadable_file]: standard input: is closed" in done.stderr


@pytest.mark.parametrize("closed", ["0", "1", "2", "012"])
def test_closed_streams_harm_no_table(shell: Shell, tmp_path: Path, closed: str) -> None:
    closing = " ".join(f"{n}>&-" for n in closed)
    done = shell(f"$P --out t.csv dark.png dark.png {closing}")
    quiet(done)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert len(lines) == 3
    assert all(line.startswith("dark.png,fake") for line in lines[1:]), "nothing was printed into another file"


def test_a_reader_who_leaves_at_the_last_line(shell: Shell) -> None:
    done = shell("$F --help | head -c 1")
    quiet(done)
    assert done.stdout == os.linesep or len(done.stdout) == 1
